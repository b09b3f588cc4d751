/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/str.h"
#include "base/url.h"

const char provi_dhcp_no_host[] = "the address of one host";

bool provi_dhcp_refuse(struct prov_dhcp_offer *offer, uint32_t verdict, const char *why)
{
    offer->verdict = verdict;
    offer->why = why;
    return false;
}

bool provi_dhcp_is_server_address(const char *address)
{
    static const unsigned char broadcast[] = {255, 255, 255, 255};
    static const unsigned char none[] = {0, 0, 0, 0};
    bool is_multicast = ((unsigned char)address[0] & 0xf0) == 0xe0;
    return !is_multicast && memcmp(address, none, sizeof none) != 0 &&
           memcmp(address, broadcast, sizeof broadcast) != 0;
}

/* `::` in any spelling, and `ff…`. */
static bool is_server_ipv6(prov_str host)
{
    bool is_multicast = provi_str_find(host, ':') == 4 &&
                        provi_str_eq_nocase((prov_str){host.data, 2}, PROVI_LIT("ff"));
    for (size_t i = 0; i < host.len; i++)
        if (host.data[i] != '0' && host.data[i] != ':' && host.data[i] != '.')
            return !is_multicast;
    return false;
}

/* A server's name, or the address of one host. */
static bool is_server(prov_str host)
{
    char address[PROVI_DHCP_ADDRESS_LEN];
    size_t n = 0;
    prov_str part;
    uint64_t number;
    if (provi_str_find(host, ':') < host.len)
        return is_server_ipv6(host);
    while (n < sizeof address && provi_str_split(&host, '.', &part) &&
           provi_str_to_u64(part, 255, &number))
        address[n++] = (char)number;
    return n < sizeof address || host.len > 0 || provi_dhcp_is_server_address(address);
}

prov_str provi_dhcp_strip(prov_str bytes)
{
    while (bytes.len && bytes.data[bytes.len - 1] == '\0')
        bytes.len--;
    return bytes;
}

bool provi_dhcp_is_printable(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (text.data[i] < 0x20 || text.data[i] > 0x7e)
            return false;
    return text.len > 0;
}

/* Length of `scheme://` in front of a text, if files are fetched by that; or 0. */
static size_t scheme_len(prov_str text)
{
    static const char *const prefixes[] = {"tftp://", "http://", "https://"};
    for (size_t i = 0; i < PROVI_LEN(prefixes); i++) {
        prov_str prefix = prov_str_from(prefixes[i]);
        if (text.len >= prefix.len &&
            provi_str_eq_nocase((prov_str){text.data, prefix.len}, prefix))
            return prefix.len;
    }
    return 0;
}

/* Offset of the '/' a path begins with. */
static size_t path_offset(prov_str text)
{
    size_t at = scheme_len(text);
    return at + provi_str_find(provi_str_from_offset(text, at), '/');
}

/* Of several servers or URLs with commas between them, the first. In a path a comma is a character
 * like any other, unless another URL follows. */
static prov_str first_item(prov_str text)
{
    size_t path = path_offset(text);
    size_t comma = provi_str_find(text, ',');
    while (comma < text.len) {
        prov_str after = provi_str_from_offset(text, comma + 1);
        if (comma <= path + 1 || scheme_len(provi_str_trim(after)))
            return provi_str_trim((prov_str){text.data, comma});
        comma += 1 + provi_str_find(after, ',');
    }
    return text;
}

static size_t ipv6_len(prov_str text)
{
    size_t len = 0;
    while (len < text.len && provi_is_ipv6_char(text.data[len]))
        len++;
    return len;
}

/* `[2001:db8::1]` begins a URL, any other bracket the options of a rule. */
static bool begins_rule(prov_str text)
{
    if (text.data[0] != '[')
        return false;
    prov_str inside = provi_str_from_offset(text, 1);
    size_t len = ipv6_len(inside);
    return len == 0 || len == inside.len || inside.data[len] != ']';
}

static bool read_url(struct prov_dhcp_offer *offer, prov_str text, bool needs_path)
{
    struct provi_url url;
    struct provi_url_fault fault;
    if (!provi_url_split(text, needs_path, &url, &fault))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, fault.expected);
    if (url.scheme.len && !scheme_len(text))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, "tftp://, http:// or https://");
    if (url.host.len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, "a server in front of the path");
    if (!is_server(url.host))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, provi_dhcp_no_host);
    offer->kind = url.path.len > 1 ? PROV_DHCP_URL : PROV_DHCP_SERVER;
    offer->text = text;
    offer->scheme = url.scheme;
    offer->host = url.host;
    offer->port = url.port;
    offer->n_servers = 1;
    return true;
}

/* Offset behind `[...]`; past the end if nothing closes it. A `]` in quotes does not. */
static size_t skip_options(prov_str text)
{
    size_t at = 1;
    while (at < text.len && text.data[at] != ']') {
        bool is_quote = text.data[at] == '"' && provi_is_blank(text.data[at - 1]);
        at++;
        if (is_quote)
            at += provi_str_find(provi_str_from_offset(text, at), '"') + 1;
    }
    return at + 1;
}

/* What the options say is for the rule's parser; here it matters that a URL follows. */
static bool read_rule(struct prov_dhcp_offer *offer, prov_str text)
{
    prov_str url = provi_str_trim(provi_str_from_offset(text, skip_options(text)));
    if (!read_url(offer, url, true))
        return false;
    offer->kind = PROV_DHCP_RULE;
    offer->text = text;
    return true;
}

bool provi_dhcp_read_text(struct prov_dhcp_offer *offer, prov_str bytes)
{
    prov_str text = provi_str_trim(provi_dhcp_strip(bytes));
    if (text.len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_EMPTY, "nothing in it");
    if (!provi_dhcp_is_printable(text))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_TEXT, "not printable ASCII");
    return begins_rule(text) ? read_rule(offer, text) : read_url(offer, first_item(text), false);
}
