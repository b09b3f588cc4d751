/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "table.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "dials.h"

enum { MAX_LINE = 4096 };

void table_fail(const struct table_row *row, const char *format, ...)
{
    char message[1024];
    va_list args;
    va_start(args, format);
    vsnprintf(message, sizeof message, format, args);
    va_end(args);
    test_die("%s:%u: %s", row->path, row->line, message);
}

static char unescape_byte(const struct table_row *row, const char **from)
{
    char c = *(*from)++;
    if (c != '\\')
        return c;
    c = *(*from)++;
    if (c == 's')
        return ' ';
    if (c == '|' || c == '\\')
        return c;
    unsigned byte;
    if (c != 'x' || sscanf(*from, "%2x", &byte) != 1)
        table_fail(row, "no such escape: \\%c", c);
    *from += 2;
    return (char)byte;
}

/* The text from `from` to the next bar or NUL, written over itself; returns what is behind it. */
static char *cut_column(struct table_row *row, char *from)
{
    from += strspn(from, " ");
    const char *in = from;
    char *out = from;
    char *end = from; /* behind the last byte that counts */
    while (*in && *in != '|') {
        bool is_plain_blank = *in == ' ';
        *out++ = unescape_byte(row, &in);
        if (!is_plain_blank)
            end = out;
    }
    char *rest = *in ? from + (in - from) + 1 : NULL;
    *end = '\0';
    if (row->n_columns == TABLE_MAX_COLUMNS)
        table_fail(row, "too many columns");
    row->columns[row->n_columns++] = (prov_str){from, (size_t)(end - from)};
    return rest;
}

unsigned table_run(const char *path, table_check check, void *ctx)
{
    FILE *file = fopen(path, "r");
    if (!file)
        test_die("%s: cannot be opened", path);
    struct table_row row = {.path = path};
    unsigned n_rows = 0;
    for (char text[MAX_LINE]; fgets(text, sizeof text, file);) {
        row = (struct table_row){.path = path, .line = row.line + 1};
        if (!strchr(text, '\n'))
            table_fail(&row, "line too long, or without its end");
        text[strcspn(text, "\n")] = '\0';
        if (text[0] == '\0' || text[0] == '#')
            continue;
        for (char *rest = text; rest;)
            rest = cut_column(&row, rest);
        check(ctx, &row);
        n_rows++;
    }
    fclose(file);
    if (n_rows == 0)
        test_die("%s: no rows", path);
    return n_rows;
}
