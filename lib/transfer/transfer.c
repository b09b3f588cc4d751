/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "transfer/transfer.h"

#include <stddef.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"

struct prov_transfer {
    struct prov_alloc alloc;
    struct prov_transport transport;
    struct provi_transfer_handler handler;
    uint64_t max_bytes;
    uint64_t n_bytes;     /* <= max_bytes */
    int64_t announced;    /* length in the response header; 0 or less: unknown */
    prov_status failed;   /* first failure, which the transport gets from then on */
    unsigned n_callbacks; /* calls of the handler under way */
    bool is_starting;
    bool has_head;
    bool is_done;
    bool is_abandoned; /* freed by its owner; released when no call of the handler is under way */
    struct prov_error err; /* detail of `failed`; before that, of a refused address */
};

static void release(struct prov_transfer *t)
{
    struct prov_alloc alloc = t->alloc;
    provi_free(&alloc, t, sizeof *t);
}

/* A line end in a text could add header fields. */
static prov_status check_texts(const struct prov_request *request, struct prov_error *err)
{
    static const struct {
        char name[18];
        uint16_t offset;
    } texts[] = {
        {"Content-Type", offsetof(struct prov_request, content_type)},
        {"Content-Encoding", offsetof(struct prov_request, content_encoding)},
        {"user_agent", offsetof(struct prov_request, user_agent)},
        {"Accept-Encoding", offsetof(struct prov_request, accept_encoding)},
        {"If-None-Match", offsetof(struct prov_request, if_none_match)},
        {"If-Range", offsetof(struct prov_request, if_range)},
        {"uid", offsetof(struct prov_request, uid)},
        {"pwd", offsetof(struct prov_request, pwd)},
        {"proxy", offsetof(struct prov_request, proxy)},
        {"proxy_uid", offsetof(struct prov_request, proxy_uid)},
        {"proxy_pwd", offsetof(struct prov_request, proxy_pwd)},
    };
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        const void *place = (const char *)request + texts[i].offset;
        const prov_str text = *(const prov_str *)place;
        if (text.len > PROVI_MAX_HEADER_BYTES)
            return provi_fail(err, PROV_E_LIMIT, "%s: expected at most %d bytes, found %zu",
                              texts[i].name, PROVI_MAX_HEADER_BYTES, text.len);
        if (!provi_str_is_line(text))
            return provi_fail(err, PROV_E_SYNTAX,
                              "%s: expected one line, found a control character", texts[i].name);
    }
    return PROV_OK;
}

prov_status provi_transfer_start(prov_transfer **out, const struct prov_alloc *alloc,
                                 const struct prov_transport *transport,
                                 const struct prov_request *request,
                                 const struct provi_transfer_handler *handler,
                                 struct prov_error *err)
{
    *out = NULL;
    prov_status status = check_texts(request, err);
    if (status != PROV_OK)
        return status;
    struct prov_alloc own = provi_alloc_or_default(alloc);
    struct prov_transfer *t = provi_alloc_zero(&own, sizeof *t);
    if (!t)
        return provi_fail_nomem(err);
    t->alloc = own;
    t->transport = *transport;
    t->handler = *handler;
    t->max_bytes = request->limits->max_fetch_bytes;

    t->is_starting = true;
    status = transport->start(transport->ctx, t, request, &t->err);
    t->is_starting = false;
    if (status == PROV_OK && !t->is_done) {
        *out = t;
        return PROV_OK;
    }
    if (status == PROV_OK)
        status = provi_fail(&t->err, PROV_E_STATE, "transport %s ended a transfer within its start",
                            transport->name);
    else if (t->err.status != status)
        provi_fail(&t->err, status, "transport %s: %s", transport->name, prov_status_text(status));
    provi_error_copy(err, &t->err);
    release(t);
    return status;
}

void provi_transfer_free(prov_transfer *transfer)
{
    if (!transfer || transfer->is_abandoned) /* second call, from within `cancel` */
        return;
    transfer->is_abandoned = true;
    if (transfer->n_callbacks > 0)
        return;
    if (!transfer->is_done)
        transfer->transport.cancel(transfer->transport.ctx, transfer);
    release(transfer);
}

static prov_status fail(struct prov_transfer *t, prov_status status, const char *message)
{
    return t->failed = provi_fail(&t->err, status, "%s", message);
}

/* The status to return to the transport. Reports of a transport that breaks its contract are
 * ignored. */
static prov_status report_status(const struct prov_transfer *t)
{
    if (t->is_abandoned)
        return PROV_E_CANCELLED;
    return t->is_starting || t->is_done ? PROV_E_STATE : t->failed;
}

/* A refused address does not fail the transfer, since there may be another address. */
prov_status prov_transfer_address(prov_transfer *transfer, prov_str server_ip, uint16_t port,
                                  uint32_t peer)
{
    struct prov_transfer *t = transfer;
    if (!t || !provi_str_is_sound(server_ip) || peer > PROV_PEER_PROXY)
        return PROV_E_INVALID;
    prov_status status = report_status(t);
    if (status != PROV_OK || !t->handler.address)
        return status;
    t->n_callbacks++;
    prov_status answer = t->handler.address(t->handler.ctx, server_ip, port, peer, &t->err);
    t->n_callbacks--;
    status = report_status(t);
    return status != PROV_OK ? status : answer;
}

prov_status prov_transfer_connected(prov_transfer *transfer,
                                    const struct prov_connection *connection)
{
    struct prov_transfer *t = transfer;
    if (!t || !connection)
        return PROV_E_INVALID;
    prov_status status = report_status(t);
    if (status != PROV_OK)
        return status;
    struct prov_connection known;
    t->failed = provi_abi_in(&known, sizeof known, connection, &t->err);
    if (t->failed == PROV_OK && t->handler.connected) {
        t->n_callbacks++;
        t->handler.connected(t->handler.ctx, &known);
        t->n_callbacks--;
    }
    return report_status(t);
}

/* The refusal of one address does not concern data from another. */
static void forget_refusal(struct prov_transfer *t)
{
    t->err = (struct prov_error){0};
}

static void report_head(struct prov_transfer *t, const struct prov_response *response)
{
    forget_refusal(t);
    t->has_head = true;
    t->announced = response->length;
    if (!t->handler.head)
        return;
    t->n_callbacks++;
    t->handler.head(t->handler.ctx, response);
    t->n_callbacks--;
}

prov_status prov_transfer_head(prov_transfer *transfer, const struct prov_response *response)
{
    struct prov_transfer *t = transfer;
    if (!t || !response)
        return PROV_E_INVALID;
    prov_status status = report_status(t);
    if (status != PROV_OK || t->has_head)
        return status;
    struct prov_response known;
    t->failed = provi_abi_in(&known, sizeof known, response, &t->err);
    if (t->failed == PROV_OK)
        report_head(t, &known);
    return report_status(t);
}

/* The transport reported bytes without a response header: report an empty one. */
static void report_empty_head(struct prov_transfer *t)
{
    const struct prov_response nothing = {
        .size = sizeof nothing,
        .length = -1,
        .retry_after_s = -1,
    };
    report_head(t, &nothing);
}

/* Apply the status of the handler; every failure has an error record. */
static void accept_status(struct prov_transfer *t, prov_status status)
{
    t->failed = status;
    if (t->err.status != status)
        fail(t, status, prov_status_text(status));
}

prov_status prov_transfer_redirect(prov_transfer *transfer, prov_str url)
{
    struct prov_transfer *t = transfer;
    if (!t || !provi_str_is_sound(url))
        return PROV_E_INVALID;
    prov_status status = report_status(t);
    if (status != PROV_OK || !t->handler.redirect)
        return status;
    t->n_callbacks++;
    status = t->handler.redirect(t->handler.ctx, url, &t->err);
    t->n_callbacks--;
    if (status != PROV_OK)
        accept_status(t, status);
    return report_status(t);
}

static void report_data(struct prov_transfer *t, const void *data, size_t len)
{
    t->n_bytes += len;
    t->n_callbacks++;
    prov_status status = t->handler.data(t->handler.ctx, data, len, &t->err);
    t->n_callbacks--;
    if (status != PROV_OK)
        accept_status(t, status);
}

prov_status prov_transfer_data(prov_transfer *transfer, const void *data, size_t len)
{
    struct prov_transfer *t = transfer;
    if (!t || (!data && len > 0))
        return PROV_E_INVALID;
    prov_status status = report_status(t);
    if (status != PROV_OK || len == 0)
        return status;
    if (len > t->max_bytes - t->n_bytes) /* n_bytes <= max_bytes always holds */
        return t->failed = provi_fail(&t->err, PROV_E_LIMIT, "larger than the %llu bytes allowed",
                                      (unsigned long long)t->max_bytes);
    if (!t->has_head)
        report_empty_head(t);
    if (!t->is_abandoned)
        report_data(t, data, len);
    return report_status(t);
}

/* A success of the transport counts only if all announced bytes were received. */
static void check_end(struct prov_transfer *t, prov_status status, const struct prov_error *err)
{
    if (t->failed != PROV_OK)
        return;
    if (status != PROV_OK && status == t->err.status) { /* all addresses were refused */
        t->failed = status;
        return;
    }
    if (status != PROV_OK) {
        fail(t, status, prov_status_text(status));
        if (err && err->status == status)
            provi_error_copy(&t->err, err);
        return;
    }
    forget_refusal(t);
    if (t->announced > 0 && t->n_bytes < (uint64_t)t->announced) {
        t->failed = provi_fail(&t->err, PROV_E_TRUNCATED, "%llu of %lld announced bytes came",
                               (unsigned long long)t->n_bytes, (long long)t->announced);
        provi_error_flags(&t->err, PROV_ERROR_RETRYABLE);
    }
}

void prov_transfer_done(prov_transfer *transfer, prov_status status, const struct prov_error *err)
{
    struct prov_transfer *t = transfer;
    if (!t || t->is_done)
        return;
    t->is_done = true;
    if (t->is_starting)
        return; /* provi_transfer_start() reports this */
    if (!t->is_abandoned) {
        check_end(t, status, err);
        t->n_callbacks++;
        t->handler.done(t->handler.ctx, t->failed, &t->err);
        t->n_callbacks--;
    }
    if (t->is_abandoned)
        release(t);
}

uint64_t prov_transfer_n_bytes(const prov_transfer *transfer)
{
    return transfer ? transfer->n_bytes : 0;
}

prov_status provi_transport_copy(struct prov_transport *to, const struct prov_transport *from,
                                 struct prov_error *err)
{
    if (!from)
        return provi_fail_invalid(err, "transport is NULL");
    prov_status status = provi_abi_in(to, sizeof *to, from, err);
    if (status != PROV_OK)
        return status;
    if (!to->name || !to->schemes)
        return provi_fail_invalid(err, "transport without name or schemes");
    if (!to->start || !to->cancel)
        return provi_fail_invalid(err, "transport without start or cancel");
    prov_str one;
    for (prov_str rest = prov_str_from(to->schemes); provi_str_split(&rest, ',', &one);)
        if (!provi_url_is_scheme(provi_str_trim(one)))
            return provi_fail(err, PROV_E_INVALID,
                              "transport %s: expected tftp, http, https, gds, file or syslog, "
                              "found the scheme '%.*s'",
                              to->name, PROVI_STR(provi_str_trim(one)));
    return PROV_OK;
}

bool provi_transport_speaks(const struct prov_transport *transport, prov_str scheme)
{
    prov_str rest = prov_str_from(transport->schemes);
    prov_str one;
    while (provi_str_split(&rest, ',', &one))
        if (provi_str_eq_nocase(provi_str_trim(one), scheme))
            return true;
    return false;
}

prov_status provi_transports_add(struct provi_transports *transports,
                                 const struct prov_alloc *alloc,
                                 const struct prov_transport *transport, bool is_shared,
                                 struct prov_error *err)
{
    const size_t n = transports->n;
    struct prov_transport copy;
    if (n == PROVI_MAX_TRANSPORTS)
        return provi_fail(err, PROV_E_LIMIT, "at most %d transports", PROVI_MAX_TRANSPORTS);
    prov_status status = provi_transport_copy(&copy, transport, err);
    if (status != PROV_OK)
        return status;
    struct prov_transport *list =
        provi_resize(alloc, transports->list, n * sizeof *list, (n + 1) * sizeof *list);
    if (!list)
        return provi_fail_nomem(err);
    list[n] = copy;
    if (is_shared) {
        list[n].timeout_ms = NULL;
        list[n].pollfds = NULL;
        list[n].process = NULL;
    }
    transports->list = list;
    transports->n = transports->cap = n + 1;
    transports->has_shared |= is_shared;
    return PROV_OK;
}

const struct prov_transport *provi_transports_for(const struct provi_transports *transports,
                                                  prov_str scheme)
{
    for (size_t i = transports->n; i-- > 0;)
        if (provi_transport_speaks(&transports->list[i], scheme))
            return &transports->list[i];
    return NULL;
}

void provi_transports_free(struct provi_transports *transports, const struct prov_alloc *alloc)
{
    provi_free(alloc, transports->list, transports->cap * sizeof *transports->list);
}
