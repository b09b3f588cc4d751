/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Upgrade_Rule: which image is fetched, what the host gets, what is reported of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "fake_banks.h"

#define RULE "Upgrade_Rule"
#define LOAD "sip88xx.11-3-1MPP-678"
#define URL "http://h/fw/" LOAD ".loads"
#define IMAGE "\x1f\x8b an image"

static uint32_t step_of(const struct device *d)
{
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    assert_int_equal(prov_agent_upgrade_get(d->agent, &upgrade), PROV_OK);
    return upgrade.step;
}

static void test_an_image_is_fetched_booted_and_confirmed(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    d.upgrade.confirm_timeout_s = 60;
    fake_transport_add_text(&d.net, URL, IMAGE);
    fake_host_set(&d.host, RULE, URL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_memory_equal(banks.banks[1].data, IMAGE, sizeof IMAGE - 1);
    assert_string_equal(d.net.requests[0].accept_encoding, "");
    assert_int_equal(step_of(&d), PROV_UPGRADE_INSTALLED);
    assert_true(banks.is_reboot_wanted);
    assert_int_equal(banks.reboot_cause, PROV_CAUSE_AFTER_UPGRADE);
    fake_host_take_events(&d.host);

    fake_banks_reboot(&banks, NULL);
    assert_string_equal(fake_banks_running(&banks), LOAD);
    assert_int_equal(step_of(&d), PROV_UPGRADE_TESTING);
    assert_null(strstr(fake_host_take_events(&d.host), "Successful"));
    assert_int_equal(prov_agent_confirm_upgrade(d.agent, NULL), PROV_OK);
    assert_int_equal(step_of(&d), PROV_UPGRADE_SUCCEEDED);
    assert_non_null(strstr(fake_host_take_events(&d.host),
                           "Successful upgrade http://192.0.2.1:80/fw/" LOAD ".loads -- " LOAD));
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, 1);
    device_unplug(&d);
}

static void test_upgrades_are_enabled_once_and_in_time(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    struct prov_error err = {0};
    struct prov_upgrade shown = {.size = sizeof shown};
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    fake_banks_plug_in(&d, &banks);
    struct prov_upgrade_host host = d.upgrade;
    const struct prov_agent_request request = {
        .size = sizeof request, .verb = PROV_VERB_UPGRADE, .cause = PROV_CAUSE_URL};
    assert_int_equal(prov_agent_request(d.agent, &request, &err), PROV_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "prov_agent_enable_upgrade()"));
    assert_int_equal(prov_agent_confirm_upgrade(d.agent, NULL), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_confirm_upgrade(NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_upgrade_get(d.agent, &shown), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_upgrade_get(NULL, &shown), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_upgrade(NULL, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_upgrade(d.agent, NULL, NULL), PROV_E_INVALID);
    host.activate = NULL;
    assert_int_equal(prov_agent_enable_upgrade(d.agent, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_upgrade(d.agent, &d.upgrade, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_upgrade(d.agent, &d.upgrade, NULL), PROV_E_STATE);
    device_unplug(&d);
}

enum { RETRY_MS = 3600 * 1000 };

/* Turns, until nothing is due or the power is gone. */
static void run(struct device *d)
{
    for (int turns = 0; d->agent && prov_agent_timeout_ms(d->agent) == 0; turns++) {
        if (turns == 10000)
            test_die("the agent does not settle");
        prov_agent_process(d->agent, NULL);
    }
}

static void pass(struct device *d, int64_t ms)
{
    const int64_t end = d->host.now_ms + ms;
    for (run(d); d->agent; run(d)) {
        int64_t wait = prov_agent_timeout_ms(d->agent);
        if (wait < 0 || d->host.now_ms + wait > end)
            break;
        d->host.now_ms += wait;
    }
    d->host.now_ms = end;
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

struct scene {
    struct device d;
    struct fake_banks banks;
    uint32_t confirm_timeout_s;
    unsigned n_successes, n_failures;
};

static void set_up(struct scene *scene, struct dial *alloc_dial, struct dial *net_dial)
{
    struct device *d = &scene->d;
    device_plug_in(d, NULL, alloc_dial, net_dial);
    fake_banks_plug_in(d, &scene->banks);
    fake_banks_watch_saves(&scene->banks);
    scene->banks.files = "a.sbn";
    d->upgrade.confirm_timeout_s = scene->confirm_timeout_s;
    fake_transport_add_text(&d->net, URL, IMAGE)->etag = "\"1\"";
    fake_transport_add_text(&d->net, "http://h/fw/a.sbn", "further");
    fake_host_set(&d->host, RULE, URL);
    fake_host_set(&d->host, "Resync_Periodic", "0");
}

static void note_messages(struct scene *scene)
{
    const char *events = fake_host_take_events(&scene->d.host);
    scene->n_successes += count(events, "Successful upgrade");
    scene->n_failures += count(events, "Upgrade failed");
}

/* Whatever the device wants, and a power that goes at times; false: there is no memory to start. */
static bool live(struct scene *scene, unsigned n_boots, int64_t ms)
{
    struct device *d = &scene->d;
    for (unsigned i = 0; i < n_boots; i++) {
        fake_banks_boot_next(&scene->banks);
        if (device_make_agent(d, NULL) != PROV_OK)
            return false;
        run(d);
        if (d->agent)
            prov_agent_confirm_upgrade(d->agent, NULL);
        if (!scene->banks.is_reboot_wanted)
            pass(d, ms);
        note_messages(scene);
        prov_agent *agent = d->agent;
        d->agent = NULL;
        prov_agent_free(agent);
    }
    return true;
}

static void cut_power(void *ctx, struct dial *dial)
{
    struct scene scene = {.confirm_timeout_s = *(const uint32_t *)ctx};
    scene.banks.cut = dial;
    set_up(&scene, NULL, NULL);
    assert_true(live(&scene, 6, scene.confirm_timeout_s ? 2 * RETRY_MS : 0));
    assert_string_equal(fake_banks_running(&scene.banks), LOAD);
    assert_true(scene.n_successes <= 1);
    assert_true(dial->hit || scene.n_successes == 1);
    assert_true(scene.n_failures <= (scene.confirm_timeout_s ? 1 : 0));
    device_unplug(&scene.d);
}

static void test_the_power_goes_at_every_step(void **state)
{
    (void)state;
    uint32_t confirm_timeouts[] = {0, 600};
    for (size_t i = 0; i < 2; i++)
        assert_true(dial_run("power", cut_power, &confirm_timeouts[i]) > 30);
}

/* Every failure is retried; in the end the image runs, and its success was reported once. */
static void assert_upgraded(const struct scene *scene)
{
    assert_string_equal(fake_banks_running(&scene->banks), LOAD);
    assert_int_equal(scene->n_successes, 1);
}

static void fail_memory(void *ctx, struct dial *dial)
{
    struct scene scene = {.n_failures = 0};
    (void)ctx;
    set_up(&scene, dial, NULL);
    bool has_lived = live(&scene, 4, 3 * RETRY_MS);
    scene.d.memory.dial = NULL;
    if (has_lived)
        live(&scene, 4, 3 * RETRY_MS);
    if (has_lived)
        assert_string_equal(fake_banks_running(&scene.banks), LOAD);
    assert_true(scene.n_successes <= 1);
    device_unplug(&scene.d);
}

static void test_memory_fails_at_every_step(void **state)
{
    (void)state;
    assert_true(dial_run("allocations", fail_memory, NULL) > 50);
}

static void fail_network(void *ctx, struct dial *dial)
{
    struct scene scene = {.n_failures = 0};
    const enum fake_fault *fault = ctx;
    set_up(&scene, NULL, dial);
    scene.d.net.fault = *fault;
    live(&scene, 4, 3 * RETRY_MS);
    scene.d.net.dial = NULL;
    live(&scene, 4, 3 * RETRY_MS);
    assert_upgraded(&scene);
    device_unplug(&scene.d);
}

static void test_the_network_fails_at_every_step(void **state)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        enum fake_fault fault = faults[i];
        assert_true(dial_run("network", fail_network, &fault) >= 3);
    }
}

static void fail_saves(void *ctx, struct dial *dial)
{
    struct scene scene = {.n_failures = 0};
    (void)ctx;
    scene.banks.save_dial = dial;
    set_up(&scene, NULL, NULL);
    live(&scene, 4, 3 * RETRY_MS);
    scene.banks.save_dial = NULL;
    live(&scene, 4, 3 * RETRY_MS);
    assert_upgraded(&scene);
    device_unplug(&scene.d);
}

static void test_saves_fail_at_every_step(void **state)
{
    (void)state;
    assert_true(dial_run("saves", fail_saves, NULL) >= 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_image_is_fetched_booted_and_confirmed),
        cmocka_unit_test(test_upgrades_are_enabled_once_and_in_time),
        cmocka_unit_test(test_the_power_goes_at_every_step),
        cmocka_unit_test(test_memory_fails_at_every_step),
        cmocka_unit_test(test_the_network_fails_at_every_step),
        cmocka_unit_test(test_saves_fail_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
