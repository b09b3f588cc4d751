/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * When to resync: a pure step function `(state, event, world) → (state, action)`. Usable alone.
 *
 * It reads no clock and draws no random number: both come in `struct prov_world`, so a recorded
 * trace replays bit for bit. Source: MPP Administration Guide 11.3, "Provisioning", the resync
 * parameters; docs/scheduling.md.
 */
#ifndef PROVISION_SCHED_H
#define PROVISION_SCHED_H

#include <provision/base.h>
#include <provision/dialect.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Clocks, entropy and line state at one moment. The scheduler reads no clock itself, so that a test
 * can let years pass in a loop; the caller reads all of them once before each step.
 */
struct prov_world {
    size_t size;
    int64_t mono_ms;      /**< since any fixed point, 0..2^61; while it is behind an earlier value,
                               no time passes */
    int64_t wall_s;       /**< UTC seconds since 1970; used only if `wall_valid` */
    int32_t utc_offset_s; /**< local time minus UTC, daylight saving included */
    uint32_t entropy;     /**< fresh uniform random bits */
    uint8_t wall_valid;   /**< 1: the clock has been set */
    uint8_t is_idle;      /**< 1: no line is active */
    uint8_t reserved[6];  /**< 0 */
};

/**
 * The parameters that control the scheduler; borrowed for each step, never stored. Zero is a value
 * here, not the parameter's default: with zeros alone provisioning is disabled. Set each to the
 * stored value, or to that of prov_catalogue_default().
 */
struct prov_sched_settings {
    size_t size;
    const struct prov_dialect *dialect; /**< NULL: MPP */
    prov_str periodic;         /**< Resync_Periodic, seconds: `n`, `n+m`, comma list; 0 or empty:
                                    off; malformed: the default is used */
    prov_str error_retry;      /**< Resync_Error_Retry_Delay, same form */
    prov_str resync_at;        /**< Resync_At__HHmm_; empty or invalid: off */
    uint32_t at_random_s;      /**< Resync_At_Random_Delay */
    uint32_t random_delay;     /**< Resync_Random_Delay, units of 20 s */
    uint32_t forced_delay_s;   /**< Forced_Resync_Delay */
    uint8_t provision_enable;  /**< Provision_Enable */
    uint8_t on_reset;          /**< Resync_On_Reset */
    uint8_t from_sip;          /**< Resync_From_SIP */
    uint8_t after_upgrade;     /**< Resync_After_Upgrade_Attempt */
    uint8_t user_configurable; /**< User_Configurable_Resync */
    uint8_t has_triggers;      /**< 1: Resync_Trigger_1 or _2 is not empty */
    /**
     * 1: a gate or a trigger cannot be read at present. No resync starts, no due or requested
     * resync is dropped, and `due_ms` is at most half a minute away.
     */
    uint8_t unreadable;
    uint8_t reserved[1]; /**< 0 */
    /** Shortest period and retry; smaller elements of the lists count as this. 0: 30 s. */
    uint32_t floor_s;
    /**
     * Upper bound of an extra delay after power-up, the same at every boot of one device; 0: none.
     * If it is more than 30 s, also the width of the delay after a link change and after sleep.
     */
    uint32_t jitter_s;
    /**
     * Upper bound of an extra delay added to each retry, the same for the n-th retry of one device.
     */
    uint32_t retry_jitter_s;
    uint64_t jitter_seed; /**< seed of both delays, e.g. the MAC address as a number */
};

/** Why a resync is wanted. */
enum prov_cause {
    PROV_CAUSE_NONE = 0,          /**< no resync is wanted */
    PROV_CAUSE_POWER_UP = 1,      /**< the device started: Resync_On_Reset */
    PROV_CAUSE_AFTER_UPGRADE = 2, /**< an upgrade attempt ended: Resync_After_Upgrade_Attempt */
    PROV_CAUSE_PERIODIC = 3,      /**< Resync_Periodic */
    PROV_CAUSE_AT = 4,            /**< Resync_At */
    PROV_CAUSE_RETRY = 5,         /**< after a failed resync */
    PROV_CAUSE_SIP = 6,           /**< NOTIFY resync, check-sync */
    PROV_CAUSE_URL = 7,           /**< /admin/resync */
    PROV_CAUSE_MENU = 8,          /**< the phone's own menu */
    PROV_CAUSE_XML = 9,           /**< Cisco XML, by HTTP */
    PROV_CAUSE_XML_SIP = 10,      /**< Cisco XML, by NOTIFY */
    PROV_CAUSE_HOST = 11, /**< prov_agent_request() by the firmware itself; only Provision_Enable */
    PROV_CAUSE_TRIGGER = 12, /**< a Resync_Trigger became true (SPA dialect) */
};

/**
 * The value of `$PRVST` for a cause.
 *
 * @param cause  enum prov_cause.
 * @return -1 explicit, 0 power-up, 1 periodic, 2 retry.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API int32_t prov_cause_prvst(uint32_t cause);

/** Changes of a device's network link. Numbers are never reused. */
enum prov_network {
    PROV_NETWORK_LOST = 1,    /**< no server can be reached */
    PROV_NETWORK_BACK = 2,    /**< servers may be reached again */
    PROV_NETWORK_CHANGED = 3, /**< the device has a new address; otherwise as BACK */
};

/** Events of a scheduler. */
enum prov_sched_event_type {
    PROV_SCHED_BOOT = 1,     /**< first event: `cause` POWER_UP, AFTER_UPGRADE, or NONE for a reboot
                                   that the library itself asked for */
    PROV_SCHED_TICK = 2,     /**< time passed, lines or settings may have changed */
    PROV_SCHED_REQUEST = 3,  /**< a resync is requested: `cause` */
    PROV_SCHED_TRIGGERS = 4, /**< answer to PROV_SCHED_ASK_TRIGGERS: `ok` */
    PROV_SCHED_DONE = 5,     /**< the started resync ended: `ok`, `unchanged`, `retry_after_s` */
    PROV_SCHED_UPGRADED = 6, /**< an upgrade attempt ended, successful or not */
    /**
     * The resync that runs or waits was cancelled. A resync that runs, or that a timer made due,
     * counts as failed, so its retry is armed; a request that waits is dropped. Otherwise nothing
     * changes.
     */
    PROV_SCHED_CANCELLED = 7,
    /**
     * The link changed: `network`. While it is lost, all timers run. BACK and CHANGED move an error
     * retry to a random moment within 30 s, or within `jitter_s` if that is more; never to a later
     * one, never below `floor_s` or Retry-After, and each retry once. Any order, any number.
     */
    PROV_SCHED_NETWORK = 8,
};

/** One event: something that happened since the step before. */
struct prov_sched_event {
    size_t size;
    uint32_t type;         /**< enum prov_sched_event_type */
    uint32_t cause;        /**< enum prov_cause, where the type names it */
    uint8_t ok;            /**< DONE: it succeeded; TRIGGERS: at least one is true */
    uint8_t unchanged;     /**< DONE: all fetched values were equal to the stored ones */
    uint8_t network;       /**< NETWORK: enum prov_network */
    uint8_t reserved[5];   /**< 0 */
    int64_t retry_after_s; /**< DONE: a server's Retry-After; -1: none; 0 has no effect */
};

/** The caller's next action, the result of a step. The scheduler itself does nothing. */
enum prov_sched_action_type {
    PROV_SCHED_WAIT = 0,         /**< nothing until `due_ms` or the next event */
    PROV_SCHED_START = 1,        /**< start a resync for `cause` now; answer with PROV_SCHED_DONE */
    PROV_SCHED_ASK_TRIGGERS = 2, /**< evaluate Resync_Trigger_1/2 now; answer PROV_SCHED_TRIGGERS */
    PROV_SCHED_REFUSED = 3,      /**< the request is refused for the reason `why` */
};

/** Reason that delays a resync, or makes the next one due. */
enum prov_sched_why {
    PROV_WHY_NOTHING = 0,    /**< nothing is scheduled: all timers are off */
    PROV_WHY_TIMER = 1,      /**< the timer of `cause` runs */
    PROV_WHY_LINE = 2,       /**< waiting for lines to be idle */
    PROV_WHY_IDLE_DELAY = 3, /**< lines idle, Forced_Resync_Delay counts down */
    PROV_WHY_TRIGGER = 4,    /**< Resync_Trigger_1/2 are not true */
    PROV_WHY_RUNNING = 5,    /**< a resync runs */
    PROV_WHY_DISABLED = 6,   /**< Provision_Enable is No */
    PROV_WHY_FORBIDDEN = 7,  /**< the parameter gating this cause is No */
    PROV_WHY_CLOCK = 8,      /**< Resync_At waits for the clock to be set, and no period is on */
    PROV_WHY_UNREADABLE = 9, /**< a gate or a trigger cannot be read; it is read again soon */
    PROV_WHY_NETWORK = 10,   /**< an error retry, while the link is lost: soon after it is back, at
                                  the latest when its timer ends */
};

/**
 * Result of a step and of prov_sched_due(). Times are those of the `mono_ms` clock.
 *
 * For a log, report changes of `cause`, `why`, `retry` and `expected_ms`; `due_ms` may also change
 * only because the clock has to be read again.
 */
struct prov_sched_action {
    size_t size;
    uint32_t type;       /**< enum prov_sched_action_type */
    uint32_t cause;      /**< of the resync started, awaited or refused */
    uint32_t why;        /**< enum prov_sched_why */
    uint32_t retry;      /**< number of the error retry awaited or started, from 1; 0 none */
    int64_t due_ms;      /**< step again then at the latest; -1: not by time */
    uint32_t n_retries;  /**< elements of the retry list, when `retry` is not 0 */
    uint32_t reserved;   /**< 0 */
    int64_t since_ms;    /**< time the timer was armed, or became due; -1: neither */
    int64_t expected_ms; /**< when the resync starts if nothing changes; -1: not known */
};

/**
 * A scheduler: plain memory without pointers, which may be copied. The owner zeroes it and must not
 * read its content. Frozen for good.
 */
struct prov_sched {
    uint64_t opaque[24]; /**< not to be read */
};

/**
 * Take one step.
 *
 * @param[in,out] sched     All zero before the first event, which is PROV_SCHED_BOOT. Not NULL.
 * @param         event     Borrowed for the call.
 * @param         settings  Borrowed for the call; read afresh each time.
 * @param         world     Borrowed for the call.
 * @param[out]    action    `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_STATE for an event that cannot happen now (state unchanged);
 *         PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_sched_step(struct prov_sched *sched, const struct prov_sched_event *event,
                                     const struct prov_sched_settings *settings,
                                     const struct prov_world *world,
                                     struct prov_sched_action *action);

/**
 * Return the next due action and its reason, without changing the scheduler.
 *
 * @param      sched   Borrowed for the call. Not NULL.
 * @param[out] action  As from a step that found nothing new. `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_sched_due(const struct prov_sched *sched,
                                    struct prov_sched_action *action);

/** Room that is enough for prov_sched_save() of this release and of those to come. */
#define PROV_SCHED_SAVED_MAX 128

/**
 * Save the state that should survive a reboot: the positions in the retry and period lists, the
 * remaining time of the timer, and the day whose Resync_At is done. Call it before a wanted reboot,
 * and after each failed resync, so that a device that reboots repeatedly does not lose its
 * back-off.
 *
 * @param      sched   Borrowed for the call. Not NULL.
 * @param      now_ms  On the `mono_ms` clock.
 * @param[out] buf     Receives at most PROV_SCHED_SAVED_MAX bytes. May be NULL when @p cap is 0.
 * @param[out] len     Bytes needed; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT when @p cap is too small; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_sched_save(const struct prov_sched *sched, int64_t now_ms, void *buf,
                                     size_t cap, size_t *len);

/**
 * Restore a saved state, before PROV_SCHED_BOOT. The lists continue at their saved positions. If
 * the boot causes no resync, the timer also runs for its remaining time.
 *
 * @param[out] sched  Overwritten on success, otherwise unchanged. Not NULL.
 * @param      data   From prov_sched_save(); borrowed for the call.
 * @return PROV_OK; PROV_E_CORRUPT: damaged, start without it; PROV_E_UNSUPPORTED: the format of
 *         another release, start without it; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_sched_restore(struct prov_sched *sched, const void *data, size_t len);

/**
 * Return one delay of a list such as `600,1200+30,300`; the last element repeats for ever.
 *
 * @param      text     Parameter value in seconds. Blanks around numbers are fine. Borrowed for the
 *                      call.
 * @param      index    0-based position.
 * @param      entropy  Uniform bits, used for `a+b`: uniform in `a`..`a+b`, both included.
 * @param[out] delay_ms Milliseconds; -1: disabled (empty, or 0 reached). Not NULL.
 * @return PROV_OK; PROV_E_SYNTAX when any part of the list is not a delay; PROV_E_INVALID.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_delays_get(prov_str text, uint32_t index, uint32_t entropy,
                                     int64_t *delay_ms);

#ifdef __cplusplus
}
#endif

#endif
