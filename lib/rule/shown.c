/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/shown.h"

#include <provision/rule.h>

#include "base/buffer.h"
#include "base/str.h"
#include "macro/secrets.h"

void provi_rule_write_redacted(struct provi_text *out, prov_str text)
{
    struct provi_secrets secrets;
    struct provi_span span;
    size_t at = 0;
    provi_secrets_init(&secrets, text);
    while (provi_secrets_next(&secrets, &span)) {
        provi_text_add(out, (prov_str){text.data + at, span.start - at});
        provi_text_add(out, PROVI_LIT(PROVI_MASK));
        at = span.end;
    }
    provi_text_add(out, provi_str_from_offset(text, at));
}

/* Place of a byte of the written text in its expansion; inside a macro the end of its value or, for
 * the start of a stretch, its start. */
static size_t expanded_at(const struct provi_expansion *expansion, size_t written, bool is_start)
{
    const struct provi_macro_span *spans = provi_spans(expansion);
    size_t first = 0, end = provi_n_spans(expansion);
    while (first < end) { /* the first macro at or behind the byte */
        size_t middle = first + (end - first) / 2;
        if (spans[middle].written < written)
            first = middle + 1;
        else
            end = middle;
    }
    if (first == 0)
        return written;
    const struct provi_macro_span *span = &spans[first - 1];
    if (written >= (size_t)span->written + span->replaced)
        return span->at + span->len + (written - span->written - span->replaced);
    return is_start ? span->at : span->at + span->len;
}

prov_status provi_rule_write_shown(const struct provi_expansion *expansion, struct provi_text *out)
{
    struct provi_secrets secrets;
    struct provi_span span;
    struct provi_buffer masked;
    struct provi_text copy;
    const prov_str text = provi_buffer_str(&expansion->text);
    size_t at = 0;
    provi_buffer_init(&masked, SIZE_MAX, true);
    provi_text_to_buffer(&copy, &masked, &expansion->alloc);
    provi_secrets_init(&secrets, expansion->written);
    while (provi_secrets_next(&secrets, &span)) {
        size_t start = expanded_at(expansion, span.start, true);
        if (start > at)
            provi_text_add(&copy, (prov_str){text.data + at, start - at});
        provi_text_add(&copy, PROVI_LIT(PROVI_MASK));
        at = expanded_at(expansion, span.end, false);
    }
    provi_text_add(&copy, provi_str_from_offset(text, at));
    prov_status status = provi_text_end(&copy, NULL);
    if (status == PROV_OK)
        provi_rule_write_redacted(out, provi_buffer_str(&masked));
    provi_buffer_free(&masked, &expansion->alloc);
    return status;
}

prov_status prov_rule_redact(prov_str text, char *buf, size_t cap, size_t *len)
{
    if (!provi_str_is_sound(text) || (!buf && cap) || !len)
        return PROV_E_INVALID;
    struct provi_text out;
    provi_text_to_buf(&out, buf, cap);
    provi_rule_write_redacted(&out, text);
    return provi_text_end(&out, len);
}

enum {
    MAX_COLUMNS = 76,
    COLUMNS_BEFORE = 50, /* of a long line, shown in front of the caret */
};

static const char more[] = "...";

struct picture {
    struct provi_text *out;
    size_t first; /* columns first..end of the line are drawn */
    size_t end;
    size_t column; /* characters so far */
    size_t caret;  /* column of the place pointed at */
    bool has_mask; /* in front of the caret, so that its column is another one than in the text */
};

static void draw_char(struct picture *picture, char c)
{
    bool is_continuation = ((unsigned char)c & 0xc0) == 0x80; /* of a UTF-8 character */
    if (!is_continuation || picture->column == 0)
        picture->column++;
    size_t column = picture->column - 1;
    if (column < picture->first || column >= picture->end)
        return;
    if (c == '\t' || c == '\r')
        c = ' ';
    provi_text_add_char(picture->out, provi_is_control(c) ? '?' : c);
}

/* Draw text[start..end), a secret as one mask. */
static void draw_line(struct picture *picture, prov_str text, size_t start, size_t end,
                      size_t offset)
{
    struct provi_secrets secrets;
    struct provi_span span = {0, 0};
    provi_secrets_init(&secrets, text);
    picture->column = picture->caret = 0;
    for (size_t at = start; at < end;) {
        while (span.end <= at && provi_secrets_next(&secrets, &span))
            ;
        bool is_secret = at >= span.start && at < span.end;
        size_t next = !is_secret ? at + 1 : span.end < end ? span.end : end;
        if (offset >= at && offset < next)
            picture->caret = picture->column;
        picture->has_mask |= is_secret && at < offset;
        for (const char *c = PROVI_MASK; is_secret && *c; c++)
            draw_char(picture, *c);
        if (!is_secret)
            draw_char(picture, text.data[at]);
        at = next;
    }
    if (offset >= end)
        picture->caret = picture->column;
}

static void draw(struct provi_text *out, prov_str text, size_t start, size_t end, size_t offset)
{
    struct picture picture = {.out = out};
    draw_line(&picture, text, start, end, offset);
    if (picture.column > MAX_COLUMNS && picture.caret > COLUMNS_BEFORE)
        picture.first = picture.caret - COLUMNS_BEFORE;
    picture.end = picture.first + MAX_COLUMNS;
    bool has_more_before = picture.first > 0;
    provi_text_puts(out, has_more_before ? more : "");
    draw_line(&picture, text, start, end, offset);
    provi_text_puts(out, picture.end < picture.column ? more : "");
    provi_text_newline(out);
    size_t indent = has_more_before ? sizeof more - 1 : 0;
    provi_text_add_repeat(out, ' ', indent + picture.caret - picture.first);
    provi_text_puts(out, "^");
    if (picture.has_mask) {
        provi_text_puts(out, " column ");
        provi_text_add_number(out, (int64_t)(offset - start + 1));
        provi_text_puts(out, " as written");
    }
    provi_text_newline(out);
}

prov_status prov_rule_picture(prov_str text, uint64_t offset, char *buf, size_t cap, size_t *len)
{
    if (!provi_str_is_sound(text) || (!buf && cap) || !len)
        return PROV_E_INVALID;
    size_t place = offset < text.len ? (size_t)offset : text.len;
    size_t start = place;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    size_t end = place + provi_str_find(provi_str_from_offset(text, place), '\n');
    struct provi_text out;
    provi_text_to_buf(&out, buf, cap);
    draw(&out, text, start, end, place);
    return provi_text_end(&out, len);
}
