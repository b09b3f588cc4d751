/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#define _DEFAULT_SOURCE /* explicit_bzero() */
#include "web/form.h"

#include <stdlib.h>
#include <string.h>

#include "common/text.h"

enum { MAX_FIELDS = 1000 };

static int digit(char letter)
{
    static const char digits[] = "0123456789abcdef0123456789ABCDEF";
    const char *found = letter ? strchr(digits, letter) : NULL;
    return found ? (int)(found - digits) % 16 : -1;
}

/* Decode in place; a `%` without two digits is unchanged (URL Standard, 5.1). */
static prov_str decode(char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++) {
        int high = text[i] == '%' && i + 2 < len ? digit(text[i + 1]) : -1;
        int low = high >= 0 ? digit(text[i + 2]) : -1;
        if (low >= 0) {
            text[n++] = (char)(high * 16 + low);
            i += 2;
        } else {
            text[n++] = text[i] == '+' ? ' ' : text[i];
        }
    }
    return (prov_str){text, n};
}

static void add(struct web_form *form, char *text, size_t len)
{
    char *equals = memchr(text, '=', len);
    size_t name_len = equals ? (size_t)(equals - text) : len;
    struct form_field *field = &form->fields[form->n++];
    *field = (struct form_field){.name = decode(text, name_len)};
    if (equals)
        field->value = decode(equals + 1, len - name_len - 1);
}

bool form_read(struct web_form *form, const char *body, size_t len)
{
    *form = (struct web_form){.text = malloc(len + 1), .len = len};
    size_t n = 1;
    for (size_t i = 0; i < len; i++)
        n += body[i] == '&';
    if (!form->text || n > MAX_FIELDS || !(form->fields = calloc(n, sizeof *form->fields)))
        return false;
    if (len)
        memcpy(form->text, body, len);
    for (size_t at = 0, end; at < len; at = end + 1) {
        const char *ampersand = memchr(form->text + at, '&', len - at);
        end = ampersand ? (size_t)(ampersand - form->text) : len;
        if (end > at)
            add(form, form->text + at, end - at);
    }
    return true;
}

void form_free(struct web_form *form)
{
    for (size_t i = 0; i < form->n; i++)
        free(form->fields[i].error);
    free(form->fields);
    if (form->text)
        explicit_bzero(form->text, form->len);
    free(form->text);
}

struct form_field *form_find(const struct web_form *form, prov_str name)
{
    for (size_t i = 0; i < form->n; i++)
        if (text_is_equal(form->fields[i].name, name))
            return &form->fields[i];
    return NULL;
}
