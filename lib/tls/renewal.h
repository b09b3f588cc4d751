/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Renewal of a device's certificate: the request, and the checks of the response. */
#ifndef PROVI_TLS_RENEWAL_H
#define PROVI_TLS_RENEWAL_H

#include <provision/tls.h>

#include "base/buffer.h"

enum {
    PROVI_RENEWAL_MAX_BYTES = 64 * 1024, /* of a response */
    PROVI_RENEWAL_NAME_CAP = 80,         /* of an issuer's name, including NUL */
};

/** A certificate that may be renewed, with its key. */
struct provi_renewal;

/**
 * Read a device's certificate; it may have expired.
 *
 * @param      given  If it has a `sign`, that is called until provi_renewal_close().
 * @param[out] out    New; ended by provi_renewal_close(). NULL on failure.
 * @return PROV_OK; PROV_E_TLS, PROV_E_IO, PROV_E_INVALID: it cannot be read, or the key does not
 *         belong to it; PROV_E_UNSUPPORTED: a kind of key that cannot sign a request; PROV_E_NOMEM.
 */
prov_status provi_renewal_open(struct provi_renewal **out, const struct prov_alloc *alloc,
                               const struct prov_client_certificate *given, struct prov_error *err);
/** NULL is fine. */
void provi_renewal_close(struct provi_renewal *renewal);

/** The validity of the certificate in UTC seconds. False: no memory, or it has no dates. */
bool provi_renewal_dates(const struct provi_renewal *renewal, int64_t *from_s, int64_t *to_s);

/** The common name of its issuer, printable. */
void provi_renewal_issuer(const struct provi_renewal *renewal, char name[PROVI_RENEWAL_NAME_CAP]);

/**
 * Write a request for a certificate of the same subject, alternative names and key: PKCS #10 in
 * base64 (RFC 7030, section 4.2.1; RFC 2986).
 *
 * @return PROV_OK; PROV_E_TLS: the key does not sign; PROV_E_LIMIT; PROV_E_NOMEM.
 */
prov_status provi_renewal_request(const struct provi_renewal *renewal, struct provi_buffer *out,
                                  struct prov_error *err);

/**
 * Check a response: certificates in CMS, or one in PEM or DER, each in base64 or binary. One of
 * them must be the device's: with its key, subject and alternative names, valid longer than the
 * present one, valid now, for clients, and issued by one of the CAs.
 *
 * @param      answer  Not empty.
 * @param      ca_pem  The CAs that may issue it.
 * @param      now_s   UTC seconds.
 * @param[out] pem     The device's certificate, then its chain to a root.
 * @param[out] issuer  As provi_renewal_issuer(), of the new certificate.
 * @return PROV_OK; PROV_E_CORRUPT: a check failed; PROV_E_INVALID: @p ca_pem has no CA;
 *         PROV_E_NOMEM.
 */
prov_status provi_renewal_check(const struct provi_renewal *renewal, prov_str answer,
                                prov_str ca_pem, int64_t now_s, struct provi_buffer *pem,
                                char issuer[PROVI_RENEWAL_NAME_CAP], struct prov_error *err);

#endif
