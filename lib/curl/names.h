/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Names that libcurl is not left to look up: services by DNS SRV (`--srv`), and addresses where the
 * host chose the name servers.
 *
 * A round that needs them first asks, one question after the other, and then begins anew.
 */
#ifndef PROVI_CURL_NAMES_H
#define PROVI_CURL_NAMES_H

#include "curl/curl_priv.h"

/** Copy `dns_servers` of the options. PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED; PROV_E_INVALID. */
prov_status provi_curl_names_set_up(struct prov_curl *curl, const char *servers,
                                    struct prov_error *err);

/** Be ready to ask, if the request or the options want it. PROV_OK; PROV_E_UNSUPPORTED; … */
prov_status provi_curl_names_new(struct provi_curl_job *job, struct prov_error *err);
void provi_curl_names_free(struct provi_curl_job *job);

/** Whether the round has to wait for an answer. */
bool provi_curl_names_is_wanting(const struct provi_curl_job *job);
/** Ask for what is wanting. Calls back to nobody. */
prov_status provi_curl_names_ask(struct provi_curl_job *job, struct prov_error *err);
/** See to descriptors with news, and to time. */
void provi_curl_names_turn(struct provi_curl_job *job, size_t n_ready);
/** Whether there is an answer, or no more time for one. */
bool provi_curl_names_is_over(const struct provi_curl_job *job);
int64_t provi_curl_names_timeout_ms(const struct provi_curl_job *job);
/** Take the answer. Otherwise the transfer ends with what is returned. */
prov_status provi_curl_names_take(struct provi_curl_job *job, struct prov_error *err);

/**
 * libcurl found no address and does not say why: ask the system's name servers about it. False:
 * they cannot be asked. Else provi_curl_names_explain() follows on the answer.
 */
bool provi_curl_names_diagnose(struct provi_curl_job *job);
bool provi_curl_names_is_diagnosing(const struct provi_curl_job *job);
/** Why there is no address, by the name servers. PROV_E_DNS; PROV_E_NOMEM. */
prov_status provi_curl_names_explain(struct provi_curl_job *job, struct prov_error *err);
/** Write who is asked: `the name servers 192.0.2.1, 192.0.2.2`. */
void provi_curl_names_who(const struct prov_curl *curl, char *buf, size_t cap);

/** Tell libcurl where the round goes. */
CURLcode provi_curl_names_set(struct provi_curl_job *job);
/** Host and port of the server: the URL's, or what an SRV record gives instead. */
void provi_curl_names_server(const struct provi_curl_job *job, struct provi_url *server);
/** Host and port to connect to: of the proxy, or of the server. */
void provi_curl_names_peer(const struct provi_curl_job *job, struct provi_url *peer);
/** Turn to the next of several servers. False: there is none. */
bool provi_curl_names_next(struct provi_curl_job *job);
/** Another round may have another server. */
void provi_curl_names_forget(struct provi_curl_job *job);

#endif
