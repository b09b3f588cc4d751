/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The history that a phone shows: its last five reboots, and its last three downloads each of
 * profiles and firmware. A program that does not call prov_agent_enable_history() links none of it
 * from the static library. docs/history.md describes the records.
 */
#ifndef PROVISION_HISTORY_H
#define PROVISION_HISTORY_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Entries of each list; a further one replaces the oldest. */
enum {
    PROV_HISTORY_REBOOTS = 5,
    PROV_HISTORY_DOWNLOADS = 3,
};

/** Why a device rebooted, as phones list it. Numbers are never reused. */
enum prov_reboot_reason {
    PROV_REBOOT_UPGRADE = 1,        /**< an attempt to upgrade the firmware, failed or not */
    PROV_REBOOT_PROVISIONING = 2,   /**< changed parameters need it */
    PROV_REBOOT_SIP_TRIGGERED = 3,  /**< a SIP request */
    PROV_REBOOT_RC = 4,             /**< remote customization */
    PROV_REBOOT_USER_TRIGGERED = 5, /**< a user or an administrator, also by an action URL */
    PROV_REBOOT_IP_CHANGED = 6,     /**< the device's address changed */
};

/** One reboot of the device. */
struct prov_past_reboot {
    size_t size;
    uint32_t reason;      /**< enum prov_reboot_reason */
    int32_t utc_offset_s; /**< of local time, when it was recorded */
    int64_t wall_s;       /**< when it was about to happen, UTC seconds; -1: the clock was not
                                set */
    prov_str text;        /**< as phones show it, in local time: `[08/10/14 14:03:43]Provisioning`;
                                without a clock `Provisioning` */
};

/** How the download of a profile or of firmware ended. */
struct prov_past_download {
    size_t size;
    uint32_t outcome;     /**< enum prov_outcome */
    int32_t status;       /**< enum prov_status of the failure; PROV_OK: none */
    int32_t code;         /**< HTTP status; 0: none */
    int32_t utc_offset_s; /**< of local time, when it ended */
    int64_t wall_s;       /**< when it ended, UTC seconds; -1: the clock was not set */
    prov_str url;         /**< without user; credentials in its query masked; at most 192 bytes.
                               Empty: it failed before a file was requested */
    prov_str message;     /**< `prov_error.message` of the failure; empty: none */
};

/**
 * Record the history, with `prov_host.save` and `load` also over reboots. Call it before the first
 * prov_agent_process(), which loads it.
 *
 * @param err  Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_INVALID for NULL.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_history(prov_agent *agent, struct prov_error *err);

/**
 * Record that the device is about to reboot for a reason that only the host has. A reboot that
 * PROV_EVENT_REBOOT_WANTED asks for is recorded without this call; within that event it replaces
 * the reason, e.g. by PROV_REBOOT_IP_CHANGED for a reboot that the host itself requested.
 *
 * @param reason  enum prov_reboot_reason.
 * @param err     Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_UNSUPPORTED without prov_agent_enable_history(); PROV_E_STATE before the
 *         first prov_agent_process(), or in a callback of the store; PROV_E_INVALID: NULL, or no
 *         such reason; any status of the host's `save`: the reboot will be missing after the boot.
 * @since 0.1. Safe from the event callback.
 */
PROV_API prov_status prov_agent_record_reboot(prov_agent *agent, uint32_t reason,
                                              struct prov_error *err);

/**
 * Return one of the last reboots.
 *
 * @param      index  0 is the latest; below PROV_HISTORY_REBOOTS.
 * @param[out] out    `size` set by the caller. `text` is borrowed until this function is called
 *                    again, or until the agent is freed. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND past the oldest; PROV_E_UNSUPPORTED without
 *         prov_agent_enable_history(); PROV_E_ABI; PROV_E_INVALID for NULL.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_agent_reboot_get(prov_agent *agent, size_t index,
                                           struct prov_past_reboot *out);

/**
 * Return one of the last downloads.
 *
 * @param      job    PROV_JOB_RESYNC: resyncs, each with the rule that decided its outcome;
 *                    PROV_JOB_UPGRADE: attempts to upgrade the firmware.
 * @param      index  0 is the latest; below PROV_HISTORY_DOWNLOADS.
 * @param[out] out    `size` set by the caller. Texts are borrowed until the next
 *                    prov_agent_process(), or until the agent is freed. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND past the oldest; PROV_E_UNSUPPORTED without
 *         prov_agent_enable_history(); PROV_E_ABI; PROV_E_INVALID for NULL or another job.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_agent_download_get(prov_agent *agent, uint32_t job, size_t index,
                                             struct prov_past_download *out);

#ifdef __cplusplus
}
#endif

#endif
