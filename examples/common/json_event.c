/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/json_event.h"

#include "common/names.h"

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

void json_add_progress(struct json_object *object, const struct prov_progress *progress)
{
    json_add_text_if_set(object, "rule", progress->rule);
    json_add_text_if_set(object, "url", progress->url);
    json_add_text_if_set(object, "server_ip", progress->server_ip);
    json_add_number_if_set(object, "fetch", progress->fetch);
    add_bytes(object, progress->bytes, progress->total);
}

/* Always write both values, so that an empty one differs from one that is withheld. */
void json_add_change(struct json_object *object, const struct prov_change *change)
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
        int64_t number; /* negative: unknown */
    } times[] = {
        {"lookup_ms", connection->lookup_ms},
        {"connect_ms", connection->connect_ms},
        {"tls_ms", connection->tls_ms},
        {"cert_not_after", connection->not_after_s},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i].number >= 0)
            json_add_number(object, times[i].name, times[i].number);
    json_add_text_if_set(object, "tls_version", connection->tls_version);
    json_add_text_if_set(object, "cert_subject", connection->cert_subject);
    json_add_text_if_set(object, "cert_names", connection->cert_names);
}

void json_add_result(struct json_object *object, const struct prov_result *result)
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
    if (result->alternative >= 0)
        json_add_number(object, "alternative", result->alternative);
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

void json_add_schedule(struct json_object *object, const struct prov_schedule *schedule)
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

void json_add_upgrade(struct json_object *object, const struct prov_upgrade *upgrade)
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

static void add_activation(struct json_object *object, const struct prov_activation *activation)
{
    json_add_word(object, "customization", prov_customization_name(activation->state));
    json_add_word(object, "contact", prov_contact_name(activation->contact));
    json_add_word(object, "code_outcome", prov_code_outcome_name(activation->code));
    json_add_bool(object, "is_code_wanted", activation->is_code_wanted);
    json_add_text_if_set(object, "text", activation->text);
}

static void add_event(struct json_object *object, const struct prov_event *event)
{
    switch (event->type) {
    case PROV_EVENT_LOG: add_log(object, event->as.log); break;
    case PROV_EVENT_REQUEST:
    case PROV_EVENT_PROGRESS: json_add_progress(object, event->as.progress); break;
    case PROV_EVENT_CHANGED: json_add_change(object, event->as.change); break;
    case PROV_EVENT_RESULT:
    case PROV_EVENT_RESYNC: json_add_result(object, event->as.result); break;
    case PROV_EVENT_SCHEDULED: json_add_schedule(object, event->as.schedule); break;
    case PROV_EVENT_WARNING: add_warning(object, event->as.warning); break;
    case PROV_EVENT_CREDENTIALS_WANTED: add_question(object, event->as.question); break;
    case PROV_EVENT_UNCONFIRMED:
        json_add_number(object, "in_ms", event->as.unconfirmed->in_ms);
        break;
    case PROV_EVENT_ROLLED_BACK: add_rollback(object, event->as.rollback); break;
    case PROV_EVENT_ACTIVATION: add_activation(object, event->as.activation); break;
    case PROV_EVENT_UPGRADE: json_add_upgrade(object, event->as.upgrade); break;
    case PROV_EVENT_REBOOT_WANTED:
        json_add_word_if_set(object, "cause", event->as.reboot->cause, prov_cause_name);
        break;
    case PROV_EVENT_DEFERRED: add_deferral(object, event->as.deferral); break;
    default: break;
    }
}

struct json_object json_begin_event(FILE *out, const char *name, const char *event)
{
    struct json_object object = json_begin(out);
    json_add_word(&object, "event", event);
    json_add_text_if_set(&object, "mac", prov_str_from(name));
    return object;
}

void json_event(FILE *out, const char *name, const struct prov_event *event)
{
    struct json_object object = json_begin_event(out, name, prov_event_type_name(event->type));
    json_add_word_if_set(&object, "job", event->job, prov_job_name);
    add_event(&object, event);
    json_end(&object);
    fputc('\n', out);
}
