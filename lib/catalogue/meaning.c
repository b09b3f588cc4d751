/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The meaning of each parameter. Only programs that print meanings need them, so they are not part
 * of the entries. A single string needs no relocations. */
#include "catalogue/catalogue_priv.h"

#include <string.h>

/* A member for each row: a string literal for all would exceed the limit of C99. */
#define MEMBER_OF(line) row_##line
#define MEMBER(line) MEMBER_OF(line)
#define PARAM(row_type, row_name, row_default, row_flags, row_meaning)                             \
    char MEMBER(__LINE__)[sizeof row_meaning];
#define PARAM_OF(row_type, row_name, row_default, row_flags, row_meaning, ...)                     \
    char MEMBER(__LINE__)[sizeof row_meaning];
#define SYNONYM(row_name, main_name) char MEMBER(__LINE__)[sizeof "same as " main_name];

struct meanings {
#include "catalogue/rows.h"
};

#undef PARAM
#undef PARAM_OF
#undef SYNONYM
#define PARAM(row_type, row_name, row_default, row_flags, row_meaning) row_meaning,
#define PARAM_OF(row_type, row_name, row_default, row_flags, row_meaning, ...) row_meaning,
#define SYNONYM(row_name, main_name) "same as " main_name,

/* In the order of the rows, each terminated by a NUL. */
static const struct meanings meanings = {
#include "catalogue/rows.h"
};

const char *prov_catalogue_meaning(const struct prov_param_info *info)
{
    const char *meaning = (const char *)&meanings;
    for (size_t i = 0; i < provi_catalogue_n_rows; i++) {
        if (info == &provi_catalogue_rows[i])
            return meaning;
        meaning += strlen(meaning) + 1;
    }
    return info && info->meaning ? info->meaning : "";
}
