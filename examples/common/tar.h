/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Archives of a few files in memory (POSIX ustar). */
#ifndef COMMON_TAR_H
#define COMMON_TAR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <provision/provision.h>

/** Write a file. @param name  At most 99 bytes. @param mtime_s  UTC seconds. */
void tar_add(FILE *out, const char *name, prov_str content, int64_t mtime_s);

/** Write the end of the archive. */
void tar_end(FILE *out);

/** Find a file in an archive. @param[out] content  Borrowed from it. @return false: it has none. */
bool tar_find(prov_str archive, const char *name, prov_str *content);

#endif
