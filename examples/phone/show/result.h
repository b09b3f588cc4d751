/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The end of a rule or of a resync and, after a failure, the place to correct. */
#ifndef PHONE_SHOW_RESULT_H
#define PHONE_SHOW_RESULT_H

#include <provision/provision.h>

#include "show/show.h"

/** Show PROV_EVENT_RESULT of @p job. @p agent has the rule as written; may be NULL. */
void show_result(struct show *show, uint32_t job, const struct prov_result *result,
                 const prov_agent *agent);

/** Show PROV_EVENT_RESYNC. */
void show_resync(struct show *show, const struct prov_result *result);

#endif
