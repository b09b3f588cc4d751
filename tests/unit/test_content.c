/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Words for files that are no profile. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/content.h"
#include "base/str.h"

struct row {
    prov_str first;
    const char *words;
};

#define ROW(first, words)                                                                          \
    {                                                                                              \
        {"" first, sizeof(first) - 1}, words                                                       \
    }

/* The name, and the text up to the 257th byte. */
#define Z35 "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0"
#define TAR_HEAD "config/a.xml" Z35 Z35 Z35 Z35 Z35 Z35 Z35

static const struct row rows[] = {
    ROW("", "no content"),
    ROW("OK", "text (starts with 'OK')"),
    ROW("OK\r\n", "text (starts with 'OK')"),
    ROW(" \n\t", "text (starts with byte 0x20)"),
    ROW("na\xc3\xafve", "text (starts with 'na')"),
    ROW("\xe2\x82\xac 5", "text (starts with byte 0xe2)"),
    /* Each length of UTF-8 at its edges. */
    ROW("\xc2\x80\xdf\xbf", "text (starts with byte 0xc2)"),
    ROW("\xe0\xa0\x80\xef\xbf\xbd", "text (starts with byte 0xe0)"),
    ROW("\xf0\x90\x80\x80\xf4\x8f\xbf\xbd", "text (starts with byte 0xf0)"),
    ROW("\xdf\xbfz\xef\xbf\xbdz\xf4\x8f\xbf\xbdz", "text (starts with byte 0xdf)"),
    ROW("\xf5z", "binary data (starts with byte 0xf5)"),
    ROW("\xc1\xbf", "binary data (starts with byte 0xc1)"),
    ROW("\xf5\x80\x80\x80", "binary data (starts with byte 0xf5)"),
    ROW("\x80", "binary data (starts with byte 0x80)"),
    ROW("\xdf\x7f", "binary data (starts with byte 0xdf)"),
    ROW("\xdf\xc0", "binary data (starts with byte 0xdf)"),
    ROW("a\x1f", "binary data (starts with 'a')"),
    ROW("a\x7f", "text (starts with 'a')"),
    ROW("na\xefve", "binary data (starts with 'na')"),
    ROW("caf\xc3", "text (starts with 'caf')"), /* cut inside a character */
    ROW("\x01\x02", "binary data (starts with byte 0x01)"),
    ROW("a line of text that is longer than what is shown",
        "text (starts with 'a line of text that is l')"),
    ROW("PK\3\4\x14", "a ZIP archive (starts with 'PK')"),
    ROW("PK\5\6\0", "a ZIP archive (starts with 'PK')"),
    ROW("PK\3", "binary data (starts with 'PK')"),
    ROW("PK", "text (starts with 'PK')"),
    ROW("\x1f\x8b\x08", "a gzip file (starts with byte 0x1f)"),
    ROW("BZh91AY&SY", "a bzip2 file (starts with 'BZh91AY&SY')"),
    ROW("\xfd"
        "7zXZ\0\0",
        "an xz file (starts with byte 0xfd)"),
    ROW("\x04\x22\x4d\x18\x64", "an lz4 file (starts with byte 0x04)"),
    ROW("\x1f\x9d\x90", "a file packed by compress (starts with byte 0x1f)"),
    ROW("\x5d\0\0\x80", "an lzma file (starts with ']')"),
    ROW("MSCF\0\0", "a CAB archive (starts with 'MSCF')"),
    ROW("7z\xbc\xaf\x27\x1c", "a 7z archive (starts with '7z')"),
    ROW("Rar!\x1a\7", "a RAR archive (starts with 'Rar!')"),
    ROW("\x28\xb5\x2f\xfd", "a zstd file (starts with '(')"),
    ROW(TAR_HEAD "ustar\0", "a tar archive (starts with 'config/a.xml')"),
    ROW(TAR_HEAD "ustar  \0", "a tar archive (starts with 'config/a.xml')"),
    ROW(TAR_HEAD "ustas", "binary data (starts with 'config/a.xml')"),
    ROW("\xd0\xcf\x11\xe0", "an Office document (starts with byte 0xd0)"),
    ROW("{\\rtf1", "an RTF document (starts with '{\\rtf1')"),
    ROW("SQLite format 3\0", "a database (starts with 'SQLite format 3')"),
    ROW("\x7f"
        "ELF\2",
        "a program (starts with byte 0x7f)"),
    ROW("MZ\x90\0", "a program (starts with 'MZ')"),
    ROW("\x89PNG\r\n", "a picture (starts with byte 0x89)"),
    ROW("\xff\xd8\xff\xe0", "a picture (starts with byte 0xff)"),
    ROW("GIF89a", "a picture (starts with 'GIF89a')"),
    ROW("HTTP/1.1 200 OK\r\n", "an HTTP answer with its header (starts with 'HTTP/1.1 200 OK')"),
    ROW("%PDF-1.7", "a PDF document (starts with '%PDF-1.7')"),
    ROW("\xff\xfe<\0f\0", "UTF-16 text (starts with byte 0xff)"),
    ROW("\xfe\xff\0<\0f", "UTF-16 text (starts with byte 0xfe)"),
    ROW("<\0f\0l\0", "UTF-16 text (starts with '<')"),
    ROW("\0<\0f", "UTF-16 text (starts with byte 0x00)"),
    ROW("\xff\xfe\0\0<\0\0\0", "UTF-32 text (starts with byte 0xff)"),
    ROW("\0\0\xfe\xff\0\0\0<", "UTF-32 text (starts with byte 0x00)"),
    ROW("\x84\x5e\x03\1", "a PGP message (starts with byte 0x84)"),
    ROW("\x85\x01\x0c\x03", "a PGP message (starts with byte 0x85)"),
    ROW("-----BEGIN PGP MESSAGE-----", "a PGP message (starts with '-----BEGIN PGP MESSAGE--')"),
    ROW("\x8c\x0d\x04\x09\x03\x08", "a PGP message (starts with byte 0x8c)"),
    ROW("\x85\x02\x0c\x03", "a PGP message (starts with byte 0x85)"),
    ROW("-----BEGIN CERTIFICATE-----", "PEM (starts with '-----BEGIN CERTIFICATE--')"),
    ROW("\x30\x82\x03\x0b\x30\x82", "DER (starts with '0')"),
    ROW("\x30\x82\x03\x0b\x30", "DER (starts with '0')"),
    ROW("\x30\x82\x03\x0b\x02", "DER (starts with '0')"),
    ROW("\x30\x82\x03\x0b\x06", "DER (starts with '0')"),
    ROW("\x30\x82\x03\x0b\x04", "binary data (starts with '0')"),
    ROW("\x30\x82\x03\x0b", "binary data (starts with '0')"),
    ROW("\x30\x83\x03\x0b\x30", "binary data (starts with '0')"),
    ROW("\x31\x82\x03\x0b\x30", "binary data (starts with '1')"),
    ROW("0 - all is well", "text (starts with '0 - all is well')"),
    ROW("Salted__\x01", "a file encrypted by openssl enc (starts with 'Salted__')"),
    ROW("age-encryption.org/v1\n", "a file encrypted by age (starts with 'age-encryption.org/v1')"),
    ROW("%!PS-Adobe-3.0", "a PostScript document (starts with '%!PS-Adobe-3.0')"),
    ROW("U2FsdGVkX18=", "a file encrypted by openssl enc -a (starts with 'U2FsdGVkX18=')"),
    ROW("{\"error\": 404}", "JSON (starts with '{\"error\": 404}')"),
    ROW("{ }", "JSON (starts with '{ }')"),
    ROW("[\n{", "JSON (starts with '[')"),
    ROW("[ \"a\"]", "JSON (starts with '[ \"a\"]')"),
    ROW("{", "JSON (starts with '{')"),
    ROW("{x", "text (starts with '{x')"),
    ROW("[", "JSON (starts with '[')"),
    ROW("[]", "JSON (starts with '[]')"),
    ROW("[[", "JSON (starts with '[[')"),
    ROW("[1, 2]", "text (starts with '[1, 2]')"),
    ROW("{{template}}", "text (starts with '{{template}}')"),
    ROW("[section]", "text (starts with '[section]')"), /* cut, perhaps */
    ROW("[section]\r\n", "an INI file (starts with '[section]')"),
    ROW("# made by hand\n\nGPP_A = x\n", "an INI file (starts with '# made by hand')"),
    ROW("; made by hand\nGPP_A=x\n", "an INI file (starts with '; made by hand')"),
    ROW("#\na=x\n", "an INI file (starts with '#')"),
    ROW("[a]\n", "an INI file (starts with '[a]')"),
    ROW("a.b_c-d=e\n", "an INI file (starts with 'a.b_c-d=e')"),
    ROW("[abc\n", "text (starts with '[abc')"),
    ROW("abc]\n", "text (starts with 'abc]')"),
    ROW("==x\n", "text (starts with '==x')"),
    ROW("a=\n", "text (starts with 'a=')"),
    ROW("a\0=x\n", "binary data (starts with 'a')"),
    ROW("= x\n", "text (starts with '= x')"),
    ROW("Device not found\n", "text (starts with 'Device not found')"),
    ROW("Error: no\n", "text (starts with 'Error: no')"),
    ROW("g\0p\0p\0 \0", "UTF-16 text (starts with 'g')"),
    ROW("\0g\0p\0p\0 ", "UTF-16 text (starts with byte 0x00)"),
    ROW("\0g\0p\0p\0 \0", "UTF-16 text (starts with byte 0x00)"),
    ROW("\0a\0l\0l\0 \0i\0s\0 \0w\0e", "UTF-16 text (starts with byte 0x00)"),
    ROW("\0\0gp\0\0p ", "binary data (starts with byte 0x00)"),
    ROW("\0\0\0\0\0\0\0\0", "binary data (starts with byte 0x00)"),
    ROW("g\0p\0p\0", "binary data (starts with 'g')"),
    ROW("<?php echo 1; ?>", "a PHP script (starts with '<?php echo 1; ?>')"),
    ROW("<?= $x ?>", "a PHP script (starts with '<?= $x ?>')"),
    ROW("<?xml version", "XML (starts with '<?xml version')"),
    ROW("\xef\xbb\xbf <flat-profile>", "XML (starts with '<flat-profile>')"),
    ROW("\xef\xbb\xbf<a>", "XML (starts with '<a>')"),
    ROW("<a>secret</a>", "XML (starts with '<a>')"),
    ROW("a > b ~ c", "text (starts with 'a > b ~ c')"),
    ROW("<_a>", "XML (starts with '<_a>')"),
    ROW("<1>", "text (starts with '<1>')"),
    ROW("<!-- a -->", "XML (starts with '<!-- a -->')"),
    ROW("<", "text (starts with '<')"),
    ROW("< a", "text (starts with '< a')"),
    ROW("<!doctype HTML>", "an HTML page (starts with '<!doctype HTML>')"),
    ROW("\n<html>", "an HTML page (starts with '<html>')"),
    ROW("#!/bin/sh", "a script (starts with '#!/bin/sh')"),
    ROW("PGZsYXQtcHJvZmlsZT48R1BQX0E+", "base64 (starts with 'PGZsYXQtcHJvZmlsZT48R1BQ')"),
    ROW("PGZsYXQtcHJvZmlsZT48R1BQ", "base64 (starts with 'PGZsYXQtcHJvZmlsZT48R1BQ')"),
    ROW("PGZsYXQtcHJvZm\r\nlsZT48R1BQX0E+/w==", "base64 (starts with 'PGZsYXQtcHJvZm')"),
    ROW("PGZsYXQtcHJvZmlsZT48R1BQX0E.", "text (starts with 'PGZsYXQtcHJvZmlsZT48R1BQ')"),
    ROW(".PGZsYXQtcHJvZmlsZT48R1BQX0E", "text (starts with '.PGZsYXQtcHJvZmlsZT48R1B')"),
    ROW("Azzzzzzzzzzzzzzzzzzzzzzz", "base64 (starts with 'Azzzzzzzzzzzzzzzzzzzzzzz')"),
    ROW("Zaaaaaaaaaaaaaaaaaaaaaaa", "base64 (starts with 'Zaaaaaaaaaaaaaaaaaaaaaaa')"),
    ROW("ZZZZZZZZZZZZZZZZZZZZZZZZ", "text (starts with 'ZZZZZZZZZZZZZZZZZZZZZZZZ')"),
    ROW("zzzzzzzzzzzzzzzzzzzzzzzz", "text (starts with 'zzzzzzzzzzzzzzzzzzzzzzzz')"),
    ROW("111111111111111111111111", "text (starts with '111111111111111111111111')"),
    ROW("PGZsYXQtcHJvZmlsZT48R1B", "text (starts with 'PGZsYXQtcHJvZmlsZT48R1B')"),
    ROW("0123456789abcdef0123456789abcde", "text (starts with '0123456789abcdef01234567')"),
    ROW("0123456789abcdef\n0123456789ABCDEF",
        "hexadecimal digits (starts with '0123456789abcdef')"),
    ROW("53616c7465645f5f010203",
        "a file encrypted by openssl enc, as hexadecimal digits (starts with "
        "'53616c7465645f5f010203')"),
    ROW("VTJGc2RHVmtYMTh", "a file encrypted by openssl enc -a, in base64 again (starts with "
                           "'VTJGc2RHVmtYMTh')"),
    ROW("x\x9c\xb3", "zlib data, not gzip (starts with 'x')"),
    ROW("x\xda\1", "zlib data, not gzip (starts with 'x')"),
    ROW("x\x01\x01", "zlib data, not gzip (starts with 'x')"),
    ROW("0123456789abcde\xff\0\0\x10\0\0",
        "an aes128gcm file without its Content-Encoding header (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\0\0\0\x12\0",
        "an aes128gcm file without its Content-Encoding header (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\0\0\0\x11\0", "binary data (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\0\1\0\0\0",
        "an aes128gcm file without its Content-Encoding header (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\0\1\0\1\0", "binary data (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\0\0\xff\xff\0",
        "an aes128gcm file without its Content-Encoding header (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\1\0\x10\0\0", "binary data (starts with '0123456789abcde')"),
    ROW("0123456789abcde\xff\0\0\x10\0", "binary data (starts with '0123456789abcde')"),
};

/* Of an exact block, so that sanitizers see a byte read too much. */
static char *copy_of(prov_str first)
{
    char *block = malloc(first.len ? first.len : 1);
    memcpy(block, first.data, first.len);
    return block;
}

static void test_content_is_named_and_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        char words[PROVI_CONTENT_WORDS];
        char *block = copy_of(rows[i].first);
        prov_str first = {block, rows[i].first.len};
        assert_string_equal(provi_content_words(words, first, true), rows[i].words);
        free(block);
    }
}

/* What follows the bytes in memory changes nothing. */
static void test_content_ends_where_it_ends(void **state)
{
    static const char after[] = "\0\2\6\n0a=\"![]<>\xbf";
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows) * sizeof after; i++) {
        char words[PROVI_CONTENT_WORDS], block[PROVI_CONTENT_BYTES + 32];
        const struct row *row = &rows[i / sizeof after];
        memset(block, after[i % sizeof after], sizeof block);
        memcpy(block, row->first.data, row->first.len);
        provi_content_words(words, (prov_str){block, row->first.len}, true);
        assert_string_equal(words, row->words);
    }
}

static void test_content_that_was_decrypted_is_never_quoted(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        char words[PROVI_CONTENT_WORDS];
        size_t len = strcspn(rows[i].words, "(");
        provi_content_words(words, rows[i].first, false);
        assert_int_equal(strlen(words), rows[i].words[len] ? len - 1 : len);
        assert_memory_equal(words, rows[i].words, strlen(words));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_content_is_named_and_quoted),
        cmocka_unit_test(test_content_ends_where_it_ends),
        cmocka_unit_test(test_content_that_was_decrypted_is_never_quoted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
