/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the files of the agent share: the handle itself. */
#ifndef PROVI_AGENT_PRIV_H
#define PROVI_AGENT_PRIV_H

#include <provision/agent.h>

#include "agent/account.h"
#include "agent/custom_ca.h"
#include "agent/dhcp.h"
#include "agent/hold.h"
#include "agent/known.h"
#include "agent/param.h"
#include "agent/quarantine.h"
#include "agent/settings.h"
#include "agent/syslog.h"
#include "agent/trace.h"
#include "agent/trial.h"
#include "agent/wish.h"
#include "transfer/headers.h"
#include "transfer/registry.h"
#include "transfer/transfer.h"

struct provi_resync;

enum { PROVI_MAX_TRANSPORTS = 8 };

/** What a host wants to know of the clockwork: told again when any of it changes. */
struct provi_news {
    uint32_t cause;
    uint32_t why;
    uint32_t retry;
    int64_t expected_ms;
};

/**
 * The host's monotonic clock from any fixed point, made one that begins at 0 and never goes back. A
 * host's clock that steps back a little stands still; one that leaps far, either way, was set, and
 * time goes on from where it was.
 */
struct provi_clock {
    int64_t host_ms; /* the latest that the host has told of this run of its clock */
    int64_t now_ms;  /* what that is */
};

struct prov_agent {
    /* What the host gave at birth. */
    struct prov_alloc alloc;
    struct prov_host host;
    struct prov_dialect dialect;
    struct prov_limits limits;
    struct prov_catalogue catalogue;
    struct provi_params params; /* points at the three above */
    struct provi_headers headers;
    uint32_t boot_cause;
    uint32_t decode_policy;
    uint32_t derivations;
    uint32_t confirm_within_s;
    uint32_t max_defer_s;
    uint32_t credentials_within_s;
    uint32_t spread_s;
    uint32_t retry_spread_s;
    uint32_t floor_s;
    uint8_t user_agent; /* enum prov_user_agent */
    bool tftp_drops_slash;
    uint64_t seed; /* tells this device from others */

    struct prov_transport *transports; /* n_transports <= cap_transports <= PROVI_MAX_TRANSPORTS */
    size_t n_transports;
    size_t cap_transports;
    bool is_shared[PROVI_MAX_TRANSPORTS]; /* that transport is driven by the host */

    /* What macros know. */
    prov_facts *facts;
    struct prov_operation operation; /* what facts were told last */
    int64_t last_attempt_ms;         /* when the last resync started; boot before the first */
    int64_t last_upgrade_ms;         /* likewise; boot before the first */

    /* When. */
    struct provi_clock own_clock;
    struct provi_clock *clock; /* the one above: whoever looks at it moves it on */
    struct provi_last_settings last_settings;
    struct prov_sched sched;
    int64_t due_ms;         /* of the clockwork; negative: not by time */
    struct provi_news told; /* of the clockwork, last */
    uint32_t odd_time;      /* CRC of the Resync_At that is no time and was warned of; 0: none */
    struct provi_wish wish; /* belongs to the explicit request not yet started */
    uint32_t start_cause;   /* of a resync to start before this process ends; NONE */
    uint32_t kept_retry;    /* number of the error retry that is kept over a reboot; 0: none */
    uint64_t entropy;       /* state of the generator used when the host has none */
    struct provi_hold holds[PROVI_N_STAGES];

    /* What is under way, and what comes of it. */
    struct provi_dhcp dhcp;      /* counts for the running resync */
    struct provi_dhcp next_dhcp; /* for the next one, if `has_next_dhcp` */
    bool has_next_dhcp;
    struct provi_resync *resync;       /* the running one, or NULL */
    struct provi_account *account;     /* NULL: nobody asked yet */
    struct provi_custom_ca *custom_ca; /* NULL: the host has no use for one */
    struct provi_syslog *syslog;       /* NULL: no message was to be sent yet */
    struct provi_traces traces;
    struct provi_trial trial;
    struct provi_quarantine quarantine;
    struct provi_known known;
    uint32_t n_ended;              /* resyncs that ended, so that run_once can see one end */
    struct prov_error *last_error; /* receives how the last resync ended; NULL: nobody waits */

    /* A turn of the loop. */
    bool is_booted;
    bool is_touched;       /* look again at once */
    bool has_upgraded;     /* the clockwork is still to hear of it */
    bool is_reboot_wanted; /* and the host has not been told yet */
    bool is_processing;
    bool is_in_transaction; /* of the host's store */

    /* Calls from outside, see life.h. */
    bool is_doomed;    /* freed from a callback: host and network are out of reach */
    unsigned n_inside; /* calls under way */
    void (*destroy)(struct prov_agent *agent); /* what is done when the last of them returns */
};

/** Random bits: of the host, or made up. */
uint32_t provi_agent_entropy(struct prov_agent *agent);

/** Start the clock. */
void provi_clock_init(struct prov_agent *agent);
/** Milliseconds since then. */
int64_t provi_agent_now_ms(const struct prov_agent *agent);
/** The same moment on the host's own clock; a negative one that means "never" stays. */
int64_t provi_host_moment(const struct prov_agent *agent, int64_t moment_ms);
/** Milliseconds until then; 0 when it is past. */
int64_t provi_agent_left_ms(const struct prov_agent *agent, int64_t then_ms);

/** The wall clock; false: it is not set, or cannot be right. Else all zero. */
bool provi_agent_wall(const struct prov_agent *agent, int64_t *utc_s, int32_t *utc_offset_s);

/** Read clocks, entropy and line state: once per step. */
void provi_agent_world(struct prov_agent *agent, struct prov_world *world);

/**
 * The answer of a host that was to copy a text or to say how long it is: PROV_E_HOST where that
 * cannot be true, or is a number of the host's own.
 */
prov_status provi_host_copied(prov_status status, size_t cap, size_t len);

/** A host's own number as PROV_E_HOST; statuses of ours pass, with an error record. */
prov_status provi_host_status(prov_status status, struct prov_error *err);

/** The same, with what the host was asked about: a parameter, a record, a server. */
prov_status provi_host_answer(prov_status status, prov_str subject, struct prov_error *err);

/** Do everything that is due. PROV_OK; PROV_E_CANCELLED; what a transport returned. */
prov_status provi_agent_turn(struct prov_agent *agent, struct prov_error *err);

/** Tell the host. @p event has everything but `size`. */
void provi_agent_event(struct prov_agent *agent, struct prov_event *event);

/** Something is due outside of prov_agent_process(). */
void provi_agent_wake(struct prov_agent *agent);

#endif
