/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The event loop: one poll() over signals, the descriptors of the transport and the doors of all
 * phones.
 */
#ifndef PHONE_LOOP_H
#define PHONE_LOOP_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

#include "host.h"

/** Signals arrive through a descriptor from here on; call first of all. */
void loop_block_signals(void);

/**
 * Drive @p n phones that were started, until a signal comes, or until each of them has ended: by
 * the command `quit`, or with --once when its job is done. Phones that reboot are started again.
 *
 * @param transport  That all of them share.
 * @return Exit status of the program, the highest of the phones.
 */
int loop_run(struct phone *phones, size_t n, const struct prov_transport *transport, bool is_once);

#endif
