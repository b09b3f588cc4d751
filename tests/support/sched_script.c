/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sched_script.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <provision/names.h>

#include "base/array.h"
#include "dials.h"
#include "sched_device.h"

static const char *const cause_names[] = {
    [PROV_CAUSE_NONE] = "none",
    [PROV_CAUSE_POWER_UP] = "power_up",
    [PROV_CAUSE_AFTER_UPGRADE] = "after_upgrade",
    [PROV_CAUSE_PERIODIC] = "periodic",
    [PROV_CAUSE_AT] = "at",
    [PROV_CAUSE_RETRY] = "retry",
    [PROV_CAUSE_SIP] = "sip",
    [PROV_CAUSE_URL] = "url",
    [PROV_CAUSE_MENU] = "menu",
    [PROV_CAUSE_XML] = "xml",
    [PROV_CAUSE_XML_SIP] = "xml_sip",
    [PROV_CAUSE_HOST] = "host",
    [PROV_CAUSE_TRIGGER] = "trigger",
};

static const char *const why_names[] = {
    [PROV_WHY_NOTHING] = "nothing",   [PROV_WHY_TIMER] = "timer",
    [PROV_WHY_LINE] = "line",         [PROV_WHY_IDLE_DELAY] = "idle_delay",
    [PROV_WHY_TRIGGER] = "trigger",   [PROV_WHY_RUNNING] = "running",
    [PROV_WHY_DISABLED] = "disabled", [PROV_WHY_FORBIDDEN] = "forbidden",
    [PROV_WHY_CLOCK] = "clock",       [PROV_WHY_UNREADABLE] = "unreadable",
    [PROV_WHY_NETWORK] = "network",
};

struct run {
    struct sched_device device;
    struct prov_sched_action reported; /* the `wait` written last */
    bool has_reported;
    char *trace;
    size_t len;
};

TEST_PRINTF(2, 3) static void say(struct run *run, const char *format, ...)
{
    char text[256];
    va_list args;
    va_start(args, format);
    int len = vsnprintf(text, sizeof text, format, args);
    va_end(args);
    if (len < 0 || (size_t)len >= sizeof text)
        test_die("a line of the trace is too long");
    char *trace = realloc(run->trace, run->len + (size_t)len + 1);
    if (!trace)
        test_die("no memory for the trace");
    memcpy(trace + run->len, text, (size_t)len + 1);
    run->trace = trace;
    run->len += (size_t)len;
}

static void say_time(struct run *run, int64_t ms)
{
    if (ms % 1000)
        say(run, "%" PRId64 ".%03d", ms / 1000, (int)(ms % 1000));
    else
        say(run, "%" PRId64, ms / 1000);
}

/* Local time of day. */
static void say_local(struct run *run, int64_t ms)
{
    int64_t local_s = ms / 1000 + run->device.wall_minus_s + run->device.world.utc_offset_s;
    int of_day = (int)(((local_s % 86400) + 86400) % 86400);
    say(run, " @%02d:%02d:%02d", of_day / 3600, of_day / 60 % 60, of_day % 60);
}

static void say_retry(struct run *run, const struct prov_sched_action *action)
{
    if (action->retry)
        say(run, " %u/%u", action->retry, action->n_retries);
}

static void say_moment(struct run *run, const char *word, int64_t ms)
{
    if (ms < 0)
        return;
    say(run, " %s ", word);
    say_time(run, ms);
}

static bool is_told(const struct run *run, const struct prov_sched_action *action)
{
    const struct prov_sched_action *reported = &run->reported;
    return run->has_reported && reported->cause == action->cause && reported->why == action->why &&
           reported->retry == action->retry && reported->expected_ms == action->expected_ms;
}

static void say_wait(struct run *run, const struct prov_sched_action *action)
{
    if (action->why == PROV_WHY_RUNNING || is_told(run, action))
        return;
    run->reported = *action;
    run->has_reported = true;
    say_time(run, run->device.world.mono_ms);
    say(run, " wait %s", cause_names[action->cause]);
    say_retry(run, action);
    say(run, " %s", why_names[action->why]);
    say_moment(run, "since", action->since_ms);
    say_moment(run, "until", action->expected_ms);
    if (action->cause == PROV_CAUSE_AT && action->expected_ms >= 0)
        say_local(run, action->expected_ms);
    say(run, "\n");
}

static void say_action(struct run *run, const struct prov_sched_action *action)
{
    int64_t now_ms = run->device.world.mono_ms;
    if (action->type == PROV_SCHED_WAIT) {
        say_wait(run, action);
        return;
    }
    say_time(run, now_ms);
    if (action->type == PROV_SCHED_START) {
        say(run, " start %s", cause_names[action->cause]);
        say_retry(run, action);
        say(run, " prvst %d", prov_cause_prvst(action->cause));
        if (action->cause == PROV_CAUSE_AT)
            say_local(run, now_ms);
        run->has_reported = false;
    } else if (action->type == PROV_SCHED_ASK_TRIGGERS) {
        say(run, " ask %s", cause_names[action->cause]);
    } else {
        say(run, " refused %s %s", cause_names[action->cause], why_names[action->why]);
    }
    say(run, "\n");
}

static void observe(void *ctx, const struct sched_device *device,
                    const struct prov_sched_event *event, const struct prov_sched_action *action)
{
    struct run *run = ctx;
    if (event->type == PROV_SCHED_DONE) {
        say_time(run, device->world.mono_ms);
        say(run, " done %s\n", event->ok ? "ok" : "failed");
    }
    say_action(run, action);
}

static uint32_t number(const char *text)
{
    char *end;
    unsigned long value = strtoul(text, &end, 10);
    if (end == text || *end)
        test_die("\"%s\" is no number", text);
    return (uint32_t)value;
}

/* "1.5" seconds in milliseconds. */
static int64_t milliseconds(const char *text)
{
    char *end;
    double value = strtod(text, &end);
    if (end == text || *end)
        test_die("\"%s\" is no time", text);
    return (int64_t)(value * 1000 + (value < 0 ? -0.5 : 0.5));
}

static uint32_t cause_of(const char *name)
{
    for (uint32_t i = 0; i < PROVI_LEN(cause_names); i++)
        if (strcmp(name, cause_names[i]) == 0)
            return i;
    test_die("\"%s\" is no cause", name);
}

/* First word of @p rest, cut off it. */
static char *word(char **rest)
{
    char *start = *rest + strspn(*rest, " ");
    size_t len = strcspn(start, " ");
    *rest = start + len;
    if (**rest)
        *(*rest)++ = '\0';
    return start;
}

static void run_set(struct run *run, char *rest)
{
    struct prov_sched_settings *to = &run->device.settings;
    const struct {
        const char *name;
        prov_str *text;
        uint32_t *number;
        uint8_t *flag;
    } fields[] = {
        {"periodic", &to->periodic, NULL, NULL},
        {"error_retry", &to->error_retry, NULL, NULL},
        {"resync_at", &to->resync_at, NULL, NULL},
        {"at_random", NULL, &to->at_random_s, NULL},
        {"random_delay", NULL, &to->random_delay, NULL},
        {"forced_delay", NULL, &to->forced_delay_s, NULL},
        {"floor", NULL, &to->floor_s, NULL},
        {"spread", NULL, &to->jitter_s, NULL},
        {"retry_spread", NULL, &to->retry_jitter_s, NULL},
        {"enable", NULL, NULL, &to->provision_enable},
        {"on_reset", NULL, NULL, &to->on_reset},
        {"from_sip", NULL, NULL, &to->from_sip},
        {"after_upgrade", NULL, NULL, &to->after_upgrade},
        {"user_configurable", NULL, NULL, &to->user_configurable},
        {"unreadable", NULL, NULL, &to->unreadable},
    };
    const char *name = word(&rest);
    size_t i = 0;
    while (i < PROVI_LEN(fields) && strcmp(name, fields[i].name) != 0)
        i++;
    if (i < PROVI_LEN(fields) && fields[i].text)
        *fields[i].text = prov_str_from(rest);
    else if (i < PROVI_LEN(fields) && fields[i].number)
        *fields[i].number = number(rest);
    else if (i < PROVI_LEN(fields))
        *fields[i].flag = (uint8_t)number(rest);
    else
        test_die("\"%s\" is no setting", name);
}

static void run_device(struct run *run, char *rest)
{
    run->device.settings.jitter_seed = strtoull(word(&rest), NULL, 16);
}

static void run_dialect(struct run *run, char *rest)
{
    bool is_spa = strcmp(word(&rest), "spa") == 0;
    run->device.dialect = *prov_dialect_get(is_spa ? PROV_DIALECT_SPA : PROV_DIALECT_MPP);
}

static void run_entropy(struct run *run, char *rest)
{
    const char *kind = word(&rest);
    run->device.fixed_entropy = strcmp(kind, "random") != 0;
    run->device.world.entropy = strcmp(kind, "max") == 0 ? UINT32_MAX : 0;
}

static void run_clock(struct run *run, char *rest)
{
    const char *utc = word(&rest);
    if (strcmp(utc, "unset") == 0)
        run->device.world.wall_valid = 0;
    else
        sched_device_set_clock(&run->device, strtoll(utc, NULL, 10), atoi(word(&rest)));
}

static void run_server(struct run *run, char *rest)
{
    const char *kind = word(&rest);
    const char *takes = word(&rest);
    const char *retry_after = word(&rest);
    struct sched_server *server = &run->device.server;
    server->ok = strcmp(kind, "fail") != 0;
    server->takes_ms = *takes ? milliseconds(takes) : 0;
    server->retry_after_s = *retry_after ? number(retry_after) : 0;
}

static void run_triggers(struct run *run, char *rest)
{
    const char *kind = word(&rest);
    run->device.settings.has_triggers = strcmp(kind, "none") != 0;
    run->device.triggers = strcmp(kind, "true") == 0;
}

static void send_event(struct run *run, uint32_t type, uint32_t cause)
{
    prov_status status = sched_device_tell(&run->device, type, cause);
    if (status == PROV_OK)
        return;
    say_time(run, run->device.world.mono_ms);
    say(run, " %s\n", prov_status_name(status));
}

static void run_boot(struct run *run, char *rest)
{
    send_event(run, PROV_SCHED_BOOT, cause_of(word(&rest)));
}

static void run_reboot(struct run *run, char *rest)
{
    const char *cause = word(&rest);
    sched_device_reboot(&run->device, strcmp(word(&rest), "saved") == 0);
    run->has_reported = false;
    say(run, "reboot\n");
    send_event(run, PROV_SCHED_BOOT, cause_of(cause));
}

static void run_request(struct run *run, char *rest)
{
    send_event(run, PROV_SCHED_REQUEST, cause_of(word(&rest)));
}

static void run_upgraded(struct run *run, char *rest)
{
    (void)rest;
    send_event(run, PROV_SCHED_UPGRADED, PROV_CAUSE_NONE);
}

/* What runs ends with it. */
static void run_cancel(struct run *run, char *rest)
{
    (void)rest;
    run->device.is_running = false;
    send_event(run, PROV_SCHED_CANCELLED, PROV_CAUSE_NONE);
}

static void run_network(struct run *run, char *rest)
{
    const char *name = word(&rest);
    struct prov_sched_event event = {
        .size = sizeof event, .type = PROV_SCHED_NETWORK, .network = PROV_NETWORK_LOST};
    while (event.network <= PROV_NETWORK_CHANGED &&
           strcmp(name, prov_network_name(event.network)) != 0)
        event.network++;
    if (sched_device_send(&run->device, &event) != PROV_OK)
        test_die("\"%s\" is no event of the network", name);
}

/* Time passes, and no step comes before its end. */
static void run_sleep(struct run *run, char *rest)
{
    run->device.world.mono_ms += milliseconds(word(&rest));
    send_event(run, PROV_SCHED_TICK, PROV_CAUSE_NONE);
}

static void run_touch(struct run *run, char *rest)
{
    (void)rest;
    send_event(run, PROV_SCHED_TICK, PROV_CAUSE_NONE);
}

static void run_call(struct run *run, char *rest)
{
    sched_device_call(&run->device, strcmp(word(&rest), "on") == 0);
}

static void run_run(struct run *run, char *rest)
{
    sched_device_run(&run->device, run->device.world.mono_ms + milliseconds(word(&rest)));
}

static const struct {
    const char *name;
    void (*run)(struct run *run, char *rest);
} commands[] = {
    {"set", run_set},           {"device", run_device},     {"dialect", run_dialect},
    {"entropy", run_entropy},   {"clock", run_clock},       {"server", run_server},
    {"triggers", run_triggers}, {"boot", run_boot},         {"reboot", run_reboot},
    {"request", run_request},   {"upgraded", run_upgraded}, {"touch", run_touch},
    {"call", run_call},         {"run", run_run},           {"cancel", run_cancel},
    {"network", run_network},   {"sleep", run_sleep},
};

static void run_line(struct run *run, char *line)
{
    char *rest = line;
    const char *name = word(&rest);
    if (*name == '\0' || *name == '#')
        return;
    for (size_t i = 0; i < PROVI_LEN(commands); i++) {
        if (strcmp(name, commands[i].name) == 0) {
            commands[i].run(run, rest);
            return;
        }
    }
    test_die("\"%s\" is no command", name);
}

char *sched_script_run(char *script)
{
    struct run run = {0};
    sched_device_init(&run.device, 1);
    run.device.observe = observe;
    run.device.ctx = &run;
    run.device.fixed_entropy = true;
    say(&run, "%s", "");
    while (*script) {
        char *end = script + strcspn(script, "\n");
        char *next = *end ? end + 1 : end;
        *end = '\0';
        run_line(&run, script);
        script = next;
    }
    return run.trace;
}
