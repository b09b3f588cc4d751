/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "chain.h"

#include "base/alloc.h"
#include "base/limits.h"

/* The part of an agent that staging looks at. */
static prov_status furnish(struct prov_agent *agent, const struct prov_host *host,
                           const struct prov_decode_options *decode,
                           const struct prov_profile_options *profile, struct prov_error *err)
{
    agent->alloc = provi_alloc_or_default(decode->alloc);
    agent->host = *host;
    agent->dialect =
        *(profile && profile->dialect ? profile->dialect : prov_dialect_get(PROV_DIALECT_MPP));
    agent->params = (struct provi_params){
        .host = &agent->host,
        .dialect = &agent->dialect,
        .catalogue = profile ? profile->catalogue : NULL,
    };
    return provi_limits_resolve(&agent->limits, decode->limits, err);
}

static prov_status open_parser(struct chain *chain, const struct prov_profile_options *profile,
                               struct prov_error *err)
{
    struct prov_profile_options opt = {.size = sizeof opt, .limits = &chain->agent.limits};
    if (profile)
        opt = *profile;
    opt.alloc = &chain->agent.alloc;
    const struct prov_profile_handler handler = provi_apply_handler(&chain->apply);
    return prov_profile_parser_new(&chain->parser, &opt, &handler, err);
}

prov_status chain_open(struct chain *chain, const struct prov_host *host,
                       const struct prov_decode_options *decode,
                       const struct prov_profile_options *profile, struct prov_error *err)
{
    *chain = (struct chain){0};
    prov_status status = furnish(&chain->agent, host, decode, profile, err);
    if (status != PROV_OK)
        return status;
    provi_apply_init(&chain->apply, &chain->agent, prov_str_from("Profile_Rule"));
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
