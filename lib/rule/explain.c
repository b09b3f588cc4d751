/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/explain.h>

#include <provision/catalogue.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/record.h"
#include "base/str.h"
#include "base/url.h"
#include "rule/rule_priv.h"
#include "rule/shown.h"

struct explanation {
    struct provi_text *out;
    const prov_rule *rule;
    const struct provi_alternative *alternative; /* of the heading that was written last */
    uint32_t next;                               /* number of the next one */
};

/* Write `  LABEL: `; the caller ends the line. */
static void begin_line(struct explanation *explanation, const char *label)
{
    provi_text_puts(explanation->out, "  ");
    provi_text_puts(explanation->out, label);
    provi_text_puts(explanation->out, ": ");
}

static void write_line(struct explanation *explanation, const char *line)
{
    provi_text_puts(explanation->out, line);
    provi_text_newline(explanation->out);
}

/* Write a part of the alternative, without its secrets; the value of a macro may hold some, too. */
static void write_part(struct explanation *explanation, const char *quote, prov_str part)
{
    provi_text_puts(explanation->out, quote);
    provi_rule_write_part(explanation->out, explanation->rule, explanation->alternative->secrets,
                          part);
    provi_text_puts(explanation->out, quote);
}

static void write_heading(struct explanation *explanation, uint32_t number)
{
    const prov_rule *rule = explanation->rule;
    const prov_str text = rule->parts.alternatives[number].text;
    const prov_str written = provi_rule_written(rule, text);
    bool is_trigger = rule->kind == PROV_RULE_KIND_TRIGGER;
    explanation->alternative = &rule->parts.alternatives[number];
    provi_text_puts(explanation->out, is_trigger ? "trigger" : "alternative ");
    if (!is_trigger)
        provi_text_add_number(explanation->out, (int64_t)number + 1);
    provi_text_puts(explanation->out, ": ");
    write_part(explanation, "", written);
    provi_text_newline(explanation->out);
    if (provi_str_eq(written, text))
        return;
    begin_line(explanation, "expands to");
    write_part(explanation, "", text);
    provi_text_newline(explanation->out);
}

/* Headings come before the first comparison of their alternative. */
static void reach(struct explanation *explanation, uint32_t alternative)
{
    for (; explanation->next <= alternative; explanation->next++)
        write_heading(explanation, explanation->next);
}

static const char *type_in_plural(uint32_t type)
{
    switch (type) {
    case PROV_RULE_TYPE_STRING: return "strings";
    case PROV_RULE_TYPE_INTEGER: return "integers";
    case PROV_RULE_TYPE_DOTTED: return "dotted versions";
    default: return "phone loads";
    }
}

static void on_comparison(void *ctx, const struct prov_rule_comparison *comparison)
{
    struct explanation *explanation = ctx;
    const char *quote = comparison->type == PROV_RULE_TYPE_STRING ? "\"" : "";
    reach(explanation, comparison->alternative);
    begin_line(explanation, "compares");
    write_part(explanation, quote, comparison->left);
    provi_text_puts(explanation->out, " ");
    provi_text_puts(explanation->out, provi_operand_op_text(comparison->op));
    provi_text_puts(explanation->out, " ");
    write_part(explanation, quote, comparison->right);
    provi_text_puts(explanation->out, " as ");
    provi_text_puts(explanation->out, type_in_plural(comparison->type));
    write_line(explanation, comparison->holds ? ": true" : ": false");
}

static void write_gpp(struct explanation *explanation, const char *before, char letter)
{
    if (!letter)
        return;
    provi_text_puts(explanation->out, before);
    provi_text_add_char(explanation->out, (char)(letter - 'a' + 'A'));
}

static void write_if(struct explanation *explanation, bool is_so, const char *text)
{
    if (is_so)
        provi_text_puts(explanation->out, text);
}

static void write_target(struct explanation *explanation, const struct prov_rule_target *target)
{
    bool is_report = explanation->rule->kind == PROV_RULE_KIND_REPORT;
    prov_str scheme = target->scheme.len ? target->scheme : PROVI_LIT("tftp");
    uint16_t usual_port = target->srv ? 0 : provi_url_default_port(scheme);
    begin_line(explanation, is_report ? "sends to" : "fetches");
    if (target->host.len)
        provi_url_write_server(explanation->out, scheme, target->host,
                               target->port ? target->port : usual_port);
    else
        write_if(explanation, target->path.len == 0, "an activation code");
    write_part(explanation, "", target->path);
    write_if(explanation, !target->host.len && target->path.len,
             " from the server named by DHCP or by the request");
    write_if(explanation, is_report && !target->delta && !target->status,
             ", the whole configuration");
    write_if(explanation, target->delta, ", changes only");
    write_if(explanation, target->status, ", the status");
    write_if(explanation, target->srv, ", server looked up by SRV");
    write_gpp(explanation, ", by POST of GPP_", target->post);
    write_gpp(explanation, ", element names mapped by GPP_", target->alias);
    write_if(explanation, target->has_key, is_report ? ", encrypted" : ", decrypted with a key");
    write_if(explanation, target->has_uid || target->has_pwd, ", with a login");
    provi_text_newline(explanation->out);
}

static void write_chosen(struct explanation *explanation,
                         const struct provi_alternative *alternative)
{
    if (explanation->rule->kind == PROV_RULE_KIND_TRIGGER)
        return;
    write_line(explanation, alternative->has_condition ? "  chosen" : "  chosen: no condition");
    const struct prov_rule_assignment *assignment =
        explanation->rule->parts.assignments + alternative->assignments.first;
    for (size_t i = 0; i < alternative->assignments.n; i++, assignment++) {
        begin_line(explanation, "sets");
        provi_text_add(explanation->out, assignment->name);
        provi_text_puts(explanation->out, " = ");
        write_part(explanation, "\"", assignment->value);
        provi_text_newline(explanation->out);
    }
    const struct prov_rule_target *target =
        explanation->rule->parts.targets + alternative->targets.first;
    for (size_t i = 0; i < alternative->targets.n; i++)
        write_target(explanation, &target[i]);
    if (!alternative->assignments.n && !alternative->targets.n)
        write_line(explanation, "  does nothing");
}

static void on_alternative(void *ctx, uint32_t number, uint32_t verdict)
{
    struct explanation *explanation = ctx;
    reach(explanation, number);
    if (verdict == PROV_RULE_VERDICT_CHOSEN)
        write_chosen(explanation, &explanation->rule->parts.alternatives[number]);
    else if (verdict == PROV_RULE_VERDICT_NOT_ASKED)
        write_line(explanation, "  not evaluated: an earlier one was chosen");
    else if (explanation->rule->kind != PROV_RULE_KIND_TRIGGER)
        write_line(explanation, "  passed over");
}

uint64_t provi_rule_checksum(const prov_rule *rule)
{
    return (uint64_t)provi_crc32(0, rule->expansion.written) << 32 | provi_crc32(0, rule->text);
}

prov_status provi_rule_explain(const prov_rule *rule, struct provi_text *out,
                               struct prov_error *err)
{
    struct explanation explanation = {.out = out, .rule = rule};
    const struct prov_rule_observer observer = {
        .comparison = on_comparison, .alternative = on_alternative, .ctx = &explanation};
    int32_t alternative;
    out->is_one_line = true;
    prov_status status = prov_rule_choose(rule, (prov_str){NULL, 0}, &observer, &alternative, err);
    if (status != PROV_OK)
        return status;
    if (rule->kind == PROV_RULE_KIND_TRIGGER)
        write_line(&explanation, alternative < 0 ? "the trigger is false" : "the trigger is true");
    else if (rule->parts.n_alternatives == 0)
        write_line(&explanation, "the rule is empty: skipped");
    else if (alternative < 0)
        write_line(&explanation, "no alternative is chosen: the rule is skipped");
    return PROV_OK;
}

prov_status prov_rule_explain(const prov_rule *rule, const struct prov_sink *sink,
                              struct prov_error *err)
{
    if (!rule || !sink || !sink->write)
        return provi_fail_invalid(err, "rule or sink");
    struct provi_text out = {.sink = sink, .err = err};
    prov_status status = provi_rule_explain(rule, &out, err);
    return status == PROV_OK ? provi_text_end(&out, NULL) : status;
}
