/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The built-in transport's datagrams on their way: names and addresses, closed ports, no way there,
 * and syslog. */
#include <provision/transport_curl.h>

#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/array.h"
#include "cares.h"
#include "curl/curl_priv.h"
#include "curl_rig.h"
#include "many_addresses.h"
#include "tftp_server.h"

static void test_tftp_tries_each_address(void **state)
{
    static const char *const names[] = {"two.example", "four.example"};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        struct tftp_files script = {.file = "body", .block = 512};
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.limits.connect_timeout_ms = 60000;
        struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
        curl_rig_start_at(&rig, "tftp", names[i], server->port, "/basic.txt");
        curl_rig_finish(&rig);
        assert_int_equal(rig.status, PROV_OK);
        assert_true(rig.waited_ms < 5000); /* the others are refused, not mute */
        assert_string_equal(rig.server_ip, "127.0.0.1");
        assert_string_equal(rig.body, "body");
        curl_rig_close(&rig);
    }
}

static void test_tftp_unknown_name(void **state)
{
    (void)state;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    cares_ask_port(9);
    curl_rig_start_at(&rig, "tftp", "none.example", 69, "/basic.txt");
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_E_DNS);
    assert_non_null(strstr(rig.err.message, "none.example:69"));
    curl_rig_close(&rig);
}

/* Closed ports, and no way there */

/* A port of 127.0.0.1 that nothing listens on. */
static uint16_t closed_port(void)
{
    struct datagram_server server;
    datagram_server_open(&server, NULL, NULL);
    uint16_t port = server.port;
    datagram_server_close(&server);
    return port;
}

static void test_tftp_closed_port_is_told_from_silence(void **state)
{
    static const struct {
        const char *host, *of;
    } rows[] = {
        {"127.0.0.1", "127.0.0.1"},
        {"two.example", "two.example (127.0.0.1)"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        char message[128];
        uint16_t port = closed_port();
        curl_rig_open(&rig, NULL);
        curl_rig_start_at(&rig, "tftp", rows[i].host, port, "/basic.txt");
        curl_rig_finish(&rig);
        snprintf(message, sizeof message, "nothing listens on UDP port %u of %s", (unsigned)port,
                 rows[i].of);
        assert_int_equal(rig.status, PROV_E_CONNECT);
        assert_string_equal(rig.err.message, message);
        assert_int_equal(rig.err.origin, PROV_ORIGIN_OS);
        assert_int_equal(rig.err.native, ECONNREFUSED);
        assert_true(rig.err.flags & PROV_ERROR_RETRYABLE);
        assert_true(rig.waited_ms < 10000);
        curl_rig_close(&rig);
    }
}

/* A program that starts late is found: one report of a closed port is not the end. */
static void test_tftp_server_that_starts_late(void **state)
{
    (void)state;
    struct tftp_files script = {.file = "body", .block = 512};
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, tftp_serve, &script);
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    getsockname(server->fd, (struct sockaddr *)&address, &len);
    close(server->fd);
    server->fd = -1; /* poll() passes it over */
    curl_rig_start(&rig, "tftp", server->port, "/basic.txt");
    for (int i = 0; i < 5; i++)
        curl_rig_turn(&rig, 10);
    assert_false(rig.is_done);
    server->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server->fd, (struct sockaddr *)&address, len), 0);
    curl_rig_finish(&rig);
    assert_int_equal(rig.status, PROV_OK);
    curl_rig_close(&rig);
}

/* The broadcast address cannot be sent to; nothing went out, so there is nothing to wait for. */
static void test_datagrams_without_a_way(void **state)
{
    (void)state;
    static const struct {
        const char *scheme;
        enum prov_method method;
    } rows[] = {{"tftp", PROV_METHOD_GET}, {"syslog", PROV_METHOD_SEND}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct curl_rig rig;
        curl_rig_open(&rig, NULL);
        rig.request.method = (uint8_t)rows[i].method;
        rig.request.body = prov_str_from("body");
        curl_rig_start_at(&rig, rows[i].scheme, "255.255.255.255", 69, "/basic.txt");
        curl_rig_finish(&rig);
        assert_int_equal(rig.status, PROV_E_CONNECT);
        assert_string_equal(rig.err.message,
                            "cannot connect to 255.255.255.255:69: this device does not permit it");
        assert_int_equal(rig.err.origin, PROV_ORIGIN_OS);
        assert_int_equal(rig.err.native, EACCES);
        assert_true(rig.waited_ms < 10000);
        curl_rig_close(&rig);
    }
}

/* As many descriptors as there may be are open. */
static void test_datagrams_without_a_descriptor(void **state)
{
    static const char *const schemes[] = {"tftp", "syslog"};
    (void)state;
    for (size_t i = 0; i < sizeof schemes / sizeof schemes[0]; i++) {
        struct curl_rig rig;
        struct rlimit before;
        curl_rig_open(&rig, NULL);
        rig.request.method = i == 0 ? PROV_METHOD_GET : PROV_METHOD_SEND;
        int next = dup(STDOUT_FILENO);
        close(next);
        assert_int_equal(getrlimit(RLIMIT_NOFILE, &before), 0);
        const struct rlimit full = {.rlim_cur = (rlim_t)next, .rlim_max = before.rlim_max};
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &full), 0);
        curl_rig_get(&rig, schemes[i], 69, "/basic.txt");
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &before), 0);
        assert_int_equal(rig.status, PROV_E_CONNECT);
        assert_string_equal(rig.err.message,
                            "cannot connect to 127.0.0.1:69: no descriptor is free");
        assert_int_equal(rig.err.native, EMFILE);
        curl_rig_close(&rig);
    }
}

/* No more sockets are watched than there is room for; one that is watched is not another one. */
static void test_sockets_have_room_for_so_many(void **state)
{
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_curl_sockets sockets;
    assert_int_equal(provi_curl_sockets_init(&sockets, &alloc, 1), PROV_OK);
    for (size_t fd = 0; fd < sockets.cap; fd++)
        assert_true(provi_curl_sockets_add(&sockets, (int)fd));
    assert_false(provi_curl_sockets_add(&sockets, (int)sockets.cap));
    assert_true(provi_curl_sockets_add(&sockets, 3));
    assert_int_equal(provi_curl_sockets_list(&sockets, NULL, 0), sockets.cap);
    provi_curl_sockets_remove(&sockets, 3);
    assert_true(provi_curl_sockets_add(&sockets, (int)sockets.cap));
    assert_int_equal(provi_curl_sockets_list(&sockets, NULL, 0), sockets.cap);
    provi_curl_sockets_free(&sockets, &alloc);
}

/* Syslog */

static void test_syslog_sends_one_datagram(void **state)
{
    (void)state;
    static const char line[] = "<134>1 CP-8841-3PCC Requesting resync";
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    struct datagram_server *server = curl_rig_datagram(&rig, NULL, NULL);
    rig.request.method = PROV_METHOD_SEND;
    rig.request.body = prov_str_from(line);
    curl_rig_get(&rig, "syslog", server->port, "");
    assert_int_equal(rig.status, PROV_OK);
    for (int i = 0; i < 5; i++)
        curl_rig_turn(&rig, 10);
    assert_int_equal(server->n_received, 1);
    assert_string_equal((const char *)server->last, line);

    datagram_server_send(server, "what?", 5); /* nothing is expected back, and it does no harm */
    curl_rig_get(&rig, "syslog", server->port, "");
    assert_int_equal(rig.status, PROV_OK);
    datagram_server_step(server);
    assert_int_equal(server->n_received, 2);
    curl_rig_close(&rig);
}

static void send_log(struct curl_rig *rig, const char *host, uint16_t port)
{
    rig->request.method = PROV_METHOD_SEND;
    rig->request.body = prov_str_from("<134>1 Requesting resync");
    curl_rig_start_at(rig, "syslog", host, port, "");
    curl_rig_finish(rig);
}

/* At the latest when the next message goes there; from then on it is sent to as ever. */
static void test_syslog_closed_port_is_reported(void **state)
{
    (void)state;
    struct curl_rig rig;
    char message[128];
    uint16_t port = closed_port();
    snprintf(message, sizeof message, "nothing listens on UDP port %u of 127.0.0.1",
             (unsigned)port);
    curl_rig_open(&rig, NULL);
    send_log(&rig, "127.0.0.1", port);
    send_log(&rig, "127.0.0.1", port);
    assert_int_equal(rig.status, PROV_E_CONNECT);
    assert_string_equal(rig.err.message, message);
    assert_int_equal(rig.err.native, ECONNREFUSED);
    assert_int_equal(rig.transport->pollfds(rig.transport->ctx, NULL, 0), 0);
    curl_rig_close(&rig);
}

/* So many calls of the library's to recv() find nothing, as if the network were slow. */
static unsigned n_slow;

ssize_t recv(int fd, void *data, size_t cap, int flags)
{
    if (n_slow == 0)
        return recvfrom(fd, data, cap, flags, NULL, NULL);
    n_slow--;
    errno = EAGAIN;
    return -1;
}

/* The report comes after the message that caused it is done: the next one brings it. */
static void test_syslog_late_report_counts_for_the_next_message(void **state)
{
    (void)state;
    struct datagram_server server;
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    datagram_server_open(&server, NULL, NULL);
    struct sockaddr_in address;
    socklen_t len = sizeof address;
    getsockname(server.fd, (struct sockaddr *)&address, &len);
    close(server.fd);
    n_slow = 4; /* before the message is sent, and behind it: twice each */
    send_log(&rig, "127.0.0.1", server.port);
    assert_int_equal(n_slow, 0);
    assert_int_equal(rig.status, PROV_OK);

    server.fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(server.fd, (struct sockaddr *)&address, len), 0);
    send_log(&rig, "127.0.0.1", server.port);
    assert_int_equal(rig.status, PROV_E_CONNECT);
    datagram_server_step(&server);
    assert_int_equal(server.n_received, 1); /* it was sent all the same */
    send_log(&rig, "127.0.0.1", server.port);
    assert_int_equal(rig.status, PROV_OK);
    datagram_server_close(&server);
    curl_rig_close(&rig);
}

/* More servers than sockets are kept for, over and over: none is forgotten, none is left open. */
static void test_syslog_many_servers(void **state)
{
    (void)state;
    struct datagram_server servers[PROVI_CURL_KEPT_SOCKETS + 2];
    size_t before = count_descriptors();
    for (size_t i = 0; i < PROVI_CURL_KEPT_SOCKETS + 2; i++)
        datagram_server_open(&servers[i], NULL, NULL);
    struct curl_rig rig;
    curl_rig_open(&rig, NULL);
    size_t n_open = count_descriptors();
    for (unsigned round = 1; round <= 3; round++)
        for (size_t i = 0; i < PROVI_CURL_KEPT_SOCKETS + 2; i++) {
            send_log(&rig, "127.0.0.1", servers[i].port);
            assert_int_equal(rig.status, PROV_OK);
            datagram_server_step(&servers[i]);
            assert_int_equal(servers[i].n_received, round);
        }
    assert_int_equal(count_descriptors(), n_open + PROVI_CURL_KEPT_SOCKETS);
    send_log(&rig, "127.0.0.2", servers[0].port); /* the same port of another host */
    datagram_server_step(&servers[0]);
    assert_int_equal(servers[0].n_received, 3);
    curl_rig_close(&rig);
    for (size_t i = 0; i < PROVI_CURL_KEPT_SOCKETS + 2; i++)
        datagram_server_close(&servers[i]);
    assert_int_equal(count_descriptors(), before);
}

int main(void)
{
    many_addresses_use();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tftp_tries_each_address),
        cmocka_unit_test(test_tftp_unknown_name),
        cmocka_unit_test(test_tftp_closed_port_is_told_from_silence),
        cmocka_unit_test(test_tftp_server_that_starts_late),
        cmocka_unit_test(test_datagrams_without_a_way),
        cmocka_unit_test(test_datagrams_without_a_descriptor),
        cmocka_unit_test(test_sockets_have_room_for_so_many),
        cmocka_unit_test(test_syslog_sends_one_datagram),
        cmocka_unit_test(test_syslog_closed_port_is_reported),
        cmocka_unit_test(test_syslog_late_report_counts_for_the_next_message),
        cmocka_unit_test(test_syslog_many_servers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
