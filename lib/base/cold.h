/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** How a compiler is told what is seldom. */
#ifndef PROVI_BASE_APART_H
#define PROVI_BASE_APART_H

/** Keeps what is seldom done, as failing is, out of what is done often or fails in many places. */
#define PROVI_COLD __attribute__((noinline))

#endif
