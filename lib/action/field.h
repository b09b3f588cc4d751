/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A reader for the values of HTTP and SIP header fields. */
#ifndef PROVI_ACTION_FIELD_H
#define PROVI_ACTION_FIELD_H

#include <provision/base.h>

/** A position in a value. */
struct provi_field {
    prov_str text;
    size_t at; /* <= text.len */
};

/** Whether the end is reached. */
static inline bool provi_field_is_done(const struct provi_field *field)
{
    return field->at == field->text.len;
}

/** Whether @p c is next. */
static inline bool provi_field_has(const struct provi_field *field, char c)
{
    return field->at < field->text.len && field->text.data[field->at] == c;
}

/** Skip @p c, if it is next. */
bool provi_field_skip(struct provi_field *field, char c);

void provi_field_skip_blanks(struct provi_field *field);

/** Read a token (RFC 9110, section 5.6.2); empty if there is none. */
prov_str provi_field_token(struct provi_field *field);

/**
 * Read a quoted text. Quoted pairs in @p value are not resolved.
 *
 * @return false if it does not begin or end with a quote, or has a control character.
 */
bool provi_field_quoted(struct provi_field *field, prov_str *value, bool *has_pairs);

#endif
