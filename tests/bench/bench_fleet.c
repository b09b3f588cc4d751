/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * bench_fleet ours|curl URL DEVICES ROUNDS [CA]: many devices in one process, and a real server.
 *
 *     ours  each has an agent with events and a ready-made store in memory, all on one transport; a
 *           round is a resync of each, and the first one, which fills the stores, does not count
 *     curl  a round fetches URL as often by libcurl's multi interface alone, 64 transfers at a
 *           time, with an easy handle for each device that is kept
 *
 * Prints the processor time of one resync, or one transfer, in microseconds.
 */
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <curl/curl.h>

#include <provision/provision.h>
#include <provision/transport_curl.h>

enum { N_AT_A_TIME = 64 };

/* Not the support library's, which counts calls into libcurl. */
__attribute__((noreturn, format(printf, 1, 2))) static void die(const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    vfprintf(stderr, format, arguments);
    va_end(arguments);
    fputc('\n', stderr);
    exit(1);
}

static double now_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (double)now.tv_sec * 1e6 + (double)now.tv_nsec / 1e3;
}

struct device {
    prov_store *store;
    prov_agent *agent;
    bool is_woken;
    bool is_running;
    size_t n_events, n_event_bytes;
};

struct fleet {
    struct device *devices;
    size_t n_devices, n_running;
    prov_curl *curl;
    const struct prov_transport *transport;
    struct prov_pollfd *wanted; /* cap entries */
    struct pollfd *fds;         /* likewise */
    size_t cap;
};

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return (int64_t)(now_us(CLOCK_MONOTONIC) / 1e3);
}

static void wake(void *ctx)
{
    ((struct device *)ctx)->is_woken = true;
}

/* As much as a host does that writes a line to a buffer. */
static void hear(void *ctx, const struct prov_event *event)
{
    struct device *device = ctx;
    device->n_events++;
    if (event->type == PROV_EVENT_CHANGED)
        device->n_event_bytes += event->as.change->name.len + event->as.change->old_value.len +
                                 event->as.change->new_value.len;
    if (event->type != PROV_EVENT_RESYNC)
        return;
    device->is_running = false;
    if (event->as.result->error)
        die("a resync failed: %s", event->as.result->error->message);
}

static void make_device(struct fleet *fleet, size_t number)
{
    struct device *device = &fleet->devices[number];
    struct prov_host host = {
        .size = sizeof host, .ctx = device, .mono_ms = mono_ms, .wake = wake, .event = hear};
    const struct prov_device macro_vars = {
        .size = sizeof macro_vars,
        .mac = {0x00, 0x0e, 0x08, 0, (uint8_t)(number >> 8), (uint8_t)number},
        .product = prov_str_from("CP-8841-3PCC"),
    };
    const struct prov_agent_options options = {
        .size = sizeof options,
        .host = &host,
        .device = &macro_vars,
        .boot_cause = PROV_CAUSE_HOST, /* no resync for the power-up */
    };
    struct prov_error err = {.size = sizeof err};
    if (prov_store_open(&device->store, NULL, &err) != PROV_OK ||
        prov_store_bind(device->store, &host, &err) != PROV_OK ||
        prov_agent_new(&device->agent, &options, &err) != PROV_OK ||
        prov_agent_add_transport(device->agent, fleet->transport, PROV_TRANSPORT_SHARED, &err) !=
            PROV_OK)
        die("no agent: %s", err.message);
}

static void run_agents(struct fleet *fleet)
{
    for (size_t i = 0; i < fleet->n_devices; i++) {
        struct device *device = &fleet->devices[i];
        if (!device->is_woken)
            continue;
        device->is_woken = false;
        bool was_running = device->is_running;
        while (prov_agent_timeout_ms(device->agent) == 0)
            if (prov_agent_process(device->agent, NULL) != PROV_OK)
                die("an agent does not go on");
        fleet->n_running -= was_running && !device->is_running;
    }
}

static void wait_for_network(struct fleet *fleet)
{
    const struct prov_transport *transport = fleet->transport;
    size_t n = transport->pollfds(transport->ctx, fleet->wanted, fleet->cap);
    if (n > fleet->cap)
        die("%zu descriptors", n);
    for (size_t i = 0; i < n; i++) {
        uint32_t events = fleet->wanted[i].events;
        fleet->fds[i] = (struct pollfd){
            .fd = fleet->wanted[i].fd,
            .events = (short)((events & PROV_POLL_IN ? POLLIN : 0) |
                              (events & PROV_POLL_OUT ? POLLOUT : 0)),
        };
    }
    poll(fleet->fds, (nfds_t)n, (int)transport->timeout_ms(transport->ctx));
}

static void resync_all(struct fleet *fleet, const char *rule)
{
    const struct prov_agent_request request = {
        .size = sizeof request, .cause = PROV_CAUSE_HOST, .rule = prov_str_from(rule)};
    for (size_t i = 0; i < fleet->n_devices; i++) {
        struct device *device = &fleet->devices[i];
        if (prov_agent_request(device->agent, &request, NULL) != PROV_OK)
            die("a request was refused");
        device->is_woken = device->is_running = true;
    }
    fleet->n_running = fleet->n_devices;
    run_agents(fleet);
    while (fleet->n_running > 0) {
        wait_for_network(fleet);
        if (fleet->transport->process(fleet->transport->ctx, NULL) != PROV_OK)
            die("the transport does not go on");
        run_agents(fleet);
    }
}

/* callgrind collects while these run. */
__attribute__((noinline)) static double measured_ours(struct fleet *fleet, const char *url,
                                                      size_t n_rounds)
{
    double start_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < n_rounds; i++)
        resync_all(fleet, url);
    return now_us(CLOCK_PROCESS_CPUTIME_ID) - start_us;
}

static double run_ours(const char *url, size_t n_devices, size_t n_rounds, const char *ca)
{
    const struct prov_curl_options options = {.size = sizeof options, .ca_file = ca};
    struct fleet fleet = {.n_devices = n_devices, .cap = 16 * N_AT_A_TIME};
    fleet.devices = calloc(n_devices, sizeof *fleet.devices);
    fleet.wanted = calloc(fleet.cap, sizeof *fleet.wanted);
    fleet.fds = calloc(fleet.cap, sizeof *fleet.fds);
    if (!fleet.devices || !fleet.wanted || !fleet.fds ||
        prov_curl_new(&fleet.curl, &options, NULL) != PROV_OK)
        die("no transport");
    fleet.transport = prov_curl_transport(fleet.curl);
    for (size_t i = 0; i < n_devices; i++)
        make_device(&fleet, i);
    resync_all(&fleet, url);
    double spent_us = measured_ours(&fleet, url, n_rounds);
    for (size_t i = 0; i < n_devices; i++) {
        prov_agent_free(fleet.devices[i].agent);
        prov_store_close(fleet.devices[i].store);
    }
    prov_curl_free(fleet.curl);
    free(fleet.devices);
    free(fleet.wanted);
    free(fleet.fds);
    return spent_us;
}

static size_t count_bytes(char *data, size_t size, size_t n, void *ctx)
{
    (void)data;
    *(size_t *)ctx += size * n;
    return size * n;
}

static void end_transfer(CURLM *multi, const CURLMsg *message)
{
    CURL *easy = message->easy_handle;
    long code = 0;
    curl_easy_getinfo(easy, CURLINFO_RESPONSE_CODE, &code);
    if (message->data.result != CURLE_OK || code != 200)
        die("curl: %d, HTTP %ld", (int)message->data.result, code);
    curl_multi_remove_handle(multi, easy);
}

static void fetch_all(CURLM *multi, CURL **easies, size_t n)
{
    size_t n_started = 0, n_ended = 0;
    while (n_ended < n) {
        int n_running, n_left;
        while (n_started < n && n_started - n_ended < N_AT_A_TIME)
            curl_multi_add_handle(multi, easies[n_started++]);
        curl_multi_perform(multi, &n_running);
        for (CURLMsg *message; (message = curl_multi_info_read(multi, &n_left)) != NULL; n_ended++)
            end_transfer(multi, message);
        if (n_ended < n)
            curl_multi_poll(multi, NULL, 0, 10, NULL);
    }
}

__attribute__((noinline)) static double measured_curl(CURLM *multi, CURL **easies, size_t n,
                                                      size_t n_rounds)
{
    double start_us = now_us(CLOCK_PROCESS_CPUTIME_ID);
    for (size_t i = 0; i < n_rounds; i++)
        fetch_all(multi, easies, n);
    return now_us(CLOCK_PROCESS_CPUTIME_ID) - start_us;
}

static double run_curl(const char *url, size_t n_devices, size_t n_rounds, const char *ca)
{
    size_t n_bytes = 0;
    CURLM *multi = curl_multi_init();
    CURL **easies = calloc(n_devices, sizeof *easies);
    curl_multi_setopt(multi, CURLMOPT_MAXCONNECTS, (long)N_AT_A_TIME);
    for (size_t i = 0; i < n_devices; i++) {
        easies[i] = curl_easy_init();
        curl_easy_setopt(easies[i], CURLOPT_URL, url);
        curl_easy_setopt(easies[i], CURLOPT_NOSIGNAL, 1L);
        curl_easy_setopt(easies[i], CURLOPT_WRITEFUNCTION, count_bytes);
        curl_easy_setopt(easies[i], CURLOPT_WRITEDATA, &n_bytes);
        if (ca)
            curl_easy_setopt(easies[i], CURLOPT_CAINFO, ca);
    }
    fetch_all(multi, easies, n_devices);
    double spent_us = measured_curl(multi, easies, n_devices, n_rounds);
    for (size_t i = 0; i < n_devices; i++)
        curl_easy_cleanup(easies[i]);
    curl_multi_cleanup(multi);
    free(easies);
    return spent_us;
}

int main(int argc, char **argv)
{
    if (argc < 5)
        die("bench_fleet ours|curl URL DEVICES ROUNDS [CA]");
    size_t n_devices = strtoul(argv[3], NULL, 10), n_rounds = strtoul(argv[4], NULL, 10);
    const char *ca = argc > 5 ? argv[5] : NULL;
    curl_global_init(CURL_GLOBAL_DEFAULT);
    double spent_us = strcmp(argv[1], "ours") == 0 ? run_ours(argv[2], n_devices, n_rounds, ca)
                                                   : run_curl(argv[2], n_devices, n_rounds, ca);
    printf("%.2f\n", spent_us / (double)(n_devices * n_rounds));
    curl_global_cleanup();
    return 0;
}
