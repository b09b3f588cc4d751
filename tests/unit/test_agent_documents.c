/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The device's own documents: its configuration and its status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "device.h"

static const struct prov_agent_profile profile = {
    .size = sizeof profile,
    .body = {"<flat-profile><GPP_A>new</GPP_A></flat-profile>", 47},
};

static void start(struct device *d)
{
    device_start(d);
    device_boot(d);
    fake_host_set(&d->host, "GPP_A", "old");
}

static const char *capture_text(const struct capture *capture)
{
    assert_true(capture->is_finished);
    return (const char *)capture->data;
}

static prov_status own_status(void *ctx, size_t index, struct prov_report_field *out,
                              struct prov_error *err)
{
    (void)err;
    if (index > 0)
        return PROV_E_NOT_FOUND;
    out->section = prov_str_from(ctx);
    out->name = PROVI_LIT("Operational_VLAN_ID");
    out->value = PROVI_LIT("1 & 2");
    return PROV_OK;
}

static void test_the_configuration_has_no_secrets(void **state)
{
    struct device d;
    struct capture document;
    (void)state;
    start(&d);
    fake_host_set(&d.host, "Admin_Password", "s3cr3t");
    fake_host_set(&d.host, "GPP_SA", "s3cr3t");
    fake_host_set(&d.host, "Profile_Rule_B", "[--key s3cr3t] http://h/f");
    fake_host_set(&d.host, "GPP_C", "a < b");
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_config(d.agent, document.sink, NULL), PROV_OK);
    const char *text = capture_text(&document);
    assert_null(strstr(text, "s3cr3t"));
    assert_null(strstr(text, "GPP_SA"));
    assert_non_null(strstr(text, "<device>\n<flat-profile>\n"));
    assert_non_null(strstr(text, "<GPP_A>old</GPP_A>\n"));
    assert_non_null(strstr(text, "<Admin_Password></Admin_Password>\n"));
    assert_non_null(strstr(text, "<GPP_C>a &lt; b</GPP_C>\n"));
    assert_non_null(strstr(text, "</flat-profile>\n</device>\n"));
    assert_string_equal(fake_host_take_events(&d.host), "");
    capture_free(&document);
    device_unplug(&d);
}

static const struct prov_param_info own_key = {
    .size = sizeof own_key,
    .name = "Own_Key",
    .default_value = "",
    .meaning = "a secret of the host's own",
    .flags = PROV_PARAM_FLAG_SECRET,
};

static void test_the_configuration_has_no_secrets_of_the_host(void **state)
{
    static const struct prov_param_info *const own[] = {&own_key};
    const struct prov_catalogue catalogue = {.size = sizeof catalogue, .extra = own, .n_extra = 1};
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &catalogue};
    struct device d;
    struct capture document;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "Own_Key", "s3cr3t");
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_config(d.agent, document.sink, NULL), PROV_OK);
    assert_non_null(strstr(capture_text(&document), "<Own_Key></Own_Key>\n"));
    capture_free(&document);
    device_unplug(&d);
}

static void test_the_status_is_that_of_a_report(void **state)
{
    struct device d;
    struct capture document;
    char section[] = "Network_Status";
    const struct prov_report_host host = {
        .size = sizeof host, .ctx = section, .status = own_status};
    (void)state;
    start(&d);
    fake_transport_add_text(&d.net, "http://h/p", "<flat-profile/>");
    device_ask(&d, "http://h/p");
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_status(d.agent, &host, document.sink, NULL), PROV_OK);
    const char *text = capture_text(&document);
    assert_non_null(strstr(text, "<device>\n<phone-status>\n<Product_Information>\n"));
    assert_non_null(strstr(text, "<Provisioning_Status>Last provisioning succeeded"));
    assert_non_null(strstr(text, "<Network_Status>\n<Operational_VLAN_ID>1 &amp; 2<"));
    assert_non_null(strstr(text, "</phone-status>\n</device>\n"));
    capture_free(&document);
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_status(d.agent, NULL, document.sink, NULL), PROV_OK);
    assert_null(strstr(capture_text(&document), "Network_Status"));
    capture_free(&document);
    char no_name[] = "not a name";
    const struct prov_report_host bad = {.size = sizeof bad, .ctx = no_name, .status = own_status};
    struct prov_error error = {0};
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_status(d.agent, &bad, document.sink, &error), PROV_E_HOST);
    assert_non_null(strstr(error.message, "found not a name"));
    capture_free(&document);
    device_unplug(&d);
}

struct poor_sink {
    struct device *d;
    unsigned n_left; /* calls until it fails */
    bool has_failed;
};

/* A sink that failed is not called again. */
static prov_status tick(struct poor_sink *sink)
{
    assert_false(sink->has_failed);
    sink->has_failed = sink->n_left-- == 0;
    return sink->has_failed ? 4711 : PROV_OK;
}

static prov_status write_poorly(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct poor_sink *sink = ctx;
    (void)data, (void)len;
    assert_int_equal(prov_agent_apply(sink->d->agent, &profile, NULL, NULL), PROV_E_STATE);
    const struct prov_sink again = {.write = write_poorly, .finish = NULL, .ctx = ctx};
    assert_int_equal(prov_agent_write_config(sink->d->agent, again, err), PROV_E_INVALID);
    return tick(sink);
}

static prov_status finish_poorly(void *ctx, struct prov_error *err)
{
    (void)err;
    return tick(ctx);
}

static void test_a_sink_may_fail(void **state)
{
    struct device d;
    (void)state;
    start(&d);
    for (unsigned n = 0;; n++) {
        struct poor_sink poor = {.d = &d, .n_left = n};
        const struct prov_sink sink = {write_poorly, finish_poorly, &poor};
        prov_status status = prov_agent_write_config(d.agent, sink, NULL);
        assert_true(status == PROV_OK || status == 4711);
        if (status == PROV_OK)
            break;
    }
    device_unplug(&d);
}

static struct {
    struct device *d;
    struct prov_sink sink;
    prov_status status;
} in_event;

static void write_again(void *ctx, const struct prov_event *event)
{
    (void)ctx, (void)event;
    in_event.status = prov_agent_write_config(in_event.d->agent, in_event.sink, NULL);
}

static prov_status free_in_status(void *ctx, size_t index, struct prov_report_field *out,
                                  struct prov_error *err)
{
    (void)index, (void)out, (void)err;
    prov_agent_free(((struct device *)ctx)->agent);
    return PROV_E_NOT_FOUND;
}

static void test_documents_and_callbacks(void **state)
{
    struct device d;
    struct capture document;
    const struct prov_report_host host = {.size = sizeof host, .ctx = &d, .status = free_in_status};
    const struct prov_report_host unsized = {.size = 1};
    (void)state;
    start(&d);
    capture_init(&document, NULL);
    in_event.d = &d;
    in_event.sink = document.sink;
    d.host.on_event = write_again;
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, NULL), PROV_OK);
    assert_int_equal(in_event.status, PROV_E_STATE);
    assert_int_equal(document.len, 0);
    assert_int_equal(prov_agent_write_status(d.agent, &unsized, document.sink, NULL), PROV_E_ABI);
    assert_int_equal(prov_agent_write_status(d.agent, &host, document.sink, NULL),
                     PROV_E_CANCELLED);
    d.agent = NULL;
    capture_free(&document);
    device_unplug(&d);
}

static void write_out_of_memory(void *ctx, struct dial *dial)
{
    struct device d;
    struct capture config, status;
    (void)ctx;
    start(&d);
    capture_init(&config, NULL);
    capture_init(&status, NULL);
    d.memory.dial = dial;
    prov_status first = prov_agent_write_config(d.agent, config.sink, NULL);
    prov_status second = prov_agent_write_status(d.agent, NULL, status.sink, NULL);
    d.memory.dial = NULL;
    assert_true(dial->hit || (first == PROV_OK && second == PROV_OK));
    assert_true(first == PROV_OK || first == PROV_E_NOMEM);
    assert_true(second == PROV_OK || second == PROV_E_NOMEM);
    capture_free(&config);
    capture_free(&status);
    device_unplug(&d);
}

static void test_every_allocation_of_a_document_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of documents", write_out_of_memory, NULL) > 4);
}

static void test_documents_are_refused_without_what_they_need(void **state)
{
    struct device d;
    struct capture document;
    const struct prov_sink none = {0};
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.param = NULL;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    capture_init(&document, NULL);
    assert_int_equal(prov_agent_write_config(d.agent, document.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_write_config(NULL, document.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_write_status(NULL, NULL, document.sink, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_write_status(d.agent, NULL, none, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_write_status(d.agent, NULL, document.sink, NULL), PROV_OK);
    capture_free(&document);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_configuration_has_no_secrets),
        cmocka_unit_test(test_the_configuration_has_no_secrets_of_the_host),
        cmocka_unit_test(test_the_status_is_that_of_a_report),
        cmocka_unit_test(test_a_sink_may_fail),
        cmocka_unit_test(test_documents_and_callbacks),
        cmocka_unit_test(test_every_allocation_of_a_document_may_fail),
        cmocka_unit_test(test_documents_are_refused_without_what_they_need),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
