/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * What an agent keeps over reboots, as earlier releases wrote it. tests/vectors/store/records-N is
 * a store with one record of each kind; a release that writes another format adds a folder, and
 * goes on reading these.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "agent/agent_priv.h"
#include "base/array.h"
#include "decode/digest.h"
#include "golden.h"
#include "confirm_device.h"
#include "fake_trust.h"

#define PEM "-----BEGIN CERTIFICATE-----\nfirst\n-----END CERTIFICATE-----\n"
#define CA_URL "http://h/ca.pem"
#define WARNING "log 4 a saved record cannot be used"

enum { MARK_LEN = 4, CHECK_LEN = 8, MAX_RECORD = 1024 };

static const char *const names[] = {"undo", "quarantine", "known", "customca"};

static struct fake_trust trust;

static void plug_in(struct device *d, struct disk *disk)
{
    struct prov_agent_options options = confirm_options();
    trust = (struct fake_trust){.n_calls = 0};
    device_plug_in(d, disk_open_store(disk, false), NULL, NULL);
    fake_trust_plug_in(d, &trust);
    fake_transport_add_text(&d->net, CA_URL, PEM);
    fake_host_set(&d->host, "Profile_Rule", "http://h/p");
    device_mute(d);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
}

/* One record of each kind: BAD is in quarantine, OTHER is unconfirmed. */
static void fill(struct disk *disk)
{
    struct device d;
    disk_init(disk);
    plug_in(&d, disk);
    device_boot(&d);
    confirm_resync(&d, GOOD);
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    confirm_resync(&d, BAD);
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    fake_host_set(&d.host, "Custom_CA_Rule", CA_URL);
    fake_transport_add_text(&d.net, "http://h/p", OTHER)->etag = "\"v3\"";
    device_ask(&d, NULL);
    device_assert_stored(&d, "GPP_A", "other");
    assert_string_equal(trust.pem, PEM);
    device_unplug(&d);
}

struct record {
    char bytes[MAX_RECORD];
    size_t len;
};

static struct record recall(const prov_store *store, const char *name)
{
    struct record record;
    assert_int_equal(prov_store_load_record(store, prov_str_from(name), record.bytes,
                                            sizeof record.bytes, &record.len),
                     PROV_OK);
    return record;
}

static void put_pinned(struct disk *disk)
{
    struct golden golden;
    size_t len;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/store/records-1",
             TEST_SOURCE_ROOT);
    uint8_t *text = golden_read(&golden, "store.xml", &len);
    assert_non_null(text);
    disk_init(disk);
    disk_put(disk, "s", text, len);
    free(text);
}

/* The checksum of the first @p len bytes behind them, as it belongs there. */
static void reseal(struct record *record, size_t len)
{
    struct provi_digester digester;
    struct provi_digest check;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, record->bytes, len);
    assert_int_equal(provi_digest_end(&digester, &check, NULL), PROV_OK);
    memcpy(record->bytes + len, check.bytes, CHECK_LEN);
    record->len = len + CHECK_LEN;
}

/* A device that finds this record in place of the pinned one, and no other undo log. */
static void boot_with(struct device *d, struct disk *disk, const char *name,
                      const struct record *record)
{
    put_pinned(disk);
    prov_store *store = disk_open_store(disk, false);
    assert_int_equal(prov_store_save_record(store, PROVI_LIT("undo"), NULL, 0, NULL), PROV_OK);
    assert_int_equal(
        prov_store_save_record(store, prov_str_from(name), record->bytes, record->len, NULL),
        PROV_OK);
    prov_store_close(store);
    plug_in(d, disk);
    device_settle(d);
}

static void test_records_of_format_1_are_read(void **state)
{
    (void)state;
    struct disk disk;
    struct device d;
    put_pinned(&disk);
    plug_in(&d, &disk);
    device_settle(&d);
    assert_string_equal(trust.pem, PEM);
    confirm_assert_not_reported(&d, WARNING);

    confirm_assert_good(&d); /* an unexpected reboot rolls back */
    assert_false(d.agent->records.confirm.is_on);
    assert_int_equal(d.agent->records.quarantine.n, 2);
    const struct provi_validator *known = d.agent->records.validators.files[0];
    assert_non_null(known);
    assert_true(provi_str_eq(known->etag, PROVI_LIT("\"v3\"")));
    assert_true(known->document == d.agent->records.quarantine.list[1]);
    assert_null(d.agent->records.validators.files[1]);
    static const char *const refused[] = {BAD, OTHER};
    for (size_t i = 0; i < PROVI_LEN(refused); i++) {
        confirm_resync(&d, refused[i]);
        confirm_assert_reported(&d, "PROV_E_QUARANTINED");
        confirm_assert_good(&d);
    }
    device_unplug(&d);
}

/* Should this fail, the format is another one: it needs a mark and a folder of its own. */
static void test_records_are_written_in_format_1(void **state)
{
    (void)state;
    struct disk pinned, written;
    put_pinned(&pinned);
    fill(&written);
    prov_store *before = disk_open_store(&pinned, false), *now = disk_open_store(&written, false);
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        struct record expected = recall(before, names[i]), found = recall(now, names[i]);
        assert_int_equal(found.len, expected.len);
        bool has_release = i >= 2; /* the release is in the key of the files of a rule */
        assert_memory_equal(found.bytes, expected.bytes, has_release ? MARK_LEN : expected.len);
    }
    prov_store_close(before);
    prov_store_close(now);
}

/* It may be needed again by the release that wrote it. */
static void test_a_record_of_a_newer_format_is_left_as_it_is(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        struct disk disk;
        struct device d;
        put_pinned(&disk);
        prov_store *store = disk_open_store(&disk, false);
        struct record newer = recall(store, names[i]);
        prov_store_close(store);
        newer.bytes[MARK_LEN - 1]++;
        reseal(&newer, newer.len - CHECK_LEN);
        boot_with(&d, &disk, names[i], &newer);
        confirm_assert_reported(&d, WARNING "PROV_E_UNSUPPORTED\n");
        device_assert_stored(&d, "GPP_A", "other");
        struct record left = recall(d.store, names[i]);
        assert_int_equal(left.len, newer.len);
        assert_memory_equal(left.bytes, newer.bytes, newer.len);
        device_unplug(&d);
    }
}

/* As a device keeps it that has been refused once and asks again later. */
static struct record schedule_after_a_failure(void)
{
    struct disk disk;
    struct device d;
    disk_init(&disk);
    plug_in(&d, &disk);
    device_boot(&d);
    device_ask(&d, NULL); /* there is no such file */
    struct record record = recall(d.store, "sched");
    device_unplug(&d);
    return record;
}

/* An unreadable schedule is none: the period begins anew, and no other overwrites it. */
static void test_a_schedule_of_a_newer_format_is_left_and_the_device_asks_in_time(void **state)
{
    (void)state;
    const int64_t hour_ms = 3600 * 1000; /* the default of Resync_Periodic */
    struct disk disk;
    struct device d;
    struct record newer = schedule_after_a_failure();
    newer.bytes[MARK_LEN - 1]++;
    reseal(&newer, newer.len - CHECK_LEN);
    boot_with(&d, &disk, "sched", &newer);
    confirm_assert_reported(&d, WARNING "PROV_E_UNSUPPORTED\n");
    fake_transport_add_text(&d.net, "http://h/p", GOOD);
    device_pass(&d, hour_ms - 1000);
    assert_null(fake_transport_find(&d.net, "http://h/p"));
    device_pass(&d, 1000);
    assert_non_null(fake_transport_find(&d.net, "http://h/p"));
    device_assert_stored(&d, "GPP_A", "good");
    struct record left = recall(d.store, "sched");
    assert_int_equal(left.len, newer.len);
    assert_memory_equal(left.bytes, newer.bytes, newer.len);
    device_unplug(&d);
}

/* Cut by a store that loses bytes, or by a release that wrote less: no value depends on it. */
static void test_a_record_cut_anywhere_is_ignored(void **state)
{
    (void)state;
    const size_t step = test_takes_few() ? 7 : 1;
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        struct disk disk;
        put_pinned(&disk);
        prov_store *store = disk_open_store(&disk, false);
        const struct record whole = recall(store, names[i]);
        prov_store_close(store);
        for (size_t len = 1; len < whole.len; len += step) {
            struct device d;
            struct record cut = {.len = len};
            memcpy(cut.bytes, whole.bytes, len);
            boot_with(&d, &disk, names[i], &cut);
            confirm_assert_reported(&d, WARNING);
            device_assert_stored(&d, "GPP_A", "other");
            device_unplug(&d);
        }
        for (size_t len = MARK_LEN; len < whole.len - CHECK_LEN; len += step) {
            struct device d;
            struct record cut;
            memcpy(cut.bytes, whole.bytes, len);
            reseal(&cut, len);
            boot_with(&d, &disk, names[i], &cut);
            device_assert_stored(&d, "GPP_A", "other");
            bool is_list = i == 1 || i == 2; /* what is whole of it counts */
            if (!is_list)
                confirm_assert_reported(&d, WARNING);
            assert_int_equal(d.agent->records.quarantine.n, i == 1 ? 0 : 1);
            assert_string_equal(trust.pem, i == 3 ? "" : PEM);
            device_unplug(&d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_of_format_1_are_read),
        cmocka_unit_test(test_records_are_written_in_format_1),
        cmocka_unit_test(test_a_record_of_a_newer_format_is_left_as_it_is),
        cmocka_unit_test(test_a_schedule_of_a_newer_format_is_left_and_the_device_asks_in_time),
        cmocka_unit_test(test_a_record_cut_anywhere_is_ignored),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
