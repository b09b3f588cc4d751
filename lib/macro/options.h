/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** The options of a rule, and their secret arguments in a text that is not parsed yet. */
#ifndef PROVI_MACRO_OPTIONS_H
#define PROVI_MACRO_OPTIONS_H

#include <provision/base.h>

/** A cursor over `[ options ]` blocks; quotes hide brackets. Start with `{.text = …}`. */
struct provi_options {
    prov_str text;
    size_t at;
    bool is_inside; /* of a block */
};

/** The argument of `--key`, `--uid` or `--pwd`: text[start..end), quotes included. */
struct provi_option_arg {
    size_t start;
    size_t end;
    bool is_key;
};

/** Move to the next such argument; false when there is none. */
bool provi_options_next(struct provi_options *options, struct provi_option_arg *arg);

/** The documented options. */
enum provi_option {
    PROVI_OPTION_KEY,
    PROVI_OPTION_UID,
    PROVI_OPTION_PWD,
    PROVI_OPTION_POST,
    PROVI_OPTION_ALIAS,
    PROVI_OPTION_SRV,
    PROVI_OPTION_DELTA,
    PROVI_OPTION_STATUS,
    PROVI_OPTIONS,
};

/** With the dashes. */
extern const char provi_option_names[PROVI_OPTIONS][9];

/** The option that a word is; PROVI_OPTIONS if it is none. */
enum provi_option provi_option_find(prov_str word);

/** Whether the argument is secret: `--key`, `--uid` and `--pwd`. */
static inline bool provi_option_is_secret(enum provi_option option)
{
    return option <= PROVI_OPTION_PWD;
}

/** End of the option word that starts at @p at, e.g. of `--key`; @p at itself if there is none. */
size_t provi_option_end(prov_str text, size_t at);

#endif
