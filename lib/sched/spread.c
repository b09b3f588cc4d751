/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched/spread.h"

#include "sched/sched_priv.h"

#define SHORTEST_WIDTH_S 30

/* A busy program may be seconds late. After a sleep, devices that are overdue by less than this
 * start at once: with a period of an hour, one in 720. */
#define LATE_MS (5 * PROVI_MS_PER_S)

int64_t provi_spread_ms(uint32_t jitter_s, uint32_t entropy)
{
    uint32_t width_s = jitter_s > SHORTEST_WIDTH_S ? jitter_s : SHORTEST_WIDTH_S;
    return (int64_t)provi_draw(entropy, width_s * UINT64_C(1000));
}

bool provi_spread_is_late(int64_t now_ms, int64_t due_ms)
{
    return now_ms - due_ms > LATE_MS;
}

/* Add the jitter after the earliest time: if it were clipped, devices that failed together would
 * retry together. */
int64_t provi_spread_retry_ms(int64_t due_ms, int64_t earliest_ms, int64_t now_ms,
                              uint32_t jitter_s, uint32_t entropy)
{
    int64_t from_ms = earliest_ms > now_ms ? earliest_ms : now_ms;
    int64_t soon_ms = from_ms + provi_spread_ms(jitter_s, entropy);
    return soon_ms < due_ms ? soon_ms : due_ms;
}
