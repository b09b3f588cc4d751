/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A job that carries out one rule: after each resync, when the host requests it, and again some
 * time after a failure. A resync that starts ends its transfer, and the job then begins anew,
 * unless the row has `runs_to_end`. The file is held in memory, or streamed to the job.
 *
 * The job's own struct begins with struct provi_rule_job, and its row with struct
 * provi_rule_job_type, whose functions `process`, `timeout_ms`, `is_busy`, `request` and `cancel`
 * are those below.
 */
#ifndef PROVI_JOBS_RULE_JOB_H
#define PROVI_JOBS_RULE_JOB_H

#include "decode/digest.h"
#include "fetch/attempt.h"
#include "jobs/jobs.h"

struct provi_rule_job;
struct provi_rule_run;

/** The part of the work on the rule that `decide` has already done. All zero: none. */
struct provi_rule_plan {
    struct provi_choice choice;     /* already made */
    const struct prov_error *error; /* failure of the attempt; borrowed for the call */
    prov_str refusal;               /* `$ERR` of that failure; empty: by its status. Static */
    bool is_here;                   /* as in struct provi_attempt */
    bool is_in_use;                 /* likewise */
};

struct provi_rule_job_type {
    struct provi_job_type row;
    const char *rule_name;    /* parameter */
    const char *request_name; /* of a rule given with a request, in events */
    size_t max_bytes;         /* of a file in memory */
    bool may_be_empty;        /* the file may be empty */
    bool may_be_202;          /* HTTP 202 is a success; else it is a failure */
    bool names_server;        /* the rule always names a server */
    const char *messages;     /* PROVI_MESSAGES(); NULL: none */
    /** Whether a due decision has to wait. NULL: never. */
    bool (*waits)(const struct provi_rule_job *job);
    /**
     * The job is due: call provi_rule_job_fetch(), or return PROV_OK if there is nothing to fetch.
     * For another status, a retry is planned, and it is reported if @p err is set.
     */
    prov_status (*decide)(struct provi_rule_job *job, struct prov_error *err);
    /** Set further options of the request; its limits are set. NULL: none. */
    void (*fill_extra)(struct provi_rule_job *job, struct provi_fetch_extra *extra);
    /** Called before the first byte of a file. NULL, as in `write`: it is held in memory. */
    prov_status (*begin)(struct provi_rule_job *job, uint64_t offset, struct prov_error *err);
    prov_status (*write)(struct provi_rule_job *job, const void *data, size_t len,
                         struct prov_error *err);
    /** A further file beside the first one. False: none. NULL: never. */
    bool (*next)(struct provi_rule_job *job, prov_str *name);
    /** The file is complete, and not empty unless it may be. May set `is_unchanged` of the job. */
    prov_status (*accept)(struct provi_rule_job *job, prov_str file, struct prov_error *err);
    /** The rule was carried out, or failed; @p result is borrowed. */
    void (*ended)(struct provi_rule_job *job, const struct prov_result *result);
    /** Delay of the retry after @p n_failed failures; -1: none. NULL: Resync_Error_Retry_Delay. */
    int64_t (*retry_ms)(struct provi_rule_job *job, uint32_t n_failed);
};

struct provi_rule_job {
    struct provi_job job;
    struct provi_rule_run *run;   /* the rule under way; NULL: none */
    struct provi_pending request; /* the request being decided or carried out; else empty */
    struct provi_pending pending; /* the next request */
    bool is_due;                  /* decide in the next turn */
    bool is_intermediate;         /* set by `accept`: the result is not final */
    /* A resync ended the last attempt, so the next one waits until other due jobs have run.
     * Otherwise, while a server does not respond, the first job and the resyncs would leave no time
     * for the last jobs. */
    bool is_unfinished;
    bool has_retry;
    bool is_unchanged; /* set by `accept`: the outcome is PROV_OUTCOME_UNCHANGED */
    bool is_retry;     /* for `decide`: the retry is due */
    bool may_wait;     /* for `decide`: the retry is not due yet */
    int64_t retry_ms;  /* time of the retry, if `has_retry` */
    bool is_spread;    /* the retry was moved once, after a link change or a sleep */
    int64_t failed_ms; /* when the retry was planned */
    uint32_t n_failed;
};

/**
 * Start the rule of `request`, or the parameter's. Called from `decide`.
 *
 * @return PROV_OK; PROV_E_NOMEM.
 */
prov_status provi_rule_job_fetch(struct provi_rule_job *job, struct prov_error *err);

/** The same, by a plan, whose choice is moved out of it. */
prov_status provi_rule_job_start(struct provi_rule_job *job, struct provi_rule_plan *plan,
                                 struct prov_error *err);

/** A choice for the rule of `request`, or of the parameter, that is not made yet. */
struct provi_choice provi_rule_job_choice(const struct provi_rule_job *job);

/** Plan a retry, as after a failure. */
void provi_rule_job_plan_retry(struct provi_rule_job *job);

/**
 * Called from `decide` when nothing has changed since the last attempt: keep a planned retry.
 *
 * @return false: no retry is planned, or it is due.
 */
bool provi_rule_job_waits(struct provi_rule_job *job);

/** Plan to decide again, without a failure. Called from `ended`. */
void provi_rule_job_plan(struct provi_rule_job *job, int64_t delay_ms);

/**
 * Digest of a rule's meaning: the rule, its macros expanded but for those of the device's state,
 * such as `$SWVER` and `$PRVTMR`, which change by themselves; the servers for a rule that names
 * none; and @p more, which may be empty.
 *
 * @return PROV_OK; why the rule cannot be read or expanded; PROV_E_NOMEM.
 */
prov_status provi_rule_job_digest(struct provi_rule_job *job, prov_str more,
                                  struct provi_digest *out, bool *is_empty, struct prov_error *err);

/** Report a log entry about the parameter's rule; @p error may be NULL. */
void provi_rule_job_log(const struct provi_rule_job *job, enum prov_severity severity,
                        prov_str text, const struct prov_error *error);

/** The rule under way; NULL: none. */
struct provi_attempt *provi_rule_job_attempt(const struct provi_rule_job *job);

/** The transfer under way. Called from `accept`. */
const struct provi_fetch *provi_rule_job_transfer(const struct provi_rule_job *job);

/* Functions of the row. */
void provi_rule_job_on_event(struct provi_job *job, enum provi_job_event event);
prov_status provi_rule_job_request(struct provi_job *job, struct provi_pending *request,
                                   struct prov_error *err);
void provi_rule_job_process(struct provi_job *job);
int64_t provi_rule_job_timeout_ms(const struct provi_job *job);
void provi_rule_job_status(struct provi_job *job, struct prov_job_status *out);
bool provi_rule_job_is_busy(const struct provi_job *job);
void provi_rule_job_cancel(struct provi_job *job);

/** Release the members of the job, not the job itself. */
void provi_rule_job_clear(struct provi_rule_job *job);

#endif
