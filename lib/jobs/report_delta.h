/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * What the last delta that was delivered said: a digest of each parameter, in a record that
 * outlives a reboot. The record is replaced once a delta is delivered, so a power cut in between
 * sends the same changes once more.
 */
#ifndef PROVI_JOBS_REPORT_DELTA_H
#define PROVI_JOBS_REPORT_DELTA_H

#include <provision/profile.h>

#include "base/record.h"

struct provi_env;

/** One delta in the making. */
struct provi_report_delta {
    struct provi_env *env;
    const char *name;          /* of the record */
    struct provi_buffer *kept; /* in its place, where the host saves none */
    struct provi_reading old;  /* delivered last */
    struct provi_record next;  /* about to be delivered */
    size_t old_at;             /* where the entry of the next parameter is expected */
    size_t next_at;
};

/** Load what was delivered last; a record that cannot be used counts as none. */
void provi_report_delta_open(struct provi_report_delta *delta);

/** Begin with the first parameter. */
void provi_report_delta_begin(struct provi_report_delta *delta);

/** Record a parameter about to be delivered; @p is_changed: it is part of the delta. */
prov_status provi_report_delta_add(struct provi_report_delta *delta, const struct prov_param *param,
                                   bool *is_changed, struct prov_error *err);

/**
 * After the last parameter: the next one that was delivered and is not stored any more.
 *
 * @param[in,out] at    0 for the first one.
 * @param[out]    name  Borrowed until provi_report_delta_close().
 * @return false: there is none.
 */
bool provi_report_delta_removed(struct provi_report_delta *delta, size_t *at, prov_str *name);

/** It was delivered: save it. A failure is reported; the same changes are then sent again. */
void provi_report_delta_save(struct provi_report_delta *delta);

void provi_report_delta_close(struct provi_report_delta *delta);

#endif
