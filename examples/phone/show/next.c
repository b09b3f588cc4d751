/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/next.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/names.h"
#include "common/terminal.h"
#include "common/text.h"

#include "show/words.h"

enum { WORD_CAP = 48, TEXT_CAP = 512 };

/* "retry 3 of 12", "periodic". */
static const char *describe_cause(const struct prov_schedule *schedule, char *buf, size_t cap)
{
    if (!schedule->retry)
        return prov_cause_name(schedule->cause);
    if (schedule->retry > schedule->n_retries)
        snprintf(buf, cap, "retry %u, past the list of %u", (unsigned)schedule->retry,
                 (unsigned)schedule->n_retries);
    else
        snprintf(buf, cap, "retry %u of %u", (unsigned)schedule->retry,
                 (unsigned)schedule->n_retries);
    return buf;
}

void show_schedule(struct show *show, const struct prov_schedule *schedule)
{
    char wait[WORD_CAP], cause[WORD_CAP];
    const char *condition = show->is_once ? "next, without --once: " : "next: ";
    const char *why = words_for_why(schedule->why);
    if (schedule->why == PROV_WHY_RUNNING || (show->is_once && !show->has_resynced))
        return;
    const char *what = describe_cause(schedule, cause, sizeof cause);
    if (schedule->cause == PROV_CAUSE_NONE)
        screen_print(&show->screen, PLAIN, "%snothing, %s", condition, why);
    else if (schedule->in_ms < 0)
        screen_print(&show->screen, PLAIN, "%s%s, %s", condition, what, why);
    else
        screen_print(&show->screen, PLAIN, "%s%s, in %s%s%s%s", condition, what,
                     words_for_wait(schedule->in_ms, wait, sizeof wait), why[0] ? ": " : "", why,
                     show->has_odd_time ? " (Resync_At__HHmm_ is not HHmm and is ignored)" : "");
}

void show_unconfirmed(struct show *show, const struct prov_unconfirmed *unconfirmed)
{
    char wait[WORD_CAP];
    if (show->is_once)
        screen_print(&show->screen, YELLOW,
                     "unconfirmed: without --confirm the next start rolls back");
    else
        screen_print(
            &show->screen, YELLOW,
            "unconfirmed: confirm within %s (kill -USR2 %ld), or the old values are restored",
            words_for_wait(unconfirmed->in_ms, wait, sizeof wait), (long)getpid());
}

void show_rolled_back(struct show *show, const struct prov_rolled_back *rollback)
{
    char error[TEXT_CAP];
    const char *why =
        rollback->why == PROV_ROLLBACK_BOOT ? "the phone restarted" : "no confirmation in time";
    if (rollback->error)
        screen_print_error(&show->screen, RED,
                           "not confirmed, but the old values cannot be written: %s; "
                           "this is tried again each minute",
                           text_error(rollback->error, error, sizeof error));
    else
        screen_print_error(&show->screen, YELLOW,
                           "rolled back, %s: %llu %s as before; the values are refused until "
                           "one of them changes",
                           why, (unsigned long long)rollback->n_changed,
                           rollback->n_changed == 1 ? "parameter is" : "parameters are");
}

void show_upgrade(struct show *show, const struct prov_upgrade *upgrade)
{
    char wait[WORD_CAP], load[TEXT_CAP], err[TEXT_CAP];
    text_clean(upgrade->load, load, sizeof load);
    text_clean(upgrade->err, err, sizeof err);
    switch (upgrade->step) {
    case PROV_UPGRADE_INSTALLED:
        screen_print(&show->screen, GREEN, "upgrade: %s is installed and boots next", load);
        break;
    case PROV_UPGRADE_TESTING:
        screen_print(
            &show->screen, YELLOW,
            "upgrade: %s runs; confirm it within %s (kill -USR2 %ld), or the image before it "
            "boots again",
            load, words_for_wait(upgrade->in_ms, wait, sizeof wait), (long)getpid());
        break;
    case PROV_UPGRADE_SUCCEEDED:
        screen_print(&show->screen, GREEN, "upgrade done: %s runs", load);
        break;
    case PROV_UPGRADE_FAILED:
        screen_print_error(&show->screen, RED, "upgrade failed: %s%s", err,
                           upgrade->n_failed_boots >= 3
                               ? "; it is not tried again until Upgrade_Rule or the image changes"
                               : "");
        break;
    default: break;
    }
}

void show_deferral(struct show *show, const struct prov_deferral *deferral)
{
    static const char *const stages[] = {
        [PROV_STAGE_FETCH] = "the resync",
        [PROV_STAGE_APPLY] = "applying the file",
        [PROV_STAGE_REBOOT] = "the reboot",
        [PROV_STAGE_ROLLBACK] = "the rollback",
    };
    char wait[WORD_CAP], at_most[WORD_CAP];
    screen_print(&show->screen, PLAIN,
                 "%s has to wait: the phone is asked again in %s, for %s at most",
                 lookup_name(stages, sizeof stages / sizeof stages[0], deferral->stage),
                 words_for_wait(deferral->in_ms, wait, sizeof wait),
                 words_for_wait(deferral->at_most_ms, at_most, sizeof at_most));
}

static void record_lint(void *ctx, const struct prov_lint *lint)
{
    struct show *show = ctx;
    show->has_odd_time = show->has_odd_time || lint->kind == PROV_LINT_NOT_HHMM;
}

/* Record whether Resync_At__HHmm_ is a time: the agent warns if it is not, and reports when it
 * changes. */
void show_record_odd_time(struct show *show, const struct prov_event *event)
{
    const struct prov_lint_listener listener = {.warn = record_lint, .ctx = show};
    const struct prov_change *change = event->as.change;
    if (event->type == PROV_EVENT_WARNING && event->as.warning->kind == PROV_WARN_NOT_HHMM)
        show->has_odd_time = true;
    if (event->type != PROV_EVENT_CHANGED || !text_is(change->name, "Resync_At__HHmm_"))
        return;
    show->has_odd_time = false;
    prov_lint_param(change->name, change->new_value, NULL, &listener);
}
