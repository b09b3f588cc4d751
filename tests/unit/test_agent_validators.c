/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Conditional requests, and the records that an agent loads after a reboot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "agent/agent_priv.h"
#include "base/array.h"
#include "base/str.h"
#include "device.h"
#include "disk.h"
#include "fake_trust.h"

#define PROFILE "<flat-profile><GPP_A>1</GPP_A></flat-profile>"
#define OTHER "<flat-profile><GPP_A>2</GPP_A></flat-profile>"

/* A device with one rule, on a disk or with a store in memory. */
static void start(struct device *d, struct disk *disk, const char *sw_version)
{
    device_plug_in(d, disk_open_store(disk, false), NULL, NULL);
    fake_host_set(&d->host, "Resync_On_Reset", "No");
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Profile_Rule", "http://h/p");
    d->host.device.sw_version = prov_str_from(sw_version);
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
}

static struct fake_answer *serve(struct device *d, const char *profile, const char *etag)
{
    struct fake_answer *answer = fake_transport_add_text(&d->net, "http://h/p", profile);
    answer->code = 200;
    answer->etag = etag;
    return answer;
}

/* The ETag the next resync asks with. */
static const char *ask(struct device *d)
{
    device_ask(d, NULL);
    return fake_transport_find(&d->net, "http://h/p")->if_none_match;
}

static void assert_result(struct device *d, const char *expected)
{
    const char *events = fake_host_take_events(&d->host);
    if (!strstr(events, expected))
        test_die("'%s' is not in\n%s", expected, events);
}

/* The validators of Profile_Rule. */
static struct prov_validator validator(struct device *d)
{
    struct prov_validator found = {.size = sizeof found};
    assert_int_equal(prov_agent_validator_get(d->agent, 0, &found), PROV_OK);
    assert_true(device_says(found.rule, "Profile_Rule"));
    return found;
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = 1800000000 + host->now_ms / 1000;
    *utc_offset_s = 0;
    return true;
}

static void test_the_host_reads_the_validators(void **state)
{
    struct disk disk;
    struct device d;
    struct prov_validator found = {.size = sizeof found};
    (void)state;
    disk_init(&disk);
    start(&d, &disk, "1");
    d.agent->env.host.wall_s = wall_s;
    assert_int_equal(prov_agent_validator_get(d.agent, 0, &found), PROV_E_NOT_FOUND);
    struct fake_answer *answer = serve(&d, PROFILE, "\"v1\"");
    const int64_t first_s = 1800000000 + d.host.now_ms / 1000;
    device_ask(&d, NULL);
    assert_true(provi_str_is(validator(&d).etag, "\"v1\""));
    assert_int_equal(validator(&d).wall_s, first_s);
    assert_true(validator(&d).is_current && !validator(&d).is_refused);

    device_pass(&d, 100000); /* not modified: it was received when it was */
    assert_string_equal(ask(&d), "\"v1\"");
    assert_int_equal(validator(&d).wall_s, first_s);
    answer->etag = "\"longer\"";
    device_ask(&d, NULL);
    assert_true(provi_str_is(validator(&d).etag, "\"longer\""));
    assert_int_equal(validator(&d).wall_s, first_s + 100);
    fake_host_set(&d.host, "GPP_A", "by the user");
    assert_true(!validator(&d).is_current && !validator(&d).is_refused);
    device_ask(&d, NULL);
    assert_true(validator(&d).is_current);

    assert_int_equal(prov_agent_validator_get(d.agent, 1, &found), PROV_E_NOT_FOUND);
    assert_int_equal(prov_agent_validator_get(d.agent, 4, &found), PROV_E_NOT_FOUND);
    assert_int_equal(prov_agent_validator_get(NULL, 0, &found), PROV_E_INVALID);
    assert_int_equal(prov_agent_validator_get(d.agent, 0, NULL), PROV_E_INVALID);
    device_unplug(&d);

    start(&d, &disk, "1");
    assert_true(provi_str_is(validator(&d).etag, "\"longer\""));
    assert_int_equal(validator(&d).wall_s, -1);
    device_unplug(&d);
}

static void test_a_file_is_requested_by_its_etag(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, "1");
    struct fake_answer *answer = serve(&d, PROFILE, "\"v1\"");
    assert_string_equal(ask(&d), "");
    assert_result(&d, "result Profile_Rule applied \n");
    assert_string_equal(ask(&d), "\"v1\"");
    assert_result(&d, "result Profile_Rule unchanged \n");
    answer->data = OTHER;
    answer->etag = "\"v2\"";
    assert_string_equal(ask(&d), "\"v1\"");
    assert_result(&d, "result Profile_Rule applied \n");
    assert_string_equal(ask(&d), "\"v2\"");
    device_unplug(&d);
}

static void serve_two(struct device *d)
{
    static const char *const urls[] = {"http://h/p?-1", "http://h/p?1", "http://h/b"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        struct fake_answer *answer = fake_transport_add_text(
            &d->net, urls[i], i < 2 ? PROFILE : "<flat-profile><GPP_B>b</GPP_B></flat-profile>");
        answer->code = 200;
        answer->etag = i < 2 ? urls[i] + strlen("http://h/") : NULL;
    }
    fake_host_set(&d->host, "Profile_Rule", "http://h/p?$PRVST");
    fake_host_set(&d->host, "Profile_Rule_B", "http://h/b");
    fake_host_set(&d->host, "Resync_Periodic", "600");
    prov_agent_notify(d->agent);
}

/* News of one rule's file are kept over a reboot, though the next rule has none. */
static void test_validators_of_several_rules_survive_a_reboot(void **state)
{
    (void)state;
    struct disk disk;
    struct device d;
    disk_init(&disk);
    start(&d, &disk, "1");
    serve_two(&d);
    device_ask(&d, NULL);
    device_ask(&d, NULL);
    device_pass(&d, 600000); /* the first rule's file has another address now */
    assert_string_equal(fake_transport_find(&d.net, "http://h/p?1")->if_none_match, "");
    device_unplug(&d);

    start(&d, &disk, "1");
    serve_two(&d);
    device_pass(&d, 600000);
    assert_string_equal(fake_transport_find(&d.net, "http://h/p?1")->if_none_match, "p?1");
    device_unplug(&d);
    disk_assert_closed(&disk);
}

/* Each reason to fetch a file whole although it was fetched before. */
static void test_a_file_is_fetched_whole_when_its_values_may_not_stand(void **state)
{
    static const struct {
        const char *name;
        const char *value;
    } rows[] = {
        {"GPP_A", "changed by the user"},
        {"GPP_B", "changed by another rule"},
        {"Profile_Rule", "[--uid u --pwd p] http://h/p"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        start(&d, NULL, "1");
        serve(&d, PROFILE, "\"v1\"");
        ask(&d);
        assert_string_equal(ask(&d), "\"v1\"");
        fake_host_set(&d.host, rows[i].name, rows[i].value);
        assert_string_equal(ask(&d), "");
        assert_string_equal(fake_host_get(&d.host, "GPP_A"), "1");
        assert_string_equal(ask(&d), "\"v1\"");
        device_unplug(&d);
    }
}

static void test_only_a_plain_fetch_of_a_stored_rule_is_conditional(void **state)
{
    static const char *const rules[] = {"[--post a] http://h/p", "tftp://h/p"};
    struct device d;
    (void)state;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        start(&d, NULL, "1");
        fake_host_set(&d.host, "Profile_Rule", rules[i]);
        serve(&d, PROFILE, "\"v1\"");
        fake_transport_add_text(&d.net, "tftp://h/p", PROFILE)->etag = "\"v1\"";
        device_ask(&d, NULL);
        device_ask(&d, NULL);
        assert_string_equal(d.net.requests[d.net.n_requests - 1].if_none_match, "");
        device_unplug(&d);
    }
    start(&d, NULL, "1");
    serve(&d, PROFILE, "\"v1\"");
    device_ask(&d, "http://h/p");
    device_ask(&d, "http://h/p");
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match, "");
    device_unplug(&d);
}

static void test_etags_that_could_do_harm_are_not_sent_back(void **state)
{
    static const char *const bad[] = {"\"a b\"", "\"a\r\nX: y\"", "\"\x7f\"", "\"\t\""};
    (void)state;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct device d;
        start(&d, NULL, "1");
        serve(&d, PROFILE, bad[i]);
        ask(&d);
        assert_string_equal(ask(&d), "");
        assert_int_equal(d.net.n_requests, 2);
        device_unplug(&d);
    }
}

/* The user changes a value while the server says that nothing is new. */
static void change_value(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type != PROV_EVENT_REQUEST)
        return;
    d->host.on_event = NULL;
    fake_host_set(&d->host, "GPP_A", "changed by the user");
}

static void test_not_modified_counts_only_while_the_values_stand(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, "1");
    serve(&d, PROFILE, "\"v1\"");
    ask(&d);
    fake_host_take_events(&d.host);
    d.host.on_event = change_value;
    d.host.on_event_ctx = &d;
    assert_string_equal(ask(&d), "");
    assert_result(&d, "result Profile_Rule applied \n");
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "1");
    device_unplug(&d);
}

static void test_an_unrequested_304_is_no_file(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, "1");
    serve(&d, "", NULL)->code = 304;
    ask(&d);
    assert_result(&d, "result Profile_Rule failed PROV_E_CORRUPT\n");
    device_unplug(&d);
}

/* A store that writes values its own way: what came last is known, so nothing is written again. */
static prov_status set_in_upper_case(void *store, const struct prov_param *param,
                                     struct prov_error *err)
{
    struct prov_param own = *param;
    if (own.value.len == 3 && memcmp(own.value.data, "yes", 3) == 0)
        own.value = prov_str_from("YES");
    return prov_store_set(store, &own, err);
}

static void test_values_the_host_normalized_are_not_written_again(void **state)
{
    static const char *const names[] = {"Profile_Rule", "Profile_Rule_B", "Profile_Rule_D"};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        struct device d;
        char unchanged[64];
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.host.txn_set = set_in_upper_case;
        fake_host_set(&d.host, "Profile_Rule", "http://h/first");
        fake_host_set(&d.host, names[i], "http://h/p");
        fake_transport_add_text(&d.net, "http://h/first", OTHER);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        serve(&d, "<flat-profile><GPP_B>yes</GPP_B></flat-profile>", NULL);
        device_boot(&d);
        device_ask(&d, NULL);
        snprintf(unchanged, sizeof unchanged, "result %s unchanged \n", names[i]);
        assert_result(&d, unchanged);
        device_unplug(&d);
    }
}

#define LONG_VALUE                                                                                 \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"     \
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567"

static void test_hosts_are_compared_with_and_without_accesses(void **state)
{
    (void)state;
    for (uint8_t stores_access = 0; stores_access < 2; stores_access++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.host.stores_access = stores_access;
        d.host.host.generation = NULL;
        fake_host_set(&d.host, "Resync_On_Reset", "No");
        fake_host_set(&d.host, "Profile_Rule", "http://h/p");
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        serve(&d,
              "<flat-profile><GPP_A ua=\"ro\">" LONG_VALUE "</GPP_A><GPP_B/>"
              "<GPP_C>3</GPP_C></flat-profile>",
              NULL);
        device_boot(&d);
        ask(&d);
        assert_result(&d, "result Profile_Rule applied \n");
        ask(&d);
        assert_result(&d, "result Profile_Rule unchanged \n");
        fake_host_set(&d.host, "GPP_A", "1");
        ask(&d);
        assert_result(&d, "changed GPP_A");
        assert_string_equal(fake_host_get(&d.host, "GPP_A"), LONG_VALUE);
        device_unplug(&d);
    }
}

static void test_validators_survive_a_reboot(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    start(&d, &disk, "1");
    serve(&d, PROFILE, "\"v1\"");
    ask(&d);
    device_unplug(&d);
    disk_crash(&disk, 0);

    start(&d, &disk, "1");
    serve(&d, PROFILE, "\"v1\"");
    assert_string_equal(ask(&d), "\"v1\"");
    device_unplug(&d);

    start(&d, &disk, "2"); /* new firmware may know parameters the old did not */
    serve(&d, PROFILE, "\"v1\"");
    assert_string_equal(ask(&d), "");
    device_unplug(&d);
}

static void test_resyncs_that_change_nothing_write_nothing(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    start(&d, &disk, "1");
    struct fake_answer *answer = serve(&d, PROFILE, "\"v1\"");
    ask(&d);
    disk.n_writes = 0;
    ask(&d);
    answer->etag = "\"v2\"";
    ask(&d);
    ask(&d);
    assert_int_equal(disk.n_writes, 0);
    device_unplug(&d);
}

/* Values, the file's validator and the scheduler's state: one file, written once. */
static void test_a_first_provisioning_writes_the_file_once(void **state)
{
    static const char *const profiles[] = {
        PROFILE, "<flat-profile><GPP_A>1</GPP_A><Own_Reboot>1</Own_Reboot></flat-profile>"};
    (void)state;
    for (size_t i = 0; i < sizeof profiles / sizeof profiles[0]; i++) {
        struct disk disk;
        struct device d;
        disk_init(&disk);
        start(&d, &disk, "1");
        serve(&d, profiles[i], "\"v1\"");
        disk.n_syncs = 0;
        ask(&d);
        assert_int_equal(strstr(fake_host_take_events(&d.host), "reboot wanted") != NULL, i);
        assert_int_equal(disk.n_syncs, 2);      /* of the file, and of its folder */
        assert_string_equal(ask(&d), "\"v1\""); /* nor does the next success */
        assert_int_equal(disk.n_syncs, 2);
        device_unplug(&d);
        start(&d, &disk, "1");
        serve(&d, profiles[i], "\"v1\"");
        assert_string_equal(ask(&d), "\"v1\"");
        device_unplug(&d);
    }
}

/* What a boot would miss is kept before the reboot that is asked for. */
static void test_a_place_in_a_list_is_saved_before_a_wanted_reboot(void **state)
{
    static const struct {
        const char *periodic;
        bool is_kept;
    } rows[] = {{"3600", false}, {"60,3600", true}, {"0", false}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        size_t len;
        start(&d, NULL, "1");
        fake_host_set(&d.host, "Resync_Periodic", rows[i].periodic);
        serve(&d, "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>", NULL);
        ask(&d);
        assert_non_null(strstr(fake_host_take_events(&d.host), "reboot wanted"));
        assert_int_equal(prov_store_load_record(d.store, PROVI_LIT("sched"), NULL, 0, &len),
                         rows[i].is_kept ? PROV_E_LIMIT : PROV_E_NOT_FOUND);
        device_unplug(&d);
    }
}

static unsigned n_to_refuse;

static prov_status save_later(void *store, prov_str name, const void *data, size_t len,
                              struct prov_error *err)
{
    if (name.len == 5 && memcmp(name.data, "known", 5) == 0 && n_to_refuse > 0) {
        n_to_refuse--;
        return PROV_E_IO;
    }
    return prov_store_save_record(store, name, data, len, err);
}

/* What the store did not keep is kept after the next resync, though that brings nothing new. */
static void test_records_that_could_not_be_saved_are_saved_later(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    start(&d, &disk, "1");
    prov_agent_free(d.agent);
    d.host.host.save = save_later;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    serve(&d, PROFILE, "\"v1\"");
    n_to_refuse = 2; /* with the values, and by itself */
    ask(&d);
    assert_result(&d, "log 4 a record cannot be savedPROV_E_IO\n");
    assert_string_equal(ask(&d), "\"v1\"");
    assert_null(strstr(fake_host_take_events(&d.host), "cannot be saved"));
    disk.n_writes = 0; /* once is enough */
    ask(&d);
    assert_int_equal(disk.n_writes, 0);
    device_unplug(&d);

    start(&d, &disk, "1");
    serve(&d, PROFILE, "\"v1\"");
    assert_string_equal(ask(&d), "\"v1\"");
    device_unplug(&d);
    disk_assert_closed(&disk);
}

static void assert_retry(struct device *d, uint32_t retry)
{
    struct prov_sched_action due = {.size = sizeof due};
    assert_int_equal(prov_agent_due(d->agent, &due), PROV_OK);
    assert_int_equal(due.retry, retry);
}

static void start_failing(struct device *d, struct disk *disk)
{
    device_plug_in(d, disk_open_store(disk, false), NULL, NULL);
    fake_host_set(&d->host, "Profile_Rule", "http://h/missing");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60,120,240");
    fake_host_set(&d->host, "Resync_Random_Delay", "0");
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_settle(d);
}

static void test_back_off_survives_a_reboot(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    start_failing(&d, &disk);
    assert_retry(&d, 1);
    device_pass(&d, 60000);
    assert_retry(&d, 2);
    device_unplug(&d);
    disk_crash(&disk, 0);

    start_failing(&d, &disk); /* its own resync fails as well: the list goes on where it was */
    assert_retry(&d, 2);
    device_pass(&d, 120000);
    assert_retry(&d, 3);
    disk.n_writes = 0;
    device_pass(&d, 10 * 240000);
    assert_int_equal(disk.n_writes, 0);
    fake_transport_add_text(&d.net, "http://h/missing", PROFILE);
    device_pass(&d, 240000);
    assert_retry(&d, 0);
    device_unplug(&d);

    start_failing(&d, &disk);
    assert_retry(&d, 1);
    device_unplug(&d);
}

static void test_damaged_records_are_reported_and_ignored(void **state)
{
    static const char *const names[] = {"sched", "known", "undo", "quarantine"};
    static const char bytes[] = "PVT1 this is not what was kept";
    (void)state;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        prov_store_save_record(d.store, prov_str_from(names[i]), bytes, sizeof bytes, NULL);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        assert_result(&d, "log 4 a saved record cannot be usedPROV_E_CORRUPT\n");
        device_unplug(&d);
    }
}

/* What one user got says nothing of the file for another one. */
static void test_validators_belong_to_one_user(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, "1");
    serve(&d, PROFILE, "\"v1\"");
    fake_host_set(&d.host, "Profile_Rule", "[--uid ann --pwd p] http://h/p");
    assert_string_equal(ask(&d), "");
    assert_string_equal(ask(&d), "\"v1\"");
    fake_host_set(&d.host, "Profile_Rule", "[--uid bob --pwd p] http://h/p");
    assert_string_equal(ask(&d), "");
    assert_string_equal(ask(&d), "\"v1\"");
    device_unplug(&d);
}

static void test_etags_are_saved_up_to_their_bound(void **state)
{
    char etag[130 + 1];
    (void)state;
    for (size_t len = 127; len <= 130; len++) {
        struct device d;
        memset(etag, 'e', sizeof etag);
        etag[0] = etag[len - 1] = '"';
        etag[len] = '\0';
        start(&d, NULL, "1");
        serve(&d, PROFILE, etag);
        ask(&d);
        assert_string_equal(ask(&d), len <= 128 ? etag : "");
        device_unplug(&d);
    }
}

/* "Not modified" counts only with the end of the answer. */
static void test_an_answer_that_breaks_off_is_not_unchanged(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, "1");
    struct fake_answer *answer = serve(&d, PROFILE, "\"v1\"");
    ask(&d);
    answer->status = PROV_E_NETWORK;
    fake_host_take_events(&d.host);
    assert_string_equal(ask(&d), "\"v1\"");
    assert_result(&d, "result Profile_Rule failed");
    device_unplug(&d);
}

/* A host that cannot give records back is not asked to keep any. */
static prov_status save_in_vain(void *store, prov_str name, const void *data, size_t len,
                                struct prov_error *err)
{
    (void)store;
    (void)name;
    (void)data;
    (void)len;
    (void)err;
    fail_msg("an unreadable record");
    return PROV_OK;
}

static void test_nothing_is_saved_that_cannot_be_loaded(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.load = NULL;
    d.host.host.save = save_in_vain;
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    serve(&d, PROFILE, "\"v1\"");
    device_settle(&d);
    assert_null(strstr(fake_host_take_events(&d.host), "a saved record cannot be used"));
    ask(&d);
    device_assert_stored(&d, "GPP_A", "1");
    assert_string_equal(ask(&d), "\"v1\""); /* while it runs it knows */
    device_unplug(&d);
}

/* A validator for which there is no memory changes nothing to be saved. */
static void test_a_validator_without_memory_is_none(void **state)
{
    const struct provi_digest source = {{1}};
    struct dial dial = {.at = 0};
    struct device d;
    (void)state;
    start(&d, NULL, "1");
    struct provi_validators *all = &d.agent->records.validators;
    d.memory.dial = &dial;
    provi_validators_set(&d.agent->records, 0, &source, 1, PROVI_LIT("\"v1\""));
    assert_true(dial.hit);
    assert_null(all->files[0]);
    assert_false(all->is_changed);
    provi_validators_set(&d.agent->records, 0, &source, 1, PROVI_LIT("\"v1\""));
    assert_true(all->is_changed);
    d.memory.dial = NULL;
    device_unplug(&d);
}

static uint64_t n_commits;
static unsigned n_saved_alone; /* validators, outside of a transaction */
static struct device *saving_device;
static prov_status (*store_save)(void *, prov_str, const void *, size_t, struct prov_error *);

static prov_status counted_save(void *ctx, prov_str name, const void *data, size_t len,
                                struct prov_error *err)
{
    n_saved_alone += provi_str_is(name, "known") && !saving_device->agent->env.is_in_transaction;
    return store_save(ctx, name, data, len, err);
}

static void count_saves(struct device *d)
{
    n_saved_alone = 0;
    saving_device = d;
    store_save = d->host.host.save;
    d->host.host.save = counted_save;
}

static prov_status (*store_commit)(void *, struct prov_error *);

static uint64_t counted_generation(void *ctx)
{
    (void)ctx;
    return n_commits;
}

static prov_status counted_commit(void *ctx, struct prov_error *err)
{
    n_commits++;
    return store_commit(ctx, err);
}

/* Its generation counts at the commit only, so that it does not show the next one before. */
static void count_commits(struct device *d)
{
    n_commits = 1;
    store_commit = d->host.host.txn_commit;
    d->host.host.txn_commit = counted_commit;
    d->host.host.generation = counted_generation;
}

/* Its clock is set, so that a status has the time. */
static void plug_in_with_ca(struct device *d, struct fake_trust *trust)
{
    device_plug_in(d, NULL, NULL, NULL);
    fake_trust_plug_in(d, trust);
    d->host.host.wall_s = wall_s;
    fake_transport_add_text(&d->net, "http://h/ca.pem", "a certificate");
}

/* The status has the time, and is written with each end of the job: it is of no profile. */
static void test_a_status_leaves_profiles_current(void **state)
{
    static const struct {
        const char *ca_rule;
        bool counts_late, asks_before_reboot;
    } rows[] = {{"http://h/none", false, true},
                {"http://h/ca.pem", false, true},
                {"http://h/none", false, false},
                {"http://h/none", true, true},
                {"http://h/none", true, false}};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        struct fake_trust trust = {.n_calls = 0};
        plug_in_with_ca(&d, &trust);
        count_saves(&d);
        if (rows[i].counts_late)
            count_commits(&d);
        fake_host_set(&d.host, "Profile_Rule", "http://h/p");
        fake_host_set(&d.host, "Custom_CA_Rule", rows[i].ca_rule);
        fake_transport_add_text(&d.net, "http://h/p",
                                "<flat-profile><GPP_A>new</GPP_A></flat-profile>")
            ->etag = "\"v1\"";
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        device_assert_stored(&d, "GPP_A", "new");
        assert_non_null(fake_host_get(&d.host, "Custom_CA_Provisioning_Status"));
        if (rows[i].asks_before_reboot)
            device_ask(&d, NULL);
        assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match,
                            rows[i].asks_before_reboot ? "\"v1\"" : "");
        prov_agent_free(d.agent); /* the record is as durable as the status */
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        size_t n_before = d.net.n_requests;
        device_settle(&d);
        assert_true(d.net.n_requests > n_before);
        assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match, "\"v1\"");
        assert_int_equal(n_saved_alone > 0, rows[i].counts_late);
        device_unplug(&d);
    }
}

static void change_as_user(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type == PROV_EVENT_CHANGED &&
        device_says(event->as.change->name, "Custom_CA_Provisioning_Status"))
        store_set(d->store, "GPP_B", "of the user");
}

/* A change by the user right after the status is one that no file has. */
static void test_a_user_s_change_beside_a_status_counts(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    plug_in_with_ca(&d, &trust);
    d.host.on_event = change_as_user;
    d.host.on_event_ctx = &d;
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/none");
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile><GPP_B>new</GPP_B></flat-profile>")
        ->etag = "\"v1\"";
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    device_assert_stored(&d, "GPP_B", "of the user");
    device_ask(&d, NULL);
    assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match, "");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_file_is_requested_by_its_etag),
        cmocka_unit_test(test_the_host_reads_the_validators),
        cmocka_unit_test(test_validators_of_several_rules_survive_a_reboot),
        cmocka_unit_test(test_a_file_is_fetched_whole_when_its_values_may_not_stand),
        cmocka_unit_test(test_only_a_plain_fetch_of_a_stored_rule_is_conditional),
        cmocka_unit_test(test_etags_that_could_do_harm_are_not_sent_back),
        cmocka_unit_test(test_not_modified_counts_only_while_the_values_stand),
        cmocka_unit_test(test_an_unrequested_304_is_no_file),
        cmocka_unit_test(test_values_the_host_normalized_are_not_written_again),
        cmocka_unit_test(test_hosts_are_compared_with_and_without_accesses),
        cmocka_unit_test(test_validators_survive_a_reboot),
        cmocka_unit_test(test_resyncs_that_change_nothing_write_nothing),
        cmocka_unit_test(test_a_first_provisioning_writes_the_file_once),
        cmocka_unit_test(test_a_place_in_a_list_is_saved_before_a_wanted_reboot),
        cmocka_unit_test(test_records_that_could_not_be_saved_are_saved_later),
        cmocka_unit_test(test_back_off_survives_a_reboot),
        cmocka_unit_test(test_damaged_records_are_reported_and_ignored),
        cmocka_unit_test(test_validators_belong_to_one_user),
        cmocka_unit_test(test_etags_are_saved_up_to_their_bound),
        cmocka_unit_test(test_an_answer_that_breaks_off_is_not_unchanged),
        cmocka_unit_test(test_nothing_is_saved_that_cannot_be_loaded),
        cmocka_unit_test(test_a_validator_without_memory_is_none),
        cmocka_unit_test(test_a_status_leaves_profiles_current),
        cmocka_unit_test(test_a_user_s_change_beside_a_status_counts),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
