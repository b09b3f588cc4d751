/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * What a DHCP client received, as a record of test vectors.
 *
 *     option: 66=192.168.1.200         text; `6:160=…` is one of DHCPv6
 *     option: 150=0x0a0000010a000002   bytes
 *     use-v4: 160,66                   DHCP_Option_To_Use; left out: the default
 *     use-v6: 160
 *     class: CP-8841-3PCC              what the device sent as option 60
 *     first: v6                        DHCPv6 goes before DHCPv4
 */
#ifndef TEST_SUPPORT_LEASE_H
#define TEST_SUPPORT_LEASE_H

#include <provision/dhcp.h>

#include "vectors.h"

enum { LEASE_MAX_OPTIONS = 16, LEASE_MAX_BYTES = 256 };

struct lease {
    struct prov_dhcp_lease lease; /**< valid as long as this and the record stay in place */
    struct prov_dhcp_option options[LEASE_MAX_OPTIONS];
    char bytes[LEASE_MAX_OPTIONS][LEASE_MAX_BYTES]; /**< of those in hexadecimal */
};

/** Take all that is about a lease; other fields are passed over. Dies of what makes no sense. */
void lease_fill(struct lease *lease, const struct vector *vector);

#endif
