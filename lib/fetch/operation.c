/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/operation.h"

#include "fetch/fetcher.h"

static void publish(struct provi_fetcher *fetcher)
{
    prov_macro_vars_set_operation(fetcher->env->macro_vars, &fetcher->operation);
}

void provi_operation_begin(struct provi_fetcher *fetcher, int32_t prvst)
{
    int64_t now_ms = provi_env_now_ms(fetcher->env);
    fetcher->operation = (struct prov_operation){
        .size = sizeof fetcher->operation,
        .prvst = prvst,
        .prvtmr_s = (now_ms - fetcher->last_attempt_ms) / 1000,
        .upgtmr_s = (now_ms - fetcher->last_upgrade_ms) / 1000,
    };
    publish(fetcher);
}

void provi_operation_set_url(struct provi_fetcher *fetcher, const struct prov_request *request,
                             prov_str path)
{
    fetcher->operation.scheme = request->scheme;
    fetcher->operation.server = request->host;
    fetcher->operation.server_ip = request->host;
    fetcher->operation.port = request->port;
    fetcher->operation.path = path;
    publish(fetcher);
}

void provi_operation_forget_url(struct provi_fetcher *fetcher)
{
    static const prov_str nothing;
    fetcher->operation.scheme = nothing;
    fetcher->operation.server = nothing;
    fetcher->operation.server_ip = nothing;
    fetcher->operation.port = 0;
    fetcher->operation.path = nothing;
    publish(fetcher);
}

void provi_operation_set_server_ip(struct provi_fetcher *fetcher, prov_str server_ip)
{
    fetcher->operation.server_ip = server_ip;
    publish(fetcher);
}

void provi_operation_set_err(struct provi_fetcher *fetcher, prov_str text)
{
    fetcher->operation.err = text;
    publish(fetcher);
}
