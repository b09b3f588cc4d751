/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Descriptors and the earliest deadline of all parts, collected anew for each wait of the loop. */
#ifndef PHONE_WAITING_H
#define PHONE_WAITING_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All zero: empty. */
struct waiting {
    struct pollfd *fds; /* n of cap; owned */
    size_t n, cap;
    int64_t timeout_ms; /* of the machine's clock; -1: no deadline */
    bool is_incomplete; /* a descriptor is missing for lack of memory */
};

/** Empty it. */
void waiting_clear(struct waiting *waiting);

/** Wait for a descriptor. @p events are those of poll(). */
void waiting_add(struct waiting *waiting, int fd, short events);

/** Wait at most @p ms; -1: no limit. */
void waiting_until(struct waiting *waiting, int64_t ms);

/** Wait. @return false on failure; errno has the reason. */
bool waiting_poll(struct waiting *waiting);

/** Release the memory. */
void waiting_free(struct waiting *waiting);

#endif
