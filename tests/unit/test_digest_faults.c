/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Digest authentication when OpenSSL fails: each of its functions once, and MD5 always, as in
 * builds without it. The functions below replace OpenSSL's.
 */
#include "real.h" /* first */

#include <provision/digest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include "base/array.h"
#include "base/str.h"
#include "digest_client.h"

static unsigned n_calls, fails_at; /* 0: none fails */
static bool has_no_md5;

static bool fails(void)
{
    return ++n_calls == fails_at;
}

EVP_MD_CTX *EVP_MD_CTX_new(void)
{
    REAL(EVP_MD_CTX_new, EVP_MD_CTX *, void);
    return fails() ? NULL : real();
}

int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, ENGINE *engine)
{
    REAL(EVP_DigestInit_ex, int, EVP_MD_CTX *, const EVP_MD *, ENGINE *);
    if (has_no_md5 && EVP_MD_get_type(type) == NID_md5) {
        ERR_raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED);
        return 0;
    }
    return fails() ? 0 : real(ctx, type, engine);
}

int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t len)
{
    REAL(EVP_DigestUpdate, int, EVP_MD_CTX *, const void *, size_t);
    return fails() ? 0 : real(ctx, data, len);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned int *len)
{
    REAL(EVP_DigestFinal_ex, int, EVP_MD_CTX *, unsigned char *, unsigned int *);
    return fails() ? 0 : real(ctx, out, len);
}

unsigned char *HMAC(const EVP_MD *type, const void *key, int key_len, const unsigned char *data,
                    size_t len, unsigned char *out, unsigned int *out_len)
{
    REAL(HMAC, unsigned char *, const EVP_MD *, const void *, int, const unsigned char *, size_t,
         unsigned char *, unsigned int *);
    return fails() ? NULL : real(type, key, key_len, data, len, out, out_len);
}

/* A device, and a client that has answered its challenge. */
struct meeting {
    struct prov_digest_guard guard;
    uint32_t algorithm;
    char challenge[PROV_DIGEST_CHALLENGE_MAX];
    char answer[DIGEST_ANSWER_CAP];
};

static prov_status challenge(struct meeting *meeting, struct prov_error *err)
{
    size_t len;
    return prov_digest_challenge(&meeting->guard, PROVI_LIT("phone"), meeting->algorithm, false, 0,
                                 meeting->challenge, sizeof meeting->challenge, &len, err);
}

static void meet(struct meeting *meeting, uint32_t algorithm)
{
    static const uint8_t random[PROV_DIGEST_RANDOM_BYTES] = "any thirty-one bytes will do it";
    static const struct digest_client client = {"NOTIFY", "sip:1@h", "1", "right", "00000001"};
    meeting->algorithm = algorithm;
    fails_at = 0;
    has_no_md5 = false;
    assert_int_equal(prov_digest_guard_init(&meeting->guard, random), PROV_OK);
    assert_int_equal(challenge(meeting, NULL), PROV_OK);
    digest_answer(&client, meeting->challenge, meeting->answer);
}

static prov_status check(struct meeting *meeting, uint32_t *result, struct prov_error *err)
{
    const struct prov_digest_request request = {
        .size = sizeof request,
        .method = PROVI_LIT("NOTIFY"),
        .uri = PROVI_LIT("sip:1@h"),
        .authorization = prov_str_from(meeting->answer),
        .realm = PROVI_LIT("phone"),
        .uid = PROVI_LIT("1"),
        .pwd = PROVI_LIT("right"),
    };
    return prov_digest_check(&meeting->guard, &request, 0, result, err);
}

static const uint32_t algorithms[] = {PROV_DIGEST_ALGORITHM_MD5, PROV_DIGEST_ALGORITHM_SHA256};

/* The n-th call fails, until none does: neither good nor used up, and good afterwards. */
static void test_a_failed_check_is_not_good_and_uses_up_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(algorithms); i++) {
        struct meeting meeting, before;
        uint32_t result = 0;
        unsigned at = 0;
        meet(&meeting, algorithms[i]);
        for (prov_status status = PROV_E_NOMEM; status != PROV_OK;) {
            before = meeting;
            n_calls = 0;
            fails_at = ++at;
            status = check(&meeting, &result, NULL);
            if (n_calls < fails_at)
                break;
            assert_int_equal(status, PROV_E_NOMEM);
            assert_int_equal(result, 0);
            assert_memory_equal(&meeting.guard, &before.guard, sizeof before.guard);
            assert_int_equal(ERR_peek_error(), 0);
        }
        assert_int_equal(result, PROV_DIGEST_RESULT_GOOD);
        assert_true(at > 15);
    }
}

static void test_a_failed_challenge_changes_nothing(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(algorithms); i++) {
        struct meeting meeting, before;
        unsigned at = 0;
        meet(&meeting, algorithms[i]);
        do {
            before = meeting;
            n_calls = 0;
            fails_at = ++at;
            prov_status status = challenge(&meeting, NULL);
            assert_int_equal(status, n_calls < fails_at ? PROV_OK : PROV_E_NOMEM);
            if (status != PROV_OK)
                assert_memory_equal(&meeting.guard, &before.guard, sizeof before.guard);
        } while (n_calls >= fails_at);
        assert_true(at > 3);
    }
}

static void test_without_md5_only_its_challenge_fails(void **state)
{
    (void)state;
    struct meeting meeting;
    struct prov_error err = {0};
    uint32_t result = 99;
    meet(&meeting, PROV_DIGEST_ALGORITHM_MD5);
    has_no_md5 = true;
    assert_int_equal(challenge(&meeting, &err), PROV_E_UNSUPPORTED);
    assert_string_equal(err.message, "this OpenSSL has no MD5");
    assert_int_equal(check(&meeting, &result, &err), PROV_E_UNSUPPORTED);
    assert_int_equal(result, 0);
    meet(&meeting, PROV_DIGEST_ALGORITHM_SHA256);
    has_no_md5 = true;
    assert_int_equal(challenge(&meeting, NULL), PROV_OK);
    assert_int_equal(check(&meeting, &result, NULL), PROV_OK);
    assert_int_equal(result, PROV_DIGEST_RESULT_GOOD);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_failed_check_is_not_good_and_uses_up_nothing),
        cmocka_unit_test(test_a_failed_challenge_changes_nothing),
        cmocka_unit_test(test_without_md5_only_its_challenge_fails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
