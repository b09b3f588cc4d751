/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The licence of a device whose network, memory, power or host fails, or that has other work. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "decode/digest.h"
#include "disk.h"
#include "fake_banks.h"
#include "fake_licensee.h"

/* A resync ends the transfer, which is then made once more; so does the host. */
static void test_an_interrupted_licence_is_fetched_again(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        licensee_start(&d, &fake);
        licensee_set_rule(&d, LICENSEE_URL, "Classic");
        d.net.stalled_url = LICENSEE_URL;
        device_ask(&d, NULL);
        assert_int_equal(licensee_n_fetched(&d), 1);
        d.net.stalled_url = NULL;
        if (is_cancelled) {
            assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_MIGRATION, NULL), PROV_OK);
            device_pass(&d, LICENSEE_RETRY_MS);
        } else {
            device_ask(&d, "http://h/none");
        }
        assert_int_equal(licensee_n_fetched(&d), 2);
        licensee_assert(&d, "classic");
        device_unplug(&d);
    }
}

/* Likewise the retry of one that failed. */
static void test_an_interrupted_retry_is_made_again(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    d.net.answers[0].status = PROV_E_NOT_FOUND;
    device_ask(&d, NULL);
    d.net.answers[0].status = PROV_OK;
    d.net.stalled_url = LICENSEE_URL;
    device_pass(&d, LICENSEE_RETRY_MS);
    assert_int_equal(licensee_n_fetched(&d), 2);
    d.net.stalled_url = NULL;
    device_ask(&d, "http://h/none");
    assert_int_equal(licensee_n_fetched(&d), 3);
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

/* Also by a resync that is cancelled: it was due before. */
static void test_a_cancelled_resync_lets_it_begin_again(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    d.net.stalled_url = LICENSEE_URL;
    device_ask(&d, NULL);
    d.net.stalled_url = "http://h/stalled";
    device_ask(&d, "http://h/stalled");
    assert_int_equal(licensee_n_fetched(&d), 1);
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_RESYNC, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(licensee_n_fetched(&d), 2);
    licensee_assert(&d, "classic");
    device_unplug(&d);
}

static void test_a_licence_has_a_limit(void **state)
{
    static char large[64 * 1024 + 1];
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    memset(large, 'x', sizeof large);
    fake_transport_add(&d.net, LICENSEE_URL, large, sizeof large);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_ask(&d, NULL);
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "result Trans_Auth_Rule failed PROV_E_LIMIT\n"));
    assert_int_equal(fake.n_asked, 0);
    device_unplug(&d);
}

static bool wall_that_goes(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = host->now_ms / 1000;
    *utc_offset_s = 0;
    return true;
}

/* The line is as before but for its time. */
static void test_a_failure_that_repeats_writes_nothing(void **state) /* J3 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    d.host.host.wall_s = wall_that_goes;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    d.net.answers[0].status = PROV_E_NOT_FOUND;
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    fake_host_set(&d.host, "Profile_Rule", "http://h/p.xml");
    fake_transport_add_text(&d.net, "http://h/p.xml",
                            "<flat-profile><GPP_A>x</GPP_A></flat-profile>");
    device_ask(&d, NULL);
    unsigned n_commits = fake_host_n_commits(&d.host);
    unsigned n_profiles = d.net.answers[1].n_asked, n_licences = d.net.answers[0].n_asked;
    device_pass(&d, INT64_C(14) * 86400000); /* weeks: all else goes on */
    assert_true(d.net.answers[1].n_asked - n_profiles >= 13);
    assert_true(d.net.answers[0].n_asked - n_licences >= 14 * 48 - 1);
    assert_true(d.net.answers[0].n_asked - n_licences <= 14 * 48 + 1);
    assert_int_equal(fake_host_n_commits(&d.host), n_commits);
    device_unplug(&d);
}

/* The reboot that a profile needs. */
static void test_a_licence_comes_before_the_reboot(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    licensee_start(&d, &fake);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Web_Server_Port>81</Web_Server_Port></flat-profile>");
    d.net.stalled_url = LICENSEE_URL;
    device_ask(&d, "http://h/p");
    assert_int_equal(licensee_n_fetched(&d), 1);
    assert_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_MIGRATION, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
    device_unplug(&d);
}

static void test_a_damaged_record_is_reported(void **state)
{
    static const char *const records[] = {"PVM1damaged!", "PVM"};
    struct device d;
    struct fake_licensee fake;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        licensee_start(&d, &fake);
        licensee_set_rule(&d, LICENSEE_URL, "Classic");
        device_ask(&d, NULL);
        const struct prov_host *host = &d.host.host;
        assert_int_equal(host->save(host->store_ctx, prov_str_from("migration"), records[i],
                                    strlen(records[i]), NULL),
                         PROV_OK);
        fake_host_take_events(&d.host);
        licensee_reboot(&d);
        assert_non_null(
            strstr(fake_host_take_events(&d.host), "log 4 a saved record cannot be used"));
        licensee_assert(&d, "classic"); /* fetched once more */
        assert_int_equal(fake.n_asked, 2);
        device_unplug(&d);
    }
}

/* Whole by its checksum, but of another release: too short, or with a number that is none. */
static void test_an_odd_record_counts_as_none(void **state)
{
    enum { CHECK_LEN = 8 };
    static const struct {
        char bytes[48];
        size_t len;
    } rows[] = {{"PVM1", 4}, {"PVM1\x09\x01", 38}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct fake_licensee fake;
        struct provi_digest check_bytes;
        struct provi_digester digester;
        char record[64];
        licensee_plug_in(&d, &fake, NULL, NULL, NULL);
        licensee_set_rule(&d, LICENSEE_URL, "Classic");
        memcpy(record, rows[i].bytes, rows[i].len);
        provi_digest_begin(&digester);
        provi_digest_add(&digester, record, rows[i].len);
        assert_int_equal(provi_digest_end(&digester, &check_bytes, NULL), PROV_OK);
        memcpy(record + rows[i].len, check_bytes.bytes, CHECK_LEN);
        const struct prov_host *host = &d.host.host;
        assert_int_equal(host->save(host->store_ctx, prov_str_from("migration"), record,
                                    rows[i].len + CHECK_LEN, NULL),
                         PROV_OK);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        assert_int_equal(fake.n_asked, 1);
        licensee_assert(&d, "classic");
        device_unplug(&d);
    }
}

static void test_what_cannot_be_read_is_read_again(void **state)
{
    static const char *const names[] = {LICENSEE_TYPE, LICENSEE_RULE, "Provision_Enable"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct device d;
        struct fake_licensee fake;
        licensee_plug_in(&d, &fake, NULL, NULL, NULL);
        licensee_set_rule(&d, LICENSEE_URL, "Classic");
        fake_host_hide(&d.host, names[i], PROV_E_IO);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_pass(&d, 1000);
        assert_int_equal(fake.n_asked, 0);
        fake_host_hide(&d.host, NULL, PROV_OK);
        device_pass(&d, 2 * LICENSEE_RETRY_MS);
        assert_int_equal(fake.n_asked, 1);
        device_unplug(&d);
    }
}

static void test_the_agent_may_be_freed_by_the_host(void **state)
{
    static const char *const types[] = {"Classic", "WxC"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct fake_licensee fake;
        licensee_plug_in(&d, &fake, NULL, NULL, NULL);
        licensee_set_rule(&d, LICENSEE_URL, types[i]);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        fake.is_freeing = true;
        while (d.agent)
            prov_agent_process(d.agent, NULL);
        assert_int_equal(fake.n_asked + fake.n_wxc, 1);
        device_unplug(&d);
    }
}

static void test_arguments_are_checked(void **state)
{
    struct device d;
    struct fake_licensee fake;
    struct prov_error err = {0};
    (void)state;
    licensee_plug_in(&d, &fake, NULL, NULL, NULL);
    struct prov_migration_host host = d.migration;
    d.migration = (struct prov_migration_host){.size = 0};
    host.begin_wxc = NULL;
    prov_status (*check)(void *, prov_str, uint32_t *, struct prov_error *) = host.check;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_migration(NULL, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_migration(d.agent, NULL, NULL), PROV_E_INVALID);
    host.check = NULL;
    assert_int_equal(prov_agent_enable_migration(d.agent, &host, NULL), PROV_E_INVALID);
    host.check = check;
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_WXC, &err),
                     PROV_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "prov_agent_enable_migration()"));
    assert_int_equal(prov_agent_enable_migration(d.agent, &host, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_migration(d.agent, &host, NULL), PROV_E_STATE);
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_WXC, NULL),
                     PROV_E_STATE);
    licensee_set_rule(&d, LICENSEE_URL, "WxC"); /* without begin_wxc nothing is done */
    device_boot(&d);
    assert_int_equal(d.net.n_requests, 0);
    assert_int_equal(prov_agent_set_authorization(NULL, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_authorization(d.agent, 3, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

/* A fault at any moment: afterwards the licence is fetched, by the retry at the latest. */
static void live(struct dial *alloc_dial, struct dial *net_dial)
{
    struct device d;
    struct fake_licensee fake;
    licensee_plug_in(&d, &fake, NULL, alloc_dial, net_dial);
    licensee_set_rule(&d, "http://h/$MAU.lic", "Classic");
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_settle(&d);
        device_pass(&d, 3 * LICENSEE_RETRY_MS);
        const struct dial *dial = alloc_dial ? alloc_dial : net_dial;
        if (dial->hit && !dial->sticky)
            licensee_assert(&d, "classic");
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

static void test_a_licence_survives_faults(void **state)
{
    (void)state;
    assert_true(dial_run("allocations", live_without_memory, NULL) >= 10);
    assert_true(dial_run("transport", live_without_network, NULL) >= 3);
}

#define LOAD "sip88xx.12-5-1SR1-4"
#define IMAGE_URL "http://h/fw/" LOAD ".loads"

static void plug_in_banks(struct device *d, struct fake_licensee *fake, struct fake_banks *banks)
{
    licensee_plug_in(d, fake, NULL, NULL, NULL);
    fake_banks_plug_in(d, banks);
    fake->banks = banks;
    fake_transport_add_text(&d->net, IMAGE_URL, "image");
    fake_host_set(&d->host, "Upgrade_Rule", IMAGE_URL);
    licensee_set_rule(d, LICENSEE_URL, "Classic");
}

/* An enterprise load waits for the licence, which is not there at first; another load does not. */
static void test_an_upgrade_waits_for_the_licence(void **state) /* M1, M3, M6 */
{
    static const struct {
        bool is_enterprise, is_late;
    } rows[] = {{true, false}, {true, true}, {false, true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct fake_licensee fake;
        struct fake_banks banks = {.asks_to_wait = rows[i].is_enterprise};
        plug_in_banks(&d, &fake, &banks);
        d.net.answers[0].status = rows[i].is_late ? PROV_E_NOT_FOUND : PROV_OK;
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_pass(&d, LICENSEE_RETRY_MS - 1000);
        bool is_waiting = rows[i].is_enterprise && rows[i].is_late;
        assert_int_equal(banks.n_activated, !is_waiting);
        device_assert_stored(&d, LICENSEE_STATUS,
                             rows[i].is_late ? LICENSEE_FAILED : LICENSEE_SUCCEEDED);
        const char *events = fake_host_take_events(&d.host);
        assert_null(strstr(events, "Upgrade failed")); /* UPGERR stays */
        assert_int_equal(strstr(events, "upgrade waiting") != NULL,
                         is_waiting); /* or comes after */
        assert_int_equal(strstr(events, "upgrade installed " LOAD "\n") != NULL, !is_waiting);
        d.net.answers[0].status = PROV_OK;
        device_pass(&d, LICENSEE_RETRY_MS);
        assert_int_equal(banks.n_activated, 1);
        assert_int_equal(fake.n_asked, 1);
        device_unplug(&d);
    }
}

/* Authorized with the record, or not and asked anew; then at rest. */
static void check_left(const struct disk *left, unsigned way)
{
    struct disk disk;
    struct device d;
    struct fake_licensee fake;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    licensee_plug_in(&d, &fake, disk_open_store(&disk, false), NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    licensee_assert(&d, "classic");
    assert_true(fake.n_asked <= 1);
    device_assert_stored(&d, LICENSEE_STATUS,
                         fake.n_asked ? LICENSEE_SUCCEEDED
                                      : fake_host_get(&d.host, LICENSEE_STATUS));
    device_unplug(&d);
}

static void cut_power(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    struct fake_licensee fake;
    disk_copy(&disk, ctx);
    licensee_plug_in(&d, &fake, disk_open_store(&disk, false), NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    disk.dial = dial;
    device_settle(&d);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_left(&disk, way);
}

static void test_power_may_be_cut_at_any_step(void **state)
{
    struct disk disk;
    struct device d;
    struct fake_licensee fake;
    (void)state;
    disk_init(&disk);
    licensee_plug_in(&d, &fake, disk_open_store(&disk, false), NULL, NULL);
    licensee_set_rule(&d, LICENSEE_URL, "Classic");
    device_unplug(&d);
    assert_true(dial_run("power", cut_power, &disk) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_interrupted_licence_is_fetched_again),
        cmocka_unit_test(test_an_interrupted_retry_is_made_again),
        cmocka_unit_test(test_a_cancelled_resync_lets_it_begin_again),
        cmocka_unit_test(test_a_licence_has_a_limit),
        cmocka_unit_test(test_a_failure_that_repeats_writes_nothing),
        cmocka_unit_test(test_a_licence_comes_before_the_reboot),
        cmocka_unit_test(test_a_damaged_record_is_reported),
        cmocka_unit_test(test_an_odd_record_counts_as_none),
        cmocka_unit_test(test_what_cannot_be_read_is_read_again),
        cmocka_unit_test(test_the_agent_may_be_freed_by_the_host),
        cmocka_unit_test(test_arguments_are_checked),
        cmocka_unit_test(test_an_upgrade_waits_for_the_licence),
        cmocka_unit_test(test_a_licence_survives_faults),
        cmocka_unit_test(test_power_may_be_cut_at_any_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
