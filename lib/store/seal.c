/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/record.h"
#include "base/str.h"

static const char prefix[] = "<!-- crc32 ";
static const char suffix[] = ", delete this line after editing by hand -->";

enum {
    N_DIGITS = 8,
    PREFIX_LEN = sizeof prefix - 1,
    SUFFIX_LEN = sizeof suffix - 1,
    SEAL_LEN = PREFIX_LEN + N_DIGITS + SUFFIX_LEN,
};

_Static_assert(SEAL_LEN + 2 == PROVI_SEAL_BYTES, "with a line break and a NUL");

prov_str provi_seal_line(uint32_t crc, char line[PROVI_SEAL_BYTES])
{
    snprintf(line, PROVI_SEAL_BYTES, "%s%08" PRIx32 "%s\n", prefix, crc, suffix);
    return (prov_str){line, PROVI_SEAL_BYTES - 1};
}

static bool has_form_of_seal(const char *line)
{
    for (size_t i = 0; i < N_DIGITS; i++) {
        char c = line[PREFIX_LEN + i];
        if (!provi_is_digit(c) && (c < 'a' || c > 'f'))
            return false;
    }
    return memcmp(line, prefix, PREFIX_LEN) == 0 &&
           memcmp(line + PREFIX_LEN + N_DIGITS, suffix, SUFFIX_LEN) == 0;
}

enum provi_seal provi_seal_check(prov_str text)
{
    while (text.len != 0 && provi_is_blank(text.data[text.len - 1]))
        text.len--;
    if (text.len < SEAL_LEN)
        return PROVI_SEAL_NONE;
    text.len -= SEAL_LEN;
    const char *found = text.data + text.len;
    if (!has_form_of_seal(found))
        return PROVI_SEAL_NONE;
    char expected[PROVI_SEAL_BYTES];
    provi_seal_line(provi_crc32(text), expected);
    return memcmp(found, expected, SEAL_LEN) == 0 ? PROVI_SEAL_GOOD : PROVI_SEAL_BROKEN;
}

uint64_t provi_seal_format(prov_str text)
{
    const prov_str mark = PROVI_LIT("<!-- store format ");
    uint64_t format = PROVI_STORE_FORMAT;
    if (!provi_str_starts(text, mark))
        return format;
    prov_str rest = provi_str_from_offset(text, mark.len);
    rest.len = provi_str_find(rest, ' ');
    return provi_str_to_u64(rest, UINT64_MAX, &format) ? format : UINT64_MAX;
}
