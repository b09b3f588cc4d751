/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * TLS settings of a device: versions, its own certificate with its key, which may stay in hardware,
 * and its custom CA.
 *
 * The functions exist in every build; without libcurl, prov_tls_identity_new() returns
 * PROV_E_UNSUPPORTED.
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
    PROV_TLS_1_1 = 2, /**< deprecated by RFC 8996; only for servers that cannot be replaced */
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
    const char *key_file;  /**< PEM, not encrypted; if no key is given at all, it must be in the
                                certificate's file or text */
    prov_str key_pem;      /**< the same in memory; secret */
    /**
     * OPTIONAL. Sign @p data with a key that stays in its hardware, instead of a key given here.
     * Called within a handshake, so it must be quick, and must not call the library.
     *
     * @param      kind  enum prov_signature.
     * @param[out] sig   Receives at most @p cap bytes; set @p sig_len to their number.
     * @return PROV_OK. Every other status ends the handshake with PROV_TLS_KEY_FAILED.
     */
    prov_status (*sign)(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len);
    void *sign_ctx; /**< first argument of `sign`; must outlive the transports that use it */
};

/** Options of prov_tls_identity_new(). */
struct prov_tls_identity_options {
    size_t size;
    const struct prov_alloc *alloc; /**< copied; NULL: the C library */
    const struct prov_clock *clock; /**< copied; `wall_s` decides whether a certificate given later
                                         has expired; NULL: the system's */
};

/**
 * Make an identity, for devices that share one transport: a client certificate and a custom CA of
 * one device. It is empty at first. Give it to an agent (`prov_agent_options.identity`,
 * prov_agent_set_identity()) or to a request (`prov_request.identity`).
 *
 * Connections and TLS sessions are never used for two identities, even if they are equal. The
 * identity keeps certificates as text, about 1 KiB for one with an EC key.
 *
 * @param[out] out  New; ended by prov_tls_identity_free(). NULL on failure.
 * @param      opt  Borrowed for the call. NULL: all defaults.
 * @param[out] err  Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_NOMEM, which remains until the process ends if OpenSSL's first use
 *         failed; PROV_E_ABI; PROV_E_INVALID for NULL; PROV_E_UNSUPPORTED in a build without
 *         libcurl, or when OpenSSL cannot start.
 * @since 0.1. An identity, its agents and its transports belong to one thread. Safe from any
 *        callback.
 */
PROV_API prov_status prov_tls_identity_new(prov_tls_identity **out,
                                           const struct prov_tls_identity_options *opt,
                                           struct prov_error *err);

/**
 * Free an identity. Agents and running transfers that have it keep using it; the memory is released
 * with the last of them.
 *
 * @param identity  NULL is fine.
 * @since 0.1. Safe from any callback but `sign`.
 */
PROV_API void prov_tls_identity_free(prov_tls_identity *identity);

/**
 * Set the client certificate for servers that request one. It applies to requests started from now
 * on and replaces an earlier one.
 *
 * @param      certificate  Borrowed for the call; the key is wiped with the identity. NULL: remove
 *                          the certificate.
 * @param[out] err          Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_TLS with `reason`: PROV_TLS_CLIENT_UNREADABLE, PROV_TLS_CLIENT_EXPIRED,
 *         PROV_TLS_KEY_UNREADABLE, PROV_TLS_KEY_MISMATCH, or by OpenSSL's verification
 *         PROV_TLS_WEAK_KEY and PROV_TLS_WEAK_DIGEST; PROV_E_IO likewise, for a file;
 *         PROV_E_INVALID for contradicting fields or NULL; PROV_E_ABI; PROV_E_NOMEM;
 *         PROV_E_UNSUPPORTED in a build without libcurl, or for a kind of key that the host's
 *         `sign` cannot serve. On failure nothing changes.
 * @since 0.1. Requests started from now on do not reuse earlier connections. Running transfers
 *        continue. Safe from any callback but `sign`.
 */
PROV_API prov_status prov_tls_identity_set_certificate(
    prov_tls_identity *identity, const struct prov_client_certificate *certificate,
    struct prov_error *err);

/**
 * Return whether a client certificate is set, for `$CCERT`.
 *
 * @return true: it is set, though it may have expired since. false also for NULL.
 * @since 0.1. Safe from any callback.
 */
PROV_API bool prov_tls_identity_has_certificate(const prov_tls_identity *identity);

/** Flags for prov_tls_identity_set_custom_ca() and prov_curl_set_custom_ca(). */
enum { PROV_CUSTOM_CA_ONLY = 1 << 0 /**< in place of the transport's roots */ };

/**
 * Trust a custom CA (`Custom_CA_Rule`) for requests started from now on, in addition to the roots
 * of the transport, or instead of them. It replaces an earlier one. prov_curl_check_custom_ca()
 * checks one without trusting it.
 *
 * @param      pem    One or more certificates, also revocation lists. Borrowed for the call. Empty:
 *                    remove the custom CA.
 * @param      flags  PROV_CUSTOM_CA_….
 * @param[out] err    Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_CORRUPT when @p pem has no certificate or one does not parse;
 *         PROV_E_LIMIT above 4 MiB; PROV_E_INVALID for unknown flags or NULL; PROV_E_NOMEM;
 *         PROV_E_UNSUPPORTED in a build without libcurl. On failure nothing changes.
 * @since 0.1. Requests started from now on do not reuse earlier connections. Running transfers
 *        continue. Safe from any callback.
 */
PROV_API prov_status prov_tls_identity_set_custom_ca(prov_tls_identity *identity, prov_str pem,
                                                     uint32_t flags, struct prov_error *err);

/**
 * Name of the custom CA: the common name of its first certificate, else its organisation, without
 * blanks at its ends; bytes that are not printable ASCII as `\XX`.
 *
 * @param[out] buf  Receives the text and a NUL. May be NULL when @p cap is 0.
 * @param[out] len  Bytes of the text; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_NOT_FOUND without a custom CA; PROV_E_LIMIT if @p cap is too small;
 *         PROV_E_INVALID; PROV_E_UNSUPPORTED in a build without libcurl.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_tls_identity_custom_ca_name(const prov_tls_identity *identity, char *buf,
                                                      size_t cap, size_t *len);

#ifdef __cplusplus
}
#endif

#endif
