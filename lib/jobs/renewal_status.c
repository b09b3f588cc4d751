/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* ATA 191 and 192 Administration Guide, MIC Cert Provisioning Status. */
#include "jobs/renewal_status.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"

enum text {
    NONE, /* in the order of `texts` */
    ACCESS_VIOLATION,
    BAD_OPTION,
    BAD_SCHEME,
    CONNECTION_ERROR,
    CORRUPTED_FILE,
    DNS_FAILED,
    NOT_FOUND,
    TOO_LARGE,
    NO_RESOURCES,
    INTERNAL_ERROR,
    NOT_IMPLEMENTED,
    BAD_GATEWAY,
    UNAVAILABLE,
    BAD_OPERATION,
    DISK_FULL,
    EMPTY,
};

/* One string for all texts: it needs no relocations. */
static const char texts[] = {
    "\0Access violation\0Bad option\0Bad scheme\0Connection error\0corrupted file\0"
    "Dns query failed\0File not found\0file size exceed\0resource exhausted\0"
    "internal server error\0Not Implemented\0Bad Gateway\0Service Unavailable\0Bad operation\0"
    "Disk full\0Zero file size"};

/* Texts of an HTTP status, or of a negative prov_status. */
static const struct {
    int16_t code;
    uint8_t text; /* enum text */
} reasons[] = {
    {400, BAD_OPTION},
    {401, ACCESS_VIOLATION},
    {403, ACCESS_VIOLATION},
    {404, NOT_FOUND},
    {500, INTERNAL_ERROR},
    {501, NOT_IMPLEMENTED},
    {502, BAD_GATEWAY},
    {503, UNAVAILABLE},
    {PROV_E_DNS, DNS_FAILED},
    {PROV_E_NO_SERVER, DNS_FAILED},
    {PROV_E_SYNTAX, BAD_SCHEME}, /* of a rule that was not checked against the catalogue */
    {PROV_E_NOMEM, NO_RESOURCES},
    {PROV_E_CONNECT, CONNECTION_ERROR},
    {PROV_E_TIMEOUT, CONNECTION_ERROR},
    {PROV_E_NETWORK, CONNECTION_ERROR},
    {PROV_E_TLS, CONNECTION_ERROR},
    {PROV_E_TRUNCATED, CONNECTION_ERROR},
    {PROV_E_AUTH, ACCESS_VIOLATION},
    {PROV_E_NOT_FOUND, NOT_FOUND},
    {PROV_E_LIMIT, TOO_LARGE},
    {PROV_E_CORRUPT, CORRUPTED_FILE},
};

static enum text find(int64_t code)
{
    for (size_t i = 0; i < PROVI_LEN(reasons); i++)
        if (reasons[i].code == code)
            return (enum text)reasons[i].text;
    return code >= 400 && code < 500 ? BAD_OPERATION : NONE;
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
    enum text text = is_http ? find(code) : NONE;
    if (has_host_fault)
        text = DISK_FULL;
    else if (is_empty)
        text = EMPTY;
    else if (is_other_scheme(result))
        text = BAD_SCHEME;
    else if (text == NONE)
        text = find(error->status);
    const char *at = texts;
    for (unsigned i = 0; i < text; i++)
        at += strlen(at) + 1;
    if (*at)
        snprintf(buf, PROVI_RENEWAL_STATUS_CAP, "Download Failed: %s", at);
    else
        snprintf(buf, PROVI_RENEWAL_STATUS_CAP, "Download Failed: Unknown, error code(%d)",
                 is_http ? (int)code : -(int)error->status);
}
