/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shared by the files of the HTTP door. */
#ifndef PHONE_WEB_PRIV_H
#define PHONE_WEB_PRIV_H

#include <microhttpd.h>
#include <provision/provision.h>

#include "host.h"
#include "listen.h"
#include "options.h"
#include "delay.h"
#include "web/log.h"

enum {
    WEB_CONNECTIONS = 32,
    WEB_CONNECTIONS_PER_ADDRESS = 8,
    WEB_MEMORY = 24 * 1024,     /* of a connection: its header, and the next part of the answer */
    WEB_HEADER_MS = 5 * 1000,   /* from the connection to the end of the first header */
    WEB_NEXT_MS = 10 * 1000,    /* from an answer to the end of the next header */
    WEB_REQUEST_MS = 30 * 1000, /* from there to the end of the answer */
    WEB_TOKEN_CAP = 33,
};

/** Shown by a browser that asks for a password. */
#define WEB_REALM "provision-phone"

/** A connection, for its deadline. */
struct web_connection {
    int fd; /* -1: closed */
    int64_t deadline_ms;
};

/** A field of the pages. */
struct web_field {
    struct prov_catalogue_field place;
    const char *help; /* NULL: none */
};

struct web {
    struct phone *phone;
    struct MHD_Daemon *daemon;
    int epoll_fd;
    struct listen_address address; /* with the port in use */
    struct web_connection connections[WEB_CONNECTIONS];
    struct delays delays;
    struct prov_digest_guard guard;
    char token[WEB_TOKEN_CAP]; /* in every form of this phone; different after each start */
    struct web_field *fields;  /* n_fields of the catalogue, once a page was requested; owned */
    size_t n_fields;
    struct web_log log;
};

#endif
