/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/action_priv.h"

#include "base/abi.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "macro/secrets.h"
#include "profile/xml_text.h"

void provi_verdict_fill(struct prov_verdict *verdict, uint32_t door, uint32_t decision,
                        uint32_t http, uint32_t sip, const char *reason)
{
    verdict->decision = decision;
    verdict->http_status = door == PROV_DOOR_NOTIFY ? 0 : http;
    verdict->sip_status = door == PROV_DOOR_NOTIFY ? sip : 0;
    verdict->item_status = decision != PROV_DECISION_OBEY;
    verdict->reason = reason;
}

/* Answers to requests that cannot be read or applied. */
static const struct {
    int16_t status;
    uint16_t http;
    uint16_t sip;
    uint8_t cisco;
} failures[] = {
    {PROV_E_SYNTAX, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_PARSE},
    {PROV_E_CORRUPT, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_PARSE},
    {PROV_E_TRUNCATED, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_PARSE},
    {PROV_E_VALUE, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_FRAMING},
    {PROV_E_KEY, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_PARSE},
    {PROV_E_NO_KEY, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_PARSE},
    {PROV_E_NOT_ENCRYPTED, PROVI_HTTP_BAD_REQUEST, PROVI_HTTP_BAD_REQUEST, PROVI_CISCO_PARSE},
    {PROV_E_POLICY, PROVI_HTTP_FORBIDDEN, PROVI_HTTP_FORBIDDEN, PROVI_CISCO_INTERNAL},
    {PROV_E_NOT_FOUND, PROVI_HTTP_NOT_FOUND, PROVI_SIP_BAD_EVENT, PROVI_CISCO_INTERNAL},
    {PROV_E_UNSUPPORTED, PROVI_HTTP_BAD_METHOD, PROVI_SIP_BAD_EVENT, PROVI_CISCO_INTERNAL},
    {PROV_E_QUARANTINED, PROVI_HTTP_CONFLICT, PROVI_HTTP_ERROR, PROVI_CISCO_INTERNAL},
    {PROV_E_LIMIT, PROVI_HTTP_TOO_LARGE, PROVI_HTTP_TOO_LARGE, PROVI_CISCO_PARSE},
    {PROV_E_STATE, PROVI_HTTP_UNAVAILABLE, PROVI_HTTP_UNAVAILABLE, PROVI_CISCO_INTERNAL},
    {PROV_E_BUSY, PROVI_HTTP_UNAVAILABLE, PROVI_HTTP_UNAVAILABLE, PROVI_CISCO_INTERNAL},
    {PROV_E_NOMEM, PROVI_HTTP_UNAVAILABLE, PROVI_HTTP_UNAVAILABLE, PROVI_CISCO_INTERNAL},
};

prov_status prov_action_refuse(uint32_t door, prov_status status, struct prov_verdict *out)
{
    struct prov_verdict verdict = {.size = sizeof verdict};
    uint32_t http = PROVI_HTTP_ERROR, sip = PROVI_HTTP_ERROR, cisco = PROVI_CISCO_INTERNAL;
    if (!out || door < PROV_DOOR_URL || door > PROV_DOOR_NOTIFY || status == PROV_OK)
        return PROV_E_INVALID;
    for (size_t i = 0; i < PROVI_LEN(failures); i++)
        if (failures[i].status == status) {
            http = failures[i].http;
            sip = failures[i].sip;
            cisco = failures[i].cisco;
        }
    /* The phones send a Cisco XML answer document with status 200. */
    if (door == PROV_DOOR_XML && http == PROVI_HTTP_BAD_REQUEST)
        http = PROVI_HTTP_OK;
    provi_verdict_fill(&verdict, door, PROV_DECISION_REFUSE, http, sip, prov_status_text(status));
    verdict.cisco_error = door == PROV_DOOR_XML ? cisco : 0;
    return provi_abi_out(out, &verdict, sizeof verdict);
}

#define DECLARATION "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"

enum { MAX_NUMBER = 4 };

/* A character that XML cannot contain becomes a question mark. */
static void add_escaped(struct provi_text *out, prov_str text)
{
    while (text.len) {
        const size_t len = provi_xml_char_len(text);
        const prov_str c = {text.data, len ? len : 1};
        text = provi_str_from_offset(text, c.len);
        const char *escape = provi_xml_escape(c.data[0]);
        if (!provi_xml_is_one_line(c))
            provi_text_add_char(out, '?');
        else
            provi_text_add(out, escape ? prov_str_from(escape) : c);
    }
}

static void add_masked(struct provi_text *out, prov_str text)
{
    struct provi_secrets secrets = {.text = text};
    struct provi_span span;
    size_t at = 0;
    while (provi_secrets_next(&secrets, &span)) {
        add_escaped(out, (prov_str){text.data + at, span.start - at});
        provi_text_puts(out, PROVI_MASK);
        at = span.end;
    }
    add_escaped(out, provi_str_from_offset(text, at));
}

/* The size of an item is that of the caller's release. */
static prov_status copy_item(void *to, size_t known, const void *array, size_t size, size_t i,
                             struct prov_error *err)
{
    if (!provi_abi_is_size(size))
        return provi_fail(err, PROV_E_ABI, "size: expected sizeof the struct, found %zu", size);
    return provi_abi_in(to, known, (const char *)array + i * size, err);
}

static prov_status add_item(struct provi_text *out, const struct prov_action *items,
                            const struct prov_verdict *verdicts, size_t i, struct prov_error *err)
{
    struct prov_action item = {.size = 0};
    struct prov_verdict verdict = {.size = 0};
    prov_status status = copy_item(&item, sizeof item, items, items->size, i, err);
    if (status == PROV_OK)
        status = copy_item(&verdict, sizeof verdict, verdicts, verdicts->size, i, err);
    if (status != PROV_OK)
        return status;
    if (!provi_str_is_sound(item.text))
        return provi_fail_invalid(err, "items.text");
    provi_text_puts(out, "<ResponseItem URL=\"");
    add_masked(out, item.text);
    provi_text_puts(out, "\" Data=\"");
    add_escaped(out, prov_str_from(verdict.reason));
    provi_text_puts(out, "\" Status=\"");
    provi_text_add_number(out, verdict.item_status);
    provi_text_puts(out, "\"/>\n");
    return PROV_OK;
}

prov_status prov_action_answer_items(const struct prov_action *items,
                                     const struct prov_verdict *verdicts, size_t n, char *buf,
                                     size_t cap, size_t *len, struct prov_error *err)
{
    if (!items || !verdicts || n == 0 || n > PROV_ACTION_MAX_ITEMS || (!buf && cap) || !len)
        return provi_fail_invalid(err, "items, verdicts, n, buf or len");
    struct provi_text out = {.buf = buf, .cap = cap};
    provi_text_puts(&out, DECLARATION "<CiscoIPPhoneResponse>\n");
    for (size_t i = 0; i < n; i++) {
        prov_status status = add_item(&out, items, verdicts, i, err);
        if (status != PROV_OK)
            return status;
    }
    provi_text_puts(&out, "</CiscoIPPhoneResponse>\n");
    prov_status status = provi_text_end(&out, len);
    return status == PROV_OK
               ? PROV_OK
               : provi_fail(err, status, "answer of %zu bytes, at most %zu with a NUL", *len, cap);
}

prov_status prov_action_answer_error(uint32_t number, prov_str reason, char *buf, size_t cap,
                                     size_t *len)
{
    if (number == 0 || number > MAX_NUMBER || !provi_str_is_sound(reason) || (!buf && cap) || !len)
        return PROV_E_INVALID;
    struct provi_text out = {.buf = buf, .cap = cap};
    provi_text_puts(&out, DECLARATION "<CiscoIPPhoneError Number=\"");
    provi_text_add_number(&out, number);
    provi_text_puts(&out, reason.len ? "\">" : "\"/>\n");
    add_escaped(&out, reason);
    if (reason.len)
        provi_text_puts(&out, "</CiscoIPPhoneError>\n");
    return provi_text_end(&out, len);
}
