/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/expand.h"

#include "base/error.h"
#include "env/env.h"
#include "macro/expand.h"
#include "rule/shown.h"

prov_status provi_expand(struct provi_env *env, prov_str text, uint32_t flags,
                         struct provi_buffer *out, struct prov_error *err)
{
    const struct prov_vars vars = prov_macro_vars_view(env->macro_vars);
    return provi_macro_expand(text, &vars, flags, &env->alloc, out, err);
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
    struct provi_text text;
    provi_buffer_reset(out);
    provi_text_to_buffer(&text, out, &env->alloc);
    provi_rule_write_redacted(&text, rule);
    prov_status status = provi_text_end(&text, NULL);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "rule of more than %zu bytes", out->max);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}
