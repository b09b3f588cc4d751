/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "agent/syslog_line.h"

#include <stdio.h>

#include "base/error.h"

enum { FACILITY_LOCAL0 = 16, SECONDS_PER_DAY = 86400 };

struct civil {
    int month; /* 0..11 */
    int day;   /* 1..31 */
};

/* Howard Hinnant's days-to-civil, less the year. @p days counts from 1970-01-01. */
static struct civil civil_from_days(int64_t days)
{
    int64_t shifted = days + 719468; /* from 0000-03-01 */
    int64_t era = (shifted >= 0 ? shifted : shifted - 146096) / 146097;
    int64_t day_of_era = shifted - era * 146097;
    int64_t year_of_era =
        (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
    int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    int64_t month_from_march = (5 * day_of_year + 2) / 153;
    return (struct civil){
        .month = (int)((month_from_march + 2) % 12),
        .day = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1),
    };
}

/* `Mmm dd hh:mm:ss `, or nothing while the clock is not set. */
static void write_time(const struct prov_world *world, char buf[24])
{
    static const char months[12][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                       "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    buf[0] = '\0';
    if (!world->wall_valid)
        return;
    int64_t local = world->wall_s + world->utc_offset_s;
    int64_t days = local / SECONDS_PER_DAY - (local % SECONDS_PER_DAY < 0);
    int second = (int)(local - days * SECONDS_PER_DAY);
    struct civil date = civil_from_days(days);
    snprintf(buf, 24, "%s %2d %02d:%02d:%02d ", months[date.month], date.day, second / 3600,
             second / 60 % 60, second % 60);
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
