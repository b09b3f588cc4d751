/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Walking a text and writing what the walk yields stand in one file because an expansion takes tens
 * of nanoseconds, which calls across files would double.
 */
#include <provision/macro.h>

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "macro/walker.h"

/* A well-formed reference: which part of the value is meant. */
struct reference {
    size_t len; /* of the reference itself, `$` included */
    size_t skip;
    size_t take;
};

void provi_walker_init(struct provi_walker *walker, prov_str text, const struct prov_vars *vars,
                       uint32_t flags)
{
    /* Member by member: clearing the whole takes as long as expanding two macros. */
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
        walker->flags &= ~(uint32_t)PROV_MACRO_RULE; /* no options, nothing may use secrets */
    if (flags & PROV_MACRO_MASK) {
        provi_secrets_init(&walker->secrets, text);
        provi_secrets_next(&walker->secrets, &walker->mask);
    }
}

static bool is_alnum_at(prov_str text, size_t at)
{
    return at < text.len && provi_is_alnum(text.data[at]);
}

/* `GPP_A`, `GPP_SA`: the only names with a `_`. Who knows the names checks their letters. */
static size_t long_name_end(prov_str text, size_t start, size_t end)
{
    bool is_gpp = end - start == 3 && memcmp(text.data + start, "GPP", 3) == 0;
    if (!is_gpp)
        return end;
    size_t letter = end + 1;
    if (letter < text.len && text.data[letter] == 'S' && is_alnum_at(text, letter + 1))
        letter++;
    return is_alnum_at(text, letter) && !is_alnum_at(text, letter + 1) ? letter + 1 : end;
}

static size_t name_end(prov_str text, size_t start)
{
    size_t end = start;
    while (is_alnum_at(text, end))
        end++;
    return end < text.len && text.data[end] == '_' ? long_name_end(text, start, end) : end;
}

/* `:digits` at `*at`, where the ':' is; a number past all bounds stays there. */
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

/* `$(NAME)`, `$(NAME:p)`, `$(NAME:p:q)` with its `$` at `start`. */
static bool take_delimited(prov_str text, size_t start, prov_str *name, struct reference *ref)
{
    size_t at = name_end(text, start + 2);
    *name = (prov_str){text.data + start + 2, at - start - 2};
    if (at < text.len && text.data[at] == ':' && !take_number(text, &at, &ref->skip))
        return false;
    if (at < text.len && text.data[at] == ':' && !take_number(text, &at, &ref->take))
        return false;
    if (at == text.len || text.data[at] != ')')
        return false;
    ref->len = at + 1 - start;
    return name->len > 0;
}

static bool take_reference(prov_str text, size_t start, prov_str *name, struct reference *ref)
{
    ref->skip = 0;
    ref->take = SIZE_MAX;
    if (start + 1 < text.len && text.data[start + 1] == '(')
        return take_delimited(text, start, name, ref);
    size_t end = name_end(text, start + 1);
    *name = (prov_str){text.data + start + 1, end - start - 1};
    ref->len = end - start;
    return name->len > 0;
}

static prov_str substring(prov_str value, const struct reference *ref)
{
    if (ref->skip >= value.len)
        return (prov_str){NULL, 0};
    size_t rest = value.len - ref->skip;
    return (prov_str){value.data + ref->skip, ref->take < rest ? ref->take : rest};
}

/* PROV_MACRO_SECRET_OK where the option that `at` is an argument of allows secrets. */
static uint32_t secret_flag(struct provi_walker *walker, size_t at)
{
    if (!(walker->flags & PROV_MACRO_RULE))
        return 0;
    while (walker->arg.end <= at)
        if (!provi_options_next(&walker->options, &walker->arg))
            walker->arg = (struct provi_option_arg){SIZE_MAX, SIZE_MAX, false};
    bool is_allowed = walker->arg.is_key || !(walker->flags & PROV_MACRO_KEY_ONLY);
    return at >= walker->arg.start && is_allowed ? PROV_MACRO_SECRET_OK : 0;
}

/* The macro whose `$` is at the cursor, which then stands behind it if there is one. */
static inline void take_macro(struct provi_walker *walker, struct provi_step *step)
{
    struct reference ref;
    if (!take_reference(walker->text, walker->at, &step->name, &ref)) {
        walker->is_at_plain_dollar = true;
        return;
    }
    prov_str value = {NULL, 0};
    prov_status status =
        walker->vars->find(walker->vars->ctx, step->name, secret_flag(walker, walker->at), &value);
    if (status == PROV_OK && !provi_str_is_sound(value))
        status = PROV_E_HOST;
    if (status != PROV_OK) {
        step->kind = PROVI_STEP_UNKNOWN;
        walker->is_at_plain_dollar = true;
        walker->status = status == PROV_E_NOT_FOUND ? PROV_OK : status;
        return;
    }
    step->kind = PROVI_STEP_VALUE;
    step->value = substring(value, &ref);
    walker->at += ref.len;
}

static void take_mask(struct provi_walker *walker, struct provi_step *step)
{
    step->kind = PROVI_STEP_MASK;
    step->value = PROVI_LIT(PROVI_MASK);
    if (walker->at < walker->mask.end)
        walker->at = walker->mask.end;
    if (!provi_secrets_next(&walker->secrets, &walker->mask))
        walker->mask.start = walker->mask.end = walker->text.len;
}

/* End of what stays as it stands: the next `$` that may begin a macro, or the next secret. */
static inline size_t literal_end(const struct provi_walker *walker)
{
    size_t stop = walker->mask.start;
    size_t from = walker->at + walker->is_at_plain_dollar;
    if (from >= stop)
        return from;
    const char *dollar = memchr(walker->text.data + from, '$', stop - from);
    return dollar ? (size_t)(dollar - walker->text.data) : stop;
}

/* `$$`: the first one joins the literal, the second is dropped. */
static inline bool take_double_dollar(struct provi_walker *walker, struct provi_step *step)
{
    const char *dollar = walker->text.data + walker->at;
    if (walker->at + 1 >= walker->text.len || dollar[1] != '$')
        return false;
    step->literal.len++;
    walker->at += 2;
    return true;
}

static inline bool next_step(struct provi_walker *walker, struct provi_step *step)
{
    const size_t start = walker->at;
    if (start >= walker->text.len || walker->status != PROV_OK)
        return false;
    walker->at = literal_end(walker);
    walker->is_at_plain_dollar = false;
    step->kind = PROVI_STEP_PLAIN;
    step->literal = (prov_str){walker->text.data + start, walker->at - start};
    step->literal_at = start;
    step->value = (prov_str){NULL, 0};
    step->value_at = walker->at;
    if (walker->at >= walker->text.len)
        return true;
    if (walker->at >= walker->mask.start)
        take_mask(walker, step);
    else if (!take_double_dollar(walker, step))
        take_macro(walker, step);
    return walker->status == PROV_OK;
}

/* Only an expansion is in such a hurry that it has the step within itself. */
PROVI_COLD bool provi_walker_next(struct provi_walker *walker, struct provi_step *step)
{
    return next_step(walker, step);
}

static void advance(struct provi_mapper *mapper)
{
    mapper->step_at += mapper->step.literal.len + mapper->step.value.len;
    mapper->has_ended = !provi_walker_next(&mapper->walker, &mapper->step);
}

void provi_mapper_init(struct provi_mapper *mapper, prov_str text, const struct prov_vars *vars,
                       uint32_t flags)
{
    memset(mapper, 0, sizeof *mapper);
    provi_walker_init(&mapper->walker, text, vars, flags);
    advance(mapper);
}

size_t provi_mapper_find(struct provi_mapper *mapper, size_t expanded)
{
    const struct provi_step *step = &mapper->step;
    while (!mapper->has_ended && expanded - mapper->step_at >= step->literal.len + step->value.len)
        advance(mapper);
    if (mapper->has_ended)
        return mapper->walker.text.len;
    size_t skipped = expanded - mapper->step_at;
    return skipped < step->literal.len ? step->literal_at + skipped : step->value_at;
}

size_t provi_mapper_find_end(struct provi_mapper *mapper, size_t expanded)
{
    size_t last = provi_mapper_find(mapper, expanded - 1);
    bool is_in_value = !mapper->has_ended && last == mapper->step.value_at;
    return is_in_value ? mapper->walker.at : last + 1;
}

static const uint32_t caller_flags = PROV_MACRO_RULE | PROV_MACRO_KEY_ONLY | PROV_MACRO_MASK;

static bool is_valid(prov_str text, const struct prov_vars *vars, uint32_t flags)
{
    return (text.data || text.len == 0) && vars && vars->find && (flags & ~caller_flags) == 0;
}

struct output {
    char *buf;
    size_t cap;
    size_t len; /* of the whole expansion, also of what did not fit */
};

static inline void write_piece(struct output *out, prov_str piece)
{
    size_t room = out->cap > out->len ? out->cap - out->len : 0;
    size_t n = piece.len < room ? piece.len : room;
    if (n)
        memcpy(out->buf + out->len, piece.data, n);
    out->len = piece.len > SIZE_MAX - out->len ? SIZE_MAX : out->len + piece.len;
}

static prov_status end_output(const struct output *out, size_t *len)
{
    *len = out->len;
    if (out->cap)
        out->buf[out->len < out->cap ? out->len : out->cap - 1] = '\0';
    return out->len < out->cap ? PROV_OK : PROV_E_LIMIT;
}

prov_status prov_macro_expand(prov_str text, const struct prov_vars *vars, uint32_t flags,
                              char *buf, size_t cap, size_t *len, struct prov_error *err)
{
    if (!is_valid(text, vars, flags) || !len || (!buf && cap))
        return provi_fail_invalid(err, "text, vars, flags, buf or len");
    struct provi_walker walker;
    struct provi_step step = {.kind = PROVI_STEP_PLAIN};
    struct output out = {buf, cap, 0};
    provi_walker_init(&walker, text, vars, flags);
    while (next_step(&walker, &step)) {
        write_piece(&out, step.literal);
        write_piece(&out, step.value);
    }
    prov_status status = end_output(&out, len);
    if (walker.status != PROV_OK) {
        provi_fail(err, walker.status, "a macro's value could not be read");
        provi_error_subject(err, step.name);
        provi_error_at(err, text, step.value_at);
        return walker.status;
    }
    if (status != PROV_OK) {
        provi_fail(err, status, "expansion needs %zu bytes, there is room for %zu", out.len, cap);
        size_t offset = 0;
        prov_macro_locate(text, vars, flags, cap ? cap - 1 : 0, &offset);
        provi_error_at(err, text, offset);
    }
    return status;
}

prov_status prov_macro_locate(prov_str text, const struct prov_vars *vars, uint32_t flags,
                              size_t expanded, size_t *offset)
{
    if (!is_valid(text, vars, flags) || !offset)
        return PROV_E_INVALID;
    struct provi_mapper mapper;
    provi_mapper_init(&mapper, text, vars, flags);
    *offset = provi_mapper_find(&mapper, expanded);
    return mapper.walker.status;
}
