/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/status.h"

#include <stdio.h>
#include <time.h>

#include "common/names.h"
#include "common/text.h"

#include "show/words.h"

enum { WORD_CAP = 64, TEXT_CAP = 512, LINE_CAP = 1536, N_RULES = 4 };

bool status_read(prov_agent *agent, uint32_t job, struct prov_job_status *status)
{
    *status = (struct prov_job_status){.size = sizeof *status};
    return prov_agent_status(agent, job, status) == PROV_OK && status->state != PROV_STATE_ABSENT;
}

static void show_state(struct show *show, const struct prov_job_status *status)
{
    char line[LINE_CAP], wait[WORD_CAP] = "", in[WORD_CAP + 8] = "";
    if (status->in_ms >= 0)
        snprintf(in, sizeof in, ", %s", words_for_wait(status->in_ms, wait, sizeof wait));
    snprintf(line, sizeof line, "%s: %s%s%s%s", prov_job_name(status->job),
             prov_job_state_name(status->state), status->state == PROV_STATE_WAITING ? " for " : "",
             status->state == PROV_STATE_WAITING ? prov_wait_name(status->waits_for) : "", in);
    show_note(show, line);
}

static void show_progress(struct show *show, const struct prov_progress *progress)
{
    char line[LINE_CAP], url[TEXT_CAP], bytes[WORD_CAP];
    snprintf(line, sizeof line, "  now: %s, %s", text_clean(progress->url, url, sizeof url),
             words_for_bytes(progress->bytes, bytes, sizeof bytes));
    show_note(show, line);
}

/* Show the source of the last file. */
static void show_source(struct show *show, const struct prov_result *last)
{
    char line[LINE_CAP], url[TEXT_CAP], ip[WORD_CAP], etag[2 * WORD_CAP + 1], code[WORD_CAP] = "";
    if (!last->delivery)
        return;
    if (last->code)
        snprintf(code, sizeof code, ", HTTP %d", (int)last->code);
    snprintf(line, sizeof line, "  from %s at %s%s%s%s", text_clean(last->url, url, sizeof url),
             last->server_ip.len ? text_clean(last->server_ip, ip, sizeof ip)
                                 : "an unknown address",
             code, last->delivery->etag.len ? ", ETag " : "",
             text_clean(last->delivery->etag, etag, sizeof etag));
    show_note(show, line);
}

static void show_last(struct show *show, const struct prov_result *last, int64_t now_ms)
{
    char line[LINE_CAP], at[WORD_CAP], ago[WORD_CAP], error[TEXT_CAP];
    snprintf(line, sizeof line,
             "  last: %s, %llu of %llu parameters changed, %s, %s ago, took %lld ms",
             prov_outcome_name(last->outcome), (unsigned long long)last->n_changed,
             (unsigned long long)last->n_params, words_for_moment(last->wall_s, at, sizeof at),
             words_for_wait(now_ms - last->mono_ms, ago, sizeof ago), (long long)last->duration_ms);
    show_note(show, line);
    show_source(show, last);
    if (!last->error)
        return;
    snprintf(line, sizeof line, "  because: %s", text_error(last->error, error, sizeof error));
    show_note(show, line);
}

static void show_validators(struct show *show, prov_agent *agent)
{
    char line[LINE_CAP], rule[WORD_CAP], etag[2 * WORD_CAP + 1], at[WORD_CAP];
    for (size_t i = 0; i < N_RULES; i++) {
        struct prov_validator file = {.size = sizeof file};
        if (prov_agent_validator_get(agent, i, &file) != PROV_OK)
            continue;
        snprintf(line, sizeof line, "%s: ETag %s, received %s%s",
                 text_clean(file.rule, rule, sizeof rule),
                 file.etag.len ? text_clean(file.etag, etag, sizeof etag) : "none",
                 words_for_moment(file.wall_s, at, sizeof at),
                 file.is_refused   ? ", rolled back"
                 : file.is_current ? ""
                                   : ", values changed since");
        show_note(show, line);
    }
}

static void show_upgrade(struct show *show, prov_agent *agent)
{
    char line[LINE_CAP], load[TEXT_CAP], err[TEXT_CAP];
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    if (prov_agent_upgrade_get(agent, &upgrade) != PROV_OK || upgrade.step == PROV_UPGRADE_NONE)
        return;
    snprintf(line, sizeof line, "image %s: %s%s%s", text_clean(upgrade.load, load, sizeof load),
             prov_upgrade_step_name(upgrade.step), upgrade.err.len ? ", " : "",
             text_clean(upgrade.err, err, sizeof err));
    show_note(show, line);
}

/* Newest first, like the page of a phone. */
static void show_history(struct show *show, prov_agent *agent)
{
    char line[LINE_CAP], url[TEXT_CAP], at[WORD_CAP];
    struct prov_past_reboot reboot = {.size = sizeof reboot};
    struct prov_past_download download = {.size = sizeof download};
    static const uint32_t jobs[] = {PROV_JOB_UPGRADE, PROV_JOB_RESYNC};
    for (size_t i = 0; prov_agent_reboot_get(agent, i, &reboot) == PROV_OK; i++) {
        snprintf(line, sizeof line, "reboot %zu: %.*s", i + 1, (int)reboot.text.len,
                 reboot.text.data);
        show_note(show, line);
    }
    for (size_t j = 0; j < sizeof jobs / sizeof jobs[0]; j++)
        for (size_t i = 0; prov_agent_download_get(agent, jobs[j], i, &download) == PROV_OK; i++) {
            snprintf(line, sizeof line, "%s %zu: %s, %s, %s", prov_job_name(jobs[j]), i + 1,
                     prov_outcome_name(download.outcome),
                     words_for_moment(download.wall_s, at, sizeof at),
                     text_clean(download.url, url, sizeof url));
            show_note(show, line);
        }
}

void status_show(struct show *show, prov_agent *agent, int64_t now_ms)
{
    struct prov_job_status status;
    for (uint32_t job = 1; job; job <<= 1) {
        if (!status_read(agent, job, &status))
            continue;
        show_state(show, &status);
        if (status.progress)
            show_progress(show, status.progress);
        if (status.last)
            show_last(show, status.last, now_ms);
    }
    show_validators(show, agent);
    show_upgrade(show, agent);
    show_history(show, agent);
}
