/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** From the text of a rule to one of its alternatives. */
#ifndef PROVI_FETCH_CHOICE_H
#define PROVI_FETCH_CHOICE_H

#include <provision/rule.h>

#include "base/buffer.h"

struct provi_fetcher;

/** A rule, the reason for its evaluation, and the result. All zero: none. */
struct provi_choice {
    uint32_t cause;
    uint32_t kind;       /* enum prov_rule_kind */
    uint32_t flags;      /* `prov_rule_options.flags` */
    prov_str rule_name;  /* static */
    prov_str text;       /* the rule as given; empty: read it from the store. Borrowed */
    prov_str substitute; /* rule to use instead of one that names no server; borrowed */

    /* The result. */
    bool is_substituted;        /* the substitute is used */
    struct provi_buffer masked; /* the rule as expanded, secrets masked */
    prov_rule *rule;
    int32_t alternative; /* the chosen one; -1: none */
};

/**
 * Read, expand, parse, choose: by the stored rule or, if that names no server, by the substitute.
 * provi_choice_free() is due in any case.
 */
prov_status provi_choice_make(struct provi_choice *choice, struct provi_fetcher *fetcher,
                              struct prov_error *err);

/** Get target @p number of the chosen alternative. False: there is none. */
bool provi_choice_target(const struct provi_choice *choice, size_t number,
                         struct prov_rule_target *target);

/** Whether target @p number exists and names no server. */
bool provi_choice_lacks_server(const struct provi_choice *choice, size_t number);

void provi_choice_free(struct provi_choice *choice, const struct prov_alloc *alloc);

#endif
