/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/json.h"

#include <stdlib.h>

#include "common/text.h"

#include "common/json_event.h"
#include "options.h"
#include "show/status.h"

enum { SERVER_CAP = 300 }; /* a name of 255 bytes, scheme and port */

void json_boot(FILE *out, const char *name, const char *sw_version, const char *note)
{
    struct json_object object = json_begin_event(out, name, "boot");
    json_add_word(&object, "sw_version", sw_version);
    json_add_text_if_set(&object, "note", prov_str_from(note));
    json_end(&object);
    fputc('\n', out);
}

void json_door(FILE *out, const char *name, const char *door, const char *address)
{
    struct json_object object = json_begin_event(out, name, "listening");
    json_add_word(&object, "door", door);
    json_add_word(&object, "address", address);
    json_end(&object);
    fputc('\n', out);
}

static void add_status(struct json_object *object, const struct prov_job_status *status)
{
    json_add_word(object, "job", prov_job_name(status->job));
    json_add_word(object, "state", prov_job_state_name(status->state));
    json_add_word_if_set(object, "waits_for", status->waits_for, prov_wait_name);
    if (status->in_ms >= 0)
        json_add_number(object, "in_ms", status->in_ms);
    if (status->progress) {
        struct json_object progress = json_add_object(object, "progress");
        json_add_progress(&progress, status->progress);
        json_end(&progress);
    }
    if (status->schedule) {
        struct json_object schedule = json_add_object(object, "schedule");
        json_add_schedule(&schedule, status->schedule);
        json_end(&schedule);
    }
    if (status->last) {
        struct json_object last = json_add_object(object, "last");
        json_add_result(&last, status->last);
        json_end(&last);
    }
}

void json_add_jobs(struct json_object *jobs, prov_agent *agent)
{
    struct prov_job_status status;
    for (uint32_t job = 1; job; job <<= 1) {
        if (!status_read(agent, job, &status))
            continue;
        struct json_object object = json_add_object(jobs, NULL);
        add_status(&object, &status);
        json_end(&object);
    }
}

static void add_download(struct json_object *object, const struct prov_past_download *download)
{
    json_add_word(object, "outcome", prov_outcome_name(download->outcome));
    json_add_text_if_set(object, "url", download->url);
    if (download->status)
        json_add_word(object, "status", prov_status_name(download->status));
    json_add_number_if_set(object, "code", download->code > 0 ? (uint64_t)download->code : 0);
    if (download->wall_s >= 0)
        json_add_number(object, "wall_s", download->wall_s);
    json_add_text_if_set(object, "message", download->message);
}

static void add_downloads(struct json_object *object, const char *name, prov_agent *agent,
                          uint32_t job)
{
    struct prov_past_download download = {.size = sizeof download};
    struct json_object array = json_add_array(object, name);
    for (size_t i = 0; prov_agent_download_get(agent, job, i, &download) == PROV_OK; i++) {
        struct json_object element = json_add_object(&array, NULL);
        add_download(&element, &download);
        json_end(&element);
    }
    json_end(&array);
}

void json_add_device(struct json_object *object, prov_agent *agent)
{
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    struct prov_past_reboot reboot = {.size = sizeof reboot};
    if (prov_agent_upgrade_get(agent, &upgrade) == PROV_OK) {
        struct json_object inner = json_add_object(object, "upgrade");
        json_add_upgrade(&inner, &upgrade);
        json_end(&inner);
    }
    struct json_object reboots = json_add_array(object, "reboots");
    for (size_t i = 0; prov_agent_reboot_get(agent, i, &reboot) == PROV_OK; i++)
        json_add_text(&reboots, NULL, reboot.text);
    json_end(&reboots);
    add_downloads(object, "upgrades", agent, PROV_JOB_UPGRADE);
    add_downloads(object, "resyncs", agent, PROV_JOB_RESYNC);
}

void json_status(FILE *out, const char *name, prov_agent *agent)
{
    struct prov_job_status status;
    for (uint32_t job = 1; job; job <<= 1) {
        if (!status_read(agent, job, &status))
            continue;
        struct json_object object = json_begin_event(out, name, "status");
        add_status(&object, &status);
        json_end(&object);
        fputc('\n', out);
    }
}

static void add_value(struct json_object *object, const char *value, bool is_secret)
{
    if (is_secret)
        json_add_true(object, "is_secret");
    else
        json_add_word(object, "value", value);
}

static void add_origin(struct json_object *object, const struct prov_param *param)
{
    if (!param->source)
        return;
    json_add_text_if_set(object, "rule", param->source->rule);
    json_add_text_if_set(object, "url", param->source->url);
    json_add_number_if_set(object, "line", param->line);
    if (param->source->wall_s >= 0)
        json_add_number(object, "wall_s", param->source->wall_s);
}

/* Add the server's value if the user's applies. */
static int add_beneath(struct json_object *object, const prov_store *store, prov_str name,
                       bool is_secret)
{
    struct prov_param beneath = {.size = sizeof beneath};
    if (prov_store_find(store, name, PROV_LAYER_SERVER, &beneath) != PROV_OK || !beneath.has_value)
        return EXIT_OK;
    char *value = text_redact(beneath.value);
    if (!value)
        return EXIT_MACHINE;
    struct json_object server = json_add_object(object, "beneath");
    add_value(&server, value, is_secret);
    add_origin(&server, &beneath);
    json_end(&server);
    free(value);
    return EXIT_OK;
}

int json_add_parameter(struct json_object *object, const prov_store *store, prov_str name,
                       const char *value, bool is_secret)
{
    int status = EXIT_OK;
    struct prov_param param = {.size = sizeof param};
    prov_store_find(store, name, PROV_LAYER_ANY, &param);
    bool is_user = param.layer == PROV_LAYER_USER;
    const char *layer = is_user ? "user" : param.has_value ? "server" : "default";

    json_add_text(object, "name", name);
    add_value(object, value, is_secret);
    if (param.has_value)
        json_add_true(object, "is_set");
    json_add_word(object, "layer", layer);
    add_origin(object, &param);
    if (is_user)
        status = add_beneath(object, store, name, is_secret);
    return status;
}

static void add_servers(struct json_object *object, const struct prov_dhcp_offer *offer)
{
    char server[SERVER_CAP];
    size_t len;
    if (offer->n_servers == 0)
        return;
    struct json_object servers = json_add_array(object, "servers");
    for (size_t i = 0; i < offer->n_servers; i++)
        if (prov_dhcp_server_get(offer, i, server, sizeof server, &len) == PROV_OK)
            json_add_word(&servers, NULL, server);
    json_end(&servers);
}

void json_offer(FILE *out, const char *name, const struct prov_dhcp_offer *offer)
{
    struct json_object object = json_begin_event(out, name, "dhcp");
    json_add_number(&object, "family", offer->family);
    json_add_number(&object, "option", offer->code);
    json_add_word(&object, "verdict", prov_dhcp_verdict_name(offer->verdict));
    json_add_word_if_set(&object, "kind", offer->kind, prov_dhcp_kind_name);
    json_add_number_if_set(&object, "enterprise", offer->enterprise);
    json_add_number_if_set(&object, "sub_option", offer->sub_option);
    if (offer->why)
        json_add_word(&object, "why", offer->why);
    add_servers(&object, offer);
    json_end(&object);
    fputc('\n', out);
}

void json_lease(FILE *out, const char *name, const char *path, size_t n_options,
                const struct prov_error *refusal)
{
    struct json_object object = json_begin_event(out, name, "lease");
    json_add_text(&object, "source", prov_str_from(path));
    if (!refusal)
        json_add_number(&object, "n_options", (int64_t)n_options);
    json_add_error(&object, refusal);
    json_end(&object);
    fputc('\n', out);
}

void json_state(FILE *out, const char *name, const struct contact *contact, const prov_store *store)
{
    struct json_object object = json_begin_event(out, name, "state");
    contact_add(&object, contact, store);
    json_end(&object);
    fputc('\n', out);
}
