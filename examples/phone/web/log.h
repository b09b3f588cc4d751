/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The last log messages of the phone, for its page. */
#ifndef PHONE_WEB_LOG_H
#define PHONE_WEB_LOG_H

#include <stddef.h>

#include <provision/provision.h>

enum { WEB_LOG_LINES = 64, WEB_LOG_LINE_CAP = 320 };

/** All zero: empty. Beyond WEB_LOG_LINES, the oldest messages are dropped. */
struct web_log {
    char (*lines)[WEB_LOG_LINE_CAP]; /* a ring; owned, NULL: empty */
    size_t n;                        /* number of messages ever added */
};

/** Add a message, with the time. Without memory it is dropped. */
void log_add(struct web_log *log, prov_str text);

/** @return The message with this index, 0 is the latest; NULL: there is none. */
const char *log_get(const struct web_log *log, size_t index);

/** Release the memory. */
void log_free(struct web_log *log);

#endif
