/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/permit.h"

#include "agent/agent_priv.h"
#include "base/error.h"
#include "base/str.h"

#define LIST "Restricted_Access_Domains"

/* Names are whole: `voiceip.com` does not cover `a.voiceip.com`. Nothing listed permits all. */
static bool is_listed(prov_str list, prov_str host)
{
    bool is_empty = true;
    prov_str name;
    while (provi_str_split(&list, ',', &name)) {
        name = provi_str_trim(name);
        if (name.len && provi_str_eq_nocase(name, host))
            return true;
        is_empty &= name.len == 0;
    }
    return is_empty;
}

static prov_status check_list(struct prov_agent *agent, prov_str host, struct prov_error *err)
{
    struct provi_buffer list;
    provi_buffer_init(&list, agent->limits.max_value_bytes, false);
    prov_status status = provi_param_read(&agent->params, PROVI_LIT(LIST), &agent->alloc, &list);
    if (status != PROV_OK)
        provi_fail(err, status, LIST " cannot be read: %s", prov_status_text(status));
    else if (!is_listed(provi_buffer_str(&list), host))
        status =
            provi_fail(err, PROV_E_POLICY, "server is not among " LIST ": %.*s", PROVI_STR(host));
    provi_buffer_free(&list, &agent->alloc);
    return status;
}

prov_status provi_permit(struct prov_agent *agent, prov_str host, prov_str url,
                         struct prov_error *err)
{
    prov_status status = check_list(agent, host, err);
    if (status != PROV_OK || !agent->host.check_url)
        return status;
    return provi_host_status(agent->host.check_url(agent->host.ctx, url, err), err);
}
