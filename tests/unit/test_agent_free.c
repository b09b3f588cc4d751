/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* An agent freed from within each of its callbacks in turn: nothing is called, nothing is left. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

/* What all positions of the dial share. */
struct tour {
    bool is_shared;    /* the test drives the transport, which then makes the outermost calls */
    uint32_t freed_at; /* bits of the events during which the agent was freed */
};

/* A device whose callbacks all count as chances of one dial; the agent is freed at the chance. */
struct doomed {
    struct device device;
    struct prov_host inner; /* of the device's host and store */
    struct prov_transport inner_net;
    struct dial *dial;
    struct tour *tour;
    bool is_freed;
    bool is_freeing;
    bool is_open;            /* a transaction */
    uint32_t event;          /* being reported */
    unsigned n_answers_left; /* "not now" so often */
};

static void free_agent(struct doomed *doomed)
{
    doomed->is_freeing = true;
    prov_agent_free(doomed->device.agent);
    prov_agent_free(doomed->device.agent); /* again, which makes no difference */
    doomed->is_freeing = false;
    doomed->device.agent = NULL;
    doomed->is_freed = true;
    doomed->tour->freed_at |= 1u << doomed->event;
}

static void chance(struct doomed *doomed)
{
    if (doomed->is_freed)
        test_die("a callback of an agent that was freed");
    if (!doomed->is_freeing && doomed->device.agent && dial_tick(doomed->dial))
        free_agent(doomed);
}

static int64_t mono_ms(void *ctx)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner.mono_ms(doomed->inner.ctx);
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    chance(ctx);
    *utc_s = 1700000000;
    *utc_offset_s = 0;
    return true;
}

static uint32_t entropy(void *ctx)
{
    chance(ctx);
    return 0;
}

static bool is_idle(void *ctx)
{
    chance(ctx);
    return true;
}

static void event(void *ctx, const struct prov_event *event)
{
    struct doomed *doomed = ctx;
    doomed->event = event->type;
    chance(doomed);
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED && !doomed->is_freed)
        prov_agent_set_credentials(doomed->device.agent, prov_str_from("u"), prov_str_from("p"),
                                   NULL);
    doomed->event = 0;
}

static void wake(void *ctx)
{
    chance(ctx);
}

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    struct doomed *doomed = ctx;
    (void)stage;
    chance(doomed);
    if (doomed->n_answers_left == 0)
        return 0;
    doomed->n_answers_left--;
    return 500;
}

static prov_status check_url(void *ctx, prov_str url, struct prov_error *err)
{
    (void)url;
    (void)err;
    chance(ctx);
    return PROV_OK;
}

static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    (void)pem;
    (void)name;
    (void)cap;
    (void)err;
    chance(ctx);
    return PROV_OK;
}

static prov_status install_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)pem;
    (void)err;
    chance(ctx);
    return PROV_OK;
}

static prov_status find_macro(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)name;
    (void)flags;
    (void)value;
    chance(ctx);
    return PROV_E_NOT_FOUND;
}

static prov_status find(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    if (!prov_catalogue_find(name, NULL))
        return PROV_E_UNSUPPORTED;
    return doomed->inner.find(doomed->inner.store_ctx, name, layer, out);
}

static prov_status txn_begin(void *ctx, struct prov_error *err)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    if (doomed->is_freed) /* as a host does that finds itself gone */
        return PROV_E_CANCELLED;
    doomed->is_open = true;
    return doomed->inner.txn_begin(doomed->inner.store_ctx, err);
}

static prov_status txn_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner.txn_set(doomed->inner.store_ctx, param, err);
}

static prov_status txn_commit(void *ctx, struct prov_error *err)
{
    struct doomed *doomed = ctx;
    doomed->is_open = false;
    chance(doomed);
    return doomed->inner.txn_commit(doomed->inner.store_ctx, err);
}

static void txn_rollback(void *ctx)
{
    struct doomed *doomed = ctx;
    doomed->is_open = false;
    chance(doomed);
    doomed->inner.txn_rollback(doomed->inner.store_ctx);
}

static uint64_t stamp(void *ctx)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner.generation(doomed->inner.store_ctx);
}

static prov_status keep(void *ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner.save(doomed->inner.store_ctx, name, data, len, err);
}

static prov_status recall(void *ctx, prov_str name, void *buf, size_t cap, size_t *len)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner.load(doomed->inner.store_ctx, name, buf, cap, len);
}

static void wrap_host(struct doomed *doomed)
{
    doomed->inner = doomed->device.host.host;
    doomed->device.host.host = (struct prov_host){
        .size = sizeof(struct prov_host),
        .ctx = doomed,
        .mono_ms = mono_ms,
        .wall_s = wall_s,
        .entropy = entropy,
        .is_idle = is_idle,
        .event = event,
        .wake = wake,
        .defer_ms = defer_ms,
        .check_url = check_url,
        .vars = {.find = find_macro, .ctx = doomed},
        .store_ctx = doomed,
        .stores_access = 1,
        .find = find,
        .txn_begin = txn_begin,
        .txn_set = txn_set,
        .txn_commit = txn_commit,
        .txn_rollback = txn_rollback,
        .generation = stamp,
        .save = keep,
        .load = recall,
    };
}

static prov_status start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner_net.start(doomed->inner_net.ctx, transfer, request, err);
}

/* Of the agent's end, or of a transfer in whose start it was freed. */
static void cancel(void *ctx, prov_transfer *transfer)
{
    struct doomed *doomed = ctx;
    if (!doomed->is_freed)
        chance(doomed);
    doomed->inner_net.cancel(doomed->inner_net.ctx, transfer);
}

static size_t pollfds(void *ctx, struct prov_pollfd *fds, size_t cap)
{
    (void)fds;
    (void)cap;
    chance(ctx);
    return 0;
}

static int64_t timeout_ms(void *ctx)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner_net.timeout_ms(doomed->inner_net.ctx);
}

static prov_status process(void *ctx, struct prov_error *err)
{
    struct doomed *doomed = ctx;
    chance(doomed);
    return doomed->inner_net.process(doomed->inner_net.ctx, err);
}

static prov_status add_transport(struct doomed *doomed)
{
    doomed->inner_net = doomed->device.net.transport;
    struct prov_transport transport = doomed->inner_net;
    transport.ctx = doomed;
    transport.start = start;
    transport.cancel = cancel;
    transport.pollfds = pollfds;
    transport.timeout_ms = timeout_ms;
    transport.process = process;
    return prov_agent_add_transport(doomed->device.agent, &transport,
                                    doomed->tour->is_shared ? PROV_TRANSPORT_SHARED : 0, NULL);
}

static void turn(struct doomed *doomed)
{
    prov_status status = prov_agent_process(doomed->device.agent, NULL);
    assert_int_equal(status, doomed->is_freed ? PROV_E_CANCELLED : PROV_OK);
    if (doomed->tour->is_shared)
        doomed->inner_net.process(doomed->inner_net.ctx, NULL);
}

/* One that is shared goes on after the agent, and hears of its end. */
static void wind_up(struct doomed *doomed)
{
    while (fake_transport_n_running(&doomed->device.net) > 0)
        doomed->inner_net.process(doomed->inner_net.ctx, NULL);
}

static void pass(struct doomed *doomed, int64_t ms)
{
    struct fake_host *host = &doomed->device.host;
    int64_t end = host->now_ms + ms;
    while (!doomed->is_freed && host->now_ms <= end) {
        prov_agent_pollfds(doomed->device.agent, NULL, 0);
        int64_t wait = doomed->is_freed ? 0 : prov_agent_timeout_ms(doomed->device.agent);
        if (doomed->tour->is_shared && fake_transport_n_running(&doomed->device.net) > 0)
            wait = 0;
        if (wait < 0 || host->now_ms + wait > end)
            break;
        host->now_ms += wait;
        if (!doomed->is_freed)
            turn(doomed);
    }
}

static void ask(struct doomed *doomed, const char *rule)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(rule)};
    if (doomed->is_freed)
        return;
    prov_agent_request(doomed->device.agent, &request, NULL);
    pass(doomed, 5000);
}

static void set_up(struct doomed *doomed)
{
    struct device *d = &doomed->device;
    device_plug_in(d, NULL, NULL, NULL);
    fake_host_set(&d->host, "Profile_Rule", "( GPP_B = \"x\" )! http://h/a?$MA");
    fake_host_set(&d->host, "Syslog_Server", "10.0.0.1");
    fake_host_set(&d->host, "Resync_Trigger_1", "1 eq 1");
    fake_host_set(&d->host, "Custom_CA_Rule", "http://192.0.2.9/ca");
    fake_transport_add_text(&d->net, "http://192.0.2.9/ca", "PEM");
    d->net.is_immediate = !doomed->tour->is_shared;
    fake_transport_add_text(&d->net, "http://h/a?000e08012345",
                            "<flat-profile><GPP_A ua=\"rw\">new</GPP_A><No_Such>x</No_Such>"
                            "<Web_Server_Port>81</Web_Server_Port></flat-profile>")
        ->etag = "\"1\"";
    fake_transport_add_text(&d->net, "http://192.0.2.9/bad", "")->redirect = "http://h/bad";
    fake_transport_add_text(&d->net, "http://h/login", "<flat-profile/>")->login = "u:p";
    fake_transport_add_text(&d->net, "http://h/bad", "<flat-profile>");
    fake_transport_add_text(&d->net, "syslog://10.0.0.1/", "")->status = PROV_E_NETWORK;
    static const char record[200] = "longer than the agent expects, and of no format";
    assert_int_equal(
        prov_store_save_record(d->store, prov_str_from("known"), record, sizeof record, NULL),
        PROV_OK);
    wrap_host(doomed);
    doomed->n_answers_left = 2;
    struct prov_agent_options options = {.size = sizeof options, .confirm_timeout_s = 60};
    options.host = &d->host.host;
    options.device = &d->host.device;
    options.alloc = &d->memory.alloc;
    assert_int_equal(prov_agent_new(&d->agent, &options, NULL), PROV_OK);
    assert_int_equal(add_transport(doomed), PROV_OK);
    const struct prov_custom_ca_host ca = {
        .size = sizeof ca, .ctx = doomed, .check = check_ca, .install = install_ca};
    assert_int_equal(prov_agent_enable_custom_ca(d->agent, &ca, NULL), PROV_OK);
}

static void lose_link(struct doomed *doomed)
{
    for (uint32_t event = PROV_NETWORK_LOST; event <= PROV_NETWORK_BACK; event++)
        if (!doomed->is_freed)
            prov_agent_network(doomed->device.agent, event, NULL);
}

static void everything(void *ctx, struct dial *dial)
{
    struct doomed doomed = {.dial = dial, .tour = ctx};
    set_up(&doomed);
    pass(&doomed, 10000); /* boot, defer, apply, await confirmation, reboot */
    if (!doomed.is_freed)
        prov_agent_confirm(doomed.device.agent, NULL);
    ask(&doomed, NULL);
    ask(&doomed, "http://192.0.2.9/bad");
    lose_link(&doomed);
    ask(&doomed, "http://h/login");
    ask(&doomed, "( GPP_C = \"changed\" )!");
    pass(&doomed, 70000); /* its confirm timeout passes */
    if (!doomed.is_freed)
        prov_agent_notify(doomed.device.agent);
    assert_false(doomed.is_open);
    if (!dial->hit) {
        prov_agent_free(doomed.device.agent); /* once: no call is under way that would keep it */
        doomed.device.agent = NULL;
    }
    wind_up(&doomed);
    device_unplug(&doomed.device);
}

/* The samples of an emulator need not meet each. */
static void assert_freed_at(uint32_t freed_at)
{
    static const uint32_t kinds[] = {
        PROV_EVENT_LOG,         PROV_EVENT_REQUEST,
        PROV_EVENT_PROGRESS,    PROV_EVENT_CHANGED,
        PROV_EVENT_RESULT,      PROV_EVENT_RESYNC,
        PROV_EVENT_SCHEDULED,   PROV_EVENT_WARNING,
        PROV_EVENT_UNCONFIRMED, PROV_EVENT_REBOOT_WANTED,
        PROV_EVENT_CONFIRMED,   PROV_EVENT_ROLLED_BACK,
        PROV_EVENT_DEFERRED,    PROV_EVENT_CREDENTIALS_WANTED,
    };
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0] && !test_takes_few(); i++)
        if (!(freed_at >> kinds[i] & 1u))
            fail_msg("never freed at event %u", (unsigned)kinds[i]);
}

static void test_agent_may_be_freed_from_every_callback(void **state)
{
    (void)state;
    struct tour tour = {.is_shared = false};
    assert_true(dial_run("callbacks of an agent", everything, &tour) > 300);
    assert_freed_at(tour.freed_at);
}

static void test_agent_may_be_freed_by_a_shared_transport(void **state)
{
    (void)state;
    struct tour tour = {.is_shared = true};
    assert_true(dial_run("callbacks with a shared transport", everything, &tour) > 300);
    assert_freed_at(tour.freed_at);
}

static void free_at_result(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_RESULT) {
        prov_agent_free(d->agent);
        d->agent = NULL;
    }
}

static void test_run_once_ends_with_its_agent(void **state)
{
    (void)state;
    struct device d;
    struct prov_error err = {0};
    device_start(&d);
    d.host.on_event = free_at_result;
    d.host.on_event_ctx = &d;
    assert_int_equal(prov_agent_run_once(d.agent, NULL, &err), PROV_E_CANCELLED);
    assert_null(d.agent);
    assert_non_null(strstr(err.message, "callbacks"));
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_may_be_freed_from_every_callback),
        cmocka_unit_test(test_agent_may_be_freed_by_a_shared_transport),
        cmocka_unit_test(test_run_once_ends_with_its_agent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
