/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "macro/options.h"

#include "base/str.h"

const char provi_option_names[PROVI_OPTIONS][9] = {
    [PROVI_OPTION_KEY] = "--key",     [PROVI_OPTION_UID] = "--uid",
    [PROVI_OPTION_PWD] = "--pwd",     [PROVI_OPTION_POST] = "--post",
    [PROVI_OPTION_ALIAS] = "--alias", [PROVI_OPTION_SRV] = "--srv",
    [PROVI_OPTION_DELTA] = "--delta", [PROVI_OPTION_STATUS] = "--status",
};

enum provi_option provi_option_find(prov_str word)
{
    unsigned option = PROVI_OPTION_KEY;
    while (option < PROVI_OPTIONS && !provi_str_is(word, provi_option_names[option]))
        option++;
    return (enum provi_option)option;
}

size_t provi_option_end(prov_str text, size_t at)
{
    if (!provi_str_starts(provi_str_from_offset(text, at), PROVI_LIT("--")))
        return at;
    while (at < text.len && (provi_is_alnum(text.data[at]) || text.data[at] == '-'))
        at++;
    return at;
}

bool provi_options_next(struct provi_options *options, struct provi_option_arg *arg)
{
    const prov_str text = options->text;
    bool wants_arg = false;
    while (options->at < text.len) {
        const size_t start = options->at++;
        const char c = text.data[start];
        bool is_word = options->is_inside;
        if (c == '"') {
            options->at += provi_str_find(provi_str_from_offset(text, start + 1), '"');
            options->at += options->at < text.len;
        } else if (!options->is_inside) {
            options->is_inside = c == '[';
        } else if (c == ']') {
            options->is_inside = is_word = wants_arg = false;
        } else if (provi_is_blank(c)) {
            is_word = false;
        } else {
            while (options->at < text.len && !provi_is_blank(text.data[options->at]) &&
                   text.data[options->at] != ']')
                options->at++;
        }
        if (!is_word)
            continue;
        if (wants_arg) {
            *arg = (struct provi_option_arg){start, options->at, arg->is_key};
            return true;
        }
        const enum provi_option option =
            provi_option_find((prov_str){text.data + start, options->at - start});
        wants_arg = provi_option_is_secret(option);
        arg->is_key = option == PROVI_OPTION_KEY;
    }
    return false;
}
