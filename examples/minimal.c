/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The shortest complete host: minimal tftp://192.168.1.200/basic.txt */
#define _POSIX_C_SOURCE 200809L /* clock_gettime() */
#include <stdio.h>
#include <time.h>

#include <provision/provision.h>

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
    prov_store *store = NULL;
    prov_curl *curl = NULL;
    prov_agent *agent = NULL;
    struct prov_error err = {0};
    const struct prov_store_options file = {.size = sizeof file, .path = "parameters.xml"};
    struct prov_host host = {.size = sizeof host, .mono_ms = mono_ms, .event = event};
    const struct prov_device device = {.size = sizeof device,
                                       .mac = {0x00, 0x0e, 0x08, 0xab, 0xcd, 0xef},
                                       .product = prov_str_from("CP-8841-3PCC")};
    const struct prov_agent_options options = {
        .size = sizeof options, .host = &host, .device = &device};
    const struct prov_agent_request request = {.size = sizeof request,
                                               .cause = PROV_CAUSE_HOST,
                                               .rule = prov_str_from(argc > 1 ? argv[1] : "")};
    if (prov_store_open(&store, &file, &err) == PROV_OK &&
        prov_store_bind(store, &host, &err) == PROV_OK &&
        prov_curl_new(&curl, NULL, &err) == PROV_OK &&
        prov_agent_new(&agent, &options, &err) == PROV_OK &&
        prov_agent_add_transport(agent, prov_curl_transport(curl), 0, &err) == PROV_OK)
        prov_agent_run_once(agent, &request, &err);
    if (err.status != PROV_OK) {
        char line[512];
        prov_error_format(&err, line, sizeof line);
        fprintf(stderr, "%s\n", line);
    }
    prov_agent_free(agent);
    prov_curl_free(curl);
    prov_store_close(store);
    return err.status == PROV_OK ? 0 : 1;
}
