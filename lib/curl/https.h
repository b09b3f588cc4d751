/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * TLS as this library wants it, put upon the connections libcurl makes.
 *
 * libcurl hands over each connection's SSL_CTX before the handshake. From then on the trust, the
 * verification with its reasons and the device's own certificate are ours; the handshake and the
 * bytes stay libcurl's. This needs a libcurl built with the very OpenSSL this library uses.
 */
#ifndef PROVI_CURL_HTTPS_H
#define PROVI_CURL_HTTPS_H

#include <provision/transport_curl.h>

#include <curl/curl.h>

struct provi_curl_job;
struct provi_tls;
struct provi_tls_facts;

/** Make the TLS of a transport. Statuses of prov_curl_new(); ended by provi_tls_free(). */
prov_status provi_https_new(struct provi_tls **out, const struct prov_alloc *alloc,
                            const struct prov_curl_options *opt, struct prov_error *err);

/** Prepare the round's easy handle. */
CURLcode provi_https_set(struct provi_curl_job *job);
/**
 * Before each request. On a connection that an earlier round made, the server may ask for the
 * device's certificate only now, in a second handshake.
 */
void provi_https_rejoin(struct provi_curl_job *job);
/** Describe the round's connection. False: libcurl does not show it. */
bool provi_https_get_facts(const struct provi_curl_job *job, struct provi_tls_facts *facts);
/** Leave the round's connection, which may outlive it. */
void provi_https_leave(struct provi_curl_job *job);

/** Look at the first bytes of an answer that is a failure, or that has no HTTP header. */
void provi_https_sniff(struct provi_curl_job *job, prov_str answer);

/**
 * Why a round failed, if TLS is the cause.
 *
 * @param where  The server, for the message.
 * @return PROV_E_TLS, PROV_E_NOMEM; PROV_OK: the cause is another one.
 */
prov_status provi_https_judge(const struct provi_curl_job *job, CURLcode code, const char *where,
                              struct prov_error *err);

#endif
