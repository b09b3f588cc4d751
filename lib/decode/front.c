/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include "base/error.h"

static prov_status enter(struct provi_decode_front *front, struct prov_error *err)
{
    if (front->is_busy)
        return provi_fail(err, PROV_E_STATE, "called from its own sink");
    if (front->failed != PROV_OK) {
        provi_error_copy(err, &front->error);
        return front->failed;
    }
    front->is_busy = true;
    return PROV_OK;
}

static prov_status leave(struct provi_decode_front *front, prov_status status,
                         struct prov_error *err)
{
    front->is_busy = false;
    front->failed = status;
    if (status != PROV_OK)
        provi_error_copy(err, &front->error);
    return status;
}

prov_status provi_decode_front_write(struct provi_decode_front *front, const void *data, size_t len,
                                     struct prov_error *err)
{
    if (!data && len > 0)
        return provi_fail_invalid(err, "data is NULL");
    prov_status status = enter(front, err);
    if (status != PROV_OK)
        return status;
    status = front->first.write(front->first.ctx, data, len, &front->error);
    return leave(front, status, err);
}

prov_status provi_decode_front_finish(struct provi_decode_front *front, struct prov_error *err)
{
    prov_status status = enter(front, err);
    if (status != PROV_OK)
        return status;
    status = front->first.finish(front->first.ctx, &front->error);
    leave(front, status, err);
    if (status == PROV_OK)
        front->failed = provi_fail(&front->error, PROV_E_STATE, "finished already");
    return status;
}
