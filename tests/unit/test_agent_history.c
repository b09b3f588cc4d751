/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The last reboots and downloads: what is recorded, and what a reboot leaves of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "decode/digest.h"
#include "device.h"
#include "disk.h"
#include "fake_banks.h"

#define URL "http://h/p"
#define PROFILE "<flat-profile><GPP_A>new</GPP_A></flat-profile>"
#define REBOOTING "<flat-profile><Own_Reboot>yes</Own_Reboot></flat-profile>"
/* 2014-08-10 12:03:43 UTC, two hours east of it. */
#define WALL_S 1407672223

static bool is_clock_set = true;
static uint32_t own_reason; /* reported within REBOOT_WANTED; 0: none */

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = WALL_S + (host->now_ms - 1000000) / 1000;
    *utc_offset_s = 7200;
    return is_clock_set;
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_REBOOT_WANTED && own_reason)
        assert_int_equal(prov_agent_record_reboot(d->agent, own_reason, NULL), PROV_OK);
}

static void plug_in(struct device *d, prov_store *store)
{
    is_clock_set = true;
    own_reason = 0;
    device_plug_in(d, store, NULL, NULL);
    d->has_history = true;
    d->host.host.wall_s = wall_s;
    d->host.on_event = on_event;
    d->host.on_event_ctx = d;
    device_mute(d);
}

static prov_status boot(struct device *d, uint32_t cause)
{
    struct prov_agent_options options = {
        .size = sizeof options, .boot_cause = cause, .catalogue = &device_catalogue};
    prov_agent_free(d->agent);
    d->agent = NULL;
    prov_status status = device_make_agent(d, &options);
    if (status == PROV_OK)
        device_settle(d);
    return status;
}

static void start(struct device *d)
{
    plug_in(d, NULL);
    assert_int_equal(boot(d, PROV_CAUSE_NONE), PROV_OK);
}

/* The reboots on record, the latest first, `|` between them. */
static const char *reboots(struct device *d)
{
    static char all[512];
    struct prov_past_reboot past = {.size = sizeof past};
    size_t len = 0;
    all[0] = '\0';
    for (size_t i = 0; prov_agent_reboot_get(d->agent, i, &past) == PROV_OK; i++)
        len += (size_t)snprintf(all + len, sizeof all - len, "%s%.*s", i ? "|" : "",
                                PROVI_STR(past.text));
    return all;
}

/* Likewise, the downloads of a job. */
static const char *downloads_of(struct device *d, uint32_t job)
{
    static char all[2048];
    struct prov_past_download past = {.size = sizeof past};
    size_t len = 0;
    all[0] = '\0';
    for (size_t i = 0; prov_agent_download_get(d->agent, job, i, &past) == PROV_OK; i++)
        len +=
            (size_t)snprintf(all + len, sizeof all - len, "%s%s %s %d %lld %.*s %.*s", i ? "|" : "",
                             prov_outcome_name(past.outcome), prov_status_name(past.status),
                             past.code, past.wall_s < 0 ? -1LL : (long long)(past.wall_s - WALL_S),
                             PROVI_STR(past.url), PROVI_STR(past.message));
    return all;
}

static const char *downloads(struct device *d)
{
    return downloads_of(d, PROV_JOB_RESYNC);
}

static void ask_for_reboot(struct device *d, uint32_t cause)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .verb = PROV_VERB_REBOOT, .cause = cause};
    assert_int_equal(prov_agent_request(d->agent, &request, NULL), PROV_OK);
    device_settle(d);
}

static void test_reboots_are_listed_with_their_reasons(void **state)
{
    static const struct {
        uint32_t requested;  /* PROV_CAUSE_NONE: no reboot is requested */
        uint32_t own_reason; /* of the host; 0: none */
        uint32_t boot_cause;
        const char *reason; /* NULL: the boot is not listed */
    } rows[] = {
        {PROV_CAUSE_SIP, 0, PROV_CAUSE_NONE, "SIP Triggered"},
        {PROV_CAUSE_XML_SIP, 0, PROV_CAUSE_NONE, "SIP Triggered"},
        {PROV_CAUSE_URL, 0, PROV_CAUSE_NONE, "User Triggered"},
        {PROV_CAUSE_MENU, 0, PROV_CAUSE_NONE, "User Triggered"},
        {PROV_CAUSE_XML, 0, PROV_CAUSE_NONE, "User Triggered"},
        {PROV_CAUSE_HOST, 0, PROV_CAUSE_NONE, "User Triggered"},
        {PROV_CAUSE_HOST, PROV_REBOOT_IP_CHANGED, PROV_CAUSE_NONE, "IP Changed"},
        {PROV_CAUSE_HOST, PROV_REBOOT_RC, PROV_CAUSE_NONE, "RC"},
        {PROV_CAUSE_SIP, 0, PROV_CAUSE_AFTER_UPGRADE, "Upgrade"},
        {PROV_CAUSE_NONE, PROV_REBOOT_USER_TRIGGERED, PROV_CAUSE_NONE, "User Triggered"},
        {PROV_CAUSE_NONE, 0, PROV_CAUSE_AFTER_UPGRADE, "Upgrade"},
        {PROV_CAUSE_NONE, 0, PROV_CAUSE_HOST, "Provisioning"},
        {PROV_CAUSE_NONE, 0, PROV_CAUSE_NONE, NULL},
        {PROV_CAUSE_NONE, 0, PROV_CAUSE_POWER_UP, NULL},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        char expected[64] = "";
        start(&d);
        own_reason = rows[i].own_reason;
        if (rows[i].requested)
            ask_for_reboot(&d, rows[i].requested);
        else if (own_reason)
            assert_int_equal(prov_agent_record_reboot(d.agent, own_reason, NULL), PROV_OK);
        assert_string_equal(reboots(&d), ""); /* it has not happened */
        assert_int_equal(boot(&d, rows[i].boot_cause), PROV_OK);
        if (rows[i].reason)
            snprintf(expected, sizeof expected, "[08/10/14 14:03:43]%s", rows[i].reason);
        assert_string_equal(reboots(&d), expected);
        assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK); /* power was lost: still the same */
        assert_string_equal(reboots(&d), expected);
        device_unplug(&d);
    }
}

static void test_a_changed_parameter_reboots_for_provisioning(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    is_clock_set = false;
    fake_transport_add_text(&d.net, URL, REBOOTING);
    device_ask(&d, URL);
    assert_int_equal(boot(&d, PROV_CAUSE_HOST), PROV_OK);
    assert_string_equal(reboots(&d), "Provisioning");
    struct prov_past_reboot past = {.size = sizeof past};
    assert_int_equal(prov_agent_reboot_get(d.agent, 0, &past), PROV_OK);
    assert_int_equal(past.reason, PROV_REBOOT_PROVISIONING);
    assert_int_equal(past.wall_s, -1);
    device_unplug(&d);
}

static void test_five_reboots_are_kept(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    for (uint32_t reason = PROV_REBOOT_UPGRADE; reason <= PROV_REBOOT_IP_CHANGED; reason++) {
        assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL), PROV_OK);
        assert_int_equal(prov_agent_record_reboot(d.agent, reason, NULL),
                         PROV_OK); /* instead of that */
        assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
        d.host.now_ms += 60000;
    }
    static const char five[] = "[08/10/14 14:08:43]IP Changed|[08/10/14 14:07:43]User Triggered|"
                               "[08/10/14 14:06:43]RC|[08/10/14 14:05:43]SIP Triggered|"
                               "[08/10/14 14:04:43]Provisioning";
    assert_string_equal(reboots(&d), five);
    assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL), PROV_OK);
    assert_string_equal(reboots(&d), five); /* that one has not happened */
    device_unplug(&d);
}

static void assert_in_status(struct device *d, const char *text)
{
    char all[8192] = "";
    struct capture document;
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_status(d->agent, NULL, document.sink, NULL), PROV_OK);
    assert_true(document.len < sizeof all);
    memcpy(all, document.data, document.len);
    assert_non_null(strstr(all, text));
    capture_free(&document);
}

static void test_three_downloads_are_kept(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    device_ask(&d, NULL); /* no rule: no download */
    assert_string_equal(downloads(&d), "");
    device_ask(&d, "http://h/none?password=secret");
    d.host.now_ms += 1000;
    fake_transport_add_text(&d.net, URL, PROFILE);
    device_ask(&d, URL);
    assert_string_equal(downloads(&d),
                        "applied PROV_OK 200 1 " URL " |"
                        "failed PROV_E_NOT_FOUND 404 0 http://h/none?password=*** not found");
    device_ask(&d, URL);
    device_ask(&d, "(");
    assert_non_null(strstr(downloads(&d), "failed PROV_E_SYNTAX 0 1  "));
    assert_non_null(strstr(downloads(&d), "|unchanged PROV_OK 200 1 " URL " |applied"));
    assert_null(strstr(downloads(&d), "NOT_FOUND"));

    char before[2048];
    snprintf(before, sizeof before, "%s", downloads(&d));
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_string_equal(downloads(&d), before);
    assert_in_status(&d, "<Provisioning_Status_1>");
    assert_in_status(&d, "<Provisioning_Status_3>[08/10/14 14:03:44][" URL "]Success</");
    struct prov_past_download past = {.size = sizeof past};
    assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 3, &past), PROV_E_NOT_FOUND);
    assert_int_equal(past.utc_offset_s, 0);
    assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 0, &past), PROV_OK);
    assert_int_equal(past.utc_offset_s, 7200);
    assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_FETCH, 0, &past), PROV_E_INVALID);
    device_unplug(&d);
}

/* An upgrade is listed once, with its final result: after the boot of its image. */
static void test_upgrades_are_listed_after_their_boot(void **state)
{
    struct device d;
    struct fake_banks banks = {.running = 0};
    (void)state;
    plug_in(&d, NULL);
    fake_banks_plug_in(&d, &banks);
    fake_host_set(&d.host, "Upgrade_Rule", "http://h/first.loads");
    fake_transport_add_text(&d.net, "http://h/first.loads", "an image");
    fake_transport_add_text(&d.net, "http://h/second.loads", "another image");
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_true(banks.is_reboot_wanted);
    assert_string_equal(downloads_of(&d, PROV_JOB_UPGRADE), "");
    fake_banks_boot_next(&banks);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_string_equal(downloads_of(&d, PROV_JOB_UPGRADE),
                        "applied PROV_OK 0 0 http://h/first.loads ");

    fake_host_set(&d.host, "Upgrade_Rule", "http://h/none.loads");
    device_ask(&d, NULL);
    banks.is_broken = true;
    fake_host_set(&d.host, "Upgrade_Rule", "http://h/second.loads");
    device_ask(&d, NULL);
    assert_true(banks.is_reboot_wanted);
    fake_banks_boot_next(&banks);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_string_equal(downloads_of(&d, PROV_JOB_UPGRADE),
                        "failed PROV_E_CORRUPT 0 0 http://h/second.loads image did not boot|"
                        "failed PROV_E_NOT_FOUND 404 0 http://h/none.loads not found|"
                        "applied PROV_OK 0 0 http://h/first.loads ");
    assert_string_equal(reboots(&d), "[08/10/14 14:03:43]Upgrade|[08/10/14 14:03:43]Upgrade");
    device_unplug(&d);
}

/* The second reboot leads back to the image before: the first one was not confirmed. */
static void test_the_reboot_from_a_failed_image_is_an_upgrades(void **state)
{
    struct device d;
    struct fake_banks banks = {.running = 0};
    (void)state;
    plug_in(&d, NULL);
    fake_banks_plug_in(&d, &banks);
    d.upgrade.confirm_timeout_s = 60;
    fake_host_set(&d.host, "Upgrade_Rule", "http://h/first.loads");
    fake_transport_add_text(&d.net, "http://h/first.loads", "an image");
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    fake_banks_boot_next(&banks);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    device_pass(&d, 60000);
    assert_true(banks.is_reboot_wanted);
    fake_banks_boot_next(&banks);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_string_equal(reboots(&d), "[08/10/14 14:04:43]Upgrade|[08/10/14 14:03:43]Upgrade");
    device_unplug(&d);
}

static void test_a_url_is_cut(void **state)
{
    char url[300] = "http://h/";
    struct device d;
    struct prov_past_download past = {.size = sizeof past};
    (void)state;
    start(&d);
    memset(url + strlen(url), 'x', sizeof url - 1 - strlen(url));
    device_ask(&d, url);
    assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 0, &past), PROV_OK);
    assert_int_equal(past.url.len, 192);
    assert_memory_equal(past.url.data, url, 192);
    device_unplug(&d);
}

static prov_status refusal;

static prov_status refuse_at_length(void *store, const struct prov_param *param,
                                    struct prov_error *err)
{
    (void)store, (void)param;
    err->status = refusal;
    memset(err->message, 'x', sizeof err->message - 1);
    return refusal;
}

static void test_a_message_is_whole(void **state)
{
    struct device d;
    struct prov_past_download past = {.size = sizeof past};
    (void)state;
    plug_in(&d, NULL);
    d.host.host.txn_set = refuse_at_length;
    refusal = PROV_E_IO;
    fake_transport_add_text(&d.net, URL, PROFILE);
    for (int is_loaded = 0; is_loaded < 2; is_loaded++) {
        assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
        if (!is_loaded)
            device_ask(&d, URL);
        assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 0, &past), PROV_OK);
        assert_int_equal(past.message.len, sizeof((struct prov_error *)NULL)->message - 1);
        assert_int_equal(past.message.data[past.message.len - 1], 'x');
    }
    refusal = PROV_E_LIMIT; /* with the same words: another result, which is saved */
    device_ask(&d, URL);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_memory_equal(downloads(&d), "failed PROV_E_LIMIT", strlen("failed PROV_E_LIMIT"));
    device_unplug(&d);
}

/* A resync that ends as the one before writes nothing: an hour later the flash is as it was. */
static void test_the_same_result_is_not_saved_again(void **state)
{
    struct device d;
    struct disk disk;
    (void)state;
    disk_init(&disk);
    plug_in(&d, disk_open_store(&disk, false));
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    fake_transport_add_text(&d.net, URL, PROFILE);
    device_ask(&d, URL);
    device_ask(&d, URL);
    uint64_t n_writes = disk.n_writes;
    for (int i = 0; i < 5; i++) {
        d.host.now_ms += 3600000;
        device_ask(&d, URL);
    }
    assert_int_equal(disk.n_writes, n_writes);
    assert_non_null(strstr(downloads(&d), "unchanged PROV_OK 200 18000 "));
    assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL), PROV_OK);
    assert_true(disk.n_writes > n_writes);
    device_unplug(&d);
}

/* Each of two results that differ in one respect is there after a reboot. */
static void test_a_result_of_another_kind_is_saved(void **state)
{
    static const struct {
        const char *rule;
        prov_status status;
        int32_t code;
        const char *expected; /* of the latest */
    } rows[] = {
        {URL, PROV_E_SERVER, 500, "failed PROV_E_SERVER 500 0 " URL " "},
        {URL, PROV_E_SERVER, 503, "failed PROV_E_SERVER 503 0 " URL " "},
        {URL, PROV_E_CONNECT, 503, "failed PROV_E_CONNECT 503 0 " URL " "},
        {URL "?", PROV_E_CONNECT, 503, "failed PROV_E_CONNECT 503 0 " URL "? "},
        {URL, PROV_OK, 200, "applied PROV_OK 200 0 " URL " "},
        {URL, PROV_OK, 200, "unchanged PROV_OK 200 0 " URL " "},
        {"(", PROV_OK, 0, "failed PROV_E_SYNTAX 0 0  expected "},
        {"[", PROV_OK, 0, "failed PROV_E_SYNTAX 0 0  expected "},
    };
    struct device d;
    (void)state;
    start(&d);
    struct fake_answer *answers[] = {fake_transport_add_text(&d.net, URL, PROFILE),
                                     fake_transport_add_text(&d.net, URL "?", PROFILE)};
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        char before[2048];
        for (size_t k = 0; k < PROVI_LEN(answers); k++) {
            answers[k]->status = rows[i].status;
            answers[k]->code = rows[i].code;
        }
        snprintf(before, sizeof before, "%s", downloads(&d));
        device_ask(&d, rows[i].rule);
        assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
        assert_memory_equal(downloads(&d), rows[i].expected, strlen(rows[i].expected));
        assert_string_not_equal(downloads(&d), before);
    }
    device_unplug(&d);
}

static void test_without_save_a_boot_begins_anew(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL);
    d.host.host.save = NULL;
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    device_ask(&d, URL);
    ask_for_reboot(&d, PROV_CAUSE_SIP);
    assert_non_null(strstr(downloads(&d), "NOT_FOUND"));
    assert_int_equal(boot(&d, PROV_CAUSE_HOST), PROV_OK);
    assert_string_equal(downloads(&d), "");
    assert_string_equal(reboots(&d), "[08/10/14 14:03:43]Provisioning"); /* as the host says */
    device_unplug(&d);
}

static void test_a_record_of_another_kind_is_reported(void **state)
{
    static const struct {
        const char *text;
        size_t len;
    } records[] = {{"x", 1}, {"PVH0and a checksum", 18}};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(records); i++) {
        struct device d;
        plug_in(&d, NULL);
        assert_int_equal(prov_store_save_record(d.store, PROVI_LIT("history"), records[i].text,
                                                records[i].len, NULL),
                         PROV_OK);
        assert_int_equal(boot(&d, PROV_CAUSE_AFTER_UPGRADE), PROV_OK);
        assert_non_null(strstr(fake_host_take_events(&d.host), "a saved record cannot be used"));
        assert_string_equal(reboots(&d), "[08/10/14 14:03:43]Upgrade");
        device_unplug(&d);
    }
}

enum { CHECK_LEN = 8, MAX_RECORD = 1024 };

/* Saves a record as it was, but with only its first @p len bytes before the checksum. */
static void save_cut(prov_store *store, const char *record, size_t len)
{
    char cut[MAX_RECORD];
    struct provi_digester digester;
    struct provi_digest check;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, record, len);
    assert_int_equal(provi_digest_end(&digester, &check, NULL), PROV_OK);
    memcpy(cut, record, len);
    memcpy(cut + len, check.bytes, CHECK_LEN);
    assert_int_equal(
        prov_store_save_record(store, PROVI_LIT("history"), cut, len + CHECK_LEN, NULL), PROV_OK);
}

/* The record of a device with two reboots and one download. */
static size_t make_record(struct device *d, char record[MAX_RECORD])
{
    size_t len;
    start(d);
    device_ask(d, URL);
    for (int i = 0; i < 2; i++) {
        assert_int_equal(prov_agent_record_reboot(d->agent, PROV_REBOOT_RC, NULL), PROV_OK);
        assert_int_equal(boot(d, PROV_CAUSE_NONE), PROV_OK);
    }
    assert_int_equal(
        prov_store_load_record(d->store, PROVI_LIT("history"), record, MAX_RECORD, &len), PROV_OK);
    return len - CHECK_LEN;
}

/* Of a record that ends early, the whole entries are listed, and no other. */
static void test_whole_entries_of_a_short_record_are_listed(void **state)
{
    static const char *const lists[] = {"", "[08/10/14 14:03:43]RC",
                                        "[08/10/14 14:03:43]RC|[08/10/14 14:03:43]RC"};
    char record[MAX_RECORD];
    struct device d;
    size_t n_reboots = 0, n_downloads = 0;
    (void)state;
    const size_t whole = make_record(&d, record);
    for (size_t len = 4; len <= whole; len++) {
        save_cut(d.store, record, len);
        assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
        n_reboots += strcmp(reboots(&d), lists[n_reboots]) != 0; /* one more, if any */
        assert_true(n_reboots < PROVI_LEN(lists));
        assert_string_equal(reboots(&d), lists[n_reboots]);
        n_downloads = downloads(&d)[0] != '\0';
        assert_true(!n_downloads || strstr(downloads(&d), "failed PROV_E_NOT_FOUND 404 0 " URL));
        assert_int_equal(n_downloads, len == whole - 1 || len == whole);
    }
    assert_int_equal(n_reboots, 2);
    device_unplug(&d);
}

/* Written by a release that has more reasons and longer lists. */
static void test_a_record_may_hold_more_than_this_release_lists(void **state)
{
    enum { AT_COUNT = 4, AT_REASON = 5, ENTRY = 14 };
    char record[MAX_RECORD] = {0};
    struct prov_past_reboot past = {.size = sizeof past};
    struct device d;
    (void)state;
    make_record(&d, record);
    record[AT_REASON] = 99;
    save_cut(d.store, record, AT_COUNT + 1 + ENTRY);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_string_equal(reboots(&d), "[08/10/14 14:03:43]");
    assert_int_equal(prov_agent_reboot_get(d.agent, 0, &past), PROV_OK);
    assert_int_equal(past.reason, 99);

    record[AT_COUNT] = 20;
    for (size_t i = 1; i < 20; i++)
        memcpy(record + AT_REASON + i * ENTRY, record + AT_REASON, ENTRY);
    save_cut(d.store, record, AT_REASON + 20 * ENTRY);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_int_equal(prov_agent_reboot_get(d.agent, PROV_HISTORY_REBOOTS - 1, &past), PROV_OK);
    assert_int_equal(prov_agent_reboot_get(d.agent, PROV_HISTORY_REBOOTS, &past), PROV_E_NOT_FOUND);
    device_unplug(&d);
}

/* What is on the disk after a cut: the list before, or the list with the new entry. */
static void check_cut(const struct disk *left, unsigned way)
{
    struct device d;
    struct disk disk;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    plug_in(&d, disk_open_store(&disk, false));
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_null(strstr(fake_host_take_events(&d.host), "record"));
    const char *found = reboots(&d);
    assert_true(strcmp(found, "") == 0 || strcmp(found, "[08/10/14 14:03:43]SIP Triggered") == 0);
    device_unplug(&d);
}

static void lose_power(void *ctx, struct dial *dial)
{
    struct device d;
    struct disk disk;
    (void)ctx;
    disk_init(&disk);
    plug_in(&d, disk_open_store(&disk, false));
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    fake_transport_add_text(&d.net, URL, PROFILE);
    disk.dial = dial;
    device_ask(&d, URL);
    ask_for_reboot(&d, PROV_CAUSE_SIP);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_cut(&disk, way);
}

static void test_power_may_go_at_each_operation(void **state)
{
    (void)state;
    assert_true(dial_run("operations of the store", lose_power, NULL) > 5);
}

static prov_status refuse_save(void *ctx, prov_str name, const void *data, size_t len,
                               struct prov_error *err)
{
    (void)ctx, (void)name, (void)data, (void)len, (void)err;
    return PROV_E_IO;
}

static void test_a_save_that_fails_is_repeated(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL);
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    prov_agent_free(d.agent);
    d.agent = NULL;
    prov_status (*save)(void *, prov_str, const void *, size_t, struct prov_error *) =
        d.host.host.save;
    d.host.host.save = refuse_save;
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    device_ask(&d, URL);
    assert_non_null(strstr(fake_host_take_events(&d.host), "a record cannot be saved"));
    device_ask(&d, URL); /* the same result, and it is not on record yet */
    assert_non_null(strstr(fake_host_take_events(&d.host), "a record cannot be saved"));
    assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL), PROV_E_IO);
    d.host.host.save = save;
    device_unplug(&d);
}

static void run_out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    plug_in(&d, NULL);
    fake_transport_add_text(&d.net, URL, PROFILE);
    d.memory.dial = dial;
    fake_host_set(&d.host, "Profile_Rule", URL);
    if (boot(&d, PROV_CAUSE_AFTER_UPGRADE) == PROV_OK) {
        prov_agent_request(d.agent, NULL, NULL);
        device_settle(&d);
        assert_string_equal(reboots(&d), "[08/10/14 14:03:43]Upgrade"); /* needs no memory */
        assert_true(dial->hit || strstr(downloads(&d), "applied PROV_OK 200 0 " URL " "));
        prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL);
    }
    device_unplug(&d);
}

static void test_memory_may_run_out(void **state)
{
    (void)state;
    assert_true(dial_run("allocations with a history", run_out_of_memory, NULL) > 20);
}

static void free_on_log(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_LOG && d->agent) {
        prov_agent_free(d->agent);
        d->agent = NULL;
    }
}

static void test_the_agent_is_freed_while_the_history_is_saved(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL);
    d.host.host.save = refuse_save;
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    d.host.on_event = free_on_log;
    assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
    fake_host_set(&d.host, "Profile_Rule", URL);
    while (d.agent && prov_agent_timeout_ms(d.agent) == 0)
        prov_agent_process(d.agent, NULL);
    assert_null(d.agent);
    device_unplug(&d);
}

static void report_too_early(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_LOG)
        assert_int_equal(prov_agent_record_reboot(d->agent, PROV_REBOOT_RC, NULL), PROV_E_STATE);
}

/* A record of another job is damaged, and read first: what is on record must not be replaced. */
static void test_a_reboot_is_not_recorded_before_the_history_is_loaded(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    ask_for_reboot(&d, PROV_CAUSE_SIP);
    assert_int_equal(prov_store_save_record(d.store, PROVI_LIT("known"), "x", 1, NULL), PROV_OK);
    d.host.on_event = report_too_early;
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_non_null(strstr(fake_host_take_events(&d.host), "a saved record cannot be used"));
    assert_string_equal(reboots(&d), "[08/10/14 14:03:43]SIP Triggered");
    device_unplug(&d);
}

static struct device *storing;

static prov_status report_while_storing(void *store, const struct prov_param *param,
                                        struct prov_error *err)
{
    assert_int_equal(prov_agent_record_reboot(storing->agent, PROV_REBOOT_RC, NULL), PROV_E_STATE);
    return prov_store_set(store, param, err);
}

static void test_a_reboot_is_not_recorded_within_a_transaction(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL);
    storing = &d;
    d.host.host.txn_set = report_while_storing;
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    fake_transport_add_text(&d.net, URL, PROFILE);
    device_ask(&d, URL);
    device_assert_stored(&d, "GPP_A", "new");
    assert_int_equal(boot(&d, PROV_CAUSE_NONE), PROV_OK);
    assert_string_equal(reboots(&d), "");
    device_unplug(&d);
}

static void test_calls_are_checked(void **state)
{
    struct device d;
    struct prov_past_reboot reboot = {.size = sizeof reboot};
    struct prov_past_download download = {.size = sizeof download};
    (void)state;
    device_start(&d);
    assert_int_equal(prov_agent_reboot_get(d.agent, 0, &reboot), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 0, &download),
                     PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_enable_history(NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_history(d.agent, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_history(d.agent, NULL), PROV_E_STATE);
    assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_RC, NULL), PROV_E_STATE);
    device_settle(&d);
    assert_int_equal(prov_agent_record_reboot(d.agent, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_record_reboot(d.agent, PROV_REBOOT_IP_CHANGED + 1, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_agent_record_reboot(NULL, PROV_REBOOT_RC, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_reboot_get(d.agent, SIZE_MAX, &reboot), PROV_E_NOT_FOUND);
    assert_int_equal(prov_agent_reboot_get(NULL, 0, &reboot), PROV_E_INVALID);
    assert_int_equal(prov_agent_reboot_get(d.agent, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_download_get(NULL, PROV_JOB_RESYNC, 0, &download), PROV_E_INVALID);
    assert_int_equal(prov_agent_download_get(d.agent, PROV_JOB_RESYNC, 0, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_reboots_are_listed_with_their_reasons),
        cmocka_unit_test(test_a_changed_parameter_reboots_for_provisioning),
        cmocka_unit_test(test_five_reboots_are_kept),
        cmocka_unit_test(test_three_downloads_are_kept),
        cmocka_unit_test(test_upgrades_are_listed_after_their_boot),
        cmocka_unit_test(test_the_reboot_from_a_failed_image_is_an_upgrades),
        cmocka_unit_test(test_a_url_is_cut),
        cmocka_unit_test(test_a_message_is_whole),
        cmocka_unit_test(test_the_same_result_is_not_saved_again),
        cmocka_unit_test(test_a_result_of_another_kind_is_saved),
        cmocka_unit_test(test_without_save_a_boot_begins_anew),
        cmocka_unit_test(test_a_record_of_another_kind_is_reported),
        cmocka_unit_test(test_whole_entries_of_a_short_record_are_listed),
        cmocka_unit_test(test_a_record_may_hold_more_than_this_release_lists),
        cmocka_unit_test(test_power_may_go_at_each_operation),
        cmocka_unit_test(test_a_save_that_fails_is_repeated),
        cmocka_unit_test(test_memory_may_run_out),
        cmocka_unit_test(test_the_agent_is_freed_while_the_history_is_saved),
        cmocka_unit_test(test_a_reboot_is_not_recorded_before_the_history_is_loaded),
        cmocka_unit_test(test_a_reboot_is_not_recorded_within_a_transaction),
        cmocka_unit_test(test_calls_are_checked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
