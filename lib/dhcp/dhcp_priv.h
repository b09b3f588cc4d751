/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Readers of DHCP options, and of their values. */
#ifndef PROVI_DHCP_PRIV_H
#define PROVI_DHCP_PRIV_H

#include <provision/dhcp.h>

enum {
    PROVI_DHCP_CISCO = 9,    /* enterprise numbers (IANA) */
    PROVI_DHCP_TR069 = 3561, /* Broadband Forum: management servers, not provisioning */

    PROVI_DHCP_ADDRESS_LEN = 4, /* of IPv4 */
};

/** A reader of one option. Fills in an offer whose `bytes` are set. */
struct provi_dhcp_reader {
    uint32_t family;
    uint32_t code;
    bool (*read)(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);
};

/* option.c */

/** The reader of an option; NULL: the option never names a server. */
const struct provi_dhcp_reader *provi_dhcp_reader_find(uint32_t family, uint32_t code);

/** The reader of an option's domain; NULL: the option names no domain. */
const struct provi_dhcp_reader *provi_dhcp_domain_reader_find(uint32_t family, uint32_t code);

/** The enterprise number at the start of option 125 or 17; 0: it is too short. */
uint32_t provi_dhcp_enterprise(prov_str bytes);

/* value.c */

/** Refuse an option; @p why is static. Returns false. */
bool provi_dhcp_refuse(struct prov_dhcp_offer *offer, uint32_t verdict, const char *why);

/** The reason for a broadcast, multicast or unspecified address. */
extern const char provi_dhcp_no_host[];

/** Whether an IPv4 address can be a server's: it is not unspecified, broadcast or multicast. */
bool provi_dhcp_is_server_address(const char *address);

/** Remove the NULs at the end. */
prov_str provi_dhcp_strip(prov_str bytes);

/** Whether a text is printable ASCII. */
bool provi_dhcp_is_printable(prov_str text);

/** Read a value as text: server, URL or rule. */
bool provi_dhcp_read_text(struct prov_dhcp_offer *offer, prov_str bytes);

/** Read a value as the name of a domain; of several, the first. */
bool provi_dhcp_read_domain(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);

/** The same for a list of names in DNS encoding (RFC 1035, section 3.1). */
bool provi_dhcp_read_labels(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease);

#endif
