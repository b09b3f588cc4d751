/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "flash_files.h"

#include <errno.h>
#include <string.h>

/*
 * A bank is two units, then the file:
 *
 *     unit 0   length of the file     programmed by sync(): the file is complete
 *     unit 1   number of the commit   programmed by rename(): it is the store's file
 *
 * A unit holds its number, the complement of the number, and zeros, so that one that was programmed
 * halfway is not mistaken for a whole one.
 */
enum { LENGTH_AT = 0, COMMIT_AT = FLASH_UNIT, FILE_AT = 2 * FLASH_UNIT, N_BANKS = 2 };

static uint32_t place(const struct flash *flash, uint32_t bank, uint32_t at)
{
    return bank * flash->bank_bytes + at;
}

static int32_t program_number(const struct flash *flash, uint32_t bank, uint32_t at,
                              uint32_t number)
{
    const uint32_t words[FLASH_UNIT / 4] = {number, ~number};
    return flash->program(flash->ctx, place(flash, bank, at), words, sizeof words);
}

/* 0: the unit is erased, or was programmed only partly. */
static int32_t read_number(const struct flash *flash, uint32_t bank, uint32_t at, uint32_t *number)
{
    uint32_t words[FLASH_UNIT / 4];
    int32_t error = flash->read(flash->ctx, place(flash, bank, at), words, sizeof words);
    bool is_whole = error == 0 && words[0] == ~words[1] && (words[2] | words[3]) == 0;
    *number = is_whole ? words[0] : 0;
    return error;
}

/* The commit of each bank; 0: the bank has no file of the store. */
static int32_t read_commits(const struct flash *flash, uint32_t commits[N_BANKS])
{
    int32_t error = 0;
    for (uint32_t bank = 0; bank < N_BANKS && error == 0; bank++)
        error = read_number(flash, bank, COMMIT_AT, &commits[bank]);
    return error;
}

/* Erase the block with the units first: without them, the rest is not a file. */
static int32_t erase_bank(const struct flash *flash, uint32_t bank)
{
    int32_t error = 0;
    for (uint32_t at = 0; at < flash->bank_bytes && error == 0; at += flash->block_bytes)
        error = flash->erase(flash->ctx, place(flash, bank, at));
    return error;
}

static bool ends_in(const char *path, const char *suffix)
{
    size_t len = strlen(path), n = strlen(suffix);
    return len >= n && strcmp(path + len - n, suffix) == 0;
}

static bool is_file(const char *path)
{
    return !ends_in(path, ".bak") && !ends_in(path, ".new") && !ends_in(path, ".damaged");
}

static int32_t file_open_read(void *ctx, const char *path, void **file)
{
    struct flash_files *files = ctx;
    uint32_t commits[N_BANKS];
    int32_t error = read_commits(files->flash, commits);
    if (error != 0)
        return error;
    uint32_t newest = commits[1] > commits[0] ? 1 : 0;
    uint32_t bank = is_file(path) ? newest : 1 - newest;
    if (commits[bank] == 0 || !(is_file(path) || ends_in(path, ".bak")))
        return ENOENT;
    if (!is_file(path))
        files->is_damaged = true; /* the only reason for the store to read its backup */
    files->bank = bank;
    files->at = 0;
    *file = files;
    return read_number(files->flash, bank, LENGTH_AT, &files->len);
}

static int32_t file_read(void *ctx, void *file, void *buf, size_t cap, size_t *len)
{
    struct flash_files *files = ctx;
    (void)file;
    uint32_t rest = files->len - files->at;
    *len = rest < cap ? rest : cap;
    int32_t error = files->flash->read(
        files->flash->ctx, place(files->flash, files->bank, FILE_AT + files->at), buf, *len);
    files->at += (uint32_t)*len;
    return error;
}

/* Write the new file to the older bank, or to the newer one if that is damaged. */
static int32_t file_open_write(void *ctx, const char *path, void **file)
{
    struct flash_files *files = ctx;
    const struct flash *flash = files->flash;
    uint32_t commits[N_BANKS];
    (void)path;
    int32_t error = read_commits(flash, commits);
    uint32_t newest = commits[1] > commits[0] ? 1 : 0;
    files->bank = files->is_damaged ? newest : 1 - newest;
    files->at = 0;
    files->keeps_backup = false;
    *file = files;
    return error != 0 ? error : erase_bank(flash, files->bank);
}

static int32_t file_write(void *ctx, void *file, const void *data, size_t len)
{
    struct flash_files *files = ctx;
    const struct flash *flash = files->flash;
    const unsigned char *from = data;
    (void)file;
    if (len > flash->bank_bytes - FILE_AT - files->at)
        return ENOSPC;
    for (size_t i = 0; i < len; i++) {
        uint32_t at = files->at++;
        files->unit[at % FLASH_UNIT] = from[i];
        if (files->at % FLASH_UNIT != 0)
            continue;
        uint32_t unit_at = place(flash, files->bank, FILE_AT + files->at - FLASH_UNIT);
        int32_t error = flash->program(flash->ctx, unit_at, files->unit, FLASH_UNIT);
        if (error != 0)
            return error;
    }
    return 0;
}

static int32_t file_sync(void *ctx, void *file)
{
    struct flash_files *files = ctx;
    const struct flash *flash = files->flash;
    uint32_t rest = files->at % FLASH_UNIT;
    int32_t error = 0;
    (void)file;
    if (rest != 0) {
        memset(files->unit + rest, 0xff, FLASH_UNIT - rest);
        error = flash->program(flash->ctx, place(flash, files->bank, FILE_AT + files->at - rest),
                               files->unit, FLASH_UNIT);
    }
    return error != 0 ? error : program_number(flash, files->bank, LENGTH_AT, files->at);
}

static int32_t file_close(void *ctx, void *file)
{
    struct flash_files *files = ctx;
    (void)file;
    memset(files->unit, 0, sizeof files->unit);
    return 0;
}

/* The store renames only its new file, which is the last written one. */
static int32_t file_rename(void *ctx, const char *from, const char *to)
{
    struct flash_files *files = ctx;
    uint32_t commits[N_BANKS];
    (void)from;
    (void)to;
    int32_t error = read_commits(files->flash, commits);
    if (error != 0)
        return error;
    uint32_t last = commits[0] > commits[1] ? commits[0] : commits[1];
    error = program_number(files->flash, files->bank, COMMIT_AT, last + 1);
    if (error != 0)
        return error;
    files->is_damaged = false;
    if (!files->keeps_backup) /* the next new file would erase it, but it may be in clear */
        erase_bank(files->flash, 1 - files->bank);
    return 0;
}

/* A new file that was not renamed does not count, and the next new file replaces a backup. */
static int32_t file_remove(void *ctx, const char *path)
{
    (void)ctx;
    (void)path;
    return 0;
}

/* The present file stays in its bank, and becomes the backup when the new one is renamed. */
static int32_t file_copy(void *ctx, const char *from, const char *to)
{
    struct flash_files *files = ctx;
    (void)from;
    files->keeps_backup = ends_in(to, ".bak");
    return files->keeps_backup ? 0 : ENOSPC;
}

struct prov_files flash_files_init(struct flash_files *files, const struct flash *flash)
{
    *files = (struct flash_files){.flash = flash};
    return (struct prov_files){
        .size = sizeof(struct prov_files),
        .ctx = files,
        .open_read = file_open_read,
        .open_write = file_open_write,
        .read = file_read,
        .write = file_write,
        .sync = file_sync,
        .close = file_close,
        .rename = file_rename,
        .remove = file_remove,
        .copy = file_copy,
    };
}
