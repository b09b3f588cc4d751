/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shared by the request and the response of a renewal. */
#ifndef PROVI_TLS_RENEWAL_PRIV_H
#define PROVI_TLS_RENEWAL_PRIV_H

#include "tls/tls.h"

struct provi_renewal {
    struct prov_alloc alloc;
    struct provi_tls_own own;
    struct provi_tls_parsed parsed;
};

#endif
