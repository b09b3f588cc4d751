/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Descriptions of files that are no profiles, from their first bytes, for messages. */
#ifndef PROVI_BASE_CONTENT_H
#define PROVI_BASE_CONTENT_H

#include <provision/base.h>

enum {
    PROVI_CONTENT_BYTES = 272, /* more bytes do not change the description; fewer are allowed */
    PROVI_CONTENT_WORDS = 112, /* longest description with its NUL */
    PROVI_CONTENT_QUOTED = 24, /* most bytes that are quoted */
};

/** Bytes of UTF-8 without control characters but blanks; the last character may be cut. */
bool provi_content_is_text(prov_str bytes);

/**
 * The kind of a file, with its article: "a ZIP archive", "a PGP message".
 *
 * @param first  The file's first bytes, up to PROVI_CONTENT_BYTES.
 * @return NULL when no kind is recognized.
 */
const char *provi_content_kind(prov_str first);

/**
 * The printable ASCII at the start of a file, after blanks and a byte order mark: the first tag, or
 * the first line; up to PROVI_CONTENT_QUOTED bytes of @p first, or none.
 */
prov_str provi_content_start(prov_str first);

/**
 * A noun phrase for "expected …, found %s": the kind, else "text", "binary data" or "no content",
 * and the first printable bytes: `a ZIP archive (starts with 'PK')`.
 *
 * @param may_quote  False for decrypted content: none of it is shown.
 * @return @p words.
 */
const char *provi_content_words(char words[PROVI_CONTENT_WORDS], prov_str first, bool may_quote);

#endif
