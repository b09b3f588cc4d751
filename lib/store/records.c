/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/records.h"

#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"
#include "store/origins.h"
#include "store/seal.h"

enum { MAX_NAME = 16 };

static const char prefix[] = "<!-- kept ";
static const char suffix[] = " -->";

enum { PREFIX_LEN = sizeof prefix - 1, SUFFIX_LEN = sizeof suffix - 1 };

static prov_status write_text(prov_str text, const struct prov_sink *sink, struct prov_error *err)
{
    return sink->write(sink->ctx, text.data, text.len, err);
}

/* Of bytes that may be secret: a piece at a time, and nothing left of it. */
static prov_status write_hex(prov_str bytes, const struct prov_sink *sink, struct prov_error *err)
{
    static const char digits[] = "0123456789abcdef";
    char hex[256];
    prov_status status = PROV_OK;
    for (size_t at = 0; at < bytes.len && status == PROV_OK;) {
        size_t len = 0;
        for (; at < bytes.len && len < sizeof hex; at++) {
            unsigned char byte = (unsigned char)bytes.data[at];
            hex[len++] = digits[byte >> 4];
            hex[len++] = digits[byte & 15];
        }
        status = write_text((prov_str){hex, len}, sink, err);
    }
    provi_wipe(hex, sizeof hex);
    return status;
}

prov_status provi_kept_write_line(prov_str name, prov_str bytes, const struct prov_sink *sink,
                                  struct prov_error *err)
{
    prov_status status = write_text((prov_str){prefix, PREFIX_LEN}, sink, err);
    if (status == PROV_OK)
        status = write_text(name, sink, err);
    if (status == PROV_OK)
        status = write_text(PROVI_LIT(" "), sink, err);
    if (status == PROV_OK)
        status = write_hex(bytes, sink, err);
    if (status == PROV_OK)
        status = write_text((prov_str){suffix, SUFFIX_LEN}, sink, err);
    return status == PROV_OK ? write_text(PROVI_LIT("\n"), sink, err) : status;
}

prov_status provi_kept_write(const struct provi_stage *kept, const struct prov_sink *sink,
                             struct prov_error *err)
{
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(kept) && status == PROV_OK; i++)
        status =
            provi_kept_write_line(provi_stage_name(kept, i), provi_stage_value(kept, i), sink, err);
    return status;
}

static int digit_of(char c)
{
    if (provi_is_digit(c))
        return c - '0';
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static bool is_hex(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (digit_of(text.data[i]) < 0)
            return false;
    return text.len % 2 == 0;
}

bool provi_kept_is_name(prov_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] < 'a' || name.data[i] > 'z')
            return false;
    return name.len > 0 && name.len <= MAX_NAME;
}

/* Split a line into name and digits; false: it is something else. */
static bool split_line(prov_str line, prov_str *name, prov_str *hex)
{
    if (line.len < PREFIX_LEN + SUFFIX_LEN || memcmp(line.data, prefix, PREFIX_LEN) != 0 ||
        memcmp(line.data + line.len - SUFFIX_LEN, suffix, SUFFIX_LEN) != 0)
        return false;
    prov_str inner = {line.data + PREFIX_LEN, line.len - PREFIX_LEN - SUFFIX_LEN};
    size_t blank = provi_str_find(inner, ' ');
    *name = (prov_str){inner.data, blank};
    *hex = provi_str_from_offset(inner, blank + 1);
    return provi_kept_is_name(*name) && hex->len > 0 && is_hex(*hex);
}

static prov_status read_hex(struct provi_buffer *bytes, const struct prov_alloc *alloc,
                            prov_str hex, struct prov_error *err)
{
    provi_buffer_init(bytes, hex.len / 2, true);
    if (provi_buffer_reserve(bytes, alloc, hex.len / 2) != PROV_OK)
        return provi_fail_nomem(err);
    for (size_t i = 0; i < hex.len; i += 2)
        bytes->data[bytes->len++] = (char)(digit_of(hex.data[i]) << 4 | digit_of(hex.data[i + 1]));
    return PROV_OK;
}

static prov_status keep_line(struct provi_stage *kept, struct provi_buffer *origins, prov_str name,
                             prov_str hex, struct prov_error *err)
{
    struct provi_buffer bytes;
    prov_status status = read_hex(&bytes, &kept->alloc, hex, err);
    if (status != PROV_OK)
        return status;
    if (provi_str_eq(name, provi_origins_name)) {
        provi_buffer_free(origins, &kept->alloc); /* of two such lines the upper one counts */
        *origins = bytes;
        return PROV_OK;
    }
    const struct prov_param one = {
        .size = sizeof one,
        .name = name,
        .value = provi_buffer_str(&bytes),
        .has_value = PROV_VALUE_GIVEN,
    };
    status = provi_stage_add(kept, &one, err);
    provi_buffer_free(&bytes, &kept->alloc);
    return status;
}

/* The last line, without blanks behind it. */
static prov_str last_line(prov_str text)
{
    while (text.len > 0 && provi_is_blank(text.data[text.len - 1]))
        text.len--;
    size_t start = text.len;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    return provi_str_from_offset(text, start);
}

prov_status provi_kept_read(struct provi_stage *kept, struct provi_buffer *origins, prov_str *text,
                            struct prov_error *err)
{
    prov_str rest = *text;
    if (provi_seal_check(rest) != PROVI_SEAL_NONE)
        rest.len = (size_t)(last_line(rest).data - rest.data);
    for (;;) {
        prov_str name, hex;
        prov_str line = last_line(rest);
        if (!split_line(line, &name, &hex))
            return PROV_OK;
        prov_status status = keep_line(kept, origins, name, hex, err);
        if (status != PROV_OK)
            return status;
        rest.len = (size_t)(line.data - rest.data);
        *text = rest;
    }
}

bool provi_kept_differs(const struct provi_stage *committed, const struct provi_stage *staged)
{
    for (size_t i = 0; i < provi_stage_n(staged); i++) {
        struct prov_param change = provi_stage_get(staged, i);
        struct prov_param before = {0};
        provi_stage_find(committed, change.name, &before);
        if (!provi_str_eq(before.value, change.value))
            return true;
    }
    return false;
}

static prov_status add_if_any(struct provi_stage *next, const struct prov_param *kept,
                              struct prov_error *err)
{
    return kept->value.len > 0 ? provi_stage_add(next, kept, err) : PROV_OK;
}

prov_status provi_kept_join(const struct provi_stage *committed, const struct provi_stage *staged,
                            struct provi_stage *next, struct prov_error *err)
{
    prov_status status = PROV_OK;
    for (size_t i = 0; i < provi_stage_n(committed) && status == PROV_OK; i++) {
        struct prov_param kept = provi_stage_get(committed, i);
        if (!provi_stage_find(staged, kept.name, NULL))
            status = add_if_any(next, &kept, err);
    }
    for (size_t i = 0; i < provi_stage_n(staged) && status == PROV_OK; i++) {
        struct prov_param kept = provi_stage_get(staged, i);
        status = add_if_any(next, &kept, err);
    }
    return status;
}
