/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The command line, alike in all programs: docs/programs.md.
 *
 * A program lists its own options; the common ones, the error messages, the hint and the table of
 * exit statuses come from here.
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

/** How a program answers: the common options. */
struct answer {
    bool is_json;
    enum terminal_colour colour;
};

/** One option of a program. */
struct command_option {
    const char *name;     /* without dashes */
    const char *expected; /* describes a valid argument; NULL: the option takes none */
    /** Store an argument, which stays valid; NULL for an option that takes none.
     *  @return false when it is invalid, or, with `errno` ENOMEM, without memory. */
    bool (*read)(const char *argument, void *value);
    size_t offset; /* of the value in the program's options */
};

/** Arguments of an option that may be repeated: a new array of borrowed texts, ended by free(). */
struct command_words {
    const char **all;
    size_t n;
};

struct command_line {
    const struct command_option *options; /* up to a row without a name */
    const char *const *help;              /* of the program's own options, in parts up to NULL */
    const char *const *parts;             /* what this build has, in lines up to NULL; NULL: none */
    void *values;                         /* the program's options */
    struct answer *answer;
    const char **word; /* receives the one word that is no option; NULL: none is expected */
    struct command_words *words; /* receives all such words, in place of `word`; NULL: none */
    const bool *has_word;        /* set by the option the words belong to, which comes first */
};

/**
 * Read a command line: `--name argument`, `--name=argument`, `--na` where only one option begins
 * so, and `--` before words that are no options.
 *
 * @param[out] status  When false is returned: the exit status.
 * @return true to go on; false when help or the version was printed, or an error was reported.
 */
bool command_line_read(const struct command_line *line, char **argv, int *status);

/** Report an error of the whole command line, and the hint. @return EXIT_USAGE. */
int command_line_refuse(const char *fault);

/** Report a value that an option cannot have, and the hint. @return EXIT_USAGE. */
int command_line_refuse_value(const char *option, const struct prov_error *err);

/**
 * Write the rest of standard output, so that half an answer is never taken for the whole.
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
 * Text of an option that may come without one: `--name`, `--name=text`, or `--name text` where the
 * text does not begin with a dash. const char *, borrowed; empty: it came without.
 */
bool command_read_optional(const char *argument, void *text);

/** @} */

#endif
