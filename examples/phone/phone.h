/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The life of a phone: power on, reboots, power off; and the doors that outlive its reboots. */
#ifndef PHONE_PHONE_H
#define PHONE_PHONE_H

#include "host.h"
#include "options.h"
#include "waiting.h"

/**
 * Power on: open the store, write what the command line says to it, open the doors, boot, and
 * request what the command line names.
 *
 * @param[out] phone  Ended by phone_stop(), also after a failure.
 * @param      name   Of the phone among others, its MAC address; empty: it is the only one.
 *                    Borrowed, as @p options and @p curl, until the end.
 * @return EXIT_OK; else the exit status, and the reason was reported.
 */
int phone_start(struct phone *phone, const struct options *options, const char *name,
                prov_curl *curl);

/** Whether it is time for phone_reboot(). */
bool phone_boots_now(const struct phone *phone);

/** Boot again, with `phone->next_boot` as the cause. @return As phone_start(). */
int phone_reboot(struct phone *phone);

/** Boot at once, and forget all but firmware, licence and certificate then. @return
 *  PROV_E_UNSUPPORTED without a store. */
prov_status phone_request_factory_reset(struct phone *phone, struct prov_error *err);

/**
 * Restart at once, also during a call, and end what the agent has under way, as if the power went.
 *
 * @return PROV_OK; PROV_E_UNSUPPORTED without a store.
 */
prov_status phone_restart(struct phone *phone, struct prov_error *err);

/** Parameters were changed by hand: report it to the agent, and resync at once. */
void phone_take_changes(struct phone *phone);

/** Power off. Again is fine. @return EXIT_OK; EXIT_MACHINE: the bundle was not written. */
int phone_stop(struct phone *phone);

/** Add what the phone waits for. */
void phone_wait(struct phone *phone, struct waiting *waiting);

/** Print the parameters of --show, of a phone that stays off. @return Exit status. */
int phone_show(const struct options *options);

/** Report an error on standard error, with the phone's name. @return @p exit_status. */
int phone_complain(const struct phone *phone, const struct prov_error *err, int exit_status);

#endif
