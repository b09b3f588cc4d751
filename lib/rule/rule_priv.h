/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What a parsed rule is made of. */
#ifndef PROVI_RULE_PRIV_H
#define PROVI_RULE_PRIV_H

#include <provision/rule.h>

#include "rule/operand.h"

struct provi_comparison {
    size_t written_at; /* in the text as written */
    size_t at;         /* in the expanded text */
    uint32_t op;       /* enum prov_rule_op */
    uint32_t type;     /* both sides are compared as; right side's where the left is $SWVER */
    struct provi_operand left;
    struct provi_operand right;
};

/* Stretch of an array in struct provi_parts. */
struct provi_range {
    size_t first;
    size_t n;
};

/* One alternative. */
struct provi_term {
    prov_str text;    /* as expanded, without blanks around it; holds secrets */
    prov_str written; /* as a person wrote it */
    size_t start;     /* of `text` in the expanded rule */
    bool has_condition;
    struct provi_range comparisons;
    struct provi_range assignments;
    struct provi_range targets;
};

/*
 * Everything a parse yields. With NULL arrays the parts are only counted: a rule is parsed once to
 * learn how much memory it takes, and once more to fill it.
 */
struct provi_parts {
    struct provi_term *terms;
    struct provi_comparison *comparisons;
    struct prov_rule_assignment *assignments;
    struct prov_rule_target *targets;
    char *pool; /* texts that are not in the rule as they are: octal escapes decoded */
    size_t n_terms;
    size_t n_comparisons;
    size_t n_assignments;
    size_t n_targets;
    size_t pool_len;
};

/* All in one block, wiped when it goes. */
struct prov_rule {
    struct prov_alloc alloc;
    size_t block_size;
    uint32_t kind; /* enum prov_rule_kind */
    prov_str text;
    prov_str written;    /* `text` itself unless macros were expanded */
    prov_str sw_version; /* empty: not known */
    struct provi_parts parts;
};

/* What to build a rule from, besides the options. */
struct provi_rule_texts {
    prov_str text;
    prov_str written; /* empty: the same as `text` */
    prov_str sw_version;
};

/* Options with every default filled in. */
struct provi_rule_settings {
    uint32_t kind;
    bool needs_server;        /* in every URL */
    bool ends_at_hash;        /* a '#' outside quotes begins a comment */
    uint32_t expansion_flags; /* PROV_MACRO_… */
    size_t max_bytes;
    struct prov_alloc alloc;
};

/** Resolve options; NULL is all defaults. PROV_OK, PROV_E_ABI or PROV_E_INVALID. */
prov_status provi_rule_resolve(struct provi_rule_settings *settings,
                               const struct prov_rule_options *opt, struct prov_error *err);

/** PROV_OK, or PROV_E_LIMIT for a rule that is too long. */
prov_status provi_rule_check_length(const struct provi_rule_settings *settings, size_t len,
                                    struct prov_error *err);

/** As prov_rule_parse(), keeping copies of all three texts. */
prov_status provi_rule_build(prov_rule **out, const struct provi_rule_texts *texts,
                             const struct provi_rule_settings *settings, struct prov_error *err);

/** The alternative, or NULL if there is none of this number. */
const struct provi_term *provi_rule_term(const prov_rule *rule, size_t term);

/** Whether the text is a rule without terms: blank, or `#` first. */
bool provi_rule_is_blank(prov_str text);

#endif
