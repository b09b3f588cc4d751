/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Macro expansion into a growing buffer, with an optional table of the macros. */
#ifndef PROVI_MACRO_EXPAND_H
#define PROVI_MACRO_EXPAND_H

#include <provision/macro.h>

#include "base/buffer.h"

enum provi_span_kind {
    PROVI_SPAN_NONE,    /* no macro; never in a table */
    PROVI_SPAN_VALUE,   /* a macro that was replaced by its value */
    PROVI_SPAN_UNKNOWN, /* a macro without a variable: it stays as written, the value is empty */
    PROVI_SPAN_DOLLAR,  /* the second `$` of `$$`, which is dropped */
    PROVI_SPAN_MASK,    /* `***` in place of a secret; in a table only with PROV_MACRO_MASK */
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
    struct prov_alloc alloc;
    prov_str written;                                 /* borrowed */
    struct provi_buffer text;                         /* wiped */
    struct provi_buffer table;                        /* of struct provi_macro_span, by place */
    struct provi_macro_span first[PROVI_FIRST_SPANS]; /* the table's memory while it is short */
    char end;                                         /* and a byte for its NUL */
};

/** Make it empty, without allocating. @p alloc may be NULL; @p max: limit of the expansion. */
void provi_expansion_init(struct provi_expansion *expansion, const struct prov_alloc *alloc,
                          size_t max);
void provi_expansion_free(struct provi_expansion *expansion);

/**
 * Expand @p written, which stays borrowed. A text without macros gives an empty table.
 *
 * @param flags  PROV_MACRO_RULE, PROV_MACRO_KEY_ONLY.
 * @return PROV_OK; PROV_E_LIMIT past the ceiling; PROV_E_NOMEM; the status of @p vars. @p err names
 *         the macro and its place; the expansion is empty then.
 */
prov_status provi_expansion_make(struct provi_expansion *expansion, prov_str written,
                                 const struct prov_vars *vars, uint32_t flags,
                                 struct prov_error *err);

static inline const struct provi_macro_span *provi_spans(const struct provi_expansion *expansion)
{
    return (const struct provi_macro_span *)(const void *)expansion->table.data;
}

static inline size_t provi_n_spans(const struct provi_expansion *expansion)
{
    return expansion->table.len / sizeof(struct provi_macro_span);
}

/** The first span whose value begins behind @p at; provi_n_spans() if none does. */
size_t provi_expansion_find(const struct provi_expansion *expansion, size_t at);

/** Map a place to the written text; inside a macro's value, to the macro's `$`. */
size_t provi_expansion_start(const struct provi_expansion *expansion, size_t at);

/** Map the end of a part that is not empty; inside a macro's value, to the end of the macro. */
size_t provi_expansion_end(const struct provi_expansion *expansion, size_t at);

/** Whether expansion[start..end) is a part of one macro's value, but not all of it. */
bool provi_expansion_is_inside(const struct provi_expansion *expansion, size_t start, size_t end);

/** A macro's name, in the written text. */
prov_str provi_span_name(const struct provi_expansion *expansion,
                         const struct provi_macro_span *span);

/** As provi_expansion_make() without a table, into any buffer, which is emptied first. */
prov_status provi_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                               const struct prov_alloc *alloc, struct provi_buffer *out,
                               struct prov_error *err);

#endif
