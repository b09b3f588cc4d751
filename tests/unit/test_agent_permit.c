/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Which servers an agent asks, and what is shown of their addresses. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "agent/agent_priv.h"
#include "base/str.h"
#include "fetch/permit.h"
#include "device.h"

#define PROFILE "<flat-profile><GPP_A>new</GPP_A></flat-profile>"

/* What the last result and the last log message said. */
struct heard {
    uint32_t outcome;
    struct prov_error error;
    char log[256];
};

static void listen(void *ctx, const struct prov_event *event)
{
    struct heard *heard = ctx;
    if (event->type == PROV_EVENT_RESULT) {
        heard->outcome = event->as.result->outcome;
        heard->error = event_error(event) ? *event_error(event) : (struct prov_error){0};
    }
    if (event->type == PROV_EVENT_LOG)
        snprintf(heard->log, sizeof heard->log, "%.*s", (int)event->as.log->text.len,
                 event->as.log->text.data);
}

static void start(struct device *d, struct heard *heard)
{
    device_start(d);
    device_boot(d);
    d->host.on_event = listen;
    d->host.on_event_ctx = heard;
}

static const struct restriction {
    const char *list;
    const char *url;
    bool is_permitted;
} restrictions[] = {
    {"", "http://h/p", true},
    {", ,", "http://h/p", true},
    {"voiceip.com", "http://voiceip.com/p", true},
    {"voiceip.com", "tftp://VoiceIP.COM/p", true},
    {"a.b, voiceip.com ,c", "https://voiceip.com:8443/p", true},
    {"voiceip.com, ,", "http://h/p", false},
    {",voiceip.com", "http://h/p", false},
    {"voiceip.com", "http://a.voiceip.com/p", false},
    {"a.voiceip.com", "http://voiceip.com/p", false},
    {"voiceip.com", "http://voiceip.com.evil.example/p", false},
    {"voiceip.com", "http://voiceip.co/p", false},
    {"voiceip.com", "http://192.0.2.7/p", false},
    {"192.0.2.7", "http://192.0.2.7/p", true},
    {"2001:DB8::1", "http://[2001:db8::1]/p", true},
    {"*", "http://h/p", false},
};

static void assert_restricted(const struct restriction *row)
{
    struct device d;
    struct heard heard = {0};
    start(&d, &heard);
    fake_host_set(&d.host, "Restricted_Access_Domains", row->list);
    fake_transport_add_text(&d.net, row->url, PROFILE);
    device_ask(&d, row->url);
    size_t n_expected = row->is_permitted;
    if (d.net.n_requests != n_expected)
        fail_msg("'%s' and %s: %zu requests", row->list, row->url, d.net.n_requests);
    if (!row->is_permitted) {
        assert_int_equal(heard.error.status, PROV_E_POLICY);
        assert_non_null(strstr(heard.error.message, "Restricted_Access_Domains"));
        assert_non_null(strstr(heard.log, "server not allowed"));
    }
    device_unplug(&d);
}

static void test_only_listed_servers_are_asked(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof restrictions / sizeof restrictions[0]; i++)
        assert_restricted(&restrictions[i]);
}

static void test_refusal_names_the_server(void **state)
{
    struct device d;
    struct heard heard = {0};
    (void)state;
    start(&d, &heard);
    fake_host_set(&d.host, "Restricted_Access_Domains", "good.example");
    device_ask(&d, "http://bad.example/p");
    assert_string_equal(heard.error.message,
                        "server is not among Restricted_Access_Domains: bad.example");
    assert_string_equal(heard.error.source, "http://bad.example/p");
    device_unplug(&d);
}

static void test_redirects_stay_among_listed_servers(void **state)
{
    struct device d;
    struct heard heard = {0};
    (void)state;
    start(&d, &heard);
    fake_host_set(&d.host, "Restricted_Access_Domains", "h,other");
    fake_transport_add_text(&d.net, "http://h/p", "")->redirect = "http://other/p";
    fake_transport_add_text(&d.net, "http://other/p", PROFILE);
    device_ask(&d, "http://h/p");
    assert_int_equal(heard.outcome, PROV_OUTCOME_APPLIED);

    fake_host_set(&d.host, "Restricted_Access_Domains", "h");
    device_ask(&d, "http://h/p");
    assert_int_equal(heard.outcome, PROV_OUTCOME_FAILED);
    assert_int_equal(heard.error.status, PROV_E_POLICY);
    assert_non_null(strstr(heard.error.message, ": other"));
    assert_non_null(strstr(heard.log, "server not allowed"));
    device_unplug(&d);
}

/* What is shown of an address has the limit of a rule. */
static void test_a_redirect_is_no_longer_than_a_rule(void **state)
{
    static const char *const urls[] = {"http://other/234567890123456789012345678901234567890",
                                       "http://other/2345678901234567890123456789012345678901"};
    const struct prov_limits limits = {.size = sizeof limits, .max_rule_bytes = 52};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct heard heard = {0};
        device_plug_in(&d, NULL, NULL, NULL);
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        d.host.on_event = listen;
        d.host.on_event_ctx = &heard;
        fake_transport_add_text(&d.net, "http://h/p", "")->redirect = urls[i];
        fake_transport_add_text(&d.net, urls[i], PROFILE);
        device_ask(&d, "http://h/p");
        assert_int_equal(strlen(urls[i]), 52 + i);
        assert_int_equal(heard.error.status, i == 0 ? PROV_OK : PROV_E_LIMIT);
        assert_string_equal(heard.error.message, i == 0 ? "" : "rule of more than 52 bytes");
        device_unplug(&d);
    }
}

struct veto {
    struct heard heard;
    char asked[512]; /* the URLs, a line each */
    const char *refused;
    prov_status status;
    const char *words; /* the host's own; NULL: none */
};

static prov_status check_url(void *ctx, prov_str url, struct prov_error *err)
{
    struct veto *veto = ((struct fake_host *)ctx)->on_event_ctx;
    char text[128];
    snprintf(text, sizeof text, "%.*s\n", (int)url.len, url.data);
    strncat(veto->asked, text, sizeof veto->asked - strlen(veto->asked) - 1);
    if (veto->words) {
        err->status = veto->status;
        snprintf(err->message, sizeof err->message, "%s", veto->words);
    }
    return veto->refused && strstr(text, veto->refused) ? veto->status : PROV_OK;
}

static void start_with_veto(struct device *d, struct veto *veto, struct dial *dial)
{
    device_plug_in(d, NULL, dial, NULL);
    d->host.host.check_url = check_url;
    d->host.on_event = listen;
    d->host.on_event_ctx = veto; /* which begins with what is heard */
    fake_host_set(&d->host, "Syslog_Server", "10.0.0.1");
    fake_transport_add_text(&d->net, "http://h/p?pin=9876", "")->redirect =
        "http://other/?token=hush&a=1";
    fake_transport_add_text(&d->net, "http://other/?token=hush&a=1", PROFILE);
}

static void test_host_is_asked_before_each_step(void **state)
{
    struct device d;
    struct veto veto = {.refused = NULL};
    (void)state;
    start_with_veto(&d, &veto, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, "http://h/p?pin=9876");
    assert_string_equal(veto.asked, "http://h/p?pin=***\nhttp://other/?token=***&a=1\n");
    assert_int_equal(veto.heard.outcome, PROV_OUTCOME_APPLIED);
    assert_non_null(fake_transport_find(&d.net, "http://h/p?pin=9876"));
    device_unplug(&d);
}

static void test_host_may_refuse(void **state)
{
    static const struct {
        const char *refused;
        prov_status status, expected;
        int64_t native;
        size_t n_requests;
        const char *log;
        const char *words; /* of the host; NULL: none */
        const char *message;
    } rows[] = {
        {"//h/", PROV_E_POLICY, PROV_E_POLICY, 0, 0, "server not allowed", NULL,
         "the host does not allow this server"},
        {"//h/", PROV_E_POLICY, PROV_E_POLICY, 0, 0, "server not allowed", "not on Sundays",
         "not on Sundays"},
        {"other", PROV_E_POLICY, PROV_E_POLICY, 0, 1, "server not allowed", NULL,
         "the host does not allow this server"},
        {"other", 4711, PROV_E_HOST, 4711, 1, "device error 4711: other", NULL, "4711"},
        {"other", -4711, PROV_E_HOST, -4711, 1, "device error -4711: other", NULL, "-4711"},
        {"//h/", PROV_E_STATE, PROV_E_STATE, 0, 0, "", NULL, ""},
        {"other", PROV_E_STATE, PROV_E_STATE, 0, 1, "", NULL, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct veto veto = {
            .refused = rows[i].refused, .status = rows[i].status, .words = rows[i].words};
        start_with_veto(&d, &veto, NULL);
        fake_host_set(&d.host, "Syslog_Server", "");
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        device_ask(&d, "http://h/p?pin=9876");
        assert_int_equal(veto.heard.error.status, rows[i].expected);
        assert_int_equal(veto.heard.error.native, rows[i].native);
        assert_non_null(strstr(veto.heard.error.message, rows[i].message));
        assert_int_equal(d.net.n_requests, rows[i].n_requests);
        assert_non_null(strstr(veto.heard.log, rows[i].log));
        assert_null(fake_host_get(&d.host, "GPP_A"));
        device_unplug(&d);
    }
}

/* Neither address nor log message shows what the query holds; the server gets it. */
static void test_credentials_in_a_query_are_shown_to_nobody(void **state)
{
    static const char *const messages[] = {"Log_Request_Msg", "Log_Success_Msg", "Log_Failure_Msg"};
    struct device d;
    struct veto veto = {.refused = NULL};
    struct secrets secrets = {.n_all = 0};
    (void)state;
    start_with_veto(&d, &veto, NULL);
    secrets_plant(&secrets, "9876", 4);
    secrets_plant(&secrets, "hush", 4);
    d.host.secrets = &secrets;
    for (size_t i = 0; i < sizeof messages / sizeof messages[0]; i++)
        fake_host_set(&d.host, messages[i], "$SCHEME://$SERV:$PORT$PATH");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, "http://h/p?pin=9876");
    assert_string_equal(veto.heard.log, "http://h:80/p?pin=***");
    device_ask(&d, "http://h/missing?pin=9876");
    assert_string_equal(veto.heard.error.source, "http://h/missing?pin=***");
    struct prov_agent_trace trace = {.size = sizeof trace};
    assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_OK);
    secrets_assert_absent(&secrets, "trace", trace.text.data, trace.text.len);
    for (size_t i = 0; i < d.net.n_requests; i++)
        if (strncmp(d.net.requests[i].url, "syslog", 6) == 0)
            secrets_assert_absent(&secrets, "datagram", d.net.requests[i].body,
                                  d.net.requests[i].body_len);
    device_unplug(&d);
}

static prov_status check_address(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err)
{
    struct veto *veto = ((struct fake_host *)ctx)->on_event_ctx;
    char text[128];
    (void)err;
    snprintf(text, sizeof text, "%u %.*s %u\n", (unsigned)purpose, (int)address.len, address.data,
             (unsigned)port);
    strncat(veto->asked, text, sizeof veto->asked - strlen(veto->asked) - 1);
    return veto->refused && strstr(text, veto->refused) ? veto->status : PROV_OK;
}

static void start_with_address_veto(struct device *d, struct veto *veto)
{
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.check_address = check_address;
    d->host.on_event = listen;
    d->host.on_event_ctx = veto;
    d->net.server_ip = "169.254.169.254";
    fake_transport_add_text(&d->net, "http://h:8080/p", PROFILE);
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_boot(d);
}

static void test_host_is_asked_for_each_address(void **state)
{
    struct device d;
    struct veto veto = {.refused = NULL};
    (void)state;
    start_with_address_veto(&d, &veto);
    device_ask(&d, "http://h:8080/p");
    assert_string_equal(veto.asked, "0 169.254.169.254 8080\n");
    assert_int_equal(veto.heard.outcome, PROV_OUTCOME_APPLIED);

    veto.asked[0] = '\0';
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    fake_host_set(&d.host, "Proxy_Host", "gate");
    device_ask(&d, "http://h:8080/p");
    assert_non_null(strstr(veto.asked, "1 169.254.169.254 "));

    veto.asked[0] = '\0';
    fake_host_set(&d.host, "Syslog_Server", "log.example");
    device_ask(&d, "http://h:8080/p");
    assert_non_null(strstr(veto.asked, "2 169.254.169.254 514\n"));
    device_unplug(&d);
}

static void test_host_may_refuse_an_address(void **state)
{
    static const struct {
        prov_status status, expected;
        int64_t native;
        const char *message;
    } rows[] = {
        {PROV_E_POLICY, PROV_E_POLICY, 0, "the host does not allow this address"},
        {4711, PROV_E_HOST, 4711, "4711"},
        {PROV_E_STATE, PROV_E_STATE, 0, ""},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct veto veto = {.refused = "169.254.", .status = rows[i].status};
        start_with_address_veto(&d, &veto);
        device_ask(&d, "http://h:8080/p");
        assert_int_equal(veto.heard.outcome, PROV_OUTCOME_FAILED);
        assert_int_equal(veto.heard.error.status, rows[i].expected);
        assert_int_equal(veto.heard.error.native, rows[i].native);
        assert_string_equal(veto.heard.error.subject, "169.254.169.254:8080");
        assert_non_null(strstr(veto.heard.error.message, rows[i].message));
        assert_string_equal(veto.heard.error.source, "http://h:8080/p");
        assert_null(fake_host_get(&d.host, "GPP_A"));
        device_unplug(&d);
    }
}

/* A host whose words are of another failure than the one it returns: they are not believed. */
static prov_status contradict(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                              struct prov_error *err)
{
    (void)ctx;
    (void)address;
    (void)port;
    (void)purpose;
    err->status = PROV_E_DNS;
    strcpy(err->message, "stale words");
    return PROV_E_IO;
}

static void test_words_of_another_failure_are_not_shown(void **state)
{
    struct device d;
    struct veto veto = {.refused = NULL};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.check_address = contradict;
    d.host.on_event = listen;
    d.host.on_event_ctx = &veto;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, "http://h:8080/p");
    assert_int_equal(veto.heard.error.status, PROV_E_IO);
    assert_null(strstr(veto.heard.error.message, "stale"));
    device_unplug(&d);
}

struct log_veto {
    struct veto veto;
    struct prov_error error;
    char server[64];
};

static void listen_for_log(void *ctx, const struct prov_event *event)
{
    struct log_veto *log = ctx;
    if (event->type != PROV_EVENT_LOG || !event->as.log->error)
        return;
    log->error = *event->as.log->error;
    snprintf(log->server, sizeof log->server, "%.*s", (int)event->as.log->server.len,
             event->as.log->server.data);
}

static void test_host_may_refuse_the_address_of_a_log_server(void **state)
{
    struct device d;
    struct log_veto log = {.veto = {.refused = "2 224.", .status = PROV_E_POLICY}};
    (void)state;
    start_with_address_veto(&d, &log.veto);
    d.host.on_event = listen_for_log;
    d.net.server_ip = "224.0.0.1";
    fake_host_set(&d.host, "Syslog_Server", "log.example");
    device_ask(&d, "http://h:8080/p");
    assert_non_null(fake_host_get(&d.host, "GPP_A"));
    assert_int_equal(log.error.status, PROV_E_POLICY);
    assert_string_equal(log.error.subject, "224.0.0.1:514");
    assert_string_equal(log.server, "syslog://log.example/");
    device_unplug(&d);
}

static void test_proxy_is_asked_for_by_both_gates(void **state)
{
    static const struct {
        const char *list;
        const char *refused; /* by check_url */
        const char *message; /* NULL: it is permitted */
    } rows[] = {
        {"h", NULL, "proxy is not among Restricted_Access_Domains: gate.test"},
        {"h,gate.test", NULL, NULL},
        {"gate.test", NULL, "server is not among Restricted_Access_Domains: h"},
        {"", "http://gate.test:3128/", "the host does not allow this proxy"},
        {"", "nothing", NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct veto veto = {.refused = rows[i].refused, .status = PROV_E_POLICY};
        start_with_veto(&d, &veto, NULL);
        fake_host_set(&d.host, "Syslog_Server", "");
        fake_host_set(&d.host, "Restricted_Access_Domains", rows[i].list);
        fake_host_set(&d.host, "Proxy_Mode", "Manual");
        fake_host_set(&d.host, "Proxy_Host", "gate.test");
        fake_transport_add_text(&d.net, "http://h/q", PROFILE);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        device_ask(&d, "http://h/q");
        assert_int_equal(d.net.n_requests, !rows[i].message);
        assert_int_equal(veto.heard.error.status, rows[i].message ? PROV_E_POLICY : PROV_OK);
        if (rows[i].message)
            assert_string_equal(veto.heard.error.message, rows[i].message);
        if (!rows[i].message)
            assert_string_equal(veto.asked, "http://h/q\nhttp://gate.test:3128/\n");
        device_unplug(&d);
    }
}

/* The subject of a refused address is as in a URL. */
static void test_an_address_of_ipv6_has_brackets(void **state)
{
    struct device d;
    struct prov_error error = {0};
    struct veto veto = {.refused = "::", .status = PROV_E_POLICY};
    (void)state;
    start_with_address_veto(&d, &veto);
    assert_int_equal(provi_permit_address(&d.agent->env, PROVI_LIT("2001:db8::7"), 69,
                                          PROV_PURPOSE_FILE, &error),
                     PROV_E_POLICY);
    assert_string_equal(error.subject, "[2001:db8::7]:69");
    assert_string_equal(veto.asked, "0 2001:db8::7 69\n");
    device_unplug(&d);
}

static void test_a_proxy_that_is_no_server_is_refused(void **state)
{
    static const char *const bad[] = {"gate.test:port", "gate test:3128", "u@gate:3128/x y"};
    struct device d;
    struct heard heard = {0};
    (void)state;
    start(&d, &heard);
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct prov_error error = {0};
        assert_int_equal(provi_permit_proxy(&d.agent->env, prov_str_from(bad[i]), &error),
                         PROV_E_VALUE);
        assert_string_equal(error.message, "expected host:port of a proxy");
    }
    assert_int_equal(provi_permit_proxy(&d.agent->env, PROVI_LIT("gate:80"), NULL), PROV_OK);
    assert_int_equal(provi_permit_proxy(&d.agent->env, PROVI_LIT(""), NULL), PROV_OK);
    device_unplug(&d);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    struct veto veto = {.refused = NULL};
    (void)ctx;
    start_with_veto(&d, &veto, dial);
    fake_host_set(&d.host, "Restricted_Access_Domains", "h,other");
    fake_host_set(&d.host, "Profile_Rule", "http://h/p?pin=9876");
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_settle(&d);
        if (!dial->hit)
            assert_int_equal(veto.heard.outcome, PROV_OUTCOME_SKIPPED); /* of rule D */
        assert_true(dial->hit || fake_host_get(&d.host, "GPP_A"));
    }
    device_unplug(&d);
}

static void test_permission_survives_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("allocations with a redirect", out_of_memory, NULL) > 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_listed_servers_are_asked),
        cmocka_unit_test(test_refusal_names_the_server),
        cmocka_unit_test(test_redirects_stay_among_listed_servers),
        cmocka_unit_test(test_a_redirect_is_no_longer_than_a_rule),
        cmocka_unit_test(test_host_is_asked_before_each_step),
        cmocka_unit_test(test_host_may_refuse),
        cmocka_unit_test(test_credentials_in_a_query_are_shown_to_nobody),
        cmocka_unit_test(test_host_is_asked_for_each_address),
        cmocka_unit_test(test_host_may_refuse_an_address),
        cmocka_unit_test(test_words_of_another_failure_are_not_shown),
        cmocka_unit_test(test_host_may_refuse_the_address_of_a_log_server),
        cmocka_unit_test(test_proxy_is_asked_for_by_both_gates),
        cmocka_unit_test(test_an_address_of_ipv6_has_brackets),
        cmocka_unit_test(test_a_proxy_that_is_no_server_is_refused),
        cmocka_unit_test(test_permission_survives_without_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
