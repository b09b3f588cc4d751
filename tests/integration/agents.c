/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * agents [NAME=VALUE]... < DEVICES: many devices in one process on one transport, for scripts.
 *
 * A line of standard input is a device: settings and then its rules, with tabs between, e.g.
 * `total=3000<TAB>http://127.0.0.1:8080/a.xml<TAB>http://127.0.0.1:8080/b.xml`. Each resyncs once,
 * all at the same time. Its GPP_A to GPP_P are "old" before.
 *
 * A line of standard output is one of them, in the same order, with tabs between: the status, how
 * many milliseconds it took, the first letter of each of GPP_A to GPP_P, the message of the
 * failure. Then come `cpu`, and the microseconds of processor time that all took; and `memory`, and
 * the bytes that an agent and its identity hold afterwards, idle, on the average.
 *
 * Names: ca, system, connections for all; connect, idle, total (milliseconds), cert, key, custom
 * (files: an identity of its own) for one device.
 */
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <time.h>
#include <unistd.h>

#include <provision/provision.h>
#include <provision/transport_curl.h>

#include "dials.h"
#include "fake_host.h"

#define N_RULES 4
#define FIRST_GPP 'A'
#define LAST_GPP 'P'

struct device {
    struct device *next;
    struct prov_limits limits;
    prov_store *store;
    prov_agent *agent;
    size_t n_rules;
    const char *cert_file, *key_file, *custom_file; /* point into `line` */
    char *line;
    bool is_woken; /* its agent has something to do */
    bool is_ended;
    int64_t start_ms, end_ms;
    struct prov_error err; /* of the resync */
};

struct fleet {
    struct prov_curl_options options;
    const struct prov_transport *transport;
    struct fault_alloc memory, identities; /* of all agents; never fail */
    struct device *first, *last;
    size_t n_running;
    int epoll;
    int64_t waited_ms; /* by timeouts that ran out */
};

static int64_t clock_us(clockid_t clock)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return clock_us(CLOCK_MONOTONIC) / 1000;
}

static void wake(void *ctx)
{
    struct device *device = ctx;
    device->is_woken = true;
}

static void hear(void *ctx, const struct prov_event *event)
{
    struct device *device = ctx;
    if (event->type != PROV_EVENT_RESYNC)
        return;
    device->is_ended = true;
    device->end_ms = mono_ms(NULL);
    if (event->as.result->error)
        device->err = *event->as.result->error;
}

static void add_rule(struct device *device, const char *rule)
{
    static const char *const names[N_RULES] = {"Profile_Rule", "Profile_Rule_B", "Profile_Rule_C",
                                               "Profile_Rule_D"};
    if (device->n_rules == N_RULES)
        test_die("more than %d rules", N_RULES);
    store_set(device->store, names[device->n_rules++], rule);
}

/* False: not one of these settings. */
static bool set_limit(struct device *device, const char *word)
{
    const struct {
        const char *name;
        uint32_t *field;
    } limits[] = {
        {"connect=", &device->limits.connect_timeout_ms},
        {"idle=", &device->limits.idle_timeout_ms},
        {"total=", &device->limits.total_timeout_ms},
    };
    for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
        size_t len = strlen(limits[i].name);
        if (strncmp(word, limits[i].name, len) != 0)
            continue;
        *limits[i].field = (uint32_t)strtoul(word + len, NULL, 10);
        return true;
    }
    return false;
}

/* False: not one of these settings. */
static bool set_file(struct device *device, const char *word)
{
    const struct {
        const char *name;
        const char **field;
    } files[] = {
        {"cert=", &device->cert_file},
        {"key=", &device->key_file},
        {"custom=", &device->custom_file},
    };
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        size_t len = strlen(files[i].name);
        if (strncmp(word, files[i].name, len) != 0)
            continue;
        *files[i].field = word + len;
        return true;
    }
    return false;
}

static void set_custom_ca(struct device *device, prov_tls_identity *identity)
{
    char pem[65536];
    FILE *file = fopen(device->custom_file, "rb");
    if (!file)
        test_die("%s", device->custom_file);
    size_t len = fread(pem, 1, sizeof pem, file);
    fclose(file);
    if (prov_tls_identity_set_custom_ca(identity, (prov_str){pem, len}, 0, &device->err) != PROV_OK)
        test_die("%s: %s", device->custom_file, device->err.message);
}

/* NULL: none of its own. */
static prov_tls_identity *make_identity(struct device *device, const struct prov_alloc *alloc)
{
    const struct prov_tls_identity_options options = {.size = sizeof options, .alloc = alloc};
    const struct prov_client_certificate certificate = {
        .size = sizeof certificate,
        .cert_file = device->cert_file,
        .key_file = device->key_file,
    };
    prov_tls_identity *identity;
    if (!device->cert_file && !device->custom_file)
        return NULL;
    if (prov_tls_identity_new(&identity, &options, &device->err) != PROV_OK ||
        (device->cert_file &&
         prov_tls_identity_set_certificate(identity, &certificate, &device->err) != PROV_OK))
        test_die("no identity: %s", device->err.message);
    if (device->custom_file)
        set_custom_ca(device, identity);
    return identity;
}

static void make_store(struct device *device)
{
    if (prov_store_open(&device->store, NULL, NULL) != PROV_OK)
        test_die("no store");
    for (char letter = FIRST_GPP; letter <= LAST_GPP; letter++)
        store_set(device->store, (char[]){'G', 'P', 'P', '_', letter, '\0'}, "old");
}

static void make_agent(struct device *device, struct fleet *fleet, uint32_t number)
{
    struct prov_host host = {
        .size = sizeof host,
        .ctx = device,
        .mono_ms = mono_ms,
        .wake = wake,
        .event = hear,
    };
    const struct prov_device macro_vars = {
        .size = sizeof macro_vars,
        .mac = {0x00, 0x0e, 0x08, (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number},
        .product = prov_str_from("CP-8841-3PCC"),
        .sw_version = prov_str_from("11.0"),
    };
    prov_tls_identity *identity = make_identity(device, &fleet->identities.alloc);
    const struct prov_agent_options options = {
        .size = sizeof options,
        .identity = identity,
        .host = &host,
        .device = &macro_vars,
        .limits = &device->limits,
        .alloc = &fleet->memory.alloc,
        .boot_cause = PROV_CAUSE_HOST, /* no resync for the power-up */
    };
    if (prov_store_bind(device->store, &host, &device->err) != PROV_OK ||
        prov_agent_new(&device->agent, &options, &device->err) != PROV_OK ||
        prov_agent_add_transport(device->agent, fleet->transport, PROV_TRANSPORT_SHARED,
                                 &device->err) != PROV_OK)
        test_die("no agent: %s", device->err.message);
    prov_tls_identity_free(identity); /* the agent has it */
}

static void read_device(struct fleet *fleet, const char *line, uint32_t number)
{
    struct device *device = calloc(1, sizeof *device);
    if (!device)
        test_die("no memory");
    device->limits.size = sizeof device->limits;
    make_store(device);
    char *rest = NULL;
    device->line = strdup(line);
    for (char *word = strtok_r(device->line, "\t\n", &rest); word;
         word = strtok_r(NULL, "\t\n", &rest))
        if (!set_limit(device, word) && !set_file(device, word))
            add_rule(device, word);
    make_agent(device, fleet, number);
    if (fleet->last)
        fleet->last->next = device;
    else
        fleet->first = device;
    fleet->last = device;
}

static void print_device(struct device *device)
{
    printf("%s\t%lld\t", prov_status_name(device->err.status),
           (long long)(device->end_ms - device->start_ms));
    for (char letter = FIRST_GPP; letter <= LAST_GPP; letter++) {
        char value[256] = "";
        size_t len;
        prov_store_get(device->store, prov_str_from((char[]){'G', 'P', 'P', '_', letter, '\0'}),
                       value, sizeof value, &len);
        putchar(value[0] ? value[0] : '.');
    }
    printf("\t%s\n", device->err.message);
}

static void read_options(struct fleet *fleet, int argc, char **argv)
{
    fleet->options.size = sizeof fleet->options;
    for (int i = 1; i < argc; i++) {
        if (strncmp(argv[i], "ca=", 3) == 0)
            fleet->options.ca_file = argv[i] + 3;
        else if (strcmp(argv[i], "system=1") == 0)
            fleet->options.system_roots = 1;
        else if (strncmp(argv[i], "connections=", 12) == 0)
            fleet->options.max_connections = (uint32_t)strtoul(argv[i] + 12, NULL, 10);
        else
            test_die("%s is not understood", argv[i]);
    }
}

static void start_all(struct fleet *fleet)
{
    for (struct device *device = fleet->first; device; device = device->next) {
        device->start_ms = mono_ms(NULL);
        if (prov_agent_request(device->agent, NULL, &device->err) != PROV_OK)
            test_die("refused: %s", device->err.message);
        device->is_woken = true;
        fleet->n_running++;
    }
}

static void run_agents(struct fleet *fleet)
{
    for (struct device *device = fleet->first; device; device = device->next) {
        if (!device->is_woken || device->is_ended)
            continue;
        device->is_woken = false;
        while (prov_agent_timeout_ms(device->agent) == 0)
            if (prov_agent_process(device->agent, &device->err) != PROV_OK)
                test_die("process: %s", device->err.message);
        fleet->n_running -= device->is_ended;
    }
}

static void watch(void *ctx, int32_t fd, uint32_t events)
{
    const struct fleet *fleet = ctx;
    struct epoll_event event = {.data.fd = fd};
    event.events =
        (events & PROV_POLL_IN ? EPOLLIN : 0u) | (events & PROV_POLL_OUT ? EPOLLOUT : 0u);
    if (events == 0)
        epoll_ctl(fleet->epoll, EPOLL_CTL_DEL, fd, NULL);
    else if (epoll_ctl(fleet->epoll, EPOLL_CTL_MOD, fd, &event) != 0)
        epoll_ctl(fleet->epoll, EPOLL_CTL_ADD, fd, &event);
}

static void run_all(struct fleet *fleet)
{
    const struct prov_transport *transport = fleet->transport;
    struct epoll_event event;
    start_all(fleet);
    run_agents(fleet);
    while (fleet->n_running > 0) {
        int64_t wait_ms = transport->timeout_ms(transport->ctx);
        if (epoll_wait(fleet->epoll, &event, 1, wait_ms > INT_MAX ? INT_MAX : (int)wait_ms) == 0)
            fleet->waited_ms += wait_ms;
        if (transport->process(transport->ctx, NULL) != PROV_OK)
            test_die("process failed");
        run_agents(fleet);
    }
}

static void free_all(struct fleet *fleet)
{
    struct device *next;
    for (struct device *device = fleet->first; device; device = next) {
        next = device->next;
        prov_agent_free(device->agent);
        prov_store_close(device->store);
        free(device->line);
        free(device);
    }
    fault_alloc_assert_empty(&fleet->memory);
    fault_alloc_assert_empty(&fleet->identities);
}

int main(int argc, char **argv)
{
    struct fleet fleet = {0};
    prov_curl *curl;
    fleet.epoll = epoll_create1(EPOLL_CLOEXEC);
    fleet.options.on_poll = watch;
    fleet.options.poll_ctx = &fleet;
    read_options(&fleet, argc, argv);
    fault_alloc_init(&fleet.memory, NULL);
    fault_alloc_init(&fleet.identities, NULL);
    struct prov_error err = {0};
    if (prov_curl_new(&curl, &fleet.options, &err) != PROV_OK)
        test_die("prov_curl_new: %s", err.message);
    fleet.transport = prov_curl_transport(curl);

    char *line = NULL;
    size_t cap = 0;
    uint32_t n_devices = 0;
    while (getline(&line, &cap, stdin) > 0)
        read_device(&fleet, line, n_devices++);
    free(line);

    int64_t before_us = clock_us(CLOCK_PROCESS_CPUTIME_ID);
    run_all(&fleet);
    int64_t spent_us = clock_us(CLOCK_PROCESS_CPUTIME_ID) - before_us;
    for (struct device *device = fleet.first; device; device = device->next)
        print_device(device);
    printf("spent\t%lld\t%lld\n", (long long)spent_us, (long long)fleet.waited_ms);
    if (n_devices == 0)
        test_die("no device");
    printf("memory\t%zu\t%zu\n", fleet.memory.live_bytes / n_devices,
           fleet.identities.live_bytes / n_devices);
    free_all(&fleet);
    prov_curl_free(curl);
    close(fleet.epoll);
    return 0;
}
