/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile.h"

#include <stdio.h>

#include "common/names.h"
#include "common/parameter.h"
#include "common/phone_names.h"
#include "common/text.h"

#include "file.h"
#include "profile_view.h"
#include "seen.h"
#include "vitals.h"

/* A profile being decoded and parsed. */
struct reading {
    const struct options *options;
    struct profile_view view;
    struct seen_names seen;
    struct vitals vitals;
    prov_profile_parser *parser;
    prov_decoder *decoder;
};

static struct profile_warning warning_of(uint32_t kind, prov_str name, uint32_t line)
{
    return (struct profile_warning){
        .id = prov_profile_warning_name(kind),
        .words = words_for_warning(kind),
        .name = name,
        .line = line,
    };
}

/* Whether the agent would set a parameter, checked as the agent does; if not, warn. */
static bool is_set(struct reading *reading, const struct prov_param_info *info,
                   const struct prov_param *param)
{
    struct prov_error why = {0};
    const struct prov_rule_options options = {
        .size = sizeof options, .dialect = prov_dialect_get(reading->options->dialect)};
    bool is_read_only = info && info->flags & PROV_PARAM_FLAG_READ_ONLY;
    bool fits = !info || !param->has_value ||
                prov_rule_check_value(info, param->value, &options, &why) == PROV_OK;
    if (!is_read_only && fits)
        return true;
    struct profile_warning warning = warning_of(
        is_read_only ? PROV_WARN_READ_ONLY : PROV_WARN_BAD_VALUE, param->name, param->line);
    if (!is_read_only) {
        warning.value_line = why.line;
        warning.value_column = why.column;
        warning.reason = why.message;
    }
    profile_view_warning(&reading->view, &warning);
    return false;
}

/* The parameter being checked. */
struct linting {
    struct reading *reading;
    const struct prov_param *param;
};

static void on_lint(void *ctx, const struct prov_lint *lint)
{
    const struct linting *linting = ctx;
    const struct profile_warning warning = {
        .id = prov_lint_kind_name(lint->kind),
        .words = lint->message,
        .name = linting->param->name,
        .line = linting->param->line,
        .value_line = lint->line,
        .value_column = lint->column,
    };
    profile_view_warning(&linting->reading->view, &warning);
}

static void check_param(struct reading *reading, const struct prov_param *param)
{
    struct linting linting = {reading, param};
    const struct prov_rule_options options = {
        .size = sizeof options, .dialect = prov_dialect_get(reading->options->dialect)};
    const struct prov_lint_listener listener = {.warn = on_lint, .ctx = &linting};
    if (param->has_value)
        prov_lint_param(param->name, param->value, &options, &listener);
}

/* Whether real devices have a name that the catalogue lacks; warn of one that is nearly a known
 * name. */
static bool is_known(struct reading *reading, const struct prov_param *param)
{
    char meant[PARAMETER_NAME_CAP], reason[PARAMETER_NAME_CAP + 32];
    if (phone_name_is_known(param->name))
        return true;
    if (!phone_name_suggest(param->name, meant))
        return false;
    snprintf(reason, sizeof reason, "is %s meant?", meant);
    const struct profile_warning warning = {
        .id = "misspelt",
        .words = "there is no parameter of this name",
        .name = param->name,
        .line = param->line,
        .reason = reason,
    };
    profile_view_warning(&reading->view, &warning);
    return false;
}

static prov_status on_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct reading *reading = ctx;
    char proper[PARAMETER_NAME_CAP];
    struct prov_param named = *param;
    const struct prov_param_info *info = parameter_spell(&named.name, proper);
    (void)err;
    if (!is_set(reading, info, &named))
        return PROV_OK;
    struct profile_warning duplicate = warning_of(PROV_WARN_DUPLICATE, named.name, param->line);
    duplicate.earlier_line = seen_names_add(&reading->seen, named.name, param->line);
    if (duplicate.earlier_line)
        profile_view_warning(&reading->view, &duplicate);
    check_param(reading, &named);
    if (named.has_value)
        vitals_set(&reading->vitals, named.name, named.value);
    profile_view_param(&reading->view, &named, info || is_known(reading, &named));
    return PROV_OK;
}

static void on_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    struct reading *reading = ctx;
    const struct profile_warning warning = warning_of(kind, name, line);
    if (kind != PROV_WARN_DUPLICATE) /* on_param() reports all duplicates, not only neighbours */
        profile_view_warning(&reading->view, &warning);
}

/* At the end: check whether the device would continue to resync. */
static void check_vitals(struct reading *reading)
{
    const struct profile_warning warning = {
        .id = "deaf",
        .words = vitals_fault(&reading->vitals),
    };
    if (warning.words)
        profile_view_warning(&reading->view, &warning);
}

static prov_status open_parser(struct reading *reading, struct prov_error *err)
{
    const struct options *options = reading->options;
    const struct prov_profile_options parser_options = {
        .size = sizeof parser_options,
        .dialect = prov_dialect_get(options->dialect),
        .alias_map = prov_str_from(options->alias),
        .bind_name = options->bind_name,
        .bind_value = options->bind_value,
        .strict_names = options->is_strict_about_names,
        .sent_plain = !options->key && !options->ikm,
    };
    const struct prov_profile_handler handler = {
        .param = on_param, .warning = on_warning, .ctx = reading};
    return prov_profile_parser_new(&reading->parser, &parser_options, &handler, err);
}

static prov_status open_decoder(struct reading *reading, struct prov_error *err)
{
    const struct options *options = reading->options;
    const struct prov_decode_options decode_options = {
        .size = sizeof decode_options,
        .key = prov_str_from(options->key),
        .ikm = prov_str_from(options->ikm),
        .content_encoding = prov_str_from(options->encoding),
        .has_key = options->key != NULL,
    };
    return prov_decoder_new(&reading->decoder, &decode_options,
                            prov_profile_parser_sink(reading->parser), err);
}

static prov_status read_document(struct reading *reading, struct prov_error *err)
{
    prov_status status = open_parser(reading, err);
    if (status == PROV_OK)
        status = open_decoder(reading, err);
    if (status != PROV_OK)
        return status;
    struct prov_sink sink = prov_decoder_sink(reading->decoder);
    status = file_pour(reading->options->profile_path, &sink, err);
    if (status != PROV_OK && !err->source[0])
        snprintf(err->source, sizeof err->source, "%s", reading->options->profile_path);
    return status;
}

static int report(struct reading *reading, const struct prov_error *err)
{
    struct prov_decode_result decoded = {.size = sizeof decoded};
    struct prov_profile_result parsed = {.size = sizeof parsed};
    if (reading->decoder)
        prov_decoder_result(reading->decoder, &decoded);
    if (reading->parser)
        prov_profile_parser_result(reading->parser, &parsed);
    profile_view_end(&reading->view, &decoded, &parsed, err->status == PROV_OK ? NULL : err);
    if (err->status != PROV_OK)
        return EXIT_FAILED;
    bool is_warned = reading->options->is_strict && reading->view.n_warnings;
    return is_warned ? EXIT_FAILED : EXIT_OK;
}

int profile_explain(const struct options *options)
{
    struct reading reading = {.options = options};
    struct prov_error err = {.size = sizeof err};
    int status;
    if (!profile_view_begin(&reading.view, options)) {
        perror("provision-explain");
        return EXIT_MACHINE;
    }
    if (read_document(&reading, &err) == PROV_OK)
        check_vitals(&reading);
    if (err.origin == PROV_ORIGIN_OS) /* the file cannot be read */
        status = print_failure(&err, EXIT_MACHINE);
    else
        status = report(&reading, &err);
    profile_view_free(&reading.view);
    seen_names_free(&reading.seen);
    vitals_free(&reading.vitals);
    prov_decoder_free(reading.decoder);
    prov_profile_parser_free(reading.parser);
    return status;
}
