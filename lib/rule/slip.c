/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "rule/slip.h"

#include <provision/lint.h>

#include "base/array.h"
#include "base/str.h"

/* The bytes at the start of a slip, and the kinds of values in which they are a slip. */
struct sign {
    prov_str text;
    uint16_t sort;
    uint16_t kind;
    const char *message;
};

static const char invisible[] = "an invisible character, or a blank other than U+0020";
static const char curly[] = "a curly quote: only \" quotes";
static const char placeholder[] = "a template's placeholder that was not filled in";

#define SIGN(literal, sort, kind, message)                                                         \
    {                                                                                              \
        {literal, sizeof literal - 1}, PROVI_SLIP_##sort, PROV_LINT_##kind, message                \
    }

static const struct sign signs[] = {
    SIGN("${", ANY, BRACES, "a macro is written $NAME or $(NAME)"),
    SIGN("{{", ANY, PLACEHOLDER, placeholder),
    SIGN("{$", ANY, PLACEHOLDER, placeholder),
    SIGN("##", ANY, PLACEHOLDER, placeholder),
    SIGN("&amp;", URL, ENTITY, "escaped twice: the value has &amp; in place of &"),
    SIGN("\xc2\xa0", RULE, INVISIBLE, invisible),   /* U+00A0 */
    SIGN("\xc2\xad", RULE, INVISIBLE, invisible),   /* U+00AD */
    SIGN("\xe2\x80\x98", RULE, CURLY_QUOTE, curly), /* U+2018 */
    SIGN("\xe2\x80\x99", RULE, CURLY_QUOTE, curly),
    SIGN("\xe2\x80\x9c", RULE, CURLY_QUOTE, curly),
    SIGN("\xe2\x80\x9d", RULE, CURLY_QUOTE, curly),
    SIGN("\xe2\x80\x9e", RULE, CURLY_QUOTE, curly),   /* U+201E */
    SIGN("\xe2\x80", RULE, INVISIBLE, invisible),     /* U+2000 to U+203F, see is_invisible() */
    SIGN("\xe2\x81", RULE, INVISIBLE, invisible),     /* U+2040 to U+207F */
    SIGN("\xe3\x80\x80", RULE, INVISIBLE, invisible), /* U+3000 */
    SIGN("\xef\xbb\xbf", RULE, INVISIBLE, invisible), /* U+FEFF */
    SIGN("http", RULE, SCHEME_AS_SERVER, "not read as a scheme: :// has to follow"),
    SIGN("tftp", RULE, SCHEME_AS_SERVER, "not read as a scheme: :// has to follow"),
};

/* U+2000 to U+200F, U+2028 to U+202F, U+205F to U+206F. The other two kinds have one form each. */
static bool is_invisible(prov_str rest)
{
    unsigned last = rest.len > 2 ? (unsigned char)rest.data[2] : 0;
    if ((unsigned char)rest.data[1] == 0x80)
        return last <= 0x8f || (last >= 0xa8 && last <= 0xaf);
    return (unsigned char)rest.data[1] != 0x81 || (last >= 0x9f && last <= 0xaf);
}

/* `##NAME##`. */
static bool is_hashed(prov_str rest)
{
    size_t at = 2;
    while (at < rest.len && (provi_is_alnum(rest.data[at]) || rest.data[at] == '_'))
        at++;
    return at > 2 && provi_str_starts(provi_str_from_offset(rest, at), PROVI_LIT("##"));
}

/* `http//h`, `https:/h`: a scheme as a whole word, followed by an incomplete `://`. */
static bool is_broken_scheme(prov_str text, size_t at)
{
    if (at > 0 && !provi_is_blank(text.data[at - 1]) && !strchr("|?!]", text.data[at - 1]))
        return false;
    prov_str rest = provi_str_from_offset(text, at + 4);
    if (rest.len && provi_lower(rest.data[0]) == 's')
        rest = provi_str_from_offset(rest, 1);
    if (provi_str_starts(rest, PROVI_LIT("//")))
        return true;
    return provi_str_starts(rest, PROVI_LIT(":/")) && !provi_str_starts(rest, PROVI_LIT("://"));
}

static bool is_slip(const struct sign *sign, prov_str text, size_t at)
{
    prov_str rest = provi_str_from_offset(text, at);
    if (rest.len < sign->text.len ||
        !provi_str_eq_nocase((prov_str){rest.data, sign->text.len}, sign->text))
        return false;
    switch (sign->kind) {
    case PROV_LINT_PLACEHOLDER: return rest.data[0] != '#' || is_hashed(rest);
    case PROV_LINT_INVISIBLE: return is_invisible(rest);
    case PROV_LINT_SCHEME_AS_SERVER: return is_broken_scheme(text, at);
    default: return true;
    }
}

bool provi_slip_next(prov_str text, uint32_t sorts, size_t *at, struct provi_slip *slip)
{
    for (; *at < text.len; ++*at) {
        for (size_t i = 0; i < PROVI_LEN(signs); i++) {
            if (!(signs[i].sort & sorts) || !is_slip(&signs[i], text, *at))
                continue;
            *slip = (struct provi_slip){signs[i].kind, *at, signs[i].message};
            *at += signs[i].text.len;
            return true;
        }
    }
    return false;
}
