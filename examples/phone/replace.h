/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Files that are replaced in one step. */
#ifndef PHONE_REPLACE_H
#define PHONE_REPLACE_H

#include <stdbool.h>

#include <provision/provision.h>

/**
 * Write a file so that after a power cut it has either the old or the new content. Only its owner
 * may read it.
 *
 * @param path  Its folder must exist; `path` with `.new` appended is used too.
 * @return false: errno has the reason, and the old content is unchanged.
 */
bool replace_file(const char *path, prov_str content);

#endif
