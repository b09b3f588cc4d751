/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** @file Parameters as tables, for tests of stores. */
#ifndef TEST_SUPPORT_ROWS_H
#define TEST_SUPPORT_ROWS_H

#include <provision/store.h>

/** One parameter; a NULL value leaves the value alone. */
struct row {
    const char *name;
    const char *value;
    uint8_t access; /**< enum prov_access */
};

struct rows {
    const struct row *all;
    size_t n;
};

#define ROWS(array) ((struct rows){(array), sizeof(array) / sizeof((array)[0])})

struct prov_param row_param(const struct row *row);

/** Begin, set all, commit; rolls back what could not be set. */
prov_status rows_commit(prov_store *store, struct rows rows, struct prov_error *err);

/** Whether a store holds exactly these, in this order. */
bool rows_equal(const prov_store *store, struct rows rows);

#endif
