/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The profile account: who is asked for credentials, when, and who gets to see them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

#define URL "http://h/p"
#define PROFILE "<flat-profile><GPP_A>new</GPP_A></flat-profile>"
#define RIGHT "right-password"
#define WRONG "wrong-password"

/* What the host answers from within the event; NULL: nothing yet; empty: unknown. */
struct person {
    struct device *device;
    const char *answers[4];
    size_t n_asked;
    uint32_t kind;
    char type_error[192]; /* of Profile_Authentication_Type */
};

static prov_status answer(struct device *d, const char *uid, const char *pwd)
{
    return prov_agent_set_credentials(d->agent, prov_str_from(uid), prov_str_from(pwd), NULL);
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct person *person = ctx;
    if (event->type == PROV_EVENT_LOG && event->as.log->name.len)
        snprintf(person->type_error, sizeof person->type_error, "%s",
                 event_error(event) ? event_error(event)->message : "");
    if (event->type != PROV_EVENT_CREDENTIALS_WANTED)
        return;
    assert_int_equal(event->as.question->error->status, PROV_E_AUTH);
    const char *pwd = person->answers[person->n_asked];
    person->n_asked++;
    person->kind = event->as.question->credentials;
    if (pwd)
        assert_int_equal(answer(person->device, pwd[0] ? "bob" : "", pwd), PROV_OK);
}

static struct secrets secrets;

static void start_within(struct device *d, struct person *person, uint32_t within_s,
                         struct dial *dial)
{
    device_plug_in(d, NULL, dial, NULL);
    fake_host_hide(&d->host, NULL, PROV_OK);
    person->device = d;
    d->host.on_event = on_event;
    d->host.on_event_ctx = person;
    d->host.secrets = &secrets;
    secrets.n_all = 0;
    secrets_plant(&secrets, RIGHT, strlen(RIGHT));
    secrets_plant(&secrets, WRONG, strlen(WRONG));
    d->memory.secret = "-password";
    d->memory.secret_len = strlen("-password");
    fake_transport_add_text(&d->net, URL, PROFILE)->login = "bob:" RIGHT;
    fake_host_set(&d->host, "Log_Request_Msg", "");
    fake_host_set(&d->host, "Log_Success_Msg", "");
    fake_host_set(&d->host, "Log_Failure_Msg", "");
    struct prov_agent_options options = {.size = sizeof options, .credentials_within_s = within_s};
    prov_status status = device_make_agent(d, &options);
    assert_true(status == PROV_OK || dial);
    if (status == PROV_OK && !dial)
        device_boot(d);
}

static void start(struct device *d, struct person *person)
{
    start_within(d, person, 100, NULL);
}

static void assert_events(struct device *d, const char *expected)
{
    assert_string_equal(fake_host_take_events(&d->host), expected);
}

/* The password of the n-th request. */
static const char *sent(const struct device *d, size_t n)
{
    assert_true(n < d->net.n_requests);
    return d->net.requests[n].pwd;
}

static void test_account_answered_later_fetches_again(void **state)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    start(&d, &person);
    device_ask(&d, URL);
    assert_events(&d, "request rule on request http://h/p\n"
                      "credentials 1 for http://h/p in 100000 ms\n");
    assert_int_equal(prov_agent_timeout_ms(d.agent), 100000);
    assert_true(prov_agent_is_busy(d.agent));
    device_pass(&d, 60000);
    assert_events(&d, "");
    unsigned n_wakes = d.host.n_wakes;
    assert_int_equal(answer(&d, "bob", RIGHT), PROV_OK);
    assert_int_equal(d.host.n_wakes, n_wakes + 1);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 0);
    device_settle(&d);
    assert_events(&d, "request rule on request http://h/p\n"
                      "changed GPP_A '' 'new'\n"
                      "result rule on request applied \n"
                      "resync 11 applied \n");
    assert_int_equal(d.net.n_requests, 2);
    assert_string_equal(sent(&d, 0), "");
    assert_string_equal(sent(&d, 1), RIGHT);
    device_ask(&d, URL); /* the account is there now */
    assert_int_equal(d.net.n_requests, 3);
    assert_int_equal(person.n_asked, 1);
    device_unplug(&d);
}

static void test_account_answered_at_once_needs_no_time(void **state)
{
    struct device d;
    struct person person = {.answers = {RIGHT}};
    (void)state;
    start_within(&d, &person, 0, NULL);
    device_ask(&d, URL);
    assert_non_null(strstr(fake_host_take_events(&d.host), "applied"));
    device_unplug(&d);
}

static void test_account_not_answered_in_time_fails(void **state)
{
    static const uint32_t within_s[] = {0, 100};
    (void)state;
    for (size_t i = 0; i < sizeof within_s / sizeof within_s[0]; i++) {
        struct device d;
        struct person person = {.answers = {NULL}};
        start_within(&d, &person, within_s[i], NULL);
        device_ask(&d, URL);
        int64_t begin_ms = d.host.now_ms;
        while (prov_agent_is_busy(d.agent)) {
            d.host.now_ms += prov_agent_timeout_ms(d.agent);
            device_settle(&d);
        }
        assert_int_equal(d.host.now_ms - begin_ms, within_s[i] * 1000);
        assert_non_null(strstr(fake_host_take_events(&d.host), "failed PROV_E_AUTH"));
        assert_int_equal(d.net.n_requests, 1);
        device_unplug(&d);
    }
}

static void test_account_refused_by_the_host_fails_at_once(void **state)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    start(&d, &person);
    device_ask(&d, URL);
    assert_int_equal(answer(&d, "", ""), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "failed PROV_E_AUTH"));
    assert_false(prov_agent_is_busy(d.agent));
    device_unplug(&d);
}

/* What the host answers in turn; what goes out. */
static const struct round {
    const char *answers[4];
    size_t n_asked;
    bool is_applied;
} rounds[] = {
    {{WRONG, RIGHT}, 2, true},
    {{WRONG, WRONG, RIGHT}, 2, false},
    {{WRONG, ""}, 2, false},
};

static void test_account_may_be_mended_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rounds / sizeof rounds[0]; i++) {
        struct device d;
        struct person person = {.n_asked = 0};
        memcpy(person.answers, rounds[i].answers, sizeof person.answers);
        start(&d, &person);
        device_ask(&d, URL);
        assert_int_equal(person.n_asked, rounds[i].n_asked);
        assert_string_equal(sent(&d, 1), WRONG);
        bool is_applied = fake_host_get(&d.host, "GPP_A") != NULL;
        assert_int_equal(is_applied, rounds[i].is_applied);
        device_unplug(&d);
    }
}

/* The next resync starts without what was refused, and asks again. */
static prov_status check_pem(void *ctx, prov_str pem, char *name, size_t cap,
                             struct prov_error *err)
{
    (void)ctx, (void)pem, (void)name, (void)cap, (void)err;
    return PROV_OK;
}

static prov_status install_pem(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    return PROV_OK;
}

static void ask_by_verb(struct device *d, uint32_t verb)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .verb = verb, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(URL)};
    const struct prov_fetch fetch = {.size = sizeof fetch,
                                     .method = PROV_METHOD_PUT,
                                     .body = prov_str_from("x"),
                                     .rule = prov_str_from(URL)};
    assert_int_equal(verb ? prov_agent_request(d->agent, &request, NULL)
                          : prov_agent_fetch(d->agent, &fetch, NULL),
                     PROV_OK);
    device_settle(d);
}

/* However often a job before it asked in vain. */
static void test_account_is_asked_anew_by_each_job(void **state)
{
    static const uint32_t verbs[] = {PROV_VERB_RESYNC, PROV_VERB_REPORT, PROV_VERB_UPDATE_CA,
                                     0 /* a fetch */};
    (void)state;
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        struct device d;
        struct person person = {.device = &d, .answers = {WRONG, WRONG, WRONG, WRONG}};
        struct prov_agent_options options = {.size = sizeof options, .credentials_within_s = 100};
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.on_event = on_event;
        d.host.on_event_ctx = &person;
        d.report = (struct prov_report_host){.size = sizeof d.report};
        d.custom_ca = (struct prov_custom_ca_host){
            .size = sizeof d.custom_ca, .check = check_pem, .install = install_pem};
        fake_transport_add_text(&d.net, URL, PROFILE)->login = "bob:" RIGHT;
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        device_ask(&d, URL);
        assert_int_equal(person.n_asked, 2);
        ask_by_verb(&d, verbs[i]);
        assert_int_equal(person.n_asked, 4);
        device_unplug(&d);
    }
}

static void test_account_that_was_refused_is_forgotten(void **state)
{
    struct device d;
    struct person person = {.answers = {WRONG, WRONG, RIGHT}};
    (void)state;
    start(&d, &person);
    device_ask(&d, URL);
    size_t n = d.net.n_requests;
    device_ask(&d, URL);
    assert_string_equal(sent(&d, n), WRONG); /* the answer to the second question is still used */
    assert_string_equal(sent(&d, n + 1), RIGHT);
    assert_non_null(fake_host_get(&d.host, "GPP_A"));
    device_unplug(&d);
}

static void test_account_question_holds_further_requests(void **state)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    start(&d, &person);
    fake_transport_add_text(&d.net, "http://h/q", "<flat-profile><GPP_B>q</GPP_B></flat-profile>");
    device_ask(&d, URL);
    device_ask(&d, "http://h/q");
    assert_null(fake_host_get(&d.host, "GPP_B"));
    assert_int_equal(answer(&d, "bob", RIGHT), PROV_OK);
    device_settle(&d);
    assert_non_null(fake_host_get(&d.host, "GPP_A"));
    assert_non_null(fake_host_get(&d.host, "GPP_B"));
    device_unplug(&d);
}

static const struct asking {
    const char *type;
    const char *xsi;
    const char *rule;
    int32_t code;  /* 0: as the server does */
    uint32_t kind; /* NONE: the host is not asked */
} askings[] = {
    {"Disabled", "", URL, 0, PROV_CREDENTIALS_NONE},
    {"disabled", "", URL, 0, PROV_CREDENTIALS_NONE},
    {"Basic Http Authentication", "", URL, 0, PROV_CREDENTIALS_HTTP},
    {"basic HTTP authentication", "", URL, 0, PROV_CREDENTIALS_HTTP},
    {"Basic", "", URL, 0, PROV_CREDENTIALS_HTTP},
    {"XSI Authentication", "Login Credentials", URL, 0, PROV_CREDENTIALS_XSI_LOGIN},
    {"XSI Authentication", "SIP Credentials", URL, 0, PROV_CREDENTIALS_XSI_SIP},
    {"Basic Http Authentication", "", "[--uid bob --pwd " WRONG "] " URL, 0, PROV_CREDENTIALS_NONE},
    {"Basic Http Authentication", "", "[--uid bob] " URL, 0, PROV_CREDENTIALS_NONE},
    {"Basic Http Authentication", "", "http://bob:" WRONG "@h/p", 0, PROV_CREDENTIALS_NONE},
    {"Basic Http Authentication", "", URL, 407, PROV_CREDENTIALS_NONE},
    {"Basic Http Authentication", "", URL, 403, PROV_CREDENTIALS_NONE},
};

static void set_if_any(struct device *d, const char *name, const char *value)
{
    if (value[0])
        fake_host_set(&d->host, name, value);
}

static void assert_asked(const struct asking *row)
{
    struct device d;
    struct person person = {.answers = {RIGHT}};
    start(&d, &person);
    fake_host_set(&d.host, "Profile_Authentication_Type", row->type);
    set_if_any(&d, "XSI_Authentication_Type", row->xsi);
    if (row->code) {
        struct fake_answer *reply = fake_transport_add_text(&d.net, URL, "");
        reply->status = PROV_E_AUTH;
        reply->code = row->code;
    }
    device_ask(&d, row->rule);
    assert_int_equal(person.kind, row->kind);
    assert_int_equal(person.n_asked, row->kind != PROV_CREDENTIALS_NONE);
    bool is_applied = fake_host_get(&d.host, "GPP_A") != NULL;
    assert_int_equal(is_applied, row->kind != PROV_CREDENTIALS_NONE);
    device_unplug(&d);
}

static void test_account_is_asked_by_its_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof askings / sizeof askings[0]; i++)
        assert_asked(&askings[i]);
}

/* The value is named, and what counts in its place; once, however often it is read. */
static void test_account_type_that_is_none_is_named(void **state)
{
    struct device d;
    struct person person = {.answers = {RIGHT}};
    (void)state;
    start(&d, &person);
    person.type_error[0] = '\0';
    fake_host_set(&d.host, "Profile_Authentication_Type", "Basic HTTP");
    for (int i = 0; i < 2; i++) {
        fake_host_take_events(&d.host);
        device_ask(&d, URL);
        const char *events = fake_host_take_events(&d.host);
        const char *text = strstr(events, "value is ignored, Basic Http Authentication applies");
        assert_int_equal(text != NULL, i == 0);
        assert_true(i > 0 || strstr(events, "PROV_E_VALUE"));
        assert_non_null(strstr(person.type_error, ", found 'Basic HTTP'"));
    }
    device_unplug(&d);
}

static void test_account_type_that_is_too_long_is_none(void **state)
{
    static const char type[] = "Basic Http Authentication or whatever else the server may ask for";
    struct device d;
    struct person person = {.answers = {RIGHT}};
    (void)state;
    assert_true(sizeof type > 64);
    start(&d, &person);
    fake_host_set(&d.host, "Profile_Authentication_Type", type);
    device_ask(&d, URL);
    assert_non_null(strstr(fake_host_take_events(&d.host),
                           "value is ignored, Basic Http Authentication appliesPROV_E_VALUE"));
    assert_non_null(strstr(person.type_error, "expected fewer than 64 bytes"));
    assert_int_equal(person.kind, PROV_CREDENTIALS_HTTP);
    device_unplug(&d);
}

/* A store that fails must not lend what the settings withhold. */
static void test_account_type_that_cannot_be_read_counts_as_it_did(void **state)
{
    static const char *const types[] = {"Disabled", "Basic Http Authentication"};
    (void)state;
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        struct device d;
        struct person person = {.answers = {"", "", ""}};
        start(&d, &person);
        fake_host_set(&d.host, "Profile_Authentication_Type", types[i]);
        device_ask(&d, URL);
        assert_int_equal(person.n_asked, i);
        fake_host_hide(&d.host, "Profile_Authentication_Type", PROV_E_IO);
        fake_host_take_events(&d.host);
        device_ask(&d, URL);
        assert_int_equal(person.n_asked, 2 * i);
        assert_non_null(
            strstr(fake_host_take_events(&d.host), "the value read last is used, or the default"));
        device_unplug(&d);
    }
}

static void test_account_never_replaces_a_rules_own(void **state)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    start(&d, &person);
    assert_int_equal(answer(&d, "bob", RIGHT), PROV_OK);
    device_ask(&d, "[--uid bob --pwd " WRONG "] " URL);
    assert_int_equal(d.net.n_requests, 1);
    assert_string_equal(sent(&d, 0), WRONG);
    assert_null(fake_host_get(&d.host, "GPP_A"));
    device_unplug(&d);
}

static void test_account_by_xsi_is_the_line(void **state)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    start(&d, &person);
    fake_host_set(&d.host, "Profile_Authentication_Type", "XSI Authentication");
    fake_host_set(&d.host, "XSI_Authentication_Type", "SIP Credentials");
    fake_host_set(&d.host, "User_ID_1_", "bob");
    fake_host_set(&d.host, "Password_1_", RIGHT);
    device_ask(&d, URL);
    assert_int_equal(person.n_asked, 0);
    assert_non_null(fake_host_get(&d.host, "GPP_A"));
    fake_host_set(&d.host, "XSI_Authentication_Type", "Login Credentials");
    fake_host_set(&d.host, "Login_Password", RIGHT); /* of nobody: it is not sent */
    device_ask(&d, URL);
    assert_int_equal(person.n_asked, 1);
    assert_string_equal(sent(&d, 1), "");
    device_unplug(&d);
}

static void test_account_is_not_for_where_a_redirect_leads(void **state)
{
    static const struct {
        const char *target;
        size_t n_asked;
    } rows[] = {
        {"http://other/q", 0}, {"https://h/q", 0}, {"http://h:81/q", 0}, {"http://h:80/q", 2}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct person person = {.answers = {RIGHT, RIGHT}};
        start(&d, &person);
        fake_transport_add_text(&d.net, URL, "")->redirect = rows[i].target;
        struct fake_answer *reply = fake_transport_add_text(&d.net, rows[i].target, "");
        reply->status = PROV_E_AUTH;
        reply->code = 401;
        device_ask(&d, URL);
        assert_int_equal(person.n_asked, rows[i].n_asked);
        device_unplug(&d);
    }
}

static void test_account_given_unasked_goes_where_own_rules_point(void **state)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    start(&d, &person);
    assert_int_equal(answer(&d, "bob", RIGHT), PROV_OK);
    device_ask(&d, URL);
    assert_int_equal(d.net.n_requests, 1);
    assert_string_equal(sent(&d, 0), RIGHT);
    assert_non_null(fake_host_get(&d.host, "GPP_A"));
    device_unplug(&d);
}

static void test_account_asked_for_stays_with_its_server(void **state)
{
    static const char *const others[] = {"http://other/p", "http://h:81/p", "https://h/p"};
    struct device d;
    struct person person = {.answers = {RIGHT, "", "", ""}};
    (void)state;
    start(&d, &person);
    device_ask(&d, URL);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
        fake_transport_add_text(&d.net, others[i], PROFILE);
        device_ask(&d, others[i]);
        assert_string_equal(fake_transport_find(&d.net, others[i])->pwd, "");
    }
    device_ask(&d, "http://h/q");
    assert_string_equal(fake_transport_find(&d.net, "http://h/q")->pwd, RIGHT);
    device_unplug(&d);
}

/* Whoever answers DHCP, or asks for a resync, does not get the account by naming his server. */
static void test_account_does_not_go_where_others_point(void **state)
{
    struct device d;
    struct person person = {.answers = {""}};
    (void)state;
    start(&d, &person);
    fake_transport_add_text(&d.net, "http://evil/p", PROFILE)->login = "bob:" RIGHT;
    assert_int_equal(answer(&d, "bob", RIGHT), PROV_OK);
    fake_host_set(&d.host, "Profile_Authentication_Type", "XSI Authentication");
    fake_host_set(&d.host, "XSI_Authentication_Type", "SIP Credentials");
    fake_host_set(&d.host, "User_ID_1_", "bob");
    fake_host_set(&d.host, "Password_1_", RIGHT);
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_URL,
        .rule = prov_str_from("/p"),
        .requester = prov_str_from("http://evil"),
    };
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(person.n_asked, 1);
    assert_int_equal(d.net.n_requests, 1);
    assert_string_equal(sent(&d, 0), "");
    device_unplug(&d);
}

static void test_account_checks_its_arguments(void **state)
{
    static char long_text[1026];
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)state;
    memset(long_text, 'x', sizeof long_text - 1);
    start(&d, &person);
    const prov_str broken = {NULL, 1}, fine = prov_str_from("x");
    assert_int_equal(prov_agent_set_credentials(NULL, fine, fine, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_credentials(d.agent, broken, fine, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_credentials(d.agent, fine, broken, NULL), PROV_E_INVALID);
    struct prov_error error = {0};
    const prov_str too_long = {long_text, sizeof long_text - 1};
    assert_int_equal(prov_agent_set_credentials(d.agent, too_long, fine, &error), PROV_E_LIMIT);
    assert_string_equal(error.message, "user or password of more than 1024 bytes");
    assert_int_equal(answer(&d, "x", long_text), PROV_E_LIMIT);
    assert_int_equal(answer(&d, long_text + 1, long_text + 1), PROV_OK);
    device_unplug(&d);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    struct person person = {.answers = {NULL}};
    (void)ctx;
    start_within(&d, &person, 100, dial);
    if (d.agent) {
        device_settle(&d);
        const struct prov_agent_request request = {
            .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(URL)};
        prov_status status = prov_agent_request(d.agent, &request, NULL);
        device_settle(&d);
        if (status == PROV_OK)
            status = answer(&d, "bob", RIGHT);
        device_pass(&d, 100000);
        assert_false(prov_agent_is_busy(d.agent));
        assert_true(dial->hit || status == PROV_OK);
        assert_true(dial->hit || fake_host_get(&d.host, "GPP_A"));
    }
    device_unplug(&d);
}

static void test_account_survives_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of an account", out_of_memory, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_account_answered_later_fetches_again),
        cmocka_unit_test(test_account_answered_at_once_needs_no_time),
        cmocka_unit_test(test_account_not_answered_in_time_fails),
        cmocka_unit_test(test_account_refused_by_the_host_fails_at_once),
        cmocka_unit_test(test_account_may_be_mended_once),
        cmocka_unit_test(test_account_is_asked_anew_by_each_job),
        cmocka_unit_test(test_account_that_was_refused_is_forgotten),
        cmocka_unit_test(test_account_question_holds_further_requests),
        cmocka_unit_test(test_account_is_asked_by_its_type),
        cmocka_unit_test(test_account_type_that_is_none_is_named),
        cmocka_unit_test(test_account_type_that_is_too_long_is_none),
        cmocka_unit_test(test_account_type_that_cannot_be_read_counts_as_it_did),
        cmocka_unit_test(test_account_is_not_for_where_a_redirect_leads),
        cmocka_unit_test(test_account_never_replaces_a_rules_own),
        cmocka_unit_test(test_account_by_xsi_is_the_line),
        cmocka_unit_test(test_account_given_unasked_goes_where_own_rules_point),
        cmocka_unit_test(test_account_asked_for_stays_with_its_server),
        cmocka_unit_test(test_account_does_not_go_where_others_point),
        cmocka_unit_test(test_account_checks_its_arguments),
        cmocka_unit_test(test_account_survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
