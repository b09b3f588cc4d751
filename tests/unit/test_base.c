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
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/record.h"
#include "base/str.h"
#include "base/time.h"
#include "base/url.h"
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
    assert_true(provi_str_eq_secret(none, PROVI_LIT("")));
    assert_true(provi_str_eq_secret(PROVI_LIT("secret"), PROVI_LIT("secret")));
    assert_false(provi_str_eq_secret(PROVI_LIT("secret"), PROVI_LIT("secrets")));
    assert_false(provi_str_eq_secret(PROVI_LIT("secret"), PROVI_LIT("secreT")));
    assert_false(provi_str_eq_secret(PROVI_LIT("secret"), PROVI_LIT("Secret")));
    assert_false(provi_str_eq_secret(PROVI_LIT("\1\1"), PROVI_LIT("\2\2")));
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
    assert_true(provi_str_has(PROVI_LIT("abc"), PROVI_LIT("ab")));
    assert_true(provi_str_has_nocase(PROVI_LIT("abc"), PROVI_LIT("AB")));
    assert_true(provi_str_has_nocase(PROVI_LIT("aBc"), PROVI_LIT("bC")));
    assert_false(provi_str_has_nocase((prov_str){"abc", 2}, PROVI_LIT("bc")));
    assert_false(provi_str_has_nocase(PROVI_LIT("ab"), PROVI_LIT("abc")));
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

static void test_hex_has_two_digits_a_byte(void **state)
{
    (void)state;
    static const char digits[] = "0123456789abcdefABCDEF";
    char written[7] = "";
    for (int c = 0; c < 256; c++) {
        const char *at = c ? strchr(digits, c) : NULL;
        int value = at ? (int)(at - digits) : -1;
        assert_int_equal(provi_hex_digit((char)c), value > 15 ? value - 6 : value);
    }
    assert_int_equal(provi_hex_byte(PROVI_LIT("x2fA0"), 1), 0x2f);
    assert_int_equal(provi_hex_byte(PROVI_LIT("x2fA0"), 3), 0xa0);
    assert_int_equal(provi_hex_byte((prov_str){"ffff", 1}, 0), -1);
    assert_int_equal(provi_hex_byte((prov_str){"ffff", 2}, 2), -1);
    assert_int_equal(provi_hex_byte(PROVI_LIT("0g"), 0), -1);
    assert_int_equal(provi_hex_byte(PROVI_LIT("g0"), 0), -1);
    provi_hex_write("\x09\xa0\xff", 3, written);
    assert_string_equal(written, "09a0ff");
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
    assert_true(status == PROV_E_SYNTAX || status == PROV_E_NOT_FOUND);
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

static void test_hosts_of_numbers(void **state)
{
    static const struct {
        const char *host;
        enum provi_numbers expected;
    } rows[] = {
        {"1.2.3.4", PROVI_IPV4},        {"255.255.255.255", PROVI_IPV4},
        {"1.2.3", PROVI_LIKE_IPV4},     {"1.2.3.4.5", PROVI_LIKE_IPV4},
        {"1.2..4", PROVI_LIKE_IPV4},    {"01.2.3.4", PROVI_LIKE_IPV4},
        {"1.2.3.256", PROVI_LIKE_IPV4}, {"0", PROVI_LIKE_IPV4},
        {"0Xf.1", PROVI_LIKE_IPV4},     {"0yf.1", PROVI_NO_NUMBERS},
        {"0y1", PROVI_NO_NUMBERS},      {"7x1.0.0.1", PROVI_NO_NUMBERS},
        {"0xg", PROVI_NO_NUMBERS},      {"f.1", PROVI_NO_NUMBERS},
        {"", PROVI_NO_NUMBERS},         {".", PROVI_NO_NUMBERS},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        if (provi_host_numbers(prov_str_from(rows[i].host)) != rows[i].expected)
            fail_msg("'%s' is taken for %d", rows[i].host,
                     (int)provi_host_numbers(prov_str_from(rows[i].host)));
    assert_true(provi_url_is_http(PROVI_LIT("http")) && provi_url_is_http(PROVI_LIT("https")));
    assert_false(provi_url_is_http(PROVI_LIT("tftp")) || provi_url_is_http(PROVI_LIT("")));
    /* What follows a text in memory is not of it. */
    struct provi_url url;
    struct provi_url_fault fault;
    assert_false(provi_url_split((prov_str){"[::1]", 4}, false, &url, &fault));
    assert_int_equal(fault.offset, 4);
}

static void test_servers_are_listed(void **state)
{
    static const struct {
        const char *list, *host;
        bool is_listed;
    } rows[] = {
        {"", "h", true},     {" , ", "h", true},  {"a,h", "h", true},  {"a, H ,b", "h", true},
        {"a,b", "h", false}, {"a", "", false},    {",a", "", false},   {"h;b", "h", false},
        {"hh", "h", false},  {",,a", "h", false}, {"a,,", "h", false},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++)
        if (provi_server_is_listed(prov_str_from(rows[i].list), prov_str_from(rows[i].host)) !=
            rows[i].is_listed)
            fail_msg("'%s' in '%s'", rows[i].host, rows[i].list);
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
        {" h", NULL, PROV_E_VALUE, both, "a blank or a control character"},
        {"h!", NULL, PROV_E_VALUE, both, "':' and a port, or '/' and a path"},
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
    static const struct prov_limits expected = {
        .size = sizeof expected,
        .max_fetch_bytes = 4 << 20,
        .max_inflated_bytes = 4 << 20,
        .max_inflate_ratio = 200,
        .max_encodings = 4,
        .max_depth = 32,
        .max_value_bytes = 64 << 10,
        .max_name_bytes = 256,
        .max_token_bytes = 64 << 10,
        .max_name_table_bytes = 1 << 20,
        .max_rule_bytes = 64 << 10,
        .max_staged_bytes = 4 << 20,
        .max_store_bytes = 16 << 20,
        .max_warnings = 16,
        .max_redirects = 5,
        .connect_timeout_ms = 30000,
        .idle_timeout_ms = 60000,
        .total_timeout_ms = 900000,
        .resync_timeout_ms = 3600000,
    };
    (void)state;
    struct prov_limits all;
    assert_int_equal(provi_limits_resolve(&all, NULL, NULL), PROV_OK);
    assert_memory_equal(&all, &expected, sizeof all);

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
    const struct prov_dialect spa = {
        sizeof spa, PROV_DIALECT_SPA, true, true, true, true, true, true, true, true, {0}};
    assert_memory_equal(prov_dialect_get(PROV_DIALECT_SPA), &spa, sizeof spa);
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
        {3600, "1970-01-01 01:00:00"},
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
        {INT64_C(-62162121600), "0-02-29 00:00:00"},
        {INT64_C(-74784816000), "-400-03-01 00:00:00"},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct provi_civil civil = provi_civil_from_seconds(cases[i].s);
        char date[64];
        snprintf(date, sizeof date, "%lld-%02d-%02d %02d:%02d:%02d", (long long)civil.year,
                 civil.month, civil.day, civil.hour, civil.minute, civil.second);
        assert_string_equal(date, cases[i].date);
    }
}

/* All days of four centuries, after which the calendar repeats itself. */
static void test_dates_leave_out_no_day(void **state)
{
    (void)state;
    static const int lengths[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
    struct provi_civil civil = {.year = 1970, .month = 1, .day = 1};
    for (int64_t i = 0; i < 146097; i++) {
        const struct provi_civil got = provi_civil_from_seconds(i * 86400);
        const bool is_leap = civil.year % 4 == 0 && (civil.year % 100 || civil.year % 400 == 0);
        if (got.year != civil.year || got.month != civil.month || got.day != civil.day)
            fail_msg("%lld-%d-%d in place of %lld-%d-%d", (long long)got.year, got.month, got.day,
                     (long long)civil.year, civil.month, civil.day);
        if (++civil.day <= lengths[civil.month - 1] + (civil.month == 2 && is_leap))
            continue;
        civil.day = 1;
        civil.year += civil.month == 12;
        civil.month = civil.month % 12 + 1;
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
        {"0099", -1}, {"3:00", -1},    {" 959", -1},    {"noon", -1},    {"", -1},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        int64_t s = -1;
        assert_int_equal(provi_hhmm_read(prov_str_from(cases[i].text), &s), cases[i].s >= 0);
        assert_int_equal(s, cases[i].s);
    }
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
        cmocka_unit_test(test_hex_has_two_digits_a_byte),
        cmocka_unit_test(test_delays_follow_the_vectors),
        cmocka_unit_test(test_url_split_follows_the_vectors),
        cmocka_unit_test(test_url_write_leaves_out_what_is_secret_or_usual),
        cmocka_unit_test(test_crc32_is_the_usual_one),
        cmocka_unit_test(test_dates_follow_the_calendar),
        cmocka_unit_test(test_dates_leave_out_no_day),
        cmocka_unit_test(test_hhmm_is_four_digits),
        cmocka_unit_test(test_hosts_of_numbers),
        cmocka_unit_test(test_servers_are_listed),
        cmocka_unit_test(test_servers_of_settings),
        cmocka_unit_test(test_limits_fill_in_what_is_zero),
        cmocka_unit_test(test_dialects_are_presets),
        cmocka_unit_test(test_version_of_library_and_header_agree),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
