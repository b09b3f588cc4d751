/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What an agent makes of values: those of a profile and those that are assigned. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "env/param.h"
#include "base/alloc.h"
#include "device.h"
#include "fake_trust.h"

static void test_parameters_are_checked_before_they_are_staged(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Resync_Random_Delay>x</Resync_Random_Delay>"
                            "<Log_Resync_Request_Msg>m</Log_Resync_Request_Msg>"
                            "<Own_Parameter>o</Own_Parameter></flat-profile>");
    device_ask(&d, "http://h/p");
    assert_non_null(strstr(fake_host_take_events(&d.host), "warning 5 Resync_Random_Delay\n"));
    device_assert_stored(&d, "Resync_Random_Delay", NULL);
    device_assert_stored(&d, "Log_Request_Msg", "m");
    device_assert_stored(&d, "Own_Parameter", "o");
    device_unplug(&d);
}

/* One setting of a host whose store is not ours, which refuses blanks at the ends of a value. */
static struct typed {
    const char *name, *value;
    prov_status (*find)(void *store, prov_str name, uint32_t layer, struct prov_param *out);
} typed;

static prov_status find_typed(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    if (!provi_str_is(name, typed.name))
        return typed.find(store, name, layer, out);
    out->has_value = PROV_VALUE_GIVEN;
    out->value = prov_str_from(typed.value);
    return PROV_OK;
}

static struct prov_sched_action due_with(struct device *d, const char *name, const char *value)
{
    struct prov_sched_action due = {.size = sizeof due};
    typed.name = name;
    typed.value = value;
    prov_agent_notify(d->agent);
    device_settle(d);
    assert_int_equal(prov_agent_due(d->agent, &due), PROV_OK);
    return due;
}

static void test_blanks_around_a_setting_do_not_count(void **state)
{
    struct prov_agent_options options = {.size = sizeof options, .boot_cause = PROV_CAUSE_HOST};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    typed = (struct typed){"", "", d.host.host.find};
    d.host.host.find = find_typed;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_int_equal(due_with(&d, "Resync_Periodic", "\t600 ").expected_ms, d.host.now_ms + 600000);
    assert_int_equal(due_with(&d, "Resync_Periodic", "  ").expected_ms, -1);
    assert_int_equal(due_with(&d, "Provision_Enable", " No ").why, PROV_WHY_DISABLED);
    assert_string_equal(fake_host_take_events(&d.host), "");
    device_unplug(&d);
}

static void test_a_proxy_of_blanks_is_none(void **state)
{
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    typed = (struct typed){"Proxy_Host", " \t", d.host.host.find};
    d.host.host.find = find_typed;
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, "http://h/p");
    assert_string_equal(d.net.requests[0].proxy, "");
    assert_non_null(strstr(fake_host_take_events(&d.host), "warning"));
    device_unplug(&d);
}

static uint32_t longest_delay(void *ctx)
{
    (void)ctx;
    return UINT32_MAX;
}

static void test_an_empty_number_is_the_default(void **state)
{
    struct prov_sched_action due = {.size = sizeof due};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.entropy = longest_delay;
    fake_host_set(&d.host, "Resync_Random_Delay", "");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_due(d.agent, &due), PROV_OK);
    assert_int_equal(due.cause, PROV_CAUSE_POWER_UP);
    assert_int_equal(due.expected_ms - d.host.now_ms, 2 * 20000);
    device_unplug(&d);
}

/* In a dialect where an element without `ua` deletes the access. */
static void test_an_access_is_deleted_once(void **state)
{
    static const struct prov_dialect dialect = {.size = sizeof dialect, .missing_ua_resets = 1};
    static const struct {
        const char *profile, *word;
        uint8_t access;
    } steps[] = {
        {"<flat-profile><GPP_A>a</GPP_A></flat-profile>", "applied", PROV_ACCESS_KEEP},
        {"<flat-profile><GPP_A>a</GPP_A></flat-profile>", "unchanged", PROV_ACCESS_KEEP},
        {"<flat-profile><GPP_A ua=\"rw\">a</GPP_A></flat-profile>", "applied", PROV_ACCESS_WRITE},
        {"<flat-profile><GPP_A ua=\"rw\">a</GPP_A></flat-profile>", "unchanged", PROV_ACCESS_WRITE},
        {"<flat-profile><GPP_A ua=\"ro\">a</GPP_A></flat-profile>", "applied", PROV_ACCESS_READ},
        {"<flat-profile><GPP_A>a</GPP_A></flat-profile>", "applied", PROV_ACCESS_KEEP},
        {"<flat-profile><GPP_A>a</GPP_A></flat-profile>", "unchanged", PROV_ACCESS_KEEP},
    };
    struct prov_agent_options options = {.size = sizeof options, .dialect = &dialect};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    for (size_t i = 0; i < PROVI_LEN(steps); i++) {
        const struct prov_agent_profile profile = {.size = sizeof profile,
                                                   .body = prov_str_from(steps[i].profile)};
        struct prov_param stored = {.size = sizeof stored};
        assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
        assert_non_null(strstr(fake_host_take_events(&d.host), steps[i].word));
        assert_int_equal(prov_store_find(d.store, PROVI_LIT("GPP_A"), PROV_LAYER_ANY, &stored),
                         PROV_OK);
        assert_int_equal(stored.access, steps[i].access);
    }
    device_unplug(&d);
}

/* The last log message that reports a failure. */
static struct failure {
    char name[32], text[64];
    struct prov_error error;
} failure;

static void keep_failure(void *ctx, const struct prov_event *event)
{
    (void)ctx;
    const struct prov_log_entry *entry = event->as.log;
    if (event->type != PROV_EVENT_LOG || !entry->error)
        return;
    snprintf(failure.name, sizeof failure.name, "%.*s", (int)entry->name.len, entry->name.data);
    snprintf(failure.text, sizeof failure.text, "%.*s", (int)entry->text.len, entry->text.data);
    failure.error = *entry->error;
}

static void test_a_setting_that_cannot_be_used_says_what_applies(void **state)
{
    static const char *const names[] = {
        "Resync_Periodic",     "Resync_Error_Retry_Delay", "Resync_At__HHmm_",
        "Resync_Random_Delay", "Resync_At_Random_Delay",   "Forced_Resync_Delay",
        "Provision_Enable",    "Resync_On_Reset",          "Resync_From_SIP",
        "Resync_Trigger_1",    "Resync_Trigger_2",
    };
    (void)state;
    static const char long_value[] =
        "0 or a word that is longer than any number or name of a choice, by a good deal";
    for (size_t i = 0; i < 3 * PROVI_LEN(names); i++) {
        const char *name = names[i / 3];
        bool is_unreadable = i % 3 == 0, is_long = i % 3 == 2,
             is_trigger = strncmp(name, "Resync_Trigger", 14) == 0;
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        if (is_unreadable)
            fake_host_hide(&d.host, name, PROV_E_IO);
        else
            fake_host_set(&d.host, name, is_long ? long_value : "{{ }}");
        d.host.on_event = keep_failure;
        memset(&failure, 0, sizeof failure);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        fake_host_hide(&d.host, NULL, PROV_OK);
        if (strcmp(name, "Resync_At__HHmm_") != 0 || is_unreadable) { /* which is a warning */
            assert_string_equal(failure.name, name);
            assert_string_equal(failure.error.subject, name);
            if (is_long && i / 3 >= 3 && !is_trigger)
                assert_string_equal(failure.error.message,
                                    "expected fewer than 64 bytes, there are 78");
            assert_string_equal(failure.text,
                                !is_unreadable
                                    ? is_trigger ? "trigger cannot be evaluated, taken as not set"
                                                 : "value is ignored, the default applies"
                                : i / 3 < 6 ? "the value read last is used, or the default"
                                            : "no resync starts until it can be read");
        }
        device_unplug(&d);
    }
}

static uint64_t one_generation(void *store)
{
    (void)store;
    return 1;
}

static bool three_minutes_to_three(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = 1800000000 / 86400 * 86400 + 3 * 3600 - 180;
    *utc_offset_s = 0;
    return true;
}

/* Within a resync they are not read again, if the store's generation is the same. */
static void test_settings_count_that_are_not_read_again(void **state)
{
    static const struct {
        const char *name, *value;
        uint32_t cause;
        int64_t in_ms;
    } rows[] = {
        {"Resync_Periodic", "7200", PROV_CAUSE_PERIODIC, 7200000},
        {"Resync_Periodic", "3600", PROV_CAUSE_PERIODIC, 3600000}, /* the default */
        {"Resync_Error_Retry_Delay", "100", PROV_CAUSE_RETRY, 100000},
        {"Resync_At__HHmm_", "0300", PROV_CAUSE_AT, 180000},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        struct prov_sched_action due = {.size = sizeof due};
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.host.generation = one_generation;
        d.host.host.wall_s = three_minutes_to_three;
        fake_host_set(&d.host, "Profile_Rule", "http://h/p");
        fake_host_set(&d.host, rows[i].name, rows[i].value);
        fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>")->status =
            rows[i].cause == PROV_CAUSE_RETRY ? PROV_E_CONNECT : PROV_OK;
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
        fake_host_set(&d.host, rows[i].name, "");
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
        assert_false(prov_agent_is_busy(d.agent));
        assert_int_equal(prov_agent_due(d.agent, &due), PROV_OK);
        assert_int_equal(due.cause, rows[i].cause);
        assert_uint_in_range(due.expected_ms - d.host.now_ms, rows[i].in_ms,
                             rows[i].in_ms + 600000); /* the window of Resync_At */
        device_unplug(&d);
    }
}

/* Marks of a parameter that do not keep a file from setting it; and the one that does. */
static void test_a_status_alone_is_not_set(void **state)
{
    static const char *const names[] = {"GPP_SA", "Display_Name_1_", "Own_Reboot", "Own_Restart"};
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(
        &d.net, "http://h/p",
        "<flat-profile><GPP_SA>v</GPP_SA><GPP_B "
        "ua=\"maybe\">v</GPP_B><Display_Name_1_>v</Display_Name_1_>"
        "<Own_Reboot>v</Own_Reboot><Own_Restart>v</Own_Restart>"
        "<Custom_CA_Provisioning_Status>v</Custom_CA_Provisioning_Status></flat-profile>");
    device_ask(&d, "http://h/p");
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        device_assert_stored(&d, names[i], "v");
    device_assert_stored(&d, "Custom_CA_Provisioning_Status", NULL);
    const char *events = fake_host_take_events(&d.host);
    unsigned n_warnings = 0;
    for (const char *at = events; (at = strstr(at, "warning ")) != NULL; at++)
        n_warnings++;
    assert_int_equal(n_warnings, 2);
    assert_non_null(strstr(events, "warning 4 GPP_B\n")); /* of its access, by the parser */
    assert_non_null(strstr(events, "warning 6 Custom_CA_Provisioning_Status\n"));
    device_unplug(&d);
}

/* Values that cannot be parsed as their type, and a word of what is said of each. */
static const struct unfit {
    const char *name;
    const char *old_value;
    const char *value;
    const char *word;
    uint32_t column;
} unfits[] = {
    {"Resync_Trigger_1", "$PRVTMR ge 60", "($PRVTMR ge 600)?", "without parentheses", 1},
    {"Profile_Rule_B", "/b.xml", "http:///x.xml", "a server name or address", 8},
    {"Upgrade_Rule", "http://h/x.loads", "x y", "'/' and a path", 2},
    {"Report_Rule", "", "a b c", "'/' and a path", 2},
    {"MIC_Cert_Refresh_Rule", "http://h/", "not a url", "'/' and a path", 4},
    {"Resync_Periodic", "3600", "hourly", "expected seconds", 0},
    {"Resync_Random_Delay", "2", "a few", "a number from 0 to 65535", 0},
    {"HTTP_Report_Method", "PUT", "GET", "one of POST|PUT", 0},
    {"Resync_On_Reset", "No", "never", "Yes or No", 0},
    {"Syslog_Server", "10.0.0.1", "udp://h", "HOST or HOST:PORT", 0},
    {"Proxy_Host", "p", "http://p", "a host name or address alone", 0},
    {"Restricted_Access_Domains", "h", "h other", "host names, separated by commas", 0},
    {"DHCP_Option_To_Use", "66,160", "66 160", "numbers from 1 to 254", 0},
};

struct unfits_heard {
    size_t n;
    uint64_t n_told; /* with the result */
};

static void hear_unfit(void *ctx, const struct prov_event *event)
{
    struct unfits_heard *heard = ctx;
    if (event->type == PROV_EVENT_RESULT)
        heard->n_told = event->as.result->n_warnings;
    if (event->type != PROV_EVENT_WARNING)
        return;
    const struct unfit *unfit = &unfits[heard->n++];
    assert_true(heard->n <= PROVI_LEN(unfits));
    assert_int_equal(event->as.warning->kind, PROV_WARN_BAD_VALUE);
    assert_true(provi_str_is(event->as.warning->name, unfit->name));
    assert_int_equal(event->as.warning->line, heard->n + 1);
    assert_non_null(event->as.warning->error);
    assert_string_equal(event->as.warning->error->subject, unfit->name);
    assert_non_null(strstr(event->as.warning->error->message, unfit->word));
    assert_int_equal(event->as.warning->error->column, unfit->column);
}

static void test_values_that_do_not_parse_leave_the_old_ones(void **state)
{
    struct device d;
    struct unfits_heard heard = {0};
    char profile[4096] = "<flat-profile>\n";
    (void)state;
    device_start(&d);
    device_boot(&d);
    for (size_t i = 0; i < PROVI_LEN(unfits); i++) {
        char line[256];
        fake_host_set(&d.host, unfits[i].name, unfits[i].old_value);
        snprintf(line, sizeof line, "<%s>%s</%s>\n", unfits[i].name, unfits[i].value,
                 unfits[i].name);
        strcat(profile, line);
    }
    fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
    fake_host_set(&d.host, "Restricted_Access_Domains", "h");
    strcat(profile, "</flat-profile>");
    fake_transport_add_text(&d.net, "http://h/p", profile);
    d.host.on_event = hear_unfit;
    d.host.on_event_ctx = &heard;
    device_ask(&d, "http://h/p");
    assert_int_equal(heard.n, PROVI_LEN(unfits));
    assert_int_equal(heard.n_told, PROVI_LEN(unfits));
    for (size_t i = 0; i < PROVI_LEN(unfits); i++)
        device_assert_stored(&d, unfits[i].name, unfits[i].old_value);
    device_unplug(&d);
}

static void test_an_assigned_rule_has_to_parse(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "http://h/p");
    device_ask(&d, "( Profile_Rule = \"http:///x\"; Profile_Rule_B = \"http://$$A/x\"; )!");
    assert_non_null(strstr(fake_host_take_events(&d.host), "warning 5 Profile_Rule\n"));
    device_assert_stored(&d, "Profile_Rule", "http://h/p");
    device_assert_stored(&d, "Profile_Rule_B", "http://$A/x");
    device_unplug(&d);
}

static void test_a_time_that_is_none_is_kept_and_warned_of(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Resync_At__HHmm_>3:00</Resync_At__HHmm_>"
                            "</flat-profile>");
    device_ask(&d, "http://h/p");
    assert_non_null(strstr(fake_host_take_events(&d.host), "warning 20 Resync_At__HHmm_\n"));
    device_assert_stored(&d, "Resync_At__HHmm_", "3:00");
    device_ask(&d, "( Resync_At__HHmm_ = \"0300\"; )!");
    device_ask(&d, "( Resync_At__HHmm_ = \"\"; )!");
    assert_null(strstr(fake_host_take_events(&d.host), "warning"));
    device_unplug(&d);
}

struct odd_times_heard {
    size_t n;
    char message[256];
};

static void hear_odd_time(void *ctx, const struct prov_event *event)
{
    struct odd_times_heard *heard = ctx;
    if (event->type != PROV_EVENT_WARNING)
        return;
    assert_int_equal(event->as.warning->kind, PROV_WARN_NOT_HHMM);
    assert_true(provi_str_is(event->as.warning->name, "Resync_At__HHmm_"));
    snprintf(heard->message, sizeof heard->message, "%s", event->as.warning->error->message);
    heard->n++;
}

/* Once for each such text, wherever it comes from: the store at boot, a settings page, a file. */
static void test_a_time_that_is_none_is_warned_of_once(void **state)
{
    struct device d;
    struct odd_times_heard heard = {0};
    (void)state;
    device_start(&d);
    d.host.on_event = hear_odd_time;
    d.host.on_event_ctx = &heard;
    fake_host_set(&d.host, "Resync_At__HHmm_", "3:00");
    device_boot(&d);
    device_pass(&d, 3 * 3600 * 1000);
    assert_int_equal(heard.n, 1);
    assert_string_equal(heard.message, "'3:00' is not HHmm, 0000 to 2400, and is ignored");
    fake_host_set(&d.host, "Resync_At__HHmm_", "0300");
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(heard.n, 1);
    fake_host_set(&d.host, "Resync_At__HHmm_", "2460");
    prov_agent_notify(d.agent);
    device_settle(&d);
    assert_int_equal(heard.n, 2);
    device_ask(&d, "( Resync_At__HHmm_ = \"noon\"; )!");
    assert_int_equal(heard.n, 3);
    device_ask(&d, "( Resync_At__HHmm_ = \"\"; )!");
    assert_int_equal(heard.n, 3);
    device_unplug(&d);
}

static void test_choices_are_stored_as_they_are_spelled(void **state)
{
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Syslog_Identifier> $mac </Syslog_Identifier>"
                            "<Proxy_Mode>OFF</Proxy_Mode></flat-profile>");
    device_ask(&d, "http://h/p");
    device_ask(&d, "( HTTP_Report_Method = \"put\"; )!");
    device_assert_stored(&d, "Syslog_Identifier", "$MAC");
    device_assert_stored(&d, "Proxy_Mode", "Off");
    device_assert_stored(&d, "HTTP_Report_Method", "PUT");
    device_unplug(&d);
}

/* A host whose values have no NUL. */
static prov_status find_text(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    (void)name;
    (void)layer;
    out->has_value = PROV_VALUE_GIVEN;
    out->value = *(const prov_str *)store;
    return PROV_OK;
}

static void test_values_are_read_whole_from_a_host_without_nul(void **state)
{
    static const char text[] =
        "aaaaaaaaaabbbbbbbbbbccccccccccddddddddddeeeeeeeeeeffffffffffgggggggggg";
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    const struct prov_dialect dialect = {.size = sizeof dialect};
    for (size_t len = 0; len < sizeof text; len++)
        for (size_t max = 1; max < 80; max += 3) {
            char buf[80];
            size_t copied;
            prov_str value = {text, len};
            const struct prov_host host = {.store_ctx = &value, .find = find_text};
            const struct provi_params params = {.host = &host, .dialect = &dialect};
            struct provi_buffer out;
            provi_buffer_init(&out, max, false);
            prov_status status = provi_param_read(&params, prov_str_from("Own_Text"), &alloc, &out);
            assert_int_equal(status, len <= max ? PROV_OK : PROV_E_LIMIT);
            if (status == PROV_OK)
                assert_true(provi_str_eq(provi_buffer_str(&out), value));
            status = provi_param_copy(&params, prov_str_from("Own_Text"), buf, max, &copied);
            assert_int_equal(status, len < max ? PROV_OK : PROV_E_LIMIT);
            assert_int_equal(copied, len);
            if (status == PROV_OK)
                assert_memory_equal(buf, text, len);
            provi_buffer_free(&out, &alloc);
        }
}

/* A value beside a failure is none, nor is one of a length without data. */
static prov_status find_nothing(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    (void)name;
    (void)layer;
    out->has_value = PROV_VALUE_GIVEN;
    prov_status status = *(const prov_status *)store;
    const char *gone = status == PROV_OK ? NULL : (const char *)1;
    out->value = (prov_str){gone, 3}; /* as long as "Off" */
    return status;
}

static void test_a_value_that_is_none_is_not_read(void **state)
{
    static const prov_status statuses[] = {PROV_OK, PROV_E_IO, PROV_E_LIMIT, 77};
    static const char *const names[] = {"Proxy_Mode", "GPP_A", "Own_Text"};
    const struct prov_dialect dialect = {.size = sizeof dialect};
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(statuses) * PROVI_LEN(names); i++) {
        char buf[80];
        size_t len = 99;
        int32_t refusal = 0;
        prov_status status = statuses[i / PROVI_LEN(names)];
        const prov_str name = prov_str_from(names[i % PROVI_LEN(names)]);
        const struct prov_host host = {.store_ctx = &status, .find = find_nothing};
        const struct provi_params params = {
            .host = &host, .dialect = &dialect, .refusal = &refusal};
        const prov_status expected = status == PROV_E_IO ? PROV_E_IO : PROV_E_HOST;
        struct provi_buffer out;
        provi_buffer_init(&out, sizeof buf, false);
        assert_int_equal(provi_param_read(&params, name, &alloc, &out), expected);
        assert_int_equal(out.len, 0);
        assert_int_equal(provi_param_copy(&params, name, buf, sizeof buf, &len), expected);
        assert_int_equal(len, 0);
        len = 99;
        assert_int_equal(provi_param_copy_stored(&params, name, buf, sizeof buf, &len), expected);
        assert_int_equal(len, 0);
        assert_int_equal(refusal, status == 77 ? 77 : 0);
        assert_true(provi_param_is_stored(&params, name)); /* as far as one can tell */
    }
}

/* A parameter that the host does not use has its default, as one without a value. */
static void test_a_parameter_without_value_has_its_default(void **state)
{
    prov_status status = PROV_E_UNSUPPORTED;
    int32_t refusal = 0;
    const struct prov_dialect dialect = {.size = sizeof dialect};
    const struct prov_host host = {.store_ctx = &status, .find = find_nothing};
    const struct provi_params params = {.host = &host, .dialect = &dialect, .refusal = &refusal};
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    const prov_str name = prov_str_from("Proxy_Mode");
    struct provi_buffer out;
    char buf[8];
    size_t len;
    (void)state;
    provi_buffer_init(&out, 80, false);
    assert_int_equal(provi_param_read(&params, name, &alloc, &out), PROV_OK);
    assert_true(provi_str_is(provi_buffer_str(&out), "Off"));
    provi_buffer_free(&out, &alloc);
    assert_int_equal(provi_param_copy(&params, name, buf, sizeof buf, &len), PROV_OK);
    assert_int_equal(len, 3);
    assert_int_equal(provi_param_copy_stored(&params, name, buf, sizeof buf, &len),
                     PROV_E_NOT_FOUND);
    assert_int_equal(len, 0);
    assert_false(provi_param_is_stored(&params, name));
    assert_int_equal(provi_param_unsigned(&params, "Proxy_Port"), 0);
}

static prov_status (*find_in_store)(void *, prov_str, uint32_t, struct prov_param *);

/* One that uses one parameter beside those of the catalogue, and has no call waiting. */
static prov_status find_used(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    bool is_used = provi_str_is(name, "Own_Text") || prov_catalogue_find(name, NULL);
    if (!is_used || provi_str_is(name, "CW_Setting"))
        return PROV_E_UNSUPPORTED;
    return find_in_store(store, name, layer, out);
}

static void test_names_the_host_does_not_use_are_warned_of(void **state)
{
    (void)state;
    struct device d;
    device_plug_in(&d, NULL, NULL, NULL);
    find_in_store = d.host.host.find;
    d.host.host.find = find_used;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    fake_transport_add_text(&d.net, "http://h/p",
                            "<flat-profile><Own_Text>a</Own_Text><Odd_Text>b</Odd_Text>"
                            "<CW_Setting>No</CW_Setting></flat-profile>");
    device_ask(&d, "http://h/p");
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "warning 1 Odd_Text\n"));
    assert_non_null(strstr(events, "warning 1 CW_Setting\n"));
    assert_null(strstr(events, "warning 1 Own_Text\n"));
    device_assert_stored(&d, "Own_Text", "a");
    device_assert_stored(&d, "Odd_Text", NULL);
    device_assert_stored(&d, "CW_Setting", NULL);
    device_ask(&d, "( Odd_Text = \"c\" )!");
    assert_non_null(strstr(fake_host_take_events(&d.host), "warning 1 Odd_Text\n"));
    device_assert_stored(&d, "Odd_Text", NULL);
    device_unplug(&d);
}

static prov_status find_without_page(void *store, prov_str name, uint32_t layer,
                                     struct prov_param *out)
{
    bool is_of_page =
        provi_str_is(name, "Custom_CA_Provisioning_Status") || provi_str_is(name, "Custom_CA_Info");
    return is_of_page ? PROV_E_UNSUPPORTED : find_in_store(store, name, layer, out);
}

/* A device that shows neither status nor name: the file is installed and saved, without a word. */
static void test_a_custom_ca_needs_no_parameters_to_show_it(void **state)
{
    static const char pem[] = "-----BEGIN CERTIFICATE-----\nAQ==\n-----END CERTIFICATE-----\n";
    struct device d;
    struct fake_trust trust = {.name = "a CA"};
    size_t len;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_trust_plug_in(&d, &trust);
    find_in_store = d.host.host.find;
    d.host.host.find = find_without_page;
    fake_transport_add_text(&d.net, "http://h/ca.pem", pem);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "Custom_CA_Rule", "http://h/ca.pem");
    device_ask(&d, NULL);
    assert_string_equal(trust.pem, pem);
    device_assert_stored(&d, "Custom_CA_Info", NULL);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "result Custom_CA_Rule"));
    assert_null(strstr(events, "warning"));
    assert_int_equal(prov_store_load_record(d.store, PROVI_LIT("customca"), NULL, 0, &len),
                     PROV_E_LIMIT);
    device_unplug(&d);
}

/* A host as small as it may be: values only, each of which takes effect at once. */
struct small_host {
    char names[4][32], values[4][32], accesses[4];
    uint32_t n, n_sets;
};

static struct small_host small;

static uint32_t small_index(prov_str name)
{
    uint32_t i = 0;
    while (i < small.n && !provi_str_is(name, small.names[i]))
        i++;
    return i;
}

static prov_status small_find(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    uint32_t i = small_index(name);
    (void)ctx, (void)layer;
    if (i == small.n)
        return PROV_E_NOT_FOUND;
    out->has_value = 1;
    out->value = prov_str_from(small.values[i]);
    return PROV_OK;
}

static prov_status small_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    uint32_t i = small_index(param->name);
    (void)ctx, (void)err;
    assert_true(i < PROVI_LEN(small.names));
    small.n += i == small.n;
    small.n_sets++;
    small.accesses[i] = (char)('0' + param->access);
    snprintf(small.names[i], sizeof small.names[i], "%.*s", (int)param->name.len, param->name.data);
    snprintf(small.values[i], sizeof small.values[i], "%.*s", (int)param->value.len,
             param->value.data);
    return PROV_OK;
}

static void test_a_host_without_accesses_is_compared_by_values(void **state)
{
    (void)state;
    struct device d;
    device_plug_in(&d, NULL, NULL, NULL);
    device_mute(&d);
    small = (struct small_host){.n = 0};
    struct prov_host *host = &d.host.host;
    *host = (struct prov_host){.size = sizeof *host,
                               .ctx = host->ctx,
                               .mono_ms = host->mono_ms,
                               .event = host->event,
                               .find = small_find,
                               .txn_set = small_set};
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    for (int value = 1; value <= 2; value++) {
        char profile[128];
        snprintf(profile, sizeof profile,
                 "<flat-profile><GPP_A ua=\"ro\">%d</GPP_A><GPP_B ua=\"rw\"/></flat-profile>",
                 value);
        fake_transport_add_text(&d.net, "http://h/p", profile);
        for (int n = 0; n < 2; n++)
            device_ask(&d, "http://h/p");
        assert_int_equal(small.n_sets, value);
        assert_string_equal(small.values[0], value == 1 ? "1" : "2");
        assert_int_equal(small.accesses[0], '0' + PROV_ACCESS_READ);
    }
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_blanks_around_a_setting_do_not_count),
        cmocka_unit_test(test_a_proxy_of_blanks_is_none),
        cmocka_unit_test(test_an_empty_number_is_the_default),
        cmocka_unit_test(test_an_access_is_deleted_once),
        cmocka_unit_test(test_a_setting_that_cannot_be_used_says_what_applies),
        cmocka_unit_test(test_settings_count_that_are_not_read_again),
        cmocka_unit_test(test_a_status_alone_is_not_set),
        cmocka_unit_test(test_parameters_are_checked_before_they_are_staged),
        cmocka_unit_test(test_values_that_do_not_parse_leave_the_old_ones),
        cmocka_unit_test(test_an_assigned_rule_has_to_parse),
        cmocka_unit_test(test_a_time_that_is_none_is_kept_and_warned_of),
        cmocka_unit_test(test_a_time_that_is_none_is_warned_of_once),
        cmocka_unit_test(test_choices_are_stored_as_they_are_spelled),
        cmocka_unit_test(test_values_are_read_whole_from_a_host_without_nul),
        cmocka_unit_test(test_a_value_that_is_none_is_not_read),
        cmocka_unit_test(test_a_parameter_without_value_has_its_default),
        cmocka_unit_test(test_names_the_host_does_not_use_are_warned_of),
        cmocka_unit_test(test_a_custom_ca_needs_no_parameters_to_show_it),
        cmocka_unit_test(test_a_host_without_accesses_is_compared_by_values),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
