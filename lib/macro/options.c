/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "macro/options.h"

#include "base/array.h"
#include "base/str.h"

static const char secret_options[][6] = {"--key", "--uid", "--pwd"};
static const char other_options[][9] = {"--post", "--alias", "--srv", "--delta", "--status"};

bool provi_option_is_secret(prov_str word)
{
    for (size_t i = 0; i < PROVI_LEN(secret_options); i++)
        if (provi_str_is(word, secret_options[i]))
            return true;
    return false;
}

bool provi_option_is_known(prov_str word)
{
    for (size_t i = 0; i < PROVI_LEN(other_options); i++)
        if (provi_str_is(word, other_options[i]))
            return true;
    return provi_option_is_secret(word);
}

size_t provi_option_end(prov_str text, size_t at)
{
    if (!provi_str_starts(provi_str_from_offset(text, at), PROVI_LIT("--")))
        return at;
    at += 2;
    while (at < text.len && (provi_is_alnum(text.data[at]) || text.data[at] == '-'))
        at++;
    return at;
}

static void skip_blanks(struct provi_options *options)
{
    while (options->at < options->text.len && provi_is_blank(options->text.data[options->at]))
        options->at++;
}

/* Behind the quoted text that starts at the cursor. */
static void skip_quoted(struct provi_options *options)
{
    size_t start = options->at + 1;
    options->at = start + provi_str_find(provi_str_from_offset(options->text, start), '"');
    if (options->at < options->text.len)
        options->at++;
    else
        options->at = options->text.len;
}

/* A word in brackets: quoted, or up to a blank or `]`. */
static prov_str take_word(struct provi_options *options)
{
    const char *data = options->text.data;
    size_t start = options->at;
    if (data[start] == '"') {
        skip_quoted(options);
    } else {
        while (options->at < options->text.len && !provi_is_blank(data[options->at]) &&
               data[options->at] != ']')
            options->at++;
    }
    return (prov_str){data + start, options->at - start};
}

/* Into the next block. */
static void enter_block(struct provi_options *options)
{
    while (options->at < options->text.len && !options->is_inside) {
        char c = options->text.data[options->at];
        if (c == '"') {
            skip_quoted(options);
            continue;
        }
        options->is_inside = c == '[';
        options->at++;
    }
}

bool provi_options_next(struct provi_options *options, struct provi_option_arg *arg)
{
    bool wants_arg = false;
    while (options->at < options->text.len) {
        if (!options->is_inside) {
            enter_block(options);
            wants_arg = false;
        }
        skip_blanks(options);
        if (options->at == options->text.len)
            return false;
        if (options->text.data[options->at] == ']') {
            options->is_inside = false;
            options->at++;
            continue;
        }
        size_t start = options->at;
        prov_str word = take_word(options);
        if (wants_arg) {
            *arg = (struct provi_option_arg){start, options->at, arg->is_key};
            return true;
        }
        wants_arg = provi_option_is_secret(word);
        arg->is_key = provi_str_is(word, "--key");
    }
    return false;
}
