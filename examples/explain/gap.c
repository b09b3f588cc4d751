/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "gap.h"

#include <ctype.h>
#include <string.h>

#include "facts.h"

bool gap_has_mac(const struct options *options)
{
    static const uint8_t none[sizeof options->mac];
    return memcmp(options->mac, none, sizeof none) != 0;
}

/* `$NAME`, `$(NAME` */
static bool names_macro(prov_str rule, const char *name)
{
    const size_t len = strlen(name);
    for (size_t i = 0; i + 1 < rule.len; i++) {
        size_t at = i + 1 + (rule.data[i + 1] == '(');
        if (rule.data[i] != '$' || rule.len - at < len || memcmp(rule.data + at, name, len) != 0)
            continue;
        unsigned char next = at + len < rule.len ? (unsigned char)rule.data[at + len] : ' ';
        if (!isalnum(next) && next != '_')
            return true;
    }
    return false;
}

bool gap_find(const struct options *options, prov_str rule, size_t *next, struct gap *gap)
{
    const struct {
        struct gap gap;
        bool is_given;
    } rows[] = {
        {{"$MA", "is empty: expected --mac, found none"}, gap_has_mac(options)},
        {{"$MAU", "is empty: expected --mac, found none"}, gap_has_mac(options)},
        {{"$MAC", "is empty: expected --mac, found none"}, gap_has_mac(options)},
        {{"$PN", "is empty: expected --model, found none"}, options->model != NULL},
        {{"$PSN", "is empty: expected --model or --series, found neither"},
         options->series[0] != '\0'},
        {{"$SN", "is empty: expected --serial, found none"}, options->serial != NULL},
    };
    const struct prov_vars given = facts_given_vars(options);
    while (*next < sizeof rows / sizeof rows[0]) {
        const size_t i = (*next)++;
        const char *name = rows[i].gap.macro + 1;
        prov_str value;
        *gap = rows[i].gap;
        if (!rows[i].is_given && names_macro(rule, name) &&
            given.find(given.ctx, prov_str_from(name), 0, &value) != PROV_OK)
            return true;
    }
    return false;
}
