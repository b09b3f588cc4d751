/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The transport never waits: while the test is inside one of its calls, each system call that could
 * wait is looked at, libcurl's and OpenSSL's included, which find the functions here before the C
 * library's. Name lookups wait in a thread of libcurl's own; waiting for that would never end here,
 * where its name server stays silent until the transport is gone.
 */
#define _DEFAULT_SOURCE /* syscall(), usleep() */

#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#include "curl_rig.h"
#include "name_server.h"
#include "transfer/transfer.h"

static struct {
    pthread_t thread;
    bool is_inside;
    unsigned n_looked_at;
} watch;

static bool is_watched(void)
{
    if (!watch.is_inside || !pthread_equal(pthread_self(), watch.thread))
        return false;
    watch.n_looked_at++;
    return true;
}

static void never(const char *call)
{
    if (is_watched())
        test_die("%s() from within the transport", call);
}

/* Sockets, pipes and the like; a file does not keep one waiting. */
static void check_fd(const char *call, int fd)
{
    struct stat about;
    if (!is_watched() || fstat(fd, &about) != 0 || S_ISREG(about.st_mode))
        return;
    if (!(fcntl(fd, F_GETFL) & O_NONBLOCK))
        test_die("%s() on a descriptor that blocks", call);
}

int poll(struct pollfd *fds, nfds_t n, int timeout_ms)
{
    if (is_watched() && timeout_ms != 0)
        test_die("poll() that waits, from within the transport");
    struct timespec timeout = {timeout_ms / 1000, timeout_ms % 1000 * 1000000L};
    return (int)syscall(SYS_ppoll, fds, n, timeout_ms < 0 ? NULL : &timeout, NULL, 0);
}

/* No thread of this program sleeps in these three. */

int select(int n, fd_set *in, fd_set *out, fd_set *other, struct timeval *timeout)
{
    (void)n, (void)in, (void)out, (void)other, (void)timeout;
    never("select");
    return 0;
}

int nanosleep(const struct timespec *time, struct timespec *left)
{
    (void)time, (void)left;
    never("nanosleep");
    return 0;
}

int usleep(useconds_t time)
{
    (void)time;
    never("usleep");
    return 0;
}

int connect(int fd, const struct sockaddr *address, socklen_t len)
{
    check_fd("connect", fd);
    return (int)syscall(SYS_connect, fd, address, len);
}

ssize_t recvfrom(int fd, void *data, size_t cap, int flags, struct sockaddr *from, socklen_t *len)
{
    check_fd("recvfrom", fd);
    return syscall(SYS_recvfrom, fd, data, cap, flags, from, len);
}

ssize_t recv(int fd, void *data, size_t cap, int flags)
{
    return recvfrom(fd, data, cap, flags, NULL, NULL);
}

ssize_t sendto(int fd, const void *data, size_t len, int flags, const struct sockaddr *to,
               socklen_t to_len)
{
    check_fd("sendto", fd);
    return syscall(SYS_sendto, fd, data, len, flags, to, to_len);
}

ssize_t send(int fd, const void *data, size_t len, int flags)
{
    return sendto(fd, data, len, flags, NULL, 0);
}

ssize_t read(int fd, void *data, size_t cap)
{
    check_fd("read", fd);
    return syscall(SYS_read, fd, data, cap);
}

ssize_t write(int fd, const void *data, size_t len)
{
    check_fd("write", fd);
    return syscall(SYS_write, fd, data, len);
}

static const struct row {
    const char *name;
    const char *scheme;
    const char *host;
    bool is_crowded; /* the server's queue of connections is full */
} rows[] = {
    {"mute HTTP server", "http", "127.0.0.1", false},
    {"mute TLS server", "https", "127.0.0.1", false},
    {"mute TFTP server", "tftp", "127.0.0.1", false},
    {"server that takes no connection", "http", "127.0.0.1", true},
    {"dead name server, HTTP", "http", "provision.example", false},
    {"dead name server, HTTPS", "https", "provision.example", false},
    {"dead name server, TFTP", "tftp", "provision.example", false},
};

/* A turn of the loop, with the transport's part of it under watch. */
static void turn(struct curl_rig *rig)
{
    struct pollfd fds[16];
    struct prov_pollfd wanted[16];
    size_t n = rig->transport->pollfds(rig->transport->ctx, wanted, 16);
    for (size_t i = 0; i < n; i++)
        fds[i] = (struct pollfd){.fd = wanted[i].fd, .events = (short)POLLIN};
    poll(fds, (nfds_t)n, 5);
    for (size_t i = 0; i < rig->n_http; i++)
        http_server_step(&rig->http[i]);
    watch.is_inside = true;
    prov_status status = rig->transport->process(rig->transport->ctx, NULL);
    watch.is_inside = false;
    assert_int_equal(status, PROV_OK);
}

/* A listener whose queue the test fills with connections that are not accepted. */
struct crowd {
    int listener;
    int waiting[3];
    uint16_t port;
};

static void crowd_open(struct crowd *crowd, struct http_server *server)
{
    struct sockaddr_storage address;
    socklen_t len = sizeof address;
    crowd->listener = server->listener;
    crowd->port = server->port;
    listen(crowd->listener, 0);
    getsockname(crowd->listener, (struct sockaddr *)&address, &len);
    for (size_t i = 0; i < sizeof crowd->waiting / sizeof crowd->waiting[0]; i++) {
        crowd->waiting[i] = socket(AF_INET, SOCK_STREAM, 0);
        fcntl(crowd->waiting[i], F_SETFL, O_NONBLOCK);
        connect(crowd->waiting[i], (struct sockaddr *)&address, len);
    }
}

static void crowd_close(struct crowd *crowd)
{
    for (size_t i = 0; i < sizeof crowd->waiting / sizeof crowd->waiting[0]; i++)
        close(crowd->waiting[i]);
}

/* Start, take so many turns, cancel, and end the transport. */
static void run_row(const struct row *row, int n_turns)
{
    static const struct reply stall = {"", REPLY_STALL};
    struct curl_rig rig;
    struct crowd crowd;
    curl_rig_open(&rig, NULL);
    rig.n_descriptors = 0; /* threads that wait for the name server have theirs */
    uint16_t http_port = curl_rig_http(&rig, &stall, 1)->port;
    uint16_t udp_port = curl_rig_datagram(&rig, NULL, NULL)->port;
    if (row->is_crowded) {
        crowd_open(&crowd, &rig.http[0]);
        rig.n_http = 0; /* it is not stepped: no connection is accepted */
    }
    watch.is_inside = true;
    curl_rig_start_at(&rig, row->scheme, row->host,
                      strcmp(row->scheme, "tftp") == 0 ? udp_port : http_port, "/");
    watch.is_inside = false;
    for (int i = 0; i < n_turns; i++)
        turn(&rig);
    assert_false(rig.is_done);
    watch.is_inside = true;
    provi_transfer_free(rig.transfer);
    prov_curl_free(rig.curl);
    watch.is_inside = false;
    rig.transfer = NULL;
    rig.curl = NULL;
    if (row->is_crowded) {
        crowd_close(&crowd);
        rig.n_http = 1;
    }
    curl_rig_close(&rig);
}

static void test_no_call_waits_whatever_the_network_does(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        name_server_fall_silent();
        watch.n_looked_at = 0;
        for (int n_turns = 0; n_turns < 8; n_turns++)
            run_row(&rows[i], n_turns);
        name_server_answer();
        if (watch.n_looked_at == 0)
            test_die("%s: nothing was seen", rows[i].name);
    }
}

int main(void)
{
    watch.thread = pthread_self();
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_call_waits_whatever_the_network_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
