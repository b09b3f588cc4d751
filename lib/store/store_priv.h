/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the files of this module share. */
#ifndef PROVI_STORE_PRIV_H
#define PROVI_STORE_PRIV_H

#include <provision/store.h>

#include "store/stage.h"

/** What lies at the store's path. */
enum provi_store_state {
    PROVI_STORE_NONE,    /* nothing, or the store is in memory only */
    PROVI_STORE_GOOD,    /* the committed values */
    PROVI_STORE_DAMAGED, /* a file that cannot be read; the values come from the backup */
    PROVI_STORE_UNSURE,  /* values of before or of after a commit that failed in its last step */
};

/** All paths in one block, each ending in NUL. All NULL: memory only. */
struct provi_store_paths {
    char *block;
    size_t block_size;
    const char *file;
    const char *fresh;   /* the next state while it is being written */
    const char *backup;  /* the state before the last commit */
    const char *damaged; /* what was found in place of a good file */
    const char *lock;
    const char *folder;
};

/** What a store holds. */
struct provi_holdings {
    struct provi_stage params;  /* what counts */
    struct provi_stage beneath; /* the server's values where the user's stand in front */
    struct provi_stage kept;    /* bytes by name */
};

/** What a transaction changes of it: first the server, then the user. */
struct provi_changes {
    struct provi_stage server, user;
    struct provi_stage kept; /* without value: to be forgotten */
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
    bool is_sealing;          /* files are written by `seal` */
    bool is_plain;            /* the file at the path is not encrypted, as far as is known */
    bool is_backup_plain;     /* nor is the backup that stands in for it */
    struct prov_error damage; /* status PROV_OK: the file was good when it was opened */
    struct provi_holdings committed;
    struct provi_changes staged;
    uint64_t generation; /* of the committed parameters */
    /* What the transaction would lead to, if it was asked for and nothing was staged since; without
     * `kept`. */
    struct provi_holdings next;
    uint64_t next_stamp; /* 0: it was not asked for */
    bool is_hosts;       /* the transaction was begun by a callback of prov_store_bind() */
    /* Of the committed parameter that may be asked for next; any number. No part of what the store
     * holds, hence not const in a const store. */
    size_t *next_index;
    size_t next_index_room; /* what it points to */
    bool user_wins;         /* where both name a value */
};

/** Empty, each part with this ceiling. */
void provi_holdings_init(struct provi_holdings *holdings, const struct prov_alloc *alloc,
                         size_t max_bytes);

/** Wipe and release; empty holdings may be used again. */
void provi_holdings_free(struct provi_holdings *holdings);

/** No changes, each part with this ceiling. */
void provi_changes_init(struct provi_changes *changes, const struct prov_alloc *alloc,
                        size_t max_bytes);

/** Wipe and release what is staged. */
void provi_changes_free(struct provi_changes *changes);

/** The generation of all layers, never 0; with nothing beneath, that of what counts. */
uint64_t provi_holdings_stamp(const struct provi_holdings *holdings);

/** Why the file could not carry a parameter unchanged; NULL: it can. */
const char *provi_store_unwritable(const struct prov_param *param);

/** The generation that a commit would lead to; 0: no memory to find out. */
uint64_t provi_store_next_stamp(struct prov_store *store);

/** Begin a transaction if none is open. @return Whether it did: provi_store_end() is to end it. */
bool provi_store_begin(struct prov_store *store);

/**
 * What was to be staged was, or not: end the transaction that was begun for it.
 *
 * @return @p status; PROV_OK becomes what prov_store_commit() returns.
 */
prov_status provi_store_end(struct prov_store *store, bool has_begun, prov_status status,
                            struct prov_error *err);

/**
 * What counts of a committed parameter, as prov_store_find() tells it; `size` in @p out as it was.
 * PROV_OK; PROV_E_NOT_FOUND.
 */
prov_status provi_store_find(const struct prov_store *store, prov_str name, struct prov_param *out);

/** Storage said no: PROV_E_IO. @p what completes "cannot …". */
prov_status provi_store_fail_io(struct prov_error *err, const char *what, int32_t error);

/** Read the file, or else its backup, to `committed`. Statuses of prov_store_open(). */
prov_status provi_store_load(struct prov_store *store, struct prov_error *err);

/**
 * Put these holdings in the place of the file. PROV_OK: durable. Else the old file stands, or
 * `state` is PROVI_STORE_UNSURE. Statuses of prov_store_commit().
 */
prov_status provi_store_save(struct prov_store *store, const struct provi_holdings *holdings,
                             struct prov_error *err);

#endif
