/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The last result of a job, kept for prov_agent_status(). */
#ifndef PROVI_JOBS_LAST_H
#define PROVI_JOBS_LAST_H

#include <provision/event.h>

struct provi_env;

/** Longest text stored of a result; the rest is cut off. */
enum { PROVI_LAST_MAX_TEXT = 1024 };

/** A result with all its texts, in one block. */
struct provi_last {
    struct prov_result result;
    int64_t end_ms; /* end of the job, on the agent's clock */
};

/** Copy the result of a job that has just ended; NULL: no memory. */
struct provi_last *provi_last_new(const struct prov_result *result, const struct provi_env *env);

/** The result; the time of its end is converted to the host's present clock. */
const struct prov_result *provi_last_result(struct provi_last *last, const struct provi_env *env);

void provi_last_free(struct provi_last *last, const struct prov_alloc *alloc);

#endif
