/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Whole agents with all jobs through weeks in which everything happens to them: hosts that put
 * things off, stores that fail, links that are lost, sleep, clocks that are set, reboots and power
 * cuts at any moment included. test_sched_weeks.c does the same to schedulers alone, and to many
 * more of them; here it is seen that nothing gets lost between clockwork, vetoes, transfers and
 * jobs: never two files at once, never a start in a call, no job starves or gets deaf, and no
 * change is left out of the reports.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "base/str.h"
#include "busy_device.h"

#define URL "http://h/p" /* of BUSY_PROFILE */
#define WEEK_MS (INT64_C(7) * 86400 * 1000)
#define MAX_DEFER_MS (INT64_C(1800) * 1000)
/* The longest period there is is the last of the default retries; and what may come on top. */
#define LONGEST_MS ((INT64_C(86400) + 7200 + 600 + 300) * 1000 + MAX_DEFER_MS)

/* How long a job that is due may wait for others: for the time limit of each, and the resyncs. */
#define LONGEST_WAIT_MS (INT64_C(8) * 3600 * 1000)

#define N_WEEKS 20
#define N_WEEKS_EMULATED 3
#define N_JOBS 11

struct week {
    struct busy_device busy;
    uint64_t seed;
    uint64_t random;
    uint32_t defer_ms[PROV_STAGE_UPGRADE + 1];
    struct deferred {
        bool is_first;
        int64_t asked_ms;  /* -1: not deferred */
        int64_t answer_ms; /* what of it may still be counted */
        int64_t total_ms;  /* by the host, calls left out */
    } deferred[PROV_STAGE_UPGRADE + 1];
    int64_t waiting_since_ms[N_JOBS]; /* a job, for another one, without a turn; -1: not */
    bool wants_reboot;
    bool is_unsaved;  /* the record of the last delta */
    bool may_lack;    /* and the device restarted: a change may be left out of the reports */
    int64_t heard_ms; /* end of the last resync, or since when there is to be one */
    int64_t end_ms;   /* of the week */
    bool has_hung;    /* a request may have had no answer, and be reported with its end */
    uint64_t n_requests, n_deferred, n_reboots, n_faults, n_cuts;
    uint64_t n_done[N_JOBS]; /* files that a job had use of */
    uint64_t digest;
};

#define WITNESS(week, claim)                                                                       \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("seed %llu at %lld ms: not true that " #claim,                                \
                     (unsigned long long)(week)->seed,                                             \
                     (long long)(week)->busy.device.host.now_ms);                                  \
    } while (0)

static uint32_t draw(struct week *week, uint32_t max)
{
    return busy_draw(&week->random, max);
}

static bool one_in(struct week *week, uint32_t n)
{
    return draw(week, n - 1) == 0;
}

/* Callbacks know the fake host only. */
static struct week *living;

static uint32_t entropy(void *ctx)
{
    (void)ctx;
    return draw(living, UINT32_MAX);
}

static void end_deferral(struct week *week, unsigned stage)
{
    week->deferred[stage] = (struct deferred){.asked_ms = -1};
}

/* Deferred until now, or a call interrupts it. */
static void count_deferral(struct week *week, unsigned stage)
{
    struct deferred *deferred = &week->deferred[stage];
    int64_t passed_ms = week->busy.device.host.now_ms - deferred->asked_ms;
    int64_t answer_ms = deferred->answer_ms;
    if (deferred->asked_ms >= 0 && passed_ms > 0)
        deferred->total_ms += passed_ms < answer_ms ? passed_ms : answer_ms;
    deferred->answer_ms = 0;
}

/* Asked at most until the longest time is over. */
static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)ctx;
    struct week *week = living;
    WITNESS(week, stage <= PROV_STAGE_UPGRADE);
    struct deferred *deferred = &week->deferred[stage];
    count_deferral(week, stage);
    /* An upgrade that is dropped is not reported; it has tests of its own. */
    WITNESS(week, stage == PROV_STAGE_UPGRADE || deferred->total_ms < MAX_DEFER_MS);
    deferred->is_first = deferred->asked_ms < 0;
    deferred->asked_ms = week->busy.device.host.now_ms;
    /* In a call that began since the lines were checked, the time ends with the next check. */
    deferred->answer_ms = week->busy.device.host.is_idle ? week->defer_ms[stage] : 0;
    if (week->defer_ms[stage] == 0)
        end_deferral(week, stage);
    return week->defer_ms[stage];
}

static void digest(struct week *week, uint64_t value)
{
    week->digest = (week->digest ^ value) * UINT64_C(0x100000001b3);
}

static void digest_event(struct week *week, const struct prov_event *event)
{
    uint32_t cause = 0, why = 0, outcome = 0;
    if (event->type == PROV_EVENT_RESULT || event->type == PROV_EVENT_RESYNC) {
        cause = event->as.result->cause;
        outcome = event->as.result->outcome;
    }
    if (event->type == PROV_EVENT_SCHEDULED) {
        cause = event->as.schedule->cause;
        why = event->as.schedule->why;
    }
    digest(week, event->type * 31 + cause * 7 + why);
    digest(week, (uint64_t)week->busy.device.host.now_ms + outcome);
}

static unsigned number_of(uint32_t job)
{
    unsigned i = 0;
    while (i < N_JOBS - 1 && job >> (i + 1))
        i++;
    return i;
}

/* Those that change what a device does wait for idle lines. */
static bool waits_for_lines(uint32_t job)
{
    return job == PROV_JOB_RESYNC || job == PROV_JOB_UPGRADE;
}

static void take_request(struct week *week, const struct prov_event *event)
{
    WITNESS(week, fake_transport_n_files(&week->busy.device.net) <= 1);
    WITNESS(week, week->busy.device.host.is_idle || week->has_hung || !waits_for_lines(event->job));
    if (event->job != PROV_JOB_RESYNC)
        return;
    end_deferral(week, PROV_STAGE_FETCH);
    week->n_requests++;
}

static void take_result(struct week *week, const struct prov_event *event)
{
    uint32_t outcome = event->as.result->outcome;
    week->n_done[number_of(event->job)] += outcome == PROV_OUTCOME_APPLIED;
    week->waiting_since_ms[number_of(event->job)] = -1;
    if (outcome == PROV_OUTCOME_APPLIED &&
        provi_str_is(event->as.result->url, busy_url(BUSY_DELTA)))
        week->is_unsaved = week->busy.store_fault != PROV_OK;
    if (event->job != PROV_JOB_RESYNC)
        return;
    end_deferral(week, PROV_STAGE_FETCH); /* a rule without a server has no request */
    end_deferral(week, PROV_STAGE_APPLY);
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct week *week = ctx;
    const struct prov_deferral *deferral = event->as.deferral;
    digest_event(week, event);
    busy_device_take_event(&week->busy, event);
    switch (event->type) {
    case PROV_EVENT_REQUEST: take_request(week, event); break;
    case PROV_EVENT_DEFERRED:
        WITNESS(week,
                week->deferred[deferral->stage].is_first || deferral->stage == PROV_STAGE_UPGRADE);
        WITNESS(week, deferral->at_most_ms == MAX_DEFER_MS && deferral->in_ms <= MAX_DEFER_MS);
        week->n_deferred++;
        break;
    case PROV_EVENT_RESYNC:
        week->heard_ms = week->busy.device.host.now_ms;
        week->has_hung = week->busy.device.net.is_frozen;
        end_deferral(week, PROV_STAGE_FETCH); /* it may be cancelled before its start */
        end_deferral(week, PROV_STAGE_APPLY);
        break;
    case PROV_EVENT_RESULT: take_result(week, event); break;
    case PROV_EVENT_REBOOT_WANTED:
        WITNESS(week, week->busy.device.host.is_idle);
        end_deferral(week, PROV_STAGE_REBOOT);
        week->wants_reboot = true;
        break;
    default: break;
    }
    busy_device_count(&week->busy);
}

static void boot(struct week *week, uint32_t cause)
{
    struct prov_agent_options options = {
        .size = sizeof options,
        .catalogue = &device_catalogue,
        .boot_cause = cause,
        .max_defer_s = MAX_DEFER_MS / 1000,
        .jitter_s = week->seed % 3 ? 0 : 600,
        .retry_jitter_s = week->seed % 2 ? 0 : 600,
    };
    struct device *d = &week->busy.device;
    prov_agent_free(d->agent);
    d->agent = NULL;
    fake_banks_boot_next(&week->busy.banks);
    for (unsigned i = 0; i < PROVI_LEN(week->deferred); i++)
        end_deferral(week, i);
    for (size_t i = 0; i < N_JOBS; i++)
        week->waiting_since_ms[i] = -1;
    week->wants_reboot = false;
    week->may_lack |= week->is_unsaved;
    week->is_unsaved = false;
    week->heard_ms = d->host.now_ms;
    WITNESS(week, device_make_agent(d, &options) == PROV_OK);
}

static void reboot(struct week *week, uint32_t cause)
{
    week->n_reboots++;
    boot(week, cause);
}

/* After each turn of the agent: a job that started, or had nothing to do, waits no longer, even if
 * it waits again, ended by a resync, when check_waiting() looks at it next. */
static void take_starts(struct week *week)
{
    for (unsigned i = 0; i < N_JOBS; i++) {
        struct prov_job_status status = {.size = sizeof status};
        if (week->waiting_since_ms[i] >= 0 &&
            prov_agent_status(week->busy.device.agent, 1u << i, &status) == PROV_OK &&
            status.state != PROV_STATE_WAITING)
            week->waiting_since_ms[i] = -1;
    }
}

/* What is due at this moment; where the power is cut, after the boot. */
static void settle(struct week *week)
{
    struct device *d = &week->busy.device;
    for (unsigned turns = 0; !d->agent || prov_agent_timeout_ms(d->agent) == 0; turns++) {
        WITNESS(week, turns < 1000);
        if (!d->agent) {
            week->n_cuts++;
            week->busy.power.at = DIAL_OFF;
            reboot(week, PROV_CAUSE_POWER_UP);
        }
        prov_agent_process(d->agent, NULL);
        take_starts(week);
        WITNESS(week, fake_transport_n_files(&d->net) <= 1);
    }
    d->asleep = NULL; /* after these turns */
    device_settle(d);
}

/* It waits for idle lines, or for the reboot into its image, which is the host's to make. */
static bool is_upgrade_held(const struct device *d)
{
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    prov_agent_upgrade_get(d->agent, &upgrade);
    return !d->host.is_idle || upgrade.step == PROV_UPGRADE_INSTALLED;
}

/* Nothing starves. */
static void check_waiting(struct week *week)
{
    const struct device *d = &week->busy.device;
    for (unsigned i = 0; i < N_JOBS; i++) {
        struct prov_job_status status = {.size = sizeof status};
        int64_t *since_ms = &week->waiting_since_ms[i];
        bool waits = prov_agent_status(d->agent, 1u << i, &status) == PROV_OK &&
                     status.state == PROV_STATE_WAITING &&
                     status.waits_for == PROV_WAIT_OTHER_JOB &&
                     !(1u << i == PROV_JOB_UPGRADE && is_upgrade_held(d));
        if (!waits)
            *since_ms = -1;
        else if (*since_ms < 0)
            *since_ms = d->host.now_ms;
        WITNESS(week, !waits || d->host.now_ms - *since_ms <= LONGEST_WAIT_MS);
    }
}

static void pass(struct week *week, int64_t ms)
{
    struct fake_host *host = &week->busy.device.host;
    int64_t end_ms = host->now_ms + ms;
    settle(week);
    for (;;) {
        int64_t wait_ms = prov_agent_timeout_ms(week->busy.device.agent);
        if (wait_ms < 0 || host->now_ms + wait_ms > end_ms)
            break;
        host->now_ms += wait_ms;
        settle(week);
    }
    host->now_ms = end_ms;
}

static void change_lines(struct week *week)
{
    week->busy.device.host.is_idle = one_in(week, 2);
    for (unsigned i = 0; i < PROVI_LEN(week->deferred) && !week->busy.device.host.is_idle; i++)
        count_deferral(week, i);
    prov_agent_notify(week->busy.device.agent);
}

static void change_vetoes(struct week *week)
{
    static const uint32_t waits_ms[] = {0, 0, 20000, 70000, 600000, 5000000};
    for (size_t i = 0; i < PROVI_LEN(week->defer_ms); i++)
        week->defer_ms[i] = waits_ms[draw(week, PROVI_LEN(waits_ms) - 1)];
    if (one_in(week, 2))
        prov_agent_notify(week->busy.device.agent);
}

static void change_server(struct week *week)
{
    static const char *const profiles[] = {
        "<flat-profile><GPP_A>a</GPP_A></flat-profile>",
        "<flat-profile><GPP_A>b</GPP_A></flat-profile>",
        "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>",
        "<flat-profile><Own_Reboot>2</Own_Reboot></flat-profile>",
        "<flat-profile><GPP_A>cut off",
        "<flat-profile><Profile_Rule>http:///p</Profile_Rule></flat-profile>",
        "<flat-profile><Profile_Rule>($PRVST ne 0)? " URL "</Profile_Rule></flat-profile>",
        "<flat-profile><Resync_Trigger_1>($PRVTMR ge 600)?</Resync_Trigger_1></flat-profile>",
        "<flat-profile><Resync_Periodic>an hour</Resync_Periodic></flat-profile>",
        "<flat-profile><Provision_Enable>{{enable}}</Provision_Enable></flat-profile>",
    };
    static const prov_status statuses[] = {PROV_OK, PROV_OK, PROV_OK, PROV_E_NOT_FOUND,
                                           PROV_E_SERVER};
    struct fake_answer *answer = fake_transport_add_text(
        &week->busy.device.net, URL, profiles[draw(week, PROVI_LEN(profiles) - 1)]);
    answer->status = statuses[draw(week, PROVI_LEN(statuses) - 1)];
    answer->retry_after_s = -1;
    if (one_in(week, 4))
        answer->retry_after_s = draw(week, 7200);
}

static void change_settings(struct week *week)
{
    static const char *const settings[][2] = {
        {"Resync_Periodic", "600"},
        {"Resync_Periodic", "3600+600"},
        {"Resync_Periodic", ""},
        {"Resync_Error_Retry_Delay", "60,600"},
        {"Resync_Error_Retry_Delay", "0"},
        {"Forced_Resync_Delay", "300"},
        {"Resync_Trigger_1", ""},
        {"Resync_Trigger_1", "$UPGTMR gt 300"},
        {"Provision_Enable", "Yes"},
        {"Provision_Enable", "No"},
        {"Profile_Rule", URL},
        {"Profile_Rule", "http://h/other"},
        {"Profile_Rule", "{{rule}}"},
        {"Resync_Periodic", "an hour"},
        {"Resync_Error_Retry_Delay", "60;120"},
        {"Resync_Trigger_1", "($PRVTMR ge 600)?"},
        {"Resync_At__HHmm_", "3:00"},
        {"Resync_At__HHmm_", "0300"},
        {"Provision_Enable", "Maybe"},
    };
    size_t i = draw(week, PROVI_LEN(settings) - 1);
    fake_host_set(&week->busy.device.host, settings[i][0], settings[i][1]);
    prov_agent_notify(week->busy.device.agent);
}

/* Settings, servers and hosts of the jobs, local changes, calls of the agent. */
static void disturb_jobs(struct week *week)
{
    busy_device_disturb(&week->busy, &week->random);
}

static void break_store(struct week *week)
{
    week->busy.store_fault = busy_fault(&week->random);
}

static void mend_store(struct week *week)
{
    week->busy.store_fault = PROV_OK;
}

static void cut_power(struct week *week)
{
    week->busy.power = (struct dial){.at = draw(week, 200)};
}

/* In any order; nothing is answered while it is lost, and not always it is reported as back. */
static void change_network(struct week *week)
{
    do {
        uint32_t event = PROV_NETWORK_LOST + draw(week, PROV_NETWORK_CHANGED - PROV_NETWORK_LOST);
        WITNESS(week, prov_agent_network(week->busy.device.agent, event, NULL) == PROV_OK);
        week->busy.device.net.is_frozen = event == PROV_NETWORK_LOST && one_in(week, 2);
        week->has_hung |= week->busy.device.net.is_frozen;
    } while (one_in(week, 3));
}

static void restore_network(struct week *week)
{
    week->busy.device.net.is_frozen = false;
}

static bool is_stored(struct week *week, const char *name, const char *value)
{
    const char *stored = fake_host_get(&week->busy.device.host, name);
    return stored && strcmp(stored, value) == 0;
}

/* Nothing happens for a while; the host counts the time, which is not that of a deaf device. */
static void sleep_awhile(struct week *week)
{
    int64_t slept_ms = draw(week, 20000000);
    week->busy.device.host.now_ms += slept_ms;
    week->heard_ms += slept_ms;
    if (is_stored(week, "Resync_At__HHmm_", "0300")) /* slept over, it comes a day later */
        week->heard_ms = week->busy.device.host.now_ms;
    for (size_t i = 0; i < N_JOBS; i++)
        if (week->waiting_since_ms[i] >= 0)
            week->waiting_since_ms[i] += slept_ms;
    settle(week);
}

/* Processors that disagree about the time by half a minute. */
static void disturb_clock(struct week *week)
{
    week->busy.device.host.now_ms -= 30000;
    settle(week);
    for (size_t i = 0; i < PROVI_LEN(week->deferred); i++) /* for the agent no time passed */
        if (week->deferred[i].asked_ms == week->busy.device.host.now_ms)
            week->deferred[i].asked_ms += 30000;
    week->busy.device.host.now_ms += 30000;
}

/* Set back by two days: for the agent time goes on, and all moments of the host move. */
static void set_clock(struct week *week)
{
    const int64_t back_ms = INT64_C(2) * 86400 * 1000;
    struct fake_host *host = &week->busy.device.host;
    if (host->now_ms < 2 * back_ms)
        return;
    host->now_ms -= back_ms;
    week->end_ms -= back_ms;
    week->heard_ms -= back_ms;
    if (host->schedule.expected_ms >= 0)
        host->schedule.expected_ms -= back_ms;
    for (size_t i = 0; i < PROVI_LEN(week->deferred); i++)
        if (week->deferred[i].asked_ms >= 0)
            week->deferred[i].asked_ms -= back_ms;
    for (size_t i = 0; i < N_JOBS; i++)
        if (week->waiting_since_ms[i] >= 0)
            week->waiting_since_ms[i] -= back_ms;
}

static void anything(struct week *week)
{
    static void (*const happenings[])(struct week *) = {
        change_lines, change_lines, change_vetoes, change_server, change_settings,
        disturb_jobs, disturb_jobs, disturb_jobs,  disturb_jobs,  disturb_jobs,
    };
    static void (*const faults[])(struct week *) = {
        change_network, restore_network, restore_network, sleep_awhile, disturb_clock,
        set_clock,      break_store,     mend_store,      mend_store,   cut_power,
    };
    bool is_fault = one_in(week, 5);
    week->n_faults += is_fault;
    if (week->wants_reboot && one_in(week, 2))
        reboot(week, PROV_CAUSE_HOST);
    else if (one_in(week, 20))
        reboot(week, PROV_CAUSE_POWER_UP);
    else if (is_fault)
        faults[draw(week, PROVI_LEN(faults) - 1)](week);
    else
        happenings[draw(week, PROVI_LEN(happenings) - 1)](week);
}

/* Never deaf: only a call, and settings that say so in plain words, end the resyncs. */
static void check_not_deaf(struct week *week)
{
    int64_t now_ms = week->busy.device.host.now_ms;
    bool is_excused = !week->busy.device.host.is_idle ||
                      is_stored(week, "Provision_Enable", "No") ||
                      is_stored(week, "Resync_Periodic", "");
    if (is_excused)
        week->heard_ms = now_ms;
    WITNESS(week, now_ms - week->heard_ms <= LONGEST_MS);
}

/* It waits for a time, or reports the other reason to wait. */
static void check_not_stuck(struct week *week)
{
    struct device *device = &week->busy.device;
    struct prov_sched_action due = {.size = sizeof due};
    settle(week);
    if (prov_agent_timeout_ms(device->agent) >= 0)
        return;
    WITNESS(week, prov_agent_due(device->agent, &due) == PROV_OK);
    switch (due.why) {
    case PROV_WHY_LINE: WITNESS(week, !device->host.is_idle); break;
    case PROV_WHY_DISABLED:
        WITNESS(week, strcmp(fake_host_get(&device->host, "Provision_Enable"), "No") == 0);
        break;
    default:
        WITNESS(week, due.why == PROV_WHY_NOTHING);
        WITNESS(week, !prov_agent_is_busy(device->agent));
    }
}

static void mend(struct week *week)
{
    struct busy_device *busy = &week->busy;
    struct device *d = &busy->device;
    d->host.is_idle = true;
    d->net.is_frozen = false;
    memset(week->defer_ms, 0, sizeof week->defer_ms);
    busy->is_vault_slow = false;
    busy->store_fault = busy->trust.refusal = busy->trust.check_refusal = PROV_OK;
    busy->banks.finish_status = PROV_OK;
    busy->banks.is_broken = busy->banks.asks_to_wait = false;
    busy->licence_answer = PROV_LICENCE_YES;
    busy->power.at = DIAL_OFF;
    for (size_t i = 0; i < BUSY_N_FILES; i++) {
        busy->answers[i]->status = PROV_OK;
        busy->answers[i]->code = 200;
        busy->answers[i]->retry_after_s = -1;
        busy->answers[i]->chunk = 0;
    }
    fake_transport_add_text(&d->net, URL, "<flat-profile><GPP_A>mended</GPP_A></flat-profile>");
    prov_agent_network(d->agent, PROV_NETWORK_BACK, NULL);
    prov_agent_notify(d->agent);
}

/* Sound settings; rules that are new to the jobs. */
static void mend_settings(struct week *week)
{
    static const char *const sound[][2] = {
        {"Provision_Enable", "Yes"},
        {"Resync_Periodic", "1800"},
        {"Resync_Error_Retry_Delay", "60,300"},
        {"Resync_Trigger_1", ""},
        {"Resync_At__HHmm_", ""},
        {"Forced_Resync_Delay", "300"},
        {"Profile_Rule", URL},
        {"Upgrade_Enable", "Yes"},
        {"Upgrade_Rule", "http://h/fw/sip88xx.14-0-1MPP-9.loads"},
        {"Custom_CA_Rule", "(1 eq 1)? http://h/ca"},
        {"Trans_Auth_Rule", "(1 eq 1)? http://h/licence"},
        {"Trans_Auth_Type", "Classic"},
        {"MIC_Cert_Refresh_Enable", "Yes"},
        {"MIC_Cert_Refresh_Rule", "(1 eq 1)? http://h/est"},
        {"Report_Rule", "[--delta]http://h/delta"},
        {"Report_To_Server", "Periodically"},
        {"Periodic_Upload_To_Server", "900"},
    };
    for (size_t i = 0; i < PROVI_LEN(sound); i++)
        fake_host_set(&week->busy.device.host, sound[i][0], sound[i][1]);
    week->busy.vault.at = 0;
    prov_agent_notify(week->busy.device.agent);
    /* One that the host gave before belongs to the rule that is next. */
    prov_agent_set_authorization(week->busy.device.agent, PROV_AUTHORIZATION_NONE, NULL);
}

static void pass_rebooting(struct week *week, int64_t s)
{
    for (; s > 0; s -= 300) {
        pass(week, 300000);
        prov_agent_confirm_upgrade(week->busy.device.agent, NULL);
        if (week->wants_reboot)
            reboot(week, PROV_CAUSE_HOST);
    }
}

/* Once everything works again, each job does its work, and the reports have every change. */
static void check_all_hear(struct week *week)
{
    static const enum busy_file files[] = {BUSY_PROFILE,     BUSY_CA,    BUSY_LICENCE,
                                           BUSY_CERTIFICATE, BUSY_DELTA, BUSY_LAST_IMAGE};
    unsigned n_asked[PROVI_LEN(files)];
    mend(week);
    pass_rebooting(week, 900);
    settle(week);
    for (size_t i = 0; i < PROVI_LEN(files); i++)
        n_asked[i] = week->busy.answers[files[i]]->n_asked;
    mend_settings(week);
    pass_rebooting(week, 2 * 3600);
    for (size_t i = 0; i < PROVI_LEN(files); i++)
        if (week->busy.answers[files[i]]->n_asked == n_asked[i] &&
            (files[i] != BUSY_CERTIFICATE || prov_feature_supported(PROV_FEATURE_CURL)))
            test_die("seed %llu: %s is not asked for any more", (unsigned long long)week->seed,
                     busy_url(files[i]));
    const char *unreported = busy_device_unreported(&week->busy);
    if (unreported && !week->may_lack)
        test_die("seed %llu: no report of %s: %s", (unsigned long long)week->seed, unreported,
                 fake_host_get(&week->busy.device.host, unreported));
}

static void live(struct week *week, uint64_t seed)
{
    memset(week, 0, sizeof *week);
    week->seed = week->random = seed;
    living = week;
    struct device *d = &week->busy.device;
    busy_device_plug_in(&week->busy);
    week->busy.is_vault_slow = true;
    d->host.host.entropy = entropy;
    d->host.host.defer_ms = defer_ms;
    d->host.on_event = on_event;
    d->host.on_event_ctx = week;
    fake_host_set(&d->host, "Profile_Rule", one_in(week, 2) ? URL : "");
    fake_host_set(&d->host, "Report_Rule", "[--delta]http://h/delta");
    change_server(week);
    boot(week, PROV_CAUSE_POWER_UP);
    week->end_ms = d->host.now_ms + WEEK_MS;
    while (d->host.now_ms < week->end_ms) {
        pass(week, draw(week, 6000000));
        check_not_stuck(week);
        check_not_deaf(week);
        check_waiting(week);
        anything(week);
        fake_host_take_events(&d->host);
    }
    check_all_hear(week);
    busy_device_unplug(&week->busy);
}

/* PROV_TEST_WEEKS: "FIRST COUNT". */
static struct seeds {
    uint64_t first, n;
} seeds_wanted(void)
{
    const char *wanted = getenv("PROV_TEST_WEEKS");
    struct seeds seeds = {1, test_takes_few() ? N_WEEKS_EMULATED : N_WEEKS};
    char *rest;
    if (wanted) {
        seeds.first = strtoull(wanted, &rest, 10);
        seeds.n = strtoull(rest, NULL, 10);
    }
    return seeds;
}

/* What happened in all weeks together. */
struct sums {
    uint64_t n_requests, n_deferred, n_reboots, n_faults, n_cuts;
    uint64_t n_done[N_JOBS];
};

static void add(struct sums *sums, const struct week *week)
{
    sums->n_requests += week->n_requests;
    sums->n_deferred += week->n_deferred;
    sums->n_reboots += week->n_reboots;
    sums->n_faults += week->n_faults;
    sums->n_cuts += week->n_cuts;
    for (size_t i = 0; i < N_JOBS; i++)
        sums->n_done[i] += week->n_done[i];
}

static void test_agents_keep_every_promise(void **state)
{
    /* A job is of use so often in ten weeks at least. */
    static const uint8_t least[N_JOBS] = {
        [0] = 10, [1] = 5, [2] = 5, [6] = 5, [7] = 20, [8] = 5, [9] = 5, [10] = 1};
    (void)state;
    struct week *week = malloc(sizeof *week);
    struct sums sums = {0};
    const struct seeds seeds = seeds_wanted();
    for (uint64_t seed = seeds.first; seed < seeds.first + seeds.n; seed++) {
        live(week, seed);
        add(&sums, week);
    }
    free(week);
    for (size_t i = 0; i < N_JOBS; i++) {
        printf("job %zu: %llu\n", i, (unsigned long long)sums.n_done[i]);
        if (least[i] && !(i == 9 && !prov_feature_supported(PROV_FEATURE_CURL)))
            assert_true(sums.n_done[i] * 10 >= least[i] * seeds.n);
    }
    printf("%llu requests, %llu deferred, %llu reboots, %llu faults, %llu cuts\n",
           (unsigned long long)sums.n_requests, (unsigned long long)sums.n_deferred,
           (unsigned long long)sums.n_reboots, (unsigned long long)sums.n_faults,
           (unsigned long long)sums.n_cuts);
    assert_true(sums.n_requests >= 20 * seeds.n);
    assert_true(sums.n_deferred >= 10 * seeds.n);
    assert_true(sums.n_reboots >= 5 * seeds.n);
    assert_true(sums.n_faults >= 20 * seeds.n);
    assert_true(sums.n_cuts >= seeds.n / 2);
}

static void test_agents_repeat_from_their_seed(void **state)
{
    (void)state;
    struct week *week = malloc(sizeof *week);
    live(week, 1);
    uint64_t first = week->digest;
    live(week, 1);
    assert_int_equal(week->digest, first);
    live(week, 2);
    assert_int_not_equal(week->digest, first);
    free(week);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_agents_keep_every_promise),
        cmocka_unit_test(test_agents_repeat_from_their_seed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
