/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "macro/walker.h"
#include "rule/rule_priv.h"

/* A text as a person wrote it, on its way to a rule. */
struct draft {
    prov_str written;
    const struct prov_vars *vars;
    const struct provi_rule_settings *settings;
    struct provi_buffer expanded;
};

static prov_status fail_step(const struct draft *draft, prov_status status,
                             const struct provi_step *step, struct prov_error *err)
{
    if (status == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (status == PROV_E_LIMIT)
        provi_fail(err, status, "rule expands to more than %zu bytes", draft->settings->max_bytes);
    else
        provi_fail(err, status, "a macro's value could not be read");
    provi_error_subject(err, step->name);
    provi_error_at(err, draft->written, step->value_at);
    return status;
}

static prov_status add(struct draft *draft, prov_str text)
{
    return provi_buffer_add(&draft->expanded, &draft->settings->alloc, text.data, text.len);
}

static prov_status expand(struct draft *draft, struct prov_error *err)
{
    struct provi_walker walker;
    struct provi_step step = {.kind = PROVI_STEP_PLAIN};
    prov_status status =
        provi_buffer_reserve(&draft->expanded, &draft->settings->alloc, draft->written.len);
    provi_walker_init(&walker, draft->written, draft->vars, draft->settings->expansion_flags);
    while (status == PROV_OK && provi_walker_next(&walker, &step)) {
        status = add(draft, step.literal);
        if (status == PROV_OK)
            status = add(draft, step.value);
    }
    if (status == PROV_OK)
        status = walker.status;
    return status == PROV_OK ? PROV_OK : fail_step(draft, status, &step, err);
}

/* `[--key $SA]` with an empty GPP_SA: what is missing was not forgotten, but is not known. */
static bool blame_empty_macro(const struct draft *draft, struct prov_error *err)
{
    struct provi_walker walker;
    struct provi_step step;
    size_t at = 0;
    provi_walker_init(&walker, draft->written, draft->vars, draft->settings->expansion_flags);
    while (at <= err->offset && provi_walker_next(&walker, &step)) {
        at += step.literal.len;
        if (step.kind == PROVI_STEP_VALUE && step.value.len == 0 && at == err->offset) {
            char message[sizeof err->message];
            memcpy(message, err->message, sizeof message);
            provi_fail(err, PROV_E_SYNTAX, "%s behind a macro without a value", message);
            provi_error_subject(err, step.name);
            provi_error_at(err, draft->written, step.value_at);
            return true;
        }
        at += step.value.len;
    }
    return false;
}

/* Tell an error of the expanded text at its place in the written one. */
static void relocate(const struct draft *draft, struct prov_error *err)
{
    struct provi_mapper mapper;
    if (blame_empty_macro(draft, err))
        return;
    provi_mapper_init(&mapper, draft->written, draft->vars, draft->settings->expansion_flags);
    provi_error_at(err, draft->written, provi_mapper_find(&mapper, (size_t)err->offset));
}

static prov_status build(prov_rule **out, const struct draft *draft, struct prov_error *err)
{
    struct prov_error detail = {0};
    prov_str sw_version = {NULL, 0};
    prov_status status = draft->vars->find(draft->vars->ctx, PROVI_LIT("SWVER"), 0, &sw_version);
    if (status == PROV_OK && !provi_str_is_sound(sw_version))
        status = PROV_E_HOST;
    if (status != PROV_OK && status != PROV_E_NOT_FOUND)
        return provi_fail(err, status, "$SWVER could not be read");
    const struct provi_rule_texts texts = {
        .text = provi_buffer_str(&draft->expanded),
        .written = draft->written,
        .sw_version = sw_version,
    };
    status = provi_rule_build(out, &texts, draft->settings, &detail);
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
    provi_mapper_init(&mapper, draft->written, draft->vars, draft->settings->expansion_flags);
    for (size_t i = 0; i < rule->parts.n_terms; i++) {
        struct provi_term *term = &rule->parts.terms[i];
        size_t start = provi_mapper_find(&mapper, term->start);
        struct provi_comparison *comparison = rule->parts.comparisons + term->comparisons.first;
        for (size_t n = 0; n < term->comparisons.n; n++, comparison++)
            comparison->written_at = provi_mapper_find(&mapper, comparison->at);
        size_t end = start;
        if (term->text.len)
            end = provi_mapper_find_end(&mapper, term->start + term->text.len);
        term->written = (prov_str){rule->written.data + start, end - start};
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
    struct provi_step step;
    size_t written = 0;
    size_t i = 0;
    const struct provi_parts *parts = &rule->parts;
    provi_walker_init(&walker, draft->written, draft->vars, draft->settings->expansion_flags);
    while (provi_walker_next(&walker, &step)) {
        written += step.literal.len;
        while (i < parts->n_comparisons &&
               (parts->comparisons[i].left.type || parts->comparisons[i].at < written))
            i++;
        if (i == parts->n_comparisons)
            return PROV_OK;
        if (step.kind == PROVI_STEP_VALUE && step.value.len == 0 &&
            is_blank_between(rule->text, written, parts->comparisons[i].at)) {
            provi_fail(err, PROV_E_SYNTAX, "expected an operand, found a macro without a value");
            provi_error_subject(err, step.name);
            provi_error_at(err, draft->written, step.value_at);
            return PROV_E_SYNTAX;
        }
        written += step.value.len;
    }
    return walker.status;
}

static prov_status prepare(prov_rule **out, struct draft *draft, struct prov_error *err)
{
    prov_status status = provi_rule_check_length(draft->settings, draft->written.len, err);
    if (status == PROV_OK && !provi_rule_is_blank(draft->written))
        status = expand(draft, err);
    if (status == PROV_OK)
        status = build(out, draft, err);
    if (status != PROV_OK || (*out)->parts.n_terms == 0)
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
    if (!vars || !vars->find || !provi_str_is_sound(text))
        return provi_fail_invalid(err, "text or vars");
    struct provi_rule_settings settings;
    prov_status status = provi_rule_resolve(&settings, opt, err);
    if (status != PROV_OK)
        return status;
    struct draft draft = {.written = text, .vars = vars, .settings = &settings};
    int32_t chosen = -1;
    provi_buffer_init(&draft.expanded, settings.max_bytes, true);
    status = prepare(out, &draft, err);
    provi_buffer_free(&draft.expanded, &settings.alloc);
    if (status == PROV_OK)
        status = prov_rule_choose(*out, (prov_str){NULL, 0}, observer, &chosen, err);
    if (status != PROV_OK) {
        prov_rule_free(*out);
        *out = NULL;
    }
    if (term)
        *term = chosen;
    return status;
}
