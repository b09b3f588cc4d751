/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The URLs that a factory-fresh device tries if DHCP offers only a server. */
#include "jobs/activation_priv.h"

#include "base/str.h"
#include "fetch/attempt.h"
#include "fetch/log.h"

enum { MAX_SERVERS_BYTES = 64 * 1024 };

/* A server without scheme and port. */
static bool is_bare(prov_str server)
{
    bool is_bracketed = server.len > 0 && server.data[0] == '[';
    return is_bracketed ? server.data[server.len - 1] == ']'
                        : provi_str_find(server, ':') == server.len;
}

static prov_status add_by(struct provi_buffer *to, const struct prov_alloc *alloc, prov_str scheme,
                          prov_str servers)
{
    prov_status status = PROV_OK;
    prov_str server;
    while (status == PROV_OK && provi_str_split(&servers, ',', &server)) {
        if (!is_bare(server))
            continue;
        status = provi_buffer_add(to, alloc, ",", 1);
        if (status == PROV_OK)
            status = provi_buffer_add(to, alloc, scheme.data, scheme.len);
        if (status == PROV_OK)
            status = provi_buffer_add(to, alloc, server.data, server.len);
    }
    return status;
}

/* MPP Administration Guide: try a bare address by tftp, http and https. Without memory, by tftp
 * only. */
static void plan_servers(struct provi_activation *activation, prov_str servers)
{
    struct provi_buffer *planned = &activation->servers;
    const struct prov_alloc *alloc = &provi_activation_env(activation)->alloc;
    prov_status status = provi_buffer_add(planned, alloc, servers.data, servers.len);
    if (status == PROV_OK)
        status = add_by(planned, alloc, PROVI_LIT("http://"), servers);
    if (status == PROV_OK)
        status = add_by(planned, alloc, PROVI_LIT("https://"), servers);
    if (status == PROV_OK)
        provi_activation_fetcher(activation)->factory_servers = provi_buffer_str(planned);
}

void provi_activation_plan_places(struct provi_activation *activation)
{
    struct provi_env *env = provi_activation_env(activation);
    struct provi_fetcher *fetcher = provi_activation_fetcher(activation);
    bool is_domain = provi_dhcp_is_domain(fetcher);
    fetcher->factory_servers = fetcher->other_rule = PROVI_LIT("");
    provi_buffer_free(&activation->servers, &env->alloc);
    provi_buffer_init(&activation->servers, MAX_SERVERS_BYTES, true);
    if (env->dialect.id != PROV_DIALECT_MPP || provi_dhcp_rule(fetcher).len ||
        provi_param_is_stored(&env->params, PROVI_LIT("Profile_Rule")))
        return;
    fetcher->other_rule = is_domain ? PROVI_LIT("/Cisco/$MA.cfg") : PROVI_LIT("/Cisco/$PN/$MA.cfg");
    if (!is_domain)
        plan_servers(activation, provi_dhcp_servers(fetcher));
}

bool provi_activation_other_place(struct provi_attempt *attempt)
{
    struct provi_fetcher *fetcher = attempt->fetcher;
    struct provi_choice *choice = &attempt->choice;
    prov_str rule = fetcher->other_rule;
    if (attempt->fetch.status != PROV_E_NOT_FOUND || attempt->rule_number != 0 || rule.len == 0)
        return false;
    fetcher->other_rule = PROVI_LIT("");
    provi_log_text(fetcher, PROV_JOB_RESYNC, "Profile_Rule", PROV_SEVERITY_WARNING,
                   PROVI_LIT("the server does not have the file, the other place is tried"));
    provi_choice_free(choice, &fetcher->env->alloc);
    choice->rule = NULL;
    choice->text = rule;
    return provi_choice_make(choice, fetcher, &attempt->error) == PROV_OK;
}
