/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Datagrams, and one of them to a syslog server. */
#include "curl/curl_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "base/error.h"

/* Linux tells when a server's machine answers that nobody listens; elsewhere silence has to. */
static void hear_of_refusals(int fd, int family)
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
        ; /* what lies in this queue wakes poll() for ever */
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
    hear_of_refusals(fd, address->any.sa_family);
    if (fcntl(fd, F_SETFL, O_NONBLOCK) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0)
        return fd;
    close(fd);
    return -1;
}

bool provi_curl_udp_send(int fd, const union provi_curl_address *to, prov_str data)
{
    socklen_t len = to->any.sa_family == AF_INET6 ? sizeof to->v6 : sizeof to->v4;
    return sendto(fd, data.data, data.len, 0, &to->any, len) == (ssize_t)data.len;
}

static bool send_once(const union provi_curl_address *to, prov_str data)
{
    int fd = provi_curl_udp_socket(to);
    if (fd < 0)
        return false;
    bool is_sent = provi_curl_udp_send(fd, to, data);
    int error = errno;
    close(fd);
    errno = error;
    return is_sent;
}

prov_status provi_curl_send_datagram(struct provi_curl_job *job, struct prov_error *err)
{
    int error = 0;
    for (size_t i = 0; i < job->n_addresses; i++) {
        if (!provi_curl_tell_address(job, &job->addresses[i].any))
            continue;
        if (send_once(&job->addresses[i], job->request->body))
            return PROV_OK;
        error = errno;
    }
    return provi_curl_fail_no_way(job, error, err);
}
