/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Devices in a CSV file (RFC 4180). */
#ifndef EXPLAIN_DEVICES_H
#define EXPLAIN_DEVICES_H

#include "options.h"

struct devices {
    char *text;          /* the file's text, owned; devices borrow from it */
    struct options *all; /* owned */
    size_t n;
};

/**
 * Read the devices of `options->devices_path`; without one, the device of the command line.
 *
 * The first line has the names of columns, which are options of a device without dashes. Each
 * further line is a device; a field that is not empty replaces the option of the command line.
 *
 * @return EXIT_OK; EXIT_USAGE or EXIT_MACHINE, and the reason was reported. Ended by devices_free()
 *         in any case.
 */
int devices_read(struct devices *devices, const struct options *options);

void devices_free(struct devices *devices);

#endif
