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

int64_t fake_trust_wall_s;

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = fake_trust_wall_s;
    *utc_offset_s = 3600;
    return true;
}

void fake_trust_device(struct device *d, struct fake_trust *trust, struct dial *alloc_dial)
{
    device_plug_in(d, NULL, alloc_dial, NULL);
    fake_trust_plug_in(d, trust);
    d->host.host.wall_s = wall_s;
    fake_trust_wall_s = CA_WALL_S;
    fake_transport_add_text(&d->net, CA_URL, CA_PEM);
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60,120");
}

void fake_trust_start(struct device *d, struct fake_trust *trust)
{
    fake_trust_device(d, trust, NULL);
    if (device_make_agent(d, NULL) != PROV_OK)
        test_die("no agent");
    device_boot(d);
}

void fake_trust_fail(struct device *d)
{
    fake_transport_add_text(&d->net, CA_URL, CA_PEM)->status = PROV_E_CONNECT;
    fake_host_set(&d->host, CA_RULE, CA_URL);
    device_ask(d, NULL);
}

void fake_trust_assert(struct device *d, const struct fake_trust *trust, const char *pem)
{
    if (strcmp(trust->pem, pem) != 0)
        test_die("expected to trust %s, found %s", pem, trust->pem);
    device_assert_stored(d, CA_STATUS, "Last provisioning succeeded on 02/03/2026 05:05:06");
    device_assert_stored(d, "Custom_CA_Info", "Our? CA");
}
