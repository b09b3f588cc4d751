/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tls/padding.h"

#include <string.h>

#include <openssl/rand.h>
#include <openssl/x509.h>

/* The DER of a DigestInfo (RFC 8017, section 9.2), new. Returns its length, 0 on failure. */
static size_t write_digest_info(unsigned char **out, const unsigned char *digest, const EVP_MD *md)
{
    X509_SIG *info = X509_SIG_new();
    int len = 0;
    if (info) {
        X509_ALGOR *algorithm;
        ASN1_OCTET_STRING *value;
        X509_SIG_getm(info, &algorithm, &value);
        if (X509_ALGOR_set0(algorithm, OBJ_nid2obj(EVP_MD_get_type(md)), V_ASN1_NULL, NULL) == 1 &&
            ASN1_OCTET_STRING_set(value, digest, EVP_MD_get_size(md)) == 1)
            len = i2d_X509_SIG(info, out);
    }
    X509_SIG_free(info);
    return len > 0 ? (size_t)len : 0;
}

static bool fill_pkcs1(unsigned char *block, size_t size, const unsigned char *tail, size_t len)
{
    if (len == 0 || size < len + 11)
        return false;
    memset(block, 0xff, size);
    block[0] = 0;
    block[1] = 1;
    block[size - len - 1] = 0;
    memcpy(block + size - len, tail, len);
    return true;
}

bool provi_tls_pad_pkcs1(unsigned char *block, size_t bits, const unsigned char *digest,
                         const EVP_MD *md)
{
    size_t size = (bits + 7) / 8;
    if (EVP_MD_is_a(md, "MD5-SHA1"))
        return fill_pkcs1(block, size, digest, (size_t)EVP_MD_get_size(md));
    unsigned char *info = NULL;
    size_t len = write_digest_info(&info, digest, md);
    bool is_ok = fill_pkcs1(block, size, info, len);
    OPENSSL_free(info);
    return is_ok;
}

/* XOR data with the mask that MGF1 generates from a seed (RFC 8017, section B.2.1). */
static bool mask(unsigned char *data, size_t len, const unsigned char *seed, const EVP_MD *md)
{
    size_t n = (size_t)EVP_MD_get_size(md);
    unsigned char input[EVP_MAX_MD_SIZE + 4] = {0}, piece[EVP_MAX_MD_SIZE];
    memcpy(input, seed, n);
    for (size_t at = 0; at < len; at += n) {
        if (EVP_Digest(input, n + 4, piece, NULL, md, NULL) != 1)
            return false;
        for (size_t i = 0; i < n && at + i < len; i++)
            data[at + i] ^= piece[i];
        input[n + 3]++; /* the last byte of a 32-bit counter, at most 2,048 / 20 */
    }
    return true;
}

bool provi_tls_pad_pss(unsigned char *block, size_t bits, const unsigned char *digest,
                       const EVP_MD *md)
{
    static const unsigned char zeros[8];
    size_t n = (size_t)EVP_MD_get_size(md), size = (bits + 7) / 8;
    size_t len = (bits - 1 + 7) / 8; /* one bit less than the modulus, which may be a byte less */
    if (len < 2 * n + 2)
        return false;
    size_t n_padding = len - 2 * n - 2;
    unsigned char *data = block + (size - len), *hash = data + len - n - 1;
    unsigned char *salt = hash - n, message[sizeof zeros + 2 * EVP_MAX_MD_SIZE];
    memset(block, 0, size);
    data[n_padding] = 1;
    if (RAND_bytes(salt, (int)n) != 1) /* GCOV_EXCL_BR_LINE: no entropy */
        return false;
    memcpy(message, zeros, sizeof zeros);
    memcpy(message + sizeof zeros, digest, n);
    memcpy(message + sizeof zeros + n, salt, n);
    if (EVP_Digest(message, sizeof zeros + 2 * n, hash, NULL, md, NULL) != 1 ||
        !mask(data, len - n - 1, hash, md))
        return false;
    data[0] &= 0xff >> (8 * len - (bits - 1));
    data[len - 1] = 0xbc;
    return true;
}
