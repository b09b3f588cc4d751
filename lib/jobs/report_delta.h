/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * What the last delta that was delivered said: a digest of each parameter, in a record that
 * outlives a reboot. It is replaced before a delta is sent, so that what is in it is sent once more
 * after a power cut or a failure, and once it is delivered.
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
    struct provi_buffer *kept; /* the record, as long as the host has not saved it; else empty */
    bool is_loaded;            /* `old` is the host's; else `kept` */
    bool is_saved;             /* `kept` is what the host has */
    struct provi_reading old;  /* delivered last */
    struct provi_record next;  /* about to be delivered */
    struct provi_record ahead; /* the same, without a digest for what is in the delta */
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

/**
 * After the last parameter, before a byte is sent: nothing is known any more of what is in the
 * delta. Unless provi_report_delta_save() follows, it is in the next one, too, even if it has its
 * old value again by then.
 */
void provi_report_delta_prepare(struct provi_report_delta *delta);

/** It was delivered: save it. A failure is reported; the same changes are then sent again. */
void provi_report_delta_save(struct provi_report_delta *delta);

void provi_report_delta_close(struct provi_report_delta *delta);

#endif
