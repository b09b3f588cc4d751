/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The descriptors to watch: those of libcurl, TFTP and name lookups. */
#ifndef PROVI_CURL_SOCKETS_H
#define PROVI_CURL_SOCKETS_H

#include <provision/transport.h>

#include <curl/curl.h>
#include <poll.h>

struct provi_curl_ready {
    curl_socket_t fd;
    int events; /* CURL_CSELECT_… */
};

struct provi_curl_sockets {
    struct pollfd *fds;             /* watched descriptors, in no order */
    struct provi_curl_ready *ready; /* with the same capacity */
    size_t n;                       /* <= cap */
    size_t cap;
    void (*on_poll)(void *ctx, int32_t fd, uint32_t events); /* of the host; or NULL */
    void *poll_ctx;
};

/**
 * Allocate room for all sockets of @p max_connections. It is allocated now, because libcurl would
 * end all its transfers if the room were missing later.
 */
prov_status provi_curl_sockets_init(struct provi_curl_sockets *sockets,
                                    const struct prov_alloc *alloc, size_t max_connections);
void provi_curl_sockets_free(struct provi_curl_sockets *sockets, const struct prov_alloc *alloc);

/** Watch a socket for reading that is not libcurl's. False: no room. */
bool provi_curl_sockets_add(struct provi_curl_sockets *sockets, int fd);
void provi_curl_sockets_remove(struct provi_curl_sockets *sockets, int fd);

/** CURLMOPT_SOCKETFUNCTION; its context is the `struct provi_curl_sockets`. */
int provi_curl_sockets_watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused);

/** As `pollfds` of a transport. */
size_t provi_curl_sockets_list(const struct provi_curl_sockets *sockets, struct prov_pollfd *fds,
                               size_t cap);

/** Put the ready descriptors into `ready`, without waiting. Returns their number. */
size_t provi_curl_sockets_poll(struct provi_curl_sockets *sockets);

#endif
