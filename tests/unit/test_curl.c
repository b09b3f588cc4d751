/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The built-in transport against small servers on loopback, hostile ones above all. */
#include <provision/transport_curl.h>
#include <provision/version.h>

#include <arpa/inet.h>
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "curl_rig.h"
#include "transfer/transfer.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"
#define SECRET "s3cr3t-passw0rd"

/* HTTP answers */

static const struct answer_row {
    const char *name;
    struct reply reply;
    prov_status status;
    int64_t native;
    const char *body;
    const char *message; /* is part of it; NULL: success */
} answer_rows[] = {
    {"whole", {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP}, PROV_OK, 0, "body", NULL},
    {"chunked",
     {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n2\r\ndy\r\n0\r\n\r\n", REPLY_KEEP},
     PROV_OK,
     0,
     "body",
     NULL},
    {"ended by closing", {"HTTP/1.0 200 OK\r\n\r\nbody", REPLY_CLOSE}, PROV_OK, 0, "body", NULL},
    {"empty", {"HTTP/1.1 204 No Content\r\n\r\n", REPLY_KEEP}, PROV_OK, 0, "", NULL},
    {"gzip not asked for passes as it is",
     {OK_HEAD "Content-Encoding: gzip\r\nContent-Length: 4\r\n\r\nbody", REPLY_KEEP},
     PROV_OK,
     0,
     "body",
     NULL},
    {"shorter than its length",
     {OK_HEAD "Content-Length: 9\r\n\r\nbody", REPLY_CLOSE},
     PROV_E_TRUNCATED,
     18,
     "body",
     "closed before the announced end"},
    {"chunks cut",
     {OK_HEAD "Transfer-Encoding: chunked\r\n\r\n4\r\nbody\r\n", REPLY_CLOSE},
     PROV_E_TRUNCATED,
     18,
     "body",
     "closed before the announced end"},
    {"no file",
     {"HTTP/1.1 404 No\r\nContent-Length: 3\r\n\r\nno!", REPLY_KEEP},
     PROV_E_NOT_FOUND,
     404,
     "",
     "no such file"},
    {"no file, text beside it cut",
     {"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\nno!", REPLY_CLOSE},
     PROV_E_NOT_FOUND,
     404,
     "",
     "no such file"},
    {"forbidden",
     {"HTTP/1.1 403 No\r\nContent-Length: 3\r\n\r\nno!", REPLY_KEEP},
     PROV_E_SERVER,
     403,
     "",
     "HTTP 403 from 127.0.0.1"},
    {"server failed",
     {"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_SERVER,
     503,
     "",
     "HTTP 503 from 127.0.0.1"},
    {"unasked 304", {"HTTP/1.1 304 Same\r\n\r\n", REPLY_KEEP}, PROV_E_SERVER, 304, "", "HTTP 304"},
    {"several choices",
     {"HTTP/1.1 300 Choose\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_SERVER,
     300,
     "",
     "HTTP 300"},
    {"password wanted",
     {"HTTP/1.1 401 Who\r\nWWW-Authenticate: Basic realm=x\r\nContent-Length: 0\r\n\r\n",
      REPLY_KEEP},
     PROV_E_AUTH,
     401,
     "",
     "requires a user and a password"},
    {"redirect to nowhere",
     {"HTTP/1.1 302 Go\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_REDIRECT,
     302,
     "",
     "without a target"},
    {"redirect to a file",
     {"HTTP/1.1 302 Go\r\nLocation: file:///etc/passwd\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_REDIRECT,
     302,
     "",
     "no http or https URL"},
    {"redirect to ftp",
     {"HTTP/1.1 302 Go\r\nLocation: ftp://127.0.0.1/x\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_REDIRECT,
     302,
     "",
     "no http or https URL"},
    {"redirect to tftp",
     {"HTTP/1.1 307 Go\r\nLocation: tftp://127.0.0.1/x\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_REDIRECT,
     307,
     "",
     "no http or https URL"},
    {"redirect to itself for ever",
     {"HTTP/1.1 308 Go\r\nLocation: /\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP},
     PROV_E_REDIRECT,
     308,
     "",
     "too many redirects"},
    {"not HTTP", {"220 mail.example ESMTP\r\n", REPLY_CLOSE}, PROV_E_NETWORK, 1, "", "not HTTP"},
    {"nothing", {"", REPLY_CLOSE}, PROV_E_NETWORK, 52, "", "without a response"},
    {"reset", {"", REPLY_RESET}, PROV_E_NETWORK, 56, "", "broken off"},
    {"reset amid the body",
     {OK_HEAD "Content-Length: 9\r\n\r\nbody", REPLY_RESET},
     PROV_E_NETWORK,
     56,
     NULL,
     "broken off"},
    {"announced larger than allowed",
     {OK_HEAD "Content-Length: 999999999\r\n\r\nbody", REPLY_KEEP},
     PROV_E_LIMIT,
     63,
     "",
     "larger than the 4194304 bytes allowed: the file at"},
};

static void test_curl_http_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof answer_rows / sizeof answer_rows[0]; i++) {
        const struct answer_row *row = &answer_rows[i];
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &row->reply, 1);
        curl_rig_get(&rig, "http", server->port, "/");
        if (rig.status != row->status || rig.err.native != row->native)
            fail_msg("%s: %s, native %lld, %s", row->name, prov_status_name(rig.status),
                     (long long)rig.err.native, rig.err.message);
        if (row->message && !strstr(rig.err.message, row->message))
            fail_msg("%s: '%s' instead of '%s'", row->name, rig.err.message, row->message);
        if (row->body)
            assert_string_equal(rig.body, row->body);
        curl_rig_close(&rig);
    }
}

static void test_curl_head_tells_what_the_server_said(void **state)
{
    (void)state;
    static const struct reply reply = {
        OK_HEAD "ETag: \"v1\"\r\nContent-Encoding: aes128gcm\r\nRetry-After: 120\r\n"
                "Content-Type: text/xml\r\nContent-Length: 4\r\n\r\nbody",
        REPLY_KEEP,
    };
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    rig.request.user_agent = prov_str_from("Cisco-CP-8841-3PCC/11.0 (000e08abcdef)");
    rig.request.accept_encoding = prov_str_from("aes128gcm");
    curl_rig_get(&rig, "http", server->port, "/spa$MA.cfg?x=1");
    assert_int_equal(rig.status, PROV_OK);
    assert_int_equal(rig.n_heads, 1);
    assert_int_equal(rig.head.code, 200);
    assert_int_equal(rig.head.length, 4);
    assert_int_equal(rig.head.retry_after_s, 120);
    assert_int_equal(rig.head.peer_verified, 0);
    assert_string_equal(rig.etag, "\"v1\"");
    assert_string_equal(rig.encoding, "aes128gcm");
    assert_string_equal(rig.content_type, "text/xml");
    assert_string_equal(rig.server_ip, "127.0.0.1");
    assert_string_equal(rig.final_url, "");
    assert_int_equal(http_server_count(server, "GET /spa$MA.cfg?x=1 HTTP/1.1\r\n"), 1);
    assert_int_equal(
        http_server_count(server, "User-Agent: Cisco-CP-8841-3PCC/11.0 (000e08abcdef)\r\n"), 1);
    assert_int_equal(http_server_count(server, "Accept-Encoding: aes128gcm\r\n"), 1);
    curl_rig_close(&rig);
}

static void test_curl_sends_all_of_a_path(void **state)
{
    static const struct {
        const char *path, *line;
    } rows[] = {
        {"/a#b?c#", "GET /a%23b?c%23 HTTP/1.1\r\n"},
        {"/#", "GET /%23 HTTP/1.1\r\n"},
        {"/a/../b//c", "GET /a/../b//c HTTP/1.1\r\n"},
        {"/a{1,2}[3]?d=%20", "GET /a{1,2}[3]?d=%20 HTTP/1.1\r\n"},
    };
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        curl_rig_get(&rig, "http", server->port, rows[i].path);
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(http_server_count(server, rows[i].line), 1);
        curl_rig_close(&rig);
    }
}

/* Headers as large as a request may have reach the server whole. */
static void test_curl_sends_the_largest_headers(void **state)
{
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    char value[PROVI_MAX_HEADER_BYTES], line[PROVI_MAX_HEADER_BYTES + 32];
    struct curl_rig rig;
    (void)state;
    memset(value, 'v', sizeof value);
    const struct prov_header header = {.name = {"X-A", 3}, .value = {value, sizeof value - 3}};
    const prov_str largest = {value, sizeof value};
    const struct {
        const char *name;
        prov_str value;
    } rows[] = {{"X-A", header.value}, {"User-Agent", largest}, {"Content-Encoding", largest}};
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    rig.request.method = PROV_METHOD_POST;
    rig.request.user_agent = rig.request.content_encoding = largest;
    rig.request.headers = &header;
    rig.request.n_headers = 1;
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.status, PROV_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        snprintf(line, sizeof line, "\r\n%s: %.*s\r\n", rows[i].name, (int)rows[i].value.len,
                 rows[i].value.data);
        assert_int_equal(http_server_count(server, line), 1);
    }
    curl_rig_close(&rig);
}

/* What a host's check of a URL reads is what is connected to: an address has one spelling. */
static void test_curl_dials_what_the_url_says(void **state)
{
    static const char *const hosts[] = {
        "2130706433",
        "0x7f000001",
        "0x7f.1",
        "0177.0.0.1",
        "017700000001",
        "127.1",
        "127.0.1",
        "127.0.0.1.",
        "127.0.0.010",
        "127.0.0.0x1",
        "127%2e0.0.1",
        "%31%32%37.0.0.1",
        "\xef\xbc\x91\xef\xbc\x92\xef\xbc\x97.0.0.1",
        "127\343\200\2020.0.1", /* an ideographic full stop */
        "\xe2\x91\xa0.0.0.1",
        "127.0.0.1\xc2\xad",
    };
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    static const char *const schemes[] = {"http", "tftp"};
    (void)state;
    for (size_t i = 0; i < 2 * sizeof hosts / sizeof hosts[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        rig.limits.connect_timeout_ms = 500;
        curl_rig_start_at(&rig, schemes[i % 2], hosts[i / 2], server->port, "/");
        if (!rig.is_done)
            curl_rig_finish(&rig);
        if (rig.status != PROV_E_SYNTAX || server->n_connections > 0 || rig.server_ip[0])
            fail_msg("%s://%s: %s, %s", schemes[i % 2], hosts[i / 2], prov_status_name(rig.status),
                     rig.err.message);
        curl_rig_close(&rig);
    }
}

/* A redirect's target is shown as the address that it is. */
static void test_curl_redirect_shows_the_address(void **state)
{
    static const char *const hosts[] = {"2130706433", "0x7f.1", "127.1", "0177.0.0.01"};
    (void)state;
    for (size_t i = 0; i < sizeof hosts / sizeof hosts[0]; i++) {
        struct curl_rig rig;
        char go[256], url[64];
        struct reply replies[2] = {{go, REPLY_KEEP},
                                   {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP}};
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, replies, 2);
        snprintf(go, sizeof go,
                 "HTTP/1.1 302 Go\r\nLocation: http://%s:%u/b\r\nContent-Length: 0\r\n\r\n",
                 hosts[i], (unsigned)server->port);
        snprintf(url, sizeof url, "http://127.0.0.1:%u/b", (unsigned)server->port);
        curl_rig_get(&rig, "http", server->port, "/a");
        if (rig.status == PROV_OK)
            assert_string_equal(rig.final_url, url);
        else
            assert_int_equal(rig.status, PROV_E_REDIRECT);
        curl_rig_close(&rig);
    }
}

static void test_curl_looks_services_up_if_built_to(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server =
        curl_rig_http(&rig, &(struct reply){OK_HEAD "\r\n", REPLY_CLOSE}, 1);
    rig.request.srv = 1;
    curl_rig_get(&rig, "http", server->port, "/");
    bool is_there = prov_feature_supported(PROV_FEATURE_SRV);
    assert_int_equal(rig.status, is_there ? PROV_OK : PROV_E_UNSUPPORTED);
    curl_rig_get(&rig, "tftp", server->port, "/");
    assert_int_equal(rig.status, PROV_E_UNSUPPORTED);
    curl_rig_close(&rig);
}

#define NOT_MODIFIED "HTTP/1.1 304 Not Modified\r\nETag: \"v1\"\r\n\r\n"
#define MOVED "HTTP/1.1 302 Found\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"

/* An ETag belongs to its address: neither is it sent on, nor does a 304 from elsewhere count. */
static void test_curl_asks_if_modified_where_the_etag_is_from(void **state)
{
    (void)state;
    static const struct {
        const char *if_none_match;
        struct reply replies[2];
        prov_status status;
        int32_t code;
        unsigned n_sent;
    } rows[] = {
        {"\"v1\"", {{NOT_MODIFIED, REPLY_KEEP}}, PROV_OK, 304, 1},
        {"", {{NOT_MODIFIED, REPLY_KEEP}}, PROV_E_SERVER, 304, 0},
        {"\"v0\"", {{OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP}}, PROV_OK, 200, 1},
        {"\"v1\"", {{MOVED, REPLY_KEEP}, {NOT_MODIFIED, REPLY_KEEP}}, PROV_E_SERVER, 304, 1},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server =
            curl_rig_http(&rig, rows[i].replies, rows[i].replies[1].text ? 2 : 1);
        rig.request.if_none_match = prov_str_from(rows[i].if_none_match);
        curl_rig_get(&rig, "http", server->port, "/a");
        assert_int_equal(rig.status, rows[i].status);
        assert_int_equal(rig.head.code, rows[i].code);
        assert_int_equal(http_server_count(server, "If-None-Match: "), rows[i].n_sent);
        curl_rig_close(&rig);
    }
}

static void test_curl_header_of_a_failure_is_told(void **state)
{
    (void)state;
    static const struct reply reply = {
        "HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 4\r\n\r\nbusy", REPLY_KEEP};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.head.code, 503);
    assert_int_equal(rig.head.retry_after_s, 7);
    assert_true(rig.err.flags & PROV_ERROR_RETRYABLE);
    assert_int_equal(rig.err.origin, PROV_ORIGIN_HTTP);
    assert_string_equal(rig.body, "");
    curl_rig_close(&rig);
}

static void test_curl_text_cannot_write_headers(void **state)
{
    (void)state;
    static const struct reply reply = {OK_HEAD "Content-Length: 0\r\n\r\n", REPLY_KEEP};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    rig.request.user_agent = prov_str_from("x\r\nCookie: y");
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.status, PROV_E_SYNTAX);
    assert_int_equal(server->n_requests, 0);
    curl_rig_close(&rig);
}

/* Credentials */

#define CHALLENGE(how)                                                                             \
    "HTTP/1.1 401 Who\r\nWWW-Authenticate: " how "\r\nContent-Length: 3\r\n\r\nwho"
#define SUCCESS OK_HEAD "Content-Length: 4\r\n\r\nbody"

static void set_login(struct curl_rig *rig)
{
    rig->request.uid = prov_str_from("phone");
    rig->request.pwd = prov_str_from(SECRET);
}

static const struct login_row {
    const char *name;
    struct reply replies[3];
    size_t n_replies;
    unsigned n_requests;
    unsigned n_basic;
    unsigned n_digest;
    prov_status status;
    const char *words; /* are in the message; NULL: a success */
} login_rows[] = {
    {"not asked", {{SUCCESS, REPLY_KEEP}}, 1, 1, 0, 0, PROV_OK, NULL},
    {"basic",
     {{CHALLENGE("Basic realm=\"x\""), REPLY_KEEP}, {SUCCESS, REPLY_KEEP}},
     2,
     2,
     1,
     0,
     PROV_OK,
     NULL},
    {"digest",
     {{CHALLENGE("Digest realm=\"x\", nonce=\"1\", algorithm=SHA-256, qop=\"auth\""), REPLY_KEEP},
      {SUCCESS, REPLY_KEEP}},
     2,
     2,
     0,
     1,
     PROV_OK,
     NULL},
    {"wrong password",
     {{CHALLENGE("Basic realm=\"x\""), REPLY_KEEP}},
     1,
     2,
     1,
     0,
     PROV_E_AUTH,
     "does not accept user and password (HTTP 401)"},
    {"stale for ever",
     {{CHALLENGE("Digest realm=\"x\", nonce=\"1\", stale=true, qop=\"auth\""), REPLY_KEEP}},
     1,
     3,
     0,
     2,
     PROV_E_AUTH,
     "does not accept user and password (HTTP 401)"},
    {"unknown scheme",
     {{CHALLENGE("NTLM"), REPLY_KEEP}},
     1,
     1,
     0,
     0,
     PROV_E_AUTH,
     "asks for NTLM, and only Basic and Digest are supported"},
    {"file missing behind the password",
     {{CHALLENGE("Basic realm=\"x\""), REPLY_KEEP},
      {"HTTP/1.1 404 No\r\nContent-Length: 0\r\n\r\n", REPLY_KEEP}},
     2,
     2,
     1,
     0,
     PROV_E_NOT_FOUND,
     "no such file"},
    {"broken off behind the password",
     {{CHALLENGE("Basic realm=\"x\""), REPLY_CLOSE}, {"", REPLY_CLOSE}},
     2,
     2,
     1,
     0,
     PROV_E_NETWORK,
     "connection closed without a response"},
};

static void test_curl_credentials_only_when_asked(void **state)
{
    (void)state;
    struct secrets secrets = {0};
    secrets_plant(&secrets, SECRET, strlen(SECRET));
    for (size_t i = 0; i < sizeof login_rows / sizeof login_rows[0]; i++) {
        const struct login_row *row = &login_rows[i];
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, row->replies, row->n_replies);
        set_login(&rig);
        curl_rig_get(&rig, "http", server->port, "/x");
        unsigned n_basic = http_server_count(server, "Authorization: Basic ");
        unsigned n_digest = http_server_count(server, "Authorization: Digest ");
        if (rig.status != row->status || server->n_requests != row->n_requests ||
            n_basic != row->n_basic || n_digest != row->n_digest ||
            (row->status != PROV_E_NETWORK && rig.head.has_shown_password != (row->n_basic > 0)) ||
            !strstr(rig.err.message, row->words ? row->words : ""))
            fail_msg("%s: %s (%s), %u requests, %u basic, %u digest", row->name,
                     prov_status_name(rig.status), rig.err.message, server->n_requests, n_basic,
                     n_digest);
        secrets_assert_clean_error(&secrets, &rig.err);
        curl_rig_close(&rig);
    }
}

/* Credentials as long as they may be reach the server, and none that are longer. */
static void test_curl_sends_the_longest_credentials(void **state)
{
    static const struct reply replies[] = {{CHALLENGE("Basic realm=\"x\""), REPLY_KEEP},
                                           {SUCCESS, REPLY_KEEP}};
    char text[1025];
    (void)state;
    memset(text, 'u', sizeof text);
    for (size_t len = sizeof text - 1; len <= sizeof text; len++)
        for (int is_pwd = 0; is_pwd < 2; is_pwd++) {
            struct curl_rig rig;
            curl_rig_open(&rig, NULL);
            struct http_server *server = curl_rig_http(&rig, replies, 2);
            rig.request.uid = is_pwd ? prov_str_from("u") : (prov_str){text, len};
            rig.request.pwd = is_pwd ? (prov_str){text, len} : prov_str_from("p");
            curl_rig_get(&rig, "http", server->port, "/");
            assert_int_equal(rig.status, len < sizeof text ? PROV_OK : PROV_E_LIMIT);
            assert_int_equal(http_server_count(server, "Authorization: Basic "), rig.status == 0);
            curl_rig_close(&rig);
        }
}

static void test_curl_credentials_stay_with_their_origin(void **state)
{
    (void)state;
    static const struct reply other_replies[] = {
        {CHALLENGE("Basic realm=\"x\""), REPLY_KEEP},
    };
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *other = curl_rig_http(&rig, other_replies, 1);
    char go[256];
    snprintf(go, sizeof go,
             "HTTP/1.1 302 Go\r\nLocation: http://phone:guessed@127.0.0.1:%u/there\r\n"
             "Content-Length: 0\r\n\r\n",
             (unsigned)other->port);
    const struct reply first_replies[] = {{CHALLENGE("Basic realm=\"x\""), REPLY_KEEP},
                                          {go, REPLY_KEEP}};
    struct http_server *first = curl_rig_http(&rig, first_replies, 2);
    set_login(&rig);
    curl_rig_get(&rig, "http", first->port, "/here");
    assert_int_equal(rig.status, PROV_E_AUTH);
    assert_non_null(strstr(rig.err.message, "redirect"));
    assert_int_equal(http_server_count(first, "Authorization: Basic "), 1);
    assert_int_equal(other->n_requests, 1);
    assert_int_equal(http_server_count(other, "GET /there HTTP/1.1\r\n"), 1);
    assert_int_equal(http_server_count(other, "Authorization"), 0);
    assert_int_equal(http_server_count(other, "Referer"), 0);
    curl_rig_close(&rig);
}

/* Redirects */

#define GO(code, where)                                                                            \
    "HTTP/1.1 " code " Go\r\nLocation: " where "\r\nContent-Length: 3\r\n\r\nGo!"

static const struct redirect_row {
    const char *go;
    enum prov_method method;
    const char *second; /* start of the second request */
} redirect_rows[] = {
    {GO("301", "/b.cfg?c=1"), PROV_METHOD_GET, "GET /b.cfg?c=1 HTTP/1.1\r\n"},
    {GO("302", "c.cfg"), PROV_METHOD_GET, "GET /a/c.cfg HTTP/1.1\r\n"},
    {GO("303", "../d"), PROV_METHOD_GET, "GET /d HTTP/1.1\r\n"},
    {GO("307", "?e"), PROV_METHOD_GET, "GET /a/x?e HTTP/1.1\r\n"},
    {GO("308", "/f#g"), PROV_METHOD_GET, "GET /f HTTP/1.1\r\n"},
    {GO("301", "/g"), PROV_METHOD_POST, "POST /g HTTP/1.1\r\n"},
    {GO("303", "/h"), PROV_METHOD_POST, "GET /h HTTP/1.1\r\n"},
    {GO("307", "/i"), PROV_METHOD_PUT, "PUT /i HTTP/1.1\r\n"},
};

static void test_curl_follows_redirects(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof redirect_rows / sizeof redirect_rows[0]; i++) {
        const struct redirect_row *row = &redirect_rows[i];
        const struct reply replies[] = {{row->go, REPLY_KEEP}, {SUCCESS, REPLY_KEEP}};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, replies, 2);
        rig.request.method = (uint8_t)row->method;
        rig.request.body = prov_str_from(row->method == PROV_METHOD_GET ? "" : "report");
        curl_rig_get(&rig, "http", server->port, "/a/x");
        if (rig.status != PROV_OK || http_server_count(server, row->second) != 1)
            fail_msg("%s: %s\n%s", row->second, prov_status_name(rig.status), server->received);
        assert_int_equal(server->n_connections, 1);
        assert_string_equal(rig.body, "body");
        assert_int_equal(rig.n_heads, 1);
        assert_non_null(strstr(rig.final_url, "http://127.0.0.1:"));
        curl_rig_close(&rig);
    }
}

static void test_curl_redirect_limit_counts(void **state)
{
    (void)state;
    static const struct reply reply = {GO("302", "/again"), REPLY_KEEP};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    rig.limits.max_redirects = 2;
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.status, PROV_E_REDIRECT);
    assert_int_equal(server->n_requests, 3);
    curl_rig_close(&rig);
}

/* Bodies of requests */

static void test_curl_posts_and_puts_the_body(void **state)
{
    (void)state;
    static const struct reply reply = {SUCCESS, REPLY_KEEP};
    for (int method = PROV_METHOD_POST; method <= PROV_METHOD_PUT; method++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        rig.request.method = (uint8_t)method;
        rig.request.body = prov_str_from("the report");
        rig.request.content_type = prov_str_from("text/plain");
        curl_rig_get(&rig, "http", server->port, "/r");
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(
            http_server_count(server, method == PROV_METHOD_POST ? "POST /r" : "PUT /r"), 1);
        assert_int_equal(http_server_count(server, "Content-Type: text/plain\r\n"), 1);
        assert_int_equal(http_server_count(server, "Expect:"), 0);
        assert_int_equal(http_server_count(server, "\r\n\r\nthe report"), 1);
        curl_rig_close(&rig);
    }
}

static void test_curl_body_is_sent_again_after_a_challenge(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        {CHALLENGE("Basic realm=\"x\""), REPLY_KEEP},
        {SUCCESS, REPLY_KEEP},
    };
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, replies, 2);
    set_login(&rig);
    rig.request.method = PROV_METHOD_POST;
    rig.request.body = prov_str_from("the report");
    curl_rig_get(&rig, "http", server->port, "/r");
    assert_int_equal(rig.status, PROV_OK);
    assert_int_equal(http_server_count(server, "\r\n\r\nthe report"), 2);
    curl_rig_close(&rig);
}

/* Limits */

static void test_curl_body_over_the_limit_is_cut(void **state)
{
    (void)state;
    static const struct reply reply = {"HTTP/1.0 200 OK\r\n\r\nmore than ten bytes", REPLY_STALL};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    rig.limits.max_fetch_bytes = 10;
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.status, PROV_E_LIMIT);
    assert_true(strlen(rig.body) <= rig.limits.max_fetch_bytes);
    curl_rig_close(&rig);
}

static const struct slow_row {
    const char *name;
    const char *scheme;
    const char *text;
    uint32_t connect_timeout_ms;
    uint32_t idle_timeout_ms;
    uint32_t total_timeout_ms;
    const char *message;
} slow_rows[] = {
    {"mute", "http", "", 0, 1000, 0, "connected, but no answer"},
    {"stops amid the body", "http", OK_HEAD "Content-Length: 9\r\n\r\nbody", 0, 1000, 0,
     "answers stopped after 4 bytes"},
    {"takes too long", "http", OK_HEAD "Content-Length: 9\r\n\r\nbody", 0, 0, 300,
     "not finished after"},
    {"mute to TLS", "https", "", 300, 0, 0, "TLS handshake not answered"},
};

/* A server whose queue is full does not answer to connecting: by then nothing was said of TLS. */
static void test_curl_connecting_takes_too_long(void **state)
{
    static const char *const schemes[] = {"http", "https"};
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    int listener = socket(AF_INET, SOCK_STREAM, 0), queued[4];
    char words[64];
    (void)state;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    assert_int_equal(bind(listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(listener, 0), 0);
    assert_int_equal(getsockname(listener, (struct sockaddr *)&address, &len), 0);
    for (int i = 0; i < 4; i++) {
        queued[i] = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
        connect(queued[i], (struct sockaddr *)&address, len);
    }
    uint16_t port = ntohs(address.sin_port);
    snprintf(words, sizeof words, "no answer to connecting to 127.0.0.1:%u", (unsigned)port);
    for (size_t i = 0; i < 2; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.limits.connect_timeout_ms = 200;
        curl_rig_get(&rig, schemes[i], port, "/");
        assert_int_equal(rig.status, PROV_E_TIMEOUT);
        assert_string_equal(rig.err.message, words);
        assert_true(rig.err.flags & PROV_ERROR_RETRYABLE);
        curl_rig_close(&rig);
    }
    for (int i = 0; i < 4; i++)
        close(queued[i]);
    close(listener);
}

static void set_above_0(uint32_t *limit, uint32_t value)
{
    if (value)
        *limit = value;
}

static void test_curl_slow_servers_are_cut_off(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof slow_rows / sizeof slow_rows[0]; i++) {
        const struct slow_row *row = &slow_rows[i];
        const struct reply reply = {row->text, REPLY_STALL};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        set_above_0(&rig.limits.connect_timeout_ms, row->connect_timeout_ms);
        set_above_0(&rig.limits.idle_timeout_ms, row->idle_timeout_ms);
        set_above_0(&rig.limits.total_timeout_ms, row->total_timeout_ms);
        curl_rig_get(&rig, row->scheme, server->port, "/");
        assert_int_equal(rig.status, PROV_E_TIMEOUT);
        if (!strstr(rig.err.message, row->message))
            fail_msg("%s: %s", row->name, rig.err.message);
        assert_true(rig.waited_ms < 10000); /* libcurl checks the last five seconds */
        curl_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curl_http_answers),
        cmocka_unit_test(test_curl_head_tells_what_the_server_said),
        cmocka_unit_test(test_curl_sends_all_of_a_path),
        cmocka_unit_test(test_curl_sends_the_largest_headers),
        cmocka_unit_test(test_curl_sends_the_longest_credentials),
        cmocka_unit_test(test_curl_dials_what_the_url_says),
        cmocka_unit_test(test_curl_redirect_shows_the_address),
        cmocka_unit_test(test_curl_looks_services_up_if_built_to),
        cmocka_unit_test(test_curl_asks_if_modified_where_the_etag_is_from),
        cmocka_unit_test(test_curl_header_of_a_failure_is_told),
        cmocka_unit_test(test_curl_text_cannot_write_headers),
        cmocka_unit_test(test_curl_credentials_only_when_asked),
        cmocka_unit_test(test_curl_credentials_stay_with_their_origin),
        cmocka_unit_test(test_curl_follows_redirects),
        cmocka_unit_test(test_curl_redirect_limit_counts),
        cmocka_unit_test(test_curl_posts_and_puts_the_body),
        cmocka_unit_test(test_curl_body_is_sent_again_after_a_challenge),
        cmocka_unit_test(test_curl_body_over_the_limit_is_cut),
        cmocka_unit_test(test_curl_connecting_takes_too_long),
        cmocka_unit_test(test_curl_slow_servers_are_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
