/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "device.h"

#include <string.h>

#include <provision/version.h>

static const struct prov_param_info rebooting = {
    .size = sizeof rebooting,
    .name = "Own_Reboot",
    .default_value = "",
    .meaning = "takes effect after a reboot",
    .flags = PROV_PARAM_FLAG_REBOOT,
};
static const struct prov_param_info restarting = {
    .size = sizeof restarting,
    .name = "Own_Restart",
    .default_value = "",
    .meaning = "takes effect after a restart",
    .flags = PROV_PARAM_FLAG_RESTART,
};
static const struct prov_param_info *const own[] = {&rebooting, &restarting};
const struct prov_catalogue device_catalogue = {
    .size = sizeof device_catalogue, .extra = own, .n_extra = sizeof own / sizeof own[0]};

void device_plug_in(struct device *d, prov_store *store, struct dial *alloc_dial,
                    struct dial *net_dial)
{
    memset(d, 0, sizeof *d);
    fault_alloc_init(&d->memory, NULL);
    d->store = store;
    if (!store && prov_store_open(&d->store, NULL, NULL) != PROV_OK)
        test_die("no store");
    fake_host_init(&d->host, d->store);
    fake_transport_init(&d->net, "tftp,http,https,syslog", net_dial);
    d->net.is_immediate = true;
    fake_host_set(&d->host, "Profile_Rule", "");
    d->memory.dial = alloc_dial;
}

void device_mute(struct device *d)
{
    fake_host_set(&d->host, "Resync_On_Reset", "No");
    fake_host_set(&d->host, "Log_Request_Msg", "");
    fake_host_set(&d->host, "Log_Success_Msg", "");
    fake_host_set(&d->host, "Log_Failure_Msg", "");
}

prov_status device_make_agent(struct device *d, struct prov_agent_options *options)
{
    struct prov_agent_options none = {.size = sizeof none};
    options = options ? options : &none;
    fake_host_reboot(&d->host);
    d->asleep = NULL;
    options->host = &d->host.host;
    options->device = &d->host.device;
    options->alloc = &d->memory.alloc;
    prov_status status = prov_agent_new(&d->agent, options, NULL);
    if (status == PROV_OK)
        status = prov_agent_add_transport(d->agent, &d->net.transport, 0, NULL);
    if (status == PROV_OK && d->custom_ca.check)
        status = prov_agent_enable_custom_ca(d->agent, &d->custom_ca, NULL);
    if (status == PROV_OK && d->report.size)
        status = prov_agent_enable_report(d->agent, &d->report, NULL);
    if (status == PROV_OK && d->has_history)
        status = prov_agent_enable_history(d->agent, NULL);
    if (status == PROV_OK && d->upgrade.inspect)
        status = prov_agent_enable_upgrade(d->agent, &d->upgrade, NULL);
    if (status == PROV_OK && d->migration.check)
        status = prov_agent_enable_migration(d->agent, &d->migration, NULL);
    if (status == PROV_OK && d->renewal.present && prov_feature_supported(PROV_FEATURE_CURL))
        status = prov_agent_enable_renewal(d->agent, &d->renewal, NULL);
    if (status == PROV_OK && d->activation.size)
        status = prov_agent_enable_activation(d->agent, &d->activation, NULL);
    return status;
}

void device_unplug(struct device *d)
{
    prov_agent_free(d->agent);
    d->agent = NULL;
    fault_alloc_assert_empty(&d->memory);
    fake_transport_free(&d->net);
    fake_host_free(&d->host);
    prov_store_close(d->store);
}

void device_start(struct device *d)
{
    device_plug_in(d, NULL, NULL, NULL);
    if (device_make_agent(d, NULL) != PROV_OK)
        test_die("no agent");
}

/* The host knows what is due next, as the agent says it when it is asked. */
static void check_schedule(const struct device *d)
{
    const struct fake_schedule *reported = &d->host.schedule;
    struct prov_sched_action due = {.size = sizeof due};
    prov_agent_due(d->agent, &due);
    if (reported->is_reported &&
        (reported->cause != due.cause || reported->why != due.why || reported->retry != due.retry ||
         reported->expected_ms != due.expected_ms))
        test_die("reported cause %u, why %u, retry %u at %lld; due is %u, %u, %u at %lld",
                 reported->cause, reported->why, reported->retry, (long long)reported->expected_ms,
                 due.cause, due.why, due.retry, (long long)due.expected_ms);
}

/* INT64_MAX: never. */
static int64_t wake_ms(const struct device *d)
{
    int64_t wait_ms = prov_agent_timeout_ms(d->agent);
    bool is_ever = wait_ms >= 0 && d->host.now_ms <= INT64_MAX - wait_ms;
    return is_ever ? d->host.now_ms + wait_ms : INT64_MAX;
}

/* The host sleeps until the time it was given, unless the agent or the network wakes it. */
static void check_wake(const struct device *d)
{
    const struct prov_transport *net = &d->net.transport;
    int64_t due_ms = wake_ms(d);
    if (d->asleep != d->agent || !d->host.host.wake || d->host.n_wakes != d->n_wakes ||
        d->host.now_ms >= d->due_ms || net->timeout_ms(net->ctx) == 0)
        return;
    if (due_ms < d->due_ms)
        test_die("work at %lld, before that of %lld, but the host was not woken", (long long)due_ms,
                 (long long)d->due_ms);
}

static void fall_asleep(struct device *d)
{
    d->asleep = d->agent;
    d->due_ms = wake_ms(d);
    d->n_wakes = d->host.n_wakes;
}

void device_settle(struct device *d)
{
    check_wake(d);
    for (int turns = 0; prov_agent_timeout_ms(d->agent) == 0; turns++) {
        if (turns == 10000 || prov_agent_process(d->agent, NULL) != PROV_OK)
            test_die("the agent does not settle");
    }
    check_schedule(d);
    fall_asleep(d);
}

void device_pass(struct device *d, int64_t ms)
{
    int64_t end = d->host.now_ms + ms;
    device_settle(d);
    for (;;) {
        int64_t wait = prov_agent_timeout_ms(d->agent);
        if (wait < 0 || d->host.now_ms + wait > end)
            break;
        d->host.now_ms += wait;
        device_settle(d);
    }
    d->host.now_ms = end;
}

void device_boot(struct device *d)
{
    device_settle(d);
    fake_host_take_events(&d->host);
}

void device_ask(struct device *d, const char *rule)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .cause = PROV_CAUSE_HOST,
        .rule = prov_str_from(rule),
    };
    if (prov_agent_request(d->agent, rule ? &request : NULL, NULL) != PROV_OK)
        test_die("refused: %s", rule ? rule : "all rules");
    device_settle(d);
}

bool device_says(prov_str text, const char *word)
{
    char copy[4097];
    if (text.len >= sizeof copy)
        test_die("a text longer than agents give");
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return strstr(copy, word) != NULL;
}

void device_assert_stored(struct device *d, const char *name, const char *expected)
{
    const char *value = fake_host_get(&d->host, name);
    if (!value != !expected || (value && strcmp(value, expected) != 0))
        test_die("%s is %s, expected %s", name, value ? value : "not set",
                 expected ? expected : "not set");
}
