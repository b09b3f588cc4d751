/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

const char *sip_reason(unsigned code)
{
    static const struct {
        unsigned code;
        const char *reason;
    } rows[] = {
        {200, "OK"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {413, "Request Entity Too Large"},
        {415, "Unsupported Media Type"},
        {416, "Unsupported URI Scheme"},
        {420, "Bad Extension"},
        {480, "Temporarily Unavailable"},
        {481, "Call/Transaction Does Not Exist"},
        {486, "Busy Here"},
        {489, "Bad Event"},
        {500, "Server Internal Error"},
        {501, "Not Implemented"},
        {503, "Service Unavailable"},
        {505, "Version Not Supported"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (rows[i].code == code)
            return rows[i].reason;
    return "Refused";
}

void sip_answer_add(struct sip_answer *answer, const char *name, const char *value)
{
    size_t room = sizeof answer->fields - answer->n_fields;
    int len = snprintf(answer->fields + answer->n_fields, room, "%s: %s\r\n", name, value);
    if (len > 0 && (size_t)len < room)
        answer->n_fields += (size_t)len;
}

/* libosip2 resolves escapes: a %0D%0A of the request must not become a line end in the answer. */
static bool write_field(FILE *out, const char *name, char *value, const char *more)
{
    bool is_plain = value != NULL;
    for (const char *at = value; is_plain && *at; at++)
        is_plain = (unsigned char)*at >= ' ' && *at != 0x7f;
    if (is_plain)
        fprintf(out, "%s: %s%s\r\n", name, value, more);
    osip_free(value);
    return is_plain;
}

/* RFC 3261, section 18.2.1, and RFC 3581, section 4: add the source address, which the sender may
 * not be able to determine. Such parameters of the request are left out. */
static bool write_top_via(FILE *out, const osip_via_t *via, const struct sip_peer *peer)
{
    char host[LISTEN_TEXT_CAP], received[LISTEN_TEXT_CAP + 40];
    const struct sockaddr *any = &peer->address.as.any;
    unsigned port = ntohs(any->sa_family == AF_INET6 ? peer->address.as.v6.sin6_port
                                                     : peer->address.as.v4.sin_port);
    bool has_rport = false;
    osip_via_t *copy = NULL;
    if (osip_via_clone(via, &copy) != OSIP_SUCCESS)
        return false;
    for (int i = osip_list_size(&copy->via_params) - 1; i >= 0; i--) {
        osip_generic_param_t *param = osip_list_get(&copy->via_params, i);
        bool is_rport = param->gname && osip_strcasecmp(param->gname, "rport") == 0;
        has_rport |= is_rport;
        if (!is_rport && !(param->gname && osip_strcasecmp(param->gname, "received") == 0))
            continue;
        osip_list_remove(&copy->via_params, i);
        osip_generic_param_free(param);
    }
    listen_host_text(any, host);
    int len = 0;
    received[0] = '\0';
    if (has_rport || !copy->host || strcmp(copy->host, host) != 0)
        len = snprintf(received, sizeof received, ";received=%s", host);
    if (has_rport)
        snprintf(received + len, sizeof received - (size_t)len, ";rport=%u", port);
    char *text = NULL;
    osip_via_to_str(copy, &text);
    osip_via_free(copy);
    return write_field(out, "Via", text, received);
}

static bool write_vias(FILE *out, const struct sip_message *message, const struct sip_peer *peer)
{
    const osip_list_t *vias = &message->osip->vias;
    bool is_written = write_top_via(out, osip_list_get(vias, 0), peer);
    for (int i = 1; is_written && i < osip_list_size(vias); i++) {
        char *text = NULL;
        osip_via_to_str(osip_list_get(vias, i), &text);
        is_written = write_field(out, "Via", text, "");
    }
    return is_written;
}

/* Write the fields that the request has: a request without From is answered with 400. */
static bool write_dialog(FILE *out, const osip_message_t *osip)
{
    char *text = NULL, tag[24] = "";
    uint32_t bits = 0;
    bool is_written = true;
    if (osip->from && osip_from_to_str(osip->from, &text) == OSIP_SUCCESS)
        is_written = write_field(out, "From", text, "");
    if (osip->to && !sip_param(&osip->to->gen_params, "tag") &&
        getrandom(&bits, sizeof bits, 0) == sizeof bits)
        snprintf(tag, sizeof tag, ";tag=%08x", (unsigned)bits);
    text = NULL;
    if (is_written && osip->to && osip_to_to_str(osip->to, &text) == OSIP_SUCCESS)
        is_written = write_field(out, "To", text, tag);
    text = NULL;
    if (is_written && osip->call_id && osip_call_id_to_str(osip->call_id, &text) == OSIP_SUCCESS)
        is_written = write_field(out, "Call-ID", text, "");
    text = NULL;
    if (is_written && osip->cseq && osip_cseq_to_str(osip->cseq, &text) == OSIP_SUCCESS)
        is_written = write_field(out, "CSeq", text, "");
    return is_written;
}

uint16_t sip_answer_port(const struct sip_message *message, const struct sip_peer *peer)
{
    const osip_via_t *via = osip_list_get(&message->osip->vias, 0);
    uint32_t port = SIP_DEFAULT_PORT;
    if (sip_via_param(message, "rport"))
        return ntohs(peer->address.as.any.sa_family == AF_INET6 ? peer->address.as.v6.sin6_port
                                                                : peer->address.as.v4.sin_port);
    if (via->port && (!prov_value_unsigned(prov_str_from(via->port), &port) || port > UINT16_MAX))
        return 0;
    return (uint16_t)port;
}

void sip_answer_write(const struct sip_answer *answer, const struct sip_message *message,
                      const struct sip_peer *peer, struct sip_reply *reply)
{
    char *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return;
    fprintf(out, "SIP/2.0 %u %s\r\n", answer->code, sip_reason(answer->code));
    bool is_written = write_vias(out, message, peer) && write_dialog(out, message->osip);
    fwrite(answer->fields, 1, answer->n_fields, out);
    if (answer->why)
        fprintf(out, "Warning: 399 phone \"%s\"\r\n", answer->why);
    fputs("Server: provision-phone\r\nContent-Length: 0\r\n\r\n", out);
    if (fclose(out) == 0 && is_written) {
        reply->text = text;
        reply->len = len;
    } else {
        free(text);
    }
}
