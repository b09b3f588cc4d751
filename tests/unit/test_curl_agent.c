/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* An agent on the built-in transport, both freed from within each event in turn. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "curl_rig.h"
#include "device.h"

static const struct reply replies[] = {
    {"HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
    {"HTTP/1.1 200 OK\r\n\r\n<flat-profile><GPP_A>new</GPP_A>"
     "<Web_Server_Port>81</Web_Server_Port></flat-profile>",
     REPLY_CLOSE},
    {"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
};

struct ending {
    struct curl_rig rig;
    struct device device;
    struct dial *dial;
    uint32_t flags; /* of the transport */
    bool no_redirects;
    bool is_freed;
    bool is_over;
};

static void on_event(void *ctx, const struct prov_event *event)
{
    struct ending *ending = ctx;
    if (ending->is_freed)
        test_die("event %u of an agent that was freed", (unsigned)event->type);
    ending->is_over |= event->type == PROV_EVENT_RESYNC;
    if (!dial_tick(ending->dial))
        return;
    prov_agent_free(ending->device.agent);
    ending->device.agent = NULL;
    prov_curl_free(ending->rig.curl);
    ending->rig.curl = NULL;
    ending->is_freed = true;
}

static prov_status check_url(void *ctx, prov_str url, struct prov_error *err)
{
    const struct ending *ending = ((struct fake_host *)ctx)->on_event_ctx;
    (void)err;
    bool is_redirect = url.data[url.len - 1] == 'b';
    return is_redirect && ending->no_redirects ? PROV_E_POLICY : PROV_OK;
}

static void set_up(struct ending *ending)
{
    struct device *d = &ending->device;
    char rule[64];
    curl_rig_open(&ending->rig, NULL);
    const struct http_server *server =
        curl_rig_http(&ending->rig, replies, sizeof replies / sizeof replies[0]);
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.check_url = check_url;
    snprintf(rule, sizeof rule, "http://127.0.0.1:%u/a", (unsigned)server->port);
    fake_host_set(&d->host, "Profile_Rule", rule);
    fake_host_set(&d->host, "Profile_Rule_B", rule);
    fake_host_set(&d->host, "Syslog_Server", "127.0.0.1:9");
    d->host.on_event = on_event;
    d->host.on_event_ctx = ending;
    const struct prov_agent_options options = {
        .size = sizeof options,
        .host = &d->host.host,
        .device = &d->host.device,
        .alloc = &d->memory.alloc,
    };
    assert_int_equal(prov_agent_new(&d->agent, &options, NULL), PROV_OK);
    assert_int_equal(prov_agent_add_transport(d->agent, ending->rig.transport, ending->flags, NULL),
                     PROV_OK);
}

static void run(struct ending *ending)
{
    while (!ending->is_freed && !ending->is_over) {
        prov_status status = prov_agent_process(ending->device.agent, NULL);
        assert_int_equal(status, ending->is_freed ? PROV_E_CANCELLED : PROV_OK);
        bool is_due = !ending->is_freed && prov_agent_timeout_ms(ending->device.agent) == 0;
        if (!ending->is_freed)
            curl_rig_turn(&ending->rig, is_due ? 0 : 1000);
    }
    assert_true(ending->is_freed || ending->is_over);
}

static void tear_down(struct ending *ending)
{
    device_unplug(&ending->device);
    curl_rig_close(&ending->rig);
}

static void free_at_event(void *ctx, struct dial *dial)
{
    struct ending ending = {.dial = dial, .flags = *(const uint32_t *)ctx};
    set_up(&ending);
    run(&ending);
    tear_down(&ending);
}

static void test_agent_and_transport_may_be_freed_at_every_event(void **state)
{
    static const uint32_t flags[] = {0, PROV_TRANSPORT_SHARED};
    (void)state;
    size_t n_descriptors = count_descriptors();
    for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
        uint32_t flag = flags[i];
        assert_true(dial_run("events of a resync", free_at_event, &flag) > 10);
    }
    assert_int_equal(count_descriptors(), n_descriptors);
}

static void test_host_forbids_a_redirect(void **state)
{
    static const bool answers[] = {false, true};
    (void)state;
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++) {
        struct ending ending = {.no_redirects = answers[i]};
        set_up(&ending);
        fake_host_set(&ending.device.host, "Profile_Rule_B", "");
        run(&ending);
        assert_int_equal(ending.rig.http[0].n_requests, answers[i] ? 1 : 2);
        const char *expected = answers[i] ? "result Profile_Rule failed PROV_E_POLICY\n"
                                          : "result Profile_Rule applied \n";
        assert_non_null(strstr(fake_host_take_events(&ending.device.host), expected));
        tear_down(&ending);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agent_and_transport_may_be_freed_at_every_event),
        cmocka_unit_test(test_host_forbids_a_redirect),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
