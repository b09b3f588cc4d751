/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/dialect.h>

#include "base/array.h"

static const struct prov_dialect presets[] = {
    [PROV_DIALECT_MPP] = {.size = sizeof(struct prov_dialect), .id = PROV_DIALECT_MPP},
    [PROV_DIALECT_SPA] =
        {
            .size = sizeof(struct prov_dialect),
            .id = PROV_DIALECT_SPA,
            .log_dashes = true,
            .triggers_start = true,
            .self_closing_keeps = true,
            .missing_ua_resets = true,
            .retry_zero_at_once = true,
            .force_on_deadline = true,
            .key_only_secrets = true,
            .hash_comments_anywhere = true,
        },
};

const struct prov_dialect *prov_dialect_get(uint32_t id)
{
    return id < PROVI_LEN(presets) ? &presets[id] : NULL;
}
