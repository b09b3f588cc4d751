/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Length of an array known to the compiler. */
#ifndef PROVI_BASE_ARRAY_H
#define PROVI_BASE_ARRAY_H

#define PROVI_LEN(array) (sizeof(array) / sizeof((array)[0]))

#endif
