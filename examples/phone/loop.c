/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "loop.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/text.h"

#include "call.h"
#include "contact.h"
#include "control.h"
#include "dhcp.h"
#include "show/json.h"
#include "phone.h"
#include "sip/sip.h"
#include "show/status.h"
#include "waiting.h"
#include "web/web.h"

/* The clock may be set while waiting, so check now and then. */
enum { MAX_WAIT_MS = 60000 };

struct loop {
    struct phone *phones; /* n */
    size_t n;
    const struct prov_transport *transport;
    struct prov_pollfd *wanted; /* descriptors of the transport; cap entries */
    size_t cap;
    struct waiting waiting;
    int signal_fd;
    int last_signal; /* the signal that ends the program; 0: none */
    int status;      /* exit status of the ended phones */
    bool is_once;
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

static short events_for(const struct prov_pollfd *wanted)
{
    return (short)((wanted->events & PROV_POLL_IN ? POLLIN : 0) |
                   (wanted->events & PROV_POLL_OUT ? POLLOUT : 0));
}

/* The descriptors may change in every turn, so get them anew. */
static void wait_for_transport(struct loop *loop)
{
    const struct prov_transport *transport = loop->transport;
    size_t n = transport->pollfds(transport->ctx, loop->wanted, loop->cap);
    if (n > loop->cap) {
        free(loop->wanted);
        loop->wanted = calloc(n, sizeof *loop->wanted);
        loop->cap = loop->wanted ? n : 0;
        loop->waiting.is_incomplete |= !loop->wanted;
        n = transport->pollfds(transport->ctx, loop->wanted, loop->cap);
    }
    for (size_t i = 0; i < n && i < loop->cap; i++)
        waiting_add(&loop->waiting, loop->wanted[i].fd, events_for(&loop->wanted[i]));
    waiting_until(&loop->waiting, transport->timeout_ms(transport->ctx));
}

static bool wait_for_work(struct loop *loop)
{
    screen_flush();
    waiting_clear(&loop->waiting);
    waiting_until(&loop->waiting, MAX_WAIT_MS);
    waiting_add(&loop->waiting, loop->signal_fd, POLLIN);
    wait_for_transport(loop);
    for (size_t i = 0; i < loop->n; i++)
        if (loop->phones[i].agent)
            phone_wait(&loop->phones[i], &loop->waiting);
    return waiting_poll(&loop->waiting);
}

static void print_status(struct phone *phone)
{
    if (phone->is_json) {
        json_status(stdout, phone->name, phone->agent);
        json_state(stdout, phone->name, &phone->contact, phone->store);
        return;
    }
    status_show(&phone->show, phone->agent, clock_now_ms(&phone->clock));
    contact_show(&phone->show, &phone->contact, phone->store);
}

static void handle_signal(struct phone *phone, int signal)
{
    struct prov_error err = {0};
    prov_status status = PROV_OK;
    if (signal == SIGUSR1 && phone->has_call)
        call_end(phone);
    else if (signal == SIGUSR1)
        call_begin(phone, 0);
    else if (signal == SIGUSR2)
        status = host_confirm(phone, &err);
    else if (signal == SIGQUIT)
        print_status(phone);
    else
        status = host_set_link(phone, !phone->is_link_lost, &err);
    if (status != PROV_OK)
        phone_print_failure(phone, &err, EXIT_MACHINE);
}

static void read_signals(struct loop *loop)
{
    struct signalfd_siginfo info;
    while (read(loop->signal_fd, &info, sizeof info) == (ssize_t)sizeof info) {
        int signal = (int)info.ssi_signo;
        if (signal == SIGINT || signal == SIGTERM)
            loop->last_signal = signal;
        for (size_t i = 0; i < loop->n && signal != loop->last_signal; i++)
            if (loop->phones[i].agent)
                handle_signal(&loop->phones[i], signal);
    }
}

static void end(struct loop *loop, struct phone *phone, int status)
{
    int ended = phone_stop(phone);
    status = status > ended ? status : ended;
    if (status > loop->status)
        loop->status = status;
}

static bool is_done(const struct loop *loop, struct phone *phone)
{
    if (!loop->is_once)
        return false;
    host_recall_upgrade(phone);
    return phone->has_result && !prov_agent_is_busy(phone->agent);
}

static void turn_phone(struct loop *loop, struct phone *phone)
{
    struct prov_error err = {0};
    call_process(phone);
    dhcp_process(phone);
    bool goes_on = phone->restarts || prov_agent_process(phone->agent, &err) == PROV_OK;
    if (goes_on)
        contact_process(phone);
    if (goes_on && !phone->restarts)
        problem_process(phone);
    if (!goes_on) {
        end(loop, phone, phone_print_failure(phone, &err, EXIT_MACHINE));
    } else if (is_done(loop, phone)) {
        end(loop, phone, phone->has_failed ? EXIT_FAILED : EXIT_OK);
    } else if (phone_boots_now(phone)) {
        int status = phone_reboot(phone);
        if (status != EXIT_OK)
            end(loop, phone, status);
    } else {
        control_process(phone->control, phone);
        web_process(phone->web);
        sip_process(phone->sip);
        if (phone->is_ended)
            end(loop, phone, EXIT_OK);
    }
}

static bool has_phone(const struct loop *loop)
{
    for (size_t i = 0; i < loop->n; i++)
        if (loop->phones[i].agent)
            return true;
    return false;
}

/* Signals are processed before the agents, so that a call that has begun delays the work that is
 * due; commands after them, so that the first command finds a booted phone. */
static int turn_until_done(struct loop *loop)
{
    struct prov_error err = {0};
    do {
        read_signals(loop);
        if (loop->last_signal)
            return loop->is_once ? EXIT_SIGNAL + loop->last_signal : loop->status;
        if (loop->transport->process(loop->transport->ctx, &err) != PROV_OK)
            return print_failure(&err, EXIT_MACHINE);
        for (size_t i = 0; i < loop->n; i++)
            if (loop->phones[i].agent)
                turn_phone(loop, &loop->phones[i]);
        if (!has_phone(loop))
            return loop->status;
    } while (wait_for_work(loop));
    perror("provision-phone: waiting for events");
    return EXIT_MACHINE;
}

int loop_run(struct phone *phones, size_t n, const struct prov_transport *transport, bool is_once)
{
    sigset_t set = our_signals();
    struct loop loop = {.phones = phones, .n = n, .transport = transport, .is_once = is_once};
    loop.signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    if (loop.signal_fd < 0) {
        perror("provision-phone: signalfd");
        return EXIT_MACHINE;
    }
    int status = turn_until_done(&loop);
    close(loop.signal_fd);
    waiting_free(&loop.waiting);
    free(loop.wanted);
    return status;
}
