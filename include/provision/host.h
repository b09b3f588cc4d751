/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The host's callbacks and the events it receives. docs/host-contract.md describes both in
 * detail.
 *
 * All callbacks run on the thread that calls the library. The library holds no lock meanwhile.
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
    PROV_EVENT_LOG = 1,       /**< a log message: `severity`, `text`; `error`, if set, is a failure
                             outside of a resync, in the `rule`, `name` or `server` given */
    PROV_EVENT_REQUEST = 2,   /**< a file is requested: `rule`, `url` */
    PROV_EVENT_PROGRESS = 3,  /**< bytes arrived: `bytes`, `total`; sent for the first and the last
                                   bytes, and at most four times a second in between */
    PROV_EVENT_CHANGED = 4,   /**< a parameter was committed: `name`, `old_value`, `new_value`, for
                                   display: empty for secrets, others masked as by
                                   prov_rule_redact() */
    PROV_EVENT_RESULT = 5,    /**< one rule was processed: `outcome`, `error`, counts; with
                                   PROV_E_AUTH also `credentials`; `code` 304: not modified */
    PROV_EVENT_RESYNC = 6,    /**< the whole resync ended: `outcome`, `cause` */
    PROV_EVENT_SCHEDULED = 7, /**< the next due resync: `cause`, `why`, `retry`, `in_ms` */
    PROV_EVENT_WARNING = 8,   /**< a warning about a profile: `warning`, `name`, `line` */
    PROV_EVENT_CREDENTIALS_WANTED = 9, /**< a server requires credentials that are missing or
                                            rejected: `credentials`, `url`, `error`; the host
                                            answers with prov_agent_set_credentials() within
                                            `in_ms` */
    PROV_EVENT_REBOOT_WANTED = 10,     /**< a changed parameter takes effect after a reboot */
    PROV_EVENT_UNCONFIRMED = 11,       /**< a commit is rolled back in `in_ms`, unless confirmed */
    PROV_EVENT_CONFIRMED = 12,         /**< the commit was confirmed; the values stay */
    PROV_EVENT_ROLLED_BACK = 13, /**< the old values were restored: `rollback`, `n_changed`; with
                                      `error`: not yet restored, and why */
    PROV_EVENT_DEFERRED = 14,    /**< the host defers a stage: `stage`, `in_ms`, `at_most_ms` */
};

/** Stages that the host may defer (`prov_host.defer_ms`). */
enum prov_stage {
    PROV_STAGE_FETCH = 0,    /**< a resync is about to begin */
    PROV_STAGE_APPLY = 1,    /**< a complete file was received and is about to be committed */
    PROV_STAGE_REBOOT = 2,   /**< PROV_EVENT_REBOOT_WANTED is about to be reported */
    PROV_STAGE_ROLLBACK = 3, /**< unconfirmed commits are about to be rolled back */
};

/** The use of an address that is about to be connected to. */
enum prov_purpose {
    PROV_PURPOSE_FILE = 0,  /**< server of a file */
    PROV_PURPOSE_PROXY = 1, /**< the HTTP proxy for it */
    PROV_PURPOSE_LOG = 2,   /**< log server: `Syslog_Server` or `Debug_Server` */
};

/** Actions the host must take before changes have effect; bits of `prov_event.needs`. */
enum {
    PROV_NEEDS_RESTART = 1 << 0, /**< a parameter with PROV_PARAM_RESTART changed */
    PROV_NEEDS_REBOOT = 1 << 1,  /**< a parameter with PROV_PARAM_REBOOT changed */
};

/** Why commits were rolled back. */
enum prov_rollback {
    PROV_ROLLBACK_TIMEOUT = 1, /**< the host did not confirm in time */
    PROV_ROLLBACK_BOOT = 2,    /**< the device rebooted before the host confirmed */
};

/** The account whose credentials a server requires, by `Profile_Authentication_Type`. */
enum prov_credentials {
    PROV_CREDENTIALS_NONE = 0,      /**< `Disabled`: the host is not asked */
    PROV_CREDENTIALS_HTTP = 1,      /**< an account at that server */
    PROV_CREDENTIALS_XSI_LOGIN = 2, /**< the user's account at the XSI service */
    PROV_CREDENTIALS_XSI_SIP = 3,   /**< the SIP line's account; its parameters hold no valid
                                         credentials */
};

/** How a rule or a whole resync ended. */
enum prov_outcome {
    PROV_OUTCOME_NONE = 0,
    PROV_OUTCOME_APPLIED = 1,   /**< fetched, and something changed */
    PROV_OUTCOME_UNCHANGED = 2, /**< fetched; all values were equal to the stored ones, nothing was
                                     written */
    PROV_OUTCOME_SKIPPED = 3,   /**< the rule is empty or no alternative was chosen */
    PROV_OUTCOME_ASSIGNED = 4,  /**< the rule only assigns */
    PROV_OUTCOME_FORGIVEN = 5,  /**< the file does not exist, and Resync_Fails_On_FNF is No */
    PROV_OUTCOME_FAILED = 6,    /**< `error` holds the reason */
};

/** Severities of log messages, as in RFC 5424. */
enum prov_severity {
    PROV_SEVERITY_ERROR = 3,
    PROV_SEVERITY_WARNING = 4,
    PROV_SEVERITY_NOTICE = 5,
    PROV_SEVERITY_INFO = 6,
};

/**
 * One event. Fields that enum prov_event_type does not name for its type are zero. All texts and
 * pointers are borrowed for the call.
 */
struct prov_event {
    size_t size;
    uint32_t type;        /**< enum prov_event_type */
    uint32_t cause;       /**< enum prov_cause */
    uint32_t outcome;     /**< enum prov_outcome */
    uint32_t severity;    /**< enum prov_severity */
    uint32_t why;         /**< enum prov_sched_why */
    uint32_t warning;     /**< enum prov_profile_warning */
    uint32_t line;        /**< in the profile */
    uint32_t retry;       /**< number of the next error retry; 0 none */
    uint32_t encodings;   /**< PROV_ENCODING_… found in the file */
    uint32_t derivation;  /**< PROV_DERIVE_… that matched */
    int32_t code;         /**< HTTP status; 0 none */
    uint32_t term;        /**< 1-based alternative chosen; 0 none */
    uint32_t stage;       /**< enum prov_stage */
    uint32_t needs;       /**< PROV_NEEDS_… of the changes; in CHANGED, RESULT, RESYNC */
    uint32_t rollback;    /**< enum prov_rollback */
    uint32_t n_retries;   /**< elements of the retry list, where `retry` is not 0 */
    uint32_t credentials; /**< enum prov_credentials */
    uint32_t reserved1;   /**< 0 */
    int64_t in_ms;        /**< until the next due action; -1: it does not depend on
                                         time */
    int64_t at_most_ms;   /**< until the stage starts without asking the host again */
    uint64_t bytes;       /**< of the body so far */
    int64_t total;        /**< announced; -1 unknown */
    uint64_t n_params;    /**< parameters the profile named */
    uint64_t n_changed;   /**< parameters whose value or access changed */
    uint64_t n_warnings;  /**< of the profile */
    prov_str rule;        /**< parameter name, e.g. `Profile_Rule_B` */
    prov_str url;         /**< without user; credentials in its query masked */
    prov_str server_ip;   /**< numeric address */
    prov_str name;        /**< parameter */
    prov_str old_value;   /**< empty for secrets */
    prov_str new_value;   /**< empty for secrets */
    prov_str text;        /**< log message, or the rule as expanded, secrets masked */
    prov_str server;      /**< log server that a message could not be sent to */
    uint8_t is_secret;    /**< 1: values of `name` are withheld */
    uint8_t access;       /**< enum prov_access, when it changed */
    uint8_t reserved[6];  /**< 0 */
    const struct prov_error *error; /**< reason of the failure; NULL: no failure */
    const void *reserved2;          /**< NULL */
};

/**
 * The host: one struct of callbacks. Copied member by member, so it may live on the stack; the
 * objects at `ctx` and `store_ctx` must outlive the agent.
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
     * OPTIONAL. Return UTC seconds and the local offset; false while the clock is not set. Absent:
     * the clock counts as never set.
     */
    bool (*wall_s)(void *ctx, int64_t *utc_s, int32_t *utc_offset_s);
    /**
     * OPTIONAL. Return 32 uniform random bits. Absent: derived from MAC address, serial number and
     * clocks.
     */
    uint32_t (*entropy)(void *ctx);
    /**
     * OPTIONAL. Return true if no call is active. Absent: always idle. Call prov_agent_notify()
     * when it becomes true.
     */
    bool (*is_idle)(void *ctx);
    /** OPTIONAL. Receives each event; borrowed for the call. */
    void (*event)(void *ctx, const struct prov_event *event);
    /** OPTIONAL. prov_agent_timeout_ms() has become shorter outside of prov_agent_process(). */
    void (*wake)(void *ctx);
    /**
     * OPTIONAL. Decide whether a stage may start now. Called in prov_agent_process() before each
     * enum prov_stage. Absent: every stage starts at once.
     * @return 0: start it. Otherwise the agent asks again after that many milliseconds, or after
     *         prov_agent_notify(). When the stage has been deferred for `max_defer_s` in total, it
     *         starts without asking; a resync and a rollback still wait for idle lines.
     */
    uint32_t (*defer_ms)(void *ctx, uint32_t stage);
    /**
     * OPTIONAL. Decide whether a file may be fetched from @p url. Called before each request,
     * before each redirect is followed, and for the HTTP proxy of a request (`http://PROXY:PORT/`),
     * after `Restricted_Access_Domains` permitted the host; not for log messages. The host in @p
     * url is a name that has not been resolved; `check_address` receives the address. Absent: every
     * URL is permitted.
     *
     * @param url  With scheme, host and path. User and password are removed; values in the query
     *             that look like credentials are masked.
     * @return PROV_OK: fetch; PROV_E_POLICY: refuse, logged as "server not allowed"; a status of
     *         the host's own refuses too and is reported as PROV_E_HOST.
     */
    prov_status (*check_url)(void *ctx, prov_str url, struct prov_error *err);
    /**
     * OPTIONAL. Decide whether the device may connect to @p address. Called after name resolution,
     * for each address, before the device connects or sends to it: for servers, proxies and log
     * servers. The built-in transport also calls it before it reuses a connection. A refused
     * address is skipped if the name has others. Absent: every address is permitted.
     * docs/security.md has an example that rejects names which resolve to addresses inside the
     * network.
     *
     * @param address  Numeric, IPv6 without brackets; borrowed for the call.
     * @param port     Port at that address.
     * @param purpose  enum prov_purpose.
     * @return As `check_url`.
     */
    prov_status (*check_address)(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err);
    /**
     * OPTIONAL, with `custom_ca`. Check the certificates that `Custom_CA_Rule` fetched, without
     * trusting them yet. prov_curl_check_custom_ca() does this.
     *
     * @param      pem   One or more certificates, not yet checked; not empty.
     * @param[out] name  Receives the common name of the first one and a NUL, for `Custom_CA_Info`;
     *                   empty on entry.
     * @param      cap   Bytes at @p name.
     * @return PROV_OK; PROV_E_CORRUPT: not certificates. Every other status also rejects them; the
     *         rule is retried later.
     */
    prov_status (*check_ca)(void *ctx, prov_str pem, char *name, size_t cap,
                            struct prov_error *err);
    /**
     * OPTIONAL, with `check_ca`. Trust the certificates that `Custom_CA_Rule` fetched, instead of
     * those of an earlier call; prov_curl_set_custom_ca() does this. Called after a resync, when
     * the store has committed them; with `save` also after a start, before the first resync. Both
     * absent: the rule is ignored.
     *
     * @param pem  As `check_ca` accepted them. Empty: trust no custom CA.
     * @return PROV_OK. On every other status it is unknown which certificates the host trusts; the
     *         rule is run again later.
     */
    prov_status (*custom_ca)(void *ctx, prov_str pem, struct prov_error *err);
    /**
     * OPTIONAL. Asked first for each macro, so it can add to and replace the documented variables.
     */
    struct prov_vars vars;

    /* The parameter store. prov_store_bind() fills this part with the ready-made store. */
    void *store_ctx; /**< first argument of the callbacks below */
    /**
     * REQUIRED. Copy one committed value to @p buf and set @p len to its whole length.
     * @return PROV_OK; PROV_E_NOT_FOUND: not set, the default applies; PROV_E_LIMIT: @p cap is too
     *         small. Every other status means that the value cannot be read at present; it is read
     *         again soon.
     */
    prov_status (*get)(void *store_ctx, prov_str name, char *buf, size_t cap, size_t *len);
    /**
     * OPTIONAL. Return whether the host uses a parameter that the catalogue lacks. Absent: it does.
     */
    bool (*knows)(void *store_ctx, prov_str name);
    /**
     * OPTIONAL. Return the committed access, enum prov_access; KEEP: unknown. Absent: access is
     * only passed to `txn_set`, never compared.
     */
    uint32_t (*access)(void *store_ctx, prov_str name);
    /**
     * OPTIONAL. Return whether this change, committed alone, would alter the store. Absent: it does
     * if value or access differ from the stored ones.
     */
    bool (*would_change)(void *store_ctx, const struct prov_param *param);
    /**
     * OPTIONAL. Read one layer (enum prov_layer) of a parameter as committed, value and access
     * together. On entry @p out is zero except for `size`. For PROV_LAYER_ANY set `layer` in @p out
     * to the layer found. Texts and `source` are borrowed until the next call of a storage
     * callback. Absent: `get` and `access` are called instead, no user layer exists, and a rollback
     * restores values without their sources.
     * @return PROV_OK; PROV_E_NOT_FOUND: the layer has no entry.
     */
    prov_status (*find)(void *store_ctx, prov_str name, uint32_t layer, struct prov_param *out);
    /**
     * OPTIONAL. Begin a transaction; the changes of a profile follow. Absent: `txn_set` takes
     * effect at once.
     */
    prov_status (*txn_begin)(void *store_ctx, struct prov_error *err);
    /**
     * REQUIRED. Stage one change; texts borrowed for the call. `source` and `line` name the origin
     * of the value. `layer` is PROV_LAYER_USER only in a rollback, and only if the host has `find`.
     */
    prov_status (*txn_set)(void *store_ctx, const struct prov_param *param, struct prov_error *err);
    /** OPTIONAL. Make all staged changes durable, or none of them. */
    prov_status (*txn_commit)(void *store_ctx, struct prov_error *err);
    /**
     * OPTIONAL. Discard the staged changes. Called after a failed `txn_set`, not after a failed
     * `txn_commit`.
     */
    void (*txn_rollback)(void *store_ctx);
    /**
     * OPTIONAL. Return a number that changes whenever any value or access changes, and stays the
     * same over a reboot; 0: unknown. Absent: files are always fetched completely, never "only if
     * changed".
     *
     * Between `txn_begin` and `txn_commit` it is called after the last `txn_set`. Return the number
     * that the commit would produce; the file's validators are then saved in the same transaction
     * as the values. If it returns the number of the committed values instead, the validators are
     * saved in a transaction of their own.
     */
    uint64_t (*generation)(void *store_ctx);
    /**
     * OPTIONAL. Save a record of the library under a name (up to 16 letters `a`..`z`) so that it
     * survives a reboot. It replaces the record of that name; @p len 0 deletes it. The bytes may be
     * secret.
     *
     * Between `txn_begin` and `txn_commit` the record belongs to the transaction: it is durable
     * with the commit, or not saved. Otherwise it is durable when the call returns. Absent: no
     * record survives a reboot.
     */
    prov_status (*save)(void *store_ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err);
    /**
     * OPTIONAL, with `save`. Return a saved record, with the parameters of `get`. Not called inside
     * a transaction.
     */
    prov_status (*load)(void *store_ctx, prov_str name, void *buf, size_t cap, size_t *len);
};

#ifdef __cplusplus
}
#endif

#endif
