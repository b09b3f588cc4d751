/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A stranger's program: built outside of the tree against an installed library, as C and as C++. */
#include <provision/provision.h>

#include <stdio.h>
#include <string.h>

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return 1000;
}

/* A host: a store, an agent, and one resync by a rule that only assigns. */
static bool is_host_served(void)
{
    const char *const rule = "(GPP_A = \"installed\";)!";
    struct prov_host host;
    struct prov_device device;
    struct prov_agent_options options;
    struct prov_agent_request request;
    prov_store *store = NULL;
    prov_agent *agent = NULL;
    char value[16] = "";
    size_t len = 0;

    memset(&host, 0, sizeof host);
    host.size = sizeof host;
    host.mono_ms = mono_ms;
    memset(&device, 0, sizeof device);
    device.size = sizeof device;
    device.product = prov_str_from("CP-8841-3PCC");
    memset(&options, 0, sizeof options);
    options.size = sizeof options;
    options.host = &host;
    options.device = &device;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.cause = PROV_CAUSE_HOST;
    request.rule = prov_str_from(rule);
    bool is_served =
        prov_store_open(&store, NULL, NULL) == PROV_OK &&
        prov_store_bind(store, &host, NULL) == PROV_OK &&
        prov_agent_new(&agent, &options, NULL) == PROV_OK &&
        prov_agent_run_once(agent, &request, NULL) == PROV_OK &&
        prov_store_get(store, prov_str_from("GPP_A"), value, sizeof value, &len) == PROV_OK &&
        strcmp(value, "installed") == 0;
    prov_agent_free(agent);
    prov_store_close(store);
    return is_served;
}

/* Names that C and C++ look up in different ways: a struct and a function, a named union. */
static prov_status reboot(const struct prov_event *event)
{
    struct prov_agent_request request;
    memset(&request, 0, sizeof request);
    request.size = sizeof request;
    request.verb = event->as.reserved ? PROV_VERB_RESYNC : PROV_VERB_REBOOT;
    return prov_agent_request(NULL, &request, NULL);
}

int main(void)
{
    struct prov_event event;
    struct prov_error err;
    char line[400];

    if (prov_version_number() != PROV_VERSION_NUMBER ||
        strcmp(prov_version_string(), PROV_VERSION_STRING) != 0) {
        printf("headers are %s, the library is %s\n", PROV_VERSION_STRING, prov_version_string());
        return 1;
    }

    memset(&event, 0, sizeof event);
    if (reboot(&event) != PROV_E_INVALID ||
        strcmp(prov_job_state_name(PROV_STATE_IDLE), "idle") != 0)
        return 1;

    if (!is_host_served()) {
        printf("a rule of a host was not carried out\n");
        return 1;
    }

    memset(&err, 0, sizeof err);
    err.size = sizeof err;
    err.status = PROV_E_KEY;
    if (prov_error_format(&err, line, sizeof line) >= sizeof line)
        return 1;
    printf("libprovision %s, built-in transport: %s; an error reads \"%s\"\n",
           prov_version_string(), prov_feature_supported(PROV_FEATURE_CURL) ? "yes" : "no", line);
    return 0;
}
