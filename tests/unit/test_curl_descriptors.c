/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Transfers while the process has no free descriptor. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cmocka.h>

#include <provision/version.h>

#include "cares.h"
#include "curl_rig.h"

/* No descriptor is free, or all are again. */
static void limit_descriptors(bool is_on)
{
    static struct rlimit before;
    if (is_on) {
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        int next = dup(0);
        assert_true(next > 0);
        close(next);
        const struct rlimit limit = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    } else {
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
    }
}

static void test_curl_without_descriptors(void **state)
{
    static const struct {
        const char *scheme, *host;
        prov_status status;
        const char *message;
    } rows[] = {
        {"http", "127.0.0.1", PROV_E_CONNECT,
         "cannot connect to 127.0.0.1:9: no descriptor is free"},
        {"https", "127.0.0.1", PROV_E_CONNECT,
         "cannot connect to 127.0.0.1:9: no descriptor is free"},
        {"tftp", "127.0.0.1", PROV_E_CONNECT,
         "cannot connect to 127.0.0.1:9: no descriptor is free"},
        {"http", "a.invalid", PROV_E_DNS,
         "no descriptor is free to ask the name server 127.0.0.1 (query: a.invalid:9)"},
    };
    (void)state;
    cares_ask_port(53);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == PROV_E_DNS && !prov_feature_supported(PROV_FEATURE_SRV))
            continue; /* without c-ares, nobody knows */
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        limit_descriptors(true);
        curl_rig_start_at(&rig, rows[i].scheme, rows[i].host, 9, "/x");
        curl_rig_finish(&rig);
        limit_descriptors(false);
        assert_int_equal(rig.status, rows[i].status);
        assert_string_equal(rig.err.message, rows[i].message);
        if (rig.status == PROV_E_CONNECT) {
            assert_int_equal(rig.err.origin, PROV_ORIGIN_OS);
            assert_int_equal(rig.err.native, EMFILE);
        }
        assert_true(rig.err.flags & PROV_ERROR_RETRYABLE);
        curl_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curl_without_descriptors),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
