/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "door.h"

#include <string.h>
#include <strings.h>

#include "call.h"
#include "phone.h"

static prov_status get_param(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    prov_status status = prov_store_get(ctx, name, buf, cap, len);
    return status == PROV_OK && *len == 0 ? PROV_E_NOT_FOUND : status;
}

struct prov_param_source door_params(const struct phone *phone)
{
    return (struct prov_param_source){.get = get_param, .ctx = phone->store};
}

/* This phone has neither keys nor a screen; only `Dial:` has an effect: it begins a call. */
static bool run_uri(struct phone *phone, prov_str uri)
{
    static const char dial[] = "Dial:";
    if (uri.len < sizeof dial || strncasecmp(uri.data, dial, sizeof dial - 1) != 0)
        return false;
    call_begin(phone, 0);
    return true;
}

/* Carry out an action of the host. @return PROV_E_UNSUPPORTED if this phone cannot. */
static prov_status run(struct phone *phone, const struct prov_action *action,
                       struct prov_error *err)
{
    switch (action->kind) {
    case PROV_ACTION_URI: return run_uri(phone, action->text) ? PROV_OK : PROV_E_UNSUPPORTED;
    case PROV_ACTION_COLD_RESTART:
    case PROV_ACTION_WARM_RESTART: return phone_restart(phone, err);
    case PROV_ACTION_FACTORY_RESET: return phone_request_factory_reset(phone, err);
    default: return PROV_E_UNSUPPORTED;
    }
}

static void refuse(const struct prov_action *action, struct prov_verdict *verdict)
{
    enum { NOT_FOUND = 404 };
    bool is_item = action->flags & PROV_ACTION_FROM_XML;
    verdict->decision = PROV_DECISION_REFUSE;
    verdict->item_status = 1;
    verdict->reason = "not on this phone";
    if (!is_item && verdict->http_status)
        verdict->http_status = NOT_FOUND;
    if (verdict->sip_status)
        verdict->sip_status = NOT_FOUND;
}

prov_status door_act(struct phone *phone, const struct prov_action *action,
                     const struct prov_action_client *client, struct prov_verdict *verdict,
                     struct prov_error *err)
{
    prov_status status = prov_agent_act(phone->agent, action, client, verdict, err);
    if (status != PROV_OK || verdict->decision != PROV_DECISION_ASK_HOST)
        return status;
    status = run(phone, action, err);
    if (status == PROV_OK) {
        verdict->decision = PROV_DECISION_OBEY;
        verdict->item_status = 0;
    }
    if (status == PROV_E_UNSUPPORTED)
        refuse(action, verdict);
    return status == PROV_E_UNSUPPORTED ? PROV_OK : status;
}

bool door_is_obeyed(const struct prov_verdict *verdict)
{
    return verdict->decision == PROV_DECISION_OBEY || verdict->decision == PROV_DECISION_ASK_HOST;
}
