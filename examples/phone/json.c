/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "json.h"

#include <stdlib.h>

#include "common/json_object.h"
#include "common/names.h"
#include "common/text.h"

#include "options.h"
#include "words.h"

enum { SERVER_CAP = 300 }; /* a name of 255 bytes, scheme and port */

/* Both values always, so that an empty one is told from one that is withheld. */
static void add_change(struct json_object *object, const struct prov_event *event)
{
    if (event->type != PROV_EVENT_CHANGED)
        return;
    json_add_word_if_set(object, "access", event->access, name_of_access);
    if (event->is_secret) {
        json_add_true(object, "is_secret");
        return;
    }
    json_add_text(object, "old_value", event->old_value);
    json_add_text(object, "new_value", event->new_value);
}

static void add_counts(struct json_object *object, const struct prov_event *event)
{
    json_add_number_if_set(object, "term", event->term);
    json_add_number_if_set(object, "code", event->code > 0 ? (uint64_t)event->code : 0);
    json_add_number_if_set(object, "bytes", event->bytes);
    json_add_number_if_set(object, "total", event->total > 0 ? (uint64_t)event->total : 0);
    json_add_number_if_set(object, "n_params", event->n_params);
    json_add_number_if_set(object, "n_changed", event->n_changed);
    json_add_number_if_set(object, "n_warnings", event->n_warnings);
    json_add_number_if_set(object, "retry", event->retry);
    json_add_number_if_set(object, "n_retries", event->n_retries);
}

/* What is to happen, and when. */
static void add_time(struct json_object *object, const struct prov_event *event)
{
    switch (event->type) {
    case PROV_EVENT_SCHEDULED:
        json_add_word(object, "why", name_of_why(event->why));
        json_add_number(object, "in_ms", event->in_ms);
        break;
    case PROV_EVENT_UNCONFIRMED: json_add_number(object, "in_ms", event->in_ms); break;
    case PROV_EVENT_ROLLED_BACK:
        json_add_word(object, "rollback", name_of_rollback(event->rollback));
        break;
    case PROV_EVENT_DEFERRED:
        json_add_word(object, "stage", name_of_stage(event->stage));
        json_add_number(object, "in_ms", event->in_ms);
        json_add_number(object, "at_most_ms", event->at_most_ms);
        break;
    default: break;
    }
}

void json_event(FILE *out, const struct prov_event *event)
{
    struct json_object object = json_begin(out);
    json_add_word(&object, "event", name_of_event(event->type));
    json_add_word_if_set(&object, "cause", event->cause, name_of_cause);
    json_add_word_if_set(&object, "credentials", event->credentials, name_of_credentials);
    json_add_word_if_set(&object, "outcome", event->outcome, name_of_outcome);
    json_add_number_if_set(&object, "severity", event->severity);
    json_add_text_if_set(&object, "rule", event->rule);
    json_add_text_if_set(&object, "url", event->url);
    json_add_text_if_set(&object, "server_ip", event->server_ip);
    json_add_text_if_set(&object, "server", event->server);
    json_add_text_if_set(&object, "name", event->name);
    json_add_text_if_set(&object, "text", event->text);
    json_add_word_if_set(&object, "warning", event->warning, name_of_warning);
    json_add_number_if_set(&object, "line", event->line);
    add_change(&object, event);
    json_add_encodings(&object, event->encodings);
    json_add_word_if_set(&object, "derivation", event->derivation, name_of_derivation);
    add_counts(&object, event);
    add_time(&object, event);
    json_add_error(&object, event->error);
    json_end(&object);
    fputc('\n', out);
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

int json_parameter(FILE *out, const prov_store *store, prov_str name, const char *value,
                   bool is_secret)
{
    int status = EXIT_OK;
    struct prov_param param = {.size = sizeof param};
    prov_store_find(store, name, PROV_LAYER_ANY, &param);
    bool is_user = param.layer == PROV_LAYER_USER;
    const char *layer = is_user ? "user" : param.has_value ? "server" : "default";

    struct json_object object = json_begin(out);
    json_add_word(&object, "event", "parameter");
    json_add_text(&object, "name", name);
    add_value(&object, value, is_secret);
    if (param.has_value)
        json_add_true(&object, "is_set");
    json_add_word(&object, "layer", layer);
    add_origin(&object, &param);
    if (is_user)
        status = add_beneath(&object, store, name, is_secret);
    json_end(&object);
    fputc('\n', out);
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
    json_add_word(&object, "verdict", name_of_dhcp_verdict(offer->verdict));
    json_add_word_if_set(&object, "kind", offer->kind, name_of_dhcp_kind);
    json_add_number_if_set(&object, "enterprise", offer->enterprise);
    json_add_number_if_set(&object, "sub_option", offer->sub_option);
    if (offer->why)
        json_add_word(&object, "why", offer->why);
    add_servers(&object, offer);
    json_end(&object);
    fputc('\n', out);
}
