/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shared by the doors of the phone, HTTP and SIP. */
#ifndef PHONE_DOOR_H
#define PHONE_DOOR_H

#include <provision/provision.h>

#include "host.h"

/** The parameters of the phone, for the functions of <provision/action.h>. */
struct prov_param_source door_params(const struct phone *phone);

/**
 * Check an action, and carry it out if all gates are open: by the agent, or by the phone if the
 * action is the host's.
 *
 * @param[in,out] verdict  `size` set by the caller. REFUSE if the phone cannot carry it out.
 * @return As prov_agent_act().
 */
prov_status door_act(struct phone *phone, const struct prov_action *action,
                     const struct prov_action_client *client, struct prov_verdict *verdict,
                     struct prov_error *err);

/** Whether the action was, or is to be, carried out. */
bool door_is_obeyed(const struct prov_verdict *verdict);

#endif
