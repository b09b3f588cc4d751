/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/command_line.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/parameter.h"
#include "common/text.h"

enum { SHOWN_CAP = 64 };

/* clang-format off: line by line, as it is printed */
static const char common_help[] =
    "\n"
    "In all programs:\n"
    "  --json                JSON, with the version of its form (docs/programs.md)\n"
    "  --color WHEN          auto (on a terminal, unless NO_COLOR is set), always or never\n"
    "  -h, --help            print this\n"
    "  --version             print the version\n"
    "\n"
    "Exit status, in all programs:\n"
    "  0      success\n"
    "  1      the task failed: a resync; a text, a profile or a parameter that is "
    "invalid\n"
    "         or unknown, or has warnings and --strict is given; a load above --max-peak\n"
    "  2      the command line is wrong\n"
    "  3      this machine failed: a file, the store, memory, the output\n"
    "  128+N  signal N ended the program\n";
/* clang-format on */

bool command_read_flag(const char *argument, void *is_set)
{
    (void)argument;
    *(bool *)is_set = true;
    return true;
}

bool command_read_text(const char *argument, void *text)
{
    *(const char **)text = argument;
    return true;
}

bool command_read_optional(const char *argument, void *text)
{
    return command_read_text(argument ? argument : "", text);
}

bool command_read_words(const char *argument, void *value)
{
    struct command_words *words = value;
    const char **all = realloc(words->all, (words->n + 1) * sizeof *all);
    if (!all)
        return false;
    all[words->n++] = argument;
    words->all = all;
    return true;
}

bool command_read_pairs(const char *argument, void *words)
{
    prov_str name, value;
    return parameter_split(argument, &name, &value) && command_read_words(argument, words);
}

bool command_read_number(const char *argument, void *number)
{
    return prov_value_unsigned(prov_str_from(argument), number);
}

static bool read_colour(const char *argument, void *colour)
{
    static const char *const names[] = {
        [TERMINAL_AUTO] = "auto", [TERMINAL_ALWAYS] = "always", [TERMINAL_NEVER] = "never"};
    for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
        if (strcmp(argument, names[i]) != 0)
            continue;
        *(enum terminal_colour *)colour = (enum terminal_colour)i;
        return true;
    }
    return false;
}

static void hint(void)
{
    fprintf(stderr, "try '%s --help'\n", program_name);
}

int command_line_refuse(const char *fault)
{
    fprintf(stderr, "%s: %s\n", program_name, fault);
    hint();
    return EXIT_USAGE;
}

int command_line_refuse_value(const char *option, const struct prov_error *err)
{
    char line[512];
    fprintf(stderr, "%s: %s: %s\n", program_name, option, text_error(err, line, sizeof line));
    hint();
    return EXIT_USAGE;
}

/* An argument may be a key, so a word is shown only up to the start of its argument. */
static int refuse_unknown(const char *word, const char *meant)
{
    char shown[SHOWN_CAP];
    size_t len = strcspn(word, "=");
    if (word[1] != '-') /* -kKEY */
        len = 1 + text_utf8_len(prov_str_from(word + 1));
    text_clean((prov_str){word, len}, shown, sizeof shown);
    fprintf(stderr, "%s: %s: expected an option of this program, found an unknown one",
            program_name, shown);
    if (meant)
        fprintf(stderr, "; is --%s meant?", meant);
    fputc('\n', stderr);
    hint();
    return EXIT_USAGE;
}

static int refuse_argument(const struct command_option *option, const char *found)
{
    const char *expected = option->expected ? option->expected : "no argument";
    fprintf(stderr, "%s: --%s: expected %s%s\n", program_name, option->name, expected, found);
    hint();
    return EXIT_USAGE;
}

static int refuse_word(const char *last)
{
    fprintf(stderr,
            "%s: %s%s%sexpected an option, found another word; an argument with spaces needs "
            "quotes\n",
            program_name, last ? "after --" : "", last ? last : "", last ? ": " : "");
    hint();
    return EXIT_USAGE;
}

/* Values of the common options. */
struct common {
    struct answer answer;
    bool help, version;
};

static const struct command_option common_options[] = {
    {"json", NULL, command_read_flag, offsetof(struct common, answer.is_json)},
    {"color", "auto, always or never", read_colour, offsetof(struct common, answer.colour)},
    {"help", NULL, command_read_flag, offsetof(struct common, help)},
    {"version", NULL, command_read_flag, offsetof(struct common, version)},
};

enum { N_COMMON = sizeof common_options / sizeof common_options[0] };

/* State of reading a command line. */
struct reading {
    const struct command_line *line;
    struct common common;
    char **next;      /* the word to be read */
    const char *last; /* name of the last option; NULL: none */
    bool has_ended;   /* after `--`: no more options */
};

/* All options, the common ones first. */
static const struct command_option *option_at(const struct command_line *line, size_t i)
{
    const struct command_option *option =
        i < N_COMMON ? &common_options[i] : &line->options[i - N_COMMON];
    return option->name ? option : NULL;
}

static void refuse_ambiguous(const struct reading *reading, const char *word, size_t len)
{
    const struct command_option *option;
    const char *before = "";
    fprintf(stderr, "%s: %.*s: expected one option, found the beginning of several: ", program_name,
            (int)len + 2, word);
    for (size_t i = 0; (option = option_at(reading->line, i)); i++) {
        if (strncmp(option->name, word + 2, len) != 0)
            continue;
        fprintf(stderr, "%s--%s", before, option->name);
        before = ", ";
    }
    fputc('\n', stderr);
    hint();
}

/* The option with the most similar name; NULL: none is similar. */
static const char *suggest(const struct command_line *line, prov_str name)
{
    enum { FEWEST_LETTERS = 4, LETTERS_A_SLIP = 3 };
    const struct command_option *option;
    const char *nearest = NULL;
    unsigned limit = (unsigned)(name.len / LETTERS_A_SLIP) + 1;
    if (name.len < FEWEST_LETTERS || name.len > TEXT_DISTANCE_MAX)
        return NULL;
    for (size_t i = 0; (option = option_at(line, i)); i++) {
        unsigned slips = text_distance(name, prov_str_from(option->name));
        if (slips >= limit)
            continue;
        limit = slips;
        nearest = option->name;
    }
    return nearest;
}

/* The option that a word names, or that is the only one with this beginning; NULL when it was
 * refused. */
static const struct command_option *find_option(const struct reading *reading, const char *word)
{
    const struct command_option *option, *found = NULL;
    size_t len = strcspn(word, "=") - 2;
    size_t n_found = 0;
    for (size_t i = 0; (option = option_at(reading->line, i)); i++) {
        if (strncmp(option->name, word + 2, len) != 0)
            continue;
        if (option->name[len] == '\0')
            return option;
        found = option;
        n_found++;
    }
    if (n_found == 1)
        return found;
    if (n_found > 1)
        refuse_ambiguous(reading, word, len);
    else
        refuse_unknown(word, suggest(reading->line, (prov_str){word + 2, len}));
    return NULL;
}

static void *value_of(struct reading *reading, const struct command_option *option)
{
    bool is_common = option >= common_options && option < common_options + N_COMMON;
    char *values = is_common ? (char *)&reading->common : reading->line->values;
    return values + option->offset;
}

static int store_value(struct reading *reading, const struct command_option *option,
                       const char *argument)
{
    errno = 0;
    if (option->read(argument, value_of(reading, option)))
        return EXIT_OK;
    if (errno != ENOMEM)
        return refuse_argument(option, "");
    perror(program_name);
    return EXIT_MACHINE;
}

/* `--name`, `--name argument` or `--name=argument`. */
static int read_option(struct reading *reading, const char *word)
{
    const struct command_option *option = find_option(reading, word);
    if (!option)
        return EXIT_USAGE;
    const char *equals = strchr(word, '=');
    const char *argument = equals ? equals + 1 : NULL;
    reading->last = option->name;
    if (argument && !option->expected)
        return refuse_argument(option, ", found one");
    bool is_optional = option->read == command_read_optional;
    const char *next = *reading->next;
    if (option->expected && !argument && !(is_optional && next && next[0] == '-'))
        argument = next;
    reading->next += !equals && argument;
    if (option->expected && !argument && !is_optional)
        return refuse_argument(option, ", found the end of the command line");
    return store_value(reading, option, argument);
}

/* Read a word that is not an option. */
static int accept_word(const struct reading *reading, const char *word)
{
    const struct command_line *line = reading->line;
    if (line->words && *line->has_word) {
        if (command_read_words(word, line->words))
            return EXIT_OK;
        perror(program_name);
        return EXIT_MACHINE;
    }
    if (!line->word || *line->word || !*line->has_word)
        return refuse_word(reading->last);
    *line->word = word;
    return EXIT_OK;
}

static int read_word(struct reading *reading, const char *word)
{
    if (reading->has_ended || word[0] != '-' || word[1] == '\0')
        return accept_word(reading, word);
    if (strncmp(word, "--", 2) == 0 && word[2] != '\0')
        return read_option(reading, word);
    if (strcmp(word, "--") == 0)
        reading->has_ended = true;
    else if (strcmp(word, "-h") == 0)
        reading->common.help = true;
    else
        return refuse_unknown(word, NULL);
    return EXIT_OK;
}

static void print_parts(const struct command_line *line, const char *indent)
{
    for (size_t i = 0; line->parts && line->parts[i]; i++)
        printf("%s%s\n", indent, line->parts[i]);
}

static void print_help(const struct command_line *line)
{
    for (size_t i = 0; line->help[i]; i++)
        fputs(line->help[i], stdout);
    if (line->parts)
        fputs("\nThis build:\n", stdout);
    print_parts(line, "  ");
    fputs(common_help, stdout);
}

bool command_line_read(const struct command_line *line, char **argv, int *status)
{
    struct reading reading = {.line = line, .next = argv + (argv[0] != NULL)};
    const struct common *common = &reading.common;
    *status = EXIT_OK;
    while (*status == EXIT_OK && *reading.next && !common->help && !common->version)
        *status = read_word(&reading, *reading.next++);
    *line->answer = common->answer;
    if (*status != EXIT_OK)
        return false;
    if (common->help) {
        print_help(line);
    } else if (common->version) {
        printf("%s %s\n", program_name, prov_version_string());
        print_parts(line, "");
    }
    return !common->help && !common->version;
}

int finish_output(int exit_status)
{
    if (fflush(stdout) == 0 && !ferror(stdout))
        return exit_status;
    fprintf(stderr, "%s: cannot write: %s\n", program_name, strerror(errno));
    return EXIT_MACHINE;
}
