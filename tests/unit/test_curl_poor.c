/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Each allocation of libcurl fails, once and from then on, and each option: all transfers end, and
 * the next works. */
#define _GNU_SOURCE /* RTLD_NEXT */
#include <provision/transport_curl.h>

#include <dlfcn.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>
#include <curl/curl.h>

#include "curl_rig.h"
#include "setopt_dial.h"
#include "tftp_server.h"
#include "transfer/transfer.h"

#define OK_REPLY "HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 4\r\n\r\nbody"
#define GO "HTTP/1.1 302 Go\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n"
#define WHO                                                                                        \
    "HTTP/1.1 401 Who\r\nWWW-Authenticate: Digest realm=\"x\", nonce=\"1\", qop=\"auth\"\r\n"      \
    "Content-Length: 3\r\n\r\nwho"

static struct dial *curl_dial; /* NULL: none fails */

static void *take(size_t size)
{
    return dial_tick(curl_dial) ? NULL : malloc(size);
}

static void *take_zero(size_t n, size_t size)
{
    return dial_tick(curl_dial) ? NULL : calloc(n, size);
}

static void *retake(void *block, size_t size)
{
    return dial_tick(curl_dial) ? NULL : realloc(block, size);
}

static char *copy(const char *text)
{
    size_t len = strlen(text) + 1;
    char *block = take(len);
    return block ? memcpy(block, text, len) : NULL;
}

static const struct scenario {
    const char *name;
    const char *scheme;
    const char *host;
    struct reply replies[4];
    size_t n_replies;
    enum prov_method method;
    bool is_rich; /* credentials, headers, a body, an ETag */
    bool has_proxy;
    uint32_t max_bytes_per_s;
} scenarios[] = {
    {"plain", "http", "127.0.0.1", {{OK_REPLY, REPLY_KEEP}}, 1, PROV_METHOD_GET, false, false, 0},
    {"redirect and password",
     "http",
     "127.0.0.1",
     {{WHO, REPLY_KEEP}, {GO, REPLY_KEEP}, {WHO, REPLY_KEEP}, {OK_REPLY, REPLY_KEEP}},
     4,
     PROV_METHOD_GET,
     true,
     false,
     0},
    {"report", "http", "127.0.0.1", {{OK_REPLY, REPLY_KEEP}}, 1, PROV_METHOD_PUT, true, false, 0},
    {"proxy", "http", "127.0.0.1", {{OK_REPLY, REPLY_KEEP}}, 1, PROV_METHOD_GET, true, true, 0},
    {"cut and gone on with",
     "http",
     "127.0.0.1",
     {{"HTTP/1.1 200 OK\r\nETag: \"v1\"\r\nContent-Length: 4\r\n\r\nbo", REPLY_CLOSE},
      {"HTTP/1.1 206 Part\r\nETag: \"v1\"\r\nContent-Range: bytes 2-3/4\r\n"
       "Content-Length: 2\r\n\r\ndy",
       REPLY_KEEP}},
     2,
     PROV_METHOD_GET,
     false,
     false,
     0},
    {"slowed down",
     "http",
     "127.0.0.1",
     {{"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody", REPLY_KEEP}},
     1,
     PROV_METHOD_GET,
     false,
     false,
     1000},
    {"datagrams", "tftp", "127.0.0.1", {{"", REPLY_KEEP}}, 1, PROV_METHOD_GET, false, false, 0},
};

static void open_rig(struct curl_rig *rig, const struct scenario *scenario,
                     struct tftp_files *files, uint16_t *port, char *proxy, size_t cap)
{
    static const struct prov_header header = {
        .name = {"X-Device-Group", 14},
        .value = {"lobby", 5},
    };
    const struct prov_curl_options options = {
        .size = sizeof options,
        .max_bytes_per_s = scenario->max_bytes_per_s,
    };
    curl_rig_open(rig, &options);
    rig->limits.connect_timeout_ms = 1000;
    rig->limits.idle_timeout_ms = 1000;
    rig->request.method = (uint8_t)scenario->method;
    if (scenario->is_rich) {
        rig->request.uid = prov_str_from("phone");
        rig->request.pwd = prov_str_from("password");
        rig->request.user_agent = prov_str_from("agent");
        rig->request.accept_encoding = prov_str_from("aes128gcm");
        rig->request.if_none_match = prov_str_from("\"v0\"");
        rig->request.content_type = prov_str_from("text/xml");
        rig->request.headers = &header;
        rig->request.n_headers = 1;
    }
    if (scenario->method != PROV_METHOD_GET)
        rig->request.body = prov_str_from("the report");
    if (strcmp(scenario->scheme, "tftp") == 0)
        *port = curl_rig_datagram(rig, tftp_serve, files)->port;
    else
        *port = curl_rig_http(rig, scenario->replies, scenario->n_replies)->port;
    snprintf(proxy, cap, "127.0.0.1:%u", (unsigned)*port);
    if (!scenario->has_proxy)
        return;
    rig->request.proxy = prov_str_from(proxy);
    rig->request.proxy_uid = prov_str_from("phone");
    rig->request.proxy_pwd = prov_str_from("password");
}

static void play(void *ctx, struct dial *dial)
{
    const struct scenario *scenario = ctx;
    struct tftp_files files = {.file = "body", .block = 512};
    struct curl_rig rig;
    uint16_t port;
    char proxy[32];
    open_rig(&rig, scenario, &files, &port, proxy, sizeof proxy);
    curl_dial = dial;
    curl_rig_get(&rig, scenario->scheme, port, "/a");
    curl_dial = NULL;
    if (!dial->hit && rig.status != PROV_OK)
        fail_msg("%s: %s", scenario->name, rig.err.message);
    if (rig.status == PROV_OK && scenario->method == PROV_METHOD_GET)
        assert_string_equal(rig.body, "body");
    for (int i = 0; i < 4; i++) /* what was sent before the failure is served first */
        curl_rig_turn(&rig, 0);
    if (rig.n_http > 0)
        rig.http[0].n_requests = 0; /* from the beginning */
    curl_rig_get(&rig, scenario->scheme, port, "/a");
    if (rig.status != PROV_OK)
        fail_msg("%s, %llu%s: then %s", scenario->name, (unsigned long long)dial->at,
                 dial->sticky ? "+" : "", rig.err.message);
    curl_rig_close(&rig);
}

static void test_curl_while_libcurl_has_no_memory(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++) {
        struct scenario scenario = scenarios[i];
        assert_true(dial_run(scenario.name, play, &scenario) > 10);
    }
}

static void poor_new(void *ctx, struct dial *dial)
{
    (void)ctx;
    prov_curl *curl;
    curl_dial = dial;
    prov_status status = prov_curl_new(&curl, NULL, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    prov_curl_free(curl);
    curl_dial = NULL;
}

static void test_curl_new_while_libcurl_has_no_memory(void **state)
{
    (void)state;
    assert_true(dial_run("prov_curl_new", poor_new, NULL) > 0);
}

static bool is_global_refused;

/* Found by the library before that of libcurl. */
CURLcode curl_global_init(long flags)
{
    CURLcode (*next)(long);
    void *found = dlsym(RTLD_NEXT, "curl_global_init");
    memcpy(&next, &found, sizeof next); /* ISO C has no conversion */
    return is_global_refused ? CURLE_FAILED_INIT : next(flags);
}

static void test_curl_new_while_libcurl_does_not_start(void **state)
{
    (void)state;
    prov_curl *curl;
    struct prov_error err = {0};
    is_global_refused = true;
    assert_int_equal(prov_curl_new(&curl, NULL, &err), PROV_E_NOMEM);
    is_global_refused = false;
    assert_null(curl);
    assert_int_equal(err.status, PROV_E_NOMEM);
    assert_int_equal(prov_curl_new(&curl, NULL, NULL), PROV_OK);
    prov_curl_free(curl);
}

/* The transfer while the option at a position is refused. False: there are not so many. */
static bool play_without_option(const struct scenario *scenario, uint64_t at)
{
    struct tftp_files files = {.file = "body", .block = 512};
    struct dial dial = {.at = at};
    struct curl_rig rig;
    uint16_t port;
    char proxy[32];
    open_rig(&rig, scenario, &files, &port, proxy, sizeof proxy);
    setopt_dial_set(&dial);
    curl_rig_get(&rig, scenario->scheme, port, "/a");
    setopt_dial_set(NULL);
    if (dial.hit) {
        if (rig.status != PROV_E_UNSUPPORTED)
            fail_msg("%s, option %llu: %s", scenario->name, (unsigned long long)at,
                     rig.err.message);
        assert_non_null(strstr(rig.err.message, "this libcurl cannot do that: "));
        assert_int_equal(rig.err.native, CURLE_UNKNOWN_OPTION);
        assert_string_not_equal(rig.body, "body");
    } else {
        assert_int_not_equal(rig.status, PROV_E_UNSUPPORTED);
    }
    curl_rig_close(&rig);
    return dial.hit;
}

static void test_curl_while_libcurl_has_no_such_option(void **state)
{
    static const struct scenario secured = {
        "secured", "https", "127.0.0.1", {{OK_REPLY, REPLY_KEEP}}, 1, PROV_METHOD_GET, false,
        false,     0};
    (void)state;
    for (size_t i = 0; i <= sizeof scenarios / sizeof scenarios[0]; i++) {
        const struct scenario *scenario =
            i < sizeof scenarios / sizeof scenarios[0] ? &scenarios[i] : &secured;
        uint64_t n = 0;
        while (play_without_option(scenario, n))
            n++;
        assert_true(n > 15);
    }
}

/* libcurl counts silence in whole seconds: rounded up, and never 0, which would be no limit. */
static void test_curl_limits_as_libcurl_gets_them(void **state)
{
    static const struct {
        uint32_t connect_ms, idle_ms, total_ms;
        uint64_t max_fetch_bytes;
        long low_speed_s, buffer_bytes;
    } limit_rows[] = {
        {1, 1, 100, 1, 1, 16384},
        {2000, 1000, 3000, 4194304, 1, 16384},
        {2001, 1001, 3001, 16384 * 4, 2, 16384},
        {30000, 60000, 600000, 256 * 16385, 60, 16385},
        {30000, 60001, 600000, UINT64_C(1) << 30, 61, 102400},
    };
    static const struct reply reply = {OK_REPLY, REPLY_KEEP};
    (void)state;
    for (size_t i = 0; i < sizeof limit_rows / sizeof limit_rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.limits.connect_timeout_ms = limit_rows[i].connect_ms;
        rig.limits.idle_timeout_ms = limit_rows[i].idle_ms;
        rig.limits.total_timeout_ms = limit_rows[i].total_ms;
        rig.limits.max_fetch_bytes = limit_rows[i].max_fetch_bytes;
        curl_rig_get(&rig, "http", curl_rig_http(&rig, &reply, 1)->port, "/");
        assert_int_equal(setopt_last(CURLOPT_CONNECTTIMEOUT_MS), limit_rows[i].connect_ms);
        assert_int_equal(setopt_last(CURLOPT_TIMEOUT_MS), limit_rows[i].total_ms);
        assert_int_equal(setopt_last(CURLOPT_LOW_SPEED_LIMIT), 1);
        assert_int_equal(setopt_last(CURLOPT_LOW_SPEED_TIME), limit_rows[i].low_speed_s);
        assert_int_equal(setopt_last(CURLOPT_BUFFERSIZE), limit_rows[i].buffer_bytes);
        curl_rig_close(&rig);
    }
}

/* A connection as old as the change of the network is refused, to the second. */
static void test_curl_uses_no_connection_of_another_network(void **state)
{
    static const struct {
        uint32_t network_age_s;
        long most_age_s;
    } age_rows[] = {{1, 1}, {2, 1}, {3, 1}, {4, 2}, {INT32_MAX, INT32_MAX - 2}, {0, 77}};
    static const struct reply reply = {OK_REPLY, REPLY_KEEP};
    CURL *other = curl_easy_init();
    (void)state;
    for (size_t i = 0; i < sizeof age_rows / sizeof age_rows[0]; i++) {
        struct curl_rig rig;
        curl_easy_setopt(other, CURLOPT_MAXLIFETIME_CONN, 77L);
        curl_rig_open(&rig, NULL);
        rig.request.network_age_s = age_rows[i].network_age_s;
        curl_rig_get(&rig, "http", curl_rig_http(&rig, &reply, 1)->port, "/");
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(setopt_last(CURLOPT_MAXLIFETIME_CONN), age_rows[i].most_age_s);
        curl_rig_close(&rig);
    }
    curl_easy_cleanup(other);
}

int main(void)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, take, free, retake, copy, take_zero) != CURLE_OK)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curl_uses_no_connection_of_another_network),
        cmocka_unit_test(test_curl_while_libcurl_has_no_memory),
        cmocka_unit_test(test_curl_new_while_libcurl_has_no_memory),
        cmocka_unit_test(test_curl_new_while_libcurl_does_not_start),
        cmocka_unit_test(test_curl_while_libcurl_has_no_such_option),
        cmocka_unit_test(test_curl_limits_as_libcurl_gets_them),
    };
    int n_failed = cmocka_run_group_tests(tests, NULL, NULL);
    curl_global_cleanup();
    return n_failed;
}
