/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The options of the command line. */
#ifndef EXPLAIN_OPTIONS_H
#define EXPLAIN_OPTIONS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <provision/provision.h>

#include "common/command_line.h"
#include "common/device.h"

/**
 * Kinds of a text, in addition to enum prov_rule_kind: profile rules of other jobs, and texts that
 * are not rules.
 */
enum { TEXT_LICENCE = 100, TEXT_RENEWAL, TEXT_MESSAGE };

/** A text to explain. */
struct given_text {
    const char *option; /* `--rule` */
    const char *text;
    uint32_t kind; /* enum prov_rule_kind or TEXT_… */
};

/** All texts are borrowed from argv. */
struct options {
    /* The texts to explain. */
    struct given_text *texts; /* owned */
    size_t n_texts;
    const char *profile_path; /* NULL: none; `-` is standard input */
    bool wants_parameters;
    const char *pattern; /* of parameters; NULL: all */
    bool checks_server;  /* --fetch */

    /* The device. */
    const char *store_path;         /* NULL: no parameter is set */
    char *bundle;                   /* archive of --bundle, owned; NULL: none … */
    prov_str settings;              /* its parameters */
    prov_str traces;                /* traces recorded by the phone */
    struct command_words sets;      /* `Name=Value` */
    struct command_words variables; /* `NAME=VALUE` */
    uint8_t mac[6];
    char series[DEVICE_SERIES_CAP]; /* as given, or the digits of the model */
    const char *model;
    const char *serial;
    const char *sw_version;
    const char *hw_version;
    const char *ip;
    const char *dhcp_server;
    const char *versions; /* a comma list to begin with, for upgrade rules; NULL: none */
    int32_t prvst;
    uint32_t prvtmr_s;
    uint32_t upgtmr_s;
    uint32_t dialect; /* enum prov_dialect_id */

    /* The profile. */
    const char *key; /* NULL: none */
    const char *ikm;
    const char *encoding;
    const char *alias;
    prov_str bind_name;
    prov_str bind_value;
    bool is_strict_about_names;

    /* The check of a server. */
    const char *devices_path; /* CSV; NULL: the one device of the command line */
    const char *junit_path;   /* NULL: none */
    const char *ca_file;      /* NULL: the roots of the system */
    const char *cert_file;    /* NULL: no certificate of the device's own */
    const char *key_file;     /* NULL: the key is in the file of the certificate */
    const char *account;      /* `user:password`; NULL: none */
    uint32_t timeout_s;       /* longest silence of a server */

    /* The output. */
    struct answer answer;
    bool is_strict;
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

/** Whether a file of devices may have a column of this name. */
bool options_is_column(const char *name);

/**
 * Set an option of a device from a field of a file; replaces the previous value.
 *
 * @param      argument  Borrowed as long as the options are.
 * @param[out] expected  When false is returned: describes a valid argument.
 */
bool options_set(struct options *options, const char *name, const char *argument,
                 const char **expected);

/** Derive values that were not given, e.g. the series from the model. */
void options_complete(struct options *options);

/** @return false without memory. @p to is ended by options_free() in any case. */
bool options_copy(struct options *to, const struct options *from);

/** Release all that options_read() allocated. */
void options_free(struct options *options);

#endif
