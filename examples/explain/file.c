/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "file.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { READ_BYTES = 16 * 1024, MAX_BYTES = 16 * 1024 * 1024 };

static prov_status fail(const char *path, int error, struct prov_error *err)
{
    *err = (struct prov_error){.size = sizeof *err, .origin = PROV_ORIGIN_OS, .native = error};
    err->status = error == ENOENT ? PROV_E_NOT_FOUND : PROV_E_IO;
    snprintf(err->source, sizeof err->source, "%s", path);
    snprintf(err->message, sizeof err->message, "cannot read: %s", strerror(error));
    return err->status;
}

static prov_status pour(FILE *file, const char *path, const struct prov_sink *sink,
                        struct prov_error *err)
{
    char buf[READ_BYTES];
    prov_status status = PROV_OK;
    size_t len;
    while (status == PROV_OK && (len = fread(buf, 1, sizeof buf, file)) > 0)
        status = sink->write(sink->ctx, buf, len, err);
    if (status == PROV_OK && ferror(file))
        return fail(path, errno, err);
    return status == PROV_OK ? sink->finish(sink->ctx, err) : status;
}

prov_status file_pour(const char *path, const struct prov_sink *sink, struct prov_error *err)
{
    if (strcmp(path, "-") == 0)
        return pour(stdin, path, sink, err);
    FILE *file = fopen(path, "rb");
    if (!file)
        return fail(path, errno, err);
    prov_status status = pour(file, path, sink, err);
    fclose(file);
    return status;
}

static prov_status append(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    FILE *out = ctx;
    if (fwrite(data, 1, len, out) == len && ftell(out) <= MAX_BYTES)
        return PROV_OK;
    *err = (struct prov_error){.size = sizeof *err, .status = PROV_E_LIMIT};
    snprintf(err->message, sizeof err->message, "expected at most 16 MiB, found more");
    return err->status;
}

static prov_status end(void *ctx, struct prov_error *err)
{
    (void)ctx;
    (void)err;
    return PROV_OK;
}

char *file_read(const char *path, size_t *len, struct prov_error *err)
{
    char *text = NULL;
    struct prov_error why = {0};
    FILE *out = open_memstream(&text, len);
    const struct prov_sink sink = {.write = append, .finish = end, .ctx = out};
    prov_status status = out ? file_pour(path, &sink, &why) : fail(path, errno, &why);
    if (out && fclose(out) != 0 && status == PROV_OK)
        status = fail(path, errno, &why);
    if (err)
        *err = why;
    if (status == PROV_OK)
        return text;
    free(text);
    return NULL;
}
