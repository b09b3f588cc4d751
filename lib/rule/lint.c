/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/lint.h>

#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "macro/expand.h"
#include "macro/options.h"
#include "rule/check.h"
#include "rule/rule_priv.h"
#include "rule/shown.h"
#include "rule/slip.h"

enum { SHORTEST_PERIOD_S = 60 };

/* The text under examination. */
struct lens {
    prov_str text;
    const struct prov_lint_listener *listener;
    const struct provi_expansion *expansion;
    const prov_rule *rule; /* NULL if it does not parse */
};

static void warn(const struct lens *lens, uint32_t kind, size_t offset, const char *message)
{
    struct prov_error place = {0};
    provi_error_at(&place, lens->text, offset);
    const struct prov_lint lint = {
        .size = sizeof lint,
        .kind = kind,
        .line = place.line,
        .column = place.column,
        .offset = offset,
        .message = message,
    };
    lens->listener->warn(lens->listener->ctx, &lint);
}

/* Offset of a part of the written text, of which the rule has a copy. */
static size_t written_offset(const struct lens *lens, prov_str part)
{
    return (size_t)(part.data - lens->expansion->written.data);
}

static prov_str written_text(const struct lens *lens, const struct provi_alternative *alternative)
{
    return provi_rule_written(lens->rule, alternative->text);
}

/* Report each kind once: such a mistake is usually made throughout. */
static void check_slips(const struct lens *lens, uint32_t sorts)
{
    struct provi_slip slip;
    uint32_t seen = 0;
    for (size_t at = 0; provi_slip_next(lens->text, sorts, &at, &slip);) {
        if (!(seen >> slip.kind & 1))
            warn(lens, slip.kind, slip.offset, slip.message);
        seen |= 1u << slip.kind;
    }
}

static const char unknown_macro[] = "unknown macro: used as literal text";

/* Whether a byte of the expanded text is in options or in a URL. Calls must have rising `from`. */
static bool is_in_target(const prov_rule *rule, size_t at, size_t *from)
{
    for (; *from < rule->parts.n_targets; ++*from) {
        prov_str text = rule->parts.targets[*from].text;
        size_t start = (size_t)(text.data - rule->text.data);
        if (at < start + text.len)
            return at >= start;
    }
    return false;
}

static void check_macros(const struct lens *lens)
{
    const struct provi_macro_span *span = lens->expansion->spans;
    const size_t n = lens->expansion->n_spans;
    size_t target = 0;
    for (size_t i = 0; i < n; i++, span++) {
        prov_str name = provi_span_name(lens->expansion, span);
        bool is_of_mobile_user = provi_str_is(name, "MUID") || provi_str_is(name, "MPWD") ||
                                 provi_str_is(name, "PDOM"); /* only some phones have one */
        if (span->kind == PROVI_SPAN_VALUE && span->len == 0 && is_of_mobile_user)
            warn(lens, PROV_LINT_EMPTY_MACRO, span->written,
                 "empty unless the host sets this macro");
        if (span->kind != PROVI_SPAN_UNKNOWN)
            continue;
        if (provi_is_secret_register(name))
            warn(lens, PROV_LINT_SECRET_OUTSIDE, span->written,
                 "$SA..$SD expand only as arguments of --key, --uid, --pwd");
        else if (lens->rule && is_in_target(lens->rule, span->at, &target))
            warn(lens, PROV_LINT_UNKNOWN_MACRO, span->written, unknown_macro);
    }
}

/* Whether a place is in parentheses and outside quotes, where operands are. */
static bool is_in_condition(prov_str text, size_t offset)
{
    bool is_quoted = false;
    size_t depth = 0;
    for (size_t at = 0; at < offset && at < text.len; at++) {
        char c = text.data[at];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && c == '(')
            depth++;
        else if (!is_quoted && c == ')' && depth)
            depth--;
    }
    return depth > 0 && !is_quoted;
}

/* A text that does not parse because of a macro: report the likely mistake. */
static void check_fault(const struct lens *lens, size_t offset, uint32_t kind)
{
    struct provi_operand operand;
    const struct provi_macro_span *span = lens->expansion->spans;
    const size_t n = lens->expansion->n_spans;
    for (size_t i = 0; i < n; i++, span++) {
        if (span->written != offset)
            continue;
        const prov_str value = {lens->expansion->text.data + span->at, span->len};
        bool is_operand = kind == PROV_RULE_KIND_TRIGGER || is_in_condition(lens->text, offset);
        if (span->kind == PROVI_SPAN_VALUE && is_operand &&
            !provi_operand_classify(value, &operand))
            warn(lens, PROV_LINT_UNQUOTED_STRING, offset,
                 "the value is neither a number nor a version: put the macro in quotes");
        else if (span->kind == PROVI_SPAN_UNKNOWN &&
                 !provi_is_secret_register(provi_span_name(lens->expansion, span)))
            warn(lens, PROV_LINT_UNKNOWN_MACRO, offset, unknown_macro);
        return;
    }
}

static void check_reach(const struct lens *lens)
{
    const struct provi_parts *parts = &lens->rule->parts;
    for (size_t i = 0; i + 1 < parts->n_alternatives; i++) {
        if (parts->alternatives[i].has_condition)
            continue;
        warn(lens, PROV_LINT_UNREACHABLE,
             written_offset(lens, written_text(lens, &parts->alternatives[i + 1])),
             "never reached: the alternative before has no condition");
        return;
    }
}

/* The vendor's sample report rules end in ';', which the parser drops from the URL. */
static void check_semicolons(const struct lens *lens)
{
    const struct provi_parts *parts = &lens->rule->parts;
    for (size_t i = 0; i < parts->n_alternatives && lens->rule->kind != PROV_RULE_KIND_REPORT;
         i++) {
        prov_str written = written_text(lens, &parts->alternatives[i]);
        if (parts->alternatives[i].targets.n && written.len && written.data[written.len - 1] == ';')
            warn(lens, PROV_LINT_SEMICOLON, written_offset(lens, written) + written.len - 1,
                 "the ';' is part of the URL");
    }
}

static void check_parentheses(const struct lens *lens)
{
    prov_str trimmed = provi_str_trim(lens->text);
    if (trimmed.len && trimmed.data[0] == '(')
        warn(lens, PROV_LINT_PARENTHESES, (size_t)(trimmed.data - lens->text.data),
             "a trigger is a bare condition, without parentheses");
}

/* A target ends at a blank: options directly behind a URL are part of it. */
static void check_joints(const struct lens *lens)
{
    const char *text = lens->text.data;
    for (size_t i = 1; i + 3 <= lens->text.len && lens->rule->kind == PROV_RULE_KIND_REPORT; i++)
        if (memcmp(text + i, "[--", 3) == 0 && !provi_is_blank(text[i - 1]) &&
            !strchr("?!|", text[i - 1]))
            warn(lens, PROV_LINT_JOINED_TARGETS, i,
                 "one target: expected a blank before the options of another");
}

/* Everyone who can read the rule can read a key that is not in a macro. */
static void check_key(const struct lens *lens, prov_str written)
{
    struct provi_options options = {.text = written};
    struct provi_option_arg arg;
    while (provi_options_next(&options, &arg)) {
        prov_str text = {written.data + arg.start, arg.end - arg.start};
        if (arg.is_key && provi_str_find(text, '$') == text.len)
            warn(lens, PROV_LINT_KEY_IN_CLEAR, written_offset(lens, text),
                 "the key is literal and the file not fetched by https: use $SA..$SD");
    }
}

static void check_target(const struct lens *lens, const struct provi_alternative *alternative,
                         const struct prov_rule_target *target)
{
    if (provi_str_is(target->scheme, "https"))
        return;
    if (target->has_key)
        check_key(lens, written_text(lens, alternative));
    if (target->has_pwd && provi_str_is(target->scheme, "http"))
        warn(lens, PROV_LINT_PASSWORD_IN_CLEAR,
             written_offset(lens, written_text(lens, alternative)),
             "the password is sent over http in clear: use https");
}

static void check_secrets(const struct lens *lens)
{
    const struct provi_parts *parts = &lens->rule->parts;
    for (size_t i = 0; i < parts->n_alternatives; i++) {
        const struct provi_alternative *alternative = &parts->alternatives[i];
        for (size_t n = 0; n < alternative->targets.n; n++)
            check_target(lens, alternative, &parts->targets[alternative->targets.first + n]);
    }
}

static bool is_listener(const struct prov_lint_listener *listener)
{
    return listener && listener->warn;
}

prov_status prov_lint_rule(prov_str text, const struct prov_vars *vars,
                           const struct prov_rule_options *opt,
                           const struct prov_lint_listener *listener, struct prov_error *err)
{
    if (!is_listener(listener))
        return provi_fail_invalid(err, "listener");
    if (!vars || !vars->find || !provi_str_is_sound(text))
        return provi_fail_invalid(err, "text or vars");
    struct prov_rule_options own;
    prov_status status = provi_abi_in(&own, sizeof own, opt, err);
    if (status != PROV_OK)
        return status;
    prov_rule *rule;
    const struct provi_expansion none = {.written = text};
    struct prov_error detail = {0};
    status = provi_rule_prepare(&rule, text, vars, opt, NULL, NULL, &detail);
    if (status != PROV_OK)
        provi_error_copy(err, &detail);
    const struct lens lens = {
        .text = text,
        .listener = listener,
        .expansion = rule ? &rule->expansion : &none,
        .rule = status == PROV_OK ? rule : NULL,
    };
    if (status == PROV_OK || status == PROV_E_SYNTAX) {
        check_slips(&lens, PROVI_SLIP_ANY | PROVI_SLIP_RULE | PROVI_SLIP_URL);
        check_macros(&lens);
        if (own.kind == PROV_RULE_KIND_TRIGGER)
            check_parentheses(&lens);
    }
    if (status == PROV_E_SYNTAX)
        check_fault(&lens, (size_t)detail.offset, own.kind);
    if (status == PROV_OK) {
        check_reach(&lens);
        check_semicolons(&lens);
        check_joints(&lens);
        check_secrets(&lens);
    }
    prov_rule_free(rule);
    return status;
}

/* Lint without a device: every documented macro has an ordinary value. */
static prov_status lint_rule_value(const struct lens *lens, uint32_t kind,
                                   const struct prov_rule_options *opt)
{
    struct prov_rule_options own;
    prov_macro_vars *device = NULL;
    prov_status status = provi_abi_in(&own, sizeof own, opt, NULL);
    if (status == PROV_OK)
        status = provi_sample_new(&device, "1-0-0", own.alloc, NULL);
    if (status == PROV_OK) {
        const struct prov_vars vars = prov_macro_vars_view(device);
        own.size = sizeof own;
        own.kind = kind;
        own.flags = 0;
        status = prov_lint_rule(lens->text, &vars, &own, lens->listener, NULL);
    }
    prov_macro_vars_free(device);
    return status == PROV_E_SYNTAX || status == PROV_E_LIMIT ? PROV_OK : status;
}

static void check_period(const struct lens *lens)
{
    prov_str item;
    for (prov_str rest = lens->text; provi_str_split(&rest, ',', &item);) {
        uint64_t seconds;
        item.len = provi_str_find(item, '+');
        item = provi_str_trim(item);
        bool is_number = provi_str_to_u64(item, UINT32_MAX, &seconds);
        if (is_number && seconds > 0 && seconds < SHORTEST_PERIOD_S)
            warn(lens, PROV_LINT_SHORT_PERIOD, (size_t)(item.data - lens->text.data),
                 "resyncs more often than once a minute load the server");
    }
}

prov_status prov_lint_param(prov_str name, prov_str value, const struct prov_rule_options *opt,
                            const struct prov_lint_listener *listener)
{
    if (!is_listener(listener) || !provi_str_is_sound(name) || !provi_str_is_sound(value))
        return PROV_E_INVALID;
    const struct lens lens = {.text = value, .listener = listener};
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    uint32_t kind;
    if (info && provi_rule_kind_of(info, &kind))
        return lint_rule_value(&lens, kind, opt);
    bool has_url = provi_str_has(value, PROVI_LIT("://"));
    bool is_server =
        info && (info->type == PROV_PARAM_TYPE_SERVER || info->type == PROV_PARAM_TYPE_HOST ||
                 info->type == PROV_PARAM_TYPE_HOSTS);
    int64_t seconds;
    check_slips(&lens, PROVI_SLIP_ANY | (has_url ? PROVI_SLIP_URL : 0) |
                           (is_server ? PROVI_SLIP_RULE : 0));
    if (info && info->type == PROV_PARAM_TYPE_HHMM && value.len &&
        !provi_hhmm_read(value, &seconds))
        warn(&lens, PROV_LINT_NOT_HHMM, 0, "not HHmm, 0000 to 2400, and ignored");
    if (info && strcmp(info->name, "Resync_Periodic") == 0)
        check_period(&lens);
    return PROV_OK;
}
