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
    struct provi_secrets secrets = {.text = text};
    struct provi_span span;
    size_t at = 0;
    while (provi_secrets_next(&secrets, &span)) {
        provi_text_add(out, (prov_str){text.data + at, span.start - at});
        provi_text_add(out, PROVI_LIT(PROVI_MASK));
        at = span.end;
    }
    provi_text_add(out, provi_str_from_offset(text, at));
}

void provi_rule_write_part(struct provi_text *out, const prov_rule *rule,
                           struct provi_range secrets, prov_str part)
{
    const uintptr_t address = (uintptr_t)part.data;
    const bool is_expanded = address - (uintptr_t)rule->text.data < rule->text.len;
    const prov_str text = is_expanded ? rule->text : rule->expansion.written;
    size_t at = address - (uintptr_t)text.data;
    const size_t end = at + part.len;
    if (at >= text.len) { /* the software version */
        provi_text_add(out, part);
        return;
    }
    const struct provi_rule_secret *secret = rule->parts.secrets + secrets.first;
    for (size_t i = 0; i < secrets.n; i++, secret++) {
        struct provi_written hidden = {secret->start, secret->end, false};
        if (!is_expanded)
            hidden = provi_expansion_map(&rule->expansion, hidden.start, hidden.end);
        if (hidden.is_inside || hidden.end <= at || hidden.start >= end)
            continue;
        if (hidden.start >= at) { /* else it overlaps the one before, in a macro */
            provi_text_add(out, (prov_str){text.data + at, hidden.start - at});
            provi_text_add(out, PROVI_LIT(PROVI_MASK));
        }
        at = hidden.end;
    }
    if (at < end)
        provi_text_add(out, (prov_str){text.data + at, end - at});
}

prov_status provi_rule_write_shown(struct provi_text *out, const prov_rule *rule, prov_str text,
                                   const struct prov_vars *vars,
                                   const struct prov_rule_options *opt)
{
    if (rule && rule->text.len) {
        const struct provi_range all = {0, (uint32_t)rule->parts.n_secrets};
        provi_rule_write_part(out, rule, all, rule->text);
        return PROV_OK;
    }
    struct provi_buffer masked;
    struct provi_rule_settings settings = {0};
    prov_status status = provi_rule_resolve(&settings, opt, NULL);
    provi_buffer_init(&masked, settings.max_bytes, true);
    if (status == PROV_OK && !rule)
        status = provi_macro_expand(text, vars, settings.expansion_flags | PROV_MACRO_MASK,
                                    &settings.alloc, &masked, NULL, NULL);
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
    struct provi_text out = {.buf = buf, .cap = cap};
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
    struct provi_secrets secrets = {.text = text};
    struct provi_span span = {0, 0};
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
    struct provi_text out = {.buf = buf, .cap = cap};
    draw(&out, text, start, end, place);
    return provi_text_end(&out, len);
}
