/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Requests that a web page of another host sends through a browser. */
#include <provision/action.h>

#include <string.h>

#include "base/abi.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"

enum { N_GROUPS = 8 };

struct ipv6 {
    uint16_t groups[N_GROUPS];
};

static void read_ipv4(prov_str text, uint16_t groups[2])
{
    prov_str number;
    uint64_t byte = 0;
    for (size_t i = 0; i < 4 && provi_str_split(&text, '.', &number); i++) {
        provi_str_to_u64(number, 255, &byte);
        groups[i / 2] = (uint16_t)(groups[i / 2] << 8 | byte);
    }
}

/* Read the groups of a part of a valid address; returns their number. */
static size_t read_groups(prov_str part, uint16_t groups[N_GROUPS])
{
    prov_str group;
    size_t n = 0;
    while (n < N_GROUPS && provi_str_split(&part, ':', &group)) {
        if (n + 1 < N_GROUPS && provi_str_find(group, '.') < group.len) {
            read_ipv4(group, groups + n);
            n += 2;
            continue;
        }
        for (size_t i = 0; i < group.len; i++)
            groups[n] = (uint16_t)(groups[n] << 4 | provi_hex_digit(group.data[i]));
        n++;
    }
    return n;
}

/* Value of an address that provi_url_split() accepted. */
static struct ipv6 ipv6_value(prov_str host)
{
    struct ipv6 value = {{0}};
    uint16_t behind[N_GROUPS] = {0};
    prov_str before = host;
    for (size_t i = 0; i + 1 < host.len; i++)
        if (host.data[i] == ':' && host.data[i + 1] == ':')
            before.len = i;
    read_groups(before, value.groups);
    size_t n = read_groups(provi_str_from_offset(host, before.len + 2), behind);
    memcpy(value.groups + N_GROUPS - n, behind, n * sizeof behind[0]);
    return value;
}

static bool is_ipv6(prov_str host)
{
    return provi_str_find(host, ':') < host.len;
}

static prov_str without_last_dot(prov_str host)
{
    host.len -= host.len > 1 && host.data[host.len - 1] == '.';
    return host;
}

static bool is_same_host(prov_str a, prov_str b)
{
    if (is_ipv6(a) && is_ipv6(b)) {
        struct ipv6 value_a = ipv6_value(a), value_b = ipv6_value(b);
        return memcmp(&value_a, &value_b, sizeof value_a) == 0;
    }
    return provi_str_eq_nocase(without_last_dot(a), without_last_dot(b));
}

/* Read `HOST[:PORT]`; false if anything follows. */
static bool read_host(prov_str text, struct provi_url *url)
{
    struct provi_url_fault fault;
    return provi_url_split(text, false, url, &fault) && url->scheme.len == 0 &&
           url->path.len == 0 && url->host.len > 0;
}

static bool is_ours(const struct prov_action_origin *origin, const struct provi_url *url)
{
    struct provi_url own;
    for (size_t i = 0; i < origin->n_names; i++)
        if (read_host(provi_str_trim(origin->names[i]), &own) && is_same_host(own.host, url->host))
            return true;
    return false;
}

static prov_status refuse(struct prov_error *err, const char *field, const char *expected)
{
    provi_fail(err, PROV_E_POLICY, "expected %s, found another", expected);
    provi_error_subject(err, prov_str_from(field));
    return PROV_E_POLICY;
}

/* Check that a page is of this device. If `Host` has no port, it has the default port of the page's
 * scheme. */
static prov_status check_page(const struct prov_action_origin *origin, const struct provi_url *host,
                              const char *field, prov_str value, struct prov_error *err)
{
    struct provi_url page;
    struct provi_url_fault fault;
    if (!value.data)
        return PROV_OK;
    if (!provi_url_split(provi_str_trim(value), false, &page, &fault) ||
        !provi_url_is_http(page.scheme) || !is_ours(origin, &page))
        return refuse(err, field, "a page of this device");
    uint16_t usual = provi_url_default_port(page.scheme);
    uint16_t port = page.port ? page.port : usual;
    if (host->host.len && port != (host->port ? host->port : usual))
        return refuse(err, field, "a page of this device at the port of the request");
    return PROV_OK;
}

static prov_status check(const struct prov_action_origin *origin, struct prov_error *err)
{
    struct provi_url host = {0};
    prov_str site = provi_str_trim(origin->fetch_site);
    if (origin->host.data &&
        (!read_host(provi_str_trim(origin->host), &host) || !is_ours(origin, &host)))
        return refuse(err, "Host", "a name or address of this device");
    if (origin->fetch_site.data && !provi_str_is(site, "same-origin") &&
        !provi_str_is(site, "none"))
        return refuse(err, "Sec-Fetch-Site", "same-origin or none");
    prov_status status = check_page(origin, &host, "Origin", origin->origin, err);
    return status == PROV_OK ? check_page(origin, &host, "Referer", origin->referer, err) : status;
}

prov_status prov_action_check_origin(const struct prov_action_origin *origin,
                                     struct prov_error *err)
{
    struct prov_action_origin known;
    if (!origin)
        return provi_fail_invalid(err, "origin");
    prov_status status = provi_abi_in(&known, sizeof known, origin, err);
    if (status != PROV_OK)
        return status;
    if (!provi_str_is_sound(known.host) || !provi_str_is_sound(known.origin) ||
        !provi_str_is_sound(known.referer) || !provi_str_is_sound(known.fetch_site) ||
        (known.n_names && !known.names))
        return provi_fail_invalid(err, "origin");
    for (size_t i = 0; i < known.n_names; i++)
        if (!provi_str_is_sound(known.names[i]))
            return provi_fail_invalid(err, "origin.names");
    return check(&known, err);
}
