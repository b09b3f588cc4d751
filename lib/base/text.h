/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Text written piece by piece into a caller's buffer, or to a sink, counting what it needs. */
#ifndef PROVI_BASE_TEXT_H
#define PROVI_BASE_TEXT_H

#include <provision/base.h>

struct provi_text {
    char *buf;                    /* NULL when `sink` is used */
    size_t cap;                   /* bytes at `buf` */
    size_t len;                   /* of the whole text, also of what did not fit */
    const struct prov_sink *sink; /* NULL when `buf` is used */
    struct prov_error *err;       /* for the sink */
    prov_status status;           /* the sink's first refusal */
    bool is_one_line;             /* control characters of what is added become blanks */
};

/** Into a buffer of @p cap bytes, or nowhere when @p cap is 0. */
void provi_text_to_buf(struct provi_text *text, char *buf, size_t cap);

/** To a sink, which the caller finishes. */
void provi_text_to_sink(struct provi_text *text, const struct prov_sink *sink,
                        struct prov_error *err);

void provi_text_add(struct provi_text *text, prov_str piece);
void provi_text_add_char(struct provi_text *text, char c);
void provi_text_add_repeat(struct provi_text *text, char c, size_t n);

/** A line break, whatever `is_one_line` says. */
void provi_text_newline(struct provi_text *text);

/** NUL-terminated text. */
void provi_text_puts(struct provi_text *text, const char *piece);

void provi_text_add_number(struct provi_text *text, int64_t number);

/**
 * End the text: a NUL goes behind it if there is room.
 *
 * @param[out] len  Length of the whole text. May be NULL.
 * @return PROV_OK; PROV_E_LIMIT when text and NUL did not fit; what the sink answered.
 */
prov_status provi_text_end(struct provi_text *text, size_t *len);

#endif
