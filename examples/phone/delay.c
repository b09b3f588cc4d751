/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "delay.h"

#include <stddef.h>
#include <string.h>

enum { FIRST_MS = 1000, MAX_MS = 60 * 1000, FORGET_MS = 15 * 60 * 1000 };

/* The owner of an IPv6 address usually has the 2^64 addresses of its network. */
static struct in6_addr network_of(const struct sockaddr *client)
{
    struct in6_addr network = {0};
    if (client->sa_family == AF_INET6) {
        network = ((const struct sockaddr_in6 *)client)->sin6_addr;
        if (!IN6_IS_ADDR_V4MAPPED(&network))
            memset(network.s6_addr + 8, 0, 8);
    } else {
        network.s6_addr[10] = network.s6_addr[11] = 0xff; /* as mapped to IPv6 */
        memcpy(network.s6_addr + 12, &((const struct sockaddr_in *)client)->sin_addr, 4);
    }
    return network;
}

static const struct delayed *find(const struct delays *delays, const struct in6_addr *network)
{
    for (size_t i = 0; i < DELAY_ADDRESSES; i++)
        if (delays->entries[i].n_failed &&
            memcmp(&delays->entries[i].address, network, sizeof *network) == 0)
            return &delays->entries[i];
    return NULL;
}

int64_t delay_left_ms(const struct delays *delays, const struct sockaddr *client, int64_t now_ms)
{
    struct in6_addr network = network_of(client);
    const struct delayed *entry = find(delays, &network);
    return entry && entry->until_ms > now_ms ? entry->until_ms - now_ms : 0;
}

static struct delayed *make_room(struct delays *delays)
{
    struct delayed *first = delays->entries;
    for (size_t i = 0; i < DELAY_ADDRESSES; i++) {
        struct delayed *entry = &delays->entries[i];
        if (entry->n_failed == 0)
            return entry;
        if (entry->until_ms < first->until_ms)
            first = entry;
    }
    return first;
}

void delay_add(struct delays *delays, const struct sockaddr *client, int64_t now_ms)
{
    struct in6_addr network = network_of(client);
    struct delayed *entry = (struct delayed *)find(delays, &network);
    if (!entry) {
        entry = make_room(delays);
        *entry = (struct delayed){.address = network};
    } else if (now_ms - entry->until_ms > FORGET_MS) {
        entry->n_failed = 0;
    }
    int64_t delay_ms = FIRST_MS;
    for (uint32_t i = 0; i < entry->n_failed && delay_ms < MAX_MS; i++)
        delay_ms *= 2;
    entry->n_failed++;
    entry->until_ms = now_ms + (delay_ms < MAX_MS ? delay_ms : MAX_MS);
}

void delay_clear(struct delays *delays, const struct sockaddr *client)
{
    struct in6_addr network = network_of(client);
    struct delayed *entry = (struct delayed *)find(delays, &network);
    if (entry)
        *entry = (struct delayed){0};
}
