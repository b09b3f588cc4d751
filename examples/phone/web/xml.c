/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* explicit_bzero() */
#include "web/xml.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

#include "door.h"
#include "web/answer.h"

static const char xml_type[] = "text/xml; charset=utf-8";

enum MHD_Result xml_answer_error(struct web_request *request, unsigned status, uint32_t number,
                                 const char *reason)
{
    enum { ANSWER_CAP = 2048 };
    size_t len = 0;
    char *text = malloc(ANSWER_CAP);
    if (text &&
        prov_action_answer_error(number, prov_str_from(reason), text, ANSWER_CAP, &len) != PROV_OK)
        len = 0;
    return answer_send(request, status, xml_type, text, len);
}

static enum MHD_Result answer_items(struct web_request *request, const struct prov_action *items,
                                    const struct prov_verdict *verdicts, size_t n)
{
    size_t len = 0;
    char *text = NULL;
    if (prov_action_answer_items(items, verdicts, n, NULL, 0, &len, NULL) == PROV_E_LIMIT &&
        (text = malloc(len + 1)) &&
        prov_action_answer_items(items, verdicts, n, text, len + 1, &len, NULL) == PROV_OK)
        return answer_send(request, MHD_HTTP_OK, xml_type, text, len);
    free(text);
    return xml_answer_error(request, MHD_HTTP_OK, 3, "no answer can be written");
}

static void run_item(struct web_request *request, const struct prov_action *item,
                     struct prov_verdict *verdict)
{
    struct prov_error err = {0};
    prov_status status = door_act(request->web->phone, item, &request->client, verdict, &err);
    if (status != PROV_OK)
        prov_action_refuse(PROV_DOOR_XML, status, verdict);
}

static enum MHD_Result run_document(struct web_request *request, char *buf)
{
    char line[512];
    struct prov_error err = {0};
    struct prov_verdict refusal = {.size = sizeof refusal};
    struct prov_verdict verdicts[PROV_ACTION_MAX_ITEMS];
    struct prov_action items[PROV_ACTION_MAX_ITEMS] = {{.size = sizeof items[0]}};
    size_t n = 0;
    prov_status status = prov_action_from_xml(
        PROV_DOOR_XML, (prov_str){request->body, request->body_len},
        prov_str_from(request->requester), buf, request->body_len, items, &n, &err);
    if (status != PROV_OK) {
        prov_action_refuse(PROV_DOOR_XML, status, &refusal);
        return xml_answer_error(request, refusal.http_status, refusal.cisco_error,
                                text_error(&err, line, sizeof line));
    }
    for (size_t i = 0; i < n; i++) {
        verdicts[i] = (struct prov_verdict){.size = sizeof verdicts[i]};
        run_item(request, &items[i], &verdicts[i]);
    }
    return answer_items(request, items, verdicts, n);
}

enum MHD_Result xml_run(struct web_request *request)
{
    char *buf = malloc(request->body_len + 1);
    if (!buf)
        return xml_answer_error(request, MHD_HTTP_SERVICE_UNAVAILABLE, 3, "out of memory");
    enum MHD_Result result = run_document(request, buf);
    explicit_bzero(buf, request->body_len);
    free(buf);
    return result;
}
