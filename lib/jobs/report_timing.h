/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * When a report is sent that no request asks for, by `Report_To_Server`: after the first resync of
 * a boot, some time after a local change, or periodically; and again some time after a failure.
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
    enum provi_report_mode mode; /* as read last */
    bool is_stale;               /* the settings may have changed since */
    bool is_unread;              /* the last time, the mode could not be read: it is again at */
    int64_t reread_ms;
    bool is_booting;      /* no resync has ended since the boot */
    bool has_change;      /* local, and not in a report that was delivered or is under way */
    bool is_change_saved; /* so that it survives a reboot */
    bool is_change_sent;  /* one is in the report under way */
    int64_t change_ms;    /* when the first of them was made */
    int64_t last_ms;      /* end of the last periodic report; the boot before the first */

    bool has_due; /* a report is due at */
    int64_t due_ms;
    bool is_spread;     /* that was moved once, after a link change or a sleep */
    int64_t planned_ms; /* when that was planned */
    uint32_t n_failed;  /* in a row */
};

/** The device boots: load what was saved. */
void provi_report_timing_boot(struct provi_report_timing *timing);

/** Plan by the settings, if they may have changed or have to be read again. */
void provi_report_timing_update(struct provi_report_timing *timing);

/** Milliseconds until that is due; -1: it is not by time. */
int64_t provi_report_timing_read_ms(const struct provi_report_timing *timing);

/** Parameters were changed on the device. */
void provi_report_timing_change(struct provi_report_timing *timing);

/** A resync ended. */
void provi_report_timing_resync(struct provi_report_timing *timing);

/** Milliseconds until the next report is due; -1: none is. */
int64_t provi_report_timing_left_ms(const struct provi_report_timing *timing);

/** The report that was due starts, or ended. */
void provi_report_timing_start(struct provi_report_timing *timing);
void provi_report_timing_end(struct provi_report_timing *timing, bool is_delivered);

/** The link is back: a retry comes soon. */
void provi_report_timing_hurry(struct provi_report_timing *timing);

/** The device slept through the moment, as all devices of its site may have. */
void provi_report_timing_delay(struct provi_report_timing *timing);

#endif
