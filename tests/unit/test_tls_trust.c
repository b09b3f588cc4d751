/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Whom a device trusts: roots, the custom CA, revocation lists, pins; and what is no PEM. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/pkcs12.h>

#include "base/str.h"
#include "base/alloc.h"
#include "tls_peers.h"

TLS_FAKE_CLOCK

static struct tls_made ca, other_ca, good, other;

static int make_all(void **state)
{
    (void)state;
    tls_make_ca(&ca, "our-ca", NULL);
    tls_make_ca(&other_ca, "other-ca", NULL);
    tls_make_server(&good, "good", &ca);
    tls_make_server(&other, "other", &other_ca);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    tls_unmake(&ca);
    tls_unmake(&other_ca);
    tls_unmake(&good);
    tls_unmake(&other);
    return 0;
}

static enum prov_tls_reason try(struct provi_tls *tls, const struct tls_made *server)
{
    struct tls_meeting meeting = {.server = server};
    tls_meet(&meeting, tls);
    if (meeting.is_done != (meeting.status == PROV_OK))
        fail_msg("%s", meeting.err.message);
    return meeting.err.reason;
}

/* A certificate that is borrowed by the store has to outlive its text and the store before. */
static void test_tls_custom_ca_comes_and_goes(void **state)
{
    (void)state;
    const struct provi_tls_options options = {.ca_pem = prov_str_from(ca.pem)};
    struct provi_tls *tls = tls_open(&options);
    char name[PROVI_TLS_NAME_CAP];
    const struct {
        const struct tls_made *custom;
        bool is_alone; /* in place of the roots of the options */
        enum prov_tls_reason good, other;
        const char *name;
    } rows[] = {
        {NULL, false, PROV_TLS_NONE, PROV_TLS_UNKNOWN_CA, NULL},
        {&other_ca, false, PROV_TLS_NONE, PROV_TLS_NONE, "other-ca"},
        {&other_ca, true, PROV_TLS_UNKNOWN_CA, PROV_TLS_NONE, "other-ca"},
        {&ca, true, PROV_TLS_NONE, PROV_TLS_UNKNOWN_CA, "our-ca"},
        {&ca, false, PROV_TLS_NONE, PROV_TLS_UNKNOWN_CA, "our-ca"}, /* the same twice */
        {NULL, false, PROV_TLS_NONE, PROV_TLS_UNKNOWN_CA, NULL},
        {&other_ca, false, PROV_TLS_NONE, PROV_TLS_NONE, "other-ca"}, /* and is freed with it */
    };
    struct provi_tls_label label = tls->identity->label;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *pem = rows[i].custom ? strdup(rows[i].custom->pem) : NULL;
        assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(pem),
                                                         rows[i].is_alone ? PROV_CUSTOM_CA_ONLY : 0,
                                                         NULL),
                         PROV_OK);
        free(pem);
        assert_memory_not_equal(&tls->identity->label, &label, sizeof label);
        label = tls->identity->label;
        if (try(tls, &good) != rows[i].good || try(tls, &other) != rows[i].other)
            fail_msg("row %zu: %u, %u", i, try(tls, &good), try(tls, &other));
        size_t len;
        prov_status status =
            prov_tls_identity_custom_ca_name(tls->identity, name, sizeof name, &len);
        assert_int_equal(status, rows[i].name ? PROV_OK : PROV_E_NOT_FOUND);
        if (rows[i].name)
            assert_string_equal(name, rows[i].name);
    }
    provi_tls_free(tls);
}

static void test_tls_bad_custom_ca_changes_nothing(void **state)
{
    (void)state;
    struct provi_tls *tls = tls_open(NULL);
    struct prov_error err = {0};
    assert_int_equal(try(tls, &good), PROV_TLS_NO_ROOTS);
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(ca.pem), 0, NULL),
                     PROV_OK);
    struct provi_tls_label label = tls->identity->label;
    char damaged[8192];
    int len = snprintf(damaged, sizeof damaged, "%s%s", ca.pem, other_ca.pem);
    memset(damaged + len - 200, '!', 60);
    prov_status status =
        prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(damaged), 0, &err);
    assert_int_equal(status, PROV_E_CORRUPT);
    assert_string_equal(err.message,
                        "damaged PEM: custom CA, found a certificate: bad base64 decode");
    assert_true(err.line > 10); /* in the second one */
    assert_memory_equal(&tls->identity->label, &label, sizeof label);
    assert_int_equal(try(tls, &good), PROV_TLS_NONE);

    static char large[PROVI_TLS_MAX_PEM_BYTES + 2];
    memset(large, '\n', sizeof large - 1);
    memcpy(large, ca.pem, strlen(ca.pem));
    prov_str text = {large, PROVI_TLS_MAX_PEM_BYTES};
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, text, 0, &err), PROV_OK);
    text.len++;
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, text, 0, &err), PROV_E_LIMIT);
    assert_string_equal(err.message, "more than 4194304 bytes: custom CA");
    provi_tls_free(tls);
}

/* Lists say who is revoked, however old they are; a CA without a list is not checked. */
static void test_tls_revocation_lists(void **state)
{
    (void)state;
    const struct tls_made *rows[][2] = {
        /* whose list, who is on it */
        {&ca, &good},
        {&ca, &other},
        {&other_ca, NULL},
        {&ca, NULL},
    };
    const long times[][2] = {{-60, 60}, {-120, -60}, {60, 120}};
    const enum prov_tls_reason wanted[] = {PROV_TLS_REVOKED, PROV_TLS_NONE, PROV_TLS_NONE,
                                           PROV_TLS_NONE};
    for (size_t i = 0; i < 12; i++) {
        char *list =
            tls_make_list(rows[i % 4][0], rows[i % 4][1], times[i / 4][0], times[i / 4][1]);
        const struct provi_tls_options options = {
            .ca_pem = prov_str_from(ca.pem),
            .crl_pem = prov_str_from(list),
        };
        struct provi_tls *tls = tls_open(&options);
        struct tls_meeting meeting = {.server = &good};
        tls_meet(&meeting, tls);
        assert_int_equal(meeting.err.reason, wanted[i % 4]);
        if (wanted[i % 4])
            assert_string_equal(meeting.err.message,
                                "certificate revoked by its CA, shown by HERE");
        /* The lists of the options count beside a custom CA, also where it is the only one. */
        const uint32_t flags[] = {PROV_CUSTOM_CA_ONLY, 0};
        for (size_t k = 0; k < 2; k++) {
            assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(ca.pem),
                                                             flags[k], NULL),
                             PROV_OK);
            assert_int_equal(try(tls, &good), wanted[i % 4]);
        }
        provi_tls_free(tls);
        free(list);
    }
}

static void test_tls_lists_are_no_roots(void **state)
{
    (void)state;
    char *list = tls_make_list(&ca, NULL, -60, 60);
    const struct provi_tls_options options = {.crl_pem = prov_str_from(list)};
    struct provi_tls *tls = tls_open(&options);
    assert_true(provi_tls_is_empty(tls, provi_tls_trust(tls, tls->identity)));
    assert_int_equal(try(tls, &good), PROV_TLS_NO_ROOTS);
    provi_tls_free(tls);
    free(list);
}

static void test_tls_custom_ca_with_a_list(void **state)
{
    (void)state;
    struct provi_tls *tls = tls_open(NULL);
    char *list = tls_make_list(&ca, &good, -60, 60), both[8192];
    snprintf(both, sizeof both, "%s%s", list, ca.pem);
    struct prov_error err = {0};
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(list), 0, &err),
                     PROV_E_CORRUPT);
    assert_string_equal(err.message,
                        "no certificate in custom CA: expected PEM, found a revocation list");
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(both), 0, NULL),
                     PROV_OK);
    assert_int_equal(try(tls, &good), PROV_TLS_REVOKED);
    /* A list is of its trust: with another custom CA it is gone. */
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(ca.pem), 0, NULL),
                     PROV_OK);
    assert_int_equal(try(tls, &good), PROV_TLS_NONE);
    free(list);
    provi_tls_free(tls);
}

static void test_tls_pins(void **state)
{
    (void)state;
    struct provi_tls_pin pins[3];
    char texts[3][PROVI_TLS_PIN_LEN + 9];
    const struct tls_made *made[] = {&good, &ca, &other};
    for (int i = 0; i < 3; i++) {
        assert_true(provi_tls_compute_pin(made[i]->certificate, &pins[i]));
        snprintf(texts[i], sizeof texts[i], "sha256//%.*s", PROVI_TLS_PIN_LEN, pins[i].text);
    }
    char message[200];
    snprintf(message, sizeof message,
             "none of the pinned keys in the chain; the server's own is %s, shown by HERE",
             texts[0]);
    const struct {
        const char *pins[2];
        size_t n;
        enum prov_tls_reason reason;
    } rows[] = {
        {{texts[0]}, 1, PROV_TLS_NONE},           {{texts[1]}, 1, PROV_TLS_NONE},
        {{texts[0] + 8}, 1, PROV_TLS_NONE},       {{texts[2], texts[1]}, 2, PROV_TLS_NONE},
        {{texts[1], texts[2]}, 2, PROV_TLS_NONE}, {{texts[2], texts[2]}, 2, PROV_TLS_NOT_PINNED},
        {{texts[2]}, 1, PROV_TLS_NOT_PINNED},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const prov_str given[] = {prov_str_from(rows[i].pins[0]), prov_str_from(rows[i].pins[1])};
        const struct provi_tls_options options = {
            .ca_pem = prov_str_from(ca.pem),
            .pins = given,
            .n_pins = rows[i].n,
        };
        struct provi_tls *tls = tls_open(&options);
        struct tls_meeting meeting = {.server = &good};
        tls_meet(&meeting, tls);
        assert_int_equal(meeting.err.reason, rows[i].reason);
        if (rows[i].reason)
            assert_string_equal(meeting.err.message, message);
        assert_int_equal(try(tls, &other), PROV_TLS_UNKNOWN_CA); /* pins are no trust */
        provi_tls_free(tls);
    }
}

static void any_tls(SSL_CTX *server)
{
    SSL_CTX_set_max_proto_version(server, TLS1_VERSION);
}

/* Old versions are allowed by min_tls alone, and allow no weak certificate. */
static void test_tls_old_versions_need_leave(void **state)
{
    (void)state;
    struct tls_made rsa, weak;
    tls_make(&rsa,
             &(struct tls_making){
                 .name = "rsa", .key = "RSA:2048", .issuer = &ca, .names = "DNS:host.example"});
    tls_make(&weak,
             &(struct tls_making){
                 .name = "weak", .key = "RSA:1024", .issuer = &ca, .names = "DNS:host.example"});
    const struct {
        uint8_t min_tls;
        const struct tls_made *server;
        enum prov_tls_reason reason;
    } rows[] = {
        {PROV_TLS_1_0, &rsa, PROV_TLS_NONE},      {PROV_TLS_1_0, &weak, PROV_TLS_WEAK_KEY},
        {PROV_TLS_1_1, &weak, PROV_TLS_WEAK_KEY}, {PROV_TLS_1_2, &rsa, PROV_TLS_VERSION},
        {PROV_TLS_1_3, &rsa, PROV_TLS_VERSION},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct provi_tls_options options = {
            .ca_pem = prov_str_from(ca.pem),
            .min_version = rows[i].min_tls,
        };
        struct provi_tls *tls = tls_open(&options);
        bool is_old = rows[i].min_tls > PROV_TLS_1_3;
        struct tls_meeting meeting = {.server = rows[i].server,
                                      .configure = any_tls,
                                      .min_version = is_old ? TLS1_VERSION : 0};
        tls_meet(&meeting, tls);
        if (meeting.err.reason != rows[i].reason)
            fail_msg("row %zu: %s", i, meeting.err.message);
        provi_tls_free(tls);
    }
    tls_unmake(&rsa);
    tls_unmake(&weak);
}

/* A folder of hashed roots is read when one is needed. */
static void test_tls_folder_of_roots(void **state)
{
    (void)state;
    char folder[] = "/tmp/provision-roots-XXXXXX";
    char *path = tls_make_folder(folder, &ca);
    const struct provi_tls_options options = {.ca_path = folder};
    struct provi_tls *tls = tls_open(&options);
    assert_int_equal(try(tls, &good), PROV_TLS_UNKNOWN_CA); /* there may be roots in it */
    tls_write_pem(path, &ca);
    assert_int_equal(try(tls, &good), PROV_TLS_NONE);
    prov_str custom = prov_str_from(other_ca.pem);
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, custom, 0, NULL), PROV_OK);
    assert_int_equal(try(tls, &good), PROV_TLS_NONE);
    assert_int_equal(
        prov_tls_identity_set_custom_ca(tls->identity, custom, PROV_CUSTOM_CA_ONLY, NULL), PROV_OK);
    assert_int_equal(try(tls, &good), PROV_TLS_UNKNOWN_CA);
    provi_tls_free(tls);

    /* A root of the folder that is not fit to sign is found by its name as well. */
    struct tls_made plain, leaf;
    tls_make(&plain,
             &(struct tls_making){.name = "our-ca", .extensions = "basicConstraints=CA:FALSE"});
    tls_make_server(&leaf, "leaf", &plain);
    tls_write_pem(path, &plain);
    tls = tls_open(&options);
    assert_int_equal(try(tls, &leaf), PROV_TLS_WRONG_PURPOSE);
    provi_tls_free(tls);
    tls_unmake(&plain);
    tls_unmake(&leaf);
    unlink(path);
    free(path);
    rmdir(folder);
}

static prov_str text_of(BIO *bio, char *buf, size_t cap)
{
    int len = BIO_read(bio, buf, (int)cap);
    assert_uint_in_range(len, 1, cap - 1);
    BIO_free(bio);
    return (prov_str){buf, (size_t)len};
}

static void assert_described(prov_str text, const char *words)
{
    struct provi_tls *tls = tls_open(NULL);
    struct prov_error err = {0};
    char message[200];
    snprintf(message, sizeof message, "no certificate in custom CA: expected PEM, found %s", words);
    prov_status status = prov_tls_identity_set_custom_ca(tls->identity, text, 0, &err);
    assert_int_equal(status, PROV_E_CORRUPT);
    assert_string_equal(err.message, message);
    provi_tls_free(tls);
}

static void test_tls_damaged_pem_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *text, *message;
    } rows[] = {
        {"-----BEGIN OPENSSH PRIVATE KEY-----\nb3Bl\n-----END OPENSSH PRIVATE KEY-----\n",
         "damaged PEM: custom CA, found a private key of OpenSSH: *"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n",
         "damaged PEM: custom CA, found a certificate: *"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n",
         "damaged PEM: custom CA, found a certificate: bad end line"},
        {"-----BEGIN X509 CRL-----\nMIIB\n-----END X509 CRL-----\n",
         "damaged PEM: custom CA, found a revocation list: *"},
    };
    struct provi_tls *tls = tls_open(NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_error err = {0};
        prov_status status =
            prov_tls_identity_set_custom_ca(tls->identity, prov_str_from(rows[i].text), 0, &err);
        size_t len = strcspn(rows[i].message, "*");
        assert_int_equal(status, PROV_E_CORRUPT);
        if (strncmp(err.message, rows[i].message, len) != 0 || strlen(err.message) < len)
            fail_msg("row %zu: %s", i, err.message);
        assert_true(err.line > 1);
    }
    provi_tls_free(tls);
}

static void test_tls_what_is_no_certificate_is_named(void **state)
{
    (void)state;
    const struct {
        prov_str text;
        const char *words;
    } rows[] = {
        {PROVI_LIT("text"), "no line -----BEGIN ...-----"},
        {PROVI_LIT("  \r\n"), "nothing"},
        {PROVI_LIT("<!doctype HTML><p>"), "an HTML page"},
        {PROVI_LIT("\n <html>"), "an HTML page"},
        {PROVI_LIT("<flat-profile/>"), "XML"},
        {PROVI_LIT("\x1f\x8b\x08"), "a gzip file"},
        {PROVI_LIT("\xff\xfe-\0"), "UTF-16 text"},
        {PROVI_LIT("\xfe\xff\0-"), "UTF-16 text"},
        {PROVI_LIT("MIIBxjCCAWw"), "base64 without the lines BEGIN and END"},
        {PROVI_LIT("ssh-ed25519 AAAA"), "a public key of OpenSSH"},
        {PROVI_LIT("-----BEGIN CERTIFICATE----\nMIIB\n"),
         "PEM of another kind, or with a damaged BEGIN line"},
        {PROVI_LIT("\x30\x82\x01\x02zzzzzz"), "what looks like DER"},
        {PROVI_LIT("\x30\x81\x01z"), "what looks like DER"},
        {PROVI_LIT("\x30\x83z\x01\x02"), "what looks like DER"},
        {PROVI_LIT("\x30\x02zz"), "what looks like DER"},
        {PROVI_LIT("\x30\x02zzz"), "no line -----BEGIN ...-----"},
        {PROVI_LIT("\x30\x01z"), "no line -----BEGIN ...-----"},
        {PROVI_LIT("\x31\x02zz"), "no line -----BEGIN ...-----"},
        {PROVI_LIT("\x30\x84\x01\x02zzzzzz"), "no line -----BEGIN ...-----"},
        {PROVI_LIT("\x30\x80\x01\x02zzzzzz"), "no line -----BEGIN ...-----"},
        {PROVI_LIT("\x30\x82"), "no line -----BEGIN ...-----"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        assert_described(rows[i].text, rows[i].words);

    char buf[8192];
    EVP_PKEY *key = ca.key;
    BIO *bio = BIO_new(BIO_s_mem());
    i2d_X509_bio(bio, ca.certificate);
    assert_described(text_of(bio, buf, sizeof buf),
                     "a certificate in DER (openssl x509 -inform der)");
    bio = BIO_new(BIO_s_mem());
    i2d_PrivateKey_bio(bio, key);
    assert_described(text_of(bio, buf, sizeof buf),
                     "a private key in DER (openssl pkey -inform der)");
    PKCS12 *pkcs12 = PKCS12_create("x", "x", key, ca.certificate, NULL, 0, 0, 0, 0, 0);
    bio = BIO_new(BIO_s_mem());
    i2d_PKCS12_bio(bio, pkcs12);
    PKCS12_free(pkcs12);
    assert_described(text_of(bio, buf, sizeof buf), "PKCS #12 (openssl pkcs12)");
    PKCS7 *pkcs7 = PKCS7_new();
    PKCS7_set_type(pkcs7, NID_pkcs7_signed);
    PKCS7_content_new(pkcs7, NID_pkcs7_data);
    PKCS7_add_certificate(pkcs7, ca.certificate);
    bio = BIO_new(BIO_s_mem());
    i2d_PKCS7_bio(bio, pkcs7);
    assert_described(text_of(bio, buf, sizeof buf),
                     "PKCS #7 in DER (openssl pkcs7 -inform der -print_certs)");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS7(bio, pkcs7);
    PKCS7_free(pkcs7);
    assert_described(text_of(bio, buf, sizeof buf), "PKCS #7 (openssl pkcs7 -print_certs)");
    char *list = tls_make_list(&ca, NULL, -1, 1);
    bio = BIO_new_mem_buf(list, -1);
    X509_CRL *crl = PEM_read_bio_X509_CRL(bio, NULL, NULL, NULL);
    BIO_free(bio);
    free(list);
    bio = BIO_new(BIO_s_mem());
    i2d_X509_CRL_bio(bio, crl);
    X509_CRL_free(crl);
    assert_described(text_of(bio, buf, sizeof buf),
                     "a revocation list in DER (openssl crl -inform der)");
    X509_REQ *request = X509_to_X509_REQ(ca.certificate, key, EVP_sha256());
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_REQ(bio, request);
    assert_described(text_of(bio, buf, sizeof buf), "a request, which a CA has to sign first");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509_REQ_NEW(bio, request);
    X509_REQ_free(request);
    assert_described(text_of(bio, buf, sizeof buf), "a request, which a CA has to sign first");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PUBKEY(bio, key);
    assert_described(text_of(bio, buf, sizeof buf), "a public key");
    assert_described(prov_str_from(ca.key_pem), "a private key");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
    prov_str locked = text_of(bio, buf, sizeof buf);
    assert_described(locked, "a private key with a passphrase");
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey_traditional(bio, key, EVP_aes_128_cbc(), (unsigned char *)buf, 6, NULL,
                                         NULL);
    locked = text_of(bio, buf, sizeof buf);
    assert_described(locked, "a private key with a passphrase");
}

static void test_tls_sources_that_cannot_be_read(void **state)
{
    (void)state;
    const struct {
        struct provi_tls_options options;
        prov_status status;
        const char *message;
    } rows[] = {
        {{.ca_pem = PROVI_LIT("text")},
         PROV_E_CORRUPT,
         "no certificate in roots in memory: expected PEM, found no line -----BEGIN ...-----"},
        {{.crl_pem = prov_str_from(ca.pem)},
         PROV_E_CORRUPT,
         "no revocation list in revocation lists: expected PEM, found a certificate"},
        {{.ca_file = "/dev/null"},
         PROV_E_CORRUPT,
         "no certificate in /dev/null: expected PEM, found nothing"},
        {{.ca_file = "/nonexistent"},
         PROV_E_IO,
         "cannot read /nonexistent: No such file or directory"},
        {{.ca_file = "/"}, PROV_E_IO, "cannot read /: Is a directory"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct prov_alloc alloc = provi_alloc_or_default(NULL);
        struct provi_tls *tls;
        struct prov_error err = {0};
        assert_int_equal(provi_tls_new(&tls, &alloc, &rows[i].options, &err), rows[i].status);
        assert_null(tls);
        assert_string_equal(err.message, rows[i].message);
    }
}

/* The system's roots: its file, and its folder only where there is no file. */
static void test_tls_system_roots(void **state)
{
    (void)state;
    char file[] = "/tmp/provision-roots-XXXXXX", folder[] = "/tmp/provision-folder-XXXXXX";
    close(mkstemp(file));
    tls_write_pem(file, &other_ca);
    char *root = tls_make_folder(folder, &ca);
    tls_write_pem(root, &ca);
    const struct {
        const char *file, *folder;
        enum prov_tls_reason good, other;
    } rows[] = {
        {file, folder, PROV_TLS_UNKNOWN_CA, PROV_TLS_NONE},
        {"/nonexistent", folder, PROV_TLS_NONE, PROV_TLS_UNKNOWN_CA},
        {NULL, folder, PROV_TLS_NONE, PROV_TLS_UNKNOWN_CA},
        {NULL, NULL, PROV_TLS_NO_ROOTS, PROV_TLS_NO_ROOTS},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct provi_tls_options options = {.system_file = rows[i].file,
                                                  .system_path = rows[i].folder};
        struct provi_tls *tls = tls_open(&options);
        assert_int_equal(provi_tls_load_system(tls, tls->identity, NULL), PROV_OK);
        assert_int_equal(try(tls, &good), rows[i].good);
        assert_int_equal(try(tls, &other), rows[i].other);
        provi_tls_free(tls);
    }
    unlink(root);
    free(root);
    rmdir(folder);
    unlink(file);
}

/* The folder of the options is in place of the system's. */
static void test_tls_own_folder_replaces_the_system_s(void **state)
{
    (void)state;
    char own[] = "/tmp/provision-folder-XXXXXX", system[] = "/tmp/provision-folder-XXXXXX";
    char *root = tls_make_folder(own, &ca), *other_root = tls_make_folder(system, &other_ca);
    tls_write_pem(root, &ca);
    tls_write_pem(other_root, &other_ca);
    struct provi_tls *tls =
        tls_open(&(struct provi_tls_options){.ca_path = own, .system_path = system});
    assert_int_equal(try(tls, &good), PROV_TLS_NONE);
    assert_int_equal(try(tls, &other), PROV_TLS_UNKNOWN_CA);
    provi_tls_free(tls);
    unlink(root);
    unlink(other_root);
    free(root);
    free(other_root);
    rmdir(own);
    rmdir(system);
}

/* Nor is the file read before the first connection, which reports what is wrong with it. */
static void test_tls_system_roots_are_read_when_they_count(void **state)
{
    (void)state;
    char file[] = "/tmp/provision-roots-XXXXXX";
    int fd = mkstemp(file);
    assert_int_equal(write(fd, "none", 4), 4);
    close(fd);
    const struct provi_tls_options options = {.system_file = file};
    provi_tls_free(tls_open(&options)); /* they never counted */
    struct provi_tls *tls = tls_open(&options);
    for (int i = 0; i < 2; i++) {
        struct prov_error err = {.size = sizeof err};
        assert_int_equal(provi_tls_load_system(tls, tls->identity, &err), PROV_E_CORRUPT);
        assert_non_null(strstr(err.message, file));
    }
    /* Nor while a custom CA replaces the roots; beside one it counts. */
    const prov_str custom = prov_str_from(other_ca.pem);
    assert_int_equal(
        prov_tls_identity_set_custom_ca(tls->identity, custom, PROV_CUSTOM_CA_ONLY, NULL), PROV_OK);
    assert_int_equal(provi_tls_load_system(tls, tls->identity, NULL), PROV_OK);
    assert_int_equal(try(tls, &other), PROV_TLS_NONE);
    assert_int_equal(prov_tls_identity_set_custom_ca(tls->identity, custom, 0, NULL), PROV_OK);
    assert_int_equal(provi_tls_load_system(tls, tls->identity, NULL), PROV_E_CORRUPT);
    tls_write_pem(file, &ca);
    assert_int_equal(provi_tls_load_system(tls, tls->identity, NULL), PROV_OK);
    unlink(file); /* it is not read again */
    assert_int_equal(provi_tls_load_system(tls, tls->identity, NULL), PROV_OK);
    assert_int_equal(try(tls, &good), PROV_TLS_NONE);
    provi_tls_free(tls);
}

/* What the distribution demands is not lowered. Before its handshake a connection has no facts. */
static void test_tls_level_of_the_distribution_stays(void **state)
{
    (void)state;
    struct provi_tls *tls = tls_open(NULL);
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    for (int level = 1; level <= 3; level++) {
        struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity};
        SSL_CTX_set_security_level(context, level);
        assert_true(provi_tls_prepare(&hop, context));
        assert_int_equal(SSL_CTX_get_security_level(context),
                         level < PROVI_TLS_LEAST_LEVEL ? PROVI_TLS_LEAST_LEVEL : level);
        provi_tls_leave(&hop);
    }
    SSL *ssl = SSL_new(context);
    struct provi_tls_facts facts;
    provi_tls_get_facts(ssl, &facts);
    assert_int_equal(facts.not_after_s, -1);
    assert_string_equal(facts.subject, "");
    assert_string_equal(facts.names, "");
    SSL_free(ssl);
    SSL_CTX_free(context);
    provi_tls_free(tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_custom_ca_comes_and_goes),
        cmocka_unit_test(test_tls_bad_custom_ca_changes_nothing),
        cmocka_unit_test(test_tls_revocation_lists),
        cmocka_unit_test(test_tls_lists_are_no_roots),
        cmocka_unit_test(test_tls_custom_ca_with_a_list),
        cmocka_unit_test(test_tls_pins),
        cmocka_unit_test(test_tls_old_versions_need_leave),
        cmocka_unit_test(test_tls_folder_of_roots),
        cmocka_unit_test(test_tls_damaged_pem_is_named),
        cmocka_unit_test(test_tls_what_is_no_certificate_is_named),
        cmocka_unit_test(test_tls_sources_that_cannot_be_read),
        cmocka_unit_test(test_tls_system_roots),
        cmocka_unit_test(test_tls_own_folder_replaces_the_system_s),
        cmocka_unit_test(test_tls_system_roots_are_read_when_they_count),
        cmocka_unit_test(test_tls_level_of_the_distribution_stays),
    };
    (void)tls_now;
    return cmocka_run_group_tests(tests, make_all, free_all);
}
