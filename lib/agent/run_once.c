/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include <errno.h>
#include <poll.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/error.h"
#include "env/env.h"

/* Room for descriptors, reused for the turns of one wait. */
struct waiter {
    struct prov_agent *agent;
    struct prov_pollfd *wanted; /* cap entries */
    struct pollfd *fds;         /* cap entries */
    size_t cap;
};

static void release(struct waiter *waiter)
{
    provi_free(&waiter->agent->env.alloc, waiter->wanted, waiter->cap * sizeof *waiter->wanted);
    provi_free(&waiter->agent->env.alloc, waiter->fds, waiter->cap * sizeof *waiter->fds);
    waiter->wanted = NULL;
    waiter->fds = NULL;
    waiter->cap = 0;
}

static bool make_room(struct waiter *waiter, size_t n)
{
    const struct prov_alloc *alloc = &waiter->agent->env.alloc;
    release(waiter);
    waiter->cap = n;
    waiter->wanted = provi_alloc(alloc, n * sizeof *waiter->wanted);
    waiter->fds = provi_alloc(alloc, n * sizeof *waiter->fds);
    return waiter->wanted && waiter->fds;
}

/* Wait until something is due. */
static prov_status wait(struct waiter *waiter, struct prov_error *err)
{
    size_t n = prov_agent_pollfds(waiter->agent, waiter->wanted, waiter->cap);
    if (n > waiter->cap) {
        if (!make_room(waiter, n))
            return provi_fail_nomem(err);
        n = prov_agent_pollfds(waiter->agent, waiter->wanted, waiter->cap);
    }
    for (size_t i = 0; i < n; i++) {
        uint32_t events = waiter->wanted[i].events;
        waiter->fds[i] = (struct pollfd){
            .fd = waiter->wanted[i].fd,
            .events = (short)((events & PROV_POLL_IN ? POLLIN : 0) |
                              (events & PROV_POLL_OUT ? POLLOUT : 0)),
        };
    }
    int64_t timeout = prov_agent_timeout_ms(waiter->agent);
    if (timeout > 60000)
        timeout = 60000;
    if (poll(waiter->fds, (nfds_t)n, (int)timeout) >= 0 || errno == EINTR)
        return PROV_OK;
    provi_fail(err, PROV_E_IO, "poll failed");
    provi_error_native(err, PROV_ORIGIN_OS, errno);
    return PROV_E_IO;
}

static prov_status run_once(struct prov_agent *agent, const struct prov_agent_request *request,
                            struct prov_error *err)
{
    struct prov_agent_request wanted;
    prov_status status = provi_abi_in(&wanted, sizeof wanted, request, err);
    if (status == PROV_OK && wanted.verb != PROV_VERB_RESYNC)
        status = provi_fail_invalid(err, "request.verb: expected PROV_VERB_RESYNC");
    if (status == PROV_OK && agent->env.transports.has_shared)
        status = provi_fail_invalid(err, "agent: expected no PROV_TRANSPORT_SHARED, which this "
                                         "call does not process");
    if (status != PROV_OK)
        return status;
    if (!agent->jobs.is_booted)
        agent->env.boot_cause = PROV_CAUSE_HOST; /* no second resync for the power-up */
    /* A running resync ends first. */
    uint32_t goal = agent->resync.n_ended + (agent->resync.running ? 2 : 1);
    status = prov_agent_request(agent, request, err);
    if (status != PROV_OK)
        return status;

    struct prov_error last = {0};
    struct waiter waiter = {.agent = agent};
    agent->resync.last_error = &last;
    status = provi_agent_turn(agent, err);
    while (
        status == PROV_OK && last.status != PROV_E_CANCELLED &&
        (agent->resync.n_ended != goal || provi_jobs_are_busy(&agent->jobs, &agent->resync.job))) {
        status = wait(&waiter, err);
        if (status == PROV_OK)
            status = provi_agent_turn(agent, err);
    }
    release(&waiter);
    agent->resync.last_error = NULL;
    if (status != PROV_OK)
        return status;
    provi_error_copy(err, &last);
    return last.status;
}

prov_status prov_agent_run_once(prov_agent *agent, const struct prov_agent_request *request,
                                struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    provi_env_enter(&agent->env);
    prov_status status = run_once(agent, request, err);
    return provi_env_leave(&agent->env) ? provi_fail_gone(err) : status;
}
