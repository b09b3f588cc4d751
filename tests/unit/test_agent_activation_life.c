/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Activation codes on a device whose memory, network, power or host fails. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "decode/digest.h"
#include "disk.h"
#include "fake_service.h"

#define ANSWER "<flat-profile><Profile_Rule>http://h/p</Profile_Rule></flat-profile>"

static void plug_in(struct device *d, prov_store *store, struct dial *alloc_dial,
                    struct dial *net_dial)
{
    device_plug_in(d, store, alloc_dial, net_dial);
    d->activation = activation_services;
    d->memory.secret = ACTIVATION_CODE;
    d->memory.secret_len = strlen(ACTIVATION_CODE);
    device_mute(d);
    fake_host_set(&d->host, "Profile_Rule", "gds://");
    fake_transport_add_text(&d->net, ACTIVATION_CODE_URL, ANSWER)->chunk = 20;
    fake_transport_add_text(&d->net, "http://h/p", "<flat-profile/>");
}

static uint32_t state_of(struct device *d)
{
    struct prov_activation now = {.size = sizeof now};
    assert_int_equal(prov_agent_activation_get(d->agent, &now), PROV_OK);
    return now.state;
}

static uint32_t code_of(struct device *d)
{
    struct prov_activation now = {.size = sizeof now};
    assert_int_equal(prov_agent_activation_get(d->agent, &now), PROV_OK);
    return now.code;
}

/* The rule is the old one or the new one, and in the end the code is accepted. */
static void assert_works_again(struct device *d)
{
    const char *rule = fake_host_get(&d->host, "Profile_Rule");
    assert_true(strcmp(rule, "gds://") == 0 || strcmp(rule, "http://h/p") == 0);
    if (state_of(d) == PROV_CUSTOMIZATION_ACQUIRED)
        return;
    assert_int_equal(activation_enter(d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
    device_pass(d, 2000000); /* behind a resync that gets no answer */
    device_assert_stored(d, "Profile_Rule", "http://h/p");
    assert_int_equal(state_of(d), PROV_CUSTOMIZATION_ACQUIRED);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    plug_in(&d, NULL, dial, NULL);
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_settle(&d);
        prov_status status = activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL);
        assert_true(status == PROV_OK || dial->hit);
        device_settle(&d);
        if (status == PROV_OK)
            assert_true(code_of(&d) == PROV_CODE_ACCEPTED || code_of(&d) == PROV_CODE_NO_SERVICE ||
                        code_of(&d) == PROV_CODE_NOT_STORED);
        if (!dial->hit)
            assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_ACQUIRED);
        const char *events = fake_host_take_events(&d.host);
        if (strstr(events, prov_code_outcome_name(PROV_CODE_NO_SERVICE))) /* and why */
            assert_non_null(strstr(events, "PROV_E_NOMEM"));
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
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
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
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
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
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 1000);
    disk.dial = dial;
    activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL);
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
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    turn_until_freed(&freeing);
    if (d->agent)
        activation_enter(d, prov_str_from(ACTIVATION_CODE), NULL);
    turn_until_freed(&freeing);
    assert_true(dial->hit || state_of(d) == PROV_CUSTOMIZATION_ACQUIRED);
    device_unplug(d);
}

static void test_agent_may_be_freed_in_every_callback(void **state)
{
    (void)state;
    assert_true(dial_run("events and records", free_within, NULL) > 8);
}

#define NAME_48 "abcdefg.abcdefg.abcdefg.abcdefg.abcdefg.abcdefg."
#define NAME_250 NAME_48 NAME_48 NAME_48 NAME_48 NAME_48 "abcdefg.ab"

/* A device whose DHCP server offers a bare name, which counts for three schemes; it is so long that
 * the list of them grows within a scheme. */
static void plan_without_memory(void *ctx, struct dial *dial)
{
    static const char *const urls[] = {"tftp://" NAME_250 "/", "http://" NAME_250 "/",
                                       "https://" NAME_250 "/"};
    struct device d;
    struct prov_agent_options options = {.size = sizeof options,
                                         .dhcp_server = PROVI_LIT(NAME_250)};
    unsigned n_asked[PROVI_LEN(urls)] = {0};
    (void)ctx;
    device_plug_in(&d, NULL, dial, NULL);
    d.activation = activation_services;
    fake_host_set(&d.host, "Resync_Random_Delay", "0");
    fake_transport_add_text(&d.net, "tftp://" NAME_250 "/8841.xml", "")->status = PROV_E_CONNECT;
    fake_transport_add_text(&d.net, "http://" NAME_250 "/8841.xml", "")->status = PROV_E_CONNECT;
    assert_int_equal(prov_store_reset(d.store, PROV_LAYER_SERVER, NULL), PROV_OK);
    assert_int_equal(prov_store_reset(d.store, PROV_LAYER_USER, NULL), PROV_OK);
    bool is_made = device_make_agent(&d, &options) == PROV_OK;
    if (is_made)
        device_settle(&d);
    for (size_t i = 0; i < d.net.n_requests; i++) {
        size_t k = 0;
        while (k < PROVI_LEN(urls) && strncmp(d.net.requests[i].url, urls[k], strlen(urls[k])))
            k++;
        assert_true(k < PROVI_LEN(urls));
        n_asked[k]++;
    }
    assert_true(dial->hit || n_asked[2] > 0);
    const char *events = fake_host_take_events(&d.host);
    assert_true(!is_made || strstr(events, "failed PROV_E_NOMEM") ||
                strstr(events, "failed PROV_E_CONNECT") ||
                strstr(events, "failed PROV_E_NOT_FOUND"));
    device_unplug(&d);
}

static void test_places_are_tried_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a plan", plan_without_memory, NULL) > 20);
}

static void hide_the_setting(void *ctx, const struct prov_event *event)
{
    if (event->type == PROV_EVENT_RESYNC)
        fake_host_hide(ctx, "Provision_Enable", PROV_E_IO);
}

/* A parameter that cannot be read for a while is no reason never to ask. */
static void test_first_contact_waits_for_a_setting(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", "");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60");
    fake_transport_add_text(&d.net, ACTIVATION_CONTACT_URL, ANSWER);
    fake_host_hide(&d.host, NULL, PROV_OK);
    d.host.on_event = hide_the_setting;
    d.host.on_event_ctx = &d.host;
    fake_host_set(&d.host, "Resync_On_Reset", "Yes");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 30000);
    assert_int_equal(d.net.n_requests, 0);
    assert_non_null(strstr(fake_host_take_events(&d.host), "resync "));
    d.host.on_event = NULL;
    fake_host_hide(&d.host, NULL, PROV_OK);
    device_pass(&d, 120000);
    assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_ACQUIRED);
    device_unplug(&d);
}

/* Nor is it to take the rule of the service for another one. */
static void test_a_rule_that_is_unreadable_for_a_while_is_still_the_services(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", "");
    fake_host_set(&d.host, "Resync_On_Reset", "Yes");
    fake_transport_add_text(&d.net, ACTIVATION_CONTACT_URL, ANSWER);
    fake_transport_add_text(&d.net, "http://h/p", "")->status = PROV_E_CONNECT;
    fake_host_hide(&d.host, NULL, PROV_OK);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 30000);
    assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_CUSTOM_PENDING);
    fake_host_hide(&d.host, "Profile_Rule", PROV_E_IO);
    device_ask(&d, NULL);
    assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_CUSTOM_PENDING);
    fake_host_hide(&d.host, NULL, PROV_OK);
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_CUSTOM_PENDING);
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
    device_ask(&d, NULL);
    assert_int_equal(state_of(&d), PROV_CUSTOMIZATION_ACQUIRED);
    device_unplug(&d);
}

static void start(struct device *d)
{
    plug_in(d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_boot(d);
}

static struct prov_activation at_end;

static void keep_activation(void *ctx, const struct prov_event *event)
{
    const struct device *d = ctx;
    if (event->type == PROV_EVENT_RESYNC)
        assert_int_equal(prov_agent_activation_get(d->agent, &at_end), PROV_OK);
}

/* Who is told that a resync ended sees what it waits for. */
static void test_a_resync_that_ends_shows_that_a_code_is_wanted(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    at_end = (struct prov_activation){.size = sizeof at_end};
    d.host.on_event = keep_activation;
    d.host.on_event_ctx = &d;
    device_ask(&d, NULL);
    assert_int_equal(at_end.is_code_wanted, 1);
    assert_int_equal(at_end.state, PROV_CUSTOMIZATION_PENDING);
    device_unplug(&d);
}

static void free_at_end(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type != PROV_EVENT_RESYNC)
        return;
    prov_agent_free(d->agent);
    d->agent = NULL;
}

/* The device reboots as soon as it is told: the state is saved before. */
static void test_the_state_is_saved_before_the_end_of_a_resync_is_told(void **state)
{
    (void)state;
    for (int has_code = 0; has_code < 2; has_code++) {
        struct device d;
        start(&d);
        d.host.on_event = free_at_end;
        d.host.on_event_ctx = &d;
        if (has_code)
            assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
        else
            assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
        while (d.agent && prov_agent_timeout_ms(d.agent) == 0)
            prov_agent_process(d.agent, NULL);
        assert_null(d.agent);
        d.host.on_event = NULL;
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        assert_int_equal(state_of(&d),
                         has_code ? PROV_CUSTOMIZATION_ACQUIRED : PROV_CUSTOMIZATION_PENDING);
        device_unplug(&d);
    }
}

/* Letters, digits and -._ as they are. */
static void test_a_form_is_encoded_as_forms_are(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    d.host.device.product = prov_str_from("A.b_c-d/e f~0");
    fake_host_set(&d.host, "Profile_Rule", "");
    fake_host_set(&d.host, "Resync_On_Reset", "Yes");
    fake_transport_add_text(&d.net, ACTIVATION_CONTACT_URL, ANSWER);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 1000);
    assert_string_equal(fake_transport_find(&d.net, ACTIVATION_CONTACT_URL)->body,
                        "mac=000e08012345&model=A.b_c-d%2Fe%20f%7E0");
    device_unplug(&d);
}

/* The code is for the service alone. */
static void test_a_service_may_not_lead_elsewhere(void **state)
{
    struct device d;
    struct prov_job_status job = {.size = sizeof job};
    (void)state;
    start(&d);
    fake_transport_add_text(&d.net, ACTIVATION_CODE_URL, "")->redirect = "https://other.example/x";
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_ACTIVATION, &job), PROV_OK);
    assert_int_equal(job.last->error->status, PROV_E_REDIRECT);
    assert_string_equal(job.last->error->message, "redirect: expected the same server, found "
                                                  "'https://other.example'");
    device_unplug(&d);
}

static void test_cancelled_code_may_be_entered_again(void **state)
{
    struct device d;
    struct prov_activation now = {.size = sizeof now};
    (void)state;
    start(&d);
    d.net.stalled_url = ACTIVATION_CODE_URL;
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
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
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
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

/* Likewise a reboot. */
static void test_a_reboot_waits_for_a_code_under_way(void **state)
{
    struct device d;
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_MENU};
    (void)state;
    start(&d);
    d.net.is_frozen = true;
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    device_settle(&d);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    d.net.is_frozen = false;
    device_pass(&d, 1000);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "reboot wanted"));
    assert_true(strstr(events, "code accepted") < strstr(events, "reboot wanted"));
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

static prov_status discard(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx;
    (void)data;
    (void)len;
    (void)err;
    return PROV_OK;
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    return discard(ctx, NULL, 0, err);
}

static void test_fetch_of_the_host_waits_for_no_code(void **state)
{
    struct device d;
    const struct prov_fetch fetch = {.size = sizeof fetch,
                                     .rule = prov_str_from("gds://"),
                                     .sink = {.write = discard, .finish = finish}};
    struct prov_job_status job = {.size = sizeof job};
    (void)state;
    start(&d);
    assert_int_equal(prov_agent_fetch(d.agent, &fetch, NULL), PROV_OK);
    device_pass(&d, 1000);
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_FETCH, &job), PROV_OK);
    assert_int_equal(job.last->outcome, PROV_OUTCOME_FAILED);
    assert_int_equal(job.last->error->status, PROV_E_UNSUPPORTED);
    assert_string_equal(job.last->error->message, "no transport for gds://");
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
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), &error),
                     PROV_E_UNSUPPORTED);
    assert_non_null(strstr(error.message, "prov_agent_enable_activation()"));
    device_boot(&d);
    device_ask(&d, "gds://");
    struct prov_job_status job = {.size = sizeof job};
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC, &job), PROV_OK);
    assert_non_null(strstr(job.last->error->message, "prov_agent_enable_activation()"));
    assert_int_equal(prov_agent_enable_activation(d.agent, &activation_services, NULL),
                     PROV_E_STATE);
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
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
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

static prov_status refuse_to_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx, (void)param, (void)err;
    return 77;
}

/* The code is good, and so is the service: the person sees the device's own failure. */
static void test_a_store_that_fails_is_no_fault_of_the_service(void **state)
{
    struct device d;
    struct prov_activation now = {.size = sizeof now};
    (void)state;
    for (int is_record = 0; is_record < 2; is_record++) {
        start(&d);
        const struct prov_host good = d.host.host;
        prov_agent_free(d.agent);
        if (is_record)
            d.host.host.save = refuse;
        else
            d.host.host.txn_set = refuse_to_set;
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
        device_pass(&d, 1000);
        assert_int_equal(prov_agent_activation_get(d.agent, &now), PROV_OK);
        assert_int_equal(now.code, PROV_CODE_NOT_STORED);
        assert_true(device_says(now.text, "Activation cannot be stored"));
        assert_non_null(strstr(fake_host_take_events(&d.host), is_record
                                                                   ? "Activation failed: storage"
                                                                   : "Activation failed: device "
                                                                     "error 77"));
        device_assert_stored(&d, "Profile_Rule", "gds://");
        d.host.host = good;
        prov_agent_free(d.agent);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        assert_works_again(&d);
        device_unplug(&d);
    }
}

static bool is_refusing;
static prov_status (*set_of_store)(void *, const struct prov_param *, struct prov_error *);

static prov_status set_unless_refused(void *ctx, const struct prov_param *param,
                                      struct prov_error *err)
{
    return is_refusing ? 77 : set_of_store(ctx, param, err);
}

/* The failure of one code is not that of the next one. */
static void test_each_code_has_its_own_outcome(void **state)
{
    struct device d;
    struct prov_activation now = {.size = sizeof now};
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    set_of_store = d.host.host.txn_set;
    d.host.host.txn_set = set_unless_refused;
    is_refusing = true;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_activation_get(d.agent, &now), PROV_OK);
    assert_int_equal(now.code, PROV_CODE_NOT_STORED);
    is_refusing = false;
    d.net.answers[0].status = PROV_E_NOT_FOUND;
    d.net.answers[0].code = 404;
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_activation_get(d.agent, &now), PROV_OK);
    assert_int_equal(now.code, PROV_CODE_UNKNOWN);
    device_unplug(&d);
}

static void test_record_that_cannot_be_saved_is_reported(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    d.host.host.save = refuse;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    device_ask(&d, NULL);
    assert_non_null(strstr(fake_host_take_events(&d.host), "log 4"));
    assert_int_equal(activation_enter(&d, prov_str_from(ACTIVATION_CODE), NULL), PROV_OK);
    device_pass(&d, 1000);
    device_assert_stored(&d, "Profile_Rule", "gds://"); /* its transaction needs the record */
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_transport_may_fail_at_every_step),
        cmocka_unit_test(test_power_may_go_at_every_store_operation),
        cmocka_unit_test(test_agent_may_be_freed_in_every_callback),
        cmocka_unit_test(test_places_are_tried_without_memory),
        cmocka_unit_test(test_first_contact_waits_for_a_setting),
        cmocka_unit_test(test_a_rule_that_is_unreadable_for_a_while_is_still_the_services),
        cmocka_unit_test(test_a_resync_that_ends_shows_that_a_code_is_wanted),
        cmocka_unit_test(test_the_state_is_saved_before_the_end_of_a_resync_is_told),
        cmocka_unit_test(test_a_form_is_encoded_as_forms_are),
        cmocka_unit_test(test_a_service_may_not_lead_elsewhere),
        cmocka_unit_test(test_cancelled_code_may_be_entered_again),
        cmocka_unit_test(test_resync_waits_for_a_code_under_way),
        cmocka_unit_test(test_a_reboot_waits_for_a_code_under_way),
        cmocka_unit_test(test_transport_of_the_host_takes_gds),
        cmocka_unit_test(test_fetch_of_the_host_waits_for_no_code),
        cmocka_unit_test(test_without_activation_gds_names_what_is_missing),
        cmocka_unit_test(test_damaged_record_is_reported),
        cmocka_unit_test(test_a_store_that_fails_is_no_fault_of_the_service),
        cmocka_unit_test(test_each_code_has_its_own_outcome),
        cmocka_unit_test(test_record_that_cannot_be_saved_is_reported),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
