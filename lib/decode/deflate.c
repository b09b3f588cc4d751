/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/error.h"

/* zlib: gzip, a window of 8 KiB and small tables. On profiles within 5 % of the largest. */
enum { GZIP_WINDOW_BITS = 16 + 13, MEMORY_LEVEL = 5 };

struct deflate_stage {
    struct provi_decode_stage stage;
    z_stream zlib;
    uint8_t out[PROVI_PIECE_BYTES];
};

static prov_status flush(struct deflate_stage *self, struct prov_error *err)
{
    size_t n = PROVI_PIECE_BYTES - self->zlib.avail_out;
    self->zlib.next_out = self->out;
    self->zlib.avail_out = PROVI_PIECE_BYTES;
    return provi_decode_stage_pass(&self->stage, self->out, n, err);
}

/* Hand zlib @p len bytes; with Z_FINISH make it write all it has. */
static prov_status run(struct deflate_stage *self, const uint8_t *data, uInt len, int mode,
                       struct prov_error *err)
{
    z_stream *zlib = &self->zlib;
    zlib->next_in = data;
    zlib->avail_in = len;
    for (;;) {
        int code = deflate(zlib, mode);
        if (code == Z_STREAM_ERROR) { /* GCOV_EXCL_BR_LINE: only of a state that is none */
            provi_fail(err, PROV_E_INVALID, "gzip: zlib does not compress");
            provi_error_native(err, PROV_ORIGIN_ZLIB, code);
            return PROV_E_INVALID;
        }
        if (code == Z_STREAM_END || zlib->avail_out > 0)
            return PROV_OK;
        prov_status status = flush(self, err);
        if (status != PROV_OK)
            return status;
    }
}

static prov_status deflate_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                                 struct prov_error *err)
{
    while (len > 0) {
        uInt piece = len < PROVI_ZLIB_PIECE_BYTES ? (uInt)len : PROVI_ZLIB_PIECE_BYTES;
        prov_status status = run((struct deflate_stage *)stage, data, piece, Z_NO_FLUSH, err);
        if (status != PROV_OK)
            return status;
        data += piece;
        len -= piece;
    }
    return PROV_OK;
}

static prov_status deflate_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct deflate_stage *self = (struct deflate_stage *)stage;
    prov_status status = run(self, NULL, 0, Z_FINISH, err);
    return status == PROV_OK ? flush(self, err) : status;
}

static void deflate_clear(struct provi_decode_stage *stage)
{
    deflateEnd(&((struct deflate_stage *)stage)->zlib);
}

static const struct provi_decode_stage_ops deflate_ops = {
    .write = deflate_write,
    .end = deflate_end,
    .clear = deflate_clear,
};

prov_status provi_deflate_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                              struct prov_sink next, struct prov_error *err)
{
    *out = NULL;
    struct deflate_stage *self = provi_decode_stage_new(alloc, sizeof *self, &deflate_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    self->zlib.next_out = self->out;
    self->zlib.avail_out = PROVI_PIECE_BYTES;
    provi_zlib_use_alloc(&self->zlib, &self->stage.alloc);
    if (deflateInit2(&self->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, GZIP_WINDOW_BITS, MEMORY_LEVEL,
                     Z_DEFAULT_STRATEGY) != Z_OK) {
        provi_decode_stage_free(&self->stage);
        return provi_fail_nomem(err);
    }
    *out = &self->stage;
    return PROV_OK;
}
