/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The loads to which an upgrade rule leads a device, one after another, and where it stops:
 * --versions.
 */
#ifndef EXPLAIN_SEQUENCE_H
#define EXPLAIN_SEQUENCE_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

#include "facts.h"

struct finding;

/** Why a device installs no further load. */
enum sequence_stop {
    SEQUENCE_GOES_ON = 0,
    SEQUENCE_RUNNING,  /* the rule names the running load */
    SEQUENCE_NONE,     /* the rule names no load */
    SEQUENCE_CIRCLE,   /* the rule names a load that was installed before */
    SEQUENCE_NO_NAME,  /* the load's name has no version, which the next step needs */
    SEQUENCE_REFUSED,  /* the rule does not parse, or the request cannot be made */
    SEQUENCE_TOO_LONG, /* the rule still names new loads after SEQUENCE_MAX */
};

enum { SEQUENCE_MAX = 16, SEQUENCE_LOAD_CAP = 128 };

/** A device that starts with one version and follows the rule. */
struct sequence {
    char from[SEQUENCE_LOAD_CAP];
    char version[SEQUENCE_LOAD_CAP];             /* of the running load */
    char loads[SEQUENCE_MAX][SEQUENCE_LOAD_CAP]; /* installed so far, or running at the start */
    size_t n_loads;
    size_t first_kept; /* earlier loads do not count, since an assignment has changed the rule */
    enum sequence_stop stop;
};

/** Begin with a version as in `$SWVER`. */
void sequence_begin(struct sequence *sequence, prov_str version);

/**
 * Install the load of a finding of an upgrade rule, with assignments.
 *
 * @return false when @p macro_vars could not be changed, without memory.
 */
bool sequence_step(struct sequence *sequence, const struct finding *finding,
                   struct macro_vars *macro_vars);

/** `running`, `none`, `circle`, …, for JSON. */
const char *sequence_stop_name(enum sequence_stop stop);

/** The same as text. */
const char *sequence_stop_words(enum sequence_stop stop);

#endif
