/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/action_priv.h"

#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

enum query { IS_IGNORED, IS_RULE };

/* The action URLs of the phones. */
static const struct endpoint {
    char method[5];
    char path[23];
    uint8_t kind;
    uint8_t query; /* enum query */
} endpoints[] = {
    {"GET", "/admin/resync", PROV_ACTION_RESYNC, IS_RULE},
    {"GET", "/admin/upgrade", PROV_ACTION_UPGRADE, IS_RULE},
    {"GET", "/admin/updateca", PROV_ACTION_UPDATE_CA, IS_RULE},
    {"GET", "/admin/reboot", PROV_ACTION_REBOOT, IS_IGNORED},
    {"GET", "/admin/cfg.xml", PROV_ACTION_CFG_XML, IS_IGNORED},
    {"GET", "/admin/spacfg.xml", PROV_ACTION_CFG_XML, IS_IGNORED}, /* its name on SPA phones */
    {"GET", "/admin/status.xml", PROV_ACTION_STATUS_XML, IS_IGNORED},
    {"GET", "/status.xml", PROV_ACTION_STATUS_XML, IS_IGNORED},
    {"POST", "/admin/config.xml", PROV_ACTION_PROFILE, IS_IGNORED},
    {"GET", "/admin/log.tar", PROV_ACTION_FILE, IS_IGNORED},
    {"GET", "/admin/screendump.bmp", PROV_ACTION_FILE, IS_IGNORED},
};

static const struct endpoint *find_endpoint(prov_str path)
{
    for (size_t i = 0; i < PROVI_LEN(endpoints); i++)
        if (provi_str_is(path, endpoints[i].path))
            return &endpoints[i];
    return NULL;
}

prov_status provi_action_decode(prov_str all, prov_str text, enum provi_decode form, char *buf,
                                prov_str *out, struct prov_error *err)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        const size_t place = text.len ? (size_t)(text.data - all.data) + i : 0;
        char c = text.data[i];
        if (c == '%') {
            int byte = provi_hex_byte(text, i + 1);
            if (byte < 0) {
                provi_fail(err, PROV_E_SYNTAX, "expected two hexadecimal digits after \"%%\"");
                provi_error_at(err, all, place);
                return PROV_E_SYNTAX;
            }
            c = (char)byte;
            i += 2;
        } else if (c == '+' && form == PROVI_DECODE_FORM)
            c = ' ';
        if (provi_is_control(c) && form == PROVI_DECODE_URL) {
            provi_fail(err, PROV_E_SYNTAX, "expected no control character, found 0x%02x",
                       (unsigned)(unsigned char)c);
            provi_error_at(err, all, place);
            return PROV_E_SYNTAX;
        }
        buf[n++] = c;
    }
    *out = (prov_str){n ? buf : "", n};
    return PROV_OK;
}

/* Remove the last field from @p text if it is @p name, which ends in '='. */
static bool cut_field(prov_str *text, prov_str name, prov_str *value)
{
    size_t start = text->len;
    while (start > 0 && text->data[start - 1] != '&')
        start--;
    const prov_str field = provi_str_from_offset(*text, start);
    if (!provi_str_starts(field, name))
        return false;
    *value = (prov_str){field.data + name.len, field.len - name.len};
    text->len = start ? start - 1 : 0;
    return true;
}

/* Remove both fields of a login, in any order; a single one is part of the URL. */
static bool cut_login(prov_str *text, prov_str *uid, prov_str *pwd)
{
    static const char names[2][11] = {"xuser=", "xpassword="};
    for (size_t last = 0; last < 2; last++) {
        prov_str rest = *text;
        prov_str values[2];
        if (cut_field(&rest, prov_str_from(names[last]), &values[last]) &&
            cut_field(&rest, prov_str_from(names[1 - last]), &values[1 - last])) {
            *text = rest;
            *uid = values[0];
            *pwd = values[1];
            return true;
        }
    }
    return false;
}

/* Parts of a target, not decoded. */
struct target {
    prov_str path;
    prov_str query;
    prov_str uid;
    prov_str pwd;
    bool has_login;
};

/* RFC 9112, section 3.2: a target may be an absolute URL. */
static prov_str without_authority(prov_str target)
{
    static const char schemes[2][9] = {"http://", "https://"};
    for (size_t i = 0; i < PROVI_LEN(schemes); i++) {
        prov_str scheme = prov_str_from(schemes[i]);
        if (provi_str_starts(target, scheme)) {
            prov_str rest = provi_str_from_offset(target, scheme.len);
            return provi_str_from_offset(rest, provi_str_find(rest, '/'));
        }
    }
    return target;
}

static void divide(prov_str text, struct target *target)
{
    text = without_authority(text);
    size_t mark = provi_str_find(text, '?');
    *target = (struct target){
        .path = {text.data, mark},
        .query = provi_str_from_offset(text, mark + 1),
    };
    target->has_login = cut_login(&target->query, &target->uid, &target->pwd) ||
                        cut_login(&target->path, &target->uid, &target->pwd);
}

/* Decode the texts of a target one after another into the caller's buffer. */
static prov_status read_texts(prov_str all, const struct target *target, char *buf,
                              struct prov_action *action, struct prov_error *err)
{
    prov_str rule = {NULL, 0};
    prov_status status = provi_action_decode(all, target->query, PROVI_DECODE_URL, buf, &rule, err);
    buf += target->query.len;
    if (status == PROV_OK)
        status = provi_action_decode(all, target->uid, PROVI_DECODE_URL, buf, &action->uid, err);
    buf += target->uid.len;
    if (status == PROV_OK)
        status = provi_action_decode(all, target->pwd, PROVI_DECODE_URL, buf, &action->pwd, err);
    action->rule = provi_str_trim(rule);
    return status;
}

static prov_str name_of(const struct endpoint *endpoint)
{
    const prov_str path = prov_str_from(endpoint->path);
    const size_t start = provi_str_starts(path, PROVI_LIT("/admin/")) ? strlen("/admin/") : 1;
    return provi_str_from_offset(path, start);
}

static prov_status read_url(prov_str method, prov_str text, char *buf, size_t cap,
                            struct prov_action *action, struct prov_error *err)
{
    struct target target;
    prov_str path;
    if (cap < text.len)
        return provi_fail(err, PROV_E_LIMIT, "request target of %zu bytes, at most %zu", text.len,
                          cap);
    divide(text, &target);
    prov_status status = provi_action_decode(text, target.path, PROVI_DECODE_URL, buf, &path, err);
    if (status != PROV_OK)
        return status;
    const struct endpoint *endpoint = find_endpoint(path);
    if (!endpoint)
        return provi_fail(err, PROV_E_NOT_FOUND, "expected an action URL, such as /admin/resync");
    if (!provi_str_is(method, endpoint->method))
        return provi_fail(err, PROV_E_UNSUPPORTED, "%s: expected %s, found %.*s", endpoint->path,
                          endpoint->method, PROVI_STR(method));
    status = read_texts(text, &target, buf, action, err);
    if (status != PROV_OK)
        return status;
    action->kind = endpoint->kind;
    action->text = name_of(endpoint);
    if (target.has_login)
        action->flags |= PROV_ACTION_HAS_LOGIN;
    if (action->rule.len && endpoint->query == IS_IGNORED) {
        action->flags |= PROV_ACTION_IGNORED_PARAMETER;
        action->rule = PROVI_LIT("");
    }
    return PROV_OK;
}

prov_status prov_action_from_url(prov_str method, prov_str target, prov_str requester, char *buf,
                                 size_t cap, struct prov_action *out, struct prov_error *err)
{
    struct prov_action action = {
        .size = sizeof action, .door = PROV_DOOR_URL, .requester = requester};
    if (!provi_str_is_sound(method) || !provi_str_is_sound(target) ||
        !provi_str_is_sound(requester) || !out || (!buf && cap))
        return provi_fail_invalid(err, "method, target, requester, buf or out");
    if (!provi_abi_is_size(out->size))
        return provi_fail(err, PROV_E_ABI, "out.size: expected sizeof(struct prov_action)");
    prov_status status = read_url(method, target, buf, cap, &action, err);
    return status == PROV_OK ? provi_abi_out(out, &action, sizeof action) : status;
}
