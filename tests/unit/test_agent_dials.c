/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The fault dials over a whole resync of two rules. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"
#include "disk.h"

static void assert_events(struct device *d, const char *expected)
{
    assert_string_equal(fake_host_take_events(&d->host), expected);
}

#define PROFILE_A                                                                                  \
    "<flat-profile><Profile_Rule_B>tftp://h/b</Profile_Rule_B><GPP_A>new</GPP_A>"                  \
    "<GPP_B>new</GPP_B></flat-profile>"
#define PROFILE_B "<flat-profile><GPP_C>new</GPP_C><GPP_D>new</GPP_D></flat-profile>"

static void prepare_answers(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/a", PROFILE_A)->chunk = 20;
    fake_transport_add_text(&d->net, "tftp://h/b", PROFILE_B)->chunk = 20;
    fake_transport_add_text(&d->net, "syslog://10.0.0.1/", "");
}

static void prepare_two_rules(struct device *d)
{
    fake_host_set(&d->host, "Profile_Rule", "http://h/a");
    fake_host_set(&d->host, "Syslog_Server", "10.0.0.1");
    for (const char *name = "ABCD"; *name; name++) {
        char gpp[] = {'G', 'P', 'P', '_', *name, '\0'};
        fake_host_set(&d->host, gpp, "old");
    }
    prepare_answers(d);
}

/* Both values of one profile are old or both are new. */
static bool is_whole(struct device *d, const char *first, const char *second)
{
    char value[8];
    snprintf(value, sizeof value, "%s", fake_host_get(&d->host, first));
    assert_string_equal(value, fake_host_get(&d->host, second));
    return strcmp(value, "new") == 0;
}

static void assert_both_whole(struct device *d, bool has_succeeded)
{
    bool a = is_whole(d, "GPP_A", "GPP_B");
    bool b = is_whole(d, "GPP_C", "GPP_D");
    assert_true(a || !b);
    if (has_succeeded)
        assert_true(a && b);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    device_plug_in(&d, NULL, dial, NULL);
    prepare_two_rules(&d);
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_settle(&d);
        const char *events = fake_host_take_events(&d.host);
        assert_both_whole(&d, strstr(events, "resync 1 applied") != NULL);
        if (!dial->hit)
            assert_non_null(strstr(events, "resync 1 applied"));
        d.memory.dial = NULL; /* memory is there again: the next attempt works */
        device_ask(&d, NULL);
        assert_both_whole(&d, true);
    } else {
        assert_true(dial->hit);
    }
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a resync", out_of_memory, NULL) > 20);
}

static void bad_network(void *ctx, struct dial *dial)
{
    struct device d;
    device_plug_in(&d, NULL, NULL, dial);
    d.net.fault = *(enum fake_fault *)ctx;
    d.net.is_immediate = false;
    prepare_two_rules(&d);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 1000);
    const char *events = fake_host_take_events(&d.host);
    assert_both_whole(&d, strstr(events, "resync 1 applied") != NULL);
    if (!dial->hit)
        assert_non_null(strstr(events, "resync 1 applied"));
    device_unplug(&d);
}

static void test_transport_may_fail_at_every_step(void **state)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL, FAKE_DUPLICATE};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        enum fake_fault fault = faults[i];
        assert_true(dial_run("steps of the transport", bad_network, &fault) > 8);
    }
}

static void resync_in_chunks(size_t chunk, const char *expected)
{
    struct device d;
    device_start(&d);
    device_boot(&d);
    prepare_two_rules(&d);
    for (size_t i = 0; i < d.net.n_answers; i++)
        d.net.answers[i].chunk = chunk;
    device_ask(&d, NULL);
    assert_events(&d, expected);
    device_unplug(&d);
}

static void test_chunking_is_invisible(void **state)
{
    struct device d;
    char whole[4096];
    (void)state;
    device_start(&d);
    device_boot(&d);
    prepare_two_rules(&d);
    for (size_t i = 0; i < d.net.n_answers; i++)
        d.net.answers[i].chunk = 0;
    device_ask(&d, NULL);
    snprintf(whole, sizeof whole, "%s", fake_host_take_events(&d.host));
    assert_non_null(strstr(whole, "resync 11 applied"));
    device_unplug(&d);
    for (size_t chunk = 1; chunk < 40; chunk++)
        resync_in_chunks(chunk, whole);
}

/* Whatever the power cut left, the next start finds whole profiles and a resync completes them. */
static void assert_next_start_works(const struct disk *left, unsigned way)
{
    struct disk disk;
    struct device d;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    device_plug_in(&d, disk_open_store(&disk, false), NULL, NULL);
    assert_both_whole(&d, false);
    prepare_answers(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://h/a");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_both_whole(&d, true);
    device_unplug(&d);
    disk_assert_closed(&disk);
}

static void power_goes(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    (void)ctx;
    disk_init(&disk);
    device_plug_in(&d, disk_open_store(&disk, false), NULL, NULL);
    prepare_two_rules(&d);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    disk.dial = dial;
    device_settle(&d);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        assert_next_start_works(&disk, way);
}

static void test_power_may_go_at_every_store_operation(void **state)
{
    (void)state;
    assert_true(dial_run("operations of the store", power_goes, NULL) > 10);
}

/* A request is taken whole or not at all. */
static void poor_request(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_transport_add_text(&d.net, "http://h/a", PROFILE_A);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    const struct prov_agent_request request = {.size = sizeof request,
                                               .cause = PROV_CAUSE_HOST,
                                               .rule = prov_str_from("http://h/a"),
                                               .requester = prov_str_from("sip:ann@h")};
    d.memory.dial = dial;
    prov_status status = prov_agent_request(d.agent, &request, NULL);
    d.memory.dial = NULL;
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, dial->hit ? 0 : 1);
    device_unplug(&d);
}

static void test_request_without_memory_is_none(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a request", poor_request, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_transport_may_fail_at_every_step),
        cmocka_unit_test(test_chunking_is_invisible),
        cmocka_unit_test(test_power_may_go_at_every_store_operation),
        cmocka_unit_test(test_request_without_memory_is_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
