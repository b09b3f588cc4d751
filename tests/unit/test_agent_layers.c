/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What the user changed, and where values came from, over resyncs and rollbacks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/str.h"
#include "device.h"
#include "disk.h"

enum { NOW = 1800000000, CONFIRM_S = 600 };

static bool has_clock;

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = NOW;
    *utc_offset_s = 7200;
    return has_clock;
}

static void start(struct device *d, prov_store *store, uint32_t confirm_timeout_s)
{
    struct prov_agent_options options = {.size = sizeof options,
                                         .confirm_timeout_s = confirm_timeout_s};
    has_clock = true;
    device_plug_in(d, store, NULL, NULL);
    d->host.host.wall_s = wall_s;
    device_mute(d);
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
}

static void resync(struct device *d, const char *url, const char *profile)
{
    fake_transport_add_text(&d->net, url, profile);
    fake_host_set(&d->host, "Profile_Rule_B", url);
    device_ask(d, NULL);
}

static void set_by_user(struct device *d, const char *value)
{
    assert_int_equal(
        prov_store_set_user(d->store, PROVI_LIT("GPP_A"), prov_str_from(value), NOW, NULL),
        PROV_OK);
}

static struct prov_param find(struct device *d, const char *name, uint32_t layer)
{
    struct prov_param param = {.size = sizeof param};
    assert_int_equal(prov_store_find(d->store, prov_str_from(name), layer, &param), PROV_OK);
    return param;
}

static void assert_from(const struct prov_param *param, const char *value, const char *rule,
                        const char *url, int64_t when, uint32_t line)
{
    assert_true(provi_str_is(param->value, value));
    assert_non_null(param->source);
    assert_true(provi_str_is(param->source->rule, rule));
    assert_true(provi_str_is(param->source->url, url));
    assert_int_equal(param->source->wall_s, when);
    assert_int_equal(param->line, line);
}

#define SERVER "<flat-profile>\n<GPP_A ua=\"rw\">server</GPP_A>\n<GPP_B>b</GPP_B></flat-profile>"
#define BAD "<flat-profile><GPP_A>bad</GPP_A><GPP_B>bad</GPP_B></flat-profile>"
#define ACCESS "<flat-profile><GPP_A ua=\"na\"/><GPP_B>bad</GPP_B></flat-profile>"

static void test_store_learns_where_values_come_from(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, 0);
    fake_transport_add_text(&d.net, "http://h/p?password=s3cr3t", SERVER);
    fake_host_set(&d.host, "Profile_Rule_B",
                  "( c = \"assigned\" )! [--uid u --pwd s3cr3t] http://h/p?password=s3cr3t");
    device_ask(&d, NULL);
    struct prov_param a = find(&d, "GPP_A", PROV_LAYER_SERVER);
    assert_from(&a, "server", "Profile_Rule_B", "http://h/p", NOW, 2);
    struct prov_param c = find(&d, "GPP_C", PROV_LAYER_SERVER);
    assert_from(&c, "assigned", "Profile_Rule_B", "", NOW, 0);

    has_clock = false;
    device_ask(&d, "( c = \"again\" )!");
    c = find(&d, "GPP_C", PROV_LAYER_SERVER);
    assert_from(&c, "again", "rule on request", "", -1, 0);
    device_unplug(&d);
}

static void test_what_the_user_changed_survives_what_does_not_name_it(void **state)
{
    struct device d;
    (void)state;
    start(&d, NULL, 0);
    resync(&d, "http://h/1", SERVER);
    set_by_user(&d, "user");
    resync(&d, "http://h/2", "<flat-profile><GPP_A ua=\"rw\"/><GPP_B>2</GPP_B></flat-profile>");
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "user");
    struct prov_param a = find(&d, "GPP_A", PROV_LAYER_USER);
    assert_from(&a, "user", "user", "", NOW, 0);
    resync(&d, "http://h/3", SERVER);
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "server");
    device_unplug(&d);
}

/* The server's value lies beneath, and a second resync has nothing to write. */
static void test_user_may_win_without_endless_writing(void **state)
{
    struct disk disk;
    struct device d;
    (void)state;
    disk_init(&disk);
    start(&d, disk_open_store(&disk, true), 0);
    resync(&d, "http://h/1", SERVER);
    set_by_user(&d, "user");
    resync(&d, "http://h/2", BAD);
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "user");
    assert_string_equal(fake_host_get(&d.host, "GPP_B"), "bad");
    struct prov_param beneath = find(&d, "GPP_A", PROV_LAYER_SERVER);
    assert_from(&beneath, "bad", "Profile_Rule_B", "http://h/2", NOW, 1);
    fake_host_take_events(&d.host);
    uint64_t n_writes = disk.n_writes;
    fake_transport_add_text(&d.net, "http://h/2?", BAD);
    device_ask(&d, "http://h/2?");
    assert_non_null(strstr(fake_host_take_events(&d.host), "unchanged"));
    assert_int_equal(disk.n_writes, n_writes);
    device_unplug(&d);
}

/* Both layers, the access and the origins are those of before. */
static void assert_back(struct device *d)
{
    struct prov_param user = find(d, "GPP_A", PROV_LAYER_USER);
    assert_from(&user, "user", "user", "", NOW, 0);
    assert_int_equal(user.access, PROV_ACCESS_WRITE);
    struct prov_param beneath = find(d, "GPP_A", PROV_LAYER_SERVER);
    assert_from(&beneath, "server", "Profile_Rule_B", "http://h/1", NOW, 2);
    struct prov_param b = find(d, "GPP_B", PROV_LAYER_SERVER);
    assert_from(&b, "b", "Profile_Rule_B", "http://h/1", NOW, 3);
    assert_string_equal(fake_host_get(&d->host, "GPP_A"), "user");
}

static void try_and_return(const char *profile, bool user_wins, bool reboots)
{
    struct disk disk;
    struct device d;
    disk_init(&disk);
    start(&d, disk_open_store(&disk, user_wins), CONFIRM_S);
    device_boot(&d);
    resync(&d, "http://h/1", SERVER);
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    set_by_user(&d, "user");
    resync(&d, "http://h/2", profile);
    assert_string_equal(fake_host_get(&d.host, "GPP_B"), "bad");
    if (reboots) {
        device_unplug(&d);
        start(&d, disk_open_store(&disk, user_wins), CONFIRM_S);
        device_settle(&d);
    } else {
        device_pass(&d, CONFIRM_S * 1000);
    }
    assert_back(&d);
    device_unplug(&d);
}

static void test_a_return_brings_back_layers_and_origins(void **state)
{
    (void)state;
    for (unsigned i = 0; i < 4; i++) {
        try_and_return(BAD, i & 1, i & 2);
        try_and_return(ACCESS, i & 1, i & 2);
    }
}

static void test_a_return_leaves_nothing_beneath_what_had_nothing(void **state)
{
    (void)state;
    for (int reboots = 0; reboots < 2; reboots++) {
        struct disk disk;
        struct device d;
        disk_init(&disk);
        start(&d, disk_open_store(&disk, true), CONFIRM_S);
        device_boot(&d);
        resync(&d, "http://h/1", "<flat-profile><GPP_A ua=\"rw\"/></flat-profile>");
        assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
        set_by_user(&d, "user");
        resync(&d, "http://h/2", BAD);
        assert_true(provi_str_is(find(&d, "GPP_A", PROV_LAYER_SERVER).value, "bad"));
        if (reboots) {
            device_unplug(&d);
            start(&d, disk_open_store(&disk, true), CONFIRM_S);
            device_settle(&d);
        } else {
            device_pass(&d, CONFIRM_S * 1000);
        }
        assert_true(provi_str_is(find(&d, "GPP_A", PROV_LAYER_USER).value, "user"));
        assert_int_equal(find(&d, "GPP_A", PROV_LAYER_SERVER).has_value, 0);
        device_unplug(&d);
    }
}

static void run_short_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    start(&d, NULL, CONFIRM_S);
    device_boot(&d);
    resync(&d, "http://h/1", SERVER);
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    set_by_user(&d, "user");
    d.memory.dial = dial;
    resync(&d, "http://h/2", BAD);
    device_pass(&d, CONFIRM_S * 1000);
    d.memory.dial = NULL;
    device_pass(&d, 60000);
    assert_back(&d);
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("memory for a rollback of layers", run_short_of_memory, NULL) > 20);
}

static prov_status (*find_in_store)(void *, prov_str, uint32_t, struct prov_param *);

static prov_status find_no_server_value(void *store, prov_str name, uint32_t layer,
                                        struct prov_param *out)
{
    return layer == PROV_LAYER_SERVER ? PROV_E_IO : find_in_store(store, name, layer, out);
}

/* Of the values that a rollback sets beneath or above another, the one that the store refuses. */
static uint32_t refused_layer;
static prov_status own_status;
static prov_status (*set_in_store)(void *, const struct prov_param *, struct prov_error *);

static prov_status set_unless_refused(void *store, const struct prov_param *param,
                                      struct prov_error *err)
{
    if (param->layer == refused_layer && provi_str_is(param->name, "GPP_A") &&
        provi_str_is(param->value, param->layer == PROV_LAYER_USER ? "user" : "server")) {
        err->status = own_status;
        snprintf(err->subject, sizeof err->subject, "%s", own_status == PROV_E_IO ? "disk 2" : "");
        return own_status;
    }
    return set_in_store(store, param, err);
}

static void keep_rollback_error(void *ctx, const struct prov_event *event)
{
    if (event->type == PROV_EVENT_ROLLED_BACK && event->as.rollback->error)
        *(struct prov_error *)ctx = *event->as.rollback->error;
}

static void test_a_layer_that_cannot_be_set_is_named(void **state)
{
    static const struct {
        uint32_t layer;
        prov_status status, expected;
        const char *subject;
    } rows[] = {
        {PROV_LAYER_USER, 77, PROV_E_HOST, "GPP_A"},
        {PROV_LAYER_SERVER, 77, PROV_E_HOST, "GPP_A"},
        {PROV_LAYER_USER, PROV_E_IO, PROV_E_IO, "disk 2"}, /* the host knows better */
        {PROV_LAYER_USER, PROV_E_LIMIT, PROV_E_LIMIT, "GPP_A"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct prov_error error = {0};
        struct prov_agent_options options = {.size = sizeof options,
                                             .confirm_timeout_s = CONFIRM_S};
        has_clock = true;
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.host.wall_s = wall_s;
        set_in_store = d.host.host.txn_set;
        d.host.host.txn_set = set_unless_refused;
        refused_layer = UINT32_MAX;
        device_mute(&d);
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        resync(&d, "http://h/1", SERVER);
        assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
        set_by_user(&d, "user");
        resync(&d, "http://h/2", BAD);
        refused_layer = rows[i].layer;
        own_status = rows[i].status;
        d.host.on_event = keep_rollback_error;
        d.host.on_event_ctx = &error;
        device_pass(&d, CONFIRM_S * 1000);
        assert_int_equal(error.status, rows[i].expected);
        assert_string_equal(error.subject, rows[i].subject);
        if (rows[i].expected == PROV_E_HOST) {
            assert_int_equal(error.native, 77);
            assert_non_null(strstr(error.message, "txn_set"));
        }
        refused_layer = UINT32_MAX;
        device_pass(&d, 60000);
        assert_back(&d);
        device_unplug(&d);
    }
}

/* What could not be brought back whole is not changed. */
static void test_no_commit_without_the_value_beneath(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    find_in_store = d.host.host.find;
    d.host.host.find = find_no_server_value;
    device_mute(&d);
    struct prov_agent_options options = {.size = sizeof options, .confirm_timeout_s = 60};
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    resync(&d, "http://h/1", SERVER);
    assert_int_equal(prov_agent_confirm(d.agent, NULL), PROV_OK);
    set_by_user(&d, "user");
    fake_host_take_events(&d.host);
    resync(&d, "http://h/2", BAD);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "result Profile_Rule_B failed PROV_E_"));
    assert_string_equal(fake_host_get(&d.host, "GPP_A"), "user");
    assert_string_equal(fake_host_get(&d.host, "GPP_B"), "b");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_learns_where_values_come_from),
        cmocka_unit_test(test_what_the_user_changed_survives_what_does_not_name_it),
        cmocka_unit_test(test_user_may_win_without_endless_writing),
        cmocka_unit_test(test_a_return_brings_back_layers_and_origins),
        cmocka_unit_test(test_a_return_leaves_nothing_beneath_what_had_nothing),
        cmocka_unit_test(test_a_layer_that_cannot_be_set_is_named),
        cmocka_unit_test(test_no_commit_without_the_value_beneath),
        cmocka_unit_test(test_every_allocation_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
