/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_service.h"

const struct prov_activation_host activation_services = {
    .size = sizeof activation_services,
    .code_url = {ACTIVATION_CODE_URL, sizeof ACTIVATION_CODE_URL - 1},
    .contact_url = {ACTIVATION_CONTACT_URL, sizeof ACTIVATION_CONTACT_URL - 1},
};

prov_status activation_enter(struct device *d, prov_str code, struct prov_error *err)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = PROV_VERB_ACTIVATE,
        .cause = PROV_CAUSE_MENU,
        .rule = code,
    };
    return prov_agent_request(d->agent, &request, err);
}
