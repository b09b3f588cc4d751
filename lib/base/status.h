/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Which numbers are statuses of ours. */
#ifndef PROVI_BASE_STATUS_H
#define PROVI_BASE_STATUS_H

#include <provision/base.h>

/** Whether base.h lists @p status; a host's own numbers are others. */
bool provi_status_is_known(prov_status status);

#endif
