/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "web_action.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"

#include "door.h"
#include "web_answer.h"
#include "web_login.h"
#include "web_origin.h"
#include "web_xml.h"

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
    struct prov_verdict verdict = {.size = sizeof verdict};
    prov_action_refuse(PROV_DOOR_URL, status, &verdict);
    return answer_page(request, verdict.http_status, err->message[0] ? err->message : NULL);
}

/* Nobody has to log in here: harmless on this machine, an open door in a network (X13). */
static bool is_open_door(const struct web_request *request)
{
    return request->verdict.is_unprotected && !request->web->phone->options->is_http_open &&
           !listen_is_loopback(request_client(request));
}

static enum MHD_Result answer_verdict(struct web_request *request)
{
    const struct prov_verdict *verdict = &request->verdict;
    if (is_open_door(request))
        return answer_page(request, MHD_HTTP_FORBIDDEN,
                           "A password is expected from other machines, and none is set.");
    if (verdict->cisco_error)
        return xml_answer_error(request, verdict->http_status, verdict->cisco_error,
                                verdict->reason);
    return answer_page(request, verdict->http_status, verdict->reason);
}

static bool has_pages(const struct phone *phone)
{
    bool is_set, is_on = true;
    char *value = parameter_get(phone->store, prov_str_from("Enable_Web_Server"),
                                phone->options->dialect, &is_set);
    if (value)
        prov_value_bool(prov_str_from(value), &is_on);
    free(value);
    return is_on;
}

/* The paths that are no actions. */
static enum MHD_Result answer_path(struct web_request *request)
{
    bool is_page = strcmp(request->target, "/") == 0;
    bool is_style = strcmp(request->target, "/style.css") == 0;
    if ((!is_page && !is_style) || !has_pages(request->web->phone))
        return answer_page(request, MHD_HTTP_NOT_FOUND, NULL);
    if (!is_method(request, "GET") && !is_method(request, "HEAD"))
        return answer_page(request, MHD_HTTP_METHOD_NOT_ALLOWED, NULL);
    return is_page ? answer_phone(request)
                   : answer_file(request, "text/css; charset=utf-8", page_style_css);
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
    if (status != PROV_OK) {
        *result = status == PROV_E_NOT_FOUND ? answer_path(request)
                                             : refuse_unreadable(request, status, &err);
        return false;
    }
    int64_t delay_ms = login_judge(request);
    const struct prov_verdict *verdict = &request->verdict;
    if (delay_ms > 0)
        *result = answer_wait(request, delay_ms);
    else if ((verdict->decision != PROV_DECISION_OBEY &&
              verdict->decision != PROV_DECISION_ASK_HOST) ||
             is_open_door(request))
        *result = answer_verdict(request);
    else
        return true;
    return false;
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
    return request->action.kind == PROV_ACTION_DOCUMENT ? xml_run(request) : act(request);
}
