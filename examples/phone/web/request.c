/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* explicit_bzero() */
#include "web/request.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "web/action.h"
#include "web/answer.h"

/* Profiles have tens of KiB; documents of Cisco XML have at most three items. */
enum { MAX_PROFILE = 1024 * 1024, MAX_DOCUMENT = 64 * 1024, MAX_FORM = 256 * 1024 };

void *request_begin(void *ctx, const char *target, struct MHD_Connection *connection)
{
    const union MHD_ConnectionInfo *info =
        MHD_get_connection_info(connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    struct web_request *request = calloc(1, sizeof *request);
    if (!request || !(request->target = strdup(target))) {
        free(request);
        return NULL;
    }
    request->web = ctx;
    request->connection = connection;
    listen_host_text(info->client_addr, request->requester);
    return request;
}

static void free_secret(char *text, size_t len)
{
    if (text)
        explicit_bzero(text, len);
    free(text);
}

static struct web_connection *connection_of(struct MHD_Connection *connection)
{
    return MHD_get_connection_info(connection, MHD_CONNECTION_INFO_SOCKET_CONTEXT)->socket_context;
}

static void set_deadline(struct MHD_Connection *connection, int64_t ms)
{
    struct web_connection *slot = connection_of(connection);
    if (slot && slot->deadline_ms != INT64_MAX)
        slot->deadline_ms = clock_machine_ms() + ms;
}

void request_end(void *ctx, struct MHD_Connection *connection, void **place,
                 enum MHD_RequestTerminationCode code)
{
    struct web_request *request = *place;
    (void)ctx;
    (void)code;
    set_deadline(connection, WEB_NEXT_MS);
    if (!request)
        return;
    free_secret(request->decoded, strlen(request->target));
    free_secret(request->target, strlen(request->target));
    free_secret(request->body, request->body_len);
    if (request->response)
        MHD_destroy_response(request->response);
    free_secret((char *)request, sizeof *request);
    *place = NULL;
}

bool request_has_body(const struct web_request *request)
{
    const struct web_fields *fields = &request->fields;
    return fields->transfer_encoding.len ||
           (fields->content_length.len && !request_is_word(fields->content_length, "0"));
}

const struct sockaddr *request_client(const struct web_request *request)
{
    return MHD_get_connection_info(request->connection, MHD_CONNECTION_INFO_CLIENT_ADDRESS)
        ->client_addr;
}

bool request_is_word(prov_str text, const char *word)
{
    return text.len == strlen(word) && strncasecmp(text.data, word, text.len) == 0;
}

static enum MHD_Result read_field(void *ctx, enum MHD_ValueKind kind, const char *name,
                                  const char *value)
{
    struct web_fields *fields = ctx;
    const struct {
        const char *name;
        prov_str *value;
    } known[] = {
        {"Host", &fields->host},
        {"Origin", &fields->origin},
        {"Referer", &fields->referer},
        {"Sec-Fetch-Site", &fields->sec_fetch_site},
        {"Authorization", &fields->authorization},
        {"Expect", &fields->expect},
        {"Content-Length", &fields->content_length},
        {"Transfer-Encoding", &fields->transfer_encoding},
    };
    (void)kind;
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcasecmp(name, known[i].name) != 0)
            continue;
        fields->has_repeated |= known[i].value->data != NULL;
        *known[i].value = prov_str_from(value ? value : "");
    }
    return MHD_YES;
}

/* Refuse a request that two parsers could read as different ones (RFC 9112, 6.1 and 11.2). */
static const char *find_fault(const struct web_request *request)
{
    const struct web_fields *fields = &request->fields;
    uint32_t length;
    bool has_length = fields->content_length.len > 0;
    if (fields->has_repeated)
        return "Expected a header field once, found it twice.";
    if (has_length && fields->transfer_encoding.len)
        return "Expected Content-Length or Transfer-Encoding, found both.";
    if (fields->transfer_encoding.len && !request_is_word(fields->transfer_encoding, "chunked"))
        return "Expected the Transfer-Encoding chunked, found another.";
    if (has_length && !prov_value_unsigned(fields->content_length, &length))
        return "Expected a number of bytes as Content-Length, found something else.";
    return NULL;
}

/* @return Whether a body of this length is permitted; a chunked one is measured as it arrives. */
static bool fits(const struct web_request *request)
{
    uint32_t length = 0;
    prov_value_unsigned(request->fields.content_length, &length);
    return length <= request->body_max;
}

static size_t body_max(const struct web_request *request)
{
    if (request->page)
        return strcmp(request->method.data, "POST") == 0 ? MAX_FORM : 0;
    switch (request->action.kind) {
    case PROV_ACTION_PROFILE: return MAX_PROFILE;
    case PROV_ACTION_DOCUMENT: return MAX_DOCUMENT;
    default: return 0;
    }
}

/* Check the header before anything is stored, in case the client is refused. */
static enum MHD_Result begin(struct web_request *request)
{
    enum MHD_Result result = MHD_YES;
    MHD_get_connection_values(request->connection, MHD_HEADER_KIND, read_field, &request->fields);
    const char *fault = find_fault(request);
    if (fault)
        return answer_page(request, MHD_HTTP_BAD_REQUEST, fault);
    request->is_sound = true;
    if (!action_begin(request, &result))
        return result;
    request->body_max = body_max(request);
    return fits(request) ? MHD_YES : answer_page(request, MHD_HTTP_CONTENT_TOO_LARGE, NULL);
}

/* The rest of a body above its limit is read, until the deadline, and discarded. */
static void add_to_body(struct web_request *request, const char *data, size_t len)
{
    if (!request->body && request->body_max)
        request->body = malloc(request->body_max);
    if (!request->body || len > request->body_max - request->body_len) {
        request->is_too_large = true;
        return;
    }
    memcpy(request->body + request->body_len, data, len);
    request->body_len += len;
}

enum MHD_Result request_handle(void *ctx, struct MHD_Connection *connection, const char *url,
                               const char *method, const char *version, const char *data,
                               size_t *data_len, void **place)
{
    struct web_request *request = *place;
    (void)ctx;
    (void)url;
    (void)version;
    if (!request)
        return MHD_NO;
    if (!request->has_begun) {
        request->has_begun = true;
        request->method = prov_str_from(method);
        set_deadline(connection, WEB_REQUEST_MS);
        return begin(request);
    }
    if (*data_len > 0 && request->response) {
        *data_len = 0;
        return MHD_YES;
    }
    if (*data_len > 0) {
        add_to_body(request, data, *data_len);
        *data_len = 0;
        return MHD_YES;
    }
    request->is_complete = true;
    if (request->response)
        return MHD_queue_response(connection, request->status, request->response);
    if (request->is_too_large)
        return answer_page(request, MHD_HTTP_CONTENT_TOO_LARGE, NULL);
    return action_run(request);
}
