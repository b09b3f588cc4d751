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

#include "fake_trust.h"

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
    struct fake_trust trust;
    /* What ran when it was cancelled, and when. */
    bool has_cancelled;
    bool was_running;
    int64_t cancelled_ms;
    size_t n_requests;
    unsigned n_turns; /* since then */
    unsigned n_ends;  /* of resyncs */
    uint32_t outcome; /* of the last one */
    prov_status why;  /* likewise */
};

static prov_status cancel(struct canceller *c, uint32_t jobs)
{
    return prov_agent_cancel(c->device.agent, jobs, NULL);
}

static bool cancels_all(const struct canceller *c)
{
    return (c->jobs & PROV_JOB_RESYNC) && (c->jobs & PROV_JOB_CUSTOM_CA);
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
    c->n_requests = c->device.net.n_requests;
    c->cancelled_ms = c->device.host.now_ms;
    size_t n_running = fake_transport_n_running(&c->device.net);
    unsigned n_before = c->device.net.n_cancelled;
    assert_int_equal(cancel(c, c->jobs), PROV_OK);
    if (!is_within_event && cancels_all(c)) {
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
    fake_trust_plug_in(d, &c->trust);
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60");
    fake_host_set(&d->host, "Profile_Rule", "http://h/first");
    fake_host_set(&d->host, "Profile_Rule_B", "( GPP_D = \"new\" )! http://192.0.2.5/second");
    fake_host_set(&d->host, "Custom_CA_Rule", "http://h/ca");
    struct fake_answer *first = fake_transport_add_text(&d->net, "http://h/first", FIRST);
    first->login = "u:p";
    first->chunk = 20;
    fake_transport_add_text(&d->net, "http://192.0.2.5/second", SECOND)->chunk = 40;
    fake_transport_add_text(&d->net, "http://h/ca", PEM);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    struct dial *dial = c->dial;
    c->dial = NULL;
    device_boot(d);
    c->dial = dial;
}

/* The first turn that begins after it ends everything, and nothing starts any more. */
static void turn(struct canceller *c)
{
    c->n_turns += c->has_cancelled;
    assert_int_equal(prov_agent_process(c->device.agent, NULL), PROV_OK);
    if (!c->dial || c->n_turns == 0 || !cancels_all(c))
        return;
    assert_int_equal(c->n_ends, 1);
    if (c->outcome != PROV_OUTCOME_FAILED && c->was_running)
        return; /* it came after the last rule, and the custom CA follows */
    assert_int_equal(c->device.net.n_requests, c->n_requests);
    assert_false(prov_agent_is_busy(c->device.agent));
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
        turn(c);
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
    assert_int_equal(c->trust.pem[0] != '\0', info && strcmp(info, "CA") == 0);
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
    assert_string_equal(c->trust.pem, PEM);
    assert_int_not_equal(c->outcome, PROV_OUTCOME_FAILED);
    assert_false(prov_agent_is_busy(c->device.agent));
}

static void cancel_somewhere(void *ctx, struct dial *dial)
{
    struct canceller c = {.dial = dial, .jobs = *(const uint32_t *)ctx, .trust.name = "CA"};
    plug_in(&c);
    live(&c);
    assert_int_equal(c.n_ends, 1);
    assert_false(prov_agent_is_busy(c.device.agent));
    assert_int_equal(fake_transport_n_running(&c.device.net), 0);
    assert_true(c.device.net.n_cancelled <= (dial->hit ? 1 : 0));
    assert_nothing_by_halves(&c);
    if (!dial->hit)
        assert_string_equal(c.trust.pem, PEM);
    if (c.trust.pem[0] == '\0') /* either of the two jobs asks again in its time */
        assert_true(!c.was_running || prov_agent_timeout_ms(c.device.agent) > 0);
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

static void assert_due(struct canceller *c, uint32_t cause, int64_t in_ms)
{
    struct prov_sched_action due = {.size = sizeof due};
    prov_agent_due(c->device.agent, &due);
    assert_int_equal(due.cause, cause);
    assert_int_equal(due.expected_ms, c->device.host.now_ms + in_ms);
}

/* A resync that a timer made due must not be lost: it is retried. */
static void test_a_period_that_waits_for_lines_is_retried(void **state)
{
    (void)state;
    struct canceller c = {.answers_at_once = true};
    plug_in(&c);
    fake_host_set(&c.device.host, "Resync_Periodic", "3600");
    assert_int_equal(prov_agent_request(c.device.agent, NULL, NULL), PROV_OK);
    pass(&c, 10000);
    c.device.host.is_idle = false;
    pass(&c, 3600000);
    assert_int_equal(c.n_ends, 1);
    assert_int_equal(cancel(&c, PROV_JOB_RESYNC), PROV_OK);
    pass(&c, 0);
    assert_int_equal(c.n_ends, 2);
    assert_int_equal(c.why, PROV_E_CANCELLED);
    c.device.host.is_idle = true;
    fake_host_set(&c.device.host, "Forced_Resync_Delay", "0");
    prov_agent_notify(c.device.agent);
    pass(&c, 0);
    assert_due(&c, PROV_CAUSE_RETRY, RETRY_MS);
    pass(&c, RETRY_MS + 10000);
    assert_int_equal(c.n_ends, 3);
    assert_int_equal(c.outcome, PROV_OUTCOME_UNCHANGED);
    device_unplug(&c.device);
}

/* Timers are left alone, the retry of the custom CA as well. */
static void test_what_waits_for_its_time_is_not_cancelled(void **state)
{
    (void)state;
    struct canceller c = {.answers_at_once = true};
    plug_in(&c);
    fake_transport_add_text(&c.device.net, "http://h/ca", PEM)->status = PROV_E_CONNECT;
    fake_transport_add_text(&c.device.net, "http://192.0.2.5/second", "")->status = PROV_E_CONNECT;
    assert_int_equal(prov_agent_request(c.device.agent, NULL, NULL), PROV_OK);
    pass(&c, 10000);
    assert_int_equal(c.outcome, PROV_OUTCOME_FAILED);
    int64_t wait_ms = prov_agent_timeout_ms(c.device.agent);
    assert_uint_in_range(wait_ms, 1, RETRY_MS);
    assert_int_equal(cancel(&c, PROV_JOB_RESYNC | PROV_JOB_CUSTOM_CA | PROV_JOB_FETCH), PROV_OK);
    pass(&c, 0);
    assert_int_equal(c.n_ends, 1);
    assert_int_equal(prov_agent_timeout_ms(c.device.agent), wait_ms);
    fake_transport_add_text(&c.device.net, "http://h/ca", PEM);
    pass(&c, RETRY_MS + 10000);
    assert_string_equal(c.trust.pem, PEM);
    device_unplug(&c.device);
}

/* A new request of the event that reports the end is one of its own. */
static void ask_again(void *ctx, const struct prov_event *event)
{
    struct canceller *c = ctx;
    bool is_end = event->type == PROV_EVENT_RESYNC;
    on_event(ctx, event);
    if (is_end && c->n_ends == 1)
        assert_int_equal(prov_agent_request(c->device.agent, NULL, NULL), PROV_OK);
}

static void test_a_request_may_follow_a_cancel(void **state)
{
    (void)state;
    struct canceller c = {.answers_at_once = true};
    plug_in(&c);
    c.device.host.on_event = ask_again;
    assert_int_equal(prov_agent_request(c.device.agent, NULL, NULL), PROV_OK);
    pass(&c, 0);
    assert_int_equal(cancel(&c, PROV_JOB_RESYNC), PROV_OK);
    pass(&c, 10000);
    assert_int_equal(c.n_ends, 2);
    assert_int_equal(c.outcome, PROV_OUTCOME_APPLIED);
    device_unplug(&c.device);
}

static void cancel_at_progress(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_PROGRESS)
        assert_int_equal(prov_agent_cancel(d->agent, PROV_JOB_RESYNC, NULL), PROV_OK);
}

static void test_run_once_ends_when_it_is_cancelled(void **state)
{
    (void)state;
    struct device d;
    struct prov_error err = {0};
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_URL, .rule = prov_str_from("http://h/p")};
    device_start(&d);
    fake_transport_add_text(&d.net, "http://h/p", FIRST);
    d.host.on_event = cancel_at_progress;
    d.host.on_event_ctx = &d;
    assert_int_equal(prov_agent_run_once(d.agent, &request, &err), PROV_E_CANCELLED);
    assert_string_equal(err.message, "cancelled by the host");
    device_assert_stored(&d, "GPP_A", NULL);
    assert_non_null(strstr(fake_host_take_events(&d.host), "Resync failed: cancelled"));
    device_unplug(&d);
}

/* It waits for two of them: the one that runs already, and its own. */
static void test_run_once_ends_with_all_that_is_cancelled(void **state)
{
    (void)state;
    struct device d;
    device_start(&d);
    fake_transport_add_text(&d.net, "http://h/p", FIRST);
    d.net.is_frozen = true;
    device_ask(&d, "http://h/p");
    d.net.is_frozen = false;
    d.host.on_event = cancel_at_progress;
    d.host.on_event_ctx = &d;
    assert_int_equal(prov_agent_run_once(d.agent, NULL, NULL), PROV_E_CANCELLED);
    device_assert_stored(&d, "GPP_A", NULL);
    device_unplug(&d);
}

static void test_a_reboot_may_be_cancelled(void **state)
{
    (void)state;
    struct canceller c = {.answers_at_once = true};
    plug_in(&c);
    assert_int_equal(prov_agent_request(c.device.agent, NULL, NULL), PROV_OK);
    while (c.n_deferred[PROV_STAGE_REBOOT] == 0)
        pass(&c, 100);
    assert_int_equal(cancel(&c, PROV_JOB_REBOOT), PROV_OK);
    pass(&c, 10000);
    assert_null(strstr(fake_host_take_events(&c.device.host), "reboot wanted"));
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_SIP};
    assert_int_equal(prov_agent_request(c.device.agent, &reboot, NULL), PROV_OK);
    pass(&c, 0);
    assert_non_null(strstr(fake_host_take_events(&c.device.host), "reboot wanted by 6\n"));
    fake_host_set(&c.device.host, "Own_Reboot", "other");
    assert_int_equal(prov_agent_request(c.device.agent, NULL, NULL), PROV_OK);
    pass(&c, 10000); /* what the file needs is nobody's request */
    assert_non_null(strstr(fake_host_take_events(&c.device.host), "reboot wanted\n"));
    device_unplug(&c.device);
}

/* Messages to a log server. */

static struct prov_error log_error; /* of the last call */

static prov_status log_text(struct device *d, const char *text)
{
    const struct prov_log_entry entry = {.size = sizeof entry, .text = prov_str_from(text)};
    log_error = (struct prov_error){0};
    return prov_agent_log(d->agent, &entry, &log_error);
}

static void test_log_messages_may_be_cancelled(void **state)
{
    (void)state;
    struct device d;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
    d.net.is_frozen = true;
    for (unsigned i = 0; i < 3; i++)
        assert_int_equal(log_text(&d, "first"), PROV_OK);
    device_settle(&d);
    assert_int_equal(fake_transport_n_running(&d.net), 1);
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_LOG, NULL), PROV_OK);
    assert_int_equal(fake_transport_n_running(&d.net), 0);
    assert_int_equal(log_text(&d, "second"), PROV_OK); /* is not one of them */
    d.net.is_frozen = false;
    device_settle(&d);
    assert_false(prov_agent_is_busy(d.agent));
    assert_int_equal(d.net.n_requests, 2);
    assert_non_null(strstr(d.net.requests[1].body, "second"));
    device_unplug(&d);
}

static prov_status status_of_log, status_of_cancel;

static void log_each_failure(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type != PROV_EVENT_LOG || event->job != PROV_JOB_LOG)
        return;
    status_of_log = log_text(d, "not sent");
    status_of_cancel = prov_agent_cancel(d->agent, PROV_JOB_LOG, NULL);
}

/* A host that logs every failure would log the failures of its log for ever. */
static void test_a_failure_of_the_log_is_not_logged(void **state)
{
    static const prov_status faults[] = {PROV_E_NETWORK, PROV_OK};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        device_start(&d);
        device_boot(&d);
        fake_host_set(&d.host, "Syslog_Server", faults[i] ? "10.0.0.1" : "10.0.0.1:x");
        fake_transport_add_text(&d.net, "syslog://10.0.0.1/", "")->status = PROV_E_NETWORK;
        d.host.on_event = log_each_failure;
        d.host.on_event_ctx = &d;
        status_of_log = status_of_cancel = PROV_E_INVALID;
        for (unsigned n = 0; n < 3; n++)
            assert_int_equal(log_text(&d, "text"), PROV_OK);
        device_settle(&d);
        assert_int_equal(status_of_log, PROV_E_STATE);
        assert_string_equal(log_error.message,
                            "called while a log message that failed is reported");
        assert_int_equal(status_of_cancel, PROV_OK);
        assert_int_equal(d.net.n_requests, faults[i] ? 1 : 0); /* the others were cancelled */
        assert_false(prov_agent_is_busy(d.agent));
        device_unplug(&d);
    }
}

/* The store's callbacks are no place for it: a transaction is open. */
static struct device *open_device;
static prov_status (*set_of_store)(void *ctx, const struct prov_param *param,
                                   struct prov_error *err);

static prov_status set_and_cancel(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    assert_int_equal(prov_agent_cancel(open_device->agent, PROV_JOB_RESYNC, NULL), PROV_E_STATE);
    return set_of_store(ctx, param, err);
}

static void test_cancel_checks_its_arguments(void **state)
{
    (void)state;
    struct device d;
    struct prov_error err = {0};
    device_plug_in(&d, NULL, NULL, NULL);
    set_of_store = d.host.host.txn_set;
    d.host.host.txn_set = set_and_cancel;
    open_device = &d;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_cancel(NULL, PROV_JOB_LOG, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_cancel(d.agent, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_cancel(d.agent, UINT32_MAX, NULL), PROV_E_INVALID);
    for (uint32_t job = 1; job; job <<= 1) { /* every job that has a name */
        prov_status status = prov_agent_cancel(d.agent, job, NULL);
        bool is_job = strcmp(prov_job_name(job), prov_job_name(0)) != 0;
        assert_int_equal(status == PROV_E_INVALID, !is_job);
    }
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_ROLLBACK, &err), PROV_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "prov_agent_confirm()"));
    fake_transport_add_text(&d.net, "http://h/p", FIRST);
    device_ask(&d, "http://h/p");
    device_assert_stored(&d, "GPP_A", "new");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resync_may_be_cancelled_at_every_step),
        cmocka_unit_test(test_a_period_that_waits_for_lines_is_retried),
        cmocka_unit_test(test_what_waits_for_its_time_is_not_cancelled),
        cmocka_unit_test(test_a_request_may_follow_a_cancel),
        cmocka_unit_test(test_run_once_ends_when_it_is_cancelled),
        cmocka_unit_test(test_run_once_ends_with_all_that_is_cancelled),
        cmocka_unit_test(test_a_reboot_may_be_cancelled),
        cmocka_unit_test(test_log_messages_may_be_cancelled),
        cmocka_unit_test(test_a_failure_of_the_log_is_not_logged),
        cmocka_unit_test(test_cancel_checks_its_arguments),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
