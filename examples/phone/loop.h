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

/** Block signals; from here on they arrive through a descriptor. Call before anything else. */
void loop_block_signals(void);

/**
 * Run @p n started phones, until a signal arrives, or until each of them has ended: by the command
 * `quit`, or with --once when its job has ended. Phones that reboot are started again.
 *
 * @param transport  Shared by all.
 * @return Exit status of the program, the highest of the phones.
 */
int loop_run(struct phone *phones, size_t n, const struct prov_transport *transport, bool is_once);

#endif
