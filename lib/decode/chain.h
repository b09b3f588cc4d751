/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The layers of one file, added while it arrives.
 *
 * Each sniffing stage chooses the layer that the file needs. That layer writes to another sniffing
 * stage, or to the counter before the caller's sink.
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
    uint32_t derivations;   /* permitted PROV_DERIVE_… */
    uint32_t pbkdf2_rounds; /* 1 .. INT_MAX */
    uint32_t policy;
    bool is_trusted;
    bool is_key_due; /* `--key` is set and has decrypted nothing yet */
    uint32_t n_layers;
    struct provi_decode_stage *stages; /* list of all stages, for provi_decode_stage_free_all() */
    struct prov_sink next;             /* of the caller */
    struct prov_decode_result result;  /* all members but bytes_in */
};

/**
 * Build the first stages: those of a `Content-Encoding`, then the sniffing stage.
 *
 * @param      codings  Value of `Content-Encoding`; empty: none.
 * @param[out] first    Start of the chain.
 * @return As prov_decoder_new().
 */
prov_status provi_chain_build(struct provi_chain *chain, prov_str codings, struct prov_sink *first,
                              struct prov_error *err);

#endif
