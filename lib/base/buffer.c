/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/buffer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/str.h"

enum {
    FIRST_CAP = 64,
    LARGE_CAP =
        65536, /* above this, grow by a quarter, since half of a large buffer would be wasted */
};

void provi_buffer_init(struct provi_buffer *buffer, size_t max, bool is_secret)
{
    if (max == SIZE_MAX)
        max--; /* the NUL needs a byte that can be counted */
    *buffer = (struct provi_buffer){.max = max, .is_secret = is_secret};
}

void provi_buffer_init_with(struct provi_buffer *buffer, void *memory, size_t cap, size_t max,
                            bool is_secret)
{
    provi_buffer_init(buffer, max, is_secret);
    buffer->data = memory;
    buffer->cap = cap;
    buffer->is_lent = true;
}

prov_status provi_buffer_reserve(struct provi_buffer *buffer, const struct prov_alloc *alloc,
                                 size_t len)
{
    if (len > buffer->max - buffer->len)
        return PROV_E_LIMIT;
    if (buffer->cap - buffer->len > len)
        return PROV_OK;
    const size_t need = buffer->len + len + 1;
    size_t cap = buffer->cap ? buffer->cap : FIRST_CAP;
    while (cap < need)
        cap = cap > SIZE_MAX / 2 ? need : cap + (cap < LARGE_CAP ? cap : cap / 4);
    if (cap > buffer->max + 1)
        cap = buffer->max + 1;

    const bool is_moved = buffer->is_secret || buffer->is_lent;
    char *data =
        is_moved ? provi_alloc(alloc, cap) : provi_resize(alloc, buffer->data, buffer->cap, cap);
    if (!data)
        return PROV_E_NOMEM;
    len = buffer->len;
    if (is_moved && len)
        memcpy(data, buffer->data, len);
    if (is_moved)
        provi_buffer_free(buffer, alloc);
    buffer->data = data;
    buffer->len = len;
    buffer->cap = cap;
    return PROV_OK;
}

prov_status provi_buffer_add(struct provi_buffer *buffer, const struct prov_alloc *alloc,
                             const void *data, size_t len)
{
    bool has_room = len < buffer->cap - buffer->len && len <= buffer->max - buffer->len;
    prov_status status = has_room ? PROV_OK : provi_buffer_reserve(buffer, alloc, len);
    if (status != PROV_OK)
        return status;
    if (len)
        memcpy(buffer->data + buffer->len, data, len);
    buffer->len += len;
    buffer->data[buffer->len] = '\0';
    return PROV_OK;
}

void provi_buffer_reset(struct provi_buffer *buffer)
{
    if (buffer->is_secret && buffer->data)
        provi_wipe(buffer->data, buffer->cap);
    buffer->len = 0;
    if (buffer->data)
        buffer->data[0] = '\0';
}

void provi_buffer_flatten(struct provi_buffer *buffer)
{
    const size_t len = buffer->len;
    char *data = buffer->data;
    for (size_t i = 0; i < len; i++)
        if (provi_is_control(data[i]))
            data[i] = ' ';
}

void provi_buffer_free(struct provi_buffer *buffer, const struct prov_alloc *alloc)
{
    if (buffer->is_secret)
        provi_wipe(buffer->data, buffer->cap);
    if (!buffer->is_lent)
        provi_free(alloc, buffer->data, buffer->cap);
    provi_buffer_init(buffer, buffer->max, buffer->is_secret);
}

/* A piece that does not fit is added up to the end. */
static void add_bytes(struct provi_text *text, prov_str piece)
{
    size_t room = text->buffer            ? text->buffer->max - text->buffer->len
                  : text->len < text->cap ? text->cap - text->len
                                          : 0;
    size_t n = piece.len < room ? piece.len : room;
    if (piece.len == 0)
        return;
    if (text->buffer && text->status == PROV_OK) {
        text->status = provi_buffer_add(text->buffer, text->alloc, piece.data, n);
        if (text->status == PROV_OK && n < piece.len)
            text->status = PROV_E_LIMIT;
    } else if (text->sink && text->status == PROV_OK) {
        text->status = text->sink->write(text->sink->ctx, piece.data, piece.len, text->err);
    } else if (n && text->buf) {
        memcpy(text->buf + text->len, piece.data, n);
    }
    text->len = piece.len > SIZE_MAX - text->len ? SIZE_MAX : text->len + piece.len;
}

void provi_text_add(struct provi_text *text, prov_str piece)
{
    size_t start = 0;
    for (size_t at = 0; text->is_one_line && at < piece.len; at++) {
        if (!provi_is_control(piece.data[at]))
            continue;
        add_bytes(text, (prov_str){piece.data + start, at - start});
        add_bytes(text, (prov_str){" ", 1});
        start = at + 1;
    }
    if (start < piece.len)
        add_bytes(text, (prov_str){piece.data + start, piece.len - start});
}

void provi_text_newline(struct provi_text *text)
{
    add_bytes(text, (prov_str){"\n", 1});
}

void provi_text_add_char(struct provi_text *text, char c)
{
    provi_text_add(text, (prov_str){&c, 1});
}

void provi_text_add_repeat(struct provi_text *text, char c, size_t n)
{
    while (n--)
        provi_text_add_char(text, c);
}

void provi_text_puts(struct provi_text *text, const char *piece)
{
    provi_text_add(text, prov_str_from(piece));
}

void provi_text_add_number(struct provi_text *text, int64_t number)
{
    char digits[PROVI_NUMBER_CAP];
    provi_text_add(text, provi_str_from_number(digits, number));
}

prov_status provi_text_end(struct provi_text *text, size_t *len)
{
    if (len)
        *len = text->len;
    if (text->sink || text->buffer)
        return text->status;
    if (text->cap)
        text->buf[text->len < text->cap ? text->len : text->cap - 1] = '\0';
    return text->len < text->cap ? PROV_OK : PROV_E_LIMIT;
}
