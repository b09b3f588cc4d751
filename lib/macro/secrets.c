/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "macro/secrets.h"

#include <string.h>

#include <provision/catalogue.h>

#include "base/array.h"
#include "base/str.h"
#include "macro/options.h"

void provi_secrets_init(struct provi_secrets *secrets, prov_str text)
{
    *secrets = (struct provi_secrets){.text = text, .is_authority = true};
}

/* Whether an option may start at `at`: behind a blank, a bracket or a quote. */
static bool is_option_start(prov_str text, size_t at)
{
    char before = at ? text.data[at - 1] : ' ';
    return text.data[at] == '-' && (provi_is_blank(before) || before == '[' || before == '"');
}

static bool is_known_option(prov_str text, size_t at)
{
    if (!is_option_start(text, at))
        return false;
    return provi_option_is_known((prov_str){text.data + at, provi_option_end(text, at) - at});
}

/* From `start` to the next option or bracket outside quotes, blanks at the end left out. */
static size_t find_arg_end(prov_str text, size_t start)
{
    size_t at = start;
    bool is_quoted = false;
    for (; at < text.len; at++) {
        char c = text.data[at];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && (c == ']' || (at > start && is_known_option(text, at))))
            break;
    }
    while (at > start && provi_is_blank(text.data[at - 1]))
        at--;
    return at;
}

static size_t skip_blanks(prov_str text, size_t at)
{
    while (at < text.len && provi_is_blank(text.data[at]))
        at++;
    return at;
}

/* What stands behind an option's word, which ends at @p end. */
static bool take_argument(prov_str text, size_t end, struct provi_span *span)
{
    size_t start = skip_blanks(text, end);
    *span = (struct provi_span){start, find_arg_end(text, start)};
    return span->end > span->start;
}

/* The argument of the secret option that starts at the cursor. */
static bool take_option(struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    if (!is_option_start(text, secrets->at))
        return false;
    size_t end = provi_option_end(text, secrets->at);
    return provi_option_is_secret((prov_str){text.data + secrets->at, end - secrets->at}) &&
           take_argument(text, end, span);
}

static size_t find_word_end(prov_str text, size_t at)
{
    while (at < text.len && !provi_is_blank(text.data[at]) && text.data[at] != '[' &&
           text.data[at] != ']')
        at++;
    return at;
}

/* In brackets no option is called like the word at @p start: its argument may be a misspelt key's,
 * as in `[key secret]`. An IPv6 address has none. */
static bool take_unknown(prov_str text, size_t start, struct provi_span *span)
{
    size_t end = find_word_end(text, start);
    if (end == start || end == text.len || !provi_is_blank(text.data[end]))
        return false;
    return !provi_option_is_known((prov_str){text.data + start, end - start}) &&
           take_argument(text, end, span);
}

/* The same for the word behind a bracket, and for those with a dash that follow. */
static bool take_misspelt(struct provi_secrets *secrets, char c, struct provi_span *span)
{
    prov_str text = secrets->text;
    if (c == ']')
        secrets->is_in_brackets = false;
    if (c == '[') {
        secrets->is_in_brackets = true;
        return take_unknown(text, skip_blanks(text, secrets->at + 1), span);
    }
    return secrets->is_in_brackets && is_option_start(text, secrets->at) &&
           take_unknown(text, secrets->at, span);
}

static bool is_name_char(char c)
{
    return provi_is_alnum(c) || c == '_' || c == '-' || c == '.';
}

static size_t skip_blanks_back(prov_str text, size_t at)
{
    while (at > 0 && provi_is_blank(text.data[at - 1]))
        at--;
    return at;
}

/* Keys of a URL's query that go by other names than parameters do. */
static bool is_secret_key(prov_str name)
{
    static const char *const words[] = {"sig", "pin"};
    static const char *const parts[] = {"pass", "key", "auth", "signature"};
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        if (provi_str_eq_nocase(name, prov_str_from(words[i])))
            return true;
    for (size_t i = 0; i < PROVI_LEN(parts); i++)
        if (provi_str_has_nocase(name, prov_str_from(parts[i])))
            return true;
    return prov_catalogue_is_secret(NULL, name);
}

/* Whether the `=` at the cursor follows a key of a URL's query, `?key=value` or `&key=value`. */
static bool is_in_query(const struct provi_secrets *secrets, size_t key)
{
    prov_str text = secrets->text;
    char before = key ? text.data[key - 1] : ' ';
    bool is_quoted = secrets->at + 1 < text.len && text.data[secrets->at + 1] == '"';
    return (before == '?' || before == '&') && !is_quoted;
}

/* The value behind the cursor; the next key or a blank ends it. */
static bool take_query(const struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    size_t end = secrets->at + 1;
    while (end < text.len && !provi_is_blank(text.data[end]) && text.data[end] != '&')
        end++;
    *span = (struct provi_span){secrets->at + 1, end};
    return span->end > span->start;
}

/* What is assigned by the `=` at the cursor, if a secret name stands before it. */
static bool take_assignment(struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    size_t end = skip_blanks_back(text, secrets->at);
    size_t start = end;
    while (start > 0 && is_name_char(text.data[start - 1]))
        start--;
    prov_str name = {text.data + start, end - start};
    if (end == secrets->at && is_in_query(secrets, start))
        return is_secret_key(name) && take_query(secrets, span);
    if (!prov_catalogue_is_secret(NULL, name))
        return false;
    size_t value = secrets->at + 1;
    while (value < text.len && provi_is_blank(text.data[value]))
        value++;
    bool is_quoted = value < text.len && text.data[value] == '"';
    value += is_quoted;
    size_t len = provi_str_find(provi_str_from_offset(text, value), is_quoted ? '"' : ';');
    *span = (struct provi_span){value, value + len};
    return len > 0;
}

static void start_token(struct provi_secrets *secrets)
{
    secrets->token = secrets->at + 1;
    secrets->colon = 0;
}

static void start_authority(struct provi_secrets *secrets, bool has_scheme)
{
    start_token(secrets);
    secrets->is_authority = true;
    secrets->has_scheme = has_scheme;
}

static bool is_after_scheme(const struct provi_secrets *secrets)
{
    size_t at = secrets->at;
    return at >= 2 && memcmp(secrets->text.data + at - 2, ":/", 2) == 0;
}

/* `user:pass/word` instead of `host:port`: the '/' before the cursor is none of a path. */
static bool has_odd_port(const struct provi_secrets *secrets)
{
    if (!secrets->has_scheme || !secrets->is_authority || !secrets->colon)
        return false;
    size_t at = secrets->colon + 1;
    while (at < secrets->at && provi_is_digit(secrets->text.data[at]))
        at++;
    return at < secrets->at || at == secrets->colon + 1;
}

static void follow_slash(struct provi_secrets *secrets)
{
    if (has_odd_port(secrets) && !is_after_scheme(secrets))
        return;
    if (is_after_scheme(secrets)) {
        start_authority(secrets, true);
        return;
    }
    start_token(secrets);
    secrets->is_authority = false;
}

/* Whether a URL may begin behind `c`; a '?' in a path is its query. */
static bool is_before_url(const struct provi_secrets *secrets, char c)
{
    if (c == '?' || c == '!')
        return secrets->is_authority;
    return provi_is_blank(c) || c == '|' || c == ']' || c == '"';
}

/* Follow where a URL's server stands, up to the character at the cursor. */
static void follow_url(struct provi_secrets *secrets, char c)
{
    bool is_in_login = secrets->has_scheme && secrets->is_authority;
    if (c == '/')
        follow_slash(secrets);
    else if (c == ':')
        secrets->colon = secrets->at;
    else if (is_before_url(secrets, c) && !is_in_login)
        start_authority(secrets, false);
}

static bool ends_in_word(prov_str text, prov_str word)
{
    if (text.len < word.len)
        return false;
    size_t start = text.len - word.len;
    bool is_word = start == 0 || !provi_is_alnum(text.data[start - 1]);
    return is_word && provi_str_eq_nocase(provi_str_from_offset(text, start), word);
}

/* `sip:` or `sips:` before the last ':' is no user with a password behind it. */
static bool is_sip(const struct provi_secrets *secrets)
{
    prov_str before = {secrets->text.data + secrets->token, secrets->colon - secrets->token};
    return ends_in_word(before, PROVI_LIT("sip")) || ends_in_word(before, PROVI_LIT("sips"));
}

/* Before a '@': behind a scheme any login; elsewhere `user:password`, since `2002@example.com` is
 * an address in the parameters of many keys of a phone. */
static bool take_login(struct provi_secrets *secrets, struct provi_span *span)
{
    bool is_url = secrets->has_scheme && secrets->is_authority;
    bool is_login = is_url || (secrets->colon && !is_sip(secrets));
    if (!is_login || secrets->token >= secrets->at)
        return false;
    *span = (struct provi_span){secrets->token, secrets->at};
    return true;
}

bool provi_secrets_next(struct provi_secrets *secrets, struct provi_span *span)
{
    for (; secrets->at < secrets->text.len; secrets->at++) {
        char c = secrets->text.data[secrets->at];
        bool is_found =
            (c == '-' && take_option(secrets, span)) || take_misspelt(secrets, c, span) ||
            (c == '=' && take_assignment(secrets, span)) || (c == '@' && take_login(secrets, span));
        if (is_found) {
            secrets->at = span->end < secrets->at ? secrets->at : span->end;
            secrets->token = secrets->at;
            secrets->colon = 0;
            return true;
        }
        follow_url(secrets, c);
    }
    return false;
}
