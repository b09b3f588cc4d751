/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A device's provisioning client: decides when to resync, fetches and decodes files, applies them,
 * and reports the results.
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
 * Forms of the `User-Agent` header: manufacturer, product and firmware (`prov_device.version`),
 * then in parentheses an identifier of the device.
 */
enum prov_user_agent {
    PROV_USER_AGENT_MAC = 0,    /**< `$VERSION ($MA)`: `Cisco-CP-8841-3PCC/11.0 (00562b043615)` */
    PROV_USER_AGENT_SERIAL = 1, /**< `$VERSION ($SN)` */
};

/** Forms of log messages to `Syslog_Server` and `Debug_Server`. */
enum prov_syslog_format {
    /**
     * As phones send them, RFC 3164 without a host name where Syslog_Identifier is `None`:
     * `<134>Nov 30 02:45:13 000e08abcdef CP-8841-3PCC … Requesting resync …`.
     */
    PROV_SYSLOG_RFC3164 = 0,
    /**
     * RFC 5424, with Syslog_Identifier as the host name and the name of the message's parameter as
     * MSGID: `<134>1 2026-11-30T02:45:13+01:00 000e08abcdef provision - Log_Request_Msg - …`.
     */
    PROV_SYSLOG_RFC5424 = 1,
};

/** Options of prov_agent_new(). */
struct prov_agent_options {
    size_t size;
    const struct prov_host *host;           /**< copied. Not NULL */
    const struct prov_device *device;       /**< copied, texts included. Not NULL */
    const struct prov_dialect *dialect;     /**< copied; NULL: MPP */
    const struct prov_limits *limits;       /**< copied; NULL: defaults */
    const struct prov_alloc *alloc;         /**< copied; NULL: the C library */
    const struct prov_catalogue *catalogue; /**< parameters of the host's own; copied, its entries
                                                 borrowed until prov_agent_free(); NULL: none */
    prov_str dhcp_server;   /**< server for rules that name no server: `host`, `host:port` or
                                 `scheme://host:port`, or a comma list of these; copied; empty:
                                 none; see prov_agent_set_dhcp() */
    uint32_t boot_cause;    /**< enum prov_cause: 0 or POWER_UP, AFTER_UPGRADE, or HOST for a reboot
                                   after PROV_EVENT_REBOOT_WANTED, which does not resync again */
    uint32_t decode_policy; /**< PROV_DECODE_POLICY_… ; 0: none */
    uint32_t derivations;   /**< PROV_DERIVE_… allowed for `--key`; 0: all */
    uint32_t confirm_timeout_s; /**< a commit is rolled back unless
                                    prov_agent_confirm() is called in this time; 0: commits need
                                    no confirmation */
    uint32_t max_defer_s; /**< longest time `prov_host.defer_ms` may defer one stage; 0: an hour */
    /**
     * Upper bound of an extra delay after power-up, added to Resync_Random_Delay; 0: none. The
     * delay is derived from the MAC address and the serial number, so it is the same at every boot
     * of a device. If it is more than 30 s, also the width of the random delay after
     * prov_agent_network() and after the device slept.
     */
    uint32_t jitter_s;
    /** Upper bound of an extra delay added to each error retry, derived likewise; 0: none. */
    uint32_t retry_jitter_s;
    uint32_t floor_s; /**< lower bound of every period and retry delay; 0: 30 s */
    /**
     * How long a resync waits for an answer to PROV_EVENT_CREDENTIALS_WANTED; 0: the answer has to
     * be given within the event callback.
     */
    uint32_t credentials_within_s;
    uint8_t tftp_drops_slash; /**< 1: TFTP file names are sent without the leading `/` */
    uint8_t user_agent;       /**< enum prov_user_agent, where no HTTP_User_Agent_Name is stored */
    uint8_t syslog_format;    /**< enum prov_syslog_format */
    uint8_t reserved[1];      /**< 0 */
    /** Header fields of every HTTP request, as `prov_request.headers`; copied. */
    const struct prov_header *headers;
    size_t n_headers;            /**< 0: none */
    prov_tls_identity *identity; /**< as in prov_agent_set_identity(); NULL: the transport's */
    /**
     * Address of this device that requests of http and https are sent from, numeric, for a device
     * with several; as `prov_request.source_ip`; copied. Empty: the system chooses. With an address
     * that is not numeric, or not of this device, these requests fail.
     */
    prov_str source_ip;
};

/**
 * Create an agent. The first prov_agent_process() handles the boot event.
 *
 * @param[out] out  New; ended by prov_agent_free(). NULL on failure.
 * @param      opt  Borrowed for the call. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT when `dhcp_server` is longer than a DHCP option can be;
 *         PROV_E_UNSUPPORTED when OpenSSL lacks an algorithm; PROV_E_NOMEM; PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_agent_new(prov_agent **out, const struct prov_agent_options *opt,
                                    struct prov_error *err);

/** How an agent uses a transport. */
enum {
    /**
     * The host polls and processes the transport itself, once for all agents; the agent does
     * neither.
     */
    PROV_TRANSPORT_SHARED = 1 << 0,
};

/**
 * Register a transport. If several support a scheme, the one registered last is used.
 *
 * @param transport  Copied; the object at `ctx` must outlive the agent.
 * @param flags      PROV_TRANSPORT_SHARED or 0.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID; PROV_E_LIMIT for more than eight.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_add_transport(prov_agent *agent,
                                              const struct prov_transport *transport,
                                              uint32_t flags, struct prov_error *err);

/**
 * Set the client certificate and the custom CA of this device, where several agents share one
 * transport. A change of the identity itself (prov_tls_identity_set_certificate()) needs no call.
 *
 * @param identity  Shared: the agent keeps it until it is replaced or the agent is freed, also
 *                  after prov_tls_identity_free(). NULL: those of the transport.
 * @param err       Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_INVALID for an agent that is NULL.
 * @since 0.1. It applies to the next request; a running transfer continues with the previous one.
 *        Safe from any callback.
 */
PROV_API prov_status prov_agent_set_identity(prov_agent *agent, prov_tls_identity *identity,
                                             struct prov_error *err);

/**
 * Set the DHCP offer, after each lease. It replaces `prov_agent_options.dhcp_server` and the offer
 * set before. It applies from the next resync on, and does not start one, unless
 * prov_agent_enable_activation() was called and nothing has provisioned the device yet.
 *
 * Rules that name no server use its scheme, host and port. If the offer has several servers and one
 * cannot be reached, the next one is tried. An offer that is a URL or a rule replaces a
 * `Profile_Rule` that names no server.
 *
 * @param offer  From prov_dhcp_choose(); copied. NULL: DHCP offers nothing.
 * @return PROV_OK; PROV_E_INVALID for an offer that is not usable; PROV_E_LIMIT for more servers
 *         than a DHCP option can hold; PROV_E_NOMEM; PROV_E_ABI. On failure the previous offer
 *         remains in use.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_set_dhcp(prov_agent *agent, const struct prov_dhcp_offer *offer,
                                         struct prov_error *err);

/** The job that a request starts. Numbers are never reused. */
enum prov_verb {
    /** A resync by `rule`, or by Profile_Rule and B, C, D. Waits for idle lines. */
    PROV_VERB_RESYNC = 0,
    /**
     * The custom CA by `rule`, or by Custom_CA_Rule, even if it has not changed. One attempt; the
     * rule is not stored. Certificates installed by a `rule` of a request stay until
     * Custom_CA_Rule changes. Needs prov_agent_enable_custom_ca().
     */
    PROV_VERB_UPDATE_CA = 1,
    /** PROV_EVENT_REBOOT_WANTED when lines are idle and no job runs. Takes no `rule`. */
    PROV_VERB_REBOOT = 2,
    /**
     * An upgrade by `rule`, or by Upgrade_Rule even if its image was installed before. One attempt;
     * the rule is not stored. Waits for idle lines. Needs prov_agent_enable_upgrade().
     */
    PROV_VERB_UPGRADE = 3,
    /**
     * A report by `rule`, or by Report_Rule, with any value of Report_To_Server. One attempt for
     * each of its targets; the rule is not stored. Needs prov_agent_enable_report().
     */
    PROV_VERB_REPORT = 4,
    /**
     * A renewal of the device's certificate by `rule`, or by MIC_Cert_Refresh_Rule, even if it is
     * not due and MIC_Cert_Refresh_Enable is No. One attempt; the rule is not stored. Needs
     * prov_agent_enable_renewal().
     */
    PROV_VERB_RENEW = 5,
    /**
     * Activation by the code in `rule`: 16 digits, or `#` and 3 to 16 digits; blanks and hyphens in
     * it are ignored. One attempt. PROV_E_VALUE: not such a code, nothing is sent. Needs
     * prov_agent_enable_activation().
     */
    PROV_VERB_ACTIVATE = 6,
};

/** A request. In C++ write `struct prov_agent_request`: a function has the same name. */
struct prov_agent_request {
    size_t size;
    uint32_t verb;      /**< enum prov_verb */
    uint32_t cause;     /**< enum prov_cause from PROV_CAUSE_SIP on; 0: PROV_CAUSE_HOST */
    prov_str rule;      /**< this rule only, not stored; empty: the stored ones. Copied */
    prov_str requester; /**< address of the requester; used as the server of a rule that names none.
                             Copied */
    prov_str uid;       /**< login for the HTTP server of `rule`, unless the rule has one; only
                             with `rule`. At most 1,024 bytes. Copied, and wiped after use */
    prov_str pwd;       /**< likewise */
};

/**
 * Request that a job runs. It starts in a later prov_agent_process(). While the job runs, the agent
 * stores one further request for it; a newer request replaces it.
 *
 * @param request  Borrowed for the call; NULL: a resync, PROV_CAUSE_HOST with all rules.
 * @return PROV_OK: accepted; PROV_E_POLICY: the device's settings refuse it, `err` names the
 *         parameter; PROV_E_UNSUPPORTED: no job for this verb, `err` names the function that
 *         enables it; PROV_E_LIMIT: the rule, user or password is too long; PROV_E_NOMEM;
 *         PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_request(prov_agent *agent, const struct prov_agent_request *request,
                                        struct prov_error *err);

struct prov_action;
struct prov_action_client;
struct prov_verdict;

/**
 * Check an action of `<provision/action.h>` against the device's settings, and carry it out: a
 * resync, an upgrade, an update of the custom CA, a report or a reboot becomes a
 * prov_agent_request(), with the door as its cause. All other actions are only checked. A program
 * that does not call this function links nothing of `<provision/action.h>` from the static library.
 *
 * @param         action  Borrowed for the call. Not NULL.
 * @param         client  As for prov_action_check(). The agent sets `is_busy` while
 *                        `prov_host.is_idle` returns false.
 * @param[in,out] out     `size` set by the caller. PROV_DECISION_OBEY: the request is accepted; its
 *                        result is reported as an event. PROV_DECISION_REFUSE also if the job
 *                        refuses it, e.g. since no function has enabled the job. Not NULL.
 * @param[out]    err     Detail of a refusal by a job, or of a setting that cannot be read. May be
 *                        NULL.
 * @return PROV_OK, also for a refusal; PROV_E_CANCELLED: a callback freed the agent; PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_act(prov_agent *agent, const struct prov_action *action,
                                    const struct prov_action_client *client,
                                    struct prov_verdict *out, struct prov_error *err);

/** A profile that the host has received, e.g. the body of POST `/admin/config.xml`. */
struct prov_agent_profile {
    size_t size;
    uint32_t cause;      /**< enum prov_cause from PROV_CAUSE_SIP on; 0: PROV_CAUSE_HOST */
    uint8_t is_trusted;  /**< 1: it was received over a connection with a verified peer, for
                              PROV_DECODE_POLICY_AUTHENTIC_ONLY */
    uint8_t reserved[3]; /**< 0 */
    prov_str name;       /**< recorded as the origin of its values; empty: `config.xml` */
    prov_str body;       /**< the whole file: XML, or compressed or encrypted like a fetched file */
    prov_str key;        /**< of `--key`; empty: none. Secret */
};

/**
 * Apply a profile as if it had been fetched: decoded, parsed, checked against the catalogue, and
 * committed in one transaction, all of it or nothing, within the call. It does not wait for idle
 * lines: the host decides when to call it. As with a resync, prov_agent_confirm() and its timeout
 * apply.
 *
 * PROV_EVENT_WARNING, PROV_EVENT_CHANGED and PROV_EVENT_RESULT report it, with PROV_JOB_PROFILE and
 * `name` as the rule. No timer changes.
 *
 * @param      profile    Borrowed for the call. Not NULL.
 * @param[out] n_changed  Parameters whose value or access changed; set with PROV_OK. May be NULL.
 * @param[out] err        `line`, `column` and `offset` of a fault in the XML. May be NULL.
 * @return PROV_OK, also if all values were stored already; PROV_E_POLICY: `Provision_Enable` is No,
 *         or `decode_policy` refuses it; PROV_E_CORRUPT, PROV_E_TRUNCATED, PROV_E_LIMIT,
 *         PROV_E_KEY, PROV_E_NO_KEY, PROV_E_NOT_ENCRYPTED: a fault of the file; PROV_E_QUARANTINED:
 *         these values were rolled back; PROV_E_BUSY: a rollback is due, which would undo it: try
 *         again after PROV_EVENT_ROLLED_BACK; PROV_E_STATE before the first prov_agent_process() or
 *         from a callback; PROV_E_HOST and any status of the store; PROV_E_UNSUPPORTED;
 *         PROV_E_CANCELLED: a callback freed the agent; PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID.
 *         Unless it is PROV_OK, nothing changed.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_apply(prov_agent *agent, const struct prov_agent_profile *profile,
                                      uint64_t *n_changed, struct prov_error *err);

/**
 * Notify the agent that lines, clock or parameters changed; it checks them soon.
 *
 * @since 0.1. Safe from any callback.
 */
PROV_API void prov_agent_notify(prov_agent *agent);

/**
 * Report that the network link changed. Reports may come in any order and number, and none is
 * required: without them the agent works as if the link were never lost.
 *
 * PROV_NETWORK_LOST: the agent's transfers end within the call, with the transport's `cancel`. The
 * next prov_agent_process(), due at once, reports the failure (PROV_E_NETWORK), and the jobs arm
 * their retries. All timers continue, so that a host that never reports PROV_NETWORK_BACK does not
 * stop its resyncs. Log messages wait for the link, at most a minute.
 *
 * PROV_NETWORK_BACK, PROV_NETWORK_CHANGED: work that waits for a retry (resync, custom CA) or for
 * the link (log messages) starts at a random moment within 30 s, or within `jitter_s` if that is
 * more, but never later than it would have without the report, and no sooner than `floor_s` after
 * the last attempt. Periods and Resync_At are not moved. No later request uses a connection opened
 * before (`prov_request.network_age_s`). Running transfers continue; to end those over an old
 * address, report PROV_NETWORK_LOST first. docs/scheduling.md has the details.
 *
 * @param event  enum prov_network.
 * @param err    Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_INVALID: not an agent, or not such an event; nothing changed.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_agent_network(prov_agent *agent, uint32_t event, struct prov_error *err);

/**
 * Confirm the committed values, so that they stay. Call it when the device has been shown to work
 * with them, e.g. when its lines have registered.
 *
 * With `confirm_timeout_s` set, everything a resync commits waits for this call. If the call does
 * not come in time, or the device reboots before, the commits are rolled back in one transaction as
 * soon as lines are idle and the host agrees. PROV_EVENT_ROLLED_BACK reports it, and the same
 * values are refused from then on (PROV_E_QUARANTINED). One reboot that PROV_EVENT_REBOOT_WANTED
 * asked for does not roll back. To survive reboots, the undo log needs `prov_host.save` and `load`.
 * docs/transactions.md has the details.
 *
 * @return PROV_OK, also when no commit waits for confirmation; any status of the host's `save`:
 *         still unconfirmed, call again; PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_confirm(prov_agent *agent, struct prov_error *err);

/**
 * Cancel jobs: running work, and due work that waits for lines, the host, credentials or another
 * job. Transfers end within the call, with the transport's `cancel`. The next prov_agent_process(),
 * which is due at once, reports the end: `failed` with PROV_E_CANCELLED. A file is committed whole
 * or not at all; values that earlier rules of the same resync committed stay.
 *
 * A cancelled resync counts as failed, so the next one is due after Resync_Error_Retry_Delay; a
 * request that had not started is dropped, and timers stay as they are. Timers are not cancelled: a
 * job that waits only for its time is not affected. PROV_JOB_REBOOT withdraws a reboot that was not
 * reported yet, PROV_JOB_LOG drops the messages that were not sent, PROV_JOB_FETCH ends all of
 * prov_agent_fetch().
 *
 * @param jobs  PROV_JOB_… bits; a job that is not enabled has nothing to cancel.
 * @return PROV_OK; PROV_E_UNSUPPORTED with PROV_JOB_ROLLBACK, which prov_agent_confirm() ends;
 *         PROV_E_STATE within a transaction of the store; PROV_E_INVALID. If it is not PROV_OK,
 *         nothing was cancelled.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_cancel(prov_agent *agent, uint32_t jobs, struct prov_error *err);

/**
 * Set user and password of the profile account, for rules that contain none.
 *
 * As an answer to PROV_EVENT_CREDENTIALS_WANTED they apply to the server that asked, and its file
 * is fetched again at once. Otherwise they apply to the servers that the device's own rules name,
 * from the next request on. The agent keeps them in memory only, sends them only when a server
 * asks, discards them when the server rejects them, and wipes them in prov_agent_free().
 *
 * @param uid  Copied. Empty: no credentials are available; the waiting rule fails.
 * @param pwd  Copied.
 * @return PROV_OK; PROV_E_LIMIT above 1,024 bytes; PROV_E_NOMEM: no account is set any more;
 *         PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_set_credentials(prov_agent *agent, prov_str uid, prov_str pwd,
                                                struct prov_error *err);

/**
 * Send a log message of the host to `Syslog_Server` and `Debug_Server`, with time and
 * `Syslog_Identifier`, like the agent's messages. No event reports it.
 *
 * @param entry  `severity`, 1 to 7 as in RFC 5424 or 0 for PROV_SEVERITY_INFO, and `text`; the
 *               other members are not used. Control characters are sent as blanks; a message that
 *               does not fit into a datagram of 1,024 bytes is cut. Borrowed for the call.
 * @return PROV_OK, also without a log server or when messages are dropped, which PROV_EVENT_LOG
 *         reports; PROV_E_STATE within the event of a message that could not be sent; PROV_E_NOMEM;
 *         PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_log(prov_agent *agent, const struct prov_log_entry *entry,
                                    struct prov_error *err);

/**
 * Return the time until prov_agent_process() has to be called.
 *
 * @return Milliseconds; 0: now; -1: it does not depend on time. Never later than the next due
 *         action.
 * @since 0.1. Safe from any callback.
 */
PROV_API int64_t prov_agent_timeout_ms(prov_agent *agent);

/**
 * Return the descriptors to wait on, of the transports that are not shared.
 *
 * @param[out] fds  Up to @p cap entries; may be NULL when @p cap is 0.
 * @return Number of descriptors; if it is more than @p cap, call again with more room.
 * @since 0.1. The set may change in every prov_agent_process(). Not from any callback.
 */
PROV_API size_t prov_agent_pollfds(prov_agent *agent, struct prov_pollfd *fds, size_t cap);

/**
 * Do everything that is due, without blocking. A failed resync is reported as an event, not by this
 * call.
 *
 * @return PROV_OK; PROV_E_STATE from a callback; PROV_E_CANCELLED when a callback freed the agent;
 *         any status of a transport's `process`; PROV_E_INVALID.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_process(prov_agent *agent, struct prov_error *err);

/**
 * Return the next due action and its reason.
 *
 * @param[in,out] action  `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_agent_due(const prov_agent *agent, struct prov_sched_action *action);

/**
 * Return the state of a job, the reason why it waits, and its last result. With one call for each
 * job, a host can show all jobs on a page without recording events.
 *
 * @param      job  One of enum prov_job.
 * @param[out] out  `size` set by the caller. Texts and pointers are borrowed until the next
 *                  prov_agent_process(), until this function is called again for the same job, or
 *                  until the agent is freed; in a callback until that returns.
 * @return PROV_OK, also for a job that is not enabled: its `state` is PROV_STATE_ABSENT;
 *         PROV_E_INVALID: not exactly one job, or NULL; PROV_E_ABI.
 * @since 0.1. Allocates nothing; safe from the event callback.
 */
PROV_API prov_status prov_agent_status(prov_agent *agent, uint32_t job,
                                       struct prov_job_status *out);

/**
 * Return whether ending the program now would interrupt a resync, or lose log messages not yet sent
 * to a server. A log server that has accepted no message for 2 s does not count; it is reported by
 * PROV_EVENT_LOG with `error`.
 *
 * @return false for NULL.
 * @since 0.1. Safe from any callback.
 */
PROV_API bool prov_agent_is_busy(const prov_agent *agent);

/** One evaluation of a rule, kept by the agent. */
struct prov_agent_trace {
    size_t size;
    int64_t mono_ms;   /**< time of the evaluation, on the host's `mono_ms` clock */
    int64_t wall_s;    /**< the same in UTC seconds; -1: the clock was not set */
    uint32_t cause;    /**< enum prov_cause of the resync */
    uint32_t reserved; /**< 0 */
    prov_str rule;     /**< parameter name, e.g. `Profile_Rule_B` */
    prov_str text;     /**< output of prov_rule_explain(), or the error with its picture; secrets
                        masked, at most 4,096 bytes */
};

/**
 * Return one of the last eight evaluations: of rules that were not empty, and of triggers that
 * delayed a resync. It explains afterwards why a file was fetched.
 *
 * @param      index  0 is the latest.
 * @param[out] out    `size` set by the caller; texts borrowed until the next prov_agent_process().
 * @return PROV_OK; PROV_E_NOT_FOUND past the oldest; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_agent_trace_get(const prov_agent *agent, size_t index,
                                          struct prov_agent_trace *out);

/** The last file of a profile rule. */
struct prov_validator {
    size_t size;
    prov_str rule;      /**< parameter name, e.g. `Profile_Rule_B` */
    prov_str etag;      /**< its ETag; empty: none. At most 128 bytes */
    int64_t wall_s;     /**< when it was received, UTC seconds; -1: the clock was not set, or before
                              the start of the agent */
    uint8_t is_current; /**< 1: nothing wrote to the store since its values were committed, but for
                              the status parameters of the agent. The next request asks only for a
                              file that changed, if there is an `etag` */
    uint8_t is_refused; /**< 1: it was rolled back, and is not applied again */
    uint8_t reserved[6]; /**< 0 */
};

/**
 * Return the validators of a rule's last file. They survive a reboot with `prov_host.save`, and
 * need `prov_host.generation`. A digest of the values is not returned: it would help to guess the
 * secrets among them.
 *
 * @param      index  0 to 3: `Profile_Rule`, B, C and D.
 * @param[out] out    `size` set by the caller; texts borrowed until the next prov_agent_process().
 * @return PROV_OK; PROV_E_NOT_FOUND: no file of this rule is on record, or there is no such rule;
 *         PROV_E_ABI; PROV_E_INVALID for NULL.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_agent_validator_get(prov_agent *agent, size_t index,
                                              struct prov_validator *out);

/**
 * For small tools: request a resync and wait in poll(2) until it has ended. If prov_agent_process()
 * has not been called yet, the agent does no resync for the power-up.
 *
 * @param request  As in prov_agent_request(); the verb is PROV_VERB_RESYNC.
 * @param[out] err  The error of the rule that failed.
 * @return PROV_OK: the resync succeeded; any status of prov_agent_request(); PROV_E_INVALID also
 *         with a shared transport, which it does not process; PROV_E_CANCELLED when a callback
 *         freed the agent; PROV_E_IO when poll(2) fails; PROV_E_NOMEM; any status of a transport's
 *         `process`; otherwise the status of the rule that failed.
 * @since 0.1. Blocks. Not from any callback.
 */
PROV_API prov_status prov_agent_run_once(prov_agent *agent,
                                         const struct prov_agent_request *request,
                                         struct prov_error *err);

/**
 * Free an agent. A running resync is cancelled; a profile is never left half-applied.
 *
 * When called from one of the agent's own callbacks (of the host or of a transport), the agent
 * stops at once: all transfers end, and no host callback follows except `txn_rollback`, within this
 * call, if a transaction is open. The memory is released when the outermost call into the agent
 * returns; allocator and catalogue must stay valid until then. If that call is prov_agent_process()
 * or prov_agent_run_once(), it returns PROV_E_CANCELLED.
 *
 * @param agent  NULL is fine. Not to be used afterwards.
 * @since 0.1. Safe from any callback.
 */
PROV_API void prov_agent_free(prov_agent *agent);

#ifdef __cplusplus
}
#endif

#endif
