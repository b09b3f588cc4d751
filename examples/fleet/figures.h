/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Figures of a record: exact percentiles, sums, and the counts of each second. */
#ifndef FLEET_FIGURES_H
#define FLEET_FIGURES_H

#include "record.h"

enum percentile { P50, P90, P95, P99, P999, N_PERCENTILES };

/** The percentile as a number between 0 and 1. */
double percentile_share(enum percentile percentile);

/** One stage: milliseconds, by nearest rank. All 0 if `n` is. */
struct figures {
    size_t n;
    int32_t min, max;
    int32_t percentile[N_PERCENTILES];
    double mean;
};

/**
 * The figures of a stage, of sample number @p from and those after it.
 *
 * @return false without memory; @p figures are those of no sample then.
 */
bool figures_of_stage(struct figures *figures, const struct record *record, enum stage stage,
                      size_t from);

/** The sorted values of a stage. New, ended by free(); NULL without memory or values. */
int32_t *figures_sorted(const struct record *record, enum stage stage, size_t from, size_t *n);

/** One second of a run. */
struct second {
    uint32_t n_good, n_failed; /* resyncs that ended in it */
    uint32_t n_retries;        /* of them, those after a failure of the phone */
    uint64_t bytes;
};

/** Retries with the same number. */
struct retry {
    uint32_t number; /* from 1 */
    uint32_t n, n_good;
    int32_t min_ms, max_ms; /* since the end of the previous resync */
    double mean_ms;
};

enum { MAX_RETRIES = 32 };

/**
 * A time of a second or more in which no resync succeeded: from the first failure to the next
 * success, or to the last failure.
 */
struct outage {
    int64_t from_ms, to_ms;
};

enum { MAX_OUTAGES = 32 };

struct totals {
    uint64_t n_resyncs, n_good, n_failed; /* resyncs */
    uint64_t n_outcomes[16];              /* rules, by enum prov_outcome */
    uint64_t n_connections, n_reused;
    uint64_t bytes;
    uint64_t n_phones, n_done, n_running; /* of all parts */
    int64_t elapsed_ms;                   /* from the first start to the last end */
    int64_t cpu_us;
    uint64_t idle_bytes, end_bytes, peak_bytes, process_bytes;
    struct retry retries[MAX_RETRIES];
    size_t n_retries;
    struct outage outages[MAX_OUTAGES];
    size_t n_outages;
    struct second *seconds; /* n_seconds of them */
    size_t n_seconds;
    uint64_t n_of_reason[MAX_REASONS + 1]; /* number of samples */
    int64_t first_of_reason_ms[MAX_REASONS + 1], last_of_reason_ms[MAX_REASONS + 1];
};

/**
 * Compute the totals of a record. @return false without memory. `seconds` is ended by
 * totals_free().
 */
bool totals_of(struct totals *totals, const struct record *record);

void totals_free(struct totals *totals);

#endif
