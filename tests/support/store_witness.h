/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Sees to it that a store holds exactly the old or exactly the new values: after a transaction that
 * failed what it held before, after one that was committed what was staged and nothing else.
 */
#ifndef TEST_SUPPORT_STORE_WITNESS_H
#define TEST_SUPPORT_STORE_WITNESS_H

#include <provision/store.h>

#include "frail_device.h"

/** A parameter, by hashes of its name, in lower case, and of its value. */
struct witnessed {
    uint64_t name, value;
};

struct store_witness {
    const prov_store *store;
    bool is_open;              /**< a transaction is */
    uint64_t generation;       /**< outside of a transaction: what the store has to have */
    struct witnessed old[512]; /**< before the transaction */
    size_t n_old;
    struct staged {
        char name[260];
        uint64_t value;
        uint8_t layer, has_value;
    } staged[256];
    size_t n_staged;
};

/** @p store as it is now. Again after each change from outside of the agent. */
void store_witness_look(struct store_witness *witness, const prov_store *store);

/** For `frail_device.on_step`; @p ctx is the witness. Dies on a mixture of old and new. */
void store_witness_step(void *ctx, enum frail_step step, const struct prov_param *param);

/** Dies when a value changed outside of a transaction, or one is still open. */
void store_witness_check_still(const struct store_witness *witness);

#endif
