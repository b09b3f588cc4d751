/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Trans_Auth_Rule: when the licence is fetched, what the host gets, what is shown of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/str.h"
#include "decode/digest.h"
#include "device.h"
#include "disk.h"
#include "fake_banks.h"

#define RULE "Trans_Auth_Rule"
#define TYPE "Trans_Auth_Type"
#define STATUS "Transition_Authorization_Status"
#define URL "http://h/000E08012345.lic"
#define LICENCE "\x1f\x8bSIGNED-SECRET-LICENCE"
#define SECRET "SIGNED-SECRET-LICENCE"
#define DATE "[02/03/2026 05:05:06]"
#define SUCCEEDED "[0]" DATE "[" URL "]Authorization Succeeded."
#define FAILED "[0]" DATE "[" URL "]Authorization Failed."
#define RETRY_MS 1800000

/* A host that accepts the one licence, or answers as a test wants. */
struct fake_licensee {
    uint32_t answer;
    const char *reason;
    unsigned n_asked, n_wxc;
    bool is_of_wxc;           /* it reports the authorization at once */
    bool is_freeing;          /* the agent, within each callback */
    struct fake_banks *banks; /* wait for the licence; NULL: none */
    struct device *device;
    struct secrets secrets;
};

static void answer_by(struct fake_licensee *fake)
{
    if (fake->is_freeing) {
        prov_agent_free(fake->device->agent);
        fake->device->agent = NULL;
    }
}

static uint32_t check(void *ctx, prov_str licence, struct prov_error *err)
{
    struct fake_licensee *fake = ctx;
    fake->n_asked++;
    bool is_whole =
        licence.len == sizeof LICENCE - 1 && memcmp(licence.data, LICENCE, licence.len) == 0;
    if (fake->reason)
        snprintf(err->message, sizeof err->message, "%s", fake->reason);
    if (fake->banks && is_whole)
        fake->banks->asks_to_wait = false;
    answer_by(fake);
    return is_whole ? fake->answer : PROV_LICENCE_NO;
}

static void begin_wxc(void *ctx)
{
    struct fake_licensee *fake = ctx;
    fake->n_wxc++;
    if (fake->is_of_wxc)
        assert_int_equal(
            prov_agent_set_authorization(fake->device->agent, PROV_AUTHORIZATION_WXC, NULL),
            PROV_OK);
    answer_by(fake);
}

/* 2026-02-03 04:05:06 UTC, an hour east of it. */
static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = 1770091506;
    *utc_offset_s = 3600;
    return true;
}

static prov_status make_agent(struct device *d, struct fake_licensee *fake)
{
    const struct prov_migration_host host = {
        .size = sizeof host, .ctx = fake, .check = check, .begin_wxc = begin_wxc};
    prov_status status = device_make_agent(d, NULL);
    return status == PROV_OK ? prov_agent_enable_migration(d->agent, &host, NULL) : status;
}

static void plug_in_store(struct device *d, struct fake_licensee *fake, prov_store *store,
                          struct dial *alloc_dial, struct dial *net_dial)
{
    *fake = (struct fake_licensee){.answer = PROV_LICENCE_YES, .device = d};
    device_plug_in(d, store, alloc_dial, net_dial);
    d->host.host.wall_s = wall_s;
    secrets_plant(&fake->secrets, SECRET, sizeof SECRET - 1);
    d->host.secrets = &fake->secrets;
    fake_host_set(&d->host, "Resync_Periodic", "86400");
    fake_transport_add_text(&d->net, URL, LICENCE);
}

static void plug_in(struct device *d, struct fake_licensee *fake, struct dial *alloc_dial,
                    struct dial *net_dial)
{
    plug_in_store(d, fake, NULL, alloc_dial, net_dial);
}

static void set_rule(struct device *d, const char *rule, const char *type)
{
    fake_host_set(&d->host, RULE, rule);
    if (type)
        fake_host_set(&d->host, TYPE, type);
}

static void start(struct device *d, struct fake_licensee *fake)
{
    plug_in(d, fake, NULL, NULL);
    assert_int_equal(make_agent(d, fake), PROV_OK);
    device_boot(d);
}

static void reboot(struct device *d, struct fake_licensee *fake)
{
    prov_agent_free(d->agent);
    assert_int_equal(make_agent(d, fake), PROV_OK);
    device_settle(d);
}

/* The macro, as a rule sees it. */
static void assert_authorized(struct device *d, const char *status)
{
    fake_host_set(&d->host, "GPP_Z", "");
    device_ask(d, "(GPP_Z = \"$AUTHSTATUS\";)!");
    device_assert_stored(d, "GPP_Z", status);
}

static size_t n_fetched(const struct device *d)
{
    size_t n = 0;
    for (size_t i = 0; i < d->net.n_requests; i++)
        n += strcmp(d->net.requests[i].url, URL) == 0;
    return n;
}

static void test_a_licence_is_fetched_once(void **state) /* M1, M9 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    assert_authorized(&d, "none");
    set_rule(&d, "http://h/$MAU.lic", "Classic");
    assert_int_equal(n_fetched(&d), 0);
    device_ask(&d, NULL);
    assert_int_equal(n_fetched(&d), 1);
    assert_string_equal(fake_transport_find(&d.net, URL)->accept_encoding, "");
    device_assert_stored(&d, STATUS, SUCCEEDED);
    assert_authorized(&d, "classic");
    assert_int_equal(n_fetched(&d), 1);
    reboot(&d, &fake);
    assert_authorized(&d, "classic");
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(n_fetched(&d), 1);
    assert_int_equal(fake.n_asked, 1);

    set_rule(&d, "http://h/other.lic", NULL); /* a bad one leaves the old one in force */
    device_ask(&d, NULL);
    assert_non_null(fake_transport_find(&d.net, "http://h/other.lic"));
    assert_authorized(&d, "classic");
    device_unplug(&d);
}

static void test_a_rule_without_type_is_warned_of(void **state) /* M2 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    set_rule(&d, URL, NULL);
    device_ask(&d, NULL);
    assert_int_equal(fake.n_asked, 1);
    assert_non_null(strstr(fake_host_take_events(&d.host),
                           "log 4 Trans_Auth_Rule is set without Trans_Auth_Type: Classic is "
                           "assumed"));
    device_ask(&d, NULL);
    assert_null(strstr(fake_host_take_events(&d.host), "log 4"));

    set_rule(&d, URL "?2", "Classic");
    device_ask(&d, NULL);
    assert_null(strstr(fake_host_take_events(&d.host), "log 4"));
    device_unplug(&d);
}

/* What fails, and when it is tried again. */
static const struct failure {
    const char *delay;
    prov_status transfer;
    uint32_t answer;
    int64_t retry_ms; /* -1: none */
} failures[] = {
    {NULL, PROV_E_NOT_FOUND, PROV_LICENCE_YES, RETRY_MS}, /* M3 */
    {NULL, PROV_OK, PROV_LICENCE_NO, RETRY_MS},           /* M5 */
    {NULL, PROV_OK, 77, RETRY_MS},
    {"60,120", PROV_E_CONNECT, PROV_LICENCE_YES, 60000},
    {"nonsense", PROV_E_CONNECT, PROV_LICENCE_YES, RETRY_MS},
    {"0", PROV_E_NOT_FOUND, PROV_LICENCE_YES, -1}, /* M4 */
    {"", PROV_OK, PROV_LICENCE_NO, -1},
};

static void test_a_failure_waits_for_its_timer(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof failures / sizeof failures[0]; i++) {
        const struct failure *row = &failures[i];
        struct device d;
        struct fake_licensee fake;
        start(&d, &fake);
        fake.answer = row->answer;
        d.net.answers[0].status = row->transfer;
        if (row->delay)
            fake_host_set(&d.host, "Transition_Authorization_Error_Retry_Delay", row->delay);
        set_rule(&d, URL, "Classic");
        device_ask(&d, NULL);
        device_assert_stored(&d, STATUS, FAILED);
        assert_authorized(&d, "none"); /* by a resync: the file is not asked again */
        assert_int_equal(n_fetched(&d), 1);
        device_pass(&d, (row->retry_ms < 0 ? 100 * RETRY_MS : row->retry_ms) - 1);
        assert_int_equal(n_fetched(&d), 1);

        fake.answer = PROV_LICENCE_YES;
        d.net.answers[0].status = PROV_OK;
        if (row->retry_ms < 0)
            reboot(&d, &fake); /* M4 */
        else
            device_pass(&d, 1);
        assert_int_equal(n_fetched(&d), 2);
        device_assert_stored(&d, STATUS, SUCCEEDED);
        assert_authorized(&d, "classic");
        device_unplug(&d);
    }
}

static void test_a_changed_rule_does_not_wait(void **state) /* M4 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    fake_host_set(&d.host, "Transition_Authorization_Error_Retry_Delay", "0");
    for (unsigned i = 0; i < 2; i++) { /* nor does one that was removed and is set again */
        set_rule(&d, "http://h/none.lic", "Classic");
        device_ask(&d, NULL);
        assert_int_equal(d.net.n_requests, i + 1);
        set_rule(&d, "", NULL);
        device_ask(&d, NULL);
    }
    set_rule(&d, URL, NULL);
    device_ask(&d, NULL);
    assert_authorized(&d, "classic");
    device_unplug(&d);
}

static void test_a_long_url_is_cut(void **state)
{
    char rule[700];
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    memset(rule, 'x', sizeof rule);
    memcpy(rule, "http://h/", 9);
    rule[sizeof rule - 1] = '\0';
    set_rule(&d, rule, "Classic");
    device_ask(&d, NULL);
    const char *status = fake_host_get(&d.host, STATUS);
    assert_int_equal(strlen(status), strlen("[0]" DATE "[]Authorization Failed.") + 255);
    unsigned n_commits = fake_host_n_commits(&d.host);
    device_pass(&d, RETRY_MS); /* written once, all the same */
    assert_int_equal(fake_host_n_commits(&d.host), n_commits);
    device_unplug(&d);
}

static void test_a_refusal_has_the_hosts_reason(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    fake.answer = PROV_LICENCE_NO;
    fake.reason = "it is for 000E08999999";
    set_rule(&d, URL, "Classic");
    device_ask(&d, NULL);
    struct prov_job_status status = {.size = sizeof status};
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_MIGRATION, &status), PROV_OK);
    assert_int_equal(status.state, PROV_STATE_WAITING);
    assert_int_equal(status.in_ms, RETRY_MS);
    assert_non_null(status.last);
    assert_string_equal(status.last->error->message,
                        "the licence is not accepted by the host: it is for 000E08999999");
    device_unplug(&d);
}

static void test_the_status_document_has_the_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    const struct prov_agent_request request = {.size = sizeof request,
                                               .verb = PROV_VERB_REPORT,
                                               .cause = PROV_CAUSE_MENU,
                                               .rule = prov_str_from("[--status]http://h/s")};
    (void)state;
    plug_in(&d, &fake, NULL, NULL);
    fake_transport_add_text(&d.net, "http://h/s", "");
    set_rule(&d, URL, "Classic");
    assert_int_equal(make_agent(&d, &fake), PROV_OK);
    assert_int_equal(prov_agent_enable_report(d.agent, NULL, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    const char *body = fake_transport_find(&d.net, "http://h/s")->body;
    assert_non_null(strstr(body, "<Trans_Auth_Type>Classic</Trans_Auth_Type>"));
    assert_non_null(strstr(body, "]Authorization Succeeded.</Transition_Authorization_Status>"));
    assert_null(strstr(body, SECRET)); /* M10 */
    device_unplug(&d);
}

static void test_the_host_may_answer_later(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    fake.answer = PROV_LICENCE_LATER;
    set_rule(&d, URL, "Classic");
    device_ask(&d, NULL);
    assert_null(fake_host_get(&d.host, STATUS)); /* no success, and no failure */
    assert_authorized(&d, "none");
    device_pass(&d, RETRY_MS); /* no answer: asked once more */
    assert_int_equal(fake.n_asked, 2);
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_CLASSIC, NULL),
                     PROV_OK);
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(fake.n_asked, 2);
    reboot(&d, &fake);
    assert_authorized(&d, "classic");
    assert_int_equal(fake.n_asked, 2);

    fake.answer = PROV_LICENCE_YES; /* the device lost it */
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_NONE, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(fake.n_asked, 3);
    assert_authorized(&d, "classic");
    device_unplug(&d);
}

static void test_wxc_is_the_hosts(void **state) /* M7 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    set_rule(&d, URL, "WxC");
    device_ask(&d, NULL);
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(n_fetched(&d), 0);
    assert_int_equal(fake.n_wxc, 1);
    fake.is_of_wxc = true;
    reboot(&d, &fake);
    assert_int_equal(fake.n_wxc, 2);
    assert_authorized(&d, "wxc");
    reboot(&d, &fake);
    assert_int_equal(fake.n_wxc, 2);
    assert_authorized(&d, "wxc");
    assert_int_equal(n_fetched(&d), 0);
    device_unplug(&d);
}

static void test_a_condition_may_skip_the_licence(void **state) /* M8 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    plug_in(&d, &fake, NULL, NULL);
    d.host.device.orig_type = prov_str_from("orig_mpp");
    set_rule(&d, "(\"$ORIGTYPE\" eq \"orig_ent\")? http://h/$MAU.lic", "Classic");
    assert_int_equal(make_agent(&d, &fake), PROV_OK);
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(d.net.n_requests, 0);
    assert_null(fake_host_get(&d.host, STATUS));
    prov_agent_free(d.agent);
    d.host.device.orig_type = prov_str_from("orig_ent");
    assert_int_equal(make_agent(&d, &fake), PROV_OK);
    device_settle(&d);
    assert_authorized(&d, "classic");
    device_unplug(&d);
}

static void test_a_device_that_is_authorized_asks_nothing(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    plug_in(&d, &fake, NULL, NULL);
    d.host.device.auth_status = prov_str_from("classic");
    set_rule(&d, URL, "Classic");
    assert_int_equal(make_agent(&d, &fake), PROV_OK);
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(d.net.n_requests, 0);
    set_rule(&d, URL "?2", NULL);
    device_ask(&d, NULL);
    assert_non_null(fake_transport_find(&d.net, URL "?2"));
    device_unplug(&d);
}

static void test_provisioning_off_holds_the_licence(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    d.net.answers[0].status = PROV_E_CONNECT;
    set_rule(&d, URL, "Classic");
    device_ask(&d, NULL);
    fake_host_set(&d.host, "Provision_Enable", "No");
    d.net.answers[0].status = PROV_OK;
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(n_fetched(&d), 1);
    fake_host_set(&d.host, "Provision_Enable", "Yes");
    device_ask(&d, NULL); /* and is not forgotten */
    assert_authorized(&d, "classic");
    device_unplug(&d);
}

/* A resync ends the transfer, which is then made once more; so does the host. */
static void test_an_interrupted_licence_is_fetched_again(void **state)
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    for (int is_cancelled = 0; is_cancelled < 2; is_cancelled++) {
        start(&d, &fake);
        set_rule(&d, URL, "Classic");
        d.net.stalled_url = URL;
        device_ask(&d, NULL);
        assert_int_equal(n_fetched(&d), 1);
        d.net.stalled_url = NULL;
        if (is_cancelled) {
            assert_int_equal(prov_agent_cancel(d.agent, PROV_JOB_MIGRATION, NULL), PROV_OK);
            device_pass(&d, RETRY_MS);
        } else {
            device_ask(&d, "http://h/none");
        }
        assert_int_equal(n_fetched(&d), 2);
        assert_authorized(&d, "classic");
        device_unplug(&d);
    }
}

static void test_a_licence_has_a_limit(void **state)
{
    static char large[64 * 1024 + 1];
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    memset(large, 'x', sizeof large);
    fake_transport_add(&d.net, URL, large, sizeof large);
    set_rule(&d, URL, "Classic");
    device_ask(&d, NULL);
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "result Trans_Auth_Rule failed PROV_E_LIMIT\n"));
    assert_int_equal(fake.n_asked, 0);
    device_unplug(&d);
}

static void test_a_failure_that_repeats_writes_nothing(void **state) /* J3 */
{
    struct device d;
    struct fake_licensee fake;
    (void)state;
    start(&d, &fake);
    d.net.answers[0].status = PROV_E_NOT_FOUND;
    set_rule(&d, URL, "Classic");
    fake_host_set(&d.host, "Profile_Rule", "http://h/p.xml");
    fake_transport_add_text(&d.net, "http://h/p.xml",
                            "<flat-profile><GPP_A>x</GPP_A></flat-profile>");
    device_ask(&d, NULL);
    unsigned n_commits = fake_host_n_commits(&d.host);
    unsigned n_profiles = d.net.answers[1].n_asked, n_licences = d.net.answers[0].n_asked;
    device_pass(&d, INT64_C(14) * 86400000); /* weeks: all else goes on */
    assert_true(d.net.answers[1].n_asked - n_profiles >= 13);
    assert_true(d.net.answers[0].n_asked - n_licences >= 14 * 48 - 1);
    assert_true(d.net.answers[0].n_asked - n_licences <= 14 * 48 + 1);
    assert_int_equal(fake_host_n_commits(&d.host), n_commits);
    device_unplug(&d);
}

static void test_a_damaged_record_is_reported(void **state)
{
    static const char *const records[] = {"PVM1damaged!", "PVM"};
    struct device d;
    struct fake_licensee fake;
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        start(&d, &fake);
        set_rule(&d, URL, "Classic");
        device_ask(&d, NULL);
        const struct prov_host *host = &d.host.host;
        assert_int_equal(host->save(host->store_ctx, prov_str_from("migration"), records[i],
                                    strlen(records[i]), NULL),
                         PROV_OK);
        fake_host_take_events(&d.host);
        reboot(&d, &fake);
        assert_non_null(
            strstr(fake_host_take_events(&d.host), "log 4 a saved record cannot be used"));
        assert_authorized(&d, "classic"); /* fetched once more */
        assert_int_equal(fake.n_asked, 2);
        device_unplug(&d);
    }
}

/* Whole by its checksum, but of another release: too short, or with a number that is none. */
static void test_an_odd_record_counts_as_none(void **state)
{
    enum { CHECK_LEN = 8 };
    static const struct {
        char bytes[48];
        size_t len;
    } rows[] = {{"PVM1", 4}, {"PVM1\x09\x01", 38}};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct fake_licensee fake;
        struct provi_digest check_bytes;
        struct provi_digester digester;
        char record[64];
        plug_in(&d, &fake, NULL, NULL);
        set_rule(&d, URL, "Classic");
        memcpy(record, rows[i].bytes, rows[i].len);
        provi_digest_begin(&digester);
        provi_digest_add(&digester, record, rows[i].len);
        assert_int_equal(provi_digest_end(&digester, &check_bytes, NULL), PROV_OK);
        memcpy(record + rows[i].len, check_bytes.bytes, CHECK_LEN);
        const struct prov_host *host = &d.host.host;
        assert_int_equal(host->save(host->store_ctx, prov_str_from("migration"), record,
                                    rows[i].len + CHECK_LEN, NULL),
                         PROV_OK);
        assert_int_equal(make_agent(&d, &fake), PROV_OK);
        device_settle(&d);
        assert_int_equal(fake.n_asked, 1);
        assert_authorized(&d, "classic");
        device_unplug(&d);
    }
}

/* A parameter that cannot be read, until the test says otherwise. */
static const char *unreadable;
static prov_status (*find_of_store)(void *ctx, prov_str name, uint32_t layer,
                                    struct prov_param *out);

static prov_status find_unless_unreadable(void *ctx, prov_str name, uint32_t layer,
                                          struct prov_param *out)
{
    return unreadable && provi_str_is(name, unreadable) ? PROV_E_IO
                                                        : find_of_store(ctx, name, layer, out);
}

static void test_what_cannot_be_read_is_read_again(void **state)
{
    static const char *const names[] = {TYPE, RULE, "Provision_Enable"};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct device d;
        struct fake_licensee fake;
        plug_in(&d, &fake, NULL, NULL);
        set_rule(&d, URL, "Classic");
        find_of_store = d.host.host.find;
        d.host.host.find = find_unless_unreadable;
        unreadable = names[i];
        assert_int_equal(make_agent(&d, &fake), PROV_OK);
        device_pass(&d, 1000);
        assert_int_equal(fake.n_asked, 0);
        unreadable = NULL;
        device_pass(&d, 2 * RETRY_MS);
        assert_int_equal(fake.n_asked, 1);
        device_unplug(&d);
    }
}

static void test_the_agent_may_be_freed_by_the_host(void **state)
{
    static const char *const types[] = {"Classic", "WxC"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        struct fake_licensee fake;
        plug_in(&d, &fake, NULL, NULL);
        set_rule(&d, URL, types[i]);
        assert_int_equal(make_agent(&d, &fake), PROV_OK);
        fake.is_freeing = true;
        while (d.agent)
            prov_agent_process(d.agent, NULL);
        assert_int_equal(fake.n_asked + fake.n_wxc, 1);
        device_unplug(&d);
    }
}

static void test_arguments_are_checked(void **state)
{
    struct device d;
    struct fake_licensee fake;
    struct prov_error err = {0};
    struct prov_migration_host host = {.size = sizeof host, .ctx = &fake, .check = check};
    (void)state;
    plug_in(&d, &fake, NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_migration(NULL, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_migration(d.agent, NULL, NULL), PROV_E_INVALID);
    host.check = NULL;
    assert_int_equal(prov_agent_enable_migration(d.agent, &host, NULL), PROV_E_INVALID);
    host.check = check;
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_WXC, &err),
                     PROV_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "prov_agent_enable_migration()"));
    assert_int_equal(prov_agent_enable_migration(d.agent, &host, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_migration(d.agent, &host, NULL), PROV_E_STATE);
    assert_int_equal(prov_agent_set_authorization(d.agent, PROV_AUTHORIZATION_WXC, NULL),
                     PROV_E_STATE);
    set_rule(&d, URL, "WxC"); /* without begin_wxc nothing is done */
    device_boot(&d);
    assert_int_equal(d.net.n_requests, 0);
    assert_int_equal(prov_agent_set_authorization(NULL, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_set_authorization(d.agent, 3, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

/* A fault at any moment: afterwards the licence is fetched, by the retry at the latest. */
static void live(struct dial *alloc_dial, struct dial *net_dial)
{
    struct device d;
    struct fake_licensee fake;
    plug_in(&d, &fake, alloc_dial, net_dial);
    set_rule(&d, "http://h/$MAU.lic", "Classic");
    if (make_agent(&d, &fake) == PROV_OK) {
        device_settle(&d);
        device_pass(&d, 3 * RETRY_MS);
        const struct dial *dial = alloc_dial ? alloc_dial : net_dial;
        if (dial->hit && !dial->sticky)
            assert_authorized(&d, "classic");
    }
    device_unplug(&d);
}

static void live_without_memory(void *ctx, struct dial *dial)
{
    (void)ctx;
    live(dial, NULL);
}

static void live_without_network(void *ctx, struct dial *dial)
{
    (void)ctx;
    live(NULL, dial);
}

static void test_a_licence_survives_faults(void **state)
{
    (void)state;
    assert_true(dial_run("allocations", live_without_memory, NULL) >= 10);
    assert_true(dial_run("transport", live_without_network, NULL) >= 3);
}

#define LOAD "sip88xx.12-5-1SR1-4"
#define IMAGE_URL "http://h/fw/" LOAD ".loads"

static void plug_in_banks(struct device *d, struct fake_licensee *fake, struct fake_banks *banks)
{
    plug_in(d, fake, NULL, NULL);
    fake_banks_plug_in(d, banks);
    fake->banks = banks;
    fake_transport_add_text(&d->net, IMAGE_URL, "image");
    fake_host_set(&d->host, "Upgrade_Rule", IMAGE_URL);
    set_rule(d, URL, "Classic");
}

/* An enterprise load waits for the licence, which is not there at first; another load does not. */
static void test_an_upgrade_waits_for_the_licence(void **state) /* M1, M3, M6 */
{
    static const struct {
        bool is_enterprise, is_late;
    } rows[] = {{true, false}, {true, true}, {false, true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct fake_licensee fake;
        struct fake_banks banks = {.asks_to_wait = rows[i].is_enterprise};
        plug_in_banks(&d, &fake, &banks);
        d.net.answers[0].status = rows[i].is_late ? PROV_E_NOT_FOUND : PROV_OK;
        assert_int_equal(make_agent(&d, &fake), PROV_OK);
        device_pass(&d, RETRY_MS - 1000);
        bool is_waiting = rows[i].is_enterprise && rows[i].is_late;
        assert_int_equal(banks.n_activated, !is_waiting);
        device_assert_stored(&d, STATUS, rows[i].is_late ? FAILED : SUCCEEDED);
        assert_null(strstr(fake_host_take_events(&d.host), "Upgrade failed")); /* UPGERR stays */
        d.net.answers[0].status = PROV_OK;
        device_pass(&d, RETRY_MS);
        assert_int_equal(banks.n_activated, 1);
        assert_int_equal(fake.n_asked, 1);
        device_unplug(&d);
    }
}

/* Authorized with the record, or not and asked anew; then at rest. */
static void check_left(const struct disk *left, unsigned way)
{
    struct disk disk;
    struct device d;
    struct fake_licensee fake;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    plug_in_store(&d, &fake, disk_open_store(&disk, false), NULL, NULL);
    assert_int_equal(make_agent(&d, &fake), PROV_OK);
    device_settle(&d);
    assert_authorized(&d, "classic");
    assert_true(fake.n_asked <= 1);
    device_assert_stored(&d, STATUS, fake.n_asked ? SUCCEEDED : fake_host_get(&d.host, STATUS));
    device_unplug(&d);
}

static void cut_power(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    struct fake_licensee fake;
    disk_copy(&disk, ctx);
    plug_in_store(&d, &fake, disk_open_store(&disk, false), NULL, NULL);
    assert_int_equal(make_agent(&d, &fake), PROV_OK);
    disk.dial = dial;
    device_settle(&d);
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_left(&disk, way);
}

static void test_power_may_be_cut_at_any_step(void **state)
{
    struct disk disk;
    struct device d;
    struct fake_licensee fake;
    (void)state;
    disk_init(&disk);
    plug_in_store(&d, &fake, disk_open_store(&disk, false), NULL, NULL);
    set_rule(&d, URL, "Classic");
    device_unplug(&d);
    assert_true(dial_run("power", cut_power, &disk) >= 10);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_licence_is_fetched_once),
        cmocka_unit_test(test_a_rule_without_type_is_warned_of),
        cmocka_unit_test(test_a_failure_waits_for_its_timer),
        cmocka_unit_test(test_a_changed_rule_does_not_wait),
        cmocka_unit_test(test_a_long_url_is_cut),
        cmocka_unit_test(test_a_refusal_has_the_hosts_reason),
        cmocka_unit_test(test_the_status_document_has_the_licence),
        cmocka_unit_test(test_the_host_may_answer_later),
        cmocka_unit_test(test_wxc_is_the_hosts),
        cmocka_unit_test(test_a_condition_may_skip_the_licence),
        cmocka_unit_test(test_a_device_that_is_authorized_asks_nothing),
        cmocka_unit_test(test_provisioning_off_holds_the_licence),
        cmocka_unit_test(test_an_interrupted_licence_is_fetched_again),
        cmocka_unit_test(test_a_licence_has_a_limit),
        cmocka_unit_test(test_a_failure_that_repeats_writes_nothing),
        cmocka_unit_test(test_a_damaged_record_is_reported),
        cmocka_unit_test(test_an_odd_record_counts_as_none),
        cmocka_unit_test(test_what_cannot_be_read_is_read_again),
        cmocka_unit_test(test_the_agent_may_be_freed_by_the_host),
        cmocka_unit_test(test_arguments_are_checked),
        cmocka_unit_test(test_an_upgrade_waits_for_the_licence),
        cmocka_unit_test(test_a_licence_survives_faults),
        cmocka_unit_test(test_power_may_be_cut_at_any_step),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
