/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/result.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/advice.h"
#include "common/names.h"
#include "common/terminal.h"
#include "common/text.h"

#include "problem.h"
#include "show/words.h"

enum { SHORT_TEXT_CAP = 64, TEXT_CAP = 512 };

/* Show a rule that does not parse: as written, with a caret below the place, which the agent has
 * put into its trace, and as expanded. */
static void show_fault(struct show *show, const struct prov_result *result, const prov_agent *agent)
{
    char text[TEXT_CAP];
    struct prov_agent_trace trace = {.size = sizeof trace};
    if (prov_agent_trace_get(agent, 0, &trace) == PROV_OK) {
        text_cut_line(&trace.text); /* skip the message */
        prov_str line = text_cut_line(&trace.text);
        screen_print_error(&show->screen, PLAIN, "    the rule as written:  %s",
                           text_clean(line, text, sizeof text));
        line = text_cut_line(&trace.text);
        screen_print_error(&show->screen, PLAIN, "                          %s",
                           text_clean(line, text, sizeof text));
    }
    screen_print_error(&show->screen, PLAIN, "    the rule as expanded: %s",
                       text_clean(result->text, text, sizeof text));
}

/* Whether the message is about the rule, and not about the alias map or another text. */
static bool is_in_rule(const struct prov_result *result)
{
    return result->error->status == PROV_E_SYNTAX && result->error->line &&
           text_is(result->rule, result->error->source);
}

/* A rule that is valid but probably a mistake may be the reason of a failure. */
static bool is_slip_of_rule(uint32_t kind)
{
    switch (kind) {
    case PROV_LINT_UNKNOWN_MACRO:
    case PROV_LINT_CURLY_QUOTE:
    case PROV_LINT_BRACES:
    case PROV_LINT_SEMICOLON:
    case PROV_LINT_INVISIBLE:
    case PROV_LINT_ENTITY:
    case PROV_LINT_SCHEME_AS_SERVER:
    case PROV_LINT_PLACEHOLDER: return true;
    default: return false;
    }
}

static void show_rule_slip(void *ctx, const struct prov_lint *lint)
{
    if (is_slip_of_rule(lint->kind))
        screen_print_error(&((struct show *)ctx)->screen, YELLOW,
                           "    warning: the rule as written, column %u: %s",
                           (unsigned)lint->column, lint->message);
}

static void show_rule_slips(struct show *show, prov_str rule)
{
    struct prov_param param = {.size = sizeof param};
    const struct prov_lint_listener listener = {.warn = show_rule_slip, .ctx = show};
    bool is_stored = show->store &&
                     prov_store_find(show->store, rule, PROV_LAYER_ANY, &param) == PROV_OK &&
                     param.has_value;
    prov_lint_param(prov_str_from("Profile_Rule"), is_stored ? param.value : show->resync_rule,
                    NULL, &listener);
}

static void show_failure(struct show *show, const struct prov_result *result,
                         const prov_agent *agent)
{
    char text[TEXT_CAP];
    const struct prov_error unknown = {.status = PROV_E_INVALID};
    const struct prov_error *error = result->error ? result->error : &unknown;
    const char *advice = advice_for(result);
    screen_print_error(&show->screen, RED, "  failed: %s", text_error(error, text, sizeof text));
    screen_print_error(&show->screen, PLAIN, "    %s%s%s", prov_status_text(error->status),
                       advice ? ": " : "", advice ? advice : "");
    if (result->text.len && result->error && is_in_rule(result))
        show_fault(show, result, agent);
    else if (result->text.len)
        screen_print_error(&show->screen, PLAIN, "    the rule was: %s",
                           text_clean(result->text, text, sizeof text));
    show_rule_slips(show, result->rule);
}

/* Show why a rule requests nothing, from the trace of the agent. */
static void show_conditions(struct show *show, const char *rule, const prov_agent *agent)
{
    char text[TEXT_CAP];
    struct prov_agent_trace trace = {.size = sizeof trace};
    screen_print(&show->screen, PLAIN, "%s: skipped, it is empty or none of its conditions holds",
                 rule);
    if (prov_agent_trace_get(agent, 0, &trace) != PROV_OK)
        return;
    while (trace.text.len > 0)
        screen_print(&show->screen, PLAIN, "    %s",
                     text_clean(text_cut_line(&trace.text), text, sizeof text));
}

/* Show the version of TLS, and the server's certificate. */
static void show_connection(struct show *show, const struct prov_connection *connection)
{
    char version[SHORT_TEXT_CAP], subject[SHORT_TEXT_CAP], names[TEXT_CAP], date[24] = "?";
    if (!show->is_verbose || !connection || connection->tls_version.len == 0)
        return;
    time_t end_s = (time_t)connection->not_after_s;
    struct tm end;
    if (connection->not_after_s >= 0 && gmtime_r(&end_s, &end))
        strftime(date, sizeof date, "%Y-%m-%d", &end);
    screen_print(&show->screen, DIM, "  < %s%s, certificate %s for %s, valid until %s",
                 text_clean(connection->tls_version, version, sizeof version),
                 connection->is_reused ? ", connection reused" : "",
                 text_clean(connection->cert_subject, subject, sizeof subject),
                 text_clean(connection->cert_names, names, sizeof names), date);
}

/* Show the status line of the response and its sender; of TFTP, the number of bytes. */
static void show_received(struct show *show, const struct prov_result *result)
{
    char ip[SHORT_TEXT_CAP], status[32] = "", bytes[32];
    if (!show->is_verbose || (result->code == 0 && result->bytes == 0))
        return;
    if (result->code)
        snprintf(status, sizeof status, "HTTP %d, ", (int)result->code);
    screen_print(&show->screen, DIM, "  < %s%s from %s", status,
                 words_for_bytes(result->bytes, bytes, sizeof bytes),
                 text_clean(result->server_ip, ip, sizeof ip));
}

/* Show when each stage of a transfer ended, in ms since its start. */
static void show_times(struct show *show, const struct prov_result *result)
{
    static const struct prov_connection reused = {.lookup_ms = -1, .connect_ms = -1, .tls_ms = -1};
    const struct prov_connection *connection = result->connection ? result->connection : &reused;
    const struct prov_delivery *delivery = result->delivery;
    char line[TEXT_CAP];
    size_t len = 0;
    if (!show->is_verbose || !delivery)
        return;
    const struct {
        const char *stage;
        int64_t ms;
    } times[] = {
        {"name found", connection->lookup_ms}, {"connected", connection->connect_ms},
        {"TLS", connection->tls_ms},           {"first byte", delivery->first_byte_ms},
        {"last byte", delivery->last_byte_ms}, {"committed", delivery->commit_ms},
    };
    for (size_t i = 0; i < sizeof times / sizeof times[0]; i++)
        if (times[i].ms >= 0)
            len += (size_t)snprintf(line + len, sizeof line - len, "%s%s %lld", len ? ", " : "",
                                    times[i].stage, (long long)times[i].ms);
    if (len)
        screen_print(&show->screen, DIM, "  < ms: %s", line);
}

/* The result for a file that is no profile; for profiles the number of changed parameters is
 * shown. */
static const struct {
    uint32_t job;
    const char *words;
    bool has_file; /* its name and size follow */
} successes[] = {
    {PROV_JOB_REPORT, "delivered", false},
    {PROV_JOB_CUSTOM_CA, "installed: ", true},
    {PROV_JOB_FETCH, "fetched: ", true},
    {PROV_JOB_UPGRADE, "fetched: ", true},
    {PROV_JOB_ACTIVATION, "accepted: the rule of the service is stored", false},
    {PROV_JOB_MIGRATION, "licence received: ", true},
    {PROV_JOB_RENEWAL, "renewed: the new certificate is stored", false},
};

static void show_success(struct show *show, uint32_t job, const struct prov_result *result)
{
    char file[128];
    words_for_file(result, file, sizeof file);
    if (job == PROV_JOB_FETCH && result->fetch == PROBLEM_FETCH)
        job = PROV_JOB_REPORT;
    if (job == PROV_JOB_UPGRADE && result->bytes == 0) {
        screen_print(&show->screen, GREEN, "  not fetched: the other bank holds this image");
        return;
    }
    for (size_t i = 0; i < sizeof successes / sizeof successes[0]; i++) {
        if (successes[i].job != job)
            continue;
        screen_print(&show->screen, GREEN, "  %s%s", successes[i].words,
                     successes[i].has_file ? file : "");
        return;
    }
    screen_print(&show->screen, GREEN, "  applied: %llu of %llu parameters changed (%s)",
                 (unsigned long long)result->n_changed, (unsigned long long)result->n_params, file);
}

void show_result(struct show *show, uint32_t job, const struct prov_result *result,
                 const prov_agent *agent)
{
    char file[128], rule[SHORT_TEXT_CAP];
    show_connection(show, result->connection);
    show_received(show, result);
    show_times(show, result);
    text_clean(result->rule, rule, sizeof rule);
    switch (result->outcome) {
    case PROV_OUTCOME_APPLIED: show_success(show, job, result); break;
    case PROV_OUTCOME_UNCHANGED:
        if (job == PROV_JOB_UPGRADE) {
            screen_print(&show->screen, GREEN, "  nothing to do: this image runs");
            break;
        }
        if (result->code == 304) {
            screen_print(&show->screen, GREEN, "  not modified: the phone has this file already");
            break;
        }
        screen_print(&show->screen, GREEN, "  unchanged: %llu parameters, nothing to write (%s)",
                     (unsigned long long)result->n_params,
                     words_for_file(result, file, sizeof file));
        break;
    case PROV_OUTCOME_SKIPPED:
        if (result->text.len) /* an empty rule has no line */
            show_conditions(show, rule, agent);
        break;
    case PROV_OUTCOME_ASSIGNED:
        screen_print(&show->screen, GREEN, "%s: values assigned, nothing to fetch", rule);
        break;
    case PROV_OUTCOME_FORGIVEN:
        screen_print(&show->screen, PLAIN,
                     "  no such file: no failure, since Resync_Fails_On_FNF is No");
        break;
    default: show_failure(show, result, agent); break;
    }
}

void show_resync(struct show *show, const struct prov_result *result)
{
    show->has_resynced = true;
    if (result->outcome == PROV_OUTCOME_FAILED)
        screen_print_error(&show->screen, RED, "resync failed (%s)",
                           prov_cause_name(result->cause));
    else if (result->outcome == PROV_OUTCOME_SKIPPED)
        screen_print(&show->screen, GREEN, "resync done (%s): no rule requests a file",
                     prov_cause_name(result->cause));
    else
        screen_print(&show->screen, GREEN, "resync done (%s): %s", prov_cause_name(result->cause),
                     prov_outcome_name(result->outcome));
}
