/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "sip/priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char allowed[] = "NOTIFY, OPTIONS";

static bool is_one_of(const char *word, const char *const *words)
{
    for (; *words; words++)
        if (strcmp(*words, word) == 0)
            return true;
    return false;
}

/* Check the mandatory parts of a request (RFC 3261, section 8.1.1). */
static const char *find_fault(const struct sip_message *message)
{
    const osip_message_t *osip = message->osip;
    const osip_cseq_t *cseq = osip->cseq;
    uint32_t number;
    if (message->has_nul)
        return "expected no %00 in the first line, found one";
    if (sip_n_fields(message, "event", "o") > 1)
        return "expected one Event, found several";
    if (!osip->from || !osip->to || !osip->call_id || !cseq)
        return "expected From, To, Call-ID and CSeq, found not all of them";
    if (!sip_param(&osip->from->gen_params, "tag"))
        return "expected a tag in From, found none";
    if (!cseq->method || strcmp(cseq->method, osip->sip_method) != 0)
        return "expected the method of the request in CSeq, found another one";
    if (!cseq->number || cseq->number[strspn(cseq->number, "0123456789")] ||
        !prov_value_unsigned(prov_str_from(cseq->number), &number) || number > INT32_MAX)
        return "expected a number below 2147483648 in CSeq, found something else";
    return NULL;
}

/* Methods that other phones support are refused with 405. */
static void answer_method(const char *method, struct sip_answer *answer)
{
    static const char *const known[] = {"INVITE",  "BYE",     "REGISTER", "SUBSCRIBE",
                                        "MESSAGE", "INFO",    "PRACK",    "UPDATE",
                                        "REFER",   "PUBLISH", NULL};
    answer->code = strcmp(method, "CANCEL") == 0 ? 481 : is_one_of(method, known) ? 405 : 501;
    if (answer->code != 481)
        sip_answer_add(answer, "Allow", allowed);
}

/* Check header fields that require support (RFC 3261, section 8.2.2). */
static bool is_understood(const struct sip_message *message, struct sip_answer *answer)
{
    const osip_message_t *osip = message->osip;
    const char *required = sip_field(message, "require", NULL);
    osip_content_encoding_t *encoding = NULL;
    osip_message_get_content_encoding(osip, 0, &encoding);
    if (!osip->req_uri || !osip->req_uri->scheme ||
        (osip_strcasecmp(osip->req_uri->scheme, "sip") != 0 &&
         osip_strcasecmp(osip->req_uri->scheme, "sips") != 0)) {
        answer->code = 416;
    } else if (required) {
        answer->code = 420;
        sip_answer_add(answer, "Unsupported", required);
    } else if (encoding && encoding->value && osip_strcasecmp(encoding->value, "identity")) {
        answer->code = 415;
        sip_answer_add(answer, "Accept-Encoding", "identity");
    }
    return answer->code == 0;
}

static void answer_options(struct sip_answer *answer)
{
    answer->code = 200;
    sip_answer_add(answer, "Allow", allowed);
    sip_answer_add(answer, "Allow-Events", sip_events());
    sip_answer_add(answer, "Accept", "application/xml, text/xml, text/plain");
    sip_answer_add(answer, "Accept-Encoding", "identity");
    sip_answer_add(answer, "Supported", "");
}

static void answer_request(struct sip *sip, const struct sip_message *message,
                           const struct sip_peer *peer, struct sip_answer *answer)
{
    const osip_message_t *osip = message->osip;
    bool is_notify = strcmp(osip->sip_method, "NOTIFY") == 0;
    bool is_options = strcmp(osip->sip_method, "OPTIONS") == 0;
    if (!sip_is_answered(sip, message, peer, answer))
        return;
    answer->why = find_fault(message);
    if (message->fault || answer->why)
        answer->code = message->fault ? message->fault : 400;
    else if (!osip->sip_version || osip_strcasecmp(osip->sip_version, "SIP/2.0") != 0)
        answer->code = 505;
    else if (!is_notify && !is_options)
        answer_method(osip->sip_method, answer);
    else if (is_understood(message, answer) && is_notify)
        sip_notify(sip, message, peer, answer);
    else if (answer->code == 0)
        answer_options(answer);
}

/*
 * A key that distinguishes requests: the branch (RFC 3261, section 17.2.3) and, since older senders
 * have no unique branch, all other fields. It includes the source address, so that another sender
 * cannot get the answer. New; NULL without memory.
 */
static char *make_key(const struct sip_message *message, const struct sip_peer *peer)
{
    const osip_message_t *osip = message->osip;
    const osip_via_t *via = osip_list_get(&osip->vias, 0);
    const char *branch = sip_via_param(message, "branch");
    char host[LISTEN_TEXT_CAP], *call_id = NULL, *text = NULL;
    size_t len;
    FILE *out = open_memstream(&text, &len);
    if (!out)
        return NULL;
    osip_call_id_to_str(osip->call_id, &call_id);
    fprintf(out, "%s %d %s:%s %s %s %s %s %s", listen_host_text(&peer->address.as.any, host),
            peer->is_stream, via->host ? via->host : "", via->port ? via->port : "",
            branch ? branch : "", sip_param(&osip->from->gen_params, "tag"), call_id ? call_id : "",
            osip->cseq->number, osip->cseq->method);
    osip_free(call_id);
    if (fclose(out) == 0)
        return text;
    free(text);
    return NULL;
}

/* @return false: it is not a retransmission. */
static bool answer_again(const struct sip *sip, const char *key, struct sip_reply *reply)
{
    const struct sip_cached *cached = sip_cache_find(&sip->cache, key, clock_machine_ms());
    if (!cached)
        return false;
    reply->text = malloc(cached->len);
    reply->len = cached->len;
    if (reply->text)
        memcpy(reply->text, cached->answer, cached->len);
    return true;
}

/* Answer only requests, but no ACK (RFC 3261, section 17). */
static void handle_message(struct sip *sip, const struct sip_message *message,
                           const struct sip_peer *peer, struct sip_reply *reply)
{
    const osip_message_t *osip = message->osip;
    struct sip_answer answer = {.code = 0};
    bool is_request = MSG_IS_REQUEST(osip) && osip->sip_method;
    reply->is_last = message->fault != 0;
    if (!is_request || strcmp(osip->sip_method, "ACK") == 0 || !osip_list_get(&osip->vias, 0))
        return;
    char *key = find_fault(message) || message->fault ? NULL : make_key(message, peer);
    reply->port = sip_answer_port(message, peer);
    if (key && answer_again(sip, key, reply)) {
        free(key);
        return;
    }
    answer_request(sip, message, peer, &answer);
    sip_report(sip, peer, message, &answer);
    if (answer.code)
        sip_answer_write(&answer, message, peer, reply);
    if (reply->text && key)
        sip_cache_add(&sip->cache, key, reply->text, reply->len, clock_machine_ms());
    else
        free(key);
}

enum sip_reading sip_handle(struct sip *sip, const struct sip_peer *peer, const char *data,
                            size_t len, size_t *size, struct sip_reply *reply)
{
    struct sip_message message;
    *reply = (struct sip_reply){.text = NULL};
    enum sip_reading reading = sip_message_read(&message, data, len, peer->is_stream, size);
    if (reading == SIP_COMPLETE)
        handle_message(sip, &message, peer, reply);
    if (reading == SIP_COMPLETE)
        sip_message_free(&message);
    if (reading == SIP_MALFORMED) {
        const struct sip_answer none = {.why = message.why ? message.why : "malformed"};
        sip_report(sip, peer, NULL, &none);
    }
    return reading;
}
