/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The environment of a device: the host's callbacks and options, clock, entropy and transports.
 * Each agent has one, and most files use it; nothing here depends on the agent.
 *
 * The agent may be freed within any call into it. From then on neither host nor network is called,
 * and the memory is released when the outermost call returns.
 */
#ifndef PROVI_ENV_ENV_H
#define PROVI_ENV_ENV_H

#include <provision/host.h>

#include "env/deferral.h"
#include "env/param.h"
#include "env/settings.h"
#include "transfer/transfer.h"

/**
 * A clock that starts at 0 and never goes back, derived from the host's monotonic clock. It stops
 * while the host's clock is slightly behind. A large jump of the host's clock, either way, means
 * that it was set; this clock then continues from its present value.
 */
struct provi_clock {
    int64_t host_ms; /* latest reading of the host's clock since it was set */
    int64_t now_ms;  /* this clock at that reading */
};

/** The numbers of struct prov_agent_options. */
struct provi_env_options {
    uint32_t decode_policy;
    uint32_t derivations;
    uint32_t confirm_timeout_s;
    uint32_t max_defer_s;
    uint32_t credentials_within_s;
    uint32_t jitter_s;
    uint32_t retry_jitter_s;
    uint32_t floor_s;
    uint8_t user_agent;    /* enum prov_user_agent */
    uint8_t syslog_format; /* enum prov_syslog_format */
    bool tftp_drops_slash;
};

struct provi_env {
    /* The options of prov_agent_new(). */
    struct prov_alloc alloc;
    struct prov_host host;
    struct prov_dialect dialect;
    struct prov_limits limits;
    struct prov_catalogue catalogue;
    int32_t refusal;            /* of `params` */
    struct provi_params params; /* points to the four above */
    struct provi_headers headers;
    struct provi_secret source_ip;
    prov_tls_identity *identity; /* owned jointly; NULL: the transport's */
    struct provi_env_options options;
    uint32_t boot_cause;
    uint64_t seed; /* differs from that of other devices */

    struct provi_transports transports;
    prov_macro_vars *macro_vars; /* values of macros */
    struct provi_clock own_clock;
    struct provi_clock *clock; /* points to the one above, which a reading changes */
    uint64_t entropy;          /* state of the generator used when the host has none */
    struct provi_deferral deferrals[PROVI_N_STAGES];
    int64_t lines_ms; /* active lines, for which a stage waits, are checked again then */
    struct provi_last_settings last_settings;

    int64_t link_ms;        /* last change of the link; negative: none */
    bool is_link_lost;      /* by the host's last report */
    bool is_processing;     /* in a turn of the loop */
    bool is_in_transaction; /* of the host's store */
    bool is_freed;          /* freed from a callback: call neither host nor network */
    unsigned n_inside;      /* calls under way */
    void (*destroy)(struct provi_env *env); /* called when the last of them returns */
};

/** The host of an agent that is freed: it has no values and refuses everything. */
extern const struct prov_host provi_null_host;

/** Begin a call that may call the host. */
void provi_env_enter(struct provi_env *env);

/** End that call; do not use @p env after it. True: the agent was freed meanwhile. */
bool provi_env_leave(struct provi_env *env);

/** PROV_E_CANCELLED, for a call in which the agent was freed. */
prov_status provi_fail_gone(struct prov_error *err);

/** Notify the host that prov_agent_process() is due. */
void provi_env_wake(struct provi_env *env);

/** Whether the host receives events of a kind (enum prov_event_type). */
bool provi_env_wants(const struct provi_env *env, uint32_t type);

/** Report an event to the host; all members of @p event but `size` are set. */
void provi_env_event(struct provi_env *env, struct prov_event event);

/** Report an entry of the log to the host; all members of @p entry but `size` are set. */
void provi_env_log(struct provi_env *env, uint32_t job, struct prov_log_entry entry);

/* world.c */

/** Random bits of the host, or of a generator of the agent's own. */
uint32_t provi_env_entropy(struct provi_env *env);

/** A random delay after a link change or a sleep, which may concern many devices at once. */
int64_t provi_env_spread_ms(struct provi_env *env);

/** Shortest delay of a retry. */
int64_t provi_env_floor_ms(const struct provi_env *env);

/** When to retry after the link is back, if the retry was due at @p due_ms. */
int64_t provi_env_hurried_ms(struct provi_env *env, int64_t due_ms, int64_t failed_ms);

/** Delay an action that was due while the device slept, as all devices of a site may have.
 *
 * @return true: it was moved.
 */
bool provi_env_delay_overdue(struct provi_env *env, int64_t *due_ms);

/** Start the clock. */
void provi_clock_init(struct provi_env *env);
/** Milliseconds since then. */
int64_t provi_env_now_ms(const struct provi_env *env);
/** Convert to the host's own clock; a negative time, "never", is unchanged. */
int64_t provi_env_host_moment(const struct provi_env *env, int64_t moment_ms);
/** Milliseconds until a time; 0: it is past. */
int64_t provi_env_left_ms(const struct provi_env *env, int64_t then_ms);

/** The wall clock. False: it is not set, or implausible, and all is zero. */
bool provi_env_wall(const struct provi_env *env, int64_t *utc_s, int32_t *utc_offset_s);
/** The wall clock in UTC seconds; -1: not set, or implausible. */
int64_t provi_env_wall_s(const struct provi_env *env);

/** The generation of the host's store, which differs if any value does; 0: unknown. */
uint64_t provi_env_generation(const struct provi_env *env);

/** Whether the host reports no active line; without that callback, lines are always idle. */
bool provi_env_is_idle(const struct provi_env *env);

/** Read clocks, entropy and line state: once per step. */
void provi_env_world(struct provi_env *env, struct prov_world *world);

/**
 * Check the status of a host that copied a text or reported its length: PROV_E_HOST if it cannot be
 * true, or is no status of the library.
 */
prov_status provi_host_copied(prov_status status, size_t cap, size_t len);

/** The same, with the subject of the call in the message: a parameter, a record, a server. */
prov_status provi_host_answer(prov_status status, const char *callback, prov_str subject,
                              struct prov_error *err);

#endif
