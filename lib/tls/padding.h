/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The two paddings of RSA signatures (RFC 8017, section 9), for keys whose operations the host
 * performs.
 *
 * OpenSSL applies paddings only with its own keys; its functions for the padding alone are
 * deprecated since 3.0.
 */
#ifndef PROVI_TLS_PADDING_H
#define PROVI_TLS_PADDING_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

/** 16,384 bits, the limit of OpenSSL. */
#define PROVI_TLS_MAX_RSA_BYTES 2048

/**
 * EMSA-PKCS1-v1_5. The digest of MD5 and SHA-1 together, which TLS 1.0 and 1.1 sign, is padded
 * without its name (RFC 2246, section 4.7).
 *
 * @param[out] block   As long as the modulus.
 * @param      bits    Of the modulus.
 * @param      digest  Digest of the message, made with @p md.
 * @return False: the key is too short for the digest, or out of memory.
 */
bool provi_tls_pad_pkcs1(unsigned char *block, size_t bits, const unsigned char *digest,
                         const EVP_MD *md);

/** EMSA-PSS with MGF1, the same digest for both, and a random salt of the length of the digest. */
bool provi_tls_pad_pss(unsigned char *block, size_t bits, const unsigned char *digest,
                       const EVP_MD *md);

#endif
