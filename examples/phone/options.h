/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** What the command line asks for. */
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
    const char *store_path; /* NULL: parameters live in memory */
    const char *model;
    const char *serial;
    const char *manufacturer;        /* NULL: none, $VERSION is product and version */
    const char *control;             /* where to listen for commands; NULL: nowhere */
    struct listen_address http;      /* of the web door; none: there is no such door */
    struct listen_address sip;       /* of the SIP door, likewise */
    bool is_http_open;               /* without a password, also for other machines */
    struct command_words http_names; /* of the phone, besides its addresses */
    const char *sw_version;
    const char *resync_rule;        /* NULL: the rules of the store */
    const char *ca_rule;            /* of --update-ca; empty: that of the store; NULL: none */
    const char *report_rule;        /* of --report, likewise */
    const char *upgrade_rule;       /* of --upgrade, likewise */
    const char *renewal_rule;       /* of --renew, likewise */
    const char *activation_code;    /* of --activate; NULL: none */
    const char *activation_service; /* URL that codes go to; NULL: none */
    const char *contact_service;    /* URL that a phone without a server asks; NULL: none */
    const char *orig_type;          /* $ORIGTYPE; NULL: none */
    const char *device_ca; /* who may issue its next certificate; NULL: those who issued this one */
    bool resets_to_factory;
    const char *fetch_rule; /* of a file for `output`; NULL: none */
    const char *output;
    const char *bundle_path; /* NULL: none */
    bool reports_problem;
    const char *dhcp_server;        /* NULL: none */
    const char *ca_file;            /* NULL: the roots of the system */
    const char *account;            /* `user:password`; NULL: none */
    const char *cert_file;          /* NULL: no certificate of the phone's own */
    const char *key_file;           /* NULL: beside the certificate */
    bool has_call;                  /* at the start: */
    uint32_t call_s;                /* its length; 0: until it is ended */
    uint32_t user_agent;            /* enum prov_user_agent */
    char series[DEVICE_SERIES_CAP]; /* as given, or the digits of the model */
    uint8_t mac[6];
    uint32_t dialect;               /* enum prov_dialect_id */
    const char *syslog;             /* value for Syslog_Server; NULL: leave it as it is */
    uint32_t syslog_format;         /* enum prov_syslog_format */
    struct command_words sets;      /* `Name=Value` */
    struct command_words user_sets; /* the same */
    struct command_words shows;     /* names of parameters */
    struct dhcp_options dhcp;
    struct command_words leases; /* paths of leases; `-`: standard input */
    bool user_wins;              /* over the server, where both name a value */
    bool resets;                 /* a layer: */
    uint32_t reset_layer;        /* enum prov_layer */
    uint32_t confirm_timeout_s;  /* 0: nothing waits for a confirmation */
    uint32_t confirm_image_s;    /* 0: an image that boots is good */
    uint32_t n_phones;           /* 0: one, whose name is not shown */
    uint32_t time_scale;         /* seconds of the phone in a second; at least 1 */
    uint32_t resync_timeout_s;   /* 0: the library's own */
    bool confirms;               /* by itself, when a resync has ended well */
    bool is_once;
    struct answer answer;
    bool is_quiet;
    bool is_verbose;
};

/**
 * Read the command line.
 *
 * @param[out] options  Ended by options_free(), also after a failure.
 * @param[out] status   Exit status when the program ends now: help was printed, or an error was
 *                      reported.
 * @return true to go on.
 */
bool options_read(struct options *options, char **argv, int *status);

/** Release all that options_read() allocated. */
void options_free(struct options *options);

#endif
