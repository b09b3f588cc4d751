/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/nobody.h"

static int64_t no_time(void *ctx)
{
    (void)ctx;
    return 0;
}

static uint32_t not_now(void *ctx, uint32_t stage)
{
    (void)ctx;
    (void)stage;
    return UINT32_MAX;
}

static prov_status no_value(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    (void)ctx;
    (void)name;
    (void)buf;
    (void)cap;
    *len = 0;
    return PROV_E_CANCELLED;
}

static prov_status no_record(void *ctx, prov_str name, void *buf, size_t cap, size_t *len)
{
    return no_value(ctx, name, buf, cap, len);
}

static prov_status no_change(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    (void)ctx;
    (void)param;
    (void)err;
    return PROV_E_CANCELLED;
}

const struct prov_host provi_nobody = {
    .size = sizeof provi_nobody,
    .mono_ms = no_time,
    .defer_ms = not_now,
    .get = no_value,
    .recall = no_record,
    .txn_set = no_change,
};
