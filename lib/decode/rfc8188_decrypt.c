/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/content.h"
#include "base/error.h"

enum place { IN_HEAD, IN_KEY_ID, IN_RECORDS };

enum {
    /* from this size on, a piece is decrypted without a copy; below, the calls cost more than the
     * copy */
    LARGE_BYTES = 8192,
    /* Unit of OpenSSL's fast code, which leaves the rest of a call to slower code. */
    STRIDE_BYTES = 96,
    /*
     * Bytes at the end of a piece that are decrypted later: a possible tag, and a stride for the
     * call before the tag is checked. After less than a stride, OpenSSL's GHASH on x86 computes its
     * zeros as x ^ x from registers that other code has used, and memcheck may report a good tag as
     * uninitialised.
     */
    HELD_BYTES = STRIDE_BYTES + PROVI_8188_TAG_BYTES,
};

struct rfc8188_stage {
    struct provi_decode_stage stage;
    prov_str ikm;
    EVP_CIPHER_CTX *cipher;
    enum place place;
    uint64_t n_in;
    uint8_t head[PROVI_8188_HEAD_BYTES];
    size_t n_gathered; /* bytes of the head, the key id or the present record */
    uint8_t nonce[PROVI_8188_NONCE_BYTES];
    uint64_t n_records;
    size_t record_size;
    uint8_t *record; /* `record_size` bytes; NULL before the head was read */
    size_t n_opened; /* bytes at its start that are decrypted, but not authenticated */
};

static prov_status fail(const struct rfc8188_stage *self, prov_status status,
                        struct prov_error *err, const char *message)
{
    provi_fail(err, status, "aes128gcm: %s", message);
    provi_error_where(err, 0, 0, self->n_in);
    return status;
}

/* Decrypt the next bytes of the record to their place in it; they may be there already. */
static prov_status decrypt(struct rfc8188_stage *self, const uint8_t *in, size_t len,
                           struct prov_error *err)
{
    uint8_t nonce[PROVI_8188_NONCE_BYTES];
    int n = 0;
    provi_8188_nonce(nonce, self->nonce, self->n_records);
    if ((self->n_opened == 0 && EVP_DecryptInit_ex(self->cipher, NULL, NULL, NULL, nonce) != 1) ||
        EVP_DecryptUpdate(self->cipher, self->record + self->n_opened, &n, in, (int)len) != 1)
        return provi_ssl_fail(err, "AES-128-GCM");
    self->n_opened += len;
    return PROV_OK;
}

/* Decrypt the rest of a record, which ends in its tag, and check the tag. */
static prov_status open_record(struct rfc8188_stage *self, const uint8_t *in, size_t len,
                               struct prov_error *err)
{
    uint8_t tag[PROVI_8188_TAG_BYTES];
    size_t n_data = len - sizeof tag;
    int n = 0;
    memcpy(tag, in + n_data, sizeof tag);
    prov_status status = decrypt(self, in, n_data, err);
    if (status != PROV_OK)
        return status;
    if (EVP_CIPHER_CTX_ctrl(self->cipher, EVP_CTRL_GCM_SET_TAG, sizeof tag, tag) != 1)
        return provi_ssl_fail(err, "AES-128-GCM");
    if (EVP_DecryptFinal_ex(self->cipher, self->record + self->n_opened, &n) == 1)
        return PROV_OK;
    provi_ssl_forget();
    if (self->n_records == 0)
        return fail(self, PROV_E_KEY, err, "wrong keying material, or the first record is damaged");
    return fail(self, PROV_E_CORRUPT, err, "a record is damaged, cut or out of order");
}

/* Find the delimiter after the data of a record of @p len bytes; it shows whether more records
 * follow. */
static prov_status find_data_end(const struct rfc8188_stage *self, size_t *len, bool is_last,
                                 struct prov_error *err)
{
    size_t n = *len;
    while (n > 0 && self->record[n - 1] == 0)
        n--;
    if (n == 0)
        return fail(self, PROV_E_CORRUPT, err, "a record has no delimiter");
    *len = n - 1;
    uint8_t delimiter = self->record[n - 1];
    if (delimiter == (is_last ? PROVI_8188_LAST : PROVI_8188_MORE))
        return PROV_OK;
    if (delimiter == PROVI_8188_MORE)
        return fail(self, PROV_E_TRUNCATED, err, "the last record is missing");
    if (delimiter == PROVI_8188_LAST)
        return fail(self, PROV_E_CORRUPT, err, "more data after the last record");
    return fail(self, PROV_E_CORRUPT, err, "a record has a wrong delimiter");
}

/* Complete a record whose last @p len bytes, at @p in, are encrypted. */
static prov_status end_record(struct rfc8188_stage *self, const uint8_t *in, size_t len,
                              bool is_last, struct prov_error *err)
{
    prov_status status = open_record(self, in, len, err);
    size_t n_data = self->n_opened;
    if (status == PROV_OK)
        status = find_data_end(self, &n_data, is_last, err);
    if (status != PROV_OK)
        return status;
    self->n_records++;
    self->n_gathered = 0;
    self->n_opened = 0;
    return provi_decode_stage_pass(&self->stage, self->record, n_data, err);
}

static prov_status end_gathered_record(struct rfc8188_stage *self, bool is_last,
                                       struct prov_error *err)
{
    const uint8_t *in = self->record + self->n_opened;
    return end_record(self, in, self->n_gathered - self->n_opened, is_last, err);
}

static void gather(struct rfc8188_stage *self, const uint8_t *in, size_t len)
{
    memcpy(self->record + self->n_gathered, in, len);
    self->n_gathered += len;
}

/* Decrypt the collected bytes, filled up to whole strides, then the rest of the piece without a
 * copy. */
static prov_status gather_large(struct rfc8188_stage *self, const uint8_t *in, size_t len,
                                struct prov_error *err)
{
    size_t n_waiting = self->n_gathered - self->n_opened;
    size_t n_fill = STRIDE_BYTES - n_waiting % STRIDE_BYTES;
    size_t n_direct = (len - n_fill - HELD_BYTES) / STRIDE_BYTES * STRIDE_BYTES;
    gather(self, in, n_fill);
    prov_status status = decrypt(self, self->record + self->n_opened, n_waiting + n_fill, err);
    if (status == PROV_OK)
        status = decrypt(self, in + n_fill, n_direct, err);
    if (status != PROV_OK)
        return status;
    self->n_gathered = self->n_opened;
    gather(self, in + n_fill + n_direct, len - n_fill - n_direct);
    return PROV_OK;
}

/* Decrypt records. A full record is decrypted once one more byte shows that it is not the last; in
 * place, or from the input if all of it is there. */
static prov_status decrypt_records(struct rfc8188_stage *self, const uint8_t *data, size_t len,
                                   struct prov_error *err)
{
    while (len > 0) {
        size_t n = self->record_size - self->n_gathered;
        prov_status status = PROV_OK;
        if (n == self->record_size && len > n) {
            self->n_in += n;
            status = end_record(self, data, n, false, err);
        } else if (n == 0) {
            status = end_gathered_record(self, false, err);
        } else {
            n = len < n ? len : n;
            self->n_in += n;
            if (n >= LARGE_BYTES)
                status = gather_large(self, data, n, err);
            else
                gather(self, data, n);
        }
        if (status != PROV_OK)
            return status;
        data += n;
        len -= n;
    }
    return PROV_OK;
}

static prov_status set_key(struct rfc8188_stage *self, struct prov_error *err)
{
    struct provi_8188_key key;
    prov_status status = provi_8188_derive(&key, self->ikm, self->head, err);
    if (status != PROV_OK)
        return status;
    memcpy(self->nonce, key.nonce, sizeof self->nonce);
    if (EVP_DecryptInit_ex(self->cipher, EVP_aes_128_gcm(), NULL, key.key, NULL) != 1)
        status = provi_ssl_fail(err, "AES-128-GCM");
    provi_wipe(&key, sizeof key);
    return status;
}

static prov_status fail_without_key(struct prov_error *err)
{
    return provi_fail(err, PROV_E_NO_KEY,
                      "the server says Content-Encoding: aes128gcm, but no keying material is set");
}

/* Fail for an invalid head. If the file is of another kind, the message describes it, since it was
 * not decrypted. */
static prov_status fail_head(const struct rfc8188_stage *self, size_t len, prov_status status,
                             struct prov_error *err, const char *message)
{
    char words[PROVI_CONTENT_WORDS];
    prov_str first = {(const char *)self->head, len};
    bool is_other = len > 0 && (provi_content_kind(first) || provi_content_is_text(first));
    if (!is_other && self->ikm.len == 0)
        return fail_without_key(err);
    if (!is_other)
        return fail(self, status, err, message);
    provi_fail(err, PROV_E_NOT_ENCRYPTED,
               "aes128gcm: the server says Content-Encoding: aes128gcm, but the file is not: it is "
               "%s",
               provi_content_words(words, first, true));
    provi_error_where(err, 0, 0, self->n_in);
    return PROV_E_NOT_ENCRYPTED;
}

static prov_status read_head(struct rfc8188_stage *self, struct prov_error *err)
{
    const uint8_t *size = self->head + PROVI_8188_SALT_BYTES;
    uint32_t record_size =
        (uint32_t)size[0] << 24 | (uint32_t)size[1] << 16 | (uint32_t)size[2] << 8 | size[3];
    if (record_size < PROVI_8188_MIN_RECORD)
        return fail_head(self, sizeof self->head, PROV_E_CORRUPT, err, "record size below 18");
    if (record_size > PROVI_8188_MAX_RECORD)
        return fail_head(self, sizeof self->head, PROV_E_LIMIT, err, "record size above 65536");
    if (self->ikm.len == 0)
        return fail_without_key(err);
    self->record_size = record_size;
    self->record = provi_alloc(&self->stage.alloc, record_size);
    if (!self->record)
        return provi_fail_nomem(err);
    return set_key(self, err);
}

/* Read head and key id byte by byte. The key id is not used: a phone has one IKM. */
static prov_status read_head_byte(struct rfc8188_stage *self, uint8_t byte, struct prov_error *err)
{
    prov_status status = PROV_OK;
    self->n_in++;
    self->n_gathered++;
    if (self->place == IN_HEAD) {
        self->head[self->n_gathered - 1] = byte;
        if (self->n_gathered < PROVI_8188_HEAD_BYTES)
            return PROV_OK;
        status = read_head(self, err);
        self->place = IN_KEY_ID;
        self->n_gathered = 0;
    }
    if (self->n_gathered == self->head[PROVI_8188_HEAD_BYTES - 1]) {
        self->place = IN_RECORDS;
        self->n_gathered = 0;
    }
    return status;
}

static prov_status rfc8188_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                                 struct prov_error *err)
{
    struct rfc8188_stage *self = (struct rfc8188_stage *)stage;
    while (self->place != IN_RECORDS && len > 0) {
        prov_status status = read_head_byte(self, *data, err);
        if (status != PROV_OK)
            return status;
        data++;
        len--;
    }
    return decrypt_records(self, data, len, err);
}

static prov_status rfc8188_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct rfc8188_stage *self = (struct rfc8188_stage *)stage;
    if (self->place == IN_HEAD)
        return fail_head(self, self->n_gathered, PROV_E_TRUNCATED, err,
                         "the file stops inside its head");
    if (self->place == IN_KEY_ID)
        return fail(self, PROV_E_TRUNCATED, err, "the file stops inside its head");
    if (self->n_gathered <= PROVI_8188_TAG_BYTES)
        return fail(self, PROV_E_TRUNCATED, err, "the last record is missing or cut");
    return end_gathered_record(self, true, err);
}

static void rfc8188_clear(struct provi_decode_stage *stage)
{
    struct rfc8188_stage *self = (struct rfc8188_stage *)stage;
    EVP_CIPHER_CTX_free(self->cipher);
    provi_free_secret(&stage->alloc, self->record, self->record_size);
}

static const struct provi_decode_stage_ops rfc8188_ops = {
    .write = rfc8188_write,
    .end = rfc8188_end,
    .clear = rfc8188_clear,
};

prov_status provi_rfc8188_decrypt_new(struct provi_decode_stage **out,
                                      const struct prov_alloc *alloc, prov_str ikm,
                                      struct prov_sink next, struct prov_error *err)
{
    *out = NULL;
    struct rfc8188_stage *self = provi_decode_stage_new(alloc, sizeof *self, &rfc8188_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    self->ikm = ikm;
    self->cipher = EVP_CIPHER_CTX_new();
    if (!self->cipher) {
        provi_decode_stage_free(&self->stage);
        return provi_ssl_fail(err, "AES-128-GCM");
    }
    *out = &self->stage;
    return PROV_OK;
}
