/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Resync_At against the clocks of the world: summer time as the system's time zones have it, clocks
 * that are set, jump by years or sleep. The scheduler receives nothing but the time.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "dials.h"
#include "sched_device.h"

#define HOUR_S INT64_C(3600)
#define DAY_S INT64_C(86400)
#define NEW_YEAR_2026 INT64_C(1767225600)

static void boot_device(struct sched_device *device, uint64_t seed, const char *hhmm,
                        uint32_t random_s, int64_t utc_s)
{
    sched_device_init(device, seed);
    device->settings.on_reset = 0;
    device->settings.resync_at = prov_str_from(hhmm);
    device->settings.at_random_s = random_s;
    sched_device_set_clock(device, utc_s, 0);
    assert_int_equal(sched_device_tell(device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP), PROV_OK);
}

static int64_t utc_of(const struct sched_device *device)
{
    return device->world.mono_ms / 1000 + device->wall_minus_s;
}

static void pass_s(struct sched_device *device, int64_t s)
{
    sched_device_run(device, device->world.mono_ms + s * 1000);
}

/* How often it starts while so much time passes. */
static uint64_t starts_in_s(struct sched_device *device, int64_t s)
{
    uint64_t before = device->n_starts;
    pass_s(device, s);
    return device->n_starts - before;
}

static void touch(struct sched_device *device)
{
    sched_device_tell(device, PROV_SCHED_TICK, PROV_CAUSE_NONE);
}

/* Each with a year in which something happens to its clocks, most of them twice. */
static const struct zone {
    const char *name;
    int year;
} zones[] = {
    {"Africa/Cairo", 2023},        {"Africa/Casablanca", 2023}, {"Africa/El_Aaiun", 2023},
    {"Africa/Tripoli", 2013},      {"Africa/Windhoek", 2016},   {"America/Asuncion", 2023},
    {"America/Caracas", 2016},     {"America/Havana", 2024},    {"America/Los_Angeles", 2037},
    {"America/Mexico_City", 2022}, {"America/New_York", 2024},  {"America/Nuuk", 2022},
    {"America/Santiago", 2024},    {"America/Sao_Paulo", 2018}, {"America/Scoresbysund", 2023},
    {"America/St_Johns", 2010},    {"Antarctica/Casey", 2018},  {"Antarctica/Troll", 2025},
    {"Asia/Amman", 2021},          {"Asia/Beirut", 2022},       {"Asia/Damascus", 2021},
    {"Asia/Gaza", 2023},           {"Asia/Jerusalem", 2024},    {"Asia/Pyongyang", 2018},
    {"Asia/Tehran", 2021},         {"Atlantic/Azores", 2024},   {"Australia/Adelaide", 2024},
    {"Australia/Lord_Howe", 2025}, {"Australia/Sydney", 2024},  {"Europe/Athens", 2024},
    {"Europe/Berlin", 2038},       {"Europe/Chisinau", 2024},   {"Europe/Dublin", 2025},
    {"Europe/Istanbul", 2016},     {"Europe/Lisbon", 2024},     {"Europe/London", 2024},
    {"Pacific/Apia", 2011},        {"Pacific/Auckland", 2024},  {"Pacific/Chatham", 2024},
    {"Pacific/Easter", 2024},      {"Pacific/Fakaofo", 2011},   {"Pacific/Fiji", 2020},
    {"Pacific/Norfolk", 2023},     {"Pacific/Tongatapu", 2016},
};

static void live_in(const char *zone)
{
    setenv("TZ", zone, 1);
    tzset();
}

/* Of 1970 to 2099: every fourth year is a leap year. */
static int64_t year_begins_s(int year)
{
    return ((year - 1970) * 365 + (year - 1969) / 4) * DAY_S;
}

static int32_t local_minus_utc_s(int64_t utc_s)
{
    time_t utc = (time_t)utc_s;
    struct tm local;
    localtime_r(&utc, &local);
    int64_t local_s = year_begins_s(local.tm_year + 1900) + local.tm_yday * DAY_S +
                      local.tm_hour * HOUR_S + local.tm_min * 60 + local.tm_sec;
    return (int32_t)(local_s - utc_s);
}

/* One change of a zone's clocks. */
struct change {
    int64_t utc_s; /* the first second by the new clock */
    int32_t before_s, after_s;
};

static int64_t leap_s(const struct change *change)
{
    return change->after_s - change->before_s;
}

/* The first change in a stretch of time. False: none. */
static bool find_change(int64_t from_s, int64_t to_s, struct change *change)
{
    int32_t before_s = local_minus_utc_s(from_s);
    while (from_s + HOUR_S <= to_s && local_minus_utc_s(from_s + HOUR_S) == before_s)
        from_s += HOUR_S;
    if (from_s + HOUR_S > to_s)
        return false;
    int64_t after = from_s + HOUR_S;
    while (after - from_s > 1) {
        int64_t middle = from_s + (after - from_s) / 2;
        if (local_minus_utc_s(middle) == before_s)
            from_s = middle;
        else
            after = middle;
    }
    *change = (struct change){after, before_s, local_minus_utc_s(after)};
    return true;
}

struct witness {
    const char *zone;
    struct change change;
    char hhmm[5];
    int64_t start_s; /* HHmm */
    int64_t window_s;
    bool has_day;
    int64_t day; /* of the last start */
    int64_t last_utc_s;
};

/* Whether a moment lies in the window by a clock of that offset; the day that begins at HHmm. */
static bool is_in_window(const struct witness *witness, int64_t utc_s, int32_t offset_s,
                         int64_t *day)
{
    int64_t since_s = utc_s + offset_s - witness->start_s;
    *day = since_s / DAY_S;
    return since_s % DAY_S <= witness->window_s;
}

/* The new clock never shows what the old one would: a moment that has been leapt over. */
static bool is_left_out(const struct witness *witness, int64_t utc_s, int64_t *day)
{
    const struct change *change = &witness->change;
    int64_t off_grid_s = change->utc_s % 900 ? 900 : 0; /* noticed up to so much later */
    return utc_s >= change->utc_s && utc_s < change->utc_s + leap_s(change) + off_grid_s &&
           leap_s(change) <= 3 * HOUR_S && is_in_window(witness, utc_s, change->before_s, day);
}

static void check_start(void *ctx, const struct sched_device *device,
                        const struct prov_sched_event *event,
                        const struct prov_sched_action *action)
{
    struct witness *witness = ctx;
    (void)event;
    if (action->type != PROV_SCHED_START)
        return;
    int64_t utc_s = utc_of(device);
    int64_t day;
    if (!is_in_window(witness, utc_s, local_minus_utc_s(utc_s), &day) &&
        !is_left_out(witness, utc_s, &day))
        test_die("%s, %s: starts out of its window at %lld", witness->zone, witness->hhmm,
                 (long long)utc_s);
    int64_t n_days = leap_s(&witness->change) >= DAY_S &&
                             witness->last_utc_s < witness->change.utc_s &&
                             utc_s >= witness->change.utc_s
                         ? 2
                         : 1;
    if (witness->has_day && day != witness->day + n_days)
        test_die("%s, %s: day %lld after %lld", witness->zone, witness->hhmm, (long long)day,
                 (long long)witness->day);
    witness->has_day = true;
    witness->day = day;
    witness->last_utc_s = utc_s;
}

/* Five days around a change. */
static void live_through(const struct zone *zone, const struct change *change, int64_t start_s,
                         uint32_t random_s)
{
    struct sched_device device;
    struct witness witness = {.zone = zone->name,
                              .change = *change,
                              .start_s = start_s,
                              .window_s = random_s < 600 ? 600 : random_s};
    snprintf(witness.hhmm, sizeof witness.hhmm, "%02u%02u", (unsigned)(start_s / 3600) % 25,
             (unsigned)(start_s / 60) % 60);
    int64_t begin_s = change->utc_s - 5 * DAY_S / 2;
    sched_device_init(&device, (uint64_t)(change->utc_s + start_s));
    device.settings.on_reset = 0;
    device.settings.resync_at = prov_str_from(witness.hhmm);
    device.settings.at_random_s = random_s;
    device.zone = local_minus_utc_s;
    device.observe = check_start;
    device.ctx = &witness;
    sched_device_set_clock(&device, begin_s, 0);
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    pass_s(&device, 5 * DAY_S);
    int64_t since_s = begin_s + 5 * DAY_S - witness.last_utc_s;
    if (!witness.has_day || since_s > DAY_S + witness.window_s + 3 * HOUR_S)
        test_die("%s, %s: nothing starts any more", zone->name, witness.hhmm);
}

static int live_through_year(const struct zone *zone)
{
    int n_changes = 0;
    struct change change = {0};
    const int64_t step_s = (test_takes_samples() ? 7 : 1) * 15 * 60;
    int64_t at_s = year_begins_s(zone->year);
    int64_t end_s = year_begins_s(zone->year + 1);
    live_in(zone->name);
    while (find_change(at_s, end_s, &change)) {
        for (int64_t start_s = 0; start_s < DAY_S; start_s += step_s) {
            live_through(zone, &change, start_s, 600);
            live_through(zone, &change, start_s, 2 * HOUR_S);
        }
        at_s = change.utc_s;
        n_changes++;
    }
    return n_changes;
}

static void test_at_comes_once_a_day_in_every_zone(void **state)
{
    (void)state;
    int n_changes = 0;
    for (size_t i = 0; i < PROVI_LEN(zones); i++) {
        int n = live_through_year(&zones[i]);
        if (n == 0)
            fail_msg("%s has no change in %d: is tzdata installed?", zones[i].name, zones[i].year);
        n_changes += n;
    }
    live_in("UTC");
    assert_uint_in_range(n_changes, 70, 100);
}

/* Half of the moments between 02:00 and 04:00 are left out; they do not all come at 03:00. */
static void test_at_leaves_no_storm_behind_summer_time(void **state)
{
    (void)state;
    enum { N_DEVICES = 2000, N_SECONDS = 3 * 3600 };
    static uint32_t per_s[N_SECONDS];
    struct change change = {0};
    live_in("Europe/Berlin");
    assert_true(find_change(year_begins_s(2026), year_begins_s(2027), &change));
    for (uint64_t seed = 0; seed < N_DEVICES; seed++) {
        struct sched_device device;
        boot_device(&device, seed, "0200", 7200, change.utc_s - 12 * HOUR_S);
        device.zone = local_minus_utc_s;
        touch(&device);
        while (device.n_starts == 0)
            sched_device_run(&device, device.last.due_ms);
        int64_t start_s = utc_of(&device) - change.utc_s;
        assert_uint_in_range(start_s, 0, N_SECONDS - 1);
        per_s[start_s]++;
    }
    live_in("UTC");
    for (size_t s = 0; s < N_SECONDS; s++)
        assert_uint_in_range(per_s[s], 0, 8);
}

/* A host that is half a minute late: what came after the leap has not been left out by it. */
static void test_at_is_not_put_off_by_a_late_host(void **state)
{
    (void)state;
    struct change change = {0};
    live_in("Europe/Berlin");
    assert_true(find_change(year_begins_s(2026), year_begins_s(2027), &change));
    for (uint64_t seed = 0; seed < 500; seed++) {
        struct sched_device device;
        boot_device(&device, seed, "0300", 600, change.utc_s - 60);
        device.zone = local_minus_utc_s;
        touch(&device);
        device.world.mono_ms += 90 * 1000;
        touch(&device);
        pass_s(&device, 570);
        assert_int_equal(device.n_starts, 1);
    }
    live_in("UTC");
}

static void check_clock_is_waited_for(const char *periodic, uint64_t n_starts, uint32_t why)
{
    struct sched_device device;
    boot_device(&device, 1, "0300", 600, 0);
    device.settings.periodic = prov_str_from(periodic);
    device.world.wall_valid = 0;
    touch(&device);
    assert_int_equal(starts_in_s(&device, 3 * DAY_S), n_starts);
    assert_int_equal(device.last.why, why);
    assert_true(device.last.due_ms > 0);
    sched_device_set_clock(&device, NEW_YEAR_2026, 0); /* no event reports it */
    assert_int_equal(starts_in_s(&device, DAY_S), 1);
    assert_int_equal(starts_in_s(&device, 7 * DAY_S), 7);
}

/* A name server or NTP server that is misspelt does not end the resyncs: the period goes on. */
static void test_at_waits_for_a_clock_and_then_comes_daily(void **state)
{
    (void)state;
    check_clock_is_waited_for("0", 0, PROV_WHY_CLOCK);
    check_clock_is_waited_for("3600", 3 * 24, PROV_WHY_TIMER);
}

/* The expected times are in milliseconds, but the wall clock counts seconds. */
static void test_at_is_expected_at_one_moment(void **state)
{
    (void)state;
    struct sched_device device;
    boot_device(&device, 1, "0300", 600, NEW_YEAR_2026);
    device.world.mono_ms += 300;
    touch(&device);
    sched_device_set_clock(&device, utc_of(&device) + 2, 0); /* set right by two seconds */
    int64_t expected_ms = device.last.expected_ms;
    touch(&device);
    assert_uint_in_range(expected_ms - device.last.expected_ms, 1000, 3000);
    expected_ms = device.last.expected_ms;
    for (int i = 1; device.world.mono_ms < expected_ms - 1000; i++) {
        device.world.mono_ms += i * 7919 % 997;
        touch(&device);
        assert_int_equal(device.n_starts, 0);
        assert_int_equal(device.last.expected_ms, expected_ms);
    }
    sched_device_run(&device, expected_ms);
    assert_int_equal(device.n_starts, 1);
}

/* Ten years there and back again, at each hour of the day: always one a day afterwards. */
static void test_at_follows_a_clock_that_jumps_by_years(void **state)
{
    (void)state;
    static const int64_t jumps_s[] = {3653 * DAY_S, -3653 * DAY_S, 3653 * DAY_S + 7 * HOUR_S,
                                      -3653 * DAY_S - 7 * HOUR_S};
    struct sched_device device;
    boot_device(&device, 1, "0300", 600, NEW_YEAR_2026);
    for (int hour = 0; hour < 24; hour++) {
        pass_s(&device, DAY_S + HOUR_S);
        sched_device_set_clock(&device, utc_of(&device) + jumps_s[hour % 4], 0);
        touch(&device);
        assert_true(device.last.expected_ms - device.world.mono_ms <= DAY_S * 1000 + 600000);
        pass_s(&device, DAY_S);
        assert_int_equal(starts_in_s(&device, 3 * DAY_S), 3);
    }
}

/* A device is never stuck, wherever its clock is set to without a word. */
static void test_at_survives_jumps_nobody_tells_of(void **state)
{
    (void)state;
    static const int64_t clocks_s[] = {0,  -DAY_S,       INT64_C(2147483647), INT64_C(4102444800),
                                       -1, NEW_YEAR_2026};
    struct sched_device device;
    boot_device(&device, 1, "0300", 600, NEW_YEAR_2026);
    for (size_t i = 0; i < PROVI_LEN(clocks_s); i++) {
        sched_device_set_clock(&device, clocks_s[i], 0);
        assert_uint_in_range(starts_in_s(&device, DAY_S), 0, 1);
        assert_int_equal(starts_in_s(&device, 3 * DAY_S), 3);
    }
}

static void test_at_passes_the_end_of_32_bits(void **state)
{
    (void)state;
    struct sched_device device;
    int64_t last_s = INT32_MAX; /* 2038-01-19 03:14:07 UTC */
    boot_device(&device, 1, "0310", 600, last_s - 2 * DAY_S);
    device.world.mono_ms = INT64_C(4294967296) - DAY_S * 1000; /* and of 49.7 days of uptime */
    sched_device_set_clock(&device, last_s - 2 * DAY_S, 0);
    touch(&device);
    pass_s(&device, DAY_S);
    assert_int_equal(starts_in_s(&device, 5 * DAY_S), 5);
}

/* A device that sleeps nine hours a night, on a clock that stops meanwhile or does not. */
static void sleep_and_wake(struct sched_device *device, bool stands_still)
{
    if (stands_still)
        device->wall_minus_s += 9 * HOUR_S;
    else
        device->world.mono_ms += 9 * HOUR_S * 1000;
    touch(device);
}

static void test_at_is_met_by_a_device_that_sleeps(void **state)
{
    (void)state;
    for (int stands_still = 0; stands_still < 2; stands_still++) {
        struct sched_device device;
        boot_device(&device, 1, "1200", 600, NEW_YEAR_2026);
        for (int day = 0; day < 30; day++) {
            sleep_and_wake(&device, stands_still);
            assert_int_equal(starts_in_s(&device, 15 * HOUR_S), 1);
        }
    }
}

/* What would have come while it slept comes once, or for Resync_At the next day. */
static void test_sleep_is_not_made_up_for(void **state)
{
    (void)state;
    struct sched_device device;
    boot_device(&device, 1, "0300", 600, NEW_YEAR_2026);
    sleep_and_wake(&device, false);
    assert_int_equal(starts_in_s(&device, HOUR_S), 0);
    assert_int_equal(starts_in_s(&device, DAY_S), 1);

    boot_device(&device, 1, "", 600, NEW_YEAR_2026);
    sched_device_tell(&device, PROV_SCHED_REQUEST, PROV_CAUSE_HOST);
    pass_s(&device, HOUR_S);
    uint64_t before = device.n_starts;
    sleep_and_wake(&device, false);
    assert_int_equal(device.n_starts, before); /* as all devices of its site would do now */
    assert_int_equal(starts_in_s(&device, 30), 1);
    assert_int_equal(starts_in_s(&device, HOUR_S), 1);
}

/* A wall clock beyond all times is one that is not set. */
static void test_at_ignores_a_clock_beyond_all_times(void **state)
{
    static const int64_t farthest_s = INT64_C(1) << 52;
    static const struct {
        int64_t wall_s;
        bool is_set;
    } rows[] = {{farthest_s - 1, true}, {farthest_s, false},  {INT64_MAX, false},
                {1 - farthest_s, true}, {-farthest_s, false}, {INT64_MIN, false}};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct sched_device device;
        sched_device_init(&device, 1);
        device.settings.resync_at = PROVI_LIT("0000");
        device.settings.periodic = PROVI_LIT("0");
        device.settings.on_reset = 0;
        device.world.wall_valid = 1;
        device.world.wall_s = rows[i].wall_s;
        const struct prov_sched_event boot = {.size = sizeof boot, .type = PROV_SCHED_BOOT};
        struct prov_sched_action action = {.size = sizeof action};
        assert_int_equal(
            prov_sched_step(&device.sched, &boot, &device.settings, &device.world, &action),
            PROV_OK);
        assert_int_equal(action.why == PROV_WHY_CLOCK, !rows[i].is_set);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_at_ignores_a_clock_beyond_all_times),
        cmocka_unit_test(test_at_comes_once_a_day_in_every_zone),
        cmocka_unit_test(test_at_leaves_no_storm_behind_summer_time),
        cmocka_unit_test(test_at_is_not_put_off_by_a_late_host),
        cmocka_unit_test(test_at_waits_for_a_clock_and_then_comes_daily),
        cmocka_unit_test(test_at_is_expected_at_one_moment),
        cmocka_unit_test(test_at_follows_a_clock_that_jumps_by_years),
        cmocka_unit_test(test_at_survives_jumps_nobody_tells_of),
        cmocka_unit_test(test_at_passes_the_end_of_32_bits),
        cmocka_unit_test(test_at_is_met_by_a_device_that_sleeps),
        cmocka_unit_test(test_sleep_is_not_made_up_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
