/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "json.h"

#include <stdlib.h>

#include "common/names.h"
#include "common/text.h"

/* Writes the alternatives in the order in which prov_rule_choose() reports them. */
struct writer {
    const prov_rule *rule;
    struct json_object alternatives;
    struct json_object alternative; /* the present one */
    struct json_object comparisons; /* of that alternative */
    bool has_begun;                 /* `alternative` was begun */
};

/* The value of a macro may be a rule, with keys and passwords. */
static void add_redacted(struct json_object *object, const char *name, prov_str text)
{
    char *redacted = text_redact(text);
    json_add_word(object, name, redacted);
    free(redacted);
}

static void add_alternative_text(struct json_object *object, const char *name,
                                 const prov_rule *rule, uint32_t number, uint32_t which)
{
    size_t len = 0;
    prov_rule_alternative_text(rule, number, which, NULL, 0, &len);
    char *text = malloc(len + 1);
    if (text && prov_rule_alternative_text(rule, number, which, text, len + 1, &len) == PROV_OK)
        json_add_text(object, name, (prov_str){text, len});
    free(text);
}

static void begin_alternative(struct writer *writer, uint32_t number)
{
    if (writer->has_begun)
        return;
    writer->has_begun = true;
    writer->alternative = json_add_object(&writer->alternatives, NULL);
    add_alternative_text(&writer->alternative, "text", writer->rule, number,
                         PROV_RULE_TEXT_WRITTEN);
    add_alternative_text(&writer->alternative, "expansion", writer->rule, number,
                         PROV_RULE_TEXT_EXPANDED);
    writer->comparisons = json_add_array(&writer->alternative, "comparisons");
}

static void on_comparison(void *ctx, const struct prov_rule_comparison *comparison)
{
    struct writer *writer = ctx;
    begin_alternative(writer, comparison->alternative);
    struct json_object object = json_add_object(&writer->comparisons, NULL);
    json_add_word(&object, "type", prov_rule_type_name(comparison->type));
    add_redacted(&object, "left", comparison->left);
    json_add_word(&object, "op", prov_rule_op_name(comparison->op));
    add_redacted(&object, "right", comparison->right);
    json_add_bool(&object, "holds", comparison->holds);
    json_end(&object);
}

static void add_assignments(struct json_object *alternative, const prov_rule *rule, uint32_t number)
{
    struct prov_rule_assignment assignment;
    struct json_object array = json_add_array(alternative, "assignments");
    for (size_t i = 0; prov_rule_assignment_get(rule, number, i, &assignment) == PROV_OK; i++) {
        struct json_object object = json_add_object(&array, NULL);
        json_add_text(&object, "name", assignment.name);
        if (prov_catalogue_is_secret(NULL, assignment.name))
            json_add_true(&object, "is_secret");
        else
            add_redacted(&object, "value", assignment.value);
        json_end(&object);
    }
    json_end(&array);
}

static void on_alternative(void *ctx, uint32_t number, uint32_t verdict)
{
    struct writer *writer = ctx;
    begin_alternative(writer, number);
    json_end(&writer->comparisons);
    json_add_word(&writer->alternative, "verdict", prov_rule_verdict_name(verdict));
    if (verdict == PROV_RULE_VERDICT_CHOSEN && prov_rule_n_assignments(writer->rule, number))
        add_assignments(&writer->alternative, writer->rule, number);
    json_end(&writer->alternative);
    writer->has_begun = false;
}

static void add_alternatives(struct json_object *object, const struct finding *finding)
{
    struct writer writer = {.rule = finding->rule};
    const struct prov_rule_observer observer = {
        .comparison = on_comparison, .alternative = on_alternative, .ctx = &writer};
    int32_t chosen;
    writer.alternatives = json_add_array(object, "alternatives");
    prov_rule_choose(finding->rule, (prov_str){NULL, 0}, &observer, &chosen, NULL);
    json_end(&writer.alternatives);
    if (finding->kind == PROV_RULE_KIND_TRIGGER)
        json_add_bool(object, "is_true", chosen >= 0);
    else if (chosen >= 0)
        json_add_number(object, "chosen", chosen);
}

static void add_gpp(struct json_object *object, const char *name, char letter)
{
    char gpp[] = "GPP_?";
    gpp[4] = (char)(letter - 'a' + 'A');
    if (letter)
        json_add_word(object, name, gpp);
}

static void add_url(struct json_object *object, const struct request *request)
{
    const struct prov_rule_target *target = &request->target;
    char *url = request_url(request);
    json_add_word(object, "url", url);
    free(url);
    json_add_text(object, "scheme", target->scheme);
    json_add_text_if_set(object, "host", target->host);
    json_add_number(object, "port", target->port);
}

static void add_request(struct json_object *array, const struct request *request)
{
    const struct prov_rule_target *target = &request->target;
    struct json_object object = json_add_object(array, NULL);
    json_add_word(&object, "method", request->method);
    if (request->status == PROV_OK)
        add_url(&object, request);
    if (target->path.len)
        add_redacted(&object, "path", target->path);
    json_add_bool(&object, "key", target->has_key);
    json_add_bool(&object, "credentials", target->has_uid || target->has_pwd);
    add_gpp(&object, "post", target->post);
    add_gpp(&object, "alias", target->alias);
    if (target->srv)
        json_add_true(&object, "srv");
    if (target->delta)
        json_add_true(&object, "delta");
    if (target->status)
        json_add_true(&object, "status");
    if (request->is_rfc8188)
        json_add_word(&object, "encoding", "aes128gcm");
    if (request->body)
        json_add_word(&object, "body", request->body);
    if (request->status != PROV_OK)
        json_add_error(&object, &request->err);
    json_end(&object);
}

static void add_requests(struct json_object *object, const struct finding *finding)
{
    struct json_object array = json_add_array(object, "requests");
    for (size_t i = 0; i < finding->n_requests; i++)
        add_request(&array, &finding->requests[i]);
    json_end(&array);
}

static void add_picture(struct json_object *object, const struct finding *finding, uint64_t offset)
{
    char *picture = finding_picture(finding, offset);
    json_add_text_if_set(object, "picture", prov_str_from(picture));
    free(picture);
}

static void add_warnings(struct json_object *object, const struct finding *finding)
{
    struct json_object array = json_add_array(object, "warnings");
    for (size_t i = 0; i < finding->n_warnings; i++) {
        const struct prov_lint *lint = &finding->warnings[i];
        struct json_object warning = json_add_object(&array, NULL);
        json_add_word(&warning, "warning", prov_lint_kind_name(lint->kind));
        json_add_number(&warning, "line", lint->line);
        json_add_number(&warning, "column", lint->column);
        json_add_word(&warning, "message", lint->message);
        add_picture(&warning, finding, lint->offset);
        json_end(&warning);
    }
    json_end(&array);
}

static void add_sequence(struct json_object *object, const struct sequence *sequence)
{
    struct json_object inner = json_add_object(object, "sequence");
    json_add_word(&inner, "from", sequence->from);
    struct json_object loads = json_add_array(&inner, "loads");
    for (size_t i = 0; i < sequence->n_loads; i++)
        json_add_word(&loads, NULL, sequence->loads[i]);
    json_end(&loads);
    json_add_word(&inner, "stop", sequence_stop_name(sequence->stop));
    json_end(&inner);
}

void json_add_finding(struct json_object *array, const struct finding *finding)
{
    struct json_object object = json_add_object(array, NULL);
    json_add_word(&object, "name", finding->name);
    json_add_word(&object, "kind", finding_kind(finding));
    add_redacted(&object, "text", finding->written);
    if (finding->is_default)
        json_add_true(&object, "is_default");
    if (finding->expansion)
        json_add_word(&object, "expansion", finding->expansion);
    if (finding->rule) {
        add_alternatives(&object, finding);
        add_requests(&object, finding);
    }
    add_warnings(&object, finding);
    if (finding->note)
        json_add_word(&object, "note", finding->note);
    if (finding->sequence)
        add_sequence(&object, finding->sequence);
    if (finding->status != PROV_OK) {
        json_add_error(&object, &finding->err);
        if (finding->err.line)
            add_picture(&object, finding, finding->err.offset);
    }
    json_end(&object);
}
