/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The migration licence: the file that authorizes a device to install firmware of another kind, as
 * `Trans_Auth_Rule` and `Trans_Auth_Type` describe it. A program that does not call
 * prov_agent_enable_migration() links none of it from the static library.
 *
 * The licence's format is the vendor's secret: the host checks it. docs/migration.md describes the
 * steps.
 */
#ifndef PROVISION_MIGRATION_H
#define PROVISION_MIGRATION_H

#include <provision/agent.h>

#ifdef __cplusplus
extern "C" {
#endif

/** The authorization of a device; the names of these are the values of `$AUTHSTATUS`. */
enum prov_authorization {
    PROV_AUTHORIZATION_NONE = 0,    /**< `none` */
    PROV_AUTHORIZATION_CLASSIC = 1, /**< `classic`: by a licence */
    PROV_AUTHORIZATION_WXC = 2,     /**< `wxc`: by the vendor's cloud service */
};

/** A host's answer to a licence that it does not refuse. */
enum prov_licence {
    PROV_LICENCE_YES = 0,   /**< it authorizes this device, and is installed */
    PROV_LICENCE_LATER = 1, /**< not decided yet: the host calls prov_agent_set_authorization(), or
                                 the licence is fetched again after the retry delay */
};

/**
 * The host's side. Copied member by member; the object at `ctx` must outlive the agent.
 */
struct prov_migration_host {
    size_t size;
    void *ctx; /**< first argument of the callbacks */
    /**
     * REQUIRED. Check a licence that was fetched, and install it if it is valid for this device.
     *
     * @param      licence  The bytes as the server sent them, at most 64 KiB, not empty. Secret.
     *                      Borrowed for the call.
     * @param[out] answer   enum prov_licence; PROV_LICENCE_YES on entry.
     * @param[out] err      May receive the reason of a refusal, without the licence's content.
     * @return PROV_OK; PROV_E_CORRUPT: not a licence for this device. Every other status also
     *         refuses it, and so does an unknown @p answer. A refused licence is fetched again when
     *         `Transition_Authorization_Error_Retry_Delay` is over, when rule or type change, and
     *         after a start.
     */
    prov_status (*check)(void *ctx, prov_str licence, uint32_t *answer, struct prov_error *err);
    /**
     * OPTIONAL. `Trans_Auth_Type` is `WxC`: no licence is fetched; obtain the authorization from
     * the vendor's service and report it by prov_agent_set_authorization(). Called after a start
     * and when rule or type change. Absent: nothing is done for this type.
     */
    void (*begin_wxc)(void *ctx);
};

/**
 * Carry out `Trans_Auth_Rule`. Call it before the first prov_agent_process().
 *
 * @param host  Copied. Not NULL.
 * @return PROV_OK; PROV_E_STATE after the first prov_agent_process() or when it is enabled already;
 *         PROV_E_NOMEM; PROV_E_ABI; PROV_E_INVALID when `check` is missing.
 * @since 0.1. Not from any callback.
 */
PROV_API prov_status prov_agent_enable_migration(prov_agent *agent,
                                                 const struct prov_migration_host *host,
                                                 struct prov_error *err);

/**
 * Set the authorization, and so `$AUTHSTATUS`: after PROV_LICENCE_LATER, after `begin_wxc`, or when
 * the device has lost it. With `prov_host.save` it survives a reboot, and replaces
 * `prov_device.auth_status`.
 *
 * @param      authorization  enum prov_authorization. PROV_AUTHORIZATION_NONE: the rule is carried
 *                            out again, at once.
 * @param[out] err            Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_UNSUPPORTED before prov_agent_enable_migration(); PROV_E_STATE before the
 *         first prov_agent_process() and from a callback of the store; PROV_E_INVALID; PROV_E_NOMEM
 *         or any status of `prov_host.save`: it is in force, but not saved.
 * @since 0.1. Safe from the event callback and from those of struct prov_migration_host.
 */
PROV_API prov_status prov_agent_set_authorization(prov_agent *agent, uint32_t authorization,
                                                  struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
