/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The layers of one file, found while it arrives.
 *
 * The chain grows from its front: each sniffing stage asks for the layer its file needs, and that
 * layer feeds another sniffing stage, or the counter before the caller's sink.
 */
#ifndef PROVI_DECODE_CHAIN_H
#define PROVI_DECODE_CHAIN_H

#include <provision/decode.h>

#include "base/alloc.h"

struct provi_chain {
    struct prov_alloc alloc;
    struct prov_limits limits; /* resolved */
    struct provi_secret key;
    struct provi_secret ikm;
    uint32_t derivations;   /* PROV_DERIVE_… allowed */
    uint32_t pbkdf2_rounds; /* 1 .. INT_MAX */
    uint32_t policy;
    bool channel_trusted;
    bool is_key_due; /* `--key` is set and has not decrypted anything yet */
    uint32_t n_layers;
    struct provi_decode_stage *stages; /* all, to be freed with provi_decode_stage_free_all() */
    struct prov_sink next;             /* the caller's */
    struct prov_decode_result result;  /* all but bytes_in */
};

/**
 * Add the stages of a `Content-Encoding` before the first sniffing stage.
 *
 * @param      codings  Value of `Content-Encoding`; empty: none.
 * @param[out] first    Start of the chain.
 * @return As prov_decoder_new().
 */
prov_status provi_chain_build(struct provi_chain *chain, prov_str codings, struct prov_sink *first,
                              struct prov_error *err);

#endif
