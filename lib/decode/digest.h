/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** SHA-256, to compare documents. */
#ifndef PROVI_DECODE_DIGEST_H
#define PROVI_DECODE_DIGEST_H

#include <provision/base.h>

struct provi_digest {
    unsigned char bytes[32];
};

/** A digest under way. Small pieces are collected, since each call of OpenSSL is slow. */
struct provi_digester {
    void *ctx; /* of OpenSSL; NULL after a failure */
    size_t n_gathered;
    unsigned char gathered[1024];
};

/** Begin. A failure is returned by provi_digest_end(), which must be called in any case. */
void provi_digest_begin(struct provi_digester *digester);

void provi_digest_add(struct provi_digester *digester, const void *data, size_t len);

/** Add a text and its length, so that the same bytes divided otherwise have another digest. */
void provi_digest_add_text(struct provi_digester *digester, prov_str text);

/** Finish and release. PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED. */
prov_status provi_digest_end(struct provi_digester *digester, struct provi_digest *out,
                             struct prov_error *err);

bool provi_digest_eq(const struct provi_digest *a, const struct provi_digest *b);

#endif
