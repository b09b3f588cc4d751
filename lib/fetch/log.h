/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Log messages: expanded, reported as events, and sent to the syslog servers. */
#ifndef PROVI_FETCH_LOG_H
#define PROVI_FETCH_LOG_H

#include <provision/host.h>

struct provi_fetcher;

/**
 * Log messages of an operation, in one string: it needs no relocations. Each is the name of the
 * parameter that holds it, or, if it contains a blank, a text with macros; empty: none.
 */
#define PROVI_MESSAGES(request, success, failure) request "\0" success "\0" failure

/** The requested URL, in such a text. */
#define PROVI_MESSAGE_URL "$SCHEME://$SERVIP:$PORT$PATH"

/** Log that a file is requested. @p messages  PROVI_MESSAGES(); NULL: none. */
void provi_log_request(struct provi_fetcher *fetcher, uint32_t job, const char *messages);

/** Log the result; `$ERR` is set. @p messages  Likewise. */
void provi_log_end(struct provi_fetcher *fetcher, uint32_t job, const char *messages,
                   bool has_failed);

/** Log a text without macros; @p name is the parameter that it concerns. */
void provi_log_text(struct provi_fetcher *fetcher, uint32_t job, const char *name,
                    enum prov_severity severity, prov_str text);

/**
 * Send the host's text to the log servers, without an event.
 *
 * @return PROV_OK; PROV_E_STATE when called from the report of an unsent message; PROV_E_NOMEM.
 */
prov_status provi_log_host(struct provi_fetcher *fetcher, uint32_t severity, prov_str text,
                           struct prov_error *err);

#endif
