/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "decode/decode_priv.h"

#include <openssl/err.h>

#include "base/error.h"

void provi_ssl_begin(void)
{
    ERR_set_mark();
}

void provi_ssl_end(void)
{
    ERR_pop_to_mark();
}

prov_status provi_ssl_fail(struct prov_error *err, prov_status status, const char *message)
{
    unsigned long code = ERR_peek_last_error();
    if (ERR_GET_REASON(code) == ERR_R_MALLOC_FAILURE) {
        provi_fail_nomem(err);
        status = PROV_E_NOMEM;
    } else {
        provi_fail(err, status, "%s", message);
    }
    provi_error_native(err, PROV_ORIGIN_SSL, (int64_t)code);
    return status;
}
