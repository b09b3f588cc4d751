/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Words for what an agent says in numbers; common/names.h has the others. */
#ifndef PHONE_WORDS_H
#define PHONE_WORDS_H

#include <stddef.h>
#include <stdint.h>

#include <provision/provision.h>

/** What holds a resync back, or makes it due, for people. */
const char *words_for_why(uint32_t why);

/** What became of a DHCP option; behind a colon the offer's `why` goes on. */
const char *words_for_dhcp_verdict(uint32_t verdict);

/** Where a server came from, enum prov_contact: `by …`. */
const char *words_for_contact(uint32_t contact);

/** What became of an activation code, enum prov_code_outcome. */
const char *words_for_code(uint32_t outcome);

/** `2026-11-29 21:03:55 UTC`, in @p buf. @p wall_s  -1: the clock was not set. */
const char *words_for_moment(int64_t wall_s, char *buf, size_t cap);

/** `59 min 58 s`, in @p buf. */
const char *words_for_wait(int64_t ms, char *buf, size_t cap);

#endif
