/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What an agent costs between resyncs. */
#define _GNU_SOURCE /* ppoll() */
#include <errno.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "agent/agent_priv.h"
#include "base/error.h"
#include "device.h"

#define URL "https://provisioning.example.com/devices/000e08012345.xml"
#define URL_WITH_PORT "https://provisioning.example.com:443/devices/000e08012345.xml"
#define MAX_IDLE_BYTES 4000
#define BLOCK_BYTES 16 /* the most that an allocator adds to a block */

static size_t bytes_of(const struct device *d)
{
    return d->memory.live_bytes + d->memory.n_blocks * BLOCK_BYTES;
}

/* A device in the field: a rule with macros, a server that gives ETags. */
static void start(struct device *d)
{
    device_plug_in(d, NULL, NULL, NULL);
    fake_host_set(&d->host, "Profile_Rule", "https://provisioning.example.com/devices/$MA.xml");
    struct fake_answer *answer =
        fake_transport_add_text(&d->net, URL, "<flat-profile><GPP_A>new</GPP_A></flat-profile>");
    answer->code = 200;
    answer->etag = "\"64b1f3a2-1c40\"";
    answer->content_type = "text/xml; charset=utf-8";
    struct prov_agent_options options = {.size = sizeof options, .boot_cause = PROV_CAUSE_HOST};
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
}

static void test_an_idle_agent_takes_less_than_4_kib(void **state)
{
    (void)state;
    struct device d;
    start(&d);
    assert_uint_in_range(bytes_of(&d), 1, MAX_IDLE_BYTES);
    device_ask(&d, NULL);
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "new");
    assert_uint_in_range(bytes_of(&d), 1, MAX_IDLE_BYTES);
    print_message("an idle agent: %zu bytes\n", bytes_of(&d));
    device_unplug(&d);
}

/* A trigger takes more room than its text while it is evaluated. */
static void test_triggers_are_evaluated_in_the_agents_memory(void **state)
{
    enum { N_COMPARISONS = 25 };
    static const char first[] = "1 eq 2", next[] = " and 1 eq 1";
    char trigger[sizeof first + N_COMPARISONS * sizeof next];
    (void)state;
    struct device d;
    start(&d);
    size_t len = (size_t)snprintf(trigger, sizeof trigger, "%s", first);
    for (int i = 1; i < N_COMPARISONS; i++)
        len += (size_t)snprintf(trigger + len, sizeof trigger - len, "%s", next);
    fake_host_set(&d.host, "Resync_Trigger_1", trigger);
    d.memory.peak_bytes = d.memory.live_bytes;
    device_pass(&d, INT64_C(2) * 3600 * 1000); /* the period is one hour */
    assert_true(d.memory.peak_bytes - d.memory.live_bytes > 4 * len);
    device_unplug(&d);
}

static void test_what_an_agent_remembers_has_an_end(void **state)
{
    (void)state;
    struct device d;
    start(&d);
    for (int i = 0; i < 8; i++)
        device_ask(&d, NULL);
    size_t full = bytes_of(&d);
    for (int i = 0; i < 8; i++)
        device_ask(&d, NULL);
    assert_int_equal(bytes_of(&d), full);
    assert_uint_in_range(full, 1, MAX_IDLE_BYTES);
    device_unplug(&d);
}

static void check_trace(struct device *d, size_t index, int64_t mono_ms, const char *rule,
                        const char *url)
{
    struct prov_agent_trace trace = {.size = sizeof trace};
    assert_int_equal(prov_agent_trace_get(d->agent, index, &trace), PROV_OK);
    assert_int_equal(trace.mono_ms, mono_ms);
    assert_int_equal(trace.rule.len, strlen(rule));
    assert_memory_equal(trace.rule.data, rule, strlen(rule));
    char text[1024];
    snprintf(text, sizeof text, "%.*s", (int)trace.text.len, trace.text.data);
    if (!strstr(text, url))
        test_die("%zu evaluations ago: %s", index, text);
}

/* Evaluations that found the same are kept with one text: each is reported as it was. */
static void test_evaluations_that_repeat_are_told_each(void **state)
{
    (void)state;
    struct device d;
    start(&d);
    fake_transport_add_text(&d.net, "tftp://h/b",
                            "<flat-profile><GPP_B>new</GPP_B></flat-profile>");
    fake_transport_add_text(&d.net, "tftp://h/c",
                            "<flat-profile><GPP_B>new</GPP_B></flat-profile>");
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_host_set(&d.host, "Profile_Rule_B", "tftp://h/b");
    int64_t first_ms = d.host.now_ms;
    for (int i = 0; i < 8; i++) {
        if (i == 6)
            fake_host_set(&d.host, "Profile_Rule_B", "tftp://h/c");
        device_ask(&d, NULL);
        device_pass(&d, 1000);
    }
    for (size_t i = 0; i < 4; i++) {
        int64_t asked_ms = first_ms + (7 - (int64_t)i) * 1000;
        check_trace(&d, 2 * i, asked_ms, "Profile_Rule_B",
                    i < 2 ? "tftp://h:69/c" : "tftp://h:69/b");
        check_trace(&d, 2 * i + 1, asked_ms, "Profile_Rule", URL_WITH_PORT);
    }
    struct prov_agent_trace trace = {.size = sizeof trace};
    assert_int_equal(prov_agent_trace_get(d.agent, 8, &trace), PROV_E_NOT_FOUND);
    device_unplug(&d);
}

/* Whose memory the name of a rule is in does not matter to the record of its evaluation. */
static void test_names_of_evaluated_rules_are_copied(void **state)
{
    static const struct prov_error error = {.status = PROV_E_SYNTAX, .message = "no rule"};
    (void)state;
    struct device d;
    start(&d);
    for (int i = 0; i < 10; i++) {
        char rule[] = "rule ?";
        rule[strlen("rule ")] = (char)('0' + i % 3);
        provi_trace_add(&d.agent->fetcher, PROV_CAUSE_HOST, prov_str_from(rule), NULL,
                        prov_str_from("["), &error);
        memset(rule, 'x', strlen(rule));
    }
    check_trace(&d, 0, d.host.now_ms, "rule 0", "no rule");
    check_trace(&d, 1, d.host.now_ms, "rule 2", "no rule");
    check_trace(&d, 7, d.host.now_ms, "rule 2", "no rule");
    device_unplug(&d);
}

static bool is_poll_broken;
static int64_t waited_ms; /* by timeouts that ran out */

/* Found by the library before that of the C library. */
int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    const struct timespec timeout = {.tv_sec = timeout_ms / 1000,
                                     .tv_nsec = timeout_ms % 1000 * 1000000L};
    errno = EINVAL;
    int n_ready = is_poll_broken ? -1 : ppoll(fds, n, timeout_ms < 0 ? NULL : &timeout, NULL);
    if (n_ready == 0)
        waited_ms += timeout_ms;
    return n_ready;
}

static volatile sig_atomic_t n_signals;

static void note_signal(int number)
{
    (void)number;
    n_signals++;
}

enum { SLOW_MS = 30000 };

/* A transport of the host's own, whose transfer ends when its descriptor is ready. */
struct slow_net {
    prov_transfer *transfer;
    struct prov_pollfd fds[3]; /* the first is the one that counts */
    size_t n_fds;
    unsigned n_turns;
    prov_status status; /* how its turn ends then */
    /* Of the agent's memory, while it waits; or NULL. */
    struct fault_alloc *memory;
    struct dial *dial;
};

static prov_status slow_start(void *ctx, prov_transfer *transfer,
                              const struct prov_request *request, struct prov_error *err)
{
    struct slow_net *net = ctx;
    (void)request;
    (void)err;
    net->transfer = transfer;
    return PROV_OK;
}

static void slow_cancel(void *ctx, prov_transfer *transfer)
{
    (void)ctx;
    (void)transfer;
}

/* The first turn has fewer of them. */
static size_t slow_pollfds(void *ctx, struct prov_pollfd *fds, size_t cap)
{
    const struct slow_net *net = ctx;
    size_t n = net->n_turns > 1 ? net->n_fds : 1;
    net->memory->dial = net->dial;
    for (size_t i = 0; i < n && i < cap; i++)
        fds[i] = net->fds[i];
    return n;
}

/* A loop that does not wait for the descriptor is late. */
static int64_t slow_timeout_ms(void *ctx)
{
    const struct slow_net *net = ctx;
    return net->n_turns > 2 ? SLOW_MS : 5;
}

static prov_status slow_process(void *ctx, struct prov_error *err)
{
    struct slow_net *net = ctx;
    uint64_t n;
    net->memory->dial = NULL;
    net->n_turns++;
    const bool is_out = net->fds[0].events == PROV_POLL_OUT;
    if (net->n_turns < 4 || (!is_out && read(net->fds[0].fd, &n, sizeof n) < 0))
        return PROV_OK;
    if (net->status != PROV_OK)
        provi_fail(err, net->status, "the slow net is down");
    else
        prov_transfer_done(net->transfer, PROV_E_NOT_FOUND, NULL);
    return net->status;
}

static prov_status wait_for(struct slow_net *net, int timer)
{
    const struct itimerspec soon = {.it_value = {.tv_nsec = net->dial ? 1000000 : 50000000}};
    const struct prov_transport transport = {
        .size = sizeof transport,
        .name = "slow",
        .schemes = "file",
        .ctx = net,
        .start = slow_start,
        .cancel = slow_cancel,
        .pollfds = slow_pollfds,
        .timeout_ms = slow_timeout_ms,
        .process = slow_process,
    };
    const struct prov_agent_request request = {.size = sizeof request,
                                               .cause = PROV_CAUSE_HOST,
                                               .rule = prov_str_from("file://localhost/p")};
    struct device d;
    start(&d);
    assert_int_equal(prov_agent_add_transport(d.agent, &transport, 0, NULL), PROV_OK);
    net->n_turns = 0;
    assert_int_equal(timerfd_settime(timer, 0, &soon, NULL), 0);
    net->memory = &d.memory;
    struct prov_error err = {.size = sizeof err};
    prov_status status = prov_agent_run_once(d.agent, &request, &err);
    d.memory.dial = NULL;
    assert_int_equal(err.status, status);
    if (net->status != PROV_OK || is_poll_broken)
        assert_string_equal(err.message, is_poll_broken ? "poll failed" : "the slow net is down");
    device_unplug(&d);
    return status;
}

static void poor_wait(void *ctx, struct dial *dial)
{
    struct slow_net *net = ctx;
    net->dial = dial;
    prov_status status = wait_for(net, net->fds[0].fd);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_E_NOT_FOUND);
}

/* Neither too early, for one that is not ready in the direction asked for, nor too late. */
static void test_run_once_waits_for_descriptors(void **state)
{
    const uint64_t most = UINT64_MAX - 1;
    const int timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
    const int readable = eventfd(0, EFD_NONBLOCK), writable = eventfd(0, EFD_NONBLOCK);
    const struct slow_net nets[] = {
        {.fds = {{timer, PROV_POLL_IN}, {readable, PROV_POLL_OUT}, {writable, PROV_POLL_IN}},
         .n_fds = 3},
        {.fds = {{writable, PROV_POLL_OUT}}, .n_fds = 1},
        {.fds = {{writable, PROV_POLL_OUT}}, .n_fds = 1, .status = PROV_E_IO},
    };
    (void)state;
    assert_int_equal(write(readable, &most, sizeof most), sizeof most);
    for (size_t i = 0; i < sizeof nets / sizeof nets[0]; i++) {
        struct slow_net net = nets[i];
        assert_int_equal(wait_for(&net, timer), net.status ? net.status : PROV_E_NOT_FOUND);
        assert_uint_in_range(net.n_turns, 4, 6);
        assert_true(waited_ms < SLOW_MS);
    }
    /* A signal does not end the wait. */
    struct slow_net net = nets[0];
    const struct sigaction on_alarm = {.sa_handler = note_signal};
    const struct itimerval in_10_ms = {.it_value = {.tv_usec = 10000}};
    assert_int_equal(sigaction(SIGALRM, &on_alarm, NULL), 0);
    assert_int_equal(setitimer(ITIMER_REAL, &in_10_ms, NULL), 0);
    assert_int_equal(wait_for(&net, timer), PROV_E_NOT_FOUND);
    assert_int_equal(n_signals, 1);
    is_poll_broken = true;
    net = nets[0];
    assert_int_equal(wait_for(&net, timer), PROV_E_IO);
    is_poll_broken = false;
    net = nets[0];
    assert_int_equal(dial_run("run_once", poor_wait, &net), 4);
    close(timer);
    close(readable);
    close(writable);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_idle_agent_takes_less_than_4_kib),
        cmocka_unit_test(test_evaluations_that_repeat_are_told_each),
        cmocka_unit_test(test_names_of_evaluated_rules_are_copied),
        cmocka_unit_test(test_triggers_are_evaluated_in_the_agents_memory),
        cmocka_unit_test(test_what_an_agent_remembers_has_an_end),
        cmocka_unit_test(test_run_once_waits_for_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
