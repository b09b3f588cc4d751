/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Never deaf: each callback of a host fails at its n-th call, once and from then on, at any moment
 * of a device's life. Once it works again, the device asks again within its longest period, holds
 * whole profiles only, and has not kept its host busy meanwhile.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "device.h"

#define URL "http://h/a"
#define CA_URL "http://h/ca"

enum {
    PERIOD_S = 600,
    DAY_S = 86400 + 600, /* of a Resync_At, its window included */
    CONFIRM_S = 300,
    DEFER_S = 60,
    /* Until lines that are idle again are looked at, what could not be read is read again, a clock
     * that stepped back has caught up, and the longest deferral is over. */
    SLACK_S = 60 + 30 + 60 + DEFER_S,
    MOST_TURNS_AT_ONCE = 100,
    MOST_TURNS_AN_HOUR = 600,
    MOST_REQUESTS = 20, /* by an event callback that asks each time */
};

/* What fails. */
enum callback {
    MONO_MS,
    WALL_S,
    ENTROPY,
    IS_IDLE,
    EVENT,
    DEFER_MS,
    CHECK_URL,
    CHECK_ADDRESS,
    CHECK_CA,
    CUSTOM_CA,
    FIND_MACRO,
    GET,
    ACCESS,
    FIND,
    TXN_BEGIN,
    TXN_SET,
    TXN_COMMIT,
    STAMP,
    KEEP,
    RECALL,
};

/* A device, and its host behind callbacks that may fail. */
struct life {
    struct device device;
    struct prov_host inner;
    struct dial *dial; /* NULL: mended */
    enum callback failing;
    unsigned way;      /* of failing, any number */
    bool is_bare;      /* no trials and no custom CA, which would wake it; no `find` */
    int64_t longest_s; /* of the periods that are configured */
    struct fake_answer *profile;
    char text[256]; /* of the profile */
    int64_t last_mono_ms;
    char *exact; /* what was handed out last, in a block of just its size */
    uint64_t n_turns;
    unsigned n_requests;
    bool wants_reboot;
};

static bool fails(struct life *life, enum callback callback)
{
    return life->failing == callback && dial_tick(life->dial);
}

/* A copy without a byte behind it: whoever reads on is caught. */
static prov_str exact_copy(struct life *life, prov_str text)
{
    free(life->exact);
    life->exact = malloc(text.len ? text.len : 1);
    if (text.len)
        memcpy(life->exact, text.data, text.len);
    return (prov_str){life->exact, text.len};
}

/* ---- the host ---- */

static int64_t mono_ms(void *ctx)
{
    struct life *life = ctx;
    int64_t real_ms = life->inner.mono_ms(life->inner.ctx);
    if (!fails(life, MONO_MS))
        return life->last_mono_ms = real_ms;
    const int64_t wrong_ms[] = {life->last_mono_ms, INT64_MIN,     -1, INT64_MAX, 0,
                                real_ms - 5000,     INT64_MAX / 2, 1};
    return wrong_ms[life->way % PROVI_LEN(wrong_ms)];
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    struct life *life = ctx;
    *utc_s = 1767225600 + life->device.host.now_ms / 1000;
    *utc_offset_s = 3600;
    if (!fails(life, WALL_S))
        return true;
    static const int64_t wrong_s[] = {INT64_MAX, INT64_MIN, -1, INT64_C(1) << 52, 0};
    *utc_s = wrong_s[life->way % PROVI_LEN(wrong_s)];
    *utc_offset_s = life->way % 2 ? INT32_MIN : INT32_MAX;
    return life->way % 7 != 0;
}

static uint32_t entropy(void *ctx)
{
    return fails(ctx, ENTROPY) ? UINT32_MAX : 0;
}

static bool is_idle(void *ctx)
{
    struct life *life = ctx;
    return !fails(life, IS_IDLE) && life->inner.is_idle(life->inner.ctx);
}

/* All that an event callback may do, short of asking for ever. */
static void interfere(struct life *life)
{
    prov_agent *agent = life->device.agent;
    struct prov_agent_trace trace = {.size = sizeof trace};
    struct prov_sched_action due = {.size = sizeof due};
    if (life->n_requests++ < MOST_REQUESTS) {
        prov_agent_request(agent, NULL, NULL);
        prov_agent_upgraded(agent);
    }
    prov_agent_touch(agent);
    prov_agent_confirm(agent, NULL);
    prov_agent_set_dhcp(agent, NULL, NULL);
    prov_agent_set_credentials(agent, prov_str_from("u"), prov_str_from("p"), NULL);
    prov_agent_due(agent, &due);
    prov_agent_trace_get(agent, 0, &trace);
    prov_agent_timeout_ms(agent);
    prov_agent_is_busy(agent);
    assert_int_equal(prov_agent_process(agent, NULL), PROV_E_STATE);
}

static void event(void *ctx, const struct prov_event *event)
{
    struct life *life = ctx;
    bool is_clock_right = life->failing != MONO_MS;
    life->wants_reboot |= event->type == PROV_EVENT_REBOOT_WANTED;
    if (is_clock_right) /* else it finds fault with moments that its own clock did not tell */
        life->inner.event(life->inner.ctx, event);
    if (life->device.agent && fails(life, EVENT))
        interfere(life);
}

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)stage;
    return fails(ctx, DEFER_MS) ? UINT32_MAX : 0;
}

/* A status of ours, or a number of the host's own. */
static prov_status refusal(const struct life *life)
{
    static const prov_status statuses[] = {PROV_E_IO, 77, PROV_E_NOMEM, PROV_E_HOST};
    return statuses[life->way % PROVI_LEN(statuses)];
}

static prov_status check_url(void *ctx, prov_str url, struct prov_error *err)
{
    (void)url;
    (void)err;
    return fails(ctx, CHECK_URL) ? refusal(ctx) : PROV_OK;
}

/* What it fails with may be the name alone, which does not end. */
static prov_status check_ca(void *ctx, prov_str pem, char *name, size_t cap, struct prov_error *err)
{
    struct life *life = ctx;
    (void)pem;
    (void)err;
    snprintf(name, cap, "a CA");
    if (!fails(life, CHECK_CA))
        return PROV_OK;
    memset(name, 'x', cap);
    return life->way % 2 ? refusal(life) : PROV_OK;
}

static prov_status custom_ca(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)pem;
    (void)err;
    return fails(ctx, CUSTOM_CA) ? refusal(ctx) : PROV_OK;
}

static prov_status check_address(void *ctx, prov_str address, uint16_t port, uint32_t purpose,
                                 struct prov_error *err)
{
    (void)address;
    (void)port;
    (void)purpose;
    (void)err;
    return fails(ctx, CHECK_ADDRESS) ? refusal(ctx) : PROV_OK;
}

static prov_status find_macro(void *ctx, prov_str name, uint32_t flags, prov_str *value)
{
    struct life *life = ctx;
    (void)flags;
    bool is_failing = fails(life, FIND_MACRO);
    if (is_failing && life->way % 3 == 0)
        *value = (prov_str){NULL, 5};
    else if (is_failing)
        return refusal(life);
    else if (name.len == 3 && memcmp(name.data, "OWN", 3) == 0)
        *value = exact_copy(life, prov_str_from("1"));
    else
        return PROV_E_NOT_FOUND;
    return PROV_OK;
}

/* More than fits, too little room for ever, or a plain refusal. */
static prov_status fail_to_copy(const struct life *life, size_t cap, size_t *len)
{
    switch (life->way % 7) {
    case 0: *len = cap + 1; return PROV_OK;
    case 1: *len = SIZE_MAX; return PROV_OK;
    case 2: *len = 0; return PROV_E_LIMIT;
    case 3: *len = cap; return PROV_E_LIMIT;
    case 4: *len = SIZE_MAX; return PROV_E_LIMIT;
    default: *len = 0; return refusal(life);
    }
}

static prov_status get(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    struct life *life = ctx;
    if (fails(life, GET))
        return fail_to_copy(life, cap, len);
    return life->inner.get(life->inner.store_ctx, name, buf, cap, len);
}

static uint32_t access_of(void *ctx, prov_str name)
{
    struct life *life = ctx;
    return fails(life, ACCESS) ? UINT32_MAX : life->inner.access(life->inner.store_ctx, name);
}

static prov_status find(void *ctx, prov_str name, uint32_t layer, struct prov_param *out)
{
    struct life *life = ctx;
    if (fails(life, FIND)) {
        out->has_value = PROV_VALUE_GIVEN;
        out->value = (prov_str){NULL, 5};
        return life->way % 2 ? refusal(life) : PROV_OK;
    }
    prov_status status = life->inner.find(life->inner.store_ctx, name, layer, out);
    if (status == PROV_OK)
        out->value = exact_copy(life, out->value);
    return status;
}

static prov_status txn_begin(void *ctx, struct prov_error *err)
{
    struct life *life = ctx;
    return fails(life, TXN_BEGIN) ? refusal(life)
                                  : life->inner.txn_begin(life->inner.store_ctx, err);
}

static prov_status txn_set(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    struct life *life = ctx;
    return fails(life, TXN_SET) ? refusal(life)
                                : life->inner.txn_set(life->inner.store_ctx, param, err);
}

/* A commit that fails leaves no transaction open. */
static prov_status txn_commit(void *ctx, struct prov_error *err)
{
    struct life *life = ctx;
    if (!fails(life, TXN_COMMIT))
        return life->inner.txn_commit(life->inner.store_ctx, err);
    life->inner.txn_rollback(life->inner.store_ctx);
    return refusal(life);
}

static void txn_rollback(void *ctx)
{
    struct life *life = ctx;
    life->inner.txn_rollback(life->inner.store_ctx);
}

static uint64_t stamp(void *ctx)
{
    struct life *life = ctx;
    return fails(life, STAMP) ? life->way % 2 : life->inner.stamp(life->inner.store_ctx);
}

static prov_status keep(void *ctx, prov_str name, const void *data, size_t len,
                        struct prov_error *err)
{
    struct life *life = ctx;
    return fails(life, KEEP) ? refusal(life)
                             : life->inner.keep(life->inner.store_ctx, name, data, len, err);
}

static prov_status recall(void *ctx, prov_str name, void *buf, size_t cap, size_t *len)
{
    struct life *life = ctx;
    if (fails(life, RECALL))
        return fail_to_copy(life, cap, len);
    return life->inner.recall(life->inner.store_ctx, name, buf, cap, len);
}

static void wrap_host(struct life *life)
{
    bool has_find = life->failing == FIND || (life->failing != ACCESS && !life->is_bare);
    life->inner = life->device.host.host;
    life->device.host.host = (struct prov_host){
        .size = sizeof(struct prov_host),
        .ctx = life,
        .mono_ms = mono_ms,
        .wall_s = wall_s,
        .entropy = entropy,
        .is_idle = is_idle,
        .event = event,
        .defer_ms = defer_ms,
        .check_url = check_url,
        .check_address = check_address,
        .check_ca = life->is_bare ? NULL : check_ca,
        .custom_ca = life->is_bare ? NULL : custom_ca,
        .vars = {.find = find_macro, .ctx = life},
        .store_ctx = life,
        .get = get,
        .access = access_of,
        .find = has_find ? find : NULL,
        .txn_begin = txn_begin,
        .txn_set = txn_set,
        .txn_commit = txn_commit,
        .txn_rollback = txn_rollback,
        .stamp = stamp,
        .keep = keep,
        .recall = recall,
    };
}

/* ---- time ---- */

static void turn(struct life *life)
{
    life->n_turns++;
    assert_int_equal(prov_agent_process(life->device.agent, NULL), PROV_OK);
}

static void settle(struct life *life)
{
    for (unsigned n = 0; prov_agent_timeout_ms(life->device.agent) == 0; n++) {
        if (n == MOST_TURNS_AT_ONCE)
            test_die("a busy loop");
        turn(life);
    }
}

static void pass_s(struct life *life, int64_t s)
{
    int64_t *now_ms = &life->device.host.now_ms;
    int64_t end_ms = *now_ms + s * 1000;
    uint64_t most = life->n_turns + MOST_TURNS_AT_ONCE + (uint64_t)s * MOST_TURNS_AN_HOUR / 3600;
    settle(life);
    int64_t wait_ms;
    while ((wait_ms = prov_agent_timeout_ms(life->device.agent)) >= 0 &&
           *now_ms + wait_ms <= end_ms) {
        *now_ms += wait_ms;
        turn(life);
        settle(life);
        if (life->n_turns > most)
            test_die("%llu turns within %lld s", (unsigned long long)(life->n_turns - most),
                     (long long)s);
    }
    *now_ms = end_ms;
}

/* ---- the life ---- */

static void serve(struct life *life, const char *value, prov_status status)
{
    snprintf(life->text, sizeof life->text,
             "<flat-profile><GPP_A>%s</GPP_A><Own_Reboot>%s</Own_Reboot><GPP_B>%s</GPP_B>"
             "</flat-profile>",
             value, value, value);
    life->profile->data = life->text;
    life->profile->len = strlen(life->text);
    life->profile->length = -1;
    life->profile->status = status;
}

/* Of one profile there is all or nothing. */
static void check_whole(struct life *life)
{
    char first[64];
    snprintf(first, sizeof first, "%s", fake_host_get(&life->device.host, "GPP_A"));
    assert_string_equal(first, fake_host_get(&life->device.host, "GPP_B"));
}

static void boot(struct life *life, uint32_t cause)
{
    struct prov_agent_options options = {
        .size = sizeof options,
        .catalogue = &device_catalogue,
        .boot_cause = cause,
        .confirm_within_s = life->is_bare ? 0 : CONFIRM_S,
        .max_defer_s = DEFER_S,
    };
    prov_agent_free(life->device.agent);
    life->device.agent = NULL;
    life->wants_reboot = false;
    check_whole(life);
    assert_int_equal(device_make_agent(&life->device, &options), PROV_OK);
}

static void set_up(struct life *life)
{
    static const char *const settings[][2] = {
        {"Profile_Rule", URL},
        {"Resync_Periodic", "600"},
        {"Resync_Error_Retry_Delay", "60,300"},
        {"Resync_Random_Delay", "0"},
        {"Forced_Resync_Delay", "30"},
        {"Resync_Trigger_2", "$OWN eq 1"},
        {"Custom_CA_Rule", CA_URL},
        {"GPP_A", "0"},
        {"GPP_B", "0"},
    };
    device_plug_in(&life->device, NULL, NULL, NULL);
    for (size_t i = 0; i < PROVI_LEN(settings); i++)
        fake_host_set(&life->device.host, settings[i][0], settings[i][1]);
    if (life->longest_s == DAY_S)
        fake_host_set(&life->device.host, "Resync_At__HHmm_", "0300");
    life->profile = fake_transport_add_text(&life->device.net, URL, "");
    fake_transport_add_text(&life->device.net, CA_URL, "a certificate");
    wrap_host(life);
}

/* Boot, period, failure, retry, confirmation, rollback, reboots, calls. */
static void live(struct life *life)
{
    serve(life, "1", PROV_OK);
    boot(life, PROV_CAUSE_POWER_UP);
    pass_s(life, 10);
    prov_agent_confirm(life->device.agent, NULL);
    serve(life, "2", PROV_OK);
    pass_s(life, life->longest_s + CONFIRM_S + 10); /* and nobody confirms */
    check_whole(life);
    serve(life, "2", PROV_E_SERVER);
    pass_s(life, life->longest_s);
    serve(life, "3", PROV_OK);
    pass_s(life, life->longest_s);
    prov_agent_confirm(life->device.agent, NULL);
    boot(life, life->wants_reboot ? PROV_CAUSE_HOST : PROV_CAUSE_NONE);
    life->device.host.is_idle = false;
    pass_s(life, PERIOD_S);
    life->device.host.is_idle = true;
    pass_s(life, 100);
    prov_agent_request(life->device.agent, NULL, NULL);
    serve(life, "4", PROV_OK);
    pass_s(life, 100);
    boot(life, PROV_CAUSE_POWER_UP); /* with values on trial */
    pass_s(life, 10);
    check_whole(life);
}

static void check_hears(struct life *life)
{
    life->dial = NULL;
    unsigned n_asked = life->profile->n_asked;
    pass_s(life, life->longest_s + SLACK_S);
    if (life->profile->n_asked == n_asked) {
        struct prov_sched_action due = {.size = sizeof due};
        prov_agent_due(life->device.agent, &due);
        test_die("deaf: cause %u, why %u, in %lld ms", due.cause, due.why,
                 (long long)prov_agent_timeout_ms(life->device.agent));
    }
    serve(life, "9", PROV_OK);
    for (int s = 0; s < life->longest_s + SLACK_S; s += 100) {
        pass_s(life, 100);
        prov_agent_confirm(life->device.agent, NULL);
    }
    check_whole(life);
    assert_string_equal(fake_host_get(&life->device.host, "GPP_A"), "9");
}

/* What one dial turns. */
struct fault {
    enum callback callback;
    unsigned way;
    int64_t longest_s;
};

static void live_with_fault(void *ctx, struct dial *dial)
{
    const struct fault *fault = ctx;
    struct life *life = calloc(1, sizeof *life);
    life->dial = dial;
    life->failing = fault->callback;
    life->way = (unsigned)dial->at + dial->sticky + fault->way;
    life->longest_s = fault->longest_s;
    life->is_bare = fault->way % 2 && fault->callback != CUSTOM_CA && fault->callback != CHECK_CA;
    set_up(life);
    live(life);
    check_hears(life);
    device_unplug(&life->device);
    free(life->exact);
    free(life);
}

/* How often each is called in a life at least: a fault that nobody meets proves nothing. */
static const struct {
    enum callback callback;
    const char *name;
    uint64_t n_calls;
} callbacks[] = {
    {MONO_MS, "mono_ms", 100},
    {WALL_S, "wall_s", 20},
    {ENTROPY, "entropy", 20},
    {IS_IDLE, "is_idle", 20},
    {EVENT, "event", 50},
    {DEFER_MS, "defer_ms", 10},
    {CHECK_URL, "check_url", 5},
    {CHECK_CA, "check_ca", 1},
    {CHECK_ADDRESS, "check_address", 5},
    {CUSTOM_CA, "custom_ca", 1},
    {FIND_MACRO, "vars.find", 50},
    {GET, "get", 300},
    {ACCESS, "access", 10},
    {FIND, "find", 10},
    {TXN_BEGIN, "txn_begin", 3},
    {TXN_SET, "txn_set", 10},
    {TXN_COMMIT, "txn_commit", 3},
    {STAMP, "stamp", 5},
    {KEEP, "keep", 10},
    {RECALL, "recall", 10},
};

/* Of failing, at each call; all of them in tests/long. */
static unsigned n_ways(void)
{
    const char *more = getenv("PROV_TEST_TIMES");
    return more ? (unsigned)strtoul(more, NULL, 10) : getenv("PROV_TEST_EMULATED") ? 1 : 2;
}

static void test_a_callback_that_failed_leaves_no_device_deaf(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(callbacks); i++) {
        struct fault fault = {.callback = callbacks[i].callback, .longest_s = PERIOD_S};
        for (; fault.way < n_ways(); fault.way++)
            assert_true(dial_run(callbacks[i].name, live_with_fault, &fault) >=
                        callbacks[i].n_calls);
    }
}

/* Days are long: a sample of the same. */
static void test_nor_one_that_asks_once_a_day(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(callbacks); i++) {
        struct fault fault = {.callback = callbacks[i].callback, .longest_s = DAY_S};
        struct dial dial = {.hit = true};
        for (uint64_t at = 0; dial.hit; at += 5 + at / 4) {
            dial = (struct dial){.at = at, .sticky = at % 3 == 0};
            live_with_fault(&fault, &dial);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_callback_that_failed_leaves_no_device_deaf),
        cmocka_unit_test(test_nor_one_that_asks_once_a_day),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
