/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The control socket: a Unix socket for programs that control phones. A client writes commands, one
 * per line, and reads replies, one JSON object per line; docs/phone.md lists the commands.
 */
#ifndef PHONE_CONTROL_H
#define PHONE_CONTROL_H

#include <stdbool.h>

#include <provision/provision.h>

struct phone;
struct control;
struct waiting;

/**
 * Listen.
 *
 * @param[out] out    New, ended by control_close(). NULL on failure, which was reported.
 * @param      where  A path, or `fd:N` for an inherited listening socket.
 */
bool control_open(struct control **out, const char *where);

/** End all connections and remove the socket from the file system. NULL is fine. */
void control_close(struct control *control);

/**
 * Add the descriptors to wait for; with a timeout of 0 if a further command has arrived. NULL is
 * fine.
 */
void control_wait(const struct control *control, struct waiting *waiting);

/**
 * Accept connections, and carry out one command of each. The next command of a connection is
 * carried out after a turn of the agent, so that its reply shows the effect of the previous one.
 * Not from a callback. NULL is fine.
 */
void control_process(struct control *control, struct phone *phone);

/** Report an event to the clients that have requested events. NULL is fine. */
void control_event(struct control *control, const struct prov_event *event);

/** End all connections; clients that connect during a reboot wait. NULL is fine. */
void control_hang_up(struct control *control);

#endif
