/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The header field `Authorization` with Digest credentials (RFC 7616, section 3.4). */
#ifndef PROVI_ACTION_CREDENTIALS_H
#define PROVI_ACTION_CREDENTIALS_H

#include <provision/base.h>

/** Parameters that are read; all others are skipped. */
enum provi_credential {
    PROVI_CRED_USERNAME,
    PROVI_CRED_REALM,
    PROVI_CRED_NONCE,
    PROVI_CRED_URI,
    PROVI_CRED_RESPONSE,
    PROVI_CRED_ALGORITHM,
    PROVI_CRED_CNONCE,
    PROVI_CRED_QOP,
    PROVI_CRED_NC,
    PROVI_N_CREDENTIALS
};

/** Values without their quotes, pointing into the header field; `data` is NULL if one is absent. */
struct provi_credentials {
    prov_str values[PROVI_N_CREDENTIALS];
};

/** Whether the scheme is Digest, in any case. */
bool provi_credentials_are_digest(prov_str header);

/**
 * Read the parameters. User and realm may have quoted pairs, see provi_credential_eq().
 *
 * @return PROV_OK; PROV_E_AUTH: malformed, a parameter occurs twice, or a mandatory one is missing.
 */
prov_status provi_credentials_read(prov_str header, struct provi_credentials *out,
                                   struct prov_error *err);

/** Whether a quoted value equals @p plain once its quoted pairs (`\"`) are resolved. */
bool provi_credential_eq(prov_str quoted, prov_str plain);

#endif
