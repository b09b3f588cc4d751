/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "waiting.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

void waiting_clear(struct waiting *waiting)
{
    waiting->n = 0;
    waiting->timeout_ms = -1;
    waiting->is_incomplete = false;
}

void waiting_add(struct waiting *waiting, int fd, short events)
{
    if (waiting->n == waiting->cap) {
        size_t cap = 2 * waiting->cap + 16;
        struct pollfd *fds = realloc(waiting->fds, cap * sizeof *fds);
        waiting->is_incomplete |= !fds;
        if (!fds)
            return;
        waiting->fds = fds;
        waiting->cap = cap;
    }
    waiting->fds[waiting->n++] = (struct pollfd){.fd = fd, .events = events};
}

void waiting_until(struct waiting *waiting, int64_t ms)
{
    if (ms >= 0 && (waiting->timeout_ms < 0 || ms < waiting->timeout_ms))
        waiting->timeout_ms = ms;
}

bool waiting_poll(struct waiting *waiting)
{
    int timeout_ms = waiting->timeout_ms < INT_MAX ? (int)waiting->timeout_ms : INT_MAX;
    if (waiting->is_incomplete) {
        errno = ENOMEM;
        return false;
    }
    return poll(waiting->fds, (nfds_t)waiting->n, timeout_ms) >= 0 || errno == EINTR;
}

void waiting_free(struct waiting *waiting)
{
    free(waiting->fds);
}
