/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** @file A device with facts and parameters for tests of macros and rules. */
#ifndef TEST_SUPPORT_WORLD_H
#define TEST_SUPPORT_WORLD_H

#include <provision/macro.h>

enum { WORLD_MAX_VALUES = 64 };

struct world_value {
    char name[32];
    char text[512];
    size_t len;
};

/** Do not pass it by value: the variables point into it. */
struct world {
    struct world_value params[WORLD_MAX_VALUES]; /**< by parameter name */
    size_t n_params;
    struct world_value
        macro_vars[WORLD_MAX_VALUES]; /**< by variable name, before what the device says */
    size_t n_facts;
    size_t n_reads;          /**< of parameters */
    prov_status read_status; /**< if not PROV_OK, what every read of a parameter answers */
    prov_macro_vars *handle;
    struct prov_vars vars;
};

/**
 * A CP-8841-3PCC with MAC 000e08012345, serial 88012BA01234, load sip88xx.11-3-1MPP-110, GPP_A
 * `ABCDEF`, GPP_B `123`, GPP_SC `s3cr3t`, in an operation 700 s after the last resync and 400 s
 * after the last upgrade.
 */
void world_init(struct world *world, const struct prov_alloc *alloc);

/** The same, but its variables cannot be set; what a host without variables of its own has. */
void world_init_plain(struct world *world);

/** `A=text` is GPP_A, `GPP_…=`, `SA=`, `User_ID_1_=` parameters; any other name a variable. */
void world_set(struct world *world, prov_str assignment);

void world_free(struct world *world);

#endif
