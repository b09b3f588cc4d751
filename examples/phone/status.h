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

/** Whether the device has that job; then @p status is filled in. */
bool status_read(prov_agent *agent, uint32_t job, struct prov_job_status *status);

/** The highest of enum prov_job; all are bits. */
#define STATUS_LAST_JOB ((uint32_t)PROV_JOB_LOG)

#endif
