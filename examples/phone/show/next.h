/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shows the next resync, confirmation or end of a deferral, with its time. */
#ifndef PHONE_SHOW_NEXT_H
#define PHONE_SHOW_NEXT_H

#include <provision/provision.h>

#include "show/show.h"

void show_schedule(struct show *show, const struct prov_schedule *schedule);
void show_unconfirmed(struct show *show, const struct prov_unconfirmed *unconfirmed);
void show_rolled_back(struct show *show, const struct prov_rolled_back *rollback);
void show_upgrade(struct show *show, const struct prov_upgrade *upgrade);
void show_deferral(struct show *show, const struct prov_deferral *deferral);

/**
 * Record whether Resync_At__HHmm_ is a time, which an event may change; the schedule mentions it.
 */
void show_record_odd_time(struct show *show, const struct prov_event *event);

#endif
