/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/json_object.h"

#include <inttypes.h>

#include "common/names.h"
#include "common/text.h"

static void put_escaped(FILE *out, char c)
{
    switch (c) {
    case '"': fputs("\\\"", out); break;
    case '\\': fputs("\\\\", out); break;
    case '\n': fputs("\\n", out); break;
    case '\r': fputs("\\r", out); break;
    case '\t': fputs("\\t", out); break;
    default: fprintf(out, "\\u%04x", (unsigned)(unsigned char)c); break;
    }
}

/* A JSON text is UTF-8: bytes that are not become U+FFFD, "replacement character". */
static void put_string(FILE *out, prov_str text)
{
    fputc('"', out);
    while (text.len) {
        size_t n = text_utf8_len(text);
        char c = text.data[0];
        if (n == 0)
            fputs("\\ufffd", out);
        else if (n == 1 && (c == '"' || c == '\\' || c < 0x20 || c == 0x7f))
            put_escaped(out, c);
        else
            fwrite(text.data, 1, n, out);
        n = n ? n : 1;
        text = (prov_str){text.data + n, text.len - n};
    }
    fputc('"', out);
}

void json_end(struct json_object *object)
{
    fputc(object->close, object->out);
}

/* Write the beginning of a member or, without a name, of an element. */
static void begin_member(struct json_object *object, const char *name)
{
    if (object->has_members)
        fputc(',', object->out);
    if (name)
        fprintf(object->out, "\"%s\":", name);
    object->has_members = true;
}

static struct json_object add_inner(struct json_object *object, const char *name, const char *ends)
{
    begin_member(object, name);
    fputc(ends[0], object->out);
    return (struct json_object){.out = object->out, .close = ends[1]};
}

struct json_object json_add_object(struct json_object *object, const char *name)
{
    return add_inner(object, name, "{}");
}

struct json_object json_add_array(struct json_object *object, const char *name)
{
    return add_inner(object, name, "[]");
}

void json_add_text(struct json_object *object, const char *name, prov_str text)
{
    begin_member(object, name);
    put_string(object->out, text);
}

void json_add_word(struct json_object *object, const char *name, const char *word)
{
    json_add_text(object, name, prov_str_from(word));
}

void json_add_number(struct json_object *object, const char *name, int64_t number)
{
    begin_member(object, name);
    fprintf(object->out, "%" PRId64, number);
}

void json_add_decimal(struct json_object *object, const char *name, double number)
{
    begin_member(object, name);
    fprintf(object->out, "%.6g", number);
}

void json_add_bool(struct json_object *object, const char *name, bool is_true)
{
    begin_member(object, name);
    fputs(is_true ? "true" : "false", object->out);
}

void json_add_true(struct json_object *object, const char *name)
{
    json_add_bool(object, name, true);
}

struct json_object json_begin(FILE *out)
{
    struct json_object object = {.out = out, .close = '}'};
    fputc('{', out);
    json_add_number(&object, "version", JSON_VERSION);
    return object;
}

void json_add_raw_array(struct json_object *object, const char *name, const char *elements)
{
    struct json_object array = json_add_array(object, name);
    fputs(elements, object->out);
    json_end(&array);
}

void json_add_text_if_set(struct json_object *object, const char *name, prov_str text)
{
    if (text.len)
        json_add_text(object, name, text);
}

void json_add_number_if_set(struct json_object *object, const char *name, uint64_t number)
{
    if (number)
        json_add_number(object, name, (int64_t)number);
}

void json_add_word_if_set(struct json_object *object, const char *name, uint32_t number,
                          const char *(*word_for)(uint32_t))
{
    if (number)
        json_add_word(object, name, word_for(number));
}

void json_add_error(struct json_object *object, const struct prov_error *error)
{
    if (!error)
        return;
    struct json_object inner = json_add_object(object, "error");
    json_add_word(&inner, "status", prov_status_name(error->status));
    json_add_word(&inner, "meaning", prov_status_text(error->status));
    json_add_word_if_set(&inner, "origin", error->origin, prov_origin_name);
    if (error->native)
        json_add_number(&inner, "native", error->native);
    if (error->status == PROV_E_TLS)
        json_add_word_if_set(&inner, "tls_reason", error->reason, prov_tls_reason_name);
    json_add_number_if_set(&inner, "depth", error->depth);
    json_add_number_if_set(&inner, "line", error->line);
    json_add_number_if_set(&inner, "column", error->column);
    json_add_number_if_set(&inner, "offset", error->offset);
    json_add_text_if_set(&inner, "subject", prov_str_from(error->subject));
    json_add_text_if_set(&inner, "source", prov_str_from(error->source));
    json_add_text_if_set(&inner, "message", prov_str_from(error->message));
    if (error->flags & PROV_ERROR_RETRYABLE)
        json_add_true(&inner, "retryable");
    if (error->flags & PROV_ERROR_CUT)
        json_add_true(&inner, "cut");
    json_end(&inner);
}

void json_add_encodings(struct json_object *object, uint32_t encodings)
{
    if (!encodings)
        return;
    struct json_object layers = json_add_array(object, "encodings");
    const char *name;
    for (size_t i = 0; (name = name_of_encoding(encodings, i)); i++)
        json_add_word(&layers, NULL, name);
    json_end(&layers);
}
