/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Steps that a host defers: fetching, applying, rebooting. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

#define PROFILE "<flat-profile><GPP_A>new</GPP_A><Own_Reboot>1</Own_Reboot></flat-profile>"

/* What the host answers for each stage. */
static struct answers {
    uint32_t defer_ms[PROV_STAGE_ROLLBACK + 1];
    unsigned n_asked[PROV_STAGE_ROLLBACK + 1];
} answers;

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)ctx;
    answers.n_asked[stage]++;
    return answers.defer_ms[stage];
}

static void start_to_confirm(struct device *d, enum prov_stage stage, uint32_t ms,
                             uint32_t confirm_timeout_s)
{
    struct prov_agent_options options = {.size = sizeof options,
                                         .catalogue = &device_catalogue,
                                         .max_defer_s = 60,
                                         .confirm_timeout_s = confirm_timeout_s};
    answers = (struct answers){{0}, {0}};
    answers.defer_ms[stage] = ms;
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.defer_ms = defer_ms;
    fake_host_set(&d->host, "Resync_On_Reset", "No");
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Profile_Rule", "http://h/p");
    fake_host_set(&d->host, "Log_Request_Msg", "");
    fake_host_set(&d->host, "Log_Success_Msg", "");
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
    fake_transport_add_text(&d->net, "http://h/p", PROFILE);
    device_ask(d, NULL);
}

static void start(struct device *d, enum prov_stage stage, uint32_t ms)
{
    start_to_confirm(d, stage, ms, 0);
}

/* How far it got, in the words of the events. */
static const char *const deferred[] = {
    "deferred stage 0 for 10000 of 60000 ms\n",
    "deferred stage 1 for 10000 of 60000 ms\n",
    "deferred stage 2 for 10000 of 60000 ms\n",
};
static const char *const done[] = {"request ", "changed GPP_A", "reboot wanted\n"};

static bool is_told(const char *events, const char *line)
{
    return strstr(events, line) != NULL;
}

static void test_each_stage_can_be_put_off(void **state)
{
    (void)state;
    for (unsigned stage = 0; stage <= PROV_STAGE_REBOOT; stage++) {
        struct device d;
        start(&d, stage, 10000);
        const char *events = fake_host_take_events(&d.host);
        assert_true(is_told(events, deferred[stage]));
        assert_false(is_told(events, done[stage]));
        assert_int_equal(prov_agent_timeout_ms(d.agent), 10000);
        const unsigned n_asked = answers.n_asked[stage];
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK); /* a turn for other work */
        assert_int_equal(answers.n_asked[stage], n_asked);
        assert_false(is_told(fake_host_take_events(&d.host), done[stage]));
        device_pass(&d, 9999);
        assert_int_equal(answers.n_asked[stage], 1);
        answers.defer_ms[stage] = 0;
        device_pass(&d, 1);
        assert_int_equal(answers.n_asked[stage], 2);
        events = fake_host_take_events(&d.host);
        assert_true(is_told(events, done[stage]));
        assert_true(is_told(events, "reboot wanted\n"));
        device_unplug(&d);
    }
}

static void test_nothing_is_put_off_for_ever(void **state)
{
    (void)state;
    for (unsigned stage = 0; stage <= PROV_STAGE_REBOOT; stage++) {
        struct device d;
        start(&d, stage, 7000);
        device_pass(&d, 59999);
        const char *events = fake_host_take_events(&d.host);
        assert_false(is_told(events, done[stage]));
        assert_int_equal(answers.n_asked[stage], 9);
        device_pass(&d, 1);
        assert_int_equal(answers.n_asked[stage], 9);
        assert_true(is_told(fake_host_take_events(&d.host), done[stage]));
        device_unplug(&d);
        start(&d, stage, 59999); /* asked once more where 1 ms is left */
        device_pass(&d, 59999);
        assert_int_equal(answers.n_asked[stage], 2);
        assert_false(is_told(fake_host_take_events(&d.host), done[stage]));
        device_pass(&d, 1);
        assert_int_equal(answers.n_asked[stage], 2);
        assert_true(is_told(fake_host_take_events(&d.host), done[stage]));
        device_unplug(&d);
    }
}

static void test_by_default_an_hour_is_the_longest(void **state)
{
    struct device d;
    (void)state;
    start(&d, PROV_STAGE_FETCH, 10000);
    prov_agent_free(d.agent);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, NULL);
    assert_true(
        is_told(fake_host_take_events(&d.host), "deferred stage 0 for 10000 of 3600000 ms\n"));
    device_unplug(&d);
}

static void test_notify_asks_again_at_once(void **state)
{
    (void)state;
    for (unsigned stage = 0; stage <= PROV_STAGE_REBOOT; stage++) {
        struct device d;
        start(&d, stage, 50000);
        answers.defer_ms[stage] = 0;
        prov_agent_notify(d.agent);
        device_settle(&d);
        assert_true(is_told(fake_host_take_events(&d.host), done[stage]));
        device_unplug(&d);
    }
}

/* A call that began meanwhile: a resync never starts while a line is active. */
static void test_a_resync_put_off_waits_for_idle_lines(void **state)
{
    struct device d;
    (void)state;
    start(&d, PROV_STAGE_FETCH, 10000);
    d.host.is_idle = false;
    device_pass(&d, 100000);
    assert_false(is_told(fake_host_take_events(&d.host), "request "));
    assert_int_equal(answers.n_asked[PROV_STAGE_FETCH], 1);
    answers.defer_ms[PROV_STAGE_FETCH] = 0;
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_true(is_told(fake_host_take_events(&d.host), "request "));
    device_unplug(&d);
}

static uint32_t waits_for(const struct device *d, uint32_t job)
{
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d->agent, job, &status), PROV_OK);
    return status.waits_for;
}

/* A call is not a deferral by the host: neither before its first answer nor between two. */
static void test_the_time_of_calls_is_not_counted(void **state)
{
    struct device d;
    (void)state;
    start(&d, PROV_STAGE_APPLY, 10000);
    answers.defer_ms[PROV_STAGE_REBOOT] = 20000;
    answers.defer_ms[PROV_STAGE_APPLY] = 0;
    d.host.is_idle = false;
    device_pass(&d, 100000); /* longer than the host may defer */
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 0);
    assert_int_equal(waits_for(&d, PROV_JOB_REBOOT), PROV_WAIT_LINES);
    fake_host_take_events(&d.host);
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 1);
    assert_int_equal(waits_for(&d, PROV_JOB_REBOOT), PROV_WAIT_HOST);
    assert_true(
        is_told(fake_host_take_events(&d.host), "deferred stage 2 for 20000 of 60000 ms\n"));
    device_pass(&d, 25000); /* asked for the second time */
    d.host.is_idle = false;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(waits_for(&d, PROV_JOB_REBOOT), PROV_WAIT_LINES);
    device_pass(&d, 100000);
    d.host.is_idle = true;
    device_pass(&d, 10000); /* seen without a notification; asked for the third time */
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 3);
    device_pass(&d, 19999);
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 3);
    device_pass(&d, 15000); /* 25 s before the call, 35 s behind it */
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 4);
    assert_false(is_told(fake_host_take_events(&d.host), "reboot wanted\n"));
    device_pass(&d, 1);
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 4);
    assert_true(is_told(fake_host_take_events(&d.host), "reboot wanted\n"));
    device_unplug(&d);
}

/* The same where a rollback waits for the end of a call. */
static void test_a_rollback_asks_the_host_after_a_call(void **state)
{
    struct device d;
    (void)state;
    start_to_confirm(&d, PROV_STAGE_ROLLBACK, 20000, 30);
    d.host.is_idle = false;
    device_pass(&d, 130000);
    assert_int_equal(answers.n_asked[PROV_STAGE_ROLLBACK], 0);
    assert_int_equal(waits_for(&d, PROV_JOB_ROLLBACK), PROV_WAIT_LINES);
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(answers.n_asked[PROV_STAGE_ROLLBACK], 1);
    assert_int_equal(waits_for(&d, PROV_JOB_ROLLBACK), PROV_WAIT_HOST);
    assert_false(is_told(fake_host_take_events(&d.host), "rolled back"));
    device_pass(&d, 60000);
    assert_int_equal(answers.n_asked[PROV_STAGE_ROLLBACK], 3);
    assert_true(is_told(fake_host_take_events(&d.host), "rolled back 1"));
    device_unplug(&d);
}

/* The host is not asked again before its time, though a call came and went. */
static void test_a_call_does_not_shorten_a_wait_for_the_host(void **state)
{
    struct device d;
    (void)state;
    start(&d, PROV_STAGE_REBOOT, 50000);
    d.host.is_idle = false;
    device_pass(&d, 1);
    prov_agent_process(d.agent, NULL);
    d.asleep = NULL; /* after this turn */
    assert_int_equal(waits_for(&d, PROV_JOB_REBOOT), PROV_WAIT_LINES);
    d.host.is_idle = true;
    device_pass(&d, 10000);
    assert_int_equal(waits_for(&d, PROV_JOB_REBOOT), PROV_WAIT_HOST);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 39999);
    assert_int_equal(answers.n_asked[PROV_STAGE_REBOOT], 1);
    device_unplug(&d);
}

static void test_a_cancelled_resync_is_put_off_no_more(void **state)
{
    struct device d;
    (void)state;
    start(&d, PROV_STAGE_FETCH, 10000);
    assert_int_equal(waits_for(&d, PROV_JOB_RESYNC), PROV_WAIT_HOST);
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_RESYNC, NULL), PROV_OK);
    device_settle(&d);
    assert_int_not_equal(waits_for(&d, PROV_JOB_RESYNC), PROV_WAIT_HOST);
    assert_int_equal(answers.n_asked[PROV_STAGE_FETCH], 1);
    device_ask(&d, NULL); /* the next one has a whole deferral again */
    assert_int_equal(answers.n_asked[PROV_STAGE_FETCH], 2);
    device_unplug(&d);
}

/* Its own deferral ends first, and it goes on waiting without a turn at once after each turn. */
static void test_a_stage_waits_for_a_rollback_that_is_put_off(void **state)
{
    (void)state;
    for (unsigned stage = PROV_STAGE_FETCH; stage <= PROV_STAGE_APPLY; stage++) {
        struct device d;
        start_to_confirm(&d, PROV_STAGE_ROLLBACK, 60000, 30);
        device_pass(&d, 25000);
        answers.defer_ms[stage] = 10000;
        device_ask(&d, NULL);
        fake_host_take_events(&d.host);
        device_pass(&d, 20000);
        assert_int_equal(prov_agent_timeout_ms(d.agent), 45000);
        assert_false(is_told(fake_host_take_events(&d.host), "result Profile_Rule "));
        answers.defer_ms[stage] = 0;
        device_pass(&d, 45000);
        const char *events = fake_host_take_events(&d.host);
        assert_true(is_told(events, "rolled back 1: 2 changed"));
        assert_true(is_told(events, "result Profile_Rule failed PROV_E_QUARANTINED"));
        device_unplug(&d);
    }
}

static void test_an_agent_ends_while_a_file_waits(void **state)
{
    struct device d;
    (void)state;
    start(&d, PROV_STAGE_APPLY, 10000);
    assert_true(prov_agent_is_busy(d.agent));
    assert_null(fake_host_get(&d.host, "GPP_A"));
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_stage_can_be_put_off),
        cmocka_unit_test(test_nothing_is_put_off_for_ever),
        cmocka_unit_test(test_by_default_an_hour_is_the_longest),
        cmocka_unit_test(test_notify_asks_again_at_once),
        cmocka_unit_test(test_a_resync_put_off_waits_for_idle_lines),
        cmocka_unit_test(test_the_time_of_calls_is_not_counted),
        cmocka_unit_test(test_a_rollback_asks_the_host_after_a_call),
        cmocka_unit_test(test_a_call_does_not_shorten_a_wait_for_the_host),
        cmocka_unit_test(test_a_cancelled_resync_is_put_off_no_more),
        cmocka_unit_test(test_a_stage_waits_for_a_rollback_that_is_put_off),
        cmocka_unit_test(test_an_agent_ends_while_a_file_waits),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
