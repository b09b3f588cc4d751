/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <openssl/err.h>

#include "base/error.h"

/*
 * What is asked of OpenSSL here is always the same and always legal: it fails when it lacks the
 * algorithm, of which it leaves word, or the memory, of which it often does not.
 */
static bool take_errors(unsigned long *last)
{
    bool is_unsupported = false;
    *last = 0;
    for (unsigned long code; (code = ERR_get_error()) != 0; *last = code)
        if (ERR_GET_REASON(code) == ERR_R_UNSUPPORTED)
            is_unsupported = true;
    return is_unsupported;
}

prov_status provi_ssl_fail(struct prov_error *err, const char *algorithm)
{
    unsigned long code;
    prov_status status;
    if (take_errors(&code))
        status = provi_fail(err, PROV_E_UNSUPPORTED, "OpenSSL has no %s", algorithm);
    else
        status = provi_fail_nomem(err);
    provi_error_native(err, PROV_ORIGIN_SSL, (int64_t)code);
    return status;
}

void provi_ssl_forget(void)
{
    ERR_clear_error();
}
