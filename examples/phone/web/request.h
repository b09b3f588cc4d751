/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * An HTTP request: its header is checked before its body is read, and it is carried out when it is
 * complete.
 */
#ifndef PHONE_WEB_REQUEST_H
#define PHONE_WEB_REQUEST_H

#include "web/priv.h"

/** Header fields for the checks. Empty: absent. Borrowed from the connection. */
struct web_fields {
    prov_str host, origin, referer, sec_fetch_site;
    prov_str authorization, expect, content_length, transfer_encoding;
    bool has_repeated; /* one of them occurs twice */
};

struct site_page;

enum { WEB_PLAIN_CAP = 1024 }; /* capacity for a name and a password */

struct web_request {
    struct web *web;
    struct MHD_Connection *connection;
    char requester[LISTEN_TEXT_CAP];
    char *target; /* as received, up to a NUL; owned */
    prov_str method;
    struct web_fields fields;
    bool has_begun;               /* the header was read */
    bool is_sound;                /* the end of its body is unambiguous */
    bool is_complete;             /* the body was read */
    bool has_action;              /* it is for an action */
    const struct site_page *page; /* it is for this page; NULL: for neither */
    bool is_admin_view;           /* the page is in the administrator's view */
    struct prov_action action;
    char *decoded; /* texts of the action; owned, and wiped */
    struct prov_action_client client;
    char plain[WEB_PLAIN_CAP]; /* plain credentials of the client */
    struct prov_verdict verdict;
    char *body; /* body_len bytes; owned, and wiped */
    size_t body_len, body_max;
    bool is_too_large;
    struct MHD_Response *response; /* to the header, sent after the body; owned; or NULL */
    unsigned status;               /* status of that answer */
};

/** @name Callbacks of libmicrohttpd; @p ctx is the web door. */
/** @{ */
void *request_begin(void *ctx, const char *target, struct MHD_Connection *connection);
enum MHD_Result request_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_len, void **request);
void request_end(void *ctx, struct MHD_Connection *connection, void **request,
                 enum MHD_RequestTerminationCode code);
/** @} */

/** Whether a body follows the header. */
bool request_has_body(const struct web_request *request);

/** Address of the client. */
const struct sockaddr *request_client(const struct web_request *request);

/** Whether a text equals a word, ignoring case. */
bool request_is_word(prov_str text, const char *word);

#endif
