/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The built-in transport: HTTP and HTTPS by libcurl, TFTP and syslog datagrams on sockets of its
 * own. docs/transports.md describes its features, the status of each response, and its
 * restrictions.
 *
 * It requires a library built with libcurl; check prov_feature_supported(PROV_FEATURE_CURL). The
 * functions exist in every build; without libcurl they return PROV_E_UNSUPPORTED.
 */
#ifndef PROVISION_TRANSPORT_CURL_H
#define PROVISION_TRANSPORT_CURL_H

#include <provision/base.h>
#include <provision/tls.h>
#include <provision/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Options of prov_curl_new(). All trusted roots given are used together; without any, every https
 * transfer fails with PROV_E_TLS. The server's certificate and name are always verified.
 * docs/tls.md has the details.
 */
struct prov_curl_options {
    size_t size;
    const struct prov_alloc *alloc; /**< copied; NULL: the C library. libcurl keeps its own */
    const struct prov_clock *clock; /**< copied; NULL: the system's. `wall_s` is the time that
                                         certificates are compared with, `mono_ms` that of TFTP, of
                                         name servers asked here and of `max_bytes_per_s`; libcurl
                                         takes the times of HTTP by the system's clock */
    const char *ca_file;            /**< PEM file of trusted roots, read at once; NULL: none */
    const char *ca_path;            /**< folder of trusted roots as made by `openssl rehash`, read
                                         when one is needed; copied; NULL: none */
    prov_str ca_pem;                /**< trusted roots in memory; empty: none */
    uint8_t system_roots;           /**< 1: also the system's roots, read for the first https */
    uint8_t min_tls;                /**< enum prov_tls_version */
    uint8_t reserved[2];            /**< 0 */
    uint32_t max_connections;       /**< transfers at a time, the others wait; 0: 64 */
    prov_str crl_pem;               /**< revocation lists (PEM); empty: none. Certificates of a CA
                                         without a list are not checked */
    const prov_str *pins;           /**< base64 of the SHA-256 of a public key, with or without
                                         `sha256//` before it: a server's chain must contain one of
                                         these keys, and also be trusted; copied */
    size_t n_pins;                  /**< at most 64; 0: no pins */
    const char *dns_servers;        /**< name servers to ask instead of the system's, up to three:
                                         `192.0.2.1`, `192.0.2.1:53`, `[2001:db8::1]`, commas
                                         between, copied; NULL: none. Needs PROV_FEATURE_SRV */
    /**
     * OPTIONAL. Report a change of the descriptors to wait on, for epoll and similar: @p events are
     * PROV_POLL_…; 0 removes the descriptor, before it is closed. Called within `process` and
     * `cancel` of the transport and prov_curl_free(); must not call the library. Absent: `pollfds`
     * lists them all.
     */
    void (*on_poll)(void *ctx, int32_t fd, uint32_t events);
    void *poll_ctx;           /**< first argument of `on_poll` */
    uint32_t max_bytes_per_s; /**< limit of each download, averaged over a few seconds; 0: none */
    uint32_t reserved2;       /**< 0 */
};

/** A transport with its connections. */
typedef struct prov_curl prov_curl;

/**
 * Make a transport.
 *
 * @param[out] out  New; ended by prov_curl_free() after all agents that use it. NULL on failure.
 * @param      opt  Borrowed for the call. NULL: all defaults.
 * @param[out] err  Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_UNSUPPORTED in a build without libcurl, or without a feature that an
 *         option needs, or when OpenSSL cannot start, e.g. because of its configuration;
 *         PROV_E_NOMEM, which remains until the process ends if OpenSSL's first use failed;
 *         PROV_E_ABI; PROV_E_INVALID for NULL, more than 65,536 connections, an unknown TLS
 *         version, a malformed pin, or malformed `dns_servers`; PROV_E_IO when roots cannot be
 *         read; PROV_E_CORRUPT when there is no certificate in a source of roots, no list in
 *         `crl_pem`, or one does not parse; PROV_E_LIMIT for a source of more than 4 MiB.
 * @since 0.1. Holds one reference on libcurl's global state until prov_curl_free(). Not thread-safe
 *        where libcurl's own initialisation is not. Not from any callback.
 */
PROV_API prov_status prov_curl_new(prov_curl **out, const struct prov_curl_options *opt,
                                   struct prov_error *err);

/**
 * The transport to register with agents.
 *
 * @param curl  NULL gives NULL.
 * @return Borrowed until prov_curl_free(). NULL also in a build without libcurl.
 * @since 0.1. Safe from any callback.
 */
PROV_API const struct prov_transport *prov_curl_transport(prov_curl *curl);

/**
 * Free a transport, after all agents that use it. Running transfers end with PROV_E_CANCELLED. If
 * called from a callback, the transport is freed when its `process` returns.
 *
 * @param curl  NULL is fine.
 * @since 0.1. Does not wait for anything. Safe from any callback.
 */
PROV_API void prov_curl_free(prov_curl *curl);

/**
 * Trust a custom CA as prov_tls_identity_set_custom_ca() does, for requests without an identity of
 * their own.
 *
 * @param      pem    One or more certificates, also revocation lists. Borrowed for the call. Empty:
 *                    remove the custom CA.
 * @param      flags  PROV_CUSTOM_CA_….
 * @param[out] err    Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_CORRUPT when @p pem has no certificate or one does not parse;
 *         PROV_E_INVALID for unknown flags or a NULL handle; PROV_E_NOMEM; PROV_E_UNSUPPORTED in a
 *         build without libcurl. On failure nothing changes.
 * @since 0.1. These requests do not reuse earlier connections. Running transfers continue. Safe
 *        from any callback.
 */
PROV_API prov_status prov_curl_set_custom_ca(prov_curl *curl, prov_str pem, uint32_t flags,
                                             struct prov_error *err);

/**
 * Check certificates as prov_curl_set_custom_ca() does, without trusting them
 * (`prov_custom_ca_host.check`).
 *
 * @param      pem  One or more certificates, also revocation lists. Borrowed for the call.
 * @param[out] buf  Receives the common name of the first certificate and a NUL, cut where it does
 *                  not fit. May be NULL when @p cap is 0.
 * @param[out] len  Bytes of the whole name. Not NULL.
 * @param[out] err  Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_CORRUPT when @p pem has no certificate or one does not parse;
 *         PROV_E_LIMIT above 4 MiB; PROV_E_INVALID for NULL; PROV_E_NOMEM; PROV_E_UNSUPPORTED in a
 *         build without libcurl.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_curl_check_custom_ca(const prov_curl *curl, prov_str pem, char *buf,
                                               size_t cap, size_t *len, struct prov_error *err);

/**
 * Name of the custom CA that prov_curl_set_custom_ca() set, as prov_tls_identity_custom_ca_name().
 *
 * @param[out] buf  Receives the text and a NUL. May be NULL when @p cap is 0.
 * @param[out] len  Bytes of the text; set also on PROV_E_LIMIT. Not NULL.
 * @return As prov_tls_identity_custom_ca_name().
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_curl_custom_ca_name(const prov_curl *curl, char *buf, size_t cap,
                                              size_t *len);

/**
 * Set the client certificate as prov_tls_identity_set_certificate() does, for requests without an
 * identity of their own.
 *
 * @param      certificate  Borrowed for the call; the key is wiped with the transport. NULL: remove
 *                          the certificate.
 * @param[out] err          Detail on failure. May be NULL.
 * @return PROV_OK; PROV_E_TLS with `reason`: PROV_TLS_CLIENT_UNREADABLE, PROV_TLS_CLIENT_EXPIRED,
 *         PROV_TLS_KEY_UNREADABLE, PROV_TLS_KEY_MISMATCH, or by OpenSSL's verification
 *         PROV_TLS_WEAK_KEY and PROV_TLS_WEAK_DIGEST; PROV_E_IO likewise, for a file;
 *         PROV_E_INVALID for contradicting fields or a NULL handle; PROV_E_ABI; PROV_E_NOMEM;
 *         PROV_E_UNSUPPORTED in a build without libcurl, or for a kind of key that the host's
 *         `sign` cannot serve. On failure nothing changes.
 * @since 0.1. These requests do not reuse earlier connections. Running transfers continue. Safe
 *        from any callback but `sign`.
 */
PROV_API prov_status prov_curl_set_client_certificate(
    prov_curl *curl, const struct prov_client_certificate *certificate, struct prov_error *err);

/**
 * Return whether a client certificate is set, for `$CCERT`, by prov_curl_set_client_certificate().
 *
 * @return As prov_tls_identity_has_certificate().
 * @since 0.1. Safe from any callback.
 */
PROV_API bool prov_curl_has_client_certificate(const prov_curl *curl);

#ifdef __cplusplus
}
#endif

#endif
