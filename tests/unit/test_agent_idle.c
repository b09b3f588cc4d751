/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What an agent costs between resyncs. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "agent/agent_priv.h"
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

/* Evaluations that found the same are kept with one text: each is told as it was. */
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_idle_agent_takes_less_than_4_kib),
        cmocka_unit_test(test_evaluations_that_repeat_are_told_each),
        cmocka_unit_test(test_names_of_evaluated_rules_are_copied),
        cmocka_unit_test(test_what_an_agent_remembers_has_an_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
