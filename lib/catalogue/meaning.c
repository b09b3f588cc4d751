/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The phrase of each parameter. Only programs that print them need them, so they are apart from
 * the entries, and without an address for each.
 */
#include "catalogue/catalogue_priv.h"

#include <string.h>

#define PARAM(row_type, row_name, row_default, row_flags, row_meaning) row_meaning "\0"
#define PARAM_OF(row_type, row_name, row_default, row_flags, row_meaning, ...) row_meaning "\0"
#define SYNONYM(row_name, main_name) "same as " main_name "\0"

/* In the order of the rows, each with a NUL. */
static const char meanings[] =
#include "catalogue/rows.h"
    ;

const char *prov_catalogue_meaning(const struct prov_param_info *info)
{
    const char *meaning = meanings;
    for (size_t i = 0; i < provi_catalogue_n_rows; i++) {
        if (info == &provi_catalogue_rows[i])
            return meaning;
        meaning += strlen(meaning) + 1;
    }
    return info && info->meaning ? info->meaning : "";
}
