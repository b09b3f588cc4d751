/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "frail_device.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/array.h"
#include "fake_service.h"

enum {
    MOST_TURNS_AT_ONCE = 100,
    MOST_TURNS_AN_HOUR = 600,
    MOST_REQUESTS = 20, /* by an event callback that asks each time */
    MOST_ANSWERS = 60,  /* by one that reports a change each time */
};

static bool fails(struct frail_device *frail, enum frail_callback callback)
{
    return (frail->failing & 1u << callback) && dial_tick(frail->dial);
}

/* A copy without a byte behind it: whoever reads on is caught. */
static prov_str exact_copy(struct frail_device *frail, prov_str text)
{
    free(frail->exact);
    frail->exact = malloc(text.len ? text.len : 1);
    if (text.len)
        memcpy(frail->exact, text.data, text.len);
    return (prov_str){frail->exact, text.len};
}

static int64_t mono_ms(void *ctx)
{
    struct frail_device *frail = ctx;
    int64_t real_ms = frail->inner.mono_ms(frail->inner.ctx);
    if (!fails(frail, FRAIL_MONO_MS))
        return frail->last_mono_ms = real_ms;
    const int64_t wrong_ms[] = {frail->last_mono_ms, INT64_MIN,     -1, INT64_MAX, 0,
                                real_ms - 5000,      INT64_MAX / 2, 1};
    return wrong_ms[frail->way % PROVI_LEN(wrong_ms)];
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    struct frail_device *frail = ctx;
    *utc_s = STATIC_VAULT_BEGIN_S + frail->wall_ahead_s + frail->device.host.now_ms / 1000;
    *utc_offset_s = 3600;
    if (!fails(frail, FRAIL_WALL_S))
        return !frail->is_wall_unset;
    static const int64_t wrong_s[] = {INT64_MAX, INT64_MIN, -1, INT64_C(1) << 52, 0};
    *utc_s = wrong_s[frail->way % PROVI_LEN(wrong_s)];
    *utc_offset_s = frail->way % 2 ? INT32_MIN : INT32_MAX;
    return frail->way % 7 != 0;
}

static uint32_t entropy(void *ctx)
{
    return fails(ctx, FRAIL_ENTROPY) ? UINT32_MAX : 0;
}

static bool is_idle(void *ctx)
{
    struct frail_device *frail = ctx;
    return !fails(frail, FRAIL_IS_IDLE) && frail->inner.is_idle(frail->inner.ctx);
}

/* All that an event callback may do, short of asking for ever. */
static void interfere(struct frail_device *frail)
{
    prov_agent *agent = frail->device.agent;
    struct prov_agent_trace trace = {.size = sizeof trace};
    struct prov_sched_action due = {.size = sizeof due};
    if (frail->n_requests++ < MOST_REQUESTS) {
        prov_agent_request(agent, NULL, NULL);
        const struct prov_agent_request upgrade = {
            .size = sizeof upgrade, .verb = PROV_VERB_UPGRADE, .cause = PROV_CAUSE_HOST};
        prov_agent_request(agent, &upgrade, NULL);
        const struct prov_log_entry entry = {.size = sizeof entry, .text = {"text", 4}};
        prov_agent_log(agent, &entry, NULL);
    }
    /* A setting read at each second attempt only is reported each time: no end to answers. */
    if (frail->n_answers++ < MOST_ANSWERS) {
        if (frail->way % 4 == 3)
            prov_agent_cancel(agent, PROV_JOB_CUSTOM_CA | PROV_JOB_REBOOT | PROV_JOB_LOG, NULL);
        prov_agent_notify(agent);
    }
    prov_agent_confirm(agent, NULL);
    prov_agent_confirm_upgrade(agent, NULL);
    prov_agent_record_reboot(agent, PROV_REBOOT_RC, NULL);
    prov_agent_set_dhcp(agent, NULL, NULL);
    prov_agent_set_credentials(agent, prov_str_from("u"), prov_str_from("p"), NULL);
    prov_agent_due(agent, &due);
    prov_agent_trace_get(agent, 0, &trace);
    prov_agent_timeout_ms(agent);
    prov_agent_is_busy(agent);
    if (prov_agent_process(agent, NULL) != PROV_E_STATE)
        test_die("process() within a callback");
}

static void free_agent(struct frail_device *frail)
{
    prov_agent *agent = frail->device.agent;
    frail->device.agent = NULL;
    prov_agent_free(agent);
}

/* With a wrong clock the host would object to times that its own clock did not return. */
static void event(void *ctx, const struct prov_event *event)
{
    struct frail_device *frail = ctx;
    bool is_clock_right = !(frail->failing & 1u << FRAIL_MONO_MS) && !frail->has_odd_clock;
    frail->wants_reboot |= event->type == PROV_EVENT_REBOOT_WANTED;
    if (is_clock_right)
        frail->inner.event(frail->inner.ctx, event);
    else
        fake_host_search(&frail->device.host, event);
    if (frail->device.agent && fails(frail, FRAIL_EVENT))
        interfere(frail);
    if (frail->device.agent && fails(frail, FRAIL_FREE))
        free_agent(frail);
}

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)stage;
    return fails(ctx, FRAIL_DEFER_MS) ? UINT32_MAX : 0;
}

/* A status of ours, or a number of the host's own. */
static prov_status refusal(const struct frail_device *frail)
{
    static const prov_status statuses[] = {PROV_E_IO, 77, PROV_E_NOMEM, PROV_E_HOST};
    return statuses[frail->way % PROVI_LEN(statuses)];
}

static prov_status check_url(void *ctx, prov_str url, struct prov_error *err)
{
    (void)url;
    (void)err;
    return fails(ctx, FRAIL_CHECK_URL) ? refusal(ctx) : PROV_OK;
}

/* What it fails with may be the name alone, which does not end. */
static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    struct frail_device *frail = ctx;
    (void)pem;
    (void)err;
    snprintf(name, cap, "a CA");
    if (!fails(frail, FRAIL_CHECK_CA))
        return PROV_OK;
    memset(name, 'x', cap);
    return frail->way % 2 ? refusal(frail) : PROV_OK;
}

static prov_status install_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)pem;
    (void)err;
    return fails(ctx, FRAIL_CUSTOM_CA) ? refusal(ctx) : PROV_OK;
}

static prov_status check_address(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err)
{
    (void)address;
    (void)port;
    (void)purpose;
    (void)err;
    return fails(ctx, FRAIL_CHECK_ADDRESS) ? refusal(ctx) : PROV_OK;
}

static prov_status find_macro(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    struct frail_device *frail = ctx;
    (void)flags;
    bool is_failing = fails(frail, FRAIL_FIND_MACRO);
    if (is_failing && frail->way % 3 == 0)
        *value = (prov_str){NULL, 5};
    else if (is_failing)
        return refusal(frail);
    else if (name.len == 3 && memcmp(name.data, "OWN", 3) == 0)
        *value = exact_copy(frail, prov_str_from("1"));
    else
        return PROV_E_NOT_FOUND;
    return PROV_OK;
}

/* More than fits, too little room for ever, or a plain refusal. */
static prov_status fail_to_copy(const struct frail_device *frail, size_t cap, size_t *len)
{
    switch (frail->way % 7) {
    case 0: *len = cap + 1; return PROV_OK;
    case 1: *len = SIZE_MAX; return PROV_OK;
    case 2: *len = 0; return PROV_E_LIMIT;
    case 3: *len = cap; return PROV_E_LIMIT;
    case 4: *len = SIZE_MAX; return PROV_E_LIMIT;
    default: *len = 0; return refusal(frail);
    }
}

/* A text without data, an unexpected size, or a plain refusal. */
static prov_status fail_to_find(struct frail_device *frail, struct prov_param *out)
{
    out->has_value = PROV_VALUE_GIVEN;
    out->access = out->layer = UINT8_MAX;
    out->value = (prov_str){NULL, 5};
    switch (frail->way % 4) {
    case 0: return PROV_OK;
    case 1: return PROV_E_LIMIT;
    default: return refusal(frail);
    }
}

static prov_status find(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    struct frail_device *frail = ctx;
    bool is_failing = fails(frail, FRAIL_FIND);
    if (is_failing && frail->way % 5 != 4)
        return fail_to_find(frail, out);
    prov_status status = frail->inner.find(frail->inner.store_ctx, name, layer, out);
    if (status == PROV_OK)
        out->value = exact_copy(frail, out->value);
    if (is_failing)
        out->access = out->layer = UINT8_MAX;
    return status;
}

/* Each eighth is a chance: a report asks for all of them several times. */
static prov_status param_at(void *ctx, size_t index, struct prov_param *out)
{
    struct frail_device *frail = ctx;
    if (index % 8 == 0 && fails(frail, FRAIL_PARAM))
        return fail_to_find(frail, out);
    prov_status status = frail->inner.param(frail->inner.store_ctx, index, out);
    if (status == PROV_OK)
        out->value = exact_copy(frail, out->value);
    return status;
}

static prov_status status_field(void *ctx, size_t index, struct prov_report_field *out,
                                struct prov_error *err)
{
    struct frail_device *frail = ctx;
    (void)err;
    if (fails(frail, FRAIL_REPORT_STATUS)) {
        out->section = (prov_str){NULL, frail->way % 2 ? 5 : 0};
        return frail->way % 4 < 2 ? PROV_OK : refusal(frail);
    }
    out->section = prov_str_from("Own");
    out->name = prov_str_from("Value");
    out->value = exact_copy(frail, prov_str_from("1"));
    return index < 3 ? PROV_OK : PROV_E_NOT_FOUND;
}

/* An answer that is none, or one that another callback takes back. */
static prov_status check_licence(void *ctx, prov_str licence, uint32_t *answer,
                                 struct prov_error *err)
{
    struct frail_device *frail = ctx;
    (void)licence, (void)err;
    if (!fails(frail, FRAIL_CHECK_LICENCE))
        return device_answer_licence(frail->licence_answer, answer);
    if (frail->way % 2)
        prov_agent_set_authorization(frail->device.agent, frail->way % 3, NULL);
    return device_answer_licence(
        (uint32_t[]){DEVICE_LICENCE_NO, PROV_LICENCE_LATER, 77}[frail->way % 3], answer);
}

static void begin_wxc(void *ctx)
{
    struct frail_device *frail = ctx;
    uint32_t authorization =
        fails(frail, FRAIL_BEGIN_WXC) ? PROV_AUTHORIZATION_NONE : PROV_AUTHORIZATION_WXC;
    prov_agent_set_authorization(frail->device.agent, authorization, NULL);
}

/* The server has the certificate behind the one that is presented. */
static prov_status present(void *ctx, struct prov_renewal_present *out, struct prov_error *err)
{
    struct frail_device *frail = ctx;
    int64_t now_s = STATIC_VAULT_BEGIN_S + frail->wall_ahead_s + frail->device.host.now_ms / 1000;
    const char *next = static_vault_certificate(static_vault_next(&frail->vault, now_s));
    if (frail->certificates) {
        frail->certificates->data = next;
        frail->certificates->len = strlen(next);
        frail->certificates->length = (int64_t)frail->certificates->len;
    }
    prov_status status = static_vault_present(&frail->vault, out, err);
    if (!fails(frail, FRAIL_PRESENT))
        return status;
    switch (frail->way % 4) {
    case 0: out->certificate = NULL; return PROV_OK;
    case 1: out->ca_pem = (prov_str){NULL, 5}; return PROV_OK;
    case 2: out->ca_pem = prov_str_from("none"); return PROV_OK;
    default: return refusal(frail);
    }
}

static prov_status install(void *ctx, prov_str chain_pem, struct prov_error *err)
{
    struct frail_device *frail = ctx;
    return fails(frail, FRAIL_INSTALL) ? refusal(frail)
                                       : static_vault_install(&frail->vault, chain_pem, err);
}

static void enable_licences(struct frail_device *frail)
{
    struct device *d = &frail->device;
    static_vault_plug_in(&frail->vault, d);
    d->renewal.ctx = frail;
    d->renewal.present = present;
    d->renewal.install = install;
    d->migration = (struct prov_migration_host){
        .size = sizeof d->migration, .ctx = frail, .check = check_licence, .begin_wxc = begin_wxc};
    d->activation = activation_services;
}

static prov_status tell_step(struct frail_device *frail, enum frail_step step,
                             const struct prov_param *param, prov_status status)
{
    if (status == PROV_OK && frail->on_step)
        frail->on_step(frail->on_step_ctx, step, param);
    return status;
}

static prov_status txn_begin(void *ctx, struct prov_error *err)
{
    struct frail_device *frail = ctx;
    if (fails(frail, FRAIL_TXN_BEGIN))
        return refusal(frail);
    prov_status status = frail->inner.txn_begin(frail->inner.store_ctx, err);
    return tell_step(frail, FRAIL_BEGUN, NULL, status);
}

static prov_status txn_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct frail_device *frail = ctx;
    if (fails(frail, FRAIL_TXN_SET))
        return refusal(frail);
    prov_status status = frail->inner.txn_set(frail->inner.store_ctx, param, err);
    return tell_step(frail, FRAIL_STAGED, param, status);
}

static void txn_rollback(void *ctx)
{
    struct frail_device *frail = ctx;
    frail->inner.txn_rollback(frail->inner.store_ctx);
    tell_step(frail, FRAIL_UNDONE, NULL, PROV_OK);
}

/* A commit that fails leaves no transaction open. */
static prov_status txn_commit(void *ctx, struct prov_error *err)
{
    struct frail_device *frail = ctx;
    if (fails(frail, FRAIL_TXN_COMMIT)) {
        txn_rollback(frail);
        return refusal(frail);
    }
    prov_status status = frail->inner.txn_commit(frail->inner.store_ctx, err);
    tell_step(frail, status == PROV_OK ? FRAIL_COMMITTED : FRAIL_UNDONE, NULL, PROV_OK);
    return status;
}

static uint64_t stamp(void *ctx)
{
    struct frail_device *frail = ctx;
    return fails(frail, FRAIL_STAMP) ? frail->way % 2
                                     : frail->inner.generation(frail->inner.store_ctx);
}

static prov_status keep(void *ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    struct frail_device *frail = ctx;
    return fails(frail, FRAIL_KEEP)
               ? refusal(frail)
               : frail->inner.save(frail->inner.store_ctx, name, data, len, err);
}

static prov_status recall(void *ctx, prov_str name, void *buf, size_t cap, size_t *len)
{
    if (cap < 64)
        test_die("a record of %zu bytes at most is loaded, not of 64", cap);
    struct frail_device *frail = ctx;
    if (fails(frail, FRAIL_RECALL))
        return fail_to_copy(frail, cap, len);
    return frail->inner.load(frail->inner.store_ctx, name, buf, cap, len);
}

void frail_device_wrap(struct frail_device *frail)
{
    frail->inner = frail->device.host.host;
    frail->device.has_history = !frail->is_bare;
    if (!frail->is_bare)
        frail->device.custom_ca = (struct prov_custom_ca_host){
            .size = sizeof frail->device.custom_ca,
            .ctx = frail,
            .check = check_ca,
            .install = install_ca,
        };
    if (frail->sends_reports)
        frail->device.report = (struct prov_report_host){
            .size = sizeof frail->device.report, .ctx = frail, .status = status_field};
    if (frail->has_licences)
        enable_licences(frail);
    frail->device.host.host = (struct prov_host){
        .size = sizeof(struct prov_host),
        .ctx = frail,
        .mono_ms = mono_ms,
        .wall_s = wall_s,
        .entropy = entropy,
        .is_idle = is_idle,
        .event = event,
        .defer_ms = defer_ms,
        .check_url = check_url,
        .check_address = check_address,
        .vars = {.find = find_macro, .ctx = frail},
        .store_ctx = frail,
        .stores_access = !frail->is_bare,
        .find = find,
        .param = param_at,
        .txn_begin = txn_begin,
        .txn_set = txn_set,
        .txn_commit = txn_commit,
        .txn_rollback = txn_rollback,
        .generation = stamp,
        .save = keep,
        .load = recall,
    };
}

static void turn(struct frail_device *frail)
{
    frail->n_turns++;
    prov_status status = prov_agent_process(frail->device.agent, NULL);
    if (status != (frail->device.agent ? PROV_OK : PROV_E_CANCELLED))
        test_die("process() returns %s", prov_status_name(status));
}

void frail_device_settle(struct frail_device *frail)
{
    struct device *device = &frail->device;
    for (unsigned n = 0; device->agent && prov_agent_timeout_ms(device->agent) == 0; n++) {
        if (n == MOST_TURNS_AT_ONCE)
            test_die("a busy loop");
        turn(frail);
    }
}

static uint64_t most_turns(const struct frail_device *frail, int64_t s)
{
    uint64_t an_hour = frail->most_turns_an_hour ? frail->most_turns_an_hour : MOST_TURNS_AN_HOUR;
    return frail->n_turns + MOST_TURNS_AT_ONCE + (uint64_t)s * an_hour / 3600;
}

void frail_device_pass_s(struct frail_device *frail, int64_t s)
{
    struct device *device = &frail->device;
    int64_t *now_ms = &device->host.now_ms;
    int64_t end_ms = *now_ms + s * 1000;
    uint64_t most = most_turns(frail, s);
    frail_device_settle(frail);
    while (device->agent) {
        int64_t wait_ms = prov_agent_timeout_ms(device->agent);
        if (wait_ms < 0 || *now_ms + wait_ms > end_ms)
            break;
        *now_ms += wait_ms;
        turn(frail);
        frail_device_settle(frail);
        if (frail->n_turns > most)
            test_die("%llu turns within %lld s", (unsigned long long)(frail->n_turns - most),
                     (long long)s);
    }
    *now_ms = end_ms;
}
