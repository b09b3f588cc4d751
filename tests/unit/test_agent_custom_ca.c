/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Custom_CA_Rule: when it is fetched, the file for the host, the reports. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "fake_trust.h"

static prov_status update_ca(struct device *d, const char *rule, const char *requester)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = PROV_VERB_UPDATE_CA,
        .cause = PROV_CAUSE_URL,
        .rule = prov_str_from(rule),
        .requester = prov_str_from(requester),
    };
    prov_status status = prov_agent_request(d->agent, &request, NULL);
    device_settle(d);
    return status;
}

static void test_custom_ca_is_fetched_after_a_resync(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, CA_RULE, "($PRVTMR lt 99999)? http://h/ca.pem?$MA");
    fake_transport_add_text(&d.net, "http://h/ca.pem?000e08012345", CA_PEM);
    assert_int_equal(d.net.n_requests, 0); /* not before */
    device_ask(&d, NULL);
    device_pass(&d, 60000);
    fake_trust_assert(&d, &trust, CA_PEM);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "resync 11 skipped \n"));
    assert_non_null(strstr(events, "request Custom_CA_Rule http://h/ca.pem?000e08012345\n"));
    assert_non_null(strstr(events, "result Custom_CA_Rule applied \n"));
    assert_true(strstr(events, "resync 11") < strstr(events, "request"));
    assert_non_null(strstr(events, "Requesting custom CA http://192.0.2.1:80/ca.pem"));
    assert_non_null(strstr(events, "Custom CA received http://192.0.2.1:80/ca.pem"));
    assert_null(strstr(events, "resync http"));
    device_ask(&d, NULL); /* nothing but the device's state has changed: not again */
    assert_int_equal(d.net.n_requests, 1);
    assert_int_equal(trust.n_calls, 1);
    assert_int_equal(update_ca(&d, NULL, NULL), PROV_OK); /* but on request */
    assert_int_equal(d.net.n_requests, 2);
    assert_int_equal(trust.n_calls, 2);
    device_unplug(&d);
}

static void test_custom_ca_follows_the_rules_result(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_transport_add_text(&d.net, "http://h/other", CA_OTHER);
    fake_host_set(&d.host, CA_RULE, "http://h/$A");
    fake_host_set(&d.host, "GPP_A", "ca.pem");
    device_ask(&d, NULL);
    fake_trust_assert(&d, &trust, CA_PEM);
    fake_host_set(&d.host, "GPP_A", "other");
    device_ask(&d, NULL);
    fake_trust_assert(&d, &trust, CA_OTHER);

    fake_host_set(&d.host, CA_RULE, "[--uid u --pwd $SA]" CA_URL);
    for (int i = 0; i < 2; i++) {
        fake_host_set(&d.host, "GPP_SA", i ? "second" : "first");
        device_ask(&d, NULL);
        assert_int_equal(d.net.n_requests, 3 + i); /* although only its password is another one */
    }

    fake_host_set(&d.host, CA_RULE, "");
    device_ask(&d, NULL);
    assert_string_equal(trust.pem, "");
    device_assert_stored(&d, "Custom_CA_Info", "Not Installed");
    device_assert_stored(&d, CA_STATUS, "");
    unsigned n_calls = trust.n_calls;
    device_ask(&d, NULL); /* gone is gone */
    assert_int_equal(trust.n_calls, n_calls);
    device_unplug(&d);
}

/* A host that fills all of the buffer, without a NUL. */
static prov_status check_without_nul(void *ctx, prov_str pem, char *name, size_t cap,
                                     struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    memset(name, 'x', cap);
    return PROV_OK;
}

static void test_custom_ca_name_ends_in_its_buffer(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    d.custom_ca.check = check_without_nul;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    device_ask(&d, NULL);
    const char *info = fake_host_get(&d.host, "Custom_CA_Info");
    assert_int_equal(strspn(info, "x"), strlen(info));
    assert_uint_in_range(strlen(info), 1, 127);
    device_unplug(&d);
}

static void test_custom_ca_name_is_trimmed(void **state)
{
    static const struct {
        const char *name, *info;
    } rows[] = {{" Our CA", "Our CA"},
                {"Our CA  ", "Our CA"},
                {" \tOur\x01 CA\n ", "Our? CA"},
                {"  ", ""},
                {"\x1f \x7e\x7f\xc3\xa4", "? ~???"}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct fake_trust trust = {.name = rows[i].name};
        fake_trust_start(&d, &trust);
        fake_host_set(&d.host, CA_RULE, CA_URL);
        device_ask(&d, NULL);
        assert_string_equal(trust.pem, CA_PEM);
        device_assert_stored(&d, "Custom_CA_Info", rows[i].info[0] ? rows[i].info : "unnamed");
        device_unplug(&d);
    }
}

/* Both callbacks, once, and before the boot. */
static void test_custom_ca_is_enabled_once_and_in_time(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    struct prov_custom_ca_host host = d.custom_ca;
    d.custom_ca.check = NULL; /* device_make_agent() does not enable it */
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_custom_ca(NULL, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_custom_ca(d.agent, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_custom_ca(d.agent, &d.custom_ca, NULL), PROV_E_INVALID);
    prov_status (*install)(void *, prov_str, struct prov_error *) = host.install;
    host.install = NULL;
    assert_int_equal(prov_agent_enable_custom_ca(d.agent, &host, NULL), PROV_E_INVALID);
    host.install = install;
    assert_int_equal(prov_agent_enable_custom_ca(d.agent, &host, NULL), PROV_OK);
    struct prov_error err = {0};
    assert_int_equal(prov_agent_enable_custom_ca(d.agent, &host, &err), PROV_E_STATE);
    assert_string_equal(err.message, "custom CA: enabled already");
    prov_agent_free(d.agent);

    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    assert_int_equal(prov_agent_enable_custom_ca(d.agent, &host, &err), PROV_E_STATE);
    assert_non_null(strstr(err.message, "before the first prov_agent_process()"));
    device_unplug(&d);
}

/* What is wrong with a file; what the result says. */
static const struct failure {
    const char *body; /* NULL: there is none */
    size_t len;       /* more than the text: padded */
    prov_status refusal, expected;
    int32_t code;
} failures[] = {
    {NULL, 0, PROV_OK, PROV_E_NOT_FOUND, 404},
    {"", 0, PROV_OK, PROV_E_CORRUPT, 200},
    {"<html>log in</html>", 0, PROV_OK, PROV_E_CORRUPT, 200},
    {"-----BEGIN", 64 * 1024 + 1, PROV_OK, PROV_E_LIMIT, 200},
    {CA_PEM, 0, 4711, PROV_E_HOST, 200},
    {CA_PEM, 0, PROV_OK, PROV_E_SERVER, 202},
};

static void assert_failure(const struct failure *row)
{
    static char padded[64 * 1024 + 1];
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    char expected[80];
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, "Resync_Fails_On_FNF", "No"); /* is for profiles */
    fake_host_set(&d.host, CA_RULE, CA_URL);
    device_ask(&d, NULL);
    trust.check_refusal = row->refusal;
    fake_host_set(&d.host, CA_RULE, "http://h/new");
    memset(padded, 'x', sizeof padded);
    if (row->body)
        memcpy(padded, row->body, strlen(row->body));
    if (row->body)
        fake_transport_add(&d.net, "http://h/new", padded, row->len ? row->len : strlen(row->body))
            ->code = row->code;
    fake_host_take_events(&d.host);
    device_ask(&d, NULL);
    snprintf(expected, sizeof expected, "result Custom_CA_Rule failed %s\n",
             prov_status_name(row->expected));
    assert_non_null(strstr(fake_host_take_events(&d.host), expected));
    assert_string_equal(trust.pem, CA_PEM);
    device_assert_stored(&d, CA_STATUS, "Last provisioning failed on 02/03/2026 05:05:06");
    device_assert_stored(&d, "Custom_CA_Info", "Our? CA");
    device_unplug(&d);
}

static void test_custom_ca_stays_when_the_next_fails(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++)
        assert_failure(&failures[i]);
}

#define FAILED "Last provisioning failed on 02/03/2026 05:05:07"

static void use_rule(struct device *d, const char *rule)
{
    fake_host_set(&d->host, CA_RULE, rule);
    device_ask(d, NULL);
}

static void fail_by_another_rule(struct device *d)
{
    fake_trust_wall_s = CA_WALL_S + 1;
    use_rule(d, "http://h/none");
    device_assert_stored(d, CA_STATUS, FAILED);
}

/* The failure of another rule is shown until the rule is set back. */
static void test_custom_ca_status_is_that_of_the_rule_again(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    for (int i = 0; i < 2; i++) { /* back to none, and to a file */
        fail_by_another_rule(&d);
        use_rule(&d, "");
        device_assert_stored(&d, CA_STATUS, "");
        fake_trust_wall_s = CA_WALL_S;
        use_rule(&d, CA_URL);
        fail_by_another_rule(&d);
        use_rule(&d, CA_URL);
        fake_trust_assert(&d, &trust, CA_PEM);
        use_rule(&d, "");
    }
    fake_trust_wall_s = CA_WALL_S;
    use_rule(&d, CA_URL);
    fail_by_another_rule(&d);
    prov_agent_free(d.agent);
    fake_host_set(&d.host, CA_RULE, CA_URL); /* while the device is off */
    size_t n_requests = d.net.n_requests;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, NULL);
    assert_string_equal(trust.pem, CA_PEM);
    device_assert_stored(&d, CA_STATUS, "Last provisioning succeeded"); /* the date is lost */
    assert_int_equal(d.net.n_requests, n_requests);                     /* nothing is fetched */

    fake_transport_add_text(&d.net, CA_URL, "none"); /* a request failed last: that remains */
    assert_int_equal(update_ca(&d, NULL, NULL), PROV_OK);
    device_ask(&d, NULL);
    device_assert_stored(&d, CA_STATUS, FAILED);
    device_unplug(&d);
}

static void test_custom_ca_is_tried_again_after_the_retry_delay(void **state)
{
    static const int64_t gaps_ms[] = {60000, 120000, 120000};
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_trust_fail(&d);
    for (size_t i = 0; i < sizeof gaps_ms / sizeof gaps_ms[0]; i++) {
        assert_int_equal(d.net.n_requests, i + 1);
        device_pass(&d, gaps_ms[i] - 1);
        assert_int_equal(d.net.n_requests, i + 1);
        device_pass(&d, 1);
    }
    fake_transport_add_text(&d.net, CA_URL, CA_PEM);
    device_pass(&d, 120000);
    fake_trust_assert(&d, &trust, CA_PEM);
    size_t n_requests = d.net.n_requests;
    device_pass(&d, 1000000);
    assert_int_equal(d.net.n_requests, n_requests);
    device_unplug(&d);
}

static void test_custom_ca_makes_room_for_a_resync(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
    d.net.is_frozen = true;
    device_ask(&d, NULL);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    assert_true(prov_agent_is_busy(d.agent));
    device_ask(&d, "http://h/p");
    assert_int_equal(d.net.n_cancelled, 1);
    d.net.is_frozen = false;
    device_settle(&d);
    fake_trust_assert(&d, &trust, CA_PEM);
    assert_int_equal(d.net.n_requests, 3); /* the CA, the profile, the CA */
    assert_false(prov_agent_is_busy(d.agent));
    device_unplug(&d);
}

/* The reboot a profile asks for comes when the CA is there. */
static void test_custom_ca_comes_before_the_reboot(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Web_Server_Port>81</Web_Server_Port></flat-profile>");
    d.net.is_immediate = false; /* a step in each turn */
    device_ask(&d, "http://h/p");
    const char *events = fake_host_take_events(&d.host);
    const char *reboot = strstr(events, "reboot wanted\n");
    const char *applied = strstr(events, "result Custom_CA_Rule applied \n");
    assert_true(reboot && applied && applied < reboot);
    fake_trust_assert(&d, &trust, CA_PEM);
    device_unplug(&d);
}

static void test_custom_ca_is_left_alone_without_provisioning(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_trust_fail(&d);
    fake_host_set(&d.host, "Provision_Enable", "No");
    device_pass(&d, 1000000);
    assert_int_equal(d.net.n_requests, 1);
    device_unplug(&d);
}

static void test_custom_ca_needs_a_host_that_wants_it(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    d.custom_ca.check = NULL;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, 0);
    assert_false(prov_agent_is_busy(d.agent));
    device_unplug(&d);
}

/* It is a file like any other: servers may be forbidden, and ask for credentials. */
static void test_custom_ca_comes_from_permitted_servers(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    fake_host_set(&d.host, "Restricted_Access_Domains", "other");
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, 0);
    fake_host_set(&d.host, "Restricted_Access_Domains", "");
    fake_transport_add_text(&d.net, CA_URL, CA_PEM)->login = "u:p";
    prov_agent_set_credentials(d.agent, prov_str_from("u"), prov_str_from("p"), NULL);
    device_ask(&d, NULL);
    fake_trust_assert(&d, &trust, CA_PEM);
    device_unplug(&d);
}

/* Once: the rule is not stored, and Custom_CA_Rule counts again when it changes. */
static void test_custom_ca_is_updated_on_request(void **state)
{
    static const char *const before[] = {"", CA_URL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct fake_trust trust = {.n_calls = 0};
        fake_trust_start(&d, &trust);
        fake_host_set(&d.host, CA_RULE, before[i]);
        fake_transport_add_text(&d.net, "tftp://192.0.2.7/once", CA_OTHER);
        fake_host_set(&d.host, "Provision_Enable", "No"); /* does not hold it back */
        assert_int_equal(update_ca(&d, "/once", "192.0.2.7"), PROV_OK);
        const char *events = fake_host_take_events(&d.host);
        assert_non_null(strstr(events, "result custom CA on request applied \n"));
        fake_trust_assert(&d, &trust, CA_OTHER);
        device_assert_stored(&d, CA_RULE, before[i]);

        fake_host_set(&d.host, "Provision_Enable", "Yes");
        device_ask(&d, NULL); /* the rule has not changed */
        fake_trust_assert(&d, &trust, CA_OTHER);
        prov_agent_free(d.agent); /* over a reboot as well */
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        device_ask(&d, NULL);
        fake_trust_assert(&d, &trust, CA_OTHER);
        assert_int_equal(d.net.n_requests, 1);

        fake_host_set(&d.host, CA_RULE, i ? "" : CA_URL);
        device_ask(&d, NULL);
        assert_string_equal(trust.pem, i ? "" : CA_PEM);
        assert_int_equal(update_ca(&d, "/once", "192.0.2.7"), PROV_OK);
        device_unplug(&d); /* with nothing left of the request */
    }
}

static void test_custom_ca_on_request_has_its_login(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = PROV_VERB_UPDATE_CA,
        .cause = PROV_CAUSE_URL,
        .rule = prov_str_from(CA_URL),
        .uid = prov_str_from("ann"),
        .pwd = prov_str_from("sesame"),
    };
    (void)state;
    fake_trust_start(&d, &trust);
    fake_transport_add_text(&d.net, CA_URL, CA_PEM)->login = "ann:sesame";
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    fake_trust_assert(&d, &trust, CA_PEM);
    device_unplug(&d);
}

/* One attempt: no retry follows, and a retry of the parameter's rule stays. */
static void test_custom_ca_on_request_is_one_attempt(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, "Resync_Periodic", "");
    assert_int_equal(update_ca(&d, "http://h/none", NULL), PROV_OK);
    device_assert_stored(&d, CA_STATUS, "Last provisioning failed on 02/03/2026 05:05:06");
    device_pass(&d, 1000000);
    assert_int_equal(d.net.n_requests, 1);

    fake_trust_fail(&d);
    device_pass(&d, 59999);
    assert_int_equal(update_ca(&d, "http://h/none", NULL), PROV_OK);
    assert_int_equal(d.net.n_requests, 3);
    fake_transport_add_text(&d.net, CA_URL, CA_PEM);
    device_pass(&d, 1);
    fake_trust_assert(&d, &trust, CA_PEM);
    device_unplug(&d);
}

/* A resync that starts meanwhile goes first; the request is not lost, the newest one counts. */
static void test_custom_ca_on_request_makes_room_for_a_resync(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_transport_add_text(&d.net, "http://h/once", CA_OTHER);
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
    d.net.is_frozen = true;
    assert_int_equal(update_ca(&d, "http://h/once", NULL), PROV_OK);
    device_ask(&d, "http://h/p");
    assert_int_equal(d.net.n_cancelled, 1);
    d.net.is_frozen = false;
    device_settle(&d);
    fake_trust_assert(&d, &trust, CA_OTHER);

    d.net.is_frozen = true;
    assert_int_equal(update_ca(&d, "http://h/once", NULL), PROV_OK);
    assert_int_equal(update_ca(&d, CA_URL, NULL), PROV_OK);
    device_ask(&d, "http://h/p");
    d.net.is_frozen = false;
    device_settle(&d);
    fake_trust_assert(&d, &trust, CA_PEM);
    assert_false(prov_agent_is_busy(d.agent));
    device_unplug(&d);
}

/* Confirmed commits are about profiles, not about this. */
/* A transfer that resyncs end again and again is the last to begin. */
static void test_custom_ca_without_an_end_lets_a_report_pass(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    const struct prov_agent_request report = {.size = sizeof report,
                                              .verb = PROV_VERB_REPORT,
                                              .cause = PROV_CAUSE_MENU,
                                              .rule = prov_str_from("http://s/r")};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    fake_transport_add_text(&d.net, "http://s/r", "");
    d.net.stalled_url = CA_URL;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_report(d.agent, NULL, NULL), PROV_OK);
    device_settle(&d);
    for (int i = 0; i < 2; i++)
        device_ask(&d, "http://h/none");
    assert_int_equal(prov_agent_request(d.agent, &report, NULL), PROV_OK);
    device_settle(&d);
    assert_null(fake_transport_find(&d.net, "http://s/r"));
    device_ask(&d, "http://h/none");
    assert_non_null(fake_transport_find(&d.net, "http://s/r"));
    device_unplug(&d);
}

static void test_custom_ca_needs_no_confirmation(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    struct prov_agent_options options = {.size = sizeof options, .confirm_timeout_s = 10};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_ask(&d, NULL);
    fake_trust_assert(&d, &trust, CA_PEM);
    assert_null(strstr(fake_host_take_events(&d.host), "unconfirmed"));
    device_unplug(&d);
}

/* A request may come before the first resync, which sets the macros of an operation. */
static void test_custom_ca_knows_its_macros_before_any_resync(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    const struct prov_agent_request request = {.size = sizeof request,
                                               .verb = PROV_VERB_UPDATE_CA,
                                               .rule = prov_str_from("http://h/$PRVST/$UPGTMR/ca")};
    struct prov_agent_options options = {.size = sizeof options, .boot_cause = PROV_CAUSE_HOST};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    fake_transport_add_text(&d.net, "http://h/0/0/ca", CA_PEM);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    fake_trust_assert(&d, &trust, CA_PEM);
    device_unplug(&d);
}

/* The other certificate: a host whose own comes and goes answers for it. */
static prov_status find_ccert(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)flags;
    if (name.len != 5 || memcmp(name.data, "CCERT", 5) != 0)
        return PROV_E_NOT_FOUND;
    *value = prov_str_from(*(const char **)ctx);
    return PROV_OK;
}

static void test_ccert_follows_the_host(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    const char *ccert = "Installed";
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    d.host.host.vars = (struct prov_vars){.find = find_ccert, .ctx = &ccert};
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    const char *rule = "( \"$CCERT\" eq \"Installed\" )? https://h/with | http://h/without";
    device_ask(&d, rule);
    assert_non_null(fake_transport_find(&d.net, "https://h/with"));
    ccert = "Not Installed";
    device_ask(&d, rule);
    assert_non_null(fake_transport_find(&d.net, "http://h/without"));
    device_unplug(&d);
}

static void offer_server(struct device *d, const char *server)
{
    const struct prov_dhcp_option option = {PROV_DHCP_V4, 66, prov_str_from(server)};
    const struct prov_dhcp_lease lease = {.size = sizeof lease, .options = &option, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    assert_int_equal(prov_dhcp_choose(&lease, &offer, NULL), PROV_OK);
    assert_int_equal(prov_agent_set_dhcp(d->agent, &offer, NULL), PROV_OK);
}

/* A rule without a server is another one with another server. */
static void test_custom_ca_follows_the_server_of_dhcp(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_transport_add_text(&d.net, "tftp://first/ca.pem", CA_PEM);
    fake_transport_add_text(&d.net, "tftp://second/ca.pem", CA_PEM);
    fake_host_set(&d.host, CA_RULE, "/ca.pem");
    offer_server(&d, "first");
    device_ask(&d, NULL);
    fake_trust_assert(&d, &trust, CA_PEM);
    assert_non_null(fake_transport_find(&d.net, "tftp://first/ca.pem"));
    device_ask(&d, NULL);
    assert_int_equal(trust.n_calls, 1);
    offer_server(&d, "second");
    device_ask(&d, NULL);
    assert_non_null(fake_transport_find(&d.net, "tftp://second/ca.pem"));
    assert_int_equal(trust.n_calls, 2);
    device_unplug(&d);
}

static bool is_status; /* the present transaction */
static prov_status (*store_set_param)(void *, const struct prov_param *, struct prov_error *);
static prov_status (*store_commit)(void *, struct prov_error *);
static void (*store_rollback)(void *);

static prov_status set_and_watch(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    is_status |= device_says(param->name, CA_STATUS);
    return store_set_param(ctx, param, err);
}

static prov_status commit_no_status(void *ctx, struct prov_error *err)
{
    if (!is_status)
        return store_commit(ctx, err);
    is_status = false;
    store_rollback(ctx);
    return PROV_E_IO;
}

/* A status that the store does not take leaves the files current as well. */
static void test_a_status_that_is_not_stored_leaves_profiles_current(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    is_status = false;
    store_set_param = d.host.host.txn_set;
    store_rollback = d.host.host.txn_rollback;
    d.host.host.txn_set = set_and_watch;
    store_commit = d.host.host.txn_commit;
    d.host.host.txn_commit = commit_no_status;
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, CA_RULE, "http://h/none");
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile><GPP_A>1</GPP_A></flat-profile>")
        ->etag = "\"v1\"";
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    device_assert_stored(&d, "GPP_A", "1");
    device_assert_stored(&d, CA_STATUS, NULL);
    device_ask(&d, NULL);
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match, "\"v1\"");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_custom_ca_is_fetched_after_a_resync),
        cmocka_unit_test(test_custom_ca_follows_the_rules_result),
        cmocka_unit_test(test_custom_ca_name_ends_in_its_buffer),
        cmocka_unit_test(test_custom_ca_name_is_trimmed),
        cmocka_unit_test(test_custom_ca_is_enabled_once_and_in_time),
        cmocka_unit_test(test_custom_ca_stays_when_the_next_fails),
        cmocka_unit_test(test_custom_ca_status_is_that_of_the_rule_again),
        cmocka_unit_test(test_custom_ca_is_tried_again_after_the_retry_delay),
        cmocka_unit_test(test_custom_ca_makes_room_for_a_resync),
        cmocka_unit_test(test_custom_ca_comes_before_the_reboot),
        cmocka_unit_test(test_custom_ca_is_left_alone_without_provisioning),
        cmocka_unit_test(test_custom_ca_needs_a_host_that_wants_it),
        cmocka_unit_test(test_custom_ca_comes_from_permitted_servers),
        cmocka_unit_test(test_custom_ca_is_updated_on_request),
        cmocka_unit_test(test_custom_ca_on_request_has_its_login),
        cmocka_unit_test(test_custom_ca_on_request_is_one_attempt),
        cmocka_unit_test(test_custom_ca_on_request_makes_room_for_a_resync),
        cmocka_unit_test(test_custom_ca_without_an_end_lets_a_report_pass),
        cmocka_unit_test(test_custom_ca_needs_no_confirmation),
        cmocka_unit_test(test_custom_ca_knows_its_macros_before_any_resync),
        cmocka_unit_test(test_ccert_follows_the_host),
        cmocka_unit_test(test_custom_ca_follows_the_server_of_dhcp),
        cmocka_unit_test(test_a_status_that_is_not_stored_leaves_profiles_current),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
