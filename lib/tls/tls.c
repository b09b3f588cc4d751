/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tls/tls.h"

#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

#define MAX_PATH_BYTES 4096
#define MAX_PINS 64
#define PIN_PREFIX PROVI_LIT("sha256//")

bool provi_tls_now(const struct prov_clock *clock, int64_t *now_s)
{
    int32_t offset_s;
    if (clock->wall_s)
        return clock->wall_s(clock->ctx, now_s, &offset_s);
    *now_s = time(NULL);
    return true;
}

static prov_status set_pins(struct provi_tls *tls, const struct provi_tls_options *opt,
                            struct prov_error *err)
{
    if (opt->n_pins > MAX_PINS || (opt->n_pins && !opt->pins))
        return provi_fail_invalid(err, "pins");
    if (opt->n_pins == 0)
        return PROV_OK;
    tls->pins = provi_alloc(&tls->alloc, opt->n_pins * sizeof *tls->pins);
    if (!tls->pins)
        return provi_fail_nomem(err);
    tls->n_pins = opt->n_pins;
    for (size_t i = 0; i < opt->n_pins; i++) {
        prov_str pin = opt->pins[i];
        if (!provi_str_is_sound(pin))
            return provi_fail_invalid(err, "a pin without data");
        if (provi_str_starts(pin, PIN_PREFIX))
            pin = provi_str_from_offset(pin, PIN_PREFIX.len);
        if (pin.len != PROVI_TLS_PIN_LEN)
            return provi_fail_invalid(err, "a pin is no SHA-256 in base64");
        memcpy(tls->pins[i].text, pin.data, sizeof tls->pins[i].text);
    }
    return PROV_OK;
}

static prov_status set_up(struct provi_tls *tls, const struct provi_tls_options *opt,
                          struct prov_error *err)
{
    provi_buffer_init(&tls->folder, MAX_PATH_BYTES, false);
    provi_buffer_init(&tls->system, MAX_PATH_BYTES, false);
    if (opt->min_version > PROV_TLS_1_0)
        return provi_fail_invalid(err, "min_tls is no version of TLS");
    tls->min_version = opt->min_version;
    if (opt->clock)
        tls->clock = *opt->clock;
    const struct prov_tls_identity_options own = {
        .size = sizeof own,
        .alloc = &tls->alloc,
        .clock = &tls->clock,
    };
    prov_status status = prov_tls_identity_new(&tls->identity, &own, err);
    if (status != PROV_OK)
        return status;
    tls->identity->level = provi_tls_level(tls);
    status = set_pins(tls, opt, err);
    if (status == PROV_OK)
        status = provi_tls_load_roots(tls, opt, err);
    return status;
}

prov_status provi_tls_new(struct provi_tls **out, const struct prov_alloc *alloc,
                          const struct provi_tls_options *opt, struct prov_error *err)
{
    struct provi_tls *tls = provi_alloc_zero(alloc, sizeof *tls);
    *out = NULL;
    if (!tls)
        return provi_fail_nomem(err);
    tls->alloc = *alloc;
    prov_status status = set_up(tls, opt, err);
    if (status == PROV_OK)
        *out = tls;
    else
        provi_tls_free(tls);
    return status;
}

void provi_tls_free(struct provi_tls *tls)
{
    if (!tls)
        return;
    X509_STORE_free(tls->builtin);
    X509_STORE_free(tls->custom);
    prov_tls_identity_free(tls->identity);
    provi_tls_unload_provider(tls);
    provi_buffer_free(&tls->folder, &tls->alloc);
    provi_buffer_free(&tls->system, &tls->alloc);
    provi_free(&tls->alloc, tls->pins, tls->n_pins * sizeof *tls->pins);
    struct prov_alloc alloc = tls->alloc;
    provi_free(&alloc, tls, sizeof *tls);
}
