/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* gds://, activation codes and first contact: scripts of steps, and the fault dials. */
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
#include "decode/digest.h"
#include "device.h"
#include "disk.h"
#include "vectors.h"

#define STR(text) (int)(text).len, (text).data ? (text).data : ""
#define CODE_URL "https://gds.example/activate"
#define CONTACT_URL "https://edos.example/ask"
#define CODE "1234567890123456"
#define ANSWER "<flat-profile><Profile_Rule>http://h/p</Profile_Rule></flat-profile>"

static const struct prov_activation_host services = {
    .size = sizeof services,
    .code_url = {CODE_URL, sizeof CODE_URL - 1},
    .contact_url = {CONTACT_URL, sizeof CONTACT_URL - 1},
};

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

static prov_status make(struct device *d, struct prov_agent_options *options)
{
    prov_status status = device_make_agent(d, options);
    return status == PROV_OK ? prov_agent_enable_activation(d->agent, &services, NULL) : status;
}

static void power_up(struct stage *stage)
{
    struct prov_agent_options options = {.size = sizeof options,
                                         .dhcp_server = prov_str_from(stage->server)};
    prov_agent_free(stage->d.agent);
    stage->d.agent = NULL;
    assert_int_equal(make(&stage->d, &options), PROV_OK);
}

/* `CODE=TEXT`; an offer set before the power-up counts for its resync. */
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
    if (!stage->d.agent)
        return;
    prov_agent_notify(stage->d.agent);
    settle(stage);
}

static prov_status enter(struct device *d, prov_str code, struct prov_error *err)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = PROV_VERB_ACTIVATE,
        .cause = PROV_CAUSE_MENU,
        .rule = code,
    };
    return prov_agent_request(d->agent, &request, err);
}

static void enter_code(struct stage *stage, prov_str code, prov_status expected)
{
    struct prov_error error = {.size = sizeof error};
    prov_status status = enter(&stage->d, code, &error);
    if (status != expected)
        vector_die(stage->vector, "%.*s: %s", STR(code), prov_status_name(status));
    secrets_assert_clean_error(&stage->secrets, &error);
    settle(stage);
}

static const struct fake_request *last_exchange(struct stage *stage)
{
    const struct fake_request *last = NULL;
    for (size_t i = 0; i < stage->d.net.n_requests; i++)
        if (strcmp(stage->d.net.requests[i].url, CODE_URL) == 0 ||
            strcmp(stage->d.net.requests[i].url, CONTACT_URL) == 0)
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
    if (strcmp(key, "set") == 0) {
        set(stage, value);
    } else if (strcmp(key, "service") == 0) {
        answer(stage, CODE_URL, value);
    } else if (strcmp(key, "contact") == 0) {
        answer(stage, CONTACT_URL, value);
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
        expect_count(stage, CODE_URL, value);
    else if (strcmp(key, "contacts") == 0)
        expect_count(stage, CONTACT_URL, value);
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
    secrets_plant(&stage.secrets, CODE, strlen(CODE));
    device_plug_in(&stage.d, NULL, NULL, NULL);
    stage.d.host.secrets = &stage.secrets;
    fake_host_set(&stage.d.host, "Log_Request_Msg", "");
    for (size_t i = 0; i < vector->n_fields; i++) {
        const char *key = keep(&stage, vector->fields[i].key);
        if (!act(&stage, key, vector->fields[i].value))
            check(&stage, key, vector->fields[i].value);
    }
    for (size_t i = 0; i < stage.d.net.n_requests; i++)
        assert_null(strstr(stage.d.net.requests[i].url, "123456789"));
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

/* One code, from a device that waits for it to one that is provisioned by it. */

static void plug_in(struct device *d, prov_store *store, struct dial *alloc_dial,
                    struct dial *net_dial)
{
    device_plug_in(d, store, alloc_dial, net_dial);
    d->memory.secret = CODE;
    d->memory.secret_len = strlen(CODE);
    device_mute(d);
    fake_host_set(&d->host, "Profile_Rule", "gds://");
    fake_transport_add_text(&d->net, CODE_URL, ANSWER)->chunk = 20;
    fake_transport_add_text(&d->net, "http://h/p", "<flat-profile/>");
}

static uint32_t state_of(struct device *d)
{
    struct prov_activation now = {.size = sizeof now};
    assert_int_equal(prov_agent_activation_get(d->agent, &now), PROV_OK);
    return now.state;
}

/* The rule is the old one or the new one, and in the end the code is accepted. */
static void assert_works_again(struct device *d)
{
    const char *rule = fake_host_get(&d->host, "Profile_Rule");
    assert_true(strcmp(rule, "gds://") == 0 || strcmp(rule, "http://h/p") == 0);
    if (state_of(d) == PROV_CUSTOMIZATION_ACQUIRED)
        return;
    assert_int_equal(enter(d, prov_str_from(CODE), NULL), PROV_OK);
    device_pass(d, 2000000); /* behind a resync that gets no answer */
    device_assert_stored(d, "Profile_Rule", "http://h/p");
    assert_int_equal(state_of(d), PROV_CUSTOMIZATION_ACQUIRED);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    plug_in(&d, NULL, dial, NULL);
    if (make(&d, NULL) == PROV_OK) {
        device_settle(&d);
        prov_status status = enter(&d, prov_str_from(CODE), NULL);
        assert_true(status == PROV_OK || dial->hit);
        device_settle(&d);
        if (!dial->hit)
            assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_ACQUIRED);
        d.memory.dial = NULL;
        assert_works_again(&d);
    } else {
        assert_true(dial->hit);
    }
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of an activation", out_of_memory, NULL) > 20);
}

static void bad_network(void *ctx, struct dial *dial)
{
    struct device d;
    plug_in(&d, NULL, NULL, dial);
    d.net.fault = *(enum fake_fault *)ctx;
    d.net.is_immediate = false;
    assert_int_equal(make(&d, NULL), PROV_OK);
    assert_int_equal(enter(&d, prov_str_from(CODE), NULL), PROV_OK);
    device_pass(&d, 1000000);
    if (!dial->hit)
        assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_ACQUIRED);
    d.net.dial = NULL;
    assert_works_again(&d);
    device_unplug(&d);
}

static void test_transport_may_fail_at_every_step(void **state)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL, FAKE_DUPLICATE};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(faults); i++) {
        enum fake_fault fault = faults[i];
        assert_true(dial_run("steps of the exchange", bad_network, &fault) > 6);
    }
}

/* Rule and state are committed together, whatever the power cut leaves. */
static void assert_next_start_works(const struct disk *left, unsigned way)
{
    struct disk disk;
    struct device d;
    char rule[32];
    size_t len;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    prov_store *store = disk_open_store(&disk, false);
    assert_int_equal(prov_store_get(store, PROVI_LIT("Profile_Rule"), rule, sizeof rule, &len),
                     PROV_OK);
    plug_in(&d, store, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", rule);
    fake_host_set(&d.host, "Resync_On_Reset", "Yes");
    assert_int_equal(make(&d, NULL), PROV_OK);
    device_pass(&d, 1000);
    assert_int_equal(state_of(&d), strcmp(rule, "gds://") == 0 ? PROV_CUSTOMIZATION_PENDING
                                                               : PROV_CUSTOMIZATION_ACQUIRED);
    assert_works_again(&d);
    device_unplug(&d);
    disk_assert_closed(&disk);
}

static void power_goes(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    (void)ctx;
    disk_init(&disk);
    plug_in(&d, disk_open_store(&disk, false), NULL, NULL);
    fake_host_set(&d.host, "Resync_On_Reset", "Yes");
    assert_int_equal(make(&d, NULL), PROV_OK);
    device_pass(&d, 1000);
    disk.dial = dial;
    enter(&d, prov_str_from(CODE), NULL);
    device_settle(&d);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        assert_next_start_works(&disk, way);
}

static void test_power_may_go_at_every_store_operation(void **state)
{
    (void)state;
    assert_true(dial_run("operations of the store", power_goes, NULL) > 10);
}

/* The host frees the agent in an event, or while a record is saved. */
struct freeing {
    struct device d;
    struct dial *dial;
    struct prov_host inner;
};

static void free_by_dial(struct freeing *freeing)
{
    if (!freeing->d.agent || !dial_tick(freeing->dial))
        return;
    prov_agent_free(freeing->d.agent);
    freeing->d.agent = NULL;
}

static void on_event(void *ctx, const struct prov_event *event)
{
    (void)event;
    free_by_dial(ctx);
}

static struct freeing *freed; /* for `save`, whose context is the store's */

static prov_status save_and_free(void *ctx, prov_str name, const void *data, size_t len,
                                 struct prov_error *err)
{
    prov_status status = freed->inner.save(ctx, name, data, len, err);
    free_by_dial(freed);
    return status;
}

static void turn_until_freed(struct freeing *freeing)
{
    while (freeing->d.agent && prov_agent_timeout_ms(freeing->d.agent) == 0)
        prov_agent_process(freeing->d.agent, NULL);
}

static void free_within(void *ctx, struct dial *dial)
{
    struct freeing freeing = {.dial = dial};
    struct device *d = &freeing.d;
    (void)ctx;
    freed = &freeing;
    plug_in(d, NULL, NULL, NULL);
    freeing.inner = d->host.host;
    d->host.host.save = save_and_free;
    d->host.on_event = on_event;
    d->host.on_event_ctx = &freeing;
    assert_int_equal(make(d, NULL), PROV_OK);
    turn_until_freed(&freeing);
    if (d->agent)
        enter(d, prov_str_from(CODE), NULL);
    turn_until_freed(&freeing);
    assert_true(dial->hit || state_of(d) == PROV_CUSTOMIZATION_ACQUIRED);
    device_unplug(d);
}

static void test_agent_may_be_freed_in_every_callback(void **state)
{
    (void)state;
    assert_true(dial_run("events and records", free_within, NULL) > 8);
}

static void start(struct device *d)
{
    plug_in(d, NULL, NULL, NULL);
    assert_int_equal(make(d, NULL), PROV_OK);
    device_boot(d);
}

static void test_cancelled_code_may_be_entered_again(void **state)
{
    struct device d;
    struct prov_activation now = {.size = sizeof now};
    (void)state;
    start(&d);
    d.net.stalled_url = CODE_URL;
    assert_int_equal(enter(&d, prov_str_from(CODE), NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_ACTIVATION, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_activation_get(d.agent, &now), PROV_OK);
    assert_int_equal(now.code, PROV_CODE_NO_SERVICE);
    d.net.stalled_url = NULL;
    assert_works_again(&d);
    device_unplug(&d);
}

/* A resync that is due waits for the answer: the code may be used up. */
static void test_resync_waits_for_a_code_under_way(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_transport_add_text(&d.net, "http://h/x", "<flat-profile/>");
    d.net.is_frozen = true;
    assert_int_equal(enter(&d, prov_str_from(CODE), NULL), PROV_OK);
    device_settle(&d);
    device_ask(&d, "http://h/x");
    assert_int_equal(d.net.n_requests, 1);
    d.net.is_frozen = false;
    device_pass(&d, 1000);
    assert_string_equal(d.net.requests[1].url, "http://h/x"); /* a request is not replaced */
    assert_string_equal(d.net.requests[2].url, "http://h/p");
    assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_ACQUIRED);
    device_unplug(&d);
}

static void test_transport_of_the_host_takes_gds(void **state)
{
    struct device d;
    struct fake_transport own;
    (void)state;
    start(&d);
    fake_transport_init(&own, "gds", NULL);
    fake_transport_add_text(&own, "gds://", "<flat-profile><GPP_A>a</GPP_A></flat-profile>");
    assert_int_equal(prov_agent_add_transport(d.agent, &own.transport, 0, NULL), PROV_OK);
    device_ask(&d, NULL);
    device_pass(&d, 1000);
    device_assert_stored(&d, "GPP_A", "a");
    assert_non_null(strstr(fake_host_take_events(&d.host), "result Profile_Rule applied"));
    prov_agent_free(d.agent);
    d.agent = NULL;
    fake_transport_free(&own);
    device_unplug(&d);
}

static void test_without_activation_gds_names_what_is_missing(void **state)
{
    struct device d;
    struct prov_error error = {.size = sizeof error};
    struct prov_contact_offer offer = {.size = sizeof offer};
    struct prov_activation now = {.size = sizeof now};
    (void)state;
    device_start(&d);
    assert_int_equal(prov_agent_activation_get(d.agent, &now), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_activation_get(d.agent, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_activation_get(NULL, &now), PROV_E_INVALID);
    assert_int_equal(prov_agent_contact_get(d.agent, PROV_CONTACT_DHCP, &offer),
                     PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_contact_get(d.agent, PROV_CONTACT_DHCP, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_contact_get(NULL, PROV_CONTACT_DHCP, &offer), PROV_E_INVALID);
    assert_int_equal(enter(&d, prov_str_from(CODE), &error), PROV_E_UNSUPPORTED);
    assert_non_null(strstr(error.message, "prov_agent_enable_activation()"));
    device_boot(&d);
    device_ask(&d, "gds://");
    struct prov_job_status job = {.size = sizeof job};
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC, &job), PROV_OK);
    assert_non_null(strstr(job.last->error->message, "prov_agent_enable_activation()"));
    assert_int_equal(prov_agent_enable_activation(d.agent, &services, NULL), PROV_E_STATE);
    device_unplug(&d);
}

/* Without a checksum; and whole, but of another release: too short, or with an unknown number. */
static void test_damaged_record_is_reported(void **state)
{
    enum { CHECK_LEN = 8 };
    static const struct {
        char bytes[11 + CHECK_LEN];
        size_t len;
        bool is_sealed;
    } rows[] = {{"x", 1, false},
                {"PVG1", 4, false},
                {"PVG1", 4, true},
                {"PVG1\x09", 11, true},
                {"PVG1\x01\x09", 11, true}};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        struct provi_digest check;
        struct provi_digester digester;
        char record[sizeof rows[0].bytes];
        plug_in(&d, NULL, NULL, NULL);
        const struct prov_host *host = &d.host.host;
        size_t len = rows[i].len;
        memcpy(record, rows[i].bytes, len);
        provi_digest_begin(&digester);
        provi_digest_add(&digester, record, len);
        assert_int_equal(provi_digest_end(&digester, &check, NULL), PROV_OK);
        memcpy(record + len, check.bytes, CHECK_LEN);
        len += rows[i].is_sealed ? CHECK_LEN : 0;
        assert_int_equal(host->save(host->store_ctx, PROVI_LIT("activate"), record, len, NULL),
                         PROV_OK);
        assert_int_equal(make(&d, NULL), PROV_OK);
        device_settle(&d);
        assert_non_null(
            strstr(fake_host_take_events(&d.host), "log 4 a saved record cannot be used"));
        assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_OPEN);
        assert_works_again(&d);
        device_unplug(&d);
    }
}

/* A store that does not save: the device works, and says that it cannot. */
static prov_status refuse(void *ctx, prov_str name, const void *data, size_t len,
                          struct prov_error *err)
{
    (void)ctx, (void)name, (void)data, (void)len, (void)err;
    return PROV_E_IO;
}

static void test_record_that_cannot_be_saved_is_reported(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    d.host.host.save = refuse;
    assert_int_equal(make(&d, NULL), PROV_OK);
    device_settle(&d);
    device_ask(&d, NULL);
    assert_non_null(strstr(fake_host_take_events(&d.host), "log 4"));
    assert_int_equal(enter(&d, prov_str_from(CODE), NULL), PROV_OK);
    device_pass(&d, 1000);
    device_assert_stored(&d, "Profile_Rule", "gds://"); /* its transaction needs the record */
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_activation_follows_its_scripts),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_transport_may_fail_at_every_step),
        cmocka_unit_test(test_power_may_go_at_every_store_operation),
        cmocka_unit_test(test_agent_may_be_freed_in_every_callback),
        cmocka_unit_test(test_cancelled_code_may_be_entered_again),
        cmocka_unit_test(test_resync_waits_for_a_code_under_way),
        cmocka_unit_test(test_transport_of_the_host_takes_gds),
        cmocka_unit_test(test_without_activation_gds_names_what_is_missing),
        cmocka_unit_test(test_damaged_record_is_reported),
        cmocka_unit_test(test_record_that_cannot_be_saved_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
