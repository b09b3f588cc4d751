/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "phone.h"

#include <stdio.h>
#include <string.h>

#include "common/parameter.h"

#include "random.h"

enum { SERIAL_CAP = 64, PATH_CAP = 1024, IP_CAP = 16 };

static void make_mac(const struct run_options *run, uint32_t number, uint8_t mac[6])
{
    uint64_t address = number;
    for (size_t i = 0; i < 6; i++)
        address += (uint64_t)run->mac[i] << (40 - 8 * i);
    for (size_t i = 0; i < 6; i++)
        mac[i] = (uint8_t)(address >> (40 - 8 * i));
}

void phone_write_mac(const struct run_options *run, uint32_t number, char text[PHONE_MAC_CAP])
{
    uint8_t mac[6];
    make_mac(run, number, mac);
    snprintf(text, PHONE_MAC_CAP, "%02x%02x%02x%02x%02x%02x", mac[0], mac[1], mac[2], mac[3],
             mac[4], mac[5]);
}

/* Replace the first row of `#` by the number, with leading zeros. */
static void make_serial(const char *pattern, uint32_t number, char serial[SERIAL_CAP])
{
    size_t before = strcspn(pattern, "#");
    size_t width = strspn(pattern + before, "#");
    if (width == 0)
        snprintf(serial, SERIAL_CAP, "%s", pattern);
    else
        snprintf(serial, SERIAL_CAP, "%.*s%0*u%s", (int)before, pattern, (int)width, number,
                 pattern + before + width);
}

/* One of the `--spread` addresses from 127.0.0.1 on; empty without `--spread`. */
static void make_ip(const struct run_options *run, uint32_t number, char ip[IP_CAP])
{
    ip[0] = '\0';
    if (run->n_addresses == 0)
        return;
    uint32_t address = number % run->n_addresses + 1; /* below 127.0.0.0 */
    snprintf(ip, IP_CAP, "127.%u.%u.%u", address >> 16 & 255, address >> 8 & 255, address & 255);
}

/* Expand a pattern with the phone's macros, to a path. */
static prov_status expand(const char *pattern, prov_macro_vars *vars, char path[PATH_CAP],
                          struct prov_error *err)
{
    size_t len;
    const struct prov_vars view = prov_macro_vars_view(vars);
    return prov_macro_expand(prov_str_from(pattern), &view, 0, path, PATH_CAP, &len, err);
}

static prov_status read_certificate(const struct run_options *run, prov_macro_vars *vars,
                                    prov_tls_identity *identity, struct prov_error *err)
{
    char cert[PATH_CAP], key[PATH_CAP];
    struct prov_client_certificate files = {.size = sizeof files, .cert_file = cert};
    prov_status status = expand(run->client_cert, vars, cert, err);
    if (status == PROV_OK && run->client_key) {
        files.key_file = key;
        status = expand(run->client_key, vars, key, err);
    }
    return status == PROV_OK ? prov_tls_identity_set_certificate(identity, &files, err) : status;
}

/* NULL without `--client-cert`. */
static prov_status make_identity(prov_tls_identity **out, const struct fleet *fleet,
                                 const struct prov_device *device, struct prov_error *err)
{
    const struct run_options *run = &fleet->options->run;
    const struct prov_tls_identity_options options = {.size = sizeof options,
                                                      .alloc = &fleet->alloc};
    prov_macro_vars *vars;
    *out = NULL;
    if (!run->client_cert)
        return PROV_OK;
    prov_status status = prov_macro_vars_new(&vars, device, NULL, NULL, &fleet->alloc, err);
    if (status != PROV_OK)
        return status;
    status = prov_tls_identity_new(out, &options, err);
    if (status == PROV_OK)
        status = read_certificate(run, vars, *out, err);
    prov_macro_vars_free(vars);
    return status;
}

static int64_t mono_ms(void *ctx)
{
    const struct fleet *fleet = ((const struct phone *)ctx)->fleet;
    return fleet->is_receiving ? fleet->read_ms() : fleet->now_ms;
}

/* By the seed and the phone, so that a shard has the same numbers as the whole fleet. */
static uint32_t entropy(void *ctx)
{
    struct phone *phone = ctx;
    uint64_t first =
        phone->fleet->options->scenario.seed + phone->number * UINT64_C(0x632be59bd9b4e019);
    return random_bits(first + ++phone->n_drawn * RANDOM_STEP);
}

static void wake(void *ctx)
{
    struct phone *phone = ctx;
    phone->fleet->wake(phone->fleet, phone);
}

/* A resync waits here while all transfers are in use, which costs nothing, and is notified. */
static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    enum { UNTIL_NOTIFIED_MS = 24 * 3600 * 1000 };
    struct phone *phone = ctx;
    struct fleet *fleet = phone->fleet;
    if (stage != PROV_STAGE_FETCH || phone->is_busy)
        return 0;
    if (!phone->is_waiting && phone->due_ms == NEVER_MS)
        phone->due_ms = fleet->now_ms;
    if (fleet->n_busy >= fleet->options->run.n_connections) {
        fleet->wait(fleet, phone);
        return UNTIL_NOTIFIED_MS;
    }
    phone->is_busy = true;
    fleet->n_busy++;
    return 0;
}

/* Remove the phone's own address from a message, so that all phones have the same reason. */
static void generalize(const struct phone *phone, const char *message, char *to, size_t cap)
{
    char mac[PHONE_MAC_CAP];
    phone_write_mac(&phone->fleet->options->run, phone->number, mac);
    const char *found = strstr(message, mac);
    if (found)
        snprintf(to, cap, "%.*s$MA%s", (int)(found - message), message, found + strlen(mac));
    else
        snprintf(to, cap, "%s", message);
}

static uint32_t reason_of(struct phone *phone, const struct prov_error *error)
{
    char message[sizeof error->message];
    if (!error)
        return 0;
    generalize(phone, error->message, message, sizeof message);
    uint32_t reason = record_reason(phone->fleet->record, prov_status_name(error->status), message);
    phone->fleet->has_no_memory |= reason == 0;
    return reason;
}

static void fill_stages(struct sample *sample, const struct prov_result *result)
{
    const struct prov_connection *connection = result->connection;
    const struct prov_delivery *delivery = result->delivery;
    for (size_t i = 0; i < N_STAGES; i++)
        sample->stage_ms[i] = -1;
    if (connection) {
        sample->stage_ms[STAGE_CONNECT] = (int32_t)connection->connect_ms;
        sample->stage_ms[STAGE_TLS] = (int32_t)connection->tls_ms;
        sample->flags |= connection->is_reused ? SAMPLE_REUSED : SAMPLE_CONNECTED;
    }
    if (delivery) {
        sample->stage_ms[STAGE_FIRST_BYTE] = (int32_t)delivery->first_byte_ms;
        sample->stage_ms[STAGE_WHOLE] = result->error ? -1 : (int32_t)delivery->last_byte_ms;
        sample->stage_ms[STAGE_APPLIED] = (int32_t)delivery->commit_ms;
    }
}

static void add_sample(struct phone *phone, const struct prov_result *result)
{
    struct fleet *fleet = phone->fleet;
    struct sample sample = {
        .end_ms = result->mono_ms - fleet->begin_ms,
        .bytes = result->bytes,
        .phone = phone->number,
        .gap_ms = -1,
        .retry = phone->n_failures,
        .reason = reason_of(phone, result->error),
        .code = result->code,
        .outcome = result->outcome,
    };
    fill_stages(&sample, result);
    if (!record_add_sample(fleet->record, &sample)) {
        fleet->has_no_memory = true;
        return;
    }
    phone->sample = (uint32_t)fleet->record->n_samples;
    fleet->n_bytes += sample.bytes;
    fleet->n_connections += (sample.flags & SAMPLE_CONNECTED) != 0;
}

/* An empty rule has no sample, unless there is no other rule. */
static void on_result(struct phone *phone, const struct prov_result *result)
{
    if (result->outcome != PROV_OUTCOME_SKIPPED && result->outcome != PROV_OUTCOME_ASSIGNED)
        add_sample(phone, result);
}

static void complete_sample(struct phone *phone, const struct prov_result *result)
{
    if (phone->sample == 0)
        add_sample(phone, result);
    if (phone->sample == 0)
        return;
    struct sample *sample = &phone->fleet->record->samples[phone->sample - 1];
    int64_t start_ms = result->mono_ms - result->duration_ms;
    sample->flags |= SAMPLE_IS_LAST;
    sample->stage_ms[STAGE_RESYNC] = (int32_t)result->duration_ms;
    if (phone->due_ms != NEVER_MS)
        sample->stage_ms[STAGE_WAIT] =
            (int32_t)(start_ms > phone->due_ms ? start_ms - phone->due_ms : 0);
    if (phone->ended_ms != NEVER_MS)
        sample->gap_ms = (int32_t)(start_ms - phone->ended_ms);
}

static void on_resync(struct phone *phone, const struct prov_result *result)
{
    struct fleet *fleet = phone->fleet;
    bool has_failed = result->outcome == PROV_OUTCOME_FAILED;
    complete_sample(phone, result);
    phone->sample = 0;
    phone->due_ms = NEVER_MS;
    phone->ended_ms = result->mono_ms;
    fleet->n_failing += has_failed && phone->n_failures == 0;
    fleet->n_failing -= !has_failed && phone->n_failures > 0;
    phone->n_failures = has_failed ? phone->n_failures + 1 : 0;
    phone->n_done += !has_failed;
    fleet->n_resyncs++;
    fleet->n_failed += has_failed;
    if (phone->is_busy)
        fleet->n_busy--;
    phone->is_busy = false;
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct phone *phone = ctx;
    if (event->type == PROV_EVENT_RESULT && event->job == PROV_JOB_RESYNC)
        on_result(phone, event->as.result);
    else if (event->type == PROV_EVENT_RESYNC)
        on_resync(phone, event->as.result);
}

/* All kinds but those. */
static const uint32_t unwanted_events = ~(1u << PROV_EVENT_RESULT | 1u << PROV_EVENT_RESYNC);

static prov_status set_parameters(struct phone *phone, struct prov_error *err)
{
    const struct options *options = phone->fleet->options;
    prov_status status = prov_store_begin(phone->store, err);
    if (status == PROV_OK)
        status = parameter_set(phone->store, prov_str_from("Profile_Rule"),
                               prov_str_from(options->run.rule), NULL, err);
    for (size_t i = 0; status == PROV_OK && i < options->parameters.n; i++) {
        prov_str name, value;
        parameter_split(options->parameters.all[i], &name, &value);
        status = parameter_set(phone->store, name, value, NULL, err);
    }
    return status == PROV_OK ? prov_store_commit(phone->store, err) : status;
}

static prov_status make_agent(struct phone *phone, struct prov_error *err)
{
    const struct fleet *fleet = phone->fleet;
    const struct run_options *run = &fleet->options->run;
    const struct prov_sched_settings *settings = &fleet->options->scenario.settings;
    char serial[SERIAL_CAP], series[DEVICE_SERIES_CAP], ip[IP_CAP];
    make_ip(run, phone->number, ip);
    make_serial(run->serial, phone->number, serial);
    device_derive_series(run->model, series);
    struct prov_device device = {
        .size = sizeof device,
        .has_ccert = run->client_cert != NULL,
        .product = prov_str_from(run->model),
        .series = prov_str_from(series),
        .serial = prov_str_from(serial),
        .sw_version = prov_str_from(run->sw_version),
        .ip = prov_str_from(ip),
    };
    make_mac(run, phone->number, device.mac);
    struct prov_host host = {
        .size = sizeof host,
        .ctx = phone,
        .mono_ms = mono_ms,
        .entropy = entropy,
        .event = on_event,
        .unwanted_events = unwanted_events,
        .wake = wake,
        .defer_ms = defer_ms,
    };
    prov_tls_identity *identity;
    prov_status status = make_identity(&identity, fleet, &device, err);
    if (status == PROV_OK)
        status = prov_store_bind(phone->store, &host, err);
    const struct prov_agent_options options = {
        .size = sizeof options,
        .host = &host,
        .device = &device,
        .dialect = prov_dialect_get(run->dialect),
        .alloc = &fleet->alloc,
        .boot_cause = run->has_rate ? PROV_CAUSE_HOST : PROV_CAUSE_POWER_UP,
        .max_defer_s = UINT32_MAX / 1000,
        .jitter_s = settings->jitter_s,
        .retry_jitter_s = settings->retry_jitter_s,
        .floor_s = run->floor_s,
        .identity = identity,
        .source_ip = prov_str_from(ip),
    };
    if (status == PROV_OK)
        status = prov_agent_new(&phone->agent, &options, err);
    prov_tls_identity_free(identity); /* the agent shares it */
    return status == PROV_OK ? prov_agent_add_transport(phone->agent, fleet->transport,
                                                        PROV_TRANSPORT_SHARED, err)
                             : status;
}

prov_status phone_init(struct phone *phone, struct fleet *fleet, uint32_t number,
                       struct prov_error *err)
{
    const struct prov_store_options options = {.size = sizeof options, .alloc = &fleet->alloc};
    *phone = (struct phone){
        .fleet = fleet,
        .entry_ms = NEVER_MS,
        .start_ms = NEVER_MS,
        .due_ms = NEVER_MS,
        .ended_ms = NEVER_MS,
        .number = number,
    };
    prov_status status = prov_store_open(&phone->store, &options, err);
    if (status == PROV_OK)
        status = set_parameters(phone, err);
    return status == PROV_OK ? make_agent(phone, err) : status;
}

void phone_end(struct phone *phone)
{
    prov_agent_free(phone->agent);
    prov_store_close(phone->store);
}

prov_status phone_request(struct phone *phone, struct prov_error *err)
{
    const struct prov_agent_request request = {.size = sizeof request, .cause = PROV_CAUSE_HOST};
    return prov_agent_request(phone->agent, &request, err);
}
