/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The file operations of a store on a POSIX system. */
#ifndef PROVI_STORE_POSIX_FILES_H
#define PROVI_STORE_POSIX_FILES_H

#include <provision/store.h>

/** All operations; they need no context. */
struct prov_files provi_posix_files(void);

#endif
