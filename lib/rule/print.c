/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/rule.h>

#include <stdio.h>

#include "base/buffer.h"
#include "base/str.h"
#include "base/url.h"
#include "macro/secrets.h"
#include "rule/rule_priv.h"
#include "rule/shown.h"

struct printer {
    struct provi_text out;
    const prov_rule *rule;
    bool shows_secrets;
    unsigned n_options; /* of the target being printed */
};

static void print_operand(struct printer *printer, const struct provi_operand *operand)
{
    const char *quote = operand->type == PROV_RULE_TYPE_STRING ? "\"" : "";
    provi_text_puts(&printer->out, quote);
    provi_text_add(&printer->out, operand->text);
    provi_text_puts(&printer->out, quote);
}

static void print_comparisons(struct printer *printer, struct provi_range range)
{
    const struct provi_comparison *comparison = printer->rule->parts.comparisons + range.first;
    for (size_t i = 0; i < range.n; i++, comparison++) {
        if (i)
            provi_text_puts(&printer->out, " and ");
        if (comparison->left.type) {
            print_operand(printer, &comparison->left);
            provi_text_puts(&printer->out, " ");
        }
        provi_text_puts(&printer->out, provi_operand_op_text(comparison->op));
        provi_text_puts(&printer->out, " ");
        print_operand(printer, &comparison->right);
    }
}

static void print_assignments(struct printer *printer, struct provi_range range)
{
    const struct prov_rule_assignment *assignment = printer->rule->parts.assignments + range.first;
    provi_text_puts(&printer->out, "(");
    for (size_t i = 0; i < range.n; i++, assignment++) {
        bool is_masked = !printer->shows_secrets && provi_secrets_has_name(assignment->name);
        provi_text_puts(&printer->out, i ? " " : "");
        provi_text_add(&printer->out, assignment->name);
        provi_text_puts(&printer->out, " = \"");
        provi_text_add(&printer->out, is_masked ? PROVI_LIT(PROVI_MASK) : assignment->value);
        provi_text_puts(&printer->out, "\";");
    }
    provi_text_puts(&printer->out, ")!");
}

/* In quotes, or with every character escaped if the word contains a quote. */
static void print_word(struct printer *printer, prov_str word)
{
    if (provi_str_find(word, '"') == word.len) {
        provi_text_puts(&printer->out, "\"");
        provi_text_add(&printer->out, word);
        provi_text_puts(&printer->out, "\"");
        return;
    }
    for (size_t i = 0; i < word.len; i++) {
        char escape[8];
        snprintf(escape, sizeof escape, "\\%03o", (unsigned)(unsigned char)word.data[i]);
        provi_text_puts(&printer->out, escape);
    }
}

/* `[--option`, or ` --option` behind another one. */
static void begin_option(struct printer *printer, const char *option)
{
    provi_text_puts(&printer->out, printer->n_options++ ? " " : "[");
    provi_text_puts(&printer->out, option);
}

static void print_flag(struct printer *printer, const char *option, bool is_set)
{
    if (is_set)
        begin_option(printer, option);
}

static void print_letter(struct printer *printer, const char *option, char letter)
{
    if (!letter)
        return;
    begin_option(printer, option);
    provi_text_add_char(&printer->out, letter);
}

static void print_secret(struct printer *printer, const char *option, bool is_set, prov_str value)
{
    if (!is_set)
        return;
    begin_option(printer, option);
    if (printer->shows_secrets)
        print_word(printer, value);
    else
        provi_text_puts(&printer->out, PROVI_MASK);
}

static void print_options(struct printer *printer, const struct prov_rule_target *target)
{
    printer->n_options = 0;
    print_flag(printer, "--delta", target->delta);
    print_flag(printer, "--status", target->status);
    print_flag(printer, "--srv", target->srv);
    print_letter(printer, "--post ", target->post);
    print_letter(printer, "--alias ", target->alias);
    print_secret(printer, "--key ", target->has_key, target->key);
    print_secret(printer, "--uid ", target->has_uid, target->uid);
    print_secret(printer, "--pwd ", target->has_pwd, target->pwd);
    if (printer->n_options)
        provi_text_puts(&printer->out, "] ");
}

static void print_url(struct printer *printer, const struct prov_rule_target *target)
{
    struct provi_text *out = &printer->out;
    provi_url_write_server(out, target->scheme, target->host, target->port);
    if (printer->shows_secrets)
        provi_text_add(out, target->path);
    else
        provi_rule_write_redacted(out, target->path); /* it may hold a URL with a login */
    bool ends_so = target->path.len && target->path.data[target->path.len - 1] == ';';
    if (printer->rule->kind == PROV_RULE_KIND_REPORT && ends_so)
        provi_text_puts(out, ";"); /* the parser drops the last one */
}

static void print_targets(struct printer *printer, struct provi_range range)
{
    const struct prov_rule_target *target = printer->rule->parts.targets + range.first;
    for (size_t i = 0; i < range.n; i++, target++) {
        provi_text_puts(&printer->out, i ? " " : "");
        print_options(printer, target);
        print_url(printer, target);
    }
}

/* A blank before the next part of an alternative, if there is one. */
static void print_gap(struct printer *printer, size_t n_following)
{
    provi_text_puts(&printer->out, n_following ? " " : "");
}

static void print_alternative(struct printer *printer, const struct provi_alternative *alternative)
{
    bool is_trigger = printer->rule->kind == PROV_RULE_KIND_TRIGGER;
    if (alternative->has_condition) {
        provi_text_puts(&printer->out, is_trigger ? "" : "(");
        print_comparisons(printer, alternative->comparisons);
        provi_text_puts(&printer->out, is_trigger ? "" : ")?");
        print_gap(printer, alternative->assignments.n + alternative->targets.n);
    }
    if (alternative->assignments.n) {
        print_assignments(printer, alternative->assignments);
        print_gap(printer, alternative->targets.n);
    }
    print_targets(printer, alternative->targets);
}

prov_status prov_rule_print(const prov_rule *rule, bool show_secrets, char *buf, size_t cap,
                            size_t *len)
{
    if (!rule || (!buf && cap) || !len)
        return PROV_E_INVALID;
    struct printer printer = {
        .out = {.buf = buf, .cap = cap}, .rule = rule, .shows_secrets = show_secrets};
    for (size_t i = 0; i < rule->parts.n_alternatives; i++) {
        provi_text_puts(&printer.out, i ? " | " : "");
        print_alternative(&printer, &rule->parts.alternatives[i]);
    }
    return provi_text_end(&printer.out, len);
}
