/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Timing of the reports that no request asks for, by `Report_To_Server`: after the first resync of
 * a boot, some time after a local change, or periodically; and a retry after a failure.
 */
#ifndef PROVI_JOBS_REPORT_TIMING_H
#define PROVI_JOBS_REPORT_TIMING_H

#include <stdbool.h>
#include <stdint.h>

struct provi_env;

/** `Report_To_Server` */
enum provi_report_mode {
    PROVI_REPORT_ON_REQUEST,
    PROVI_REPORT_ON_CHANGE,
    PROVI_REPORT_PERIODICALLY,
};

struct provi_report_timing {
    struct provi_env *env;
    enum provi_report_mode mode; /* as last read */
    bool is_stale;               /* the settings may have changed */
    bool is_unread;              /* the mode could not be read; try again at reread_ms */
    int64_t reread_ms;
    bool is_booting;      /* no resync has ended since the boot */
    bool has_change;      /* of parameters, neither delivered nor in the report under way */
    bool is_change_saved; /* the record says so, for the time after a reboot */
    bool is_change_sent;  /* a change is in the report under way */
    int64_t change_ms;    /* time of the first of these changes */
    int64_t last_ms;      /* end of the last periodic report; the boot before the first */

    bool has_due; /* a report is due at due_ms */
    int64_t due_ms;
    bool is_spread;     /* due_ms was moved once, after a link change or a sleep */
    int64_t planned_ms; /* when due_ms was planned */
    uint32_t n_failed;  /* in a row */
};

/** The device booted: load the record. */
void provi_report_timing_boot(struct provi_report_timing *timing);

/** Read the settings and plan, if they may have changed or could not be read. */
void provi_report_timing_update(struct provi_report_timing *timing);

/** Milliseconds until the settings are to be read; -1: no time is set. */
int64_t provi_report_timing_read_ms(const struct provi_report_timing *timing);

/** Parameters were changed on the device. */
void provi_report_timing_change(struct provi_report_timing *timing);

/** A resync ended. */
void provi_report_timing_resync(struct provi_report_timing *timing);

/** Milliseconds until the next report is due; -1: none is planned. */
int64_t provi_report_timing_left_ms(const struct provi_report_timing *timing);

/** A report starts or ended. */
void provi_report_timing_start(struct provi_report_timing *timing);
void provi_report_timing_end(struct provi_report_timing *timing, bool is_delivered);

/** The link is back: retry soon. */
void provi_report_timing_hurry(struct provi_report_timing *timing);

/** Delay a report that was due while the device slept, as all devices of a site may have. */
void provi_report_timing_delay(struct provi_report_timing *timing);

#endif
