/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The agent's own limits of time: of a transfer, of a whole resync, of a log server. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "fake_trust.h"

#define PROFILE "<flat-profile><GPP_A>new</GPP_A></flat-profile>"

/* How the last resync, and each log server, ended. */
struct heard {
    struct prov_error error;
    uint32_t outcome;
    unsigned n_resyncs;
    struct prov_error log; /* the latest */
    unsigned n_logs;       /* with an error */
};

static void listen(void *ctx, const struct prov_event *event)
{
    struct heard *heard = ctx;
    if (event->type == PROV_EVENT_RESYNC) {
        heard->n_resyncs++;
        heard->outcome = event->as.result->outcome;
        heard->error = event_error(event) ? *event_error(event) : (struct prov_error){0};
    }
    if (event->type == PROV_EVENT_LOG && event->as.log->error) {
        heard->n_logs++;
        heard->log = *event->as.log->error;
    }
}

static void start(struct device *d, struct heard *heard, struct prov_limits *limits)
{
    struct prov_agent_options options = {.size = sizeof options, .limits = limits};
    limits->size = sizeof *limits;
    device_plug_in(d, NULL, NULL, NULL);
    device_mute(d);
    d->host.on_event = listen;
    d->host.on_event_ctx = heard;
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
}

static void ask(struct device *d, const char *rule)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_HOST,
        .rule = prov_str_from(rule),
    };
    assert_int_equal(prov_agent_request(d->agent, &request, NULL), PROV_OK);
    device_settle(d);
}

/* A transport that never answers at all does not keep the agent for ever. */
static void test_mute_transport_ends_by_the_limit_of_a_transfer(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 5000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    (void)state;
    start(&d, &heard, &limits);
    fake_transport_add_text(&d.net, "http://h/q", PROFILE);
    d.net.is_frozen = true;
    ask(&d, "http://h/p");
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    ask(&d, "http://h/q"); /* is accepted, and waits */
    device_pass(&d, 4999);
    assert_int_equal(heard.n_resyncs, 0);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 1);
    d.net.is_frozen = false;
    d.host.now_ms++;
    assert_int_equal(prov_agent_timeout_ms(d.agent), 0);
    d.net.is_frozen = true;
    device_settle(&d);
    assert_int_equal(heard.n_resyncs, 1);
    assert_int_equal(heard.error.status, PROV_E_TIMEOUT);
    assert_string_equal(heard.error.message,
                        "not finished within total_timeout_ms (5000 ms), after 0 bytes");
    assert_string_equal(heard.error.source, "http://h/p");
    assert_true(heard.error.flags & PROV_ERROR_RETRYABLE);
    assert_int_equal(d.net.n_cancelled, 1);
    d.net.is_frozen = false;
    device_settle(&d);
    assert_int_equal(heard.n_resyncs, 2);
    assert_int_equal(heard.outcome, PROV_OUTCOME_APPLIED);
    device_unplug(&d);
}

/* The first file arrives at the end of its time. The next one is not requested. */
static void test_rule_without_time_is_not_fetched(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 5000, .resync_timeout_ms = 5000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    (void)state;
    start(&d, &heard, &limits);
    fake_transport_add_text(&d.net, "http://h/p", PROFILE);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "Profile_Rule_B", "http://h/p");
    d.net.is_frozen = true;
    device_ask(&d, NULL);
    device_pass(&d, 4999);
    d.net.is_frozen = false;
    d.host.now_ms++;
    device_settle(&d);
    assert_int_equal(heard.n_resyncs, 1);
    assert_int_equal(heard.error.status, PROV_E_TIMEOUT);
    assert_string_equal(heard.error.message,
                        "nothing is left of resync_timeout_ms (5000 ms) for this file");
    assert_string_equal(heard.error.source, "Profile_Rule_B");
    assert_int_equal(d.net.n_requests, 1);
    device_unplug(&d);
}

/* Bytes that come and then stop are no excuse either. */
static void test_transfer_that_stalls_ends_by_its_limit(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 5000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    (void)state;
    start(&d, &heard, &limits);
    fake_transport_add_text(&d.net, "http://h/p", PROFILE)->chunk = 10;
    d.net.is_immediate = false;
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from("http://h/p")};
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    for (int i = 0; i < 4; i++)
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    d.net.is_frozen = true;
    device_pass(&d, 5000);
    assert_int_equal(heard.error.status, PROV_E_TIMEOUT);
    assert_non_null(strstr(heard.error.message, "total_timeout_ms (5000 ms), after 10 bytes"));
    assert_null(fake_host_get(&d.host, "GPP_A"));
    device_unplug(&d);
}

/* In a transport that lets transfers wait in line, their time begins with their turn. */
static void assert_time_in_line_does_not_count(bool has_no_address)
{
    struct prov_limits limits = {.total_timeout_ms = 5000, .resync_timeout_ms = 60000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    device_plug_in(&d, NULL, NULL, NULL);
    d.net.transport.queues = 1;
    d.host.on_event = listen;
    d.host.on_event_ctx = &heard;
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    limits.size = sizeof limits;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", PROFILE);
    d.net.is_frozen = true;
    heard.n_resyncs = 0;
    ask(&d, "http://h/p");
    device_pass(&d, 50000); /* ten times as long */
    assert_int_equal(heard.n_resyncs, 0);
    d.net.has_no_address = has_no_address; /* its turn: it reports an address, or a head alone */
    d.net.is_immediate = d.net.is_frozen = false;
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    d.asleep = NULL; /* a host computes its timeout after each turn */
    d.net.is_frozen = true;
    device_pass(&d, 4999);
    assert_int_equal(heard.n_resyncs, 0);
    device_pass(&d, 1);
    assert_int_equal(heard.n_resyncs, 1);
    assert_non_null(strstr(heard.error.message, "total_timeout_ms"));

    ask(&d, "http://h/p"); /* in line for ever: the limit of the resync holds */
    device_pass(&d, 59999);
    assert_int_equal(heard.n_resyncs, 1);
    device_pass(&d, 1);
    assert_int_equal(heard.n_resyncs, 2);
    assert_int_equal(heard.error.status, PROV_E_TIMEOUT);
    assert_string_equal(heard.error.message,
                        "not finished when resync_timeout_ms (60000 ms) was over, after 0 bytes");
    device_unplug(&d);
}

static void test_waiting_in_line_does_not_count(void **state)
{
    (void)state;
    assert_time_in_line_does_not_count(false);
    assert_time_in_line_does_not_count(true);
}

/* Twenty servers of DHCP's that never answer, four rules: one limit for all of them. */
static void test_resync_has_a_limit_over_all_servers(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 10000, .resync_timeout_ms = 45000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    char servers[512] = "";
    (void)state;
    for (int i = 1; i <= 20; i++)
        snprintf(servers + strlen(servers), sizeof servers - strlen(servers), "%s10.0.0.%d",
                 i > 1 ? "," : "", i);
    struct prov_agent_options options = {
        .size = sizeof options, .limits = &limits, .dhcp_server = prov_str_from(servers)};
    limits.size = sizeof limits;
    device_plug_in(&d, NULL, NULL, NULL);
    device_mute(&d);
    d.host.on_event = listen;
    d.host.on_event_ctx = &heard;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    d.net.is_frozen = true;
    ask(&d, "/p");
    device_pass(&d, 44999);
    assert_int_equal(heard.n_resyncs, 0);
    device_pass(&d, 1);
    assert_int_equal(heard.n_resyncs, 1);
    assert_int_equal(heard.error.status, PROV_E_TIMEOUT);
    assert_non_null(strstr(heard.error.message, "resync_timeout_ms (45000 ms)"));
    assert_int_equal(d.net.n_requests, 5); /* 4 × 10 s, and half of the fifth */
    assert_int_equal(heard.n_logs, 4);     /* "the next one is tried", as long as it is true */
    device_unplug(&d);
}

/* What earlier rules took is gone; what the host itself puts off does not count. */
static uint32_t defer(void *ctx, uint32_t stage)
{
    struct fake_host *fake = ctx;
    return stage == PROV_STAGE_APPLY && fake->now_ms < 1000000 + 100000 ? 1000 : 0;
}

static void test_time_the_host_asks_for_does_not_count(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 30000, .resync_timeout_ms = 40000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    (void)state;
    start(&d, &heard, &limits);
    prov_agent_free(d.agent);
    d.host.host.defer_ms = defer;
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", PROFILE);
    fake_transport_add_text(&d.net, "http://h/q", PROFILE);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "Profile_Rule_B", "http://h/q");
    d.net.is_frozen = true;
    assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
    device_pass(&d, 29000); /* of the first file */
    d.net.is_frozen = false;
    device_settle(&d);
    d.net.is_frozen = true;
    device_pass(&d, 71000); /* the host puts it off, then the second file begins */
    assert_int_equal(heard.n_resyncs, 0);
    assert_int_equal(d.net.n_requests, 2);
    device_pass(&d, 10999);
    assert_int_equal(heard.n_resyncs, 0);
    device_pass(&d, 1);
    assert_int_equal(heard.n_resyncs, 1);
    assert_non_null(strstr(heard.error.message, "resync_timeout_ms"));
    device_unplug(&d);
}

static void test_custom_ca_has_the_limit_of_a_transfer(void **state)
{
    struct prov_limits limits = {.size = sizeof limits, .total_timeout_ms = 5000};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    device_mute(&d);
    fake_trust_plug_in(&d, &trust);
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/ca");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "");
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    d.net.is_frozen = true;
    device_ask(&d, NULL);
    assert_true(prov_agent_is_busy(d.agent));
    device_pass(&d, 5000);
    assert_false(prov_agent_is_busy(d.agent));
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "result Custom_CA_Rule failed PROV_E_TIMEOUT\n"));
    device_unplug(&d);
}

/* The first of two servers is never reached: the other gets all messages, without a long wait. */
static void test_log_server_does_not_hold_up_the_other(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 30000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    (void)state;
    start(&d, &heard, &limits);
    fake_host_set(&d.host, "Syslog_Server", "never.example");
    fake_host_set(&d.host, "Debug_Server", "10.0.0.1");
    fake_host_set(&d.host, "Log_Request_Msg", "one");
    fake_host_set(&d.host, "Log_Success_Msg", "two");
    fake_transport_add_text(&d.net, "http://10.0.0.9/p", PROFILE);
    d.net.stalled_url = "syslog://never.example/";
    device_ask(&d, "http://10.0.0.9/p");
    unsigned n_other = 0;
    for (size_t i = 0; i < d.net.n_requests; i++)
        n_other += strcmp(d.net.requests[i].url, "syslog://10.0.0.1/") == 0;
    assert_int_equal(n_other, 2);
    assert_true(prov_agent_is_busy(d.agent));
    assert_int_equal(heard.n_logs, 0);
    device_pass(&d, 2000);
    assert_false(prov_agent_is_busy(d.agent));
    assert_int_equal(heard.n_logs, 1);
    assert_string_equal(heard.log.source, "Syslog_Server");
    assert_string_equal(heard.log.message, "not sent within 2000 ms: 2 waiting");
    device_pass(&d, 28000);
    assert_int_equal(heard.n_logs, 2);
    assert_string_equal(heard.log.message, "not sent within total_timeout_ms (30000 ms)");
    device_pass(&d, 30000);
    assert_int_equal(heard.n_logs, 3);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    device_unplug(&d);
}

static void test_lost_log_messages_are_told_once(void **state)
{
    struct prov_limits limits = {.total_timeout_ms = 30000};
    struct heard heard = {.n_resyncs = 0};
    struct device d;
    (void)state;
    start(&d, &heard, &limits);
    fake_host_set(&d.host, "Debug_Server", "never.example:99");
    fake_host_set(&d.host, "Log_Failure_Msg", "one");
    d.net.stalled_url = "syslog://never.example:99/";
    for (int i = 0; i < 20; i++)
        device_ask(&d, "http://h/none");
    assert_int_equal(heard.n_logs, 1);
    assert_int_equal(heard.log.status, PROV_E_LIMIT);
    assert_string_equal(heard.log.source, "Debug_Server");
    assert_string_equal(heard.log.message, "16 messages wait for the server already");

    d.net.stalled_url = NULL; /* all that waits goes; the next trouble is another one */
    device_pass(&d, 30000 * 17);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    heard.n_logs = 0;
    d.net.stalled_url = "syslog://never.example:99/";
    for (int i = 0; i < 20; i++)
        device_ask(&d, "http://h/none");
    assert_int_equal(heard.n_logs, 1);
    device_pass(&d, 2000);
    assert_int_equal(heard.n_logs, 2);
    assert_string_equal(heard.log.message, "not sent within 2000 ms: 16 waiting");
    device_unplug(&d);
}

/* The host drives a shared transport: the end of a message wakes it, for the next one. */
static void test_a_shared_transport_wakes_the_host(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    device_mute(&d);
    options.host = &d.host.host;
    options.device = &d.host.device;
    options.alloc = &d.memory.alloc;
    assert_int_equal(prov_agent_new(&d.agent, &options, NULL), PROV_OK);
    assert_int_equal(
        prov_agent_add_transport(d.agent, &d.net.transport, PROV_TRANSPORT_SHARED, NULL), PROV_OK);
    d.net.is_immediate = false;
    fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
    const struct prov_log_entry entry = {
        .size = sizeof entry, .severity = PROV_SEVERITY_INFO, .text = prov_str_from("one")};
    for (unsigned n = 0; n < 2; n++) {
        assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_OK);
        while (fake_transport_n_running(&d.net) == 0)
            prov_agent_process(d.agent, NULL);
        const uint32_t n_wakes = d.host.n_wakes;
        while (fake_transport_n_running(&d.net) > 0)
            d.net.transport.process(d.net.transport.ctx, NULL);
        assert_true(d.host.n_wakes > n_wakes);
        assert_int_equal(prov_agent_timeout_ms(d.agent), 0);
    }
    device_unplug(&d);
}

/* A server that answers "port unreachable" is an event, with parameter and server. */
static void test_refusing_log_server_is_told(void **state)
{
    static const struct {
        const char *answer;
        prov_status status, expected;
        const char *message;
    } rows[] = {
        {"", PROV_E_CONNECT, PROV_E_CONNECT, ""},
        {"hello", PROV_OK, PROV_E_NETWORK, "expected no answer to a log message, found 5 bytes"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_limits limits = {.size = 0};
        struct heard heard = {.n_resyncs = 0};
        struct device d;
        start(&d, &heard, &limits);
        fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
        fake_host_set(&d.host, "Log_Failure_Msg", "one");
        fake_transport_add_text(&d.net, "syslog://10.0.0.1/", rows[i].answer)->status =
            rows[i].status;
        device_ask(&d, "http://h/none");
        assert_int_equal(heard.n_logs, 1);
        assert_int_equal(heard.log.status, rows[i].expected);
        assert_string_equal(heard.log.source, "Syslog_Server");
        assert_non_null(strstr(heard.log.message, rows[i].message));
        device_unplug(&d);
    }
}

/* Log messages need a transport of their own scheme; without one they are left out. */
static void test_log_without_a_transport_is_left_out(void **state)
{
    (void)state;
    struct device d;
    device_plug_in(&d, NULL, NULL, NULL);
    d.net.transport.schemes = "http,tftp";
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
    fake_host_set(&d.host, "Log_Request_Msg", "one");
    fake_transport_add_text(&d.net, "http://h/p", PROFILE);
    device_ask(&d, "http://h/p");
    assert_false(prov_agent_is_busy(d.agent));
    assert_int_equal(d.net.n_requests, 1);
    assert_non_null(strstr(fake_host_take_events(&d.host), "applied"));
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_mute_transport_ends_by_the_limit_of_a_transfer),
        cmocka_unit_test(test_rule_without_time_is_not_fetched),
        cmocka_unit_test(test_transfer_that_stalls_ends_by_its_limit),
        cmocka_unit_test(test_waiting_in_line_does_not_count),
        cmocka_unit_test(test_resync_has_a_limit_over_all_servers),
        cmocka_unit_test(test_time_the_host_asks_for_does_not_count),
        cmocka_unit_test(test_custom_ca_has_the_limit_of_a_transfer),
        cmocka_unit_test(test_log_server_does_not_hold_up_the_other),
        cmocka_unit_test(test_lost_log_messages_are_told_once),
        cmocka_unit_test(test_a_shared_transport_wakes_the_host),
        cmocka_unit_test(test_refusing_log_server_is_told),
        cmocka_unit_test(test_log_without_a_transport_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
