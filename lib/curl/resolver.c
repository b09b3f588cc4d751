/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Lookups by c-ares. Each question has its own channel: freeing the channel drops the question, and
 * the system's list of name servers is read for each question, as a roaming device needs it. */
#define CARES_NO_DEPRECATED
#include "curl/resolver.h"

#include <ares.h>
#include <arpa/nameser.h>
#include <errno.h>
#include <string.h>
#include <sys/time.h>

#include "base/alloc.h"
#include "base/error.h"

/* Timeout of a server's first try, and number of tries. The limit of the hop applies too. */
#define TRY_MS 2000
#define N_TRIES 3

#define DNS_PORT 53

struct provi_curl_resolver {
    struct prov_alloc alloc;
    struct provi_curl_sockets *sockets;
    ares_channel channel;
    struct provi_curl_question question;
    int outcome; /* ARES_…; ARES_ETIMEOUT until it is answered */
    int error;   /* errno of a connection that was not made */
    bool is_answered;
    bool accepts_failure; /* accept a server's failure as the answer */
    bool must_query_again;
};

static void watch(void *ctx, ares_socket_t fd, int readable, int writable)
{
    struct provi_curl_resolver *resolver = ctx;
    int what = (readable ? CURL_POLL_IN : 0) | (writable ? CURL_POLL_OUT : 0);
    provi_curl_sockets_watch(NULL, fd, what ? what : CURL_POLL_REMOVE, resolver->sockets, NULL);
}

/*
 * After a failure of one server c-ares asks the others, forgets the failure, and finally reports
 * that no server could be reached. Only a second question, in which failures count as answers,
 * gives the reason.
 */
static void record_outcome(struct provi_curl_resolver *resolver, int outcome)
{
    resolver->outcome = outcome;
    resolver->error = outcome == ARES_ECONNREFUSED ? errno : 0;
    if (outcome == ARES_ECONNREFUSED && !resolver->accepts_failure)
        resolver->must_query_again = true;
    else
        resolver->is_answered = true;
}

/* The place for a new record: after the others, or that of the record with the lowest
 * precedence. */
static struct provi_curl_service *place_for(struct provi_curl_dns_answer *answer, uint16_t priority)
{
    if (answer->n_services < PROVI_CURL_MAX_SERVICES)
        return &answer->services[answer->n_services++];
    struct provi_curl_service *last = &answer->services[0];
    for (size_t i = 1; i < PROVI_CURL_MAX_SERVICES; i++)
        if (answer->services[i].priority > last->priority)
            last = &answer->services[i];
    return priority < last->priority ? last : NULL;
}

static void add_service(struct provi_curl_dns_answer *answer, const struct ares_srv_reply *record)
{
    size_t len = strlen(record->host);
    struct provi_curl_service *service =
        len < PROVI_CURL_NAME_CAP ? place_for(answer, record->priority) : NULL;
    if (!service)
        return;
    service->priority = record->priority;
    service->weight = record->weight;
    service->port = record->port;
    memcpy(service->target, record->host,
           len + 1); /* empty for the root, which means "no such service" */
}

static void on_services(void *ctx, int outcome, int n_timeouts, unsigned char *data, int len)
{
    (void)n_timeouts;
    struct provi_curl_resolver *resolver = ctx;
    struct ares_srv_reply *records = NULL;
    record_outcome(resolver,
                   outcome == ARES_SUCCESS ? ares_parse_srv_reply(data, len, &records) : outcome);
    for (const struct ares_srv_reply *record = records; record; record = record->next)
        add_service(resolver->question.answer, record);
    ares_free_data(records);
}

static void on_addresses(void *ctx, int outcome, int n_timeouts, struct ares_addrinfo *result)
{
    (void)n_timeouts;
    struct provi_curl_resolver *resolver = ctx;
    struct provi_curl_dns_answer *answer = resolver->question.answer;
    record_outcome(resolver, outcome);
    if (!result)
        return;
    for (const struct ares_addrinfo_node *node = result->nodes;
         node && answer->n_addresses < PROVI_CURL_MAX_ADDRESSES; node = node->ai_next)
        memcpy(&answer->addresses[answer->n_addresses++], node->ai_addr, node->ai_addrlen);
    ares_freeaddrinfo(result);
}

static int set_servers(ares_channel channel, const struct provi_curl_question *question)
{
    struct ares_addr_port_node nodes[PROVI_CURL_MAX_SERVERS] = {0};
    for (size_t i = 0; i < question->n_servers; i++) {
        const union provi_curl_address *server = &question->servers[i];
        struct ares_addr_port_node *node = &nodes[i];
        node->next = i + 1 < question->n_servers ? node + 1 : NULL;
        node->family = server->any.sa_family;
        if (node->family == AF_INET)
            node->addr.addr4 = server->v4.sin_addr;
        else
            memcpy(&node->addr.addr6, &server->v6.sin6_addr, sizeof node->addr.addr6);
        /* Both structs have the port at the same offset. */
        node->udp_port = node->tcp_port = ntohs(server->v4.sin_port);
    }
    return ares_set_servers_ports(channel, nodes);
}

static int open_channel(struct provi_curl_resolver *resolver)
{
    const struct provi_curl_question *question = &resolver->question;
    struct ares_options options = {
        .flags = resolver->accepts_failure ? ARES_FLAG_NOCHECKRESP : 0,
        .timeout = TRY_MS,
        .tries = N_TRIES,
        .sock_state_cb = watch,
        .sock_state_cb_data = resolver,
    };
    int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    int code = ares_init_options(&resolver->channel, &options, mask);
    if (code != ARES_SUCCESS) {
        resolver->channel = NULL;
        return code;
    }
    return question->n_servers ? set_servers(resolver->channel, question) : ARES_SUCCESS;
}

static void start_query(struct provi_curl_resolver *resolver)
{
    const struct provi_curl_question *question = &resolver->question;
    const struct ares_addrinfo_hints hints = {
        .ai_family = question->record == PROVI_CURL_NAMES ? AF_INET : AF_UNSPEC,
        .ai_socktype = SOCK_STREAM,
    };
    if (question->record == PROVI_CURL_SERVICES)
        ares_query(resolver->channel, question->name, ns_c_in, ns_t_srv, on_services, resolver);
    else
        ares_getaddrinfo(resolver->channel, question->name, NULL, &hints, on_addresses, resolver);
}

prov_status provi_curl_resolver_new(struct provi_curl_resolver **out,
                                    const struct prov_alloc *alloc,
                                    struct provi_curl_sockets *sockets,
                                    const struct provi_curl_question *question,
                                    struct prov_error *err)
{
    *out = NULL;
    struct provi_curl_resolver *resolver = provi_alloc_zero(alloc, sizeof *resolver);
    if (!resolver)
        return provi_fail_nomem(err);
    resolver->alloc = *alloc;
    resolver->sockets = sockets;
    resolver->question = *question;
    resolver->outcome = ARES_ETIMEOUT;
    int code = open_channel(resolver);
    if (code == ARES_SUCCESS) {
        start_query(resolver);
        *out = resolver;
        return PROV_OK;
    }
    provi_curl_resolver_free(resolver);
    return provi_fail_nomem(err);
}

void provi_curl_resolver_free(struct provi_curl_resolver *resolver)
{
    if (!resolver)
        return;
    if (resolver->channel)
        ares_destroy(resolver->channel);
    struct prov_alloc alloc = resolver->alloc;
    provi_free(&alloc, resolver, sizeof *resolver);
}

static void query_again(struct provi_curl_resolver *resolver)
{
    resolver->must_query_again = false;
    resolver->accepts_failure = true;
    ares_destroy(resolver->channel);
    int code = open_channel(resolver);
    if (code == ARES_SUCCESS)
        start_query(resolver);
    else
        record_outcome(resolver, code);
}

/* Descriptors of other channels are skipped. */
void provi_curl_resolver_turn(struct provi_curl_resolver *resolver,
                              const struct provi_curl_ready *ready, size_t n_ready)
{
    if (resolver->must_query_again)
        query_again(resolver);
    for (size_t i = 0; i < n_ready && resolver->channel; i++) {
        bool in = ready[i].events & (CURL_CSELECT_IN | CURL_CSELECT_ERR);
        bool out = ready[i].events & CURL_CSELECT_OUT;
        ares_process_fd(resolver->channel, in ? ready[i].fd : ARES_SOCKET_BAD,
                        out ? ready[i].fd : ARES_SOCKET_BAD);
    }
    if (resolver->channel)
        ares_process_fd(resolver->channel, ARES_SOCKET_BAD, ARES_SOCKET_BAD);
}

/* Rounded up, so that no wait ends too early. */
int64_t provi_curl_resolver_timeout_ms(const struct provi_curl_resolver *resolver)
{
    struct timeval most = {.tv_sec = TRY_MS / 1000}, left;
    if (resolver->is_answered || resolver->must_query_again)
        return 0;
    const struct timeval *wait = ares_timeout(resolver->channel, &most, &left);
    return (int64_t)wait->tv_sec * 1000 + (wait->tv_usec + 999) / 1000;
}

bool provi_curl_resolver_is_answered(const struct provi_curl_resolver *resolver)
{
    return resolver->is_answered;
}

prov_status provi_curl_resolver_result(const struct provi_curl_resolver *resolver,
                                       const char *subject, const char *servers,
                                       struct prov_error *err)
{
    const prov_status status = PROV_E_DNS;
    const char *what, *joint = " ";
    switch (resolver->outcome) {
    case ARES_SUCCESS: return PROV_OK;
    case ARES_ENOTFOUND:
    case ARES_ENODATA:
        what = resolver->outcome == ARES_ENOTFOUND
                   ? "no such name"
                   : "the name is known, but no record of that kind";
        return provi_fail(err, PROV_E_NOT_FOUND, "%s: %s, by %s", what, subject, servers);
    case ARES_ENOMEM: return provi_fail_nomem(err);
    case ARES_ETIMEOUT: what = "no answer from"; break;
    case ARES_ECONNREFUSED: what = "connection refused by"; break;
    case ARES_ESERVFAIL: what = "SERVFAIL from"; break;
    case ARES_EREFUSED: what = "REFUSED by"; break;
    case ARES_EBADRESP: what = "malformed answer from"; break;
    default: what = ares_strerror(resolver->outcome); joint = ": ";
    }
    if (resolver->error == EMFILE || resolver->error == ENFILE)
        what = "no descriptor is free to ask";
    provi_fail(err, status, "%s%s%s (query: %s)", what, joint, servers, subject);
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return status;
}

static void copy_server(union provi_curl_address *to, const struct ares_addr_port_node *node)
{
    uint16_t port = htons((uint16_t)(node->udp_port ? node->udp_port : DNS_PORT));
    *to = (union provi_curl_address){0};
    to->any.sa_family = (sa_family_t)node->family;
    if (node->family == AF_INET) {
        to->v4.sin_port = port;
        to->v4.sin_addr = node->addr.addr4;
    } else {
        to->v6.sin6_port = port;
        memcpy(&to->v6.sin6_addr, &node->addr.addr6, sizeof to->v6.sin6_addr);
    }
}

size_t provi_curl_resolver_servers(union provi_curl_address *servers)
{
    struct ares_options options = {.timeout = TRY_MS};
    struct ares_addr_port_node *nodes = NULL;
    ares_channel channel;
    size_t n = 0;
    if (ares_init_options(&channel, &options, ARES_OPT_TIMEOUTMS) != ARES_SUCCESS)
        return 0;
    if (ares_get_servers_ports(channel, &nodes) == ARES_SUCCESS)
        for (const struct ares_addr_port_node *node = nodes; node && n < PROVI_CURL_MAX_SERVERS;
             node = node->next)
            copy_server(&servers[n++], node);
    ares_free_data(nodes);
    ares_destroy(channel);
    return n;
}
