/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * The built-in transport: TFTP, HTTP, HTTPS and syslog datagrams, on libcurl.
 *
 * Only in libraries built with libcurl: ask prov_feature_supported(PROV_FEATURE_CURL). The
 * functions exist in every build and then return PROV_E_UNSUPPORTED.
 */
#ifndef PROVISION_TRANSPORT_CURL_H
#define PROVISION_TRANSPORT_CURL_H

#include <provision/base.h>
#include <provision/transport.h>

#ifdef __cplusplus
extern "C" {
#endif

/** How the transport behaves. */
struct prov_curl_options {
    size_t size;
    const struct prov_alloc *alloc; /**< copied; NULL: the C library. libcurl keeps its own */
    const char *ca_file;            /**< PEM file of trusted roots, copied; NULL: none */
    const char *ca_path;            /**< folder of trusted roots, copied; NULL: none */
    prov_str ca_pem;                /**< trusted roots in memory, copied; empty: none */
    uint8_t system_roots;           /**< 1: also trust the system's roots */
    uint8_t reserved[3];            /**< 0 */
    uint32_t max_connections;       /**< at a time; 0: 64 */
};

/** A transport with its connections. */
typedef struct prov_curl prov_curl;

/**
 * Make a transport.
 *
 * @param[out] out  New; ended by prov_curl_free() after all agents that use it. NULL on failure.
 * @param      opt  NULL: all defaults.
 * @return PROV_OK; PROV_E_UNSUPPORTED in a build without libcurl; PROV_E_NOMEM; PROV_E_ABI;
 *         PROV_E_INVALID.
 * @since 0.1. Takes one reference on libcurl's global state, given back by prov_curl_free(). Not
 *        thread-safe where libcurl's own initialisation is not.
 */
PROV_API prov_status prov_curl_new(prov_curl **out, const struct prov_curl_options *opt,
                                   struct prov_error *err);

/**
 * The transport to register with agents; NULL for NULL. Valid until prov_curl_free(). @since 0.1.
 */
PROV_API const struct prov_transport *prov_curl_transport(prov_curl *curl);

/** End; running transfers are cancelled. NULL is fine. @since 0.1. */
PROV_API void prov_curl_free(prov_curl *curl);

#ifdef __cplusplus
}
#endif

#endif
