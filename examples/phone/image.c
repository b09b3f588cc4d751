/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "image.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/text.h"

#include "flash.h"

static prov_status refuse(prov_status status, const char *what, struct prov_error *err)
{
    int native = errno;
    if (!err)
        return status;
    *err = (struct prov_error){.size = sizeof *err, .status = status};
    if (status == PROV_E_HOST) {
        err->origin = PROV_ORIGIN_OS;
        err->native = native;
    }
    snprintf(err->message, sizeof err->message, "%s%s%s", what, status == PROV_E_HOST ? ": " : "",
             status == PROV_E_HOST ? strerror(native) : "");
    return status;
}

static prov_status save(const struct flash *flash, struct prov_error *err)
{
    return flash_save(flash) ? PROV_OK : refuse(PROV_E_HOST, "the flash cannot be written", err);
}

static bool has_load(const struct bank *bank, const struct prov_upgrade_target *target)
{
    return target->load.len > 0 && text_is(target->load, bank->load);
}

static void copy(char *to, size_t cap, prov_str text)
{
    snprintf(to, cap, "%.*s", (int)text.len, text.data ? text.data : "");
}

static prov_status inspect(void *ctx, const struct prov_upgrade_target *target,
                           struct prov_upgrade_answer *answer, struct prov_error *err)
{
    struct flash *flash = ctx;
    const struct bank *other = flash_other(flash);
    char path[FLASH_PATH_CAP];
    struct stat found;
    (void)err;
    if (has_load(&flash->banks[flash->running], target)) {
        answer->presence = PROV_UPGRADE_PRESENCE_RUNNING;
        return PROV_OK;
    }
    if (!has_load(other, target) || other->is_bad)
        return PROV_OK;
    copy(answer->version, sizeof answer->version, prov_str_from(other->version));
    if (other->is_complete) {
        answer->presence = PROV_UPGRADE_PRESENCE_PRESENT;
        return PROV_OK;
    }
    copy(answer->etag, sizeof answer->etag, prov_str_from(other->etag));
    if (answer->etag[0] && stat(flash_path(flash, 0, path, sizeof path), &found) == 0)
        answer->offset = (uint64_t)found.st_size;
    return PROV_OK;
}

static void close_stream(struct flash *flash)
{
    if (flash->stream)
        fclose(flash->stream);
    flash->stream = NULL;
}

/* The bank is marked first, so that its old content never counts as complete. */
static prov_status mark_begun(struct flash *flash, const struct prov_upgrade_target *target,
                              struct prov_error *err)
{
    struct bank *other = flash_other(flash);
    *other = (struct bank){.is_complete = false};
    copy(other->load, sizeof other->load, target->load);
    copy(other->etag, sizeof other->etag, target->etag);
    flash->is_tried = false;
    return save(flash, err);
}

static prov_status begin(void *ctx, const struct prov_upgrade_target *target, uint64_t offset,
                         struct prov_error *err)
{
    struct flash *flash = ctx;
    char path[FLASH_PATH_CAP];
    close_stream(flash);
    prov_status status =
        target->number == 0 && offset == 0 ? mark_begun(flash, target, err) : PROV_OK;
    if (status != PROV_OK)
        return status;
    flash->stream =
        fopen(flash_path(flash, target->number, path, sizeof path), offset ? "r+b" : "wb");
    if (!flash->stream || ftruncate(fileno(flash->stream), (off_t)offset) != 0 ||
        fseeko(flash->stream, (off_t)offset, SEEK_SET) != 0)
        return refuse(PROV_E_HOST, "the bank cannot be written", err);
    return PROV_OK;
}

static prov_status write_bytes(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    const struct flash *flash = ctx;
    return fwrite(data, 1, len, flash->stream) == len
               ? PROV_OK
               : refuse(PROV_E_HOST, "the bank cannot be written", err);
}

static prov_status finish(void *ctx, const struct prov_upgrade_target *target, char *next,
                          size_t cap, struct prov_error *err)
{
    struct flash *flash = ctx;
    struct bank *other = flash_other(flash);
    char path[FLASH_PATH_CAP];
    bool is_written = fflush(flash->stream) == 0 && fsync(fileno(flash->stream)) == 0;
    long long size = is_written ? (long long)ftello(flash->stream) : 0;
    close_stream(flash);
    if (!is_written)
        return refuse(PROV_E_HOST, "the bank cannot be written", err);
    if (size == 0)
        return refuse(PROV_E_CORRUPT, "expected an image, found an empty file", err);
    flash_path(flash, target->number, path, sizeof path);
    if (target->number == 0 &&
        !flash_read_head(path, "Version", other->version, sizeof other->version))
        copy(other->version, sizeof other->version, target->load);
    if (flash_read_head(path, "Next", next, cap))
        return PROV_OK;
    other->is_complete = true;
    return save(flash, err);
}

static prov_status activate(void *ctx, const struct prov_upgrade_target *target,
                            struct prov_error *err)
{
    struct flash *flash = ctx;
    const struct bank *other = flash_other(flash);
    if (!has_load(other, target) || !other->is_complete)
        return refuse(PROV_E_STATE, "no bank holds this image", err);
    flash->is_tried = true;
    return save(flash, err);
}

/* Fetched bytes are kept: the next attempt resumes there, if the server has the same file then. */
static void abort_image(void *ctx, const struct prov_upgrade_target *target)
{
    struct flash *flash = ctx;
    struct bank *running = &flash->banks[flash->running];
    close_stream(flash);
    if (!flash->is_testing || !has_load(running, target))
        return;
    running->is_bad = true; /* the next boot falls back */
    flash_save(flash);
}

prov_status image_enable(prov_agent *agent, struct flash *flash, uint32_t confirm_timeout_s,
                         struct prov_error *err)
{
    const struct prov_upgrade_host host = {
        .size = sizeof host,
        .ctx = flash,
        .confirm_timeout_s = confirm_timeout_s,
        .inspect = inspect,
        .begin = begin,
        .write = write_bytes,
        .finish = finish,
        .activate = activate,
        .abort = abort_image,
    };
    return prov_agent_enable_upgrade(agent, &host, err);
}
