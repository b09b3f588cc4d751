/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * poor CA FIRST STEP RULE [cold]: a device whose process runs out of memory, for scripts.
 *
 * To be run with malloc_dial preloaded. After one resync that warms everything up, the dial is
 * turned: at each position FIRST, FIRST + STEP, … a child process makes an agent and its transport
 * and resyncs while that allocation fails, once or from then on, and then resyncs again while none
 * does. Its values have to be the old ones or the new ones after the first, and the new ones after
 * the second. CA is a file of roots; `-`: none.
 *
 * With `cold`, each child is a process that has not used OpenSSL before, and each allocation fails
 * only once. Either no transport can be made, even later, or transfers work: OpenSSL must not be
 * left without an algorithm that it failed to load. It may crash while the transport is made.
 *
 * A line is printed for each failure, and at the end `walked N`, the positions tried.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <provision/provision.h>
#include <provision/transport_curl.h>

#include "agent_poll.h"
#include "dials.h"
#include "fake_host.h"
#include "malloc_dial.h"

#pragma weak malloc_dial_arm
#pragma weak malloc_dial_lift
#pragma weak malloc_dial_seen

/* A child that takes longer hangs. */
#define CHILD_S 30
#define PATIENCE_MS 20000
/* So long a device goes on while nothing can be allocated. */
#define POOR_MS 300
#define NOT_REACHED 3

struct device {
    const char *ca;
    const char *rule;
    prov_store *store;
    prov_curl *curl;
    prov_agent *agent;
    bool is_cold;
    bool is_ended;
    struct prov_error err; /* of the resync */
};

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hear(void *ctx, const struct prov_event *event)
{
    struct device *device = ctx;
    if (event->type != PROV_EVENT_RESYNC)
        return;
    device->is_ended = true;
    device->err = event->as.result->error ? *event->as.result->error : (struct prov_error){0};
}

static void make_store(struct device *device)
{
    if (prov_store_open(&device->store, NULL, NULL) != PROV_OK)
        test_die("no store");
    store_set(device->store, "GPP_A", "old");
    store_set(device->store, "GPP_B", "old");
    store_set(device->store, "Profile_Rule", device->rule);
    store_set(device->store, "Resync_On_Reset", "No");
}

static void drop_agent(struct device *device)
{
    prov_agent_free(device->agent);
    prov_curl_free(device->curl);
    device->agent = NULL;
    device->curl = NULL;
}

static prov_status make_agent(struct device *device)
{
    struct prov_host host = {
        .size = sizeof host,
        .ctx = device,
        .mono_ms = mono_ms,
        .event = hear,
    };
    const struct prov_device macro_vars = {.size = sizeof macro_vars, .mac = {0, 0x0e, 8, 1, 2, 3}};
    const struct prov_curl_options curl_options = {
        .size = sizeof curl_options,
        .ca_file = strcmp(device->ca, "-") == 0 ? NULL : device->ca,
    };
    /* OpenSSL may take a want of memory for one of data: then the server seems to be silent. */
    const struct prov_limits limits = {
        .size = sizeof limits,
        .connect_timeout_ms = 2000,
        .idle_timeout_ms = 2000,
    };
    const struct prov_agent_options options = {
        .size = sizeof options,
        .limits = &limits,
        .host = &host,
        .device = &macro_vars,
        .boot_cause = PROV_CAUSE_HOST,
    };
    prov_status status = prov_curl_new(&device->curl, &curl_options, NULL);
    if (status == PROV_OK)
        status = prov_store_bind(device->store, &host, NULL);
    if (status == PROV_OK)
        status = prov_agent_new(&device->agent, &options, NULL);
    if (status == PROV_OK)
        status =
            prov_agent_add_transport(device->agent, prov_curl_transport(device->curl), 0, NULL);
    if (status != PROV_OK)
        drop_agent(device);
    return status;
}

/* Turn the loop until the resync has ended, or for a while; for a shorter one from allocation
 * @p poor_at on. */
static void run(struct device *device, uint64_t poor_at)
{
    int64_t end_ms = mono_ms(NULL) + PATIENCE_MS;
    bool is_poor = false;
    while (!device->is_ended && mono_ms(NULL) < end_ms) {
        if (!is_poor && malloc_dial_seen() >= poor_at) {
            is_poor = true;
            end_ms = mono_ms(NULL) + POOR_MS;
        }
        agent_poll(device->agent, 100);
        prov_agent_process(device->agent, NULL);
    }
}

static prov_status resync(struct device *device, uint64_t poor_at)
{
    device->is_ended = false;
    prov_status status = device->agent ? PROV_OK : make_agent(device);
    if (status == PROV_OK)
        status = prov_agent_request(device->agent, NULL, &device->err);
    if (status != PROV_OK)
        return status;
    run(device, poor_at);
    return device->is_ended ? device->err.status : PROV_E_TIMEOUT;
}

static volatile sig_atomic_t is_making;

static void end_crash(int number)
{
    _exit(is_making ? 0 : 128 + number);
}

/* The first use of OpenSSL: true: it has failed, so that no transport can be made any more. */
static bool use_openssl(struct device *device)
{
    is_making = true;
    signal(SIGSEGV, end_crash);
    prov_status status = make_agent(device);
    is_making = false;
    if (status == PROV_OK)
        return false;
    malloc_dial_lift();
    prov_curl *curl = NULL;
    status = prov_curl_new(&curl, NULL, NULL);
    prov_curl_free(curl);
    return status == PROV_E_NOMEM;
}

/* "o" old, "n" new, "?" else: of both values. */
static const char *values(struct device *device)
{
    static const char *const names[] = {"GPP_A", "GPP_B"};
    static char letters[3];
    for (size_t i = 0; i < 2; i++) {
        char value[16] = "";
        size_t len;
        prov_store_get(device->store, prov_str_from(names[i]), value, sizeof value, &len);
        letters[i] = strcmp(value, "old") == 0 ? 'o' : strcmp(value, "new") == 0 ? 'n' : '?';
    }
    return letters;
}

static bool is_whole(const char *letters)
{
    return strcmp(letters, "oo") == 0 || strcmp(letters, "nn") == 0;
}

/* One position of the dial. */
static _Noreturn void live(struct device *device, uint64_t at, bool sticky)
{
    alarm(CHILD_S);
    malloc_dial_arm(at, sticky);
    if (device->is_cold && use_openssl(device))
        _exit(0);
    prov_status first = resync(device, sticky ? at : UINT64_MAX);
    uint64_t n_seen = malloc_dial_lift();
    if (device->agent && prov_agent_is_busy(device->agent)) /* it was cut short above */
        run(device, UINT64_MAX);
    char after[3];
    memcpy(after, values(device), sizeof after);
    prov_status second = resync(device, UINT64_MAX);
    if (!is_whole(after) || (first == PROV_OK && strcmp(after, "nn") != 0))
        printf("%llu%s: %s left %s\n", (unsigned long long)at, sticky ? "+" : "",
               prov_status_name(first), after);
    else if (second != PROV_OK || strcmp(values(device), "nn") != 0)
        printf("%llu%s: after %s, %s (%s) and %s\n", (unsigned long long)at, sticky ? "+" : "",
               prov_status_name(first), prov_status_name(second), device->err.message,
               values(device));
    drop_agent(device);
    fflush(stdout);
    _exit(n_seen < at && first == PROV_OK ? NOT_REACHED : 0); /* a failure may come too early */
}

/* False: there are not so many allocations. */
static bool walk_one(struct device *device, uint64_t at, bool sticky)
{
    int status;
    pid_t child = fork();
    if (child < 0)
        test_die("fork");
    if (child == 0)
        live(device, at, sticky);
    waitpid(child, &status, 0);
    if (WIFSIGNALED(status))
        printf("%llu%s: killed by signal %d\n", (unsigned long long)at, sticky ? "+" : "",
               WTERMSIG(status));
    else if (WEXITSTATUS(status) != 0 && WEXITSTATUS(status) != NOT_REACHED)
        printf("%llu%s: exit status %d\n", (unsigned long long)at, sticky ? "+" : "",
               WEXITSTATUS(status));
    fflush(stdout);
    return !(WIFEXITED(status) && WEXITSTATUS(status) == NOT_REACHED);
}

static void warm_up(struct device *device)
{
    make_store(device);
    prov_status status = resync(device, UINT64_MAX);
    if (status != PROV_OK)
        test_die("%s: %s", prov_status_name(status), device->err.message);
    drop_agent(device);
    prov_store_close(device->store);
}

int main(int argc, char **argv)
{
    if (argc != 5 && argc != 6)
        test_die("usage: poor CA FIRST STEP RULE [cold]");
    if (!malloc_dial_arm || !malloc_dial_lift || !malloc_dial_seen)
        test_die("malloc_dial is not preloaded");
    struct device device = {.ca = argv[1], .rule = argv[4], .is_cold = argc == 6};
    uint64_t first = strtoull(argv[2], NULL, 10);
    uint64_t step = strtoull(argv[3], NULL, 10);
    if (!device.is_cold)
        warm_up(&device);
    make_store(&device);
    unsigned n = 0;
    for (int sticky = 0; sticky < (device.is_cold ? 1 : 2); sticky++)
        for (uint64_t at = first; walk_one(&device, at, sticky); at += step)
            n++;
    prov_store_close(device.store);
    printf("walked %u\n", n);
    return 0;
}
