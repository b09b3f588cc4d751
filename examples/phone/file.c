/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "file.h"

#include <errno.h>
#include <string.h>

#include "host.h"

static prov_status refuse(const struct file *file, struct prov_error *err)
{
    if (err)
        *err = (struct prov_error){
            .size = sizeof *err,
            .status = PROV_E_HOST,
            .origin = PROV_ORIGIN_OS,
            .native = errno,
        };
    if (err)
        snprintf(err->message, sizeof err->message, "%s: %s", file->path, strerror(errno));
    return PROV_E_HOST;
}

static prov_status begin(void *ctx, uint64_t offset, struct prov_error *err)
{
    struct file *file = ctx;
    (void)offset; /* 0, as requested */
    file->stream = fopen(file->path, "wb");
    return file->stream ? PROV_OK : refuse(file, err);
}

static prov_status write_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct file *file = ctx;
    return fwrite(data, 1, len, file->stream) == len ? PROV_OK : refuse(file, err);
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    struct file *file = ctx;
    FILE *stream = file->stream;
    file->stream = NULL;
    return fclose(stream) == 0 ? PROV_OK : refuse(file, err);
}

prov_status file_fetch(struct phone *phone, const char *rule, const char *path,
                       struct prov_error *err)
{
    phone->file.path = path;
    const struct prov_fetch fetch = {
        .size = sizeof fetch,
        .id = 1,
        .rule = prov_str_from(rule),
        .sink = {.write = write_bytes, .finish = finish, .ctx = &phone->file},
        .begin = begin,
    };
    return prov_agent_fetch(phone->agent, &fetch, err);
}

void file_end(struct file *file, uint32_t outcome)
{
    if (!file->stream)
        return;
    fclose(file->stream);
    file->stream = NULL;
    if (outcome == PROV_OUTCOME_FAILED)
        remove(file->path);
}
