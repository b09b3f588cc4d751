/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include <provision/version.h>

#include "config.h"

uint32_t prov_version_number(void)
{
    return PROV_VERSION_NUMBER;
}

const char *prov_version_string(void)
{
    return PROV_VERSION_STRING;
}

bool prov_feature_supported(uint32_t feature)
{
    switch (feature) {
    case PROV_FEATURE_CURL: return PROV_HAVE_CURL;
    case PROV_FEATURE_SRV: return PROV_HAVE_CURL && PROV_HAVE_CARES;
    default: return false;
    }
}
