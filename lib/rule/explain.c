/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/explain.h>

#include <provision/catalogue.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "macro/secrets.h"
#include "rule/rule_priv.h"
#include "rule/shown.h"

struct story {
    struct provi_text *out;
    const prov_rule *rule;
    uint32_t next; /* the alternative whose heading is still to be written */
};

/* `  LABEL: ` and what follows it up to end_line(). */
static void begin_line(struct story *story, const char *label)
{
    provi_text_puts(story->out, "  ");
    provi_text_puts(story->out, label);
    provi_text_puts(story->out, ": ");
}

static void write_line(struct story *story, const char *line)
{
    provi_text_puts(story->out, line);
    provi_text_newline(story->out);
}

static void write_heading(struct story *story, uint32_t number)
{
    const struct provi_term *term = &story->rule->parts.terms[number];
    bool is_trigger = story->rule->kind == PROV_RULE_TRIGGER;
    provi_text_puts(story->out, is_trigger ? "trigger" : "alternative ");
    if (!is_trigger)
        provi_text_add_number(story->out, (int64_t)number + 1);
    provi_text_puts(story->out, ": ");
    provi_rule_write_redacted(story->out, term->written);
    provi_text_newline(story->out);
    if (provi_str_eq(term->written, term->text))
        return;
    begin_line(story, "expands to");
    provi_rule_write_redacted(story->out, term->text);
    provi_text_newline(story->out);
}

/* Headings come before the first comparison of their alternative. */
static void reach(struct story *story, uint32_t term)
{
    for (; story->next <= term; story->next++)
        write_heading(story, story->next);
}

static void write_operand(struct story *story, uint32_t type, prov_str text)
{
    const char *quote = type == PROV_RULE_STRING ? "\"" : "";
    provi_text_puts(story->out, quote);
    provi_rule_write_redacted(story->out, text); /* a macro's value may be a rule itself */
    provi_text_puts(story->out, quote);
}

static const char *type_in_plural(uint32_t type)
{
    switch (type) {
    case PROV_RULE_STRING: return "strings";
    case PROV_RULE_INTEGER: return "integers";
    case PROV_RULE_DOTTED: return "dotted versions";
    default: return "phone loads";
    }
}

static void hear_comparison(void *ctx, const struct prov_rule_comparison *comparison)
{
    struct story *story = ctx;
    reach(story, comparison->term);
    begin_line(story, "compares");
    write_operand(story, comparison->type, comparison->left);
    provi_text_puts(story->out, " ");
    provi_text_puts(story->out, provi_operand_op_text(comparison->op));
    provi_text_puts(story->out, " ");
    write_operand(story, comparison->type, comparison->right);
    provi_text_puts(story->out, " as ");
    provi_text_puts(story->out, type_in_plural(comparison->type));
    write_line(story, comparison->holds ? ": true" : ": false");
}

static void write_assignments(struct story *story, const struct provi_term *term)
{
    const struct prov_rule_assignment *assignment =
        story->rule->parts.assignments + term->assignments.first;
    for (size_t i = 0; i < term->assignments.n; i++, assignment++) {
        bool is_secret = provi_secrets_has_name(assignment->name);
        begin_line(story, "sets");
        provi_text_add(story->out, assignment->name);
        provi_text_puts(story->out, " = \"");
        provi_rule_write_redacted(story->out,
                                  is_secret ? PROVI_LIT(PROVI_MASK) : assignment->value);
        write_line(story, "\"");
    }
}

static void write_server(struct story *story, const struct prov_rule_target *target)
{
    struct provi_text *out = story->out;
    prov_str scheme = target->scheme.len ? target->scheme : PROVI_LIT("tftp");
    uint16_t port = target->port ? target->port : provi_url_default_port(scheme);
    bool is_ipv6 = provi_str_find(target->host, ':') < target->host.len;
    provi_text_add(out, scheme);
    provi_text_puts(out, is_ipv6 ? "://[" : "://");
    provi_text_add(out, target->host);
    provi_text_puts(out, is_ipv6 ? "]" : "");
    if (target->srv && !target->port)
        return;
    provi_text_puts(out, ":");
    provi_text_add_number(out, port);
}

static void write_gpp(struct story *story, const char *before, char letter)
{
    if (!letter)
        return;
    provi_text_puts(story->out, before);
    provi_text_add_char(story->out, (char)(letter - 'a' + 'A'));
}

static void write_if(struct story *story, bool is_so, const char *text)
{
    if (is_so)
        provi_text_puts(story->out, text);
}

static void write_target(struct story *story, const struct prov_rule_target *target)
{
    bool is_report = story->rule->kind == PROV_RULE_REPORT;
    begin_line(story, is_report ? "sends to" : "fetches");
    if (target->host.len)
        write_server(story, target);
    else
        write_if(story, target->path.len == 0, "an activation code");
    provi_rule_write_redacted(story->out, target->path);
    write_if(story, !target->host.len && target->path.len,
             " from the server DHCP or the asker gave");
    write_if(story, is_report && !target->delta && !target->status, ", the whole configuration");
    write_if(story, target->delta, ", changes only");
    write_if(story, target->status, ", the status");
    write_if(story, target->srv, ", server looked up by SRV");
    write_gpp(story, ", by POST of GPP_", target->post);
    write_gpp(story, ", element names mapped by GPP_", target->alias);
    write_if(story, target->has_key, is_report ? ", encrypted" : ", decrypted with a key");
    write_if(story, target->has_uid || target->has_pwd, ", with a login");
    provi_text_newline(story->out);
}

static void write_chosen(struct story *story, const struct provi_term *term)
{
    if (story->rule->kind == PROV_RULE_TRIGGER)
        return;
    write_line(story, term->has_condition ? "  chosen" : "  chosen: no condition");
    write_assignments(story, term);
    const struct prov_rule_target *target = story->rule->parts.targets + term->targets.first;
    for (size_t i = 0; i < term->targets.n; i++)
        write_target(story, &target[i]);
    if (!term->assignments.n && !term->targets.n)
        write_line(story, "  does nothing");
}

static void hear_term(void *ctx, uint32_t number, uint32_t verdict)
{
    struct story *story = ctx;
    reach(story, number);
    if (verdict == PROV_RULE_CHOSEN)
        write_chosen(story, &story->rule->parts.terms[number]);
    else if (verdict == PROV_RULE_NOT_ASKED)
        write_line(story, "  not asked: an earlier one was chosen");
    else if (story->rule->kind != PROV_RULE_TRIGGER)
        write_line(story, "  passed over");
}

static void write_end(struct story *story, int32_t term)
{
    if (story->rule->kind == PROV_RULE_TRIGGER)
        write_line(story, term < 0 ? "the trigger is false" : "the trigger is true");
    else if (story->rule->parts.n_terms == 0)
        write_line(story, "the rule is empty: skipped");
    else if (term < 0)
        write_line(story, "no alternative is chosen: the rule is skipped");
}

prov_status provi_rule_explain(const prov_rule *rule, struct provi_text *out,
                               struct prov_error *err)
{
    struct story story = {.out = out, .rule = rule};
    const struct prov_rule_observer observer = {
        .comparison = hear_comparison, .term = hear_term, .ctx = &story};
    int32_t term;
    out->is_one_line = true;
    prov_status status = prov_rule_choose(rule, (prov_str){NULL, 0}, &observer, &term, err);
    if (status == PROV_OK)
        write_end(&story, term);
    return status;
}

prov_status prov_rule_explain(const prov_rule *rule, const struct prov_sink *sink,
                              struct prov_error *err)
{
    if (!rule || !sink || !sink->write)
        return provi_fail_invalid(err, "rule or sink");
    struct provi_text out;
    provi_text_to_sink(&out, sink, err);
    prov_status status = provi_rule_explain(rule, &out, err);
    return status == PROV_OK ? provi_text_end(&out, NULL) : status;
}
