/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Lives of a device with upgrades, by tests/vectors/upgrade: a line is a word and its arguments, a
 * case begins with `==`. Each word is explained where it is carried out.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <provision/names.h>
#include <provision/provision.h>

#include "base/array.h"
#include "jobs/jobs.h"
#include "fake_banks.h"

struct life {
    const char *name; /* of the case */
    unsigned line;
    struct device device;
    struct fake_banks banks;
    struct fake_answer *file; /* added last */
    char texts[64][256];      /* that files borrow */
    size_t n_texts;
    char events[65536]; /* since the last `clear` */
    char requester[64];
    struct secrets secrets;
    bool has_agent;
    bool had_no_saves; /* the host refused some */
};

#define FAIL(life, ...)                                                                            \
    do {                                                                                           \
        print_error("%s, line %u: ", (life)->name, (life)->line);                                  \
        fail_msg(__VA_ARGS__);                                                                     \
    } while (0)

static const char *keep(struct life *life, const char *text)
{
    if (life->n_texts == PROVI_LEN(life->texts))
        FAIL(life, "more texts than there is room for");
    char *kept = life->texts[life->n_texts++];
    snprintf(kept, sizeof life->texts[0], "%s", text);
    return kept;
}

static void collect(struct life *life)
{
    const size_t len = strlen(life->events);
    snprintf(life->events + len, sizeof life->events - len, "%s",
             fake_host_take_events(&life->device.host));
}

static void settle(struct life *life)
{
    device_settle(&life->device);
    collect(life);
}

/* The first word of a text, which then goes on behind it. */
static char *word(char **text)
{
    char *start = *text + strspn(*text, " ");
    char *end = start + strcspn(start, " ");
    *text = *end ? end + 1 : end;
    *end = '\0';
    return start;
}

static prov_status status_of(struct life *life, const char *name)
{
    for (int i = 0; i > -64; i--)
        if (strcmp(prov_status_name(i), name) == 0)
            return i;
    FAIL(life, "there is no status %s", name);
    return PROV_OK;
}

/* run LOAD: the image that runs at first. */
static void do_run(struct life *life, char *args)
{
    snprintf(life->banks.banks[0].load, sizeof life->banks.banks[0].load, "%s", args);
}

/* bank LOAD: a whole image in the other bank. */
static void do_bank(struct life *life, char *args)
{
    snprintf(life->banks.banks[1].load, sizeof life->banks.banks[1].load, "%s", args);
}

static struct dial no_saves = {.sticky = true};

static uint32_t deferral_ms;

static uint32_t defer_ms(void *ctx, uint32_t stage)
{
    (void)ctx;
    return stage == PROV_STAGE_UPGRADE ? deferral_ms : 0;
}

/* Every draw gives its largest value. */
static uint32_t largest(void *ctx)
{
    (void)ctx;
    return UINT32_MAX;
}

/* host WORD [TEXT]: how the host is. */
static void do_host(struct life *life, char *args)
{
    struct fake_banks *banks = &life->banks;
    const char *what = word(&args);
    if (strcmp(what, "one-bank") == 0)
        banks->has_one_bank = true;
    else if (strcmp(what, "forgetful") == 0)
        banks->is_forgetful = true;
    else if (strcmp(what, "broken") == 0)
        banks->is_broken = strcmp(args, "no") != 0;
    else if (strcmp(what, "waits") == 0)
        banks->asks_to_wait = strcmp(args, "no") != 0;
    else if (strcmp(what, "keeps") == 0)
        banks->keeps_bytes = true;
    else if (strcmp(what, "versions") == 0)
        banks->versions = keep(life, args);
    else if (strcmp(what, "files") == 0)
        banks->files = keep(life, args);
    else if (strcmp(what, "version") == 0)
        snprintf(banks->answer.version, sizeof banks->answer.version, "%s", args);
    else if (strcmp(what, "confirms") == 0)
        life->device.upgrade.confirm_timeout_s = (uint32_t)strtoul(args, NULL, 10);
    else if (strcmp(what, "limit") == 0)
        life->device.upgrade.max_bytes = strtoul(args, NULL, 10);
    else if (strcmp(what, "time") == 0)
        life->device.upgrade.timeout_s = (uint32_t)strtoul(args, NULL, 10);
    else if (strcmp(what, "presence") == 0)
        banks->answer.presence = (uint32_t)strtoul(args, NULL, 10);
    else if (strcmp(what, "saves") == 0) {
        banks->save_dial = strcmp(args, "no") == 0 ? &no_saves : NULL;
        life->had_no_saves = true;
    } else if (strcmp(what, "no-abort") == 0)
        life->device.upgrade.abort = NULL;
    else if (strcmp(what, "late") == 0)
        life->device.host.host.entropy = largest;
    else if (strcmp(what, "defers") == 0) {
        deferral_ms = (uint32_t)strtoul(args, NULL, 10) * 1000;
        life->device.host.host.defer_ms = defer_ms;
    } else if (strcmp(what, "digest") == 0) {
        banks->answer.has_sha256 = 1;
        for (size_t i = 0; i < sizeof banks->answer.sha256; i++) {
            char byte[3] = {args[2 * i], args[2 * i + 1], '\0'};
            banks->answer.sha256[i] = (uint8_t)strtoul(byte, NULL, 16);
        }
    } else {
        const char *callback = what;
        prov_status status = status_of(life, args);
        if (strcmp(callback, "inspect") == 0)
            banks->inspect_status = status;
        else if (strcmp(callback, "begin") == 0)
            banks->begin_status = status;
        else if (strcmp(callback, "write") == 0)
            banks->write_status = status;
        else if (strcmp(callback, "finish") == 0)
            banks->finish_status = status;
        else if (strcmp(callback, "activate") == 0)
            banks->activate_status = status;
        else
            FAIL(life, "host %s", what);
    }
}

/* set NAME [VALUE]: as a user would, by the web page. */
static void do_set(struct life *life, char *args)
{
    const char *name = word(&args);
    fake_host_set(&life->device.host, name, args);
}

/* file URL [TEXT]: that a server has; TEXT is IMAGE unless given. */
static void do_file(struct life *life, char *args)
{
    const char *url = keep(life, word(&args));
    life->file =
        fake_transport_add_text(&life->device.net, url, keep(life, *args ? args : "IMAGE"));
}

/* answer WORD VALUE: of the file added last. */
static void do_answer(struct life *life, char *args)
{
    const char *what = word(&args);
    if (strcmp(what, "status") == 0)
        life->file->status = status_of(life, args);
    else if (strcmp(what, "code") == 0)
        life->file->code = (int32_t)strtol(args, NULL, 10);
    else if (strcmp(what, "length") == 0)
        life->file->length = strtol(args, NULL, 10);
    else if (strcmp(what, "etag") == 0)
        life->file->etag = keep(life, args);
    else if (strcmp(what, "login") == 0)
        life->file->login = keep(life, args);
    else if (strcmp(what, "empty") == 0)
        life->file->len = (size_t)(life->file->length = 0);
    else if (strcmp(what, "encoding") == 0)
        life->file->encoding = keep(life, args);
    else
        FAIL(life, "answer %s", what);
}

/* boot: the first start of the device. */
static void do_boot(struct life *life, char *args)
{
    (void)args;
    life->device.host.device.sw_version = prov_str_from(fake_banks_running(&life->banks));
    if (device_make_agent(&life->device, NULL) != PROV_OK)
        FAIL(life, "no agent");
    life->has_agent = true;
    settle(life);
}

/* reboots N: the device reboots as often as it wants to, which is N times. */
static void do_reboots(struct life *life, char *args)
{
    unsigned expected = (unsigned)strtoul(args, NULL, 10);
    unsigned n = fake_banks_settle(&life->banks, 12);
    collect(life);
    if (n != expected)
        FAIL(life, "%u reboots, expected %u", n, expected);
}

/* power: cut, and back. */
static void do_power(struct life *life, char *args)
{
    (void)args;
    fake_banks_reboot(&life->banks, NULL);
    collect(life);
}

/* pass SECONDS. */
static void do_pass(struct life *life, char *args)
{
    device_pass(&life->device, strtoll(args, NULL, 10) * 1000);
    collect(life);
}

/* call yes|no: a line is active. */
static void do_call(struct life *life, char *args)
{
    life->device.host.is_idle = strcmp(args, "no") == 0;
    prov_agent_notify(life->device.agent);
    settle(life);
}

/* call-before yes|no: likewise, without a word to the agent. */
static void do_call_before(struct life *life, char *args)
{
    life->device.host.is_idle = strcmp(args, "no") == 0;
}

/* secret TEXT: no event says it, and no text for the host. */
static void do_secret(struct life *life, char *args)
{
    secrets_plant(&life->secrets, keep(life, args), strlen(args));
    life->device.host.secrets = &life->secrets;
    life->banks.secrets = &life->secrets;
}

/* licensed: another job stored a licence. */
static void do_licensed(struct life *life, char *args)
{
    (void)args;
    provi_jobs_notify(provi_agent_jobs(life->device.agent), PROVI_JOB_LICENSED);
    prov_agent_process(life->device.agent, NULL);
    settle(life);
}

/* network lost|back: the link. */
static void do_network(struct life *life, char *args)
{
    const bool is_back = strcmp(args, "back") == 0;
    prov_agent_network(life->device.agent, is_back ? PROV_NETWORK_BACK : PROV_NETWORK_LOST, NULL);
    settle(life);
}

/* notify: parameters changed. */
static void do_notify(struct life *life, char *args)
{
    (void)args;
    prov_agent_notify(life->device.agent);
    settle(life);
}

/* resync: requested by the host. */
static void do_resync(struct life *life, char *args)
{
    (void)args;
    device_ask(&life->device, NULL);
    collect(life);
}

/* requester ADDRESS: of the next upgrade. */
static void do_requester(struct life *life, char *args)
{
    snprintf(life->requester, sizeof life->requester, "%s", args);
}

/* upgrade STATUS [RULE]: requested by URL; the request is answered with STATUS. */
static void do_upgrade(struct life *life, char *args)
{
    prov_status expected = status_of(life, word(&args));
    const struct prov_agent_request request = {
        .size = sizeof request,
        .verb = PROV_VERB_UPGRADE,
        .cause = PROV_CAUSE_URL,
        .rule = prov_str_from(args),
        .requester = prov_str_from(life->requester),
    };
    prov_status status = prov_agent_request(life->device.agent, &request, NULL);
    if (status != expected)
        FAIL(life, "%s, expected %s", prov_status_name(status), prov_status_name(expected));
    settle(life);
}

/* confirm STATUS: the host confirms the image. */
static void do_confirm(struct life *life, char *args)
{
    prov_status status = prov_agent_confirm_upgrade(life->device.agent, NULL);
    if (status != status_of(life, args))
        FAIL(life, "%s", prov_status_name(status));
    settle(life);
}

/* cancel: the host cancels the job. */
static void do_cancel(struct life *life, char *args)
{
    (void)args;
    assert_int_equal(prov_agent_cancel(life->device.agent, PROV_JOB_UPGRADE, NULL), PROV_OK);
    settle(life);
}

/* slow: transfers stop; steps N: N turns take them one step further each. fast: as at first. */
static void do_slow(struct life *life, char *args)
{
    (void)args;
    life->device.net.is_frozen = true;
}

static void do_fast(struct life *life, char *args)
{
    (void)args;
    life->device.net.is_frozen = false;
    settle(life);
}

static void do_steps(struct life *life, char *args)
{
    life->device.net.is_frozen = life->device.net.is_immediate = false;
    for (unsigned long n = strtoul(args, NULL, 10); n; n--)
        prov_agent_process(life->device.agent, NULL);
    life->device.net.is_frozen = life->device.net.is_immediate = true;
    collect(life);
}

/* requests N: so far, of everything. */
static void do_requests(struct life *life, char *args)
{
    if (life->device.net.n_requests != strtoul(args, NULL, 10))
        FAIL(life, "%zu requests, expected %s\n%s", life->device.net.n_requests, args,
             life->events);
}

/* request N URL: that was the one with this number, from 1. */
static void do_request(struct life *life, char *args)
{
    size_t n = strtoul(word(&args), NULL, 10);
    const struct fake_transport *net = &life->device.net;
    if (n > net->n_requests || strcmp(net->requests[n - 1].url, args) != 0)
        FAIL(life, "request %zu is %s, expected %s", n,
             n > net->n_requests ? "missing" : net->requests[n - 1].url, args);
}

/* runs LOAD. */
static void do_runs(struct life *life, char *args)
{
    if (strcmp(life->banks.banks[life->banks.running].load, args) != 0)
        FAIL(life, "%s runs, expected %s", life->banks.banks[life->banks.running].load, args);
}

/* says TEXT: an event does, since the last `clear`; N times: the number before it. */
static void do_says(struct life *life, char *args)
{
    if (!strstr(life->events, args))
        FAIL(life, "no event says %s\n%s", args, life->events);
}

static void do_silent(struct life *life, char *args)
{
    if (strstr(life->events, args))
        FAIL(life, "an event says %s\n%s", args, life->events);
}

/* order TEXT | TEXT: the first is said before the second. */
static void do_order(struct life *life, char *args)
{
    char *second = strstr(args, " | ");
    *second = '\0';
    const char *a = strstr(life->events, args), *b = strstr(life->events, second + 3);
    if (!a || !b || a > b)
        FAIL(life, "%s is not before %s\n%s", args, second + 3, life->events);
}

static void do_times(struct life *life, char *args)
{
    unsigned long expected = strtoul(word(&args), NULL, 10), n = 0;
    for (const char *at = life->events; (at = strstr(at, args)); at += strlen(args))
        n++;
    if (n != expected)
        FAIL(life, "%lu times %s, expected %lu\n%s", n, args, expected, life->events);
}

static void do_clear(struct life *life, char *args)
{
    (void)args;
    life->events[0] = '\0';
}

/* step STEP, err [TEXT], boots N: by prov_agent_upgrade_get(). */
static struct prov_upgrade get(struct life *life)
{
    struct prov_upgrade upgrade = {.size = sizeof upgrade};
    if (prov_agent_upgrade_get(life->device.agent, &upgrade) != PROV_OK)
        FAIL(life, "no state");
    return upgrade;
}

static void do_step(struct life *life, char *args)
{
    const char *step = prov_upgrade_step_name(get(life).step);
    if (strcmp(step, args) != 0)
        FAIL(life, "%s, expected %s\n%s", step, args, life->events);
}

static void do_err(struct life *life, char *args)
{
    prov_str err = get(life).err;
    if (err.len != strlen(args) || memcmp(err.data, args, err.len) != 0)
        FAIL(life, "'%.*s', expected '%s'", (int)err.len, err.data, args);
}

/* error TEXT: the last result says so to the host. */
static void do_error(struct life *life, char *args)
{
    struct prov_job_status status = {.size = sizeof status};
    prov_agent_status(life->device.agent, PROV_JOB_UPGRADE, &status);
    const struct prov_error *error = status.last ? status.last->error : NULL;
    if (!error || !strstr(error->message, args))
        FAIL(life, "'%s', expected '%s'", error ? error->message : "", args);
}

static void do_boots(struct life *life, char *args)
{
    if (get(life).n_failed_boots != strtoul(args, NULL, 10))
        FAIL(life, "%u failed boots", (unsigned)get(life).n_failed_boots);
}

/* offset N: of the last begin. bytes TEXT: in the other bank, or the one that was. */
static void do_offset(struct life *life, char *args)
{
    if (life->banks.last_offset != strtoull(args, NULL, 10))
        FAIL(life, "begun at %llu", (unsigned long long)life->banks.last_offset);
}

/* total N: of that file, as the host was told. asked N: offset of the last request. */
static void do_total(struct life *life, char *args)
{
    if (life->banks.last_total != strtoll(args, NULL, 10))
        FAIL(life, "%lld bytes in all", (long long)life->banks.last_total);
}

static void do_asked(struct life *life, char *args)
{
    const struct fake_transport *net = &life->device.net;
    uint64_t offset = net->requests[net->n_requests - 1].offset;
    if (offset != strtoull(args, NULL, 10))
        FAIL(life, "asked from %llu on", (unsigned long long)offset);
}

static void do_bytes(struct life *life, char *args)
{
    const struct fake_bank *bank = &life->banks.banks[!life->banks.running];
    if (bank->len != strlen(args) || memcmp(bank->data, args, bank->len) != 0)
        FAIL(life, "%zu bytes: %.*s", bank->len, (int)bank->len, (const char *)bank->data);
}

/* activated N, inspected N, aborted N, begun N: how often the host was called. */
static void do_called(struct life *life, char *args)
{
    const struct fake_banks *banks = &life->banks;
    const struct {
        const char *name;
        size_t n;
    } calls[] = {{"inspect", banks->n_inspected},
                 {"begin", banks->n_begun},
                 {"finish", banks->n_finished},
                 {"activate", banks->n_activated},
                 {"abort", banks->n_aborted}};
    const char *name = word(&args);
    for (size_t i = 0; i < PROVI_LEN(calls); i++)
        if (strcmp(calls[i].name, name) == 0 && calls[i].n != strtoul(args, NULL, 10))
            FAIL(life, "%s called %zu times, expected %s\n%s", name, calls[i].n, args,
                 life->events);
}

/* stored NAME VALUE. */
static void do_stored(struct life *life, char *args)
{
    const char *name = word(&args);
    const char *value = fake_host_get(&life->device.host, name);
    if (!value || strcmp(value, args) != 0)
        FAIL(life, "%s is '%s'", name, value ? value : "");
}

/* waits WHAT: by prov_agent_status(). */
static void do_waits(struct life *life, char *args)
{
    struct prov_job_status status = {.size = sizeof status};
    prov_agent_status(life->device.agent, PROV_JOB_UPGRADE, &status);
    if (strcmp(prov_wait_name(status.waits_for), args) != 0)
        FAIL(life, "%s for %s", prov_job_state_name(status.state),
             prov_wait_name(status.waits_for));
}

static const struct {
    const char *word;
    void (*act)(struct life *life, char *args);
} words[] = {
    {"run", do_run},
    {"bank", do_bank},
    {"host", do_host},
    {"set", do_set},
    {"file", do_file},
    {"answer", do_answer},
    {"boot", do_boot},
    {"reboots", do_reboots},
    {"power", do_power},
    {"pass", do_pass},
    {"call", do_call},
    {"secret", do_secret},
    {"call-before", do_call_before},
    {"order", do_order},
    {"notify", do_notify},
    {"resync", do_resync},
    {"licensed", do_licensed},
    {"network", do_network},
    {"requester", do_requester},
    {"upgrade", do_upgrade},
    {"confirm", do_confirm},
    {"cancel", do_cancel},
    {"slow", do_slow},
    {"fast", do_fast},
    {"steps", do_steps},
    {"requests", do_requests},
    {"request", do_request},
    {"runs", do_runs},
    {"says", do_says},
    {"silent", do_silent},
    {"times", do_times},
    {"clear", do_clear},
    {"step", do_step},
    {"err", do_err},
    {"error", do_error},
    {"boots", do_boots},
    {"offset", do_offset},
    {"total", do_total},
    {"asked", do_asked},
    {"bytes", do_bytes},
    {"called", do_called},
    {"stored", do_stored},
    {"waits", do_waits},
};

static void carry_out(struct life *life, char *line)
{
    const char *name = word(&line);
    for (size_t i = 0; i < PROVI_LEN(words); i++) {
        if (strcmp(words[i].word, name) == 0) {
            words[i].act(life, line);
            return;
        }
    }
    FAIL(life, "there is no word %s", name);
}

static struct life *begin(const char *name)
{
    struct life *life = calloc(1, sizeof *life);
    assert_non_null(life);
    life->name = name;
    device_plug_in(&life->device, NULL, NULL, NULL);
    fake_banks_plug_in(&life->device, &life->banks);
    fake_banks_watch_saves(&life->banks);
    fake_host_set(&life->device.host, "Resync_Periodic", "0");
    return life;
}

static void end(struct life *life)
{
    if (!life)
        return;
    if (!life->had_no_saves && strstr(life->events, "cannot be saved"))
        FAIL(life, "a save failed\n%s", life->events);
    device_unplug(&life->device);
    free(life);
}

static void test_lives(void **state)
{
    (void)state;
    char line[512], name[512] = "";
    unsigned number = 0, n_cases = 0;
    struct life *life = NULL;
    FILE *file = fopen(TEST_SOURCE_ROOT "/tests/vectors/upgrade/lives.txt", "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file)) {
        number++;
        line[strcspn(line, "\n")] = '\0';
        if (strncmp(line, "== ", 3) == 0) {
            end(life);
            snprintf(name, sizeof name, "%s", line + 3);
            life = begin(name);
            n_cases++;
        } else if (line[0] && line[0] != '#') {
            life->line = number;
            carry_out(life, line);
        }
    }
    end(life);
    fclose(file);
    assert_true(n_cases > 30);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lives),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
