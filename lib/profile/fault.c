/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Faults in XML and their places, searched for after libxml2 has reported one: its messages and
 * places differ between releases, and may quote a value.
 */
#include "profile/profile_priv.h"

#include <stdio.h>
#include <string.h>

#include <provision/catalogue.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* A second pass over the bytes that libxml2 is reading. */
struct look {
    prov_profile_parser *parser;
    const char *at;
    const char *to; /* stop after the construct here */
    const char *end;
    uint32_t depth; /* elements open at `at` */
    prov_str tag;   /* name of the current tag; empty: none */
    bool is_plain;  /* the last name read is ASCII without a prefix */
};

enum { MAX_NAME = 40 }; /* of a name in a message */

/* A name in a message; a long one is cut. */
#define NAME(name) (int)((name).len < MAX_NAME ? (name).len : MAX_NAME), (name).data

/*
 * Each check_… function returns whether its text is well-formed; a fault stops the parser, and the
 * pass ends.
 */

static prov_str open_name(const prov_profile_parser *parser, uint32_t depth)
{
    return depth ? prov_str_from((const char *)parser->open[depth - 1]) : PROVI_LIT("");
}

/* Whether the current place is in a parameter. */
static bool is_in_param(const struct look *look)
{
    return look->parser->param.depth > 0 && look->depth >= look->parser->param.depth;
}

/* Whether a name in a parameter, where it may be a part of a secret, may be shown. */
static bool may_show(const struct look *look, prov_str name)
{
    const prov_profile_parser *parser = look->parser;
    bool is_known = !is_in_param(look) || prov_catalogue_find_in(parser->catalogue, name, NULL);
    for (uint32_t i = 0; i < look->depth && i < parser->param.depth && !is_known; i++)
        is_known = provi_str_eq_nocase(open_name(parser, i + 1), name);
    return is_known;
}

/* Stop at @p at with the error that provi_fail() wrote. Always true. */
static bool stop(const struct look *look, const char *at)
{
    prov_profile_parser *parser = look->parser;
    provi_profile_stop(parser, provi_profile_place_of(parser, at));
    if (!is_in_param(look))
        provi_error_subject(&parser->error,
                            look->tag.len ? look->tag : open_name(parser, look->depth));
    return true;
}

static bool fault(const struct look *look, const char *at, const char *message)
{
    provi_fail(&look->parser->error, PROV_E_CORRUPT, "%s", message);
    return stop(look, at);
}

static bool fail_bytes(const struct look *look, const char *at)
{
    const char *encoding = look->parser->encoding;
    bool is_declared =
        encoding[0] && !provi_str_eq_nocase(prov_str_from(encoding), PROVI_LIT("utf-8"));
    if (is_declared)
        provi_fail(&look->parser->error, PROV_E_CORRUPT,
                   "bytes that are not UTF-8, but %s by the XML declaration: save it as UTF-8",
                   encoding);
    else
        provi_fail(&look->parser->error, PROV_E_CORRUPT,
                   "bytes that are not UTF-8: save the file as UTF-8");
    return stop(look, at);
}

/* Check that XML allows the current character, and skip it. */
static bool check_char(struct look *look)
{
    const char *at = look->at;
    unsigned char byte = (unsigned char)*at;
    prov_str rest = {at, (size_t)(look->end - at)};
    if (byte >= ' ' && byte < 0x80) {
        look->at++;
        return true;
    }
    if (provi_is_blank((char)byte)) {
        look->at++;
        return true;
    }
    if (byte == 0)
        return !fault(look, at, "a NUL byte: XML has none");
    if (byte < ' ') {
        provi_fail(&look->parser->error, PROV_E_CORRUPT,
                   "a control character, 0x%02x: XML allows tab and line breaks only", byte);
        return !stop(look, at);
    }
    size_t len = provi_xml_char_len(rest);
    /* Other bytes are accepted between elements of a file that was not decrypted. */
    if (len == 0 && look->parser->is_sent_plain && look->depth > 0 && look->tag.len == 0 &&
        !is_in_param(look)) {
        look->at++;
        return true;
    }
    if (len == 0)
        return !fail_bytes(look, at);
    if (!provi_xml_is_text((prov_str){at, len}))
        return !fault(look, at, "a character that XML does not allow, U+FFFE or U+FFFF");
    look->at += len;
    return true;
}

void provi_profile_find_bad_char(prov_profile_parser *parser, const char *from, const char *end)
{
    struct look look = {
        .parser = parser, .at = from, .to = end, .end = end, .depth = parser->depth};
    while (look.at < end && check_char(&look))
        ;
}

/* Check that `&#…;` names a character that XML allows. */
static bool check_number(struct look *look, const char *ampersand, prov_str digits)
{
    bool is_hex = digits.len > 0 && digits.data[0] == 'x';
    uint32_t value = 0;
    if (is_hex)
        digits = provi_str_from_offset(digits, 1);
    bool is_number = digits.len > 0;
    for (size_t i = 0; i < digits.len; i++) {
        char c = provi_lower(digits.data[i]);
        bool is_letter = is_hex && c >= 'a' && c <= 'f';
        is_number = is_number && (provi_is_digit(c) || is_letter);
        value = value * (is_hex ? 16 : 10) + (uint32_t)(is_letter ? c - 'a' + 10 : c - '0');
        if (value > 0x10ffff)
            value = 0x110000; /* stays above */
    }
    if (!is_number)
        return !fault(look, ampersand, "a character reference that is no number");
    bool is_char = value >= ' ' ? value <= 0x10ffff && (value < 0xd800 || value > 0xdfff) &&
                                      value != 0xfffe && value != 0xffff
                                : value == '\t' || value == '\n' || value == '\r';
    return is_char || !fault(look, ampersand, "a reference to a character that XML does not allow");
}

static bool is_entity(prov_str name)
{
    static const char names[][5] = {"amp", "lt", "gt", "apos", "quot"};
    for (size_t i = 0; i < PROVI_LEN(names); i++)
        if (provi_str_is(name, names[i]))
            return true;
    return false;
}

/* Check the reference at `&`, and skip it. */
static bool check_reference(struct look *look)
{
    const char *ampersand = look->at++;
    const char *start = look->at;
    while (look->at < look->end && *look->at != ';' && !strchr("&<>\"'= \t\r\n", *look->at))
        look->at++;
    prov_str name = {start, (size_t)(look->at - start)};
    bool is_closed = look->at < look->end && *look->at == ';';
    if (is_closed && name.len > 0 && *start == '#') {
        look->at++;
        return check_number(look, ampersand, provi_str_from_offset(name, 1));
    }
    prov_str first = {name.data, name.len ? provi_xml_char_len(name) : 0};
    if (first.len == 0 || !(*start == '#' || provi_xml_is_name(first)))
        return !fault(look, start, "a bare '&', expected &amp;");
    if (!is_closed)
        return !fault(look, ampersand, "a bare '&' or an entity without ';', expected &amp;");
    if (!is_entity(name))
        return !fault(look, ampersand, "an unknown entity, expected amp, lt, gt, apos or quot");
    look->at++;
    return true;
}

/* Read the name at the current place, of any characters. */
static prov_str take_name(struct look *look)
{
    const char *start = look->at;
    look->at = provi_profile_pass(start, PROVI_IS_NAME);
    look->is_plain = look->at < look->end && memchr(" =/>", *look->at, 4) &&
                     (provi_is_alpha(*start) || *start == '_');
    while (!look->is_plain && look->at < look->end && !memchr(" \t\r\n=/>\"'<&", *look->at, 11))
        look->at++;
    return (prov_str){start, (size_t)(look->at - start)};
}

/* Check that the last name read is UTF-8. */
static bool check_bytes(const struct look *look, prov_str name)
{
    size_t span = look->is_plain ? name.len : provi_xml_utf8_span(name);
    return span == name.len || !fail_bytes(look, name.data + span);
}

static void skip_blanks(struct look *look)
{
    while (look->at < look->end && provi_is_blank(*look->at))
        look->at++;
}

/* Whether the last name read is valid, with any number of prefixes. */
static bool is_good_name(const struct look *look, prov_str name)
{
    prov_str part, rest = name;
    if (look->is_plain)
        return true;
    if (name.len == 0 || name.data[name.len - 1] == ':')
        return false;
    while (provi_str_split(&rest, ':', &part))
        if (!provi_xml_is_name(part))
            return false;
    return true;
}

/* Check the value at its opening quote, and skip it. */
static bool check_value(struct look *look, const char *attribute)
{
    char quote = *look->at++;
    bool has_end = false; /* of a tag, or of a line */
    while (look->at < look->end && *look->at != quote) {
        char c = *look->at;
        if ((provi_profile_kinds[(unsigned char)c] & PROVI_IS_VALUE) && c != '>') {
            look->at++;
            continue;
        }
        has_end = has_end || c == '>' || c == '\n';
        if (c == '<' && has_end)
            return !fault(look, attribute, "an attribute without its closing quote");
        if (c == '<')
            return !fault(look, look->at, "a bare '<' in an attribute, expected &lt;");
        if (c == '&' ? !check_reference(look) : !check_char(look))
            return false;
    }
    if (look->at == look->end)
        return !fault(look, attribute, "an attribute without its closing quote");
    look->at++;
    return true;
}

/* Check `name="value"`, and skip it. */
static bool check_attribute(struct look *look, prov_str *name)
{
    const char *start = look->at;
    *name = take_name(look);
    if (!check_bytes(look, *name))
        return false;
    if (!is_good_name(look, *name))
        return !fault(look, start, "expected an attribute, '>' or '/>'");
    skip_blanks(look);
    if (look->at == look->end || *look->at != '=')
        return !fault(look, start, "an attribute without a value");
    look->at++;
    skip_blanks(look);
    prov_str rest = {look->at, (size_t)(look->end - look->at)};
    if (provi_str_starts(rest, PROVI_LIT("\xe2\x80\x9c")) ||
        provi_str_starts(rest, PROVI_LIT("\xe2\x80\x98")))
        return !fault(look, look->at, "an attribute in curly quotes, expected straight ones");
    if (rest.len == 0 || (*look->at != '"' && *look->at != '\''))
        return !fault(look, look->at, "an attribute without quotes");
    return check_value(look, start);
}

/* Whether an attribute of that name precedes the one at @p end in the tag. */
static bool is_repeated(prov_str name, const char *from, const char *end)
{
    struct look look = {.at = from, .end = end};
    for (skip_blanks(&look); look.at < end; skip_blanks(&look)) {
        if (provi_str_eq(take_name(&look), name))
            return true;
        while (*look.at != '"' && *look.at != '\'')
            look.at++;
        char quote = *look.at++;
        while (*look.at++ != quote)
            ;
    }
    return false;
}

static bool check_attributes(struct look *look)
{
    const char *first = look->at;
    for (;;) {
        const char *behind = look->at;
        skip_blanks(look);
        if (look->at == look->end || *look->at == '<')
            return !fault(look, look->at,
                          "expected '>' at the end of a tag, or &lt; for the character '<' before");
        if (*look->at == '>')
            return true;
        if (*look->at == '/')
            return (look->at + 1 < look->end && look->at[1] == '>') ||
                   !fault(look, look->at, "expected '>' behind '/' in a tag");
        const char *start = look->at;
        if (start == behind)
            return !fault(look, start, "expected a blank between attributes");
        prov_str name;
        if (!check_attribute(look, &name))
            return false;
        if (is_repeated(name, first, start))
            return !fault(look, start, "the same attribute twice");
    }
}

enum { MAX_WORDS = MAX_NAME + 4 };

/* Describe the text at the current place. */
static const char *describe(const struct look *look, char words[MAX_WORDS])
{
    struct look name = *look;
    prov_str rest = {look->at, (size_t)(look->end - look->at)};
    unsigned char byte = (unsigned char)*look->at;
    if (provi_str_starts(rest, PROVI_LIT("<![CDATA[")))
        return "CDATA";
    if (byte == '<') {
        bool is_end = provi_str_starts(rest, PROVI_LIT("</"));
        name.at += is_end ? 2 : 1;
        prov_str tag = take_name(&name);
        if (!is_good_name(&name, tag))
            return "'<'";
        snprintf(words, MAX_WORDS, "<%s%.*s>", is_end ? "/" : "", NAME(tag));
        return words;
    }
    if (provi_str_starts(rest, PROVI_LIT("\xef\xbb\xbf")))
        return "a byte order mark (U+FEFF)";
    if (byte == 0)
        return "a NUL byte";
    if (provi_xml_char_len(rest) == 0)
        return "bytes that are not UTF-8";
    if (byte >= ' ')
        return "text";
    snprintf(words, MAX_WORDS, "a control character, 0x%02x", byte);
    return words;
}

/* Whether the current place starts a parameter or another <flat-profile>. */
static bool is_element_of_profile(const struct look *look)
{
    struct look tag = *look;
    if (tag.end - tag.at < 2 || *tag.at != '<')
        return false;
    tag.at++;
    prov_str name = take_name(&tag);
    return provi_str_eq_nocase(name, PROVI_LIT("flat-profile")) ||
           prov_catalogue_find_in(look->parser->catalogue, name, NULL);
}

/* Before or after the root element. */
static bool fail_outside(struct look *look)
{
    prov_profile_parser *parser = look->parser;
    char words[MAX_WORDS];
    const char *found = describe(look, words);
    prov_str root = parser->has_root ? prov_str_from((const char *)parser->open[0]) : PROVI_LIT("");
    bool is_element = is_element_of_profile(look);
    if (!parser->has_root)
        provi_fail(&parser->error, PROV_E_CORRUPT, "expected the root element, found %s", found);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT, "found %s after the end of <%.*s>%s", found,
                   NAME(root),
                   is_element                               ? ": put all into one <flat-profile>"
                   : parser->has_profile || parser->aliases ? ""
                                                            : ", expected <flat-profile> first");
    return stop(look, look->at);
}

/* Up to the next '<'. */
static bool check_text(struct look *look)
{
    for (;;) {
        while (look->depth > 0 && *look->at != ']' &&
               (provi_profile_kinds[(unsigned char)*look->at] & PROVI_IS_TEXT))
            look->at++; /* most bytes are plain */
        if (look->at >= look->end || look->at > look->to || *look->at == '<')
            return true;
        prov_str rest = {look->at, (size_t)(look->end - look->at)};
        if (look->depth == 0 && !provi_is_blank(*look->at))
            return !fail_outside(look);
        if (*look->at == ']' && provi_str_starts(rest, PROVI_LIT("]]>")))
            return !fault(look, look->at, "']]>' in text, expected ']]&gt;'");
        if (*look->at == '&' ? !check_reference(look) : !check_char(look))
            return false;
    }
}

/* Up to the end of the section, or of the available bytes. */
static bool check_cdata(struct look *look)
{
    while (look->at < look->end) {
        prov_str rest = {look->at, (size_t)(look->end - look->at)};
        if (provi_str_starts(rest, PROVI_LIT("]]>"))) {
            look->at += 3;
            return true;
        }
        if (!check_char(look))
            return false;
    }
    return true;
}

static bool fail_mismatch(const struct look *look, const char *start, prov_str found)
{
    prov_profile_parser *parser = look->parser;
    prov_str wanted = open_name(parser, look->depth);
    unsigned line = parser->lines[look->depth - 1];
    char words[MAX_WORDS] = "another end tag";
    if (found.len == 0 || may_show(look, found))
        snprintf(words, sizeof words, "</%.*s>", NAME(found));
    if (may_show(look, wanted))
        provi_fail(&parser->error, PROV_E_CORRUPT, "expected </%.*s> (opened in line %u), found %s",
                   NAME(wanted), line, words);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT,
                   "expected the end of an element inside (opened in line %u), found %s", line,
                   words);
    return stop(look, start);
}

static bool check_end_tag(struct look *look)
{
    const char *start = look->at;
    look->at += 2;
    prov_str name = take_name(look);
    if (look->depth == 0) {
        look->at = start;
        return !fail_outside(look);
    }
    if (!check_bytes(look, name))
        return false;
    if (!provi_str_eq(name, open_name(look->parser, look->depth)))
        return !fail_mismatch(look, start, name);
    skip_blanks(look);
    if (look->at == look->end || *look->at != '>')
        return !fault(look, start, "expected '>' at the end of a tag");
    look->at++;
    look->depth--;
    return true;
}

static bool check_start_tag(struct look *look)
{
    if (look->depth == 0 && look->parser->has_root)
        return !fail_outside(look);
    const char *start = look->at++;
    prov_str name = take_name(look);
    if (!check_bytes(look, name))
        return false;
    if (!is_good_name(look, name))
        return !fault(look, start + 1,
                      look->end - start > 1 && start[1] == '%'
                          ? "a template's '<%', which was not filled in"
                          : "expected an element name behind '<', or &lt; for the character");
    look->tag = name;
    return check_attributes(look);
}

/* Check the markup at `<`: comments are blank by now, and of `<!` only CDATA sections remain. */
static bool check_markup(struct look *look)
{
    char next = look->at + 1 < look->end ? look->at[1] : '\0';
    if (next == '/')
        return check_end_tag(look);
    if (next != '!')
        return check_start_tag(look);
    if (look->at + 2 < look->end && look->at[2] == '-') {
        while (look->at < look->end && *look->at != '>')
            look->at++;
        look->at += look->at < look->end;
        return true;
    }
    if (look->depth == 0)
        return !fail_outside(look);
    look->at += strlen("<![CDATA[");
    return check_cdata(look);
}

bool provi_profile_find_fault(prov_profile_parser *parser, const char *to, const char *end)
{
    struct look look = {
        .parser = parser,
        .at = parser->known,
        .to = to,
        .end = end,
        .depth = parser->known_depth,
    };
    bool is_good = parser->known != parser->known_cdata || check_cdata(&look);
    while (is_good && look.at < end && look.at <= to && look.tag.len == 0)
        is_good = *look.at == '<' ? check_markup(&look) : check_text(&look);
    return !is_good;
}
