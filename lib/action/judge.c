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

/* Of settings that are Yes or No, or one of some choices. */
enum { SHORT = 32 };

/* Longest list of servers that is checked here. */
enum { MAX_LIST = 1024 };

/* One action on its way through the gates. A function `pass_…` returns whether they are open;
 * otherwise the verdict is complete. */
struct judging {
    const struct prov_action *action;
    struct prov_action_client *client;
    const struct prov_param_source *params;
    struct prov_verdict *verdict;
    struct prov_error *err;
};

static bool refuse(struct judging *judging, uint32_t code, const char *reason)
{
    provi_verdict_fill(judging->verdict, judging->action->door, PROV_DECISION_REFUSE, code, code,
                       reason);
    return false;
}

/* One item of a document: the others may be accepted, so the document itself is answered. */
static bool refuse_item(struct judging *judging, uint32_t code, const char *reason)
{
    const bool is_item = judging->action->flags & PROV_ACTION_FROM_XML;
    provi_verdict_fill(judging->verdict, judging->action->door, PROV_DECISION_REFUSE,
                       is_item ? PROVI_HTTP_OK : code, code, reason);
    return false;
}

/* A sender that is turned away now can ask again: no gate is open by mistake. */
static bool refuse_unreadable(struct judging *judging)
{
    refuse(judging, PROVI_HTTP_ERROR, "a setting cannot be read");
    if (judging->action->door == PROV_DOOR_XML)
        judging->verdict->cisco_error = PROVI_CISCO_INTERNAL;
    return false;
}

static bool challenge(struct judging *judging, uint32_t account, const char *reason)
{
    const uint32_t login = judging->client->login;
    const bool is_wrong = login == PROV_LOGIN_WRONG || login == PROV_LOGIN_USER;
    struct prov_verdict *verdict = judging->verdict;
    provi_verdict_fill(verdict, judging->action->door, PROV_DECISION_CHALLENGE,
                       PROVI_HTTP_UNAUTHORIZED, PROVI_HTTP_UNAUTHORIZED, reason);
    verdict->account = account;
    verdict->is_stale = login == PROV_LOGIN_STALE;
    verdict->is_login_failed |= is_wrong;
    if (is_wrong && judging->action->door == PROV_DOOR_XML)
        verdict->cisco_error = PROVI_CISCO_LOGIN;
    return false;
}

/* A setting that is a choice; the default counts for a text that is too long to be one. */
static bool read_choice(struct judging *judging, const char *name, char buf[SHORT], prov_str *value)
{
    struct prov_error error = {0};
    prov_status status = provi_action_setting(judging->params, name, 0, buf, SHORT, value, &error);
    if (status == PROV_E_LIMIT)
        status = provi_action_setting(NULL, name, 0, buf, SHORT, value, &error);
    if (status == PROV_OK)
        return true;
    provi_error_copy(judging->err, &error);
    return refuse_unreadable(judging);
}

/*
 * Whether a setting of type Bool is Yes; the default counts for a text that is no Bool. One that
 * does not fit cannot be read: it may be a Bool with many blanks.
 */
static bool read_bool(struct judging *judging, const char *name, uint32_t line, bool *out)
{
    char buf[SHORT];
    prov_str value;
    prov_status status =
        provi_action_setting(judging->params, name, line, buf, sizeof buf, &value, judging->err);
    if (status != PROV_OK)
        return refuse_unreadable(judging);
    if (!prov_value_bool(value, out)) {
        provi_action_setting(NULL, name, line, buf, sizeof buf, &value, NULL);
        prov_value_bool(value, out);
    }
    return true;
}

static bool pass_if_on(struct judging *judging, const char *name, uint32_t code, const char *reason)
{
    bool is_on = false;
    if (!read_bool(judging, name, 0, &is_on))
        return false;
    return is_on || refuse(judging, code, reason);
}

static bool pass_item_if_on(struct judging *judging, const char *name, const char *reason)
{
    bool is_on = false;
    if (!read_bool(judging, name, 0, &is_on))
        return false;
    return is_on || refuse_item(judging, PROVI_HTTP_FORBIDDEN, reason);
}

/* Compare credentials with those of an account; without a password there, none match. */
static bool match(struct judging *judging, uint32_t account, prov_str uid, prov_str pwd,
                  bool *is_set, bool *is_equal)
{
    char buf[MAX_CREDENTIALS];
    prov_str name, password;
    prov_status status = prov_action_account(account, 0, judging->params, buf, sizeof buf, &name,
                                             &password, judging->err);
    *is_set = status == PROV_OK && password.len > 0;
    *is_equal = *is_set && provi_str_eq(uid, name) && provi_str_eq_secret(pwd, password);
    provi_wipe(buf, sizeof buf);
    return status == PROV_OK || refuse_unreadable(judging);
}

/* Plain credentials: everyone is administrator as long as there is no password for that. */
static bool check_plain(struct judging *judging)
{
    const struct prov_action *action = judging->action;
    struct prov_action_client *client = judging->client;
    const bool is_url = action->flags & PROV_ACTION_HAS_LOGIN;
    const prov_str uid = is_url ? action->uid : client->uid;
    const prov_str pwd = is_url ? action->pwd : client->pwd;
    bool is_set, is_admin, is_user = false, is_given = is_url || uid.len || pwd.len;
    if (!match(judging, PROV_ACCOUNT_ADMIN, uid, pwd, &is_set, &is_admin))
        return false;
    if (is_set && is_given && !is_admin) {
        bool has_user;
        if (!match(judging, PROV_ACCOUNT_USER, uid, pwd, &has_user, &is_user))
            return false;
    }
    judging->verdict->is_unprotected = !is_set;
    if (!is_set || is_admin)
        client->login = PROV_LOGIN_GOOD;
    else if (is_given)
        client->login = is_user ? PROV_LOGIN_USER : PROV_LOGIN_WRONG;
    return true;
}

static bool pass_admin(struct judging *judging)
{
    struct prov_action_client *client = judging->client;
    const bool is_in_url = judging->action->flags & PROV_ACTION_HAS_LOGIN;
    if ((client->login == PROV_LOGIN_NONE || is_in_url) && !check_plain(judging))
        return false;
    switch (client->login) {
    case PROV_LOGIN_GOOD: return true;
    case PROV_LOGIN_USER:
        return refuse(judging, PROVI_HTTP_FORBIDDEN, "only admin may do this, not user");
    case PROV_LOGIN_NONE:
    case PROV_LOGIN_ABSENT: return challenge(judging, PROV_ACCOUNT_ADMIN, "log in as admin");
    default: return challenge(judging, PROV_ACCOUNT_ADMIN, "wrong name or password");
    }
}

static bool pass_url(struct judging *judging)
{
    return pass_if_on(judging, "Enable_Web_Server", PROVI_HTTP_NOT_FOUND,
                      "Enable_Web_Server is No") &&
           pass_if_on(judging, "Enable_Direct_Action_Url", PROVI_HTTP_NOT_FOUND,
                      "Enable_Direct_Action_Url is No") &&
           pass_if_on(judging, "Enable_Web_Admin_Access", PROVI_HTTP_FORBIDDEN,
                      "Enable_Web_Admin_Access is No") &&
           pass_admin(judging);
}

/* The account for Cisco XML by HTTP; NONE: no login is needed. */
static bool read_xml_account(struct judging *judging, uint32_t *account)
{
    const char *name = "CISCO_XML_EXE_Auth_Mode";
    char buf[SHORT];
    prov_str value;
    if (!read_choice(judging, name, buf, &value))
        return false;
    value = prov_catalogue_choice(prov_catalogue_find(prov_str_from(name), NULL), value);
    *account = PROV_ACCOUNT_USER;
    if (provi_str_is(value, "Remote Credential"))
        *account = PROV_ACCOUNT_XML;
    else if (provi_str_is(value, "Trusted"))
        *account = PROV_ACCOUNT_NONE;
    return true;
}

/* The user's password protects Cisco XML only if there is one (MPP guide); XML_Password always. */
static bool pass_xml_login(struct judging *judging)
{
    uint32_t account;
    bool is_set = true, is_equal;
    if (!read_xml_account(judging, &account))
        return false;
    if (account != PROV_ACCOUNT_NONE &&
        !match(judging, account, PROVI_LIT(""), PROVI_LIT(""), &is_set, &is_equal))
        return false;
    judging->verdict->is_unprotected = account == PROV_ACCOUNT_USER && !is_set;
    if (account == PROV_ACCOUNT_NONE || judging->verdict->is_unprotected ||
        judging->client->login == PROV_LOGIN_GOOD)
        return true;
    if (account == PROV_ACCOUNT_XML)
        return challenge(judging, account,
                         is_set ? "CISCO_XML_EXE_Auth_Mode is Remote Credential"
                                : "CISCO_XML_EXE_Auth_Mode is Remote Credential, and XML_Password "
                                  "is empty");
    return challenge(judging, account, "CISCO_XML_EXE_Auth_Mode is Local Credential");
}

static bool pass_xml(struct judging *judging)
{
    return pass_if_on(judging, "Enable_Web_Server", PROVI_HTTP_NOT_FOUND,
                      "Enable_Web_Server is No") &&
           pass_if_on(judging, "CISCO_XML_EXE_Enable", PROVI_HTTP_FORBIDDEN,
                      "CISCO_XML_EXE_Enable is No") &&
           pass_xml_login(judging);
}

static bool drop(struct judging *judging, const char *reason)
{
    provi_verdict_fill(judging->verdict, judging->action->door, PROV_DECISION_DROP, 0, 0, reason);
    return false;
}

/* Over TCP and TLS, the phones take SIP from their proxies alone, whatever the parameter says. */
static bool pass_proxy(struct judging *judging)
{
    bool is_blocked = false;
    if (judging->client->is_from_proxy)
        return true;
    if (judging->client->is_stream)
        return drop(judging, "not from a proxy of the line, over TCP or TLS");
    if (!read_bool(judging, "Block_Nonproxy_SIP", 0, &is_blocked))
        return false;
    return !is_blocked || drop(judging, "Block_Nonproxy_SIP is Yes");
}

/* A factory reset is never for strangers. */
static bool pass_line_login(struct judging *judging)
{
    const struct prov_action_client *client = judging->client;
    bool needs_login = true;
    if (client->line == 0)
        return refuse(judging, PROVI_HTTP_NOT_FOUND, "no line has this user");
    if (judging->action->kind == PROV_ACTION_FACTORY_RESET) {
        return client->login == PROV_LOGIN_GOOD ||
               challenge(judging, PROV_ACCOUNT_LINE, "a factory reset needs a login");
    }
    if (!read_bool(judging, "Auth_Resync-Reboot_n_", client->line, &needs_login))
        return false;
    return !needs_login || client->login == PROV_LOGIN_GOOD ||
           challenge(judging, PROV_ACCOUNT_LINE, "Auth_Resync-Reboot_n_ is Yes");
}

static bool pass_notify(struct judging *judging)
{
    return pass_proxy(judging) && pass_line_login(judging);
}

/* No source has Upgrade: among the URIs of phones. */
static bool pass_uri(struct judging *judging)
{
    const prov_str scheme = PROVI_LIT("Upgrade:");
    prov_str text = judging->action->text;
    if (text.len > scheme.len)
        text.len = scheme.len;
    return !provi_str_eq_nocase(text, scheme) ||
           refuse_item(judging, PROVI_HTTP_FORBIDDEN, "phones have no URI Upgrade:");
}

/*
 * The server of a plain URL, or the client where it names none. The fetch checks the servers of all
 * rules, and of redirects; here the client gets an answer at once.
 */
static bool pass_server(struct judging *judging)
{
    const struct prov_action *action = judging->action;
    struct provi_url url;
    struct provi_url_fault fault;
    struct prov_error error = {0};
    char buf[MAX_LIST];
    prov_str list;
    if (action->rule.len == 0 || !provi_url_split(action->rule, true, &url, &fault))
        return true;
    const prov_str server = url.host.len ? url.host : action->requester;
    if (server.len == 0 || provi_str_find(server, '$') < server.len ||
        provi_str_is(url.scheme, "gds"))
        return true;
    prov_status status = provi_action_setting(judging->params, "Restricted_Access_Domains", 0, buf,
                                              sizeof buf, &list, &error);
    if (status == PROV_E_LIMIT)
        return true;
    if (status != PROV_OK) {
        provi_error_copy(judging->err, &error);
        return refuse_unreadable(judging);
    }
    return provi_server_is_listed(list, server) ||
           refuse_item(judging, PROVI_HTTP_FORBIDDEN,
                       "its server is not among Restricted_Access_Domains");
}

static bool pass_kind(struct judging *judging)
{
    const struct prov_action *action = judging->action;
    switch (action->kind) {
    case PROV_ACTION_RESYNC:
        return pass_item_if_on(judging, "Provision_Enable", "Provision_Enable is No") &&
               (action->door != PROV_DOOR_NOTIFY ||
                pass_item_if_on(judging, "Resync_From_SIP", "Resync_From_SIP is No")) &&
               pass_server(judging);
    case PROV_ACTION_PROFILE:
        return pass_item_if_on(judging, "Provision_Enable", "Provision_Enable is No");
    case PROV_ACTION_UPGRADE:
        return pass_item_if_on(judging, "Upgrade_Enable", "Upgrade_Enable is No") &&
               pass_server(judging);
    case PROV_ACTION_UPDATE_CA: return pass_server(judging);
    case PROV_ACTION_URI: return pass_uri(judging);
    default: return true;
    }
}

static bool pass_priority(struct judging *judging)
{
    enum { ONLY_IF_IDLE = 2 };
    const bool is_refused = judging->action->priority >= ONLY_IF_IDLE && judging->client->is_busy;
    return !is_refused ||
           refuse_item(judging, PROVI_SIP_BUSY, "a call is active, and Priority is 2");
}

static bool is_of_host(uint32_t kind)
{
    return kind == PROV_ACTION_COLD_RESTART || kind == PROV_ACTION_WARM_RESTART ||
           kind == PROV_ACTION_FACTORY_RESET || kind == PROV_ACTION_FILE || kind == PROV_ACTION_URI;
}

static void judge(struct judging *judging)
{
    static bool (*const pass_door[])(struct judging *) = {
        [PROV_DOOR_URL] = pass_url, [PROV_DOOR_XML] = pass_xml, [PROV_DOOR_NOTIFY] = pass_notify};
    const struct prov_action *action = judging->action;
    if (!pass_door[action->door](judging) || !pass_kind(judging) || !pass_priority(judging))
        return;
    const char *reason = "accepted";
    if (action->flags & PROV_ACTION_IGNORED_PARAMETER)
        reason = "accepted; its parameter is ignored";
    if (action->kind == PROV_ACTION_NONE)
        reason = "accepted; there is nothing to do";
    provi_verdict_fill(judging->verdict, action->door,
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

prov_status prov_action_judge(const struct prov_action *action,
                              const struct prov_action_client *client,
                              const struct prov_param_source *params, struct prov_verdict *out,
                              struct prov_error *err)
{
    struct prov_action own;
    struct prov_action_client own_client;
    struct prov_verdict verdict = {.size = sizeof verdict};
    struct judging judging = {&own, &own_client, params, &verdict, err};
    if (!action || !out)
        return provi_fail_invalid(err, action ? "out" : "action");
    prov_status status = provi_abi_in(&own, sizeof own, action, err);
    if (status == PROV_OK)
        status = provi_abi_in(&own_client, sizeof own_client, client, err);
    if (status != PROV_OK)
        return status;
    if (!is_sound(&own, &own_client))
        return provi_fail_invalid(err, "action or client: a number or text of no use");
    judge(&judging);
    if (provi_abi_out(out, &verdict, sizeof verdict) != PROV_OK)
        return provi_fail(err, PROV_E_ABI, "out.size: expected sizeof(struct prov_verdict)");
    return PROV_OK;
}
