/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The handle of a store, and the functions that its files share. */
#ifndef PROVI_STORE_PRIV_H
#define PROVI_STORE_PRIV_H

#include <provision/store.h>

#include "store/stage.h"

/** State of the file at the store's path. */
enum provi_store_state {
    PROVI_STORE_NONE,    /* no file, or the store is in memory only */
    PROVI_STORE_GOOD,    /* it has the committed values */
    PROVI_STORE_DAMAGED, /* it cannot be read; the values are from the backup */
    PROVI_STORE_UNSURE,  /* a commit failed in its last step: it has the old or the new values */
};

/** All paths, each terminated by NUL, in one block. All NULL: in memory only. */
struct provi_store_paths {
    char *block;
    size_t block_size;
    const char *file;
    const char *fresh;   /* the next state, while it is written */
    const char *backup;  /* the state before the last commit */
    const char *damaged; /* a damaged file that a commit replaced */
    const char *lock;
    const char *folder;
};

/** The content of a store. */
struct provi_holdings {
    struct provi_stage params; /* the values that apply */
    struct provi_stage lower;  /* the server's values of parameters that the user has set */
    struct provi_stage records;
};

/** The changes of a transaction: first the server's, then the user's. */
struct provi_changes {
    struct provi_stage server, user;
    struct provi_stage records; /* an empty record is to be deleted */
};

struct prov_store {
    struct prov_alloc alloc;
    struct prov_limits limits;
    struct prov_files files;
    struct provi_store_paths paths;
    void *lock;
    bool is_locked;
    bool is_begun;
    enum provi_store_state state;
    struct prov_store_seal seal;
    bool is_sealing;          /* files are encrypted by `seal` */
    bool is_plain;            /* the file is not encrypted, or cannot be read */
    bool is_backup_plain;     /* likewise, the backup that replaces a damaged file */
    struct prov_error damage; /* of the file when it was opened; PROV_OK: none */
    struct provi_holdings committed;
    struct provi_changes staged;
    uint64_t generation; /* of the committed parameters */
    /* The content that the transaction leads to, without records, if it was computed and nothing
     * was staged since. */
    struct provi_holdings next;
    uint64_t next_generation; /* its generation; 0: not computed */
    bool is_hosts;            /* a callback of prov_store_bind() began the transaction */
    /* Number of the parameter after the last found one, or any number. A hint, so it is writable in
     * a const store. */
    size_t *next_index;
    size_t next_index_room; /* `next_index` points here */
    bool user_wins;         /* see prov_store_options */
};

/** Make empty holdings, each part with this ceiling. */
void provi_holdings_init(struct provi_holdings *holdings, const struct prov_alloc *alloc,
                         size_t max_bytes);

/** Wipe and release; empty holdings may be used again. */
void provi_holdings_free(struct provi_holdings *holdings);

/** Make an empty set of changes, each part with this ceiling. */
void provi_changes_init(struct provi_changes *changes, const struct prov_alloc *alloc,
                        size_t max_bytes);

/** Wipe and release. */
void provi_changes_free(struct provi_changes *changes);

/** The generation of all layers, never 0. */
uint64_t provi_holdings_generation(const struct provi_holdings *holdings);

/** Check that the file can contain a parameter unchanged. PROV_OK; PROV_E_INVALID: the name;
 * PROV_E_VALUE. */
prov_status provi_store_check(const struct prov_param *param, struct prov_error *err);

/** The generation after a commit; 0: no memory to compute it. */
uint64_t provi_store_next_generation(struct prov_store *store);

/** Begin a transaction if none is open. @return true if it did; then call provi_store_end(). */
bool provi_store_begin(struct prov_store *store);

/**
 * End a transaction that provi_store_begin() began for a call: commit it, or roll it back if @p
 * status is a failure.
 *
 * @return @p status, or the status of prov_store_commit().
 */
prov_status provi_store_end(struct prov_store *store, bool has_begun, prov_status status,
                            struct prov_error *err);

/**
 * Find a committed parameter, as prov_store_find() does with PROV_LAYER_ANY; `size` in @p out is
 * unchanged. PROV_OK; PROV_E_NOT_FOUND.
 */
prov_status provi_store_find(const struct prov_store *store, prov_str name, struct prov_param *out);

/** A file operation failed: PROV_E_IO. @p action completes "cannot …". */
prov_status provi_store_fail_io(struct prov_error *err, const char *action, int32_t error);

/** Read the file, or else its backup, into `committed`. Statuses of prov_store_open(). */
prov_status provi_store_load(struct prov_store *store, struct prov_error *err);

/**
 * Replace the file by one with this content. PROV_OK: it is durable. Otherwise the old file stays,
 * or `state` is PROVI_STORE_UNSURE. Statuses of prov_store_commit().
 */
prov_status provi_store_save(struct prov_store *store, const struct provi_holdings *holdings,
                             struct prov_error *err);

/* layers.c */

/** A parameter in its layers. */
struct provi_layered {
    struct prov_param upper; /* the value that applies; its access is that of both layers */
    struct prov_param lower; /* the server's value, if `has_user` */
    bool has_user;
};

/** A committed parameter; without value and access if there is none of that name. */
void provi_join_committed(const struct prov_store *store, prov_str name,
                          struct provi_layered *param);

/** The same, with the staged changes. */
void provi_join_staged(const struct prov_store *store, prov_str name, struct provi_layered *param);

/** Whether the staged changes change any parameter. */
bool provi_join_changes(const struct prov_store *store);

/** Join the committed parameters, with the staged changes, and the new ones. */
prov_status provi_join_params(const struct prov_store *store, struct provi_holdings *next,
                              struct prov_error *err);

#endif
