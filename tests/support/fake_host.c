/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fake_host.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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

static const char *outcome_name(uint32_t outcome)
{
    static const char *const names[] = {"none",     "applied",  "unchanged", "skipped",
                                        "assigned", "forgiven", "failed"};
    return outcome < sizeof names / sizeof names[0] ? names[outcome] : "?";
}

/* Empty for kinds a test did not ask for. */
static void write_line(const struct fake_host *fake, const struct prov_event *e, char *buf,
                       size_t cap)
{
    const char *why = e->error ? prov_status_name(e->error->status) : "";
    buf[0] = '\0';
    switch (e->type) {
    case PROV_EVENT_LOG:
        snprintf(buf, cap, "log %u %.*s%s\n", (unsigned)e->severity, TEXT(e->text), why);
        break;
    case PROV_EVENT_REQUEST:
        snprintf(buf, cap, "request %.*s %.*s\n", TEXT(e->rule), TEXT(e->url));
        break;
    case PROV_EVENT_CHANGED:
        snprintf(buf, cap, "changed %.*s '%.*s' '%.*s'%s\n", TEXT(e->name), TEXT(e->old_value),
                 TEXT(e->new_value), e->is_secret ? " secret" : "");
        break;
    case PROV_EVENT_WARNING:
        snprintf(buf, cap, "warning %u %.*s\n", (unsigned)e->warning, TEXT(e->name));
        break;
    case PROV_EVENT_RESULT:
        snprintf(buf, cap, "result %.*s %s %s\n", TEXT(e->rule), outcome_name(e->outcome), why);
        break;
    case PROV_EVENT_RESYNC:
        snprintf(buf, cap, "resync %u %s %s\n", (unsigned)e->cause, outcome_name(e->outcome), why);
        break;
    case PROV_EVENT_TRIAL: snprintf(buf, cap, "trial %lld ms\n", (long long)e->in_ms); break;
    case PROV_EVENT_CONFIRMED: snprintf(buf, cap, "confirmed\n"); break;
    case PROV_EVENT_RETURNED:
        snprintf(buf, cap, "returned %u: %llu changed %s\n", (unsigned)e->returned,
                 (unsigned long long)e->n_changed, why);
        break;
    case PROV_EVENT_DEFERRED:
        snprintf(buf, cap, "deferred stage %u for %lld of %lld ms\n", (unsigned)e->stage,
                 (long long)e->in_ms, (long long)e->at_most_ms);
        break;
    case PROV_EVENT_CREDENTIALS_WANTED:
        snprintf(buf, cap, "credentials %u for %.*s in %lld ms\n", (unsigned)e->credentials,
                 TEXT(e->url), (long long)e->in_ms);
        break;
    case PROV_EVENT_REBOOT_WANTED: snprintf(buf, cap, "reboot wanted\n"); break;
    case PROV_EVENT_PROGRESS:
        if (fake->with_schedule)
            snprintf(buf, cap, "progress %llu of %lld\n", (unsigned long long)e->bytes,
                     (long long)e->total);
        break;
    case PROV_EVENT_SCHEDULED:
        if (fake->with_schedule)
            snprintf(buf, cap, "next cause %u why %u retry %u in %lld ms\n", (unsigned)e->cause,
                     (unsigned)e->why, (unsigned)e->retry, (long long)e->in_ms);
        break;
    default: test_die("event of unknown type %u", (unsigned)e->type);
    }
}

static void search(const struct fake_host *fake, const struct prov_event *e)
{
    const prov_str texts[] = {e->rule,      e->url,       e->server_ip, e->name,
                              e->old_value, e->new_value, e->text,      e->server};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        secrets_assert_absent(fake->secrets, "event", texts[i].data, texts[i].len);
    if (e->error)
        secrets_assert_clean_error(fake->secrets, e->error);
}

static void event(void *ctx, const struct prov_event *e)
{
    struct fake_host *fake = ctx;
    char line[2048];
    write_line(fake, e, line, sizeof line);
    fake->events.sink.write(fake->events.sink.ctx, line, strlen(line), NULL);
    if (fake->secrets)
        search(fake, e);
    if (fake->on_event)
        fake->on_event(fake->on_event_ctx, e);
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
    if (prov_store_bind(store, &fake->host) != PROV_OK)
        test_die("the store does not bind");
    fake->device = (struct prov_device){
        .size = sizeof fake->device,
        .mac = {0x00, 0x0e, 0x08, 0x01, 0x23, 0x45},
        .product = prov_str_from("CP-8841-3PCC"),
        .series = prov_str_from("8841"),
        .serial = prov_str_from("88012BA01234"),
        .sw_version = prov_str_from("sip88xx.11-3-1MPP-110.loads"),
    };
}

void fake_host_free(struct fake_host *fake)
{
    capture_free(&fake->events);
}

void fake_host_set(struct fake_host *fake, const char *name, const char *value)
{
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = prov_str_from(value),
        .has_value = 1,
    };
    if (prov_store_begin(fake->store, NULL) != PROV_OK ||
        prov_store_set(fake->store, &param, NULL) != PROV_OK ||
        prov_store_commit(fake->store, NULL) != PROV_OK)
        test_die("%s cannot be set", name);
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
