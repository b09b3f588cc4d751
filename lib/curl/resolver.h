/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Questions to name servers that do not block: SRV records, and addresses when the host sets the
 * name servers. Each question is a `struct provi_curl_resolver`, so that it can be dropped alone.
 *
 * Implemented with c-ares; a library without it has resolver_absent.c, which only fails.
 */
#ifndef PROVI_CURL_RESOLVER_H
#define PROVI_CURL_RESOLVER_H

#include <provision/base.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "curl/sockets.h"

/* Most addresses of one server that are tried. */
#define PROVI_CURL_MAX_ADDRESSES 8
/* Most SRV records of one name: those with the highest precedence. */
#define PROVI_CURL_MAX_SERVICES 16
#define PROVI_CURL_NAME_CAP 256
/* Most name servers: as many as a C library uses. */
#define PROVI_CURL_MAX_SERVERS 3

union provi_curl_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* An SRV record (RFC 2782). */
struct provi_curl_service {
    char target[PROVI_CURL_NAME_CAP]; /* empty: the service is not available at this domain */
    uint16_t priority;
    uint16_t weight;
    uint16_t port;
};

struct provi_curl_dns_answer {
    union provi_curl_address addresses[PROVI_CURL_MAX_ADDRESSES];
    size_t n_addresses;
    struct provi_curl_service services[PROVI_CURL_MAX_SERVICES];
    size_t n_services;
};

enum provi_curl_record {
    PROVI_CURL_ADDRESSES,
    PROVI_CURL_SERVICES,
    PROVI_CURL_NAMES, /* IPv4 addresses, only to find out whether the name exists */
};

struct provi_curl_question {
    const char *name;                        /* NUL-terminated; borrowed until freed */
    enum provi_curl_record record;           /* kind of the wanted records */
    const union provi_curl_address *servers; /* with ports; borrowed until freed */
    size_t n_servers;                        /* 0: use the system's */
    struct provi_curl_dns_answer *answer;    /* records are added to it; borrowed until freed */
};

struct provi_curl_resolver;

/**
 * Send a question. Makes no callback.
 *
 * @param sockets  Watches the sockets until the end.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED without c-ares.
 */
prov_status provi_curl_resolver_new(struct provi_curl_resolver **out,
                                    const struct prov_alloc *alloc,
                                    struct provi_curl_sockets *sockets,
                                    const struct provi_curl_question *question,
                                    struct prov_error *err);
/** Drop the question, whether it is answered or not. */
void provi_curl_resolver_free(struct provi_curl_resolver *resolver);

/** Process ready descriptors and timeouts. */
void provi_curl_resolver_turn(struct provi_curl_resolver *resolver,
                              const struct provi_curl_ready *ready, size_t n_ready);
/** Milliseconds until the next turn, at the latest. */
int64_t provi_curl_resolver_timeout_ms(const struct provi_curl_resolver *resolver);

bool provi_curl_resolver_is_answered(const struct provi_curl_resolver *resolver);
/**
 * The outcome so far.
 *
 * @param subject  Name and kind of the question, for messages.
 * @param servers  The name servers, for messages: `the name server 192.0.2.1`.
 * @return PROV_OK: there are records; PROV_E_NOT_FOUND: there are none; PROV_E_DNS: no server has
 *         an answer; PROV_E_NOMEM.
 */
prov_status provi_curl_resolver_result(const struct provi_curl_resolver *resolver,
                                       const char *subject, const char *servers,
                                       struct prov_error *err);

/** Find the system's name servers. Returns their number, at most PROVI_CURL_MAX_SERVERS. */
size_t provi_curl_resolver_servers(union provi_curl_address *servers);

#endif
