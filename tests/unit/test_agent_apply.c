/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Profiles that the host has. */
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

#define PROFILE                                                                                    \
    "<flat-profile>\n<GPP_A>new</GPP_A>\n<GPP_B ua=\"na\">new</GPP_B>\n</flat-profile>\n"

static prov_status apply(struct device *d, prov_str body, struct prov_error *err)
{
    const struct prov_agent_profile profile = {.size = sizeof profile, .body = body};
    return prov_agent_apply(d->agent, &profile, NULL, err);
}

static void start(struct device *d)
{
    device_start(d);
    device_boot(d);
    fake_host_set(&d->host, "GPP_A", "old");
}

static void assert_old(struct device *d)
{
    device_assert_stored(d, "GPP_A", "old");
    device_assert_stored(d, "GPP_B", NULL);
}

static void test_a_profile_is_applied(void **state)
{
    struct device d;
    uint64_t n_changed = 99;
    const struct prov_agent_profile profile = {
        .size = sizeof profile, .cause = PROV_CAUSE_URL, .body = PROVI_LIT(PROFILE)};
    (void)state;
    start(&d);
    assert_int_equal(prov_agent_apply(d.agent, &profile, &n_changed, NULL), PROV_OK);
    assert_int_equal(n_changed, 2);
    assert_string_equal(fake_host_take_events(&d.host), "changed GPP_A 'old' 'new'\n"
                                                        "changed GPP_B '' 'new'\n"
                                                        "result config.xml applied \n");
    device_assert_stored(&d, "GPP_A", "new");
    assert_int_equal(prov_agent_apply(d.agent, &profile, &n_changed, NULL), PROV_OK);
    assert_int_equal(n_changed, 0);
    assert_string_equal(fake_host_take_events(&d.host), "result config.xml unchanged \n");
    device_unplug(&d);
}

/* The place of the fault, and nothing of what was right before it. */
static void test_a_malformed_profile_changes_nothing(void **state)
{
    static const struct {
        const char *body;
        prov_status status;
        uint32_t line;
    } cases[] = {
        {"<flat-profile>\n<GPP_A>new</GPP_A>\n<GPP_B>x</GPP_C>\n</flat-profile>", PROV_E_CORRUPT,
         3},
        {"<flat-profile>\n<GPP_A>new</GPP_A>\n<GPP_B>x & y</GPP_B></flat-profile>", PROV_E_CORRUPT,
         3},
        {"<flat-profile>\n<GPP_A>new</GPP_A>\n", PROV_E_TRUNCATED, 3},
        {"<!DOCTYPE a [<!ENTITY b \"c\">]><flat-profile><GPP_A>&b;</GPP_A></flat-profile>",
         PROV_E_CORRUPT, 1},
        {"GPP_A=new", PROV_E_CORRUPT, 1},
        {"", PROV_E_CORRUPT, 1},
        {"Salted__12345678aaaaaaaaaaaaaaaa", PROV_E_NO_KEY, 0},
    };
    struct device d;
    (void)state;
    start(&d);
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct prov_error error = {0};
        prov_status status = apply(&d, prov_str_from(cases[i].body), &error);
        if (status != cases[i].status || (cases[i].line && error.line != cases[i].line))
            fail_msg("%s: %s, line %u: %s", cases[i].body, prov_status_name(status),
                     (unsigned)error.line, error.message);
        assert_string_equal(error.source, "config.xml");
        assert_old(&d);
        const char *events = fake_host_take_events(&d.host);
        if (!strstr(events, "result config.xml failed") || strstr(events, "changed"))
            fail_msg("%s", events);
    }
    device_unplug(&d);
}

static void test_a_profile_that_is_cut_changes_nothing(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    const size_t end = strlen(PROFILE) - 1; /* its last line break does not count */
    for (size_t len = 0; len < end; len++) {
        prov_status status = apply(&d, (prov_str){PROFILE, len}, NULL);
        assert_true(status == PROV_E_TRUNCATED || (len < 3 && status == PROV_E_CORRUPT));
        assert_old(&d);
    }
    assert_int_equal(apply(&d, (prov_str){PROFILE, end}, NULL), PROV_OK);
    device_assert_stored(&d, "GPP_A", "new");
    device_unplug(&d);
}

static void test_a_profile_may_be_encrypted(void **state)
{
    static const char key[] = "s3cr3t-key";
    struct device d;
    struct capture sealed;
    struct prov_error error = {0};
    prov_encoder *encoder;
    const struct prov_encode_options options = {
        .size = sizeof options, .encodings = PROV_ENCODING_AES_CBC, .key = prov_str_from(key)};
    (void)state;
    capture_init(&sealed, NULL);
    assert_int_equal(prov_encoder_new(&encoder, &options, sealed.sink, NULL), PROV_OK);
    assert_int_equal(prov_encoder_write(encoder, PROFILE, strlen(PROFILE), NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
    prov_encoder_free(encoder);
    struct prov_agent_profile profile = {.size = sizeof profile,
                                         .name = PROVI_LIT("upload"),
                                         .body = {(char *)sealed.data, sealed.len},
                                         .key = PROVI_LIT("other")};
    start(&d);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, &error), PROV_E_KEY);
    assert_string_equal(error.source, "upload");
    assert_old(&d);
    profile.key = prov_str_from(key);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    device_assert_stored(&d, "GPP_A", "new");
    assert_null(strstr(fake_host_take_events(&d.host), key));
    profile.body = PROVI_LIT(PROFILE);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_E_NOT_ENCRYPTED);
    device_unplug(&d);
    capture_free(&sealed);
}

static void test_the_device_s_policy_holds(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options,
                                         .decode_policy = PROV_DECODE_AUTHENTIC_ONLY};
    struct prov_agent_profile profile = {.size = sizeof profile, .body = PROVI_LIT(PROFILE)};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_true(prov_agent_apply(d.agent, &profile, NULL, NULL) != PROV_OK);
    device_assert_stored(&d, "GPP_A", NULL);
    profile.is_trusted = 1;
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    fake_host_set(&d.host, "Provision_Enable", "No");
    struct prov_error error = {0};
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, &error), PROV_E_POLICY);
    assert_string_equal(error.message, "Provision_Enable is No");
    device_unplug(&d);
}

static void test_a_profile_has_a_limit(void **state)
{
    struct device d;
    const struct prov_limits limits = {.size = sizeof limits, .max_fetch_bytes = strlen(PROFILE)};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE " "), &error), PROV_E_LIMIT);
    assert_string_equal(error.message, "profile of 78 bytes, at most 77");
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_unplug(&d);
}

/* New rules and timers count at once; a reboot that a parameter needs is asked for. */
static void test_the_new_values_count_at_once(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_int_equal(apply(&d,
                           PROVI_LIT("<flat-profile><Profile_Rule>http://h/p</Profile_Rule>"
                                     "<Resync_Periodic>60</Resync_Periodic>"
                                     "<Own_Reboot>1</Own_Reboot></flat-profile>"),
                           NULL),
                     PROV_OK);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 0);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot"));
    device_pass(&d, 61000);
    assert_non_null(fake_transport_find(&d.net, "http://h/p"));
    device_unplug(&d);
}

static void test_an_unconfirmed_profile_is_rolled_back(void **state)
{
    struct device d;
    struct prov_agent_options options = {.size = sizeof options, .confirm_timeout_s = 600};
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "GPP_A", "old");
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    d.host.is_idle = false;
    device_pass(&d, 600000);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), &error), PROV_E_BUSY);
    assert_non_null(strstr(error.message, "rollback"));
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_old(&d);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_E_QUARANTINED);
    assert_old(&d);
    device_unplug(&d);
}

/* While the file of a resync is on its way. */
static void test_a_resync_that_runs_goes_on(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    d.net.is_immediate = false;
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><GPP_B>fetched</GPP_B></flat-profile>");
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = PROVI_LIT("http://h/p")};
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_assert_stored(&d, "GPP_B", "new");
    device_pass(&d, 100);
    device_assert_stored(&d, "GPP_A", "new");
    device_assert_stored(&d, "GPP_B", "fetched");
    device_unplug(&d);
}

static prov_status status_in_event;

static void apply_again(void *ctx, const struct prov_event *event)
{
    (void)event;
    status_in_event = apply(ctx, PROVI_LIT(PROFILE), NULL);
}

static void free_agent(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    (void)event;
    prov_agent_free(d->agent);
}

static void test_it_is_refused_where_it_may_not_be_called(void **state)
{
    struct device d;
    struct prov_error error = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), &error), PROV_E_STATE);
    assert_non_null(strstr(error.message, "prov_agent_process()"));
    device_boot(&d);
    d.host.on_event = apply_again;
    d.host.on_event_ctx = &d;
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    assert_int_equal(status_in_event, PROV_E_STATE);
    device_unplug(&d);
}

/* In the event of a warning, of a change, of the result. */
static void test_its_callbacks_may_free_the_agent(void **state)
{
    static const char *const bodies[] = {
        "<flat-profile><Nonsense>1</Nonsense><MAC_Address>1</MAC_Address></flat-profile>", PROFILE,
        "<flat-profile/>", "<flat-profile><GPP_A>x</GPP_B></flat-profile>"};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(bodies); i++) {
        struct device d;
        start(&d);
        d.host.on_event = free_agent;
        d.host.on_event_ctx = &d;
        assert_int_equal(apply(&d, prov_str_from(bodies[i]), NULL), PROV_E_CANCELLED);
        d.agent = NULL;
        device_unplug(&d);
    }
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    start(&d);
    d.memory.dial = dial;
    prov_status status = apply(&d, PROVI_LIT(PROFILE), NULL);
    d.memory.dial = NULL;
    assert_true(status == PROV_OK || (dial->hit && status == PROV_E_NOMEM));
    if (status == PROV_OK)
        device_assert_stored(&d, "GPP_B", "new");
    else
        assert_old(&d);
    assert_int_equal(apply(&d, PROVI_LIT(PROFILE), NULL), PROV_OK);
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a profile", out_of_memory, NULL) > 5);
}

static void test_what_no_caller_can_mean_is_refused(void **state)
{
    struct device d;
    const struct prov_agent_profile sound = {.size = sizeof sound};
    struct prov_agent_profile bad[4] = {sound, sound, sound, sound};
    bad[0].body = (prov_str){NULL, 4};
    bad[1].name = (prov_str){NULL, 4};
    bad[2].key = (prov_str){NULL, 4};
    bad[3].cause = PROV_CAUSE_PERIODIC;
    (void)state;
    start(&d);
    for (size_t i = 0; i < PROVI_LEN(bad); i++)
        assert_int_equal(prov_agent_apply(d.agent, &bad[i], NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_apply(NULL, &sound, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_apply(d.agent, NULL, NULL, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_profile_is_applied),
        cmocka_unit_test(test_a_malformed_profile_changes_nothing),
        cmocka_unit_test(test_a_profile_that_is_cut_changes_nothing),
        cmocka_unit_test(test_a_profile_may_be_encrypted),
        cmocka_unit_test(test_the_device_s_policy_holds),
        cmocka_unit_test(test_a_profile_has_a_limit),
        cmocka_unit_test(test_the_new_values_count_at_once),
        cmocka_unit_test(test_an_unconfirmed_profile_is_rolled_back),
        cmocka_unit_test(test_a_resync_that_runs_goes_on),
        cmocka_unit_test(test_it_is_refused_where_it_may_not_be_called),
        cmocka_unit_test(test_its_callbacks_may_free_the_agent),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_what_no_caller_can_mean_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
