/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The encrypted form of a store's file: a line in clear, then blocks. A block is its length in four
 * bytes, the lowest first, and the bytes that the host's `encrypt` returned for
 *
 *     kind, 1 byte    0: another block follows; 1: the last one
 *     chain, 16 bytes the end of the previous encrypted block; zero in the first
 *     text
 *
 * so that blocks can be neither left out, nor reordered, nor taken from another state of the file.
 */
#ifndef PROVI_STORE_SEAL_H
#define PROVI_STORE_SEAL_H

#include <provision/store.h>

#include "base/buffer.h"

enum {
    PROVI_SEAL_CHAIN = 16,
    PROVI_SEAL_HEAD = 1 + PROVI_SEAL_CHAIN, /* bytes of a block before its text */
    PROVI_SEAL_PIECE = 16384,               /* the longest block before encryption */
    PROVI_SEAL_MAX_GROWTH = 256,
    PROVI_SEAL_LENGTH = 4,
};

/** The first line of an encrypted file. */
extern const prov_str provi_seal_mark;

/** Copy and check the callbacks. PROV_OK; PROV_E_ABI; PROV_E_INVALID. */
prov_status provi_seal_copy(struct prov_store_seal *own, const struct prov_store_seal *given,
                            struct prov_error *err);

/** Position in the chain of blocks of a file. All zero: before the first. */
struct provi_seal_chain {
    unsigned char end[PROVI_SEAL_CHAIN];
    uint32_t n_blocks;
    bool is_complete; /* the last block was read */
};

/**
 * Encrypt one block.
 *
 * @param plain   PROVI_SEAL_HEAD free bytes, then the text; @p len is that of both.
 * @param out     Room for PROVI_SEAL_LENGTH + @p len + `growth_bytes`.
 * @return PROV_OK; the host's status.
 */
prov_status provi_seal_write(const struct prov_store_seal *seal, struct provi_seal_chain *chain,
                             char *plain, size_t len, bool is_last, char *out, size_t *out_len,
                             struct prov_error *err);

/**
 * Decrypt a file in place.
 *
 * @param[in,out] text  The file, which begins with the mark; then the document and the lines after
 *                      it.
 * @return PROV_OK; PROV_E_KEY: a block cannot be authenticated; PROV_E_TRUNCATED; PROV_E_CORRUPT;
 *         PROV_E_UNSUPPORTED: a newer release wrote it; PROV_E_NOMEM; the host's status.
 */
prov_status provi_seal_read(const struct prov_store_seal *seal, const struct prov_alloc *alloc,
                            struct provi_buffer *text, struct prov_error *err);

#endif
