/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/shown.h"

#include <provision/rule.h>

#include "base/buffer.h"
#include "base/str.h"
#include "macro/expand.h"
#include "macro/secrets.h"
#include "rule/rule_priv.h"

void provi_rule_write_redacted(struct provi_text *out, prov_str text)
{
    struct provi_secrets secrets;
    struct provi_span span;
    size_t at = 0;
    provi_secrets_init(&secrets, text);
    while (provi_secrets_may_be_in(text) && provi_secrets_next(&secrets, &span)) {
        provi_text_add(out, (prov_str){text.data + at, span.start - at});
        provi_text_add(out, PROVI_LIT(PROVI_MASK));
        at = span.end;
    }
    provi_text_add(out, provi_str_from_offset(text, at));
}

/* Write text[at..end) of the rule, as expanded or as written, with a mask for each secret. */
static void write_masked(struct provi_text *out, prov_str text, size_t at, size_t end,
                         const struct provi_rule_secret *secrets, size_t n, bool is_written)
{
    for (size_t i = 0; i < n; i++) {
        size_t first = is_written ? secrets[i].written_start : secrets[i].start;
        size_t behind = is_written ? secrets[i].written_end : secrets[i].end;
        if (behind <= at || first >= end || first == behind)
            continue;
        if (first >= at) { /* else it overlaps the one before, in a macro */
            provi_text_add(out, (prov_str){text.data + at, first - at});
            provi_text_add(out, PROVI_LIT(PROVI_MASK));
        }
        at = behind;
    }
    if (at < end)
        provi_text_add(out, (prov_str){text.data + at, end - at});
}

void provi_rule_write_part(struct provi_text *out, const prov_rule *rule,
                           const struct provi_term *term, prov_str part)
{
    if (part.len == 0)
        return;
    size_t at = (size_t)(part.data - rule->text.data); /* the rule's texts are in one block */
    const bool is_written = rule->written.data != rule->text.data && at >= rule->text.len;
    const prov_str text = is_written ? rule->written : rule->text;
    at = (size_t)(part.data - text.data);
    write_masked(out, text, at, at + part.len, rule->parts.secrets + term->secrets.first,
                 term->secrets.n, is_written);
}

prov_status provi_rule_write_shown(struct provi_text *out, const prov_rule *rule, prov_str text,
                                   const struct prov_vars *vars,
                                   const struct prov_rule_options *opt)
{
    if (rule && rule->text.len) {
        write_masked(out, rule->text, 0, rule->text.len, rule->parts.secrets, rule->parts.n_secrets,
                     false);
        return PROV_OK;
    }
    struct provi_buffer masked;
    struct provi_rule_settings settings = {0};
    prov_status status = provi_rule_resolve(&settings, opt, NULL);
    provi_buffer_init(&masked, settings.max_bytes, true);
    if (status == PROV_OK && !rule)
        status = provi_macro_expand(text, vars, settings.expansion_flags | PROV_MACRO_MASK,
                                    &settings.alloc, &masked, NULL);
    if (status != PROV_E_NOMEM)
        provi_rule_write_redacted(out, status == PROV_OK && masked.len ? provi_buffer_str(&masked)
                                                                       : text);
    provi_buffer_free(&masked, &settings.alloc);
    return status == PROV_E_NOMEM ? status : PROV_OK;
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
    COLUMNS_BEFORE = 50, /* of a long line, shown before the caret */
};

static const char more[] = "...";

struct picture {
    struct provi_text *out;
    size_t first; /* columns first..end of the line are drawn */
    size_t end;
    size_t column; /* characters so far */
    size_t caret;  /* column of the place pointed at */
    bool has_mask; /* before the caret, which moves its column */
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
