/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "reboot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <provision/provision.h>

#include "common/command_line.h"
#include "common/text.h"

enum { N_ADDED = 2 };

int reboot(char **argv, uint32_t boot_cause, int control_fd)
{
    char cause[48], control[48];
    size_t n = 0;
    while (argv[n])
        n++;
    char **again = calloc(n + N_ADDED + 1, sizeof *again);
    if (again) {
        snprintf(cause, sizeof cause, "--rebooted=%s", prov_cause_name(boot_cause));
        snprintf(control, sizeof control, "--control=fd:%d", control_fd);
        memcpy(again, argv, n * sizeof *again);
        again[n] = cause;
        again[n + 1] = control_fd >= 0 ? control : NULL;
        fflush(stdout);
        execv("/proc/self/exe", again);
    }
    fprintf(stderr, "%s: reboot: ", program_name);
    perror(NULL);
    free(again);
    return EXIT_MACHINE;
}
