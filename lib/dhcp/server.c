/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include "base/abi.h"
#include "base/buffer.h"
#include "base/str.h"

static void write_address(struct provi_text *text, const char *address)
{
    for (size_t i = 0; i < PROVI_DHCP_ADDRESS_LEN; i++) {
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

/* The address of a server: those that are none of a host do not count. NULL past the last one. */
static const char *find_address(prov_str bytes, size_t index)
{
    for (size_t at = 0; at + PROVI_DHCP_ADDRESS_LEN <= bytes.len; at += PROVI_DHCP_ADDRESS_LEN)
        if (provi_dhcp_is_server_address(bytes.data + at) && index-- == 0)
            return bytes.data + at;
    return NULL;
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
    const char *address = own.host.len ? NULL : find_address(own.bytes, index);
    if (own.host.len == 0 && !address)
        return PROV_E_INVALID;
    struct provi_text text;
    provi_text_to_buf(&text, buf, cap);
    if (own.host.len)
        write_server(&text, &own);
    else
        write_address(&text, address);
    return provi_text_end(&text, len);
}
