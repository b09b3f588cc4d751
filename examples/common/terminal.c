/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/terminal.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool terminal_fill_standard_files(void)
{
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
        if (fcntl(fd, F_GETFD) == -1 && errno == EBADF && open("/dev/null", O_RDWR) != fd)
            return false;
    return true;
}

bool terminal_is_smart(FILE *stream)
{
    const char *terminal = getenv("TERM");
    return isatty(fileno(stream)) && terminal && strcmp(terminal, "dumb") != 0;
}

bool terminal_has_colour(FILE *stream, enum terminal_colour when)
{
    const char *no_colour = getenv("NO_COLOR"); /* https://no-color.org */
    if (when != TERMINAL_AUTO)
        return when == TERMINAL_ALWAYS;
    return terminal_is_smart(stream) && !(no_colour && no_colour[0]);
}
