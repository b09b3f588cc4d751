/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Texts for numbers of an agent; common/names.h has more. */
#ifndef PHONE_WORDS_H
#define PHONE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include <provision/provision.h>

/** Why a resync waits, or is due. */
const char *words_for_why(uint32_t why);

/** The verdict on a DHCP option, to be followed by a colon and the offer's `why`. */
const char *words_for_dhcp_verdict(uint32_t verdict);

/** The source of a server, enum prov_contact: `by …`. */
const char *words_for_contact(uint32_t contact);

/** The outcome of an activation code, enum prov_code_outcome. */
const char *words_for_code(uint32_t outcome);

/** Write `2026-11-29 21:03:55 UTC` to @p buf. @p wall_s  -1: the clock was not set. */
const char *words_for_moment(int64_t wall_s, char *buf, size_t cap);

/** Write `59 min 58 s` to @p buf. */
const char *words_for_wait(int64_t ms, char *buf, size_t cap);

#endif
