/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/report_body.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "env/env.h"

#define RULE "Report_Rule"

/* The encoder's sink: what it writes waits to be read. */
static prov_status write_out(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_report_body *body = ctx;
    prov_status status = provi_buffer_add(&body->out, &body->env->alloc, data, len);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

static prov_status finish_out(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

/* The writer's sink: its document is only a part of the body. */
static prov_status write_element(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    return prov_encoder_write(((struct provi_report_body *)ctx)->encoder, data, len, err);
}

static prov_status put(struct provi_report_body *body, const char *text, struct prov_error *err)
{
    return prov_encoder_write(body->encoder, text, strlen(text), err);
}

static prov_status begin_document(struct provi_report_body *body, struct prov_error *err)
{
    const struct prov_profile_writer_options options = {
        .size = sizeof options,
        .alloc = &body->env->alloc,
        .catalogue = &body->env->catalogue,
        .omit_secrets = 1,
    };
    const struct prov_sink sink = {.write = write_element, .finish = finish_out, .ctx = body};
    prov_status status = put(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n", err);
    return status == PROV_OK ? prov_profile_writer_new(&body->writer, &options, sink, err) : status;
}

static prov_status end_document(struct provi_report_body *body, struct prov_error *err)
{
    prov_status status = prov_profile_writer_finish(body->writer, err);
    if (status == PROV_OK)
        status = put(body, "</device>\n", err);
    return status == PROV_OK ? prov_encoder_finish(body->encoder, err) : status;
}

/* A value that XML cannot carry: the others are reported. */
static void warn(struct provi_report_body *body, prov_str name)
{
    const struct prov_warning warning = {
        .size = sizeof warning,
        .kind = PROV_WARN_BAD_VALUE,
        .rule = PROVI_LIT(RULE),
        .name = name,
    };
    if (body->is_counting)
        provi_env_event(body->env, (struct prov_event){
                                       .type = PROV_EVENT_WARNING,
                                       .job = PROV_JOB_REPORT,
                                       .as.warning = &warning,
                                   });
}

static prov_status write_param(struct provi_report_body *body, struct prov_error *err)
{
    const struct prov_host *host = &body->env->host;
    struct prov_param param = {.size = sizeof param};
    prov_status status = host->param(host->store_ctx, body->index++, &param);
    if (status == PROV_E_NOT_FOUND) {
        body->part = PROVI_REPORT_TAIL;
        return PROV_OK;
    }
    if (status != PROV_OK)
        return provi_host_answer(status, PROVI_LIT("param"), err);
    if (!param.has_value && param.access == PROV_ACCESS_KEEP)
        return PROV_OK;
    status = prov_profile_writer_param(body->writer, &param, err);
    if (status != PROV_E_INVALID)
        return status;
    warn(body, param.name);
    return PROV_OK;
}

static prov_status step(struct provi_report_body *body, struct prov_error *err)
{
    if (body->env->is_doomed)
        return provi_fail_gone(err);
    switch (body->part) {
    case PROVI_REPORT_HEAD: body->part = PROVI_REPORT_PARAMS; return begin_document(body, err);
    case PROVI_REPORT_PARAMS: return write_param(body, err);
    default: body->part = PROVI_REPORT_END; return end_document(body, err);
    }
}

static prov_status read_body(void *ctx, void *buf, size_t cap, size_t *len, struct prov_error *err)
{
    struct provi_report_body *body = ctx;
    prov_status status = PROV_OK;
    *len = 0;
    while (*len < cap && status == PROV_OK) {
        size_t n = body->out.len - body->at;
        if (n == 0 && body->part == PROVI_REPORT_END)
            break;
        if (n == 0) {
            provi_buffer_reset(&body->out);
            body->at = 0;
            status = step(body, err);
            continue;
        }
        if (n > cap - *len)
            n = cap - *len;
        memcpy((char *)buf + *len, body->out.data + body->at, n);
        body->at += n;
        *len += n;
    }
    return status;
}

static void release(struct provi_report_body *body)
{
    prov_profile_writer_free(body->writer);
    prov_encoder_free(body->encoder);
    provi_buffer_free(&body->out, &body->env->alloc);
    body->writer = NULL;
    body->encoder = NULL;
}

/* Encrypted with another salt each time. */
static prov_status rewind_body(void *ctx, struct prov_error *err)
{
    struct provi_report_body *body = ctx;
    const struct prov_encode_options options = {
        .size = sizeof options,
        .alloc = &body->env->alloc,
        .key = body->key,
        .ikm = provi_buffer_str(&body->ikm),
        .encodings = body->encodings,
    };
    const struct prov_sink sink = {.write = write_out, .finish = finish_out, .ctx = body};
    release(body);
    provi_buffer_init(&body->out, body->env->limits.max_store_bytes, true);
    body->part = PROVI_REPORT_HEAD;
    body->index = body->at = 0;
    return prov_encoder_new(&body->encoder, &options, sink, err);
}

/* Many a script behind a server gets no body whose length is not announced. */
static prov_status count(struct provi_report_body *body, int64_t *n, struct prov_error *err)
{
    char piece[512];
    size_t len;
    prov_status status = PROV_OK;
    *n = 0;
    body->is_counting = true;
    do {
        status = read_body(body, piece, sizeof piece, &len, err);
        *n += (int64_t)len;
    } while (status == PROV_OK && len > 0);
    body->is_counting = false;
    provi_wipe(piece, sizeof piece);
    return status;
}

prov_status provi_report_body_open(struct provi_report_body *body, struct prov_error *err)
{
    int64_t length = 0;
    prov_status status = rewind_body(body, err);
    if (status == PROV_OK)
        status = count(body, &length, err);
    if (status == PROV_OK)
        status = rewind_body(body, err);
    body->upload = (struct prov_upload){
        .size = sizeof body->upload,
        .ctx = body,
        .length = length,
        .read = read_body,
        .rewind = rewind_body,
    };
    return status;
}

void provi_report_body_close(struct provi_report_body *body)
{
    if (!body->env)
        return;
    release(body);
    provi_buffer_free(&body->ikm, &body->env->alloc);
}
