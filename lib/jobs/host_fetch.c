/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/fetch.h>

#include <string.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "fetch/attempt.h"
#include "fetch/log.h"
#include "fetch/operation.h"
#include "jobs/jobs.h"
#include "macro/vars.h"
#include "transfer/transfer.h"

/* A fetch that waits or runs, in one block with its texts, which may contain passwords. */
struct host_fetch {
    struct host_fetch *next;
    struct fetch_job *job;
    size_t size;                  /* of the block */
    struct prov_fetch asked;      /* its texts are in the block */
    struct prov_upload upload;    /* the host's functions */
    struct prov_upload seen;      /* the same, by functions that count the bytes */
    struct provi_headers headers; /* the agent's and the host's; none: the agent's */
    struct provi_fetch_extra extra;
    struct provi_content content;
    struct provi_attempt attempt;
    bool is_started;
    bool is_cancelled; /* cancelled or failed before the start */
    bool is_read;      /* the server may have received bytes of the upload */
};

struct fetch_job {
    struct provi_job job;
    struct host_fetch *first; /* the running or the next one; up to PROV_FETCH_MAX */
};

static struct fetch_job *of(struct provi_job *job)
{
    return (struct fetch_job *)job;
}

static const struct fetch_job *of_const(const struct provi_job *job)
{
    return (const struct fetch_job *)job;
}

static struct provi_env *env_of(const struct host_fetch *fetch)
{
    return provi_job_env(&fetch->job->job);
}

/* The host's functions must not be called after it cancelled the fetch, as prov_agent_free() does
 * too. */
static bool is_over(const struct host_fetch *fetch)
{
    return fetch->attempt.is_cancelled;
}

static prov_status begin_sink(void *ctx, uint64_t offset, struct prov_error *err)
{
    struct host_fetch *fetch = ctx;
    const struct prov_fetch *asked = &fetch->asked;
    if (is_over(fetch))
        return provi_fail_cancelled(err);
    return asked->begin
               ? provi_host_status(asked->begin(asked->sink.ctx, offset, err), "begin", err)
               : PROV_OK;
}

static prov_status write_sink(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct host_fetch *fetch = ctx;
    const struct prov_sink *sink = &fetch->asked.sink;
    if (is_over(fetch))
        return provi_fail_cancelled(err);
    if (!sink->write)
        return PROV_OK;
    return provi_host_status(sink->write(sink->ctx, data, len, err), "write", err);
}

/* accept() calls the host's `finish`, when nothing can fail any more. */
static prov_status finish_sink(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

static prov_status accept(void *ctx, struct prov_error *err)
{
    struct host_fetch *fetch = ctx;
    const struct prov_sink *sink = &fetch->asked.sink;
    if (is_over(fetch))
        return provi_fail_cancelled(err);
    if (!sink->write)
        return PROV_OK;
    return provi_host_status(sink->finish(sink->ctx, err), "finish", err);
}

static prov_status read_upload(void *ctx, void *buf, size_t cap, size_t *len,
                               struct prov_error *err)
{
    struct host_fetch *fetch = ctx;
    const struct prov_upload *upload = &fetch->upload;
    *len = 0;
    fetch->is_read = true;
    return provi_host_status(upload->read(upload->ctx, buf, cap, len, err), "read", err);
}

static prov_status rewind_upload(void *ctx, struct prov_error *err)
{
    struct host_fetch *fetch = ctx;
    const struct prov_upload *upload = &fetch->upload;
    return provi_host_status(upload->rewind(upload->ctx, err), "rewind", err);
}

/* With credentials, or from another server, a body is sent once more. */
static prov_status begin_transfer(void *ctx, struct prov_error *err)
{
    struct host_fetch *fetch = ctx;
    if (!fetch->is_read)
        return PROV_OK;
    if (!fetch->upload.rewind)
        return provi_fail(err, PROV_E_UNSUPPORTED,
                          "the upload has no rewind, and is to be sent once more");
    return rewind_upload(fetch, err);
}

static void start(struct host_fetch *fetch)
{
    struct provi_job *job = &fetch->job->job;
    struct provi_fetcher *fetcher = job->jobs->fetcher;
    const struct prov_fetch *asked = &fetch->asked;
    fetch->is_started = true;
    job->jobs->running = job;
    fetch->content = (struct provi_content){
        .sink = {.write = write_sink, .finish = finish_sink, .ctx = fetch},
        .begin = begin_transfer,
        .begin_file = begin_sink,
        .apply = accept,
        .is_once = true,
        .extra = &fetch->extra,
    };
    fetch->attempt = (struct provi_attempt){
        .fetcher = fetcher,
        .job = PROV_JOB_FETCH,
        .messages = PROVI_MESSAGES("$PN $MAC Starting file transfer " PROVI_MESSAGE_URL,
                                   "$PN $MAC File transfer complete " PROVI_MESSAGE_URL,
                                   "$PN $MAC File transfer failed: $ERR"),
        .choice =
            {
                .cause = PROV_CAUSE_HOST,
                .rule_name = PROVI_LIT("fetch"),
                .text = asked->rule,
            },
        .rule_number = PROVI_NO_RULE,
        .left_ms = fetch->extra.limits.resync_timeout_ms,
        .uid = asked->uid,
        .pwd = asked->pwd,
        .servers = asked->server.len ? asked->server : provi_dhcp_servers(fetcher),
        .content = &fetch->content,
    };
    provi_account_begin(fetcher);
    provi_operation_begin(fetcher, prov_cause_prvst(PROV_CAUSE_HOST));
    provi_attempt_start(&fetch->attempt);
}

static void discard_first(struct fetch_job *job)
{
    struct host_fetch *fetch = job->first;
    const struct prov_alloc *alloc = &provi_job_env(&job->job)->alloc;
    const size_t size = fetch->size;
    job->first = fetch->next;
    provi_attempt_free(&fetch->attempt);
    provi_headers_free(&fetch->headers, alloc);
    provi_wipe(fetch, size);
    provi_free(alloc, fetch, size);
}

/* Remove a fetch whose result was reported. */
static void finish(struct fetch_job *job)
{
    struct provi_attempt *attempt = &job->first->attempt;
    struct prov_result result;
    provi_attempt_result(attempt, &result);
    provi_job_ended(&job->job, &result);
    job->job.jobs->is_reboot_wanted |= attempt->needs & PROV_NEEDS_REBOOT;
    job->job.jobs->running = NULL;
    provi_macro_vars_rest(provi_job_env(&job->job)->macro_vars);
    discard_first(job);
}

/* A fetch that was cancelled before its start. */
static void drop_first(struct fetch_job *job)
{
    struct host_fetch *fetch = job->first;
    struct prov_error error = {0};
    provi_fail_cancelled(&error);
    fetch->attempt.outcome = PROV_OUTCOME_FAILED;
    struct prov_result result =
        provi_job_result(env_of(fetch), PROV_CAUSE_HOST, PROVI_LIT("fetch"), &error);
    result.fetch = fetch->asked.id;
    provi_job_report_end(&job->job, &result);
    discard_first(job);
}

static bool may_start(const struct fetch_job *job)
{
    const struct host_fetch *fetch = job->first;
    return fetch && !fetch->is_started && (fetch->is_cancelled || !job->job.jobs->running);
}

/* Starts one fetch in a turn, so that a resync may start between two. */
static void process(struct provi_job *base)
{
    struct fetch_job *job = of(base);
    struct host_fetch *fetch = job->first;
    if (fetch && fetch->is_started) {
        provi_attempt_check_time(&fetch->attempt);
        if (provi_attempt_is_due(&fetch->attempt))
            provi_attempt_end(&fetch->attempt);
    } else if (may_start(job) && !fetch->is_cancelled) {
        start(fetch);
    }
    if (fetch && fetch->is_started && fetch->attempt.outcome != PROV_OUTCOME_NONE)
        finish(job);
    while (job->first && job->first->is_cancelled && !provi_job_env(base)->is_freed)
        drop_first(job);
}

static int64_t timeout_ms(const struct provi_job *base)
{
    const struct fetch_job *job = of_const(base);
    if (!job->first || !job->first->is_started)
        return may_start(job) ? 0 : -1;
    return provi_attempt_due_ms(&job->first->attempt);
}

static void status(struct provi_job *base, struct prov_job_status *out)
{
    struct fetch_job *job = of(base);
    if (!job->first)
        return;
    if (job->first->is_started) {
        provi_job_status_running(&job->first->attempt, out);
        return;
    }
    out->state = PROV_STATE_WAITING;
    out->waits_for = may_start(job) ? PROV_WAIT_TIME : PROV_WAIT_OTHER_JOB;
    out->in_ms = may_start(job) ? 0 : -1;
}

static bool is_busy(const struct provi_job *job)
{
    return of_const(job)->first;
}

/* The host decides about a retry. */
static void on_event(struct provi_job *job, enum provi_job_event event)
{
    if (event == PROVI_JOB_LINK_LOST && of(job)->first)
        provi_attempt_lose_link(&of(job)->first->attempt);
}

static void cancel(struct provi_job *job)
{
    for (struct host_fetch *fetch = of(job)->first; fetch; fetch = fetch->next) {
        provi_attempt_cancel(&fetch->attempt);
        fetch->is_cancelled = !fetch->is_started;
    }
}

static void free_job(struct provi_job *job)
{
    while (of(job)->first)
        discard_first(of(job));
    provi_free(&provi_job_env(job)->alloc, job, sizeof(struct fetch_job));
}

static const struct provi_job_type fetch_job = {
    .name = "fetch",
    .job = PROV_JOB_FETCH,
    .place = PROVI_PLACE_FETCH,
    .delays_reboot = true,
    .runs_to_end = true,
    .on_event = on_event,
    .process = process,
    .timeout_ms = timeout_ms,
    .status = status,
    .is_busy = is_busy,
    .cancel = cancel,
    .free = free_job,
};

static bool are_texts_sound(const struct prov_fetch *fetch)
{
    return provi_str_is_sound(fetch->rule) && provi_str_is_sound(fetch->server) &&
           provi_str_is_sound(fetch->uid) && provi_str_is_sound(fetch->pwd) &&
           provi_str_is_sound(fetch->etag) && provi_str_is_sound(fetch->content_type) &&
           provi_str_is_sound(fetch->body);
}

static prov_status check_sink(const struct prov_fetch *fetch, struct prov_error *err)
{
    if (!fetch->sink.write != !fetch->sink.finish)
        return provi_fail_invalid(err, "fetch.sink: expected both write and finish");
    if (!fetch->sink.write && fetch->method == PROV_METHOD_GET)
        return provi_fail_invalid(err, "fetch.sink: expected with PROV_METHOD_GET");
    return PROV_OK;
}

static prov_status check_method(const struct prov_fetch *fetch, struct prov_error *err)
{
    if (fetch->method > PROV_METHOD_PUT)
        return provi_fail_invalid(err, "fetch.method: expected PROV_METHOD_GET, POST or PUT");
    if (fetch->upload && fetch->body.data)
        return provi_fail_invalid(err, "fetch.upload: expected no fetch.body with it");
    bool has_body = fetch->upload || fetch->body.data;
    if (fetch->method == PROV_METHOD_GET && has_body)
        return provi_fail_invalid(err, "fetch.body, upload: expected PROV_METHOD_POST or PUT");
    if (fetch->method == PROV_METHOD_PUT && !has_body)
        return provi_fail_invalid(err, "fetch.body or upload: expected with PROV_METHOD_PUT");
    if (fetch->method != PROV_METHOD_GET && fetch->etag.len)
        return provi_fail_invalid(err, "fetch.etag: expected PROV_METHOD_GET with it");
    return PROV_OK;
}

static prov_status check_offset(const struct prov_fetch *fetch, struct prov_error *err)
{
    if (fetch->offset == 0)
        return PROV_OK;
    if (!fetch->begin || fetch->flags & PROV_FETCH_DECODE)
        return provi_fail_invalid(err, "fetch.offset: expected with begin, and without "
                                       "PROV_FETCH_DECODE");
    if (fetch->etag.len < 2 || fetch->etag.data[0] != '"')
        return provi_fail_invalid(err, "fetch.etag: expected a strong one with fetch.offset");
    return PROV_OK;
}

static prov_status check_url(prov_str url, struct prov_error *err)
{
    struct provi_url parts;
    struct provi_url_fault fault;
    if (!provi_url_split(url, true, &parts, &fault))
        return provi_fail(err, PROV_E_SYNTAX, "fetch.rule: expected %s", fault.expected);
    return parts.scheme.len && parts.host.len
               ? PROV_OK
               : provi_fail(err, PROV_E_SYNTAX, "fetch.rule: expected a URL with scheme and host");
}

static prov_status check_limits(const struct provi_env *env, const struct prov_fetch *fetch,
                                struct prov_error *err)
{
    if (fetch->rule.len > env->limits.max_rule_bytes)
        return provi_fail(err, PROV_E_LIMIT, "fetch.rule of %zu bytes, at most %u", fetch->rule.len,
                          (unsigned)env->limits.max_rule_bytes);
    if (fetch->uid.len > PROVI_MAX_LOGIN_BYTES || fetch->pwd.len > PROVI_MAX_LOGIN_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "fetch.uid or pwd of more than %d bytes",
                          PROVI_MAX_LOGIN_BYTES);
    if (fetch->etag.len > PROVI_MAX_ETAG || fetch->server.len > env->limits.max_rule_bytes ||
        fetch->content_type.len > PROVI_MAX_HEADER_BYTES)
        return provi_fail(err, PROV_E_LIMIT, "fetch.etag, server or content_type is too long");
    if (fetch->body.len > SIZE_MAX / 2)
        return provi_fail(err, PROV_E_LIMIT, "fetch.body of %zu bytes", fetch->body.len);
    if (fetch->timeout_ms > env->limits.resync_timeout_ms)
        return provi_fail(err, PROV_E_LIMIT, "fetch.timeout_ms of %u, at most %u",
                          (unsigned)fetch->timeout_ms, (unsigned)env->limits.resync_timeout_ms);
    return PROV_OK;
}

static prov_status check_headers(const struct provi_env *env, const struct prov_fetch *fetch,
                                 struct prov_error *err)
{
    if (fetch->n_headers > PROVI_MAX_HEADERS - env->headers.n)
        return provi_fail_invalid(err, "fetch.headers: more than 16 with those of the agent");
    return provi_headers_check(fetch->headers, fetch->n_headers, err);
}

static prov_status check(const struct provi_env *env, const struct prov_fetch *fetch,
                         struct prov_error *err)
{
    if (!are_texts_sound(fetch) || fetch->rule.len == 0)
        return provi_fail_invalid(err, "fetch.rule is empty, or a text has no data");
    if (!provi_str_is_line(fetch->etag) || !provi_str_is_line(fetch->content_type))
        return provi_fail_invalid(err, "fetch.etag, content_type: expected one line");
    if (fetch->flags & ~(uint32_t)(PROV_FETCH_DECODE | PROV_FETCH_URL))
        return provi_fail_invalid(err, "fetch.flags: expected PROV_FETCH_ bits");
    prov_status status = check_method(fetch, err);
    if (status == PROV_OK)
        status = check_sink(fetch, err);
    if (status == PROV_OK)
        status = check_offset(fetch, err);
    if (status == PROV_OK)
        status = check_headers(env, fetch, err);
    if (status == PROV_OK)
        status = check_limits(env, fetch, err);
    if (status == PROV_OK && fetch->flags & PROV_FETCH_URL)
        status = check_url(fetch->rule, err);
    return status;
}

/* The limits of the device, replaced by those that the host set. */
static void fill_extra(struct host_fetch *fetch, const struct provi_env *env)
{
    const struct prov_fetch *asked = &fetch->asked;
    struct prov_limits limits = env->limits;
    if (asked->max_bytes)
        limits.max_fetch_bytes = limits.max_inflated_bytes = asked->max_bytes;
    if (asked->timeout_ms)
        limits.total_timeout_ms = asked->timeout_ms;
    if (limits.total_timeout_ms > limits.resync_timeout_ms)
        limits.total_timeout_ms = limits.resync_timeout_ms;
    limits.resync_timeout_ms = limits.total_timeout_ms;
    fetch->extra = (struct provi_fetch_extra){
        .limits = limits,
        .id = asked->id,
        .offset = asked->offset,
        .etag = asked->etag,
        .content_type = asked->content_type,
        .body = asked->body,
        .upload = asked->upload ? &fetch->seen : NULL,
        .headers = fetch->headers.n ? &fetch->headers : NULL,
        .method = (uint8_t)asked->method,
        .is_raw = !(asked->flags & PROV_FETCH_DECODE),
        .is_of_host = true,
    };
}

/* Make a rule of the URL: each `$` is doubled, since a URL has no macros. */
static char *copy_rule(char *at, prov_str rule, bool is_url)
{
    for (size_t i = 0; i < rule.len; i++) {
        *at++ = rule.data[i];
        if (is_url && rule.data[i] == '$')
            *at++ = '$';
    }
    return at;
}

static void copy_texts(struct host_fetch *fetch)
{
    struct prov_fetch *asked = &fetch->asked;
    prov_str *const texts[] = {&asked->server, &asked->uid,          &asked->pwd,
                               &asked->etag,   &asked->content_type, &asked->body};
    char *at = (char *)(fetch + 1);
    char *end = copy_rule(at, asked->rule, asked->flags & PROV_FETCH_URL);
    asked->rule = (prov_str){at, (size_t)(end - at)};
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        const size_t len = texts[i]->len;
        if (len)
            memcpy(end, texts[i]->data, len);
        if (texts[i]->data)
            texts[i]->data = end;
        end += len;
    }
}

static size_t size_of(const struct prov_fetch *asked)
{
    return sizeof(struct host_fetch) + 2 * asked->rule.len + asked->server.len + asked->uid.len +
           asked->pwd.len + asked->etag.len + asked->content_type.len + asked->body.len;
}

/* The agent's header fields, then those of the fetch, which were checked. false: no memory. */
static bool join_headers(struct host_fetch *fetch, const struct provi_env *env)
{
    const struct prov_fetch *asked = &fetch->asked;
    struct prov_header all[PROVI_MAX_HEADERS];
    const size_t n = env->headers.n;
    if (asked->n_headers == 0)
        return true;
    if (n)
        memcpy(all, env->headers.list, n * sizeof *all);
    memcpy(all + n, asked->headers, asked->n_headers * sizeof *all);
    return provi_headers_copy(&fetch->headers, &env->alloc, all, n + asked->n_headers, NULL) ==
           PROV_OK;
}

static struct host_fetch *copy(const struct provi_env *env, const struct prov_fetch *asked,
                               const struct prov_upload *upload)
{
    const size_t size = size_of(asked);
    struct host_fetch *fetch = provi_alloc_zero(&env->alloc, size);
    if (!fetch)
        return NULL;
    fetch->size = size;
    fetch->asked = *asked;
    if (!join_headers(fetch, env)) {
        provi_free(&env->alloc, fetch, size);
        return NULL;
    }
    copy_texts(fetch);
    fill_extra(fetch, env);
    fetch->upload = *upload;
    fetch->seen = (struct prov_upload){
        .size = sizeof fetch->seen,
        .ctx = fetch,
        .length = upload->length,
        .read = read_upload,
        .rewind = upload->rewind ? rewind_upload : NULL,
    };
    return fetch;
}

static struct fetch_job *find_or_insert(struct provi_jobs *jobs)
{
    struct provi_job *job = provi_jobs_find(jobs, &fetch_job);
    if (job)
        return of(job);
    struct fetch_job *new_job = provi_alloc_zero(&jobs->fetcher->env->alloc, sizeof *new_job);
    if (new_job)
        provi_jobs_insert(jobs, &new_job->job, &fetch_job);
    return new_job;
}

static prov_status append(struct fetch_job *job, const struct prov_fetch *asked,
                          const struct prov_upload *upload, struct prov_error *err)
{
    size_t n = 0;
    struct host_fetch **last = &job->first;
    for (; *last; last = &(*last)->next)
        n += (*last)->attempt.outcome == PROV_OUTCOME_NONE; /* without the one just reported */
    if (n == PROV_FETCH_MAX)
        return provi_fail(err, PROV_E_LIMIT, "%d fetches wait or run already", PROV_FETCH_MAX);
    struct host_fetch *fetch = copy(provi_job_env(&job->job), asked, upload);
    if (!fetch)
        return provi_fail_nomem(err);
    fetch->job = job;
    *last = fetch;
    return PROV_OK;
}

static prov_status copy_upload(struct prov_upload *copy, const struct prov_upload *given,
                               struct prov_error *err)
{
    *copy = (struct prov_upload){0};
    if (!given)
        return PROV_OK;
    prov_status status = provi_abi_in(copy, sizeof *copy, given, err);
    if (status == PROV_OK && (!copy->read || copy->length < -1))
        status = provi_fail_invalid(err, "fetch.upload: expected read, and a length from -1 on");
    return status;
}

prov_status prov_agent_fetch(prov_agent *agent, const struct prov_fetch *fetch,
                             struct prov_error *err)
{
    struct prov_fetch asked;
    struct prov_upload upload;
    if (!agent || !fetch)
        return provi_fail_invalid(err, agent ? "fetch" : "agent");
    prov_status status = provi_abi_in(&asked, sizeof asked, fetch, err);
    if (status == PROV_OK)
        status = copy_upload(&upload, asked.upload, err);
    struct provi_jobs *jobs = provi_agent_jobs(agent);
    struct provi_env *env = jobs->fetcher->env;
    if (status == PROV_OK)
        status = check(env, &asked, err);
    if (status != PROV_OK)
        return status;
    struct fetch_job *job = find_or_insert(jobs);
    status = job ? append(job, &asked, &upload, err) : provi_fail_nomem(err);
    if (status != PROV_OK)
        return status;
    provi_env_enter(env);
    provi_env_wake(env);
    provi_env_leave(env);
    return PROV_OK;
}
