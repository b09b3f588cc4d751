/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/limits.h"

#include "base/abi.h"

static void default_u32(uint32_t *field, uint32_t value)
{
    if (*field == 0)
        *field = value;
}

static void default_u64(uint64_t *field, uint64_t value)
{
    if (*field == 0)
        *field = value;
}

prov_status provi_limits_resolve(struct prov_limits *to, const struct prov_limits *from,
                                 struct prov_error *err)
{
    prov_status status = provi_abi_in(to, sizeof *to, from, err);
    if (status != PROV_OK)
        return status;
    default_u64(&to->max_fetch_bytes, 4u << 20);
    default_u64(&to->max_inflated_bytes, 4u << 20);
    default_u32(&to->max_inflate_ratio, 200);
    default_u32(&to->max_encodings, 4);
    default_u32(&to->max_depth, 32);
    default_u32(&to->max_value_bytes, 64u << 10);
    default_u32(&to->max_name_bytes, 256);
    default_u32(&to->max_token_bytes, 64u << 10);
    default_u32(&to->max_name_table_bytes, 1u << 20);
    default_u32(&to->max_rule_bytes, 64u << 10);
    default_u32(&to->max_staged_bytes, 4u << 20);
    default_u32(&to->max_store_bytes, 16u << 20);
    default_u32(&to->max_warnings, 16);
    default_u32(&to->max_redirects, 5);
    default_u32(&to->connect_timeout_ms, 30000);
    default_u32(&to->idle_timeout_ms, 60000);
    default_u32(&to->total_timeout_ms, 900000);
    default_u32(&to->resync_timeout_ms, 3600000);
    return PROV_OK;
}
