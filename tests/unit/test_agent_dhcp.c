/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What DHCP offers, from the option to the request. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/str.h"
#include "device.h"
#include "lease.h"

#define STR(text) (int)(text).len, (text).data ? (text).data : ""

/* Texts with a NUL behind them, for as long as a case runs. */
struct words {
    char text[16][128];
    size_t n;
};

static const char *keep(struct words *words, prov_str text)
{
    char *to = words->text[words->n++];
    snprintf(to, sizeof words->text[0], "%.*s", STR(text));
    return to;
}

static prov_status read_status(const struct vector *vector, prov_str name)
{
    for (prov_status status = 0; status > -100; status--)
        if (provi_str_is(name, prov_status_name(status)))
            return status;
    vector_die(vector, "no such status: %.*s", STR(name));
}

/* Every URL that is to be asked for is there, unless it is `absent`. */
static void prepare_net(struct device *d, const struct vector *vector, struct words *words)
{
    for (size_t i = 0; i < vector->n_fields; i++)
        if (provi_str_is(vector->fields[i].key, "fetch"))
            fake_transport_add_text(&d->net, keep(words, vector->fields[i].value),
                                    "<flat-profile/>");
    for (size_t i = 0; i < vector->n_fields; i++) {
        prov_str value = vector->fields[i].value;
        size_t blank = provi_str_find(value, ' ');
        if (!provi_str_is(vector->fields[i].key, "absent"))
            continue;
        const char *url = keep(words, provi_str_from_offset(value, blank + 1));
        fake_transport_add_text(&d->net, url, "")->status =
            read_status(vector, (prov_str){value.data, blank});
    }
}

static void prepare_rules(struct device *d, const struct vector *vector, struct words *words)
{
    prov_str rule = vector_get(vector, "rule");
    if (!vector_get(vector, "factory").data)
        fake_host_set(&d->host, "Profile_Rule", rule.data ? keep(words, rule) : "/$PSN.xml");
    fake_host_set(&d->host, "Profile_Rule_B", keep(words, vector_get(vector, "rule-b")));
}

/* As the factory makes it, with first contact. */
static void make_new(struct device *d)
{
    assert_int_equal(prov_store_reset(d->store, PROV_LAYER_SERVER, NULL), PROV_OK);
    device_mute(d);
    assert_int_equal(prov_agent_enable_activation(d->agent, NULL, NULL), PROV_OK);
}

static void set_dhcp(struct device *d, const struct vector *vector)
{
    struct lease lease;
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    lease_fill(&lease, vector);
    prov_status status = prov_dhcp_choose(&lease.lease, &offer, NULL);
    const struct prov_dhcp_offer *chosen = status == PROV_OK ? &offer : NULL;
    assert_int_equal(prov_agent_set_dhcp(d->agent, chosen, NULL), PROV_OK);
}

static void check_requests(const struct vector *vector, const struct device *d)
{
    size_t n = 0;
    for (size_t i = 0; i < vector->n_fields; i++) {
        prov_str expected = vector->fields[i].value;
        if (!provi_str_is(vector->fields[i].key, "fetch"))
            continue;
        const char *url = n < d->net.n_requests ? d->net.requests[n].url : "nothing";
        if (!provi_str_is(expected, url))
            vector_die(vector, "expected: %.*s\n   found: %s", STR(expected), url);
        n++;
    }
    if (d->net.n_requests != n)
        vector_die(vector, "also asked for: %s", d->net.requests[n].url);
}

static void check_end(const struct vector *vector, struct device *d)
{
    const char *events = fake_host_take_events(&d->host);
    const char *end = strstr(events, "resync 11 ");
    const char *failed = end ? strstr(end, "failed ") : NULL;
    prov_str expected = vector_get(vector, "error");
    char status[32] = "";
    if (failed)
        sscanf(failed, "failed %31s", status);
    if (!end || !provi_str_is(expected, status))
        vector_die(vector, "expected error: '%.*s'\n   found: %s", STR(expected), events);
}

static void check_fetch(void *ctx, const struct vector *vector)
{
    (void)ctx;
    struct device d;
    struct words words = {.n = 0};
    prov_str asked = vector_get(vector, "ask");
    bool is_new = vector_get(vector, "factory").data != NULL;
    device_start(&d);
    if (is_new)
        make_new(&d);
    device_boot(&d);
    prepare_net(&d, vector, &words);
    prepare_rules(&d, vector, &words);
    set_dhcp(&d, vector);
    if (is_new && !asked.data)
        device_settle(&d); /* the offer starts a resync */
    else
        device_ask(&d, asked.data ? keep(&words, asked) : NULL);
    check_requests(vector, &d);
    check_end(vector, &d);
    device_unplug(&d);
}

static void test_dhcp_reaches_requests_as_the_vectors_say(void **state)
{
    (void)state;
    assert_true(vectors_run(TEST_SOURCE_ROOT "/tests/vectors/dhcp/fetch.txt", check_fetch, NULL));
}

static prov_status offer_text(struct device *d, const char *text)
{
    const struct prov_dhcp_option option = {PROV_DHCP_V4, 66, prov_str_from(text)};
    const struct prov_dhcp_lease lease = {.size = sizeof lease, .options = &option, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    assert_int_equal(prov_dhcp_choose(&lease, &offer, NULL), PROV_OK);
    return prov_agent_set_dhcp(d->agent, &offer, NULL);
}

static void test_an_offer_is_copied(void **state)
{
    struct device d;
    char text[] = "https://h/a.xml";
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "/$PSN.xml");
    fake_host_set(&d.host, "Profile_Rule_B", "/b.xml");
    fake_transport_add_text(&d.net, "https://h/a.xml", "<flat-profile/>");
    assert_int_equal(offer_text(&d, text), PROV_OK);
    memset(text, 'x', sizeof text - 1);
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, 2);
    assert_string_equal(d.net.requests[0].url, "https://h/a.xml");
    assert_string_equal(d.net.requests[1].url, "https://h/b.xml");
    device_unplug(&d);
}

/* The key stays on the device; what would be sent to a stranger does not expand. */
static void test_a_rule_from_dhcp_sends_no_secret(void **state)
{
    struct device d;
    char text[] = "[--key $SA --uid $SB --pwd $SC] http://h/a.xml";
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "/$PSN.xml");
    fake_host_set(&d.host, "GPP_SA", "key-of-ours");
    fake_host_set(&d.host, "GPP_SB", "user-of-ours");
    fake_host_set(&d.host, "GPP_SC", "password-of-ours");
    assert_int_equal(offer_text(&d, text), PROV_OK);
    device_ask(&d, NULL);
    const struct fake_request *request = fake_transport_find(&d.net, "http://h/a.xml");
    assert_non_null(request);
    assert_string_equal(request->uid, "$SB");
    assert_string_equal(request->pwd, "$SC");
    device_unplug(&d);
}

static void test_an_offer_replaces_the_fixed_server_and_the_offer_before(void **state)
{
    struct device d;
    struct prov_agent_options options = {
        .size = sizeof options,
        .dhcp_server = prov_str_from("fixed"),
    };
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    device_ask(&d, "/x");
    assert_int_equal(offer_text(&d, "https://never/a.xml"), PROV_OK);
    assert_int_equal(offer_text(&d, "https://first/a.xml"), PROV_OK);
    device_ask(&d, "/x");
    assert_int_equal(offer_text(&d, "second"), PROV_OK);
    device_ask(&d, "/x");
    assert_int_equal(prov_agent_set_dhcp(d.agent, NULL, NULL), PROV_OK);
    fake_host_take_events(&d.host);
    device_ask(&d, "/x");
    assert_int_equal(d.net.n_requests, 3);
    assert_string_equal(d.net.requests[0].url, "tftp://fixed/x");
    assert_string_equal(d.net.requests[1].url, "https://first/x");
    assert_string_equal(d.net.requests[2].url, "tftp://second/x");
    assert_non_null(strstr(fake_host_take_events(&d.host), "failed PROV_E_NO_SERVER"));
    device_unplug(&d);
}

/* A new lease in the midst of a resync. */
static void test_an_offer_counts_from_the_next_resync_on(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "/a");
    fake_host_set(&d.host, "Profile_Rule_B", "/b");
    fake_transport_add_text(&d.net, "tftp://old/a", "<flat-profile/>");
    fake_transport_add_text(&d.net, "tftp://old/b", "<flat-profile/>");
    assert_int_equal(offer_text(&d, "old"), PROV_OK);
    d.net.is_frozen = true;
    assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
    assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    assert_int_equal(offer_text(&d, "new"), PROV_OK);
    assert_int_equal(prov_agent_timeout_ms(d.agent) == 0, 0); /* no cause for a resync */
    d.net.is_frozen = false;
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 2);
    assert_string_equal(d.net.requests[1].url, "tftp://old/b");
    device_ask(&d, NULL);
    assert_string_equal(d.net.requests[2].url, "tftp://new/a");
    device_unplug(&d);
}

static void test_events_tell_who_was_asked_and_why(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "/$PSN.xml");
    fake_host_set(&d.host, "Log_Request_Msg", "");
    fake_host_set(&d.host, "Log_Success_Msg", "");
    struct secrets secrets = {.n_all = 0};
    secrets_plant(&secrets, "TopSecretWord", strlen("TopSecretWord"));
    fake_transport_add_text(&d.net, "https://h/a.xml", "<flat-profile/>");
    assert_int_equal(offer_text(&d, "[--key TopSecretWord] https://h/a.xml"), PROV_OK);
    device_ask(&d, NULL);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "request rule from DHCP https://h/a.xml\n"));
    assert_null(strstr(events, "TopSecretWord"));
    struct prov_agent_trace trace = {.size = sizeof trace};
    assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_OK);
    assert_true(provi_str_is(trace.rule, "rule from DHCP"));
    secrets_assert_absent(&secrets, "trace", trace.text.data, trace.text.len);
    assert_int_equal(prov_agent_trace_get(d.agent, 1, &trace), PROV_OK);
    assert_true(provi_str_is(trace.rule, "Profile_Rule"));
    device_unplug(&d);
}

static const struct prov_dhcp_option three_addresses = {
    PROV_DHCP_V4, 150, {"\x0a\0\0\1\x0a\0\0\2\x0a\0\0\3", 12}};

static void offer_three(struct device *d, struct prov_dhcp_offer *offer)
{
    const struct prov_dhcp_lease lease = {
        .size = sizeof lease, .options = &three_addresses, .n_options = 1};
    *offer = (struct prov_dhcp_offer){.size = sizeof *offer};
    assert_int_equal(prov_dhcp_choose(&lease, offer, NULL), PROV_OK);
    fake_transport_add_text(&d->net, "tftp://10.0.0.1/x", "")->status = PROV_E_TIMEOUT;
    fake_transport_add_text(&d->net, "tftp://10.0.0.2/x",
                            "<flat-profile><GPP_A>1</GPP_A></flat-profile>");
}

static void keep_source(void *ctx, const struct prov_event *event)
{
    if (event->type != PROV_EVENT_LOG || !event->as.log->error)
        return;
    assert_int_equal(event->job, PROV_JOB_RESYNC);
    assert_int_equal(event->as.log->severity, PROV_SEVERITY_WARNING);
    assert_true(provi_str_is(event->as.log->rule, "rule on request"));
    strcpy(ctx, event->as.log->error->source);
}

static void test_a_server_passed_over_is_told_of_and_is_no_result(void **state)
{
    struct device d;
    struct prov_dhcp_offer offer;
    char source[sizeof((struct prov_error *)NULL)->source] = "";
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Log_Request_Msg", "");
    fake_host_set(&d.host, "Log_Success_Msg", "");
    d.host.on_event = keep_source;
    d.host.on_event_ctx = source;
    offer_three(&d, &offer);
    assert_int_equal(prov_agent_set_dhcp(d.agent, &offer, NULL), PROV_OK);
    device_ask(&d, "/x");
    assert_string_equal(source, "tftp://10.0.0.1/x");
    assert_string_equal(fake_host_take_events(&d.host),
                        "request rule on request tftp://10.0.0.1/x\n"
                        "log 4 server does not answer, the next one is triedPROV_E_TIMEOUT\n"
                        "request rule on request tftp://10.0.0.2/x\n"
                        "changed GPP_A '' '1'\n"
                        "result rule on request applied \n"
                        "resync 11 applied \n");
    device_unplug(&d);
}

/* A macro of the second request must not look at the first, which is gone. */
static void test_a_fixed_list_of_servers_is_asked_in_turn(void **state)
{
    struct device d;
    struct prov_agent_options options = {
        .size = sizeof options,
        .dhcp_server = prov_str_from("http://10.0.0.1,http://10.0.0.2:8080"),
    };
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "HTTP_User_Agent_Name", "x$SCHEME$SERV$SERVIP$PATH");
    fake_transport_add_text(&d.net, "http://10.0.0.1/x", "")->status = PROV_E_CONNECT;
    fake_transport_add_text(&d.net, "http://10.0.0.2:8080/x", "<flat-profile/>");
    device_ask(&d, "/x");
    assert_int_equal(d.net.n_requests, 2);
    assert_string_equal(d.net.requests[1].url, "http://10.0.0.2:8080/x");
    assert_string_equal(d.net.requests[0].user_agent, "x");
    assert_string_equal(d.net.requests[1].user_agent, "x");
    device_unplug(&d);
}

static void test_an_offer_that_is_not_usable_is_refused(void **state)
{
    struct device d;
    struct prov_dhcp_offer offer;
    struct prov_error err = {0};
    (void)state;
    device_start(&d);
    device_boot(&d);
    assert_int_equal(offer_text(&d, "h"), PROV_OK);
    offer_three(&d, &offer);
    offer.kind = 0;
    assert_int_equal(prov_agent_set_dhcp(d.agent, &offer, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: offer is not usable");
    offer.kind = PROV_DHCP_RULE + 1;
    assert_int_equal(prov_agent_set_dhcp(d.agent, &offer, &err), PROV_E_INVALID);
    offer.kind = PROV_DHCP_SERVER;
    offer.bytes.len = 8; /* and three servers */
    assert_int_equal(prov_agent_set_dhcp(d.agent, &offer, &err), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_dhcp(NULL, NULL, &err), PROV_E_INVALID);
    device_ask(&d, "/x");
    assert_string_equal(d.net.requests[0].url, "tftp://h/x");
    device_unplug(&d);
}

/* A host's own offer of more addresses than any option has. */
static void test_servers_have_a_ceiling(void **state)
{
    enum { N_BYTES = 64 * 1024 };
    struct device d;
    struct prov_error err = {0};
    char *bytes = malloc(N_BYTES);
    (void)state;
    assert_non_null(bytes);
    memset(bytes, 0xfe, N_BYTES);
    const struct prov_dhcp_option option = {PROV_DHCP_V4, 150, {bytes, N_BYTES}};
    const struct prov_dhcp_lease lease = {.size = sizeof lease, .options = &option, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    assert_int_equal(prov_dhcp_choose(&lease, &offer, NULL), PROV_OK);
    device_start(&d);
    assert_int_equal(prov_agent_set_dhcp(d.agent, &offer, &err), PROV_E_LIMIT);
    assert_string_equal(err.message, "offer: too large");
    device_unplug(&d);
    struct prov_agent_options options = {.size = sizeof options};
    device_plug_in(&d, NULL, NULL, NULL);
    memset(bytes, 'a', N_BYTES);
    options.dhcp_server = (prov_str){bytes, 16 * 1024 + 1};
    options.host = &d.host.host;
    options.device = &d.host.device;
    err = (struct prov_error){0};
    assert_int_equal(prov_agent_new(&d.agent, &options, &err), PROV_E_LIMIT);
    assert_string_equal(err.message, "options.dhcp_server is too long");
    options.dhcp_server.len--;
    assert_int_equal(prov_agent_new(&d.agent, &options, NULL), PROV_OK);
    device_unplug(&d);
    free(bytes);
}

static void set_and_fetch(void *ctx, struct dial *dial)
{
    struct device d;
    struct prov_dhcp_offer offer;
    (void)ctx;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "/x");
    offer_three(&d, &offer);
    d.memory.dial = dial;
    prov_status status = prov_agent_set_dhcp(d.agent, &offer, NULL);
    assert_true(status == PROV_OK || status == PROV_E_NOMEM);
    if (status == PROV_OK && prov_agent_request(d.agent, NULL, NULL) == PROV_OK)
        device_settle(&d);
    bool has_value = fake_host_get(&d.host, "GPP_A") != NULL;
    if (!dial->hit)
        assert_true(has_value);
    d.memory.dial = NULL;
    device_unplug(&d);
}

/* The server's other scheme, and then its other place. */
static void set_and_fetch_at_first(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    device_start(&d);
    make_new(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "tftp://10.0.0.1/8841.xml", "")->status = PROV_E_CONNECT;
    fake_transport_add_text(&d.net, "http://10.0.0.1/8841.xml", "")->status = PROV_E_NOT_FOUND;
    fake_transport_add_text(&d.net, "http://10.0.0.1/Cisco/CP-8841-3PCC/000e08012345.cfg",
                            "<flat-profile><GPP_A>a</GPP_A></flat-profile>");
    d.memory.dial = dial;
    prov_status status = offer_text(&d, "10.0.0.1");
    assert_true(status == PROV_OK || status == PROV_E_NOMEM);
    device_settle(&d);
    bool has_value = fake_host_get(&d.host, "GPP_A") != NULL;
    const char *events = fake_host_take_events(&d.host);
    if (!dial->hit)
        assert_true(has_value &&
                    strstr(events, "the server does not have the file, the other place is tried"));
    d.memory.dial = NULL;
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("a first contact", set_and_fetch_at_first, NULL) > 0);
    assert_true(dial_run("an offer and a resync", set_and_fetch, NULL) > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dhcp_reaches_requests_as_the_vectors_say),
        cmocka_unit_test(test_an_offer_is_copied),
        cmocka_unit_test(test_a_rule_from_dhcp_sends_no_secret),
        cmocka_unit_test(test_an_offer_replaces_the_fixed_server_and_the_offer_before),
        cmocka_unit_test(test_an_offer_counts_from_the_next_resync_on),
        cmocka_unit_test(test_events_tell_who_was_asked_and_why),
        cmocka_unit_test(test_a_server_passed_over_is_told_of_and_is_no_result),
        cmocka_unit_test(test_a_fixed_list_of_servers_is_asked_in_turn),
        cmocka_unit_test(test_an_offer_that_is_not_usable_is_refused),
        cmocka_unit_test(test_servers_have_a_ceiling),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
