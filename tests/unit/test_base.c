/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/base.h>
#include <provision/dialect.h>
#include <provision/version.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/record.h"
#include "base/str.h"
#include "base/time.h"
#include "base/url.h"
#include "dials.h"
#include "table.h"

/* Status */

static void test_status_names_and_texts_are_unique(void **state)
{
    (void)state;
    const char *names[256];
    size_t n_names = 0;
    for (prov_status status = 0; status > -1000; status--) {
        const char *name = prov_status_name(status);
        const char *text = prov_status_text(status);
        if (strcmp(name, "PROV_E_?") == 0) {
            assert_string_equal(text, "unknown status");
            continue;
        }
        assert_int_equal(strncmp(name, status ? "PROV_E_" : "PROV_OK", 7), 0);
        for (size_t i = 0; i < n_names; i++) {
            assert_string_not_equal(names[i], name);
            assert_string_not_equal(names[i], text);
        }
        names[n_names++] = name;
        names[n_names++] = text;
    }
    assert_true(n_names > 2 * 20);
    assert_string_equal(prov_status_name(1), "PROV_E_?");
    assert_string_equal(prov_status_name(INT32_MIN), "PROV_E_?");
}

/* Text */

static void test_str_compares_bytes(void **state)
{
    (void)state;
    const prov_str none = {NULL, 0};
    assert_true(provi_str_eq(none, PROVI_LIT("")));
    assert_true(provi_str_eq_nocase(none, PROVI_LIT("")));
    assert_true(provi_str_eq(prov_str_from(NULL), none));
    assert_true(provi_str_eq(PROVI_LIT("a\0b"), PROVI_LIT("a\0b")));
    assert_false(provi_str_eq(PROVI_LIT("a\0b"), PROVI_LIT("a\0c")));
    assert_false(provi_str_eq(PROVI_LIT("a"), PROVI_LIT("ab")));
    assert_true(provi_str_eq_nocase(PROVI_LIT("aZ_9"), PROVI_LIT("Az_9")));
    assert_false(provi_str_eq_nocase(PROVI_LIT("@["), PROVI_LIT("`{")));
    assert_false(provi_str_eq_nocase(PROVI_LIT("\xc4"), PROVI_LIT("\xe4")));
    assert_true(provi_str_starts(PROVI_LIT("http://"), PROVI_LIT("http")));
    assert_true(provi_str_starts(none, none));
    assert_false(provi_str_starts(none, PROVI_LIT("h")));
    assert_true(provi_str_is(PROVI_LIT("gds"), "gds"));
    assert_false(provi_str_is(PROVI_LIT("gds\0"), "gds"));
}

static void test_str_trims_and_cuts(void **state)
{
    (void)state;
    assert_true(provi_str_is(provi_str_trim(PROVI_LIT(" \t\r\na b\n ")), "a b"));
    assert_true(provi_str_is(provi_str_trim(PROVI_LIT("   ")), ""));
    assert_int_equal(provi_str_trim((prov_str){NULL, 0}).len, 0);
    assert_true(provi_str_is(provi_str_from_offset(PROVI_LIT("abc"), 2), "c"));
    assert_int_equal(provi_str_from_offset(PROVI_LIT("abc"), 3).len, 0);
    assert_int_equal(provi_str_from_offset(PROVI_LIT("abc"), SIZE_MAX).len, 0);
    assert_int_equal(provi_str_find(PROVI_LIT("a\0b"), 'b'), 2);
    assert_int_equal(provi_str_find(PROVI_LIT("abc"), 'x'), 3);
    assert_true(provi_str_has(PROVI_LIT("abc"), PROVI_LIT("bc")));
    assert_false(provi_str_has(PROVI_LIT("abc"), PROVI_LIT("cd")));
    assert_false(provi_str_has(PROVI_LIT("abc"), PROVI_LIT("BC")));
    assert_int_equal(provi_str_find((prov_str){NULL, 0}, 'x'), 0);
}

static void test_str_split_yields_every_piece(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *pieces; /* each in brackets */
    } cases[] = {
        {"a|b|c", "[a][b][c]"}, {"a", "[a]"},  {"a|", "[a][]"},
        {"|a", "[][a]"},        {"|", "[][]"}, {"", "[]"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        prov_str rest = prov_str_from(cases[i].text);
        prov_str piece;
        char got[64] = "";
        while (provi_str_split(&rest, '|', &piece))
            snprintf(got + strlen(got), sizeof got - strlen(got), "[%.*s]", (int)piece.len,
                     piece.data);
        assert_string_equal(got, cases[i].pieces);
    }
    prov_str rest = {NULL, 0};
    prov_str piece;
    assert_false(provi_str_split(&rest, '|', &piece));
}

static void test_str_to_u64_knows_its_ceiling(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        uint64_t max;
        bool is_number;
        uint64_t value;
    } cases[] = {
        {"0", 0, true, 0},
        {"1", 0, false, 0},
        {"9", 8, false, 0},
        {"65535", 65535, true, 65535},
        {"65536", 65535, false, 0},
        {"00000000000000000000000000000007", 7, true, 7},
        {"18446744073709551615", UINT64_MAX, true, UINT64_MAX},
        {"18446744073709551616", UINT64_MAX, false, 0},
        {"99999999999999999999", UINT64_MAX, false, 0},
        {"", 9, false, 0},
        {"-1", 9, false, 0},
        {"+1", 9, false, 0},
        {" 1", 9, false, 0},
        {"1 ", 9, false, 0},
        {"0x1", 9, false, 0},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        uint64_t value = 42;
        bool is_number = provi_str_to_u64(prov_str_from(cases[i].text), cases[i].max, &value);
        assert_int_equal(is_number, cases[i].is_number);
        assert_int_equal(value, is_number ? cases[i].value : 42);
    }
}

static void test_str_out_always_tells_the_length(void **state)
{
    (void)state;
    size_t len = 0;
    assert_int_equal(provi_str_out(PROVI_LIT("abc"), NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, 3);
    for (size_t cap = 1; cap < 6; cap++) {
        char buf[6] = "zzzzz";
        len = 0;
        assert_int_equal(provi_str_out(PROVI_LIT("abc"), buf, cap, &len),
                         cap > 3 ? PROV_OK : PROV_E_LIMIT);
        assert_int_equal(len, 3);
        assert_int_equal(strncmp(buf, "abc", cap - 1), 0);
        assert_int_equal(buf[cap > 3 ? 3 : cap - 1], '\0');
        assert_int_equal(buf[cap], cap < 5 ? 'z' : '\0'); /* what is behind stays */
    }
    assert_int_equal(provi_str_out((prov_str){NULL, 0}, NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, 0);
}

/* Delays */

static void check_delays(void *ctx, const struct table_row *row)
{
    (void)ctx;
    prov_str rest = row->columns[0];
    struct provi_delay delay;
    char got[256] = "";
    prov_status status;
    while ((status = provi_delay_next(&rest, &delay)) == PROV_OK)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s%u+%u", *got ? " " : "",
                 (unsigned)delay.min_s, (unsigned)delay.jitter_s);
    if (status == PROV_E_SYNTAX)
        snprintf(got + strlen(got), sizeof got - strlen(got), "%s?", *got ? " " : "");
    if (strcmp(got, row->columns[1].data) != 0)
        table_fail(row, "got: %s", got);
}

static void test_delays_follow_the_vectors(void **state)
{
    (void)state;
    assert_true(table_run("tests/vectors/base/delays.txt", check_delays, NULL) > 10);
}

/* URLs */

/* "-": not written, so empty and unmarked. */
static void check_piece(const struct table_row *row, const char *what, prov_str got,
                        prov_str wanted)
{
    if (provi_str_is(wanted, "-"))
        wanted = PROVI_LIT("");
    if (!provi_str_eq(got, wanted))
        table_fail(row, "%s is: %.*s", what, (int)got.len, got.data ? got.data : "");
}

static void check_url(void *ctx, const struct table_row *row)
{
    (void)ctx;
    const prov_str *column = row->columns;
    struct provi_url url;
    struct provi_url_fault fault;
    if (row->n_columns != 8)
        table_fail(row, "expected 8 columns");
    if (!provi_url_split(column[1], provi_str_is(column[0], "path"), &url, &fault))
        table_fail(row, "at %zu: expected %s", fault.offset, fault.expected);
    check_piece(row, "scheme", url.scheme, column[2]);
    check_piece(row, "user", url.user, column[3]);
    check_piece(row, "password", url.password, column[4]);
    check_piece(row, "host", url.host, column[5]);
    check_piece(row, "path", url.path, column[7]);
    if (url.has_user == provi_str_is(column[3], "-"))
        table_fail(row, "has_user is %d", url.has_user);
    if (url.has_password == provi_str_is(column[4], "-"))
        table_fail(row, "has_password is %d", url.has_password);
    if (url.port != strtoul(column[6].data, NULL, 10))
        table_fail(row, "port is %u", (unsigned)url.port);
}

static void check_url_fault(void *ctx, const struct table_row *row)
{
    (void)ctx;
    struct provi_url url;
    struct provi_url_fault fault;
    if (provi_url_split(row->columns[1], provi_str_is(row->columns[0], "path"), &url, &fault))
        table_fail(row, "passed");
    if (fault.offset != strtoul(row->columns[2].data, NULL, 10))
        table_fail(row, "offset is %zu", fault.offset);
    if (strcmp(fault.expected, row->columns[3].data) != 0)
        table_fail(row, "expected is: %s", fault.expected);
}

static void test_url_split_follows_the_vectors(void **state)
{
    (void)state;
    assert_true(table_run("tests/vectors/base/urls.txt", check_url, NULL) > 30);
    assert_true(table_run("tests/vectors/base/url_faults.txt", check_url_fault, NULL) > 30);
}

static void test_url_write_leaves_out_what_is_secret_or_usual(void **state)
{
    (void)state;
    static const char *const cases[][2] = {
        {"http://u:p@h:80/x", "http://h/x"},
        {"http://h:8080/x", "http://h:8080/x"},
        {"HTTPS://h:443/", "https://h/"},
        {"https://h:80/", "https://h:80/"},
        {"tftp://[::1]:69/x", "tftp://[::1]/x"},
        {"http://[::1]:1/x?y", "http://[::1]:1/x?y"},
        {"gds://", "gds://"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct provi_url url;
        struct provi_url_fault fault;
        assert_true(provi_url_split(prov_str_from(cases[i][0]), true, &url, &fault));
        char buf[64];
        struct provi_text out = {.buf = buf, .cap = sizeof buf};
        provi_url_write(&out, &url);
        assert_int_equal(provi_text_end(&out, NULL), PROV_OK);
        assert_string_equal(buf, cases[i][1]);
    }
    assert_int_equal(provi_url_default_port(PROVI_LIT("TFTP")), 69);
    assert_int_equal(provi_url_default_port(PROVI_LIT("ftp")), 0);
}

/* Scratch */

static void test_scratch_takes_again_what_was_freed_last(void **state)
{
    (void)state;
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    struct provi_scratch scratch = {.lower = memory.alloc};
    struct prov_alloc alloc = provi_scratch_alloc(&scratch);

    char *first = provi_alloc(&alloc, 10);
    memcpy(first, "0123456789", 10);
    char *second = provi_alloc(&alloc, 1);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(provi_resize(&alloc, second, 1, 100), second); /* the newest, in its place */
    first = provi_resize(&alloc, first, 10, 50);
    assert_memory_equal(first, "0123456789", 10);
    provi_free(&alloc, first, 50);
    provi_free(&alloc, second, 100);
    assert_ptr_equal(provi_alloc(&alloc, 50), second);

    char *large = provi_alloc(&alloc, PROVI_SCRATCH_BYTES); /* comes from beneath */
    assert_int_equal(memory.n_blocks, 1);
    memcpy(large, "0123456789", 10);
    large = provi_resize(&alloc, large, PROVI_SCRATCH_BYTES, 2 * PROVI_SCRATCH_BYTES);
    assert_memory_equal(large, "0123456789", 10);
    provi_free(&alloc, large, 2 * PROVI_SCRATCH_BYTES);
    fault_alloc_assert_empty(&memory);
}

/* Buffers */

static void add_in_pieces(void *ctx, struct dial *dial)
{
    bool is_secret = *(bool *)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = is_secret ? "0123456789" : NULL;
    memory.secret_len = is_secret ? 10 : 0;
    struct provi_buffer buffer;
    provi_buffer_init(&buffer, 1000, is_secret);
    size_t len = 0;
    for (int i = 0; i < 100; i++) {
        prov_status status = provi_buffer_add(&buffer, &memory.alloc, "0123456789", 10);
        assert_int_equal(status, dial->hit && buffer.len == len ? PROV_E_NOMEM : PROV_OK);
        if (status != PROV_OK)
            break;
        len += 10;
        assert_int_equal(buffer.len, len);
        assert_int_equal(strlen(buffer.data), len);
    }
    if (!dial->hit) {
        assert_int_equal(buffer.len, 1000);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "x", 1), PROV_E_LIMIT);
        assert_int_equal(buffer.len, 1000);
        assert_true(buffer.cap <= 1001);
    }
    provi_buffer_free(&buffer, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

static void test_buffer_grows_to_its_ceiling(void **state)
{
    (void)state;
    bool is_secret = false;
    assert_true(dial_run("buffer", add_in_pieces, &is_secret) > 3);
    is_secret = true;
    assert_true(dial_run("secret buffer", add_in_pieces, &is_secret) > 3);
}

static void test_buffer_is_flattened_to_one_line(void **state)
{
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer buffer;
    (void)state;
    provi_buffer_init(&buffer, 20, false);
    provi_buffer_flatten(&buffer);
    assert_int_equal(provi_buffer_add(&buffer, &alloc, "\na\tb \x7f\x80\0", 8), PROV_OK);
    provi_buffer_flatten(&buffer);
    assert_int_equal(buffer.len, 8);
    assert_memory_equal(buffer.data, " a b  \x80 ", 9);
    provi_buffer_free(&buffer, &alloc);
}

static void test_buffer_sizes_never_overflow(void **state)
{
    (void)state;
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    static const size_t ceilings[] = {0, 1, 63, 64, SIZE_MAX - 1, SIZE_MAX};
    for (size_t i = 0; i < PROVI_LEN(ceilings); i++) {
        struct provi_buffer buffer;
        provi_buffer_init(&buffer, ceilings[i], false);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, NULL, 0), PROV_OK);
        assert_string_equal(buffer.data, "");
        prov_status wanted = ceilings[i] ? PROV_OK : PROV_E_LIMIT;
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "x", 1), wanted);
        assert_int_equal(provi_buffer_reserve(&buffer, &memory.alloc, SIZE_MAX), PROV_E_LIMIT);
        assert_true(buffer.cap <= 64);
        provi_buffer_reset(&buffer);
        assert_int_equal(provi_buffer_str(&buffer).len, 0);
        assert_string_equal(buffer.data, "");
        provi_buffer_free(&buffer, &memory.alloc);
    }
    fault_alloc_assert_empty(&memory);
}

static void test_buffer_reset_wipes_a_secret(void **state)
{
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer buffer;
    provi_buffer_init(&buffer, 100, true);
    assert_int_equal(provi_buffer_add(&buffer, &alloc, "MyOwnSecret", 11), PROV_OK);
    provi_buffer_reset(&buffer);
    for (size_t i = 0; i < buffer.cap; i++)
        assert_int_equal(buffer.data[i], 0);
    provi_buffer_free(&buffer, &alloc);
}

/* Secrets */

static void set_secret(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = "MyOwnSecret";
    memory.secret_len = 11;
    struct provi_secret secret = {0};
    prov_status status = provi_secret_set(&secret, &memory.alloc, PROVI_LIT("MyOwnSecret"));
    if (status == PROV_OK)
        assert_true(provi_str_is(provi_secret_str(&secret), "MyOwnSecret"));
    status = provi_secret_set(&secret, &memory.alloc, PROVI_LIT("another"));
    assert_true(provi_str_is(provi_secret_str(&secret), status == PROV_OK ? "another" : ""));
    assert_int_equal(provi_secret_set(&secret, &memory.alloc, PROVI_LIT("")), PROV_OK);
    assert_int_equal(memory.n_blocks, 0);
    provi_secret_clear(&secret, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

static void test_secret_is_wiped_on_every_path(void **state)
{
    (void)state;
    assert_int_equal(dial_run("secret", set_secret, NULL), 2);
}

static void test_wipe_wipes(void **state)
{
    (void)state;
    char bytes[300];
    memset(bytes, 'x', sizeof bytes);
    provi_wipe(bytes + 1, sizeof bytes - 2);
    assert_int_equal(bytes[0], 'x');
    assert_int_equal(bytes[sizeof bytes - 1], 'x');
    for (size_t i = 1; i < sizeof bytes - 1; i++)
        assert_int_equal(bytes[i], 0);
    provi_wipe(NULL, 0);
}

/* What is said of a setting that has more than a server's name or address. */
static void test_servers_of_settings(void **state)
{
    static const char both[] = "expected HOST or HOST:PORT",
                      alone[] = "expected a host name or address";
    static const struct {
        const char *text, *port_param; /* NULL: a port may follow */
        prov_status status;
        const char *begins, *ends;
    } rows[] = {
        {"h", NULL, PROV_OK, "", ""},
        {"h:514", NULL, PROV_OK, "", ""},
        {"[2001:db8::1]:514", NULL, PROV_OK, "", ""},
        {"h", "Proxy_Port", PROV_OK, "", ""},
        {"http://h", NULL, PROV_E_VALUE, both, "a scheme (://)"},
        {"u@h", "P", PROV_E_VALUE, alone, "a user (@)"},
        {"h/x", NULL, PROV_E_VALUE, both, "a path (/)"},
        {"h x", NULL, PROV_E_VALUE, both, "a blank or a control character"},
        {"h\x1f", NULL, PROV_E_VALUE, both, "a blank or a control character"},
        {"h\x7f", NULL, PROV_E_VALUE, both, "a blank or a control character"},
        {"h:0", NULL, PROV_E_VALUE, both, "a port from 1 to 65535"},
        {"h:80", "Proxy_Port", PROV_E_VALUE, alone, "a port: set Proxy_Port instead"},
        {"h:80", "", PROV_E_VALUE, alone, "found a port"},
    };
    char name[257];
    struct provi_url url;
    struct prov_error err = {0};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        err = (struct prov_error){0};
        prov_status status =
            provi_server_read(prov_str_from(rows[i].text), "S", rows[i].port_param, &url, &err);
        size_t len = strlen(err.message), ends = strlen(rows[i].ends);
        if (status != rows[i].status || !strstr(err.message, rows[i].begins) || len < ends ||
            strcmp(err.message + len - ends, rows[i].ends) != 0)
            fail_msg("%s: %s", rows[i].text, err.message);
        assert_string_equal(err.subject, status == PROV_OK ? "" : "S");
    }
    memset(name, 'a', sizeof name);
    assert_int_equal(provi_server_read((prov_str){name, 255}, "S", NULL, &url, &err), PROV_OK);
    assert_int_equal(provi_server_read((prov_str){name, 256}, "S", NULL, &url, &err), PROV_E_LIMIT);
    assert_string_equal(err.message, "expected at most 255 bytes, found 256");
}

/* Limits, dialects, version */

static void test_limits_fill_in_what_is_zero(void **state)
{
    (void)state;
    struct prov_limits all;
    assert_int_equal(provi_limits_resolve(&all, NULL, NULL), PROV_OK);
    assert_int_equal(all.size, sizeof all);
    assert_int_equal(all.max_fetch_bytes, 4 << 20);
    assert_int_equal(all.max_inflate_ratio, 200);
    assert_int_equal(all.total_timeout_ms, 900000);
    assert_int_equal(all.resync_timeout_ms, 3600000);

    /* Every field has a default, and a field that is set stays. */
    const unsigned char *bytes = (const unsigned char *)&all;
    for (size_t at = offsetof(struct prov_limits, max_fetch_bytes);
         at < sizeof(struct prov_limits);) {
        size_t width = at < offsetof(struct prov_limits, max_inflate_ratio) ? 8 : 4;
        struct prov_limits mine = {.size = sizeof mine};
        ((unsigned char *)&mine)[at] = 1;
        struct prov_limits got;
        assert_int_equal(provi_limits_resolve(&got, &mine, NULL), PROV_OK);
        assert_memory_not_equal(bytes + at, "\0\0\0\0\0\0\0", width);
        assert_memory_equal((unsigned char *)&got + at, (unsigned char *)&mine + at, width);
        assert_memory_equal((unsigned char *)&got + sizeof(size_t), bytes + sizeof(size_t),
                            at - sizeof(size_t));
        at += width;
    }
}

static void test_dialects_are_presets(void **state)
{
    (void)state;
    const struct prov_dialect zero = {.size = sizeof zero};
    assert_memory_equal(prov_dialect_get(PROV_DIALECT_MPP), &zero, sizeof zero);
    const struct prov_dialect *spa = prov_dialect_get(PROV_DIALECT_SPA);
    assert_int_equal(spa->id, PROV_DIALECT_SPA);
    assert_true(spa->log_dashes && spa->hash_comments_anywhere);
    assert_null(prov_dialect_get(2));
    assert_null(prov_dialect_get(UINT32_MAX));
}

static void test_version_of_library_and_header_agree(void **state)
{
    (void)state;
    assert_int_equal(prov_version_number(), PROV_VERSION_NUMBER);
    assert_string_equal(prov_version_string(), PROV_VERSION_STRING);
    assert_false(prov_feature_supported(0));
    assert_false(prov_feature_supported(UINT32_MAX));
}

/* The check value every catalogue of checksums gives, and what zlib says of nothing. */
static void test_crc32_is_the_usual_one(void **state)
{
    (void)state;
    assert_int_equal(provi_crc32(0, PROVI_LIT("123456789")), 0xcbf43926);
    assert_int_equal(provi_crc32(0, PROVI_LIT("")), 0);
}

/* Dates */

static void test_dates_follow_the_calendar(void **state)
{
    (void)state;
    static const struct {
        int64_t s;
        const char *date;
    } cases[] = {
        {0, "1970-01-01 00:00:00"},
        {-1, "1969-12-31 23:59:59"},
        {-86400, "1969-12-31 00:00:00"},
        {951782399, "2000-02-28 23:59:59"},
        {951782400, "2000-02-29 00:00:00"},
        {951868800, "2000-03-01 00:00:00"},
        {1709210096, "2024-02-29 12:34:56"},
        {4107542399, "2100-02-28 23:59:59"},
        {4107542400, "2100-03-01 00:00:00"},
        {INT64_C(253402300799), "9999-12-31 23:59:59"},
        {INT64_C(-62135596800), "1-01-01 00:00:00"},
        {INT64_C(-62167219200), "0-01-01 00:00:00"},
        {INT64_C(-62167219201), "-1-12-31 23:59:59"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct provi_civil civil = provi_civil_from_seconds(cases[i].s);
        char date[64];
        snprintf(date, sizeof date, "%lld-%02d-%02d %02d:%02d:%02d", (long long)civil.year,
                 civil.month, civil.day, civil.hour, civil.minute, civil.second);
        assert_string_equal(date, cases[i].date);
    }
}

static void test_hhmm_is_four_digits(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t s; /* -1: none */
    } cases[] = {
        {"0000", 0},  {"0959", 35940}, {"2359", 86340}, {"2400", 86400}, {"2401", -1},
        {"2460", -1}, {"0960", -1},    {"960", -1},     {"00959", -1},   {"9:59", -1},
        {"3:00", -1}, {" 959", -1},    {"noon", -1},    {"", -1},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        int64_t s = -1;
        assert_int_equal(provi_hhmm_read(prov_str_from(cases[i].text), &s), cases[i].s >= 0);
        assert_int_equal(s, cases[i].s);
    }
}

static void test_buffer_leaves_memory_that_was_lent(void **state)
{
    (void)state;
    for (unsigned is_secret = 0; is_secret < 2; is_secret++) {
        char lent[9];
        struct provi_buffer buffer;
        struct fault_alloc memory;
        fault_alloc_init(&memory, NULL);
        provi_buffer_init_with(&buffer, lent, sizeof lent, 100, is_secret);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "12345678", 8), PROV_OK);
        assert_string_equal(lent, "12345678");
        assert_ptr_equal(buffer.data, lent);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "9", 1), PROV_OK);
        assert_string_equal(buffer.data, "123456789");
        assert_int_equal(lent[0], is_secret ? '\0' : '1');
        provi_buffer_free(&buffer, &memory.alloc);
        fault_alloc_assert_empty(&memory);
        provi_buffer_init_with(&buffer, lent, sizeof lent, 100, is_secret);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "1", 1), PROV_OK);
        provi_buffer_free(&buffer, &memory.alloc);
        assert_int_equal(lent[0], is_secret ? '\0' : '1');
        fault_alloc_assert_empty(&memory);
    }
}

/* Text written piece by piece */

static void test_text_counts_what_does_not_fit(void **state)
{
    (void)state;
    char buf[8];
    size_t len;
    struct provi_text text = {.buf = buf, .cap = sizeof buf};
    provi_text_add_repeat(&text, '-', 3);
    provi_text_add_number(&text, INT64_MIN);
    provi_text_add(&text, (prov_str){NULL, 0});
    assert_int_equal(provi_text_end(&text, &len), PROV_E_LIMIT);
    assert_int_equal(len, 23);
    assert_string_equal(buf, "----922");
    text = (struct provi_text){0};
    provi_text_add(&text, (prov_str){"x", 1});
    provi_text_add(&text, (prov_str){"x", SIZE_MAX}); /* there is no room: nothing is read */
    assert_int_equal(provi_text_end(&text, &len), PROV_E_LIMIT);
    assert_int_equal(len, SIZE_MAX);
    assert_int_equal(provi_text_end(&text, NULL), PROV_E_LIMIT);
}

static void test_text_into_a_buffer_ends_at_its_ceiling(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < 3; at++) {
        struct dial dial = {.at = at};
        struct fault_alloc memory;
        struct provi_buffer buffer;
        fault_alloc_init(&memory, &dial);
        provi_buffer_init(&buffer, 100, false);
        struct provi_text text = {.buffer = &buffer, .alloc = &memory.alloc};
        provi_text_add_repeat(&text, '-', 98);
        provi_text_puts(&text, "abc");
        provi_text_puts(&text, "d");
        assert_int_equal(provi_text_end(&text, NULL), dial.hit ? PROV_E_NOMEM : PROV_E_LIMIT);
        assert_int_equal(text.len, 102);
        if (!dial.hit)
            assert_string_equal(buffer.data + 97, "-ab");
        provi_buffer_free(&buffer, &memory.alloc);
        fault_alloc_assert_empty(&memory);
    }
}

static void test_text_of_one_line_has_no_control_character(void **state)
{
    (void)state;
    char buf[32];
    struct provi_text text = {.buf = buf, .cap = sizeof buf};
    text.is_one_line = true;
    provi_text_puts(&text, "a\nb\x7f\x1f"
                           "c");
    provi_text_puts(&text, "");
    provi_text_newline(&text);
    assert_int_equal(provi_text_end(&text, NULL), PROV_OK);
    assert_string_equal(buf, "a b  c\n");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_status_names_and_texts_are_unique),
        cmocka_unit_test(test_str_compares_bytes),
        cmocka_unit_test(test_str_trims_and_cuts),
        cmocka_unit_test(test_str_split_yields_every_piece),
        cmocka_unit_test(test_str_to_u64_knows_its_ceiling),
        cmocka_unit_test(test_str_out_always_tells_the_length),
        cmocka_unit_test(test_delays_follow_the_vectors),
        cmocka_unit_test(test_url_split_follows_the_vectors),
        cmocka_unit_test(test_url_write_leaves_out_what_is_secret_or_usual),
        cmocka_unit_test(test_buffer_grows_to_its_ceiling),
        cmocka_unit_test(test_buffer_is_flattened_to_one_line),
        cmocka_unit_test(test_buffer_sizes_never_overflow),
        cmocka_unit_test(test_buffer_reset_wipes_a_secret),
        cmocka_unit_test(test_secret_is_wiped_on_every_path),
        cmocka_unit_test(test_wipe_wipes),
        cmocka_unit_test(test_crc32_is_the_usual_one),
        cmocka_unit_test(test_dates_follow_the_calendar),
        cmocka_unit_test(test_hhmm_is_four_digits),
        cmocka_unit_test(test_scratch_takes_again_what_was_freed_last),
        cmocka_unit_test(test_buffer_leaves_memory_that_was_lent),
        cmocka_unit_test(test_text_counts_what_does_not_fit),
        cmocka_unit_test(test_text_into_a_buffer_ends_at_its_ceiling),
        cmocka_unit_test(test_text_of_one_line_has_no_control_character),
        cmocka_unit_test(test_servers_of_settings),
        cmocka_unit_test(test_limits_fill_in_what_is_zero),
        cmocka_unit_test(test_dialects_are_presets),
        cmocka_unit_test(test_version_of_library_and_header_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
