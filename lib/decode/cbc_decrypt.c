/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <stdio.h>
#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"

enum {
    HEAD_BYTES = PROVI_SALTED_BYTES + PROVI_CBC_SALT_BYTES,
    FIRST_BYTES = HEAD_BYTES + PROVI_CBC_BLOCK_BYTES,
};

struct cbc_stage {
    struct provi_decode_stage stage;
    struct provi_cbc_options opt;
    EVP_CIPHER_CTX *cipher;
    uint64_t n_in;
    uint8_t first[FIRST_BYTES]; /* mark, salt and first block; n_in of them have been read */
    uint8_t out[PROVI_PIECE_BYTES + PROVI_CBC_BLOCK_BYTES];
};

static prov_status fail(const struct cbc_stage *self, prov_status status, struct prov_error *err,
                        const char *message)
{
    provi_fail(err, status, "AES-256-CBC: %s", message);
    provi_error_where(err, 0, 0, self->n_in);
    return status;
}

/* Prepare the cipher for the first block. */
static prov_status start_cipher(struct cbc_stage *self, const struct provi_cbc_key *key,
                                bool is_padded, struct prov_error *err)
{
    if (EVP_DecryptInit_ex(self->cipher, NULL, NULL, key->key, key->iv) != 1 ||
        EVP_CIPHER_CTX_set_padding(self->cipher, is_padded) != 1)
        return provi_ssl_fail(err, "AES-256-CBC");
    return PROV_OK;
}

/* The search for the derivation that decrypts the first block. */
struct search {
    uint32_t found;         /* the PROV_DERIVE_… that gives XML or gzip; 0: none */
    const char *other;      /* description of other content that one gives; NULL: only noise */
    prov_status impossible; /* status of the first derivation that could not be tried */
    uint32_t untried;       /* that derivation */
};

/* Decrypt the first block alone and inspect it. */
static prov_status try_key(struct cbc_stage *self, const struct provi_cbc_key *key, bool *fits,
                           struct search *search)
{
    uint8_t block[2 * PROVI_CBC_BLOCK_BYTES] = {0};
    int n = 0;
    prov_status status = start_cipher(self, key, false, NULL);
    if (status == PROV_OK && EVP_DecryptUpdate(self->cipher, block, &n, self->first + HEAD_BYTES,
                                               PROVI_CBC_BLOCK_BYTES) != 1)
        status = provi_ssl_fail(NULL, "AES-256-CBC");
    *fits = status == PROV_OK && provi_sniff_plaintext(block);
    if (status == PROV_OK && !*fits && !search->other)
        search->other = provi_sniff_other_plaintext(block);
    provi_wipe(block, sizeof block);
    return status;
}

/* Try a derivation. If it fits, the cipher is ready to decrypt from the first block on. */
static prov_status try_derivation(struct cbc_stage *self, uint32_t how, struct search *search)
{
    struct provi_cbc_key key;
    bool fits = false;
    prov_status status = provi_cbc_derive(
        &key, how, self->opt.key, self->first + PROVI_SALTED_BYTES, self->opt.pbkdf2_rounds, NULL);
    if (status == PROV_OK)
        status = try_key(self, &key, &fits, search);
    if (fits)
        status = start_cipher(self, &key, true, NULL);
    if (fits && status == PROV_OK)
        search->found = how;
    provi_wipe(&key, sizeof key);
    return status;
}

/* Search @p among for the first derivation that fits. Skip those that cannot be tried: an OpenSSL
 * without MD5 can still decrypt all files that do not need it. */
static void find_derivation(struct cbc_stage *self, uint32_t among, struct search *search)
{
    static const uint32_t order[] = {PROV_DERIVE_SHA256, PROV_DERIVE_MD5, PROV_DERIVE_PBKDF2};
    for (size_t i = 0; i < PROVI_LEN(order) && search->found == 0; i++) {
        if (!(among & order[i]))
            continue;
        prov_status status = try_derivation(self, order[i], search);
        if (status == PROV_OK || search->impossible != PROV_OK)
            continue;
        search->impossible = status;
        search->untried = order[i];
    }
}

/* A way in which `openssl enc` may have derived key and initialization vector. */
struct other_way {
    char digest[7];
    bool is_pbkdf2;
};

/* Derive key and vector; the vector follows the key, whatever their lengths in the cipher. */
static bool derive_by(const struct cbc_stage *self, const struct other_way *way,
                      struct provi_cbc_key *key)
{
    const uint8_t *salt = self->first + PROVI_SALTED_BYTES;
    const EVP_MD *digest = EVP_get_digestbyname(way->digest);
    if (!digest)
        return false;
    return way->is_pbkdf2
               ? provi_cbc_pbkdf2(key, digest, self->opt.key, salt, self->opt.pbkdf2_rounds)
               : provi_bytes_to_key(EVP_aes_256_cbc(), digest, self->opt.key, salt, key->key,
                                    key->iv);
}

static bool opens_by(const struct cbc_stage *self, const EVP_CIPHER *cipher,
                     const struct provi_cbc_key *derived)
{
    uint8_t stream[sizeof derived->key + sizeof derived->iv];
    uint8_t block[2 * PROVI_CBC_BLOCK_BYTES] = {0};
    int n = 0;
    memcpy(stream, derived->key, sizeof derived->key);
    memcpy(stream + sizeof derived->key, derived->iv, sizeof derived->iv);
    EVP_CIPHER_CTX *ctx = EVP_CIPHER_CTX_new();
    bool opens =
        ctx &&
        EVP_DecryptInit_ex(ctx, cipher, NULL, stream, stream + EVP_CIPHER_get_key_length(cipher)) ==
            1 &&
        EVP_CIPHER_CTX_set_padding(ctx, 0) == 1 &&
        EVP_DecryptUpdate(ctx, block, &n, self->first + HEAD_BYTES, PROVI_CBC_BLOCK_BYTES) == 1 &&
        provi_sniff_plaintext(block);
    EVP_CIPHER_CTX_free(ctx);
    provi_wipe(stream, sizeof stream);
    provi_wipe(block, sizeof block);
    return opens;
}

/* Find other options of `openssl enc` that were used for the file, if the key is right. */
static bool find_other_options(const struct cbc_stage *self, const char **cipher,
                               struct other_way *way)
{
    /* CTR, CFB and OFB differ only from the second block on. */
    static const struct {
        char name[13], shown[28];
    } ciphers[] = {
        {"aes-256-cbc", "-aes-256-cbc"},
        {"aes-128-cbc", "-aes-128-cbc"},
        {"aes-192-cbc", "-aes-192-cbc"},
        {"aes-256-ctr", "-aes-256-ctr, -cfb or -ofb"},
        {"aes-128-ctr", "-aes-128-ctr, -cfb or -ofb"},
        {"aes-256-ecb", "-aes-256-ecb"},
        {"des-ede3-cbc", "-des-ede3-cbc"},
    };
    static const struct other_way ways[] = {
        {"sha256", false}, {"md5", false},    {"sha1", false},  {"sha512", false},
        {"sha384", false}, {"sha224", false}, {"sha256", true}, {"sha512", true},
    };
    struct provi_cbc_key key;
    bool is_found = false;
    for (size_t i = 0; i < PROVI_LEN(ways) && !is_found; i++) {
        *way = ways[i];
        bool is_derived = derive_by(self, way, &key);
        for (size_t k = 0; k < PROVI_LEN(ciphers) && is_derived && !is_found; k++) {
            const EVP_CIPHER *made_by = EVP_get_cipherbyname(ciphers[k].name);
            *cipher = ciphers[k].shown;
            is_found = made_by && opens_by(self, made_by, &key);
        }
    }
    provi_wipe(&key, sizeof key);
    return is_found;
}

/* Mistakes in copying a key, with the text of the message for each. */
static const struct slip {
    char before[2], behind[2], words[28];
    uint32_t derivations; /* only a few with PBKDF2, which is slow */
} slips[] = {
    {"", "\r", "a carriage return after it", PROV_DERIVE_ALL},
    {"", "\n", "a line break after it", PROV_DERIVE_SHA256 | PROV_DERIVE_MD5},
    {"", " ", "a blank after it", PROV_DERIVE_SHA256 | PROV_DERIVE_MD5},
    {"\"", "\"", "quotes around it", PROV_DERIVE_SHA256 | PROV_DERIVE_MD5},
    {"'", "'", "quotes around it", PROV_DERIVE_SHA256 | PROV_DERIVE_MD5},
};

enum { MAX_SLIPPED = 256 };

/* Find the mistake by which the key differs from that of the file; NULL: none of them. */
static const char *find_slip(struct cbc_stage *self)
{
    const prov_str key = self->opt.key;
    char slipped[MAX_SLIPPED];
    struct search search = {0};
    size_t i = 0;
    for (; i < PROVI_LEN(slips) && key.len + 3 <= sizeof slipped && search.found == 0; i++) {
        int len = snprintf(slipped, sizeof slipped, "%s%.*s%s", slips[i].before, (int)key.len,
                           key.len ? key.data : "", slips[i].behind);
        self->opt.key = (prov_str){slipped, (size_t)len};
        find_derivation(self, self->opt.derivations & slips[i].derivations, &search);
    }
    self->opt.key = key;
    provi_wipe(slipped, sizeof slipped);
    return search.found ? slips[i - 1].words : NULL;
}

/* The message names a cause that a person can correct; changes on the network look like a corrupt
 * file. */
static prov_status fail_key(struct cbc_stage *self, struct prov_error *err)
{
    const char *cipher = NULL;
    struct other_way way = {0};
    bool is_known = find_other_options(self, &cipher, &way);
    prov_status status = is_known ? PROV_E_UNSUPPORTED : PROV_E_KEY;
    const char *slip = is_known ? NULL : find_slip(self);
    provi_ssl_forget();
    if (is_known)
        provi_fail(
            err, status,
            "AES-256-CBC: the key is right, but the file was made with %s -md %s%s, expected "
            "-aes-256-cbc -md sha256",
            cipher, way.digest, way.is_pbkdf2 ? " -pbkdf2" : "");
    else if (slip)
        provi_fail(err, status, "AES-256-CBC: the file was made with this key and %s", slip);
    else
        provi_fail(err, status,
                   "AES-256-CBC: this key does not open the file to XML or gzip; tried -md sha256, "
                   "-md md5 and -pbkdf2 -iter %u; another -iter or mode looks like a wrong key",
                   (unsigned)self->opt.pbkdf2_rounds);
    provi_error_where(err, 0, 0, self->n_in);
    return status;
}

/* No permitted derivation fits. If one fits that the host does not permit, the key is right. */
static prov_status refuse(struct cbc_stage *self, struct search *search, struct prov_error *err)
{
    struct search forbidden = {.other = search->other};
    find_derivation(self, PROV_DERIVE_ALL & ~self->opt.derivations, &forbidden);
    prov_status status;
    if (forbidden.found != 0)
        status = provi_fail(err, PROV_E_POLICY, "AES-256-CBC: the host forbids keys derived by %s",
                            provi_cbc_derivation_name(forbidden.found));
    else if (forbidden.other)
        status = provi_fail(
            err, PROV_E_CORRUPT,
            "AES-256-CBC: the key is right, but opens the file to %s, expected XML or gzip",
            forbidden.other);
    else if (search->impossible == PROV_E_UNSUPPORTED)
        status =
            provi_fail(err, PROV_E_UNSUPPORTED,
                       "AES-256-CBC: the file may need a key derived by %s, which this OpenSSL "
                       "lacks; no other way opens it",
                       provi_cbc_derivation_name(search->untried));
    else
        return search->impossible != PROV_OK ? provi_fail_nomem(err) : fail_key(self, err);
    provi_error_where(err, 0, 0, self->n_in);
    return status;
}

static prov_status open_file(struct cbc_stage *self, struct prov_error *err)
{
    if (memcmp(self->first, provi_salted, PROVI_SALTED_BYTES) != 0)
        return fail(self, PROV_E_CORRUPT, err, "the file does not start with Salted__");
    struct search search = {0};
    find_derivation(self, self->opt.derivations, &search);
    *self->opt.matched = search.found;
    return search.found != 0 ? PROV_OK : refuse(self, &search, err);
}

static prov_status decrypt(struct cbc_stage *self, const uint8_t *data, size_t len,
                           struct prov_error *err)
{
    while (len > 0) {
        int piece = len < PROVI_PIECE_BYTES ? (int)len : PROVI_PIECE_BYTES;
        int n = 0;
        if (EVP_DecryptUpdate(self->cipher, self->out, &n, data, piece) != 1)
            return provi_ssl_fail(err, "AES-256-CBC");
        prov_status status = provi_decode_stage_pass(&self->stage, self->out, (size_t)n, err);
        if (status != PROV_OK)
            return status;
        data += piece;
        len -= (size_t)piece;
    }
    return PROV_OK;
}

static prov_status cbc_write(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                             struct prov_error *err)
{
    struct cbc_stage *self = (struct cbc_stage *)stage;
    if (self->n_in >= FIRST_BYTES) {
        self->n_in += len;
        return decrypt(self, data, len, err);
    }
    size_t missing = (size_t)(FIRST_BYTES - self->n_in);
    size_t n = len < missing ? len : missing;
    memcpy(self->first + self->n_in, data, n);
    self->n_in += n;
    if (n < missing)
        return PROV_OK;

    prov_status status = open_file(self, err);
    if (status == PROV_OK)
        status = decrypt(self, self->first + HEAD_BYTES, PROVI_CBC_BLOCK_BYTES, err);
    self->n_in += len - n;
    return status == PROV_OK ? decrypt(self, data + n, len - n, err) : status;
}

static prov_status cbc_end(struct provi_decode_stage *stage, struct prov_error *err)
{
    struct cbc_stage *self = (struct cbc_stage *)stage;
    if (self->n_in < FIRST_BYTES)
        return fail(self, PROV_E_TRUNCATED, err, "the file stops before its first block");
    if (self->n_in % PROVI_CBC_BLOCK_BYTES != 0)
        return fail(self, PROV_E_TRUNCATED, err,
                    "the size of the file is no multiple of 16: it was cut off, or something was "
                    "added at its end, such as a line break");
    /* OpenSSL checks every byte of the padding. */
    int n = 0;
    if (EVP_DecryptFinal_ex(self->cipher, self->out, &n) == 1)
        return provi_decode_stage_pass(&self->stage, self->out, (size_t)n, err);
    provi_ssl_forget();
    return fail(self, PROV_E_CORRUPT, err, "the end is damaged or cut off: wrong padding");
}

static void cbc_clear(struct provi_decode_stage *stage)
{
    EVP_CIPHER_CTX_free(((struct cbc_stage *)stage)->cipher);
}

static const struct provi_decode_stage_ops cbc_ops = {
    .write = cbc_write,
    .end = cbc_end,
    .clear = cbc_clear,
};

prov_status provi_cbc_decrypt_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                                  const struct provi_cbc_options *opt, struct prov_sink next,
                                  struct prov_error *err)
{
    *out = NULL;
    struct cbc_stage *self = provi_decode_stage_new(alloc, sizeof *self, &cbc_ops, next);
    if (!self)
        return provi_fail_nomem(err);
    self->opt = *opt;
    self->cipher = EVP_CIPHER_CTX_new();
    if (!self->cipher ||
        EVP_DecryptInit_ex(self->cipher, EVP_aes_256_cbc(), NULL, NULL, NULL) != 1) {
        provi_decode_stage_free(&self->stage);
        return provi_ssl_fail(err, "AES-256-CBC");
    }
    *out = &self->stage;
    return PROV_OK;
}
