/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Questions to name servers, without blocking: SRV records, and addresses where the host chose the
 * servers. One question is one `struct provi_curl_resolver`, so that it can be dropped alone.
 *
 * By c-ares. A library built without it has resolver_absent.c, which has no answer.
 */
#ifndef PROVI_CURL_RESOLVER_H
#define PROVI_CURL_RESOLVER_H

#include <provision/base.h>

#include <netinet/in.h>
#include <sys/socket.h>

#include "curl/sockets.h"

/* Addresses of one server that are tried. */
#define PROVI_CURL_MAX_ADDRESSES 8
/* SRV records of one name that count: those that come first. */
#define PROVI_CURL_MAX_SERVICES 16
#define PROVI_CURL_NAME_CAP 256
/* Name servers that are asked: as many as a C library takes. */
#define PROVI_CURL_MAX_SERVERS 3

union provi_curl_address {
    struct sockaddr any;
    struct sockaddr_in v4;
    struct sockaddr_in6 v6;
};

/* An SRV record (RFC 2782). */
struct provi_curl_service {
    char target[PROVI_CURL_NAME_CAP]; /* empty: "the service is decidedly not available" */
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
    PROVI_CURL_NAMES, /* whether the name is there: by its IPv4 addresses */
};

struct provi_curl_question {
    const char *name;                        /* NUL-terminated; borrowed until freed */
    enum provi_curl_record record;           /* the kind asked for */
    const union provi_curl_address *servers; /* with ports; borrowed until freed */
    size_t n_servers;                        /* 0: ask the system's */
    struct provi_curl_dns_answer *answer;    /* the records are added to it; borrowed until freed */
};

struct provi_curl_resolver;

/**
 * Ask. Makes no callback.
 *
 * @param sockets  Has the sockets watched until the end.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED without c-ares.
 */
prov_status provi_curl_resolver_new(struct provi_curl_resolver **out,
                                    const struct prov_alloc *alloc,
                                    struct provi_curl_sockets *sockets,
                                    const struct provi_curl_question *question,
                                    struct prov_error *err);
/** Drop the question, answered or not. */
void provi_curl_resolver_free(struct provi_curl_resolver *resolver);

/** See to descriptors with news, and to time. */
void provi_curl_resolver_turn(struct provi_curl_resolver *resolver,
                              const struct provi_curl_ready *ready, size_t n_ready);
/** Milliseconds until the next turn, at the latest. */
int64_t provi_curl_resolver_timeout_ms(const struct provi_curl_resolver *resolver);

bool provi_curl_resolver_is_answered(const struct provi_curl_resolver *resolver);
/**
 * The outcome so far.
 *
 * @param subject  The name and kind asked about, for messages.
 * @param servers  Who was asked, in words: `the name server 192.0.2.1`.
 * @return PROV_OK: there are records; PROV_E_NOT_FOUND: there are none; PROV_E_DNS: no server
 *         knows; PROV_E_NOMEM.
 */
prov_status provi_curl_resolver_result(const struct provi_curl_resolver *resolver,
                                       const char *subject, const char *servers,
                                       struct prov_error *err);

/** The system's name servers. Returns how many, at most PROVI_CURL_MAX_SERVERS. */
size_t provi_curl_resolver_servers(union provi_curl_address *servers);

#endif
