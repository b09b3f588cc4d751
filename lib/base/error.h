/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Statuses, and functions that fill in `struct prov_error`. Every function accepts NULL for the
 * record.
 */
#ifndef PROVI_BASE_ERROR_H
#define PROVI_BASE_ERROR_H

#include <provision/base.h>

#if defined(__GNUC__)
#define PROVI_PRINTF(string, first) __attribute__((format(printf, string, first)))
#else
#define PROVI_PRINTF(string, first)
#endif

static inline int provi_str_precision(prov_str text)
{
    return text.len < 255 ? (int)text.len : 255;
}

static inline const char *provi_str_chars(prov_str text)
{
    return text.data ? text.data : "";
}

/** For a prov_str in a format with `%.*s`; message fields are short, so the cut is harmless. */
#define PROVI_STR(str) provi_str_precision(str), provi_str_chars(str)

/**
 * Make an error that is read only if its status becomes a failure; the other fields are undefined
 * until then. Cheaper than a zeroed one, which is as long as its texts.
 */
static inline void provi_error_reset(struct prov_error *err)
{
    err->size = 0;
    err->status = PROV_OK;
}

/** Write a new error: this status and message, all other fields zero. Returns @p status. */
prov_status provi_fail(struct prov_error *err, prov_status status, const char *format, ...)
    PROVI_PRINTF(3, 4);

/** Out of memory, always with the same message. */
prov_status provi_fail_nomem(struct prov_error *err);

/** An argument breaks the contract; @p argument names it. */
prov_status provi_fail_invalid(struct prov_error *err, const char *argument);

/* Add origin and native code to the error just written. */
void provi_error_native(struct prov_error *err, enum prov_origin origin, int64_t native);
void provi_error_where(struct prov_error *err, uint32_t line, uint32_t column, uint64_t offset);
void provi_error_flags(struct prov_error *err, uint32_t flags);
void provi_error_tls(struct prov_error *err, enum prov_tls_reason reason, unsigned depth);
void provi_error_subject(struct prov_error *err, prov_str subject);

/** Append to the message. */
void provi_error_append(struct prov_error *err, const char *format, ...) PROVI_PRINTF(2, 3);

/** Set the rule or URL concerned, unless one is set. A long one is cut at the front. */
void provi_error_source(struct prov_error *err, prov_str source);

/** Fill `line`, `column`, `offset` for a byte of @p text. */
void provi_error_at(struct prov_error *err, prov_str text, size_t offset);

/**
 * Convert the status of a host's callback: a number of the host's own becomes PROV_E_HOST, with
 * that number in `native`; a status of the library is unchanged, with an error record.
 *
 * @param callback  Its member in the public struct, for the message.
 */
prov_status provi_host_status(prov_status status, const char *callback, struct prov_error *err);

/** Copy one error record over another. */
void provi_error_copy(struct prov_error *to, const struct prov_error *from);

/** Whether base.h lists @p status, as opposed to a host's own number. */
bool provi_status_is_known(prov_status status);

/** Cold path: keep out of line. */
#define PROVI_COLD __attribute__((noinline))

#endif
