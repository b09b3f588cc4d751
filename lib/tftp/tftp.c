/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp/tftp.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"

/* Requests with options that may be lost before one without options is sent. */
#define N_REQUESTS_WITH_OPTIONS 3
/* Reports of a closed port before the transfer ends: a single report is easily forged. */
#define N_REFUSALS 3
/* Long enough for a server to repeat its last block twice, after one second and after two more. */
#define DALLY_MS 3000
#define FIRST_WAIT_MS 500
/* RFC 6298 has one second, for the whole Internet; too much if one block in ten is lost. */
#define MIN_WAIT_MS 100
#define MAX_WAIT_MS 4000

static int64_t clamp(int64_t ms)
{
    if (ms < MIN_WAIT_MS)
        return MIN_WAIT_MS;
    return ms > MAX_WAIT_MS ? MAX_WAIT_MS : ms;
}

void provi_tftp_timer_init(struct provi_tftp_timer *timer)
{
    *timer = (struct provi_tftp_timer){.wait_ms = FIRST_WAIT_MS};
}

void provi_tftp_timer_sample(struct provi_tftp_timer *timer, int64_t round_trip_ms)
{
    if (!timer->has_sample) {
        timer->has_sample = true;
        timer->smoothed_ms = round_trip_ms;
        timer->variation_ms = round_trip_ms / 2;
    } else {
        int64_t error_ms = round_trip_ms - timer->smoothed_ms;
        int64_t distance_ms = error_ms < 0 ? -error_ms : error_ms;
        timer->variation_ms += (distance_ms - timer->variation_ms) / 4;
        timer->smoothed_ms += error_ms / 8;
    }
    timer->wait_ms = clamp(timer->smoothed_ms + 4 * timer->variation_ms);
}

void provi_tftp_timer_back_off(struct provi_tftp_timer *timer)
{
    timer->wait_ms = clamp(2 * timer->wait_ms);
}

static void send_out(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    t->sent_ms = now_ms;
    t->n_sent++;
    action->send = (prov_str){(const char *)t->out, t->out_len};
    action->port = t->port;
}

static void send_new(struct provi_tftp *t, size_t len, int64_t now_ms,
                     struct provi_tftp_action *action)
{
    t->out_len = len;
    t->n_sent = 0;
    send_out(t, now_ms, action);
}

#define LAST_NUMBER UINT16_MAX

/* Block numbers wrap to 0. */
static uint16_t next_number(const struct provi_tftp *t)
{
    return (uint16_t)(t->number + 1);
}

static void send_ack(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    size_t len = provi_tftp_write_head(t->out, PROVI_TFTP_ACK, t->number);
    send_new(t, len, now_ms, action);
}

static void send_request(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    const struct provi_tftp_request *request = &t->request;
    /* Some servers ignore requests with options: after a few, every other request has none. */
    bool is_turn_of_bare = t->n_requests >= N_REQUESTS_WITH_OPTIONS &&
                           (t->n_requests - N_REQUESTS_WITH_OPTIONS) % 2 == 0;
    int64_t n_bytes = 0; /* as announced */
    if (request->is_write)
        n_bytes = request->read ? request->read_bytes : (int64_t)request->body.len;
    enum provi_tftp_opcode opcode = request->is_write ? PROVI_TFTP_WRQ : PROVI_TFTP_RRQ;
    t->n_requests++;
    size_t len = provi_tftp_write_request(t->out, opcode, request->name,
                                          !t->is_bare && !is_turn_of_bare, n_bytes);
    send_new(t, len, now_ms, action);
}

static void decide(struct provi_tftp *t, enum provi_tftp_outcome outcome,
                   enum provi_tftp_phase phase, struct provi_tftp_action *action)
{
    t->outcome = outcome;
    t->phase = phase;
    action->is_decided = true;
}

/* Notify the server, which would otherwise repeat for a minute. */
PROVI_COLD static void break_off(struct provi_tftp *t, enum provi_tftp_outcome outcome,
                                 enum provi_tftp_error error, struct provi_tftp_action *action)
{
    t->out_len = provi_tftp_write_head(t->out, PROVI_TFTP_ERROR, error);
    t->out[t->out_len++] = '\0'; /* an empty error text */
    action->send = (prov_str){(const char *)t->out, t->out_len};
    action->port = t->port;
    decide(t, outcome, PROVI_TFTP_GONE, action);
}

/* Copy the block after the acknowledged ones; only the last one is shorter than agreed. */
static bool read_block(struct provi_tftp *t, char *to, size_t *len)
{
    const struct provi_tftp_request *request = &t->request;
    *len = 0;
    if (!request->read) {
        prov_str rest = provi_str_from_offset(request->body, (size_t)t->n_bytes);
        *len = rest.len < t->block_bytes ? rest.len : t->block_bytes;
        if (*len > 0)
            memcpy(to, rest.data, *len);
        return true;
    }
    size_t n_more = 1;
    while (*len < t->block_bytes && n_more > 0) {
        if (!request->read(request->read_ctx, to + *len, t->block_bytes - *len, &n_more))
            return false;
        *len += n_more;
    }
    return true;
}

static void send_block(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    size_t head_len = provi_tftp_write_head(t->out, PROVI_TFTP_DATA, next_number(t));
    if (read_block(t, (char *)t->out + head_len, &t->block_len))
        send_new(t, head_len + t->block_len, now_ms, action);
    else
        break_off(t, PROVI_TFTP_UNREADABLE, PROVI_TFTP_ERROR_UNNAMED, action);
}

static void end_refused(struct provi_tftp *t, const struct provi_tftp_packet *packet,
                        struct provi_tftp_action *action)
{
    t->error = packet->number;
    /* Only printable ASCII of a server's text is used in messages and logs. */
    size_t len = packet->rest.len < sizeof t->text - 1 ? packet->rest.len : sizeof t->text - 1;
    for (size_t i = 0; i < len; i++)
        t->text[i] =
            packet->rest.data[i] >= ' ' && packet->rest.data[i] <= '~' ? packet->rest.data[i] : '?';
    t->text[len] = '\0';
    decide(t, PROVI_TFTP_REFUSED, PROVI_TFTP_GONE, action);
}

static void record_progress(struct provi_tftp *t, int64_t now_ms)
{
    t->progress_ms = now_ms;
    t->n_refusals = 0;
    if (t->n_sent == 1) /* otherwise it is unclear which of them was answered */
        provi_tftp_timer_sample(&t->timer, now_ms - t->sent_ms);
}

/*
 * The server repeated a packet: either this side's response was lost, or it is still under way.
 * Half the timeout distinguishes the two. If each copy were answered, a server that does so too
 * would send everything twice until the end, which is the Sorcerer's Apprentice bug.
 */
static void answer_again(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    if (now_ms - t->sent_ms >= t->timer.wait_ms / 2)
        send_out(t, now_ms, action);
}

/* Send no options from now on. */
static void request_without_options(struct provi_tftp *t, int64_t now_ms,
                                    struct provi_tftp_action *action)
{
    t->is_bare = true;
    send_request(t, now_ms, action);
}

/* The server agreed to options and violates them; no byte of the file was passed on. */
PROVI_COLD static void request_anew(struct provi_tftp *t, int64_t now_ms,
                                    struct provi_tftp_action *action)
{
    t->stale_port = t->port;
    t->port = t->request.port;
    t->phase = PROVI_TFTP_ASKING;
    t->progress_ms = now_ms;
    t->block_bytes = PROVI_TFTP_PLAIN_BLOCK_BYTES;
    t->file_bytes = -1;
    request_without_options(t, now_ms, action);
}

static void on_next_block(struct provi_tftp *t, int64_t now_ms,
                          const struct provi_tftp_packet *packet, struct provi_tftp_action *action)
{
    prov_str bytes = packet->rest;
    if (bytes.len > t->block_bytes) {
        break_off(t, PROVI_TFTP_OVERSIZED, PROVI_TFTP_ERROR_ILLEGAL, action);
        return;
    }
    /* Some servers return 0 for a size that they do not have. */
    if (t->file_bytes > 0 && bytes.len > (uint64_t)t->file_bytes - t->n_bytes) {
        if (t->n_blocks == 0)
            request_anew(t, now_ms, action);
        else
            break_off(t, PROVI_TFTP_OVERRUN, PROVI_TFTP_ERROR_ILLEGAL, action);
        return;
    }
    t->number = packet->number;
    t->n_blocks++;
    t->n_bytes += bytes.len;
    action->bytes = bytes;
    record_progress(t, now_ms);
    send_ack(t, now_ms, action);
    if (bytes.len < t->block_bytes)
        decide(t, PROVI_TFTP_WHOLE, PROVI_TFTP_DALLYING, action);
}

static void on_data(struct provi_tftp *t, int64_t now_ms, const struct provi_tftp_packet *packet,
                    struct provi_tftp_action *action)
{
    bool is_next = packet->number == next_number(t) ||
                   (t->number == LAST_NUMBER && packet->number == 1); /* some servers wrap to 1 */
    if (is_next && t->phase == PROVI_TFTP_READING)
        on_next_block(t, now_ms, packet, action);
    else if (packet->number == t->number && t->n_blocks > 0)
        answer_again(t, now_ms, action);
}

static void on_ack(struct provi_tftp *t, int64_t now_ms, const struct provi_tftp_packet *packet,
                   struct provi_tftp_action *action)
{
    if (packet->number != next_number(t))
        return;
    t->number = packet->number;
    t->n_blocks++;
    t->n_bytes += t->block_len;
    record_progress(t, now_ms);
    if (t->block_len < t->block_bytes)
        decide(t, PROVI_TFTP_WHOLE, PROVI_TFTP_GONE, action);
    else
        send_block(t, now_ms, action);
}

/* RFC 1350, section 4. An error is not answered: two hosts that did so would never stop. */
static void turn_away(uint16_t port, const struct provi_tftp_packet *packet,
                      struct provi_tftp_action *action)
{
    static const char unknown_tid[] = {0, PROVI_TFTP_ERROR, 0, PROVI_TFTP_ERROR_UNKNOWN_TID, 0};
    if (packet->opcode == PROVI_TFTP_ERROR)
        return;
    action->send = (prov_str){unknown_tid, sizeof unknown_tid};
    action->port = port;
}

/* From here on, the server is the port that answered (RFC 1350, section 4). */
static void pin(struct provi_tftp *t, const struct provi_tftp_event *event)
{
    t->port = event->port;
    t->phase = t->request.is_write ? PROVI_TFTP_WRITING : PROVI_TFTP_READING;
    record_progress(t, event->now_ms);
}

static void on_first_oack(struct provi_tftp *t, const struct provi_tftp_event *event,
                          const struct provi_tftp_packet *packet, struct provi_tftp_action *action)
{
    struct provi_tftp_options options;
    if (t->is_bare) { /* of an abandoned request */
        t->n_useless++;
        return;
    }
    if (!provi_tftp_read_options(packet->rest, &options)) {
        request_without_options(t, event->now_ms, action);
        return;
    }
    pin(t, event);
    t->block_bytes = options.block_bytes;
    if (t->request.is_write) {
        send_block(t, event->now_ms, action);
        return;
    }
    t->file_bytes = options.file_bytes;
    if (t->file_bytes > 0 && (uint64_t)t->file_bytes > t->request.max_bytes)
        break_off(t, PROVI_TFTP_TOO_LARGE, PROVI_TFTP_ERROR_FULL, action);
    else
        send_ack(t, event->now_ms, action);
}

/* Send nothing more to a server that mistakes a read request for a write request. */
static void on_first_data(struct provi_tftp *t, const struct provi_tftp_event *event,
                          const struct provi_tftp_packet *packet, struct provi_tftp_action *action)
{
    if (t->request.is_write) {
        decide(t, PROVI_TFTP_MISTAKEN, PROVI_TFTP_GONE, action);
    } else if (packet->number == 1) {
        pin(t, event);
        on_next_block(t, event->now_ms, packet, action);
    }
}

static void on_first_ack(struct provi_tftp *t, const struct provi_tftp_event *event,
                         const struct provi_tftp_packet *packet, struct provi_tftp_action *action)
{
    if (!t->request.is_write) {
        decide(t, PROVI_TFTP_MISTAKEN, PROVI_TFTP_GONE, action);
    } else if (packet->number == 0) {
        pin(t, event);
        send_block(t, event->now_ms, action);
    }
}

static void on_first(struct provi_tftp *t, const struct provi_tftp_event *event,
                     const struct provi_tftp_packet *packet, struct provi_tftp_action *action)
{
    /* The end of the transfer before request_anew(). A server with a single port has restarted the
     * transfer there; it repeats at most one block of the old size. */
    if (t->stale_port != 0 && event->port == t->stale_port) {
        bool has_one_port = t->stale_port == t->request.port;
        if (!has_one_port)
            turn_away(event->port, packet, action);
        if (!has_one_port || packet->rest.len > t->block_bytes)
            return;
    }
    switch (packet->opcode) {
    case PROVI_TFTP_OACK: on_first_oack(t, event, packet, action); break;
    case PROVI_TFTP_DATA: on_first_data(t, event, packet, action); break;
    case PROVI_TFTP_ACK: on_first_ack(t, event, packet, action); break;
    default: /* an error */
        /* RFC 2347 refuses options with error 8; older servers send 0 or 4. */
        if (!t->is_bare && (packet->number == PROVI_TFTP_ERROR_OPTIONS ||
                            packet->number == PROVI_TFTP_ERROR_UNNAMED ||
                            packet->number == PROVI_TFTP_ERROR_ILLEGAL))
            request_without_options(t, event->now_ms, action);
        else
            end_refused(t, packet, action);
    }
}

static void on_later_packet(struct provi_tftp *t, int64_t now_ms,
                            const struct provi_tftp_packet *packet,
                            struct provi_tftp_action *action)
{
    bool is_writing = t->phase == PROVI_TFTP_WRITING;
    if (packet->opcode == PROVI_TFTP_DATA && !is_writing)
        on_data(t, now_ms, packet, action);
    else if (packet->opcode == PROVI_TFTP_ACK && is_writing)
        on_ack(t, now_ms, packet, action);
    else if (packet->opcode == PROVI_TFTP_OACK && t->n_blocks == 0)
        answer_again(t, now_ms, action);
    else if (packet->opcode == PROVI_TFTP_ERROR && t->phase == PROVI_TFTP_DALLYING)
        t->phase = PROVI_TFTP_GONE;
    else if (packet->opcode == PROVI_TFTP_ERROR)
        end_refused(t, packet, action);
}

static void on_datagram(struct provi_tftp *t, const struct provi_tftp_event *event,
                        struct provi_tftp_action *action)
{
    struct provi_tftp_packet packet = provi_tftp_parse(event->data, event->len);
    t->n_useless += packet.opcode == PROVI_TFTP_GARBAGE;
    if (packet.opcode == PROVI_TFTP_GARBAGE)
        return;
    if (t->phase == PROVI_TFTP_ASKING)
        on_first(t, event, &packet, action);
    else if (event->port != t->port)
        turn_away(event->port, &packet, action);
    else
        on_later_packet(t, event->now_ms, &packet, action);
}

static int64_t earlier(int64_t a, int64_t b)
{
    return a < b ? a : b;
}

static int64_t end_of_patience_ms(const struct provi_tftp *t)
{
    if (t->phase == PROVI_TFTP_DALLYING)
        return t->progress_ms + DALLY_MS;
    int64_t patience_ms = t->phase == PROVI_TFTP_ASKING ? t->progress_ms + t->request.answer_ms
                                                        : t->progress_ms + t->request.idle_ms;
    return earlier(patience_ms, t->start_ms + t->request.total_ms);
}

int64_t provi_tftp_due_ms(const struct provi_tftp *t)
{
    switch (t->phase) {
    case PROVI_TFTP_GONE: return INT64_MAX;
    case PROVI_TFTP_DALLYING: return end_of_patience_ms(t);
    default: return earlier(end_of_patience_ms(t), t->sent_ms + t->timer.wait_ms);
    }
}

static void give_up(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    if (t->phase == PROVI_TFTP_DALLYING)
        t->phase = PROVI_TFTP_GONE;
    else if (t->phase == PROVI_TFTP_ASKING)
        decide(t, PROVI_TFTP_NO_ANSWER, PROVI_TFTP_GONE, action);
    else if (now_ms >= t->start_ms + t->request.total_ms)
        break_off(t, PROVI_TFTP_UNFINISHED, PROVI_TFTP_ERROR_UNNAMED, action);
    else
        break_off(t, PROVI_TFTP_STOPPED, PROVI_TFTP_ERROR_UNNAMED, action);
}

static void on_time(struct provi_tftp *t, int64_t now_ms, struct provi_tftp_action *action)
{
    if (now_ms < provi_tftp_due_ms(t))
        return;
    if (now_ms >= end_of_patience_ms(t)) {
        give_up(t, now_ms, action);
        return;
    }
    provi_tftp_timer_back_off(&t->timer);
    if (t->phase == PROVI_TFTP_ASKING)
        send_request(t, now_ms, action);
    else
        send_out(t, now_ms, action);
}

static void on_refusal(struct provi_tftp *t, struct provi_tftp_action *action)
{
    if (t->phase == PROVI_TFTP_DALLYING) /* the server has received all it needs */
        t->phase = PROVI_TFTP_GONE;
    else if (++t->n_refusals < N_REFUSALS)
        return;
    else if (t->phase == PROVI_TFTP_ASKING)
        decide(t, PROVI_TFTP_NO_LISTENER, PROVI_TFTP_GONE, action);
    else
        decide(t, PROVI_TFTP_STOPPED, PROVI_TFTP_GONE, action);
}

void provi_tftp_start(struct provi_tftp *t, const struct provi_tftp_request *request,
                      int64_t now_ms, struct provi_tftp_action *action)
{
    *t = (struct provi_tftp){
        .request = *request,
        .phase = PROVI_TFTP_ASKING,
        .start_ms = now_ms,
        .progress_ms = now_ms,
        .port = request->port,
        .block_bytes = PROVI_TFTP_PLAIN_BLOCK_BYTES,
        .file_bytes = -1,
    };
    provi_tftp_timer_init(&t->timer);
    *action = (struct provi_tftp_action){0};
    send_request(t, now_ms, action);
}

void provi_tftp_step(struct provi_tftp *t, const struct provi_tftp_event *event,
                     struct provi_tftp_action *action)
{
    *action = (struct provi_tftp_action){0};
    if (t->phase == PROVI_TFTP_GONE)
        return;
    if (event->data)
        on_datagram(t, event, action);
    else if (event->is_refused)
        on_refusal(t, action);
    else
        on_time(t, event->now_ms, action);
}

void provi_tftp_abandon(struct provi_tftp *t, struct provi_tftp_action *action)
{
    *action = (struct provi_tftp_action){0};
    if (t->phase != PROVI_TFTP_ASKING && t->phase != PROVI_TFTP_GONE)
        break_off(t, PROVI_TFTP_ABANDONED, PROVI_TFTP_ERROR_UNNAMED, action);
    t->phase = PROVI_TFTP_GONE;
}
