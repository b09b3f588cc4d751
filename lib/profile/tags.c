/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Places and tags within a piece. */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/str.h"

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

/* Search for the second character of the wanted text, which is the rarer one. */
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

/* The position after @p mark, which ends the construct at @p at, or the end. */
static const char *pass(const char *at, const char *end, prov_str mark)
{
    const char *found = provi_profile_find(at, end, mark);
    return found ? found + mark.len : end;
}

/* Skip a comment or a CDATA section; in text for libxml2, `<!` begins nothing else. */
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

/* Whether two characters begin a mark that template engines replace. */
static bool is_mark(char first, char second)
{
    switch (second) {
    case '{': return first == '{' || first == '$';
    case '%': return first == '{' || first == '[';
    case '#':
    case '$': return first == '{';
    default: return false;
    }
}

static const char *find_mark(const char *at, const char *end)
{
    size_t len = (size_t)(end - at);
    if (!memchr(at, '{', len) && !memchr(at, '[', len))
        return NULL;
    for (; at + 1 < end; at++)
        if (is_mark(at[0], at[1]))
            return at;
    return NULL;
}

/* Nesting depth of a place in a document. */
struct level {
    uint32_t depth;
    uint32_t home; /* depth of the outermost flat profile; 0: it is not open */
};

/* Skip a tag or another construct. Returns the byte after it, or NULL: it is incomplete. */
static const char *pass_markup(struct level *level, const char *at, const char *end)
{
    bool is_broken;
    char next = end - at > 1 ? at[1] : '\0';
    if (next == '!')
        return pass_special(at, end);
    const char *behind = provi_profile_tag_end(at + 1, end, &is_broken);
    if (!behind || is_broken)
        return NULL;
    if (next == '/') {
        level->home = level->depth == level->home ? 0 : level->home;
        level->depth -= level->depth > 0;
    } else if (behind[-2] != '/') {
        prov_str name = PROVI_LIT("<flat-profile");
        bool is_home = provi_str_starts((prov_str){at, (size_t)(behind - at)}, name) &&
                       !(provi_profile_kinds[(unsigned char)at[name.len]] & PROVI_IS_NAME);
        level->depth++;
        level->home = !level->home && is_home ? level->depth : level->home;
    }
    return behind;
}

const char *provi_profile_find_template(const prov_profile_parser *parser, const char *at,
                                        const char *end)
{
    struct level level = {.depth = parser->depth, .home = 0};
    while (level.home < level.depth && parser->open[level.home] != parser->flat_profile)
        level.home++;
    level.home = level.home < level.depth ? level.home + 1 : 0;
    const char *mark = find_mark(at, end);
    while (at && mark) {
        const char *tag = memchr(at, '<', (size_t)(end - at));
        if (level.home && level.depth == level.home && (!tag || mark < tag))
            return mark;
        at = tag ? pass_markup(&level, tag, end) : NULL;
        mark = at && mark < at ? find_mark(at, end) : mark;
    }
    return NULL;
}
