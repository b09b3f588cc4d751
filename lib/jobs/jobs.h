/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The table of jobs: what a device does, one job at a time, in a stated order.
 *
 * A job is a file of its own. It has a type, the functions that a turn of the loop calls, and is
 * inserted into the list of an agent by its own enable function. A job that no program enables is
 * not linked from the static library.
 */
#ifndef PROVI_JOBS_JOBS_H
#define PROVI_JOBS_JOBS_H

#include <provision/agent.h>

#include "base/alloc.h"
#include "fetch/attempt.h"
#include "fetch/fetcher.h"
#include "jobs/last.h"

struct provi_job;
struct provi_jobs;
struct provi_pending;

/** Events inside the table of jobs. */
enum provi_job_event {
    PROVI_JOB_BOOT,          /* once, before all others: load the saved records */
    PROVI_JOB_BOOTED,        /* after BOOT: report the results of work before the reboot */
    PROVI_JOB_RESYNC_STARTS, /* end the work under way, and begin it anew afterwards */
    PROVI_JOB_RESYNC_ENDED,
    PROVI_JOB_LINK_LOST, /* within any callback: end the transfers that run */
    PROVI_JOB_LINK_BACK, /* or new: retry soon */
    PROVI_JOB_NOTIFIED,  /* the host reports that parameters may have changed */
    PROVI_JOB_REBOOTS,   /* before the host is asked for a reboot: save records */
    PROVI_JOB_LICENSED,  /* a licence was stored: upgrades that waited for it may begin */
};

/** The place of a job in a turn: lower ones come first. docs/architecture.md has the order. */
enum {
    PROVI_PLACE_ROLLBACK = 10,
    PROVI_PLACE_RESYNC = 20,
    PROVI_PLACE_CUSTOM_CA = 30,
    PROVI_PLACE_FETCH = 40,
    PROVI_PLACE_ACTIVATION = 45,
    PROVI_PLACE_MIGRATION = 50,
    PROVI_PLACE_RENEWAL = 55,
    PROVI_PLACE_UPGRADE = 60,
    PROVI_PLACE_REPORT = 70,
    PROVI_PLACE_REBOOT = 80,
    PROVI_PLACE_HISTORY = 85,
    PROVI_PLACE_LOG = 90,
    PROVI_PLACE_SCHEDULER = 100, /* after those whose records it uses */
};

/** A value of a job in the status document of a device. */
struct provi_status_field {
    const char *section; /* name of the outer element; static */
    char name[64];       /* name of its element */
    char value[600];
};

/** A row of the table. A function that is NULL: nothing to do, never due by time, never busy. */
struct provi_job_type {
    const char *name;
    uint32_t job; /* enum prov_job; 0: no public job */
    uint8_t place;
    bool delays_reboot; /* a reboot waits while it is busy */
    bool runs_to_end;   /* a resync waits while it carries out a rule */
    uint32_t verb;      /* enum prov_verb, if there is `request` */
    /** Take over a request, which is then empty, or refuse it. */
    prov_status (*request)(struct provi_job *job, struct provi_pending *request,
                           struct prov_error *err);
    void (*on_event)(struct provi_job *job, enum provi_job_event event);
    /** A job, this one or another, ended with this result. */
    void (*on_result)(struct provi_job *job, const struct provi_job *ended,
                      const struct prov_result *result);
    /** Do all due work, without blocking. */
    void (*process)(struct provi_job *job);
    /** Milliseconds until `process` has something to do, 0: now; -1: not by time. */
    int64_t (*timeout_ms)(const struct provi_job *job);
    /**
     * Fill in `state`, `waits_for`, `progress`, all zero before, and `in_ms`, -1 before. NULL only
     * with `job` 0.
     */
    void (*status)(struct provi_job *job, struct prov_job_status *out);
    /** Value @p index of the job in the status document; false past the last. NULL: none. */
    bool (*field)(const struct provi_job *job, size_t index, struct provi_status_field *out);
    /** Whether work is under way, or about to begin. */
    bool (*is_busy)(const struct provi_job *job);
    /** Whether a reboot that changed parameters need waits for it. */
    bool (*holds_reboot)(const struct provi_job *job);
    /**
     * Cancel running and waiting work: end transfers at once, the rest in the next `process`, as a
     * failure with PROV_E_CANCELLED. Called within any callback, and when the agent is freed; then
     * the host must not be called, and no `process` follows.
     */
    void (*cancel)(struct provi_job *job);
    void (*free)(struct provi_job *job);
};

/** A request of the host that has not started. All zero: none. */
struct provi_pending {
    uint32_t cause;
    struct provi_secret rule;      /* empty: the job's own; may contain a key */
    struct provi_secret requester; /* server of a rule that names none */
    struct provi_secret uid;       /* login for a rule that has none */
    struct provi_secret pwd;
};

/** Wipe and release a request. */
void provi_pending_clear(struct provi_pending *pending, const struct prov_alloc *alloc);

/** Replace a request by another one, which is then empty. */
void provi_pending_move(struct provi_pending *to, struct provi_pending *from,
                        const struct prov_alloc *alloc);

/** First member of each job's own struct. */
struct provi_job {
    const struct provi_job_type *type;
    struct provi_jobs *jobs;
    struct provi_job *next;  /* next row, in order of places */
    struct provi_last *last; /* its last result; NULL: none, or no memory for it */
};

/** The jobs of one agent. */
struct provi_jobs {
    struct provi_fetcher *fetcher;
    struct provi_job *first;
    const struct provi_job *running; /* the one job that carries out a rule; NULL: none */
    uint32_t reboot_cause; /* of a request for a reboot; NONE: changed parameters need it */
    uint32_t asked_cause;  /* cause of the reboot that PROVI_JOB_REBOOTS announces */
    bool is_reboot_wanted; /* a reboot is wanted, and the host has not been asked */
    bool is_booted;        /* PROVI_JOB_BOOT has been sent */
    bool has_upgraded;     /* an upgrade ended without a reboot: the scheduler is to be informed */
    bool awaits_boot_resync; /* the resync of the boot has not started */
};

/** The jobs of an agent, for a job's enable function. */
struct provi_jobs *provi_agent_jobs(struct prov_agent *agent);

/** The job of a type; NULL: it is not enabled. */
struct provi_job *provi_jobs_find(const struct provi_jobs *jobs, const struct provi_job_type *type);

/** The job that takes the requests of a verb; NULL: none is enabled. */
struct provi_job *provi_jobs_for_verb(const struct provi_jobs *jobs, uint32_t verb);

/**
 * Make a job that a host enables, for provi_jobs_insert().
 *
 * @param      size  Of the job's own struct.
 * @param[out] out   All zero, from the agent's allocator; valid only with PROV_OK.
 * @return PROV_OK; PROV_E_STATE when it is too late to enable a job, or it is enabled already;
 *         PROV_E_NOMEM.
 */
prov_status provi_jobs_new(const struct provi_jobs *jobs, const struct provi_job_type *type,
                           size_t size, struct provi_job **out, struct prov_error *err);

/** Insert a job; its struct provi_job is all zero. It is freed with the agent. */
void provi_jobs_insert(struct provi_jobs *jobs, struct provi_job *job,
                       const struct provi_job_type *type);

/** Insert a job at its place again, or behind all others that carry out a rule. */
void provi_jobs_queue(struct provi_job *job, bool is_last);

/** Store a result as the last one of a job, and pass it to the jobs that record results. */
void provi_job_ended(struct provi_job *job, const struct prov_result *result);
/** Likewise, and report it to the host. */
void provi_job_report_end(struct provi_job *job, const struct prov_result *result);

/** The result, now, of work without an attempt; @p error NULL: it was applied. */
struct prov_result provi_job_result(const struct provi_env *env, uint32_t cause, prov_str rule,
                                    const struct prov_error *error);

/** Fill in @p out, whose `size`, `job` and `in_ms`, -1, are set; a job not enabled is absent. */
void provi_jobs_status(const struct provi_jobs *jobs, struct prov_job_status *out);

/** Whether the host or its lines defer a stage; if so, @p out has the reason. */
bool provi_job_status_deferred(const struct provi_env *env, enum prov_stage stage,
                               struct prov_job_status *out);

/** Fill in the status of a job that carries out a rule. */
void provi_job_status_running(struct provi_attempt *attempt, struct prov_job_status *out);

/** Pass an event on to all jobs, in order. */
void provi_jobs_notify(struct provi_jobs *jobs, enum provi_job_event event);

/** One turn: every job once, in order; ends early when the agent is freed. */
void provi_jobs_process(struct provi_jobs *jobs);

/** The shortest of all timeouts; -1: none. */
int64_t provi_jobs_timeout_ms(const struct provi_jobs *jobs);

/** Whether a job is busy, other than @p but, which may be NULL. */
bool provi_jobs_are_busy(const struct provi_jobs *jobs, const struct provi_job *but);

/** Cancel the jobs of these PROV_JOB_… bits; UINT32_MAX: all. */
void provi_jobs_cancel(struct provi_jobs *jobs, uint32_t which);
void provi_jobs_free(struct provi_jobs *jobs);

/** The shorter of two timeouts; a negative one is none. */
int64_t provi_timeout_min(int64_t a_ms, int64_t b_ms);

static inline struct provi_env *provi_job_env(const struct provi_job *job)
{
    return job->jobs->fetcher->env;
}

/* Jobs that every agent has. */
extern const struct provi_job_type provi_rollback_job;
extern const struct provi_job_type provi_reboot_job;
extern const struct provi_job_type provi_log_job;

#endif
