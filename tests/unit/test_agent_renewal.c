/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* MIC_Cert_Refresh_Rule: when a certificate is renewed, what is asked, which answers are taken. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"
#include "fake_banks.h"
#include "fake_vault.h"

TLS_FAKE_CLOCK

#define RULE "MIC_Cert_Refresh_Rule"
#define ENABLE "MIC_Cert_Refresh_Enable"
#define STATUS "MIC_Cert_Provisioning_Status"
#define INFO "MIC_Cert_Info"
#define BASE FAKE_VAULT_RULE
#define URL FAKE_VAULT_URL
#define DATE "[03/04/2026 05:06:07]"

enum { DAY_S = 86400, RETRY_MS = 60000 };

static struct enrolment cas;
static struct tls_made device_cert, rsa_cert, other;

static int make_all(void **state)
{
    (void)state;
    enrolment_init(&cas);
    enrolment_make_device(&cas, &device_cert, "EC:P-256", 10L * DAY_S);
    enrolment_make_device(&cas, &rsa_cert, "RSA:2048", 10L * DAY_S);
    enrolment_make_device(&cas, &other, "EC:P-256", 10L * DAY_S);
    return 0;
}

static int unmake_all(void **state)
{
    struct tls_made *all[] = {&device_cert, &rsa_cert, &other};
    (void)state;
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tls_unmake(all[i]);
    enrolment_free(&cas);
    return 0;
}

static void plug_in(struct device *d, struct fake_vault *vault, prov_store *store,
                    const struct tls_made *made)
{
    fake_vault_plug_in(vault, d, store, made, &cas);
}

static void start(struct device *d, struct fake_vault *vault, const struct enrolment_change *change)
{
    plug_in(d, vault, NULL, &device_cert);
    fake_vault_answer(vault, change);
    assert_int_equal(fake_vault_make_agent(vault), PROV_OK);
    device_settle(d);
}

static unsigned count(const char *text, const char *part)
{
    unsigned n = 0;
    for (const char *at = text; (at = strstr(at, part)); at += strlen(part))
        n++;
    return n;
}

static void assert_status(struct device *d, const char *text)
{
    char expected[256];
    snprintf(expected, sizeof expected, DATE "[" URL "]%s", text);
    device_assert_stored(d, STATUS, expected);
}

static void assert_request(const struct fake_request *request, const struct tls_made *made)
{
    assert_string_equal(request->content_type, "application/pkcs10");
    assert_int_equal(request->method, PROV_METHOD_POST);
    enrolment_check_request(made, (prov_str){request->body, request->body_len});
}

/* Answers that are installed; those that are refused have a reason. */
static const struct {
    const char *name;
    struct enrolment_change change;
    const char *refusal; /* in the message; NULL: it is installed */
} answers[] = {
    {"K1", {.form = ENROLMENT_LINES}, NULL},
    {"K3", {.key = &other}, "another key"},
    {"K4 subject", {.subject = "CP-8841 SEP000E08012346"}, "the same subject"},
    {"K4 longer subject", {.subject = "CP-8841 SEP000E08012345 of ours"}, "the same subject"},
    {"K4 other names", {.names = "DNS:other.example"}, "the same alternative names"},
    {"K4 names", {.loses_names = true}, "the same alternative names"},
    {"K5 equal", {.to_s = 10L * DAY_S}, "ends later"},
    {"K5 earlier", {.to_s = 9L * DAY_S}, "ends later"},
    {"K6", {.signer = &cas.foreign}, "unable to get local issuer certificate"},
    {"K6 sub CA", {.signer = &cas.issuer}, "unable to get local issuer certificate"},
    {"K7", {.is_ca = true}, "found a CA's"},
    {"K8", {.signer = &cas.issuer, .n_cas = 2}, NULL},
    {"K8 one CA", {.signer = &cas.issuer, .n_cas = 1}, NULL},
    {"K8 stranger", {.stranger = &other}, "only CA certificates"},
    {"K8 twice", {.is_twice = true}, "found several"},
    {"K9 DER", {.form = ENROLMENT_DER}, NULL},
    {"K9 DER of a certificate", {.form = ENROLMENT_DER_ALONE}, NULL},
    {"K9 CRLF", {.form = ENROLMENT_CRLF}, NULL},
    {"K9 one line", {.form = ENROLMENT_ONE_LINE}, NULL},
    {"PEM", {.form = ENROLMENT_PEM}, NULL},
    {"PEM chain", {.signer = &cas.issuer, .form = ENROLMENT_PEM_CHAIN}, NULL},
    {"K11", {.form = ENROLMENT_NOTHING}, "empty"},
    {"K13", {.form = ENROLMENT_HTML}, "expected certificates (CMS or PEM), found"},
    {"cut", {.form = ENROLMENT_CUT}, "expected certificates (CMS or PEM), found"},
    {"PEM cut", {.form = ENROLMENT_PEM_CUT}, "expected certificates (CMS or PEM), found"},
    {"DER and more", {.form = ENROLMENT_DER_AND_MORE}, "expected certificates"},
    {"DER alone and more", {.form = ENROLMENT_DER_ALONE_AND_MORE}, "expected certificates"},
    {"usage", {.usage = "serverAuth"}, "for clients"},
    {"no usage", {.usage = ""}, NULL},
    {"any usage", {.usage = "anyExtendedKeyUsage"}, NULL},
    {"begins tonight", {.from_s = DAY_S / 2}, NULL},
    {"begins in a day", {.from_s = DAY_S}, NULL},
    {"begins later", {.from_s = DAY_S + 1}, "valid by tomorrow"},
    {"ends a second later", {.to_s = 10L * DAY_S + 1}, NULL},
};

static void test_answers_are_checked(void **state)
{
    const size_t step = test_takes_few() ? 3 : 1;
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i += step) {
        struct device d;
        static struct fake_vault vault;
        bool is_good = answers[i].refusal == NULL;
        start(&d, &vault, &answers[i].change);
        struct prov_job_status status = {.size = sizeof status};
        assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RENEWAL, &status), PROV_OK);
        assert_non_null(status.last);
        const struct prov_error *error = status.last->error;
        if (is_good ? error != NULL : !error || !strstr(error->message, answers[i].refusal))
            fail_msg("%s: %s", answers[i].name, error ? error->message : "installed");
        assert_int_equal(vault.n_installs, is_good);
        if (is_good) /* the root is left out */
            assert_int_equal(count(vault.pem, "-----BEGIN"), answers[i].change.signer ? 2 : 1);
        assert_int_equal(count(fake_host_take_events(&d.host), "reboot wanted"), is_good);
        assert_status(&d, is_good ? "Download Successful"
                          : answers[i].change.form == ENROLMENT_NOTHING
                              ? "Download Failed: Zero file size"
                              : "Download Failed: corrupted file");
        device_assert_stored(
            &d, INFO, is_good && answers[i].change.signer ? "Device Sub CA" : "Device CA III");
        assert_request(&d.net.requests[0], &device_cert);
        assert_int_equal(d.net.n_requests, 1);
        device_pass(&d, RETRY_MS);
        assert_int_equal(d.net.n_requests, is_good ? 1 : 2); /* retried, or at rest */
        device_unplug(&d);
    }
}

/* How transfers fail, in the words of a phone's page. */
static const struct {
    prov_status status;
    int32_t code;
    const char *text;
} transfers[] = {
    {PROV_E_DNS, 0, "Dns query failed"},
    {PROV_E_CONNECT, 0, "Connection error"},
    {PROV_E_TIMEOUT, 0, "Connection error"},
    {PROV_E_TLS, 0, "Connection error"},
    {PROV_E_NETWORK, 0, "Connection error"},
    {PROV_E_NOMEM, 0, "resource exhausted"},
    {PROV_E_NOT_FOUND, 404, "File not found"},
    {PROV_E_AUTH, 401, "Access violation"},
    {PROV_E_SERVER, 403, "Access violation"},
    {PROV_E_SERVER, 400, "Bad option"},
    {PROV_E_SERVER, 405, "Bad operation"},
    {PROV_E_SERVER, 418, "Bad operation"},
    {PROV_E_SERVER, 500, "internal server error"},
    {PROV_E_SERVER, 501, "Not Implemented"},
    {PROV_E_SERVER, 502, "Bad Gateway"},
    {PROV_E_SERVER, 503, "Service Unavailable"}, /* K12 */
    {PROV_E_SERVER, 504, "Unknown, error code(504)"},
    {PROV_E_REDIRECT, 0, "Unknown, error code(48)"},
};

static void test_failures_have_the_words_of_a_phone(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof transfers / sizeof transfers[0]; i += test_takes_few() ? 3 : 1) {
        struct device d;
        static struct fake_vault vault;
        char text[64];
        plug_in(&d, &vault, NULL, &device_cert);
        struct fake_answer *answer = fake_vault_answer(&vault, &answers[0].change);
        answer->status = transfers[i].status;
        answer->code = transfers[i].code;
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        snprintf(text, sizeof text, "Download Failed: %s", transfers[i].text);
        assert_status(&d, text);
        unsigned n_asked = answer->n_asked;
        device_ask(&d, NULL); /* by a resync it is not asked again before its time */
        assert_int_equal(answer->n_asked, n_asked);
        unsigned n_commits = fake_host_n_commits(&d.host);
        device_pass(&d, 3 * RETRY_MS); /* and a failure that repeats writes nothing */
        assert_int_equal(fake_host_n_commits(&d.host), n_commits);
        assert_true(answer->n_asked >= 3);
        answer->status = PROV_OK;
        answer->code = 200;
        device_pass(&d, RETRY_MS);
        assert_status(&d, "Download Successful");
        device_unplug(&d);
    }
}

static void test_a_large_answer_is_refused(void **state)
{
    static char large[64 * 1024 + 1];
    struct device d;
    static struct fake_vault vault;
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    memset(large, 'A', sizeof large);
    fake_transport_add(&d.net, URL, large, sizeof large);
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_settle(&d);
    assert_status(&d, "Download Failed: file size exceed");
    device_unplug(&d);
}

static void test_only_http_is_asked(void **state) /* K16 */
{
    static const char *const rules[] = {"ftp://h/", "tftp://h/"};
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        fake_host_set(&d.host, RULE, rules[i]);
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_non_null(strstr(fake_host_get(&d.host, STATUS), "]Download Failed: Bad scheme"));
        assert_int_equal(d.net.n_requests, 0);
        fake_host_set(&d.host, RULE, BASE); /* a changed rule does not wait */
        fake_vault_answer(&vault, &answers[0].change);
        device_ask(&d, NULL);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
    }
}

static void test_nothing_is_asked_without_leave(void **state) /* K16, K15 */
{
    static const char *const settings[][2] = {
        {ENABLE, "No"}, {"Provision_Enable", "No"}, {RULE, ""}, {ENABLE, "Yes"}};
    (void)state;
    for (size_t i = 0; i < 4; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        fake_vault_answer(&vault, &answers[0].change);
        fake_host_set(&d.host, settings[i][0], settings[i][1]);
        vault.has_no_clock = i == 3;
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_pass(&d, INT64_C(3) * DAY_S * 1000);
        assert_int_equal(d.net.n_requests, 0);
        assert_int_equal(vault.n_shown, 0);
        assert_null(fake_host_get(&d.host, STATUS));
        vault.has_no_clock = false; /* what is set later counts */
        fake_host_set(&d.host, "Provision_Enable", "Yes");
        fake_host_set(&d.host, RULE, BASE);
        fake_host_set(&d.host, ENABLE, "Yes");
        if (i == 3)
            device_pass(&d, 3600000);
        else
            device_ask(&d, NULL);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
    }
}

static void test_a_fresh_certificate_stays(void **state) /* K2 */
{
    static struct tls_made fresh;
    struct device d;
    static struct fake_vault vault;
    (void)state;
    enrolment_make_device(&cas, &fresh, "EC:P-256", 200L * DAY_S);
    plug_in(&d, &vault, NULL, &fresh);
    fake_vault_answer(&vault, &(struct enrolment_change){.to_s = 400L * DAY_S});
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_pass(&d, INT64_C(3) * DAY_S * 1000);
    assert_int_equal(d.net.n_requests, 0);
    assert_null(fake_host_get(&d.host, STATUS));
    assert_true(vault.n_shown >= 3);

    const struct prov_agent_request request = {
        .size = sizeof request, .verb = PROV_VERB_RENEW, .cause = PROV_CAUSE_MENU};
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d); /* but on request */
    assert_int_equal(vault.n_installs, 1);
    device_unplug(&d);
    tls_unmake(&fresh);
}

/* A request that the server defers is made again, though the certificate is fresh; not one by a
 * rule of its own, nor if renewals are off by then. */
static void test_a_deferred_request_is_made_again(void **state)
{
    static const struct {
        const char *rule, *enable;
        unsigned n_requests;
    } rows[] = {{"", "Yes", 2}, {URL, "Yes", 1}, {"", "No", 1}};
    static struct tls_made fresh;
    (void)state;
    enrolment_make_device(&cas, &fresh, "EC:P-256", 200L * DAY_S);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &fresh);
        struct fake_answer *answer =
            fake_vault_answer(&vault, &(struct enrolment_change){.to_s = 400L * DAY_S});
        answer->code = 202;
        answer->retry_after_s = 600;
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        const struct prov_agent_request request = {.size = sizeof request,
                                                   .verb = PROV_VERB_RENEW,
                                                   .cause = PROV_CAUSE_MENU,
                                                   .rule = prov_str_from(rows[i].rule)};
        assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
        device_settle(&d);
        assert_int_equal(d.net.n_requests, 1);
        answer->code = 200;
        fake_host_set(&d.host, ENABLE, rows[i].enable);
        device_pass(&d, 599999);
        assert_int_equal(d.net.n_requests, 1);
        device_pass(&d, 1);
        fake_host_set(&d.host, ENABLE, "Yes");
        device_pass(&d, INT64_C(3) * DAY_S * 1000);
        assert_int_equal(d.net.n_requests, rows[i].n_requests);
        assert_string_equal(d.net.requests[rows[i].n_requests - 1].body, d.net.requests[0].body);
        assert_int_equal(vault.n_installs, rows[i].n_requests - 1);
        device_unplug(&d);
    }
    tls_unmake(&fresh);
}

/* The days of devices are spread over the window. */
static void test_each_device_has_a_day_of_its_own(void **state)
{
    static struct tls_made ages[4];
    unsigned n_asked[4] = {0};
    const uint8_t step = test_takes_few() ? 5 : 1;
    const unsigned n = 40 / step;
    (void)state;
    for (int i = 0; i < 4; i++)
        enrolment_make_device(&cas, &ages[i], "EC:P-256",
                              (95L - 30 * i) * DAY_S); /* 95, 65, 35, 5 days left */
    for (int i = 0; i < 4; i++) {
        for (uint8_t mac = 0; mac < 40; mac += step) {
            struct device d;
            static struct fake_vault vault;
            plug_in(&d, &vault, NULL, &ages[i]);
            d.host.device.mac[5] = mac;
            assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
            device_settle(&d);
            n_asked[i] += d.net.n_requests > 0;
            device_unplug(&d);
        }
    }
    for (int i = 0; i < 4; i++)
        tls_unmake(&ages[i]);
    assert_int_equal(n_asked[0], 0);
    assert_true(n_asked[1] >= n / 5 && n_asked[1] <= n * 11 / 20);
    assert_true(n_asked[2] >= n * 3 / 5 && n_asked[2] <= n * 19 / 20);
    assert_int_equal(n_asked[3], n);
}

static void test_a_server_may_ask_for_patience(void **state) /* K10 */
{
    static const struct {
        int64_t retry_after_s, expected_s;
    } rows[] = {{3600, 3600}, {-1, 3600}, {1000000, DAY_S}, {1, 30}, {0, 30}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        struct fake_answer *answer = fake_vault_answer(&vault, &answers[0].change);
        size_t len = answer->len;
        answer->code = 202;
        answer->len = 0;
        answer->length = 0;
        answer->retry_after_s = rows[i].retry_after_s;
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_null(fake_host_get(&d.host, STATUS));
        const char *events = fake_host_take_events(&d.host);
        assert_non_null(strstr(events, "result " RULE " unchanged \n"));
        assert_null(strstr(events, "reboot"));
        answer->code = 200;
        answer->len = len;
        answer->length = (int64_t)len;
        device_ask(&d, NULL);
        device_pass(&d, rows[i].expected_s * 1000 - 1);
        assert_int_equal(d.net.n_requests, 1);
        device_pass(&d, 1);
        assert_int_equal(d.net.n_requests, 2);
        assert_string_equal(d.net.requests[1].body, d.net.requests[0].body);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
    }
}

/* A key in memory, in the host's hands, of either kind. */
static void test_every_key_signs_a_request(void **state)
{
    static const struct {
        const struct tls_made *made;
        bool is_hosts;
    } rows[] = {{&device_cert, true}, {&rsa_cert, false}, {&rsa_cert, true}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, rows[i].made);
        fake_vault_answer(&vault, &answers[0].change);
        if (rows[i].is_hosts)
            fake_vault_hide_key(&vault);
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_request(&d.net.requests[0], rows[i].made);
        assert_int_equal(vault.n_installs, 1);
        assert_int_equal(vault.n_signed, rows[i].is_hosts);
        device_unplug(&d);
    }
}

static prov_status sign_nothing(void *ctx, uint32_t kind, const uint8_t *data, size_t len,
                                uint8_t *sig, size_t cap, size_t *sig_len)
{
    (void)ctx, (void)kind, (void)data, (void)len, (void)sig, (void)cap, (void)sig_len;
    return PROV_E_STATE;
}

static void refuse_to_sign(struct fake_vault *vault)
{
    vault->certificate.key_pem = (prov_str){NULL, 0};
    vault->certificate.sign = sign_nothing;
}

static void have_another_key(struct fake_vault *vault)
{
    vault->certificate.key_pem = prov_str_from(other.key_pem);
}

static void have_no_certificate(struct fake_vault *vault)
{
    vault->is_empty = true;
}

static void have_no_text(struct fake_vault *vault)
{
    vault->ca_pem = NULL;
}

static void refuse_to_show(struct fake_vault *vault)
{
    vault->show_refusal = 4711;
}

/* What is wrong on this side is reported, not asked of the server, and tried again. */
static void test_a_broken_device_asks_nobody(void **state)
{
    static const struct {
        void (*break_it)(struct fake_vault *vault);
        const char *complaint;
    } rows[] = {
        {refuse_to_sign, "PROV_E_TLS"},          {have_another_key, "PROV_E_TLS"},
        {have_no_certificate, "PROV_E_INVALID"}, {have_no_text, "PROV_E_INVALID"},
        {refuse_to_show, "PROV_E_HOST"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        fake_vault_answer(&vault, &answers[0].change);
        rows[i].break_it(&vault);
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_int_equal(d.net.n_requests, 0);
        assert_non_null(strstr(fake_host_take_events(&d.host), rows[i].complaint));
        unsigned n_shown = vault.n_shown;
        device_pass(&d, RETRY_MS);
        assert_true(vault.n_shown > n_shown);
        fake_vault_fill(&vault, &d, &device_cert, &cas);
        fake_vault_answer(&vault, &answers[0].change);
        device_pass(&d, RETRY_MS);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
    }
}

static void test_the_status_document_has_the_renewal(void **state)
{
    struct device d;
    static struct fake_vault vault;
    const struct prov_agent_request request = {.size = sizeof request,
                                               .verb = PROV_VERB_REPORT,
                                               .cause = PROV_CAUSE_MENU,
                                               .rule = prov_str_from("[--status]http://h/s")};
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    fake_vault_answer(&vault, &answers[0].change);
    fake_transport_add_text(&d.net, "http://h/s", "");
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    assert_int_equal(prov_agent_enable_report(d.agent, NULL, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    const char *body = fake_transport_find(&d.net, "http://h/s")->body;
    assert_non_null(strstr(body, "<MIC_Cert_Refresh_Status>"));
    assert_non_null(strstr(body, "]Download Successful</MIC_Cert_Provisioning_Status>"));
    assert_non_null(strstr(body, "<MIC_Cert_Info>Device CA III</MIC_Cert_Info>"));
    device_unplug(&d);
}

static void test_a_full_disk_leaves_the_old_one(void **state)
{
    struct device d;
    static struct fake_vault vault;
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    fake_vault_answer(&vault, &answers[0].change);
    vault.refusal = PROV_E_IO;
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_settle(&d);
    assert_status(&d, "Download Failed: Disk full");
    assert_null(strstr(fake_host_take_events(&d.host), "reboot"));
    assert_string_equal(vault.pem, "");
    vault.refusal = PROV_OK;
    device_pass(&d, RETRY_MS);
    assert_status(&d, "Download Successful");
    device_unplug(&d);
}

/* By a device that has no CAs, or broken ones, no response can be verified. */
static void test_an_answer_needs_cas(void **state)
{
    const char *const pems[] = {"", "-----BEGIN CERTIFICATE-----\nbroken\n", other.key_pem};
    (void)state;
    for (size_t i = 0; i < 3; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        vault.ca_pem = pems[i];
        fake_vault_answer(&vault, &answers[0].change);
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_int_equal(vault.n_installs, 0);
        assert_status(&d, "Download Failed: Unknown, error code(1)");
        device_unplug(&d);
    }
}

/* One that ended long ago, and had no alternative name; one that ends before it begins. */
static void test_an_expired_certificate_is_renewed(void **state)
{
    static const int64_t from_days[] = {-30, 10};
    (void)state;
    for (size_t i = 0; i < sizeof from_days / sizeof from_days[0]; i++) {
        static struct tls_made old;
        struct device d;
        static struct fake_vault vault;
        tls_make(&old, &(struct tls_making){.name = "old",
                                            .issuer = &cas.root,
                                            .from_s = (long)from_days[i] * DAY_S,
                                            .to_s = -10L * DAY_S});
        plug_in(&d, &vault, NULL, &old);
        fake_vault_answer(&vault, &(struct enrolment_change){.names = "DNS:new.example"});
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_int_equal(vault.n_installs, 0); /* nor has the new one any */
        fake_vault_answer(&vault, &answers[0].change);
        device_pass(&d, RETRY_MS);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
        tls_unmake(&old);
    }
}

/* A condition that does not hold, an option that does not fit; and no retries: a day later. */
static void test_a_rule_may_not_lead_anywhere(void **state)
{
    static const struct {
        const char *rule, *text; /* at the end of the status; NULL: none */
    } rows[] = {
        {"(\"a\" eq \"b\")? http://h/", NULL},
        {"[--key k]http://h/", "]Download Failed: Unknown, error code(5)"},
    };
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct device d;
        static struct fake_vault vault;
        plug_in(&d, &vault, NULL, &device_cert);
        fake_vault_answer(&vault, &answers[0].change);
        fake_host_set(&d.host, "Resync_Error_Retry_Delay", "0");
        fake_host_set(&d.host, RULE, rows[i].rule);
        assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
        device_settle(&d);
        assert_int_equal(d.net.n_requests, 0);
        const char *text = fake_host_get(&d.host, STATUS);
        assert_true(rows[i].text ? text && strstr(text, rows[i].text) : !text);
        fake_host_set(&d.host, RULE, BASE);
        device_pass(&d, INT64_C(1000) * DAY_S - 1);
        assert_int_equal(vault.n_installs, 0);
        device_pass(&d, 1);
        assert_int_equal(vault.n_installs, 1);
        device_unplug(&d);
    }
}

static void test_a_renewed_device_is_at_rest(void **state) /* K1 */
{
    static char renewed[8192];
    struct device d;
    static struct fake_vault vault;
    (void)state;
    start(&d, &vault, &answers[0].change);
    assert_int_equal(vault.n_installs, 1);
    memcpy(renewed, vault.pem, sizeof renewed);
    device_unplug(&d);
    plug_in(&d, &vault, NULL, &device_cert); /* a factory reset: all but the certificate is new */
    vault.certificate.cert_pem = prov_str_from(renewed);
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_pass(&d, INT64_C(3) * DAY_S * 1000);
    assert_int_equal(d.net.n_requests, 0);
    assert_true(vault.n_shown >= 3);
    device_unplug(&d);
}

/* No resync is in the log: what is requested is a certificate. */
static void test_the_log_names_the_renewal(void **state)
{
    struct device d;
    static struct fake_vault vault;
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    struct fake_answer *answer = fake_vault_answer(&vault, &answers[0].change);
    answer->status = PROV_E_NOT_FOUND;
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_settle(&d);
    answer->status = PROV_OK;
    device_pass(&d, RETRY_MS);
    const char *events = fake_host_take_events(&d.host);
    assert_non_null(
        strstr(events, "Requesting certificate renewal http://192.0.2.1:80/.well-known/"));
    assert_non_null(strstr(events, "log 3 CP-8841-3PCC 00:0e:08:01:23:45 Certificate renewal "
                                   "failed: File Not Found\n"));
    assert_non_null(strstr(events, "Certificate renewal answered\n"));
    assert_null(strstr(events, "resync http"));
    device_unplug(&d);
}

static void test_two_jobs_need_one_reboot(void **state) /* J5 */
{
    struct device d;
    static struct fake_vault vault;
    struct fake_banks banks = {.running = 0};
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    fake_banks_plug_in(&d, &banks);
    fake_vault_answer(&vault, &answers[0].change);
    fake_transport_add_text(&d.net, "http://h/next.loads", "image");
    fake_host_set(&d.host, "Upgrade_Rule", "http://h/next.loads");
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_pass(&d, 10 * RETRY_MS);
    assert_int_equal(vault.n_installs, 1);
    assert_int_equal(banks.n_activated, 1);
    assert_int_equal(count(fake_host_take_events(&d.host), "reboot wanted"), 1);
    device_unplug(&d);
}

static prov_status show_nothing(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    (void)ctx, (void)out, (void)err;
    return PROV_E_STATE;
}

static prov_status install_nothing(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    (void)ctx, (void)chain_pem, (void)err;
    return PROV_E_STATE;
}

/* The request that is made again, as the server wanted it, fails as any other. */
static void test_a_deferred_request_may_fail(void **state)
{
    struct device d;
    static struct fake_vault vault;
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    struct fake_answer *answer = fake_vault_answer(&vault, &(struct enrolment_change){0});
    answer->code = 202;
    answer->retry_after_s = 600;
    assert_int_equal(fake_vault_make_agent(&vault), PROV_OK);
    device_settle(&d);
    assert_int_equal(d.net.n_requests, 1);
    answer->status = PROV_E_SERVER;
    answer->code = 500;
    device_pass(&d, 600000);
    assert_int_equal(d.net.n_requests, 2);
    const char *status = fake_host_get(&d.host, "MIC_Cert_Provisioning_Status");
    assert_non_null(status);
    assert_non_null(strstr(status, "Download Failed: internal server error"));
    device_unplug(&d);
}

static void test_arguments_are_checked(void **state)
{
    struct device d;
    static struct fake_vault vault;
    struct prov_error err = {0};
    struct prov_renewal_host host = {.size = sizeof host, .install = install_nothing};
    const struct prov_agent_request request = {
        .size = sizeof request, .verb = PROV_VERB_RENEW, .cause = PROV_CAUSE_MENU};
    (void)state;
    plug_in(&d, &vault, NULL, &device_cert);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_renewal(NULL, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_renewal(d.agent, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_renewal(d.agent, &host, NULL), PROV_E_INVALID);
    host.present = show_nothing;
    host.install = NULL;
    assert_int_equal(prov_agent_enable_renewal(d.agent, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_request(d.agent, &request, &err), PROV_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "prov_agent_enable_renewal()"));
    assert_int_equal(fake_vault_enable(&vault), PROV_OK);
    assert_int_equal(fake_vault_enable(&vault), PROV_E_STATE);
    vault.has_no_clock = true; /* a request says why it cannot be carried out */
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(strstr(fake_host_take_events(&d.host), "PROV_E_STATE"));
    struct prov_job_status now = {.size = sizeof now};
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RENEWAL, &now), PROV_OK);
    assert_string_equal(now.last->error->source, "MIC_Cert_Refresh_Rule");
    assert_int_equal(now.last->cause, PROV_CAUSE_MENU);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers_are_checked),
        cmocka_unit_test(test_failures_have_the_words_of_a_phone),
        cmocka_unit_test(test_a_large_answer_is_refused),
        cmocka_unit_test(test_only_http_is_asked),
        cmocka_unit_test(test_nothing_is_asked_without_leave),
        cmocka_unit_test(test_a_fresh_certificate_stays),
        cmocka_unit_test(test_a_deferred_request_is_made_again),
        cmocka_unit_test(test_a_deferred_request_may_fail),
        cmocka_unit_test(test_each_device_has_a_day_of_its_own),
        cmocka_unit_test(test_a_server_may_ask_for_patience),
        cmocka_unit_test(test_every_key_signs_a_request),
        cmocka_unit_test(test_a_broken_device_asks_nobody),
        cmocka_unit_test(test_the_status_document_has_the_renewal),
        cmocka_unit_test(test_a_full_disk_leaves_the_old_one),
        cmocka_unit_test(test_an_answer_needs_cas),
        cmocka_unit_test(test_an_expired_certificate_is_renewed),
        cmocka_unit_test(test_a_rule_may_not_lead_anywhere),
        cmocka_unit_test(test_a_renewed_device_is_at_rest),
        cmocka_unit_test(test_the_log_names_the_renewal),
        cmocka_unit_test(test_two_jobs_need_one_reboot),
        cmocka_unit_test(test_arguments_are_checked),
    };
    return cmocka_run_group_tests(tests, make_all, unmake_all);
}
