/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * One TFTP transfer played step by step, in words:
 *
 *     do: read basic.txt                 (or: write report.xml 600, a body of 600 bytes)
 *     say: to 69 rrq basic.txt tsize=0 blksize=1428 timeout=1 utimeout=100000
 *     do: from 7000 oack tsize=4
 *     say: to 7000 ack 0
 *     do: from 7000 data 1 4             (block 1 of 4 bytes)
 *     say: to 7000 ack 1 | 4 bytes | PROV_OK
 *
 * A write may read a source instead, at most PIECE bytes at a time: `send NAME LENGTH PIECE`, or
 * `stream NAME LENGTH PIECE` without announcing the length. It is broken at its end where
 * `break 1` was said before.
 *
 * More to do: `from PORT ack N`, `from PORT error N TEXT`, `from PORT hex 0003…`, `wait MS`,
 * `refused` (its host reports a closed port), `abandon`, and before the start `max BYTES`,
 * `answer MS`, `idle MS`, `total MS`. What is said is what is sent, handed on and decided;
 * `nothing` if none of it.
 */
#ifndef TEST_SUPPORT_TFTP_SCRIPT_H
#define TEST_SUPPORT_TFTP_SCRIPT_H

#include "tftp/tftp.h"

struct tftp_script {
    struct provi_tftp transfer;
    struct provi_tftp_request request; /**< for the next start */
    int64_t now_ms;
    char body[4096];
    size_t source_at, source_len, piece; /**< of the source */
    bool is_broken;                      /**< at its end */
    char name[512];
    char said[1024];
};

void tftp_script_init(struct tftp_script *script);

/** Do one line. Returns what it made the transfer say; dies at a line it does not know. */
const char *tftp_script_do(struct tftp_script *script, prov_str line);

#endif
