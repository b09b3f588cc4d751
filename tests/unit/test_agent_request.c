/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What an agent puts into a request besides the rule's own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/tls.h>
#include <provision/version.h>

#include "fake_banks.h"
#include "fake_service.h"
#include "fake_trust.h"

#define SECRET "proxy-s3cr3t"

/* Proxy */

static const struct proxy_row {
    const char *mode;
    const char *host;
    const char *port;
    const char *has_login;
    const char *proxy; /* in the request */
    const char *uid;
    bool is_warned;
} proxy_rows[] = {

    {"Off", "gate.test", "8080", "Yes", "", "", false},
    {"Manual", "gate.test", "8080", "No", "gate.test:8080", "", false},
    {"manual", "gate.test", "", "", "gate.test:3128", "", false},
    {"Manual", "gate.test", "x", "Yes", "gate.test:3128", "user", false},
    {"Manual", "192.0.2.9", "80", "Yes", "192.0.2.9:80", "user", false},
    {"Manual", "2001:db8::9", "80", "No", "[2001:db8::9]:80", "", false},
    {"Manual", "[2001:db8::9]", "80", "No", "[2001:db8::9]:80", "", false},
    {"Manual", "", "8080", "Yes", "", "", true},
    {"Manual", "g", "8080", "Yes", "g:8080", "user", false},
    {"Auto", "gate.test", "8080", "Yes", "", "", true},
};

static void test_proxy_is_what_the_parameters_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof proxy_rows / sizeof proxy_rows[0]; i++) {
        const struct proxy_row *row = &proxy_rows[i];
        struct device d;
        device_start(&d);
        device_boot(&d);
        fake_host_set(&d.host, "Proxy_Mode", row->mode);
        fake_host_set(&d.host, "Proxy_Host", row->host);
        fake_host_set(&d.host, "Proxy_Port", row->port);
        fake_host_set(&d.host, "Proxy_Server_Requires_Authentication", row->has_login);
        fake_host_set(&d.host, "Proxy_Username", "user");
        fake_host_set(&d.host, "Proxy_Password", SECRET);
        device_ask(&d, "http://h/p");
        const struct fake_request *request = fake_transport_find(&d.net, "http://h/p");
        assert_non_null(request);
        assert_string_equal(request->proxy, row->proxy);
        assert_string_equal(request->proxy_uid, row->uid);
        assert_string_equal(request->proxy_pwd, row->uid[0] ? SECRET : "");
        const char *events = fake_host_take_events(&d.host);
        assert_null(strstr(events, SECRET));
        if ((strstr(events, "warning") != NULL) != row->is_warned)
            fail_msg("row %zu: %s", i, events);
        device_unplug(&d);
    }
}

/* Text in Proxy_Host or Syslog_Server beside a host, and its message. */
static const struct server_row {
    const char *param;
    const char *value;
    const char *message;
} server_rows[] = {
    {"Proxy_Host", "http://p", "expected a host name or address alone, found a scheme (://)"},
    {"Proxy_Host", "p:3128",
     "expected a host name or address alone, found a port: set Proxy_Port instead"},
    {"Proxy_Host", "u:hush@p", "expected a host name or address alone, found a user (@)"},
    {"Proxy_Host", "p/x", "expected a host name or address alone, found a path (/)"},
    {"Proxy_Host", "a b", "found a blank or a control character"},
    {"Proxy_Host", "p_[", "expected a host name or address, namely "},
    {"Syslog_Server", "udp://h", "expected HOST or HOST:PORT alone, found a scheme (://)"},
    {"Debug_Server", "a b", "expected HOST or HOST:PORT alone, found a blank"},
    {"Syslog_Server", "h:99999", "expected HOST or HOST:PORT, namely a port from 1 to 65535"},
    {"Debug_Server", "u:hush@h", "expected HOST or HOST:PORT alone, found a user (@)"},
};

static void keep_error(void *ctx, const struct prov_event *event)
{
    struct prov_error *error = ctx;
    if (event_error(event) && error->status == PROV_OK)
        *error = *event_error(event);
}

static void test_server_parameters_say_what_does_not_belong_there(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof server_rows / sizeof server_rows[0]; i++) {
        const struct server_row *row = &server_rows[i];
        struct prov_error error = {0};
        struct device d;
        device_start(&d);
        device_boot(&d);
        d.host.on_event = keep_error;
        d.host.on_event_ctx = &error;
        fake_host_set(&d.host, "Proxy_Mode", "Manual");
        fake_host_set(&d.host, "Proxy_Host", "gate");
        fake_host_set(&d.host, row->param, row->value);
        fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
        device_ask(&d, "http://h/p");
        if (!strstr(error.message, row->message))
            fail_msg("%s '%s': %s", row->param, row->value, error.message);
        assert_int_equal(error.status, PROV_E_VALUE);
        assert_string_equal(error.subject, row->param);
        assert_null(strstr(fake_host_take_events(&d.host), "hush"));
        device_unplug(&d);
    }
}

static void test_proxy_may_have_a_name_of_255_bytes(void **state)
{
    char name[256], expected[300];
    struct device d;
    (void)state;
    memset(name, 'a', 255);
    name[255] = '\0';
    snprintf(expected, sizeof expected, "%s:3128", name);
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    fake_host_set(&d.host, "Proxy_Host", name);
    device_ask(&d, "http://h/p");
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->proxy, expected);
    device_unplug(&d);
}

/* A service of a domain, as a lease may name it, is looked up by its own records only. */
static void test_a_service_is_asked_for_under_its_domain(void **state)
{
    static const struct {
        const char *rule, *url;
        uint8_t srv;
    } rows[] = {
        {"https://_ciscoprov-https._tls.d/p", "https://d/p", PROV_SRV_ONLY},
        {"http://_ciscoprov-http._tcp.d/p", "http://d/p", PROV_SRV_ONLY},
        {"http://_ciscoprov-https._tls.d/p", "http://_ciscoprov-https._tls.d/p", 0},
        {"https://_ciscoprov-http._tcp.d/p", "https://_ciscoprov-http._tcp.d/p", 0},
        {"tftp://_ciscoprov-http._tcp.d/p", "tftp://_ciscoprov-http._tcp.d/p", 0},
        {"http://d/p", "http://d/p", 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        device_start(&d);
        device_boot(&d);
        device_ask(&d, rows[i].rule);
        assert_int_equal(d.net.n_requests, 1);
        assert_string_equal(d.net.requests[0].url, rows[i].url);
        assert_int_equal(d.net.requests[0].srv, rows[i].srv);
        device_unplug(&d);
    }
}

static void test_proxy_is_for_http_only(void **state)
{
    (void)state;
    struct device d;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    fake_host_set(&d.host, "Proxy_Host", "gate.test");
    device_ask(&d, "tftp://h/p");
    assert_string_equal(fake_transport_find(&d.net, "tftp://h/p")->proxy, "");
    device_ask(&d, "https://h/p");
    assert_string_equal(fake_transport_find(&d.net, "https://h/p")->proxy, "gate.test:3128");
    device_unplug(&d);
}

/* Unless the server refuses, which is a failure anyway. */
static void test_a_password_in_the_clear_is_a_warning(void **state)
{
    static const struct {
        int32_t code;
        prov_status status;
        uint8_t has_shown_password;
        bool is_warned;
    } rows[] = {
        {200, PROV_OK, 1, true},           {200, PROV_OK, 0, false},
        {399, PROV_E_SERVER, 1, true},     {400, PROV_E_SERVER, 1, false},
        {404, PROV_E_NOT_FOUND, 1, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        device_start(&d);
        device_boot(&d);
        struct fake_answer *answer =
            fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
        answer->code = rows[i].code;
        answer->status = rows[i].status;
        answer->has_shown_password = rows[i].has_shown_password;
        device_ask(&d, "http://h/p");
        assert_int_equal(strstr(fake_host_take_events(&d.host), "warning 23 Basic\n") != NULL,
                         rows[i].is_warned);
        device_unplug(&d);
    }
}

/* Content-Encoding */

static void test_an_unknown_content_coding_is_a_warning(void **state)
{
    (void)state;
    static const struct {
        const char *encoding;
        bool is_warned, is_applied;
    } rows[] = {
        {NULL, false, true},        {"identity", false, true},     {"UTF-8", true, true},
        {"none, none", true, true}, {"br", false, false},          {"UTF-8, br", false, false},
        {"", false, true},          {", identity ,", false, true},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        device_start(&d);
        device_boot(&d);
        fake_transport_add_text(&d.net, "http://h/p",
                                "<flat-profile><GPP_A>new</GPP_A></flat-profile>")
            ->encoding = rows[i].encoding;
        device_ask(&d, "http://h/p");
        const char *events = fake_host_take_events(&d.host);
        const char *warning = strstr(events, "warning 11 Content-Encoding\n");
        assert_int_equal(warning != NULL, rows[i].is_warned);
        if (warning)
            assert_null(strstr(warning + 1, "warning"));
        device_assert_stored(&d, "GPP_A", rows[i].is_applied ? "new" : NULL);
        device_unplug(&d);
    }
}

/* Headers of the host's own */

static void start_with(struct device *d, const struct prov_header *headers, size_t n_headers,
                       uint8_t user_agent)
{
    device_plug_in(d, NULL, NULL, NULL);
    d->host.device.version = prov_str_from("Cisco-CP-8841-3PCC/11.0");
    struct prov_agent_options options = {
        .size = sizeof options,
        .headers = headers,
        .n_headers = n_headers,
        .user_agent = user_agent,
    };
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
}

static void test_headers_are_copied_into_requests(void **state)
{
    (void)state;
    char value[] = "office-7";
    struct prov_header headers[] = {
        {{"X-Group", 7}, {value, strlen(value)}},
        {{"Accept", 6}, {"text/xml", 8}},
    };
    struct device d;
    start_with(&d, headers, 2, 0);
    memset(value, '?', sizeof value);
    memset(headers, 0, sizeof headers);
    device_ask(&d, "http://h/p");
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->headers,
                        "X-Group: office-7\nAccept: text/xml\n");
    device_ask(&d, "tftp://h/p");
    assert_string_equal(fake_transport_find(&d.net, "tftp://h/p")->headers, "");
    device_unplug(&d);
}

/* For TFTP the system chooses the address. */
static void test_source_ip_is_copied_into_requests_of_http(void **state)
{
    (void)state;
    char ip[] = "192.0.2.9";
    struct prov_agent_options options = {.size = sizeof options, .source_ip = {ip, strlen(ip)}};
    struct prov_agent_options unsound = {.size = sizeof unsound, .source_ip = {NULL, 1}};
    struct device d;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &unsound), PROV_E_INVALID);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    memset(ip, '?', sizeof ip);
    device_ask(&d, "http://h/p");
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->source_ip, "192.0.2.9");
    device_ask(&d, "tftp://h/p");
    assert_string_equal(fake_transport_find(&d.net, "tftp://h/p")->source_ip, "");
    device_unplug(&d);
}

static const struct header_row {
    prov_str name, value;
} bad_headers[] = {
    {{"X", 1}, {"a\r\nHost: x", 10}},
    {{"X", 1}, {"a\nb", 3}},
    {{"X", 1}, {"a\0b", 3}},
    {{"X", 1}, {"", 0}},
    {{"X", 1}, {NULL, 1}},
    {{NULL, 1}, {"a", 1}},
    {{"X", 1}, {" a", 2}},
    {{"", 0}, {"a", 1}},
    {{"X:", 2}, {"a", 1}},
    {{"X Y", 3}, {"a", 1}},
    {{"X\r\nY", 4}, {"a", 1}},
    {{"X\0Y", 3}, {"a", 1}},
    {{"host", 4}, {"a", 1}},
    {{"Authorization", 13}, {"a", 1}},
    {{"Content-Length", 14}, {"1", 1}},
    {{"transfer-encoding", 17}, {"chunked", 7}},
    {{"User-Agent", 10}, {"a", 1}},
    {{"If-None-Match", 13}, {"a", 1}},
    {{"Range", 5}, {"bytes=1-", 8}},
    {{"Proxy-Authorization", 19}, {"a", 1}},
};

static void test_headers_that_do_harm_are_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof bad_headers / sizeof bad_headers[0]; i++) {
        const struct prov_header header = {bad_headers[i].name, bad_headers[i].value};
        struct prov_agent_options options = {
            .size = sizeof options,
            .headers = &header,
            .n_headers = 1,
        };
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        if (device_make_agent(&d, &options) != PROV_E_INVALID)
            fail_msg("row %zu: taken", i);
        options.n_headers = 17;
        assert_int_equal(device_make_agent(&d, &options), PROV_E_INVALID);
        options.headers = NULL;
        options.n_headers = 1;
        assert_int_equal(device_make_agent(&d, &options), PROV_E_INVALID);
        device_unplug(&d);
    }
}

/* User-Agent */

static void test_user_agent_has_the_shape_chosen(void **state)
{
    (void)state;
    static const char *const shapes[] = {
        [PROV_USER_AGENT_MAC] = "Cisco-CP-8841-3PCC/11.0 (000e08012345)",
        [PROV_USER_AGENT_SERIAL] = "Cisco-CP-8841-3PCC/11.0 (88012BA01234)",
    };
    for (uint8_t i = 0; i < 2; i++) {
        struct device d;
        start_with(&d, NULL, 0, i);
        device_ask(&d, "http://h/p");
        const struct fake_request *request = &d.net.requests[0];
        assert_string_equal(request->user_agent, shapes[i]);
        fake_host_set(&d.host, "HTTP_User_Agent_Name", "$PN");
        device_ask(&d, "http://h/p");
        request = &d.net.requests[1];
        assert_string_equal(request->user_agent, "CP-8841-3PCC");
        device_unplug(&d);
    }
}

/* Requests have the agent's identity, and keep it until they end. */
static void test_requests_have_the_identity_of_the_agent(void **state)
{
    (void)state;
    if (!prov_feature_supported(PROV_FEATURE_CURL))
        return;
    struct device d;
    struct fault_alloc memory;
    prov_tls_identity *identity;
    fault_alloc_init(&memory, NULL);
    const struct prov_tls_identity_options options = {.size = sizeof options,
                                                      .alloc = &memory.alloc};
    assert_int_equal(prov_tls_identity_new(&identity, &options, NULL), PROV_OK);
    struct prov_agent_options of_agent = {.size = sizeof of_agent, .identity = identity};
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &of_agent), PROV_OK);
    device_boot(&d);
    device_ask(&d, "https://h/p");
    assert_ptr_equal(d.net.requests[0].identity, identity);
    device_unplug(&d); /* the agent has it to its end */
    start_with(&d, NULL, 0, 0);
    assert_int_equal(prov_agent_set_identity(d.agent, identity, NULL), PROV_OK);
    device_ask(&d, "https://h/p");
    assert_ptr_equal(d.net.requests[0].identity, identity);
    assert_int_equal(prov_agent_set_identity(d.agent, NULL, NULL), PROV_OK);
    assert_true(memory.n_blocks > 0); /* it is still the test's */
    device_ask(&d, "https://h/p");
    assert_null(d.net.requests[1].identity);
    assert_int_equal(prov_agent_set_identity(d.agent, identity, NULL), PROV_OK);
    d.net.stalled_url = "https://h/p";
    device_ask(&d, "https://h/p");
    assert_int_equal(prov_agent_set_identity(d.agent, NULL, NULL), PROV_OK);
    prov_tls_identity_free(identity);
    assert_true(memory.n_blocks > 0); /* the transfer has it */
    device_unplug(&d);
    fault_alloc_assert_empty(&memory);
}

/* Neither is a rule, whose options may have secrets. */
static void test_no_secret_is_in_a_user_agent_or_a_body(void **state)
{
    struct device d;
    (void)state;
    start_with(&d, NULL, 0, 0);
    fake_host_set(&d.host, "GPP_SA", SECRET);
    fake_host_set(&d.host, "GPP_B", "[--key $SA --uid $SA]x");
    fake_host_set(&d.host, "HTTP_User_Agent_Name", "[--key $SA --uid $SA]x");
    device_ask(&d, "[--post b]http://h/p");
    assert_string_equal(d.net.requests[0].user_agent, "[--key $SA --uid $SA]x");
    assert_string_equal(d.net.requests[0].body, "[--key $SA --uid $SA]x");
    device_unplug(&d);
}

/* The first byte of a TFTP file name, by the option. */
static void test_tftp_file_names_keep_their_slash_or_drop_it(void **state)
{
    (void)state;
    for (uint8_t drops = 0; drops < 2; drops++) {
        struct device d;
        struct prov_agent_options options = {.size = sizeof options, .tftp_drops_slash = drops};
        device_plug_in(&d, NULL, NULL, NULL);
        device_mute(&d);
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        device_ask(&d, "tftp://h/p");
        assert_int_equal(d.net.n_requests, 1);
        assert_int_equal(d.net.requests[0].keep_slash, !drops);
        device_unplug(&d);
    }
}

/* Verbs, and the login of a request */

static prov_status ask(struct device *d, const struct prov_agent_request *request,
                       struct prov_error *err)
{
    prov_status status = prov_agent_request(d->agent, request, err);
    device_settle(d);
    return status;
}

/* For the server of that rule, once. */
static void test_a_request_brings_its_own_login(void **state)
{
    (void)state;
    struct device d;
    static struct secrets secrets;
    device_start(&d);
    device_boot(&d);
    secrets_plant(&secrets, SECRET, strlen(SECRET));
    d.host.secrets = &secrets;
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>")->login = "bob:" SECRET;
    struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_URL,
        .rule = prov_str_from("http://h/p"),
        .uid = prov_str_from("bob"),
        .pwd = prov_str_from(SECRET),
    };
    assert_int_equal(ask(&d, &request, NULL), PROV_OK);
    assert_non_null(strstr(fake_host_take_events(&d.host), "result rule on request unchanged"));

    request.uid = prov_str_from("eve"); /* wrong: no other is asked for */
    assert_int_equal(ask(&d, &request, NULL), PROV_OK);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "result rule on request failed PROV_E_AUTH"));
    assert_null(strstr(events, "credentials"));

    request.rule = prov_str_from("[--uid al --pwd x] http://h/p"); /* its own are not replaced */
    assert_int_equal(ask(&d, &request, NULL), PROV_OK);
    assert_string_equal(d.net.requests[2].uid, "al");

    request.rule = prov_str_from("tftp://h/p"); /* which has no logins */
    assert_int_equal(ask(&d, &request, NULL), PROV_OK);
    assert_string_equal(d.net.requests[3].uid, "");

    request.rule = prov_str_from("http://h/p"); /* a password may be all there is */
    request.uid = prov_str_from("");
    assert_int_equal(ask(&d, &request, NULL), PROV_OK);
    assert_string_equal(d.net.requests[4].pwd, SECRET);

    fake_host_set(&d.host, "Profile_Rule", "http://h/p"); /* nor is one left for the next resync */
    device_ask(&d, NULL);
    assert_string_equal(d.net.requests[5].uid, "");
    assert_string_equal(d.net.requests[5].pwd, "");
    device_unplug(&d);
}

static void test_requests_name_a_verb(void **state)
{
    static char long_login[1025];
    static const struct {
        struct prov_agent_request request;
        prov_status status;
        const char *message;
    } rows[] = {
        {{.verb = PROV_VERB_REBOOT, .rule = {"x", 1}}, PROV_E_INVALID, "PROV_VERB_REBOOT"},
        {{.uid = {"u", 1}}, PROV_E_INVALID, "expected a rule"},
        {{.verb = PROV_VERB_UPDATE_CA}, PROV_E_UNSUPPORTED, "prov_agent_enable_custom_ca() before"},
        {{.verb = PROV_VERB_REPORT}, PROV_E_UNSUPPORTED, "prov_agent_enable_report() before"},
        {{.verb = PROV_VERB_UPGRADE}, PROV_E_UNSUPPORTED, "prov_agent_enable_upgrade() before"},
        {{.verb = PROV_VERB_RENEW}, PROV_E_UNSUPPORTED, "prov_agent_enable_renewal() before"},
        {{.verb = PROV_VERB_ACTIVATE}, PROV_E_UNSUPPORTED, "prov_agent_enable_activation() before"},
        {{.verb = 99}, PROV_E_UNSUPPORTED, "verb 99: not one of this release"},
        {{.pwd = {"p", 1}}, PROV_E_INVALID, "expected a rule"},
        {{.rule = {"x", 1}, .uid = {NULL, 1}}, PROV_E_INVALID, "text without data"},
        {{.rule = {"x", 1}, .pwd = {NULL, 1}}, PROV_E_INVALID, "text without data"},
        {{.rule = {"x", 1}, .uid = {long_login, 1025}}, PROV_E_LIMIT, "1024"},
        {{.rule = {"x", 1}, .pwd = {long_login, 1025}}, PROV_E_LIMIT, "1024"},
        {{.rule = {"x", 1}, .pwd = {long_login, 1024}}, PROV_OK, ""},
    };
    struct device d;
    (void)state;
    device_start(&d);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_agent_request request = rows[i].request;
        struct prov_error err = {0};
        request.size = sizeof request;
        request.cause = PROV_CAUSE_URL;
        assert_int_equal(ask(&d, &request, &err), rows[i].status);
        assert_non_null(strstr(err.message, rows[i].message));
    }
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_SIP};
    assert_int_equal(prov_agent_run_once(d.agent, &reboot, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

/* A struct with its size alone is the host's own request, as no struct is. */
static void test_a_request_without_cause_is_the_hosts(void **state)
{
    const struct prov_agent_request nothing = {.size = sizeof nothing};
    const struct prov_agent_request *const requests[] = {&nothing, NULL};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct prov_job_status status = {.size = sizeof status};
        device_start(&d);
        device_boot(&d);
        assert_int_equal(ask(&d, requests[i], NULL), PROV_OK);
        assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC, &status), PROV_OK);
        assert_non_null(status.last);
        assert_int_equal(status.last->cause, PROV_CAUSE_HOST);
        device_unplug(&d);
    }
}

/* Of each verb, behind a resync without end. */
static void test_requests_that_wait_end_with_the_agent(void **state)
{
    static const uint32_t verbs[] = {PROV_VERB_RESYNC, PROV_VERB_UPGRADE, PROV_VERB_REPORT,
                                     PROV_VERB_UPDATE_CA, PROV_VERB_ACTIVATE};
    (void)state;
    for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        struct device d;
        struct fake_trust trust = {.n_calls = 0};
        struct fake_banks banks = {.running = 0};
        device_plug_in(&d, NULL, NULL, NULL);
        device_mute(&d);
        fake_banks_plug_in(&d, &banks);
        fake_trust_plug_in(&d, &trust);
        d.report.size = sizeof d.report;
        d.activation = activation_services;
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        d.net.stalled_url = "http://h/p";
        device_ask(&d, "http://h/p");
        for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
            bool is_code = verbs[i] == PROV_VERB_ACTIVATE;
            const struct prov_agent_request request = {
                .size = sizeof request,
                .verb = verbs[i],
                .cause = PROV_CAUSE_URL,
                .rule = prov_str_from(is_code ? ACTIVATION_CODE : "http://h/other"),
                .uid = prov_str_from(is_code ? "" : "user"),
                .pwd = prov_str_from(is_code ? "" : SECRET),
                .requester = prov_str_from(is_code ? "" : "10.0.0.9"),
            };
            assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
        }
        if (is_cancelled)
            assert_int_equal(prov_agent_cancel(d.agent,
                                               PROV_JOB_RESYNC | PROV_JOB_UPGRADE |
                                                   PROV_JOB_REPORT | PROV_JOB_CUSTOM_CA |
                                                   PROV_JOB_ACTIVATION,
                                               NULL),
                             PROV_OK);
        assert_int_equal(d.net.n_requests, 1);
        device_unplug(&d);
    }
}

/* When lines are idle, and after the resync that runs. */
static void test_a_reboot_on_request_waits_its_turn(void **state)
{
    (void)state;
    struct device d;
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_SIP};
    device_start(&d);
    device_boot(&d);
    d.host.is_idle = false;
    assert_int_equal(ask(&d, &reboot, NULL), PROV_OK);
    device_pass(&d, 60000);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot"));
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted by 6\n"));

    d.net.is_frozen = true;
    device_ask(&d, "http://h/p");
    assert_int_equal(ask(&d, &reboot, NULL), PROV_OK);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot"));
    d.net.is_frozen = false;
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted by 6\n"));
    device_pass(&d, 60000); /* once */
    assert_null(strstr(fake_host_take_events(&d.host), "reboot"));
    device_unplug(&d);
}

/* Seconds since the last resync began, or since the start before the first. */
static void test_prvtmr_counts_from_the_last_resync(void **state)
{
    static const char *const urls[] = {"http://h/40", "http://h/100", "http://h/7"};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Resync_On_Reset", "No");
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_host_set(&d.host, "Profile_Rule", "http://h/$PRVTMR");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    for (size_t i = 0; i < 3; i++) {
        fake_transport_add_text(&d.net, urls[i], "<flat-profile/>");
        device_pass(&d, (int64_t)strtol(urls[i] + strlen("http://h/"), NULL, 10) * 1000);
        device_ask(&d, NULL);
        assert_int_equal(d.net.n_requests, i + 1);
        assert_non_null(fake_transport_find(&d.net, urls[i]));
    }
    device_unplug(&d);
}

/* A URL is shown whole, however long it is, but for its login. */
static void test_long_url_is_shown_whole(void **state)
{
    struct device d;
    char url[1100], shown[1100];
    (void)state;
    device_start(&d);
    device_boot(&d);
    for (int len = 1; len < 1000; len = len * 3 + 1) {
        snprintf(url, sizeof url, "http://u:hush@h/%0*d", len, 0);
        snprintf(shown, sizeof shown, "request rule on request http://h/%0*d\n", len, 0);
        device_ask(&d, url);
        const char *events = fake_host_take_events(&d.host);
        assert_null(strstr(events, "hush"));
        if (!strstr(events, shown))
            fail_msg("%s: %s", shown, events);
    }
    device_unplug(&d);
}

/* The address that a server turns out to have takes the place of a longer one in the URL. */
static void test_address_of_the_server_is_that_connected_to(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://192.168.100.200/p", "<flat-profile/>");
    device_ask(&d, "http://192.168.100.200/p");
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "Requesting resync http://192.168.100.200:80/p\n"));
    if (!strstr(events, "Successful resync http://192.0.2.1:80/p\n"))
        fail_msg("%s", events);
    device_unplug(&d);
}

static void test_a_request_that_waits_is_freed(void **state)
{
    const struct prov_agent_request request = {.size = sizeof request,
                                               .cause = PROV_CAUSE_SIP,
                                               .rule = prov_str_from("http://h/x"),
                                               .requester = prov_str_from("192.0.2.7")};
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_that_waits_is_freed),
        cmocka_unit_test(test_an_unknown_content_coding_is_a_warning),
        cmocka_unit_test(test_proxy_is_what_the_parameters_name),
        cmocka_unit_test(test_server_parameters_say_what_does_not_belong_there),
        cmocka_unit_test(test_proxy_may_have_a_name_of_255_bytes),
        cmocka_unit_test(test_a_service_is_asked_for_under_its_domain),
        cmocka_unit_test(test_proxy_is_for_http_only),
        cmocka_unit_test(test_a_password_in_the_clear_is_a_warning),
        cmocka_unit_test(test_headers_are_copied_into_requests),
        cmocka_unit_test(test_source_ip_is_copied_into_requests_of_http),
        cmocka_unit_test(test_headers_that_do_harm_are_refused),
        cmocka_unit_test(test_user_agent_has_the_shape_chosen),
        cmocka_unit_test(test_requests_have_the_identity_of_the_agent),
        cmocka_unit_test(test_no_secret_is_in_a_user_agent_or_a_body),
        cmocka_unit_test(test_tftp_file_names_keep_their_slash_or_drop_it),
        cmocka_unit_test(test_a_request_brings_its_own_login),
        cmocka_unit_test(test_requests_name_a_verb),
        cmocka_unit_test(test_a_request_without_cause_is_the_hosts),
        cmocka_unit_test(test_requests_that_wait_end_with_the_agent),
        cmocka_unit_test(test_a_reboot_on_request_waits_its_turn),
        cmocka_unit_test(test_prvtmr_counts_from_the_last_resync),
        cmocka_unit_test(test_long_url_is_shown_whole),
        cmocka_unit_test(test_address_of_the_server_is_that_connected_to),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
