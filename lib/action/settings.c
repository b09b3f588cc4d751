/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/action_priv.h"

#include <provision/catalogue.h>

#include <stdio.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

enum { MAX_NAME = 48 };

prov_status provi_action_setting(const struct prov_param_source *params, const char *name,
                                 uint32_t line, char *buf, size_t cap, prov_str *value,
                                 struct prov_error *err)
{
    char own_name[MAX_NAME];
    size_t len = 0;
    if (line)
        snprintf(own_name, sizeof own_name, "%.*s%u_", (int)strlen(name) - 2, name, (unsigned)line);
    else
        snprintf(own_name, sizeof own_name, "%s", name);
    const prov_str found = prov_str_from(own_name);
    prov_status status =
        params && params->get ? params->get(params->ctx, found, buf, cap, &len) : PROV_E_NOT_FOUND;
    if (status == PROV_E_NOT_FOUND) {
        *value = prov_str_from(prov_catalogue_default(prov_catalogue_find(found, NULL), NULL));
        return PROV_OK;
    }
    if (status == PROV_OK && len <= cap) {
        *value = (prov_str){buf, len};
        return PROV_OK;
    }
    const int32_t native = provi_status_is_known(status) ? 0 : status;
    if (native)
        status = PROV_E_HOST;
    else if (status == PROV_OK)
        status = PROV_E_LIMIT;
    provi_fail(err, status, "cannot be read: %s", prov_status_text(status));
    if (native)
        provi_error_native(err, PROV_ORIGIN_HOST, native);
    provi_error_subject(err, found);
    return status;
}

/* Name and password of each account: static, or a parameter. */
static const struct {
    char uid[6];
    char uid_name[14];
    char pwd_name[15];
} accounts[] = {
    [PROV_ACCOUNT_ADMIN] = {.uid = "admin", .pwd_name = "Admin_Password"},
    [PROV_ACCOUNT_USER] = {.uid = "user", .pwd_name = "User_Password"},
    [PROV_ACCOUNT_XML] = {.uid_name = "XML_User_Name", .pwd_name = "XML_Password"},
    [PROV_ACCOUNT_LINE] = {.uid_name = "User_ID_n_", .pwd_name = "Password_n_"},
};

/* Read the name in the login of a line. */
static prov_status read_line_user(const struct prov_param_source *params, uint32_t line, char *buf,
                                  size_t cap, prov_str *uid, struct prov_error *err)
{
    bool has_own = false;
    prov_str use;
    prov_status status = provi_action_setting(params, "Use_Auth_ID_n_", line, buf, cap, &use, err);
    if (status == PROV_OK && prov_value_bool(use, &has_own) && has_own)
        status = provi_action_setting(params, "Auth_ID_n_", line, buf, cap, uid, err);
    if (status != PROV_OK || uid->len)
        return status;
    return provi_action_setting(params, accounts[PROV_ACCOUNT_LINE].uid_name, line, buf, cap, uid,
                                err);
}

prov_status prov_action_account(uint32_t account, uint32_t line,
                                const struct prov_param_source *params, char *buf, size_t cap,
                                prov_str *uid, prov_str *pwd, struct prov_error *err)
{
    const bool is_line = account == PROV_ACCOUNT_LINE;
    if (!buf || !uid || !pwd || account == PROV_ACCOUNT_NONE || account >= PROVI_LEN(accounts) ||
        is_line != (line > 0))
        return provi_fail_invalid(err, "account, line, buf, uid or pwd");
    prov_status status = PROV_OK;
    size_t used = 0;
    *uid = prov_str_from(accounts[account].uid);
    if (uid->len == 0) {
        status = is_line ? read_line_user(params, line, buf, cap, uid, err)
                         : provi_action_setting(params, accounts[account].uid_name, 0, buf, cap,
                                                uid, err);
        used = uid->len; /* 0 of a default: these names have none */
    }
    if (status == PROV_OK)
        status = provi_action_setting(params, accounts[account].pwd_name, line, buf + used,
                                      cap - used, pwd, err);
    return status;
}
