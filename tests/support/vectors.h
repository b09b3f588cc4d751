/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Test vectors in text files: records of `key: value` lines, a blank line between two, `#` before
 * a comment line. A key may repeat. A key ending in `*` has a value with `\n`, `\r`, `\t`, `\xHH`.
 */
#ifndef TEST_SUPPORT_VECTORS_H
#define TEST_SUPPORT_VECTORS_H

#include <provision/base.h>

enum { VECTOR_MAX_FIELDS = 32 };

struct vector_field {
    prov_str key; /**< without `*` */
    prov_str value;
};

/** One record; borrowed for the call. */
struct vector {
    const char *path;
    unsigned line; /**< of its first field */
    size_t n_fields;
    struct vector_field fields[VECTOR_MAX_FIELDS];
};

typedef void (*vector_test)(void *ctx, const struct vector *vector);

/** Run every record of a file; dies if the file cannot be read. Returns how many there were. */
size_t vectors_run(const char *path, vector_test test, void *ctx);

/** The same for the blocks of a Markdown file that begin with three backticks and @p language. */
size_t vectors_run_fenced(const char *path, const char *language, vector_test test, void *ctx);

/** Value of the first field with this key; `{NULL, 0}` if there is none. */
prov_str vector_get(const struct vector *vector, const char *key);

/** A copy in a block of its own, with @p behind after its end some times. free() its data. */
prov_str vector_copy(prov_str text, char behind);

/** Die with the place of the record in front. */
_Noreturn void vector_die(const struct vector *vector, const char *format, ...);

#endif
