/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Reports: when they are sent, where to, and what is in them. */
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
#include "base/str.h"
#include "device.h"
#include "disk.h"
#include "vectors.h"

enum { MAX_TEXT = 512 };

/* One script under way. */
struct script {
    const struct vector *vector;
    struct device d;
    size_t n_seen;                   /* requests that the script has gone through */
    const struct fake_request *sent; /* the last of them */
    struct capture plain;            /* its body, decoded */
    char events[1 << 20];            /* so far */
    char urls[8][MAX_TEXT];          /* of answers, which borrow them */
    size_t n_urls;
    char profile[MAX_TEXT];
    bool fails_to_save;
    bool fails_to_find;
};

static void collect_events(struct script *script)
{
    const char *more = fake_host_take_events(&script->d.host);
    size_t len = strlen(script->events);
    if (len + strlen(more) >= sizeof script->events)
        vector_die(script->vector, "too many events");
    strcpy(script->events + len, more);
}

static const char *text_of(prov_str text)
{
    static char copy[MAX_TEXT];
    if (text.len >= sizeof copy)
        test_die("a long line in a script");
    memcpy(copy, text.data, text.len);
    copy[text.len] = '\0';
    return copy;
}

static void set_param(struct script *script, prov_str text)
{
    char name[MAX_TEXT];
    size_t at = provi_str_find(text, '=');
    snprintf(name, sizeof name, "%.*s", (int)at, text.data);
    fake_host_set(&script->d.host, name, text_of(provi_str_from_offset(text, at + 1)));
}

/* `URL CODE` */
static void add_answer(struct script *script, prov_str text)
{
    char *url = script->urls[script->n_urls++];
    size_t at = provi_str_find(text, ' ');
    snprintf(url, MAX_TEXT, "%.*s", (int)at, text.data);
    struct fake_answer *answer = fake_transport_add_text(&script->d.net, url, "");
    prov_str code = provi_str_from_offset(text, at + 1);
    answer->code = atoi(text_of(code));
    if (provi_str_is(code, "down"))
        answer->status = PROV_E_CONNECT;
    else
        answer->status = answer->code < 400 ? PROV_OK : PROV_E_SERVER;
}

static void start(struct script *script, prov_str text)
{
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    (void)text;
    if (device_make_agent(&script->d, &options) != PROV_OK)
        vector_die(script->vector, "no agent");
    device_settle(&script->d);
    collect_events(script);
}

/* The power is cut, and the device boots. */
static void restart(struct script *script, prov_str text)
{
    prov_agent_free(script->d.agent);
    start(script, text);
}

static void change_locally(struct script *script, prov_str text)
{
    set_param(script, text);
    prov_agent_local_change(script->d.agent);
    device_settle(&script->d);
    collect_events(script);
}

static void notify(struct script *script, prov_str text)
{
    (void)text;
    prov_agent_notify(script->d.agent);
    device_settle(&script->d);
    collect_events(script);
}

static void forget_param(struct script *script, prov_str name)
{
    const struct prov_param param = {
        .size = sizeof param, .name = name, .has_value = PROV_VALUE_FORGET};
    if (prov_store_begin(script->d.store, NULL) != PROV_OK ||
        prov_store_set(script->d.store, &param, NULL) != PROV_OK ||
        prov_store_commit(script->d.store, NULL) != PROV_OK)
        vector_die(script->vector, "the store refuses to forget");
}

/* `NAME=VALUE`, by a resync. */
static void provision(struct script *script, prov_str text)
{
    size_t at = provi_str_find(text, '=');
    prov_str value = provi_str_from_offset(text, at + 1);
    snprintf(script->profile, sizeof script->profile,
             "<flat-profile><%.*s>%.*s</%.*s></flat-profile>", (int)at, text.data, (int)value.len,
             value.data, (int)at, text.data);
    fake_transport_add_text(&script->d.net, "http://p/f", script->profile);
    device_ask(&script->d, "http://p/f");
    collect_events(script);
}

/* The script that runs: the context of the callback is the store. */
static struct script *save_script;

static prov_status save_or_fail(void *store, prov_str name, const void *data, size_t len,
                                struct prov_error *err)
{
    return save_script->fails_to_save ? PROV_E_IO
                                      : prov_store_save_record(store, name, data, len, err);
}

static prov_status find_or_fail(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    return save_script->fails_to_find && provi_str_is(name, "Report_To_Server")
               ? PROV_E_IO
               : prov_store_find(store, name, layer, out);
}

static void fail_find(struct script *script, prov_str text)
{
    script->fails_to_find = atoi(text_of(text)) != 0;
}

static void fail_save(struct script *script, prov_str text)
{
    script->fails_to_save = atoi(text_of(text)) != 0;
}

/* `1`: a line is active. */
static void call(struct script *script, prov_str text)
{
    script->d.host.is_idle = atoi(text_of(text)) == 0;
    notify(script, text);
}

static void skip_sent(struct script *script, prov_str text)
{
    (void)text;
    script->n_seen = script->d.net.n_requests;
}

static void request_verb(struct script *script, uint32_t verb, prov_str rule)
{
    const struct prov_agent_request asked = {
        .size = sizeof asked, .verb = verb, .cause = PROV_CAUSE_SIP, .rule = rule};
    if (prov_agent_request(script->d.agent, &asked, NULL) != PROV_OK)
        vector_die(script->vector, "the request is refused");
    device_settle(&script->d);
    collect_events(script);
}

static void request(struct script *script, prov_str rule)
{
    request_verb(script, PROV_VERB_REPORT, rule);
}

static void request_reboot(struct script *script, prov_str text)
{
    request_verb(script, PROV_VERB_REBOOT, text);
}

static void pass(struct script *script, prov_str seconds)
{
    device_pass(&script->d, (int64_t)atoi(text_of(seconds)) * 1000);
    collect_events(script);
}

static void keep_plain(struct script *script, const void *data, size_t len)
{
    capture_free(&script->plain);
    capture_init(&script->plain, NULL);
    script->plain.sink.write(&script->plain, data, len, NULL);
}

/* `METHOD URL`: the next request. */
static void expect_sent(struct script *script, prov_str text)
{
    static const char *const methods[] = {"GET", "POST", "PUT"};
    const struct fake_transport *net = &script->d.net;
    if (script->n_seen == net->n_requests)
        vector_die(script->vector, "expected %.*s, found no request; events:\n%s", (int)text.len,
                   text.data, script->events);
    const struct fake_request *found = &net->requests[script->n_seen++];
    char line[MAX_TEXT];
    snprintf(line, sizeof line, "%s %s", methods[found->method], found->url);
    if (strcmp(line, text_of(text)) != 0)
        vector_die(script->vector, "expected %s, found %s", text_of(text), line);
    script->sent = found;
    keep_plain(script, found->body, found->body_len);
}

static void decode(struct script *script, prov_str key, prov_str ikm)
{
    struct capture decoded;
    prov_decoder *decoder;
    capture_init(&decoded, NULL);
    const struct prov_decode_options options = {
        .size = sizeof options,
        .key = key,
        .ikm = ikm,
        .content_encoding = prov_str_from(script->sent->content_encoding),
    };
    if (prov_decoder_new(&decoder, &options, decoded.sink, NULL) != PROV_OK ||
        prov_decoder_write(decoder, script->plain.data, script->plain.len, NULL) != PROV_OK ||
        prov_decoder_finish(decoder, NULL) != PROV_OK)
        vector_die(script->vector, "the body cannot be decrypted");
    prov_decoder_free(decoder);
    keep_plain(script, decoded.data, decoded.len);
    capture_free(&decoded);
}

static void decrypt_key(struct script *script, prov_str key)
{
    decode(script, key, PROVI_LIT(""));
}

static void decrypt_ikm(struct script *script, prov_str ikm)
{
    decode(script, PROVI_LIT(""), ikm);
}

static const char *body(const struct script *script)
{
    return script->plain.len ? (const char *)script->plain.data : "";
}

static void expect_has(struct script *script, prov_str text)
{
    if (!strstr(body(script), text_of(text)))
        vector_die(script->vector, "expected %s in\n%s", text_of(text), body(script));
}

static void expect_lacks(struct script *script, prov_str text)
{
    if (strstr(body(script), text_of(text)))
        vector_die(script->vector, "expected no %s in\n%s", text_of(text), body(script));
}

static void expect_begins(struct script *script, prov_str text)
{
    if (strncmp(body(script), text_of(text), text.len) != 0)
        vector_die(script->vector, "expected to begin %s\n%s", text_of(text), body(script));
}

static void expect_ends(struct script *script, prov_str text)
{
    size_t len = strlen(body(script));
    if (len < text.len || strcmp(body(script) + len - text.len, text_of(text)) != 0)
        vector_die(script->vector, "expected to end %s\n%s", text_of(text), body(script));
}

static void expect_text(struct script *script, const char *found, prov_str expected)
{
    if (strcmp(found, text_of(expected)) != 0)
        vector_die(script->vector, "expected %s, found %s", text_of(expected), found);
}

static void expect_type(struct script *script, prov_str text)
{
    expect_text(script, script->sent->content_type, text);
}

static void expect_coding(struct script *script, prov_str text)
{
    expect_text(script, script->sent->content_encoding, text);
}

static void expect_agent(struct script *script, prov_str text)
{
    expect_text(script, script->sent->user_agent, text);
}

static void expect_silence(struct script *script, prov_str text)
{
    (void)text;
    if (script->n_seen < script->d.net.n_requests)
        vector_die(script->vector, "expected no further request, found one to %s",
                   script->d.net.requests[script->n_seen].url);
}

static void expect_event(struct script *script, prov_str text)
{
    if (!strstr(script->events, text_of(text)))
        vector_die(script->vector, "expected the event %s in\n%s", text_of(text), script->events);
}

static const struct {
    const char *key;
    void (*run)(struct script *script, prov_str value);
} commands[] = {
    {"set", set_param},
    {"forget", forget_param},
    {"answer", add_answer},
    {"start", start},
    {"restart", restart},
    {"request", request},
    {"local", change_locally},
    {"notify", notify},
    {"profile", provision},
    {"pass", pass},
    {"fail-save", fail_save},
    {"fail-find", fail_find},
    {"call", call},
    {"reboot", request_reboot},
    {"skip", skip_sent},
    {"sent", expect_sent},
    {"silent", expect_silence},
    {"key", decrypt_key},
    {"ikm", decrypt_ikm},
    {"has", expect_has},
    {"lacks", expect_lacks},
    {"begins", expect_begins},
    {"ends", expect_ends},
    {"type", expect_type},
    {"coding", expect_coding},
    {"agent", expect_agent},
    {"event", expect_event},
};

static void run_line(struct script *script, const struct vector_field *field)
{
    for (size_t i = 0; i < PROVI_LEN(commands); i++) {
        if (provi_str_is(field->key, commands[i].key)) {
            commands[i].run(script, field->value);
            return;
        }
    }
    vector_die(script->vector, "no command %.*s", (int)field->key.len, field->key.data);
}

static void run_script(void *ctx, const struct vector *vector)
{
    struct script *script = calloc(1, sizeof *script);
    (void)ctx;
    assert_non_null(script);
    script->vector = vector;
    device_plug_in(&script->d, NULL, NULL, NULL);
    script->d.report = (struct prov_report_host){.size = sizeof script->d.report};
    save_script = script;
    script->d.host.host.save = save_or_fail;
    script->d.host.host.find = find_or_fail;
    for (size_t i = 1; i < vector->n_fields; i++)
        run_line(script, &vector->fields[i]);
    capture_free(&script->plain);
    device_unplug(&script->d);
    free(script);
}

static void test_scripts(void **state)
{
    (void)state;
    assert_true(vectors_run("tests/vectors/report/reports.txt", run_script, NULL) > 0);
}

/* A device that sends reports, before its agent is made. */
static void plug_in(struct device *d, prov_store *store, struct dial *memory, struct dial *net)
{
    device_plug_in(d, store, memory, net);
    d->report = (struct prov_report_host){.size = sizeof d->report};
    fake_transport_add_text(&d->net, "http://s/r", "")->code = 200;
    fake_transport_add_text(&d->net, "http://s/2", "")->code = 204;
}

static prov_status take_param(void *ctx, const struct prov_param *param, struct prov_error *err)
{
    return prov_store_set(ctx, param, err);
}

/* A report applied to an empty store, as a profile. */
static prov_store *apply_to_empty_store(const char *report, size_t len)
{
    prov_store *store;
    prov_profile_parser *parser;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    const struct prov_profile_handler handler = {.param = take_param, .ctx = store};
    assert_int_equal(prov_profile_parser_new(&parser, NULL, &handler, NULL), PROV_OK);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_write(parser, report, len, NULL), PROV_OK);
    assert_int_equal(prov_profile_parser_finish(parser, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    prov_profile_parser_free(parser);
    return store;
}

/* R18 */
static void test_a_full_report_restores_the_values(void **state)
{
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Report_Rule", "http://s/r");
    fake_host_set(&d.host, "GPP_A", "a < b & 'c' \"d\" \xc3\xa9");
    fake_host_set(&d.host, "GPP_B", "");
    fake_host_set(&d.host, "Own_Name", "of no catalogue");
    fake_host_set(&d.host, "Admin_Password", "secret");
    const struct prov_param access = {
        .size = sizeof access, .name = {"User_ID_1_", 10}, .access = PROV_ACCESS_READ};
    assert_int_equal(prov_store_begin(d.store, NULL), PROV_OK);
    assert_int_equal(prov_store_set(d.store, &access, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(d.store, NULL), PROV_OK);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_settle(&d);
    prov_store *copy = apply_to_empty_store(d.net.uploaded, d.net.uploaded_len);
    fake_host_set(&d.host, "Admin_Password", ""); /* secrets aside */
    assert_true(prov_store_generation(copy) == prov_store_generation(d.store));
    prov_store_close(copy);
    device_unplug(&d);
}

static prov_status own_field(void *ctx, size_t index, struct prov_report_field *out,
                             struct prov_error *err)
{
    static const char *const fields[][3] = {
        {"Phone_Status", "Elapsed_Time", "1 hour"},
        {"Phone_Status", "Own_Password", "secret"},
        {"Ext_1_Status", "Registration_State", "Registered"},
    };
    (void)ctx;
    (void)err;
    if (index == PROVI_LEN(fields))
        return PROV_E_NOT_FOUND;
    out->section = prov_str_from(fields[index][0]);
    out->name = prov_str_from(fields[index][1]);
    out->value = prov_str_from(fields[index][2]);
    return PROV_OK;
}

static void test_a_status_has_sections_of_device_jobs_and_host(void **state)
{
    static const char expected[] =
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
        "<device>\n<phone-status>\n"
        "<Product_Information>\n"
        "<Product_Name>CP-8841-3PCC</Product_Name>\n"
        "<Serial_Number>88012BA01234</Serial_Number>\n"
        "<Software_Version>sip88xx.11-3-1MPP-110.loads</Software_Version>\n"
        "<Hardware_Version></Hardware_Version>\n"
        "<MAC_Address>000E08012345</MAC_Address>\n"
        "</Product_Information>\n"
        "<Custom_CA_Status>\n"
        "<Custom_CA_Provisioning_Status></Custom_CA_Provisioning_Status>\n"
        "<Custom_CA_Info>Not Installed</Custom_CA_Info>\n"
        "</Custom_CA_Status>\n"
        "<Provisioning_Status>\n"
        "<Provisioning_Status>Last provisioning failed</Provisioning_Status>\n"
        "<Provisioning_Profile>http://p/gone</Provisioning_Profile>\n"
        "<Provisioning_Failure_Reason>not found</Provisioning_Failure_Reason>\n"
        "</Provisioning_Status>\n"
        "<Reboot_History>\n"
        "<Reboot_Reason_1>Upgrade</Reboot_Reason_1>\n"
        "</Reboot_History>\n"
        "<Download_Status>\n"
        "<Provisioning_Status_1>[http://p/gone]not found</Provisioning_Status_1>\n"
        "</Download_Status>\n"
        "<Phone_Status>\n"
        "<Elapsed_Time>1 hour</Elapsed_Time>\n"
        "<Own_Password></Own_Password>\n"
        "</Phone_Status>\n"
        "<Ext_1_Status>\n"
        "<Registration_State>Registered</Registration_State>\n"
        "</Ext_1_Status>\n"
        "</phone-status>\n</device>\n";
    struct prov_agent_options options = {.size = sizeof options,
                                         .boot_cause = PROV_CAUSE_AFTER_UPGRADE};
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    d.report.status = own_field;
    fake_host_set(&d.host, "Report_Rule", "[--status]http://s/r");
    fake_host_set(&d.host, "Profile_Rule", "http://p/gone");
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    assert_int_equal(prov_agent_enable_history(d.agent, NULL), PROV_OK);
    device_settle(&d);
    assert_string_equal(d.net.uploaded, expected);
    device_unplug(&d);
}

/* All kinds, with and without a key. */
#define ALL_KINDS "[--delta --key k]http://s/r; [--status]http://s/2"

static void poor_report(void *ctx, struct dial *dial)
{
    struct device d;
    (void)ctx;
    plug_in(&d, NULL, dial, NULL);
    fake_host_set(&d.host, "Report_Rule", ALL_KINDS);
    fake_host_set(&d.host, "IKM_HTTP_Encrypt_Content", "0123456789abcdef");
    if (device_make_agent(&d, NULL) == PROV_OK) {
        device_settle(&d);
        d.memory.dial = NULL; /* memory is there again: sent after the retry's time */
        device_pass(&d, 3600 * 1000);
        assert_true(d.net.answers[0].n_asked > 0 && d.net.answers[1].n_asked > 0);
    } else {
        assert_true(dial->hit);
    }
    device_unplug(&d);
}

static void test_every_allocation_may_fail(void **state)
{
    (void)state;
    assert_true(dial_run("allocations of a report", poor_report, NULL) > 20);
}

static void badly_connected_report(void *ctx, struct dial *dial)
{
    struct device d;
    plug_in(&d, NULL, NULL, dial);
    d.net.fault = *(enum fake_fault *)ctx;
    d.net.is_immediate = false;
    fake_host_set(&d.host, "Report_Rule", ALL_KINDS);
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "60");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_pass(&d, 2000 * 1000);
    bool is_delivered = strstr(fake_host_take_events(&d.host), "result Report_Rule applied");
    assert_true(is_delivered || (dial->sticky && dial->hit));
    device_unplug(&d);
}

static void test_the_transport_may_fail_at_every_step(void **state)
{
    static const enum fake_fault faults[] = {FAKE_FAIL, FAKE_SHORT, FAKE_STALL, FAKE_DUPLICATE};
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(faults); i++) {
        enum fake_fault fault = faults[i];
        assert_true(dial_run("steps of the transport", badly_connected_report, &fault) > 5);
    }
}

static void change_and_report(struct device *d, const char *name)
{
    fake_host_set(&d->host, name, "new");
    prov_agent_local_change(d->agent);
    device_pass(d, 60 * 1000);
}

static bool was_reported(const struct device *d, const char *text)
{
    for (size_t i = 0; i < d->net.n_requests; i++)
        if (strstr(d->net.requests[i].body, text))
            return true;
    return false;
}

/* Whatever the power cut left, with the next change the one before it has been reported. */
static void assert_no_change_is_lost(const struct disk *left, unsigned way, bool was_first_sent)
{
    struct disk disk;
    struct device d;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    plug_in(&d, disk_open_store(&disk, false), NULL, NULL);
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    change_and_report(&d, "GPP_B");
    assert_true(was_first_sent || was_reported(&d, "<GPP_A>new</GPP_A>"));
    assert_true(was_reported(&d, "<GPP_B>new</GPP_B>"));
    device_unplug(&d);
    disk_assert_closed(&disk);
}

static void power_goes(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct device d;
    (void)ctx;
    disk_init(&disk);
    plug_in(&d, disk_open_store(&disk, false), NULL, NULL);
    fake_host_set(&d.host, "Report_Rule", "[--delta]http://s/r");
    fake_host_set(&d.host, "Report_To_Server", "On Local Change");
    assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
    device_boot(&d);
    fake_host_set(&d.host, "GPP_A", "new");
    disk.dial = dial;
    prov_agent_local_change(d.agent);
    device_pass(&d, 60 * 1000);
    bool was_sent = was_reported(&d, "<GPP_A>new</GPP_A>");
    device_unplug(&d);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        assert_no_change_is_lost(&disk, way, was_sent);
}

/* R20 */
static void test_a_power_cut_loses_no_change(void **state)
{
    (void)state;
    assert_true(dial_run("operations of the store", power_goes, NULL) > 5);
}

/* Frees or cancels in one of the events. */
struct meddler {
    struct device d;
    unsigned n_left;
    bool cancels;
};

static void meddle(void *ctx, const struct prov_event *event)
{
    struct meddler *meddler = ctx;
    (void)event;
    if (meddler->n_left == 0 || --meddler->n_left > 0)
        return;
    if (meddler->cancels) {
        assert_int_equal(prov_agent_cancel(meddler->d.agent, PROV_JOB_REPORT, NULL), PROV_OK);
        return;
    }
    prov_agent_free(meddler->d.agent);
    meddler->d.agent = NULL;
}

/* Returns whether the event was reached. */
static bool report_with(struct meddler *meddler, unsigned n)
{
    struct device *d = &meddler->d;
    plug_in(d, NULL, NULL, NULL);
    fake_host_set(&d->host, "Report_Rule", "[--delta]http://s/r [--status]http://s/gone");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60");
    meddler->n_left = n;
    d->host.on_event = meddle;
    d->host.on_event_ctx = meddler;
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    while (d->agent && prov_agent_timeout_ms(d->agent) == 0)
        prov_agent_process(d->agent, NULL);
    return meddler->n_left == 0;
}

static void test_an_agent_may_be_freed_in_each_event(void **state)
{
    struct meddler meddler = {.cancels = false};
    unsigned n = 1;
    (void)state;
    for (; report_with(&meddler, n); n++)
        device_unplug(&meddler.d);
    device_unplug(&meddler.d);
    assert_true(n > 10);
}

/* What was cancelled is sent again later. */
static void test_a_report_may_be_cancelled_in_each_event(void **state)
{
    struct meddler meddler = {.cancels = true};
    unsigned n = 1;
    (void)state;
    for (; report_with(&meddler, n); n++) {
        struct fake_answer *gone = fake_transport_add_text(&meddler.d.net, "http://s/gone", "");
        gone->code = 200;
        device_pass(&meddler.d, 61 * 1000);
        assert_true(gone->n_asked > 0);
        device_unplug(&meddler.d);
    }
    device_unplug(&meddler.d);
    assert_true(n > 10);
}

/* A device that reboots when it is asked to. */
static void reboot(void *ctx, const struct prov_event *event)
{
    struct device *d = ctx;
    if (event->type != PROV_EVENT_REBOOT_WANTED)
        return;
    prov_agent_free(d->agent);
    d->agent = NULL;
}

/* J1: the report of a boot comes after the reboot that its resync asks for. */
static void test_a_reboot_comes_before_a_report(void **state)
{
    struct prov_agent_options options = {.size = sizeof options, .catalogue = &device_catalogue};
    struct device d;
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "Report_Rule", "http://s/r");
    fake_host_set(&d.host, "Profile_Rule", "http://p/f");
    fake_transport_add_text(&d.net, "http://p/f",
                            "<flat-profile><Own_Reboot>1</Own_Reboot></flat-profile>");
    d.host.on_event = reboot;
    d.host.on_event_ctx = &d;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    while (d.agent && prov_agent_timeout_ms(d.agent) == 0)
        prov_agent_process(d.agent, NULL);
    assert_null(d.agent);
    assert_int_equal(d.net.answers[0].n_asked, 0);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    assert_int_equal(d.net.answers[0].n_asked, 1);
    assert_non_null(strstr(d.net.uploaded, "<Own_Reboot>1</Own_Reboot>"));
    device_unplug(&d);
}

/* When reports were requested. */
struct intervals {
    struct device *d;
    int64_t last_ms;
    int64_t longest_ms;
    unsigned n_resyncs;
};

static void measure(void *ctx, const struct prov_event *event)
{
    struct intervals *intervals = ctx;
    int64_t now_ms = intervals->d->host.now_ms;
    intervals->n_resyncs += event->type == PROV_EVENT_RESYNC;
    if (event->type != PROV_EVENT_REQUEST || event->job != PROV_JOB_REPORT)
        return;
    if (now_ms - intervals->last_ms > intervals->longest_ms)
        intervals->longest_ms = now_ms - intervals->last_ms;
    intervals->last_ms = now_ms;
}

/* J4: for most of the time, a resync waits for a server that does not answer. */
static void test_resyncs_do_not_starve_reports(void **state)
{
    const struct prov_limits limits = {.size = sizeof limits, .total_timeout_ms = 25000};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct device d;
    struct intervals intervals = {.d = &d};
    (void)state;
    plug_in(&d, NULL, NULL, NULL);
    d.net.stalled_url = "http://p/f";
    fake_host_set(&d.host, "Report_Rule", "http://s/r");
    fake_host_set(&d.host, "Report_To_Server", "Periodically");
    fake_host_set(&d.host, "Periodic_Upload_To_Server", "600");
    fake_host_set(&d.host, "Profile_Rule", "http://p/f");
    fake_host_set(&d.host, "Resync_Periodic", "30");
    fake_host_set(&d.host, "Resync_Error_Retry_Delay", "30");
    fake_host_set(&d.host, "Resync_Random_Delay", "0");
    intervals.last_ms = d.host.now_ms;
    d.host.on_event = measure;
    d.host.on_event_ctx = &intervals;
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_pass(&d, INT64_C(7) * 86400 * 1000);
    assert_true(intervals.n_resyncs > 10000);
    assert_true(d.net.answers[0].n_asked > 7 * 86400 / 700);
    assert_true(intervals.longest_ms <= 700 * 1000);
    assert_true(d.host.now_ms - intervals.last_ms <= 700 * 1000);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_a_full_report_restores_the_values),
        cmocka_unit_test(test_a_status_has_sections_of_device_jobs_and_host),
        cmocka_unit_test(test_every_allocation_may_fail),
        cmocka_unit_test(test_the_transport_may_fail_at_every_step),
        cmocka_unit_test(test_a_power_cut_loses_no_change),
        cmocka_unit_test(test_an_agent_may_be_freed_in_each_event),
        cmocka_unit_test(test_a_report_may_be_cancelled_in_each_event),
        cmocka_unit_test(test_a_reboot_comes_before_a_report),
        cmocka_unit_test(test_resyncs_do_not_starve_reports),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
