/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Files that a host fetches or sends for itself: every ending, and requests that are refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "file_user.h"

#define LEN(array) (sizeof(array) / sizeof((array)[0]))

/* Every ending */

struct ending {
    const char *name;
    /* The request; zero: GET of FILE_URL, raw. */
    const char *rule;
    uint32_t flags;
    const char *etag;
    uint64_t offset;
    uint64_t max_bytes;
    uint32_t timeout_ms;
    const char *uid, *pwd, *server;
    /* The server's answer at FILE_URL; zero: FILE_TEXT. */
    const char *data;
    prov_status answer;
    int32_t code;
    const char *login, *redirect, *encoding, *server_etag;
    int64_t length;
    bool is_stalled;
    /* The device. */
    const char *parameter, *value;
    prov_status begin_status, write_status, finish_status;
    /* The end. */
    uint32_t outcome;
    prov_status status;
    const char *word; /* in the message; NULL: any */
    const char *file; /* that the sink got */
    uint64_t begun_at;
};

#define DONE .outcome = PROV_OUTCOME_APPLIED
#define FAILED(why, what) .outcome = PROV_OUTCOME_FAILED, .status = (why), .word = (what)
#define HALF_ETAG .etag = "\"v1\"", .offset = 10

static const struct ending endings[] = {
    {.name = "a file", DONE, .file = FILE_TEXT},
    {.name = "an empty file", .data = "", DONE, .file = ""},
    {.name = "by TFTP", .rule = "tftp://h/f", DONE, .file = FILE_TEXT},
    {.name = "a rule with macros, a condition and options",
     .rule = "( \"$MA\" = \"000e08012345\" )? [--uid u --pwd p] http://h/$(A) | http://h/other",
     .parameter = "GPP_A",
     .value = "f",
     .login = "u:p",
     DONE,
     .file = FILE_TEXT},
    {.name = "no alternative",
     .rule = "( \"a\" = \"b\" )? http://h/f",
     .outcome = PROV_OUTCOME_SKIPPED},
    {.name = "a rule that only assigns",
     .rule = "( GPP_A = \"x\" )!",
     .outcome = PROV_OUTCOME_ASSIGNED},
    {.name = "a faulty rule", .rule = "[--nokey] http://h/f", FAILED(PROV_E_SYNTAX, "fetch:1:2")},
    {.name = "a FILE_URL with signs of rules",
     .flags = PROV_FETCH_URL,
     .rule = "http://h/$MA;a=(b)",
     DONE,
     .file = FILE_TEXT},
    {.name = "a server named apart", .rule = "/f", .server = "http://h", DONE, .file = FILE_TEXT},
    {.name = "no server", .rule = "/f", FAILED(PROV_E_NO_SERVER, "")},
    {.name = "no file",
     .answer = PROV_E_NOT_FOUND,
     .code = 404,
     FAILED(PROV_E_NOT_FOUND, FILE_URL)},
    {.name = "no credentials", .login = "u:p", FAILED(PROV_E_AUTH, FILE_URL)},
    {.name = "credentials of the request",
     .login = "u:p",
     .uid = "u",
     .pwd = "p",
     DONE,
     .file = FILE_TEXT},
    {.name = "wrong credentials",
     .login = "u:p",
     .uid = "u",
     .pwd = "q",
     FAILED(PROV_E_AUTH, FILE_URL)},
    {.name = "a server that is not permitted",
     .parameter = "Restricted_Access_Domains",
     .value = "other.example",
     FAILED(PROV_E_POLICY, "Restricted_Access_Domains")},
    {.name = "a redirect that is refused",
     .redirect = "ftp://h/g",
     FAILED(PROV_E_REDIRECT, "redirect")},
    {.name = "too long", .max_bytes = 10, FAILED(PROV_E_LIMIT, "10 bytes"), .file = "0123456789"},
    {.name = "no answer in time",
     .is_stalled = true,
     .timeout_ms = 500,
     FAILED(PROV_E_TIMEOUT, "timeout_ms (500 ms)")},
    {.name = "cut off", .length = 20, FAILED(PROV_E_TRUNCATED, "16 of 20"), .file = FILE_TEXT},
    {.name = "the rest",
     HALF_ETAG,
     .server_etag = "\"v1\"",
     DONE,
     .file = "abcdef",
     .begun_at = 10},
    {.name = "nothing more of it",
     .etag = "\"v1\"",
     .offset = sizeof FILE_TEXT - 1,
     .server_etag = "\"v1\"",
     DONE,
     .file = "",
     .begun_at = sizeof FILE_TEXT - 1},
    {.name = "the whole of another file",
     HALF_ETAG,
     .server_etag = "\"v2\"",
     DONE,
     .file = FILE_TEXT},
    {.name = "the whole by TFTP", HALF_ETAG, .rule = "tftp://h/f", DONE, .file = FILE_TEXT},
    {.name = "unchanged",
     .etag = "\"v1\"",
     .server_etag = "\"v1\"",
     .outcome = PROV_OUTCOME_UNCHANGED},
    {.name = "changed", .etag = "\"v1\"", .server_etag = "\"v2\"", DONE, .file = FILE_TEXT},
    {.name = "as it is sent", .data = "\x1f\x8b\x08", DONE, .file = "\x1f\x8b\x08"},
    {.name = "not decodable",
     .flags = PROV_FETCH_DECODE,
     .data = "\x1f\x8b\x08",
     FAILED(PROV_E_TRUNCATED, FILE_URL)},
    {.name = "decoded",
     .flags = PROV_FETCH_DECODE,
     .data = "text that is plain",
     DONE,
     .file = "text that is plain"},
    {.name = "a key, and no decoding",
     .rule = "[--key k] http://h/f",
     FAILED(PROV_E_UNSUPPORTED, "PROV_FETCH_DECODE")},
    {.name = "--post, and GET",
     .rule = "[--post a] http://h/f",
     FAILED(PROV_E_UNSUPPORTED, "PROV_METHOD_POST")},
    {.name = "a sink that does not begin", .begin_status = PROV_E_NOMEM, FAILED(PROV_E_NOMEM, "")},
    {.name = "a sink that fails",
     .write_status = -1000,
     FAILED(PROV_E_HOST, FILE_URL),
     .file = "01234"},
    {.name = "a sink that does not finish",
     .finish_status = PROV_E_CORRUPT,
     FAILED(PROV_E_CORRUPT, FILE_URL),
     .file = FILE_TEXT},
};

static void answer(struct file_user *user, const struct ending *row, const char *url)
{
    struct fake_answer *to =
        fake_transport_add_text(&user->device.net, url, row->data ? row->data : FILE_TEXT);
    to->chunk = 5;
    to->status = row->answer;
    to->code = row->code ? row->code : to->code;
    to->login = row->login;
    to->redirect = row->redirect;
    to->encoding = row->encoding;
    to->etag = strncmp(url, "http", 4) == 0 ? row->server_etag : NULL;
    to->length = row->length ? row->length : to->length;
    if (row->is_stalled)
        user->device.net.stalled_url = FILE_URL;
}

static void assert_ending(const struct file_user *user, const struct ending *row)
{
    const char *file = row->file ? row->file : "";
    assert_int_equal(user->n_results, 1);
    assert_int_equal(user->last.outcome, row->outcome);
    assert_string_equal(user->file, file);
    assert_int_equal(user->begun_at, row->begun_at);
    assert_int_equal(user->last.offset, row->begun_at);
    assert_int_equal(user->last.fetch, 7);
    if (row->outcome == PROV_OUTCOME_APPLIED)
        assert_true(user->is_finished && user->n_begun == 1);
    if (row->server_etag && row->file && row->answer == PROV_OK && !row->rule)
        assert_string_equal(user->etag, row->server_etag);
    if (row->timeout_ms)
        assert_int_equal(user->last.duration_ms, row->timeout_ms);
    if (row->finish_status == PROV_OK)
        assert_int_equal(user->is_finished, row->outcome == PROV_OUTCOME_APPLIED);
    if (row->outcome != PROV_OUTCOME_FAILED)
        return;
    assert_non_null(strstr(user->message, prov_status_name(row->status)));
    assert_non_null(strstr(user->message, row->word));
}

static void test_every_ending(void **state)
{
    (void)state;
    for (size_t i = 0; i < LEN(endings); i++) {
        const struct ending *row = &endings[i];
        struct file_user user = {
            .begin_status = row->begin_status,
            .write_status = row->write_status,
            .finish_status = row->finish_status,
        };
        print_message("%s\n", row->name);
        file_user_plug_in(&user, NULL, NULL);
        answer(&user, row, FILE_URL);
        answer(&user, row, "tftp://h:69/f");
        answer(&user, row, "tftp://h/f");
        answer(&user, row, "http://h/$MA;a=(b)");
        if (row->parameter)
            fake_host_set(&user.device.host, row->parameter, row->value);
        struct prov_fetch asked = file_user_get(&user, row->rule ? row->rule : FILE_URL);
        asked.flags = row->flags;
        asked.etag = prov_str_from(row->etag);
        asked.offset = row->offset;
        asked.max_bytes = row->max_bytes;
        asked.timeout_ms = row->timeout_ms;
        asked.uid = prov_str_from(row->uid);
        asked.pwd = prov_str_from(row->pwd);
        asked.server = prov_str_from(row->server);
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_ending(&user, row);
        if (row->outcome == PROV_OUTCOME_SKIPPED || row->outcome == PROV_OUTCOME_ASSIGNED)
            assert_int_equal(user.last.total, -1);
        assert_false(prov_agent_is_busy(user.device.agent));
        assert_int_equal(prov_agent_timeout_ms(user.device.agent) != 0, true);
        device_unplug(&user.device);
    }
}

/* A list of servers is for those that do not answer: a sink cannot begin again. */
static void test_a_file_that_began_is_asked_of_no_other_server(void **state)
{
    enum { BEFORE_DATA = 3, N_STEPS = 7 }; /* start, address, head; four pieces */
    (void)state;
    for (uint64_t at = 1; at < N_STEPS; at++) {
        struct dial halt = {.at = at};
        struct file_user user = {.n_begun = 0};
        file_user_plug_in(&user, NULL, &halt);
        user.device.net.fault = FAKE_LATE;
        fake_transport_add_text(&user.device.net, "http://i/f", FILE_TEXT);
        fake_transport_add_text(&user.device.net, FILE_URL, FILE_TEXT)->chunk = 5;
        struct prov_fetch asked = file_user_get(&user, "/f");
        asked.server = prov_str_from("http://h,http://i");
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_true(halt.hit);
        assert_int_equal(user.last.outcome,
                         at > BEFORE_DATA ? PROV_OUTCOME_FAILED : PROV_OUTCOME_APPLIED);
        assert_int_equal(user.n_begun, 1);
        device_unplug(&user.device);
    }
}

/* Uploads */

static void test_a_report_is_sent_and_answered(void **state)
{
    static const uint8_t methods[] = {PROV_METHOD_POST, PROV_METHOD_PUT};
    (void)state;
    for (size_t i = 0; i < LEN(methods); i++) {
        struct file_user user = {.n_results = 0};
        file_user_plug_in(&user, NULL, NULL);
        const struct prov_upload upload = file_user_upload(&user);
        struct prov_fetch asked = file_user_get(&user, FILE_URL);
        asked.method = methods[i];
        asked.upload = &upload;
        asked.content_type = prov_str_from("text/x-report");
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
        assert_string_equal(user.device.net.uploaded, user.report);
        assert_string_equal(user.device.net.requests[0].content_type, "text/x-report");
        assert_int_equal(user.device.net.requests[0].method, methods[i]);
        assert_string_equal(user.file, FILE_TEXT);
        asked.sink = (struct prov_sink){0}; /* the response is of no interest */
        asked.begin = NULL;
        upload.rewind(&user, NULL);
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
        device_unplug(&user.device);
    }
}

/* The transport takes as much as is announced. */
static void test_the_length_of_a_report_is_announced(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    struct prov_upload upload = file_user_upload(&user);
    upload.length = 5;
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    asked.method = PROV_METHOD_PUT;
    asked.upload = &upload;
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.device.net.uploaded_len, 5);
    assert_memory_equal(user.device.net.uploaded, user.report, 5);
    device_unplug(&user.device);
}

/* Behind those of the agent, for this file only, and for HTTP only. */
static void test_header_fields_go_with_one_file(void **state)
{
    const struct prov_header of_agent = {prov_str_from("X-Group"), prov_str_from("office-7")};
    struct prov_agent_options options = {
        .size = sizeof options, .headers = &of_agent, .n_headers = 1};
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    prov_agent_free(user.device.agent);
    assert_int_equal(device_make_agent(&user.device, &options), PROV_OK);
    char value[] = "sesame77";
    struct prov_header own[] = {{prov_str_from("X-Token"), {value, strlen(value)}},
                                {prov_str_from("Accept"), prov_str_from("text/xml")}};
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    asked.headers = own;
    asked.n_headers = LEN(own);
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
    memset(value, '?', sizeof value);
    memset(own, 0, sizeof own);
    device_pass(&user.device, 1000);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    assert_string_equal(user.device.net.requests[0].headers,
                        "X-Group: office-7\nX-Token: sesame77\nAccept: text/xml\n");

    const struct prov_fetch next = file_user_get(&user, FILE_URL);
    assert_int_equal(file_user_fetch(&user, &next), PROV_OK);
    assert_string_equal(user.device.net.requests[1].headers, "X-Group: office-7\n");
    own[0] = of_agent;
    asked.n_headers = 1;
    asked.rule = prov_str_from("tftp://h/f");
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_string_equal(user.device.net.requests[2].headers, "");

    struct prov_header many[16];
    struct prov_error error = {0};
    for (size_t i = 0; i < LEN(many); i++)
        many[i] = of_agent;
    asked = file_user_get(&user, FILE_URL);
    asked.headers = many;
    asked.n_headers = LEN(many);
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, &error), PROV_E_INVALID);
    assert_non_null(strstr(error.message, "more than 16 with those of the agent"));
    asked.n_headers--;
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
    device_unplug(&user.device);
}

static void lend_login(struct file_user *user)
{
    prov_agent_set_credentials(user->device.agent, prov_str_from("u"), prov_str_from("p"), NULL);
}

static void on_question(void *ctx, const struct prov_event *event)
{
    file_user_on_event(ctx, event);
    if (event->type == PROV_EVENT_CREDENTIALS_WANTED)
        lend_login(ctx);
}

/* The account's login is sent once the server asks; by then the body was read. */
static void send_with_account(struct file_user *user, bool has_rewind)
{
    file_user_plug_in(user, NULL, NULL);
    user->device.host.on_event = on_question;
    user->device.net.answers[0].login = "u:p";
    struct prov_upload upload = file_user_upload(user);
    if (!has_rewind)
        upload.rewind = NULL;
    struct prov_fetch asked = file_user_get(user, FILE_URL);
    asked.method = PROV_METHOD_PUT;
    asked.upload = &upload;
    assert_int_equal(file_user_fetch(user, &asked), PROV_OK);
    assert_int_equal(user->n_results, 1);
}

static void test_a_report_is_sent_once_more_with_credentials(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    send_with_account(&user, true);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    assert_int_equal(user.n_rewound,
                     1 + 2); /* for the login, and by the network once in each request */
    assert_string_equal(user.device.net.uploaded, user.report);
    device_unplug(&user.device);

    struct file_user other = {.n_results = 0};
    send_with_account(&other, false);
    assert_int_equal(other.last.outcome, PROV_OUTCOME_FAILED);
    assert_non_null(strstr(other.message, "no rewind"));
    device_unplug(&other.device);
}

/* The host's memory may be used for other things once the fetch is accepted. */
static void test_a_body_in_memory_is_copied(void **state)
{
    static const prov_str bodies[] = {{"a\0b", 3}, {"", 0}};
    (void)state;
    for (size_t i = 0; i < 2 * LEN(bodies); i++) {
        const prov_str body = bodies[i / 2];
        char text[4] = "???";
        struct file_user user = {.n_results = 0};
        file_user_plug_in(&user, NULL, NULL);
        user.device.host.on_event = on_question;
        user.device.net.answers[0].login = "u:p";
        struct prov_fetch asked = file_user_get(&user, FILE_URL);
        asked.method = i % 2 ? PROV_METHOD_PUT : PROV_METHOD_POST;
        asked.content_type = prov_str_from("text/x-report");
        memcpy(text, body.data, body.len);
        asked.body = (prov_str){text, body.len};
        assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
        memset(text, '?', sizeof text);
        device_pass(&user.device, 1000);
        assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
        assert_int_equal(user.device.net.n_requests, 2); /* once more, with the login */
        for (size_t n = 0; n < 2; n++) {
            const struct fake_request *request = &user.device.net.requests[n];
            assert_int_equal(request->method, asked.method);
            assert_string_equal(request->content_type, "text/x-report");
            assert_int_equal(request->body_len, body.len);
            assert_memory_equal(request->body, body.data, body.len);
        }
        device_unplug(&user.device);
    }
}

static void test_the_server_of_a_fetch_is_copied(void **state)
{
    struct file_user user = {.n_results = 0};
    char server[] = "other";
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    struct prov_fetch asked = file_user_get(&user, "/file");
    asked.server = prov_str_from(server);
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
    memset(server, '?', sizeof server - 1);
    device_pass(&user.device, 1000);
    assert_non_null(strstr(user.device.net.requests[0].url, "://other/file"));
    device_unplug(&user.device);
}

/* The parameters that its rule assigns take effect as those of a file do. */
static void test_a_rule_may_need_a_reboot(void **state)
{
    static const struct {
        const char *rule;
        bool reboots;
    } rows[] = {{"( Own_Reboot = \"1\" )! " FILE_URL, true},
                {"( Own_Restart = \"1\" )! " FILE_URL, false}};
    (void)state;
    for (size_t i = 0; i < LEN(rows); i++) {
        struct prov_agent_options options = {.size = sizeof options,
                                             .catalogue = &device_catalogue};
        struct file_user user = {.n_results = 0};
        file_user_plug_in(&user, NULL, NULL);
        prov_agent_free(user.device.agent);
        assert_int_equal(device_make_agent(&user.device, &options), PROV_OK);
        device_boot(&user.device);
        struct prov_fetch asked = file_user_get(&user, rows[i].rule);
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_int_equal(user.last.needs, rows[i].reboots ? PROV_NEEDS_REBOOT : PROV_NEEDS_RESTART);
        assert_int_equal(strstr(fake_host_take_events(&user.device.host), "reboot wanted") != NULL,
                         rows[i].reboots);
        device_unplug(&user.device);
    }
}

static void test_post_sends_the_parameter_of_the_rule(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    fake_host_set(&user.device.host, "GPP_A", "body of $MA");
    struct prov_fetch asked = file_user_get(&user, "[--post a] " FILE_URL);
    asked.method = PROV_METHOD_POST;
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.last.outcome, PROV_OUTCOME_APPLIED);
    assert_string_equal(user.device.net.requests[0].body, "body of 000e08012345");

    const struct prov_upload upload = file_user_upload(&user);
    asked.upload = &upload; /* two bodies */
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_non_null(strstr(user.message, "no other body"));
    asked.upload = NULL;
    asked.body = prov_str_from("text"); /* likewise */
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_non_null(strstr(user.message, "no other body"));
    asked.rule = prov_str_from(FILE_URL); /* none */
    asked.body = (prov_str){0};
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_non_null(strstr(user.message, "expected a body"));
    device_unplug(&user.device);
}

/* Secrets */

static void test_no_secret_is_shown_or_left_in_memory(void **state)
{
    static const char rule[] =
        "[--key sesame77 --uid u --pwd sesame77] " FILE_URL "?password=shibboleth";
    struct secrets secrets = {
        .all = {{(const uint8_t *)"sesame77", 8}, {(const uint8_t *)"shibboleth", 10}},
        .n_all = 2,
    };
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    user.device.host.secrets = &secrets;
    user.device.memory.secret = "sesame77";
    user.device.memory.secret_len = 8;
    fake_transport_add_text(&user.device.net, FILE_URL "?password=shibboleth", FILE_TEXT);
    const uint32_t flags[] = {0, PROV_FETCH_DECODE};
    for (size_t i = 0; i < LEN(flags); i++) {
        struct prov_fetch asked = file_user_get(&user, rule);
        asked.flags = flags[i];
        asked.uid = prov_str_from("sesame77");
        asked.pwd = prov_str_from("sesame77");
        const struct prov_header header = {prov_str_from("X-Token"), prov_str_from("sesame77")};
        asked.headers = &header;
        asked.n_headers = 1;
        assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
        assert_null(strstr(user.message, "sesame77"));
        assert_null(strstr(user.message, "shibboleth"));
    }
    assert_int_equal(user.n_results, 2);
    device_unplug(&user.device);
}

/* The end of an empty file is where its sink begins. */
static void cancel_in_begin(struct file_user *user)
{
    assert_int_equal(prov_agent_cancel(user->device.agent, PROV_JOB_FETCH, NULL), PROV_OK);
}

static void test_an_empty_file_may_be_cancelled_as_it_begins(void **state)
{
    (void)state;
    struct dial dial = {.at = 2}; /* the request message and its event come before */
    struct file_user user = {.dial = &dial, .at_chance = cancel_in_begin};
    file_user_plug_in(&user, NULL, NULL);
    fake_transport_add_text(&user.device.net, FILE_URL, "");
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_int_equal(user.n_begun, 1);
    assert_false(user.is_finished);
    assert_non_null(strstr(user.message, "PROV_E_CANCELLED"));
    device_unplug(&user.device);
}

/* Its own limit is longer than that of a whole resync, which holds for a file as well. */
static void test_a_file_has_no_more_time_than_a_resync(void **state)
{
    const struct prov_limits limits = {
        .size = sizeof limits, .total_timeout_ms = 9000, .resync_timeout_ms = 4000};
    struct prov_agent_options options = {.size = sizeof options, .limits = &limits};
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    prov_agent_free(user.device.agent);
    assert_int_equal(device_make_agent(&user.device, &options), PROV_OK);
    user.device.net.stalled_url = FILE_URL;
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    const int64_t begin_ms = user.device.host.now_ms;
    assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
    device_pass(&user.device, 3999);
    assert_int_equal(user.n_results, 0);
    device_pass(&user.device, 1);
    assert_int_equal(user.n_results, 1);
    assert_int_equal(user.last.mono_ms - begin_ms, 4000);
    assert_non_null(strstr(user.message, "(4000 ms)"));
    device_unplug(&user.device);
}

#define NAMES "CP-8841-3PCC 00:0e:08:01:23:45 "

/* Those of a resync would name a wrong operation. Before any resync the macros are the fetch's. */
/* As every request of the host, whatever was asked for before. */
static void test_macros_are_those_of_the_fetch(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    struct prov_fetch asked = file_user_get(&user, "http://h/$PRVST/$PATH");
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    assert_non_null(fake_transport_find(&user.device.net, "http://h/-1/"));
    device_unplug(&user.device);
}

static void test_log_messages_name_the_file(void **state)
{
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    fake_host_set(&user.device.host, "Log_Request_Msg", "of a resync");
    fake_host_set(&user.device.host, "Log_Success_Msg", "of a resync");
    fake_host_set(&user.device.host, "Log_Failure_Msg", "of a resync");
    struct prov_fetch asked = file_user_get(&user, "http://h/none");
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    const char *events = fake_host_take_events(&user.device.host);
    assert_non_null(strstr(events, NAMES "Starting file transfer http://192.0.2.1:80/none\n"));
    assert_non_null(strstr(events, NAMES "File transfer failed: File Not Found\n"));
    assert_null(strstr(events, "of a resync"));
    asked = file_user_get(&user, FILE_URL);
    assert_int_equal(file_user_fetch(&user, &asked), PROV_OK);
    events = fake_host_take_events(&user.device.host);
    assert_non_null(strstr(events, NAMES "File transfer complete http://192.0.2.1:80/f\n"));
    assert_null(strstr(events, "of a resync"));
    device_unplug(&user.device);
}

/* What does not fit together */

static prov_status read_nothing(void *ctx, void *buf, size_t cap, size_t *len,
                                struct prov_error *err)
{
    (void)ctx, (void)buf, (void)cap, (void)err;
    *len = 0;
    return PROV_OK;
}

static const struct prov_upload minus_two = {
    .size = sizeof minus_two, .read = read_nothing, .length = -2};
static const struct prov_upload no_size = {.read = read_nothing};
static const struct prov_upload no_reader = {.size = sizeof no_reader};
static const struct prov_upload reader = {.size = sizeof reader, .read = read_nothing};

static prov_status write_nothing(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return PROV_OK;
}

static prov_status finish_nothing(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return PROV_OK;
}

static prov_status begin_nothing(void *ctx, uint64_t offset, struct prov_error *err)
{
    (void)ctx, (void)offset, (void)err;
    return PROV_OK;
}

#define TEXT(text)                                                                                 \
    {                                                                                              \
        text, sizeof(text) - 1                                                                     \
    }
#define RULE .rule = TEXT(FILE_URL)
#define SINK .sink = {write_nothing, finish_nothing, NULL}
#define SUNK RULE, SINK
#define URL(text) .rule = TEXT(text), .flags = PROV_FETCH_URL, SINK
#define PUT SUNK, .method = PROV_METHOD_PUT
#define STRONG .etag = TEXT("\"v\"")

static void test_what_does_not_fit_together_is_refused(void **state)
{
    static char long_text[70000];
    static const struct prov_header host = {TEXT("Host"), TEXT("h")};
    static const struct {
        struct prov_fetch asked;
        prov_status status;
        const char *word;
    } rows[] = {
        {{SINK}, PROV_E_INVALID, "fetch.rule"},
        {{SUNK, .n_headers = 1}, PROV_E_INVALID, "header"},
        {{SUNK, .headers = &host, .n_headers = 1}, PROV_E_INVALID, "Host is the library's own"},
        {{SUNK, .flags = 4}, PROV_E_INVALID, "fetch.flags"},
        {{SUNK, .method = PROV_METHOD_SEND}, PROV_E_INVALID, "fetch.method"},
        {{SUNK, .upload = &reader}, PROV_E_INVALID, "expected PROV_METHOD_POST or PUT"},
        {{SUNK, .body = TEXT("")}, PROV_E_INVALID, "expected PROV_METHOD_POST or PUT"},
        {{PUT}, PROV_E_INVALID, "fetch.body or upload"},
        {{PUT, .upload = &reader, .body = TEXT("")}, PROV_E_INVALID, "no fetch.body"},
        {{PUT, .body = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{PUT, .body = {long_text, SIZE_MAX}}, PROV_E_LIMIT, "fetch.body of"},
        {{PUT, .upload = &no_reader}, PROV_E_INVALID, "read"},
        {{PUT, .upload = &no_size}, PROV_E_ABI, "size"},
        {{PUT, .upload = &minus_two}, PROV_E_INVALID, "length"},
        {{SUNK, .method = PROV_METHOD_POST, STRONG}, PROV_E_INVALID, "fetch.etag"},
        {{SUNK, .etag = TEXT("\"v\"\r\nX-Injected: 1")}, PROV_E_INVALID, "one line"},
        {{SUNK, .content_type = TEXT("text/plain\n")}, PROV_E_INVALID, "one line"},
        {{RULE}, PROV_E_INVALID, "fetch.sink"},
        {{RULE, .sink = {write_nothing, NULL, NULL}}, PROV_E_INVALID, "both"},
        {{SUNK, .offset = 1, STRONG}, PROV_E_INVALID, "fetch.offset"},
        {{SUNK, .begin = begin_nothing, .offset = 1, STRONG, .flags = PROV_FETCH_DECODE},
         PROV_E_INVALID,
         "fetch.offset"},
        {{SUNK, .begin = begin_nothing, .offset = 1}, PROV_E_INVALID, "fetch.etag"},
        {{SUNK, .begin = begin_nothing, .offset = 1, .etag = TEXT("\"")}, PROV_E_INVALID, "strong"},
        {{SUNK, .begin = begin_nothing, .offset = 1, .etag = TEXT("W/\"v\"")},
         PROV_E_INVALID,
         "strong"},
        {{SINK, .rule = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{SUNK, .server = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{SUNK, .uid = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{SUNK, .pwd = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{SUNK, .etag = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{SUNK, .content_type = {.len = 1}}, PROV_E_INVALID, "no data"},
        {{SUNK, .uid = {long_text, 1025}},
         PROV_E_LIMIT,
         "fetch.uid or pwd of more than 1024 bytes"},
        {{SUNK, .pwd = {long_text, 1025}}, PROV_E_LIMIT, "fetch.uid"},
        {{SUNK, .server = {long_text, 65537}}, PROV_E_LIMIT, "server"},
        {{SUNK, .content_type = {long_text, 1025}}, PROV_E_LIMIT, "content_type"},
        {{SINK, .rule = {long_text, 65537}},
         PROV_E_LIMIT,
         "fetch.rule of 65537 bytes, at most 65536"},
        {{SUNK, .etag = {long_text, 2000}}, PROV_E_LIMIT, "fetch.etag"},
        {{SUNK, .timeout_ms = UINT32_MAX}, PROV_E_LIMIT, "timeout_ms"},
        {{URL("( a = b )? http://h/f")}, PROV_E_SYNTAX, "no blank"},
        {{URL("gds:///f")}, PROV_E_SYNTAX, "scheme and host"},
        {{URL("/f")}, PROV_E_SYNTAX, "scheme"},
    };
    struct file_user user = {.n_results = 0};
    (void)state;
    file_user_plug_in(&user, NULL, NULL);
    memset(long_text, '"', sizeof long_text);
    for (size_t i = 0; i < LEN(rows); i++) {
        struct prov_error error = {0};
        struct prov_fetch asked = rows[i].asked;
        asked.size = sizeof asked;
        assert_int_equal(prov_agent_fetch(user.device.agent, &asked, &error), rows[i].status);
        if (!strstr(error.message, rows[i].word))
            fail_msg("expected %s, found %s", rows[i].word, error.message);
    }
    struct prov_fetch asked = file_user_get(&user, FILE_URL);
    assert_int_equal(prov_agent_fetch(NULL, &asked, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_fetch(user.device.agent, NULL, NULL), PROV_E_INVALID);
    struct prov_job_status job = {.size = sizeof job};
    assert_int_equal(prov_agent_status(user.device.agent, PROV_JOB_FETCH, &job), PROV_OK);
    assert_int_equal(job.state, PROV_STATE_ABSENT);
    device_unplug(&user.device);
}

/* One byte more of any of them is refused. */
static void test_the_longest_texts_are_accepted(void **state)
{
    static char text[65536];
    struct file_user user = {.n_results = 0};
    const struct prov_fetch rows[] = {
        {SUNK, .begin = begin_nothing, .offset = 1, .etag = TEXT("\"\"")}, /* and the shortest */
        {SUNK, .uid = {text, 1024}},
        {SUNK, .pwd = {text, 1024}},
        {SUNK, .content_type = {text, 1024}},
        {SUNK, .server = {text, sizeof text}},
        {SUNK, .timeout_ms = 3600000},
        {SINK, .rule = {text, sizeof text}},
        {SUNK, .etag = {text, 128}},
    };
    (void)state;
    memset(text, 'x', sizeof text);
    for (size_t i = 0; i < LEN(rows); i++) {
        struct prov_fetch asked = rows[i];
        asked.size = sizeof asked;
        file_user_plug_in(&user, NULL, NULL);
        assert_int_equal(prov_agent_fetch(user.device.agent, &asked, NULL), PROV_OK);
        device_unplug(&user.device);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_ending),
        cmocka_unit_test(test_a_file_that_began_is_asked_of_no_other_server),
        cmocka_unit_test(test_a_report_is_sent_and_answered),
        cmocka_unit_test(test_the_length_of_a_report_is_announced),
        cmocka_unit_test(test_header_fields_go_with_one_file),
        cmocka_unit_test(test_a_report_is_sent_once_more_with_credentials),
        cmocka_unit_test(test_a_body_in_memory_is_copied),
        cmocka_unit_test(test_the_server_of_a_fetch_is_copied),
        cmocka_unit_test(test_a_rule_may_need_a_reboot),
        cmocka_unit_test(test_post_sends_the_parameter_of_the_rule),
        cmocka_unit_test(test_no_secret_is_shown_or_left_in_memory),
        cmocka_unit_test(test_an_empty_file_may_be_cancelled_as_it_begins),
        cmocka_unit_test(test_a_file_has_no_more_time_than_a_resync),
        cmocka_unit_test(test_macros_are_those_of_the_fetch),
        cmocka_unit_test(test_log_messages_name_the_file),
        cmocka_unit_test(test_what_does_not_fit_together_is_refused),
        cmocka_unit_test(test_the_longest_texts_are_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
