/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_vault.h"

#include <string.h>

static prov_status present(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    struct fake_vault *vault = ctx;
    (void)err;
    vault->n_shown++;
    out->certificate = vault->is_empty ? NULL : &vault->certificate;
    out->ca_pem = vault->ca_pem ? prov_str_from(vault->ca_pem) : (prov_str){NULL, 1};
    if (vault->is_freeing_early) {
        prov_agent_free(vault->device->agent);
        vault->device->agent = NULL;
    }
    return vault->show_refusal;
}

static prov_status install(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    struct fake_vault *vault = ctx;
    (void)err;
    vault->n_installs++;
    if (vault->is_freeing) {
        prov_agent_free(vault->device->agent);
        vault->device->agent = NULL;
    }
    if (vault->refusal != PROV_OK)
        return vault->refusal;
    if (chain_pem.len >= sizeof vault->pem)
        test_die("a chain of %zu bytes", chain_pem.len);
    memcpy(vault->pem, chain_pem.data, chain_pem.len);
    vault->pem[chain_pem.len] = '\0';
    vault->certificate.cert_pem = prov_str_from(vault->pem);
    return PROV_OK;
}

static prov_status sign(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len)
{
    struct fake_vault *vault = ctx;
    vault->n_signed++;
    *sig_len = enrolment_sign(vault->made, kind, (prov_str){(const char *)data, len}, sig, cap);
    return PROV_OK;
}

void fake_vault_fill(struct fake_vault *vault, struct device *d, const struct tls_made *made,
                     const struct enrolment *cas)
{
    memset(vault, 0, sizeof *vault);
    vault->device = d;
    vault->made = made;
    vault->cas = cas;
    vault->ca_pem = cas->root.pem;
    vault->certificate = (struct prov_client_certificate){
        .size = sizeof vault->certificate,
        .cert_pem = prov_str_from(made->pem),
        .key_pem = prov_str_from(made->key_pem),
    };
    secrets_plant(&vault->secrets, made->key_pem + 40, 60);
}

void fake_vault_hide_key(struct fake_vault *vault)
{
    vault->certificate.key_pem = (prov_str){NULL, 0};
    vault->certificate.sign = sign;
    vault->certificate.sign_ctx = vault;
}

prov_status fake_vault_enable(struct fake_vault *vault)
{
    const struct prov_renewal_host host = {
        .size = sizeof host, .ctx = vault, .present = present, .install = install};
    return prov_agent_enable_renewal(vault->device->agent, &host, NULL);
}

static struct fake_vault *vault_of_clock; /* of the device that runs: one at a time */

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = TLS_NOW;
    *utc_offset_s = 0;
    return !vault_of_clock->has_no_clock;
}

void fake_vault_plug_in(struct fake_vault *vault, struct device *d, prov_store *store,
                        const struct tls_made *made, const struct enrolment *cas)
{
    vault_of_clock = vault;
    device_plug_in(d, store, NULL, NULL);
    fake_vault_fill(vault, d, made, cas);
    d->host.host.wall_s = wall_s;
    d->host.secrets = &vault->secrets;
    fake_host_set(&d->host, "Resync_Periodic", "");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60");
    fake_host_set(&d->host, "MIC_Cert_Refresh_Rule", FAKE_VAULT_RULE);
    fake_host_set(&d->host, "MIC_Cert_Refresh_Enable", "Yes");
}

struct fake_answer *fake_vault_answer(struct fake_vault *vault,
                                      const struct enrolment_change *change)
{
    size_t len = enrolment_answer(vault->cas, vault->made, change, vault->answer);
    return fake_transport_add(&vault->device->net, FAKE_VAULT_URL, vault->answer, len);
}

prov_status fake_vault_make_agent(struct fake_vault *vault)
{
    prov_status status = device_make_agent(vault->device, NULL);
    return status == PROV_OK ? fake_vault_enable(vault) : status;
}
