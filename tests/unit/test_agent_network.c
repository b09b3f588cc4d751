/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The network link is lost, back or new: at every callback and step, for each job, and repeatedly;
 * and devices that slept through what was due. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "fake_trust.h"

#define FIRST "<flat-profile><GPP_A>new</GPP_A><GPP_B>new</GPP_B></flat-profile>"
#define SECOND "<flat-profile><GPP_C>new</GPP_C></flat-profile>"
#define PEM "-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n"

enum { LOST = PROV_NETWORK_LOST, BACK = PROV_NETWORK_BACK, CHANGED = PROV_NETWORK_CHANGED };

static void report(struct device *d, uint32_t event)
{
    assert_int_equal(prov_agent_network(d->agent, event, NULL), PROV_OK);
}

static struct prov_job_status status_of(struct device *d, uint32_t job)
{
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d->agent, job, &status), PROV_OK);
    return status;
}

static void assert_waits(struct device *d, uint32_t job, uint32_t waits_for, int64_t least_ms,
                         int64_t most_ms)
{
    struct prov_job_status status = status_of(d, job);
    assert_int_equal(status.state, PROV_STATE_WAITING);
    assert_int_equal(status.waits_for, waits_for);
    assert_uint_in_range(status.in_ms, least_ms, most_ms);
}

/* In the middle of whatever is drawn. */
static uint32_t half(void *ctx)
{
    (void)ctx;
    return UINT32_C(1) << 31;
}

/* A muted device. */
static void start(struct device *d, struct fake_trust *trust)
{
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.entropy = half;
    device_mute(d);
    if (trust)
        fake_trust_plug_in(d, trust);
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_boot(d);
}

/* Its server answers nothing yet. */
static void start_frozen(struct device *d)
{
    start(d, NULL);
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "600");
    fake_host_set(&d->host, "Profile_Rule", "http://h/p");
    fake_transport_add_text(&d->net, "http://h/p", FIRST);
    d->net.is_frozen = true;
    device_ask(d, NULL);
    assert_int_equal(fake_transport_n_running(&d->net), 1);
}

static void test_a_lost_link_ends_transfers_at_once(void **state)
{
    (void)state;
    struct device d;
    start_frozen(&d);
    report(&d, LOST);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    assert_int_equal(d.net.n_cancelled, 1);
    assert_int_equal(prov_agent_timeout_ms(d.agent), 0);
    device_settle(&d);
    struct prov_job_status status = status_of(&d, PROV_JOB_RESYNC);
    assert_int_equal(status.last->error->status, PROV_E_NETWORK);
    assert_string_equal(status.last->error->message, "the network link was lost, after 0 bytes");
    assert_true(status.last->error->flags & PROV_ERROR_RETRYABLE);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_NETWORK, 600000, 600000);
    device_unplug(&d);
}

static void lose_on_request(void *ctx, const struct prov_event *event)
{
    if (event->type == PROV_EVENT_REQUEST)
        report(ctx, LOST);
}

/* The server is an address or a name: the request is reported before or within the transfer. */
static void test_a_link_lost_within_the_request_ends_it(void **state)
{
    static const char *const urls[] = {"http://192.0.2.9/p", "http://h/p"};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(urls); i++) {
        struct device d;
        start(&d, NULL);
        fake_host_set(&d.host, "Resync_Error_Retry_Delay", "600");
        fake_host_set(&d.host, "Profile_Rule", urls[i]);
        fake_transport_add_text(&d.net, urls[i], FIRST);
        d.host.on_event = lose_on_request;
        d.host.on_event_ctx = &d;
        device_ask(&d, NULL);
        assert_int_equal(fake_transport_n_running(&d.net), 0);
        struct prov_job_status status = status_of(&d, PROV_JOB_RESYNC);
        assert_int_equal(status.last->error->status, PROV_E_NETWORK);
        assert_string_equal(status.last->error->message,
                            "the network link was lost, after 0 bytes");
        assert_true(status.last->error->flags & PROV_ERROR_RETRYABLE);
        assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_NETWORK, 600000, 600000);
        device_unplug(&d);
    }
}

/* Not before the floor, nor later than within 30 s from then on. */
static void test_a_link_that_is_back_brings_the_retry(void **state)
{
    static const uint32_t ends[] = {BACK, CHANGED};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        start_frozen(&d);
        report(&d, LOST);
        device_pass(&d, 1000);
        report(&d, LOST);
        d.net.is_frozen = false;
        report(&d, ends[i]);
        device_settle(&d);
        assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_TIME, 44000, 44000);
        assert_int_equal(fake_transport_find(&d.net, "http://h/p")->network_age_s, 0);
        device_pass(&d, 44000);
        device_assert_stored(&d, "GPP_A", "new");
        assert_int_equal(fake_transport_find(&d.net, "http://h/p")->network_age_s, 45);
        device_unplug(&d);
    }
}

/* One report brings one retry: the next one comes by the list again. */
static void test_a_link_that_is_back_brings_one_retry(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL);
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "600");
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", FIRST);
    answer->status = PROV_E_CONNECT;
    device_ask(&d, NULL);
    report(&d, LOST);
    device_settle(&d);
    report(&d, BACK);
    assert_int_equal(answer->n_asked, 1);
    device_pass(&d, 45000);
    assert_int_equal(answer->n_asked, 2);
    device_pass(&d, 599000);
    assert_int_equal(answer->n_asked, 2);
    device_pass(&d, 1000);
    assert_int_equal(answer->n_asked, 3);
    device_unplug(&d);
}

/* Both before the agent has seen the end of the transfer. */
static void test_a_short_loss_brings_the_retry_too(void **state)
{
    (void)state;
    struct device d;
    start_frozen(&d);
    report(&d, LOST);
    report(&d, BACK);
    d.net.is_frozen = false;
    device_settle(&d);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_TIME, 45000, 45000);
    device_unplug(&d);
}

static void test_a_host_that_never_reports_it_back_is_not_deaf(void **state)
{
    (void)state;
    struct device d;
    start_frozen(&d);
    report(&d, LOST);
    d.net.is_frozen = false;
    device_pass(&d, 600000);
    device_assert_stored(&d, "GPP_A", "new");
    device_unplug(&d);
}

/* Every second for an hour: no more requests than the floor allows, no fewer than the list. */
static void test_a_link_that_flaps_is_no_load(void **state)
{
    (void)state;
    struct device d;
    start_frozen(&d);
    d.net.is_frozen = false;
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/p", FIRST);
    answer->status = PROV_E_CONNECT;
    for (int s = 0; s < 3600; s++) {
        report(&d, s % 2 ? BACK : LOST);
        device_pass(&d, 1000);
        fake_host_take_events(&d.host);
    }
    assert_uint_in_range(answer->n_asked, 3600 / 60, 3600 / 30 + 1);
    device_unplug(&d);
}

static void test_a_custom_ca_is_retried_soon(void **state)
{
    (void)state;
    struct device d;
    struct fake_trust trust = {.name = "CA"};
    start(&d, &trust);
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "600");
    fake_host_set(&d.host, "Profile_Rule", "");
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/ca");
    fake_transport_add_text(&d.net, "http://h/ca", PEM);
    d.net.is_frozen = true;
    device_ask(&d, NULL);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    report(&d, LOST);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_NETWORK, 600000, 600000);
    device_pass(&d, 60000);
    report(&d, BACK);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 15000, 15000);
    int64_t in_ms = status_of(&d, PROV_JOB_CUSTOM_CA).in_ms;
    report(&d, BACK); /* once is enough */
    device_settle(&d);
    assert_int_equal(status_of(&d, PROV_JOB_CUSTOM_CA).in_ms, in_ms);
    d.net.is_frozen = false;
    device_pass(&d, 30000);
    assert_string_equal(trust.pem, PEM);
    device_unplug(&d);
}

static prov_status ignore_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static prov_status ignore_end(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return PROV_OK;
}

/* A file of the host fails as any other does; whether to fetch it again is for the host. */
static void test_a_file_of_the_host_ends_too(void **state)
{
    (void)state;
    struct device d;
    const struct prov_fetch fetch = {
        .size = sizeof fetch,
        .rule = prov_str_from("http://h/p"),
        .sink = {.write = ignore_bytes, .finish = ignore_end},
    };
    start(&d, NULL);
    fake_transport_add_text(&d.net, "http://h/p", FIRST);
    d.net.is_frozen = true;
    assert_int_equal(prov_agent_fetch(d.agent, &fetch, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    report(&d, LOST);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    device_settle(&d);
    struct prov_job_status status = status_of(&d, PROV_JOB_FETCH);
    assert_int_equal(status.state, PROV_STATE_IDLE);
    assert_int_equal(status.last->error->status, PROV_E_NETWORK);
    device_unplug(&d);
}

static void log_text(struct device *d, const char *text)
{
    const struct prov_log_entry entry = {.size = sizeof entry, .text = prov_str_from(text)};
    assert_int_equal(prov_agent_log(d->agent, &entry, NULL), PROV_OK);
    device_settle(d);
}

static void start_logger(struct device *d)
{
    start(d, NULL);
    fake_host_set(&d->host, "Syslog_Server", "10.0.0.1");
}

static void count_late(void *ctx, const struct prov_event *event)
{
    const struct prov_error *error = event_error(event);
    if (error && strstr(error->message, "2 waiting, the network link is lost"))
        ++*(unsigned *)ctx;
}

static void test_log_messages_wait_for_the_link(void **state)
{
    (void)state;
    struct device d;
    unsigned n_late = 0;
    start_logger(&d);
    d.host.on_event = count_late;
    d.host.on_event_ctx = &n_late;
    d.net.is_frozen = true;
    log_text(&d, "first");
    report(&d, LOST);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    d.net.is_frozen = false;
    log_text(&d, "second");
    assert_int_equal(d.net.n_requests, 1);
    assert_waits(&d, PROV_JOB_LOG, PROV_WAIT_NETWORK, 60000, 60000);
    device_pass(&d, 10000);
    report(&d, LOST); /* prolongs nothing */
    assert_waits(&d, PROV_JOB_LOG, PROV_WAIT_NETWORK, 50000, 50000);
    assert_int_equal(n_late, 1);
    report(&d, BACK);
    device_pass(&d, 30000);
    assert_int_equal(d.net.n_requests, 3);
    assert_non_null(strstr(d.net.requests[1].body, "first"));
    assert_int_equal(status_of(&d, PROV_JOB_LOG).state, PROV_STATE_IDLE);
    device_unplug(&d);
}

/* The first message of all, on a host that never reports the link; and those it cancels. */
static void test_log_messages_wait_a_minute_at_most(void **state)
{
    (void)state;
    struct device d;
    start_logger(&d);
    report(&d, LOST);
    log_text(&d, "first");
    device_pass(&d, 59000);
    assert_int_equal(d.net.n_requests, 0);
    device_pass(&d, 1000);
    assert_int_equal(d.net.n_requests, 1);
    report(&d, BACK);
    report(&d, LOST);
    log_text(&d, "second");
    assert_int_equal(d.net.n_requests, 1);
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_LOG, NULL), PROV_OK);
    device_pass(&d, 0);
    assert_int_equal(status_of(&d, PROV_JOB_LOG).state, PROV_STATE_IDLE);
    device_unplug(&d);
}

/* Every callback and every turn is a chance of a dial, at which the link changes. */
struct traveller {
    struct device device;
    struct prov_host inner;
    struct dial *dial;
    const uint8_t *events; /* ended by 0 */
    bool has_changed;
    unsigned n_deferred[PROV_STAGE_ROLLBACK + 1]; /* each stage is deferred once */
    struct fake_trust trust;
};

/* Callbacks have contexts of their own. */
static struct traveller *travelling;

static void chance(void)
{
    struct traveller *t = travelling;
    if (t->has_changed || !t->device.agent || !dial_tick(t->dial))
        return;
    t->has_changed = true;
    for (const uint8_t *event = t->events; *event; event++)
        report(&t->device, *event);
}

static int64_t mono_ms(void *ctx)
{
    chance();
    return travelling->inner.mono_ms(ctx);
}

static bool is_idle(void *ctx)
{
    chance();
    return travelling->inner.is_idle(ctx);
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct traveller *t = ctx;
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED && t->has_changed)
        prov_agent_set_credentials(t->device.agent, prov_str_from("u"), prov_str_from("p"), NULL);
    chance();
}

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)ctx;
    chance();
    return travelling->n_deferred[stage]++ == 0 ? 500 : 0;
}

static prov_status check_address(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err)
{
    (void)ctx, (void)address, (void)port, (void)purpose, (void)err;
    chance();
    return PROV_OK;
}

static prov_status txn_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    chance();
    return travelling->inner.txn_set(ctx, param, err);
}

static prov_status txn_commit(void *ctx, struct prov_error *err)
{
    chance();
    return travelling->inner.txn_commit(ctx, err);
}

static void plug_in(struct traveller *t)
{
    struct device *d = &t->device;
    struct prov_agent_options options = {.size = sizeof options, .credentials_within_s = 10};
    device_plug_in(d, NULL, NULL, NULL);
    device_mute(d);
    d->net.is_immediate = false; /* a step in each turn */
    t->inner = d->host.host;
    d->host.host.mono_ms = mono_ms;
    d->host.host.is_idle = is_idle;
    d->host.host.defer_ms = defer_ms;
    d->host.host.check_address = check_address;
    d->host.host.txn_set = txn_set;
    d->host.host.txn_commit = txn_commit;
    d->host.on_event = on_event;
    d->host.on_event_ctx = t;
    fake_trust_plug_in(d, &t->trust);
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60");
    fake_host_set(&d->host, "Forced_Resync_Delay", "0");
    fake_host_set(&d->host, "Profile_Rule", "http://h/first");
    fake_host_set(&d->host, "Profile_Rule_B", "http://192.0.2.5/second");
    fake_host_set(&d->host, "Custom_CA_Rule", "http://h/ca");
    struct fake_answer *first = fake_transport_add_text(&d->net, "http://h/first", FIRST);
    first->login = "u:p";
    first->chunk = 20;
    fake_transport_add_text(&d->net, "http://192.0.2.5/second", SECOND)->chunk = 40;
    fake_transport_add_text(&d->net, "http://h/ca", PEM);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
}

static void pass(struct traveller *t, int64_t ms)
{
    int64_t end_ms = t->device.host.now_ms + ms;
    for (unsigned n = 0;; n++) {
        chance();
        int64_t wait_ms = prov_agent_timeout_ms(t->device.agent);
        if (wait_ms < 0 || t->device.host.now_ms + wait_ms > end_ms)
            break;
        if (n == 10000)
            test_die("the agent does not settle");
        t->device.host.now_ms += wait_ms;
        assert_int_equal(prov_agent_process(t->device.agent, NULL), PROV_OK);
    }
    t->device.host.now_ms = end_ms;
}

static bool is_new(struct traveller *t, const char *name)
{
    const char *value = fake_host_get(&t->device.host, name);
    return value && strcmp(value, "new") == 0;
}

/* Boot, a call, a deferral, a question for credentials, two commits; then time for one retry. */
static void travel(void *ctx, struct dial *dial)
{
    struct traveller t = {.dial = dial, .events = ctx, .trust.name = "CA"};
    travelling = &t;
    plug_in(&t);
    pass(&t, 0);
    t.device.host.is_idle = false;
    assert_int_equal(prov_agent_request(t.device.agent, NULL, NULL), PROV_OK);
    pass(&t, 1000);
    t.device.host.is_idle = true;
    prov_agent_notify(t.device.agent);
    pass(&t, 1000);
    prov_agent_set_credentials(t.device.agent, prov_str_from("u"), prov_str_from("p"), NULL);
    pass(&t, 5000);
    assert_int_equal(is_new(&t, "GPP_A"), is_new(&t, "GPP_B"));
    pass(&t, 70000);
    assert_true(is_new(&t, "GPP_A") && is_new(&t, "GPP_B") && is_new(&t, "GPP_C"));
    assert_string_equal(t.trust.pem, PEM);
    assert_false(prov_agent_is_busy(t.device.agent));
    assert_int_equal(fake_transport_n_running(&t.device.net), 0);
    device_unplug(&t.device);
}

static void test_the_link_may_change_at_every_step(void **state)
{
    static uint8_t changes[][4] = {{LOST}, {LOST, BACK}, {BACK}, {CHANGED, LOST, LOST}};
    (void)state;
    for (size_t i = 0; i < sizeof changes / sizeof changes[0]; i++)
        assert_true(dial_run("network", travel, changes[i]) > 100);
}

/* A jump of the clock, without a turn of the loop on the way. */
static void sleep_s(struct device *d, int64_t s)
{
    d->host.now_ms += s * 1000;
    device_settle(d);
}

static void test_what_came_due_in_a_sleep_is_spread(void **state)
{
    (void)state;
    struct device d;
    start_frozen(&d);
    d.net.is_frozen = false;
    fake_host_set(&d.host, "Resync_Periodic", "600");
    device_pass(&d, 0);
    assert_int_equal(d.net.n_requests, 1);
    sleep_s(&d, 604); /* a loop that was busy */
    assert_int_equal(d.net.n_requests, 2);
    sleep_s(&d, 7200);
    assert_int_equal(d.net.n_requests, 2);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_TIME, 15000, 15000);
    device_pass(&d, 30000);
    assert_int_equal(d.net.n_requests, 3); /* not twelve */
    device_unplug(&d);
}

static void test_a_custom_ca_that_came_due_in_a_sleep_is_spread(void **state)
{
    (void)state;
    struct device d;
    struct fake_trust trust = {.name = "CA"};
    start(&d, &trust);
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "600");
    fake_host_set(&d.host, "Profile_Rule", "");
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/ca");
    struct fake_answer *answer = fake_transport_add_text(&d.net, "http://h/ca", PEM);
    answer->status = PROV_E_CONNECT;
    device_ask(&d, NULL);
    assert_int_equal(answer->n_asked, 1);
    sleep_s(&d, 3600);
    assert_int_equal(answer->n_asked, 1);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 15000, 15000);
    device_pass(&d, 30000);
    assert_int_equal(answer->n_asked, 2);
    sleep_s(&d, 3600);
    assert_int_equal(answer->n_asked, 2);
    sleep_s(&d, 3600); /* it is moved once */
    assert_int_equal(answer->n_asked, 3);
    device_unplug(&d);
}

static void test_a_retry_of_a_custom_ca_is_moved_once(void **state)
{
    (void)state;
    struct device d;
    struct fake_trust trust = {.name = "CA"};
    start(&d, &trust);
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "600");
    fake_host_set(&d.host, "Profile_Rule", "");
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/ca");
    fake_transport_add_text(&d.net, "http://h/ca", PEM)->status = PROV_E_CONNECT;
    device_ask(&d, NULL);
    device_pass(&d, 100000);
    report(&d, CHANGED);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 15000, 15000);
    device_pass(&d, 5000);
    report(&d, CHANGED);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 10000, 10000);
    device_pass(&d, 10000); /* the next retry is another one */
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 600000, 600000);
    device_pass(&d, 100000);
    report(&d, CHANGED);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 15000, 15000);
    device_unplug(&d);
}

static void test_other_events_are_refused(void **state)
{
    (void)state;
    struct device d;
    struct prov_error err = {0};
    device_start(&d);
    assert_int_equal(prov_agent_network(NULL, LOST, &err), PROV_E_INVALID);
    assert_int_equal(prov_agent_network(d.agent, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_network(d.agent, 4, &err), PROV_E_INVALID);
    assert_non_null(strstr(err.message, "expected PROV_NETWORK_LOST, BACK or CHANGED"));
    unsigned n_wakes = d.host.n_wakes;
    report(&d, BACK); /* before the first turn */
    assert_int_equal(d.host.n_wakes, n_wakes + 1);
    device_settle(&d);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_lost_link_ends_transfers_at_once),
        cmocka_unit_test(test_a_link_lost_within_the_request_ends_it),
        cmocka_unit_test(test_a_link_that_is_back_brings_the_retry),
        cmocka_unit_test(test_a_link_that_is_back_brings_one_retry),
        cmocka_unit_test(test_a_short_loss_brings_the_retry_too),
        cmocka_unit_test(test_a_host_that_never_reports_it_back_is_not_deaf),
        cmocka_unit_test(test_a_link_that_flaps_is_no_load),
        cmocka_unit_test(test_a_custom_ca_is_retried_soon),
        cmocka_unit_test(test_a_file_of_the_host_ends_too),
        cmocka_unit_test(test_log_messages_wait_for_the_link),
        cmocka_unit_test(test_log_messages_wait_a_minute_at_most),
        cmocka_unit_test(test_the_link_may_change_at_every_step),
        cmocka_unit_test(test_what_came_due_in_a_sleep_is_spread),
        cmocka_unit_test(test_a_custom_ca_that_came_due_in_a_sleep_is_spread),
        cmocka_unit_test(test_a_retry_of_a_custom_ca_is_moved_once),
        cmocka_unit_test(test_other_events_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
