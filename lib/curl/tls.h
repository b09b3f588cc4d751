/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * TLS as this library wants it, put upon the connections libcurl makes.
 *
 * libcurl hands over each connection's SSL_CTX before the handshake. From then on the trust, the
 * verification with its reasons and the device's own certificate are ours; the handshake and the
 * bytes stay libcurl's. This needs a libcurl built with the very OpenSSL this library uses.
 */
#ifndef PROVI_CURL_TLS_H
#define PROVI_CURL_TLS_H

#include <provision/transport_curl.h>

#include <curl/curl.h>

struct provi_curl_job;
struct ssl_ctx_st; /* OpenSSL's SSL_CTX */

/** Whom a transport trusts, and who it is itself. */
struct provi_tls;

/* A name in a certificate, with NUL; common names have at most 64 characters. */
#define PROVI_TLS_NAME_CAP 80

/** What one round's handshake needs and meets. All zero before it. */
struct provi_tls_round {
    const struct provi_tls *tls;
    prov_str host;              /* the server's, borrowed as long as the round */
    struct ssl_ctx_st *context; /* of the round's last connection, a reference; NULL: none made */
    struct prov_error fault;    /* why the server's certificate is refused; PROV_OK: it is not */
    unsigned long code;         /* OpenSSL's, of the handshake or a fatal alert; 0: none */
    bool was_asked;             /* the server wanted to see the device's certificate … */
    char wanted_ca[PROVI_TLS_NAME_CAP]; /* … from this CA, or from one of several; or empty */
    bool is_one_of_several;
    bool has_wanted_ca;          /* the device's certificate is from one of them */
    enum prov_tls_reason told;   /* what the server's words say that its status does not */
    char words[CURL_ERROR_SIZE]; /* libcurl's, of its failure */
};

/** Statuses of prov_curl_new(). */
prov_status provi_tls_new(struct provi_tls **out, const struct prov_alloc *alloc,
                          const struct prov_curl_options *opt, struct prov_error *err);
/** After the connections. NULL is fine. */
void provi_tls_free(struct provi_tls *tls);

/** Prepare the round's easy handle. */
CURLcode provi_tls_set(struct provi_curl_job *job);
/**
 * Before each request. On a connection that an earlier round made, the server may ask for the
 * device's certificate only now, in a second handshake.
 */
void provi_tls_rejoin(struct provi_curl_job *job);
/** Leave the round's connection, which may outlive it. */
void provi_tls_leave(struct provi_curl_job *job);

/** Look at the first bytes of an answer that is a failure, or that has no HTTP header. */
void provi_tls_sniff(struct provi_curl_job *job, prov_str answer);

/**
 * Why a round failed, if TLS is the cause.
 *
 * @param where  The server, for the message.
 * @return PROV_E_TLS, PROV_E_NOMEM; PROV_OK: the cause is another one.
 */
prov_status provi_tls_judge(const struct provi_curl_job *job, CURLcode code, const char *where,
                            struct prov_error *err);

#endif
