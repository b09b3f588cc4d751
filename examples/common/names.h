/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Names and texts for numbers of the library. */
#ifndef COMMON_NAMES_H
#define COMMON_NAMES_H

#include <stddef.h>
#include <stdint.h>

#include <provision/provision.h>

/**
 * Element @p number of @p n names, some of which may be NULL; `unknown` if there is none: a later
 * release of the library may report further numbers.
 */
const char *lookup_name(const char *const *names, size_t n, uint32_t number);

/** Name of the layer @p index of a file, from the outermost on; NULL: there is none. */
const char *name_of_encoding(uint32_t encodings, size_t index);

/** The meaning of a warning about a profile. */
const char *words_for_warning(uint32_t warning);

/** Write `1.4 MiB` to @p buf. */
const char *words_for_bytes(uint64_t bytes, char *buf, size_t cap);

/** Write `1.2 KiB, aes-256-cbc, gzip, key by sha256`, for the file of a result, to @p buf. */
const char *words_for_file(const struct prov_result *result, char *buf, size_t cap);

#endif
