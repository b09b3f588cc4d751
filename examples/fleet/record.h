/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The record of a run: a sample for each rule that a phone carried out, and data about each part of
 * the fleet. All figures are computed from the samples, so records of parts can be joined without
 * loss.
 */
#ifndef FLEET_RECORD_H
#define FLEET_RECORD_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/** Stages of a resync; milliseconds since the start of the transfer, unless stated otherwise. */
enum stage {
    STAGE_WAIT,       /* from the time at which the resync was due to its start */
    STAGE_CONNECT,    /* TCP is connected */
    STAGE_TLS,        /* the handshake is done */
    STAGE_FIRST_BYTE, /* of the body */
    STAGE_WHOLE,      /* the last byte of the body */
    STAGE_APPLIED,    /* all changed values are committed */
    STAGE_RESYNC,     /* from the start of the resync to its end, all rules included */
    N_STAGES,
};

/** Name of a stage in JSON, CSV and Prometheus, e.g. `first_byte`. */
const char *stage_name(enum stage stage);

/** Name of a stage for people. */
const char *stage_words(enum stage stage);

enum {
    SAMPLE_IS_LAST = 1 << 0,   /* the last sample of its resync */
    SAMPLE_CONNECTED = 1 << 1, /* the connection was new */
    SAMPLE_REUSED = 1 << 2,    /* the connection was reused */
};

struct sample {
    int64_t end_ms;             /* when it ended, since the start of the run */
    uint64_t bytes;             /* of the body */
    uint32_t phone;             /* its number in the whole fleet, from 0 */
    int32_t stage_ms[N_STAGES]; /* -1: not reached */
    int32_t gap_ms;             /* since the end of the phone's previous resync; -1: none */
    uint32_t retry;             /* number of failures of the phone in a row before this resync */
    uint32_t reason;            /* number of its reason, from 1; 0: it succeeded */
    int32_t code;               /* HTTP status; 0: none */
    uint32_t outcome;           /* enum prov_outcome */
    uint32_t flags;             /* SAMPLE_… */
};

/** Why a rule failed. */
struct reason {
    char status[32];   /* e.g. `PROV_E_CONNECT` */
    char message[192]; /* without parts that differ between phones */
};

/** Most reasons that are distinguished; the last one is `other reasons`. */
enum { MAX_REASONS = 64 };

/** A part of the fleet: the phones of one process. */
struct part {
    uint32_t number, n_parts; /* `--shard` */
    uint32_t n_phones;
    uint32_t aim;       /* wanted resyncs of each phone; 0: as many as possible in the time */
    uint32_t n_done;    /* phones that have completed these */
    uint32_t n_running; /* phones that were in a resync at the end */
    int64_t start_ms;   /* UTC, milliseconds since 1970 */
    int64_t elapsed_ms;
    int64_t cpu_us;      /* processor time from the first resync to the last */
    uint64_t idle_bytes; /* memory of all phones, before the first resync */
    uint64_t end_bytes;  /* the same, after the last resync */
    uint64_t peak_bytes;
    uint64_t process_bytes; /* largest resident size of the process */
};

/** A setting of the run. */
struct setting {
    char *name; /* e.g. `--connections` */
    char *value;
};

struct record {
    struct sample *samples;
    size_t n_samples, samples_cap;
    struct reason *reasons;
    size_t n_reasons;
    struct part *parts;
    size_t n_parts;
    struct setting *settings;
    size_t n_settings;
    char **notes; /* limits that were reached, one sentence each */
    size_t n_notes;
    size_t n_missing; /* shards that no merged file has */
};

/** Beginnings of the notes about the whole, which are computed anew when results are joined. */
#define NOTE_RULE "the rule: "
#define NOTE_SHARDS "shards: "

void record_free(struct record *record);

/** @name Add one to a record. @return false without memory. */
/** @{ */
bool record_add_sample(struct record *record, const struct sample *sample);
bool record_add_part(struct record *record, const struct part *part);
bool record_add_setting(struct record *record, const char *name, const char *value);
bool record_add_note(struct record *record, const char *note);
/** @} */

/** Number of a reason, from 1; a new one is added. 0 without memory. */
uint32_t record_reason(struct record *record, const char *status, const char *message);

/** Whether both runs had the same settings. */
bool record_has_settings_of(const struct record *record, const struct record *other);

/** Add everything of @p other except its settings. @return false without memory. */
bool record_join(struct record *record, const struct record *other);

/** Order the samples by their end. */
void record_sort(struct record *record);

#endif
