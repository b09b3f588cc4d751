/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "transfer/transfer.h"

#include <string.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

/* Fields that the library sets, and fields that change how a message is framed. */
static const char taken[][18] = {
    "Accept-Encoding",
    "Authorization",
    "Connection",
    "Content-Encoding",
    "Content-Length",
    "Content-Type",
    "Expect",
    "Host",
    "Keep-Alive",
    "Range",
    "TE",
    "Trailer",
    "Upgrade",
    "Transfer-Encoding",
    "User-Agent",
};
static const char taken_beginnings[][7] = {"If-", "Proxy-"};

static bool is_taken(prov_str name)
{
    for (size_t i = 0; i < PROVI_LEN(taken); i++)
        if (provi_str_eq_nocase(name, prov_str_from(taken[i])))
            return true;
    for (size_t i = 0; i < PROVI_LEN(taken_beginnings); i++) {
        prov_str beginning = prov_str_from(taken_beginnings[i]);
        prov_str head = {name.data, beginning.len};
        if (name.len >= beginning.len && provi_str_eq_nocase(head, beginning))
            return true;
    }
    return false;
}

static bool is_name(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!provi_is_token(text.data[i]))
            return false;
    return text.len > 0;
}

/* Whether a text is a field value (section 5.5); it must not contain a line end. */
static bool is_value(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (provi_is_control(text.data[i]) && text.data[i] != '\t')
            return false;
    return text.len > 0 && provi_str_trim(text).len == text.len;
}

static prov_status check_one(const struct prov_header *header, struct prov_error *err)
{
    if (!provi_str_is_sound(header->name) || !provi_str_is_sound(header->value))
        return provi_fail_invalid(err, "a header's text without data");
    if (!is_name(header->name))
        return provi_fail_invalid(err, "a header's name is no token");
    if (is_taken(header->name))
        return provi_fail(err, PROV_E_INVALID, "header %.*s is the library's own",
                          PROVI_STR(header->name));
    if (!is_value(header->value))
        return provi_fail(err, PROV_E_INVALID, "value of header %.*s: empty, or not one line",
                          PROVI_STR(header->name));
    if (header->name.len + header->value.len > PROVI_MAX_HEADER_BYTES)
        return provi_fail(err, PROV_E_INVALID, "header %.*s is longer than %d bytes",
                          PROVI_STR(header->name), PROVI_MAX_HEADER_BYTES);
    return PROV_OK;
}

prov_status provi_headers_check(const struct prov_header *headers, size_t n_headers,
                                struct prov_error *err)
{
    if (n_headers > PROVI_MAX_HEADERS || (n_headers > 0 && !headers))
        return provi_fail_invalid(err, "more than 16 headers, or none where some were announced");
    prov_status status = PROV_OK;
    for (size_t i = 0; i < n_headers && status == PROV_OK; i++)
        status = check_one(&headers[i], err);
    return status;
}

static prov_str put(char **at, prov_str text)
{
    prov_str copy = {*at, text.len};
    memcpy(*at, text.data, text.len);
    *at += text.len;
    return copy;
}

prov_status provi_headers_copy(struct provi_headers *to, const struct prov_alloc *alloc,
                               const struct prov_header *headers, size_t n_headers,
                               struct prov_error *err)
{
    prov_status status = provi_headers_check(headers, n_headers, err);
    if (status != PROV_OK || n_headers == 0)
        return status;
    size_t size = n_headers * sizeof *to->list;
    for (size_t i = 0; i < n_headers; i++)
        size += headers[i].name.len + headers[i].value.len;
    to->list = provi_alloc(alloc, size);
    if (!to->list)
        return provi_fail_nomem(err);
    to->n = n_headers;
    to->size = size;
    char *at = (char *)(to->list + n_headers);
    for (size_t i = 0; i < n_headers; i++)
        to->list[i] = (struct prov_header){put(&at, headers[i].name), put(&at, headers[i].value)};
    return PROV_OK;
}

void provi_headers_free(struct provi_headers *headers, const struct prov_alloc *alloc)
{
    provi_free_secret(alloc, headers->list, headers->size);
    *headers = (struct provi_headers){0};
}
