/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The phone's reboot: the program starts itself again, and comes up through its boot loader. */
#ifndef PHONE_REBOOT_H
#define PHONE_REBOOT_H

#include <stdint.h>

/** Exit status within the program: reboot instead of ending. */
enum { EXIT_REBOOT = -1 };

/**
 * Start the program again with the same command line, `--rebooted` and, if @p control_fd is not
 * -1, `--control fd:N`. Everything is closed by now.
 *
 * @param boot_cause  PROV_CAUSE_POWER_UP or PROV_CAUSE_HOST, for the next agent.
 * @return EXIT_MACHINE, and the reason was reported: it does not return otherwise.
 */
int reboot(char **argv, uint32_t boot_cause, int control_fd);

#endif
