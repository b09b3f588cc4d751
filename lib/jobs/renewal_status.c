/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* ATA 191 and 192 Administration Guide, MIC Cert Provisioning Status. */
#include "jobs/renewal_status.h"

#include <stdio.h>

#include "base/array.h"
#include "base/str.h"

/* Texts in the tables, so the loader has no addresses to fill in. */
enum { TEXT_CAP = 22 };

static const struct {
    int16_t code;
    char text[TEXT_CAP];
} of_http[] = {
    {400, "Bad option"},     {401, "Access violation"},      {403, "Access violation"},
    {404, "File not found"}, {500, "internal server error"}, {501, "Not Implemented"},
    {502, "Bad Gateway"},    {503, "Service Unavailable"},
};

static const struct {
    int16_t status;
    char text[TEXT_CAP];
} of_status[] = {
    {PROV_E_DNS, "Dns query failed"},     {PROV_E_NO_SERVER, "Dns query failed"},
    {PROV_E_SYNTAX, "Bad scheme"}, /* of a rule, which the catalogue checks otherwise */
    {PROV_E_NOMEM, "resource exhausted"}, {PROV_E_CONNECT, "Connection error"},
    {PROV_E_TIMEOUT, "Connection error"}, {PROV_E_NETWORK, "Connection error"},
    {PROV_E_TLS, "Connection error"},     {PROV_E_TRUNCATED, "Connection error"},
    {PROV_E_AUTH, "Access violation"},    {PROV_E_NOT_FOUND, "File not found"},
    {PROV_E_LIMIT, "file size exceed"},   {PROV_E_CORRUPT, "corrupted file"},
};

static const char *find_code(int64_t code)
{
    for (size_t i = 0; i < PROVI_LEN(of_http); i++)
        if (of_http[i].code == code)
            return of_http[i].text;
    return code < 500 ? "Bad operation" : NULL;
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

void provi_renewal_status(const struct prov_result *result, bool is_empty, bool has_host_fault,
                          char buf[PROVI_RENEWAL_STATUS_CAP])
{
    const struct prov_error *error = result->error;
    int64_t code = error->origin == PROV_ORIGIN_HTTP ? error->native : result->code;
    bool is_http = code >= 400;
    const char *text = is_http ? find_code(code) : NULL;
    if (has_host_fault)
        text = "Disk full";
    else if (is_empty)
        text = "Zero file size";
    else if (is_other_scheme(result))
        text = "Bad scheme";
    else if (!text)
        text = find_status(error->status);
    if (text)
        snprintf(buf, PROVI_RENEWAL_STATUS_CAP, "Download Failed: %s", text);
    else
        snprintf(buf, PROVI_RENEWAL_STATUS_CAP, "Download Failed: Unknown, error code(%d)",
                 is_http ? (int)code : -(int)error->status);
}
