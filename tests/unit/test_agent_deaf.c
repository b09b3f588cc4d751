/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Never deaf: each callback of a host fails at its n-th call, once and from then on, at any moment
 * of a device's life. Once it works again, the device asks again within its longest period, holds
 * whole profiles only, and has not kept its host busy meanwhile.
 */
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
#include "fake_service.h"
#include "frail_device.h"

#define URL "http://h/a"
#define CA_URL "http://h/ca"
#define REPORT_URL "http://h/report"
#define LICENCE_URL "http://h/licence"
#define CERTIFICATE_URL "http://h/est"

enum {
    PERIOD_S = 600,
    DAY_S = 86400 + 600, /* of a Resync_At, its window included */
    CONFIRM_S = 300,
    DEFER_S = 60,
    /* Until lines that are idle again are looked at, what could not be read is read again, a clock
     * that stepped back has caught up, and the longest deferral is over. */
    SLACK_S = 60 + 30 + 60 + DEFER_S,
};

/* A device whose host fails, its profile, and how long it may be silent. */
struct life {
    struct frail_device frail;
    int64_t longest_s; /* of the periods that are configured */
    struct fake_answer *profile;
    struct fake_answer *report;
    struct fake_answer *licence;
    struct fake_answer *certificate;
    char text[256]; /* of the profile */
};

static void pass_s(struct life *life, int64_t s)
{
    frail_device_pass_s(&life->frail, s);
}

static void serve(struct life *life, const char *value, prov_status status)
{
    snprintf(life->text, sizeof life->text,
             "<flat-profile><GPP_A>%s</GPP_A><Own_Reboot>%s</Own_Reboot><GPP_B>%s</GPP_B>"
             "</flat-profile>",
             value, value, value);
    life->profile->data = life->text;
    life->profile->len = strlen(life->text);
    life->profile->length = -1;
    life->profile->status = status;
}

/* Of one profile there is all or nothing. */
static void check_whole(struct life *life)
{
    char first[64];
    snprintf(first, sizeof first, "%s", fake_host_get(&life->frail.device.host, "GPP_A"));
    assert_string_equal(first, fake_host_get(&life->frail.device.host, "GPP_B"));
}

static void boot(struct life *life, uint32_t cause)
{
    struct prov_agent_options options = {
        .size = sizeof options,
        .catalogue = &device_catalogue,
        .boot_cause = cause,
        .confirm_timeout_s = life->frail.is_bare ? 0 : CONFIRM_S,
        .max_defer_s = DEFER_S,
    };
    prov_agent_free(life->frail.device.agent);
    life->frail.device.agent = NULL;
    life->frail.wants_reboot = false;
    check_whole(life);
    assert_int_equal(device_make_agent(&life->frail.device, &options), PROV_OK);
}

/* First contact names the rule; a licence is never final; a certificate is renewed each time. */
static void set_up_licences(struct life *life, bool is_wxc)
{
    static const char *const settings[][2] = {
        {"Trans_Auth_Rule", LICENCE_URL},
        {"Transition_Authorization_Error_Retry_Delay", "60,300"},
        {"MIC_Cert_Refresh_Enable", "Yes"},
        {"MIC_Cert_Refresh_Rule", CERTIFICATE_URL},
        {"Profile_Rule", ""},
    };
    struct frail_device *frail = &life->frail;
    struct fake_transport *net = &frail->device.net;
    for (size_t i = 0; i < PROVI_LEN(settings); i++)
        fake_host_set(&frail->device.host, settings[i][0], settings[i][1]);
    fake_host_set(&frail->device.host, "Trans_Auth_Type", is_wxc ? "WxC" : "Classic");
    fake_transport_add_text(net, ACTIVATION_CONTACT_URL,
                            "<flat-profile><Profile_Rule>" URL "</Profile_Rule></flat-profile>");
    life->licence = fake_transport_add_text(net, LICENCE_URL, "a licence");
    life->certificate = frail->certificates = fake_transport_add_text(net, CERTIFICATE_URL, "");
    frail->licence_answer = PROV_LICENCE_LATER;
    frail->wall_ahead_s = 86400; /* the first certificate is due */
}

static void set_up(struct life *life)
{
    static const char *const settings[][2] = {
        {"Profile_Rule", URL},
        {"Resync_Periodic", "600"},
        {"Resync_Error_Retry_Delay", "60,300"},
        {"Resync_Random_Delay", "0"},
        {"Forced_Resync_Delay", "30"},
        {"Resync_Trigger_2", "$OWN eq 1"},
        {"Custom_CA_Rule", CA_URL},
        {"Report_Rule", "[--status]" REPORT_URL " [--delta]" REPORT_URL},
        {"Report_To_Server", "Periodically"},
        {"Periodic_Upload_To_Server", "600"},
        {"GPP_A", "0"},
        {"GPP_B", "0"},
    };
    device_plug_in(&life->frail.device, NULL, NULL, NULL);
    for (size_t i = 0; i < PROVI_LEN(settings); i++)
        fake_host_set(&life->frail.device.host, settings[i][0], settings[i][1]);
    if (life->longest_s == DAY_S)
        fake_host_set(&life->frail.device.host, "Resync_At__HHmm_", "0300");
    if (life->longest_s == DAY_S)
        fake_host_set(&life->frail.device.host, "Periodic_Upload_To_Server", "43200");
    life->profile = fake_transport_add_text(&life->frail.device.net, URL, "");
    fake_transport_add_text(&life->frail.device.net, CA_URL, "a certificate");
    life->report = fake_transport_add_text(&life->frail.device.net, REPORT_URL, "");
    if (life->frail.has_licences)
        set_up_licences(life, life->frail.failing & 1u << FRAIL_BEGIN_WXC);
    frail_device_wrap(&life->frail);
}

/* Boot, period, failure, retry, confirmation, rollback, reboots, calls. */
static void live(struct life *life)
{
    serve(life, "1", PROV_OK);
    boot(life, PROV_CAUSE_POWER_UP);
    pass_s(life, 10);
    prov_agent_confirm(life->frail.device.agent, NULL);
    serve(life, "2", PROV_OK);
    pass_s(life, life->longest_s + CONFIRM_S + 10); /* without a confirmation */
    check_whole(life);
    serve(life, "2", PROV_E_SERVER);
    pass_s(life, life->longest_s);
    serve(life, "3", PROV_OK);
    pass_s(life, life->longest_s);
    prov_agent_confirm(life->frail.device.agent, NULL);
    boot(life, life->frail.wants_reboot ? PROV_CAUSE_HOST : PROV_CAUSE_NONE);
    life->frail.device.host.is_idle = false;
    pass_s(life, PERIOD_S);
    life->frail.device.host.is_idle = true;
    pass_s(life, 100);
    prov_agent_request(life->frail.device.agent, NULL, NULL);
    serve(life, "4", PROV_E_SERVER);
    pass_s(life, 100); /* the answer, and the first retry */
    serve(life, "4", PROV_OK);
    prov_agent_request(life->frail.device.agent, NULL, NULL);
    pass_s(life, 100);
    boot(life, PROV_CAUSE_POWER_UP); /* with unconfirmed values */
    pass_s(life, 10);
    check_whole(life);
}

/* A licence is asked for until it is final, and a certificate that is over is renewed. */
static void check_licences(struct life *life)
{
    struct frail_device *frail = &life->frail;
    unsigned n_licences = life->licence->n_asked, n_certificates = life->certificate->n_asked;
    bool is_wxc = frail->failing & 1u << FRAIL_BEGIN_WXC;
    frail->licence_answer = PROV_LICENCE_YES;
    if (!is_wxc) /* as a host does that is not sure what it said */
        prov_agent_set_authorization(frail->device.agent, PROV_AUTHORIZATION_NONE, NULL);
    frail->vault.at = 0;
    pass_s(life, life->longest_s + SLACK_S);
    if (!is_wxc && life->licence->n_asked == n_licences)
        test_die("no request for a licence");
    if (prov_feature_supported(PROV_FEATURE_CURL) && life->certificate->n_asked == n_certificates)
        test_die("no request for a certificate");
}

static void check_hears(struct life *life)
{
    life->frail.dial = NULL;
    unsigned n_asked = life->profile->n_asked;
    unsigned n_reported = life->report->n_asked;
    pass_s(life, life->longest_s + SLACK_S);
    if (life->frail.sends_reports && life->report->n_asked == n_reported)
        test_die("no report within its period");
    if (life->profile->n_asked == n_asked) {
        struct prov_sched_action due = {.size = sizeof due};
        prov_agent_due(life->frail.device.agent, &due);
        test_die("deaf: cause %u, why %u, in %lld ms", due.cause, due.why,
                 (long long)prov_agent_timeout_ms(life->frail.device.agent));
    }
    serve(life, "9", PROV_OK);
    for (int s = 0; s < life->longest_s + SLACK_S; s += 100) {
        pass_s(life, 100);
        prov_agent_confirm(life->frail.device.agent, NULL);
    }
    check_whole(life);
    assert_string_equal(fake_host_get(&life->frail.device.host, "GPP_A"), "9");
    if (life->frail.has_licences)
        check_licences(life);
}

/* What one dial turns. */
struct fault {
    enum frail_callback callback;
    unsigned way;
    int64_t longest_s;
};

/* Those that a report needs; it would only slow down the others. */
static bool reports(enum frail_callback callback)
{
    return callback == FRAIL_PARAM || callback == FRAIL_REPORT_STATUS || callback == FRAIL_KEEP;
}

/* Those of licence and renewal: OpenSSL would slow down the others. */
static bool has_licences(enum frail_callback callback)
{
    return callback >= FRAIL_CHECK_LICENCE;
}

static void live_with_fault(void *ctx, struct dial *dial)
{
    const struct fault *fault = ctx;
    struct life *life = calloc(1, sizeof *life);
    life->frail.dial = dial;
    life->frail.failing = 1u << fault->callback;
    life->frail.way = (unsigned)dial->at + dial->sticky + fault->way;
    life->longest_s = fault->longest_s;
    life->frail.is_bare =
        fault->way % 2 && fault->callback != FRAIL_CUSTOM_CA && fault->callback != FRAIL_CHECK_CA;
    life->frail.sends_reports = reports(fault->callback);
    life->frail.has_licences = has_licences(fault->callback);
    set_up(life);
    live(life);
    check_hears(life);
    device_unplug(&life->frail.device);
    free(life->frail.exact);
    free(life);
}

/* How often each is called in a life at least: a fault that does not occur proves nothing. */
static const struct {
    enum frail_callback callback;
    const char *name;
    uint64_t n_calls;
} callbacks[] = {
    {FRAIL_MONO_MS, "mono_ms", 100},
    {FRAIL_WALL_S, "wall_s", 20},
    {FRAIL_ENTROPY, "entropy", 20},
    {FRAIL_IS_IDLE, "is_idle", 20},
    {FRAIL_EVENT, "event", 50},
    {FRAIL_DEFER_MS, "defer_ms", 10},
    {FRAIL_CHECK_URL, "check_url", 5},
    {FRAIL_CHECK_CA, "check_ca", 1},
    {FRAIL_CHECK_ADDRESS, "check_address", 5},
    {FRAIL_CUSTOM_CA, "custom_ca", 1},
    {FRAIL_FIND_MACRO, "vars.find", 50},
    {FRAIL_FIND, "find", 300},
    {FRAIL_PARAM, "param", 10},
    {FRAIL_REPORT_STATUS, "report status", 5},
    {FRAIL_TXN_BEGIN, "txn_begin", 3},
    {FRAIL_TXN_SET, "txn_set", 10},
    {FRAIL_TXN_COMMIT, "txn_commit", 3},
    {FRAIL_STAMP, "stamp", 5},
    {FRAIL_KEEP, "keep", 10},
    {FRAIL_RECALL, "recall", 10},
    {FRAIL_CHECK_LICENCE, "check licence", 5},
    {FRAIL_BEGIN_WXC, "begin_wxc", 1},
    {FRAIL_PRESENT, "present", 5},
    {FRAIL_INSTALL, "install", 1},
};

static void test_a_callback_that_failed_leaves_no_device_deaf(void **state)
{
    uint64_t (*const turn)(const char *, dial_scenario, void *) =
        test_takes_samples() ? dial_sample : dial_run;
    const unsigned n_ways = test_takes_samples() ? 1 : 2 * test_times(); /* of failing, each call */
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(callbacks); i++) {
        const enum frail_callback callback = callbacks[i].callback;
        struct fault fault = {.callback = callback, .longest_s = PERIOD_S};
        if ((callback == FRAIL_PRESENT || callback == FRAIL_INSTALL) &&
            !prov_feature_supported(PROV_FEATURE_CURL)) /* without it nothing is renewed */
            continue;
        if (has_licences(callback) && test_takes_few()) /* a minute of OpenSSL in an emulator */
            continue;
        for (; fault.way < n_ways; fault.way++)
            assert_true(turn(callbacks[i].name, live_with_fault, &fault) >= callbacks[i].n_calls);
    }
}

/* Days are long: a sample of the same. */
static void test_nor_one_that_asks_once_a_day(void **state)
{
    const size_t step_of_callbacks = test_takes_few() ? 7 : test_takes_samples() ? 3 : 1;
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(callbacks); i += step_of_callbacks) {
        if (has_licences(callbacks[i].callback)) /* their retries come within minutes */
            continue;
        struct fault fault = {.callback = callbacks[i].callback, .longest_s = DAY_S};
        struct dial dial = {.hit = true};
        const uint64_t step = test_takes_samples() ? 100 : 5;
        for (uint64_t at = 0; dial.hit; at += step + at / 4) {
            dial = (struct dial){.at = at, .sticky = at % 3 == 0};
            live_with_fault(&fault, &dial);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_callback_that_failed_leaves_no_device_deaf),
        cmocka_unit_test(test_nor_one_that_asks_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
