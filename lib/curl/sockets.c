/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "curl/sockets.h"

#include "base/alloc.h"

/* The most sockets that libcurl watches for one connection (its resolver, two address families: 5),
 * and six for questions to three name servers, or one of TFTP. */
#define SOCKETS_PER_CONNECTION 11

static size_t fds_size(const struct provi_curl_sockets *sockets)
{
    return sockets->cap * sizeof *sockets->fds;
}

static size_t ready_size(const struct provi_curl_sockets *sockets)
{
    return sockets->cap * sizeof *sockets->ready;
}

prov_status provi_curl_sockets_init(struct provi_curl_sockets *sockets,
                                    const struct prov_alloc *alloc, size_t max_connections)
{
    *sockets = (struct provi_curl_sockets){.cap = max_connections * SOCKETS_PER_CONNECTION};
    sockets->fds = provi_alloc(alloc, fds_size(sockets));
    sockets->ready = provi_alloc(alloc, ready_size(sockets));
    return sockets->fds && sockets->ready ? PROV_OK : PROV_E_NOMEM;
}

void provi_curl_sockets_free(struct provi_curl_sockets *sockets, const struct prov_alloc *alloc)
{
    provi_free(alloc, sockets->fds, fds_size(sockets));
    provi_free(alloc, sockets->ready, ready_size(sockets));
    *sockets = (struct provi_curl_sockets){0};
}

static uint32_t wanted_events(const struct pollfd *entry)
{
    return (entry->events & POLLIN ? PROV_POLL_IN : 0u) |
           (entry->events & POLLOUT ? PROV_POLL_OUT : 0u);
}

static void report(const struct provi_curl_sockets *sockets, curl_socket_t fd, uint32_t events)
{
    if (sockets->on_poll)
        sockets->on_poll(sockets->poll_ctx, fd, events);
}

int provi_curl_sockets_watch(CURL *easy, curl_socket_t fd, int what, void *ctx, void *unused)
{
    (void)easy;
    (void)unused;
    struct provi_curl_sockets *sockets = ctx;
    struct pollfd *entry = NULL;
    for (size_t i = 0; i < sockets->n && !entry; i++)
        if (sockets->fds[i].fd == fd)
            entry = &sockets->fds[i];
    if (what == CURL_POLL_REMOVE) {
        if (!entry)
            return 0;
        *entry = sockets->fds[--sockets->n];
        report(sockets, fd, 0);
        return 0;
    }
    if (!entry) {
        if (sockets->n == sockets->cap)
            return -1;
        entry = &sockets->fds[sockets->n++];
        *entry = (struct pollfd){.fd = fd};
    }
    short events =
        (short)((what & CURL_POLL_IN ? POLLIN : 0) | (what & CURL_POLL_OUT ? POLLOUT : 0));
    if (events == entry->events)
        return 0;
    entry->events = events;
    report(sockets, fd, wanted_events(entry));
    return 0;
}

bool provi_curl_sockets_add(struct provi_curl_sockets *sockets, int fd)
{
    return provi_curl_sockets_watch(NULL, fd, CURL_POLL_IN, sockets, NULL) == 0;
}

void provi_curl_sockets_remove(struct provi_curl_sockets *sockets, int fd)
{
    provi_curl_sockets_watch(NULL, fd, CURL_POLL_REMOVE, sockets, NULL);
}

size_t provi_curl_sockets_list(const struct provi_curl_sockets *sockets, struct prov_pollfd *fds,
                               size_t cap)
{
    for (size_t i = 0; i < sockets->n && i < cap; i++)
        fds[i] = (struct prov_pollfd){sockets->fds[i].fd, wanted_events(&sockets->fds[i])};
    return sockets->n;
}

static int select_events(short revents)
{
    int events = 0;
    if (revents & (POLLIN | POLLHUP))
        events |= CURL_CSELECT_IN;
    if (revents & POLLOUT)
        events |= CURL_CSELECT_OUT;
    if (revents & (POLLERR | POLLNVAL))
        events |= CURL_CSELECT_ERR;
    return events;
}

size_t provi_curl_sockets_poll(struct provi_curl_sockets *sockets)
{
    if (sockets->n == 0 || poll(sockets->fds, (nfds_t)sockets->n, 0) <= 0)
        return 0;
    size_t n_ready = 0;
    for (size_t i = 0; i < sockets->n; i++) {
        const struct pollfd *entry = &sockets->fds[i];
        if (entry->revents)
            sockets->ready[n_ready++] = (struct provi_curl_ready){
                .fd = entry->fd,
                .events = select_events(entry->revents),
            };
    }
    return n_ready;
}
