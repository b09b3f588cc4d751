/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The built-in transport over TFTP: servers that err, and its own life. */
#include <provision/transport_curl.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "curl_rig.h"
#include "tftp_server.h"
#include "transfer/transfer.h"

#define SECRET "SECRET ON STDIN"

static void fetch(struct curl_rig *rig, struct tftp_files *script, const char *path)
{
    struct datagram_server *server = curl_rig_datagram(rig, tftp_serve, script);
    curl_rig_get(rig, "tftp", server->port, path);
}

#define FILE_100                                                                                   \
    "0123456789012345678901234567890123456789012345678901234567890123456789"                       \
    "012345678901234567890123456789"
#define TSIZE(text) "tsize\0" text
#define OPTIONS(text) .options = (text), .options_len = sizeof(text)

static const struct tftp_row {
    const char *name;
    struct tftp_files script;
    prov_status status;
    uint32_t origin;
    int64_t native;
    unsigned n_requests;
    unsigned n_bare;
    const char *message;
} tftp_rows[] = {
    {"plain", {.file = "body", .block = 512}, PROV_OK, 0, 0, 1, 0, NULL},
    {"with size", {.file = "body", .block = 512, OPTIONS(TSIZE("4"))}, PROV_OK, 0, 0, 1, 0, NULL},
    {"small blocks",
     {.file = FILE_100,
      .block = 16,
      OPTIONS(TSIZE("100") "\0blksize\0"
                           "16")},
     PROV_OK,
     0,
     0,
     1,
     0,
     NULL},
    {"shorter than its size",
     {.file = "body", .block = 512, OPTIONS(TSIZE("9"))},
     PROV_E_TRUNCATED,
     0,
     0,
     1,
     0,
     "4 of 9 announced bytes"},
    {"empty file with size 0",
     {.file = "", .block = 512, OPTIONS(TSIZE("0"))},
     PROV_OK,
     0,
     0,
     1,
     0,
     NULL},
    {"chokes on options",
     {.file = "body", .block = 512, .refuses_options = true},
     PROV_OK,
     0,
     0,
     2,
     1,
     NULL},
    {"no file",
     {.error = 1 + 1},
     PROV_E_NOT_FOUND,
     PROV_ORIGIN_TFTP,
     1,
     1,
     0,
     "(TFTP error 1: no)"},
    {"no access", {.error = 1 + 2}, PROV_E_SERVER, PROV_ORIGIN_TFTP, 2, 1, 0, "access refused by"},
    {"unnamed error",
     {.error = 1 + 0},
     PROV_E_SERVER,
     PROV_ORIGIN_TFTP,
     0,
     2,
     1,
     "request refused"},
    {"illegal", {.error = 1 + 4}, PROV_E_SERVER, PROV_ORIGIN_TFTP, 4, 2, 1, "called illegal"},
    {"no such user", {.error = 1 + 7}, PROV_E_SERVER, PROV_ORIGIN_TFTP, 7, 1, 0, "user not known"},
};

static void test_tftp_answers(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof tftp_rows / sizeof tftp_rows[0]; i++) {
        const struct tftp_row *row = &tftp_rows[i];
        struct tftp_files script = row->script;
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        fetch(&rig, &script, "/basic.txt");
        if (rig.status != row->status || rig.err.native != row->native ||
            rig.err.origin != row->origin || script.n_requests != row->n_requests ||
            script.n_bare != row->n_bare)
            fail_msg("%s: %s, %u native %lld, %s; %u requests, %u bare", row->name,
                     prov_status_name(rig.status), (unsigned)rig.err.origin,
                     (long long)rig.err.native, rig.err.message, script.n_requests, script.n_bare);
        if (row->message && !strstr(rig.err.message, row->message))
            fail_msg("%s: %s", row->name, rig.err.message);
        if (row->status == PROV_OK)
            assert_string_equal(rig.body, script.file);
        curl_rig_close(&rig);
    }
}

static void test_tftp_head_tells_size_and_server(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "body", .block = 512, OPTIONS(TSIZE("4"))};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    fetch(&rig, &script, "/basic.txt");
    assert_int_equal(rig.n_heads, 1);
    assert_int_equal(rig.head.code, 0);
    assert_int_equal(rig.head.length, 4);
    assert_string_equal(rig.server_ip, "127.0.0.1");
    curl_rig_close(&rig);
}

static const struct name_row {
    const char *path;
    uint8_t keep_slash;
    const char *name; /* as the server gets it */
} name_rows[] = {
    {"/basic.txt", 0, "basic.txt"},
    {"/basic.txt", 1, "/basic.txt"},
    {"/a/b.txt", 1, "/a/b.txt"},
    {"//a", 0, "/a"},
    {"/a/../b", 0, "a/../b"},
    {"/a?b=c#d", 0, "a?b=c#d"},
    {"/a;mode=netascii", 0, "a;mode=netascii"},
    {"/spa$MA%20x.cfg", 0, "spa$MA%20x.cfg"},
};

static void test_tftp_file_names(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof name_rows / sizeof name_rows[0]; i++) {
        struct tftp_files script = {.file = "body", .block = 512};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.keep_slash = name_rows[i].keep_slash;
        fetch(&rig, &script, name_rows[i].path);
        assert_int_equal(rig.status, PROV_OK);
        assert_string_equal(script.name, name_rows[i].name);
        curl_rig_close(&rig);
    }
}

static void test_tftp_long_names_never_leave(void **state)
{
    (void)state;
    char path[300] = "/";
    for (size_t len = 255; len <= 256; len++) {
        memset(path + 1, 'x', len - 1);
        path[len] = '\0';
        struct tftp_files script = {.file = "body", .block = 512};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        fetch(&rig, &script, path);
        assert_int_equal(rig.status, len == 255 ? PROV_OK : PROV_E_LIMIT);
        assert_int_equal(script.n_requests, len == 255);
        curl_rig_close(&rig);
    }
}

static int64_t run_fast(void *ctx)
{
    int64_t *now = ctx;
    return *now += 10;
}

/* By the host's clock: 27 s pass at once. */
static void test_tftp_silence_is_no_answer(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "body", .block = 512, .n_silent = 99};
    struct curl_rig rig;
    int64_t start = -5000, now = start;
    const struct prov_clock clock = {.mono_ms = run_fast, .ctx = &now};
    const struct prov_curl_options options = {.size = sizeof options, .clock = &clock};
    curl_rig_open(&rig, &options);
    rig.limits.connect_timeout_ms = 60000;
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    while (!rig.is_done)
        curl_rig_turn(&rig, 0);
    assert_uint_in_range(now - start, 27000, 35000);
    assert_uint_in_range(script.n_requests, 8, 20);
    assert_int_equal(rig.status, PROV_E_TIMEOUT);
    assert_non_null(strstr(rig.err.message, "no answer from 127.0.0.1:"));
    assert_true(rig.err.flags & PROV_ERROR_RETRYABLE);
    curl_rig_close(&rig);
}

/* The first requests are lost. */
static void test_tftp_silence_is_tried_again(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "body", .block = 512, .n_silent = 2};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.connect_timeout_ms = 9000;
    const struct prov_transport *transport = rig.transport;
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    while (script.n_requests == 0)
        curl_rig_turn(&rig, 100);
    assert_uint_in_range(transport->timeout_ms(transport->ctx), 1, 9000);
    while (transport->timeout_ms(transport->ctx) > 0)
        poll(NULL, 0, 10);
    assert_int_equal(transport->timeout_ms(transport->ctx), 0); /* due, and no turn was taken */
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_OK);
    assert_true(script.n_requests > 2);
    curl_rig_close(&rig);
}

static void test_tftp_answers_that_stop(void **state)
{
    (void)state;
    static const char options[] = "blksize\0"
                                  "16";
    struct tftp_files script = {
        .file = FILE_100,
        .block = 16,
        .options = options,
        .options_len = sizeof options,
        .last_block = 2,
    };
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.idle_timeout_ms = 1000;
    fetch(&rig, &script, "/basic.txt");
    assert_int_equal(rig.status, PROV_E_TIMEOUT);
    assert_non_null(strstr(rig.err.message, "answers stopped at block 2, byte 32, from"));
    curl_rig_close(&rig);
}

/* Not a byte of a file announced as too large is asked for. */
static void test_tftp_announced_over_the_limit(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "more than ten", .block = 512, OPTIONS(TSIZE("13"))};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.max_fetch_bytes = 10;
    fetch(&rig, &script, "/basic.txt");
    assert_int_equal(rig.status, PROV_E_LIMIT);
    assert_non_null(strstr(rig.err.message, "13 bytes announced by 127.0.0.1:"));
    curl_rig_turn(&rig, 100);
    assert_int_equal(script.error_number, 3);
    curl_rig_close(&rig);
}

static void test_tftp_over_the_limit_is_cut(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "more than ten bytes", .block = 512};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.limits.max_fetch_bytes = 10;
    fetch(&rig, &script, "/basic.txt");
    assert_int_equal(rig.status, PROV_E_LIMIT);
    assert_string_equal(rig.body, "");
    curl_rig_turn(&rig, 100);
    assert_true(script.has_error);
    curl_rig_close(&rig);
}

static void test_tftp_put_writes_the_body(void **state)
{
    (void)state;
    struct tftp_files scripts[] = {
        {.file = "", .block = 512},
        {.file = "", .block = 512, OPTIONS(TSIZE("10"))},
    };
    for (size_t i = 0; i < sizeof scripts / sizeof scripts[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.method = PROV_METHOD_PUT;
        rig.request.body = prov_str_from("the report");
        fetch(&rig, &scripts[i], "/report.xml");
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(rig.n_heads, 1);
        assert_int_equal(rig.head.length, -1);
        assert_string_equal(scripts[i].name, "report.xml");
        assert_string_equal(scripts[i].stored, "the report");
        curl_rig_close(&rig);
    }
}

/* Life */

static void test_tftp_cancel_at_any_time_is_the_end(void **state)
{
    (void)state;
    size_t before = count_descriptors();
    for (int n_turns = 0; n_turns < 6; n_turns++) {
        struct tftp_files script = {.file = FILE_100,
                                    .block = 16,
                                    .last_block = 2,
                                    OPTIONS("blksize\0"
                                            "16")};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
        curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
        for (int i = 0; i < n_turns; i++)
            curl_rig_turn(&rig, 10);
        provi_transfer_free(rig.transfer);
        rig.transfer = NULL;
        assert_int_equal(rig.transport->pollfds(rig.transport->ctx, NULL, 0), 0);
        assert_int_equal(rig.transport->timeout_ms(rig.transport->ctx), -1);
        for (int i = 0; i < 3; i++)
            curl_rig_turn(&rig, 10);
        assert_int_equal(script.has_error, rig.n_heads);
        assert_false(rig.is_done);
        curl_rig_close(&rig);
    }
    assert_int_equal(count_descriptors(), before);
}

static void test_tftp_transfer_freed_at_its_first_bytes(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "body", .block = 512};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    rig.frees_at_data = true;
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    while (rig.transfer)
        curl_rig_turn(&rig, 10);
    assert_null(rig.transfer);
    assert_false(rig.is_done);
    curl_rig_close(&rig);
}

static void test_tftp_free_ends_what_runs(void **state)
{
    (void)state;
    struct tftp_files script = {.n_silent = 99};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    for (int i = 0; i < 3; i++)
        curl_rig_turn(&rig, 10);
    prov_curl_free(rig.curl);
    rig.curl = NULL;
    assert_int_equal(rig.status, PROV_E_CANCELLED);
    curl_rig_close(&rig);
}

/* The last ACK may be lost: whoever sends the last block again, after the end, gets it again. */
static void test_tftp_last_block_is_answered_after_the_end(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "body", .block = 512};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    fetch(&rig, &script, "/basic.txt");
    assert_int_equal(rig.status, PROV_OK);
    curl_rig_turn(&rig, 100);
    unsigned n_received = rig.datagram.n_received;
    while (rig.datagram.n_received == n_received) {
        tftp_send_block(&rig.datagram, &script, 1);
        curl_rig_turn(&rig, 20);
        curl_rig_turn(&rig, 20);
    }
    assert_int_equal(tftp_opcode(rig.datagram.last, rig.datagram.last_len), TFTP_ACK);
    assert_int_equal(tftp_number(rig.datagram.last, rig.datagram.last_len), 1);
    curl_rig_close(&rig);
}

/* One socket at a time: the next transfer takes the place of one that dallies. */
static void test_tftp_keeps_to_its_connections(void **state)
{
    (void)state;
    const struct prov_curl_options options = {.size = sizeof options, .max_connections = 1};
    struct tftp_files script = {.file = "body", .block = 512};
    struct curl_rig rig;
    curl_rig_open(&rig, &options);
    for (int i = 0; i < 5; i++) {
        if (i == 0)
            fetch(&rig, &script, "/basic.txt");
        else
            curl_rig_get(&rig, "tftp", rig.datagram.port, "/basic.txt");
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(rig.transport->pollfds(rig.transport->ctx, NULL, 0), 1);
        provi_transfer_free(rig.transfer);
        rig.transfer = NULL;
    }
    curl_rig_close(&rig);
}

static void poor_scenario(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    const struct prov_curl_options options = {.size = sizeof options, .alloc = &memory.alloc};
    prov_curl *curl;
    prov_status status = prov_curl_new(&curl, &options, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (status == PROV_OK) {
        struct tftp_files script = {.file = "body", .block = 512};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        prov_curl_free(rig.curl);
        rig.curl = curl;
        rig.transport = prov_curl_transport(curl);
        fetch(&rig, &script, "/basic.txt");
        assert_int_equal(rig.status, dial->hit ? PROV_E_NOMEM : PROV_OK);
        curl_rig_close(&rig);
    }
    fault_alloc_assert_empty(&memory);
}

static void test_tftp_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("tftp memory", poor_scenario, NULL) > 4);
}

/* An end of the transport is an end of the transfer to the server, too. */
static void test_tftp_free_tells_the_server(void **state)
{
    (void)state;
    struct tftp_files script = {.file = FILE_100,
                                .block = 16,
                                .last_block = 2,
                                OPTIONS("blksize\0"
                                        "16")};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    while (rig.body_len == 0)
        curl_rig_turn(&rig, 10);
    prov_curl_free(rig.curl);
    rig.curl = NULL;
    assert_int_equal(rig.status, PROV_E_CANCELLED);
    while (!script.has_error && poll(&(struct pollfd){.fd = server->fd, .events = POLLIN}, 1, 1000))
        datagram_server_step(server);
    assert_true(script.has_error);
    curl_rig_close(&rig);
}

/* A large block at a low speed would be worth minutes of silence. */
static void test_tftp_pauses_are_no_longer_than_a_second(void **state)
{
    (void)state;
    const struct prov_curl_options options = {.size = sizeof options, .max_bytes_per_s = 10};
    struct tftp_files script = {.file = FILE_100,
                                .block = 60,
                                OPTIONS("blksize\0"
                                        "60")};
    struct curl_rig rig;
    curl_rig_open(&rig, &options);
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    while (rig.body_len == 0)
        curl_rig_turn(&rig, 10);
    assert_uint_in_range(rig.transport->timeout_ms(rig.transport->ctx), 900, 1000);
    assert_int_equal(rig.transport->pollfds(rig.transport->ctx, NULL, 0), 0);
    rig.waited_ms = 0;
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_OK);
    assert_string_equal(rig.body, FILE_100);
    assert_true(rig.waited_ms < 5000); /* 6000 without a limit */
    curl_rig_close(&rig);
}

/* Ports */

/* Another end of the server's, from where the file comes; and a stranger. */
struct ends {
    struct datagram_server file;
    struct datagram_server stranger;
};

static void answer_from_elsewhere(struct datagram_server *server, const uint8_t *data, size_t len)
{
    struct ends *ends = server->ctx;
    if (tftp_opcode(data, len) != TFTP_RRQ)
        return;
    ends->file.peer = ends->stranger.peer = server->peer;
    ends->file.peer_len = ends->stranger.peer_len = server->peer_len;
    tftp_send(&ends->file, TFTP_DATA, 1, FILE_100, 100);
    tftp_send(&ends->stranger, TFTP_DATA, 1, "strange", 7);
}

static void test_tftp_answers_from_another_port(void **state)
{
    (void)state;
    struct ends ends;
    struct curl_rig rig;
    datagram_server_open(&ends.file, NULL, NULL);
    datagram_server_open(&ends.stranger, NULL, NULL);
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, answer_from_elsewhere, &ends);
    curl_rig_get(&rig, "tftp", server->port, "/basic.txt");
    curl_rig_turn(&rig, 20);
    datagram_server_step(&ends.file);
    datagram_server_step(&ends.stranger);
    assert_int_equal(rig.status, PROV_OK);
    assert_string_equal(rig.body, FILE_100);
    assert_int_equal(tftp_opcode(ends.file.last, ends.file.last_len), TFTP_ACK);
    assert_int_equal(tftp_opcode(ends.stranger.last, ends.stranger.last_len), TFTP_ERROR);
    assert_int_equal(tftp_number(ends.stranger.last, ends.stranger.last_len), 5);
    curl_rig_close(&rig);
    datagram_server_close(&ends.file);
    datagram_server_close(&ends.stranger);
}

/* Another host answers first: its answer is ignored. */
static void answer_from_two_hosts(struct datagram_server *server, const uint8_t *data, size_t len)
{
    static const uint8_t evil[] = {0, 3, 0, 1, 'e', 'v', 'i', 'l'};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(0x7f000002)};
    if (tftp_opcode(data, len) != TFTP_RRQ)
        return;
    int fd = socket(AF_INET, SOCK_DGRAM, 0);
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(
        sendto(fd, evil, sizeof evil, 0, (const struct sockaddr *)&server->peer, server->peer_len),
        sizeof evil);
    close(fd);
    tftp_send(server, TFTP_DATA, 1, "body", 4);
}

static void test_tftp_answers_from_another_host(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, answer_from_two_hosts, NULL);
    curl_rig_get(&rig, "tftp", server->port, "/basic.txt");
    assert_int_equal(rig.status, PROV_OK);
    assert_string_equal(rig.body, "body");
    curl_rig_close(&rig);
}

/*
 * A server that answers a read request with ACK 0 as if it were a write request: libcurl's own TFTP
 * would begin to send, by default standard input.
 */
struct attack {
    unsigned n_data;
    bool has_secret;
};

static bool contains(const uint8_t *data, size_t len, const char *text)
{
    size_t text_len = strlen(text);
    for (size_t i = 0; i + text_len <= len; i++)
        if (memcmp(data + i, text, text_len) == 0)
            return true;
    return false;
}

static void attack_with_ack(struct datagram_server *server, const uint8_t *data, size_t len)
{
    struct attack *attack = server->ctx;
    if (tftp_opcode(data, len) == TFTP_RRQ)
        tftp_send(server, TFTP_ACK, 0, "", 0);
    if (tftp_opcode(data, len) == TFTP_DATA) {
        attack->n_data++;
        tftp_send_error(server, 0);
    }
    if (len > 4 && contains(data, len, SECRET))
        attack->has_secret = true;
}

/* Put a pipe that holds the secret in place of standard input; returns the old one. */
static int plant_secret_on_stdin(void)
{
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(write(ends[1], SECRET, strlen(SECRET)), (ssize_t)strlen(SECRET));
    close(ends[1]);
    int old = dup(STDIN_FILENO);
    assert_int_equal(dup2(ends[0], STDIN_FILENO), STDIN_FILENO);
    close(ends[0]);
    return old;
}

static void test_tftp_ack_to_a_read_request_gets_nothing(void **state)
{
    (void)state;
    struct attack attack = {0};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    int old = plant_secret_on_stdin();
    struct datagram_server *server = curl_rig_datagram(&rig, attack_with_ack, &attack);
    curl_rig_get(&rig, "tftp", server->port, "/basic.txt");
    for (int i = 0; i < 5; i++)
        curl_rig_turn(&rig, 10);
    char left[sizeof SECRET] = "";
    assert_int_equal(read(STDIN_FILENO, left, sizeof left - 1), (ssize_t)strlen(SECRET));
    dup2(old, STDIN_FILENO);
    close(old);
    assert_int_equal(rig.status, PROV_E_NETWORK);
    assert_non_null(strstr(rig.err.message, "taken for a write request"));
    assert_int_equal(attack.n_data, 0);
    assert_false(attack.has_secret);
    assert_string_equal(left, SECRET);
    assert_int_equal(rig.datagram.n_received, 1);
    curl_rig_close(&rig);
}

static const struct refusal {
    const char *scheme;
    enum prov_method method;
    uint8_t srv;
} refusals[] = {
    {"syslog", PROV_METHOD_GET, 0}, {"tftp", PROV_METHOD_POST, 0}, {"tftp", PROV_METHOD_SEND, 0},
    {"http", PROV_METHOD_SEND, 0},  {"gds", PROV_METHOD_GET, 0},   {"tftp", PROV_METHOD_GET, 1},
};

static void test_curl_refuses_what_it_cannot(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof refusals / sizeof refusals[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.method = (uint8_t)refusals[i].method;
        rig.request.srv = refusals[i].srv;
        curl_rig_start(&rig, refusals[i].scheme, 9, "/");
        assert_true(rig.is_done);
        assert_int_equal(rig.status, PROV_E_UNSUPPORTED);
        assert_null(rig.transfer);
        curl_rig_close(&rig);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tftp_answers),
        cmocka_unit_test(test_tftp_head_tells_size_and_server),
        cmocka_unit_test(test_tftp_file_names),
        cmocka_unit_test(test_tftp_long_names_never_leave),
        cmocka_unit_test(test_tftp_silence_is_no_answer),
        cmocka_unit_test(test_tftp_silence_is_tried_again),
        cmocka_unit_test(test_tftp_answers_that_stop),
        cmocka_unit_test(test_tftp_announced_over_the_limit),
        cmocka_unit_test(test_tftp_over_the_limit_is_cut),
        cmocka_unit_test(test_tftp_put_writes_the_body),
        cmocka_unit_test(test_tftp_cancel_at_any_time_is_the_end),
        cmocka_unit_test(test_tftp_transfer_freed_at_its_first_bytes),
        cmocka_unit_test(test_tftp_free_ends_what_runs),
        cmocka_unit_test(test_tftp_last_block_is_answered_after_the_end),
        cmocka_unit_test(test_tftp_keeps_to_its_connections),
        cmocka_unit_test(test_tftp_without_memory),
        cmocka_unit_test(test_tftp_free_tells_the_server),
        cmocka_unit_test(test_tftp_pauses_are_no_longer_than_a_second),
        cmocka_unit_test(test_tftp_answers_from_another_port),
        cmocka_unit_test(test_tftp_answers_from_another_host),
        cmocka_unit_test(test_tftp_ack_to_a_read_request_gets_nothing),
        cmocka_unit_test(test_curl_refuses_what_it_cannot),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
