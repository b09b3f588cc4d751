/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* memmem() */
#include "sip/priv.h"

#include <stdlib.h>
#include <string.h>

/* The field Content-Length, which divides a stream into messages. */
struct length {
    unsigned n;     /* number of such fields */
    const char *at; /* start of the last one */
    size_t size;    /* its length, with all continuation lines */
    const char *value;
    size_t value_len;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t';
}

/* The end of the field at @p at, which includes lines that begin with a blank. */
static const char *end_of_field(const char *at, const char *end)
{
    do {
        const char *line_end = memmem(at, (size_t)(end - at), "\r\n", 2);
        at = line_end ? line_end + 2 : end;
    } while (at < end && is_blank(*at));
    return at;
}

static bool is_length(const char *field, size_t name_len)
{
    while (name_len > 0 && is_blank(field[name_len - 1]))
        name_len--;
    return (name_len == 1 && osip_strncasecmp(field, "l", 1) == 0) ||
           (name_len == 14 && osip_strncasecmp(field, "Content-Length", 14) == 0);
}

/* libosip2 reports an absent length as 0, and refuses a header without its body: so find the field
 * here, and pass the header without it to libosip2. */
static struct length find_length(const char *header, size_t len)
{
    struct length found = {.n = 0};
    const char *end = header + len;
    for (const char *at = end_of_field(header, end), *next; at < end; at = next) {
        next = end_of_field(at, end);
        const char *colon = memchr(at, ':', (size_t)(next - at));
        if (!colon || !is_length(at, (size_t)(colon - at)))
            continue;
        found = (struct length){found.n + 1, at, (size_t)(next - at), colon + 1,
                                (size_t)(next - colon - 1)};
    }
    return found;
}

/* libosip2 stores these in lists, and walks a list for each added member. It also accepts a line
 * that ends with only CR or LF. */
static bool has_too_many_parts(const char *header, size_t len)
{
    unsigned n = 0;
    for (size_t i = 0; i < len && n <= SIP_PARTS_MAX; i++)
        if (!i || header[i] != '\n' || header[i - 1] != '\r')
            n += header[i] && strchr("\r\n,;&", header[i]);
    return n > SIP_PARTS_MAX;
}

/* Only digits: if two programs read a length differently, a second message can be hidden. */
static bool read_length(const struct length *length, uint32_t *number)
{
    prov_str value = {length->value, length->value_len};
    while (value.len > 0 && strchr(" \t\r\n", value.data[0])) {
        value.data++;
        value.len--;
    }
    while (value.len > 0 && strchr(" \t\r\n", value.data[value.len - 1]))
        value.len--;
    for (size_t i = 0; i < value.len; i++)
        if (value.data[i] < '0' || value.data[i] > '9')
            return false;
    return length->n == 1 && prov_value_unsigned(value, number);
}

/* The second word of the first line. libosip2 resolves escapes of a URI, but Digest needs the text
 * as sent. */
static prov_str find_uri(const char *line, const char *end)
{
    const char *blank = memchr(line, ' ', (size_t)(end - line));
    const char *uri = blank ? blank + 1 : end;
    const char *after = memchr(uri, ' ', (size_t)(end - uri));
    return (prov_str){uri, (size_t)((after ? after : end) - uri)};
}

/* libosip2 does not get the body, which may be XML or contain NUL. */
static bool parse_header(struct sip_message *message, const char *header, size_t len,
                         const struct length *length)
{
    size_t before = length->n ? (size_t)(length->at - header) : len;
    char *copy = memchr(header, '\0', len) ? NULL : malloc(len);
    if (!copy)
        return false;
    memcpy(copy, header, before);
    memcpy(copy + before, header + before + length->size, len - before - length->size);
    bool is_parsed = osip_message_init(&message->osip) == OSIP_SUCCESS &&
                     osip_message_parse(message->osip, copy, len - length->size) == OSIP_SUCCESS;
    free(copy);
    if (!is_parsed)
        sip_message_free(message);
    return is_parsed;
}

/* A stream needs the length; a datagram ends with the body. */
static enum sip_reading find_body(struct sip_message *message, const char *data, size_t len,
                                  bool is_stream, size_t header_len, const struct length *length,
                                  size_t *size)
{
    uint32_t body_len = (uint32_t)(len - header_len);
    *size = len;
    if (length->n ? !read_length(length, &body_len) : is_stream)
        message->fault = 400;
    else if (body_len > SIP_MESSAGE_MAX - header_len)
        message->fault = 413;
    else if (body_len > len - header_len && !is_stream)
        message->fault = 400;
    else
        *size = header_len + body_len;
    if (message->fault)
        return SIP_COMPLETE;
    message->body = (prov_str){data + header_len, body_len};
    return *size <= len ? SIP_COMPLETE : SIP_INCOMPLETE;
}

enum sip_reading sip_message_read(struct sip_message *message, const char *data, size_t len,
                                  bool is_stream, size_t *size)
{
    size_t skipped = 0;
    *message = (struct sip_message){.fault = 0};
    while (len - skipped >= 2 && data[skipped] == '\r' && data[skipped + 1] == '\n')
        skipped += 2; /* RFC 3261, section 7.5; keep-alives of RFC 5626 */
    const char *end = memmem(data + skipped, len - skipped, "\r\n\r\n", 4);
    *size = len + 1;
    if (!end)
        return is_stream && len < SIP_MESSAGE_MAX ? SIP_INCOMPLETE : SIP_MALFORMED;
    size_t header_len = (size_t)(end - data) + 4;
    if (has_too_many_parts(data + skipped, header_len - skipped)) {
        message->why = "expected at most 1000 fields, values and parameters, found more";
        return SIP_MALFORMED;
    }
    const struct length length = find_length(data + skipped, header_len - skipped);
    const char *line_end = memmem(data + skipped, header_len - skipped, "\r\n", 2);
    message->uri = find_uri(data + skipped, line_end);
    message->has_nul = memmem(data + skipped, (size_t)(line_end - data) - skipped, "%00", 3);
    if (!parse_header(message, data + skipped, header_len - skipped, &length))
        return SIP_MALFORMED;
    enum sip_reading reading = find_body(message, data, len, is_stream, header_len, &length, size);
    if (reading != SIP_COMPLETE)
        sip_message_free(message);
    return reading;
}

void sip_message_free(struct sip_message *message)
{
    if (message->osip)
        osip_message_free(message->osip);
    message->osip = NULL;
}

const char *sip_param(const osip_list_t *params, const char *name)
{
    osip_list_iterator_t at;
    for (const osip_generic_param_t *param = osip_list_get_first(params, &at); param;
         param = osip_list_get_next(&at)) {
        if (param->gname && osip_strcasecmp(param->gname, name) == 0)
            return param->gvalue ? param->gvalue : "";
    }
    return NULL;
}

const char *sip_via_param(const struct sip_message *message, const char *name)
{
    const osip_via_t *via = osip_list_get(&message->osip->vias, 0);
    return via ? sip_param(&via->via_params, name) : NULL;
}

static bool is_field(const osip_header_t *field, const char *name, const char *compact)
{
    return field->hname && (osip_strcasecmp(field->hname, name) == 0 ||
                            (compact && osip_strcasecmp(field->hname, compact) == 0));
}

const char *sip_field(const struct sip_message *message, const char *name, const char *compact)
{
    const osip_list_t *fields = &message->osip->headers;
    osip_list_iterator_t at;
    for (const osip_header_t *field = osip_list_get_first(fields, &at); field;
         field = osip_list_get_next(&at)) {
        if (is_field(field, name, compact))
            return field->hvalue ? field->hvalue : "";
    }
    return NULL;
}

unsigned sip_n_fields(const struct sip_message *message, const char *name, const char *compact)
{
    const osip_list_t *fields = &message->osip->headers;
    unsigned n = 0;
    osip_list_iterator_t at;
    for (const osip_header_t *field = osip_list_get_first(fields, &at); field;
         field = osip_list_get_next(&at))
        n += is_field(field, name, compact);
    return n;
}
