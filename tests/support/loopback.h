/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Small servers on 127.0.0.1 or ::1, stepped by the test itself: no threads, no waiting.
 *
 * An HTTP server gives its n-th reply to the n-th request it gets and keeps all it received. A
 * datagram server hands each datagram to a function of the test.
 */
#ifndef TEST_SUPPORT_LOOPBACK_H
#define TEST_SUPPORT_LOOPBACK_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

/** Open the next servers on ::1, or on 127.0.0.1 again. False: this system has no ::1. */
bool loopback_use_ipv6(bool is_on);

/** What to do after the bytes of a reply. */
enum reply_end {
    REPLY_KEEP,  /**< wait for the next request on the connection */
    REPLY_CLOSE, /**< orderly end */
    REPLY_RESET, /**< TCP reset */
    REPLY_STALL, /**< neither read nor write any more */
};

struct reply {
    const char *text; /**< the whole answer, head and body */
    enum reply_end end;
};

/** More of a reply than fits into a text. */
struct reply_more {
    const char *again; /**< behind the text, over and over; NULL: nothing */
    size_t n_again;    /**< so many times; 0: without end */
    const char *tail;  /**< behind that; NULL: nothing */
    size_t text_len;   /**< for a text with NUL in it; 0: up to its NUL */
};

struct http_server {
    int listener;
    uint16_t port;
    const struct reply *replies;   /**< borrowed */
    size_t n_replies;              /**< the last one repeats */
    const struct reply_more *more; /**< of the first reply; borrowed; NULL: nothing */
    unsigned n_requests;
    unsigned n_connections;
    unsigned n_open_max; /**< at a time */
    uint64_t n_sent;     /**< bytes that sockets took */
    char *received;      /**< NUL-terminated, over all connections */
    size_t received_len;
    struct http_connection {
        int fd;                    /**< -1: free */
        size_t start;              /**< in `received`, of the request under way */
        const struct reply *reply; /**< being sent; NULL: none */
        size_t n_sent;             /**< bytes of it */
        bool is_stalled;
    } connections[16];
};

void http_server_open(struct http_server *server, const struct reply *replies, size_t n_replies);
void http_server_close(struct http_server *server);
/** Accept, read, reply, as far as possible at once. */
void http_server_step(struct http_server *server);
/** How often @p text was received. */
unsigned http_server_count(const struct http_server *server, const char *text);

struct datagram_server {
    int fd;
    uint16_t port;
    void (*answer)(struct datagram_server *server, const uint8_t *data, size_t len);
    void *ctx;
    unsigned n_received;
    uint8_t last[2048]; /**< the last datagram, NUL behind it */
    size_t last_len;
    struct sockaddr_storage peer; /**< who sent it */
    socklen_t peer_len;
};

/** @p answer may be NULL: only keep. */
void datagram_server_open(struct datagram_server *server,
                          void (*answer)(struct datagram_server *, const uint8_t *, size_t),
                          void *ctx);
void datagram_server_close(struct datagram_server *server);
void datagram_server_step(struct datagram_server *server);
/** Send to whoever sent last. */
void datagram_server_send(struct datagram_server *server, const void *data, size_t len);

/** Open descriptors of this process. */
size_t count_descriptors(void);

#endif
