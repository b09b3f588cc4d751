/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The parameters that a profile would set, as text or JSON. */
#ifndef EXPLAIN_PROFILE_VIEW_H
#define EXPLAIN_PROFILE_VIEW_H

#include <stdbool.h>
#include <stdio.h>

#include <provision/provision.h>

#include "common/json_object.h"

#include "options.h"
#include "text.h"

struct profile_warning {
    const char *id;    /* in JSON */
    const char *words; /* as text */
    prov_str name;
    uint32_t line;         /* 0: of the whole profile */
    uint32_t earlier_line; /* of a duplicate; 0: the previous line */
    uint32_t value_line;   /* a place in the value; 0: the whole value */
    uint32_t value_column;
    const char *reason; /* the permitted values; NULL: none to print */
};

/* The output is kept until the last check, since nothing is set from a refused profile. */
struct profile_view {
    const char *path;
    bool is_json;
    struct text_view text; /* its `out` is that of `parameters` */
    FILE *parameters;
    FILE *warnings;
    char *parameters_text;
    char *warnings_text;
    size_t parameters_len;
    size_t warnings_len;
    struct json_object parameter_array;
    struct json_object warning_array;
    size_t n_set;
    size_t n_withheld;
    size_t n_unlisted; /* neither in the catalogue nor a parameter of any phone */
    size_t n_warnings;
};

/** Begin. @return false without memory; else ended by profile_view_free(). */
bool profile_view_begin(struct profile_view *view, const struct options *options);

/** Report a parameter that would be set; @p is_known: real devices have it. */
void profile_view_param(struct profile_view *view, const struct prov_param *param, bool is_known);

void profile_view_warning(struct profile_view *view, const struct profile_warning *warning);

/** Print everything; @p err is NULL unless the profile is refused. */
void profile_view_end(struct profile_view *view, const struct prov_decode_result *decoded,
                      const struct prov_profile_result *parsed, const struct prov_error *err);

void profile_view_free(struct profile_view *view);

#endif
