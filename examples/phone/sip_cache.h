/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Answers of the last 32 seconds, so that a request that is sent again is answered alike and not
 * obeyed again (RFC 3261, section 17.2.2).
 */
#ifndef PHONE_SIP_CACHE_H
#define PHONE_SIP_CACHE_H

#include <stddef.h>
#include <stdint.h>

enum { SIP_CACHE_ENTRIES = 64, SIP_CACHE_MS = 32 * 1000 };

struct sip_cached {
    char *key; /* NULL: none; ends in NUL, owned */
    char *answer;
    size_t len;
    int64_t until_ms;
};

/** A ring: a new answer takes the place of the oldest. All zero: empty. */
struct sip_cache {
    struct sip_cached entries[SIP_CACHE_ENTRIES];
    size_t next;
};

/** The answer for a key, borrowed; NULL: there is none. */
const struct sip_cached *sip_cache_find(const struct sip_cache *cache, const char *key,
                                        int64_t now_ms);

/** Keep a copy of an answer; without memory it is not kept. @p key is taken. */
void sip_cache_add(struct sip_cache *cache, char *key, const char *answer, size_t len,
                   int64_t now_ms);

void sip_cache_free(struct sip_cache *cache);

#endif
