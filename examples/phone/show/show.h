/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Events as lines of text, on a terminal with colours and a progress bar. */
#ifndef PHONE_SHOW_H
#define PHONE_SHOW_H

#include <stdbool.h>
#include <stdint.h>

#include <provision/provision.h>

#include "options.h"
#include "show/screen.h"

/** The account for servers that require a user and a password. */
enum show_account {
    SHOW_NO_ACCOUNT,
    SHOW_ACCOUNT_ANSWERS,
    SHOW_ACCOUNT_REFUSED, /* the account was used, and refused */
};

/** Options of the output. */
struct show {
    struct screen screen;
    bool is_verbose;   /* show requests and responses */
    bool is_once;      /* the program ends after one job */
    bool has_resynced; /* at least one resync has ended */
    enum show_account account;
    bool has_odd_time;       /* Resync_At__HHmm_ is not a time */
    const prov_store *store; /* source of the rules as written; NULL: none */
    prov_str resync_rule;    /* rule of --resync, as written */
};

/**
 * Choose the options by the command line, the terminal and the environment. @p name of the phone,
 * or empty.
 */
void show_init(struct show *show, const struct options *options, const char *name);

/**
 * Show an event: on standard output, or on standard error if it is a failure.
 *
 * @param agent  Has the rule as written, to show a fault in it. May be NULL.
 */
void show_event(struct show *show, const struct prov_event *event, const prov_agent *agent);

/** With --verbose: show a request in one line. */
void show_sent(struct show *show, const char *line);

/** Show a line about something outside the library, e.g. `a call begins`. */
void show_note(struct show *show, const char *note);

#endif
