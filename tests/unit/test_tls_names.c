/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Names of certificates: which host they are for, what is said otherwise, and how they look. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/str.h"
#include "tls_peers.h"

TLS_FAKE_CLOCK

#define SIXTY "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void test_tls_names_that_fit_a_host(void **state)
{
    (void)state;
    const struct {
        const char *name, *names;
        const char *host;
        const char *message; /* NULL: it fits */
    } rows[] = {
        /* Alternative names. */
        {"x", "DNS:a.example", "a.example", NULL},
        {"x", "DNS:A.Example", "a.eXAMPLE", NULL},
        {"x", "DNS:a.example", "a.example.", NULL}, /* as DNS writes it in full */
        {"x", "DNS:b.example,DNS:a.example", "a.example", NULL},
        {"x", "DNS:a.example", "b.example", "certificate is for a.example, not for b.example"},
        {"x", "DNS:a.example,email:x@x.example,DNS:c.example", "b.example",
         "certificate is for a.example, c.example, not for b.example"},
        {"x", "DNS:a.example", "sub.a.example",
         "certificate is for a.example, not for sub.a.example"},
        {"x", "DNS:a.example", "example", "certificate is for a.example, not for example"},
        {"x", "DNS:a.example.", "a.example",
         "certificate is for a.example., not for a.example; a name in a certificate may not end in "
         "a dot"},
        {"x", "DNS:a.example.", "a.example.",
         "certificate is for a.example., not for a.example; a name in a certificate may not end in "
         "a dot"},
        /* Wildcards stand for one label, the first one, as a whole. */
        {"x", "DNS:*.example.com", "a.example.com", NULL},
        {"x", "DNS:*.EXAMPLE.com", "a.example.COM", NULL},
        {"x", "DNS:*.example.com", "a.b.example.com",
         "certificate is for *.example.com, not for a.b.example.com; the * stands for one label "
         "only"},
        {"x", "DNS:*.example.com", "example.com",
         "certificate is for *.example.com, not for example.com; the * stands for one label, not "
         "for none"},
        {"x", "DNS:*.example.com", "a.b.example.org",
         "certificate is for *.example.com, not for a.b.example.org"},
        {"x", "DER:30:07:87:05:01:02:03:04:05", "192.0.2.1",
         "certificate is for x, not for 192.0.2.1; an address has to be an IP alternative name"},
        {"x", "DNS:*.example.com", "aexample.com",
         "certificate is for *.example.com, not for aexample.com"},
        {"x", "DNS:a*.example.com", "ab.example.com",
         "certificate is for a*.example.com, not for ab.example.com"},
        {"x", "DNS:a.*.com", "a.b.com", "certificate is for a.*.com, not for a.b.com"},
        {"x", "DNS:*", "localhost", "certificate is for *, not for localhost"},
        /* Addresses. */
        {"x", "IP:192.0.2.1", "192.0.2.1", NULL},
        {"x", "IP:2001:db8::1", "2001:db8::1", NULL},
        {"x", "IP:2001:db8::1", "2001:DB8:0::1", NULL},
        {"x", "DNS:192.0.2.1", "192.0.2.1",
         "certificate has a DNS name 192.0.2.1, so is not for 192.0.2.1; an address has to be an "
         "IP "
         "alternative name"},
        {"x", "DNS:a.example", "192.0.2.1",
         "certificate is for a.example, not for 192.0.2.1; an address has to be an IP alternative "
         "name"},
        {"192.0.2.1", "DNS:a.example", "192.0.2.1",
         "certificate is for a.example, not for 192.0.2.1; an address has to be an IP alternative "
         "name"},
        {"x", "DNS:*.0.2.1", "192.0.2.1",
         "certificate is for *.0.2.1, not for 192.0.2.1; an address has to be an IP alternative "
         "name"},
        {"x", "IP:192.0.2.1", "192.0.2.2",
         "certificate is for 192.0.2.1, not for 192.0.2.2; an address has to be an IP alternative "
         "name"},
        {"x", "IP:192.0.2.1,IP:2001:db8::1", "a.example",
         "certificate is for 192.0.2.1, 2001:db8::1, not for a.example"},
        {"192.0.2.1", NULL, "192.0.2.1", NULL},
        /* The common name counts without alternative names for servers, also up to a slash. */
        {"a.example", NULL, "a.example", NULL},
        {"A.example", NULL, "a.Example.", NULL},
        {"a.example/mailto:admin@a.example", NULL, "a.example", NULL},
        {"a.example/", NULL, "a.example", NULL},
        {"a.example/x", "email:x@x.example", "a.example", NULL},
        {"a.example/x", "DNS:b.example", "a.example",
         "certificate is for b.example, not for a.example; the common name is not used beside "
         "alternative names"},
        {"a.example", "IP:192.0.2.1", "a.example", NULL}, /* none of them is of the kind */
        {"a.example/x", "IP:192.0.2.1", "a.example",
         "certificate is for 192.0.2.1, not for a.example; the common name is not used beside "
         "alternative names"},
        {"a.example.b/x", NULL, "a.example", "certificate is for a.example.b/x, not for a.example"},
        {"b.example/a.example", NULL, "a.example",
         "certificate is for b.example/a.example, not for a.example"},
        {"/a.example", NULL, "a.example", "certificate is for /a.example, not for a.example"},
        {"a.example./x", NULL, "a.example",
         "certificate is for a.example./x, not for a.example; a name in a certificate may not end "
         "in a dot"},
        {"*.example.com", NULL, "a.example.com", NULL},
        {"*/x", NULL, "localhost", "certificate is for */x, not for localhost"},
        {" a.example", NULL, "a.example", "certificate is for a.example, not for a.example"},
        {"a.example", NULL, "", "certificate is for a.example, not for "},
        {"a.example", NULL, ".", "certificate is for a.example, not for "},
        {NULL, NULL, "", "certificate has no name of a server, so is not for "},
        {NULL, "email:x@x.example", "a.example",
         "certificate has no name of a server, so is not for a.example"},
        /* Too many names, and one that is too long for the list. */
        {"x", "DNS:" SIXTY "1.example,DNS:" SIXTY "2.example", "a.example",
         "certificate is for " SIXTY "1.example, ..., not for a.example"},
        {"x", "DNS:" SIXTY ",DNS:abcdefghijkl,DNS:x", "a.example",
         "certificate is for " SIXTY ", abcdefghijkl, ..., not for a.example"},
        {"x", "DNS:" SIXTY ",DNS:abcdefghijklm,DNS:x", "a.example",
         "certificate is for " SIXTY ", ..., not for a.example"},
        {"x", "DNS:" SIXTY "." SIXTY ".example", "a.example",
         "certificate is for ..., not for a.example"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_made made;
        char message[400] = "";
        tls_make(&made, &(struct tls_making){.name = rows[i].name, .names = rows[i].names});
        prov_str host = prov_str_from(rows[i].host);
        bool fits = provi_tls_is_for_host(made.certificate, host);
        provi_tls_write_names(made.certificate, host, message, sizeof message);
        if (fits != !rows[i].message || (!fits && strcmp(message, rows[i].message) != 0))
            fail_msg("row %zu: %d, '%s' and not '%s'", i, fits, message, rows[i].message);
        tls_unmake(&made);
    }
}

/* Bytes that no name should have. */
static void test_tls_names_of_any_bytes(void **state)
{
    (void)state;
    const struct {
        struct tls_making making;
        const char *host;
        bool fits;
        const char *called;
    } rows[] = {
        {{.raw_dns = PROVI_LIT("a.example\0.evil.example")},
         "a.example",
         false,
         "a.example\\00.evil.example"},
        {{.raw_name = PROVI_LIT("a.example\0.evil"), .raw_type = V_ASN1_UTF8STRING},
         "a.example",
         false,
         "a.example\\00.evil"},
        {{.raw_dns = PROVI_LIT("b\xfc"
                               "cher.example")},
         "b\xfc"
         "cher.example",
         true,
         "b\\FCcher.example"},
        {{.raw_dns = PROVI_LIT("a\x1b[2J\r\n\x7f.example")},
         "x",
         false,
         "a\\1B[2J\\0D\\0A\\7F.example"},
        {{.raw_dns = PROVI_LIT("a\\b")}, "x", false, "a\\5Cb"},
        {{.raw_name = PROVI_LIT("\xc3\x84rger"), .raw_type = V_ASN1_UTF8STRING},
         "x",
         false,
         "\\C3\\84rger"},
        {{.raw_name = PROVI_LIT("\xc4rger"), .raw_type = V_ASN1_T61STRING},
         "x",
         false,
         "\\C3\\84rger"},
        {{.raw_name = PROVI_LIT("\0O\0u\0r"), .raw_type = V_ASN1_BMPSTRING}, "Our", true, "Our"},
        {{.raw_name = PROVI_LIT(" Our CA \t"), .raw_type = V_ASN1_UTF8STRING},
         "x",
         false,
         "Our CA"},
        {{.raw_name = PROVI_LIT("  "), .raw_type = V_ASN1_UTF8STRING}, "x", false, ""},
        {{.more_names = "OU=Class 2"}, "x", false, "Class 2"},
        {{.more_names = "O=Telco", .names = "DNS:a.example"}, "a.example", true, "Telco"},
        {{.more_names = "C=DE", .names = "DNS:a.example"}, "a.example", true, "a.example"},
        {{.more_names = "C=DE"}, "x", false, ""},
        {{.name = "Root", .more_names = "O=Telco"}, "x", false, "Root"},
        {{.name = SIXTY "wxyz"}, "x", false, SIXTY "wxyz"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_made made;
        char name[PROVI_TLS_NAME_CAP];
        tls_make(&made, &rows[i].making);
        bool fits = provi_tls_is_for_host(made.certificate, prov_str_from(rows[i].host));
        provi_tls_write_subject(made.certificate, name);
        if (fits != rows[i].fits || strcmp(name, rows[i].called) != 0)
            fail_msg("row %zu: %d, '%s'", i, fits, name);
        tls_unmake(&made);
    }
}

/* However long a name is, and wherever its escapes lie, it is cut between two characters. */
static void test_tls_long_names_are_cut(void **state)
{
    (void)state;
    char text[64], name[PROVI_TLS_NAME_CAP];
    for (size_t n_plain = 0; n_plain <= 64; n_plain++) {
        memset(text, 'a', sizeof text);
        for (size_t i = n_plain; i < sizeof text; i++)
            text[i] = '\x01';
        struct tls_made made;
        tls_make(&made, &(struct tls_making){.raw_name = {text, sizeof text},
                                             .raw_type = V_ASN1_UTF8STRING});
        size_t len = provi_tls_name(X509_get_subject_name(made.certificate), name);
        size_t n_escapes = 64 - n_plain, whole = n_plain + 3 * n_escapes;
        assert_int_equal(len, strlen(name));
        if (whole < PROVI_TLS_NAME_CAP) {
            assert_int_equal(len, whole);
        } else {
            assert_uint_in_range(len, PROVI_TLS_NAME_CAP - 3, PROVI_TLS_NAME_CAP - 1);
            assert_string_equal(name + len - 3, "...");
            assert_int_equal((len - 3 - n_plain) % 3, 0);
        }
        tls_unmake(&made);
    }
}

static void test_tls_names_of_the_same_house(void **state)
{
    (void)state;
    const struct {
        const char *one, *other;
        bool is_same;
    } rows[] = {
        {"O=Telco", "O=Telco", true},    {"O=Telco", "O=Telc", false},
        {"O=Telco", "O=Other", false},   {"O=Telco", NULL, false},
        {NULL, "O=Telco", false},        {NULL, NULL, false},
        {"OU=Telco", "OU=Telco", false},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_made one, other;
        tls_make(&one, &(struct tls_making){.name = "one", .more_names = rows[i].one});
        tls_make(&other, &(struct tls_making){.name = "other", .more_names = rows[i].other});
        bool is_same = provi_tls_share_organisation(X509_get_subject_name(one.certificate),
                                                    X509_get_subject_name(other.certificate));
        if (is_same != rows[i].is_same)
            fail_msg("row %zu", i);
        tls_unmake(&one);
        tls_unmake(&other);
    }
}

/* A host of 255 bytes is compared, a longer one is not. */
static void test_tls_longest_host(void **state)
{
    (void)state;
    char host[300];
    for (size_t i = 0; i < sizeof host; i++)
        host[i] = i % 50 == 49 ? '.' : 'a';
    for (size_t len = 254; len <= 257; len++) {
        struct tls_made made;
        tls_make(&made, &(struct tls_making){.raw_dns = {host, len}});
        bool fits = provi_tls_is_for_host(made.certificate, (prov_str){host, len});
        assert_int_equal(fits, len <= 255);
        tls_unmake(&made);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_names_that_fit_a_host),
        cmocka_unit_test(test_tls_names_of_any_bytes),
        cmocka_unit_test(test_tls_long_names_are_cut),
        cmocka_unit_test(test_tls_names_of_the_same_house),
        cmocka_unit_test(test_tls_longest_host),
    };
    (void)tls_now;
    return cmocka_run_group_tests(tests, NULL, NULL);
}
