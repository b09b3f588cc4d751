/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * TLS settings of a host: versions, and the device's own certificate with its key, which may stay
 * in hardware.
 */
#ifndef PROVISION_TLS_H
#define PROVISION_TLS_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Oldest version of TLS that is accepted. */
enum prov_tls_version {
    PROV_TLS_1_2 = 0, /**< the default */
    PROV_TLS_1_3 = 1,
    PROV_TLS_1_1 = 2, /**< broken since RFC 8996: for servers that cannot be renewed */
    PROV_TLS_1_0 = 3, /**< likewise */
};

/** The input and form of a host's signature. */
enum prov_signature {
    PROV_SIGN_ECDSA = 1, /**< a digest; the signature is the DER of RFC 3279, section 2.2.3 */
    PROV_SIGN_RSA = 2,   /**< a block as long as the modulus, padded already: the bare RSA private
                              operation (PKCS #11's CKM_RSA_X_509) */
};

/**
 * This device's certificate and its key. Each is given as a file or as text in memory; the key can
 * also stay with the host.
 */
struct prov_client_certificate {
    size_t size;
    const char *cert_file; /**< PEM: the device's certificate, then those of its issuers */
    prov_str cert_pem;     /**< the same in memory, instead of the file */
    const char *key_file;  /**< PEM, not encrypted; if no key is given anywhere, it is looked for
                                beside the certificate */
    prov_str key_pem;      /**< the same in memory; secret */
    /**
     * OPTIONAL. Sign @p data with a key that stays in its hardware, instead of a key given here.
     * Called within a handshake, so it has to be quick; nothing of the library may be called.
     *
     * @param      kind  enum prov_signature.
     * @param[out] sig   Receives at most @p cap bytes; set @p sig_len to their number.
     * @return PROV_OK. Every other status ends the handshake with PROV_TLS_KEY_FAILED.
     */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx; /**< first argument of `sign`; must outlive the transport */
};

#ifdef __cplusplus
}
#endif

#endif
