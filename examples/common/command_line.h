/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The command line, which is the same in all programs: docs/programs.md.
 *
 * A program lists its own options; this file adds the common ones, the error messages, the hint and
 * the table of exit statuses.
 */
#ifndef COMMON_COMMAND_LINE_H
#define COMMON_COMMAND_LINE_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

#include "common/terminal.h"

/** Exit statuses of all programs, as `--help` prints them; a signal adds its number to the last. */
enum {
    EXIT_OK = 0,
    EXIT_FAILED = 1,
    EXIT_USAGE = 2,
    EXIT_MACHINE = 3,
    EXIT_SIGNAL = 128,
};

/** The form of the output: the common options. */
struct answer {
    bool is_json;
    enum terminal_colour colour;
};

/** One option of a program. */
struct command_option {
    const char *name;     /* without dashes */
    const char *expected; /* describes a valid argument; NULL: the option takes none */
    /**
     * Store an argument, which remains valid; NULL for an option without argument.
     *
     * @return false if it is invalid, or, with `errno` ENOMEM, without memory.
     */
    bool (*read)(const char *argument, void *value);
    size_t offset; /* of the value in the program's options */
};

/** Arguments of a repeated option: a new array of borrowed texts, ended by free(). */
struct command_words {
    const char **all;
    size_t n;
};

struct command_line {
    const struct command_option *options; /* terminated by a row without a name */
    const char *const *help; /* of the program's own options, in parts; terminated by NULL */
    const char *const
        *parts;   /* optional parts of this build, in lines; terminated by NULL; NULL: none */
    void *values; /* the program's options */
    struct answer *answer;
    const char **word; /* receives the single word that is not an option; NULL: none is expected */
    struct command_words *words; /* receives all such words, instead of `word`; NULL: none */
    const bool
        *has_word; /* set by the option to which the words belong, and which must precede them */
};

/**
 * Read a command line: `--name argument`, `--name=argument`, an unambiguous beginning such as
 * `--na`, and `--` before words that are not options.
 *
 * @param[out] status  When false is returned: the exit status.
 * @return true to continue; false when help or the version was printed, or an error was reported.
 */
bool command_line_read(const struct command_line *line, char **argv, int *status);

/** Report an error of the whole command line, and the hint. @return EXIT_USAGE. */
int command_line_refuse(const char *fault);

/** Report an invalid value of an option, and the hint. @return EXIT_USAGE. */
int command_line_refuse_value(const char *option, const struct prov_error *err);

/**
 * Write the rest of standard output, so that partial output does not look complete.
 *
 * @return @p exit_status; EXIT_MACHINE when it cannot be written, which is reported.
 */
int finish_output(int exit_status);

/** @name Readers of arguments. */
/** @{ */

bool command_read_flag(const char *argument, void *is_set);   /* bool */
bool command_read_text(const char *argument, void *text);     /* const char *, borrowed */
bool command_read_words(const char *argument, void *words);   /* struct command_words */
bool command_read_pairs(const char *argument, void *words);   /* the same, of `NAME=VALUE` */
bool command_read_number(const char *argument, void *number); /* uint32_t */

/**
 * Text of an option with an optional argument: `--name`, `--name=text`, or `--name text` if the
 * text does not begin with a dash. const char *, borrowed; empty: no argument.
 */
bool command_read_optional(const char *argument, void *text);

/** @} */

#endif
