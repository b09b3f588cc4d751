/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/posix_files.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/types.h>
#include <unistd.h>

enum { OWNER_ONLY = S_IRUSR | S_IWUSR };

/* A handle is the descriptor plus one: never NULL, and nothing is allocated. */
static void *handle_of(int fd)
{
    return (void *)(intptr_t)(fd + 1);
}

static int fd_of(void *handle)
{
    return (int)(intptr_t)handle - 1;
}

/* 0, or errno if @p result is -1. */
static int32_t result_of(int result)
{
    return result == -1 ? errno : 0;
}

static int32_t open_as(const char *path, int flags, void **handle)
{
    int fd;
    do
        fd = open(path, flags | O_CLOEXEC | O_NOCTTY, OWNER_ONLY);
    while (fd == -1 && errno == EINTR);
    if (fd == -1)
        return errno;
    *handle = handle_of(fd);
    return 0;
}

/* Refuse a FIFO, which blocks until its other end is opened, and a device. */
static int32_t open_regular(const char *path, int flags, void **handle)
{
    struct stat stat;
    int32_t error = open_as(path, flags | O_NONBLOCK, handle);
    if (error != 0)
        return error;
    error = result_of(fstat(fd_of(*handle), &stat));
    if (error == 0 && !S_ISREG(stat.st_mode))
        error = S_ISDIR(stat.st_mode) ? EISDIR : ENODEV;
    if (error != 0)
        close(fd_of(*handle));
    return error;
}

static int32_t os_open_read(void *ctx, const char *path, void **file)
{
    (void)ctx;
    return open_regular(path, O_RDONLY, file);
}

static int32_t os_remove(void *ctx, const char *path)
{
    (void)ctx;
    return unlink(path) == -1 && errno != ENOENT ? errno : 0;
}

/* Create the file anew, so that no link, content or permissions of an existing one remain. */
static int32_t os_open_write(void *ctx, const char *path, void **file)
{
    int32_t error = os_remove(ctx, path);
    if (error != 0)
        return error;
    return open_as(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, file);
}

static int32_t os_read(void *ctx, void *file, void *buf, size_t cap, size_t *len)
{
    (void)ctx;
    ssize_t got;
    do
        got = read(fd_of(file), buf, cap);
    while (got == -1 && errno == EINTR);
    *len = got > 0 ? (size_t)got : 0;
    return got == -1 ? errno : 0;
}

static int32_t os_write(void *ctx, void *file, const void *data, size_t len)
{
    (void)ctx;
    const char *rest = data;
    while (len != 0) {
        ssize_t done = write(fd_of(file), rest, len);
        if (done == -1 && errno == EINTR)
            continue;
        if (done == -1)
            return errno;
        if (done == 0)
            return EIO; /* no progress and no error: do not loop for ever */
        rest += done;
        len -= (size_t)done;
    }
    return 0;
}

static int32_t os_sync(void *ctx, void *file)
{
    (void)ctx;
    int result;
    do
        result = fsync(fd_of(file));
    while (result == -1 && errno == EINTR);
    return result_of(result);
}

/* Not repeated after EINTR: Linux has closed the descriptor by then, and the data is synced. */
static int32_t os_close(void *ctx, void *file)
{
    (void)ctx;
    int32_t error = result_of(close(fd_of(file)));
    return error == EINTR ? 0 : error;
}

static int32_t os_rename(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return result_of(rename(from, to));
}

static int32_t os_copy(void *ctx, const char *from, const char *to)
{
    (void)ctx;
    return result_of(link(from, to));
}

static int32_t os_sync_folder(void *ctx, const char *folder)
{
    void *handle = NULL;
    int32_t error = open_as(folder, O_RDONLY | O_DIRECTORY, &handle);
    if (error != 0)
        return error;
    error = os_sync(ctx, handle);
    close(fd_of(handle));
    return error == EINVAL ? 0 : error; /* the file system does not support it */
}

static int32_t os_lock(void *ctx, const char *path, void **lock)
{
    (void)ctx;
    void *handle = NULL;
    int32_t error = open_regular(path, O_RDWR | O_CREAT | O_NOFOLLOW, &handle);
    if (error != 0)
        return error;
    int result;
    do
        result = flock(fd_of(handle), LOCK_EX | LOCK_NB);
    while (result == -1 && errno == EINTR);
    error = result_of(result);
    if (error != 0)
        close(fd_of(handle));
    else
        *lock = handle;
    return error;
}

/* Keep the lock file: if it were removed, two processes could lock two files of the same name. */
static void os_unlock(void *ctx, void *lock)
{
    (void)ctx;
    close(fd_of(lock));
}

/* Replace the link @p path by its target, which is relative to the link's folder unless absolute.
 * Sets *len to the new length; 0: @p path is not a link. */
static int32_t follow_link(char *path, char *target, size_t cap, size_t *len)
{
    ssize_t n = readlink(path, target, cap);
    *len = 0;
    if (n == -1)
        return errno == EINVAL || errno == ENOENT ? 0 : errno;
    char *slash = strrchr(path, '/');
    size_t folder_len = target[0] == '/' || !slash ? 0 : (size_t)(slash + 1 - path);
    if (n == 0 || (size_t)n >= cap - folder_len)
        return ENAMETOOLONG;
    memcpy(path + folder_len, target, (size_t)n);
    path[folder_len + (size_t)n] = '\0';
    *len = folder_len + (size_t)n;
    return 0;
}

int32_t provi_posix_follow(char *path, char *target, size_t cap)
{
    enum { MAX_LINKS = 40 }; /* the limit of Linux */
    for (unsigned n = 0; n < MAX_LINKS; n++) {
        size_t len;
        int32_t error = follow_link(path, target, cap, &len);
        if (error != 0 || len == 0)
            return error;
    }
    return ELOOP;
}

struct prov_files provi_posix_files(void)
{
    return (struct prov_files){
        .size = sizeof(struct prov_files),
        .open_read = os_open_read,
        .open_write = os_open_write,
        .read = os_read,
        .write = os_write,
        .sync = os_sync,
        .close = os_close,
        .rename = os_rename,
        .remove = os_remove,
        .copy = os_copy,
        .sync_folder = os_sync_folder,
        .lock = os_lock,
        .unlock = os_unlock,
    };
}

void provi_posix_reason(int32_t error, char *buf, size_t cap)
{
    buf[0] = '\0';
    if (strerror_r(error, buf, cap) != 0)
        snprintf(buf, cap, "error %ld", (long)error);
}

bool provi_posix_is_held(int32_t error)
{
    return error == EWOULDBLOCK;
}

bool provi_posix_is_unwritable(int32_t error)
{
    return error == EROFS || error == ENOSPC || error == EDQUOT;
}
