/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/dhcp.h"

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "fetch/fetcher.h"

/* More addresses than a DHCP option can hold. */
enum { MAX_SERVERS_BYTES = 16384 };

/* NULL is fine. */
static void discard(struct provi_dhcp *dhcp, const struct prov_alloc *alloc)
{
    if (!dhcp)
        return;
    provi_buffer_free(&dhcp->servers, alloc);
    provi_secret_clear(&dhcp->rule, alloc);
    provi_buffer_free(&dhcp->shown, alloc);
    provi_free(alloc, dhcp, sizeof *dhcp);
}

static struct provi_dhcp *make(struct provi_env *env)
{
    struct provi_dhcp *dhcp = provi_alloc_zero(&env->alloc, sizeof *dhcp);
    if (!dhcp)
        return NULL;
    provi_buffer_init(&dhcp->servers, MAX_SERVERS_BYTES, true);
    dhcp->at_ms = provi_env_now_ms(env);
    return dhcp;
}

/* The mask of a secret may be longer than the secret. */
static prov_status write_shown(struct provi_dhcp *dhcp, struct provi_env *env)
{
    prov_str text = provi_secret_str(&dhcp->rule);
    if (text.len == 0)
        text = provi_buffer_str(&dhcp->servers);
    provi_buffer_init(&dhcp->shown, 4 * text.len, false);
    return provi_redact(env, PROVI_LIT(""), text, &dhcp->shown, NULL);
}

static prov_status add_server(struct provi_dhcp *dhcp, const struct prov_alloc *alloc,
                              const struct prov_dhcp_offer *offer, size_t index)
{
    struct provi_buffer *servers = &dhcp->servers;
    size_t len;
    prov_status status = prov_dhcp_server_get(offer, index, NULL, 0, &len);
    if (status != PROV_E_LIMIT) /* the expected answer without a buffer */
        return status;
    status = provi_buffer_add(servers, alloc, ",", servers->len ? 1 : 0);
    if (status == PROV_OK)
        status = provi_buffer_reserve(servers, alloc, len);
    if (status != PROV_OK)
        return status;
    status = prov_dhcp_server_get(offer, index, servers->data + servers->len, len + 1, &len);
    servers->len += len;
    return status;
}

static prov_status copy_offer(struct provi_dhcp **out, struct provi_env *env,
                              const struct prov_dhcp_offer *offer, struct prov_error *err)
{
    const struct prov_alloc *alloc = &env->alloc;
    struct provi_dhcp *dhcp = make(env);
    prov_status status = dhcp ? PROV_OK : PROV_E_NOMEM;
    for (size_t i = 0; i < offer->n_servers && status == PROV_OK; i++)
        status = add_server(dhcp, alloc, offer, i);
    if (status == PROV_OK && (offer->kind == PROV_DHCP_URL || offer->kind == PROV_DHCP_RULE))
        status = provi_secret_set(&dhcp->rule, alloc, offer->text);
    if (status == PROV_OK)
        status = write_shown(dhcp, env);
    if (status == PROV_OK) {
        *out = dhcp;
        return PROV_OK;
    }
    discard(dhcp, alloc);
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    return provi_fail(err, status, "offer: %s", prov_status_text(status));
}

static bool is_usable(const struct prov_dhcp_offer *offer)
{
    bool is_sound = provi_str_is_sound(offer->bytes) && provi_str_is_sound(offer->text) &&
                    provi_str_is_sound(offer->scheme) && provi_str_is_sound(offer->host);
    return is_sound && offer->n_servers && offer->kind >= PROV_DHCP_SERVER &&
           offer->kind <= PROV_DHCP_DOMAIN;
}

prov_status provi_dhcp_offer(struct provi_fetcher *fetcher, const struct prov_dhcp_offer *offer,
                             struct prov_error *err)
{
    struct prov_dhcp_offer own;
    struct provi_dhcp *dhcp = NULL;
    const struct prov_alloc *alloc = &fetcher->env->alloc;
    prov_status status = provi_abi_in(&own, sizeof own, offer, err);
    if (status != PROV_OK)
        return status;
    if (offer && !is_usable(&own))
        return provi_fail_invalid(err, "offer is not usable");
    if (offer)
        status = copy_offer(&dhcp, fetcher->env, &own, err);
    if (status != PROV_OK)
        return status;
    discard(fetcher->next_dhcp, alloc);
    fetcher->next_dhcp = dhcp;
    fetcher->has_next_dhcp = true;
    fetcher->n_offers += offer != NULL;
    return PROV_OK;
}

prov_status provi_dhcp_set_server(struct provi_fetcher *fetcher, prov_str server,
                                  struct prov_error *err)
{
    const struct prov_alloc *alloc = &fetcher->env->alloc;
    if (server.len == 0)
        return PROV_OK;
    fetcher->dhcp = make(fetcher->env);
    prov_status status =
        fetcher->dhcp ? provi_buffer_add(&fetcher->dhcp->servers, alloc, server.data, server.len)
                      : PROV_E_NOMEM;
    if (status == PROV_OK)
        status = write_shown(fetcher->dhcp, fetcher->env);
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    return status == PROV_OK ? status : provi_fail(err, status, "options.dhcp_server is too long");
}

void provi_dhcp_adopt(struct provi_fetcher *fetcher)
{
    if (!fetcher->has_next_dhcp)
        return;
    discard(fetcher->dhcp, &fetcher->env->alloc);
    fetcher->dhcp = fetcher->next_dhcp;
    fetcher->next_dhcp = NULL;
    fetcher->has_next_dhcp = false;
}

prov_str provi_dhcp_servers(const struct provi_fetcher *fetcher)
{
    return fetcher->dhcp ? provi_buffer_str(&fetcher->dhcp->servers) : PROVI_LIT("");
}

bool provi_dhcp_has_domain(const struct provi_dhcp *dhcp)
{
    return dhcp && provi_str_starts(provi_buffer_str(&dhcp->servers), PROVI_LIT("https://_"));
}

bool provi_dhcp_is_domain(const struct provi_fetcher *fetcher)
{
    return provi_dhcp_has_domain(fetcher->dhcp);
}

const struct provi_dhcp *provi_dhcp_latest(const struct provi_fetcher *fetcher)
{
    return fetcher->has_next_dhcp ? fetcher->next_dhcp : fetcher->dhcp;
}

prov_str provi_dhcp_rule(const struct provi_fetcher *fetcher)
{
    return fetcher->dhcp ? provi_secret_str(&fetcher->dhcp->rule) : PROVI_LIT("");
}

void provi_dhcp_free(struct provi_fetcher *fetcher)
{
    discard(fetcher->dhcp, &fetcher->env->alloc);
    discard(fetcher->next_dhcp, &fetcher->env->alloc);
}
