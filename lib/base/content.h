/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What a file that is no profile looks like: words for messages, from its first bytes. */
#ifndef PROVI_BASE_CONTENT_H
#define PROVI_BASE_CONTENT_H

#include <provision/base.h>

enum {
    PROVI_CONTENT_BYTES = 272, /* more bytes give no other words; fewer are fine */
    PROVI_CONTENT_WORDS = 112, /* what the words and a NUL need at most */
    PROVI_CONTENT_QUOTED = 24, /* bytes that are quoted at most */
};

/** Bytes of UTF-8 without control characters but blanks; the last character may be cut. */
bool provi_content_is_text(prov_str bytes);

/**
 * What a file of another kind looks like, with its article: "a ZIP archive", "a PGP message".
 *
 * @param first  The file's first bytes, PROVI_CONTENT_BYTES if there are so many.
 * @return NULL when no kind is recognized.
 */
const char *provi_content_kind(prov_str first);

/**
 * The printable ASCII that something starts with, blanks and a byte order mark passed over: at most
 * PROVI_CONTENT_QUOTED bytes of @p first, perhaps none.
 */
prov_str provi_content_start(prov_str first);

/**
 * A noun phrase for "expected …, found %s": the kind, else "text", "binary data" or "no content",
 * and the first printable bytes: `a ZIP archive (starts with 'PK')`.
 *
 * @param may_quote  False for what was decrypted: none of it is shown.
 * @return @p words.
 */
const char *provi_content_words(char words[PROVI_CONTENT_WORDS], prov_str first, bool may_quote);

#endif
