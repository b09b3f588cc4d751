/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web/action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#include "door.h"
#include "web/answer.h"
#include "web/login.h"
#include "web/origin.h"
#include "web/site.h"
#include "web/xml.h"

static const char cisco_target[] = "/CGI/Execute";

static bool is_method(const struct web_request *request, const char *method)
{
    return strcmp(request->method.data, method) == 0;
}

/* @return As prov_action_from_url(). */
static prov_status read_action(struct web_request *request, struct prov_error *err)
{
    struct prov_action *action = &request->action;
    prov_str target = prov_str_from(request->target);
    *action = (struct prov_action){.size = sizeof *action};
    if (strcmp(request->target, cisco_target) == 0) {
        action->door = PROV_DOOR_XML;
        action->kind = PROV_ACTION_DOCUMENT;
        action->requester = prov_str_from(request->requester);
        return is_method(request, "POST") ? PROV_OK : PROV_E_UNSUPPORTED;
    }
    request->decoded = malloc(target.len);
    return request->decoded
               ? prov_action_from_url(request->method, target, prov_str_from(request->requester),
                                      request->decoded, target.len, action, err)
               : PROV_E_NOMEM;
}

static enum MHD_Result refuse_unreadable(struct web_request *request, prov_status status,
                                         const struct prov_error *err)
{
    char line[512];
    struct prov_verdict verdict = {.size = sizeof verdict};
    prov_action_refuse(PROV_DOOR_URL, status, &verdict);
    return answer_page(request, verdict.http_status,
                       err->message[0] ? text_error(err, line, sizeof line) : NULL);
}

static enum MHD_Result answer_verdict(struct web_request *request)
{
    const struct prov_verdict *verdict = &request->verdict;
    if (login_is_open_door(request))
        return answer_page(request, MHD_HTTP_FORBIDDEN, login_open_door);
    if (verdict->cisco_error)
        return xml_answer_error(request, verdict->http_status, verdict->cisco_error,
                                verdict->reason);
    return answer_page(request, verdict->http_status, verdict->reason);
}

/* Begin a request for a path that is not an action. @return As action_begin(). */
static bool begin_page(struct web_request *request, enum MHD_Result *result)
{
    static const struct {
        const char *path, *type;
        const struct page_piece *template;
    } files[] = {
        {"/page.js", "text/javascript; charset=utf-8", page_page_js},
        {"/style.css", "text/css; charset=utf-8", page_style_css},
    };
    bool is_get = is_method(request, "GET") || is_method(request, "HEAD");
    if (site_find(request))
        return site_begin(request, result);
    for (size_t i = 0; i < sizeof files / sizeof files[0]; i++) {
        if (strcmp(request->target, files[i].path) != 0)
            continue;
        *result = is_get ? answer_file(request, files[i].type, files[i].template)
                         : answer_page(request, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
        return false;
    }
    *result = answer_page(request, MHD_HTTP_NOT_FOUND, NULL);
    return false;
}

bool action_begin(struct web_request *request, enum MHD_Result *result)
{
    struct prov_error err = {0};
    if (!origin_is_own(request)) {
        *result = answer_page(request, MHD_HTTP_FORBIDDEN,
                              "A page of another host has sent this request, or it is for a name "
                              "that is not the phone's.");
        return false;
    }
    prov_status status = read_action(request, &err);
    request->has_action = status == PROV_OK;
    if (status == PROV_E_NOT_FOUND)
        return begin_page(request, result);
    if (status != PROV_OK) {
        *result = refuse_unreadable(request, status, &err);
        return false;
    }
    int64_t delay_ms = login_check(request);
    if (delay_ms > 0)
        *result = answer_wait(request, delay_ms);
    else if (!door_is_obeyed(&request->verdict) || login_is_open_door(request))
        *result = answer_verdict(request);
    else
        return true;
    return false;
}

static prov_status put(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)err;
    return fwrite(data, 1, len, ctx) == len ? PROV_OK : PROV_E_NOMEM;
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

/* Answer `cfg.xml` or `status.xml`. */
static enum MHD_Result answer_snapshot(struct web_request *request)
{
    char *text = NULL;
    size_t len = 0;
    prov_agent *agent = request->web->phone->agent;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return MHD_NO;
    const struct prov_sink sink = {.write = put, .finish = finish, .ctx = out};
    const struct prov_report_host host = host_report(request->web->phone);
    prov_status status = request->action.kind == PROV_ACTION_CFG_XML
                             ? prov_agent_write_config(agent, sink, NULL)
                             : prov_agent_write_status(agent, &host, sink, NULL);
    if (fclose(out) == 0 && status == PROV_OK)
        return answer_send(request, MHD_HTTP_OK, "text/xml; charset=utf-8", text, len);
    free(text);
    return answer_page(request, MHD_HTTP_INTERNAL_SERVER_ERROR, prov_status_text(status));
}

static enum MHD_Result apply_profile(struct web_request *request)
{
    struct prov_error err = {0};
    const struct prov_agent_profile profile = {
        .size = sizeof profile,
        .cause = PROV_CAUSE_URL,
        .body = {request->body ? request->body : "", request->body_len},
    };
    prov_status status = prov_agent_apply(request->web->phone->agent, &profile, NULL, &err);
    return status == PROV_OK ? answer_page(request, MHD_HTTP_OK, NULL)
                             : refuse_unreadable(request, status, &err);
}

static enum MHD_Result act(struct web_request *request)
{
    struct prov_error err = {0};
    prov_status status =
        door_act(request->web->phone, &request->action, &request->client, &request->verdict, &err);
    return status == PROV_OK ? answer_verdict(request) : refuse_unreadable(request, status, &err);
}

enum MHD_Result action_run(struct web_request *request)
{
    if (request->page)
        return site_run(request);
    switch (request->action.kind) {
    case PROV_ACTION_DOCUMENT: return xml_run(request);
    case PROV_ACTION_CFG_XML:
    case PROV_ACTION_STATUS_XML: return answer_snapshot(request);
    case PROV_ACTION_PROFILE: return apply_profile(request);
    default: return act(request);
    }
}
