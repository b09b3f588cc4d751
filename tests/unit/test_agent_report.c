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
    char unfound[MAX_TEXT]; /* the parameter that cannot be read; empty: none */
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
    snprintf(copy, sizeof copy, "%.*s", (int)text.len, text.len ? text.data : "");
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

/* `URL USER:PASSWORD` that its answer requires. */
static void require_login(struct script *script, prov_str text)
{
    size_t at = provi_str_find(text, ' ');
    char *login = script->urls[script->n_urls++];
    snprintf(login, MAX_TEXT, "%s", text_of(provi_str_from_offset(text, at + 1)));
    struct fake_answer *answer = script->d.net.answers;
    while (!provi_str_is((prov_str){text.data, at}, answer->url))
        answer++;
    answer->login = login;
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
    prov_agent_record_local_change(script->d.agent);
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

static void change_store(struct script *script, const struct prov_param *param)
{
    if (prov_store_begin(script->d.store, NULL) != PROV_OK ||
        prov_store_set(script->d.store, param, NULL) != PROV_OK ||
        prov_store_commit(script->d.store, NULL) != PROV_OK)
        vector_die(script->vector, "the store refuses a change");
}

static void forget_param(struct script *script, prov_str name)
{
    change_store(script, &(const struct prov_param){.size = sizeof(struct prov_param),
                                                    .name = name,
                                                    .has_value = PROV_VALUE_FORGET});
}

static void lock_param(struct script *script, prov_str name)
{
    change_store(script, &(const struct prov_param){.size = sizeof(struct prov_param),
                                                    .name = name,
                                                    .access = PROV_ACCESS_NONE});
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
    size_t found;
    if (len == 0 && prov_store_load_record(store, name, NULL, 0, &found) == PROV_E_NOT_FOUND)
        vector_die(save_script->vector, "a record is erased that is not there");
    return save_script->fails_to_save ? PROV_E_IO
                                      : prov_store_save_record(store, name, data, len, err);
}

static prov_status find_or_fail(void *store, prov_str name, uint32_t layer, struct prov_param *out)
{
    return provi_str_is(name, save_script->unfound) ? PROV_E_IO
                                                    : prov_store_find(store, name, layer, out);
}

/* The name of a parameter that the store cannot read from now on; empty: none. */
static void fail_find(struct script *script, prov_str text)
{
    snprintf(script->unfound, sizeof script->unfound, "%s", text_of(text));
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

/* A host that cannot load what it saves. */
static void load_nothing(struct script *script, prov_str text)
{
    (void)text;
    script->d.host.host.load = NULL;
}

/* A host that saves nothing over a reboot. */
static void save_nothing(struct script *script, prov_str text)
{
    (void)text;
    script->d.host.host.save = NULL;
    script->d.host.host.load = NULL;
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

static void request_from(struct script *script, prov_str requester)
{
    const struct prov_agent_request asked = {.size = sizeof asked,
                                             .verb = PROV_VERB_REPORT,
                                             .cause = PROV_CAUSE_URL,
                                             .requester = requester};
    assert_int_equal(prov_agent_request(script->d.agent, &asked, NULL), PROV_OK);
    device_settle(&script->d);
    collect_events(script);
}

/* A request that is cancelled before its turn. */
static void cancel_request(struct script *script, prov_str rule)
{
    const struct prov_agent_request asked = {
        .size = sizeof asked, .verb = PROV_VERB_REPORT, .cause = PROV_CAUSE_SIP, .rule = rule};
    assert_int_equal(prov_agent_request(script->d.agent, &asked, NULL), PROV_OK);
    assert_int_equal(prov_agent_cancel(script->d.agent, PROV_JOB_REPORT, NULL), PROV_OK);
    device_settle(&script->d);
    collect_events(script);
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
    {"lock", lock_param},
    {"login", require_login},
    {"request-from", request_from},
    {"no-load", load_nothing},
    {"no-save", save_nothing},
    {"reboot", request_reboot},
    {"request-cancel", cancel_request},
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
    bool may_fail = false;
    for (size_t i = 1; i < vector->n_fields; i++) {
        run_line(script, &vector->fields[i]);
        may_fail |= script->fails_to_save;
    }
    assert_true(may_fail || !strstr(script->events, "a record cannot be saved"));
    capture_free(&script->plain);
    device_unplug(&script->d);
    free(script);
}

static void test_scripts(void **state)
{
    (void)state;
    assert_true(vectors_run("tests/vectors/report/reports.txt", run_script, NULL) > 0);
}

/* Not to a server, nor after a reboot; the host is told. */
static void test_a_status_does_not_tell_what_is_wrong_in_a_file(void **state)
{
    static const struct {
        const char *rule, *file, *message;
    } rows[] = {
        {"http://p/x", "<flat-profile><GPP_A>1</GPP_B>", "expected </GPP_A>"},
        {"[--key k]http://p/x", "<flat-profile><GPP_A>1</GPP_A></flat-profile>", "XML"},
        {"[--key k]http://p/x", "Salted__12345678abcdefghijklmnopqrst", "AES-256-CBC"},
        {"http://p/x", "\x1f\x8b\x08", "gzip"},
    };
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        d.report = (struct prov_report_host){.size = sizeof d.report};
        fake_transport_add_text(&d.net, "http://s/r", "");
        fake_host_set(&d.host, "Report_Rule", "[--status]http://s/r");
        fake_host_set(&d.host, "Profile_Rule", rows[i].rule);
        fake_transport_add_text(&d.net, "http://p/x", rows[i].file);
        for (unsigned n_boots = 1; n_boots <= 2; n_boots++) {
            struct prov_job_status now = {.size = sizeof now};
            assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
            assert_int_equal(prov_agent_enable_history(d.agent, NULL), PROV_OK);
            device_settle(&d);
            assert_int_equal(prov_agent_status(d.agent, PROV_JOB_RESYNC, &now), PROV_OK);
            assert_non_null(strstr(now.last->error->message, rows[i].message));
            assert_true(now.last->error->flags & PROV_ERROR_CONTENT);
            const char *report = d.net.uploaded;
            assert_non_null(strstr(report, "<Provisioning_Failure_Reason>corrupt file</"));
            assert_non_null(strstr(report, "_Status_1>[http://p/x]corrupt file</"));
            if (n_boots == 2)
                assert_non_null(strstr(report, "_Status_2>[http://p/x]corrupt file</"));
            prov_agent_free(d.agent);
            d.agent = NULL;
        }
        device_unplug(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scripts),
        cmocka_unit_test(test_a_status_does_not_tell_what_is_wrong_in_a_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
