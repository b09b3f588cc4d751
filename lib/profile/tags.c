/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Where things stand in a piece: places, tags. */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/str.h"

/* Places ------------------------------------------------------------------------------------- */

void provi_profile_count_to(prov_profile_parser *parser, const char *to)
{
    const char *at = parser->counted, *newline;
    while (at < to && (newline = memchr(at, '\n', (size_t)(to - at)))) {
        at = newline + 1;
        provi_profile_next_line(parser, at);
    }
    parser->counted = to > parser->counted ? to : parser->counted;
}

struct provi_profile_place provi_profile_place_of(prov_profile_parser *parser, const char *at)
{
    provi_profile_count_to(parser, at);
    uint64_t offset = provi_profile_offset_of(parser, at);
    return (struct provi_profile_place){
        .offset = offset,
        .line = parser->line,
        .column = (uint32_t)(offset - parser->line_start) + 1,
    };
}

/* Markup ------------------------------------------------------------------------------------- */

/* The second character of what is looked for is the rare one. */
const char *provi_profile_find(const char *from, const char *end, prov_str wanted)
{
    while (end - from >= (ptrdiff_t)wanted.len) {
        const char *second = memchr(from + 1, wanted.data[1], (size_t)(end - from - 1));
        if (!second || end - second < (ptrdiff_t)wanted.len - 1)
            return NULL;
        if (memcmp(second - 1, wanted.data, wanted.len) == 0)
            return second - 1;
        from = second;
    }
    return NULL;
}

const char *provi_profile_tag_end(const char *at, const char *end, bool *is_broken)
{
    *is_broken = false;
    while (at < end && *at != '<') {
        char c = *at++;
        if (c == '>')
            return at;
        if (c != '"' && c != '\'')
            continue;
        const char *close = memchr(at, c, (size_t)(end - at));
        const char *less = memchr(at, '<', (size_t)((close ? close : end) - at));
        *is_broken = less != NULL;
        if (!close || less)
            return less;
        at = close + 1;
    }
    *is_broken = at < end;
    return at < end ? at : NULL;
}

/* Behind the @p mark that ends what starts at @p at, or the end. */
static const char *pass(const char *at, const char *end, prov_str mark)
{
    const char *found = provi_profile_find(at, end, mark);
    return found ? found + mark.len : end;
}

/* Behind a comment or a CDATA section, which are all that `<!` begins where libxml2 gets it. */
static const char *pass_special(const char *at, const char *end)
{
    bool is_comment = end - at > 2 && at[2] == '-';
    return is_comment ? pass(at, end, PROVI_LIT("-->")) : pass(at, end, PROVI_LIT("]]>"));
}

const char *provi_profile_next_tag(const prov_profile_parser *parser, const char *end)
{
    const char *at = parser->known;
    if (at == parser->known_cdata)
        at = pass(at, end, PROVI_LIT("]]>"));
    while (at < end && (at = memchr(at, '<', (size_t)(end - at)))) {
        char next = at + 1 < end ? at[1] : '\0';
        if (next != '/' && next != '!')
            return at;
        at = next == '/' ? at + 2 : pass_special(at, end);
    }
    return NULL;
}
