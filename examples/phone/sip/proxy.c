/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/priv.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

enum { VALUE_CAP = 512, NAME_CAP = 40 };

/* Cut the host out of `[sip:]HOST[:PORT][;…]`, in place; IPv6 is in brackets. */
static char *cut_host(char *value)
{
    value += strspn(value, " \t");
    if (strncmp(value, "sip:", 4) == 0)
        value += 4;
    if (value[0] == '[') {
        value++;
        value[strcspn(value, "]")] = '\0';
    } else if (strchr(value, ':') == strrchr(value, ':')) {
        value[strcspn(value, ":; \t")] = '\0';
    }
    return value;
}

/* Names are not looked up; a phone that registers would have the address. */
static bool is_address(const char *host, const struct sip_peer *peer)
{
    char text[LISTEN_TEXT_CAP];
    struct in6_addr own, other;
    listen_host_text(&peer->address.as.any, text);
    int family = strchr(text, ':') ? AF_INET6 : AF_INET;
    size_t len = family == AF_INET6 ? sizeof(struct in6_addr) : sizeof(struct in_addr);
    return inet_pton(family, host, &own) == 1 && inet_pton(family, text, &other) == 1 &&
           memcmp(&own, &other, len) == 0;
}

static bool is_proxy_of(const struct prov_param_source *params, uint32_t line,
                        const struct sip_peer *peer, bool *has_proxy)
{
    static const char *const names[] = {"Proxy_%u_", "Outbound_Proxy_%u_"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[NAME_CAP], value[VALUE_CAP];
        size_t len = 0;
        snprintf(name, sizeof name, names[i], (unsigned)line);
        if (params->get(params->ctx, prov_str_from(name), value, sizeof value - 1, &len) != PROV_OK)
            continue;
        value[len] = '\0';
        *has_proxy = true;
        if (is_address(cut_host(value), peer))
            return true;
    }
    return false;
}

bool sip_is_from_proxy(const struct prov_param_source *params, uint32_t line,
                       const struct sip_peer *peer)
{
    bool has_proxy = false;
    for (uint32_t each = line ? line : 1; each <= (line ? line : SIP_LINES); each++)
        if (is_proxy_of(params, each, peer, &has_proxy))
            return true;
    return !has_proxy;
}
