/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Answers of the last 32 seconds, so that a repeated request gets the same answer and is not
 * carried out again (RFC 3261, section 17.2.2).
 */
#ifndef PHONE_SIP_CACHE_H
#define PHONE_SIP_CACHE_H

#include <stddef.h>
#include <stdint.h>

enum { SIP_CACHE_ENTRIES = 64, SIP_CACHE_MS = 32 * 1000 };

struct sip_cached {
    char *key; /* NULL: none; NUL-terminated, owned */
    char *answer;
    size_t len;
    int64_t until_ms;
};

/** A ring: a new answer replaces the oldest. All zero: empty. */
struct sip_cache {
    struct sip_cached entries[SIP_CACHE_ENTRIES];
    size_t next;
};

/** Find the answer for a key, borrowed; NULL: there is none. */
const struct sip_cached *sip_cache_find(const struct sip_cache *cache, const char *key,
                                        int64_t now_ms);

/** Store a copy of an answer; without memory it is not stored. @p key is freed by the cache. */
void sip_cache_add(struct sip_cache *cache, char *key, const char *answer, size_t len,
                   int64_t now_ms);

void sip_cache_free(struct sip_cache *cache);

#endif
