/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched/state.h"

#include <string.h>

#include "base/record.h"
#include "sched/sched_priv.h"

_Static_assert(sizeof(struct provi_sched_state) <= sizeof(struct prov_sched),
               "struct prov_sched is frozen: its contents have to fit");

void provi_sched_load(struct provi_sched_state *state, const struct prov_sched *sched)
{
    memcpy(state, sched->opaque, sizeof *state);
}

void provi_sched_store(struct prov_sched *sched, const struct provi_sched_state *state)
{
    memcpy(sched->opaque, state, sizeof *state);
}

int32_t prov_cause_prvst(uint32_t cause)
{
    switch (cause) {
    case PROV_CAUSE_PERIODIC:
    case PROV_CAUSE_AT:
    case PROV_CAUSE_TRIGGER: return 1;
    case PROV_CAUSE_RETRY: return 2;
    case PROV_CAUSE_SIP:
    case PROV_CAUSE_URL:
    case PROV_CAUSE_MENU:
    case PROV_CAUSE_XML:
    case PROV_CAUSE_XML_SIP:
    case PROV_CAUSE_HOST: return -1;
    default: return 0;
    }
}

bool provi_cause_is_explicit(uint32_t cause)
{
    return prov_cause_prvst(cause) < 0;
}

/*
 * The record that survives a reboot: the positions in the lists, the remaining time of the
 * repeating timer, and the last day that had its Resync_At. It contains no absolute times, since
 * the monotonic clock restarts.
 *
 * Format 1, little-endian: "PVSC", version and length (16 bits each), the fields in the order of
 * put_fields(), CRC-32 of all bytes before it.
 */
#define VERSION 1
#define LENGTH 52
#define CRC_AT (LENGTH - 4)

/* The longest `a+b` with jitter; prov_sched_save() never writes more. */
#define LONGEST_REMAINING_MS (3 * (int64_t)UINT32_MAX * PROVI_MS_PER_S)

_Static_assert(LENGTH <= PROV_SCHED_SAVED_MAX, "a record fits into PROV_SCHED_SAVED_MAX bytes");

/* Position of the next field. */
struct cursor {
    unsigned char *at;
};

static void put(struct cursor *to, uint64_t value, unsigned n_bytes)
{
    for (unsigned i = 0; i < n_bytes; i++)
        *to->at++ = (unsigned char)(value >> (8 * i));
}

static uint64_t get(struct cursor *from, unsigned n_bytes)
{
    uint64_t value = 0;
    for (unsigned i = 0; i < n_bytes; i++)
        value |= (uint64_t)*from->at++ << (8 * i);
    return value;
}

static uint32_t checksum(const void *saved)
{
    return provi_crc32(0, (prov_str){saved, CRC_AT});
}

/* Remaining time of the repeating timer; PROVI_NEVER: it is not armed. */
static int64_t remaining_ms(const struct provi_sched_state *state, int64_t now_ms)
{
    if (state->repeat == PROVI_REPEAT_NONE || state->repeat_due_ms == PROVI_NEVER)
        return PROVI_NEVER;
    if (state->phase == PROVI_PHASE_OFF)
        return state->repeat_due_ms;
    return state->repeat_due_ms > now_ms ? state->repeat_due_ms - now_ms : 0;
}

static void put_fields(struct cursor *to, const struct provi_sched_state *state, int64_t now_ms)
{
    put(to, state->repeat, 1);
    put(to, state->has_at_day, 1);
    put(to, 0, 2);
    put(to, state->periodic_hash, 4);
    put(to, state->retry_hash, 4);
    put(to, state->periodic_index, 4);
    put(to, state->retry_index, 4);
    put(to, state->n_retries, 4);
    put(to, (uint64_t)remaining_ms(state, now_ms), 8);
    put(to, (uint64_t)state->at_day, 8);
}

static void get_fields(struct cursor *from, struct provi_sched_state *state)
{
    state->repeat = (uint8_t)get(from, 1);
    state->has_at_day = (uint8_t)get(from, 1);
    get(from, 2);
    state->periodic_hash = (uint32_t)get(from, 4);
    state->retry_hash = (uint32_t)get(from, 4);
    state->periodic_index = (uint32_t)get(from, 4);
    state->retry_index = (uint32_t)get(from, 4);
    state->n_retries = (uint32_t)get(from, 4);
    state->repeat_due_ms = (int64_t)get(from, 8);
    state->at_day = (int64_t)get(from, 8);
}

static bool is_plausible(const struct provi_sched_state *state)
{
    bool is_armed = state->repeat_due_ms != PROVI_NEVER;
    return state->repeat <= PROVI_REPEAT_RETRY && state->has_at_day <= 1 &&
           (state->repeat != PROVI_REPEAT_NONE || !is_armed) &&
           state->repeat_due_ms >= PROVI_NEVER && state->repeat_due_ms <= LONGEST_REMAINING_MS;
}

/* Without a record, a boot arms the whole period, so the elapsed part would be lost. */
bool provi_sched_is_as_new(const struct prov_sched *sched, int64_t now_ms)
{
    enum { HARDLY_MS = 1000 };
    struct provi_sched_state state;
    provi_sched_load(&state, sched);
    return state.retry_index == 0 && state.periodic_index == 0 && !state.has_at_day &&
           state.repeat == PROVI_REPEAT_PERIODIC && now_ms - state.repeat_base_ms < HARDLY_MS;
}

prov_status prov_sched_save(const struct prov_sched *sched, int64_t now_ms, void *buf, size_t cap,
                            size_t *len)
{
    if (!sched || !len || (cap && !buf) || now_ms < 0)
        return PROV_E_INVALID;
    *len = LENGTH;
    if (cap < LENGTH)
        return PROV_E_LIMIT;

    struct provi_sched_state state;
    provi_sched_load(&state, sched);
    memcpy(buf, "PVSC", 4);
    struct cursor to = {(unsigned char *)buf + 4};
    put(&to, VERSION, 2);
    put(&to, LENGTH, 2);
    put_fields(&to, &state, now_ms);
    put(&to, checksum(buf), 4);
    return PROV_OK;
}

prov_status prov_sched_restore(struct prov_sched *sched, const void *data, size_t len)
{
    unsigned char bytes[LENGTH];
    if (!sched || (len && !data))
        return PROV_E_INVALID;
    if (len < 8 || memcmp(data, "PVSC", 4) != 0)
        return PROV_E_CORRUPT;
    memcpy(bytes, data, len < LENGTH ? len : LENGTH);
    struct cursor from = {bytes + 4};
    if (get(&from, 2) != VERSION)
        return PROV_E_UNSUPPORTED;
    if (get(&from, 2) != LENGTH || len != LENGTH)
        return PROV_E_CORRUPT;

    struct provi_sched_state state = {.is_restored = 1};
    get_fields(&from, &state);
    if (get(&from, 4) != checksum(bytes) || !is_plausible(&state))
        return PROV_E_CORRUPT;
    memset(sched, 0, sizeof *sched);
    provi_sched_store(sched, &state);
    return PROV_OK;
}
