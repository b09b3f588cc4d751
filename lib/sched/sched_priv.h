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

/** No moment. */
#define PROVI_NEVER INT64_C(-1)

/** Time until an unreadable parameter is read again. */
#define PROVI_AGAIN_MS (30 * PROVI_MS_PER_S)

/** Phase of a scheduler. */
enum provi_phase {
    PROVI_PHASE_OFF = 0,     /**< before BOOT; zeroed or restored */
    PROVI_PHASE_WAITING = 1, /**< timers run, or a resync that is due waits for the lines */
    PROVI_PHASE_ASKING = 2,  /**< `admitted` is due; the caller evaluates the triggers */
    PROVI_PHASE_RUNNING = 3, /**< a resync was started and has not ended yet */
};

/** Kind of the repeating timer. */
enum provi_repeat {
    PROVI_REPEAT_NONE = 0,     /**< not armed: no resync yet, or its occurrence is being served */
    PROVI_REPEAT_PERIODIC = 1, /**< Resync_Periodic: after a success, or where no retry is left */
    PROVI_REPEAT_RETRY = 2,    /**< the last resync failed: Resync_Error_Retry_Delay */
};

/** A scheduler between two steps: the contents of `struct prov_sched`. */
struct provi_sched_state {
    /* The timers, down to `at_offset_s`: 64 bytes. */
    int64_t boot_base_ms;    /* boot, or end of an upgrade attempt */
    int64_t boot_due_ms;     /* of `boot_cause`; PROVI_NEVER: no such resync awaited */
    int64_t repeat_base_ms;  /* when the interval began */
    int64_t repeat_due_ms;   /* PROVI_NEVER: the list says off. Remaining time while phase is OFF */
    int64_t trigger_due_ms;  /* next evaluation of the triggers, in a dialect where they start */
    int64_t at_day;          /* day whose Resync_At has been served; see at.c */
    uint32_t periodic_index; /* element to arm with next */
    uint32_t retry_index;    /* element armed, or to arm with next; grows when a retry is served */
    uint32_t at_seed;        /* of the daily draws within the window of Resync_At */
    int32_t at_offset_s;     /* of the local time used for Resync_At */

    int64_t earliest_ms; /* a link change may move the retry there; PROVI_NEVER: it may not */

    int64_t now_ms;  /* of the last step; never goes back */
    int64_t busy_ms; /* when a line was last seen active; PROVI_NEVER: not since boot */

    int64_t admitted_since_ms; /* when `admitted` became due */
    int64_t admitted_from_ms;  /* it starts no earlier, after a sleep; 0: not delayed */
    int64_t request_since_ms;  /* when `requested` was accepted */
    int64_t running_since_ms;  /* when `running` became due or was accepted */

    /* The result of prov_sched_due(), which has neither settings nor world. */
    int64_t view_due_ms;
    int64_t view_since_ms;
    int64_t view_expected_ms;
    uint32_t view_retry;

    uint32_t n_retries;     /* elements of the retry list */
    uint32_t periodic_hash; /* of the text the index belongs to */
    uint32_t retry_hash;

    uint8_t phase;      /* enum provi_phase */
    uint8_t repeat;     /* enum provi_repeat */
    uint8_t boot_cause; /* POWER_UP or AFTER_UPGRADE */
    uint8_t admitted;   /* automatic cause that is due and waits; enum prov_cause */
    uint8_t requested;  /* explicit cause that waits; at most one */
    uint8_t running;    /* cause of the resync that runs */
    uint8_t view_cause;
    uint8_t view_why;
    uint8_t is_busy;         /* a line was active at the last step */
    uint8_t is_blocked;      /* the last occurrence was not allowed by the triggers */
    uint8_t is_trigger_true; /* last answer, in a dialect where triggers start */
    uint8_t is_restored;     /* filled in by prov_sched_restore(), before BOOT */
    uint8_t has_at_day;
    uint8_t has_at_offset;
    uint8_t has_failed;  /* the last resync did */
    uint8_t n_unchanged; /* resyncs in a row that changed nothing; saturates */
    uint8_t is_link_lost;
    uint8_t is_link_new; /* it came back or changed while `running` ran */
};

/** Resync_At as seen from one moment. */
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
    bool is_late; /* it should have come long ago: the device slept */
};

/** Uniform in 0..max, both included, for max below 2^32; 0 gives 0, all ones give max. */
uint64_t provi_draw(uint32_t entropy, uint64_t max);

/** Another number as uniform as @p entropy, unrelated for each @p salt. */
uint32_t provi_draw_mix(uint32_t entropy, uint32_t salt);

/** A hash, to notice that a text has changed. */
uint32_t provi_text_hash(prov_str text);

/**
 * Element @p index of a list, the last one for any greater index.
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
 * As provi_delays_find(); in a text that is no list, of the default of the parameter @p name.
 *
 * @return PROV_OK; PROV_E_NOT_FOUND.
 */
prov_status provi_delays_find_or_default(prov_str text, const char *name,
                                         const struct prov_dialect *dialect, uint32_t index,
                                         struct provi_delay *delay, uint32_t *n_elements);

/* at.c */

/** Resync_At_Random_Delay to the nearest minute, half up; at least ten minutes, in seconds. */
uint32_t provi_at_window_s(uint32_t random_s);

/** Fill `step->at` from settings, clock and the day served. */
void provi_at_locate(struct provi_step *step);

/** Today's moment has come, its window is still open, and it has not been served. */
bool provi_at_is_due(const struct provi_step *step);

/** Record today's moment as served. */
void provi_at_serve(struct provi_step *step);

/** When the next resync is expected; PROVI_NEVER while the clock is unset. */
int64_t provi_at_expected_ms(const struct provi_step *step);

/** When to read the clock again: by the expected moment, or earlier if the clock may change. */
int64_t provi_at_poll_ms(const struct provi_step *step);

/* step.c */

/** The reason why a due resync may not start yet. */
struct provi_hold {
    uint32_t why;     /* PROV_WHY_NOTHING: it may start */
    int64_t until_ms; /* PROVI_NEVER: until the lines change */
};

/** Whether a resync for @p cause, due since @p since_ms, may start. */
struct provi_hold provi_start_hold(const struct provi_step *step, uint32_t cause, int64_t since_ms);

/* timers.c: boot, periodic, retry and trigger timers. */

/** Which parameter forbids @p cause: PROV_WHY_DISABLED, PROV_WHY_FORBIDDEN, or nothing. */
uint32_t provi_gate(const struct provi_step *step, uint32_t cause);

/** Whether @p cause is allowed, or in the other dialect started, by the triggers. */
bool provi_asks_triggers(const struct provi_step *step, uint32_t cause);

/** Start from the beginning of lists whose text has changed. */
void provi_timers_refresh(struct provi_step *step);

/** Arm the timers after a boot. */
void provi_timers_boot(struct provi_step *step, uint32_t cause);

/** An upgrade attempt ended. */
void provi_timers_upgraded(struct provi_step *step);

/** Arm the timers after a resync that ended as @p event reports. */
void provi_timers_done(struct provi_step *step, const struct prov_sched_event *event);

/** The link is back or new: a retry that is armed comes soon. */
void provi_timers_hurry(struct provi_step *step);

/** An occurrence passes unused: arm the one after it. */
void provi_timers_skip(struct provi_step *step, uint32_t cause);

/** Consume the next timer that has expired. Its cause, or PROV_CAUSE_NONE. */
uint32_t provi_timers_take(struct provi_step *step, int64_t *since_ms);

/** Whether the repeating timer is in force: Resync_At replaces the period once the clock is set. */
bool provi_timers_repeats(const struct provi_step *step);

/** Cause of the repeating timer. */
uint32_t provi_timers_repeat_cause(const struct provi_step *step);

/* due.c */

/** Record the result of prov_sched_due() until the next step. */
void provi_due_record(struct provi_step *step);

/** The recorded result. */
struct prov_sched_action provi_due_action(const struct provi_sched_state *state);

/* state.c */

/** Copy from the public struct and back; no pointer of one type ever points at the other. */
void provi_sched_load(struct provi_sched_state *state, const struct prov_sched *sched);
void provi_sched_store(struct prov_sched *sched, const struct provi_sched_state *state);

/** Whether the cause is an explicit request, as opposed to a timer. */
bool provi_cause_is_explicit(uint32_t cause);

#endif
