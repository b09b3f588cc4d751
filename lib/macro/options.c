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

/* End of the word at @p at: quoted, or up to a blank or `]`. */
static size_t word_end(prov_str text, size_t at)
{
    if (text.data[at] == '"') {
        at += 1 + provi_str_find(provi_str_from_offset(text, at + 1), '"');
        return at < text.len ? at + 1 : text.len;
    }
    while (at < text.len && !provi_is_blank(text.data[at]) && text.data[at] != ']')
        at++;
    return at;
}

bool provi_options_next(struct provi_options *options, struct provi_option_arg *arg)
{
    const prov_str text = options->text;
    bool wants_arg = false;
    while (options->at < text.len) {
        const size_t start = options->at;
        const char c = text.data[start];
        if (!options->is_inside && c != '"') {
            options->is_inside = c == '[';
            options->at++;
            wants_arg = false;
        } else if (options->is_inside && (c == ']' || provi_is_blank(c))) {
            options->is_inside = c != ']';
            options->at++;
        } else {
            options->at = word_end(text, start);
            const prov_str word = {text.data + start, options->at - start};
            if (options->is_inside && wants_arg) {
                *arg = (struct provi_option_arg){start, options->at, arg->is_key};
                return true;
            }
            wants_arg = options->is_inside && provi_option_is_secret(word);
            arg->is_key = options->is_inside && provi_str_is(word, "--key");
        }
    }
    return false;
}
