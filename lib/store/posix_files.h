/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The file operations of a store on a POSIX system. */
#ifndef PROVI_STORE_POSIX_FILES_H
#define PROVI_STORE_POSIX_FILES_H

#include <provision/store.h>

/** All operations; they need no context. */
struct prov_files provi_posix_files(void);

/** Room for a path and for the target of a link. */
enum { PROVI_POSIX_PATH_BYTES = 4096 };

/**
 * Follow a symbolic link to its target, which need not exist: a commit replaces the target, not the
 * link, and puts its other files into the target's folder.
 *
 * @param[in,out] path    Of @p cap bytes.
 * @param         target  Scratch memory of @p cap bytes.
 * @return 0 or errno.
 */
int32_t provi_posix_follow(char *path, char *target, size_t cap);

#endif
