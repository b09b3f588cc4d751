/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The scheduler's state and steps. docs/scheduling.md has pictures of the timers. */
#ifndef PROVI_SCHED_PRIV_H
#define PROVI_SCHED_PRIV_H

#include <provision/sched.h>

#include "base/time.h"
#include "sched/spread.h"

#define PROVI_MS_PER_S INT64_C(1000)
#define PROVI_S_PER_DAY INT64_C(86400)

/** No time. */
#define PROVI_NEVER INT64_C(-1)

/** Time until an unreadable parameter is read again. */
#define PROVI_AGAIN_MS (30 * PROVI_MS_PER_S)

/** Phase of a scheduler. */
enum provi_phase {
    PROVI_PHASE_OFF = 0,     /**< before BOOT; zeroed or restored */
    PROVI_PHASE_WAITING = 1, /** timers run, or a due resync waits for the lines */
    PROVI_PHASE_ASKING = 2,  /**< `admitted` is due; the caller evaluates the triggers */
    PROVI_PHASE_RUNNING = 3, /**< a resync was started and has not ended yet */
};

/** Kind of the repeating timer. */
enum provi_repeat {
    PROVI_REPEAT_NONE =
        0, /** not armed: no resync yet, or the timer has expired and its resync waits or runs */
    PROVI_REPEAT_PERIODIC = 1, /** Resync_Periodic: after a success, or when no retry is left */
    PROVI_REPEAT_RETRY = 2,    /**< the last resync failed: Resync_Error_Retry_Delay */
};

/** A scheduler between two steps: the contents of `struct prov_sched`. */
struct provi_sched_state {
    /* The timers, up to `at_offset_s`: 64 bytes. */
    int64_t boot_base_ms;    /* time of the boot, or of the end of an upgrade attempt */
    int64_t boot_due_ms;     /* of the resync for `boot_cause`; PROVI_NEVER: none */
    int64_t repeat_base_ms;  /* when the interval began */
    int64_t repeat_due_ms;   /* PROVI_NEVER: off. While phase is OFF: the remaining time */
    int64_t trigger_due_ms;  /* next evaluation of the triggers, if they start resyncs */
    int64_t at_day;          /* last day that had its Resync_At; see at.c */
    uint32_t periodic_index; /* index of the next element to arm */
    uint32_t retry_index;    /* of the armed element, or of the next one */
    uint32_t at_seed;        /* seed of the daily times within the window of Resync_At */
    int32_t at_offset_s;     /* offset of the local time used for Resync_At */

    int64_t earliest_ms; /* a link change may move the retry to this; PROVI_NEVER: it must not */

    int64_t now_ms;  /* time of the last step; never goes back */
    int64_t busy_ms; /* when a line was last active; PROVI_NEVER: not since boot */

    int64_t admitted_since_ms; /* when `admitted` became due */
    int64_t admitted_from_ms;  /* after a sleep, `admitted` starts no earlier; 0: not delayed */
    int64_t request_since_ms;  /* when `requested` was accepted */
    int64_t running_since_ms;  /* when `running` became due or was accepted */

    /* The result of prov_sched_due(), which has neither settings nor world as arguments. */
    int64_t view_due_ms;
    int64_t view_since_ms;
    int64_t view_expected_ms;
    uint32_t view_retry;

    uint32_t n_retries;     /* elements of the retry list */
    uint32_t periodic_hash; /* hash of the text to which periodic_index belongs */
    uint32_t retry_hash;

    uint8_t phase;      /* enum provi_phase */
    uint8_t repeat;     /* enum provi_repeat */
    uint8_t boot_cause; /* POWER_UP or AFTER_UPGRADE */
    uint8_t admitted;   /* automatic cause that is due and waits; enum prov_cause */
    uint8_t requested;  /* explicit cause that waits */
    uint8_t running;    /* cause of the running resync; valid while one runs */
    uint8_t view_cause;
    uint8_t view_why;
    uint8_t is_busy;         /* a line was active at the last step */
    uint8_t is_blocked;      /* the triggers did not permit the last resync */
    uint8_t is_trigger_true; /* their last result, if they start resyncs */
    uint8_t is_restored;     /* from prov_sched_restore(), with the lists of then; for BOOT */
    uint8_t has_at_day;
    uint8_t has_at_offset;
    uint8_t has_failed;  /* the last resync failed */
    uint8_t n_unchanged; /* number of resyncs in a row that changed nothing; saturates */
    uint8_t is_link_lost;
    uint8_t is_link_new; /* the link came back or changed while `running` ran */
};

/** Resync_At relative to the present time. */
struct provi_at {
    bool is_set;        /* the parameter is valid */
    bool has_clock;     /* the members below are valid */
    int64_t day;        /* number of the current day, which began at HHmm */
    int64_t position_s; /* since HHmm of that day, 0..86399 */
    uint32_t window_s;
};

/** One step: the state, and the inputs that change it. */
struct provi_step {
    struct provi_sched_state *state;
    struct prov_sched_settings settings;
    struct prov_dialect dialect;
    struct prov_world world;
    struct provi_at at;
    bool is_late; /* the step is much later than planned: the device slept */
};

/** A uniform number in 0..max, both included, for max below 2^32. 0 gives 0; all ones give max. */
uint64_t provi_draw(uint32_t entropy, uint64_t max);

/** Another uniform number; different values of @p salt give unrelated numbers. */
uint32_t provi_draw_mix(uint32_t entropy, uint32_t salt);

/** A hash, to detect that a text has changed. */
uint32_t provi_text_hash(prov_str text);

/**
 * Find element @p index of a list; a larger index means the last element.
 *
 * @param[out] delay       Not zero, on PROV_OK.
 * @param[out] n_elements  In the whole list, except on PROV_E_SYNTAX.
 * @return PROV_OK; PROV_E_NOT_FOUND: the list is empty, or has ended with an element 0;
 *         PROV_E_SYNTAX.
 */
prov_status provi_delays_find(prov_str text, uint32_t index, struct provi_delay *delay,
                              uint32_t *n_elements);

/** Draw a delay of the element. */
int64_t provi_delay_ms(const struct provi_delay *delay, uint32_t entropy);

/**
 * As provi_delays_find(); if the text is not a list, the default of the parameter @p name is used.
 *
 * @return PROV_OK; PROV_E_NOT_FOUND.
 */
prov_status provi_delays_find_or_default(prov_str text, const char *name,
                                         const struct prov_dialect *dialect, uint32_t index,
                                         struct provi_delay *delay, uint32_t *n_elements);

/* at.c */

/** Resync_At_Random_Delay rounded to minutes, half up; at least ten minutes, in seconds. */
uint32_t provi_at_window_s(uint32_t random_s);

/** Compute `step->at` from settings, clock and `at_day`. */
void provi_at_locate(struct provi_step *step);

/** Whether today's time has come, its window is open, and the day had no resync yet. */
bool provi_at_is_due(const struct provi_step *step);

/** Record that today has had its resync. */
void provi_at_record_day(struct provi_step *step);

/** When the next resync is expected; PROVI_NEVER while the clock is unset. */
int64_t provi_at_expected_ms(const struct provi_step *step);

/** When to read the clock again: at the expected time, or earlier if the clock may change. */
int64_t provi_at_poll_ms(const struct provi_step *step);

/* step.c */

/** Why a due resync must wait. */
struct provi_hold {
    uint32_t why;     /* PROV_WHY_NOTHING: it may start */
    int64_t until_ms; /* PROVI_NEVER: until the lines change */
};

/** Whether a resync for @p cause, due since @p since_ms, must wait. */
struct provi_hold provi_start_hold(const struct provi_step *step, uint32_t cause, int64_t since_ms);

/* timers.c: boot, periodic, retry and trigger timers. */

/** The parameter that forbids @p cause: PROV_WHY_DISABLED, PROV_WHY_FORBIDDEN, or nothing. */
uint32_t provi_gate(const struct provi_step *step, uint32_t cause);

/** Whether the triggers permit @p cause; in the other dialect, whether they start it. */
bool provi_needs_triggers(const struct provi_step *step, uint32_t cause);

/** Restart at the beginning of lists whose text has changed. */
void provi_timers_refresh(struct provi_step *step);

/** Arm the timers after a boot. */
void provi_timers_boot(struct provi_step *step, uint32_t cause);

/** An upgrade attempt ended. */
void provi_timers_upgraded(struct provi_step *step);

/** Arm the timers after a resync that ended as @p event reports. */
void provi_timers_done(struct provi_step *step, const struct prov_sched_event *event);

/** The link is back or new: retry soon, if a retry is armed. */
void provi_timers_hurry(struct provi_step *step);

/** A timer's resync is skipped: arm the timer again. */
void provi_timers_skip(struct provi_step *step, uint32_t cause);

/** Consume the next expired timer. Returns its cause, or PROV_CAUSE_NONE. */
uint32_t provi_timers_consume(struct provi_step *step, int64_t *since_ms);

/** Whether the repeating timer applies: Resync_At replaces the period once the clock is set. */
bool provi_timers_repeats(const struct provi_step *step);

/** Cause of the repeating timer. */
uint32_t provi_timers_repeat_cause(const struct provi_step *step);

/* due.c */

/** Compute and record the result of prov_sched_due() until the next step. */
void provi_due_record(struct provi_step *step);

/** The recorded result. */
struct prov_sched_action provi_due_action(const struct provi_sched_state *state);

/* state.c */

/** Copy from the public struct and back; a pointer is never cast between the types. */
void provi_sched_load(struct provi_sched_state *state, const struct prov_sched *sched);
void provi_sched_store(struct prov_sched *sched, const struct provi_sched_state *state);

/** Whether the cause is an explicit request, as opposed to a timer. */
bool provi_cause_is_explicit(uint32_t cause);

#endif
