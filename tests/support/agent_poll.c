/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent_poll.h"

#include <poll.h>

#include "dials.h"

enum { MAX_FDS = 16 };

void agent_poll(prov_agent *agent, int most_ms)
{
    struct prov_pollfd wanted[MAX_FDS];
    struct pollfd fds[MAX_FDS];
    size_t n = prov_agent_pollfds(agent, wanted, MAX_FDS);
    int64_t wait_ms = prov_agent_timeout_ms(agent);
    if (n > MAX_FDS)
        test_die("%zu descriptors to wait for", n);
    for (size_t i = 0; i < n; i++) {
        short in = wanted[i].events & PROV_POLL_IN ? POLLIN : 0;
        short out = wanted[i].events & PROV_POLL_OUT ? POLLOUT : 0;
        fds[i] = (struct pollfd){.fd = wanted[i].fd, .events = (short)(in | out)};
    }
    if (most_ms >= 0 && (wait_ms < 0 || wait_ms > most_ms))
        wait_ms = most_ms;
    if (poll(fds, (nfds_t)n, (int)wait_ms) < 0)
        test_die("poll fails");
}
