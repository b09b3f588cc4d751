/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A small language for the events of a device, and the trace the scheduler makes of it.
 *
 * One command a line, `#` begins a comment, times in seconds:
 *
 *     dialect mpp|spa             set NAME VALUE (the rest of the line; names in sched_script.c)
 *     entropy min|max|random      clock unset | clock UTC OFFSET
 *     server ok|fail [TAKES [RETRY_AFTER]]
 *     triggers none|true|false    boot CAUSE
 *     call on|off                 request CAUSE
 *     upgraded                    touch
 *     cancel                      network lost|back|changed
 *     sleep SECONDS               # as run, but without a step before its end
 *     device MAC                  # in hexadecimal, for `set spread`
 *     run SECONDS                 reboot CAUSE [saved] (else all is forgotten)
 *
 * Trace, one line a happening: `TIME start|ask|done|refused|wait …`, with ` @LOCAL` time of day
 * where Resync_At is concerned; `wait` is there only where it differs from the last one.
 */
#ifndef TEST_SUPPORT_SCHED_SCRIPT_H
#define TEST_SUPPORT_SCHED_SCRIPT_H

/**
 * Run a script. Dies at a command it does not know.
 *
 * @param script  Overwritten.
 * @return New, NUL-terminated; to be freed with free().
 */
char *sched_script_run(char *script);

#endif
