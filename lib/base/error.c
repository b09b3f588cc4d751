/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/error.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/str.h"

/* No release has a smaller struct than 0.1. */
static bool is_usable(const struct prov_error *err)
{
    return err && (err->size == 0 || err->size >= sizeof *err);
}

/* A message is one line without control characters, even if it quotes a server or a file. */
static void mask_controls(char *text)
{
    for (; *text; text++)
        if (provi_is_control(*text))
            *text = '?';
}

prov_status provi_fail(struct prov_error *err, prov_status status, const char *format, ...)
{
    if (!is_usable(err))
        return status;
    size_t size = err->size;
    memset(err, 0, sizeof *err);
    err->size = size;
    err->status = status;

    va_list args;
    va_start(args, format);
    int len = vsnprintf(err->message, sizeof err->message, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof err->message)
        err->flags |= PROV_ERROR_CUT;
    mask_controls(err->message);
    return status;
}

prov_status provi_fail_nomem(struct prov_error *err)
{
    provi_fail(err, PROV_E_NOMEM, "out of memory");
    provi_error_flags(err, PROV_ERROR_RETRYABLE);
    return PROV_E_NOMEM;
}

prov_status provi_fail_invalid(struct prov_error *err, const char *argument)
{
    return provi_fail(err, PROV_E_INVALID, "invalid argument: %s", argument);
}

void provi_error_native(struct prov_error *err, enum prov_origin origin, int64_t native)
{
    if (!is_usable(err))
        return;
    err->origin = origin;
    err->native = native;
}

void provi_error_where(struct prov_error *err, uint32_t line, uint32_t column, uint64_t offset)
{
    if (!is_usable(err))
        return;
    err->line = line;
    err->column = column;
    err->offset = offset;
}

void provi_error_flags(struct prov_error *err, uint32_t flags)
{
    if (is_usable(err))
        err->flags |= flags;
}

void provi_error_tls(struct prov_error *err, enum prov_tls_reason reason, unsigned depth)
{
    if (!is_usable(err))
        return;
    err->reason = (uint16_t)reason;
    err->depth = (uint16_t)depth;
}

static void copy_text(char *to, prov_str from)
{
    for (size_t i = 0; i < from.len; i++)
        to[i] = provi_is_control(from.data[i]) ? '?' : from.data[i];
    to[from.len] = '\0';
}

void provi_error_subject(struct prov_error *err, prov_str subject)
{
    if (!is_usable(err))
        return;
    if (subject.len >= sizeof err->subject) {
        subject.len = sizeof err->subject - 1;
        err->flags |= PROV_ERROR_CUT;
    }
    copy_text(err->subject, subject);
}

void provi_error_append(struct prov_error *err, const char *format, ...)
{
    if (!is_usable(err))
        return;
    size_t at = strlen(err->message);
    size_t room = sizeof err->message - at;
    va_list args;
    va_start(args, format);
    int len = vsnprintf(err->message + at, room, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= room)
        err->flags |= PROV_ERROR_CUT;
    mask_controls(err->message + at);
}

void provi_error_source(struct prov_error *err, prov_str source)
{
    if (!is_usable(err) || err->source[0] != '\0')
        return;
    size_t skip = 0;
    if (source.len >= sizeof err->source) {
        skip = source.len - (sizeof err->source - 1);
        err->flags |= PROV_ERROR_CUT;
    }
    copy_text(err->source, provi_str_from_offset(source, skip));
}

void provi_error_at(struct prov_error *err, prov_str text, size_t offset)
{
    uint32_t line = 1, column = 1;
    for (size_t i = 0; i < offset && i < text.len; i++) {
        column++;
        if (text.data[i] == '\n') {
            line++;
            column = 1;
        }
    }
    provi_error_where(err, line, column, offset);
}

void provi_error_copy(struct prov_error *to, const struct prov_error *from)
{
    if (!is_usable(to) || !is_usable(from))
        return;
    size_t size = to->size;
    memcpy(to, from, sizeof *to);
    to->size = size;
}

size_t prov_error_format(const struct prov_error *err, char *buf, size_t cap)
{
    if (!buf)
        cap = 0;
    if (cap)
        buf[0] = '\0';
    if (!is_usable(err))
        return 0;
    char place[32] = "";
    if (err->line)
        snprintf(place, sizeof place, ":%u:%u", (unsigned)err->line, (unsigned)err->column);
    const char *where = err->source[0] ? err->source : err->line ? "input" : "";
    int len =
        snprintf(buf, cap, "%s%s%s%s%s%s%s [%s]", where, place, *where ? ": " : "", err->subject,
                 err->subject[0] ? ": " : "", err->message,
                 err->flags & PROV_ERROR_CUT ? " (shortened)" : "", prov_status_name(err->status));
    return len < 0 ? 0 : (size_t)len;
}

#define STATUSES(WORD)                                                                             \
    WORD(PROV_OK, "success")                                                                       \
    WORD(PROV_E_INVALID, "invalid argument")                                                       \
    WORD(PROV_E_STATE, "not possible in this state")                                               \
    WORD(PROV_E_NOMEM, "out of memory")                                                            \
    WORD(PROV_E_ABI, "struct from an unknown release")                                             \
    WORD(PROV_E_UNSUPPORTED, "not supported")                                                      \
    WORD(PROV_E_HOST, "refused by the host")                                                       \
    WORD(PROV_E_CANCELLED, "cancelled")                                                            \
    WORD(PROV_E_IO, "storage failed")                                                              \
    WORD(PROV_E_BUSY, "busy, try again later")                                                     \
    WORD(PROV_E_SYNTAX, "does not parse")                                                          \
    WORD(PROV_E_LIMIT, "too large")                                                                \
    WORD(PROV_E_TRUNCATED, "cut short")                                                            \
    WORD(PROV_E_CORRUPT, "damaged, or not what it claims to be")                                   \
    WORD(PROV_E_KEY, "encrypted with another key")                                                 \
    WORD(PROV_E_NO_KEY, "encrypted, and no key was given")                                         \
    WORD(PROV_E_NOT_ENCRYPTED, "not encrypted, but encryption was expected")                       \
    WORD(PROV_E_POLICY, "forbidden by policy")                                                     \
    WORD(PROV_E_VALUE, "value does not fit its type")                                              \
    WORD(PROV_E_NOT_FOUND, "not found")                                                            \
    WORD(PROV_E_QUARANTINED, "rolled back without a confirmation")                                 \
    WORD(PROV_E_NO_SERVER, "no server")                                                            \
    WORD(PROV_E_DNS, "name look-up failed")                                                        \
    WORD(PROV_E_CONNECT, "cannot connect")                                                         \
    WORD(PROV_E_TIMEOUT, "no answer in time")                                                      \
    WORD(PROV_E_NETWORK, "connection lost")                                                        \
    WORD(PROV_E_TLS, "no trusted connection")                                                      \
    WORD(PROV_E_AUTH, "credentials refused")                                                       \
    WORD(PROV_E_SERVER, "server answered with a failure")                                          \
    WORD(PROV_E_REDIRECT, "redirect not followed")

#define NUMBER(status, text) status,
#define WORDS(status, text) #status "\0" text "\0"

static const int16_t statuses[] = {STATUSES(NUMBER)};

/* One string for names and texts of all statuses: it needs no relocations. */
static const char words[] = STATUSES(WORDS);

static const char *after(const char *word)
{
    return word + strlen(word) + 1;
}

static size_t index_of(prov_status status)
{
    size_t i = 0;
    while (i < PROVI_LEN(statuses) && statuses[i] != status)
        i++;
    return i;
}

bool provi_status_is_known(prov_status status)
{
    return index_of(status) < PROVI_LEN(statuses);
}

/* The name of a status, followed by its text; NULL: there is no such status. */
static const char *find(prov_status status)
{
    const char *word = words;
    for (size_t i = index_of(status); i > 0; i--)
        word = after(after(word));
    return word < words + sizeof words - 1 ? word : NULL;
}

const char *prov_status_name(prov_status status)
{
    const char *name = find(status);
    return name ? name : "PROV_E_?";
}

const char *prov_status_text(prov_status status)
{
    const char *name = find(status);
    return name ? after(name) : "unknown status";
}

prov_status provi_host_status(prov_status status, const char *callback, struct prov_error *err)
{
    if (status == PROV_OK)
        return PROV_OK;
    if (!provi_status_is_known(status)) {
        provi_fail(err, PROV_E_HOST, "the host's %s returned %d", callback, (int)status);
        provi_error_native(err, PROV_ORIGIN_HOST, status);
        return PROV_E_HOST;
    }
    if (err && err->status != status)
        provi_fail(err, status, "the host's %s: %s", callback, prov_status_text(status));
    return status;
}
