/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/secret.h"

#include <string.h>

#include "base/alloc.h"

/* Fetched anew for each call, so no optimiser knows what it does; as fast as memset() itself. */
static void *(*const volatile wiper)(void *, int, size_t) = memset;

void provi_wipe(void *ptr, size_t len)
{
    if (len != 0)
        wiper(ptr, 0, len);
}

void provi_free_secret(const struct prov_alloc *alloc, void *ptr, size_t size)
{
    if (ptr)
        provi_wipe(ptr, size);
    provi_free(alloc, ptr, size);
}

prov_status provi_secret_set(struct provi_secret *secret, const struct prov_alloc *alloc,
                             prov_str text)
{
    provi_secret_clear(secret, alloc);
    if (text.len == 0)
        return PROV_OK;
    secret->data = provi_alloc(alloc, text.len);
    if (!secret->data)
        return PROV_E_NOMEM;
    memcpy(secret->data, text.data, text.len);
    secret->len = text.len;
    return PROV_OK;
}

void provi_secret_clear(struct provi_secret *secret, const struct prov_alloc *alloc)
{
    provi_free_secret(alloc, secret->data, secret->len);
    secret->data = NULL;
    secret->len = 0;
}

prov_str provi_secret_str(const struct provi_secret *secret)
{
    return (prov_str){secret->data, secret->len};
}
