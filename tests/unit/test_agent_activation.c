/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* gds://, activation codes and first contact: scripts of steps. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "fake_service.h"
#include "vectors.h"

#define STR(text) (int)(text).len, (text).data ? (text).data : ""

/* A device that a script is run on. */
struct stage {
    struct device d;
    struct secrets secrets;
    const struct vector *vector;
    char *texts[64]; /* of answers; freed at the end */
    size_t n_texts;
    char events[65536]; /* since the start */
    char server[64];    /* prov_agent_options.dhcp_server */
};

static char *keep(struct stage *stage, prov_str text)
{
    char *copy = strndup(text.data ? text.data : "", text.len);
    if (!copy || stage->n_texts == PROVI_LEN(stage->texts))
        vector_die(stage->vector, "too many texts");
    return stage->texts[stage->n_texts++] = copy;
}

static void take_events(struct stage *stage)
{
    const char *events = fake_host_take_events(&stage->d.host);
    size_t len = strlen(stage->events);
    snprintf(stage->events + len, sizeof stage->events - len, "%s", events);
}

static void power_up(struct stage *stage)
{
    struct prov_agent_options options = {.size = sizeof options,
                                         .dhcp_server = prov_str_from(stage->server)};
    prov_agent_free(stage->d.agent);
    stage->d.agent = NULL;
    assert_int_equal(device_make_agent(&stage->d, &options), PROV_OK);
}

/* `ACTIVATION_CODE=TEXT`; an offer set before the power-up counts for its resync. */
static void set_dhcp(struct stage *stage, prov_str text)
{
    const struct prov_dhcp_option option = {
        .family = PROV_DHCP_V4,
        .code = (uint32_t)atoi(keep(stage, text)),
        .bytes = provi_str_from_offset(text, 3),
    };
    const struct prov_dhcp_lease lease = {.size = sizeof lease, .options = &option, .n_options = 1};
    struct prov_dhcp_offer offer = {.size = sizeof offer};
    assert_int_equal(prov_dhcp_choose(&lease, &offer, NULL), PROV_OK);
    assert_int_equal(prov_agent_set_dhcp(stage->d.agent, &offer, NULL), PROV_OK);
}

static void settle(struct stage *stage)
{
    device_settle(&stage->d);
    take_events(stage);
}

/* `STATUS [BODY]` or `to URL`. */
static void answer(struct stage *stage, const char *url, prov_str text)
{
    size_t blank = provi_str_find(text, ' ');
    prov_str rest = provi_str_trim(provi_str_from_offset(text, blank));
    struct fake_answer *to = fake_transport_add_text(&stage->d.net, url, keep(stage, rest));
    if (provi_str_starts(text, PROVI_LIT("to "))) {
        to->redirect = keep(stage, rest);
        return;
    }
    if (provi_str_is(text, "dns")) {
        to->status = PROV_E_DNS;
        to->code = 0;
        return;
    }
    to->code = atoi(keep(stage, (prov_str){text.data, blank}));
    if (to->code >= 400)
        to->status = to->code == 404 ? PROV_E_NOT_FOUND : PROV_E_SERVER;
    to->content_type = "text/xml";
}

static void set(struct stage *stage, prov_str text)
{
    size_t equals = provi_str_find(text, '=');
    const char *name = keep(stage, (prov_str){text.data, equals});
    fake_host_set(&stage->d.host, name, keep(stage, provi_str_from_offset(text, equals + 1)));
}

static void notify(struct stage *stage)
{
    if (!stage->d.agent)
        return;
    prov_agent_notify(stage->d.agent);
    settle(stage);
}

static void enter_code(struct stage *stage, prov_str code, prov_status expected)
{
    struct prov_error error = {.size = sizeof error};
    prov_status status = activation_enter(&stage->d, code, &error);
    if (status != expected)
        vector_die(stage->vector, "%.*s: %s", STR(code), prov_status_name(status));
    secrets_assert_clean_error(&stage->secrets, &error);
    settle(stage);
}

static const struct fake_request *last_exchange(struct stage *stage)
{
    const struct fake_request *last = NULL;
    for (size_t i = 0; i < stage->d.net.n_requests; i++)
        if (strcmp(stage->d.net.requests[i].url, ACTIVATION_CODE_URL) == 0 ||
            strcmp(stage->d.net.requests[i].url, ACTIVATION_CONTACT_URL) == 0)
            last = &stage->d.net.requests[i];
    if (!last)
        vector_die(stage->vector, "no request to a service");
    assert_int_equal(last->method, PROV_METHOD_POST);
    assert_string_equal(last->content_type, "application/x-www-form-urlencoded");
    return last;
}

static void expect(struct stage *stage, const char *what, const char *found, prov_str expected)
{
    if (!provi_str_is(expected, found))
        vector_die(stage->vector, "%s: expected '%.*s', found '%s' in\n%s", what, STR(expected),
                   found, stage->events);
}

static void expect_count(struct stage *stage, const char *url, prov_str expected)
{
    char found[16];
    unsigned n = 0;
    for (size_t i = 0; i < stage->d.net.n_requests; i++)
        n += strcmp(stage->d.net.requests[i].url, url) == 0;
    snprintf(found, sizeof found, "%u", n);
    expect(stage, url, found, expected);
}

static void expect_state(struct stage *stage, prov_str expected)
{
    char found[64];
    struct prov_activation now = {.size = sizeof now};
    assert_int_equal(prov_agent_activation_get(stage->d.agent, &now), PROV_OK);
    snprintf(found, sizeof found, "%s %s %s", prov_customization_name(now.state),
             prov_contact_name(now.contact), prov_code_outcome_name(now.code));
    expect(stage, "state", found, expected);
}

/* `CONTACT none`, or `CONTACT used|unused AT_S [TEXT]`. */
static void expect_offer(struct stage *stage, prov_str expected)
{
    char found[256];
    struct prov_contact_offer offer = {.size = sizeof offer};
    const char *name = keep(stage, (prov_str){expected.data, provi_str_find(expected, ' ')});
    uint32_t contact = PROV_CONTACT_NONE;
    while (contact < PROV_CONTACT_HAND && strcmp(prov_contact_name(contact), name) != 0)
        contact++;
    if (prov_agent_contact_get(stage->d.agent, contact, &offer) == PROV_OK)
        snprintf(found, sizeof found, "%s %s %d%s%.*s", name, offer.is_used ? "used" : "unused",
                 (int)((offer.at_ms - 1000000) / 1000), offer.text.len ? " " : "", STR(offer.text));
    else
        snprintf(found, sizeof found, "%s none", name);
    expect(stage, "offer", found, expected);
}

static void expect_text(struct stage *stage, const char *key, prov_str expected)
{
    char found[128] = "";
    struct prov_activation now = {.size = sizeof now};
    struct prov_job_status job = {.size = sizeof job};
    assert_int_equal(prov_agent_activation_get(stage->d.agent, &now), PROV_OK);
    assert_int_equal(prov_agent_status(stage->d.agent, PROV_JOB_ACTIVATION, &job), PROV_OK);
    if (strcmp(key, "text") == 0)
        snprintf(found, sizeof found, "%.*s", STR(now.text));
    else if (strcmp(key, "wanted") == 0)
        snprintf(found, sizeof found, "%s", now.is_code_wanted ? "yes" : "no");
    else
        snprintf(found, sizeof found, "%s", prov_wait_name(job.waits_for));
    expect(stage, key, found, expected);
}

/* `$ISCUST`, as a rule has it. */
static void expect_custom(struct stage *stage, prov_str expected)
{
    fake_transport_add_text(&stage->d.net, "http://h/custom?0", "<flat-profile/>");
    fake_transport_add_text(&stage->d.net, "http://h/custom?1", "<flat-profile/>");
    device_ask(&stage->d, "http://h/custom?$ISCUST");
    const char *url = stage->d.net.requests[stage->d.net.n_requests - 1].url;
    expect(stage, "custom", strchr(url, '?') + 1, expected);
    fake_host_take_events(&stage->d.host);
}

static void expect_resync(struct stage *stage, prov_str expected)
{
    struct prov_job_status job = {.size = sizeof job};
    assert_int_equal(prov_agent_status(stage->d.agent, PROV_JOB_RESYNC, &job), PROV_OK);
    expect(stage, "resync", job.last ? prov_outcome_name(job.last->outcome) : "none", expected);
}

static void expect_no_retry(struct stage *stage)
{
    struct prov_job_status job = {.size = sizeof job};
    assert_int_equal(prov_agent_status(stage->d.agent, PROV_JOB_RESYNC, &job), PROV_OK);
    assert_int_equal(job.schedule->retry, 0);
    assert_int_equal(prov_agent_status(stage->d.agent, PROV_JOB_ACTIVATION, &job), PROV_OK);
    assert_int_equal(job.in_ms, -1);
}

static void expect_stored(struct stage *stage, prov_str text, bool is_stored)
{
    size_t equals = provi_str_find(text, '=');
    const char *name = keep(stage, (prov_str){text.data, equals});
    const char *found = fake_host_get(&stage->d.host, name);
    if (is_stored)
        expect(stage, name, found ? found : "(absent)", provi_str_from_offset(text, equals + 1));
    else
        assert_null(found);
}

static void expect_proxy(struct stage *stage, prov_str expected)
{
    char found[128];
    const struct fake_request *request = last_exchange(stage);
    snprintf(found, sizeof found, "%s %s %s", request->proxy, request->proxy_uid,
             request->proxy_pwd);
    expect(stage, "proxy", found, expected);
}

/* All URLs that were asked for by SRV records only, blanks between. */
static void expect_looked_up(struct stage *stage, prov_str expected)
{
    char found[512] = "";
    for (size_t i = 0; i < stage->d.net.n_requests; i++)
        if (stage->d.net.requests[i].srv == PROV_SRV_ONLY)
            snprintf(found + strlen(found), sizeof found - strlen(found), "%s%s",
                     found[0] ? " " : "", stage->d.net.requests[i].url);
    expect(stage, "looked up", found, expected);
}

/* Another device, with nothing stored. */
static void empty(struct stage *stage)
{
    struct device *d = &stage->d;
    prov_agent_free(d->agent);
    d->agent = NULL;
    fake_host_free(&d->host);
    prov_store_close(d->store);
    assert_int_equal(prov_store_open(&d->store, NULL, NULL), PROV_OK);
    fake_host_init(&d->host, d->store);
    d->host.secrets = &stage->secrets;
    stage->events[0] = '\0';
}

static void reset(struct stage *stage)
{
    struct device *d = &stage->d;
    empty(stage);
    fake_host_set(&d->host, "Profile_Rule", "");
    power_up(stage);
    device_pass(d, 1000);
    take_events(stage);
}

static bool act(struct stage *stage, const char *key, prov_str value)
{
    struct device *d = &stage->d;
    if (strcmp(key, "set") == 0 || strcmp(key, "off") == 0) {
        set(stage, value);
        if (key[0] == 's')
            notify(stage);
    } else if (strcmp(key, "service") == 0) {
        answer(stage, ACTIVATION_CODE_URL, value);
    } else if (strcmp(key, "contact") == 0) {
        answer(stage, ACTIVATION_CONTACT_URL, value);
    } else if (strcmp(key, "file") == 0) {
        size_t blank = provi_str_find(value, ' ');
        answer(stage, keep(stage, (prov_str){value.data, blank}),
               provi_str_from_offset(value, blank + 1));
    } else if (strcmp(key, "device") == 0) {
        snprintf(stage->server, sizeof stage->server, "%.*s", STR(value));
        power_up(stage);
    } else if (strcmp(key, "boot") == 0 || strcmp(key, "reboot") == 0) {
        if (key[0] == 'r' || !d->agent)
            power_up(stage);
        settle(stage);
    } else if (strcmp(key, "reset") == 0) {
        reset(stage);
    } else if (strcmp(key, "empty") == 0) {
        empty(stage);
    } else if (strcmp(key, "enter") == 0) {
        enter_code(stage, value, PROV_OK);
    } else if (strcmp(key, "malformed") == 0) {
        enter_code(stage, value, PROV_E_VALUE);
    } else if (strcmp(key, "refused") == 0) {
        enter_code(stage, value, PROV_E_POLICY);
    } else if (strcmp(key, "dhcp") == 0) {
        if (!d->agent)
            power_up(stage);
        set_dhcp(stage, value);
        if (stage->events[0])
            settle(stage);
    } else if (strcmp(key, "stall") == 0) {
        d->net.stalled_url = keep(stage, value);
    } else if (strcmp(key, "hurry") == 0) {
        d->net.stalled_url = NULL;
    } else if (strcmp(key, "ask") == 0) {
        device_ask(d, NULL);
        take_events(stage);
    } else if (strcmp(key, "pass") == 0) {
        device_pass(d, (int64_t)atoi(keep(stage, value)) * 1000);
        take_events(stage);
    } else {
        return false;
    }
    return true;
}

static void check(struct stage *stage, const char *key, prov_str value)
{
    if (strcmp(key, "state") == 0)
        expect_state(stage, value);
    else if (strcmp(key, "text") == 0 || strcmp(key, "wanted") == 0 || strcmp(key, "waits") == 0)
        expect_text(stage, key, value);
    else if (strcmp(key, "offer") == 0)
        expect_offer(stage, value);
    else if (strcmp(key, "custom") == 0)
        expect_custom(stage, value);
    else if (strcmp(key, "codes") == 0)
        expect_count(stage, ACTIVATION_CODE_URL, value);
    else if (strcmp(key, "contacts") == 0)
        expect_count(stage, ACTIVATION_CONTACT_URL, value);
    else if (strcmp(key, "looked up") == 0)
        expect_looked_up(stage, value);
    else if (strcmp(key, "form") == 0)
        expect(stage, key, last_exchange(stage)->body, value);
    else if (strcmp(key, "proxy") == 0)
        expect_proxy(stage, value);
    else if (strcmp(key, "stored") == 0 || strcmp(key, "absent") == 0)
        expect_stored(stage, value, key[0] == 's');
    else if (strcmp(key, "resync") == 0)
        expect_resync(stage, value);
    else if (strcmp(key, "retry") == 0)
        expect_no_retry(stage);
    else if (strcmp(key, "event") == 0)
        expect(stage, keep(stage, value),
               strstr(stage->events, keep(stage, value)) ? "said" : "not said", PROVI_LIT("said"));
    else if (strcmp(key, "quiet") == 0)
        expect(stage, keep(stage, value),
               strstr(stage->events, keep(stage, value)) ? "said" : "not said",
               PROVI_LIT("not said"));
    else if (strcmp(key, "name") != 0)
        vector_die(stage->vector, "no such step: %s", key);
}

static void run_script(void *ctx, const struct vector *vector)
{
    static struct stage stage;
    (void)ctx;
    stage = (struct stage){.vector = vector};
    secrets_plant(&stage.secrets, ACTIVATION_CODE, strlen(ACTIVATION_CODE));
    device_plug_in(&stage.d, NULL, NULL, NULL);
    stage.d.activation = activation_services;
    stage.d.host.secrets = &stage.secrets;
    fake_host_set(&stage.d.host, "Log_Request_Msg", "");
    for (size_t i = 0; i < vector->n_fields; i++) {
        const char *key = keep(&stage, vector->fields[i].key);
        if (!act(&stage, key, vector->fields[i].value))
            check(&stage, key, vector->fields[i].value);
    }
    for (size_t i = 0; i < stage.d.net.n_requests; i++)
        assert_null(strstr(stage.d.net.requests[i].url, "123456789"));
    assert_null(strstr(stage.events, "a record cannot be saved"));
    device_unplug(&stage.d);
    for (size_t i = 0; i < stage.n_texts; i++)
        free(stage.texts[i]);
}

static void test_activation_follows_its_scripts(void **state)
{
    (void)state;
    assert_true(
        vectors_run(TEST_SOURCE_ROOT "/tests/vectors/activation/agent.txt", run_script, NULL) > 25);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activation_follows_its_scripts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
