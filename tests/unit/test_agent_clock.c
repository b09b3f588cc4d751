/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The time of the next resync, which the agent passes to its scheduler driver. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"
#include "fake_banks.h"
#include "env/env.h"

#define URL "http://h/p"
#define PROFILE "<flat-profile><GPP_A>a</GPP_A></flat-profile>"

enum { WIDTH_S = 600 };

/* A device that has just booted and has a server to ask; @p last_octet is of its address. */
static void start_as(struct device *d, uint8_t last_octet, const char *serial,
                     struct prov_agent_options options)
{
    options.size = sizeof options;
    device_plug_in(d, NULL, NULL, NULL);
    d->host.device.mac[5] = last_octet;
    d->host.device.serial = prov_str_from(serial);
    fake_host_set(&d->host, "Profile_Rule", URL);
    fake_host_set(&d->host, "Resync_Random_Delay", "0");
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_settle(d);
}

static void start(struct device *d, uint8_t last_octet, struct prov_agent_options options)
{
    start_as(d, last_octet, "88012BA01234", options);
}

/* Until the next resync; which one that is has to be as @p cause says. */
static int64_t wait_ms(const struct device *d, uint32_t cause)
{
    struct prov_sched_action due = {.size = sizeof due};
    assert_int_equal(prov_agent_due(d->agent, &due), PROV_OK);
    assert_int_equal(due.cause, cause);
    return due.expected_ms - d->host.now_ms;
}

static int64_t power_up_wait_ms(uint8_t last_octet, const char *serial)
{
    struct device d;
    start_as(&d, last_octet, serial, (struct prov_agent_options){.jitter_s = WIDTH_S});
    int64_t wait = wait_ms(&d, PROV_CAUSE_POWER_UP);
    device_unplug(&d);
    return wait;
}

static void test_spread_is_the_same_at_each_boot(void **state)
{
    (void)state;
    int64_t earlier = -1;
    for (uint8_t octet = 1; octet < 100; octet++) {
        int64_t wait = power_up_wait_ms(octet, "");
        assert_uint_in_range(wait, 0, WIDTH_S * 1000);
        assert_int_equal(wait, power_up_wait_ms(octet, ""));
        assert_true(wait != earlier);
        earlier = wait;
    }
}

static void test_spread_depends_on_all_of_the_serial_number(void **state)
{
    (void)state;
    int64_t earlier = power_up_wait_ms(1, "A0");
    for (char serial[] = "A1"; serial[1] <= '9'; serial[1]++) {
        int64_t wait = power_up_wait_ms(1, serial);
        assert_true(wait != earlier);
        earlier = wait;
    }
}

/* The waits before the first three retries. */
static void fail_three_times(uint8_t last_octet, int64_t waits[3])
{
    struct device d;
    start(&d, last_octet, (struct prov_agent_options){.retry_jitter_s = WIDTH_S});
    for (int i = 0; i < 3; i++) {
        waits[i] = wait_ms(&d, PROV_CAUSE_RETRY);
        device_pass(&d, waits[i]);
    }
    device_unplug(&d);
}

static void test_retry_spread_comes_on_top_of_each_retry(void **state)
{
    (void)state;
    static const int64_t listed_ms[] = {60000, 120000, 240000};
    int64_t first[3], again[3], other[3];
    fail_three_times(1, first);
    fail_three_times(1, again);
    fail_three_times(2, other);
    assert_memory_equal(first, again, sizeof first);
    for (int i = 0; i < 3; i++) {
        assert_uint_in_range(first[i] - listed_ms[i], 0, WIDTH_S * 1000);
        assert_true(first[i] != other[i]);
    }
    assert_true(first[1] - first[0] != listed_ms[1] - listed_ms[0]);
}

static int64_t period_ms(const char *periodic, uint32_t floor_s)
{
    struct device d;
    start(&d, 1, (struct prov_agent_options){.floor_s = floor_s});
    fake_transport_add_text(&d.net, URL, PROFILE);
    fake_host_set(&d.host, "Resync_Periodic", periodic);
    device_ask(&d, NULL);
    int64_t wait = wait_ms(&d, PROV_CAUSE_PERIODIC);
    device_unplug(&d);
    return wait;
}

static void test_floor_holds_what_the_parameters_say(void **state)
{
    (void)state;
    assert_int_equal(period_ms("5", 0), 30000);
    assert_int_equal(period_ms("5", 3), 5000);
    assert_int_equal(period_ms("5", 300), 300000);
    assert_int_equal(period_ms("600", 300), 600000);
}

static bool resyncs_after_upgrade(const char *wanted)
{
    struct device d;
    struct fake_banks banks = {.running = 0};
    const struct prov_agent_request upgrade = {.size = sizeof upgrade,
                                               .verb = PROV_VERB_UPGRADE,
                                               .cause = PROV_CAUSE_URL,
                                               .rule = prov_str_from("http://h/none.loads")};
    start(&d, 1, (struct prov_agent_options){.jitter_s = 0});
    prov_agent_free(d.agent);
    fake_banks_plug_in(&d, &banks);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    fake_host_set(&d.host, "Resync_After_Upgrade_Attempt", wanted);
    fake_host_set(&d.host, "Profile_Rule", URL "?$UPGTMR&$PRVST");
    device_pass(&d, 10000);
    size_t before = d.net.n_requests + 1;
    assert_int_equal(prov_agent_request(d.agent, &upgrade, NULL), PROV_OK);
    device_settle(&d);
    size_t n_requests = d.net.n_requests - before;
    if (n_requests)
        assert_string_equal(d.net.requests[before].url, URL "?0&0");
    device_unplug(&d);
    return n_requests == 1;
}

static void test_an_upgrade_attempt_is_followed_by_a_resync(void **state)
{
    (void)state;
    assert_true(resyncs_after_upgrade("Yes"));
    assert_false(resyncs_after_upgrade("No"));
}

/* One that does not hold, and one that does not parse. */
static void test_triggers_tell_what_they_compared(void **state)
{
    (void)state;
    struct device d;
    struct prov_agent_trace trace = {.size = sizeof trace};
    struct prov_sched_action due = {.size = sizeof due};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", URL);
    fake_host_set(&d.host, "Resync_Trigger_1", "$UPGTMR gt 300");
    fake_host_set(&d.host, "Resync_Trigger_2", "$UPGTMR above 300");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 40000);
    assert_int_equal(d.net.n_requests, 0);
    assert_int_equal(prov_agent_due(d.agent, &due), PROV_OK);
    assert_int_equal(due.why, PROV_WHY_TRIGGER);

    assert_int_equal(prov_agent_trace_get(d.agent, 1, &trace), PROV_OK);
    assert_int_equal(trace.cause, PROV_CAUSE_POWER_UP);
    assert_memory_equal(trace.rule.data, "Resync_Trigger_1", trace.rule.len);
    assert_true(device_says(trace.text, "compares: 0 gt 300 as integers: false"));
    assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_OK);
    assert_memory_equal(trace.rule.data, "Resync_Trigger_2", trace.rule.len);
    assert_true(device_says(trace.text, "^"));

    fake_host_set(&d.host, "Resync_Trigger_1", "$UPGTMR ge 0");
    device_pass(&d, 3600000);
    assert_int_equal(d.net.n_requests, 1);
    device_unplug(&d);
}

/* Its $PRVST is that of the resync it would start, not that of the power-up before. */
static void test_a_trigger_reads_its_own_cause(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", URL);
    fake_host_set(&d.host, "Resync_Trigger_1", "$PRVST eq 1");
    struct fake_answer *answer = fake_transport_add_text(&d.net, URL, PROFILE);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(answer->n_asked, 0);
    device_pass(&d, 3600 * 1000);
    assert_int_equal(answer->n_asked, 1);
    device_unplug(&d);
}

/* One that holds is enough, one that cannot be evaluated is none; a request needs none. */
static void test_triggers_gate_what_comes_by_itself(void **state)
{
    (void)state;
    static const struct {
        const char *first, *second;
        size_t n_requests;
    } rows[] = {
        {"", "", 1},           {"1 eq 2", "", 0},       {"", "1 eq 2", 0},
        {"1 eq 1", "", 1},     {"1 eq 2", "1 eq 1", 1}, {"1 eq 1", "1 eq 2", 1},
        {"1 eq", "", 1},       {"1 eq 2", "1 eq 2", 0}, {"1 eq", "1 eq 2", 0},
        {"1 eq 2", "1 eq", 0}, {"1 eq", "2 eq", 1},     {"$A", "", 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        fake_host_set(&d.host, "Profile_Rule", URL);
        fake_host_set(&d.host, "Resync_Trigger_1", rows[i].first);
        fake_host_set(&d.host, "Resync_Trigger_2", rows[i].second);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_pass(&d, 40000);
        assert_int_equal(d.net.n_requests, rows[i].n_requests);
        device_ask(&d, NULL);
        assert_int_equal(d.net.n_requests, rows[i].n_requests + 1);
        device_unplug(&d);
    }
}

/* Triggers that may start a resync are evaluated each minute, which is not reported. */
static void test_triggers_that_start_are_not_kept(void **state)
{
    (void)state;
    struct device d;
    struct prov_agent_trace trace = {.size = sizeof trace};
    struct prov_agent_options options = {
        .size = sizeof options,
        .dialect = prov_dialect_get(PROV_DIALECT_SPA),
    };
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Resync_Trigger_1", "1 eq 2");
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_pass(&d, 600000);
    assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_E_NOT_FOUND);
    device_unplug(&d);
}

/* Fetch a file that comes byte by byte, each turn of the loop taking @p turn_ms. */
static void check_progress(int64_t turn_ms)
{
    struct device d;
    start(&d, 1, (struct prov_agent_options){0});
    fake_transport_add_text(&d.net, URL, PROFILE)->chunk = 1;
    d.host.with_schedule = true; /* with progress */
    fake_host_take_events(&d.host);
    assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
    int64_t start_ms = d.host.now_ms;
    while (prov_agent_is_busy(d.agent)) {
        d.host.now_ms += turn_ms;
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    }
    size_t n = 0, n_bytes = sizeof PROFILE - 1;
    size_t n_quarters = (size_t)(d.host.now_ms - start_ms) / 250;
    char last[64];
    snprintf(last, sizeof last, "progress %zu of %zu\n", n_bytes, n_bytes);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "progress 1 of "));
    assert_non_null(strstr(events, last));
    for (; (events = strstr(events, "progress ")) != NULL; events++)
        n++;
    size_t most = n_quarters + 2 < n_bytes ? n_quarters + 2 : n_bytes;
    assert_uint_in_range(n, n_quarters < n_bytes ? n_quarters : n_bytes, most);
    device_unplug(&d);
}

/* The first and the last bytes are always reported; between them four times a second. */
static void test_progress_is_told_a_few_times_a_second(void **state)
{
    (void)state;
    check_progress(0);
    check_progress(10);
    check_progress(50);
    check_progress(250);
}

/* A host without a source of entropy gets splitmix64: the upper halves of its known numbers. */
static void test_entropy_without_a_source(void **state)
{
    (void)state;
    static const uint32_t numbers[] = {0xe220a839, 0x6e789e6a, 0x06c45d18, 0xf88bb8a8};
    struct provi_env env = {.entropy = 0};
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        assert_int_equal(provi_env_entropy(&env), numbers[i]);
}

static unsigned n_saves, n_erases;
static prov_status (*store_save)(void *, prov_str, const void *, size_t, struct prov_error *);

static prov_status counted_save(void *ctx, prov_str name, const void *data, size_t len,
                                struct prov_error *err)
{
    if (device_says(name, "sched")) {
        n_saves += len > 0;
        n_erases += len == 0;
    }
    return store_save(ctx, name, data, len, err);
}

/* A device whose records of the schedule are counted, with a rule and no random delay. */
static void plug_in_counted(struct device *d)
{
    n_saves = n_erases = 0;
    device_plug_in(d, NULL, NULL, NULL);
    store_save = d->host.host.save;
    d->host.host.save = counted_save;
    fake_host_set(&d->host, "Resync_Random_Delay", "0");
    fake_host_set(&d->host, "Profile_Rule", URL);
}

/* Each write wears the flash: of a back-off only what changes it is saved, and its end once. */
static void test_a_back_off_is_saved_when_it_grows(void **state)
{
    static const struct {
        int64_t pass_s; /* to the resync */
        bool is_answered;
        unsigned n_saves, n_erases;
    } steps[] = {
        {0, false, 1, 0},    {3600, false, 2, 0}, {7200, false, 2, 0},
        {7200, false, 2, 0}, {7200, true, 2, 1},  {3600, true, 2, 1},
        {3600, false, 3, 1}, {3600, true, 3, 2},  {3600, true, 3, 2},
    };
    struct device d;
    (void)state;
    plug_in_counted(&d);
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "3600,7200");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    struct fake_answer *answer = fake_transport_add_text(&d.net, URL, PROFILE);
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        answer->status = steps[i].is_answered ? PROV_OK : PROV_E_CONNECT;
        device_pass(&d, steps[i].pass_s * 1000);
        assert_int_equal(answer->n_asked, i + 1);
        if (n_saves != steps[i].n_saves || n_erases != steps[i].n_erases)
            fail_msg("step %zu: %u saved, %u erased", i, n_saves, n_erases);
    }
    /* Also the one that a reboot found ends once. */
    answer->status = PROV_E_CONNECT;
    device_pass(&d, 3600 * 1000);
    assert_int_equal(n_saves, 4);
    prov_agent_free(d.agent);
    answer->status = PROV_OK;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(answer->n_asked, sizeof steps / sizeof steps[0] + 2);
    assert_int_equal(n_erases, 3);
    device_unplug(&d);
}

/* A schedule as new needs no record over a reboot; another one is saved, and its record ends with
 * the next success, whether the device rebooted or not. */
static void test_a_schedule_is_saved_before_a_reboot(void **state)
{
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .cause = PROV_CAUSE_HOST, .verb = PROV_VERB_REBOOT};
    struct device d;
    (void)state;
    plug_in_counted(&d);
    fake_transport_add_text(&d.net, URL, PROFILE);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot"));
    assert_int_equal(n_saves, 0);
    device_pass(&d, 1000 * 1000);
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(n_saves, 1);
    assert_int_equal(n_erases, 0);
    device_pass(&d, 3600 * 1000);
    assert_int_equal(n_erases, 1);
    device_unplug(&d);
}

static bool wall_with_the_host(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = host->now_ms / 1000;
    *utc_offset_s = 0;
    return true;
}

/* Each rule takes five seconds more; and what the last resync showed of its end. */
struct slow_rules {
    struct device d;
    int64_t wall_s, mono_ms;
};

static void take_time(void *ctx, const struct prov_event *event)
{
    struct slow_rules *slow = ctx;
    if (event->type == PROV_EVENT_REQUEST)
        slow->d.host.now_ms += 5000;
    if (event->type != PROV_EVENT_RESYNC)
        return;
    slow->wall_s = event->as.result->wall_s;
    slow->mono_ms = event->as.result->mono_ms;
}

/* Though the first of its rules decided the outcome. */
static void test_a_resync_ends_with_its_last_rule(void **state)
{
    struct slow_rules slow = {.wall_s = 0};
    struct device *d = &slow.d;
    (void)state;
    device_plug_in(d, NULL, NULL, NULL);
    device_mute(d);
    d->host.host.wall_s = wall_with_the_host;
    d->host.on_event = take_time;
    d->host.on_event_ctx = &slow;
    fake_host_set(&d->host, "Profile_Rule", URL);
    fake_host_set(&d->host, "Profile_Rule_B", "http://h/b");
    fake_transport_add_text(&d->net, URL, PROFILE);
    fake_transport_add_text(&d->net, "http://h/b", "<flat-profile/>");
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_boot(d);
    device_ask(d, NULL);
    struct prov_job_status now = {.size = sizeof now};
    assert_int_equal(prov_agent_status(d->agent, PROV_JOB_RESYNC, &now), PROV_OK);
    assert_int_equal(now.last->outcome, PROV_OUTCOME_APPLIED);
    assert_int_equal(now.last->duration_ms, 10000);
    assert_int_equal(slow.wall_s, d->host.now_ms / 1000);
    assert_int_equal(slow.mono_ms, d->host.now_ms);
    device_unplug(d);
}

/* Whatever the host's clock showed when the agent was made. */
static void test_times_are_those_of_the_hosts_clock(void **state)
{
    static const int64_t starts_ms[] = {0, 5000000, INT64_C(1) << 50, -7000};
    (void)state;
    for (size_t i = 0; i < sizeof starts_ms / sizeof starts_ms[0]; i++) {
        struct prov_sched_action due = {.size = sizeof due};
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.now_ms = starts_ms[i];
        fake_host_set(&d.host, "Profile_Rule", URL);
        fake_host_set(&d.host, "Resync_Random_Delay", "0");
        fake_transport_add_text(&d.net, URL, PROFILE);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        assert_int_equal(prov_agent_due(d.agent, &due), PROV_OK);
        assert_int_equal(due.cause, PROV_CAUSE_PERIODIC);
        assert_int_equal(due.since_ms, starts_ms[i]);
        assert_int_equal(due.due_ms, starts_ms[i] + 3600 * 1000);
        assert_int_equal(due.expected_ms, starts_ms[i] + 3600 * 1000);
        device_unplug(&d);
    }
}

/* A leap counts as 366 days at most: longer timers are not due. */
static void test_a_leap_of_the_clock_is_a_year_at_most(void **state)
{
    (void)state;
    static const struct {
        const char *periodic;
        bool is_due;
    } rows[] = {{"31622399", true}, {"31622401", false}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        device_mute(&d);
        fake_host_set(&d.host, "Resync_Periodic", rows[i].periodic);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        d.host.now_ms += INT64_C(400) * 86400 * 1000;
        assert_int_equal(prov_agent_timeout_ms(d.agent) == 0, rows[i].is_due);
        device_unplug(&d);
    }
}

/* Processors that disagree by half a minute: the time between them counts once. */
static void test_steps_back_add_no_time(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    const int64_t wait_ms = prov_agent_timeout_ms(d.agent);
    for (int i = 0; i < 1000; i++) {
        d.host.now_ms -= 30000;
        prov_agent_timeout_ms(d.agent);
        d.host.now_ms += 30000;
        assert_int_equal(prov_agent_timeout_ms(d.agent), wait_ms);
    }
    device_unplug(&d);
}

static int64_t stand_still(void *ctx)
{
    (void)ctx;
    return 1000;
}

static int64_t far_s;

static bool far_wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = far_s;
    *utc_offset_s = 3600;
    return true;
}

/* From there on, sums of times could leave their range. */
static void test_a_wall_clock_too_far_away_is_not_set(void **state)
{
    static const struct {
        int64_t s;
        bool is_set;
    } rows[] = {
        {INT64_MIN, false},
        {-(INT64_C(1) << 52), false},
        {1 - (INT64_C(1) << 52), true},
        {-1, true},
        {0, true},
        {(INT64_C(1) << 52) - 1, true},
        {INT64_C(1) << 52, false},
        {INT64_MAX, false},
    };
    struct provi_env env = {.host = {.mono_ms = stand_still, .wall_s = far_wall_s}};
    (void)state;
    provi_clock_init(&env);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t s = 99;
        int32_t offset_s = 99;
        far_s = rows[i].s;
        assert_int_equal(provi_env_wall(&env, &s, &offset_s), rows[i].is_set);
        assert_int_equal(s, rows[i].is_set ? far_s : 0);
        assert_int_equal(offset_s, rows[i].is_set ? 3600 : 0);
        assert_int_equal(provi_env_wall_s(&env), rows[i].is_set ? far_s : -1);
        struct prov_world world;
        provi_env_world(&env, &world);
        assert_int_equal(world.wall_valid, rows[i].is_set);
        assert_int_equal(world.wall_s, s);
        assert_int_equal(world.utc_offset_s, offset_s);
    }
}

/* A moment on the host's clock, which may be near either end; -1 is "never". */
static void test_a_moment_stays_in_the_range_of_the_clock(void **state)
{
    static const struct {
        int64_t host_ms, moment_ms, expected;
    } rows[] = {
        {5000, 1000, 5000},
        {5000, 1020, 5020},
        {5000, 980, 4980},
        {5000, -1, -1},
        {19, 980, -2},
        {0, 1000, 0},
        {INT64_MAX - 20, 1020, INT64_MAX},
        {INT64_MAX - 20, 1021, INT64_MAX},
        {INT64_MAX - 20, 1019, INT64_MAX - 1},
        {INT64_MIN + 20, 980, INT64_MIN},
        {INT64_MIN + 20, 979, INT64_MIN},
        {INT64_MIN + 20, 981, INT64_MIN + 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_clock clock = {.host_ms = rows[i].host_ms, .now_ms = 1000};
        const struct provi_env env = {.clock = &clock};
        assert_true(provi_env_host_moment(&env, rows[i].moment_ms) == rows[i].expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_back_off_is_saved_when_it_grows),
        cmocka_unit_test(test_a_schedule_is_saved_before_a_reboot),
        cmocka_unit_test(test_a_resync_ends_with_its_last_rule),
        cmocka_unit_test(test_times_are_those_of_the_hosts_clock),
        cmocka_unit_test(test_spread_is_the_same_at_each_boot),
        cmocka_unit_test(test_spread_depends_on_all_of_the_serial_number),
        cmocka_unit_test(test_retry_spread_comes_on_top_of_each_retry),
        cmocka_unit_test(test_floor_holds_what_the_parameters_say),
        cmocka_unit_test(test_an_upgrade_attempt_is_followed_by_a_resync),
        cmocka_unit_test(test_triggers_tell_what_they_compared),
        cmocka_unit_test(test_a_trigger_reads_its_own_cause),
        cmocka_unit_test(test_triggers_gate_what_comes_by_itself),
        cmocka_unit_test(test_triggers_that_start_are_not_kept),
        cmocka_unit_test(test_entropy_without_a_source),
        cmocka_unit_test(test_a_wall_clock_too_far_away_is_not_set),
        cmocka_unit_test(test_a_moment_stays_in_the_range_of_the_clock),
        cmocka_unit_test(test_progress_is_told_a_few_times_a_second),
        cmocka_unit_test(test_a_leap_of_the_clock_is_a_year_at_most),
        cmocka_unit_test(test_steps_back_add_no_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
