/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_transport.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

enum step { STEP_ADDRESS, STEP_HEAD, STEP_DATA, STEP_DONE, STEP_NONE };

struct fake_running {
    struct fake_running *next;
    prov_transfer *transfer; /* NULL: over */
    struct fake_answer answer;
    enum step step;
    const struct prov_upload *upload; /* NULL: none */
    struct fake_request *recorded;    /* NULL: not */
    uint64_t offset;                  /* of the first byte sent */
    size_t sent;
    prov_status refused; /* by the transfer; to be reported */
    bool is_message;
    bool is_stalled;
    bool is_cut;
    uint32_t n_redirects_left;
    uint16_t port; /* that is connected to */
    uint32_t peer;
};

static char *copy(prov_str text)
{
    char *to = malloc(text.len + 1);
    if (!to)
        test_die("fake transport: out of memory");
    if (text.len)
        memcpy(to, text.data, text.len);
    to[text.len] = '\0';
    return to;
}

static char *copy_headers(const struct prov_request *request)
{
    char lines[4096] = "";
    size_t len = 0;
    for (size_t i = 0; i < request->n_headers; i++) {
        const struct prov_header *header = &request->headers[i];
        len +=
            (size_t)snprintf(lines + len, sizeof lines - len, "%.*s: %.*s\n", (int)header->name.len,
                             header->name.data, (int)header->value.len, header->value.data);
        if (len >= sizeof lines)
            test_die("headers of more than %zu bytes", sizeof lines);
    }
    return copy((prov_str){lines, len});
}

static struct fake_request *record(struct fake_transport *fake, const struct prov_request *request)
{
    if (fake->n_requests == LEN(fake->requests))
        return NULL;
    struct fake_request *recorded = &fake->requests[fake->n_requests++];
    *recorded = (struct fake_request){
        .url = copy(request->url),
        .body = copy(request->body),
        .body_len = request->body.len,
        .content_type = copy(request->content_type),
        .content_encoding = copy(request->content_encoding),
        .user_agent = copy(request->user_agent),
        .accept_encoding = copy(request->accept_encoding),
        .if_none_match = copy(request->if_none_match),
        .if_range = copy(request->if_range),
        .offset = request->offset,
        .uid = copy(request->uid),
        .pwd = copy(request->pwd),
        .headers = copy_headers(request),
        .source_ip = copy(request->source_ip),
        .proxy = copy(request->proxy),
        .proxy_uid = copy(request->proxy_uid),
        .proxy_pwd = copy(request->proxy_pwd),
        .identity = request->identity,
        .network_age_s = request->network_age_s,
        .method = request->method,
        .srv = request->srv,
        .keep_slash = request->keep_slash,
    };
    return recorded;
}

static void forget_request(struct fake_request *request)
{
    free(request->url);
    free(request->body);
    free(request->content_type);
    free(request->content_encoding);
    free(request->user_agent);
    free(request->accept_encoding);
    free(request->if_none_match);
    free(request->if_range);
    free(request->uid);
    free(request->pwd);
    free(request->headers);
    free(request->source_ip);
    free(request->proxy);
    free(request->proxy_uid);
    free(request->proxy_pwd);
}

static bool is_text(prov_str a, const char *b)
{
    return a.len == strlen(b) && memcmp(a.data, b, a.len) == 0;
}

static struct fake_answer *find_answer(struct fake_transport *fake, prov_str url)
{
    for (size_t i = fake->n_answers; i-- > 0;)
        if (is_text(url, fake->answers[i].url))
            return &fake->answers[i];
    return NULL;
}

static struct fake_answer answer_for(struct fake_transport *fake,
                                     const struct prov_request *request)
{
    struct fake_answer *found = find_answer(fake, request->url);
    if (found) {
        found->n_asked++;
        return *found;
    }
    struct fake_answer none = {.length = -1, .retry_after_s = -1};
    if (request->method != PROV_METHOD_SEND) {
        bool is_tftp = is_text(request->scheme, "tftp");
        none.status = PROV_E_NOT_FOUND;
        none.code = is_tftp ? 0 : 404;
    }
    return none;
}

/* As a server does that is asked for something else than what the asker has. */
static void say_if_not_modified(struct fake_answer *answer, const struct prov_request *request)
{
    if (!answer->etag || !is_text(request->if_none_match, answer->etag))
        return;
    answer->code = 304;
    answer->len = 0;
    answer->length = -1;
}

/* As a server does that has the file of which the asker has the beginning. */
static void send_rest(struct fake_running *running, const struct prov_request *request)
{
    struct fake_answer *answer = &running->answer;
    if (!answer->etag || !is_text(request->if_range, answer->etag) || request->offset > answer->len)
        return;
    running->offset = request->offset;
    answer->code = request->offset < answer->len ? 206 : 416;
    answer->data = (const char *)answer->data + request->offset;
    answer->len -= request->offset;
    if (answer->length != INT64_MAX)
        answer->length = (int64_t)answer->len;
}

static void refuse_strangers(struct fake_answer *answer, const struct prov_request *request)
{
    char login[256];
    snprintf(login, sizeof login, "%.*s:%.*s", (int)request->uid.len,
             request->uid.data ? request->uid.data : "", (int)request->pwd.len,
             request->pwd.data ? request->pwd.data : "");
    if (!answer->login || strcmp(login, answer->login) == 0)
        return;
    answer->status = PROV_E_AUTH;
    answer->code = 401;
    answer->len = 0;
}

static prov_status start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err)
{
    struct fake_transport *fake = ctx;
    struct fake_request *recorded = record(fake, request);
    bool is_hit = dial_tick(fake->dial);
    if (is_hit && fake->fault == FAKE_FAIL) {
        if (err) {
            err->status = PROV_E_NETWORK;
            strcpy(err->message, "fake failure at start");
        }
        return PROV_E_NETWORK;
    }
    struct fake_running *running = calloc(1, sizeof *running);
    if (!running)
        test_die("fake transport: out of memory");
    running->transfer = transfer;
    running->answer = answer_for(fake, request);
    running->port = request->port;
    running->n_redirects_left = request->limits->max_redirects;
    running->peer = request->proxy.len ? PROV_PEER_PROXY : PROV_PEER_SERVER;
    running->is_message = request->method == PROV_METHOD_SEND;
    running->upload = request->upload;
    running->recorded = recorded;
    say_if_not_modified(&running->answer, request);
    send_rest(running, request);
    refuse_strangers(&running->answer, request);
    running->is_stalled = (is_hit && fake->fault == FAKE_STALL) ||
                          (fake->stalled_url && is_text(request->url, fake->stalled_url));
    running->is_cut = is_hit && fake->fault == FAKE_SHORT;
    running->next = fake->running;
    fake->running = running;
    return PROV_OK;
}

/* What is over stays listed until the next sweep: process() may be walking the list. */
static void cancel(void *ctx, prov_transfer *transfer)
{
    struct fake_transport *fake = ctx;
    struct fake_running *running = fake->running;
    while (running && running->transfer != transfer)
        running = running->next;
    if (!running)
        test_die("fake transport: cancel of a transfer that does not run");
    running->transfer = NULL;
    fake->n_cancelled++;
}

static prov_str text_or_empty(const char *text)
{
    return (prov_str){text, text ? strlen(text) : 0};
}

static prov_status tell_head(const struct fake_transport *fake, const struct fake_running *running)
{
    const struct fake_answer *answer = &running->answer;
    const struct prov_response response = {
        .size = sizeof response,
        .code = answer->code,
        .length = answer->length,
        .offset = running->offset,
        .server_ip = text_or_empty(fake->server_ip),
        .content_encoding = text_or_empty(answer->encoding),
        .content_type = text_or_empty(answer->content_type),
        .etag = text_or_empty(answer->etag),
        .retry_after_s = answer->retry_after_s,
        .peer_verified = answer->peer_verified,
        .has_shown_password = answer->has_shown_password,
    };
    return prov_transfer_head(running->transfer, &response);
}

/* The connection was lost after a few bytes: the upload begins anew. */
static prov_status begin_upload_again(const struct prov_upload *upload)
{
    char bytes[7];
    size_t n = 0;
    size_t cap = (uint64_t)upload->length < sizeof bytes ? (size_t)upload->length : sizeof bytes;
    prov_status status = upload->read(upload->ctx, bytes, cap, &n, NULL);
    return status == PROV_OK && upload->rewind ? upload->rewind(upload->ctx, NULL) : status;
}

/* The whole of an upload, a few bytes at a time, but not more than announced. */
static prov_status take_upload(struct fake_transport *fake, const struct fake_running *running)
{
    const struct prov_upload *upload = running->upload;
    size_t len = 0, n = 1;
    if (!upload)
        return PROV_OK;
    prov_status status = upload->rewind ? begin_upload_again(upload) : PROV_OK;
    while (status == PROV_OK && n > 0 && len != (uint64_t)upload->length) {
        fake->uploaded = realloc(fake->uploaded, len + 8);
        if (!fake->uploaded)
            test_die("fake transport: out of memory");
        size_t left = upload->length < 0 ? 7 : (size_t)upload->length - len;
        status = upload->read(upload->ctx, fake->uploaded + len, left < 7 ? left : 7, &n, NULL);
        len += status == PROV_OK ? n : 0;
        fake->uploaded[len] = '\0';
    }
    fake->uploaded_len = len;
    if (status == PROV_OK && upload->length >= 0 && (uint64_t)upload->length != len)
        status = PROV_E_TRUNCATED;
    if (running->recorded) {
        free(running->recorded->body);
        running->recorded->body = copy((prov_str){fake->uploaded, len});
        running->recorded->body_len = len;
    }
    return status;
}

/* Every piece in a block of its own, gone after the call. */
static void tell_data(struct fake_running *running)
{
    const struct fake_answer *answer = &running->answer;
    size_t len = answer->len - running->sent;
    if (answer->chunk && len > answer->chunk)
        len = answer->chunk;
    char *piece = copy((prov_str){(const char *)answer->data + running->sent, len});
    running->sent += len;
    running->refused = prov_transfer_data(running->transfer, piece, len);
    free(piece);
}

static void tell_end(struct fake_running *running, prov_status status)
{
    prov_transfer_done(running->transfer, status, NULL);
}

static bool is_body_left(const struct fake_running *running)
{
    return running->answer.status == PROV_OK && running->sent < running->answer.len;
}

static prov_status end_status(const struct fake_running *running)
{
    return running->refused != PROV_OK ? running->refused : running->answer.status;
}

/* The head of what was asked for, or of where that leads. */
static prov_status follow(struct fake_transport *fake, struct fake_running *running)
{
    prov_status uploaded = take_upload(fake, running);
    if (uploaded != PROV_OK)
        return uploaded;
    while (running->answer.redirect) {
        if (running->n_redirects_left-- == 0)
            return PROV_E_REDIRECT;
        prov_str url = text_or_empty(running->answer.redirect);
        prov_status status = prov_transfer_redirect(running->transfer, url);
        if (status != PROV_OK)
            return status;
        struct fake_answer *next = find_answer(fake, url);
        if (!next)
            test_die("fake transport: no answer at %s", running->answer.redirect);
        next->n_asked++;
        running->answer = *next;
    }
    return tell_head(fake, running);
}

static prov_status tell_connection(const struct fake_running *running)
{
    const struct prov_connection connection = {
        .size = sizeof connection,
        .lookup_ms = 1,
        .connect_ms = 2,
        .tls_ms = 3,
        .not_after_s = 1800000000,
        .tls_version = prov_str_from("TLSv1.3"),
        .cert_subject = prov_str_from("server"),
        .cert_names = prov_str_from("a.example, b.example"),
    };
    return prov_transfer_connected(running->transfer, &connection);
}

static void make_call(struct fake_transport *fake, struct fake_running *running)
{
    switch (running->step) {
    case STEP_ADDRESS:
        if (fake->has_no_address) {
            running->step = STEP_HEAD;
            running->refused = follow(fake, running);
            break;
        }
        running->refused = prov_transfer_address(running->transfer, text_or_empty(fake->server_ip),
                                                 running->port, running->peer);
        if (running->refused == PROV_OK)
            running->refused = tell_connection(running);
        break;
    case STEP_HEAD: running->refused = follow(fake, running); break;
    case STEP_DATA: tell_data(running); break;
    case STEP_DONE: tell_end(running, end_status(running)); break;
    case STEP_NONE: break;
    }
}

static void choose_next(struct fake_running *running)
{
    if (running->step == STEP_DONE)
        running->step = STEP_NONE;
    else if (running->refused != PROV_OK ||
             (running->step != STEP_ADDRESS && !is_body_left(running)))
        running->step = STEP_DONE;
    else
        running->step = running->step == STEP_ADDRESS ? STEP_HEAD : STEP_DATA;
}

static void end_early(struct fake_running *running, prov_status status)
{
    tell_end(running, status);
    running->transfer = NULL;
}

static void fault_step(struct fake_transport *fake, struct fake_running *running)
{
    switch (fake->fault) {
    case FAKE_FAIL: end_early(running, PROV_E_NETWORK); break;
    case FAKE_LATE: end_early(running, PROV_E_TIMEOUT); break;
    case FAKE_SHORT: end_early(running, PROV_OK); break;
    case FAKE_STALL: /* but a transfer that was refused ends */
        running->is_stalled = running->refused == PROV_OK;
        if (!running->is_stalled)
            make_call(fake, running);
        break;
    case FAKE_DUPLICATE: {
        struct fake_running before = *running;
        make_call(fake, running);
        running->sent = before.sent;
        make_call(fake, running);
        break;
    }
    }
}

static void take_step(struct fake_transport *fake, struct fake_running *running)
{
    bool is_hit = dial_tick(fake->dial);
    if (running->is_cut) {
        end_early(running, PROV_OK);
        return;
    }
    if (is_hit)
        fault_step(fake, running);
    else
        make_call(fake, running);
    if (!running->transfer || running->is_stalled)
        return;
    choose_next(running);
    if (running->step == STEP_NONE)
        running->transfer = NULL;
}

static bool is_active(const struct fake_running *running)
{
    return running->transfer && !running->is_stalled;
}

static void sweep(struct fake_transport *fake)
{
    struct fake_running **link = &fake->running;
    while (*link) {
        struct fake_running *running = *link;
        if (running->transfer) {
            link = &running->next;
            continue;
        }
        *link = running->next;
        free(running);
    }
}

static prov_status process(void *ctx, struct prov_error *err)
{
    (void)err;
    struct fake_transport *fake = ctx;
    if (fake->is_frozen)
        return PROV_OK;
    /* Started from here on, a transfer comes in front of the list and waits for the next turn. */
    for (struct fake_running *running = fake->running; running; running = running->next) {
        if (is_active(running))
            take_step(fake, running);
        while (fake->is_immediate && is_active(running))
            take_step(fake, running);
    }
    sweep(fake);
    return PROV_OK;
}

static int64_t timeout_ms(void *ctx)
{
    const struct fake_transport *fake = ctx;
    if (fake->is_frozen)
        return -1;
    for (const struct fake_running *running = fake->running; running; running = running->next)
        if (is_active(running))
            return 0;
    return -1;
}

void fake_transport_init(struct fake_transport *fake, const char *schemes, struct dial *dial)
{
    *fake = (struct fake_transport){
        .transport =
            {
                .size = sizeof fake->transport,
                .name = "fake",
                .schemes = schemes,
                .ctx = fake,
                .start = start,
                .cancel = cancel,
                .timeout_ms = timeout_ms,
                .process = process,
            },
        .dial = dial,
        .server_ip = "192.0.2.1",
    };
}

void fake_transport_free(struct fake_transport *fake)
{
    sweep(fake);
    if (fake->running)
        test_die("fake transport: %zu transfers neither ended nor cancelled",
                 fake_transport_n_running(fake));
    for (size_t i = 0; i < fake->n_requests; i++)
        forget_request(&fake->requests[i]);
    fake->n_requests = 0;
    free(fake->uploaded);
    fake->uploaded = NULL;
}

struct fake_answer *fake_transport_add(struct fake_transport *fake, const char *url,
                                       const void *data, size_t len)
{
    struct fake_answer *answer = find_answer(fake, text_or_empty(url));
    if (!answer) {
        if (fake->n_answers == LEN(fake->answers))
            test_die("fake transport: more than %zu answers", LEN(fake->answers));
        answer = &fake->answers[fake->n_answers++];
    }
    *answer = (struct fake_answer){
        .url = url,
        .data = data,
        .len = len,
        .code = strncmp(url, "http", 4) == 0 ? 200 : 0,
        .length = (int64_t)len,
        .retry_after_s = -1,
    };
    return answer;
}

struct fake_answer *fake_transport_add_text(struct fake_transport *fake, const char *url,
                                            const char *text)
{
    return fake_transport_add(fake, url, text, strlen(text));
}

size_t fake_transport_n_running(const struct fake_transport *fake)
{
    size_t n = 0;
    for (const struct fake_running *running = fake->running; running; running = running->next)
        n += running->transfer != NULL;
    return n;
}

size_t fake_transport_n_files(const struct fake_transport *fake)
{
    size_t n = 0;
    for (const struct fake_running *running = fake->running; running; running = running->next)
        n += running->transfer && !running->is_message;
    return n;
}

const struct fake_request *fake_transport_find(const struct fake_transport *fake, const char *url)
{
    for (size_t i = fake->n_requests; i-- > 0;)
        if (strcmp(fake->requests[i].url, url) == 0)
            return &fake->requests[i];
    return NULL;
}
