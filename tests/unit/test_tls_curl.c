/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* TLS upon libcurl's connections, with a server in the same loop. */
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/err.h>

#include "base/str.h"
#include "curl/curl_priv.h"
#include "curl_rig.h"
#include "tls_peers.h"

TLS_FAKE_CLOCK

#define MAX_CONNECTIONS 8
#define BODY "<flat-profile/>"
#define ANSWER "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n" BODY

struct connection {
    SSL *ssl;
    int fd;
    char request[2048];
    size_t len;
    bool awaits_certificate;
    bool is_to_reset; /* once the device has read what was sent */
};

struct secure_server {
    int listener;
    uint16_t port;
    SSL_CTX *context;
    struct connection connections[MAX_CONNECTIONS];
    size_t n_connections;
    unsigned n_requests;
    unsigned asks_from;  /* the request, counted from 1, from which on it wants a certificate */
    bool closes_at_once; /* a connection, without a word */
    const char *plain;   /* an answer without TLS; NULL: with it */
    const char *answer;  /* NULL: ANSWER */
    bool closes_afterwards;
    bool resets; /* instead of closing */
};

static void set_non_blocking(int fd)
{
    assert_int_equal(fcntl(fd, F_SETFL, fcntl(fd, F_GETFL) | O_NONBLOCK), 0);
}

static void open_server(struct secure_server *server, const struct tls_made *made)
{
    struct sockaddr_in address = {.sin_family = AF_INET};
    socklen_t len = sizeof address;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    *server = (struct secure_server){.listener = socket(AF_INET, SOCK_STREAM, 0)};
    assert_int_equal(bind(server->listener, (struct sockaddr *)&address, len), 0);
    assert_int_equal(listen(server->listener, MAX_CONNECTIONS), 0);
    assert_int_equal(getsockname(server->listener, (struct sockaddr *)&address, &len), 0);
    set_non_blocking(server->listener);
    server->port = ntohs(address.sin_port);
    server->context = SSL_CTX_new(TLS_server_method());
    SSL_CTX_use_certificate(server->context, made->certificate);
    SSL_CTX_use_PrivateKey(server->context, made->key);
    SSL_CTX_set_mode(server->context, SSL_MODE_NO_AUTO_CHAIN);
    SSL_CTX_set_session_id_context(server->context, (const unsigned char *)"x", 1);
}

static void reset(struct connection *connection)
{
    const struct linger linger = {.l_onoff = 1};
    assert_int_equal(setsockopt(connection->fd, SOL_SOCKET, SO_LINGER, &linger, sizeof linger), 0);
    SSL_free(connection->ssl);
    close(connection->fd);
    connection->fd = -1;
}

/* What was not read would turn the end of the connection into a reset. */
static void drop(struct connection *connection)
{
    char rest[512];
    if (connection->fd < 0)
        return;
    while (read(connection->fd, rest, sizeof rest) > 0)
        ;
    SSL_free(connection->ssl);
    close(connection->fd);
    connection->fd = -1;
}

static void close_server(struct secure_server *server)
{
    for (size_t i = 0; i < server->n_connections; i++)
        drop(&server->connections[i]);
    close(server->listener);
    SSL_CTX_free(server->context);
}

static void accept_all(struct secure_server *server)
{
    for (int fd; (fd = accept(server->listener, NULL, NULL)) >= 0;) {
        assert_true(server->n_connections < MAX_CONNECTIONS);
        struct connection *connection = &server->connections[server->n_connections++];
        *connection = (struct connection){.fd = fd, .ssl = SSL_new(server->context)};
        set_non_blocking(fd);
        SSL_set_fd(connection->ssl, fd);
        SSL_set_accept_state(connection->ssl);
        if (server->closes_at_once)
            drop(connection);
        else if (server->plain && write(fd, server->plain, strlen(server->plain)) > 0)
            shutdown(fd, SHUT_WR);
    }
}

static void answer(struct secure_server *server, struct connection *connection)
{
    const char *text = server->answer ? server->answer : ANSWER;
    connection->awaits_certificate = false;
    connection->len = 0;
    if (*text)
        SSL_write(connection->ssl, text, (int)strlen(text));
    if (server->resets)
        connection->is_to_reset = true;
    else if (server->closes_afterwards)
        drop(connection);
}

static void ask_for_certificate(struct connection *connection)
{
    SSL_set_verify(connection->ssl, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
    assert_int_equal(SSL_verify_client_post_handshake(connection->ssl), 1);
    assert_int_equal(SSL_do_handshake(connection->ssl), 1);
    connection->awaits_certificate = true;
}

static void step_connection(struct secure_server *server, struct connection *connection)
{
    if (connection->is_to_reset) {
        reset(connection);
        return;
    }
    SSL *ssl = connection->ssl;
    char *end = connection->request + connection->len;
    int n = SSL_read(ssl, end, (int)(sizeof connection->request - connection->len - 1));
    ERR_clear_error(); /* libcurl's end has the same queue */
    if (n <= 0) {
        if (SSL_get_error(ssl, n) != SSL_ERROR_WANT_READ)
            drop(connection);
        else if (connection->awaits_certificate && SSL_get0_peer_certificate(ssl))
            answer(server, connection);
        return;
    }
    connection->len += (size_t)n;
    connection->request[connection->len] = '\0';
    if (!strstr(connection->request, "\r\n\r\n"))
        return;
    if (++server->n_requests >= server->asks_from && server->asks_from)
        ask_for_certificate(connection);
    else
        answer(server, connection);
}

static void step_server(void *ctx)
{
    struct secure_server *server = ctx;
    accept_all(server);
    for (size_t i = 0; i < server->n_connections; i++)
        if (server->connections[i].fd >= 0 && !server->plain)
            step_connection(server, &server->connections[i]);
}

static size_t list_server_fds(void *ctx, struct pollfd *fds)
{
    const struct secure_server *server = ctx;
    size_t n = 0;
    fds[n++] = (struct pollfd){.fd = server->listener, .events = POLLIN};
    for (size_t i = 0; i < server->n_connections; i++)
        if (server->connections[i].fd >= 0 && !server->plain)
            fds[n++] =
                (struct pollfd){.fd = server->connections[i].fd,
                                .events = server->connections[i].is_to_reset ? POLLOUT : POLLIN};
    return n;
}

/* OpenSSL's memory. Buffers for records are counted, and one may be refused. */
static size_t n_blocks;
static bool is_counting;
static unsigned n_buffers, refused_buffer; /* from 1; 0: none */

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    if (is_counting && size > 16384 && ++n_buffers == refused_buffer) {
        errno = ENOMEM;
        return NULL;
    }
    void *block = malloc(size);
    n_blocks += block != NULL;
    return block;
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    void *moved = realloc(block, size);
    n_blocks += (moved != NULL) - (block != NULL);
    return moved;
}

static void give_back(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    n_blocks -= block != NULL;
    free(block);
}

static void step_uncounted(void *ctx)
{
    is_counting = false;
    step_server(ctx);
    is_counting = true;
}

static struct tls_made ca, other_ca, here, device;

static int make_all(void **state)
{
    (void)state;
    tls_make_ca(&ca, "our-ca", NULL);
    tls_make_ca(&other_ca, "other-ca", NULL);
    tls_make(&here, &(struct tls_making){.name = "here", .issuer = &ca, .names = "IP:127.0.0.1"});
    tls_make(&device, &(struct tls_making){.name = "device", .issuer = &ca});
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    struct tls_made *all[] = {&ca, &other_ca, &here, &device};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tls_unmake(all[i]);
    return 0;
}

struct pair {
    struct secure_server server;
    struct curl_rig rig;
};

static void open_pair(struct pair *pair, const struct tls_made *made,
                      const struct tls_made *trusted)
{
    const struct prov_curl_options options = {.size = sizeof options,
                                              .ca_pem = prov_str_from(trusted->pem)};
    open_server(&pair->server, made);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(pair->server.context), ca.certificate);
    curl_rig_open(&pair->rig, &options);
    pair->rig.step = step_server;
    pair->rig.list_more_fds = list_server_fds;
    pair->rig.more = &pair->server;
    pair->rig.n_descriptors = 0; /* the server ends after the rig */
}

static void close_pair(struct pair *pair)
{
    curl_rig_close(&pair->rig);
    close_server(&pair->server);
}

static void assert_got(struct pair *pair)
{
    curl_rig_get(&pair->rig, "https", pair->server.port, "/x");
    if (pair->rig.status != PROV_OK)
        fail_msg("%s", pair->rig.err.message);
    assert_string_equal(pair->rig.body, BODY);
}

static void assert_failed(struct pair *pair, const char *scheme, enum prov_tls_reason reason,
                          const char *format)
{
    char message[256], where[32];
    snprintf(where, sizeof where, "127.0.0.1:%u", (unsigned)pair->server.port);
    const char *at = strchr(format, '@');
    snprintf(message, sizeof message, "%.*s%s%s", at ? (int)(at - format) : (int)strlen(format),
             format, at ? where : "", at ? at + 1 : "");
    curl_rig_get(&pair->rig, scheme, pair->server.port, "/x");
    const struct prov_error *err = &pair->rig.err;
    if (pair->rig.status != PROV_E_TLS || err->reason != reason ||
        strcmp(err->message, message) != 0)
        fail_msg("%s, reason %u, '%s' and not %u, '%s'", prov_status_name(pair->rig.status),
                 err->reason, err->message, reason, message);
}

/* Requests share a connection, but none that was made under another trust or identity. */
static void test_tls_connection_is_of_its_trust(void **state)
{
    (void)state;
    struct pair pair;
    const struct prov_client_certificate own = {.size = sizeof own,
                                                .cert_pem = prov_str_from(device.pem),
                                                .key_pem = prov_str_from(device.key_pem)};
    open_pair(&pair, &here, &ca);
    assert_got(&pair);
    assert_got(&pair);
    assert_int_equal(pair.server.n_connections, 1);
    prov_str pem = prov_str_from(other_ca.pem);
    assert_int_equal(prov_curl_set_custom_ca(pair.rig.curl, pem, 0, NULL), PROV_OK);
    assert_got(&pair);
    assert_got(&pair);
    assert_int_equal(pair.server.n_connections, 2);
    assert_int_equal(prov_curl_set_client_certificate(pair.rig.curl, &own, NULL), PROV_OK);
    assert_got(&pair);
    assert_int_equal(pair.server.n_connections, 3);
    assert_int_equal(prov_curl_set_custom_ca(pair.rig.curl, pem, PROV_CUSTOM_CA_ONLY, NULL),
                     PROV_OK);
    assert_failed(&pair, "https", PROV_TLS_UNKNOWN_CA,
                  "certificate from our-ca, a CA that is not trusted by this device, shown by @");
    assert_string_equal(pair.rig.err.subject, "here");
    close_pair(&pair);
}

/* Requests share a connection only within one identity, also if another one is equal. */
static void test_tls_connection_is_of_its_identity(void **state)
{
    (void)state;
    struct pair pair;
    prov_tls_identity *identities[2];
    const struct prov_client_certificate own = {.size = sizeof own,
                                                .cert_pem = prov_str_from(device.pem),
                                                .key_pem = prov_str_from(device.key_pem)};
    open_pair(&pair, &here, &other_ca);
    pair.server.asks_from = 1;
    for (size_t i = 0; i < 2; i++) {
        assert_int_equal(prov_tls_identity_new(&identities[i], NULL, NULL), PROV_OK);
        assert_int_equal(prov_tls_identity_set_certificate(identities[i], &own, NULL), PROV_OK);
        assert_int_equal(
            prov_tls_identity_set_custom_ca(identities[i], prov_str_from(ca.pem), 0, NULL),
            PROV_OK);
    }
    for (unsigned n = 0; n < 4; n++) {
        pair.rig.request.identity = identities[n % 2];
        assert_got(&pair);
        assert_int_equal(pair.server.n_connections, n < 2 ? n + 1 : 2);
    }
    /* A new certificate is shown from the next request on. */
    assert_int_equal(prov_tls_identity_set_certificate(identities[0], NULL, NULL), PROV_OK);
    pair.rig.request.identity = identities[0];
    assert_failed(&pair, "https", PROV_TLS_CLIENT_REQUIRED,
                  "certificate of this device required by @");
    /* What is the transport's own has neither. */
    pair.rig.request.identity = NULL;
    assert_failed(&pair, "https", PROV_TLS_UNKNOWN_CA,
                  "certificate from our-ca, a CA that is not trusted by this device, shown by @");
    /* Freed under a transfer. */
    pair.rig.request.identity = identities[1];
    curl_rig_start(&pair.rig, "https", pair.server.port, "/x");
    prov_tls_identity_free(identities[1]);
    curl_rig_finish(&pair.rig);
    assert_int_equal(pair.rig.status, PROV_OK);
    prov_tls_identity_free(identities[0]);
    close_pair(&pair);
}

static void assert_refused(prov_status status, struct prov_error *err, const char *words)
{
    char expected[96];
    snprintf(expected, sizeof expected, "invalid argument: %s", words);
    assert_int_equal(status, PROV_E_INVALID);
    assert_string_equal(err->message, expected);
    *err = (struct prov_error){0};
}

static void test_tls_identity_arguments(void **state)
{
    (void)state;
    struct prov_error err = {0};
    prov_tls_identity *identity;
    char name[8];
    size_t len;
    const struct prov_client_certificate none = {.size = sizeof none}, short_one = {.size = 1};
    const prov_str hollow = {NULL, 1};
    assert_refused(prov_tls_identity_new(NULL, NULL, &err), &err, "out is NULL");
    assert_int_equal(prov_tls_identity_new(&identity, NULL, NULL), PROV_OK);
    assert_refused(prov_tls_identity_set_certificate(NULL, &none, &err), &err, "identity is NULL");
    assert_int_equal(prov_tls_identity_set_certificate(identity, &none, NULL), PROV_E_INVALID);
    assert_int_equal(prov_tls_identity_set_certificate(identity, &short_one, NULL), PROV_E_ABI);
    assert_refused(prov_tls_identity_set_custom_ca(NULL, hollow, 0, &err), &err,
                   "identity is NULL");
    assert_refused(prov_tls_identity_set_custom_ca(identity, hollow, 0, &err), &err, "pem");
    assert_refused(prov_tls_identity_set_custom_ca(identity, prov_str_from(ca.pem), 2, &err), &err,
                   "unknown flags");
    assert_int_equal(prov_tls_identity_custom_ca_name(identity, name, 8, NULL), PROV_E_INVALID);
    assert_int_equal(prov_tls_identity_custom_ca_name(NULL, name, 8, &len), PROV_E_INVALID);
    assert_int_equal(prov_tls_identity_custom_ca_name(identity, name, 8, &len), PROV_E_NOT_FOUND);
    assert_int_equal(prov_tls_identity_set_custom_ca(identity, prov_str_from(ca.pem), 0, NULL),
                     PROV_OK);
    assert_int_equal(prov_tls_identity_custom_ca_name(identity, name, 8, &len), PROV_OK);
    assert_string_equal(name, "our-ca");
    assert_false(prov_tls_identity_has_certificate(NULL));
    assert_false(prov_tls_identity_has_certificate(identity));
    prov_tls_identity_free(identity);
    prov_tls_identity_free(NULL);
}

/* What is reported of a connection: of a new one the times too, of any the certificate. */
static void test_tls_connection_is_described(void **state)
{
    (void)state;
    struct pair pair;
    const struct prov_connection *connection = &pair.rig.connection;
    open_pair(&pair, &here, &ca);
    for (unsigned n = 0; n < 2; n++) {
        assert_got(&pair);
        assert_int_equal(pair.rig.n_connections, n + 1);
        assert_int_equal(connection->is_reused, n);
        assert_int_equal(connection->lookup_ms, -1); /* the host is an address */
        assert_int_equal(connection->connect_ms < 0, n);
        assert_int_equal(connection->tls_ms < 0, n);
        assert_true(connection->tls_ms >= connection->connect_ms);
        assert_string_equal(pair.rig.tls_version, "TLSv1.3");
        assert_string_equal(pair.rig.cert_subject, "here");
        assert_string_equal(pair.rig.cert_names, "127.0.0.1");
        assert_int_equal(connection->not_after_s, TLS_NOW + 366 * 86400);
    }
    close_pair(&pair);
}

static void open_without_options(struct pair *pair)
{
    curl_rig_close(&pair->rig);
    curl_rig_open(&pair->rig, NULL);
    pair->rig.step = step_server;
    pair->rig.list_more_fds = list_server_fds;
    pair->rig.more = &pair->server;
    pair->rig.n_descriptors = 0; /* the server ends after the rig */
}

/* What libcurl puts into a store of its own is not trusted. */
static void test_tls_libcurl_adds_no_trust(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, &here, &ca);
    assert_got(&pair);
    open_without_options(&pair);
    for (int i = 0; i < 2; i++)
        assert_failed(&pair, "https", PROV_TLS_NO_ROOTS,
                      "no CA is trusted by this device, so not this certificate's, shown by @");
    close_pair(&pair);
}

/* The file of the system's roots is read for https, and only then. */
static void test_tls_system_roots_are_for_https(void **state)
{
    (void)state;
    struct pair pair;
    char file[] = "/tmp/provision-roots-XXXXXX";
    const struct provi_tls_options options = {.system_file = file};
    int fd = mkstemp(file);
    open_pair(&pair, &here, &other_ca);
    open_without_options(&pair);
    provi_tls_free(pair.rig.curl->tls);
    pair.rig.curl->tls = tls_open(&options);
    pair.server.plain = ANSWER;
    assert_int_equal(write(fd, "none", 4), 4);
    curl_rig_get(&pair.rig, "http", pair.server.port, "/x");
    assert_int_equal(pair.rig.status, PROV_OK);
    pair.server.plain = NULL;
    curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
    assert_int_equal(pair.rig.status, PROV_E_CORRUPT);
    assert_non_null(strstr(pair.rig.err.message, file));
    assert_int_equal(pwrite(fd, ca.pem, strlen(ca.pem), 0), strlen(ca.pem));
    assert_got(&pair);
    close_pair(&pair);
    close(fd);
    unlink(file);
}

/* The custom CA is replaced while a handshake uses it. */
static void test_tls_trust_changes_under_a_transfer(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, &here, &other_ca);
    assert_int_equal(prov_curl_set_custom_ca(pair.rig.curl, prov_str_from(ca.pem), 0, NULL),
                     PROV_OK);
    curl_rig_start(&pair.rig, "https", pair.server.port, "/x");
    for (int i = 0; i < 100 && pair.server.n_connections == 0; i++)
        curl_rig_turn(&pair.rig, 1000);
    assert_int_equal(prov_curl_set_custom_ca(pair.rig.curl, PROVI_LIT(""), 0, NULL), PROV_OK);
    curl_rig_finish(&pair.rig);
    assert_int_equal(pair.rig.status, PROV_OK); /* it was under way */
    assert_failed(&pair, "https", PROV_TLS_UNKNOWN_CA,
                  "certificate from our-ca, a CA that is not trusted by this device, shown by @");
    close_pair(&pair);
}

/* On a connection of an earlier request the server may want the certificate later. */
static void test_tls_certificate_is_wanted_later(void **state)
{
    (void)state;
    struct pair pair;
    const struct prov_client_certificate own = {.size = sizeof own,
                                                .cert_pem = prov_str_from(device.pem),
                                                .key_pem = prov_str_from(device.key_pem)};
    open_pair(&pair, &here, &ca);
    pair.server.asks_from = 2;
    assert_got(&pair);
    /* On the connection there is; libcurl then tries a new one. */
    assert_failed(&pair, "https", PROV_TLS_CLIENT_REQUIRED,
                  "certificate of this device required by @");
    assert_int_equal(pair.server.n_requests, 3);
    assert_int_equal(pair.server.n_connections, 2);
    assert_int_equal(prov_curl_set_client_certificate(pair.rig.curl, &own, NULL), PROV_OK);
    assert_got(&pair);
    assert_got(&pair);
    assert_int_equal(pair.server.n_requests, 5);
    assert_int_equal(pair.server.n_connections, 3);
    close_pair(&pair);
}

static void send_tickets(struct pair *pair, unsigned n)
{
    SSL *ssl = pair->server.connections[pair->server.n_connections - 1].ssl;
    for (unsigned i = 0; i < n; i++) {
        assert_int_equal(SSL_new_session_ticket(ssl), 1);
        assert_int_equal(SSL_do_handshake(ssl), 1);
    }
}

/* Servers may send tickets at any time, also while nobody reads; but not without end. libcurl 8.14
 * reads none of them: it leaves a connection on which something came for a new one. */
static void test_tls_tickets_on_an_idle_connection(void **state)
{
    (void)state;
    static const unsigned few[] = {1, 4, 100};
    struct pair pair;
    open_pair(&pair, &here, &ca);
    assert_got(&pair);
    send_tickets(&pair, 1);
    assert_got(&pair);
    const unsigned n_new = pair.server.n_connections - 1; /* for each request */
    assert_true(n_new <= 1);
    for (size_t i = 0; i < sizeof few / sizeof few[0]; i++) {
        const unsigned n_connections = pair.server.n_connections;
        send_tickets(&pair, few[i]);
        assert_got(&pair);
        assert_int_equal(pair.server.n_connections, n_connections + n_new);
    }
    if (!test_takes_few()) { /* an emulator does not count the bytes received */
        const unsigned n_connections = pair.server.n_connections;
        send_tickets(&pair, 2000);
        curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
        assert_int_equal(pair.rig.status, n_new ? PROV_OK : PROV_E_LIMIT);
        assert_got(&pair);
        assert_int_equal(pair.server.n_connections, n_connections + 1);
    }
    close_pair(&pair);
}

static void test_tls_other_protocols(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, &here, &ca);
    pair.server.plain = "\x15\x03\x01"; /* of an alert */
    assert_failed(&pair, "http", PROV_TLS_EXPECTED, "TLS expected (https?) by @");
    pair.server.plain = NULL;
    pair.server.closes_at_once = true;
    assert_failed(&pair, "https", PROV_TLS_BROKEN_OFF, "TLS handshake broken off by @");
    pair.server.closes_at_once = false;
    pair.server.plain = "HTTP/1.1 400 Bad Request\r\n\r\n";
    assert_failed(&pair, "https", PROV_TLS_HTTP_SPOKEN, "no TLS spoken (plain HTTP?) by @");
    pair.server.plain = "SSH-2.0-OpenSSH_9.2\r\n";
    assert_failed(&pair, "https", PROV_TLS_HTTP_SPOKEN,
                  "no TLS spoken by @: it starts with 'SSH-2.0-OpenSSH_9.2'");
    close_pair(&pair);
}

/* What breaks off within an answer, or before one without a request for a certificate, is no
 * matter of TLS. */
static void test_tls_answers_that_break_off(void **state)
{
    (void)state;
    struct pair pair;
    open_pair(&pair, &here, &ca);
    pair.server.closes_afterwards = true;
    pair.server.answer = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n<flat";
    curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
    assert_int_not_equal(pair.rig.status, PROV_OK);
    assert_int_not_equal(pair.rig.status, PROV_E_TLS);
    pair.server.resets = true;
    pair.server.answer = "HTTP/1.1 200 OK\r\n\r\n<flat";
    curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
    assert_int_not_equal(pair.rig.status, PROV_OK);
    assert_int_not_equal(pair.rig.status, PROV_E_TLS);
    pair.server.resets = false;
    pair.server.answer = "";
    curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
    assert_int_equal(pair.rig.status, PROV_E_NETWORK);
    close_pair(&pair);
}

/* libcurl has a check of its own behind ours. */
static void test_tls_issuer_without_a_name(void **state)
{
    (void)state;
    struct pair pair;
    struct tls_made nameless, leaf;
    tls_make(&nameless, &(struct tls_making){.extensions = "basicConstraints=CA:TRUE"});
    tls_make(&leaf,
             &(struct tls_making){.name = "leaf", .issuer = &nameless, .names = "IP:127.0.0.1"});
    open_pair(&pair, &leaf, &nameless);
    curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
    const char *message = pair.rig.err.message;
    if (pair.rig.status != PROV_OK && (pair.rig.err.reason != PROV_TLS_BAD_CERTIFICATE ||
                                       !strstr(message, "refused by libcurl, SSL: ")))
        fail_msg("%s", message);
    close_pair(&pair);
    tls_unmake(&nameless);
    tls_unmake(&leaf);
}

/* A hop leaves its connection, and both are freed. */
static void test_tls_leaves_no_block(void **state)
{
    (void)state;
    size_t n_before = 0;
    for (int i = 0; i < 3; i++) {
        struct pair pair;
        if (i == 2) /* OpenSSL keeps some of its first use */
            n_before = n_blocks;
        open_pair(&pair, &here, &ca);
        assert_got(&pair);
        assert_got(&pair);
        close_pair(&pair);
        ERR_clear_error();
    }
    assert_int_equal(n_blocks, n_before);
}

/* Without memory for a record, a handshake fails at once and not by its time limit. */
static void test_tls_buffers_without_memory(void **state)
{
    (void)state;
    void (*before)(int) = signal(SIGPIPE, SIG_IGN); /* the server may write to who has left */
    for (unsigned n = 1; n <= 4; n++) {
        struct pair pair;
        open_pair(&pair, &here, &ca);
        pair.rig.step = step_uncounted;
        pair.rig.limits.connect_timeout_ms = 10000;
        n_buffers = 0;
        refused_buffer = n;
        is_counting = true;
        curl_rig_get(&pair.rig, "https", pair.server.port, "/x");
        is_counting = false;
        assert_int_equal(pair.rig.status, PROV_E_NOMEM);
        assert_got(&pair);
        close_pair(&pair);
    }
    signal(SIGPIPE, before);
}

static void test_tls_arguments_of_the_transport(void **state)
{
    (void)state;
    struct prov_error err = {0};
    struct curl_rig rig;
    char name[8];
    size_t len;
    curl_rig_open(&rig, NULL);
    const prov_str unsound = {NULL, 3};
    assert_refused(prov_curl_set_custom_ca(rig.curl, unsound, 0, &err), &err, "pem");
    assert_refused(prov_curl_set_custom_ca(rig.curl, unsound, 2, &err), &err, "unknown flags");
    assert_refused(prov_curl_set_custom_ca(NULL, unsound, 0, &err), &err, "curl is NULL");
    assert_refused(prov_curl_check_custom_ca(NULL, unsound, NULL, 0, &len, &err), &err,
                   "curl is NULL");
    assert_refused(prov_curl_check_custom_ca(rig.curl, unsound, NULL, 0, &len, &err), &err,
                   "pem or len");
    assert_refused(prov_curl_check_custom_ca(rig.curl, prov_str_from(ca.pem), NULL, 0, NULL, &err),
                   &err, "pem or len");
    assert_refused(prov_curl_set_client_certificate(NULL, NULL, &err), &err, "curl is NULL");
    assert_refused(prov_curl_new(NULL, NULL, &err), &err, "out is NULL");
    assert_int_equal(prov_curl_custom_ca_name(rig.curl, name, sizeof name, NULL), PROV_E_INVALID);
    assert_int_equal(prov_curl_custom_ca_name(NULL, name, sizeof name, &len), PROV_E_INVALID);
    struct prov_client_certificate given = {.size = 1, .cert_pem = unsound};
    assert_int_equal(prov_curl_set_client_certificate(rig.curl, &given, &err), PROV_E_ABI);
    given = (struct prov_client_certificate){.size = sizeof given, .cert_pem = unsound};
    assert_int_equal(prov_curl_set_client_certificate(rig.curl, &given, &err), PROV_E_INVALID);
    given.cert_pem = prov_str_from(device.pem);
    given.key_pem = unsound;
    assert_int_equal(prov_curl_set_client_certificate(rig.curl, &given, &err), PROV_E_INVALID);
    curl_rig_close(&rig);
    static const prov_str hollow = {NULL, 44}, short_pin = {"x", 1};
    static const struct {
        struct prov_curl_options options;
        const char *words;
    } rows[] = {
        {{.pins = &hollow, .n_pins = 1}, "a pin without data"},
        {{.pins = &short_pin, .n_pins = 1}, "a pin is no SHA-256 in base64"},
        {{.n_pins = 1}, "pins"},
        {{.ca_pem = {NULL, 1}}, "ca_pem or crl_pem: a length without data"},
        {{.crl_pem = {NULL, 1}}, "ca_pem or crl_pem: a length without data"},
        {{.min_tls = PROV_TLS_1_0 + 1}, "min_tls is no version of TLS"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_curl_options options = rows[i].options;
        prov_curl *curl;
        options.size = sizeof options;
        assert_refused(prov_curl_new(&curl, &options, &err), &err, rows[i].words);
        assert_null(curl);
    }
    provi_tls_free(NULL);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(take, retake, give_back) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_connection_is_of_its_trust),
        cmocka_unit_test(test_tls_connection_is_of_its_identity),
        cmocka_unit_test(test_tls_identity_arguments),
        cmocka_unit_test(test_tls_connection_is_described),
        cmocka_unit_test(test_tls_system_roots_are_for_https),
        cmocka_unit_test(test_tls_libcurl_adds_no_trust),
        cmocka_unit_test(test_tls_trust_changes_under_a_transfer),
        cmocka_unit_test(test_tls_certificate_is_wanted_later),
        cmocka_unit_test(test_tls_tickets_on_an_idle_connection),
        cmocka_unit_test(test_tls_other_protocols),
        cmocka_unit_test(test_tls_answers_that_break_off),
        cmocka_unit_test(test_tls_issuer_without_a_name),
        cmocka_unit_test(test_tls_leaves_no_block),
        cmocka_unit_test(test_tls_buffers_without_memory),
        cmocka_unit_test(test_tls_arguments_of_the_transport),
    };
    (void)tls_now;
    return cmocka_run_group_tests(tests, make_all, free_all);
}
