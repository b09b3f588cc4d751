/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/trailer.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/alloc.h"
#include "base/error.h"
#include "base/str.h"

const prov_str provi_origins_name = {"origins", sizeof "origins" - 1};

static const char crc_prefix[] = "<!-- crc32 ";
static const char crc_suffix[] = ", delete this line after editing by hand -->";

enum {
    N_CRC_DIGITS = 8,
    CRC_PREFIX_LEN = sizeof crc_prefix - 1,
    CRC_SUFFIX_LEN = sizeof crc_suffix - 1,
    CRC_LEN = CRC_PREFIX_LEN + N_CRC_DIGITS + CRC_SUFFIX_LEN,
};

_Static_assert(CRC_LEN + 2 == PROVI_CHECKSUM_BYTES, "with a line break and a NUL");

prov_str provi_checksum_line(uint32_t crc, char line[PROVI_CHECKSUM_BYTES])
{
    snprintf(line, PROVI_CHECKSUM_BYTES, "%s%08" PRIx32 "%s\n", crc_prefix, crc, crc_suffix);
    return (prov_str){line, PROVI_CHECKSUM_BYTES - 1};
}

static bool is_checksum(const char *line)
{
    for (size_t i = 0; i < N_CRC_DIGITS; i++) {
        char c = line[CRC_PREFIX_LEN + i];
        if (!provi_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
    }
    return memcmp(line, crc_prefix, CRC_PREFIX_LEN) == 0 &&
           memcmp(line + CRC_PREFIX_LEN + N_CRC_DIGITS, crc_suffix, CRC_SUFFIX_LEN) == 0;
}

enum provi_checksum provi_checksum_check(prov_str text)
{
    while (text.len != 0 && provi_is_blank(text.data[text.len - 1]))
        text.len--;
    if (text.len < CRC_LEN)
        return PROVI_CHECKSUM_NONE;
    text.len -= CRC_LEN;
    const char *found = text.data + text.len;
    if (!is_checksum(found))
        return PROVI_CHECKSUM_NONE;
    char expected[PROVI_CHECKSUM_BYTES];
    provi_checksum_line(provi_crc32(0, text), expected);
    return memcmp(found, expected, CRC_LEN) == 0 ? PROVI_CHECKSUM_GOOD : PROVI_CHECKSUM_WRONG;
}

uint64_t provi_store_format(prov_str text)
{
    const prov_str mark = PROVI_LIT("<!-- store format ");
    uint64_t format = PROVI_STORE_FORMAT;
    if (!provi_str_starts(text, mark))
        return format;
    prov_str rest = provi_str_from_offset(text, mark.len);
    rest.len = provi_str_find(rest, ' ');
    return provi_str_to_u64(rest, UINT64_MAX, &format) ? format : UINT64_MAX;
}

static const char prefix[] = "<!-- kept ";
static const char suffix[] = " -->";

enum { MAX_NAME = 16, PREFIX_LEN = sizeof prefix - 1, SUFFIX_LEN = sizeof suffix - 1 };

static prov_status write_text(prov_str text, const struct prov_sink *sink, struct prov_error *err)
{
    return sink->write(sink->ctx, text.data, text.len, err);
}

/* Write in pieces, which are wiped: the bytes may be secret. */
static prov_status write_hex(prov_str bytes, const struct prov_sink *sink, struct prov_error *err)
{
    char hex[256];
    prov_status status = PROV_OK;
    for (size_t at = 0; at < bytes.len && status == PROV_OK;) {
        size_t n = bytes.len - at < sizeof hex / 2 ? bytes.len - at : sizeof hex / 2;
        provi_hex_write(bytes.data + at, n, hex);
        status = write_text((prov_str){hex, 2 * n}, sink, err);
        at += n;
    }
    provi_wipe(hex, sizeof hex);
    return status;
}

prov_status provi_records_write_line(prov_str name, prov_str bytes, const struct prov_sink *sink,
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

static bool is_hex(prov_str text)
{
    for (size_t i = 0; i < text.len; i++)
        if (!provi_is_digit(text.data[i]) && (text.data[i] < 'a' || text.data[i] > 'f'))
            return false;
    return text.len % 2 == 0;
}

bool provi_records_is_name(prov_str name)
{
    for (size_t i = 0; i < name.len; i++)
        if (name.data[i] < 'a' || name.data[i] > 'z')
            return false;
    return name.len > 0 && name.len <= MAX_NAME;
}

/* Split a line into name and digits; false: it has another format. */
static bool split_line(prov_str line, prov_str *name, prov_str *hex)
{
    if (line.len < PREFIX_LEN + SUFFIX_LEN || memcmp(line.data, prefix, PREFIX_LEN) != 0 ||
        memcmp(line.data + line.len - SUFFIX_LEN, suffix, SUFFIX_LEN) != 0)
        return false;
    prov_str inner = {line.data + PREFIX_LEN, line.len - PREFIX_LEN - SUFFIX_LEN};
    size_t blank = provi_str_find(inner, ' ');
    *name = (prov_str){inner.data, blank};
    *hex = provi_str_from_offset(inner, blank + 1);
    return provi_records_is_name(*name) && hex->len > 0 && is_hex(*hex);
}

static prov_status read_line(struct provi_stage *records, struct provi_buffer *origins,
                             prov_str name, prov_str hex, struct prov_error *err)
{
    struct provi_buffer bytes;
    if (provi_str_eq(name, PROVI_LIT("trial"))) /* its name in the first files */
        name = PROVI_LIT(PROV_RECORD_UNDO);
    provi_buffer_init(&bytes, hex.len / 2, true);
    if (provi_buffer_reserve(&bytes, &records->alloc, hex.len / 2) != PROV_OK)
        return provi_fail_nomem(err);
    for (size_t i = 0; i < hex.len; i += 2)
        bytes.data[bytes.len++] = (char)provi_hex_byte(hex, i);
    if (provi_str_eq(name, provi_origins_name)) {
        provi_buffer_free(origins, &records->alloc); /* of two such lines, the upper one is used */
        *origins = bytes;
        return PROV_OK;
    }
    const struct prov_param one = {
        .size = sizeof one,
        .name = name,
        .value = provi_buffer_str(&bytes),
        .has_value = PROV_VALUE_GIVEN,
    };
    prov_status status = provi_stage_add(records, &one, err);
    provi_buffer_free(&bytes, &records->alloc);
    return status;
}

/* The last line, without blanks after it. */
static prov_str last_line(prov_str text)
{
    while (text.len > 0 && provi_is_blank(text.data[text.len - 1]))
        text.len--;
    size_t start = text.len;
    while (start > 0 && text.data[start - 1] != '\n')
        start--;
    return provi_str_from_offset(text, start);
}

static bool is_comment(prov_str line)
{
    const prov_str end = PROVI_LIT("-->");
    return line.len > end.len && provi_str_starts(line, PROVI_LIT("<!--")) &&
           provi_str_eq(provi_str_from_offset(line, line.len - end.len), end);
}

/* The checksum, one that is damaged, and comments of a person's may stand among the records. */
prov_status provi_records_read(struct provi_stage *records, struct provi_buffer *origins,
                               prov_str *text, struct prov_error *err)
{
    prov_str rest = *text;
    for (;;) {
        prov_str name, hex;
        prov_str line = last_line(rest);
        bool is_record = split_line(line, &name, &hex);
        if (!is_record && !is_comment(line))
            return PROV_OK;
        prov_status status = is_record ? read_line(records, origins, name, hex, err) : PROV_OK;
        if (status != PROV_OK)
            return status;
        rest.len = (size_t)(line.data - rest.data);
        if (is_record)
            *text = rest;
    }
}

bool provi_records_differ(const struct provi_stage *committed, const struct provi_stage *staged)
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

prov_status provi_records_join(const struct provi_stage *committed,
                               const struct provi_stage *staged, struct provi_stage *next,
                               struct prov_error *err)
{
    prov_status status =
        provi_stage_reserve(next, provi_stage_n(committed) + provi_stage_n(staged),
                            provi_stage_text_bytes(committed) + provi_stage_text_bytes(staged));
    if (status != PROV_OK)
        return provi_fail_nomem(err);
    for (size_t i = 0; i < provi_stage_n(committed) && status == PROV_OK; i++) {
        struct prov_param record = provi_stage_get(committed, i);
        if (!provi_stage_find(staged, record.name, NULL))
            status = provi_stage_add(next, &record, err);
    }
    for (size_t i = 0; i < provi_stage_n(staged) && status == PROV_OK; i++) {
        struct prov_param record = provi_stage_get(staged, i);
        if (record.value.len > 0) /* an empty one is deleted */
            status = provi_stage_add(next, &record, err);
    }
    return status;
}

enum { ORIGINS_FORMAT = 1 };

bool provi_origins_exist(const struct provi_holdings *holdings)
{
    return holdings->params.sources.n > 0 || provi_stage_n(&holdings->lower) > 0;
}

void provi_origins_write(struct provi_record *record, const struct provi_holdings *holdings)
{
    const struct provi_stage *lower = &holdings->lower;
    provi_record_number(record, ORIGINS_FORMAT, 1);
    provi_record_number(record, provi_stage_hash(&holdings->params, 0), 8);
    provi_record_count(record, provi_stage_n(lower));
    for (size_t i = 0; i < provi_stage_n(lower); i++) {
        struct prov_param param = provi_stage_get(lower, i);
        provi_record_number(record, param.has_value, 1);
        provi_record_text(record, param.name);
        provi_record_text(record, param.value);
    }
    provi_sources_write(record, &holdings->params);
    provi_sources_write(record, lower);
}

/* Read the server's values; each must be under a value of the user's. */
static prov_status read_lower(struct provi_reading *reading, struct provi_holdings *holdings)
{
    prov_status status = PROV_OK;
    uint64_t n = provi_reading_count(reading);
    for (uint64_t i = 0; i < n && status == PROV_OK; i++) {
        struct prov_param upper, param = {.size = sizeof param};
        param.has_value = provi_reading_number(reading, 1) == PROV_VALUE_GIVEN;
        param.name = provi_reading_text(reading);
        param.value = provi_reading_text(reading);
        if (reading->is_short || provi_store_check(&param, NULL) != PROV_OK ||
            !provi_stage_find(&holdings->params, param.name, &upper) || !upper.has_value)
            return PROV_E_CORRUPT;
        status = provi_stage_add(&holdings->lower, &param, NULL);
    }
    return status;
}

static prov_status read_origins(struct provi_reading *reading, struct provi_holdings *holdings)
{
    if (provi_reading_number(reading, 1) != ORIGINS_FORMAT ||
        provi_reading_number(reading, 8) != provi_stage_hash(&holdings->params, 0))
        return PROV_E_CORRUPT;
    prov_status status = read_lower(reading, holdings);
    if (status == PROV_OK)
        status = provi_sources_read(reading, &holdings->params);
    if (status == PROV_OK)
        status = provi_sources_read(reading, &holdings->lower);
    return status;
}

prov_status provi_origins_read(struct provi_reading *reading, struct provi_holdings *holdings)
{
    prov_status status = reading->bytes.len ? read_origins(reading, holdings) : PROV_OK;
    if (status == PROV_OK || status == PROV_E_NOMEM)
        return status;
    provi_stage_free(&holdings->lower);
    for (size_t i = 0; i < provi_stage_n(&holdings->params); i++) {
        struct provi_stage_entry *entry = &holdings->params.entries[i];
        entry->source = PROVI_NO_SOURCE;
        entry->line = 0;
    }
    return PROV_OK;
}
