/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The status of all jobs, from the agent's getters alone, as a device's web page shows it. */
#ifndef PHONE_STATUS_H
#define PHONE_STATUS_H

#include <stdint.h>

#include <provision/provision.h>

#include "show.h"

/** For each job of the device one or more lines. @p now_ms is the host's monotonic clock. */
void status_show(struct show *show, prov_agent *agent, int64_t now_ms);

/** Whether the device has that job, any bit; then @p status is filled in. */
bool status_read(prov_agent *agent, uint32_t job, struct prov_job_status *status);

#endif
