/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_trust.h"

#include <stdio.h>
#include <string.h>

static prov_status check(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    const struct fake_trust *trust = ctx;
    (void)err;
    if (name[0] != '\0')
        test_die("the name is not empty");
    if (trust->check_refusal != PROV_OK)
        return trust->check_refusal;
    if (pem.len < 10 || memcmp(pem.data, "-----BEGIN", 10) != 0)
        return PROV_E_CORRUPT;
    snprintf(name, cap, "%s", trust->name ? trust->name : "Our\x01 CA");
    return PROV_OK;
}

static prov_status install(void *ctx, prov_str pem, struct prov_error *err)
{
    struct fake_trust *trust = ctx;
    (void)err;
    trust->n_calls++;
    if (trust->refusal != PROV_OK)
        return trust->refusal;
    snprintf(trust->pem, sizeof trust->pem, "%.*s", (int)pem.len, pem.data ? pem.data : "");
    return PROV_OK;
}

void fake_trust_plug_in(struct device *d, struct fake_trust *trust)
{
    d->custom_ca = (struct prov_custom_ca_host){
        .size = sizeof d->custom_ca, .ctx = trust, .check = check, .install = install};
}
