/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The descriptors to be watched: libcurl's, and those of TFTP. */
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
    struct pollfd *fds;             /* watched, in no order */
    struct provi_curl_ready *ready; /* as many at most */
    size_t n;                       /* <= cap */
    size_t cap;
    void (*on_poll)(void *ctx, int32_t fd, uint32_t events); /* the host's; or NULL */
    void *poll_ctx;
};

/**
 * Room for every socket that @p max_connections can have at a time. All of it is taken now: where
 * it was found missing later, libcurl would end all its transfers at once.
 */
prov_status provi_curl_sockets_init(struct provi_curl_sockets *sockets,
                                    const struct prov_alloc *alloc, size_t max_connections);
void provi_curl_sockets_free(struct provi_curl_sockets *sockets, const struct prov_alloc *alloc);

/** Watch a socket that is not libcurl's for reading. False: no room. */
bool provi_curl_sockets_add(struct provi_curl_sockets *sockets, int fd);
void provi_curl_sockets_remove(struct provi_curl_sockets *sockets, int fd);

/** CURLMOPT_SOCKETFUNCTION; its data is the `struct provi_curl_sockets`. */
int provi_curl_sockets_watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused);

/** As `pollfds` of a transport. */
size_t provi_curl_sockets_list(const struct provi_curl_sockets *sockets, struct prov_pollfd *fds,
                               size_t cap);

/** Put the descriptors with news into `ready`, without waiting. Returns how many there are. */
size_t provi_curl_sockets_poll(struct provi_curl_sockets *sockets);

#endif
