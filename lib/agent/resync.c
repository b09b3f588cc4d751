/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/resync.h"

#include "agent/agent_priv.h"
#include "agent/attempt.h"
#include "agent/clockwork.h"
#include "agent/operation.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "macro/facts.h"

struct provi_resync {
    uint32_t cause;
    struct provi_wish wish; /* the request it serves; all empty for an automatic one */
    prov_str servers;       /* for rules that name none, from the one that answered; borrowed */
    size_t n_started;       /* rules dealt with, the current one included */
    struct provi_attempt attempt;
    int64_t left_ms;           /* of the time for its transfers */
    uint32_t needs;            /* of all its rules */
    uint64_t n_changed;        /* likewise */
    enum prov_outcome outcome; /* so far */
    int64_t retry_after_s;
    struct prov_error error;
};

static const char *const rule_names[] = {
    "Profile_Rule",
    "Profile_Rule_B",
    "Profile_Rule_C",
    "Profile_Rule_D",
};

static void tell_host(struct prov_agent *agent, const struct provi_resync *resync)
{
    struct prov_event event = {
        .type = PROV_EVENT_RESYNC,
        .cause = resync->cause,
        .outcome = resync->outcome,
        .needs = resync->needs,
        .n_changed = resync->n_changed,
        .error = resync->error.status != PROV_OK ? &resync->error : NULL,
    };
    provi_agent_event(agent, &event);
}

static void end(struct prov_agent *agent, const struct provi_resync *resync)
{
    if (agent->last_error)
        *agent->last_error = resync->error;
    agent->n_ended++;
    provi_custom_ca_look_again(agent);
    agent->is_reboot_wanted |= resync->needs & PROV_NEEDS_REBOOT;
    tell_host(agent, resync);
    provi_clockwork_done(agent, resync->outcome, resync->retry_after_s);
    provi_known_keep(agent);
}

/* No memory even to begin: a failed resync like any other, retried when its time comes. */
static void fail_to_start(struct prov_agent *agent, uint32_t cause)
{
    struct provi_resync failed = {.cause = cause, .outcome = PROV_OUTCOME_FAILED};
    provi_fail_nomem(&failed.error);
    end(agent, &failed);
}

void provi_resync_start(struct prov_agent *agent, uint32_t cause)
{
    struct provi_resync *resync = provi_alloc_zero(&agent->alloc, sizeof *resync);
    if (!resync) {
        fail_to_start(agent, cause);
        return;
    }
    resync->cause = cause;
    resync->left_ms = agent->limits.resync_timeout_ms;
    resync->outcome = PROV_OUTCOME_SKIPPED;
    if (prov_cause_prvst(cause) == -1) {
        resync->wish = agent->wish;
        agent->wish = (struct provi_wish){0};
    }
    provi_dhcp_adopt(agent);
    provi_custom_ca_put_off(agent);
    provi_account_begin(agent);
    prov_str requester = provi_secret_str(&resync->wish.requester);
    resync->servers = requester.len ? requester : provi_buffer_str(&agent->dhcp.servers);
    agent->resync = resync;
    provi_operation_begin(agent, prov_cause_prvst(cause));
    agent->last_attempt_ms = provi_agent_now_ms(agent);
}

void provi_resync_cancel(struct prov_agent *agent)
{
    if (agent->resync)
        provi_fetch_cancel(&agent->resync->attempt.fetch);
}

void provi_resync_free(struct prov_agent *agent)
{
    struct provi_resync *resync = agent->resync;
    if (!resync)
        return;
    agent->resync = NULL;
    provi_facts_rest(agent->facts);
    provi_attempt_free(&resync->attempt);
    provi_wish_clear(&resync->wish, &agent->alloc);
    provi_free(&agent->alloc, resync, sizeof *resync);
}

/* A file waits for the host, and for the return of a trial that is over, or it would go with it. */
static bool may_apply(const struct prov_agent *agent)
{
    const struct provi_resync *resync = agent->resync;
    return !provi_hold_waits(agent, PROV_STAGE_APPLY) &&
           !(resync->attempt.fetch.status == PROV_OK && provi_trial_is_over(agent));
}

bool provi_resync_is_due(const struct prov_agent *agent)
{
    const struct provi_resync *resync = agent->resync;
    return resync &&
           (resync->n_started == 0 || (provi_attempt_is_due(&resync->attempt) && may_apply(agent)));
}

int64_t provi_resync_timeout_ms(const struct prov_agent *agent)
{
    return agent->resync ? provi_attempt_timeout_ms(&agent->resync->attempt) : -1;
}

/* Start the next rule; false when there is none left. */
static bool start_next(struct prov_agent *agent, struct provi_resync *resync)
{
    bool has_own_rule = resync->wish.rule.len > 0;
    if (resync->n_started == (has_own_rule ? 1 : PROVI_LEN(rule_names)))
        return false;
    bool is_first = resync->n_started == 0 && !has_own_rule;
    resync->attempt = (struct provi_attempt){
        .agent = agent,
        .choice =
            {
                .cause = resync->cause,
                .rule_name = has_own_rule ? PROVI_LIT("rule on request")
                                          : prov_str_from(rule_names[resync->n_started]),
                .text = provi_secret_str(&resync->wish.rule),
                .substitute = is_first ? provi_secret_str(&agent->dhcp.rule) : PROVI_LIT(""),
            },
        .rule_number = has_own_rule ? PROVI_NO_RULE : resync->n_started,
        .left_ms = resync->left_ms,
        .servers = resync->servers,
    };
    resync->n_started++;
    provi_attempt_start(&resync->attempt);
    return true;
}

/* The strongest of two outcomes is that of the whole: failed, applied, …, skipped. */
static enum prov_outcome stronger(enum prov_outcome a, enum prov_outcome b)
{
    static const uint8_t rank[] = {
        [PROV_OUTCOME_NONE] = 0,      [PROV_OUTCOME_SKIPPED] = 1,  [PROV_OUTCOME_FORGIVEN] = 2,
        [PROV_OUTCOME_UNCHANGED] = 3, [PROV_OUTCOME_ASSIGNED] = 4, [PROV_OUTCOME_APPLIED] = 5,
        [PROV_OUTCOME_FAILED] = 6,
    };
    return rank[a] >= rank[b] ? a : b;
}

/* Take note of how a rule ended, and forget the rule. */
static void absorb(struct provi_resync *resync)
{
    struct provi_attempt *attempt = &resync->attempt;
    resync->outcome = stronger(resync->outcome, attempt->outcome);
    resync->servers = attempt->servers;
    resync->left_ms = provi_attempt_left_ms(attempt);
    resync->needs |= attempt->needs;
    resync->n_changed += attempt->n_changed;
    if (attempt->outcome == PROV_OUTCOME_FAILED) {
        resync->error = attempt->error;
        resync->retry_after_s = attempt->fetch.retry_after_s;
    }
    provi_attempt_free(attempt);
}

void provi_resync_process(struct prov_agent *agent)
{
    struct provi_resync *resync = agent->resync;
    if (resync)
        provi_attempt_check_time(&resync->attempt);
    if (!provi_resync_is_due(agent))
        return;
    if (provi_attempt_is_due(&resync->attempt)) {
        if (resync->attempt.fetch.status == PROV_OK && !provi_hold_allows(agent, PROV_STAGE_APPLY))
            return;
        provi_attempt_end(&resync->attempt);
    }
    while (!agent->is_doomed) {
        if (resync->n_started) {
            if (resync->attempt.outcome == PROV_OUTCOME_NONE)
                return; /* its fetch is under way */
            absorb(resync);
        }
        if (resync->outcome == PROV_OUTCOME_FAILED || !start_next(agent, resync))
            break;
    }
    end(agent, resync);
    provi_resync_free(agent);
}
