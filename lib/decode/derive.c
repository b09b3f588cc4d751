/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <string.h>

#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/alloc.h"

const char provi_salted[PROVI_SALTED_BYTES] = {'S', 'a', 'l', 't', 'e', 'd', '_', '_'};

bool provi_bytes_to_key(const EVP_CIPHER *cipher, const EVP_MD *digest, prov_str pass_phrase,
                        const uint8_t salt[PROVI_CBC_SALT_BYTES], uint8_t *key, uint8_t *iv)
{
    static const unsigned char nothing[1];
    const unsigned char *bytes =
        pass_phrase.len ? (const unsigned char *)pass_phrase.data : nothing;
    return EVP_BytesToKey(cipher, digest, salt, bytes, (int)pass_phrase.len, 1, key, iv) > 0;
}

bool provi_cbc_pbkdf2(struct provi_cbc_key *key, const EVP_MD *digest, prov_str pass_phrase,
                      const uint8_t salt[PROVI_CBC_SALT_BYTES], uint32_t rounds)
{
    unsigned char both[sizeof key->key + sizeof key->iv] = {0};
    bool ok = PKCS5_PBKDF2_HMAC(pass_phrase.len ? pass_phrase.data : "", (int)pass_phrase.len, salt,
                                PROVI_CBC_SALT_BYTES, (int)rounds, digest, sizeof both, both) == 1;
    memcpy(key->key, both, sizeof key->key);
    memcpy(key->iv, both + sizeof key->key, sizeof key->iv);
    provi_wipe(both, sizeof both);
    return ok;
}

const char *provi_cbc_derivation_name(uint32_t how)
{
    return how == PROV_DERIVE_PBKDF2 ? "PBKDF2" : how == PROV_DERIVE_MD5 ? "MD5" : "SHA-256";
}

prov_status provi_cbc_derive(struct provi_cbc_key *key, uint32_t how, prov_str pass_phrase,
                             const uint8_t salt[PROVI_CBC_SALT_BYTES], uint32_t pbkdf2_rounds,
                             struct prov_error *err)
{
    const EVP_MD *digest = how == PROV_DERIVE_MD5 ? EVP_md5() : EVP_sha256();
    bool ok =
        how == PROV_DERIVE_PBKDF2
            ? provi_cbc_pbkdf2(key, digest, pass_phrase, salt, pbkdf2_rounds)
            : provi_bytes_to_key(EVP_aes_256_cbc(), digest, pass_phrase, salt, key->key, key->iv);
    return ok ? PROV_OK : provi_ssl_fail(err, provi_cbc_derivation_name(how));
}

/* The second half of HKDF, for outputs of one block: HMAC over the label, a zero and a one. */
static bool expand(uint8_t *out, size_t len, const uint8_t secret[32], const char *label)
{
    unsigned char info[40];
    size_t label_len = strlen(label);
    memcpy(info, label, label_len + 1);
    info[label_len + 1] = 1;

    unsigned char block[32];
    bool ok = HMAC(EVP_sha256(), secret, 32, info, label_len + 2, block, NULL) != NULL;
    if (ok)
        memcpy(out, block, len);
    provi_wipe(block, sizeof block);
    return ok;
}

prov_status provi_8188_derive(struct provi_8188_key *key, prov_str ikm,
                              const uint8_t salt[PROVI_8188_SALT_BYTES], struct prov_error *err)
{
    unsigned char secret[32];
    bool ok = HMAC(EVP_sha256(), salt, PROVI_8188_SALT_BYTES, (const unsigned char *)ikm.data,
                   ikm.len, secret, NULL) != NULL &&
              expand(key->key, sizeof key->key, secret, "Content-Encoding: aes128gcm") &&
              expand(key->nonce, sizeof key->nonce, secret, "Content-Encoding: nonce");
    provi_wipe(secret, sizeof secret);
    if (!ok)
        provi_wipe(key, sizeof *key);
    return ok ? PROV_OK : provi_ssl_fail(err, "HMAC-SHA-256");
}

void provi_8188_nonce(uint8_t nonce[PROVI_8188_NONCE_BYTES],
                      const uint8_t base[PROVI_8188_NONCE_BYTES], uint64_t record)
{
    memcpy(nonce, base, PROVI_8188_NONCE_BYTES);
    for (unsigned i = 0; i < 8; i++)
        nonce[PROVI_8188_NONCE_BYTES - 1 - i] ^= (uint8_t)(record >> (8 * i));
}
