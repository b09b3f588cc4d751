/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "vectors.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dials.h"

prov_str vector_copy(prov_str text, char behind)
{
    enum { BEHIND = 8 };
    char *block = malloc(text.len + BEHIND);
    if (!block)
        abort();
    if (text.len)
        memcpy(block, text.data, text.len);
    memset(block + text.len, behind, BEHIND);
    return (prov_str){block, text.len};
}

_Noreturn void vector_die(const struct vector *vector, const char *format, ...)
{
    char what[2048];
    va_list args;
    va_start(args, format);
    vsnprintf(what, sizeof what, format, args);
    va_end(args);
    test_die("%s:%u: %s", vector->path, vector->line, what);
}

prov_str vector_get(const struct vector *vector, const char *key)
{
    for (size_t i = 0; i < vector->n_fields; i++)
        if (provi_str_is(vector->fields[i].key, key))
            return vector->fields[i].value;
    return (prov_str){NULL, 0};
}

static char *read_file(const char *path, size_t *len)
{
    FILE *file = fopen(path, "rb");
    if (!file)
        test_die("%s: cannot be opened", path);
    fseek(file, 0, SEEK_END);
    *len = (size_t)ftell(file);
    rewind(file);
    char *data = malloc(*len + 1);
    if (!data || fread(data, 1, *len, file) != *len)
        test_die("%s: cannot be read", path);
    fclose(file);
    return data;
}

static unsigned hex_value(char c)
{
    return provi_is_digit(c) ? (unsigned)(c - '0') : (unsigned)(provi_lower(c) - 'a' + 10);
}

/* Decode escapes in place. */
static prov_str unescape(char *data, size_t len)
{
    size_t to = 0;
    for (size_t i = 0; i < len; i++) {
        char c = data[i];
        char next = i + 1 < len ? data[i + 1] : '\0';
        if (c == '\\' && next && strchr("nrt", next)) {
            c = next == 'n' ? '\n' : next == 'r' ? '\r' : '\t';
            i++;
        } else if (c == '\\' && next == 'x' && i + 3 < len) {
            c = (char)(hex_value(data[i + 2]) * 16 + hex_value(data[i + 3]));
            i += 3;
        }
        data[to++] = c;
    }
    return (prov_str){data, to};
}

/* `key: value`; a value keeps its blanks but for the one behind the colon. */
static void add_field(struct vector *vector, char *line, size_t len)
{
    size_t colon = provi_str_find((prov_str){line, len}, ':');
    if (colon == len || vector->n_fields == VECTOR_MAX_FIELDS)
        vector_die(vector, "not a 'key: value' line, or too many: %.*s", (int)len, line);
    struct vector_field *field = &vector->fields[vector->n_fields++];
    size_t start = colon + 1 < len && line[colon + 1] == ' ' ? colon + 2 : colon + 1;
    bool is_escaped = colon && line[colon - 1] == '*';
    field->key = (prov_str){line, is_escaped ? colon - 1 : colon};
    field->value =
        is_escaped ? unescape(line + start, len - start) : (prov_str){line + start, len - start};
}

struct runner {
    struct vector vector;
    vector_test test;
    void *ctx;
    size_t n_run;
};

static void end_record(struct runner *runner)
{
    if (runner->vector.n_fields == 0)
        return;
    runner->test(runner->ctx, &runner->vector);
    runner->vector.n_fields = 0;
    runner->n_run++;
}

static void take_line(struct runner *runner, char *line, size_t len, unsigned number)
{
    if (len == 0) {
        end_record(runner);
        return;
    }
    if (line[0] == '#')
        return;
    if (runner->vector.n_fields == 0)
        runner->vector.line = number;
    add_field(&runner->vector, line, len);
}

static size_t run(const char *path, const char *fence, vector_test test, void *ctx)
{
    size_t file_len;
    char *data = read_file(path, &file_len);
    char *end = data + file_len;
    struct runner runner = {.vector.path = path, .test = test, .ctx = ctx};
    bool is_inside = !fence;
    unsigned number = 1;
    for (char *line = data; line < end; number++) {
        char *newline = memchr(line, '\n', (size_t)(end - line));
        size_t len = (size_t)((newline ? newline : end) - line);
        bool is_fence = fence && len >= 3 && memcmp(line, "```", 3) == 0;
        if (is_fence) {
            end_record(&runner);
            is_inside = !is_inside && provi_str_is((prov_str){line + 3, len - 3}, fence);
        } else if (is_inside) {
            take_line(&runner, line, len, number);
        }
        line += len + 1;
    }
    end_record(&runner);
    free(data);
    return runner.n_run;
}

size_t vectors_run(const char *path, vector_test test, void *ctx)
{
    return run(path, NULL, test, ctx);
}

size_t vectors_run_fenced(const char *path, const char *language, vector_test test, void *ctx)
{
    return run(path, language, test, ctx);
}
