/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The built-in transport from inside.
 *
 * A *job* is one request from start to done. It takes one or more *rounds*: a redirect, a further
 * try at a silent TFTP server, or a request repeated without options is a new round. Every round
 * has an easy handle of its own, made fresh, so that nothing of one round (an upload,
 * credentials, a header) can leak into the next; connections are kept by the multi handle.
 */
#ifndef PROVI_CURL_CURL_PRIV_H
#define PROVI_CURL_CURL_PRIV_H

#include <provision/transport_curl.h>

#include <curl/curl.h>

#include "base/buffer.h"
#include "base/url.h"
#include "curl/sockets.h"
#include "curl/trust.h"

/* Longest URL of a round: what a rule may hold, and what a server may redirect to. */
#define PROVI_CURL_MAX_URL_BYTES 8192
/* Longest TFTP file name; longer ones broke servers, and libcurl once (CVE-2006-1061). */
#define PROVI_CURL_MAX_TFTP_NAME_BYTES 255
/* Numeric IPv6 address with a zone. */
#define PROVI_CURL_IP_CAP 64

enum provi_curl_scheme {
    PROVI_CURL_TFTP,
    PROVI_CURL_HTTP,
    PROVI_CURL_HTTPS,
    PROVI_CURL_SYSLOG,
};

struct provi_curl_job {
    struct provi_curl_job *next;
    struct prov_curl *curl;
    prov_transfer *transfer;            /* NULL: cancelled */
    const struct prov_request *request; /* borrowed while there is a transfer */

    /* The round. */
    CURL *easy;
    struct curl_slist *headers;
    struct provi_buffer url; /* NUL-terminated, without user and password */
    enum provi_curl_scheme scheme;
    uint8_t method; /* enum prov_method; a redirect may turn it into GET */
    bool is_bare;   /* TFTP without options, for servers that choke on them */

    /* What was seen in it. */
    long http_code;          /* of the last complete header; 0: none */
    unsigned n_challenges;   /* 401 and 407 */
    size_t n_ignored;        /* bytes of a body that is not a success */
    size_t n_uploaded;       /* of the request's body */
    bool was_asked_to_send;  /* in a round that has nothing to send */
    bool is_sent;            /* the datagram has left */
    prov_status data_status; /* what prov_transfer_…() refused with */
    char server_ip[PROVI_CURL_IP_CAP];
    char why[CURL_ERROR_SIZE]; /* libcurl's words; never shown, only OpenSSL's number is read */

    /* Over all rounds. */
    unsigned n_redirects;
    int64_t spent_ms;
    bool has_head;
};

/* First in, first out. */
struct provi_curl_queue {
    struct provi_curl_job *first;
    struct provi_curl_job *last;
};

struct prov_curl {
    struct prov_alloc alloc;
    struct prov_transport transport;
    CURLM *multi;
    struct provi_curl_trust trust;
    struct provi_curl_sockets sockets;
    struct provi_curl_queue waiting; /* rounds to be given to libcurl by the next process */
    struct provi_curl_queue running; /* rounds that libcurl has */
    size_t n_dropped;                /* running jobs without a transfer */
    bool is_processing;
    bool has_global; /* one reference on libcurl's global state */
};

/* easy.c: one round's handle. */

/** Make `easy` for the URL, method and tries of the job. On failure there is none. */
prov_status provi_curl_easy_new(struct provi_curl_job *job, struct prov_error *err);
void provi_curl_easy_free(struct provi_curl_job *job);

/* http.c, tftp.c, datagram.c: what the protocols add to it. */
CURLcode provi_curl_set_http(struct provi_curl_job *job);
CURLcode provi_curl_set_tftp(struct provi_curl_job *job);
CURLcode provi_curl_set_datagram(struct provi_curl_job *job);

/* flow.c: libcurl's callbacks. */
void provi_curl_set_flow(struct provi_curl_job *job);
/** Tell the address tried. False: do not go there, nobody waits any more. */
bool provi_curl_tell_address(struct provi_curl_job *job, const struct curl_sockaddr *address);
/** Tell the head, if that was not done yet. */
void provi_curl_tell_head(struct provi_curl_job *job);

/* address.c: where to. */

/** Write the URL of the first round. */
prov_status provi_curl_first_url(struct provi_curl_job *job, struct prov_error *err);
/** Split the URL of the round; it has been checked before. Host and port are always there. */
void provi_curl_split_url(const struct provi_curl_job *job, struct provi_url *url);
/** Whether this round goes to the scheme, host and port that the request named. */
bool provi_curl_is_at_origin(const struct provi_curl_job *job);
/** `host:port` of the round, for messages. */
void provi_curl_where(const struct provi_curl_job *job, char *buf, size_t cap);

/* redirect.c */
bool provi_curl_is_redirect(const struct provi_curl_job *job);
/** Turn the job to the place the server named. PROV_OK; PROV_E_REDIRECT; PROV_E_NOMEM. */
prov_status provi_curl_follow(struct provi_curl_job *job, struct prov_error *err);

/* result.c: what a finished round means. */

/** Whether the round is to be repeated, having changed the job for it. */
bool provi_curl_try_again(struct provi_curl_job *job, CURLcode code);
/** The job's outcome in our words. */
prov_status provi_curl_judge(const struct provi_curl_job *job, CURLcode code,
                             struct prov_error *err);

/* tls_reason.c */
bool provi_curl_is_tls_failure(CURLcode code);
/** Why there is no trusted connection. Returns PROV_E_TLS. */
prov_status provi_curl_tls_reason(const struct provi_curl_job *job, CURLcode code,
                                  const char *where, struct prov_error *err);

#endif
