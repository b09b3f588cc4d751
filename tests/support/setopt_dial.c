/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _GNU_SOURCE /* RTLD_NEXT */
#define CURL_DISABLE_TYPECHECK
#include "setopt_dial.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <string.h>

#include <curl/curl.h>
#undef curl_easy_setopt

static struct dial *setopt_dial;

/* By option; 1 more than the number, so that 0 is none. */
static long last[512];

long setopt_last(CURLoption option)
{
    return last[option % 512] - 1;
}

static bool is_known[512]; /* by option: it was given since the dial was set */

void setopt_dial_set(struct dial *dial)
{
    setopt_dial = dial;
    memset(is_known, 0, sizeof is_known);
}

static CURLcode (*find_next(void))(CURL *, CURLoption, ...)
{
    CURLcode (*next)(CURL *, CURLoption, ...);
    void *found = dlsym(RTLD_NEXT, "curl_easy_setopt");
    if (!found)
        test_die("no curl_easy_setopt()");
    memcpy(&next, &found, sizeof next); /* ISO C has no conversion */
    return next;
}

/* The callbacks of a transfer and what they are given, without which there is none. */
static bool is_callback(CURLoption option)
{
    switch (option) {
    case CURLOPT_PRIVATE:
    case CURLOPT_HEADERFUNCTION:
    case CURLOPT_HEADERDATA:
    case CURLOPT_WRITEFUNCTION:
    case CURLOPT_WRITEDATA:
    case CURLOPT_XFERINFOFUNCTION:
    case CURLOPT_XFERINFODATA:
    case CURLOPT_NOPROGRESS:
    case CURLOPT_READFUNCTION:
    case CURLOPT_READDATA:
    case CURLOPT_SEEKFUNCTION:
    case CURLOPT_SEEKDATA:
    case CURLOPT_OPENSOCKETFUNCTION:
    case CURLOPT_OPENSOCKETDATA:
    case CURLOPT_PREREQFUNCTION:
    case CURLOPT_PREREQDATA: return true;
    default: return false;
    }
}

/* Found by the library before that of libcurl. */
CURLcode curl_easy_setopt(CURL *easy, CURLoption option, ...)
{
    CURLcode (*next)(CURL *, CURLoption, ...) = find_next();
    va_list args;
    if (!is_callback(option) && !is_known[option % 512] && dial_tick(setopt_dial))
        return CURLE_UNKNOWN_OPTION;
    is_known[option % 512] = true;
    va_start(args, option);
    CURLcode code;
    if (option < CURLOPTTYPE_OBJECTPOINT)
        code = next(easy, option, (last[option % 512] = va_arg(args, long) + 1) - 1);
    else if (option >= CURLOPTTYPE_OFF_T && option < CURLOPTTYPE_BLOB)
        code = next(easy, option, va_arg(args, curl_off_t));
    else
        code = next(easy, option, va_arg(args, void *));
    va_end(args);
    return code;
}
