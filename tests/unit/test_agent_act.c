/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Actions of the front door, carried out by an agent. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "device.h"
#include "doors.h"

#define ADDRESS PROVI_LIT("192.168.1.50")

/* Parameters that open the doors to all. */
static void open_doors(struct device *d)
{
    device_start(d);
    device_boot(d);
    fake_host_set(&d->host, "CISCO_XML_EXE_Enable", "Yes");
    fake_host_set(&d->host, "CISCO_XML_EXE_Auth_Mode", "Trusted");
    fake_host_set(&d->host, "Auth_Resync-Reboot_1_", "No");
    fake_host_set(&d->host, "Resync_Periodic", "0");
}

static void act(struct device *d, const struct prov_action *action, struct prov_verdict *verdict,
                struct prov_error *err)
{
    const struct prov_action_client client = {.size = sizeof client, .line = 1};
    *verdict = (struct prov_verdict){.size = sizeof *verdict};
    assert_int_equal(prov_agent_act(d->agent, action, &client, verdict, err), PROV_OK);
}

static void act_url(struct device *d, const char *target, struct prov_verdict *verdict,
                    struct prov_error *err)
{
    char buf[256];
    struct prov_action action = {.size = sizeof action};
    assert_int_equal(prov_action_from_url(PROVI_LIT("GET"), prov_str_from(target), ADDRESS, buf,
                                          sizeof buf, &action, NULL),
                     PROV_OK);
    act(d, &action, verdict, err);
}

static void act_xml(struct device *d, uint32_t door, const char *url, struct prov_verdict *verdict,
                    struct prov_error *err)
{
    char text[256], buf[256];
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof *items}};
    size_t n;
    snprintf(text, sizeof text,
             "<CiscoIPPhoneExecute><ExecuteItem URL=\"%s\"/></CiscoIPPhoneExecute>", url);
    assert_int_equal(
        prov_action_from_xml(door, prov_str_from(text), ADDRESS, buf, sizeof buf, items, &n, NULL),
        PROV_OK);
    act(d, items, verdict, err);
}

/* What a target of a resync is fetched as: from its server, the client, or by the stored rules. */
static void test_a_resync_uses_its_own_rule(void **state)
{
    static const char *const cases[][2] = {
        {"/admin/resync?tftp://192.168.1.200/basic.txt", "tftp://192.168.1.200/basic.txt"},
        {"/admin/resync?/basic.txt", "tftp://192.168.1.50/basic.txt"},
        {"/admin/resync?http://h/p?q=1&x=2", "http://h/p?q=1&x=2"},
        {"/admin/resync?http://h/p?q=1&xuser=a&xpassword=b", "http://h/p?q=1"},
        {"/admin/resync?[--key%20k]%20tftp://h/%24MA.cfg", "tftp://h/000e08012345.cfg"},
        {"/admin/resync?tftp://h/a%2525", "tftp://h/a%25"},
        {"/admin/resync", "http://stored/rule"},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct device d;
        struct prov_verdict verdict;
        open_doors(&d);
        fake_host_set(&d.host, "Profile_Rule", "http://stored/rule");
        act_url(&d, cases[i][0], &verdict, NULL);
        assert_int_equal(verdict.decision, PROV_DECISION_OBEY);
        assert_int_equal(d.net.n_requests, 0);
        device_settle(&d);
        if (d.net.n_requests != 1 || strcmp(d.net.requests[0].url, cases[i][1]) != 0)
            fail_msg("%s: fetched %s", cases[i][0], d.net.requests[0].url);
        assert_string_equal(d.net.requests[0].uid, ""); /* the login is the device's own */
        assert_string_equal(fake_host_get(&d.host, "Profile_Rule"), "http://stored/rule");
        device_unplug(&d);
    }
}

static uint32_t seen_cause;

static void keep_cause(void *ctx, const struct prov_event *event)
{
    (void)ctx;
    if (event->type == PROV_EVENT_RESYNC)
        seen_cause = event->as.result->cause;
}

static void test_each_door_has_its_cause(void **state)
{
    static const struct {
        uint32_t door, flags, cause;
    } cases[] = {
        {PROV_DOOR_URL, 0, PROV_CAUSE_URL},
        {PROV_DOOR_XML, PROV_ACTION_FROM_XML, PROV_CAUSE_XML},
        {PROV_DOOR_NOTIFY, 0, PROV_CAUSE_SIP},
        {PROV_DOOR_NOTIFY, PROV_ACTION_FROM_XML, PROV_CAUSE_XML_SIP},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct device d;
        struct prov_verdict verdict;
        const struct prov_action action = {.size = sizeof action,
                                           .door = cases[i].door,
                                           .kind = PROV_ACTION_RESYNC,
                                           .flags = cases[i].flags};
        open_doors(&d);
        d.host.on_event = keep_cause;
        seen_cause = 0;
        act(&d, &action, &verdict, NULL);
        device_settle(&d);
        assert_int_equal(seen_cause, cases[i].cause);
        device_unplug(&d);
    }
}

static void test_what_is_refused_starts_nothing(void **state)
{
    struct device d;
    struct prov_verdict verdict;
    (void)state;
    open_doors(&d);
    fake_host_set(&d.host, "Provision_Enable", "No");
    act_url(&d, "/admin/resync?http://h/f", &verdict, NULL);
    assert_int_equal(verdict.http_status, 403);
    fake_host_set(&d.host, "Provision_Enable", "Yes");
    fake_host_set(&d.host, "Admin_Password", "secret");
    act_url(&d, "/admin/resync?http://h/f", &verdict, NULL);
    assert_int_equal(verdict.http_status, 401);
    act_url(&d, "/admin/resync?http://h/f&xuser=admin&xpassword=wrong", &verdict, NULL);
    assert_int_equal(verdict.is_login_failed, 1);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 0);
    act_url(&d, "/admin/resync?http://h/f&xuser=admin&xpassword=secret", &verdict, NULL);
    assert_int_equal(verdict.decision, PROV_DECISION_OBEY);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 1);
    device_unplug(&d);
}

/* The settings permit it, but no job accepts it, or not this one. */
static void test_what_a_job_refuses_is_refused(void **state)
{
    struct device d;
    struct prov_verdict verdict;
    struct prov_error error = {0};
    const struct prov_action report = {
        .size = sizeof report, .door = PROV_DOOR_NOTIFY, .kind = PROV_ACTION_REPORT};
    (void)state;
    open_doors(&d);
    act_url(&d, "/admin/upgrade?http://h/f.loads", &verdict, &error);
    assert_int_equal(verdict.decision, PROV_DECISION_REFUSE);
    assert_int_equal(verdict.http_status, 501);
    assert_non_null(strstr(error.message, "prov_agent_enable_upgrade()"));
    act_url(&d, "/admin/updateca?http://h/ca.pem", &verdict, &error);
    assert_int_equal(verdict.http_status, 501);
    act(&d, &report, &verdict, &error);
    assert_int_equal(verdict.sip_status, 501);
    assert_int_equal(verdict.http_status, 0);
    char *rule = malloc(70000);
    memset(rule, 'x', 70000);
    const struct prov_action large = {.size = sizeof large,
                                      .door = PROV_DOOR_XML,
                                      .kind = PROV_ACTION_RESYNC,
                                      .flags = PROV_ACTION_FROM_XML,
                                      .rule = {rule, 70000}};
    act(&d, &large, &verdict, &error);
    assert_int_equal(error.status, PROV_E_LIMIT);
    assert_int_equal(verdict.http_status, 200);
    assert_int_equal(verdict.item_status, 1);
    assert_int_equal(verdict.cisco_error, 0);
    free(rule);
    device_unplug(&d);
}

static void test_a_reboot_waits_for_idle_lines(void **state)
{
    struct device d;
    struct prov_verdict verdict;
    (void)state;
    open_doors(&d);
    d.host.is_idle = false;
    act_url(&d, "/admin/reboot?x", &verdict, NULL);
    assert_string_equal(verdict.reason, "accepted; its parameter is ignored");
    device_settle(&d);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot"));
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot"));
    device_unplug(&d);
}

/* The agent asks the host itself. */
static void test_priority_2_is_refused_during_a_call(void **state)
{
    const struct prov_action item = {.size = sizeof item,
                                     .door = PROV_DOOR_XML,
                                     .kind = PROV_ACTION_RESYNC,
                                     .flags = PROV_ACTION_FROM_XML,
                                     .priority = 2};
    struct device d;
    struct prov_verdict verdict;
    (void)state;
    open_doors(&d);
    d.host.is_idle = false;
    act(&d, &item, &verdict, NULL);
    assert_int_equal(verdict.decision, PROV_DECISION_REFUSE);
    d.host.is_idle = true;
    act(&d, &item, &verdict, NULL);
    assert_int_equal(verdict.decision, PROV_DECISION_OBEY);
    device_unplug(&d);
}

/* Judged, and left to the host. */
static void test_other_actions_are_only_checked(void **state)
{
    static const char *const urls[] = {"/admin/cfg.xml", "/status.xml", "/admin/log.tar"};
    struct device d;
    struct prov_verdict verdict;
    (void)state;
    open_doors(&d);
    fake_host_take_events(&d.host);
    for (size_t i = 0; i < PROVI_LEN(urls); i++) {
        act_url(&d, urls[i], &verdict, NULL);
        assert_int_equal(verdict.http_status, 200);
    }
    assert_int_equal(verdict.decision, PROV_DECISION_ASK_HOST);
    act_xml(&d, PROV_DOOR_XML, "Key:Headset", &verdict, NULL);
    assert_int_equal(verdict.decision, PROV_DECISION_ASK_HOST);
    device_settle(&d);
    assert_string_equal(fake_host_take_events(&d.host), "");
    device_unplug(&d);
}

/* Fifty of them while one runs: one more follows. */
static void test_a_storm_makes_two_resyncs_at_most(void **state)
{
    struct device d;
    struct prov_verdict verdict;
    (void)state;
    open_doors(&d);
    d.net.is_immediate = false;
    act_xml(&d, PROV_DOOR_NOTIFY, "Resync:http://h/f", &verdict, NULL);
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    for (unsigned i = 0; i < 50; i++) {
        act_xml(&d, PROV_DOOR_NOTIFY, "Resync:http://h/f", &verdict, NULL);
        assert_int_equal(verdict.sip_status, 200);
    }
    device_pass(&d, 1000);
    assert_int_equal(d.net.n_requests, 2);
    device_unplug(&d);
}

/* A parameter that cannot be read opens no gate. */
static prov_status find_nothing(void *store_ctx, prov_str name, uint32_t layer,
                                struct prov_param *out)
{
    (void)store_ctx, (void)name, (void)layer, (void)out;
    return 4711;
}

static void test_an_unreadable_setting_is_named(void **state)
{
    struct device d;
    struct prov_verdict verdict;
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.find = find_nothing;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    act_url(&d, "/admin/resync", &verdict, &error);
    assert_int_equal(verdict.http_status, 500);
    assert_string_equal(error.subject, "Enable_Web_Server");
    assert_int_equal(error.status, PROV_E_HOST);
    device_unplug(&d);
}

static void test_what_no_caller_can_mean_is_refused(void **state)
{
    struct device d;
    const struct prov_action action = {.size = sizeof action, .door = PROV_DOOR_URL};
    const struct prov_action bad = {
        .size = sizeof bad, .door = PROV_DOOR_URL, .kind = 1, .rule = {NULL, 4}};
    struct prov_verdict verdict = {.size = sizeof verdict};
    struct prov_verdict small = {.size = 1};
    (void)state;
    open_doors(&d);
    assert_int_equal(prov_agent_act(NULL, &action, NULL, &verdict, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_act(d.agent, NULL, NULL, &verdict, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_act(d.agent, &action, NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_act(d.agent, &action, NULL, &small, NULL), PROV_E_ABI);
    assert_int_equal(prov_agent_act(d.agent, &bad, NULL, &verdict, NULL), PROV_E_INVALID);
    const struct prov_action unsized = {.size = 1};
    const struct prov_action_client unsized_client = {.size = 1};
    assert_int_equal(prov_agent_act(d.agent, &unsized, NULL, &verdict, NULL), PROV_E_ABI);
    assert_int_equal(prov_agent_act(d.agent, &action, &unsized_client, &verdict, NULL), PROV_E_ABI);
    device_unplug(&d);
}

static prov_status find_and_free(void *store_ctx, prov_str name, uint32_t layer,
                                 struct prov_param *out)
{
    struct device *d = store_ctx;
    (void)name, (void)layer, (void)out;
    prov_agent_free(d->agent);
    return PROV_E_NOT_FOUND;
}

/* Of a host without `is_idle`, too. */
static void test_its_callbacks_may_free_the_agent(void **state)
{
    struct device d;
    const struct prov_action action = {
        .size = sizeof action, .door = PROV_DOOR_URL, .kind = PROV_ACTION_RESYNC};
    struct prov_verdict verdict = {.size = sizeof verdict};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.is_idle = NULL;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_act(d.agent, &action, NULL, &verdict, NULL), PROV_OK);
    prov_agent_free(d.agent);
    void *store = d.host.host.store_ctx;
    d.host.host.store_ctx = &d;
    d.host.host.find = find_and_free;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_act(d.agent, &action, NULL, &verdict, NULL), PROV_E_CANCELLED);
    d.agent = NULL;
    d.host.host.store_ctx = store;
    device_unplug(&d);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    struct prov_verdict verdict;
    (void)ctx;
    open_doors(&d);
    d.memory.dial = dial;
    act_url(&d, "/admin/resync?http://h/f", &verdict, NULL);
    d.memory.dial = NULL;
    const bool is_obeyed = verdict.decision == PROV_DECISION_OBEY;
    assert_true(is_obeyed || dial->hit);
    assert_int_equal(verdict.http_status, is_obeyed ? 200 : 503);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, is_obeyed);
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of an action", out_of_memory, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resync_uses_its_own_rule),
        cmocka_unit_test(test_each_door_has_its_cause),
        cmocka_unit_test(test_what_is_refused_starts_nothing),
        cmocka_unit_test(test_what_a_job_refuses_is_refused),
        cmocka_unit_test(test_a_reboot_waits_for_idle_lines),
        cmocka_unit_test(test_priority_2_is_refused_during_a_call),
        cmocka_unit_test(test_other_actions_are_only_checked),
        cmocka_unit_test(test_a_storm_makes_two_resyncs_at_most),
        cmocka_unit_test(test_an_unreadable_setting_is_named),
        cmocka_unit_test(test_what_no_caller_can_mean_is_refused),
        cmocka_unit_test(test_its_callbacks_may_free_the_agent),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
