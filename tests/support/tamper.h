/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Damage done to files, each time anew and each time the same for the same number.
 */
#ifndef TEST_SUPPORT_TAMPER_H
#define TEST_SUPPORT_TAMPER_H

#include <stddef.h>
#include <stdint.h>

/** Numbers that look random (splitmix64). Any state will do. */
uint64_t tamper_random(uint64_t *state);

enum tamper_kind {
    TAMPER_BIT,          /**< one bit anywhere */
    TAMPER_BIT_NEAR_END, /**< one bit of the last two blocks */
    TAMPER_SWAP,         /**< two blocks change places */
    TAMPER_DROP,         /**< a block is missing */
    TAMPER_REPEAT,       /**< a block comes twice */
    TAMPER_CUT_AT_BLOCK, /**< the end is missing from a block's edge on */
    TAMPER_CUT,          /**< the end is missing from anywhere on */
    TAMPER_SALT,         /**< one bit of the bytes 8 to 15, where salts are */
    TAMPER_BYTES,        /**< eight bytes anywhere become others */
    TAMPER_N_KINDS
};

const char *tamper_name(enum tamper_kind kind);

/**
 * Damage @p data in place.
 *
 * @param data   Room for @p len and one block more.
 * @param block  Size of a block.
 * @param n      Which damage: the same number does the same.
 * @return the new length. The bytes always differ from what they were.
 */
size_t tamper(uint8_t *data, size_t len, size_t block, enum tamper_kind kind, uint64_t n);

#endif
