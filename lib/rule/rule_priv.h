/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The parts of a parsed rule. */
#ifndef PROVI_RULE_PRIV_H
#define PROVI_RULE_PRIV_H

#include <provision/rule.h>

#include "base/alloc.h"
#include "base/buffer.h"
#include "macro/expand.h"
#include "rule/operand.h"

struct provi_comparison {
    size_t at;                 /* in the text */
    uint32_t op;               /* enum prov_rule_op */
    struct provi_operand left; /* `type` 0: $SWVER */
    struct provi_operand right;
};

/* A range of an array in struct provi_parts. */
struct provi_range {
    uint32_t first;
    uint32_t n;
};

/* A part of the text, text[start..end), that is shown as `***`. */
struct provi_rule_secret {
    uint32_t start;
    uint32_t end;
};

/* One alternative. */
struct provi_alternative {
    prov_str text; /* as expanded, without blanks around it; holds secrets */
    bool has_condition;
    struct provi_range comparisons;
    struct provi_range assignments;
    struct provi_range targets;
    struct provi_range secrets;
};

/* Everything a parse yields. */
struct provi_parts {
    const struct provi_alternative *alternatives;
    const struct provi_comparison *comparisons;
    const struct prov_rule_assignment *assignments;
    const struct prov_rule_target *targets;
    const struct provi_rule_secret *secrets; /* by place; those of a comment are of none of these */
    size_t n_alternatives;
    size_t n_comparisons;
    size_t n_targets;
    size_t n_secrets;
};

/* The arrays of struct provi_parts, while they grow. */
enum provi_list {
    PROVI_LIST_ALTERNATIVES,
    PROVI_LIST_COMPARISONS,
    PROVI_LIST_ASSIGNMENTS,
    PROVI_LIST_TARGETS,
    PROVI_LIST_SECRETS,
    PROVI_RULE_LISTS
};

/* Memory for the first parts of each list: an ordinary rule needs no other block. */
struct provi_first_parts {
    struct provi_alternative alternatives[2];
    char alternatives_end; /* a byte for the buffer's NUL */
    struct provi_comparison comparisons[2];
    char comparisons_end;
    struct prov_rule_assignment assignments[2];
    char assignments_end;
    struct prov_rule_target targets[2];
    char targets_end;
    struct provi_rule_secret secrets[6];
    char secrets_end;
};

struct prov_rule {
    struct prov_alloc alloc;
    size_t block_size;   /* of this struct and the texts behind it; wiped */
    uint32_t kind;       /* enum prov_rule_kind */
    prov_str text;       /* as expanded: that of `expansion`, or as written if it has no macros */
    prov_str sw_version; /* empty: unknown */
    struct provi_expansion expansion;
    struct provi_parts parts;
    struct provi_arena decoded;                  /* arguments without their escapes; wiped */
    struct provi_buffer lists[PROVI_RULE_LISTS]; /* places and numbers, no secrets */
    struct provi_first_parts first;
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

/** Parse `rule->text` into `rule->parts`. PROV_OK, PROV_E_SYNTAX or PROV_E_NOMEM. */
prov_status provi_rule_parse(prov_rule *rule, const struct provi_rule_settings *settings,
                             struct prov_error *err);

/** The part of the written text that a part of the text is the expansion of. */
prov_str provi_rule_written(const prov_rule *rule, prov_str part);

/** The alternative, or NULL if there is none of this number. */
const struct provi_alternative *provi_rule_alternative(const prov_rule *rule, size_t alternative);

#endif
