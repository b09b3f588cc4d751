/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Release number, ABI number and optional features of libprovision.
 */
#ifndef PROVISION_VERSION_H
#define PROVISION_VERSION_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/base.h>

/** Release of these headers: its first number. */
#define PROV_VERSION_MAJOR 0
/** Its second number. */
#define PROV_VERSION_MINOR 1
/** Its third number. */
#define PROV_VERSION_PATCH 0
/** `major * 65536 + minor * 256 + patch`, for comparisons in `#if`. */
#define PROV_VERSION_NUMBER                                                                        \
    ((PROV_VERSION_MAJOR << 16) | (PROV_VERSION_MINOR << 8) | PROV_VERSION_PATCH)
/** The three numbers with dots between. */
#define PROV_VERSION_STRING "0.1.0"

/**
 * ABI of the shared library, apart from the release (docs/abi.md). The SONAME is
 * `CURRENT - AGE`; an added symbol raises CURRENT and AGE, a broken one raises CURRENT and sets
 * AGE to 0.
 */
#define PROV_ABI_CURRENT 0
/** Raised by a release that changes no symbol. */
#define PROV_ABI_REVISION 0
/** How many earlier values of CURRENT still work. */
#define PROV_ABI_AGE 0

#ifdef __cplusplus
extern "C" {
#endif

/** Optional features, chosen when the library is built. Numbers are never reused. */
enum prov_feature {
    PROV_FEATURE_CURL =
        1,                /**< built-in TFTP/HTTP/HTTPS transport, `<provision/transport_curl.h>` */
    PROV_FEATURE_SRV = 2, /**< in it, `--srv` and `prov_curl_options.dns_servers` */
};

/**
 * Release number of the loaded library, which may be newer than the headers.
 *
 * @return as PROV_VERSION_NUMBER.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API uint32_t prov_version_number(void);

/**
 * Release of the loaded library as text, e.g. `0.1.0`.
 *
 * @return NUL-terminated, static, never NULL.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const char *prov_version_string(void);

/**
 * Return whether the loaded library was built with an optional feature.
 *
 * @param feature  One of enum prov_feature.
 * @return true: its functions work. false also for an undefined number.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API bool prov_feature_supported(uint32_t feature);

#ifdef __cplusplus
}
#endif

#endif
