/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * An OpenSSL without MD5, as FIPS builds are: all but the files that need MD5 are opened. The
 * function below replaces OpenSSL's.
 */
#include "real.h" /* first */

#include <provision/provision.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>

#include "decoding.h"
#include "fake_host.h"
#include "golden.h"

#ifdef ERR_raise
#define REFUSE_MD5() ERR_raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED)
#else
#define REFUSE_MD5() ERR_put_error(ERR_LIB_EVP, 0, ERR_R_DISABLED, __FILE__, __LINE__)
#endif

static bool fails_without_a_word;

int EVP_BytesToKey(const EVP_CIPHER *type, const EVP_MD *md, const unsigned char *salt,
                   const unsigned char *data, int datal, int count, unsigned char *key,
                   unsigned char *iv)
{
    REAL(EVP_BytesToKey, int, const EVP_CIPHER *, const EVP_MD *, const unsigned char *,
         const unsigned char *, int, int, unsigned char *, unsigned char *);
    if (!md || EVP_MD_type(md) != NID_md5)
        return real(type, md, salt, data, datal, count, key, iv);
    if (!fails_without_a_word)
        REFUSE_MD5();
    return 0;
}

static prov_status decode(const char *name, const char *options, struct prov_error *err)
{
    struct golden golden;
    struct decoding decoding;
    struct prov_decode_result result;
    struct capture capture;
    size_t len;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s", TEST_SOURCE_ROOT,
             name);
    uint8_t *input = golden_read(&golden, "input", &len);
    assert_non_null(input);
    decoding_init(&decoding, options);
    capture_init(&capture, NULL);
    struct feed feed = feed_chunks(input, len, 100);
    prov_status status = decoding_run(&decoding, &feed, &capture, &result, err);
    assert_int_equal(capture.is_finished, status == PROV_OK);
    assert_int_equal(ERR_peek_error(), 0);
    capture_free(&capture);
    free(input);
    return status;
}

static void test_without_md5_an_agent_starts(void **state)
{
    (void)state;
    static const uint32_t derivations[] = {0, PROV_DERIVE_SHA256 | PROV_DERIVE_PBKDF2};
    for (size_t i = 0; i < 4; i++) {
        fails_without_a_word = i / 2;
        struct fake_host fake;
        prov_store *store;
        prov_agent *agent;
        assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
        fake_host_init(&fake, store);
        const struct prov_agent_options options = {.size = sizeof options,
                                                   .host = &fake.host,
                                                   .device = &fake.device,
                                                   .derivations = derivations[i % 2]};
        assert_int_equal(prov_decode_prepare(NULL), PROV_OK);
        assert_int_equal(prov_agent_new(&agent, &options, NULL), PROV_OK);
        assert_int_equal(ERR_peek_error(), 0);
        prov_agent_free(agent);
        fake_host_free(&fake);
        prov_store_close(store);
    }
}

static void test_without_md5_other_files_are_opened(void **state)
{
    (void)state;
    static const char *const names[] = {"cbc-sha256", "cbc-pbkdf2", "gzip"};
    for (size_t i = 0; i < 6; i++) {
        struct prov_error err = {0};
        fails_without_a_word = i / 3;
        if (decode(names[i % 3], i % 3 == 2 ? "" : "key MyOwnSecret\nrounds 10", &err) != PROV_OK)
            fail_msg("%s: %s", names[i % 3], err.message);
    }
}

static void test_without_md5_a_file_that_may_need_it_says_so(void **state)
{
    (void)state;
    struct prov_error err = {0};
    fails_without_a_word = false;
    assert_int_equal(decode("cbc-md5", "key MyOwnSecret\nrounds 10", &err), PROV_E_UNSUPPORTED);
    assert_string_equal(err.message,
                        "AES-256-CBC: the file may need a key derived by MD5, which this OpenSSL "
                        "lacks; no other way opens it");
    assert_int_equal(err.offset, 32);
    fails_without_a_word = true;
    assert_int_equal(decode("cbc-md5", "key MyOwnSecret\nrounds 10", &err), PROV_E_NOMEM);
}

/* Not asked for, MD5 is no reason. */
static void test_without_md5_a_wrong_key_is_a_wrong_key(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2; i++) {
        fails_without_a_word = i;
        assert_int_equal(decode("cbc-sha256", "key other\nderivations 1\nrounds 10", NULL),
                         PROV_E_KEY);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_md5_an_agent_starts),
        cmocka_unit_test(test_without_md5_other_files_are_opened),
        cmocka_unit_test(test_without_md5_a_file_that_may_need_it_says_so),
        cmocka_unit_test(test_without_md5_a_wrong_key_is_a_wrong_key),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
