/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp_server.h"

#include <stdio.h>
#include <string.h>

#include "dials.h"

unsigned tftp_opcode(const uint8_t *data, size_t len)
{
    return len < 2 ? 0 : (unsigned)data[0] << 8 | data[1];
}

unsigned tftp_number(const uint8_t *data, size_t len)
{
    return len < 4 ? 0 : (unsigned)data[2] << 8 | data[3];
}

/* A packet: opcode, number, text. */
void tftp_send(struct datagram_server *server, enum tftp_opcode code, unsigned n, const char *text,
               size_t len)
{
    uint8_t packet[1500] = {0, (uint8_t)code, (uint8_t)(n >> 8), (uint8_t)n};
    if (len > sizeof packet - 4)
        test_die("a packet of %zu bytes", len);
    memcpy(packet + 4, text, len);
    datagram_server_send(server, packet, 4 + len);
}

void tftp_send_error(struct datagram_server *server, unsigned n)
{
    tftp_send(server, TFTP_ERROR, n, "no", 3);
}

static bool has_options(const uint8_t *data, size_t len)
{
    size_t at = 2 + strlen((const char *)data + 2) + 1;
    return at + strlen("octet") + 1 < len;
}

void tftp_send_block(struct datagram_server *server, const struct tftp_files *script, unsigned n)
{
    size_t start = (n - 1) * script->block;
    size_t len = strlen(script->file);
    if (n < 1 || start > len)
        return;
    size_t rest = len - start;
    tftp_send(server, TFTP_DATA, n, script->file + start,
              rest < script->block ? rest : script->block);
}

static void answer_request(struct datagram_server *server, struct tftp_files *script,
                           const uint8_t *data, size_t len)
{
    bool is_bare = !has_options(data, len);
    script->n_requests++;
    script->n_bare += is_bare;
    snprintf(script->name, sizeof script->name, "%s", (const char *)data + 2);
    if (script->n_silent >= script->n_requests)
        return;
    if (script->error)
        tftp_send_error(server, script->error - 1);
    else if (script->refuses_options && !is_bare)
        tftp_send_error(server, 8);
    else if (script->options && !is_bare) {
        uint8_t packet[100] = {0, TFTP_OACK};
        memcpy(packet + 2, script->options, script->options_len);
        datagram_server_send(server, packet, 2 + script->options_len);
    } else if (tftp_opcode(data, len) == TFTP_WRQ)
        tftp_send(server, TFTP_ACK, 0, "", 0);
    else
        tftp_send_block(server, script, 1);
}

void tftp_serve(struct datagram_server *server, const uint8_t *data, size_t len)
{
    struct tftp_files *script = server->ctx;
    switch (tftp_opcode(data, len)) {
    case TFTP_RRQ:
    case TFTP_WRQ: answer_request(server, script, data, len); break;
    case TFTP_ACK:
        if (script->last_block == 0 || tftp_number(data, len) < script->last_block)
            tftp_send_block(server, script, tftp_number(data, len) + 1);
        break;
    case TFTP_DATA:
        snprintf(script->stored, sizeof script->stored, "%.*s", (int)len - 4,
                 (const char *)data + 4);
        tftp_send(server, TFTP_ACK, tftp_number(data, len), "", 0);
        break;
    case TFTP_ERROR:
        script->has_error = true;
        script->error_number = tftp_number(data, len);
        break;
    default: break;
    }
}
