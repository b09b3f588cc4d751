/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/action.h>

#include "action/field.h"
#include "base/abi.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/*
 * Events of servers: Cisco's; `check-sync` of Asterisk, FreeSWITCH, FusionPBX and Wazo; `reboot` of
 * FreePBX and FreeSWITCH; `reboot=true` of FusionPBX, which omits the event's name;
 * `service-control` of FreeSWITCH and Wazo.
 */
static const struct {
    char name[16];
    uint8_t kind;
    bool has_reboot;  /* `;reboot=true` requests a reboot */
    bool has_command; /* the body has the command */
} events[] = {
    {"resync", PROV_ACTION_RESYNC, false, false},
    {"check-sync", PROV_ACTION_RESYNC, true, false},
    {"report", PROV_ACTION_REPORT, false, false},
    {"reboot", PROV_ACTION_REBOOT, false, false},
    {"reboot=true", PROV_ACTION_REBOOT, false, false},
    {"reboot_now", PROV_ACTION_COLD_RESTART, false, false},
    {"restart_now", PROV_ACTION_WARM_RESTART, false, false},
    {"factory-reset", PROV_ACTION_FACTORY_RESET, false, false},
    {"XML-Service", PROV_ACTION_DOCUMENT, false, false},
    {"service-control", PROV_ACTION_NONE, false, true},
};

const char *prov_action_allow_events(void)
{
    return "resync, check-sync, report, reboot, reboot_now, restart_now, XML-Service";
}

/* Read the value of a parameter without its quotes: a token or host (RFC 3261, section 25.1). */
static bool read_value(struct provi_field *field, prov_str *value)
{
    bool has_pairs;
    if (provi_field_has(field, '"'))
        return provi_field_quoted(field, value, &has_pairs);
    size_t start = field->at;
    while (!provi_field_is_done(field) && !provi_field_has(field, ';') &&
           !provi_is_blank(field->text.data[field->at]))
        field->at++;
    *value = (prov_str){field->text.data + start, field->at - start};
    return value->len > 0;
}

/* Read `;name=value;name…`: whether `reboot` is `true`. SIP parameters ignore case. */
static bool read_parameters(struct provi_field *field, bool *is_reboot)
{
    bool was_found = false;
    while (!provi_field_is_done(field)) {
        prov_str value = {NULL, 0};
        if (!provi_field_skip(field, ';'))
            return false;
        provi_field_skip_blanks(field);
        prov_str name = provi_field_token(field);
        provi_field_skip_blanks(field);
        if (provi_field_skip(field, '=')) {
            provi_field_skip_blanks(field);
            if (name.len == 0 || !read_value(field, &value))
                return false;
            provi_field_skip_blanks(field);
        }
        if (!provi_str_eq_nocase(name, PROVI_LIT("reboot")))
            continue;
        if (was_found)
            return false;
        was_found = true;
        *is_reboot = provi_str_eq_nocase(value, PROVI_LIT("true"));
    }
    return true;
}

/* Read the line `action=WORD` of a body, as FreeSWITCH sends it. */
static uint32_t read_command(prov_str body)
{
    const prov_str key = PROVI_LIT("action=");
    prov_str line;
    while (provi_str_split(&body, '\n', &line)) {
        line = provi_str_trim(line);
        if (!provi_str_starts(line, key))
            continue;
        prov_str command = provi_str_from_offset(line, key.len);
        return provi_str_is(command, "restart") ? PROV_ACTION_RESYNC
               : provi_str_is(command, "reset") ? PROV_ACTION_REBOOT
                                                : PROV_ACTION_NONE;
    }
    return PROV_ACTION_NONE;
}

static prov_status fail_unknown(prov_str event, struct prov_error *err)
{
    provi_fail(err, PROV_E_UNSUPPORTED, "expected one of the events ");
    for (size_t i = 0; i < PROVI_LEN(events); i++)
        provi_error_append(err, "%s, ", events[i].name);
    provi_error_append(err, "found %.*s", PROVI_STR(event.len ? event : PROVI_LIT("no event")));
    return PROV_E_UNSUPPORTED;
}

static prov_status read_event(prov_str event, prov_str body, struct prov_action *action,
                              struct prov_error *err)
{
    struct provi_field field = {event, provi_str_find(event, ';')};
    size_t i = 0;
    bool is_reboot = false;
    action->text = provi_str_trim((prov_str){event.data, field.at});
    while (i < PROVI_LEN(events) && !provi_str_is(action->text, events[i].name))
        i++;
    if (i == PROVI_LEN(events))
        return fail_unknown(action->text, err);
    if (!read_parameters(&field, &is_reboot))
        return provi_fail(err, PROV_E_SYNTAX, "expected ;NAME=VALUE after the event %s",
                          events[i].name);
    action->kind = events[i].kind;
    if (events[i].has_reboot && is_reboot)
        action->kind = PROV_ACTION_REBOOT;
    if (events[i].has_command)
        action->kind = read_command(body);
    return PROV_OK;
}

prov_status prov_action_from_notify(prov_str event, prov_str body, prov_str requester,
                                    struct prov_action *out, struct prov_error *err)
{
    struct prov_action action = {
        .size = sizeof action,
        .door = PROV_DOOR_NOTIFY,
        .requester = requester,
    };
    if (!out || !provi_str_is_sound(event) || !provi_str_is_sound(body) ||
        !provi_str_is_sound(requester))
        return provi_fail_invalid(err, "event, body, requester or out");
    if (!event.data)
        return provi_fail(err, PROV_E_NOT_FOUND, "expected the header field Event, found none");
    if (body.len > PROV_ACTION_MAX_DOCUMENT)
        return provi_fail(err, PROV_E_LIMIT, "expected a body of at most %d bytes, found %zu",
                          PROV_ACTION_MAX_DOCUMENT, body.len);
    prov_status status = read_event(event, body, &action, err);
    if (status == PROV_OK && provi_abi_out(out, &action, sizeof action) != PROV_OK)
        return provi_fail(err, PROV_E_ABI, "out.size: expected sizeof(struct prov_action)");
    return status;
}
