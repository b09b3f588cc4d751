/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/server.h"

#include "base/error.h"
#include "base/str.h"

static bool has(prov_str text, char c)
{
    return provi_str_find(text, c) < text.len;
}

static bool has_scheme(prov_str text)
{
    prov_str rest = provi_str_from_offset(text, provi_str_find(text, ':'));
    return provi_str_starts(rest, PROVI_LIT("://"));
}

/* What stands in @p text beside a host and a port; NULL: nothing. */
static const char *surplus(prov_str text)
{
    if (has_scheme(text))
        return "a scheme (://)";
    if (has(text, '@'))
        return "a user (@)";
    if (has(text, '/'))
        return "a path (/)";
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f)
            return "a blank or a control character";
    return NULL;
}

prov_status provi_server_read(prov_str text, const char *name, const char *port_param,
                              struct provi_url *url, struct prov_error *err)
{
    const char *wanted = port_param ? "a host name or address" : "HOST or HOST:PORT";
    const char *found = surplus(text);
    struct provi_url_fault fault;
    prov_status status = PROV_OK;
    if (text.len > PROVI_MAX_SERVER_BYTES)
        status = provi_fail(err, PROV_E_LIMIT, "expected at most %d bytes, found %zu",
                            PROVI_MAX_SERVER_BYTES, text.len);
    else if (found)
        status = provi_fail(err, PROV_E_VALUE, "expected %s alone, found %s", wanted, found);
    else if (!provi_url_split(text, false, url, &fault))
        status = provi_fail(err, PROV_E_VALUE, "expected %s, namely %s", wanted, fault.expected);
    else if (port_param && url->port)
        status = provi_fail(err, PROV_E_VALUE, "expected %s alone, found a port%s%s%s", wanted,
                            *port_param ? ": set " : "", port_param, *port_param ? " instead" : "");
    if (status != PROV_OK)
        provi_error_subject(err, prov_str_from(name));
    return status;
}
