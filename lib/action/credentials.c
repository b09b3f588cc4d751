/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/credentials.h"

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

static const struct {
    char name[10];
    bool is_required;
    bool may_escape; /* others are hashed as they are: a quoted pair would have two readings */
} parameters[PROVI_N_CREDENTIALS] = {
    [PROVI_CRED_USERNAME] = {"username", true, true},
    [PROVI_CRED_REALM] = {"realm", true, true},
    [PROVI_CRED_NONCE] = {"nonce", true, false},
    [PROVI_CRED_URI] = {"uri", true, false},
    [PROVI_CRED_RESPONSE] = {"response", true, false},
    [PROVI_CRED_ALGORITHM] = {"algorithm", false, false},
    [PROVI_CRED_CNONCE] = {"cnonce", false, false},
    [PROVI_CRED_QOP] = {"qop", false, false},
    [PROVI_CRED_NC] = {"nc", false, false},
};

/* A position in the header field. */
struct reader {
    prov_str text;
    size_t at;
};

static char next(const struct reader *reader)
{
    return reader->at < reader->text.len ? reader->text.data[reader->at] : '\0';
}

static void skip_blanks(struct reader *reader)
{
    while (provi_is_blank(next(reader)))
        reader->at++;
}

/* RFC 9110, section 5.6.2. */
static bool is_token_char(char c)
{
    return provi_is_alnum(c) || (c != '\0' && strchr("!#$%&'*+-.^_`|~", c));
}

static prov_str take_token(struct reader *reader)
{
    size_t start = reader->at;
    while (is_token_char(next(reader)))
        reader->at++;
    return (prov_str){reader->text.data + start, reader->at - start};
}

/* The text between quotes; false if it does not end or has a control character. */
static bool take_quoted(struct reader *reader, prov_str *value, bool *has_escape)
{
    size_t start = ++reader->at;
    for (; reader->at < reader->text.len && next(reader) != '"'; reader->at++) {
        if (next(reader) == '\\') {
            *has_escape = true;
            if (++reader->at == reader->text.len)
                return false;
        }
        if (provi_is_control(next(reader)) && next(reader) != '\t')
            return false;
    }
    if (reader->at == reader->text.len)
        return false;
    *value = (prov_str){reader->text.data + start, reader->at - start};
    reader->at++;
    return true;
}

static prov_status fail_at(const struct reader *reader, const char *expected,
                           struct prov_error *err)
{
    provi_fail(err, PROV_E_AUTH, "expected %s in Authorization", expected);
    provi_error_where(err, 0, 0, reader->at);
    return PROV_E_AUTH;
}

static size_t find_parameter(prov_str name)
{
    size_t i = 0;
    while (i < PROVI_N_CREDENTIALS && !provi_str_eq_nocase(name, prov_str_from(parameters[i].name)))
        i++;
    return i;
}

/* `name = value`, the value a token or quoted. */
static prov_status read_parameter(struct reader *reader, struct provi_credentials *out,
                                  struct prov_error *err)
{
    bool has_escape = false;
    prov_str value;
    prov_str name = take_token(reader);
    skip_blanks(reader);
    if (name.len == 0 || next(reader) != '=')
        return fail_at(reader, "NAME=VALUE", err);
    reader->at++;
    skip_blanks(reader);
    bool is_quoted = next(reader) == '"';
    if (!is_quoted)
        value = take_token(reader);
    if (is_quoted ? !take_quoted(reader, &value, &has_escape) : value.len == 0)
        return fail_at(reader, "a value within quotes, or without blanks", err);
    size_t i = find_parameter(name);
    if (i == PROVI_N_CREDENTIALS)
        return PROV_OK;
    if (out->values[i].data)
        return provi_fail(err, PROV_E_AUTH, "expected one %s in Authorization, found two",
                          parameters[i].name);
    if (has_escape && !parameters[i].may_escape)
        return provi_fail(err, PROV_E_AUTH, "expected a %s without '\\' in Authorization",
                          parameters[i].name);
    out->values[i] = value;
    return PROV_OK;
}

/* The length of `Digest` and the blank behind it; 0: another scheme. */
static size_t scheme_len(prov_str header)
{
    const prov_str scheme = PROVI_LIT("Digest");
    bool is_digest = header.len > scheme.len &&
                     provi_str_eq_nocase((prov_str){header.data, scheme.len}, scheme) &&
                     provi_is_blank(header.data[scheme.len]);
    return is_digest ? scheme.len + 1 : 0;
}

bool provi_credentials_are_digest(prov_str header)
{
    return scheme_len(provi_str_trim(header)) > 0;
}

prov_status provi_credentials_read(prov_str header, struct provi_credentials *out,
                                   struct prov_error *err)
{
    struct reader reader = {provi_str_trim(header), 0};
    *out = (struct provi_credentials){0};
    reader.at = scheme_len(reader.text);
    do {
        skip_blanks(&reader);
        if (next(&reader) != ',' && reader.at < reader.text.len) { /* a list may have empty items */
            prov_status status = read_parameter(&reader, out, err);
            if (status != PROV_OK)
                return status;
            skip_blanks(&reader);
        }
        if (reader.at < reader.text.len && next(&reader) != ',')
            return fail_at(&reader, "',' between two parameters", err);
    } while (reader.at++ < reader.text.len);
    for (size_t i = 0; i < PROVI_N_CREDENTIALS; i++)
        if (parameters[i].is_required && !out->values[i].data)
            return provi_fail(err, PROV_E_AUTH, "expected %s in Authorization, found none",
                              parameters[i].name);
    return PROV_OK;
}

bool provi_credential_eq(prov_str quoted, prov_str plain)
{
    size_t n = 0;
    for (size_t i = 0; i < quoted.len; i++, n++) {
        i += quoted.data[i] == '\\';
        if (n == plain.len || quoted.data[i] != plain.data[n])
            return false;
    }
    return n == plain.len;
}
