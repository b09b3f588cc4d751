/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Deltas: what their receiver has to hear of, whatever becomes of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"
#include "fake_trust.h"

static void plug_in(struct device *d)
{
    device_plug_in(d, NULL, NULL, NULL);
    d->report = (struct prov_report_host){.size = sizeof d->report};
    fake_transport_add_text(&d->net, "http://s/r", "")->code = 200;
    fake_host_set(&d->host, "Report_Rule", "[--delta]http://s/r");
    fake_host_set(&d->host, "Report_To_Server", "On Local Change");
}

static void change_and_report(struct device *d, const char *name, const char *value)
{
    fake_host_set(&d->host, name, value);
    prov_agent_record_local_change(d->agent);
    device_pass(d, 60 * 1000);
}

static bool was_reported(const struct device *d, const char *text)
{
    for (size_t i = 0; i < d->net.n_requests; i++)
        if (strstr(d->net.requests[i].body, text))
            return true;
    return false;
}

static const char *last_body(const struct device *d)
{
    return d->net.requests[d->net.n_requests - 1].body;
}

static void start(struct device *d)
{
    plug_in(d);
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_boot(d);
}

static bool is_failing_to_save;
static prov_status (*save_of_store)(void *store, prov_str name, const void *data, size_t len,
                                    struct prov_error *err);

static prov_status save(void *store, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    return is_failing_to_save ? PROV_E_IO : save_of_store(store, name, data, len, err);
}

/*
 * The receiver got a value, and the device did not get its answer, or could not save that; then the
 * old value is back. It is reported again, since the receiver has the other one.
 */
static void test_a_value_that_is_back_is_reported(void **state)
{
    (void)state;
    for (int way = 0; way < 3; way++) {
        struct device d;
        plug_in(&d);
        save_of_store = d.host.host.save;
        d.host.host.save = save;
        if (way == 2)
            d.host.host.save = NULL; /* kept in memory */
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        change_and_report(&d, "GPP_A", "one");
        assert_non_null(strstr(last_body(&d), "<GPP_A>one</GPP_A>"));
        if (way == 1)
            is_failing_to_save = true;
        else
            d.net.answers[0].status = PROV_E_TIMEOUT;
        change_and_report(&d, "GPP_A", "two");
        assert_non_null(strstr(last_body(&d), "<GPP_A>two</GPP_A>"));
        is_failing_to_save = false;
        d.net.answers[0].status = PROV_OK;
        change_and_report(&d, "GPP_A", "one");
        assert_non_null(strstr(last_body(&d), "<GPP_A>one</GPP_A>"));
        change_and_report(&d, "GPP_B", "new"); /* then it is known again */
        assert_null(strstr(last_body(&d), "GPP_A"));
        device_unplug(&d);
    }
}

/* A value that the report left out, and that is empty now: the receiver has the one before. */
static void test_a_rule_without_its_key_is_reported(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    change_and_report(&d, "Profile_Rule_B", "http://h/b");
    fake_host_set(&d.host, "GPP_C", "new");
    change_and_report(&d, "Profile_Rule_B", "[--key secret]http://h/b");
    assert_non_null(strstr(last_body(&d), "<GPP_C>new</GPP_C>"));
    assert_false(was_reported(&d, "secret"));
    change_and_report(&d, "Profile_Rule_B", "");
    assert_non_null(strstr(last_body(&d), "<Profile_Rule_B></Profile_Rule_B>"));
    device_unplug(&d);
}

/* They have brackets, and are no rules: nothing in them is secret. */
static void test_lines_of_status_are_reported(void **state)
{
    static const char line[] = "[0][02/03/2026 05:05:06][http://h/l.lic]Authorization Succeeded.";
    char expected[160];
    struct device d;
    (void)state;
    start(&d);
    change_and_report(&d, "Transition_Authorization_Status", line);
    snprintf(expected, sizeof expected,
             "<Transition_Authorization_Status>%s</Transition_Authorization_Status>", line);
    assert_non_null(strstr(last_body(&d), expected));
    device_unplug(&d);
}

static prov_status check_licence(void *ctx, prov_str licence, uint32_t *answer,
                                 struct prov_error *err)
{
    (void)ctx, (void)licence, (void)answer, (void)err;
    return PROV_E_CORRUPT;
}

/* Servers that never answer, and that are asked again a minute after the time limit: of a resync
 * and a custom CA, or of a custom CA and a licence. Reports have their turn between them. */
static void test_a_report_has_its_turn(void **state)
{
    (void)state;
    for (int is_licence = 0; is_licence < 2; is_licence++) {
        struct device d;
        struct fake_trust trust = {.n_calls = 0};
        plug_in(&d);
        fake_trust_plug_in(&d, &trust);
        d.migration =
            (struct prov_migration_host){.size = sizeof d.migration, .check = check_licence};
        d.net.stalled_url = "http://h/stalled";
        fake_host_set(&d.host, is_licence ? "Trans_Auth_Rule" : "Profile_Rule", "http://h/stalled");
        fake_host_set(&d.host, "Custom_CA_Rule", "http://h/stalled");
        fake_host_set(&d.host, "Resync_Periodic", "");
        fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60");
        fake_host_set(&d.host, "Transition_Authorization_Error_Retry_Delay", "60");
        fake_host_set(&d.host, "Report_To_Server", "Periodically");
        fake_host_set(&d.host, "Periodic_Upload_To_Server", "3600");
        fake_host_set(&d.host, "Report_Rule", "http://s/r");
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_pass(&d, INT64_C(24) * 3600 * 1000);
        assert_true(d.net.answers[0].n_asked >= 10);
        device_unplug(&d);
    }
}

/* The last parameter first. */
static prov_status param_backwards(void *store, size_t index, struct prov_param *out)
{
    const size_t n = prov_store_n_params(store);
    return index < n ? prov_store_param(store, n - 1 - index, out) : PROV_E_NOT_FOUND;
}

/* A host may enumerate its parameters in another order after a start. */
static void test_the_order_of_parameters_is_no_change(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "GPP_A", "one");
    change_and_report(&d, "GPP_B", "one");
    assert_non_null(strstr(last_body(&d), "<GPP_A>one</GPP_A>"));
    prov_agent_free(d.agent);
    d.host.host.param = param_backwards;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    change_and_report(&d, "GPP_C", "one");
    assert_non_null(strstr(last_body(&d), "<GPP_C>one</GPP_C>"));
    assert_null(strstr(last_body(&d), "GPP_A"));
    assert_null(strstr(last_body(&d), "GPP_B"));
    device_unplug(&d);
}

/* A record that cannot hold all parameters is not saved: what it lacks was not removed. */
static void test_a_delta_too_large_for_its_record_tells_no_defaults(void **state)
{
    const struct prov_limits limits = {.size = sizeof limits, .max_staged_bytes = 512};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct device d;
    char name[32], last[80];
    (void)state;
    plug_in(&d);
    fake_host_set(&d.host, "Report_To_Server", "On Request");
    fake_host_set(&d.host, "GPP_P", "kept");
    d.host.host.param = param_backwards;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    assert_true(was_reported(&d, "<GPP_P>kept</GPP_P>"));
    for (unsigned i = 0; i < 80; i++) {
        snprintf(name, sizeof name, "Display_Name_%u_", i + 1);
        fake_host_set(&d.host, name, "new");
    }
    prov_agent_free(d.agent);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 2);
    const char *body = d.net.requests[1].body;
    snprintf(last, sizeof last, "<%s>new</%s>", name, name);
    assert_non_null(strstr(body, last));
    assert_null(strstr(body, "GPP_P")); /* unchanged */
    assert_null(strstr(body, "<Report_Rule>"));
    assert_non_null(strstr(fake_host_take_events(&d.host), "log 4 a record cannot be saved"));

    prov_agent_free(d.agent); /* with room for the record, it is as ever */
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(d.net.requests[2].body, last));
    assert_null(strstr(d.net.requests[2].body, "GPP_P"));
    device_unplug(&d);
}

/* A value needs more room than the store has for all of them, escaped as it is. */
static void test_a_value_too_large_for_a_report_is_a_limit(void **state)
{
    const struct prov_limits limits = {.size = sizeof limits, .max_store_bytes = 512};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct prov_job_status now = {.size = sizeof now};
    struct device d;
    char value[512];
    (void)state;
    memset(value, '&', sizeof value);
    value[sizeof value - 1] = '\0';
    plug_in(&d);
    fake_host_set(&d.host, "Report_To_Server", "On Request");
    fake_host_set(&d.host, "GPP_A", value);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_REPORT, &now), PROV_OK);
    assert_int_equal(now.last->error->status, PROV_E_LIMIT);
    assert_non_null(strstr(now.last->error->message, "one value of the report: expected at most "));
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_value_that_is_back_is_reported),
        cmocka_unit_test(test_a_rule_without_its_key_is_reported),
        cmocka_unit_test(test_lines_of_status_are_reported),
        cmocka_unit_test(test_a_report_has_its_turn),
        cmocka_unit_test(test_the_order_of_parameters_is_no_change),
        cmocka_unit_test(test_a_delta_too_large_for_its_record_tells_no_defaults),
        cmocka_unit_test(test_a_value_too_large_for_a_report_is_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
