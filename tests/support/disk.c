/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "disk.h"

#include <errno.h>
#include <string.h>

enum { N_HANDLES = sizeof((struct disk *)0)->handles / sizeof(struct disk_handle) };

/* Ways in which a power cut leaves data that was not synced. */
enum { DATA_LOST, DATA_ALL, DATA_FIRST_HALF, DATA_LAST_HALF, DATA_LENGTH_ONLY, N_DATA_WAYS };

static int name_of(struct disk *disk, const char *path)
{
    for (size_t i = 0; i < disk->n_names; i++)
        if (strcmp(disk->names[i], path) == 0)
            return (int)i;
    if (disk->n_names == DISK_NAMES || strlen(path) >= sizeof disk->names[0])
        test_die("disk: no room for the name %s", path);
    strcpy(disk->names[disk->n_names], path);
    return (int)disk->n_names++;
}

static bool is_in_use(const struct disk *disk, int file)
{
    for (size_t i = 0; i < DISK_NAMES; i++)
        if (disk->now[i] == file || disk->synced[i] == file)
            return true;
    for (size_t i = 0; i < disk->n_changes; i++)
        if (disk->changes[i].file == file)
            return true;
    for (size_t i = 0; i < N_HANDLES; i++)
        if (disk->handles[i].is_open && disk->handles[i].file == file)
            return true;
    return false;
}

static int new_file(struct disk *disk)
{
    for (int i = 0; i < DISK_FILES; i++) {
        if (is_in_use(disk, i))
            continue;
        memset(&disk->all[i], 0, sizeof disk->all[i]);
        return i;
    }
    test_die("disk: too many files");
}

static void make_change(struct disk *disk, int name, int file, int gone)
{
    if (disk->n_changes == DISK_CHANGES)
        test_die("disk: too many changes without a sync of the folder");
    disk->changes[disk->n_changes++] = (struct disk_change){name, file, gone};
    disk->now[name] = file;
    if (gone != -1)
        disk->now[gone] = -1;
}

static struct disk_handle *new_handle(struct disk *disk, int file)
{
    for (size_t i = 0; i < N_HANDLES; i++) {
        if (disk->handles[i].is_open)
            continue;
        disk->handles[i] = (struct disk_handle){.is_open = true, .file = file};
        return &disk->handles[i];
    }
    test_die("disk: too many files open");
}

static struct disk_handle *handle_of(struct disk *disk, void *file)
{
    struct disk_handle *handle = file;
    if (handle < disk->handles || handle >= disk->handles + N_HANDLES || !handle->is_open)
        test_die("disk: a file that is not open");
    return handle;
}

enum outcome { DO, DO_THEN_OFF, REFUSE };

/* One operation: is it done? The one during which the power goes may still reach the disk. */
static enum outcome tick(struct disk *disk, bool is_write)
{
    if (disk->is_off)
        return REFUSE;
    disk->n_operations++;
    disk->n_writes += is_write;
    if (!dial_tick(disk->dial))
        return DO;
    if (disk->error != 0)
        return REFUSE;
    disk->is_off = true;
    return DO_THEN_OFF;
}

static int32_t error_of(const struct disk *disk)
{
    return disk->error != 0 && !disk->is_off ? disk->error : EIO;
}

/* What an operation says that was done but for the power. */
static int32_t result_of(const struct disk *disk, enum outcome outcome)
{
    return outcome == DO ? 0 : error_of(disk);
}

static int32_t disk_open_read(void *ctx, const char *path, void **file)
{
    struct disk *disk = ctx;
    enum outcome outcome = tick(disk, false);
    if (outcome != DO)
        return error_of(disk);
    int found = disk->now[name_of(disk, path)];
    if (found == -1)
        return ENOENT;
    *file = new_handle(disk, found);
    return 0;
}

static int32_t disk_open_write(void *ctx, const char *path, void **file)
{
    struct disk *disk = ctx;
    enum outcome outcome = tick(disk, true);
    if (outcome == REFUSE)
        return error_of(disk);
    int made = new_file(disk);
    make_change(disk, name_of(disk, path), made, -1);
    if (outcome == DO)
        *file = new_handle(disk, made);
    return result_of(disk, outcome);
}

static int32_t disk_read(void *ctx, void *file, void *buf, size_t cap, size_t *len)
{
    struct disk *disk = ctx;
    struct disk_handle *handle = handle_of(disk, file);
    if (tick(disk, false) != DO)
        return error_of(disk);
    const struct disk_content *content = &disk->all[handle->file].now;
    size_t rest = content->len - handle->at;
    *len = cap < rest ? cap : rest;
    if (*len > 100)
        *len = 100; /* a file seldom comes in one piece */
    memcpy(buf, content->bytes + handle->at, *len);
    handle->at += *len;
    return 0;
}

static int32_t disk_write(void *ctx, void *file, const void *data, size_t len)
{
    struct disk *disk = ctx;
    struct disk_handle *handle = handle_of(disk, file);
    enum outcome outcome = tick(disk, true);
    if (disk->is_off && outcome == REFUSE)
        return error_of(disk);
    if (outcome == REFUSE)
        len /= 2; /* a full disk takes what still fits */
    struct disk_file *to = &disk->all[handle->file];
    if (len > DISK_BYTES - to->now.len)
        test_die("disk: a file of more than %d bytes", DISK_BYTES);
    memcpy(to->now.bytes + to->now.len, data, len);
    to->now.len += len;
    to->is_dirty = true;
    return result_of(disk, outcome);
}

static int32_t disk_sync(void *ctx, void *file)
{
    struct disk *disk = ctx;
    disk->n_syncs++;
    struct disk_handle *handle = handle_of(disk, file);
    if (tick(disk, true) != DO)
        return error_of(disk);
    if (disk->syncs_nothing)
        return 0;
    struct disk_file *synced = &disk->all[handle->file];
    synced->synced = synced->now;
    synced->is_dirty = false;
    return 0;
}

static int32_t disk_close(void *ctx, void *file)
{
    struct disk *disk = ctx;
    handle_of(disk, file)->is_open = false;
    return tick(disk, false) == DO ? 0 : error_of(disk);
}

static int32_t disk_rename(void *ctx, const char *from, const char *to)
{
    struct disk *disk = ctx;
    enum outcome outcome = tick(disk, true);
    if (outcome == REFUSE)
        return error_of(disk);
    int old = name_of(disk, from);
    if (disk->now[old] == -1)
        return ENOENT;
    make_change(disk, name_of(disk, to), disk->now[old], old);
    return result_of(disk, outcome);
}

static int32_t disk_remove(void *ctx, const char *path)
{
    struct disk *disk = ctx;
    enum outcome outcome = tick(disk, true);
    if (outcome == REFUSE)
        return error_of(disk);
    int name = name_of(disk, path);
    if (disk->now[name] != -1)
        make_change(disk, name, -1, -1);
    return result_of(disk, outcome);
}

static int32_t disk_link(void *ctx, const char *from, const char *to)
{
    struct disk *disk = ctx;
    enum outcome outcome = tick(disk, true);
    if (outcome == REFUSE)
        return error_of(disk);
    int old = name_of(disk, from);
    int name = name_of(disk, to);
    if (disk->now[old] == -1)
        return ENOENT;
    if (disk->now[name] != -1)
        return EEXIST;
    make_change(disk, name, disk->now[old], -1);
    return result_of(disk, outcome);
}

static int32_t disk_sync_folder(void *ctx, const char *folder)
{
    struct disk *disk = ctx;
    disk->n_syncs++;
    if (strcmp(folder, ".") != 0)
        test_die("disk: the folder is . and not %s", folder);
    if (tick(disk, true) != DO)
        return error_of(disk);
    if (disk->syncs_nothing)
        return 0;
    memcpy(disk->synced, disk->now, sizeof disk->synced);
    disk->n_changes = 0;
    return 0;
}

static int32_t disk_lock(void *ctx, const char *path, void **lock)
{
    struct disk *disk = ctx;
    (void)path;
    if (tick(disk, false) != DO)
        return error_of(disk);
    if (disk->is_locked)
        return EWOULDBLOCK;
    disk->is_locked = true;
    *lock = &disk->is_locked;
    return 0;
}

static void disk_unlock(void *ctx, void *lock)
{
    struct disk *disk = ctx;
    if (lock != &disk->is_locked || !disk->is_locked)
        test_die("disk: a lock that is not held");
    disk->is_locked = false;
}

static void attach(struct disk *disk)
{
    disk->files = (struct prov_files){
        .size = sizeof disk->files,
        .ctx = disk,
        .open_read = disk_open_read,
        .open_write = disk_open_write,
        .read = disk_read,
        .write = disk_write,
        .sync = disk_sync,
        .close = disk_close,
        .rename = disk_rename,
        .remove = disk_remove,
        .copy = disk_link,
        .sync_folder = disk_sync_folder,
        .lock = disk_lock,
        .unlock = disk_unlock,
    };
}

void disk_init(struct disk *disk)
{
    memset(disk, 0, sizeof *disk);
    for (size_t i = 0; i < DISK_NAMES; i++)
        disk->now[i] = disk->synced[i] = -1;
    attach(disk);
}

void disk_copy(struct disk *to, const struct disk *from)
{
    disk_assert_closed(from);
    *to = *from;
    attach(to);
}

void disk_assert_closed(const struct disk *disk)
{
    for (size_t i = 0; i < N_HANDLES; i++)
        if (disk->handles[i].is_open)
            test_die("disk: a file was left open");
    if (disk->is_locked)
        test_die("disk: the lock was left held");
}

unsigned disk_n_crashes(const struct disk *disk)
{
    unsigned n_ways = 1u << disk->n_changes;
    for (int i = 0; i < DISK_FILES; i++)
        if (disk->all[i].is_dirty && is_in_use(disk, i))
            n_ways *= N_DATA_WAYS;
    return n_ways;
}

static void crash_file(struct disk_file *file, unsigned way)
{
    size_t len = file->now.len;
    size_t half = len / 2;
    switch (way) {
    case DATA_LOST: file->now = file->synced; break;
    case DATA_ALL: break;
    case DATA_FIRST_HALF: file->now.len = half; break;
    case DATA_LAST_HALF: memset(file->now.bytes, 0, half); break;
    default: memset(file->now.bytes, 0, len); break;
    }
    file->synced = file->now;
    file->is_dirty = false;
}

void disk_crash(struct disk *disk, unsigned way)
{
    disk_assert_closed(disk);
    for (int i = 0; i < DISK_FILES; i++) {
        if (!disk->all[i].is_dirty || !is_in_use(disk, i))
            continue;
        crash_file(&disk->all[i], way % N_DATA_WAYS);
        way /= N_DATA_WAYS;
    }
    memcpy(disk->now, disk->synced, sizeof disk->now);
    for (size_t i = 0; i < disk->n_changes; i++, way /= 2) {
        const struct disk_change *change = &disk->changes[i];
        if (way % 2 == 0)
            continue;
        disk->now[change->name] = change->file;
        if (change->gone != -1)
            disk->now[change->gone] = -1;
    }
    memcpy(disk->synced, disk->now, sizeof disk->synced);
    disk->n_changes = 0;
    disk->is_off = false;
}

struct disk_content *disk_content_of(struct disk *disk, const char *name)
{
    int file = disk->now[name_of(disk, name)];
    return file != -1 ? &disk->all[file].now : NULL;
}

prov_store *disk_open_store(struct disk *disk, bool user_wins)
{
    prov_store *store = NULL;
    const struct prov_store_options options = {
        .size = sizeof options,
        .path = disk ? "s" : NULL,
        .files = disk ? &disk->files : NULL,
        .user_wins = user_wins,
    };
    if (prov_store_open(&store, &options, NULL) != PROV_OK)
        test_die("disk: the store does not open");
    return store;
}

void disk_put(struct disk *disk, const char *name, const void *data, size_t len)
{
    if (len > DISK_BYTES)
        test_die("disk: a file of more than %d bytes", DISK_BYTES);
    int at = name_of(disk, name);
    disk->now[at] = disk->synced[at] = -1;
    int file = new_file(disk);
    memcpy(disk->all[file].now.bytes, data, len);
    disk->all[file].now.len = len;
    disk->all[file].synced = disk->all[file].now;
    disk->now[at] = disk->synced[at] = file;
}
