/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "common/names.h"
#include "common/phone_names.h"
#include "common/terminal.h"
#include "common/text.h"

#include "words.h"

enum {
    BAR_WIDTH = 30,
    LONG_TRANSFER = 64 * 1024, /* shorter ones are over before a bar can be read */
    SHORT_TEXT_CAP = 64,       /* of values: long ones are cut */
    TEXT_CAP = 512,
};

void show_init(struct show *show, const struct options *options)
{
    *show = (struct show){
        .is_quiet = options->is_quiet,
        .is_once = options->is_once,
        .is_terminal = terminal_is_smart(stdout),
        .has_colour = terminal_has_colour(stdout, options->answer.colour),
        .has_coloured_errors = terminal_has_colour(stderr, options->answer.colour),
    };
    /* Thousands of changes are not thousands of writes; see show_flush(). */
    setvbuf(stdout, NULL, show->is_terminal ? _IOLBF : _IOFBF, BUFSIZ);
}

void show_flush(void)
{
    fflush(stdout);
}

static void erase_bar(struct show *show)
{
    if (!show->has_bar)
        return;
    fputs("\r\033[K", stdout);
    fflush(stdout);
    show->has_bar = false;
}

static void put_line(struct show *show, FILE *out, const char *colour, const char *format,
                     va_list arguments)
{
    bool has_colour = out == stderr ? show->has_coloured_errors : show->has_colour;
    bool is_coloured = has_colour && colour[0];
    erase_bar(show);
    if (out == stderr)
        show_flush(); /* what was said before comes before */
    fputs(is_coloured ? colour : "", out);
    vfprintf(out, format, arguments);
    fputs(is_coloured ? RESET "\n" : "\n", out);
}

/* One line about what goes well. */
__attribute__((format(printf, 3, 4))) static void say(struct show *show, const char *colour,
                                                      const char *format, ...)
{
    va_list arguments;
    if (show->is_quiet)
        return;
    va_start(arguments, format);
    put_line(show, stdout, colour, format, arguments);
    va_end(arguments);
}

/* One line about what does not. */
__attribute__((format(printf, 3, 4))) static void blame(struct show *show, const char *colour,
                                                        const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    put_line(show, stderr, colour, format, arguments);
    va_end(arguments);
}

static const char *clean_error(const struct prov_error *error, char *buf, size_t cap)
{
    char line[TEXT_CAP];
    prov_error_format(error, line, sizeof line);
    return text_clean(prov_str_from(line), buf, cap);
}

static void show_log(struct show *show, const struct prov_log_entry *entry)
{
    char text[TEXT_CAP], error[TEXT_CAP];
    text_clean(entry->text, text, sizeof text);
    if (entry->error)
        blame(show, YELLOW, "warning: %s: %s", text,
              clean_error(entry->error, error, sizeof error));
    else
        say(show, DIM, "log: %s", text);
}

static void show_request(struct show *show, const struct prov_progress *progress)
{
    char rule[SHORT_TEXT_CAP], url[TEXT_CAP];
    say(show, BOLD, "%s: %s", text_clean(progress->rule, rule, sizeof rule),
        text_clean(progress->url, url, sizeof url));
}

static void draw_bar(const struct prov_progress *progress)
{
    char bytes[32], total[32], bar[BAR_WIDTH + 1];
    words_for_bytes(progress->bytes, bytes, sizeof bytes);
    if (progress->total <= 0) {
        printf("\r  %s\033[K", bytes);
        return;
    }
    uint64_t whole = (uint64_t)progress->total;
    uint64_t done = progress->bytes < whole ? progress->bytes : whole;
    memset(bar, '.', BAR_WIDTH);
    memset(bar, '#', (size_t)(done * BAR_WIDTH / whole));
    bar[BAR_WIDTH] = '\0';
    printf("\r  [%s] %3u %%  %s of %s\033[K", bar, (unsigned)(done * 100 / whole), bytes,
           words_for_bytes(whole, total, sizeof total));
}

/* A bar only on a terminal, only for what takes a while, drawn anew only when it has moved. */
static void show_progress(struct show *show, const struct prov_progress *progress)
{
    uint64_t whole = progress->total > 0 ? (uint64_t)progress->total : 0;
    uint64_t step = whole ? progress->bytes * 100 / whole : progress->bytes / LONG_TRANSFER;
    bool is_long = whole > LONG_TRANSFER || progress->bytes > LONG_TRANSFER;
    if (!show->is_terminal || show->is_quiet || !is_long)
        return;
    if (show->has_bar && step == show->bar_step)
        return;
    draw_bar(progress);
    fflush(stdout);
    show->has_bar = true;
    show->bar_step = step;
}

static void show_warning(struct show *show, const struct prov_warning *warning)
{
    char name[SHORT_TEXT_CAP], why[TEXT_CAP] = "", line[32] = "";
    if (warning->line)
        snprintf(line, sizeof line, "line %u: ", (unsigned)warning->line);
    if (warning->error && warning->error->message[0])
        text_clean(prov_str_from(warning->error->message), why, sizeof why);
    blame(show, YELLOW, "  warning: %s%s%s%s%s%s", line,
          text_clean(warning->name, name, sizeof name), warning->name.len ? ": " : "",
          words_for_warning(warning->kind), why[0] ? "; " : "", why);
}

/* A name that nothing reads, set in place of one that counts. */
static void show_slip(struct show *show, const struct prov_change *change)
{
    char name[SHORT_TEXT_CAP], meant[PARAMETER_NAME_CAP];
    if (phone_name_is_slip(change->name, meant))
        blame(show, YELLOW, "  warning: %s: no parameter is known by this name; is %s meant?",
              text_clean(change->name, name, sizeof name), meant);
}

/* A value that is valid, but hardly meant: `{{mac}}`, `http//h`. */
struct value_slip {
    struct show *show;
    const char *name;
};

static void show_value_slip(void *ctx, const struct prov_lint *lint)
{
    const struct value_slip *slip = ctx;
    if (lint->kind != PROV_LINT_NOT_HHMM) /* the agent itself warns of that */
        blame(slip->show, YELLOW, "  warning: %s, column %u: %s", slip->name,
              (unsigned)lint->column, lint->message);
}

static void show_change(struct show *show, const struct prov_change *change)
{
    char name[SHORT_TEXT_CAP], old_value[SHORT_TEXT_CAP], new_value[SHORT_TEXT_CAP], ua[16] = "";
    text_clean(change->name, name, sizeof name);
    if (change->access)
        snprintf(ua, sizeof ua, " (%s)", prov_access_name(change->access));
    if (change->is_secret)
        say(show, GREEN, "  %s: changed, a secret%s", name, ua);
    else
        say(show, GREEN, "  %s: \"%s\" -> \"%s\"%s", name,
            text_clean(change->old_value, old_value, sizeof old_value),
            text_clean(change->new_value, new_value, sizeof new_value), ua);
    show_slip(show, change);
    struct value_slip slip = {show, name};
    const struct prov_lint_listener listener = {.warn = show_value_slip, .ctx = &slip};
    prov_lint_param(change->name, change->new_value, NULL, &listener);
}

/* `1.2 KiB, aes-256-cbc (sha256), gzip` */
static const char *describe_file(const struct prov_result *result, char *buf, size_t cap)
{
    size_t len = strlen(words_for_bytes(result->bytes, buf, cap));
    const char *layer;
    for (size_t i = 0; (layer = name_of_encoding(result->encodings, i)) && len < cap; i++)
        len += (size_t)snprintf(buf + len, cap - len, ", %s", layer);
    if (result->derivation && len < cap)
        snprintf(buf + len, cap - len, ", key by %s", prov_derivation_name(result->derivation));
    return buf;
}

/* Cut the next line off the front of a text. */
static prov_str take_line(prov_str *text)
{
    const char *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    size_t len = end ? (size_t)(end - text->data) : text->len;
    prov_str line = {text->data, len};
    text->data += end ? len + 1 : len;
    text->len -= end ? len + 1 : len;
    return line;
}

/* A rule that does not parse: as written, with a caret under the place, which the agent has drawn
 * for its trace, and as expanded. */
static void show_fault(struct show *show, const struct prov_result *result, const prov_agent *agent)
{
    char text[TEXT_CAP];
    struct prov_agent_trace trace = {.size = sizeof trace};
    if (prov_agent_trace_get(agent, 0, &trace) == PROV_OK) {
        take_line(&trace.text); /* the message */
        prov_str line = take_line(&trace.text);
        blame(show, PLAIN, "    the rule as written:  %s", text_clean(line, text, sizeof text));
        line = take_line(&trace.text);
        blame(show, PLAIN, "                          %s", text_clean(line, text, sizeof text));
    }
    blame(show, PLAIN, "    the rule as expanded: %s", text_clean(result->text, text, sizeof text));
}

/* Whether the message points into the rule, and not into the alias map, say. */
static bool is_in_rule(const struct prov_result *result)
{
    prov_str source = prov_str_from(result->error->source);
    return result->error->status == PROV_E_SYNTAX && result->error->line &&
           source.len == result->rule.len &&
           memcmp(source.data, result->rule.data, source.len) == 0;
}

/* What is valid in a rule, but hardly meant, may well be why it failed. */
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
        blame(ctx, YELLOW, "    warning: the rule as written, column %u: %s",
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
    blame(show, RED, "  failed: %s", clean_error(error, text, sizeof text));
    blame(show, PLAIN, "    %s%s%s", prov_status_text(error->status), advice ? ": " : "",
          advice ? advice : "");
    if (result->text.len && result->error && is_in_rule(result))
        show_fault(show, result, agent);
    else if (result->text.len)
        blame(show, PLAIN, "    the rule was: %s", text_clean(result->text, text, sizeof text));
    show_rule_slips(show, result->rule);
}

/* Why a rule asks for nothing, as the agent remembers it. */
static void show_conditions(struct show *show, const char *rule, const prov_agent *agent)
{
    char text[TEXT_CAP];
    struct prov_agent_trace trace = {.size = sizeof trace};
    say(show, PLAIN, "%s: skipped, it is empty or none of its conditions holds", rule);
    if (prov_agent_trace_get(agent, 0, &trace) != PROV_OK)
        return;
    while (trace.text.len > 0)
        say(show, PLAIN, "    %s", text_clean(take_line(&trace.text), text, sizeof text));
}

/* The version of TLS, and the server's certificate. */
static void show_connection(struct show *show, const struct prov_connection *connection)
{
    char version[SHORT_TEXT_CAP], subject[SHORT_TEXT_CAP], names[TEXT_CAP], date[24] = "?";
    if (!show->is_verbose || !connection || connection->tls_version.len == 0)
        return;
    time_t end_s = (time_t)connection->not_after_s;
    struct tm end;
    if (connection->not_after_s >= 0 && gmtime_r(&end_s, &end))
        strftime(date, sizeof date, "%Y-%m-%d", &end);
    say(show, DIM, "  < %s%s, certificate %s for %s, valid until %s",
        text_clean(connection->tls_version, version, sizeof version),
        connection->is_reused ? ", connection reused" : "",
        text_clean(connection->cert_subject, subject, sizeof subject),
        text_clean(connection->cert_names, names, sizeof names), date);
}

/* The status line that came back, and from where; of TFTP how much. */
static void show_received(struct show *show, const struct prov_result *result)
{
    char ip[SHORT_TEXT_CAP], status[32] = "", bytes[32];
    if (!show->is_verbose || (result->code == 0 && result->bytes == 0))
        return;
    if (result->code)
        snprintf(status, sizeof status, "HTTP %d, ", (int)result->code);
    say(show, DIM, "  < %s%s from %s", status, words_for_bytes(result->bytes, bytes, sizeof bytes),
        text_clean(result->server_ip, ip, sizeof ip));
}

/* When the stages of a transfer were over, in ms since its start. */
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
        say(show, DIM, "  < ms: %s", line);
}

static void show_result(struct show *show, const struct prov_result *result,
                        const prov_agent *agent)
{
    char file[128], rule[SHORT_TEXT_CAP];
    show_connection(show, result->connection);
    show_received(show, result);
    show_times(show, result);
    unsigned long long n_params = result->n_params, n_changed = result->n_changed;
    text_clean(result->rule, rule, sizeof rule);
    switch (result->outcome) {
    case PROV_OUTCOME_APPLIED:
        if (result->fetch) {
            say(show, GREEN, "  fetched: %s", describe_file(result, file, sizeof file));
            break;
        }
        say(show, GREEN, "  applied: %llu of %llu parameters changed (%s)", n_changed, n_params,
            describe_file(result, file, sizeof file));
        break;
    case PROV_OUTCOME_UNCHANGED:
        if (result->code == 304) {
            say(show, GREEN, "  not modified: the server has what the phone has");
            break;
        }
        say(show, GREEN, "  unchanged: %llu parameters, nothing to write (%s)", n_params,
            describe_file(result, file, sizeof file));
        break;
    case PROV_OUTCOME_SKIPPED:
        if (result->text.len) /* an empty rule is not worth a line */
            show_conditions(show, rule, agent);
        break;
    case PROV_OUTCOME_ASSIGNED:
        say(show, GREEN, "%s: values assigned, nothing to fetch", rule);
        break;
    case PROV_OUTCOME_FORGIVEN:
        say(show, PLAIN, "  no such file; that is fine, Resync_Fails_On_FNF is No");
        break;
    default: show_failure(show, result, agent); break;
    }
}

static void show_resync(struct show *show, const struct prov_result *result)
{
    show->has_resynced = true;
    if (result->outcome == PROV_OUTCOME_FAILED)
        blame(show, RED, "resync failed (%s)", prov_cause_name(result->cause));
    else if (result->outcome == PROV_OUTCOME_SKIPPED)
        say(show, GREEN, "resync done (%s): no rule asks for anything",
            prov_cause_name(result->cause));
    else
        say(show, GREEN, "resync done (%s): %s", prov_cause_name(result->cause),
            prov_outcome_name(result->outcome));
}

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

static void show_schedule(struct show *show, const struct prov_schedule *schedule)
{
    char wait[48], cause[48];
    const char *condition = show->is_once ? "next, without --once: " : "next: ";
    const char *why = words_for_why(schedule->why);
    if (schedule->why == PROV_WHY_RUNNING || (show->is_once && !show->has_resynced))
        return;
    const char *what = describe_cause(schedule, cause, sizeof cause);
    if (schedule->cause == PROV_CAUSE_NONE)
        say(show, PLAIN, "%snothing, %s", condition, why);
    else if (schedule->in_ms < 0)
        say(show, PLAIN, "%s%s, %s", condition, what, why);
    else
        say(show, PLAIN, "%s%s, in %s%s%s%s", condition, what,
            words_for_wait(schedule->in_ms, wait, sizeof wait), why[0] ? ": " : "", why,
            show->has_odd_time ? " (Resync_At__HHmm_ is not HHmm and is ignored)" : "");
}

static void show_unconfirmed(struct show *show, const struct prov_unconfirmed *unconfirmed)
{
    char wait[48];
    if (show->is_once)
        say(show, YELLOW, "unconfirmed: without --confirm the next start rolls back");
    else
        say(show, YELLOW,
            "unconfirmed: confirm within %s (kill -USR2 %ld), or the old values come back",
            words_for_wait(unconfirmed->in_ms, wait, sizeof wait), (long)getpid());
}

static void show_return(struct show *show, const struct prov_rolled_back *rollback)
{
    char error[TEXT_CAP];
    const char *why =
        rollback->why == PROV_ROLLBACK_BOOT ? "the phone started anew" : "nobody confirmed in time";
    if (rollback->error)
        blame(show, RED,
              "not confirmed, but the old values cannot be written: %s; "
              "this is tried again each minute",
              clean_error(rollback->error, error, sizeof error));
    else
        blame(show, YELLOW,
              "rolled back, %s: %llu %s as before; what the server sent is refused until "
              "one of its values changes",
              why, (unsigned long long)rollback->n_changed,
              rollback->n_changed == 1 ? "parameter is" : "parameters are");
}

static void show_question(struct show *show)
{
    static const char *const words[] = {
        [SHOW_NO_ACCOUNT] = "give them with --account USER:PASSWORD, or in the rule by --uid",
        [SHOW_ACCOUNT_ANSWERS] = "--account answers",
        [SHOW_ACCOUNT_REFUSED] = "it does not accept those of --account",
    };
    blame(show, YELLOW, "  the server asks for a user name and a password: %s",
          words[show->account]);
}

static void show_deferral(struct show *show, const struct prov_deferral *deferral)
{
    static const char *const stages[] = {
        [PROV_STAGE_FETCH] = "the resync",
        [PROV_STAGE_APPLY] = "applying the file",
        [PROV_STAGE_REBOOT] = "the reboot",
        [PROV_STAGE_ROLLBACK] = "the return of the old values",
    };
    char wait[48], at_most[48];
    say(show, PLAIN, "%s has to wait: the phone is asked again in %s, for %s at most",
        lookup_name(stages, sizeof stages / sizeof stages[0], deferral->stage),
        words_for_wait(deferral->in_ms, wait, sizeof wait),
        words_for_wait(deferral->at_most_ms, at_most, sizeof at_most));
}

static void note_lint(void *ctx, const struct prov_lint *lint)
{
    struct show *show = ctx;
    show->has_odd_time = show->has_odd_time || lint->kind == PROV_LINT_NOT_HHMM;
}

/* Whether Resync_At__HHmm_ is a time: the agent warns when it is none, and says when it changes. */
static void note_odd_time(struct show *show, const struct prov_event *event)
{
    static const char name[] = "Resync_At__HHmm_";
    const struct prov_lint_listener listener = {.warn = note_lint, .ctx = show};
    const struct prov_change *change = event->as.change;
    if (event->type == PROV_EVENT_WARNING && event->as.warning->kind == PROV_WARN_NOT_HHMM)
        show->has_odd_time = true;
    if (event->type != PROV_EVENT_CHANGED || change->name.len != sizeof name - 1 ||
        memcmp(change->name.data, name, sizeof name - 1) != 0)
        return;
    show->has_odd_time = false;
    prov_lint_param(change->name, change->new_value, NULL, &listener);
}

void show_event(struct show *show, const struct prov_event *event, const prov_agent *agent)
{
    note_odd_time(show, event);
    switch (event->type) {
    case PROV_EVENT_LOG: show_log(show, event->as.log); break;
    case PROV_EVENT_REQUEST: show_request(show, event->as.progress); break;
    case PROV_EVENT_PROGRESS: show_progress(show, event->as.progress); break;
    case PROV_EVENT_WARNING: show_warning(show, event->as.warning); break;
    case PROV_EVENT_CHANGED: show_change(show, event->as.change); break;
    case PROV_EVENT_RESULT: show_result(show, event->as.result, agent); break;
    case PROV_EVENT_RESYNC: show_resync(show, event->as.result); break;
    case PROV_EVENT_SCHEDULED: show_schedule(show, event->as.schedule); break;
    case PROV_EVENT_CREDENTIALS_WANTED: show_question(show); break;
    case PROV_EVENT_REBOOT_WANTED:
        say(show, PLAIN, "a changed parameter takes effect after a reboot");
        break;
    case PROV_EVENT_UNCONFIRMED: show_unconfirmed(show, event->as.unconfirmed); break;
    case PROV_EVENT_CONFIRMED: say(show, GREEN, "confirmed: the new values stay"); break;
    case PROV_EVENT_ROLLED_BACK: show_return(show, event->as.rollback); break;
    case PROV_EVENT_DEFERRED: show_deferral(show, event->as.deferral); break;
    default: break; /* of a later release */
    }
}

void show_sent(struct show *show, const char *line)
{
    say(show, DIM, "  > %s", line);
}

void show_note(struct show *show, const char *note)
{
    say(show, PLAIN, "%s", note);
}
