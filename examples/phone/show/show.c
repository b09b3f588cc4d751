/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/show.h"

#include <stdio.h>

#include "common/names.h"
#include "common/phone_names.h"
#include "common/terminal.h"
#include "common/text.h"

#include "contact.h"
#include "show/next.h"
#include "show/result.h"
#include "show/words.h"

enum { SHORT_TEXT_CAP = 64, TEXT_CAP = 512 }; /* longer values are cut */

void show_init(struct show *show, const struct options *options, const char *name)
{
    *show = (struct show){.is_once = options->is_once, .is_verbose = options->is_verbose};
    screen_init(&show->screen, name, options->is_quiet, options->answer.colour);
}

static void show_log(struct show *show, const struct prov_log_entry *entry)
{
    char text[TEXT_CAP], error[TEXT_CAP];
    text_clean(entry->text, text, sizeof text);
    if (entry->error)
        screen_print_error(&show->screen, YELLOW, "warning: %s: %s", text,
                           text_error(entry->error, error, sizeof error));
    else
        screen_print(&show->screen, DIM, "log: %s", text);
}

static void show_request(struct show *show, const struct prov_progress *progress)
{
    char rule[SHORT_TEXT_CAP], url[TEXT_CAP];
    screen_print(&show->screen, BOLD, "%s: %s", text_clean(progress->rule, rule, sizeof rule),
                 text_clean(progress->url, url, sizeof url));
}

static void show_warning(struct show *show, const struct prov_warning *warning)
{
    char name[SHORT_TEXT_CAP], why[TEXT_CAP] = "", line[32] = "";
    if (warning->line)
        snprintf(line, sizeof line, "line %u: ", (unsigned)warning->line);
    if (warning->error && warning->error->message[0])
        text_clean(prov_str_from(warning->error->message), why, sizeof why);
    screen_print_error(&show->screen, YELLOW, "  warning: %s%s%s%s%s%s", line,
                       text_clean(warning->name, name, sizeof name), warning->name.len ? ": " : "",
                       words_for_warning(warning->kind), why[0] ? "; " : "", why);
}

/* Show a name that is not read, and is probably a misspelt parameter. */
static void show_slip(struct show *show, const struct prov_change *change)
{
    char name[SHORT_TEXT_CAP], meant[PARAMETER_NAME_CAP];
    if (phone_name_is_slip(change->name, meant))
        screen_print_error(&show->screen, YELLOW,
                           "  warning: %s: there is no parameter of this name; is %s meant?",
                           text_clean(change->name, name, sizeof name), meant);
}

/* A value that is valid but probably a mistake: `{{mac}}`, `http//h`. */
struct value_slip {
    struct show *show;
    const char *name;
};

static void show_value_slip(void *ctx, const struct prov_lint *lint)
{
    const struct value_slip *slip = ctx;
    if (lint->kind != PROV_LINT_NOT_HHMM) /* the agent warns of that itself */
        screen_print_error(&slip->show->screen, YELLOW, "  warning: %s, column %u: %s", slip->name,
                           (unsigned)lint->column, lint->message);
}

static void show_change(struct show *show, const struct prov_change *change)
{
    char name[SHORT_TEXT_CAP], old_value[SHORT_TEXT_CAP], new_value[SHORT_TEXT_CAP], ua[16] = "";
    text_clean(change->name, name, sizeof name);
    if (change->access)
        snprintf(ua, sizeof ua, " (%s)", prov_access_name(change->access));
    if (change->is_secret)
        screen_print(&show->screen, GREEN, "  %s: changed, a secret%s", name, ua);
    else
        screen_print(&show->screen, GREEN, "  %s: \"%s\" -> \"%s\"%s", name,
                     text_clean(change->old_value, old_value, sizeof old_value),
                     text_clean(change->new_value, new_value, sizeof new_value), ua);
    show_slip(show, change);
    struct value_slip slip = {show, name};
    const struct prov_lint_listener listener = {.warn = show_value_slip, .ctx = &slip};
    prov_lint_param(change->name, change->new_value, NULL, &listener);
}

static void show_question(struct show *show)
{
    static const char *const words[] = {
        [SHOW_NO_ACCOUNT] = "give them with --account USER:PASSWORD, or in the rule by --uid",
        [SHOW_ACCOUNT_ANSWERS] = "--account answers",
        [SHOW_ACCOUNT_REFUSED] = "it does not accept those of --account",
    };
    screen_print_error(&show->screen, YELLOW,
                       "  the server asks for a user name and a password: %s",
                       words[show->account]);
}

void show_event(struct show *show, const struct prov_event *event, const prov_agent *agent)
{
    show_record_odd_time(show, event);
    switch (event->type) {
    case PROV_EVENT_LOG: show_log(show, event->as.log); break;
    case PROV_EVENT_REQUEST: show_request(show, event->as.progress); break;
    case PROV_EVENT_PROGRESS: screen_bar(&show->screen, event->as.progress); break;
    case PROV_EVENT_WARNING: show_warning(show, event->as.warning); break;
    case PROV_EVENT_CHANGED: show_change(show, event->as.change); break;
    case PROV_EVENT_RESULT: show_result(show, event->job, event->as.result, agent); break;
    case PROV_EVENT_RESYNC: show_resync(show, event->as.result); break;
    case PROV_EVENT_SCHEDULED: show_schedule(show, event->as.schedule); break;
    case PROV_EVENT_CREDENTIALS_WANTED: show_question(show); break;
    case PROV_EVENT_REBOOT_WANTED:
        screen_print(&show->screen, PLAIN, "%s",
                     event->as.reboot->cause == PROV_CAUSE_NONE
                         ? "a changed parameter takes effect after a reboot"
                         : "a reboot is due");
        break;
    case PROV_EVENT_UNCONFIRMED: show_unconfirmed(show, event->as.unconfirmed); break;
    case PROV_EVENT_CONFIRMED:
        screen_print(&show->screen, GREEN, "confirmed: the new values stay");
        break;
    case PROV_EVENT_ROLLED_BACK: show_rolled_back(show, event->as.rollback); break;
    case PROV_EVENT_UPGRADE: show_upgrade(show, event->as.upgrade); break;
    case PROV_EVENT_ACTIVATION: contact_show_event(show, event->as.activation); break;
    case PROV_EVENT_DEFERRED: show_deferral(show, event->as.deferral); break;
    default: break; /* a kind of a later release */
    }
}

void show_sent(struct show *show, const char *line)
{
    screen_print(&show->screen, DIM, "  > %s", line);
}

void show_note(struct show *show, const char *note)
{
    screen_print(&show->screen, PLAIN, "%s", note);
}
