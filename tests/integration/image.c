/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * image [NAME=VALUE]... URL: an image, fetched by Upgrade_Rule into a host that keeps its SHA-256
 * alone, for scripts. Failed attempts are repeated, and the time until then is skipped.
 *
 * Standard output has `begun OFFSET` for each begin, `failed MESSAGE` for each attempt that
 * failed, and at the end `bytes`, `sha256` and `heap`, the most that the heap grew or shrank after
 * the first MiB of the image.
 *
 * Names: ca (a file); idle (milliseconds without a byte); lose (bytes received, in total, after
 * which the network link is lost for a moment, with commas between); refuse (how often the host
 * refuses the whole image); quiet (no digest: bytes are discarded).
 */
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <provision/provision.h>
#include <provision/transport_curl.h>

#include "decode/digest.h"
#include "agent_poll.h"
#include "dials.h"
#include "fake_host.h"

enum { MIB = 1 << 20, MOST_ATTEMPTS = 100 };

struct bank {
    struct provi_digester digester;
    bool is_open; /* the digester has begun */
    uint64_t n_bytes;
    char etag[PROV_UPGRADE_ETAG_CAP];
    bool is_whole;
};

struct device {
    prov_agent *agent;
    prov_store *store;
    struct bank bank;
    int64_t skipped_ms;
    const char *lose_at; /* what is left of `lose` */
    uint64_t n_received;
    uint64_t next_sample;
    int64_t first_heap, heap_distance;
    long n_refusals;
    unsigned n_failed;
    bool is_quiet;
};

static int64_t mono_ms(void *ctx)
{
    const struct device *device = ctx;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000 + device->skipped_ms;
}

static prov_status inspect(void *ctx, const struct prov_upgrade_target *target,
                           struct prov_upgrade_answer *answer, struct prov_error *err)
{
    const struct bank *bank = &((struct device *)ctx)->bank;
    (void)target, (void)err;
    answer->offset = bank->n_bytes;
    memcpy(answer->etag, bank->etag, sizeof answer->etag);
    return PROV_OK;
}

static void close_digest(struct bank *bank, struct provi_digest *digest)
{
    if (bank->is_open)
        provi_digest_end(&bank->digester, digest, NULL);
    bank->is_open = false;
}

static void discard(struct bank *bank)
{
    struct provi_digest unused;
    close_digest(bank, &unused);
    bank->n_bytes = 0;
    bank->etag[0] = '\0';
}

static prov_status begin(void *ctx, const struct prov_upgrade_target *target, uint64_t offset,
                         struct prov_error *err)
{
    struct device *device = ctx;
    struct bank *bank = &device->bank;
    (void)err;
    printf("begun %llu\n", (unsigned long long)offset);
    if (offset == 0)
        discard(bank);
    if (offset != bank->n_bytes)
        test_die("bytes from %llu on, and %llu are there", (unsigned long long)offset,
                 (unsigned long long)bank->n_bytes);
    snprintf(bank->etag, sizeof bank->etag, "%.*s", (int)target->etag.len, target->etag.data);
    if (!bank->is_open && !device->is_quiet)
        provi_digest_begin(&bank->digester);
    bank->is_open = !device->is_quiet;
    return PROV_OK;
}

static void sample_heap(struct device *device)
{
    const struct mallinfo2 info = mallinfo2();
    const int64_t heap = (int64_t)(info.uordblks + info.hblkhd);
    if (device->first_heap == 0)
        device->first_heap = heap;
    int64_t distance = llabs(heap - device->first_heap);
    if (distance > device->heap_distance)
        device->heap_distance = distance;
    device->next_sample = device->n_received + MIB;
}

static void lose_link(struct device *device)
{
    char *rest;
    uint64_t at = strtoull(device->lose_at, &rest, 10);
    if (rest == device->lose_at || device->n_received < at)
        return;
    device->lose_at = *rest ? rest + 1 : rest;
    prov_agent_network(device->agent, PROV_NETWORK_LOST, NULL);
    prov_agent_network(device->agent, PROV_NETWORK_BACK, NULL);
}

static prov_status write_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct device *device = ctx;
    (void)err;
    if (!device->is_quiet)
        provi_digest_add(&device->bank.digester, data, len);
    device->bank.n_bytes += len;
    device->n_received += len;
    if (device->n_received >= device->next_sample)
        sample_heap(device);
    lose_link(device);
    return PROV_OK;
}

static prov_status finish(void *ctx, const struct prov_upgrade_target *target, char *next,
                          size_t cap, struct prov_error *err)
{
    struct device *device = ctx;
    (void)target, (void)next, (void)cap, (void)err;
    if (device->n_refusals-- > 0)
        return PROV_E_IO;
    device->bank.is_whole = true;
    return PROV_OK;
}

static prov_status activate(void *ctx, const struct prov_upgrade_target *target,
                            struct prov_error *err)
{
    (void)ctx, (void)target, (void)err;
    return PROV_OK;
}

static void abort_image(void *ctx, const struct prov_upgrade_target *target)
{
    struct device *device = ctx;
    if (target->etag.len == 0)
        discard(&device->bank);
}

static void hear(void *ctx, const struct prov_event *event)
{
    struct device *device = ctx;
    if (event->type != PROV_EVENT_RESULT || event->job != PROV_JOB_UPGRADE ||
        !event->as.result->error)
        return;
    printf("failed %s\n", event->as.result->error->message);
    if (++device->n_failed == MOST_ATTEMPTS)
        test_die("%d attempts failed", MOST_ATTEMPTS);
}

static void make_agent(struct device *device, const struct prov_limits *limits, prov_curl *curl)
{
    struct prov_error err = {0};
    struct prov_host host = {.size = sizeof host, .ctx = device, .mono_ms = mono_ms, .event = hear};
    const struct prov_device facts = {
        .size = sizeof facts,
        .mac = {0x00, 0x0e, 0x08, 1, 2, 3},
        .product = prov_str_from("CP-8841-3PCC"),
        .sw_version = prov_str_from("11.0"),
    };
    const struct prov_agent_options options = {
        .size = sizeof options,
        .host = &host,
        .device = &facts,
        .limits = limits,
        .boot_cause = PROV_CAUSE_HOST, /* no resync for the power-up */
        .floor_s = 1,
    };
    const struct prov_upgrade_host upgrade = {
        .size = sizeof upgrade,
        .ctx = device,
        .inspect = inspect,
        .begin = begin,
        .write = write_bytes,
        .finish = finish,
        .activate = activate,
        .abort = abort_image,
    };
    if (prov_store_bind(device->store, &host, &err) != PROV_OK ||
        prov_agent_new(&device->agent, &options, &err) != PROV_OK ||
        prov_agent_add_transport(device->agent, prov_curl_transport(curl), 0, &err) != PROV_OK ||
        prov_agent_enable_upgrade(device->agent, &upgrade, &err) != PROV_OK)
        test_die("no agent: %s", err.message);
}

static void wait_for_news(struct device *device)
{
    struct prov_job_status status = {.size = sizeof status};
    prov_agent_status(device->agent, PROV_JOB_UPGRADE, &status);
    if (status.state == PROV_STATE_WAITING && status.in_ms > 0) {
        device->skipped_ms += status.in_ms; /* until the next attempt */
        return;
    }
    agent_poll(device->agent, -1);
}

static void run(struct device *device)
{
    struct prov_error err = {0};
    while (!device->bank.is_whole) {
        wait_for_news(device);
        if (prov_agent_process(device->agent, &err) != PROV_OK)
            test_die("process: %s", err.message);
    }
}

static void print_result(struct device *device)
{
    struct provi_digest digest = {{0}};
    printf("bytes %llu\nheap %lld\nsha256 ", (unsigned long long)device->bank.n_bytes,
           (long long)device->heap_distance);
    close_digest(&device->bank, &digest);
    for (size_t i = 0; i < sizeof digest.bytes; i++)
        printf("%02x", digest.bytes[i]);
    putchar('\n');
}

int main(int argc, char **argv)
{
    struct device device = {.lose_at = "", .next_sample = MIB};
    struct prov_curl_options options = {.size = sizeof options};
    struct prov_limits limits = {.size = sizeof limits};
    struct prov_error err = {0};
    prov_curl *curl;
    for (int i = 1; i < argc - 1; i++) {
        if (strncmp(argv[i], "ca=", 3) == 0)
            options.ca_file = argv[i] + 3;
        else if (strncmp(argv[i], "idle=", 5) == 0)
            limits.idle_timeout_ms = (uint32_t)strtoul(argv[i] + 5, NULL, 10);
        else if (strncmp(argv[i], "lose=", 5) == 0)
            device.lose_at = argv[i] + 5;
        else if (strncmp(argv[i], "refuse=", 7) == 0)
            device.n_refusals = strtol(argv[i] + 7, NULL, 10);
        else if (strcmp(argv[i], "quiet=1") == 0)
            device.is_quiet = true;
        else
            test_die("%s is not understood", argv[i]);
    }
    if (argc < 2 || prov_store_open(&device.store, NULL, NULL) != PROV_OK ||
        prov_curl_new(&curl, &options, &err) != PROV_OK)
        test_die("usage: image [NAME=VALUE]... URL %s", err.message);
    store_set(device.store, "Upgrade_Rule", argv[argc - 1]);
    store_set(device.store, "Upgrade_Error_Retry_Delay", "1");
    store_set(device.store, "Profile_Rule", "");
    make_agent(&device, &limits, curl);
    run(&device);
    print_result(&device);
    prov_agent_free(device.agent);
    prov_curl_free(curl);
    prov_store_close(device.store);
    return 0;
}
