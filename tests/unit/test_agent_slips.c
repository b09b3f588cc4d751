/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Slips of a template, in the store or in a profile: hours later the device still asks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "device.h"

#define URL "http://h/p"

static const struct slip {
    const char *name, *value;
    int64_t stored_s; /* the longest period where the text is in the store already */
} slips[] = {
    {"Profile_Rule", "http:///x.xml", 600},
    {"Profile_Rule", "x y", 600},
    {"Profile_Rule", "{{ rule }}", 600},
    {"Profile_Rule", "http//h/p", 600},
    {"Profile_Rule", "htp://h/p", 600},
    {"Profile_Rule", "http://h.example.invalid/p", 600},
    {"Profile_Rule", "[--key \xe2\x80\x9cxy\xe2\x80\x9d] http://h/p", 600},
    {"Profile_Rule", "($PRVTMR ge 600)? http://h/p", 600},
    {"Profile_Rule", "($PRVST ne 0)? http://h/p", 600},
    {"Profile_Rule", "(\"$A\" eq \"x\")? http://h/p", 600},
    {"Profile_Rule", "(GPP_A=\"x\")!", 600},
    {"Profile_Rule_B", "($PRVTMR ge", 600},
    {"Resync_Trigger_1", "($PRVTMR ge 600)?", 600},
    {"Resync_Trigger_1", "$PRVTMR over 600", 600},
    {"Resync_Trigger_2", "{{ trigger }}", 600},
    {"Resync_Periodic", "600;1200", 3600},
    {"Resync_Periodic", "10m", 3600},
    {"Resync_Periodic", "-1", 3600},
    {"Resync_Periodic", "{{ period }}", 3600},
    {"Resync_Error_Retry_Delay", "60;120", 86400},
    {"Resync_Error_Retry_Delay", "60,", 86400},
    {"Resync_Error_Retry_Delay", "0", 600},
    {"Resync_Error_Retry_Delay", "", 600},
    {"Resync_At__HHmm_", "3:00", 600},
    {"Resync_At__HHmm_", "2500", 600},
    {"Resync_At__HHmm_", "0300", 600}, /* and the clock is never set */
    {"Resync_At_Random_Delay", "{{ }}", 600},
    {"Resync_Random_Delay", "two", 600},
    {"Forced_Resync_Delay", "x", 600},
    {"Provision_Enable", "{{ enable }}", 600},
    {"Provision_Enable", "", 600},
    {"Resync_On_Reset", "Nope", 600},
    {"Custom_CA_Rule", "not a url", 600},
    {"Syslog_Server", "a b", 600},
    {"Proxy_Mode", "Manually", 600},
    {"Restricted_Access_Domains", "other.example.com", 600}, /* it tries, and is not let */
    {"Restricted_Access_Domains", "http://h/", 600},
    {"Profile_Authentication_Type", "{{ }}", 600},
};

struct tally {
    unsigned n_resyncs;
};

static void count_resyncs(void *ctx, const struct prov_event *event)
{
    struct tally *tally = ctx;
    tally->n_resyncs += event->type == PROV_EVENT_RESYNC;
}

/* Hours after the slip, with a reboot or without, the device still comes round. */
static void slip(const struct slip *slip, bool is_stored, prov_status server, bool has_reboot)
{
    struct device d;
    struct tally tally = {0};
    char profile[512];
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Profile_Rule", URL);
    fake_host_set(&d.host, "Resync_Periodic", "600");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60,300");
    d.host.on_event = count_resyncs;
    d.host.on_event_ctx = &tally;
    snprintf(profile, sizeof profile, "<flat-profile><%s>%s</%s></flat-profile>", slip->name,
             is_stored ? "" : slip->value, slip->name);
    fake_transport_add_text(&d.net, URL, is_stored ? "<flat-profile/>" : profile);
    if (is_stored)
        fake_host_set(&d.host, slip->name, slip->value);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, INT64_C(3600) * 1000);
    fake_transport_add_text(&d.net, URL, "<flat-profile/>")->status = server;
    if (has_reboot) {
        prov_agent_free(d.agent);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    }
    device_pass(&d, INT64_C(10) * 3600 * 1000);
    unsigned n_before = tally.n_resyncs;
    int64_t longest_s = is_stored ? slip->stored_s : 600;
    device_pass(&d, (longest_s + 1) * 1000);
    if (tally.n_resyncs == n_before)
        test_die("%s '%s', %s: deaf", slip->name, slip->value, is_stored ? "stored" : "sent");
    device_unplug(&d);
}

static void test_no_slip_of_a_template_makes_a_device_deaf(void **state)
{
    (void)state;
    static const prov_status servers[] = {PROV_OK, PROV_E_SERVER, PROV_E_NOT_FOUND};
    const size_t step = test_takes_few() ? 6 : 1; /* each slip once at least */
    for (size_t i = 0; i < PROVI_LEN(slips); i++)
        for (size_t server = 0; server < PROVI_LEN(servers); server++)
            for (size_t way = 0; way < 4; way++)
                if ((i + server + way) % step == 0)
                    slip(&slips[i], way & 1, servers[server], way & 2);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_slip_of_a_template_makes_a_device_deaf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
