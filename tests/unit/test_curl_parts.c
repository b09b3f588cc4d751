/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Parts of the built-in transport that need no server: codes of libcurl, its loop, and time. */
#include <provision/transport_curl.h>
#include <provision/version.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/str.h"
#include "cares.h"
#include "curl/curl_priv.h"
#include "curl/service.h"
#include "curl_rig.h"

/* A hop that failed before anything came, by each code of libcurl, those of later releases too. */
static void test_each_code_of_libcurl_has_words(void **state)
{
    static const struct {
        CURLcode code;
        prov_status status;
        const char *words; /* begin the message */
    } known[] = {
        {CURLE_OK, PROV_E_NETWORK, "connection closed without a response by h:80: does"},
        {CURLE_UNSUPPORTED_PROTOCOL, PROV_E_NETWORK, "response is not HTTP from h:80"},
        {CURLE_COULDNT_RESOLVE_PROXY, PROV_E_DNS, "no such name, or no answer from a name "},
        {CURLE_COULDNT_RESOLVE_HOST, PROV_E_DNS, "no such name, or no answer from a name "},
        {CURLE_COULDNT_CONNECT, PROV_E_CONNECT, "cannot connect to h:80"},
        {CURLE_WEIRD_SERVER_REPLY, PROV_E_NETWORK, "response is not HTTP from h:80"},
        {CURLE_PARTIAL_FILE, PROV_E_TRUNCATED, "connection closed before the announced end"},
        {CURLE_WRITE_ERROR, PROV_E_NETWORK, "response is not HTTP from h:80"},
        {CURLE_OUT_OF_MEMORY, PROV_E_NOMEM, "out of memory"},
        {CURLE_OPERATION_TIMEDOUT, PROV_E_DNS, "no answer from the name server"},
        {CURLE_SSL_CONNECT_ERROR, PROV_E_TLS, "TLS handshake broken off by h:80"},
        {CURLE_BAD_FUNCTION_ARGUMENT, PROV_E_NETWORK, "response is not HTTP from h:80"},
        {CURLE_INTERFACE_FAILED, PROV_E_CONNECT, "source_ip is not an address of this device"},
        {CURLE_GOT_NOTHING, PROV_E_NETWORK, "connection closed without a response by h:80: does"},
        {CURLE_SEND_ERROR, PROV_E_NETWORK, "connection broken off by h:80: does this port"},
        {CURLE_RECV_ERROR, PROV_E_NETWORK, "connection broken off by h:80: does this port"},
        {CURLE_BAD_CONTENT_ENCODING, PROV_E_NETWORK, "broken encoding of the response from h:80"},
        {CURLE_PEER_FAILED_VERIFICATION, PROV_E_TLS, "certificate refused by libcurl, "},
        {CURLE_SSL_CLIENTCERT, PROV_E_TLS, "TLS handshake broken off by h:80"},
        {(CURLcode)100, PROV_E_LIMIT, "headers too large from h:80"},
    };
    const size_t n_known = sizeof known / sizeof known[0];
    const struct prov_limits limits = {.size = sizeof limits, .idle_timeout_ms = 1};
    const struct prov_request request = {.size = sizeof request, .limits = &limits};
    struct prov_curl curl = {.n_admitted = 0};
    struct provi_curl_job job = {
        .curl = &curl,
        .request = &request,
        .scheme = PROVI_CURL_HTTP,
        .target = {.scheme = PROVI_LIT("http"), .host = PROVI_LIT("h"), .port = 80},
        .easy = curl_easy_init(),
    };
    (void)state;
    for (int code = 0; code <= 120; code++) {
        struct prov_error err = {.size = sizeof err};
        char other[64];
        size_t i = 0;
        snprintf(other, sizeof other, "libcurl failed with %d (", code);
        while (i < n_known && (int)known[i].code != code)
            i++;
        const bool is_known = i < n_known;
        const char *words = is_known ? known[i].words : other;
        prov_status status = provi_curl_result(&job, (CURLcode)code, &err);
        if (status != (is_known ? known[i].status : PROV_E_NETWORK) || err.status != status ||
            strncmp(err.message, words, strlen(words)) != 0)
            fail_msg("%d: %s '%s'", code, prov_status_name(status), err.message);
        if (status == PROV_E_CONNECT && code == CURLE_COULDNT_CONNECT)
            assert_int_equal(err.origin, PROV_ORIGIN_OS);
        else if (status != PROV_E_NOMEM)
            assert_int_equal(err.origin, PROV_ORIGIN_CURL);
        if (err.origin == PROV_ORIGIN_CURL) /* a body without a header is of another protocol */
            assert_int_equal(err.native,
                             code == CURLE_WRITE_ERROR ? CURLE_UNSUPPORTED_PROTOCOL : code);
        bool is_lasting =
            !is_known || status == PROV_E_LIMIT || code == CURLE_PEER_FAILED_VERIFICATION;
        if (!(err.flags & PROV_ERROR_RETRYABLE) != is_lasting)
            fail_msg("%d: flags %u", code, (unsigned)err.flags);
    }
    curl_easy_cleanup(job.easy);
}

/* An event loop that failed ends all that it has, each once, and the next transfer works. */
static void test_a_loop_that_failed_is_made_anew(void **state)
{
    static const struct {
        CURLMcode code;
        prov_status status;
        const char *message;
    } rows[] = {
        {CURLM_OUT_OF_MEMORY, PROV_E_NOMEM, "out of memory"},
        {CURLM_INTERNAL_ERROR, PROV_E_NETWORK, "libcurl's event loop failed with 4 ("},
    };
    static const struct reply silent = {"", REPLY_KEEP};
    static const struct reply reply = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
                                       REPLY_KEEP};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        uint16_t port = curl_rig_http(&rig, &silent, 1)->port;
        curl_rig_start(&rig, "http", port, "/");
        curl_rig_turn(&rig, 0);
        assert_false(rig.is_done);
        rig.curl->multi_code = rows[i].code;
        curl_rig_turn(&rig, 0);
        assert_true(rig.is_done);
        assert_int_equal(rig.status, rows[i].status);
        assert_int_equal(strncmp(rig.err.message, rows[i].message, strlen(rows[i].message)), 0);
        assert_true(rig.err.flags & PROV_ERROR_RETRYABLE);
        if (rows[i].status == PROV_E_NETWORK)
            assert_true(rig.err.origin == PROV_ORIGIN_CURL && rig.err.native == rows[i].code);
        curl_rig_get(&rig, "http", curl_rig_http(&rig, &reply, 1)->port, "/");
        assert_int_equal(rig.status, PROV_OK);
        curl_rig_close(&rig);
    }
}

static int64_t clock_ms;

static int64_t read_clock(void *ctx)
{
    (void)ctx;
    return clock_ms;
}

/* The first of several that rest for their speed is waited for, to the millisecond. */
static void test_the_first_that_rests_is_waited_for(void **state)
{
    static const struct {
        int64_t now_ms, pause_ms[3], wait_ms;
    } rows[] = {
        {1000, {0, 0, 0}, -1},         {1000, {1005, 0, 0}, 5}, {1000, {0, 1001, 1002}, 1},
        {1000, {1003, 1002, 1004}, 2}, {1000, {1000, 0, 0}, 0}, {1000, {2000, 0, 999}, 0},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_curl_job jobs[3] = {{.hop.pause_ms = rows[i].pause_ms[0]},
                                         {.hop.pause_ms = rows[i].pause_ms[1]},
                                         {.hop.pause_ms = rows[i].pause_ms[2]}};
        struct prov_curl curl = {.max_bytes_per_s = 1, .clock.mono_ms = read_clock};
        for (size_t k = 0; k < 3; k++)
            provi_curl_queue_append(&curl.running, &jobs[k]);
        clock_ms = rows[i].now_ms;
        assert_int_equal(provi_curl_rate_timeout_ms(&curl), rows[i].wait_ms);
        curl.max_bytes_per_s = 0;
        assert_int_equal(provi_curl_rate_timeout_ms(&curl), -1);
    }
}

/* Which names libcurl is not left to look up. */
static void test_names_that_are_asked_for(void **state)
{
    static const struct {
        const char *host;
        uint8_t srv;
        size_t n_dns_servers;
        bool is_wanting;
    } rows[] = {
        {"a.example", 0, 0, false},
        {"a.example", PROV_SRV_FIRST, 0, true},
        {"a.example", PROV_SRV_ONLY, 0, true},
        {"192.0.2.1", PROV_SRV_FIRST, 0, false},
        {"a.example", 0, 1, true},
        {"192.0.2.1", 0, 1, false},
        {"a.example", PROV_SRV_FIRST, 1, true},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const prov_str host = prov_str_from(rows[i].host);
        const struct prov_request request = {
            .size = sizeof request, .host = host, .srv = rows[i].srv};
        struct prov_curl curl = {.alloc = provi_alloc_or_default(NULL),
                                 .n_dns_servers = rows[i].n_dns_servers};
        struct provi_curl_job job = {.curl = &curl, .request = &request, .target.host = host};
        if (!prov_feature_supported(PROV_FEATURE_SRV))
            skip();
        assert_int_equal(provi_curl_names_new(&job, NULL), PROV_OK);
        assert_int_equal(provi_curl_names_are_needed(&job), rows[i].is_wanting);
        provi_curl_names_free(&job);
    }
}

/* Jobs leave a queue from any place. */
static void test_queues_keep_their_order(void **state)
{
    (void)state;
    for (size_t leaves = 0; leaves < 3; leaves++) {
        struct provi_curl_job jobs[3] = {{.next = NULL}};
        struct provi_curl_queue queue = {.first = NULL};
        provi_curl_queue_append(&queue, &jobs[1]);
        provi_curl_queue_append(&queue, &jobs[2]);
        provi_curl_queue_prepend(&queue, &jobs[0]);
        provi_curl_queue_remove(&queue, &jobs[leaves]);
        struct provi_curl_job *first = &jobs[leaves == 0], *last = &jobs[leaves == 2 ? 1 : 2];
        assert_ptr_equal(queue.first, first);
        assert_ptr_equal(queue.last, last);
        assert_ptr_equal(first->next, last);
        assert_ptr_equal(last->before, first);
        assert_null(first->before);
        assert_null(last->next);
        provi_curl_queue_remove(&queue, first);
        provi_curl_queue_remove(&queue, last);
        assert_null(queue.first);
        assert_null(queue.last);
        provi_curl_queue_prepend(&queue, &jobs[1]);
        assert_ptr_equal(queue.first, queue.last);
    }
}

/* Who is asked, in words. */
static void test_names_words_for_servers(void **state)
{
    static const struct {
        const char *servers, *words;
    } rows[] = {
        {"192.0.2.1", "the name server 192.0.2.1"},
        {"::1,192.0.2.1:5353", "the name servers ::1, 192.0.2.1:5353"},
        {"[::1]:5353,[2001:db8::1]:53,192.0.2.1",
         "the name servers [::1]:5353, 2001:db8::1, 192.0.2.1"},
    };
    (void)state;
    if (!prov_feature_supported(PROV_FEATURE_SRV))
        skip();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_curl curl = {.n_dns_servers = 0};
        char who[PROVI_CURL_ENDPOINT_CAP];
        assert_int_equal(provi_curl_names_set_up(&curl, rows[i].servers, NULL), PROV_OK);
        provi_curl_names_who(&curl, who, sizeof who);
        assert_string_equal(who, rows[i].words);
        curl.n_dns_servers = 0;
        cares_ask_servers(rows[i].servers); /* those of the system likewise */
        provi_curl_names_who(&curl, who, sizeof who);
        cares_ask_servers(NULL);
        assert_string_equal(who, rows[i].words);
    }
}

/* Three in four for who has three times the weight (RFC 2782). */
static void test_names_service_is_picked_by_its_weight(void **state)
{
    (void)state;
    unsigned n_heavy = 0;
    for (uint32_t seed = 0; seed < 400; seed++) {
        struct provi_curl_dns_answer answer = {
            .services = {{.priority = 1, .weight = 100, .port = 1, .target = "a"},
                         {.priority = 1, .weight = 300, .port = 2, .target = "b"}},
            .n_services = 2,
        };
        uint32_t chance = seed * 0x9e3779b9u;
        n_heavy += provi_curl_service_pick(&answer, &chance)->port == 2;
    }
    assert_uint_in_range(n_heavy, 280, 320);
}

/* A service that cannot be used - no name, no port, or tried before - is passed over. */
static void test_names_service_is_picked_among_usable_ones(void **state)
{
    (void)state;
    for (uint32_t seed = 0; seed < 100; seed++) {
        struct provi_curl_dns_answer answer = {
            .services = {{.priority = 1, .weight = 9, .port = 0, .target = "a"},
                         {.priority = 1, .weight = 9, .port = 1, .target = ""},
                         {.priority = 1, .weight = 1, .port = 2, .target = "b"},
                         {.priority = 1, .weight = 0, .port = 3, .target = "c"},
                         {.priority = 2, .weight = 9, .port = 4, .target = "d"}},
            .n_services = 5,
        };
        uint32_t chance = seed * 0x9e3779b9u;
        unsigned seen = 0;
        for (int i = 0; i < 3; i++) {
            struct provi_curl_service *service = provi_curl_service_pick(&answer, &chance);
            assert_non_null(service);
            seen |= 1u << service->port;
            assert_int_equal(service->port == 4, i == 2); /* the lower priority comes last */
            service->port = 0;
        }
        assert_int_equal(seen, 1u << 2 | 1u << 3 | 1u << 4);
        assert_null(provi_curl_service_pick(&answer, &chance));
    }
}

/* Which schemes libcurl is used for beyond looking up a name. */
static void test_http_is_told_from_datagrams(void **state)
{
    static const struct {
        enum provi_curl_scheme scheme;
        bool is_http;
    } rows[] = {
        {PROVI_CURL_HTTP, true},
        {PROVI_CURL_HTTPS, true},
        {PROVI_CURL_TFTP, false},
        {PROVI_CURL_SYSLOG, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct provi_curl_job job = {.scheme = rows[i].scheme};
        assert_int_equal(provi_curl_is_http(&job), rows[i].is_http);
    }
}

static void test_time_is_that_of_the_system_or_of_the_host(void **state)
{
    (void)state;
    struct prov_curl curl = {.n_admitted = 0};
    const int64_t before_ms = now_ms();
    const int64_t found_ms = provi_curl_now_ms(&curl);
    assert_true(found_ms >= before_ms && found_ms <= now_ms());
    curl.clock.mono_ms = read_clock;
    clock_ms = 77;
    assert_int_equal(provi_curl_now_ms(&curl), 77);
}

/* Reading rests once more bytes than the rate allows have come since the first, and only then. */
static void test_speed_is_held(void **state)
{
    static const struct {
        uint32_t rate;
        bool has_transfer;
        int64_t flow_ms, now_ms, pause_ms, flow_then_ms;
    } rows[] = {
        {0, true, 0, 5000, 0, 0},          {1000, false, 0, 5000, 0, 0},
        {1000, true, 0, 5000, 5010, 5000}, {1000, true, 4991, 5000, 5001, 4991},
        {1000, true, 4990, 5000, 0, 4990}, {4, true, 5000, 5000, 7500, 5000},
    };
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    static const struct reply silent = {"", REPLY_KEEP};
    curl_rig_start(&rig, "http", curl_rig_http(&rig, &silent, 1)->port, "/");
    assert_int_equal(prov_transfer_data(rig.transfer, "ten bytes.", 10), PROV_OK);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_curl curl = {.max_bytes_per_s = rows[i].rate};
        struct provi_curl_job job = {.curl = &curl,
                                     .transfer = rows[i].has_transfer ? rig.transfer : NULL,
                                     .flow_ms = rows[i].flow_ms};
        assert_int_equal(provi_curl_rate_hold(&job, rows[i].now_ms), rows[i].pause_ms > 0);
        assert_int_equal(job.hop.pause_ms, rows[i].pause_ms);
        assert_int_equal(job.flow_ms, rows[i].flow_then_ms);
    }
    curl_rig_close(&rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_code_of_libcurl_has_words),
        cmocka_unit_test(test_a_loop_that_failed_is_made_anew),
        cmocka_unit_test(test_the_first_that_rests_is_waited_for),
        cmocka_unit_test(test_names_that_are_asked_for),
        cmocka_unit_test(test_queues_keep_their_order),
        cmocka_unit_test(test_names_words_for_servers),
        cmocka_unit_test(test_names_service_is_picked_by_its_weight),
        cmocka_unit_test(test_names_service_is_picked_among_usable_ones),
        cmocka_unit_test(test_http_is_told_from_datagrams),
        cmocka_unit_test(test_time_is_that_of_the_system_or_of_the_host),
        cmocka_unit_test(test_speed_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
