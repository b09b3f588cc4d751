/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The options of provision-fleet. */
#ifndef FLEET_OPTIONS_H
#define FLEET_OPTIONS_H

#include <stdbool.h>
#include <stdint.h>

#include "common/command_line.h"
#include "common/device.h"

#include "simulate.h"

/**
 * One of @p n_parts parts of the fleet: the phones whose number, divided by n_parts, has the
 * remainder number - 1.
 */
struct shard {
    uint32_t number; /* from 1 */
    uint32_t n_parts;
};

/** Options of `--run`. */
struct run_options {
    uint32_t n_phones; /* of the whole fleet; 0: no `--run` */
    struct shard shard;
    const char *rule; /* Profile_Rule */
    uint8_t mac[6];   /* of the first phone */
    const char *model, *serial, *sw_version;
    uint32_t dialect;
    const char *ca_file, *client_cert, *client_key;
    bool has_system_ca;
    uint32_t n_connections;
    uint32_t n_addresses; /* 0: the system chooses */
    uint32_t ramp_s;
    uint32_t rate; /* resyncs a second of the whole fleet; 0: as fast as possible */
    bool has_rate;
    uint32_t n_resyncs; /* of each phone; 0: until the end */
    bool has_n_resyncs;
    uint32_t n_attempts; /* failures in a row that end a phone; 0: it goes on */
    uint32_t floor_s;
};

struct options {
    struct scenario scenario; /* of `--simulate`; length, jitter and seed also apply to `--run` */
    struct run_options run;
    struct command_words parameters; /* `--set` */
    struct answer answer;
    struct command_words files; /* of `--merge` */
    const char *svg, *report, *csv, *prometheus;
    double max_peak; /* 0: no limit */
    uint32_t peak_from_s;
    bool is_simulation, is_merge;
    bool has_length;
};

/**
 * Read the command line.
 *
 * @param[out] status  When false is returned: the exit status.
 * @return false if there is nothing more to do.
 */
bool options_read(struct options *options, char **argv, int *status);

void options_free(struct options *options);

#endif
