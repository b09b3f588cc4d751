/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "show/words.h"
#include "web/log.h"
#include "web/site.h"

/* The job of a list of downloads. */
static uint32_t job_of(const char *name)
{
    return strcmp(name, "upgrades") == 0 ? PROV_JOB_UPGRADE : PROV_JOB_RESYNC;
}

static prov_str at(struct site *site, int64_t wall_s)
{
    return prov_str_from(words_for_moment(wall_s, site->text, sizeof site->text));
}

static prov_str number(struct site *site, uint64_t number)
{
    snprintf(site->text, sizeof site->text, "%llu", (unsigned long long)number);
    return prov_str_from(site->text);
}

static bool device_value(struct site *site, const char *name, prov_str *value)
{
    const struct phone *phone = site->phone;
    if (strcmp(name, "serial") == 0)
        *value = prov_str_from(phone->options->serial);
    else if (strcmp(name, "customization") == 0)
        *value = prov_str_from(prov_customization_name(phone->contact.state));
    else if (strcmp(name, "authorization") == 0)
        *value = prov_str_from(prov_authorization_name(phone->contact.authorization));
    else if (strcmp(name, "time") == 0)
        *value = at(site, time(NULL));
    else if (strcmp(name, "number") == 0)
        *value = number(site, site->item + 1);
    else
        return false;
    return true;
}

static bool download_value(struct site *site, const char *name, prov_str *value)
{
    struct prov_past_download download = {.size = sizeof download};
    if (strncmp(name, "download_", 9) != 0 ||
        prov_agent_download_get(site->phone->agent, site->list, site->item, &download) != PROV_OK)
        return false;
    name += 9;
    if (strcmp(name, "outcome") == 0)
        *value = prov_str_from(prov_outcome_name(download.outcome));
    else if (strcmp(name, "time") == 0)
        *value = at(site, download.wall_s);
    else if (strcmp(name, "url") == 0)
        *value = download.url;
    else if (strcmp(name, "code") == 0)
        *value = number(site, (uint64_t)download.code);
    else
        *value = download.message;
    return true;
}

static const struct prov_result *last_result(const struct site *site,
                                             struct prov_job_status *status)
{
    *status = (struct prov_job_status){.size = sizeof *status};
    return prov_agent_status(site->phone->agent, PROV_JOB_RESYNC, status) == PROV_OK ? status->last
                                                                                     : NULL;
}

static bool last_value(struct site *site, const char *name, prov_str *value)
{
    struct prov_job_status status;
    const struct prov_result *last = last_result(site, &status);
    if (strncmp(name, "last_", 5) != 0 || !last)
        return false;
    name += 5;
    if (strcmp(name, "rule") == 0)
        *value = last->rule;
    else if (strcmp(name, "server") == 0)
        *value = last->server_ip;
    else if (strcmp(name, "code") == 0)
        *value = number(site, (uint64_t)last->code);
    else if (strcmp(name, "params") == 0)
        *value = number(site, last->n_params);
    else if (strcmp(name, "changed") == 0)
        *value = number(site, last->n_changed);
    else if (strcmp(name, "warnings") == 0)
        *value = number(site, last->n_warnings);
    else if (strcmp(name, "bytes") == 0)
        *value = number(site, last->bytes);
    else if (strcmp(name, "ms") == 0)
        *value = number(site, (uint64_t)last->duration_ms);
    else if (strcmp(name, "etag") == 0)
        *value = last->delivery ? last->delivery->etag : (prov_str){"", 0};
    else
        return false;
    return true;
}

static bool trace_value(struct site *site, const char *name, prov_str *value)
{
    struct prov_agent_trace trace = {.size = sizeof trace};
    if (strncmp(name, "trace_", 6) != 0 ||
        prov_agent_trace_get(site->phone->agent, site->item, &trace) != PROV_OK)
        return false;
    name += 6;
    if (strcmp(name, "rule") == 0)
        *value = trace.rule;
    else if (strcmp(name, "time") == 0)
        *value = at(site, trace.wall_s);
    else
        *value = trace.text;
    return true;
}

static prov_str job_state(struct site *site)
{
    char wait[64] = "";
    struct prov_job_status status;
    last_result(site, &status);
    if (status.in_ms >= 0)
        words_for_wait(status.in_ms, wait, sizeof wait);
    snprintf(site->text, sizeof site->text, "%s%s%s%s%s", prov_job_state_name(status.state),
             status.state == PROV_STATE_WAITING ? " for " : "",
             status.state == PROV_STATE_WAITING ? prov_wait_name(status.waits_for) : "",
             wait[0] ? ", " : "", wait);
    return prov_str_from(site->text);
}

bool info_value(struct site *site, const char *name, prov_str *value)
{
    struct prov_past_reboot reboot = {.size = sizeof reboot};
    if (device_value(site, name, value) || download_value(site, name, value) ||
        last_value(site, name, value) || trace_value(site, name, value))
        return true;
    if (strcmp(name, "resync_state") == 0)
        *value = job_state(site);
    else if (strcmp(name, "reboot") == 0 &&
             prov_agent_reboot_get(site->phone->agent, site->item, &reboot) == PROV_OK)
        *value = reboot.text;
    else if (strcmp(name, "message") == 0)
        *value = prov_str_from(log_get(&site->request->web->log, site->item));
    else
        return false;
    return true;
}

bool info_section(struct site *site, const char *name, size_t index, bool *is_there)
{
    prov_agent *agent = site->phone->agent;
    struct prov_past_reboot reboot = {.size = sizeof reboot};
    struct prov_past_download download = {.size = sizeof download};
    struct prov_agent_trace trace = {.size = sizeof trace};
    struct prov_job_status status;
    bool is_once = index == 0;
    if (strcmp(name, "reboots") == 0) {
        *is_there = prov_agent_reboot_get(agent, index, &reboot) == PROV_OK;
    } else if (strcmp(name, "upgrades") == 0 || strcmp(name, "resyncs") == 0) {
        site->list = job_of(name);
        *is_there = prov_agent_download_get(agent, site->list, index, &download) == PROV_OK;
    } else if (strcmp(name, "traces") == 0) {
        *is_there = prov_agent_trace_get(agent, index, &trace) == PROV_OK;
    } else if (strcmp(name, "messages") == 0) {
        *is_there = log_get(&site->request->web->log, index) != NULL;
    } else {
        bool has_download =
            prov_agent_download_get(agent, site->list ? site->list : PROV_JOB_RESYNC, site->item,
                                    &download) == PROV_OK;
        const struct prov_result *last = last_result(site, &status);
        const struct {
            const char *name;
            bool is_there;
        } once[] = {
            {"last", last != NULL},
            {"last_code", last && last->code > 0},
            {"last_etag", last && last->delivery && last->delivery->etag.len > 0},
            {"serial", site->phone->options->serial != NULL},
            {"download_code", has_download && download.code > 0},
            {"download_message", has_download && download.message.len > 0},
        };
        for (size_t i = 0; i < sizeof once / sizeof once[0]; i++)
            if (strcmp(name, once[i].name) == 0)
                *is_there = is_once && once[i].is_there;
        return true;
    }
    site->item = index;
    return true;
}
