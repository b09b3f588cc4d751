/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Targets: `[ options ] URL`. */
#include "rule/parser_priv.h"

#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "base/str.h"
#include "base/url.h"
#include "macro/options.h"

/* The escapes in an argument. */
enum coding {
    PLAIN,
    OCTAL,   /* `\ooo` in bare words */
    PERCENT, /* `%xx` in a URL's user and password */
};

/* Return the character at @p at, decoded if it is escaped, and advance @p at. */
static char next_char(prov_str raw, enum coding coding, size_t *at)
{
    const char *digits = raw.data + *at + 1;
    const size_t n_behind = raw.len - *at - 1;
    if (coding == OCTAL && raw.data[*at] == '\\' && n_behind >= 3) { /* up to \377 */
        if (digits[0] >= '0' && digits[0] <= '3' && digits[1] >= '0' && digits[1] <= '7' &&
            digits[2] >= '0' && digits[2] <= '7') {
            *at += 4;
            return (char)((digits[0] - '0') * 64 + (digits[1] - '0') * 8 + (digits[2] - '0'));
        }
    } else if (coding == PERCENT && raw.data[*at] == '%') {
        int byte = provi_hex_byte(raw, *at + 1);
        if (byte >= 0) {
            *at += 3;
            return (char)byte;
        }
    }
    return raw.data[(*at)++];
}

/* Decode the escapes of an argument; one without any is not copied. PROV_E_INVALID if it contains a
 * control character. */
static prov_status decode(prov_rule *rule, prov_str raw, enum coding coding, prov_str *value)
{
    const char escape = coding == OCTAL ? '\\' : '%';
    *value = raw;
    if (coding != PLAIN && provi_str_find(raw, escape) < raw.len) {
        if (provi_arena_reserve(&rule->decoded, &rule->alloc, raw.len) != PROV_OK)
            return PROV_E_NOMEM;
        char *to = rule->decoded.free;
        size_t len = 0;
        for (size_t at = 0; at < raw.len; len++)
            to[len] = next_char(raw, coding, &at);
        *value = (prov_str){provi_arena_alloc_bytes(&rule->decoded, len), len};
    }
    return provi_str_is_line(*value) ? PROV_OK : PROV_E_INVALID;
}

/* Kinds of rules that may have an option. */
enum {
    IN_PROFILE = 1 << PROV_RULE_KIND_PROFILE,
    IN_UPGRADE = 1 << PROV_RULE_KIND_UPGRADE,
    IN_REPORT = 1 << PROV_RULE_KIND_REPORT,
};

static const unsigned kinds_of[PROVI_OPTIONS] = {
    [PROVI_OPTION_KEY] = IN_PROFILE | IN_REPORT,
    [PROVI_OPTION_UID] = IN_PROFILE | IN_REPORT | IN_UPGRADE,
    [PROVI_OPTION_PWD] = IN_PROFILE | IN_REPORT | IN_UPGRADE,
    [PROVI_OPTION_POST] = IN_PROFILE,
    [PROVI_OPTION_ALIAS] = IN_PROFILE,
    [PROVI_OPTION_SRV] = IN_PROFILE,
    [PROVI_OPTION_DELTA] = IN_REPORT,
    [PROVI_OPTION_STATUS] = IN_REPORT,
};

static bool is_bare_char(char c)
{
    return !provi_is_blank(c) && c != ']';
}

static prov_status expect_straight_quotes(struct provi_parser *parser, size_t at, prov_str option)
{
    char what[64];
    snprintf(what, sizeof what, "the argument of %.*s in straight '\"'", PROVI_STR(option));
    return provi_parser_expected(parser, at, what);
}

static prov_status take_argument(struct provi_parser *parser, prov_str option, prov_str *raw,
                                 bool *is_quoted)
{
    char what[64];
    const int first = provi_parser_next(parser);
    const size_t start = parser->at;
    *is_quoted = first == '"';
    if (*is_quoted)
        return provi_parser_take_quoted(parser, raw);
    parser->apostrophe_at = first == '\'' ? start : 0;
    parser->apostrophe_option = option;
    *raw = provi_str_take_while(parser->text, &parser->at, is_bare_char);
    bool is_odd = raw->len && (unsigned char)raw->data[0] >= 0x80;
    if (is_odd && provi_is_curly_quote(*raw))
        return expect_straight_quotes(parser, start, option);
    if (raw->len && !provi_str_starts(*raw, PROVI_LIT("--")))
        return PROV_OK;
    snprintf(what, sizeof what, "an argument of %.*s", PROVI_STR(option));
    return provi_parser_expected(parser, start, what);
}

static prov_status parse_letter(struct provi_parser *parser, prov_str option, char *letter)
{
    prov_str raw;
    bool is_quoted;
    provi_parser_next(parser);
    size_t start = parser->at;
    prov_status status = take_argument(parser, option, &raw, &is_quoted);
    if (status != PROV_OK)
        return status;
    if (raw.len != 1 || raw.data[0] < 'a' || raw.data[0] > 'p')
        return provi_parser_expected(parser, start, "a letter from a to p");
    *letter = raw.data[0];
    return PROV_OK;
}

/* The argument of --key, --uid or --pwd. */
static prov_status parse_secret(struct provi_parser *parser, enum provi_option option,
                                prov_str name, struct prov_rule_target *target)
{
    prov_str *const values[] = {
        [PROVI_OPTION_KEY] = &target->key,
        [PROVI_OPTION_UID] = &target->uid,
        [PROVI_OPTION_PWD] = &target->pwd,
    };
    prov_str raw;
    bool is_quoted;
    size_t start = parser->at;
    prov_status status = take_argument(parser, name, &raw, &is_quoted);
    if (status != PROV_OK)
        return status;
    parser->has_secrets = true;
    target->has_key |= option == PROVI_OPTION_KEY;
    target->has_uid |= option == PROVI_OPTION_UID;
    target->has_pwd |= option == PROVI_OPTION_PWD;
    const prov_str shown = {raw.data - is_quoted, raw.len + 2 * (size_t)is_quoted};
    status = provi_parser_hide(parser, shown, true);
    if (status == PROV_OK)
        status = decode(parser->rule, raw, is_quoted ? PLAIN : OCTAL, values[option]);
    if (status == PROV_E_INVALID)
        return provi_parser_fail(parser, start, "control character in the argument of %.*s",
                                 PROVI_STR(name));
    return status == PROV_OK ? PROV_OK : provi_fail_nomem(parser->err);
}

static prov_status parse_option(struct provi_parser *parser, struct prov_rule_target *target)
{
    static const char *const expected[] = {
        [PROV_RULE_KIND_PROFILE] = "--key, --uid, --pwd, --post, --alias, --srv or ']'",
        [PROV_RULE_KIND_UPGRADE] = "--uid, --pwd or ']'",
        [PROV_RULE_KIND_REPORT] = "--key, --uid, --pwd, --delta, --status or ']'",
    };
    const bool is_end = provi_parser_next(parser) == ']';
    size_t start = parser->at;
    if (is_end)
        return provi_parser_expected(parser, start, "an option");
    prov_str word = provi_str_take_while(parser->text, &parser->at, is_bare_char);
    const enum provi_option option = provi_option_find(word);
    const bool is_allowed =
        option < PROVI_OPTIONS && kinds_of[option] & 1u << parser->settings->kind;
    if (!is_allowed && parser->apostrophe_at) /* `--key 'my secret'` */
        return expect_straight_quotes(parser, parser->apostrophe_at, parser->apostrophe_option);
    if (!is_allowed)
        return provi_parser_expected(parser, start, expected[parser->settings->kind]);
    prov_status status = PROV_OK;
    switch (option) {
    case PROVI_OPTION_KEY:
    case PROVI_OPTION_UID:
    case PROVI_OPTION_PWD: status = parse_secret(parser, option, word, target); break;
    case PROVI_OPTION_POST: status = parse_letter(parser, word, &target->post); break;
    case PROVI_OPTION_ALIAS: status = parse_letter(parser, word, &target->alias); break;
    case PROVI_OPTION_SRV: target->srv = 1; break;
    case PROVI_OPTION_DELTA: target->delta = 1; break;
    default: target->status = 1; break;
    }
    if (status == PROV_OK && target->delta && target->status)
        return provi_parser_expected(parser, start, "either --delta or --status");
    return status;
}

static bool is_url_char(char c)
{
    return !provi_is_blank(c) && c != '|';
}

/* Without a scheme, a server in the rule means TFTP; the protocol of one from DHCP is unknown. */
static bool is_tftp(const struct provi_url *url)
{
    return provi_str_is(url->scheme, "tftp") || (url->scheme.len == 0 && url->host.len);
}

/* The text expected in place of a URL that such a rule or its options exclude; else NULL. */
static const char *expected_url(const struct provi_rule_settings *settings,
                                const struct provi_url *url, const struct prov_rule_target *target)
{
    bool is_gds = provi_str_is(url->scheme, "gds");
    if (provi_str_is(url->scheme, "syslog") || (is_gds && settings->kind != PROV_RULE_KIND_PROFILE))
        return "tftp://, http:// or https://";
    if (url->host.len == 0 && settings->needs_server && !is_gds)
        return "a server";
    if (target->srv && is_tftp(url))
        return "http:// or https:// (TFTP Scheme not supported in SRV lookups)";
    if (target->post && is_tftp(url))
        return "http:// or https:// after --post";
    return NULL;
}

/* Use the credentials of a URL, unless options have set others. */
static prov_status add_login(struct provi_parser *parser, size_t at, const struct provi_url *url,
                             struct prov_rule_target *target)
{
    prov_str user = {NULL, 0}, password = {NULL, 0};
    const prov_str login = {url->user.data, url->user.len + url->has_password + url->password.len};
    prov_status status = provi_parser_hide(parser, login, true);
    if (status == PROV_OK)
        status = decode(parser->rule, url->user, PERCENT, &user);
    if (status == PROV_OK)
        status = decode(parser->rule, url->password, PERCENT, &password);
    if (status == PROV_E_INVALID)
        return provi_parser_expected(parser, at, "no control character in user and password");
    if (status != PROV_OK)
        return provi_fail_nomem(parser->err);
    if (!target->has_uid)
        target->uid = user;
    if (!target->has_pwd)
        target->pwd = password;
    target->has_uid = 1;
    target->has_pwd |= url->has_password;
    return PROV_OK;
}

static prov_status parse_url(struct provi_parser *parser, struct prov_rule_target *target)
{
    struct provi_url url;
    struct provi_url_fault fault;
    provi_parser_next(parser);
    size_t start = parser->at;
    prov_str text = provi_str_take_while(parser->text, &parser->at, is_url_char);
    bool ends_so = text.len && text.data[text.len - 1] == ';';
    if (parser->settings->kind == PROV_RULE_KIND_REPORT && ends_so)
        text.len--; /* the vendor's samples end in ';' */
    if (!provi_url_split(text, true, &url, &fault)) {
        /* If an '@' follows, this may be a password that contains a blank or a '/'. */
        prov_str rest = provi_str_from_offset(parser->text, start);
        parser->has_secrets |= provi_str_find(rest, '@') < rest.len;
        return provi_parser_expected(parser, start + fault.offset, fault.expected);
    }
    target->scheme = url.scheme;
    target->host = url.host;
    target->path = url.path;
    target->port = url.port;
    parser->has_secrets |= url.has_user;
    const char *expected = expected_url(parser->settings, &url, target);
    if (expected)
        return provi_parser_expected(parser, start, expected);
    prov_status status = url.has_user ? add_login(parser, start, &url, target) : PROV_OK;
    return status == PROV_OK ? provi_parser_hide(parser, url.path, false) : status;
}

prov_status provi_parse_target(struct provi_parser *parser)
{
    struct prov_rule_target target = {.size = sizeof target};
    const prov_str text = parser->text;
    const size_t start = parser->at;
    prov_status status = PROV_OK;
    bool has_options = provi_parser_take(parser, '[');
    size_t end = parser->at;
    if (has_options && provi_str_take_while(text, &end, provi_is_ipv6_char).len && end < text.len &&
        text.data[end] == ']') { /* `[2001:db8::1]/x` begins a URL */
        has_options = false;
        parser->at = start;
    }
    while (status == PROV_OK && has_options) {
        status = parse_option(parser, &target);
        has_options = !provi_parser_take(parser, ']');
    }
    if (status == PROV_OK)
        status = parse_url(parser, &target);
    if (status != PROV_OK)
        return status;
    target.text = (prov_str){text.data + start, parser->at - start};
    return provi_parser_add(parser, PROVI_LIST_TARGETS, &target, sizeof target);
}
