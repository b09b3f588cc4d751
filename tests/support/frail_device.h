/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device whose host fails: each of its callbacks by dial, and its clocks at will.
 *
 *     struct frail_device frail = {.dial = &dial, .failing = 1u << FRAIL_FIND};
 *     device_plug_in(&frail.device, NULL, NULL, NULL);
 *     frail_device_wrap(&frail);
 *     device_make_agent(&frail.device, &options);
 *     frail_device_pass_s(&frail, 600);
 *
 * Dies where the agent is due at once again and again, or more often than its periods allow.
 */
#ifndef TEST_SUPPORT_FRAIL_DEVICE_H
#define TEST_SUPPORT_FRAIL_DEVICE_H

#include "device.h"
#include "static_vault.h"

/** What fails. */
enum frail_callback {
    FRAIL_MONO_MS,
    FRAIL_WALL_S,
    FRAIL_ENTROPY,
    FRAIL_IS_IDLE,
    FRAIL_EVENT, /**< it asks for everything that an event callback may do */
    FRAIL_DEFER_MS,
    FRAIL_CHECK_URL,
    FRAIL_CHECK_ADDRESS,
    FRAIL_CHECK_CA,
    FRAIL_CUSTOM_CA,
    FRAIL_FIND_MACRO,
    FRAIL_FIND,
    FRAIL_PARAM,
    FRAIL_REPORT_STATUS,
    FRAIL_TXN_BEGIN,
    FRAIL_TXN_SET,
    FRAIL_TXN_COMMIT,
    FRAIL_STAMP,
    FRAIL_KEEP,
    FRAIL_RECALL,
    FRAIL_FREE, /**< an event callback frees the agent */
    FRAIL_CHECK_LICENCE,
    FRAIL_BEGIN_WXC,
    FRAIL_PRESENT,
    FRAIL_INSTALL,
    FRAIL_N,
};

/** What happened to the store. */
enum frail_step { FRAIL_BEGUN, FRAIL_STAGED, FRAIL_COMMITTED, FRAIL_UNDONE };

struct frail_device {
    struct device device;
    struct prov_host inner;
    struct dial *dial; /**< NULL: mended */
    uint32_t failing;  /**< bits 1 << enum frail_callback; each call of these is a chance */
    unsigned way;      /**< of failing, any number */
    bool is_bare;      /**< no confirm timeout and no custom CA, which would wake it; no accesses */
    bool sends_reports;      /**< the job of reports is enabled */
    bool has_licences;       /**< so are licence, renewal and activation */
    uint32_t licence_answer; /**< of the host, to every licence */
    struct static_vault vault;
    struct fake_answer
        *certificates;           /**< what the renewal is answered with; NULL: it is as it is */
    bool has_odd_clock;          /**< mono_ms jumps: moments that are told need not agree */
    bool is_wall_unset;          /**< the wall clock is not known */
    int64_t wall_ahead_s;        /**< the wall clock was set by so much */
    unsigned most_turns_an_hour; /**< process() calls; 0: 600 */
    int64_t last_mono_ms;
    char *exact; /**< what was handed out last, in a block of just its size; to be freed */
    uint64_t n_turns;
    unsigned n_requests;
    unsigned n_answers;
    bool wants_reboot;
    /** If set, called after each step of a transaction; @p param of FRAIL_STAGED only. */
    void (*on_step)(void *ctx, enum frail_step step, const struct prov_param *param);
    void *on_step_ctx;
};

/** Put the failing callbacks in front of the host's own. Before the agent is made. */
void frail_device_wrap(struct frail_device *frail);

/** Do everything that is due at this moment. */
void frail_device_settle(struct frail_device *frail);

/** Go through time, stopping at everything that is due on the way. Nothing without an agent. */
void frail_device_pass_s(struct frail_device *frail, int64_t s);

#endif
