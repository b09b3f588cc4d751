/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A growing buffer, born with its ceiling. */
#ifndef PROVI_BASE_BUFFER_H
#define PROVI_BASE_BUFFER_H

#include <provision/base.h>

struct provi_buffer {
    char *data;
    size_t len;     /* <= max, and < cap once there is memory */
    size_t cap;     /* <= max + 1, the byte for a NUL */
    size_t max;     /* ceiling of len; < SIZE_MAX */
    bool is_secret; /* wiped when it moves and when it goes */
};

/** All zero but for the ceiling; allocates nothing. */
void provi_buffer_init(struct provi_buffer *buffer, size_t max, bool is_secret);

/**
 * Make room for @p len more bytes and a NUL, to be written behind the last byte by the caller, who
 * then adds to `len`. PROV_OK; PROV_E_LIMIT past the ceiling; PROV_E_NOMEM.
 */
prov_status provi_buffer_reserve(struct provi_buffer *buffer, const struct prov_alloc *alloc,
                                 size_t len);

/** Append. PROV_OK; PROV_E_LIMIT past the ceiling; PROV_E_NOMEM. On failure nothing changed. */
prov_status provi_buffer_add(struct provi_buffer *buffer, const struct prov_alloc *alloc,
                             const void *data, size_t len);

/** Empty, keeping the memory (wiped if secret). */
void provi_buffer_reset(struct provi_buffer *buffer);

/** Make it one line: control characters become blanks, so that no value breaks out of its line. */
void provi_buffer_flatten(struct provi_buffer *buffer);

void provi_buffer_free(struct provi_buffer *buffer, const struct prov_alloc *alloc);

/** What is in it; borrowed until it changes. */
static inline prov_str provi_buffer_str(const struct provi_buffer *buffer)
{
    return (prov_str){buffer->data, buffer->len};
}

#endif
