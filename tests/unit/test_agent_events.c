/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Every field of the events of a resync that succeeds, of one that fails, and of requests. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"

static void put_text(struct capture *out, const char *name, prov_str text)
{
    if (text.len) {
        out->sink.write(out->sink.ctx, " ", 1, NULL);
        out->sink.write(out->sink.ctx, name, strlen(name), NULL);
        out->sink.write(out->sink.ctx, "='", 2, NULL);
        out->sink.write(out->sink.ctx, text.data, text.len, NULL);
        out->sink.write(out->sink.ctx, "'", 1, NULL);
    }
}

static void put_number(struct capture *out, const char *name, int64_t number)
{
    char text[64];
    if (number)
        out->sink.write(out->sink.ctx, text,
                        (size_t)snprintf(text, sizeof text, " %s=%lld", name, (long long)number),
                        NULL);
}

static void put_error(struct capture *out, const struct prov_error *error)
{
    if (!error)
        return;
    put_text(out, "error", prov_str_from(prov_status_name(error->status)));
    put_text(out, "message", prov_str_from(error->message));
    put_text(out, "subject", prov_str_from(error->subject));
    put_text(out, "source", prov_str_from(error->source));
}

static void put_result(struct capture *out, const struct prov_result *result)
{
    const struct prov_delivery *delivery = result->delivery;
    put_text(out, "rule", result->rule);
    put_text(out, "outcome", prov_str_from(prov_outcome_name(result->outcome)));
    put_number(out, "cause", result->cause);
    put_number(out, "needs", result->needs);
    put_number(out, "alternative", result->alternative);
    put_number(out, "code", result->code);
    put_number(out, "credentials", result->credentials);
    put_number(out, "bytes", (int64_t)result->bytes);
    put_number(out, "total", result->total);
    put_number(out, "n_params", (int64_t)result->n_params);
    put_number(out, "n_changed", (int64_t)result->n_changed);
    put_number(out, "n_warnings", (int64_t)result->n_warnings);
    put_number(out, "mono_ms", result->mono_ms);
    put_number(out, "wall_s", result->wall_s);
    put_number(out, "duration_ms", result->duration_ms);
    put_text(out, "text", result->text);
    put_text(out, "url", result->url);
    put_text(out, "server_ip", result->server_ip);
    if (delivery) {
        put_number(out, "first_byte_ms", delivery->first_byte_ms);
        put_number(out, "last_byte_ms", delivery->last_byte_ms);
        put_number(out, "commit_ms", delivery->commit_ms);
        put_text(out, "content_type", delivery->content_type);
        put_text(out, "coding", delivery->coding);
        put_text(out, "etag", delivery->etag);
    }
    put_error(out, result->error);
}

static void put_event(struct capture *out, const struct prov_event *event)
{
    const struct prov_log_entry *log = event->as.log;
    const struct prov_progress *progress = event->as.progress;
    const struct prov_change *change = event->as.change;
    const struct prov_warning *warning = event->as.warning;
    const struct prov_question *question = event->as.question;
    put_text(out, "event", prov_str_from(prov_event_type_name(event->type)));
    put_number(out, "job", event->job);
    switch (event->type) {
    case PROV_EVENT_LOG:
        put_number(out, "severity", log->severity);
        put_text(out, "text", log->text);
        put_text(out, "rule", log->rule);
        put_text(out, "name", log->name);
        put_text(out, "server", log->server);
        put_error(out, log->error);
        break;
    case PROV_EVENT_REQUEST:
    case PROV_EVENT_PROGRESS:
        put_number(out, "bytes", (int64_t)progress->bytes);
        put_number(out, "total", progress->total);
        put_text(out, "rule", progress->rule);
        put_text(out, "url", progress->url);
        put_text(out, "server_ip", progress->server_ip);
        break;
    case PROV_EVENT_CHANGED:
        put_number(out, "line", change->line);
        put_number(out, "needs", change->needs);
        put_number(out, "access", change->access);
        put_number(out, "is_secret", change->is_secret);
        put_text(out, "rule", change->rule);
        put_text(out, "name", change->name);
        put_text(out, "old", change->old_value);
        put_text(out, "new", change->new_value);
        break;
    case PROV_EVENT_WARNING:
        put_number(out, "kind", warning->kind);
        put_number(out, "line", warning->line);
        put_text(out, "rule", warning->rule);
        put_text(out, "name", warning->name);
        put_error(out, warning->error);
        break;
    case PROV_EVENT_CREDENTIALS_WANTED:
        put_number(out, "credentials", question->credentials);
        put_number(out, "code", question->code);
        put_number(out, "in_ms", question->in_ms);
        put_text(out, "rule", question->rule);
        put_text(out, "url", question->url);
        put_text(out, "server_ip", question->server_ip);
        put_error(out, question->error);
        break;
    case PROV_EVENT_RESULT:
    case PROV_EVENT_RESYNC: put_result(out, event->as.result); break;
    case PROV_EVENT_SCHEDULED:
        put_number(out, "cause", event->as.schedule->cause);
        put_number(out, "why", event->as.schedule->why);
        put_number(out, "retry", event->as.schedule->retry);
        put_number(out, "n_retries", event->as.schedule->n_retries);
        put_number(out, "in_ms", event->as.schedule->in_ms);
        break;
    case PROV_EVENT_UNCONFIRMED: put_number(out, "in_ms", event->as.unconfirmed->in_ms); break;
    case PROV_EVENT_DEFERRED:
        put_number(out, "stage", event->as.deferral->stage);
        put_number(out, "in_ms", event->as.deferral->in_ms);
        put_number(out, "at_most_ms", event->as.deferral->at_most_ms);
        break;
    default: break;
    }
    out->sink.write(out->sink.ctx, "\n", 1, NULL);
}

struct dump {
    struct device device;
    struct capture text;
};

/* Time goes on with each event. */
static void dump_event(void *ctx, const struct prov_event *event)
{
    struct dump *dump = ctx;
    put_event(&dump->text, event);
    dump->device.host.now_ms += 10;
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED)
        assert_int_equal(prov_agent_set_credentials(dump->device.agent, prov_str_from("u"),
                                                    prov_str_from("p"), NULL),
                         PROV_OK);
}

static bool wall_s(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const struct fake_host *host = ctx;
    *utc_s = 1000000000 + host->now_ms / 10;
    *utc_offset_s = 7200;
    return true;
}

/* Numbers that are 0 and texts that are empty are left out. */
static const char expected[] =
    " event='scheduled' job=1 cause=11 why=5 in_ms=-1\n"
    " event='request' job=1 total=-1 rule='Profile_Rule' url='http://h/p?password=***'"
    " server_ip='192.0.2.1'\n"
    " event='credentials-wanted' job=1 credentials=1 code=401 rule='Profile_Rule'"
    " url='http://h/p?password=***' server_ip='192.0.2.1' error='PROV_E_AUTH'"
    " message='credentials refused'\n"
    " event='request' job=1 total=-1 rule='Profile_Rule' url='http://h/p?password=***'"
    " server_ip='192.0.2.1'\n"
    " event='progress' job=1 bytes=196 total=196 rule='Profile_Rule'"
    " url='http://h/p?password=***' server_ip='192.0.2.1'\n"
    " event='warning' job=1 kind=6 line=5 rule='Profile_Rule' name='MAC_Address'\n"
    " event='warning' job=1 kind=5 line=6 rule='Profile_Rule'"
    " name='Resync_Random_Delay' error='PROV_E_VALUE'"
    " message='expected a number from 0 to 65535' subject='Resync_Random_Delay'\n"
    " event='unconfirmed' job=8 in_ms=600000\n"
    " event='changed' job=1 line=2 access=3 rule='Profile_Rule' name='GPP_A' old='old'"
    " new='new'\n"
    " event='changed' job=1 line=3 is_secret=1 rule='Profile_Rule'"
    " name='Admin_Password'\n"
    " event='changed' job=1 line=4 needs=2 rule='Profile_Rule' name='Own_Reboot'"
    " new='1'\n"
    " event='result' job=1 rule='Profile_Rule' outcome='applied' cause=11 needs=2"
    " alternative=1 code=200 bytes=196 total=196 n_params=5 n_changed=3 n_warnings=2"
    " mono_ms=1000110 wall_s=1000100011 duration_ms=100"
    " text='(1 eq 2)? http://h/a | http://h/p?password=***'"
    " url='http://h/p?password=***' server_ip='192.0.2.1' first_byte_ms=10"
    " last_byte_ms=10 commit_ms=80 content_type='text/xml' coding='identity'"
    " etag='\"1\"'\n"
    " event='log' job=1 severity=6 text='got /p?password=***' name='Log_Success_Msg'\n"
    " event='result' job=1 rule='Profile_Rule_B' outcome='skipped' cause=11"
    " alternative=-1 total=-1 mono_ms=1000130 wall_s=1000100013\n"
    " event='result' job=1 rule='Profile_Rule_C' outcome='skipped' cause=11"
    " alternative=-1 total=-1 mono_ms=1000140 wall_s=1000100014\n"
    " event='result' job=1 rule='Profile_Rule_D' outcome='skipped' cause=11"
    " alternative=-1 total=-1 mono_ms=1000150 wall_s=1000100015\n"
    " event='resync' job=1 rule='Profile_Rule' outcome='applied' cause=11 needs=2"
    " alternative=1 code=200 bytes=196 total=196 n_params=5 n_changed=3 n_warnings=2"
    " mono_ms=1000160 wall_s=1000100016 duration_ms=150 url='http://h/p?password=***'"
    " server_ip='192.0.2.1' first_byte_ms=10 last_byte_ms=10 commit_ms=80"
    " content_type='text/xml' coding='identity' etag='\"1\"'\n"
    " event='scheduled' job=1 cause=3 why=1 in_ms=3600000\n"
    " event='reboot-wanted' job=16\n"
    " event='log' job=32 severity=4 text='log message could not be sent'"
    " server='syslog://10.0.0.1/' error='PROV_E_NETWORK' message='connection lost'"
    " source='Syslog_Server'\n";

static void test_the_events_of_a_resync_are_complete(void **state)
{
    static const char profile[] = "<flat-profile>\n"
                                  "<GPP_A ua=\"rw\">new</GPP_A>\n"
                                  "<Admin_Password>hush</Admin_Password>\n"
                                  "<Own_Reboot>1</Own_Reboot>\n"
                                  "<MAC_Address>1</MAC_Address>\n"
                                  "<Resync_Random_Delay>x</Resync_Random_Delay>\n"
                                  "</flat-profile>";
    struct dump dump;
    struct device *d = &dump.device;
    struct prov_agent_options options = {
        .size = sizeof options, .catalogue = &device_catalogue, .confirm_timeout_s = 600};
    (void)state;
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.wall_s = wall_s;
    device_mute(d);
    fake_host_set(&d->host, "GPP_A", "old");
    fake_host_set(&d->host, "Profile_Rule", "(1 eq 2)? http://h/a | http://h/p?password=hush");
    fake_host_set(&d->host, "Log_Success_Msg", "got $PATH");
    fake_host_set(&d->host, "Syslog_Server", "10.0.0.1");
    fake_transport_add_text(&d->net, "syslog://10.0.0.1/", "")->status = PROV_E_NETWORK;
    struct fake_answer *answer =
        fake_transport_add_text(&d->net, "http://h/p?password=hush", profile);
    answer->code = 200;
    answer->login = "u:p";
    answer->etag = "\"1\"";
    answer->content_type = "text/xml";
    answer->encoding = "identity";
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    device_boot(d);
    capture_init(&dump.text, NULL);
    d->host.on_event = dump_event;
    d->host.on_event_ctx = &dump;
    device_ask(d, NULL);
    d->host.on_event = NULL;
    assert_string_equal((const char *)dump.text.data, expected);
    capture_free(&dump.text);
    device_unplug(d);
}

static unsigned n_deferred;

static uint32_t defer_once(void *ctx, uint32_t stage)
{
    (void)ctx;
    return stage == PROV_STAGE_FETCH && n_deferred++ == 0 ? 5000 : 0;
}

static const char expected_of_failure[] =
    " event='log' severity=4 text='value is ignored, the default applies'"
    " name='Resync_Periodic' error='PROV_E_VALUE'"
    " message='expected seconds, a range such as 600+30, or a list of these, separated by commas'"
    " subject='Resync_Periodic'\n"
    " event='scheduled' job=1 cause=3 why=1 in_ms=3599990\n"
    " event='scheduled' job=1 cause=11 why=5 in_ms=-1\n"
    " event='deferred' job=1 in_ms=5000 at_most_ms=60000\n"
    " event='request' job=1 total=-1 rule='Profile_Rule' url='http://h/p?password=***'"
    " server_ip='192.0.2.1'\n"
    " event='result' job=1 rule='Profile_Rule' outcome='failed' cause=11 code=404"
    " mono_ms=1005040 wall_s=1000100504 duration_ms=10 text='http://h/p?password=***'"
    " url='http://h/p?password=***' server_ip='192.0.2.1' first_byte_ms=-1"
    " last_byte_ms=-1 commit_ms=-1 error='PROV_E_NOT_FOUND' message='not found'"
    " source='http://h/p?password=***'\n"
    " event='log' job=1 severity=3 text='no /p?password=***: File Not Found'"
    " name='Log_Failure_Msg'\n"
    " event='resync' job=1 rule='Profile_Rule' outcome='failed' cause=11 code=404"
    " mono_ms=1005060 wall_s=1000100506 duration_ms=30 url='http://h/p?password=***'"
    " server_ip='192.0.2.1' first_byte_ms=-1 last_byte_ms=-1 commit_ms=-1"
    " error='PROV_E_NOT_FOUND' message='not found' source='http://h/p?password=***'\n"
    " event='scheduled' job=1 cause=5 why=1 retry=1 n_retries=3 in_ms=60000\n";

static void test_the_events_of_a_failure_are_complete(void **state)
{
    struct dump dump;
    struct device *d = &dump.device;
    struct prov_agent_trace trace = {.size = sizeof trace};
    struct prov_agent_options options = {.size = sizeof options, .max_defer_s = 60};
    (void)state;
    device_plug_in(d, NULL, NULL, NULL);
    d->host.host.wall_s = wall_s;
    d->host.host.defer_ms = defer_once;
    n_deferred = 0;
    device_mute(d);
    fake_host_set(&d->host, "Profile_Rule", "http://h/p?password=hush");
    fake_host_set(&d->host, "Log_Failure_Msg", "no $PATH: $ERR");
    fake_host_set(&d->host, "Resync_Error_Retry_Delay", "60,120,240");
    fake_host_set(&d->host, "Resync_Periodic", "{{ }}");
    struct fake_answer *answer = fake_transport_add_text(&d->net, "http://h/p?password=hush", "");
    answer->status = PROV_E_NOT_FOUND;
    answer->code = 404;
    assert_int_equal(device_make_agent(d, &options), PROV_OK);
    capture_init(&dump.text, NULL);
    d->host.on_event = dump_event;
    d->host.on_event_ctx = &dump;
    device_boot(d);
    device_ask(d, NULL);
    device_pass(d, 5000);
    d->host.on_event = NULL;
    assert_string_equal((const char *)dump.text.data, expected_of_failure);
    capture_free(&dump.text);
    assert_int_equal(prov_agent_trace_get(d->agent, 0, &trace), PROV_OK);
    assert_int_equal(trace.cause, PROV_CAUSE_HOST);
    assert_int_equal(trace.mono_ms, 1005030);
    assert_int_equal(trace.wall_s, 1000000000 + trace.mono_ms / 10);
    assert_true(device_says(trace.rule, "Profile_Rule"));
    device_unplug(d);
}

static void keep_decoded(void *ctx, const struct prov_event *event)
{
    struct prov_decode_result *decoded = ctx;
    if (event->type != PROV_EVENT_RESULT)
        return;
    decoded->encodings = event->as.result->encodings;
    decoded->derivation = event->as.result->derivation;
}

static void test_a_result_says_how_the_file_was_encoded(void **state)
{
    static const char profile[] = "<flat-profile><GPP_A>new</GPP_A></flat-profile>";
    const struct prov_encode_options options = {
        .size = sizeof options,
        .encodings = PROV_ENCODING_AES_CBC,
        .derivation = PROV_DERIVE_PBKDF2,
        .key = prov_str_from("k"),
    };
    struct prov_decode_result decoded = {.size = sizeof decoded};
    prov_encoder *encoder;
    struct capture sealed;
    struct device d;
    (void)state;
    capture_init(&sealed, NULL);
    assert_int_equal(prov_encoder_new(&encoder, &options, sealed.sink, NULL), PROV_OK);
    assert_int_equal(prov_encoder_write(encoder, profile, sizeof profile - 1, NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
    prov_encoder_free(encoder);
    device_start(&d);
    device_boot(&d);
    fake_transport_add(&d.net, "http://h/p", sealed.data, sealed.len);
    d.host.on_event = keep_decoded;
    d.host.on_event_ctx = &decoded;
    device_ask(&d, "[--key k] http://h/p");
    device_assert_stored(&d, "GPP_A", "new");
    assert_int_equal(decoded.encodings, PROV_ENCODING_AES_CBC);
    assert_int_equal(decoded.derivation, PROV_DERIVE_PBKDF2);
    device_unplug(&d);
    capture_free(&sealed);
}

static bool was_withheld;

static void keep_withheld(void *ctx, const struct prov_event *event)
{
    (void)ctx;
    if (event->type == PROV_EVENT_CHANGED && device_says(event->as.change->name, "GPP_B"))
        was_withheld |= event->as.change->is_secret;
}

/* Without memory for what a rule would show, both values are withheld. */
static void change_a_rule(void *ctx, struct dial *dial)
{
    static const char key[] = "t0pk3y";
    struct secrets secrets = {.n_all = 0};
    const struct prov_agent_profile profile = {
        .size = sizeof profile,
        .body = prov_str_from(
            "<flat-profile><GPP_B>[--key t0pk3y] http://h/new</GPP_B></flat-profile>")};
    struct device d;
    (void)ctx;
    device_start(&d);
    device_boot(&d);
    fake_host_set(&d.host, "GPP_B", "[--key t0pk3y] http://h/old");
    secrets_plant(&secrets, key, strlen(key));
    d.host.secrets = &secrets;
    d.host.on_event = keep_withheld;
    d.memory.dial = dial;
    prov_status status = prov_agent_apply(d.agent, &profile, NULL, NULL);
    d.memory.dial = NULL;
    assert_true(status == PROV_OK || dial->hit);
    const char *events = fake_host_take_events(&d.host);
    assert_true(dial->hit ||
                strstr(events, "'[--key ***] http://h/old' '[--key ***] http://h/new'"));
    device_unplug(&d);
}

static void test_a_change_without_memory_shows_no_secret(void **state)
{
    (void)state;
    was_withheld = false;
    assert_true(dial_run("allocations of a change", change_a_rule, NULL) > 5);
    assert_true(was_withheld);
}

/* The old values are kept for the events, within the bounds of the new ones. */
static void test_values_to_replace_have_a_limit(void **state)
{
    static const char old[] = "this value is much longer than all that the profile has, and longer "
                              "than the agent may hold of what it is about to replace by others";
    const struct prov_limits limits = {
        .size = sizeof limits, .max_staged_bytes = 100, .max_value_bytes = 5};
    const struct prov_agent_profile profile = {
        .size = sizeof profile,
        .body = prov_str_from("<flat-profile><GPP_A>new</GPP_A></flat-profile>")};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct prov_error error = {0};
    struct device d;
    (void)state;
    device_plug_in(&d, NULL, NULL, NULL);
    fake_host_set(&d.host, "GPP_A", old);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_boot(&d);
    assert_int_equal(prov_agent_apply(d.agent, &profile, NULL, &error), PROV_E_LIMIT);
    assert_string_equal(error.message, "the values to replace exceed 100 bytes");
    error = (struct prov_error){0};
    const struct prov_agent_profile longer = {
        .size = sizeof longer,
        .body = prov_str_from("<flat-profile><GPP_B>longer</GPP_B></flat-profile>")};
    assert_int_equal(prov_agent_apply(d.agent, &longer, NULL, &error), PROV_E_LIMIT);
    device_assert_stored(&d, "GPP_B", NULL);
    device_assert_stored(&d, "GPP_A", old);
    device_unplug(&d);
}

/* A transport that writes down what it is asked. */
static prov_status dump_request(void *ctx, prov_transfer *transfer,
                                const struct prov_request *request, struct prov_error *err)
{
    struct capture *out = ctx;
    (void)transfer, (void)err;
    put_text(out, "url", request->url);
    put_text(out, "scheme", request->scheme);
    put_text(out, "host", request->host);
    put_text(out, "path", request->path);
    put_number(out, "port", request->port);
    put_number(out, "method", request->method);
    put_number(out, "srv", request->srv);
    put_number(out, "keep_slash", request->keep_slash);
    put_text(out, "body", request->body);
    put_text(out, "content_type", request->content_type);
    put_text(out, "content_encoding", request->content_encoding);
    put_text(out, "user_agent", request->user_agent);
    put_text(out, "accept_encoding", request->accept_encoding);
    put_text(out, "if_none_match", request->if_none_match);
    put_number(out, "offset", (int64_t)request->offset);
    put_text(out, "if_range", request->if_range);
    put_text(out, "uid", request->uid);
    put_text(out, "pwd", request->pwd);
    put_text(out, "proxy", request->proxy);
    put_text(out, "proxy_uid", request->proxy_uid);
    put_text(out, "proxy_pwd", request->proxy_pwd);
    put_text(out, "source_ip", request->source_ip);
    for (size_t i = 0; i < request->n_headers; i++)
        put_text(out, "header", request->headers[i].value);
    put_number(out, "entropy", request->entropy);
    put_number(out, "network_age_s", request->network_age_s);
    put_number(out, "timeout_ms", request->limits->total_timeout_ms);
    out->sink.write(out->sink.ctx, "\n", 1, NULL);
    return PROV_E_CONNECT;
}

static void dump_nothing(void *ctx, prov_transfer *transfer)
{
    (void)ctx, (void)transfer;
}

static uint32_t seven(void *ctx)
{
    (void)ctx;
    return 7;
}

static const char expected_requests[] =
    " url='http://h:8080/x?q=1' scheme='http' host='h' path='/x?q=1' port=8080"
    " keep_slash=1 user_agent='agent 000e08012345' accept_encoding='aes128gcm' uid='u'"
    " pwd='p' proxy='gate:3128' proxy_uid='pu' proxy_pwd='pp' source_ip='192.0.2.9'"
    " header='seven' timeout_ms=4321\n"
    " url='https://h/y' scheme='https' host='h' path='/y' port=443 method=1"
    " keep_slash=1 body='the body' content_type='text/plain'"
    " user_agent='agent 000e08012345' accept_encoding='aes128gcm' proxy='gate:3128'"
    " proxy_uid='pu' proxy_pwd='pp' source_ip='192.0.2.9' header='seven'"
    " timeout_ms=4321\n"
    " url='tftp://h/z' scheme='tftp' host='h' path='/z' port=69 keep_slash=1"
    " network_age_s=1 timeout_ms=4321\n"
    " url='https://d/w' scheme='https' host='d' path='/w' port=443 srv=2 keep_slash=1"
    " user_agent='agent 000e08012345' accept_encoding='aes128gcm' proxy='gate:3128'"
    " proxy_uid='pu' proxy_pwd='pp' source_ip='192.0.2.9' header='seven' entropy=7"
    " network_age_s=1 timeout_ms=4321\n"
    " url='http://[2001:db8::1]/v' scheme='http' host='2001:db8::1' path='/v' port=80"
    " keep_slash=1 user_agent='agent 000e08012345' accept_encoding='aes128gcm'"
    " proxy='gate:3128' proxy_uid='pu' proxy_pwd='pp' source_ip='192.0.2.9'"
    " header='seven' network_age_s=1 timeout_ms=4321\n"
    " url='syslog://10.0.0.1/' scheme='syslog' host='10.0.0.1' path='/' port=514"
    " method=3 body='<134>a line' timeout_ms=4321\n";

static void test_requests_are_complete(void **state)
{
    static const char *const rules[] = {
        "[--uid u --pwd p] http://h:8080/x?q=1", "[--post a] https://h/y", "tftp://h/z",
        "https://_ciscoprov-https._tls.d/w",     "http://[2001:db8::1]/v",
    };
    const struct prov_header header = {prov_str_from("X-Group"), prov_str_from("seven")};
    const struct prov_limits limits = {.size = sizeof limits, .total_timeout_ms = 4321};
    struct prov_agent_options options = {.size = sizeof options,
                                         .headers = &header,
                                         .n_headers = 1,
                                         .limits = &limits,
                                         .source_ip = prov_str_from("192.0.2.9")};
    struct capture text;
    struct device d;
    (void)state;
    capture_init(&text, NULL);
    const struct prov_transport transport = {.size = sizeof transport,
                                             .name = "dump",
                                             .schemes = "http,https,tftp,syslog",
                                             .ctx = &text,
                                             .start = dump_request,
                                             .cancel = dump_nothing};
    device_plug_in(&d, NULL, NULL, NULL);
    d.host.host.entropy = seven;
    device_mute(&d);
    fake_host_set(&d.host, "GPP_A", "the body");
    fake_host_set(&d.host, "HTTP_User_Agent_Name", "agent $MA");
    fake_host_set(&d.host, "IKM_HTTP_Encrypt_Content", "k");
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    fake_host_set(&d.host, "Proxy_Host", "gate");
    fake_host_set(&d.host, "Proxy_Server_Requires_Authentication", "Yes");
    fake_host_set(&d.host, "Proxy_Username", "pu");
    fake_host_set(&d.host, "Proxy_Password", "pp");
    fake_host_set(&d.host, "Syslog_Server", "10.0.0.1");
    fake_host_set(&d.host, "Syslog_Identifier", "None");
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    assert_int_equal(prov_agent_add_transport(d.agent, &transport, 0, NULL), PROV_OK);
    device_boot(&d);
    for (size_t i = 0; i < sizeof rules / sizeof rules[0]; i++) {
        device_ask(&d, rules[i]);
        if (i == 1)
            prov_agent_network(d.agent, PROV_NETWORK_CHANGED, NULL);
    }
    const struct prov_log_entry entry = {.size = sizeof entry, .text = prov_str_from("a line")};
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_OK);
    device_settle(&d);
    assert_string_equal((const char *)text.data, expected_requests);
    capture_free(&text);
    device_unplug(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_events_of_a_resync_are_complete),
        cmocka_unit_test(test_the_events_of_a_failure_are_complete),
        cmocka_unit_test(test_requests_are_complete),
        cmocka_unit_test(test_a_result_says_how_the_file_was_encoded),
        cmocka_unit_test(test_a_change_without_memory_shows_no_secret),
        cmocka_unit_test(test_values_to_replace_have_a_limit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
