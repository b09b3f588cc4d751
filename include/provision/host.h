/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * What a host gives the library, and what it gets told. docs/host-contract.md tells it at length.
 *
 * All callbacks run on the thread that calls the library, under no lock.
 */
#ifndef PROVISION_HOST_H
#define PROVISION_HOST_H

#include <provision/base.h>
#include <provision/macro.h>
#include <provision/profile.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Kinds of events. Numbers are never reused; ignore kinds you do not know. */
enum prov_event_type {
    PROV_EVENT_LOG = 1, /**< a log message: `severity`, `text`; with `error`, what went wrong beside
                             a resync: `rule`, `name` or `server` tell where */
    PROV_EVENT_REQUEST = 2,   /**< a file is being asked for: `rule`, `url` */
    PROV_EVENT_PROGRESS = 3,  /**< bytes arrived: `bytes`, `total`; the first, the last, and
                                 between them at most four times a second */
    PROV_EVENT_CHANGED = 4,   /**< committed: `name`, `old_value`, `new_value` to be shown: none for
                                 secrets, others masked as by prov_rule_redact() */
    PROV_EVENT_RESULT = 5,    /**< one rule was dealt with: `outcome`, `error`, counts; beside
                                 PROV_E_AUTH `credentials`; with `code` 304: not modified */
    PROV_EVENT_RESYNC = 6,    /**< the whole resync ended: `outcome`, `cause` */
    PROV_EVENT_SCHEDULED = 7, /**< what is due next: `cause`, `why`, `retry`, `in_ms` */
    PROV_EVENT_WARNING = 8,   /**< a profile deserves a look: `warning`, `name`, `line` */
    PROV_EVENT_CREDENTIALS_WANTED = 9, /**< a server wants credentials nobody has, or others:
                                            `credentials`, `url`, `error`; answered by
                                            prov_agent_set_credentials() within `in_ms` */
    PROV_EVENT_REBOOT_WANTED = 10,     /**< a changed parameter takes effect after a reboot */
    PROV_EVENT_UNCONFIRMED = 11,       /**< a commit is rolled back in `in_ms`, unless confirmed */
    PROV_EVENT_CONFIRMED = 12,         /**< it was confirmed, the values stay */
    PROV_EVENT_ROLLED_BACK = 13, /**< the values from before are back: `rollback`, `n_changed`; or
                                      `error`: why they are not yet */
    PROV_EVENT_DEFERRED = 14,    /**< the host wants to wait: `stage`, `in_ms`, `at_most_ms` */
};

/** Where a host may say "not now". */
enum prov_stage {
    PROV_STAGE_FETCH = 0,    /**< a resync is about to begin */
    PROV_STAGE_APPLY = 1,    /**< a file is here and whole, and about to be committed */
    PROV_STAGE_REBOOT = 2,   /**< PROV_EVENT_REBOOT_WANTED is about to be told */
    PROV_STAGE_ROLLBACK = 3, /**< unconfirmed commits are about to be rolled back */
};

/** What an address is about to be used for. */
enum prov_purpose {
    PROV_PURPOSE_FILE = 0,  /**< a file is fetched from there */
    PROV_PURPOSE_PROXY = 1, /**< the HTTP proxy that fetches it */
    PROV_PURPOSE_LOG = 2,   /**< a log message is sent there, `Syslog_Server` or `Debug_Server` */
};

/** What the host is to do so that changes take effect; bits of `prov_event.needs`. */
enum {
    PROV_NEEDS_RESTART = 1 << 0, /**< a parameter with PROV_PARAM_RESTART changed */
    PROV_NEEDS_REBOOT = 1 << 1,  /**< one with PROV_PARAM_REBOOT */
};

/** Why commits were rolled back. */
enum prov_rollback {
    PROV_ROLLBACK_TIMEOUT = 1, /**< nobody confirmed in time */
    PROV_ROLLBACK_BOOT = 2,    /**< the device started anew without having confirmed */
};

/** Whose credentials a server wants, by `Profile_Authentication_Type`. */
enum prov_credentials {
    PROV_CREDENTIALS_NONE = 0,      /**< `Disabled`: nobody is asked */
    PROV_CREDENTIALS_HTTP = 1,      /**< of an account at that server */
    PROV_CREDENTIALS_XSI_LOGIN = 2, /**< the user's at the XSI service */
    PROV_CREDENTIALS_XSI_SIP = 3,   /**< the SIP line's; its parameters have none that work */
};

/** How a rule or a whole resync ended. */
enum prov_outcome {
    PROV_OUTCOME_NONE = 0,
    PROV_OUTCOME_APPLIED = 1,   /**< fetched, and something changed */
    PROV_OUTCOME_UNCHANGED = 2, /**< fetched, all values were already so; nothing was written */
    PROV_OUTCOME_SKIPPED = 3,   /**< the rule is empty or no alternative was chosen */
    PROV_OUTCOME_ASSIGNED = 4,  /**< the rule only assigns */
    PROV_OUTCOME_FORGIVEN = 5,  /**< no such file, and Resync_Fails_On_FNF is No */
    PROV_OUTCOME_FAILED = 6,    /**< `error` tells why */
};

/** Severities of log messages, as in RFC 5424. */
enum prov_severity {
    PROV_SEVERITY_ERROR = 3,
    PROV_SEVERITY_WARNING = 4,
    PROV_SEVERITY_NOTICE = 5,
    PROV_SEVERITY_INFO = 6,
};

/** One event. Fields not named at its type are zero. Everything is borrowed for the call. */
struct prov_event {
    size_t size;
    uint32_t type;                  /**< enum prov_event_type */
    uint32_t cause;                 /**< enum prov_cause */
    uint32_t outcome;               /**< enum prov_outcome */
    uint32_t severity;              /**< enum prov_severity */
    uint32_t why;                   /**< enum prov_sched_why */
    uint32_t warning;               /**< enum prov_profile_warning */
    uint32_t line;                  /**< in the profile */
    uint32_t retry;                 /**< number of the next error retry; 0 none */
    uint32_t encodings;             /**< PROV_ENCODING_… found in the file */
    uint32_t derivation;            /**< PROV_DERIVE_… that matched */
    int32_t code;                   /**< HTTP status; 0 none */
    uint32_t term;                  /**< 1-based alternative chosen; 0 none */
    uint32_t stage;                 /**< enum prov_stage */
    uint32_t needs;                 /**< PROV_NEEDS_… of what changed; CHANGED, RESULT, RESYNC */
    uint32_t rollback;              /**< enum prov_rollback */
    uint32_t n_retries;             /**< elements of the retry list, where `retry` is not 0 */
    uint32_t credentials;           /**< enum prov_credentials */
    uint32_t reserved1;             /**< 0 */
    int64_t in_ms;                  /**< until the next due thing; -1 not by time */
    int64_t at_most_ms;             /**< until it is done without asking again */
    uint64_t bytes;                 /**< of the body so far */
    int64_t total;                  /**< announced; -1 unknown */
    uint64_t n_params;              /**< parameters the profile named */
    uint64_t n_changed;             /**< parameters whose value or access changed */
    uint64_t n_warnings;            /**< of the profile */
    prov_str rule;                  /**< parameter name, e.g. `Profile_Rule_B` */
    prov_str url;                   /**< without user; credentials in its query masked */
    prov_str server_ip;             /**< numeric address */
    prov_str name;                  /**< parameter */
    prov_str old_value;             /**< empty for secrets */
    prov_str new_value;             /**< empty for secrets */
    prov_str text;                  /**< log message, or the rule as expanded, secrets masked */
    prov_str server;                /**< log server that a message could not be sent to */
    uint8_t is_secret;              /**< 1: values of `name` are withheld */
    uint8_t access;                 /**< enum prov_access, when it changed */
    uint8_t reserved[6];            /**< 0 */
    const struct prov_error *error; /**< why it failed; NULL: it did not */
    const void *reserved2;          /**< NULL */
};

/**
 * The host: one struct of callbacks. Copied member by member, so it may live on the stack; what
 * `ctx` and `store_ctx` point at must outlive the agent.
 */
struct prov_host {
    size_t size;

    /* The device. */
    void *ctx; /**< first argument of the callbacks down to `custom_ca` */
    /**
     * REQUIRED. Milliseconds since any fixed point, also a negative number; does not follow changes
     * of the wall clock.
     */
    int64_t (*mono_ms)(void *ctx);
    /**
     * OPTIONAL. UTC seconds and local offset; false while the clock is not set. Absent: never set.
     */
    bool (*wall_s)(void *ctx, int64_t *utc_s, int32_t *utc_offset_s);
    /**
     * OPTIONAL. 32 uniform random bits. Absent: drawn from MAC address, serial number and clocks.
     */
    uint32_t (*entropy)(void *ctx);
    /**
     * OPTIONAL. True if no call is up. Absent: always. Call prov_agent_notify() when it turns true.
     */
    bool (*is_idle)(void *ctx);
    /** OPTIONAL. Told what happens. Borrowed for the call. */
    void (*event)(void *ctx, const struct prov_event *event);
    /** OPTIONAL. prov_agent_timeout_ms() has become shorter outside of prov_agent_process(). */
    void (*wake)(void *ctx);
    /**
     * OPTIONAL. May it be done now? Asked in prov_agent_process() before each enum prov_stage.
     * @return 0: yes; else no, and ask again after so many milliseconds, or after
     *         prov_agent_notify(). When it has been put off for `max_defer_s` in all, it is done
     *         without asking; a resync and a return still wait for lines to be idle. Absent: always
     *         yes.
     */
    uint32_t (*defer_ms)(void *ctx, uint32_t stage);
    /**
     * OPTIONAL. May a file be fetched from @p url? Asked before each request, before each redirect
     * is followed, and for the HTTP proxy of a request (`http://PROXY:PORT/`), after
     * `Restricted_Access_Domains` permitted the host; not for log messages. The host in it is text
     * that has not been resolved: `check_address` sees what it stands for. Absent: from everywhere.
     *
     * @param url  With scheme, host and path; user, password and what looks like a credential in
     *             the query are left out or masked.
     * @return PROV_OK; PROV_E_POLICY: "server not allowed" in the log; a number of the host's own
     *         becomes PROV_E_HOST.
     */
    prov_status (*check_url)(void *ctx, prov_str url, struct prov_error *err);
    /**
     * OPTIONAL. May the device connect to @p address? Asked for each address just before it is
     * connected or sent to, after its name was resolved: for servers, proxies and log servers
     * alike. The built-in transport asks for connections that it kept, too. A refused address is
     * skipped if the name has others. Absent: every address is fine. docs/security.md has an
     * example against names that resolve to addresses inside the network.
     *
     * @param address  Numeric, IPv6 without brackets; borrowed for the call.
     * @param port     Port that will be connected to.
     * @param purpose  enum prov_purpose.
     * @return As `check_url`.
     */
    prov_status (*check_address)(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err);
    /**
     * OPTIONAL, with `custom_ca`. Look into the certificates that `Custom_CA_Rule` brought; nothing
     * changes yet. prov_curl_check_custom_ca() does.
     *
     * @param      pem   One or more certificates, not yet looked into; not empty.
     * @param[out] name  Receives the common name of the first one and a NUL, for `Custom_CA_Info`;
     *                   empty on entry.
     * @param      cap   Bytes at @p name.
     * @return PROV_OK; PROV_E_CORRUPT: they are none; anything else refuses them as well, and the
     *         rule is tried again later.
     */
    prov_status (*check_ca)(void *ctx, prov_str pem, char *name, size_t cap,
                            struct prov_error *err);
    /**
     * OPTIONAL, with `check_ca`. Trust the certificates that `Custom_CA_Rule` brought, instead of
     * those given before; prov_curl_set_custom_ca() does. Called when the store has committed them,
     * which is after a resync, and with `save` also before the first one after a start. Both
     * absent: the rule is not looked at.
     *
     * @param pem  As `check_ca` accepted them. Empty: none any more.
     * @return PROV_OK; anything else: what the host trusts is not known then, and the rule is
     *         carried out again later.
     */
    prov_status (*custom_ca)(void *ctx, prov_str pem, struct prov_error *err);
    /** OPTIONAL. Asked first for macros: may add to and replace the documented variables. */
    struct prov_vars vars;

    /* The parameter store. prov_store_bind() fills this part with a ready-made one. */
    void *store_ctx; /**< first argument of the callbacks below */
    /**
     * REQUIRED. Copy one committed value to @p buf and set @p len to its whole length.
     * @return PROV_OK; PROV_E_NOT_FOUND: not set, its default counts; PROV_E_LIMIT: @p cap too
     *         small; anything else: it cannot be read at present, and is read again soon.
     */
    prov_status (*get)(void *store_ctx, prov_str name, char *buf, size_t cap, size_t *len);
    /** OPTIONAL. Whether the host has a use for a parameter the catalogue lacks. Absent: it has. */
    bool (*knows)(void *store_ctx, prov_str name);
    /**
     * OPTIONAL. Present access, enum prov_access; KEEP: unknown. Absent: access is only handed on.
     */
    uint32_t (*access)(void *store_ctx, prov_str name);
    /**
     * OPTIONAL. Whether this change, committed alone, would make a difference. Absent: it does if
     * value or access are other than what is stored.
     */
    bool (*would_change)(void *store_ctx, const struct prov_param *param);
    /**
     * OPTIONAL. One layer (enum prov_layer) of a parameter as committed, value and access at once.
     * `layer` in @p out, zeroed but for `size`, tells whose PROV_LAYER_ANY is. Texts and `source`
     * are borrowed until the next call of a storage callback.
     * @return PROV_OK; PROV_E_NOT_FOUND: it says nothing. Absent: `get` and `access` are asked,
     *         there is no layer of the user's, and a rollback restores values
     *         without their sources.
     */
    prov_status (*find)(void *store_ctx, prov_str name, uint32_t layer, struct prov_param *out);
    /** OPTIONAL. A profile's changes follow. Absent: `txn_set` takes effect at once. */
    prov_status (*txn_begin)(void *store_ctx, struct prov_error *err);
    /**
     * REQUIRED. One change; texts borrowed for the call. `source` and `line` tell where the value
     * comes from. Its `layer` is the user's only in a rollback, of a host with `find`.
     */
    prov_status (*txn_set)(void *store_ctx, const struct prov_param *param, struct prov_error *err);
    /** OPTIONAL. Make all of them durable, or none. */
    prov_status (*txn_commit)(void *store_ctx, struct prov_error *err);
    /** OPTIONAL. Forget them. Called after a failed `txn_set`, not after a failed `txn_commit`. */
    void (*txn_rollback)(void *store_ctx);
    /**
     * OPTIONAL. A number that is another one whenever any value or access is, also over a reboot;
     * 0: not known. Absent: files are always fetched whole, never "only if changed".
     *
     * Between `txn_begin` and `txn_commit` it is asked for after the last `txn_set`: tell the
     * number that a commit would lead to, and what is known of the file is kept with the values.
     * The number of what is committed does no harm: it is kept in a transaction of its own then.
     */
    uint64_t (*generation)(void *store_ctx);
    /**
     * OPTIONAL. Keep bytes of the library's own under a name (up to 16 letters `a`..`z`) over a
     * reboot, in the place of what was kept before; no bytes: forget them. They may be secret.
     *
     * Between `txn_begin` and `txn_commit` they belong to the transaction: durable with it, or not
     * at all. Else durable when the call returns. Absent: nothing outlives a reboot.
     */
    prov_status (*save)(void *store_ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err);
    /** OPTIONAL, with `save`. Give them back, as `get` does. Not called inside a transaction. */
    prov_status (*load)(void *store_ctx, prov_str name, void *buf, size_t cap, size_t *len);
};

#ifdef __cplusplus
}
#endif

#endif
