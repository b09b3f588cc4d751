/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "json.h"

#include <inttypes.h>

#include "text.h"
#include "words.h"

/* An object being written. */
struct object {
    FILE *out;
    bool has_members;
};

/* ---- pieces ---- */

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

static struct object object_begin(FILE *out)
{
    fputc('{', out);
    return (struct object){.out = out};
}

static void object_end(struct object *object)
{
    fputc('}', object->out);
}

static void add_name(struct object *object, const char *name)
{
    fprintf(object->out, "%s\"%s\":", object->has_members ? "," : "", name);
    object->has_members = true;
}

static void add_text(struct object *object, const char *name, prov_str text)
{
    add_name(object, name);
    put_string(object->out, text);
}

static void add_word(struct object *object, const char *name, const char *word)
{
    add_text(object, name, prov_str_from(word));
}

static void add_number(struct object *object, const char *name, int64_t number)
{
    add_name(object, name);
    fprintf(object->out, "%" PRId64, number);
}

static void add_true(struct object *object, const char *name)
{
    add_name(object, name);
    fputs("true", object->out);
}

/* Fields that are zero do not belong to their event. */

static void add_text_if_set(struct object *object, const char *name, prov_str text)
{
    if (text.len)
        add_text(object, name, text);
}

static void add_number_if_set(struct object *object, const char *name, uint64_t number)
{
    if (number)
        add_number(object, name, (int64_t)number);
}

static void add_word_if_set(struct object *object, const char *name, uint32_t number,
                            const char *(*word_for)(uint32_t))
{
    if (number)
        add_word(object, name, word_for(number));
}

/* ---- whole objects ---- */

static void add_error(struct object *object, const struct prov_error *error)
{
    if (!error)
        return;
    add_name(object, "error");
    struct object inner = object_begin(object->out);
    add_word(&inner, "status", prov_status_name(error->status));
    add_word(&inner, "meaning", prov_status_text(error->status));
    add_word_if_set(&inner, "origin", error->origin, name_of_origin);
    if (error->native)
        add_number(&inner, "native", error->native);
    add_number_if_set(&inner, "line", error->line);
    add_number_if_set(&inner, "column", error->column);
    add_number_if_set(&inner, "offset", error->offset);
    add_text_if_set(&inner, "subject", prov_str_from(error->subject));
    add_text_if_set(&inner, "source", prov_str_from(error->source));
    add_text_if_set(&inner, "message", prov_str_from(error->message));
    if (error->flags & PROV_ERROR_RETRYABLE)
        add_true(&inner, "retryable");
    if (error->flags & PROV_ERROR_CUT)
        add_true(&inner, "cut");
    object_end(&inner);
}

static void add_encodings(struct object *object, uint32_t encodings)
{
    if (!encodings)
        return;
    add_name(object, "encodings");
    fputc('[', object->out);
    const char *name;
    for (size_t i = 0; (name = name_of_encoding(encodings, i)); i++) {
        fputs(i ? "," : "", object->out);
        put_string(object->out, prov_str_from(name));
    }
    fputc(']', object->out);
}

/* Both values always, so that an empty one is told from one that is withheld. */
static void add_change(struct object *object, const struct prov_event *event)
{
    if (event->type != PROV_EVENT_CHANGED)
        return;
    add_word_if_set(object, "access", event->access, name_of_access);
    if (event->is_secret) {
        add_true(object, "is_secret");
        return;
    }
    add_text(object, "old_value", event->old_value);
    add_text(object, "new_value", event->new_value);
}

static void add_counts(struct object *object, const struct prov_event *event)
{
    add_number_if_set(object, "term", event->term);
    add_number_if_set(object, "code", event->code > 0 ? (uint64_t)event->code : 0);
    add_number_if_set(object, "bytes", event->bytes);
    add_number_if_set(object, "total", event->total > 0 ? (uint64_t)event->total : 0);
    add_number_if_set(object, "n_params", event->n_params);
    add_number_if_set(object, "n_changed", event->n_changed);
    add_number_if_set(object, "n_warnings", event->n_warnings);
    add_number_if_set(object, "retry", event->retry);
}

void json_event(FILE *out, const struct prov_event *event)
{
    struct object object = object_begin(out);
    add_word(&object, "event", name_of_event(event->type));
    add_word_if_set(&object, "cause", event->cause, name_of_cause);
    add_word_if_set(&object, "outcome", event->outcome, name_of_outcome);
    add_number_if_set(&object, "severity", event->severity);
    add_text_if_set(&object, "rule", event->rule);
    add_text_if_set(&object, "url", event->url);
    add_text_if_set(&object, "server_ip", event->server_ip);
    add_text_if_set(&object, "server", event->server);
    add_text_if_set(&object, "name", event->name);
    add_text_if_set(&object, "text", event->text);
    add_word_if_set(&object, "warning", event->warning, name_of_warning);
    add_number_if_set(&object, "line", event->line);
    add_change(&object, event);
    add_encodings(&object, event->encodings);
    add_word_if_set(&object, "derivation", event->derivation, name_of_derivation);
    add_counts(&object, event);
    if (event->type == PROV_EVENT_SCHEDULED) {
        add_word(&object, "why", name_of_why(event->why));
        add_number(&object, "in_ms", event->in_ms);
    }
    add_error(&object, event->error);
    object_end(&object);
    fputc('\n', out);
}

void json_parameter(FILE *out, prov_str name, prov_str value, bool is_set, bool is_secret)
{
    struct object object = object_begin(out);
    add_word(&object, "event", "parameter");
    add_text(&object, "name", name);
    if (is_secret)
        add_true(&object, "is_secret");
    else
        add_text(&object, "value", value);
    if (is_set)
        add_true(&object, "is_set");
    object_end(&object);
    fputc('\n', out);
}
