/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Whom TLS believes: what the host's options say, in the form libcurl takes it. */
#ifndef PROVI_CURL_TRUST_H
#define PROVI_CURL_TRUST_H

#include <provision/transport_curl.h>

#include <curl/curl.h>

#include "base/buffer.h"

struct provi_curl_trust {
    struct provi_buffer file;   /* path of a PEM file, NUL-terminated; or empty */
    struct provi_buffer folder; /* path of a hashed folder, NUL-terminated; or empty */
    struct provi_buffer pem;    /* certificates; then `file` is empty */
};

/**
 * Copy the options.
 *
 * libcurl takes one file or one block of certificates, and only a lone file is parsed once for many
 * connections. So one source stays a file, several are read into one block.
 *
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_IO when a file that has to be read cannot be;
 *         PROV_E_LIMIT for more than 4 MiB.
 */
prov_status provi_curl_trust_init(struct provi_curl_trust *trust, const struct prov_alloc *alloc,
                                  const struct prov_curl_options *opt, struct prov_error *err);
void provi_curl_trust_free(struct provi_curl_trust *trust, const struct prov_alloc *alloc);

/** Apply to a handle; also takes away the roots libcurl was built with. */
CURLcode provi_curl_trust_set(const struct provi_curl_trust *trust, CURL *easy);

bool provi_curl_trust_is_empty(const struct provi_curl_trust *trust);

#endif
