/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Log messages: expanded, reported as events, and sent to the syslog servers. */
#ifndef PROVI_FETCH_LOG_H
#define PROVI_FETCH_LOG_H

#include <provision/host.h>

struct provi_fetcher;

/** Expand the message parameter @p name (e.g. `Log_Request_Msg`) and log it; empty: nothing. */
void provi_log_message(struct provi_fetcher *fetcher, uint32_t job, const char *name,
                       enum prov_severity severity);

/** Log a text as it stands; @p name is the parameter it is about. */
void provi_log_text(struct provi_fetcher *fetcher, uint32_t job, const char *name,
                    enum prov_severity severity, prov_str text);

/**
 * Send a text of the host's own to the log servers, without an event.
 *
 * @return PROV_OK; PROV_E_STATE within the report of a message that was not sent; PROV_E_NOMEM.
 */
prov_status provi_log_host(struct provi_fetcher *fetcher, uint32_t severity, prov_str text,
                           struct prov_error *err);

#endif
