/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "env/param.h"

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "env/env.h"

/* Long enough for every Bool, number and name of a choice. */
enum { SHORT_VALUE_CAP = 64 };

const struct prov_param_info *provi_param_info(const struct provi_params *params, prov_str name)
{
    return prov_catalogue_find_in(params->catalogue, name, NULL);
}

prov_status provi_param_copy_stored(const struct provi_params *params, prov_str name, char *buf,
                                    size_t cap, size_t *len)
{
    *len = 0;
    prov_status status = params->host->get(params->host->store_ctx, name, buf, cap, len);
    return provi_host_copied(status, cap, *len);
}

bool provi_param_is_stored(const struct provi_params *params, prov_str name)
{
    char byte[1];
    size_t len;
    return provi_param_copy_stored(params, name, byte, sizeof byte, &len) != PROV_E_NOT_FOUND;
}

/* A choice is stored as somebody spelt it, and used as its entry does. */
static void spell_choice(const struct prov_param_info *info, char *buf, size_t *len)
{
    if (!info || info->type != PROV_PARAM_ENUM)
        return;
    prov_str choice = prov_catalogue_choice(info, (prov_str){buf, *len});
    if (choice.data != buf) /* not longer than what stands there */
        provi_str_out(choice, buf, choice.len + 1, len);
}

prov_status provi_param_copy(const struct provi_params *params, prov_str name, char *buf,
                             size_t cap, size_t *len)
{
    prov_status status = provi_param_copy_stored(params, name, buf, cap, len);
    const struct prov_param_info *info = provi_param_info(params, name);
    if (status == PROV_OK && *len < cap)
        spell_choice(info, buf, len);
    if (status != PROV_E_NOT_FOUND)
        return status;
    return provi_str_out(prov_str_from(prov_catalogue_default(info, params->dialect)), buf, cap,
                         len);
}

prov_status provi_param_read(const struct provi_params *params, prov_str name,
                             const struct prov_alloc *alloc, struct provi_buffer *out)
{
    provi_buffer_reset(out);
    size_t len = out->cap ? out->cap - 1 : 0;
    for (;;) {
        prov_status status = provi_buffer_reserve(out, alloc, len);
        if (status != PROV_OK)
            return status;
        size_t cap = out->cap;
        status = provi_param_copy(params, name, out->data, cap, &len);
        if (status == PROV_OK && len < cap)
            out->len = len;
        else if (status == PROV_OK)
            status = PROV_E_LIMIT; /* there is to be room for a NUL */
        if (status != PROV_E_LIMIT || len < cap)
            return status;
    }
}

static prov_status copy_stored(const struct provi_params *params, prov_str name,
                               const struct prov_alloc *alloc, struct provi_buffer *copy)
{
    copy->len = 0;
    size_t len = 0;
    for (;;) {
        prov_status status = copy->cap > len ? PROV_OK : provi_buffer_reserve(copy, alloc, len);
        if (status != PROV_OK)
            return status;
        status = provi_param_copy_stored(params, name, copy->data, copy->cap, &len);
        if (status == PROV_OK && len < copy->cap)
            copy->len = len;
        else if (status == PROV_OK)
            status = PROV_E_LIMIT; /* likewise */
        if (status != PROV_E_LIMIT || len < copy->cap)
            return status;
    }
}

prov_status provi_param_find_in_parts(const struct provi_params *params, prov_str name,
                                      const struct prov_alloc *alloc, struct provi_buffer *copy,
                                      struct prov_param *out)
{
    const struct prov_host *host = params->host;
    prov_status status = copy_stored(params, name, alloc, copy);
    out->has_value = status == PROV_OK ? PROV_VALUE_GIVEN : PROV_VALUE_STAYS;
    out->value = provi_buffer_str(copy);
    if (host->access)
        out->access = (uint8_t)host->access(host->store_ctx, name);
    return status;
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

bool provi_param_has_access(const struct provi_params *params)
{
    return params->host->find || params->host->access;
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
