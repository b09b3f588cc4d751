/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "base/content.h"

#include <stdio.h>
#include <string.h>

#include "base/array.h"
#include "base/error.h"
#include "base/str.h"

enum { MIN_BASE64 = 24, MIN_HEX = 32 };

/* Length of the UTF-8 sequence that starts with @p first; 0: there is none. */
static size_t sequence_len(unsigned char first)
{
    if (first < 0x80)
        return first >= 0x20 || provi_is_blank((char)first) ? 1 : 0;
    if (first < 0xc2)
        return 0;
    return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

bool provi_content_is_text(prov_str bytes)
{
    for (size_t i = 0; i < bytes.len;) {
        size_t n = sequence_len((unsigned char)bytes.data[i]);
        if (n == 0)
            return false;
        for (size_t k = 1; k < n && i + k < bytes.len; k++)
            if (((unsigned char)bytes.data[i + k] & 0xc0) != 0x80)
                return false;
        i += n;
    }
    return true;
}

static prov_str without_bom(prov_str text)
{
    return provi_str_starts(text, PROVI_LIT("\xef\xbb\xbf")) ? provi_str_from_offset(text, 3)
                                                             : text;
}

struct mark {
    prov_str bytes;
    const char *kind;
};

#define MARK(bytes, kind)                                                                          \
    {                                                                                              \
        {"" bytes, sizeof(bytes) - 1}, kind                                                        \
    }

static const struct mark binary_marks[] = {
    MARK("\xff\xfe\0\0", "UTF-32 text"),
    MARK("\0\0\xfe\xff", "UTF-32 text"),
    MARK("\xff\xfe", "UTF-16 text"),
    MARK("\xfe\xff", "UTF-16 text"),
    MARK("<\0", "UTF-16 text"),
    MARK("\0<", "UTF-16 text"),
    MARK("PK\3\4", "a ZIP archive"),
    MARK("PK\5\6", "a ZIP archive"),
    MARK("\x1f\x8b", "a gzip file"),
    MARK("BZh", "a bzip2 file"),
    MARK("\xfd"
         "7zXZ\0",
         "an xz file"),
    MARK("7z\xbc\xaf\x27\x1c", "a 7z archive"),
    MARK("Rar!\x1a\7", "a RAR archive"),
    MARK("\x28\xb5\x2f\xfd", "a zstd file"),
    MARK("\x04\x22\x4d\x18", "an lz4 file"),
    MARK("\x1f\x9d", "a file packed by compress"),
    MARK("\x5d\0\0", "an lzma file"),
    MARK("\x78\x01", "zlib data, not gzip"),
    MARK("\x78\x9c", "zlib data, not gzip"),
    MARK("\x78\xda", "zlib data, not gzip"),
    MARK("MSCF", "a CAB archive"),
    MARK("\xd0\xcf\x11\xe0", "an Office document"),
    MARK("%PDF-", "a PDF document"),
    MARK("{\\rtf", "an RTF document"),
    MARK("SQLite format 3", "a database"),
    MARK("\x7f"
         "ELF",
         "a program"),
    MARK("MZ\x90\0", "a program"),
    MARK("\x89PNG", "a picture"),
    MARK("\xff\xd8\xff", "a picture"),
    MARK("GIF8", "a picture"),
    /* RFC 9580: a session key encrypted to a key, to a pass phrase. */
    MARK("\x84\x5e\x03", "a PGP message"),
    MARK("\x85\1\x0c\3", "a PGP message"),
    MARK("\x85\2\x0c\3", "a PGP message"),
    MARK("\x8c\x0d\4", "a PGP message"),
};

/* Compared after a byte order mark and blanks, ignoring case. */
static const struct mark text_marks[] = {
    MARK("-----BEGIN PGP", "a PGP message"),
    MARK("-----BEGIN ", "PEM"),
    MARK("age-encryption.org/", "a file encrypted by age"),
    MARK("Salted__", "a file encrypted by openssl enc"),
    MARK("U2FsdGVkX1", "a file encrypted by openssl enc -a"),
    MARK("VTJGc2RHVmtYM", "a file encrypted by openssl enc -a, in base64 again"),
    MARK("53616c7465645f5f", "a file encrypted by openssl enc, as hexadecimal digits"),
    MARK("<?xml", "XML"),
    MARK("<?", "a PHP script"),
    MARK("<!DOCTYPE html", "an HTML page"),
    MARK("<html", "an HTML page"),
    MARK("#!", "a script"),
    MARK("HTTP/1.", "an HTTP answer with its header"),
    MARK("%!PS", "a PostScript document"),
};

/* ASCII in UTF-16 without a byte order mark. */
static bool is_utf16(prov_str first)
{
    size_t n_zeros[2] = {0, 0};
    size_t len = first.len < 16 ? first.len & ~(size_t)1 : 16;
    for (size_t i = 0; i < len; i++)
        n_zeros[i % 2] += first.data[i] == '\0';
    size_t n = len / 2;
    return n >= 4 && ((n_zeros[0] == n && n_zeros[1] == 0) || (n_zeros[1] == n && n_zeros[0] == 0));
}

/* A SEQUENCE that begins with a SEQUENCE or a version: a certificate, a key, CMS. */
static bool is_der(prov_str first)
{
    const unsigned char *byte = (const unsigned char *)first.data;
    return first.len > 4 && byte[0] == 0x30 && byte[1] == 0x82 &&
           (byte[4] == 0x30 || byte[4] == 0x02 || byte[4] == 0x06);
}

/* RFC 8188, section 2.1, with a record size and a key id length that this library accepts. */
static bool is_aes128gcm(prov_str first)
{
    enum { SALT = 16, HEAD = 21 };
    if (first.len < HEAD)
        return false;
    const unsigned char *size = (const unsigned char *)first.data + SALT;
    unsigned long record_size = (unsigned long)size[0] << 24 | (unsigned long)size[1] << 16 |
                                (unsigned long)size[2] << 8 | size[3];
    return record_size >= 18 && record_size <= 65536;
}

/* `{` or `[`, and a byte that may follow it in JSON. */
static bool is_json(prov_str text)
{
    prov_str rest = provi_str_trim(provi_str_from_offset(text, 1));
    return (text.data[0] == '{' && (rest.len == 0 || rest.data[0] == '"' || rest.data[0] == '}')) ||
           (text.data[0] == '[' &&
            (rest.len == 0 || provi_str_find(PROVI_LIT("\"{[]"), rest.data[0]) < 4));
}

/* `[section]` or `name = value` in the first line that is no comment. */
static bool is_ini(prov_str text)
{
    prov_str line;
    do {
        line = (prov_str){text.data, provi_str_find(text, '\n')};
        if (line.len == text.len) /* the line may be cut */
            return false;
        text = provi_str_from_offset(text, line.len + 1);
        line = provi_str_trim(line);
    } while (line.len == 0 || line.data[0] == '#' || line.data[0] == ';');
    if (line.len > 2 && line.data[0] == '[' && line.data[line.len - 1] == ']')
        return true;
    size_t len = 0;
    while (len < line.len && (provi_is_alnum(line.data[len]) || memchr("_.-", line.data[len], 3)))
        len++;
    prov_str rest = provi_str_trim(provi_str_from_offset(line, len));
    return len > 0 && rest.len > 1 && rest.data[0] == '=';
}

static bool is_base64(prov_str text)
{
    bool has_upper = false, has_lower = false;
    for (size_t i = 0; i < text.len; i++) {
        char c = text.data[i];
        if (!provi_is_alnum(c) && c != '+' && c != '/' && c != '=' && c != '\r' && c != '\n')
            return false;
        has_upper |= c >= 'A' && c <= 'Z';
        has_lower |= c >= 'a' && c <= 'z';
    }
    return text.len >= MIN_BASE64 && has_upper && has_lower;
}

static bool is_hex(prov_str text)
{
    size_t n = 0;
    for (size_t i = 0; i < text.len; i++) {
        n += provi_hex_digit(text.data[i]) >= 0;
        if (provi_hex_digit(text.data[i]) < 0 && !provi_is_blank(text.data[i]))
            return false;
    }
    return n >= MIN_HEX;
}

/* Whether `<` is followed by an element's name, a comment or a document type. */
static bool is_markup(prov_str text)
{
    return text.len > 1 && text.data[0] == '<' &&
           (provi_is_alpha(text.data[1]) || text.data[1] == '!' || text.data[1] == '_');
}

static const char *kind_of_text(prov_str text)
{
    for (size_t i = 0; i < PROVI_LEN(text_marks); i++) {
        prov_str mark = text_marks[i].bytes;
        prov_str start = {text.data, text.len < mark.len ? text.len : mark.len};
        if (provi_str_eq_nocase(start, mark))
            return text_marks[i].kind;
    }
    if (text.len == 0)
        return NULL;
    return is_markup(text)   ? "XML"
           : is_json(text)   ? "JSON"
           : is_ini(text)    ? "an INI file"
           : is_hex(text)    ? "hexadecimal digits"
           : is_base64(text) ? "base64"
                             : NULL;
}

const char *provi_content_kind(prov_str first)
{
    for (size_t i = 0; i < PROVI_LEN(binary_marks); i++)
        if (provi_str_starts(first, binary_marks[i].bytes))
            return binary_marks[i].kind;
    if (is_der(first))
        return "DER";
    /* The magic of ustar (POSIX.1-1988); GNU tar writes it too. */
    enum { TAR_MAGIC_AT = 257 };
    if (provi_str_starts(provi_str_from_offset(first, TAR_MAGIC_AT), PROVI_LIT("ustar")))
        return "a tar archive";
    if (is_utf16(first))
        return "UTF-16 text";
    prov_str text = without_bom(first);
    while (text.len > 0 && provi_is_blank(text.data[0]))
        text = provi_str_from_offset(text, 1);
    const char *kind = kind_of_text(text);
    return kind                  ? kind
           : is_aes128gcm(first) ? "an aes128gcm file without its Content-Encoding header"
                                 : NULL;
}

prov_str provi_content_start(prov_str first)
{
    prov_str text = provi_str_trim(without_bom(first));
    if (provi_str_starts(text, PROVI_LIT("<"))) { /* a tag: its element may hold a value */
        size_t end = provi_str_find(text, '>');
        text.len = end < text.len ? end + 1 : end;
    }
    size_t len = 0;
    while (len < text.len && len < PROVI_CONTENT_QUOTED && text.data[len] >= ' ' &&
           text.data[len] <= '~')
        len++;
    return (prov_str){text.data, len};
}

const char *provi_content_words(char words[PROVI_CONTENT_WORDS], prov_str first, bool may_quote)
{
    const char *kind = provi_content_kind(first);
    if (!kind)
        kind = first.len == 0                 ? "no content"
               : provi_content_is_text(first) ? "text"
                                              : "binary data";
    prov_str quoted = may_quote ? provi_content_start(first) : PROVI_LIT("");
    if (quoted.len > 0)
        snprintf(words, PROVI_CONTENT_WORDS, "%s (starts with '%.*s')", kind, PROVI_STR(quoted));
    else if (may_quote && first.len > 0)
        snprintf(words, PROVI_CONTENT_WORDS, "%s (starts with byte 0x%02x)", kind,
                 (unsigned)(unsigned char)first.data[0]);
    else
        snprintf(words, PROVI_CONTENT_WORDS, "%s", kind);
    return words;
}
