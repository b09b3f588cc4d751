/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Digests for passwords and messages; their input may be secret. */
#ifndef PROVI_DECODE_HASH_H
#define PROVI_DECODE_HASH_H

#include <provision/base.h>

enum provi_hash_kind { PROVI_HASH_MD5, PROVI_HASH_SHA256 };

enum { PROVI_MAC_BYTES = 32, PROVI_HASH_MAX_HEX = 64 };

/** A digest in lower-case hexadecimal; not NUL-terminated. */
struct provi_hash_text {
    char data[PROVI_HASH_MAX_HEX];
    size_t len;
};

/**
 * The digest of texts that are joined by ':'.
 *
 * @return PROV_OK; PROV_E_UNSUPPORTED: this OpenSSL lacks the algorithm; PROV_E_NOMEM.
 */
prov_status provi_hash_joined(enum provi_hash_kind kind, const prov_str *texts, size_t n,
                              struct provi_hash_text *out, struct prov_error *err);

/** HMAC-SHA-256 (RFC 2104). PROV_OK; PROV_E_UNSUPPORTED; PROV_E_NOMEM. */
prov_status provi_hash_mac(const uint8_t key[PROVI_MAC_BYTES], const void *data, size_t len,
                           uint8_t out[PROVI_MAC_BYTES], struct prov_error *err);

/** Compare; the time taken depends on @p len only. */
bool provi_hash_eq(const void *a, const void *b, size_t len);

#endif
