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
#include "base/str.h"
#include "persist/save.h"
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
            if (is_list)
                confirm_assert_not_reported(&d, WARNING);
            else
                confirm_assert_reported(&d, WARNING);
            assert_int_equal(d.agent->records.quarantine.n, i == 1 ? 0 : 1);
            assert_string_equal(trust.pem, i == 3 ? "" : PEM);
            device_unplug(&d);
        }
    }
}

static struct {
    char name[32];
    uint32_t severity;
    struct prov_error error;
} warning;

static void keep_warning(void *ctx, const struct prov_event *event)
{
    const struct prov_log_entry *entry = event->as.log;
    (void)ctx;
    if (event->type != PROV_EVENT_LOG || !entry->error)
        return;
    snprintf(warning.name, sizeof warning.name, "%.*s", (int)entry->name.len, entry->name.data);
    warning.severity = entry->severity;
    warning.error = *entry->error;
}

static prov_status (*load_from_store)(void *, prov_str, void *, size_t, size_t *);

static prov_status load_no_undo_log(void *store, prov_str name, void *buf, size_t cap, size_t *len)
{
    return provi_str_is(name, "undo") ? PROV_E_IO : load_from_store(store, name, buf, cap, len);
}

static void test_the_warning_says_which_record_and_why(void **state)
{
    enum { SHORT, ODD, ALIEN, CUT, UNREADABLE, EMPTY, N_FAULTS };
    static const char *const messages[N_FAULTS] = {
        "a record of 11 bytes",       "the checksum of a record is wrong",
        "a record of another format", "the undo log cannot be read: cut short",
        "a record: storage failed",   "",
    };
    static const prov_status statuses[N_FAULTS] = {
        PROV_E_TRUNCATED, PROV_E_CORRUPT, PROV_E_UNSUPPORTED, PROV_E_TRUNCATED, PROV_E_IO, PROV_OK};
    (void)state;
    for (size_t i = 0; i < N_FAULTS; i++) {
        struct device d;
        struct prov_agent_options options = confirm_options();
        const char *name = i == EMPTY ? "quarantine" : "undo";
        struct record record = {.bytes = "PVT2"};
        reseal(&record, i == CUT ? MARK_LEN + 5 : MARK_LEN);
        if (i == SHORT)
            record.len--;
        if (i == ODD)
            record.bytes[record.len - 1] ^= 1;
        if (i == ALIEN || i == EMPTY) {
            memcpy(record.bytes, i == EMPTY ? "PVQ1" : "PVT3", MARK_LEN);
            reseal(&record, MARK_LEN);
        }
        device_plug_in(&d, NULL, NULL, NULL);
        assert_int_equal(
            prov_store_save_record(d.store, prov_str_from(name), record.bytes, record.len, NULL),
            PROV_OK);
        load_from_store = d.host.host.load;
        if (i == UNREADABLE)
            d.host.host.load = load_no_undo_log;
        d.host.on_event = keep_warning;
        memset(&warning, 0, sizeof warning);
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_settle(&d);
        assert_int_equal(warning.error.status, statuses[i]);
        assert_string_equal(warning.error.message, messages[i]);
        assert_string_equal(warning.name, i == EMPTY ? "" : name);
        assert_int_equal(warning.severity, i == EMPTY ? 0 : PROV_SEVERITY_WARNING);
        device_unplug(&d);
    }
}

/* Neither one that is too long nor one that memory cut short. */
static void test_only_a_whole_record_is_saved(void **state)
{
    static const char bytes[200 - MARK_LEN - CHECK_LEN + 1];
    const struct prov_limits limits = {.size = sizeof limits, .max_staged_bytes = 100};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    const prov_str name = PROVI_LIT("mine");
    struct device d;
    size_t len;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    struct provi_env *env = &d.agent->env;
    for (int i = 0; i < 3; i++) {
        struct provi_record record;
        struct prov_error error = {0};
        struct dial dial = {.at = 0};
        const prov_status expected = i == 0 ? PROV_E_LIMIT : i == 1 ? PROV_E_NOMEM : PROV_OK;
        d.memory.dial = i == 1 ? &dial : NULL;
        provi_save_begin(&record, env, "PVX1");
        provi_record_bytes(&record, bytes, sizeof bytes - (i > 0));
        d.memory.dial = NULL;
        assert_int_equal(provi_save_end(&record, env, "mine", &error), expected);
        assert_int_equal(prov_store_load_record(d.store, name, NULL, 0, &len),
                         i < 2 ? PROV_E_NOT_FOUND : PROV_E_LIMIT);
        if (i < 2)
            assert_non_null(strstr(error.message, "a record to be saved: "));
    }
    assert_int_equal(len, 200);
    device_unplug(&d);
}

static struct provi_digest digest_of(struct device *d, const struct prov_request *request)
{
    struct provi_digest source;
    assert_int_equal(provi_validators_source(&d->agent->records, request, &source, NULL), PROV_OK);
    return source;
}

/* What a file says depends on each of these. */
static void test_a_source_is_method_url_user_and_reader(void **state)
{
    const struct prov_request requests[] = {
        {.url = PROVI_LIT("http://h/p")},
        {.url = PROVI_LIT("http://h/q")},
        {.url = PROVI_LIT("http://h/p"), .method = PROV_METHOD_POST},
        {.url = PROVI_LIT("http://h/p"), .uid = PROVI_LIT("u")},
    };
    const struct prov_agent_options readers[] = {
        {.size = 0},
        {.decode_policy = PROV_DECODE_POLICY_ENCRYPTED_ONLY},
        {.derivations = PROV_DERIVE_SHA256},
        {.max_defer_s = 1}, /* by the firmware */
    };
    struct provi_digest found[PROVI_LEN(requests) + PROVI_LEN(readers)];
    size_t n = 0;
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(readers); i++) {
        struct device d;
        struct prov_agent_options options = readers[i];
        options.size = sizeof options;
        device_plug_in(&d, NULL, NULL, NULL);
        if (options.max_defer_s)
            d.host.device.sw_version = PROVI_LIT("sip88xx.99-9");
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        for (size_t k = 0; k < (i == 0 ? PROVI_LEN(requests) : 1); k++)
            found[n++] = digest_of(&d, &requests[k]);
        device_unplug(&d);
    }
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < i; k++)
            assert_false(provi_digest_eq(&found[i], &found[k]));
}

/* Of a file: where from, which values, since when. A new ETag alone is not worth a write. */
static void test_a_validator_is_saved_if_it_says_something_else(void **state)
{
    const struct provi_digest here = {{1}}, there = {{2}};
    const prov_str etag = PROVI_LIT("\"v1\"");
    struct device d;
    (void)state;
    device_start(&d);
    struct provi_records *records = &d.agent->records;
    struct provi_validators *all = &records->validators;
    fake_host_set(&d.host, "GPP_A", "1");
    provi_validators_set(records, 0, &here, 5, etag);
    assert_true(all->is_changed);
    all->is_changed = false;
    provi_validators_set(records, 0, &here, 5, etag);
    provi_validators_set(records, 0, &here, 5, PROVI_LIT("\"v2\""));
    provi_validators_set(records, 0, &here, 0, etag); /* no value differed: still the same */
    assert_false(all->is_changed);
    assert_int_equal(all->files[0]->document, 5);
    provi_validators_set(records, 0, &here, 6, etag);
    assert_true(all->is_changed);
    all->is_changed = false;
    provi_validators_set(records, 0, &there, 6, etag);
    assert_true(all->is_changed);
    all->is_changed = false;
    all->staged_generation = 99; /* of a commit that failed */
    provi_validators_set(records, 0, &there, 7, etag);
    assert_true(all->is_changed);
    assert_int_equal(all->staged_generation, 0);
    all->staged_generation = provi_env_generation(&d.agent->env);
    provi_validators_set(records, 0, &there, 6, etag); /* saved with the values */
    assert_false(all->is_changed);
    assert_int_equal(all->staged_generation, 0);
    fake_host_set(&d.host, "GPP_A", "2");
    provi_validators_set(records, 0, &there, 6, etag);
    assert_true(all->is_changed);
    static const size_t no_rules[] = {PROVI_N_RULES, PROVI_NO_RULE};
    for (size_t i = 0; i < PROVI_LEN(no_rules); i++) {
        provi_validators_set(records, no_rules[i], &there, 6, etag);
        assert_false(provi_validators_has(records, no_rules[i], &there, 6));
        assert_int_equal(provi_validators_etag(records, no_rules[i], &there).len, 0);
    }
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_of_format_1_are_read),
        cmocka_unit_test(test_records_are_written_in_format_1),
        cmocka_unit_test(test_a_record_of_a_newer_format_is_left_as_it_is),
        cmocka_unit_test(test_a_schedule_of_a_newer_format_is_left_and_the_device_asks_in_time),
        cmocka_unit_test(test_a_record_cut_anywhere_is_ignored),
        cmocka_unit_test(test_the_warning_says_which_record_and_why),
        cmocka_unit_test(test_only_a_whole_record_is_saved),
        cmocka_unit_test(test_a_source_is_method_url_user_and_reader),
        cmocka_unit_test(test_a_validator_is_saved_if_it_says_something_else),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
