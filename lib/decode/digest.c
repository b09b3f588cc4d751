/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/digest.h"

#include <string.h>

#include <openssl/evp.h>

#include "base/alloc.h"
#include "decode/decode_priv.h"

static void release(struct provi_digester *digester)
{
    EVP_MD_CTX_free(digester->ctx);
    digester->ctx = NULL;
}

void provi_digest_begin(struct provi_digester *digester)
{
    digester->n_gathered = 0;
    digester->ctx = EVP_MD_CTX_new();
    if (digester->ctx && EVP_DigestInit_ex(digester->ctx, EVP_sha256(), NULL) != 1)
        release(digester);
}

static void update(struct provi_digester *digester, const void *data, size_t len)
{
    if (digester->ctx && len > 0 && EVP_DigestUpdate(digester->ctx, data, len) != 1)
        release(digester);
}

static void flush(struct provi_digester *digester)
{
    update(digester, digester->gathered, digester->n_gathered);
    digester->n_gathered = 0;
}

void provi_digest_add(struct provi_digester *digester, const void *data, size_t len)
{
    if (len > sizeof digester->gathered - digester->n_gathered)
        flush(digester);
    if (len > sizeof digester->gathered) {
        update(digester, data, len);
    } else if (len > 0) {
        memcpy(digester->gathered + digester->n_gathered, data, len);
        digester->n_gathered += len;
    }
}

void provi_digest_add_text(struct provi_digester *digester, prov_str text)
{
    unsigned char len[8];
    for (size_t i = 0; i < sizeof len; i++)
        len[i] = (unsigned char)((uint64_t)text.len >> (8 * i));
    provi_digest_add(digester, len, sizeof len);
    provi_digest_add(digester, text.data, text.len);
}

prov_status provi_digest_end(struct provi_digester *digester, struct provi_digest *out,
                             struct prov_error *err)
{
    flush(digester);
    provi_wipe(digester->gathered, sizeof digester->gathered);
    bool is_done = digester->ctx && EVP_DigestFinal_ex(digester->ctx, out->bytes, NULL) == 1;
    release(digester);
    return is_done ? PROV_OK : provi_ssl_fail(err, "SHA-256");
}

bool provi_digest_eq(const struct provi_digest *a, const struct provi_digest *b)
{
    return memcmp(a->bytes, b->bytes, sizeof a->bytes) == 0;
}
