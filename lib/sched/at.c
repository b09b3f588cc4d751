/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Resync_At: once a day in local time, at a time drawn within a window that begins at HHmm. Only
 * this part of the scheduler reads the wall clock.
 *
 * A day begins at HHmm, so that midnight never divides a window. The time of the resync is a
 * function of a seed and the day's number: however the clock changes, a day has one resync, and
 * `at_day` records the last day that had its resync. A time that summer time skips is converted
 * with the previous offset, so that the devices keep their distances in time.
 */
#include "sched/sched_priv.h"

#include "base/time.h"

#define S_PER_MINUTE 60
#define SHORTEST_WINDOW_S 600

/* Largest change of local time: 3 h at Casey, 2 h at Troll, elsewhere at most one hour. */
#define LARGEST_LEAP_S (3 * INT64_C(3600))
/* In every time zone, local time changes at a multiple of 15 minutes UTC. */
#define LEAP_GRID_S (15 * INT64_C(60))

/* A clock beyond this counts as not set. */
#define FARTHEST_WALL_S (INT64_C(1) << 52)

uint32_t provi_at_window_s(uint32_t random_s)
{
    if (random_s < SHORTEST_WINDOW_S)
        return SHORTEST_WINDOW_S;
    uint32_t most = PROVI_S_PER_DAY - S_PER_MINUTE; /* so that windows of two days do not overlap */
    uint32_t rounded = random_s / S_PER_MINUTE + (random_s % S_PER_MINUTE >= 30);
    return rounded < most / S_PER_MINUTE ? rounded * S_PER_MINUTE : most;
}

/* Time of a day's resync, in seconds since HHmm. */
static int64_t pick_s(const struct provi_step *step, int64_t day)
{
    uint32_t entropy = provi_draw_mix(step->state->at_seed, (uint32_t)day);
    return (int64_t)provi_draw(entropy, step->at.window_s);
}

/* Set `at.day` and `at.position_s`. Days begin at @p start_s, in local time with that offset. */
static void locate(struct provi_step *step, int64_t start_s, int32_t utc_offset_s)
{
    int64_t since_s = step->world.wall_s + utc_offset_s - start_s;
    step->at.day = since_s / PROVI_S_PER_DAY - (since_s % PROVI_S_PER_DAY < 0);
    step->at.position_s = since_s - step->at.day * PROVI_S_PER_DAY;
    step->state->at_offset_s = utc_offset_s;
}

static bool is_served(const struct provi_step *step, int64_t day)
{
    return step->state->has_at_day && step->state->at_day == day;
}

bool provi_at_is_due(const struct provi_step *step)
{
    const struct provi_at *at = &step->at;
    return at->has_clock && !is_served(step, at->day) && at->position_s <= at->window_s &&
           at->position_s >= pick_s(step, at->day);
}

void provi_at_record_day(struct provi_step *step)
{
    step->state->at_day = step->at.day;
    step->state->has_at_day = 1;
}

/* Time until the next resync. At most one day has had its resync, so three days suffice. */
static int64_t wait_s(const struct provi_step *step)
{
    const struct provi_at *at = &step->at;
    for (int64_t ahead = 0;; ahead++) {
        int64_t day = at->day + ahead;
        int64_t wait = ahead * PROVI_S_PER_DAY + pick_s(step, day) - at->position_s;
        if (wait > 0 && !is_served(step, day))
            return wait;
    }
}

int64_t provi_at_expected_ms(const struct provi_step *step)
{
    if (!step->at.has_clock)
        return PROVI_NEVER;
    return step->state->now_ms + wait_s(step) * PROVI_MS_PER_S;
}

/* Seconds since the last time at which local time may have changed. */
static int64_t past_grid_s(const struct provi_step *step)
{
    int64_t past_s = step->world.wall_s % LEAP_GRID_S;
    return past_s < 0 ? past_s + LEAP_GRID_S : past_s;
}

/* Whether a change of local time by @p leap_s skips the time of the next resync. */
static bool is_skipped(const struct provi_step *step, int64_t leap_s)
{
    if (leap_s <= 0 || leap_s > LARGEST_LEAP_S)
        return false;
    return provi_at_is_due(step) || wait_s(step) + past_grid_s(step) < leap_s;
}

void provi_at_locate(struct provi_step *step)
{
    struct provi_at *at = &step->at;
    struct provi_sched_state *state = step->state;
    const struct prov_world *world = &step->world;
    int32_t now_offset_s = world->utc_offset_s;
    int64_t start_s;
    *at = (struct provi_at){.is_set = provi_hhmm_read(step->settings.resync_at, &start_s)};
    at->has_clock = at->is_set && world->wall_valid && world->wall_s < FARTHEST_WALL_S &&
                    world->wall_s > -FARTHEST_WALL_S;
    at->window_s = provi_at_window_s(step->settings.at_random_s);
    if (at->has_clock) {
        locate(step, start_s, state->has_at_offset ? state->at_offset_s : now_offset_s);
        if (!is_skipped(step, (int64_t)now_offset_s - state->at_offset_s))
            locate(step, start_s, now_offset_s);
    }
    state->has_at_offset = at->has_clock;
}

int64_t provi_at_poll_ms(const struct provi_step *step)
{
    int64_t in_s = SHORTEST_WINDOW_S;
    if (step->at.has_clock) {
        int64_t wait = wait_s(step);
        int64_t grid = LEAP_GRID_S - past_grid_s(step);
        in_s = wait > LARGEST_LEAP_S ? wait - LARGEST_LEAP_S : wait < grid ? wait : grid;
    }
    return step->state->now_ms + in_s * PROVI_MS_PER_S;
}
