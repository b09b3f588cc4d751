/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the command line asks for. */
#ifndef PHONE_OPTIONS_H
#define PHONE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <provision/dhcp.h>

#include "common/device.h"

/** Exit statuses, as --help tells them; a signal adds its number to 128. */
enum {
    EXIT_OK = 0,
    EXIT_RESYNC_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_SETUP = 3,
    EXIT_SIGNAL = 128,
};

/** All texts are borrowed from argv. */
struct options {
    const char *store_path; /* NULL: parameters live in memory */
    const char *model;
    const char *serial;
    const char *sw_version;
    const char *resync_rule;        /* NULL: the rules of the store */
    const char *dhcp_server;        /* NULL: none */
    const char *ca_file;            /* NULL: the roots of the system */
    const char *account;            /* `user:password`; NULL: none */
    const char *cert_file;          /* NULL: no certificate of the phone's own */
    const char *key_file;           /* NULL: beside the certificate */
    char series[DEVICE_SERIES_CAP]; /* as given, or the digits of the model */
    uint8_t mac[6];
    uint32_t dialect;       /* enum prov_dialect_id */
    const char **sets;      /* n_sets texts `Name=Value`; owned */
    const char **shows;     /* n_shows names of parameters; owned */
    const char *syslog;     /* value for Syslog_Server; NULL: leave it as it is */
    const char **user_sets; /* n_user_sets of the same form; owned */
    size_t n_sets;
    size_t n_user_sets;
    size_t n_shows;
    struct prov_dhcp_option *dhcp; /* n_dhcp options; owned */
    char **dhcp_bytes;             /* theirs, owned */
    size_t n_dhcp;
    bool user_wins;             /* over the server, where both name a value */
    bool resets;                /* a layer: */
    uint32_t reset_layer;       /* enum prov_layer */
    uint32_t confirm_timeout_s; /* 0: nothing waits for a confirmation */
    uint32_t resync_timeout_s;  /* 0: the library's own */
    bool confirms;              /* by itself, when a resync has ended well */
    bool is_once;
    bool is_json;
    bool is_quiet;
    bool is_verbose;
};

/**
 * Read the command line.
 *
 * @param[out] options  Ended by options_free(), also after a failure.
 * @param[out] status   Exit status when the program is to end now: help was asked for, or what was
 *                      asked for makes no sense, and it has been said so.
 * @return true to go on.
 */
bool options_read(struct options *options, int argc, char **argv, int *status);

/** Release what options_read() allocated. */
void options_free(struct options *options);

#endif
