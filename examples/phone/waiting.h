/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the loop waits for: descriptors and the earliest deadline, collected anew for each wait. */
#ifndef PHONE_WAITING_H
#define PHONE_WAITING_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** All zero: nothing yet. */
struct waiting {
    struct pollfd *fds; /* n of cap; owned */
    size_t n, cap;
    int64_t timeout_ms; /* of the machine's clock; -1: no deadline */
    bool is_incomplete; /* without memory for a descriptor */
};

/** Begin anew. */
void waiting_clear(struct waiting *waiting);

/** Wait for a descriptor. @p events are those of poll(). */
void waiting_add(struct waiting *waiting, int fd, short events);

/** Wait at most @p ms; -1: as long as it takes. */
void waiting_until(struct waiting *waiting, int64_t ms);

/** Wait. @return false when that is impossible; errno has the reason. */
bool waiting_poll(struct waiting *waiting);

/** Release its memory. */
void waiting_free(struct waiting *waiting);

#endif
