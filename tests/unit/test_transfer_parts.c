/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Beside a transfer: a host's header fields, a request's texts, and transports by scheme. */

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/str.h"
#include "fake_transport.h"
#include "golden.h"
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
    assert_null(copy.list);
    fault_alloc_assert_empty(&memory);
}

static void test_headers_without_memory(void **state)
{
    struct provi_headers none = {0};
    struct fault_alloc memory;
    (void)state;
    fault_alloc_init(&memory, NULL);
    assert_int_equal(provi_headers_copy(&none, &memory.alloc, NULL, 0, NULL), PROV_OK);
    assert_null(none.list);
    fault_alloc_assert_empty(&memory);
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

#define STR(text)                                                                                  \
    {                                                                                              \
        text, sizeof text - 1                                                                      \
    }

/* Which a host may add, and what is said of the others. */
static void test_headers_that_a_host_may_add(void **state)
{
    static const char own[] = "is the library's own", token[] = "is no token";
    static const char line[] = "empty, or not one line";
    static const struct {
        prov_str name, value;
        const char *message; /* NULL: it may */
    } rows[] = {
        {STR("Accept-Encoding"), STR("a"), own},
        {STR("AUTHORIZATION"), STR("a"), own},
        {STR("Connection"), STR("a"), own},
        {STR("Content-Encoding"), STR("a"), own},
        {STR("Content-Length"), STR("a"), own},
        {STR("Content-Type"), STR("a"), own},
        {STR("Expect"), STR("a"), own},
        {STR("Host"), STR("a"), own},
        {STR("Keep-Alive"), STR("a"), own},
        {STR("Range"), STR("a"), own},
        {STR("te"), STR("a"), own},
        {STR("Trailer"), STR("a"), own},
        {STR("Upgrade"), STR("a"), own},
        {STR("Transfer-Encoding"), STR("a"), own},
        {STR("User-Agent"), STR("a"), own},
        {STR("If-"), STR("a"), own},
        {STR("if-x"), STR("a"), own},
        {STR("Proxy-"), STR("a"), own},
        {STR("PROXY-X"), STR("a"), own},
        {STR(""), STR("a"), token},
        {STR("X Y"), STR("a"), token},
        {STR("X\0"), STR("a"), token},
        {STR(":X"), STR("a"), token},
        {{NULL, 1}, STR("a"), "a header's text without data"},
        {STR("X"), {NULL, 1}, "a header's text without data"},
        {STR("X"), STR(""), line},
        {STR("X"), STR("a "), line},
        {STR("X"), STR("\ta"), line},
        {STR("X"), STR("\x1f"), line},
        {STR("X"), STR("a\x1f"), line},
        {STR("X"),
         STR("a\x7f"
             "b"),
         line},
        {STR("X"), STR("a\tb \xc3\xa4~"), NULL},
        {STR("!#$%&'*+-.^_`|~09azAZ"), STR("a"), NULL},
        {STR("If"), STR("a"), NULL},
        {{"If-", 2}, STR("a"), NULL},
        {STR("Proxy"), STR("a"), NULL},
        {STR("T"), STR("a"), NULL},
        {STR("Hosts"), STR("a"), NULL},
    };
    struct prov_header many[PROVI_MAX_HEADERS + 1];
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct prov_header header = {rows[i].name, rows[i].value};
        struct prov_error err = {.size = sizeof err};
        prov_status status = provi_headers_check(&header, 1, &err);
        if (status != (rows[i].message ? PROV_E_INVALID : PROV_OK) ||
            (rows[i].message && !strstr(err.message, rows[i].message)))
            fail_msg("row %zu: %s '%s'", i, prov_status_name(status), err.message);
    }
    for (size_t i = 0; i < sizeof many / sizeof many[0]; i++)
        many[i] = (struct prov_header){PROVI_LIT("X"), PROVI_LIT("a")};
    assert_int_equal(provi_headers_check(many, PROVI_MAX_HEADERS, NULL), PROV_OK);
    assert_int_equal(provi_headers_check(many, PROVI_MAX_HEADERS + 1, NULL), PROV_E_INVALID);
    assert_int_equal(provi_headers_check(NULL, 1, NULL), PROV_E_INVALID);
    assert_int_equal(provi_headers_check(NULL, 0, NULL), PROV_OK);
    many[PROVI_MAX_HEADERS - 1].name = PROVI_LIT("Host");
    assert_int_equal(provi_headers_check(many, PROVI_MAX_HEADERS, NULL), PROV_E_INVALID);
}

static void test_registry_finds_the_latest_for_a_scheme(void **state)
{
    (void)state;
    struct prov_transport list[] = {
        {.name = "a", .schemes = "tftp,http,https"},
        {.name = "b", .schemes = "http, gds"},
        {.name = "c", .schemes = "file"},
    };
    const struct provi_transports all = {.list = list, .n = 3}, none = {.n = 0};
    static const struct {
        const char *scheme;
        const char *name; /* NULL: none */
    } rows[] = {
        {"tftp", "a"}, {"http", "b"}, {"HTTPS", "a"}, {"gds", "b"}, {"file", "c"},
        {"ftp", NULL}, {"htt", NULL}, {"", NULL},     {",", NULL},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct prov_transport *found =
            provi_transports_for(&all, prov_str_from(rows[i].scheme));
        if (rows[i].name)
            assert_string_equal(found ? found->name : "none", rows[i].name);
        else
            assert_null(found);
    }
    assert_null(provi_transports_for(&none, PROVI_LIT("http")));
}

static void test_registry_copies_only_whole_transports(void **state)
{
    (void)state;
    struct fake_transport fake;
    fake_transport_init(&fake, "http", NULL);
    struct prov_transport copy, from = fake.transport;
    assert_int_equal(provi_transport_copy(&copy, &from, NULL), PROV_OK);
    assert_ptr_equal(copy.ctx, &fake);
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(provi_transport_copy(&copy, NULL, &err), PROV_E_INVALID);
    assert_string_equal(err.message, "invalid argument: transport is NULL");

    for (int lacks = 0; lacks < 4; lacks++) {
        from = fake.transport;
        from.name = lacks == 0 ? NULL : from.name;
        from.schemes = lacks == 1 ? NULL : from.schemes;
        from.start = lacks == 2 ? NULL : from.start;
        from.cancel = lacks == 3 ? NULL : from.cancel;
        assert_int_equal(provi_transport_copy(&copy, &from, &err), PROV_E_INVALID);
        assert_string_equal(err.message,
                            lacks < 2 ? "invalid argument: transport without name or schemes"
                                      : "invalid argument: transport without start or cancel");
    }
    from = fake.transport;
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

static size_t no_fds(void *ctx, struct prov_pollfd *fds, size_t cap)
{
    (void)ctx, (void)fds, (void)cap;
    return 0;
}

static void test_registry_has_room_for_some(void **state)
{
    (void)state;
    struct fake_transport fake;
    struct fault_alloc memory;
    struct provi_transports all = {.n = 0};
    struct prov_error err = {.size = sizeof err};
    fake_transport_init(&fake, "http", NULL);
    fake.transport.pollfds = no_fds;
    fault_alloc_init(&memory, NULL);
    for (size_t i = 0; i < PROVI_MAX_TRANSPORTS; i++) {
        const bool is_shared = i == 1; /* the host drives it */
        assert_int_equal(
            provi_transports_add(&all, &memory.alloc, &fake.transport, is_shared, NULL), PROV_OK);
        assert_int_equal(all.n, i + 1);
        assert_int_equal(all.has_shared, i > 0);
        const struct prov_transport *added = &all.list[i];
        assert_true(added->start == fake.transport.start && added->ctx == &fake);
        assert_int_equal(!added->timeout_ms, is_shared);
        assert_int_equal(!added->pollfds, is_shared);
        assert_int_equal(!added->process, is_shared);
    }
    assert_int_equal(provi_transports_add(&all, &memory.alloc, &fake.transport, false, &err),
                     PROV_E_LIMIT);
    assert_string_equal(err.message, "at most 8 transports");
    provi_transports_free(&all, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

/* A transfer whose transport is the test itself. */
struct owner {
    prov_transfer *transfer;
    prov_status data_status;
    bool frees_at_data;
    unsigned n_heads, n_data, n_dones;
};

static prov_status start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err)
{
    (void)request;
    (void)err;
    ((struct owner *)ctx)->transfer = transfer;
    return PROV_OK;
}

static void cancel(void *ctx, prov_transfer *transfer)
{
    (void)ctx;
    (void)transfer;
}

static prov_status never_address(void *ctx, prov_str ip, uint16_t port, uint32_t peer,
                                 struct prov_error *err)
{
    (void)ctx;
    (void)ip;
    (void)port;
    (void)peer;
    (void)err;
    test_die("an address");
}

static void never_connected(void *ctx, const struct prov_connection *connection)
{
    (void)ctx;
    (void)connection;
    test_die("a connection");
}

static prov_status never_redirect(void *ctx, prov_str url, struct prov_error *err)
{
    (void)ctx;
    (void)url;
    (void)err;
    test_die("a redirect");
}

static void on_head(void *ctx, const struct prov_response *response)
{
    (void)response;
    ((struct owner *)ctx)->n_heads++;
}

static prov_status on_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct owner *owner = ctx;
    (void)data;
    (void)len;
    (void)err;
    owner->n_data++;
    if (owner->frees_at_data)
        provi_transfer_free(owner->transfer);
    return owner->data_status;
}

static void on_done(void *ctx, prov_status status, const struct prov_error *err)
{
    struct owner *owner = ctx;
    assert_int_equal(err->status, status);
    assert_int_equal(status, owner->data_status);
    owner->n_dones++;
}

/* A transport that goes on after a failure, or after the end, gets the same status at every call,
 * and the owner hears of none. */
static void test_transfer_repeats_its_failure(void **state)
{
    static const struct {
        prov_status data_status;
        bool frees_at_data, is_done;
        prov_status expected;
    } rows[] = {
        {PROV_E_CORRUPT, false, false, PROV_E_CORRUPT},
        {PROV_OK, true, false, PROV_E_CANCELLED},
        {PROV_OK, false, true, PROV_E_STATE},
    };
    const struct prov_connection connection = {.size = sizeof connection};
    const struct prov_response head = {.size = sizeof head, .length = -1};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const prov_status expected = rows[i].expected;
        const struct prov_limits limits = {.size = sizeof limits, .max_fetch_bytes = 9};
        const struct prov_request request = {.size = sizeof request, .limits = &limits};
        struct owner owner = {.data_status = rows[i].data_status,
                              .frees_at_data = rows[i].frees_at_data};
        const struct prov_transport transport = {.ctx = &owner, .start = start, .cancel = cancel};
        const struct provi_transfer_handler handler = {
            .address = never_address,
            .connected = never_connected,
            .head = on_head,
            .redirect = never_redirect,
            .data = on_data,
            .done = on_done,
            .ctx = &owner,
        };
        prov_transfer *t;
        assert_int_equal(provi_transfer_start(&t, NULL, &transport, &request, &handler, NULL),
                         PROV_OK);
        assert_int_equal(prov_transfer_data(t, "x", 1), rows[i].is_done ? PROV_OK : expected);
        if (rows[i].is_done)
            prov_transfer_done(t, PROV_OK, NULL);
        assert_int_equal(prov_transfer_address(t, PROVI_LIT("::1"), 80, PROV_PEER_SERVER),
                         expected);
        assert_int_equal(prov_transfer_connected(t, &connection), expected);
        assert_int_equal(prov_transfer_head(t, &head), expected);
        assert_int_equal(prov_transfer_redirect(t, PROVI_LIT("http://other/")), expected);
        assert_int_equal(prov_transfer_data(t, "", 0), expected);
        assert_int_equal(prov_transfer_data(t, "y", 1), expected);
        prov_transfer_done(t, PROV_OK, NULL);
        assert_int_equal(owner.n_heads, 1);
        assert_int_equal(owner.n_data, 1);
        assert_int_equal(owner.n_dones, !rows[i].frees_at_data);
        if (!rows[i].frees_at_data)
            provi_transfer_free(t);
    }
}

static prov_status free_at_address(void *ctx, prov_str ip, uint16_t port, uint32_t peer,
                                   struct prov_error *err)
{
    (void)ip;
    (void)port;
    (void)peer;
    (void)err;
    provi_transfer_free(((struct owner *)ctx)->transfer);
    return PROV_OK;
}

static prov_status free_at_redirect(void *ctx, prov_str url, struct prov_error *err)
{
    (void)url;
    (void)err;
    provi_transfer_free(((struct owner *)ctx)->transfer);
    return PROV_OK;
}

static prov_status refuse_to_start(void *ctx, prov_transfer *transfer,
                                   const struct prov_request *request, struct prov_error *err)
{
    (void)ctx;
    (void)transfer;
    (void)request;
    (void)err;
    return PROV_E_UNSUPPORTED;
}

/* Freed within a callback that permits to go on, it does not; one that is refused is none. */
static void test_transfer_that_is_not_wanted_does_not_go_on(void **state)
{
    const struct prov_limits limits = {.size = sizeof limits, .max_fetch_bytes = 9};
    const struct prov_request request = {.size = sizeof request, .limits = &limits};
    struct owner owner = {.n_data = 0};
    struct prov_transport transport = {
        .name = "own", .ctx = &owner, .start = start, .cancel = cancel};
    const struct provi_transfer_handler handler = {.address = free_at_address,
                                                   .redirect = free_at_redirect,
                                                   .data = on_data,
                                                   .done = on_done,
                                                   .ctx = &owner};
    prov_transfer *t;
    (void)state;
    for (int is_redirect = 0; is_redirect < 2; is_redirect++) {
        assert_int_equal(provi_transfer_start(&t, NULL, &transport, &request, &handler, NULL),
                         PROV_OK);
        assert_int_equal(is_redirect
                             ? prov_transfer_redirect(t, PROVI_LIT("http://h/"))
                             : prov_transfer_address(t, PROVI_LIT("::1"), 80, PROV_PEER_SERVER),
                         PROV_E_CANCELLED);
        prov_transfer_done(t, PROV_E_CANCELLED, NULL);
    }
    transport.start = refuse_to_start;
    assert_int_equal(provi_transfer_start(&t, NULL, &transport, &request, &handler, NULL),
                     PROV_E_UNSUPPORTED);
    assert_null(t);
    assert_int_equal(owner.n_data + owner.n_dones, 0);
}

/* Each text of a request, by its name in messages; NULL: it is not checked here. */
static const struct {
    const char *member;
    const char *name;
    size_t place;
} texts[] = {
#define TEXT(member, name)                                                                         \
    {                                                                                              \
#member, name, offsetof(struct prov_request, member)                                       \
    }
    TEXT(url, NULL), /* these four and the address are split and checked before */
    TEXT(scheme, NULL),
    TEXT(host, NULL),
    TEXT(path, NULL),
    TEXT(source_ip, NULL),
    TEXT(body, NULL), /* any bytes */
    TEXT(content_type, "Content-Type"),
    TEXT(content_encoding, "Content-Encoding"),
    TEXT(user_agent, "user_agent"),
    TEXT(accept_encoding, "Accept-Encoding"),
    TEXT(if_none_match, "If-None-Match"),
    TEXT(if_range, "If-Range"),
    TEXT(uid, "uid"),
    TEXT(pwd, "pwd"),
    TEXT(proxy, "proxy"),
    TEXT(proxy_uid, "proxy_uid"),
    TEXT(proxy_pwd, "proxy_pwd"),

#undef TEXT
};

/* The members of the struct, as its header declares them: a new one must be in the table above. */
static void test_transfer_table_has_every_text_of_a_request(void **state)
{
    size_t len, n = 0;
    struct golden golden;
    (void)state;
    snprintf(golden.folder, sizeof golden.folder, "%s/include/provision", TEST_SOURCE_ROOT);
    char *header = (char *)golden_read(&golden, "transport.h", &len);
    assert_non_null(header);
    char *at = strstr(header, "struct prov_request {");
    char *end = at ? strstr(at, "\n};") : NULL;
    assert_non_null(end);
    *end = '\0';
    while ((at = strstr(at, "\n    prov_str "))) {
        at += strlen("\n    prov_str ");
        size_t i = 0, name_len = strcspn(at, ";");
        while (i < PROVI_LEN(texts) &&
               (strlen(texts[i].member) != name_len || memcmp(at, texts[i].member, name_len) != 0))
            i++;
        if (i == PROVI_LEN(texts))
            fail_msg("prov_request.%.*s: expected in the table of this test", (int)name_len, at);
        n++;
    }
    assert_int_equal(n, PROVI_LEN(texts));
    free(header);
}

/* A line end would write headers of its own; the transport is not asked. */
static void test_transfer_takes_texts_of_one_line_of_1024_bytes(void **state)
{
    static const struct provi_transfer_handler handler;
    char text[1026], expected[128];
    struct prov_limits limits;
    (void)state;
    memset(text, 's', sizeof text);
    assert_int_equal(provi_limits_resolve(&limits, NULL, NULL), PROV_OK);
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        struct fake_transport fake;
        struct prov_request request = {.size = sizeof request, .limits = &limits};
        struct prov_error err = {.size = sizeof err};
        prov_transfer *transfer;
        if (!texts[i].name)
            continue;
        fake_transport_init(&fake, "http", NULL);
        prov_str *place = (void *)((char *)&request + texts[i].place);
        *place = prov_str_from("s3cr3t\nX: y");
        assert_int_equal(
            provi_transfer_start(&transfer, NULL, &fake.transport, &request, &handler, &err),
            PROV_E_SYNTAX);
        snprintf(expected, sizeof expected, "%s: expected one line, found a control character",
                 texts[i].name);
        assert_string_equal(err.message, expected);
        *place = (prov_str){text, 1025};
        assert_int_equal(
            provi_transfer_start(&transfer, NULL, &fake.transport, &request, &handler, &err),
            PROV_E_LIMIT);
        assert_null(transfer);
        snprintf(expected, sizeof expected, "%s: expected at most 1024 bytes, found 1025",
                 texts[i].name);
        assert_string_equal(err.message, expected);
        assert_int_equal(fake.n_requests, 0);
        place->len = 1024;
        assert_int_equal(
            provi_transfer_start(&transfer, NULL, &fake.transport, &request, &handler, &err),
            PROV_OK);
        assert_int_equal(fake.n_requests, 1);
        provi_transfer_free(transfer);
        fake_transport_free(&fake);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_headers_without_memory),
        cmocka_unit_test(test_headers_may_be_1024_bytes_each),
        cmocka_unit_test(test_headers_that_a_host_may_add),
        cmocka_unit_test(test_registry_finds_the_latest_for_a_scheme),
        cmocka_unit_test(test_registry_copies_only_whole_transports),
        cmocka_unit_test(test_registry_has_room_for_some),
        cmocka_unit_test(test_transfer_repeats_its_failure),
        cmocka_unit_test(test_transfer_table_has_every_text_of_a_request),
        cmocka_unit_test(test_transfer_takes_texts_of_one_line_of_1024_bytes),
        cmocka_unit_test(test_transfer_that_is_not_wanted_does_not_go_on),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
