/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device's provisioning client: decides when to resync, fetches, decodes, applies, reports.
 */
#ifndef PROVISION_AGENT_H
#define PROVISION_AGENT_H

#include <provision/base.h>
#include <provision/catalogue.h>
#include <provision/dhcp.h>
#include <provision/dialect.h>
#include <provision/host.h>
#include <provision/macro.h>
#include <provision/sched.h>
#include <provision/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** One device's provisioning client. */
typedef struct prov_agent prov_agent;

/**
 * Shapes of `User-Agent` that servers know phones by: manufacturer, product and firmware
 * (`prov_device.version`), then in parentheses what tells one from the other.
 */
enum prov_user_agent {
    PROV_USER_AGENT_MAC = 0,    /**< `$VERSION ($MA)`: `Cisco-CP-8841-3PCC/11.0 (00562b043615)` */
    PROV_USER_AGENT_SERIAL = 1, /**< `$VERSION ($SN)` */
};

/** What an agent is made of. */
struct prov_agent_options {
    size_t size;
    const struct prov_host *host;           /**< copied. Not NULL */
    const struct prov_device *device;       /**< copied, texts included. Not NULL */
    const struct prov_dialect *dialect;     /**< copied; NULL: MPP */
    const struct prov_limits *limits;       /**< copied; NULL: defaults */
    const struct prov_alloc *alloc;         /**< copied; NULL: the C library */
    const struct prov_catalogue *catalogue; /**< parameters of the host's own; copied, its entries
                                                 borrowed until prov_agent_free(); NULL: none */
    prov_str dhcp_server;   /**< server for rules that name none, `host`, `host:port` or
                                   `scheme://host:port`, several with commas between; copied;
                                   empty: none; see prov_agent_set_dhcp() */
    uint32_t boot_cause;    /**< enum prov_cause: 0 or POWER_UP, AFTER_UPGRADE, or HOST for a reboot
                                   after PROV_EVENT_REBOOT_WANTED, which does not resync again */
    uint32_t decode_policy; /**< PROV_DECODE_… ; 0: none */
    uint32_t derivations;   /**< PROV_DERIVE_… allowed for `--key`; 0: all */
    uint32_t confirm_timeout_s; /**< a commit is rolled back unless
                                    prov_agent_confirm() is called in this time; 0: commits need
                                    no confirmation */
    uint32_t
        max_defer_s; /**< longest time `prov_host.defer_ms` may put one thing off; 0: an hour */
    /** Width of this device's own delay after power-up, beside Resync_Random_Delay; 0: none. It is
        drawn from the MAC address and the serial number, so it is the same at every boot. */
    uint32_t jitter_s;
    /** Width of this device's own delay on top of each error retry; 0: none. */
    uint32_t retry_jitter_s;
    uint32_t floor_s; /**< no period or retry is shorter, whatever the parameters say; 0: 30 s */
    /** How long a resync waits for an answer to PROV_EVENT_CREDENTIALS_WANTED; 0: not longer than
        the event callback takes. */
    uint32_t credentials_within_s;
    uint8_t tftp_drops_slash; /**< 1: TFTP file names are sent without the leading `/` */
    uint8_t user_agent;       /**< enum prov_user_agent, where no HTTP_User_Agent_Name is stored */
    uint8_t reserved[2];      /**< 0 */
    /** Header fields of every HTTP request, as `prov_request.headers`; copied. */
    const struct prov_header *headers;
    size_t n_headers;
};

/**
 * Make an agent. The boot event happens in the first prov_agent_process().
 *
 * @param[out] out  New; ended by prov_agent_free(). NULL on failure.
 * @param      opt  Borrowed for the call. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT when `dhcp_server` is longer than DHCP could make it;
 *         PROV_E_UNSUPPORTED when OpenSSL lacks an algorithm; PROV_E_NOMEM; PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_agent_new(prov_agent **out, const struct prov_agent_options *opt,
                                    struct prov_error *err);

/** How an agent uses a transport. */
enum {
    /** The host drives it itself, once for all agents: the agent neither polls nor processes it. */
    PROV_TRANSPORT_SHARED = 1 << 0,
};

/**
 * Register a transport; of several for one scheme the latest is used.
 *
 * @param transport  Copied; what `ctx` points at must outlive the agent.
 * @param flags      PROV_TRANSPORT_SHARED or 0.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID; PROV_E_LIMIT for more than eight.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_add_transport(prov_agent *agent,
                                              const struct prov_transport *transport,
                                              uint32_t flags, struct prov_error *err);

/**
 * Tell what DHCP offers, after each lease; replaces `prov_agent_options.dhcp_server` and what was
 * told before. It counts from the next resync on, and does not cause one.
 *
 * Rules that name no server take scheme, host and port from it; of several servers the next one is
 * asked when one cannot be reached. A URL or a rule is used instead of a `Profile_Rule` that names
 * no server.
 *
 * @param offer  From prov_dhcp_choose(); copied. NULL: DHCP offers nothing.
 * @return PROV_OK; otherwise the offer before stays: PROV_E_INVALID for one that is not usable;
 *         PROV_E_LIMIT for more servers than a DHCP option can hold; PROV_E_NOMEM; PROV_E_ABI.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_set_dhcp(prov_agent *agent, const struct prov_dhcp_offer *offer,
                                         struct prov_error *err);

/** Somebody asks for a resync. In C++ its name needs the word `struct`: a function has it too. */
struct prov_agent_request {
    size_t size;
    uint32_t cause;     /**< enum prov_cause from PROV_CAUSE_SIP on */
    uint32_t reserved;  /**< 0 */
    prov_str rule;      /**< this rule only; empty: Profile_Rule and B, C, D. Copied */
    prov_str requester; /**< address of the asker, server of a rule that names none. Copied */
};

/**
 * Ask for a resync. It starts in a later prov_agent_process(), when lines are idle. While one runs,
 * one further request is remembered, the latest.
 *
 * @param request  Borrowed for the call; NULL: PROV_CAUSE_HOST with all rules.
 * @return PROV_OK: accepted; PROV_E_POLICY: the device's settings refuse it, `err` tells which;
 *         PROV_E_LIMIT: the rule is too long; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_request(prov_agent *agent, const struct prov_agent_request *request,
                                        struct prov_error *err);

/** Lines, clock or parameters changed: look again soon. @since 0.1. Safe from any callback. */
PROV_API void prov_agent_notify(prov_agent *agent);

/**
 * An attempt to upgrade the firmware ended, well or not, without a reboot: `$UPGTMR` begins anew,
 * and with `Resync_After_Upgrade_Attempt` a resync follows. After an attempt that ends in a reboot
 * `prov_agent_options.boot_cause` says so.
 *
 * @since 0.1. Safe from any callback.
 */
PROV_API void prov_agent_upgraded(prov_agent *agent);

/**
 * Confirm what was committed: the device works with it, and the values stay. Call it when that is
 * proven, e.g. when the lines have registered.
 *
 * With `confirm_timeout_s` set, everything a resync commits waits for this call. If the call does
 * not come in time, or the device reboots before, the commits are rolled back in one transaction as
 * soon as lines are idle and the host agrees. PROV_EVENT_ROLLED_BACK reports it, and the same
 * values are refused from then on (PROV_E_QUARANTINED). One reboot that PROV_EVENT_REBOOT_WANTED
 * asked for does not roll back. To survive reboots, the undo log needs `prov_host.save` and `load`.
 * docs/transactions.md has it all.
 *
 * @return PROV_OK, also when nothing waits for it; what the host's `save` returned: still
 *         unconfirmed; PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_confirm(prov_agent *agent, struct prov_error *err);

/**
 * Give the profile account its user and password, for rules that have none themselves.
 *
 * As an answer to PROV_EVENT_CREDENTIALS_WANTED they are for the server that asked, and its file is
 * fetched again at once. Else they are for the servers that the device's own rules name, from the
 * next request on. They are kept in memory only, sent only when a server asks, forgotten when it
 * refuses them, and wiped in the end.
 *
 * @param uid  Copied. Empty: nobody has credentials; the rule that waits fails.
 * @param pwd  Copied.
 * @return PROV_OK; PROV_E_LIMIT above 1,024 bytes; PROV_E_NOMEM: there is no account then;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_set_credentials(prov_agent *agent, prov_str uid, prov_str pwd,
                                                struct prov_error *err);

/**
 * How long until prov_agent_process() has something to do.
 *
 * @return Milliseconds; 0 now; -1 not by time. Never later than the next due thing.
 * @since 0.1. Safe from any callback.
 */
PROV_API int64_t prov_agent_timeout_ms(prov_agent *agent);

/**
 * Descriptors of the agent's own (not shared) transports to wait on.
 *
 * @param[out] fds  Up to @p cap entries; may be NULL when @p cap is 0.
 * @return How many there are; call again with more room if that is more than @p cap.
 * @since 0.1. They may change in every prov_agent_process(); not from any callback.
 */
PROV_API size_t prov_agent_pollfds(prov_agent *agent, struct prov_pollfd *fds, size_t cap);

/**
 * Do everything that is due, without blocking. Failed resyncs are events, not failures of this
 * call.
 *
 * @return PROV_OK; PROV_E_STATE from a callback; PROV_E_CANCELLED when a callback freed the agent;
 *         what a transport's `process` returned.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_process(prov_agent *agent, struct prov_error *err);

/**
 * What is due next and why. `action->size` set by the caller.
 *
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_agent_due(const prov_agent *agent, struct prov_sched_action *action);

/**
 * Whether work is under way that the end of the program would cut off: a resync, or log messages
 * on their way to a server. For a log server that has taken no message for 2 s nobody needs to
 * wait; that it is so, is an event PROV_EVENT_LOG with `error`.
 *
 * @return false for NULL.
 * @since 0.1. Safe from any callback.
 */
PROV_API bool prov_agent_is_busy(const prov_agent *agent);

/** One evaluation of a rule, kept by the agent. */
struct prov_agent_trace {
    size_t size;
    int64_t mono_ms;     /**< when, on the host's `mono_ms` clock */
    int64_t wall_s;      /**< when, UTC seconds; counts only if `wall_valid` */
    uint8_t wall_valid;  /**< 1: the clock was set */
    uint8_t reserved[3]; /**< 0 */
    uint32_t cause;      /**< enum prov_cause of the resync */
    prov_str rule;       /**< parameter name, e.g. `Profile_Rule_B` */
    prov_str text; /**< as prov_rule_explain() writes it, or the error with its picture; secrets
                              masked, at most 4,096 bytes */
};

/**
 * Why did it fetch that at 03:10? The last eight evaluations of rules that were not empty, and of
 * triggers that held a resync back.
 *
 * @param      index  0 is the latest.
 * @param[out] out    `size` set by the caller; texts borrowed until the next prov_agent_process().
 * @return PROV_OK; PROV_E_NOT_FOUND past the oldest; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_agent_trace_get(const prov_agent *agent, size_t index,
                                          struct prov_agent_trace *out);

/**
 * For small tools: ask for a resync and wait, in poll(2), until it ended. An agent that has not
 * been processed yet does this one only, and none for the power-up.
 *
 * @param request  As in prov_agent_request().
 * @param[out] err  The error of the rule that failed.
 * @return PROV_OK: it succeeded; what prov_agent_request() returned; PROV_E_CANCELLED when a
 *         callback freed the agent; else the status of the rule that failed.
 * @since 0.1. Blocks. Not with shared transports, which nobody would drive. Not from any callback.
 */
PROV_API prov_status prov_agent_run_once(prov_agent *agent,
                                         const struct prov_agent_request *request,
                                         struct prov_error *err);

/**
 * End an agent; what runs is cancelled, nothing half-applied stays.
 *
 * From within one of its own callbacks (the host's or a transport's) it is cut off at once: none
 * of the host's callbacks follows, but for `txn_rollback` within this call if a transaction is
 * open, and no transfer goes on. Its memory goes when the outermost call into it returns; allocator
 * and catalogue have to stay until then. That call, if it was prov_agent_process() or
 * prov_agent_run_once(), returns PROV_E_CANCELLED.
 *
 * @param agent  NULL is fine. Not to be used afterwards.
 * @since 0.1. Safe from any callback.
 */
PROV_API void prov_agent_free(prov_agent *agent);

#ifdef __cplusplus
}
#endif

#endif
