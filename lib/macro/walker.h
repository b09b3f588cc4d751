/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The one pass over a text with macros, from one macro to the next. */
#ifndef PROVI_MACRO_WALKER_H
#define PROVI_MACRO_WALKER_H

#include <provision/macro.h>

#include "macro/options.h"
#include "macro/secrets.h"

struct provi_walker {
    prov_str text;
    const struct prov_vars *vars;
    uint32_t flags;
    bool is_at_plain_dollar; /* the `$` at the cursor begins no macro */
    size_t at;
    prov_status status; /* what ended the walk before its end */

    struct provi_options options;
    struct provi_option_arg arg; /* the last one the cursor met */
    struct provi_secrets secrets;
    struct provi_span mask; /* the next one to mask; behind the end: none */
};

enum provi_step_kind {
    PROVI_STEP_PLAIN,   /* nothing behind the literal */
    PROVI_STEP_VALUE,   /* a macro's value */
    PROVI_STEP_UNKNOWN, /* a macro nobody knows; the next literal begins with its `$` */
    PROVI_STEP_MASK,    /* `***` in place of a secret */
};

/* A stretch that stays as it stands, and what is written behind it. */
struct provi_step {
    enum provi_step_kind kind;
    prov_str literal;  /* part of the unexpanded text */
    prov_str value;    /* borrowed until the next step */
    prov_str name;     /* of a value or an unknown macro */
    size_t literal_at; /* where the two stand in the unexpanded text */
    size_t value_at;
};

void provi_walker_init(struct provi_walker *walker, prov_str text, const struct prov_vars *vars,
                       uint32_t flags);

/** One step; false at the end, or with `status` set when a variable could not be read. */
bool provi_walker_next(struct provi_walker *walker, struct provi_step *step);

/** Maps places of the expansion back to the unexpanded text, in one pass for all of them. */
struct provi_mapper {
    struct provi_walker walker;
    struct provi_step step;
    size_t step_at; /* where the step stands in the expansion */
    bool has_ended;
};

void provi_mapper_init(struct provi_mapper *mapper, prov_str text, const struct prov_vars *vars,
                       uint32_t flags);

/**
 * The place in the unexpanded text: inside a macro's value that of its `$`, behind the end the end.
 * @param expanded  Not smaller than the last time.
 */
size_t provi_mapper_find(struct provi_mapper *mapper, size_t expanded);

/** The same for the end of a stretch that is not empty: a macro it ends in is part of it. */
size_t provi_mapper_find_end(struct provi_mapper *mapper, size_t expanded);

#endif
