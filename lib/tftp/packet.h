/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** TFTP's datagrams, read and written (RFC 1350, section 5; RFC 2347). */
#ifndef PROVI_TFTP_PACKET_H
#define PROVI_TFTP_PACKET_H

#include <provision/base.h>

#define PROVI_TFTP_HEAD_BYTES 4
/* Of a block where nothing else was agreed (RFC 1350). */
#define PROVI_TFTP_PLAIN_BLOCK_BYTES 512
/* Offered instead: the largest block that fits an Ethernet frame also through a tunnel. */
#define PROVI_TFTP_BLOCK_BYTES 1428
#define PROVI_TFTP_MAX_DATAGRAM_BYTES (PROVI_TFTP_HEAD_BYTES + PROVI_TFTP_BLOCK_BYTES)
/* Longer names broke servers. */
#define PROVI_TFTP_MAX_NAME_BYTES 255

enum provi_tftp_opcode {
    PROVI_TFTP_GARBAGE = 0, /* no datagram of TFTP */
    PROVI_TFTP_RRQ = 1,
    PROVI_TFTP_WRQ = 2,
    PROVI_TFTP_DATA = 3,
    PROVI_TFTP_ACK = 4,
    PROVI_TFTP_ERROR = 5,
    PROVI_TFTP_OACK = 6,
};

enum provi_tftp_error {
    PROVI_TFTP_ERROR_UNNAMED = 0,
    PROVI_TFTP_ERROR_NOT_FOUND = 1,
    PROVI_TFTP_ERROR_ACCESS = 2,
    PROVI_TFTP_ERROR_FULL = 3,
    PROVI_TFTP_ERROR_ILLEGAL = 4,
    PROVI_TFTP_ERROR_UNKNOWN_TID = 5,
    PROVI_TFTP_ERROR_EXISTS = 6,
    PROVI_TFTP_ERROR_NO_USER = 7,
    PROVI_TFTP_ERROR_OPTIONS = 8,
};

/* What came, pointing into the datagram. Only what a server may send is told apart from garbage. */
struct provi_tftp_packet {
    enum provi_tftp_opcode opcode;
    uint16_t number; /* of the block or the error; 0 in an OACK */
    prov_str rest;   /* bytes of the file, the error's text without NUL, or options */
};

struct provi_tftp_packet provi_tftp_parse(const uint8_t *data, size_t len);

/* What an OACK agreed to. */
struct provi_tftp_options {
    uint32_t block_bytes;
    int64_t file_bytes; /* -1: not said */
};

/** Read an OACK's options. False for anything that was not offered or does not fit the offer. */
bool provi_tftp_read_options(prov_str rest, struct provi_tftp_options *options);

/**
 * Write a read or write request for octet mode into @p buf, which has room for
 * PROVI_TFTP_MAX_DATAGRAM_BYTES.
 *
 * @param name        At most PROVI_TFTP_MAX_NAME_BYTES, without NUL.
 * @param file_bytes  Offered as `tsize` beside other options: 0 in a read request (RFC 2349). -1:
 *                    not known.
 * @return Its length.
 */
size_t provi_tftp_write_request(uint8_t *buf, enum provi_tftp_opcode opcode, prov_str name,
                                bool has_options, int64_t file_bytes);

/** Write opcode and number. Returns PROVI_TFTP_HEAD_BYTES. */
size_t provi_tftp_write_head(uint8_t *buf, enum provi_tftp_opcode opcode, uint16_t number);

#endif
