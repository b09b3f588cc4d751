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
    enum problem_reason reason; /* of it */
    uint32_t last_outcome;      /* enum prov_outcome of the last report; NONE: there was none */
    bool has_mark;              /* of a phone that runs: it is there until problem_stop() */
    bool has_crashed;           /* before, and no report of it was delivered */
    int64_t since_ms;           /* the interval of the timer began, on the phone's clock */
    int64_t not_before_ms;      /* one that the phone sent by itself failed */
    uint64_t generation;        /* of the store that the settings below were read from */
    int64_t interval_ms;        /* of PRT_Max_Timer; 0: none */
    bool reports_crashes;
};

/** Number of the fetch that sends a report, in events. */
enum { PROBLEM_FETCH = 2 };

/**
 * The program was started, and the phone will go on running: find out whether the one before it
 * crashed, by a mark beside the store that only problem_stop() removes.
 */
void problem_start(struct phone *phone);

/**
 * Send a bundle to the server of PRT_Upload_Rule, as a fetch of the host.
 *
 * @return PROV_OK; PROV_E_NO_SERVER without such a rule; PROV_E_BUSY while one is being sent;
 *         PROV_E_NOMEM; any status of prov_agent_fetch().
 */
prov_status problem_send(struct phone *phone, enum problem_reason reason, struct prov_error *err);

/** The report under way has ended. @param outcome  enum prov_outcome; NONE: with its agent. */
void problem_end(struct phone *phone, uint32_t outcome);

/** Send what is due, as soon as no job runs. */
void problem_process(struct phone *phone);

/** Until problem_process() has something to do, on the phone's clock; -1: nothing. */
int64_t problem_timeout_ms(struct phone *phone);

/** The phone is switched off. A crash that was not reported stays one for the next start. */
void problem_stop(struct phone *phone);

#endif
