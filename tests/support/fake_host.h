/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host whose clock, lines and store are in the test's hands, and which writes down what it is
 * told.
 */
#ifndef TEST_SUPPORT_FAKE_HOST_H
#define TEST_SUPPORT_FAKE_HOST_H

#include <provision/agent.h>
#include <provision/store.h>

#include "dials.h"

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
};

/** A host with an idle line, at 1,000,000 ms, over @p store, which stays the caller's. */
void fake_host_init(struct fake_host *fake, prov_store *store);
void fake_host_free(struct fake_host *fake);

/** Set a parameter in the store, as a user would. */
void fake_host_set(struct fake_host *fake, const char *name, const char *value);

/** The stored value; NULL if there is none. Valid until the next call. */
const char *fake_host_get(struct fake_host *fake, const char *name);

/** Everything told since the last call, as text; valid until then. */
const char *fake_host_take_events(struct fake_host *fake);

#endif
