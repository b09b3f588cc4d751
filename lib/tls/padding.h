/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The two paddings of RSA signatures (RFC 8017, section 9), for keys in the host's hands.
 *
 * OpenSSL has them behind its own keys only; the functions that do the padding alone are deprecated
 * from 3.0 on.
 */
#ifndef PROVI_TLS_PADDING_H
#define PROVI_TLS_PADDING_H

#include <stdbool.h>
#include <stddef.h>

#include <openssl/evp.h>

/** 16,384 bits, OpenSSL's own limit. */
#define PROVI_TLS_MAX_RSA_BYTES 2048

/**
 * EMSA-PKCS1-v1_5. MD5 and SHA-1 together, as TLS 1.0 and 1.1 sign, are padded without a name of
 * the digest (RFC 2246, section 4.7).
 *
 * @param[out] block   As long as the modulus.
 * @param      bits    Of the modulus.
 * @param      digest  Of @p md, of the message.
 * @return False: a key too short for the digest, or out of memory.
 */
bool provi_tls_pad_pkcs1(unsigned char *block, size_t bits, const unsigned char *digest,
                         const EVP_MD *md);

/** EMSA-PSS with MGF1, the same digest in both, and a random salt as long as the digest. */
bool provi_tls_pad_pss(unsigned char *block, size_t bits, const unsigned char *digest,
                       const EVP_MD *md);

#endif
