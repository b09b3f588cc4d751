/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The parameters without which a device stops contacting its server. */
#ifndef EXPLAIN_VITALS_H
#define EXPLAIN_VITALS_H

#include <provision/provision.h>

enum { N_VITALS = 8 };

/** All zero: every parameter has its default. */
struct vitals {
    char *values[N_VITALS]; /* owned; NULL: the default */
};

/** Set a parameter; others than the vital ones are ignored. */
void vitals_set(struct vitals *vitals, prov_str name, prov_str value);

/** Why the device never resyncs, or never by itself; NULL: it does. */
const char *vitals_fault(const struct vitals *vitals);

void vitals_free(struct vitals *vitals);

#endif
