/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The options of the command line. */
#ifndef PHONE_OPTIONS_H
#define PHONE_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/command_line.h"
#include "common/device.h"

#include "lease.h"
#include "listen.h"

/** All texts are borrowed from argv. */
struct options {
    const char *store_path; /* NULL: parameters are kept in memory */
    const char *model;
    const char *serial;
    const char *manufacturer;        /* NULL: none, $VERSION is product and version */
    const char *control;             /* where to listen for commands; NULL: no control socket */
    struct listen_address http;      /* address of the HTTP door; none: closed */
    struct listen_address sip;       /* address of the SIP door; none: closed */
    bool is_http_open;               /* permit other machines even without a password */
    struct command_words http_names; /* names of the phone, in addition to its addresses */
    const char *sw_version;
    const char *resync_rule;        /* NULL: the rules in the store */
    const char *ca_rule;            /* of --update-ca; empty: the rule in the store; NULL: none */
    const char *report_rule;        /* of --report; likewise */
    const char *upgrade_rule;       /* of --upgrade; likewise */
    const char *renewal_rule;       /* of --renew; likewise */
    const char *activation_code;    /* of --activate; NULL: none */
    const char *activation_service; /* URL to which codes are sent; NULL: none */
    const char *contact_service;    /* URL that a phone without a server requests; NULL: none */
    const char *orig_type;          /* $ORIGTYPE; NULL: none */
    const char *device_ca;          /* issuers of the next certificate; NULL: of the present one */
    bool resets_to_factory;
    const char *fetch_rule; /* rule of a file to be written to `output`; NULL: none */
    const char *output;
    const char *bundle_path; /* NULL: none */
    bool reports_problem;
    const char *dhcp_server;        /* NULL: none */
    const char *ca_file;            /* NULL: the roots of the system */
    const char *account;            /* `user:password`; NULL: none */
    const char *cert_file;          /* NULL: the phone has no certificate */
    const char *key_file;           /* NULL: the key is in the file of the certificate */
    bool has_call;                  /* a call is active at the start */
    uint32_t call_s;                /* length of the call; 0: until it is ended */
    uint32_t user_agent;            /* enum prov_user_agent */
    char series[DEVICE_SERIES_CAP]; /* as given, or the digits of the model */
    uint8_t mac[6];
    uint32_t dialect;               /* enum prov_dialect_id */
    const char *syslog;             /* value for Syslog_Server; NULL: unchanged */
    uint32_t syslog_format;         /* enum prov_syslog_format */
    struct command_words sets;      /* `Name=Value` */
    struct command_words user_sets; /* the same, as the user */
    struct command_words shows;     /* names of parameters */
    struct dhcp_options dhcp;
    struct command_words leases; /* paths of leases; `-`: standard input */
    bool user_wins;              /* a user's value precedes the server's */
    bool resets;                 /* delete the values of a layer */
    uint32_t reset_layer;        /* that layer, enum prov_layer */
    uint32_t confirm_timeout_s;  /* 0: commits are not confirmed */
    uint32_t confirm_image_s;    /* 0: images are not confirmed */
    uint32_t n_phones;           /* 0: one, without a name */
    uint32_t time_scale;         /* at least 1 */
    uint32_t resync_timeout_s;   /* 0: the default of the library */
    bool confirms;               /* confirm when a resync was successful */
    bool is_once;
    struct answer answer;
    bool is_quiet;
    bool is_verbose;
};

/**
 * Read the command line.
 *
 * @param[out] options  Ended by options_free(), also after a failure.
 * @param[out] status   Exit status if the program is to end: help was printed, or an error
 *                      reported.
 * @return true to continue.
 */
bool options_read(struct options *options, char **argv, int *status);

/** Release all that options_read() allocated. */
void options_free(struct options *options);

#endif
