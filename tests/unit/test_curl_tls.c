/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Trust and identity of the built-in transport, as far as they need no server. */
#include <provision/transport_curl.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include <openssl/pem.h>
#include <openssl/rsa.h>
#include <openssl/x509.h>

#include "base/str.h"
#include "tls/tls.h"
#include "dials.h"

#define PEM_CAP 4096
#define PIN "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="

/* A certificate that signs itself, and its key. */
struct pair {
    EVP_PKEY *key;
    char certificate_pem[PEM_CAP];
    char key_pem[PEM_CAP];
};

/* OpenSSL's memory, for the whole process. */
static struct dial *openssl_dial;

static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return dial_tick(openssl_dial) ? NULL : malloc(size);
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return size > 0 && dial_tick(openssl_dial) ? NULL : realloc(block, size);
}

static void give(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

static EVP_PKEY *make_key(int kind)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_id(kind, NULL);
    assert_int_equal(EVP_PKEY_keygen_init(context), 1);
    if (kind == EVP_PKEY_EC)
        assert_int_equal(EVP_PKEY_CTX_set_ec_paramgen_curve_nid(context, NID_X9_62_prime256v1), 1);
    assert_int_equal(EVP_PKEY_keygen(context, &key), 1);
    EVP_PKEY_CTX_free(context);
    return key;
}

static void keep(BIO *bio, char pem[PEM_CAP])
{
    int len = BIO_read(bio, pem, PEM_CAP - 1);
    assert_uint_in_range(len, 1, PEM_CAP - 2);
    pem[len] = '\0';
    BIO_free(bio);
}

static void make_pair(struct pair *pair, int kind, const char *name)
{
    pair->key = make_key(kind);
    X509 *certificate = X509_new();
    X509_set_version(certificate, 2);
    X509_NAME *subject = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_ASC, (const unsigned char *)name, -1, -1, 0);
    X509_set_issuer_name(certificate, subject);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, pair->key);
    const EVP_MD *digest = kind == EVP_PKEY_ED25519 ? NULL : EVP_sha256();
    assert_true(X509_sign(certificate, pair->key, digest) > 0);

    BIO *bio = BIO_new(BIO_s_mem());
    PEM_write_bio_X509(bio, certificate);
    keep(bio, pair->certificate_pem);
    bio = BIO_new(BIO_s_mem());
    PEM_write_bio_PrivateKey(bio, pair->key, NULL, NULL, 0, NULL, NULL);
    keep(bio, pair->key_pem);
    X509_free(certificate);
}

static struct pair device, stranger, edwards;

static int make_pairs(void **state)
{
    (void)state;
    make_pair(&device, EVP_PKEY_EC, "device");
    make_pair(&stranger, EVP_PKEY_EC, "stranger");
    make_pair(&edwards, EVP_PKEY_ED25519, "edwards");
    return 0;
}

static int free_pairs(void **state)
{
    (void)state;
    EVP_PKEY_free(device.key);
    EVP_PKEY_free(stranger.key);
    EVP_PKEY_free(edwards.key);
    return 0;
}

static prov_curl *open_curl(const struct prov_alloc *alloc)
{
    const struct prov_curl_options options = {.size = sizeof options, .alloc = alloc};
    prov_curl *curl;
    assert_int_equal(prov_curl_new(&curl, &options, NULL), PROV_OK);
    return curl;
}

static prov_status refuse(void *ctx, uint32_t kind, const uint8_t *data, size_t len, uint8_t *sig,
                          size_t cap, size_t *sig_len)
{
    (void)ctx;
    (void)kind;
    (void)data;
    (void)len;
    (void)sig;
    (void)cap;
    (void)sig_len;
    return PROV_E_HOST;
}

static void test_curl_tls_checks_its_options(void **state)
{
    (void)state;
    const prov_str pins[] = {PROVI_LIT("sha256//" PIN), PROVI_LIT(PIN), PROVI_LIT("sha256//AAAA")};
    const struct {
        struct prov_curl_options options;
        prov_status status;
    } rows[] = {
        {{.pins = pins, .n_pins = 2}, PROV_OK},
        {{.pins = pins, .n_pins = 3}, PROV_E_INVALID},
        {{.pins = pins, .n_pins = 65}, PROV_E_INVALID},
        {{.pins = NULL, .n_pins = 1}, PROV_E_INVALID},
        {{.min_tls = PROV_TLS_1_0}, PROV_OK},
        {{.min_tls = PROV_TLS_1_0 + 1}, PROV_E_INVALID},
        {{.ca_pem = PROVI_LIT("no PEM at all")}, PROV_E_CORRUPT},
        {{.ca_pem = PROVI_LIT("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n")},
         PROV_E_CORRUPT},
        {{.crl_pem = PROVI_LIT("nothing")}, PROV_E_CORRUPT},
        {{.ca_file = "/nonexistent"}, PROV_E_IO},
        {{.ca_file = "/"}, PROV_E_IO},
        {{.ca_file = "/dev/zero"}, PROV_E_LIMIT},
        {{.ca_path = "/nonexistent"}, PROV_OK}, /* looked at when a root is needed */
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_curl_options options = rows[i].options;
        options.size = sizeof options;
        prov_curl *curl;
        struct prov_error err = {0};
        prov_status status = prov_curl_new(&curl, &options, &err);
        if (status != rows[i].status || err.status != status)
            fail_msg("row %zu: %s, %s", i, prov_status_name(status), err.message);
        prov_curl_free(curl);
    }
}

static void test_curl_tls_knows_a_host_by_its_name(void **state)
{
    (void)state;
    char longest[300];
    memset(longest, 'a', sizeof longest);
    const struct {
        prov_str host;
        bool fits;
    } rows[] = {
        {PROVI_LIT("device"), true},
        {PROVI_LIT("DEVICE"), true},
        {PROVI_LIT("device."), true}, /* as DNS writes it in full */
        {PROVI_LIT("device.."), false},
        {PROVI_LIT("devic"), false},
        {PROVI_LIT("device.example"), false},
        {PROVI_LIT("device\0.example"), false},
        {PROVI_LIT("127.0.0.1"), false},
        {PROVI_LIT("."), false},
        {PROVI_LIT(""), false},
        {{longest, sizeof longest}, false},
    };
    BIO *bio = BIO_new_mem_buf(device.certificate_pem, -1);
    X509 *certificate = PEM_read_bio_X509(bio, NULL, NULL, NULL);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
        if (provi_tls_is_for_host(certificate, rows[i].host) != rows[i].fits)
            fail_msg("row %zu", i);
    X509_free(certificate);
    BIO_free(bio);
}

static void test_curl_tls_custom_ca_is_whole_or_not_at_all(void **state)
{
    (void)state;
    prov_curl *curl = open_curl(NULL);
    char name[32];
    size_t len;
    assert_int_equal(prov_curl_custom_ca_name(curl, name, sizeof name, &len), PROV_E_NOT_FOUND);
    prov_str pem = prov_str_from(device.certificate_pem);
    assert_int_equal(prov_curl_set_custom_ca(curl, pem, PROV_CUSTOM_CA_ONLY, NULL), PROV_OK);
    assert_int_equal(prov_curl_custom_ca_name(curl, name, sizeof name, &len), PROV_OK);
    assert_string_equal(name, "device");
    assert_int_equal(prov_curl_custom_ca_name(curl, name, 3, &len), PROV_E_LIMIT);
    assert_int_equal(len, strlen("device"));

    char two[2 * PEM_CAP];
    int n = snprintf(two, sizeof two, "%s%.100s", stranger.certificate_pem, device.certificate_pem);
    const prov_str bad[] = {{two, (size_t)n}, prov_str_from(device.key_pem), PROVI_LIT("text")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct prov_error err = {0};
        assert_int_equal(prov_curl_set_custom_ca(curl, bad[i], 0, &err), PROV_E_CORRUPT);
        assert_int_equal(err.status, PROV_E_CORRUPT);
        assert_int_equal(prov_curl_custom_ca_name(curl, name, sizeof name, &len), PROV_OK);
        assert_string_equal(name, "device");
    }
    assert_int_equal(prov_curl_set_custom_ca(curl, pem, 2, NULL), PROV_E_INVALID);
    assert_int_equal(prov_curl_set_custom_ca(NULL, pem, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_curl_set_custom_ca(curl, PROVI_LIT(""), 0, NULL), PROV_OK);
    assert_int_equal(prov_curl_custom_ca_name(curl, name, sizeof name, &len), PROV_E_NOT_FOUND);
    prov_curl_free(curl);
}

static void test_curl_tls_custom_ca_can_be_checked_before(void **state)
{
    (void)state;
    prov_curl *curl = open_curl(NULL);
    char name[32];
    size_t len;
    prov_str pem = prov_str_from(device.certificate_pem);
    assert_int_equal(prov_curl_check_custom_ca(curl, pem, name, sizeof name, &len, NULL), PROV_OK);
    assert_string_equal(name, "device");
    assert_int_equal(len, strlen("device"));
    assert_int_equal(prov_curl_check_custom_ca(curl, pem, name, 4, &len, NULL), PROV_OK);
    assert_string_equal(name, "dev");
    assert_int_equal(len, strlen("device"));
    assert_int_equal(prov_curl_custom_ca_name(curl, name, sizeof name, &len), PROV_E_NOT_FOUND);

    const prov_str bad[] = {prov_str_from(device.key_pem), PROVI_LIT("text"), PROVI_LIT("")};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        struct prov_error err = {0};
        assert_int_equal(prov_curl_check_custom_ca(curl, bad[i], name, sizeof name, &len, &err),
                         PROV_E_CORRUPT);
        assert_int_equal(err.status, PROV_E_CORRUPT);
    }
    assert_int_equal(prov_curl_check_custom_ca(NULL, pem, name, 4, &len, NULL), PROV_E_INVALID);
    assert_int_equal(prov_curl_check_custom_ca(curl, pem, name, 4, NULL, NULL), PROV_E_INVALID);
    prov_curl_free(curl);
}

static void test_curl_tls_checks_the_certificate(void **state)
{
    (void)state;
    const prov_str none = {NULL, 0};
    const prov_str certificate = prov_str_from(device.certificate_pem);
    const prov_str key = prov_str_from(device.key_pem);
    char both[2 * PEM_CAP];
    snprintf(both, sizeof both, "%s%s", device.key_pem, device.certificate_pem);
    const struct {
        struct prov_client_certificate given;
        prov_status status;
        enum prov_tls_reason reason;
    } rows[] = {
        {{.cert_pem = certificate, .key_pem = key}, PROV_OK, PROV_TLS_NONE},
        {{.cert_pem = prov_str_from(both)}, PROV_OK, PROV_TLS_NONE},
        {{.cert_pem = certificate, .sign = refuse}, PROV_OK, PROV_TLS_NONE},
        {{.cert_pem = certificate}, PROV_E_TLS, PROV_TLS_KEY_UNREADABLE},
        {{.cert_pem = key, .key_pem = key}, PROV_E_TLS, PROV_TLS_CLIENT_UNREADABLE},
        {{.cert_pem = certificate, .key_pem = prov_str_from(stranger.key_pem)},
         PROV_E_TLS,
         PROV_TLS_KEY_MISMATCH},
        {{.cert_pem = certificate, .key_pem = prov_str_from(edwards.key_pem)},
         PROV_E_TLS,
         PROV_TLS_KEY_MISMATCH},
        {{.cert_pem = prov_str_from(edwards.certificate_pem), .sign = refuse},
         PROV_E_UNSUPPORTED,
         PROV_TLS_NONE},
        {{.cert_file = "/nonexistent"}, PROV_E_IO, PROV_TLS_CLIENT_UNREADABLE},
        {{.cert_pem = certificate, .key_file = "/nonexistent"}, PROV_E_IO, PROV_TLS_KEY_UNREADABLE},
        {{.key_pem = key}, PROV_E_INVALID, PROV_TLS_NONE},
        {{.cert_pem = certificate, .cert_file = "x", .key_pem = key},
         PROV_E_INVALID,
         PROV_TLS_NONE},
        {{.cert_pem = certificate, .key_pem = key, .sign = refuse}, PROV_E_INVALID, PROV_TLS_NONE},
        {{.cert_pem = none}, PROV_E_INVALID, PROV_TLS_NONE},
    };
    prov_curl *curl = open_curl(NULL);
    bool has = false;
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        struct prov_client_certificate given = rows[i].given;
        given.size = sizeof given;
        struct prov_error err = {0};
        prov_status status = prov_curl_set_client_certificate(curl, &given, &err);
        if (status != rows[i].status || err.reason != rows[i].reason || err.status != status)
            fail_msg("row %zu: %s, reason %u, %s", i, prov_status_name(status), err.reason,
                     err.message);
        has = has || status == PROV_OK; /* a failure leaves what was there */
        assert_int_equal(prov_curl_has_client_certificate(curl), has);
    }
    assert_int_equal(prov_curl_set_client_certificate(curl, NULL, NULL), PROV_OK);
    assert_false(prov_curl_has_client_certificate(curl));
    assert_false(prov_curl_has_client_certificate(NULL));
    assert_int_equal(prov_curl_set_client_certificate(NULL, NULL, NULL), PROV_E_INVALID);
    prov_curl_free(curl);
}

/* Each of our allocations fails once; no block that is given back has the key in it. */
static void poor_scenario(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = device.key_pem + strlen("-----BEGIN PRIVATE KEY-----\n");
    memory.secret_len = 32;
    const prov_str pin = PROVI_LIT(PIN);
    const struct prov_curl_options options = {
        .size = sizeof options,
        .alloc = &memory.alloc,
        .ca_path = "/etc",
        .pins = &pin,
        .n_pins = 1,
    };
    const struct prov_client_certificate given = {
        .size = sizeof given,
        .cert_pem = prov_str_from(device.certificate_pem),
        .key_pem = prov_str_from(device.key_pem),
    };
    prov_curl *curl;
    struct prov_error err = {0};
    prov_status status = prov_curl_new(&curl, &options, &err);
    if (status == PROV_OK)
        status = prov_curl_set_custom_ca(curl, given.cert_pem, 0, &err);
    if (status == PROV_OK)
        status = prov_curl_set_client_certificate(curl, &given, &err);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (dial->hit)
        assert_int_equal(err.status, PROV_E_NOMEM);
    prov_curl_free(curl);
    fault_alloc_assert_empty(&memory);
}

static void test_curl_tls_without_memory(void **state)
{
    (void)state;
    assert_true(dial_run("curl tls memory", poor_scenario, NULL) > 5);
}

static void poor_openssl_scenario(struct dial *dial)
{
    const struct prov_client_certificate given = {
        .size = sizeof given,
        .cert_pem = prov_str_from(device.certificate_pem),
        .key_pem = prov_str_from(device.key_pem),
    };
    prov_curl *curl = open_curl(NULL);
    openssl_dial = dial;
    prov_status custom = prov_curl_set_custom_ca(curl, given.cert_pem, 0, NULL);
    prov_status own = prov_curl_set_client_certificate(curl, &given, NULL);
    openssl_dial = NULL;
    if (!dial->hit)
        assert_int_equal(custom | own, PROV_OK);
    char name[32];
    size_t len;
    assert_int_equal(prov_curl_custom_ca_name(curl, name, sizeof name, &len),
                     custom == PROV_OK ? PROV_OK : PROV_E_NOT_FOUND);
    assert_int_equal(prov_curl_has_client_certificate(curl), own == PROV_OK);
    prov_curl_free(curl);
}

/* The same for OpenSSL's own allocations, which are thousands: the first ones each, later ones by
 * samples. What fails does so as a whole. */
static void test_curl_tls_while_openssl_has_no_memory(void **state)
{
    (void)state;
    for (int sticky = 0; sticky < 2; sticky++) {
        struct dial dial = {.hit = true};
        for (uint64_t at = 0; dial.hit; at += 1 + at / 32) {
            dial = (struct dial){.at = at, .sticky = sticky};
            poor_openssl_scenario(&dial);
        }
        assert_true(dial.seen > 1000);
    }
}

int main(void)
{
    if (CRYPTO_set_mem_functions(take, retake, give) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_curl_tls_checks_its_options),
        cmocka_unit_test(test_curl_tls_knows_a_host_by_its_name),
        cmocka_unit_test(test_curl_tls_custom_ca_is_whole_or_not_at_all),
        cmocka_unit_test(test_curl_tls_custom_ca_can_be_checked_before),
        cmocka_unit_test(test_curl_tls_checks_the_certificate),
        cmocka_unit_test(test_curl_tls_without_memory),
        cmocka_unit_test(test_curl_tls_while_openssl_has_no_memory),
    };
    return cmocka_run_group_tests(tests, make_pairs, free_pairs);
}
