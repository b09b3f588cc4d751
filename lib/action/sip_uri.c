/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/sip_uri.h"

#include "base/str.h"

bool provi_sip_user(prov_str uri, prov_str *user)
{
    size_t colon = provi_str_find(uri, ':');
    prov_str scheme = {uri.data, colon};
    if (!provi_str_eq_nocase(scheme, PROVI_LIT("sip")) &&
        !provi_str_eq_nocase(scheme, PROVI_LIT("sips")))
        return false;
    prov_str rest = provi_str_from_offset(uri, colon + 1);
    size_t at = provi_str_find(rest, '@');
    if (at == rest.len)
        return false;
    rest.len = at;
    *user = (prov_str){rest.data, provi_str_find(rest, ':')};
    return user->len > 0;
}

bool provi_sip_user_eq(prov_str user, prov_str plain)
{
    size_t n = 0;
    for (size_t i = 0; i < user.len; i++, n++) {
        char c = user.data[i];
        if (c == '%' && user.len - i > 2) {
            int byte = provi_hex_byte(user, i + 1);
            if (byte < 0)
                return false;
            c = (char)byte;
            i += 2;
        }
        if (n == plain.len || c != plain.data[n])
            return false;
    }
    return n == plain.len;
}
