/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A phone from power on to power off, and the doors, which stay open during its reboots. */
#ifndef PHONE_PHONE_H
#define PHONE_PHONE_H

#include "host.h"
#include "options.h"
#include "waiting.h"

/**
 * Power on: open the store, store the values of the command line, open the doors, boot, and make
 * the requests of the command line.
 *
 * @param[out] phone  Ended by phone_stop(), also after a failure.
 * @param      name   MAC address, if there are several phones; empty: there is one. Borrowed, like
 *                    @p options and @p curl, until the end.
 * @return EXIT_OK; else the exit status, and the reason was reported.
 */
int phone_start(struct phone *phone, const struct options *options, const char *name,
                prov_curl *curl);

/** Whether phone_reboot() is due. */
bool phone_boots_now(const struct phone *phone);

/** Boot again, with `phone->next_boot` as the cause. @return As phone_start(). */
int phone_reboot(struct phone *phone);

/**
 * Boot at once, and reset all but firmware, licence and certificate. @return PROV_E_UNSUPPORTED
 * without a store.
 */
prov_status phone_request_factory_reset(struct phone *phone, struct prov_error *err);

/**
 * Restart at once, even during a call, and end all work of the agent, as in a power cut.
 *
 * @return PROV_OK; PROV_E_UNSUPPORTED without a store.
 */
prov_status phone_restart(struct phone *phone, struct prov_error *err);

/** Parameters were changed by hand: notify the agent, and resync at once. */
void phone_apply_changes(struct phone *phone);

/** Power off. May be called twice. @return EXIT_OK; EXIT_MACHINE: the bundle was not written. */
int phone_stop(struct phone *phone);

/** Add descriptors and deadline of the phone. */
void phone_wait(struct phone *phone, struct waiting *waiting);

/** Print the parameters of --show for a phone that is off. @return Exit status. */
int phone_show(const struct options *options);

/** Report an error on standard error, with the phone's name. @return @p exit_status. */
int phone_print_failure(const struct phone *phone, const struct prov_error *err, int exit_status);

#endif
