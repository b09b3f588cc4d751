/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/page.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

/* Escape for text and quoted attributes (HTML, 13.1.4). Control characters except line ends, and
 * broken UTF-8, become `?`. */
static void put_escaped(FILE *out, prov_str text)
{
    size_t begun = 0; /* start of a part that needs no escapes */
    for (size_t i = 0, len; i < text.len; i += len) {
        const char *letter = text.data + i;
        len = text_utf8_len((prov_str){letter, text.len - i});
        bool is_control = ((unsigned char)*letter < ' ' && *letter != '\n') || *letter == 0x7f;
        if (len > 0 && !is_control && !strchr("&<>\"'", *letter))
            continue;
        fwrite(text.data + begun, 1, i - begun, out);
        if (len == 0 || is_control)
            fputc('?', out);
        else
            fprintf(out, "&#%d;", *letter);
        len = 1;
        begun = i + 1;
    }
    fwrite(text.data + begun, 1, text.len - begun, out);
}

/* The piece after the end of the section that begins at @p piece. */
static const struct page_piece *skip_section(const struct page_piece *piece)
{
    size_t depth = 0;
    do {
        depth += piece->kind == PAGE_BEGIN;
        depth -= piece->kind == PAGE_END;
        piece++;
    } while (depth > 0);
    return piece;
}

/* Write pieces up to the end of the section, or of the template. The depth is that of the
 * templates. */
static void put_pieces(FILE *out, const struct page_piece *piece, const struct page_source *source)
{
    while (piece->kind != PAGE_STOP && piece->kind != PAGE_END) {
        if (piece->kind == PAGE_TEXT)
            fputs(piece->text, out);
        else if (piece->kind == PAGE_VALUE)
            put_escaped(out, source->value(source->ctx, piece->text));
        else
            for (size_t i = 0; source->section(source->ctx, piece->text, i); i++)
                put_pieces(out, piece + 1, source);
        piece = piece->kind == PAGE_BEGIN ? skip_section(piece) : piece + 1;
    }
}

char *page_write(const struct page_piece *template, const struct page_source *source, size_t *len)
{
    char *text = NULL;
    FILE *out = open_memstream(&text, len);
    if (!out)
        return NULL;
    put_pieces(out, template, source);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}
