/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/** A form that a browser has submitted: application/x-www-form-urlencoded. */
#ifndef PHONE_WEB_FORM_H
#define PHONE_WEB_FORM_H

#include <stdbool.h>
#include <stddef.h>

#include <provision/provision.h>

/** One field. */
struct form_field {
    prov_str name, value; /* decoded */
    char *error;          /* reason for which the value was refused; owned, NULL: none */
};

struct web_form {
    char *text; /* memory of the fields' texts, len bytes; owned, and wiped */
    size_t len;
    struct form_field *fields; /* n; owned */
    size_t n;
};

/**
 * Read a body.
 *
 * @param[out] form  Ended by form_free(), also after a failure.
 * @return false without memory, or for more than a thousand fields.
 */
bool form_read(struct web_form *form, const char *body, size_t len);

/** Release it. */
void form_free(struct web_form *form);

/** Find a field by its name; NULL: there is none. */
struct form_field *form_find(const struct web_form *form, prov_str name);

#endif
