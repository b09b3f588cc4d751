/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* tm_gmtoff */
#include "host.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "common/text.h"

#include "control.h"
#include "json.h"
#include "options.h"

/* Goes on while the machine sleeps, so that a resync is not late by the length of the sleep. */
int64_t host_now_ms(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_BOOTTIME, &now) != 0)
        clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* A real phone answers false until SNTP or a DHCP option has told it the time. */
static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    time_t now = time(NULL);
    struct tm local;
    (void)ctx;
    if (now == (time_t)-1 || !localtime_r(&now, &local))
        return false;
    *utc_s = now;
    *utc_offset_s = (int32_t)local.tm_gmtoff;
    return true;
}

/* Spreads a thousand phones that get their power back at once: it has to differ from all others. */
static uint32_t entropy(void *ctx)
{
    uint32_t bits;
    (void)ctx;
    if (getrandom(&bits, sizeof bits, 0) == sizeof bits)
        return bits;
    return (uint32_t)host_now_ms() * 2654435761u;
}

static int64_t mono_ms(void *ctx)
{
    (void)ctx;
    return host_now_ms();
}

static bool is_idle(void *ctx)
{
    const struct phone *phone = ctx;
    return !phone->has_call;
}

/* A phone with a screen would show the question on it, and answer later. */
static void answer(struct phone *phone)
{
    bool is_known = phone->account && !phone->has_answered;
    prov_str login = prov_str_from(is_known ? phone->account : "");
    size_t uid_len = strcspn(login.data, ":");
    prov_str uid = {login.data, uid_len};
    prov_str pwd = prov_str_from(login.data + uid_len + (uid_len < login.len));
    phone->has_answered = true;
    prov_agent_set_credentials(phone->agent, uid, pwd, NULL);
}

static enum show_account account_of(const struct phone *phone)
{
    if (!phone->account)
        return SHOW_NO_ACCOUNT;
    return phone->has_answered ? SHOW_ACCOUNT_REFUSED : SHOW_ACCOUNT_ANSWERS;
}

/* A resync has a result for each rule, and an event for the whole. */
static bool is_awaited(const struct phone *phone, const struct prov_event *event)
{
    uint32_t type = phone->awaited == PROV_JOB_RESYNC ? PROV_EVENT_RESYNC : PROV_EVENT_RESULT;
    return event->type == type && event->job == phone->awaited;
}

static void notice(struct phone *phone, const struct prov_event *event)
{
    if (is_awaited(phone, event)) {
        phone->has_result = true;
        phone->has_failed |= event->as.result->outcome == PROV_OUTCOME_FAILED;
    }
    switch (event->type) {
    case PROV_EVENT_RESULT:
        if (event->job == PROV_JOB_FETCH)
            file_end(&phone->file, event->as.result->outcome);
        break;
    case PROV_EVENT_UNCONFIRMED: phone->is_unconfirmed = true; break;
    case PROV_EVENT_CONFIRMED: phone->is_unconfirmed = false; break;
    case PROV_EVENT_ROLLED_BACK: phone->is_unconfirmed = event->as.rollback->error != NULL; break;
    default: break;
    }
}

static void confirm(struct phone *phone)
{
    struct prov_error err = {0};
    if (prov_agent_confirm(phone->agent, &err) != PROV_OK)
        complain(&err, EXIT_MACHINE); /* still unconfirmed */
}

static void on_event(void *ctx, const struct prov_event *event)
{
    struct phone *phone = ctx;
    notice(phone, event);
    phone->show.account = account_of(phone);
    if (phone->is_json)
        json_event(stdout, event);
    else
        show_event(&phone->show, event, phone->agent);
    control_event(phone->control, event);
    bool went_well =
        event->type == PROV_EVENT_RESYNC && event->as.result->outcome != PROV_OUTCOME_FAILED;
    if (phone->confirms && phone->is_unconfirmed && went_well)
        confirm(phone);
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED)
        answer(phone);
}

void host_note(struct phone *phone, const char *note)
{
    if (!phone->is_json)
        show_note(&phone->show, note);
}

prov_status host_request(struct phone *phone, uint32_t verb, prov_str rule, struct prov_error *err)
{
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = verb,
        .cause = rule.len ? PROV_CAUSE_URL : PROV_CAUSE_HOST,
        .rule = rule,
    };
    return prov_agent_request(phone->agent, &request, err);
}

prov_status host_confirm(struct phone *phone, struct prov_error *err)
{
    if (!phone->is_unconfirmed)
        host_note(phone, "nothing waits for a confirmation");
    return prov_agent_confirm(phone->agent, err);
}

/* A device reports what its driver or its network manager reports to it. */
prov_status host_set_link(struct phone *phone, bool is_lost, struct prov_error *err)
{
    phone->is_link_lost = is_lost;
    host_note(phone, is_lost ? "the network is lost" : "the network is back");
    return prov_agent_network(phone->agent, is_lost ? PROV_NETWORK_LOST : PROV_NETWORK_BACK, err);
}

static bool is_of_the_store(prov_str name)
{
    static const char *const names[] = {"trial", "quarantine", "customca"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (name.len == strlen(names[i]) && memcmp(name.data, names[i], name.len) == 0)
            return true;
    return false;
}

static prov_status keep(void *store, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    return is_of_the_store(name) ? prov_store_save_record(store, name, data, len, err) : PROV_OK;
}

static prov_status recall(void *store, prov_str name, void *buf, size_t cap, size_t *len)
{
    return is_of_the_store(name) ? prov_store_load_record(store, name, buf, cap, len)
                                 : PROV_E_NOT_FOUND;
}

void host_keep_for_once(struct prov_host *host)
{
    host->save = keep;
    host->load = recall;
}

static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    const struct phone *phone = ctx;
    size_t len;
    return prov_curl_check_custom_ca(phone->curl, pem, name, cap, &len, err);
}

static prov_status install_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    const struct phone *phone = ctx;
    return prov_curl_set_custom_ca(phone->curl, pem, 0, err);
}

void host_fill(struct prov_host *host, struct phone *phone)
{
    host->ctx = phone;
    host->mono_ms = mono_ms;
    host->wall_s = wall_s;
    host->entropy = entropy;
    host->is_idle = is_idle;
    host->event = on_event;
}

prov_status host_enable_jobs(struct phone *phone, struct prov_error *err)
{
    const struct prov_custom_ca_host ca_host = {
        .size = sizeof ca_host, .ctx = phone, .check = check_ca, .install = install_ca};
    prov_status status = prov_agent_enable_custom_ca(phone->agent, &ca_host, err);
    return status == PROV_OK ? prov_agent_enable_report(phone->agent, NULL, err) : status;
}
