/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "store/seal.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/crc.h"
#include "base/str.h"

static const char prefix[] = "<!-- crc32 ";
static const char suffix[] = ", delete this line after editing by hand -->";

enum {
    N_DIGITS = 8,
    PREFIX_LEN = sizeof prefix - 1,
    SUFFIX_LEN = sizeof suffix - 1,
    SEAL_LEN = PREFIX_LEN + N_DIGITS + SUFFIX_LEN,
};

/* The seal that belongs behind a text, without line break. */
static void write_seal(char seal[SEAL_LEN + 1], prov_str text)
{
    snprintf(seal, SEAL_LEN + 1, "%s%08" PRIx32 "%s", prefix, provi_crc32(text), suffix);
}

prov_status provi_seal_add(struct provi_buffer *text, const struct prov_alloc *alloc)
{
    char seal[SEAL_LEN + 1];
    write_seal(seal, provi_buffer_str(text));
    seal[SEAL_LEN] = '\n';
    return provi_buffer_add(text, alloc, seal, sizeof seal);
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
    char expected[SEAL_LEN + 1];
    write_seal(expected, text);
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
