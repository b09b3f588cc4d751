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
 * Follow a symbolic link to the file it names, which need not exist: a commit replaces the file,
 * not the link, and the other files are put into its folder.
 *
 * @param[in,out] path    Of @p cap bytes.
 * @param         target  @p cap bytes to work with.
 * @return 0 or errno.
 */
int32_t provi_posix_follow(char *path, char *target, size_t cap);

#endif
