/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The custom CA job: after each resync, what `Custom_CA_Rule` asks for is fetched if it is not what
 * the host has, and handed to it.
 */
#ifndef PROVI_JOBS_CUSTOM_CA_H
#define PROVI_JOBS_CUSTOM_CA_H

#include "decode/digest.h"
#include "jobs/jobs.h"

struct provi_ca_file;
struct provi_ca_fetch;

/** What the host trusts, of what the agent gave it. */
enum provi_ca_trust {
    PROVI_CA_NONE,
    PROVI_CA_INSTALLED, /* the file of `source` */
    PROVI_CA_UNKNOWN,   /* the host failed to take what was committed, or the record is lost */
};

struct provi_custom_ca {
    struct provi_job job;
    struct provi_ca_fetch *running; /* NULL: none */
    bool is_due;                    /* look at the rule */
    enum provi_ca_trust trust;
    struct provi_digest source;          /* of the rule, as expanded */
    const struct provi_ca_file *to_save; /* with the transaction in hand; NULL: none is */
    bool has_retry;
    int64_t retry_ms; /* look at it again then */
    uint32_t n_failed;
};

/** Insert the job, for a host with `custom_ca`. PROV_OK; PROV_E_NOMEM. */
prov_status provi_custom_ca_enable(struct provi_jobs *jobs, struct prov_error *err);

#endif
