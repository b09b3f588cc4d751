/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The built-in transport from beginning to end: many at once, cancelling, no memory, no leaks. */
#include <provision/transport_curl.h>
#include <provision/version.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "cares.h"
#include "curl/curl_priv.h"
#include "curl_rig.h"
#include "name_server.h"
#include "transfer/transfer.h"

#define SUCCESS "HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody"

static const struct reply success = {SUCCESS, REPLY_KEEP};
static const struct reply stall = {"", REPLY_STALL};

static void start_lookup(struct curl_rig *rig)
{
    curl_rig_start_at(rig, "http", "provision.example", 80, "/");
    while (name_server_n_waiting() == 0)
        curl_rig_turn(rig, 10);
    assert_true(name_server_n_waiting() > 0); /* newer libcurl asks for each kind of address */
}

static void test_curl_cancel_does_not_wait_for_the_name_server(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.n_descriptors = 0; /* threads that wait have theirs */
    name_server_fall_silent();
    start_lookup(&rig);
    provi_transfer_free(rig.transfer);
    rig.transfer = NULL;
    curl_rig_close(&rig);
    assert_true(name_server_n_waiting() > 0); /* not yet answered */
    assert_false(rig.is_done);
    name_server_answer();
}

static void test_curl_mute_name_server_is_a_timeout_of_its_own(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.n_descriptors = 0; /* threads that wait have theirs */
    name_server_fall_silent();
    rig.limits.connect_timeout_ms = 200;
    start_lookup(&rig);
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_E_DNS);
    assert_non_null(strstr(rig.err.message, "no answer from the name server"));
    curl_rig_close(&rig);
    name_server_answer();
}

static void test_curl_unknown_name(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    cares_ask_port(9);
    curl_rig_start_at(&rig, "http", "provision.example", 80, "/");
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_E_DNS);
    assert_string_equal(
        rig.err.message,
        prov_feature_supported(PROV_FEATURE_SRV)
            ? "connection refused by the name server 127.0.0.1:9 (query: provision.example:80)"
            : "no such name, or no answer from a name server, for provision.example:80");
    curl_rig_close(&rig);
}

/* Cancel after so many turns of the loop: before the first, while connecting, while waiting. */
static void test_curl_cancel_at_any_time_is_the_end(void **state)
{
    (void)state;
    for (int n_turns = 0; n_turns < 6; n_turns++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *server = curl_rig_http(&rig, &stall, 1);
        curl_rig_start(&rig, "http", server->port, "/");
        for (int i = 0; i < n_turns; i++)
            curl_rig_turn(&rig, 10);
        provi_transfer_free(rig.transfer);
        rig.transfer = NULL;
        for (int i = 0; i < 3; i++)
            curl_rig_turn(&rig, 0);
        assert_int_equal(rig.n_heads, 0);
        assert_false(rig.is_done);
        assert_int_equal(rig.transport->pollfds(rig.transport->ctx, NULL, 0), 0);
        assert_int_equal(rig.transport->timeout_ms(rig.transport->ctx), -1);
        curl_rig_close(&rig);
    }
}

/* Two chunks, of which the second comes too early; ended while it waits, and waited for. */
static void test_curl_slowed_down_transfer_can_be_cancelled(void **state)
{
    (void)state;
    static const struct reply reply = {
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nbo\r\n", REPLY_KEEP};
    static const char rest[] = "2\r\ndy\r\n0\r\n\r\n";
    const struct prov_curl_options options = {.size = sizeof options, .max_bytes_per_s = 10};
    for (int is_cancelled = 0; is_cancelled <= 1; is_cancelled++) {
        struct curl_rig rig;
        curl_rig_open(&rig, &options);
        struct http_server *server = curl_rig_http(&rig, &reply, 1);
        curl_rig_start(&rig, "http", server->port, "/");
        while (rig.body_len == 0)
            curl_rig_turn(&rig, 10);
        assert_string_equal(rig.body, "bo");
        send(server->connections[0].fd, rest, sizeof rest - 1, 0);
        curl_rig_turn(&rig, 10);
        assert_string_equal(rig.body, "bo");
        assert_uint_in_range(rig.transport->timeout_ms(rig.transport->ctx), 1, 200);
        if (is_cancelled) {
            provi_transfer_free(rig.transfer);
            rig.transfer = NULL;
            assert_int_equal(rig.transport->timeout_ms(rig.transport->ctx), -1);
        } else {
            curl_rig_finish(&rig);
            assert_int_equal(rig.status, PROV_OK);
            assert_string_equal(rig.body, "body");
        }
        curl_rig_close(&rig);
    }
}

/* Of several that wait, the loop waits for the first. */
struct slow {
    prov_transfer *transfer;
    size_t n_bytes;
};

static prov_status count_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)err;
    ((struct slow *)ctx)->n_bytes += len;
    return PROV_OK;
}

static void end_well(void *ctx, prov_status status, const struct prov_error *err)
{
    (void)ctx;
    (void)err;
    assert_int_equal(status, PROV_OK);
}

static void start_slow(struct slow *slow, struct curl_rig *rig, const struct reply *reply)
{
    const struct provi_transfer_handler handler = {
        .data = count_bytes, .done = end_well, .ctx = slow};
    curl_rig_start(rig, "http", curl_rig_http(rig, reply, 1)->port, "/");
    provi_transfer_free(rig->transfer); /* it filled in the request */
    rig->transfer = NULL;
    assert_int_equal(
        provi_transfer_start(&slow->transfer, NULL, rig->transport, &rig->request, &handler, NULL),
        PROV_OK);
    while (slow->n_bytes == 0)
        curl_rig_turn(rig, 10);
}

static void test_curl_slowed_down_transfers_wait_for_the_first(void **state)
{
    (void)state;
    static const struct reply replies[] = {
        {"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabcdefg", REPLY_KEEP},
        {"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na", REPLY_KEEP},
    };
    const struct prov_curl_options options = {.size = sizeof options, .max_bytes_per_s = 20};
    for (int is_turned = 0; is_turned <= 1; is_turned++) {
        struct curl_rig rig;
        struct slow slow[2] = {{.n_bytes = 0}, {.n_bytes = 0}};
        int64_t start_ms = now_ms();
        curl_rig_open(&rig, &options);
        const struct prov_transport *transport = rig.transport;
        start_slow(&slow[0], &rig, &replies[is_turned]);
        start_slow(&slow[1], &rig, &replies[!is_turned]);
        struct slow *large = &slow[is_turned], *small = &slow[!is_turned];
        for (int i = 0; i < 2; i++)
            send(rig.http[i].connections[0].fd, "hi", 2, MSG_NOSIGNAL);
        curl_rig_turn(&rig, 0);
        curl_rig_turn(&rig, 0);
        bool is_early = now_ms() - start_ms < 250; /* an emulator may be late */
        assert_true(large->n_bytes == 7 || !is_early);
        assert_true(transport->timeout_ms(transport->ctx) <= 50 || !is_early);
        while (small->n_bytes == 1)
            curl_rig_turn(&rig, 1000);
        assert_int_equal(small->n_bytes, 3);
        is_early = now_ms() - start_ms < 250;
        assert_true(large->n_bytes == 7 || !is_early); /* its time comes 300 ms later */
        while (transport->timeout_ms(transport->ctx) > 0)
            poll(NULL, 0, 10);
        assert_int_equal(transport->timeout_ms(transport->ctx), 0);
        while (large->n_bytes == 7)
            curl_rig_turn(&rig, 10);
        assert_int_equal(large->n_bytes, 9);
        provi_transfer_free(large->transfer);
        provi_transfer_free(small->transfer);
        curl_rig_close(&rig);
    }
}

/* That there is no file was said, whatever became of the text beside it. */
static void test_refusal_needs_no_whole_body(void **state)
{
    (void)state;
    static const struct reply reply = {"HTTP/1.1 404 No\r\nContent-Length: 9\r\n\r\ncut",
                                       REPLY_STALL};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.total_timeout_ms = 300;
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    curl_rig_get(&rig, "http", server->port, "/a");
    assert_int_equal(rig.status, PROV_E_NOT_FOUND);
    curl_rig_close(&rig);
}

static void test_curl_transfer_freed_at_its_first_bytes(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &success, 1);
    rig.frees_at_data = true;
    curl_rig_start(&rig, "http", server->port, "/");
    while (rig.transfer)
        curl_rig_turn(&rig, 10);
    assert_null(rig.transfer);
    assert_int_equal(rig.n_heads, 1);
    assert_false(rig.is_done);
    curl_rig_close(&rig);
}

/* Several transfers on one transport, each of which begins or ends others from its callbacks. */
struct crowd {
    struct curl_rig rig;
    prov_transfer *transfers[8];
    struct member {
        struct crowd *crowd;
        size_t index;
    } members[8];
    unsigned n_started;
    unsigned n_ended;
};

static void start_member(struct crowd *crowd);

static prov_status member_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)len;
    (void)err;
    struct member *member = ctx;
    struct crowd *crowd = member->crowd;
    size_t next = member->index + 1;
    if (member->index == 0 && crowd->transfers[next]) {
        provi_transfer_free(crowd->transfers[next]);
        crowd->transfers[next] = NULL;
    }
    return PROV_OK;
}

static void member_done(void *ctx, prov_status status, const struct prov_error *err)
{
    (void)err;
    struct member *member = ctx;
    struct crowd *crowd = member->crowd;
    assert_int_equal(status, PROV_OK);
    crowd->n_ended++;
    provi_transfer_free(crowd->transfers[member->index]);
    crowd->transfers[member->index] = NULL;
    if (crowd->n_started < 8)
        start_member(crowd);
}

static void start_member(struct crowd *crowd)
{
    size_t i = crowd->n_started++;
    crowd->members[i] = (struct member){crowd, i};
    const struct provi_transfer_handler handler = {
        .data = member_data,
        .done = member_done,
        .ctx = &crowd->members[i],
    };
    assert_int_equal(provi_transfer_start(&crowd->transfers[i], NULL, crowd->rig.transport,
                                          &crowd->rig.request, &handler, NULL),
                     PROV_OK);
}

static void test_curl_callbacks_start_and_end_others(void **state)
{
    (void)state;
    struct crowd crowd = {0};
    curl_rig_open(&crowd.rig, NULL);
    struct http_server *server = curl_rig_http(&crowd.rig, &success, 1);
    curl_rig_get(&crowd.rig, "http", server->port, "/"); /* fills in the request */
    for (int i = 0; i < 4; i++)
        start_member(&crowd);
    while (crowd.n_ended < 7)
        curl_rig_turn(&crowd.rig, 10);
    assert_int_equal(crowd.n_started, 8);
    assert_int_equal(crowd.n_ended, 7);
    curl_rig_close(&crowd.rig);
}

/*
 * One transfer's first bytes free another one, in its state after that many turns: then libcurl may
 * be about to call for that one. All that is heard of it afterwards would be a use of what is gone.
 */
struct neighbours {
    struct curl_rig rig;
    prov_transfer *killer, *victim;
    unsigned n_heads; /* of the killer */
    unsigned n_bytes; /* likewise */
    bool is_ended;    /* likewise */
    bool frees_all;   /* the transport goes as well */
};

static void killer_head(void *ctx, const struct prov_response *response)
{
    (void)response;
    ((struct neighbours *)ctx)->n_heads++;
}

static prov_status killer_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    struct neighbours *both = ctx;
    const struct prov_transport *transport = both->rig.transport;
    const struct provi_transfer_handler handler = {0};
    prov_transfer *late;
    both->n_bytes += (unsigned)len;
    provi_transfer_free(both->victim);
    both->victim = NULL;
    assert_int_equal(transport->process(transport->ctx, err), PROV_E_STATE);
    if (!both->frees_all)
        return PROV_OK;
    prov_curl_free(both->rig.curl);
    prov_curl_free(both->rig.curl);
    both->rig.curl = NULL;
    assert_int_equal(
        provi_transfer_start(&late, NULL, transport, &both->rig.request, &handler, NULL),
        PROV_E_CANCELLED);
    return PROV_OK;
}

static void killer_done(void *ctx, prov_status status, const struct prov_error *err)
{
    (void)err;
    struct neighbours *both = ctx;
    assert_int_equal(status, both->frees_all ? PROV_E_CANCELLED : PROV_OK);
    both->is_ended = true;
}

static prov_status victim_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data;
    (void)len;
    (void)err;
    assert_non_null(((struct neighbours *)ctx)->victim);
    return PROV_OK;
}

static void victim_done(void *ctx, prov_status status, const struct prov_error *err)
{
    (void)ctx;
    fail_msg("the end of who was freed: %s, %s", prov_status_name(status), err->message);
}

static void give_by_hand(const struct http_server *server, const char *text)
{
    if (server->connections[0].fd >= 0)
        send(server->connections[0].fd, text, strlen(text), MSG_NOSIGNAL);
}

static void start_killer(struct neighbours *both)
{
    static const struct reply head = {"HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\n", REPLY_KEEP};
    const struct provi_transfer_handler handler = {
        .head = killer_head,
        .data = killer_data,
        .done = killer_done,
        .ctx = both,
    };
    struct http_server *server = curl_rig_http(&both->rig, &head, 1);
    curl_rig_start(&both->rig, "http", server->port, "/"); /* fills in the request */
    provi_transfer_free(both->rig.transfer);
    both->rig.transfer = NULL;
    assert_int_equal(provi_transfer_start(&both->killer, NULL, both->rig.transport,
                                          &both->rig.request, &handler, NULL),
                     PROV_OK);
    while (server->n_requests == 0)
        curl_rig_turn(&both->rig, 2);
    curl_rig_turn(&both->rig, 2);
}

static const struct victim_row {
    const char *scheme;
    enum prov_method method;
} victims[] = {
    {"http", PROV_METHOD_GET},
    {"http", PROV_METHOD_PUT},
    {"tftp", PROV_METHOD_GET},
};

static void start_victim(struct neighbours *both, const struct victim_row *row)
{
    const struct provi_transfer_handler handler = {
        .data = victim_data,
        .done = victim_done,
        .ctx = both,
    };
    struct prov_request *request = &both->rig.request;
    request->scheme = prov_str_from(row->scheme);
    request->method = (uint8_t)row->method;
    request->body = prov_str_from(row->method == PROV_METHOD_PUT ? "the report" : "");
    request->port = strcmp(row->scheme, "tftp") == 0
                        ? curl_rig_datagram(&both->rig, NULL, NULL)->port
                        : curl_rig_http(&both->rig, &stall, 1)->port;
    assert_int_equal(
        provi_transfer_start(&both->victim, NULL, both->rig.transport, request, &handler, NULL),
        PROV_OK);
}

static void kill_after(const struct victim_row *row, size_t n_turns, bool frees_all)
{
    static const char *const pieces[] = {
        "HTTP/1.1 200 OK\r\n", "Transfer-Encoding: chunked\r\n\r\n", "4\r\nbo", "dy\r\n", "4\r\n",
    };
    struct neighbours both = {.frees_all = frees_all};
    curl_rig_open(&both.rig, NULL);
    start_killer(&both);
    start_victim(&both, row);
    bool is_http = both.rig.n_http == 2;
    for (size_t i = 0, piece = 0; i <= n_turns; i++) {
        if (i == n_turns)
            give_by_hand(&both.rig.http[0], "body");
        if (is_http && both.rig.http[1].n_requests > 0 && piece < 5)
            give_by_hand(&both.rig.http[1], pieces[piece++]);
        curl_rig_turn(&both.rig, 2);
    }
    assert_null(both.victim);
    assert_int_equal(both.n_bytes, 4);
    assert_int_equal(both.n_heads, 1);
    if (!frees_all) {
        give_by_hand(&both.rig.http[0], "more");
        for (int i = 0; i < 3; i++)
            curl_rig_turn(&both.rig, 2);
        const struct prov_transport *transport = both.rig.transport;
        assert_int_equal(transport->pollfds(transport->ctx, NULL, 0), 0);
    }
    assert_true(both.is_ended);
    provi_transfer_free(both.killer);
    curl_rig_close(&both.rig);
}

static void test_curl_transfer_freed_by_another_one(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof victims / sizeof victims[0]; i++)
        for (size_t n_turns = 0; n_turns < 9; n_turns++)
            for (int frees_all = 0; frees_all <= 1; frees_all++)
                kill_after(&victims[i], n_turns, frees_all);
}

static void test_curl_keeps_to_its_connections(void **state)
{
    (void)state;
    struct prov_curl_options options = {.size = sizeof options, .max_connections = 2};
    struct crowd crowd = {0};
    curl_rig_open(&crowd.rig, &options);
    struct http_server *server = curl_rig_http(&crowd.rig, &success, 1);
    curl_rig_get(&crowd.rig, "http", server->port, "/");
    for (int i = 0; i < 8; i++)
        start_member(&crowd);
    while (crowd.n_ended < 7)
        curl_rig_turn(&crowd.rig, 10);
    assert_true(crowd.n_ended >= 7);
    assert_int_equal(server->n_open_max, 2);
    for (size_t i = 0; i < 8; i++)
        provi_transfer_free(crowd.transfers[i]);
    curl_rig_close(&crowd.rig);
}

/* One that waits is cancelled: the others run, in their order, one at a time. */
static void test_curl_cancel_of_one_that_waits(void **state)
{
    (void)state;
    for (size_t cancelled = 1; cancelled <= 3; cancelled++) {
        struct prov_curl_options options = {.size = sizeof options, .max_connections = 1};
        struct crowd crowd = {.n_started = 0};
        curl_rig_open(&crowd.rig, &options);
        struct http_server *server = curl_rig_http(&crowd.rig, &success, 1);
        curl_rig_get(&crowd.rig, "http", server->port, "/");
        for (size_t i = 0; i < 4; i++)
            start_member(&crowd);
        crowd.n_started = 8;        /* none follows */
        crowd.members[0].index = 7; /* frees none of the others */
        crowd.transfers[7] = crowd.transfers[0];
        curl_rig_turn(&crowd.rig, 0);
        provi_transfer_free(crowd.transfers[cancelled]);
        crowd.transfers[cancelled] = NULL;
        while (crowd.n_ended < 3)
            curl_rig_turn(&crowd.rig, 10);
        assert_int_equal(crowd.n_ended, 3);
        assert_int_equal(server->n_requests, 1 + 3);
        assert_int_equal(server->n_open_max, 1);
        curl_rig_close(&crowd.rig);
    }
}

static void test_curl_free_ends_what_runs(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &stall, 1);
    curl_rig_start(&rig, "http", server->port, "/");
    for (int i = 0; i < 3; i++)
        curl_rig_turn(&rig, 10);
    prov_curl_free(rig.curl);
    rig.curl = NULL;
    assert_int_equal(rig.status, PROV_E_CANCELLED);
    curl_rig_close(&rig);
}

#define N_CYCLES 200

static void one_cycle(void)
{
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &success, 1);
    curl_rig_get(&rig, "http", server->port, "/");
    assert_int_equal(rig.status, PROV_OK);
    curl_rig_close(&rig);
}

static void test_curl_cycles_leave_no_descriptor(void **state)
{
    (void)state;
    one_cycle();
    size_t before = count_descriptors();
    for (int i = 0; i < N_CYCLES; i++)
        one_cycle();
    assert_int_equal(count_descriptors(), before);
}

/* Each of our allocations fails once, over a redirect; libcurl's own are its affair. */
static void poor_scenario(void *ctx, struct dial *dial)
{
    (void)ctx;
    static const struct reply replies[] = {
        {"HTTP/1.1 302 Go\r\nLocation: "
         "/a-rather-long-place-that-needs-a-larger-buffer/basic.txt\r\n"
         "Content-Length: 0\r\n\r\n",
         REPLY_KEEP},
        {SUCCESS, REPLY_KEEP},
    };
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    const prov_str pin = prov_str_from("sha256//AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=");
    struct prov_curl_options options = {
        .size = sizeof options,
        .alloc = &memory.alloc,
        .ca_path = "/not/looked/at/by/http",
        .pins = &pin,
        .n_pins = 1,
    };
    prov_curl *curl;
    struct prov_error err = {0};
    prov_status status = prov_curl_new(&curl, &options, &err);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (status == PROV_OK) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        prov_curl_free(rig.curl);
        rig.curl = curl;
        rig.transport = prov_curl_transport(curl);
        struct http_server *server = curl_rig_http(&rig, replies, 2);
        rig.request.user_agent = prov_str_from("phone");
        rig.request.accept_encoding = prov_str_from("aes128gcm");
        rig.request.uid = prov_str_from("user");
        curl_rig_get(&rig, "http", server->port, "/##################################");
        assert_int_equal(rig.status, dial->hit ? PROV_E_NOMEM : PROV_OK);
        curl_rig_close(&rig);
    }
    fault_alloc_assert_empty(&memory);
}

static void test_curl_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("curl memory", poor_scenario, NULL) > 8);
}

static void test_curl_new_checks_its_options(void **state)
{
    (void)state;
    prov_curl *curl;
    struct prov_error err = {0};
    struct {
        struct prov_curl_options options;
        uint64_t unknown;
    } newer = {.options = {.size = sizeof newer}, .unknown = 1};
    assert_int_equal(prov_curl_new(NULL, NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_curl_new(&curl, &newer.options, NULL), PROV_E_ABI);
    assert_null(curl);

    struct prov_curl_options many = {.size = sizeof many, .max_connections = 65537};
    assert_int_equal(prov_curl_new(&curl, &many, NULL), PROV_E_INVALID);
    assert_int_equal(prov_curl_new(&curl, NULL, NULL), PROV_OK);
    assert_int_equal(curl->max_connections, 64); /* as documented */
    assert_string_equal(prov_curl_transport(curl)->schemes, "tftp,http,https,syslog");
    assert_int_equal(prov_curl_transport(curl)->queues, 1);
    prov_curl_free(curl);

    struct prov_curl_options missing = {
        .size = sizeof missing,
        .ca_file = "/nonexistent/roots.pem",
        .ca_pem = prov_str_from("pem"),
    };
    assert_int_equal(prov_curl_new(&curl, &missing, &err), PROV_E_IO);
    assert_int_equal(err.origin, PROV_ORIGIN_OS);
    assert_null(curl);

    prov_curl_free(NULL);
    assert_null(prov_curl_transport(NULL));
}

struct watched {
    struct prov_pollfd fds[32];
    size_t n;
    unsigned n_reports;
};

static void note_change(void *ctx, int32_t fd, uint32_t events)
{
    struct watched *watched = ctx;
    size_t i = 0;
    while (i < watched->n && watched->fds[i].fd != fd)
        i++;
    assert_true(i < watched->n || events > 0); /* nothing leaves that did not come */
    watched->n_reports++;
    watched->n += i == watched->n;
    watched->fds[i] = (struct prov_pollfd){fd, events};
    if (events == 0)
        watched->fds[i] = watched->fds[--watched->n];
}

/* The changes add up to the list, after every turn. */
static void test_curl_reports_changes_of_descriptors(void **state)
{
    (void)state;
    static const struct reply reply = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nthat",
                                       REPLY_KEEP};
    struct watched watched = {.n = 0};
    unsigned seen = 0; /* bits of what a descriptor was listed with */
    const struct prov_curl_options options = {
        .size = sizeof options, .on_poll = note_change, .poll_ctx = &watched};
    struct curl_rig rig;
    curl_rig_open(&rig, &options);
    const struct prov_transport *transport = rig.transport;
    uint16_t port = curl_rig_http(&rig, &reply, 1)->port;
    for (int is_cancelled = 0; is_cancelled <= 1; is_cancelled++) {
        curl_rig_start(&rig, "http", port, "/x");
        size_t n_most = 0;
        for (int turn = 0; turn < 1000 && !rig.is_done; turn++) {
            struct prov_pollfd listed[32];
            curl_rig_turn(&rig, 100);
            size_t n = transport->pollfds(transport->ctx, listed, 32);
            assert_int_equal(n, watched.n);
            n_most = n > n_most ? n : n_most;
            for (size_t i = 0; i < n; i++)
                seen |= 1u << listed[i].events;
            for (size_t i = 0; i < n; i++)
                for (size_t j = 0; j < n; j++)
                    if (watched.fds[j].fd == listed[i].fd)
                        assert_int_equal(watched.fds[j].events, listed[i].events);
            if (is_cancelled && n > 0)
                break;
        }
        assert_true(n_most > 0);
        assert_int_equal(rig.is_done, !is_cancelled);
        provi_transfer_free(rig.transfer);
        rig.transfer = NULL;
    }
    curl_rig_close(&rig);
    assert_int_equal(watched.n, 0);
    assert_true(watched.n_reports >= 4);
    assert_true(seen & 1u << PROV_POLL_OUT); /* while it connects */
    assert_true(seen & 1u << PROV_POLL_IN);
}

static int64_t read_shifted_clock(void *ctx)
{
    const int64_t *shift_ms = ctx;
    return now_ms() + *shift_ms;
}

/* Silent for a second of libcurl's clock, and for a day and more of the host's. */
static void test_words_for_the_length_of_a_silence(void **state)
{
    static const struct {
        struct reply reply;
        const char *words;
    } rows[] = {
        {{"HTTP/1.1 200 OK\r\n"
          "Content-Length: 99\r\n\r\n",
          REPLY_STALL},
         "connected, but no answer from 127.0.0.1:"},
        {{"HTTP/1.1 200 OK\r\n"
          "Content-Length: 99\r\n\r\nb",
          REPLY_STALL},
         "answers stopped after 1 bytes from 127.0.0.1:"},
    };
    enum { N_ROWS = sizeof rows / sizeof rows[0] };
    (void)state;
    int64_t shift_ms = 0;
    const struct prov_clock clock = {.mono_ms = read_shifted_clock, .ctx = &shift_ms};
    const struct prov_curl_options options = {.size = sizeof options, .clock = &clock};
    struct curl_rig rigs[N_ROWS];
    struct http_server *servers[N_ROWS];
    for (size_t i = 0; i < N_ROWS; i++) {
        curl_rig_open(&rigs[i], &options);
        rigs[i].limits.idle_timeout_ms = 1000;
        servers[i] = curl_rig_http(&rigs[i], &rows[i].reply, 1);
        curl_rig_start(&rigs[i], "http", servers[i]->port, "/");
        while (servers[i]->n_requests == 0)
            curl_rig_turn(&rigs[i], 50);
        curl_rig_turn(&rigs[i], 50); /* the reply is read */
    }
    shift_ms = 100000000;
    while (!rigs[0].is_done || !rigs[1].is_done)
        for (size_t i = 0; i < N_ROWS; i++)
            curl_rig_turn(&rigs[i], 20);
    for (size_t i = 0; i < N_ROWS; i++) {
        assert_int_equal(rigs[i].status, PROV_E_TIMEOUT);
        const char *number = strstr(rigs[i].err.message, ": silent for ");
        assert_memory_equal(rigs[i].err.message, rows[i].words, strlen(rows[i].words));
        assert_non_null(number);
        number += strlen(": silent for ");
        assert_uint_in_range(strtoul(number, NULL, 10), 100000, 100090);
    }
    for (size_t i = N_ROWS; i-- > 0;)
        curl_rig_close(&rigs[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curl_reports_changes_of_descriptors),
        cmocka_unit_test(test_curl_cancel_does_not_wait_for_the_name_server),
        cmocka_unit_test(test_curl_mute_name_server_is_a_timeout_of_its_own),
        cmocka_unit_test(test_curl_unknown_name),
        cmocka_unit_test(test_curl_cancel_at_any_time_is_the_end),
        cmocka_unit_test(test_curl_slowed_down_transfer_can_be_cancelled),
        cmocka_unit_test(test_curl_slowed_down_transfers_wait_for_the_first),
        cmocka_unit_test(test_refusal_needs_no_whole_body),
        cmocka_unit_test(test_curl_transfer_freed_at_its_first_bytes),
        cmocka_unit_test(test_curl_callbacks_start_and_end_others),
        cmocka_unit_test(test_curl_transfer_freed_by_another_one),
        cmocka_unit_test(test_curl_keeps_to_its_connections),
        cmocka_unit_test(test_curl_cancel_of_one_that_waits),
        cmocka_unit_test(test_curl_free_ends_what_runs),
        cmocka_unit_test(test_curl_cycles_leave_no_descriptor),
        cmocka_unit_test(test_curl_without_memory),
        cmocka_unit_test(test_curl_new_checks_its_options),
        cmocka_unit_test(test_words_for_the_length_of_a_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
