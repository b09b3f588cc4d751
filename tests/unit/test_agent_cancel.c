/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Jobs cancelled by the host: at every event and every step of a resync, and while they wait. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

#define FIRST "<flat-profile><GPP_A>new</GPP_A><GPP_B>new</GPP_B></flat-profile>"
#define SECOND "<flat-profile><GPP_C>new</GPP_C><Own_Reboot>new</Own_Reboot></flat-profile>"
#define PEM "-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n"

enum { RETRY_MS = 60000 };

/* A device whose host calls prov_agent_cancel() at one chance of a dial. */
struct canceller {
    struct device device;
    struct dial *dial;
    uint32_t jobs;
    bool answers_at_once;                         /* the question for credentials */
    unsigned n_deferred[PROV_STAGE_ROLLBACK + 1]; /* each stage is deferred once */
    char trusted[128];
    /* What ran when it was cancelled, and when. */
    bool has_cancelled;
    bool was_running;
    int64_t cancelled_ms;
    unsigned n_ends;  /* of resyncs */
    uint32_t outcome; /* of the last one */
    prov_status why;  /* likewise */
};

static prov_status cancel(struct canceller *c, uint32_t jobs)
{
    return prov_agent_cancel(c->device.agent, jobs, NULL);
}

/* Within an event of its end a transfer is over, although the transport still lists it. */
static void chance(struct canceller *c, bool is_within_event)
{
    struct prov_sched_action due = {.size = sizeof due};
    if (c->has_cancelled || !dial_tick(c->dial))
        return;
    c->has_cancelled = true;
    prov_agent_due(c->device.agent, &due);
    c->was_running = due.why == PROV_WHY_RUNNING;
    c->cancelled_ms = c->device.host.now_ms;
    size_t n_running = fake_transport_n_running(&c->device.net);
    unsigned n_before = c->device.net.n_cancelled;
    assert_int_equal(cancel(c, c->jobs), PROV_OK);
    if (!is_within_event && (c->jobs & PROV_JOB_RESYNC) && (c->jobs & PROV_JOB_CUSTOM_CA)) {
        assert_int_equal(fake_transport_n_running(&c->device.net), 0);
        assert_int_equal(c->device.net.n_cancelled, n_before + n_running);
    }
    assert_int_equal(prov_agent_timeout_ms(c->device.agent), 0);
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct canceller *c = ctx;
    if (event->type == PROV_EVENT_RESYNC) {
        c->n_ends++;
        c->outcome = event->as.result->outcome;
        c->why = event->as.result->error ? event->as.result->error->status : PROV_OK;
    }
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED && c->answers_at_once)
        prov_agent_set_credentials(c->device.agent, prov_str_from("u"), prov_str_from("p"), NULL);
    chance(c, true);
}

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    struct canceller *c = ((struct fake_host *)ctx)->on_event_ctx;
    return c->n_deferred[stage]++ == 0 ? 500 : 0;
}

static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    snprintf(name, cap, "CA");
    return PROV_OK;
}

static prov_status install_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    struct canceller *c = ctx;
    (void)err;
    snprintf(c->trusted, sizeof c->trusted, "%.*s", (int)pem.len, pem.data ? pem.data : "");
    return PROV_OK;
}

static void plug_in(struct canceller *c)
{
    struct device *d = &c->device;
    struct prov_agent_options options = {
        .size = sizeof options, .catalogue = &device_catalogue, .credentials_within_s = 10};
    device_plug_in(d, NULL, NULL, NULL);
    device_mute(d);
    d->net.is_immediate = false; /* a step in each turn */
    d->host.host.defer_ms = defer_ms;
    d->host.on_event = on_event;
    d->host.on_event_ctx = c;
    d->custom_ca = (struct prov_custom_ca_host){
        .size = sizeof d->custom_ca, .ctx = c, .check = check_ca, .install = install_ca};
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60");
    fake_host_set(&d->host, "Profile_Rule", "http://h/first");
    fake_host_set(&d->host, "Profile_Rule_B", "( GPP_D = \"new\" )! http://h/second");
    fake_host_set(&d->host, "Custom_CA_Rule", "http://h/ca");
    struct fake_answer *first = fake_transport_add_text(&d->net, "http://h/first", FIRST);
    first->login = "u:p";
    first->chunk = 20;
    fake_transport_add_text(&d->net, "http://h/second", SECOND)->chunk = 40;
    fake_transport_add_text(&d->net, "http://h/ca", PEM);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    struct dial *dial = c->dial;
    c->dial = NULL;
    device_boot(d);
    c->dial = dial;
}

/* Go through time with a chance before each turn. */
static void pass(struct canceller *c, int64_t ms)
{
    struct fake_host *host = &c->device.host;
    int64_t end_ms = host->now_ms + ms;
    for (unsigned n = 0;; n++) {
        chance(c, false);
        int64_t wait_ms = prov_agent_timeout_ms(c->device.agent);
        if (wait_ms < 0 || host->now_ms + wait_ms > end_ms)
            break;
        if (n == 10000)
            test_die("the agent does not settle");
        host->now_ms += wait_ms;
        assert_int_equal(prov_agent_process(c->device.agent, NULL), PROV_OK);
    }
    host->now_ms = end_ms;
}

/* Lines, then the host, then credentials are waited for; two files, a CA and a reboot. */
static void live(struct canceller *c)
{
    struct device *d = &c->device;
    d->host.is_idle = false;
    assert_int_equal(prov_agent_request(d->agent, NULL, NULL), PROV_OK);
    pass(c, 1000);
    d->host.is_idle = true;
    prov_agent_notify(d->agent);
    pass(c, 1000);
    prov_agent_set_credentials(d->agent, prov_str_from("u"), prov_str_from("p"), NULL);
    pass(c, 5000);
}

static bool is_new(struct canceller *c, const char *name)
{
    const char *value = fake_host_get(&c->device.host, name);
    return value && strcmp(value, "new") == 0;
}

/* Whole files, or nothing of them; the certificates and what the store says of them. */
static void assert_nothing_by_halves(struct canceller *c)
{
    assert_int_equal(is_new(c, "GPP_A"), is_new(c, "GPP_B"));
    assert_int_equal(is_new(c, "GPP_C"), is_new(c, "Own_Reboot"));
    assert_true(is_new(c, "GPP_A") || !is_new(c, "GPP_C"));
    const char *info = fake_host_get(&c->device.host, "Custom_CA_Info");
    assert_int_equal(c->trusted[0] != '\0', info && strcmp(info, "CA") == 0);
}

/* A resync that had started counts as failed; a request that waited is dropped. */
static void assert_next_is_due(struct canceller *c)
{
    struct prov_sched_action due = {.size = sizeof due};
    prov_agent_due(c->device.agent, &due);
    bool is_cancelled = c->outcome == PROV_OUTCOME_FAILED;
    assert_int_equal(c->why, is_cancelled ? PROV_E_CANCELLED : PROV_OK);
    if (is_cancelled && c->was_running) {
        assert_int_equal(due.cause, PROV_CAUSE_RETRY);
        assert_int_equal(due.expected_ms, c->cancelled_ms + RETRY_MS);
    } else {
        assert_int_equal(due.why, PROV_WHY_NOTHING);
    }
}

static void assert_later_resync_works(struct canceller *c)
{
    c->dial = NULL;
    c->answers_at_once = true;
    assert_int_equal(prov_agent_request(c->device.agent, NULL, NULL), PROV_OK);
    pass(c, 5000);
    assert_true(is_new(c, "GPP_A") && is_new(c, "GPP_C") && is_new(c, "GPP_D"));
    assert_string_equal(c->trusted, PEM);
    assert_int_not_equal(c->outcome, PROV_OUTCOME_FAILED);
    assert_false(prov_agent_is_busy(c->device.agent));
}

static void cancel_somewhere(void *ctx, struct dial *dial)
{
    struct canceller c = {.dial = dial, .jobs = *(const uint32_t *)ctx};
    plug_in(&c);
    live(&c);
    assert_int_equal(c.n_ends, 1);
    assert_false(prov_agent_is_busy(c.device.agent));
    assert_int_equal(fake_transport_n_running(&c.device.net), 0);
    assert_true(c.device.net.n_cancelled <= (dial->hit ? 1 : 0));
    assert_nothing_by_halves(&c);
    if (!dial->hit)
        assert_string_equal(c.trusted, PEM);
    assert_next_is_due(&c);
    assert_later_resync_works(&c);
    device_unplug(&c.device);
}

static void test_a_resync_may_be_cancelled_at_every_step(void **state)
{
    static const uint32_t jobs[] = {PROV_JOB_RESYNC, PROV_JOB_CUSTOM_CA,
                                    PROV_JOB_RESYNC | PROV_JOB_CUSTOM_CA | PROV_JOB_REBOOT};
    (void)state;
    for (size_t i = 0; i < sizeof jobs / sizeof jobs[0]; i++) {
        uint32_t which = jobs[i];
        assert_true(dial_run("cancel", cancel_somewhere, &which) > 40);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resync_may_be_cancelled_at_every_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
