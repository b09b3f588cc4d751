/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

static void assert_events(struct device *d, const char *expected)
{
    assert_string_equal(fake_host_take_events(&d->host), expected);
}

#define BASIC "<flat-profile>\n<GPP_A> 12345678\n</GPP_A>\n</flat-profile>"

static void test_resync_applies_and_reports(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    d.net.server_ip = "192.168.1.200";
    fake_transport_add_text(&d.net, "tftp://192.168.1.200/basic.txt", BASIC);
    fake_host_set(&d.host, "GPP_A", "old");
    device_ask(&d, "tftp://192.168.1.200/basic.txt");
    assert_events(&d, "log 6 CP-8841-3PCC 00:0e:08:01:23:45 Requesting resync "
                      "tftp://192.168.1.200:69/basic.txt\n"
                      "request rule on request tftp://192.168.1.200/basic.txt\n"
                      "changed GPP_A 'old' '12345678'\n"
                      "result rule on request applied \n"
                      "log 6 CP-8841-3PCC 00:0e:08:01:23:45 Successful resync "
                      "tftp://192.168.1.200:69/basic.txt\n"
                      "resync 11 applied \n");
    device_assert_stored(&d, "GPP_A", "12345678");
    device_unplug(&d);
}

static void test_resync_unchanged_writes_nothing(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", BASIC);
    device_ask(&d, "http://h/p");
    assert_int_equal(fake_host_n_commits(&d.host), 1);
    fake_host_take_events(&d.host);
    device_ask(&d, "http://h/p");
    assert_non_null(strstr(fake_host_take_events(&d.host), "result rule on request unchanged"));
    assert_int_equal(fake_host_n_commits(&d.host), 1);
    device_unplug(&d);
}

static void test_rules_run_in_order_and_are_read_afresh(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://h/a?$MA");
    fake_transport_add_text(&d.net, "http://h/a?000e08012345",
                            "<flat-profile><Profile_Rule_B>http://h/b</Profile_Rule_B>"
                            "<GPP_A>1</GPP_A></flat-profile>");
    fake_transport_add_text(&d.net, "http://h/b", "<flat-profile><GPP_A>2</GPP_A></flat-profile>");
    fake_host_set(&d.host, "Log_Request_Msg", "");
    fake_host_set(&d.host, "Log_Success_Msg", "");
    device_ask(&d, NULL);
    assert_events(&d, "request Profile_Rule http://h/a?000e08012345\n"
                      "changed Profile_Rule_B '' 'http://h/b'\n"
                      "changed GPP_A '' '1'\n"
                      "result Profile_Rule applied \n"
                      "request Profile_Rule_B http://h/b\n"
                      "changed GPP_A '1' '2'\n"
                      "result Profile_Rule_B applied \n"
                      "result Profile_Rule_C skipped \n"
                      "result Profile_Rule_D skipped \n"
                      "resync 11 applied \n");
    device_unplug(&d);
}

/* `$SERV` and its kin are known once the URL of the rule itself is, and never those of another. */
static void test_url_macros_are_empty_before_a_rule_has_its_url(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://first/a");
    fake_host_set(&d.host, "Profile_Rule_B", "http://h/b?$SCHEME$SERV$SERVIP$PORT$PATH");
    fake_host_set(&d.host, "Profile_Rule_C", "no rule");
    fake_host_set(&d.host, "Log_Request_Msg", "$SCHEME $SERV $SERVIP $PORT $PATH");
    fake_host_set(&d.host, "Log_Success_Msg", "");
    fake_host_set(&d.host, "Log_Failure_Msg", "failed: $SERV$SERVIP$PATH");
    fake_transport_add_text(&d.net, "http://first/a", BASIC);
    fake_transport_add_text(&d.net, "http://h/b?", BASIC);
    device_ask(&d, NULL);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "log 6 http first 192.0.2.1 80 /a\n"));
    assert_non_null(strstr(events, "log 6 http h 192.0.2.1 80 /b?\n"));
    assert_non_null(strstr(events, "log 3 failed: \n"));
    device_unplug(&d);
}

static void test_first_failure_ends_the_resync(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://h/a");
    fake_host_set(&d.host, "Profile_Rule_B", "http://h/missing");
    fake_host_set(&d.host, "Profile_Rule_C", "http://h/c");
    fake_transport_add_text(&d.net, "http://h/a", BASIC);
    fake_host_set(&d.host, "Log_Request_Msg", "");
    device_ask(&d, NULL);
    assert_events(&d,
                  "request Profile_Rule http://h/a\n"
                  "changed GPP_A '' '12345678'\n"
                  "result Profile_Rule applied \n"
                  "log 6 CP-8841-3PCC 00:0e:08:01:23:45 Successful resync http://192.0.2.1:80/a\n"
                  "request Profile_Rule_B http://h/missing\n"
                  "result Profile_Rule_B failed PROV_E_NOT_FOUND\n"
                  "log 3 CP-8841-3PCC 00:0e:08:01:23:45 Resync failed: File Not Found\n"
                  "resync 11 failed PROV_E_NOT_FOUND\n");
    assert_null(fake_transport_find(&d.net, "http://h/c"));
    device_unplug(&d);
}

static void test_missing_file_is_forgiven_when_told_so(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Resync_Fails_On_FNF", "No");
    fake_host_set(&d.host, "Profile_Rule", "http://h/missing");
    fake_host_set(&d.host, "Profile_Rule_B", "http://h/b");
    fake_transport_add_text(&d.net, "http://h/b", BASIC);
    device_ask(&d, NULL);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "result Profile_Rule forgiven PROV_E_NOT_FOUND\n"));
    assert_non_null(strstr(events, "result Profile_Rule_B applied \n"));
    assert_non_null(strstr(events, "resync 11 applied \n"));
    device_unplug(&d);
}

/* Each way a content can be bad: one result for the host, one word for the network. */
static void test_bad_content_is_one_word_on_the_network(void **state)
{
    static const struct {
        const char *rule;
        const char *body;
        prov_status status;
    } rows[] = {
        {"http://h/p", "", PROV_E_CORRUPT},
        {"http://h/p", "<html><body>login</body></html>", PROV_E_CORRUPT},
        {"http://h/p", "<flat-profile><GPP_A>1</GPP_A>", PROV_E_TRUNCATED},
        {"http://h/p", "Salted__12345678aaaaaaaaaaaaaaaa", PROV_E_NO_KEY},
        {"[--key k] http://h/p", "Salted__12345678aaaaaaaaaaaaaaaa", PROV_E_KEY},
        {"[--key k] http://h/p", BASIC, PROV_E_NOT_ENCRYPTED},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        char expected[64];
        device_start(&d);
        device_boot(&d);
        fake_host_set(&d.host, "GPP_A", "old");
        fake_transport_add_text(&d.net, "http://h/p", rows[i].body);
        device_ask(&d, rows[i].rule);
        const char *events = fake_host_take_events(&d.host);
        snprintf(expected, sizeof expected, "failed %s\n", prov_status_name(rows[i].status));
        assert_non_null(strstr(events, expected));
        assert_non_null(strstr(events, "Resync failed: corrupt file\n"));
        device_assert_stored(&d, "GPP_A", "old");
        device_unplug(&d);
    }
}

static void test_rule_that_does_not_parse_fails_before_anything_is_done(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    device_ask(&d, "( a = \"set\"; )! http://h");
    assert_events(&d, "result rule on request failed PROV_E_SYNTAX\n"
                      "log 3 CP-8841-3PCC 00:0e:08:01:23:45 Resync failed: rule syntax error\n"
                      "resync 11 failed PROV_E_SYNTAX\n");
    device_assert_stored(&d, "GPP_A", NULL);
    device_unplug(&d);
}

static void test_assignments_are_kept_when_the_download_fails(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    device_ask(&d, "( a = \"set\"; )! http://h/missing");
    device_assert_stored(&d, "GPP_A", "set");
    device_ask(&d, "( b = \"$A\"; )!");
    device_assert_stored(&d, "GPP_B", "set");
    assert_non_null(strstr(fake_host_take_events(&d.host), "result rule on request assigned"));
    device_unplug(&d);
}

static void test_last_evaluations_are_kept_in_words(void **state)
{
    struct device d;
    struct prov_agent_trace trace = {.size = sizeof trace};
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "(1 eq 2)? http://h/a | [--key $SA] http://h/$MA");
    fake_host_set(&d.host, "GPP_SA", "TopSecretWord");
    device_ask(&d, NULL);
    device_ask(&d, "( 1 eq 2 ) http://h/a");
    assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_OK);
    assert_true(device_says(trace.text, "^"));
    assert_int_equal(prov_agent_trace_get(d.agent, 1, &trace), PROV_OK);
    assert_int_equal(trace.cause, PROV_CAUSE_HOST);
    assert_int_equal(trace.mono_ms, 1000000);
    assert_memory_equal(trace.rule.data, "Profile_Rule", 12);
    assert_true(device_says(trace.text, "1 eq 2 as integers: false"));
    assert_true(device_says(trace.text, "http://h:80/000e08012345"));
    assert_false(device_says(trace.text, "TopSecretWord"));
    assert_int_equal(prov_agent_trace_get(d.agent, 2, &trace), PROV_E_NOT_FOUND);
    device_unplug(&d);
}

static void test_fault_of_an_alias_map_is_told_at_its_place(void **state)
{
    struct device d;
    struct prov_error err = {0};
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_HOST,
        .rule = prov_str_from("[--alias m] http://h/p"),
    };
    (void)state;
    device_start(&d);
    fake_host_set(&d.host, "GPP_M", "/a = /flat-profile/GPP_A ; junk");
    assert_int_equal(prov_agent_run_once(d.agent, &request, &err), PROV_E_SYNTAX);
    assert_string_equal(err.source, "GPP_M");
    assert_int_equal(err.column, 28);
    device_unplug(&d);
}

static void test_server_comes_from_requester_or_dhcp(void **state)
{
    struct device d;
    struct prov_agent_options options = {
        .size = sizeof options,
        .dhcp_server = prov_str_from("https://prov.telco.com:4443"),
    };
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    device_ask(&d, "/$PSN.xml");
    assert_non_null(fake_transport_find(&d.net, "https://prov.telco.com:4443/8841.xml"));

    struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_URL,
        .rule = prov_str_from("/basic.txt"),
        .requester = prov_str_from("192.168.1.50"),
    };
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(fake_transport_find(&d.net, "tftp://192.168.1.50/basic.txt"));
    request.requester = prov_str_from("2001:db8::7");
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(fake_transport_find(&d.net, "tftp://[2001:db8::7]/basic.txt"));
    device_unplug(&d);
}

static void test_no_server_is_a_failure_of_its_own(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    device_ask(&d, "/basic.txt");
    assert_non_null(strstr(fake_host_take_events(&d.host), "Resync failed: no server\n"));
    device_unplug(&d);
}

static void test_post_sends_the_expanded_body(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "GPP_F", "Product = \"$PN\"; MAC_Addr = \"$MA\";");
    fake_host_set(&d.host, "HTTP_User_Agent_Name", "agent\t($MA)");
    device_ask(&d, "[--post f --uid u --pwd p] http://h/p");
    const struct fake_request *request = fake_transport_find(&d.net, "http://h/p");
    assert_non_null(request);
    assert_int_equal(request->method, PROV_METHOD_POST);
    assert_string_equal(request->body, "Product = \"CP-8841-3PCC\"; MAC_Addr = \"000e08012345\";");
    assert_string_equal(request->content_type, "text/plain");
    assert_string_equal(request->user_agent, "agent (000e08012345)");
    assert_string_equal(request->uid, "u");
    assert_string_equal(request->pwd, "p");
    device_unplug(&d);
}

static void test_server_that_is_no_address_is_told(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Syslog_Server", "user:hush@log.example:x");
    device_ask(&d, "/p");
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "log 4 log message could not be sentPROV_E_VALUE\n"));
    assert_null(strstr(events, "hush"));
    device_unplug(&d);
}

static void test_long_message_is_cut_not_lost(void **state)
{
    struct device d;
    char url[2048] = "http://h/";
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Syslog_Server", "log.example");
    fake_transport_add_text(&d.net, "syslog://log.example/", "");
    memset(url + strlen(url), 'p', 1500);
    fake_transport_add_text(&d.net, url, BASIC);
    device_ask(&d, url);
    const struct fake_request *message = fake_transport_find(&d.net, "syslog://log.example/");
    assert_non_null(message);
    assert_int_equal(message->body_len, 1023);
    assert_non_null(strstr(message->body, "Successful resync http://"));
    device_unplug(&d);
}

static void test_log_goes_to_both_servers_in_order(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Syslog_Server", "log.example");
    fake_host_set(&d.host, "Debug_Server", "10.0.0.1:1514");
    fake_host_set(&d.host, "Syslog_Identifier", "$mA"); /* used as it is spelled properly */
    fake_transport_add_text(&d.net, "syslog://log.example/", "");
    fake_transport_add_text(&d.net, "syslog://10.0.0.1:1514/", "");
    d.net.server_ip = "10.0.0.9";
    fake_transport_add_text(&d.net, "tftp://10.0.0.9/p", BASIC);
    device_ask(&d, "tftp://10.0.0.9/p");
    static const char *const bodies[] = {
        "<134>000e08012345 CP-8841-3PCC 00:0e:08:01:23:45 Requesting resync tftp://10.0.0.9:69/p",
        "<134>000e08012345 CP-8841-3PCC 00:0e:08:01:23:45 Successful resync tftp://10.0.0.9:69/p",
    };
    size_t n = 0;
    for (size_t i = 0; i < d.net.n_requests; i++) {
        const struct fake_request *request = &d.net.requests[i];
        if (strncmp(request->url, "syslog", 6) != 0)
            continue;
        assert_true(n < 4);
        assert_string_equal(request->body, bodies[n / 2]);
        n++;
    }
    assert_int_equal(n, 4);
    device_unplug(&d);
}

static void test_no_event_shows_a_secret(void **state)
{
    static const char *const rules[] = {
        "[--key $SA] http://h/p",
        "[--uid $SB --pwd TopSecretWord] http://h/p",
        "[--key $SA http://h/p",
        "[--key TopSecretWord --frob 1] http://h/p",
        "http://user:TopSecretWord@h/p",
        "(1 eq 2)? [--key TopSecretWord] http://h/p",
        "( GPP_SA = \"TopSecretWord\"; )!",
        "( Profile_Rule_D = \"[--key TopSecretWord] http://h/d\"; )!",
        "$A",
    };
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        struct device d;
        struct secrets secrets = {0};
        device_start(&d);
        device_boot(&d);
        secrets_plant(&secrets, "TopSecretWord", 13);
        secrets_plant(&secrets, "SecretOfStore", 13);
        d.host.secrets = &secrets;
        fake_host_set(&d.host, "GPP_SA", "SecretOfStore");
        fake_host_set(&d.host, "GPP_SB", "SecretOfStore");
        fake_host_set(&d.host, "GPP_A", "http://user:TopSecretWord@h/p");
        fake_transport_add_text(&d.net, "http://h/p",
                                "<flat-profile><GPP_SC>TopSecretWord</GPP_SC>"
                                "<Profile_Rule_B>[--key TopSecretWord] http://h/b</Profile_Rule_B>"
                                "<Profile_Rule_C>http://u:TopSecretWord@h/c</Profile_Rule_C>"
                                "<LDAP_Password>TopSecretWord</LDAP_Password></flat-profile>");
        device_ask(&d, rules[i]);
        device_unplug(&d);
    }
}

static void test_power_up_then_period(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "Resync_Periodic", "3600");
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", BASIC);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(answer->n_asked, 1);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 3600000);
    device_pass(&d, 3599999);
    assert_int_equal(answer->n_asked, 1);
    device_pass(&d, 1);
    assert_int_equal(answer->n_asked, 2);
    device_unplug(&d);
}

static void test_failure_is_retried_by_the_list(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60,120");
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", "");
    answer->status = PROV_E_CONNECT;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    static const int64_t waits[] = {60000, 120000, 120000};
    for (size_t i = 0; i < 3; i++) {
        assert_int_equal(prov_agent_timeout_ms(d.agent), waits[i]);
        device_pass(&d, waits[i]);
        assert_int_equal(answer->n_asked, i + 2);
    }
    device_unplug(&d);
}

static void test_active_line_holds_a_resync_back(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", BASIC);
    d.host.is_idle = false;
    device_ask(&d, "http://h/p");
    assert_int_equal(answer->n_asked, 0);
    device_pass(&d, 50000);
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    assert_true(d.host.n_wakes > 0);
    device_settle(&d);
    assert_int_equal(answer->n_asked, 1);
    device_unplug(&d);
}

static void test_call_between_request_and_process_holds_it_back(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", BASIC);
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from("http://h/p")};
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    d.host.is_idle = false;
    device_settle(&d);
    assert_int_equal(answer->n_asked, 0);
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(answer->n_asked, 1);
    device_unplug(&d);
}

static void test_false_trigger_holds_back_all_but_requests(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "Resync_Trigger_1", "$PRVTMR ge 600");
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", BASIC);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(answer->n_asked, 0);
    device_ask(&d, NULL);
    assert_int_equal(answer->n_asked, 1);
    device_unplug(&d);
}

static void test_trigger_that_does_not_parse_is_told_and_gates_nothing(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Resync_Trigger_2", "($PRVTMR ge 600)?");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "taken as not setPROV_E_SYNTAX\n"));
    assert_non_null(strstr(events, "resync 1 skipped"));
    fake_host_set(&d.host, "Profile_Rule", "http://h/p"); /* nor does it ask for a resync */
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 0);
    device_unplug(&d);
}

/* Too long is as wrong as what does not parse. */
static void test_trigger_that_is_too_long_gates_nothing(void **state)
{
    struct device d;
    const struct prov_limits limits = {.size = sizeof limits, .max_rule_bytes = 40};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Resync_Trigger_1", "( \"$GPP_A\" eq \"a rather long value of it\" )?");
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", BASIC);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    assert_int_equal(answer->n_asked, 1);
    assert_non_null(strstr(fake_host_take_events(&d.host), "PROV_E_LIMIT\n"));
    device_unplug(&d);
}

static void test_request_is_refused_when_provisioning_is_off(void **state)
{
    struct device d;
    struct prov_error err = {0};
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Provision_Enable", "No");
    assert_int_equal(prov_agent_request(d.agent, NULL, &err), PROV_E_POLICY);
    assert_string_equal(err.message, "Provision_Enable is No");
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 0);
    device_unplug(&d);
}

static void test_request_is_refused_by_the_setting_of_its_cause(void **state)
{
    static const struct {
        uint32_t cause;
        const char *setting;
    } rows[] = {
        {PROV_CAUSE_SIP, "Resync_From_SIP"},
        {PROV_CAUSE_XML_SIP, "Resync_From_SIP"},
        {PROV_CAUSE_MENU, "User_Configurable_Resync"},
    };
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Resync_From_SIP", "No");
    fake_host_set(&d.host, "User_Configurable_Resync", "No");
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        const struct prov_agent_request request = {.size = sizeof request, .cause = rows[i].cause};
        struct prov_error err = {0};
        char message[64];
        snprintf(message, sizeof message, "%s is No", rows[i].setting);
        assert_int_equal(prov_agent_request(d.agent, &request, &err), PROV_E_POLICY);
        assert_string_equal(err.message, message);
    }
    device_unplug(&d);
}

static void test_one_request_is_remembered_while_one_runs(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    d.net.is_immediate = false;
    d.net.is_frozen = true;
    fake_transport_add_text(&d.net, "http://h/1", BASIC);
    struct fake_answer *second = fake_transport_add_text(&d.net, "http://h/2", BASIC);
    struct fake_answer *third = fake_transport_add_text(&d.net, "http://h/3", BASIC);
    const struct prov_agent_request first = {
        .size = sizeof first, .cause = PROV_CAUSE_HOST, .rule = prov_str_from("http://h/1")};
    assert_int_equal(prov_agent_request(d.agent, &first, NULL), PROV_OK);
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    assert_int_equal(fake_transport_n_running(&d.net), 1);

    struct prov_agent_request more = first;
    more.rule = prov_str_from("http://h/2");
    assert_int_equal(prov_agent_request(d.agent, &more, NULL), PROV_OK);
    more.rule = prov_str_from("http://h/3");
    assert_int_equal(prov_agent_request(d.agent, &more, NULL), PROV_OK);
    d.net.is_frozen = false;
    device_pass(&d, 1000);
    assert_int_equal(second->n_asked, 0);
    assert_int_equal(third->n_asked, 1);
    device_unplug(&d);
}

static prov_status process_status;
static prov_status request_status;

static void call_back(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type != PROV_EVENT_REQUEST)
        return;
    process_status = prov_agent_process(d->agent, NULL);
    request_status = prov_agent_request(d->agent, NULL, NULL);
}

static void test_callbacks_may_ask_but_not_process(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", BASIC);
    d.host.on_event = call_back;
    d.host.on_event_ctx = &d;
    device_ask(&d, "http://h/p");
    assert_int_equal(process_status, PROV_E_STATE);
    assert_int_equal(request_status, PROV_OK);
    device_unplug(&d);
}

static void test_free_cancels_what_runs(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    d.net.is_frozen = true;
    fake_transport_add_text(&d.net, "http://h/p", BASIC);
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from("http://h/p")};
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    device_unplug(&d);
    assert_int_equal(d.net.n_cancelled, 1);
}

static void test_arguments_are_checked(void **state)
{
    struct device d;
    prov_agent *agent = NULL;
    (void)state;
    device_start(&d);
    assert_int_equal(prov_agent_new(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_new(&agent, NULL, NULL), PROV_E_INVALID);
    assert_null(agent);
    assert_int_equal(prov_agent_process(NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_request(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_add_transport(d.agent, NULL, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_identity(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_identity(d.agent, NULL, NULL), PROV_OK);
    assert_int_equal(prov_agent_timeout_ms(NULL), -1);
    assert_int_equal(prov_agent_pollfds(NULL, NULL, 0), 0);
    const struct prov_agent_request automatic = {.size = sizeof automatic,
                                                 .cause = PROV_CAUSE_PERIODIC};
    assert_int_equal(prov_agent_request(d.agent, &automatic, NULL), PROV_E_INVALID);
    static char text[2000];
    struct prov_agent_request login = automatic;
    login.cause = PROV_CAUSE_HOST;
    login.rule = login.pwd = (prov_str){text, sizeof text};
    assert_int_equal(prov_agent_request(d.agent, &login, NULL), PROV_E_LIMIT);
    prov_agent_free(NULL);
    device_unplug(&d);
}

static void test_run_once_tells_the_failure(void **state)
{
    struct device d;
    struct prov_error err = {0};
    (void)state;
    device_start(&d);
    fake_transport_add_text(&d.net, "http://h/p", BASIC);
    struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from("http://h/p")};
    assert_int_equal(prov_agent_run_once(d.agent, &request, &err), PROV_OK);
    device_assert_stored(&d, "GPP_A", "12345678");
    request.rule = prov_str_from("http://h/missing");
    assert_int_equal(prov_agent_run_once(d.agent, &request, &err), PROV_E_NOT_FOUND);
    assert_string_equal(err.source, "http://h/missing");

    struct fake_transport shared; /* its transfers would never end */
    fake_transport_init(&shared, "file", NULL);
    assert_int_equal(
        prov_agent_add_transport(d.agent, &shared.transport, PROV_TRANSPORT_SHARED, NULL), PROV_OK);
    assert_int_equal(prov_agent_run_once(d.agent, &request, &err), PROV_E_INVALID);
    assert_non_null(strstr(err.message, "PROV_TRANSPORT_SHARED"));
    device_unplug(&d);
    fake_transport_free(&shared);
}

static void test_agent_takes_so_many_transports(void **state)
{
    struct device d;
    struct fake_transport more;
    struct prov_error err = {0};
    (void)state;
    device_start(&d); /* with one */
    fake_transport_init(&more, "file", NULL);
    for (int i = 2; i <= 8; i++)
        assert_int_equal(
            prov_agent_add_transport(d.agent, &more.transport, PROV_TRANSPORT_SHARED, NULL),
            PROV_OK);
    assert_int_equal(
        prov_agent_add_transport(d.agent, &more.transport, PROV_TRANSPORT_SHARED, &err),
        PROV_E_LIMIT);
    assert_string_equal(err.message, "at most 8 transports");
    device_unplug(&d);
    fake_transport_free(&more);
}

/* Schemes that the built-in transport does not speak are for those the host registers. */
static void test_hosts_own_transport_is_used_for_its_scheme(void **state)
{
    static const char *const urls[] = {"gds://", "gds://activation.example/x",
                                       "file://localhost/p"};
    (void)state;
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct device d;
        struct fake_transport own;
        device_start(&d);
        device_boot(&d);
        fake_transport_init(&own, "gds,file", NULL);
        own.is_immediate = true;
        device_ask(&d, urls[i]);
        assert_non_null(strstr(fake_host_take_events(&d.host), "failed PROV_E_UNSUPPORTED"));
        assert_int_equal(prov_agent_add_transport(d.agent, &own.transport, 0, NULL), PROV_OK);
        fake_transport_add_text(&own, urls[i], BASIC);
        device_ask(&d, urls[i]);
        assert_int_equal(own.n_requests, 1);
        assert_int_equal(d.net.n_requests, 0);
        device_assert_stored(&d, "GPP_A", "12345678");
        device_unplug(&d);
        fake_transport_free(&own);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_resync_applies_and_reports),
        cmocka_unit_test(test_resync_unchanged_writes_nothing),
        cmocka_unit_test(test_rules_run_in_order_and_are_read_afresh),
        cmocka_unit_test(test_url_macros_are_empty_before_a_rule_has_its_url),
        cmocka_unit_test(test_first_failure_ends_the_resync),
        cmocka_unit_test(test_missing_file_is_forgiven_when_told_so),
        cmocka_unit_test(test_bad_content_is_one_word_on_the_network),
        cmocka_unit_test(test_rule_that_does_not_parse_fails_before_anything_is_done),
        cmocka_unit_test(test_assignments_are_kept_when_the_download_fails),
        cmocka_unit_test(test_last_evaluations_are_kept_in_words),
        cmocka_unit_test(test_fault_of_an_alias_map_is_told_at_its_place),
        cmocka_unit_test(test_server_comes_from_requester_or_dhcp),
        cmocka_unit_test(test_no_server_is_a_failure_of_its_own),
        cmocka_unit_test(test_post_sends_the_expanded_body),
        cmocka_unit_test(test_server_that_is_no_address_is_told),
        cmocka_unit_test(test_long_message_is_cut_not_lost),
        cmocka_unit_test(test_log_goes_to_both_servers_in_order),
        cmocka_unit_test(test_no_event_shows_a_secret),
        cmocka_unit_test(test_power_up_then_period),
        cmocka_unit_test(test_failure_is_retried_by_the_list),
        cmocka_unit_test(test_active_line_holds_a_resync_back),
        cmocka_unit_test(test_call_between_request_and_process_holds_it_back),
        cmocka_unit_test(test_false_trigger_holds_back_all_but_requests),
        cmocka_unit_test(test_trigger_that_does_not_parse_is_told_and_gates_nothing),
        cmocka_unit_test(test_trigger_that_is_too_long_gates_nothing),
        cmocka_unit_test(test_request_is_refused_when_provisioning_is_off),
        cmocka_unit_test(test_request_is_refused_by_the_setting_of_its_cause),
        cmocka_unit_test(test_one_request_is_remembered_while_one_runs),
        cmocka_unit_test(test_callbacks_may_ask_but_not_process),
        cmocka_unit_test(test_free_cancels_what_runs),
        cmocka_unit_test(test_arguments_are_checked),
        cmocka_unit_test(test_run_once_tells_the_failure),
        cmocka_unit_test(test_agent_takes_so_many_transports),
        cmocka_unit_test(test_hosts_own_transport_is_used_for_its_scheme),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
