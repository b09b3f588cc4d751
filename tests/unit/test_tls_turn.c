/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Messages that OpenSSL skips, sent without end: a turn of the event loop reads few of them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <cmocka.h>

#include <openssl/bio.h>
#include <openssl/err.h>

#include "tls_peers.h"

TLS_FAKE_CLOCK

enum {
    TURN_BYTES = 65536,
    RECORD_BYTES = 16384 + 256 + 5, /* the longest, which may have been begun before the limit */
    FLOOD_BYTES = 3 * TURN_BYTES,
};

static struct tls_made ca, server;

static int make_all(void **state)
{
    (void)state;
    tls_make_ca(&ca, "our-ca", NULL);
    tls_make_server(&server, "server", &ca);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    tls_unmake(&ca);
    tls_unmake(&server);
    return 0;
}

/* A client and what the network has for it. */
struct line {
    struct provi_tls *tls;
    struct provi_tls_hop hop;
    SSL *client;
    BIO *in;
};

static void open_line(struct line *line)
{
    const struct provi_tls_options options = {.ca_pem = prov_str_from(ca.pem)};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    *line = (struct line){.tls = tls_open(&options), .in = BIO_new(BIO_s_mem())};
    line->hop = (struct provi_tls_hop){
        .tls = line->tls,
        .identity = line->tls->identity,
        .host = prov_str_from("host.example"),
    };
    assert_true(provi_tls_prepare(&line->hop, context));
    line->client = SSL_new(context);
    SSL_CTX_free(context);
    BIO_set_mem_eof_return(line->in, -1);
    SSL_set_bio(line->client, line->in, BIO_new(BIO_s_mem()));
    SSL_set_connect_state(line->client);
}

static void close_line(struct line *line)
{
    SSL_free(line->client);
    provi_tls_leave(&line->hop);
    provi_tls_free(line->tls);
    ERR_clear_error();
}

/* Let OpenSSL read what it wants in one turn. Returns the bytes read. */
static size_t turn(struct line *line)
{
    char byte;
    size_t n_before = BIO_ctrl_pending(line->in);
    provi_tls_begin_turn(line->tls);
    for (int i = 0; i < 3; i++) { /* the limit is that of a turn, not of a call */
        int done = SSL_is_init_finished(line->client) ? SSL_read(line->client, &byte, 1)
                                                      : SSL_do_handshake(line->client);
        assert_int_not_equal(done, 1);
        assert_int_equal(SSL_get_error(line->client, done), SSL_ERROR_WANT_READ);
    }
    return n_before - BIO_ctrl_pending(line->in);
}

static void assert_read_in_turns(struct line *line)
{
    for (int i = 0; i < 2; i++) {
        size_t n = turn(line);
        assert_true(n >= TURN_BYTES);
        assert_true(n <= TURN_BYTES + RECORD_BYTES);
    }
}

static void test_hello_requests(void **state)
{
    (void)state;
    static const unsigned char records[][9] = {{22, 3, 3, 0, 4, 0, 0, 0, 0}};
    struct line line;
    open_line(&line);
    for (size_t n = 0; n < FLOOD_BYTES; n += sizeof records)
        BIO_write(line.in, records, sizeof records);
    assert_read_in_turns(&line);
    close_line(&line);
}

/* Connect the client to a server of its own, which is returned. */
static SSL *serve(struct line *line)
{
    SSL_CTX *context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(context, server.certificate);
    SSL_CTX_use_PrivateKey(context, server.key);
    SSL_CTX_set_num_tickets(context, 0);
    SSL *peer = SSL_new(context);
    SSL_CTX_free(context);
    BIO_up_ref(SSL_get_wbio(line->client));
    BIO_up_ref(line->in);
    SSL_set_bio(peer, SSL_get_wbio(line->client), line->in);
    BIO_set_mem_eof_return(SSL_get_rbio(peer), -1);
    SSL_set_accept_state(peer);
    for (int i = 0; i < 4 && !SSL_is_init_finished(peer); i++) {
        SSL_do_handshake(line->client);
        SSL_do_handshake(peer);
    }
    assert_true(SSL_is_init_finished(line->client) && SSL_is_init_finished(peer));
    return peer;
}

static void update_keys(struct line *line, SSL *peer)
{
    while (BIO_ctrl_pending(line->in) < FLOOD_BYTES) {
        assert_int_equal(SSL_key_update(peer, SSL_KEY_UPDATE_NOT_REQUESTED), 1);
        assert_int_equal(SSL_do_handshake(peer), 1);
    }
}

static void test_key_updates(void **state)
{
    (void)state;
    struct line line;
    open_line(&line);
    SSL *peer = serve(&line);
    update_keys(&line, peer);
    assert_read_in_turns(&line);
    SSL_free(peer);
    close_line(&line);
}

static void test_tickets(void **state)
{
    (void)state;
    struct line line;
    open_line(&line);
    SSL *peer = serve(&line);
    while (BIO_ctrl_pending(line.in) < FLOOD_BYTES) {
        assert_int_equal(SSL_new_session_ticket(peer), 1);
        assert_int_equal(SSL_do_handshake(peer), 1);
    }
    assert_read_in_turns(&line);
    SSL_free(peer);
    close_line(&line);
}

/* The next hop of a connection has joined it, and the earlier one is gone. */
static void test_limit_outlives_the_hop(void **state)
{
    (void)state;
    struct line line;
    open_line(&line);
    SSL *peer = serve(&line);
    provi_tls_leave(&line.hop);
    update_keys(&line, peer);
    assert_read_in_turns(&line);
    SSL_free(peer);
    close_line(&line);
}

/* libcurl goes on when memory for a BIO failed. */
static void test_no_line(void **state)
{
    (void)state;
    struct line line;
    open_line(&line);
    SSL_set_bio(line.client, NULL, NULL);
    assert_int_not_equal(SSL_do_handshake(line.client), 1);
    close_line(&line);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_line),
        cmocka_unit_test(test_hello_requests),
        cmocka_unit_test(test_key_updates),
        cmocka_unit_test(test_tickets),
        cmocka_unit_test(test_limit_outlives_the_hop),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
