/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/url.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"

struct scheme {
    const char *name;
    uint16_t port;
    bool has_user; /* user and password may stand in front of the host */
    bool bare;     /* neither server nor path are needed */
};

/*
 * RFC 1350, RFC 9110, RFC 5424; gds:// asks for an activation code. file://localhost/path
 * (RFC 8089) only works where the host has a transport for it.
 */
static const struct scheme schemes[] = {
    {"tftp", 69, false, false}, {"http", 80, true, false},    {"https", 443, true, false},
    {"gds", 443, false, true},  {"syslog", 514, false, true}, {"file", 0, false, false},
};

static const struct scheme *find_scheme(prov_str name)
{
    for (size_t i = 0; i < PROVI_LEN(schemes); i++)
        if (provi_str_eq_nocase(name, prov_str_from(schemes[i].name)))
            return &schemes[i];
    return NULL;
}

bool provi_url_is_http(prov_str scheme)
{
    return provi_str_is(scheme, "http") || provi_str_is(scheme, "https");
}

uint16_t provi_url_default_port(prov_str scheme)
{
    const struct scheme *known = find_scheme(scheme);
    return known ? known->port : 0;
}

static bool fail(struct provi_url_fault *fault, size_t offset, const char *expected)
{
    fault->offset = offset;
    fault->expected = expected;
    return false;
}

/* Length of `scheme` in `scheme://`, or 0. */
static size_t scheme_len(prov_str text)
{
    size_t len = 0;
    while (len < text.len && (provi_is_alnum(text.data[len]) || strchr("+-.", text.data[len])))
        len++;
    return provi_str_starts(provi_str_from_offset(text, len), PROVI_LIT("://")) ? len : 0;
}

static bool is_host_char(char c)
{
    return provi_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

/* The stretch of `text` from `at` whose characters pass; moves `at` behind it. */
static prov_str take_while(prov_str text, size_t *at, bool (*passes)(char))
{
    size_t start = *at;
    while (*at < text.len && passes(text.data[*at]))
        ++*at;
    return (prov_str){text.data + start, *at - start};
}

static bool split_port(prov_str text, size_t at, size_t end, struct provi_url *url,
                       struct provi_url_fault *fault)
{
    uint64_t port;
    prov_str digits = {text.data + at, end - at};
    if (!provi_str_to_u64(digits, 65535, &port) || port == 0)
        return fail(fault, at, "a port from 1 to 65535");
    url->port = (uint16_t)port;
    return true;
}

/* `host[:port]` in text[at..end). */
static bool split_host(prov_str text, size_t at, size_t end, struct provi_url *url,
                       struct provi_url_fault *fault)
{
    prov_str upto = {text.data, end};
    if (at < end && text.data[at] == '[') {
        at++;
        url->host = take_while(upto, &at, provi_is_ipv6_char);
        if (url->host.len < 2 || at == end || text.data[at] != ']')
            return fail(fault, at, "an IPv6 address and ']'");
        at++;
    } else {
        url->host = take_while(upto, &at, is_host_char);
        if (url->host.len == 0)
            return fail(fault, at, "a server name or address");
    }
    if (at == end)
        return true;
    if (text.data[at] != ':')
        return fail(fault, at, "':' and a port, or '/' and a path");
    return split_port(text, at + 1, end, url, fault);
}

/* `[user[:password]@]host[:port]` in text[at..end). */
static bool split_authority(prov_str text, size_t at, size_t end, const struct scheme *scheme,
                            struct provi_url *url, struct provi_url_fault *fault)
{
    size_t sign = end;
    while (sign > at && text.data[sign - 1] != '@')
        sign--;
    if (sign > at) {
        if (!scheme || !scheme->has_user)
            return fail(fault, at, "a server, user and password are for http and https");
        prov_str login = {text.data + at, sign - 1 - at};
        size_t colon = provi_str_find(login, ':');
        url->has_user = true;
        url->user = (prov_str){login.data, colon};
        url->has_password = colon < login.len;
        url->password = provi_str_from_offset(login, colon + 1);
    }
    return split_host(text, sign, end, url, fault);
}

static size_t find_control(prov_str text)
{
    size_t at = 0;
    while (at < text.len && (unsigned char)text.data[at] > 0x20 && text.data[at] != 0x7f)
        at++;
    return at;
}

/* An address as inet_ntop() writes it. */
static bool is_bare_ipv6(prov_str text)
{
    size_t n_colons = 0;
    for (size_t i = 0; i < text.len; i++) {
        if (!provi_is_ipv6_char(text.data[i]))
            return false;
        n_colons += text.data[i] == ':';
    }
    return n_colons >= 2;
}

bool provi_url_split(prov_str text, bool needs_path, struct provi_url *url,
                     struct provi_url_fault *fault)
{
    *url = (struct provi_url){0};
    if (!needs_path && is_bare_ipv6(text)) {
        url->host = text;
        return true;
    }
    size_t bad = find_control(text);
    if (bad < text.len)
        return fail(fault, bad, "no blank or control character in a URL");
    if (text.len == 0)
        return fail(fault, 0, "a URL");

    const struct scheme *scheme = NULL;
    size_t at = scheme_len(text);
    if (at) {
        scheme = find_scheme((prov_str){text.data, at});
        if (!scheme)
            return fail(fault, 0, "tftp://, http:// or https://");
        url->scheme = prov_str_from(scheme->name);
        at += 3;
    }

    size_t slash = at + provi_str_find(provi_str_from_offset(text, at), '/');
    bool has_server = slash > at || scheme;
    if (has_server && !(scheme && scheme->bare && slash == at) &&
        !split_authority(text, at, slash, scheme, url, fault))
        return false;
    if (slash < text.len)
        url->path = (prov_str){text.data + slash, text.len - slash};
    else if (needs_path && !(scheme && scheme->bare))
        return fail(fault, text.len, "'/' and a path");
    return true;
}

prov_status provi_url_write(const struct provi_url *url, char *buf, size_t cap, size_t *len)
{
    bool is_ipv6 = provi_str_find(url->host, ':') < url->host.len;
    char port[8] = "";
    if (url->port && url->port != provi_url_default_port(url->scheme))
        snprintf(port, sizeof port, ":%u", (unsigned)url->port);

    const prov_str parts[] = {
        url->scheme,
        PROVI_LIT("://"),
        is_ipv6 ? PROVI_LIT("[") : PROVI_LIT(""),
        url->host,
        is_ipv6 ? PROVI_LIT("]") : PROVI_LIT(""),
        prov_str_from(port),
        url->path,
    };
    size_t need = 0;
    for (size_t i = 0; i < PROVI_LEN(parts); i++) {
        size_t room = need < cap ? cap - need : 0;
        size_t part_len;
        provi_str_out(parts[i], room ? buf + need : NULL, room, &part_len);
        need += part_len;
    }
    *len = need;
    return need < cap ? PROV_OK : PROV_E_LIMIT;
}
