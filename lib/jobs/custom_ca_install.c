/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/custom_ca_install.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "fetch/apply.h"
#include "jobs/custom_ca.h"
#include "persist/save.h"

enum { MAX_NAME = 128 };

#define NOT_INSTALLED "Not Installed"

static const char record_name[] = "customca";
static const char record_mark[] = "PVA1";

/* `Last provisioning succeeded on mm/dd/yyyy HH:MM:SS`, local time; without a clock no time. */
static void write_status(struct provi_env *env, bool has_succeeded, char *buf, size_t cap)
{
    struct prov_world world;
    provi_env_world(env, &world);
    const char *how = has_succeeded ? "succeeded" : "failed";
    struct provi_civil t = provi_civil_from_seconds(world.wall_s + world.utc_offset_s);
    if (world.wall_valid)
        snprintf(buf, cap, "Last provisioning %s on %02d/%02d/%04d %02d:%02d:%02d", how, t.month,
                 t.day, (int)t.year, t.hour, t.minute, t.second);
    else
        snprintf(buf, cap, "Last provisioning %s", how);
}

static prov_status stage(struct provi_apply *apply, const char *name, const char *value,
                         struct prov_error *err)
{
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = PROV_VALUE_GIVEN,
        .info = provi_param_info(&apply->fetcher->env->params, prov_str_from(name)),
    };
    return provi_stage_add(&apply->stage, &param, err);
}

/*
 * Parameters that only the library writes, and what is kept, in one transaction.
 *
 * @param info  NULL: as it is.
 */
static prov_status update_store(struct provi_custom_ca *ca, const char *status_text,
                                const char *info,
                                prov_status (*save_with)(void *, struct prov_error *),
                                struct prov_error *err)
{
    struct provi_apply apply;
    provi_apply_init(&apply, ca->job.jobs->fetcher, PROV_JOB_CUSTOM_CA,
                     PROVI_LIT(PROVI_CUSTOM_CA_RULE));
    apply.save_with = save_with;
    apply.save_ctx = ca;
    prov_status status = stage(&apply, "Custom_CA_Provisioning_Status", status_text, err);
    if (status == PROV_OK && info)
        status = stage(&apply, "Custom_CA_Info", info, err);
    if (status == PROV_OK)
        status = provi_apply_commit(&apply, err);
    if (status == PROV_OK && apply.n_changed == 0)
        status = save_with(ca, err);
    provi_apply_free(&apply);
    return status;
}

static prov_status save_pem(void *ctx, struct prov_error *err)
{
    const struct provi_custom_ca *ca = ctx;
    struct provi_env *env = provi_job_env(&ca->job);
    const struct provi_ca_file *file = ca->to_save;
    struct provi_record record;
    provi_save_begin(&record, env, record_mark);
    provi_save_digest(&record, &file->source);
    provi_record_text(&record, file->pem);
    return provi_save_end(&record, env, record_name, err);
}

static prov_status erase_pem(void *ctx, struct prov_error *err)
{
    const struct provi_custom_ca *ca = ctx;
    return provi_save_erase(provi_job_env(&ca->job), record_name, err);
}

static prov_status save_nothing(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

/*
 * A name goes into a parameter: blanks at its ends would not survive there, what is not plain text
 * becomes `?`, and no name is one, too.
 */
static const char *clean_name(char *name)
{
    prov_str trimmed = provi_str_trim(prov_str_from(name));
    memmove(name, trimmed.data, trimmed.len);
    name[trimmed.len] = '\0';
    for (char *at = name; *at; at++)
        if (*at < 0x20 || *at > 0x7e)
            *at = '?';
    return name[0] ? name : "unnamed";
}

static prov_status check(struct provi_env *env, prov_str pem, char *name, struct prov_error *err)
{
    const struct prov_host *host = &env->host;
    name[0] = '\0';
    if (!host->check_ca)
        return PROV_E_CANCELLED; /* freed meanwhile */
    prov_status status = host->check_ca(host->ctx, pem, name, MAX_NAME, err);
    name[MAX_NAME - 1] = '\0';
    return provi_host_status(status, err);
}

/* What is committed counts from here on; if the host fails, the rule is carried out once more. */
static prov_status hand_over(struct provi_custom_ca *ca, prov_str pem, struct prov_error *err)
{
    const struct prov_host *host = &provi_job_env(&ca->job)->host;
    ca->trust = PROVI_CA_UNKNOWN;
    if (!host->custom_ca)
        return PROV_E_CANCELLED;
    prov_status status = provi_host_status(host->custom_ca(host->ctx, pem, err), err);
    if (status == PROV_OK)
        ca->trust = pem.len ? PROVI_CA_INSTALLED : PROVI_CA_NONE;
    return status;
}

/* The host looks into them first and trusts them last: a commit that fails changes nothing. */
prov_status provi_custom_ca_install(struct provi_custom_ca *ca, const struct provi_ca_file *file,
                                    struct prov_error *err)
{
    char name[MAX_NAME], text[64];
    prov_status status = check(provi_job_env(&ca->job), file->pem, name, err);
    if (status != PROV_OK)
        return status;
    write_status(provi_job_env(&ca->job), true, text, sizeof text);
    ca->to_save = file;
    status = update_store(ca, text, clean_name(name), save_pem, err);
    ca->to_save = NULL;
    if (status != PROV_OK)
        return status;
    ca->source = file->source;
    return hand_over(ca, file->pem, err);
}

prov_status provi_custom_ca_take_away(struct provi_custom_ca *ca, struct prov_error *err)
{
    prov_status status = update_store(ca, "", NOT_INSTALLED, erase_pem, err);
    return status == PROV_OK ? hand_over(ca, PROVI_LIT(""), err) : status;
}

void provi_custom_ca_report_failed(struct provi_custom_ca *ca)
{
    char text[64];
    write_status(provi_job_env(&ca->job), false, text, sizeof text);
    update_store(ca, text, NULL, save_nothing, NULL);
}

void provi_custom_ca_boot(struct provi_custom_ca *ca)
{
    struct provi_reading reading;
    struct prov_error error = {0};
    struct provi_env *env = provi_job_env(&ca->job);
    if (!provi_load(&reading, env, record_name, record_mark)) {
        ca->trust = reading.is_short ? PROVI_CA_UNKNOWN : PROVI_CA_NONE;
        return;
    }
    provi_load_digest(&reading, &ca->source);
    prov_str pem = provi_reading_text(&reading);
    if (reading.is_short)
        provi_fail(&error, PROV_E_TRUNCATED, "a kept record ends early");
    else
        hand_over(ca, pem, &error);
    provi_load_end(&reading, env);
    if (ca->trust == PROVI_CA_INSTALLED)
        return;
    ca->trust = PROVI_CA_UNKNOWN;
    provi_save_warn(env, record_name, &error);
}
