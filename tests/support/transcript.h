/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Everything a profile parser says about one document, as text that can be compared:
 *
 *     param GPP_A ro line 2 offset 15 = value
 *     param GPP_B rw line 3 offset 40
 *     warning case gpp_a line 2
 *     done 60 bytes, 2 parameters, 1 warnings
 *     PROV_E_CORRUPT 2:7 offset 21 [GPP_A]: a bare '&', expected &amp;
 *
 * The last line is either `done …` or the error.
 */
#ifndef TEST_SUPPORT_TRANSCRIPT_H
#define TEST_SUPPORT_TRANSCRIPT_H

#include "dials.h"
#include "golden.h"

#include <provision/profile.h>

struct transcript {
    char *text; /* NUL-terminated; NULL: nothing yet */
    size_t len;
    size_t cap;
    prov_status status;
    struct prov_error error;
    struct prov_profile_result result;
    bool is_silent;    /* keep no parameters and warnings, only the outcome */
    bool is_thorough;  /* libxml2 gets everything, plain parameters too */
    uint64_t shift;    /* taken off all offsets: bytes put in front for the sake of the test */
    struct dial *dial; /* each parameter is a chance to refuse it; NULL: never */
};

/** Options of a golden case, with what they point at. */
struct profile_case {
    struct prov_profile_options opt;
    struct prov_limits limits;
    char alias[4096];
    char bind_name[128];
    char bind_value[128];
};

/** Read `options`: lines like `alias …`, `bind_name …`, `dialect spa`, `max_depth 3`. */
void profile_case_read(struct profile_case *profile, const struct golden *golden);

/** Parse once. @p feed splits the bytes. A transcript is started anew. */
prov_status transcript_run(struct transcript *transcript, const struct prov_profile_options *opt,
                           const struct feed *feed);

/** The last line, without its line end. */
const char *transcript_outcome(const struct transcript *transcript);

void transcript_free(struct transcript *transcript);

#endif
