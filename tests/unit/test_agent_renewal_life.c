/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A renewal that is interrupted: by a resync, the host, a fault or a power cut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "disk.h"
#include "fake_vault.h"

TLS_FAKE_CLOCK

#define URL FAKE_VAULT_URL

enum { RETRY_MS = 60000 };

static const struct enrolment_change good = {.n_cas = 0};
static struct enrolment cas;
static struct tls_made device_cert;

static int make_all(void **state)
{
    (void)state;
    enrolment_init(&cas);
    enrolment_make_device(&cas, &device_cert, "EC:P-256", 10L * ENROLMENT_DAY_S);
    return 0;
}

static int unmake_all(void **state)
{
    (void)state;
    tls_unmake(&device_cert);
    enrolment_free(&cas);
    return 0;
}

static void plug_in(struct device *d, struct fake_vault *vault, prov_store *store,
                    const struct tls_made *made)
{
    fake_vault_plug_in(vault, d, store, made, &cas);
}

static void test_a_resync_or_the_host_ends_a_renewal(void **state)
{
    (void)state;
    for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        fake_vault_answer(&vault, &good);
        d.net.stalled_url = URL;
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_int_equal(d.net.n_requests, 1);
        d.net.stalled_url = NULL;
        if (is_cancelled)
            assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_RENEWAL, NULL), PROV_OK);
        else
            device_ask(&d, NULL);
        device_pass(&d, RETRY_MS);
        assert_int_equal(d.net.n_requests, 2);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
    }
}

static void test_a_reboot_waits_for_a_renewal(void **state)
{
    struct device d;
    static struct fake_vault vault;
    const struct prov_agent_request reboot = {
        .size = sizeof reboot, .verb = PROV_VERB_REBOOT, .cause = PROV_CAUSE_MENU};
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    fake_vault_answer(&vault, &good);
    d.net.stalled_url = URL;
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_request(d.agent, &reboot, NULL), PROV_OK);
    device_settle(&d);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_RENEWAL, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    device_unplug(&d);
}

static void test_the_agent_may_be_freed_by_the_host(void **state)
{
    (void)state;
    for (int is_early = 0; is_early < 2; is_early++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        fake_vault_answer(&vault, &good);
        vault.is_freeing = !is_early;
        vault.is_freeing_early = is_early;
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        while (d.agent)
            prov_agent_process(d.agent, NULL);
        assert_int_equal(vault.n_installs, !is_early);
        device_unplug(&d);
    }
}

/* A fault at any moment: the old certificate or the new one, and the new one by a retry. */
static void live(struct dial *alloc_dial, struct dial *net_dial)
{
    struct device d;
    static struct fake_vault vault;
    plug_in(&d, &vault, NULL, &device_cert);
    fake_vault_answer(&vault, &(struct enrolment_change){.signer = &cas.issuer, .n_cas = 2});
    d.memory.dial = alloc_dial;
    d.net.dial = net_dial;
    if (fake_vault_make_agent(&vault) == PROV_OK) {
        device_settle(&d);
        device_pass(&d, 5 * RETRY_MS);
        const struct dial *dial = alloc_dial ? alloc_dial : net_dial;
        assert_true(vault.n_installs <= 1);
        assert_true(vault.n_installs == 1 || dial->sticky);
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

static void test_a_renewal_survives_faults(void **state)
{
    (void)state;
    assert_true((test_takes_few() ? dial_sample : dial_run)("allocations", live_without_memory,
                                                            NULL) >= 10);
    assert_true(dial_run("transport", live_without_network, NULL) >= 3);
}

/* After a power cut the host has the old certificate or the new one: the agent goes on with it. */
static void check_left(const struct disk *left, unsigned way, const struct fake_vault *before)
{
    static struct fake_vault vault;
    struct disk disk;
    struct device d;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    plug_in(&d, &vault, disk_open_store(&disk, false), &device_cert);
    fake_vault_answer(&vault, &good);
    if (before->n_installs) {
        memcpy(vault.pem, before->pem, sizeof vault.pem);
        vault.certificate.cert_pem = prov_str_from(vault.pem);
    }
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_settle(&d);
    assert_int_equal(vault.n_installs + before->n_installs, 1);
    device_unplug(&d);
}

static void cut_power(void *ctx, struct dial *dial)
{
    static struct fake_vault vault;
    struct disk disk;
    struct device d;
    disk_copy(&disk, ctx);
    plug_in(&d, &vault, disk_open_store(&disk, false), &device_cert);
    fake_vault_answer(&vault, &good);
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    disk.dial = dial;
    device_settle(&d);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_left(&disk, way, &vault);
}

static void test_power_may_be_cut_at_any_step(void **state) /* K14 */
{
    static struct fake_vault vault;
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    plug_in(&d, &vault, disk_open_store(&disk, false), &device_cert);
    device_unplug(&d);
    assert_true((test_takes_few() ? dial_sample : dial_run)("power", cut_power, &disk) >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_resync_or_the_host_ends_a_renewal),
        cmocka_unit_test(test_a_reboot_waits_for_a_renewal),
        cmocka_unit_test(test_the_agent_may_be_freed_by_the_host),
        cmocka_unit_test(test_a_renewal_survives_faults),
        cmocka_unit_test(test_power_may_be_cut_at_any_step),
    };
    return cmocka_run_group_tests(tests, make_all, unmake_all);
}
