/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** All of a store that needs POSIX: its file operations, and the meaning of an errno. */
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

/** The text of an errno, or of a number of the host's own. */
void provi_posix_reason(int32_t error, char *buf, size_t cap);

/** Whether `lock` failed since another holder has the lock. */
bool provi_posix_is_held(int32_t error);

/** Whether it failed since no file can be created: the medium is full or read-only. */
bool provi_posix_is_unwritable(int32_t error);

#endif
