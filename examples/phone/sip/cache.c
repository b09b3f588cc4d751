/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/cache.h"

#include <stdlib.h>
#include <string.h>

const struct sip_cached *sip_cache_find(const struct sip_cache *cache, const char *key,
                                        int64_t now_ms)
{
    for (size_t i = 0; i < SIP_CACHE_ENTRIES; i++) {
        const struct sip_cached *entry = &cache->entries[i];
        if (entry->key && now_ms < entry->until_ms && strcmp(entry->key, key) == 0)
            return entry;
    }
    return NULL;
}

static void empty(struct sip_cached *entry)
{
    free(entry->key);
    free(entry->answer);
    *entry = (struct sip_cached){0};
}

void sip_cache_add(struct sip_cache *cache, char *key, const char *answer, size_t len,
                   int64_t now_ms)
{
    struct sip_cached *entry = &cache->entries[cache->next];
    char *copy = malloc(len);
    if (!copy) {
        free(key);
        return;
    }
    memcpy(copy, answer, len);
    empty(entry);
    *entry = (struct sip_cached){
        .key = key, .answer = copy, .len = len, .until_ms = now_ms + SIP_CACHE_MS};
    cache->next = (cache->next + 1) % SIP_CACHE_ENTRIES;
}

void sip_cache_free(struct sip_cache *cache)
{
    for (size_t i = 0; i < SIP_CACHE_ENTRIES; i++)
        empty(&cache->entries[i]);
}
