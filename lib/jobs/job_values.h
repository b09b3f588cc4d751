/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Parameters that a job writes itself, to show its result. */
#ifndef PROVI_JOBS_JOB_VALUES_H
#define PROVI_JOBS_JOB_VALUES_H

#include "jobs/jobs.h"

struct provi_job_value {
    const char *name;
    const char *text; /* NULL: the parameter stays as it is */
};

/** A record to save in the transaction of the values; `save` NULL: none. */
struct provi_job_record {
    prov_status (*save)(void *ctx, struct prov_error *err);
    void *ctx;
};

/**
 * Store values, and save a record, in one transaction; the record also if no value changes.
 *
 * @param rule_name  Static; names their origin.
 * @return PROV_OK; PROV_E_NOMEM; the status of the host or of `save`.
 */
prov_status provi_job_store(struct provi_job *job, const char *rule_name,
                            const struct provi_job_value *values, size_t n_values,
                            const struct provi_job_record *record, struct prov_error *err);

/** Room for a date in a status: `mm/dd/yyyy HH:MM:SS` and a NUL. */
enum { PROVI_JOB_DATE_CAP = 32 };

/** Write the present local time; the empty text while the clock is not set. */
void provi_job_write_date(const struct provi_env *env, char buf[PROVI_JOB_DATE_CAP]);

/**
 * Store `PREFIX[mm/dd/yyyy HH:MM:SS][URL]TEXT`, unless the parameter has the same but for the time:
 * a failure that repeats writes nothing, and the time is that of the first one.
 *
 * @param url   Secrets masked; a longer one is cut.
 * @param more  Stored with it. NULL: nothing.
 */
void provi_job_store_line(struct provi_job *job, const char *rule_name, const char *name,
                          const char *prefix, prov_str url, const char *text,
                          const struct provi_job_value *more);

/** Set a value of the status document from a parameter; empty if that cannot be read. */
void provi_job_show(const struct provi_job *job, const char *section, const char *name,
                    struct provi_status_field *out);

#endif
