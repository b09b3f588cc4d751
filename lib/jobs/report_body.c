/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/report_body.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "env/env.h"
#include "env/param.h"
#include "macro/secrets.h"

#define RULE "Report_Rule"

/* The encoder's sink: keep its output until it is read. */
static prov_status write_out(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_report_body *body = ctx;
    prov_status status = provi_buffer_add(&body->out, &body->env->alloc, data, len);
    if (status == PROV_E_LIMIT)
        return provi_fail(err, status, "one value of the report: expected at most %zu bytes",
                          body->out.max);
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(err);
}

static prov_status finish_out(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

/* The writer's sink: its document is one part of the body. */
static prov_status write_element(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    return prov_encoder_write(((struct provi_report_body *)ctx)->encoder, data, len, err);
}

static prov_status put(struct provi_report_body *body, const char *text, struct prov_error *err)
{
    return prov_encoder_write(body->encoder, text, strlen(text), err);
}

static prov_status open_writer(struct provi_report_body *body, prov_str root,
                               struct prov_error *err)
{
    const struct prov_profile_writer_options options = {
        .size = sizeof options,
        .alloc = &body->env->alloc,
        .catalogue = &body->env->catalogue,
        .root = root,
        .omit_secrets = 1,
    };
    const struct prov_sink sink = {.write = write_element, .finish = finish_out, .ctx = body};
    return prov_profile_writer_new(&body->writer, &options, sink, err);
}

static prov_status close_writer(struct provi_report_body *body, struct prov_error *err)
{
    prov_status status = body->writer ? prov_profile_writer_finish(body->writer, err) : PROV_OK;
    prov_profile_writer_free(body->writer);
    body->writer = NULL;
    return status;
}

static prov_status begin_document(struct provi_report_body *body, struct prov_error *err)
{
    body->part = PROVI_REPORT_VALUES;
    prov_status status = put(body, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<device>\n", err);
    if (status != PROV_OK)
        return status;
    return body->kind == PROVI_REPORT_STATUS ? put(body, "<phone-status>\n", err)
                                             : open_writer(body, PROVI_LIT("flat-profile"), err);
}

static prov_status end_document(struct provi_report_body *body, struct prov_error *err)
{
    body->part = PROVI_REPORT_END;
    prov_status status = close_writer(body, err);
    if (status == PROV_OK && body->kind == PROVI_REPORT_STATUS)
        status = put(body, "</phone-status>\n", err);
    if (status == PROV_OK)
        status = put(body, "</device>\n", err);
    return status == PROV_OK ? prov_encoder_finish(body->encoder, err) : status;
}

/* XML cannot contain the value; the other parameters are reported. */
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

static prov_status write_value(struct provi_report_body *body, const struct prov_param *param,
                               struct prov_error *err)
{
    prov_status status = prov_profile_writer_param(body->writer, param, err);
    bool is_unfit = status == PROV_E_INVALID || status == PROV_E_VALUE;
    if (is_unfit)
        warn(body, param->name);
    else if (status == PROV_OK)
        body->n_values += body->is_counting;
    return is_unfit ? PROV_OK : status;
}

/* A value with a secret, such as a rule with a login or key, is left out: the masked rule would be
 * a different one if it were applied. A status line is no rule, although it has brackets, and its
 * URL is masked. */
static bool has_secret(const struct provi_report_body *body, const struct prov_param *param)
{
    struct provi_secrets secrets = {.text = param->value};
    struct provi_span span;
    if (!provi_secrets_next(&secrets, &span))
        return false;
    const struct prov_param_info *info = provi_param_info(&body->env->params, param->name);
    return !(info && info->flags & PROV_PARAM_FLAG_READ_ONLY);
}

/* A delta contains no secrets, and does not show that one changed. */
static prov_status write_param(struct provi_report_body *body, struct prov_error *err)
{
    const struct prov_host *host = &body->env->host;
    struct prov_param param = {.size = sizeof param};
    bool is_part = true;
    prov_status status = host->param(host->store_ctx, body->at_value, &param);
    if (status == PROV_E_NOT_FOUND) {
        body->part = body->kind == PROVI_REPORT_DELTA ? PROVI_REPORT_REMOVED : PROVI_REPORT_TAIL;
        body->at_value = 0;
        return PROV_OK;
    }
    if (status == PROV_OK && (!provi_str_is_sound(param.name) || !provi_str_is_sound(param.value)))
        status = PROV_E_HOST;
    if (status != PROV_OK)
        return provi_host_status(status, "param", err);
    body->at_value++;
    if (!param.has_value && param.access == PROV_ACCESS_KEEP)
        return PROV_OK;
    if (body->kind == PROVI_REPORT_DELTA &&
        prov_catalogue_is_secret(&body->env->catalogue, param.name))
        return PROV_OK;
    const bool is_hidden = has_secret(body, &param);
    if (is_hidden) { /* the delta's record has the name only */
        param.value = PROVI_LIT("");
        param.has_value = UINT8_MAX;
    }
    if (body->kind == PROVI_REPORT_DELTA)
        status = provi_report_delta_add(&body->delta, &param, &is_part, err);
    return status == PROV_OK && is_part && !is_hidden ? write_value(body, &param, err) : status;
}

/* The parameter is not stored any more: it has its default value. */
static prov_status write_removed(struct provi_report_body *body, struct prov_error *err)
{
    prov_str name;
    if (!provi_report_delta_removed(&body->delta, &body->at_value, &name)) {
        body->part = PROVI_REPORT_TAIL;
        return PROV_OK;
    }
    const struct prov_param_info *info = provi_param_info(&body->env->params, name);
    const struct prov_param param = {
        .size = sizeof param,
        .name = name,
        .value = prov_str_from(prov_catalogue_default(info, &body->env->dialect)),
        .has_value = PROV_VALUE_GIVEN,
    };
    return write_value(body, &param, err);
}

/* Each section is an element. */
static prov_status write_status(struct provi_report_body *body, struct prov_error *err)
{
    struct prov_report_field field;
    prov_status status = provi_report_status_next(&body->status, &field, err);
    if (status == PROV_E_NOT_FOUND) {
        body->part = PROVI_REPORT_TAIL;
        return PROV_OK;
    }
    bool is_new = status == PROV_OK &&
                  (!body->writer || !provi_str_eq(field.section, prov_str_from(body->section)));
    if (is_new) {
        status = close_writer(body, err);
        memcpy(body->section, field.section.data, field.section.len);
        body->section[field.section.len] = '\0';
    }
    if (is_new && status == PROV_OK)
        status = open_writer(body, field.section, err);
    if (is_new && status == PROV_E_INVALID)
        status = provi_fail(err, PROV_E_HOST,
                            "status: expected an XML name for a section, found %s", body->section);
    const struct prov_param param = {
        .size = sizeof param,
        .name = field.name,
        .value = field.value,
        .has_value = PROV_VALUE_GIVEN,
    };
    return status == PROV_OK ? write_value(body, &param, err) : status;
}

static prov_status step(struct provi_report_body *body, struct prov_error *err)
{
    if (body->env->is_freed)
        return provi_fail_gone(err);
    switch (body->part) {
    case PROVI_REPORT_HEAD: return begin_document(body, err);
    case PROVI_REPORT_VALUES:
        return body->kind == PROVI_REPORT_STATUS ? write_status(body, err) : write_param(body, err);
    case PROVI_REPORT_REMOVED: return write_removed(body, err);
    default: return end_document(body, err);
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

/* Each encryption has a different salt. */
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
    body->at_value = body->at = 0;
    if (body->kind == PROVI_REPORT_DELTA)
        provi_report_delta_begin(&body->delta);
    else if (body->kind == PROVI_REPORT_STATUS)
        provi_report_status_begin(&body->status);
    return prov_encoder_new(&body->encoder, &options, sink, err);
}

/* Many CGI scripts get an empty body unless its length is announced. */
static prov_status count(struct provi_report_body *body, int64_t *n, struct prov_error *err)
{
    char piece[512];
    size_t len;
    prov_status status = PROV_OK;
    *n = 0;
    body->n_values = 0;
    body->is_counting = true;
    do {
        status = read_body(body, piece, sizeof piece, &len, err);
        *n += (int64_t)len;
    } while (status == PROV_OK && len > 0);
    body->is_counting = false;
    provi_wipe(piece, sizeof piece);
    return status;
}

/* The document may be one whose length is not announced. */
prov_status provi_report_body_write(struct provi_report_body *body, const struct prov_sink *sink,
                                    struct prov_error *err)
{
    char piece[512];
    size_t len = 0;
    prov_status status = rewind_body(body, err);
    do {
        if (status == PROV_OK)
            status = read_body(body, piece, sizeof piece, &len, err);
        if (status == PROV_OK)
            status = sink->write(sink->ctx, piece, len, err);
    } while (status == PROV_OK && len > 0);
    provi_wipe(piece, sizeof piece);
    return status == PROV_OK ? sink->finish(sink->ctx, err) : status;
}

prov_status provi_report_body_open(struct provi_report_body *body, struct prov_error *err)
{
    int64_t length = 0;
    prov_status status = rewind_body(body, err);
    if (status == PROV_OK)
        status = count(body, &length, err);
    if (status == PROV_OK && body->kind == PROVI_REPORT_DELTA && body->n_values)
        provi_report_delta_prepare(&body->delta);
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

bool provi_report_body_is_read(const struct provi_report_body *body)
{
    return body->part == PROVI_REPORT_END && body->at == body->out.len;
}

void provi_report_body_close(struct provi_report_body *body)
{
    release(body);
    if (body->kind == PROVI_REPORT_STATUS)
        provi_report_status_end(&body->status);
    provi_report_delta_close(&body->delta);
    provi_buffer_free(&body->ikm, &body->env->alloc);
}
