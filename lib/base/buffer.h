/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A growing buffer of bytes, and a writer of text to a buffer or a sink. */
#ifndef PROVI_BASE_BUFFER_H
#define PROVI_BASE_BUFFER_H

#include <provision/base.h>

struct provi_buffer {
    char *data;
    size_t len;     /* <= max, and < cap once there is memory */
    size_t cap;     /* <= max + 1, the byte for a NUL */
    size_t max;     /* ceiling of len; < SIZE_MAX */
    bool is_secret; /* wiped when moved or freed */
    bool is_lent;   /* `data` is the caller's memory, until more is needed */
};

/** Make an empty buffer with a ceiling; allocates nothing. */
void provi_buffer_init(struct provi_buffer *buffer, size_t max, bool is_secret);

/** Likewise, with @p cap bytes at @p memory, one of them for a NUL, which are used first. */
void provi_buffer_init_with(struct provi_buffer *buffer, void *memory, size_t cap, size_t max,
                            bool is_secret);

/**
 * Make room for @p len more bytes and a NUL. The caller writes them after the last byte and adds to
 * `len`. PROV_OK; PROV_E_LIMIT past the ceiling; PROV_E_NOMEM.
 */
prov_status provi_buffer_reserve(struct provi_buffer *buffer, const struct prov_alloc *alloc,
                                 size_t len);

/** Append. PROV_OK; PROV_E_LIMIT past the ceiling; PROV_E_NOMEM. On failure nothing changes. */
prov_status provi_buffer_add(struct provi_buffer *buffer, const struct prov_alloc *alloc,
                             const void *data, size_t len);

/** Make it empty but keep the memory (wiped if secret). */
void provi_buffer_reset(struct provi_buffer *buffer);

/** Replace control characters by blanks, so that a value is one line. */
void provi_buffer_flatten(struct provi_buffer *buffer);

void provi_buffer_free(struct provi_buffer *buffer, const struct prov_alloc *alloc);

/** The content; borrowed until it changes. */
static inline prov_str provi_buffer_str(const struct provi_buffer *buffer)
{
    return (prov_str){buffer->data, buffer->len};
}

/**
 * A text that is written piece by piece. Start with `{.buf = …, .cap = …}`, `{.buffer = …,
 * .alloc = …}`, `{.sink = …, .err = …}`, or all zero to count only.
 */
struct provi_text {
    char *buf; /* of `cap` bytes */
    size_t cap;
    struct provi_buffer *buffer; /* a piece that does not fit is added up to its ceiling */
    const struct prov_alloc *alloc;
    const struct prov_sink *sink; /* finished by the caller */
    struct prov_error *err;       /* for the sink; may be NULL */
    size_t len;                   /* of the whole text, including the part that did not fit */
    prov_status status;           /* the first refusal of `sink` or `buffer` */
    bool is_one_line;             /* control characters in added text become blanks */
};

void provi_text_add(struct provi_text *text, prov_str piece);
void provi_text_add_char(struct provi_text *text, char c);
void provi_text_add_repeat(struct provi_text *text, char c, size_t n);

/** Add a line break, also with `is_one_line`. */
void provi_text_newline(struct provi_text *text);

/** Write NUL-terminated text. */
void provi_text_puts(struct provi_text *text, const char *piece);

void provi_text_add_number(struct provi_text *text, int64_t number);

/**
 * End the text, with a NUL if there is room.
 *
 * @param[out] len  Length of the whole text. May be NULL.
 * @return PROV_OK; PROV_E_LIMIT when text and NUL did not fit; PROV_E_NOMEM; the sink's status.
 */
prov_status provi_text_end(struct provi_text *text, size_t *len);

#endif
