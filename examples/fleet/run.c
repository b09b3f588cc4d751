/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "run.h"

#include <errno.h>
#include <inttypes.h>
#include <malloc.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <time.h>
#include <unistd.h>

#include <provision/transport_curl.h>

#include "common/text.h"

#include "heap.h"
#include "limits.h"
#include "phone.h"
#include "progress.h"

enum { MS_PER_S = 1000, MAX_WAIT_MS = 1000, TURNS_AT_ONCE = 16, ENTRIES_PER_PHONE = 4 };

/* A queue of phones, each in it at most once. */
struct queue {
    uint32_t *items; /* cap of them, used as a ring */
    uint32_t cap, first, len;
};

struct run {
    struct fleet fleet; /* first, since it is the context of the phones' callbacks */
    struct queue woken, waiting;
    struct heap heap;
    prov_curl *curl;
    struct prov_pollfd *wanted; /* cap entries */
    struct pollfd *fds;         /* one more: signals come first */
    size_t cap;
    int signal_fd;
    int last_signal; /* the signal that ends the run; 0: none */
    bool has_warned; /* of failures that go on */
    prov_status status;
    struct prov_error err;
};

static int64_t clock_ms(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * MS_PER_S + now.tv_nsec / 1000000;
}

static int64_t read_ms(void)
{
    return clock_ms(CLOCK_MONOTONIC);
}

static void read_clock(struct run *run)
{
    run->fleet.now_ms = read_ms();
}

static bool queue_init(struct queue *queue, uint32_t cap)
{
    *queue = (struct queue){.items = calloc(cap, sizeof *queue->items), .cap = cap};
    return queue->items != NULL;
}

static void queue_add(struct queue *queue, uint32_t item)
{
    uint32_t at = queue->first + queue->len++;
    queue->items[at < queue->cap ? at : at - queue->cap] = item;
}

static uint32_t queue_remove(struct queue *queue)
{
    uint32_t item = queue->items[queue->first++];
    if (queue->first == queue->cap)
        queue->first = 0;
    queue->len--;
    return item;
}

static void wake(struct fleet *fleet, struct phone *phone)
{
    struct run *run = (struct run *)(void *)fleet;
    phone->is_woken = true;
    if (phone->is_listed)
        return;
    phone->is_listed = true;
    queue_add(&run->woken, (uint32_t)(phone - fleet->phones));
}

static void wait_for_transfer(struct fleet *fleet, struct phone *phone)
{
    struct run *run = (struct run *)(void *)fleet;
    if (phone->is_waiting)
        return;
    phone->is_waiting = true;
    queue_add(&run->waiting, (uint32_t)(phone - fleet->phones));
}

/* Deadlines.
 *
 * A phone may have several entries in the heap; the earliest is `entry_ms`, and only that one
 * counts. An entry is added only if it is earlier; the others are skipped when they are due. */

static void add_entry(struct run *run, struct phone *phone, int64_t due_ms)
{
    phone->entry_ms = due_ms;
    int64_t since_ms = due_ms - run->fleet.begin_ms;
    heap_add(&run->heap,
             deadline_of(since_ms > 0 ? since_ms : 0, (uint32_t)(phone - run->fleet.phones)));
}

/* If the heap is full, remove the entries that do not count. */
static void make_room(struct run *run)
{
    if (run->heap.len < (size_t)run->fleet.n_phones * ENTRIES_PER_PHONE)
        return;
    run->heap.len = 0;
    for (uint32_t i = 0; i < run->fleet.n_phones; i++)
        if (run->fleet.phones[i].entry_ms != NEVER_MS)
            add_entry(run, &run->fleet.phones[i], run->fleet.phones[i].entry_ms);
}

/* @p wait_ms as of prov_agent_timeout_ms(). */
static void plan(struct run *run, struct phone *phone, int64_t wait_ms)
{
    int64_t due_ms = phone->start_ms;
    if (phone->is_done || phone->is_woken)
        return;
    if (wait_ms >= 0 && run->fleet.now_ms + wait_ms < due_ms)
        due_ms = run->fleet.now_ms + wait_ms;
    if (due_ms >= phone->entry_ms)
        return;
    make_room(run);
    add_entry(run, phone, due_ms);
}

/* When request @p number (from 0) of a phone is due; requests are even over the whole fleet. */
static int64_t request_ms(const struct run *run, const struct phone *phone)
{
    const struct run_options *options = &run->fleet.options->run;
    double number = (double)phone->n_done * options->n_phones + phone->number;
    double offset_ms = options->rate ? number * MS_PER_S / options->rate : 0;
    return run->fleet.begin_ms + (int64_t)offset_ms;
}

static void plan_start(struct run *run, struct phone *phone)
{
    const struct run_options *options = &run->fleet.options->run;
    double share = (double)phone->number / options->n_phones;
    if (options->has_rate)
        phone->start_ms = request_ms(run, phone);
    else
        phone->start_ms = run->fleet.begin_ms + (int64_t)(share * options->ramp_s * MS_PER_S);
}

static void record_end(struct run *run, struct phone *phone, uint32_t n_before)
{
    const struct run_options *options = &run->fleet.options->run;
    if (options->n_attempts && phone->n_failures == options->n_attempts && !phone->is_done) {
        phone->is_done = true;
        run->fleet.n_given_up++;
    }
    if (phone->n_done == n_before)
        return;
    if (options->n_resyncs && phone->n_done == options->n_resyncs) {
        phone->is_done = true;
        run->fleet.n_done++;
    } else if (options->has_rate) {
        plan_start(run, phone);
    }
}

/* Whether the parameters leave the phone without any timer. */
static bool is_without_timer(const struct phone *phone)
{
    struct prov_sched_action due = {.size = sizeof due};
    return prov_agent_due(phone->agent, &due) == PROV_OK &&
           (due.why == PROV_WHY_NOTHING || due.why == PROV_WHY_DISABLED);
}

static void run_phone(struct run *run, struct phone *phone)
{
    uint32_t n_before = phone->n_done;
    bool is_start = !phone->has_booted;
    phone->is_woken = false;
    phone->has_booted = true;
    read_clock(run);
    int n_turns = 0;
    int64_t wait_ms;
    do {
        run->status = prov_agent_process(phone->agent, &run->err);
        wait_ms = prov_agent_timeout_ms(phone->agent);
    } while (run->status == PROV_OK && wait_ms == 0 && ++n_turns < TURNS_AT_ONCE);
    if (is_start && !phone->is_busy && is_without_timer(phone))
        run->fleet.n_silent++;
    record_end(run, phone, n_before);
    plan(run, phone, wait_ms);
}

static void request(struct run *run, struct phone *phone)
{
    phone->due_ms = phone->start_ms;
    phone->start_ms = NEVER_MS;
    run->status = phone_request(phone, &run->err);
    if (run->status == PROV_OK)
        run_phone(run, phone);
}

/* Power up, request a resync or wait for a transfer to do so, or let the agent do its due work. */
static void meet_deadline(struct run *run, struct phone *phone)
{
    bool is_start = phone->start_ms <= run->fleet.now_ms;
    if (is_start && run->fleet.options->run.has_rate) {
        phone->has_booted = true;
        wait_for_transfer(&run->fleet, phone);
        return;
    }
    if (is_start)
        phone->start_ms = NEVER_MS;
    run_phone(run, phone);
}

static void run_due(struct run *run)
{
    struct fleet *fleet = &run->fleet;
    while (run->status == PROV_OK && run->heap.len &&
           fleet->begin_ms + deadline_ms(run->heap.items[0]) <= fleet->now_ms) {
        uint64_t entry = heap_remove(&run->heap);
        struct phone *phone = &fleet->phones[deadline_device(entry)];
        if (phone->entry_ms > fleet->begin_ms + deadline_ms(entry))
            continue;
        phone->entry_ms = NEVER_MS;
        if (!phone->is_done)
            meet_deadline(run, phone);
    }
}

/* Entries that do not count any more are skipped now. */
static void note_next(struct run *run)
{
    struct fleet *fleet = &run->fleet;
    fleet->next_ms = NEVER_MS;
    while (run->heap.len && fleet->next_ms == NEVER_MS) {
        uint64_t entry = run->heap.items[0];
        const struct phone *phone = &fleet->phones[deadline_device(entry)];
        int64_t due_ms = fleet->begin_ms + deadline_ms(entry);
        if (!phone->is_done && phone->entry_ms <= due_ms)
            fleet->next_ms = due_ms;
        else
            heap_remove(&run->heap);
    }
}

static void run_waiting(struct run *run)
{
    struct fleet *fleet = &run->fleet;
    while (run->status == PROV_OK && run->waiting.len &&
           fleet->n_busy < fleet->options->run.n_connections) {
        struct phone *phone = &fleet->phones[queue_remove(&run->waiting)];
        phone->is_waiting = false;
        if (phone->is_done)
            continue;
        if (phone->start_ms != NEVER_MS && fleet->options->run.has_rate) {
            request(run, phone);
        } else {
            prov_agent_notify(phone->agent);
            run_phone(run, phone);
        }
    }
}

static void run_woken(struct run *run)
{
    for (uint32_t n = run->woken.len; n > 0 && run->status == PROV_OK; n--) {
        struct phone *phone = &run->fleet.phones[queue_remove(&run->woken)];
        phone->is_listed = false;
        if (phone->is_woken)
            run_phone(run, phone);
    }
}

static int64_t sooner(int64_t a_ms, int64_t b_ms)
{
    return a_ms < 0 || (b_ms >= 0 && b_ms < a_ms) ? b_ms : a_ms;
}

static int64_t end_ms(const struct run *run)
{
    int64_t length_s = run->fleet.options->scenario.length_s;
    return length_s ? run->fleet.begin_ms + length_s * MS_PER_S : NEVER_MS;
}

static int timeout_ms(const struct run *run, int64_t progress_ms)
{
    const struct fleet *fleet = &run->fleet;
    int64_t now_ms = fleet->now_ms;
    int64_t wait_ms = sooner(progress_ms, MAX_WAIT_MS);
    wait_ms = sooner(wait_ms, fleet->transport->timeout_ms(fleet->transport->ctx));
    if (run->woken.len)
        wait_ms = 0;
    if (run->heap.len) {
        int64_t due_ms = fleet->begin_ms + deadline_ms(run->heap.items[0]);
        wait_ms = sooner(wait_ms, due_ms > now_ms ? due_ms - now_ms : 0);
    }
    if (end_ms(run) != NEVER_MS)
        wait_ms = sooner(wait_ms, end_ms(run) > now_ms ? end_ms(run) - now_ms : 0);
    return (int)wait_ms;
}

static void read_signals(struct run *run)
{
    struct signalfd_siginfo info;
    while (read(run->signal_fd, &info, sizeof info) == (ssize_t)sizeof info)
        run->last_signal = (int)info.ssi_signo;
}

static bool wait_for_work(struct run *run, int wait_ms)
{
    const struct prov_transport *transport = run->fleet.transport;
    size_t n = transport->pollfds(transport->ctx, run->wanted, run->cap);
    if (n > run->cap || !run->fds) {
        free(run->wanted);
        free(run->fds);
        run->cap = 2 * n + 1;
        run->wanted = calloc(run->cap, sizeof *run->wanted);
        run->fds = calloc(run->cap + 1, sizeof *run->fds);
        if (!run->wanted || !run->fds)
            return false;
        n = transport->pollfds(transport->ctx, run->wanted, run->cap);
    }
    run->fds[0] = (struct pollfd){.fd = run->signal_fd, .events = POLLIN};
    for (size_t i = 0; i < n; i++) {
        uint32_t events = run->wanted[i].events;
        run->fds[i + 1] = (struct pollfd){
            .fd = run->wanted[i].fd,
            .events = (short)((events & PROV_POLL_IN ? POLLIN : 0) |
                              (events & PROV_POLL_OUT ? POLLOUT : 0)),
        };
    }
    if (poll(run->fds, (nfds_t)n + 1, wait_ms) < 0 && errno != EINTR)
        return false;
    if (run->fds[0].revents)
        read_signals(run);
    return true;
}

static prov_status receive(struct run *run)
{
    const struct prov_transport *transport = run->fleet.transport;
    run->fleet.is_receiving = true;
    prov_status status = transport->process(transport->ctx, &run->err);
    run->fleet.is_receiving = false;
    return status;
}

/* Whether all phones have started, and none has a timer. */
static bool is_silent(const struct run *run)
{
    const struct fleet *fleet = &run->fleet;
    return !fleet->options->run.has_rate && fleet->n_silent == fleet->n_phones;
}

static bool is_over(const struct run *run)
{
    const struct fleet *fleet = &run->fleet;
    return run->last_signal || fleet->n_done + fleet->n_given_up == fleet->n_phones ||
           fleet->now_ms >= end_ms(run) || is_silent(run);
}

/* Once: every phone that has not ended has failed, and nothing but the user ends the retries. */
static void warn_of_failures(struct run *run, const struct progress *progress)
{
    const struct fleet *fleet = &run->fleet;
    const struct record *record = fleet->record;
    if (run->has_warned || end_ms(run) != NEVER_MS || fleet->options->run.n_attempts ||
        fleet->n_busy || fleet->n_failing == 0 ||
        fleet->n_failing + fleet->n_done != fleet->n_phones)
        return;
    run->has_warned = true;
    progress_interrupt(progress);
    fprintf(stderr, "%s: %s%u %s, e.g.: %s", program_name, fleet->n_done ? "the other " : "all ",
            fleet->n_failing, fleet->n_failing == 1 ? "phone has failed" : "phones have failed",
            record->n_reasons ? record->reasons[0].message : "no reason is known");
    if (fleet->next_ms != NEVER_MS)
        fprintf(stderr, "; the next tries again in %" PRId64 " s",
                (fleet->next_ms - fleet->now_ms + MS_PER_S - 1) / MS_PER_S);
    fputs(". Ctrl-C ends this, as --attempts and --length do\n", stderr);
}

static int loop(struct run *run)
{
    struct fleet *fleet = &run->fleet;
    struct progress progress = progress_begin(fleet->options, fleet->now_ms);
    while (!is_over(run)) {
        run_due(run);
        run_waiting(run);
        note_next(run);
        warn_of_failures(run, &progress);
        int64_t progress_ms = progress_show(&progress, fleet);
        if (run->status == PROV_OK && !wait_for_work(run, timeout_ms(run, progress_ms)))
            run->status = PROV_E_NOMEM;
        if (run->status == PROV_OK)
            run->status = receive(run);
        run_woken(run);
        read_clock(run);
        if (fleet->has_no_memory)
            run->status = PROV_E_NOMEM;
        if (run->status != PROV_OK)
            break;
    }
    progress_end(&progress, fleet);
    if (run->status == PROV_OK)
        return run->last_signal ? EXIT_SIGNAL + run->last_signal : EXIT_OK;
    if (run->err.status == PROV_OK)
        run->err.status = run->status;
    return print_failure(&run->err, EXIT_MACHINE);
}

static bool make_room_for_all(struct run *run, uint32_t n_phones)
{
    run->fleet.phones = calloc(n_phones, sizeof *run->fleet.phones);
    return run->fleet.phones && queue_init(&run->woken, n_phones) &&
           queue_init(&run->waiting, n_phones) &&
           heap_init(&run->heap, (size_t)n_phones * ENTRIES_PER_PHONE);
}

static int make_transport(struct run *run)
{
    const struct run_options *options = &run->fleet.options->run;
    const struct prov_curl_options curl_options = {
        .size = sizeof curl_options,
        .alloc = &run->fleet.alloc,
        .ca_file = options->ca_file,
        .system_roots = options->has_system_ca,
        .max_connections = options->n_connections,
    };
    if (prov_curl_new(&run->curl, &curl_options, &run->err) != PROV_OK)
        return print_failure(&run->err, EXIT_MACHINE);
    run->fleet.transport = prov_curl_transport(run->curl);
    return EXIT_OK;
}

static bool is_usage(prov_status status)
{
    return status == PROV_E_INVALID || status == PROV_E_VALUE || status == PROV_E_SYNTAX ||
           status == PROV_E_POLICY;
}

/* Make the phones of this part of the fleet. */
static int make_phones(struct run *run)
{
    struct fleet *fleet = &run->fleet;
    const struct run_options *options = &fleet->options->run;
    const struct shard *shard = &options->shard;
    uint32_t n = (options->n_phones - shard->number) / shard->n_parts + 1;
    if (!make_room_for_all(run, n)) {
        perror(program_name);
        return EXIT_MACHINE;
    }
    for (; fleet->n_phones < n; fleet->n_phones++) {
        struct phone *phone = &fleet->phones[fleet->n_phones];
        uint32_t number = fleet->n_phones * shard->n_parts + shard->number - 1;
        prov_status status = phone_init(phone, fleet, number, &run->err);
        if (status == PROV_OK)
            continue;
        fleet->n_phones++; /* counted now, so that its parts are released with the others */
        return print_failure(&run->err, is_usage(status) ? EXIT_USAGE : EXIT_MACHINE);
    }
    return EXIT_OK;
}

static bool block_signals(struct run *run)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    run->signal_fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
    return run->signal_fd >= 0;
}

static int64_t cpu_us(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * INT64_C(1000000) +
           usage.ru_utime.tv_usec + usage.ru_stime.tv_usec;
}

static uint64_t process_bytes(void)
{
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage);
    return (uint64_t)usage.ru_maxrss * 1024;
}

static int run_all(struct run *run, struct record *record)
{
    struct fleet *fleet = &run->fleet;
    struct part part = {
        .number = fleet->options->run.shard.number,
        .n_parts = fleet->options->run.shard.n_parts,
        .n_phones = fleet->n_phones,
        .aim = fleet->options->run.n_resyncs,
        .idle_bytes = fleet->pool.live_bytes,
        .start_ms = clock_ms(CLOCK_REALTIME),
        .cpu_us = cpu_us(),
    };
    read_clock(run);
    fleet->begin_ms = fleet->now_ms;
    for (uint32_t i = 0; i < fleet->n_phones; i++) {
        plan_start(run, &fleet->phones[i]);
        plan(run, &fleet->phones[i], -1);
    }
    int status = loop(run);
    part.cpu_us = cpu_us() - part.cpu_us;
    part.elapsed_ms = fleet->now_ms - fleet->begin_ms;
    part.n_done = fleet->n_done;
    part.n_running = fleet->n_busy;
    part.end_bytes = fleet->pool.live_bytes;
    part.peak_bytes = fleet->pool.peak_bytes;
    part.process_bytes = process_bytes();
    if (record_add_part(record, &part) && limits_note(record) &&
        (!is_silent(run) ||
         record_add_note(record, "the parameters: no phone will resync by Provision_Enable, "
                                 "Resync_On_Reset, Resync_Periodic and Resync_At")))
        return status;
    perror(program_name);
    return EXIT_MACHINE;
}

static void release(struct run *run)
{
    struct fleet *fleet = &run->fleet;
    for (uint32_t i = 0; i < fleet->n_phones; i++)
        phone_end(&fleet->phones[i]);
    prov_curl_free(run->curl);
    heap_free(&run->heap);
    free(run->woken.items);
    free(run->waiting.items);
    free(fleet->phones);
    free(run->wanted);
    free(run->fds);
    pool_end(&fleet->pool);
    if (run->signal_fd >= 0)
        close(run->signal_fd);
}

int run_fleet(struct options *options, struct record *record)
{
    struct run run = {
        .fleet = {.options = options,
                  .record = record,
                  .read_ms = read_ms,
                  .wake = wake,
                  .wait = wait_for_transfer},
        .signal_fd = -1,
        .err = {.size = sizeof run.err},
    };
    run.fleet.alloc = pool_alloc(&run.fleet.pool);
    mallopt(M_TOP_PAD, 1 << 20); /* do not return memory to the system after each resync */
    mallopt(M_TRIM_THRESHOLD, 1 << 24);
    int status = EXIT_OK;
    if (!limits_prepare(&options->run, record) || !block_signals(&run)) {
        perror(program_name);
        status = EXIT_MACHINE;
    }
    if (status == EXIT_OK)
        status = make_transport(&run);
    if (status == EXIT_OK)
        status = make_phones(&run);
    if (status == EXIT_OK)
        status = run_all(&run, record);
    release(&run);
    return status;
}
