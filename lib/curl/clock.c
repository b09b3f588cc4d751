/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The one clock the library reads: a transport is not told the time, and TFTP sends again by it. */
#include "curl/curl_priv.h"

#include <time.h>

int64_t provi_curl_now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}
