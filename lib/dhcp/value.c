/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dhcp/dhcp_priv.h"

#include <string.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/str.h"
#include "base/url.h"

enum { MAX_LABEL = 63 };

/* MPP Administration Guide, "Provisioning": URLs whose host is completed by the domain. */
static const char service_names[][32] = {"https://_ciscoprov-https._tls.",
                                         "http://_ciscoprov-http._tcp."};

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

/* Whether an IPv6 address can be a server's: it is not unspecified or multicast. */
static bool is_server_ipv6(prov_str host)
{
    bool is_multicast = provi_str_find(host, ':') == 4 &&
                        provi_str_eq_nocase((prov_str){host.data, 2}, PROVI_LIT("ff"));
    for (size_t i = 0; i < host.len; i++)
        if (host.data[i] != '0' && host.data[i] != ':' && host.data[i] != '.')
            return !is_multicast;
    return false;
}

/* Whether a text is the name or address of one host. */
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
    return true;
}

/* Length of `scheme://` at the start of a text, if files can be fetched by that scheme; or 0. */
static size_t scheme_len(prov_str text)
{
    static const char prefixes[][9] = {"tftp://", "http://", "https://"};
    for (size_t i = 0; i < PROVI_LEN(prefixes); i++) {
        prov_str prefix = prov_str_from(prefixes[i]);
        if (text.len >= prefix.len &&
            provi_str_eq_nocase((prov_str){text.data, prefix.len}, prefix))
            return prefix.len;
    }
    return 0;
}

static size_t find_separator(prov_str text)
{
    size_t comma = provi_str_find(text, ',');
    size_t semicolon = provi_str_find(text, ';');
    return comma < semicolon ? comma : semicolon;
}

/* The first of several servers or URLs, separated by commas or semicolons. In a path, these
 * separate only if another URL follows. */
static prov_str first_item(prov_str text)
{
    size_t path = scheme_len(text);
    path += provi_str_find(provi_str_from_offset(text, path), '/');
    size_t end = find_separator(text);
    while (end < text.len) {
        prov_str after = provi_str_from_offset(text, end + 1);
        if (end <= path + 1 || scheme_len(provi_str_trim(after)))
            return provi_str_trim((prov_str){text.data, end});
        end += 1 + find_separator(after);
    }
    return text;
}

/* `[2001:db8::1]` begins a URL; any other bracket begins the options of a rule. */
static bool begins_rule(prov_str text)
{
    if (text.data[0] != '[')
        return false;
    prov_str inside = provi_str_from_offset(text, 1);
    size_t len = 0;
    while (len < inside.len && provi_is_ipv6_char(inside.data[len]))
        len++;
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

/* Offset after `[...]`, or past the end if it is not closed. A `]` in quotes does not close it. */
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

bool provi_dhcp_read_text(struct prov_dhcp_offer *offer, prov_str bytes)
{
    prov_str text = provi_str_trim(provi_dhcp_strip(bytes));
    if (text.len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_EMPTY, "it is empty");
    if (!provi_dhcp_is_printable(text))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_TEXT, "not printable ASCII");
    if (!begins_rule(text))
        return read_url(offer, first_item(text), false);
    /* The rule's parser reads the options; only the URL after them is checked here. */
    prov_str url = provi_str_trim(provi_str_from_offset(text, skip_options(text)));
    if (!read_url(offer, url, true))
        return false;
    offer->kind = PROV_DHCP_RULE;
    offer->text = text;
    return true;
}

/* Whether a name has only letters, digits, hyphens and underscores, and dots between labels. */
static bool is_name(prov_str name, bool may_have_dots)
{
    for (size_t i = 0; i < name.len; i++) {
        const char c = name.data[i];
        if (!provi_is_alnum(c) && c != '-' && c != '_' && (c != '.' || !may_have_dots))
            return false;
    }
    return true;
}

static bool read_domain(struct prov_dhcp_offer *offer)
{
    offer->kind = PROV_DHCP_DOMAIN;
    offer->n_servers = PROVI_LEN(service_names);
    return true;
}

bool provi_dhcp_read_domain(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    prov_str text = provi_str_trim(provi_dhcp_strip(offer->bytes));
    if (text.len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_EMPTY, "it is empty");
    if (!provi_dhcp_is_printable(text))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_TEXT, "not printable ASCII");
    text.len = provi_str_find(text, ' ');
    if (!is_name(text, true) || provi_is_digit(text.data[text.len - 1]))
        return provi_dhcp_refuse(offer, PROV_DHCP_NOT_A_SERVER, "the name of a domain");
    offer->text = offer->host = text;
    return read_domain(offer);
}

/* Write a name, without the root label. False: it is malformed, or only the root. */
static bool write_labels(prov_str bytes, struct provi_text *text)
{
    size_t at = 0;
    while (at < bytes.len && bytes.data[at] != 0) {
        const size_t len = (unsigned char)bytes.data[at];
        const prov_str label = {bytes.data + at + 1, len};
        if (len > MAX_LABEL || len >= bytes.len - at || !is_name(label, false))
            return false;
        if (at)
            provi_text_add_char(text, '.');
        provi_text_add(text, label);
        at += 1 + len;
    }
    return at > 0 && at < bytes.len;
}

bool provi_dhcp_read_labels(struct prov_dhcp_offer *offer, const struct prov_dhcp_lease *lease)
{
    (void)lease;
    struct provi_text text = {0};
    if (provi_dhcp_strip(offer->bytes).len == 0)
        return provi_dhcp_refuse(offer, PROV_DHCP_EMPTY, "it is empty");
    if (!write_labels(offer->bytes, &text))
        return provi_dhcp_refuse(offer, PROV_DHCP_MALFORMED, "not a list of names");
    return read_domain(offer);
}

static void write_service(struct provi_text *text, const struct prov_dhcp_offer *offer,
                          size_t index)
{
    provi_text_puts(text, service_names[index]);
    if (offer->host.len)
        provi_text_add(text, offer->host);
    else
        write_labels(offer->bytes, text);
}

static void write_server(struct provi_text *text, const struct prov_dhcp_offer *offer)
{
    if (offer->scheme.len) {
        provi_text_add(text, offer->scheme);
        provi_text_puts(text, "://");
    }
    bool is_ipv6 = provi_str_find(offer->host, ':') < offer->host.len;
    provi_text_puts(text, is_ipv6 ? "[" : "");
    provi_text_add(text, offer->host);
    provi_text_puts(text, is_ipv6 ? "]" : "");
    if (offer->port) {
        provi_text_add_char(text, ':');
        provi_text_add_number(text, offer->port);
    }
}

/* Find the @p index-th address that can be a server's. NULL: there are fewer. */
static const char *find_address(prov_str bytes, size_t index)
{
    for (size_t at = 0; at + PROVI_DHCP_ADDRESS_LEN <= bytes.len; at += PROVI_DHCP_ADDRESS_LEN)
        if (provi_dhcp_is_server_address(bytes.data + at) && index-- == 0)
            return bytes.data + at;
    return NULL;
}

prov_status prov_dhcp_server_get(const struct prov_dhcp_offer *offer, size_t index, char *buf,
                                 size_t cap, size_t *len)
{
    struct prov_dhcp_offer own;
    if (!offer || !len || (!buf && cap))
        return PROV_E_INVALID;
    prov_status status = provi_abi_in(&own, sizeof own, offer, NULL);
    if (status != PROV_OK)
        return status;
    if (index >= own.n_servers)
        return PROV_E_NOT_FOUND;
    struct provi_text text = {.buf = buf, .cap = cap};
    if (own.kind == PROV_DHCP_DOMAIN) {
        if (index >= PROVI_LEN(service_names))
            return PROV_E_INVALID;
        write_service(&text, &own, index);
    } else if (own.host.len) {
        write_server(&text, &own);
    } else {
        const char *address = find_address(own.bytes, index);
        if (!address)
            return PROV_E_INVALID;
        for (size_t i = 0; i < PROVI_DHCP_ADDRESS_LEN; i++) {
            if (i)
                provi_text_add_char(&text, '.');
            provi_text_add_number(&text, (unsigned char)address[i]);
        }
    }
    return provi_text_end(&text, len);
}
