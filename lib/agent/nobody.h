/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The host of an agent that is gone: it is never idle, has nothing and takes nothing. */
#ifndef PROVI_AGENT_NOBODY_H
#define PROVI_AGENT_NOBODY_H

#include <provision/host.h>

extern const struct prov_host provi_nobody;

#endif
