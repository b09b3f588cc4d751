/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/profile.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/profile_priv.h"

static prov_status copy_text(prov_profile_parser *parser, struct provi_buffer *to, prov_str text)
{
    provi_buffer_init(to, text.len, false);
    if (text.len == 0)
        return PROV_OK;
    return provi_buffer_add(to, &parser->alloc, text.data, text.len);
}

/* Resolve the options. Those that can fail for other reasons than memory come first. */
static prov_status resolve(prov_profile_parser *parser, const struct prov_profile_options *opt,
                           struct prov_error *err)
{
    prov_status status = provi_limits_resolve(&parser->limits, opt->limits, err);
    if (status != PROV_OK)
        return status;
    const struct prov_dialect *dialect =
        opt->dialect ? opt->dialect : prov_dialect_get(PROV_DIALECT_MPP);
    status = provi_abi_in(&parser->dialect, sizeof parser->dialect, dialect, err);
    if (status != PROV_OK)
        return status;
    parser->catalogue = opt->catalogue;
    parser->strict_names = opt->strict_names != 0;
    parser->self_closing_ua_clears = opt->self_closing_ua_clears != 0;
    parser->is_sent_plain = opt->sent_plain != 0;
    if (provi_str_trim(opt->alias_map).len == 0)
        return PROV_OK;
    parser->aliases = provi_alloc_zero(&parser->alloc, sizeof *parser->aliases);
    if (!parser->aliases)
        return provi_fail_nomem(err);
    return provi_alias_map_parse(parser->aliases, &parser->alloc, opt->alias_map, err);
}

static prov_status allocate(prov_profile_parser *parser, const struct prov_profile_options *opt)
{
    provi_buffer_init(&parser->value, parser->limits.max_value_bytes, true);
    provi_buffer_init(&parser->plain, parser->limits.max_value_bytes, true);
    prov_status status = copy_text(parser, &parser->bind_name, opt->bind_name);
    if (status == PROV_OK)
        status = copy_text(parser, &parser->bind_value, opt->bind_value);
    return status;
}

prov_status prov_profile_parser_new(prov_profile_parser **out,
                                    const struct prov_profile_options *opt,
                                    const struct prov_profile_handler *handler,
                                    struct prov_error *err)
{
    if (!out)
        return provi_fail_invalid(err, "out");
    *out = NULL;
    if (!handler || !handler->param)
        return provi_fail_invalid(err, "handler");
    struct prov_profile_options own;
    prov_status status = provi_abi_in(&own, sizeof own, opt, err);
    if (status != PROV_OK)
        return status;
    if (!provi_str_is_sound(own.alias_map) || !provi_str_is_sound(own.bind_name) ||
        !provi_str_is_sound(own.bind_value))
        return provi_fail_invalid(err, "text without data");

    struct prov_alloc alloc = provi_alloc_or_default(own.alloc);
    prov_profile_parser *parser = provi_alloc_zero(&alloc, sizeof *parser);
    if (!parser)
        return provi_fail_nomem(err);
    parser->alloc = alloc;
    parser->handler = *handler;
    parser->line = 1;
    parser->error.size = sizeof parser->error;
    parser->result.size = sizeof parser->result;
    parser->param.out.size = sizeof parser->param.out;
    status = resolve(parser, &own, err);
    if (status == PROV_OK && allocate(parser, &own) != PROV_OK)
        status = provi_fail_nomem(err);
    if (status != PROV_OK) {
        prov_profile_parser_free(parser);
        return status;
    }
    *out = parser;
    return PROV_OK;
}

/* PROV_OK if a call is allowed now. */
static prov_status enter(prov_profile_parser *parser, struct prov_error *err)
{
    if (parser->failed != PROV_OK) {
        provi_error_copy(err, &parser->error);
        return parser->failed;
    }
    if (parser->is_running)
        return provi_fail(err, PROV_E_STATE, "called from its own handler");
    if (parser->is_finished)
        return provi_fail(err, PROV_E_STATE, "the profile has been finished");
    parser->is_running = true;
    return PROV_OK;
}

static prov_status leave(prov_profile_parser *parser, prov_status status, struct prov_error *err)
{
    parser->is_running = false;
    if (parser->is_freed) {
        prov_profile_parser_free(parser);
        return provi_fail(err, PROV_E_CANCELLED, "freed from its own handler");
    }
    if (status != PROV_OK)
        provi_error_copy(err, &parser->error);
    return status;
}

prov_status prov_profile_parser_write(prov_profile_parser *parser, const void *data, size_t len,
                                      struct prov_error *err)
{
    if (!parser || (!data && len))
        return provi_fail_invalid(err, parser ? "data" : "parser");
    prov_status status = enter(parser, err);
    if (status != PROV_OK)
        return status;
    return leave(parser, provi_profile_push(parser, data, len), err);
}

/* Warn of the first few entries without a match, then of elements without an alias. */
static void warn_of_aliases(prov_profile_parser *parser)
{
    const struct provi_alias_map *map = parser->aliases;
    if (!map)
        return;
    if (map->n_ignored > 0)
        provi_profile_warn(parser, PROV_WARN_ALIAS, PROVI_LIT(""), 0);
    for (size_t i = 0; i < map->n_entries; i++) {
        if (map->entries[i].is_used)
            continue;
        if (parser->result.n_unmatched++ < PROVI_PROFILE_FEW)
            provi_profile_warn(parser, PROV_WARN_ALIAS_UNUSED, map->entries[i].path, 0);
    }
    if (parser->result.n_unmatched == 0)
        return; /* files for other purposes too have many elements without an alias */
    for (size_t i = 0; i < PROVI_PROFILE_FEW && i < parser->result.n_unnamed; i++)
        provi_profile_warn(parser, PROV_WARN_NO_ALIAS,
                           prov_str_from((const char *)parser->unnamed[i].name),
                           parser->unnamed[i].line);
}

prov_status prov_profile_parser_finish(prov_profile_parser *parser, struct prov_error *err)
{
    if (!parser)
        return provi_fail_invalid(err, "parser");
    prov_status status = enter(parser, err);
    if (status != PROV_OK)
        return status;
    status = provi_profile_end(parser);
    if (status == PROV_OK)
        warn_of_aliases(parser);
    if (status == PROV_OK && parser->result.n_params == 0 && !parser->has_spoilt)
        provi_profile_warn(parser, PROV_WARN_EMPTY, PROVI_LIT(""), 0);
    parser->is_finished = true;
    return leave(parser, status, err);
}

static prov_status sink_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    return prov_profile_parser_write(ctx, data, len, err);
}

static prov_status sink_finish(void *ctx, struct prov_error *err)
{
    return prov_profile_parser_finish(ctx, err);
}

struct prov_sink prov_profile_parser_sink(prov_profile_parser *parser)
{
    return (struct prov_sink){.write = sink_write, .finish = sink_finish, .ctx = parser};
}

prov_status prov_profile_parser_result(const prov_profile_parser *parser,
                                       struct prov_profile_result *out)
{
    if (!parser || !out)
        return PROV_E_INVALID;
    struct prov_profile_result result = parser->result;
    result.bytes = parser->piece_offset + parser->piece_len;
    return provi_abi_out(out, &result, sizeof result);
}

static prov_status refuse_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    return provi_fail(err, PROV_E_CANCELLED, "freed from its own handler");
}

void prov_profile_parser_free(prov_profile_parser *parser)
{
    if (!parser)
        return;
    if (parser->is_running) {
        parser->is_freed = true;
        parser->handler = (struct prov_profile_handler){.param = refuse_param};
        return;
    }
    struct prov_alloc alloc = parser->alloc;
    provi_profile_xml_close(parser);
    if (parser->aliases)
        provi_alias_map_free(parser->aliases, &alloc);
    provi_free(&alloc, parser->aliases, sizeof *parser->aliases);
    provi_buffer_free(&parser->bind_name, &alloc);
    provi_buffer_free(&parser->bind_value, &alloc);
    provi_free_secret(&alloc, parser->open, provi_profile_block_size(parser));
    provi_buffer_free(&parser->value, &alloc);
    provi_buffer_free(&parser->plain, &alloc);
    provi_free_secret(&alloc, parser, sizeof *parser);
}
