/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host whose clock, lines and store the test sets, and which records the reports.
 *
 * Dies (test_die) where the reports contradict each other, whatever the test checks: a count of
 * changes that were not reported one by one, a schedule or a state of activation reported twice, an
 * event of the wrong job, the end of a transaction that is not open.
 */
#ifndef TEST_SUPPORT_FAKE_HOST_H
#define TEST_SUPPORT_FAKE_HOST_H

#include <provision/activation.h>
#include <provision/agent.h>
#include <provision/store.h>

#include "dials.h"

/** The last report of the schedule. */
struct fake_schedule {
    bool is_reported;
    uint32_t cause, why, retry;
    int64_t expected_ms; /**< on the host's clock; -1: not by time */
};

/** The failure that an event reports; NULL: none. */
const struct prov_error *event_error(const struct prov_event *event);

struct fake_host {
    struct prov_host host;     /**< for the library; valid as long as this struct stays in place */
    struct prov_device device; /**< a CP-8841-3PCC, 00:0e:08:01:23:45 */
    prov_store *store;
    int64_t now_ms;
    bool is_idle;
    uint32_t n_wakes;
    struct capture events;   /**< one line each, as fake_host_event_line() writes them */
    bool with_schedule;      /**< SCHEDULED and PROGRESS are written down as well */
    struct secrets *secrets; /**< if set, every event is searched */
    /** If set, called after an event was written down. */
    void (*on_event)(void *ctx, const struct prov_event *event);
    void *on_event_ctx;
    struct fake_schedule schedule;
    struct prov_activation activation; /**< reported last; all 0: none */
    uint64_t n_changes;                /**< CHANGED by rules since the last RESYNC */
    uint64_t n_file_changes;           /**< those of a file since the last RESULT */
};

/** A host with an idle line, at 1,000,000 ms, over @p store, which stays the caller's. */
void fake_host_init(struct fake_host *fake, prov_store *store);
void fake_host_free(struct fake_host *fake);

/** The device starts anew: whatever was under way is over. */
void fake_host_reboot(struct fake_host *fake);

/** Dies when an event shows one of `secrets`. */
void fake_host_search(const struct fake_host *fake, const struct prov_event *event);

/** Transactions committed by the agent. */
unsigned fake_host_n_commits(const struct fake_host *fake);

/** Set a parameter in the store, as a user would. */
void fake_host_set(struct fake_host *fake, const char *name, const char *value);

/** Set a parameter in any store, in a transaction of its own; dies when that fails. */
void store_set(prov_store *store, const char *name, const char *value);

/**
 * Let agents made from now on read a parameter as @p status, not PROV_OK; NULL: all are readable
 * again. One parameter at a time, of one host at a time.
 */
void fake_host_hide(struct fake_host *fake, const char *name, prov_status status);

/** The stored value; NULL if there is none. Valid until the next call. */
const char *fake_host_get(struct fake_host *fake, const char *name);

/** All reports since the last call, as text; valid until then. */
const char *fake_host_take_events(struct fake_host *fake);

#endif
