/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The status of each job, at each step of what it does. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

#define URL "http://h/p"
#define PROFILE "<flat-profile><GPP_A>new</GPP_A></flat-profile>"

static const uint32_t all_jobs[] = {PROV_JOB_RESYNC,   PROV_JOB_CUSTOM_CA, PROV_JOB_FETCH,
                                    PROV_JOB_ROLLBACK, PROV_JOB_REBOOT,    PROV_JOB_LOG};

static uint32_t deferral_ms[PROV_STAGE_ROLLBACK + 1];

/* The wall clock runs with the host's. */
static bool wall_is_set;

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = 1800000000 + host->now_ms / 1000;
    *utc_offset_s = 0;
    return wall_is_set;
}

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)ctx;
    return deferral_ms[stage];
}

/* No resync by itself. */
static void plug_in(struct device *d, struct dial *dial)
{
    memset(deferral_ms, 0, sizeof deferral_ms);
    device_plug_in(d, NULL, dial, NULL);
    wall_is_set = false;
    d->host.host.defer_ms = defer_ms;
    d->host.host.wall_s = wall_s;
    device_mute(d);
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "");
    fake_host_set(&d->host, "Profile_Rule", URL);
}

static void start(struct device *d)
{
    struct prov_agent_options options = {
        .size = sizeof options,
        .catalogue = &device_catalogue,
        .confirm_timeout_s = 60,
        .credentials_within_s = 100,
    };
    plug_in(d, NULL);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
}

static struct prov_job_status status_of(struct device *d, uint32_t job)
{
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d->agent, job, &status), PROV_OK);
    assert_int_equal(status.job, job);
    assert_true(status.waits_for == PROV_WAIT_NOTHING || status.state == PROV_STATE_WAITING);
    assert_true((status.schedule != NULL) == (job == PROV_JOB_RESYNC));
    return status;
}

/* @p in_ms  -1: not by time. */
static void assert_waits(struct device *d, uint32_t job, uint32_t waits_for, int64_t in_ms)
{
    const struct prov_job_status status = status_of(d, job);
    assert_string_equal(prov_job_state_name(status.state), "waiting");
    assert_string_equal(prov_wait_name(status.waits_for), prov_wait_name(waits_for));
    assert_int_equal(status.in_ms, in_ms);
}

static void assert_state(struct device *d, uint32_t job, uint32_t state)
{
    const struct prov_job_status status = status_of(d, job);
    assert_string_equal(prov_job_state_name(status.state), prov_job_state_name(state));
    assert_int_equal(status.in_ms, -1);
}

static void turn(struct device *d)
{
    assert_int_equal(prov_agent_process(d->agent, NULL), PROV_OK);
}

static void request(struct device *d)
{
    assert_int_equal(prov_agent_request(d->agent, NULL, NULL), PROV_OK);
}

static void test_a_resync_from_request_to_result(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    struct fake_answer *answer = fake_transport_add_text(&d.net, URL, PROFILE);
    answer->login = "bob:secret";
    answer->chunk = 10;
    answer->etag = "\"1\"";
    d.net.is_immediate = false;
    assert_state(&d, PROV_JOB_RESYNC, PROV_STATE_IDLE);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).schedule->why, PROV_WHY_NOTHING);
    assert_null(status_of(&d, PROV_JOB_RESYNC).last);

    request(&d);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_TIME, 0);
    d.host.is_idle = false;
    turn(&d);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).waits_for, PROV_WAIT_LINES);

    d.host.is_idle = true;
    deferral_ms[PROV_STAGE_FETCH] = 5000;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_HOST, 5000);
    assert_null(status_of(&d, PROV_JOB_RESYNC).progress);

    deferral_ms[PROV_STAGE_FETCH] = 0;
    device_pass(&d, 5000);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_CREDENTIALS, 100000);

    assert_int_equal(
        prov_agent_set_credentials(d.agent, prov_str_from("bob"), prov_str_from("secret"), NULL),
        PROV_OK);
    struct prov_job_status status;
    for (size_t n = 0; n < 20 && (status = status_of(&d, PROV_JOB_RESYNC),
                                 !status.progress || status.progress->bytes == 0);
         n++)
        turn(&d);
    assert_int_equal(status.state, PROV_STATE_RUNNING);
    assert_true(device_says(status.progress->url, URL));
    assert_true(device_says(status.progress->rule, "Profile_Rule"));
    assert_true(device_says(status.progress->server_ip, "192.0.2.1"));
    assert_int_equal(status.progress->bytes, 10);
    assert_int_equal(status.progress->total, strlen(PROFILE));

    deferral_ms[PROV_STAGE_APPLY] = 7000;
    device_settle(&d);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_HOST, 7000);
    assert_null(status_of(&d, PROV_JOB_RESYNC).last);
    deferral_ms[PROV_STAGE_APPLY] = 0;
    device_pass(&d, 7000);

    assert_state(&d, PROV_JOB_RESYNC, PROV_STATE_IDLE);
    const struct prov_result *last = status_of(&d, PROV_JOB_RESYNC).last;
    assert_int_equal(last->outcome, PROV_OUTCOME_APPLIED);
    assert_int_equal(last->n_changed, 1);
    assert_int_equal(last->bytes, strlen(PROFILE));
    assert_true(device_says(last->url, URL));
    assert_null(last->error);
    assert_waits(&d, PROV_JOB_ROLLBACK, PROV_WAIT_CONFIRMATION, 60000);
    device_unplug(&d);
}

static void test_a_resync_planned_by_the_scheduler(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Resync_Periodic", "3600");
    prov_agent_notify(d.agent);
    device_settle(&d);
    const struct prov_job_status status = status_of(&d, PROV_JOB_RESYNC);
    assert_int_equal(status.state, PROV_STATE_WAITING);
    assert_int_equal(status.waits_for, PROV_WAIT_TIME);
    assert_true(status.in_ms > 0 && status.in_ms <= 3600000);
    assert_int_equal(status.schedule->cause, PROV_CAUSE_PERIODIC);
    assert_int_equal(status.schedule->in_ms, status.in_ms);

    fake_host_set(&d.host, "Provision_Enable", "No");
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_state(&d, PROV_JOB_RESYNC, PROV_STATE_IDLE);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).schedule->why, PROV_WHY_DISABLED);
    device_unplug(&d);
}

/* By Retry-After, where it is later than the list of delays. */
static void test_a_retry_planned_by_the_server(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60");
    struct fake_answer *answer = fake_transport_add_text(&d.net, URL, "");
    answer->status = PROV_E_SERVER;
    answer->retry_after_s = 500;
    device_ask(&d, NULL);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_TIME, 500000);
    device_unplug(&d);
}

/* One turn of a transport that needs several, a second later. */
static void turn_later(struct device *d)
{
    d->host.now_ms += 1000;
    turn(d);
}

static bool has_bytes(struct device *d)
{
    const struct prov_job_status status = status_of(d, PROV_JOB_RESYNC);
    return status.progress && status.progress->bytes > 0;
}

static void keep_delivery(void *ctx, const struct prov_event *event)
{
    if (event->type != PROV_EVENT_RESULT || !event->as.result->delivery)
        return;
    *(struct prov_delivery *)ctx = *event->as.result->delivery;
    const struct prov_connection *connection =
        event->as.result->connection; /* for the event only */
    assert_int_equal(connection->size, sizeof *connection);
    assert_true(device_says(connection->tls_version, "TLSv1.3"));
    assert_true(device_says(connection->cert_subject, "server"));
    assert_true(device_says(connection->cert_names, "a.example, b.example"));
    assert_int_equal(connection->tls_ms, 3);
}

/* All that a page shows of the last resync, without an event. */
static int32_t last_alternative(const struct device *d, uint32_t job)
{
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d->agent, job, &status), PROV_OK);
    assert_non_null(status.last);
    return status.last->alternative;
}

/* From 0, as for the functions of a rule; -1 where no rule chose one. */
static void test_a_result_has_the_number_of_the_alternative(void **state)
{
    static const struct {
        const char *rule;
        int32_t alternative;
    } rows[] = {{"http://h/p", 0},
                {"(1 eq 2)? http://h/a | http://h/p", 1},
                {"(1 eq 2)? http://h/p", -1},
                {"(1 eq", -1}};
    struct device d;
    (void)state;
    start(&d);
    fake_transport_add_text(&d.net, URL, PROFILE);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        device_ask(&d, rows[i].rule);
        assert_int_equal(last_alternative(&d, PROV_JOB_RESYNC), rows[i].alternative);
    }
    device_pass(&d, 60000);
    assert_int_equal(last_alternative(&d, PROV_JOB_ROLLBACK), -1);
    device_unplug(&d);
}

static void test_last_result_says_when_and_what(void **state)
{
    struct device d;
    struct prov_delivery delivery = {.size = 0};
    (void)state;
    start(&d);
    wall_is_set = true;
    d.host.on_event = keep_delivery;
    d.host.on_event_ctx = &delivery;
    struct fake_answer *answer = fake_transport_add_text(&d.net, URL, PROFILE);
    answer->code = 200;
    answer->etag = "\"1\"";
    answer->content_type = "text/xml";
    answer->encoding = "identity";
    answer->chunk = strlen(PROFILE) / 2 + 1;
    d.net.is_immediate = false;
    const int64_t start_ms = d.host.now_ms;
    request(&d);
    turn(&d);
    for (int n = 0; n < 20 && !has_bytes(&d); n++)
        turn_later(&d);
    const int64_t first_ms = d.host.now_ms - start_ms;
    deferral_ms[PROV_STAGE_APPLY] = 7000;
    turn_later(&d);
    const int64_t last_ms = d.host.now_ms - start_ms;
    for (int n = 0; n < 20 && status_of(&d, PROV_JOB_RESYNC).waits_for != PROV_WAIT_HOST; n++)
        turn_later(&d);
    deferral_ms[PROV_STAGE_APPLY] = 0;
    device_pass(&d, 7000);

    const int64_t end_ms = d.host.now_ms;
    device_pass(&d, 5000);
    const struct prov_result *last = status_of(&d, PROV_JOB_RESYNC).last;
    assert_int_equal(last->mono_ms, end_ms);
    assert_int_equal(last->wall_s, 1800000000 + end_ms / 1000);
    assert_int_equal(last->duration_ms, end_ms - start_ms);
    assert_int_equal(last->code, 200);
    assert_int_equal(last->n_params, 1);
    assert_null(last->connection); /* the event had it, and the text */
    assert_int_equal(last->text.len, 0);
    assert_true(device_says(last->server_ip, "192.0.2.1"));
    assert_int_equal(last->delivery->size, sizeof *last->delivery);
    assert_int_equal(last->delivery->first_byte_ms, first_ms);
    assert_int_equal(last->delivery->last_byte_ms, last_ms);
    assert_int_equal(last->delivery->commit_ms, end_ms - start_ms);
    assert_true(device_says(last->delivery->content_type, "text/xml"));
    assert_true(device_says(last->delivery->coding, "identity"));
    assert_true(device_says(last->delivery->etag, "\"1\""));
    assert_int_equal(delivery.first_byte_ms, first_ms);
    assert_int_equal(delivery.commit_ms, end_ms - start_ms);

    d.net.is_immediate = true; /* not modified: nothing is received or committed */
    wall_is_set = false;
    device_ask(&d, NULL);
    last = status_of(&d, PROV_JOB_RESYNC).last;
    assert_int_equal(last->code, 304);
    assert_int_equal(last->wall_s, -1);
    assert_int_equal(last->delivery->first_byte_ms, -1);
    assert_int_equal(last->delivery->last_byte_ms, -1);
    assert_int_equal(last->delivery->commit_ms, -1);
    assert_true(device_says(last->delivery->etag, "\"1\""));
    device_unplug(&d);
}

static void test_texts_that_cannot_be_shown_are_left_out(void **state)
{
    static char too_long[130];
    struct device d;
    (void)state;
    start(&d);
    memset(too_long, 'a', sizeof too_long - 1);
    struct fake_answer *answer = fake_transport_add_text(&d.net, URL, PROFILE);
    const char *const types[] = {too_long, "text/\x1b[31m", "text/\xfc", "text/\x7f"};
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        answer->content_type = types[i];
        device_ask(&d, NULL);
        assert_int_equal(status_of(&d, PROV_JOB_RESYNC).last->delivery->content_type.len, 0);
    }
    answer->content_type = too_long + 1; /* 128 bytes */
    device_ask(&d, NULL);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).last->delivery->content_type.len, 128);
    device_unplug(&d);
}

/* The host sets its monotonic clock back: the end is as long ago as before. */
static void test_the_end_moves_with_the_clock_of_the_host(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_transport_add_text(&d.net, URL, PROFILE);
    device_ask(&d, NULL);
    device_pass(&d, 1000);
    turn(&d);
    d.host.now_ms -= 500000;
    turn(&d);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).last->mono_ms, d.host.now_ms - 1000);
    device_unplug(&d);
}

static void cancel(struct device *d, uint32_t job)
{
    assert_int_equal(prov_agent_cancel(d->agent, job, NULL), PROV_OK);
}

static void test_a_cancelled_resync(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "600");
    d.net.stalled_url = URL;
    device_ask(&d, NULL);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).state, PROV_STATE_RUNNING);
    d.host.now_ms += 3000;
    cancel(&d, PROV_JOB_RESYNC);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).state, PROV_STATE_RUNNING);
    assert_null(status_of(&d, PROV_JOB_RESYNC).last); /* the next turn reports the end */
    device_settle(&d);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_TIME, 600000);
    const struct prov_job_status status = status_of(&d, PROV_JOB_RESYNC);
    assert_null(status.progress);
    assert_int_equal(status.schedule->cause, PROV_CAUSE_RETRY);
    assert_int_equal(status.last->outcome, PROV_OUTCOME_FAILED);
    assert_int_equal(status.last->error->status, PROV_E_CANCELLED);
    assert_int_equal(status.last->duration_ms, 3000);
    assert_int_equal(status.last->delivery->first_byte_ms, -1);
    assert_true(device_says(status.last->url, URL));

    d.host.is_idle = false; /* before it starts */
    device_ask(&d, NULL);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).waits_for, PROV_WAIT_LINES);
    cancel(&d, PROV_JOB_RESYNC);
    device_settle(&d);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).waits_for, PROV_WAIT_TIME);
    const struct prov_result *last = status_of(&d, PROV_JOB_RESYNC).last;
    assert_int_equal(last->error->status, PROV_E_CANCELLED);
    assert_int_equal(last->duration_ms, 0);
    assert_int_equal(last->total, -1);
    assert_int_equal(last->url.len, 0);
    assert_null(last->delivery);
    device_unplug(&d);
}

/* The evidence is that of the rule whose outcome is the outcome of the whole. */
static void test_last_result_is_of_the_rule_that_decided(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Profile_Rule_B", "http://h/b");
    fake_transport_add_text(&d.net, URL, PROFILE);
    fake_transport_add_text(&d.net, "http://h/b",
                            "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    device_ask(&d, NULL);
    const struct prov_result *last = status_of(&d, PROV_JOB_RESYNC).last;
    assert_int_equal(last->outcome, PROV_OUTCOME_APPLIED);
    assert_true(device_says(last->url, URL));
    assert_int_equal(last->n_changed, 2); /* by all rules, as the needs */
    assert_int_equal(last->needs, PROV_NEEDS_REBOOT);

    fake_transport_add_text(&d.net, "http://h/b", "")->status = PROV_E_SERVER;
    device_ask(&d, NULL);
    last = status_of(&d, PROV_JOB_RESYNC).last;
    assert_int_equal(last->outcome, PROV_OUTCOME_FAILED);
    assert_int_equal(last->cause, PROV_CAUSE_HOST);
    assert_true(device_says(last->rule, "Profile_Rule_B"));
    assert_true(device_says(last->url, "http://h/b"));
    assert_int_equal(last->error->status, PROV_E_SERVER);
    device_unplug(&d);
}

static void test_a_rollback(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    wall_is_set = true;
    assert_state(&d, PROV_JOB_ROLLBACK, PROV_STATE_IDLE);
    fake_transport_add_text(&d.net, URL, PROFILE);
    device_ask(&d, NULL);
    device_pass(&d, 50000);
    assert_waits(&d, PROV_JOB_ROLLBACK, PROV_WAIT_CONFIRMATION, 10000);

    d.host.is_idle = false;
    device_pass(&d, 10000);
    assert_int_equal(status_of(&d, PROV_JOB_ROLLBACK).waits_for, PROV_WAIT_LINES);
    request(&d);
    turn(&d);
    d.host.is_idle = true;
    deferral_ms[PROV_STAGE_ROLLBACK] = 3000;
    prov_agent_notify(d.agent);
    turn(&d);
    assert_waits(&d, PROV_JOB_ROLLBACK, PROV_WAIT_HOST, 3000);
    assert_waits(&d, PROV_JOB_RESYNC, PROV_WAIT_OTHER_JOB, -1);
    assert_null(status_of(&d, PROV_JOB_ROLLBACK).last);

    deferral_ms[PROV_STAGE_ROLLBACK] = 0;
    device_pass(&d, 3000);
    assert_state(&d, PROV_JOB_ROLLBACK, PROV_STATE_IDLE);
    const struct prov_result *last = status_of(&d, PROV_JOB_ROLLBACK).last;
    assert_int_equal(last->outcome, PROV_OUTCOME_APPLIED);
    assert_int_equal(last->n_changed, 1);
    assert_int_equal(last->wall_s, 1800000000 + d.host.now_ms / 1000);
    assert_true(device_says(last->rule, "rollback"));
    device_unplug(&d);
}

static void test_a_reboot(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    assert_state(&d, PROV_JOB_REBOOT, PROV_STATE_IDLE);
    deferral_ms[PROV_STAGE_REBOOT] = 2000;
    fake_transport_add_text(&d.net, URL, "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    device_ask(&d, NULL);
    assert_waits(&d, PROV_JOB_REBOOT, PROV_WAIT_HOST, 2000);
    deferral_ms[PROV_STAGE_REBOOT] = 0;
    device_pass(&d, 2000);
    assert_state(&d, PROV_JOB_REBOOT, PROV_STATE_IDLE);
    device_unplug(&d);
}

/* How often an event found the reboot due at once. */
struct due {
    struct device *d;
    unsigned n;
};

static void count_due(void *ctx, const struct prov_event *event)
{
    struct due *due = ctx;
    struct prov_job_status status = {.size = sizeof status};
    (void)event;
    assert_int_equal(prov_agent_status(due->d->agent, PROV_JOB_REBOOT, &status), PROV_OK);
    bool is_due = status.state == PROV_STATE_WAITING && status.waits_for == PROV_WAIT_TIME;
    assert_true(!is_due || status.in_ms == 0);
    due->n += is_due;
}

/* From the end of the resync on, nothing holds it back. */
static void test_a_reboot_is_due_when_the_resync_has_ended(void **state)
{
    struct device d;
    struct due due = {.d = &d};
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Log_Success_Msg", "done");
    fake_transport_add_text(&d.net, URL, "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    d.host.on_event = count_due;
    d.host.on_event_ctx = &due;
    device_ask(&d, NULL);
    assert_true(due.n > 0);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted\n"));
    assert_state(&d, PROV_JOB_REBOOT, PROV_STATE_IDLE);
    device_unplug(&d);
}

static void test_a_reboot_waits_for_the_resync(void **state)
{
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_SIP};
    struct device d;
    (void)state;
    start(&d);
    d.net.stalled_url = URL;
    device_ask(&d, NULL);
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_REBOOT, PROV_WAIT_OTHER_JOB, -1);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    cancel(&d, PROV_JOB_RESYNC);
    device_settle(&d);
    assert_state(&d, PROV_JOB_REBOOT, PROV_STATE_IDLE);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    device_unplug(&d);
}

static void test_a_reboot_requested_by_verb(void **state)
{
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_SIP};
    struct device d;
    (void)state;
    start(&d);
    d.host.is_idle = false;
    deferral_ms[PROV_STAGE_REBOOT] = 2000;
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    assert_waits(&d, PROV_JOB_REBOOT, PROV_WAIT_TIME, 0);
    turn(&d);
    assert_int_equal(status_of(&d, PROV_JOB_REBOOT).waits_for, PROV_WAIT_LINES);
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_REBOOT, PROV_WAIT_HOST, 2000);

    d.net.stalled_url = URL; /* a resync that runs delays it */
    device_ask(&d, NULL);
    device_pass(&d, 2000);
    deferral_ms[PROV_STAGE_REBOOT] = 0;
    assert_true(status_of(&d, PROV_JOB_REBOOT).state == PROV_STATE_WAITING);
    cancel(&d, PROV_JOB_RESYNC);
    device_pass(&d, 60000);
    assert_state(&d, PROV_JOB_REBOOT, PROV_STATE_IDLE);
    assert_null(status_of(&d, PROV_JOB_REBOOT).last);

    deferral_ms[PROV_STAGE_REBOOT] = 2000;
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    device_settle(&d);
    assert_waits(&d, PROV_JOB_REBOOT, PROV_WAIT_HOST, 2000);
    cancel(&d, PROV_JOB_REBOOT);
    assert_state(&d, PROV_JOB_REBOOT, PROV_STATE_IDLE);
    device_unplug(&d);
}

static void test_log_messages_on_their_way(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    assert_state(&d, PROV_JOB_LOG, PROV_STATE_IDLE);
    fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
    fake_host_set(&d.host, "Log_Success_Msg", "done");
    fake_transport_add_text(&d.net, URL, PROFILE);
    d.net.stalled_url = "syslog://10.0.0.1/";
    device_ask(&d, NULL);
    assert_state(&d, PROV_JOB_LOG, PROV_STATE_RUNNING);
    device_unplug(&d);
}

static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    name[0] = cap > 1 ? 'a' : '\0';
    name[1] = '\0';
    return PROV_OK;
}

static prov_status install_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    return PROV_OK;
}

static void test_a_job_with_one_rule(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL);
    d.custom_ca = (struct prov_custom_ca_host){
        .size = sizeof d.custom_ca, .check = check_ca, .install = install_ca};
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/ca");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "100");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    assert_state(&d, PROV_JOB_CUSTOM_CA, PROV_STATE_IDLE);
    fake_transport_add_text(&d.net, URL, PROFILE);
    d.net.stalled_url = "http://h/ca";
    device_ask(&d, NULL);
    const struct prov_job_status status = status_of(&d, PROV_JOB_CUSTOM_CA);
    assert_int_equal(status.state, PROV_STATE_RUNNING);
    assert_true(device_says(status.progress->url, "http://h/ca"));

    d.net.stalled_url = NULL;
    device_ask(&d, NULL);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_TIME, 100000);
    const struct prov_result *last = status_of(&d, PROV_JOB_CUSTOM_CA).last;
    assert_int_equal(last->error->status, PROV_E_NOT_FOUND);
    assert_true(device_says(last->url, "http://h/ca"));

    d.net.stalled_url = URL;
    device_ask(&d, NULL);
    device_pass(&d, 100000);
    assert_waits(&d, PROV_JOB_CUSTOM_CA, PROV_WAIT_OTHER_JOB, -1);
    device_unplug(&d);
}

static void test_jobs_that_are_not_there(void **state)
{
    struct device d;
    struct prov_job_status status = {.size = sizeof status};
    (void)state;
    start(&d);
    assert_state(&d, PROV_JOB_CUSTOM_CA, PROV_STATE_ABSENT);
    assert_state(&d, UINT32_C(1) << 31, PROV_STATE_ABSENT);
    assert_int_equal(prov_agent_status(d.agent, 0, &status), PROV_E_INVALID);
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC | PROV_JOB_LOG, &status),
                     PROV_E_INVALID);
    assert_int_equal(prov_agent_status(NULL, PROV_JOB_RESYNC, &status), PROV_E_INVALID);
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

static void search(const struct secrets *secrets, const struct prov_job_status *status)
{
    if (status->progress) {
        const struct prov_event event = {.type = PROV_EVENT_PROGRESS,
                                         .as.progress = status->progress};
        fake_host_search(&(struct fake_host){.secrets = (struct secrets *)secrets}, &event);
    }
    if (status->last) {
        const struct prov_event event = {.type = PROV_EVENT_RESULT, .as.result = status->last};
        fake_host_search(&(struct fake_host){.secrets = (struct secrets *)secrets}, &event);
    }
}

static void search_all_jobs(struct device *d, const struct secrets *secrets)
{
    for (size_t i = 0; i < sizeof all_jobs / sizeof all_jobs[0]; i++) {
        const struct prov_job_status status = status_of(d, all_jobs[i]);
        search(secrets, &status);
    }
}

static void search_in_event(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    search_all_jobs(d, d->host.secrets);
    if (event->type == PROV_EVENT_RESYNC)
        assert_int_equal(status_of(d, PROV_JOB_RESYNC).last->outcome, event->as.result->outcome);
}

static void test_no_status_has_a_secret(void **state)
{
    static const char *const rules[] = {
        "[--uid bob --pwd planted-secret] http://h/p?token=planted-secret",
        "[--key planted-secret] http://h/p",
        "http://bob:planted-secret@h/p",
        "[--key planted-secret http://h/p",
    };
    static struct secrets secrets;
    struct device d;
    (void)state;
    start(&d);
    secrets.n_all = 0;
    secrets_plant(&secrets, "planted-secret", strlen("planted-secret"));
    d.host.secrets = &secrets;
    d.host.on_event = search_in_event;
    d.host.on_event_ctx = &d;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        device_ask(&d, rules[i]);
        assert_non_null(status_of(&d, PROV_JOB_RESYNC).last);
        search_all_jobs(&d, &secrets);
    }
    device_unplug(&d);
}

static void test_what_is_borrowed_stays_until_the_next_turn(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    fake_transport_add_text(&d.net, URL, "")->status = PROV_E_SERVER;
    device_ask(&d, NULL);
    const struct prov_job_status status = status_of(&d, PROV_JOB_RESYNC);
    const struct prov_result copy = *status.last;
    request(&d);
    prov_agent_notify(d.agent);
    prov_agent_timeout_ms(d.agent);
    for (size_t i = 1; i < sizeof all_jobs / sizeof all_jobs[0]; i++)
        status_of(&d, all_jobs[i]);
    assert_memory_equal(&copy, status.last, sizeof copy);
    assert_true(device_says(status.last->url, URL));
    assert_int_equal(status.last->error->status, PROV_E_SERVER);
    assert_int_equal(status.schedule->size, sizeof *status.schedule);
    device_unplug(&d);
}

static void test_long_texts_are_cut(void **state)
{
    static char url[3000];
    struct device d;
    (void)state;
    memset(url, 'a', sizeof url - 1);
    memcpy(url, "http://h/", strlen("http://h/"));
    start(&d);
    device_ask(&d, url);
    assert_int_equal(status_of(&d, PROV_JOB_RESYNC).last->url.len, 1024);
    device_unplug(&d);
}

/* Without memory there may be no last result, but never a wrong one. */
static void ask_without_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    plug_in(&d, dial);
    fake_transport_add_text(&d.net, URL, "")->status = PROV_E_SERVER;
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_boot(&d);
        device_ask(&d, NULL);
        const struct prov_result *last = status_of(&d, PROV_JOB_RESYNC).last;
        assert_true(last || dial->hit);
        if (last) {
            assert_int_equal(last->outcome, PROV_OUTCOME_FAILED);
            assert_true(last->error->status == PROV_E_SERVER ||
                        last->error->status == PROV_E_NOMEM);
        }
    }
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations before a status", ask_without_memory, NULL) > 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resync_from_request_to_result),
        cmocka_unit_test(test_a_resync_planned_by_the_scheduler),
        cmocka_unit_test(test_a_retry_planned_by_the_server),
        cmocka_unit_test(test_last_result_is_of_the_rule_that_decided),
        cmocka_unit_test(test_a_result_has_the_number_of_the_alternative),
        cmocka_unit_test(test_last_result_says_when_and_what),
        cmocka_unit_test(test_texts_that_cannot_be_shown_are_left_out),
        cmocka_unit_test(test_the_end_moves_with_the_clock_of_the_host),
        cmocka_unit_test(test_a_cancelled_resync),
        cmocka_unit_test(test_a_rollback),
        cmocka_unit_test(test_a_reboot),
        cmocka_unit_test(test_a_reboot_is_due_when_the_resync_has_ended),
        cmocka_unit_test(test_a_reboot_waits_for_the_resync),
        cmocka_unit_test(test_a_reboot_requested_by_verb),
        cmocka_unit_test(test_log_messages_on_their_way),
        cmocka_unit_test(test_a_job_with_one_rule),
        cmocka_unit_test(test_jobs_that_are_not_there),
        cmocka_unit_test(test_no_status_has_a_secret),
        cmocka_unit_test(test_what_is_borrowed_stays_until_the_next_turn),
        cmocka_unit_test(test_long_texts_are_cut),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
