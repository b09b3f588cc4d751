/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A ready-made parameter store: in memory, or in one file that is itself a flat profile.
 *
 * A commit is atomic and durable: the file is written aside, synced, renamed, and its folder
 * synced. A power cut at any point leaves exactly the old or exactly the new values.
 *
 * A store belongs to one thread at a time.
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
 * The few file operations a store needs, for hosts whose flash is not a POSIX file system, and for
 * tests that cut the power. All REQUIRED but `copy`. Each returns 0 or a positive errno. Paths end
 * in NUL and are borrowed for the call.
 */
struct prov_files {
    size_t size;
    void *ctx;
    /**
     * Open for reading, without waiting; ENOENT when there is none, EISDIR or ENODEV when it is no
     * regular file. @p file is new.
     */
    int32_t (*open_read)(void *ctx, const char *path, void **file);
    /** Create or empty for writing, permission 0600. @p file is new. */
    int32_t (*open_write)(void *ctx, const char *path, void **file);
    /** Read up to @p cap bytes; 0 bytes means the end. */
    int32_t (*read)(void *ctx, void *file, void *buf, size_t cap, size_t *len);
    /** Write all @p len bytes. */
    int32_t (*write)(void *ctx, void *file, const void *data, size_t len);
    /** Make the file's content durable. */
    int32_t (*sync)(void *ctx, void *file);
    /** Close; the file is released whatever is returned. */
    int32_t (*close)(void *ctx, void *file);
    /** Put @p from in the place of @p to, atomically. */
    int32_t (*rename)(void *ctx, const char *from, const char *to);
    /** Delete; no such file is fine. */
    int32_t (*remove)(void *ctx, const char *path);
    /**
     * OPTIONAL. Make @p to, which does not exist, a copy of @p from, or another name of it; POSIX:
     * link(). Absent or failing: the store goes without a backup.
     */
    int32_t (*copy)(void *ctx, const char *from, const char *to);
    /** Make what was created, renamed and removed in @p folder durable. */
    int32_t (*sync_folder)(void *ctx, const char *folder);
    /** Keep other processes out until unlock; EWOULDBLOCK when one is in. @p lock is new. */
    int32_t (*lock)(void *ctx, const char *path, void **lock);
    /** Let others in; releases @p lock. */
    void (*unlock)(void *ctx, void *lock);
};

/** How to open a store. */
struct prov_store_options {
    size_t size;
    const char *path;                 /**< NUL-terminated file path, copied; NULL: memory only */
    const struct prov_files *files;   /**< copied; NULL: POSIX */
    const struct prov_alloc *alloc;   /**< copied; NULL: the C library */
    const struct prov_limits *limits; /**< copied; NULL: defaults */
    /**
     * Who wins when the server names a value that the user has changed. 0: the server, as with the
     * phones. 1: the user, as long as `ua` is `rw`; the server's then lies beneath.
     */
    uint8_t user_wins;
    uint8_t reserved[7]; /**< 0 */
};

/** An open store. */
typedef struct prov_store prov_store;

/**
 * Open a store; a file that does not exist yet is an empty store.
 *
 * With POSIX files a `path` that is a symbolic link is followed once, here: the store is the file
 * it names. Beside `path` lie `path.lock`, `path.bak` (the state before the last commit) and, for
 * the length of a commit, `path.new`. A damaged file is left as it is and the backup takes its
 * place, see prov_store_was_restored(); nothing a power cut leaves behind is damage. docs/store.md
 * has it all.
 *
 * @param[out] out  New; ended by prov_store_close(). NULL on failure.
 * @param      opt  NULL: memory only.
 * @param[out] err  `source` is the file, `line` and `column` a place in it. May be NULL.
 * @return PROV_OK; PROV_E_BUSY another process, or this one, has it open; PROV_E_IO; PROV_E_CORRUPT
 *         or PROV_E_TRUNCATED the file was damaged from outside and there is no good backup: remove
 *         it to start empty; PROV_E_UNSUPPORTED a newer release wrote it: it is left as it is;
 *         PROV_E_LIMIT it exceeds `max_store_bytes`; PROV_E_NOMEM; PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1.
 */
PROV_API prov_status prov_store_open(prov_store **out, const struct prov_store_options *opt,
                                     struct prov_error *err);

/**
 * Whether the file was damaged from outside when it was opened, so that the values are those before
 * the last commit. The next commit mends the file and keeps the damaged one as `path.damaged`.
 *
 * @param      store  NULL: false.
 * @param[out] why    If true: what was wrong with the file. Else as it was. May be NULL.
 * @since 0.1. Callable from any callback.
 */
PROV_API bool prov_store_was_restored(const prov_store *store, struct prov_error *why);

/**
 * Copy one committed value.
 *
 * @param      name  Exact, case included; borrowed for the call.
 * @param[out] buf   Receives the value and a NUL. May be NULL when @p cap is 0.
 * @param      cap   Bytes at @p buf.
 * @param[out] len   Bytes of the value without NUL; set also on PROV_E_LIMIT, 0 when there is none.
 * @return PROV_OK; PROV_E_NOT_FOUND no such parameter, or only its access is known; PROV_E_LIMIT
 *         value and NUL do not fit; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; callable from any callback.
 */
PROV_API prov_status prov_store_get(const prov_store *store, prov_str name, char *buf, size_t cap,
                                    size_t *len);

/** Number of committed parameters; 0 for NULL. @since 0.1. Callable from any callback. */
PROV_API size_t prov_store_n_params(const prov_store *store);

/**
 * Committed parameter number @p index, in the order of first setting: the value that counts, and
 * whose it is.
 *
 * @param[in,out] out  `size` set by the caller; texts and `source` borrowed until the next commit
 *                     or close. Not NULL. `has_value` 0: only its access is known.
 * @return PROV_OK; PROV_E_NOT_FOUND past the last; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; callable from any callback.
 */
PROV_API prov_status prov_store_param(const prov_store *store, size_t index,
                                      struct prov_param *out);

/**
 * What one layer says of a parameter, as committed: value, access, and where the value came from.
 *
 * @param      layer  enum prov_layer. The user's is there only if the user has set a value;
 *                    PROV_LAYER_ANY is the user's, else the server's.
 * @param[out] out    `size` set by the caller; texts and `source` borrowed until the next commit or
 *                    close. Not NULL. `has_value` 0: only its access is known.
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; callable from any callback.
 */
PROV_API prov_status prov_store_find(const prov_store *store, prov_str name, uint32_t layer,
                                     struct prov_param *out);

/**
 * Begin staging changes.
 *
 * @return PROV_OK; PROV_E_STATE when already begun; PROV_E_INVALID.
 * @since 0.1.
 */
PROV_API prov_status prov_store_begin(prov_store *store, struct prov_error *err);

/**
 * Stage one change; the last for a name and a layer wins, its value and its access each for itself.
 *
 * @param      param  Copied. PROV_ACCESS_DEFAULT forgets what access was set, PROV_VALUE_FORGET the
 *                    value. `source` and `line` are kept with a value that is a new one. With
 *                    PROV_LAYER_USER the access is neither looked at nor set: what the user does
 *                    goes through prov_store_set_user(). Not NULL.
 * @param[out] err    `subject` is the parameter; never a value. May be NULL.
 * @return PROV_OK; PROV_E_STATE without begin; PROV_E_LIMIT beyond `max_name_bytes`,
 *         `max_value_bytes` or `max_staged_bytes`; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID a name
 *         or value that a file cannot carry unchanged, as prov_profile_writer_param() tells. The
 *         transaction stays open and as it was before the call.
 * @since 0.1.
 */
PROV_API prov_status prov_store_set(prov_store *store, const struct prov_param *param,
                                    struct prov_error *err);

/**
 * Make all staged changes durable at once, or none. A commit that changes nothing writes nothing.
 *
 * @param[out] err  `native` is errno for PROV_E_IO. May be NULL.
 * @return PROV_OK; PROV_E_STATE without begin; PROV_E_IO; PROV_E_NOMEM; PROV_E_LIMIT beyond
 *         `max_store_bytes`; PROV_E_INVALID. On failure the transaction is over and the old values
 *         stand. Should storage fail while the last step is undone, the next open may find the new
 *         ones, all of them.
 * @since 0.1.
 */
PROV_API prov_status prov_store_commit(prov_store *store, struct prov_error *err);

/**
 * Keep a few bytes beside the parameters, under a name of their own: what a program wants to find
 * again after a reboot. They do not count as parameters. Inside a transaction they are durable with
 * its commit, or not at all; outside, when the call returns.
 *
 * @param name  1 to 16 letters `a`..`z`; borrowed for the call.
 * @param data  Copied, in the place of what was kept before. NULL is fine when @p len is 0.
 * @param len   0: forget them.
 * @return PROV_OK; PROV_E_LIMIT beyond `max_staged_bytes`; PROV_E_NOMEM; PROV_E_INVALID; outside of
 *         a transaction what prov_store_commit() returns.
 * @since 0.1.
 */
PROV_API prov_status prov_store_save_record(prov_store *store, prov_str name, const void *data,
                                            size_t len, struct prov_error *err);

/**
 * Copy committed bytes that prov_store_save_record() was given.
 *
 * @param[out] buf  May be NULL when @p cap is 0.
 * @param[out] len  How many there are; set also on PROV_E_LIMIT, 0 when there are none. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_LIMIT @p cap is too small; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; callable from any callback.
 */
PROV_API prov_status prov_store_load_record(const prov_store *store, prov_str name, void *buf,
                                            size_t cap, size_t *len);

/**
 * A number made of all committed parameters, their values and accesses: two stores, or one at two
 * times, with the same number hold the same. Records of prov_store_save_record() do not count.
 *
 * @return Never 0, but for a NULL store.
 * @since 0.1. Callable from any callback.
 */
PROV_API uint64_t prov_store_generation(const prov_store *store);

/**
 * Access that was set for a parameter.
 *
 * @return enum prov_access; PROV_ACCESS_KEEP: none was.
 * @since 0.1. Callable from any callback.
 */
PROV_API uint32_t prov_store_access(const prov_store *store, prov_str name);

/**
 * The user changes a parameter, through the device's menu or web page. Within a transaction it is
 * staged, else committed. A profile that names another value takes it back, unless `user_wins`.
 *
 * @param name    Exact, case included; borrowed for the call.
 * @param value   Copied; the catalogue is not asked. NULL `data`: back to the server's value.
 * @param wall_s  When, UTC seconds; 0: the clock is not set.
 * @return PROV_OK; PROV_E_POLICY: its access (`ua`) is not `rw`; what prov_store_set() and, without
 *         a transaction, prov_store_commit() return.
 * @since 0.1.
 */
PROV_API prov_status prov_store_set_user(prov_store *store, prov_str name, prov_str value,
                                         int64_t wall_s, struct prov_error *err);

/**
 * Forget all values of one layer: a factory reset of what the user changed, or of what the server
 * set, accesses included. Within a transaction it is staged, else committed.
 *
 * Records of prov_store_save_record() stay: an undo log of unconfirmed commits would bring values
 * back. Confirm them before, or remove the record `trial` in the same transaction.
 *
 * @param layer  enum prov_layer.
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM; PROV_E_INVALID; without a transaction what
 *         prov_store_commit() returns.
 * @since 0.1.
 */
PROV_API prov_status prov_store_reset(prov_store *store, uint32_t layer, struct prov_error *err);

/** Forget staged changes. Fine without begin, and for NULL. @since 0.1. */
PROV_API void prov_store_rollback(prov_store *store);

/**
 * Fill the storage part of a host, from `store_ctx` to `load`, so that an agent uses this
 * store. `knows` becomes NULL: the store has a use for every name.
 *
 * @param store  Must outlive the agent. Not NULL.
 * @param host   `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_ABI `host->size` is not set; PROV_E_INVALID.
 * @since 0.1.
 */
PROV_API prov_status prov_store_bind(prov_store *store, struct prov_host *host);

/** Close; an open transaction is forgotten, memory is wiped. NULL is fine. @since 0.1. */
PROV_API void prov_store_close(prov_store *store);

#ifdef __cplusplus
}
#endif

#endif
