/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "settings.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/provision.h>

#include "common/parameter.h"
#include "common/text.h"

enum { VALUE_CAP = 64 };

static bool add_number(struct record *record, const char *name, uint64_t number, const char *unit)
{
    char value[VALUE_CAP];
    snprintf(value, sizeof value, "%llu%s", (unsigned long long)number, unit);
    return record_add_setting(record, name, value);
}

static bool add_number_if_set(struct record *record, const char *name, uint64_t number,
                              const char *unit)
{
    return number == 0 || add_number(record, name, number, unit);
}

static bool add_rule(struct record *record, const char *rule)
{
    char *text = text_redact(prov_str_from(rule));
    bool is_added = text && record_add_setting(record, "--rule", text);
    free(text);
    return is_added;
}

/* Any text parameter may contain a rule, or be a secret. */
static bool add_parameter(struct record *record, const char *pair)
{
    char proper[PARAMETER_NAME_CAP], name[PARAMETER_NAME_CAP + 8];
    prov_str key, value;
    parameter_split(pair, &key, &value);
    parameter_spell(&key, proper);
    char *text = prov_catalogue_is_secret(NULL, key) ? strdup("***") : text_redact(value);
    snprintf(name, sizeof name, "--set %.*s", (int)key.len, key.data);
    bool is_added = text && record_add_setting(record, name, text);
    free(text);
    return is_added;
}

static bool add_parameters(struct record *record, const struct options *options)
{
    for (size_t i = 0; i < options->parameters.n; i++)
        if (!add_parameter(record, options->parameters.all[i]))
            return false;
    return true;
}

static bool add_load(struct record *record, const struct options *options)
{
    const struct run_options *run = &options->run;
    if (!run->has_rate)
        return add_number(record, "--ramp", run->ramp_s, " s");
    return run->rate ? add_number(record, "--rate", run->rate, "/s")
                     : record_add_setting(record, "--rate", "as fast as possible");
}

static bool add_shared(struct record *record, const struct options *options)
{
    const struct prov_sched_settings *settings = &options->scenario.settings;
    return add_number_if_set(record, "--jitter", settings->jitter_s, " s") &&
           add_number_if_set(record, "--retry-jitter", settings->retry_jitter_s, " s") &&
           add_number(record, "--seed", options->scenario.seed, "");
}

bool settings_of_run(struct record *record, const struct options *options)
{
    const struct run_options *run = &options->run;
    return add_number(record, "--run", run->n_phones, "") && add_rule(record, run->rule) &&
           add_parameters(record, options) && add_load(record, options) &&
           add_number_if_set(record, "--resyncs", run->n_resyncs, "") &&
           add_number_if_set(record, "--attempts", run->n_attempts, "") &&
           add_number_if_set(record, "--length", options->scenario.length_s, " s") &&
           add_number(record, "--connections", run->n_connections, "") &&
           add_number_if_set(record, "--spread", run->n_addresses, " addresses") &&
           add_number(record, "--floor", run->floor_s, " s") &&
           record_add_setting(record, "--model", run->model) &&
           (!run->client_cert || record_add_setting(record, "--client-cert", run->client_cert)) &&
           add_shared(record, options);
}

static bool add_text(struct record *record, const char *name, prov_str text)
{
    char *copy = text_copy(text);
    bool is_added = copy && record_add_setting(record, name, copy);
    free(copy);
    return is_added;
}

/* Add the parameters of the schedule, with their defaults. */
static bool add_schedule(struct record *record, const struct prov_sched_settings *settings)
{
    bool has_time = settings->resync_at.len > 0;
    return add_text(record, "Resync_Periodic", settings->periodic) &&
           add_text(record, "Resync_Error_Retry_Delay", settings->error_retry) &&
           add_number(record, "Resync_Random_Delay", settings->random_delay, "") &&
           (!has_time ||
            (add_text(record, "Resync_At__HHmm_", settings->resync_at) &&
             add_number(record, "Resync_At_Random_Delay", settings->at_random_s, " s")));
}

static bool add_span(struct record *record, const char *name, const struct span *span)
{
    char value[VALUE_CAP];
    snprintf(value, sizeof value, "%u to %u s", span->from_s, span->to_s);
    return span->to_s == 0 || record_add_setting(record, name, value);
}

bool settings_of_simulation(struct record *record, const struct options *options)
{
    const struct scenario *scenario = &options->scenario;
    return add_number(record, "--devices", scenario->n_devices, "") &&
           add_number(record, "--length", scenario->length_s, " s") &&
           add_number(record, "--boot-within", scenario->boot_within_s, " s") &&
           add_span(record, "--outage", &scenario->outage) &&
           add_span(record, "--link-loss", &scenario->link_loss) &&
           add_span(record, "--sleep", &scenario->sleep) &&
           add_schedule(record, &scenario->settings) &&
           add_number(record, "--answer-ms", scenario->answer_ms, " ms") &&
           add_shared(record, options);
}
