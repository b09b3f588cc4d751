/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The paddings of RSA signatures, verified by OpenSSL. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <openssl/rsa.h>

#include "tls/padding.h"

static void test_tls_paddings_are_those_of_the_rfc(void **state)
{
    (void)state;
    static const struct {
        unsigned bits;
        const char *digest;
        bool fits[2]; /* PKCS #1, PSS */
    } rows[] = {
        {2048, "SHA256", {true, true}},  {1025, "SHA256", {true, true}},
        {1023, "SHA384", {true, true}},  {1058, "SHA512", {true, true}},
        {1032, "SHA512", {true, false}}, {1033, "SHA512", {true, false}},
        {1041, "SHA512", {true, true}},  {512, "SHA512", {false, false}},
        {752, "SHA512", {true, false}},  {744, "SHA512", {false, false}},
        {2048, "SHA1", {true, true}},    {2048, "MD5-SHA1", {true, true}},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        EVP_PKEY *key = EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)rows[i].bits);
        EVP_MD *md = EVP_MD_fetch(NULL, rows[i].digest, NULL);
        assert_int_equal(EVP_PKEY_get_bits(key), rows[i].bits);
        for (int is_pss = 0; is_pss < 2; is_pss++) {
            unsigned char block[PROVI_TLS_MAX_RSA_BYTES], digest[EVP_MAX_MD_SIZE], sig[512];
            unsigned n = 0;
            size_t len = sizeof sig;
            EVP_Digest("message", 7, digest, &n, md, NULL);
            bool fits = is_pss ? provi_tls_pad_pss(block, rows[i].bits, digest, md)
                               : provi_tls_pad_pkcs1(block, rows[i].bits, digest, md);
            if (fits != rows[i].fits[is_pss])
                fail_msg("row %zu, %d: %d", i, is_pss, fits);
            if (!fits)
                continue;
            EVP_PKEY_CTX *context = EVP_PKEY_CTX_new(key, NULL);
            EVP_PKEY_sign_init(context);
            EVP_PKEY_CTX_set_rsa_padding(context, RSA_NO_PADDING);
            if (EVP_PKEY_sign(context, sig, &len, block, ((size_t)rows[i].bits + 7) / 8) != 1)
                fail_msg("row %zu, %d", i, is_pss);
            EVP_PKEY_CTX_free(context);
            context = EVP_PKEY_CTX_new(key, NULL);
            EVP_PKEY_verify_init(context);
            EVP_PKEY_CTX_set_rsa_padding(context,
                                         is_pss ? RSA_PKCS1_PSS_PADDING : RSA_PKCS1_PADDING);
            EVP_PKEY_CTX_set_signature_md(context, md);
            if (is_pss)
                EVP_PKEY_CTX_set_rsa_pss_saltlen(context, RSA_PSS_SALTLEN_DIGEST);
            if (EVP_PKEY_verify(context, sig, len, digest, n) != 1)
                fail_msg("row %zu, %d", i, is_pss);
            EVP_PKEY_CTX_free(context);
        }
        EVP_MD_free(md);
        EVP_PKEY_free(key);
    }
}

/* The salt of PSS is new each time, so one message never has the same signature twice. */
static void test_tls_salts_are_random(void **state)
{
    enum { BITS = 2048, TIMES = 4 };
    static unsigned char blocks[2][TIMES][BITS / 8];
    static const unsigned char digest[32];
    const EVP_MD *md = EVP_sha256();
    (void)state;
    for (size_t i = 0; i < TIMES; i++) {
        assert_true(provi_tls_pad_pkcs1(blocks[0][i], BITS, digest, md));
        assert_true(provi_tls_pad_pss(blocks[1][i], BITS, digest, md));
        for (size_t k = 0; k < i; k++) {
            assert_memory_equal(blocks[0][i], blocks[0][k], BITS / 8);
            assert_memory_not_equal(blocks[1][i], blocks[1][k], BITS / 8);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_tls_paddings_are_those_of_the_rfc),
        cmocka_unit_test(test_tls_salts_are_random),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
