/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Upgrade_Rule: which image is fetched, what the host gets, what is reported of it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "decode/digest.h"
#include "fake_banks.h"
#include "jobs/upgrade_priv.h"

#define RULE "Upgrade_Rule"
#define LOAD "sip88xx.11-3-1MPP-678"
#define URL "http://h/fw/" LOAD ".loads"
#define IMAGE "\x1f\x8b an image"

enum { RETRY_MS = 3600 * 1000 };

static uint32_t step_of(const struct device *d)
{
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    assert_int_equal(prov_agent_upgrade_get(d->agent, &upgrade), PROV_OK);
    return upgrade.step;
}

/* Each target once, the latest last; beyond the eighth none is added. */
static void test_targets_are_listed_once_and_in_order(void **state)
{
    (void)state;
    static const struct {
        const char *satisfied, *list;
    } rows[] = {
        {"", ""},
        {"a", "a"},
        {"aa", "a"},
        {"abc", "abc"},
        {"abca", "bca"},
        {"abcb", "acb"},
        {"abcc", "abc"},
        {"abcdefgh", "abcdefgh"},
        {"abcdefghi", "abcdefgh"},
        {"abcdefghia", "bcdefgha"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_upgrade_record record = {.n_satisfied = 0};
        struct provi_digest target = {{0}};
        char list[PROVI_UPGRADE_SATISFIED + 1] = "";
        for (const char *at = rows[i].satisfied; *at; at++) {
            target.bytes[0] = (unsigned char)*at;
            provi_upgrade_satisfy(&record, &target);
        }
        for (size_t n = 0; n < record.n_satisfied; n++)
            list[n] = (char)record.satisfied[n].bytes[0];
        assert_string_equal(list, rows[i].list);
    }
}

static void test_an_image_is_fetched_booted_and_confirmed(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    strcpy(banks.answer.version, "11.3.1.678");
    d.upgrade.confirm_timeout_s = 60;
    fake_transport_add_text(&d.net, URL, IMAGE);
    fake_host_set(&d.host, RULE, URL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_memory_equal(banks.banks[1].data, IMAGE, sizeof IMAGE - 1);
    assert_string_equal(d.net.requests[0].accept_encoding, "");
    assert_int_equal(step_of(&d), PROV_UPGRADE_INSTALLED);
    assert_true(banks.is_reboot_wanted);
    assert_int_equal(banks.reboot_cause, PROV_CAUSE_AFTER_UPGRADE);
    fake_host_take_events(&d.host);

    fake_banks_reboot(&banks, NULL);
    assert_string_equal(fake_banks_running(&banks), LOAD);
    assert_int_equal(step_of(&d), PROV_UPGRADE_TESTING);
    struct prov_upgrade shown = {.size = sizeof shown};
    assert_int_equal(prov_agent_upgrade_get(d.agent, &shown), PROV_OK);
    assert_true(device_says(shown.version, "11.3.1.678"));
    assert_true(device_says(shown.load, LOAD));
    assert_true(device_says(shown.url, URL));
    assert_int_equal(shown.err.len, 0);
    assert_int_equal(shown.in_ms, 60000);
    assert_null(strstr(fake_host_take_events(&d.host), "Successful"));
    assert_int_equal(prov_agent_confirm_upgrade(d.agent, NULL), PROV_OK);
    assert_int_equal(step_of(&d), PROV_UPGRADE_SUCCEEDED);
    assert_non_null(strstr(fake_host_take_events(&d.host),
                           "Successful upgrade http://192.0.2.1:80/fw/" LOAD ".loads -- " LOAD));
    device_ask(&d, NULL);
    assert_int_equal(d.net.n_requests, 1);
    assert_int_equal(prov_agent_upgrade_get(d.agent, &shown), PROV_OK);
    assert_int_equal(shown.in_ms, -1);
    struct prov_job_status now = {.size = sizeof now}; /* of the request before the reboot */
    assert_int_equal(prov_agent_status(d.agent, PROV_JOB_UPGRADE, &now), PROV_OK);
    assert_int_equal(now.last->outcome, PROV_OUTCOME_APPLIED);
    assert_true(device_says(now.last->url, URL));
    assert_true(device_says(now.last->server_ip, "192.0.2.1"));
    assert_true(device_says(now.last->rule, RULE));
    device_unplug(&d);
}

static void test_long_names_are_cut(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    struct prov_upgrade shown = {.size = sizeof shown};
    char url[600] = "http://h/";
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    memset(url + strlen(url), 'x', sizeof url - 1 - strlen(url));
    fake_host_set(&d.host, RULE, url);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_int_equal(prov_agent_upgrade_get(d.agent, &shown), PROV_OK);
    assert_int_equal(shown.step, PROV_UPGRADE_FAILED);
    assert_int_equal(shown.load.len, PROVI_UPGRADE_MAX_LOAD - 1);
    assert_int_equal(shown.url.len, PROVI_UPGRADE_MAX_URL - 1);
    assert_memory_equal(shown.url.data, url, PROVI_UPGRADE_MAX_URL - 1);
    device_unplug(&d);
}

static void assert_job(struct device *d, uint32_t state, uint32_t waits_for, int64_t in_ms)
{
    struct prov_job_status now = {.size = sizeof now};
    assert_int_equal(prov_agent_status(d->agent, PROV_JOB_UPGRADE, &now), PROV_OK);
    assert_string_equal(prov_job_state_name(now.state), prov_job_state_name(state));
    assert_string_equal(prov_wait_name(now.waits_for), prov_wait_name(waits_for));
    assert_int_equal(now.in_ms, in_ms);
}

static uint32_t put_off_ms;

static uint32_t put_off(void *ctx, uint32_t stage)
{
    (void)ctx;
    return stage == PROV_STAGE_UPGRADE ? put_off_ms : 0;
}

static void test_the_status_says_what_an_upgrade_waits_for(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    d.upgrade.confirm_timeout_s = 60;
    d.host.host.defer_ms = put_off;
    fake_transport_add_text(&d.net, URL, IMAGE)->status = PROV_E_NOT_FOUND;
    fake_host_set(&d.host, RULE, URL);
    fake_host_set(&d.host, "Upgrade_Error_Retry_Delay", "600");
    fake_host_set(&d.host, "Forced_Resync_Delay", "1200");
    put_off_ms = 5000;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_job(&d, PROV_STATE_WAITING, PROV_WAIT_HOST, 5000);
    put_off_ms = 0;
    d.host.is_idle = false;
    device_pass(&d, 5000);
    assert_job(&d, PROV_STATE_WAITING, PROV_WAIT_LINES, 10000);
    d.host.is_idle = true;
    device_pass(&d, 10000);
    assert_job(&d, PROV_STATE_WAITING, PROV_WAIT_TIME, 600000);
    d.net.answers[0].status = PROV_OK;
    d.net.is_frozen = true;
    device_pass(&d, 600000);
    assert_job(&d, PROV_STATE_WAITING, PROV_WAIT_OTHER_JOB, -1); /* the resync behind the call */
    device_pass(&d, 600000);
    assert_job(&d, PROV_STATE_RUNNING, PROV_WAIT_NOTHING, -1);
    d.net.is_frozen = false;
    device_pass(&d, 1000);
    assert_job(&d, PROV_STATE_WAITING, PROV_WAIT_OTHER_JOB, -1);
    fake_banks_reboot(&banks, NULL);
    assert_job(&d, PROV_STATE_WAITING, PROV_WAIT_CONFIRMATION, 60000);
    assert_int_equal(prov_agent_confirm_upgrade(d.agent, NULL), PROV_OK);
    device_settle(&d);
    assert_job(&d, PROV_STATE_IDLE, PROV_WAIT_NOTHING, -1);
    device_unplug(&d);
}

static uint32_t longest_delay(void *ctx)
{
    (void)ctx;
    return UINT32_MAX;
}

/* Which may bring another rule. */
static void test_an_upgrade_waits_for_the_first_resync(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    fake_transport_add_text(&d.net, URL, IMAGE);
    fake_host_set(&d.host, RULE, URL);
    fake_host_set(&d.host, "Resync_Random_Delay", "30"); /* of 20 s each */
    d.host.host.entropy = longest_delay;
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    device_pass(&d, 600000 - 1);
    assert_int_equal(d.net.n_requests, 0);
    device_pass(&d, 1);
    assert_int_equal(d.net.n_requests, 1);
    device_unplug(&d);
}

static void test_a_rule_that_cannot_be_read_is_read_again(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    device_plug_in(&d, NULL, NULL, NULL);
    fake_banks_plug_in(&d, &banks);
    fake_host_hide(&d.host, RULE, PROV_E_IO);
    fake_transport_add_text(&d.net, URL, IMAGE);
    fake_host_set(&d.host, RULE, URL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    assert_non_null(
        strstr(fake_host_take_events(&d.host), "log 3 the rule cannot be carried outPROV_E_IO\n"));
    fake_host_hide(&d.host, NULL, PROV_OK);
    device_pass(&d, RETRY_MS);
    assert_int_equal(step_of(&d), PROV_UPGRADE_INSTALLED);
    device_unplug(&d);
}

static void test_upgrades_are_enabled_once_and_in_time(void **state)
{
    (void)state;
    struct device d;
    struct fake_banks banks = {.running = 0};
    struct prov_error err = {0};
    struct prov_upgrade shown = {.size = sizeof shown};
    device_plug_in(&d, NULL, NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    fake_banks_plug_in(&d, &banks);
    struct prov_upgrade_host host = d.upgrade;
    const struct prov_agent_request request = {
        .size = sizeof request, .verb = PROV_VERB_UPGRADE, .cause = PROV_CAUSE_URL};
    assert_int_equal(prov_agent_request(d.agent, &request, &err), PROV_E_UNSUPPORTED);
    assert_non_null(strstr(err.message, "prov_agent_enable_upgrade()"));
    assert_int_equal(prov_agent_confirm_upgrade(d.agent, NULL), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_confirm_upgrade(NULL, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_upgrade_get(d.agent, &shown), PROV_E_UNSUPPORTED);
    assert_int_equal(prov_agent_upgrade_get(NULL, &shown), PROV_E_INVALID);
    assert_int_equal(prov_agent_upgrade_get(d.agent, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_upgrade(NULL, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_upgrade(d.agent, NULL, NULL), PROV_E_INVALID);
    host.activate = NULL;
    assert_int_equal(prov_agent_enable_upgrade(d.agent, &host, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_enable_upgrade(d.agent, &d.upgrade, NULL), PROV_OK);
    assert_int_equal(prov_agent_enable_upgrade(d.agent, &d.upgrade, NULL), PROV_E_STATE);
    device_unplug(&d);
}

/* Turns, until nothing is due or the power is gone. */
static void run(struct device *d)
{
    for (int turns = 0; d->agent && prov_agent_timeout_ms(d->agent) == 0; turns++) {
        if (turns == 10000)
            test_die("the agent does not settle");
        prov_agent_process(d->agent, NULL);
    }
}

static void pass(struct device *d, int64_t ms)
{
    const int64_t end = d->host.now_ms + ms;
    for (run(d); d->agent; run(d)) {
        int64_t wait = prov_agent_timeout_ms(d->agent);
        if (wait < 0 || d->host.now_ms + wait > end)
            break;
        d->host.now_ms += wait;
    }
    d->host.now_ms = end;
}

static unsigned count(const char *text, const char *word)
{
    unsigned n = 0;
    for (; (text = strstr(text, word)); text += strlen(word))
        n++;
    return n;
}

struct scene {
    struct device d;
    struct fake_banks banks;
    uint32_t confirm_timeout_s;
    unsigned n_successes, n_failures;
};

static void set_up(struct scene *scene, struct dial *alloc_dial, struct dial *net_dial)
{
    struct device *d = &scene->d;
    device_plug_in(d, NULL, alloc_dial, net_dial);
    fake_banks_plug_in(d, &scene->banks);
    fake_banks_watch_saves(&scene->banks);
    scene->banks.files = "a.sbn";
    d->upgrade.confirm_timeout_s = scene->confirm_timeout_s;
    fake_transport_add_text(&d->net, URL, IMAGE)->etag = "\"1\"";
    fake_transport_add_text(&d->net, "http://h/fw/a.sbn", "further");
    fake_host_set(&d->host, RULE, URL);
    fake_host_set(&d->host, "Resync_Periodic", "0");
}

static void note_messages(struct scene *scene)
{
    const char *events = fake_host_take_events(&scene->d.host);
    scene->n_successes += count(events, "Successful upgrade");
    scene->n_failures += count(events, "Upgrade failed");
}

/* Whatever the device wants, and a power that goes at times; false: there is no memory to start. */
static bool live(struct scene *scene, unsigned n_boots, int64_t ms)
{
    struct device *d = &scene->d;
    for (unsigned i = 0; i < n_boots; i++) {
        fake_banks_boot_next(&scene->banks);
        if (device_make_agent(d, NULL) != PROV_OK)
            return false;
        run(d);
        if (d->agent)
            prov_agent_confirm_upgrade(d->agent, NULL);
        if (!scene->banks.is_reboot_wanted)
            pass(d, ms);
        note_messages(scene);
        prov_agent *agent = d->agent;
        d->agent = NULL;
        prov_agent_free(agent);
    }
    return true;
}

static void cut_power(void *ctx, struct dial *dial)
{
    struct scene scene = {.confirm_timeout_s = *(const uint32_t *)ctx};
    scene.banks.cut = dial;
    set_up(&scene, NULL, NULL);
    assert_true(live(&scene, 6, scene.confirm_timeout_s ? 2 * RETRY_MS : 0));
    assert_string_equal(fake_banks_running(&scene.banks), LOAD);
    assert_true(scene.n_successes <= 1);
    assert_true(dial->hit || scene.n_successes == 1);
    assert_true(scene.n_failures <= (scene.confirm_timeout_s ? 1 : 0));
    device_unplug(&scene.d);
}

static void test_the_power_goes_at_every_step(void **state)
{
    (void)state;
    uint32_t confirm_timeouts[] = {0, 600};
    for (size_t i = 0; i < 2; i++)
        assert_true(dial_run("power", cut_power, &confirm_timeouts[i]) > 30);
}

/* Every failure is retried; in the end the image runs, and its success was reported once. */
static void assert_upgraded(const struct scene *scene)
{
    assert_string_equal(fake_banks_running(&scene->banks), LOAD);
    assert_int_equal(scene->n_successes, 1);
}

static void fail_memory(void *ctx, struct dial *dial)
{
    struct scene scene = {.n_failures = 0};
    (void)ctx;
    set_up(&scene, dial, NULL);
    bool has_lived = live(&scene, 4, 3 * RETRY_MS);
    scene.d.memory.dial = NULL;
    if (has_lived)
        live(&scene, 4, 3 * RETRY_MS);
    if (has_lived)
        assert_string_equal(fake_banks_running(&scene.banks), LOAD);
    assert_true(scene.n_successes <= 1);
    device_unplug(&scene.d);
}

static void test_memory_fails_at_every_step(void **state)
{
    (void)state;
    assert_true(dial_run("allocations", fail_memory, NULL) > 50);
}

static void fail_network(void *ctx, struct dial *dial)
{
    struct scene scene = {.n_failures = 0};
    const enum fake_fault *fault = ctx;
    set_up(&scene, NULL, dial);
    scene.d.net.fault = *fault;
    live(&scene, 4, 3 * RETRY_MS);
    scene.d.net.dial = NULL;
    live(&scene, 4, 3 * RETRY_MS);
    assert_upgraded(&scene);
    device_unplug(&scene.d);
}

static void test_the_network_fails_at_every_step(void **state)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL};
    (void)state;
    for (size_t i = 0; i < sizeof faults / sizeof faults[0]; i++) {
        enum fake_fault fault = faults[i];
        assert_true(dial_run("network", fail_network, &fault) >= 3);
    }
}

static void fail_saves(void *ctx, struct dial *dial)
{
    struct scene scene = {.n_failures = 0};
    (void)ctx;
    scene.banks.save_dial = dial;
    set_up(&scene, NULL, NULL);
    live(&scene, 4, 3 * RETRY_MS);
    scene.banks.save_dial = NULL;
    live(&scene, 4, 3 * RETRY_MS);
    assert_upgraded(&scene);
    device_unplug(&scene.d);
}

static void test_saves_fail_at_every_step(void **state)
{
    (void)state;
    assert_true(dial_run("saves", fail_saves, NULL) >= 2);
}

static const char *const rules[] = {
    "",
    "# http://h/sip88xx.11-3-1MPP-678.loads",
    "http://h/sip88xx.11-3-1MPP-678.loads",
    "192.168.1.130/fw/sip88xx.11-3-1MPP-678.loads",
    "[--uid u --pwd p]https://h:8443/sip88xx.11-3-1MPP-678.loads",
    "http://h/$SWVER.loads",
    "http://h/$UPGST-$UPGTMR-$PRVTMR.img",
    "(\"1\" eq \"2\")? http://h/a.loads | (\"1\" eq \"1\")? http://h/b.loads | http://h/c.loads",
    "($SWVER lt 11-3-1MPP)? http://h/sip88xx.11-3-1MPP-110.loads"
    " | http://h/sip88xx.12-0-7MPP0201-66.loads",
    "($SWVER ne sip88xx.11-0-0MPP)? http://h/sip88xx.11-0-0MPP-1.loads",
    "($SWVER ge 11-0-0MPP and $SWVER lt 12-0-0MPP)? http://h/sip88xx.12-0-7MPP0201-66.loads",
    "($SWVER eq 11-3-1MPP-110)? http://h/sip88xx.11-2-3MPP-256.loads"
    " | http://h/sip88xx.11-3-1MPP-110.loads",
    "($SWVER lt 12-0-0MPP)? http://h/sip88xx.12-0-7MPP0201-66.loads"
    " | http://h/sip88xx.11-0-0MPP-312.loads",
    "(\"$SWVER\" eq \"sip88xx.11-3-1MPP-110\")? http://h/7.5.2b.bin | http://h/7.5.5.bin",
    "($SWVER lt 7.5.2b) ? http://h/7.5.2b.bin | http://h/7.5.5.bin",
    "(! 1.0.33)? http://h/1.0.33.bin",
    "(<1.0)? http://h/1.0.31.bin | http://h/1.0.33.bin",
    "(\"$A\" ne \"x\")? (GPP_A = \"x\";)! http://h/b.img | http://h/c.img",
    "(GPP_A = \"y\"; GPP_B = \"z\";)! http://h/b.img",
    "(GPP_A = \"$SWVER\";)! http://h/$A.img",
    "(GPP_C = \"$UPGTMR\";)!",
};

static const char *const versions[] = {
    "sip88xx.11-1-0MPP-1",
    "sip88xx.11-3-1MPP-110",
    "sip88xx.11-0-0MPP-312",
    "sip88xx.12-0-7MPP0201-66",
    "sip8845_65.1-0129-18-0356dev",
    "7.4.8",
    "7.5.2b",
    "1.0.31",
    "1.0.33",
};

/* Every image that a rule names is on its server. */
static void offer_images(struct fake_transport *net, const char *rule, char (*urls)[128],
                         size_t cap)
{
    size_t n = 0;
    for (const char *at = rule; (at = strpbrk(at, "h1")) && n < cap; at++) {
        const size_t len = strcspn(at, " ");
        const bool is_tftp = strncmp(at, "192.", 4) == 0;
        if (!is_tftp && strncmp(at, "http", 4) != 0)
            continue;
        snprintf(urls[n], sizeof urls[n], "%s%.*s", is_tftp ? "tftp://" : "", (int)len, at);
        fake_transport_add_text(net, urls[n], IMAGE);
        at += len - 1;
        n++;
    }
}

static void test_every_rule_comes_to_rest(void **state)
{
    (void)state;
    const unsigned step = test_takes_samples() ? 5 : 1; /* with one bank and with two */
    unsigned n_reboots = 0;
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        for (size_t k = 0; k < 2 * sizeof versions / sizeof versions[0]; k += step) {
            struct device d;
            struct fake_banks banks = {.has_one_bank = k % 2};
            char urls[4][128];
            strcpy(banks.banks[0].load, versions[k / 2]);
            device_plug_in(&d, NULL, NULL, NULL);
            fake_banks_plug_in(&d, &banks);
            offer_images(&d.net, rules[i], urls, 4);
            fake_host_set(&d.host, "Resync_Periodic", "0");
            fake_host_set(&d.host, RULE, rules[i]);
            assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
            unsigned n = fake_banks_settle(&banks, 10);
            device_ask(&d, NULL);
            n += fake_banks_settle(&banks, 10);
            n_reboots += n;
            const size_t n_activated = banks.n_activated;
            for (int day = 0; day < 3; day++) {
                device_ask(&d, NULL);
                device_pass(&d, 24 * RETRY_MS);
                fake_banks_reboot(&banks, NULL);
            }
            if (n > 3 || banks.n_activated != n_activated)
                fail_msg("%s from %s: %u reboots, then %zu", rules[i], versions[k / 2], n,
                         banks.n_activated - n_activated);
            device_unplug(&d);
        }
    }
    assert_true(n_reboots > 200 / step);
}

/* A record whose checksum is right, but not what it holds. */
static void spoil_record(struct device *d, size_t n_cut, size_t at, char byte)
{
    enum { CHECK_LEN = 8 };
    char record[4096];
    size_t len = 0;
    struct provi_digest check;
    struct provi_digester digester;
    const struct prov_host *host = &d->host.host;
    const prov_str name = prov_str_from("upgrade");
    assert_int_equal(host->load(host->store_ctx, name, record, sizeof record, &len), PROV_OK);
    len -= CHECK_LEN + n_cut;
    if (at)
        record[at] = byte;
    provi_digest_begin(&digester);
    provi_digest_add(&digester, record, len);
    assert_int_equal(provi_digest_end(&digester, &check, NULL), PROV_OK);
    memcpy(record + len, check.bytes, CHECK_LEN);
    assert_int_equal(host->save(host->store_ctx, name, record, len + CHECK_LEN, NULL), PROV_OK);
}

static void test_a_record_that_makes_no_sense_is_dropped(void **state)
{
    enum { N_SATISFIED_AT = 136, LOAD_LEN_AT = N_SATISFIED_AT + 33 };
    static const struct {
        size_t n_cut, at;
        char byte;
    } rows[] = {{3, 0, 0}, {0, N_SATISFIED_AT, 9}, {60, 0, 0}, {0, LOAD_LEN_AT, 127}};
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct device d;
        struct fake_banks banks = {.running = 0};
        device_plug_in(&d, NULL, NULL, NULL);
        fake_banks_plug_in(&d, &banks);
        fake_transport_add_text(&d.net, URL, IMAGE);
        fake_host_set(&d.host, RULE, URL);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        assert_int_equal(fake_banks_settle(&banks, 2), 1);
        assert_int_equal(step_of(&d), PROV_UPGRADE_SUCCEEDED);
        spoil_record(&d, rows[i].n_cut, rows[i].at, rows[i].byte);
        fake_host_take_events(&d.host);
        fake_banks_reboot(&banks, NULL);
        assert_non_null(strstr(fake_host_take_events(&d.host),
                               "a saved record cannot be usedPROV_E_TRUNCATED"));
        assert_int_equal(step_of(&d), PROV_UPGRADE_NONE);
        assert_int_equal(d.net.n_requests, 1); /* the image runs: nothing to do */
        device_unplug(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_targets_are_listed_once_and_in_order),
        cmocka_unit_test(test_an_image_is_fetched_booted_and_confirmed),
        cmocka_unit_test(test_long_names_are_cut),
        cmocka_unit_test(test_the_status_says_what_an_upgrade_waits_for),
        cmocka_unit_test(test_an_upgrade_waits_for_the_first_resync),
        cmocka_unit_test(test_a_rule_that_cannot_be_read_is_read_again),
        cmocka_unit_test(test_upgrades_are_enabled_once_and_in_time),
        cmocka_unit_test(test_the_power_goes_at_every_step),
        cmocka_unit_test(test_memory_fails_at_every_step),
        cmocka_unit_test(test_the_network_fails_at_every_step),
        cmocka_unit_test(test_saves_fail_at_every_step),
        cmocka_unit_test(test_every_rule_comes_to_rest),
        cmocka_unit_test(test_a_record_that_makes_no_sense_is_dropped),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
