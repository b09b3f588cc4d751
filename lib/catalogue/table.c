/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Entries of the parameters in rows.h; their meanings are in meaning.c. */
#include "catalogue/catalogue_priv.h"

#include "base/array.h"

enum {
    NONE = 0,
    SECRET = PROV_PARAM_FLAG_SECRET,
    REBOOT = PROV_PARAM_FLAG_REBOOT,
    READ_ONLY = PROV_PARAM_FLAG_READ_ONLY,
    PER_LINE = PROV_PARAM_FLAG_PER_LINE,
    OR_EMPTY = PROV_PARAM_FLAG_MAY_BE_EMPTY,
};

#define PARAM_OF(row_type, row_name, row_default, row_flags, row_meaning, ...)                     \
    {.size = sizeof(struct prov_param_info),                                                       \
     .name = (row_name),                                                                           \
     .default_value = (row_default),                                                               \
     .type = PROV_PARAM_TYPE_##row_type,                                                           \
     .flags = (row_flags),                                                                         \
     __VA_ARGS__},
#define PARAM(row_type, row_name, row_default, row_flags, row_meaning)                             \
    PARAM_OF(row_type, row_name, row_default, row_flags, row_meaning, .choices = NULL)
#define SYNONYM(row_name, main_name)                                                               \
    {.size = sizeof(struct prov_param_info), .name = (row_name), .synonym_of = (main_name)},

const struct prov_param_info provi_catalogue_rows[] = {
#include "catalogue/rows.h"
};

const size_t provi_catalogue_n_rows = PROVI_LEN(provi_catalogue_rows);

/* Half of the slots remain free, for short searches; a row's number fits a byte of a slot. */
_Static_assert(PROVI_LEN(provi_catalogue_rows) <= PROVI_CATALOGUE_N_SLOTS / 2 &&
                   PROVI_LEN(provi_catalogue_rows) <= UINT8_MAX,
               "enlarge PROVI_CATALOGUE_N_SLOTS, and what a slot holds");
