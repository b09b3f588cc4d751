/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The HTTP proxy that the device's parameters name. */
#ifndef PROVI_FETCH_PROXY_H
#define PROVI_FETCH_PROXY_H

#include <provision/transport.h>

#include "base/buffer.h"

struct provi_env;

/** The texts that a request points to. */
struct provi_proxy {
    struct provi_buffer server; /* `host:port`; empty: none */
    struct provi_buffer uid;    /* secret */
    struct provi_buffer pwd;    /* secret */
};

void provi_proxy_init(struct provi_proxy *proxy);

/**
 * Read `Proxy_Mode` and its parameters. If they do not name a proxy, none is used, and the host is
 * warned.
 *
 * @return PROV_OK; PROV_E_LIMIT; PROV_E_NOMEM; the host's status.
 */
prov_status provi_proxy_read(struct provi_proxy *proxy, struct provi_env *env, uint32_t job,
                             struct prov_error *err);

void provi_proxy_free(struct provi_proxy *proxy, const struct prov_alloc *alloc);

#endif
