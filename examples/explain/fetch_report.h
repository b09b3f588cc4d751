/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The report of a check: the cause in one line, then each step. */
#ifndef EXPLAIN_FETCH_REPORT_H
#define EXPLAIN_FETCH_REPORT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

#include <provision/provision.h>

#include "common/json_object.h"

#include "text.h"

/** Sections of a report, in the order in which they are printed. */
enum fetch_section { FETCH_RULES, FETCH_WARNINGS, FETCH_CHANGES, N_FETCH_SECTIONS };

/** A section, as text and as JSON. */
struct fetch_part {
    char *text, *elements; /* valid after fetch_report_end() */
    size_t text_len, elements_len;
    struct text_view view;
    struct json_object array;
};

struct fetch_report {
    char name[64]; /* of the device */
    struct fetch_part parts[N_FETCH_SECTIONS];
    char cause[640];         /* one line */
    const char *advice;      /* NULL: none */
    struct prov_error error; /* `status` PROV_OK: nothing failed */
    int64_t duration_ms;
    uint64_t n_changed;
    size_t n_rules; /* rules that requested a file */
    size_t n_warnings;
    bool has_failed;
};

/** A warning; members that do not apply are empty. */
struct fetch_warning {
    const char *id; /* of `--json` */
    const char *words;
    const char *reason; /* or NULL */
    prov_str rule, name;
    uint32_t line;
};

/** Begin. @return false without memory. Ended by fetch_report_free() in any case. */
bool fetch_report_begin(struct fetch_report *report);

/** Add the result of a rule. @param trace  Its evaluation, in lines; may be empty. */
void fetch_report_rule(struct fetch_report *report, const struct prov_result *result,
                       prov_str trace);

void fetch_report_warning(struct fetch_report *report, const struct fetch_warning *warning);
void fetch_report_change(struct fetch_report *report, const struct prov_change *change);

/** Add the result of the resync. */
void fetch_report_resync(struct fetch_report *report, const struct prov_result *result);

/** The resync could not begin. */
void fetch_report_refused(struct fetch_report *report, const struct prov_error *err);

/** Complete the sections; with @p is_strict a warning is a failure. @return false: no memory. */
bool fetch_report_end(struct fetch_report *report, bool is_strict);

/** Print it as text. @param has_name  The first line begins with the device. */
void fetch_report_print(const struct fetch_report *report, const struct text_view *view,
                        bool has_name);

/** Add it to an array. */
void fetch_report_add(const struct fetch_report *report, struct json_object *array);

/** Write it as a test case of JUnit's XML. */
void fetch_report_junit(const struct fetch_report *report, FILE *out);

void fetch_report_free(struct fetch_report *report);

#endif
