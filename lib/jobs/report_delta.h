/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * Finds the parameters that changed since the last delivered delta, by a record of digests that
 * survives a reboot.
 *
 * The record is saved twice for each delta. Before the delta is sent, the digests of its parameters
 * are cleared, so that they are sent again after a power cut or a failure. Once it is delivered,
 * the new digests are saved.
 */
#ifndef PROVI_JOBS_REPORT_DELTA_H
#define PROVI_JOBS_REPORT_DELTA_H

#include <provision/profile.h>

#include "base/record.h"

struct provi_env;

/** A delta under way. */
struct provi_report_delta {
    struct provi_env *env;
    const char *name;          /* name of the record */
    struct provi_buffer *kept; /* the record while the host has not saved it; otherwise empty */
    bool is_loaded;            /* `old` was loaded from the host, not from `kept` */
    bool is_saved;             /* the host has saved `kept` */
    struct provi_reading old;  /* record of the last delivered delta */
    struct provi_record next;  /* record to save once this delta is delivered */
    struct provi_record ahead; /* `next` without the digests of the delta's parameters */
    size_t old_at;             /* offset at which the entry of the next parameter is expected */
    size_t next_at;
};

/** Load the record; an unusable one counts as empty. */
void provi_report_delta_open(struct provi_report_delta *delta);

/** Begin at the first parameter. */
void provi_report_delta_begin(struct provi_report_delta *delta);

/** Add a parameter to the new record; @p is_changed: it belongs to the delta. */
prov_status provi_report_delta_add(struct provi_report_delta *delta, const struct prov_param *param,
                                   bool *is_changed, struct prov_error *err);

/**
 * After the last parameter: find the next one that was delivered before and is not stored any more.
 *
 * @param[in,out] at    0 for the first one.
 * @param[out]    name  Borrowed until provi_report_delta_close().
 * @return false: there is none.
 */
bool provi_report_delta_removed(struct provi_report_delta *delta, size_t *at, prov_str *name);

/**
 * After the last parameter, before a byte is sent: save the record without the digests of the
 * delta's parameters. Unless provi_report_delta_save() follows, they are part of the next delta,
 * even if they have their old values again by then.
 */
void provi_report_delta_prepare(struct provi_report_delta *delta);

/**
 * The delta was delivered: save the new record. A failure is reported; then the same changes are
 * sent again.
 */
void provi_report_delta_save(struct provi_report_delta *delta);

void provi_report_delta_close(struct provi_report_delta *delta);

#endif
