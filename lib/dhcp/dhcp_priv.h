/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the files of this module share: reading options, and the order they are read in. */
#ifndef PROVI_DHCP_PRIV_H
#define PROVI_DHCP_PRIV_H

#include <provision/dhcp.h>

enum {
    PROVI_DHCP_CISCO = 9,    /* enterprise numbers (IANA) */
    PROVI_DHCP_TR069 = 3561, /* Broadband Forum: tells of management servers, not of ours */

    PROVI_DHCP_ADDRESS_LEN = 4, /* of IPv4 */
};

/** How one option is read. Fills in an offer whose `bytes` are set. */
struct provi_dhcp_reader {
    uint32_t family;
    uint32_t code;
    bool (*read)(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);
};

/* option.c */

/** NULL for an option that never names a server. */
const struct provi_dhcp_reader *provi_dhcp_reader_find(uint32_t family, uint32_t code);

/* order.c */

/** The listed options of both families, each once, the first goes before the others. */
struct provi_dhcp_order {
    const struct provi_dhcp_reader *readers[16];
    size_t n;
};

/** Fill an order that is all zero. */
void provi_dhcp_order_fill(struct provi_dhcp_order *order, const struct prov_dhcp_lease *lease);

/* value.c */

/** Say why an option is not usable; @p why is static. Returns false. */
bool provi_dhcp_refuse(struct prov_dhcp_offer *offer, uint32_t verdict, const char *why);

/** Reason to refuse an address that is none of a host. */
extern const char provi_dhcp_no_host[];

/** Whether an IPv4 address can be a server's: not 0.0.0.0, broadcast or multicast. */
bool provi_dhcp_is_server_address(const char *address);

/** Without the NULs at its end. */
prov_str provi_dhcp_strip(prov_str bytes);

/** At least one character, and all of them printable ASCII. */
bool provi_dhcp_is_printable(prov_str text);

/** Read a value as text: server, URL or rule. */
bool provi_dhcp_read_text(struct prov_dhcp_offer *offer, prov_str bytes);

/* vendor.c */

/** Option 43: text, or sub-options. */
bool provi_dhcp_read_vendor(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);

/** Option 125: sub-options of several enterprises. */
bool provi_dhcp_read_vendors(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);

/** DHCPv6 option 17: an enterprise, then text or sub-options. */
bool provi_dhcp_read_vendor_v6(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);

/** The enterprise number an option of the two kinds above begins with; 0 if it is too short. */
uint32_t provi_dhcp_enterprise(prov_str bytes);

#endif
