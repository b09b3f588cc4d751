/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/credentials.h"

#include "action/field.h"
#include "base/error.h"
#include "base/str.h"

static const struct {
    char name[10];
    bool is_required;
    bool may_escape; /* other values are hashed as written, so a quoted pair would be ambiguous */
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

static prov_status fail_at(const struct provi_field *field, const char *expected,
                           struct prov_error *err)
{
    provi_fail(err, PROV_E_AUTH, "expected %s in Authorization", expected);
    provi_error_where(err, 0, 0, field->at);
    return PROV_E_AUTH;
}

static size_t find_parameter(prov_str name)
{
    size_t i = 0;
    while (i < PROVI_N_CREDENTIALS && !provi_str_eq_nocase(name, prov_str_from(parameters[i].name)))
        i++;
    return i;
}

/* Read `name = value`; the value is a token or quoted. */
static prov_status read_parameter(struct provi_field *field, struct provi_credentials *out,
                                  struct prov_error *err)
{
    bool has_pairs = false;
    prov_str value;
    prov_str name = provi_field_token(field);
    provi_field_skip_blanks(field);
    if (name.len == 0 || !provi_field_skip(field, '='))
        return fail_at(field, "NAME=VALUE", err);
    provi_field_skip_blanks(field);
    bool is_quoted = provi_field_has(field, '"');
    if (!is_quoted)
        value = provi_field_token(field);
    if (is_quoted ? !provi_field_quoted(field, &value, &has_pairs) : value.len == 0)
        return fail_at(field, "a value within quotes, or without blanks", err);
    size_t i = find_parameter(name);
    if (i == PROVI_N_CREDENTIALS)
        return PROV_OK;
    if (out->values[i].data)
        return provi_fail(err, PROV_E_AUTH, "expected one %s in Authorization, found two",
                          parameters[i].name);
    if (has_pairs && !parameters[i].may_escape)
        return provi_fail(err, PROV_E_AUTH, "expected a %s without '\\' in Authorization",
                          parameters[i].name);
    out->values[i] = value;
    return PROV_OK;
}

/* Length of `Digest` and the blank after it; 0: another scheme. */
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
    struct provi_field field = {provi_str_trim(header), 0};
    *out = (struct provi_credentials){0};
    field.at = scheme_len(field.text);
    do {
        provi_field_skip_blanks(&field);
        if (!provi_field_has(&field, ',') && !provi_field_is_done(&field)) {
            prov_status status = read_parameter(&field, out, err);
            if (status != PROV_OK)
                return status;
            provi_field_skip_blanks(&field);
        }
        if (!provi_field_has(&field, ',') && !provi_field_is_done(&field))
            return fail_at(&field, "',' between two parameters", err);
    } while (provi_field_skip(&field, ',')); /* list items may be empty */
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
