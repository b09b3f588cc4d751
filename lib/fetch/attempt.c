/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/attempt.h"

#include <stdio.h>

#include "base/error.h"
#include "base/str.h"
#include "fetch/fetcher.h"
#include "fetch/operation.h"
#include "macro/vars.h"

void provi_attempt_result(struct provi_attempt *attempt, struct prov_result *result)
{
    struct prov_decode_result decoded;
    provi_fetch_decoded(&attempt->fetch, &decoded);
    *result = (struct prov_result){
        .size = sizeof *result,
        .cause = attempt->choice.cause,
        .outcome = attempt->outcome,
        .rule = attempt->choice.rule_name,
        .alternative = attempt->choice.alternative,
        .text = provi_buffer_str(&attempt->choice.masked),
        .url = provi_buffer_str(&attempt->fetch.shown_url),
        .server_ip = prov_str_from(attempt->fetch.server_ip),
        .code = attempt->fetch.code,
        .bytes = attempt->fetch.n_bytes,
        .total = attempt->fetch.fetcher ? attempt->fetch.total : -1,
        .encodings = decoded.encodings,
        .derivation = decoded.derivation,
        .n_params = attempt->apply.n_params,
        .n_changed = attempt->apply.n_changed,
        .needs = attempt->needs,
        .credentials = attempt->error.status == PROV_E_AUTH
                           ? provi_account_kind(attempt->fetcher->env)
                           : PROV_CREDENTIALS_NONE,
        .n_warnings = attempt->apply.n_warnings,
        .mono_ms = provi_env_host_moment(attempt->fetcher->env, attempt->end_ms),
        .wall_s = attempt->end_wall_s,
        .duration_ms = attempt->end_ms - attempt->start_ms,
        .fetch = attempt->content && attempt->content->extra ? attempt->content->extra->id : 0,
        .offset = attempt->fetch.offset,
        .error = attempt->error.status != PROV_OK ? &attempt->error : NULL,
        .delivery = provi_fetch_delivery(&attempt->fetch),
        .connection = attempt->fetch.connection ? &attempt->fetch.connection->facts : NULL,
    };
}

static void report_result(struct provi_attempt *attempt)
{
    struct prov_result result;
    provi_attempt_result(attempt, &result);
    provi_env_event(attempt->fetcher->env, (struct prov_event){
                                               .type = PROV_EVENT_RESULT,
                                               .job = attempt->job,
                                               .as.result = &result,
                                           });
}

/* The result is logged if the request was; without a request, only a failure is logged. */
static void log_result(struct provi_attempt *attempt)
{
    bool asked = attempt->fetch.is_announced;
    bool failed = attempt->outcome == PROV_OUTCOME_FAILED;
    if (!asked && !failed)
        return;
    if (attempt->refusal.len)
        snprintf(attempt->err_text, sizeof attempt->err_text, "%s", attempt->refusal.data);
    else if (failed)
        provi_err_text(&attempt->error, asked ? &attempt->fetch.request.request : NULL,
                       attempt->err_text, sizeof attempt->err_text);
    provi_macro_vars_set_err(attempt->fetcher->env->macro_vars, prov_str_from(attempt->err_text));
    provi_log_end(attempt->fetcher, attempt->job, attempt->messages, failed);
    provi_macro_vars_set_err(attempt->fetcher->env->macro_vars, PROVI_LIT(""));
}

/* Without the query: a line and column after it would look like a part of it. */
static prov_str source_of(const struct provi_attempt *attempt)
{
    prov_str url = provi_buffer_str(&attempt->fetch.shown_url);
    if (url.len == 0)
        return attempt->choice.rule_name;
    if (attempt->error.line)
        url.len = provi_str_find(url, '?');
    return url;
}

static void conclude(struct provi_attempt *attempt, enum prov_outcome outcome)
{
    attempt->outcome = outcome;
    attempt->end_ms = provi_env_now_ms(attempt->fetcher->env);
    attempt->end_wall_s = provi_env_wall_s(attempt->fetcher->env);
    if (attempt->fetch.is_content_bad && !provi_is_own_failure(attempt->error.status))
        provi_error_flags(&attempt->error, PROV_ERROR_CONTENT);
    if (outcome == PROV_OUTCOME_FAILED)
        provi_error_source(&attempt->error, source_of(attempt));
    report_result(attempt);
    log_result(attempt);
}

/* A failed attempt always has an error record. */
static void fail(struct provi_attempt *attempt, prov_status status)
{
    if (attempt->error.status != status)
        provi_fail(&attempt->error, status, "%s", prov_status_text(status));
    conclude(attempt, PROV_OUTCOME_FAILED);
}

static void count(struct provi_attempt *attempt, const struct provi_apply *apply)
{
    attempt->n_changed += apply->n_changed;
    attempt->needs |= apply->needs;
}

/* Assignments are performed before the download, and kept even if it fails. */
static prov_status assign(struct provi_attempt *attempt)
{
    size_t n = prov_rule_n_assignments(attempt->choice.rule, (size_t)attempt->choice.alternative);
    struct provi_apply apply;
    provi_apply_init(&apply, attempt->fetcher, attempt->job, attempt->choice.rule_name);
    prov_status status = PROV_OK;
    for (size_t i = 0; i < n && status == PROV_OK; i++) {
        struct prov_rule_assignment assignment;
        prov_rule_assignment_get(attempt->choice.rule, (size_t)attempt->choice.alternative, i,
                                 &assignment);
        status = provi_apply_assign(&apply, assignment.name, assignment.value, &attempt->error);
    }
    if (status == PROV_OK && n)
        status = provi_apply_commit(&apply, &attempt->error);
    count(attempt, &apply);
    provi_apply_free(&apply);
    return status;
}

static prov_status open_parser(struct provi_attempt *attempt, char alias, bool has_key)
{
    struct provi_env *env = attempt->fetcher->env;
    struct provi_buffer alias_map;
    provi_buffer_init(&alias_map, env->limits.max_rule_bytes, true);
    prov_status status = PROV_OK;
    char name[] = "GPP_?";
    if (alias) {
        name[4] = (char)(alias - 'a' + 'A');
        status = provi_param_read_all(env, name, &alias_map, &attempt->error);
    }
    attempt->empty_map = alias_map.len == 0 && alias ? name[4] : '\0';
    provi_apply_init(&attempt->apply, attempt->fetcher, attempt->job, attempt->choice.rule_name);
    if (status == PROV_OK)
        status = provi_apply_parser(&attempt->apply, provi_buffer_str(&alias_map), has_key,
                                    &attempt->parser, &attempt->error);
    if (status == PROV_E_SYNTAX)
        provi_error_source(&attempt->error, prov_str_from(name)); /* the place in the alias map */
    provi_buffer_free(&alias_map, &env->alloc);
    attempt->fetch.next = prov_profile_parser_sink(attempt->parser);
    return status;
}

static prov_status begin_file(struct provi_attempt *attempt, struct prov_error *err)
{
    const struct provi_content *content = attempt->content;
    if (attempt->has_begun_file || !content->begin_file)
        return PROV_OK;
    attempt->has_begun_file = true;
    return content->begin_file(content->sink.ctx, attempt->fetch.offset, err);
}

static prov_status write_content(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct provi_attempt *attempt = ctx;
    const struct prov_sink *sink = &attempt->content->sink;
    prov_status status = begin_file(attempt, err);
    return status == PROV_OK ? sink->write(sink->ctx, data, len, err) : status;
}

static prov_status finish_content(void *ctx, struct prov_error *err)
{
    const struct prov_sink *sink = &((struct provi_attempt *)ctx)->content->sink;
    return sink->finish(sink->ctx, err);
}

static prov_status open_content(struct provi_attempt *attempt)
{
    attempt->has_begun_file = false;
    attempt->fetch.next =
        (struct prov_sink){.write = write_content, .finish = finish_content, .ctx = attempt};
    return attempt->content->begin(attempt->content->sink.ctx, &attempt->error);
}

/* The path of a further file, in the folder of the first one. */
static prov_status find_file(struct provi_attempt *attempt, prov_str *path)
{
    const struct prov_alloc *alloc = &attempt->fetcher->env->alloc;
    size_t len = provi_str_find(*path, '?');
    while (len > 0 && path->data[len - 1] != '/')
        len--;
    provi_buffer_free(&attempt->path, alloc);
    provi_buffer_init(&attempt->path, len + attempt->file_name.len, false);
    if (provi_buffer_add(&attempt->path, alloc, path->data, len) != PROV_OK ||
        provi_buffer_add(&attempt->path, alloc, attempt->file_name.data, attempt->file_name.len) !=
            PROV_OK)
        return provi_fail_nomem(&attempt->error);
    *path = provi_buffer_str(&attempt->path);
    return PROV_OK;
}

static prov_status fetch(struct provi_attempt *attempt)
{
    struct prov_rule_target target;
    if (attempt->is_cancelled)
        return provi_fail_cancelled(&attempt->error);
    attempt->fetch = (struct provi_fetch){
        .fetcher = attempt->fetcher,
        .request.job = attempt->job,
        .messages = attempt->file_name.len ? NULL : attempt->messages,
        .rule_name = attempt->choice.rule_name,
        .rule_number = attempt->rule_number,
        .left_ms = attempt->left_ms,
        .uid = attempt->uid,
        .pwd = attempt->pwd,
        .extra = attempt->content ? attempt->content->extra : NULL,
    };
    if (attempt->left_ms <= 0)
        return provi_fail(&attempt->error, PROV_E_TIMEOUT,
                          "nothing is left of %s (%u ms) for this file",
                          provi_fetch_time_name(&attempt->fetch),
                          (unsigned)provi_fetch_limits(&attempt->fetch)->resync_timeout_ms);
    provi_choice_target(&attempt->choice, attempt->target, &target);
    prov_str server = {attempt->servers.data, provi_str_find(attempt->servers, ',')};
    attempt->fetch.is_foreign = attempt->choice.is_substituted || target.host.len == 0;
    prov_status status = attempt->file_name.len ? find_file(attempt, &target.path) : PROV_OK;
    if (status == PROV_OK)
        status = attempt->content ? open_content(attempt)
                                  : open_parser(attempt, target.alias, target.has_key);
    if (status == PROV_OK && attempt->is_needless)
        conclude(attempt, PROV_OUTCOME_UNCHANGED);
    else if (status == PROV_OK)
        status = provi_fetch_start(&attempt->fetch, &target, server, &attempt->error);
    return status;
}

static void abandon_fetch(struct provi_attempt *attempt)
{
    attempt->left_ms = provi_attempt_left_ms(attempt);
    provi_fetch_free(&attempt->fetch);
    prov_profile_parser_free(attempt->parser);
    attempt->parser = NULL;
    provi_apply_free(&attempt->apply);
}

static void fetch_again(struct provi_attempt *attempt)
{
    abandon_fetch(attempt);
    prov_status status = fetch(attempt);
    if (status != PROV_OK)
        fail(attempt, status);
}

/* The server did not respond, the rule names no server, and the list has a further one. */
static bool has_next_server(const struct provi_attempt *attempt)
{
    prov_status status = attempt->fetch.status;
    bool is_absent = status == PROV_E_CONNECT || status == PROV_E_TIMEOUT || status == PROV_E_DNS;
    bool is_final = attempt->content && attempt->content->is_once && attempt->fetch.n_bytes;
    return is_absent && !is_final && provi_attempt_left_ms(attempt) > 0 &&
           provi_choice_lacks_server(&attempt->choice, attempt->target) &&
           provi_str_find(attempt->servers, ',') < attempt->servers.len;
}

static void warn_of_server(struct provi_attempt *attempt)
{
    provi_error_source(&attempt->fetch.error, provi_buffer_str(&attempt->fetch.shown_url));
    provi_env_log(attempt->fetcher->env, attempt->job,
                  (struct prov_log_entry){
                      .severity = PROV_SEVERITY_WARNING,
                      .rule = attempt->choice.rule_name,
                      .text = PROVI_LIT("server does not answer, the next one is tried"),
                      .error = &attempt->fetch.error,
                  });
}

static void fetch_from_next_server(struct provi_attempt *attempt)
{
    warn_of_server(attempt);
    attempt->servers =
        provi_str_from_offset(attempt->servers, provi_str_find(attempt->servers, ',') + 1);
    fetch_again(attempt);
}

/* gds:// of a resync has to wait until the user enters a code, unless the host has a transport for
 * that scheme. */
static bool waits_for_code(const struct provi_attempt *attempt)
{
    const struct provi_fetcher *fetcher = attempt->fetcher;
    return fetcher->has_activation && !attempt->content &&
           !provi_transports_for(&fetcher->env->transports, PROVI_LIT("gds"));
}

/* Carry out the alternative. @p outcome stays NONE if a fetch runs, or has ended already. */
static prov_status carry_out(struct provi_attempt *attempt, enum prov_outcome *outcome)
{
    const struct provi_choice *choice = &attempt->choice;
    struct prov_rule_target target;
    if (choice->alternative < 0 || attempt->is_in_use) {
        *outcome = attempt->is_in_use ? PROV_OUTCOME_UNCHANGED : PROV_OUTCOME_SKIPPED;
        return PROV_OK;
    }
    prov_status status = attempt->is_assigned ? PROV_OK : assign(attempt);
    if (status != PROV_OK)
        return status;
    if (attempt->is_here) {
        *outcome = PROV_OUTCOME_APPLIED;
        return attempt->content->apply(attempt->content->sink.ctx, &attempt->error);
    }
    if (!provi_choice_target(choice, attempt->target, &target)) {
        *outcome = PROV_OUTCOME_ASSIGNED;
    } else if (provi_str_is(target.scheme, "gds") && waits_for_code(attempt)) {
        attempt->fetcher->is_code_wanted = true;
        *outcome = PROV_OUTCOME_WAITING;
    } else {
        status = fetch(attempt);
    }
    return status;
}

void provi_attempt_start(struct provi_attempt *attempt)
{
    enum prov_outcome outcome = PROV_OUTCOME_NONE;
    attempt->start_ms = provi_env_now_ms(attempt->fetcher->env);
    prov_status status = attempt->error.status;
    if (status == PROV_OK && !attempt->choice.rule)
        status = provi_choice_make(&attempt->choice, attempt->fetcher, &attempt->error);
    if (status == PROV_OK)
        status = carry_out(attempt, &outcome);
    if (status != PROV_OK)
        fail(attempt, status);
    else if (outcome != PROV_OUTCOME_NONE)
        conclude(attempt, outcome);
}

void provi_attempt_check_time(struct provi_attempt *attempt)
{
    provi_fetch_check_time(&attempt->fetch);
}

int64_t provi_attempt_timeout_ms(const struct provi_attempt *attempt)
{
    return provi_fetch_timeout_ms(&attempt->fetch);
}

int64_t provi_attempt_left_ms(const struct provi_attempt *attempt)
{
    return attempt->left_ms - provi_fetch_spent_ms(&attempt->fetch);
}

bool provi_attempt_is_due(const struct provi_attempt *attempt)
{
    bool has_ended = attempt->fetch.is_ended && !provi_account_waits(attempt->fetcher);
    return attempt->outcome == PROV_OUTCOME_NONE && (has_ended || attempt->is_cancelled);
}

int64_t provi_attempt_due_ms(const struct provi_attempt *attempt)
{
    return provi_attempt_is_due(attempt) ? 0 : provi_attempt_timeout_ms(attempt);
}

static prov_status apply(struct provi_attempt *attempt)
{
    struct provi_apply *apply = &attempt->apply;
    const struct provi_fetch *fetch = &attempt->fetch;
    apply->source = &fetch->source;
    apply->rule_number = attempt->rule_number;
    apply->etag = provi_buffer_str(&fetch->etag);
    prov_str url = provi_buffer_str(&fetch->request.url); /* and no query: it may hold a password */
    apply->url = (prov_str){url.data, provi_str_find(url, '?')};
    prov_status status = provi_apply_commit(apply, &attempt->error);
    count(attempt, apply);
    if (status == PROV_OK || status == PROV_E_QUARANTINED)
        provi_validators_set(attempt->fetcher->records, attempt->rule_number, &fetch->source,
                             apply->document, apply->etag);
    return status;
}

static prov_status use(struct provi_attempt *attempt)
{
    const struct provi_content *content = attempt->content;
    prov_status status = content ? begin_file(attempt, &attempt->error) : apply(attempt);
    if (content && status == PROV_OK)
        status = content->apply(content->sink.ctx, &attempt->error);
    if (status == PROV_OK && (content || attempt->apply.n_changed))
        provi_fetch_record_commit(&attempt->fetch);
    return status;
}

/* "Not modified" refers to values that were changed on the device meanwhile: fetch the whole
 * file. */
static bool is_outdated(const struct provi_attempt *attempt)
{
    const struct provi_fetch *fetch = &attempt->fetch;
    return fetch->is_not_modified && !attempt->content &&
           provi_validators_etag(attempt->fetcher->records, attempt->rule_number, &fetch->source)
                   .len == 0;
}

static bool is_forgiven(const struct provi_attempt *attempt)
{
    return attempt->fetch.status == PROV_E_NOT_FOUND && !attempt->content &&
           !provi_param_bool(&attempt->fetcher->env->params, "Resync_Fails_On_FNF");
}

/* The file on the server is unchanged; it may be the one that was rolled back. */
static prov_status accept_not_modified(struct provi_attempt *attempt)
{
    const struct provi_fetch *fetch = &attempt->fetch;
    return provi_validators_is_refused(attempt->fetcher->records, attempt->rule_number,
                                       &fetch->source)
               ? provi_quarantine_refuse(&attempt->error)
               : PROV_OK;
}

/* Explain whether the file was truncated in this transfer or before. */
static void explain_content(const struct provi_attempt *attempt, struct prov_error *err)
{
    const struct provi_fetch *fetch = &attempt->fetch;
    if (fetch->status == PROV_E_TRUNCATED && fetch->total > 0 &&
        (uint64_t)fetch->total == fetch->n_bytes)
        provi_error_append(err, "; all %llu bytes announced came",
                           (unsigned long long)fetch->n_bytes);
    if (fetch->code > 200)
        provi_error_append(err, " (HTTP %d)", (int)fetch->code);
    provi_fetch_name_hops(fetch, err);
    if (attempt->empty_map)
        provi_error_append(err, "; GPP_%c, the map of --alias, is empty", attempt->empty_map);
}

static bool has_changed(const struct provi_attempt *attempt)
{
    const struct provi_content *content = attempt->content;
    return content ? !content->is_unchanged : attempt->apply.n_changed > 0;
}

static void end(struct provi_attempt *attempt)
{
    prov_status status = attempt->fetch.status;
    attempt->error = attempt->fetch.error;
    if (status == PROV_OK)
        status = attempt->fetch.is_not_modified ? accept_not_modified(attempt) : use(attempt);

    if (attempt->fetch.is_content_bad || status == PROV_E_CORRUPT)
        explain_content(attempt, &attempt->error);
    if (status == PROV_E_AUTH)
        provi_account_explain(attempt->fetcher->env, &attempt->fetch, &attempt->error);

    if (status == PROV_OK && attempt->content && attempt->content->next &&
        attempt->content->next(attempt->content->sink.ctx, &attempt->file_name))
        fetch_again(attempt);
    else if (status == PROV_OK)
        conclude(attempt, !attempt->fetch.is_not_modified && has_changed(attempt)
                              ? PROV_OUTCOME_APPLIED
                              : PROV_OUTCOME_UNCHANGED);
    else if (is_forgiven(attempt))
        conclude(attempt, PROV_OUTCOME_FORGIVEN);
    else
        fail(attempt, status);
}

prov_status provi_fail_cancelled(struct prov_error *err)
{
    return provi_fail(err, PROV_E_CANCELLED, "cancelled by the host");
}

void provi_attempt_lose_link(struct provi_attempt *attempt)
{
    provi_fetch_lose_link(&attempt->fetch);
}

void provi_attempt_cancel(struct provi_attempt *attempt)
{
    if (!attempt->fetcher)
        return;
    attempt->is_cancelled = attempt->fetch.is_cancelled = true;
    provi_fetch_cancel(&attempt->fetch);
}

void provi_attempt_end(struct provi_attempt *attempt)
{
    if (attempt->is_cancelled) {
        provi_account_begin(attempt->fetcher); /* ends the wait for credentials */
        fail(attempt, provi_fail_cancelled(&attempt->error));
        return;
    }
    enum provi_account_step step = provi_account_next_step(attempt->fetcher, &attempt->fetch);
    if (step == PROVI_ACCOUNT_AGAIN || is_outdated(attempt))
        fetch_again(attempt);
    else if (has_next_server(attempt))
        fetch_from_next_server(attempt);
    else if (attempt->fetcher->choose_other_place && attempt->fetcher->choose_other_place(attempt))
        fetch_again(attempt);
    else if (step == PROVI_ACCOUNT_NONE)
        end(attempt);
}

void provi_attempt_free(struct provi_attempt *attempt)
{
    struct provi_fetcher *fetcher = attempt->fetcher;
    if (!fetcher)
        return;
    abandon_fetch(attempt);
    provi_buffer_free(&attempt->path, &fetcher->env->alloc);
    provi_choice_free(&attempt->choice, &fetcher->env->alloc);
    *attempt = (struct provi_attempt){0};
}
