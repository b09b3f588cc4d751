/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/abi.h"

#include <string.h>

#include "base/error.h"

bool provi_abi_is_size(size_t size)
{
    return size >= sizeof size && size <= PROVI_ABI_MAX_BYTES;
}

prov_status provi_abi_in(void *to, size_t known, const void *from, struct prov_error *err)
{
    memset(to, 0, known);
    memcpy(to, &known, sizeof known);
    if (!from)
        return PROV_OK;

    size_t size;
    memcpy(&size, from, sizeof size);
    if (!provi_abi_is_size(size))
        return provi_fail(err, PROV_E_ABI, "struct with size %zu, set it to sizeof the struct",
                          size);
    const unsigned char *bytes = from;
    for (size_t i = known; i < size; i++)
        if (bytes[i] != 0)
            return provi_fail(err, PROV_E_ABI,
                              "struct of %zu bytes uses byte %zu, this release knows %zu", size, i,
                              known);
    memcpy(to, from, size < known ? size : known);
    memcpy(to, &known, sizeof known);
    return PROV_OK;
}

prov_status provi_abi_out(void *to, const void *from, size_t known)
{
    size_t size;
    memcpy(&size, to, sizeof size);
    if (!provi_abi_is_size(size))
        return PROV_E_ABI;
    if (size > known)
        memset((unsigned char *)to + known, 0, size - known);
    memcpy(to, from, size < known ? size : known);
    memcpy(to, &size, sizeof size);
    return PROV_OK;
}
