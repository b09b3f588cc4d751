/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/history.h>

#include <stdio.h>
#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/time.h"
#include "fetch/operation.h"
#include "jobs/jobs.h"
#include "persist/save.h"

enum {
    MAX_URL = 192,
    MAX_MESSAGE = sizeof((struct prov_error *)NULL)->message,
    MAX_REBOOTS = PROV_HISTORY_REBOOTS + 1, /* one more: the reboot about to happen */
    MAX_SHOWN = 40,                         /* `[08/10/14 14:03:43]` and the longest reason */
    FLAGS_SHIFT = 5,                        /* in the record, flags are above the outcome */
};

/* The jobs whose downloads are listed. */
static const uint32_t listed_jobs[] = {PROV_JOB_RESYNC, PROV_JOB_UPGRADE};

enum { N_LISTS = PROVI_LEN(listed_jobs) };

static const char record_name[] = "history";
static const char record_mark[] = "PVH1";

struct moment {
    int64_t wall_s; /* -1: the clock was not set */
    int32_t utc_offset_s;
};

struct reboot {
    uint8_t reason;
    bool is_pending; /* saved before the reboot */
    struct moment moment;
};

struct download {
    uint8_t outcome;
    uint32_t flags; /* PROV_ERROR_CONTENT */
    int32_t status;
    int32_t code;
    struct moment moment;
    char url[MAX_URL + 1];
    char message[MAX_MESSAGE];
};

/* Entries of one list, the latest first. */
struct downloads {
    size_t n;
    struct download list[PROV_HISTORY_DOWNLOADS];
};

struct history {
    struct provi_job job;
    size_t n_reboots;
    struct reboot reboots[MAX_REBOOTS];
    struct downloads downloads[N_LISTS];
    bool is_loaded;        /* the record of the time before the boot was read */
    bool is_unsaved;       /* the host could not save the last change */
    char shown[MAX_SHOWN]; /* result of prov_agent_reboot_get() */
};

static struct history *of(struct provi_job *job)
{
    return (struct history *)job;
}

static struct provi_env *env_of(const struct history *history)
{
    return provi_job_env(&history->job);
}

static struct moment now(const struct provi_env *env)
{
    struct moment moment;
    if (!provi_env_wall(env, &moment.wall_s, &moment.utc_offset_s))
        moment.wall_s = -1;
    return moment;
}

/* The record */

static void write_moment(struct provi_record *record, const struct moment *moment)
{
    provi_record_number(record, (uint64_t)moment->wall_s, 8);
    provi_record_number(record, (uint32_t)moment->utc_offset_s, 4);
}

static struct moment read_moment(struct provi_reading *reading)
{
    struct moment moment;
    moment.wall_s = (int64_t)provi_reading_number(reading, 8);
    moment.utc_offset_s = (int32_t)provi_reading_number(reading, 4);
    return moment;
}

static void write_download(struct provi_record *record, const struct download *download)
{
    provi_record_number(record, download->outcome | download->flags << FLAGS_SHIFT, 1);
    provi_record_number(record, (uint32_t)download->status, 4);
    provi_record_number(record, (uint32_t)download->code, 4);
    write_moment(record, &download->moment);
    provi_record_text(record, prov_str_from(download->url));
    provi_record_text(record, prov_str_from(download->message));
}

static void copy_text(char *to, size_t cap, prov_str text)
{
    size_t len = text.len < cap ? text.len : cap - 1;
    if (len)
        memcpy(to, text.data, len);
    to[len] = '\0';
}

static void read_download(struct provi_reading *reading, struct download *download)
{
    unsigned outcome = (unsigned)provi_reading_number(reading, 1);
    download->outcome = outcome & ((1 << FLAGS_SHIFT) - 1);
    download->flags = outcome >> FLAGS_SHIFT;
    download->status = (int32_t)provi_reading_number(reading, 4);
    download->code = (int32_t)provi_reading_number(reading, 4);
    download->moment = read_moment(reading);
    copy_text(download->url, sizeof download->url, provi_reading_text(reading));
    copy_text(download->message, sizeof download->message, provi_reading_text(reading));
}

static prov_status save(struct history *history, struct prov_error *err)
{
    struct provi_record record;
    provi_save_begin(&record, env_of(history), record_mark);
    provi_record_number(&record, history->n_reboots, 1);
    for (size_t i = 0; i < history->n_reboots; i++) {
        provi_record_number(&record, history->reboots[i].reason, 1);
        provi_record_number(&record, history->reboots[i].is_pending, 1);
        write_moment(&record, &history->reboots[i].moment);
    }
    for (size_t i = 0; i < N_LISTS; i++) {
        provi_record_number(&record, history->downloads[i].n, 1);
        for (size_t k = 0; k < history->downloads[i].n; k++)
            write_download(&record, &history->downloads[i].list[k]);
    }
    prov_status status = provi_save_end(&record, env_of(history), record_name, err);
    history->is_unsaved = status != PROV_OK;
    return status;
}

static void save_or_warn(struct history *history)
{
    struct prov_error error = {0};
    if (save(history, &error) != PROV_OK)
        provi_save_warn(env_of(history), record_name, &error);
}

/* The entries of a record; of a record that is cut, the complete ones. */
static void read_record(struct history *history, struct provi_reading *reading)
{
    size_t n = (size_t)provi_reading_number(reading, 1);
    for (size_t i = 0; i < n && i < MAX_REBOOTS; i++) {
        struct reboot reboot = {.reason = (uint8_t)provi_reading_number(reading, 1)};
        reboot.is_pending = provi_reading_number(reading, 1) != 0;
        reboot.moment = read_moment(reading);
        if (!reading->is_short)
            history->reboots[history->n_reboots++] = reboot;
    }
    for (size_t i = 0; i < N_LISTS; i++) {
        struct downloads *downloads = &history->downloads[i];
        n = (size_t)provi_reading_number(reading, 1);
        for (size_t k = 0; k < n && k < PROV_HISTORY_DOWNLOADS; k++) {
            read_download(reading, &downloads->list[k]);
            downloads->n += !reading->is_short;
        }
    }
}

static void load(struct history *history)
{
    struct provi_reading reading;
    if (!provi_load(&reading, env_of(history), record_name, record_mark))
        return;
    read_record(history, &reading);
    provi_load_end(&reading, env_of(history));
}

/* Reboots */

/* Replaces an announced reboot that did not happen. */
static void add_reboot(struct history *history, uint32_t reason, bool is_pending)
{
    struct reboot *list = history->reboots;
    bool replaces = history->n_reboots > 0 && list[0].is_pending;
    if (!replaces) {
        memmove(&list[1], &list[0], (MAX_REBOOTS - 1) * sizeof list[0]);
        history->n_reboots += history->n_reboots < MAX_REBOOTS;
    }
    list[0] = (struct reboot){
        .reason = (uint8_t)reason,
        .is_pending = is_pending,
        .moment = now(env_of(history)),
    };
}

/* An unannounced loss of power has no reason in a phone's list. */
static void boot(struct history *history)
{
    static const uint8_t reasons[] = {
        [PROV_CAUSE_AFTER_UPGRADE] = PROV_REBOOT_UPGRADE,
        [PROV_CAUSE_HOST] = PROV_REBOOT_PROVISIONING,
    };
    const uint32_t reason = reasons[env_of(history)->boot_cause];
    load(history);
    history->is_loaded = true;
    struct reboot *latest = &history->reboots[0];
    bool was_expected = history->n_reboots > 0 && latest->is_pending;
    if (!was_expected && !reason)
        return;
    if (!was_expected)
        add_reboot(history, reason, false);
    else if (reason == PROV_REBOOT_UPGRADE)
        latest->reason = PROV_REBOOT_UPGRADE;
    latest->is_pending = false;
    save_or_warn(history);
}

static uint32_t reason_of(uint32_t cause)
{
    switch (cause) {
    case PROV_CAUSE_NONE: return PROV_REBOOT_PROVISIONING;
    case PROV_CAUSE_AFTER_UPGRADE: return PROV_REBOOT_UPGRADE;
    case PROV_CAUSE_SIP:
    case PROV_CAUSE_XML_SIP: return PROV_REBOOT_SIP_TRIGGERED;
    default: return PROV_REBOOT_USER_TRIGGERED;
    }
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct history *history = of(job);
    if (event == PROVI_JOB_BOOT) {
        boot(history);
    } else if (event == PROVI_JOB_REBOOTS) {
        add_reboot(history, reason_of(job->jobs->asked_cause), true);
        save_or_warn(history);
    }
}

/* Downloads */

static struct downloads *find_list(struct history *history, uint32_t job)
{
    for (size_t i = 0; i < N_LISTS; i++)
        if (listed_jobs[i] == job)
            return &history->downloads[i];
    return NULL;
}

static struct download describe(const struct history *history, const struct prov_result *result)
{
    struct download download = {
        .outcome = (uint8_t)result->outcome,
        .status = result->error ? result->error->status : PROV_OK,
        .code = result->code,
        .moment = now(env_of(history)),
    };
    copy_text(download.url, sizeof download.url, result->url);
    if (result->error) {
        download.flags = result->error->flags & PROV_ERROR_CONTENT;
        copy_text(download.message, sizeof download.message, prov_str_from(result->error->message));
    }
    return download;
}

static bool is_same_but_for_time(const struct download *a, const struct download *b)
{
    return a->outcome == b->outcome && a->status == b->status && a->code == b->code &&
           strcmp(a->url, b->url) == 0 && strcmp(a->message, b->message) == 0;
}

/* An equal result, as most resyncs have, is not written to flash. */
static void on_result(struct provi_job *job, const struct provi_job *ended,
                      const struct prov_result *result)
{
    struct history *history = of(job);
    struct downloads *downloads = find_list(history, ended->type->job);
    if (!downloads || (result->url.len == 0 && result->outcome != PROV_OUTCOME_FAILED))
        return;
    struct download *list = downloads->list;
    memmove(&list[1], &list[0], (PROV_HISTORY_DOWNLOADS - 1) * sizeof list[0]);
    list[0] = describe(history, result);
    bool is_news = downloads->n == 0 || !is_same_but_for_time(&list[0], &list[1]);
    downloads->n += downloads->n < PROV_HISTORY_DOWNLOADS;
    if (is_news || history->is_unsaved)
        save_or_warn(history);
}

/* In local time: `[08/10/14 14:03:43]`, then the URL if there is one, then the text. */
static void write_entry(const struct moment *moment, const char *url, const char *text, char *buf,
                        size_t cap)
{
    const struct provi_civil t = provi_civil_from_seconds(moment->wall_s + moment->utc_offset_s);
    char date[24] = "";
    if (moment->wall_s != -1)
        snprintf(date, sizeof date, "[%02d/%02d/%02d %02d:%02d:%02d]", t.month, t.day,
                 (int)(t.year % 100), t.hour, t.minute, t.second);
    snprintf(buf, cap, "%s%s%s%s%s", date, url[0] ? "[" : "", url, url[0] ? "]" : "", text);
}

static void show_reboot(const struct reboot *reboot, char *buf, size_t cap)
{
    static const char reasons[][15] = {
        [PROV_REBOOT_UPGRADE] = "Upgrade",
        [PROV_REBOOT_PROVISIONING] = "Provisioning",
        [PROV_REBOOT_SIP_TRIGGERED] = "SIP Triggered",
        [PROV_REBOOT_RC] = "RC",
        [PROV_REBOOT_USER_TRIGGERED] = "User Triggered",
        [PROV_REBOOT_IP_CHANGED] = "IP Changed",
    };
    const char *reason = reboot->reason < PROVI_LEN(reasons) ? reasons[reboot->reason] : "";
    write_entry(&reboot->moment, "", reason, buf, cap);
}

/* The @p index-th reboot that happened; NULL past the oldest. */
static const struct reboot *reboot_at(const struct history *history, size_t index)
{
    const size_t first = history->n_reboots > 0 && history->reboots[0].is_pending;
    bool is_there = index < PROV_HISTORY_REBOOTS && first + index < history->n_reboots;
    return is_there ? &history->reboots[first + index] : NULL;
}

/* In a report of the device's status: reboots, then downloads. */
static bool field(const struct provi_job *job, size_t index, struct provi_status_field *out)
{
    static const char names[N_LISTS][24] = {"Provisioning_Status", "Firmware_Upgrade_Status"};
    const struct history *history = (const struct history *)job;
    const struct reboot *reboot = reboot_at(history, index);
    if (reboot) {
        out->section = "Reboot_History";
        snprintf(out->name, sizeof out->name, "Reboot_Reason_%u", (unsigned)index + 1);
        show_reboot(reboot, out->value, sizeof out->value);
        return true;
    }
    size_t n_reboots = 0;
    while (reboot_at(history, n_reboots))
        n_reboots++;
    index -= n_reboots;
    for (size_t i = 0; i < N_LISTS; index -= history->downloads[i++].n) {
        if (index >= history->downloads[i].n)
            continue;
        const struct download *download = &history->downloads[i].list[index];
        const char *text =
            download->outcome == PROV_OUTCOME_FAILED
                ? provi_public_message(download->status, download->flags, download->message)
                : "Success";
        out->section = "Download_Status";
        snprintf(out->name, sizeof out->name, "%s_%u", names[i], (unsigned)index + 1);
        write_entry(&download->moment, download->url, text, out->value, sizeof out->value);
        return true;
    }
    return false;
}

/* The row, and the host's calls */

static void free_job(struct provi_job *job)
{
    provi_free(&provi_job_env(job)->alloc, job, sizeof(struct history));
}

static const struct provi_job_type history_job = {
    .name = "history",
    .place = PROVI_PLACE_HISTORY,
    .on_event = on_event,
    .on_result = on_result,
    .field = field,
    .free = free_job,
};

prov_status prov_agent_enable_history(prov_agent *agent, struct prov_error *err)
{
    if (!agent)
        return provi_fail_invalid(err, "agent");
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_job *job;
    prov_status status = provi_jobs_new(jobs, &history_job, sizeof(struct history), &job, err);
    if (status == PROV_OK)
        provi_jobs_insert(jobs, job, &history_job);
    return status;
}

static struct history *find(prov_agent *agent)
{
    return (struct history *)provi_jobs_find(provi_agent_jobs(agent), &history_job);
}

prov_status prov_agent_record_reboot(prov_agent *agent, uint32_t reason, struct prov_error *err)
{
    if (!agent || reason < PROV_REBOOT_UPGRADE || reason > PROV_REBOOT_IP_CHANGED)
        return provi_fail_invalid(err, agent ? "reason: expected a PROV_REBOOT_" : "agent");
    struct history *history = find(agent);
    if (!history)
        return provi_fail(err, PROV_E_UNSUPPORTED, "expected prov_agent_enable_history() before");
    struct provi_env *env = env_of(history);
    if (!history->is_loaded || env->is_in_transaction)
        return provi_fail(err, PROV_E_STATE,
                          "expected after the first prov_agent_process(), outside of the store");
    provi_env_enter(env);
    add_reboot(history, reason, true);
    prov_status status = save(history, err);
    return provi_env_leave(env) ? provi_fail_gone(err) : status;
}

prov_status prov_agent_reboot_get(prov_agent *agent, size_t index, struct prov_past_reboot *out)
{
    struct history *history = agent && out ? find(agent) : NULL;
    if (!history)
        return agent && out ? PROV_E_UNSUPPORTED : PROV_E_INVALID;
    const struct reboot *reboot = reboot_at(history, index);
    if (!reboot)
        return PROV_E_NOT_FOUND;
    show_reboot(reboot, history->shown, sizeof history->shown);
    const struct prov_past_reboot found = {
        .size = sizeof found,
        .reason = reboot->reason,
        .utc_offset_s = reboot->moment.utc_offset_s,
        .wall_s = reboot->moment.wall_s,
        .text = prov_str_from(history->shown),
    };
    return provi_abi_out(out, &found, sizeof found);
}

prov_status prov_agent_download_get(prov_agent *agent, uint32_t job, size_t index,
                                    struct prov_past_download *out)
{
    struct history *history = agent && out ? find(agent) : NULL;
    if (!history)
        return agent && out ? PROV_E_UNSUPPORTED : PROV_E_INVALID;
    const struct downloads *downloads = find_list(history, job);
    if (!downloads || index >= downloads->n)
        return downloads ? PROV_E_NOT_FOUND : PROV_E_INVALID;
    const struct download *download = &downloads->list[index];
    const struct prov_past_download found = {
        .size = sizeof found,
        .outcome = download->outcome,
        .status = download->status,
        .code = download->code,
        .utc_offset_s = download->moment.utc_offset_s,
        .wall_s = download->moment.wall_s,
        .url = prov_str_from(download->url),
        .message = prov_str_from(download->message),
    };
    return provi_abi_out(out, &found, sizeof found);
}
