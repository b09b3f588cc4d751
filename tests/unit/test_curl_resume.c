/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Files that are cut off, and gone on with. */
#include <provision/transport_curl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "curl_rig.h"

#define TAG "ETag: \"v1\"\r\n"
#define OTHER_TAG "ETag: \"v2\"\r\n"
#define WEAK_TAG "ETag: W/\"v1\"\r\n"
#define A32 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define NOW "Date: Mon, 23 Nov 2026 16:00:00 GMT\r\n"
#define LONG_AGO "Last-Modified: Mon, 23 Nov 2026 15:58:00 GMT\r\n"
#define MINUTE_AGO "Last-Modified: Mon, 23 Nov 2026 15:59:00 GMT\r\n"
#define JUST_NOW "Last-Modified: Mon, 23 Nov 2026 15:59:01 GMT\r\n"
#define OF_8 "Content-Length: 8\r\n\r\n"
#define OF_2 "Content-Length: 2\r\n\r\n"
#define OF_4 "Content-Length: 4\r\n\r\n"
#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define PART_HEAD "HTTP/1.1 206 Part\r\n"
#define REST(head) PART_HEAD head "Content-Range: bytes 4-7/8\r\n" OF_4 "efgh"
#define NO_MORE(head, total)                                                                       \
    "HTTP/1.1 416 No\r\n" head "Content-Range: bytes */" total "\r\n" OF_4 "none"
#define CUT(head)                                                                                  \
    {                                                                                              \
        OK_HEAD head OF_8 "abcd", REPLY_CLOSE                                                      \
    }

static const struct resume_row {
    const char *name;
    struct reply replies[3];
    const char *if_range; /* NULL: the rest is never asked for */
    prov_status status;
    const char *message; /* part of it; NULL: success */
} rows[] = {
    {"the rest", {CUT(TAG), {REST(TAG), REPLY_KEEP}}, "\"v1\"", PROV_OK, NULL},
    {"by date",
     {CUT(NOW LONG_AGO), {REST(NOW LONG_AGO), REPLY_KEEP}},
     "Mon, 23 Nov 2026 15:58:00 GMT",
     PROV_OK,
     NULL},
    {"by a date one minute old",
     {CUT(NOW MINUTE_AGO), {REST(NOW MINUTE_AGO), REPLY_KEEP}},
     "Mon, 23 Nov 2026 15:59:00 GMT",
     PROV_OK,
     NULL},
    {"after a chunk",
     {{OK_HEAD TAG "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", REPLY_CLOSE},
      {REST(TAG), REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"after silence",
     {{OK_HEAD TAG OF_8 "abcd", REPLY_STALL}, {REST(TAG), REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"in two parts",
     {CUT(TAG),
      {PART_HEAD TAG "Content-Range: bytes 4-7/8\r\n" OF_4 "ef", REPLY_CLOSE},
      {PART_HEAD TAG "Content-Range: bytes 6-7/8\r\n" OF_2 "gh", REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"the whole again",
     {CUT(TAG), {OK_HEAD TAG OF_8 "abcdefgh", REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"the whole again, cut",
     {CUT(TAG), {OK_HEAD TAG OF_8 "ab", REPLY_CLOSE}, {REST(TAG), REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"another file",
     {CUT(TAG), {OK_HEAD OTHER_TAG OF_8 "ABCDEFGH", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "cut off at byte 4, and then another file (HTTP 200)"},
    {"the whole without a tag",
     {CUT(TAG), {OK_HEAD OF_8 "abcdefgh", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"a shorter whole",
     {CUT(TAG), {OK_HEAD TAG "Content-Length: 2\r\n\r\nab", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"rest of another file",
     {CUT(TAG), {REST(OTHER_TAG), REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file (HTTP 206)"},
    {"rest without a tag",
     {CUT(TAG), {REST(""), REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"rest with a weak tag",
     {CUT(TAG), {REST(WEAK_TAG), REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"another part",
     {CUT(TAG),
      {PART_HEAD TAG "Content-Range: bytes 3-7/8\r\nContent-Length: 5\r\n\r\ndefgh", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"a part without a range",
     {CUT(TAG), {PART_HEAD TAG OF_4 "efgh", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"several parts",
     {CUT(TAG),
      {PART_HEAD TAG "Content-Type: multipart/byteranges; boundary=x\r\n" OF_4 "--x\n",
       REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "another file"},
    {"range not satisfied",
     {CUT(TAG), {NO_MORE(TAG, "8"), REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "no more of it (HTTP 416)"},
    {"the end lost",
     {{OK_HEAD TAG "Transfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n", REPLY_CLOSE},
      {NO_MORE("", "8"), REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"the end lost, of another file",
     {{OK_HEAD TAG "Transfer-Encoding: chunked\r\n\r\n8\r\nabcdefgh\r\n", REPLY_CLOSE},
      {NO_MORE(OTHER_TAG, "8"), REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "no more of it (HTTP 416)"},
    {"gone",
     {CUT(TAG), {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "no more of it (HTTP 404)"},
    {"moved",
     {CUT(TAG), {"HTTP/1.1 302 Go\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "no more of it (HTTP 302)"},
    {"a rest that ends early",
     {CUT(TAG),
      {PART_HEAD TAG "Content-Range: bytes 4-5/8\r\n" OF_2 "ef", REPLY_KEEP},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP}},
     "\"v1\"",
     PROV_E_TRUNCATED,
     "cut off at byte 6, and then no more of it"},
    {"the rest in two parts, of a file of unknown length",
     {{OK_HEAD TAG "Transfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\n", REPLY_CLOSE},
      {PART_HEAD TAG "Content-Range: bytes 4-5/8\r\n" OF_2 "ef", REPLY_KEEP},
      {PART_HEAD TAG "Content-Range: bytes 6-7/8\r\n" OF_2 "gh", REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"the rest, of a file of unknown length",
     {CUT(TAG), {PART_HEAD TAG "Content-Range: bytes 4-7/*\r\n" OF_4 "efgh", REPLY_KEEP}},
     "\"v1\"",
     PROV_OK,
     NULL},
    {"without a tag", {CUT("")}, NULL, PROV_E_TRUNCATED, "closed before"},
    {"weak tag", {CUT(WEAK_TAG NOW LONG_AGO)}, NULL, PROV_E_TRUNCATED, "closed before"},
    {"tag of one quote",
     {CUT("ETag: \"\r\n" NOW LONG_AGO)},
     NULL,
     PROV_E_TRUNCATED,
     "closed before"},
    {"tag without its end", {CUT("ETag: \"v1\r\n")}, NULL, PROV_E_TRUNCATED, "closed before"},
    {"tag without its beginning", {CUT("ETag: v1\"\r\n")}, NULL, PROV_E_TRUNCATED, "closed before"},
    {"tag that is too long",
     {CUT("ETag: \"" A32 A32 A32 A32 "\"\r\n")},
     NULL,
     PROV_E_TRUNCATED,
     "closed before"},
    {"date that is too young", {CUT(NOW JUST_NOW)}, NULL, PROV_E_TRUNCATED, "closed before"},
    {"date alone", {CUT(LONG_AGO)}, NULL, PROV_E_TRUNCATED, "closed before"},
    {"nothing of it here",
     {{OK_HEAD TAG OF_8, REPLY_CLOSE}},
     NULL,
     PROV_E_TRUNCATED,
     "closed before"},
    {"a part that was not requested",
     {{PART_HEAD TAG "Content-Range: bytes 0-3/8\r\n" OF_4 "abcd", REPLY_KEEP}},
     NULL,
     PROV_E_SERVER,
     "HTTP 206"},
};

static size_t count_replies(const struct resume_row *row)
{
    size_t n = 0;
    while (n < 3 && row->replies[n].text)
        n++;
    return n;
}

static void check_requests(const struct resume_row *row, const struct http_server *server)
{
    char line[80];
    snprintf(line, sizeof line, "If-Range: %s\r\n", row->if_range ? row->if_range : "");
    char range[40];
    snprintf(range, sizeof range, "\r\nRange: bytes=%u-\r\n",
             strstr(row->replies[0].text, "abcdefgh") ? 8 : 4);
    unsigned n_resumes = (unsigned)count_replies(row) - 1;
    if (http_server_count(server, line) != n_resumes ||
        http_server_count(server, "\r\nRange: bytes=") != n_resumes ||
        http_server_count(server, range) < (row->if_range ? 1 : 0) ||
        http_server_count(server, "\r\nIf-None-Match: ") != 1) /* not for the rest of a file */
        fail_msg("%s: %s", row->name, server->received);
}

static void test_resume_cases(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct resume_row *row = &rows[i];
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.limits.idle_timeout_ms = 1000;
        rig.request.if_none_match = prov_str_from("\"v0\"");
        struct http_server *server = curl_rig_http(&rig, row->replies, count_replies(row));
        curl_rig_get(&rig, "http", server->port, "/big");
        if (rig.status != row->status || (row->message && !strstr(rig.err.message, row->message)))
            fail_msg("%s: %s, %s", row->name, prov_status_name(rig.status), rig.err.message);
        if (row->status == PROV_OK)
            assert_string_equal(rig.body, "abcdefgh");
        else if (strncmp(rig.body, "abcdefgh", rig.body_len) != 0)
            fail_msg("%s: a mixed body, %s", row->name, rig.body);
        assert_int_equal(rig.n_heads, 1);
        check_requests(row, server);
        curl_rig_close(&rig);
    }
}

/* A server that always breaks off is not asked for ever. */
static void test_resume_ends_at_last(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        CUT(TAG),
        {PART_HEAD TAG "Content-Range: bytes 4-7/8\r\n" OF_4, REPLY_CLOSE},
    };
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, replies, 2);
    curl_rig_get(&rig, "http", server->port, "/big");
    assert_int_equal(rig.status, PROV_E_TRUNCATED);
    assert_int_equal(server->n_requests, 6);
    curl_rig_close(&rig);
}

static void test_resume_keeps_to_the_total_time(void **state)
{
    (void)state;
    static const struct reply reply = {OK_HEAD TAG OF_8 "abcd", REPLY_STALL};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.idle_timeout_ms = 1000;
    rig.limits.total_timeout_ms = 2500;
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    int64_t start_ms = now_ms();
    curl_rig_get(&rig, "http", server->port, "/big");
    assert_true(now_ms() - start_ms >= 2400);
    assert_true(rig.waited_ms < 3000);
    assert_int_equal(rig.status, PROV_E_TIMEOUT);
    curl_rig_close(&rig);
}

static void test_resume_is_for_get_only(void **state)
{
    (void)state;
    static const struct reply reply = CUT(TAG);
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.request.method = PROV_METHOD_POST;
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    curl_rig_get(&rig, "http", server->port, "/big");
    assert_int_equal(rig.status, PROV_E_TRUNCATED);
    assert_int_equal(server->n_requests, 1);
    curl_rig_close(&rig);
}

/* Where the owner of the request has the first bytes of it. */
static const struct offset_row {
    const char *name;
    struct reply replies[3];
    const char *if_range;
    const char *ranges[2]; /* asked for; NULL: none */
    const char *body;
    uint64_t offset; /* of the head, and asked for; 0: 4 are asked for */
    prov_status status;
} offset_rows[] = {
    {"all but a byte",
     {{PART_HEAD TAG "Content-Range: bytes 1-7/8\r\nContent-Length: 7\r\n\r\nbcdefgh", REPLY_KEEP}},
     "\"v1\"",
     {"1-"},
     "bcdefgh",
     1,
     PROV_OK},
    {"the rest", {{REST(TAG), REPLY_KEEP}}, "\"v1\"", {"4-"}, "efgh", 4, PROV_OK},
    {"the rest in two parts",
     {{PART_HEAD TAG "Content-Range: bytes 4-5/8\r\n" OF_2 "ef", REPLY_KEEP},
      {PART_HEAD TAG "Content-Range: bytes 6-7/8\r\n" OF_2 "gh", REPLY_KEEP}},
     "\"v1\"",
     {"4-", "6-"},
     "efgh",
     4,
     PROV_OK},
    {"a rest shorter than its range",
     {{PART_HEAD TAG "Content-Range: bytes 4-7/8\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nef"
                     "\r\n0\r\n\r\n",
       REPLY_KEEP},
      {PART_HEAD TAG "Content-Range: bytes 6-7/8\r\n" OF_2 "gh", REPLY_KEEP}},
     "\"v1\"",
     {"4-", "6-"},
     "efgh",
     4,
     PROV_OK},
    {"the whole of another file",
     {{OK_HEAD OTHER_TAG OF_8 "ABCDEFGH", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "ABCDEFGH",
     0,
     PROV_OK},
    {"the whole again",
     {{OK_HEAD TAG OF_8 "abcdefgh", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "abcdefgh",
     0,
     PROV_OK},
    {"the rest, cut",
     {{PART_HEAD TAG "Content-Range: bytes 4-7/8\r\n" OF_4 "ef", REPLY_CLOSE},
      {PART_HEAD TAG "Content-Range: bytes 6-7/8\r\n" OF_2 "gh", REPLY_KEEP}},
     "\"v1\"",
     {"4-", "6-"},
     "efgh",
     4,
     PROV_OK},
    {"the rest, cut, and the whole",
     {{PART_HEAD TAG "Content-Range: bytes 4-7/8\r\n" OF_4 "ef", REPLY_CLOSE},
      {OK_HEAD TAG OF_8 "abcdefgh", REPLY_KEEP}},
     "\"v1\"",
     {"4-", "6-"},
     "efgh",
     4,
     PROV_OK},
    {"the whole, cut",
     {CUT(OTHER_TAG), {REST(OTHER_TAG), REPLY_KEEP}},
     "\"v1\"",
     {"4-", "4-"},
     "abcdefgh",
     0,
     PROV_OK},
    {"after a redirect",
     {{"HTTP/1.1 302 Go\r\nLocation: /y\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
      {REST(TAG), REPLY_KEEP}},
     "\"v1\"",
     {"4-", "4-"},
     "efgh",
     4,
     PROV_OK},
    {"rest of another file, then the whole of it",
     {{REST(OTHER_TAG), REPLY_KEEP}, {OK_HEAD OTHER_TAG OF_8 "ABCDEFGH", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "ABCDEFGH",
     0,
     PROV_OK},
    {"the file is complete", {{NO_MORE(TAG, "4"), REPLY_KEEP}}, "\"v1\"", {"4-"}, "", 4, PROV_OK},
    {"the file is complete, no tag",
     {{NO_MORE("", "4"), REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "",
     4,
     PROV_OK},
    {"its text is cut",
     {{"HTTP/1.1 416 No\r\nContent-Range: bytes */4\r\n" OF_8 "none", REPLY_CLOSE}},
     "\"v1\"",
     {"4-"},
     "",
     4,
     PROV_OK},
    {"the file is complete, and sent again",
     {{OK_HEAD TAG OF_4 "abcd", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "",
     4,
     PROV_OK},
    {"the file is complete, and its length comes late",
     {{"HTTP/1.1 416 No\r\n" OF_4 "none", REPLY_KEEP}, {OK_HEAD TAG OF_4 "abcd", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "",
     4,
     PROV_OK},
    {"another file of this length",
     {{OK_HEAD OTHER_TAG OF_4 "ABCD", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "ABCD",
     0,
     PROV_OK},
    {"another file is shorter",
     {{NO_MORE("", "3"), REPLY_KEEP}, {OK_HEAD OTHER_TAG OF_4 "ABCD", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "ABCD",
     0,
     PROV_OK},
    {"another file is as long",
     {{NO_MORE(OTHER_TAG, "4"), REPLY_KEEP}, {OK_HEAD OTHER_TAG OF_4 "ABCD", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "ABCD",
     0,
     PROV_OK},
    {"no length, and then nothing else",
     {{"HTTP/1.1 416 No\r\n" OF_4 "none", REPLY_KEEP},
      {"HTTP/1.1 416 No\r\n" OF_4 "none", REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "",
     0,
     PROV_E_SERVER},
    {"no length, and then a part",
     {{"HTTP/1.1 416 No\r\n" OF_4 "none", REPLY_KEEP}, {REST(TAG), REPLY_KEEP}},
     "\"v1\"",
     {"4-"},
     "",
     0,
     PROV_E_SERVER},
    {"a weak tag",
     {{OK_HEAD OF_8 "abcdefgh", REPLY_KEEP}},
     "W/\"v1\"",
     {NULL},
     "abcdefgh",
     0,
     PROV_OK},
    {"no tag", {{OK_HEAD OF_8 "abcdefgh", REPLY_KEEP}}, "", {NULL}, "abcdefgh", 0, PROV_OK},
};

static void test_a_request_may_begin_in_the_middle(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof offset_rows / sizeof offset_rows[0]; i++) {
        const struct offset_row *row = &offset_rows[i];
        struct curl_rig rig;
        char line[80];
        curl_rig_open(&rig, NULL);
        rig.request.offset = row->offset ? row->offset : 4;
        rig.request.if_range = prov_str_from(row->if_range);
        size_t n = 1 + (row->replies[1].text != NULL);
        struct http_server *server = curl_rig_http(&rig, row->replies, n);
        curl_rig_get(&rig, "http", server->port, "/big");
        if (rig.status != row->status || strcmp(rig.body, row->body) != 0 ||
            rig.head.offset != row->offset)
            fail_msg("%s: %s, %s, %s from %u", row->name, prov_status_name(rig.status),
                     rig.err.message, rig.body, (unsigned)rig.head.offset);
        for (size_t k = 0; k < 2 && row->ranges[k]; k++) {
            snprintf(line, sizeof line, "\r\nRange: bytes=%s\r\n", row->ranges[k]);
            assert_true(http_server_count(server, line) >= 1);
        }
        if (rig.status == PROV_OK && row->body[0] == '\0')
            assert_int_equal(rig.head.length, 0);
        assert_int_equal(http_server_count(server, "\r\nRange: "),
                         row->ranges[0] ? (row->ranges[1] ? 2 : 1) : 0);
        curl_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_request_may_begin_in_the_middle),
        cmocka_unit_test(test_resume_cases),
        cmocka_unit_test(test_resume_ends_at_last),
        cmocka_unit_test(test_resume_keeps_to_the_total_time),
        cmocka_unit_test(test_resume_is_for_get_only),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
