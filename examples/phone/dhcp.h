/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What a DHCP client would bring: --dhcp-option. */
#ifndef PHONE_DHCP_H
#define PHONE_DHCP_H

#include <stdbool.h>

#include <provision/provision.h>

#include "host.h"
#include "options.h"

/**
 * Read `CODE=TEXT` or `CODE=0xHEX`; `6:CODE` is an option of DHCPv6.
 *
 * @param[out] option  Its bytes are those of @p owned.
 * @param[out] owned   New, ended by free(), also after a failure; NULL: there is nothing to free.
 * @return false when it makes no sense.
 */
bool dhcp_read_option(const char *argument, struct prov_dhcp_option *option, char **owned);

/** Choose among the options as the parameters of the store say, report what was found in each, and
 *  set the chosen one at the agent. */
prov_status dhcp_offer(struct phone *phone, struct prov_error *err);

#endif
