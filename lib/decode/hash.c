/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/hash.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"
#include "base/str.h"
#include "decode/decode_priv.h"

static bool hash(EVP_MD_CTX *ctx, const EVP_MD *digest, const prov_str *texts, size_t n,
                 unsigned char out[EVP_MAX_MD_SIZE], unsigned int *len)
{
    bool ok = EVP_DigestInit_ex(ctx, digest, NULL) == 1;
    for (size_t i = 0; i < n && ok; i++) {
        if (i > 0)
            ok = EVP_DigestUpdate(ctx, ":", 1) == 1;
        if (texts[i].len > 0)
            ok = ok && EVP_DigestUpdate(ctx, texts[i].data, texts[i].len) == 1;
    }
    return ok && EVP_DigestFinal_ex(ctx, out, len) == 1;
}

prov_status provi_hash_joined(enum provi_hash_kind kind, const prov_str *texts, size_t n,
                              struct provi_hash_text *out, struct prov_error *err)
{
    bool is_md5 = kind == PROVI_HASH_MD5;
    unsigned char bytes[EVP_MAX_MD_SIZE];
    unsigned int len = 0;
    EVP_MD_CTX *ctx = EVP_MD_CTX_new();
    bool ok = ctx && hash(ctx, is_md5 ? EVP_md5() : EVP_sha256(), texts, n, bytes, &len);
    EVP_MD_CTX_free(ctx);
    out->len = ok ? 2 * len : 0;
    provi_hex_write(bytes, out->len / 2, out->data);
    provi_wipe(bytes, sizeof bytes);
    return ok ? PROV_OK : provi_ssl_fail(err, is_md5 ? "MD5" : "SHA-256");
}

prov_status provi_hash_mac(const uint8_t key[PROVI_MAC_BYTES], const void *data, size_t len,
                           uint8_t out[PROVI_MAC_BYTES], struct prov_error *err)
{
    bool ok = HMAC(EVP_sha256(), key, PROVI_MAC_BYTES, data, len, out, NULL) != NULL;
    return ok ? PROV_OK : provi_ssl_fail(err, "HMAC-SHA-256");
}

bool provi_hash_eq(const void *a, const void *b, size_t len)
{
    return CRYPTO_memcmp(a, b, len) == 0;
}
