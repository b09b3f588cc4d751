/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/store_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"

prov_status provi_store_fail_io(struct prov_error *err, const char *what, int32_t error)
{
    char reason[96] = "";
    if (strerror_r(error, reason, sizeof reason) != 0) /* a host's own number */
        snprintf(reason, sizeof reason, "error %ld", (long)error);
    provi_fail(err, PROV_E_IO, "cannot %s: %s", what, reason);
    provi_error_native(err, PROV_ORIGIN_OS, error);
    return PROV_E_IO;
}
