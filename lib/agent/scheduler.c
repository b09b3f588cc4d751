/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/agent_priv.h"

#include "base/error.h"
#include "env/settings.h"
#include "persist/save.h"
#include "sched/state.h"

enum { AGAIN_MS = 30000 }; /* delay before an unreadable setting is read again */

static struct prov_agent *agent_of(const struct provi_jobs *jobs)
{
    return (struct prov_agent *)jobs->fetcher->env;
}

const struct prov_schedule *provi_scheduler_schedule(struct prov_agent *agent)
{
    int64_t expected_ms = agent->expected_ms;
    agent->schedule.size = sizeof agent->schedule;
    agent->schedule.in_ms = expected_ms < 0 ? -1 : provi_env_left_ms(&agent->env, expected_ms);
    return &agent->schedule;
}

/* Report the next resync only if it changed; steps that only read the clock are not reported. */
static void report_schedule(struct prov_agent *agent)
{
    struct prov_schedule *reported = &agent->schedule;
    struct prov_sched_action now = {.size = sizeof now};
    prov_sched_due(&agent->sched, &now);
    agent->jobs.awaits_boot_resync =
        now.cause == PROV_CAUSE_POWER_UP || now.cause == PROV_CAUSE_AFTER_UPGRADE;
    if (now.cause == reported->cause && now.why == reported->why && now.retry == reported->retry &&
        now.expected_ms == agent->expected_ms)
        return;
    *reported = (struct prov_schedule){
        .cause = now.cause,
        .why = now.why,
        .retry = now.retry,
        .n_retries = now.n_retries,
    };
    agent->expected_ms = now.expected_ms;
    const struct prov_schedule schedule = *provi_scheduler_schedule(agent);
    provi_env_event(&agent->env, (struct prov_event){
                                     .type = PROV_EVENT_SCHEDULED,
                                     .job = PROV_JOB_RESYNC,
                                     .as.schedule = &schedule,
                                 });
}

/* Evaluate the triggers for the scheduler. If one cannot be read, the step is repeated later. */
static void answer_triggers(struct prov_agent *agent, struct provi_settings *settings,
                            const struct prov_world *world, struct prov_sched_action *action)
{
    struct prov_sched_event event = {.size = sizeof event, .type = PROV_SCHED_TRIGGERS};
    bool is_allowed = false;
    if (!provi_triggers_evaluate(&agent->fetcher, action->cause, &is_allowed)) {
        event.type = PROV_SCHED_TICK;
        settings->sched.unreadable = 1;
    }
    event.ok = is_allowed;
    prov_sched_step(&agent->sched, &event, &settings->sched, world, action);
}

/* One step of the scheduler, with the evaluation of triggers. The next one is due soon if a setting
 * could not be read. */
static void step(struct prov_agent *agent, const struct prov_sched_event *event,
                 const struct prov_world *world)
{
    struct provi_settings settings;
    struct prov_sched_action action = {.size = sizeof action, .due_ms = -1};
    const int64_t soon_ms = world->mono_ms + AGAIN_MS;
    provi_settings_read(&settings, &agent->env);
    prov_sched_step(&agent->sched, event, &settings.sched, world, &action);
    while (action.type == PROV_SCHED_ASK_TRIGGERS)
        answer_triggers(agent, &settings, world, &action);
    agent->due_ms = action.due_ms;
    if (settings.is_makeshift && (action.due_ms < 0 || action.due_ms > soon_ms))
        agent->due_ms = soon_ms;
    if (action.type == PROV_SCHED_START)
        agent->resync.start_cause = action.cause;
}

static void step_now(struct prov_agent *agent, const struct prov_sched_event *event)
{
    struct prov_world world;
    provi_env_world(&agent->env, &world);
    step(agent, event, &world);
    report_schedule(agent);
}

static const char record_name[] = "sched";
static const char record_mark[] = "PVS1";

static void save(struct prov_agent *agent)
{
    unsigned char saved[PROV_SCHED_SAVED_MAX];
    size_t len = 0;
    prov_sched_save(&agent->sched, provi_env_now_ms(&agent->env), saved, sizeof saved, &len);
    struct provi_record record;
    struct prov_error error = {0};
    provi_save_begin(&record, &agent->env, record_mark);
    provi_record_text(&record, (prov_str){(const char *)saved, len});
    if (provi_save_end(&record, &agent->env, record_name, &error) != PROV_OK)
        provi_save_warn(&agent->env, record_name, &error);
}

static void load(struct prov_agent *agent)
{
    struct provi_reading reading;
    if (!provi_load(&reading, &agent->env, record_name, record_mark))
        return;
    prov_str saved = provi_reading_text(&reading);
    if (prov_sched_restore(&agent->sched, saved.data, saved.len) == PROV_OK)
        agent->saved_retry = UINT32_MAX; /* unknown; the end of the next resync sets it */
    provi_load_end(&reading, &agent->env);
}

/* After a first start, no record is needed, which saves two writes to flash. */
static void save_before_reboot(struct prov_agent *agent)
{
    if (agent->saved_retry == 0 &&
        provi_sched_is_as_new(&agent->sched, provi_env_now_ms(&agent->env)))
        return;
    agent->saved_retry = UINT32_MAX;
    save(agent);
}

/* Save the back-off, so that it survives a crash loop. Repetitions of the last element, and
 * successes after the first, are not saved: each would be a write to flash. */
static void save_back_off(struct prov_agent *agent)
{
    struct prov_sched_action due = {.size = sizeof due};
    struct prov_error error = {0};
    prov_sched_due(&agent->sched, &due);
    uint32_t retry = due.retry < due.n_retries ? due.retry : due.n_retries;
    if (retry == agent->saved_retry)
        return;
    agent->saved_retry = retry;
    if (retry)
        save(agent);
    else if (provi_save_erase(&agent->env, record_name, &error) != PROV_OK)
        provi_save_warn(&agent->env, record_name, &error);
}

static struct prov_sched_event boot_event(const struct provi_env *env)
{
    return (struct prov_sched_event){
        .size = sizeof(struct prov_sched_event),
        .type = PROV_SCHED_BOOT,
        .cause = env->boot_cause == PROV_CAUSE_HOST ? PROV_CAUSE_NONE : env->boot_cause,
    };
}

static struct prov_sched_event request_event(uint32_t cause)
{
    return (struct prov_sched_event){
        .size = sizeof(struct prov_sched_event),
        .type = PROV_SCHED_REQUEST,
        .cause = cause,
    };
}

/* Find why the settings refuse a request, by a step of a copy of the scheduler. The scheduler gets
 * the request in the next turn, with the lines in their state then. */
static uint32_t refusal(struct prov_agent *agent, uint32_t cause)
{
    const struct prov_world world = {.size = sizeof world};
    struct prov_sched copy = agent->sched;
    struct prov_sched_action action = {.size = sizeof action};
    struct prov_sched_event event = boot_event(&agent->env);
    struct provi_settings settings;
    provi_settings_read(&settings, &agent->env);
    if (!agent->jobs.is_booted)
        prov_sched_step(&copy, &event, &settings.sched, &world, &action);
    event = request_event(cause);
    prov_sched_step(&copy, &event, &settings.sched, &world, &action);
    return action.type == PROV_SCHED_REFUSED ? action.why : (uint32_t)PROV_WHY_NOTHING;
}

static prov_status request(struct provi_job *job, struct provi_pending *request,
                           struct prov_error *err)
{
    struct prov_agent *agent = agent_of(job->jobs);
    uint32_t why = refusal(agent, request->cause);
    const char *gate =
        request->cause == PROV_CAUSE_MENU ? "User_Configurable_Resync" : "Resync_From_SIP";
    if (why != PROV_WHY_NOTHING)
        return provi_fail(err, PROV_E_POLICY, "%s is No",
                          why == PROV_WHY_DISABLED ? "Provision_Enable" : gate);
    provi_pending_move(&agent->resync.pending, request, &agent->env.alloc);
    return PROV_OK;
}

/* End a request, or a resync that waits for lines or the host, before it starts. */
static void cancel_waiting(struct prov_agent *agent)
{
    struct provi_resync_job *resync = &agent->resync;
    struct prov_sched_action due = {.size = sizeof due};
    prov_sched_due(&agent->sched, &due);
    uint32_t cause = resync->start_cause ? resync->start_cause : resync->cancelled_cause;
    if (due.why == PROV_WHY_LINE || due.why == PROV_WHY_IDLE_DELAY)
        cause = due.cause;
    if (cause)
        provi_resync_end_unstarted(resync, cause);
    resync->is_cancelled = false;
}

/* Pass only the last of several reports: a lost link has ended the transfers already. */
static void pass_network_event(struct prov_agent *agent)
{
    const struct prov_sched_event event = {
        .size = sizeof event, .type = PROV_SCHED_NETWORK, .network = agent->network_event};
    if (!agent->network_event)
        return;
    agent->network_event = 0;
    if (event.network != PROV_NETWORK_LOST)
        provi_jobs_notify(&agent->jobs, PROVI_JOB_LINK_BACK);
    step_now(agent, &event);
}

void provi_scheduler_tick(struct prov_agent *agent)
{
    if (agent->resync.is_cancelled && !agent->resync.running)
        cancel_waiting(agent);
    pass_network_event(agent);
    struct prov_sched_event event = {.size = sizeof event, .type = PROV_SCHED_UPGRADED};
    if (agent->jobs.has_upgraded)
        step_now(agent, &event);
    agent->jobs.has_upgraded = false;
    event.type = PROV_SCHED_TICK;
    if (agent->resync.pending.cause)
        event = request_event(agent->resync.pending.cause);
    agent->resync.pending.cause = PROV_CAUSE_NONE;
    step_now(agent, &event);
}

/* Pass the end of a resync to the scheduler. */
static void done(struct provi_resync_job *resync, const struct provi_resync_end *end)
{
    struct prov_agent *agent = agent_of(resync->job.jobs);
    const struct prov_sched_event event = {
        .size = sizeof event,
        .type = end->is_cancelled ? PROV_SCHED_CANCELLED : PROV_SCHED_DONE,
        .ok = end->outcome != PROV_OUTCOME_FAILED,
        .unchanged = end->outcome == PROV_OUTCOME_UNCHANGED,
        .retry_after_s = end->retry_after_s,
    };
    step_now(agent, &event);
    save_back_off(agent);
}

static void on_event(struct provi_job *job, enum provi_job_event event)
{
    struct prov_agent *agent = agent_of(job->jobs);
    if (event == PROVI_JOB_BOOT) {
        const struct prov_sched_event boot = boot_event(&agent->env);
        load(agent);
        step_now(agent, &boot);
    } else if (event == PROVI_JOB_REBOOTS) {
        save_before_reboot(agent);
    }
}

static int64_t timeout_ms(const struct provi_job *job)
{
    const struct prov_agent *agent = agent_of(job->jobs);
    if (job->jobs->has_upgraded)
        return 0;
    return agent->due_ms >= 0 ? provi_env_left_ms(&agent->env, agent->due_ms) : -1;
}

static const struct provi_job_type scheduler_job = {
    .name = "scheduler",
    .place = PROVI_PLACE_SCHEDULER,
    .verb = PROV_VERB_RESYNC,
    .request = request,
    .on_event = on_event,
    .timeout_ms = timeout_ms,
};

void provi_scheduler_insert(struct prov_agent *agent)
{
    provi_jobs_insert(&agent->jobs, &agent->scheduler, &scheduler_job);
    agent->resync.done = done;
}
