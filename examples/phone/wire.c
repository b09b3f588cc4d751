/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "wire.h"

#include <stdio.h>
#include <stdlib.h>

#include "common/names.h"
#include "common/text.h"

#include "show/show.h"

enum { FIELD_CAP = 160, LINE_CAP = 1024 };

/* The line about a request. */
struct line {
    char text[LINE_CAP];
    size_t len;
};

static void add(struct line *line, const char *text)
{
    int len = snprintf(line->text + line->len, sizeof line->text - line->len, "%s", text);
    size_t room = sizeof line->text - 1 - line->len;
    line->len += len < 0 ? 0 : (size_t)len < room ? (size_t)len : room;
}

static void add_header(struct line *line, const char *name, prov_str value)
{
    char text[FIELD_CAP];
    if (value.len == 0)
        return;
    add(line, ", ");
    add(line, name);
    add(line, ": ");
    add(line, text_clean(value, text, sizeof text));
}

/* Never show a user, a password, a body or a header field of the host, which may be secret, nor
 * masked parts of the URL. */
static void report(struct show *show, const struct prov_request *request)
{
    static const char *const methods[] = {
        [PROV_METHOD_GET] = "GET ",
        [PROV_METHOD_POST] = "POST ",
        [PROV_METHOD_PUT] = "PUT ",
    };
    struct line line = {.len = 0};
    char bytes[32], body[48];
    char *url = text_redact(request->url);
    add(&line, methods[request->method]);
    add(&line, url ? url : "?");
    free(url);
    add_header(&line, "by proxy", request->proxy);
    add_header(&line, "User-Agent", request->user_agent);
    add_header(&line, "Accept-Encoding", request->accept_encoding);
    add_header(&line, "If-None-Match", request->if_none_match);
    add_header(&line, "Content-Type", request->content_type);
    snprintf(body, sizeof body, ", a body of %s",
             words_for_bytes(request->body.len, bytes, sizeof bytes));
    add(&line, request->body.len > 0 ? body : "");
    add(&line, request->uid.len > 0 ? ", user and password if asked" : "");
    show_sent(show, line.text);
}

static prov_status start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err)
{
    struct wire *wire = ctx;
    if (request->method <= PROV_METHOD_PUT) /* log messages have their own lines */
        report(wire->show, request);
    return wire->next->start(wire->next->ctx, transfer, request, err);
}

static void cancel(void *ctx, prov_transfer *transfer)
{
    const struct wire *wire = ctx;
    wire->next->cancel(wire->next->ctx, transfer);
}

static size_t pollfds(void *ctx, struct prov_pollfd *fds, size_t cap)
{
    const struct wire *wire = ctx;
    return wire->next->pollfds(wire->next->ctx, fds, cap);
}

static int64_t timeout_ms(void *ctx)
{
    const struct wire *wire = ctx;
    return wire->next->timeout_ms(wire->next->ctx);
}

static prov_status process(void *ctx, struct prov_error *err)
{
    const struct wire *wire = ctx;
    return wire->next->process(wire->next->ctx, err);
}

const struct prov_transport *wire_init(struct wire *wire, const struct prov_transport *next,
                                       struct show *show)
{
    *wire = (struct wire){.next = next, .transport = *next, .show = show};
    wire->transport.ctx = wire;
    wire->transport.start = start;
    wire->transport.cancel = cancel;
    wire->transport.pollfds = pollfds;
    wire->transport.timeout_ms = timeout_ms;
    wire->transport.process = process;
    return &wire->transport;
}
