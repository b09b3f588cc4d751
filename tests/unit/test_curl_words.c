/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* What servers and networks do wrong, and the words for it; bytes without end above all. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <provision/transport_curl.h>

#include <dlfcn.h>
#include <errno.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "curl/curl_priv.h"
#include "curl_rig.h"
#include "transfer/transfer.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define CHUNKED OK_HEAD "Transfer-Encoding: chunked\r\n\r\n"
#define A64 "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
#define A512 A64 A64 A64 A64 A64 A64 A64 A64
#define A2048 A512 A512 A512 A512

/* `@` in @p words is the server, `127.0.0.1:port`; what follows a `*` is not compared. */
static bool has_words(const char *name, const struct curl_rig *rig, uint16_t port,
                      const char *words)
{
    char server[32], expected[512] = "";
    snprintf(server, sizeof server, "127.0.0.1:%u", (unsigned)port);
    for (const char *at = words; *at && *at != '*'; at++)
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%.*s",
                 *at == '@' ? (int)strlen(server) : 1, *at == '@' ? server : at);
    size_t len = strchr(words, '*') ? strlen(expected) : sizeof expected;
    bool is_equal = strncmp(rig->err.message, expected, len) == 0;
    if (!is_equal)
        print_error("%s: '%s' instead of '%s'\n", name, rig->err.message, expected);
    return is_equal;
}

static bool is_uncounted; /* the system does not say how much came over a connection */

int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict len);

/* Found by the library before that of the C library. */
int getsockopt(int fd, int level, int option, void *restrict value, socklen_t *restrict len)
{
    int (*next)(int, int, int, void *, socklen_t *);
    void *found = dlsym(RTLD_NEXT, "getsockopt");
    memcpy(&next, &found, sizeof next); /* ISO C has no conversion */
    if (is_uncounted && level == IPPROTO_TCP) {
        errno = ENOPROTOOPT;
        return -1;
    }
    return next(fd, level, option, value, len);
}

/* Answers */

#define ASK "WWW-Authenticate: x\r\nWWW-Authenticate: x\r\n"
static const struct row {
    const char *name;
    struct reply reply;
    struct reply_more more;
    prov_status status;
    const char *words; /* "": success */
} rows[] = {
    {"interim answer, then the end",
     {"HTTP/1.1 100 Continue\r\n\r\nx", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @*"},
    {"interim answer, then nothing",
     {"HTTP/1.1 100 Continue\r\n\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @: nothing came after HTTP 100"},
    {"another protocol that was not asked for",
     {"HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\n\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @: nothing came after HTTP 101"},
    {"interim answer of the future",
     {"HTTP/1.1 199 Soon\r\n\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @: nothing came after HTTP 199"},
    {"interim answer before the file",
     {"HTTP/1.1 103 Early\r\n\r\n" OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP},
     {0},
     PROV_OK,
     ""},
    {"more challenges than are read",
     {"HTTP/1.1 401 N\r\n" ASK ASK ASK ASK ASK ASK ASK ASK ASK "\r\n", REPLY_CLOSE},
     {0},
     PROV_E_AUTH,
     "@ asks for x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, x, and only Basic and *"},
    {"header cut off within a line",
     {OK_HEAD "Content-Le", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "connection closed within the header of the response from @"},
    {"header cut off between lines",
     {OK_HEAD "Content-Length: 4\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "connection closed within the header of the response from @"},
    {"header reset",
     {OK_HEAD "Content-Length: 4\r\n", REPLY_RESET},
     {0},
     PROV_E_NETWORK,
     "connection closed within the header of the response from @"},
    {"status line cut off",
     {"HTTP/1.1 20", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "connection closed without a response by @: does this port speak https?"},
    {"no file, header cut off",
     {"HTTP/1.1 404 No\r\nContent-Le", REPLY_CLOSE},
     {0},
     PROV_E_NOT_FOUND,
     "no such file at @ (HTTP 404)"},
    {"no file, announced larger than allowed",
     {"HTTP/1.1 404 No\r\nContent-Length: 999999999\r\n\r\nno!", REPLY_CLOSE},
     {0},
     PROV_E_NOT_FOUND,
     "no such file at @ (HTTP 404)"},
    {"no file, header without end",
     {"HTTP/1.1 404 No\r\nX: ", REPLY_KEEP},
     {.again = A2048},
     PROV_E_LIMIT,
     "headers too large from @"},
    {"no file, with text without end",
     {"HTTP/1.1 404 No\r\n\r\n", REPLY_KEEP},
     {.again = A2048},
     PROV_E_NOT_FOUND,
     "no such file at @ (HTTP 404)"},
    {"password wanted, announced larger than allowed",
     {"HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic\r\nContent-Length: 999999999\r\n\r\nno!",
      REPLY_CLOSE},
     {0},
     PROV_E_AUTH,
     "@ requires a user and a password (HTTP 401)"},
    {"only schemes that are not known",
     {"HTTP/1.1 401 Who\r\nWWW-Authenticate: Negotiate\r\nWWW-Authenticate: NTLM, Bearer "
      "realm=\"Basic, Digest\", error=\"x\"\r\nContent-Length: 0\r\n\r\n",
      REPLY_KEEP},
     {0},
     PROV_E_AUTH,
     "@ asks for Negotiate, NTLM, Bearer, and only Basic and Digest are supported; no user or "
     "password was sent (HTTP 401)"},
    {"schemes of all letters, parameters with quotes, and no scheme",
     {"HTTP/1.1 401 Who\r\nWWW-Authenticate: X-1_.z9 a=\"b\\\", C=\", =x, Y\r\n"
      "WWW-Authenticate: Z b=\"x\\\r\nContent-Length: 0\r\n\r\n",
      REPLY_KEEP},
     {0},
     PROV_E_AUTH,
     "@ asks for X-1_.z9, Y, Z, and only Basic and Digest are supported; *"},
    {"more schemes than there is room for",
     {"HTTP/1.1 401 Who\r\nWWW-Authenticate: " A64 ", " A64 ", X\r\nContent-Length: 0\r\n\r\n",
      REPLY_KEEP},
     {0},
     PROV_E_AUTH,
     "@ asks for " A64 ", X, and only Basic and Digest are supported; *"},
    {"a password wanted and no word how",
     {"HTTP/1.1 401 Who\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     {0},
     PROV_E_AUTH,
     "@ requires a user and a password, but names no scheme (HTTP 401)"},
    {"redirect without a target",
     {"HTTP/1.1 302 Go\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     {0},
     PROV_E_REDIRECT,
     "redirect without a target, from @ (HTTP 302)"},
    {"redirect to another protocol",
     {"HTTP/1.1 302 Go\r\nLocation: ftp://u:p@h/x?k=v\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     {0},
     PROV_E_REDIRECT,
     "redirect to ftp://h, which is no http or https URL, from @ (HTTP 302)"},
    {"redirect to what is no URL",
     {"HTTP/1.1 302 Go\r\nLocation: mailto:a\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     {0},
     PROV_E_REDIRECT,
     "redirect to something that is no http or https URL, from @ (HTTP 302)"},
    {"redirect to an overlong URL",
     {"HTTP/1.1 302 Go\r\nLocation: /", REPLY_KEEP},
     {.again = A2048, .n_again = 4, .tail = "\r\nContent-Length: 0\r\n\r\n"},
     PROV_E_REDIRECT,
     "redirect to an overlong URL, from @ (HTTP 302)"},
    {"redirect without end",
     {"HTTP/1.1 308 Go\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     {0},
     PROV_E_REDIRECT,
     "too many redirects, from @ (HTTP 308)"},
    {"failure of the server",
     {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     {0},
     PROV_E_SERVER,
     "HTTP 503 from @"},
    {"closed before the end",
     {OK_HEAD "Content-Length: 9\r\n\r\nbody", REPLY_CLOSE},
     {0},
     PROV_E_TRUNCATED,
     "connection closed before the announced end by @: 4 of 9 bytes"},
    {"reset amid the body",
     {OK_HEAD "Content-Length: 9\r\n\r\nbody", REPLY_RESET},
     {0},
     PROV_E_NETWORK,
     "connection broken off by @"},
    {"nothing at all",
     {"", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "connection closed without a response by @: does this port speak https?"},
    {"a part that was not asked for",
     {"HTTP/1.1 206 Part\r\nContent-Range: bytes 0-3/9\r\nContent-Length: 4\r\n\r\nbody",
      REPLY_KEEP},
     {0},
     PROV_E_SERVER,
     "HTTP 206 from @: a part of the file, which was not requested"},
    {"a greeting of mail",
     {"220 mail.example ESMTP\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @: it starts with '220 mail.example ESMTP'"},
    {"a file larger than allowed",
     {OK_HEAD "Content-Length: 999999999\r\n\r\nbody", REPLY_KEEP},
     {0},
     PROV_E_LIMIT,
     "larger than the 4194304 bytes allowed: the file at @"},
    {"NUL in a header",
     {OK_HEAD "X: a\0b\r\n\r\nbody", REPLY_CLOSE},
     {.text_len = sizeof(OK_HEAD "X: a\0b\r\n\r\nbody") - 1},
     PROV_E_NETWORK,
     "response is not HTTP from @"},
    {"NUL in a trailer",
     {CHUNKED "4\r\nbody\r\n0\r\nX: a\0b\r\n\r\n", REPLY_CLOSE},
     {.text_len = sizeof(CHUNKED "4\r\nbody\r\n0\r\nX: a\0b\r\n\r\n") - 1},
     PROV_E_NETWORK,
     "response is not HTTP, its chunks are broken, from @"},
    {"header without a colon",
     {OK_HEAD "no colon\r\n\r\nbody", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @"},
    {"status that is no number",
     {"HTTP/1.1 abc\r\n\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @"},
    {"version that is none",
     {"HTTP/9.9 200 OK\r\n\r\nbody", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @"},
    {"length that is no number",
     {OK_HEAD "Content-Length: many\r\n\r\nbody", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP from @"},
    {"chunk without a size",
     {CHUNKED "xyz\r\n", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP, its chunks are broken, from @"},
    {"chunk of a size without end",
     {CHUNKED "fffffffffffffffffff\r\nbody", REPLY_CLOSE},
     {0},
     PROV_E_NETWORK,
     "response is not HTTP, its chunks are broken, from @"},
    {"one large header",
     {OK_HEAD "X: ", REPLY_KEEP},
     {.again = A64, .n_again = 1720, .tail = "\r\n\r\n"},
     PROV_E_LIMIT,
     "headers too large from @"},
    {"many large headers",
     {OK_HEAD "Content-Length: 4\r\n", REPLY_KEEP},
     {.again = "Set-Cookie: " A2048 "\r\n", .n_again = 180, .tail = "\r\nbody"},
     PROV_E_LIMIT,
     "headers too large from @"},
    {"headers as large as allowed",
     {OK_HEAD "Content-Length: 4\r\n", REPLY_KEEP},
     {.again = "X: " A2048 "\r\n", .n_again = 62, .tail = "\r\nbody"},
     PROV_OK,
     ""},
    {"header without end",
     {OK_HEAD "X: ", REPLY_KEEP},
     {.again = A2048},
     PROV_E_LIMIT,
     "headers too large from @"},
    {"headers without end",
     {OK_HEAD, REPLY_KEEP},
     {.again = "X: x\r\n"},
     PROV_E_LIMIT,
     "headers too large from @"},
    {"reset within the trailers",
     {CHUNKED "4\r\nbody\r\n0\r\nX: y\r\n", REPLY_RESET},
     {0},
     PROV_E_NETWORK,
     "connection broken off by @"},
    {"trailers without end",
     {CHUNKED "4\r\nbody\r\n0\r\n", REPLY_KEEP},
     {.again = "X: x\r\n"},
     PROV_E_LIMIT,
     "chunk extensions or trailers too large from @"},
    {"interim answers without end",
     {"", REPLY_KEEP},
     {.again = "HTTP/1.1 100 Continue\r\n\r\n"},
     PROV_E_LIMIT,
     "headers too large from @"},
};

static void check_words(bool is_counted)
{
    is_uncounted = !is_counted;
    unsigned n_wrong = 0;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct row *row = &rows[i];
        if (!is_counted && !row->more.again) /* short: the counts do not matter */
            continue;
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &row->reply, 1);
        uint16_t port = server->port;
        server->more = &row->more;
        curl_rig_get(&rig, "http", port, "/");
        bool is_unknown =
            strstr(row->words, "only Basic and") || strstr(row->words, "names no scheme");
        assert_int_equal(rig.err.reason, is_unknown ? PROV_AUTH_UNKNOWN_SCHEME : 0);
        bool is_lasting = row->status == PROV_OK || row->status == PROV_E_LIMIT ||
                          row->status == PROV_E_NOT_FOUND || row->status == PROV_E_AUTH ||
                          row->status == PROV_E_REDIRECT || strstr(row->words, "HTTP 206");
        assert_int_equal(!(rig.err.flags & PROV_ERROR_RETRYABLE), is_lasting);
        if (rig.status != row->status)
            print_error("%s: %s\n", row->name, prov_status_name(rig.status));
        n_wrong += rig.status != row->status || !has_words(row->name, &rig, port, row->words);
        curl_rig_close(&rig);
    }
    is_uncounted = false;
    assert_int_equal(n_wrong, 0);
}

static void test_words_for_answers(void **state)
{
    (void)state;
    check_words(true);
}

static void test_words_for_answers_without_counts(void **state)
{
    (void)state;
    check_words(false);
}

/* What some releases of libcurl refuse, such as lines of a header that begin with a blank. */
static void test_words_are_never_those_of_a_number(void **state)
{
    static const char *const texts[] = {
        OK_HEAD " folded: x\r\n\r\nbody",
        OK_HEAD "X: y\r\n folded\r\n\r\nbody",
        OK_HEAD "\tX: y\r\n\r\nbody",
        "HTTP/1.1  200 OK\r\n\r\nbody",
        "HTTP/1.1 200\r\n\r\nbody",
        "HTTP/2 200 OK\r\n\r\nbody",
        "HTTP/3 200 OK\r\n\r\nbody",
        "http/1.1 200 OK\r\n\r\nbody",
        "RTSP/1.0 200 OK\r\n\r\nbody",
        "HTTP/1.1 2000 OK\r\n\r\nbody",
        "HTTP/1.1 000 OK\r\n\r\nbody",
        "HTTP/1.1 999 OK\r\n\r\nbody",
        OK_HEAD "Content-Length: -1\r\n\r\nbody",
        OK_HEAD "Content-Length: 4\r\nContent-Length: 5\r\n\r\nbody",
        OK_HEAD "Content-Length: 99999999999999999999\r\n\r\nbody",
        OK_HEAD "Transfer-Encoding: gzip\r\n\r\nbody",
        OK_HEAD "Transfer-Encoding: x, chunked\r\n\r\n4\r\nbody\r\n0\r\n\r\n",
        CHUNKED "4\r\nbody\r\n0\r\n x\r\n\r\n",
        CHUNKED "-4\r\nbody",
        "HTTP/1.1 206 Part\r\nContent-Range: bytes 0-3/4\r\n\r\nbody",
        "HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest\r\nContent-Length: 0\r\n\r\n",
        "HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic, Digest nonce=\"\r\n\r\n",
        "HTTP/1.1 302 Go\r\nLocation: http://\r\n\r\n",
        "HTTP/1.1 302 Go\r\nLocation: http://[::1/\r\n\r\n",
        "HTTP/1.1 302 Go\r\nLocation: :\r\n\r\n",
        "\r\n\r\n",
        "\n",
    };
    (void)state;
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        const struct reply reply = {texts[i], REPLY_CLOSE};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.uid = prov_str_from("phone");
        curl_rig_get(&rig, "http", curl_rig_http(&rig, &reply, 1)->port, "/");
        bool is_named = i >= 3 || rig.status == PROV_OK || strstr(rig.err.message, "is not HTTP");
        if (rig.status == PROV_E_NOMEM || strstr(rig.err.message, "libcurl") || !is_named)
            fail_msg("text %zu: %s, %s", i, prov_status_name(rig.status), rig.err.message);
        curl_rig_close(&rig);
    }
}

/* Requests that cannot be made: the name of what is wrong, and never its value. */
static void test_words_for_requests(void **state)
{
    static const struct {
        const char *scheme;
        enum prov_method method;
        uint8_t srv;
        const char *user_agent, *uid, *pwd;
        const char *path;
        const char *words;
    } request_rows[] = {
        {"gds", PROV_METHOD_GET, 0, "", "", "", "/",
         "expected tftp, http, https or syslog, found the scheme gds"},
        {"tftp", PROV_METHOD_POST, 0, "", "", "", "/", "POST is not supported by tftp"},
        {"http", PROV_METHOD_SEND, 0, "", "", "", "/", "SEND is not supported by http"},
        {"syslog", PROV_METHOD_PUT, 0, "", "", "", "/", "PUT is not supported by syslog"},
        {"syslog", PROV_METHOD_GET, 0, "", "", "", "/", "GET is not supported by syslog"},
        {"http", (enum prov_method)4, 0, "", "", "", "/",
         "a method of an unknown number is not supported by http"},
        {"http", (enum prov_method)9, 0, "", "", "", "/",
         "a method of an unknown number is not supported by http"},
        {"tftp", PROV_METHOD_GET, 1, "", "", "", "/", "SRV lookups are for http and https"},
        {"tftp", PROV_METHOD_GET, 0, "", "", "", "/" A64 A64 A64 A64,
         "TFTP file name of 257 bytes, at most 255 allowed"},
        {"http", PROV_METHOD_GET, 0, "s3cr3t\r\nX: y", "", "", "/",
         "user_agent: expected one line, found a control character"},
        {"http", PROV_METHOD_GET, 0, "", "s3cr3t\n", "", "/",
         "uid: expected one line, found a control character"},
        {"http", PROV_METHOD_GET, 0, "", "u", "s3cr3t\n", "/",
         "pwd: expected one line, found a control character"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof request_rows / sizeof request_rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.method = (uint8_t)request_rows[i].method;
        rig.request.srv = request_rows[i].srv;
        rig.request.user_agent = prov_str_from(request_rows[i].user_agent);
        rig.request.uid = prov_str_from(request_rows[i].uid);
        rig.request.pwd = prov_str_from(request_rows[i].pwd);
        curl_rig_start(&rig, request_rows[i].scheme, 9, request_rows[i].path);
        assert_true(rig.is_done);
        assert_string_equal(rig.err.message, request_rows[i].words);
        curl_rig_close(&rig);
    }
}

static void test_words_for_options(void **state)
{
    static const struct {
        struct prov_curl_options options;
        const char *words;
    } option_rows[] = {
        {{.max_connections = 65537}, "max_connections: expected at most 65536, found 65537"},
        {{.ca_pem = {NULL, 1}}, "invalid argument: ca_pem or crl_pem: a length without data"},
        {{.crl_pem = {NULL, 1}}, "invalid argument: ca_pem or crl_pem: a length without data"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof option_rows / sizeof option_rows[0]; i++) {
        struct prov_curl_options options = option_rows[i].options;
        struct prov_error err = {0};
        prov_curl *curl;
        options.size = sizeof options;
        assert_int_equal(prov_curl_new(&curl, &options, &err), PROV_E_INVALID);
        assert_string_equal(err.message, option_rows[i].words);
    }
}

/* Bytes on the wire */

static const struct flood_row {
    const char *name;
    struct reply reply;
    struct reply_more more;
    const char *uid;
    prov_status status;
} flood_rows[] = {
    {"chunk extension", {CHUNKED "4;", REPLY_KEEP}, {.again = A2048}, NULL, PROV_E_LIMIT},
    {"trailer",
     {CHUNKED "4\r\nbody\r\n0\r\nX: ", REPLY_KEEP},
     {.again = A2048},
     NULL,
     PROV_E_LIMIT},
    {"trailers",
     {CHUNKED "4\r\nbody\r\n0\r\n", REPLY_KEEP},
     {.again = "X: x\r\n"},
     NULL,
     PROV_E_LIMIT},
    {"interim answers", {"", REPLY_KEEP}, {.again = "HTTP/1.1 102 .\r\n\r\n"}, NULL, PROV_E_LIMIT},
    {"header", {OK_HEAD "X: ", REPLY_KEEP}, {.again = A2048}, NULL, PROV_E_LIMIT},
    {"headers", {OK_HEAD, REPLY_KEEP}, {.again = "X: x\r\n"}, NULL, PROV_E_LIMIT},
    {"status line", {"HTTP/1.1 200 ", REPLY_KEEP}, {.again = A2048}, NULL, PROV_E_LIMIT},
    {"file", {OK_HEAD "\r\n", REPLY_KEEP}, {.again = A2048}, NULL, PROV_E_LIMIT},
    {"file in chunks", {CHUNKED, REPLY_KEEP}, {.again = "4\r\nbody\r\n"}, NULL, PROV_E_LIMIT},
    {"no HTTP", {"220 ", REPLY_KEEP}, {.again = A2048}, NULL, PROV_E_NETWORK},
    {"text beside a 404",
     {"HTTP/1.1 404 No\r\n\r\n", REPLY_KEEP},
     {.again = A2048},
     NULL,
     PROV_E_NOT_FOUND},
    {"text beside a challenge",
     {"HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=x\r\n\r\n", REPLY_KEEP},
     {.again = A2048},
     "phone",
     PROV_E_AUTH},
};

/* The file itself is counted apart: the rig holds no more than 4 KiB of it. */
static void check_bounds(bool is_counted)
{
    is_uncounted = !is_counted;
    unsigned n_wrong = 0;
    for (size_t i = 0; i < sizeof flood_rows / sizeof flood_rows[0]; i++) {
        const struct flood_row *row = &flood_rows[i];
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.limits.max_fetch_bytes = 4000;
        rig.request.uid = prov_str_from(row->uid);
        struct http_server *server = curl_rig_http(&rig, &row->reply, 1);
        server->more = &row->more;
        /* What the sockets hold is sent and not taken in. */
        int buffer = 65536;
        setsockopt(server->listener, SOL_SOCKET, SO_SNDBUF, &buffer, sizeof buffer);
        curl_rig_get(&rig, "http", server->port, "/");
        if (rig.status != row->status || rig.body_len > 4000)
            print_error("%s: %s, %s\n", row->name, prov_status_name(rig.status), rig.err.message);
        n_wrong += rig.status != row->status;
        unsigned long long n = 0;
        sscanf(rig.err.message, "%llu bytes came", &n);
        if (n > 4000 + (256 << 10))
            fail_msg("%s: %s", row->name, rig.err.message);
        if (server->n_sent > 8u << 20)
            fail_msg("%s: %llu bytes sent", row->name, (unsigned long long)server->n_sent);
        curl_rig_close(&rig);
    }
    is_uncounted = false;
    assert_int_equal(n_wrong, 0);
}

static void test_bytes_on_the_wire_are_bounded(void **state)
{
    (void)state;
    check_bounds(true);
}

static void test_bytes_on_the_wire_are_bounded_without_counts(void **state)
{
    (void)state;
    check_bounds(false);
}

/* Chunks */

/* Write the data of @p text, given in two pieces. Returns the bytes beside it. */
static uint64_t unchunk(const char *text, size_t len, size_t split, char *out, size_t cap)
{
    struct provi_curl_chunks chunks = {.is_there = true};
    prov_str pieces[] = {{text, split}, {text + split, len - split}};
    out[0] = '\0';
    for (size_t i = 0; i < 2; i++)
        while (pieces[i].len > 0) {
            prov_str data = provi_curl_chunks_next(&chunks, &pieces[i]);
            snprintf(out + strlen(out), cap - strlen(out), "%.*s", (int)data.len, data.data);
        }
    return chunks.is_malformed ? UINT64_MAX : chunks.n_beside;
}

static void test_chunks_in_any_split(void **state)
{
    static const struct {
        const char *text;
        size_t len;
        const char *data;
        uint64_t n_beside;
    } rows_of_chunks[] = {
#define TEXT(text) text, sizeof(text) - 1
        {TEXT("4\r\nbody\r\n0\r\n\r\n"), "body", 2},
        {TEXT("4\nbody\n0\n\n"), "body", 1},
        {TEXT("0\r\n\r\n"), "", 2},
        {TEXT("1A\r\nabcdefghijklmnopqrstuvwxyz\r\n1\r\n.\r\n0\r\n\r\n"),
         "abcdefghijklmnopqrstuvwxyz.", 2},
        {TEXT("4;a=b\r\nbody\r\n0;c\r\n\r\n"), "body", 12},
        {TEXT("4 \r\nbody\r\n0\r\n\r\n"), "body", 5},
        {TEXT("2\r\n\r\n\r\n2\r\n4\n\r\n0\r\n\r\n"), "\r\n4\n", 2},
        {TEXT("0000000000000004\r\nbody\r\n0\r\n\r\n"), "body", 2},
        {TEXT("4\r\nbody\r\n0\r\nX: y\r\n\r\n"), "body", 8},
        {TEXT("4\r\nbody\r\n0\r\nX: \0\r\n\r\n"), "body", UINT64_MAX},
        {TEXT("4\r\nbo"), "bo", 0},
        {TEXT("fffffffffffffffff\r\nbody"), "body", UINT64_MAX},
        {TEXT("x\r\nbody"), "", UINT64_MAX},
#undef TEXT
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows_of_chunks / sizeof rows_of_chunks[0]; i++)
        for (size_t split = 0; split <= rows_of_chunks[i].len; split++) {
            char data[64];
            uint64_t n =
                unchunk(rows_of_chunks[i].text, rows_of_chunks[i].len, split, data, sizeof data);
            if (n != rows_of_chunks[i].n_beside || strcmp(data, rows_of_chunks[i].data) != 0)
                fail_msg("row %zu, split at %zu: '%s', %llu", i, split, data,
                         (unsigned long long)n);
        }
}

/* Redirects */

/* Whatever becomes of the text beside it, a redirect leads to its target. */
static void test_redirect_needs_no_whole_body(void **state)
{
    static const struct reply bodies[] = {
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\nContent-Length: 9\r\n\r\ncut", REPLY_CLOSE},
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\nContent-Length: 9\r\n\r\ncut", REPLY_RESET},
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\nContent-Length: 9\r\n\r\ncut", REPLY_STALL},
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\nContent-Length: 999999999\r\n\r\nx", REPLY_CLOSE},
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\nX: cu", REPLY_CLOSE},
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\nTransfer-Encoding: chunked\r\n\r\nxyz", REPLY_CLOSE},
        {"HTTP/1.1 302 Go\r\nLocation: /b\r\n\r\n", REPLY_KEEP},
    };
    static const struct reply_more endless = {.again = A2048};
    (void)state;
    for (size_t i = 0; i < sizeof bodies / sizeof bodies[0]; i++) {
        const struct reply replies[] = {
            bodies[i],
            {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP},
        };
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.limits.idle_timeout_ms = 1000;
        struct http_server *server = curl_rig_http(&rig, replies, 2);
        if (i + 1 == sizeof bodies / sizeof bodies[0])
            server->more = &endless;
        curl_rig_get(&rig, "http", server->port, "/a");
        if (rig.status != PROV_OK)
            fail_msg("row %zu: %s", i, rig.err.message);
        assert_string_equal(rig.body, "body");
        assert_int_equal(http_server_count(server, "GET /b HTTP/1.1\r\n"), 1);
        curl_rig_close(&rig);
    }
}

/* The time for all is over while the text beside a redirect comes. */
static void test_redirect_keeps_to_the_total_time(void **state)
{
    (void)state;
    static const struct reply reply = {
        "HTTP/1.1 302 Go\r\nLocation: /b\r\nContent-Length: 9\r\n\r\ncut", REPLY_STALL};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.total_timeout_ms = 1000;
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    curl_rig_get(&rig, "http", server->port, "/a");
    assert_int_equal(rig.status, PROV_E_TIMEOUT);
    assert_true(
        has_words("total", &rig, server->port, "not finished after 1 s, at byte 0, from @"));
    assert_int_equal(server->n_requests, 1);
    curl_rig_close(&rig);
}

/* Time */

static void test_words_for_silence_on_a_kept_connection(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP},
        {"", REPLY_STALL},
    };
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.idle_timeout_ms = 1000;
    struct http_server *server = curl_rig_http(&rig, replies, 2);
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.status, PROV_OK);
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(server->n_connections, 1);
    assert_int_equal(rig.status, PROV_E_TIMEOUT);
    assert_true(
        has_words("kept", &rig, server->port, "connected, but no answer from @: silent for 1 s"));
    curl_rig_close(&rig);
}

static void test_words_for_bytes_that_trickle(void **state)
{
    (void)state;
    static const struct reply reply = {OK_HEAD "Content-Length: 99\r\n\r\nbody", REPLY_STALL};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.idle_timeout_ms = 4000;
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    curl_rig_start(&rig, "http", server->port, "/");
    int64_t sent_ms = now_ms();
    while (!rig.is_done) {
        curl_rig_turn(&rig, 50);
        if (now_ms() - sent_ms < 1500 || server->connections[0].fd < 0)
            continue;
        sent_ms = now_ms();
        assert_int_equal(send(server->connections[0].fd, "x", 1, MSG_NOSIGNAL), 1);
    }
    assert_int_equal(rig.status, PROV_E_TIMEOUT);
    assert_non_null(strstr(rig.err.message, "slower than 1 byte a second, at byte "));
    curl_rig_close(&rig);
}

/* Texts that no file of C holds, or that a text of HTTP must not. */
static void test_words_for_control_characters(void **state)
{
    (void)state;
    struct curl_rig rig;
    struct prov_error err = {0};
    prov_transfer *transfer;
    const struct provi_transfer_handler handler = {0};
    curl_rig_open(&rig, NULL);
    curl_rig_start(&rig, "tftp", 9, "/");
    rig.request.path = (prov_str){"/a\0b", 4};
    assert_int_equal(
        provi_transfer_start(&transfer, NULL, rig.transport, &rig.request, &handler, &err),
        PROV_E_SYNTAX);
    assert_string_equal(err.message, "NUL in a TFTP file name");
    rig.request.accept_encoding = prov_str_from("s3cr3t\nX: y");
    curl_rig_start(&rig, "http", 9, "/");
    assert_int_equal(rig.status, PROV_E_SYNTAX);
    assert_string_equal(rig.err.message,
                        "Accept-Encoding: expected one line, found a control character");
    curl_rig_close(&rig);
}

/* Why a datagram does not leave, by the number of the system. */
static void test_words_for_ways_that_are_none(void **state)
{
    static const struct {
        int error;
        const char *words;
    } error_rows[] = {
        {ECONNREFUSED, "nothing listens on UDP port 69 of phones.test (192.0.2.1)"},
        {EPERM, "cannot connect to phones.test:69: this device does not permit it"},
        {EADDRNOTAVAIL,
         "cannot connect to phones.test:69: no address or port of this device is free for it"},
        {EAFNOSUPPORT,
         "cannot connect to phones.test:69: this device does not support that kind of address"},
        {EHOSTUNREACH,
         "cannot connect to phones.test:69: the host does not answer on its network, or there "
         "is no route"},
        {EMFILE, "cannot connect to phones.test:69: no descriptor is free"},
        {ENFILE, "cannot connect to phones.test:69: no descriptor is free"},
        {ENETDOWN, "cannot connect to phones.test:69: the network is down"},
        {ENETUNREACH, "cannot connect to phones.test:69: no route leads to its network"},
        {ETIMEDOUT, "cannot connect to phones.test:69: no answer to connecting"},
        {EINVAL, "cannot connect to phones.test:69"},
    };
    (void)state;
    const struct prov_request request = {
        .scheme = {"tftp", 4},
        .host = {"phones.test", 11},
        .port = 69,
    };
    struct prov_curl curl = {.alloc = provi_alloc_or_default(NULL)};
    struct provi_curl_job job = {.curl = &curl, .request = &request, .scheme = PROVI_CURL_TFTP};
    union provi_curl_address last;
    struct prov_error err = {0};
    provi_buffer_init(&job.url, PROVI_CURL_MAX_URL_BYTES, false);
    assert_int_equal(provi_curl_first_url(&job, &err), PROV_OK);
    assert_true(provi_curl_read_ip(prov_str_from("192.0.2.1"), 69, &last));
    for (size_t i = 0; i < sizeof error_rows / sizeof error_rows[0]; i++) {
        int error = error_rows[i].error;
        assert_int_equal(provi_curl_fail_datagram(&job, &last, error, &err), PROV_E_CONNECT);
        assert_string_equal(err.message, error_rows[i].words);
        assert_int_equal(err.origin, PROV_ORIGIN_OS);
        assert_int_equal(err.native, error);
        assert_true(err.flags & PROV_ERROR_RETRYABLE);
    }
    provi_buffer_free(&job.url, &curl.alloc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_for_answers),
        cmocka_unit_test(test_words_for_answers_without_counts),
        cmocka_unit_test(test_words_are_never_those_of_a_number),
        cmocka_unit_test(test_words_for_requests),
        cmocka_unit_test(test_words_for_options),
        cmocka_unit_test(test_bytes_on_the_wire_are_bounded),
        cmocka_unit_test(test_bytes_on_the_wire_are_bounded_without_counts),
        cmocka_unit_test(test_chunks_in_any_split),
        cmocka_unit_test(test_redirect_needs_no_whole_body),
        cmocka_unit_test(test_redirect_keeps_to_the_total_time),
        cmocka_unit_test(test_words_for_silence_on_a_kept_connection),
        cmocka_unit_test(test_words_for_bytes_that_trickle),
        cmocka_unit_test(test_words_for_control_characters),
        cmocka_unit_test(test_words_for_ways_that_are_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
