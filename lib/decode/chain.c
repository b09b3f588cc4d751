/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/chain.h"

#include "base/array.h"
#include "base/content.h"
#include "base/error.h"
#include "base/str.h"
#include "decode/decode_priv.h"

/* Count the bytes; none past the limit is passed on. */
static prov_status tally_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_chain *self = ctx;
    uint64_t room = self->limits.max_inflated_bytes - self->result.bytes_out;
    size_t n = len <= room ? len : (size_t)room;
    self->result.bytes_out += n;
    prov_status status = n ? self->next.write(self->next.ctx, data, n, err) : PROV_OK;
    if (status != PROV_OK || n == len)
        return status;
    provi_fail(err, PROV_E_LIMIT, "decoded file exceeds %llu bytes",
               (unsigned long long)self->limits.max_inflated_bytes);
    provi_error_where(err, 0, 0, self->result.bytes_out);
    return PROV_E_LIMIT;
}

static prov_status tally_finish(void *ctx, struct prov_error *err)
{
    struct provi_chain *self = ctx;
    return self->next.finish(self->next.ctx, err);
}

static struct prov_sink tally_sink(struct provi_chain *self)
{
    return (struct prov_sink){.write = tally_write, .finish = tally_finish, .ctx = self};
}

static prov_status choose_layer(void *ctx, enum provi_found found, prov_str first,
                                struct prov_sink *next, struct prov_error *err);

static prov_status count_layer(struct provi_chain *self, uint32_t encoding, struct prov_error *err)
{
    if (self->n_layers == self->limits.max_encodings)
        return provi_fail(err, PROV_E_LIMIT, "more than %u layers of encoding",
                          (unsigned)self->limits.max_encodings);
    self->n_layers++;
    self->result.encodings |= encoding;
    return PROV_OK;
}

static prov_status new_cbc(struct provi_decode_stage **stage, struct provi_chain *self,
                           struct prov_sink next, struct prov_error *err)
{
    const struct provi_cbc_options opt = {
        .key = provi_secret_str(&self->key),
        .derivations = self->derivations,
        .pbkdf2_rounds = self->pbkdf2_rounds,
        .matched = &self->result.derivation,
    };
    return provi_cbc_decrypt_new(stage, &self->alloc, &opt, next, err);
}

static prov_status new_stage(struct provi_decode_stage **stage, struct provi_chain *self,
                             uint32_t encoding, struct prov_sink next, struct prov_error *err)
{
    const struct prov_alloc *alloc = &self->alloc;
    prov_str ikm = provi_secret_str(&self->ikm);
    switch (encoding) {
    case PROV_ENCODING_BASE64: return provi_base64_new(stage, alloc, next, err);
    case PROV_ENCODING_AES_CBC: return new_cbc(stage, self, next, err);
    case PROV_ENCODING_RFC8188: return provi_rfc8188_decrypt_new(stage, alloc, ikm, next, err);
    default: return provi_inflate_new(stage, alloc, &self->limits, next, err);
    }
}

/* Add a layer in front of @p sink, which the layer then writes to; on failure nothing is added. */
static prov_status add_layer(struct provi_chain *self, uint32_t encoding, struct prov_sink *sink,
                             struct prov_error *err)
{
    struct provi_decode_stage *stage = NULL;
    prov_status status = count_layer(self, encoding, err);
    if (status == PROV_OK)
        status = new_stage(&stage, self, encoding, *sink, err);
    if (status == PROV_OK)
        *sink = provi_decode_stage_push(&self->stages, stage);
    return status;
}

/* Likewise for the sniffing stage, which chooses the next layer. */
static prov_status add_sniff(struct provi_chain *self, struct prov_sink *sink,
                             struct prov_error *err)
{
    struct provi_decode_stage *stage = NULL;
    prov_status status =
        provi_sniff_new(&stage, &self->alloc, choose_layer, self, self->is_key_due, err);
    if (status == PROV_OK)
        *sink = provi_decode_stage_push(&self->stages, stage);
    return status;
}

static bool is_encrypted(const struct provi_chain *self)
{
    return (self->result.encodings & (PROV_ENCODING_AES_CBC | PROV_ENCODING_RFC8188)) != 0;
}

/* Apply the policy to a file that is now in plain text. */
static prov_status check_open(const struct provi_chain *self, struct prov_error *err)
{
    if (self->is_trusted || self->result.encodings & PROV_ENCODING_RFC8188)
        return PROV_OK;
    if (self->policy & PROV_DECODE_POLICY_AUTHENTIC_ONLY)
        return provi_fail(err, PROV_E_POLICY,
                          "nothing authenticates this file: aes128gcm or verified TLS is required");
    if (self->policy & PROV_DECODE_POLICY_ENCRYPTED_ONLY && !is_encrypted(self))
        return provi_fail(
            err, PROV_E_POLICY,
            "the file is not encrypted: --key, aes128gcm or verified TLS is required");
    return PROV_OK;
}

/* Refuse a file that is not of `openssl enc` although the rule has `--key`. The file was not
 * decrypted. */
static prov_status refuse_open(enum provi_found found, prov_str first, struct prov_error *err)
{
    if (found == PROVI_FOUND_NOTHING)
        return provi_fail(err, PROV_E_TRUNCATED, "the file is empty, expected an encrypted one");
    if (found == PROVI_FOUND_GZIP)
        return provi_fail(err, PROV_E_NOT_ENCRYPTED,
                          "the rule has --key, but the file is gzip outside: plain, or compressed "
                          "after it was encrypted");
    char words[PROVI_CONTENT_WORDS];
    provi_content_words(words, first, true);
    bool is_noise = !provi_content_kind(first) && !provi_content_is_text(first);
    return provi_fail(err, PROV_E_NOT_ENCRYPTED,
                      "the rule has --key, but the file was not made by openssl enc with a salt: "
                      "expected Salted__, found %s%s",
                      words, is_noise ? "; -nosalt and -K leave it out" : "");
}

/* With `--key`, plain text is never accepted: removing the encryption must not work. */
static prov_status choose_encrypted(struct provi_chain *self, enum provi_found found,
                                    prov_str first, struct prov_sink *next, struct prov_error *err)
{
    if (found != PROVI_FOUND_SALTED && found != PROVI_FOUND_BASE64)
        return refuse_open(found, first, err);
    self->is_key_due = false;
    prov_status status = add_sniff(self, next, err);
    if (status == PROV_OK)
        status = add_layer(self, PROV_ENCODING_AES_CBC, next, err);
    if (status == PROV_OK && found == PROVI_FOUND_BASE64)
        status = add_layer(self, PROV_ENCODING_BASE64, next, err);
    return status;
}

static prov_status refuse_encrypted(const struct provi_chain *self, struct prov_error *err)
{
    if (is_encrypted(self))
        return provi_fail(err, PROV_E_CORRUPT, "the file is encrypted twice");
    if (self->result.encodings & PROV_ENCODING_GZIP)
        return provi_fail(err, PROV_E_NO_KEY,
                          "the file was compressed after it was encrypted: it has to be the other "
                          "way round, and the rule needs --key");
    return provi_fail(err, PROV_E_NO_KEY,
                      "the file is encrypted by openssl enc, and there is no --key for it");
}

static prov_status choose_layer(void *ctx, enum provi_found found, prov_str first,
                                struct prov_sink *next, struct prov_error *err)
{
    struct provi_chain *self = ctx;
    if (self->is_key_due)
        return choose_encrypted(self, found, first, next, err);
    if (found == PROVI_FOUND_SALTED || found == PROVI_FOUND_BASE64)
        return refuse_encrypted(self, err);
    prov_status status = check_open(self, err);
    if (status != PROV_OK)
        return status;
    *next = tally_sink(self);
    if (found != PROVI_FOUND_GZIP)
        return PROV_OK;
    status = add_sniff(self, next, err);
    return status == PROV_OK ? add_layer(self, PROV_ENCODING_GZIP, next, err) : status;
}

/* Whether a coding of IANA's registry hides the content and cannot be decoded here. */
static bool is_known_coding(prov_str coding)
{
    static const char known[][13] = {
        "aes128gcm", "br",           "compress", "dcb",        "dcz", "deflate", "exi",
        "lzma",      "pack200-gzip", "x-bzip2",  "x-compress", "xz",  "zstd",
    };
    for (size_t i = 0; i < PROVI_LEN(known); i++)
        if (provi_str_eq_nocase(coding, prov_str_from(known[i])))
            return true;
    return false;
}

/*
 * Add one coding. Codings are listed in the order in which they were applied (RFC 9110, 8.4), so
 * the last is decoded first. A word that is not a coding, such as a charset, is ignored, since the
 * first bytes identify the file.
 */
static prov_status add_coding(struct provi_chain *self, prov_str coding, struct prov_sink *first,
                              struct prov_error *err)
{
    if (coding.len == 0 || provi_str_eq_nocase(coding, PROVI_LIT("identity")))
        return PROV_OK;
    if (provi_str_eq_nocase(coding, PROVI_LIT("gzip")) ||
        provi_str_eq_nocase(coding, PROVI_LIT("x-gzip")))
        return add_layer(self, PROV_ENCODING_HTTP_GZIP, first, err);
    if (!is_known_coding(coding)) {
        self->result.warnings |= PROV_DECODE_WARN_UNKNOWN_CODING;
        return PROV_OK;
    }

    bool is_first_8188 = !(self->result.encodings & PROV_ENCODING_RFC8188);
    if (!provi_str_eq_nocase(coding, PROVI_LIT("aes128gcm")) || !is_first_8188) {
        provi_fail(err, PROV_E_UNSUPPORTED,
                   "a Content-Encoding of the server that cannot be undone here: expected "
                   "gzip, or aes128gcm once");
        provi_error_subject(err, coding);
        return PROV_E_UNSUPPORTED;
    }
    self->is_key_due = false; /* an IKM replaces `--key` */
    return add_layer(self, PROV_ENCODING_RFC8188, first, err);
}

prov_status provi_chain_build(struct provi_chain *self, prov_str codings, struct prov_sink *first,
                              struct prov_error *err)
{
    prov_str coding;
    prov_status status = add_sniff(self, first, err);
    while (status == PROV_OK && provi_str_split(&codings, ',', &coding))
        status = add_coding(self, provi_str_trim(coding), first, err);
    return status;
}
