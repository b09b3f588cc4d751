/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Expands a text in one pass. Search and output are in one file: an expansion takes tens of
 * nanoseconds, and calls across files would double that.
 */
#include "macro/expand.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "macro/options.h"
#include "macro/secrets.h"

struct walker {
    prov_str text;
    const struct prov_vars *vars;
    uint32_t flags;
    bool is_at_plain_dollar; /* the `$` at the cursor begins no macro */
    size_t at;
    prov_status status; /* other than PROV_OK: the walk has ended early */

    struct provi_options options;
    struct provi_option_arg arg; /* at the cursor, or the next one */
    struct provi_secrets secrets;
    struct provi_span mask; /* the next secret to mask; at the end of the text: none */
};

/* Literal text, and the value after it. */
struct step {
    enum provi_span_kind kind; /* of the value */
    prov_str literal;          /* part of the unexpanded text */
    prov_str value;            /* borrowed until the next step */
    prov_str name;             /* of a value or an unknown macro */
    size_t literal_at;         /* places of the two in the unexpanded text */
    size_t value_at;
};

/* A well-formed reference, and the part of the value that it selects. */
struct reference {
    size_t len; /* of the reference itself, `$` included */
    size_t skip;
    size_t take;
};

static void start(struct walker *walker, prov_str text, const struct prov_vars *vars,
                  uint32_t flags)
{
    /* Member by member: clearing the struct would take as long as expanding two macros. */
    walker->text = text;
    walker->vars = vars;
    walker->flags = flags;
    walker->is_at_plain_dollar = false;
    walker->at = 0;
    walker->status = PROV_OK;
    walker->options.text = text;
    walker->options.at = 0;
    walker->options.is_inside = false;
    walker->arg.start = walker->arg.end = 0;
    walker->arg.is_key = false;
    walker->mask.start = walker->mask.end = text.len;
    if (provi_str_find(text, '[') == text.len)
        walker->flags &=
            ~(uint32_t)PROV_MACRO_RULE; /* no options: secrets are not allowed anywhere */
    if (flags & PROV_MACRO_MASK) {
        walker->secrets = (struct provi_secrets){.text = text};
        if (!provi_secrets_next(&walker->secrets, &walker->mask))
            walker->mask.start = walker->mask.end = text.len;
    }
}

/* `:digits` at `*at`, the place of the ':'; a number that overflows becomes SIZE_MAX. */
static bool take_number(prov_str text, size_t *at, size_t *number)
{
    size_t start = ++*at;
    *number = 0;
    for (; *at < text.len && provi_is_digit(text.data[*at]); ++*at) {
        size_t digit = (size_t)(text.data[*at] - '0');
        *number = *number > (SIZE_MAX - digit) / 10 ? SIZE_MAX : *number * 10 + digit;
    }
    return *at > start;
}

/* `$NAME`, `$(NAME)`, `$(NAME:p)`, `$(NAME:p:q)` with its `$` at `start`. */
static bool take_reference(prov_str text, size_t start, prov_str *name, struct reference *ref)
{
    const bool is_delimited = start + 1 < text.len && text.data[start + 1] == '(';
    const size_t name_at = start + 1 + is_delimited;
    size_t at = name_at;
    while (at < text.len && provi_is_alnum(text.data[at]))
        at++;
    /* A `_` only in `GPP_A`, `GPP_SA`, whose letters are checked at look-up. */
    if (at - name_at == 3 && at < text.len && text.data[at] == '_' &&
        memcmp(text.data + name_at, "GPP", 3) == 0) {
        size_t end = at + 1;
        while (end < text.len && provi_is_alnum(text.data[end]))
            end++;
        if (end == at + 2 || (end == at + 3 && text.data[at + 1] == 'S'))
            at = end;
    }
    ref->skip = 0;
    ref->take = SIZE_MAX;
    *name = (prov_str){text.data + name_at, at - name_at};
    if (is_delimited) {
        if (at < text.len && text.data[at] == ':' && !take_number(text, &at, &ref->skip))
            return false;
        if (at < text.len && text.data[at] == ':' && !take_number(text, &at, &ref->take))
            return false;
        if (at == text.len || text.data[at++] != ')')
            return false;
    }
    ref->len = at - start;
    return name->len > 0;
}

/* PROV_MACRO_SECRET_OK if `at` is in the argument of an option that allows secrets; else 0. */
static uint32_t secret_flag(struct walker *walker, size_t at)
{
    if (!(walker->flags & PROV_MACRO_RULE))
        return 0;
    while (walker->arg.end <= at)
        if (!provi_options_next(&walker->options, &walker->arg))
            walker->arg = (struct provi_option_arg){SIZE_MAX, SIZE_MAX, false};
    bool is_allowed = walker->arg.is_key || !(walker->flags & PROV_MACRO_KEY_ONLY);
    return at >= walker->arg.start && is_allowed ? PROV_MACRO_SECRET_OK : 0;
}

static void take_mask(struct walker *walker, struct step *step)
{
    step->value = PROVI_LIT(PROVI_MASK);
    if (walker->at < walker->mask.end)
        walker->at = walker->mask.end;
    if (!provi_secrets_next(&walker->secrets, &walker->mask))
        walker->mask.start = walker->mask.end = walker->text.len;
}

/* Expand the macro at the cursor, a `$`, and skip it; a `$` that begins no macro is literal. */
static void take_macro(struct walker *walker, struct step *step)
{
    struct reference ref;
    if (!take_reference(walker->text, walker->at, &step->name, &ref)) {
        walker->is_at_plain_dollar = true;
        return;
    }
    if (walker->mask.start < walker->at + ref.len) { /* a secret begins in `$(NAME:p:q)` */
        take_mask(walker, step);
        return;
    }
    prov_str value = {NULL, 0};
    prov_status status =
        walker->vars->find(walker->vars->ctx, step->name, secret_flag(walker, walker->at), &value);
    if (status == PROV_OK && !provi_str_is_sound(value))
        status = PROV_E_HOST;
    if (status != PROV_OK) {
        step->kind = PROVI_SPAN_UNKNOWN;
        walker->is_at_plain_dollar = true;
        walker->status = status == PROV_E_NOT_FOUND ? PROV_OK : status;
        return;
    }
    step->kind = PROVI_SPAN_VALUE;
    if (ref.skip < value.len) {
        size_t rest = value.len - ref.skip;
        step->value = (prov_str){value.data + ref.skip, ref.take < rest ? ref.take : rest};
    }
    walker->at += ref.len;
}

static bool next_step(struct walker *walker, struct step *step)
{
    const prov_str text = walker->text;
    const size_t start = walker->at, stop = walker->mask.start;
    if (start >= text.len || walker->status != PROV_OK)
        return false;
    /* Literal text ends at the next `$` that may begin a macro, or at the next secret. */
    const size_t from = start + walker->is_at_plain_dollar;
    const char *dollar = from < stop ? memchr(text.data + from, '$', stop - from) : NULL;
    walker->at = dollar ? (size_t)(dollar - text.data) : from < stop ? stop : from;
    walker->is_at_plain_dollar = false;
    step->kind = PROVI_SPAN_NONE;
    step->literal = (prov_str){text.data + start, walker->at - start};
    step->literal_at = start;
    step->value = (prov_str){NULL, 0};
    step->value_at = walker->at;
    if (walker->at >= text.len)
        return true;
    if (walker->at >= stop) {
        take_mask(walker, step);
    } else if (walker->at + 1 < text.len && text.data[walker->at + 1] == '$') {
        step->kind = PROVI_SPAN_DOLLAR;
        step->value = PROVI_LIT("$");
        walker->at += 2;
    } else {
        take_macro(walker, step);
    }
    return walker->status == PROV_OK;
}

static prov_status fail_value(const struct walker *walker, const struct step *step,
                              struct prov_error *err)
{
    provi_fail(err, walker->status, "a macro's value could not be read");
    provi_error_subject(err, step->name);
    provi_error_at(err, walker->text, step->value_at);
    return walker->status;
}

prov_status provi_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                               const struct prov_alloc *alloc, struct provi_buffer *out,
                               struct provi_buffer *table, struct prov_error *err)
{
    struct walker walker;
    struct step step = {.kind = PROVI_SPAN_NONE};
    prov_status status = provi_buffer_reserve(out, alloc, text.len);
    start(&walker, text, vars, flags);
    while (status == PROV_OK && next_step(&walker, &step)) {
        status = provi_buffer_add(out, alloc, step.literal.data, step.literal.len);
        const struct provi_macro_span span = {
            .at = (uint32_t)out->len,
            .len = (uint32_t)step.value.len,
            .written = (uint32_t)step.value_at,
            .replaced = (uint32_t)(walker.at - step.value_at),
            .name_len = step.name.len > UINT16_MAX ? UINT16_MAX : (uint16_t)step.name.len,
            .kind = (uint16_t)step.kind,
        };
        if (status == PROV_OK && table && step.kind != PROVI_SPAN_NONE)
            status = provi_buffer_add(table, alloc, &span, sizeof span);
        if (status == PROV_OK)
            status = provi_buffer_add(out, alloc, step.value.data, step.value.len);
    }
    if (walker.status != PROV_OK)
        return fail_value(&walker, &step, err);
    if (status == PROV_E_LIMIT) {
        provi_fail(err, status, "expands to more than %zu bytes", out->max);
        provi_error_subject(err, step.name);
        provi_error_at(err, text, step.value_at);
    }
    return status == PROV_E_NOMEM ? provi_fail_nomem(err) : status;
}

size_t provi_expansion_find(const struct provi_expansion *expansion, size_t at)
{
    size_t first = 0, end = expansion->n_spans;
    while (first < end) {
        size_t middle = first + (end - first) / 2;
        if (expansion->spans[middle].at <= at)
            first = middle + 1;
        else
            end = middle;
    }
    return first;
}

struct provi_written provi_expansion_map(const struct provi_expansion *expansion, size_t start,
                                         size_t end)
{
    struct provi_written written = {start, start, false};
    const size_t n_started = provi_expansion_find(expansion, start);
    if (n_started > 0) {
        const struct provi_macro_span *span = &expansion->spans[n_started - 1];
        const size_t value_end = (size_t)span->at + span->len;
        if (start < value_end)
            written.start = span->written;
        else
            written.start = span->written + span->replaced + (start - value_end);
        written.is_inside = start < value_end && end <= value_end && end - start < span->len;
    }
    written.end = written.start;
    if (end == start)
        return written;
    const size_t n_begun = provi_expansion_find(expansion, end - 1);
    written.end = end;
    if (n_begun > 0) {
        const struct provi_macro_span *span = &expansion->spans[n_begun - 1];
        const size_t value_end = (size_t)span->at + span->len;
        written.end = (size_t)span->written + span->replaced;
        if (end > value_end)
            written.end += end - value_end;
    }
    return written;
}

prov_str provi_span_name(const struct provi_expansion *expansion,
                         const struct provi_macro_span *span)
{
    size_t at = span->written + 1;
    if (at < expansion->written.len && expansion->written.data[at] == '(')
        at++;
    return (prov_str){expansion->written.data + at, span->name_len};
}

static const uint32_t caller_flags = PROV_MACRO_RULE | PROV_MACRO_KEY_ONLY | PROV_MACRO_MASK;

static bool is_valid(prov_str text, const struct prov_vars *vars, uint32_t flags)
{
    return (text.data || text.len == 0) && vars && vars->find && (flags & ~caller_flags) == 0;
}

struct output {
    char *buf;
    size_t cap;
    size_t len; /* of the whole expansion, including the part that did not fit */
};

static inline void write_piece(struct output *out, prov_str piece)
{
    size_t room = out->cap > out->len ? out->cap - out->len : 0;
    size_t n = piece.len < room ? piece.len : room;
    if (n)
        memcpy(out->buf + out->len, piece.data, n);
    out->len = piece.len > SIZE_MAX - out->len ? SIZE_MAX : out->len + piece.len;
}

prov_status prov_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                              char *buf, size_t cap, size_t *len, struct prov_error *err)
{
    if (!is_valid(text, vars, flags) || !len || (!buf && cap))
        return provi_fail_invalid(err, "text, vars, flags, buf or len");
    struct walker walker;
    struct step step = {.kind = PROVI_SPAN_NONE};
    struct output out = {buf, cap, 0};
    start(&walker, text, vars, flags);
    while (next_step(&walker, &step)) {
        write_piece(&out, step.literal);
        write_piece(&out, step.value);
    }
    *len = out.len;
    if (cap)
        buf[out.len < cap ? out.len : cap - 1] = '\0';
    if (walker.status != PROV_OK)
        return fail_value(&walker, &step, err);
    if (out.len < cap)
        return PROV_OK;
    provi_fail(err, PROV_E_LIMIT, "expansion needs %zu bytes, there is room for %zu", out.len, cap);
    size_t offset = 0;
    prov_macro_locate(text, vars, flags, cap ? cap - 1 : 0, &offset);
    provi_error_at(err, text, offset);
    return PROV_E_LIMIT;
}

prov_status prov_macro_locate(prov_str text, const struct prov_vars *vars, uint32_t flags,
                              size_t expanded, size_t *offset)
{
    if (!is_valid(text, vars, flags) || !offset)
        return PROV_E_INVALID;
    struct walker walker;
    struct step step;
    *offset = text.len;
    start(&walker, text, vars, flags);
    for (size_t at = 0; next_step(&walker, &step); at += step.literal.len + step.value.len) {
        size_t skipped = expanded - at;
        if (skipped >= step.literal.len + step.value.len)
            continue;
        *offset = skipped < step.literal.len ? step.literal_at + skipped : step.value_at;
        break;
    }
    return walker.status;
}
