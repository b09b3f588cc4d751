/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp_net.h"

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dials.h"

/* A server starts a transfer of its own for each request that reaches it. */
#define MAX_CHILDREN 16
#define FIRST_PORT 7000
#define SERVER_PORT 69
#define MAX_FLYING 64
#define SERVER_PATIENCE 6 /* times a datagram is sent again, at doubled intervals */

struct flying {
    int64_t at_ms; /* arrives */
    uint64_t turn; /* of two at the same time, the first sent */
    bool is_to_client;
    uint16_t port; /* the server's side */
    size_t len;
    uint8_t data[PROVI_TFTP_MAX_DATAGRAM_BYTES];
};

/* One transfer of the server's. */
struct child {
    bool is_alive;
    bool is_write; /* the client writes */
    uint32_t block_bytes;
    uint64_t n_block; /* sent, or acknowledged */
    int64_t wait_ms;  /* first interval of sending again */
    int64_t resend_ms;
    unsigned n_again;
    size_t len;
    uint8_t out[PROVI_TFTP_MAX_DATAGRAM_BYTES];
};

struct net {
    const struct tftp_line *line;
    struct tftp_ride *ride;
    uint64_t file_bytes;
    uint64_t n_checked; /* bytes that arrived and were right */
    uint32_t random;
    int64_t now_ms;
    uint64_t n_turns;
    size_t n_flying;
    struct flying flying[MAX_FLYING];
    size_t n_children;
    struct child children[MAX_CHILDREN];
};

/* A file without memory: each byte follows from its place. */
static uint8_t file_byte(uint64_t at)
{
    return (uint8_t)(at * 2654435761u >> 13);
}

static bool is_file(const uint8_t *data, size_t len, uint64_t at)
{
    for (size_t i = 0; i < len; i++)
        if (data[i] != file_byte(at + i))
            return false;
    return true;
}

/* xorshift32 */
static uint32_t draw(struct net *net, uint32_t below)
{
    net->random ^= net->random << 13;
    net->random ^= net->random >> 17;
    net->random ^= net->random << 5;
    return net->random % below;
}

/* The line */

static void put_in_flight(struct net *net, bool is_to_client, uint16_t port, const void *data,
                          size_t len)
{
    if (net->n_flying == MAX_FLYING || len > PROVI_TFTP_MAX_DATAGRAM_BYTES)
        test_die("too much in flight");
    struct flying *flying = &net->flying[net->n_flying++];
    int64_t delay_ms = net->line->delay_ms ? net->line->delay_ms : 1;
    flying->at_ms = net->now_ms + delay_ms + draw(net, (uint32_t)net->line->jitter_ms + 1);
    flying->turn = net->n_turns++;
    flying->is_to_client = is_to_client;
    flying->port = port;
    flying->len = len;
    memcpy(flying->data, data, len);
}

static void transmit(struct net *net, bool is_to_client, uint16_t port, const void *data,
                     size_t len)
{
    net->ride->n_sent += is_to_client;
    if (draw(net, 100) < net->line->loss_percent)
        return;
    put_in_flight(net, is_to_client, port, data, len);
    if (draw(net, 100) < net->line->copy_percent)
        put_in_flight(net, is_to_client, port, data, len);
}

static const struct flying *next_flying(const struct net *net)
{
    const struct flying *next = NULL;
    for (size_t i = 0; i < net->n_flying; i++) {
        const struct flying *one = &net->flying[i];
        if (!next || one->at_ms < next->at_ms ||
            (one->at_ms == next->at_ms && one->turn < next->turn))
            next = one;
    }
    return next;
}

/* The server */

static uint16_t port_of(const struct net *net, const struct child *child)
{
    return (uint16_t)(FIRST_PORT + (child - net->children));
}

static void child_transmit(struct net *net, struct child *child)
{
    child->resend_ms = net->now_ms + (child->wait_ms << child->n_again);
    transmit(net, true, port_of(net, child), child->out, child->len);
}

static void child_send(struct net *net, struct child *child, size_t len)
{
    child->len = len;
    child->n_again = 0;
    child_transmit(net, child);
}

static uint16_t number_of(const struct net *net, uint64_t n_block)
{
    if (net->line->wraps_to_1 && n_block > 0)
        return (uint16_t)((n_block - 1) % 65535 + 1);
    return (uint16_t)n_block;
}

static void child_send_block(struct net *net, struct child *child, uint64_t n_block)
{
    uint64_t start = (n_block - 1) * child->block_bytes;
    size_t len = provi_tftp_write_head(child->out, PROVI_TFTP_DATA, number_of(net, n_block));
    for (uint64_t at = start; at < start + child->block_bytes && at < net->file_bytes; at++)
        child->out[len++] = file_byte(at);
    child->n_block = n_block;
    child_send(net, child, len);
}

static void child_send_ack(struct net *net, struct child *child)
{
    child_send(net, child,
               provi_tftp_write_head(child->out, PROVI_TFTP_ACK, (uint16_t)child->n_block));
}

static void child_send_oack(struct net *net, struct child *child)
{
    static const char options[] = "\0\6blksize\0"
                                  "1428";
    static const char utimeout[] = "utimeout\0"
                                   "100000";
    memcpy(child->out, options, sizeof options);
    size_t len = sizeof options;
    child->block_bytes = PROVI_TFTP_BLOCK_BYTES;
    if (net->line->knows_utimeout && !child->is_write) {
        memcpy(child->out + len, utimeout, sizeof utimeout);
        len += sizeof utimeout;
        child->wait_ms = 100;
    }
    child_send(net, child, len);
}

static bool contains(const uint8_t *data, size_t len, const char *text)
{
    size_t text_len = strlen(text);
    for (size_t i = 0; i + text_len <= len; i++)
        if (memcmp(data + i, text, text_len) == 0)
            return true;
    return false;
}

static void take_request(struct net *net, const struct flying *request)
{
    bool has_options = contains(request->data, request->len, "blksize");
    if (has_options && net->line->ignores_options)
        return;
    if (net->n_children == MAX_CHILDREN)
        test_die("too many requests");
    struct child *child = &net->children[net->n_children++];
    *child = (struct child){
        .is_alive = true,
        .is_write = request->data[1] == PROVI_TFTP_WRQ,
        .block_bytes = PROVI_TFTP_PLAIN_BLOCK_BYTES,
        .wait_ms = 1000,
    };
    if (has_options && net->line->refuses_options) {
        child->is_alive = false;
        transmit(net, true, port_of(net, child), "\0\5\0\10no", 7);
    } else if (has_options && !net->line->knows_no_options) {
        child_send_oack(net, child);
    } else if (child->is_write) {
        child_send_ack(net, child);
    } else {
        child_send_block(net, child, 1);
    }
}

static bool is_last_sent(const struct net *net, const struct child *child)
{
    return child->n_block * child->block_bytes > net->file_bytes;
}

static void child_take_ack(struct net *net, struct child *child, uint16_t number)
{
    if (number == number_of(net, child->n_block) && is_last_sent(net, child)) {
        child->is_alive = false;
        net->ride->is_served = true;
    } else if (number == number_of(net, child->n_block)) {
        child_send_block(net, child, child->n_block + 1);
    } else if (number == number_of(net, child->n_block - 1) && net->line->repeats) {
        child_transmit(net, child);
    }
}

static void child_take_data(struct net *net, struct child *child,
                            const struct provi_tftp_packet *packet)
{
    if (packet->number == (uint16_t)(child->n_block + 1)) {
        if (!is_file((const uint8_t *)packet->rest.data, packet->rest.len, net->n_checked))
            test_die("a wrong block was written");
        net->n_checked += packet->rest.len;
        child->n_block++;
        child_send_ack(net, child);
        net->ride->is_served |= packet->rest.len < child->block_bytes;
    } else if (packet->number == (uint16_t)child->n_block) {
        child_transmit(net, child);
    }
}

static void serve(struct net *net, const struct flying *datagram)
{
    struct provi_tftp_packet packet = provi_tftp_parse(datagram->data, datagram->len);
    if (datagram->port == SERVER_PORT) {
        take_request(net, datagram);
        return;
    }
    struct child *child = &net->children[datagram->port - FIRST_PORT];
    if (!child->is_alive)
        return;
    if (packet.opcode == PROVI_TFTP_ERROR)
        child->is_alive = false;
    else if (packet.opcode == PROVI_TFTP_ACK && !child->is_write)
        child_take_ack(net, child, packet.number);
    else if (packet.opcode == PROVI_TFTP_DATA && child->is_write)
        child_take_data(net, child, &packet);
}

static void child_wake(struct net *net, struct child *child)
{
    if (++child->n_again > SERVER_PATIENCE || (child->is_write && net->ride->is_served))
        child->is_alive = false;
    else
        child_transmit(net, child);
}

/* The client */

static void carry_out(struct net *net, const struct provi_tftp_action *action)
{
    const struct provi_tftp *t = &net->ride->transfer;
    if (action->bytes.len &&
        !is_file((const uint8_t *)action->bytes.data, action->bytes.len, net->n_checked))
        test_die("wrong bytes at %llu", (unsigned long long)net->n_checked);
    net->n_checked += action->bytes.len;
    if (action->send.len)
        transmit(net, false, action->port, action->send.data, action->send.len);
    if (action->is_decided)
        net->ride->decided_ms = net->now_ms;
    if (action->is_decided && t->outcome == PROVI_TFTP_WHOLE)
        net->ride->is_equal = net->n_checked == net->file_bytes;
}

static void tell_client(struct net *net, const struct flying *datagram)
{
    struct provi_tftp_action action;
    struct provi_tftp_event event = {.now_ms = net->now_ms};
    if (datagram) {
        event.data = datagram->data;
        event.len = datagram->len;
        event.port = datagram->port;
    }
    provi_tftp_step(&net->ride->transfer, &event, &action);
    carry_out(net, &action);
}

/* The clock */

static void deliver(struct net *net, const struct flying *next)
{
    struct flying datagram = *next;
    net->flying[next - net->flying] = net->flying[--net->n_flying];
    if (datagram.is_to_client)
        tell_client(net, &datagram);
    else
        serve(net, &datagram);
}

static struct child *next_child(struct net *net)
{
    struct child *next = NULL;
    for (size_t i = 0; i < net->n_children; i++) {
        struct child *one = &net->children[i];
        if (one->is_alive && (!next || one->resend_ms < next->resend_ms))
            next = one;
    }
    return next;
}

/* The next thing that happens; false when nothing will. */
static bool advance(struct net *net)
{
    const struct flying *flying = next_flying(net);
    struct child *child = next_child(net);
    int64_t due_ms = provi_tftp_due_ms(&net->ride->transfer);
    int64_t flying_ms = flying ? flying->at_ms : INT64_MAX;
    int64_t child_ms = child ? child->resend_ms : INT64_MAX;
    if (flying_ms <= due_ms && flying_ms <= child_ms && flying) {
        net->now_ms = flying_ms;
        deliver(net, flying);
    } else if (child_ms <= due_ms && child) {
        net->now_ms = child_ms;
        child_wake(net, child);
    } else if (due_ms < INT64_MAX) {
        net->now_ms = due_ms;
        tell_client(net, NULL);
    } else {
        return false;
    }
    return true;
}

static uint8_t *make_file(uint64_t file_bytes)
{
    uint8_t *file = malloc(file_bytes + 1);
    if (!file)
        test_die("no memory for the file");
    for (uint64_t i = 0; i < file_bytes; i++)
        file[i] = file_byte(i);
    return file;
}

void tftp_net_ride(struct tftp_ride *ride, const struct tftp_line *line, bool is_write,
                   uint64_t file_bytes)
{
    static struct net net;
    *ride = (struct tftp_ride){0};
    net = (struct net){
        .line = line,
        .ride = ride,
        .file_bytes = file_bytes,
        .random = line->seed * 2654435761u + 88172645u,
    };
    uint8_t *body = is_write ? make_file(file_bytes) : NULL;
    const struct provi_tftp_request request = {
        .name = PROVI_LIT("profile.xml"),
        .body = {(const char *)body, is_write ? file_bytes : 0},
        .max_bytes = UINT64_MAX,
        .answer_ms = 27000,
        .idle_ms = 27000,
        .total_ms = 900000,
        .port = SERVER_PORT,
        .is_write = is_write,
    };
    struct provi_tftp_action action;
    provi_tftp_start(&ride->transfer, &request, net.now_ms, &action);
    carry_out(&net, &action);
    while (advance(&net))
        ;
    free(body);
}
