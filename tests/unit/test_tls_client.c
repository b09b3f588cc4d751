/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The device's own certificate: shown to servers, signed with by the host, refused by servers. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include <openssl/core_names.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/rsa.h>

#include "base/str.h"
#include "tls/padding.h"
#include "tls_peers.h"

TLS_FAKE_CLOCK

static struct tls_made ca, server, between, device, rsa, large, edwards, deep, stranger;

static int make_all(void **state)
{
    (void)state;
    tls_make_ca(&ca, "our-ca", NULL);
    tls_make_ca(&between, "between", &ca);
    tls_make_server(&server, "server", &ca);
    tls_make(&device, &(struct tls_making){.name = "device", .issuer = &ca});
    tls_make(&rsa, &(struct tls_making){.name = "rsa", .issuer = &ca, .key = "RSA:2048"});
    tls_make(&large, &(struct tls_making){.name = "large", .issuer = &ca, .key = "EC:P-384"});
    tls_make(&edwards, &(struct tls_making){.name = "edwards", .issuer = &ca, .key = "ED25519"});
    tls_make(&deep, &(struct tls_making){.name = "deep", .issuer = &between});
    tls_make(&stranger, &(struct tls_making){.name = "stranger"});
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    struct tls_made *all[] = {&ca,    &server,  &between, &device,  &rsa,
                              &large, &edwards, &deep,    &stranger};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
        tls_unmake(all[i]);
    return 0;
}

static struct provi_tls *trust(void)
{
    const struct provi_tls_options options = {.ca_pem = prov_str_from(ca.pem)};
    return tls_open(&options);
}

/* The store of a server that asks for a certificate by our CA, and names it. */
static void ask(SSL_CTX *context)
{
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), ca.certificate);
    SSL_CTX_add_client_CA(context, ca.certificate);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, NULL);
}

static void ask_1_2(SSL_CTX *context)
{
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
    ask(context);
}

static void ask_1_1(SSL_CTX *context)
{
    SSL_CTX_set_max_proto_version(context, TLS1_1_VERSION);
    ask(context);
}

static void ask_two(SSL_CTX *context)
{
    ask(context);
    SSL_CTX_add_client_CA(context, between.certificate);
}

static void ask_pkcs1(SSL_CTX *context)
{
    ask_1_2(context);
    SSL_CTX_set1_client_sigalgs_list(context, "RSA+SHA256");
}

static void ask_pss(SSL_CTX *context)
{
    ask_1_2(context);
    SSL_CTX_set1_client_sigalgs_list(context, "RSA-PSS+SHA384");
}

static int alert_to_send;

/* A verdict that OpenSSL turns into the alert of the test's choice. */
static int refuse_chain(X509_STORE_CTX *chain, void *ctx)
{
    (void)ctx;
    X509_STORE_CTX_set_error(chain, alert_to_send);
    return 0;
}

static void ask_and_refuse(SSL_CTX *context)
{
    ask(context);
    SSL_CTX_set_cert_verify_callback(context, refuse_chain, NULL);
}

static void ask_and_refuse_1_2(SSL_CTX *context)
{
    ask_and_refuse(context);
    SSL_CTX_set_max_proto_version(context, TLS1_2_VERSION);
}

static void assert_met(struct tls_meeting *meeting, struct provi_tls *tls,
                       enum prov_tls_reason reason, const char *message)
{
    meeting->server = &server;
    tls_meet(meeting, tls);
    if (meeting->err.reason != reason || meeting->is_done != !reason ||
        strcmp(meeting->err.message, message) != 0)
        fail_msg("reason %u, '%s' and not %u, '%s'", meeting->err.reason, meeting->err.message,
                 reason, message);
}

struct hsm {
    EVP_PKEY *key;
    prov_status status;
    size_t len; /* of the signature, if it is not 0 */
    bool damages;
    unsigned n_calls;
    uint32_t kind;
    size_t data_len;
};

static prov_status sign(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                        size_t cap, size_t *sig_len)
{
    struct hsm *hsm = ctx;
    hsm->n_calls++;
    hsm->kind = kind;
    hsm->data_len = len;
    if (hsm->status != PROV_OK || hsm->len == SIZE_MAX) /* this one writes nothing */
        return hsm->status;
    EVP_PKEY_CTX *operation = EVP_PKEY_CTX_new(hsm->key, NULL);
    *sig_len = cap;
    bool is_signed =
        EVP_PKEY_sign_init(operation) == 1 &&
        (kind == PROV_SIGN_ECDSA || EVP_PKEY_CTX_set_rsa_padding(operation, RSA_NO_PADDING) == 1) &&
        EVP_PKEY_sign(operation, sig, sig_len, data, len) == 1;
    EVP_PKEY_CTX_free(operation);
    if (hsm->damages)
        sig[*sig_len - 1] ^= 1;
    if (hsm->len)
        *sig_len = hsm->len;
    return is_signed ? PROV_OK : PROV_E_STATE;
}

static void give_sign(struct provi_tls *tls, const struct tls_made *made, struct hsm *hsm)
{
    const struct prov_client_certificate given = {
        .size = sizeof given, .cert_pem = prov_str_from(made->pem), .sign = sign, .sign_ctx = hsm};
    struct prov_error err = {0};
    if (provi_tls_set_certificate(tls->identity, &given, &err) != PROV_OK)
        fail_msg("%s", err.message);
}

static void give(struct provi_tls *tls, const struct tls_made *made, const struct tls_made *issuer)
{
    char pem[16384];
    snprintf(pem, sizeof pem, "%s%s%s", made->pem, issuer ? issuer->pem : "", issuer ? ca.pem : "");
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(pem),
                                                  .key_pem = prov_str_from(made->key_pem)};
    struct prov_error err = {0};
    if (provi_tls_set_certificate(tls->identity, &given, &err) != PROV_OK)
        fail_msg("%s", err.message);
}

static void test_tls_own_certificate_is_accepted(void **state)
{
    (void)state;
    const struct {
        const struct tls_made *made, *issuer;
        void (*configure)(SSL_CTX *);
    } rows[] = {
        {&device, NULL, ask},       {&device, NULL, ask_1_2}, {&rsa, NULL, ask},
        {&rsa, NULL, ask_1_2},      {&rsa, NULL, ask_pkcs1},  {&rsa, NULL, ask_pss},
        {&large, NULL, ask},        {&large, NULL, ask_1_2},  {&edwards, NULL, ask},
        {&edwards, NULL, ask_1_2},  {&deep, &between, ask},   {&device, NULL, ask_two},
        {&deep, &between, ask_two},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_tls *tls = trust();
        struct tls_meeting meeting = {.configure = rows[i].configure};
        give(tls, rows[i].made, rows[i].issuer);
        assert_met(&meeting, tls, PROV_TLS_NONE, "");
        assert_true(meeting.hop.was_asked && meeting.hop.has_wanted_ca);
        assert_string_equal(meeting.hop.wanted_ca, "our-ca");
        provi_tls_free(tls);
    }
}

static char *write_file(const char *text)
{
    char *path = strdup("/tmp/provision-tls-XXXXXX");
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, text, strlen(text)), strlen(text));
    close(fd);
    return path;
}

static void test_tls_own_certificate_from_files(void **state)
{
    (void)state;
    char both[8192];
    snprintf(both, sizeof both, "%s%s", device.key_pem, device.pem);
    char *paths[] = {write_file(device.pem), write_file(device.key_pem), write_file(both)};
    const struct prov_client_certificate rows[] = {
        {.size = sizeof rows[0], .cert_file = paths[0], .key_file = paths[1]},
        {.size = sizeof rows[0], .cert_file = paths[2]},
        {.size = sizeof rows[0], .cert_file = paths[0], .key_pem = prov_str_from(device.key_pem)},
        {.size = sizeof rows[0], .cert_pem = prov_str_from(device.pem), .key_file = paths[1]},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_tls *tls = trust();
        struct tls_meeting meeting = {.configure = ask};
        assert_int_equal(provi_tls_set_certificate(tls->identity, &rows[i], NULL), PROV_OK);
        assert_met(&meeting, tls, PROV_TLS_NONE, "");
        provi_tls_free(tls);
    }
    for (size_t i = 0; i < 3; i++) {
        unlink(paths[i]);
        free(paths[i]);
    }
}

/* The host's key signs each of what TLS wants, and never sees more than it has to. */
static void test_tls_host_signs(void **state)
{
    (void)state;
    const struct {
        const struct tls_made *made;
        void (*configure)(SSL_CTX *);
        uint32_t kind;
        size_t data_len;
        uint8_t min_tls;
    } rows[] = {
        {&device, ask, PROV_SIGN_ECDSA, 32, PROV_TLS_1_2},
        {&device, ask_1_2, PROV_SIGN_ECDSA, 32, PROV_TLS_1_2},
        {&device, ask_1_1, PROV_SIGN_ECDSA, 20, PROV_TLS_1_0},
        {&large, ask, PROV_SIGN_ECDSA, 48, PROV_TLS_1_2},
        {&rsa, ask, PROV_SIGN_RSA, 256, PROV_TLS_1_2},
        {&rsa, ask_pkcs1, PROV_SIGN_RSA, 256, PROV_TLS_1_2},
        {&rsa, ask_pss, PROV_SIGN_RSA, 256, PROV_TLS_1_2},
        {&rsa, ask_1_1, PROV_SIGN_RSA, 256, PROV_TLS_1_0},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        const struct provi_tls_options options = {.ca_pem = prov_str_from(ca.pem),
                                                  .min_version = rows[i].min_tls};
        struct provi_tls *tls = tls_open(&options);
        struct hsm hsm = {.key = rows[i].made->key};
        give_sign(tls, rows[i].made, &hsm);
        assert_int_equal(hsm.n_calls, 0);
        for (unsigned n = 1; n <= 2; n++) {
            struct tls_meeting meeting = {.configure = rows[i].configure,
                                          .min_version = rows[i].min_tls ? TLS1_VERSION : 0};
            assert_met(&meeting, tls, PROV_TLS_NONE, "");
            assert_int_equal(hsm.n_calls, n);
            assert_int_equal(hsm.kind, rows[i].kind);
            if (hsm.data_len != rows[i].data_len)
                fail_msg("row %zu: %zu bytes", i, hsm.data_len);
        }
        provi_tls_free(tls);
    }
}

static void test_tls_host_that_does_not_sign(void **state)
{
    (void)state;
    const struct {
        const struct tls_made *made;
        struct hsm hsm;
        int64_t native;
        const char *message;
    } rows[] = {
        {&device, {.status = PROV_E_BUSY}, PROV_E_BUSY, NULL},
        {&rsa, {.status = PROV_E_BUSY}, PROV_E_BUSY, NULL},
        {&rsa, {.status = -0x7ff}, -0x7ff, NULL},
        {&rsa,
         {.status = -0x800},
         0,
         "the host did not sign for HERE: it returned something that is no status"},
        {&device,
         {.status = 77},
         0,
         "the host did not sign for HERE: it returned something that is no status"},
        {&device,
         {.key = device.key, .len = SIZE_MAX},
         0,
         "the host did not sign for HERE: its signature is empty or of a wrong length"},
        {&device,
         {.key = device.key, .len = 73},
         0,
         "the host did not sign for HERE: its signature is empty or of a wrong length"},
        {&rsa,
         {.key = rsa.key, .len = 255},
         0,
         "the host did not sign for HERE: its signature is empty or of a wrong length"},
        {&rsa,
         {.key = rsa.key, .len = 257},
         0,
         "the host did not sign for HERE: its signature is empty or of a wrong length"},
        {&device,
         {.key = device.key, .damages = true},
         0,
         "the host did not sign for HERE: its signature is not by the key of the device's "
         "certificate"},
        {&rsa,
         {.key = rsa.key, .damages = true},
         0,
         "the host did not sign for HERE: its signature is not by the key of the device's "
         "certificate"},
        {&device,
         {.key = stranger.key},
         0,
         "the host did not sign for HERE: its signature is not by the key of the device's "
         "certificate"},
    };
    void (*const versions[])(SSL_CTX *) = {ask, ask_1_2};
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        struct provi_tls *tls = trust();
        struct hsm hsm = rows[i / 2].hsm;
        char message[200];
        snprintf(message, sizeof message, "the host did not sign for HERE: %s",
                 prov_status_text((prov_status)rows[i / 2].native));
        give_sign(tls, rows[i / 2].made, &hsm);
        struct tls_meeting meeting = {.configure = versions[i % 2]};
        assert_met(&meeting, tls, PROV_TLS_KEY_FAILED,
                   rows[i / 2].message ? rows[i / 2].message : message);
        assert_int_equal(meeting.err.origin, PROV_ORIGIN_HOST);
        assert_int_equal(meeting.err.native, rows[i / 2].native);
        provi_tls_free(tls);
    }
}

/* A connection that outlives a change of identity still has the key it was made with. */
static void test_tls_key_of_an_older_connection(void **state)
{
    (void)state;
    struct provi_tls *tls = trust();
    struct hsm first = {.key = device.key}, second = {.key = rsa.key};
    give_sign(tls, &device, &first);
    struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    assert_true(provi_tls_prepare(&hop, context));
    give_sign(tls, &rsa, &second);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char sig[256];
    size_t len = sizeof sig;
    EVP_PKEY *key = SSL_CTX_get0_privatekey(context);
    assert_int_equal(EVP_DigestSignInit_ex(digest, NULL, "SHA256", NULL, NULL, key, NULL), 1);
    assert_int_equal(EVP_DigestSign(digest, sig, &len, (const unsigned char *)"x", 1), 1);
    assert_int_equal(first.n_calls, 1);
    assert_int_equal(second.n_calls, 0);
    EVP_MD_CTX_free(digest);
    provi_tls_leave(&hop);
    SSL_CTX_free(context);
    provi_tls_free(tls);
}

/* What OpenSSL may do with such a key, and what it may not. */
static void test_tls_key_in_the_hosts_hands(void **state)
{
    (void)state;
    const struct tls_made *made[] = {&device, &rsa};
    for (size_t i = 0; i < 2; i++) {
        struct provi_tls *tls = trust();
        struct hsm hsm = {.key = made[i]->key};
        give_sign(tls, made[i], &hsm);
        SSL_CTX *connection = SSL_CTX_new(TLS_client_method());
        assert_true(provi_tls_use_certificate(tls, tls->identity, connection));
        EVP_PKEY *key = SSL_CTX_get0_privatekey(connection);
        unsigned char buf[512];
        size_t len = sizeof buf, small = 8;
        assert_int_equal(EVP_PKEY_get_bits(key), EVP_PKEY_get_bits(made[i]->key));
        assert_int_equal(EVP_PKEY_get_size(key), EVP_PKEY_get_size(made[i]->key));
        assert_int_equal(EVP_PKEY_eq(made[i]->key, key), 1);
        assert_int_not_equal(EVP_PKEY_eq(stranger.key, key), 1);
        assert_true(i2d_PrivateKey(key, NULL) <= 0);
        EVP_MD_CTX *digest = EVP_MD_CTX_new();
        EVP_PKEY_CTX *context = NULL;
        assert_int_not_equal(
            EVP_DigestSignInit_ex(digest, NULL, "NO-DIGEST", NULL, NULL, key, NULL), 1);
        assert_int_equal(EVP_DigestSignInit_ex(digest, &context, "SHA256", NULL, NULL, key, NULL),
                         1);
        assert_int_equal(EVP_DigestSign(digest, NULL, &len, buf, 1), 1);
        assert_int_equal(len, EVP_PKEY_get_size(key));
        assert_int_not_equal(EVP_DigestSign(digest, buf, &small, buf, 1), 1);
        /* The padding may also be set by its name. */
        OSSL_PARAM named[] = {
            OSSL_PARAM_construct_utf8_string(OSSL_SIGNATURE_PARAM_PAD_MODE,
                                             (char[]){OSSL_PKEY_RSA_PAD_MODE_PSS}, 0),
            OSSL_PARAM_construct_end(),
        };
        EVP_MD_CTX_reset(digest); /* a signature that failed has ended the operation */
        assert_int_equal(EVP_DigestSignInit_ex(digest, &context, "SHA256", NULL, NULL, key, NULL),
                         1);
        if (made[i] == &rsa)
            assert_int_equal(EVP_PKEY_CTX_set_params(context, named), 1);
        len = sizeof buf;
        assert_int_equal(EVP_DigestSign(digest, buf, &len, (const unsigned char *)"x", 1), 1);
        assert_int_equal(hsm.n_calls, 1);
        OSSL_PARAM odd[] = {
            OSSL_PARAM_construct_octet_string(OSSL_SIGNATURE_PARAM_PAD_MODE, buf, 1),
            OSSL_PARAM_construct_end(),
        };
        EVP_PKEY_CTX_set_params(context, odd); /* neither a name nor a number: nothing changes */
        EVP_MD_CTX_free(digest);
        /* What it says of itself, and that it can do nothing else. */
        assert_non_null(EVP_PKEY_gettable_params(key));
        context = EVP_PKEY_CTX_new_from_pkey(tls->host_library, key, NULL);
        assert_int_not_equal(EVP_PKEY_derive_init(context), 1);
        assert_int_not_equal(EVP_PKEY_encrypt_init(context), 1);
        EVP_PKEY_CTX_free(context);
        context = EVP_PKEY_CTX_new_from_name(tls->host_library, i ? "RSA" : "EC", NULL);
        assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
        assert_non_null(EVP_PKEY_fromdata_settable(context, EVP_PKEY_KEYPAIR));
        EVP_PKEY_CTX_free(context);
        ERR_clear_error();
        SSL_CTX_free(connection);
        provi_tls_free(tls);
    }
}

/* An RSA key that is too short for the digest: the host is not even asked. */
static void test_tls_host_with_a_short_key(void **state)
{
    (void)state;
    struct provi_tls *tls = trust();
    struct hsm hsm = {.key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)512)};
    const struct provi_tls_host_key host = {hsm.key, sign, &hsm};
    EVP_PKEY *key = NULL;
    assert_int_equal(provi_tls_borrow_key(tls, host, &key, NULL), PROV_OK);
    EVP_MD_CTX *digest = EVP_MD_CTX_new();
    unsigned char sig[64];
    size_t len = sizeof sig;
    for (int padding = RSA_PKCS1_PADDING; padding <= RSA_PKCS1_PSS_PADDING;
         padding += RSA_PKCS1_PSS_PADDING - RSA_PKCS1_PADDING) {
        EVP_PKEY_CTX *context = NULL;
        EVP_MD_CTX_reset(digest);
        assert_int_equal(EVP_DigestSignInit_ex(digest, &context, "SHA512", NULL, NULL, key, NULL),
                         1);
        assert_int_equal(EVP_PKEY_CTX_set_rsa_padding(context, padding), 1);
        assert_int_not_equal(EVP_DigestSign(digest, sig, &len, sig, 1), 1);
    }
    assert_int_equal(hsm.n_calls, 0);
    EVP_MD_CTX_free(digest);
    ERR_clear_error();
    EVP_PKEY_free(key);
    EVP_PKEY_free(hsm.key);
    provi_tls_free(tls);
}

static void test_tls_server_wants_a_certificate(void **state)
{
    (void)state;
    const struct {
        void (*configure)(SSL_CTX *);
        const char *message;
    } rows[] = {
        {ask, "certificate of this device required by HERE, from the CA our-ca"},
        {ask_1_2, "certificate of this device required by HERE, from the CA our-ca"},
        {ask_two, "certificate of this device required by HERE, from the CA our-ca or another one"},
    };
    struct provi_tls *tls = trust();
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct tls_meeting meeting = {.configure = rows[i].configure};
        assert_met(&meeting, tls, PROV_TLS_CLIENT_REQUIRED, rows[i].message);
        assert_string_equal(meeting.err.subject, "");
    }
    provi_tls_free(tls);
}

/* Each verdict of a server comes with its alert, and with the certificate that was sent. */
static void test_tls_server_says_why_it_refuses(void **state)
{
    (void)state;
    const struct {
        int error;
        enum prov_tls_reason reason;
        const char *words;
    } rows[] = {
        {X509_V_ERR_CERT_HAS_EXPIRED, PROV_TLS_CLIENT_EXPIRED, "certificate expired"},
        {X509_V_ERR_CERT_REVOKED, PROV_TLS_CLIENT_REVOKED, "certificate revoked"},
        {X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY, PROV_TLS_CLIENT_UNKNOWN_CA, "unknown CA"},
        {X509_V_ERR_CERT_REJECTED, PROV_TLS_CLIENT_REFUSED, "bad certificate"},
        {X509_V_ERR_INVALID_PURPOSE, PROV_TLS_CLIENT_REFUSED, "unsupported certificate"},
        {X509_V_ERR_APPLICATION_VERIFICATION, PROV_TLS_CLIENT_REFUSED, "handshake failure"},
        {X509_V_ERR_OUT_OF_MEM, PROV_TLS_PROTOCOL, NULL},
    };
    void (*const versions[])(SSL_CTX *) = {ask_and_refuse, ask_and_refuse_1_2};
    struct provi_tls *tls = trust();
    give(tls, &device, NULL);
    for (size_t i = 0; i < 2 * sizeof rows / sizeof rows[0]; i++) {
        char message[200];
        snprintf(message, sizeof message,
                 "certificate of this device, device from our-ca, refused by HERE: %s",
                 rows[i / 2].words ? rows[i / 2].words : "");
        if (!rows[i / 2].words)
            snprintf(message, sizeof message, "TLS failed, tlsv1 alert internal error, with HERE");
        alert_to_send = rows[i / 2].error;
        struct tls_meeting meeting = {.configure = versions[i % 2]};
        assert_met(&meeting, tls, rows[i / 2].reason, message);
        assert_string_equal(meeting.err.subject, rows[i / 2].words ? "device" : "");
        assert_int_equal(meeting.err.origin, PROV_ORIGIN_SSL);
    }
    provi_tls_free(tls);
}

static void test_tls_server_wants_another_ca(void **state)
{
    (void)state;
    struct provi_tls *tls = trust();
    struct tls_meeting meeting = {.configure = ask};
    give(tls, &stranger, NULL);
    assert_met(&meeting, tls, PROV_TLS_CLIENT_UNKNOWN_CA,
               "certificate of this device, stranger from stranger, refused by HERE: unknown CA; "
               "wanted is one from the CA our-ca");
    give(tls, &deep, NULL); /* the intermediate one is not sent along */
    assert_met(&meeting, tls, PROV_TLS_CLIENT_UNKNOWN_CA,
               "certificate of this device, deep from between, refused by HERE: unknown CA; wanted "
               "is one from the CA our-ca");
    meeting.configure = ask_two;
    give(tls, &stranger, NULL);
    assert_met(&meeting, tls, PROV_TLS_CLIENT_UNKNOWN_CA,
               "certificate of this device, stranger from stranger, refused by HERE: unknown CA; "
               "wanted is one from the CA our-ca or another one");
    provi_tls_free(tls);
}

static void close_orderly(struct tls_meeting *meeting, SSL *ssl)
{
    (void)meeting;
    SSL_shutdown(ssl);
}

/* An orderly end is a warning among the alerts, and nothing against the certificate. */
static void test_tls_server_closes_in_order(void **state)
{
    (void)state;
    struct provi_tls *tls = trust();
    struct tls_meeting meeting = {.server = &server, .between = close_orderly};
    tls_meet(&meeting, tls);
    assert_false(meeting.is_done);
    assert_int_equal(meeting.status, PROV_OK);
    assert_int_equal(meeting.hop.code, 0);
    provi_tls_free(tls);
}

/* A server that asked, and then closes without a word. */
static void test_tls_server_closes_without_a_word(void **state)
{
    (void)state;
    struct provi_tls *tls = trust();
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    struct provi_tls_hop hop = {.tls = tls, .identity = tls->identity};
    assert_true(provi_tls_prepare(&hop, context));
    const struct provi_tls_outcome closed = {.end = PROVI_TLS_END_NO_ANSWER, .code = 52};
    struct prov_error err = {0};
    assert_int_equal(provi_tls_find_cause(&hop, &closed, "HERE", &err), PROV_OK);
    hop.was_asked = true;
    assert_int_equal(provi_tls_find_cause(&hop, &closed, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_CLIENT_REQUIRED);
    assert_string_equal(err.message, "certificate of this device required by HERE");
    give(tls, &device, NULL);
    assert_true(provi_tls_prepare(&hop, context));
    hop.was_asked = true;
    assert_int_equal(provi_tls_find_cause(&hop, &closed, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_CLIENT_REFUSED);
    assert_string_equal(err.message, "certificate of this device, device from our-ca, refused by "
                                     "HERE: it closed the connection");
    assert_int_equal(err.native, 52);
    /* An error of OpenSSL that is no alert is not the reason why the connection broke later. */
    hop.code = ERR_PACK(ERR_LIB_SSL, 0, SSL_R_BAD_LENGTH);
    assert_int_equal(provi_tls_find_cause(&hop, &closed, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_CLIENT_REFUSED);
    /* An alert, or the host's refusal, may come behind the handshake. */
    hop.code = ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_EXPIRED);
    assert_int_equal(provi_tls_find_cause(&hop, &closed, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_CLIENT_EXPIRED);
    hop.code = ERR_PACK(ERR_LIB_USER, 0, -PROV_E_BUSY);
    assert_int_equal(provi_tls_find_cause(&hop, &closed, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_KEY_FAILED);
    hop.code = ERR_PACK(ERR_LIB_SSL, 0, 0xfff);
    const struct provi_tls_outcome handshake = {.end = PROVI_TLS_END_HANDSHAKE, .code = 35};
    assert_int_equal(provi_tls_find_cause(&hop, &handshake, "HERE", &err), PROV_E_TLS);
    assert_string_equal(err.message, "TLS failed, no reason given, with HERE");
    hop.code = 0;
    assert_int_equal(provi_tls_find_cause(&hop, &handshake, "HERE", &err), PROV_E_TLS);
    assert_int_equal(err.reason, PROV_TLS_BROKEN_OFF);
    hop.code = ERR_PACK(ERR_LIB_SSL, 0, SSL_AD_REASON_OFFSET + SSL_AD_CERTIFICATE_EXPIRED);
    const struct provi_tls_outcome later = {.end = PROVI_TLS_END_ELSE, .http_code = 200};
    assert_int_equal(provi_tls_find_cause(&hop, &later, "HERE", &err), PROV_OK);
    const struct provi_tls_outcome other = {.end = PROVI_TLS_END_ELSE, .http_code = 200};
    assert_int_equal(provi_tls_find_cause(&hop, &other, "HERE", &err), PROV_OK);
    provi_tls_leave(&hop);
    SSL_CTX_free(context);
    provi_tls_free(tls);
}

/* By default OpenSSL refuses to show such a certificate, or leaves the verdict to the server. */
static void check_weak_digest(const struct tls_made *made)
{
    struct provi_tls *tls = trust();
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(made->pem),
                                                  .key_pem = prov_str_from(made->key_pem)};
    struct prov_error err = {0};
    SSL_CTX *context = SSL_CTX_new(TLS_client_method());
    bool is_usable = SSL_CTX_use_certificate(context, made->certificate) == 1;
    SSL_CTX_free(context);
    prov_status status = provi_tls_set_certificate(tls->identity, &given, &err);
    assert_int_equal(status, is_usable ? PROV_OK : PROV_E_TLS);
    if (!is_usable) {
        assert_int_equal(err.reason, PROV_TLS_WEAK_DIGEST);
        assert_string_equal(err.message,
                            "client certificate has a weak signature: expected SHA-256");
    }
    provi_tls_free(tls);
}

static void test_tls_bad_identity_is_named(void **state)
{
    (void)state;
    struct tls_made old, weak, sha1, last;
    tls_make(&old, &(struct tls_making){.name = "old", .from_s = -99, .to_s = -61});
    tls_make(&last, &(struct tls_making){.name = "last", .from_s = -99, .to_s = 1});
    tls_make(&weak, &(struct tls_making){.name = "weak", .key = "RSA:1024"});
    tls_make(&sha1, &(struct tls_making){.name = "sha1", .issuer = &ca, .digest = "SHA1"});
    struct tls_made montgomery, odd;
    tls_make(&montgomery, &(struct tls_making){.name = "x", .issuer = &ca, .key = "X25519"});
    tls_make(&odd, &(struct tls_making){.name = "odd", .has_unreadable_key = true});
    char two[8192], locked[4096] = "", old_locked[4096] = "";
    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PKCS8PrivateKey(bio, device.key, EVP_aes_128_cbc(), "secret", 6, NULL, NULL);
    assert_true(BIO_read(bio, locked, sizeof locked - 1) > 0);
    unsigned char passphrase[] = "secret";
    PEM_write_bio_PrivateKey_traditional(bio, device.key, EVP_aes_128_cbc(), passphrase, 6, NULL,
                                         NULL);
    assert_true(BIO_read(bio, old_locked, sizeof old_locked - 1) > 0);
    BIO_free(bio);
    snprintf(two, sizeof two, "%s%s", ca.pem, device.pem);
    const struct {
        const char *pem, *key;
        enum prov_tls_reason reason;
        const char *subject, *message;
    } rows[] = {
        {device.pem, device.key_pem, PROV_TLS_NONE, "", ""},
        {last.pem, last.key_pem, PROV_TLS_NONE, "", ""},
        {old.pem, old.key_pem, PROV_TLS_CLIENT_EXPIRED, "old",
         "client certificate expired on 2026-03-04 05:05 UTC, this device's clock says 2026-03-04 "
         "05:06 UTC"},
        {weak.pem, weak.key_pem, PROV_TLS_WEAK_KEY, "weak",
         "client certificate has too weak a key: expected RSA of 2048 bits or EC P-256"},
        {device.pem, stranger.key_pem, PROV_TLS_KEY_MISMATCH, "device",
         "client key is not that of the client certificate"},
        {device.pem, rsa.key_pem, PROV_TLS_KEY_MISMATCH, "device",
         "client key is not that of the client certificate"},
        {two, device.key_pem, PROV_TLS_KEY_MISMATCH, "our-ca",
         "client key is not that of the client certificate, but of one after it: the device's own "
         "has to be the first"},
        {device.pem, device.pem, PROV_TLS_KEY_UNREADABLE, "",
         "client key: expected a PEM key without a passphrase, found a certificate"},
        {device.pem, "text", PROV_TLS_KEY_UNREADABLE, "",
         "client key: expected a PEM key without a passphrase, found no line -----BEGIN ...-----"},
        {device.pem, locked, PROV_TLS_KEY_UNREADABLE, "",
         "client key: expected a PEM key without a passphrase, found a private key with a "
         "passphrase"},
        {device.pem, old_locked, PROV_TLS_KEY_UNREADABLE, "",
         "client key: expected a PEM key without a passphrase, found a private key with a "
         "passphrase"},
        {montgomery.pem, montgomery.key_pem, PROV_TLS_CLIENT_UNREADABLE, "x",
         "client certificate cannot be used: unknown certificate type"},
        {odd.pem, odd.key_pem, PROV_TLS_KEY_MISMATCH, "odd",
         "client key is not that of the client certificate"},
        {device.key_pem, device.key_pem, PROV_TLS_CLIENT_UNREADABLE, "",
         "client certificate: expected a PEM certificate, found a private key"},
        {"-----BEGIN CERTIFICATE-----\nMIIB\n", device.key_pem, PROV_TLS_CLIENT_UNREADABLE, "",
         "client certificate: expected a PEM certificate, found a certificate"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct provi_tls *tls = trust();
        const struct prov_client_certificate given = {.size = sizeof given,
                                                      .cert_pem = prov_str_from(rows[i].pem),
                                                      .key_pem = prov_str_from(rows[i].key)};
        struct prov_error err = {0};
        prov_status status = provi_tls_set_certificate(tls->identity, &given, &err);
        if (status != (rows[i].reason ? PROV_E_TLS : PROV_OK) || err.reason != rows[i].reason ||
            strcmp(err.subject, rows[i].subject) != 0 || strcmp(err.message, rows[i].message) != 0)
            fail_msg("row %zu: %u, %s: %s", i, err.reason, err.subject, err.message);
        provi_tls_free(tls);
    }
    check_weak_digest(&sha1);
    struct provi_tls *none = trust();
    const struct prov_client_certificate by_host = {
        .size = sizeof by_host, .cert_pem = prov_str_from(odd.pem), .sign = sign};
    const struct prov_client_certificate empty = {
        .size = sizeof empty, .cert_pem = prov_str_from(device.pem), .key_file = "/dev/null"};
    struct prov_error err = {0};
    assert_int_equal(provi_tls_set_certificate(none->identity, &by_host, &err), PROV_E_UNSUPPORTED);
    assert_string_equal(err.message, "the host can sign with RSA and EC keys only");
    assert_int_equal(provi_tls_set_certificate(none->identity, &empty, &err), PROV_E_TLS);
    assert_string_equal(err.message,
                        "client key: expected a PEM key without a passphrase, found nothing");
    provi_tls_free(none);
    tls_unmake(&montgomery);
    tls_unmake(&odd);

    static char excess[PROVI_TLS_MAX_PEM_BYTES + 1];
    memset(excess, 'x', sizeof excess);
    for (int is_key = 0; is_key < 2; is_key++) {
        struct provi_tls *poor = trust();
        struct prov_client_certificate long_one = {.size = sizeof long_one,
                                                   .cert_pem = {excess, sizeof excess},
                                                   .key_pem = prov_str_from(device.key_pem)};
        if (is_key) {
            long_one.cert_pem = prov_str_from(device.pem);
            long_one.key_pem = (prov_str){excess, sizeof excess};
        }
        assert_int_equal(provi_tls_set_certificate(poor->identity, &long_one, &err), PROV_E_LIMIT);
        assert_string_equal(err.message,
                            is_key ? "client key: too large" : "client certificate: too large");
        provi_tls_free(poor);
    }

    /* To the second: a certificate is good up to the one before its end. */
    struct provi_tls *tls = trust();
    const struct prov_client_certificate given = {.size = sizeof given,
                                                  .cert_pem = prov_str_from(last.pem),
                                                  .key_pem = prov_str_from(last.key_pem)};
    tls_now = TLS_NOW + 1;
    prov_status at_the_end = provi_tls_set_certificate(tls->identity, &given, NULL);
    tls_now = TLS_NOW;
    assert_int_equal(at_the_end, PROV_E_TLS);
    provi_tls_free(tls);
    tls_unmake(&old);
    tls_unmake(&last);
    tls_unmake(&weak);
    tls_unmake(&sha1);
}

/* A key whose signatures would not fit. */
static void test_tls_host_with_too_long_a_key(void **state)
{
    (void)state;
    static unsigned char modulus[PROVI_TLS_MAX_RSA_BYTES + 8];
    unsigned char exponent[] = {1, 0, 1};
    memset(modulus, 0xc5, sizeof modulus);
    OSSL_PARAM params[] = {
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_N, modulus, sizeof modulus),
        OSSL_PARAM_construct_BN(OSSL_PKEY_PARAM_RSA_E, exponent, sizeof exponent),
        OSSL_PARAM_construct_end(),
    };
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, "RSA", NULL);
    EVP_PKEY *key = NULL;
    assert_int_equal(EVP_PKEY_fromdata_init(context), 1);
    assert_int_equal(EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params), 1);
    assert_int_equal(provi_tls_check_host_key(key, NULL), PROV_E_UNSUPPORTED);
    assert_int_equal(provi_tls_check_host_key(rsa.key, NULL), PROV_OK);
    EVP_PKEY_free(key);
    EVP_PKEY_CTX_free(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_own_certificate_is_accepted),
        cmocka_unit_test(test_tls_own_certificate_from_files),
        cmocka_unit_test(test_tls_host_signs),
        cmocka_unit_test(test_tls_host_that_does_not_sign),
        cmocka_unit_test(test_tls_key_of_an_older_connection),
        cmocka_unit_test(test_tls_key_in_the_hosts_hands),
        cmocka_unit_test(test_tls_host_with_a_short_key),
        cmocka_unit_test(test_tls_server_wants_a_certificate),
        cmocka_unit_test(test_tls_server_says_why_it_refuses),
        cmocka_unit_test(test_tls_server_wants_another_ca),
        cmocka_unit_test(test_tls_server_closes_in_order),
        cmocka_unit_test(test_tls_server_closes_without_a_word),
        cmocka_unit_test(test_tls_bad_identity_is_named),
        cmocka_unit_test(test_tls_host_with_too_long_a_key),
    };
    return cmocka_run_group_tests(tests, make_all, free_all);
}
