/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "rule/rule_priv.h"
#include "rule/shown.h"

const struct provi_alternative *provi_rule_alternative(const prov_rule *rule, size_t alternative)
{
    return rule && alternative < rule->parts.n_alternatives ? &rule->parts.alternatives[alternative]
                                                            : NULL;
}

prov_str provi_rule_written(const prov_rule *rule, prov_str part)
{
    const size_t start = (size_t)(part.data - rule->text.data);
    struct provi_written place = provi_expansion_map(&rule->expansion, start, start + part.len);
    return (prov_str){rule->expansion.written.data + place.start, place.end - place.start};
}

size_t prov_rule_n_alternatives(const prov_rule *rule)
{
    return rule ? rule->parts.n_alternatives : 0;
}

size_t prov_rule_n_assignments(const prov_rule *rule, size_t alternative)
{
    const struct provi_alternative *found = provi_rule_alternative(rule, alternative);
    return found ? found->assignments.n : 0;
}

prov_status prov_rule_assignment_get(const prov_rule *rule, size_t alternative, size_t index,
                                     struct prov_rule_assignment *out)
{
    if (!rule || !out)
        return PROV_E_INVALID;
    if (index >= prov_rule_n_assignments(rule, alternative))
        return PROV_E_NOT_FOUND;
    *out = rule->parts.assignments[rule->parts.alternatives[alternative].assignments.first + index];
    return PROV_OK;
}

size_t prov_rule_n_targets(const prov_rule *rule, size_t alternative)
{
    const struct provi_alternative *found = provi_rule_alternative(rule, alternative);
    return found ? found->targets.n : 0;
}

prov_status prov_rule_target_get(const prov_rule *rule, size_t alternative, size_t index,
                                 struct prov_rule_target *out)
{
    if (!rule || !out)
        return PROV_E_INVALID;
    if (index >= prov_rule_n_targets(rule, alternative))
        return PROV_E_NOT_FOUND;
    const struct prov_rule_target *target =
        &rule->parts.targets[rule->parts.alternatives[alternative].targets.first + index];
    return provi_abi_out(out, target, sizeof *target);
}

prov_status prov_rule_alternative_text(const prov_rule *rule, size_t alternative, uint32_t which,
                                       char *buf, size_t cap, size_t *len)
{
    const struct provi_alternative *found = provi_rule_alternative(rule, alternative);
    if (!rule || !len || (!buf && cap) || which > PROV_RULE_TEXT_EXPANDED)
        return PROV_E_INVALID;
    if (!found)
        return PROV_E_NOT_FOUND;
    struct provi_text out = {.buf = buf, .cap = cap};
    provi_rule_write_part(&out, rule, found->secrets,
                          which == PROV_RULE_TEXT_WRITTEN ? provi_rule_written(rule, found->text)
                                                          : found->text);
    return provi_text_end(&out, len);
}

static prov_status take_server(struct prov_rule_target *target, prov_str server,
                               struct prov_error *err)
{
    struct provi_url url;
    struct provi_url_fault fault;
    if (server.len == 0)
        return provi_fail(err, PROV_E_NO_SERVER, "the rule names no server and none is known");
    if (!provi_url_split(server, false, &url, &fault))
        return provi_fail(err, PROV_E_NO_SERVER, "the server given: expected %s at byte %zu",
                          fault.expected, fault.offset);
    if (url.path.len > 1 || url.has_user)
        return provi_fail(err, PROV_E_NO_SERVER, "the server given: expected no %s",
                          url.has_user ? "user and password" : "path");
    target->scheme = url.scheme;
    target->host = url.host;
    target->port = url.port;
    return PROV_OK;
}

prov_status prov_rule_target_resolve(const struct prov_rule_target *target, prov_str server,
                                     struct prov_rule_target *out, struct prov_error *err)
{
    struct prov_rule_target own;
    if (!target || !out || !provi_str_is_sound(server))
        return provi_fail_invalid(err, "target, server or out");
    prov_status status = provi_abi_in(&own, sizeof own, target, err);
    if (status == PROV_OK && own.host.len == 0 && own.path.len > 0) /* not gds:// */
        status = take_server(&own, server, err);
    if (status != PROV_OK)
        return status;
    if (own.scheme.len == 0)
        own.scheme = PROVI_LIT("tftp");
    if (own.port == 0)
        own.port = provi_url_default_port(own.scheme);
    /* Options that need HTTP (MPP Administration Guide 11.3, "Provisioning Formats", options). */
    bool is_http = provi_url_is_http(own.scheme);
    if (own.srv && !is_http)
        return provi_fail(err, PROV_E_UNSUPPORTED, "TFTP scheme not supported in SRV lookups");
    if (own.post && !is_http)
        return provi_fail(err, PROV_E_UNSUPPORTED, "--post needs http:// or https://");
    return provi_abi_out(out, &own, sizeof own);
}
