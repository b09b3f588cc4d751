/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Offers of DHCP: --dhcp-option and --dhcp-lease. */
#ifndef PHONE_DHCP_H
#define PHONE_DHCP_H

#include <provision/provision.h>

#include "host.h"

/**
 * Choose among the options of the command line and of the existing leases, by the parameters of the
 * store; report what each contains, and pass the chosen one to the agent. With --once and a lease
 * from standard input, wait for it.
 */
prov_status dhcp_begin(struct phone *phone, struct prov_error *err);

/** A parameter has changed: if it determines which options to use, dhcp_process() chooses again. */
void dhcp_record_change(struct phone *phone, prov_str name);

/** Read new leases; then choose again, and pass the chosen option to the agent. */
void dhcp_process(struct phone *phone);

#endif
