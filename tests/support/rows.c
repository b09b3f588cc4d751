/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rows.h"

#include <string.h>

struct prov_param row_param(const struct row *row)
{
    return (struct prov_param){
        .size = sizeof(struct prov_param),
        .name = prov_str_from(row->name),
        .value = prov_str_from(row->value),
        .has_value = row->value != NULL,
        .access = row->access,
    };
}

prov_status rows_commit(prov_store *store, struct rows rows, struct prov_error *err)
{
    prov_status status = prov_store_begin(store, err);
    for (size_t i = 0; status == PROV_OK && i < rows.n; i++) {
        struct prov_param param = row_param(&rows.all[i]);
        status = prov_store_set(store, &param, err);
    }
    if (status == PROV_OK)
        return prov_store_commit(store, err);
    prov_store_rollback(store);
    return status;
}

static bool str_is(prov_str text, const char *wanted)
{
    return text.len == strlen(wanted) && memcmp(text.data, wanted, text.len) == 0;
}

bool rows_equal(const prov_store *store, struct rows rows)
{
    if (prov_store_n_params(store) != rows.n)
        return false;
    for (size_t i = 0; i < rows.n; i++) {
        const struct row *row = &rows.all[i];
        struct prov_param param = {.size = sizeof param};
        if (prov_store_param(store, i, &param) != PROV_OK || !str_is(param.name, row->name) ||
            param.access != row->access || param.has_value != (row->value != NULL) ||
            !str_is(param.value, row->value ? row->value : ""))
            return false;
    }
    return true;
}
