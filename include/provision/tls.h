/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * TLS as a host sees it: versions, and the device's own certificate with its key, which may stay in
 * hardware.
 */
#ifndef PROVISION_TLS_H
#define PROVISION_TLS_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Oldest version of TLS that is spoken. */
enum prov_tls_version {
    PROV_TLS_1_2 = 0, /**< the default */
    PROV_TLS_1_3 = 1,
    PROV_TLS_1_1 = 2, /**< broken since RFC 8996: for servers that cannot be renewed */
    PROV_TLS_1_0 = 3, /**< likewise */
};

/** What a host is asked to sign. */
enum prov_signature {
    PROV_SIGN_ECDSA = 1, /**< a digest; the signature is the DER of RFC 3279, section 2.2.3 */
    PROV_SIGN_RSA = 2,   /**< a block as long as the modulus, padded already: the bare RSA private
                              operation (PKCS #11's CKM_RSA_X_509) */
};

/** This device's certificate and its key. Each of the two is a file, text in memory, or - the key
 * alone - in the host's hands. */
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
     * @param[out] sig   Receives at most @p cap bytes, how many goes to @p sig_len.
     * @return PROV_OK; anything else ends the handshake with PROV_TLS_KEY_FAILED.
     */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx; /**< handed back; outlives the transport */
};

#ifdef __cplusplus
}
#endif

#endif
