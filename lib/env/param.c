/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/param.h"

#include <provision/sched.h>

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "env/env.h"
#include "macro/expand.h"
#include "rule/shown.h"

/* Longer than every Bool, number and name of a choice. */
enum { SHORT_VALUE_CAP = 64 };

const struct prov_param_info *provi_param_info(const struct provi_params *params, prov_str name)
{
    return prov_catalogue_find_in(params->catalogue, name, NULL);
}

prov_status provi_param_found(const struct provi_params *params, prov_status status)
{
    bool is_known = provi_status_is_known(status);
    bool is_possible = is_known && status != PROV_OK && status != PROV_E_LIMIT;
    *params->refusal = is_known ? 0 : status;
    return is_possible ? status : PROV_E_HOST;
}

prov_status provi_param_fail(const struct provi_params *params, prov_str name, prov_status status,
                             struct prov_error *err)
{
    if (status != PROV_E_HOST || *params->refusal == 0) {
        provi_fail(err, status, "cannot be read: %s", prov_status_text(status));
    } else {
        provi_fail(err, status, "cannot be read: the host's find returned %d",
                   (int)*params->refusal);
        provi_error_native(err, PROV_ORIGIN_HOST, *params->refusal);
    }
    provi_error_subject(err, name);
    return status;
}

/* The stored value. PROV_E_NOT_FOUND: the default applies. */
static prov_status find_value(const struct provi_params *params, prov_str name, prov_str *value)
{
    struct prov_param stored;
    prov_status status = provi_param_find(params, name, PROV_LAYER_ANY, &stored);
    *value = stored.value;
    if (status == PROV_E_UNSUPPORTED || (status == PROV_OK && !stored.has_value))
        return PROV_E_NOT_FOUND;
    return status;
}

/* The value that applies; a choice in the spelling of the catalogue. */
static prov_status find_or_default(const struct provi_params *params, prov_str name,
                                   prov_str *value)
{
    const struct prov_param_info *info = provi_param_info(params, name);
    prov_status status = find_value(params, name, value);
    if (status == PROV_OK && info && info->type == PROV_PARAM_TYPE_ENUM)
        *value = prov_catalogue_choice(info, *value);
    if (status != PROV_E_NOT_FOUND)
        return status;
    *value = prov_str_from(prov_catalogue_default(info, params->dialect));
    return PROV_OK;
}

prov_status provi_param_copy_stored(const struct provi_params *params, prov_str name, char *buf,
                                    size_t cap, size_t *len)
{
    prov_str value;
    *len = 0;
    prov_status status = find_value(params, name, &value);
    return status == PROV_OK ? provi_str_out(value, buf, cap, len) : status;
}

bool provi_param_is_stored(const struct provi_params *params, prov_str name)
{
    prov_str value;
    return find_value(params, name, &value) != PROV_E_NOT_FOUND;
}

prov_status provi_param_copy(const struct provi_params *params, prov_str name, char *buf,
                             size_t cap, size_t *len)
{
    prov_str value;
    *len = 0;
    prov_status status = find_or_default(params, name, &value);
    return status == PROV_OK ? provi_str_out(value, buf, cap, len) : status;
}

static prov_status get(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    return provi_param_copy(ctx, name, buf, cap, len);
}

struct prov_param_source provi_param_source(struct provi_params *params)
{
    return (struct prov_param_source){.get = get, .ctx = params};
}

prov_status provi_param_read(const struct provi_params *params, prov_str name,
                             const struct prov_alloc *alloc, struct provi_buffer *out)
{
    prov_str value;
    provi_buffer_reset(out);
    prov_status status = find_or_default(params, name, &value);
    return status == PROV_OK ? provi_buffer_add(out, alloc, value.data, value.len) : status;
}

bool provi_param_is_odd_time(prov_str text, struct prov_error *why)
{
    int64_t seconds;
    if (text.len == 0 || provi_hhmm_read(text, &seconds))
        return false;
    provi_fail(why, PROV_E_VALUE, "'%.*s' is not HHmm, 0000 to 2400, and is ignored",
               PROVI_STR(text));
    return true;
}

/* The stored text of a short parameter; empty if there is none or it cannot be read. */
static prov_str short_value(const struct provi_params *params, const char *name, char *buf)
{
    size_t len;
    if (provi_param_copy(params, prov_str_from(name), buf, SHORT_VALUE_CAP, &len) != PROV_OK)
        return PROVI_LIT("");
    return provi_str_trim((prov_str){buf, len});
}

static prov_str default_value(const struct provi_params *params, const char *name)
{
    const struct prov_param_info *info = provi_param_info(params, prov_str_from(name));
    return prov_str_from(prov_catalogue_default(info, params->dialect));
}

bool provi_param_bool(const struct provi_params *params, const char *name)
{
    char buf[SHORT_VALUE_CAP];
    bool value = false;
    if (!prov_value_bool(short_value(params, name, buf), &value))
        prov_value_bool(default_value(params, name), &value);
    return value;
}

uint32_t provi_param_unsigned(const struct provi_params *params, const char *name)
{
    char buf[SHORT_VALUE_CAP];
    prov_str text = short_value(params, name, buf);
    const struct prov_param_info *info = provi_param_info(params, prov_str_from(name));
    uint32_t value = 0;
    if (info && prov_catalogue_check(info, text, NULL) == PROV_OK &&
        prov_value_unsigned(text, &value))
        return value;
    prov_value_unsigned(default_value(params, name), &value);
    return value;
}

int64_t provi_param_delay_ms(const struct provi_params *params, const char *name, uint32_t index,
                             uint32_t entropy)
{
    char buf[PROVI_DELAYS_CAP];
    size_t len;
    int64_t delay_ms = -1;
    prov_status status = provi_param_copy(params, prov_str_from(name), buf, sizeof buf, &len);
    if (status != PROV_OK ||
        prov_delays_get(provi_str_trim((prov_str){buf, len}), index, entropy, &delay_ms) != PROV_OK)
        prov_delays_get(default_value(params, name), index, entropy, &delay_ms);
    return delay_ms;
}

prov_status provi_param_read_all(struct provi_env *env, const char *name, struct provi_buffer *out,
                                 struct prov_error *err)
{
    prov_status status = provi_param_read(&env->params, prov_str_from(name), &env->alloc, out);
    if (status == PROV_OK)
        return PROV_OK;
    if (status != PROV_E_LIMIT)
        return provi_param_fail(&env->params, prov_str_from(name), status, err);
    provi_fail(err, status, "expected at most %zu bytes", out->max);
    provi_error_subject(err, prov_str_from(name));
    return status;
}

prov_status provi_expand(struct provi_env *env, prov_str text, uint32_t flags,
                         struct provi_buffer *out, struct prov_error *err)
{
    const struct prov_vars vars = prov_macro_vars_view(env->macro_vars);
    return provi_macro_expand(text, &vars, flags, &env->alloc, out, NULL, err);
}

prov_status provi_expand_param(struct provi_env *env, prov_str name, const struct prov_vars *vars,
                               uint32_t flags, struct provi_buffer *out, struct prov_error *err)
{
    const struct prov_vars of_device = prov_macro_vars_view(env->macro_vars);
    struct provi_buffer text;
    provi_buffer_init(&text, env->limits.max_rule_bytes, true);
    prov_status status = provi_param_read(&env->params, name, &env->alloc, &text);
    if (status == PROV_OK)
        status = provi_macro_expand(provi_buffer_str(&text), vars ? vars : &of_device, flags,
                                    &env->alloc, out, NULL, err);
    else
        provi_param_fail(&env->params, name, status, err);
    provi_buffer_free(&text, &env->alloc);
    return status;
}

prov_status provi_redact(struct provi_env *env, prov_str clean, prov_str rule,
                         struct provi_buffer *out, struct prov_error *err)
{
    provi_buffer_reset(out);
    struct provi_text text = {.buffer = out, .alloc = &env->alloc};
    provi_text_add(&text, clean);
    provi_rule_write_redacted(&text, rule);
    prov_status status = provi_text_end(&text, NULL);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "rule of more than %zu bytes", out->max);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}
