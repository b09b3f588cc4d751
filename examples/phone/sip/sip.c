/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/priv.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <unistd.h>

#include "common/text.h"

#include "options.h"
#include "waiting.h"

const char *const sip_description = "SIP door: libosip2";

enum { TRIES = 16, DATAGRAMS_PER_TURN = 64 };

static int open_udp(const struct listen_address *address)
{
    int fd = socket(address->as.any.sa_family, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0 || bind(fd, &address->as.any, address->len) == 0)
        return fd;
    int reason = errno;
    close(fd);
    errno = reason;
    return -1;
}

/* Open both at one port, even if the kernel chooses it. */
static bool open_sockets(struct sip *sip, const struct listen_address *wanted)
{
    for (int i = 0; i < TRIES; i++) {
        sip->address = *wanted;
        sip->tcp_fd = listen_open(&sip->address);
        if (sip->tcp_fd < 0)
            return false;
        sip->udp_fd = open_udp(&sip->address);
        if (sip->udp_fd >= 0)
            return true;
        int reason = errno;
        close(sip->tcp_fd);
        sip->tcp_fd = -1;
        errno = reason;
        if (reason != EADDRINUSE || sip->address.as.v4.sin_port == wanted->as.v4.sin_port)
            return false;
    }
    return false;
}

/* Faults of a message are reported by this program, not by libosip2 on standard output. */
static void discard(const char *file, int line, osip_trace_level_t level, const char *format,
                    va_list arguments)
{
    (void)file;
    (void)line;
    (void)level;
    (void)format;
    (void)arguments;
}

bool sip_prepare(struct sip *sip, struct phone *phone)
{
    uint8_t random[PROV_DIGEST_RANDOM_BYTES];
    *sip = (struct sip){.phone = phone, .udp_fd = -1, .tcp_fd = -1};
    for (size_t i = 0; i < SIP_CONNECTIONS; i++)
        sip->connections[i].fd = -1;
    osip_trace_initialize_func(TRACE_LEVEL0, discard);
    parser_init();
    return getrandom(random, sizeof random, 0) == sizeof random &&
           prov_digest_guard_init(&sip->guard, random) == PROV_OK;
}

bool sip_open(struct sip **out, struct phone *phone)
{
    char text[LISTEN_TEXT_CAP];
    struct sip *sip = malloc(sizeof *sip);
    *out = sip;
    if (sip && sip_prepare(sip, phone) && open_sockets(sip, &phone->options->sip)) {
        host_report_door(phone, "sip", listen_text(&sip->address, text));
        return true;
    }
    fprintf(stderr, "%s: --sip: expected an address and a port to listen at, found %s: %s\n",
            program_name, listen_text(&phone->options->sip, text), strerror(errno));
    sip_close(sip);
    *out = NULL;
    return false;
}

const char *sip_address(const struct sip *sip, char buf[LISTEN_TEXT_CAP])
{
    buf[0] = '\0';
    return sip ? listen_text(&sip->address, buf) : buf;
}

void sip_close(struct sip *sip)
{
    if (!sip)
        return;
    for (size_t i = 0; i < SIP_CONNECTIONS; i++)
        sip_stream_close(&sip->connections[i]);
    if (sip->udp_fd >= 0)
        close(sip->udp_fd);
    if (sip->tcp_fd >= 0)
        close(sip->tcp_fd);
    sip_cache_free(&sip->cache);
    free(sip);
}

void sip_wait(const struct sip *sip, struct waiting *waiting)
{
    if (!sip)
        return;
    waiting_add(waiting, sip->udp_fd, POLLIN);
    sip_stream_wait(sip, waiting);
}

/* A reply that cannot be sent now is sent when the request is repeated. */
static void send_reply(const struct sip *sip, const struct sip_peer *peer,
                       const struct sip_reply *reply)
{
    struct listen_address to = peer->address;
    if (!reply->text || !reply->port)
        return;
    if (to.as.any.sa_family == AF_INET6)
        to.as.v6.sin6_port = htons(reply->port);
    else
        to.as.v4.sin_port = htons(reply->port);
    sendto(sip->udp_fd, reply->text, reply->len, MSG_DONTWAIT | MSG_NOSIGNAL, &to.as.any, to.len);
}

static bool read_datagram(struct sip *sip)
{
    char datagram[SIP_MESSAGE_MAX];
    struct sip_reply reply;
    struct sip_peer peer = {.is_stream = false};
    size_t size;
    peer.address.len = sizeof peer.address.as;
    ssize_t n = recvfrom(sip->udp_fd, datagram, sizeof datagram, MSG_DONTWAIT, &peer.address.as.any,
                         &peer.address.len);
    if (n < 0)
        return false;
    sip_handle(sip, &peer, datagram, (size_t)n, &size, &reply);
    send_reply(sip, &peer, &reply);
    free(reply.text);
    return true;
}

/* Process a limited number of messages in a turn, so that a storm does not block the agent. */
void sip_process(struct sip *sip)
{
    if (!sip)
        return;
    for (int i = 0; i < DATAGRAMS_PER_TURN && read_datagram(sip); i++)
        ;
    sip_stream_accept(sip);
    for (size_t i = 0; i < SIP_CONNECTIONS; i++)
        if (sip->connections[i].fd >= 0)
            sip_stream_process(sip, &sip->connections[i]);
}
