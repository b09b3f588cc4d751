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

/** Reports of a phone. All zero: none was sent. */
struct problem {
    char *data; /* the bundle that is being sent, owned; NULL: none */
    size_t len, at;
    enum problem_reason reason; /* reason of that bundle */
    uint32_t last_outcome;      /* enum prov_outcome of the last report; NONE: none was sent */
    bool has_mark;         /* the mark file of a running phone exists; problem_stop() removes it */
    bool has_crashed;      /* the program crashed before, and no report of it was delivered */
    int64_t since_ms;      /* start of the timer's interval, on the phone's clock */
    int64_t not_before_ms; /* earliest time of an automatic report after a failed one */
    uint64_t generation;   /* generation of the store from which the settings were read */
    int64_t interval_ms;   /* of PRT_Max_Timer; 0: none */
    bool reports_crashes;
    bool lacks_rule; /* an automatic report had no rule; none is due until the generation changes */
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

/** The report has ended. @param outcome  enum prov_outcome; NONE: its agent was freed. */
void problem_end(struct phone *phone, uint32_t outcome);

/** Send a report that is due, as soon as no job runs. */
void problem_process(struct phone *phone);

/** Milliseconds until problem_process() is due, on the phone's clock; -1: never. */
int64_t problem_timeout_ms(struct phone *phone);

/** The phone is switched off. A crash that was not reported is reported after the next start. */
void problem_stop(struct phone *phone);

#endif
