/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* ATA 191 and 192 Administration Guide, MIC Cert Provisioning Status. */
#include "jobs/renewal_status.h"

#include <stdio.h>

#include "base/array.h"
#include "base/str.h"

#define FAILED "Download Failed: "

static const struct {
    int code;
    const char *text;
} of_http[] = {
    {400, FAILED "Bad option"},
    {401, FAILED "Access violation"},
    {403, FAILED "Access violation"},
    {404, FAILED "File not found"},
    {500, FAILED "internal server error"},
    {501, FAILED "Not Implemented"},
    {502, FAILED "Bad Gateway"},
    {503, FAILED "Service Unavailable"},
};

static const struct {
    prov_status status;
    const char *text;
} of_status[] = {
    {PROV_E_DNS, FAILED "Dns query failed"},     {PROV_E_NO_SERVER, FAILED "Dns query failed"},
    {PROV_E_SYNTAX, FAILED "Bad scheme"}, /* of a rule, which the catalogue checks otherwise */
    {PROV_E_NOMEM, FAILED "resource exhausted"}, {PROV_E_CONNECT, FAILED "Connection error"},
    {PROV_E_TIMEOUT, FAILED "Connection error"}, {PROV_E_NETWORK, FAILED "Connection error"},
    {PROV_E_TLS, FAILED "Connection error"},     {PROV_E_TRUNCATED, FAILED "Connection error"},
    {PROV_E_AUTH, FAILED "Access violation"},    {PROV_E_NOT_FOUND, FAILED "File not found"},
    {PROV_E_LIMIT, FAILED "file size exceed"},   {PROV_E_CORRUPT, FAILED "corrupted file"},
};

static const char *find_code(int64_t code)
{
    for (size_t i = 0; i < PROVI_LEN(of_http); i++)
        if (of_http[i].code == code)
            return of_http[i].text;
    return code >= 400 && code < 500 ? FAILED "Bad operation" : NULL;
}

static const char *find_status(prov_status status)
{
    for (size_t i = 0; i < PROVI_LEN(of_status); i++)
        if (of_status[i].status == status)
            return of_status[i].text;
    return NULL;
}

static bool is_other_scheme(const struct prov_result *result)
{
    return result->error->status == PROV_E_UNSUPPORTED &&
           !provi_str_starts(result->url, PROVI_LIT("http"));
}

const char *provi_renewal_status(const struct prov_result *result, bool is_empty,
                                 bool has_host_fault, char buf[PROVI_RENEWAL_STATUS_CAP])
{
    const struct prov_error *error = result->error;
    int64_t code = error->origin == PROV_ORIGIN_HTTP ? error->native : result->code;
    bool is_http = code >= 400;
    const char *text = is_http ? find_code(code) : NULL;
    if (has_host_fault)
        text = FAILED "Disk full";
    else if (is_empty)
        text = FAILED "Zero file size";
    else if (is_other_scheme(result))
        text = FAILED "Bad scheme";
    else if (!text)
        text = find_status(error->status);
    if (text)
        return text;
    snprintf(buf, PROVI_RENEWAL_STATUS_CAP, FAILED "Unknown, error code(%d)",
             is_http ? (int)code : -(int)error->status);
    return buf;
}
