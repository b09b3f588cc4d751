/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A ready-made parameter store: in memory, or in one file that is itself a flat profile.
 *
 * A commit is atomic and durable: the file is written aside, synced, renamed, and its folder
 * synced. A power cut at any point leaves exactly the old or exactly the new values.
 *
 * A store belongs to one thread at a time. The callbacks of prov_files and prov_store_seal may call
 * none of its functions; "callback" below means one of an agent that uses the store.
 */
#ifndef PROVISION_STORE_H
#define PROVISION_STORE_H

#include <provision/base.h>
#include <provision/host.h>
#include <provision/profile.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * The few file operations a store needs, for hosts whose flash is not a POSIX file system.
 * docs/store.md has recipes for littlefs and for flash without a file system. Each returns 0 or a
 * positive errno, and all are REQUIRED unless marked. Paths end in NUL and are borrowed for the
 * call: `path` of prov_store_options, and the same with `.new`, `.bak`, `.damaged` or `.lock`
 * behind it. At most one file is open at a time. No callback may call the store's functions.
 */
struct prov_files {
    size_t size;
    void *ctx;
    /**
     * Open for reading, without waiting; ENOENT when there is none, EISDIR or ENODEV when it is no
     * regular file. @p file is new.
     */
    int32_t (*open_read)(void *ctx, const char *path, void **file);
    /** Create the file, or truncate it, for writing, with permission 0600. @p file is new. */
    int32_t (*open_write)(void *ctx, const char *path, void **file);
    /** Read up to @p cap bytes; 0 bytes means the end. */
    int32_t (*read)(void *ctx, void *file, void *buf, size_t cap, size_t *len);
    /** Write all @p len bytes. */
    int32_t (*write)(void *ctx, void *file, const void *data, size_t len);
    /** Make the file's content durable. */
    int32_t (*sync)(void *ctx, void *file);
    /** Close; the file is released even on failure. */
    int32_t (*close)(void *ctx, void *file);
    /** Replace @p to by @p from, atomically. */
    int32_t (*rename)(void *ctx, const char *from, const char *to);
    /** Delete; no such file is fine. */
    int32_t (*remove)(void *ctx, const char *path);
    /**
     * OPTIONAL. Make @p to, which does not exist, a copy of @p from, or another name of it; POSIX:
     * link(). Called for `.bak` and `.damaged`. If absent or failing, the store has no backup.
     */
    int32_t (*copy)(void *ctx, const char *from, const char *to);
    /**
     * OPTIONAL. Make all creations, renames and removals in @p folder durable. Absent: each is
     * durable when its callback returns, as with littlefs.
     */
    int32_t (*sync_folder)(void *ctx, const char *folder);
    /**
     * OPTIONAL, with `unlock`. Lock out other processes until `unlock`; EWOULDBLOCK when another
     * holds the lock. @p lock is new. Absent: the host must not open the store twice at a time.
     */
    int32_t (*lock)(void *ctx, const char *path, void **lock);
    /** OPTIONAL, with `lock`. Unlock, and release @p lock. */
    void (*unlock)(void *ctx, void *lock);
};

/**
 * Encrypts the files of a store with the host's own cipher and key: the file, its backup, and the
 * new file during a commit. docs/store.md has an implementation with AES-GCM, and describes the
 * protection and its limits. Copied member by member.
 *
 * The cipher must authenticate (AES-GCM, AES-CCM, ChaCha20-Poly1305), and each call of `encrypt`
 * must use another nonce. Both callbacks run within prov_store_open() and functions that commit,
 * and may call none of the store's functions.
 */
struct prov_store_seal {
    size_t size;
    void *ctx; /**< first argument of both callbacks; the object must outlive the store */
    /**
     * Bytes by which `encrypt` makes a block longer, at most: nonce and tag. 16 to 256; 28 for
     * AES-GCM.
     */
    uint32_t growth_bytes;
    /**
     * 1: prov_store_open() returns PROV_E_NOT_ENCRYPTED for a file that is not encrypted. 0: it
     * reads the file, and the next commit, even one that changes nothing, encrypts it.
     */
    uint8_t refuses_plain;
    uint8_t reserved[3]; /**< 0 */
    /**
     * REQUIRED. Encrypt one block.
     *
     * @param      plain    1 to 16,384 bytes; secret. Borrowed for the call.
     * @param[out] out      Room for @p len + `growth_bytes`; does not overlap @p plain.
     * @param[out] out_len  Bytes written to @p out, at least 16.
     * @return PROV_OK. Any other status fails the commit; the old file stays.
     */
    prov_status (*encrypt)(void *ctx, const void *plain, size_t len, void *out, size_t *out_len,
                           struct prov_error *err);
    /**
     * REQUIRED. Decrypt one block.
     *
     * @param      block    As `encrypt` wrote it, or changed bytes: at least 16, at most 16,640.
     *                      Borrowed for the call.
     * @param[out] out      Room for @p len bytes; does not overlap @p block.
     * @param[out] out_len  Bytes written to @p out.
     * @return PROV_OK; PROV_E_KEY: the block is not authentic: another key encrypted it, or its
     *         bytes were changed. Any other status: the key cannot be used at present; opening
     *         returns it and changes no file.
     */
    prov_status (*decrypt)(void *ctx, const void *block, size_t len, void *out, size_t *out_len,
                           struct prov_error *err);
};

/** How to open a store. */
struct prov_store_options {
    size_t size;
    const char *path;                   /**< NUL-terminated file path, copied; NULL: memory only */
    const struct prov_files *files;     /**< copied; NULL: POSIX */
    const struct prov_store_seal *seal; /**< copied; NULL: files are plain XML */
    const struct prov_alloc *alloc;     /**< copied; NULL: the C library */
    const struct prov_limits *limits;   /**< copied; NULL: defaults */
    /**
     * Precedence when the server sets a value that the user has changed. 0: the server's value
     * applies, as with the phones. 1: the user's value applies while `ua` is `rw`; the server's
     * value is stored in the server's layer.
     */
    uint8_t user_wins;
    uint8_t reserved[7]; /**< 0 */
};

/** An open store. */
typedef struct prov_store prov_store;

/**
 * Open a store; a file that does not exist yet is an empty store.
 *
 * With POSIX files, a `path` that is a symbolic link is resolved once, by this call: the store is
 * the file it names. The folder of `path` also holds `path.lock`, `path.bak` (the state before the
 * last commit) and, during a commit, `path.new`. If the file is damaged, it is left unchanged and
 * the backup is used, see prov_store_was_restored(); a power cut never damages it. docs/store.md
 * has the details. An encrypted file that cannot be decrypted counts as damaged.
 *
 * @param[out] out  New; ended by prov_store_close(). NULL on failure.
 * @param      opt  NULL: memory only.
 * @param[out] err  `source` is the file, `line` and `column` a place in it. May be NULL.
 * @return PROV_OK; PROV_E_BUSY another process, or this one, has it open; PROV_E_IO; PROV_E_CORRUPT
 *         or PROV_E_TRUNCATED the file was damaged from outside and there is no good backup: remove
 *         it to start empty; PROV_E_UNSUPPORTED a newer release wrote it: it is left as it is;
 *         PROV_E_NO_KEY it is encrypted, and `seal` is NULL; PROV_E_KEY `seal` cannot decrypt it
 *         nor its backup: give the key that encrypted it; PROV_E_NOT_ENCRYPTED it is plain, see
 *         `refuses_plain`; any other status of `decrypt`: try again later. In these cases all files
 *         are left as they are; PROV_E_LIMIT it exceeds `max_store_bytes`; PROV_E_NOMEM;
 *         PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_store_open(prov_store **out, const struct prov_store_options *opt,
                                     struct prov_error *err);

/**
 * Return whether the file was damaged from outside when it was opened, so that the values are those
 * before the last commit. The next commit repairs the file and saves the damaged one as
 * `path.damaged`.
 *
 * @param      store  NULL: false.
 * @param[out] why    If true: the damage to the file. Otherwise unchanged. May be NULL.
 * @return true: the values are those of the backup. false: the file was sound, or did not exist.
 * @since 0.1. Safe from any callback.
 */
PROV_API bool prov_store_was_restored(const prov_store *store, struct prov_error *why);

/**
 * Copy one committed value.
 *
 * @param      name  Exact, case included; borrowed for the call.
 * @param[out] buf   Receives the value and a NUL. May be NULL when @p cap is 0.
 * @param      cap   Bytes at @p buf.
 * @param[out] len   Bytes of the value without NUL; set also on PROV_E_LIMIT, 0 when there is none.
 *                   Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND no such parameter, or only its access is known; PROV_E_LIMIT
 *         value and NUL do not fit; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_store_get(const prov_store *store, prov_str name, char *buf, size_t cap,
                                    size_t *len);

/**
 * Count the committed parameters.
 *
 * @return Their number, those with an access only included; 0 for NULL.
 * @since 0.1. Safe from any callback.
 */
PROV_API size_t prov_store_n_params(const prov_store *store);

/**
 * Return committed parameter number @p index, in the order of first setting: the value that
 * applies, and its layer.
 *
 * @param[in,out] out  `size` set by the caller; texts and `source` borrowed until the next commit
 *                     or close. Not NULL. `has_value` 0: only its access is known.
 * @return PROV_OK; PROV_E_NOT_FOUND past the last; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_store_param(const prov_store *store, size_t index,
                                      struct prov_param *out);

/**
 * Return the committed entry of a parameter in one layer: value, access, and origin of the value.
 *
 * @param      name   Exact, case included; borrowed for the call.
 * @param      layer  enum prov_layer. The user's entry exists only if the user has set a value.
 *                    PROV_LAYER_ANY is the user's entry, or else the server's.
 * @param[out] out    `size` set by the caller; texts and `source` borrowed until the next commit or
 *                    close. Not NULL. `has_value` 0: only its access is known.
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_store_find(const prov_store *store, prov_str name, uint32_t layer,
                                     struct prov_param *out);

/**
 * Begin staging changes.
 *
 * @return PROV_OK; PROV_E_STATE when already begun; PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_begin(prov_store *store, struct prov_error *err);

/**
 * Stage one change. For each name and layer, the last staged value and the last staged access
 * apply.
 *
 * @param      param  Copied. PROV_ACCESS_DEFAULT deletes the access, PROV_VALUE_FORGET the value.
 *                    `source` and `line` are stored with a new value only. With PROV_LAYER_USER the
 *                    access is neither checked nor set: changes by the user go through
 *                    prov_store_set_user(). Not NULL.
 * @param[out] err    `subject` is the parameter; never a value. May be NULL.
 * @return PROV_OK; PROV_E_STATE without begin; PROV_E_LIMIT beyond `max_name_bytes`,
 *         `max_value_bytes` or `max_staged_bytes`; PROV_E_NOMEM; PROV_E_ABI; PROV_E_VALUE a value
 *         that a file cannot carry unchanged, e.g. with a blank at its end; `offset` is that of the
 *         first such byte in the value, and the person who entered it can correct it;
 *         PROV_E_INVALID, also for a name that is not an element name of up to 256 bytes, or is
 *         `flat-profile`. On failure the transaction stays open and unchanged.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_set(prov_store *store, const struct prov_param *param,
                                    struct prov_error *err);

/**
 * Make all staged changes durable at once, or none. A commit that changes nothing writes nothing.
 *
 * @param[out] err  `native` is errno for PROV_E_IO. May be NULL.
 * @return PROV_OK; PROV_E_STATE without begin; PROV_E_IO; PROV_E_NOMEM; PROV_E_LIMIT beyond
 *         `max_store_bytes`; PROV_E_INVALID; any status of `seal.encrypt`. On failure the
 *         transaction has ended and the old values stay. If storage fails while the last step is
 *         undone, the next open may find all new values instead.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_commit(prov_store *store, struct prov_error *err);

/** The agent's record of the undo log: the old values of commits that wait for confirmation. */
#define PROV_RECORD_UNDO "undo"

/**
 * Save a record, e.g. state that a program needs after a reboot, under a name. A record is not a
 * parameter. Inside a transaction it becomes durable with the commit, and a rollback discards it;
 * outside, it is durable when the call returns.
 *
 * @param name  1 to 16 letters `a`..`z`; borrowed for the call.
 * @param data  Copied; replaces an earlier record of that name. NULL is fine when @p len is 0.
 * @param len   0: delete the record.
 * @return PROV_OK; PROV_E_LIMIT beyond `max_staged_bytes`; PROV_E_NOMEM; PROV_E_INVALID; outside of
 *         a transaction any status of prov_store_commit().
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_save_record(prov_store *store, prov_str name, const void *data,
                                            size_t len, struct prov_error *err);

/**
 * Copy a committed record of prov_store_save_record().
 *
 * @param      name  As for prov_store_save_record(); borrowed for the call.
 * @param[out] buf   Receives the record, no NUL. May be NULL when @p cap is 0.
 * @param[out] len   Bytes of the record; set also on PROV_E_LIMIT, 0 when there is none. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_LIMIT @p cap is too small; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_store_load_record(const prov_store *store, prov_str name, void *buf,
                                            size_t cap, size_t *len);

/**
 * Return a 64-bit hash of all committed parameters, their values and accesses. Equal content gives
 * equal numbers, in two stores or in one store at two times. Different content gives different
 * numbers, except by a chance of 1 in 2^64; who chooses the values can make two equal, so it proves
 * nothing about their origin. Records of prov_store_save_record() do not affect it.
 *
 * @return Never 0, except for a NULL store.
 * @since 0.1. Safe from any callback.
 */
PROV_API uint64_t prov_store_generation(const prov_store *store);

/**
 * Return the access that was set for a parameter.
 *
 * @param name  Exact, case included; borrowed for the call.
 * @return enum prov_access; PROV_ACCESS_KEEP: none was set.
 * @since 0.1. Safe from any callback.
 */
PROV_API uint32_t prov_store_access(const prov_store *store, prov_str name);

/**
 * Set a parameter on behalf of the user, who changed it through the device's menu or web page.
 * Inside a transaction the change is staged, otherwise committed. A later profile with another
 * value overrides it, unless `user_wins` is set.
 *
 * @param name    Exact, case included; borrowed for the call.
 * @param value   Copied; not checked against the catalogue. Empty: the empty value;
 *                prov_store_clear_user() restores the server's.
 * @param wall_s  Time of the change, UTC seconds; -1 or 0: the clock is not set.
 * @return PROV_OK; PROV_E_POLICY: its access (`ua`) is not `rw`, or was never set, as in an empty
 *         store: settings from the factory go through prov_store_set(); any status of
 *         prov_store_set() and, outside of a transaction, of prov_store_commit().
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_set_user(prov_store *store, prov_str name, prov_str value,
                                         int64_t wall_s, struct prov_error *err);

/**
 * Delete the user's value of a parameter, so that the server's applies again; nothing changes if
 * there is none. Inside a transaction the change is staged, otherwise committed.
 *
 * @param name  Exact, case included; borrowed for the call.
 * @return As prov_store_set_user().
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_clear_user(prov_store *store, prov_str name,
                                           struct prov_error *err);

/**
 * Delete all values of one layer: a factory reset of the user's changes, or of the server's
 * settings including accesses. Inside a transaction the reset is staged, otherwise committed.
 *
 * Records of prov_store_save_record() are not deleted. In particular, the undo log of unconfirmed
 * commits would restore values: confirm the commits before, or delete the record
 * #PROV_RECORD_UNDO in the same transaction.
 *
 * @param layer  enum prov_layer.
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM; PROV_E_INVALID; outside of a transaction any status
 *         of prov_store_commit().
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_store_reset(prov_store *store, uint32_t layer, struct prov_error *err);

/**
 * Discard the staged changes and end the transaction. Without begin it does nothing.
 *
 * @param store  NULL is fine.
 * @since 0.1. Safe from the event callback.
 */
PROV_API void prov_store_rollback(prov_store *store);

/**
 * Fill the storage part of a host, from `store_ctx` to `load`, so that an agent uses this store.
 * The store accepts every name.
 *
 * @param      store  Must outlive the agent. Not NULL.
 * @param      host   `size` set by the caller. Not NULL.
 * @param[out] err    May be NULL.
 * @return PROV_OK; PROV_E_ABI `host->size` is not set; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_store_bind(prov_store *store, struct prov_host *host,
                                     struct prov_error *err);

/**
 * Close a store; an open transaction is discarded and memory is wiped.
 *
 * @param store  NULL is fine. Not to be used afterwards.
 * @since 0.1. After all agents that use it were freed; not from any callback.
 */
PROV_API void prov_store_close(prov_store *store);

#ifdef __cplusplus
}
#endif

#endif
