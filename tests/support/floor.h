/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * What the libraries beneath need for a profile: EVP AES-256-CBC ▸ inflate ▸ libxml2's push parser
 * with empty callbacks. The floor that benchmarks compare with.
 */
#ifndef TEST_SUPPORT_FLOOR_H
#define TEST_SUPPORT_FLOOR_H

#include <stddef.h>

/** Bytes handed on at a time. */
enum { FLOOR_PIECE = 4096 };

/**
 * Decrypt with REALISTIC_KEY, inflate and parse what is encrypted, packed or neither. Dies on bytes
 * that are none of these.
 */
void floor_run(const void *data, size_t len);

#endif
