/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone's HTTP door, on libmicrohttpd: action URLs, Cisco XML, and pages. The library reads and
 * checks the requests (<provision/action.h>); this door has sockets, limits and logins.
 * absent.c replaces it in a build without libmicrohttpd.
 */
#ifndef PHONE_WEB_H
#define PHONE_WEB_H

#include <stdbool.h>

#include <provision/provision.h>

#include "listen.h"

struct phone;
struct waiting;
struct web;

/**
 * Listen at --http, and report it.
 *
 * @param[out] out    New, ended by web_close(). NULL on failure, which was reported.
 * @param      phone  Must outlive it.
 */
bool web_open(struct web **out, struct phone *phone);

/** End all connections. NULL is fine. */
void web_close(struct web *web);

/** Add descriptors and deadline. NULL is fine. */
void web_wait(struct web *web, struct waiting *waiting);

/** Process received requests. Not from a callback of the agent. NULL is fine. */
void web_process(struct web *web);

/** Store a log message for the page. NULL is fine. */
void web_log(struct web *web, prov_str text);

/** The address of the door, with its port. @return @p buf; empty: NULL. */
const char *web_address(const struct web *web, char buf[LISTEN_TEXT_CAP]);

/** Whether this program has the door: a line of --help and --version. */
extern const char *const web_description;

#endif
