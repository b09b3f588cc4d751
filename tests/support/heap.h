/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Counts the heap of libxml2, of OpenSSL and of our own handles, zlib's among them, together, and
 * lets libxml2's allocations fail.
 *
 * This sets process-wide allocators, which only a test program may do.
 */
#ifndef TEST_SUPPORT_HEAP_H
#define TEST_SUPPORT_HEAP_H

#include "dials.h"

/** Once, before anything uses libxml2. */
void heap_watch_libxml2(void);

/** Count OpenSSL's memory along. Once, before anything uses it; what it keeps does not count. */
void heap_watch_openssl(void);

/** Give back what libxml2 keeps per process. */
void heap_end(void);

/** An allocator for our own handles that is counted along. */
struct prov_alloc heap_alloc(void);

/** Count from here: what is live now, libxml2's own tables, counts no more. */
void heap_start(void);

/** Bytes taken since and not given back, with what malloc() adds to each block. */
size_t heap_live(void);

/** The most there were. */
size_t heap_peak(void);

/** Let each later allocation of libxml2 be a chance to fail; NULL: none does. */
void heap_fail_by(struct dial *dial);

#endif
