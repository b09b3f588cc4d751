/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Findings about one text: its result, its errors and warnings. */
#ifndef EXPLAIN_FINDING_H
#define EXPLAIN_FINDING_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

#include "facts.h"
#include "request.h"
#include "sequence.h"

struct finding {
    const char *name; /* parameter of the text, or `--rule` */
    uint32_t kind;    /* enum prov_rule_kind or TEXT_… */
    prov_str written;
    char *owned;               /* `written`, if this finding owns it; ended by finding_free() */
    char *owned_name;          /* likewise `name` */
    struct sequence *sequence; /* of --versions, complete at its last load; NULL: none */
    char *note;                /* a warning without a place in the text, new; NULL: none */
    bool is_default;           /* not set: the default is used */

    prov_status status;
    struct prov_error err; /* why it does not parse; its place is in `written` */
    prov_rule *rule;       /* NULL: does not parse, or is a message */
    int32_t chosen;        /* 0-based alternative; -1: none */
    char *expansion;       /* of a message, secrets masked */
    struct request requests[2];
    size_t n_requests;
    struct prov_lint *warnings;
    size_t n_warnings;
};

/**
 * Check one text.
 *
 * @param written  Borrowed until finding_free().
 * @return false without memory. Ended by finding_free() in any case.
 */
bool finding_make(struct finding *finding, struct macro_vars *macro_vars, const char *name,
                  uint32_t kind, prov_str written);

/** Likewise for the value of any parameter: whether it is valid, and its warnings. */
bool finding_make_param(struct finding *finding, const struct macro_vars *macro_vars,
                        const char *name, prov_str value);

/** Something to warn of that is of no value in particular. */
void finding_init_note(struct finding *finding, const char *name, const char *note);

/** Whether there is anything to say of a value. */
bool finding_is_odd(const struct finding *finding);

void finding_free(struct finding *finding);

/** Whether a device could not carry the text out. */
bool finding_is_refused(const struct finding *finding);

/** The number of warnings and other remarks. */
size_t finding_n_warnings(const struct finding *finding);

/** `profile`, `upgrade`, `report`, `trigger`, `licence`, `renewal`, `message`; otherwise `value` */
const char *finding_kind(const struct finding *finding);

/** Line and caret for a place in the text, new; NULL without memory. */
char *finding_picture(const struct finding *finding, uint64_t offset);

#endif
