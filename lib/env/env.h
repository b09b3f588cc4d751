/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The environment of a device: what its host gave, and what nearly every file above needs. One
 * belongs to each agent; nothing here depends on the agent's use of it.
 *
 * The agent may be freed within any call into it. Then host and network are out of reach at once,
 * and its memory goes when the outermost call returns.
 */
#ifndef PROVI_ENV_ENV_H
#define PROVI_ENV_ENV_H

#include <provision/host.h>

#include "env/deferral.h"
#include "env/param.h"
#include "env/settings.h"
#include "transfer/transfer.h"

enum { PROVI_MAX_TRANSPORTS = 8 };

/**
 * The host's monotonic clock from any fixed point, made one that begins at 0 and never goes back. A
 * host's clock that steps back a little stands still; one that leaps far, either way, was set, and
 * time goes on from where it was.
 */
struct provi_clock {
    int64_t host_ms; /* the latest that the host has reported in this run of its clock */
    int64_t now_ms;  /* what that is */
};

struct provi_env {
    /* The options of prov_agent_new(). */
    struct prov_alloc alloc;
    struct prov_host host;
    struct prov_dialect dialect;
    struct prov_limits limits;
    struct prov_catalogue catalogue;
    int32_t refusal;            /* of `params` */
    struct provi_params params; /* points at the four above */
    struct provi_headers headers;
    prov_tls_identity *identity; /* one of its owners; NULL: the transport's */
    uint32_t boot_cause;
    uint32_t decode_policy;
    uint32_t derivations;
    uint32_t confirm_timeout_s;
    uint32_t max_defer_s;
    uint32_t credentials_within_s;
    uint32_t jitter_s;
    uint32_t retry_jitter_s;
    uint32_t floor_s;
    uint8_t user_agent; /* enum prov_user_agent */
    bool tftp_drops_slash;
    uint64_t seed; /* distinguishes this device from others */

    struct prov_transport *transports; /* n_transports <= cap_transports <= PROVI_MAX_TRANSPORTS */
    size_t n_transports;
    size_t cap_transports;
    bool is_shared[PROVI_MAX_TRANSPORTS]; /* that transport is driven by the host */

    prov_macro_vars *macro_vars; /* values of macros */
    struct provi_clock own_clock;
    struct provi_clock *clock; /* the one above: reading it moves it on */
    uint64_t entropy;          /* state of the generator used when the host has none */
    struct provi_deferral deferrals[PROVI_N_STAGES];
    struct provi_last_settings last_settings;
    uint8_t account_kind;          /* enum prov_credentials, as the settings said last */
    bool is_account_kind_reported; /* that they do not say it */
    uint32_t odd_time; /* CRC of the Resync_At that is no time and was warned of; 0: none */

    int64_t link_ms;        /* when the host reported a change of the link last; negative: never */
    bool is_link_lost;      /* as the host reported last */
    bool is_processing;     /* in a turn of the loop */
    bool is_in_transaction; /* of the host's store */
    bool is_doomed;         /* freed from a callback: host and network are out of reach */
    unsigned n_inside;      /* calls under way */
    void (*destroy)(struct provi_env *env); /* called when the last of them returns */
};

/** The host of an agent that is freed: it has no values and refuses everything. */
extern const struct prov_host provi_null_host;

/** A call begins that may call the host. */
void provi_env_enter(struct provi_env *env);

/** It ends; @p env is not to be used any more. True: the agent was freed meanwhile. */
bool provi_env_leave(struct provi_env *env);

/** PROV_E_CANCELLED, for a call in which the agent was freed. */
prov_status provi_fail_gone(struct prov_error *err);

/** Something is due outside of prov_agent_process(). */
void provi_env_wake(struct provi_env *env);

/** Report an event to the host. @p event has everything but `size`. */
void provi_env_event(struct provi_env *env, struct prov_event event);

/* world.c */

/** Random bits: of the host, or made up. */
uint32_t provi_env_entropy(struct provi_env *env);

/** A random delay after a link change or a sleep, which reach many devices at once. */
int64_t provi_env_spread_ms(struct provi_env *env);

/** Shortest delay of a retry. */
int64_t provi_env_floor_ms(const struct provi_env *env);

/** The moment of a retry once the link is back, which was due at @p due_ms by a failure then. */
int64_t provi_env_hurried_ms(struct provi_env *env, int64_t due_ms, int64_t failed_ms);

/**
 * Move a moment that the device slept through, as all devices of its site may have.
 *
 * @return true: it was moved.
 */
bool provi_env_delay_overdue(struct provi_env *env, int64_t *due_ms);

/** Start the clock. */
void provi_clock_init(struct provi_env *env);
/** Milliseconds since then. */
int64_t provi_env_now_ms(const struct provi_env *env);
/** The same moment on the host's own clock; a negative one that means "never" stays. */
int64_t provi_env_host_moment(const struct provi_env *env, int64_t moment_ms);
/** Milliseconds until then; 0 when it is past. */
int64_t provi_env_left_ms(const struct provi_env *env, int64_t then_ms);

/** The wall clock; false: it is not set, or cannot be right. Else all zero. */
bool provi_env_wall(const struct provi_env *env, int64_t *utc_s, int32_t *utc_offset_s);
/** Its UTC seconds; -1: likewise. */
int64_t provi_env_wall_s(const struct provi_env *env);

/** The number of the host's store, which differs when any value does; 0: unknown. */
uint64_t provi_env_generation(const struct provi_env *env);

/** Read clocks, entropy and line state: once per step. */
void provi_env_world(struct provi_env *env, struct prov_world *world);

/**
 * The answer of a host that was to copy a text or to say how long it is: PROV_E_HOST where that
 * cannot be true, or is a number of the host's own.
 */
prov_status provi_host_copied(prov_status status, size_t cap, size_t len);

/** The same, with what the host was asked about: a parameter, a record, a server. */
prov_status provi_host_answer(prov_status status, prov_str subject, struct prov_error *err);

#endif
