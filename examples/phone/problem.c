/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "problem.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/parameter.h"
#include "common/text.h"

#include "bundle.h"
#include "host.h"
#include "options.h"
#include "phone.h"

enum { MINUTE_MS = 60000, RETRY_MS = 15 * MINUTE_MS, MIN_MINUTES = 15, MAX_MINUTES = 1440 };

static const char *const reasons[] = {
    [PROBLEM_REQUEST] = "request\n",
    [PROBLEM_TIMER] = "timer\n",
    [PROBLEM_CRASH] = "crash\n",
};

static char *get(const struct phone *phone, const char *name)
{
    bool is_set;
    return parameter_get(phone->store, prov_str_from(name), phone->options->dialect, &is_set);
}

static const char *mark_path(const struct phone *phone, char path[FLASH_PATH_CAP])
{
    snprintf(path, FLASH_PATH_CAP, "%s.running", phone->options->store_path);
    return path;
}

void problem_start(struct phone *phone)
{
    char path[FLASH_PATH_CAP];
    struct problem *problem = &phone->problem;
    problem->since_ms = clock_now_ms(&phone->clock);
    if (!phone->options->store_path || phone->options->is_once)
        return;
    problem->has_crashed = access(mark_path(phone, path), F_OK) == 0;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, S_IRUSR | S_IWUSR);
    problem->has_mark = fd >= 0;
    if (fd >= 0)
        close(fd);
    else
        perror(path);
}

static void notice_settings(struct phone *phone)
{
    struct problem *problem = &phone->problem;
    uint64_t generation = prov_store_generation(phone->store);
    uint32_t minutes = 0;
    if (generation == problem->generation)
        return;
    char *timer = get(phone, "PRT_Max_Timer"), *at_crash = get(phone, "PRT_Upload_at_Crash");
    if (timer && at_crash) {
        prov_value_unsigned(prov_str_from(timer), &minutes);
        bool is_valid = minutes >= MIN_MINUTES && minutes <= MAX_MINUTES;
        problem->interval_ms = is_valid ? (int64_t)minutes * MINUTE_MS : 0;
        prov_value_bool(prov_str_from(at_crash), &problem->reports_crashes);
        problem->generation = generation;
    }
    free(timer);
    free(at_crash);
}

/* The settings are read here for a phone that is stopped before its first report could be due. */
void problem_stop(struct phone *phone)
{
    char path[FLASH_PATH_CAP];
    const struct problem *problem = &phone->problem;
    if (problem->has_mark && phone->store)
        notice_settings(phone);
    if (problem->has_mark && !(problem->has_crashed && problem->reports_crashes))
        unlink(mark_path(phone, path));
    phone->problem.has_mark = false;
}

/* The parameters of a report; NULL without memory. */
struct settings {
    char *rule, *name, *method, *header, *value;
};

static bool read_settings(const struct phone *phone, struct settings *settings)
{
    *settings = (struct settings){
        .rule = get(phone, "PRT_Upload_Rule"),
        .name = get(phone, "PRT_Name"),
        .method = get(phone, "PRT_Upload_Method"),
        .header = get(phone, "PRT_HTTP_Header"),
        .value = get(phone, "PRT_HTTP_Header_Value"),
    };
    return settings->rule && settings->name && settings->method && settings->header &&
           settings->value;
}

static void free_settings(struct settings *settings)
{
    free(settings->rule);
    free(settings->name);
    free(settings->method);
    free(settings->header);
    free(settings->value);
}

/* If PRT_Upload_Rule is a folder, append the file name of PRT_Name. New; NULL without memory. */
static char *make_rule(const struct settings *settings)
{
    static const char default_name[] = "prt-$MA.tar";
    const char *name = settings->name[0] ? settings->name : default_name;
    size_t end = strlen(settings->rule), cap = end + strlen(name) + 1;
    bool is_folder = end > 0 && settings->rule[end - 1] == '/';
    char *rule = malloc(cap);
    if (rule)
        snprintf(rule, cap, "%s%s", settings->rule, is_folder ? name : "");
    return rule;
}

/* The header field is sent if both its name and its value are set. */
static prov_status upload(struct phone *phone, const struct settings *settings, const char *rule,
                          prov_str bundle, struct prov_error *err)
{
    const struct prov_header header = {prov_str_from(settings->header),
                                       prov_str_from(settings->value)};
    const struct prov_fetch fetch = {
        .size = sizeof fetch,
        .id = PROBLEM_FETCH,
        .method = strcmp(settings->method, "PUT") == 0 ? PROV_METHOD_PUT : PROV_METHOD_POST,
        .rule = prov_str_from(rule),
        .content_type = prov_str_from("application/x-tar"),
        .headers = &header,
        .n_headers = header.name.len && header.value.len,
        .body = bundle,
    };
    prov_status status = prov_agent_fetch(phone->agent, &fetch, err);
    if (status == PROV_E_INVALID && fetch.n_headers && err)
        snprintf(err->subject, sizeof err->subject, "PRT_HTTP_Header");
    return status;
}

/* If the settings are at fault, a minute passes all the same: the rule may change a parameter each
 * time it is carried out. */
static void fail(struct phone *phone, bool is_of_settings)
{
    struct problem *problem = &phone->problem;
    problem->state = is_of_settings ? PROBLEM_HELD : PROBLEM_RETRY;
    problem->not_before_ms = clock_now_ms(&phone->clock) + (is_of_settings ? MINUTE_MS : RETRY_MS);
    if (is_of_settings)
        host_note(phone, "problem report: the next one waits until a parameter changes");
}

static prov_status make_and_upload(struct phone *phone, enum problem_reason reason,
                                   struct prov_error *err)
{
    struct settings settings;
    char *bundle = NULL;
    size_t len;
    char *rule = read_settings(phone, &settings) ? make_rule(&settings) : NULL;
    prov_status status = rule ? PROV_OK : text_fail(PROV_E_NOMEM, "", "no memory", err);
    if (rule && !rule[0])
        status = text_fail(PROV_E_NO_SERVER, "PRT_Upload_Rule", "expected a rule, found none", err);
    if (status == PROV_OK)
        status = bundle_make(phone, reasons[reason], &bundle, &len, err);
    if (status == PROV_OK)
        status = upload(phone, &settings, rule, (prov_str){bundle, len}, err);
    free_settings(&settings);
    free(bundle);
    free(rule);
    return status;
}

prov_status problem_send(struct phone *phone, enum problem_reason reason, struct prov_error *err)
{
    struct problem *problem = &phone->problem;
    if (problem->state == PROBLEM_SENDING)
        return text_fail(PROV_E_BUSY, "problem-report", "one is being sent", err);
    const uint64_t generation = prov_store_generation(phone->store);
    prov_status status = make_and_upload(phone, reason, err);
    if (status != PROV_OK)
        problem->last_outcome = PROV_OUTCOME_FAILED;
    if (status != PROV_OK && reason == PROBLEM_REQUEST)
        return status; /* the next one of the timer or after a crash is due as before */
    problem->reason = reason;
    problem->sent_generation = generation;
    if (status == PROV_OK)
        problem->state = PROBLEM_SENDING;
    else
        fail(phone, status != PROV_E_NOMEM);
    return status;
}

/* Failures that end only with other settings. */
static bool is_of_settings(const struct prov_error *error)
{
    return error->status == PROV_E_SYNTAX || error->status == PROV_E_INVALID ||
           error->status == PROV_E_UNSUPPORTED || error->status == PROV_E_VALUE;
}

void problem_end(struct phone *phone, const struct prov_result *result)
{
    struct problem *problem = &phone->problem;
    if (problem->state != PROBLEM_SENDING)
        return;
    problem->state = PROBLEM_IDLE;
    problem->not_before_ms = 0;
    if (!result)
        return;
    bool is_delivered = result->outcome == PROV_OUTCOME_APPLIED;
    problem->last_outcome = is_delivered ? PROV_OUTCOME_APPLIED : PROV_OUTCOME_FAILED;
    if (!is_delivered)
        fail(phone, !result->error || is_of_settings(result->error)); /* none: nothing was sent */
    else if (problem->reason == PROBLEM_CRASH)
        problem->has_crashed = false;
    else if (problem->reason == PROBLEM_TIMER)
        problem->since_ms = clock_now_ms(&phone->clock);
}

/* A report that the phone sends by itself. */
struct next {
    enum problem_reason reason;
    int64_t due_ms; /* on the phone's clock; -1: none is due */
};

static struct next find_next(struct phone *phone)
{
    const struct problem *problem = &phone->problem;
    struct next next = {.due_ms = -1};
    notice_settings(phone);
    bool is_held = problem->state == PROBLEM_HELD &&
                   problem->sent_generation == prov_store_generation(phone->store);
    if (phone->options->is_once || is_held || problem->state == PROBLEM_SENDING)
        return next;
    if (problem->has_crashed && problem->reports_crashes)
        next = (struct next){PROBLEM_CRASH, 0};
    else if (problem->interval_ms > 0)
        next = (struct next){PROBLEM_TIMER, problem->since_ms + problem->interval_ms};
    if (next.due_ms >= 0 && next.due_ms < problem->not_before_ms)
        next.due_ms = problem->not_before_ms;
    return next;
}

static int64_t wait_ms(const struct phone *phone, const struct next *next)
{
    int64_t now_ms = clock_now_ms(&phone->clock);
    if (next->due_ms < 0 || prov_agent_is_busy(phone->agent))
        return -1;
    return next->due_ms > now_ms ? next->due_ms - now_ms : 0;
}

int64_t problem_timeout_ms(struct phone *phone)
{
    const struct next next = find_next(phone);
    return wait_ms(phone, &next);
}

void problem_process(struct phone *phone)
{
    struct prov_error err = {0};
    const struct next next = find_next(phone);
    if (wait_ms(phone, &next) != 0)
        return;
    host_note(phone, next.reason == PROBLEM_CRASH
                         ? "problem report: the phone crashed, PRT_Upload_at_Crash is Yes"
                         : "problem report: PRT_Max_Timer is over");
    if (problem_send(phone, next.reason, &err) != PROV_OK)
        phone_print_failure(phone, &err, EXIT_MACHINE);
}
