/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/dhcp.h>

#include "base/abi.h"
#include "base/str.h"
#include "base/text.h"

enum { ADDRESS_LEN = 4 };

static void write_address(struct provi_text *text, const char *address)
{
    for (size_t i = 0; i < ADDRESS_LEN; i++) {
        if (i)
            provi_text_add_char(text, '.');
        provi_text_add_number(text, (unsigned char)address[i]);
    }
}

static void write_host(struct provi_text *text, prov_str host)
{
    bool is_ipv6 = provi_str_find(host, ':') < host.len;
    provi_text_puts(text, is_ipv6 ? "[" : "");
    provi_text_add(text, host);
    provi_text_puts(text, is_ipv6 ? "]" : "");
}

static void write_server(struct provi_text *text, const struct prov_dhcp_offer *offer)
{
    if (offer->scheme.len) {
        provi_text_add(text, offer->scheme);
        provi_text_puts(text, "://");
    }
    write_host(text, offer->host);
    if (offer->port) {
        provi_text_add_char(text, ':');
        provi_text_add_number(text, offer->port);
    }
}

prov_status prov_dhcp_server_get(const struct prov_dhcp_offer *offer, size_t index, char *buf,
                                 size_t cap, size_t *len)
{
    struct prov_dhcp_offer own;
    if (!offer || !len || (!buf && cap))
        return PROV_E_INVALID;
    prov_status status = provi_abi_in(&own, sizeof own, offer, NULL);
    if (status != PROV_OK)
        return status;
    if (index >= own.n_servers)
        return PROV_E_NOT_FOUND;
    if (own.host.len == 0 && index >= own.bytes.len / ADDRESS_LEN)
        return PROV_E_INVALID;
    struct provi_text text;
    provi_text_to_buf(&text, buf, cap);
    if (own.host.len)
        write_server(&text, &own);
    else
        write_address(&text, own.bytes.data + index * ADDRESS_LEN);
    return provi_text_end(&text, len);
}
