/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The status document: values of the device, of its jobs and of the host, in sections. */
#ifndef PROVI_JOBS_REPORT_STATUS_H
#define PROVI_JOBS_REPORT_STATUS_H

#include <provision/report.h>

#include "jobs/jobs.h"

/** Longest name of a section. */
enum { PROVI_MAX_SECTION = 63 };

/** An iterator over all values, in the order of the document. */
struct provi_report_status {
    struct provi_jobs *jobs;
    const struct prov_report_host *host;
    unsigned source;                 /* of the next value: device, jobs, host */
    size_t index;                    /* index of the next value within the source */
    const struct provi_job *job;     /* next job to read, for that source */
    struct provi_status_field field; /* the present value of a job */
    struct provi_buffer value;       /* the present value of the device */
};

/** Begin at the first value. */
void provi_report_status_begin(struct provi_report_status *status);

/**
 * Find the next value; its texts are borrowed until the next call.
 *
 * @return PROV_OK; PROV_E_NOT_FOUND: there is none; the status of the host; PROV_E_NOMEM.
 */
prov_status provi_report_status_next(struct provi_report_status *status,
                                     struct prov_report_field *out, struct prov_error *err);

void provi_report_status_end(struct provi_report_status *status);

#endif
