/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The event loop of the virtual phone: poll(2), signals included. */
#ifndef PHONE_LOOP_H
#define PHONE_LOOP_H

#include <stdbool.h>

#include <provision/provision.h>

#include "host.h"

/**
 * Keep signals for the loop: they wait until it looks. Before anything starts a thread, since
 * threads inherit it.
 */
void loop_block_signals(void);

/**
 * Drive the agent until a signal ends it, or with @p is_once until one resync has ended and its log
 * messages are on their way.
 *
 * @return Exit status; EXIT_REBOOT.
 */
int loop_run(prov_agent *agent, struct phone *phone, bool is_once);

#endif
