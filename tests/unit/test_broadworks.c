/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Credentials for a device management as that of BroadWorks: whose are sent, and who is asked. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include <provision/provision.h>

#include "base/array.h"
#include "device.h"

#define URL "https://xsp/dms/CP8841/000e08012345.xml"
#define PLAIN "http://xsp/dms/CP8841/000e08012345.xml"
#define XSI "Profile_Authentication_Type", "XSI Authentication"
#define BY_LOGIN XSI, "XSI_Authentication_Type", "Login Credentials"
#define BY_SIP XSI, "XSI_Authentication_Type", "SIP Credentials"

struct case_of {
    const char *name;
    const char *rule;
    const char *settings[10]; /* name, value, … */
    const char *login;        /* that the server takes; NULL: it asks for none */
    const char *answer;       /* of the person, `user:password`; NULL: declined */
    uint32_t kind;            /* of the question; NONE: the host is not asked */
    unsigned n_asked;
    const char *sent; /* with the last request */
    bool is_applied;
};

static const struct case_of cases[] = {
    {"W1 options of the rule",
     "[--uid dev --pwd dev-word]https://xsp/dms/CP8841/$MA.xml",
     {NULL},
     "dev:dev-word",
     NULL,
     PROV_CREDENTIALS_NONE,
     0,
     "dev:dev-word",
     true},
    {"W2 in the URL",
     "https://dev:dev-word@xsp/dms/CP8841/$MA.xml",
     {NULL},
     "dev:dev-word",
     NULL,
     PROV_CREDENTIALS_NONE,
     0,
     "dev:dev-word",
     true},
    {"W3 none anywhere", URL, {NULL}, "dev:dev-word", NULL, PROV_CREDENTIALS_HTTP, 1, ":", false},
    {"W3 entered by a person",
     URL,
     {NULL},
     "dev:dev-word",
     "dev:dev-word",
     PROV_CREDENTIALS_HTTP,
     1,
     "dev:dev-word",
     true},
    {"W4 login credentials",
     URL,
     {BY_LOGIN, "Login_User_ID", "joe@xdp.example.com", "Login_Password", "xsi-word"},
     "joe@xdp.example.com:xsi-word",
     NULL,
     PROV_CREDENTIALS_NONE,
     0,
     "joe@xdp.example.com:xsi-word",
     true},
    {"W4 without a user",
     URL,
     {BY_LOGIN, "Login_Password", "xsi-word"},
     "joe:xsi-word",
     "joe:xsi-word",
     PROV_CREDENTIALS_XSI_LOGIN,
     1,
     "joe:xsi-word",
     true},
    {"W5 SIP credentials",
     URL,
     {BY_SIP, "User_ID_1_", "5551234", "Password_1_", "sip-word"},
     "5551234:sip-word",
     NULL,
     PROV_CREDENTIALS_NONE,
     0,
     "5551234:sip-word",
     true},
    {"W5 missing",
     URL,
     {BY_SIP, "Login_User_ID", "joe"},
     "5551234:sip-word",
     NULL,
     PROV_CREDENTIALS_XSI_SIP,
     1,
     ":",
     false},
    {"W6 wrong twice",
     URL,
     {BY_LOGIN, "Login_User_ID", "joe", "Login_Password", "old-word"},
     "joe:xsi-word",
     "joe:bad-word",
     PROV_CREDENTIALS_XSI_LOGIN,
     2,
     "joe:bad-word",
     false},
    {"W7 disabled",
     URL,
     {"Profile_Authentication_Type", "Disabled", "Login_User_ID", "joe", "Login_Password",
      "xsi-word"},
     "joe:xsi-word",
     "joe:xsi-word",
     PROV_CREDENTIALS_NONE,
     0,
     ":",
     false},
    {"W8 a server that asks for none",
     URL,
     {NULL},
     NULL,
     NULL,
     PROV_CREDENTIALS_NONE,
     0,
     ":",
     true},
    {"W9 plain http",
     "[--uid dev --pwd dev-word]http://xsp/dms/CP8841/$MA.xml",
     {NULL},
     "dev:dev-word",
     NULL,
     PROV_CREDENTIALS_NONE,
     0,
     "dev:dev-word",
     true},
};

struct asking {
    struct device d;
    const struct case_of *row;
    unsigned n_asked;
    uint32_t kind;
};

static void on_event(void *ctx, const struct prov_event *event)
{
    struct asking *asking = ctx;
    const char *answer = asking->row->answer;
    if (event->type != PROV_EVENT_CREDENTIALS_WANTED)
        return;
    asking->n_asked++;
    asking->kind = event->as.question->credentials;
    const char *colon = answer ? strchr(answer, ':') : NULL;
    const prov_str uid = {answer, answer ? (size_t)(colon - answer) : 0};
    prov_agent_set_credentials(asking->d.agent, uid, prov_str_from(answer ? colon + 1 : ""), NULL);
}

static void check(const struct case_of *row)
{
    static const char *const words[] = {"dev-word", "xsi-word", "sip-word", "old-word", "bad-word"};
    struct asking asking = {.row = row};
    struct device *d = &asking.d;
    struct secrets secrets = {.n_all = 0};
    char sent[128];
    device_plug_in(d, NULL, NULL, NULL);
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        secrets_plant(&secrets, words[i], strlen(words[i]));
    d->host.secrets = &secrets;
    d->host.on_event = on_event;
    d->host.on_event_ctx = &asking;
    fake_host_set(&d->host, "Resync_On_Reset", "No");
    fake_host_set(&d->host, "Log_Request_Msg", "asks $SERV $SCHEME://$SERVIP:$PORT$PATH");
    fake_host_set(&d->host, "Profile_Rule", row->rule);
    for (size_t i = 0; i < PROVI_LEN(row->settings) && row->settings[i]; i += 2)
        fake_host_set(&d->host, row->settings[i], row->settings[i + 1]);
    const char *const urls[] = {URL, PLAIN};
    for (size_t i = 0; i < PROVI_LEN(urls); i++) {
        struct fake_answer *answer = fake_transport_add_text(
            &d->net, urls[i], "<flat-profile><GPP_A>new</GPP_A></flat-profile>");
        answer->login = row->login;
        answer->has_shown_password = urls[i][4] == ':'; /* a server that asks for Basic */
    }
    assert_int_equal(device_make_agent(d, NULL), PROV_OK);
    device_ask(d, NULL);

    const struct fake_request *last = &d->net.requests[d->net.n_requests - 1];
    snprintf(sent, sizeof sent, "%s:%s", last->uid, last->pwd);
    const char *events = fake_host_take_events(&d->host);
    bool is_warned = strstr(events, "warning 23 Basic\n") != NULL;
    bool is_plain = strstr(row->rule, "http://") != NULL;
    bool is_failed = strstr(events, "result Profile_Rule failed PROV_E_AUTH") != NULL;
    if (strcmp(sent, row->sent) != 0 || asking.n_asked != row->n_asked ||
        asking.kind != row->kind || is_failed == row->is_applied || is_warned != is_plain ||
        !strstr(events, "asks xsp http"))
        test_die("%s: sent %s, asked %u times for %u:\n%s", row->name, sent, asking.n_asked,
                 (unsigned)asking.kind, events);
    device_assert_stored(d, "GPP_A", row->is_applied ? "new" : NULL);
    device_unplug(d);
}

static void test_broadworks_credentials(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(cases); i++)
        check(&cases[i]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_broadworks_credentials)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
