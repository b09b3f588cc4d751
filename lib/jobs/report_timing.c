/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "jobs/report_timing.h"

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "env/env.h"
#include "env/param.h"
#include "persist/save.h"

enum { MAX_MODE = 32, REREAD_MS = 60000 };

static const char record_name[] = "report";
static const char record_mark[] = "PVR1";

static void plan(struct provi_report_timing *timing, int64_t due_ms)
{
    timing->has_due = true;
    timing->is_spread = false;
    timing->due_ms = due_ms;
    timing->planned_ms = provi_env_now_ms(timing->env);
}

/* A record of local changes exists while one of them waits for its report. */

static void save_change(struct provi_report_timing *timing)
{
    struct provi_env *env = timing->env;
    struct provi_record record;
    struct prov_error error = {0};
    if (timing->is_change_saved || env->is_in_transaction)
        return;
    timing->is_change_saved = true; /* on failure, it is saved with the next change */
    provi_save_begin(&record, env, record_mark);
    if (provi_save_end(&record, env, record_name, &error) != PROV_OK) {
        timing->is_change_saved = false;
        provi_save_warn(env, record_name, &error);
    }
}

static void forget_change(struct provi_report_timing *timing)
{
    struct prov_error error = {0};
    if (!timing->is_change_saved)
        return;
    timing->is_change_saved = false;
    if (provi_save_erase(timing->env, record_name, &error) != PROV_OK)
        provi_save_warn(timing->env, record_name, &error);
}

static void load_change(struct provi_report_timing *timing)
{
    struct provi_reading reading;
    if (!provi_load(&reading, timing->env, record_name, record_mark))
        return;
    provi_load_end(&reading, timing->env);
    timing->has_change = timing->is_change_saved = true;
    timing->change_ms = provi_env_now_ms(timing->env);
}

void provi_report_timing_boot(struct provi_report_timing *timing)
{
    timing->is_booting = timing->is_stale = true;
    timing->last_ms = provi_env_now_ms(timing->env);
    load_change(timing);
}

/* If the parameter cannot be read, the mode is unchanged and read again soon. An invalid text means
 * the default. */
static enum provi_report_mode read_mode(struct provi_report_timing *timing)
{
    static const char names[][16] = {
        [PROVI_REPORT_ON_REQUEST] = "On Request",
        [PROVI_REPORT_ON_CHANGE] = "On Local Change",
        [PROVI_REPORT_PERIODICALLY] = "Periodically",
    };
    char buf[MAX_MODE];
    size_t len;
    prov_status status = provi_param_copy(&timing->env->params, PROVI_LIT("Report_To_Server"), buf,
                                          sizeof buf, &len);
    timing->is_unread = status != PROV_OK && status != PROV_E_LIMIT;
    timing->reread_ms = provi_env_now_ms(timing->env) + REREAD_MS;
    if (timing->is_unread)
        return timing->mode;
    for (size_t i = 0; i < PROVI_LEN(names) && status == PROV_OK; i++)
        if (provi_str_is((prov_str){buf, len}, names[i]))
            return (enum provi_report_mode)i;
    return PROVI_REPORT_ON_REQUEST;
}

static int64_t setting_ms(const struct provi_report_timing *timing, const char *name)
{
    return (int64_t)provi_param_unsigned(&timing->env->params, name) * 1000;
}

static int64_t period_end_ms(const struct provi_report_timing *timing)
{
    return timing->last_ms + setting_ms(timing, "Periodic_Upload_To_Server");
}

/* Later changes do not delay the report of the first one: a device in constant use must report
 * too. */
static void plan_change(struct provi_report_timing *timing)
{
    int64_t due_ms = timing->change_ms + setting_ms(timing, "Upload_Delay_On_Local_Change");
    if (!timing->has_due || timing->due_ms > due_ms)
        plan(timing, due_ms);
}

static void plan_period(struct provi_report_timing *timing)
{
    int64_t due_ms = period_end_ms(timing);
    if (!timing->has_due || (timing->n_failed == 0 ? timing->due_ms != due_ms && !timing->is_spread
                                                   : timing->due_ms > due_ms))
        plan(timing, due_ms);
}

static bool has_to_read(const struct provi_report_timing *timing)
{
    return timing->is_stale ||
           (timing->is_unread && provi_env_left_ms(timing->env, timing->reread_ms) == 0);
}

int64_t provi_report_timing_read_ms(const struct provi_report_timing *timing)
{
    if (has_to_read(timing))
        return 0;
    return timing->is_unread ? provi_env_left_ms(timing->env, timing->reread_ms) : -1;
}

void provi_report_timing_update(struct provi_report_timing *timing)
{
    if (!has_to_read(timing))
        return;
    timing->is_stale = false;
    enum provi_report_mode mode = read_mode(timing);
    if (mode != timing->mode) {
        timing->has_due = false;
        timing->n_failed = 0;
        timing->last_ms = provi_env_now_ms(timing->env);
    }
    timing->mode = mode;
    if (mode == PROVI_REPORT_PERIODICALLY)
        plan_period(timing);
    else if (mode == PROVI_REPORT_ON_CHANGE && timing->has_change && timing->n_failed == 0)
        plan_change(timing); /* after a failure, the retry or the next change plans the report */
}

void provi_report_timing_change(struct provi_report_timing *timing)
{
    provi_report_timing_update(timing);
    if (timing->mode != PROVI_REPORT_ON_CHANGE && !timing->is_unread)
        return;
    if (!timing->has_change || timing->n_failed)
        timing->change_ms = provi_env_now_ms(timing->env);
    timing->has_change = true;
    save_change(timing);
    if (timing->mode == PROVI_REPORT_ON_CHANGE)
        plan_change(timing);
}

void provi_report_timing_resync(struct provi_report_timing *timing)
{
    bool is_first = timing->is_booting;
    timing->is_booting = false;
    timing->is_stale = true;
    provi_report_timing_update(timing);
    if (is_first && timing->mode == PROVI_REPORT_ON_REQUEST)
        plan(timing, provi_env_now_ms(timing->env));
}

int64_t provi_report_timing_left_ms(const struct provi_report_timing *timing)
{
    return timing->has_due ? provi_env_left_ms(timing->env, timing->due_ms) : -1;
}

void provi_report_timing_start(struct provi_report_timing *timing)
{
    timing->has_due = false;
    timing->is_change_sent = timing->has_change;
    timing->has_change = false;
}

static void plan_retry(struct provi_report_timing *timing)
{
    struct provi_env *env = timing->env;
    int64_t now_ms = provi_env_now_ms(env);
    int64_t delay_ms = provi_settings_retry_ms(env, timing->n_failed, provi_env_entropy(env));
    timing->n_failed++;
    int64_t floor_ms = provi_env_floor_ms(env);
    if (delay_ms >= 0)
        plan(timing, now_ms + (delay_ms > floor_ms ? delay_ms : floor_ms));
}

void provi_report_timing_end(struct provi_report_timing *timing, bool is_delivered)
{
    timing->last_ms = provi_env_now_ms(timing->env);
    timing->is_stale = true;
    if (is_delivered) {
        timing->n_failed = 0;
        if (!timing->has_change)
            forget_change(timing);
    } else {
        plan_retry(timing);
        timing->has_change |= timing->is_change_sent;
    }
    timing->is_change_sent = false;
}

void provi_report_timing_hurry(struct provi_report_timing *timing)
{
    if (!timing->has_due || timing->n_failed == 0 || timing->is_spread)
        return;
    timing->is_spread = true;
    timing->due_ms = provi_env_hurried_ms(timing->env, timing->due_ms, timing->planned_ms);
}

void provi_report_timing_delay(struct provi_report_timing *timing)
{
    if (timing->has_due && !timing->is_spread)
        timing->is_spread = provi_env_delay_overdue(timing->env, &timing->due_ms);
}
