/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Made, used and ended a thousand times: nothing stays behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>
#include <provision/transport_curl.h>

#include "curl_rig.h"

#define PROFILE "<flat-profile><GPP_A>new</GPP_A></flat-profile>"
#define N_CYCLES 1000
#define N_CYCLES_WATCHED 40 /* under valgrind, where each takes long */
#define MAX_FDS 32

struct cycle {
    struct fault_alloc memory; /* of everything of ours */
    prov_curl *curl;
    prov_store *store;
    prov_agent *agent;
    bool is_ended;
    uint32_t outcome;
};

struct servers {
    struct http_server http;
    struct datagram_server tftp;
};

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return now_ms();
}

static void hear(void *ctx, const struct prov_event *event)
{
    struct cycle *cycle = ctx;
    if (event->type != PROV_EVENT_RESYNC)
        return;
    cycle->is_ended = true;
    cycle->outcome = event->as.result->outcome;
}

/* A file of one block, whatever is asked for. */
static void serve_tftp(struct datagram_server *server, const uint8_t *data, size_t len)
{
    static const char block[] = "\0\3\0\1" PROFILE;
    if (len > 2 && data[1] == 1)
        datagram_server_send(server, block, sizeof block - 1);
}

static void make_agent(struct cycle *cycle)
{
    struct prov_host host = {.size = sizeof host, .ctx = cycle, .mono_ms = mono_ms, .event = hear};
    const struct prov_device device = {.size = sizeof device};
    const struct prov_curl_options curl = {.size = sizeof curl, .alloc = &cycle->memory.alloc};
    const struct prov_store_options store = {.size = sizeof store, .alloc = &cycle->memory.alloc};
    const struct prov_agent_options agent = {
        .size = sizeof agent,
        .host = &host,
        .device = &device,
        .alloc = &cycle->memory.alloc,
        .boot_cause = PROV_CAUSE_HOST,
    };
    assert_int_equal(prov_curl_new(&cycle->curl, &curl, NULL), PROV_OK);
    assert_int_equal(prov_store_open(&cycle->store, &store, NULL), PROV_OK);
    assert_int_equal(prov_store_bind(cycle->store, &host, NULL), PROV_OK);
    assert_int_equal(prov_agent_new(&cycle->agent, &agent, NULL), PROV_OK);
    assert_int_equal(
        prov_agent_add_transport(cycle->agent, prov_curl_transport(cycle->curl), 0, NULL), PROV_OK);
}

static void ask(struct cycle *cycle, const char *scheme, uint16_t port)
{
    char rule[64];
    snprintf(rule, sizeof rule, "%s://127.0.0.1:%u/profile.xml", scheme, (unsigned)port);
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_HOST,
        .rule = prov_str_from(rule),
    };
    assert_int_equal(prov_agent_request(cycle->agent, &request, NULL), PROV_OK);
}

static size_t list_fds(struct cycle *cycle, const struct servers *servers, struct pollfd *fds)
{
    size_t n = 0;
    fds[n++] = (struct pollfd){.fd = servers->http.listener, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = servers->http.connections[0].fd, .events = POLLIN};
    fds[n++] = (struct pollfd){.fd = servers->tftp.fd, .events = POLLIN};
    struct prov_pollfd wanted[8];
    size_t n_wanted = prov_agent_pollfds(cycle->agent, wanted, 8);
    for (size_t i = 0; i < n_wanted && i < 8; i++)
        fds[n++] = (struct pollfd){
            .fd = wanted[i].fd,
            .events = wanted[i].events & PROV_POLL_OUT ? POLLIN | POLLOUT : POLLIN,
        };
    return n;
}

static void turn(struct cycle *cycle, struct servers *servers)
{
    struct pollfd fds[MAX_FDS];
    size_t n = list_fds(cycle, servers, fds);
    int64_t wait_ms = prov_agent_timeout_ms(cycle->agent);
    poll(fds, (nfds_t)n, wait_ms < 0 || wait_ms > 1000 ? 1000 : (int)wait_ms);
    http_server_step(&servers->http);
    datagram_server_step(&servers->tftp);
    assert_int_equal(prov_agent_process(cycle->agent, NULL), PROV_OK);
}

/* @p max_turns  The agent ends after so many, wherever it is. */
static void run_cycle(struct servers *servers, const char *scheme, uint16_t port, int max_turns)
{
    struct cycle cycle = {0};
    fault_alloc_init(&cycle.memory, NULL);
    make_agent(&cycle);
    ask(&cycle, scheme, port);
    for (int i = 0; i < max_turns && !cycle.is_ended; i++)
        turn(&cycle, servers);
    if (cycle.is_ended)
        assert_int_equal(cycle.outcome, PROV_OUTCOME_APPLIED);
    else
        assert_true(max_turns < INT32_MAX);
    prov_agent_free(cycle.agent);
    prov_store_close(cycle.store);
    prov_curl_free(cycle.curl);
    fault_alloc_assert_empty(&cycle.memory);
}

/* Half of them to their end, the others cut off after a few turns. */
static void run_cycles(struct servers *servers, int n)
{
    for (int i = 0; i < n; i++) {
        int max_turns = i % 4 < 2 ? INT32_MAX : i / 4 % 5;
        if (i % 2 == 0)
            run_cycle(servers, "http", servers->http.port, max_turns);
        else
            run_cycle(servers, "tftp", servers->tftp.port, max_turns);
    }
}

static void test_a_thousand_cycles_leave_no_descriptor_and_no_byte(void **state)
{
    (void)state;
    static const struct reply whole = {"HTTP/1.1 200 OK\r\nContent-Length: 47\r\n\r\n" PROFILE,
                                       REPLY_CLOSE};
    struct servers servers;
    http_server_open(&servers.http, &whole, 1);
    datagram_server_open(&servers.tftp, serve_tftp, NULL);
    run_cycles(&servers, 20);
    size_t before = count_descriptors();
    run_cycles(&servers, test_takes_few() ? N_CYCLES_WATCHED : N_CYCLES);
    /* The last ones that were cut off: the server has not seen it yet. */
    for (int i = 0; i < 20; i++)
        http_server_step(&servers.http);
    assert_int_equal(count_descriptors(), before);
    datagram_server_close(&servers.tftp);
    http_server_close(&servers.http);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_thousand_cycles_leave_no_descriptor_and_no_byte),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
