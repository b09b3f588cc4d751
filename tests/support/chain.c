/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "chain.h"

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"

static int64_t no_time(void *ctx)
{
    (void)ctx;
    return 0;
}

/* What staging needs of an agent. */
static prov_status furnish(struct provi_env *env, const struct prov_host *host,
                           const struct prov_decode_options *decode,
                           const struct prov_profile_options *profile, struct prov_error *err)
{
    env->alloc = provi_alloc_or_default(decode->alloc);
    env->host = *host;
    if (!env->host.mono_ms)
        env->host.mono_ms = no_time; /* a line of the log has it */
    provi_clock_init(env);
    env->dialect =
        *(profile && profile->dialect ? profile->dialect : prov_dialect_get(PROV_DIALECT_MPP));
    env->params = (struct provi_params){
        .host = &env->host,
        .dialect = &env->dialect,
        .catalogue = profile ? profile->catalogue : NULL,
        .refusal = &env->refusal,
    };
    return provi_limits_resolve(&env->limits, decode->limits, err);
}

static prov_status open_parser(struct chain *chain, const struct prov_profile_options *profile,
                               struct prov_error *err)
{
    struct prov_profile_options opt = {.size = sizeof opt, .limits = &chain->env.limits};
    if (profile)
        opt = *profile;
    opt.alloc = &chain->env.alloc;
    const struct prov_profile_handler handler = provi_apply_handler(&chain->apply);
    return prov_profile_parser_new(&chain->parser, &opt, &handler, err);
}

prov_status chain_open(struct chain *chain, const struct prov_host *host,
                       const struct prov_decode_options *decode,
                       const struct prov_profile_options *profile, struct prov_error *err)
{
    *chain = (struct chain){0};
    prov_status status = furnish(&chain->env, host, decode, profile, err);
    if (status != PROV_OK)
        return status;
    chain->records.env = &chain->env;
    chain->fetcher.env = &chain->env;
    chain->fetcher.records = &chain->records;
    provi_apply_init(&chain->apply, &chain->fetcher, PROV_JOB_RESYNC,
                     prov_str_from("Profile_Rule"));
    status = open_parser(chain, profile, err);
    if (status == PROV_OK)
        status =
            prov_decoder_new(&chain->decoder, decode, prov_profile_parser_sink(chain->parser), err);
    if (status != PROV_OK)
        chain_close(chain);
    return status;
}

struct prov_sink chain_sink(struct chain *chain)
{
    return prov_decoder_sink(chain->decoder);
}

prov_status chain_commit(struct chain *chain, struct prov_error *err)
{
    return provi_apply_commit(&chain->apply, err);
}

void chain_close(struct chain *chain)
{
    prov_decoder_free(chain->decoder);
    prov_profile_parser_free(chain->parser);
    provi_apply_free(&chain->apply);
    *chain = (struct chain){0};
}

static void report(struct chain_host *host, const char *text, size_t len)
{
    if (host->reported.sink.write(&host->reported, text, len, NULL) != PROV_OK)
        test_die("chain: no memory");
}

static void on_event(void *ctx, const struct prov_event *event)
{
    char line[512];
    if (event->type != PROV_EVENT_WARNING)
        return;
    int len = snprintf(line, sizeof line, "warning %u %.*s line %u\n",
                       (unsigned)event->as.warning->kind, (int)event->as.warning->name.len,
                       event->as.warning->name.data, (unsigned)event->as.warning->line);
    report(ctx, line, (size_t)len);
}

static prov_status on_find(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    (void)ctx, (void)name, (void)layer, (void)out;
    return PROV_E_NOT_FOUND;
}

static prov_status on_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct chain_host *host = ctx;
    char line[512];
    (void)err;
    if (!host->is_proven)
        test_die("chain: %.*s reached the host too early", (int)param->name.len, param->name.data);
    int len = snprintf(line, sizeof line, "set %.*s access %u%s", (int)param->name.len,
                       param->name.data, (unsigned)param->access, param->has_value ? " = " : "");
    host->n_written++;
    report(host, line, (size_t)len);
    report(host, param->value.data, param->value.len);
    report(host, "\n", 1);
    return PROV_OK;
}

static prov_status on_commit(void *ctx, struct prov_error *err)
{
    struct chain_host *host = ctx;
    (void)err;
    host->n_written++;
    report(host, "commit\n", strlen("commit\n"));
    return PROV_OK;
}

void chain_host_init(struct chain_host *host)
{
    *host = (struct chain_host){
        .host =
            {
                .size = sizeof host->host,
                .ctx = host,
                .event = on_event,
                .store_ctx = host,
                .find = on_find,
                .txn_set = on_set,
                .txn_commit = on_commit,
            },
    };
    capture_init(&host->reported, NULL);
}

void chain_host_free(struct chain_host *host)
{
    capture_free(&host->reported);
}

prov_status chain_run(struct chain_host *host, const struct prov_decode_options *decode,
                      const struct prov_profile_options *profile, const struct feed *feed,
                      struct prov_error *err)
{
    struct chain chain;
    host->reported.len = 0;
    host->is_proven = false;
    host->n_written = 0;
    host->n_staged = 0;
    prov_status status = chain_open(&chain, &host->host, decode, profile, err);
    if (status != PROV_OK)
        return status;
    struct prov_sink sink = chain_sink(&chain);
    status = feed_run(feed, &sink, err);
    host->n_staged = chain.apply.n_params;
    host->is_proven = status == PROV_OK;
    if (status == PROV_OK)
        status = chain_commit(&chain, err);
    chain_close(&chain);
    return status;
}
