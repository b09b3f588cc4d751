/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The scheduler against golden traces, and its corners in plain C.
 *
 * A case is a folder tests/vectors/sched/<case>: `script` in the language of sched_script.h, and
 * `expect`, its trace. `test_sched --print SCRIPT` shows the trace of a new one.
 */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/record.h"
#include "base/str.h"
#include "sched/sched_priv.h"
#include "sched_device.h"
#include "sched_script.h"

#define VECTORS "tests/vectors/sched"

static char *read_text(const char *path)
{
    static const size_t cap = 64 * 1024;
    FILE *file = fopen(path, "rb");
    if (!file)
        return NULL;
    char *text = malloc(cap);
    size_t len = text ? fread(text, 1, cap - 1, file) : 0;
    fclose(file);
    if (text)
        text[len] = '\0';
    return text;
}

static bool run_case(const char *name)
{
    char path[512];
    snprintf(path, sizeof path, VECTORS "/%s/script", name);
    char *script = read_text(path);
    snprintf(path, sizeof path, VECTORS "/%s/expect", name);
    char *expect = read_text(path);
    assert_non_null(script);
    char *trace = sched_script_run(script);
    bool is_same = expect && strcmp(trace, expect) == 0;
    if (!is_same)
        print_error("%s: the trace is\n%s", name, trace);
    free(trace);
    free(expect);
    free(script);
    return is_same;
}

static void test_step_gives_golden_traces(void **state)
{
    (void)state;
    DIR *folder = opendir(VECTORS);
    assert_non_null(folder);
    int n_cases = 0;
    int n_wrong = 0;
    for (struct dirent *entry; (entry = readdir(folder)) != NULL;) {
        if (entry->d_name[0] == '.')
            continue;
        n_cases++;
        n_wrong += !run_case(entry->d_name);
    }
    closedir(folder);
    assert_int_equal(n_wrong, 0);
    assert_true(n_cases > 0);
}

static void test_delays_get_reads_lists(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint32_t index, entropy;
        prov_status status;
        int64_t delay_ms;
    } rows[] = {
        {"3600", 0, 7, PROV_OK, 3600000},
        {"3600", 99, 7, PROV_OK, 3600000},
        {" 600 ,\t1200, 300 ", 1, 0, PROV_OK, 1200000},
        {"600,1200,300", 2, 0, PROV_OK, 300000},
        {"600,1200,300", UINT32_MAX, 0, PROV_OK, 300000},
        {"2400+30", 0, 0, PROV_OK, 2400000},
        {"2400+30", 0, UINT32_MAX, PROV_OK, 2430000},
        {"2400 + 30", 0, UINT32_C(1) << 31, PROV_OK, 2415000},
        {"1,2+0", 1, UINT32_MAX, PROV_OK, 2000},
        {"0+5", 0, UINT32_MAX, PROV_OK, 5000},
        {"4294967295", 0, 0, PROV_OK, INT64_C(4294967295000)},
        {"4294967+4294967", 0, UINT32_MAX, PROV_OK, INT64_C(8589934000)},
        {"", 0, 0, PROV_OK, -1},
        {" \t", 0, 0, PROV_OK, -1},
        {"0", 0, 0, PROV_OK, -1},
        {"0+0", 0, 0, PROV_OK, -1},
        {"60,0,90", 0, 0, PROV_OK, 60000},
        {"60,0,90", 1, 0, PROV_OK, -1},
        {"60,0,90", 2, 0, PROV_OK, -1},
        {"60,", 0, 0, PROV_E_SYNTAX, -1},
        {",60", 0, 0, PROV_E_SYNTAX, -1},
        {"60,,90", 0, 0, PROV_E_SYNTAX, -1},
        {"60;90", 0, 0, PROV_E_SYNTAX, -1},
        {"60+", 0, 0, PROV_E_SYNTAX, -1},
        {"+60", 0, 0, PROV_E_SYNTAX, -1},
        {"60+1+1", 0, 0, PROV_E_SYNTAX, -1},
        {"-60", 0, 0, PROV_E_SYNTAX, -1},
        {"0x60", 0, 0, PROV_E_SYNTAX, -1},
        {"60,soon", 0, 0, PROV_E_SYNTAX, -1},
        {"4294967296", 0, 0, PROV_E_SYNTAX, -1},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        int64_t delay_ms = 0;
        prov_status status =
            prov_delays_get(prov_str_from(rows[i].text), rows[i].index, rows[i].entropy, &delay_ms);
        if (status != rows[i].status || delay_ms != rows[i].delay_ms)
            fail_msg("\"%s\"[%u]: %s, %lld ms", rows[i].text, rows[i].index,
                     prov_status_name(status), (long long)delay_ms);
    }
    assert_int_equal(prov_delays_get((prov_str){NULL, 1}, 0, 0, &(int64_t){0}), PROV_E_INVALID);
    assert_int_equal(prov_delays_get(PROVI_LIT("1"), 0, 0, NULL), PROV_E_INVALID);
}

/* The period of a device in its n-th cycle, all of them having brought nothing new. */
static int64_t unchanged_period_ms(const char *periodic, unsigned n_cycles)
{
    struct sched_device device;
    sched_device_init(&device, 1);
    device.settings.periodic = prov_str_from(periodic);
    device.server.unchanged = true;
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    while (device.n_starts < n_cycles)
        sched_device_run(&device, device.last.due_ms);
    return device.last.expected_ms - device.last.since_ms;
}

static void test_period_widens_where_nothing_changes(void **state)
{
    (void)state;
    assert_int_equal(unchanged_period_ms("30", 59), 30000);
    assert_int_equal(unchanged_period_ms("30", 60), 60000);
    assert_int_equal(unchanged_period_ms("90", 60), 90000);
}

/* One file that is new, and the period is that of the setting for another hour. */
static void test_period_narrows_where_something_changes(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    device.settings.periodic = prov_str_from("30");
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    for (unsigned n = 1; n <= 122; n++) {
        device.server.unchanged = n != 61;
        while (device.n_starts < n)
            sched_device_run(&device, device.last.due_ms);
        int64_t period_ms = device.last.expected_ms - device.last.since_ms;
        if (period_ms != (n == 60 || n >= 121 ? 60000 : 30000))
            fail_msg("cycle %u: %lld ms", n, (long long)period_ms);
    }
}

static void test_draw_meets_both_bounds(void **state)
{
    (void)state;
    static const uint64_t bounds[] = {0, 1, 2, 40000, 65535 * UINT64_C(20000), UINT32_MAX - 1};
    for (size_t i = 0; i < PROVI_LEN(bounds); i++) {
        assert_int_equal(provi_draw(0, bounds[i]), 0);
        assert_int_equal(provi_draw(UINT32_MAX, bounds[i]), bounds[i]);
    }
}

/* Saved records hold hashes, in the order of bytes of the processor: no release may change them. */
static void test_text_hash_never_changes(void **state)
{
    static const struct {
        const char *text;
        uint32_t little, big;
    } rows[] = {
        {"", 0xaeae59a4, 0xaeae59a4},
        {"30", 0x137f2df5, 0x0d3a697a},
        {"3600", 0x5aaa5a64, 0x1a485186},
        {"10,20,30", 0xe750a7f0, 0xdaa2d769},
        {"60,300,1800", 0xaa422d0e, 0x5efbec88},
        {"60-120,300,600,3600+60", 0xf0e64c08, 0x014372cb},
    };
    (void)state;
    const uint16_t one = 1;
    bool is_little = *(const unsigned char *)&one == 1;
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        assert_int_equal(provi_text_hash(prov_str_from(rows[i].text)),
                         is_little ? rows[i].little : rows[i].big);
}

/* Each of 64 values equally often, within 1 in 10 over a million draws (more than 10 sigma). */
static void test_draw_is_uniform(void **state)
{
    (void)state;
    enum { N_VALUES = 64, N_DRAWS = 1 << 20 };
    uint32_t n_seen[N_VALUES] = {0};
    for (uint32_t i = 0; i < N_DRAWS; i++)
        n_seen[provi_draw(provi_draw_mix(42, i), N_VALUES - 1)]++;
    for (int i = 0; i < N_VALUES; i++)
        assert_uint_in_range(n_seen[i], N_DRAWS / N_VALUES * 9 / 10, N_DRAWS / N_VALUES * 11 / 10);
}

/* Part number 0..7 of the widths that lies before the own delay of a device. */
static int own_part(uint64_t address, bool is_retry)
{
    struct sched_device device;
    sched_device_init(&device, 0);
    device.settings.random_delay = 0;
    device.settings.jitter_s = is_retry ? 0 : 799;
    device.settings.retry_jitter_s = 799;
    device.settings.jitter_seed = address;
    device.server.ok = false;
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    int64_t listed_ms = is_retry ? 60000 : 0;
    return (int)((device.last.expected_ms - listed_ms) / 100000);
}

/* A block of addresses: all parts equally often, and no matter which part another spread gives. */
static void test_spreads_are_uniform_and_unrelated(void **state)
{
    (void)state;
    enum { N_DEVICES = 1 << 16 };
    uint32_t n_seen[8][8] = {{0}};
    for (uint64_t i = 0; i < N_DEVICES; i++)
        n_seen[own_part(0x000e08000000 + i, false)][own_part(0x000e08000000 + i, true)]++;
    for (int i = 0; i < 64; i++)
        assert_uint_in_range(n_seen[i / 8][i % 8], N_DEVICES / 64 * 8 / 10,
                             N_DEVICES / 64 * 12 / 10);
}

static int64_t power_up_delay_ms(uint32_t random_delay, uint32_t entropy)
{
    struct sched_device device;
    sched_device_init(&device, 0);
    device.settings.random_delay = random_delay;
    device.fixed_entropy = true;
    device.world.entropy = entropy;
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    return device.n_starts ? 0 : device.last.expected_ms;
}

static void test_power_up_delay_counts_in_units_of_20_s(void **state)
{
    (void)state;
    assert_int_equal(power_up_delay_ms(0, UINT32_MAX), 0);
    assert_int_equal(power_up_delay_ms(1, UINT32_MAX), 20000);
    assert_int_equal(power_up_delay_ms(2, UINT32_MAX), 40000);
    assert_int_equal(power_up_delay_ms(2, 0), 0);
    assert_int_equal(power_up_delay_ms(65535, UINT32_MAX), 1310700000);
}

static void test_at_window_rounds_to_minutes(void **state)
{
    (void)state;
    static const uint32_t rows[][2] = {
        {0, 10},       {1, 10},       {599, 10},          {600, 10}, {629, 10},
        {630, 11},     {659, 11},     {660, 11},          {689, 11}, {690, 12},
        {65535, 1092}, {86400, 1439}, {UINT32_MAX, 1439},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        assert_int_equal(provi_at_window_s(rows[i][0]), rows[i][1] * 60);
}

/* When a device whose clock shows 00:00 local at boot has its first resync of the day. */
static int64_t first_at_s(const char *hhmm, uint32_t random_s, uint64_t seed)
{
    struct sched_device device;
    sched_device_init(&device, seed);
    device.settings.on_reset = 0;
    device.settings.resync_at = prov_str_from(hhmm);
    device.settings.at_random_s = random_s;
    sched_device_set_clock(&device, 86400 * 20000, 0);
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    return device.last.cause == PROV_CAUSE_AT ? device.last.expected_ms / 1000 : -1;
}

static void test_at_takes_four_digits_only(void **state)
{
    (void)state;
    static const char *const ignored[] = {
        "", "0", "960", "2460", "0960", "2401", "2359 ", " 959", "09:59", "00959", "-100", "9999",
    };
    for (size_t i = 0; i < PROVI_LEN(ignored); i++)
        assert_int_equal(first_at_s(ignored[i], 600, 1), -1);
    assert_uint_in_range(first_at_s("0001", 600, 1), 60, 660);
    assert_uint_in_range(first_at_s("2359", 600, 1), 0, 86340); /* yesterday's window is open */
    assert_uint_in_range(first_at_s("2259", 600, 1), 82740, 83340);
    assert_true(first_at_s("0000", 600, 1) >= 0);
    assert_true(first_at_s("2400", 600, 1) >= 0);
}

static void test_at_uses_the_whole_window(void **state)
{
    (void)state;
    bool is_seen[601] = {false};
    for (uint64_t seed = 0; seed < 10000; seed++) {
        int64_t moment_s = first_at_s("0959", 600, seed) - 35940;
        assert_uint_in_range(moment_s, 0, 600);
        is_seen[moment_s] = true;
    }
    for (size_t i = 0; i < PROVI_LEN(is_seen); i++)
        assert_true(is_seen[i]);
}

static prov_status try_event(struct sched_device *device, uint32_t type, uint32_t cause)
{
    struct prov_sched before = device->sched;
    prov_status status = sched_device_tell(device, type, cause);
    if (status != PROV_OK)
        assert_memory_equal(&before, &device->sched, sizeof before);
    return status;
}

static void test_step_refuses_what_cannot_happen_now(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    device.server.takes_ms = 5000;
    for (uint32_t type = PROV_SCHED_TICK; type <= PROV_SCHED_NETWORK; type++)
        assert_int_equal(try_event(&device, type, PROV_CAUSE_SIP), PROV_E_STATE);
    assert_int_equal(try_event(&device, PROV_SCHED_BOOT, PROV_CAUSE_PERIODIC), PROV_E_INVALID);
    assert_int_equal(try_event(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP), PROV_OK);
    assert_int_equal(try_event(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP), PROV_E_STATE);
    assert_int_equal(try_event(&device, PROV_SCHED_DONE, 0), PROV_E_STATE);
    assert_int_equal(try_event(&device, PROV_SCHED_TRIGGERS, 0), PROV_E_STATE);
    assert_int_equal(try_event(&device, PROV_SCHED_REQUEST, PROV_CAUSE_RETRY), PROV_E_INVALID);
    assert_int_equal(try_event(&device, PROV_SCHED_REQUEST, 99), PROV_E_INVALID);
    struct prov_sched_event network = {.size = sizeof network, .type = PROV_SCHED_NETWORK};
    for (uint32_t i = 0; i <= PROV_NETWORK_CHANGED + 1; i += PROV_NETWORK_CHANGED + 1) {
        network.network = i;
        assert_int_equal(sched_device_send(&device, &network), PROV_E_INVALID);
    }
    assert_int_equal(try_event(&device, 0, 0), PROV_E_INVALID);
    assert_int_equal(try_event(&device, 99, 0), PROV_E_INVALID);
    assert_int_equal(try_event(&device, PROV_SCHED_REQUEST, PROV_CAUSE_SIP), PROV_OK);
    assert_int_equal(try_event(&device, PROV_SCHED_TRIGGERS, 0), PROV_E_STATE);
}

static void test_step_checks_its_arguments(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    struct prov_sched *sched = &device.sched;
    struct prov_sched_settings *settings = &device.settings;
    struct prov_world *world = &device.world;
    const struct prov_sched_event boot = {.size = sizeof boot, .type = PROV_SCHED_BOOT};
    struct prov_sched_action action = {.size = sizeof action};
    assert_int_equal(prov_sched_step(NULL, &boot, settings, world, &action), PROV_E_INVALID);
    assert_int_equal(prov_sched_step(sched, NULL, settings, world, &action), PROV_E_INVALID);
    assert_int_equal(prov_sched_step(sched, &boot, NULL, world, &action), PROV_E_INVALID);
    assert_int_equal(prov_sched_step(sched, &boot, settings, NULL, &action), PROV_E_INVALID);
    assert_int_equal(prov_sched_step(sched, &boot, settings, world, NULL), PROV_E_INVALID);
    assert_int_equal(prov_sched_due(NULL, &action), PROV_E_INVALID);
    assert_int_equal(prov_sched_due(sched, NULL), PROV_E_INVALID);

    world->mono_ms = -1;
    assert_int_equal(prov_sched_step(sched, &boot, settings, world, &action), PROV_E_INVALID);
    world->mono_ms = INT64_MAX;
    assert_int_equal(prov_sched_step(sched, &boot, settings, world, &action), PROV_E_INVALID);
    world->mono_ms = (INT64_C(1) << 61) + 1;
    assert_int_equal(prov_sched_step(sched, &boot, settings, world, &action), PROV_E_INVALID);
    world->mono_ms = INT64_C(1) << 61;
    struct prov_sched latest = {{0}};
    assert_int_equal(prov_sched_step(&latest, &boot, settings, world, &action), PROV_OK);
    world->mono_ms = 0;
    prov_str *const texts[] = {&settings->periodic, &settings->error_retry, &settings->resync_at};
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        const prov_str text = *texts[i];
        *texts[i] = (prov_str){NULL, 4};
        assert_int_equal(prov_sched_step(sched, &boot, settings, world, &action), PROV_E_INVALID);
        *texts[i] = text;
    }
    settings->periodic = (prov_str){NULL, 0};
    action.size = 0;
    assert_int_equal(prov_sched_step(sched, &boot, settings, world, &action), PROV_E_ABI);
    assert_memory_equal(sched, &(struct prov_sched){{0}}, sizeof *sched);
    action.size = sizeof action;
    assert_int_equal(prov_sched_step(sched, &boot, settings, world, &action), PROV_OK);
}

static void test_step_takes_structs_of_other_releases(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    struct {
        struct prov_sched_settings settings;
        uint64_t later;
    } future = {.settings = device.settings};
    future.settings.size = sizeof future;
    const struct prov_sched_event boot = {.size = sizeof boot, .type = PROV_SCHED_BOOT};
    struct prov_sched_action action = {.size = offsetof(struct prov_sched_action, n_retries)};

    future.later = 1;
    assert_int_equal(
        prov_sched_step(&device.sched, &boot, &future.settings, &device.world, &action),
        PROV_E_ABI);
    future.later = 0;
    action.since_ms = 77;
    assert_int_equal(
        prov_sched_step(&device.sched, &boot, &future.settings, &device.world, &action), PROV_OK);
    assert_int_equal(action.cause, PROV_CAUSE_PERIODIC);
    assert_int_equal(action.since_ms, 77); /* beyond what this caller knows */
}

static void test_step_survives_a_clock_going_back(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    device.settings.random_delay = 0;
    device.world.mono_ms = 1000000;
    assert_int_equal(try_event(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP), PROV_OK);
    device.world.mono_ms = 5;
    const struct prov_sched_event tick = {.size = sizeof tick, .type = PROV_SCHED_TICK};
    struct prov_sched_action action = {.size = sizeof action};
    assert_int_equal(
        prov_sched_step(&device.sched, &tick, &device.settings, &device.world, &action), PROV_OK);
    assert_int_equal(action.due_ms, 4600000);
    const struct prov_sched_event request = {
        .size = sizeof request, .type = PROV_SCHED_REQUEST, .cause = PROV_CAUSE_SIP};
    device.world.is_idle = 0;
    assert_int_equal(
        prov_sched_step(&device.sched, &request, &device.settings, &device.world, &action),
        PROV_OK);
    assert_int_equal(action.since_ms, 1000000);
}

/* A device with triggers, at its boot, which asks for them. */
static void boot_asking(struct sched_device *device, struct prov_sched_event *event,
                        struct prov_sched_action *action)
{
    sched_device_init(device, 1);
    device->settings.has_triggers = 1;
    device->settings.random_delay = 0;
    *event = (struct prov_sched_event){
        .size = sizeof *event, .type = PROV_SCHED_BOOT, .cause = PROV_CAUSE_POWER_UP};
    *action = (struct prov_sched_action){.size = sizeof *action};
    prov_sched_step(&device->sched, event, &device->settings, &device->world, action);
    assert_int_equal(action->type, PROV_SCHED_ASK_TRIGGERS);
}

static void test_step_needs_no_answer_once_provisioning_is_off(void **state)
{
    (void)state;
    struct sched_device device;
    struct prov_sched_event event;
    struct prov_sched_action action;
    boot_asking(&device, &event, &action);
    event.type = PROV_SCHED_TICK;
    device.settings.provision_enable = 0;
    prov_sched_step(&device.sched, &event, &device.settings, &device.world, &action);
    assert_int_equal(action.type, PROV_SCHED_WAIT);
    assert_int_equal(action.why, PROV_WHY_DISABLED);
}

/* Whoever asks for the triggers may hear of something else before the answer. */
static void test_step_asks_again_until_it_is_answered(void **state)
{
    (void)state;
    struct sched_device device;
    struct prov_sched_event event;
    struct prov_sched_action action;
    boot_asking(&device, &event, &action);
    const struct prov_sched_settings *settings = &device.settings;
    struct prov_sched *sched = &device.sched;

    event.type = PROV_SCHED_TICK;
    prov_sched_step(sched, &event, settings, &device.world, &action);
    assert_int_equal(action.type, PROV_SCHED_ASK_TRIGGERS);
    assert_int_equal(action.cause, PROV_CAUSE_POWER_UP);

    event.type = PROV_SCHED_REQUEST;
    event.cause = PROV_CAUSE_HOST;
    prov_sched_step(sched, &event, settings, &device.world, &action);
    assert_int_equal(action.type, PROV_SCHED_ASK_TRIGGERS);
    assert_int_equal(action.cause, PROV_CAUSE_POWER_UP);

    event.type = PROV_SCHED_TRIGGERS;
    prov_sched_step(sched, &event, settings, &device.world, &action);
    assert_int_equal(action.type, PROV_SCHED_START);
    assert_int_equal(action.cause, PROV_CAUSE_HOST);
}

static void test_step_needs_no_answer_once_triggers_are_gone(void **state)
{
    (void)state;
    struct sched_device device;
    struct prov_sched_event event;
    struct prov_sched_action action;
    boot_asking(&device, &event, &action);
    event.type = PROV_SCHED_TICK;
    device.settings.unreadable = 1;
    prov_sched_step(&device.sched, &event, &device.settings, &device.world, &action);
    assert_int_equal(action.type, PROV_SCHED_WAIT);
    assert_int_equal(action.why, PROV_WHY_UNREADABLE);
    assert_int_equal(action.due_ms, 30000);
    device.settings.unreadable = 0;
    device.settings.has_triggers = 0;
    prov_sched_step(&device.sched, &event, &device.settings, &device.world, &action);
    assert_int_equal(action.type, PROV_SCHED_START);
    assert_int_equal(action.cause, PROV_CAUSE_POWER_UP);
}

/* Looked at late, a resync has been due since its delay was over, and is held from then on. */
static void test_power_up_is_due_since_its_delay(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    device.fixed_entropy = true;
    device.world.entropy = UINT32_MAX;
    device.settings.random_delay = 1;
    assert_int_equal(sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP), PROV_OK);
    device.world.is_idle = 0;
    device.world.mono_ms = 70000;
    sched_device_tell(&device, PROV_SCHED_TICK, PROV_CAUSE_NONE);
    assert_int_equal(device.last.cause, PROV_CAUSE_POWER_UP);
    assert_int_equal(device.last.since_ms, 20000);
}

/* A host that never says that its lines are idle again is asked. */
static void test_lines_are_looked_at_each_minute(void **state)
{
    (void)state;
    struct sched_device device;
    sched_device_init(&device, 1);
    device.settings.random_delay = 0;
    device.world.is_idle = 0;
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    assert_int_equal(device.last.why, PROV_WHY_LINE);
    assert_int_equal(device.last.due_ms, 60000);
    assert_int_equal(device.last.expected_ms, -1);
    device.world.is_idle = 1;
    device.settings.forced_delay_s = 0;
    sched_device_run(&device, 60000);
    assert_int_equal(device.n_starts, 1);
}

static void test_due_before_boot_is_nothing(void **state)
{
    (void)state;
    struct prov_sched sched = {{0}};
    struct prov_sched_action due = {.size = sizeof due};
    assert_int_equal(prov_sched_due(&sched, &due), PROV_OK);
    assert_int_equal(due.why, PROV_WHY_NOTHING);
    assert_int_equal(due.due_ms, -1);
}

/* A host's clock may begin anywhere: timers count from the event that armed them. */
static void test_timers_are_armed_since_their_event(void **state)
{
    static const struct {
        uint32_t event, cause; /* at 9,000 ms, after a boot at 5,000 ms */
        uint32_t due_cause;
        int64_t since_ms, least_ms;
    } rows[] = {
        {PROV_SCHED_TICK, 0, PROV_CAUSE_POWER_UP, 5000, 5000},
        {PROV_SCHED_UPGRADED, 0, PROV_CAUSE_AFTER_UPGRADE, 9000, 9000},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        const struct prov_sched_settings settings = {
            .size = sizeof settings,
            .provision_enable = 1,
            .on_reset = 1,
            .after_upgrade = 1,
            .random_delay = 65535,
            .forced_delay_s = 60,
        };
        struct prov_world world = {.size = sizeof world, .mono_ms = 5000, .entropy = UINT32_MAX};
        struct prov_sched sched = {{0}};
        struct prov_sched_action action = {.size = sizeof action};
        struct prov_sched_event event = {
            .size = sizeof event, .type = PROV_SCHED_BOOT, .cause = PROV_CAUSE_POWER_UP};
        assert_int_equal(prov_sched_step(&sched, &event, &settings, &world, &action), PROV_OK);
        world.mono_ms = 9000;
        event.type = rows[i].event;
        assert_int_equal(prov_sched_step(&sched, &event, &settings, &world, &action), PROV_OK);
        assert_int_equal(action.cause, rows[i].due_cause);
        assert_int_equal(action.since_ms, rows[i].since_ms);
        assert_true(action.expected_ms < 0 || action.expected_ms >= rows[i].least_ms);
    }
}

static void test_cause_prvst_as_documented(void **state)
{
    (void)state;
    static const int32_t prvst[] = {0, 0, 0, 1, 1, 2, -1, -1, -1, -1, -1, -1, 1, 0};
    for (uint32_t cause = 0; cause < PROVI_LEN(prvst); cause++)
        assert_int_equal(prov_cause_prvst(cause), prvst[cause]);
}

/* A device in the middle of a back-off, written down at @p now_ms. */
static size_t save_one_at(unsigned char *saved, int64_t now_ms)
{
    struct sched_device device;
    size_t len;
    sched_device_init(&device, 1);
    device.server.ok = false;
    sched_device_tell(&device, PROV_SCHED_BOOT, PROV_CAUSE_POWER_UP);
    sched_device_run(&device, 1000000);
    assert_int_equal(prov_sched_save(&device.sched, now_ms, NULL, 0, &len), PROV_E_LIMIT);
    assert_uint_in_range(len, 1, PROV_SCHED_SAVED_MAX);
    assert_int_equal(prov_sched_save(&device.sched, now_ms, saved, len, &len), PROV_OK);
    return len;
}

static size_t save_one(unsigned char *saved)
{
    return save_one_at(saved, 1000000);
}

/* What is overdue, by whatever time, is due at once after a reboot. */
static void test_save_of_what_is_overdue(void **state)
{
    enum { REMAINING = 32 };
    unsigned char saved[PROV_SCHED_SAVED_MAX], later[PROV_SCHED_SAVED_MAX];
    uint64_t left_ms = 0;
    (void)state;
    size_t len = save_one(saved);
    for (unsigned byte = 0; byte < 8; byte++)
        left_ms |= (uint64_t)saved[REMAINING + byte] << (8 * byte);
    assert_true(left_ms > 0);
    for (int64_t over_ms = -1; over_ms < 3; over_ms++) {
        assert_int_equal(save_one_at(later, 1000000 + (int64_t)left_ms + over_ms), len);
        assert_int_equal(later[REMAINING], over_ms < 0);
        for (unsigned byte = 1; byte < 8; byte++)
            assert_int_equal(later[REMAINING + byte], 0);
    }
}

static void test_save_gives_what_restore_took(void **state)
{
    (void)state;
    unsigned char saved[PROV_SCHED_SAVED_MAX], again[PROV_SCHED_SAVED_MAX];
    struct prov_sched sched;
    size_t len = save_one(saved);
    size_t again_len;
    assert_int_equal(prov_sched_restore(&sched, saved, len), PROV_OK);
    assert_int_equal(prov_sched_save(&sched, 0, again, sizeof again, &again_len), PROV_OK);
    assert_int_equal(again_len, len);
    assert_memory_equal(again, saved, len);
}

/* Without a timer there is nothing left of its time, not none. */
static void test_save_before_the_first_boot_is_restored(void **state)
{
    (void)state;
    static const struct prov_sched fresh;
    unsigned char saved[PROV_SCHED_SAVED_MAX];
    struct prov_sched sched;
    size_t len;
    assert_int_equal(prov_sched_save(&fresh, 1000, saved, sizeof saved, &len), PROV_OK);
    assert_int_equal(prov_sched_restore(&sched, saved, len), PROV_OK);
}

static void test_restore_refuses_damage(void **state)
{
    (void)state;
    unsigned char saved[PROV_SCHED_SAVED_MAX + 1] = {0};
    size_t len = save_one(saved);
    const struct prov_sched before = {{1, 2, 3}};
    struct prov_sched sched = before;
    for (size_t cut = 0; cut < len; cut++)
        assert_int_equal(prov_sched_restore(&sched, saved, cut), PROV_E_CORRUPT);
    assert_int_equal(prov_sched_restore(&sched, saved, len + 1), PROV_E_CORRUPT);
    for (size_t bit = 0; bit < len * 8; bit++) {
        saved[bit / 8] ^= (unsigned char)(1 << bit % 8);
        prov_status expect = bit / 16 == 2 ? PROV_E_UNSUPPORTED : PROV_E_CORRUPT;
        assert_int_equal(prov_sched_restore(&sched, saved, len), expect);
        saved[bit / 8] ^= (unsigned char)(1 << bit % 8);
    }
    assert_memory_equal(&sched, &before, sizeof sched);
    assert_int_equal(prov_sched_restore(NULL, saved, len), PROV_E_INVALID);
    assert_int_equal(prov_sched_restore(&sched, NULL, len), PROV_E_INVALID);
}

/* Not a record of the library, despite its checksum: later sums would overflow. */
static void test_restore_refuses_what_no_save_writes(void **state)
{
    (void)state;
    enum { MAGIC = 0, REPEAT = 8, HAS_DAY = 9, REMAINING = 32, CRC = 48, NO_REPEAT = 0 };
    static const struct {
        size_t at;
        unsigned char bytes[8];
        size_t n;
        prov_status status;
    } rows[] = {
        {MAGIC, {'P', 'V', 'S', 'C'}, 4, PROV_OK},
        {MAGIC, {'P', 'V', 'S', 'D'}, 4, PROV_E_CORRUPT},
        {REMAINING, {0}, 8, PROV_OK},
        {REMAINING, {0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f, 0x7f}, 8, PROV_E_CORRUPT},
        {REMAINING, {0xfe, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff}, 8, PROV_E_CORRUPT},
        {REMAINING, {0x48, 0xf4, 0xff, 0xff, 0xb7, 0x0b, 0x00, 0x00}, 8, PROV_OK},
        {REMAINING, {0x49, 0xf4, 0xff, 0xff, 0xb7, 0x0b, 0x00, 0x00}, 8, PROV_E_CORRUPT},
        {REPEAT, {3}, 1, PROV_E_CORRUPT},
        {REPEAT, {NO_REPEAT}, 1, PROV_E_CORRUPT}, /* and time left */
        {HAS_DAY, {2}, 1, PROV_E_CORRUPT},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        unsigned char saved[PROV_SCHED_SAVED_MAX];
        size_t len = save_one(saved);
        struct prov_sched sched;
        memcpy(saved + rows[i].at, rows[i].bytes, rows[i].n);
        uint32_t crc = provi_crc32(0, (prov_str){(const char *)saved, CRC});
        for (unsigned byte = 0; byte < 4; byte++)
            saved[CRC + byte] = (unsigned char)(crc >> (8 * byte));
        assert_int_equal(prov_sched_restore(&sched, saved, len), rows[i].status);
    }
}

static int print_trace(const char *path)
{
    char *script = read_text(path);
    if (!script)
        return 1;
    char *trace = sched_script_run(script);
    fputs(trace, stdout);
    free(trace);
    free(script);
    return 0;
}

int main(int argc, char **argv)
{
    if (argc == 3 && strcmp(argv[1], "--print") == 0)
        return print_trace(argv[2]);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_step_gives_golden_traces),
        cmocka_unit_test(test_delays_get_reads_lists),
        cmocka_unit_test(test_period_widens_where_nothing_changes),
        cmocka_unit_test(test_period_narrows_where_something_changes),
        cmocka_unit_test(test_draw_meets_both_bounds),
        cmocka_unit_test(test_text_hash_never_changes),
        cmocka_unit_test(test_draw_is_uniform),
        cmocka_unit_test(test_spreads_are_uniform_and_unrelated),
        cmocka_unit_test(test_power_up_delay_counts_in_units_of_20_s),
        cmocka_unit_test(test_at_window_rounds_to_minutes),
        cmocka_unit_test(test_at_takes_four_digits_only),
        cmocka_unit_test(test_at_uses_the_whole_window),
        cmocka_unit_test(test_step_refuses_what_cannot_happen_now),
        cmocka_unit_test(test_step_checks_its_arguments),
        cmocka_unit_test(test_step_takes_structs_of_other_releases),
        cmocka_unit_test(test_step_survives_a_clock_going_back),
        cmocka_unit_test(test_step_needs_no_answer_once_provisioning_is_off),
        cmocka_unit_test(test_step_asks_again_until_it_is_answered),
        cmocka_unit_test(test_step_needs_no_answer_once_triggers_are_gone),
        cmocka_unit_test(test_power_up_is_due_since_its_delay),
        cmocka_unit_test(test_lines_are_looked_at_each_minute),
        cmocka_unit_test(test_due_before_boot_is_nothing),
        cmocka_unit_test(test_cause_prvst_as_documented),
        cmocka_unit_test(test_save_gives_what_restore_took),
        cmocka_unit_test(test_save_of_what_is_overdue),
        cmocka_unit_test(test_timers_are_armed_since_their_event),
        cmocka_unit_test(test_save_before_the_first_boot_is_restored),
        cmocka_unit_test(test_restore_refuses_damage),
        cmocka_unit_test(test_restore_refuses_what_no_save_writes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
