/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Servers that are refused, and why: one handshake in memory for each reason and message. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include "base/alloc.h"
#include "base/str.h"
#include "tls/renewal.h"
#include "tls_peers.h"

TLS_FAKE_CLOCK

static struct tls_made ca, good;

static int make_all(void **state)
{
    (void)state;
    tls_make_ca(&ca, "our-ca", NULL);
    tls_make_server(&good, "good", &ca);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    tls_unmake(&ca);
    tls_unmake(&good);
    return 0;
}

static struct provi_tls *trust(const struct tls_made *made)
{
    const struct provi_tls_options options = {
        .ca_pem = prov_str_from(made->pem),
    };
    return tls_open(&options);
}

static void assert_well(const struct tls_meeting *met)
{
    if (!met->is_done || met->status != PROV_OK)
        fail_msg("%s: %s", prov_status_name(met->status), met->err.message);
}

/* What is expected of a failure. */
struct verdict {
    enum prov_tls_reason reason;
    unsigned depth;
    const char *subject;
    const char *message; /* the whole of it; or the part before a * at its end */
};

static void assert_refused(const struct tls_meeting *met, const struct verdict *verdict)
{
    const struct prov_error *err = &met->err;
    size_t len = strcspn(verdict->message, "*");
    bool is_start = verdict->message[len] == '*' && verdict->message[len + 1] == '\0';
    bool has_message = is_start ? strncmp(err->message, verdict->message, len) == 0
                                : strcmp(err->message, verdict->message) == 0;
    if (met->status != PROV_E_TLS || err->status != PROV_E_TLS || err->reason != verdict->reason ||
        err->depth != verdict->depth || strcmp(err->subject, verdict->subject) != 0 || !has_message)
        fail_msg("%s, reason %u, depth %u, '%s': '%s' and not reason %u, depth %u, '%s': '%s'",
                 prov_status_name(met->status), err->reason, err->depth, err->subject, err->message,
                 verdict->reason, verdict->depth, verdict->subject, verdict->message);
}

static void meet(const struct tls_made *trusted, const struct tls_made *server,
                 const struct tls_made *sent, const struct verdict *verdict)
{
    struct provi_tls *tls = trusted ? trust(trusted) : tls_open(NULL);
    struct tls_meeting meeting = {.server = server, .sent = {sent}};
    tls_meet(&meeting, tls);
    if (verdict)
        assert_refused(&meeting, verdict);
    else
        assert_well(&meeting);
    provi_tls_free(tls);
}

static void test_tls_good_server_is_accepted(void **state)
{
    (void)state;
    meet(&ca, &good, NULL, NULL);
    struct tls_made between, leaf;
    tls_make_ca(&between, "between", &ca);
    tls_make_server(&leaf, "leaf", &between);
    meet(&ca, &leaf, &between, NULL);
    meet(&between, &leaf, NULL, NULL); /* a trusted certificate need not be a root */
    meet(&leaf, &leaf, NULL, NULL);
    tls_unmake(&between);
    tls_unmake(&leaf);
}

/* Each has one thing wrong with it, and is shown by a server for host.example. */
static void test_tls_bad_certificates(void **state)
{
    (void)state;
    static const char clock[] = "this device's clock says 2026-03-04 05:06 UTC, shown by HERE";
    char expired[200], young[200];
    snprintf(expired, sizeof expired, "certificate expired on 2026-03-04 05:05 UTC, %s", clock);
    snprintf(young, sizeof young, "certificate not yet valid before 2026-03-04 05:07 UTC, %s",
             clock);
    const struct {
        struct tls_making making;
        struct verdict verdict;
    } rows[] = {
        {{.name = "old", .issuer = &ca, .from_s = -99, .to_s = -61},
         {PROV_TLS_EXPIRED, 0, "old", expired}},
        {{.name = "endless", .issuer = &ca, .has_unreadable_end = true},
         {PROV_TLS_BAD_CERTIFICATE, 0, "endless",
          "certificate: format error in certificate's notAfter field, shown by HERE"}},
        {{.name = "young", .issuer = &ca, .from_s = 60, .to_s = 99},
         {PROV_TLS_NOT_YET_VALID, 0, "young", young}},
        {{.name = "itself"},
         {PROV_TLS_SELF_SIGNED, 0, "itself",
          "certificate signed by itself and not trusted, shown by HERE"}},
        {{.name = "weak", .issuer = &ca, .key = "RSA:1024"},
         {PROV_TLS_WEAK_KEY, 0, "weak",
          "certificate with too weak a key of 1024 bits: expected RSA of 2048 bits or EC P-256, "
          "shown by HERE"}},
        /* The server finds out, since no client offers the like of these. */
        {{.name = "small", .issuer = &ca, .key = "EC:P-192"},
         {PROV_TLS_PARAMETERS, 0, "",
          "no cipher in common, or the server's key is not RSA or EC P-256 or better, says HERE"}},
        {{.name = "edwards", .issuer = &ca, .key = "ED25519"}, {0}},
        {{.name = "sha1", .issuer = &ca, .digest = "SHA1"},
         {PROV_TLS_WEAK_DIGEST, 0, "sha1",
          "certificate with too weak a signature, ecdsa-with-SHA1: expected SHA-256, shown by "
          "HERE"}},
        {{.name = "client", .issuer = &ca, .extensions = "extendedKeyUsage=clientAuth"},
         {PROV_TLS_WRONG_PURPOSE, 0, "client",
          "certificate with another purpose than a server: its extended key usage has no "
          "serverAuth, shown by HERE"}},
        {{.name = "usage", .issuer = &ca, .extensions = "keyUsage=keyAgreement"}, {0}},
        {{.name = "signer", .issuer = &ca, .extensions = "keyUsage=cRLSign"},
         {PROV_TLS_WRONG_PURPOSE, 0, "signer",
          "certificate with another purpose than a server: *"}},
        {{.name = "any", .issuer = &ca, .extensions = "extendedKeyUsage=serverAuth"}, {0}},
        {{.name = "other", .issuer = &ca, .names = "DNS:a.example,DNS:b.example"},
         {PROV_TLS_WRONG_NAME, 0, "other",
          "certificate is for a.example, b.example, not for host.example, shown by HERE"}},
        {{.issuer = &ca},
         {PROV_TLS_WRONG_NAME, 0, "",
          "certificate has no name of a server, so is not for host.example, shown by HERE"}},
        {{.name = "critical",
          .issuer = &ca,
          .names = "DNS:host.example",
          .extensions = "1.2.3.4=critical,DER:0500"},
         {PROV_TLS_BAD_CERTIFICATE, 0, "critical",
          "certificate: unhandled critical extension, shown by HERE"}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_made made;
        struct tls_making making = rows[i].making;
        if (!making.names && making.name)
            making.names = "DNS:host.example";
        tls_make(&made, &making);
        meet(&ca, &made, NULL, rows[i].verdict.reason ? &rows[i].verdict : NULL);
        tls_unmake(&made);
    }
}

#define CA_FLAGS "basicConstraints=critical,CA:TRUE"

/* A CA that has one thing wrong with it, is trusted, and has signed a good server's certificate. */
static void test_tls_trusted_ca_that_may_not_sign(void **state)
{
    (void)state;
    const struct {
        struct tls_making making;
        struct verdict verdict;
    } rows[] = {
        {{.name = "plain"},
         {PROV_TLS_WRONG_PURPOSE, 1, "plain",
          "CA certificate not fit to sign this: it has no basic constraints with CA:TRUE, shown by "
          "HERE"}},
        {{.name = "false", .extensions = "basicConstraints=critical,CA:FALSE"},
         {PROV_TLS_WRONG_PURPOSE, 1, "false",
          "CA certificate not fit to sign this: its basic constraints say CA:FALSE, shown by "
          "HERE"}},
        {{.name = "usage", .extensions = CA_FLAGS "\nkeyUsage=critical,cRLSign"},
         {PROV_TLS_WRONG_PURPOSE, 1, "usage",
          "CA certificate not fit to sign this: its key usage has no keyCertSign, shown by HERE"}},
        {{.name = "clients", .extensions = CA_FLAGS "\nextendedKeyUsage=clientAuth"},
         {PROV_TLS_WRONG_PURPOSE, 1, "clients",
          "CA certificate not fit to sign this: its extended key usage has no serverAuth, shown by "
          "HERE"}},
        {{.name = "weak", .key = "RSA:1024", .extensions = CA_FLAGS},
         {PROV_TLS_WEAK_KEY, 1, "weak",
          "CA certificate with too weak a key of 1024 bits: expected RSA of 2048 bits or EC "
          "P-256, shown by HERE"}},
        {{.name = "small", .key = "EC:P-192", .extensions = CA_FLAGS},
         {PROV_TLS_WEAK_KEY, 1, "small",
          "CA certificate with too weak a key of 192 bits: expected RSA of 2048 bits or EC "
          "P-256, shown by HERE"}},
        {{.name = "stale", .from_s = -99, .to_s = -61, .extensions = CA_FLAGS},
         {PROV_TLS_EXPIRED, 1, "stale", "CA certificate expired on 2026-03-04 05:05 UTC, *"}},
        {{.name = "early", .from_s = 61, .to_s = 99, .extensions = CA_FLAGS},
         {PROV_TLS_NOT_YET_VALID, 1, "early", "CA certificate not yet valid before 2026-03-04 0*"}},
        {{.more_names = "O=Telco", .extensions = CA_FLAGS}, {0}},
        {{.extensions = CA_FLAGS}, {0}}, /* OpenSSL accepts it, libcurl does not: see below */
        {{.name = "fine", .extensions = CA_FLAGS}, {0}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_made made, leaf;
        tls_make(&made, &rows[i].making);
        tls_make_server(&leaf, "leaf", &made);
        meet(&made, &leaf, NULL, rows[i].verdict.reason ? &rows[i].verdict : NULL);
        tls_unmake(&made);
        tls_unmake(&leaf);
    }
}

/* A CA was made anew, under its old name: the device has one of the two, the server the other. */
static void test_tls_ca_of_the_same_name(void **state)
{
    (void)state;
    struct tls_made other, leaf, itself[2];
    tls_make_ca(&other, "our-ca", NULL);
    tls_make_server(&leaf, "leaf", &other);
    const struct verdict verdict = {
        PROV_TLS_UNKNOWN_CA, 0, "leaf",
        "certificate from our-ca, signed with another key than that of the CA of this name that "
        "this device trusts, shown by HERE"};
    meet(&ca, &leaf, NULL, &verdict);
    meet(&ca, &leaf, &other, &verdict); /* the server sends its root along */
    tls_make_server(&itself[0], "itself", NULL);
    tls_make_server(&itself[1], "itself", NULL);
    const struct verdict of_self = {
        PROV_TLS_SELF_SIGNED, 0, "itself",
        "certificate signed by itself and not trusted; the trusted one of this name has another "
        "key, shown by HERE"};
    meet(&itself[0], &itself[1], NULL, &of_self);
    meet(&itself[1], &itself[1], NULL, NULL);
    for (int i = 0; i < 2; i++)
        tls_unmake(&itself[i]);
    tls_unmake(&leaf);

    /* Signed by the same key, and yet for another certificate of it. */
    struct tls_made renewed, marked;
    tls_make(&renewed, &(struct tls_making){.name = "renewed",
                                            .extensions = CA_FLAGS "\nsubjectKeyIdentifier=hash"});
    tls_make(&marked, &(struct tls_making){.name = "marked",
                                           .issuer = &renewed,
                                           .names = "DNS:host.example",
                                           .extensions = "authorityKeyIdentifier=keyid:always"});
    struct tls_made twin = renewed;
    X509 *copy = twin.certificate = X509_dup(renewed.certificate);
    int at = X509_get_ext_by_NID(copy, NID_subject_key_identifier, -1);
    X509_EXTENSION_free(X509_delete_ext(copy, at));
    X509V3_CTX context;
    X509V3_set_ctx_nodb(&context);
    X509_EXTENSION *id = X509V3_EXT_conf_nid(NULL, &context, NID_subject_key_identifier, "02");
    X509_add_ext(copy, id, -1);
    X509_EXTENSION_free(id);
    X509_sign(copy, renewed.key, EVP_sha256());
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, copy);
    memset(twin.pem, 0, sizeof twin.pem);
    BIO_read(bio, twin.pem, sizeof twin.pem - 1);
    BIO_free(bio);
    const struct verdict of_id = {
        PROV_TLS_UNKNOWN_CA, 0, "marked",
        "certificate from renewed, but its authority key identifier is not that of the CA of this "
        "name that this device trusts, shown by HERE"};
    meet(&twin, &marked, NULL, &of_id);
    /* The one whose key signed is meant, at any place. */
    struct tls_made stranger, both = twin;
    tls_make_ca(&stranger, "renewed", NULL);
    snprintf(both.pem, sizeof both.pem, "%.2000s%.2000s", twin.pem, stranger.pem);
    meet(&both, &marked, NULL, &of_id);
    snprintf(both.pem, sizeof both.pem, "%.2000s%.2000s", stranger.pem, twin.pem);
    meet(&both, &marked, NULL, &of_id);
    tls_unmake(&stranger);
    meet(&renewed, &marked, NULL, NULL);
    X509_free(copy);
    tls_unmake(&renewed);
    tls_unmake(&marked);
    tls_unmake(&other);
}

static void test_tls_unreadable_key_of_a_ca(void **state)
{
    (void)state;
    struct tls_made odd, leaf;
    tls_make(&odd, &(struct tls_making){
                       .name = "odd-ca", .has_unreadable_key = true, .extensions = CA_FLAGS});
    tls_make_server(&leaf, "leaf", &odd);
    const struct verdict verdict = {PROV_TLS_BAD_CERTIFICATE, 1, "odd-ca",
                                    "CA certificate with a key of a kind or form that OpenSSL "
                                    "cannot read: expected RSA of 2048 bits "
                                    "or EC P-256, shown by HERE"};
    meet(&odd, &leaf, NULL, &verdict);
    tls_unmake(&odd);
    tls_unmake(&leaf);
}

static void test_tls_issuer_that_is_not_here(void **state)
{
    (void)state;
    struct tls_made stranger, told, between, house, lone, nameless, leaf, chained;
    tls_make_ca(&stranger, "strange-ca", NULL);
    tls_make_server(&leaf, "leaf", &stranger);
    const struct verdict unknown = {
        PROV_TLS_UNKNOWN_CA, 0, "leaf",
        "certificate from strange-ca, a CA that is not trusted by this device, shown by HERE"};
    meet(&ca, &leaf, NULL, &unknown);
    const struct verdict sent = {
        PROV_TLS_UNKNOWN_CA, 1, "strange-ca",
        "CA certificate from strange-ca, a CA that is not trusted by this device, shown by HERE"};
    meet(&ca, &leaf, &stranger, &sent);
    const struct verdict nobody = {
        PROV_TLS_NO_ROOTS, 0, "leaf",
        "no CA is trusted by this device, so not this certificate's, shown by HERE"};
    meet(NULL, &leaf, NULL, &nobody);

    tls_make(&told,
             &(struct tls_making){
                 .name = "told",
                 .issuer = &stranger,
                 .names = "DNS:host.example",
                 .extensions = "authorityInfoAccess=caIssuers;URI:http://ca.example/ca.crt"});
    const struct verdict missing = {
        PROV_TLS_MISSING_INTERMEDIATE, 0, "told",
        "certificate sent without the intermediate one of its issuer strange-ca, shown by HERE"};
    meet(&ca, &told, NULL, &missing);

    tls_make(&house,
             &(struct tls_making){.name = "root", .more_names = "O=Telco", .extensions = CA_FLAGS});
    tls_make(&between, &(struct tls_making){.name = "between",
                                            .more_names = "O=Telco",
                                            .issuer = &house,
                                            .extensions = CA_FLAGS});
    tls_make_server(&lone, "lone", &between);
    const struct verdict same_house = {
        PROV_TLS_MISSING_INTERMEDIATE, 0, "lone",
        "certificate sent without the intermediate one of its issuer between, shown by HERE"};
    meet(&house, &lone, NULL, &same_house);
    meet(&house, &lone, &between, NULL);

    tls_make(&nameless, &(struct tls_making){.more_names = "C=DE", .extensions = CA_FLAGS});
    tls_make_server(&chained, "chained", &nameless);
    const struct verdict no_name = {
        PROV_TLS_UNKNOWN_CA, 0, "chained",
        "certificate from a CA without a name, a CA that is not trusted by this device, "
        "shown by HERE"};
    meet(&ca, &chained, NULL, &no_name);

    struct tls_made *all[] = {&stranger, &told,     &between, &house,
                              &lone,     &nameless, &leaf,    &chained};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tls_unmake(all[i]);
}

/* libcurl looks at names by itself, behind our back, and says so in its own words only. */
static void test_tls_certificate_that_the_lower_layer_refuses(void **state)
{
    (void)state;
    struct provi_tls *tls = trust(&ca);
    struct tls_meeting meeting = {.server = &good, .lower_layer_refuses = true};
    tls_meet(&meeting, tls);
    const struct verdict verdict = {
        PROV_TLS_BAD_CERTIFICATE, 0, "",
        "certificate refused by libcurl, words of libcurl, shown by HERE"};
    assert_refused(&meeting, &verdict);
    assert_int_equal(meeting.err.origin, PROV_ORIGIN_CURL);
    assert_int_equal(meeting.err.native, 60);
    provi_tls_free(tls);
}

/* The clock at the very seconds: valid from the first one on, up to the last one before the end. */
static void test_tls_dates_to_the_second(void **state)
{
    (void)state;
    struct tls_made made;
    tls_make(&made, &(struct tls_making){.name = "short",
                                         .issuer = &ca,
                                         .names = "DNS:host.example",
                                         .from_s = 100,
                                         .to_s = 200});
    const struct {
        long at_s;
        enum prov_tls_reason reason;
    } rows[] = {
        {99, PROV_TLS_NOT_YET_VALID}, {100, PROV_TLS_NONE},    {101, PROV_TLS_NONE},
        {199, PROV_TLS_NONE},         {200, PROV_TLS_EXPIRED}, {201, PROV_TLS_EXPIRED},
    };
    struct provi_tls *tls = trust(&ca);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_meeting meeting = {.server = &made};
        tls_now = TLS_NOW + rows[i].at_s;
        tls_meet(&meeting, tls);
        tls_now = TLS_NOW;
        if (meeting.err.reason != rows[i].reason)
            fail_msg("at %ld: %s", rows[i].at_s, meeting.err.message);
    }
    provi_tls_free(tls);
    tls_unmake(&made);
}

static bool read_wall(void *ctx, int64_t *utc_s, int32_t *utc_offset_s)
{
    const int64_t *now_s = ctx;
    *utc_s = *now_s;
    *utc_offset_s = 3600;
    return *now_s > 0;
}

/* The host's clock decides, not the system's; one that is not set proves nothing. */
static void test_tls_dates_by_the_host_s_clock(void **state)
{
    (void)state;
    const struct {
        int64_t now_s;
        enum prov_tls_reason reason;
        const char *message;
    } rows[] = {
        {TLS_NOW, PROV_TLS_NONE, ""},
        {TLS_NOW + 1000 * 86400, PROV_TLS_EXPIRED,
         ", this device's clock says 2028-11-28 05:06 UTC, "},
        {TLS_NOW - 1000 * 86400, PROV_TLS_NOT_YET_VALID, ", this device's clock says 2023-06-08 "},
        {0, PROV_TLS_NOT_YET_VALID, ", but this device's clock is not set, shown by HERE"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        int64_t now_s = rows[i].now_s;
        const struct prov_clock clock = {.wall_s = read_wall, .ctx = &now_s};
        const struct provi_tls_options options = {.ca_pem = prov_str_from(ca.pem), .clock = &clock};
        struct provi_tls *tls = tls_open(&options);
        struct tls_meeting meeting = {.server = &good};
        tls_meet(&meeting, tls);
        if (meeting.err.reason != rows[i].reason || !strstr(meeting.err.message, rows[i].message))
            fail_msg("row %zu: %s", i, meeting.err.message);
        provi_tls_free(tls);
    }
}

/* Before the clock is set, no certificate of the device has expired. */
static void test_tls_own_certificate_before_the_clock_is_set(void **state)
{
    (void)state;
    struct tls_made old;
    tls_make(&old, &(struct tls_making){.name = "old", .from_s = -99, .to_s = -61});
    int64_t not_set = 0;
    const struct prov_clock clock = {.wall_s = read_wall, .ctx = &not_set};
    struct provi_tls *tls = tls_open(&(struct provi_tls_options){.clock = &clock});
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(old.pem),
                                                  .key_pem = prov_str_from(old.key_pem)};
    assert_int_equal(provi_tls_set_certificate(tls->identity, &given, NULL), PROV_OK);
    assert_true(prov_tls_identity_has_certificate(tls->identity));
    provi_tls_free(tls);
    tls_unmake(&old);
}

/* A date that is none: the certificate is shown, for the server to check, but not renewed by it. */
static void test_tls_own_certificate_without_an_end(void **state)
{
    (void)state;
    struct tls_made endless;
    tls_make(&endless, &(struct tls_making){.name = "endless", .has_unreadable_end = true});
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(endless.pem),
                                                  .key_pem = prov_str_from(endless.key_pem)};
    struct provi_tls *tls = trust(&ca);
    assert_int_equal(provi_tls_set_certificate(tls->identity, &given, NULL), PROV_OK);
    provi_tls_free(tls);
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_renewal *renewal;
    int64_t from_s, to_s;
    assert_int_equal(provi_renewal_open(&renewal, &alloc, &given, NULL), PROV_OK);
    assert_false(provi_renewal_dates(renewal, &from_s, &to_s));
    provi_renewal_close(renewal);
    tls_unmake(&endless);
}

static void only_tls_1_1(SSL_CTX *server)
{
    SSL_CTX_set_max_proto_version(server, TLS1_1_VERSION);
}

static void only_tls_1_2(SSL_CTX *server)
{
    SSL_CTX_set_max_proto_version(server, TLS1_2_VERSION);
}

static void small_dh(SSL_CTX *server)
{
    only_tls_1_2(server);
    SSL_CTX_set_cipher_list(server, "DHE@SECLEVEL=0");
    BIO *bio = BIO_new_mem_buf("-----BEGIN DH PARAMETERS-----\n"
                               "MIGHAoGBAJT2qPxXlJmj0Akbqw1kQGrykIiF0NrmwpJ2mYPpniOfRN4nhDpF4WEl\n"
                               "+h6/H6RzTzQZiZ3kIU9+914/Y+N9yCZyDmLHUs64WT3+DZ5tGMOv0b1q99oF7MxI\n"
                               "+FSw+ZetwZj3b528IS3tAMEDKC9yWrM6lES6+d1+3iUu2LvU8HIPAgEC\n"
                               "-----END DH PARAMETERS-----\n",
                               -1);
    EVP_PKEY *parameters = PEM_read_bio_Parameters(bio, NULL);
    BIO_free(bio);
    if (!parameters || SSL_CTX_set0_tmp_dh_pkey(server, parameters) != 1)
        fail_msg("no DH parameters");
}

static int refuse_name(SSL *ssl, int *alert, void *ctx)
{
    (void)ssl;
    (void)ctx;
    *alert = SSL_AD_UNRECOGNIZED_NAME;
    return SSL_TLSEXT_ERR_ALERT_FATAL;
}

static void no_such_name(SSL_CTX *server)
{
    SSL_CTX_set_tlsext_servername_callback(server, refuse_name);
}

static void odd_cipher(SSL_CTX *server)
{
    only_tls_1_2(server);
    SSL_CTX_set_cipher_list(server, "ECDHE-ECDSA-NULL-SHA:@SECLEVEL=0");
}

static void test_tls_handshakes_that_fail(void **state)
{
    (void)state;
    const struct {
        struct tls_meeting meeting;
        struct verdict verdict;
        bool is_retryable;
    } rows[] = {
        {{.is_raw = true, .answer = PROVI_LIT("HTTP/1.1 400 Bad Request\r\n\r\n")},
         {PROV_TLS_HTTP_SPOKEN, 0, "", "no TLS spoken (plain HTTP?) by HERE"},
         false},
        {{.is_raw = true, .answer = PROVI_LIT("220 mail.example ESMTP\r\n")},
         {PROV_TLS_HTTP_SPOKEN, 0, "",
          "no TLS spoken by HERE: it starts with '220 mail.example ESMTP'"},
         false},
        {{.is_raw = true, .answer = PROVI_LIT("SSH-2.0-OpenSSH_9.2p1 Debian-2+deb12u3\r\n")},
         {PROV_TLS_HTTP_SPOKEN, 0, "",
          "no TLS spoken by HERE: it starts with 'SSH-2.0-OpenSSH_9.2p1 De'"},
         false},
        {{.is_raw = true, .answer = PROVI_LIT("+OK\r\n")},
         {PROV_TLS_HTTP_SPOKEN, 0, "", "no TLS spoken by HERE: it starts with '+OK'"},
         false},
        {{.is_raw = true, .answer = {"J\0\0\0\n8.0.36\0", 12}},
         {PROV_TLS_HTTP_SPOKEN, 0, "", "no TLS spoken by HERE: it starts with 'J'"},
         false},
        {{.is_raw = true, .answer = PROVI_LIT("\xff\xfb\x01\xff\xfb\x03")},
         {PROV_TLS_HTTP_SPOKEN, 0, "", "no TLS spoken (plain HTTP?) by HERE"},
         false},
        {{.is_raw = true, .answer = {"", 0}},
         {PROV_TLS_BROKEN_OFF, 0, "", "TLS handshake broken off by HERE"},
         true},
        {{.is_raw = true, .answer = PROVI_LIT("\x16\x03\x03\x00\x04\x02\x00\x00\x00")},
         {PROV_TLS_PROTOCOL, 0, "", "TLS failed, *"},
         false},
        {{.is_raw = true, .answer = PROVI_LIT("\x15\x03\x03\x00\x02\x02\x50")},
         {PROV_TLS_PROTOCOL, 0, "", "TLS failed, tlsv1 alert internal error, with HERE"},
         false},
        {{.is_raw = true, .answer = PROVI_LIT("\x15\x03\x03\x00\x02\x02\x47")},
         {PROV_TLS_PARAMETERS, 0, "",
          "no cipher in common, or the server's key is not RSA or EC P-256 or better, says HERE"},
         false},
        {{.server = &good, .configure = only_tls_1_1},
         {PROV_TLS_VERSION, 0, "", "no common TLS version with HERE"},
         false},
        {{.server = &good, .configure = only_tls_1_2, .min_version = TLS1_3_VERSION},
         {PROV_TLS_VERSION, 0, "", "no common TLS version with HERE"},
         false},
        {{.server = &good, .configure = odd_cipher},
         {PROV_TLS_PARAMETERS, 0, "",
          "no cipher in common, or the server's key is not RSA or EC P-256 or better, says HERE"},
         false},
        {{.server = &good, .configure = no_such_name},
         {PROV_TLS_UNKNOWN_NAME, 0, "", "server name not known to HERE"},
         false},
    };
    struct provi_tls *tls = trust(&ca);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_meeting meeting = rows[i].meeting;
        tls_meet(&meeting, tls);
        assert_refused(&meeting, &rows[i].verdict);
        assert_int_equal(meeting.err.flags & PROV_ERROR_RETRYABLE, rows[i].is_retryable);
    }
    provi_tls_free(tls);
}

static void test_tls_weak_key_exchange(void **state)
{
    (void)state;
    struct tls_made rsa;
    struct provi_tls *tls = trust(&ca);
    tls_make(&rsa,
             &(struct tls_making){
                 .name = "rsa", .issuer = &ca, .key = "RSA:2048", .names = "DNS:host.example"});
    struct tls_meeting meeting = {.server = &rsa, .configure = small_dh};
    tls_meet(&meeting, tls);
    const struct verdict verdict = {
        PROV_TLS_PARAMETERS, 0, "",
        "no common TLS parameters strong enough, dh key too small, with HERE"};
    assert_refused(&meeting, &verdict);
    meeting = (struct tls_meeting){.server = &rsa};
    tls_meet(&meeting, tls);
    assert_well(&meeting);
    provi_tls_free(tls);
    tls_unmake(&rsa);
}

/* What servers of TLS and of HTTP write to those who come with the other one. */
static void test_tls_words_of_a_server(void **state)
{
    (void)state;
    const struct {
        long http_code;
        prov_str answer;
        enum prov_tls_reason reason;
        const char *message;
    } rows[] = {
        {0, PROVI_LIT("\x15\x03\x01\x00\x02\x02\x46"), PROV_TLS_EXPECTED,
         "TLS expected (https?) by HERE"},
        {0, PROVI_LIT("\x15\x03"), PROV_TLS_EXPECTED, "TLS expected (https?) by HERE"},
        {0, PROVI_LIT("\x15"), PROV_TLS_NONE, ""},
        {0, PROVI_LIT("\x15\x04"), PROV_TLS_NONE, ""},
        {0, PROVI_LIT("\x16\x03"), PROV_TLS_NONE, ""},
        {200, PROVI_LIT("\x15\x03"), PROV_TLS_NONE, ""},
        {400, PROVI_LIT("\x15\x03"), PROV_TLS_NONE, ""},
        {400, PROVI_LIT("The plain HTTP request was sent to HTTPS port"), PROV_TLS_EXPECTED,
         "TLS expected (https?) by HERE"},
        {400, PROVI_LIT("Reason: You're speaking plain HTTP to an SSL-enabled server port."),
         PROV_TLS_EXPECTED, "TLS expected (https?) by HERE"},
        {400, PROVI_LIT("<center>No required SSL certificate was sent</center>"),
         PROV_TLS_CLIENT_REQUIRED, "certificate of this device required by HERE"},
        {400, PROVI_LIT("<center>The SSL certificate error</center>"), PROV_TLS_CLIENT_REFUSED,
         "certificate of this device refused by HERE: its page gives no reason"},
        {404, PROVI_LIT("The SSL certificate error"), PROV_TLS_NONE, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_tls_hop hop = {.stated = PROV_TLS_NONE};
        struct prov_error err = {0};
        const struct provi_tls_outcome outcome = {.http_code = rows[i].http_code};
        provi_tls_read_words(&hop, rows[i].http_code, rows[i].answer);
        prov_status status = provi_tls_find_cause(&hop, &outcome, "HERE", &err);
        if (status != (rows[i].reason ? PROV_E_TLS : PROV_OK) || err.reason != rows[i].reason ||
            strcmp(err.message, rows[i].message) != 0)
            fail_msg("row %zu: %u, %s", i, err.reason, err.message);
        if (rows[i].reason && err.native != rows[i].http_code)
            fail_msg("row %zu: native %d", i, (int)err.native);
    }
}

static void part(struct tls_meeting *meeting, SSL *server)
{
    (void)server;
    provi_tls_leave(&meeting->hop);
}

static void ask_again(struct tls_meeting *meeting, SSL *server)
{
    (void)meeting;
    SSL_set_verify(server, SSL_VERIFY_PEER, NULL);
    assert_int_equal(SSL_verify_client_post_handshake(server), 1);
}

static void part_and_ask_again(struct tls_meeting *meeting, SSL *server)
{
    part(meeting, server);
    ask_again(meeting, server);
}

static void allow_second_request(SSL_CTX *context)
{
    SSL_CTX_set_post_handshake_auth(context, 1);
}

/* A connection whose hop is over makes no new handshake, and sends no certificate. */
static void test_tls_connection_without_a_round(void **state)
{
    (void)state;
    struct provi_tls *tls = trust(&ca);
    struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity}, next = hop;
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_true(provi_tls_prepare(&hop, context));
    provi_tls_join(&next, context); /* another hop joins before the first one leaves */
    provi_tls_leave(&hop);
    assert_ptr_equal(SSL_CTX_get_app_data(context), &next);
    provi_tls_leave(&next);
    provi_tls_leave(&next);
    assert_null(SSL_CTX_get_app_data(context));
    SSL_CTX_free(context);

    struct tls_meeting meeting = {.server = &good, .configure_device = allow_second_request};
    meeting.between = ask_again;
    tls_meet(&meeting, tls);
    assert_well(&meeting);
    assert_true(meeting.hop.was_asked);
    meeting.between = part_and_ask_again;
    tls_meet(&meeting, tls);
    assert_well(&meeting);
    assert_false(meeting.hop.was_asked);
    meeting = (struct tls_meeting){.server = &good, .parts_first = true};
    tls_meet(&meeting, tls);
    assert_false(meeting.is_done);
    assert_int_equal(meeting.err.reason, PROV_TLS_BROKEN_OFF);
    provi_tls_free(tls);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_good_server_is_accepted),
        cmocka_unit_test(test_tls_bad_certificates),
        cmocka_unit_test(test_tls_trusted_ca_that_may_not_sign),
        cmocka_unit_test(test_tls_ca_of_the_same_name),
        cmocka_unit_test(test_tls_unreadable_key_of_a_ca),
        cmocka_unit_test(test_tls_issuer_that_is_not_here),
        cmocka_unit_test(test_tls_certificate_that_the_lower_layer_refuses),
        cmocka_unit_test(test_tls_dates_to_the_second),
        cmocka_unit_test(test_tls_dates_by_the_host_s_clock),
        cmocka_unit_test(test_tls_own_certificate_before_the_clock_is_set),
        cmocka_unit_test(test_tls_own_certificate_without_an_end),
        cmocka_unit_test(test_tls_handshakes_that_fail),
        cmocka_unit_test(test_tls_weak_key_exchange),
        cmocka_unit_test(test_tls_words_of_a_server),
        cmocka_unit_test(test_tls_connection_without_a_round),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
