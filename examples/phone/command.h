/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The commands of the control socket: docs/phone.md. */
#ifndef PHONE_COMMAND_H
#define PHONE_COMMAND_H

#include <stdbool.h>
#include <stdio.h>

struct phone;

/**
 * Carry out one command, and write the reply, one JSON object in one line.
 *
 * @param wants_events  Of the client: `events on` and `events off` change it.
 */
void command_run(struct phone *phone, const char *line, bool *wants_events, FILE *out);

/** Write the reply of the command `status` as a document. */
void command_write_status(const struct phone *phone, FILE *out);

#endif
