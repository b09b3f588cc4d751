/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "reboot.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <provision/provision.h>

#include "common/command_line.h"
#include "common/text.h"

enum { N_ADDED = 2 };

/* Not the link itself: under valgrind it leads to valgrind. */
static bool find_program(char path[PATH_MAX])
{
    ssize_t len = readlink("/proc/self/exe", path, PATH_MAX - 1);
    if (len > 0)
        path[len] = '\0';
    return len > 0;
}

/* What an earlier reboot has added. */
static bool is_added(const char *word)
{
    return strncmp(word, "--rebooted=", 11) == 0 || strncmp(word, "--control=fd:", 13) == 0;
}

int reboot(char **argv, uint32_t boot_cause, int control_fd)
{
    char path[PATH_MAX], cause[48], control[48];
    size_t n = 0, n_kept = 0;
    while (argv[n])
        n++;
    char **again = calloc(n + N_ADDED + 1, sizeof *again);
    if (again && find_program(path)) {
        snprintf(cause, sizeof cause, "--rebooted=%s", prov_cause_name(boot_cause));
        snprintf(control, sizeof control, "--control=fd:%d", control_fd);
        for (size_t i = 0; i < n; i++)
            if (!is_added(argv[i]))
                again[n_kept++] = argv[i];
        again[n_kept++] = cause;
        again[n_kept] = control_fd >= 0 ? control : NULL;
        fflush(stdout);
        execv(path, again);
    }
    fprintf(stderr, "%s: reboot: %s\n", program_name, strerror(errno));
    free(again);
    return EXIT_MACHINE;
}
