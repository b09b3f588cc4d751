/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "macro/secrets.h"

#include <string.h>

#include <provision/catalogue.h>

#include "base/array.h"
#include "base/str.h"
#include "base/url.h"
#include "macro/options.h"

/* Limit of a search for the end of a word, for the name before a '=', or for a server with user and
 * password. A search may start at each character, so without a limit a long text would take
 * quadratic time. */
enum { FAR_AWAY = 512 };

static size_t skip_blanks(prov_str text, size_t at)
{
    while (at < text.len && provi_is_blank(text.data[at]))
        at++;
    return at;
}

static size_t skip_blanks_back(prov_str text, size_t at)
{
    while (at > 0 && provi_is_blank(text.data[at - 1]))
        at--;
    return at;
}

static bool is_any_of(char c, const char *set)
{
    return c && strchr(set, c);
}

static prov_str part(prov_str text, size_t start, size_t end)
{
    return (prov_str){text.data + start, end - start};
}

static bool take_span(struct provi_span *span, size_t start, size_t end)
{
    *span = (struct provi_span){start, end};
    return start < end;
}

/* Whether an option may start at `at`: after a blank, a bracket or a quote. */
static bool is_option_start(prov_str text, size_t at)
{
    char before = at ? text.data[at - 1] : ' ';
    return text.data[at] == '-' && (provi_is_blank(before) || before == '[' || before == '"');
}

static bool is_known_option(prov_str text, size_t at)
{
    return at < text.len && is_option_start(text, at) &&
           provi_option_find(part(text, at, provi_option_end(text, at))) < PROVI_OPTIONS;
}

/* The argument of an option whose word ends at @p end: up to the next option or bracket outside
 * quotes, without blanks at its end. */
static bool take_argument(prov_str text, size_t end, struct provi_span *span)
{
    const size_t start = skip_blanks(text, end);
    bool is_quoted = false;
    size_t at = start;
    for (; at < text.len; at++) {
        char c = text.data[at];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && (c == ']' || is_known_option(text, at)))
            break;
    }
    return take_span(span, start, skip_blanks_back(text, at));
}

/* The argument of the secret option that starts at the cursor. */
static bool take_option(struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    if (!is_option_start(text, secrets->at))
        return false;
    size_t end = provi_option_end(text, secrets->at);
    return provi_option_is_secret(provi_option_find(part(text, secrets->at, end))) &&
           take_argument(text, end, span);
}

/* The end of a word in brackets: a blank or bracket outside quotes. */
static size_t find_word_end(prov_str text, size_t at)
{
    if (at < text.len && text.data[at] == '"') {
        size_t inside = at + 1;
        at = inside + provi_str_find(provi_str_from_offset(text, inside), '"');
    }
    while (at < text.len && !provi_is_blank(text.data[at]) && text.data[at] != '[' &&
           text.data[at] != ']')
        at++;
    return at;
}

/*
 * The end of the option name at the start of a misspelt option. `key`, `-key`, `--keys` and
 * `--password` are names as a whole; `--key=secret` and `--keysecret` start with `--key`. @p start:
 * there is none, as in a word without a dash that is not the name of an option.
 */
static size_t find_name_end(prov_str text, size_t start, size_t end)
{
    enum { LONGEST_NAME = 10 };
    size_t name = start;
    while (name < end && text.data[name] == '-')
        name++;
    size_t behind = name;
    while (behind < end && (provi_is_alpha(text.data[behind]) || text.data[behind] == '-'))
        behind++;
    const prov_str word = part(text, name, behind);
    for (size_t i = 0; i < PROVI_OPTIONS; i++) {
        prov_str known = prov_str_from(provi_option_names[i] + strlen("--"));
        if (word.len >= known.len && provi_str_eq_nocase((prov_str){word.data, known.len}, known))
            return name + known.len + (word.len == known.len + 1);
    }
    return name > start && word.len <= LONGEST_NAME ? name + word.len : start;
}

/* Whether the next word is a server with a path, which is expected after options. A word longer
 * than FAR_AWAY counts as one. */
static bool is_url_at(prov_str text, size_t at)
{
    size_t start = skip_blanks(text, at);
    for (at = start; at < text.len && at - start < FAR_AWAY; at++) {
        if (text.data[at] == '/')
            return true;
        bool is_bracket = text.data[at] == '[' && at > start; /* first: of an address */
        if (provi_is_blank(text.data[at]) || text.data[at] == '|' || is_bracket)
            return false;
    }
    return at < text.len;
}

/* Whether the bracket before @p start begins options, and not an address or the digits of a dial
 * plan: it contains an option, possibly misspelt, or a URL follows it. */
static bool is_option_block(prov_str text, size_t start)
{
    size_t word = skip_blanks(text, start);
    if (start > 1 && is_any_of(text.data[start - 2], "/@")) /* of an address in a URL */
        return false;
    if (find_name_end(text, word, find_word_end(text, word)) > word)
        return true;
    bool is_quoted = false;
    for (size_t at = start; at < text.len; at++) {
        char c = text.data[at];
        if (c == '"')
            is_quoted = !is_quoted;
        else if (!is_quoted && is_known_option(text, at))
            return true;
        else if (!is_quoted && c == ']')
            return is_url_at(text, at + 1);
        else if (!is_quoted && c == '[')
            return false;
    }
    return false;
}

static bool is_ipv6(prov_str word)
{
    size_t n_colons = 0;
    for (size_t i = 0; i < word.len; i++) {
        if (!provi_is_ipv6_char(word.data[i]))
            return false;
        n_colons += word.data[i] == ':';
    }
    return n_colons >= 2;
}

/* Whether a word is a letter after a known option, as in `--post a`. */
static bool is_letter_argument(prov_str text, size_t start, size_t end)
{
    size_t before = skip_blanks_back(text, start);
    size_t option = before;
    while (option > 0 && !provi_is_blank(text.data[option - 1]) && text.data[option - 1] != '[')
        option--;
    return end == start + 1 + 2 * (text.data[start] == '"') && before > option &&
           provi_option_find(part(text, option, before)) < PROVI_OPTIONS;
}

/* In brackets: find the secret in a word that is neither a known option nor its letter. Only the
 * name of an option in it is not secret; if the word is only a name, its argument is secret. */
static bool take_misspelt(struct provi_secrets *secrets, char c, struct provi_span *span)
{
    const prov_str text = secrets->text;
    const size_t start = secrets->at + 1;
    if (c == ']')
        secrets->is_in_options = false;
    if (c == '[')
        secrets->is_in_options = is_option_block(text, start);
    bool is_gap = c == '[' || provi_is_blank(c);
    if (!secrets->is_in_options || !is_gap || start >= text.len || provi_is_blank(text.data[start]))
        return false;
    const size_t end = find_word_end(text, start);
    if (is_known_option(text, start)) {
        size_t option_end = provi_option_end(text, start);
        if (option_end == end ||
            provi_option_is_secret(provi_option_find(part(text, start, option_end))))
            return false;
    }
    if (end == start || is_letter_argument(text, start, end) || is_ipv6(part(text, start, end)))
        return false;
    const size_t name_end = find_name_end(text, start, end);
    if (name_end < end)
        return take_span(span, name_end, end);
    return end < text.len && provi_is_blank(text.data[end]) && take_argument(text, end, span);
}

bool provi_secrets_has_name(prov_str name)
{
    if (prov_catalogue_is_secret(NULL, name))
        return true;
    if (name.len > 3 && provi_str_eq_nocase((prov_str){name.data, 3}, PROVI_LIT("gpp")))
        name = provi_str_from_offset(name, 3 + (size_t)!provi_is_alnum(name.data[3]));
    return name.len == 2 && provi_lower(name.data[0]) == 's' && provi_lower(name.data[1]) >= 'a' &&
           provi_lower(name.data[1]) <= 'd';
}

/* The name that ends at @p end; empty if none does. */
static prov_str name_before(prov_str text, size_t end)
{
    size_t start = end;
    while (start > 0 &&
           (provi_is_alnum(text.data[start - 1]) || is_any_of(text.data[start - 1], "_-.")))
        start--;
    return part(text, start, end);
}

/* Whether a key of a URL's query has the name of a credential or of a secret parameter. */
static bool is_secret_key(prov_str name)
{
    static const char words[][7] = {"sig", "k",   "h",   "pw",     "psw",
                                    "otp", "sid", "jws", "bearer", "ticket"};
    static const char parts[][10] = {"pass", "key", "auth", "signature", "hash",
                                     "hmac", "jwt", "cred", "digest",    "session"};
    static const char code[] = "code"; /* `activationcode`, but not `codec` */
    for (size_t i = 0; i < PROVI_LEN(words); i++)
        if (provi_str_eq_nocase(name, prov_str_from(words[i])))
            return true;
    for (size_t i = 0; i < PROVI_LEN(parts); i++)
        if (provi_str_has_nocase(name, prov_str_from(parts[i])))
            return true;
    size_t code_at = name.len < sizeof code - 1 ? 0 : name.len - (sizeof code - 1);
    return provi_str_eq_nocase(provi_str_from_offset(name, code_at), prov_str_from(code)) ||
           prov_catalogue_is_secret(NULL, name);
}

/* Whether a '?' precedes @p at in the same word, at most FAR_AWAY bytes before. */
static bool is_in_query(prov_str text, size_t at)
{
    for (size_t n = 0; at > 0 && n < FAR_AWAY && !provi_is_blank(text.data[at - 1]); at--, n++)
        if (text.data[at - 1] == '?')
            return true;
    return false;
}

/* Start of the key of a URL's query that ends at the cursor, `?key` or `&key`; 0 if it is none. A
 * ';' separates keys too, also that of `&amp;`. */
static size_t find_query_key(prov_str text, size_t end)
{
    size_t start = end;
    while (start > 0 && !provi_is_blank(text.data[start - 1]) &&
           !is_any_of(text.data[start - 1], "?&;#\"()|="))
        start--;
    char before = start ? text.data[start - 1] : ' ';
    bool is_key = is_any_of(before, "?&#") || (before == ';' && is_in_query(text, start - 1));
    return is_key ? start : 0;
}

/* The end of a value with a quote at @p quote. Text after the quote, up to a ';' or ')', is part of
 * the value. */
static size_t find_value_end(prov_str text, size_t quote)
{
    size_t next = skip_blanks(text, quote + 1);
    bool is_adjacent = next == quote + 1 && next < text.len;
    bool is_more = next < text.len && text.data[next] == '"';
    if (!is_more && (!is_adjacent || is_any_of(text.data[next], ";),|]}?!&<")))
        return quote;
    while (next < text.len && !is_any_of(text.data[next], ";)"))
        next++;
    next = skip_blanks_back(text, next);
    return text.data[next - 1] == '"' ? next - 1 : next;
}

/* The assigned value after @p at: in quotes, or up to a ';'. */
static bool take_value(prov_str text, size_t at, struct provi_span *span)
{
    while (at < text.len && (provi_is_blank(text.data[at]) || is_any_of(text.data[at], "=:>~")))
        at++;
    bool is_quoted = at < text.len && text.data[at] == '"';
    at += is_quoted;
    size_t len = provi_str_find(provi_str_from_offset(text, at), is_quoted ? '"' : ';');
    size_t end = at + len;
    return take_span(span, at, is_quoted && end < text.len ? find_value_end(text, end) : end);
}

/* The value after the '=' at the cursor (also of `:=`, `+=`, `==`), if the name of a secret
 * precedes it. */
static bool take_assignment(const struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    bool is_quoted = secrets->at + 1 < text.len && text.data[secrets->at + 1] == '"';
    size_t key = is_quoted ? 0 : find_query_key(text, secrets->at);
    if (key) { /* its value ends at the next key or a blank */
        size_t end = secrets->at + 1;
        while (end < text.len && !provi_is_blank(text.data[end]) && text.data[end] != '&')
            end++;
        return is_secret_key(part(text, key, secrets->at)) && take_span(span, secrets->at + 1, end);
    }
    size_t end = secrets->at;
    while (end > 0 && secrets->at - end < FAR_AWAY &&
           is_any_of(text.data[end - 1], ":=!<>+~\" \t\r\n"))
        end--;
    return provi_secrets_has_name(name_before(text, end)) &&
           take_value(text, secrets->at + 1, span);
}

/* Likewise for a ':' in place of the '='. A ':' before a port is no assignment. */
static bool take_colon(const struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    size_t end = skip_blanks_back(text, secrets->at);
    bool has_quote = end > 0 && text.data[end - 1] == '"';
    if (!provi_secrets_has_name(name_before(text, end - has_quote)))
        return false;
    size_t at = secrets->at + 1;
    while (at < text.len && provi_is_digit(text.data[at]))
        at++;
    bool is_port = at > secrets->at + 1 && (at == text.len || is_any_of(text.data[at], "/?# \t|"));
    bool is_scheme = provi_str_starts(provi_str_from_offset(text, at), PROVI_LIT("//"));
    return !is_port && !is_scheme && take_value(text, secrets->at + 1, span);
}

/* The value after the name of a secret without '=': `(GPP_SA "secret"`, `(GPP_SA secret`,
 * `(GPP_SA eq "secret"`. The cursor is after the name. */
static bool take_unassigned(const struct provi_secrets *secrets, struct provi_span *span)
{
    prov_str text = secrets->text;
    prov_str name = name_before(text, secrets->at);
    if (name.len == 0)
        return false;
    size_t before = skip_blanks_back(text, secrets->at - name.len);
    bool is_first = before > 0 && (text.data[before - 1] == '(' || text.data[before - 1] == ';');
    size_t at = skip_blanks(text, secrets->at);
    if (!is_first || at == text.len || is_any_of(text.data[at], "=:!<>+~;)") ||
        !provi_secrets_has_name(name))
        return false;
    if (text.data[at] == '"')
        return take_value(text, at, span);
    size_t end = at;
    while (end < text.len && text.data[end] != ';' && text.data[end] != ')')
        end++;
    return take_span(span, at, end);
}

/* The text up to the scheme of the next URL behind @p at. */
static prov_str upto_next_scheme(prov_str text, size_t at)
{
    for (; at + 3 <= text.len; at++)
        if (memcmp(text.data + at, "://", 3) == 0)
            return part(text, 0, at);
    return text;
}

/*
 * Find the login if the text at @p port is not a port: `user:pass/word@server`, or
 * `user:passwordserver/path` without the `@`. A macro is accepted as a port.
 */
static bool take_odd_port(prov_str text, size_t login, size_t port, struct provi_span *span)
{
    uint64_t number;
    size_t end = port;
    while (end < text.len && !provi_is_blank(text.data[end]) &&
           !is_any_of(text.data[end], "/?#|\""))
        end++;
    if (provi_str_to_u64(part(text, port, end), UINT64_MAX, &number))
        return false;
    size_t sign = end + provi_str_find(provi_str_from_offset(text, end), '@');
    if (sign < text.len)
        return take_span(span, login, sign);
    return end > port && text.data[port] != '$' && take_span(span, port, end);
}

/* The login of the URL whose authority begins after the cursor. */
static bool take_authority(const struct provi_secrets *secrets, struct provi_span *span)
{
    size_t start = secrets->at + 1;
    prov_str text = upto_next_scheme(secrets->text, start);
    if (start >= text.len)
        return false;
    size_t end = start;
    prov_str authority = provi_str_take_while(text, &end, provi_is_authority_char);
    bool has_colon = provi_str_find(authority, ':') < authority.len;
    bool has_backslash = provi_str_find(authority, '\\') < authority.len;
    if (is_ipv6(authority) || (has_backslash && !has_colon)) /* `http://server\@other/x` */
        return false;
    size_t sign = end;
    while (sign > start && text.data[sign - 1] != '@')
        sign--;
    if (sign > start)
        return take_span(span, start, sign - 1);
    size_t host = start;
    if (text.data[host] == '[')
        host += provi_str_find(part(text, start, end), ']');
    size_t colon = host + provi_str_find(part(text, host, end), ':');
    return colon < end && take_odd_port(text, start, colon + 1, span);
}

static bool ends_in_word(prov_str text, const char *ending)
{
    prov_str word = prov_str_from(ending);
    if (text.len < word.len)
        return false;
    size_t start = text.len - word.len;
    bool is_word = start == 0 || !provi_is_alnum(text.data[start - 1]);
    return is_word && provi_str_eq_nocase(provi_str_from_offset(text, start), word);
}

/* The text from the token to its last ':'. */
static prov_str before_colon(const struct provi_secrets *secrets)
{
    return part(secrets->text, secrets->token, secrets->colon - 1);
}

/* The login in `user:passwordserver/path`, at the place of a rule's URL and without a scheme. */
static bool take_bare_port(const struct provi_secrets *secrets, struct provi_span *span)
{
    if (!secrets->is_leading || !secrets->colon)
        return false;
    prov_str near = provi_str_from_offset(secrets->text, secrets->at);
    near.len = near.len < FAR_AWAY ? near.len : FAR_AWAY;
    size_t bar = secrets->at + provi_str_find(near, '|');
    prov_str text = upto_next_scheme((prov_str){secrets->text.data, bar}, secrets->token);
    if (secrets->at >= text.len)
        return false;
    prov_str before = before_colon(secrets);
    bool is_scheme = ends_in_word(before, "tftp") || ends_in_word(before, "http") ||
                     ends_in_word(before, "https");
    if (is_scheme || is_ipv6(part(text, secrets->token, secrets->at)))
        return false;
    size_t first = secrets->token + provi_str_find(before, ':');
    return take_odd_port(text, secrets->token, first + 1, span);
}

/* Update the place of a possible URL for the character at the cursor, and find its login. */
static bool follow_url(struct provi_secrets *secrets, char c, struct provi_span *span)
{
    const size_t at = secrets->at;
    const char *data = secrets->text.data;
    const bool is_blank = provi_is_blank(c) || c == '"';
    const bool is_end = c == '|' || c == ']' || ((c == '?' || c == '!') && secrets->is_authority);
    if (c == ':')
        secrets->colon = at + 1;
    if (c != '/' && !is_blank && !is_end)
        return false;
    const bool is_scheme = c == '/' && at >= 2 && memcmp(data + at - 2, ":/", 2) == 0;
    const bool is_found = c == '/' && !is_scheme && take_bare_port(secrets, span);
    secrets->is_leading = is_end || (is_blank && secrets->is_leading && secrets->token == at);
    secrets->is_authority = c != '/' || is_scheme;
    secrets->token = at + 1;
    secrets->colon = 0;
    return is_found || (is_scheme && take_authority(secrets, span));
}

static bool find_at_cursor(struct provi_secrets *secrets, char c, struct provi_span *span)
{
    if (provi_is_alnum(c)) /* no secret begins after a letter or digit */
        return false;
    switch (c) {
    case '-':
        if (take_option(secrets, span))
            return true;
        break;
    case '=': return take_assignment(secrets, span);
    case ':':
        if (take_colon(secrets, span))
            return true;
        break;
    case '@': /* `user:password@`; `user@` and `sip:user@` are addresses */
        return secrets->colon && !ends_in_word(before_colon(secrets), "sip") &&
               !ends_in_word(before_colon(secrets), "sips") &&
               take_span(span, secrets->token, secrets->at);
    default: break;
    }
    if ((c == '"' || c == ',' || provi_is_blank(c)) && take_unassigned(secrets, span))
        return true;
    return take_misspelt(secrets, c, span) || follow_url(secrets, c, span);
}

bool provi_secrets_next(struct provi_secrets *secrets, struct provi_span *span)
{
    static const bool is_sign[256] = {
        ['-'] = true, ['['] = true, ['='] = true, [':'] = true, ['('] = true, [';'] = true,
    };
    const prov_str text = secrets->text;
    if (secrets->at == 0) {
        /* A quick look first, since most words and paths have no secret: options begin with two
         * '-', and a login contains a ':' or follows one. */
        size_t at = 0;
        while (at < text.len &&
               (!is_sign[(unsigned char)text.data[at]] ||
                (text.data[at] == '-' && (at + 1 == text.len || text.data[at + 1] != '-'))))
            at++;
        secrets->at = at < text.len ? 0 : at;
        secrets->is_authority = secrets->is_leading = true;
    }
    for (; secrets->at < text.len; secrets->at++) {
        if (!find_at_cursor(secrets, text.data[secrets->at], span))
            continue;
        secrets->at = span->end < secrets->at ? secrets->at : span->end;
        secrets->token = secrets->at;
        secrets->colon = 0;
        secrets->is_leading = false;
        return true;
    }
    return false;
}
