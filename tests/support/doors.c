/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "doors.h"

#include <provision/names.h>

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/str.h"

#define STR(text) (int)(text).len, (text).data ? (text).data : ""

/* A callback that cannot return a failure. */
static prov_status get(void *ctx, prov_str name, char *buf, size_t cap, size_t *len)
{
    const struct vector *vector = ctx;
    for (size_t i = 0; i < vector->n_fields; i++) {
        prov_str value = vector->fields[i].value;
        const size_t equals = provi_str_find(value, '=');
        if (provi_str_is(vector->fields[i].key, "unreadable") && provi_str_eq(value, name))
            return PROV_E_IO;
        if (!provi_str_is(vector->fields[i].key, "set") ||
            !provi_str_eq((prov_str){value.data, equals}, name))
            continue;
        value = provi_str_from_offset(value, equals + 1);
        *len = value.len;
        if (value.len > cap)
            return PROV_E_LIMIT;
        if (value.len)
            memcpy(buf, value.data, value.len);
        return PROV_OK;
    }
    return PROV_E_NOT_FOUND;
}

struct prov_param_source door_settings(const struct vector *vector)
{
    union {
        const struct vector *given;
        void *ctx;
    } both = {vector};
    return (struct prov_param_source){get, both.ctx};
}

static uint32_t read_login(const struct vector *vector, prov_str name)
{
    for (uint32_t login = PROV_LOGIN_NONE; login <= PROV_LOGIN_USER; login++)
        if (provi_str_is(name, prov_login_name(login)))
            return login;
    vector_die(vector, "no such login: %.*s", STR(name));
}

void door_client(const struct vector *vector, struct prov_action_client *client)
{
    *client = (struct prov_action_client){.size = sizeof *client};
    for (size_t i = 0; i < vector->n_fields; i++) {
        const prov_str key = vector->fields[i].key, value = vector->fields[i].value;
        const size_t colon = provi_str_find(value, ':');
        uint64_t line;
        if (provi_str_is(key, "login"))
            client->login = read_login(vector, value);
        if (provi_str_is(key, "basic")) {
            client->uid = (prov_str){value.data, colon};
            client->pwd = provi_str_from_offset(value, colon + 1);
        }
        if (provi_str_is(key, "line") && provi_str_to_u64(value, 999, &line))
            client->line = (uint32_t)line;
        if (provi_str_is(key, "is")) {
            client->is_busy |= provi_str_is(value, "busy");
            client->is_from_proxy |= provi_str_is(value, "from-proxy");
            client->is_stream |= provi_str_is(value, "stream");
        }
    }
}

__attribute__((format(printf, 2, 3))) static void add(char out[DOOR_LINE], const char *format, ...)
{
    const size_t len = strlen(out);
    va_list args;
    va_start(args, format);
    int n = vsnprintf(out + len, DOOR_LINE - len, format, args);
    va_end(args);
    if (n < 0 || (size_t)n >= DOOR_LINE - len)
        abort();
}

void door_describe_action(const struct prov_action *action, char out[DOOR_LINE])
{
    out[0] = '\0';
    add(out, "%s", prov_action_kind_name(action->kind));
    if (action->rule.len)
        add(out, " by %.*s", STR(action->rule));
    if (action->kind == PROV_ACTION_FILE || action->kind == PROV_ACTION_URI ||
        action->kind == PROV_ACTION_NONE)
        add(out, " as %.*s", STR(action->text));
    if (action->flags & PROV_ACTION_HAS_LOGIN)
        add(out, " for %.*s/%.*s", STR(action->uid), STR(action->pwd));
    if (action->priority)
        add(out, " priority %u", (unsigned)action->priority);
    if (action->flags & PROV_ACTION_IGNORED_PARAMETER)
        add(out, " ignored");
}

void door_describe_verdict(const struct prov_verdict *verdict, char out[DOOR_LINE])
{
    out[0] = '\0';
    add(out, "%s", prov_decision_name(verdict->decision));
    if (verdict->http_status || verdict->sip_status)
        add(out, " %u", (unsigned)(verdict->http_status + verdict->sip_status));
    if (verdict->account)
        add(out, " %s", prov_account_name(verdict->account));
    if (verdict->is_login_failed)
        add(out, " failed");
    if (verdict->is_stale)
        add(out, " stale");
    if (verdict->is_unprotected)
        add(out, " unprotected");
    if (verdict->cisco_error)
        add(out, " error %u", (unsigned)verdict->cisco_error);
    if (verdict->item_status && verdict->decision != PROV_DECISION_REFUSE)
        add(out, " status %u", (unsigned)verdict->item_status);
    add(out, ": %s", verdict->reason);
}

void door_describe_error(const struct prov_error *error, char out[DOOR_LINE])
{
    out[0] = '\0';
    add(out, "%s", prov_status_name(error->status));
    if (error->line)
        add(out, " at %llu", (unsigned long long)error->offset);
    if (error->subject[0])
        add(out, " %s", error->subject);
    add(out, ": %s", error->message);
}

void door_expect(const struct vector *vector, const char *key, const char *found)
{
    const prov_str expected = vector_get(vector, key);
    if (!provi_str_is(expected, found))
        vector_die(vector, "%s\nexpected: %.*s\n   found: %s", key, STR(expected), found);
}
