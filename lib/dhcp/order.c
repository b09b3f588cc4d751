/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include <provision/catalogue.h>

#include "base/array.h"
#include "base/str.h"

static bool has(const struct provi_dhcp_order *order, const struct provi_dhcp_reader *reader)
{
    for (size_t i = 0; i < order->n; i++)
        if (order->readers[i] == reader)
            return true;
    return false;
}

/* One item of a list; what is no code, or one that never names a server, is passed over. */
static void add_item(struct provi_dhcp_order *order, uint32_t family, prov_str item)
{
    uint64_t code;
    if (!provi_str_to_u64(provi_str_trim(item), UINT16_MAX, &code))
        return;
    const struct provi_dhcp_reader *reader = provi_dhcp_reader_find(family, (uint32_t)code);
    if (reader && !has(order, reader) && order->n < PROVI_LEN(order->readers))
        order->readers[order->n++] = reader;
}

static void add_list(struct provi_dhcp_order *order, uint32_t family, prov_str list,
                     const char *parameter)
{
    prov_str item;
    if (!list.data)
        list = prov_str_from(
            prov_catalogue_default(prov_catalogue_find(prov_str_from(parameter), NULL), NULL));
    while (provi_str_split(&list, ',', &item))
        add_item(order, family, item);
}

void provi_dhcp_order_fill(struct provi_dhcp_order *order, const struct prov_dhcp_lease *lease)
{
    if (lease->v6_first)
        add_list(order, PROV_DHCP_V6, lease->use_v6, "DHCPv6_Option_To_Use");
    add_list(order, PROV_DHCP_V4, lease->use_v4, "DHCP_Option_To_Use");
    if (!lease->v6_first)
        add_list(order, PROV_DHCP_V6, lease->use_v6, "DHCPv6_Option_To_Use");
}
