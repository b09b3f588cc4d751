/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Shared by the readers of all doors: decoding, settings and verdicts. */
#ifndef PROVI_ACTION_PRIV_H
#define PROVI_ACTION_PRIV_H

#include <provision/action.h>

/** HTTP statuses, SIP statuses and numbers of Cisco errors. */
enum {
    PROVI_HTTP_OK = 200,
    PROVI_HTTP_BAD_REQUEST = 400,
    PROVI_HTTP_UNAUTHORIZED = 401,
    PROVI_HTTP_FORBIDDEN = 403,
    PROVI_HTTP_NOT_FOUND = 404,
    PROVI_HTTP_BAD_METHOD = 405,
    PROVI_HTTP_CONFLICT = 409,
    PROVI_HTTP_TOO_LARGE = 413,
    PROVI_HTTP_ERROR = 500,
    PROVI_HTTP_UNAVAILABLE = 503,
    PROVI_SIP_BUSY = 486,
    PROVI_SIP_BAD_EVENT = 489,
    PROVI_CISCO_PARSE = 1,
    PROVI_CISCO_FRAMING = 2,
    PROVI_CISCO_INTERNAL = 3,
    PROVI_CISCO_LOGIN = 4,
};

/* answer.c */

/** Fill in decision, status and reason; the status is that of the door. */
void provi_verdict_fill(struct prov_verdict *verdict, uint32_t door, uint32_t decision,
                        uint32_t http, uint32_t sip, const char *reason);

/* url.c */

enum provi_decode {
    PROVI_DECODE_URL,  /* `+` is not changed; control characters are faults */
    PROVI_DECODE_FORM, /* `+` is a blank */
};

/**
 * Percent-decode @p text once.
 *
 * @param      all   The text that @p text is a part of; `offset` of a fault refers to it.
 * @param[out] buf   As many bytes as @p text has; it may be the memory of @p text.
 * @return PROV_OK; PROV_E_SYNTAX: a `%` without two hexadecimal digits, or a control character.
 */
prov_status provi_action_decode(prov_str all, prov_str text, enum provi_decode form, char *buf,
                                prov_str *out, struct prov_error *err);

/* settings.c */

/**
 * Read a setting, or its default.
 *
 * @param      line   Replaces the `n` of a per-line parameter; 0: the parameter is not per line.
 * @param[out] value  In @p buf, or static.
 * @return PROV_OK; PROV_E_LIMIT: it does not fit; any status of @p params. All name the parameter.
 */
prov_status provi_action_setting(const struct prov_param_source *params, const char *name,
                                 uint32_t line, char *buf, size_t cap, prov_str *value,
                                 struct prov_error *err);

#endif
