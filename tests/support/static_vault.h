/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A host of the renewal whose certificates are there already, each for the same key: a renewal
 * costs one signature. The first one is due on 1 January 2026, when the wall clock of
 * the devices begins.
 */
#ifndef TEST_SUPPORT_STATIC_VAULT_H
#define TEST_SUPPORT_STATIC_VAULT_H

#include "device.h"

enum { STATIC_VAULT_CERTIFICATES = 7 };

/** 1 January 2026. */
#define STATIC_VAULT_BEGIN_S INT64_C(1767225600)

struct static_vault {
    size_t at; /**< number of the present certificate */
    unsigned n_presented, n_installed;
    struct prov_client_certificate certificate;
};

/** PEM, in the order of their ends. */
const char *static_vault_certificate(size_t i);

/** The one that a server issues then: behind the present one, and not over. */
size_t static_vault_next(const struct static_vault *vault, int64_t wall_s);

/** Have device_make_agent() enable the renewal, where the library has it. */
void static_vault_plug_in(struct static_vault *vault, struct device *d);

/** Callbacks of the host; @p ctx is the vault. */
prov_status static_vault_present(void *ctx, struct prov_renewal_present *out,
                                 struct prov_error *err);
prov_status static_vault_install(void *ctx, prov_str chain_pem, struct prov_error *err);

#endif
