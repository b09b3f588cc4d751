/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include "base/error.h"
#include "base/str.h"

enum { OUT_BYTES = 768 };

struct base64_stage {
    struct provi_decode_stage stage;
    uint64_t n_in;
    uint32_t bits;     /* of the present group of four */
    unsigned n_digits; /* < 4 */
    unsigned
        n_padding; /* number of `=`; after the first, only more of them and blanks may follow */
    size_t n_out;  /* < OUT_BYTES */
    uint8_t out[OUT_BYTES];
};

/* Value of a digit in the first alphabet of RFC 4648; -1: it is not a digit. */
static int digit_value(uint8_t c)
{
    if (c >= 'A' && c <= 'Z')
        return c - 'A';
    if (c >= 'a' && c <= 'z')
        return c - 'a' + 26;
    if (c >= '0' && c <= '9')
        return c - '0' + 52;
    return c == '+' ? 62 : c == '/' ? 63 : -1;
}

static prov_status flush(struct base64_stage *self, struct prov_error *err)
{
    size_t n_out = self->n_out;
    self->n_out = 0;
    return provi_decode_stage_pass(&self->stage, self->out, n_out, err);
}

/* Pass on the bytes decoded before the fault, then fail. */
static prov_status fail_at(struct base64_stage *self, uint8_t byte, struct prov_error *err)
{
    prov_status status = flush(self, err);
    if (status != PROV_OK)
        return status;
    provi_fail(err, PROV_E_CORRUPT, "base64: expected a digit or a line break, found byte 0x%02x",
               (unsigned)byte);
    provi_error_where(err, 0, 0, self->n_in);
    return PROV_E_CORRUPT;
}

/* A group of four digits or padding is complete: three bytes, less one for each `=`. */
static prov_status end_group(struct base64_stage *self, struct prov_error *err)
{
    unsigned n_bytes = 3 - self->n_padding;
    for (unsigned i = 0; i < n_bytes; i++)
        self->out[self->n_out++] = (uint8_t)(self->bits >> (16 - 8 * i));
    self->bits = 0;
    self->n_digits = 0;
    return self->n_out > OUT_BYTES - 3 ? flush(self, err) : PROV_OK;
}

/* Accept one `=`: only as third or fourth of a group, and only if the unused bits are zero. */
static bool accept_padding(struct base64_stage *self)
{
    if (self->n_digits < 2)
        return false;
    unsigned unused = self->n_digits == 2 ? 0xf : 0x3;
    if (self->n_padding == 0 && (self->bits & unused) != 0)
        return false;
    self->n_padding++;
    self->bits <<= 6;
    self->n_digits++;
    return true;
}

static bool add_digit(struct base64_stage *self, uint8_t c)
{
    int value = digit_value(c);
    if (value < 0 || self->n_padding > 0)
        return false;
    self->bits = self->bits << 6 | (uint32_t)value;
    self->n_digits++;
    return true;
}

static prov_status base64_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                                struct prov_error *err)
{
    struct base64_stage *self = (struct base64_stage *)stage;
    for (size_t i = 0; i < len; i++, self->n_in++) {
        bool is_bom = self->n_in < PROVI_BOM_BYTES && data[i] == (uint8_t)PROVI_BOM[self->n_in];
        if (is_bom || provi_is_blank((char)data[i]))
            continue;
        bool is_taken = data[i] == '=' ? accept_padding(self) : add_digit(self, data[i]);
        if (!is_taken)
            return fail_at(self, data[i], err);
        prov_status status = self->n_digits == 4 ? end_group(self, err) : PROV_OK;
        if (status != PROV_OK)
            return status;
    }
    return PROV_OK;
}

static prov_status base64_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct base64_stage *self = (struct base64_stage *)stage;
    prov_status status = flush(self, err);
    if (status != PROV_OK || self->n_digits == 0)
        return status;
    provi_fail(err, PROV_E_TRUNCATED, "base64: the file stops inside a group of four digits");
    provi_error_where(err, 0, 0, self->n_in);
    return PROV_E_TRUNCATED;
}

static const struct provi_decode_stage_ops base64_ops = {.write = base64_write, .end = base64_end};

prov_status provi_base64_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                             struct prov_sink next, struct prov_error *err)
{
    *out = provi_decode_stage_new(alloc, sizeof(struct base64_stage), &base64_ops, next);
    return *out ? PROV_OK : provi_fail_nomem(err);
}
