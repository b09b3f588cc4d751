/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "tftp/tftp.h"

#include "base/array.h"
#include "base/buffer.h"
#include "base/str.h"

/* RFC 2348. */
#define MIN_BLOCK_BYTES 8

static uint16_t read_u16(const uint8_t *at)
{
    return (uint16_t)(at[0] << 8 | at[1]);
}

static prov_str until_nul(prov_str text)
{
    text.len = provi_str_find(text, '\0');
    return text;
}

struct provi_tftp_packet provi_tftp_parse(const uint8_t *data, size_t len)
{
    struct provi_tftp_packet packet = {.opcode = PROVI_TFTP_GARBAGE};
    uint16_t opcode = len < 2 ? 0 : read_u16(data);
    prov_str whole = {(const char *)data, len};
    if (opcode == PROVI_TFTP_OACK) {
        packet.opcode = PROVI_TFTP_OACK;
        packet.rest = provi_str_from_offset(whole, 2);
        return packet;
    }
    if (len < PROVI_TFTP_HEAD_BYTES || opcode < PROVI_TFTP_DATA || opcode > PROVI_TFTP_ERROR)
        return packet;
    packet.opcode = (enum provi_tftp_opcode)opcode;
    packet.number = read_u16(data + 2);
    packet.rest = provi_str_from_offset(whole, PROVI_TFTP_HEAD_BYTES);
    if (opcode == PROVI_TFTP_ERROR) /* some servers omit the NUL */
        packet.rest = until_nul(packet.rest);
    return packet;
}

/*
 * The time, in seconds and in microseconds, after which the server should repeat a lost block.
 * Servers written against the Sorcerer's Apprentice bug (RFC 1123, section 4.2.3.1) repeat a block
 * only by their own clock, so it determines the duration on a lossy line. `timeout` is RFC 2349's;
 * `utimeout` is tftpd-hpa's, and ignored by others. A write request offers neither: this side's
 * clock repeats blocks there, and the server's determines how long it accepts a last block whose
 * ACK was lost.
 */
#define SERVER_TIMEOUT_S 1
#define SERVER_TIMEOUT_US 100000

enum option { TSIZE, BLKSIZE, TIMEOUT, UTIMEOUT };

/* In the order of the offer: of the two timeouts, tftpd-hpa uses the last one. */
static const struct {
    const char *name;
    uint64_t min; /* range of an accepted value */
    uint64_t max;
} offers[] = {
    [TSIZE] = {"tsize", 0, INT64_MAX},
    [BLKSIZE] = {"blksize", MIN_BLOCK_BYTES, PROVI_TFTP_BLOCK_BYTES},
    [TIMEOUT] = {"timeout", SERVER_TIMEOUT_S, SERVER_TIMEOUT_S},
    [UTIMEOUT] = {"utimeout", SERVER_TIMEOUT_US, SERVER_TIMEOUT_US},
};

/* Cut a NUL-terminated text off the front. */
static bool read_text(prov_str *rest, prov_str *text)
{
    *text = until_nul(*rest);
    if (text->len == rest->len)
        return false;
    *rest = provi_str_from_offset(*rest, text->len + 1);
    return true;
}

static bool read_option(struct provi_tftp_options *options, prov_str name, prov_str text)
{
    for (size_t i = 0; i < PROVI_LEN(offers); i++) {
        uint64_t value;
        if (!provi_str_eq_nocase(name, prov_str_from(offers[i].name)))
            continue;
        if (!provi_str_to_u64(text, offers[i].max, &value) || value < offers[i].min)
            return false;
        if (i == TSIZE)
            options->file_bytes = (int64_t)value;
        if (i == BLKSIZE)
            options->block_bytes = (uint32_t)value;
        return true;
    }
    return false;
}

bool provi_tftp_read_options(prov_str rest, struct provi_tftp_options *options)
{
    *options = (struct provi_tftp_options){PROVI_TFTP_PLAIN_BLOCK_BYTES, -1};
    while (rest.len) {
        prov_str name, value;
        if (!read_text(&rest, &name) || !read_text(&rest, &value) ||
            !read_option(options, name, value))
            return false;
    }
    return true;
}

static void add_text(struct provi_text *out, prov_str text)
{
    provi_text_add(out, text);
    provi_text_add_char(out, '\0');
}

static void add_option(struct provi_text *out, enum option option, int64_t value)
{
    add_text(out, prov_str_from(offers[option].name));
    provi_text_add_number(out, value);
    provi_text_add_char(out, '\0');
}

size_t provi_tftp_write_request(uint8_t *buf, enum provi_tftp_opcode opcode, prov_str name,
                                bool has_options, int64_t file_bytes)
{
    struct provi_text out = {.buf = (char *)buf, .cap = PROVI_TFTP_MAX_DATAGRAM_BYTES};
    provi_text_add_char(&out, '\0');
    provi_text_add_char(&out, (char)opcode);
    add_text(&out, name);
    add_text(&out, PROVI_LIT("octet"));
    if (has_options && file_bytes >= 0)
        add_option(&out, TSIZE, file_bytes);
    if (has_options)
        add_option(&out, BLKSIZE, PROVI_TFTP_BLOCK_BYTES);
    if (has_options && opcode == PROVI_TFTP_RRQ) {
        add_option(&out, TIMEOUT, SERVER_TIMEOUT_S);
        add_option(&out, UTIMEOUT, SERVER_TIMEOUT_US);
    }
    return out.len;
}

size_t provi_tftp_write_head(uint8_t *buf, enum provi_tftp_opcode opcode, uint16_t number)
{
    buf[0] = 0;
    buf[1] = (uint8_t)opcode;
    buf[2] = (uint8_t)(number >> 8);
    buf[3] = (uint8_t)number;
    return PROVI_TFTP_HEAD_BYTES;
}
