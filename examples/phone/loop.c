/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "loop.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/text.h"

#include "call.h"
#include "control.h"
#include "json.h"
#include "options.h"
#include "reboot.h"
#include "status.h"

/* The clock may be set meanwhile: look again now and then, however far the next resync is. */
enum { MAX_WAIT_MS = 60000, OWN_FDS = 1 + CONTROL_MAX_FDS };

struct loop {
    prov_agent *agent;
    struct phone *phone;
    struct prov_pollfd *wanted; /* cap entries */
    struct pollfd *fds;         /* cap entries and OWN_FDS: signals and control come first */
    size_t cap;
    int signal_fd;
    int last_signal; /* that asked to end; 0 none */
};

static sigset_t our_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGUSR1);
    sigaddset(&set, SIGUSR2);
    sigaddset(&set, SIGQUIT);
    sigaddset(&set, SIGRTMIN);
    return set;
}

void loop_block_signals(void)
{
    sigset_t set = our_signals();
    sigprocmask(SIG_BLOCK, &set, NULL);
}

static bool make_room(struct loop *loop, size_t n)
{
    if (n <= loop->cap && loop->fds)
        return true;
    free(loop->wanted);
    free(loop->fds);
    loop->cap = n;
    loop->wanted = calloc(n + 1, sizeof *loop->wanted);
    loop->fds = calloc(n + OWN_FDS, sizeof *loop->fds);
    return loop->wanted && loop->fds;
}

static short events_for(const struct prov_pollfd *wanted)
{
    return (short)((wanted->events & PROV_POLL_IN ? POLLIN : 0) |
                   (wanted->events & PROV_POLL_OUT ? POLLOUT : 0));
}

/* Descriptors come and go with every prov_agent_process(), so they are asked for each time. */
static bool collect(struct loop *loop, size_t *n_fds)
{
    size_t n = prov_agent_pollfds(loop->agent, loop->wanted, loop->cap);
    if (!make_room(loop, n))
        return false;
    n = prov_agent_pollfds(loop->agent, loop->wanted, loop->cap);
    loop->fds[0] = (struct pollfd){.fd = loop->signal_fd, .events = POLLIN};
    size_t n_own = 1 + control_pollfds(loop->phone->control, loop->fds + 1);
    for (size_t i = 0; i < n; i++)
        loop->fds[n_own + i] =
            (struct pollfd){.fd = loop->wanted[i].fd, .events = events_for(&loop->wanted[i])};
    *n_fds = n_own + n;
    return true;
}

static bool wait_for_work(struct loop *loop)
{
    size_t n;
    screen_flush();
    if (!collect(loop, &n))
        return false;
    int64_t timeout_ms = prov_agent_timeout_ms(loop->agent);
    int64_t call_ms = call_timeout_ms(loop->phone);
    if (timeout_ms < 0 || timeout_ms > MAX_WAIT_MS)
        timeout_ms = MAX_WAIT_MS;
    if (call_ms >= 0 && call_ms < timeout_ms)
        timeout_ms = call_ms;
    if (control_is_due(loop->phone->control))
        timeout_ms = 0;
    return poll(loop->fds, (nfds_t)n, (int)timeout_ms) >= 0 || errno == EINTR;
}

static void print_status(struct loop *loop)
{
    if (loop->phone->is_json)
        json_status(stdout, loop->agent);
    else
        status_show(&loop->phone->show, loop->agent, host_now_ms());
}

static void read_signals(struct loop *loop)
{
    struct signalfd_siginfo info;
    struct prov_error err = {0};
    prov_status status = PROV_OK;
    while (read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        if (info.ssi_signo == SIGUSR1 && loop->phone->has_call)
            call_end(loop->phone);
        else if (info.ssi_signo == SIGUSR1)
            call_begin(loop->phone, 0);
        else if (info.ssi_signo == SIGUSR2)
            status = host_confirm(loop->phone, &err);
        else if (info.ssi_signo == SIGQUIT)
            print_status(loop);
        else if ((int)info.ssi_signo == SIGRTMIN)
            status = host_set_link(loop->phone, !loop->phone->is_link_lost, &err);
        else
            loop->last_signal = (int)info.ssi_signo;
        if (status != PROV_OK)
            complain(&err, EXIT_MACHINE);
        status = PROV_OK;
    }
}

static bool is_done(const struct loop *loop, bool is_once)
{
    if (!is_once)
        return false;
    host_recall_upgrade(loop->phone);
    return loop->phone->has_result && !prov_agent_is_busy(loop->agent);
}

/* Signals come before the agent, so that a call that began holds back what is due; commands after
 * it, so that the first one finds a phone that has booted. */
static int turn_until_done(struct loop *loop, bool is_once)
{
    struct prov_error err = {0};
    do {
        read_signals(loop);
        call_process(loop->phone);
        if (loop->last_signal)
            return is_once ? EXIT_SIGNAL + loop->last_signal : EXIT_OK;
        if (prov_agent_process(loop->agent, &err) != PROV_OK)
            return complain(&err, EXIT_MACHINE);
        if (is_done(loop, is_once))
            return loop->phone->has_failed ? EXIT_FAILED : EXIT_OK;
        if (loop->phone->wants_reboot && !prov_agent_is_busy(loop->agent))
            return EXIT_REBOOT;
        control_process(loop->phone->control, loop->phone);
        if (loop->phone->is_ended)
            return EXIT_OK;
    } while (wait_for_work(loop));
    perror("provision-phone: waiting for events");
    return EXIT_MACHINE;
}

int loop_run(prov_agent *agent, struct phone *phone, bool is_once)
{
    sigset_t set = our_signals();
    struct loop loop = {.agent = agent, .phone = phone};
    loop.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop.signal_fd < 0) {
        perror("provision-phone: signalfd");
        return EXIT_MACHINE;
    }
    int status = turn_until_done(&loop, is_once);
    close(loop.signal_fd);
    free(loop.wanted);
    free(loop.fds);
    return status;
}
