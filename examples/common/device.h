/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What a command line says about a device. */
#ifndef COMMON_DEVICE_H
#define COMMON_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

enum { DEVICE_SERIES_CAP = 32 };

/** Read twelve hex digits, with or without `:` or `-` between bytes. @return false otherwise. */
bool device_read_mac(const char *text, uint8_t mac[6]);

/** Read `mpp` or `spa` as enum prov_dialect_id. @return false for anything else. */
bool device_read_dialect(const char *text, uint32_t *dialect);

/** Copy a series. @return false for an empty one, or one that is too long. */
bool device_read_series(const char *text, char series[DEVICE_SERIES_CAP]);

/** Take the server of rules that name none, borrowed. @return false for what is no server. */
bool device_read_server(const char *text, const char **server);

/** The series of a model: `8841` of `CP-8841-3PCC`. */
void device_derive_series(const char *model, char series[DEVICE_SERIES_CAP]);

#endif
