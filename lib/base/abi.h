/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Sized structs that cross the ABI, of earlier, this and later releases (docs/abi.md). */
#ifndef PROVI_BASE_ABI_H
#define PROVI_BASE_ABI_H

#include <provision/base.h>

/**
 * No sized struct of any release is larger (docs/abi.md). A larger `size` was never set by the
 * caller: the memory after the struct must be neither read nor written.
 */
enum { PROVI_ABI_MAX_BYTES = 4096 };

/** Whether a caller's `size` can be that of a struct of any release. */
bool provi_abi_is_size(size_t size);

/**
 * Copy a caller's sized struct into one of this release.
 *
 * @param[out] to    `known` bytes; fields the caller's release lacked become zero.
 * @param      from  Begins with `size`. NULL gives all zero with `size` = `known`.
 * @return PROV_OK; PROV_E_ABI when a field unknown to this release is not zero, or `size` is
 *         invalid.
 */
prov_status provi_abi_in(void *to, size_t known, const void *from, struct prov_error *err);

/**
 * Copy a struct of this release to a caller's, whose `size` is set.
 *
 * @return PROV_OK; PROV_E_ABI when `size` is invalid; then nothing is written.
 */
prov_status provi_abi_out(void *to, const void *from, size_t known);

/** Copy limits, with the default in every field that is 0. PROV_OK or PROV_E_ABI. */
prov_status provi_limits_resolve(struct prov_limits *to, const struct prov_limits *from,
                                 struct prov_error *err);

#endif
