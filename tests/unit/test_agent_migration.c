/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Trans_Auth_Rule: when the licence is fetched, what the host gets, what is shown of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "fake_licensee.h"

static void test_a_licence_is_fetched_once(void **state) /* M1, M9 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_assert(&d, "none");
    licensee_set_rule(&d, "http://h/$MAU.lic", "Classic");
    assert_int_equal(licensee_n_fetched(&d), 0);
    device_ask(&d, NULL);
    assert_int_equal(licensee_n_fetched(&d), 1);
    assert_string_equal(fake_transport_find(&d.net, LICENSEE_URL)->accept_encoding, "");
    device_assert_stored(&d, LICENSEE_STATUS, LICENSEE_SUCCEEDED);
    licensee_assert(&d, "classic");
    assert_int_equal(licensee_n_fetched(&d), 1);
    licensee_reboot(&d);
    licensee_assert(&d, "classic");
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    assert_int_equal(licensee_n_fetched(&d), 1);
    assert_int_equal(fake.n_asked, 1);

    licensee_set_rule(&d, "http://h/other.lic", NULL); /* a bad one leaves the old one in force */
    device_ask(&d, NULL);
    assert_non_null(fake_transport_find(&d.net, "http://h/other.lic"));
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

/* The licence belongs to the rule it came by, also after a start. */
static void test_a_rule_changed_while_off_is_carried_out(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_asked, 1);
    licensee_set_rule(&d, LICENSEE_URL "?2", NULL);
    licensee_reboot(&d);
    assert_non_null(fake_transport_find(&d.net, LICENSEE_URL "?2"));
    device_unplug(&d);
}

static void test_a_rule_without_type_is_warned_of(void **state) /* M2 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, NULL);
    device_ask(&d, NULL);
    assert_int_equal(fake.n_asked, 1);
    assert_non_null(strstr(fake_host_take_events(&d.host),
                           "log 4 Trans_Auth_Rule is set without Trans_Auth_Type: Classic is "
                           "assumed"));
    device_ask(&d, NULL);
    assert_null(strstr(fake_host_take_events(&d.host), "log 4"));

    licensee_set_rule(&d, LICENSEE_URL "?2", "Classic");
    device_ask(&d, NULL);
    assert_null(strstr(fake_host_take_events(&d.host), "log 4"));
    device_unplug(&d);
}

/* What fails, and when it is tried again. */
static const struct failure {
    const char *delay;
    prov_status transfer;
    uint32_t answer;
    int64_t retry_ms; /* -1: none */
} failures[] = {
    {NULL, PROV_E_NOT_FOUND, PROV_LICENCE_YES, LICENSEE_RETRY_MS}, /* M3 */
    {NULL, PROV_OK, DEVICE_LICENCE_NO, LICENSEE_RETRY_MS},         /* M5 */
    {NULL, PROV_OK, 77, LICENSEE_RETRY_MS},
    {"60,120", PROV_E_CONNECT, PROV_LICENCE_YES, 60000},
    {"nonsense", PROV_E_CONNECT, PROV_LICENCE_YES, LICENSEE_RETRY_MS},
    {"0", PROV_E_NOT_FOUND, PROV_LICENCE_YES, -1}, /* M4 */
    {"", PROV_OK, DEVICE_LICENCE_NO, -1},
};

static void test_a_failure_waits_for_its_timer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const struct failure *row = &failures[i];
        struct device d;
        struct fake_licensee fake;
        licensee_start(&d, &fake);
        fake.answer = row->answer;
        d.net.answers[0].status = row->transfer;
        if (row->delay)
            fake_host_set(&d.host, "Transition_Authorization_Error_Retry_Delay", row->delay);
        licensee_set_rule(&d, LICENSEE_URL, "Classic");
        device_ask(&d, NULL);
        device_assert_stored(&d, LICENSEE_STATUS, LICENSEE_FAILED);
        licensee_assert(&d, "none"); /* by a resync: the file is not asked again */
        assert_int_equal(licensee_n_fetched(&d), 1);
        device_pass(&d, (row->retry_ms < 0 ? 100 * LICENSEE_RETRY_MS : row->retry_ms) - 1);
        assert_int_equal(licensee_n_fetched(&d), 1);

        fake.answer = PROV_LICENCE_YES;
        d.net.answers[0].status = PROV_OK;
        if (row->retry_ms < 0)
            licensee_reboot(&d); /* M4 */
        else
            device_pass(&d, 1);
        assert_int_equal(licensee_n_fetched(&d), 2);
        device_assert_stored(&d, LICENSEE_STATUS, LICENSEE_SUCCEEDED);
        licensee_assert(&d, "classic");
        device_unplug(&d);
    }
}

static void test_a_changed_rule_does_not_wait(void **state) /* M4 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    fake_host_set(&d.host, "Transition_Authorization_Error_Retry_Delay", "0");
    for (unsigned i = 0; i < 2; i++) { /* nor does one that was removed and is set again */
        licensee_set_rule(&d, "http://h/none.lic", "Classic");
        device_ask(&d, NULL);
        assert_int_equal(d.net.n_requests, i + 1);
        licensee_set_rule(&d, "", NULL);
        device_ask(&d, NULL);
    }
    licensee_set_rule(&d, LICENSEE_URL, NULL);
    device_ask(&d, NULL);
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

static void test_a_long_url_is_cut(void **state)
{
    char rule[700];
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    memset(rule, 'x', sizeof rule);
    memcpy(rule, "http://h/", 9);
    rule[sizeof rule - 1] = '\0';
    licensee_set_rule(&d, rule, "Classic");
    device_ask(&d, NULL);
    const char *status = fake_host_get(&d.host, LICENSEE_STATUS);
    assert_int_equal(strlen(status), strlen("[0]" LICENSEE_DATE "[]Authorization Failed.") + 255);
    unsigned n_commits = fake_host_n_commits(&d.host);
    device_pass(&d, LICENSEE_RETRY_MS); /* written once, all the same */
    assert_int_equal(fake_host_n_commits(&d.host), n_commits);
    device_unplug(&d);
}

static void test_a_refusal_has_the_hosts_reason(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    fake.answer = DEVICE_LICENCE_NO;
    fake.reason = "it is for 000E08999999";
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_MIGRATION, &status), PROV_OK);
    assert_int_equal(status.state, PROV_STATE_WAITING);
    assert_int_equal(status.in_ms, LICENSEE_RETRY_MS);
    assert_non_null(status.last);
    assert_int_equal(status.last->error->status, PROV_E_CORRUPT);
    assert_string_equal(status.last->error->message, "it is for 000E08999999");
    device_unplug(&d);
}

static prov_status check_by_success(void *ctx, prov_str licence, uint32_t *answer,
                                    struct prov_error *err)
{
    (void)ctx, (void)licence, (void)answer, (void)err;
    return PROV_OK;
}

/* As with every other callback of a host. */
static void test_success_alone_accepts_a_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    d.migration.check = check_by_success;
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

static void test_the_status_document_has_the_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    const struct prov_agent_request request = {.size = sizeof request,
                                               .verb = PROV_VERB_REPORT,
                                               .cause = PROV_CAUSE_MENU,
                                               .rule = prov_str_from("[--status]http://h/s")};
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    fake_host_hide(&d.host, NULL, PROV_OK);
    fake_transport_add_text(&d.net, "http://h/s", "");
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_report(d.agent, NULL, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    const char *body = fake_transport_find(&d.net, "http://h/s")->body;
    assert_non_null(strstr(body, "<Trans_Auth_Type>Classic</Trans_Auth_Type>"));
    assert_non_null(strstr(body, "]Authorization Succeeded.</Transition_Authorization_Status>"));
    assert_null(strstr(body, LICENSEE_SECRET)); /* M10 */
    fake_host_hide(&d.host, LICENSEE_STATUS, PROV_E_IO);
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    body = fake_transport_find(&d.net, "http://h/s")->body;
    assert_non_null(strstr(body, "<" LICENSEE_STATUS "></" LICENSEE_STATUS ">"));
    device_unplug(&d);
}

/* It begins as the options of a rule do, which is no reason to mask it. */
static void test_the_status_is_shown_and_reported(void **state)
{
    struct device d;
    struct fake_licensee fake;
    const struct prov_agent_request request = {.size = sizeof request,
                                               .verb = PROV_VERB_REPORT,
                                               .cause = PROV_CAUSE_MENU,
                                               .rule = prov_str_from("[--delta]http://h/d")};
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    fake_transport_add_text(&d.net, "http://h/d", "");
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_report(d.agent, NULL, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "changed " LICENSEE_STATUS " '' '[0]["));
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    const char *body = fake_transport_find(&d.net, "http://h/d")->body;
    assert_non_null(strstr(body, "]Authorization Succeeded.</" LICENSEE_STATUS ">"));
    device_unplug(&d);
}

static void test_the_host_may_answer_later(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    fake.answer = PROV_LICENCE_LATER;
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    assert_null(fake_host_get(&d.host, LICENSEE_STATUS)); /* no success, and no failure */
    licensee_assert(&d, "none");
    device_pass(&d, LICENSEE_RETRY_MS); /* no answer: asked once more */
    assert_int_equal(fake.n_asked, 2);
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_CLASSIC, NULL),
                     PROV_OK);
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    assert_int_equal(fake.n_asked, 2);
    licensee_reboot(&d);
    licensee_assert(&d, "classic");
    assert_int_equal(fake.n_asked, 2);

    fake.answer = PROV_LICENCE_YES; /* the device lost it */
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_NONE, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(fake.n_asked, 3);
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

/* The answer comes within `check`, which is then not asked again; of NONE it is. */
static void test_the_host_may_answer_within_the_check(void **state)
{
    static const struct {
        uint32_t sets, answer;
        const char *authorization;
        const char *status; /* NULL: neither success nor failure */
        unsigned n_asked;   /* when the retry delay is over */
    } rows[] = {
        {PROV_AUTHORIZATION_CLASSIC, PROV_LICENCE_LATER, "classic", LICENSEE_SUCCEEDED, 1},
        {PROV_AUTHORIZATION_WXC, PROV_LICENCE_LATER, "wxc", LICENSEE_SUCCEEDED, 1},
        {PROV_AUTHORIZATION_NONE, PROV_LICENCE_LATER, "none", NULL, 2},
        {PROV_AUTHORIZATION_NONE, DEVICE_LICENCE_NO, "none", LICENSEE_FAILED, 2},
        {PROV_AUTHORIZATION_NONE, PROV_LICENCE_YES, "classic", LICENSEE_SUCCEEDED, 1},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct fake_licensee fake;
        licensee_start(&d, &fake);
        fake.sets = (int32_t)rows[i].sets;
        fake.answer = rows[i].answer;
        licensee_set_rule(&d, LICENSEE_URL, "Classic");
        device_ask(&d, NULL);
        assert_int_equal(fake.n_asked, 1);
        device_assert_stored(&d, LICENSEE_STATUS, rows[i].status);
        licensee_assert(&d, rows[i].authorization);
        device_pass(&d, LICENSEE_RETRY_MS);
        assert_int_equal(fake.n_asked, rows[i].n_asked);
        device_unplug(&d);
    }
}

static void test_another_type_is_another_attempt(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    licensee_set_rule(&d, LICENSEE_URL, "WxC");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_wxc, 1);
    assert_int_equal(fake.n_asked, 1);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_wxc, 1);
    assert_int_equal(fake.n_asked, 2);
    device_unplug(&d);
}

static void test_wxc_needs_no_rule(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, "", "WxC");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_wxc, 1);
    licensee_set_rule(&d, LICENSEE_URL, NULL);
    device_ask(&d, NULL);
    assert_int_equal(fake.n_wxc, 2);
    device_unplug(&d);
}

/* The service of the vendor refuses at once: it is asked again after a start, and not before. */
static void test_wxc_may_be_refused_at_once(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    fake.sets = PROV_AUTHORIZATION_NONE;
    licensee_set_rule(&d, LICENSEE_URL, "WxC");
    device_ask(&d, NULL);
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    device_ask(&d, NULL);
    assert_int_equal(fake.n_wxc, 1);
    licensee_reboot(&d);
    assert_int_equal(fake.n_wxc, 2);
    device_unplug(&d);
}

/* Macros of the device's state change by themselves: the rule is the same. */
static void test_state_in_a_rule_does_not_change_it(void **state)
{
    static const char *const rules[] = {
        LICENSEE_URL "?$PRVTMR",
        LICENSEE_URL "?$PRVST",
        LICENSEE_URL "?$UPGTMR",
        LICENSEE_URL "?$ERR",
        "($PRVTMR ge 0)? " LICENSEE_URL "?",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct device d;
        struct fake_licensee fake;
        licensee_start(&d, &fake);
        licensee_set_rule(&d, rules[i], "Classic");
        for (unsigned n = 0; n < 5; n++) {
            device_ask(&d, n % 2 ? "http://h/none" : NULL);
            device_pass(&d, 60000);
        }
        size_t n_licences = 0;
        for (size_t j = 0; j < d.net.n_requests; j++)
            n_licences +=
                strncmp(d.net.requests[j].url, LICENSEE_URL, sizeof LICENSEE_URL - 1) == 0;
        assert_int_equal(n_licences, 1);
        device_unplug(&d);
    }
}

/* But a condition on it is looked at after each resync. */
static void test_a_condition_on_state_comes_true(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, "($UPGTMR ge 100)? " LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_asked, 0);
    device_pass(&d, 200000);
    device_ask(&d, NULL);
    assert_int_equal(fake.n_asked, 1);
    device_unplug(&d);
}

/* HTTP 202: the server has no licence yet, and its body is none. */
static void test_a_promise_is_no_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    d.net.answers[0].code = 202;
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_asked, 0);
    device_assert_stored(&d, LICENSEE_STATUS, LICENSEE_FAILED);
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_MIGRATION, &status), PROV_OK);
    assert_string_equal(status.last->error->message, "HTTP 202: expected 200");
    d.net.answers[0].code = 200;
    device_pass(&d, LICENSEE_RETRY_MS);
    assert_int_equal(fake.n_asked, 1);
    device_assert_stored(&d, LICENSEE_STATUS, LICENSEE_SUCCEEDED);
    device_unplug(&d);
}

/* No resync is in the log: what is requested is a licence. */
static void test_the_log_names_the_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    d.net.answers[0].status = PROV_E_NOT_FOUND;
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    d.net.answers[0].status = PROV_OK;
    device_pass(&d, LICENSEE_RETRY_MS);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "log 6 CP-8841-3PCC 00:0e:08:01:23:45 Requesting licence "
                                   "http://192.0.2.1:80/000E08012345.lic\n"));
    assert_non_null(
        strstr(events, "log 3 CP-8841-3PCC 00:0e:08:01:23:45 Licence failed: File Not Found\n"));
    assert_non_null(strstr(events, "log 6 CP-8841-3PCC 00:0e:08:01:23:45 Licence received "
                                   "http://192.0.2.1:80/000E08012345.lic\n"));
    assert_null(strstr(events, " resync http://192.0.2.1:80/000E08012345.lic"));
    device_unplug(&d);
}

static void test_wxc_is_the_hosts(void **state) /* M7 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, "WxC");
    device_ask(&d, NULL);
    assert_int_equal(fake.n_wxc, 1);
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    device_ask(&d, NULL); /* the host is still at it */
    assert_int_equal(licensee_n_fetched(&d), 0);
    assert_int_equal(fake.n_wxc, 1);
    fake.is_of_wxc = true;
    licensee_reboot(&d);
    assert_int_equal(fake.n_wxc, 2);
    licensee_assert(&d, "wxc");
    licensee_reboot(&d);
    assert_int_equal(fake.n_wxc, 2);
    licensee_assert(&d, "wxc");
    assert_int_equal(licensee_n_fetched(&d), 0);
    device_unplug(&d);
}

static void test_a_condition_may_skip_the_licence(void **state) /* M8 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    d.host.device.orig_type = prov_str_from("orig_mpp");
    licensee_set_rule(&d, "(\"$ORIGTYPE\" eq \"orig_ent\")? http://h/$MAU.lic", "Classic");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    assert_int_equal(d.net.n_requests, 0);
    assert_null(fake_host_get(&d.host, LICENSEE_STATUS));
    prov_agent_free(d.agent);
    d.host.device.orig_type = prov_str_from("orig_ent");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

static void test_a_device_that_is_authorized_asks_nothing(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    d.host.device.auth_status = prov_str_from("classic");
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    assert_int_equal(d.net.n_requests, 0);
    licensee_set_rule(&d, LICENSEE_URL "?2", NULL);
    device_ask(&d, NULL);
    assert_non_null(fake_transport_find(&d.net, LICENSEE_URL "?2"));
    device_unplug(&d);
}

static void test_provisioning_off_holds_the_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    d.net.answers[0].status = PROV_E_CONNECT;
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    fake_host_set(&d.host, "Provision_Enable", "No");
    d.net.answers[0].status = PROV_OK;
    device_pass(&d, 10 * LICENSEE_RETRY_MS);
    assert_int_equal(licensee_n_fetched(&d), 1);
    fake_host_set(&d.host, "Provision_Enable", /* as unset: Yes */
                  "a word that is longer than any that could be meant by it, by a good deal");
    device_ask(&d, NULL); /* and is not forgotten */
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_licence_is_fetched_once),
        cmocka_unit_test(test_a_rule_changed_while_off_is_carried_out),
        cmocka_unit_test(test_a_rule_without_type_is_warned_of),
        cmocka_unit_test(test_a_failure_waits_for_its_timer),
        cmocka_unit_test(test_a_changed_rule_does_not_wait),
        cmocka_unit_test(test_a_long_url_is_cut),
        cmocka_unit_test(test_a_refusal_has_the_hosts_reason),
        cmocka_unit_test(test_success_alone_accepts_a_licence),
        cmocka_unit_test(test_the_status_document_has_the_licence),
        cmocka_unit_test(test_the_status_is_shown_and_reported),
        cmocka_unit_test(test_the_host_may_answer_later),
        cmocka_unit_test(test_the_host_may_answer_within_the_check),
        cmocka_unit_test(test_another_type_is_another_attempt),
        cmocka_unit_test(test_wxc_needs_no_rule),
        cmocka_unit_test(test_wxc_may_be_refused_at_once),
        cmocka_unit_test(test_state_in_a_rule_does_not_change_it),
        cmocka_unit_test(test_a_condition_on_state_comes_true),
        cmocka_unit_test(test_a_promise_is_no_licence),
        cmocka_unit_test(test_the_log_names_the_licence),
        cmocka_unit_test(test_wxc_is_the_hosts),
        cmocka_unit_test(test_a_condition_may_skip_the_licence),
        cmocka_unit_test(test_a_device_that_is_authorized_asks_nothing),
        cmocka_unit_test(test_provisioning_off_holds_the_licence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
