/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A ready-made parameter store: in memory, or in one file that is itself a flat profile.
 *
 * A commit is atomic and durable: the file is written aside, synced, renamed, and its folder synced.
 * A power cut at any point leaves exactly the old or exactly the new values.
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
 * tests that cut the power. All REQUIRED. Each returns 0 or a positive errno.
 */
struct prov_files {
    size_t size;
    void *ctx;
    /** Open for reading; ENOENT when there is none. @p file is new. */
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
    /** Delete; ENOENT is fine. */
    int32_t (*remove)(void *ctx, const char *path);
    /** Make renames in the folder of @p path durable. */
    int32_t (*sync_folder)(void *ctx, const char *path);
    /** Keep other processes out until unlock; EWOULDBLOCK when one is in. @p lock is new. */
    int32_t (*lock)(void *ctx, const char *path, void **lock);
    void (*unlock)(void *ctx, void *lock);
};

/** How to open a store. */
struct prov_store_options {
    size_t size;
    const char *path;                 /**< NUL-terminated file path, copied; NULL: memory only */
    const struct prov_files *files;   /**< copied; NULL: POSIX */
    const struct prov_alloc *alloc;   /**< copied; NULL: the C library */
    const struct prov_limits *limits; /**< copied; NULL: defaults */
};

/** An open store. */
typedef struct prov_store prov_store;

/**
 * Open a store; a file that does not exist yet is an empty store.
 *
 * @param[out] out  New; ended by prov_store_close(). NULL on failure.
 * @param      opt  NULL: memory only.
 * @return PROV_OK; PROV_E_BUSY another process has it; PROV_E_IO; PROV_E_CORRUPT or PROV_E_TRUNCATED
 *         the file was damaged from outside; PROV_E_LIMIT; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1.
 */
PROV_API prov_status prov_store_open(prov_store **out, const struct prov_store_options *opt,
                                     struct prov_error *err);

/**
 * Copy one value.
 *
 * @param      name  Exact; borrowed for the call.
 * @param[out] buf, cap, len  As in prov_macro_expand().
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_LIMIT; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; sees committed values only.
 */
PROV_API prov_status prov_store_get(const prov_store *store, prov_str name, char *buf, size_t cap,
                                    size_t *len);

/** Number of parameters. @since 0.1. */
PROV_API size_t prov_store_n_params(const prov_store *store);

/**
 * Parameter number @p index, in the order of first setting.
 *
 * @param[in,out] out  `size` set by the caller; texts borrowed until the next commit. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1.
 */
PROV_API prov_status prov_store_param(const prov_store *store, size_t index,
                                      struct prov_param *out);

/** Begin staging changes. PROV_OK; PROV_E_STATE when already begun. @since 0.1. */
PROV_API prov_status prov_store_begin(prov_store *store, struct prov_error *err);

/**
 * Stage one change; the last for a name wins.
 *
 * @param param  Copied.
 * @return PROV_OK; PROV_E_STATE without begin; PROV_E_LIMIT; PROV_E_NOMEM; PROV_E_INVALID for a name
 *         or value the file cannot carry. The transaction stays open and as before the call.
 * @since 0.1.
 */
PROV_API prov_status prov_store_set(prov_store *store, const struct prov_param *param,
                                    struct prov_error *err);

/**
 * Make all staged changes durable at once, or none. A commit that changes nothing writes nothing.
 *
 * @return PROV_OK; PROV_E_STATE; PROV_E_IO; PROV_E_NOMEM; PROV_E_LIMIT. On failure the transaction is
 *         over and the old values stand.
 * @since 0.1.
 */
PROV_API prov_status prov_store_commit(prov_store *store, struct prov_error *err);

/** Forget staged changes. Fine without begin. @since 0.1. */
PROV_API void prov_store_rollback(prov_store *store);

/**
 * Fill the storage callbacks of a host (`get`, `txn_begin`, `txn_set`, `txn_commit`,
 * `txn_rollback`, `store_ctx`) so that an agent uses this store.
 *
 * @param host  `size` set by the caller. Not NULL. The store must outlive the agent.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1.
 */
PROV_API prov_status prov_store_bind(prov_store *store, struct prov_host *host);

/** Close; an open transaction is forgotten. NULL is fine. @since 0.1. */
PROV_API void prov_store_close(prov_store *store);

#ifdef __cplusplus
}
#endif

#endif
