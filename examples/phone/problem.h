/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Problem reports by the PRT_ parameters: on request, at intervals, and after a crash. */
#ifndef PHONE_PROBLEM_H
#define PHONE_PROBLEM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <provision/provision.h>

struct phone;

/** Why a report is sent. */
enum problem_reason {
    PROBLEM_REQUEST,
    PROBLEM_TIMER, /* PRT_Max_Timer */
    PROBLEM_CRASH, /* PRT_Upload_at_Crash */
};

/** What the reports of a phone wait for. A request is sent in every state but PROBLEM_SENDING. */
enum problem_state {
    PROBLEM_IDLE,    /* the next one comes when the timer is over, or at once after a crash */
    PROBLEM_SENDING, /* one is being sent, until problem_end() */
    PROBLEM_RETRY,   /* the last one failed: likewise, but not before `not_before_ms` */
    PROBLEM_HELD,    /* it failed, and no retry helps: not before a parameter has changed, either */
};

/** Reports of a phone. All zero: none was sent. */
struct problem {
    enum problem_state state;
    int64_t not_before_ms;      /* with RETRY and HELD, on the phone's clock; otherwise 0 */
    enum problem_reason reason; /* of the last report */
    uint64_t sent_generation;   /* of the store, when that report was made */
    uint32_t last_outcome;      /* PROV_OUTCOME_APPLIED, FAILED; NONE: none was sent */
    bool has_mark;       /* the mark file of a running phone exists; problem_stop() removes it */
    bool has_crashed;    /* the program crashed before, and no report of it was delivered */
    int64_t since_ms;    /* start of the timer's interval, on the phone's clock */
    uint64_t generation; /* generation of the store from which the settings were read */
    int64_t interval_ms; /* of PRT_Max_Timer; 0: none */
    bool reports_crashes;
};

/** Number of the fetch that sends a report, in events. */
enum { PROBLEM_FETCH = 2 };

/**
 * Check, when a phone is started that will continue to run, whether the previous one crashed: by a
 * mark file next to the store that only problem_stop() removes.
 */
void problem_start(struct phone *phone);

/**
 * Send a bundle to the server of PRT_Upload_Rule, as a fetch of the host.
 *
 * @return PROV_OK; PROV_E_NO_SERVER without such a rule; PROV_E_BUSY while one is being sent;
 *         PROV_E_NOMEM; any status of prov_agent_fetch().
 */
prov_status problem_send(struct phone *phone, enum problem_reason reason, struct prov_error *err);

/** The report has ended. @param result  NULL: the agent was freed, and no result follows. */
void problem_end(struct phone *phone, const struct prov_result *result);

/** Send a report that is due, as soon as no job runs. */
void problem_process(struct phone *phone);

/** Milliseconds until problem_process() is due, on the phone's clock; -1: never. */
int64_t problem_timeout_ms(struct phone *phone);

/** The phone is switched off. A crash that was not reported is reported after the next start. */
void problem_stop(struct phone *phone);

#endif
