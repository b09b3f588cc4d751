/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* When a rollback happens: never during a call, and only when the host agrees. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "agent/agent_priv.h"
#include "persist/confirm.h"
#include "persist/quarantine.h"
#include "persist/undo.h"
#include "persist/validators.h"
#include "base/alloc.h"
#include "base/str.h"
#include "env/env.h"
#include "dials.h"
#include "disk.h"
#include "confirm_device.h"

static void test_rollback_waits_for_idle_lines(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    d.host.is_idle = false;
    device_pass(&d, 3 * CONFIRM_S * 1000);
    assert_true(confirm_is_bad(&d));
    confirm_assert_not_reported(&d, "rolled back");
    assert_uint_in_range(prov_agent_timeout_ms(d.agent), 1, 10000); /* lines are looked at again */
    d.host.is_idle = true;
    prov_agent_notify(d.agent);
    device_settle(&d);
    confirm_assert_good(&d);
    confirm_assert_reported(&d, "rolled back 1: 3 changed \n");
    device_unplug(&d);
}

static void test_host_that_does_not_notify_of_idle_lines_is_asked(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    d.host.is_idle = false;
    device_pass(&d, CONFIRM_S * 1000);
    d.host.is_idle = true;
    assert_true(confirm_is_bad(&d));
    device_pass(&d, 10000);
    confirm_assert_good(&d);
    device_unplug(&d);
}

static void test_confirmation_may_come_in_a_call(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    d.host.is_idle = false;
    device_pass(&d, CONFIRM_S * 1000);
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    d.host.is_idle = true;
    device_pass(&d, CONFIRM_S * 1000);
    assert_true(confirm_is_bad(&d));
    confirm_assert_not_reported(&d, "rolled back");
    device_unplug(&d);
}

/* Of the look-ups of GPP_A, the one that fails. */
static struct {
    unsigned at, seen;
    prov_status (*find)(void *store, prov_str name, uint32_t layer, struct prov_param *out);
} unreadable;

static prov_status find_unless_unreadable(void *store, prov_str name, uint32_t layer,
                                          struct prov_param *out)
{
    if (provi_str_is(name, "GPP_A") && unreadable.seen++ == unreadable.at)
        return PROV_E_IO;
    return unreadable.find(store, name, layer, out);
}

/* An old value that cannot be read is not lost: it is not replaced, or is restored. */
static void test_no_old_value_is_lost_that_cannot_be_read(void **state)
{
    (void)state;
    unreadable.at = 0;
    do {
        struct device d;
        struct prov_agent_options options = confirm_options();
        confirm_start_with_good(&d, NULL);
        prov_agent_free(d.agent);
        unreadable.find = d.host.host.find;
        d.host.host.find = find_unless_unreadable;
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        unreadable.seen = 0;
        confirm_resync(&d, BAD);
        device_pass(&d, 2 * CONFIRM_S * 1000);
        confirm_assert_good(&d);
        device_unplug(&d);
    } while (unreadable.seen > unreadable.at++);
    assert_true(unreadable.at > 2);
}

static void assert_refused(struct device *d)
{
    struct prov_validator validator = {.size = sizeof validator};
    assert_int_equal(prov_agent_validator_get(d->agent, 0, &validator), PROV_OK);
    assert_true(validator.is_refused);
    assert_false(validator.is_current);
}

/* A host may not know the generation before a commit; a refused file has none either. */
static void test_no_commit_takes_over_a_refused_file(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    confirm_resync(&d, BAD);
    assert_refused(&d);
    provi_validators_carry(&d.agent->records, 0, provi_env_generation(&d.agent->env));
    assert_refused(&d);
    device_unplug(&d);
}

static uint32_t rollback_after_ms; /* on the host's clock */

static uint32_t defer_rollback(void *ctx, uint32_t stage)
{
    const struct fake_host *fake = ctx;
    return stage == PROV_STAGE_ROLLBACK && fake->now_ms < rollback_after_ms ? 5000 : 0;
}

static void start_with_deferral(struct device *d, uint32_t wait_ms)
{
    struct prov_agent_options options = confirm_options();
    confirm_start_with_good(d, NULL);
    prov_agent_free(d->agent);
    d->host.host.defer_ms = defer_rollback;
    options.max_defer_s = 60;
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
    confirm_resync(d, BAD);
    fake_host_take_events(&d->host);
    rollback_after_ms = (uint32_t)d->host.now_ms + CONFIRM_S * 1000 + wait_ms;
    device_pass(d, CONFIRM_S * 1000);
}

static void test_host_may_defer_the_rollback(void **state)
{
    struct device d;
    (void)state;
    start_with_deferral(&d, 12000);
    confirm_assert_reported(&d, "deferred stage 3 for 5000 of 60000 ms\n");
    device_pass(&d, 14999);
    assert_true(confirm_is_bad(&d));
    device_pass(&d, 1);
    confirm_assert_good(&d);
    device_unplug(&d);

    start_with_deferral(&d, 1000000); /* not for ever */
    device_pass(&d, 59999);
    assert_true(confirm_is_bad(&d));
    device_pass(&d, 1);
    confirm_assert_good(&d);
    device_unplug(&d);
}

/* What the server has meanwhile is not blamed for what went before. */
static void test_resync_waits_for_the_rollback(void **state)
{
    struct device d;
    (void)state;
    start_with_deferral(&d, 20000);
    fake_transport_add_text(&d.net, "http://h/p", OTHER);
    size_t n_requests = d.net.n_requests;
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, n_requests);
    device_pass(&d, 20000);
    assert_int_equal(d.net.n_requests, n_requests + 1);
    device_assert_stored(&d, "GPP_A", "other");
    device_assert_stored(&d, "GPP_C", NULL);
    device_pass(&d, CONFIRM_S * 1000 - 1);
    device_assert_stored(&d, "GPP_A", "other");
    device_unplug(&d);
}

/* The same of a file that was on its way when the time was over. */
static void test_file_waits_for_the_rollback(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    confirm_resync(&d, BAD);
    fake_transport_add_text(&d.net, "http://h/p", OTHER);
    d.net.is_frozen = true;
    device_ask(&d, NULL);
    d.host.is_idle = false;
    device_pass(&d, CONFIRM_S * 1000);
    d.net.is_frozen = false;
    device_settle(&d);
    assert_true(confirm_is_bad(&d));
    d.host.is_idle = true;
    device_pass(&d, 10000);
    device_assert_stored(&d, "GPP_A", "other");
    device_assert_stored(&d, "GPP_C", NULL);
    confirm_assert_reported(&d, "rolled back 1: 3 changed \n");
    device_unplug(&d);
}

static void test_boot_in_a_call_rolls_back_after_it(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    d.host.is_idle = false;
    device_pass(&d, 5000);
    assert_true(confirm_is_bad(&d));
    d.host.is_idle = true;
    device_pass(&d, 10000);
    confirm_assert_good(&d);
    confirm_assert_reported(&d, "rolled back 2: 3 changed \n");
    device_unplug(&d);
}

static void test_host_cannot_defer_the_rollback_after_a_boot(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    prov_agent_free(d.agent);
    d.host.host.defer_ms = defer_rollback;
    rollback_after_ms = UINT32_MAX;
    struct prov_agent_options options = confirm_options();
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    confirm_assert_good(&d);
    device_unplug(&d);
}

static prov_status (*begin)(void *store, struct prov_error *err);
static bool refuses_begin;

static prov_status begin_or_refuse(void *store, struct prov_error *err)
{
    return refuses_begin ? PROV_E_IO : begin(store, err);
}

/* The store fails at the boot: the device says when it tries again, and does. */
static void test_rollback_of_a_boot_is_tried_again(void **state)
{
    struct disk disk;
    struct device d;
    struct prov_job_status status = {.size = sizeof status};
    struct prov_agent_options options = confirm_options();
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    confirm_lose_power(&d, &disk);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    prov_agent_free(d.agent);
    begin = d.host.host.txn_begin;
    d.host.host.txn_begin = begin_or_refuse;
    refuses_begin = true;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    assert_true(confirm_is_bad(&d));
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_ROLLBACK, &status), PROV_OK);
    assert_int_equal(status.state, PROV_STATE_WAITING);
    assert_int_equal(status.waits_for, PROV_WAIT_TIME);
    assert_true(status.in_ms > 0);
    refuses_begin = false;
    device_pass(&d, status.in_ms);
    confirm_assert_good(&d);
    device_unplug(&d);
}

/* The accesses reported for GPP_A and GPP_B. */
static void keep_accesses(void *ctx, const struct prov_event *event)
{
    uint8_t *accesses = ctx;
    if (event->type == PROV_EVENT_CHANGED && provi_str_is(event->as.change->name, "GPP_A"))
        accesses[0] = event->as.change->access;
    if (event->type == PROV_EVENT_CHANGED && provi_str_is(event->as.change->name, "GPP_B"))
        accesses[1] = event->as.change->access;
}

static void test_only_an_access_that_changes_is_reported(void **state)
{
    struct device d;
    uint8_t accesses[2] = {99, 99};
    (void)state;
    confirm_start_with_good(&d, NULL);
    d.host.on_event = keep_accesses;
    d.host.on_event_ctx = accesses;
    confirm_resync(&d, BAD);
    assert_int_equal(accesses[0], PROV_ACCESS_WRITE);
    assert_int_equal(accesses[1], PROV_ACCESS_KEEP);
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    assert_int_equal(accesses[0], PROV_ACCESS_DEFAULT);
    assert_int_equal(accesses[1], PROV_ACCESS_KEEP);
    device_unplug(&d);
}

static bool defers_reboot;

static uint32_t defer_reboot(void *ctx, uint32_t stage)
{
    (void)ctx;
    return stage == PROV_STAGE_REBOOT && defers_reboot ? 1000 : 0;
}

/* A confirmed commit needs a reboot, which is deferred; the next commit and its rollback do not. */
static void test_rollback_leaves_a_wanted_reboot(void **state)
{
    struct device d;
    (void)state;
    confirm_start_with_good(&d, NULL);
    prov_agent_free(d.agent);
    d.host.host.defer_ms = defer_reboot;
    defers_reboot = true;
    struct prov_agent_options options = confirm_options();
    options.max_defer_s = 2 * CONFIRM_S;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    confirm_resync(&d, "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    confirm_resync(&d, BAD);
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_reported(&d, "rolled back 1: 3 changed");
    defers_reboot = false;
    device_pass(&d, 1000);
    confirm_assert_reported(&d, "reboot wanted\n");
    device_unplug(&d);
}

/* Of more documents than there is room for, the oldest is forgotten. */
static void test_quarantine_keeps_the_newest(void **state)
{
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_quarantine quarantine = {.n = 0};
    assert_int_equal(provi_quarantine_prepare(&quarantine, &alloc, NULL), PROV_OK);
    for (uint8_t i = 0; i < PROVI_MAX_QUARANTINED + 2; i++) {
        assert_false(provi_quarantine_has(&quarantine, i));
        provi_quarantine_add(&quarantine, i);
        provi_quarantine_add(&quarantine, i); /* again, which makes no difference */
        assert_int_equal(quarantine.n, i < PROVI_MAX_QUARANTINED ? i + 1u : PROVI_MAX_QUARANTINED);
    }
    for (uint8_t i = 0; i < PROVI_MAX_QUARANTINED + 2; i++)
        assert_int_equal(provi_quarantine_has(&quarantine, i), i >= 2);
    provi_quarantine_free(&quarantine, &alloc);
}
/* One commit wanted a reboot; that a later one did not does not make it a crash. */
static void test_a_wanted_reboot_is_remembered_over_later_commits(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    confirm_assert_reported(&d, "reboot wanted\n");
    confirm_resync(&d, BAD);
    confirm_lose_power(&d, &disk);

    confirm_plug_in(&d, &disk, PROV_CAUSE_HOST);
    device_settle(&d);
    assert_true(confirm_is_bad(&d));
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    device_unplug(&d);
}

/* Nor does a later transaction that does not even begin. */
static void test_a_wanted_reboot_is_remembered_over_a_later_failure(void **state)
{
    struct disk disk;
    struct device d;
    struct prov_agent_options options = confirm_options();
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    prov_agent_free(d.agent);
    begin = d.host.host.txn_begin;
    d.host.host.txn_begin = begin_or_refuse;
    refuses_begin = false;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    confirm_resync(&d, "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    confirm_assert_reported(&d, "reboot wanted\n");
    refuses_begin = true;
    confirm_resync(&d, BAD);
    confirm_assert_reported(&d, "failed PROV_E_IO\n");
    refuses_begin = false;
    confirm_resync(&d, BAD);
    assert_true(confirm_is_bad(&d));
    confirm_lose_power(&d, &disk);

    confirm_plug_in(&d, &disk, PROV_CAUSE_HOST);
    device_settle(&d);
    assert_true(confirm_is_bad(&d));
    device_unplug(&d);
}

/* A quarantined document is refused after a later rollback, and a reboot, as well. */
static void test_quarantine_is_saved_with_each_rollback(void **state)
{
    static const char *const profiles[] = {BAD, OTHER};
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    for (size_t i = 0; i < 2; i++) {
        confirm_resync(&d, profiles[i]);
        device_pass(&d, CONFIRM_S * 1000);
        confirm_assert_good(&d);
    }
    confirm_lose_power(&d, &disk);

    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_boot(&d);
    for (size_t i = 0; i < 2; i++) {
        confirm_resync(&d, profiles[i]);
        confirm_assert_reported(&d, "result Profile_Rule failed PROV_E_QUARANTINED\n");
    }
    device_unplug(&d);
}

static prov_status fail_to_set(void *store, const struct prov_param *param, struct prov_error *err)
{
    (void)store, (void)param, (void)err;
    fail_msg("a value is set");
    return PROV_OK;
}

/* A record, whatever its checksum says, with a value that lies under none. */
static void test_only_values_that_were_the_user_s_become_so_again(void **state)
{
    (void)state;
    const struct prov_param lower = {
        .size = sizeof lower, .name = PROVI_LIT("GPP_A"), .has_value = PROV_VALUE_FORGET};
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    const struct provi_env env = {.host.txn_set = fail_to_set};
    struct provi_undo back;
    provi_stage_init(&back.undo, &alloc, 4096);
    provi_stage_init(&back.lower, &alloc, 4096);
    assert_int_equal(provi_stage_add(&back.lower, &lower, NULL), PROV_OK);
    assert_int_equal(provi_undo_restore_layers(&back, &env, NULL), PROV_OK);
    provi_stage_free(&back.undo);
    provi_stage_free(&back.lower);
}

/* The greatest number of unconfirmed documents is rolled back together, then each is refused. */
static void test_each_unconfirmed_document_is_quarantined(void **state)
{
    struct device d;
    char profile[PROVI_MAX_TRIED][64];
    (void)state;
    confirm_start_with_good(&d, NULL);
    for (int i = 0; i < PROVI_MAX_TRIED; i++) {
        snprintf(profile[i], sizeof profile[i], "<flat-profile><GPP_C>%d</GPP_C></flat-profile>",
                 i);
        confirm_resync(&d, profile[i]);
    }
    device_pass(&d, CONFIRM_S * 1000);
    confirm_assert_good(&d);
    for (int i = 0; i < PROVI_MAX_TRIED; i++) {
        fake_host_take_events(&d.host);
        confirm_resync(&d, profile[i]);
        confirm_assert_reported(&d, "result Profile_Rule failed PROV_E_QUARANTINED\n");
    }
    device_unplug(&d);
}

/* Likewise by a host that counts no generations: what it refused is known by its ETag. */
static void test_a_refused_file_is_not_sent_again_without_generations(void **state)
{
    struct device d;
    struct prov_agent_options options = confirm_options();
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.generation = NULL;
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    fake_host_set(&d.host, "GPP_A", "good");
    device_mute(&d);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p", BAD)->etag = "\"bad\"";
    device_ask(&d, NULL);
    assert_true(confirm_is_bad(&d));
    device_pass(&d, CONFIRM_S * 1000);
    for (int i = 0; i < 3; i++) {
        fake_host_take_events(&d.host);
        device_ask(&d, NULL);
        confirm_assert_reported(&d, "result Profile_Rule failed PROV_E_QUARANTINED\n");
        assert_string_equal(fake_transport_find(&d.net, "http://h/p")->if_none_match,
                            i ? "\"bad\"" : "");
    }
    confirm_assert_good(&d);
    device_unplug(&d);
}

/* A boot that cannot read what to bring back says so, and leaves it to the next. */
static void boot_with_short_memory(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    struct prov_agent_options options = confirm_options();
    disk_copy(&disk, ctx);
    device_plug_in(&d, disk_open_store(&disk, false), dial, NULL);
    device_mute(&d);
    if (device_make_agent(&d, &options) == PROV_OK) {
        device_settle(&d);
        bool is_warned = strstr(fake_host_take_events(&d.host),
                                "log 4 a saved record cannot be usedPROV_E_NOMEM\n") != NULL;
        d.memory.dial = NULL;
        device_pass(&d, 60000);
        assert_false(d.agent->records.confirm.is_of_boot); /* the next wait is that of a commit */
        if (!is_warned)
            confirm_assert_good(&d);
    }
    device_unplug(&d);
    confirm_plug_in(&d, &disk, PROV_CAUSE_POWER_UP);
    device_settle(&d);
    confirm_assert_good(&d);
    device_unplug(&d);
}

static void test_every_allocation_of_the_boot_before_a_rollback_may_fail(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    confirm_start_with_good(&d, &disk);
    confirm_resync(&d, BAD);
    device_unplug(&d);
    assert_true(dial_run("a boot before a rollback", boot_with_short_memory, &disk) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_old_value_is_lost_that_cannot_be_read),
        cmocka_unit_test(test_no_commit_takes_over_a_refused_file),
        cmocka_unit_test(test_rollback_waits_for_idle_lines),
        cmocka_unit_test(test_host_that_does_not_notify_of_idle_lines_is_asked),
        cmocka_unit_test(test_confirmation_may_come_in_a_call),
        cmocka_unit_test(test_host_may_defer_the_rollback),
        cmocka_unit_test(test_resync_waits_for_the_rollback),
        cmocka_unit_test(test_file_waits_for_the_rollback),
        cmocka_unit_test(test_boot_in_a_call_rolls_back_after_it),
        cmocka_unit_test(test_host_cannot_defer_the_rollback_after_a_boot),
        cmocka_unit_test(test_rollback_of_a_boot_is_tried_again),
        cmocka_unit_test(test_only_an_access_that_changes_is_reported),
        cmocka_unit_test(test_rollback_leaves_a_wanted_reboot),
        cmocka_unit_test(test_quarantine_keeps_the_newest),
        cmocka_unit_test(test_a_wanted_reboot_is_remembered_over_later_commits),
        cmocka_unit_test(test_a_wanted_reboot_is_remembered_over_a_later_failure),
        cmocka_unit_test(test_quarantine_is_saved_with_each_rollback),
        cmocka_unit_test(test_only_values_that_were_the_user_s_become_so_again),
        cmocka_unit_test(test_each_unconfirmed_document_is_quarantined),
        cmocka_unit_test(test_a_refused_file_is_not_sent_again_without_generations),
        cmocka_unit_test(test_every_allocation_of_the_boot_before_a_rollback_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
