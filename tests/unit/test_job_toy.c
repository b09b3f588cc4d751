/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A job added by one file: it counts the bytes of a URL after each resync. Nothing of the library
 * knows of it, and it is one of the jobs of a turn.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "fetch/attempt.h"
#include "jobs/jobs.h"
#include "device.h"

#define URL "http://h/toy"
#define TEXT "0123456789"
#define RETRY_MS 60000

struct toy {
    struct provi_job job;
    struct provi_content content;
    struct provi_attempt attempt;
    bool is_due;
    bool is_running;
    int64_t retry_ms; /* negative: none */
    uint64_t n_bytes; /* of the file that is being counted */
    uint64_t n_last;  /* of the last whole one */
    unsigned n_counted;
    unsigned n_failed;
};

static void begin(void *ctx)
{
    ((struct toy *)ctx)->n_bytes = 0;
}

static prov_status count(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)err;
    ((struct toy *)ctx)->n_bytes += len;
    return PROV_OK;
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

static prov_status accept_count(void *ctx, struct prov_error *err)
{
    struct toy *toy = ctx;
    (void)err;
    toy->n_last = toy->n_bytes;
    toy->n_counted++;
    return PROV_OK;
}

static void stop_toy(struct toy *toy)
{
    if (!toy->is_running)
        return;
    toy->is_running = false;
    toy->job.jobs->running = NULL;
    provi_attempt_free(&toy->attempt);
}

static void start(struct toy *toy)
{
    struct provi_fetcher *fetcher = toy->job.jobs->fetcher;
    toy->is_due = false;
    toy->retry_ms = -1;
    toy->is_running = true;
    toy->job.jobs->running = &toy->job;
    toy->content = (struct provi_content){
        .sink = {.write = count, .finish = finish, .ctx = toy},
        .begin = begin,
        .apply = accept_count,
    };
    toy->attempt = (struct provi_attempt){
        .fetcher = fetcher,
        .choice = {.rule_name = PROVI_LIT("Toy_Rule"), .text = PROVI_LIT(URL)},
        .rule_number = PROVI_NO_RULE,
        .left_ms = fetcher->env->limits.resync_timeout_ms,
        .content = &toy->content,
    };
    provi_account_begin(fetcher);
    provi_attempt_start(&toy->attempt);
}

static bool may_start(const struct toy *toy)
{
    bool is_time =
        toy->retry_ms >= 0 && provi_env_left_ms(provi_job_env(&toy->job), toy->retry_ms) == 0;
    return !toy->job.jobs->running && (toy->is_due || is_time);
}

static void process(struct provi_job *job)
{
    struct toy *toy = (struct toy *)job;
    if (toy->is_running)
        provi_attempt_check_time(&toy->attempt);
    if (toy->is_running && provi_attempt_is_due(&toy->attempt))
        provi_attempt_end(&toy->attempt);
    else if (may_start(toy))
        start(toy);
    if (!toy->is_running || toy->attempt.outcome == PROV_OUTCOME_NONE)
        return;
    if (toy->attempt.outcome == PROV_OUTCOME_FAILED) {
        toy->n_failed++;
        toy->retry_ms = provi_env_now_ms(provi_job_env(job)) + RETRY_MS;
    }
    stop_toy(toy);
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct toy *toy = (const struct toy *)job;
    if (toy->is_running)
        return provi_attempt_is_due(&toy->attempt) ? 0 : provi_attempt_timeout_ms(&toy->attempt);
    if (may_start(toy))
        return 0;
    return toy->retry_ms >= 0 ? provi_env_left_ms(provi_job_env(job), toy->retry_ms) : -1;
}

static bool is_busy(const struct provi_job *job)
{
    const struct toy *toy = (const struct toy *)job;
    return toy->is_running || toy->is_due;
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct toy *toy = (struct toy *)job;
    toy->is_due |= event == PROVI_JOB_RESYNC_ENDED;
    if (event == PROVI_JOB_RESYNC_STARTS) {
        toy->is_due |= toy->is_running;
        stop_toy(toy);
    }
}

static void cancel(struct provi_job *job)
{
    struct toy *toy = (struct toy *)job;
    if (toy->is_running)
        provi_fetch_cancel(&toy->attempt.fetch);
}

static void free_toy(struct provi_job *job)
{
    struct toy *toy = (struct toy *)job;
    stop_toy(toy);
    provi_free(&provi_job_env(job)->alloc, toy, sizeof *toy);
}

static const struct provi_job_type toy_job = {
    .name = "toy",
    .place = 50,
    .delays_reboot = true,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .is_busy = is_busy,
    .cancel = cancel,
    .free = free_toy,
};

static struct toy *enable_toy(prov_agent *agent)
{
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct toy *toy = provi_alloc_zero(&jobs->fetcher->env->alloc, sizeof *toy);
    if (!toy)
        return NULL;
    toy->retry_ms = -1;
    provi_jobs_insert(jobs, &toy->job, &toy_job);
    return toy;
}

static struct toy *plug_in(struct device *d, struct dial *alloc_dial, struct dial *net_dial)
{
    device_plug_in(d, NULL, alloc_dial, net_dial);
    fake_transport_add_text(&d->net, URL, TEXT);
    if (device_make_agent(d, NULL) != PROV_OK)
        return NULL;
    return enable_toy(d->agent);
}

static void test_a_toy_counts_after_each_resync(void **state)
{
    (void)state;
    struct device d;
    struct toy *toy = plug_in(&d, NULL, NULL);
    device_settle(&d);
    assert_int_equal(toy->n_counted, 1); /* after the resync of the boot, which asked nobody */
    assert_int_equal(toy->n_last, sizeof TEXT - 1);
    device_ask(&d, NULL);
    assert_int_equal(toy->n_counted, 2);
    assert_int_equal(toy->n_failed, 0);
    assert_false(prov_agent_is_busy(d.agent));
    device_unplug(&d);
}

static void test_a_toy_that_failed_tries_again_in_its_time(void **state)
{
    (void)state;
    struct device d;
    struct toy *toy = plug_in(&d, NULL, NULL);
    d.net.answers[0].status = PROV_E_CONNECT;
    device_settle(&d);
    assert_int_equal(toy->n_failed, 1);
    assert_int_equal(prov_agent_timeout_ms(d.agent), RETRY_MS);
    d.net.answers[0].status = PROV_OK;
    device_pass(&d, RETRY_MS);
    assert_int_equal(toy->n_counted, 1);
    device_unplug(&d);
}

/* Whatever fails at whatever moment, the job ends or waits for its retry, and leaves nothing. */
static void live(struct dial *alloc_dial, struct dial *net_dial)
{
    struct device d;
    struct toy *toy = plug_in(&d, alloc_dial, net_dial);
    if (toy) {
        device_settle(&d);
        device_pass(&d, 2 * RETRY_MS);
        assert_false(toy->is_running);
        assert_true(toy->n_counted == 0 || toy->n_last == sizeof TEXT - 1);
    }
    device_unplug(&d);
}

static void live_without_memory(void *ctx, struct dial *dial)
{
    (void)ctx;
    live(dial, NULL);
}

static void live_without_network(void *ctx, struct dial *dial)
{
    (void)ctx;
    live(NULL, dial);
}

static void test_a_toy_survives_faults(void **state)
{
    (void)state;
    assert_true(dial_run("allocations", live_without_memory, NULL) >= 5);
    assert_true(dial_run("transport", live_without_network, NULL) >= 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_toy_counts_after_each_resync),
        cmocka_unit_test(test_a_toy_that_failed_tries_again_in_its_time),
        cmocka_unit_test(test_a_toy_survives_faults),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
