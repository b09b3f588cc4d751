/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Events that the library reports to the host, one struct for each kind. docs/host-contract.md
 * describes them in detail.
 */
#ifndef PROVISION_EVENT_H
#define PROVISION_EVENT_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Jobs of a device, as bits. Bits are never reused; ignore unknown jobs. */
enum prov_job {
    PROV_JOB_RESYNC = 1 << 0,      /**< Profile_Rule and B, C, D, or one rule on request */
    PROV_JOB_CUSTOM_CA = 1 << 1,   /**< Custom_CA_Rule */
    PROV_JOB_FETCH = 1 << 2,       /**< files that the host fetches: prov_agent_fetch() */
    PROV_JOB_ROLLBACK = 1 << 3,    /**< commits that wait for prov_agent_confirm() */
    PROV_JOB_REBOOT = 1 << 4,      /**< the reboot that changed parameters need, or a request */
    PROV_JOB_LOG = 1 << 5,         /**< log messages on their way to a server */
    PROV_JOB_UPGRADE = 1 << 6,     /**< Upgrade_Rule, or an upgrade on request */
    PROV_JOB_REPORT = 1 << 7,      /**< Report_Rule */
    PROV_JOB_MIGRATION = 1 << 8,   /**< Trans_Auth_Rule */
    PROV_JOB_RENEWAL = 1 << 9,     /**< MIC_Cert_Refresh_Rule */
    PROV_JOB_ACTIVATION = 1 << 10, /**< the activation code, and first contact */
    PROV_JOB_PROFILE = 1 << 11,    /**< a profile of the host's: prov_agent_apply(), which neither
                                        runs nor waits: its state is PROV_STATE_ABSENT */
};

/**
 * Kinds of events; each names the member of `prov_event.as` that it uses. Numbers are never reused;
 * ignore unknown kinds.
 */
enum prov_event_type {
    PROV_EVENT_LOG = 1,       /**< `log`: a log message, or a failure outside of a resync */
    PROV_EVENT_REQUEST = 2,   /**< `progress`: a file is requested; 0 bytes so far */
    PROV_EVENT_PROGRESS = 3,  /**< `progress`: bytes arrived; sent for the first and the last bytes,
                                   and at most four times a second in between */
    PROV_EVENT_CHANGED = 4,   /**< `change`: a parameter was committed */
    PROV_EVENT_RESULT = 5,    /**< `result`: one rule was processed */
    PROV_EVENT_RESYNC = 6,    /**< `result`: the whole resync ended. `cause`, `outcome`,
                                   `n_changed`, `needs` and `error` are of the whole, the other
                                   fields of the rule that decided the outcome */
    PROV_EVENT_SCHEDULED = 7, /**< `schedule`: the next due resync, whenever it changes */
    PROV_EVENT_WARNING = 8,   /**< `warning`: about a profile or a parameter */
    PROV_EVENT_CREDENTIALS_WANTED = 9, /**< `question`: a server requires credentials that are
                                            missing or rejected; the host answers with
                                            prov_agent_set_credentials() */
    PROV_EVENT_REBOOT_WANTED = 10,     /**< `reboot`: a changed parameter takes effect after a
                                            reboot, or a reboot was requested */
    PROV_EVENT_UNCONFIRMED = 11,       /**< `unconfirmed`: a commit waits for confirmation */
    PROV_EVENT_CONFIRMED = 12,         /**< the commit was confirmed; the values stay */
    PROV_EVENT_ROLLED_BACK = 13,       /**< `rollback`: the old values were restored, or could not
                                            be restored yet */
    PROV_EVENT_DEFERRED = 14,          /**< `deferral`: the host defers a stage */
    PROV_EVENT_UPGRADE = 15,           /**< `upgrade`: an upgrade took a step, or ended */
    PROV_EVENT_ACTIVATION = 16, /**< `activation`: the state of activation and first contact, or the
                                     outcome of a code; see activation.h */
};

/** Severities of log messages, as in RFC 5424. */
enum prov_severity {
    PROV_SEVERITY_ERROR = 3,   /**< a rule or a job failed, or a parameter cannot be read */
    PROV_SEVERITY_WARNING = 4, /**< the agent continues; something must be corrected */
    PROV_SEVERITY_NOTICE = 5, /**< of a host's own message, see prov_agent_log(); no event has it */
    PROV_SEVERITY_INFO = 6,   /**< a request, or a success */
};

/**
 * PROV_EVENT_LOG: a message that goes to `Syslog_Server` or `Debug_Server`; or, with `error`, a
 * failure that belongs to no resync: a message could not be sent (`server`), a parameter cannot be
 * read or is not valid (`name`), a trigger could not be evaluated (`rule`), or a record could not
 * be saved or used (`name`). The host writes it to its own log, and need not do anything else.
 *
 * Also the argument of prov_agent_log().
 */
struct prov_log_entry {
    size_t size;
    uint32_t severity;              /**< enum prov_severity */
    uint32_t reserved;              /**< 0 */
    prov_str text;                  /**< the message; secrets masked */
    prov_str rule;                  /**< rule that failed, e.g. `Custom_CA_Rule`; or empty */
    prov_str name;                  /**< parameter that holds the message, that cannot be read or is
                                         not valid; name of a record; or empty */
    prov_str server;                /**< log server that a message could not be sent to; or empty */
    const struct prov_error *error; /**< the failure; NULL: none */
};

/**
 * PROV_EVENT_REQUEST and PROV_EVENT_PROGRESS: the transfer of a file, for a progress bar. A new
 * request, e.g. to the next server of an offer, begins at 0 bytes again.
 */
struct prov_progress {
    size_t size;
    uint64_t bytes;     /**< of the body so far */
    int64_t total;      /**< announced; -1: unknown */
    uint64_t fetch;     /**< `prov_fetch.id`; 0 for other jobs */
    prov_str rule;      /**< parameter name, e.g. `Profile_Rule_B`; `fetch` with PROV_JOB_FETCH */
    prov_str url;       /**< without user; credentials in its query masked */
    prov_str server_ip; /**< numeric address; empty: not known */
};

/** Actions the host must take before changes have effect; bits of `needs`. */
enum prov_needs {
    PROV_NEEDS_RESTART = 1 << 0, /**< a parameter with PROV_PARAM_FLAG_RESTART changed */
    PROV_NEEDS_REBOOT = 1 << 1,  /**< a parameter with PROV_PARAM_FLAG_REBOOT changed */
};

/**
 * PROV_EVENT_CHANGED: one parameter that a commit has changed; it is in the store already. A host
 * that uses the parameter applies it now, or restarts or reboots later, by `needs`. Values are for
 * display: the store has them unmasked.
 */
struct prov_change {
    size_t size;
    uint32_t line;       /**< in the profile; 0: a rule assigned the value, or it was restored */
    uint32_t needs;      /**< PROV_NEEDS_… */
    prov_str rule;       /**< parameter name, e.g. `Profile_Rule_B`; `rollback`: it was restored */
    prov_str name;       /**< parameter */
    prov_str old_value;  /**< empty for secrets; others masked as by prov_rule_redact() */
    prov_str new_value;  /**< likewise */
    uint8_t is_secret;   /**< 1: both values are withheld */
    uint8_t access;      /**< enum prov_access, when it changed */
    uint8_t reserved[6]; /**< 0 */
};

/** Outcome of a rule or of a whole resync. */
enum prov_outcome {
    PROV_OUTCOME_NONE = 0,      /**< it has not ended */
    PROV_OUTCOME_APPLIED = 1,   /**< fetched, and something changed */
    PROV_OUTCOME_UNCHANGED = 2, /**< fetched; all values were equal to the stored ones, nothing was
                                     written */
    PROV_OUTCOME_SKIPPED = 3,   /**< the rule is empty or no alternative was chosen */
    PROV_OUTCOME_ASSIGNED = 4,  /**< the rule only assigns */
    PROV_OUTCOME_FORGIVEN = 5,  /**< the file does not exist, and Resync_Fails_On_FNF is No */
    PROV_OUTCOME_FAILED = 6,    /**< `error` holds the reason */
    PROV_OUTCOME_WAITING = 7,   /**< the rule is `gds://`: a person has to enter an activation code.
                                     No failure; see activation.h */
};

/** The account whose credentials a server requires, by `Profile_Authentication_Type`. */
enum prov_credentials {
    PROV_CREDENTIALS_NONE = 0,      /**< `Disabled`: the host is not asked */
    PROV_CREDENTIALS_HTTP = 1,      /**< an account at that server */
    PROV_CREDENTIALS_XSI_LOGIN = 2, /**< the user's account at the XSI service */
    PROV_CREDENTIALS_XSI_SIP = 3,   /**< the SIP line's account; its parameters hold no valid
                                         credentials */
};

/**
 * How a file was delivered. Times are milliseconds since the start of its last transfer, which also
 * those of `prov_connection` refer to; -1: that did not happen. Texts are printable ASCII, from the
 * last response; empty: not given, longer than 128 bytes, or not printable. Its announced length is
 * `prov_result.total`.
 */
struct prov_delivery {
    size_t size;
    int64_t first_byte_ms; /**< when the first byte of the body was received */
    int64_t last_byte_ms;  /**< the last one so far; where the transfer broke off, if it failed */
    int64_t commit_ms; /**< when its changed values or the custom CA were committed, or the host's
                            sink accepted its end */
    prov_str content_type; /**< Content-Type */
    prov_str coding;       /**< Content-Encoding */
    prov_str etag; /**< of the file, also when it was not modified; empty after a redirect */
};

/**
 * PROV_EVENT_RESULT, exactly one for each rule that was carried out, also for an empty one, and for
 * each prov_agent_fetch(); and PROV_EVENT_RESYNC, exactly one for each resync. It has the evidence
 * for the outcome: the rule, the server, the response, the file and the changes. The agent retries
 * a failure by itself, except that of a host's fetch.
 */
struct prov_result {
    size_t size;
    uint32_t cause;                       /**< enum prov_cause */
    uint32_t outcome;                     /**< enum prov_outcome */
    uint32_t needs;                       /**< PROV_NEEDS_… of the changes */
    int32_t alternative;                  /**< number of the chosen one; -1: none */
    int32_t code;                         /**< HTTP status; 0: none; 304: not modified; 416 with
                                               APPLIED: the host had the whole file */
    uint32_t encodings;                   /**< PROV_ENCODING_… found in the file */
    uint32_t derivation;                  /**< PROV_DERIVE_… that matched */
    uint32_t credentials;                 /**< enum prov_credentials; set beside PROV_E_AUTH */
    uint64_t bytes;                       /**< of the body */
    int64_t total;                        /**< announced; -1: unknown, or no file requested */
    uint64_t n_params;                    /**< parameters the profile named */
    uint64_t n_changed;                   /**< parameters whose value or access changed */
    uint64_t n_warnings;                  /**< of the profile */
    uint64_t fetch;                       /**< `prov_fetch.id`; 0 for other jobs */
    uint64_t offset;                      /**< position in the file of the first byte received */
    int64_t mono_ms;                      /**< when it ended, on the host's `mono_ms` clock */
    int64_t wall_s;                       /**< the same in UTC seconds; -1: the clock was not set */
    int64_t duration_ms;                  /**< from its start to its end, all waits included */
    prov_str rule;                        /**< parameter name, e.g. `Profile_Rule_B`; `fetch` with
                                               PROV_JOB_FETCH */
    prov_str text;                        /**< the rule as expanded, secrets masked */
    prov_str url;                         /**< without user; credentials in its query masked */
    prov_str server_ip;                   /**< numeric address; empty: not known */
    const struct prov_error *error;       /**< the failure; NULL: none */
    const struct prov_delivery *delivery; /**< NULL: no file was requested */
    const struct prov_connection *connection; /**< the last one; NULL: none was reported */
    const void *reserved;                     /**< NULL */
};

/**
 * PROV_EVENT_SCHEDULED: the next resync, and the reason for its time. For display only: the agent
 * starts the resync by itself.
 */
struct prov_schedule {
    size_t size;
    uint32_t cause;     /**< enum prov_cause of the next resync */
    uint32_t why;       /**< enum prov_sched_why */
    uint32_t retry;     /**< number of the next error retry; 0: none */
    uint32_t n_retries; /**< elements of the retry list, where `retry` is not 0 */
    int64_t in_ms;      /**< until the resync is due; -1: it does not depend on time */
};

/**
 * PROV_EVENT_WARNING: a part of a file, a parameter or a response was ignored or is probably a
 * mistake. The file is applied nevertheless; its author should correct it.
 */
struct prov_warning {
    size_t size;
    uint32_t kind; /**< enum prov_profile_warning */
    uint32_t line; /**< in the profile; 0: none */
    prov_str rule; /**< parameter name, e.g. `Profile_Rule_B`; empty: the text was in the store */
    prov_str name; /**< the parameter, or the header of a response */
    const struct prov_error *error; /**< why a value is not valid; or NULL */
};

/**
 * PROV_EVENT_CREDENTIALS_WANTED: a server answered 401, and there are no credentials for it, or
 * they were rejected. The host answers with prov_agent_set_credentials(), from within the event or,
 * with `in_ms` above 0, later; an empty user declines. Without an answer the rule fails with
 * PROV_E_AUTH.
 */
struct prov_question {
    size_t size;
    uint32_t credentials; /**< enum prov_credentials: which account */
    int32_t code;         /**< HTTP status */
    int64_t in_ms;        /**< the answer is accepted for this time; 0: within the event only */
    prov_str rule;        /**< parameter name, e.g. `Profile_Rule_B` */
    prov_str url;         /**< without user; credentials in its query masked */
    prov_str server_ip;   /**< numeric address; empty: not known */
    const struct prov_error *error; /**< the server's refusal. Not NULL */
    const void *reserved;           /**< NULL */
};

/**
 * PROV_EVENT_UNCONFIRMED: values were committed, and `prov_agent_options.confirm_timeout_s` is set.
 * The host checks that the device works with them, then calls prov_agent_confirm().
 */
struct prov_unconfirmed {
    size_t size;
    int64_t in_ms; /**< the commit is rolled back then, unless prov_agent_confirm() comes first */
};

/** Why commits were rolled back. */
enum prov_rollback {
    PROV_ROLLBACK_TIMEOUT = 1, /**< the host did not confirm in time */
    PROV_ROLLBACK_BOOT = 2,    /**< the device rebooted before the host confirmed */
};

/**
 * PROV_EVENT_ROLLED_BACK: an unconfirmed commit has ended. PROV_EVENT_CHANGED reports each
 * restored value. With `error` the store failed: the agent tries again by itself.
 */
struct prov_rolled_back {
    size_t size;
    uint32_t why;                   /**< enum prov_rollback */
    uint32_t reserved;              /**< 0 */
    uint64_t n_changed;             /**< parameters restored */
    const struct prov_error *error; /**< the values are not restored yet; NULL: they are */
    const void *reserved2;          /**< NULL */
};

/**
 * PROV_EVENT_REBOOT_WANTED: lines are idle, and no job runs: the host reboots the device. If
 * `cause` is NONE, it then sets `prov_agent_options.boot_cause` to PROV_CAUSE_HOST, so that the
 * reboot does not resync again; otherwise to 0. After an upgrade the agent itself counts the boot
 * as PROV_CAUSE_AFTER_UPGRADE.
 */
struct prov_reboot {
    size_t size;
    uint32_t cause;    /**< enum prov_cause of the request; AFTER_UPGRADE: an image is to be booted;
                            NONE: changed parameters need it */
    uint32_t reserved; /**< 0 */
};

/** The customization state of the phones: how a new device was provisioned. */
enum prov_customization {
    PROV_CUSTOMIZATION_OPEN = 0,    /**< nothing is configured, and no source has been asked yet */
    PROV_CUSTOMIZATION_ABORTED = 1, /**< provisioned by DHCP, by DNS or by hand; the service is not
                                         asked any more */
    PROV_CUSTOMIZATION_PENDING = 2, /**< the service is asked, or a person has to enter a code */
    PROV_CUSTOMIZATION_CUSTOM_PENDING = 3, /**< a service named the rule; no resync by it has
                                                succeeded yet */
    PROV_CUSTOMIZATION_ACQUIRED = 4,       /**< one has succeeded: `$ISCUST` is 1 */
    PROV_CUSTOMIZATION_UNAVAILABLE = 5,    /**< the service does not have this device; it is asked
                                                again once a day, and after each start */
};

/** The source of a device's first provisioning server. */
enum prov_contact {
    PROV_CONTACT_NONE = 0,    /**< none yet */
    PROV_CONTACT_DHCP = 1,    /**< a DHCP option */
    PROV_CONTACT_SRV = 2,     /**< SRV records of the domain in the DHCP lease */
    PROV_CONTACT_SERVICE = 3, /**< the activation service, asked without a code */
    PROV_CONTACT_CODE = 4,    /**< an activation code */
    PROV_CONTACT_HAND = 5,    /**< a stored `Profile_Rule` that comes from none of these */
};

/** The outcome of the last activation code. */
enum prov_code_outcome {
    PROV_CODE_NONE = 0,        /**< there was none, or it is being sent */
    PROV_CODE_ACCEPTED = 1,    /**< its rule is stored, and a resync follows */
    PROV_CODE_UNKNOWN = 2,     /**< HTTP 404 */
    PROV_CODE_USED = 3,        /**< HTTP 409 */
    PROV_CODE_EXPIRED = 4,     /**< HTTP 410 */
    PROV_CODE_WRONG_MODEL = 5, /**< HTTP 403: not for a device of this model */
    PROV_CODE_TOO_MANY = 6,    /**< HTTP 429: too many codes in a short time */
    PROV_CODE_NO_SERVICE = 7,  /**< the service cannot be reached, failed, or sent no rule; the code
                                    may be good */
    PROV_CODE_INTERRUPTED = 8, /**< the device restarted while the code was under way: the service
                                    may call it used now */
    PROV_CODE_NOT_STORED = 9,  /**< the service accepted it, and the device could not store the
                                    rules: PROV_EVENT_RESULT has the reason. The service may call it
                                    used now */
};

/**
 * PROV_EVENT_ACTIVATION, whenever one of its fields has changed, and for each outcome of a code;
 * also by prov_agent_activation_get(). A code is never part of it.
 */
struct prov_activation {
    size_t size;
    uint32_t state;         /**< enum prov_customization */
    uint32_t contact;       /**< enum prov_contact */
    uint32_t code;          /**< enum prov_code_outcome of the last code since the start */
    uint8_t is_code_wanted; /**< 1: a rule is `gds://`, and waits for PROV_VERB_ACTIVATE */
    uint8_t reserved[3];    /**< 0 */
    prov_str text;          /**< for the person who entered the code: `Invalid activation code`,
                        `Activation service not available` or `Activation cannot be stored`; empty:
                        nothing went wrong. Static */
};

/** Stages that the host may defer (`prov_host.defer_ms`). */
enum prov_stage {
    PROV_STAGE_FETCH = 0,    /**< a resync is about to begin */
    PROV_STAGE_APPLY = 1,    /**< a complete file was received and is about to be committed */
    PROV_STAGE_REBOOT = 2,   /**< PROV_EVENT_REBOOT_WANTED is about to be reported */
    PROV_STAGE_ROLLBACK = 3, /**< unconfirmed commits are about to be rolled back */
    PROV_STAGE_UPGRADE = 4,  /**< an upgrade is about to begin */
};

/** Step of an upgrade. */
enum prov_upgrade_step {
    PROV_UPGRADE_NONE = 0,      /**< none yet */
    PROV_UPGRADE_WAITING = 1,   /**< the host answered PROV_UPGRADE_PRESENCE_WAIT */
    PROV_UPGRADE_FETCHING = 2,  /**< its files are fetched */
    PROV_UPGRADE_INSTALLED = 3, /**< it is the image of the next boot; a reboot is wanted */
    PROV_UPGRADE_TESTING = 4,   /**< it runs, and waits for prov_agent_confirm_upgrade() */
    PROV_UPGRADE_SUCCEEDED = 5, /**< it runs and is confirmed */
    PROV_UPGRADE_FAILED = 6,    /**< `err` has the reason */
};

/** PROV_EVENT_UPGRADE: the upgrade under way, or the last one. */
struct prov_upgrade {
    size_t size;
    uint32_t step;           /**< enum prov_upgrade_step */
    uint32_t n_failed_boots; /**< how often the image failed to boot; 3: it is not tried again until
                                  Upgrade_Rule or its digest changes */
    int64_t in_ms;           /**< TESTING: until the confirmation is late; otherwise -1 */
    prov_str load;           /**< name of the image, as in `prov_upgrade_target` */
    prov_str version;        /**< as the host reported it; empty: it did not */
    prov_str url;            /**< without user, credentials in its query masked; empty: it was not
                                  fetched */
    prov_str err;            /**< `$UPGERR`: error of the last attempt; empty: none */
};

/**
 * PROV_EVENT_DEFERRED: `prov_host.defer_ms` has deferred a stage. prov_agent_notify() makes the
 * agent ask again at once.
 */
struct prov_deferral {
    size_t size;
    uint32_t stage;     /**< enum prov_stage */
    uint32_t reserved;  /**< 0 */
    int64_t in_ms;      /**< until the host is asked again */
    int64_t at_most_ms; /**< until the stage starts without asking the host again; time during which
                             it waits for idle lines is not counted */
};

/** Present state of a job. */
enum prov_job_state {
    PROV_STATE_ABSENT = 0,  /**< it is not enabled, or not a job of this release */
    PROV_STATE_IDLE = 1,    /**< nothing to do, and nothing is planned */
    PROV_STATE_WAITING = 2, /**< it will act: see `waits_for` */
    PROV_STATE_RUNNING = 3, /**< a rule is under way, or messages are being sent */
};

/** The reason why a job waits. */
enum prov_wait {
    PROV_WAIT_NOTHING = 0,
    PROV_WAIT_TIME = 1,  /**< `in_ms`; 0: the next prov_agent_process() */
    PROV_WAIT_LINES = 2, /**< idle lines; `in_ms`: until the delay behind a call is over, or
                                     lines are checked again */
    PROV_WAIT_HOST = 3,  /**< `prov_host.defer_ms` deferred the stage; asked again in `in_ms` */
    PROV_WAIT_CREDENTIALS = 4,  /**< prov_agent_set_credentials(), for `in_ms` */
    PROV_WAIT_OTHER_JOB = 5,    /**< another job runs, or has to run before */
    PROV_WAIT_CONFIRMATION = 6, /**< prov_agent_confirm(); rolled back in `in_ms` */
    PROV_WAIT_TRIGGER = 7,      /**< Resync_Trigger_1 or _2 */
    PROV_WAIT_CLOCK = 8,        /**< the wall clock is not set */
    PROV_WAIT_SETTINGS = 9,     /**< a parameter cannot be read; it is read again soon */
    PROV_WAIT_NETWORK = 10,     /**< prov_agent_network(): the link; at the latest in `in_ms` */
    PROV_WAIT_CODE = 11,        /**< an activation code: PROV_VERB_ACTIVATE */
};

/** Status of a job, by prov_agent_status(). */
struct prov_job_status {
    size_t size;
    uint32_t job;                         /**< enum prov_job, as asked for */
    uint32_t state;                       /**< enum prov_job_state */
    uint32_t waits_for;                   /**< enum prov_wait; NOTHING unless WAITING */
    uint32_t reserved;                    /**< 0 */
    int64_t in_ms;                        /**< see enum prov_wait; -1: it does not depend on time */
    const struct prov_progress *progress; /**< the file of the rule under way; NULL: none */
    /**
     * The last result: `mono_ms` and `wall_s` are the time of its end. `text` and `connection` are
     * left out; other texts are cut at 1,024 bytes. NULL: not yet since the start of the agent, or
     * there was no memory to keep it.
     */
    const struct prov_result *last;
    const struct prov_schedule *schedule; /**< RESYNC: the next one; NULL for other jobs */
    const void *reserved2;                /**< NULL */
};

/**
 * One event. The struct in `as`, its texts and its pointers are borrowed for the call. Each struct
 * has the library's size in `size`.
 */
struct prov_event {
    size_t size;
    uint32_t type; /**< enum prov_event_type */
    uint32_t job;  /**< enum prov_job; 0: the event is not of a single job */
    union {
        const struct prov_log_entry *log;
        const struct prov_progress *progress;
        const struct prov_change *change;
        const struct prov_result *result;
        const struct prov_schedule *schedule;
        const struct prov_warning *warning;
        const struct prov_question *question;
        const struct prov_unconfirmed *unconfirmed;
        const struct prov_rolled_back *rollback;
        const struct prov_deferral *deferral;
        const struct prov_reboot *reboot;
        const struct prov_upgrade *upgrade;
        const struct prov_activation *activation; /* activation.h */
        const void *reserved;                     /* NULL for kinds that have no struct */
    } as;                                         /**< which one: see enum prov_event_type */
};

#ifdef __cplusplus
}
#endif

#endif
