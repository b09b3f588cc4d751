/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "fetch/syslog_line.h"

#include <stdio.h>

#include "base/error.h"
#include "base/time.h"

enum { FACILITY_LOCAL0 = 16 };

/* `Mmm dd hh:mm:ss `, or nothing while the clock is not set. */
static void write_time(const struct prov_world *world, char buf[24])
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    buf[0] = '\0';
    if (!world->wall_valid)
        return;
    struct provi_civil t = provi_civil_from_seconds(world->wall_s + world->utc_offset_s);
    snprintf(buf, 24, "%s %2d %02d:%02d:%02d ", months[t.month - 1], t.day, t.hour, t.minute,
             t.second);
}

size_t provi_syslog_line(enum prov_severity severity, const struct prov_world *world,
                         prov_str identifier, prov_str text, char *buf, size_t cap)
{
    char time[24];
    write_time(world, time);
    int len = snprintf(buf, cap, "<%d>%s%.*s%s%.*s", FACILITY_LOCAL0 * 8 + (int)severity, time,
                       PROVI_STR(identifier), identifier.len ? " " : "", (int)text.len, text.data);
    return len < 0 ? 0 : (size_t)len;
}
