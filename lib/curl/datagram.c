/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Sockets for datagrams, and log messages. */
#include "curl/curl_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

/* Have Linux report a port that the server's host says is closed; other systems report nothing. */
static void report_refusals(int fd, int family)
{
#ifdef IP_RECVERR
    int on = 1;
    if (family == AF_INET6)
        setsockopt(fd, IPPROTO_IPV6, IPV6_RECVERR, &on, sizeof on);
    else
        setsockopt(fd, IPPROTO_IP, IP_RECVERR, &on, sizeof on);
#else
    (void)fd;
    (void)family;
#endif
}

bool provi_curl_udp_is_refused(int fd, int error)
{
#ifdef IP_RECVERR
    char byte;
    while (recv(fd, &byte, sizeof byte, MSG_ERRQUEUE | MSG_DONTWAIT) >= 0)
        ; /* an entry left in this queue would wake poll() for ever */
#else
    (void)fd;
#endif
    return error == ECONNREFUSED;
}

int provi_curl_udp_socket(const union provi_curl_address *address)
{
    int fd = socket(address->any.sa_family, SOCK_DGRAM, 0);
    if (fd < 0)
        return -1;
    report_refusals(fd, address->any.sa_family);
    fcntl(fd, F_SETFL, O_NONBLOCK);
    fcntl(fd, F_SETFD, FD_CLOEXEC);
    return fd;
}

bool provi_curl_udp_send(int fd, const union provi_curl_address *to, prov_str data)
{
    socklen_t len = to->any.sa_family == AF_INET6 ? sizeof to->v6 : sizeof to->v4;
    return sendto(fd, data.data, data.len, 0, &to->any, len) == (ssize_t)data.len;
}

/* Log messages.
 *
 * The network reports a closed port some time after a datagram was sent. So the socket is kept: the
 * report is found when the next message is sent, or at once if the network is fast. */

static void close_kept(struct provi_curl_kept_socket *kept)
{
    if (kept->is_open)
        close(kept->fd);
    kept->is_open = false;
}

void provi_curl_datagrams_free(struct prov_curl *curl)
{
    for (size_t i = 0; i < PROVI_CURL_KEPT_SOCKETS; i++)
        close_kept(&curl->kept[i]);
}

/* The socket for an address; a new one replaces the oldest. NULL with errno. */
static struct provi_curl_kept_socket *keep_socket(struct prov_curl *curl,
                                                  const union provi_curl_address *address)
{
    uint16_t port = provi_curl_port_of(&address->any);
    struct provi_curl_kept_socket *kept = curl->kept;
    for (; kept < curl->kept + PROVI_CURL_KEPT_SOCKETS; kept++)
        if (kept->is_open && provi_curl_is_same_host(&kept->address, address) &&
            provi_curl_port_of(&kept->address.any) == port)
            return kept;
    kept = &curl->kept[curl->next_kept];
    close_kept(kept);
    kept->fd = provi_curl_udp_socket(address);
    if (kept->fd < 0)
        return NULL;
    kept->is_open = true;
    kept->address = *address;
    curl->next_kept = (curl->next_kept + 1) % PROVI_CURL_KEPT_SOCKETS;
    return kept;
}

/* Whether a datagram was refused by a closed port. The socket receives nothing else. */
static bool was_refused(int fd)
{
    char byte;
    return recv(fd, &byte, sizeof byte, MSG_DONTWAIT) < 0 && provi_curl_udp_is_refused(fd, errno);
}

/* False with errno. A refusal of the previous message counts for this one, which is still sent. */
static bool send_to(struct prov_curl *curl, const union provi_curl_address *to, prov_str data)
{
    struct provi_curl_kept_socket *kept = keep_socket(curl, to);
    if (!kept)
        return false;
    bool is_refused = was_refused(kept->fd);
    if (!provi_curl_udp_send(kept->fd, to, data)) {
        int error = errno;
        close_kept(kept);
        errno = error;
        return false;
    }
    is_refused |= was_refused(kept->fd);
    errno = ECONNREFUSED;
    return !is_refused;
}

prov_status provi_curl_send_datagram(struct provi_curl_job *job, struct prov_error *err)
{
    int error = 0;
    const union provi_curl_address *to = job->addresses;
    for (size_t i = 0; i < job->n_addresses; i++) {
        to = &job->addresses[i];
        if (!provi_curl_report_address(job, &to->any))
            continue;
        if (send_to(job->curl, to, job->request->body))
            return PROV_OK;
        error = errno;
    }
    return provi_curl_fail_datagram(job, to, error, err);
}
