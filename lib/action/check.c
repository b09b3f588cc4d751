/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/action_priv.h"

#include <provision/catalogue.h>

#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"

/* Longest name and password that are compared. */
enum { MAX_CREDENTIALS = 1024 };

/* Capacity for settings that are a Bool or a choice. */
enum { SHORT = 32 };

/* Longest list of servers that is checked here. */
enum { MAX_LIST = 1024 };

/* The check of one action. A function `pass_…` returns true if its gates are open; otherwise the
 * verdict is complete. */
struct check {
    const struct prov_action *action;
    struct prov_action_client *client;
    const struct prov_param_source *params;
    struct prov_verdict *verdict;
    struct prov_error *err;
};

static bool refuse(struct check *check, uint32_t code, const char *reason)
{
    provi_verdict_fill(check->verdict, check->action->door, PROV_DECISION_REFUSE, code, code,
                       reason);
    return false;
}

/* Refuse an item; the other items may be accepted, so the status of the document is 200. */
static bool refuse_item(struct check *check, uint32_t code, const char *reason)
{
    const bool is_item = check->action->flags & PROV_ACTION_FROM_XML;
    provi_verdict_fill(check->verdict, check->action->door, PROV_DECISION_REFUSE,
                       is_item ? PROVI_HTTP_OK : code, code, reason);
    return false;
}

/* A setting cannot be read: refuse, so that no gate is open by mistake. The sender can try
 * again. */
static bool refuse_unreadable(struct check *check)
{
    refuse(check, PROVI_HTTP_ERROR, "a setting cannot be read");
    if (check->action->door == PROV_DOOR_XML)
        check->verdict->cisco_error = PROVI_CISCO_INTERNAL;
    return false;
}

static bool challenge(struct check *check, uint32_t account, const char *reason)
{
    const uint32_t login = check->client->login;
    const bool is_wrong = login == PROV_LOGIN_WRONG || login == PROV_LOGIN_USER;
    struct prov_verdict *verdict = check->verdict;
    provi_verdict_fill(verdict, check->action->door, PROV_DECISION_CHALLENGE,
                       PROVI_HTTP_UNAUTHORIZED, PROVI_HTTP_UNAUTHORIZED, reason);
    verdict->account = account;
    verdict->is_stale = login == PROV_LOGIN_STALE;
    verdict->is_login_failed |= is_wrong;
    if (is_wrong && check->action->door == PROV_DOOR_XML)
        verdict->cisco_error = PROVI_CISCO_LOGIN;
    return false;
}

/* Read a setting of a few bytes. One that does not fit is refused, not replaced by its default: it
 * may be a valid value followed by many blanks. */
static bool read_short(struct check *check, const char *name, uint32_t line, char buf[SHORT],
                       prov_str *value)
{
    prov_status status =
        provi_action_setting(check->params, name, line, buf, SHORT, value, check->err);
    return status == PROV_OK || refuse_unreadable(check);
}

/* Whether a setting of type Bool is Yes. A text that is not a Bool counts as the default. */
static bool read_bool(struct check *check, const char *name, uint32_t line, bool *out)
{
    char buf[SHORT];
    prov_str value;
    if (!read_short(check, name, line, buf, &value))
        return false;
    if (!prov_value_bool(value, out)) {
        provi_action_setting(NULL, name, line, buf, sizeof buf, &value, NULL);
        prov_value_bool(value, out);
    }
    return true;
}

static bool pass_if_on(struct check *check, const char *name, uint32_t code, const char *reason)
{
    bool is_on = false;
    if (!read_bool(check, name, 0, &is_on))
        return false;
    return is_on || refuse(check, code, reason);
}

static bool pass_item_if_on(struct check *check, const char *name, const char *reason)
{
    bool is_on = false;
    if (!read_bool(check, name, 0, &is_on))
        return false;
    return is_on || refuse_item(check, PROVI_HTTP_FORBIDDEN, reason);
}

/* Compare credentials with those of an account. An account without a password matches none. */
static bool match(struct check *check, uint32_t account, prov_str uid, prov_str pwd, bool *is_set,
                  bool *is_equal)
{
    char buf[MAX_CREDENTIALS];
    prov_str name, password;
    prov_status status = prov_action_account(account, 0, check->params, buf, sizeof buf, &name,
                                             &password, check->err);
    *is_set = status == PROV_OK && password.len > 0;
    *is_equal = *is_set && provi_str_eq(uid, name) && provi_str_eq_secret(pwd, password);
    provi_wipe(buf, sizeof buf);
    return status == PROV_OK || refuse_unreadable(check);
}

/* Check plain credentials. Without an administrator's password, every client is administrator. */
static bool check_plain(struct check *check)
{
    const struct prov_action *action = check->action;
    struct prov_action_client *client = check->client;
    const bool is_url = action->flags & PROV_ACTION_HAS_LOGIN;
    const prov_str uid = is_url ? action->uid : client->uid;
    const prov_str pwd = is_url ? action->pwd : client->pwd;
    bool is_set, is_admin, is_user = false, is_given = is_url || uid.len || pwd.len;
    if (!match(check, PROV_ACCOUNT_ADMIN, uid, pwd, &is_set, &is_admin))
        return false;
    if (is_set && is_given && !is_admin) {
        bool has_user;
        if (!match(check, PROV_ACCOUNT_USER, uid, pwd, &has_user, &is_user))
            return false;
    }
    check->verdict->is_unprotected = !is_set;
    if (!is_set || is_admin)
        client->login = PROV_LOGIN_GOOD;
    else if (is_given)
        client->login = is_user ? PROV_LOGIN_USER : PROV_LOGIN_WRONG;
    return true;
}

static bool pass_admin(struct check *check)
{
    struct prov_action_client *client = check->client;
    const bool is_in_url = check->action->flags & PROV_ACTION_HAS_LOGIN;
    if ((client->login == PROV_LOGIN_NONE || is_in_url) && !check_plain(check))
        return false;
    switch (client->login) {
    case PROV_LOGIN_GOOD: return true;
    case PROV_LOGIN_USER:
        return refuse(check, PROVI_HTTP_FORBIDDEN, "only admin may do this, not user");
    case PROV_LOGIN_NONE:
    case PROV_LOGIN_ABSENT: return challenge(check, PROV_ACCOUNT_ADMIN, "log in as admin");
    default: return challenge(check, PROV_ACCOUNT_ADMIN, "wrong name or password");
    }
}

static bool pass_url(struct check *check)
{
    return pass_if_on(check, "Enable_Web_Server", PROVI_HTTP_NOT_FOUND,
                      "Enable_Web_Server is No") &&
           pass_if_on(check, "Enable_Direct_Action_Url", PROVI_HTTP_NOT_FOUND,
                      "Enable_Direct_Action_Url is No") &&
           pass_if_on(check, "Enable_Web_Admin_Access", PROVI_HTTP_FORBIDDEN,
                      "Enable_Web_Admin_Access is No") &&
           pass_admin(check);
}

/* Read which account Cisco XML by HTTP needs; NONE: no login. */
static bool read_xml_account(struct check *check, uint32_t *account)
{
    const char *name = "CISCO_XML_EXE_Auth_Mode";
    char buf[SHORT];
    prov_str value;
    if (!read_short(check, name, 0, buf, &value))
        return false;
    value = prov_catalogue_choice(prov_catalogue_find(prov_str_from(name), NULL), value);
    *account = PROV_ACCOUNT_USER;
    if (provi_str_is(value, "Remote Credential"))
        *account = PROV_ACCOUNT_XML;
    else if (provi_str_is(value, "Trusted"))
        *account = PROV_ACCOUNT_NONE;
    return true;
}

/* Without a user's password, Cisco XML is open (MPP guide); XML_Password is always mandatory. */
static bool pass_xml_login(struct check *check)
{
    uint32_t account;
    bool is_set = true, is_equal;
    if (!read_xml_account(check, &account))
        return false;
    if (account != PROV_ACCOUNT_NONE &&
        !match(check, account, PROVI_LIT(""), PROVI_LIT(""), &is_set, &is_equal))
        return false;
    check->verdict->is_unprotected = account == PROV_ACCOUNT_USER && !is_set;
    if (account == PROV_ACCOUNT_NONE || check->verdict->is_unprotected ||
        check->client->login == PROV_LOGIN_GOOD)
        return true;
    if (account == PROV_ACCOUNT_XML)
        return challenge(check, account,
                         is_set ? "CISCO_XML_EXE_Auth_Mode is Remote Credential"
                                : "CISCO_XML_EXE_Auth_Mode is Remote Credential, and XML_Password "
                                  "is empty");
    return challenge(check, account, "CISCO_XML_EXE_Auth_Mode is Local Credential");
}

static bool pass_xml(struct check *check)
{
    return pass_if_on(check, "Enable_Web_Server", PROVI_HTTP_NOT_FOUND,
                      "Enable_Web_Server is No") &&
           pass_if_on(check, "CISCO_XML_EXE_Enable", PROVI_HTTP_FORBIDDEN,
                      "CISCO_XML_EXE_Enable is No") &&
           pass_xml_login(check);
}

static bool drop(struct check *check, const char *reason)
{
    provi_verdict_fill(check->verdict, check->action->door, PROV_DECISION_DROP, 0, 0, reason);
    return false;
}

/* Over TCP and TLS, the phones accept SIP only from their proxies, whatever the parameter says. */
static bool pass_proxy(struct check *check)
{
    bool is_blocked = false;
    if (check->client->is_from_proxy)
        return true;
    if (check->client->is_stream)
        return drop(check, "not from a proxy of the line, over TCP or TLS");
    if (!read_bool(check, "Block_Nonproxy_SIP", 0, &is_blocked))
        return false;
    return !is_blocked || drop(check, "Block_Nonproxy_SIP is Yes");
}

/* A factory reset always requires a login. */
static bool pass_line_login(struct check *check)
{
    const struct prov_action_client *client = check->client;
    bool needs_login = true;
    if (client->line == 0)
        return refuse(check, PROVI_HTTP_NOT_FOUND, "no line has this user");
    if (check->action->kind == PROV_ACTION_FACTORY_RESET) {
        return client->login == PROV_LOGIN_GOOD ||
               challenge(check, PROV_ACCOUNT_LINE, "a factory reset needs a login");
    }
    if (!read_bool(check, "Auth_Resync-Reboot_n_", client->line, &needs_login))
        return false;
    return !needs_login || client->login == PROV_LOGIN_GOOD ||
           challenge(check, PROV_ACCOUNT_LINE, "Auth_Resync-Reboot_n_ is Yes");
}

static bool pass_notify(struct check *check)
{
    return pass_proxy(check) && pass_line_login(check);
}

/* `Upgrade:` is not one of the URIs of phones. */
static bool pass_uri(struct check *check)
{
    const prov_str scheme = PROVI_LIT("Upgrade:");
    prov_str text = check->action->text;
    if (text.len > scheme.len)
        text.len = scheme.len;
    return !provi_str_eq_nocase(text, scheme) ||
           refuse_item(check, PROVI_HTTP_FORBIDDEN, "phones have no URI Upgrade:");
}

/* Check the server of a plain URL, or the client if the URL has no server. The fetch checks the
 * servers of all rules and redirects; this check gives the client an early answer. */
static bool pass_server(struct check *check)
{
    const struct prov_action *action = check->action;
    struct provi_url url;
    struct provi_url_fault fault;
    struct prov_error error = {0};
    char buf[MAX_LIST];
    prov_str list;
    if (action->rule.len == 0 || !provi_url_split(action->rule, true, &url, &fault))
        return true;
    const prov_str server = url.host.len ? url.host : action->requester;
    if (server.len == 0 || provi_str_is(url.scheme, "gds"))
        return true;
    prov_status status = provi_action_setting(check->params, "Restricted_Access_Domains", 0, buf,
                                              sizeof buf, &list, &error);
    if (status == PROV_E_LIMIT)
        return true;
    if (status != PROV_OK) {
        provi_error_copy(check->err, &error);
        return refuse_unreadable(check);
    }
    return provi_server_is_listed(list, server) ||
           refuse_item(check, PROVI_HTTP_FORBIDDEN,
                       "its server is not among Restricted_Access_Domains");
}

static bool pass_kind(struct check *check)
{
    const struct prov_action *action = check->action;
    switch (action->kind) {
    case PROV_ACTION_RESYNC:
        return pass_item_if_on(check, "Provision_Enable", "Provision_Enable is No") &&
               (action->door != PROV_DOOR_NOTIFY ||
                pass_item_if_on(check, "Resync_From_SIP", "Resync_From_SIP is No")) &&
               pass_server(check);
    case PROV_ACTION_PROFILE:
        return pass_item_if_on(check, "Provision_Enable", "Provision_Enable is No");
    case PROV_ACTION_UPGRADE:
        return pass_item_if_on(check, "Upgrade_Enable", "Upgrade_Enable is No") &&
               pass_server(check);
    case PROV_ACTION_UPDATE_CA: return pass_server(check);
    case PROV_ACTION_URI: return pass_uri(check);
    default: return true;
    }
}

static bool pass_priority(struct check *check)
{
    enum { ONLY_IF_IDLE = 2 };
    const bool is_refused = check->action->priority >= ONLY_IF_IDLE && check->client->is_busy;
    return !is_refused || refuse_item(check, PROVI_SIP_BUSY, "a call is active, and Priority is 2");
}

static bool is_of_host(uint32_t kind)
{
    return kind == PROV_ACTION_COLD_RESTART || kind == PROV_ACTION_WARM_RESTART ||
           kind == PROV_ACTION_FACTORY_RESET || kind == PROV_ACTION_FILE || kind == PROV_ACTION_URI;
}

static void run_gates(struct check *check)
{
    static bool (*const pass_door[])(struct check *) = {
        [PROV_DOOR_URL] = pass_url, [PROV_DOOR_XML] = pass_xml, [PROV_DOOR_NOTIFY] = pass_notify};
    const struct prov_action *action = check->action;
    if (!pass_door[action->door](check) || !pass_kind(check) || !pass_priority(check))
        return;
    const char *reason = "accepted";
    if (action->flags & PROV_ACTION_IGNORED_PARAMETER)
        reason = "accepted; its parameter is ignored";
    if (action->kind == PROV_ACTION_NONE)
        reason = "accepted; there is nothing to do";
    provi_verdict_fill(check->verdict, action->door,
                       is_of_host(action->kind) ? PROV_DECISION_ASK_HOST : PROV_DECISION_OBEY,
                       PROVI_HTTP_OK, PROVI_HTTP_OK, reason);
}

static bool is_sound(const struct prov_action *action, const struct prov_action_client *client)
{
    return provi_str_is_sound(action->rule) && provi_str_is_sound(action->requester) &&
           provi_str_is_sound(action->uid) && provi_str_is_sound(action->pwd) &&
           provi_str_is_sound(action->text) && provi_str_is_sound(client->uid) &&
           provi_str_is_sound(client->pwd) && action->door >= PROV_DOOR_URL &&
           action->door <= PROV_DOOR_NOTIFY && action->kind <= PROV_ACTION_DOCUMENT &&
           client->login <= PROV_LOGIN_USER;
}

prov_status prov_action_check(const struct prov_action *action,
                              const struct prov_action_client *client,
                              const struct prov_param_source *params, struct prov_verdict *out,
                              struct prov_error *err)
{
    struct prov_action own;
    struct prov_action_client own_client;
    struct prov_verdict verdict = {.size = sizeof verdict};
    struct check check = {&own, &own_client, params, &verdict, err};
    if (!action || !out)
        return provi_fail_invalid(err, action ? "out" : "action");
    prov_status status = provi_abi_in(&own, sizeof own, action, err);
    if (status == PROV_OK)
        status = provi_abi_in(&own_client, sizeof own_client, client, err);
    if (status != PROV_OK)
        return status;
    if (!is_sound(&own, &own_client))
        return provi_fail_invalid(err, "action or client: a number or text of no use");
    run_gates(&check);
    if (provi_abi_out(out, &verdict, sizeof verdict) != PROV_OK)
        return provi_fail(err, PROV_E_ABI, "out.size: expected sizeof(struct prov_verdict)");
    return PROV_OK;
}
