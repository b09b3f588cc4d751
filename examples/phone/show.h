/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Events as lines for people, on a terminal with colours and a progress bar. */
#ifndef PHONE_SHOW_H
#define PHONE_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "options.h"
#include "screen.h"

/** What there is for servers that ask for a user and a password. */
enum show_account {
    SHOW_NO_ACCOUNT,
    SHOW_ACCOUNT_ANSWERS,
    SHOW_ACCOUNT_REFUSED, /* it has answered already */
};

/** How to show. */
struct show {
    struct screen screen;
    bool is_verbose;   /* also what is sent and received */
    bool is_once;      /* the program ends after one resync */
    bool has_resynced; /* at least one resync has ended */
    enum show_account account;
    bool has_odd_time;       /* Resync_At__HHmm_ is none */
    const prov_store *store; /* has the rules as written; NULL: none */
    prov_str resync_rule;    /* likewise, that of --resync */
};

/** Decide by the options, the terminal and the environment. @p name of the phone, or empty. */
void show_init(struct show *show, const struct options *options, const char *name);

/**
 * Report what happened: on standard output, what went wrong on standard error.
 *
 * @param agent  Asked for the rule as written where a rule is at fault. May be NULL.
 */
void show_event(struct show *show, const struct prov_event *event, const prov_agent *agent);

/** With --verbose: a request that goes out, in one line. */
void show_sent(struct show *show, const char *line);

/** A line about something outside the library, e.g. `a call begins`. */
void show_note(struct show *show, const char *note);

#endif
