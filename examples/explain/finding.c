/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "finding.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/phone_names.h"
#include "common/text.h"

enum { KIND_VALUE = TEXT_MESSAGE + 1 };

/* A list of warnings being made; `is_short` without memory. */
struct gathering {
    struct finding *finding;
    bool is_masked; /* the text is from a bundle, in which masks replace macros */
    bool is_short;
};

static void add_warning(void *ctx, const struct prov_lint *lint)
{
    struct gathering *gathering = ctx;
    struct finding *finding = gathering->finding;
    size_t n = finding->n_warnings;
    if (gathering->is_masked && lint->kind == PROV_LINT_KEY_IN_CLEAR)
        return;
    struct prov_lint *more = realloc(finding->warnings, (n + 1) * sizeof *more);
    gathering->is_short = gathering->is_short || !more;
    if (!more)
        return;
    more[n] = *lint;
    finding->warnings = more;
    finding->n_warnings = n + 1;
}

static int compare_offsets(const void *left, const void *right)
{
    const struct prov_lint *a = left, *b = right;
    return a->offset < b->offset ? -1 : a->offset > b->offset;
}

static void sort_warnings(struct finding *finding)
{
    if (finding->n_warnings > 1)
        qsort(finding->warnings, finding->n_warnings, sizeof *finding->warnings, compare_offsets);
}

static bool is_short_of_memory(const struct finding *finding)
{
    return finding->status == PROV_E_NOMEM;
}

static char *copy_text(const char *text)
{
    return text ? strdup(text) : NULL;
}

static bool is_of_job(uint32_t kind)
{
    return kind == TEXT_LICENCE || kind == TEXT_RENEWAL;
}

/* Find another parameter that does not fit the rule of a job; NULL: none, or no memory. */
static const char *find_misfit(uint32_t kind, const struct macro_vars *macro_vars)
{
    const char *name = kind == TEXT_LICENCE ? "Trans_Auth_Type" : "MIC_Cert_Refresh_Enable";
    bool is_set, is_misfit;
    char *value = parameter_get(macro_vars->store, prov_str_from(name),
                                macro_vars->options->dialect, &is_set);
    if (!value)
        return NULL;
    is_misfit = kind == TEXT_LICENCE ? strcmp(value, "WxC") == 0 : strcmp(value, "Yes") != 0;
    free(value);
    if (kind == TEXT_RENEWAL)
        return is_misfit ? "MIC_Cert_Refresh_Enable is not Yes: only a request renews" : NULL;
    return is_misfit ? "Trans_Auth_Type is WxC: no licence is fetched"
           : is_set  ? NULL
                     : "Trans_Auth_Type is not set, Classic is assumed: set both in one profile";
}

static void check_rule(struct finding *finding, struct macro_vars *macro_vars)
{
    struct gathering gathering = {.finding = finding,
                                  .is_masked = macro_vars->options->bundle != NULL};
    const struct prov_lint_listener listener = {.warn = add_warning, .ctx = &gathering};
    const struct prov_vars vars = facts_vars(macro_vars);
    const struct prov_rule_options options = {
        .size = sizeof options,
        .kind = is_of_job(finding->kind) ? PROV_RULE_KIND_PROFILE : finding->kind,
        .dialect = facts_dialect(macro_vars),
    };
    finding->status = prov_rule_prepare(&finding->rule, finding->written, &vars, &options, NULL,
                                        &finding->chosen, &finding->err);
    prov_lint_rule(finding->written, &vars, &options, &listener, NULL);
    sort_warnings(finding);
    if (is_of_job(finding->kind))
        finding->note = copy_text(find_misfit(finding->kind, macro_vars));
    if (gathering.is_short)
        finding->status = PROV_E_NOMEM;
    if (finding->status != PROV_OK || finding->chosen < 0)
        return;
    finding->n_requests = prov_rule_n_targets(finding->rule, (size_t)finding->chosen);
    for (size_t i = 0; i < finding->n_requests; i++)
        request_make(&finding->requests[i], macro_vars, finding->kind, finding->rule,
                     (size_t)finding->chosen, i);
}

static void check_message(struct finding *finding, struct macro_vars *macro_vars)
{
    char *expanded = facts_expand(macro_vars, finding->written, &finding->err);
    if (expanded)
        finding->expansion = text_redact(prov_str_from(expanded));
    free(expanded);
    if (!finding->expansion)
        finding->status = finding->err.status ? finding->err.status : PROV_E_NOMEM;
}

bool finding_make(struct finding *finding, struct macro_vars *macro_vars, const char *name,
                  uint32_t kind, prov_str written)
{
    *finding = (struct finding){
        .name = name,
        .kind = kind,
        .written = written,
        .err = {.size = sizeof finding->err},
        .chosen = -1,
    };
    if (kind == TEXT_MESSAGE)
        check_message(finding, macro_vars);
    else
        check_rule(finding, macro_vars);
    return !is_short_of_memory(finding);
}

/* Check value and name by the catalogue and the names of phones. */
static void check_value(struct finding *finding, const struct prov_rule_options *options)
{
    prov_str name = prov_str_from(finding->name);
    char meant[PARAMETER_NAME_CAP], note[PARAMETER_NAME_CAP + 64];
    const struct prov_param_info *info = prov_catalogue_find(name, NULL);
    if (info)
        finding->status = prov_rule_check_value(info, finding->written, options, &finding->err);
    else if (phone_name_is_slip(name, meant)) {
        snprintf(note, sizeof note, "there is no parameter of this name; is %s meant?", meant);
        finding->note = copy_text(note);
    }
}

bool finding_make_param(struct finding *finding, const struct macro_vars *macro_vars,
                        const char *name, prov_str value)
{
    struct gathering gathering = {.finding = finding,
                                  .is_masked = macro_vars->options->bundle != NULL};
    const struct prov_lint_listener listener = {.warn = add_warning, .ctx = &gathering};
    const struct prov_rule_options options = {.size = sizeof options,
                                              .dialect = facts_dialect(macro_vars)};
    *finding = (struct finding){
        .name = name,
        .kind = KIND_VALUE,
        .written = value,
        .err = {.size = sizeof finding->err},
        .chosen = -1,
    };
    check_value(finding, &options);
    bool is_short = prov_lint_param(prov_str_from(name), value, &options, &listener) != PROV_OK;
    sort_warnings(finding);
    return !is_short && !gathering.is_short && !is_short_of_memory(finding);
}

void finding_init_note(struct finding *finding, const char *name, const char *note)
{
    *finding =
        (struct finding){.name = name, .kind = KIND_VALUE, .chosen = -1, .note = copy_text(note)};
}

bool finding_is_odd(const struct finding *finding)
{
    return finding->status != PROV_OK || finding->n_warnings || finding->note;
}

void finding_free(struct finding *finding)
{
    for (size_t i = 0; i < finding->n_requests; i++)
        request_free(&finding->requests[i]);
    free(finding->warnings);
    free(finding->owned);
    free(finding->expansion);
    free(finding->note);
    free(finding->sequence);
    free(finding->owned_name);
    prov_rule_free(finding->rule);
}

bool finding_is_refused(const struct finding *finding)
{
    if (finding->status != PROV_OK)
        return true;
    for (size_t i = 0; i < finding->n_requests; i++)
        if (finding->requests[i].status == PROV_E_UNSUPPORTED)
            return true;
    return false;
}

size_t finding_n_warnings(const struct finding *finding)
{
    size_t n = finding->n_warnings + (finding->note != NULL);
    n += finding->sequence && finding->sequence->stop == SEQUENCE_CIRCLE;
    for (size_t i = 0; i < finding->n_requests; i++)
        n += finding->requests[i].status == PROV_E_NO_SERVER;
    return n;
}

const char *finding_kind(const struct finding *finding)
{
    switch (finding->kind) {
    case PROV_RULE_KIND_PROFILE: return "profile";
    case PROV_RULE_KIND_UPGRADE: return "upgrade";
    case PROV_RULE_KIND_REPORT: return "report";
    case PROV_RULE_KIND_TRIGGER: return "trigger";
    case TEXT_LICENCE: return "licence";
    case TEXT_RENEWAL: return "renewal";
    case TEXT_MESSAGE: return "message";
    default: return "value";
    }
}

char *finding_picture(const struct finding *finding, uint64_t offset)
{
    size_t len = 0;
    prov_rule_picture(finding->written, offset, NULL, 0, &len);
    char *picture = malloc(len + 1);
    if (picture)
        prov_rule_picture(finding->written, offset, picture, len + 1, &len);
    return picture;
}
