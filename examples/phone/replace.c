/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "replace.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static bool write_new(const char *path, prov_str content)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    size_t done = 0;
    while (fd >= 0 && done < content.len) {
        ssize_t n = write(fd, content.data + done, content.len - done);
        if (n < 0 && errno != EINTR)
            break;
        done += n > 0 ? (size_t)n : 0;
    }
    bool is_written = fd >= 0 && done == content.len && fsync(fd) == 0;
    int reason = errno;
    if (fd >= 0 && close(fd) != 0 && is_written) {
        reason = errno;
        is_written = false;
    }
    errno = reason;
    return is_written;
}

/* The rename is durable only once the folder is synced. */
static bool sync_folder_of(const char *path)
{
    char folder[PATH_MAX];
    const char *slash = strrchr(path, '/');
    snprintf(folder, sizeof folder, "%.*s", slash && slash > path ? (int)(slash - path) : 1,
             slash ? path : ".");
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    bool is_done = fd >= 0 && fsync(fd) == 0;
    if (fd >= 0)
        close(fd);
    return is_done;
}

bool replace_file(const char *path, prov_str content)
{
    char beside[PATH_MAX];
    int len = snprintf(beside, sizeof beside, "%s.new", path);
    if (len < 0 || (size_t)len >= sizeof beside) {
        errno = ENAMETOOLONG;
        return false;
    }
    return write_new(beside, content) && rename(beside, path) == 0 && sync_folder_of(path);
}
