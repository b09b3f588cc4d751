/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "file.h"

#include "common/text.h"

#include "host.h"

static prov_status begin(void *ctx, uint64_t offset, struct prov_error *err)
{
    struct file *file = ctx;
    (void)offset; /* 0, as requested */
    file->stream = fopen(file->path, "wb");
    return file->stream ? PROV_OK : text_fail_file(PROV_E_HOST, file->path, err);
}

static prov_status write_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct file *file = ctx;
    return fwrite(data, 1, len, file->stream) == len ? PROV_OK
                                                     : text_fail_file(PROV_E_HOST, file->path, err);
}

static prov_status finish(void *ctx, struct prov_error *err)
{
    struct file *file = ctx;
    FILE *stream = file->stream;
    file->stream = NULL;
    return fclose(stream) == 0 ? PROV_OK : text_fail_file(PROV_E_HOST, file->path, err);
}

prov_status file_fetch(struct phone *phone, const char *rule, const char *path,
                       struct prov_error *err)
{
    phone->file.path = path;
    const struct prov_fetch fetch = {
        .size = sizeof fetch,
        .id = FILE_FETCH,
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
