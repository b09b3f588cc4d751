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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_image_is_fetched_booted_and_confirmed),
        cmocka_unit_test(test_upgrades_are_enabled_once_and_in_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
