/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A file that the phone fetches for its own use: --fetch and --output. */
#ifndef PHONE_FILE_H
#define PHONE_FILE_H

#include <stdio.h>

#include <provision/provision.h>

struct phone;

/** The output file. All zero: none. */
struct file {
    const char *path;
    FILE *stream; /* NULL: not open */
};

/** Number of the fetch of that file, in events. */
enum { FILE_FETCH = 1 };

/** Have the agent fetch the file of @p rule. phone->file must outlive the agent. */
prov_status file_fetch(struct phone *phone, const char *rule, const char *path,
                       struct prov_error *err);

/** The fetch ended: remove the file if it is not complete. */
void file_end(struct file *file, uint32_t outcome);

#endif
