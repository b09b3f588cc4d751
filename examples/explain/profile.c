/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "profile.h"

#include <stdio.h>

#include "common/parameter.h"
#include "common/text.h"

#include "file.h"
#include "profile_view.h"
#include "seen.h"

/* One document on its way through decoder and parser. */
struct reading {
    const struct options *options;
    struct profile_view view;
    struct seen_names seen;
    prov_profile_parser *parser;
    prov_decoder *decoder;
};

/* ---- what the parser says ---- */

/* The warning a parameter deserves; 0: none. As an agent judges before it sets one. */
static uint32_t judge(const struct prov_param_info *info, const struct prov_param *param,
                      struct prov_error *why)
{
    if (!info) /* phones have many the catalogue does not list */
        return 0;
    if (info->flags & PROV_PARAM_READ_ONLY)
        return PROV_WARN_READ_ONLY;
    if (param->has_value && prov_catalogue_check(info, param->value, why) != PROV_OK)
        return PROV_WARN_BAD_VALUE;
    return 0;
}

static prov_status take_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct reading *reading = ctx;
    struct prov_error why = {0};
    char proper[PARAMETER_NAME_CAP];
    struct prov_param named = *param;
    const struct prov_param_info *info = parameter_spell(&named.name, proper);
    struct profile_warning warning = {
        .kind = judge(info, param, &why),
        .name = named.name,
        .line = param->line,
        .reason = why.message,
    };
    (void)err;
    if (warning.kind)
        profile_view_warning(&reading->view, &warning);
    if (warning.kind == PROV_WARN_READ_ONLY || warning.kind == PROV_WARN_BAD_VALUE)
        return PROV_OK;
    warning.kind = PROV_WARN_DUPLICATE;
    warning.earlier_line = seen_names_add(&reading->seen, named.name, param->line);
    if (warning.earlier_line)
        profile_view_warning(&reading->view, &warning);
    profile_view_param(&reading->view, &named, info != NULL);
    return PROV_OK;
}

static void take_warning(void *ctx, uint32_t kind, prov_str name, uint32_t line)
{
    struct reading *reading = ctx;
    const struct profile_warning warning = {.kind = kind, .name = name, .line = line, .reason = ""};
    if (kind != PROV_WARN_DUPLICATE) /* take_param() sees all of them, not only neighbours */
        profile_view_warning(&reading->view, &warning);
}

/* ---- the chain ---- */

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
    };
    const struct prov_profile_handler handler = {
        .param = take_param, .warning = take_warning, .ctx = reading};
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

static int tell(struct reading *reading, const struct prov_error *err)
{
    struct prov_decode_result decoded = {.size = sizeof decoded};
    struct prov_profile_result parsed = {.size = sizeof parsed};
    if (reading->decoder)
        prov_decoder_result(reading->decoder, &decoded);
    if (reading->parser)
        prov_profile_parser_result(reading->parser, &parsed);
    profile_view_end(&reading->view, &decoded, &parsed, err->status == PROV_OK ? NULL : err);
    if (err->status != PROV_OK)
        return EXIT_REFUSED;
    bool is_warned = reading->options->is_strict && reading->view.n_warnings;
    return is_warned ? EXIT_WARNED : EXIT_OK;
}

int profile_explain(const struct options *options)
{
    struct reading reading = {.options = options};
    struct prov_error err = {.size = sizeof err};
    int status;
    if (!profile_view_begin(&reading.view, options)) {
        perror("provision-explain");
        return EXIT_USAGE;
    }
    read_document(&reading, &err);
    if (err.origin == PROV_ORIGIN_OS) /* the file cannot be read */
        status = complain(&err, EXIT_USAGE);
    else
        status = tell(&reading, &err);
    profile_view_free(&reading.view);
    seen_names_free(&reading.seen);
    prov_decoder_free(reading.decoder);
    prov_profile_parser_free(reading.parser);
    return status;
}
