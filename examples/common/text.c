/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "common/text.h"

#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* If the first byte leaves a choice, the second must not make an overlong form, a surrogate or a
 * character beyond U+10FFFF. */
static bool is_second_byte(unsigned char first, unsigned char second)
{
    switch (first) {
    case 0xe0: return second >= 0xa0 && second <= 0xbf;
    case 0xed: return second >= 0x80 && second <= 0x9f;
    case 0xf0: return second >= 0x90 && second <= 0xbf;
    case 0xf4: return second >= 0x80 && second <= 0x8f;
    default: return second >= 0x80 && second <= 0xbf;
    }
}

size_t text_utf8_len(prov_str text)
{
    const unsigned char *bytes = (const unsigned char *)text.data;
    if (text.len == 0)
        return 0;
    if (bytes[0] < 0x80)
        return 1;
    if (bytes[0] < 0xc2 || bytes[0] > 0xf4)
        return 0;
    size_t len = bytes[0] < 0xe0 ? 2 : bytes[0] < 0xf0 ? 3 : 4;
    if (len > text.len || !is_second_byte(bytes[0], bytes[1]))
        return 0;
    for (size_t i = 2; i < len; i++)
        if (bytes[i] < 0x80 || bytes[i] > 0xbf)
            return 0;
    return len;
}

/* C0, DEL, and C1, which is C2 80 to C2 9F in UTF-8: terminals interpret them. */
static bool is_control(const char *data, size_t len)
{
    unsigned char first = (unsigned char)data[0];
    return first < 0x20 || first == 0x7f ||
           (len == 2 && first == 0xc2 && (unsigned char)data[1] < 0xa0);
}

const char *text_clean(prov_str text, char *buf, size_t cap)
{
    static const char ellipsis[] = "...";
    size_t len = 0;
    size_t fits = 0; /* length that leaves room for the ellipsis */
    while (text.len) {
        size_t n = text_utf8_len(text);
        bool is_plain = n > 0 && !is_control(text.data, n);
        size_t width = is_plain ? n : 1;
        if (len + width >= cap) {
            memcpy(buf + fits, ellipsis, sizeof ellipsis);
            return buf;
        }
        memcpy(buf + len, is_plain ? text.data : "?", width);
        len += width;
        if (len + sizeof ellipsis <= cap)
            fits = len;
        n = n ? n : 1;
        text = (prov_str){text.data + n, text.len - n};
    }
    buf[len] = '\0';
    return buf;
}

void text_put(FILE *out, prov_str text)
{
    while (text.len) {
        size_t n = text_utf8_len(text);
        if (n > 0 && !is_control(text.data, n))
            fwrite(text.data, 1, n, out);
        else
            fputc('?', out);
        n = n ? n : 1;
        text = (prov_str){text.data + n, text.len - n};
    }
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned smaller = a < b ? a : b;
    return smaller < c ? smaller : c;
}

unsigned text_distance(prov_str a, prov_str b)
{
    unsigned rows[3][TEXT_DISTANCE_MAX + 1];
    unsigned *before = rows[0], *last = rows[1], *row = rows[2];
    for (size_t j = 0; j <= b.len; j++)
        last[j] = (unsigned)j;
    for (size_t i = 1; i <= a.len; i++) {
        row[0] = (unsigned)i;
        for (size_t j = 1; j <= b.len; j++) {
            unsigned change = last[j - 1] + (a.data[i - 1] != b.data[j - 1]);
            row[j] = least(last[j] + 1, row[j - 1] + 1, change);
            bool is_swap =
                i > 1 && j > 1 && a.data[i - 1] == b.data[j - 2] && a.data[i - 2] == b.data[j - 1];
            if (is_swap && before[j - 2] + 1 < row[j])
                row[j] = before[j - 2] + 1;
        }
        unsigned *oldest = before;
        before = last;
        last = row;
        row = oldest;
    }
    return last[b.len];
}

bool text_is_equal(prov_str a, prov_str b)
{
    return a.len == b.len && (a.len == 0 || memcmp(a.data, b.data, a.len) == 0);
}

bool text_is(prov_str text, const char *word)
{
    return text_is_equal(text, prov_str_from(word));
}

prov_str text_cut_line(prov_str *text)
{
    const char *end = text->len ? memchr(text->data, '\n', text->len) : NULL;
    prov_str line = {text->data, end ? (size_t)(end - text->data) : text->len};
    size_t n_cut = line.len + (end != NULL);
    *text = (prov_str){text->len ? text->data + n_cut : NULL, text->len - n_cut};
    return line;
}

char *text_copy(prov_str text)
{
    char *copy = calloc(1, text.len + 1);
    if (copy && text.len)
        memcpy(copy, text.data, text.len);
    return copy;
}

char *text_redact(prov_str rule)
{
    size_t len = 0;
    prov_rule_redact(rule, NULL, 0, &len);
    char *text = malloc(len + 1);
    if (text)
        prov_rule_redact(rule, text, len + 1, &len);
    return text;
}

const char *text_error(const struct prov_error *err, char *buf, size_t cap)
{
    char line[512];
    prov_error_format(err, line, sizeof line);
    return text_clean(prov_str_from(line), buf, cap);
}

prov_status text_fail(prov_status status, const char *subject, const char *message,
                      struct prov_error *err)
{
    if (!err)
        return status;
    *err = (struct prov_error){.size = sizeof *err, .status = status};
    snprintf(err->subject, sizeof err->subject, "%s", subject);
    snprintf(err->message, sizeof err->message, "%s", message);
    return status;
}

prov_status text_fail_file(prov_status status, const char *path, struct prov_error *err)
{
    int native = errno;
    text_fail(status, "", strerror(native), err);
    if (!err)
        return status;
    err->origin = PROV_ORIGIN_OS;
    err->native = native;
    snprintf(err->source, sizeof err->source, "%s", path);
    return status;
}

int print_failure(const struct prov_error *err, int exit_status)
{
    char line[512];
    fprintf(stderr, "%s: %s\n", program_name, text_error(err, line, sizeof line));
    return exit_status;
}
