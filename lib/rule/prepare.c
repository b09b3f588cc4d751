/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/limits.h"
#include "base/str.h"
#include "macro/walker.h"
#include "rule/rule_priv.h"

/* A text as a person wrote it, on its way to a rule. */
struct draft {
    prov_str written;
    const struct prov_vars *vars;
    uint32_t flags; /* of the expansion */
    struct prov_limits limits;
    struct prov_alloc alloc;
    struct provi_buffer expanded;
};

static prov_status begin(struct draft *draft, const struct prov_rule_options *opt,
                         struct prov_error *err)
{
    struct prov_rule_options known;
    struct prov_dialect dialect = {0};
    prov_status status = provi_abi_in(&known, sizeof known, opt, err);
    if (status == PROV_OK)
        status = provi_abi_in(&dialect, sizeof dialect, known.dialect, err);
    if (status == PROV_OK)
        status = provi_limits_resolve(&draft->limits, known.limits, err);
    if (status != PROV_OK)
        return status;
    draft->flags = PROV_MACRO_RULE | (dialect.key_only_secrets ? PROV_MACRO_KEY_ONLY : 0);
    draft->alloc = provi_alloc_or_default(known.alloc);
    provi_buffer_init(&draft->expanded, draft->limits.max_rule_bytes, true);
    return PROV_OK;
}

static prov_status fail_piece(const struct draft *draft, prov_status status,
                              const struct provi_piece *piece, struct prov_error *err)
{
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (status == PROV_E_LIMIT)
        provi_fail(err, status, "rule expands to more than %u bytes",
                   (unsigned)draft->limits.max_rule_bytes);
    else
        provi_fail(err, status, "a macro's value could not be read");
    provi_error_subject(err, piece->name);
    provi_error_at(err, draft->written, piece->start);
    return status;
}

static prov_status expand(struct draft *draft, struct prov_error *err)
{
    struct provi_walker walker;
    struct provi_piece piece = {0};
    prov_status status = provi_buffer_reserve(&draft->expanded, &draft->alloc, draft->written.len);
    provi_walker_init(&walker, draft->written, draft->vars, draft->flags);
    while (status == PROV_OK && provi_walker_next(&walker, &piece))
        status = provi_buffer_add(&draft->expanded, &draft->alloc, piece.text.data, piece.text.len);
    if (status == PROV_OK)
        status = walker.status;
    return status == PROV_OK ? PROV_OK : fail_piece(draft, status, &piece, err);
}

/* Tell an error of the expanded text at its place in the written one. */
static void relocate(const struct draft *draft, struct prov_error *err)
{
    struct provi_mapper mapper;
    provi_mapper_init(&mapper, draft->written, draft->vars, draft->flags);
    provi_error_at(err, draft->written, provi_mapper_find(&mapper, (size_t)err->offset));
}

static prov_status build(prov_rule **out, struct draft *draft, const struct prov_rule_options *opt,
                         struct prov_error *err)
{
    struct prov_error detail = {0};
    prov_str sw_version = {NULL, 0};
    prov_status status = draft->vars->find(draft->vars->ctx, PROVI_LIT("SWVER"), 0, &sw_version);
    if (status != PROV_OK && status != PROV_E_NOT_FOUND)
        return provi_fail(err, status, "$SWVER could not be read");
    const struct provi_rule_texts texts = {
        .text = provi_buffer_str(&draft->expanded),
        .written = draft->written,
        .sw_version = sw_version,
    };
    status = provi_rule_build(out, &texts, opt, &detail);
    if (status == PROV_E_SYNTAX)
        relocate(draft, &detail);
    if (status != PROV_OK)
        provi_error_copy(err, &detail);
    return status;
}

/* Fill in where everything stands in the written text. */
static void map_places(const struct draft *draft, prov_rule *rule)
{
    struct provi_mapper mapper;
    provi_mapper_init(&mapper, draft->written, draft->vars, draft->flags);
    for (size_t i = 0; i < rule->parts.n_terms; i++) {
        struct provi_term *term = &rule->parts.terms[i];
        size_t start = provi_mapper_find(&mapper, term->start);
        struct provi_comparison *comparison = rule->parts.comparisons + term->comparisons.first;
        for (size_t n = 0; n < term->comparisons.n; n++, comparison++)
            comparison->written_at = provi_mapper_find(&mapper, comparison->at);
        size_t end = provi_mapper_find(&mapper, term->start + term->text.len);
        term->written = provi_str_trim((prov_str){rule->written.data + start, end - start});
    }
}

static bool is_blank_between(prov_str text, size_t start, size_t end)
{
    for (; start < end; start++)
        if (!provi_is_blank(text.data[start]))
            return false;
    return true;
}

/*
 * `($A ge 1.0)?` with an empty GPP_A would read as a comparison without left side, which means
 * $SWVER. That is for those who wrote none; here an operand is missing.
 */
static prov_status check_left_sides(const struct draft *draft, const prov_rule *rule,
                                    struct prov_error *err)
{
    struct provi_walker walker;
    struct provi_piece piece;
    size_t written = 0;
    size_t i = 0;
    const struct provi_parts *parts = &rule->parts;
    provi_walker_init(&walker, draft->written, draft->vars, draft->flags);
    while (provi_walker_next(&walker, &piece)) {
        while (i < parts->n_comparisons &&
               (parts->comparisons[i].left.type || parts->comparisons[i].at < written))
            i++;
        if (i == parts->n_comparisons)
            return PROV_OK;
        if (piece.kind == PROVI_PIECE_VALUE && piece.text.len == 0 &&
            is_blank_between(rule->text, written, parts->comparisons[i].at)) {
            provi_fail(err, PROV_E_SYNTAX, "expected an operand, found a macro without a value");
            provi_error_subject(err, piece.name);
            provi_error_at(err, draft->written, piece.start);
            return PROV_E_SYNTAX;
        }
        written += piece.text.len;
    }
    return walker.status;
}

static prov_status prepare(prov_rule **out, struct draft *draft,
                           const struct prov_rule_options *opt, struct prov_error *err)
{
    prov_status status = begin(draft, opt, err);
    if (status != PROV_OK)
        return status;
    if (draft->written.len > draft->limits.max_rule_bytes)
        return provi_fail(err, PROV_E_LIMIT, "rule of %zu bytes, %u are allowed",
                          draft->written.len, (unsigned)draft->limits.max_rule_bytes);
    if (!provi_rule_is_blank(draft->written))
        status = expand(draft, err);
    if (status == PROV_OK)
        status = build(out, draft, opt, err);
    if (status != PROV_OK)
        return status;
    map_places(draft, *out);
    return check_left_sides(draft, *out, err);
}

prov_status prov_rule_prepare(prov_rule **out, prov_str text, const struct prov_vars *vars,
                              const struct prov_rule_options *opt,
                              const struct prov_rule_observer *observer, int32_t *term,
                              struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!vars || !vars->find || (!text.data && text.len))
        return provi_fail_invalid(err, "text or vars");
    struct draft draft = {.written = text, .vars = vars};
    int32_t chosen = -1;
    prov_status status = prepare(out, &draft, opt, err);
    if (status == PROV_OK)
        status = prov_rule_choose(*out, (prov_str){NULL, 0}, observer, &chosen, err);
    provi_buffer_free(&draft.expanded, &draft.alloc);
    if (status != PROV_OK) {
        prov_rule_free(*out);
        *out = NULL;
    }
    if (term)
        *term = chosen;
    return status;
}
