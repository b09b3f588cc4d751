/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Sized structs filled in, for callers from the past, of today and from the future (docs/abi.md).
 * A block is as large as its `size` says, so that sanitizers and valgrind see a byte written too
 * much.
 */
#include <provision/provision.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "device.h"
#include "dials.h"
#include "fake_banks.h"
#include "fake_host.h"

/* Bytes that a struct from the future has more. */
enum { MORE = 24 };

static prov_status take_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx, (void)param, (void)err;
    return PROV_OK;
}

struct out_case {
    const char *name;
    size_t size;
    prov_status (*get)(void *out);
};

static prov_status get_decode_result(void *out)
{
    struct capture capture;
    capture_init(&capture, NULL);
    prov_decoder *decoder;
    assert_int_equal(prov_decoder_new(&decoder, NULL, capture.sink, NULL), PROV_OK);
    prov_status status = prov_decoder_result(decoder, out);
    prov_decoder_free(decoder);
    capture_free(&capture);
    return status;
}

static prov_status get_profile_result(void *out)
{
    const struct prov_profile_handler handler = {.param = take_param};
    prov_profile_parser *parser;
    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
    prov_status status = prov_profile_parser_result(parser, out);
    prov_profile_parser_free(parser);
    return status;
}

static prov_status get_rule_target(void *out)
{
    prov_rule *rule;
    assert_int_equal(prov_rule_parse(&rule, PROVI_LIT("http://h/x"), NULL, NULL), PROV_OK);
    prov_status status = prov_rule_target_get(rule, 0, 0, out);
    prov_rule_free(rule);
    return status;
}

static prov_status get_sched_action(void *out)
{
    const struct prov_sched sched = {{0}};
    return prov_sched_due(&sched, out);
}

static prov_status get_stepped_action(void *out)
{
    const struct prov_sched_event boot = {
        .size = sizeof boot, .type = PROV_SCHED_BOOT, .cause = PROV_CAUSE_POWER_UP};
    const struct prov_sched_settings settings = {.size = sizeof settings};
    const struct prov_world world = {.size = sizeof world};
    struct prov_sched sched = {{0}};
    return prov_sched_step(&sched, &boot, &settings, &world, out);
}

static prov_status get_agent_action(void *out)
{
    prov_store *store;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    struct fake_host fake;
    fake_host_init(&fake, store);
    const struct prov_agent_options options = {
        .size = sizeof options, .host = &fake.host, .device = &fake.device};
    prov_agent *agent;
    assert_int_equal(prov_agent_new(&agent, &options, NULL), PROV_OK);
    prov_status status = prov_agent_due(agent, out);
    prov_agent_free(agent);
    fake_host_free(&fake);
    prov_store_close(store);
    return status;
}

static prov_status get_agent_trace(void *out)
{
    struct device d;
    device_start(&d);
    device_ask(&d, "http://h/x");
    prov_status status = prov_agent_trace_get(d.agent, 0, out);
    device_unplug(&d);
    return status;
}

static prov_status get_agent_validator(void *out)
{
    struct device d;
    device_start(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
    device_ask(&d, NULL);
    prov_status status = prov_agent_validator_get(d.agent, 0, out);
    device_unplug(&d);
    return status;
}

static prov_status get_agent_upgrade(void *out)
{
    struct device d;
    struct fake_banks banks = {.running = 0};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    prov_status status = prov_agent_upgrade_get(d.agent, out);
    device_unplug(&d);
    return status;
}

static prov_store *make_store(void)
{
    const struct prov_param param = {
        .size = sizeof param, .name = PROVI_LIT("GPP_A"), .has_value = 1};
    prov_store *store;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_store_set(store, &param, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    return store;
}

static prov_status get_store_param(void *out)
{
    prov_store *store = make_store();
    prov_status status = prov_store_param(store, 0, out);
    prov_store_close(store);
    return status;
}

static prov_status find_store_param(void *out)
{
    prov_store *store = make_store();
    prov_status status = prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_SERVER, out);
    prov_store_close(store);
    return status;
}

static const struct prov_dhcp_option some_option = {PROV_DHCP_V4, 66, {"h", 1}};
static const struct prov_dhcp_lease some_lease = {
    .size = sizeof some_lease, .options = &some_option, .n_options = 1};

static prov_status get_dhcp_offer(void *out)
{
    return prov_dhcp_offer_get(&some_lease, 0, out, NULL);
}

static prov_status get_job_status(void *out)
{
    struct device d;
    device_start(&d);
    prov_status status = prov_agent_status(d.agent, PROV_JOB_RESYNC, out);
    device_unplug(&d);
    return status;
}

static prov_status get_dhcp_choice(void *out)
{
    return prov_dhcp_choose(&some_lease, out, NULL);
}

/* After an upgrade, and a resync that failed. */
static void start_with_history(struct device *d)
{
    struct prov_agent_options options = {.size = sizeof options,
                                         .boot_cause = PROV_CAUSE_AFTER_UPGRADE};
    device_plug_in(d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    assert_int_equal(prov_agent_enable_history(d->agent, NULL), PROV_OK);
    device_settle(d);
    device_ask(d, "http://h/none");
}

static prov_status get_activation(void *out)
{
    struct device d;
    device_start(&d);
    assert_int_equal(prov_agent_enable_activation(d.agent, NULL, NULL), PROV_OK);
    prov_status status = prov_agent_activation_get(d.agent, out);
    device_unplug(&d);
    return status;
}

static prov_status get_contact_offer(void *out)
{
    struct prov_agent_options options = {.size = sizeof options,
                                         .dhcp_server = prov_str_from("192.0.2.9")};
    struct device d;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    assert_int_equal(prov_agent_enable_activation(d.agent, NULL, NULL), PROV_OK);
    prov_status status = prov_agent_contact_get(d.agent, PROV_CONTACT_DHCP, out);
    device_unplug(&d);
    return status;
}

static prov_status get_past_reboot(void *out)
{
    struct device d;
    start_with_history(&d);
    prov_status status = prov_agent_reboot_get(d.agent, 0, out);
    device_unplug(&d);
    return status;
}

static prov_status get_past_download(void *out)
{
    struct device d;
    start_with_history(&d);
    prov_status status = prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 0, out);
    device_unplug(&d);
    return status;
}

static prov_status get_url_action(void *out)
{
    char buf[32];
    return prov_action_from_url(PROVI_LIT("GET"), PROVI_LIT("/admin/resync?/f"),
                                PROVI_LIT("1.2.3.4"), buf, sizeof buf, out, NULL);
}

static prov_status get_notify_action(void *out)
{
    return prov_action_from_notify(PROVI_LIT("resync"), PROVI_LIT(""), PROVI_LIT("192.0.2.1"), out,
                                   NULL);
}

static prov_status get_verdict(void *out)
{
    const struct prov_action action = {.size = sizeof action, .door = PROV_DOOR_URL};
    return prov_action_check(&action, NULL, NULL, out, NULL);
}

static prov_status get_refusal(void *out)
{
    return prov_action_refuse(PROV_DOOR_URL, PROV_E_SYNTAX, out);
}

static prov_status get_field(void *out)
{
    return prov_catalogue_field_get(0, out);
}

#define OUT(name, get)                                                                             \
    {                                                                                              \
#name " by " #get, sizeof(struct name), get                                                \
    }

static const struct out_case out_cases[] = {
    OUT(prov_action, get_url_action),
    OUT(prov_action, get_notify_action),
    OUT(prov_verdict, get_verdict),
    OUT(prov_verdict, get_refusal),
    OUT(prov_decode_result, get_decode_result),
    OUT(prov_profile_result, get_profile_result),
    OUT(prov_rule_target, get_rule_target),
    OUT(prov_sched_action, get_sched_action),
    OUT(prov_sched_action, get_stepped_action),
    OUT(prov_sched_action, get_agent_action),
    OUT(prov_param, get_store_param),
    OUT(prov_agent_trace, get_agent_trace),
    OUT(prov_param, find_store_param),
    OUT(prov_dhcp_offer, get_dhcp_offer),
    OUT(prov_dhcp_offer, get_dhcp_choice),
    OUT(prov_job_status, get_job_status),
    OUT(prov_validator, get_agent_validator),
    OUT(prov_past_reboot, get_past_reboot),
    OUT(prov_past_download, get_past_download),
    OUT(prov_upgrade, get_agent_upgrade),
    OUT(prov_activation, get_activation),
    OUT(prov_contact_offer, get_contact_offer),
    OUT(prov_catalogue_field, get_field),
};

static void test_results_fit_the_caller_s_struct(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(out_cases); i++) {
        const struct out_case *out = &out_cases[i];
        for (size_t size = sizeof size; size <= out->size + MORE; size += sizeof size) {
            unsigned char *block = malloc(size);
            memset(block, 0xaa, size);
            memcpy(block, &size, sizeof size);
            if (out->get(block) != PROV_OK)
                fail_msg("%s: refused with %zu bytes", out->name, size);
            assert_memory_equal(block, &size, sizeof size);
            for (size_t at = out->size; at < size; at++)
                if (block[at] != 0)
                    fail_msg("%s: byte %zu was left as it was", out->name, at);
            free(block);
        }
        for (size_t size = 0; size < sizeof(size_t); size++)
            assert_int_equal(out->get(&size), PROV_E_ABI);
    }
}

/* Bytes of the stack in the place of a size: nothing is written. */
static void test_results_with_a_size_never_set_are_refused(void **state)
{
    (void)state;
    static const size_t sizes[] = {4097, 0x7ffd0000, SIZE_MAX / 2, SIZE_MAX};
    for (size_t i = 0; i < PROVI_LEN(out_cases); i++)
        for (size_t k = 0; k < PROVI_LEN(sizes); k++) {
            size_t size = sizes[k];
            if (out_cases[i].get(&size) != PROV_E_ABI)
                fail_msg("%s: filled in with %zu bytes", out_cases[i].name, size);
        }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_results_fit_the_caller_s_struct),
        cmocka_unit_test(test_results_with_a_size_never_set_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
