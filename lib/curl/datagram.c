/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * One datagram to a syslog server.
 *
 * The server's name has to be looked up without blocking, and the one resolver at hand that does
 * so is libcurl's. It belongs to a transfer: so there is one, a TFTP request to the syslog
 * server's port, that gets as far as opening its socket. There libcurl hands over the address;
 * the datagram is sent from a socket of our own, and opening is refused, so that nothing of TFTP
 * ever leaves.
 */
#include "curl/curl_priv.h"

#include <fcntl.h>
#include <sys/socket.h>
#include <unistd.h>

static bool send_datagram(const struct curl_sockaddr *to, prov_str body)
{
    int fd = socket(to->family, SOCK_DGRAM, 0);
    if (fd < 0)
        return false;
    bool is_sent = fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
                   sendto(fd, body.data, body.len, 0, &to->addr, to->addrlen) == (ssize_t)body.len;
    close(fd);
    return is_sent;
}

/* Called once for each address of the server until one works; to us, that is one that could be sent
 * to. */
static curl_socket_t open_socket(void *ctx, curlsocktype purpose, struct curl_sockaddr *address)
{
    (void)purpose;
    struct provi_curl_job *job = ctx;
    if (!job->is_sent && provi_curl_tell_address(job, address))
        job->is_sent = send_datagram(address, job->request->body);
    return CURL_SOCKET_BAD;
}

CURLcode provi_curl_set_datagram(struct provi_curl_job *job)
{
    CURLcode code = curl_easy_setopt(job->easy, CURLOPT_OPENSOCKETFUNCTION, open_socket);
    if (code == CURLE_OK)
        code = curl_easy_setopt(job->easy, CURLOPT_OPENSOCKETDATA, job);
    return code;
}
