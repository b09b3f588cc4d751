/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A stranger's program: built outside of the tree against an installed library, as C and as C++. */
#include <provision/provision.h>

#include <stdio.h>
#include <string.h>

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

    memset(&err, 0, sizeof err);
    err.size = sizeof err;
    err.status = PROV_E_KEY;
    if (prov_error_format(&err, line, sizeof line) >= sizeof line)
        return 1;
    printf("libprovision %s, built-in transport: %s; an error reads \"%s\"\n",
           prov_version_string(), prov_feature_supported(PROV_FEATURE_CURL) ? "yes" : "no", line);
    return 0;
}
