/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* tm_gmtoff */
#include "fetch.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "common/names.h"
#include "common/parameter.h"
#include "common/phone_names.h"
#include "common/text.h"

#include "devices.h"
#include "facts.h"
#include "fetch_report.h"
#include "gap.h"
#include "vitals.h"

enum { TRANSFER_TIMES = 20 /* limit of a whole file, in units of --timeout */ };

/* The check of one device. */
struct check {
    const struct options *options;
    prov_store *store; /* in memory, so that commits have no other effect */
    prov_agent *agent;
    struct fetch_report *report;
    bool has_answered; /* --account was sent */
};

static int64_t mono_ms(void *ctx)
{
    struct timespec now;
    (void)ctx;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    time_t now = time(NULL);
    struct tm local;
    (void)ctx;
    if (now == (time_t)-1 || !localtime_r(&now, &local))
        return false;
    *utc_s = now;
    *utc_offset_s = (int32_t)local.tm_gmtoff;
    return true;
}

/* If the credentials are requested again, the server has refused the account. */
static void answer(struct check *check)
{
    bool is_known = check->options->account && !check->has_answered;
    prov_str login = prov_str_from(is_known ? check->options->account : "");
    size_t uid_len = strcspn(login.data, ":");
    check->has_answered = true;
    prov_agent_set_credentials(check->agent, (prov_str){login.data, uid_len},
                               prov_str_from(login.data + uid_len + (uid_len < login.len)), NULL);
}

static void report_warning(struct check *check, const struct prov_warning *warning)
{
    const struct fetch_warning found = {
        .id = prov_profile_warning_name(warning->kind),
        .words = words_for_warning(warning->kind),
        .reason = warning->error ? warning->error->message : NULL,
        .rule = warning->rule,
        .name = warning->name,
        .line = warning->line,
    };
    fetch_report_warning(check->report, &found);
}

/* Report an invalid parameter, unless it is about log servers. */
static void report_log(struct check *check, const struct prov_log_entry *entry)
{
    if (!entry->error || entry->server.len || !entry->name.len)
        return;
    const struct fetch_warning found = {
        .id = prov_status_name(entry->error->status),
        .words = entry->error->message,
        .rule = entry->rule,
        .name = entry->name,
    };
    fetch_report_warning(check->report, &found);
}

/* The new value of a changed parameter, being checked. */
struct linting {
    struct check *check;
    const struct prov_change *change;
};

static void on_lint(void *ctx, const struct prov_lint *lint)
{
    const struct linting *linting = ctx;
    char place[64];
    snprintf(place, sizeof place, "at %u:%u of its value", (unsigned)lint->line,
             (unsigned)lint->column);
    const struct fetch_warning found = {
        .id = prov_lint_kind_name(lint->kind),
        .words = lint->message,
        .reason = place,
        .rule = linting->change->rule,
        .name = linting->change->name,
        .line = linting->change->line,
    };
    fetch_report_warning(linting->check->report, &found);
}

static void warn_of_name(struct check *check, const struct prov_change *change)
{
    char meant[PARAMETER_NAME_CAP], reason[PARAMETER_NAME_CAP + 32];
    if (prov_catalogue_find(change->name, NULL) || phone_name_is_known(change->name) ||
        !phone_name_suggest(change->name, meant))
        return;
    snprintf(reason, sizeof reason, "is %s meant?", meant);
    const struct fetch_warning found = {
        .id = "misspelt",
        .words = "there is no parameter of this name",
        .reason = reason,
        .rule = change->rule,
        .name = change->name,
        .line = change->line,
    };
    fetch_report_warning(check->report, &found);
}

/* The event has the value masked; the store has it in clear. */
static void report_change(struct check *check, const struct prov_change *change)
{
    struct linting linting = {check, change};
    struct prov_param param = {.size = sizeof param};
    const struct prov_rule_options options = {.size = sizeof options,
                                              .dialect = prov_dialect_get(check->options->dialect)};
    const struct prov_lint_listener listener = {.warn = on_lint, .ctx = &linting};
    fetch_report_change(check->report, change);
    warn_of_name(check, change);
    if (prov_store_find(check->store, change->name, PROV_LAYER_ANY, &param) == PROV_OK &&
        param.has_value)
        prov_lint_param(change->name, param.value, &options, &listener);
}

/* The parts of the device that the command line does not set. */
static void warn_of_gaps(struct check *check, prov_str rule, prov_str trace)
{
    struct gap gap;
    for (size_t next = 0; gap_find(check->options, trace, &next, &gap);) {
        const struct fetch_warning found = {
            .id = "empty-macro",
            .words = gap.words,
            .rule = rule,
            .name = prov_str_from(gap.macro),
        };
        fetch_report_warning(check->report, &found);
    }
}

static void report_rule(struct check *check, const struct prov_result *result)
{
    struct prov_agent_trace trace = {.size = sizeof trace};
    bool is_of_rule = prov_agent_trace_get(check->agent, 0, &trace) == PROV_OK &&
                      text_is_equal(trace.rule, result->rule);
    fetch_report_rule(check->report, result, is_of_rule ? trace.text : (prov_str){NULL, 0});
    if (is_of_rule)
        warn_of_gaps(check, result->rule, trace.text);
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct check *check = ctx;
    switch (event->type) {
    case PROV_EVENT_LOG: report_log(check, event->as.log); break;
    case PROV_EVENT_CHANGED: report_change(check, event->as.change); break;
    case PROV_EVENT_RESULT: report_rule(check, event->as.result); break;
    case PROV_EVENT_RESYNC: fetch_report_resync(check->report, event->as.result); break;
    case PROV_EVENT_WARNING: report_warning(check, event->as.warning); break;
    case PROV_EVENT_CREDENTIALS_WANTED: answer(check); break;
    default: break;
    }
}

static prov_status make_agent(struct check *check, const prov_curl *curl, struct prov_error *err)
{
    const struct options *options = check->options;
    struct prov_device device;
    facts_describe_device(&device, options);
    device.has_ccert = prov_curl_has_client_certificate(curl);
    struct prov_host host = {
        .size = sizeof host,
        .ctx = check,
        .mono_ms = mono_ms,
        .wall_s = wall_s,
        .event = on_event,
        .vars = facts_given_vars(options),
    };
    prov_store_bind(check->store, &host, NULL);
    const struct prov_limits limits = {
        .size = sizeof limits,
        .connect_timeout_ms = options->timeout_s * 1000,
        .idle_timeout_ms = options->timeout_s * 1000,
        .total_timeout_ms = options->timeout_s * 1000 * TRANSFER_TIMES,
    };
    const struct prov_agent_options agent_options = {
        .size = sizeof agent_options,
        .host = &host,
        .device = &device,
        .dialect = prov_dialect_get(options->dialect),
        .limits = &limits,
        .dhcp_server = prov_str_from(options->dhcp_server),
        .boot_cause = PROV_CAUSE_HOST,
    };
    return prov_agent_new(&check->agent, &agent_options, err);
}

/* @param[out] out  New, ended by prov_curl_free(); NULL on failure. */
static prov_status make_transport(prov_curl **out, const struct options *given,
                                  struct prov_error *err)
{
    const struct prov_curl_options options = {
        .size = sizeof options,
        .ca_file = given->ca_file,
        .system_roots = !given->ca_file,
    };
    const struct prov_client_certificate certificate = {
        .size = sizeof certificate,
        .cert_file = given->cert_file,
        .key_file = given->key_file,
    };
    prov_status status = prov_curl_new(out, &options, err);
    if (status != PROV_OK || !given->cert_file)
        return status;
    status = prov_curl_set_client_certificate(*out, &certificate, err);
    if (status == PROV_OK)
        return PROV_OK;
    prov_curl_free(*out);
    *out = NULL;
    return status;
}

/* For files only: a check sends no log messages to the servers in the store. */
static prov_status add_transport(prov_agent *agent, prov_curl *curl, struct prov_error *err)
{
    struct prov_transport transport = *prov_curl_transport(curl);
    transport.schemes = "tftp,http,https";
    return prov_agent_add_transport(agent, &transport, 0, err);
}

static void resync(struct check *check)
{
    struct prov_error err = {0};
    const struct options *options = check->options;
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = PROV_VERB_RESYNC,
        .cause = PROV_CAUSE_HOST,
        .rule = prov_str_from(options->n_texts ? options->texts[0].text : ""),
    };
    prov_status status = prov_agent_run_once(check->agent, &request, &err);
    if (status != PROV_OK && !check->report->has_failed)
        fetch_report_refused(check->report, &err);
}

/* After the commits: check whether the device would continue to resync. */
static void check_vitals(struct check *check)
{
    struct vitals vitals = {0};
    struct prov_param param = {.size = sizeof param};
    for (size_t i = 0; prov_store_param(check->store, i, &param) == PROV_OK; i++)
        if (param.has_value)
            vitals_set(&vitals, param.name, param.value);
    const struct fetch_warning found = {.id = "deaf", .words = vitals_fault(&vitals)};
    if (found.words)
        fetch_report_warning(check->report, &found);
    vitals_free(&vitals);
}

static int run_device(struct check *check)
{
    struct prov_error err = {0};
    const struct options *options = check->options;
    prov_curl *curl;
    prov_status status = make_transport(&curl, options, &err);
    if (status != PROV_OK)
        return print_failure(&err, EXIT_MACHINE);
    status = make_agent(check, curl, &err);
    if (status == PROV_OK)
        status = add_transport(check->agent, curl, &err);
    if (status == PROV_OK) {
        resync(check);
        check_vitals(check);
    }
    prov_agent_free(check->agent);
    prov_curl_free(curl);
    return status == PROV_OK ? EXIT_OK : print_failure(&err, EXIT_MACHINE);
}

/* @param number  Of the device among all, from 1: its name if it has no other. */
static void name_device(struct fetch_report *report, const struct options *options, size_t number)
{
    const uint8_t *mac = options->mac;
    const char *model = options->model ? options->model : "";
    if (gap_has_mac(options))
        snprintf(report->name, sizeof report->name, "%02x%02x%02x%02x%02x%02x%s%s", mac[0], mac[1],
                 mac[2], mac[3], mac[4], mac[5], model[0] ? " " : "", model);
    else
        snprintf(report->name, sizeof report->name, "device %zu%s%s", number, model[0] ? " " : "",
                 model);
}

/* @return EXIT_OK, also when the server failed; EXIT_USAGE or EXIT_MACHINE. */
static int check_device(struct fetch_report *report, const struct options *options, size_t number)
{
    struct check check = {.options = options, .report = report};
    name_device(report, options, number);
    int status = facts_make_store(&check.store, options);
    if (status == EXIT_OK)
        status = run_device(&check);
    prov_store_close(check.store);
    return status;
}

/* Output while the devices are checked. */
struct output {
    const struct options *options;
    struct text_view view;
    struct json_object document, array;
    FILE *junit; /* test cases; NULL: not requested */
    char *junit_text;
    size_t junit_len;
    size_t n, n_failed, n_warnings;
};

static bool begin_output(struct output *output, const struct options *options)
{
    *output = (struct output){.options = options};
    output->view.out = stdout;
    output->view.has_colour = terminal_has_colour(stdout, options->answer.colour);
    if (options->answer.is_json) {
        output->document = json_begin(stdout);
        output->array = json_add_array(&output->document, "devices");
    }
    if (options->junit_path)
        output->junit = open_memstream(&output->junit_text, &output->junit_len);
    return output->junit || !options->junit_path;
}

static void add_report(struct output *output, const struct fetch_report *report)
{
    output->n++;
    output->n_failed += report->has_failed;
    output->n_warnings += report->n_warnings;
    if (output->options->answer.is_json)
        fetch_report_add(report, &output->array);
    else
        fetch_report_print(report, &output->view, output->options->devices_path != NULL);
    if (output->junit)
        fetch_report_junit(report, output->junit);
    fflush(stdout);
}

static int write_junit(struct output *output)
{
    if (!output->junit)
        return EXIT_OK;
    bool is_whole = fclose(output->junit) == 0;
    FILE *file = is_whole ? fopen(output->options->junit_path, "w") : NULL;
    if (file) {
        fprintf(file,
                "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
                "<testsuite name=\"provision-explain --fetch\" tests=\"%zu\" failures=\"%zu\" "
                "errors=\"0\">\n",
                output->n, output->n_failed);
        fwrite(output->junit_text, 1, output->junit_len, file);
        fputs("</testsuite>\n", file);
        is_whole = !ferror(file);
        is_whole &= fclose(file) == 0;
    }
    free(output->junit_text);
    if (file && is_whole)
        return EXIT_OK;
    fprintf(stderr, "%s: ", program_name);
    perror(output->options->junit_path);
    return EXIT_MACHINE;
}

static int end_output(struct output *output, int status)
{
    if (output->options->answer.is_json) {
        json_end(&output->array);
        json_add_number(&output->document, "n_failed", (int64_t)output->n_failed);
        json_add_number(&output->document, "n_warnings", (int64_t)output->n_warnings);
        json_end(&output->document);
        fputc('\n', stdout);
    }
    int written = write_junit(output);
    if (status != EXIT_OK || written != EXIT_OK)
        return status != EXIT_OK ? status : written;
    return output->n_failed ? EXIT_FAILED : EXIT_OK;
}

static int check_all(const struct devices *devices, struct output *output)
{
    int status = EXIT_OK;
    for (size_t i = 0; status == EXIT_OK && i < devices->n; i++) {
        struct fetch_report report;
        bool is_whole = fetch_report_begin(&report);
        if (is_whole)
            status = check_device(&report, &devices->all[i], i + 1);
        is_whole = is_whole && fetch_report_end(&report, output->options->is_strict);
        if (is_whole && status == EXIT_OK)
            add_report(output, &report);
        fetch_report_free(&report);
        if (!is_whole) {
            perror(program_name);
            status = EXIT_MACHINE;
        }
    }
    return status;
}

int fetch_check(const struct options *options)
{
    struct devices devices;
    struct output output;
    int status = devices_read(&devices, options);
    if (status == EXIT_OK && !begin_output(&output, options)) {
        perror(program_name);
        status = EXIT_MACHINE;
    } else if (status == EXIT_OK) {
        status = end_output(&output, check_all(&devices, &output));
    }
    devices_free(&devices);
    return status;
}
