/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "json.h"

#include <stdlib.h>

#include "common/names.h"
#include "common/text.h"

#include "options.h"
#include "status.h"
#include "words.h"

enum { SERVER_CAP = 300 }; /* a name of 255 bytes, scheme and port */

static void add_log(struct json_object *object, const struct prov_log_entry *entry)
{
    json_add_number_if_set(object, "severity", entry->severity);
    json_add_text_if_set(object, "rule", entry->rule);
    json_add_text_if_set(object, "server", entry->server);
    json_add_text_if_set(object, "name", entry->name);
    json_add_text_if_set(object, "text", entry->text);
    json_add_error(object, entry->error);
}

static void add_bytes(struct json_object *object, uint64_t bytes, int64_t total)
{
    json_add_number_if_set(object, "bytes", bytes);
    json_add_number_if_set(object, "total", total > 0 ? (uint64_t)total : 0);
}

static void add_progress(struct json_object *object, const struct prov_progress *progress)
{
    json_add_text_if_set(object, "rule", progress->rule);
    json_add_text_if_set(object, "url", progress->url);
    json_add_text_if_set(object, "server_ip", progress->server_ip);
    json_add_number_if_set(object, "fetch", progress->fetch);
    add_bytes(object, progress->bytes, progress->total);
}

/* Both values always, so that an empty one is told from one that is withheld. */
static void add_change(struct json_object *object, const struct prov_change *change)
{
    json_add_text_if_set(object, "rule", change->rule);
    json_add_text_if_set(object, "name", change->name);
    json_add_number_if_set(object, "line", change->line);
    json_add_word_if_set(object, "access", change->access, prov_access_name);
    if (change->is_secret) {
        json_add_true(object, "is_secret");
        return;
    }
    json_add_text(object, "old_value", change->old_value);
    json_add_text(object, "new_value", change->new_value);
}

static void add_delivery(struct json_object *object, const struct prov_delivery *delivery)
{
    const struct {
        const char *name;
        int64_t ms;
    } times[] = {
        {"first_byte_ms", delivery->first_byte_ms},
        {"last_byte_ms", delivery->last_byte_ms},
        {"commit_ms", delivery->commit_ms},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i].ms >= 0)
            json_add_number(object, times[i].name, times[i].ms);
    json_add_text_if_set(object, "content_type", delivery->content_type);
    json_add_text_if_set(object, "coding", delivery->coding);
    json_add_text_if_set(object, "etag", delivery->etag);
}

static void add_connection(struct json_object *object, const struct prov_connection *connection)
{
    const struct {
        const char *name;
        int64_t ms;
    } times[] = {
        {"lookup_ms", connection->lookup_ms},
        {"connect_ms", connection->connect_ms},
        {"tls_ms", connection->tls_ms},
        {"cert_not_after", connection->not_after_s},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i].ms >= 0)
            json_add_number(object, times[i].name, times[i].ms);
    json_add_text_if_set(object, "tls_version", connection->tls_version);
    json_add_text_if_set(object, "cert_subject", connection->cert_subject);
    json_add_text_if_set(object, "cert_names", connection->cert_names);
}

static void add_result(struct json_object *object, const struct prov_result *result)
{
    json_add_word_if_set(object, "cause", result->cause, prov_cause_name);
    json_add_word_if_set(object, "credentials", result->credentials, prov_credentials_name);
    json_add_word_if_set(object, "outcome", result->outcome, prov_outcome_name);
    json_add_text_if_set(object, "rule", result->rule);
    json_add_text_if_set(object, "url", result->url);
    json_add_text_if_set(object, "server_ip", result->server_ip);
    json_add_text_if_set(object, "text", result->text);
    json_add_encodings(object, result->encodings);
    json_add_word_if_set(object, "derivation", result->derivation, prov_derivation_name);
    json_add_number_if_set(object, "term", result->term);
    json_add_number_if_set(object, "code", result->code > 0 ? (uint64_t)result->code : 0);
    json_add_number_if_set(object, "fetch", result->fetch);
    json_add_number_if_set(object, "offset", result->offset);
    add_bytes(object, result->bytes, result->total);
    if (result->connection)
        add_connection(object, result->connection);
    if (result->delivery)
        add_delivery(object, result->delivery);
    if (result->wall_s >= 0)
        json_add_number(object, "wall_s", result->wall_s);
    json_add_number(object, "duration_ms", result->duration_ms);
    json_add_number_if_set(object, "n_params", result->n_params);
    json_add_number_if_set(object, "n_changed", result->n_changed);
    json_add_number_if_set(object, "n_warnings", result->n_warnings);
    json_add_error(object, result->error);
}

static void add_schedule(struct json_object *object, const struct prov_schedule *schedule)
{
    json_add_word_if_set(object, "cause", schedule->cause, prov_cause_name);
    json_add_number_if_set(object, "retry", schedule->retry);
    json_add_number_if_set(object, "n_retries", schedule->n_retries);
    json_add_word(object, "why", prov_sched_why_name(schedule->why));
    json_add_number(object, "in_ms", schedule->in_ms);
}

static void add_warning(struct json_object *object, const struct prov_warning *warning)
{
    json_add_text_if_set(object, "rule", warning->rule);
    json_add_text_if_set(object, "name", warning->name);
    json_add_word_if_set(object, "warning", warning->kind, prov_profile_warning_name);
    json_add_number_if_set(object, "line", warning->line);
    json_add_error(object, warning->error);
}

static void add_question(struct json_object *object, const struct prov_question *question)
{
    json_add_word_if_set(object, "credentials", question->credentials, prov_credentials_name);
    json_add_text_if_set(object, "rule", question->rule);
    json_add_text_if_set(object, "url", question->url);
    json_add_text_if_set(object, "server_ip", question->server_ip);
    json_add_number_if_set(object, "code", question->code > 0 ? (uint64_t)question->code : 0);
    json_add_error(object, question->error);
}

static void add_rollback(struct json_object *object, const struct prov_rolled_back *rollback)
{
    json_add_number_if_set(object, "n_changed", rollback->n_changed);
    json_add_word(object, "rollback", prov_rollback_name(rollback->why));
    json_add_error(object, rollback->error);
}

static void add_deferral(struct json_object *object, const struct prov_deferral *deferral)
{
    json_add_word(object, "stage", prov_stage_name(deferral->stage));
    json_add_number(object, "in_ms", deferral->in_ms);
    json_add_number(object, "at_most_ms", deferral->at_most_ms);
}

static void add_upgrade(struct json_object *object, const struct prov_upgrade *upgrade)
{
    json_add_word(object, "step", prov_upgrade_step_name(upgrade->step));
    json_add_text_if_set(object, "load", upgrade->load);
    json_add_text_if_set(object, "image_version", upgrade->version);
    json_add_text_if_set(object, "url", upgrade->url);
    json_add_text_if_set(object, "err", upgrade->err);
    json_add_number_if_set(object, "n_failed_boots", upgrade->n_failed_boots);
    if (upgrade->in_ms >= 0)
        json_add_number(object, "in_ms", upgrade->in_ms);
}

static void add_event(struct json_object *object, const struct prov_event *event)
{
    switch (event->type) {
    case PROV_EVENT_LOG: add_log(object, event->as.log); break;
    case PROV_EVENT_REQUEST:
    case PROV_EVENT_PROGRESS: add_progress(object, event->as.progress); break;
    case PROV_EVENT_CHANGED: add_change(object, event->as.change); break;
    case PROV_EVENT_RESULT:
    case PROV_EVENT_RESYNC: add_result(object, event->as.result); break;
    case PROV_EVENT_SCHEDULED: add_schedule(object, event->as.schedule); break;
    case PROV_EVENT_WARNING: add_warning(object, event->as.warning); break;
    case PROV_EVENT_CREDENTIALS_WANTED: add_question(object, event->as.question); break;
    case PROV_EVENT_UNCONFIRMED:
        json_add_number(object, "in_ms", event->as.unconfirmed->in_ms);
        break;
    case PROV_EVENT_ROLLED_BACK: add_rollback(object, event->as.rollback); break;
    case PROV_EVENT_UPGRADE: add_upgrade(object, event->as.upgrade); break;
    case PROV_EVENT_REBOOT_WANTED:
        json_add_word_if_set(object, "cause", event->as.reboot->cause, prov_cause_name);
        break;
    case PROV_EVENT_DEFERRED: add_deferral(object, event->as.deferral); break;
    default: break;
    }
}

void json_event(FILE *out, const struct prov_event *event)
{
    struct json_object object = json_begin(out);
    json_add_word(&object, "event", prov_event_type_name(event->type));
    json_add_word_if_set(&object, "job", event->job, prov_job_name);
    add_event(&object, event);
    json_end(&object);
    fputc('\n', out);
}

void json_boot(FILE *out, const char *sw_version, const char *note)
{
    struct json_object object = json_begin(out);
    json_add_word(&object, "event", "boot");
    json_add_word(&object, "sw_version", sw_version);
    json_add_text_if_set(&object, "note", prov_str_from(note));
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
        add_progress(&progress, status->progress);
        json_end(&progress);
    }
    if (status->schedule) {
        struct json_object schedule = json_add_object(object, "schedule");
        add_schedule(&schedule, status->schedule);
        json_end(&schedule);
    }
    if (status->last) {
        struct json_object last = json_add_object(object, "last");
        add_result(&last, status->last);
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
        add_upgrade(&inner, &upgrade);
        json_end(&inner);
    }
    struct json_object reboots = json_add_array(object, "reboots");
    for (size_t i = 0; prov_agent_reboot_get(agent, i, &reboot) == PROV_OK; i++)
        json_add_text(&reboots, NULL, reboot.text);
    json_end(&reboots);
    add_downloads(object, "upgrades", agent, PROV_JOB_UPGRADE);
    add_downloads(object, "resyncs", agent, PROV_JOB_RESYNC);
}

void json_status(FILE *out, prov_agent *agent)
{
    struct prov_job_status status;
    for (uint32_t job = 1; job; job <<= 1) {
        if (!status_read(agent, job, &status))
            continue;
        struct json_object object = json_begin(out);
        json_add_word(&object, "event", "status");
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
    if (param->source->wall_s)
        json_add_number(object, "wall_s", param->source->wall_s);
}

/* The server's value where the user's counts. */
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

void json_offer(FILE *out, const struct prov_dhcp_offer *offer)
{
    struct json_object object = json_begin(out);
    json_add_word(&object, "event", "dhcp");
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
