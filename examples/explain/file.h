/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** Reading of files and standard input. */
#ifndef EXPLAIN_FILE_H
#define EXPLAIN_FILE_H

#include <provision/provision.h>

/**
 * Write a whole file to a sink, and finish the sink.
 *
 * @param path  `-`: standard input.
 * @return PROV_OK; PROV_E_IO or PROV_E_NOT_FOUND when it cannot be read: `source` has the path,
 *         `origin` is PROV_ORIGIN_OS; the status of @p sink.
 */
prov_status file_pour(const char *path, const struct prov_sink *sink, struct prov_error *err);

/**
 * Read a whole file of at most 16 MiB.
 *
 * @param      path  `-`: standard input.
 * @param[out] err   Why it cannot be read, as of file_pour(); PROV_E_LIMIT. May be NULL.
 * @param[out] len   Number of bytes; a NUL follows them.
 * @return New, ended by free(); NULL if it cannot be read.
 */
char *file_read(const char *path, size_t *len, struct prov_error *err);

#endif
