/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* explicit_bzero() */
#include "sip/priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#include "door.h"

enum { MAX_CREDENTIALS = 4, TEXT_CAP = 1024, ACCOUNT_CAP = 4096 };

/* A NOTIFY, and the data of its sender. */
struct notify {
    struct sip *sip;
    const struct sip_message *message;
    const struct sockaddr *sender;
    char realm[TEXT_CAP];
    struct prov_param_source params;
    struct prov_action_client client;
    int64_t delay_ms; /* remaining delay before its password is checked */
    struct prov_verdict verdict;
    struct prov_error err; /* fault of the credentials, or of the action */
};

const char *sip_events(void)
{
    return prov_action_allow_events();
}

/* If there are several credentials, the best result counts. */
static uint32_t check_credentials(struct notify *notify, struct prov_digest_request *request)
{
    const osip_list_t *fields = &notify->message->osip->authorizations;
    uint32_t best = PROV_LOGIN_ABSENT;
    for (int i = 0; i < osip_list_size(fields) && i < MAX_CREDENTIALS; i++) {
        uint32_t result = 0;
        char *text = NULL;
        if (osip_authorization_to_str(osip_list_get(fields, i), &text) != OSIP_SUCCESS)
            continue;
        request->authorization = prov_str_from(text);
        prov_digest_check(&notify->sip->guard, request, clock_machine_ms(), &result, &notify->err);
        osip_free(text);
        if (result == PROV_DIGEST_RESULT_GOOD)
            return PROV_LOGIN_GOOD;
        if (result == PROV_DIGEST_RESULT_STALE || (result && best == PROV_LOGIN_ABSENT))
            best = result;
    }
    return best;
}

static uint32_t check_login(struct notify *notify)
{
    char account[ACCOUNT_CAP];
    struct prov_digest_request request = {
        .size = sizeof request,
        .method = prov_str_from("NOTIFY"),
        .uri = notify->message->uri,
        .realm = prov_str_from(notify->realm),
    };
    uint32_t login = PROV_LOGIN_WRONG;
    if (prov_action_account(PROV_ACCOUNT_LINE, notify->client.line, &notify->params, account,
                            sizeof account, &request.uid, &request.pwd, NULL) == PROV_OK)
        login = check_credentials(notify, &request);
    explicit_bzero(account, sizeof account);
    return login;
}

static void carry_out(struct notify *notify, const struct prov_action *action)
{
    prov_status status =
        door_act(notify->sip->phone, action, &notify->client, &notify->verdict, &notify->err);
    if (status != PROV_OK)
        prov_action_refuse(PROV_DOOR_NOTIFY, status, &notify->verdict);
}

/* Check the action, with the sender's credentials if they are required, and carry it out. */
static void act(struct notify *notify, const struct prov_action *action)
{
    struct delays *delays = &notify->sip->delays;
    notify->client.login = PROV_LOGIN_ABSENT;
    carry_out(notify, action);
    if (notify->verdict.decision != PROV_DECISION_CHALLENGE ||
        osip_list_size(&notify->message->osip->authorizations) == 0)
        return;
    notify->delay_ms = delay_left_ms(delays, notify->sender, clock_machine_ms());
    if (notify->delay_ms > 0) {
        prov_action_refuse(PROV_DOOR_NOTIFY, PROV_E_BUSY, &notify->verdict);
        notify->verdict.reason = "wrong passwords came from this address";
        return;
    }
    notify->client.login = check_login(notify);
    if (notify->client.login == PROV_LOGIN_WRONG)
        delay_add(delays, notify->sender, clock_machine_ms());
    if (notify->client.login == PROV_LOGIN_GOOD)
        delay_clear(delays, notify->sender);
    if (notify->client.login != PROV_LOGIN_ABSENT)
        carry_out(notify, action);
}

/* Act on the items of a document of an authenticated sender; the answer is that of the first
 * refused item. */
static void act_on_document(struct notify *notify, prov_str requester)
{
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof items[0]}};
    prov_str body = notify->message->body;
    size_t n = 0;
    char *texts = malloc(body.len + 1);
    prov_status status = texts ? prov_action_from_xml(PROV_DOOR_NOTIFY, body, requester, texts,
                                                      body.len, items, &n, &notify->err)
                               : PROV_E_NOMEM;
    if (status != PROV_OK)
        prov_action_refuse(PROV_DOOR_NOTIFY, status, &notify->verdict);
    struct prov_verdict first = notify->verdict;
    struct prov_error err = notify->err;
    for (size_t i = 0; i < n; i++) {
        if (items[i].rule.len == 0)
            items[i].requester = prov_str_from("");
        carry_out(notify, &items[i]);
        if (door_is_obeyed(&first)) {
            first = notify->verdict;
            err = notify->err;
        }
    }
    notify->verdict = first;
    notify->err = err;
    if (texts)
        explicit_bzero(texts, body.len);
    free(texts);
}

static void challenge(struct notify *notify, struct sip_answer *answer)
{
    /* Senders that support only MD5, such as sipp 3.6, use the first challenge, or fail. */
    static const uint32_t algorithms[] = {PROV_DIGEST_ALGORITHM_MD5, PROV_DIGEST_ALGORITHM_SHA256};
    char text[PROV_DIGEST_CHALLENGE_MAX];
    size_t len;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (prov_digest_challenge(&notify->sip->guard, prov_str_from(notify->realm), algorithms[i],
                                  notify->verdict.is_stale, clock_machine_ms(), text, sizeof text,
                                  &len, NULL) == PROV_OK)
            sip_answer_add(answer, "WWW-Authenticate", text);
}

/* Find the line of the user in the request URI; without a user, the first line. */
static void read_client(struct sip *sip, const struct sip_message *message,
                        const struct sip_peer *peer, struct prov_action_client *client)
{
    const struct prov_param_source params = door_params(sip->phone);
    const osip_uri_t *uri = message->osip->req_uri;
    *client = (struct prov_action_client){
        .size = sizeof *client, .is_busy = sip->phone->has_call, .is_stream = peer->is_stream};
    if (uri && uri->username)
        prov_action_find_line(message->uri, 0, SIP_LINES, &params, &client->line, NULL);
    else
        client->line = 1;
    client->is_from_proxy = sip_is_from_proxy(&params, client->line, peer);
}

bool sip_is_answered(struct sip *sip, const struct sip_message *message,
                     const struct sip_peer *peer, struct sip_answer *answer)
{
    const struct prov_param_source params = door_params(sip->phone);
    const struct prov_action nothing = {.size = sizeof nothing, .door = PROV_DOOR_NOTIFY};
    struct prov_action_client client;
    struct prov_verdict verdict = {.size = sizeof verdict};
    read_client(sip, message, peer, &client);
    prov_action_check(&nothing, &client, &params, &verdict, NULL);
    if (verdict.decision == PROV_DECISION_DROP)
        answer->why = verdict.reason;
    return verdict.decision != PROV_DECISION_DROP;
}

static void read_realm(struct notify *notify)
{
    char text[TEXT_CAP];
    prov_str realm = {NULL, 0};
    if (notify->client.line)
        prov_action_realm(notify->client.line, &notify->params, text, sizeof text, &realm, NULL);
    snprintf(notify->realm, sizeof notify->realm, "%.*s", (int)realm.len,
             realm.len ? realm.data : "");
}

/* The sender may be the server of a rule only if the sender's own message has that rule. */
static void check_action(struct notify *notify, prov_str requester)
{
    const char *event = sip_field(notify->message, "event", "o");
    struct prov_action action = {.size = sizeof action};
    prov_status status =
        prov_action_from_notify(event ? prov_str_from(event) : (prov_str){NULL, 0},
                                notify->message->body, prov_str_from(""), &action, &notify->err);
    if (status == PROV_OK) {
        act(notify, &action);
        if (action.kind == PROV_ACTION_DOCUMENT && door_is_obeyed(&notify->verdict))
            act_on_document(notify, requester);
    } else {
        prov_action_refuse(PROV_DOOR_NOTIFY, status, &notify->verdict);
    }
}

void sip_notify(struct sip *sip, const struct sip_message *message, const struct sip_peer *peer,
                struct sip_answer *answer)
{
    char host[LISTEN_TEXT_CAP];
    struct notify notify = {
        .sip = sip,
        .message = message,
        .sender = &peer->address.as.any,
        .params = door_params(sip->phone),
        .verdict = {.size = sizeof notify.verdict},
        .err = {.size = sizeof notify.err},
    };
    read_client(sip, message, peer, &notify.client);
    read_realm(&notify);
    check_action(&notify, prov_str_from(listen_host_text(&peer->address.as.any, host)));
    answer->code = notify.verdict.sip_status;
    answer->why = answer->code == 200 ? NULL : notify.verdict.reason;
    if (answer->why && notify.err.status != PROV_OK)
        text_error(&notify.err, answer->detail, sizeof answer->detail);
    if (notify.verdict.decision == PROV_DECISION_CHALLENGE)
        challenge(&notify, answer);
    if (notify.delay_ms > 0) {
        char seconds[24];
        snprintf(seconds, sizeof seconds, "%lld", (long long)(notify.delay_ms + 999) / 1000);
        sip_answer_add(answer, "Retry-After", seconds);
    }
    if (answer->code == 489)
        sip_answer_add(answer, "Allow-Events", sip_events());
}
