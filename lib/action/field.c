/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "action/field.h"

#include "base/str.h"

bool provi_field_skip(struct provi_field *field, char c)
{
    bool is_next = provi_field_has(field, c);
    field->at += is_next;
    return is_next;
}

void provi_field_skip_blanks(struct provi_field *field)
{
    while (!provi_field_is_done(field) && provi_is_blank(field->text.data[field->at]))
        field->at++;
}

prov_str provi_field_token(struct provi_field *field)
{
    size_t start = field->at;
    while (!provi_field_is_done(field) && provi_is_token(field->text.data[field->at]))
        field->at++;
    return (prov_str){field->text.data + start, field->at - start};
}

bool provi_field_quoted(struct provi_field *field, prov_str *value, bool *has_pairs)
{
    if (!provi_field_skip(field, '"'))
        return false;
    size_t start = field->at;
    *has_pairs = false;
    for (; !provi_field_is_done(field) && !provi_field_has(field, '"'); field->at++) {
        if (provi_field_has(field, '\\')) {
            *has_pairs = true;
            if (++field->at == field->text.len)
                return false;
        }
        char c = field->text.data[field->at];
        if (provi_is_control(c) && c != '\t')
            return false;
    }
    *value = (prov_str){field->text.data + start, field->at - start};
    return provi_field_skip(field, '"');
}
