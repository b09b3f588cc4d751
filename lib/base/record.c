/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/record.h"

#include <zlib.h>

void provi_record_init(struct provi_record *record, const struct prov_alloc *alloc, size_t max)
{
    *record = (struct provi_record){.alloc = alloc};
    provi_buffer_init(&record->bytes, max, true);
}

void provi_record_bytes(struct provi_record *record, const void *data, size_t len)
{
    if (record->status == PROV_OK)
        record->status = provi_buffer_add(&record->bytes, record->alloc, data, len);
}

void provi_record_number(struct provi_record *record, uint64_t number, unsigned n_bytes)
{
    unsigned char bytes[8];
    for (unsigned i = 0; i < n_bytes; i++)
        bytes[i] = (unsigned char)(number >> (8 * i));
    provi_record_bytes(record, bytes, n_bytes);
}

void provi_record_count(struct provi_record *record, uint64_t number)
{
    for (; number > 0x7f; number >>= 7)
        provi_record_number(record, number | 0x80, 1);
    provi_record_number(record, number, 1);
}

void provi_record_text(struct provi_record *record, prov_str text)
{
    provi_record_number(record, text.len, 4);
    provi_record_bytes(record, text.data, text.len);
}

const char *provi_reading_bytes(struct provi_reading *reading, size_t len)
{
    if (len > reading->bytes.len - reading->at) {
        reading->is_short = true;
        return NULL;
    }
    const char *bytes = reading->bytes.data + reading->at;
    reading->at += len;
    return bytes;
}

uint64_t provi_reading_number(struct provi_reading *reading, unsigned n_bytes)
{
    const char *bytes = provi_reading_bytes(reading, n_bytes);
    uint64_t number = 0;
    for (unsigned i = 0; bytes && i < n_bytes; i++)
        number |= (uint64_t)(unsigned char)bytes[i] << (8 * i);
    return number;
}

uint64_t provi_reading_count(struct provi_reading *reading)
{
    uint64_t number = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
        uint64_t byte = provi_reading_number(reading, 1);
        number |= (byte & 0x7f) << shift;
        if (byte <= 0x7f)
            break;
    }
    return number;
}

prov_str provi_reading_text(struct provi_reading *reading)
{
    size_t len = (size_t)provi_reading_number(reading, 4);
    const char *bytes = provi_reading_bytes(reading, len);
    return (prov_str){bytes, bytes ? len : 0};
}

uint32_t provi_crc32(uint32_t crc, prov_str bytes)
{
    return bytes.len ? (uint32_t)crc32_z(crc, (const unsigned char *)bytes.data, bytes.len) : crc;
}
