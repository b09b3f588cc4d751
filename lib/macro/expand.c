/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/macro.h>

#include "base/error.h"
#include "base/text.h"
#include "macro/walker.h"

static const uint32_t caller_flags = PROV_MACRO_RULE | PROV_MACRO_KEY_ONLY | PROV_MACRO_MASK;

static bool is_valid(prov_str text, const struct prov_vars *vars, uint32_t flags)
{
    return (text.data || text.len == 0) && vars && vars->find && (flags & ~caller_flags) == 0;
}

prov_status prov_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                              char *buf, size_t cap, size_t *len, struct prov_error *err)
{
    if (!is_valid(text, vars, flags) || !len || (!buf && cap))
        return provi_fail_invalid(err, "text, vars, flags, buf or len");
    struct provi_walker walker;
    struct provi_piece piece;
    struct provi_text out;
    size_t last_fitting = 0;
    provi_text_to_buf(&out, buf, cap);
    provi_walker_init(&walker, text, vars, flags);
    while (provi_walker_next(&walker, &piece)) {
        provi_text_add(&out, piece.text);
        if (out.len < cap)
            last_fitting = walker.at;
    }
    prov_status status = provi_text_end(&out, len);
    if (walker.status != PROV_OK) {
        provi_fail(err, walker.status, "a macro's value could not be read");
        provi_error_subject(err, piece.name);
        provi_error_at(err, text, piece.start);
        return walker.status;
    }
    if (status != PROV_OK) {
        provi_fail(err, status, "expansion needs %zu bytes, there is room for %zu", out.len, cap);
        provi_error_at(err, text, last_fitting);
    }
    return status;
}

prov_status prov_macro_locate(prov_str text, const struct prov_vars *vars, uint32_t flags,
                              size_t expanded, size_t *offset)
{
    if (!is_valid(text, vars, flags) || !offset)
        return PROV_E_INVALID;
    struct provi_mapper mapper;
    provi_mapper_init(&mapper, text, vars, flags);
    *offset = provi_mapper_find(&mapper, expanded);
    return mapper.walker.status;
}
