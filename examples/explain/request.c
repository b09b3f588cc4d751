/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "request.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* Arguments for `%.*s`. */
#define STR(text) (int)(text).len, (text).data ? (text).data : ""

static bool is_http(prov_str scheme)
{
    return scheme.len >= 4 && memcmp(scheme.data, "http", 4) == 0;
}

/* Method of a report: HTTP_Report_Method, or a write by TFTP. */
static const char *report_method(const struct macro_vars *macro_vars,
                                 const struct prov_rule_target *target)
{
    char method[8] = "";
    size_t len;
    if (!is_http(target->scheme))
        return "PUT";
    prov_store_get(macro_vars->store, prov_str_from("HTTP_Report_Method"), method, sizeof method,
                   &len);
    return method[0] == 'P' && (method[1] == 'U' || method[1] == 'u') ? "PUT" : "POST";
}

static const char *method_of(const struct macro_vars *macro_vars, uint32_t kind,
                             const struct prov_rule_target *target)
{
    if (target->path.len == 0)
        return "activate";
    if (kind == PROV_RULE_KIND_REPORT)
        return report_method(macro_vars, target);
    if (kind == TEXT_RENEWAL)
        return "POST";
    return target->post ? "POST" : "GET";
}

/* Value of the GPP of --post, its macros expanded. */
static char *make_body(const struct macro_vars *macro_vars, char letter)
{
    char name[] = "GPP_?";
    char *redacted = NULL;
    size_t len = 0;
    name[4] = (char)(letter - 'a' + 'A');
    prov_store_get(macro_vars->store, prov_str_from(name), NULL, 0, &len);
    char *value = calloc(1, len + 1);
    if (value)
        prov_store_get(macro_vars->store, prov_str_from(name), value, len + 1, &len);
    char *expanded = value ? facts_expand(macro_vars, prov_str_from(value), NULL) : NULL;
    if (expanded)
        redacted = text_redact(prov_str_from(expanded));
    free(value);
    free(expanded);
    return redacted;
}

/* Apply the restrictions of a job to its profile rule, and the default path of RFC 7030. */
static void fit_to_job(struct request *request, uint32_t kind)
{
    struct prov_rule_target *target = &request->target;
    const char *fault = NULL;
    if (kind == TEXT_LICENCE && target->has_key)
        fault = "--key: expected none, a licence is kept as it is sent";
    else if (kind == TEXT_RENEWAL && !is_http(target->scheme))
        fault = "expected http or https for a renewal";
    if (kind == TEXT_RENEWAL && target->path.len == 1)
        target->path = prov_str_from("/.well-known/est/simplereenroll");
    if (!fault || request->status != PROV_OK)
        return;
    request->status = request->err.status = PROV_E_UNSUPPORTED;
    snprintf(request->err.message, sizeof request->err.message, "%s", fault);
}

void request_make(struct request *request, struct macro_vars *macro_vars, uint32_t kind,
                  const prov_rule *rule, size_t alternative, size_t index)
{
    struct prov_rule_target *target = &request->target;
    const prov_str server = prov_str_from(macro_vars->options->dhcp_server);
    target->size = sizeof *target;
    request->err.size = sizeof request->err;
    prov_rule_target_get(rule, alternative, index, target);
    request->status = prov_rule_target_resolve(target, server, target, &request->err);
    fit_to_job(request, kind);
    request->method = method_of(macro_vars, kind, target);
    if (request->status == PROV_OK)
        facts_set_request(macro_vars, target);
    size_t ikm_len = 0;
    prov_store_get(macro_vars->store, prov_str_from("IKM_HTTP_Encrypt_Content"), NULL, 0, &ikm_len);
    request->is_rfc8188 =
        kind == PROV_RULE_KIND_REPORT && ikm_len > 0 && !target->has_key && is_http(target->scheme);
    if (target->post)
        request->body = make_body(macro_vars, target->post);
}

char *request_url(const struct request *request)
{
    const struct prov_rule_target *target = &request->target;
    char port[8] = "";
    bool is_ipv6 = target->host.len && memchr(target->host.data, ':', target->host.len);
    size_t cap = target->scheme.len + target->host.len + target->path.len + sizeof "://[]:65535";
    char *url = malloc(cap);
    if (target->host.len)
        snprintf(port, sizeof port, ":%u", (unsigned)target->port);
    if (!url)
        return NULL;
    snprintf(url, cap, "%.*s://%s%.*s%s%s%.*s", STR(target->scheme), is_ipv6 ? "[" : "",
             STR(target->host), is_ipv6 ? "]" : "", port, STR(target->path));
    char *shown = text_redact(prov_str_from(url));
    free(url);
    return shown;
}

void request_free(struct request *request)
{
    free(request->body);
}
