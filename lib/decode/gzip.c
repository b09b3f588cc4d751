/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#define ZLIB_CONST
#include <zlib.h>

#include "base/alloc.h"
#include "base/error.h"

/* zlib frees a block without passing its size, so the size is stored before the block. No block is
 * larger than the tables and windows of gzip as used here. */
union head {
    size_t size; /* including this head */
    max_align_t align;
};

static voidpf zlib_alloc(voidpf ctx, uInt n_items, uInt item_size)
{
    const struct prov_alloc *alloc = ctx;
    size_t size = sizeof(union head) + (size_t)n_items * item_size;
    union head *head = provi_alloc(alloc, size);
    if (!head)
        return Z_NULL;
    head->size = size;
    return head + 1;
}

/* Wipe the block: the window contains the last 32 KiB of a profile. */
static void zlib_free(voidpf ctx, voidpf address)
{
    const struct prov_alloc *alloc = ctx;
    if (!address)
        return;
    union head *head = (union head *)address - 1;
    provi_free_secret(alloc, head, head->size);
}

/* Let zlib allocate from @p alloc, which must outlive the stream, and wipe the blocks that it
 * frees. */
static void use_alloc(z_stream *stream, const struct prov_alloc *alloc)
{
    stream->zalloc = zlib_alloc;
    stream->zfree = zlib_free;
    stream->opaque = (voidpf)(uintptr_t)alloc;
}

/* The ratio is checked only above this output: a small file of many blanks is no bomb. */
enum { RATIO_FREE_BYTES = 64 << 10 };

/* For zlib: only gzip, largest window. */
enum { INFLATE_WINDOW_BITS = 16 + 15 };

/* With pieces of twice the usual size, zlib is two percent faster. */
enum { OUT_BYTES = 2 * PROVI_PIECE_BYTES };

enum { GZIP_MARK_BYTES = 2 };

enum place { IN_MEMBER, AFTER_MEMBER, IN_PADDING };

/* Only full pieces of output are passed on, each after a check. zlib is called until its output is
 * full, so that the sizes compared by a check do not depend on how the input was split. */
struct inflate_stage {
    struct provi_decode_stage stage;
    z_stream zlib;
    enum place place;
    uint64_t max_bytes;
    uint64_t max_ratio;
    uint64_t n_in;  /* read by zlib or skipped as padding, in all members */
    uint64_t n_out; /* passed on; <= max_bytes */
    uint8_t out[OUT_BYTES];
};

static prov_status fail(const struct inflate_stage *self, prov_status status,
                        struct prov_error *err, const char *message)
{
    provi_fail(err, status, "gzip: %s", message);
    provi_error_where(err, 0, 0, self->n_in);
    return status;
}

/* Check the limits, then pass on the output: the next sink never receives a byte past a limit. */
static prov_status inflate_flush(struct inflate_stage *self, struct prov_error *err)
{
    size_t n = OUT_BYTES - self->zlib.avail_out;
    self->zlib.next_out = self->out;
    self->zlib.avail_out = OUT_BYTES;
    uint64_t n_out = self->n_out + n;
    if (n_out > RATIO_FREE_BYTES && n_out / self->max_ratio > self->n_in) {
        provi_fail(err, PROV_E_LIMIT, "gzip: inflates to more than %llu times its size",
                   (unsigned long long)self->max_ratio);
        provi_error_where(err, 0, 0, self->n_in);
        return PROV_E_LIMIT;
    }
    uint64_t room = self->max_bytes - self->n_out;
    size_t n_passed = n <= room ? n : (size_t)room;
    self->n_out += n_passed;
    prov_status status = provi_decode_stage_pass(&self->stage, self->out, n_passed, err);
    if (status != PROV_OK || n_passed == n)
        return status;
    provi_fail(err, PROV_E_LIMIT, "gzip: inflates to more than %llu bytes",
               (unsigned long long)self->max_bytes);
    provi_error_where(err, 0, 0, self->n_in);
    return PROV_E_LIMIT;
}

static prov_status fail_zlib(struct inflate_stage *self, int code, struct prov_error *err)
{
    const char *message = self->zlib.msg ? self->zlib.msg : "damaged";
    if (code == Z_MEM_ERROR)
        return provi_fail_nomem(err);
    prov_status status = inflate_flush(self, err);
    if (status != PROV_OK)
        return status;
    /* A sniffed gzip file has its mark; without the mark, only Content-Encoding declared gzip. */
    if (self->n_in <= GZIP_MARK_BYTES)
        message = "the server says Content-Encoding: gzip, but the file is not: it does not start "
                  "with 1f 8b";
    fail(self, PROV_E_CORRUPT, err, message);
    provi_error_native(err, PROV_ORIGIN_ZLIB, code);
    return PROV_E_CORRUPT;
}

/* Decompress within a member: zlib checks header flags, header CRC, CRC and length. Sets *used. */
static prov_status inflate_some(struct inflate_stage *self, const uint8_t *data, size_t len,
                                size_t *used, struct prov_error *err)
{
    z_stream *zlib = &self->zlib;
    uInt given = len < PROVI_ZLIB_PIECE_BYTES ? (uInt)len : PROVI_ZLIB_PIECE_BYTES;
    zlib->next_in = data;
    zlib->avail_in = given;
    int code = inflate(zlib, Z_NO_FLUSH);
    *used = given - zlib->avail_in;
    self->n_in += *used;
    if (code == Z_STREAM_END) {
        self->place = AFTER_MEMBER;
        return PROV_OK;
    }
    if (code != Z_OK && code != Z_BUF_ERROR)
        return fail_zlib(self, code, err);
    return zlib->avail_in > 0 ? inflate_flush(self, err) : PROV_OK;
}

/* Between members: another member, or zeros to the end, which tapes and some servers add. */
static prov_status end_or_next_member(struct inflate_stage *self, uint8_t byte, size_t *used,
                                      struct prov_error *err)
{
    if (byte == 0) {
        self->place = IN_PADDING;
        self->n_in++;
        *used = 1;
        return PROV_OK;
    }
    if (byte == 0x1f && self->place == AFTER_MEMBER) {
        inflateReset(&self->zlib);
        self->place = IN_MEMBER;
        return PROV_OK;
    }
    prov_status status = inflate_flush(self, err);
    if (status != PROV_OK)
        return status;
    return fail(self, PROV_E_CORRUPT, err, "unexpected bytes after the end");
}

static prov_status inflate_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                                 struct prov_error *err)
{
    struct inflate_stage *self = (struct inflate_stage *)stage;
    while (len > 0) {
        size_t used = 0;
        prov_status status = self->place == IN_MEMBER ? inflate_some(self, data, len, &used, err)
                                                      : end_or_next_member(self, *data, &used, err);
        if (status != PROV_OK)
            return status;
        data += used;
        len -= used;
    }
    return PROV_OK;
}

static prov_status inflate_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct inflate_stage *self = (struct inflate_stage *)stage;
    if (self->place == IN_MEMBER)
        return fail(self, PROV_E_TRUNCATED, err, "the file stops before its end mark");
    return inflate_flush(self, err);
}

static void inflate_clear(struct provi_decode_stage *stage)
{
    inflateEnd(&((struct inflate_stage *)stage)->zlib);
}

static const struct provi_decode_stage_ops inflate_ops = {
    .write = inflate_write,
    .end = inflate_end,
    .clear = inflate_clear,
};

prov_status provi_inflate_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                              const struct prov_limits *limits, struct prov_sink next,
                              struct prov_error *err)
{
    *out = NULL;
    struct inflate_stage *self = provi_decode_stage_new(alloc, sizeof *self, &inflate_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    self->max_bytes = limits->max_inflated_bytes;
    self->max_ratio = limits->max_inflate_ratio;
    self->zlib.next_out = self->out;
    self->zlib.avail_out = OUT_BYTES;
    use_alloc(&self->zlib, &self->stage.alloc);
    if (inflateInit2(&self->zlib, INFLATE_WINDOW_BITS) != Z_OK) {
        provi_decode_stage_free(&self->stage);
        return provi_fail_nomem(err);
    }
    *out = &self->stage;
    return PROV_OK;
}

/* For zlib: gzip, a window of 8 KiB and small tables. The output for profiles is within 5 % of the
 * smallest. */
enum { DEFLATE_WINDOW_BITS = 16 + 13, MEMORY_LEVEL = 5 };

struct deflate_stage {
    struct provi_decode_stage stage;
    z_stream zlib;
    uint8_t out[PROVI_PIECE_BYTES];
};

static prov_status deflate_flush(struct deflate_stage *self, struct prov_error *err)
{
    size_t n = PROVI_PIECE_BYTES - self->zlib.avail_out;
    self->zlib.next_out = self->out;
    self->zlib.avail_out = PROVI_PIECE_BYTES;
    return provi_decode_stage_pass(&self->stage, self->out, n, err);
}

/* Compress @p len bytes; with Z_FINISH also write all that zlib has buffered. */
static prov_status deflate_all(struct deflate_stage *self, const uint8_t *data, uInt len, int mode,
                               struct prov_error *err)
{
    z_stream *zlib = &self->zlib;
    zlib->next_in = data;
    zlib->avail_in = len;
    for (;;) {
        int code = deflate(zlib, mode);
        if (code == Z_STREAM_ERROR) { /* GCOV_EXCL_BR_LINE: only of an invalid stream */
            provi_fail(err, PROV_E_INVALID, "gzip: zlib does not compress");
            provi_error_native(err, PROV_ORIGIN_ZLIB, code);
            return PROV_E_INVALID;
        }
        if (code == Z_STREAM_END || zlib->avail_out > 0)
            return PROV_OK;
        prov_status status = deflate_flush(self, err);
        if (status != PROV_OK)
            return status;
    }
}

static prov_status deflate_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                                 struct prov_error *err)
{
    while (len > 0) {
        uInt piece = len < PROVI_ZLIB_PIECE_BYTES ? (uInt)len : PROVI_ZLIB_PIECE_BYTES;
        prov_status status =
            deflate_all((struct deflate_stage *)stage, data, piece, Z_NO_FLUSH, err);
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
    prov_status status = deflate_all(self, NULL, 0, Z_FINISH, err);
    return status == PROV_OK ? deflate_flush(self, err) : status;
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
    use_alloc(&self->zlib, &self->stage.alloc);
    if (deflateInit2(&self->zlib, Z_DEFAULT_COMPRESSION, Z_DEFLATED, DEFLATE_WINDOW_BITS,
                     MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK) {
        provi_decode_stage_free(&self->stage);
        return provi_fail_nomem(err);
    }
    *out = &self->stage;
    return PROV_OK;
}
