/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A TFTP transfer over a line that loses, doubles and delays, to a scripted server, on a clock that
 * jumps from event to event.
 */
#ifndef TEST_SUPPORT_TFTP_NET_H
#define TEST_SUPPORT_TFTP_NET_H

#include "tftp/tftp.h"

/** The line and the server. Zero is a perfect line to a server by the letter of the RFCs. */
struct tftp_line {
    unsigned loss_percent; /**< each way */
    unsigned copy_percent; /**< delivered twice, each way */
    int64_t delay_ms;      /**< one way; 0 counts as 1 */
    int64_t jitter_ms;     /**< up to so much more: datagrams overtake one another */
    bool knows_no_options;
    bool refuses_options; /**< error 8 */
    bool ignores_options; /**< silence */
    bool knows_utimeout;  /**< as tftpd-hpa */
    bool repeats;         /**< sends again at a repeated ACK: the Sorcerer's Apprentice */
    bool wraps_to_1;      /**< the block after 65,535 is number 1, of a read */
    uint32_t seed;
};

struct tftp_ride {
    struct provi_tftp transfer;
    int64_t decided_ms; /**< virtual time to the outcome */
    uint64_t n_sent;    /**< datagrams of the server */
    bool is_equal;      /**< the file arrived as it is, in either direction */
    bool is_served;     /**< the server knows that it arrived */
};

/** Carry a file of @p file_bytes. Ends when client and server have nothing more to do. */
void tftp_net_ride(struct tftp_ride *ride, const struct tftp_line *line, bool is_write,
                   uint64_t file_bytes);

#endif
