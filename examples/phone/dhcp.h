/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What DHCP offers: --dhcp-option and --dhcp-lease. */
#ifndef PHONE_DHCP_H
#define PHONE_DHCP_H

#include <provision/provision.h>

#include "host.h"

/**
 * Choose among the options of the command line and of the leases that are there, as the parameters
 * of the store say, report what was found in each, and set the chosen one at the agent. With --once
 * and a lease from standard input, wait for it.
 */
prov_status dhcp_begin(struct phone *phone, struct prov_error *err);

/** A parameter has changed: if it says which options to use, choose again in dhcp_process(). */
void dhcp_note_change(struct phone *phone, prov_str name);

/** Take new leases: choose again, and set the chosen option at the agent. */
void dhcp_process(struct phone *phone);

#endif
