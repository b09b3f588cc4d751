/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/action_priv.h"

#include "action/sip_uri.h"
#include "base/error.h"
#include "base/str.h"
#include "base/url.h"

enum { MAX_LINES = 999, MAX_USER = 256 };

prov_status prov_action_find_line(prov_str uri, uint32_t after, uint32_t n_lines,
                                  const struct prov_param_source *params, uint32_t *line,
                                  struct prov_error *err)
{
    char buf[MAX_USER];
    prov_str wanted, user;
    struct prov_error fault; /* a line's; the caller's stays as it is if there is a result */
    if (!line || !provi_str_is_sound(uri) || n_lines > MAX_LINES)
        return provi_fail_invalid(err, "uri, n_lines or line");
    *line = 0;
    provi_error_reset(&fault);
    if (!provi_sip_user(uri, &wanted))
        return provi_fail(err, PROV_E_NOT_FOUND, "expected a SIP URI with a user");
    for (uint32_t n = after + 1; n <= n_lines; n++) {
        prov_status status =
            provi_action_setting(params, "User_ID_n_", n, buf, sizeof buf, &user, &fault);
        if (status == PROV_E_LIMIT) /* too long to match */
            continue;
        if (status != PROV_OK) {
            provi_error_copy(err, &fault);
            return status;
        }
        if (provi_sip_user_eq(wanted, provi_str_trim(user))) {
            *line = n;
            return PROV_OK;
        }
    }
    return provi_fail(err, PROV_E_NOT_FOUND, "expected the user of a line, found another");
}

prov_status prov_action_realm(uint32_t line, const struct prov_param_source *params, char *buf,
                              size_t cap, prov_str *realm, struct prov_error *err)
{
    struct provi_url url;
    struct provi_url_fault fault;
    prov_str value;
    if (line == 0 || line > MAX_LINES || !buf || !realm)
        return provi_fail_invalid(err, "line, buf or realm");
    prov_status status = provi_action_setting(params, "Proxy_n_", line, buf, cap, &value, err);
    if (status != PROV_OK)
        return status;
    bool is_host = provi_url_split(provi_str_trim(value), false, &url, &fault) &&
                   url.scheme.len == 0 && url.host.len > 0 &&
                   url.host.len <= PROVI_MAX_SERVER_BYTES;
    *realm = is_host ? url.host : PROVI_LIT("phone");
    return PROV_OK;
}
