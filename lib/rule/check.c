/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/check.h"

#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "macro/expand.h"
#include "rule/shown.h"

/*
 * Sample values of all texts. A number can be compared with other numbers, and can be a port or
 * part of an address, but not a server. An address can be a server, and also a version.
 */
static const char number[] = "1";
static const char address[] = "10.0.0.1";

static prov_status get_number(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)ctx;
    (void)name;
    return provi_str_out(prov_str_from(number), buf, cap, len);
}

static prov_status get_address(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)ctx;
    (void)name;
    return provi_str_out(prov_str_from(address), buf, cap, len);
}

static prov_status make_sample(prov_macro_vars **out, const char *version, bool is_address,
                               const struct prov_alloc *alloc, struct prov_error *err)
{
    const prov_str one = prov_str_from(is_address ? address : number);
    const struct prov_param_source params = {.get = is_address ? get_address : get_number};
    const struct prov_device device = {
        .size = sizeof device,
        .product = one,
        .series = one,
        .serial = one,
        .sw_version = prov_str_from(version),
        .hw_version = prov_str_from(version),
        .ip = PROVI_LIT("10.0.0.1"),
        .external_ip = PROVI_LIT("10.0.0.1"),
        .ems = one,
    };
    const struct prov_operation operation = {
        .size = sizeof operation,
        .upgst = 1,
        .scheme = PROVI_LIT("http"),
        .server = PROVI_LIT("h"),
        .server_ip = PROVI_LIT("10.0.0.1"),
        .path = PROVI_LIT("/1"),
        .err = one,
        .upgerr = one,
        .port = 80,
    };
    prov_status status = prov_macro_vars_new(out, &device, &params, NULL, alloc, err);
    return status == PROV_OK ? prov_macro_vars_set_operation(*out, &operation) : status;
}

prov_status provi_sample_new(prov_macro_vars **out, const char *version,
                             const struct prov_alloc *alloc, struct prov_error *err)
{
    return make_sample(out, version, true, alloc, err);
}

/* `GPP_B` → `B`. */
static prov_str register_of(prov_str name)
{
    return provi_str_starts(name, PROVI_LIT("GPP_")) ? provi_str_from_offset(name, 4) : name;
}

bool provi_is_secret_register(prov_str name)
{
    name = register_of(name);
    return name.len == 2 && name.data[0] == 'S' && name.data[1] >= 'A' && name.data[1] <= 'D';
}

/* Finds only the macros whose value is a single word or number on every device. */
static prov_status find_certain(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    static const char others[][7] = {"SCHEME", "METH", "PATH", "ERR",
                                     "UPGERR", "MUID", "MPWD", "PDOM"};
    prov_str letters = register_of(name); /* `A` to `P`: the value may be any text, also a rule */
    bool is_certain = !(letters.len == 1 && letters.data[0] >= 'A' && letters.data[0] <= 'P');
    for (size_t i = 0; i < PROVI_LEN(others); i++)
        is_certain = is_certain && !provi_str_is(name, others[i]);
    const struct prov_vars device = prov_macro_vars_view(ctx);
    return is_certain ? device.find(device.ctx, name, flags, value) : PROV_E_NOT_FOUND;
}

/* The place of the first macro whose value depends on the device; SIZE_MAX if there is none. A
 * secret register in a place that allows no secrets is literal text on every device. */
static size_t find_unknown(const struct provi_expansion *expansion)
{
    const struct provi_macro_span *spans = expansion->spans;
    for (size_t i = 0; i < expansion->n_spans; i++)
        if (spans[i].kind == PROVI_SPAN_UNKNOWN &&
            !provi_is_secret_register(provi_span_name(expansion, &spans[i])))
            return spans[i].written;
    return SIZE_MAX;
}

/* Only an error before the first macro with an unknown value is certain on every device. */
static prov_status check_with(prov_str text, const char *version, bool is_address,
                              const struct prov_rule_options *opt, struct prov_error *err)
{
    prov_macro_vars *device;
    prov_status status = make_sample(&device, version, is_address, opt->alloc, err);
    if (status == PROV_OK) {
        const struct prov_vars vars = {.find = find_certain, .ctx = device};
        prov_rule *rule;
        status = provi_rule_prepare(&rule, text, &vars, opt, NULL, NULL, err);
        if (status == PROV_E_SYNTAX && err->offset >= find_unknown(&rule->expansion))
            status = PROV_OK;
        prov_rule_free(rule);
    }
    prov_macro_vars_free(device);
    return status;
}

static prov_status find_none(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)ctx, (void)name, (void)flags, (void)value;
    return PROV_E_NOT_FOUND;
}

/* Try a version of each family: the device and the form of its version are unknown. */
static prov_status check_rule(prov_str text, const struct prov_rule_options *opt,
                              struct prov_error *err)
{
    static const char versions[][6] = {"1-0-0", "1.0.0", "1"};
    const size_t n_samples = 2 * PROVI_LEN(versions);
    prov_status status = PROV_E_SYNTAX;
    if (!provi_str_has(text, PROVI_LIT("$")) && !provi_str_has(text, PROVI_LIT("("))) {
        /* Without a macro or a comparison, the rule is the same on every device. */
        const struct prov_vars none = {.find = find_none};
        prov_rule *rule;
        status = prov_rule_prepare(&rule, text, &none, opt, NULL, NULL, err);
        prov_rule_free(rule);
        return status;
    }
    struct prov_error farthest = {0};
    for (size_t i = 0; i < n_samples && status == PROV_E_SYNTAX; i++) {
        struct prov_error detail = {0};
        status = check_with(text, versions[i / 2], i % 2, opt, &detail);
        if (i == 0 || status != PROV_E_SYNTAX || detail.offset > farthest.offset)
            farthest = detail;
    }
    if (status != PROV_OK)
        provi_error_copy(err, &farthest);
    return status;
}

bool provi_rule_kind_of(const struct prov_param_info *info, uint32_t *kind)
{
    if (info->synonym_of)
        info = prov_catalogue_find(prov_str_from(info->synonym_of), NULL);
    switch (info->type) {
    case PROV_PARAM_TYPE_RULE: *kind = PROV_RULE_KIND_PROFILE; return true;
    case PROV_PARAM_TYPE_UPGRADE: *kind = PROV_RULE_KIND_UPGRADE; return true;
    case PROV_PARAM_TYPE_REPORT: *kind = PROV_RULE_KIND_REPORT; return true;
    case PROV_PARAM_TYPE_TRIGGER: *kind = PROV_RULE_KIND_TRIGGER; return true;
    default: return false;
    }
}

prov_status prov_rule_check_value(const struct prov_param_info *info, prov_str value,
                                  const struct prov_rule_options *opt, struct prov_error *err)
{
    struct prov_rule_options own;
    uint32_t kind;
    prov_status status = prov_catalogue_check(info, value, err);
    if (status != PROV_OK || !provi_rule_kind_of(info, &kind))
        return status;
    status = provi_abi_in(&own, sizeof own, opt, err);
    if (status != PROV_OK)
        return status;
    own.size = sizeof own;
    own.kind = kind;
    own.flags = 0;
    status = check_rule(value, &own, err);
    if (status != PROV_OK && err)
        provi_error_subject(err, prov_str_from(info->name));
    return status;
}
