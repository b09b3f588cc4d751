/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* explicit_bzero() */
#include "web/login.h"

#include <stdio.h>
#include <string.h>
#include <strings.h>

#include "common/json_event.h"

#include "door.h"
#include "web/answer.h"

enum { ACCOUNT_CAP = 2048 };

static int letter_value(char letter)
{
    static const char letters[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = letter ? strchr(letters, letter) : NULL;
    return found ? (int)(found - letters) : -1;
}

/* Base64 (RFC 4648, 4), at most three bytes of @p out for four letters. @return Bytes. */
static size_t decode(prov_str text, char *out)
{
    size_t n = 0;
    uint32_t bits = 0, n_bits = 0;
    for (size_t i = 0; i < text.len; i++) {
        int value = letter_value(text.data[i]);
        if (value < 0)
            break;
        bits = bits << 6 | (uint32_t)value;
        n_bits += 6;
        if (n_bits < 8)
            continue;
        n_bits -= 8;
        out[n++] = (char)(bits >> n_bits & 0xff);
    }
    return n;
}

static const char scheme[] = "Basic ";

static bool has_basic(const struct web_request *request)
{
    prov_str text = request->fields.authorization;
    return text.len >= sizeof scheme && strncasecmp(text.data, scheme, sizeof scheme - 1) == 0;
}

/* Read `Basic dXNlcjpwYXNzd29yZA==` (RFC 7617). Malformed credentials count as a wrong login. */
static void read_basic(struct web_request *request)
{
    prov_str text = request->fields.authorization;
    struct prov_action_client *client = &request->client;
    if (!has_basic(request))
        return;
    text.data += sizeof scheme - 1;
    text.len -= sizeof scheme - 1;
    if (text.len > sizeof request->plain)
        text.len = sizeof request->plain;
    size_t len = decode(text, request->plain);
    const char *colon = memchr(request->plain, ':', len);
    if (!colon) {
        client->login = PROV_LOGIN_WRONG;
        return;
    }
    client->uid = (prov_str){request->plain, (size_t)(colon - request->plain)};
    client->pwd = (prov_str){colon + 1, len - client->uid.len - 1};
}

/* @return enum prov_digest_result. */
static uint32_t check_digest(struct web_request *request, uint32_t account)
{
    char buf[ACCOUNT_CAP];
    uint32_t result = PROV_DIGEST_RESULT_WRONG;
    struct prov_param_source params = door_params(request->web->phone);
    struct prov_digest_request digest = {
        .size = sizeof digest,
        .method = request->method,
        .uri = prov_str_from(request->target),
        .authorization = request->fields.authorization,
        .realm = prov_str_from(WEB_REALM),
        .flags = PROV_DIGEST_FLAG_COUNTED,
    };
    if (prov_action_account(account, 0, &params, buf, sizeof buf, &digest.uid, &digest.pwd, NULL) ==
        PROV_OK)
        prov_digest_check(&request->web->guard, &digest, clock_machine_ms(), &result, NULL);
    explicit_bzero(buf, sizeof buf);
    return result;
}

/* Check the answer to a challenge. If the administrator's password is required, the user's is
 * detected too.
 *
 * @return enum prov_login, whose numbers are those of enum prov_digest_result. */
static uint32_t digest_login(struct web_request *request, uint32_t account)
{
    uint32_t login = check_digest(request, account);
    if (login != PROV_LOGIN_WRONG || account != PROV_ACCOUNT_ADMIN)
        return login;
    return check_digest(request, PROV_ACCOUNT_USER) == PROV_LOGIN_GOOD ? PROV_LOGIN_USER : login;
}

static void check_action(struct web_request *request)
{
    struct prov_param_source params = door_params(request->web->phone);
    struct prov_verdict *verdict = &request->verdict;
    *verdict = (struct prov_verdict){.size = sizeof *verdict};
    if (prov_action_check(&request->action, &request->client, &params, verdict, NULL) != PROV_OK)
        *verdict = (struct prov_verdict){
            .decision = PROV_DECISION_REFUSE,
            .http_status = MHD_HTTP_INTERNAL_SERVER_ERROR,
            .reason = "the request cannot be checked",
        };
}

/* Whether the client is the administrator, by a password. The user's password does not end delays:
 * its owner could then try one password of the administrator each second. */
static bool is_proven(const struct web_request *request)
{
    const struct prov_verdict *verdict = &request->verdict;
    return request->page ? request->client.login == PROV_LOGIN_GOOD
                         : request->action.door == PROV_DOOR_URL && door_is_obeyed(verdict) &&
                               !verdict->is_unprotected;
}

static void report_json(const struct phone *phone, const char *requester)
{
    struct json_object object = json_begin_event(stdout, phone->name, "web");
    json_add_word(&object, "address", requester);
    json_add_number(&object, "code", MHD_HTTP_UNAUTHORIZED);
    json_add_word(&object, "message", "wrong password");
    json_end(&object);
    fputc('\n', stdout);
}

static void report_failure(const struct web_request *request)
{
    char line[LISTEN_TEXT_CAP + 48];
    struct phone *phone = request->web->phone;
    if (phone->is_json)
        report_json(phone, request->requester);
    snprintf(line, sizeof line, "wrong password for the web page from %s", request->requester);
    const struct prov_log_entry entry = {
        .size = sizeof entry, .severity = PROV_SEVERITY_WARNING, .text = prov_str_from(line)};
    host_note(phone, line);
    prov_agent_log(phone->agent, &entry, NULL);
    log_add(&request->web->log, entry.text);
}

static bool has_credentials(const struct web_request *request)
{
    return request->fields.authorization.len || (request->action.flags & PROV_ACTION_HAS_LOGIN);
}

static int64_t delay_of(const struct web_request *request)
{
    return has_credentials(request)
               ? delay_left_ms(&request->web->delays, request_client(request), clock_machine_ms())
               : 0;
}

static void count(struct web_request *request)
{
    struct delays *delays = &request->web->delays;
    if (request->verdict.is_login_failed) {
        delay_add(delays, request_client(request), clock_machine_ms());
        report_failure(request);
    } else if (has_credentials(request) && is_proven(request)) {
        delay_clear(delays, request_client(request));
    }
}

int64_t login_check(struct web_request *request)
{
    struct prov_action_client *client = &request->client;
    int64_t delay_ms = delay_of(request);
    if (delay_ms > 0)
        return delay_ms;
    *client = (struct prov_action_client){
        .size = sizeof *client,
        .is_busy = request->web->phone->has_call,
    };
    read_basic(request);
    check_action(request);
    if (request->verdict.decision == PROV_DECISION_CHALLENGE && client->login == PROV_LOGIN_NONE &&
        request->fields.authorization.len && !has_basic(request)) {
        client->login = digest_login(request, request->verdict.account);
        check_action(request);
    }
    count(request);
    return 0;
}

const char login_open_door[] = "A password is expected from other machines, and none is set.";

bool login_is_open_door(const struct web_request *request)
{
    return request->verdict.is_unprotected && !request->web->phone->options->is_http_open &&
           !listen_is_loopback(request_client(request));
}

bool login_is_equal_secret(prov_str a, prov_str b)
{
    unsigned differences = a.len != b.len;
    for (size_t i = 0; i < a.len; i++)
        differences |= (unsigned)(unsigned char)(a.data[i] ^ b.data[b.len ? i % b.len : 0]);
    return !differences;
}

/* Whether an account has a password.
 *
 * @param[out] login  Result of the check, enum prov_login; NULL: no check. */
static bool check_account(struct web_request *request, uint32_t account, uint32_t *login)
{
    char buf[ACCOUNT_CAP];
    prov_str uid = {"", 0}, pwd = {"", 0};
    const struct prov_action_client *client = &request->client;
    struct prov_param_source params = door_params(request->web->phone);
    bool is_read =
        prov_action_account(account, 0, &params, buf, sizeof buf, &uid, &pwd, NULL) == PROV_OK;
    bool is_set = !is_read || pwd.len > 0; /* a failure must not open the page */
    if (login && (!is_set || !request->fields.authorization.len))
        *login = PROV_LOGIN_NONE;
    else if (login && !has_basic(request))
        *login = check_digest(request, account);
    else if (login)
        *login = is_read && login_is_equal_secret(client->uid, uid) &&
                         login_is_equal_secret(client->pwd, pwd)
                     ? PROV_LOGIN_GOOD
                     : PROV_LOGIN_WRONG;
    explicit_bzero(buf, sizeof buf);
    return is_set;
}

/* The administrator may see the user's pages. A page without a password does not check one:
 * otherwise the right one would end delays, and a client could guess without ever failing. */
static void check_page(struct web_request *request)
{
    uint32_t user = PROV_LOGIN_NONE, admin = PROV_LOGIN_NONE;
    struct prov_verdict *verdict = &request->verdict;
    bool is_open = !check_account(
        request, request->is_admin_view ? PROV_ACCOUNT_ADMIN : PROV_ACCOUNT_USER, NULL);
    if (!is_open) {
        check_account(request, PROV_ACCOUNT_ADMIN, &admin);
        check_account(request, PROV_ACCOUNT_USER, &user);
    }
    *verdict = (struct prov_verdict){
        .size = sizeof *verdict,
        .decision = PROV_DECISION_CHALLENGE,
        .http_status = MHD_HTTP_UNAUTHORIZED,
        .reason = request->is_admin_view ? "log in as admin" : "log in as user or admin",
        .is_unprotected = is_open,
    };
    if (is_open || admin == PROV_LOGIN_GOOD ||
        (!request->is_admin_view && user == PROV_LOGIN_GOOD)) {
        verdict->decision = PROV_DECISION_OBEY;
        request->client.login = admin;
    } else if (user == PROV_LOGIN_GOOD) {
        verdict->decision = PROV_DECISION_REFUSE;
        verdict->http_status = MHD_HTTP_FORBIDDEN;
        verdict->reason = "only admin may see this page, not user";
    } else {
        verdict->is_stale = admin == PROV_LOGIN_STALE || user == PROV_LOGIN_STALE;
        verdict->is_login_failed =
            !verdict->is_stale && (admin == PROV_LOGIN_WRONG || user == PROV_LOGIN_WRONG);
    }
}

bool login_check_page(struct web_request *request, enum MHD_Result *result)
{
    const struct prov_verdict *verdict = &request->verdict;
    int64_t delay_ms = delay_of(request);
    if (delay_ms > 0) {
        *result = answer_wait(request, delay_ms);
        return false;
    }
    request->client.size = sizeof request->client;
    read_basic(request);
    check_page(request);
    count(request);
    if (login_is_open_door(request))
        *result = answer_page(request, MHD_HTTP_FORBIDDEN, login_open_door);
    else if (verdict->decision != PROV_DECISION_OBEY)
        *result = answer_page(request, verdict->http_status, verdict->reason);
    else
        return true;
    return false;
}
