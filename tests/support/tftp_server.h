/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A TFTP server on loopback for one file, with what it does wrong.
 */
#ifndef TEST_SUPPORT_TFTP_SERVER_H
#define TEST_SUPPORT_TFTP_SERVER_H

#include "loopback.h"

enum tftp_opcode {
    TFTP_RRQ = 1,
    TFTP_WRQ = 2,
    TFTP_DATA = 3,
    TFTP_ACK = 4,
    TFTP_ERROR = 5,
    TFTP_OACK = 6,
};

/** Of a packet; 0: it is too short. */
unsigned tftp_opcode(const uint8_t *data, size_t len);
unsigned tftp_number(const uint8_t *data, size_t len);

struct tftp_files {
    const char *file;
    const char *options; /* in the TFTP_OACK; NULL: options are not heard of */
    size_t options_len;
    size_t block;         /* bytes */
    unsigned error;       /* instead of an answer, plus one; 0: none */
    bool refuses_options; /* error 8 to a request with options */
    unsigned n_silent;    /* requests not answered */
    unsigned last_block;  /* no more after it; 0: all */

    unsigned n_requests;
    unsigned n_bare;
    bool has_error;        /* the client sent one, */
    unsigned error_number; /* this */
    char name[600];
    char stored[600]; /* by a write request */
};

/** A packet: opcode, number, text. */
void tftp_send(struct datagram_server *server, enum tftp_opcode code, unsigned n, const char *text,
               size_t len);
void tftp_send_error(struct datagram_server *server, unsigned n);
/** Block @p n of the file, if it has so many. */
void tftp_send_block(struct datagram_server *server, const struct tftp_files *script, unsigned n);

/** To be a datagram server's `answer`; its `ctx` is a struct tftp_files. */
void tftp_serve(struct datagram_server *server, const uint8_t *data, size_t len);

#endif
