/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/abi.h"

#include <provision/dialect.h>
#include <provision/version.h>

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "config.h"

bool provi_abi_is_size(size_t size)
{
    return size >= sizeof size && size <= PROVI_ABI_MAX_BYTES;
}

prov_status provi_abi_in(void *to, size_t known, const void *from, struct prov_error *err)
{
    size_t size = 0;
    if (from)
        memcpy(&size, from, sizeof size);
    if (size == known) {
        memcpy(to, from, known);
        return PROV_OK;
    }
    memset(to, 0, known);
    memcpy(to, &known, sizeof known);
    if (!from)
        return PROV_OK;
    if (!provi_abi_is_size(size))
        return provi_fail(err, PROV_E_ABI, "expected size to be sizeof the struct, found %zu",
                          size);
    const unsigned char *bytes = from;
    for (size_t i = known; i < size; i++)
        if (bytes[i] != 0)
            return provi_fail(
                err, PROV_E_ABI,
                "expected zeros after byte %zu of a struct, the size in this release, "
                "found byte %zu of %zu set",
                known, i, size);
    memcpy(to, from, size < known ? size : known);
    memcpy(to, &known, sizeof known);
    return PROV_OK;
}

prov_status provi_abi_out(void *to, const void *from, size_t known)
{
    size_t size;
    memcpy(&size, to, sizeof size);
    if (!provi_abi_is_size(size))
        return PROV_E_ABI;
    if (size > known)
        memset((unsigned char *)to + known, 0, size - known);
    memcpy(to, from, size < known ? size : known);
    memcpy(to, &size, sizeof size);
    return PROV_OK;
}

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

uint32_t prov_version_number(void)
{
    return PROV_VERSION_NUMBER;
}

const char *prov_version_string(void)
{
    return PROV_VERSION_STRING;
}

bool prov_feature_supported(uint32_t feature)
{
    switch (feature) {
    case PROV_FEATURE_CURL: return PROV_HAVE_CURL;
    case PROV_FEATURE_SRV: return PROV_HAVE_CURL && PROV_HAVE_CARES;
    default: return false;
    }
}
