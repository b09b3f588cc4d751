/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A job added by one file: it counts the bytes of a URL after each resync. It follows steps 1 to 7
 * of "How to add a job" in docs/architecture.md; it has no public number and takes no requests.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/alloc.h"
#include "jobs/rule_job.h"
#include "device.h"

#define URL "http://h/toy"
#define TEXT "0123456789"
#define RETRY_MS 60000

struct toy {
    struct provi_rule_job rule;
    size_t n_last; /* bytes of the last whole file */
    unsigned n_counted;
    unsigned n_failed;
};

static prov_status accept_count(struct provi_rule_job *job, prov_str file, struct prov_error *err)
{
    struct toy *toy = (struct toy *)job;
    (void)err;
    toy->n_last = file.len;
    toy->n_counted++;
    return PROV_OK;
}

static void count_failures(struct provi_rule_job *job, const struct prov_result *result)
{
    ((struct toy *)job)->n_failed += result->outcome == PROV_OUTCOME_FAILED;
}

static int64_t retry_ms(struct provi_rule_job *job, uint32_t n_failed)
{
    (void)job;
    return n_failed < 2 ? RETRY_MS : -1;
}

static void free_toy(struct provi_job *job)
{
    provi_rule_job_clear((struct provi_rule_job *)job);
    provi_free(&provi_job_env(job)->alloc, job, sizeof(struct toy));
}

static const struct provi_rule_job_type toy_job = {
    .row =
        {
            .name = "toy",
            .place = PROVI_PLACE_MIGRATION,
            .delays_reboot = true,
            .on_event = provi_rule_job_on_event,
            .process = provi_rule_job_process,
            .timeout_ms = provi_rule_job_timeout_ms,
            .status = provi_rule_job_status,
            .is_busy = provi_rule_job_is_busy,
            .cancel = provi_rule_job_cancel,
            .free = free_toy,
        },
    .rule_name = "Toy_Rule",
    .max_bytes = 100,
    .decide = provi_rule_job_fetch,
    .accept = accept_count,
    .ended = count_failures,
    .retry_ms = retry_ms,
};

static struct toy *enable_toy(prov_agent *agent)
{
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job;
    if (provi_jobs_new(jobs, &toy_job.row, sizeof(struct toy), &job, NULL) != PROV_OK)
        return NULL;
    provi_jobs_insert(jobs, job, &toy_job.row);
    return (struct toy *)job;
}

static struct toy *plug_in(struct device *d, struct dial *alloc_dial, struct dial *net_dial)
{
    device_plug_in(d, NULL, alloc_dial, net_dial);
    fake_transport_add_text(&d->net, URL, TEXT);
    fake_host_set(&d->host, "Toy_Rule", URL);
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
    assert_int_equal(toy->n_counted, 1); /* after the resync of the boot, which requests nothing */
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
        assert_null(toy->rule.run);
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
