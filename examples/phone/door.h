/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the doors of the phone, web and SIP, have in common. */
#ifndef PHONE_DOOR_H
#define PHONE_DOOR_H

#include <provision/provision.h>

#include "host.h"

/** Parameters of the phone, for the functions of <provision/action.h>. */
struct prov_param_source door_params(const struct phone *phone);

/**
 * Judge an action, and carry it out if all gates are open: by the agent, or what is the host's by
 * the phone itself.
 *
 * @param[in,out] verdict  `size` set by the caller. REFUSE for what the phone cannot do.
 * @return As prov_agent_act().
 */
prov_status door_act(struct phone *phone, const struct prov_action *action,
                     const struct prov_action_client *client, struct prov_verdict *verdict,
                     struct prov_error *err);

#endif
