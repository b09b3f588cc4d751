/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The status of all jobs, from the agent's getters only, as on a device's web page. */
#ifndef PHONE_STATUS_H
#define PHONE_STATUS_H

#include <stdint.h>

#include <provision/provision.h>

#include "show/show.h"

/** Show one or more lines for each job. @p now_ms is the host's monotonic clock. */
void status_show(struct show *show, prov_agent *agent, int64_t now_ms);

/** Read the status of a job, any bit. @return false: the device does not have that job. */
bool status_read(prov_agent *agent, uint32_t job, struct prov_job_status *status);

#endif
