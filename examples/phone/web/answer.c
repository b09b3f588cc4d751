/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/answer.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

enum { STATUS_CAP = 64, MAC_CAP = 18, MAX_DISCARDED = 4 * 1024 * 1024 };

/* A page loads nothing from other hosts, must not be framed, and is not stored. */
static const struct {
    const char *name, *value;
} common_fields[] = {
    {"Cache-Control", "no-store"},
    {"Content-Security-Policy",
     "default-src 'none'; style-src 'self'; script-src 'self'; connect-src 'self'; "
     "form-action 'self'; frame-ancestors 'none'; base-uri 'none'"},
    {"Referrer-Policy",
     "same-origin"}, /* with a stricter value, browsers send forms with the Origin null */
    {"X-Content-Type-Options", "nosniff"},
};

static struct MHD_Response *make(char *body, size_t len, const char *type)
{
    struct MHD_Response *response =
        body ? MHD_create_response_from_buffer(len, body, MHD_RESPMEM_MUST_FREE) : NULL;
    if (!response) {
        free(body);
        return NULL;
    }
    MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, type);
    for (size_t i = 0; i < sizeof common_fields / sizeof common_fields[0]; i++)
        MHD_add_response_header(response, common_fields[i].name, common_fields[i].value);
    return response;
}

/* An answer sent after the header ends the connection, and a client that is still sending a body
 * may not read it. So wait for the end of the body, unless it is unusually large. A client that
 * waits for 100 Continue sends no body. */
static bool answers_later(const struct web_request *request)
{
    uint32_t length = 0;
    prov_value_unsigned(request->fields.content_length, &length);
    return !request->is_complete && request->is_sound &&
           (!request_has_body(request) || (!request->fields.expect.len && length <= MAX_DISCARDED));
}

/* The better challenge first: a client uses the first one that it supports (RFC 7616, 3.7). */
static void add_challenges(struct web_request *request, struct MHD_Response *response)
{
    static const uint32_t algorithms[] = {PROV_DIGEST_ALGORITHM_SHA256, PROV_DIGEST_ALGORITHM_MD5};
    char text[PROV_DIGEST_CHALLENGE_MAX];
    size_t len;
    for (size_t i = 0; i < sizeof algorithms / sizeof algorithms[0]; i++)
        if (prov_digest_challenge(&request->web->guard, prov_str_from(WEB_REALM), algorithms[i],
                                  request->verdict.is_stale, clock_machine_ms(), text, sizeof text,
                                  &len, NULL) == PROV_OK)
            MHD_add_response_header(response, MHD_HTTP_HEADER_WWW_AUTHENTICATE, text);
}

/* Without memory for an answer, the connection is closed. */
static enum MHD_Result queue(struct web_request *request, unsigned status,
                             struct MHD_Response *response)
{
    if (!response)
        return MHD_NO;
    if (status == MHD_HTTP_UNAUTHORIZED)
        add_challenges(request, response);
    if (answers_later(request)) {
        request->response = response;
        request->status = status;
        return MHD_YES;
    }
    if (!request->is_complete)
        MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
    enum MHD_Result result = MHD_queue_response(request->connection, status, response);
    MHD_destroy_response(response);
    return result;
}

enum MHD_Result answer_send(struct web_request *request, unsigned status, const char *type,
                            char *body, size_t len)
{
    return queue(request, status, make(body, len, type));
}

/* Values of the pages. */
struct page_context {
    const struct web_request *request;
    const char *reason; /* NULL: none */
    unsigned status;
    char *rule; /* secrets masked; owned, NULL: none */
    char status_text[STATUS_CAP];
    char mac[MAC_CAP];
};

bool answer_common_value(const struct phone *phone, const char *name, char *buf, size_t cap,
                         prov_str *value)
{
    const uint8_t *mac = phone->options->mac;
    const struct {
        const char *name, *value;
    } values[] = {
        {"product", phone->options->model},
        {"mac", buf},
        {"load", phone->sw_version},
        {"lines", phone->has_call ? "a call is active" : "idle"},
        {"when", phone->has_call ? "when the call has ended" : "now"},
    };
    if (strcmp(name, "mac") == 0)
        snprintf(buf, cap, "%02x:%02x:%02x:%02x:%02x:%02x", mac[0], mac[1], mac[2], mac[3], mac[4],
                 mac[5]);
    for (size_t i = 0; i < sizeof values / sizeof values[0]; i++) {
        if (strcmp(name, values[i].name) != 0)
            continue;
        *value = prov_str_from(values[i].value);
        return true;
    }
    return false;
}

static prov_str page_value(void *ctx, const char *name)
{
    struct page_context *page = ctx;
    prov_str value;
    if (strcmp(name, "status") == 0)
        return prov_str_from(page->status_text);
    if (strcmp(name, "rule") == 0)
        return prov_str_from(page->rule ? page->rule : "");
    if (strcmp(name, "reason") == 0)
        return prov_str_from(page->reason ? page->reason : "");
    return answer_common_value(page->request->web->phone, name, page->mac, sizeof page->mac, &value)
               ? value
               : prov_str_from("");
}

static bool page_section(void *ctx, const char *name, size_t index)
{
    const struct page_context *page = ctx;
    const struct prov_action *action = &page->request->action;
    bool is_accepted = page->status < MHD_HTTP_BAD_REQUEST && page->request->has_action;
    uint32_t kind = is_accepted ? action->kind : PROV_ACTION_NONE;
    const struct {
        const char *name;
        bool is_there;
    } sections[] = {
        {"accepted", is_accepted},
        {"refused", page->status >= MHD_HTTP_BAD_REQUEST},
        {"resync", kind == PROV_ACTION_RESYNC},
        {"upgrade", kind == PROV_ACTION_UPGRADE},
        {"updateca", kind == PROV_ACTION_UPDATE_CA},
        {"reboot", kind == PROV_ACTION_REBOOT},
        {"profile", kind == PROV_ACTION_PROFILE},
        {"rule", page->rule != NULL},
        {"ignored", is_accepted && action->flags & PROV_ACTION_IGNORED_PARAMETER},
        {"result", kind == PROV_ACTION_RESYNC || kind == PROV_ACTION_UPGRADE ||
                       kind == PROV_ACTION_UPDATE_CA},
        {"reason", page->reason != NULL && !is_accepted},
    };
    for (size_t i = 0; i < sizeof sections / sizeof sections[0] && index == 0; i++)
        if (strcmp(name, sections[i].name) == 0)
            return sections[i].is_there;
    return false;
}

static struct MHD_Response *make_page(struct web_request *request, unsigned status,
                                      const char *reason, const struct page_piece *template)
{
    struct page_context page = {.request = request, .status = status, .reason = reason};
    const struct page_source source = {&page, page_value, page_section};
    size_t len = 0;
    snprintf(page.status_text, sizeof page.status_text, "%u %s", status,
             MHD_get_reason_phrase_for(status));
    if (request->action.rule.len)
        page.rule = text_redact(request->action.rule);
    char *text = page_write(template, &source, &len);
    free(page.rule);
    return make(text, len, "text/html; charset=utf-8");
}

enum MHD_Result answer_page(struct web_request *request, unsigned status, const char *reason)
{
    return queue(request, status, make_page(request, status, reason, page_answer_html));
}

enum MHD_Result answer_wait(struct web_request *request, int64_t delay_ms)
{
    char seconds[24];
    struct MHD_Response *response = make_page(
        request, MHD_HTTP_TOO_MANY_REQUESTS,
        "Wrong passwords came from this address: wait before the next attempt.", page_answer_html);
    snprintf(seconds, sizeof seconds, "%lld", (long long)(delay_ms + 999) / 1000);
    if (response)
        MHD_add_response_header(response, MHD_HTTP_HEADER_RETRY_AFTER, seconds);
    return queue(request, MHD_HTTP_TOO_MANY_REQUESTS, response);
}

enum MHD_Result answer_file(struct web_request *request, const char *type,
                            const struct page_piece *template)
{
    size_t len = 0;
    char *text = page_write(template, NULL, &len);
    return queue(request, MHD_HTTP_OK, make(text, len, type));
}
