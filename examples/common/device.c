/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/device.h"

#include <stdio.h>
#include <string.h>

#include <provision/provision.h>

#include "common/hex.h"

bool device_read_mac(const char *text, void *address)
{
    uint8_t *mac = address;
    for (size_t i = 0; i < 6; i++) {
        if (i > 0 && (*text == ':' || *text == '-'))
            text++;
        int byte = hex_byte(text);
        if (byte < 0)
            return false;
        mac[i] = (uint8_t)byte;
        text += 2;
    }
    return *text == '\0';
}

bool device_read_dialect(const char *text, void *dialect)
{
    if (strcmp(text, "mpp") != 0 && strcmp(text, "spa") != 0)
        return false;
    *(uint32_t *)dialect = text[0] == 'm' ? PROV_DIALECT_MPP : PROV_DIALECT_SPA;
    return true;
}

bool device_read_series(const char *text, void *series)
{
    int len = snprintf(series, DEVICE_SERIES_CAP, "%s", text);
    return len > 0 && len < DEVICE_SERIES_CAP;
}

bool device_read_server(const char *text, void *server)
{
    struct prov_rule_target target = {.size = sizeof target, .path = prov_str_from("/")};
    *(const char **)server = text;
    return prov_rule_target_resolve(&target, prov_str_from(text), &target, NULL) == PROV_OK;
}

void device_derive_series(const char *model, char series[DEVICE_SERIES_CAP])
{
    const char *digits = model + strcspn(model, "0123456789");
    snprintf(series, DEVICE_SERIES_CAP, "%.*s", (int)strspn(digits, "0123456789"), digits);
}
