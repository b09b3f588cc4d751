/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Sized structs crossing the ABI: from the past, of today, and from the future (docs/abi.md). */
#ifndef PROVI_BASE_ABI_H
#define PROVI_BASE_ABI_H

#include <provision/base.h>

/**
 * Copy a caller's sized struct into one of this release.
 *
 * @param[out] to    `known` bytes; fields the caller's release lacked become zero.
 * @param      from  Begins with `size`. NULL gives all zero with `size` = `known`.
 * @return PROV_OK; PROV_E_ABI when a field this release does not know is not zero, or when `size`
 *         is smaller than itself.
 */
prov_status provi_abi_in(void *to, size_t known, const void *from, struct prov_error *err);

/** Copy a struct of this release out to a caller's, which says in `size` how much it can take. */
prov_status provi_abi_out(void *to, const void *from, size_t known);

#endif
