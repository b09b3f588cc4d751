/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rules.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/terminal.h"
#include "common/text.h"

#include "facts.h"
#include "finding.h"
#include "json.h"
#include "text.h"
#include "vitals.h"

/* All findings: a message may contain the request of an earlier one. */
struct findings {
    struct finding *all;
    size_t n;
    bool is_short; /* no memory */
};

static bool make_room(struct findings *findings)
{
    struct finding *more = realloc(findings->all, (findings->n + 1) * sizeof *more);
    findings->is_short = findings->is_short || !more;
    if (more)
        findings->all = more;
    return more;
}

/* `Upgrade_Rule with 11-3-1MPP-110`, new. */
static char *describe(const char *name, const char *version)
{
    size_t cap = strlen(name) + strlen(version) + sizeof " with ";
    char *text = malloc(cap);
    if (text)
        snprintf(text, cap, "%s with %s", name, version);
    return text;
}

/* Add a finding for each load, evaluated separately. */
static bool add_sequence(struct findings *findings, const struct options *options, prov_str version,
                         const char *name, prov_str rule)
{
    struct macro_vars macro_vars;
    struct sequence *sequence = calloc(1, sizeof *sequence);
    bool is_fine = facts_gather(&macro_vars, options) == EXIT_OK && sequence;
    if (sequence)
        sequence_begin(sequence, version);
    is_fine = is_fine && facts_set_version(&macro_vars, sequence->version) == EXIT_OK;
    while (is_fine && sequence->stop == SEQUENCE_GOES_ON && make_room(findings)) {
        struct finding *finding = &findings->all[findings->n++];
        char *text = text_copy(rule);
        is_fine =
            finding_make(finding, &macro_vars, name, PROV_RULE_KIND_UPGRADE, prov_str_from(text));
        finding->owned = text;
        finding->owned_name = describe(name, sequence->version);
        finding->name = finding->owned_name ? finding->owned_name : name;
        if (sequence->n_loads > 0)
            finding->n_warnings = 0; /* the warnings of the text were added already */
        is_fine =
            is_fine && text && finding->owned_name && sequence_step(sequence, finding, &macro_vars);
        if (sequence->stop != SEQUENCE_GOES_ON) {
            finding->sequence = sequence;
            sequence = NULL;
            break;
        }
    }
    free(sequence);
    facts_free(&macro_vars);
    return is_fine;
}

/* Do so for each version of --versions. */
static void add_sequences(struct findings *findings, const struct options *options,
                          const char *name, prov_str rule)
{
    for (const char *at = options->versions; *at;) {
        size_t len = strcspn(at, ",");
        if (len > 0 && !add_sequence(findings, options, (prov_str){at, len}, name, rule))
            findings->is_short = true;
        at += len + (at[len] == ',');
    }
}

static void add_text(struct findings *findings, struct macro_vars *macro_vars,
                     const struct given_text *text)
{
    const struct options *options = macro_vars->options;
    if (text->kind == PROV_RULE_KIND_UPGRADE && options->versions)
        add_sequences(findings, options, text->option, prov_str_from(text->text));
    else if (make_room(findings) &&
             !finding_make(&findings->all[findings->n++], macro_vars, text->option, text->kind,
                           prov_str_from(text->text)))
        findings->is_short = true;
}

/* The value in the store, new; of a parameter that is not set, its default. NULL: none. */
static char *read_value(struct findings *findings, const struct macro_vars *macro_vars,
                        const char *name, bool *is_set)
{
    uint32_t dialect = macro_vars->options->dialect;
    char *value = parameter_get(macro_vars->store, prov_str_from(name), dialect, is_set);
    findings->is_short = findings->is_short || !value;
    if (value && (*is_set || value[0]) && make_room(findings))
        return value;
    free(value);
    return NULL;
}

static bool renews(const struct macro_vars *macro_vars)
{
    bool is_set;
    char *value = parameter_get(macro_vars->store, prov_str_from("MIC_Cert_Refresh_Enable"),
                                macro_vars->options->dialect, &is_set);
    bool is_yes = value && strcmp(value, "Yes") == 0;
    free(value);
    return is_yes;
}

static void add_stored(struct findings *findings, struct macro_vars *macro_vars, const char *name,
                       uint32_t kind)
{
    bool is_set;
    char *value = read_value(findings, macro_vars, name, &is_set);
    if (!value)
        return;
    if (kind == TEXT_RENEWAL && !is_set &&
        !renews(macro_vars)) { /* the default, which has no effect */
        free(value);
        return;
    }
    if (kind == PROV_RULE_KIND_UPGRADE && macro_vars->options->versions) {
        add_sequences(findings, macro_vars->options, name, prov_str_from(value));
        free(value);
        return;
    }
    struct finding *finding = &findings->all[findings->n++];
    if (!finding_make(finding, macro_vars, name, kind, prov_str_from(value)))
        findings->is_short = true;
    finding->owned = value;
    finding->is_default = !is_set;
}

/* Add a parameter that is not explained only if it has a fault or a warning. */
static void add_if_odd(struct findings *findings, struct macro_vars *macro_vars,
                       const struct prov_param *param)
{
    if (!make_room(findings))
        return;
    struct finding *finding = &findings->all[findings->n];
    char *name = text_copy(param->name);
    char *value = text_copy(param->value);
    if (!name || !value ||
        !finding_make_param(finding, macro_vars, name, (prov_str){value, param->value.len}))
        findings->is_short = true;
    if (!name || !value) {
        free(name);
        free(value);
        return;
    }
    finding->owned_name = name;
    finding->owned = value;
    if (finding_is_odd(finding))
        findings->n++;
    else
        finding_free(finding);
}

/* Parameters that are explained, in the order in which a device uses them. */
static const struct {
    const char *name;
    uint32_t kind;
} rules[] = {
    {"Resync_Trigger_1", PROV_RULE_KIND_TRIGGER},
    {"Resync_Trigger_2", PROV_RULE_KIND_TRIGGER},
    {"Profile_Rule", PROV_RULE_KIND_PROFILE},
    {"Profile_Rule_B", PROV_RULE_KIND_PROFILE},
    {"Profile_Rule_C", PROV_RULE_KIND_PROFILE},
    {"Profile_Rule_D", PROV_RULE_KIND_PROFILE},
    {"Trans_Auth_Rule", TEXT_LICENCE},
    {"MIC_Cert_Refresh_Rule", TEXT_RENEWAL},
    {"Upgrade_Rule", PROV_RULE_KIND_UPGRADE},
    {"Report_Rule", PROV_RULE_KIND_REPORT},
};

enum { N_RULES = sizeof rules / sizeof rules[0] };

static bool is_explained(prov_str name)
{
    for (size_t i = 0; i < N_RULES; i++)
        if (text_is(name, rules[i].name))
            return true;
    return false;
}

static void add_store(struct findings *findings, struct macro_vars *macro_vars)
{
    struct vitals vitals = {0};
    struct prov_param param = {.size = sizeof param};
    for (size_t i = 0; i < N_RULES; i++)
        add_stored(findings, macro_vars, rules[i].name, rules[i].kind);
    for (size_t i = 0; prov_store_param(macro_vars->store, i, &param) == PROV_OK; i++) {
        if (!param.has_value)
            continue;
        vitals_set(&vitals, param.name, param.value);
        if (!is_explained(param.name))
            add_if_odd(findings, macro_vars, &param);
    }
    const char *fault = vitals_fault(&vitals);
    if (fault && make_room(findings))
        finding_init_note(&findings->all[findings->n++], "the whole", fault);
    vitals_free(&vitals);
}

static void gather(struct findings *findings, struct macro_vars *macro_vars)
{
    const struct options *options = macro_vars->options;
    for (size_t i = 0; i < options->n_texts; i++)
        add_text(findings, macro_vars, &options->texts[i]);
    if (options->n_texts == 0)
        add_store(findings, macro_vars);
}

/* Print the traces of a bundle. */
static void print_traces(const struct text_view *view, prov_str traces)
{
    fputs("\n", view->out);
    text_line(view, BOLD, "recorded by the phone, the latest first");
    while (traces.len) {
        prov_str line = text_cut_line(&traces);
        text_line(view, PLAIN, "%.*s", (int)line.len, line.data);
    }
}

static void print_text(const struct findings *findings, const struct options *options)
{
    const struct text_view view = {
        .out = stdout,
        .has_colour = terminal_has_colour(stdout, options->answer.colour),
    };
    for (size_t i = 0; i < findings->n; i++) {
        fputs(i ? "\n" : "", stdout);
        text_finding(&view, &findings->all[i], findings->n > 1 || options->n_texts == 0);
    }
    if (options->traces.len)
        print_traces(&view, options->traces);
}

static void print_json(const struct findings *findings, const struct options *options,
                       size_t n_warnings)
{
    struct json_object object = json_begin(stdout);
    struct json_object array = json_add_array(&object, "explained");
    for (size_t i = 0; i < findings->n; i++)
        json_add_finding(&array, &findings->all[i]);
    json_end(&array);
    json_add_number(&object, "n_warnings", (int64_t)n_warnings);
    json_add_text_if_set(&object, "recorded", options->traces);
    json_end(&object);
    fputc('\n', stdout);
}

static int report(const struct findings *findings, const struct options *options)
{
    size_t n_warnings = 0;
    bool is_refused = false;
    for (size_t i = 0; i < findings->n; i++) {
        n_warnings += finding_n_warnings(&findings->all[i]);
        is_refused = is_refused || finding_is_refused(&findings->all[i]);
    }
    if (options->answer.is_json)
        print_json(findings, options, n_warnings);
    else
        print_text(findings, options);
    if (is_refused)
        return EXIT_FAILED;
    return options->is_strict && n_warnings ? EXIT_FAILED : EXIT_OK;
}

int rules_explain(const struct options *options)
{
    struct macro_vars macro_vars;
    struct findings findings = {0};
    int status = facts_gather(&macro_vars, options);
    if (status == EXIT_OK)
        gather(&findings, &macro_vars);
    if (findings.is_short) {
        perror("provision-explain");
        status = EXIT_MACHINE;
    }
    if (status == EXIT_OK)
        status = report(&findings, options);
    facts_free(&macro_vars);
    for (size_t i = 0; i < findings.n; i++)
        finding_free(&findings.all[i]);
    free(findings.all);
    return status;
}
