/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Name servers asked by the built-in transport itself: cancelled, mute, without memory. */
#include <provision/transport_curl.h>

#include <arpa/inet.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "cares.h"
#include "curl/curl_priv.h"
#include "curl_rig.h"
#include "setopt_dial.h"
#include "transfer/transfer.h"

enum { KIND_ADDRESS = 1, KIND_SERVICE = 33 };

static const struct reply success = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
                                     REPLY_KEEP};
static const struct reply stall = {"", REPLY_STALL};

/* A name server for tests: it has one service, at a.test, and one address (RFC 1035, RFC 2782). */

struct name_server {
    struct datagram_server *socket;
    uint16_t service_port;
    uint16_t other_port; /* of a second service as good as the first; 0: there is none */
    uint8_t n_others;    /* services before them that nobody wants, */
    uint8_t second_at;   /* but for this one, */
    uint16_t second_port;
    uint8_t code;        /* answered to everything, if it is not 0 */
    bool has_no_service; /* the name has an address only */
    bool is_cut;         /* the records of answers are empty */
    uint8_t n_addresses;
    const char *target; /* of the service; its NUL is the root */
    int64_t takes_ms;   /* of the transport's clock, for each answer */
    int64_t late_ms;    /* all of them together */
};

static uint8_t *put16(uint8_t *to, uint16_t number)
{
    to[0] = (uint8_t)(number >> 8);
    to[1] = (uint8_t)number;
    return to + 2;
}

static uint8_t *put_record(uint8_t *to, uint16_t kind, uint16_t len)
{
    to = put16(to, 0xc00c); /* the name asked about */
    to = put16(to, kind);
    to = put16(to, 1);
    to = put16(put16(to, 0), 60);
    return put16(to, len);
}

static uint8_t *put_service(uint8_t *to, uint16_t priority, uint16_t port, const char *target)
{
    size_t len = strlen(target) + 1;
    to = put_record(to, KIND_SERVICE, (uint16_t)(6 + len));
    to = put16(put16(put16(to, priority), 1), port);
    memcpy(to, target, len);
    return to + len;
}

static uint8_t *put_address(uint8_t *to)
{
    static const uint8_t address[] = {127, 0, 0, 1};
    to = put_record(to, KIND_ADDRESS, sizeof address);
    memcpy(to, address, sizeof address);
    return to + sizeof address;
}

static void answer_name(struct datagram_server *socket, const uint8_t *data, size_t len)
{
    struct name_server *server = socket->ctx;
    uint8_t out[1024] = {0};
    if (len < 17 || len > 512)
        return;
    server->late_ms += server->takes_ms;
    size_t end = 12 + strlen((const char *)data + 12) + 5;
    uint16_t kind = (uint16_t)(data[end - 4] << 8 | data[end - 3]);
    memcpy(out, data, end);
    uint8_t code = kind == KIND_SERVICE && server->has_no_service ? 3 : server->code;
    put16(out + 2, 0x8180 | code);
    memset(out + 6, 0, 6);
    if (!code)
        out[7] = kind == KIND_SERVICE   ? 1 + (server->other_port > 0) + server->n_others
                 : kind == KIND_ADDRESS ? server->n_addresses
                                        : 0;
    uint8_t *to = out + end;
    for (uint8_t i = 0; kind == KIND_SERVICE && i < server->n_others; i++)
        to = put_service(to, i == server->second_at ? 2 : 9,
                         i == server->second_at ? server->second_port : 1, server->target);
    if (!code && kind == KIND_SERVICE)
        to = put_service(to, 1, server->service_port, server->target);
    if (!code && kind == KIND_SERVICE && server->other_port)
        to = put_service(to, 1, server->other_port, server->target);
    for (uint8_t i = 0; kind == KIND_ADDRESS && i < out[7]; i++)
        to = put_address(to);
    if (server->is_cut)
        to = put_record(out + end, kind, 0);
    datagram_server_send(socket, out, (size_t)(to - out));
}

/* The rig, with a name server: one that answers, or without @p answer a mute one. */
struct names_rig {
    struct curl_rig rig;
    struct name_server names;
    char address[32];
    struct prov_clock clock;
    struct prov_curl_options options;
};

static int64_t late_ms(void *ctx)
{
    const struct name_server *names = ctx;
    return now_ms() + names->late_ms;
}

static void names_rig_open(struct names_rig *rig, const struct prov_alloc *alloc, bool is_mute)
{
    struct datagram_server socket;
    datagram_server_open(&socket, is_mute ? NULL : answer_name, &rig->names);
    rig->names = (struct name_server){.n_addresses = 1, .target = "\1a\4test"};
    snprintf(rig->address, sizeof rig->address, "127.0.0.1:%u", socket.port);
    rig->clock = (struct prov_clock){.mono_ms = late_ms, .ctx = &rig->names};
    rig->options = (struct prov_curl_options){
        .size = sizeof rig->options,
        .alloc = alloc,
        .clock = &rig->clock,
        .dns_servers = rig->address,
    };
    curl_rig_open(&rig->rig, alloc ? NULL : &rig->options);
    rig->rig.datagram = socket;
    rig->rig.has_datagram = true;
    rig->rig.n_descriptors--; /* the socket was open before */
    rig->rig.request.srv = 1;
}

static void start_lookup(struct names_rig *rig)
{
    curl_rig_start_at(&rig->rig, "http", "phones.test", 80, "/");
}

static void test_names_service_is_found(void **state)
{
    (void)state;
    for (uint8_t srv = PROV_SRV_FIRST; srv <= PROV_SRV_ONLY; srv++) {
        struct names_rig rig;
        names_rig_open(&rig, NULL, false);
        struct http_server *server = curl_rig_http(&rig.rig, &success, 1);
        rig.names.service_port = server->port;
        rig.rig.request.srv = srv;
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        assert_int_equal(rig.rig.status, PROV_OK);
        assert_string_equal(rig.rig.body, "body");
        assert_int_equal(http_server_count(server, "Host: phones.test\r\n"), 1);
        curl_rig_close(&rig.rig);
    }
}

/* Of two services as good as each other the entropy of the request takes one (RFC 2782). */
static void test_names_service_is_drawn(void **state)
{
    (void)state;
    for (unsigned drawn = 0; drawn < 2; drawn++) {
        struct names_rig rig;
        names_rig_open(&rig, NULL, false);
        rig.names.service_port = curl_rig_http(&rig.rig, &success, 1)->port;
        rig.names.other_port = curl_rig_http(&rig.rig, &success, 1)->port;
        rig.rig.request.entropy = drawn ? UINT32_MAX : 0;
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        assert_int_equal(rig.rig.status, PROV_OK);
        assert_int_equal(rig.rig.http[drawn].n_requests, 1);
        assert_int_equal(rig.rig.http[1 - drawn].n_requests, 0);
        curl_rig_close(&rig.rig);
    }
}

/* Without a service, the address of the name itself will do. */
static void test_names_without_a_service(void **state)
{
    (void)state;
    struct names_rig rig;
    names_rig_open(&rig, NULL, false);
    struct http_server *server = curl_rig_http(&rig.rig, &success, 1);
    rig.names.has_no_service = true;
    curl_rig_start_at(&rig.rig, "http", "phones.test", server->port, "/");
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_OK);
    assert_int_equal(server->n_requests, 1);
    curl_rig_close(&rig.rig);
}

static uint16_t closed_port(void)
{
    struct http_server server;
    http_server_open(&server, &success, 1);
    const uint16_t port = server.port;
    http_server_close(&server);
    return port;
}

/* Where a service cannot be connected to, another one is tried; each of them once. */
static void test_names_next_service_is_tried(void **state)
{
    (void)state;
    for (int has_other = 0; has_other < 2; has_other++) {
        struct names_rig rig;
        char expected[64];
        names_rig_open(&rig, NULL, false);
        rig.names.service_port = closed_port();
        rig.names.other_port =
            has_other ? curl_rig_http(&rig.rig, &success, 1)->port : closed_port();
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        assert_int_equal(rig.rig.status, has_other ? PROV_OK : PROV_E_CONNECT);
        snprintf(expected, sizeof expected, "0 127.0.0.1:%u\n0 127.0.0.1:%u\n",
                 (unsigned)rig.names.service_port, (unsigned)rig.names.other_port);
        assert_string_equal(rig.rig.addresses, expected);
        snprintf(expected, sizeof expected, "a.test:%u", (unsigned)rig.names.other_port);
        if (!has_other)
            assert_non_null(strstr(rig.rig.err.message, expected));
        curl_rig_close(&rig.rig);
    }
}

/* Of more services than there is room for, the best are kept, wherever they stand. */
static void test_names_of_many_services(void **state)
{
    (void)state;
    static const uint8_t places[] = {0, 1, PROVI_CURL_MAX_SERVICES - 1};
    for (size_t i = 0; i < sizeof places; i++) {
        struct names_rig rig;
        char expected[64];
        names_rig_open(&rig, NULL, false);
        rig.names.n_others = PROVI_CURL_MAX_SERVICES;
        rig.names.second_at = places[i];
        rig.names.second_port = curl_rig_http(&rig.rig, &success, 1)->port;
        rig.names.service_port = closed_port(); /* the best, and the last */
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        assert_int_equal(rig.rig.status, PROV_OK);
        snprintf(expected, sizeof expected, "0 127.0.0.1:%u\n0 127.0.0.1:%u\n",
                 (unsigned)rig.names.service_port, (unsigned)rig.names.second_port);
        assert_string_equal(rig.rig.addresses, expected);
        curl_rig_close(&rig.rig);
    }
}

static void test_names_of_a_cut_answer(void **state)
{
    (void)state;
    struct names_rig rig;
    char expected[128];
    names_rig_open(&rig, NULL, false);
    rig.names.is_cut = true;
    start_lookup(&rig);
    curl_rig_finish(&rig.rig);
    snprintf(expected, sizeof expected,
             "malformed answer from the name server %s (query: _ciscoprov-http._tcp.phones.test)",
             rig.address);
    assert_int_equal(rig.rig.status, PROV_E_DNS);
    assert_string_equal(rig.rig.err.message, expected);
    curl_rig_close(&rig.rig);
}

/* The name of a proxy is looked for as well, and who does not know it is told. */
static void test_names_of_a_proxy_are_diagnosed(void **state)
{
    (void)state;
    struct names_rig rig;
    char expected[128];
    names_rig_open(&rig, NULL, false);
    rig.names.code = 3;
    prov_curl_free(rig.rig.curl);
    cares_ask_port(rig.rig.datagram.port);
    assert_int_equal(prov_curl_new(&rig.rig.curl, NULL, NULL), PROV_OK);
    rig.rig.transport = prov_curl_transport(rig.rig.curl);
    rig.rig.request.srv = 0;
    rig.rig.request.proxy = prov_str_from("proxy.invalid:3128");
    curl_rig_start_at(&rig.rig, "http", "phones.test", 80, "/");
    curl_rig_finish(&rig.rig);
    snprintf(expected, sizeof expected,
             "no such name: proxy proxy.invalid:3128, by the name server %s", rig.address);
    assert_int_equal(rig.rig.status, PROV_E_DNS);
    assert_string_equal(rig.rig.err.message, expected);
    curl_rig_close(&rig.rig);
}

/* To the next millisecond that is not too early. */
static void test_names_are_waited_for_to_the_millisecond(void **state)
{
    static const struct {
        long us;
        int64_t ms;
    } rows[] = {{1, 1}, {999, 1}, {1000, 1}, {1001, 2}, {1500000, 1500}, {1999001, 2000}};
    (void)state;
    struct names_rig rig;
    names_rig_open(&rig, NULL, true);
    start_lookup(&rig);
    curl_rig_turn(&rig.rig, 0);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        cares_wait_us(rows[i].us);
        assert_int_equal(rig.rig.transport->timeout_ms(rig.rig.transport->ctx), rows[i].ms);
    }
    cares_wait_us(0);
    curl_rig_close(&rig.rig);
}

/* What a service and its addresses need of libcurl is refused by it. */
static void test_names_without_an_option_of_libcurl(void **state)
{
    (void)state;
    bool is_hit = true;
    for (uint64_t at = 0; is_hit; at++) {
        struct dial dial = {.at = at};
        struct names_rig rig;
        names_rig_open(&rig, NULL, false);
        rig.names.service_port = curl_rig_http(&rig.rig, &success, 1)->port;
        setopt_dial_set(&dial);
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        setopt_dial_set(NULL);
        assert_int_equal(rig.rig.status, dial.hit ? PROV_E_UNSUPPORTED : PROV_OK);
        curl_rig_close(&rig.rig);
        is_hit = dial.hit;
    }
}

/* Words: by the name servers of the options, and by the system's where libcurl found nothing. */

/* RFC 1035, section 4.1.1. */
enum {
    FORMAT_ERROR = 1,
    SERVER_FAILURE = 2,
    NAME_ERROR = 3,
    NOT_IMPLEMENTED = 4,
    REFUSED = 5,
    MUTE = 16,
    CLOSED,
    EMPTY,
    FOUND
};

static const struct words_row {
    unsigned code;
    const char *words; /* `@` is the name server, `#` the name */
} words_rows[] = {
    {NAME_ERROR, "no such name: #, by the name server @"},
    {SERVER_FAILURE, "SERVFAIL from the name server @ (query: #)"},
    {NOT_IMPLEMENTED,
     "DNS server does not implement requested operation: the name server @ (query: #)"},
    {REFUSED, "REFUSED by the name server @ (query: #)"},
    {CLOSED, "connection refused by the name server @ (query: #)"},
    {EMPTY, "the name is known, but no record of that kind: #, by the name server @"},
    {MUTE, "no answer from the name server @ (query: #)"},
    {FOUND, "the system finds no address for #, though the name server @ has one"},
};

/* Returns how long the transport waited. */
static int64_t check_words(const struct words_row *row, bool is_system, uint32_t connect_timeout_ms)
{
    struct names_rig rig;
    char expected[256] = "";
    names_rig_open(&rig, NULL, row->code == MUTE);
    rig.names.code = row->code > MUTE ? 0 : (uint8_t)row->code;
    rig.names.n_addresses = row->code == FOUND;
    if (is_system) {
        prov_curl_free(rig.rig.curl);
        cares_ask_port(rig.rig.datagram.port);
        if (prov_curl_new(&rig.rig.curl, NULL, NULL) != PROV_OK)
            test_die("no transport");
        rig.rig.transport = prov_curl_transport(rig.rig.curl);
    }
    if (row->code == CLOSED) {
        datagram_server_close(&rig.rig.datagram);
        rig.rig.has_datagram = false;
    }
    rig.rig.request.srv = 0;
    rig.rig.limits.connect_timeout_ms = connect_timeout_ms;
    curl_rig_start_at(&rig.rig, "http", "phones.invalid", 80, "/");
    curl_rig_finish(&rig.rig);
    const char *name = is_system ? "phones.invalid:80" : "phones.invalid";
    for (const char *at = row->words; *at; at++) {
        const char *piece = *at == '@' ? rig.address : *at == '#' ? name : at;
        snprintf(expected + strlen(expected), sizeof expected - strlen(expected), "%.*s",
                 piece == at ? 1 : (int)strlen(piece), piece);
    }
    assert_int_equal(rig.rig.status, PROV_E_DNS);
    assert_string_equal(rig.rig.err.message, expected);
    curl_rig_close(&rig.rig);
    return rig.rig.waited_ms;
}

static void test_names_words_for_each_failure(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof words_rows / sizeof words_rows[0]; i++) {
        /* Of two questions at once c-ares loses one report; what is found is no failure. */
        if (words_rows[i].code != CLOSED && words_rows[i].code != FOUND)
            check_words(&words_rows[i], false, 1000);
        check_words(&words_rows[i], true, 1000);
    }
}

/* A domain that a DHCP lease names is no server: its own address does not count. */
static void test_names_of_a_domain_are_services_only(void **state)
{
    struct names_rig rig;
    (void)state;
    names_rig_open(&rig, NULL, false);
    rig.names.code = NAME_ERROR;
    rig.rig.request.srv = PROV_SRV_ONLY;
    curl_rig_start_at(&rig.rig, "https", "phones.invalid", 443, "/");
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_E_DNS);
    assert_string_equal(rig.rig.err.message, "no service _ciscoprov-https._tls.phones.invalid");
    assert_int_equal(rig.rig.datagram.n_received, 1);
    curl_rig_close(&rig.rig);
}

/* To know why is not worth more than a few seconds. */
static void test_names_are_not_diagnosed_for_long(void **state)
{
    static const struct words_row mute = {MUTE, "no answer from the name server @ (query: #)"};
    (void)state;
    assert_true(check_words(&mute, true, 30000) < 5000);
}

/* No name server is asked for what cannot be a name. */
static void test_names_too_long_are_not_asked_for(void **state)
{
    (void)state;
    struct names_rig rig;
    char host[254];
    memset(host, 'a', sizeof host - 1);
    for (size_t i = 60; i < sizeof host - 1; i += 60)
        host[i] = '.';
    host[sizeof host - 1] = '\0';
    names_rig_open(&rig, NULL, false);
    curl_rig_start_at(&rig.rig, "http", host, 80, "/");
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_E_DNS);
    assert_string_equal(rig.rig.err.message, "name of the SRV query: expected at most 255 bytes, "
                                             "found a host name of 253");
    assert_int_equal(rig.rig.datagram.n_received, 0);
    curl_rig_close(&rig.rig);
}

/* Before it is asked, while it is, after the first answer. */
static void test_names_cancel_at_any_time_is_the_end(void **state)
{
    (void)state;
    for (int n_turns = 0; n_turns < 6; n_turns++) {
        struct names_rig rig;
        names_rig_open(&rig, NULL, n_turns % 2);
        rig.rig.limits.connect_timeout_ms = rig.rig.limits.total_timeout_ms = 3600000;
        rig.names.service_port = curl_rig_http(&rig.rig, &stall, 1)->port;
        start_lookup(&rig);
        for (int i = 0; i < n_turns; i++)
            curl_rig_turn(&rig.rig, 10);
        provi_transfer_free(rig.rig.transfer);
        rig.rig.transfer = NULL;
        assert_false(rig.rig.is_done);
        const struct prov_transport *transport = rig.rig.transport;
        assert_int_equal(transport->pollfds(transport->ctx, NULL, 0), 0);
        assert_int_equal(transport->timeout_ms(transport->ctx), -1);
        curl_rig_close(&rig.rig);
    }
}

/* What the answers took is not there for the transfer: 900 ms of a minute are left. */
static void test_names_take_of_the_total_time(void **state)
{
    (void)state;
    struct names_rig rig;
    names_rig_open(&rig, NULL, false);
    rig.rig.limits.connect_timeout_ms = 60000;
    rig.rig.limits.total_timeout_ms = 60000;
    rig.names.takes_ms = 19700; /* a service and addresses of two kinds */
    rig.names.service_port = curl_rig_http(&rig.rig, &stall, 1)->port;
    int64_t start_ms = now_ms();
    start_lookup(&rig);
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_E_TIMEOUT);
    assert_true(now_ms() - start_ms >= 500);
    assert_true(rig.rig.waited_ms < 30000);
    curl_rig_close(&rig.rig);
}

/* The loop neither spins nor oversleeps while no server answers, whichever limit is the first. */
static void test_names_mute_server_is_waited_for_without_spinning(void **state)
{
    (void)state;
    for (int is_total = 0; is_total < 2; is_total++) {
        struct names_rig rig;
        names_rig_open(&rig, NULL, true);
        rig.rig.limits.connect_timeout_ms = is_total ? 60000 : 600;
        rig.rig.limits.total_timeout_ms = is_total ? 600 : 60000;
        int64_t start_ms = now_ms();
        int n_turns = 0;
        for (start_lookup(&rig); !rig.rig.is_done; n_turns++)
            curl_rig_turn(&rig.rig, 10000);
        assert_true(now_ms() - start_ms >= 600);
        assert_true(rig.rig.waited_ms < 3000);
        assert_uint_in_range(n_turns, 2, 40);
        assert_int_equal(rig.rig.status, PROV_E_DNS);
        assert_non_null(strstr(rig.rig.err.message, "no answer from the name server"));
        assert_true(rig.rig.err.flags & PROV_ERROR_RETRYABLE);
        curl_rig_close(&rig.rig);
    }
}

static void test_names_end_of_the_transport_ends_questions(void **state)
{
    (void)state;
    struct names_rig rig;
    names_rig_open(&rig, NULL, true);
    start_lookup(&rig);
    curl_rig_turn(&rig.rig, 10);
    prov_curl_free(rig.rig.curl);
    rig.rig.curl = NULL;
    assert_int_equal(rig.rig.status, PROV_E_CANCELLED);
    curl_rig_close(&rig.rig);
}

static void one_cycle(void)
{
    struct names_rig rig;
    names_rig_open(&rig, NULL, false);
    rig.names.service_port = curl_rig_http(&rig.rig, &success, 1)->port;
    start_lookup(&rig);
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_OK);
    curl_rig_close(&rig.rig);
}

static void test_names_cycles_leave_no_descriptor(void **state)
{
    (void)state;
    one_cycle();
    size_t before = count_descriptors();
    for (int i = 0; i < 50; i++)
        one_cycle();
    assert_int_equal(count_descriptors(), before);
}

static void poor_scenario(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    struct names_rig rig;
    names_rig_open(&rig, &memory.alloc, false);
    prov_curl *curl;
    prov_status status = prov_curl_new(&curl, &rig.options, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (status == PROV_OK) {
        prov_curl_free(rig.rig.curl);
        rig.rig.curl = curl;
        rig.rig.transport = prov_curl_transport(curl);
        rig.names.service_port = curl_rig_http(&rig.rig, &success, 1)->port;
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        assert_int_equal(rig.rig.status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    }
    curl_rig_close(&rig.rig);
    fault_alloc_assert_empty(&memory);
}

/* Where there is no memory to find out why a name is none, libcurl's words have to do. */
static void poor_diagnosis(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    struct names_rig rig;
    names_rig_open(&rig, NULL, false);
    prov_curl_free(rig.rig.curl);
    rig.rig.curl = NULL;
    rig.names.code = NAME_ERROR;
    rig.rig.request.srv = 0;
    cares_ask_port(rig.rig.datagram.port);
    const struct prov_curl_options options = {.size = sizeof options, .alloc = &memory.alloc};
    prov_status status = prov_curl_new(&rig.rig.curl, &options, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (status == PROV_OK) {
        rig.rig.transport = prov_curl_transport(rig.rig.curl);
        curl_rig_start_at(&rig.rig, "http", "phones.invalid", 80, "/");
        curl_rig_finish(&rig.rig);
        if (rig.rig.status != PROV_E_DNS && !(dial->hit && rig.rig.status == PROV_E_NOMEM))
            fail_msg("%s", rig.rig.err.message);
        if (!dial->hit)
            assert_non_null(strstr(rig.rig.err.message, "no such name: phones.invalid:80, by "));
    }
    curl_rig_close(&rig.rig);
    fault_alloc_assert_empty(&memory);
}

static void test_names_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("names memory, diagnosing", poor_diagnosis, NULL) > 6);
    assert_true(dial_run("names memory", poor_scenario, NULL) > 6);
}

static void test_names_list_of_servers_is_checked(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "a.test",
        "127.0.0.1:x",
        "1.2.3",
        "127.0.0.1/x",
        "::1:",
        "1.1.1.1,,1.1.1.1",
        "1.1.1.1,1.1.1.2,1.1.1.3,1.1.1.4",
    };
    static const char *const good[] = {"", "1.1.1.1", "[::1]:53,1.1.1.1:5353,[2001:db8::1]", "::1"};
    prov_curl *curl;
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        const struct prov_curl_options options = {.size = sizeof options, .dns_servers = bad[i]};
        if (prov_curl_new(&curl, &options, NULL) != PROV_E_INVALID)
            fail_msg("'%s' was taken", bad[i]);
    }
    for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
        const struct prov_curl_options options = {.size = sizeof options, .dns_servers = good[i]};
        struct prov_error err = {0};
        if (prov_curl_new(&curl, &options, &err) != PROV_OK)
            fail_msg("'%s': %s", good[i], err.message);
        prov_curl_free(curl);
    }
}

/* More addresses than there is room for; those that are kept will do. */
static void test_names_with_many_addresses(void **state)
{
    (void)state;
    struct names_rig rig;
    names_rig_open(&rig, NULL, false);
    struct http_server *server = curl_rig_http(&rig.rig, &success, 1);
    rig.names.service_port = server->port;
    rig.names.n_addresses = PROVI_CURL_MAX_ADDRESSES + 3;
    start_lookup(&rig);
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_OK);
    curl_rig_close(&rig.rig);
}

/* The root says that there is no such service (RFC 2782), and what cannot be a name is none. */
static void test_names_of_services_that_are_none(void **state)
{
#define B15 "\1\1\1\1\1\1\1\1\1\1\1\1\1\1\1"
#define LABEL "\74" B15 B15 B15 B15
    static const char *const targets[] = {"", LABEL LABEL};
    (void)state;
    for (size_t i = 0; i < sizeof targets / sizeof targets[0]; i++) {
        struct names_rig rig;
        names_rig_open(&rig, NULL, false);
        rig.names.service_port = 80;
        rig.names.target = targets[i];
        start_lookup(&rig);
        curl_rig_finish(&rig.rig);
        assert_int_equal(rig.rig.status, PROV_E_DNS);
        if (i == 0)
            assert_string_equal(rig.rig.err.message,
                                "_ciscoprov-http._tcp.phones.test offers no such service");
        curl_rig_close(&rig.rig);
    }
}

/* An address needs no name server, whoever is asked for services; nor does where it redirects. */
static void test_names_are_not_asked_about_addresses(void **state)
{
    (void)state;
    for (uint8_t srv = 0; srv <= 1; srv++) {
        struct names_rig rig;
        char text[128];
        names_rig_open(&rig, NULL, true);
        struct http_server *server = curl_rig_http(&rig.rig, &success, 1);
        snprintf(text, sizeof text,
                 "HTTP/1.1 302 Go\r\nLocation: http://127.0.0.1:%u/x\r\nContent-Length: 0\r\n\r\n",
                 (unsigned)server->port);
        const struct reply redirect = {text, REPLY_KEEP};
        struct http_server *first = curl_rig_http(&rig.rig, &redirect, 1);
        rig.rig.request.srv = srv;
        curl_rig_get(&rig.rig, "http", first->port, "/");
        assert_int_equal(rig.rig.status, PROV_OK);
        assert_string_equal(rig.rig.body, "body");
        datagram_server_step(&rig.rig.datagram);
        assert_int_equal(rig.rig.datagram.n_received, 0);
        curl_rig_close(&rig.rig);
    }
}

/* A channel of c-ares that cannot be made: for the question, for a second one, or for words. */
static void test_names_without_a_channel(void **state)
{
    (void)state;
    for (int is_system = 0; is_system <= 1; is_system++) {
        struct dial dial = {.at = 0, .hit = true};
        for (uint64_t at = 0; dial.hit; at++) {
            struct names_rig rig;
            names_rig_open(&rig, NULL, false);
            rig.names.code = REFUSED;
            if (is_system) {
                prov_curl_free(rig.rig.curl);
                cares_ask_port(rig.rig.datagram.port);
                assert_int_equal(prov_curl_new(&rig.rig.curl, NULL, NULL), PROV_OK);
                rig.rig.transport = prov_curl_transport(rig.rig.curl);
                rig.rig.request.srv = 0;
            }
            dial = (struct dial){.at = at};
            cares_set_dial(&dial);
            curl_rig_start_at(&rig.rig, "http", "phones.invalid", 80, "/");
            curl_rig_finish(&rig.rig);
            cares_set_dial(NULL);
            if (rig.rig.status != PROV_E_DNS && !(dial.hit && rig.rig.status == PROV_E_NOMEM))
                fail_msg("channel %llu: %s", (unsigned long long)at, rig.rig.err.message);
            if (!dial.hit)
                assert_non_null(strstr(rig.rig.err.message, "REFUSED by the name server"));
            curl_rig_close(&rig.rig);
        }
    }
}

/* Each of several servers is asked, whatever the kind of its address. */
static void test_names_of_several_servers(void **state)
{
    (void)state;
    struct names_rig rig;
    char servers[64];
    names_rig_open(&rig, NULL, false);
    snprintf(servers, sizeof servers, "[::1]:9,%s", rig.address);
    const struct prov_curl_options options = {.size = sizeof options, .dns_servers = servers};
    prov_curl_free(rig.rig.curl);
    assert_int_equal(prov_curl_new(&rig.rig.curl, &options, NULL), PROV_OK);
    rig.rig.transport = prov_curl_transport(rig.rig.curl);
    rig.names.service_port = curl_rig_http(&rig.rig, &success, 1)->port;
    start_lookup(&rig);
    curl_rig_finish(&rig.rig);
    assert_int_equal(rig.rig.status, PROV_OK);
    curl_rig_close(&rig.rig);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_service_is_found),
        cmocka_unit_test(test_names_service_is_drawn),
        cmocka_unit_test(test_names_without_a_service),
        cmocka_unit_test(test_names_next_service_is_tried),
        cmocka_unit_test(test_names_of_many_services),
        cmocka_unit_test(test_names_of_a_cut_answer),
        cmocka_unit_test(test_names_of_a_proxy_are_diagnosed),
        cmocka_unit_test(test_names_are_waited_for_to_the_millisecond),
        cmocka_unit_test(test_names_without_an_option_of_libcurl),
        cmocka_unit_test(test_names_words_for_each_failure),
        cmocka_unit_test(test_names_of_a_domain_are_services_only),
        cmocka_unit_test(test_names_are_not_diagnosed_for_long),
        cmocka_unit_test(test_names_too_long_are_not_asked_for),
        cmocka_unit_test(test_names_cancel_at_any_time_is_the_end),
        cmocka_unit_test(test_names_take_of_the_total_time),
        cmocka_unit_test(test_names_mute_server_is_waited_for_without_spinning),
        cmocka_unit_test(test_names_end_of_the_transport_ends_questions),
        cmocka_unit_test(test_names_cycles_leave_no_descriptor),
        cmocka_unit_test(test_names_without_memory),
        cmocka_unit_test(test_names_list_of_servers_is_checked),
        cmocka_unit_test(test_names_with_many_addresses),
        cmocka_unit_test(test_names_of_services_that_are_none),
        cmocka_unit_test(test_names_are_not_asked_about_addresses),
        cmocka_unit_test(test_names_without_a_channel),
        cmocka_unit_test(test_names_of_several_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
