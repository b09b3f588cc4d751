/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include "base/alloc.h"
#include "base/error.h"

void *provi_decode_stage_new(const struct prov_alloc *alloc, size_t size,
                             const struct provi_decode_stage_ops *ops, struct prov_sink next)
{
    struct provi_decode_stage *stage = provi_alloc_zero(alloc, size);
    if (!stage)
        return NULL;
    stage->ops = ops;
    stage->alloc = *alloc;
    stage->size = size;
    stage->next = next;
    return stage;
}

void provi_decode_stage_free(struct provi_decode_stage *stage)
{
    if (stage->ops->clear)
        stage->ops->clear(stage);
    struct prov_alloc alloc = stage->alloc;
    provi_free_secret(&alloc, stage, stage->size);
}

void provi_decode_stage_free_all(struct provi_decode_stage *newest)
{
    while (newest) {
        struct provi_decode_stage *older = newest->older;
        provi_decode_stage_free(newest);
        newest = older;
    }
}

static prov_status stage_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_decode_stage *stage = ctx;
    if (stage->failed != PROV_OK || len == 0)
        return stage->failed;
    return stage->failed = stage->ops->write(stage, data, len, err);
}

static prov_status stage_finish(void *ctx, struct prov_error *err)
{
    struct provi_decode_stage *stage = ctx;
    if (stage->failed != PROV_OK)
        return stage->failed;
    stage->failed = stage->ops->end(stage, err);
    if (stage->failed != PROV_OK)
        return stage->failed;
    return stage->failed = stage->next.finish(stage->next.ctx, err);
}

struct prov_sink provi_decode_stage_sink(struct provi_decode_stage *stage)
{
    return (struct prov_sink){.write = stage_write, .finish = stage_finish, .ctx = stage};
}

struct prov_sink provi_decode_stage_push(struct provi_decode_stage **newest,
                                         struct provi_decode_stage *stage)
{
    stage->older = *newest;
    *newest = stage;
    return provi_decode_stage_sink(stage);
}

prov_status provi_decode_stage_pass(struct provi_decode_stage *stage, const void *data, size_t len,
                                    struct prov_error *err)
{
    return len ? stage->next.write(stage->next.ctx, data, len, err) : PROV_OK;
}

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

/* End the call with @p status, which later calls repeat unless it is PROV_OK. */
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
