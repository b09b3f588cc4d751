/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Finds faults in XML after libxml2 has reported one: the messages and places of libxml2 differ
 * between releases, and may quote a value. */
#include "profile/profile_priv.h"

#include <stdio.h>
#include <string.h>

#include <provision/catalogue.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"
#include "profile/xml_text.h"

/* A second pass over the bytes that libxml2 is reading. */
struct checker {
    prov_profile_parser *parser;
    const char *at;
    const char *to; /* stop after the construct that is here */
    const char *end;
    uint32_t depth; /* number of elements open at `at` */
    prov_str tag;   /* name of the current tag; empty: none */
    bool is_plain;  /* the last name that was read is ASCII without a prefix */
};

enum { MAX_NAME = 40 }; /* longest name in a message */

/* A name in a message; a long one is cut. */
#define NAME(name) (int)((name).len < MAX_NAME ? (name).len : MAX_NAME), (name).data

/* Each check_… function returns whether its text is well-formed. A fault stops the parser and ends
 * the pass. */

static prov_str open_name(const prov_profile_parser *parser, uint32_t depth)
{
    return depth ? prov_str_from((const char *)parser->open[depth - 1]) : PROVI_LIT("");
}

/* Whether the current place is in a parameter. */
static bool is_in_param(const struct checker *checker)
{
    return checker->parser->param.depth > 0 && checker->depth >= checker->parser->param.depth;
}

/* Whether a name may be shown; within a parameter, it may be a part of a secret. */
static bool may_show(const struct checker *checker, prov_str name)
{
    const prov_profile_parser *parser = checker->parser;
    bool is_known = !is_in_param(checker) || prov_catalogue_find_in(parser->catalogue, name, NULL);
    for (uint32_t i = 0; i < checker->depth && i < parser->param.depth && !is_known; i++)
        is_known = provi_str_eq_nocase(open_name(parser, i + 1), name);
    return is_known;
}

/* Stop at @p at with the error that provi_fail() wrote. Always true. */
static bool stop(const struct checker *checker, const char *at)
{
    prov_profile_parser *parser = checker->parser;
    provi_profile_stop(parser, provi_profile_place_of(parser, at));
    if (!is_in_param(checker))
        provi_error_subject(&parser->error,
                            checker->tag.len ? checker->tag : open_name(parser, checker->depth));
    return true;
}

static bool fault(const struct checker *checker, const char *at, const char *message)
{
    provi_fail(&checker->parser->error, PROV_E_CORRUPT, "%s", message);
    return stop(checker, at);
}

static bool fail_bytes(const struct checker *checker, const char *at)
{
    const char *encoding = checker->parser->encoding;
    bool is_declared =
        encoding[0] && !provi_str_eq_nocase(prov_str_from(encoding), PROVI_LIT("utf-8"));
    if (is_declared)
        provi_fail(&checker->parser->error, PROV_E_CORRUPT,
                   "bytes that are not UTF-8, but %s by the XML declaration: save it as UTF-8",
                   encoding);
    else
        provi_fail(&checker->parser->error, PROV_E_CORRUPT,
                   "bytes that are not UTF-8: save the file as UTF-8");
    return stop(checker, at);
}

/* Check that the current character is allowed in XML, and skip it. */
static bool check_char(struct checker *checker)
{
    const char *at = checker->at;
    unsigned char byte = (unsigned char)*at;
    prov_str rest = {at, (size_t)(checker->end - at)};
    if (byte >= ' ' && byte < 0x80) {
        checker->at++;
        return true;
    }
    if (provi_is_blank((char)byte)) {
        checker->at++;
        return true;
    }
    if (byte == 0)
        return !fault(checker, at, "a NUL byte: XML has none");
    if (byte < ' ') {
        provi_fail(&checker->parser->error, PROV_E_CORRUPT,
                   "a control character, 0x%02x: XML allows tab and line breaks only", byte);
        return !stop(checker, at);
    }
    size_t len = provi_xml_char_len(rest);
    /* Between elements of a file that was not decrypted, other bytes are accepted. */
    if (len == 0 && checker->parser->is_sent_plain && checker->depth > 0 && checker->tag.len == 0 &&
        !is_in_param(checker)) {
        checker->at++;
        return true;
    }
    if (len == 0)
        return !fail_bytes(checker, at);
    if (!provi_xml_is_text((prov_str){at, len}))
        return !fault(checker, at, "a character that XML does not allow, U+FFFE or U+FFFF");
    checker->at += len;
    return true;
}

void provi_profile_find_bad_char(prov_profile_parser *parser, const char *from, const char *end)
{
    struct checker checker = {
        .parser = parser, .at = from, .to = end, .end = end, .depth = parser->depth};
    while (checker.at < end && check_char(&checker))
        ;
}

/* Check that `&#…;` is a character that XML allows. */
static bool check_number(struct checker *checker, const char *ampersand, prov_str digits)
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
            value = 0x110000; /* remains too large */
    }
    if (!is_number)
        return !fault(checker, ampersand, "a character reference that is no number");
    bool is_char = value >= ' ' ? value <= 0x10ffff && (value < 0xd800 || value > 0xdfff) &&
                                      value != 0xfffe && value != 0xffff
                                : value == '\t' || value == '\n' || value == '\r';
    return is_char ||
           !fault(checker, ampersand, "a reference to a character that XML does not allow");
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
static bool check_reference(struct checker *checker)
{
    const char *ampersand = checker->at++;
    const char *start = checker->at;
    while (checker->at < checker->end && *checker->at != ';' &&
           !strchr("&<>\"'= \t\r\n", *checker->at))
        checker->at++;
    prov_str name = {start, (size_t)(checker->at - start)};
    bool is_closed = checker->at < checker->end && *checker->at == ';';
    if (is_closed && name.len > 0 && *start == '#') {
        checker->at++;
        return check_number(checker, ampersand, provi_str_from_offset(name, 1));
    }
    prov_str first = {name.data, name.len ? provi_xml_char_len(name) : 0};
    if (first.len == 0 || !(*start == '#' || provi_xml_is_name(first)))
        return !fault(checker, start, "a bare '&', expected &amp;");
    if (!is_closed)
        return !fault(checker, ampersand, "a bare '&' or an entity without ';', expected &amp;");
    if (!is_entity(name))
        return !fault(checker, ampersand, "an unknown entity, expected amp, lt, gt, apos or quot");
    checker->at++;
    return true;
}

/* Read the name at the current place; all characters are accepted. */
static prov_str read_name(struct checker *checker)
{
    const char *start = checker->at;
    checker->at = provi_profile_pass(start, PROVI_IS_NAME);
    checker->is_plain =
        checker->at < checker->end && memchr(" =/>", *checker->at, 4) && provi_is_alpha(*start);
    while (!checker->is_plain && checker->at < checker->end &&
           !memchr(" \t\r\n=/>\"'<&", *checker->at, 11))
        checker->at++;
    return (prov_str){start, (size_t)(checker->at - start)};
}

/* Check that the last name read is UTF-8. */
static bool check_bytes(const struct checker *checker, prov_str name)
{
    size_t span = checker->is_plain ? name.len : provi_xml_utf8_span(name);
    return span == name.len || !fail_bytes(checker, name.data + span);
}

static void skip_blanks(struct checker *checker)
{
    while (checker->at < checker->end && provi_is_blank(*checker->at))
        checker->at++;
}

/* Whether the last name read is valid, with any number of prefixes. */
static bool is_good_name(const struct checker *checker, prov_str name)
{
    prov_str part, rest = name;
    if (checker->is_plain)
        return true;
    if (name.len == 0 || name.data[name.len - 1] == ':')
        return false;
    while (provi_str_split(&rest, ':', &part))
        if (!provi_xml_is_name(part))
            return false;
    return true;
}

/* Check the value at its opening quote, and skip it. */
static bool check_value(struct checker *checker, const char *attribute)
{
    char quote = *checker->at++;
    bool has_end = false; /* end of the tag, or of the line */
    while (checker->at < checker->end && *checker->at != quote) {
        char c = *checker->at;
        if ((provi_profile_kinds[(unsigned char)c] & PROVI_IS_VALUE) && c != '>') {
            checker->at++;
            continue;
        }
        has_end = has_end || c == '>' || c == '\n';
        if (c == '<' && has_end)
            return !fault(checker, attribute, "an attribute without its closing quote");
        if (c == '<')
            return !fault(checker, checker->at, "a bare '<' in an attribute, expected &lt;");
        if (c == '&' ? !check_reference(checker) : !check_char(checker))
            return false;
    }
    if (checker->at == checker->end)
        return !fault(checker, attribute, "an attribute without its closing quote");
    checker->at++;
    return true;
}

/* Check `name="value"`, and skip it. */
static bool check_attribute(struct checker *checker, prov_str *name)
{
    const char *start = checker->at;
    *name = read_name(checker);
    if (!check_bytes(checker, *name))
        return false;
    if (!is_good_name(checker, *name))
        return !fault(checker, start, "expected an attribute, '>' or '/>'");
    skip_blanks(checker);
    if (checker->at == checker->end || *checker->at != '=')
        return !fault(checker, start, "an attribute without a value");
    checker->at++;
    skip_blanks(checker);
    prov_str rest = {checker->at, (size_t)(checker->end - checker->at)};
    if (provi_str_starts(rest, PROVI_LIT("\xe2\x80\x9c")) ||
        provi_str_starts(rest, PROVI_LIT("\xe2\x80\x98")))
        return !fault(checker, checker->at, "an attribute in curly quotes, expected straight ones");
    if (rest.len == 0 || (*checker->at != '"' && *checker->at != '\''))
        return !fault(checker, checker->at, "an attribute without quotes");
    return check_value(checker, start);
}

/* Whether an attribute of that name precedes the one at @p end in the tag. */
static bool is_repeated(prov_str name, const char *from, const char *end)
{
    struct checker checker = {.at = from, .end = end};
    for (skip_blanks(&checker); checker.at < end; skip_blanks(&checker)) {
        if (provi_str_eq(read_name(&checker), name))
            return true;
        while (*checker.at != '"' && *checker.at != '\'')
            checker.at++;
        char quote = *checker.at++;
        while (*checker.at++ != quote)
            ;
    }
    return false;
}

static bool check_attributes(struct checker *checker)
{
    const char *first = checker->at;
    for (;;) {
        const char *behind = checker->at;
        skip_blanks(checker);
        if (checker->at == checker->end || *checker->at == '<')
            return !fault(checker, checker->at,
                          "expected '>' at the end of a tag, or &lt; for the character '<' before");
        if (*checker->at == '>')
            return true;
        if (*checker->at == '/')
            return (checker->at + 1 < checker->end && checker->at[1] == '>') ||
                   !fault(checker, checker->at, "expected '>' after '/' in a tag");
        const char *start = checker->at;
        if (start == behind)
            return !fault(checker, start, "expected a blank between attributes");
        prov_str name;
        if (!check_attribute(checker, &name))
            return false;
        if (is_repeated(name, first, start))
            return !fault(checker, start, "the same attribute twice");
    }
}

enum { MAX_WORDS = MAX_NAME + 4 };

/* Describe the text at the current place. */
static const char *describe(const struct checker *checker, char words[MAX_WORDS])
{
    struct checker name = *checker;
    prov_str rest = {checker->at, (size_t)(checker->end - checker->at)};
    unsigned char byte = (unsigned char)*checker->at;
    if (provi_str_starts(rest, PROVI_LIT("<![CDATA[")))
        return "CDATA";
    if (byte == '<') {
        bool is_end = provi_str_starts(rest, PROVI_LIT("</"));
        name.at += is_end ? 2 : 1;
        prov_str tag = read_name(&name);
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

/* Whether a parameter or another <flat-profile> starts here. */
static bool is_element_of_profile(const struct checker *checker)
{
    struct checker tag = *checker;
    if (tag.end - tag.at < 2 || *tag.at != '<')
        return false;
    tag.at++;
    prov_str name = read_name(&tag);
    return provi_str_eq_nocase(name, PROVI_LIT("flat-profile")) ||
           prov_catalogue_find_in(checker->parser->catalogue, name, NULL);
}

/* Fail with text before or after the root element. */
static bool fail_outside(struct checker *checker)
{
    prov_profile_parser *parser = checker->parser;
    char words[MAX_WORDS];
    const char *found = describe(checker, words);
    prov_str root = parser->has_root ? prov_str_from((const char *)parser->open[0]) : PROVI_LIT("");
    bool is_element = is_element_of_profile(checker);
    if (!parser->has_root)
        provi_fail(&parser->error, PROV_E_CORRUPT, "expected the root element, found %s", found);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT, "found %s after the end of <%.*s>%s", found,
                   NAME(root),
                   is_element                               ? ": put all into one <flat-profile>"
                   : parser->has_profile || parser->aliases ? ""
                                                            : ", expected <flat-profile> first");
    return stop(checker, checker->at);
}

/* Check text up to the next '<'. */
static bool check_text(struct checker *checker)
{
    for (;;) {
        while (checker->depth > 0 && *checker->at != ']' &&
               (provi_profile_kinds[(unsigned char)*checker->at] & PROVI_IS_TEXT))
            checker->at++; /* skip the byte, as most are plain */
        if (checker->at >= checker->end || checker->at > checker->to || *checker->at == '<')
            return true;
        prov_str rest = {checker->at, (size_t)(checker->end - checker->at)};
        if (checker->depth == 0 && !provi_is_blank(*checker->at))
            return !fail_outside(checker);
        if (*checker->at == ']' && provi_str_starts(rest, PROVI_LIT("]]>")))
            return !fault(checker, checker->at, "']]>' in text, expected ']]&gt;'");
        if (*checker->at == '&' ? !check_reference(checker) : !check_char(checker))
            return false;
    }
}

/* Check up to the end of the section, or of the available bytes. */
static bool check_cdata(struct checker *checker)
{
    while (checker->at < checker->end) {
        prov_str rest = {checker->at, (size_t)(checker->end - checker->at)};
        if (provi_str_starts(rest, PROVI_LIT("]]>"))) {
            checker->at += 3;
            return true;
        }
        if (!check_char(checker))
            return false;
    }
    return true;
}

static bool fail_mismatch(const struct checker *checker, const char *start, prov_str found)
{
    prov_profile_parser *parser = checker->parser;
    prov_str wanted = open_name(parser, checker->depth);
    unsigned line = parser->lines[checker->depth - 1];
    char words[MAX_WORDS] = "another end tag";
    if (found.len == 0 || may_show(checker, found))
        snprintf(words, sizeof words, "</%.*s>", NAME(found));
    if (may_show(checker, wanted))
        provi_fail(&parser->error, PROV_E_CORRUPT, "expected </%.*s> (opened in line %u), found %s",
                   NAME(wanted), line, words);
    else
        provi_fail(&parser->error, PROV_E_CORRUPT,
                   "expected the end of an element inside (opened in line %u), found %s", line,
                   words);
    return stop(checker, start);
}

static bool check_end_tag(struct checker *checker)
{
    const char *start = checker->at;
    checker->at += 2;
    prov_str name = read_name(checker);
    if (checker->depth == 0) {
        checker->at = start;
        return !fail_outside(checker);
    }
    if (!check_bytes(checker, name))
        return false;
    if (!provi_str_eq(name, open_name(checker->parser, checker->depth)))
        return !fail_mismatch(checker, start, name);
    skip_blanks(checker);
    if (checker->at == checker->end || *checker->at != '>')
        return !fault(checker, start, "expected '>' at the end of a tag");
    checker->at++;
    checker->depth--;
    return true;
}

static bool check_start_tag(struct checker *checker)
{
    if (checker->depth == 0 && checker->parser->has_root)
        return !fail_outside(checker);
    const char *start = checker->at++;
    prov_str name = read_name(checker);
    if (!check_bytes(checker, name))
        return false;
    if (!is_good_name(checker, name))
        return !fault(checker, start + 1,
                      checker->end - start > 1 && start[1] == '%'
                          ? "a template's '<%', which was not filled in"
                          : "expected an element name after '<', or &lt; for the character");
    checker->tag = name;
    return check_attributes(checker);
}

/* Check the markup at `<`. Comments were replaced by blanks, and of `<!`, only CDATA sections
 * remain. */
static bool check_markup(struct checker *checker)
{
    char next = checker->at + 1 < checker->end ? checker->at[1] : '\0';
    if (next == '/')
        return check_end_tag(checker);
    if (next != '!')
        return check_start_tag(checker);
    if (checker->at + 2 < checker->end && checker->at[2] == '-') {
        while (checker->at < checker->end && *checker->at != '>')
            checker->at++;
        checker->at += checker->at < checker->end;
        return true;
    }
    if (checker->depth == 0)
        return !fail_outside(checker);
    checker->at += strlen("<![CDATA[");
    return check_cdata(checker);
}

bool provi_profile_find_fault(prov_profile_parser *parser, const char *to, const char *end)
{
    struct checker checker = {
        .parser = parser,
        .at = parser->known,
        .to = to,
        .end = end,
        .depth = parser->known_depth,
    };
    bool is_good = parser->known != parser->known_cdata || check_cdata(&checker);
    while (is_good && checker.at < end && checker.at <= to && checker.tag.len == 0)
        is_good = *checker.at == '<' ? check_markup(&checker) : check_text(&checker);
    return !is_good;
}
