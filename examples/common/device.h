/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Options about a device: readers for command_line_read(), and descriptions of their values. */
#ifndef COMMON_DEVICE_H
#define COMMON_DEVICE_H

#include <stdbool.h>
#include <stdint.h>

enum { DEVICE_SERIES_CAP = 32 };

#define DEVICE_MAC "12 hexadecimal digits, such as 000e08abcdef or 00:0e:08:ab:cd:ef"
#define DEVICE_MODEL "a model, such as CP-8841-3PCC"
#define DEVICE_SERIES "a short name, such as 8800"
#define DEVICE_LOAD "a load, such as sip88xx.11-3-1MPP-110.loads"
#define DEVICE_SERVER "a name or an address, such as 192.0.2.1, without a path"
#define DEVICE_DIALECT "mpp or spa"

/** Read twelve hex digits, with or without `:` or `-` between bytes, as `uint8_t[6]`. */
bool device_read_mac(const char *text, void *address);

/** Read `mpp` or `spa` as enum prov_dialect_id, a `uint32_t`. */
bool device_read_dialect(const char *text, void *dialect);

/** Copy a series that is neither empty nor too long to `char[DEVICE_SERIES_CAP]`. */
bool device_read_series(const char *text, void *series);

/** Borrow the server for rules that have none as `const char *`; false if it is invalid. */
bool device_read_server(const char *text, void *server);

/** The series of a model: `8841` of `CP-8841-3PCC`. */
void device_derive_series(const char *model, char series[DEVICE_SERIES_CAP]);

#endif
