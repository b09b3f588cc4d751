/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A whole device for tests: a fake host, a store, a fake network and an agent.
 */
#ifndef TEST_SUPPORT_DEVICE_H
#define TEST_SUPPORT_DEVICE_H

#include <provision/activation.h>
#include <provision/custom_ca.h>
#include <provision/history.h>
#include <provision/migration.h>
#include <provision/renewal.h>
#include <provision/report.h>
#include <provision/upgrade.h>

#include "dials.h"
#include "fake_host.h"
#include "fake_transport.h"

/** Memory counts what the agent takes; the transport answers at once. */
struct device {
    struct fault_alloc memory;
    struct fake_host host;
    struct fake_transport net;
    prov_store *store;
    prov_agent *agent;
    struct prov_custom_ca_host custom_ca;   /**< enabled if `check` is set */
    struct prov_report_host report;         /**< enabled if `size` is set */
    bool has_history;                       /**< it is enabled */
    struct prov_upgrade_host upgrade;       /**< enabled if `inspect` is set */
    struct prov_migration_host migration;   /**< enabled if `check` is set */
    struct prov_renewal_host renewal;       /**< enabled if `present` is set */
    struct prov_activation_host activation; /**< enabled if `size` is set */
    const prov_agent *asleep; /**< the agent for which the host sleeps; NULL: none yet */
    int64_t due_ms;           /**< until then, unless woken; INT64_MAX: without end */
    uint32_t n_wakes;         /**< when it fell asleep */
};

/** A host with two parameters of its own: Own_Reboot and Own_Restart take effect after these. */
extern const struct prov_catalogue device_catalogue;

/**
 * Everything but the agent. Profile_Rule is empty, so that a boot requests nothing.
 *
 * @param store       Taken; NULL: one in memory.
 * @param alloc_dial  Faults of the agent's allocations; NULL: none.
 * @param net_dial    Faults of the transport; NULL: none.
 */
void device_plug_in(struct device *d, prov_store *store, struct dial *alloc_dial,
                    struct dial *net_dial);

/** No resync at power-up, and no log messages: only what a test asks for is reported. */
void device_mute(struct device *d);

/** The agent with its transport. @p options may be NULL; host, device and alloc are filled in. */
prov_status device_make_agent(struct device *d, struct prov_agent_options *options);

/** Plugged in and with an agent, no faults. */
void device_start(struct device *d);

/** Dies when the agent left a block of memory or a transfer behind. */
void device_unplug(struct device *d);

/** Do everything that is due at this moment. */
void device_settle(struct device *d);

/** Go through time, stopping at everything that is due on the way. */
void device_pass(struct device *d, int64_t ms);

/** Settle, and forget the reports. */
void device_boot(struct device *d);

/** Ask for a resync by @p rule, or by the stored ones for NULL, and settle. */
void device_ask(struct device *d, const char *rule);

/** Answers of a test's host to a licence are those of enum prov_licence, or a refusal. */
enum { DEVICE_LICENCE_NO = PROV_LICENCE_LATER + 1 };

/** What `check` of a host with such an answer returns. */
static inline prov_status device_answer_licence(uint32_t given, uint32_t *answer)
{
    *answer = given;
    return given == DEVICE_LICENCE_NO ? PROV_E_CORRUPT : PROV_OK;
}

/** Whether a text of an agent, which need not end in NUL, says a word. */
bool device_says(prov_str text, const char *word);

/** Dies when a parameter is stored with another value than @p expected; NULL: with any. */
void device_assert_stored(struct device *d, const char *name, const char *expected);

#endif
