/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What a store would hold if the staged changes were made: by the server, then by the user. */
#ifndef PROVI_STORE_JOIN_H
#define PROVI_STORE_JOIN_H

#include "store/store_priv.h"

/** A parameter in its layers. */
struct provi_layered {
    struct prov_param front;   /* what counts; the access is that of both */
    struct prov_param beneath; /* the server's, if the user's stands in front */
    bool has_user;
};

/** A parameter as committed; without value and access if there is none of that name. */
void provi_join_committed(const struct prov_store *store, prov_str name,
                          struct provi_layered *param);

/** A parameter with the staged changes made. */
void provi_join_staged(const struct prov_store *store, prov_str name, struct provi_layered *param);

/** Whether the staged changes of parameters make any. */
bool provi_join_changes(const struct prov_store *store);

/** The committed parameters with the staged changes made, then those that are new. */
prov_status provi_join_params(const struct prov_store *store, struct provi_holdings *next,
                              struct prov_error *err);

#endif
