/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/tar.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK = 512, SUM_AT = 148, SUM_LEN = 8, SIZE_AT = 124, NAME_LEN = 100, DIGITS = 11 };

static unsigned sum_of(const unsigned char *header)
{
    unsigned sum = 0;
    for (size_t i = 0; i < BLOCK; i++)
        sum += i >= SUM_AT && i < SUM_AT + SUM_LEN ? ' ' : header[i];
    return sum;
}

void tar_add(FILE *out, const char *name, prov_str content, int64_t mtime_s)
{
    static const char zeros[BLOCK];
    char header[BLOCK] = "";
    snprintf(header, NAME_LEN, "%s", name);
    snprintf(header + 100, 8, "%07o", 0600u);
    snprintf(header + 108, 8, "%07o", 0u);
    snprintf(header + 116, 8, "%07o", 0u);
    snprintf(header + SIZE_AT, DIGITS + 1, "%011llo", (unsigned long long)content.len);
    snprintf(header + 136, DIGITS + 1, "%011llo",
             (unsigned long long)(mtime_s > 0 ? mtime_s : 0) & 077777777777);
    header[156] = '0'; /* a regular file */
    memcpy(header + 257,
           "ustar\0"
           "00",
           8);
    snprintf(header + SUM_AT, SUM_LEN - 1, "%06o", sum_of((const unsigned char *)header));
    header[SUM_AT + SUM_LEN - 1] = ' ';
    fwrite(header, 1, BLOCK, out);
    fwrite(content.data, 1, content.len, out);
    fwrite(zeros, 1, (BLOCK - content.len % BLOCK) % BLOCK, out);
}

void tar_end(FILE *out)
{
    static const char zeros[2 * BLOCK];
    fwrite(zeros, 1, sizeof zeros, out);
}

/* @return false if it is not an octal number. */
static bool read_octal(const char *digits, size_t n, uint64_t *number)
{
    *number = 0;
    for (size_t i = 0; i < n && digits[i] != '\0' && digits[i] != ' '; i++) {
        if (digits[i] < '0' || digits[i] > '7')
            return false;
        *number = *number << 3 | (uint64_t)(digits[i] - '0');
    }
    return true;
}

static bool is_header(const char *header)
{
    uint64_t sum;
    return memcmp(header + 257, "ustar", 5) == 0 && read_octal(header + SUM_AT, SUM_LEN, &sum) &&
           sum == sum_of((const unsigned char *)header);
}

bool tar_find(prov_str archive, const char *name, prov_str *content)
{
    while (archive.len >= BLOCK && is_header(archive.data)) {
        uint64_t size;
        const char *header = archive.data;
        if (!read_octal(header + SIZE_AT, DIGITS, &size) || size > archive.len - BLOCK)
            return false;
        *content = (prov_str){header + BLOCK, (size_t)size};
        if (strncmp(header, name, NAME_LEN) == 0)
            return true;
        size_t taken = BLOCK + ((size_t)size + BLOCK - 1) / BLOCK * BLOCK;
        if (taken > archive.len)
            return false;
        archive = (prov_str){archive.data + taken, archive.len - taken};
    }
    return false;
}
