/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A host's source of a request's body, and what it may do wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/error.h"
#include "base/str.h"
#include "curl_rig.h"
#include "tftp_server.h"

#define TEXT "a report of 20 bytes"

struct source {
    size_t n_read;
    size_t excess;          /* reported above the bytes copied */
    prov_status read, back; /* what the functions return */
    bool has_words;         /* beside them */
    bool has_no_rewind;
    int64_t length; /* announced; 0: that of the text */
    unsigned n_rewinds;
};

static prov_status read_text(void *ctx, void *buf, size_t cap, size_t *len, struct prov_error *err)
{
    struct source *source = ctx;
    size_t n_left = strlen(TEXT) - source->n_read;
    size_t n = cap < n_left ? cap : n_left;
    memcpy(buf, &TEXT[source->n_read], n);
    source->n_read += n;
    *len = n + (source->excess ? cap + source->excess : 0);
    if (source->read != PROV_OK && source->has_words)
        provi_fail(err, source->read, "the sensor is off");
    return source->read;
}

static prov_status rewind_text(void *ctx, struct prov_error *err)
{
    struct source *source = ctx;
    source->n_read = 0;
    source->n_rewinds++;
    if (source->back != PROV_OK && source->has_words)
        provi_fail(err, source->back, "the tape is stuck");
    return source->back;
}

static struct prov_upload upload_of(struct source *source)
{
    return (struct prov_upload){
        .size = sizeof(struct prov_upload),
        .ctx = source,
        .length = source->length ? source->length : (int64_t)strlen(TEXT),
        .read = read_text,
        .rewind = source->has_no_rewind ? NULL : rewind_text,
    };
}

static void test_upload_that_cannot_be(void **state)
{
    (void)state;
    struct source source = {0};
    struct prov_upload good = upload_of(&source), no_read = good, negative = good;
    no_read.read = NULL;
    negative.length = -2;
    const struct {
        const struct prov_upload *upload;
        const char *scheme, *body, *message;
        uint8_t method;
    } rows[] = {
        {&good, "http", "", "expected the method POST or PUT", PROV_METHOD_GET},
        {&good, "tftp", "", "expected the method POST or PUT", PROV_METHOD_GET},
        {&good, "syslog", "", "expected the method POST or PUT", PROV_METHOD_SEND},
        {&good, "http", "x", "expected read, a length of -1 or more, no body", PROV_METHOD_PUT},
        {&no_read, "http", "", "expected read, a length", PROV_METHOD_PUT},
        {&negative, "http", "", "expected read, a length", PROV_METHOD_PUT},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.method = rows[i].method;
        rig.request.upload = rows[i].upload;
        rig.request.body = prov_str_from(rows[i].body);
        curl_rig_get(&rig, rows[i].scheme, 1, "/x");
        assert_int_equal(rig.status, PROV_E_INVALID);
        if (!strstr(rig.err.message, rows[i].message))
            fail_msg("row %zu: %s", i, rig.err.message);
        curl_rig_close(&rig);
    }
    assert_int_equal(source.n_read, 0);
}

/* Of another release's header, or with a size that was never set. */
static void test_upload_of_another_release(void **state)
{
    (void)state;
    struct source source = {0};
    struct {
        struct prov_upload upload;
        uint64_t unknown;
    } newer = {.upload = upload_of(&source)};
    const struct {
        size_t size;
        uint64_t unknown;
        prov_status expected;
    } rows[] = {
        {sizeof newer, 0, PROV_E_INVALID}, /* understood, but not for a GET */
        {sizeof newer, 1, PROV_E_ABI},       {0, 0, PROV_E_ABI},
        {sizeof(size_t) - 1, 0, PROV_E_ABI}, {4097, 0, PROV_E_ABI},
        {SIZE_MAX, 0, PROV_E_ABI},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        newer.upload.size = rows[i].size;
        newer.unknown = rows[i].unknown;
        rig.request.upload = &newer.upload;
        curl_rig_get(&rig, "http", 1, "/x");
        if (rig.status != rows[i].expected)
            fail_msg("row %zu: %s", i, prov_status_name(rig.status));
        curl_rig_close(&rig);
    }
    assert_int_equal(source.n_read, 0);
}

static void test_upload_whose_source_fails(void **state)
{
    (void)state;
    static const struct reply challenge = {"HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=x\r\n"
                                           "Content-Length: 0\r\n\r\n",
                                           REPLY_KEEP};
    static const struct reply redirect = {
        "HTTP/1.1 308 There\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP};
    static const struct reply no_length = {"HTTP/1.1 411 How much\r\nContent-Length: 0\r\n\r\n",
                                           REPLY_KEEP};
    const struct {
        struct source source;
        const struct reply *reply;
        prov_status status;
        const char *message;
    } rows[] = {
        {{.read = PROV_E_BUSY, .has_words = true}, &challenge, PROV_E_BUSY, "the sensor is off"},
        {{.read = PROV_E_IO}, &challenge, PROV_E_IO, "body: its source failed: "},
        {{.excess = 1}, &challenge, PROV_E_HOST, "body: its source reports "},
        {{.back = PROV_E_BUSY, .has_words = true}, &challenge, PROV_E_BUSY, "the tape is stuck"},
        {{.back = PROV_E_IO}, &challenge, PROV_E_IO, "body: its source cannot rewind: "},
        {{.back = PROV_E_IO}, &redirect, PROV_E_IO, "body: its source cannot rewind: "},
        {{.has_no_rewind = true},
         &redirect,
         PROV_E_UNSUPPORTED,
         "from its beginning again after 20 bytes, and its source has no rewind"},
        {{.length = 30}, &redirect, PROV_E_TRUNCATED, "body: its source ended at byte 20 of 30"},
        {{.length = -1}, &no_length, PROV_E_SERVER, ": it takes no body of unknown length"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        struct source source = rows[i].source;
        struct prov_upload upload = upload_of(&source);
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, rows[i].reply, 1);
        rig.request.method = PROV_METHOD_POST;
        rig.request.upload = &upload;
        rig.request.uid = rig.request.pwd = prov_str_from("u");
        curl_rig_get(&rig, "http", server->port, "/x");
        assert_int_equal(rig.status, rows[i].status);
        assert_int_equal(rig.err.status, rows[i].status);
        if (!strstr(rig.err.message, rows[i].message))
            fail_msg("row %zu: %s", i, rig.err.message);
        assert_int_equal(source.n_rewinds, rows[i].source.back != PROV_OK);
        curl_rig_close(&rig);
    }
}

/* Chunks where the length is unknown; consent first where the body can be sent only once. */
static void test_upload_is_announced_by_what_it_is(void **state)
{
    static const struct reply reply = {"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP};
    static const struct {
        struct source source;
        bool has_chunks, has_expect;
    } rows[] = {
        {{.length = 20}, false, false},
        {{.length = -1}, true, false},
        {{.length = 20, .has_no_rewind = true}, false, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        struct source source = rows[i].source;
        struct prov_upload upload = upload_of(&source);
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        rig.request.method = PROV_METHOD_PUT;
        rig.request.upload = &upload;
        curl_rig_get(&rig, "http", server->port, "/x");
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(http_server_count(server, "Transfer-Encoding: chunked\r\n"),
                         rows[i].has_chunks);
        assert_int_equal(http_server_count(server, "Content-Length: 20\r\n"), !rows[i].has_chunks);
        if (rows[i].source.length > 0) /* before chunks libcurl may ask too */
            assert_int_equal(http_server_count(server, "Expect: 100-continue\r\n"),
                             rows[i].has_expect);
        curl_rig_close(&rig);
    }
}

static void test_upload_by_tftp(void **state)
{
    static const struct {
        struct source source;
        prov_status status;
        const char *message;
    } rows[] = {
        {{.length = 0}, PROV_OK, ""},
        {{.length = -1}, PROV_OK, ""},
        {{.read = PROV_E_BUSY, .has_words = true}, PROV_E_BUSY, "the sensor is off"},
        {{.length = 30}, PROV_E_TRUNCATED, "body: its source ended at byte 20 of 30"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        struct source source = rows[i].source;
        struct prov_upload upload = upload_of(&source);
        struct tftp_files files = {.file = "", .block = 512};
        curl_rig_open(&rig, NULL);
        struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &files);
        rig.request.method = PROV_METHOD_PUT;
        rig.request.upload = &upload;
        curl_rig_get(&rig, "tftp", server->port, "/x");
        assert_int_equal(rig.status, rows[i].status);
        assert_string_equal(rig.err.message, rows[i].message);
        assert_string_equal(files.stored, rig.status == PROV_OK ? TEXT : "");
        curl_rig_turn(&rig, 100);
        assert_int_equal(files.has_error, rig.status != PROV_OK);
        curl_rig_close(&rig);
    }
}

/* A redirect that turns the request into a GET needs no body again. */
static void test_upload_is_over_after_a_303(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        {"HTTP/1.1 303 There\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
        {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nthat", REPLY_KEEP},
    };
    struct source source = {0};
    struct prov_upload upload = upload_of(&source);
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, replies, 2);
    rig.request.method = PROV_METHOD_POST;
    rig.request.upload = &upload;
    curl_rig_get(&rig, "http", server->port, "/x");
    assert_int_equal(rig.status, PROV_OK);
    assert_string_equal(rig.body, "that");
    assert_int_equal(source.n_rewinds, 0);
    assert_int_equal(http_server_count(server, TEXT), 1);
    curl_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_upload_that_cannot_be),
        cmocka_unit_test(test_upload_of_another_release),
        cmocka_unit_test(test_upload_whose_source_fails),
        cmocka_unit_test(test_upload_is_announced_by_what_it_is),
        cmocka_unit_test(test_upload_by_tftp),
        cmocka_unit_test(test_upload_is_over_after_a_303),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
