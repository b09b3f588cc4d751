/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "malloc_dial.h"

#include <errno.h>
#include <stdatomic.h>
#include <stddef.h>

/* The C library's own, by the names that glibc has for replacements. */
void *__libc_malloc(size_t size);
void *__libc_calloc(size_t n, size_t size);
void *__libc_realloc(void *block, size_t size);

void *malloc(size_t size);
void *calloc(size_t n, size_t size);
void *realloc(void *block, size_t size);

static atomic_bool is_armed;
static atomic_bool is_sticky;
static atomic_uint_least64_t fails_at;
static atomic_uint_least64_t n_seen;

void malloc_dial_arm(uint64_t at, bool sticky)
{
    atomic_store(&fails_at, at);
    atomic_store(&is_sticky, sticky);
    atomic_store(&n_seen, 0);
    atomic_store(&is_armed, true);
}

uint64_t malloc_dial_seen(void)
{
    return atomic_load(&n_seen);
}

uint64_t malloc_dial_lift(void)
{
    atomic_store(&is_armed, false);
    return atomic_load(&n_seen);
}

static bool fails(void)
{
    if (!atomic_load(&is_armed))
        return false;
    uint64_t n = atomic_fetch_add(&n_seen, 1) + 1;
    uint64_t at = atomic_load(&fails_at);
    if (n != at && !(n > at && atomic_load(&is_sticky)))
        return false;
    errno = ENOMEM;
    return true;
}

void *malloc(size_t size)
{
    return fails() ? NULL : __libc_malloc(size);
}

void *calloc(size_t n, size_t size)
{
    return fails() ? NULL : __libc_calloc(n, size);
}

void *realloc(void *block, size_t size)
{
    return fails() ? NULL : __libc_realloc(block, size);
}
