/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Confirmed commits, rollback and quarantine, also over reboots and power cuts. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "confirm_device.h"

static void test_confirmed_values_stay(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    confirm_assert_reported(&d, "unconfirmed 600000 ms\n");
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    confirm_assert_reported(&d, "confirmed\n");
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    device_pass(&d, 2 * CONFIRM_S * 1000);
    confirm_assert_not_reported(&d, "confirmed\n");
    assert_true(confirm_is_bad(&d));
    device_unplug(&d);
}

static void test_unconfirmed_values_are_rolled_back_in_time(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    device_pass(&d, CONFIRM_S * 1000 - 1);
    assert_true(confirm_is_bad(&d));
    fake_host_take_events(&d.host);
    device_pass(&d, 1);
    confirm_assert_good(&d);
    assert_string_equal(fake_host_take_events(&d.host), "changed GPP_A 'bad' 'good'\n"
                                                        "changed GPP_B 'bad' ''\n"
                                                        "changed GPP_C 'bad' ''\n"
                                                        "rolled back 1: 3 changed \n");
    device_unplug(&d);
}

static void test_rolled_back_values_are_refused_until_they_change(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    device_pass(&d, CONFIRM_S * 1000);
    fake_host_set(&d.host, "Log_Failure_Msg", "$ERR");
    fake_host_take_events(&d.host);
    device_ask(&d, NULL);
    confirm_assert_reported(
        &d, "result Profile_Rule failed PROV_E_QUARANTINED\nlog 3 profile quarantined\n");
    confirm_resync(&d, BAD_WITH_REMARK);
    confirm_assert_reported(&d, "result Profile_Rule failed PROV_E_QUARANTINED\n");
    confirm_assert_good(&d);
    confirm_resync(&d, OTHER);
    confirm_assert_reported(&d, "result Profile_Rule applied \n");
    device_assert_stored(&d, "GPP_B", "other");
    device_unplug(&d);
}

static void assert_refused_without_a_body(struct device *d, const char *etag)
{
    fake_host_take_events(&d->host);
    device_ask(d, NULL);
    const char *events = fake_host_take_events(&d->host);
    assert_non_null(strstr(events, "result Profile_Rule failed PROV_E_QUARANTINED\n"));
    assert_null(strstr(events, "progress"));
    assert_string_equal(fake_transport_find(&d->net, "http://h/p")->if_none_match, etag);
}

/* A server that distinguishes versions need not send a refused file again. */
static void test_rolled_back_file_is_not_sent_again(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    d.host.with_schedule = true; /* with progress */
    fake_transport_add_text(&d.net, "http://h/p", BAD)->etag = "\"bad\"";
    device_ask(&d, NULL);
    device_pass(&d, CONFIRM_S * 1000);
    assert_refused_without_a_body(&d, "\"bad\"");
    assert_refused_without_a_body(&d, "\"bad\"");
    struct prov_validator refused = {.size = sizeof refused};
    assert_int_equal(prov_agent_validator_get(d.agent, 0, &refused), PROV_OK);
    assert_true(refused.is_refused && !refused.is_current);

    prov_agent_free(d.agent); /* nor after a reboot */
    struct prov_agent_options options = confirm_options();
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_refused_without_a_body(&d, "\"bad\"");

    fake_transport_add_text(&d.net, "http://h/p", BAD_WITH_REMARK)->etag = "\"bad-remark\"";
    device_ask(&d, NULL); /* is sent once, to be refused */
    assert_refused_without_a_body(&d, "\"bad-remark\"");
    confirm_assert_good(&d);
    fake_transport_add_text(&d.net, "http://h/p", OTHER)->etag = "\"other\"";
    device_ask(&d, NULL);
    confirm_assert_reported(&d, "result Profile_Rule applied \n");
    device_unplug(&d);
}

/* Say, because the user set the same. */
static void test_rolled_back_values_that_change_nothing_are_not_refused(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><GPP_A>bad</GPP_A></flat-profile>");
    device_ask(&d, NULL);
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    fake_host_set(&d.host, "GPP_A", "bad");
    fake_host_take_events(&d.host);
    device_ask(&d, NULL);
    confirm_assert_reported(&d, "result Profile_Rule unchanged \n");
    device_unplug(&d);
}

/* Both documents are rolled back together, to the values before the first. */
static void test_unconfirmed_commits_are_rolled_back_together(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    device_pass(&d, CONFIRM_S * 500);
    confirm_resync(&d, OTHER);
    device_ask(&d, "( e = \"assigned\" )!");
    device_assert_stored(&d, "GPP_E", "assigned");
    device_pass(&d, CONFIRM_S * 500);
    confirm_assert_good(&d);
    device_assert_stored(&d, "GPP_E", NULL);
    device_ask(&d, NULL);
    confirm_assert_reported(&d, "failed PROV_E_QUARANTINED\n");
    device_ask(&d, "( e = \"assigned\" )!");
    confirm_assert_reported(&d, "failed PROV_E_QUARANTINED\n");
    device_assert_stored(&d, "GPP_E", NULL);
    device_unplug(&d);
}

static void test_without_the_option_no_commit_is_unconfirmed(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", BAD);
    device_ask(&d, "http://h/p");
    confirm_assert_not_reported(&d, "unconfirmed");
    device_pass(&d, 10 * CONFIRM_S * 1000);
    assert_true(confirm_is_bad(&d));
    device_unplug(&d);
}

static void test_a_reboot_without_confirmation_rolls_back(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    assert_true(confirm_is_bad(&d));
    confirm_lose_power(&d, &disk);

    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    assert_true(confirm_is_bad(&d));
    device_settle(&d);
    confirm_assert_reported(&d, "rolled back 2: 3 changed \n");
    confirm_assert_good(&d);
    device_unplug(&d);

    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_settle(&d);
    confirm_assert_not_reported(&d, "rolled back");
    confirm_resync(&d, BAD);
    confirm_assert_reported(&d, "failed PROV_E_QUARANTINED\n");
    confirm_assert_good(&d);
    device_unplug(&d);
}

static void test_a_confirmed_commit_survives_reboots(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_settle(&d);
    assert_true(confirm_is_bad(&d));
    device_unplug(&d);
}

#define NEEDS_REBOOT "<flat-profile><GPP_A>bad</GPP_A><Own_Reboot>1</Own_Reboot></flat-profile>"

/* The reboot that was asked for is survived once, and the time goes on. */
static void test_the_wanted_reboot_is_survived_once(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, NEEDS_REBOOT);
    confirm_assert_reported(&d, "reboot wanted\n");
    confirm_lose_power(&d, &disk);

    confirm_plug_in(&d, &disk, PROV_CAUSE_HOST);
    device_settle(&d);
    confirm_assert_reported(&d, "unconfirmed 600000 ms\n");
    assert_true(confirm_is_bad(&d));
    confirm_lose_power(&d, &disk);

    confirm_plug_in(&d, &disk, PROV_CAUSE_HOST);
    device_settle(&d);
    confirm_assert_reported(&d, "rolled back 2: 2 changed \n");
    confirm_assert_good(&d);
    device_assert_stored(&d, "Own_Reboot", NULL);
    device_unplug(&d);
}

/* Instead of that reboot, the power went. */
static void test_another_boot_than_the_wanted_one_rolls_back(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, NEEDS_REBOOT);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_settle(&d);
    confirm_assert_reported(&d, "rolled back 2: 2 changed \n");
    confirm_assert_good(&d);
    device_unplug(&d);
}

static void test_time_goes_on_over_the_wanted_reboot(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, NEEDS_REBOOT);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_HOST);
    device_pass(&d, CONFIRM_S * 1000 - 1);
    assert_true(confirm_is_bad(&d));
    device_pass(&d, 1);
    confirm_assert_reported(&d, "rolled back 1: 2 changed \nreboot wanted\n");
    confirm_assert_good(&d);
    device_unplug(&d);
}

/*
 * A device that crashes whenever it has the bad values, and never confirms anything. It is rolled
 * back once, refuses them from then on, and ends on the last good ones.
 */
static void test_crash_loop_ends_on_the_last_good_values(void **state)
{
    struct disk disk;
    struct device d;
    unsigned n_crashes = 0, n_rollbacks = 0;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    device_unplug(&d);
    for (unsigned boot = 0; boot < 20; boot++) {
        confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
        device_settle(&d);
        n_rollbacks += strstr(fake_host_take_events(&d.host), "rolled back") != NULL;
        confirm_resync(&d, boot % 2 ? BAD : BAD_WITH_REMARK);
        n_crashes += confirm_is_bad(&d);
        confirm_lose_power(&d, &disk);
    }
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_settle(&d);
    confirm_assert_good(&d);
    assert_int_equal(n_crashes, 1);
    assert_int_equal(n_rollbacks, 1);
    device_unplug(&d);
}

/* Values are complete: good ones, or bad ones with an undo log. A boot ends on the good ones. */
static void check_left(const struct disk *left, unsigned way, bool may_be_bad)
{
    struct disk disk;
    struct device d;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    bool was_bad = confirm_is_bad(&d);
    assert_true(may_be_bad || !was_bad);
    device_assert_stored(&d, "GPP_B", was_bad ? "bad" : NULL);
    device_assert_stored(&d, "GPP_C", was_bad ? "bad" : NULL);
    device_settle(&d);
    confirm_assert_good(&d);
    if (was_bad)
        confirm_assert_reported(&d, "rolled back 2: 3 changed \n");
    else
        confirm_assert_not_reported(&d, "rolled back");
    device_unplug(&d);
    disk_assert_closed(&disk);
}

static void cut_while_committing(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    disk_copy(&disk, ctx);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", BAD);
    disk.dial = dial;
    device_ask(&d, NULL);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_left(&disk, way, true);
}

/* A device with the good values loses power while the bad ones are unconfirmed. */
static void leave_unconfirmed(struct disk *disk, const struct disk *good)
{
    struct device d;
    disk_copy(disk, good);
    confirm_plug_in(&d, disk, PROV_CAUSE_POWER_UP);
    device_boot(&d);
    confirm_resync(&d, BAD);
    assert_true(confirm_is_bad(&d));
    device_unplug(&d);
}

static void cut_while_rolling_back(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    disk_copy(&disk, ctx);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    disk.dial = dial;
    device_settle(&d);
    bool has_rolled_back =
        strstr(fake_host_take_events(&d.host), "rolled back 2: 3 changed \n") != NULL;
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_left(&disk, way, !has_rolled_back);
}

static void test_power_may_go_at_every_step_of_a_rollback(void **state)
{
    struct disk good, bad;
    struct device d;
    (void)state;
    disk_init(&good);
    confirm_start_with_good(&d, &good);
    device_unplug(&d);
    assert_true(dial_run("an unconfirmed commit", cut_while_committing, &good) > 6);

    leave_unconfirmed(&bad, &good);
    assert_true(dial_run("a return", cut_while_rolling_back, &bad) > 6);
}

static void cut_while_confirming(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    disk_copy(&disk, ctx);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    disk.dial = dial;
    bool is_confirmed = prov_agent_confirm(d.agent, NULL) == PROV_OK;
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++) {
        struct disk left;
        disk_copy(&left, &disk);
        left.dial = NULL;
        disk_crash(&left, way);
        confirm_plug_in(&d, &left, PROV_CAUSE_POWER_UP);
        device_settle(&d);
        if (!confirm_is_bad(&d))
            confirm_assert_good(&d);
        assert_true(confirm_is_bad(&d) || !is_confirmed);
        device_unplug(&d);
    }
}

static void test_power_may_go_while_confirming(void **state)
{
    struct disk disk;
    (void)state;
    disk_init(&disk);
    assert_true(dial_run("confirming", cut_while_confirming, &disk) > 4);
}

/* A disk, and the errno with which the dial has it refuse an operation, or all from one on. */
struct broken {
    struct disk start;
    int32_t error;
};

static void plug_into_broken(struct device *d, struct disk *disk, const struct broken *broken)
{
    disk_copy(disk, &broken->start);
    disk->error = broken->error;
    confirm_plug_in(d, disk, PROV_CAUSE_POWER_UP);
    fake_transport_add_text(&d->net, "http://h/p", BAD);
}

/* The device goes on as if the report were true; after the next boot the state is right. */
static void commit_is_refused(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    plug_into_broken(&d, &disk, ctx);
    device_boot(&d);
    disk.dial = dial;
    device_ask(&d, NULL);
    bool is_told = strstr(fake_host_take_events(&d.host), "unconfirmed 600000 ms\n") != NULL;
    assert_int_equal(is_told, confirm_is_bad(&d));
    if (!is_told)
        confirm_assert_good(&d);
    device_unplug(&d);
    check_left(&disk, 0, true);
}

static void rollback_is_refused(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    plug_into_broken(&d, &disk, ctx);
    disk.dial = dial;
    device_settle(&d);
    bool is_told = strstr(fake_host_take_events(&d.host), "rolled back 2: 3 changed \n") != NULL;
    assert_int_equal(is_told, !confirm_is_bad(&d));
    disk.dial = NULL;
    device_pass(&d, 60000);
    confirm_assert_good(&d);
    device_unplug(&d);
    check_left(&disk, 0, false);
}

static void confirming_is_refused(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    plug_into_broken(&d, &disk, ctx);
    device_boot(&d);
    device_ask(&d, NULL);
    fake_host_take_events(&d.host);
    disk.dial = dial;
    prov_status status = prov_agent_confirm(d.agent, NULL);
    bool is_told = strstr(fake_host_take_events(&d.host), "confirmed\n") != NULL;
    assert_int_equal(is_told, status == PROV_OK);
    disk.dial = NULL;
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_settle(&d);
    assert_true(confirm_is_bad(&d));
    device_unplug(&d);
}

static void test_the_disk_may_refuse_every_step_of_a_rollback(void **state)
{
    static const int32_t errors[] = {ENOSPC, EIO, EROFS, EINTR};
    struct device d;
    struct broken good, bad;
    (void)state;
    disk_init(&good.start);
    confirm_start_with_good(&d, &good.start);
    device_unplug(&d);
    leave_unconfirmed(&bad.start, &good.start);
    for (size_t i = 0; i < sizeof errors / sizeof errors[0]; i++) {
        good.error = bad.error = errors[i];
        assert_true(dial_run("an unconfirmed commit", commit_is_refused, &good) > 6);
        assert_true(dial_run("a return", rollback_is_refused, &bad) > 6);
        assert_true(dial_run("confirming", confirming_is_refused, &good) > 6);
    }
}

static void short_memory(void *ctx, struct dial *dial)
{
    struct device d;
    struct prov_agent_options options = confirm_options();
    (void)ctx;
    device_plug_in(&d, NULL, dial, NULL);
    fake_host_set(&d.host, "GPP_A", "good");
    fake_transport_add_text(&d.net, "http://h/p", BAD);
    if (device_make_agent(&d, &options) == PROV_OK) {
        const struct prov_agent_request request = {
            .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from("http://h/p")};
        size_t len;
        prov_agent_request(d.agent, &request, NULL);
        device_settle(&d);
        if (confirm_is_bad(&d)) /* then it could be brought back after a reboot as well */
            assert_int_equal(prov_store_load_record(d.store, prov_str_from("undo"), NULL, 0, &len),
                             PROV_E_LIMIT);
        device_pass(&d, CONFIRM_S * 1000);
        d.memory.dial = NULL;
        device_pass(&d, 60000);
        confirm_assert_good(&d);
    }
    device_unplug(&d);
}

static void test_every_allocation_of_a_rollback_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a rollback", short_memory, NULL) > 20);
}

/* With a good value, and a host as the test made it. */
static void start_unconfirmed(struct device *d)
{
    struct prov_agent_options options = confirm_options();
    fake_host_set(&d->host, "GPP_A", "good");
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
    fake_transport_add_text(&d->net, "http://h/p", BAD);
    device_ask(d, "http://h/p");
}

static void test_without_save_a_commit_is_unconfirmed_until_the_reboot(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.save = NULL;
    start_unconfirmed(&d);
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    device_unplug(&d);
}

static prov_status save_nothing(void *store, prov_str name, const void *data, size_t len,
                                struct prov_error *err)
{
    (void)store;
    (void)name;
    (void)data;
    (void)len;
    (void)err;
    return 4711;
}

static void test_no_commit_without_its_undo_log(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.save = save_nothing;
    start_unconfirmed(&d);
    confirm_assert_reported(&d, "result rule on request failed PROV_E_HOST\n");
    confirm_assert_good(&d);
    device_unplug(&d);
}

static bool refuses;

static prov_status set_or_refuse(void *store, const struct prov_param *param,
                                 struct prov_error *err)
{
    return refuses ? 4711 : prov_store_set(store, param, err);
}

static void start_with_moody_store(struct device *d)
{
    refuses = false;
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.txn_set = set_or_refuse;
    fake_transport_add_text(&d->net, "http://h/other", OTHER);
    start_unconfirmed(d);
}

/* A document that never got in is not to blame for the return of those that did. */
static void test_a_failed_commit_is_not_quarantined(void **state)
{
    struct device d;
    (void)state;
    start_with_moody_store(&d);
    refuses = true;
    device_ask(&d, "http://h/other");
    confirm_assert_reported(&d, "failed PROV_E_HOST\n");
    refuses = false;
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    device_ask(&d, "http://h/other");
    confirm_assert_reported(&d, "result rule on request applied \n");
    device_unplug(&d);
}

static bool begins;
static prov_status (*begin_of_host)(void *store, struct prov_error *err);

static prov_status begin_or_not(void *store, struct prov_error *err)
{
    return begins ? begin_of_host(store, err) : PROV_E_BUSY;
}

/* A transaction that does not even begin takes nothing from what was committed before it. */
static void test_a_commit_is_quarantined_in_spite_of_a_later_failure(void **state)
{
    struct device d;
    (void)state;
    begins = true;
    device_plug_in(&d, NULL, NULL, NULL);
    begin_of_host = d.host.host.txn_begin;
    d.host.host.txn_begin = begin_or_not;
    fake_transport_add_text(&d.net, "http://h/other", OTHER);
    start_unconfirmed(&d);
    begins = false;
    device_ask(&d, "http://h/other");
    confirm_assert_reported(&d, "failed PROV_E_BUSY\n");
    begins = true;
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    device_ask(&d, "http://h/p");
    confirm_assert_reported(&d, "failed PROV_E_QUARANTINED\n");
    device_unplug(&d);
}

/* Nor does it allow for a reboot: none of its values ever counted. */
static void test_a_failed_commit_allows_for_no_reboot(void **state)
{
    struct prov_agent_options options = confirm_options();
    struct device d;
    (void)state;
    start_with_moody_store(&d);
    fake_transport_add_text(&d.net, "http://h/reboot", NEEDS_REBOOT);
    refuses = true;
    device_ask(&d, "http://h/reboot");
    confirm_assert_reported(&d, "failed PROV_E_HOST\n");
    refuses = false;
    device_ask(&d, "http://h/other"); /* saves the digests of the unconfirmed commits */
    confirm_assert_reported(&d, "applied \n");
    prov_agent_free(d.agent);
    options.boot_cause = PROV_CAUSE_HOST;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    confirm_assert_reported(&d, "rolled back 2: ");
    confirm_assert_good(&d);
    device_unplug(&d);
}

/* Nothing is left to bring back, but the record of it cannot be forgotten: tried again, too. */
static bool forgets;

static prov_status save_or_not(void *store, prov_str name, const void *data, size_t len,
                               struct prov_error *err)
{
    return len || forgets ? prov_store_save_record(store, name, data, len, err) : PROV_E_IO;
}

static void test_a_rollback_of_nothing_is_not_forgotten_by_half(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.save = save_or_not;
    start_unconfirmed(&d);
    fake_host_set(&d.host, "GPP_A", "good"); /* the user brought it all back */
    struct prov_param param = {.size = sizeof param, .has_value = PROV_VALUE_FORGET};
    static const char *const set[] = {"GPP_B", "GPP_C"};
    assert_int_equal(prov_store_begin(d.store, NULL), PROV_OK);
    for (size_t i = 0; i < 2; i++) {
        param.name = prov_str_from(set[i]);
        assert_int_equal(prov_store_set(d.store, &param, NULL), PROV_OK);
    }
    param.name = prov_str_from("GPP_A");
    param.has_value = 0;
    param.access = PROV_ACCESS_DEFAULT;
    assert_int_equal(prov_store_set(d.store, &param, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(d.store, NULL), PROV_OK);
    forgets = false;
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_reported(&d, "rolled back 1: 0 changed PROV_E_IO\n");
    forgets = true;
    device_pass(&d, 60000);
    confirm_assert_reported(&d, "rolled back 1: 0 changed \n");
    device_unplug(&d);
}

static void test_a_rollback_that_fails_is_repeated(void **state)
{
    struct device d;
    (void)state;
    start_with_moody_store(&d);
    refuses = true;
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_reported(&d, "rolled back 1: 0 changed PROV_E_HOST\n");
    assert_true(confirm_is_bad(&d));
    refuses = false;
    device_pass(&d, 59999);
    assert_true(confirm_is_bad(&d));
    device_pass(&d, 1);
    confirm_assert_reported(&d, "rolled back 1: 3 changed \n");
    confirm_assert_good(&d);
    device_unplug(&d);
}

static uint32_t resync_needs;

static void note_needs(void *ctx, const struct prov_event *event)
{
    (void)ctx;
    if (event->type == PROV_EVENT_RESYNC)
        resync_needs = event->as.result->needs;
}

static void test_resync_reports_the_needs_of_its_changes(void **state)
{
    static const struct {
        const char *profile;
        uint32_t needs;
    } rows[] = {
        {"<flat-profile><GPP_A>1</GPP_A></flat-profile>", 0},
        {"<flat-profile><Own_Restart>1</Own_Restart></flat-profile>", PROV_NEEDS_RESTART},
        {"<flat-profile><Own_Restart>1</Own_Restart></flat-profile>", 0},
        {"<flat-profile><Own_Restart>2</Own_Restart><Own_Reboot>2</Own_Reboot></flat-profile>",
         PROV_NEEDS_RESTART | PROV_NEEDS_REBOOT},
    };
    struct device d;
    (void)state;
    confirm_plug_in(&d, NULL, PROV_CAUSE_POWER_UP);
    device_boot(&d);
    d.host.on_event = note_needs;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        confirm_resync(&d, rows[i].profile);
        assert_int_equal(resync_needs, rows[i].needs);
    }
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_confirmed_values_stay),
        cmocka_unit_test(test_unconfirmed_values_are_rolled_back_in_time),
        cmocka_unit_test(test_rolled_back_values_are_refused_until_they_change),
        cmocka_unit_test(test_rolled_back_file_is_not_sent_again),
        cmocka_unit_test(test_rolled_back_values_that_change_nothing_are_not_refused),
        cmocka_unit_test(test_unconfirmed_commits_are_rolled_back_together),
        cmocka_unit_test(test_without_the_option_no_commit_is_unconfirmed),
        cmocka_unit_test(test_a_reboot_without_confirmation_rolls_back),
        cmocka_unit_test(test_a_confirmed_commit_survives_reboots),
        cmocka_unit_test(test_the_wanted_reboot_is_survived_once),
        cmocka_unit_test(test_another_boot_than_the_wanted_one_rolls_back),
        cmocka_unit_test(test_time_goes_on_over_the_wanted_reboot),
        cmocka_unit_test(test_crash_loop_ends_on_the_last_good_values),
        cmocka_unit_test(test_power_may_go_at_every_step_of_a_rollback),
        cmocka_unit_test(test_power_may_go_while_confirming),
        cmocka_unit_test(test_the_disk_may_refuse_every_step_of_a_rollback),
        cmocka_unit_test(test_every_allocation_of_a_rollback_may_fail),
        cmocka_unit_test(test_without_save_a_commit_is_unconfirmed_until_the_reboot),
        cmocka_unit_test(test_no_commit_without_its_undo_log),
        cmocka_unit_test(test_a_failed_commit_is_not_quarantined),
        cmocka_unit_test(test_a_commit_is_quarantined_in_spite_of_a_later_failure),
        cmocka_unit_test(test_a_failed_commit_allows_for_no_reboot),
        cmocka_unit_test(test_a_rollback_of_nothing_is_not_forgotten_by_half),
        cmocka_unit_test(test_a_rollback_that_fails_is_repeated),
        cmocka_unit_test(test_resync_reports_the_needs_of_its_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
