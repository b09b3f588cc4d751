/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/priv.h"

#include <stdio.h>

#include "common/json_event.h"
#include "common/text.h"

enum { WORD_CAP = 48, LINE_CAP = 512 };

/* Limit the number of lines, so that a storm does not fill the log. */
static bool is_shown(struct sip *sip)
{
    char line[LINE_CAP];
    int64_t now_ms = clock_machine_ms();
    if (now_ms - sip->report_from_ms >= 1000) {
        if (sip->n_reports > SIP_REPORTS) {
            snprintf(line, sizeof line, "SIP: %u more messages, not shown",
                     (unsigned)(sip->n_reports - SIP_REPORTS));
            host_note(sip->phone, line);
        }
        sip->report_from_ms = now_ms;
        sip->n_reports = 0;
    }
    return ++sip->n_reports <= SIP_REPORTS;
}

/* Method and event are from the sender: cut them, and remove control characters. */
static const char *clean(const char *text, char buf[WORD_CAP])
{
    return text_clean(prov_str_from(text ? text : ""), buf, WORD_CAP);
}

/* Write `Resync_From_SIP is No`, `… is Yes; expected …, found …`; empty: nothing. */
static const char *explain(const struct sip_answer *answer, char buf[LINE_CAP])
{
    char detail[LINE_CAP / 2];
    const char *why = answer->why ? answer->why : "";
    text_clean(prov_str_from(answer->detail), detail, sizeof detail);
    snprintf(buf, LINE_CAP, "%s%s%s", why, why[0] && detail[0] ? "; " : "", detail);
    return buf;
}

static void report_text(struct sip *sip, const char *method, const char *event, const char *from,
                        const struct sip_answer *answer)
{
    char line[2 * LINE_CAP], why[LINE_CAP], code[WORD_CAP] = "no answer";
    const char *text = explain(answer, why);
    if (answer->code)
        snprintf(code, sizeof code, "%u %s", answer->code, sip_reason(answer->code));
    snprintf(line, sizeof line, "SIP%s%s%s%s from %s: %s%s%s", method[0] ? " " : "", method,
             event[0] ? " " : "", event, from, code, text[0] ? ", " : "", text);
    host_note(sip->phone, line);
}

static void report_json(const struct sip *sip, const char *method, const char *event,
                        const char *from, const struct sip_answer *answer)
{
    char why[LINE_CAP];
    struct json_object object = json_begin_event(stdout, sip->phone->name, "sip");
    json_add_text_if_set(&object, "method", prov_str_from(method));
    json_add_text_if_set(&object, "name", prov_str_from(event));
    json_add_word(&object, "address", from);
    json_add_number_if_set(&object, "code", answer->code);
    json_add_text_if_set(&object, "message", prov_str_from(explain(answer, why)));
    json_end(&object);
    fputc('\n', stdout);
}

void sip_report(struct sip *sip, const struct sip_peer *peer, const struct sip_message *message,
                const struct sip_answer *answer)
{
    char method[WORD_CAP], event[WORD_CAP], from[LISTEN_TEXT_CAP];
    if (!is_shown(sip))
        return;
    clean(message ? message->osip->sip_method : NULL, method);
    clean(message ? sip_field(message, "event", "o") : NULL, event);
    listen_text(&peer->address, from);
    if (sip->phone->is_json)
        report_json(sip, method, event, from, answer);
    else
        report_text(sip, method, event, from, answer);
}
