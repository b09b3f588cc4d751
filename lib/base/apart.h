/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** How a compiler is told what is seldom. */
#ifndef PROVI_BASE_APART_H
#define PROVI_BASE_APART_H

/** Keeps what is seldom called out of a function that is called for each parameter. */
#define PROVI_APART __attribute__((noinline))

#endif
