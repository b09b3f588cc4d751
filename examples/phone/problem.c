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
        if (problem->lacks_rule)
            problem->not_before_ms = 0;
        problem->lacks_rule = false;
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

static prov_status read_bytes(void *ctx, void *buf, size_t cap, size_t *len, struct prov_error *err)
{
    struct problem *problem = ctx;
    size_t left = problem->len - problem->at;
    (void)err;
    *len = left < cap ? left : cap;
    memcpy(buf, problem->data + problem->at, *len);
    problem->at += *len;
    return PROV_OK;
}

static prov_status rewind_bytes(void *ctx, struct prov_error *err)
{
    struct problem *problem = ctx;
    (void)err;
    problem->at = 0;
    return PROV_OK;
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
                          struct prov_error *err)
{
    const struct prov_header header = {prov_str_from(settings->header),
                                       prov_str_from(settings->value)};
    const struct prov_upload body = {
        .size = sizeof body,
        .ctx = &phone->problem,
        .length = (int64_t)phone->problem.len,
        .read = read_bytes,
        .rewind = rewind_bytes,
    };
    const struct prov_fetch fetch = {
        .size = sizeof fetch,
        .id = PROBLEM_FETCH,
        .method = strcmp(settings->method, "PUT") == 0 ? PROV_METHOD_PUT : PROV_METHOD_POST,
        .rule = prov_str_from(rule),
        .content_type = prov_str_from("application/x-tar"),
        .headers = &header,
        .n_headers = header.name.len && header.value.len,
        .upload = &body,
        .sink = {.ctx = &phone->problem},
    };
    prov_status status = prov_agent_fetch(phone->agent, &fetch, err);
    if (status == PROV_E_INVALID && fetch.n_headers && err)
        snprintf(err->subject, sizeof err->subject, "PRT_HTTP_Header");
    return status;
}

prov_status problem_send(struct phone *phone, enum problem_reason reason, struct prov_error *err)
{
    struct problem *problem = &phone->problem;
    struct settings settings;
    if (problem->data)
        return text_fail(PROV_E_BUSY, "problem-report", "one is being sent", err);
    char *rule = read_settings(phone, &settings) ? make_rule(&settings) : NULL;
    prov_status status = rule ? PROV_OK : text_fail(PROV_E_NOMEM, "", "no memory", err);
    if (rule && !rule[0])
        status = text_fail(PROV_E_NO_SERVER, "PRT_Upload_Rule", "expected a rule, found none", err);
    if (status == PROV_OK)
        status = bundle_make(phone, reasons[reason], &problem->data, &problem->len, err);
    problem->at = 0;
    problem->reason = reason;
    if (status == PROV_OK)
        status = upload(phone, &settings, rule, err);
    if (status != PROV_OK)
        problem_end(phone, PROV_OUTCOME_FAILED);
    if (reason != PROBLEM_REQUEST)
        problem->lacks_rule = rule && !rule[0];
    free_settings(&settings);
    free(rule);
    return status;
}

void problem_end(struct phone *phone, uint32_t outcome)
{
    struct problem *problem = &phone->problem;
    int64_t now_ms = clock_now_ms(&phone->clock);
    free(problem->data);
    problem->data = NULL;
    if (outcome == PROV_OUTCOME_NONE)
        return;
    problem->last_outcome = outcome;
    if (problem->reason == PROBLEM_REQUEST)
        return;
    if (outcome == PROV_OUTCOME_FAILED)
        problem->not_before_ms = now_ms + RETRY_MS;
    else if (problem->reason == PROBLEM_CRASH)
        problem->has_crashed = false;
    else
        problem->since_ms = now_ms;
}

/* @return When the next report is due, on the phone's clock; -1: never. */
static int64_t find_due(struct phone *phone, enum problem_reason *reason)
{
    const struct problem *problem = &phone->problem;
    *reason = PROBLEM_TIMER;
    if (phone->options->is_once)
        return -1;
    notice_settings(phone);
    if (problem->lacks_rule)
        return -1;
    if (problem->has_crashed && problem->reports_crashes)
        *reason = PROBLEM_CRASH;
    if (*reason == PROBLEM_TIMER && problem->interval_ms == 0)
        return -1;
    int64_t due_ms = *reason == PROBLEM_TIMER ? problem->since_ms + problem->interval_ms : 0;
    return due_ms > problem->not_before_ms ? due_ms : problem->not_before_ms;
}

int64_t problem_timeout_ms(struct phone *phone)
{
    enum problem_reason reason;
    if (phone->problem.data || prov_agent_is_busy(phone->agent))
        return -1;
    int64_t due_ms = find_due(phone, &reason), now_ms = clock_now_ms(&phone->clock);
    return due_ms < 0 ? -1 : due_ms > now_ms ? due_ms - now_ms : 0;
}

void problem_process(struct phone *phone)
{
    enum problem_reason reason;
    struct prov_error err = {0};
    if (problem_timeout_ms(phone) != 0)
        return;
    find_due(phone, &reason);
    host_note(phone, reason == PROBLEM_CRASH
                         ? "problem report: the phone crashed, PRT_Upload_at_Crash is Yes"
                         : "problem report: PRT_Max_Timer is over");
    if (problem_send(phone, reason, &err) != PROV_OK)
        phone_print_failure(phone, &err, EXIT_MACHINE);
}
