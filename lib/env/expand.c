/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/expand.h"

#include <provision/rule.h>

#include "base/error.h"
#include "env/env.h"

prov_status provi_expand(struct provi_env *env, prov_str text, uint32_t flags,
                         struct provi_buffer *out, struct prov_error *err)
{
    struct prov_vars vars = prov_macro_vars_view(env->macro_vars);
    provi_buffer_reset(out);
    size_t len = text.len;
    for (;;) {
        prov_status status = provi_buffer_reserve(out, &env->alloc, len);
        if (status == PROV_E_LIMIT)
            return provi_fail(err, status, "expands to more than %zu bytes", out->max);
        if (status != PROV_OK)
            return provi_fail_nomem(err);
        size_t cap = out->cap;
        status = prov_macro_expand(text, &vars, flags, out->data, cap, &len, err);
        if (status == PROV_OK)
            out->len = len;
        if (status != PROV_E_LIMIT || len < cap)
            return status;
    }
}

prov_status provi_expand_param(struct provi_env *env, prov_str name, uint32_t flags,
                               struct provi_buffer *out, struct prov_error *err)
{
    struct provi_buffer text;
    provi_buffer_init(&text, env->limits.max_rule_bytes, true);
    prov_status status = provi_param_read(&env->params, name, &env->alloc, &text);
    if (status == PROV_OK)
        status = provi_expand(env, provi_buffer_str(&text), flags, out, err);
    else
        provi_fail(err, status, "%.*s cannot be read", PROVI_STR(name));
    provi_buffer_free(&text, &env->alloc);
    return status;
}

prov_status provi_redact(struct provi_env *env, prov_str rule, struct provi_buffer *out,
                         struct prov_error *err)
{
    size_t len = 0;
    provi_buffer_reset(out);
    prov_rule_redact(rule, NULL, 0, &len);
    prov_status status = provi_buffer_reserve(out, &env->alloc, len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "rule of more than %zu bytes", out->max);
    if (status != PROV_OK)
        return provi_fail_nomem(err);
    prov_rule_redact(rule, out->data, out->cap, &len);
    out->len = len;
    return PROV_OK;
}
