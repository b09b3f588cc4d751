/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The built-in transport, one transfer on it, and the loopback servers it talks to, in one loop.
 */
#ifndef TEST_SUPPORT_CURL_RIG_H
#define TEST_SUPPORT_CURL_RIG_H

#include <provision/transport_curl.h>

#include "dials.h"
#include "loopback.h"

struct curl_rig {
    prov_curl *curl;
    const struct prov_transport *transport;
    struct prov_limits limits;   /**< resolved; to be changed before the start */
    struct prov_request request; /**< likewise */
    char url[512];
    prov_transfer *transfer;

    struct http_server http[2];
    size_t n_http;
    struct datagram_server datagram;
    bool has_datagram;

    /* What was heard. */
    bool is_done;
    prov_status status;
    struct prov_error err;
    struct prov_response head; /**< its texts are in the fields below */
    unsigned n_heads;
    struct prov_connection connection; /**< the last one; its texts are in the fields below */
    unsigned n_connections;
    char tls_version[16];
    char cert_subject[64];
    char cert_names[256];
    char etag[64];
    char encoding[64];
    char content_type[64];
    char server_ip[64];
    char final_url[512];
    char body[4096]; /**< NUL-terminated */
    size_t body_len;
    const char *refused_ip; /**< an address that may not be connected to; NULL: all may */
    char addresses[512];    /**< those reported: `peer ip:port`, a line each */
    /* Another server in the same loop; or NULL. */
    void (*step)(void *more);
    size_t (*list_more_fds)(void *more, struct pollfd *fds); /**< how many, at most 16 */
    void *more;
    bool frees_at_data;   /**< give the transfer up at its first bytes */
    size_t n_descriptors; /**< open in the process before; 0: not compared */
    int64_t waited_ms;    /**< by timeouts that ran out: as long on a busy machine */
};

/** @p options may be NULL. */
void curl_rig_open(struct curl_rig *rig, const struct prov_curl_options *options);
/** Dies where more descriptors are open than before. */
void curl_rig_close(struct curl_rig *rig);

/** Add a server; it lives until the rig is closed. */
struct http_server *curl_rig_http(struct curl_rig *rig, const struct reply *replies,
                                  size_t n_replies);
struct datagram_server *
curl_rig_datagram(struct curl_rig *rig,
                  void (*answer)(struct datagram_server *, const uint8_t *, size_t), void *ctx);

/** Start a transfer to 127.0.0.1, or to @p host. A refusal to start counts as its end. */
void curl_rig_start(struct curl_rig *rig, const char *scheme, uint16_t port, const char *path);
void curl_rig_start_at(struct curl_rig *rig, const char *scheme, const char *host, uint16_t port,
                       const char *path);

/** One turn of the loop: waits for news at most @p max_ms. */
void curl_rig_turn(struct curl_rig *rig, int64_t max_ms);
/** Turn until the transfer is done; dies after a minute. */
void curl_rig_finish(struct curl_rig *rig);
/** Start and finish. */
void curl_rig_get(struct curl_rig *rig, const char *scheme, uint16_t port, const char *path);

/** Monotonic milliseconds. */
int64_t now_ms(void);

#endif
