/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Requests through a proxy: what it gets, and the words for what it answers. */
#include <provision/transport_curl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <curl/curl.h>

#include "curl_rig.h"

#define OK_REPLY                                                                                   \
    {                                                                                              \
        "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", REPLY_KEEP                             \
    }
#define EMPTY "Content-Length: 0\r\n\r\n"
#define WHO(challenge)                                                                             \
    {                                                                                              \
        "HTTP/1.1 407 Who\r\n" challenge EMPTY, REPLY_KEEP                                         \
    }
#define BASIC "Proxy-Authenticate: Basic realm=\"x\"\r\n"
#define GET "GET http://far.example/a HTTP/1.1\r\nHost: far.example\r\n"
#define CONNECT "CONNECT far.example:443 HTTP/1.1\r\nHost: far.example:443\r\n"
/* phone:password, which base64 makes of it. */
#define LOGIN "Proxy-Authorization: Basic cGhvbmU6cGFzc3dvcmQ=\r\n"

static const struct proxy_row {
    const char *name;
    const char *scheme;
    const char *login; /* of the proxy; NULL: none */
    struct reply replies[2];
    prov_status status;
    int64_t native;
    bool is_retryable;
    const char *words;     /* `@`: the proxy; "": success */
    const char *request;   /* how each begins */
    unsigned n_requests;   /* of them */
    unsigned n_with_login; /* likewise */
} rows[] = {
    {"file", "http", NULL, {OK_REPLY}, PROV_OK, 0, false, "", GET, 1, 0},
    {"login is kept until it is asked for",
     "http",
     "phone",
     {OK_REPLY},
     PROV_OK,
     0,
     false,
     "",
     GET,
     1,
     0},
    {"login", "http", "phone", {WHO(BASIC), OK_REPLY}, PROV_OK, 0, false, "", GET, 2, 1},
    {"no login",
     "http",
     NULL,
     {WHO(BASIC)},
     PROV_E_AUTH,
     407,
     false,
     "@ requires a user and a password (HTTP 407)",
     GET,
     1,
     0},
    {"wrong login",
     "http",
     "phone",
     {WHO(BASIC)},
     PROV_E_AUTH,
     407,
     false,
     "@ does not accept user and password (HTTP 407)",
     GET,
     2,
     1},
    {"unknown scheme",
     "http",
     "phone",
     {WHO("Proxy-Authenticate: NTLM\r\n")},
     PROV_E_AUTH,
     407,
     false,
     "@ asks for NTLM, and only Basic and Digest are supported; no user or password was sent "
     "(HTTP 407)",
     GET,
     1,
     0},
    {"tunnel: no login",
     "https",
     NULL,
     {WHO(BASIC)},
     PROV_E_AUTH,
     407,
     false,
     "@ requires a user and a password (HTTP 407)",
     CONNECT,
     1,
     0},
    {"tunnel: wrong login",
     "https",
     "phone",
     {WHO(BASIC)},
     PROV_E_AUTH,
     407,
     false,
     "@ does not accept user and password (HTTP 407)",
     CONNECT,
     2,
     1},
    {"tunnel: no scheme",
     "https",
     "phone",
     {WHO("")},
     PROV_E_AUTH,
     407,
     false,
     "@ requires a user and a password, but names no scheme (HTTP 407)",
     CONNECT,
     1,
     0},
    {"tunnel: a redirect",
     "https",
     NULL,
     {{"HTTP/1.1 300 No\r\n" EMPTY, REPLY_KEEP}},
     PROV_E_SERVER,
     300,
     false,
     "HTTP 300 in place of a connection to far.example:443 by @",
     CONNECT,
     1,
     0},
    {"tunnel: refused",
     "https",
     NULL,
     {{"HTTP/1.1 403 No\r\n" EMPTY, REPLY_KEEP}},
     PROV_E_SERVER,
     403,
     false,
     "HTTP 403 in place of a connection to far.example:443 by @",
     CONNECT,
     1,
     0},
    {"tunnel: failed",
     "https",
     NULL,
     {{"HTTP/1.1 500 No\r\n" EMPTY, REPLY_KEEP}},
     PROV_E_SERVER,
     500,
     true,
     "HTTP 500 in place of a connection to far.example:443 by @",
     CONNECT,
     1,
     0},
    {"mute",
     "http",
     NULL,
     {{"", REPLY_CLOSE}},
     PROV_E_NETWORK,
     52,
     true,
     "connection closed without a response by far.example:80 by @",
     GET,
     1,
     0},
};

static bool has_words(const struct curl_rig *rig, const struct proxy_row *row, const char *proxy)
{
    char expected[256];
    int len = (int)strcspn(row->words, "@");
    bool is_named = row->words[len] == '@';
    snprintf(expected, sizeof expected, "%.*s%s%s%s", len, row->words, is_named ? "proxy " : "",
             is_named ? proxy : "", row->words + len + is_named);
    return strcmp(rig->err.message, expected) == 0;
}

static void test_proxies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct proxy_row *row = &rows[i];
        struct curl_rig rig;
        char proxy[32];
        curl_rig_open(&rig, NULL);
        struct http_server *server =
            curl_rig_http(&rig, row->replies, row->replies[1].text ? 2 : 1);
        snprintf(proxy, sizeof proxy, "127.0.0.1:%u", (unsigned)server->port);
        rig.request.proxy = prov_str_from(proxy);
        rig.request.proxy_uid = prov_str_from(row->login);
        rig.request.proxy_pwd = prov_str_from(row->login ? "password" : "");
        rig.request.uid = prov_str_from("user"); /* for the server alone */
        rig.request.pwd = prov_str_from("s3cr3t");
        rig.request.user_agent = prov_str_from("phone/1");
        curl_rig_start_at(&rig, row->scheme, "far.example", strcmp(row->scheme, "http") ? 443 : 80,
                          "/a");
        curl_rig_finish(&rig);
        if (rig.status != row->status || rig.err.native != row->native ||
            !has_words(&rig, row, proxy) ||
            !rig.err.reason !=
                !(strstr(row->words, "only Basic") || strstr(row->words, "names no")) ||
            !(rig.err.flags & PROV_ERROR_RETRYABLE) == row->is_retryable)
            fail_msg("%s: %s, %lld, flags %u, %s", row->name, prov_status_name(rig.status),
                     (long long)rig.err.native, (unsigned)rig.err.flags, rig.err.message);
        if (http_server_count(server, row->request) != row->n_requests ||
            server->n_requests != row->n_requests ||
            http_server_count(server, "\r\nUser-Agent: phone/1\r\n") != row->n_requests ||
            http_server_count(server, LOGIN) != row->n_with_login ||
            http_server_count(server, "\r\nProxy-Authorization:") != row->n_with_login ||
            http_server_count(server, "\r\nAuthorization:") > 0)
            fail_msg("%s: %s", row->name, server->received);
        assert_string_equal(rig.body, row->status == PROV_OK ? "body" : "");
        curl_rig_close(&rig);
    }
}

/* What is sent without end in place of a tunnel. */
static void test_proxies_that_flood(void **state)
{
    static const struct {
        const char *start, *again;
        bool is_line;
        prov_status status;
    } flood_rows[] = {
        {"HTTP/1.1 200 OK\r\nX-Line: ", "long, ", true, PROV_E_LIMIT},
        {"HTTP/1.1 200 OK\r\n", "X-Line: 1\r\n", false, PROV_E_LIMIT},
        {"", "no line end", true, PROV_E_LIMIT},
        {"HTTP/1.1 407 Who\r\nX-Line: ", "long, ", false, PROV_E_AUTH},
        {"HTTP/1.1 407 Who\r\n", "X-Line: 1\r\n", false, PROV_E_AUTH},
    };
    /* Later releases read such a line, and close the connection, before we can count. */
    const bool is_new = curl_version_info(CURLVERSION_NOW)->version_num >= 0x080000;
    (void)state;
    for (size_t i = 0; i < sizeof flood_rows / sizeof flood_rows[0]; i++) {
        const struct reply reply = {flood_rows[i].start, REPLY_KEEP};
        const struct reply_more more = {.again = flood_rows[i].again};
        struct curl_rig rig;
        char proxy[32], message[128];
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        server->more = &more;
        snprintf(proxy, sizeof proxy, "127.0.0.1:%u", (unsigned)server->port);
        snprintf(message, sizeof message, "headers too large from far.example:443 by proxy %s",
                 proxy);
        rig.request.proxy = prov_str_from(proxy);
        curl_rig_start_at(&rig, "https", "far.example", 443, "/a");
        curl_rig_finish(&rig);
        bool may_be_broken = is_new && flood_rows[i].is_line;
        assert_true(rig.status == flood_rows[i].status ||
                    (may_be_broken && rig.status == PROV_E_NETWORK));
        if (rig.status == PROV_E_LIMIT)
            assert_string_equal(rig.err.message, message);
        curl_rig_close(&rig);
    }
}

/* The same in the answer to a login. */
static void test_proxy_that_floods_after_a_challenge(void **state)
{
    (void)state;
    static char line[2 * 65536] = "HTTP/1.1 200 ";
    memset(line + strlen(line), 'x', sizeof line - strlen(line) - 1);
    const struct reply replies[] = {WHO(BASIC), {line, REPLY_KEEP}};
    struct curl_rig rig;
    char proxy[32];
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, replies, 2);
    snprintf(proxy, sizeof proxy, "127.0.0.1:%u", (unsigned)server->port);
    rig.request.proxy = prov_str_from(proxy);
    rig.request.proxy_uid = prov_str_from("phone");
    rig.request.proxy_pwd = prov_str_from("password");
    curl_rig_start_at(&rig, "http", "far.example", 80, "/a");
    curl_rig_finish(&rig);
    assert_int_equal(server->n_requests, 2);
    assert_int_equal(rig.status, PROV_E_LIMIT);
    curl_rig_close(&rig);
}

/* A short line before the end of a connection is none of them. */
static void test_proxy_that_breaks_off(void **state)
{
    static const struct reply replies[] = {{"HTTP/1.1 200 OK\r\nX-Line: ", REPLY_CLOSE},
                                           {"no line end", REPLY_RESET}};
    (void)state;
    for (size_t i = 0; i < sizeof replies / sizeof replies[0]; i++) {
        struct curl_rig rig;
        char proxy[32];
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &replies[i], 1);
        snprintf(proxy, sizeof proxy, "127.0.0.1:%u", (unsigned)server->port);
        rig.request.proxy = prov_str_from(proxy);
        curl_rig_start_at(&rig, "https", "far.example", 443, "/a");
        curl_rig_finish(&rig);
        assert_int_equal(rig.status, PROV_E_NETWORK);
        curl_rig_close(&rig);
    }
}

/* A proxy of HTTP is a host and a port, and of no other kind of request there is one. */
static void test_words_for_proxies(void **state)
{
    static const char *const bad[] = {"",         "p",         "p:0",     "http://p:80",
                                      "u:p@p:80", "p:80/path", "p:80:80", "p:99999"};
    (void)state;
    for (size_t i = 1; i < sizeof bad / sizeof bad[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.proxy = prov_str_from(bad[i]);
        curl_rig_start(&rig, "http", 9, "/");
        assert_true(rig.is_done);
        assert_int_equal(rig.status, PROV_E_SYNTAX);
        assert_string_equal(rig.err.message, "proxy: expected host:port");
        curl_rig_start(&rig, "tftp", 9, "/");
        assert_false(rig.is_done);
        rig.request.method = PROV_METHOD_SEND;
        curl_rig_start(&rig, "syslog", 9, "");
        assert_false(rig.is_done);
        curl_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_proxies),
        cmocka_unit_test(test_proxies_that_flood),
        cmocka_unit_test(test_proxy_that_floods_after_a_challenge),
        cmocka_unit_test(test_proxy_that_breaks_off),
        cmocka_unit_test(test_words_for_proxies),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
