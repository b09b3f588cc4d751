/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Plain parameters, `<name ua="na">text</name>`, are nearly all of a profile. Reading them without
 * libxml2 takes a third of the time; libxml2 reads all other text, well-formed or not. The text
 * that is read here has the same meaning for libxml2: ASCII, names without a prefix, attributes in
 * double quotes with one blank before each, text with the five entities.
 */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

enum { MAX_ATTRIBUTES = 4 };

#define TEXT PROVI_IS_TEXT
#define VALUE PROVI_IS_VALUE
#define N (PROVI_IS_NAME | TEXT | VALUE)
#define B (TEXT | VALUE)
const unsigned char provi_profile_kinds[256] = {
    0, 0, 0,    0, 0, 0, 0, 0, 0, TEXT, TEXT, 0, 0, 0, 0,     0, /* tab, line break */
    0, 0, 0,    0, 0, 0, 0, 0, 0, 0,    0,    0, 0, 0, 0,     0, /* */
    B, B, TEXT, B, B, B, 0, B, B, B,    B,    B, B, N, N,     B, /*  !"#$%&'()*+,-./ */
    N, N, N,    N, N, N, N, N, N, N,    B,    B, 0, B, VALUE, B, /* 0123456789:;<=>? */
    B, N, N,    N, N, N, N, N, N, N,    N,    N, N, N, N,     N, /* @ABCDEFGHIJKLMNO */
    N, N, N,    N, N, N, N, N, N, N,    N,    B, B, B, B,     N, /* PQRSTUVWXYZ[\]^_ */
    B, N, N,    N, N, N, N, N, N, N,    N,    N, N, N, N,     N, /* `abcdefghijklmno */
    N, N, N,    N, N, N, N, N, N, N,    N,    B, B, B, B,     0, /* pqrstuvwxyz{|}~ */
};
#undef TEXT
#undef VALUE
#undef N
#undef B

static inline const char *read_name(const char *at, prov_str *name)
{
    const char *end =
        provi_is_alpha(*at) || *at == '_' ? provi_profile_pass(at, PROVI_IS_NAME) : at;
    *name = (prov_str){at, (size_t)(end - at)};
    return end;
}

/* Read the attributes, and record `ua`. Returns the byte after them, or the first byte that is not
 * plain; then the name is emptied. */
static const char *read_attributes(const char *at, struct provi_profile_plain *plain)
{
    prov_str names[MAX_ATTRIBUTES];
    size_t n = 0;
    while (*at == ' ' && n < MAX_ATTRIBUTES) {
        const char *behind = read_name(at + 1, &names[n]);
        bool is_plain = names[n].len > 0 && behind[0] == '=' && behind[1] == '"' &&
                        !provi_str_starts(names[n], PROVI_LIT("xml"));
        for (size_t i = 0; i < n; i++)
            is_plain = is_plain && !provi_str_eq(names[i], names[n]);
        const char *value = behind + 2;
        at = is_plain ? provi_profile_pass(value, PROVI_IS_VALUE) : behind;
        if (!is_plain || *at != '"') {
            plain->name.len = 0;
            return at;
        }
        prov_str text = {value, (size_t)(at - value)};
        if (provi_str_eq(names[n++], PROVI_LIT("ua")))
            plain->ua = text;
        else
            plain->has_odd_ua |= provi_profile_access(text) != PROV_ACCESS_KEEP;
        at++;
    }
    return at;
}

/* Skip plain text, which does not contain `]]>`. */
static const char *pass_text(const char *at)
{
    const char *start = at;
    for (;; at++) {
        at = provi_profile_pass(at, PROVI_IS_TEXT);
        bool is_mark = at - start >= 2 && at[-1] == ']' && at[-2] == ']';
        if (*at != '>' || is_mark)
            return at;
    }
}

/* The character of a reference to one of the five entities; NUL: another reference. */
static char resolve(const char *at, const char *end, size_t *len)
{
    static const struct {
        prov_str text;
        char c;
    } entities[] = {{{"&amp;", 5}, '&'},
                    {{"&lt;", 4}, '<'},
                    {{"&gt;", 4}, '>'},
                    {{"&quot;", 6}, '"'},
                    {{"&apos;", 6}, '\''}};
    for (size_t i = 0; i < PROVI_LEN(entities); i++) {
        *len = entities[i].text.len;
        if (provi_str_starts((prov_str){at, (size_t)(end - at)}, entities[i].text))
            return entities[i].c;
    }
    return '\0';
}

/* Resolve references in a text from @p at on; the first is at @p stop. Returns the end of the text,
 * or the first reference if the text is too long: then it is not plain. */
static const char *resolve_references(prov_profile_parser *parser, const char *at, const char *stop,
                                      prov_str *value)
{
    const char *end = parser->piece + parser->piece_len, *first = stop;
    struct provi_buffer *plain = &parser->plain;
    prov_status status = PROV_OK;
    size_t len;
    char c;
    plain->len = 0;
    while (status == PROV_OK && *stop == '&' && (c = resolve(stop, end, &len))) {
        status = provi_buffer_add(plain, &parser->alloc, at, (size_t)(stop - at));
        if (status == PROV_OK)
            status = provi_buffer_add(plain, &parser->alloc, &c, 1);
        at = stop + len;
        stop = pass_text(at);
    }
    if (status == PROV_OK)
        status = provi_buffer_add(plain, &parser->alloc, at, (size_t)(stop - at));
    if (status == PROV_E_NOMEM) {
        provi_fail_nomem(&parser->error);
        provi_profile_stop(parser, provi_profile_place_of(parser, at));
    }
    *value = provi_buffer_str(plain);
    return status == PROV_OK ? stop
                             : first; /* libxml2 reads a value that is too long, and reports it */
}

/*
 * Read the parameter at the '<' at @p at.
 *
 * @return Its end, or NULL: it is not plain. Then @p at_fault is the first byte that is not.
 */
static const char *read_param(prov_profile_parser *parser, const char *at,
                              struct provi_profile_plain *plain, const char **at_fault)
{
    const char *end = parser->piece + parser->piece_len;
    plain->ua = (prov_str){NULL, 0};
    plain->has_odd_ua = false;
    plain->value = PROVI_LIT("");
    at = read_name(at + 1, &plain->name);
    if (*at == ' ')
        at = read_attributes(at, plain);
    *at_fault = *at == '/' ? at + 1 : at;
    if (plain->name.len == 0 || !(*at == '>' || (at[0] == '/' && at[1] == '>')))
        return NULL;
    plain->is_self_closing = *at == '/';
    if (plain->is_self_closing)
        return plain->end = at + 2;
    plain->end = at + 1;
    at = pass_text(plain->end);
    plain->value = (prov_str){plain->end, (size_t)(at - plain->end)};
    if (*at == '&')
        at = resolve_references(parser, plain->end, at, &plain->value);
    size_t len = plain->name.len;
    *at_fault = at + (at < end);
    if (*at != '<' || at[1] != '/')
        return NULL;
    *at_fault = at + 2 + len < end ? at : end;
    bool is_closed =
        at + 2 + len < end && at[2 + len] == '>' && memcmp(at + 2, plain->name.data, len) == 0;
    return is_closed ? at + 3 + len : NULL;
}

const char *provi_profile_plain(prov_profile_parser *parser, const char *at, bool *is_cut)
{
    const char *end = parser->piece + parser->piece_len, *start = at;
    struct provi_profile_plain plain;
    *is_cut = false;
    while (parser->failed == PROV_OK) {
        while (provi_is_blank(*at))
            at++;
        const char *at_fault = at;
        const char *behind = *at == '<' ? read_param(parser, at, &plain, &at_fault) : NULL;
        if (!behind || parser->failed != PROV_OK) {
            *is_cut = at_fault >= end;
            break;
        }
        provi_profile_on_plain(parser, &plain);
        at = behind;
    }
    if (at != start && parser->failed == PROV_OK)
        provi_profile_check_kept(parser);
    return at;
}
