/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * A transport of a program's own: file://localhost/path, for harnesses without a network.
 *
 * custom_transport file://localhost/srv/profiles/basic.txt
 *
 * It reads a piece in each turn of the loop, like a transport that waits for a network.
 */
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <provision/provision.h>

#define MAX_OPEN 8

/* One transfer under way. */
struct reader {
    prov_transfer *transfer; /* NULL: no transfer */
    FILE *file;
};

static void stop(struct reader *reader)
{
    fclose(reader->file);
    reader->transfer = NULL;
}

/* Must neither block nor call prov_transfer_…(); process does that. */
static prov_status start(void *ctx, prov_transfer *transfer, const struct prov_request *request,
                         struct prov_error *err)
{
    struct reader *readers = ctx;
    char path[1024];
    struct reader *reader = readers;
    while (reader < readers + MAX_OPEN && reader->transfer)
        reader++;
    if (request->method != PROV_METHOD_GET || request->path.len >= sizeof path)
        return PROV_E_UNSUPPORTED;
    if (reader == readers + MAX_OPEN)
        return PROV_E_LIMIT;
    memcpy(path, request->path.data, request->path.len);
    path[request->path.len] = '\0';
    reader->file = fopen(path, "rb");
    if (!reader->file) {
        err->status = errno == ENOENT ? PROV_E_NOT_FOUND : PROV_E_IO;
        err->origin = PROV_ORIGIN_OS;
        err->native = errno;
        snprintf(err->message, sizeof err->message, "cannot open the file");
        return err->status;
    }
    reader->transfer = transfer;
    return PROV_OK;
}

/* After this, the transport must not report anything about the transfer. */
static void cancel(void *ctx, prov_transfer *transfer)
{
    struct reader *readers = ctx;
    for (int i = 0; i < MAX_OPEN; i++)
        if (readers[i].transfer == transfer)
            stop(&readers[i]);
}

/* Report the next piece, or the end. If a piece is refused, that is the end too. */
static void read_on(struct reader *reader)
{
    char piece[4096];
    prov_transfer *transfer = reader->transfer;
    size_t len = fread(piece, 1, sizeof piece, reader->file);
    prov_status status = ferror(reader->file) ? PROV_E_IO : PROV_OK;
    if (status == PROV_OK)
        status = prov_transfer_data(transfer, piece, len);
    if (status == PROV_OK && len > 0)
        return;
    stop(reader); /* before the report, as done may start the next transfer */
    prov_transfer_done(transfer, status, NULL);
}

static prov_status process(void *ctx, struct prov_error *err)
{
    struct reader *readers = ctx;
    (void)err;
    for (int i = 0; i < MAX_OPEN; i++)
        if (readers[i].transfer)
            read_on(&readers[i]);
    return PROV_OK;
}

/* Files are always ready: call again at once while there is a transfer. */
static int64_t timeout_ms(void *ctx)
{
    const struct reader *readers = ctx;
    for (int i = 0; i < MAX_OPEN; i++)
        if (readers[i].transfer)
            return 0;
    return -1;
}

static int64_t mono_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void event(void *ctx, const struct prov_event *event)
{
    (void)ctx;
    if (event->type == PROV_EVENT_CHANGED)
        printf("%.*s = %.*s\n", (int)event->as.change->name.len, event->as.change->name.data,
               (int)event->as.change->new_value.len, event->as.change->new_value.data);
}

int main(int argc, char **argv)
{
    struct reader readers[MAX_OPEN] = {{NULL, NULL}};
    const struct prov_transport transport = {.size = sizeof transport,
                                             .name = "files",
                                             .schemes = "file",
                                             .ctx = readers,
                                             .start = start,
                                             .cancel = cancel,
                                             .timeout_ms = timeout_ms,
                                             .process = process};
    prov_store *store = NULL;
    prov_agent *agent = NULL;
    struct prov_error err = {0};
    struct prov_host host = {.size = sizeof host, .mono_ms = mono_ms, .event = event};
    const struct prov_device device = {.size = sizeof device,
                                       .product = prov_str_from("CP-8841-3PCC")};
    const struct prov_agent_options options = {
        .size = sizeof options, .host = &host, .device = &device};
    const struct prov_agent_request request = {.size = sizeof request,
                                               .cause = PROV_CAUSE_HOST,
                                               .rule = prov_str_from(argc > 1 ? argv[1] : "")};
    if (prov_store_open(&store, NULL, &err) == PROV_OK &&
        prov_store_bind(store, &host, &err) == PROV_OK &&
        prov_agent_new(&agent, &options, &err) == PROV_OK &&
        prov_agent_add_transport(agent, &transport, 0, &err) == PROV_OK)
        prov_agent_run_once(agent, &request, &err);
    if (err.status != PROV_OK)
        fprintf(stderr, "%s: %s\n", prov_status_name(err.status), err.message);
    prov_agent_free(agent);
    prov_store_close(store);
    return err.status == PROV_OK ? 0 : 1;
}
