/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "show/words.h"

#include <stdio.h>
#include <string.h>
#include <time.h>

#include "common/names.h"

#define LEN(array) (sizeof(array) / sizeof(array)[0])

const char *words_for_dhcp_verdict(uint32_t verdict)
{
    static const char *const words[] = {
        [PROV_DHCP_CHOSEN] = "chosen",
        [PROV_DHCP_BEATEN] = "not needed",
        [PROV_DHCP_NOT_LISTED] = "not among the options to use",
        [PROV_DHCP_EMPTY] = "not usable:",
        [PROV_DHCP_NOT_TEXT] = "not usable:",
        [PROV_DHCP_NOT_A_SERVER] = "not usable: expected",
        [PROV_DHCP_CLASS] = "not usable:",
        [PROV_DHCP_MALFORMED] = "not usable:",
        [PROV_DHCP_NO_SUB_OPTION] = "not usable:",
    };
    return lookup_name(words, LEN(words), verdict);
}

const char *words_for_contact(uint32_t contact)
{
    static const char *const words[] = {
        [PROV_CONTACT_NONE] = "no source",       [PROV_CONTACT_DHCP] = "DHCP",
        [PROV_CONTACT_SRV] = "SRV records",      [PROV_CONTACT_SERVICE] = "the service",
        [PROV_CONTACT_CODE] = "activation code", [PROV_CONTACT_HAND] = "hand",
    };
    return lookup_name(words, LEN(words), contact);
}

const char *words_for_code(uint32_t outcome)
{
    static const char *const words[] = {
        [PROV_CODE_NONE] = "no code was sent",
        [PROV_CODE_ACCEPTED] = "accepted",
        [PROV_CODE_UNKNOWN] = "the service does not have this code",
        [PROV_CODE_USED] = "the code was used before",
        [PROV_CODE_EXPIRED] = "the code has expired",
        [PROV_CODE_WRONG_MODEL] = "the code is not for this model",
        [PROV_CODE_TOO_MANY] = "too many codes in a short time: wait before the next one",
        [PROV_CODE_NO_SERVICE] = "the code may be good: enter it again later",
        [PROV_CODE_INTERRUPTED] = "the phone restarted meanwhile: the code may be used up",
    };
    return lookup_name(words, LEN(words), outcome);
}

const char *words_for_moment(int64_t wall_s, char *buf, size_t cap)
{
    time_t seconds = (time_t)wall_s;
    struct tm parts;
    if (wall_s < 0 || !gmtime_r(&seconds, &parts) ||
        strftime(buf, cap, "%Y-%m-%d %H:%M:%S UTC", &parts) == 0)
        snprintf(buf, cap, "at an unknown time");
    return buf;
}

const char *words_for_why(uint32_t why)
{
    static const char *const words[] = {
        [PROV_WHY_NOTHING] = "all timers are off",
        [PROV_WHY_TIMER] = "",
        [PROV_WHY_LINE] = "waits for the call to end",
        [PROV_WHY_IDLE_DELAY] = "waits a while after the call",
        [PROV_WHY_TRIGGER] = "Resync_Trigger_1 and _2 are not true",
        [PROV_WHY_RUNNING] = "runs now",
        [PROV_WHY_DISABLED] = "Provision_Enable is No",
        [PROV_WHY_FORBIDDEN] = "the parameter for this cause is No",
        [PROV_WHY_CLOCK] = "waits for the clock to be set",
        [PROV_WHY_UNREADABLE] = "a parameter that permits it cannot be read",
        [PROV_WHY_NETWORK] = "soon after the network is back",
    };
    return lookup_name(words, LEN(words), why);
}

const char *words_for_wait(int64_t ms, char *buf, size_t cap)
{
    static const struct {
        const char *unit, *rest_unit;
        int64_t s, rest_s;
    } scales[] = {
        {"d", "h", 86400, 3600},
        {"h", "min", 3600, 60},
        {"min", "s", 60, 1},
        {"s", "", 1, 1},
    };
    int64_t s = ms / 1000 + (ms % 1000 > 0);
    size_t i = 0;
    while (i + 1 < LEN(scales) && s < scales[i].s)
        i++;
    long long whole = s / scales[i].s;
    long long rest = s % scales[i].s / scales[i].rest_s;
    if (rest)
        snprintf(buf, cap, "%lld %s %lld %s", whole, scales[i].unit, rest, scales[i].rest_unit);
    else
        snprintf(buf, cap, "%lld %s", whole, scales[i].unit);
    return buf;
}
