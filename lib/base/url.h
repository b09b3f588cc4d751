/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** URLs in the form of rules, `[scheme://][[user[:password]@]host[:port]]/path`, and servers. */
#ifndef PROVI_BASE_URL_H
#define PROVI_BASE_URL_H

#include <provision/base.h>

#include "base/buffer.h"

/** Pieces of a URL, pointing into the text it was split from (the scheme: static). */
struct provi_url {
    prov_str scheme;   /* lower case; empty: absent */
    prov_str user;     /* secret */
    prov_str password; /* secret */
    prov_str host;     /* IPv6 without brackets; empty: absent */
    prov_str path;     /* begins with '/', query included; empty only for gds:// and bare servers */
    uint16_t port;     /* 0: absent */
    bool has_user;
    bool has_password;
};

/** Place of a fault in a URL, and the expected text there, which is static. */
struct provi_url_fault {
    size_t offset;
    const char *expected;
};

/**
 * Split a URL. A text that starts with '/' has no server; without a scheme, the text before the
 * first '/' is the server. The server ends at '/', '?' or '#' and contains no backslash. Only
 * servers on which all resolvers agree are accepted: IPv4 addresses in four decimal numbers, IPv6
 * in brackets.
 *
 * @param needs_path  True: the path is mandatory, as in rules. False: accept also `host:port` alone
 *                    and an IPv6 address without brackets.
 * @return false with @p fault filled when @p text is not of that form.
 */
bool provi_url_split(prov_str text, bool needs_path, struct provi_url *url,
                     struct provi_url_fault *fault);

enum provi_numbers {
    PROVI_NO_NUMBERS,
    PROVI_IPV4,      /* four, from 0 to 255 without leading zeros (RFC 3986, section 3.2.2) */
    PROVI_LIKE_IPV4, /* others, decimal, octal or, after 0x, hexadecimal */
};

/**
 * Whether a host is a sequence of numbers: inet_aton() and libcurl interpret `127.8`, `0x7f.1`,
 * `127.0.0.010` and `2130706433` as IPv4 addresses.
 */
enum provi_numbers provi_host_numbers(prov_str host);

/** Whether a character does not end an authority, as `/`, `?` and `#` do (RFC 3986, 3.2). */
static inline bool provi_is_authority_char(char c)
{
    return c != '/' && c != '?' && c != '#';
}

/** Whether a scheme, in lower case, is `http` or `https`. */
bool provi_url_is_http(prov_str scheme);

/** The default port of a scheme; 0 if it has none. */
uint16_t provi_url_default_port(prov_str scheme);

/** Whether a scheme exists, ignoring case. */
bool provi_url_is_scheme(prov_str name);

/** Write `[scheme://]host[:port]`; @p port 0: none. */
void provi_url_write_server(struct provi_text *out, prov_str scheme, prov_str host, uint16_t port);

/** Write server and path, never user or password; the port only if it is not the default. */
void provi_url_write(struct provi_text *out, const struct provi_url *url);

enum { PROVI_MAX_SERVER_BYTES = 255 };

/**
 * Read a value that is a host, with or without a port.
 *
 * @param text        Trimmed, not empty. It is not quoted in messages, since it may contain a
 *                    password by mistake.
 * @param name        Name of the parameter.
 * @param port_param  Name of the parameter with the port; empty: there is none; NULL: the value may
 *                    have a port.
 * @param[out] url    `host` and `port`, pointing into @p text.
 * @return PROV_OK; PROV_E_VALUE; PROV_E_LIMIT; both with the parameter as subject.
 */
prov_status provi_server_read(prov_str text, const char *name, const char *port_param,
                              struct provi_url *url, struct prov_error *err);

/**
 * Whether a comma list, as in Restricted_Access_Domains, permits @p host. Names must be equal as a
 * whole: `voiceip.com` does not permit `a.voiceip.com`. An empty list permits all.
 */
bool provi_server_is_listed(prov_str list, prov_str host);

#endif
