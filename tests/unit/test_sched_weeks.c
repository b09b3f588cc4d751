/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Thousands of devices, each through one week of everything that can happen to it: settings change,
 * lines come and go, servers fail and ask for patience, hosts put off what was started, clocks
 * jump, links are lost and come back, devices sleep, power is cut. After every step an independent
 * witness, who knows the rules but nothing of the scheduler's insides, checks what it did.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "dials.h"
#include "sched_device.h"

#define WEEK_MS (INT64_C(7) * 86400 * 1000)
#define DAY_S INT64_C(86400)
#define FLOOR_S 30
#define MANY_UNCHANGED 60
#define LONG_AGO (-(INT64_C(1) << 60))

#define N_DEVICES 10000
#define N_DEVICES_SAMPLED 200

/* A list and what the witness has to know of it. */
struct list {
    const char *text;
    int64_t shortest_s; /* of its elements, below the floor as written; 0 if it has none */
    bool may_end;       /* off, or a 0 inside */
};

static const struct list periodics[] = {
    {"3600", 3600, false},
    {"86400", 86400, false},
    {"600,1200,300", 300, false},
    {" 1800 + 600 , 900", 900, false},
    {"10", 10, false},
    {"", 0, true},
    {"0", 0, true},
    {"7200,0,60", 7200, true},
    {"4294967", 4294967, false},
    {"an hour", 3600, false}, /* no list: its default */
};

static const struct list retries[] = {
    {"60,120,240,480,960,1920,3840,7680,15360,30720,61440,86400", 60, false},
    {"300+300", 300, false},
    {"1800+300,3600+600,7200+900", 1800, false},
    {"0", 0, true},
    {"", 0, true},
    {"5,600", 5, false},
    {"120,0", 120, true},
    {"60;120", 60, false}, /* no list: its default */
};

static const struct {
    const char *text;
    int64_t start_s; /* -1: ignored */
} times[] = {
    {"", -1},     {"", -1},    {"0959", 35940}, {"2400", 0}, {"2359", 86340},
    {"2460", -1}, {"0000", 0}, {"0230", 9000},  {"960", -1},
};

/* One device and its witness. */
struct week {
    struct sched_device device;
    uint64_t seed;
    const struct list *periodic;
    const struct list *retry;
    int64_t at_start_s;

    int64_t done_ms;      /* end of the last resync; LONG_AGO: before this boot */
    int64_t patience_ms;  /* that the server asked for then */
    unsigned n_unchanged; /* resyncs in a row that changed nothing */
    int64_t listed_ms;    /* when the lists last changed */
    int64_t busy_end_ms;  /* LONG_AGO: no call since boot */
    int64_t served_day;   /* of Resync_At */
    bool knows_served_day;
    int32_t offsets_s[32]; /* former ones of local time since then */
    size_t n_offsets;
    bool has_failed;                 /* the last resync did */
    uint32_t asked_cause;            /* of the last question about triggers */
    uint32_t true_cause;             /* of the last one they were true for */
    bool is_link_new;                /* it came back or changed since the last start */
    bool has_slept;                  /* … through a moment that was due */
    struct prov_sched_action before; /* of the step before */
    int64_t stepped_ms;              /* when that was */
    bool may_be_unasked; /* triggers were set while something may have been past that point */
    uint64_t digest;     /* of all actions */
};

#define WITNESS(week, claim)                                                                       \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("seed %llu at %lld ms: not true that " #claim,                                \
                     (unsigned long long)(week)->seed, (long long)(week)->device.world.mono_ms);   \
    } while (0)

static void digest(struct week *week, uint64_t value)
{
    week->digest = (week->digest ^ value) * UINT64_C(0x100000001b3);
}

static int64_t delay_floor_ms(const struct week *week, const struct list *list)
{
    uint32_t floor_s = week->device.settings.floor_s ? week->device.settings.floor_s : FLOOR_S;
    return (list->shortest_s < floor_s ? floor_s : list->shortest_s) * 1000;
}

static int64_t period_floor_ms(const struct week *week)
{
    int64_t floor_ms = delay_floor_ms(week, week->periodic);
    return week->n_unchanged >= MANY_UNCHANGED && floor_ms < 60000 ? 60000 : floor_ms;
}

static bool is_explicit(uint32_t cause)
{
    return prov_cause_prvst(cause) == -1;
}

/* Never while a line is active; an automatic one not before the idle countdown or the deadline. */
static void check_lines(const struct week *week, const struct prov_sched_action *action)
{
    int64_t now_ms = week->device.world.mono_ms;
    int64_t delay_ms = week->device.settings.forced_delay_s * INT64_C(1000);
    bool has_waited = now_ms - action->since_ms >= delay_ms;
    WITNESS(week, action->since_ms >= 0 && action->since_ms <= now_ms);
    if (week->device.dialect.force_on_deadline && has_waited)
        return;
    WITNESS(week, week->device.world.is_idle);
    if (!is_explicit(action->cause))
        WITNESS(week, has_waited || now_ms - week->busy_end_ms >= delay_ms);
}

static void check_gates(const struct week *week, uint32_t cause)
{
    const struct prov_sched_settings *settings = &week->device.settings;
    WITNESS(week, !settings->unreadable);
    WITNESS(week, settings->provision_enable);
    WITNESS(week, cause != PROV_CAUSE_POWER_UP || settings->on_reset);
    WITNESS(week, cause != PROV_CAUSE_AFTER_UPGRADE || settings->after_upgrade);
    WITNESS(week, cause != PROV_CAUSE_SIP || settings->from_sip);
    WITNESS(week, cause != PROV_CAUSE_XML_SIP || settings->from_sip);
    WITNESS(week, cause != PROV_CAUSE_MENU || settings->user_configurable);
}

/* Number of the day from HHmm to HHmm, and how far into it the device is. */
static int64_t local_day(const struct week *week, int32_t offset_s, int64_t *of_day_s)
{
    const struct sched_device *device = &week->device;
    int64_t utc_s = device->world.mono_ms / 1000 + device->wall_minus_s;
    int64_t local_s = utc_s + offset_s - week->at_start_s;
    *of_day_s = ((local_s % DAY_S) + DAY_S) % DAY_S;
    return (local_s - *of_day_s) / DAY_S;
}

static bool is_in_window(const struct week *week, int32_t offset_s, int64_t *day)
{
    uint32_t random_s = week->device.settings.at_random_s;
    int64_t of_day_s;
    *day = local_day(week, offset_s, &of_day_s);
    return of_day_s <= (random_s < 600 ? 600 : (random_s + 30) / 60 * 60);
}

/* By the clock as it goes, or as it went before it leapt over the moment. */
static bool is_at_allowed(const struct week *week, int64_t *day)
{
    int32_t now_s = week->device.world.utc_offset_s;
    bool is_allowed = is_in_window(week, now_s, day);
    for (size_t i = 0; i < week->n_offsets && !is_allowed; i++) {
        int32_t leap_s = now_s - week->offsets_s[i];
        is_allowed =
            leap_s > 0 && leap_s <= 3 * 3600 && is_in_window(week, week->offsets_s[i], day);
    }
    return is_allowed;
}

/* Once in a day's window, measured by the clock at the moment it became due. */
static void check_at(struct week *week, int64_t since_ms)
{
    const struct sched_device *device = &week->device;
    week->knows_served_day = week->knows_served_day && since_ms == device->world.mono_ms;
    if (since_ms != device->world.mono_ms)
        return; /* the clock may have been set since */
    WITNESS(week, device->world.wall_valid && week->at_start_s >= 0);
    int64_t day;
    WITNESS(week, is_at_allowed(week, &day));
    WITNESS(week, !week->knows_served_day || week->served_day != day);
    week->served_day = day;
    week->knows_served_day = true;
    week->n_offsets = 0;
}

/* A new link makes the retry due sooner than its list does, but not sooner than the floor. */
static int64_t retry_floor_ms(const struct week *week)
{
    uint32_t floor_s = week->device.settings.floor_s ? week->device.settings.floor_s : FLOOR_S;
    return week->is_link_new ? floor_s * INT64_C(1000) : delay_floor_ms(week, week->retry);
}

static bool runs_timer(const struct prov_sched_action *action)
{
    return action->expected_ms >= 0 &&
           (action->why == PROV_WHY_TIMER || action->why == PROV_WHY_NETWORK);
}

/* The link moves a retry to no later moment, and no other timer at all. */
static void check_network(const struct week *week, const struct prov_sched_action *action)
{
    const struct prov_sched_action *before = &week->before;
    bool is_same_list = week->listed_ms < week->stepped_ms;
    if (!runs_timer(before) || !runs_timer(action) || !is_same_list ||
        before->cause != action->cause)
        return;
    if (action->cause == PROV_CAUSE_RETRY)
        WITNESS(week, action->expected_ms <= before->expected_ms);
    else if (action->cause != PROV_CAUSE_AT) /* whose clock may have been set */
        WITNESS(week, action->expected_ms == before->expected_ms);
}

/* Due no sooner after the last resync than the shortest element of the list. */
static void check_timers(struct week *week, const struct prov_sched_action *action)
{
    int64_t gap_ms = action->since_ms - week->done_ms;
    bool at_once = week->device.dialect.retry_zero_at_once && week->retry->may_end;
    bool is_by_these_lists = action->since_ms >= week->listed_ms;
    if (action->cause == PROV_CAUSE_PERIODIC && is_by_these_lists)
        WITNESS(week, gap_ms >= period_floor_ms(week));
    if (action->cause == PROV_CAUSE_RETRY && is_by_these_lists && !at_once)
        WITNESS(week, gap_ms >= retry_floor_ms(week));
    if (action->cause == PROV_CAUSE_RETRY && week->listed_ms <= week->done_ms)
        WITNESS(week, gap_ms >= week->patience_ms);
    if (action->cause == PROV_CAUSE_AT)
        check_at(week, action->since_ms);
}

static void check_start(struct week *week, const struct prov_sched_action *action)
{
    const struct sched_device *device = &week->device;
    bool is_gated = device->settings.has_triggers && !device->dialect.triggers_start;
    if (is_gated && !is_explicit(action->cause) && !week->may_be_unasked)
        WITNESS(week, week->true_cause == action->cause);
    check_lines(week, action);
    check_gates(week, action->cause);
    check_timers(week, action);
    if (!is_explicit(action->cause))
        week->true_cause = PROV_CAUSE_NONE;
}

/* "Nothing" is an answer only where the settings leave nothing to do by themselves. */
static void check_not_stuck(const struct week *week, const struct prov_sched_action *action)
{
    if (week->device.settings.unreadable)
        WITNESS(week, action->due_ms >= 0 || week->device.is_running);
    if (action->due_ms >= 0)
        return;
    switch (action->why) {
    case PROV_WHY_RUNNING: WITNESS(week, week->device.is_running); break;
    case PROV_WHY_DISABLED: WITNESS(week, !week->device.settings.provision_enable); break;
    default:
        WITNESS(week, action->why == PROV_WHY_NOTHING);
        WITNESS(week, week->at_start_s < 0);
        WITNESS(week, week->periodic->may_end);
        WITNESS(week, !week->has_failed || week->retry->may_end);
    }
}

static void check_due_agrees(const struct week *week, const struct prov_sched_action *action)
{
    struct prov_sched_action due = {.size = sizeof due};
    WITNESS(week, prov_sched_due(&week->device.sched, &due) == PROV_OK);
    WITNESS(week, due.due_ms == action->due_ms && due.cause == action->cause);
    WITNESS(week, due.why == action->why && due.expected_ms == action->expected_ms);
}

static void note_event(struct week *week, const struct prov_sched_event *event)
{
    if (event->type == PROV_SCHED_DONE) {
        week->done_ms = week->device.world.mono_ms;
        week->has_failed = !event->ok;
        week->patience_ms =
            event->retry_after_s < DAY_S ? event->retry_after_s * 1000 : DAY_S * 1000;
        if (event->ok)
            week->n_unchanged = event->unchanged ? week->n_unchanged + 1 : 0;
    }
    if (event->type == PROV_SCHED_TRIGGERS && event->ok)
        week->true_cause = week->asked_cause;
    if (event->type == PROV_SCHED_NETWORK && event->network != PROV_NETWORK_LOST)
        week->is_link_new = true;
}

static void witness(void *ctx, const struct sched_device *device,
                    const struct prov_sched_event *event, const struct prov_sched_action *action)
{
    struct week *week = ctx;
    digest(week, (uint64_t)device->world.mono_ms);
    digest(week, action->type * 1000u + action->cause * 32u + action->why);
    digest(week, (uint64_t)action->due_ms);
    note_event(week, event);
    if (week->at_start_s < 0 || !device->world.wall_valid)
        week->n_offsets = 0; /* local time has not been read */
    bool is_late = week->before.due_ms >= 0 && device->world.mono_ms > week->before.due_ms + 5000;
    week->has_slept |= is_late;
    if (event->type == PROV_SCHED_NETWORK && action->type == PROV_SCHED_WAIT && !is_late)
        check_network(week, action);
    if (action->type == PROV_SCHED_START) {
        check_start(week, action);
        week->is_link_new = false;
        week->has_slept &= is_explicit(action->cause);
    }
    week->before = *action;
    week->stepped_ms = device->world.mono_ms;
    if (action->type == PROV_SCHED_ASK_TRIGGERS)
        week->asked_cause = action->cause;
    if (action->type == PROV_SCHED_WAIT) {
        check_not_stuck(week, action);
        check_due_agrees(week, action);
        week->may_be_unasked &= action->why == PROV_WHY_LINE || action->why == PROV_WHY_RUNNING ||
                                action->why == PROV_WHY_IDLE_DELAY ||
                                action->why == PROV_WHY_UNREADABLE || week->has_slept;
    }
}

static uint32_t draw(struct week *week, uint32_t max)
{
    return sched_device_draw(&week->device, max);
}

static bool one_in(struct week *week, uint32_t n)
{
    return draw(week, n - 1) == 0;
}

static void touch(struct week *week)
{
    sched_device_tell(&week->device, PROV_SCHED_TICK, PROV_CAUSE_NONE);
}

static void change_lists(struct week *week)
{
    struct prov_sched_settings *settings = &week->device.settings;
    week->periodic = &periodics[draw(week, PROVI_LEN(periodics) - 1)];
    week->retry = &retries[draw(week, PROVI_LEN(retries) - 1)];
    settings->periodic = prov_str_from(week->periodic->text);
    settings->error_retry = prov_str_from(week->retry->text);
    week->listed_ms = week->device.world.mono_ms;
}

static void change_at(struct week *week)
{
    static const uint32_t windows_s[] = {0, 600, 629, 630, 3600, 65535};
    size_t i = draw(week, PROVI_LEN(times) - 1);
    week->device.settings.resync_at = prov_str_from(times[i].text);
    week->device.settings.at_random_s = windows_s[draw(week, PROVI_LEN(windows_s) - 1)];
    week->at_start_s = times[i].start_s;
    week->knows_served_day = false;
}

static void change_delays(struct week *week)
{
    static const uint32_t delays_s[] = {0, 60, 300, 14400, 65535};
    struct prov_sched_settings *settings = &week->device.settings;
    settings->forced_delay_s = delays_s[draw(week, PROVI_LEN(delays_s) - 1)];
    settings->random_delay = one_in(week, 4) ? 65535 : draw(week, 30);
    settings->jitter_s = one_in(week, 4) ? draw(week, 7200) : 0;
    settings->retry_jitter_s = one_in(week, 4) ? draw(week, 7200) : 0;
}

static void change_gates(struct week *week)
{
    struct prov_sched_settings *settings = &week->device.settings;
    settings->unreadable = one_in(week, 8);
    settings->provision_enable = !one_in(week, 8);
    settings->on_reset = !one_in(week, 4);
    settings->from_sip = !one_in(week, 4);
    settings->after_upgrade = !one_in(week, 4);
    settings->user_configurable = !one_in(week, 4);
}

static void change_triggers(struct week *week)
{
    week->device.triggers = one_in(week, 2);
    week->device.settings.has_triggers = one_in(week, 3);
    week->may_be_unasked = true;
}

static void change_server(struct week *week)
{
    struct sched_server *server = &week->device.server;
    server->ok = !one_in(week, 3);
    server->unchanged = !one_in(week, 3);
    server->takes_ms = one_in(week, 2) ? 0 : draw(week, 900000);
    if (one_in(week, 8))
        server->takes_ms += draw(week, 3600000); /* the host wanted to wait first */
    server->retry_after_s = one_in(week, 8) ? draw(week, 200000) : 0;
}

static void change_lines(struct week *week)
{
    bool was_idle = week->device.world.is_idle;
    if (!was_idle)
        week->busy_end_ms = week->device.world.mono_ms;
    sched_device_call(&week->device, was_idle);
}

static void note_offset(struct week *week)
{
    int32_t offset_s = week->device.world.utc_offset_s;
    if (week->n_offsets && week->offsets_s[week->n_offsets - 1] == offset_s)
        return;
    WITNESS(week, week->n_offsets < PROVI_LEN(week->offsets_s));
    week->offsets_s[week->n_offsets++] = offset_s;
}

static void change_clock(struct week *week)
{
    struct prov_world *world = &week->device.world;
    int64_t of_day_s;
    int64_t day = local_day(week, world->utc_offset_s, &of_day_s);
    note_offset(week);
    int64_t utc_s = world->mono_ms / 1000 + week->device.wall_minus_s;
    switch (draw(week, 5)) {
    case 0: sched_device_set_clock(&week->device, 1767225600 + draw(week, 86400), 0); break;
    case 1: sched_device_set_clock(&week->device, 0, 0); break;
    case 2: sched_device_set_clock(&week->device, INT64_C(2147483640), 3600); break;
    case 3: sched_device_set_clock(&week->device, utc_s - draw(week, 7200), 7200); break;
    case 4: world->utc_offset_s = (int32_t)draw(week, 26 * 4) * 900 - 12 * 3600; break;
    default: world->wall_valid = !one_in(week, 4); break;
    }
    if (local_day(week, world->utc_offset_s, &of_day_s) != day)
        week->knows_served_day = false; /* only the last day served is remembered */
    touch(week);
}

static void request(struct week *week)
{
    sched_device_tell(&week->device, PROV_SCHED_REQUEST,
                      PROV_CAUSE_SIP + draw(week, PROV_CAUSE_HOST - PROV_CAUSE_SIP));
}

/* Nothing happens for a while, and what is due comes late. */
static void sleep_awhile(struct week *week)
{
    week->device.world.mono_ms += draw(week, 40000000);
    touch(week);
}

/* In any order, and several at once. */
static void change_network(struct week *week)
{
    struct prov_sched_event event = {.size = sizeof event, .type = PROV_SCHED_NETWORK};
    do {
        event.network = (uint8_t)(PROV_NETWORK_LOST + draw(week, 2));
        WITNESS(week, sched_device_send(&week->device, &event) == PROV_OK);
    } while (one_in(week, 2));
}

static void upgrade(struct week *week)
{
    sched_device_tell(&week->device, PROV_SCHED_UPGRADED, PROV_CAUSE_NONE);
}

static void boot(struct week *week)
{
    prov_status status =
        sched_device_tell(&week->device, PROV_SCHED_BOOT, draw(week, PROV_CAUSE_AFTER_UPGRADE));
    WITNESS(week, status == PROV_OK);
}

static void reboot(struct week *week)
{
    sched_device_reboot(&week->device, one_in(week, 2));
    week->done_ms = LONG_AGO;
    week->patience_ms = 0;
    week->n_unchanged = 0;
    week->listed_ms = 0;
    week->busy_end_ms = LONG_AGO;
    week->knows_served_day = false;
    week->n_offsets = 0;
    week->has_failed = false;
    boot(week);
}

static void change_settings(struct week *week)
{
    static void (*const changes[])(struct week *) = {
        change_lists, change_at, change_delays, change_gates, change_triggers, change_server,
    };
    changes[draw(week, PROVI_LEN(changes) - 1)](week);
    if (one_in(week, 2))
        touch(week);
}

static void anything(struct week *week)
{
    static void (*const happenings[])(struct week *) = {
        change_lines, change_lines, change_lines, change_settings, change_settings, change_server,
        change_clock, request,      upgrade,      sleep_awhile,    change_network,  change_network,
    };
    if (one_in(week, 30))
        reboot(week);
    else
        happenings[draw(week, PROVI_LEN(happenings) - 1)](week);
}

/* Live one week; the digest of all that was done. */
static uint64_t live(uint64_t seed)
{
    struct week week = {.seed = seed, .done_ms = LONG_AGO, .busy_end_ms = LONG_AGO};
    sched_device_init(&week.device, seed);
    week.device.observe = witness;
    week.device.ctx = &week;
    week.device.dialect = *prov_dialect_get(one_in(&week, 4) ? PROV_DIALECT_SPA : PROV_DIALECT_MPP);
    week.device.settings.jitter_seed = seed;
    week.device.settings.floor_s = one_in(&week, 4) ? draw(&week, 120) : 0;
    change_lists(&week);
    change_at(&week);
    change_delays(&week);
    change_gates(&week);
    change_triggers(&week);
    change_server(&week);
    boot(&week);
    int64_t lived_ms = 0;
    while (lived_ms < WEEK_MS) {
        int64_t pause_ms = one_in(&week, 10) ? draw(&week, 50000000) : draw(&week, 3000000);
        lived_ms += pause_ms;
        sched_device_run(&week.device, week.device.world.mono_ms + pause_ms);
        anything(&week);
    }
    return week.digest;
}

static uint64_t n_devices(void)
{
    return test_takes_samples() ? N_DEVICES_SAMPLED : (uint64_t)N_DEVICES * test_times();
}

static void test_weeks_keep_every_promise(void **state)
{
    (void)state;
    uint64_t digest = 0;
    for (uint64_t seed = 1; seed <= n_devices(); seed++)
        digest ^= live(seed);
    assert_int_not_equal(digest, 0);
}

static void test_weeks_repeat_from_their_seed(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= n_devices() / 100; seed++) {
        uint64_t first = live(seed);
        assert_int_equal(first, live(seed));
        assert_int_not_equal(first, live(seed + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_weeks_keep_every_promise),
        cmocka_unit_test(test_weeks_repeat_from_their_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
