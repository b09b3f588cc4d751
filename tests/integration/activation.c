/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * activation CA URL [NAME=VALUE...] CODE...: a device that is given codes one after another, for
 * scripts. NAME=VALUE is a parameter that is stored before.
 *
 * CA is the file of whom to trust, URL that of the service; `-` in place of a code is the question
 * of first contact. A line of standard output is an exchange, with tabs between: outcome of the
 * code, state, text for the person, HTTP status, `Profile_Rule` as it is stored then.
 */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <provision/provision.h>

#include "agent_poll.h"
#include "dials.h"
#include "fake_host.h"

struct device {
    prov_store *store;
    prov_agent *agent;
    int32_t code; /* HTTP status of the last exchange */
    bool is_ended;
};

static int64_t mono_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static void hear(void *ctx, const struct prov_event *event)
{
    struct device *device = ctx;
    if (event->type != PROV_EVENT_RESULT || event->job != PROV_JOB_ACTIVATION)
        return;
    device->is_ended = true;
    device->code = event->as.result->code;
}

static void make_agent(struct device *device, prov_curl *curl, const char *url)
{
    static const struct prov_device facts = {
        .size = sizeof facts, .mac = {0, 0x0e, 8, 1, 2, 3}, .product = {"CP-8841-3PCC", 12}};
    struct prov_host host = {.size = sizeof host, .ctx = device, .mono_ms = mono_ms, .event = hear};
    const struct prov_agent_options options = {
        .size = sizeof options, .host = &host, .device = &facts, .boot_cause = PROV_CAUSE_HOST};
    const struct prov_activation_host services = {
        .size = sizeof services,
        .code_url = prov_str_from(url),
        .contact_url = prov_str_from(url),
    };
    struct prov_error err = {0};
    if (prov_store_open(&device->store, NULL, &err) != PROV_OK ||
        prov_store_bind(device->store, &host, &err) != PROV_OK)
        test_die("store: %s", err.message);
    store_set(device->store, "Profile_Rule", "");
    if (prov_agent_new(&device->agent, &options, &err) != PROV_OK ||
        prov_agent_add_transport(device->agent, prov_curl_transport(curl), 0, &err) != PROV_OK ||
        prov_agent_enable_activation(device->agent, &services, &err) != PROV_OK)
        test_die("agent: %s", err.message);
}

static void turn(prov_agent *agent)
{
    agent_poll(agent, 1000);
    if (prov_agent_process(agent, NULL) != PROV_OK)
        test_die("the loop ends");
}

static void exchange(struct device *device, const char *code)
{
    const struct prov_agent_request activation = {.size = sizeof activation,
                                                  .verb = PROV_VERB_ACTIVATE,
                                                  .cause = PROV_CAUSE_MENU,
                                                  .rule = prov_str_from(code)};
    bool is_contact = strcmp(code, "-") == 0;
    struct prov_activation now = {.size = sizeof now};
    char rule[256] = "";
    size_t len;
    device->is_ended = false;
    if (prov_agent_request(device->agent, is_contact ? NULL : &activation, NULL) != PROV_OK)
        test_die("refused");
    while (!device->is_ended)
        turn(device->agent);
    prov_agent_activation_get(device->agent, &now);
    prov_store_get(device->store, prov_str_from("Profile_Rule"), rule, sizeof rule, &len);
    printf("%s\t%s\t%s\t%d\t%s\n", prov_code_outcome_name(now.code),
           prov_customization_name(now.state), now.text.data, (int)device->code, rule);
}

int main(int argc, char **argv)
{
    struct device device = {.code = 0};
    prov_curl *curl = NULL;
    struct prov_error err = {0};
    if (argc < 4)
        test_die("usage: activation CA URL CODE...");
    const struct prov_curl_options options = {.size = sizeof options, .ca_file = argv[1]};
    if (prov_curl_new(&curl, &options, &err) != PROV_OK)
        test_die("transport: %s", err.message);
    make_agent(&device, curl, argv[2]);
    for (int i = 3; i < argc; i++) {
        char *equals = strchr(argv[i], '=');
        if (equals) {
            *equals = '\0';
            store_set(device.store, argv[i], equals + 1);
        } else {
            exchange(&device, argv[i]);
        }
    }
    prov_agent_free(device.agent);
    prov_curl_free(curl);
    prov_store_close(device.store);
    return 0;
}
