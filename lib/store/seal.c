/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/seal.h"

#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

enum { MIN_GROWTH = 16, KIND_MORE = 0, KIND_LAST = 1 };

/* Older releases read this as a document without a root element: damaged, and not changed. */
static const char mark[] = "<!-- sealed store -->\n";

const prov_str provi_seal_mark = {mark, sizeof mark - 1};

prov_status provi_seal_copy(struct prov_store_seal *own, const struct prov_store_seal *given,
                            struct prov_error *err)
{
    prov_status status = provi_abi_in(own, sizeof *own, given, err);
    if (status != PROV_OK || !given)
        return status;
    if (!own->encrypt || !own->decrypt)
        return provi_fail_invalid(err, "seal.encrypt and seal.decrypt are required");
    if (own->growth_bytes < MIN_GROWTH || own->growth_bytes > PROVI_SEAL_MAX_GROWTH)
        return provi_fail(err, PROV_E_INVALID,
                          "expected seal.growth_bytes from %d to %d, a nonce and a tag; found %lu",
                          (int)MIN_GROWTH, (int)PROVI_SEAL_MAX_GROWTH,
                          (unsigned long)own->growth_bytes);
    return PROV_OK;
}

static void continue_chain(struct provi_seal_chain *chain, const char *block, size_t len)
{
    memcpy(chain->end, block + len - sizeof chain->end, sizeof chain->end);
    chain->n_blocks++;
}

prov_status provi_seal_write(const struct prov_store_seal *seal, struct provi_seal_chain *chain,
                             char *plain, size_t len, bool is_last, char *out, size_t *out_len,
                             struct prov_error *err)
{
    char *block = out + PROVI_SEAL_LENGTH;
    size_t block_len = 0;
    plain[0] = is_last ? KIND_LAST : KIND_MORE;
    memcpy(plain + 1, chain->end, sizeof chain->end);
    prov_status status = seal->encrypt(seal->ctx, plain, len, block, &block_len, err);
    if (status != PROV_OK)
        return provi_host_status(status, "encrypt", err);
    if (block_len < MIN_GROWTH || block_len > len + seal->growth_bytes)
        return provi_fail(err, PROV_E_HOST,
                          "seal.encrypt: expected at most %zu bytes for %zu, found %zu",
                          len + seal->growth_bytes, len, block_len);
    for (size_t i = 0; i < PROVI_SEAL_LENGTH; i++)
        out[i] = (char)(block_len >> 8 * i & 0xff);
    continue_chain(chain, block, block_len);
    *out_len = PROVI_SEAL_LENGTH + block_len;
    return PROV_OK;
}

/* Cut the next encrypted block off the rest. PROV_E_TRUNCATED: the file ends within the block. */
static prov_status next_block(const struct provi_seal_chain *chain, prov_str *rest, prov_str *block,
                              struct prov_error *err)
{
    size_t len = 0;
    if (rest->len < PROVI_SEAL_LENGTH)
        return provi_fail(err, PROV_E_TRUNCATED,
                          "the file ends before block %lu, expected one more",
                          (unsigned long)chain->n_blocks + 1);
    for (size_t i = 0; i < PROVI_SEAL_LENGTH; i++)
        len |= (size_t)(unsigned char)rest->data[i] << 8 * i;
    *rest = provi_str_from_offset(*rest, PROVI_SEAL_LENGTH);
    if (len < MIN_GROWTH || len > PROVI_SEAL_PIECE + PROVI_SEAL_MAX_GROWTH)
        return provi_fail(err, PROV_E_CORRUPT, "block %lu: expected %d to %d bytes, found %zu",
                          (unsigned long)chain->n_blocks + 1, (int)MIN_GROWTH,
                          (int)PROVI_SEAL_PIECE + PROVI_SEAL_MAX_GROWTH, len);
    if (len > rest->len)
        return provi_fail(err, PROV_E_TRUNCATED, "block %lu: expected %zu bytes, found %zu",
                          (unsigned long)chain->n_blocks + 1, len, rest->len);
    *block = (prov_str){rest->data, len};
    *rest = provi_str_from_offset(*rest, len);
    return PROV_OK;
}

static prov_status decrypt(const struct prov_store_seal *seal, const struct provi_seal_chain *chain,
                           prov_str block, char *plain, size_t *len, struct prov_error *err)
{
    *len = 0;
    prov_status status = seal->decrypt(seal->ctx, block.data, block.len, plain, len, err);
    if (status == PROV_E_KEY)
        return provi_fail(err, PROV_E_KEY,
                          "block %lu cannot be decrypted: another key, or changed bytes",
                          (unsigned long)chain->n_blocks + 1);
    if (status != PROV_OK)
        return provi_host_status(status, "decrypt", err);
    if (*len > block.len || *len < PROVI_SEAL_HEAD)
        return provi_fail(err, PROV_E_CORRUPT, "block %lu: %zu bytes decrypt to %zu",
                          (unsigned long)chain->n_blocks + 1, block.len, *len);
    if ((unsigned char)plain[0] > KIND_LAST)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "the file has a sealed form of a newer release: it is left as it is");
    if (memcmp(plain + 1, chain->end, sizeof chain->end) != 0)
        return provi_fail(err, PROV_E_CORRUPT, "block %lu does not follow the block before it",
                          (unsigned long)chain->n_blocks + 1);
    return PROV_OK;
}

/* The decrypted text is shorter than the bytes read, so it is stored before the rest. */
static prov_status read_blocks(const struct prov_store_seal *seal, struct provi_buffer *text,
                               char *plain, struct prov_error *err)
{
    struct provi_seal_chain chain = {.n_blocks = 0};
    prov_str rest = provi_str_from_offset(provi_buffer_str(text), provi_seal_mark.len);
    text->len = 0;
    while (!chain.is_complete) {
        prov_str block = rest;
        size_t len = 0;
        prov_status status = next_block(&chain, &rest, &block, err);
        if (status == PROV_OK)
            status = decrypt(seal, &chain, block, plain, &len, err);
        if (status != PROV_OK)
            return status;
        chain.is_complete = plain[0] == KIND_LAST;
        continue_chain(&chain, block.data, block.len);
        memcpy(text->data + text->len, plain + PROVI_SEAL_HEAD, len - PROVI_SEAL_HEAD);
        text->len += len - PROVI_SEAL_HEAD;
    }
    return rest.len == 0
               ? PROV_OK
               : provi_fail(err, PROV_E_CORRUPT, "%zu bytes after the last block", rest.len);
}

prov_status provi_seal_read(const struct prov_store_seal *seal, const struct prov_alloc *alloc,
                            struct provi_buffer *text, struct prov_error *err)
{
    enum { CAP = PROVI_SEAL_PIECE + PROVI_SEAL_MAX_GROWTH };
    char *plain = provi_alloc(alloc, CAP);
    if (!plain)
        return provi_fail_nomem(err);
    prov_status status = read_blocks(seal, text, plain, err);
    provi_free_secret(alloc, plain, CAP);
    return status;
}
