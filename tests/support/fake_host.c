/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/names.h>

/* A prov_str for "%.*s". */
#define TEXT(str) (int)(str).len, (str).data ? (str).data : ""

static int64_t mono_ms(void *ctx)
{
    const struct fake_host *fake = ctx;
    return fake->now_ms;
}

static uint32_t entropy(void *ctx)
{
    (void)ctx;
    return 0; /* every draw gives its least value */
}

static bool is_idle(void *ctx)
{
    const struct fake_host *fake = ctx;
    return fake->is_idle;
}

static void wake(void *ctx)
{
    struct fake_host *fake = ctx;
    fake->n_wakes++;
}

const struct prov_error *event_error(const struct prov_event *event)
{
    switch (event->type) {
    case PROV_EVENT_LOG: return event->as.log->error;
    case PROV_EVENT_RESULT:
    case PROV_EVENT_RESYNC: return event->as.result->error;
    case PROV_EVENT_WARNING: return event->as.warning->error;
    case PROV_EVENT_CREDENTIALS_WANTED: return event->as.question->error;
    case PROV_EVENT_ROLLED_BACK: return event->as.rollback->error;
    default: return NULL;
    }
}

/* Empty for kinds a test did not ask for. */
static void write_line(const struct fake_host *fake, const struct prov_event *e, char *buf,
                       size_t cap)
{
    const struct prov_error *error = event_error(e);
    const char *why = error ? prov_status_name(error->status) : "";
    buf[0] = '\0';
    switch (e->type) {
    case PROV_EVENT_LOG:
        snprintf(buf, cap, "log %u %.*s%s\n", (unsigned)e->as.log->severity, TEXT(e->as.log->text),
                 why);
        break;
    case PROV_EVENT_REQUEST:
        snprintf(buf, cap, "request %.*s %.*s\n", TEXT(e->as.progress->rule),
                 TEXT(e->as.progress->url));
        break;
    case PROV_EVENT_CHANGED:
        snprintf(buf, cap, "changed %.*s '%.*s' '%.*s'%s\n", TEXT(e->as.change->name),
                 TEXT(e->as.change->old_value), TEXT(e->as.change->new_value),
                 e->as.change->is_secret ? " secret" : "");
        break;
    case PROV_EVENT_WARNING:
        snprintf(buf, cap, "warning %u %.*s\n", (unsigned)e->as.warning->kind,
                 TEXT(e->as.warning->name));
        break;
    case PROV_EVENT_RESULT:
        snprintf(buf, cap, "result %.*s %s %s\n", TEXT(e->as.result->rule),
                 prov_outcome_name(e->as.result->outcome), why);
        break;
    case PROV_EVENT_RESYNC:
        snprintf(buf, cap, "resync %u %s %s\n", (unsigned)e->as.result->cause,
                 prov_outcome_name(e->as.result->outcome), why);
        break;
    case PROV_EVENT_UNCONFIRMED:
        snprintf(buf, cap, "unconfirmed %lld ms\n", (long long)e->as.unconfirmed->in_ms);
        break;
    case PROV_EVENT_CONFIRMED: snprintf(buf, cap, "confirmed\n"); break;
    case PROV_EVENT_ROLLED_BACK:
        snprintf(buf, cap, "rolled back %u: %llu changed %s\n", (unsigned)e->as.rollback->why,
                 (unsigned long long)e->as.rollback->n_changed, why);
        break;
    case PROV_EVENT_DEFERRED:
        snprintf(buf, cap, "deferred stage %u for %lld of %lld ms\n",
                 (unsigned)e->as.deferral->stage, (long long)e->as.deferral->in_ms,
                 (long long)e->as.deferral->at_most_ms);
        break;
    case PROV_EVENT_CREDENTIALS_WANTED:
        snprintf(buf, cap, "credentials %u for %.*s in %lld ms\n",
                 (unsigned)e->as.question->credentials, TEXT(e->as.question->url),
                 (long long)e->as.question->in_ms);
        break;
    case PROV_EVENT_ACTIVATION:
        snprintf(buf, cap, "activation %s %s %s%s\n",
                 prov_customization_name(e->as.activation->state),
                 prov_contact_name(e->as.activation->contact),
                 prov_code_outcome_name(e->as.activation->code),
                 e->as.activation->is_code_wanted ? " wanted" : "");
        break;
    case PROV_EVENT_REBOOT_WANTED:
        snprintf(buf, cap, e->as.reboot->cause ? "reboot wanted by %u\n" : "reboot wanted\n",
                 (unsigned)e->as.reboot->cause);
        break;
    case PROV_EVENT_UPGRADE:
        snprintf(buf, cap, "upgrade %s %.*s\n", prov_upgrade_step_name(e->as.upgrade->step),
                 TEXT(e->as.upgrade->load));
        break;
    case PROV_EVENT_PROGRESS:
        if (fake->with_schedule)
            snprintf(buf, cap, "progress %llu of %lld\n", (unsigned long long)e->as.progress->bytes,
                     (long long)e->as.progress->total);
        break;
    case PROV_EVENT_SCHEDULED:
        if (fake->with_schedule)
            snprintf(buf, cap, "next cause %u why %u retry %u in %lld ms\n",
                     (unsigned)e->as.schedule->cause, (unsigned)e->as.schedule->why,
                     (unsigned)e->as.schedule->retry, (long long)e->as.schedule->in_ms);
        break;
    default: test_die("event of unknown type %u", (unsigned)e->type);
    }
}

/* All that a person may read in an event. */
enum { MAX_EVENT_TEXTS = 7 };

static size_t result_texts(const struct prov_result *result, prov_str *to)
{
    static const struct prov_delivery none;
    const struct prov_delivery *delivery = result->delivery ? result->delivery : &none;
    const prov_str texts[] = {result->rule,      result->text,           result->url,
                              result->server_ip, delivery->content_type, delivery->coding,
                              delivery->etag};
    memcpy(to, texts, sizeof texts);
    return sizeof texts / sizeof texts[0];
}

static size_t event_texts(const struct prov_event *e, prov_str *to)
{
#define TEXTS(...)                                                                                 \
    {                                                                                              \
        const prov_str texts[] = {__VA_ARGS__};                                                    \
        memcpy(to, texts, sizeof texts);                                                           \
        return sizeof texts / sizeof texts[0];                                                     \
    }
    switch (e->type) {
    case PROV_EVENT_LOG: TEXTS(e->as.log->text, e->as.log->rule, e->as.log->name, e->as.log->server)
    case PROV_EVENT_REQUEST:
    case PROV_EVENT_PROGRESS:
        TEXTS(e->as.progress->rule, e->as.progress->url, e->as.progress->server_ip)
    case PROV_EVENT_CHANGED:
        TEXTS(e->as.change->rule, e->as.change->name, e->as.change->old_value,
              e->as.change->new_value)
    case PROV_EVENT_RESULT:
    case PROV_EVENT_RESYNC: return result_texts(e->as.result, to);
    case PROV_EVENT_WARNING: TEXTS(e->as.warning->rule, e->as.warning->name)
    case PROV_EVENT_CREDENTIALS_WANTED:
        TEXTS(e->as.question->rule, e->as.question->url, e->as.question->server_ip)
    case PROV_EVENT_UPGRADE:
        TEXTS(e->as.upgrade->load, e->as.upgrade->version, e->as.upgrade->url, e->as.upgrade->err)
    default: return 0;
    }
#undef TEXTS
}

void fake_host_search(const struct fake_host *fake, const struct prov_event *e)
{
    if (!fake->secrets)
        return;
    prov_str texts[MAX_EVENT_TEXTS];
    const size_t n = event_texts(e, texts);
    for (size_t i = 0; i < n; i++)
        secrets_assert_absent(fake->secrets, "event", texts[i].data, texts[i].len);
    if (event_error(e))
        secrets_assert_clean_error(fake->secrets, event_error(e));
}

/* Changes by the custom CA and by a rollback are in no rule's result. */
static void check_counts(struct fake_host *fake, const struct prov_event *e)
{
    const struct prov_result *result = e->as.result;
    bool has_changes = !(fake->host.unwanted_events >> PROV_EVENT_CHANGED & 1);
    if (e->job != PROV_JOB_RESYNC || !has_changes)
        return;
    if (e->type == PROV_EVENT_CHANGED) {
        fake->n_changes++;
        fake->n_file_changes += e->as.change->line > 0; /* others were assigned */
    }
    if (e->type == PROV_EVENT_RESULT) {
        if (result->n_changed != fake->n_file_changes)
            test_die("%.*s changed %llu parameters, %llu were reported", TEXT(result->rule),
                     (unsigned long long)result->n_changed,
                     (unsigned long long)fake->n_file_changes);
        fake->n_file_changes = 0;
    }
    if (e->type == PROV_EVENT_RESYNC) {
        if (result->n_changed != fake->n_changes)
            test_die("a resync changed %llu parameters, %llu were reported",
                     (unsigned long long)result->n_changed, (unsigned long long)fake->n_changes);
        fake->n_changes = 0;
    }
}

/* The wall clock counts seconds: by less, Resync_At does not move, unless triggers are asked. */
static bool is_same_moment(const struct fake_schedule *a, const struct fake_schedule *b)
{
    int64_t moved_ms = a->expected_ms - b->expected_ms;
    if (a->cause == PROV_CAUSE_AT && a->why != PROV_WHY_TRIGGER && a->expected_ms >= 0 &&
        b->expected_ms >= 0)
        return moved_ms > -1000 && moved_ms < 1000;
    return moved_ms == 0;
}

static void check_schedule(struct fake_host *fake, const struct prov_event *e)
{
    const struct prov_schedule *schedule = e->as.schedule;
    if (e->type != PROV_EVENT_SCHEDULED)
        return;
    const struct fake_schedule now = {
        .is_reported = true,
        .cause = schedule->cause,
        .why = schedule->why,
        .retry = schedule->retry,
        .expected_ms = schedule->in_ms < 0 ? -1 : fake->now_ms + schedule->in_ms,
    };
    const struct fake_schedule *last = &fake->schedule;
    if (last->is_reported && now.cause == last->cause && now.why == last->why &&
        now.retry == last->retry && is_same_moment(&now, last))
        test_die("cause %u, why %u is reported again although nothing changed", (unsigned)now.cause,
                 (unsigned)now.why);
    fake->schedule = now;
}

/* Its own, and that of the struct of its kind. */
static void check_sizes(const struct prov_event *e)
{
    static const size_t sizes[] = {
        [PROV_EVENT_LOG] = sizeof(struct prov_log_entry),
        [PROV_EVENT_REQUEST] = sizeof(struct prov_progress),
        [PROV_EVENT_PROGRESS] = sizeof(struct prov_progress),
        [PROV_EVENT_CHANGED] = sizeof(struct prov_change),
        [PROV_EVENT_RESULT] = sizeof(struct prov_result),
        [PROV_EVENT_RESYNC] = sizeof(struct prov_result),
        [PROV_EVENT_SCHEDULED] = sizeof(struct prov_schedule),
        [PROV_EVENT_WARNING] = sizeof(struct prov_warning),
        [PROV_EVENT_CREDENTIALS_WANTED] = sizeof(struct prov_question),
        [PROV_EVENT_REBOOT_WANTED] = sizeof(struct prov_reboot),
        [PROV_EVENT_UNCONFIRMED] = sizeof(struct prov_unconfirmed),
        [PROV_EVENT_CONFIRMED] = 0,
        [PROV_EVENT_ROLLED_BACK] = sizeof(struct prov_rolled_back),
        [PROV_EVENT_DEFERRED] = sizeof(struct prov_deferral),
        [PROV_EVENT_UPGRADE] = sizeof(struct prov_upgrade),
        [PROV_EVENT_ACTIVATION] = sizeof(struct prov_activation),
    };
    const size_t *size = e->as.reserved; /* the first member of each */
    if (e->type >= sizeof sizes / sizeof sizes[0])
        test_die("event of unknown type %u", (unsigned)e->type);
    if (e->size != sizeof *e || (size ? *size : 0) != sizes[e->type])
        test_die("event %u without its size", (unsigned)e->type);
}

/* A deferral is of the job whose stage it is. */
static uint32_t job_of_stage(uint32_t stage)
{
    static const uint32_t jobs[] = {
        [PROV_STAGE_FETCH] = PROV_JOB_RESYNC,      [PROV_STAGE_APPLY] = PROV_JOB_RESYNC,
        [PROV_STAGE_ROLLBACK] = PROV_JOB_ROLLBACK, [PROV_STAGE_REBOOT] = PROV_JOB_REBOOT,
        [PROV_STAGE_UPGRADE] = PROV_JOB_UPGRADE,
    };
    return stage < sizeof jobs / sizeof jobs[0] ? jobs[stage] : 0;
}

/* The job of an event of which there is one only; 0: it may be of several. */
static uint32_t job_of(const struct prov_event *e)
{
    switch (e->type) {
    case PROV_EVENT_RESYNC:
    case PROV_EVENT_SCHEDULED: return PROV_JOB_RESYNC;
    case PROV_EVENT_UNCONFIRMED:
    case PROV_EVENT_CONFIRMED:
    case PROV_EVENT_ROLLED_BACK: return PROV_JOB_ROLLBACK;
    case PROV_EVENT_REBOOT_WANTED: return PROV_JOB_REBOOT;
    case PROV_EVENT_UPGRADE: return PROV_JOB_UPGRADE;
    case PROV_EVENT_ACTIVATION: return PROV_JOB_ACTIVATION;
    case PROV_EVENT_DEFERRED: return job_of_stage(e->as.deferral->stage);
    default: return 0;
    }
}

static void check_job(const struct prov_event *e)
{
    uint32_t expected = job_of(e);
    if (expected && e->job != expected)
        test_die("event %u of job %u, expected %u", (unsigned)e->type, (unsigned)e->job,
                 (unsigned)expected);
}

/* The state is reported when it changes, and with every outcome of a code. */
static void check_activation(struct fake_host *fake, const struct prov_event *e)
{
    if (e->type != PROV_EVENT_ACTIVATION)
        return;
    const struct prov_activation *last = &fake->activation, *now = e->as.activation;
    if (last->size && now->state == last->state && now->contact == last->contact &&
        now->is_code_wanted == last->is_code_wanted && now->code == last->code &&
        now->code == PROV_CODE_NONE)
        test_die("activation is reported again although nothing changed");
    fake->activation = *now;
}

/* A host that is an address is known before the connection. */
static void check_address(const struct prov_event *e)
{
    const struct prov_progress *request = e->as.progress;
    char url[256], host[64];
    if (e->type != PROV_EVENT_REQUEST)
        return;
    snprintf(url, sizeof url, "%.*s", TEXT(request->url));
    if (sscanf(url, "%*[a-z]://%63[0-9.]", host) == 1 &&
        strchr("/:", strstr(url, host)[strlen(host)]) &&
        (request->server_ip.len != strlen(host) ||
         memcmp(request->server_ip.data, host, strlen(host)) != 0))
        test_die("a request to %s of server '%.*s'", url, TEXT(request->server_ip));
}

/* Only fetches of the host have an id. */
static void check_fetch(const struct prov_event *e)
{
    bool is_progress = e->type == PROV_EVENT_REQUEST || e->type == PROV_EVENT_PROGRESS;
    bool is_result = e->type == PROV_EVENT_RESULT || e->type == PROV_EVENT_RESYNC;
    if (e->job != PROV_JOB_FETCH &&
        ((is_progress && e->as.progress->fetch) || (is_result && e->as.result->fetch)))
        test_die("event %u of job %u with the id of a fetch", (unsigned)e->type, (unsigned)e->job);
}

static void event(void *ctx, const struct prov_event *e)
{
    struct fake_host *fake = ctx;
    char line[2048];
    check_sizes(e);
    check_job(e);
    check_fetch(e);
    check_address(e);
    check_activation(fake, e);
    check_counts(fake, e);
    check_schedule(fake, e);
    write_line(fake, e, line, sizeof line);
    fake->events.sink.write(fake->events.sink.ctx, line, strlen(line), NULL);
    fake_host_search(fake, e);
    if (fake->on_event)
        fake->on_event(fake->on_event_ctx, e);
}

/*
 * By store, since the store is the first argument of its callbacks whoever fills the struct in.
 * A test that fails leaves its entry behind. A store stays in the thread that opened it.
 */
static _Thread_local struct transactions {
    const prov_store *store;
    bool is_open;
    unsigned n_commits;
} transactions[8];

static struct transactions *transactions_of(const prov_store *store)
{
    for (size_t i = 0; i < sizeof transactions / sizeof transactions[0]; i++)
        if (transactions[i].store == store)
            return &transactions[i];
    test_die("no fake host has that store");
}

static void watch_transactions(const prov_store *store)
{
    static _Thread_local size_t next;
    size_t i = 0;
    while (i < sizeof transactions / sizeof transactions[0] && transactions[i].store != store)
        i++;
    if (i == sizeof transactions / sizeof transactions[0])
        i = next++ % i;
    transactions[i] = (struct transactions){.store = store};
}

/* The same for each store. */
static _Atomic(prov_status (*)(void *store, struct prov_error *err)) bound_begin;

static prov_status txn_begin(void *store, struct prov_error *err)
{
    if (transactions_of(store)->is_open)
        test_die("a transaction begins within another one");
    prov_status status = bound_begin(store, err);
    transactions_of(store)->is_open = status == PROV_OK;
    return status;
}

static prov_status txn_commit(void *store, struct prov_error *err)
{
    struct transactions *of = transactions_of(store);
    if (!of->is_open)
        test_die("a commit outside of a transaction");
    of->is_open = false;
    prov_status status = prov_store_commit(store, err);
    of->n_commits += status == PROV_OK;
    return status;
}

static void txn_rollback(void *store)
{
    if (!transactions_of(store)->is_open)
        test_die("a rollback outside of a transaction");
    transactions_of(store)->is_open = false;
    prov_store_rollback(store);
}

unsigned fake_host_n_commits(const struct fake_host *fake)
{
    return transactions_of(fake->store)->n_commits;
}

void fake_host_init(struct fake_host *fake, prov_store *store)
{
    memset(fake, 0, sizeof *fake);
    fake->store = store;
    fake->now_ms = 1000000;
    fake->is_idle = true;
    capture_init(&fake->events, NULL);
    fake->host = (struct prov_host){
        .size = sizeof fake->host,
        .ctx = fake,
        .mono_ms = mono_ms,
        .entropy = entropy,
        .is_idle = is_idle,
        .event = event,
        .wake = wake,
    };
    if (prov_store_bind(store, &fake->host, NULL) != PROV_OK)
        test_die("the store does not bind");
    bound_begin = fake->host.txn_begin;
    fake->host.txn_begin = txn_begin;
    fake->host.txn_commit = txn_commit;
    fake->host.txn_rollback = txn_rollback;
    watch_transactions(store);
    fake->device = (struct prov_device){
        .size = sizeof fake->device,
        .mac = {0x00, 0x0e, 0x08, 0x01, 0x23, 0x45},
        .product = prov_str_from("CP-8841-3PCC"),
        .series = prov_str_from("8841"),
        .serial = prov_str_from("88012BA01234"),
        .sw_version = prov_str_from("sip88xx.11-3-1MPP-110.loads"),
    };
}

void fake_host_reboot(struct fake_host *fake)
{
    fake->schedule = (struct fake_schedule){0};
    fake->activation = (struct prov_activation){0};
    fake->n_changes = fake->n_file_changes = 0;
}

void fake_host_free(struct fake_host *fake)
{
    transactions_of(fake->store)->store = NULL;
    capture_free(&fake->events);
}

void store_set(prov_store *store, const char *name, const char *value)
{
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = 1,
    };
    if (prov_store_begin(store, NULL) != PROV_OK ||
        prov_store_set(store, &param, NULL) != PROV_OK || prov_store_commit(store, NULL) != PROV_OK)
        test_die("%s cannot be set", name);
}

void fake_host_set(struct fake_host *fake, const char *name, const char *value)
{
    store_set(fake->store, name, value);
}

/* A host's find() knows no device. */
static const char *hidden;
static prov_status hidden_as;
static prov_status (*find_of_store)(void *, prov_str, uint32_t, struct prov_param *);

static prov_status find_unless_hidden(void *store, prov_str name, uint32_t layer,
                                      struct prov_param *out)
{
    bool is_hidden =
        hidden && name.len == strlen(hidden) && memcmp(name.data, hidden, name.len) == 0;
    return is_hidden ? hidden_as : find_of_store(store, name, layer, out);
}

void fake_host_hide(struct fake_host *fake, const char *name, prov_status status)
{
    if (fake->host.find != find_unless_hidden)
        find_of_store = fake->host.find;
    fake->host.find = find_unless_hidden;
    hidden = name;
    hidden_as = status;
}

const char *fake_host_get(struct fake_host *fake, const char *name)
{
    static char value[70000];
    size_t len;
    prov_status status =
        prov_store_get(fake->store, prov_str_from(name), value, sizeof value, &len);
    if (status == PROV_E_NOT_FOUND)
        return NULL;
    if (status != PROV_OK)
        test_die("%s cannot be read", name);
    return value;
}

const char *fake_host_take_events(struct fake_host *fake)
{
    static char text[65536];
    size_t len = fake->events.len < sizeof text ? fake->events.len : sizeof text - 1;
    if (len)
        memcpy(text, fake->events.data, len);
    text[len] = '\0';
    fake->events.len = 0;
    return text;
}
