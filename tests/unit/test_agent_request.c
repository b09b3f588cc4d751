/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What an agent puts into a request besides the rule's own words. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "device.h"

#define SECRET "proxy-s3cr3t"

/* Proxy */

static const struct proxy_row {
    const char *mode;
    const char *host;
    const char *port;
    const char *has_login;
    const char *proxy; /* in the request */
    const char *uid;
    bool is_warned;
} proxy_rows[] = {

    {"Off", "gate.test", "8080", "Yes", "", "", false},
    {"Manual", "gate.test", "8080", "No", "gate.test:8080", "", false},
    {"manual", "gate.test", "", "", "gate.test:3128", "", false},
    {"Manual", "gate.test", "x", "Yes", "gate.test:3128", "user", false},
    {"Manual", "192.0.2.9", "80", "Yes", "192.0.2.9:80", "user", false},
    {"Manual", "2001:db8::9", "80", "No", "[2001:db8::9]:80", "", false},
    {"Manual", "[2001:db8::9]", "80", "No", "[2001:db8::9]:80", "", false},
    {"Manual", "", "8080", "Yes", "", "", true},
    {"Auto", "gate.test", "8080", "Yes", "", "", true},
};

static void test_proxy_is_what_the_parameters_name(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof proxy_rows / sizeof proxy_rows[0]; i++) {
        const struct proxy_row *row = &proxy_rows[i];
        struct device d;
        device_start(&d);
        device_boot(&d);
        fake_host_set(&d.host, "Proxy_Mode", row->mode);
        fake_host_set(&d.host, "Proxy_Host", row->host);
        fake_host_set(&d.host, "Proxy_Port", row->port);
        fake_host_set(&d.host, "Proxy_Server_Requires_Authentication", row->has_login);
        fake_host_set(&d.host, "Proxy_Username", "user");
        fake_host_set(&d.host, "Proxy_Password", SECRET);
        device_ask(&d, "http://h/p");
        const struct fake_request *request = fake_transport_find(&d.net, "http://h/p");
        assert_non_null(request);
        assert_string_equal(request->proxy, row->proxy);
        assert_string_equal(request->proxy_uid, row->uid);
        assert_string_equal(request->proxy_pwd, row->uid[0] ? SECRET : "");
        const char *events = fake_host_take_events(&d.host);
        assert_null(strstr(events, SECRET));
        if ((strstr(events, "warning") != NULL) != row->is_warned)
            fail_msg("row %zu: %s", i, events);
        device_unplug(&d);
    }
}

static void test_proxy_is_for_http_only(void **state)
{
    (void)state;
    struct device d;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    fake_host_set(&d.host, "Proxy_Host", "gate.test");
    device_ask(&d, "tftp://h/p");
    assert_string_equal(fake_transport_find(&d.net, "tftp://h/p")->proxy, "");
    device_ask(&d, "https://h/p");
    assert_string_equal(fake_transport_find(&d.net, "https://h/p")->proxy, "gate.test:3128");
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxy_is_what_the_parameters_name),
        cmocka_unit_test(test_proxy_is_for_http_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
