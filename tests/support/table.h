/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Test vectors in a text file, one case a line, so that adding a case needs no C.
 *
 * Columns are separated by `|`, with blanks around them for the eye; `#` begins a line of comment.
 * In a column `\s` is a blank, `\|` a bar, `\\` a backslash and `\xHH` any byte.
 */
#ifndef TEST_SUPPORT_TABLE_H
#define TEST_SUPPORT_TABLE_H

#include <provision/base.h>

enum { TABLE_MAX_COLUMNS = 12 };

struct table_row {
    const char *path;
    unsigned line;
    size_t n_columns;
    prov_str columns[TABLE_MAX_COLUMNS]; /**< a NUL behind each; columns left out are empty */
};

/** Called once per row; says what is wrong by table_fail(). */
typedef void (*table_check)(void *ctx, const struct table_row *row);

/** Check every row of a file. Dies when it cannot be read or has none. @return number of rows. */
unsigned table_run(const char *path, table_check check, void *ctx);

/** Say which row failed and why, then abort(). */
#if defined(__GNUC__)
__attribute__((format(printf, 2, 3)))
#endif
_Noreturn void
table_fail(const struct table_row *row, const char *format, ...);

#endif
