/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Whole agents through weeks in which everything happens to them: hosts that put things off, links
 * that are lost, sleep, clocks that are set and reboots at any moment included. test_sched_weeks.c
 * does the same to schedulers alone, and to many more of them; here it is seen that nothing gets
 * lost between clockwork, vetoes and transfers.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "device.h"

#define URL "http://h/p"
#define WEEK_MS (INT64_C(7) * 86400 * 1000)
#define MAX_DEFER_MS (INT64_C(1800) * 1000)
/* The longest period there is is the last of the default retries; and what may come on top. */
#define LONGEST_MS ((INT64_C(86400) + 7200 + 600 + 300) * 1000 + MAX_DEFER_MS)

#define N_WEEKS 60
#define N_WEEKS_EMULATED 3

struct week {
    struct device device;
    uint64_t seed;
    uint64_t random;
    uint32_t defer_ms[PROV_STAGE_ROLLBACK + 1];
    int64_t deferred_since_ms[PROV_STAGE_ROLLBACK + 1]; /* -1: not */
    bool wants_reboot;
    int64_t heard_ms; /* end of the last resync, or since when there is to be one */
    int64_t end_ms;   /* of the week */
    bool has_hung;    /* a request may have had no answer, and be reported with its end */
    uint64_t n_requests, n_deferred, n_reboots, n_faults;
    uint64_t digest;
};

#define WITNESS(week, claim)                                                                       \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("seed %llu at %lld ms: not true that " #claim,                                \
                     (unsigned long long)(week)->seed, (long long)(week)->device.host.now_ms);     \
    } while (0)

/* SplitMix64 (Steele, Lea, Flood: "Fast splittable pseudorandom number generators", 2014). */
static uint32_t draw(struct week *week, uint32_t max)
{
    uint64_t z = week->random += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    return (uint32_t)(((z ^ (z >> 31)) >> 32) * ((uint64_t)max + 1) >> 32);
}

static bool one_in(struct week *week, uint32_t n)
{
    return draw(week, n - 1) == 0;
}

/* Callbacks know the fake host only. */
static struct week *living;

static uint32_t entropy(void *ctx)
{
    (void)ctx;
    return draw(living, UINT32_MAX);
}

/* Asked at most until the longest time is over. */
static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)ctx;
    struct week *week = living;
    int64_t now_ms = week->device.host.now_ms;
    int64_t *since_ms = &week->deferred_since_ms[stage];
    WITNESS(week, stage <= PROV_STAGE_ROLLBACK);
    WITNESS(week, *since_ms < 0 || now_ms - *since_ms < MAX_DEFER_MS);
    if (week->defer_ms[stage] == 0)
        *since_ms = -1;
    else if (*since_ms < 0)
        *since_ms = now_ms;
    return week->defer_ms[stage];
}

static void digest(struct week *week, uint64_t value)
{
    week->digest = (week->digest ^ value) * UINT64_C(0x100000001b3);
}

static void end_deferral(struct week *week, enum prov_stage stage)
{
    week->deferred_since_ms[stage] = -1;
}

static void digest_event(struct week *week, const struct prov_event *event)
{
    uint32_t cause = 0, why = 0, outcome = 0;
    if (event->type == PROV_EVENT_RESULT || event->type == PROV_EVENT_RESYNC) {
        cause = event->as.result->cause;
        outcome = event->as.result->outcome;
    }
    if (event->type == PROV_EVENT_SCHEDULED) {
        cause = event->as.schedule->cause;
        why = event->as.schedule->why;
    }
    digest(week, event->type * 31 + cause * 7 + why);
    digest(week, (uint64_t)week->device.host.now_ms + outcome);
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct week *week = ctx;
    const struct prov_deferral *deferral = event->as.deferral;
    digest_event(week, event);
    switch (event->type) {
    case PROV_EVENT_REQUEST:
        WITNESS(week, week->device.host.is_idle || week->has_hung);
        end_deferral(week, PROV_STAGE_FETCH);
        week->n_requests++;
        break;
    case PROV_EVENT_DEFERRED:
        WITNESS(week, week->deferred_since_ms[deferral->stage] == week->device.host.now_ms);
        WITNESS(week, deferral->at_most_ms == MAX_DEFER_MS && deferral->in_ms <= MAX_DEFER_MS);
        week->n_deferred++;
        break;
    case PROV_EVENT_RESYNC:
        week->heard_ms = week->device.host.now_ms;
        week->has_hung = week->device.net.is_frozen;
        break;
    case PROV_EVENT_RESULT:
        end_deferral(week, PROV_STAGE_FETCH); /* a rule that asks nobody has no request */
        end_deferral(week, PROV_STAGE_APPLY);
        break;
    case PROV_EVENT_REBOOT_WANTED:
        end_deferral(week, PROV_STAGE_REBOOT);
        week->wants_reboot = true;
        break;
    default: break;
    }
}

static void boot(struct week *week, uint32_t cause)
{
    struct prov_agent_options options = {
        .size = sizeof options,
        .catalogue = &device_catalogue,
        .boot_cause = cause,
        .max_defer_s = MAX_DEFER_MS / 1000,
        .jitter_s = week->seed % 3 ? 0 : 600,
        .retry_jitter_s = week->seed % 2 ? 0 : 600,
    };
    for (size_t i = 0; i < PROVI_LEN(week->deferred_since_ms); i++)
        week->deferred_since_ms[i] = -1;
    week->wants_reboot = false;
    week->heard_ms = week->device.host.now_ms;
    WITNESS(week, device_make_agent(&week->device, &options) == PROV_OK);
    device_settle(&week->device);
}

static void reboot(struct week *week, uint32_t cause)
{
    prov_agent_free(week->device.agent);
    week->n_reboots++;
    boot(week, cause);
}

static void change_lines(struct week *week)
{
    week->device.host.is_idle = one_in(week, 2);
    prov_agent_notify(week->device.agent);
}

static void change_vetoes(struct week *week)
{
    static const uint32_t waits_ms[] = {0, 0, 20000, 70000, 600000, 5000000};
    for (size_t i = 0; i < PROVI_LEN(week->defer_ms); i++)
        week->defer_ms[i] = waits_ms[draw(week, PROVI_LEN(waits_ms) - 1)];
    if (one_in(week, 2))
        prov_agent_notify(week->device.agent);
}

static void change_server(struct week *week)
{
    static const char *const profiles[] = {
        "<flat-profile><GPP_A>a</GPP_A></flat-profile>",
        "<flat-profile><GPP_A>b</GPP_A></flat-profile>",
        "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>",
        "<flat-profile><Own_Reboot>2</Own_Reboot></flat-profile>",
        "<flat-profile><GPP_A>cut off",
        "<flat-profile><Profile_Rule>http:///p</Profile_Rule></flat-profile>",
        "<flat-profile><Profile_Rule>($PRVST ne 0)? " URL "</Profile_Rule></flat-profile>",
        "<flat-profile><Resync_Trigger_1>($PRVTMR ge 600)?</Resync_Trigger_1></flat-profile>",
        "<flat-profile><Resync_Periodic>an hour</Resync_Periodic></flat-profile>",
        "<flat-profile><Provision_Enable>{{enable}}</Provision_Enable></flat-profile>",
    };
    static const prov_status statuses[] = {PROV_OK, PROV_OK, PROV_OK, PROV_E_NOT_FOUND,
                                           PROV_E_SERVER};
    struct fake_answer *answer = fake_transport_add_text(
        &week->device.net, URL, profiles[draw(week, PROVI_LEN(profiles) - 1)]);
    answer->status = statuses[draw(week, PROVI_LEN(statuses) - 1)];
    answer->retry_after_s = -1;
    if (one_in(week, 4))
        answer->retry_after_s = draw(week, 7200);
}

static void change_settings(struct week *week)
{
    static const char *const settings[][2] = {
        {"Resync_Periodic", "600"},
        {"Resync_Periodic", "3600+600"},
        {"Resync_Periodic", ""},
        {"Resync_Error_Retry_Delay", "60,600"},
        {"Resync_Error_Retry_Delay", "0"},
        {"Forced_Resync_Delay", "300"},
        {"Resync_Trigger_1", ""},
        {"Resync_Trigger_1", "$UPGTMR gt 300"},
        {"Provision_Enable", "Yes"},
        {"Provision_Enable", "No"},
        {"Profile_Rule", URL},
        {"Profile_Rule", "http://h/other"},
        {"Profile_Rule", "{{rule}}"},
        {"Resync_Periodic", "an hour"},
        {"Resync_Error_Retry_Delay", "60;120"},
        {"Resync_Trigger_1", "($PRVTMR ge 600)?"},
        {"Resync_At__HHmm_", "3:00"},
        {"Resync_At__HHmm_", "0300"},
        {"Provision_Enable", "Maybe"},
    };
    size_t i = draw(week, PROVI_LEN(settings) - 1);
    fake_host_set(&week->device.host, settings[i][0], settings[i][1]);
    prov_agent_notify(week->device.agent);
}

static void request(struct week *week)
{
    prov_agent_request(week->device.agent, NULL, NULL); /* may be refused */
}

/* In any order; nothing is answered while it is lost, and not always it is reported as back. */
static void change_network(struct week *week)
{
    do {
        uint32_t event = PROV_NETWORK_LOST + draw(week, PROV_NETWORK_CHANGED - PROV_NETWORK_LOST);
        WITNESS(week, prov_agent_network(week->device.agent, event, NULL) == PROV_OK);
        week->device.net.is_frozen = event == PROV_NETWORK_LOST && one_in(week, 2);
        week->has_hung |= week->device.net.is_frozen;
    } while (one_in(week, 3));
}

static void restore_network(struct week *week)
{
    week->device.net.is_frozen = false;
}

/* Nothing happens for a while; the host counts the time, which is not that of a deaf device. */
static void sleep_awhile(struct week *week)
{
    int64_t slept_ms = draw(week, 20000000);
    week->device.host.now_ms += slept_ms;
    week->heard_ms += slept_ms;
    device_settle(&week->device);
}

/* Processors that disagree about the time by half a minute. */
static void disturb_clock(struct week *week)
{
    week->device.host.now_ms -= 30000;
    device_settle(&week->device);
    week->device.host.now_ms += 30000;
}

/* Set back by two days: for the agent time goes on, and all moments of the host move. */
static void set_clock(struct week *week)
{
    const int64_t back_ms = INT64_C(2) * 86400 * 1000;
    struct fake_host *host = &week->device.host;
    if (host->now_ms < 2 * back_ms)
        return;
    host->now_ms -= back_ms;
    week->end_ms -= back_ms;
    week->heard_ms -= back_ms;
    if (host->schedule.expected_ms >= 0)
        host->schedule.expected_ms -= back_ms;
    for (size_t i = 0; i < PROVI_LEN(week->deferred_since_ms); i++)
        if (week->deferred_since_ms[i] >= 0)
            week->deferred_since_ms[i] -= back_ms;
}

static void anything(struct week *week)
{
    static void (*const happenings[])(struct week *) = {
        change_lines, change_lines, change_vetoes, change_server, change_settings, request,
    };
    static void (*const faults[])(struct week *) = {
        change_network, restore_network, restore_network, sleep_awhile, disturb_clock, set_clock,
    };
    bool is_fault = one_in(week, 5);
    week->n_faults += is_fault;
    if (week->wants_reboot && one_in(week, 2))
        reboot(week, PROV_CAUSE_HOST);
    else if (one_in(week, 20))
        reboot(week, PROV_CAUSE_POWER_UP);
    else if (is_fault)
        faults[draw(week, PROVI_LEN(faults) - 1)](week);
    else
        happenings[draw(week, PROVI_LEN(happenings) - 1)](week);
}

static bool is_stored(struct week *week, const char *name, const char *value)
{
    const char *stored = fake_host_get(&week->device.host, name);
    return stored && strcmp(stored, value) == 0;
}

/* Never deaf: only a call, and settings that say so in plain words, end the resyncs. */
static void check_not_deaf(struct week *week)
{
    int64_t now_ms = week->device.host.now_ms;
    bool is_excused = !week->device.host.is_idle || is_stored(week, "Provision_Enable", "No") ||
                      is_stored(week, "Resync_Periodic", "");
    if (is_excused)
        week->heard_ms = now_ms;
    WITNESS(week, now_ms - week->heard_ms <= LONGEST_MS);
}

/* It waits for a moment, or can tell what else it waits for. */
static void check_not_stuck(struct week *week)
{
    struct device *device = &week->device;
    struct prov_sched_action due = {.size = sizeof due};
    device_settle(device);
    if (prov_agent_timeout_ms(device->agent) >= 0)
        return;
    WITNESS(week, prov_agent_due(device->agent, &due) == PROV_OK);
    switch (due.why) {
    case PROV_WHY_LINE: WITNESS(week, !device->host.is_idle); break;
    case PROV_WHY_DISABLED:
        WITNESS(week, strcmp(fake_host_get(&device->host, "Provision_Enable"), "No") == 0);
        break;
    default:
        WITNESS(week, due.why == PROV_WHY_NOTHING);
        WITNESS(week, !prov_agent_is_busy(device->agent));
    }
}

static void live(struct week *week, uint64_t seed)
{
    *week = (struct week){.seed = seed, .random = seed};
    living = week;
    device_plug_in(&week->device, NULL, NULL, NULL);
    week->device.host.host.entropy = entropy;
    week->device.host.host.defer_ms = defer_ms;
    week->device.host.on_event = on_event;
    week->device.host.on_event_ctx = week;
    fake_host_set(&week->device.host, "Profile_Rule", URL);
    change_server(week);
    boot(week, PROV_CAUSE_POWER_UP);
    week->end_ms = week->device.host.now_ms + WEEK_MS;
    while (week->device.host.now_ms < week->end_ms) {
        device_pass(&week->device, draw(week, 6000000));
        check_not_stuck(week);
        check_not_deaf(week);
        anything(week);
        fake_host_take_events(&week->device.host);
    }
    device_unplug(&week->device);
}

static const struct slip {
    const char *name, *value;
    int64_t stored_s; /* the longest period where the text is in the store already */
} slips[] = {
    {"Profile_Rule", "http:///x.xml", 600},
    {"Profile_Rule", "x y", 600},
    {"Profile_Rule", "{{ rule }}", 600},
    {"Profile_Rule", "http//h/p", 600},
    {"Profile_Rule", "htp://h/p", 600},
    {"Profile_Rule", "http://h.example.invalid/p", 600},
    {"Profile_Rule", "[--key \xe2\x80\x9cxy\xe2\x80\x9d] http://h/p", 600},
    {"Profile_Rule", "($PRVTMR ge 600)? http://h/p", 600},
    {"Profile_Rule", "($PRVST ne 0)? http://h/p", 600},
    {"Profile_Rule", "(\"$A\" eq \"x\")? http://h/p", 600},
    {"Profile_Rule", "(GPP_A=\"x\")!", 600},
    {"Profile_Rule_B", "($PRVTMR ge", 600},
    {"Resync_Trigger_1", "($PRVTMR ge 600)?", 600},
    {"Resync_Trigger_1", "$PRVTMR over 600", 600},
    {"Resync_Trigger_2", "{{ trigger }}", 600},
    {"Resync_Periodic", "600;1200", 3600},
    {"Resync_Periodic", "10m", 3600},
    {"Resync_Periodic", "-1", 3600},
    {"Resync_Periodic", "{{ period }}", 3600},
    {"Resync_Error_Retry_Delay", "60;120", 86400},
    {"Resync_Error_Retry_Delay", "60,", 86400},
    {"Resync_Error_Retry_Delay", "0", 600},
    {"Resync_Error_Retry_Delay", "", 600},
    {"Resync_At__HHmm_", "3:00", 600},
    {"Resync_At__HHmm_", "2500", 600},
    {"Resync_At__HHmm_", "0300", 600}, /* and the clock is never set */
    {"Resync_At_Random_Delay", "{{ }}", 600},
    {"Resync_Random_Delay", "two", 600},
    {"Forced_Resync_Delay", "x", 600},
    {"Provision_Enable", "{{ enable }}", 600},
    {"Provision_Enable", "", 600},
    {"Resync_On_Reset", "Nope", 600},
    {"Custom_CA_Rule", "not a url", 600},
    {"Syslog_Server", "a b", 600},
    {"Proxy_Mode", "Manually", 600},
    {"Restricted_Access_Domains", "other.example.com", 600}, /* it tries, and is not let */
    {"Restricted_Access_Domains", "http://h/", 600},
    {"Profile_Authentication_Type", "{{ }}", 600},
};

struct tally {
    unsigned n_resyncs;
};

static void count_resyncs(void *ctx, const struct prov_event *event)
{
    struct tally *tally = ctx;
    tally->n_resyncs += event->type == PROV_EVENT_RESYNC;
}

/* Hours after the slip, with a reboot or without, the device still comes round. */
static void slip(const struct slip *slip, bool is_stored, prov_status server, bool has_reboot)
{
    struct device d;
    struct tally tally = {0};
    char profile[512];
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", URL);
    fake_host_set(&d.host, "Resync_Periodic", "600");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60,300");
    d.host.on_event = count_resyncs;
    d.host.on_event_ctx = &tally;
    snprintf(profile, sizeof profile, "<flat-profile><%s>%s</%s></flat-profile>", slip->name,
             is_stored ? "" : slip->value, slip->name);
    fake_transport_add_text(&d.net, URL, is_stored ? "<flat-profile/>" : profile);
    if (is_stored)
        fake_host_set(&d.host, slip->name, slip->value);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, INT64_C(3600) * 1000);
    fake_transport_add_text(&d.net, URL, "<flat-profile/>")->status = server;
    if (has_reboot) {
        prov_agent_free(d.agent);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    }
    device_pass(&d, INT64_C(10) * 3600 * 1000);
    unsigned n_before = tally.n_resyncs;
    int64_t longest_s = is_stored ? slip->stored_s : 600;
    device_pass(&d, (longest_s + 1) * 1000);
    if (tally.n_resyncs == n_before)
        test_die("%s '%s', %s: deaf", slip->name, slip->value, is_stored ? "stored" : "sent");
    device_unplug(&d);
}

static void test_no_slip_of_a_template_makes_a_device_deaf(void **state)
{
    (void)state;
    static const prov_status servers[] = {PROV_OK, PROV_E_SERVER, PROV_E_NOT_FOUND};
    const size_t step = getenv("PROV_TEST_EMULATED") ? 3 : 1;
    for (size_t i = 0; i < PROVI_LEN(slips); i++)
        for (size_t server = 0; server < PROVI_LEN(servers); server++)
            for (size_t way = 0; way < 4; way++)
                if ((i + server + way) % step == 0)
                    slip(&slips[i], way & 1, servers[server], way & 2);
}

static uint64_t n_weeks(void)
{
    return getenv("PROV_TEST_EMULATED") ? N_WEEKS_EMULATED : N_WEEKS;
}

static void test_agents_keep_every_promise(void **state)
{
    (void)state;
    struct week *week = malloc(sizeof *week);
    uint64_t n_requests = 0, n_deferred = 0, n_reboots = 0, n_faults = 0;
    for (uint64_t seed = 1; seed <= n_weeks(); seed++) {
        live(week, seed);
        n_requests += week->n_requests;
        n_deferred += week->n_deferred;
        n_reboots += week->n_reboots;
        n_faults += week->n_faults;
    }
    free(week);
    /* Sixty weeks have 51 requests each; the few of an emulator may have less. */
    assert_true(n_requests >= (n_weeks() == N_WEEKS ? 50 : 40) * n_weeks());
    assert_true(n_deferred >= 10 * n_weeks());
    assert_true(n_reboots >= 5 * n_weeks());
    assert_true(n_faults >= 20 * n_weeks());
}

static void test_agents_repeat_from_their_seed(void **state)
{
    (void)state;
    struct week *week = malloc(sizeof *week);
    live(week, 1);
    uint64_t first = week->digest;
    live(week, 1);
    assert_int_equal(week->digest, first);
    live(week, 2);
    assert_int_not_equal(week->digest, first);
    free(week);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agents_keep_every_promise),
        cmocka_unit_test(test_no_slip_of_a_template_makes_a_device_deaf),
        cmocka_unit_test(test_agents_repeat_from_their_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
