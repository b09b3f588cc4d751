/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/operation.h"

#include <stdio.h>

#include "base/str.h"
#include "fetch/fetcher.h"

void provi_operation_begin(struct provi_fetcher *fetcher, int32_t prvst)
{
    int64_t now_ms = provi_env_now_ms(fetcher->env);
    const struct prov_operation operation = {
        .size = sizeof operation,
        .prvst = prvst,
        .prvtmr_s = (now_ms - fetcher->last_attempt_ms) / 1000,
        .upgtmr_s = (now_ms - fetcher->last_upgrade_ms) / 1000,
        .upgst = fetcher->upgst,
        .upgerr = prov_str_from(fetcher->upgrade_err),
    };
    prov_macro_vars_set_operation(fetcher->env->macro_vars, &operation);
}

/* `http_get`, `http_post`, `http_put`, `tftp_get`, `tftp_put`. */
static const char *verb_of(const struct prov_request *request)
{
    bool is_tftp = provi_str_is(request->scheme, "tftp");
    switch (request->method) {
    case PROV_METHOD_POST: return "http_post";
    case PROV_METHOD_PUT: return is_tftp ? "tftp_put" : "http_put";
    default: return is_tftp ? "tftp_get" : "http_get";
    }
}

/* What a server learns of a fault in its file. */
#define CORRUPT "corrupt file"

/* The text of a failure that is the same in every operation; NULL: another one. */
static const char *fixed_text(prov_status status)
{
    switch (status) {
    case PROV_OK: return "";
    case PROV_E_NOT_FOUND: return "File Not Found";
    case PROV_E_AUTH: return "authentication failed";
    case PROV_E_DNS: return "DNS lookup failed";
    case PROV_E_SYNTAX: return "rule syntax error";
    case PROV_E_NO_SERVER: return "no server";
    case PROV_E_QUARANTINED: return "profile quarantined";
    case PROV_E_POLICY: return "server not allowed";
    case PROV_E_CANCELLED: return "cancelled";
    case PROV_E_NOMEM: return "out of memory";
    case PROV_E_IO: return "storage error";
    default: return NULL;
    }
}

bool provi_is_own_failure(prov_status status)
{
    return status == PROV_E_NOMEM || status == PROV_E_HOST || status == PROV_E_IO ||
           status == PROV_E_INVALID || status == PROV_E_STATE || status == PROV_E_ABI ||
           status == PROV_E_BUSY;
}

/* `device error 77: User_ID_1_` */
static void write_own(const struct prov_error *error, char *buf, size_t cap)
{
    const char *fixed = fixed_text(error->status);
    const char *colon = error->subject[0] ? ": " : "";
    if (fixed)
        snprintf(buf, cap, "%s%s%s", fixed, colon, error->subject);
    else if (error->status == PROV_E_HOST)
        snprintf(buf, cap, "device error %lld%s%s", (long long)error->native, colon,
                 error->subject);
    else
        snprintf(buf, cap, "internal error%s%s", colon, error->subject);
}

static bool is_corrupt(prov_status status, uint32_t flags)
{
    return status == PROV_E_CORRUPT || flags & PROV_ERROR_CONTENT;
}

const char *provi_public_message(prov_status status, uint32_t flags, const char *message)
{
    return is_corrupt(status, flags) ? CORRUPT : message;
}

void provi_err_text(const struct prov_error *error, const struct prov_request *request, char *buf,
                    size_t cap)
{
    const char *fixed =
        is_corrupt(error->status, error->flags) ? CORRUPT : fixed_text(error->status);
    if (provi_is_own_failure(error->status))
        write_own(error, buf, cap);
    else if (fixed)
        snprintf(buf, cap, "%s", fixed);
    else if (error->status == PROV_E_UNSUPPORTED)
        snprintf(buf, cap, "Error - %s", error->message);
    else if (error->status == PROV_E_VALUE || (error->status == PROV_E_LIMIT && error->subject[0]))
        snprintf(buf, cap, "%s: %s", error->subject, error->message);
    else if (error->status ==
             PROV_E_REDIRECT) /* "too many redirects", or why one is not followed */
        snprintf(buf, cap, "%s", error->message);
    else if (error->status == PROV_E_TLS)
        snprintf(buf, cap, "SSL handshake failed: %s", error->message);
    else if (!request)
        snprintf(buf, cap, "%s", error->message);
    else if (error->status == PROV_E_SERVER)
        snprintf(buf, cap, "%s failed: %lld", verb_of(request), (long long)error->native);
    else
        snprintf(buf, cap, "%s failed", verb_of(request));
}
