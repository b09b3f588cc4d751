/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The words lead to the mistake: for each broken set-up, who is named (subject), where (source),
 * what is said, and what the log server hears.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "device.h"
#include "fetch/operation.h"

#define PROFILE "<flat-profile>\n<GPP_A>new</GPP_A>\n</flat-profile>\n"
#define LOGIN_PAGE "<!DOCTYPE html><html><body>Sign in</body></html>"

struct heard {
    struct prov_error error; /* of the last result that failed */
    char log[512];           /* the last message */
    uint32_t credentials;
};

static void listen(void *ctx, const struct prov_event *event)
{
    struct heard *heard = ctx;
    if (event->type == PROV_EVENT_RESULT && event->as.result->error) {
        heard->error = *event->as.result->error;
        heard->credentials = event->as.result->credentials;
    }
    if (event->type == PROV_EVENT_LOG && !event->as.log->error)
        snprintf(heard->log, sizeof heard->log, "%.*s", (int)event->as.log->text.len,
                 event->as.log->text.data);
}

static prov_status txn_set_refuses(void *store, const struct prov_param *param,
                                   struct prov_error *err)
{
    (void)store;
    (void)param;
    (void)err;
    return 77;
}

static void (*rollback)(void *store);

static prov_status commit_on_full_disk(void *store, struct prov_error *err)
{
    (void)err;
    rollback(store);
    return PROV_E_IO;
}

static prov_status keep_fails(void *store, prov_str name, const void *data, size_t len,
                              struct prov_error *err)
{
    (void)store;
    (void)name;
    (void)data;
    (void)len;
    (void)err;
    return PROV_E_IO;
}

static void plug_in_refusing_store(struct device *d)
{
    d->host.host.txn_set = txn_set_refuses;
}

static void plug_in_full_disk(struct device *d)
{
    rollback = d->host.host.txn_rollback;
    d->host.host.txn_commit = commit_on_full_disk;
}

static void plug_in_store_without_records(struct device *d)
{
    d->host.host.save = keep_fails;
}

static void redirect_to_a_login(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", "")->redirect = "https://sso.example/login";
    fake_transport_add_text(&d->net, "https://sso.example/login", LOGIN_PAGE);
}

static void redirect_to_no_url(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", "")->redirect = "http://a:port/";
    fake_transport_add_text(&d->net, "http://a:port/", PROFILE);
}

static void redirect_twice(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", "")->redirect = "http://a/";
    fake_transport_add_text(&d->net, "http://a/", "")->redirect = "http://b/x?token=hush";
    fake_transport_add_text(&d->net, "http://b/x?token=hush", "<flat-profile><GPP_A>");
}

static void deliver_broken_xml(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p?mac=1", "<flat-profile>\n<GPP_A>x</GPP_B>\n");
}

static void deliver_half_a_file(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", "<flat-profile><GPP_A>");
}

static void deliver_a_page_of_its_own(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", "<device><x>1</x></device>");
}

static void call_a_plain_file_aes128gcm(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", PROFILE)->encoding = "aes128gcm";
}

static void deliver_a_key_for_salted_noise(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", "Salted__12345678aaaaaaaaaaaaaaaa");
    fake_host_set(&d->host, "GPP_SA", "hush");
}

static void ask_for_a_password(struct device *d)
{
    fake_transport_add_text(&d->net, "http://h/p", PROFILE)->login = "u:p";
}

static void disable_the_account(struct device *d)
{
    ask_for_a_password(d);
    fake_host_set(&d->host, "Profile_Authentication_Type", "Disabled");
}

static void name_a_bad_proxy(struct device *d)
{
    fake_host_set(&d->host, "Proxy_Mode", "Manual");
    fake_host_set(&d->host, "Proxy_Host", "http://gate");
}

static void set_long(struct device *d, const char *name, size_t len)
{
    char value[1026];
    memset(value, 'a', len);
    value[len] = '\0';
    fake_host_set(&d->host, name, value);
}

static void name_a_long_proxy(struct device *d)
{
    fake_host_set(&d->host, "Proxy_Mode", "Manual");
    set_long(d, "Proxy_Host", 256);
}

static void log_in_with_a_long_user(struct device *d)
{
    set_long(d, "GPP_A", 1025);
}

static void log_in_with_a_long_password(struct device *d)
{
    fake_host_set(&d->host, "Profile_Authentication_Type", "XSI Authentication");
    fake_host_set(&d->host, "Login_User_ID", "u");
    set_long(d, "Login_Password", 1025);
}

static void encrypt_with_a_long_key(struct device *d)
{
    set_long(d, "IKM_HTTP_Encrypt_Content", 1025);
}

/* 9 and 8 * 1024 bytes. */
static void name_a_long_path(struct device *d)
{
    static const char *const names[] = {"GPP_A", "GPP_B", "GPP_C", "GPP_D"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        set_long(d, names[i], 1024);
}

static void forbid_the_server(struct device *d)
{
    fake_host_set(&d->host, "Restricted_Access_Domains", "good.example");
}

static void take_a_minute(struct device *d)
{
    d->net.is_frozen = true;
}

static const struct message_row {
    const char *name;
    void (*set_up)(struct device *d); /* NULL: nothing */
    const char *rule;
    uint32_t confirm_timeout_s;
    prov_status status;
    const char *subject; /* whole */
    const char *source;  /* whole */
    const char *message; /* a part */
    const char *log;     /* whole: $ERR */
} rows[] = {
    {"the host's txn_set returns a number of its own", plug_in_refusing_store, "http://h/good", 0,
     PROV_E_HOST, "GPP_A", "http://h/good", "the host's txn_set returned 77",
     "device error 77: GPP_A"},
    {"the disk is full at the commit", plug_in_full_disk, "http://h/good", 0, PROV_E_IO, "",
     "http://h/good", "the host's txn_commit: storage failed", "storage error"},
    {"the undo log cannot be saved", plug_in_store_without_records, "http://h/good", 60, PROV_E_IO,
     "undo", "http://h/good", "the host's save: storage failed", "storage error: undo"},
    {"a redirect leads to a login page", redirect_to_a_login, "http://h/p", 0, PROV_E_CORRUPT, NULL,
     "http://h/p", ", after a redirect to https://sso.example/login", "corrupt file"},
    {"a redirect leads to what is no URL", redirect_to_no_url, "http://h/p", 0, PROV_E_REDIRECT, "",
     "http://h/p", "redirect: expected ", NULL},
    {"two redirects, the last with a secret", redirect_twice, "http://h/p", 0, PROV_E_TRUNCATED,
     NULL, "http://h/p", ", after 2 redirects, the last to http://b/x?token=***", "corrupt file"},
    {"a place in the file is no part of the query", deliver_broken_xml, "http://h/p?mac=1", 0,
     PROV_E_CORRUPT, NULL, "http://h/p", "expected </GPP_A> (opened in line 2), found </GPP_B>",
     "corrupt file"},
    {"a file was cut before it was sent", deliver_half_a_file, "http://h/p", 0, PROV_E_TRUNCATED,
     "GPP_A", "http://h/p", "expected </GPP_A> (opened in line 1); all 21 bytes announced came",
     "corrupt file"},
    {"the map of --alias is empty", deliver_a_page_of_its_own, "[--alias a] http://h/p", 0,
     PROV_E_CORRUPT, NULL, "http://h/p",
     "no <flat-profile>: the root element is <device>; GPP_A, the map of --alias, is empty",
     "corrupt file"},
    {"a page of another kind", deliver_a_page_of_its_own, "http://h/p", 0, PROV_E_CORRUPT, NULL,
     "http://h/p", "no <flat-profile>: the root element is <device>", "corrupt file"},
    {"a plain file is called aes128gcm", call_a_plain_file_aes128gcm, "http://h/p", 0,
     PROV_E_NOT_ENCRYPTED, NULL, "http://h/p", "it is XML (starts with '<flat-profile>')",
     "corrupt file"},
    {"a key opens nothing", deliver_a_key_for_salted_noise, "[--key $SA] http://h/p", 0, PROV_E_KEY,
     NULL, "http://h/p", "another -iter or mode looks like a wrong key", "corrupt file"},
    {"an option lacks its argument", NULL, "[--uid  --pwd hush]http://h/x", 0, PROV_E_SYNTAX, NULL,
     "Profile_Rule", "expected an argument of --uid, found '--pwd'", NULL},
    {"an argument is in curly quotes", NULL, "[--key \xe2\x80\x9chush\xe2\x80\x9d] http://h/x", 0,
     PROV_E_SYNTAX, NULL, "Profile_Rule",
     "expected the argument of --key in straight '\"', found a curly quote", NULL},
    {"the account is disabled", disable_the_account, "http://h/p", 0, PROV_E_AUTH, "", "http://h/p",
     "; the rule has none, and Profile_Authentication_Type is Disabled", "authentication failed"},
    {"the account gets no answer", ask_for_a_password, "http://h/p", 0, PROV_E_AUTH, "",
     "http://h/p", "credentials refused", "authentication failed"},
    {"the proxy is a URL", name_a_bad_proxy, "http://h/good", 0, PROV_E_VALUE, "Proxy_Host",
     "Profile_Rule", "expected a host name or address",
     "Proxy_Host: expected a host name or address alone, found a scheme (://)"},
    {"the proxy is too long", name_a_long_proxy, "http://h/good", 0, PROV_E_LIMIT, "Proxy_Host",
     "Profile_Rule", "expected at most 255 bytes", "Proxy_Host: expected at most 255 bytes"},
    {"the user of the rule is too long", log_in_with_a_long_user, "[--uid \"$A\"] http://h/good", 0,
     PROV_E_LIMIT, "", "http://h/good", "uid: expected at most 1024 bytes, found 1025",
     "http_get failed"},
    {"the password of the account is too long", log_in_with_a_long_password, "http://h/good", 0,
     PROV_E_LIMIT, "Login_Password", "http://h/good", "expected at most 1024 bytes",
     "Login_Password: expected at most 1024 bytes"},
    {"the key of encrypted content is too long", encrypt_with_a_long_key, "http://h/good", 0,
     PROV_E_LIMIT, "IKM_HTTP_Encrypt_Content", "Profile_Rule", "expected at most 1024 bytes",
     "IKM_HTTP_Encrypt_Content: expected at most 1024 bytes"},
    {"the URL is too long", name_a_long_path, "http://h/$A$B$C$D$A$B$C$D", 0, PROV_E_LIMIT, "",
     "Profile_Rule", "URL of 8201 bytes, at most 8192", NULL},
    {"the server is not listed", forbid_the_server, "http://h/good", 0, PROV_E_POLICY, "",
     "http://h/good", "server is not among Restricted_Access_Domains: h", "server not allowed"},
    {"nothing names a server", NULL, "/p", 0, PROV_E_NO_SERVER, "", "Profile_Rule",
     "the rule names no server and none is known", "no server"},
    {"there is no transport", NULL, "file://localhost/x", 0, PROV_E_UNSUPPORTED, "",
     "file://localhost/x", "no transport for file://", "Error - no transport for file://"},
    {"the transport is silent", take_a_minute, "http://h/good", 0, PROV_E_TIMEOUT, "",
     "http://h/good", "not finished within total_timeout_ms (60000 ms), after 0 bytes",
     "http_get failed"},
};

static void assert_message(const struct message_row *row)
{
    struct device d;
    struct heard heard = {.credentials = 0};
    struct prov_limits limits = {.size = sizeof limits, .total_timeout_ms = 60000};
    struct prov_agent_options options = {
        .size = sizeof options, .limits = &limits, .confirm_timeout_s = row->confirm_timeout_s};
    device_plug_in(&d, NULL, NULL, NULL);
    device_mute(&d);
    d.host.on_event = listen;
    d.host.on_event_ctx = &heard;
    fake_host_set(&d.host, "Log_Failure_Msg", "$ERR");
    fake_host_set(&d.host, "Profile_Rule", row->rule);
    fake_transport_add_text(&d.net, "http://h/good", PROFILE);
    if (row->set_up)
        row->set_up(&d);
    assert_int_equal(device_make_agent(&d, &options), PROV_OK);
    device_settle(&d);
    device_ask(&d, NULL);
    device_pass(&d, 60000);
    const struct prov_error *error = &heard.error;
    if (error->status != row->status || !strstr(error->message, row->message))
        fail_msg("%s: %s %s", row->name, prov_status_name(error->status), error->message);
    if (strstr(error->message, "--alias") && !strstr(row->rule, "--alias"))
        fail_msg("%s: a map that the rule does not name: %s", row->name, error->message);
    if (row->subject && strcmp(error->subject, row->subject) != 0)
        fail_msg("%s: subject '%s'", row->name, error->subject);
    if (row->source[0] && strcmp(error->source, row->source) != 0)
        fail_msg("%s: source '%s'", row->name, error->source);
    if (row->log && strcmp(heard.log, row->log) != 0)
        fail_msg("%s: log '%s'", row->name, heard.log);
    assert_int_not_equal(row->message[0], '\0'); /* every message contains the empty text */
    if (strstr(error->message, "hush") || strstr(error->subject, "hush") ||
        strstr(error->source, "hush") || strstr(heard.log, "hush"))
        fail_msg("%s: a secret in '%s' or '%s'", row->name, error->message, heard.log);
    device_unplug(&d);
}

static void test_words_name_what_to_change(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_message(&rows[i]);
}

/* Whose credentials would have counted: advice to give others would not help. */
static void test_result_says_whose_credentials_count(void **state)
{
    static const struct {
        const char *type;
        uint32_t credentials;
    } kinds[] = {{"Disabled", PROV_CREDENTIALS_NONE},
                 {"Basic Http Authentication", PROV_CREDENTIALS_HTTP},
                 {"XSI Authentication", PROV_CREDENTIALS_XSI_LOGIN}};
    (void)state;
    for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
        struct device d;
        struct heard heard = {.credentials = 99};
        device_start(&d);
        device_boot(&d);
        d.host.on_event = listen;
        d.host.on_event_ctx = &heard;
        ask_for_a_password(&d);
        fake_host_set(&d.host, "Profile_Authentication_Type", kinds[i].type);
        device_ask(&d, "http://h/p");
        assert_int_equal(heard.error.status, PROV_E_AUTH);
        assert_int_equal(heard.credentials, kinds[i].credentials);
        device_unplug(&d);
    }
}

/* The address of a proxy beside the server's port and path would name a server that is none. */
static void test_log_names_the_server_behind_a_proxy(void **state)
{
    struct device d;
    struct heard heard = {.credentials = 0};
    (void)state;
    device_start(&d);
    device_boot(&d);
    d.host.on_event = listen;
    d.host.on_event_ctx = &heard;
    fake_host_set(&d.host, "Log_Success_Msg", "$SCHEME://$SERVIP:$PORT$PATH");
    fake_transport_add_text(&d.net, "http://h/good", PROFILE);
    device_ask(&d, "http://h/good");
    assert_string_equal(heard.log, "http://192.0.2.1:80/good");
    fake_host_set(&d.host, "Proxy_Mode", "Manual");
    fake_host_set(&d.host, "Proxy_Host", "gate");
    device_ask(&d, "http://h/good");
    assert_string_equal(heard.log, "http://h:80/good");
    device_unplug(&d);
}

static void test_err_has_words_for_each_status(void **state)
{
    static const struct {
        prov_status status;
        uint8_t method;
        const char *scheme; /* NULL: nothing was asked for */
        bool in_content;
        const char *words;
    } err_rows[] = {
        {PROV_OK, PROV_METHOD_GET, "http", false, ""},
        {PROV_E_NOT_FOUND, PROV_METHOD_GET, "http", false, "File Not Found"},
        {PROV_E_AUTH, PROV_METHOD_GET, "http", false, "authentication failed"},
        {PROV_E_DNS, PROV_METHOD_GET, "http", false, "DNS lookup failed"},
        {PROV_E_SYNTAX, PROV_METHOD_GET, NULL, false, "rule syntax error"},
        {PROV_E_SYNTAX, PROV_METHOD_GET, "http", true, "corrupt file"},
        {PROV_E_NO_SERVER, PROV_METHOD_GET, NULL, false, "no server"},
        {PROV_E_CORRUPT, PROV_METHOD_GET, "http", false, "corrupt file"},
        {PROV_E_QUARANTINED, PROV_METHOD_GET, "http", false, "profile quarantined"},
        {PROV_E_POLICY, PROV_METHOD_GET, "http", false, "server not allowed"},
        {PROV_E_CANCELLED, PROV_METHOD_GET, "http", false, "cancelled"},
        {PROV_E_NOMEM, PROV_METHOD_GET, "http", false, "out of memory: GPP_A"},
        {PROV_E_IO, PROV_METHOD_GET, "http", false, "storage error: GPP_A"},
        {PROV_E_HOST, PROV_METHOD_GET, "http", false, "device error 77: GPP_A"},
        {PROV_E_INVALID, PROV_METHOD_GET, "http", false, "internal error: GPP_A"},
        {PROV_E_STATE, PROV_METHOD_GET, "http", false, "internal error: GPP_A"},
        {PROV_E_ABI, PROV_METHOD_GET, "http", false, "internal error: GPP_A"},
        {PROV_E_BUSY, PROV_METHOD_GET, "http", false, "internal error: GPP_A"},
        {PROV_E_UNSUPPORTED, PROV_METHOD_GET, "http", false, "Error - why"},
        {PROV_E_VALUE, PROV_METHOD_GET, "http", false, "GPP_A: why"},
        {PROV_E_REDIRECT, PROV_METHOD_GET, "http", false, "why"},
        {PROV_E_TLS, PROV_METHOD_GET, "https", false, "SSL handshake failed: why"},
        {PROV_E_NETWORK, PROV_METHOD_GET, NULL, false, "why"},
        {PROV_E_SERVER, PROV_METHOD_GET, "http", false, "http_get failed: 77"},
        {PROV_E_SERVER, PROV_METHOD_PUT, "https", false, "http_put failed: 77"},
        {PROV_E_SERVER, PROV_METHOD_POST, "http", false, "http_post failed: 77"},
        {PROV_E_TIMEOUT, PROV_METHOD_GET, "tftp", false, "tftp_get failed"},
        {PROV_E_TIMEOUT, PROV_METHOD_PUT, "tftp", false, "tftp_put failed"},
    };
    (void)state;
    for (size_t i = 0; i < sizeof err_rows / sizeof err_rows[0]; i++) {
        const struct prov_error error = {
            .status = err_rows[i].status,
            .flags = err_rows[i].in_content ? PROV_ERROR_CONTENT : 0,
            .native = 77,
            .subject = "GPP_A",
            .message = "why",
        };
        const struct prov_request request = {.scheme = prov_str_from(err_rows[i].scheme),
                                             .method = err_rows[i].method};
        char text[64];
        provi_err_text(&error, err_rows[i].scheme ? &request : NULL, text, sizeof text);
        assert_string_equal(text, err_rows[i].words);
    }
    struct prov_error error = {.status = PROV_E_STATE};
    char text[64];
    provi_err_text(&error, NULL, text, sizeof text);
    assert_string_equal(text, "internal error");
}

/* As the agent's own, but for the event; not a word of it is lost but what does not fit. */
static void test_a_host_logs_through_the_agent(void **state)
{
    static char long_text[3000];
    struct device d;
    (void)state;
    device_start(&d);
    device_boot(&d);
    struct prov_log_entry entry = {.size = sizeof entry, .text = prov_str_from("line 1\nup")};
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_OK); /* no server: no message */
    fake_host_set(&d.host, "Syslog_Server", "log.example");
    fake_host_set(&d.host, "Debug_Server", "10.0.0.1");
    fake_host_set(&d.host, "Syslog_Identifier", "$MA");
    unsigned n_wakes = d.host.n_wakes;
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_OK);
    assert_int_equal(d.host.n_wakes, n_wakes + 1);
    struct dial dial = {.at = 0};
    d.memory.dial = &dial;
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_E_NOMEM);
    d.memory.dial = NULL;
    entry.severity = 7;
    memset(long_text, 'x', sizeof long_text);
    entry.text = (prov_str){long_text, sizeof long_text};
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_OK);
    n_wakes = d.host.n_wakes;
    device_settle(&d);
    assert_int_equal(d.host.n_wakes, n_wakes); /* within a turn there is nothing to wake */
    assert_string_equal(fake_host_take_events(&d.host), "");
    assert_int_equal(d.net.n_requests, 4);
    assert_string_equal(d.net.requests[0].body, "<134>000e08012345 line 1 up");
    const char *cut = fake_transport_find(&d.net, "syslog://10.0.0.1/")->body;
    assert_memory_equal(cut, "<135>000e08012345 xxx", 21);
    assert_int_equal(strlen(cut), 1023);

    assert_int_equal(prov_agent_log(NULL, &entry, NULL), PROV_E_INVALID);
    assert_int_equal(prov_agent_log(d.agent, NULL, NULL), PROV_E_INVALID);
    entry.severity = 8;
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_E_INVALID);
    entry.severity = 0;
    entry.text = (prov_str){NULL, 0};
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_E_INVALID);
    entry.text = (prov_str){NULL, 1};
    assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_E_INVALID);
    device_unplug(&d);
}

static bool wall_in_berlin(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)ctx;
    *utc_s = 1000000000;
    *utc_offset_s = 7200;
    return true;
}

static bool wall_on_the_marquesas(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    (void)wall_in_berlin(ctx, utc_s, utc_offset_s);
    *utc_offset_s = -34200;
    return true;
}

/* What is not known is left out, or a dash in RFC 5424, where a host name has no blanks. */
static void test_the_forms_of_log_messages(void **state)
{
    enum { OLD = PROV_SYSLOG_RFC3164, NEW = PROV_SYSLOG_RFC5424 };
    static const struct {
        uint32_t format;
        const char *identifier, *serial, *start;
        bool (*wall_s)(void *ctx, int64_t *utc_s, int32_t *utc_offset_s);
    } forms[] = {
        {NEW, "None", "1", "<131>1 - - provision - Log_Failure_Msg - CP-8841-3PCC ", NULL},
        {NEW, "$MA", "1", "<131>1 2001-09-09T03:46:40+02:00 000e08012345 provision - ",
         wall_in_berlin},
        {NEW, "$MAC", "1", "<131>1 2001-09-08T16:16:40-09:30 00:0e:08:01:23:45 provision - ",
         wall_on_the_marquesas},
        {NEW, "$SN", "a b\xc3\xa9", "<131>1 - a_b__ provision - ", NULL},
        {OLD, "none", "1", "<131>CP-8841-3PCC ", NULL},
        {OLD, "$SN", "a b", "<131>a b CP-8841-3PCC ", NULL},
        {OLD, "$MA", "1", "<131>Sep  9 03:46:40 000e08012345 CP-8841-3PCC ", wall_in_berlin},
        {OLD, "", "1", "<131>Sep  8 16:16:40 CP-8841-3PCC ", wall_on_the_marquesas},
        {OLD, "$MAC$MAC$MAC$MAC$MAC", "1", "<131>CP-8841-3PCC ", NULL}, /* too long */
    };
    (void)state;
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        struct device d;
        struct prov_agent_options options = {.size = sizeof options,
                                             .syslog_format = forms[i].format};
        const struct prov_log_entry entry = {.size = sizeof entry, .text = prov_str_from("own")};
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.device.serial = prov_str_from(forms[i].serial);
        d.host.host.wall_s = forms[i].wall_s;
        assert_int_equal(device_make_agent(&d, &options), PROV_OK);
        device_boot(&d);
        fake_host_set(&d.host, "Syslog_Server", "log.example");
        fake_host_set(&d.host, "Syslog_Identifier", forms[i].identifier);
        fake_transport_add_text(&d.net, "syslog://log.example/", "");
        device_ask(&d, "http://h/p");
        const char *body = fake_transport_find(&d.net, "syslog://log.example/")->body;
        assert_memory_equal(body, forms[i].start, strlen(forms[i].start));
        assert_int_equal(prov_agent_log(d.agent, &entry, NULL), PROV_OK);
        device_settle(&d);
        body = d.net.requests[d.net.n_requests - 1].body;
        assert_non_null(strstr(body, forms[i].format == NEW ? " provision - - - own" : "own"));
        device_unplug(&d);
    }
}

/* What the host does not want is neither told nor made; the store and the log server do not miss
 * it. */
static void test_a_host_leaves_events_out(void **state)
{
    static const struct {
        uint32_t unwanted;
        const char *server;
        bool has_log, has_change, has_end;
    } cases[] = {
        {0, "", true, true, true},
        {1u << PROV_EVENT_LOG, "", false, true, true},
        {1u << PROV_EVENT_LOG, "log.example", false, true, true},
        {1u << PROV_EVENT_CHANGED, "log.example", true, false, true},
        {UINT32_MAX, "log.example", false, false, false},
    };
    (void)state;
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct device d;
        device_plug_in(&d, NULL, NULL, NULL);
        d.host.host.unwanted_events = cases[i].unwanted;
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_boot(&d);
        fake_host_set(&d.host, "Syslog_Server", cases[i].server);
        fake_host_set(&d.host, "GPP_A", "old");
        fake_transport_add_text(&d.net, "syslog://log.example/", "");
        fake_transport_add_text(&d.net, "http://h/p", PROFILE);
        device_ask(&d, "http://h/p");
        const char *told = fake_host_take_events(&d.host);
        assert_int_equal(strstr(told, "log 6 ") != NULL, cases[i].has_log);
        assert_int_equal(strstr(told, "changed GPP_A 'old' 'new'") != NULL, cases[i].has_change);
        assert_int_equal(strstr(told, "resync 11 applied") != NULL, cases[i].has_end);
        device_assert_stored(&d, "GPP_A", "new");
        const struct fake_request *sent = fake_transport_find(&d.net, "syslog://log.example/");
        assert_int_equal(sent != NULL, cases[i].server[0] != '\0');
        if (sent)
            assert_non_null(strstr(sent->body, "uccessful resync http://"));
        device_unplug(&d);
    }
}

/* The one callback of a host that fails, with a number of its own. */
static const char *failing;

static prov_status outcome_of(const char *callback)
{
    return strcmp(callback, failing) == 0 ? 77 : PROV_OK;
}

static prov_status check_pem(void *ctx, prov_str pem, char *name, size_t cap,
                             struct prov_error *err)
{
    (void)ctx, (void)pem, (void)name, (void)cap, (void)err;
    return outcome_of("check");
}

static prov_status install(void *ctx, prov_str pem, struct prov_error *err)
{
    (void)ctx, (void)pem, (void)err;
    return outcome_of("install");
}

static prov_status check_licence(void *ctx, prov_str licence, uint32_t *answer,
                                 struct prov_error *err)
{
    (void)ctx, (void)licence, (void)answer, (void)err;
    return outcome_of("check");
}

static prov_status inspect(void *ctx, const struct prov_upgrade_target *target,
                           struct prov_upgrade_answer *answer, struct prov_error *err)
{
    (void)ctx, (void)target, (void)answer, (void)err;
    return outcome_of("inspect");
}

static prov_status begin_image(void *ctx, const struct prov_upgrade_target *target, uint64_t offset,
                               struct prov_error *err)
{
    (void)ctx, (void)target, (void)offset, (void)err;
    return outcome_of("begin");
}

static prov_status write_data(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)ctx, (void)data, (void)len, (void)err;
    return outcome_of("write");
}

static prov_status finish_image(void *ctx, const struct prov_upgrade_target *target, char *next,
                                size_t cap, struct prov_error *err)
{
    (void)ctx, (void)target, (void)next, (void)cap, (void)err;
    return outcome_of("finish");
}

static prov_status activate(void *ctx, const struct prov_upgrade_target *target,
                            struct prov_error *err)
{
    (void)ctx, (void)target, (void)err;
    return outcome_of("activate");
}

static prov_status own_status(void *ctx, size_t index, struct prov_report_field *out,
                              struct prov_error *err)
{
    (void)ctx, (void)index, (void)out, (void)err;
    return strcmp(failing, "status") == 0 ? 77 : PROV_E_NOT_FOUND;
}

static prov_status param(void *store, size_t index, struct prov_param *out)
{
    return strcmp(failing, "param") == 0 ? 77 : prov_store_param(store, index, out);
}

static prov_status begin_fetch(void *ctx, uint64_t offset, struct prov_error *err)
{
    (void)ctx, (void)offset, (void)err;
    return outcome_of("begin");
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    (void)ctx, (void)err;
    return outcome_of("finish");
}

static void plug_in_callbacks(struct device *d)
{
    d->custom_ca = (struct prov_custom_ca_host){
        .size = sizeof d->custom_ca, .check = check_pem, .install = install};
    d->migration =
        (struct prov_migration_host){.size = sizeof d->migration, .check = check_licence};
    d->upgrade = (struct prov_upgrade_host){.size = sizeof d->upgrade,
                                            .inspect = inspect,
                                            .begin = begin_image,
                                            .write = write_data,
                                            .finish = finish_image,
                                            .activate = activate};
    d->report = (struct prov_report_host){.size = sizeof d->report, .status = own_status};
    d->host.host.param = param;
}

static void fetch(struct device *d)
{
    const struct prov_fetch asked = {
        .size = sizeof asked,
        .rule = prov_str_from("http://h/good"),
        .sink = {.write = write_data, .finish = finish},
        .begin = begin_fetch,
    };
    assert_int_equal(prov_agent_fetch(d->agent, &asked, NULL), PROV_OK);
    device_settle(d);
}

/* The callback and its number are in the failure of the job that called it. */
static void test_failures_name_the_callback(void **state)
{
    static const struct {
        uint32_t job;
        const char *callback;
        const char *parameter, *rule; /* NULL: a fetch */
    } calls[] = {
        {PROV_JOB_CUSTOM_CA, "check", "Custom_CA_Rule", "http://h/good"},
        {PROV_JOB_CUSTOM_CA, "install", "Custom_CA_Rule", "http://h/good"},
        {PROV_JOB_MIGRATION, "check", "Trans_Auth_Rule", "http://h/good"},
        {PROV_JOB_UPGRADE, "inspect", "Upgrade_Rule", "http://h/good"},
        {PROV_JOB_UPGRADE, "begin", "Upgrade_Rule", "http://h/good"},
        {PROV_JOB_UPGRADE, "write", "Upgrade_Rule", "http://h/good"},
        {PROV_JOB_UPGRADE, "finish", "Upgrade_Rule", "http://h/good"},
        {PROV_JOB_UPGRADE, "activate", "Upgrade_Rule", "http://h/good"},
        {PROV_JOB_REPORT, "param", "Report_Rule", "http://h/good"},
        {PROV_JOB_REPORT, "status", "Report_Rule", "[--status] http://h/good"},
        {PROV_JOB_FETCH, "begin", NULL, NULL},
        {PROV_JOB_FETCH, "write", NULL, NULL},
        {PROV_JOB_FETCH, "finish", NULL, NULL},
    };
    (void)state;
    for (size_t i = 0; i < sizeof calls / sizeof calls[0]; i++) {
        struct device d;
        char expected[64];
        struct prov_job_status now = {.size = sizeof now, .state = PROV_STATE_ABSENT};
        failing = calls[i].callback;
        device_plug_in(&d, NULL, NULL, NULL);
        plug_in_callbacks(&d);
        fake_transport_add_text(&d.net, "http://h/good", "any");
        if (calls[i].parameter)
            fake_host_set(&d.host, calls[i].parameter, calls[i].rule);
        assert_int_equal(device_make_agent(&d, NULL), PROV_OK);
        device_settle(&d);
        if (!calls[i].parameter)
            fetch(&d);
        assert_int_equal(prov_agent_status(d.agent, calls[i].job, &now), PROV_OK);
        assert_non_null(now.last);
        assert_non_null(now.last->error);
        snprintf(expected, sizeof expected, "the host's %s returned 77", failing);
        assert_string_equal(now.last->error->message, expected);
        assert_int_equal(now.last->error->status, PROV_E_HOST);
        assert_int_equal(now.last->error->origin, PROV_ORIGIN_HOST);
        assert_int_equal(now.last->error->native, 77);
        device_unplug(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words_name_what_to_change),
        cmocka_unit_test(test_result_says_whose_credentials_count),
        cmocka_unit_test(test_log_names_the_server_behind_a_proxy),
        cmocka_unit_test(test_err_has_words_for_each_status),
        cmocka_unit_test(test_a_host_logs_through_the_agent),
        cmocka_unit_test(test_the_forms_of_log_messages),
        cmocka_unit_test(test_a_host_leaves_events_out),
        cmocka_unit_test(test_failures_name_the_callback),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
