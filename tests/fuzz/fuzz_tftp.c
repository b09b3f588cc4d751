/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Any server. The first byte of the input chooses reading or writing; then each record of two bytes
 * length, one byte port and one byte time is a datagram; where the length is 0 only time, or, from
 * port 255, a report that the port is closed.
 *
 * Properties: what is sent fits its buffer and is a datagram a client sends; what is handed on lies
 * within the datagram, adds up, and is never more than allowed; there is one outcome at most, and
 * a word for it; nothing is due in the past once time has been told; what is gone stays silent.
 */
#include "tftp/tftp.h"

#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "dials.h"

#define REQUIRE(claim)                                                                             \
    do {                                                                                           \
        if (!(claim))                                                                              \
            test_die("%s", #claim);                                                                \
    } while (0)

#define MAX_BYTES 4000
#define SERVER_PORT 69

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct run {
    struct provi_tftp transfer;
    uint64_t n_bytes;
    unsigned n_decided;
};

static void require_client_datagram(const struct run *run, const struct provi_tftp_action *action)
{
    prov_str sent = action->send;
    REQUIRE(sent.len >= PROVI_TFTP_HEAD_BYTES && sent.len <= PROVI_TFTP_MAX_DATAGRAM_BYTES);
    REQUIRE(sent.data[0] == 0);
    bool is_write = run->transfer.request.is_write;
    switch (sent.data[1]) {
    case PROVI_TFTP_RRQ: REQUIRE(!is_write && action->port == SERVER_PORT); break;
    case PROVI_TFTP_WRQ: REQUIRE(is_write && action->port == SERVER_PORT); break;
    case PROVI_TFTP_DATA: REQUIRE(is_write); break;
    case PROVI_TFTP_ACK: REQUIRE(!is_write && sent.len == PROVI_TFTP_HEAD_BYTES); break;
    default: REQUIRE(sent.data[1] == PROVI_TFTP_ERROR);
    }
}

static void require_within(const struct provi_tftp_event *event, prov_str bytes)
{
    const char *data = (const char *)event->data;
    REQUIRE(data && bytes.data >= data && bytes.data + bytes.len <= data + event->len);
}

static void require_words(const struct provi_tftp *transfer)
{
    struct prov_error err = {.size = sizeof err};
    prov_status status = provi_tftp_report(transfer, "server", "host", &err);
    REQUIRE(status == PROV_OK || err.status == status);
    for (const char *at = err.message; *at; at++)
        REQUIRE(*at >= ' ' && *at <= '~');
}

static void step(struct run *run, const struct provi_tftp_event *event)
{
    struct provi_tftp *transfer = &run->transfer;
    struct provi_tftp_action action;
    bool was_gone = transfer->phase == PROVI_TFTP_GONE;
    provi_tftp_step(transfer, event, &action);
    if (was_gone)
        REQUIRE(action.send.len == 0 && action.bytes.len == 0 && !action.is_decided);
    if (action.send.len)
        require_client_datagram(run, &action);
    if (action.bytes.len)
        require_within(event, action.bytes);
    run->n_bytes += action.bytes.len;
    REQUIRE(transfer->request.is_write || run->n_bytes == transfer->n_bytes);
    REQUIRE(transfer->file_bytes <= 0 || transfer->request.is_write ||
            run->n_bytes <= (uint64_t)transfer->file_bytes);
    run->n_decided += action.is_decided;
    REQUIRE(run->n_decided == (transfer->outcome != PROVI_TFTP_UNDECIDED));
    if (!event->data && !event->is_refused)
        REQUIRE(provi_tftp_due_ms(transfer) > event->now_ms);
    if (action.is_decided)
        require_words(transfer);
}

static int64_t play(struct run *run, const uint8_t *data, size_t size)
{
    struct provi_tftp_event event = {0};
    while (size >= 4) {
        size_t len = (size_t)(data[0] << 8 | data[1]);
        uint8_t port = data[2];
        event.port = port % 3 ? (uint16_t)(7000 + port) : SERVER_PORT;
        event.now_ms += data[3] * 8;
        data += 4;
        size -= 4;
        event.len = len < size ? len : size;
        event.data = event.len ? data : NULL;
        event.is_refused = !event.data && port == 255;
        step(run, &event);
        data += event.len;
        size -= event.len;
    }
    return event.now_ms;
}

/* However it went, time alone brings it to an end. */
static void require_end(struct run *run, int64_t now_ms)
{
    for (int i = 0; i < 10000 && run->transfer.phase != PROVI_TFTP_GONE; i++) {
        const struct provi_tftp_event event = {.now_ms = now_ms};
        step(run, &event);
        int64_t due_ms = provi_tftp_due_ms(&run->transfer);
        now_ms = due_ms < INT64_MAX ? due_ms : now_ms;
    }
    REQUIRE(run->transfer.phase == PROVI_TFTP_GONE && run->n_decided == 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char body[1500] = {1};
    if (size == 0)
        return 0;
    const struct provi_tftp_request request = {
        .name = PROVI_LIT("basic.txt"),
        .body = {body, sizeof body},
        .max_bytes = MAX_BYTES,
        .answer_ms = 27000,
        .idle_ms = 27000,
        .total_ms = 900000,
        .port = SERVER_PORT,
        .is_write = data[0] & 1,
    };
    struct run run = {0};
    struct provi_tftp_action action;
    provi_tftp_start(&run.transfer, &request, 0, &action);
    require_client_datagram(&run, &action);
    require_end(&run, play(&run, data + 1, size - 1));
    return 0;
}
