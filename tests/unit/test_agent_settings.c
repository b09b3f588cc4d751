/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Parameters that steer the scheduler: invalid, unreadable, readable again; and a host's clocks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "device.h"

#define URL "http://h/p"
#define PROFILE "<flat-profile><GPP_A>a</GPP_A></flat-profile>"
#define HOUR_MS (INT64_C(3600) * 1000)

/* A device whose power-up is due at once. */
static struct fake_answer *plug_in(struct device *d)
{
    device_plug_in(d, NULL, NULL, NULL);
    fake_host_set(&d->host, "Profile_Rule", URL);
    fake_host_set(&d->host, "Resync_Random_Delay", "0");
    return fake_transport_add_text(&d->net, URL, PROFILE);
}

static void boot(struct device *d)
{
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_settle(d);
}

static struct prov_sched_action due_of(const struct device *d)
{
    struct prov_sched_action due = {.size = sizeof due};
    assert_int_equal(prov_agent_due(d->agent, &due), PROV_OK);
    return due;
}

static unsigned count_in(const char *text, const char *word)
{
    unsigned n = 0;
    while ((text = strstr(text, word)) != NULL) {
        text += strlen(word);
        n++;
    }
    return n;
}

static void test_a_rule_that_asks_nobody_yet_is_tried_again(void **state)
{
    (void)state;
    static const struct {
        const char *rule;
        unsigned n_asked; /* within two hours */
    } rows[] = {
        {"($PRVTMR ge 600)? " URL, 1},
        {"($PRVST ne 0)? " URL, 1},
        {"(\"$A\" eq \"go\")? " URL, 0},
        {"(GPP_A=\"go\")!", 0},
        {"", 0},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        struct fake_answer *answer = plug_in(&d);
        fake_host_set(&d.host, "Profile_Rule", rows[i].rule);
        boot(&d);
        assert_int_equal(answer->n_asked, 0);
        assert_int_equal(due_of(&d).cause, PROV_CAUSE_PERIODIC);
        device_pass(&d, 2 * HOUR_MS - 1);
        assert_int_equal(answer->n_asked, rows[i].n_asked);
        fake_host_set(&d.host, "Profile_Rule", URL);
        device_pass(&d, HOUR_MS);
        assert_int_equal(answer->n_asked, rows[i].n_asked + 1);
        device_unplug(&d);
    }
}

static const struct emptied {
    const char *stored_b; /* Profile_Rule_B before */
    const char *profile;
    bool is_warned;
} emptied[] = {
    {"", "<flat-profile><Profile_Rule/></flat-profile>", true},
    {"", "<flat-profile><Profile_Rule> </Profile_Rule></flat-profile>", true},
    {"http://h/b", "<flat-profile><Profile_Rule/></flat-profile>", false},
    {"http://h/b", "<flat-profile><Profile_Rule/><Profile_Rule_B/></flat-profile>", true},
    {"", "<flat-profile><Profile_Rule>http://h/c</Profile_Rule></flat-profile>", false},
    {"", "<flat-profile><GPP_A/></flat-profile>", false},
};

/* Rules that were empty before are not what a profile did. */
static void test_another_change_is_not_blamed_for_empty_rules(void **state)
{
    struct device d;
    (void)state;
    struct fake_answer *answer = plug_in(&d);
    boot(&d);
    fake_host_set(&d.host, "Profile_Rule", "");
    answer->data = "<flat-profile><GPP_B>other</GPP_B></flat-profile>";
    answer->len = strlen(answer->data);
    answer->length = -1;
    fake_host_take_events(&d.host);
    device_ask(&d, URL);
    const char *events = fake_host_take_events(&d.host);
    assert_int_equal(count_in(events, "changed GPP_B"), 1);
    assert_int_equal(count_in(events, "warning 21"), 0);
    assert_int_equal(count_in(events, "are empty"), 0);
    device_unplug(&d);
}

/* Obeyed, and said: as an event, and to whoever reads the log. */
static void test_the_last_rule_does_not_go_in_silence(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(emptied); i++) {
        struct device d;
        struct fake_answer *answer = plug_in(&d);
        answer->data = emptied[i].profile;
        answer->len = strlen(emptied[i].profile);
        answer->length = -1;
        fake_transport_add_text(&d.net, "http://h/b", PROFILE);
        fake_transport_add_text(&d.net, "syslog://10.0.0.1/", "");
        fake_host_set(&d.host, "Profile_Rule_B", emptied[i].stored_b);
        fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
        boot(&d);
        const char *events = fake_host_take_events(&d.host);
        assert_int_equal(count_in(events, "warning 21 Profile_Rule"), emptied[i].is_warned);
        assert_int_equal(count_in(events, "log 4 Profile_Rule, _B, _C and _D are empty"),
                         emptied[i].is_warned);
        bool is_sent = false;
        for (size_t n = 0; n < d.net.n_requests; n++)
            is_sent |= d.net.requests[n].body && strstr(d.net.requests[n].body, "_D are empty");
        assert_int_equal(is_sent, emptied[i].is_warned);
        if (emptied[i].is_warned) {
            device_pass(&d, HOUR_MS);
            unsigned n_asked = answer->n_asked;
            fake_host_set(&d.host, "Profile_Rule", URL);
            device_pass(&d, HOUR_MS);
            assert_int_equal(answer->n_asked, n_asked + 1);
        }
        device_unplug(&d);
    }
}

static const struct invalid {
    const char *name, *value;
} invalid[] = {
    {"Provision_Enable", "Maybe"},
    {"Provision_Enable",
     "a word that is longer than any that could be meant by it, by a good deal"},
    {"Resync_On_Reset", ""},
    {"Resync_Periodic", "1 hour"},
    {"Resync_Periodic", "99999999999"},
    {"Resync_Error_Retry_Delay", "60;120"},
    {"Resync_At__HHmm_", "3:00"},
    {"Resync_At__HHmm_", "2500"},
    {"Resync_Random_Delay", "-1"},
    {"Forced_Resync_Delay", "x"},
    {"Resync_At_Random_Delay", "ten"},
    {"Resync_Trigger_1", "($PRVTMR ge 600)?"},
    {"Resync_Trigger_1", "$PRVTMR above 600"},
    {"Resync_Trigger_1", "1"},
    {"Resync_Trigger_2", "\"$A\" gt \"\""},
};

/* The default counts, a trigger counts as none, and the host hears of it once. */
static void test_invalid_settings_count_as_default_and_are_told_once(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(invalid); i++) {
        struct device d;
        struct fake_answer *answer = plug_in(&d);
        fake_host_set(&d.host, invalid[i].name, invalid[i].value);
        boot(&d);
        device_pass(&d, 3 * HOUR_MS);
        const char *events = fake_host_take_events(&d.host);
        unsigned n_told =
            count_in(events, "log 4 value is ignored, the default appliesPROV_E_VALUE") +
            count_in(events, "log 4 trigger cannot be evaluated") +
            count_in(events, "warning 20 Resync_At__HHmm_\n");
        if (answer->n_asked < 3 || n_told != 1)
            test_die("%s '%s': read %u times, reported %u times", invalid[i].name, invalid[i].value,
                     answer->n_asked, n_told);
        device_unplug(&d);
    }
}

/* Repaired and broken again, it is reported again; an explicit No is No. */
static void test_what_was_mended_and_breaks_again_is_told_again(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in(&d);
    boot(&d);
    fake_host_take_events(&d.host);
    static const char *const values[] = {"Maybe", "Yes", "Perhaps", "No"};
    for (size_t i = 0; i < PROVI_LEN(values); i++) {
        fake_host_set(&d.host, "Provision_Enable", values[i]);
        unsigned n_before = answer->n_asked;
        device_pass(&d, HOUR_MS);
        assert_int_equal(answer->n_asked - n_before, i < 3);
        assert_int_equal(count_in(fake_host_take_events(&d.host), "the default applies"),
                         i % 2 == 0);
    }
    device_unplug(&d);
}

/* Emptied it is no trigger, and no fault either: a fault after that is another one. */
static void test_a_trigger_that_was_emptied_is_told_of_again(void **state)
{
    (void)state;
    struct device d;
    plug_in(&d);
    boot(&d);
    fake_host_take_events(&d.host);
    static const char *const values[] = {"1", "", "2", "2"};
    for (size_t i = 0; i < PROVI_LEN(values); i++) {
        fake_host_set(&d.host, "Resync_Trigger_2", values[i]);
        device_pass(&d, HOUR_MS);
        assert_int_equal(count_in(fake_host_take_events(&d.host), "taken as not set"),
                         i == 0 || i == 2);
    }
    device_unplug(&d);
}

/* The find() of the store below that of the test. */
static prov_status (*real_find)(void *, prov_str, uint32_t, struct prov_param *);

/* The blanks around a value are not part of it. */
static prov_status find_padded(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    prov_status status = real_find(store, name, layer, out);
    if (status == PROV_OK && name.len == 15 && !memcmp(name.data, "Resync_Periodic", 15))
        out->value = prov_str_from(" 600\t");
    return status;
}

static void test_blanks_around_a_setting_do_not_count(void **state)
{
    (void)state;
    struct device d;
    plug_in(&d);
    real_find = d.host.host.find;
    d.host.host.find = find_padded;
    fake_host_set(&d.host, "Resync_Periodic", "600");
    boot(&d);
    assert_int_equal(due_of(&d).expected_ms - d.host.now_ms, 600000);
    assert_int_equal(count_in(fake_host_take_events(&d.host), "the default applies"), 0);
    device_unplug(&d);
}

static struct fake_answer *plug_in_hiding(struct device *d, const char *name, prov_status status)
{
    struct fake_answer *answer = plug_in(d);
    fake_host_hide(&d->host, name, status);
    return answer;
}

/* In between it was readable, though perhaps not valid. */
static void test_what_cannot_be_read_once_more_is_reported_once_more(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"Resync_Periodic", "600"},         {"Resync_Periodic", "an hour"},
        {"Resync_At_Random_Delay", "soon"}, {"Provision_Enable", "Yes"},
        {"Provision_Enable", "Maybe"},      {"Resync_Trigger_1", ""},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        plug_in_hiding(&d, NULL, PROV_OK);
        boot(&d);
        for (int n = 0; n < 2; n++) {
            fake_host_take_events(&d.host);
            fake_host_hide(&d.host, rows[i][0], PROV_E_IO);
            device_pass(&d, 10 * HOUR_MS);
            assert_int_equal(count_in(fake_host_take_events(&d.host), "PROV_E_IO\n"), 1);
            fake_host_hide(&d.host, NULL, PROV_OK);
            fake_host_set(&d.host, rows[i][0], rows[i][1]);
            device_pass(&d, HOUR_MS);
        }
        device_unplug(&d);
    }
}

static const char *const gates[] = {
    "Provision_Enable",         "Resync_On_Reset",
    "Resync_From_SIP",          "Resync_After_Upgrade_Attempt",
    "User_Configurable_Resync", "Resync_Trigger_1",
    "Resync_Trigger_2",
};

static void test_a_gate_that_cannot_be_read_is_closed_until_it_can(void **state)
{
    (void)state;
    static const prov_status statuses[] = {PROV_E_IO, PROV_E_NOMEM, 77};
    for (size_t i = 0; i < PROVI_LEN(gates) * PROVI_LEN(statuses); i++) {
        struct device d;
        struct fake_answer *answer =
            plug_in_hiding(&d, gates[i % PROVI_LEN(gates)], statuses[i / PROVI_LEN(gates)]);
        boot(&d);
        assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK); /* and waits */
        device_pass(&d, HOUR_MS);
        assert_int_equal(answer->n_asked, 0);
        assert_int_equal(due_of(&d).why, PROV_WHY_UNREADABLE);
        const char *events = fake_host_take_events(&d.host);
        assert_int_equal(count_in(events, "log 3 no resync starts until it can be read"), 1);
        fake_host_hide(&d.host, NULL, PROV_OK);
        device_pass(&d, 30000);
        assert_int_equal(answer->n_asked, 2); /* what was asked for, and the power-up */
        device_unplug(&d);
    }
}

/* Asked while it could not be read: what it says then counts. */
static void test_a_gate_that_turns_out_closed_lets_nothing_through(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in_hiding(&d, "Provision_Enable", PROV_E_IO);
    boot(&d);
    assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
    fake_host_set(&d.host, "Provision_Enable", "No");
    fake_host_hide(&d.host, NULL, PROV_OK);
    device_pass(&d, HOUR_MS);
    assert_int_equal(answer->n_asked, 0);
    assert_int_equal(due_of(&d).why, PROV_WHY_DISABLED);
    device_unplug(&d);
}

/* A setting that cannot be read is read again soon, and delays no resync that is due before. */
static void test_an_unreadable_number_delays_no_retry(void **state)
{
    struct prov_agent_options options = {.size = sizeof options, .floor_s = 5};
    struct device d;
    (void)state;
    struct fake_answer *answer = plug_in_hiding(&d, "Resync_At_Random_Delay", PROV_E_IO);
    answer->status = PROV_E_CONNECT;
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "10");
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    for (unsigned n = 1; n < 5; n++) {
        assert_int_equal(answer->n_asked, n);
        device_pass(&d, 10000);
    }
    device_unplug(&d);
}

/* A trigger that is there but cannot be evaluated for want of what it compares. */
static bool is_macro_broken;

static prov_status find_macro(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    (void)ctx;
    (void)flags;
    if (name.len != 3 || memcmp(name.data, "OWN", 3) != 0)
        return PROV_E_NOT_FOUND;
    *value = prov_str_from("1");
    return is_macro_broken ? PROV_E_IO : PROV_OK;
}

static void test_a_trigger_whose_macro_cannot_be_read_is_asked_again(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in(&d);
    struct prov_agent_trace trace = {.size = sizeof trace};
    fake_host_set(&d.host, "Resync_Trigger_1", "$OWN eq 1");
    d.host.host.vars = (struct prov_vars){.find = find_macro};
    is_macro_broken = true;
    boot(&d);
    device_pass(&d, HOUR_MS);
    assert_int_equal(answer->n_asked, 0);
    assert_int_equal(count_in(fake_host_take_events(&d.host), "PROV_E_IO"), 1);
    assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_E_NOT_FOUND);
    is_macro_broken = false;
    device_pass(&d, 30000);
    assert_int_equal(answer->n_asked, 1);
    device_unplug(&d);
}

/* A list counts as it was read last; before that, as its default. */
static void test_a_list_that_cannot_be_read_counts_as_before(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in_hiding(&d, NULL, PROV_OK);
    fake_host_set(&d.host, "Resync_Periodic", "7200");
    boot(&d);
    fake_host_hide(&d.host, "Resync_Periodic", PROV_E_IO);
    fake_host_take_events(&d.host);
    device_pass(&d, 7200000 - 1);
    assert_int_equal(answer->n_asked, 1);
    device_pass(&d, 3 * 7200000);
    assert_int_equal(answer->n_asked, 4);
    assert_int_equal(count_in(fake_host_take_events(&d.host), "log 3 the value read last"), 1);

    assert_int_equal(due_of(&d).cause, PROV_CAUSE_PERIODIC);
    prov_agent_free(d.agent);
    answer->n_asked = 0;
    boot(&d);
    device_pass(&d, 3 * HOUR_MS);
    assert_int_equal(answer->n_asked, 4);
    fake_host_hide(&d.host, NULL, PROV_OK);
    device_pass(&d, 30000);
    assert_uint_in_range(due_of(&d).expected_ms - d.host.now_ms, HOUR_MS, 2 * HOUR_MS);
    device_unplug(&d);
}

static unsigned n_reads_of_periodic;

static prov_status count_reads(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    const char counted[] = "Resync_Periodic";
    n_reads_of_periodic += name.len == sizeof counted - 1 && !memcmp(name.data, counted, name.len);
    return real_find(store, name, layer, out);
}

static uint64_t one_generation(void *store)
{
    (void)store;
    return 1;
}

/* A resync is a request with its turn, and the turn of its end with a step before and one after. */
static void test_settings_are_read_once_for_a_resync(void **state)
{
    (void)state;
    for (int has_generation = 0; has_generation < 2; has_generation++) {
        struct device d;
        plug_in(&d);
        real_find = d.host.host.find;
        d.host.host.find = count_reads;
        d.host.host.generation = has_generation ? one_generation : NULL;
        boot(&d);
        n_reads_of_periodic = 0;
        assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK);
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
        assert_int_equal(n_reads_of_periodic, has_generation ? 1 : 2);
        n_reads_of_periodic = 0;
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK);
        assert_false(prov_agent_is_busy(d.agent));
        assert_int_equal(n_reads_of_periodic, has_generation ? 0 : 2);
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_OK); /* none runs: they are read */
        assert_int_equal(n_reads_of_periodic, has_generation ? 1 : 3);
        device_unplug(&d);
    }
}

/* A store whose generation fails to change has no setting that counts too late. */
static void test_a_generation_that_stays_hides_no_setting(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in(&d);
    answer->data = "<flat-profile><Resync_Periodic>600</Resync_Periodic></flat-profile>";
    answer->len = strlen(answer->data);
    fake_host_set(&d.host, "Resync_Periodic", "0");
    d.host.host.generation = one_generation;
    boot(&d);
    assert_int_equal(due_of(&d).cause, PROV_CAUSE_PERIODIC);
    assert_int_equal(due_of(&d).expected_ms - d.host.now_ms, 600000);
    assert_int_equal(prov_agent_request(d.agent, NULL, NULL), PROV_OK); /* which reads them */
    fake_host_set(&d.host, "Provision_Enable", "No");
    prov_agent_notify(d.agent);
    unsigned n_asked = answer->n_asked;
    device_pass(&d, HOUR_MS);
    assert_int_equal(answer->n_asked, n_asked);
    fake_host_set(&d.host, "Provision_Enable", "Yes");
    prov_agent_notify(d.agent);
    device_pass(&d, HOUR_MS);
    assert_true(answer->n_asked > n_asked);
    device_unplug(&d);
}

/* Off in plain words is off, also when it cannot be read any more. */
static void test_a_period_that_was_off_stays_off(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in_hiding(&d, NULL, PROV_OK);
    fake_host_set(&d.host, "Resync_Periodic", "0");
    boot(&d);
    fake_host_hide(&d.host, "Resync_Periodic", PROV_E_IO);
    prov_agent_notify(d.agent);
    device_pass(&d, 24 * HOUR_MS);
    assert_int_equal(answer->n_asked, 1);
    assert_int_equal(due_of(&d).why, PROV_WHY_NOTHING);
    device_unplug(&d);
}

/* Nothing has a size here that could be too small. */
static prov_status exceed(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    bool is_a = name.len == 5 && memcmp(name.data, "GPP_A", 5) == 0;
    return is_a ? PROV_E_LIMIT : real_find(store, name, layer, out);
}

static void test_the_number_of_the_host_is_reported_with_the_parameter(void **state)
{
    (void)state;
    static const struct {
        prov_status found;
        const char *message;
        int32_t native;
    } rows[] = {
        {77, "cannot be read: the host's find returned 77", 77},
        {PROV_E_HOST, "cannot be read: refused by the host", 0},
        {PROV_E_IO, "cannot be read: storage failed", 0},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        struct prov_job_status status = {.size = sizeof status};
        plug_in_hiding(&d, "Profile_Rule", rows[i].found);
        boot(&d);
        assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC, &status), PROV_OK);
        assert_string_equal(status.last->error->subject, "Profile_Rule");
        assert_string_equal(status.last->error->message, rows[i].message);
        assert_int_equal(status.last->error->native, rows[i].native);
        device_unplug(&d);
    }
}

static void test_a_value_that_never_fits_fails_the_rule(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in(&d);
    real_find = d.host.host.find;
    d.host.host.find = exceed;
    fake_host_set(&d.host, "Profile_Rule", URL "?$A");
    boot(&d);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(strstr(events, "result Profile_Rule failed PROV_E_HOST\n"));
    assert_int_equal(answer->n_asked, 0);
    assert_int_equal(due_of(&d).cause, PROV_CAUSE_RETRY);
    device_unplug(&d);
}

static int64_t wall_s_at_start;

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *fake = ctx;
    *utc_s = wall_s_at_start + fake->now_ms / 1000;
    *utc_offset_s = 0;
    return true;
}

/* The fake host dies when a schedule is reported that is none. */
static void test_a_schedule_is_told_once_per_change(void **state)
{
    (void)state;
    struct device d;
    plug_in(&d);
    fake_host_set(&d.host, "Resync_At__HHmm_", "0300");
    d.host.host.wall_s = wall_s;
    wall_s_at_start = 1767225600;
    d.host.with_schedule = true;
    boot(&d);
    device_pass(&d, 300);
    fake_host_take_events(&d.host);
    for (int i = 0; i < 2000; i++) {
        d.host.now_ms += i * 7919 % 997;
        prov_agent_notify(d.agent);
        device_settle(&d);
    }
    assert_string_equal(fake_host_take_events(&d.host), "");
    device_unplug(&d);
}

/* Half past midnight: 03:00 is two and a half hours away, and its window takes ten minutes. */
static void test_the_clock_of_the_host_decides_a_resync_at(void **state)
{
    (void)state;
    struct device d;
    struct fake_answer *answer = plug_in(&d);
    fake_host_set(&d.host, "Resync_At__HHmm_", "0300");
    fake_host_set(&d.host, "Resync_At_Random_Delay", "0");
    d.host.host.wall_s = wall_s;
    wall_s_at_start = 1767225600 + 1800 - d.host.now_ms / 1000;
    boot(&d);
    assert_int_equal(answer->n_asked, 1);
    assert_int_equal(due_of(&d).cause, PROV_CAUSE_AT);
    device_pass(&d, 9000 * INT64_C(1000) - 1);
    assert_int_equal(answer->n_asked, 1);
    device_pass(&d, 600 * INT64_C(1000) + 1);
    assert_int_equal(answer->n_asked, 2);
    device_unplug(&d);
}

/* A call ends; the resync that it delayed waits for as long again. */
static void test_a_resync_after_a_call_waits_as_the_parameter_says(void **state)
{
    (void)state;
    static const int64_t delays_s[] = {0, 40, 300};
    for (size_t i = 0; i < PROVI_LEN(delays_s); i++) {
        struct device d;
        char text[24];
        struct fake_answer *answer = plug_in(&d);
        snprintf(text, sizeof text, "%d", (int)delays_s[i]);
        fake_host_set(&d.host, "Forced_Resync_Delay", text);
        fake_host_set(&d.host, "Resync_Periodic", "600");
        boot(&d);
        device_pass(&d, 599000);
        d.host.is_idle = false;
        prov_agent_notify(d.agent);
        device_pass(&d, 2000);
        d.host.is_idle = true;
        prov_agent_notify(d.agent);
        device_settle(&d);
        assert_int_equal(answer->n_asked, delays_s[i] ? 1 : 2);
        device_pass(&d, delays_s[i] * 1000);
        assert_int_equal(answer->n_asked, 2);
        device_unplug(&d);
    }
}

/* "Since any fixed point" is any. */
static void test_a_monotonic_clock_begins_anywhere(void **state)
{
    (void)state;
    static const int64_t starts_ms[] = {
        0,
        -1,
        -5000,
        -86400000,
        INT64_MIN,
        INT64_MAX - HOUR_MS * 5,
        INT64_C(1) << 61,
        INT64_MAX / 2,
    };
    for (size_t i = 0; i < PROVI_LEN(starts_ms); i++) {
        struct device d;
        struct fake_answer *answer = plug_in(&d);
        d.host.now_ms = starts_ms[i];
        boot(&d);
        assert_int_equal(answer->n_asked, 1);
        assert_int_equal(due_of(&d).expected_ms, starts_ms[i] + HOUR_MS);
        device_pass(&d, 3 * HOUR_MS);
        assert_int_equal(answer->n_asked, 4);
        struct prov_agent_trace trace = {.size = sizeof trace};
        assert_int_equal(prov_agent_trace_get(d.agent, 0, &trace), PROV_OK);
        assert_int_equal(trace.mono_ms, starts_ms[i] + 3 * HOUR_MS);
        device_unplug(&d);
    }
}

/* -1 is "never", and beyond the last moment there is none. */
static void test_moments_at_the_ends_of_the_clock_are_moments(void **state)
{
    (void)state;
    static const int64_t rows[][2] = {
        {-HOUR_MS - 1, -2},
        {-HOUR_MS, 0},
        {INT64_MAX - HOUR_MS, INT64_MAX},
        {INT64_MAX - 1, INT64_MAX},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        plug_in(&d);
        d.host.now_ms = rows[i][0];
        d.host.host.event = NULL;
        boot(&d);
        assert_int_equal(due_of(&d).expected_ms, rows[i][1]);
        device_unplug(&d);
    }
}

/* Back or far ahead, a clock that was set costs no more than a period. */
static void test_a_monotonic_clock_that_is_set_goes_on(void **state)
{
    (void)state;
    static const int64_t moments_ms[] = {INT64_MIN, 0, INT64_MAX - 4 * HOUR_MS, 5000000, 4000000};
    struct device d;
    struct fake_answer *answer = plug_in(&d);
    boot(&d);
    for (size_t i = 0; i < PROVI_LEN(moments_ms); i++) {
        d.host.now_ms = moments_ms[i];
        prov_agent_process(d.agent, NULL);
        unsigned n_before = answer->n_asked;
        for (int64_t ms = 0; ms <= HOUR_MS; ms += 60000) {
            d.host.now_ms += 60000;
            while (prov_agent_timeout_ms(d.agent) == 0)
                prov_agent_process(d.agent, NULL);
        }
        assert_int_equal(answer->n_asked, n_before + 1);
    }
    device_unplug(&d);
}

static prov_status fail_to_process(void *ctx, struct prov_error *err)
{
    unsigned *n_calls = ctx;
    ++*n_calls;
    if (err)
        snprintf(err->message, sizeof err->message, "%u", *n_calls);
    return PROV_E_NETWORK;
}

static prov_status start_nothing(void *ctx, prov_transfer *transfer,
                                 const struct prov_request *request, struct prov_error *err)
{
    (void)ctx;
    (void)transfer;
    (void)request;
    (void)err;
    return PROV_E_UNSUPPORTED;
}

static void cancel_nothing(void *ctx, prov_transfer *transfer)
{
    (void)ctx;
    (void)transfer;
}

/* One that fails for ever is no reason not to drive the one behind it. */
static void test_each_transport_is_driven(void **state)
{
    (void)state;
    struct device d;
    unsigned n_calls = 0;
    struct fake_answer *answer = plug_in(&d);
    const struct prov_transport broken_one = {
        .size = sizeof broken_one,
        .ctx = &n_calls,
        .name = "broken",
        .schemes = "gds",
        .start = start_nothing,
        .cancel = cancel_nothing,
        .process = fail_to_process,
    };
    struct prov_agent_options options = {
        .size = sizeof options,
        .host = &d.host.host,
        .device = &d.host.device,
        .alloc = &d.memory.alloc,
    };
    d.net.is_immediate = false;
    answer->chunk = 5;
    assert_int_equal(prov_agent_new(&d.agent, &options, NULL), PROV_OK);
    assert_int_equal(prov_agent_add_transport(d.agent, &broken_one, 0, NULL), PROV_OK);
    assert_int_equal(prov_agent_add_transport(d.agent, &d.net.transport, 0, NULL), PROV_OK);
    for (int i = 0; i < 50; i++)
        assert_int_equal(prov_agent_process(d.agent, NULL), PROV_E_NETWORK);
    assert_int_equal(n_calls, 50);
    device_assert_stored(&d, "GPP_A", "a");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_an_unreadable_number_delays_no_retry),
        cmocka_unit_test(test_a_rule_that_asks_nobody_yet_is_tried_again),
        cmocka_unit_test(test_the_last_rule_does_not_go_in_silence),
        cmocka_unit_test(test_another_change_is_not_blamed_for_empty_rules),
        cmocka_unit_test(test_invalid_settings_count_as_default_and_are_told_once),
        cmocka_unit_test(test_what_was_mended_and_breaks_again_is_told_again),
        cmocka_unit_test(test_what_cannot_be_read_once_more_is_reported_once_more),
        cmocka_unit_test(test_a_gate_that_cannot_be_read_is_closed_until_it_can),
        cmocka_unit_test(test_a_gate_that_turns_out_closed_lets_nothing_through),
        cmocka_unit_test(test_a_trigger_whose_macro_cannot_be_read_is_asked_again),
        cmocka_unit_test(test_a_list_that_cannot_be_read_counts_as_before),
        cmocka_unit_test(test_settings_are_read_once_for_a_resync),
        cmocka_unit_test(test_a_generation_that_stays_hides_no_setting),
        cmocka_unit_test(test_a_period_that_was_off_stays_off),
        cmocka_unit_test(test_the_number_of_the_host_is_reported_with_the_parameter),
        cmocka_unit_test(test_a_value_that_never_fits_fails_the_rule),
        cmocka_unit_test(test_a_schedule_is_told_once_per_change),
        cmocka_unit_test(test_blanks_around_a_setting_do_not_count),
        cmocka_unit_test(test_the_clock_of_the_host_decides_a_resync_at),
        cmocka_unit_test(test_a_resync_after_a_call_waits_as_the_parameter_says),
        cmocka_unit_test(test_a_trigger_that_was_emptied_is_told_of_again),
        cmocka_unit_test(test_a_monotonic_clock_begins_anywhere),
        cmocka_unit_test(test_moments_at_the_ends_of_the_clock_are_moments),
        cmocka_unit_test(test_a_monotonic_clock_that_is_set_goes_on),
        cmocka_unit_test(test_each_transport_is_driven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
