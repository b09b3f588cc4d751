/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * What the file of a store tells beside what counts: where each value came from, and the server's
 * values beneath those of the user. It is one of the kept lines, and belongs to the values in the
 * document: where somebody edited those, all count as the server's, from nowhere.
 */
#ifndef PROVI_STORE_ORIGINS_H
#define PROVI_STORE_ORIGINS_H

#include "base/record.h"
#include "store/store_priv.h"

/** Name of the kept line. */
extern const prov_str provi_origins_name;

/** Whether there is anything to tell. */
bool provi_origins_are_known(const struct provi_holdings *holdings);

/** Write them. */
void provi_origins_write(struct provi_record *record, const struct provi_holdings *holdings);

/**
 * Read them; `params` are there. Those that do not fit the values are left out, all of them.
 *
 * @return PROV_OK; PROV_E_NOMEM.
 */
prov_status provi_origins_read(struct provi_reading *reading, struct provi_holdings *holdings);

#endif
