/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/url.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

struct scheme {
    char name[7];
    uint16_t port;
    bool has_user; /* user and password may precede the host */
    bool bare;     /* server and path are optional */
    bool has_code; /* an activation code in place of the server */
};

/* RFC 1350, RFC 9110, RFC 5424; gds:// is for activation codes. file://localhost/path (RFC 8089)
 * works only if the host has a transport for it. */
static const struct scheme schemes[] = {
    {"tftp", 69, false, false, false},   {"http", 80, true, false, false},
    {"https", 443, true, false, false},  {"gds", 443, false, true, true},
    {"syslog", 514, false, true, false}, {"file", 0, false, false, false},
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

bool provi_url_is_scheme(prov_str name)
{
    return find_scheme(name);
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

static bool is_visible(char c)
{
    return (unsigned char)c > 0x20 && c != 0x7f;
}

static bool is_scheme_char(char c)
{
    return provi_is_alnum(c) || c == '+' || c == '-' || c == '.';
}

static bool is_host_char(char c)
{
    return provi_is_alnum(c) || c == '-' || c == '.' || c == '_';
}

enum provi_numbers provi_host_numbers(prov_str host)
{
    bool is_ipv4 = true, has_number = false;
    size_t n = 0;
    for (prov_str label; provi_str_split(&host, '.', &label); n++) {
        uint64_t number;
        bool is_hex = label.len >= 2 && label.data[0] == '0' && provi_lower(label.data[1]) == 'x';
        size_t at = is_hex ? 2 : 0;
        while (at < label.len &&
               (is_hex ? provi_hex_digit(label.data[at]) >= 0 : provi_is_digit(label.data[at])))
            at++;
        if (at < label.len)
            return PROVI_NO_NUMBERS;
        has_number |= label.len > 0;
        is_ipv4 = is_ipv4 && provi_str_to_u64(label, 255, &number) &&
                  (label.len == 1 || label.data[0] != '0');
    }
    if (!has_number)
        return PROVI_NO_NUMBERS;
    return is_ipv4 && n == 4 ? PROVI_IPV4 : PROVI_LIKE_IPV4;
}

/* Groups separated by `:`; the last two may be an IPv4 address, and `::` may replace one run of
 * zeros (RFC 4291, section 2.2). */
static bool is_ipv6(prov_str text)
{
    size_t n_groups = 0, at = 0;
    bool has_gap = false, is_after_group = false;
    while (at < text.len) {
        if (provi_str_starts(provi_str_from_offset(text, at), PROVI_LIT("::"))) {
            if (has_gap)
                return false;
            has_gap = true;
            is_after_group = false;
            at += 2;
            continue;
        }
        at += is_after_group; /* the ':' before it */
        prov_str rest = provi_str_from_offset(text, at);
        prov_str group = {rest.data, provi_str_find(rest, ':')};
        size_t n_digits = 0;
        while (n_digits < group.len && provi_hex_digit(group.data[n_digits]) >= 0)
            n_digits++;
        if (group.len == rest.len && provi_host_numbers(group) == PROVI_IPV4)
            n_groups += 2;
        else if (n_digits == group.len && n_digits >= 1 && n_digits <= 4)
            n_groups++;
        else
            return false;
        is_after_group = true;
        at += group.len;
    }
    return has_gap ? n_groups < 8 : n_groups == 8;
}

/* Read `[IPv6 address]` in text[*at..end); moves `at` past it. */
static bool split_ipv6(prov_str text, size_t *at, size_t end, struct provi_url *url,
                       struct provi_url_fault *fault)
{
    static const char expected[] = "an IPv6 address and ']'";
    size_t start = ++*at;
    url->host = provi_str_take_while((prov_str){text.data, end}, at, provi_is_ipv6_char);
    if (*at == end || text.data[*at] != ']')
        return fail(fault, *at, expected);
    if (!is_ipv6(url->host))
        return fail(fault, url->host.len < 2 ? *at : start, expected);
    ++*at;
    return true;
}

/* The text that is probably missing at @p at in text[start..end), where no valid port follows. */
static const char *expected_port(prov_str text, size_t start, size_t at, size_t end,
                                 const struct scheme *scheme)
{
    size_t behind = at;
    provi_str_take_while((prov_str){text.data, end}, &behind, provi_is_digit);
    if (behind == at && find_scheme((prov_str){text.data + start, at - 1 - start}))
        return "'://' after a scheme, or a port from 1 to 65535";
    if (is_ipv6((prov_str){text.data + start, end - start}))
        return "a port from 1 to 65535, or brackets around an IPv6 address";
    if (behind > at && behind < end)
        return "a port from 1 to 65535 and '/'";
    return behind < end && scheme && scheme->has_user
               ? "a port from 1 to 65535, or '@' after user and password"
               : "a port from 1 to 65535";
}

/* Read the port in text[at..end), of a host that starts at @p start. */
static bool split_port(prov_str text, size_t start, size_t at, size_t end,
                       const struct scheme *scheme, struct provi_url *url,
                       struct provi_url_fault *fault)
{
    uint64_t port;
    prov_str digits = {text.data + at, end - at};
    if (!provi_str_to_u64(digits, 65535, &port) || port == 0)
        return fail(fault, at, expected_port(text, start, at, end, scheme));
    url->port = (uint16_t)port;
    return true;
}

/* Read `user[:password]`. */
static void split_login(prov_str login, struct provi_url *url)
{
    size_t colon = provi_str_find(login, ':');
    url->has_user = true;
    url->user = (prov_str){login.data, colon};
    url->has_password = colon < login.len;
    url->password = provi_str_from_offset(login, colon + 1);
}

/* Read `[user[:password]@]host[:port]` in text[start..end). */
static bool split_authority(prov_str text, size_t start, size_t end, const struct scheme *scheme,
                            struct provi_url *url, struct provi_url_fault *fault)
{
    size_t backslash = start + provi_str_find((prov_str){text.data + start, end - start}, '\\');
    if (backslash < end)
        return fail(fault, backslash, "no '\\' before the path; in a user or password it is %5C");
    size_t host = end; /* behind the last '@' */
    while (host > start && text.data[host - 1] != '@')
        host--;
    if (host > start && (!scheme || !scheme->has_user))
        return fail(fault, start, "a server, user and password are for http and https");
    if (host > start)
        split_login((prov_str){text.data + start, host - 1 - start}, url);

    size_t at = host;
    if (at < end && text.data[at] == '[') {
        if (!split_ipv6(text, &at, end, url, fault))
            return false;
    } else {
        url->host = provi_str_take_while((prov_str){text.data, end}, &at, is_host_char);
        if (url->host.len == 0)
            return fail(fault, at, "a server name or address");
    }
    if (at < end && text.data[at] != ':')
        return fail(fault, at, "':' and a port, or '/' and a path");
    if (at < end && !split_port(text, host, at + 1, end, scheme, url, fault))
        return false;
    if (!(scheme && scheme->has_code) && provi_host_numbers(url->host) == PROVI_LIKE_IPV4)
        return fail(fault, host,
                    "an IPv4 address of four decimal numbers from 0 to 255 without leading zeros");
    return true;
}

bool provi_url_split(prov_str text, bool needs_path, struct provi_url *url,
                     struct provi_url_fault *fault)
{
    *url = (struct provi_url){0};
    if (!needs_path && is_ipv6(text)) {
        url->host = text;
        return true;
    }
    if (text.len == 0)
        return fail(fault, 0, "a URL");
    size_t at = 0, end = 0;
    provi_str_take_while(text, &end, is_visible);
    if (end < text.len)
        return fail(fault, end, "no blank or control character in a URL");

    const struct scheme *scheme = NULL;
    prov_str name = provi_str_take_while(text, &at, is_scheme_char);
    if (name.len && provi_str_starts(provi_str_from_offset(text, at), PROVI_LIT("://"))) {
        scheme = find_scheme(name);
        if (!scheme)
            return fail(fault, 0, "tftp://, http:// or https://");
        url->scheme = prov_str_from(scheme->name);
    }

    at = scheme ? at + 3 : 0;
    end = at;
    provi_str_take_while(text, &end, provi_is_authority_char);
    bool is_path_alone = !scheme && text.data[at] == '/';
    bool is_bare = scheme && scheme->bare && end == at;
    if (!is_path_alone && !is_bare && !split_authority(text, at, end, scheme, url, fault))
        return false;
    if (end < text.len && text.data[end] != '/')
        return fail(fault, end, url->port ? "'/' and a path" : "':' and a port, or '/' and a path");
    if (end < text.len)
        url->path = (prov_str){text.data + end, text.len - end};
    else if (needs_path && !(scheme && scheme->bare))
        return fail(fault, text.len, "'/' and a path");
    return true;
}

void provi_url_write_server(struct provi_text *out, prov_str scheme, prov_str host, uint16_t port)
{
    const bool is_ipv6 = provi_str_find(host, ':') < host.len;
    provi_text_add(out, scheme);
    provi_text_puts(out, scheme.len ? "://" : "");
    provi_text_puts(out, is_ipv6 ? "[" : "");
    provi_text_add(out, host);
    provi_text_puts(out, is_ipv6 ? "]" : "");
    if (!port)
        return;
    provi_text_puts(out, ":");
    provi_text_add_number(out, port);
}

void provi_url_write(struct provi_text *out, const struct provi_url *url)
{
    const bool is_usual = url->port == provi_url_default_port(url->scheme);
    provi_url_write_server(out, url->scheme, url->host, is_usual ? 0 : url->port);
    provi_text_add(out, url->path);
}

static bool has(prov_str text, char c)
{
    return provi_str_find(text, c) < text.len;
}

static bool has_scheme(prov_str text)
{
    prov_str rest = provi_str_from_offset(text, provi_str_find(text, ':'));
    return provi_str_starts(rest, PROVI_LIT("://"));
}

/* The part of @p text that is neither host nor port; NULL: there is none. */
static const char *surplus(prov_str text)
{
    if (has_scheme(text))
        return "a scheme (://)";
    if (has(text, '@'))
        return "a user (@)";
    if (has(text, '/'))
        return "a path (/)";
    for (size_t i = 0; i < text.len; i++)
        if ((unsigned char)text.data[i] <= ' ' || text.data[i] == 0x7f)
            return "a blank or a control character";
    return NULL;
}

prov_status provi_server_read(prov_str text, const char *name, const char *port_param,
                              struct provi_url *url, struct prov_error *err)
{
    const char *wanted = port_param ? "a host name or address" : "HOST or HOST:PORT";
    const char *found = surplus(text);
    struct provi_url_fault fault;
    prov_status status = PROV_OK;
    if (text.len > PROVI_MAX_SERVER_BYTES)
        status = provi_fail(err, PROV_E_LIMIT, "expected at most %d bytes, found %zu",
                            PROVI_MAX_SERVER_BYTES, text.len);
    else if (found)
        status = provi_fail(err, PROV_E_VALUE, "expected %s alone, found %s", wanted, found);
    else if (!provi_url_split(text, false, url, &fault))
        status = provi_fail(err, PROV_E_VALUE, "expected %s, namely %s", wanted, fault.expected);
    else if (port_param && url->port)
        status = provi_fail(err, PROV_E_VALUE, "expected %s alone, found a port%s%s%s", wanted,
                            *port_param ? ": set " : "", port_param, *port_param ? " instead" : "");
    if (status != PROV_OK)
        provi_error_subject(err, prov_str_from(name));
    return status;
}

bool provi_server_is_listed(prov_str list, prov_str host)
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
