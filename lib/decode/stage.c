/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include "base/alloc.h"

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
