/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/report_status.h"

#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "env/param.h"
#include "fetch/operation.h"

enum { MAX_VALUE = 1024 };

enum source { OF_DEVICE, OF_JOBS, OF_HOST };

/* Sections and labels of the phone's status page, with a text that may have macros, or a
 * parameter. */
static const struct {
    char section[20];
    char name[30];
    char text[7];
} of_device[] = {
    {"Product_Information", "Product_Name", "$PN"},
    {"Product_Information", "Serial_Number", "$SN"},
    {"Product_Information", "Software_Version", "$SWVER"},
    {"Product_Information", "Hardware_Version", "$HWVER"},
    {"Product_Information", "MAC_Address", "$MAU"},
    {"Custom_CA_Status", "Custom_CA_Provisioning_Status", ""},
    {"Custom_CA_Status", "Custom_CA_Info", ""},
};

void provi_report_status_begin(struct provi_report_status *status)
{
    provi_report_status_end(status);
    provi_buffer_init(&status->value, MAX_VALUE, false);
    status->source = OF_DEVICE;
    status->index = 0;
    status->job = status->jobs->first;
}

void provi_report_status_end(struct provi_report_status *status)
{
    provi_buffer_free(&status->value, &status->jobs->fetcher->env->alloc);
}

/* A value that cannot be read is sent empty. */
static prov_status next_of_device(struct provi_report_status *status, struct prov_report_field *out)
{
    struct provi_env *env = status->jobs->fetcher->env;
    if (status->index == PROVI_LEN(of_device))
        return PROV_E_NOT_FOUND;
    const size_t i = status->index++;
    prov_str name = prov_str_from(of_device[i].name);
    prov_str text = prov_str_from(of_device[i].text);
    provi_buffer_reset(&status->value);
    prov_status read = text.len ? provi_expand(env, text, 0, &status->value, NULL)
                                : provi_param_read(&env->params, name, &env->alloc, &status->value);
    if (read == PROV_E_NOMEM)
        return read;
    out->section = prov_str_from(of_device[i].section);
    out->name = name;
    out->value = provi_buffer_str(&status->value);
    return PROV_OK;
}

/* The result of the last resync; every agent has that job. */
static bool resync_field(const struct provi_job *job, size_t index, struct provi_status_field *out)
{
    static const char names[][30] = {"Provisioning_Status", "Provisioning_Profile",
                                     "Provisioning_Failure_Reason"};
    const struct prov_result *last = job->last ? &job->last->result : NULL;
    if (!last || index == PROVI_LEN(names))
        return false;
    const char *how = last->outcome == PROV_OUTCOME_FAILED ? "failed" : "succeeded";
    const struct prov_error *error = last->error;
    out->section = "Provisioning_Status";
    snprintf(out->name, sizeof out->name, "%s", names[index]);
    if (index == 0)
        snprintf(out->value, sizeof out->value, "Last provisioning %s", how);
    else if (index == 1)
        snprintf(out->value, sizeof out->value, "%.*s", PROVI_STR(last->url));
    else
        snprintf(out->value, sizeof out->value, "%s",
                 error ? provi_public_message(error->status, error->flags, error->message) : "");
    return true;
}

static bool job_field(const struct provi_job *job, size_t index, struct provi_status_field *out)
{
    if (job->type->job == PROV_JOB_RESYNC)
        return resync_field(job, index, out);
    return job->type->field && job->type->field(job, index, out);
}

static prov_status next_of_jobs(struct provi_report_status *status, struct prov_report_field *out)
{
    struct provi_status_field *field = &status->field;
    for (; status->job; status->job = status->job->next, status->index = 0) {
        if (!job_field(status->job, status->index, field))
            continue;
        status->index++;
        out->section = prov_str_from(field->section);
        out->name = prov_str_from(field->name);
        out->value = prov_str_from(field->value);
        return PROV_OK;
    }
    return PROV_E_NOT_FOUND;
}

static prov_status next_of_host(struct provi_report_status *status, struct prov_report_field *out,
                                struct prov_error *err)
{
    const struct prov_report_host *host = status->host;
    if (!host->status || status->jobs->fetcher->env->is_freed)
        return PROV_E_NOT_FOUND;
    prov_status found = host->status(host->ctx, status->index, out, err);
    if (found != PROV_OK)
        return found == PROV_E_NOT_FOUND ? found : provi_host_status(found, "status", err);
    if (!provi_str_is_sound(out->name) || !provi_str_is_sound(out->value) || !out->section.data ||
        out->section.len == 0 || out->section.len > PROVI_MAX_SECTION)
        return provi_fail(err, PROV_E_HOST, "status %zu: expected a section of 1 to %d bytes",
                          status->index, PROVI_MAX_SECTION);
    status->index++;
    return PROV_OK;
}

prov_status provi_report_status_next(struct provi_report_status *status,
                                     struct prov_report_field *out, struct prov_error *err)
{
    *out = (struct prov_report_field){.size = sizeof *out};
    prov_status found = PROV_E_NOT_FOUND;
    if (status->source == OF_DEVICE)
        found = next_of_device(status, out);
    else if (status->source == OF_JOBS)
        found = next_of_jobs(status, out);
    if (found == PROV_E_NOMEM)
        return provi_fail_nomem(err);
    if (found == PROV_OK)
        return PROV_OK;
    if (status->source == OF_HOST)
        return next_of_host(status, out, err);
    status->source++;
    status->index = 0;
    return provi_report_status_next(status, out, err);
}
