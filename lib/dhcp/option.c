/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include "base/array.h"
#include "base/str.h"

static bool read_text(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    return provi_dhcp_read_text(offer, offer->bytes);
}

/* Addresses as numbers, where that is what the bytes look like; otherwise text. */
static bool read_addresses(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    prov_str text = provi_dhcp_strip(offer->bytes);
    bool is_text = text.len == 0 || provi_dhcp_is_printable(text);
    if (is_text || offer->bytes.len % PROVI_DHCP_ADDRESS_LEN != 0)
        return read_text(offer, lease);
    size_t n = 0;
    for (size_t at = 0; at < offer->bytes.len; at += PROVI_DHCP_ADDRESS_LEN)
        n += provi_dhcp_is_server_address(offer->bytes.data + at);
    if (n == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, provi_dhcp_no_host);
    offer->kind = PROV_DHCP_SERVER;
    offer->n_servers = n;
    return true;
}

static bool read_address(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    bool may_be_number = offer->bytes.len == PROVI_DHCP_ADDRESS_LEN;
    return may_be_number ? read_addresses(offer, lease) : read_text(offer, lease);
}

/* Many servers send back the class the device sent, or one of their own. */
static bool read_class(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    prov_str text = provi_str_trim(provi_dhcp_strip(offer->bytes));
    if (text.len && provi_str_eq(text, lease->vendor_class))
        return provi_dhcp_refuse(offer, PROV_DHCP_CLASS, "the class the device sent");
    bool is_name = provi_str_find(text, '.') == text.len && provi_str_find(text, ':') == text.len &&
                   provi_str_find(text, '/') == text.len;
    if (text.len && is_name)
        return provi_dhcp_refuse(offer, PROV_DHCP_CLASS, "the name of a class");
    return read_text(offer, lease);
}

/* Labels by MPP Administration Guide 11.3, "Cisco IP Phone Security". */
static const struct provi_dhcp_reader readers[] = {
    {PROV_DHCP_V4, 43, provi_dhcp_read_vendor},
    {PROV_DHCP_V4, 60, read_class},
    {PROV_DHCP_V4, 66, read_text},
    {PROV_DHCP_V4, 125, provi_dhcp_read_vendors},
    {PROV_DHCP_V4, 150, read_addresses}, /* RFC 5859 */
    {PROV_DHCP_V4, 159, read_address},
    {PROV_DHCP_V4, 160, read_text},
    {PROV_DHCP_V6, 17, provi_dhcp_read_vendor_v6},
    {PROV_DHCP_V6, 159, read_text},
    {PROV_DHCP_V6, 160, read_text},
};

const struct provi_dhcp_reader *provi_dhcp_reader_find(uint32_t family, uint32_t code)
{
    for (size_t i = 0; i < PROVI_LEN(readers); i++)
        if (readers[i].family == family && readers[i].code == code)
            return &readers[i];
    return NULL;
}
