/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/origin.h"

#include <stdlib.h>

/* The local address of the connection; the socket may listen at all addresses. */
static bool read_own_address(const struct web_request *request, char buf[LISTEN_TEXT_CAP],
                             bool *is_loopback)
{
    struct listen_address own = {.len = sizeof own.as};
    int fd =
        MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CONNECTION_FD)->connect_fd;
    if (getsockname(fd, &own.as.any, &own.len) != 0)
        return false;
    listen_host_text(&own.as.any, buf);
    *is_loopback = listen_is_loopback(&own.as.any);
    return true;
}

bool origin_is_own(const struct web_request *request)
{
    char address[LISTEN_TEXT_CAP];
    bool is_loopback;
    const struct command_words *more = &request->web->phone->options->http_names;
    const struct web_fields *fields = &request->fields;
    prov_str *names = calloc(more->n + 2, sizeof *names);
    if (!names || !read_own_address(request, address, &is_loopback)) {
        free(names);
        return false;
    }
    size_t n = 0;
    names[n++] = prov_str_from(address);
    if (is_loopback)
        names[n++] = prov_str_from("localhost");
    for (size_t i = 0; i < more->n; i++)
        names[n++] = prov_str_from(more->all[i]);
    const struct prov_action_origin origin = {
        .size = sizeof origin,
        .host = fields->host,
        .origin = fields->origin,
        .referer = fields->referer,
        .fetch_site = fields->sec_fetch_site,
        .names = names,
        .n_names = n,
    };
    bool is_own = prov_action_check_origin(&origin, NULL) == PROV_OK;
    free(names);
    return is_own;
}
