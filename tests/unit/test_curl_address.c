/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Which addresses the built-in transport reports before it connects, and what a refusal does. */
#include <netdb.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <arpa/inet.h>
#include <cmocka.h>

#include "curl/curl_priv.h"
#include "curl_rig.h"
#include "transfer/transfer.h"
#include "tftp_server.h"
#include "many_addresses.h"

#define OK_HEAD "HTTP/1.1 200 OK\r\n"

/* To a read request, the only block of a file. */
static void serve_tftp(struct datagram_server *server, const uint8_t *data, size_t len)
{
    static const uint8_t block[] = {0, 3, 0, 1, 'b', 'o', 'd', 'y'};
    if (len > 2 && data[1] == 1)
        datagram_server_send(server, block, sizeof block);
}

/* Of two addresses the first is refused; then both are. Nothing is sent to either. */
static void test_addresses_may_be_refused(void **state)
{
    static const char *const schemes[] = {"tftp", "syslog", "http"};
    static const struct reply reply = {"HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nbody",
                                       REPLY_KEEP};
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct curl_rig rig;
        char expected[128];
        curl_rig_open(&rig, NULL);
        struct datagram_server *server = curl_rig_datagram(&rig, serve_tftp, NULL);
        struct http_server *http = curl_rig_http(&rig, &reply, 1);
        uint16_t port = i == 2 ? http->port : server->port;
        rig.request.method = i == 1 ? PROV_METHOD_SEND : PROV_METHOD_GET;
        rig.refused_ip = "127.0.0.2";
        curl_rig_start_at(&rig, schemes[i], "two.example", port, "/p");
        curl_rig_finish(&rig);
        assert_int_equal(rig.status, PROV_OK);
        snprintf(expected, sizeof expected, "0 127.0.0.2:%u\n0 127.0.0.1:%u\n", port, port);
        assert_string_equal(rig.addresses, expected);

        provi_transfer_free(rig.transfer);
        rig.transfer = NULL;
        rig.refused_ip = "127.0.0.1";
        datagram_server_step(server); /* what was sent before */
        unsigned n_before = server->n_received + http->n_requests;
        curl_rig_get(&rig, schemes[i], port, "/p");
        assert_int_equal(rig.status, PROV_E_POLICY);
        assert_string_equal(rig.err.message, "127.0.0.1 is not for us");
        datagram_server_step(server);
        assert_int_equal(server->n_received + http->n_requests, n_before);
        curl_rig_close(&rig);
    }
}

/* The first address does not answer, and the next one is refused. */
static void test_next_address_may_be_refused(void **state)
{
    struct curl_rig rig;
    (void)state;
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, serve_tftp, NULL);
    union provi_curl_address mute;
    assert_true(provi_curl_read_ip(prov_str_from("127.0.0.2"), server->port, &mute));
    const int socket_of_mute = provi_curl_udp_socket(&mute);
    assert_int_equal(bind(socket_of_mute, &mute.any, sizeof mute.v4), 0);
    rig.limits.connect_timeout_ms = 600;
    rig.refused_ip = "127.0.0.1";
    curl_rig_start_at(&rig, "tftp", "two.example", server->port, "/p");
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_E_POLICY);
    assert_string_equal(rig.err.message, "127.0.0.1 is not for us");
    datagram_server_step(server);
    assert_int_equal(server->n_received, 0);
    close(socket_of_mute);
    curl_rig_close(&rig);
}

/* A connection that is kept was made for somebody else, perhaps: its address is checked as well. */
static void test_address_of_a_kept_connection_is_checked(void **state)
{
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    struct curl_rig rig;
    char expected[64];
    (void)state;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    curl_rig_get(&rig, "http", server->port, "/a");
    assert_int_equal(rig.status, PROV_OK);
    curl_rig_get(&rig, "http", server->port, "/b");
    assert_int_equal(rig.status, PROV_OK);
    snprintf(expected, sizeof expected, "0 127.0.0.1:%u\n", server->port);
    assert_string_equal(rig.addresses, expected);
    rig.refused_ip = "127.0.0.1";
    curl_rig_get(&rig, "http", server->port, "/c");
    assert_int_equal(rig.status, PROV_E_POLICY);
    assert_string_equal(rig.err.message, "127.0.0.1 is not for us");
    assert_int_equal(server->n_connections, 1);
    assert_int_equal(server->n_requests, 2);
    curl_rig_close(&rig);
}

static void test_address_of_a_proxy_is_told_as_such(void **state)
{
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    struct curl_rig rig;
    char proxy[32], expected[64];
    (void)state;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    snprintf(proxy, sizeof proxy, "127.0.0.1:%u", server->port);
    rig.request.proxy = prov_str_from(proxy);
    curl_rig_start_at(&rig, "http", "far.example", 80, "/a");
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_OK);
    snprintf(expected, sizeof expected, "1 127.0.0.1:%u\n", server->port);
    assert_string_equal(rig.addresses, expected);
    curl_rig_close(&rig);
}

/* Equal but for their ports; of two kinds they never are. */
static void test_addresses_are_compared_by_host(void **state)
{
    static const struct {
        const char *a, *b;
        bool is_same;
    } rows[] = {
        {"192.0.2.1", "192.0.2.1", true},
        {"192.0.2.1", "192.0.2.2", false},
        {"2001:db8::1", "2001:db8::1", true},
        {"2001:db8::1", "2001:db8::2", false},
        {"0.0.0.1", "::1", false},
        {"::", "0.0.0.0", false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        union provi_curl_address a, b;
        assert_true(provi_curl_read_ip(prov_str_from(rows[i].a), 69, &a));
        assert_true(provi_curl_read_ip(prov_str_from(rows[i].b), 70, &b));
        assert_int_equal(provi_curl_is_same_host(&a, &b), rows[i].is_same);
    }
}

/* An address is written as it is read; one of another kind, or without room, as nothing. */
static void test_addresses_are_written_as_read(void **state)
{
    static const char *const texts[] = {"192.0.2.1", "2001:db8::1", "::ffff:192.0.2.1"};
    (void)state;
    union provi_curl_address address;
    char ip[PROVI_CURL_IP_CAP];
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        assert_true(provi_curl_read_ip(prov_str_from(texts[i]), 5060, &address));
        assert_int_equal(provi_curl_port_of(&address.any), 5060);
        provi_curl_write_ip(&address.any, ip, sizeof ip);
        assert_string_equal(ip, texts[i]);
        provi_curl_write_ip(&address.any, ip, 5);
        assert_string_equal(ip, "");
    }
    address.any.sa_family = AF_UNIX;
    provi_curl_write_ip(&address.any, ip, sizeof ip);
    assert_string_equal(ip, "");
}

/* The address of the client on the server's newest connection. */
static void find_client(const struct http_server *server, char ip[PROVI_CURL_IP_CAP])
{
    union provi_curl_address client = {0};
    socklen_t len = sizeof client;
    const struct http_connection *connection = &server->connections[server->n_connections - 1];
    assert_int_equal(getpeername(connection->fd, &client.any, &len), 0);
    provi_curl_write_ip(&client.any, ip, PROVI_CURL_IP_CAP);
}

struct source_row {
    const char *source_ip, *client;
    unsigned n_connections;
};

static void check_sources(const struct source_row *rows, size_t n_rows)
{
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct http_server *server = curl_rig_http(&rig, &reply, 1);
    for (size_t i = 0; i < n_rows; i++) {
        char ip[PROVI_CURL_IP_CAP];
        rig.request.source_ip = prov_str_from(rows[i].source_ip);
        curl_rig_get(&rig, "http", server->port, "/a");
        assert_int_equal(rig.status, PROV_OK);
        assert_int_equal(server->n_connections, rows[i].n_connections);
        find_client(server, ip);
        assert_string_equal(ip, rows[i].client);
    }
    curl_rig_close(&rig);
}

/* A connection from another address is not used; one without a wish may use any. */
static void test_requests_are_sent_from_the_source_ip(void **state)
{
    static const struct source_row rows[] = {
        {"127.0.0.5", "127.0.0.5", 1},     {"127.0.0.5", "127.0.0.5", 1},
        {"127.255.1.2", "127.255.1.2", 2}, {"", "127.255.1.2", 2},
        {"127.0.0.5", "127.0.0.5", 3},
    };
    static const struct source_row after_the_systems_choice[] = {
        {"", "127.0.0.1", 1},
        {"127.0.0.5", "127.0.0.5", 2},
    };
    (void)state;
    check_sources(rows, sizeof rows / sizeof rows[0]);
    check_sources(after_the_systems_choice, 2);
}

static void test_source_ip_has_to_be_an_address_of_this_device(void **state)
{
    static const struct {
        const char *source_ip;
        prov_status status;
        const char *message;
    } rows[] = {
        {"192.0.2.7", PROV_E_CONNECT, "source_ip is not an address of this device"},
        {"localhost", PROV_E_INVALID, "source_ip: expected a numeric address"},
        {"eth0", PROV_E_INVALID, "source_ip: expected a numeric address"},
    };
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.source_ip = prov_str_from(rows[i].source_ip);
        curl_rig_get(&rig, "http", curl_rig_http(&rig, &reply, 1)->port, "/a");
        assert_int_equal(rig.status, rows[i].status);
        assert_non_null(strstr(rig.err.message, rows[i].message));
        assert_int_equal(rig.http[0].n_requests, 0);
        curl_rig_close(&rig);
    }
}

/* HTTP, TFTP and log messages to an address of IPv6, and how it is shown. */
static void test_servers_may_be_at_ipv6(void **state)
{
    static const struct reply reply = {OK_HEAD "Content-Length: 4\r\n\r\nbody", REPLY_KEEP};
    static const char *const schemes[] = {"http", "tftp", "syslog"};
    char words[96];
    (void)state;
    if (!loopback_use_ipv6(true))
        skip();
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct tftp_files files = {.file = "body", .block = 512};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        struct http_server *http = curl_rig_http(&rig, &reply, 1);
        struct datagram_server *datagram =
            curl_rig_datagram(&rig, strcmp(schemes[i], "tftp") ? NULL : tftp_serve, &files);
        uint16_t port = strcmp(schemes[i], "http") ? datagram->port : http->port;
        bool is_sent = strcmp(schemes[i], "syslog") == 0;
        rig.request.method = is_sent ? PROV_METHOD_SEND : PROV_METHOD_GET;
        rig.request.body = prov_str_from(is_sent ? "body" : "");
        curl_rig_start_at(&rig, schemes[i], "::1", port, "/p");
        curl_rig_finish(&rig);
        assert_int_equal(rig.status, PROV_OK);
        snprintf(words, sizeof words, "0 ::1:%u\n", (unsigned)port);
        assert_string_equal(rig.addresses, words);
        datagram_server_step(datagram);
        assert_string_equal(is_sent ? (char *)datagram->last : rig.body, "body");
        if (!is_sent)
            assert_string_equal(rig.server_ip, "::1");
        if (port == http->port) {
            snprintf(words, sizeof words, "\r\nHost: [::1]:%u\r\n", (unsigned)port);
            assert_int_equal(http_server_count(http, words), 1);
        }
        rig.limits.connect_timeout_ms = 2000;
        curl_rig_start_at(&rig, schemes[i], "::1", 1, "/p"); /* nothing listens there */
        curl_rig_finish(&rig);
        if (rig.status != PROV_OK) /* a log message is gone before the refusal comes */
            assert_int_equal(rig.status, PROV_E_CONNECT);
        if (rig.status != PROV_OK)
            assert_non_null(
                strstr(rig.err.message, is_sent || i == 1 ? "UDP port 1 of ::1" : "at [::1]:1"));
        assert_true(is_sent || rig.status != PROV_OK);
        curl_rig_close(&rig);
    }
    assert_true(loopback_use_ipv6(false));
}

int main(void)
{
    many_addresses_use();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_addresses_may_be_refused),
        cmocka_unit_test(test_next_address_may_be_refused),
        cmocka_unit_test(test_address_of_a_kept_connection_is_checked),
        cmocka_unit_test(test_address_of_a_proxy_is_told_as_such),
        cmocka_unit_test(test_addresses_are_compared_by_host),
        cmocka_unit_test(test_addresses_are_written_as_read),
        cmocka_unit_test(test_requests_are_sent_from_the_source_ip),
        cmocka_unit_test(test_source_ip_has_to_be_an_address_of_this_device),
        cmocka_unit_test(test_servers_may_be_at_ipv6),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
