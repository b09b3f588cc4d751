/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The parameters without which a device stops contacting its server. */
#ifndef EXPLAIN_VITALS_H
#define EXPLAIN_VITALS_H

#include <provision/provision.h>

enum { N_VITALS = 8 };

/** Zeroed, every parameter has its default. */
struct vitals {
    char *values[N_VITALS]; /* owned; NULL: the default */
};

/** A parameter has this value from now on; others than the vital ones do not count. */
void vitals_set(struct vitals *vitals, prov_str name, prov_str value);

/** Why nothing resyncs any more, or nothing does by itself; NULL: all is well. */
const char *vitals_fault(const struct vitals *vitals);

void vitals_free(struct vitals *vitals);

#endif
