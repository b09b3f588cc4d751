/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A libcurl that refuses an option, as one that was built without it does: in programs that use
 * this, curl_easy_setopt() is the one here. Callbacks, which cannot be refused, do not count.
 */
#ifndef TEST_SUPPORT_SETOPT_DIAL_H
#define TEST_SUPPORT_SETOPT_DIAL_H

#include <curl/curl.h>

#include "dials.h"

/** Refuse options by @p dial, but none that was taken before; NULL, as at first: none. */
void setopt_dial_set(struct dial *dial);

/** What libcurl was given last for @p option, a number; -1: nothing yet. */
long setopt_last(CURLoption option);

#endif
