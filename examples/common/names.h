/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Names and words for numbers that the library reports. */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include <provision/provision.h>

/**
 * Element @p number of @p n names, some of which may be NULL; `unknown` for one that is not there:
 * a later release of the library may report further numbers.
 */
const char *lookup_name(const char *const *names, size_t n, uint32_t number);

/** Names of the layers found in a file, from the outermost, one by one; NULL at the end. */
const char *name_of_encoding(uint32_t encodings, size_t index);

/** The meaning of a warning about a profile, for people. */
const char *words_for_warning(uint32_t warning);

/** `1.4 MiB`, in @p buf. */
const char *words_for_bytes(uint64_t bytes, char *buf, size_t cap);

/** `1.2 KiB, aes-256-cbc, gzip, key by sha256`, of the file of a result, in @p buf. */
const char *words_for_file(const struct prov_result *result, char *buf, size_t cap);

#endif
