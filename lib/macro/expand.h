/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macro expansion into a growing buffer, with an optional table of the macros. */
#ifndef PROVI_MACRO_EXPAND_H
#define PROVI_MACRO_EXPAND_H

#include <provision/macro.h>

#include "base/buffer.h"

enum provi_span_kind {
    PROVI_SPAN_NONE,    /* no macro, or a mask; never in a table */
    PROVI_SPAN_VALUE,   /* a macro that was replaced by its value */
    PROVI_SPAN_UNKNOWN, /* a macro without a variable: it stays as written, the value is empty */
    PROVI_SPAN_DOLLAR,  /* `$$`, which is replaced by one `$` */
};

/** One macro. Text between two macros is literal. */
struct provi_macro_span {
    uint32_t at;       /* place of the value in the expansion */
    uint32_t len;      /* of the value */
    uint32_t written;  /* place of the `$` in the text as written */
    uint32_t replaced; /* bytes of that text the value stands for */
    uint16_t name_len; /* 0 without a name; a longer name is cut */
    uint16_t kind;     /* enum provi_span_kind */
};

enum { PROVI_FIRST_SPANS = 8 };

/** A text as written, what it expands to, and the value of each macro. Must stay in its place. */
struct provi_expansion {
    prov_str written;                     /* borrowed */
    struct provi_buffer text;             /* wiped */
    const struct provi_macro_span *spans; /* in `table`, by place */
    size_t n_spans;
    struct provi_buffer table;
    struct provi_macro_span first[PROVI_FIRST_SPANS]; /* the table's memory while it is short */
    char end;                                         /* and a byte for its NUL */
};

/** The first span whose value begins behind @p at; `n_spans` if none does. */
size_t provi_expansion_find(const struct provi_expansion *expansion, size_t at);

/** A part of the written text. */
struct provi_written {
    size_t start;
    size_t end;
    bool is_inside; /* it is one macro, and stands for a part of its value, but not for all of it */
};

/** Map a part, which may be empty, to the written text: macros that it touches count as a whole. */
struct provi_written provi_expansion_map(const struct provi_expansion *expansion, size_t start,
                                         size_t end);

/** A macro's name, in the written text. */
prov_str provi_span_name(const struct provi_expansion *expansion,
                         const struct provi_macro_span *span);

/**
 * Expand a text into @p out, which is empty.
 *
 * @param      flags  As in prov_macro_expand().
 * @param[out] table  One struct provi_macro_span for each macro, by place, is added. May be NULL.
 * @return PROV_OK; PROV_E_LIMIT past the ceiling of @p out; PROV_E_NOMEM; the status of @p vars. @p
 *         err names the macro and its place.
 */
prov_status provi_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                               const struct prov_alloc *alloc, struct provi_buffer *out,
                               struct provi_buffer *table, struct prov_error *err);

#endif
