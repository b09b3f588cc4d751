/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Version numbers: dotted ones of SPA and ATA devices, load names of phones. */
#ifndef PROVI_RULE_VERSION_H
#define PROVI_RULE_VERSION_H

#include <provision/base.h>

/** `1.0`, `2.0.6`, `1.0.31(b)`, `7.5.2b`, `7.6.2.a`, `1.4.1.3`. */
bool provi_version_is_dotted(prov_str text);

/** `sip88xx.11-3-1MPP-110.loads`, `ATA19x.11-1-0MPP-23.img`, `11-1-0MPP-19`; in any case. */
bool provi_version_is_load(prov_str text);

/** Order of two dotted versions, or of one and an integer: negative, 0, positive. */
int provi_version_compare_dotted(prov_str a, prov_str b);

/** Order of two loads; model and file suffix do not count, a build only if both have one. */
int provi_version_compare_loads(prov_str a, prov_str b);

#endif
