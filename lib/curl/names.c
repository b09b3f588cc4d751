/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Lookups by SRV, and with the host's name servers. A server found by SRV is used as if it were the
 * host of the URL: the certificate must have the host of the rule (RFC 6125, section 1.8: the name
 * that a person configured). Answers of name servers are not authentic, so a name from them proves
 * nothing.
 */
#include "curl/curl_priv.h"

#include <stdio.h>
#include <string.h>

#include <provision/version.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "curl/service.h"

/* Capacity of a line for CURLOPT_RESOLVE or CURLOPT_CONNECT_TO. */
#define LINE_CAP (PROVI_CURL_NAME_CAP + 16 + PROVI_CURL_MAX_ADDRESSES * (PROVI_CURL_IP_CAP + 3))

#define DNS_PORT 53
/* Timeout of a question that only finds out why there is no address. */
#define DIAGNOSIS_MS 3000

struct provi_curl_names {
    struct provi_curl_resolver *resolver; /* NULL: no question is under way */
    int64_t asked_ms;                     /* when the question was sent */
    char name[PROVI_CURL_NAME_CAP];       /* name in the question */
    struct provi_curl_dns_answer answer;
    bool has_services;                  /* the services were looked up */
    bool is_diagnosing;                 /* the question is only for an error message */
    struct provi_curl_service *service; /* record of the answer that is being tried; or NULL */
    uint32_t chance;
    struct curl_slist *lines[2];
};

static bool parse_server(prov_str text, union provi_curl_address *to)
{
    struct provi_url url;
    struct provi_url_fault fault;
    if (!provi_url_split(text, false, &url, &fault) || url.path.len > 0)
        return false;
    return provi_curl_read_ip(url.host, url.port ? url.port : DNS_PORT, to);
}

prov_status provi_curl_names_set_up(struct prov_curl *curl, const char *servers,
                                    struct prov_error *err)
{
    prov_str rest = prov_str_from(servers);
    prov_str one;
    if (rest.len == 0)
        return PROV_OK;
    if (!prov_feature_supported(PROV_FEATURE_SRV)) /* GCOV_EXCL_BR_LINE: a matter of the build */
        return provi_fail(err, PROV_E_UNSUPPORTED, "this library cannot choose name servers");
    while (provi_str_split(&rest, ',', &one)) {
        if (curl->n_dns_servers == PROVI_CURL_MAX_SERVERS)
            return provi_fail_invalid(err, "dns_servers: more than three addresses");
        if (!parse_server(one, &curl->dns_servers[curl->n_dns_servers++]))
            return provi_fail(err, PROV_E_INVALID,
                              "dns_servers: expected an address as 192.0.2.1 or 192.0.2.1:53, "
                              "found '%.*s'",
                              PROVI_STR(one));
    }
    return PROV_OK;
}

prov_status provi_curl_names_new(struct provi_curl_job *job, struct prov_error *err)
{
    if (!job->request->srv && job->curl->n_dns_servers == 0)
        return PROV_OK;
    if (!prov_feature_supported(PROV_FEATURE_SRV)) /* GCOV_EXCL_BR_LINE: a matter of the build */
        return provi_fail(err, PROV_E_UNSUPPORTED, "this library does no SRV lookups");
    job->names = provi_alloc_zero(&job->curl->alloc, sizeof *job->names);
    if (!job->names)
        return provi_fail_nomem(err);
    job->names->chance = job->request->entropy;
    return PROV_OK;
}

static void forget_lines(struct provi_curl_names *names)
{
    for (size_t i = 0; i < PROVI_LEN(names->lines); i++) {
        curl_slist_free_all(names->lines[i]);
        names->lines[i] = NULL;
    }
}

static void end_question(struct provi_curl_names *names)
{
    provi_curl_resolver_free(names->resolver);
    names->resolver = NULL;
}

void provi_curl_names_free(struct provi_curl_job *job)
{
    if (!job->names)
        return;
    end_question(job->names);
    forget_lines(job->names);
    provi_free(&job->curl->alloc, job->names, sizeof *job->names);
    job->names = NULL;
}

static void add_server(struct provi_text *out, const union provi_curl_address *server)
{
    char ip[PROVI_CURL_IP_CAP];
    uint16_t port = provi_curl_port_of(&server->any);
    bool is_bracketed = server->any.sa_family == AF_INET6 && port != DNS_PORT;
    provi_curl_write_ip(&server->any, ip, sizeof ip);
    provi_text_puts(out, is_bracketed ? "[" : "");
    provi_text_puts(out, ip);
    provi_text_puts(out, is_bracketed ? "]" : "");
    if (port == DNS_PORT)
        return;
    provi_text_puts(out, ":");
    provi_text_add_number(out, port);
}

void provi_curl_names_who(const struct prov_curl *curl, char *buf, size_t cap)
{
    union provi_curl_address found[PROVI_CURL_MAX_SERVERS];
    const union provi_curl_address *servers = curl->dns_servers;
    size_t n = curl->n_dns_servers;
    if (n == 0) {
        n = provi_curl_resolver_servers(found);
        servers = found;
    }
    struct provi_text out = {.buf = buf, .cap = cap};
    provi_text_puts(&out, n > 1 ? "the name servers" : "the name server");
    for (size_t i = 0; i < n; i++) {
        provi_text_puts(&out, i ? ", " : " ");
        add_server(&out, &servers[i]);
    }
    provi_text_end(&out, NULL);
}

static const struct provi_curl_service *service_of(const struct provi_curl_job *job)
{
    return job->names && provi_curl_is_at_origin(job) ? job->names->service : NULL;
}

void provi_curl_names_server(const struct provi_curl_job *job, struct provi_url *server)
{
    const struct provi_curl_service *service = service_of(job);
    *server = job->target;
    if (!service)
        return;
    server->host = prov_str_from(service->target);
    server->port = service->port;
}

void provi_curl_names_peer(const struct provi_curl_job *job, struct provi_url *peer)
{
    if (job->proxy.port)
        *peer = job->proxy;
    else
        provi_curl_names_server(job, peer);
}

static bool is_wanting_services(const struct provi_curl_job *job)
{
    return job->request->srv && !job->names->has_services &&
           !provi_curl_is_numeric(job->request->host);
}

bool provi_curl_names_are_needed(const struct provi_curl_job *job)
{
    if (!job->names || is_wanting_services(job))
        return job->names != NULL;
    struct provi_url peer;
    provi_curl_names_peer(job, &peer);
    return job->curl->n_dns_servers > 0 && job->names->answer.n_addresses == 0 &&
           !provi_curl_is_numeric(peer.host);
}

static bool write_question(struct provi_curl_job *job, bool for_services)
{
    struct provi_url peer;
    provi_curl_names_peer(job, &peer);
    prov_str host = for_services ? job->request->host : peer.host;
    const char *prefix = "";
    if (for_services)
        prefix =
            job->scheme == PROVI_CURL_HTTPS ? "_ciscoprov-https._tls." : "_ciscoprov-http._tcp.";
    struct provi_curl_names *names = job->names;
    if (strlen(prefix) + host.len >= sizeof names->name)
        return false;
    snprintf(names->name, sizeof names->name, "%s%.*s", prefix, PROVI_STR(host));
    return true;
}

static prov_status start_query(struct provi_curl_job *job, enum provi_curl_record record,
                               struct prov_error *err)
{
    struct provi_curl_names *names = job->names;
    const struct provi_curl_question question = {
        .name = names->name,
        .record = record,
        .servers = job->curl->dns_servers,
        .n_servers = job->curl->n_dns_servers,
        .answer = &names->answer,
    };
    names->asked_ms = provi_curl_now_ms(job->curl);
    return provi_curl_resolver_new(&names->resolver, &job->curl->alloc, &job->curl->sockets,
                                   &question, err);
}

prov_status provi_curl_names_start(struct provi_curl_job *job, struct prov_error *err)
{
    bool for_services = is_wanting_services(job);
    if (!write_question(job, for_services))
        return provi_fail(err, PROV_E_DNS,
                          "%s: expected at most %d bytes, found a host name of %zu",
                          for_services ? "name of the SRV query" : "host", PROVI_CURL_NAME_CAP - 1,
                          job->request->host.len);
    return start_query(job, for_services ? PROVI_CURL_SERVICES : PROVI_CURL_ADDRESSES, err);
}

static int64_t left_ms(const struct provi_curl_job *job)
{
    const struct prov_limits *limits = job->request->limits;
    int64_t total_ms = (int64_t)limits->total_timeout_ms - job->spent_ms;
    int64_t allowed_ms =
        limits->connect_timeout_ms < total_ms ? limits->connect_timeout_ms : total_ms;
    if (job->names->is_diagnosing && allowed_ms > DIAGNOSIS_MS)
        allowed_ms = DIAGNOSIS_MS;
    int64_t spent_ms = provi_curl_now_ms(job->curl) - job->names->asked_ms;
    return spent_ms < allowed_ms ? allowed_ms - spent_ms : 0;
}

void provi_curl_names_turn(struct provi_curl_job *job, size_t n_ready)
{
    provi_curl_resolver_turn(job->names->resolver, job->curl->sockets.ready, n_ready);
}

bool provi_curl_names_is_over(const struct provi_curl_job *job)
{
    return provi_curl_resolver_is_answered(job->names->resolver) || left_ms(job) == 0;
}

int64_t provi_curl_names_timeout_ms(const struct provi_curl_job *job)
{
    int64_t wait_ms = provi_curl_resolver_timeout_ms(job->names->resolver);
    return wait_ms < left_ms(job) ? wait_ms : left_ms(job);
}

/* Without SRV records the host's own address is used (RFC 2782, "Usage rules"). */
static prov_status accept_services(struct provi_curl_job *job, prov_status status,
                                   struct prov_error *err)
{
    struct provi_curl_names *names = job->names;
    names->has_services = true;
    if (status == PROV_E_NOT_FOUND && job->request->srv == PROV_SRV_ONLY)
        return provi_fail(err, PROV_E_DNS, "no service %s", names->name);
    if (status == PROV_E_NOT_FOUND)
        return PROV_OK;
    if (status != PROV_OK)
        return status;
    names->service = provi_curl_service_pick(&names->answer, &names->chance);
    if (names->service)
        return PROV_OK;
    return provi_fail(err, PROV_E_DNS, "%s offers no such service", names->name);
}

prov_status provi_curl_names_accept(struct provi_curl_job *job, struct prov_error *err)
{
    struct provi_curl_names *names = job->names;
    struct prov_error why = {.size = sizeof why};
    job->spent_ms += provi_curl_now_ms(job->curl) - names->asked_ms;
    char who[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_names_who(job->curl, who, sizeof who);
    prov_status status = provi_curl_resolver_result(names->resolver, names->name, who, &why);
    end_question(names);
    if (is_wanting_services(job))
        status = accept_services(job, status, &why);
    else if (status == PROV_E_NOT_FOUND)
        status = why.status = PROV_E_DNS;
    else if (status == PROV_OK && names->answer.n_addresses == 0)
        status =
            provi_fail(&why, PROV_E_DNS, "no address of %s in the answer of %s", names->name, who);
    if (status != PROV_OK)
        provi_error_copy(err, &why);
    return status;
}

bool provi_curl_names_diagnose(struct provi_curl_job *job)
{
    struct prov_error err = {.size = sizeof err};
    if (!prov_feature_supported(PROV_FEATURE_SRV)) /* GCOV_EXCL_BR_LINE: a matter of the build */
        return false;
    if (job->curl->n_dns_servers > 0)
        return false;
    if (!job->names)
        job->names = provi_alloc_zero(&job->curl->alloc, sizeof *job->names);
    if (!job->names || !write_question(job, false))
        return false;
    job->names->is_diagnosing =
        start_query(job, PROVI_CURL_NAMES, &err) == PROV_OK && left_ms(job) > 0;
    if (!job->names->is_diagnosing)
        end_question(job->names);
    return job->names->is_diagnosing;
}

bool provi_curl_names_is_diagnosing(const struct provi_curl_job *job)
{
    return job->names->is_diagnosing;
}

prov_status provi_curl_names_explain(struct provi_curl_job *job, struct prov_error *err)
{
    struct provi_curl_names *names = job->names;
    char who[PROVI_CURL_ENDPOINT_CAP], peer[PROVI_CURL_ENDPOINT_CAP];
    provi_curl_names_who(job->curl, who, sizeof who);
    provi_curl_endpoint_peer(job, peer, sizeof peer);
    job->spent_ms += provi_curl_now_ms(job->curl) - names->asked_ms;
    prov_status status = provi_curl_resolver_result(names->resolver, peer, who, err);
    end_question(names);
    names->is_diagnosing = false;
    names->answer.n_addresses = 0;
    if (status == PROV_OK)
        provi_fail(err, PROV_E_DNS, "the system finds no address for %s, though %s has one", peer,
                   who);
    if (status == PROV_OK || status == PROV_E_NOT_FOUND)
        status = err->status = PROV_E_DNS;
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

bool provi_curl_names_next(struct provi_curl_job *job)
{
    if (!service_of(job))
        return false;
    job->names->service->port = 0; /* not usable any more */
    struct provi_curl_service *service =
        provi_curl_service_pick(&job->names->answer, &job->names->chance);
    if (!service)
        return false;
    job->names->service = service;
    return true;
}

void provi_curl_names_forget(struct provi_curl_job *job)
{
    if (job->names)
        job->names->answer.n_addresses = 0;
}

/* The lines must exist as long as the hop. */
static CURLcode set_line(struct provi_curl_job *job, CURLoption option, size_t i, const char *line)
{
    job->names->lines[i] = curl_slist_append(NULL, line);
    if (!job->names->lines[i])
        return CURLE_OUT_OF_MEMORY;
    return curl_easy_setopt(job->easy, option, job->names->lines[i]);
}

static CURLcode set_service(struct provi_curl_job *job)
{
    char line[LINE_CAP];
    const struct provi_curl_service *service = service_of(job);
    if (!service)
        return CURLE_OK;
    snprintf(line, sizeof line, "::%s:%u", service->target, (unsigned)service->port);
    return set_line(job, CURLOPT_CONNECT_TO, 0, line);
}

/* libcurl caches these addresses for the longest duration of the transfer, and not for ever
 * ("+"). */
static CURLcode set_addresses(struct provi_curl_job *job)
{
    char line[LINE_CAP];
    const struct provi_curl_dns_answer *answer = &job->names->answer;
    if (answer->n_addresses == 0)
        return CURLE_OK;
    struct provi_url peer;
    provi_curl_names_peer(job, &peer);
    int len = snprintf(line, sizeof line, "+%.*s:%u:", PROVI_STR(peer.host), (unsigned)peer.port);
    for (size_t i = 0; i < answer->n_addresses; i++) {
        char ip[PROVI_CURL_IP_CAP];
        provi_curl_write_ip(&answer->addresses[i].any, ip, sizeof ip);
        len += snprintf(line + len, sizeof line - (size_t)len, "%s[%s]", i ? "," : "", ip);
    }
    long keep_s = (long)(job->request->limits->total_timeout_ms / 1000) + 1;
    CURLcode code = curl_easy_setopt(job->easy, CURLOPT_DNS_CACHE_TIMEOUT, keep_s);
    return code == CURLE_OK ? set_line(job, CURLOPT_RESOLVE, 1, line) : code;
}

CURLcode provi_curl_names_set(struct provi_curl_job *job)
{
    if (!job->names)
        return CURLE_OK;
    forget_lines(job->names);
    CURLcode code = set_service(job);
    return code == CURLE_OK ? set_addresses(job) : code;
}
