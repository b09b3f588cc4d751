/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Texts: safe for a terminal or a JSON string, compared, copied; error messages of a program. */
#ifndef COMMON_TEXT_H
#define COMMON_TEXT_H

#include <stddef.h>
#include <stdio.h>

#include <provision/provision.h>

/** Bytes of the UTF-8 character (RFC 3629) at the beginning of @p text; 0 if there is none. */
size_t text_utf8_len(prov_str text);

/**
 * Copy a text so that it cannot control a terminal: control characters and broken UTF-8 become `?`.
 * A text that does not fit ends in `...`.
 *
 * @param cap  At least 8.
 * @return @p buf, NUL-terminated.
 */
const char *text_clean(prov_str text, char *buf, size_t cap);

/** An error in one line, as by prov_error_format(), made safe. @return @p buf. */
const char *text_error(const struct prov_error *err, char *buf, size_t cap);

/** Write a text of any length, made safe as by text_clean(). */
void text_put(FILE *out, prov_str text);

/**
 * Replace the keys and passwords of a rule, well-formed or not, by `***`.
 *
 * @return New, ended by free(); NULL without memory.
 */
char *text_redact(prov_str rule);

/** Longest text for text_distance(), in bytes. */
enum { TEXT_DISTANCE_MAX = 128 };

/** Damerau's distance: letters that are missing, added, changed or swapped. */
unsigned text_distance(prov_str a, prov_str b);

/** Whether two texts are equal, byte for byte. */
bool text_is_equal(prov_str a, prov_str b);

/** The same for a text in the program. */
bool text_is(prov_str text, const char *word);

/** Cut the first line off a text. @return It, without its line end. */
prov_str text_cut_line(prov_str *text);

/** A NUL-terminated copy; new, ended by free(); NULL without memory. */
char *text_copy(prov_str text);

/** The name of the program, defined by each program. */
extern const char program_name[];

/** Fill in an error of the program. @param err  NULL is fine. @return @p status. */
prov_status text_fail(prov_status status, const char *subject, const char *message,
                      struct prov_error *err);

/** Likewise for a file, with the reason in errno. @param path  The source of the error. */
prov_status text_fail_file(prov_status status, const char *path, struct prov_error *err);

/** Report an error on standard error. @return @p exit_status. */
int print_failure(const struct prov_error *err, int exit_status);

#endif
