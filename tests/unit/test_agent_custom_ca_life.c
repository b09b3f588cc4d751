/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A custom CA on a device whose store, host or memory fails, and after a reboot. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "decode/digest.h"
#include "fake_trust.h"

/* The store's commit fails until the test says otherwise. */
static bool is_disk_full;
static prov_status (*commit_of_store)(void *ctx, struct prov_error *err);
static void (*rollback_of_store)(void *ctx);

static prov_status commit_unless_full(void *ctx, struct prov_error *err)
{
    if (!is_disk_full)
        return commit_of_store(ctx, err);
    rollback_of_store(ctx);
    return PROV_E_IO;
}

static void start_on_full_disk(struct device *d, struct fake_trust *trust)
{
    fake_trust_device(d, trust, NULL);
    is_disk_full = false;
    commit_of_store = d->host.host.txn_commit;
    rollback_of_store = d->host.host.txn_rollback;
    d->host.host.txn_commit = commit_unless_full;
    fake_transport_add_text(&d->net, "http://h/other", CA_OTHER);
    fake_host_set(&d->host, CA_RULE, CA_URL);
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_boot(d);
    device_ask(d, NULL);
    fake_trust_assert(d, trust, CA_PEM);
}

static void test_custom_ca_is_not_trusted_without_its_commit(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    start_on_full_disk(&d, &trust);
    fake_host_set(&d.host, CA_RULE, "http://h/other");
    trust.name = "Other";
    is_disk_full = true;
    device_ask(&d, NULL);
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "result Custom_CA_Rule failed PROV_E_IO\n"));
    assert_string_equal(trust.pem, CA_PEM);
    assert_int_equal(trust.n_calls, 1);
    device_assert_stored(&d, "Custom_CA_Info", "Our? CA");

    is_disk_full = false; /* it is tried again by itself */
    device_pass(&d, 60000);
    assert_string_equal(trust.pem, CA_OTHER);
    device_assert_stored(&d, "Custom_CA_Info", "Other");
    device_unplug(&d);
}

static void test_custom_ca_stays_until_its_removal_is_committed(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    start_on_full_disk(&d, &trust);
    fake_host_set(&d.host, CA_RULE, "");
    is_disk_full = true;
    device_ask(&d, NULL);
    assert_string_equal(trust.pem, CA_PEM);
    assert_int_equal(trust.n_calls, 1);
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "log 3 the rule cannot be carried outPROV_E_IO\n"));
    is_disk_full = false;
    device_pass(&d, 60000);
    assert_string_equal(trust.pem, "");
    device_assert_stored(&d, "Custom_CA_Info", "Not Installed");
    device_unplug(&d);
}

/* An emptied rule takes away what could not be replaced. */
static void test_custom_ca_goes_after_a_failed_replacement(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    start_on_full_disk(&d, &trust);
    fake_host_set(&d.host, CA_RULE, "http://h/other");
    is_disk_full = true;
    device_ask(&d, NULL);
    is_disk_full = false;
    fake_host_set(&d.host, CA_RULE, "");
    device_ask(&d, NULL);
    assert_string_equal(trust.pem, "");
    device_assert_stored(&d, "Custom_CA_Info", "Not Installed");
    device_unplug(&d);
}

/* The host fails after the commit: the agent knows that, and does it again. */
static void test_custom_ca_is_handed_over_again(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    start_on_full_disk(&d, &trust);
    fake_host_set(&d.host, CA_RULE, "http://h/other");
    trust.refusal = PROV_E_NOMEM;
    device_ask(&d, NULL);
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "result Custom_CA_Rule failed PROV_E_NOMEM\n"));
    device_assert_stored(&d, CA_STATUS, "Last provisioning failed on 02/03/2026 05:05:06");
    trust.refusal = PROV_OK;
    device_pass(&d, 60000);
    fake_trust_assert(&d, &trust, CA_OTHER);

    fake_host_set(&d.host, CA_RULE, "");
    trust.refusal = 77;
    device_ask(&d, NULL);
    assert_non_null(strstr(fake_host_take_events(&d.host), "PROV_E_HOST\n"));
    trust.refusal = PROV_OK;
    device_pass(&d, 60000);
    assert_string_equal(trust.pem, "");
    device_unplug(&d);
}

static void keep(struct device *d, const void *record, size_t len)
{
    const struct prov_host *host = &d->host.host;
    assert_int_equal(host->save(host->store_ctx, prov_str_from("customca"), record, len, NULL),
                     PROV_OK);
}

static void refuse_record(struct device *d, struct fake_trust *trust)
{
    (void)d;
    trust->refusal = PROV_E_NOMEM;
}

static void damage_record(struct device *d, struct fake_trust *trust)
{
    (void)trust;
    keep(d, "PVA1damaged!", 12);
}

/* What no power cut does, but a fault of this library might: the checksum is right. */
static void shorten_record(struct device *d, struct fake_trust *trust)
{
    enum { CHECK_LEN = 8, N_CUT = 5 };
    char record[4096];
    size_t len = 0;
    struct provi_digest check;
    struct provi_digester digester;
    const struct prov_host *host = &d->host.host;
    (void)trust;
    assert_int_equal(
        host->load(host->store_ctx, prov_str_from("customca"), record, sizeof record, &len),
        PROV_OK);
    len -= CHECK_LEN + N_CUT;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, record, len);
    assert_int_equal(provi_digest_end(&digester, &check, NULL), PROV_OK);
    memcpy(record + len, check.bytes, CHECK_LEN);
    keep(d, record, len + CHECK_LEN);
}

/* What was kept cannot be given to the host, or not be read: it is fetched, or taken away, anew. */
static void test_custom_ca_that_is_lost_at_boot_is_fetched_again(void **state)
{
    static const struct {
        void (*lose)(struct device *d, struct fake_trust *trust);
        const char *complaint;
    } losses[] = {
        {refuse_record, "PROV_E_NOMEM"},
        {damage_record, "PROV_E_CORRUPT"},
        {shorten_record, "PROV_E_TRUNCATED"},
    };
    (void)state;
    for (size_t i = 0; i < 2 * sizeof losses / sizeof losses[0]; i++) {
        struct device d;
        struct fake_trust trust = {.n_calls = 0};
        bool is_emptied = i % 2;
        fake_trust_start(&d, &trust);
        fake_host_set(&d.host, CA_RULE, CA_URL);
        device_ask(&d, NULL);
        prov_agent_free(d.agent);
        losses[i / 2].lose(&d, &trust);
        if (is_emptied)
            fake_host_set(&d.host, CA_RULE, "");
        strcpy(trust.pem, "stale");
        fake_host_take_events(&d.host);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        assert_non_null(strstr(fake_host_take_events(&d.host), losses[i / 2].complaint));
        trust.refusal = PROV_OK;
        device_ask(&d, NULL);
        assert_string_equal(trust.pem, is_emptied ? "" : CA_PEM);
        device_assert_stored(&d, "Custom_CA_Info", is_emptied ? "Not Installed" : "Our? CA");
        device_unplug(&d);
    }
}

/* fail, succeed, fail: the second wait is the first element of the list again. */
static void test_custom_ca_forgets_its_failures_with_a_success(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, "Resync_Periodic", "");
    fake_trust_fail(&d);
    device_pass(&d, 60000);
    assert_int_equal(d.net.n_requests, 2);
    fake_transport_add_text(&d.net, CA_URL, CA_PEM);
    device_pass(&d, 120000);
    fake_trust_assert(&d, &trust, CA_PEM);
    fake_host_set(&d.host, CA_RULE, "http://h/none");
    device_ask(&d, NULL);
    size_t n_requests = d.net.n_requests;
    device_pass(&d, 59999);
    assert_int_equal(d.net.n_requests, n_requests);
    device_pass(&d, 1);
    assert_int_equal(d.net.n_requests, n_requests + 1);
    device_unplug(&d);
}

static void test_custom_ca_outlives_a_reboot(void **state)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)state;
    fake_trust_start(&d, &trust);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    device_ask(&d, NULL);
    prov_agent_free(d.agent);
    trust.pem[0] = '\0';
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    assert_string_equal(trust.pem, CA_PEM);
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, 1);
    assert_int_equal(trust.n_calls, 2);
    device_unplug(&d);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    (void)ctx;
    fake_trust_device(&d, &trust, dial);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_settle(&d);
        assert_true(dial->hit || trust.pem[0]);
        d.memory.dial = NULL;
        device_pass(&d, 60000);
        fake_trust_assert(&d, &trust, CA_PEM);
    }
    device_unplug(&d);
}

static void test_custom_ca_survives_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a custom CA", out_of_memory, NULL) > 20);
}

static bool no_wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx, (void)utc_s, (void)utc_offset_s;
    return false;
}

/* All that the parameters show stays the same, but not the certificates. */
static void test_custom_ca_without_a_clock_outlives_a_reboot(void **state)
{
    struct device d;
    struct fake_trust trust = {.name = "CA"};
    (void)state;
    fake_trust_device(&d, &trust, NULL);
    d.host.host.wall_s = no_wall_s;
    fake_transport_add_text(&d.net, "http://h/other", CA_OTHER);
    fake_host_set(&d.host, CA_RULE, CA_URL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    device_ask(&d, NULL);
    device_assert_stored(&d, CA_STATUS, "Last provisioning succeeded");
    fake_host_set(&d.host, CA_RULE, "http://h/other");
    device_ask(&d, NULL);
    assert_string_equal(trust.pem, CA_OTHER);
    device_assert_stored(&d, CA_STATUS, "Last provisioning succeeded");
    size_t n_requests = d.net.n_requests;
    prov_agent_free(d.agent);
    trust.pem[0] = '\0';
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_string_equal(trust.pem, CA_OTHER);
    assert_int_equal(d.net.n_requests, n_requests);
    fake_host_set(&d.host, CA_RULE, "http://h/none");
    device_ask(&d, NULL);
    device_assert_stored(&d, CA_STATUS, "Last provisioning failed");
    device_unplug(&d);
}

/* A server that comes to a halt; the file is that of the next one, whole. */
static void halt_at_a_step(void *ctx, struct dial *dial)
{
    struct device d;
    struct fake_trust trust = {.n_calls = 0};
    const struct prov_agent_request request = {.size = sizeof request,
                                               .verb = PROV_VERB_UPDATE_CA,
                                               .cause = PROV_CAUSE_URL,
                                               .rule = prov_str_from("/ca.pem"),
                                               .requester = prov_str_from("http://a,http://b")};
    (void)ctx;
    fake_trust_device(&d, &trust, NULL);
    fake_transport_add_text(&d.net, "http://a/ca.pem", CA_PEM)->chunk = 20;
    fake_transport_add_text(&d.net, "http://b/ca.pem", CA_PEM)->chunk = 20;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    d.net.dial = dial;
    d.net.fault = FAKE_LATE;
    assert_int_equal(prov_agent_request(d.agent, &request, NULL), PROV_OK);
    device_settle(&d);
    if (!dial->hit || !dial->sticky)
        assert_string_equal(trust.pem, CA_PEM);
    d.net.dial = NULL;
    device_unplug(&d);
}

static void test_a_server_that_halts_leaves_no_bytes(void **state)
{
    (void)state;
    assert_true(dial_run("steps of two servers", halt_at_a_step, NULL) > 4);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_custom_ca_is_not_trusted_without_its_commit),
        cmocka_unit_test(test_custom_ca_stays_until_its_removal_is_committed),
        cmocka_unit_test(test_custom_ca_goes_after_a_failed_replacement),
        cmocka_unit_test(test_custom_ca_is_handed_over_again),
        cmocka_unit_test(test_custom_ca_that_is_lost_at_boot_is_fetched_again),
        cmocka_unit_test(test_custom_ca_forgets_its_failures_with_a_success),
        cmocka_unit_test(test_custom_ca_outlives_a_reboot),
        cmocka_unit_test(test_custom_ca_without_a_clock_outlives_a_reboot),
        cmocka_unit_test(test_custom_ca_survives_without_memory),
        cmocka_unit_test(test_a_server_that_halts_leaves_no_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
