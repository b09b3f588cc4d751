/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Beside a transfer: a host's header fields, and transports by scheme. */

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "fake_transport.h"
#include "transfer/transfer.h"

/* The copy of a host's headers. */
static void poor_headers_scenario(void *ctx, struct dial *dial)
{
    (void)ctx;
    const struct prov_header header = {PROVI_LIT("X-Group"), PROVI_LIT("office\t7")};
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = "office\t7";
    memory.secret_len = strlen("office\t7");
    struct provi_headers copy = {0};
    struct prov_error err = {.size = sizeof err};
    prov_status status = provi_headers_copy(&copy, &memory.alloc, &header, 1, &err);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_int_equal(err.status, status);
    assert_int_equal(copy.n, !dial->hit);
    if (!dial->hit) {
        assert_true(provi_str_is(copy.list[0].name, "X-Group"));
        assert_true(provi_str_is(copy.list[0].value, "office\t7"));
    }
    provi_headers_free(&copy, &memory.alloc);
    assert_int_equal(copy.n, 0);
    fault_alloc_assert_empty(&memory);
}

static void test_headers_without_memory(void **state)
{
    (void)state;
    assert_int_equal(dial_run("headers", poor_headers_scenario, NULL), 1);
}

static void test_headers_may_be_1024_bytes_each(void **state)
{
    (void)state;
    char value[PROVI_MAX_HEADER_BYTES];
    memset(value, 'v', sizeof value);
    const prov_str name = PROVI_LIT("X-Group");
    struct prov_header headers[] = {{name, {value, sizeof value - name.len}},
                                    {name, PROVI_LIT("v")}};
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(provi_headers_check(headers, 2, &err), PROV_OK);
    headers[0].value.len++;
    assert_int_equal(provi_headers_check(headers, 2, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "header X-Group is longer than 1024 bytes");
}

static void test_registry_finds_the_latest_for_a_scheme(void **state)
{
    (void)state;
    const struct prov_transport transports[] = {
        {.name = "a", .schemes = "tftp,http,https"},
        {.name = "b", .schemes = "http, gds"},
        {.name = "c", .schemes = "file"},
    };
    static const struct {
        const char *scheme;
        const char *name; /* NULL: none */
    } rows[] = {
        {"tftp", "a"}, {"http", "b"}, {"HTTPS", "a"}, {"gds", "b"}, {"file", "c"},
        {"ftp", NULL}, {"htt", NULL}, {"", NULL},     {",", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct prov_transport *found =
            provi_transport_for(transports, 3, prov_str_from(rows[i].scheme));
        if (rows[i].name)
            assert_string_equal(found ? found->name : "none", rows[i].name);
        else
            assert_null(found);
    }
    assert_null(provi_transport_for(NULL, 0, PROVI_LIT("http")));
}

static void test_registry_copies_only_whole_transports(void **state)
{
    (void)state;
    struct fake_transport fake;
    fake_transport_init(&fake, "http", NULL);
    struct prov_transport copy, from = fake.transport;
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_OK);
    assert_ptr_equal(copy.ctx, &fake);
    assert_int_equal(provi_transport_copy(&copy, NULL, NULL), PROV_E_INVALID);

    from.start = NULL;
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_E_INVALID);
    from = fake.transport;
    from.cancel = NULL;
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_E_INVALID);
    from = fake.transport;
    from.schemes = NULL;
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_E_INVALID);
    struct prov_error err = {.size = sizeof err};
    from.schemes = "http, htps,tftp";
    assert_int_equal(provi_transport_copy(&copy, &from, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "transport fake: expected tftp, http, https, gds, file or "
                                     "syslog, found the scheme 'htps'");
    from.schemes = "http, GDS";
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_OK);
    from = fake.transport;
    from.size = offsetof(struct prov_transport, pollfds);
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_OK);
    assert_null(copy.process);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_without_memory),
        cmocka_unit_test(test_headers_may_be_1024_bytes_each),
        cmocka_unit_test(test_registry_finds_the_latest_for_a_scheme),
        cmocka_unit_test(test_registry_copies_only_whole_transports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
