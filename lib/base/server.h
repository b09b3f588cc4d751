/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The server that a parameter names: `Proxy_Host`, `Syslog_Server`, `Debug_Server`. */
#ifndef PROVI_BASE_SERVER_H
#define PROVI_BASE_SERVER_H

#include "base/url.h"

enum { PROVI_MAX_SERVER_BYTES = 255 };

/**
 * Read a value that is a host, with or without a port.
 *
 * @param text        Trimmed, not empty. Never shown: it may hold a password by mistake.
 * @param name        Of the parameter.
 * @param port_param  Name of the parameter that holds the port instead, empty: there is none; NULL:
 *                    the value may.
 * @param[out] url    `host` and `port`, pointing into @p text.
 * @return PROV_OK; PROV_E_VALUE; PROV_E_LIMIT; both with the parameter as subject.
 */
prov_status provi_server_read(prov_str text, const char *name, const char *port_param,
                              struct provi_url *url, struct prov_error *err);

#endif
