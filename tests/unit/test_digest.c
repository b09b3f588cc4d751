/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Digest authentication: any credentials by tests/vectors/action/digest.txt, and challenges that
 * are answered once, late, again, by a crowd, or never.
 */
#include <provision/digest.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "digest_client.h"
#include "table.h"
#include "vectors.h"

static const uint8_t some_random[PROV_DIGEST_RANDOM_BYTES] = "any thirty-one bytes will do it";

#define REALM PROVI_LIT("pbx.example.com")
#define URI PROVI_LIT("sip:1000@192.0.2.7")
#define NOW 5000

static struct prov_digest_guard new_guard(void)
{
    struct prov_digest_guard guard;
    assert_int_equal(prov_digest_guard_init(&guard, some_random), PROV_OK);
    return guard;
}

/* Vectors */

static uint32_t result_of(prov_str name)
{
    return provi_str_is(name, "absent")  ? PROV_DIGEST_RESULT_ABSENT
           : provi_str_is(name, "wrong") ? PROV_DIGEST_RESULT_WRONG
           : provi_str_is(name, "stale") ? PROV_DIGEST_RESULT_STALE
                                         : 0;
}

static void check_credentials(void *ctx, const struct table_row *row)
{
    const prov_str *columns = row->columns;
    struct prov_digest_guard guard = new_guard(), before = guard;
    const struct prov_digest_request request = {
        .size = sizeof request,
        .method = columns[0],
        .uri = columns[1],
        .realm = columns[2],
        .uid = columns[3],
        .pwd = columns[4],
        .authorization = columns[7].len ? vector_copy(columns[7], *(const char *)ctx) : columns[7],
    };
    struct prov_error err = {0};
    uint32_t result = 99;
    prov_status status = prov_digest_check(&guard, &request, NOW, &result, &err);
    if (status != PROV_E_AUTH || result != result_of(columns[5]))
        table_fail(row, "%s, result %u", prov_status_name(status), (unsigned)result);
    if (!strstr(err.message, columns[6].data))
        table_fail(row, "'%s' instead of '%s'", err.message, columns[6].data);
    if (row->n_columns > 8 && err.offset != strtoul(columns[8].data, NULL, 10))
        table_fail(row, "at byte %u", (unsigned)err.offset);
    if (request.pwd.len && strstr(err.message, request.pwd.data) && request.pwd.len > 1)
        table_fail(row, "the message has the password");
    assert_memory_equal(&guard, &before, sizeof guard);
    if (columns[7].len)
        free((char *)request.authorization.data);
}

static void test_credentials_follow_the_vectors(void **state)
{
    (void)state;
    for (const char *behind = "x,=\"\\ "; *behind; behind++) /* not part of the header field */
        table_run(TEST_SOURCE_ROOT "/tests/vectors/action/digest.txt", check_credentials,
                  (char *)behind);
}

/* A client */

struct client {
    const char *pwd;
    uint32_t algorithm;
    const char *nc; /* NULL: without qop */
    char challenge[PROV_DIGEST_CHALLENGE_MAX];
    char answer[DIGEST_ANSWER_CAP];
};

static void challenge(struct prov_digest_guard *guard, struct client *client, int64_t now_ms)
{
    size_t len;
    uint32_t algorithm = client->algorithm ? client->algorithm : PROV_DIGEST_ALGORITHM_MD5;
    assert_int_equal(prov_digest_challenge(guard, REALM, algorithm, false, now_ms,
                                           client->challenge, sizeof client->challenge, &len, NULL),
                     PROV_OK);
    assert_int_equal(strlen(client->challenge), len);
}

static void answer(struct client *client)
{
    const struct digest_client digest = {
        .method = "NOTIFY",
        .uri = "sip:1000@192.0.2.7",
        .uid = "1000",
        .pwd = client->pwd,
        .nc = client->nc,
    };
    digest_answer(&digest, client->challenge, client->answer);
}

static struct prov_error last_error; /* of check_with() */

static uint32_t check_with(struct prov_digest_guard *guard, const struct client *client,
                           uint32_t flags, int64_t now_ms)
{
    const struct prov_digest_request request = {
        .size = sizeof request,
        .method = PROVI_LIT("NOTIFY"),
        .uri = URI,
        .realm = REALM,
        .uid = PROVI_LIT("1000"),
        .pwd = PROVI_LIT("right"),
        .authorization = prov_str_from(client->answer),
        .flags = flags,
    };
    uint32_t result;
    last_error = (struct prov_error){0};
    prov_status status = prov_digest_check(guard, &request, now_ms, &result, &last_error);
    assert_int_equal(status, last_error.status);
    assert_int_equal(status == PROV_OK, result == PROV_DIGEST_RESULT_GOOD);
    assert_true(status == PROV_OK || status == PROV_E_AUTH);
    return result;
}

static uint32_t check(struct prov_digest_guard *guard, const struct client *client)
{
    return check_with(guard, client, 0, NOW);
}

static struct client answered(struct prov_digest_guard *guard, struct client client)
{
    challenge(guard, &client, NOW);
    answer(&client);
    return client;
}

/* One challenge */

static void test_the_right_password_is_good_once(void **state)
{
    (void)state;
    static const struct client clients[] = {
        {.pwd = "right", .nc = "00000001"},
        {.pwd = "right", .nc = "00000001", .algorithm = PROV_DIGEST_ALGORITHM_SHA256},
        {.pwd = "right", .nc = "ffffffff"},
        {.pwd = "right"},
        {.pwd = "right", .algorithm = PROV_DIGEST_ALGORITHM_SHA256},
    };
    for (size_t i = 0; i < PROVI_LEN(clients); i++) {
        struct prov_digest_guard guard = new_guard();
        struct client client = answered(&guard, clients[i]);
        assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_GOOD);
        assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_STALE);
        assert_string_equal(last_error.message, "expected an unused nonce, found one used before");
        client = answered(&guard, clients[i]);
        assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_GOOD);
    }
}

static void test_a_wrong_password_uses_up_nothing(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard();
    struct client client = answered(&guard, (struct client){.pwd = "wrong", .nc = "00000001"});
    assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_WRONG);
    assert_string_equal(last_error.message, "expected the password of that user, found another");
    client.pwd = "right";
    answer(&client);
    assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_GOOD);
    client.pwd = "wrong";
    answer(&client);
    assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_WRONG); /* not stale */
}

static void test_only_accepted_algorithms_are_good(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard();
    struct client client =
        answered(&guard, (struct client){.pwd = "right", .algorithm = PROV_DIGEST_ALGORITHM_MD5});
    struct prov_digest_request request = {
        .size = sizeof request,
        .method = PROVI_LIT("NOTIFY"),
        .uri = URI,
        .realm = REALM,
        .uid = PROVI_LIT("1000"),
        .pwd = PROVI_LIT("right"),
        .authorization = prov_str_from(client.answer),
        .algorithms = PROV_DIGEST_ALGORITHM_SHA256,
    };
    uint32_t result;
    struct prov_error error = {0};
    assert_int_equal(prov_digest_check(&guard, &request, NOW, &result, &error), PROV_E_AUTH);
    assert_int_equal(result, PROV_DIGEST_RESULT_WRONG);
    assert_string_equal(error.message, "expected the algorithm of a challenge, found MD5");
    request.algorithms = PROV_DIGEST_ALGORITHM_MD5;
    assert_int_equal(prov_digest_check(&guard, &request, NOW, &result, NULL), PROV_OK);
}

static void test_a_counted_challenge_is_good_for_each_larger_count(void **state)
{
    (void)state;
    static const struct {
        const char *nc;
        uint32_t flags, result;
    } steps[] = {
        {"00000000", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_GOOD},
        {"00000000", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_STALE},
        {"00000002", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_GOOD},
        {"00000001", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_STALE},
        {"00000003", 0, PROV_DIGEST_RESULT_STALE},
        {NULL, PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_STALE},
        {"00000100", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_GOOD},
        {"000000ff", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_STALE},
        {"01000000", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_GOOD},
        {"00ffffff", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_STALE},
        {"fFfffFff", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_GOOD},
        {"00000004", PROV_DIGEST_FLAG_COUNTED, PROV_DIGEST_RESULT_STALE},
    };
    struct prov_digest_guard guard = new_guard();
    struct client client = {.pwd = "right"};
    challenge(&guard, &client, NOW);
    for (size_t i = 0; i < PROVI_LEN(steps); i++) {
        client.nc = steps[i].nc;
        answer(&client);
        assert_int_equal(check_with(&guard, &client, steps[i].flags, NOW), steps[i].result);
    }
}

/* Without a count counts as 0. */
static void test_a_challenge_used_without_a_count_can_be_counted_from_1(void **state)
{
    (void)state;
    static const struct {
        const char *nc;
        uint32_t result;
    } steps[] = {{NULL, PROV_DIGEST_RESULT_GOOD},
                 {"00000000", PROV_DIGEST_RESULT_STALE},
                 {"00000001", PROV_DIGEST_RESULT_GOOD}};
    struct prov_digest_guard guard = new_guard();
    struct client client = {.pwd = "right"};
    challenge(&guard, &client, NOW);
    for (size_t i = 0; i < PROVI_LEN(steps); i++) {
        client.nc = steps[i].nc;
        answer(&client);
        assert_int_equal(check_with(&guard, &client, PROV_DIGEST_FLAG_COUNTED, NOW),
                         steps[i].result);
    }
}

static void test_a_challenge_lasts_five_minutes(void **state)
{
    (void)state;
    static const struct {
        int64_t from, to;
        uint32_t result;
    } cases[] = {
        {NOW, NOW, PROV_DIGEST_RESULT_GOOD},
        {NOW, NOW + 300 * 1000, PROV_DIGEST_RESULT_GOOD},
        {NOW, NOW + 300 * 1000 + 1, PROV_DIGEST_RESULT_STALE},
        {NOW, NOW - 1, PROV_DIGEST_RESULT_STALE},
        {-10, 10, PROV_DIGEST_RESULT_GOOD},
        {INT64_MIN, INT64_MIN, PROV_DIGEST_RESULT_GOOD},
        {INT64_MIN, INT64_MAX, PROV_DIGEST_RESULT_STALE},
        {INT64_MAX, INT64_MIN, PROV_DIGEST_RESULT_STALE},
        {INT64_MAX, INT64_MAX, PROV_DIGEST_RESULT_GOOD},
    };
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        struct prov_digest_guard guard = new_guard();
        struct client client = {.pwd = "right"};
        challenge(&guard, &client, cases[i].from);
        answer(&client);
        assert_int_equal(check_with(&guard, &client, 0, cases[i].to), cases[i].result);
        if (cases[i].result == PROV_DIGEST_RESULT_STALE)
            assert_string_equal(last_error.message,
                                "expected a nonce of the last 300 s, found an older one");
    }
}

static void test_challenges_of_another_key_or_realm_are_stale(void **state)
{
    (void)state;
    uint8_t other_random[PROV_DIGEST_RANDOM_BYTES];
    struct prov_digest_guard guard = new_guard(), other;
    memcpy(other_random, some_random, sizeof other_random);
    other_random[31] ^= 1;
    assert_int_equal(prov_digest_guard_init(&other, other_random), PROV_OK);
    struct client client = answered(&guard, (struct client){.pwd = "right"});
    assert_int_equal(check(&other, &client), PROV_DIGEST_RESULT_STALE);
    assert_string_equal(last_error.message, "expected a nonce of this device, found another");
    size_t len;
    assert_int_equal(prov_digest_challenge(&guard, PROVI_LIT("pbx.example.net"),
                                           PROV_DIGEST_ALGORITHM_MD5, false, NOW, client.challenge,
                                           sizeof client.challenge, &len, NULL),
                     PROV_OK);
    char *net = strstr(client.challenge, ".net");
    memcpy(net, ".com", 4); /* the client answers for the realm that is expected */
    answer(&client);
    assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_STALE);
}

/* No byte of a nonce can be changed. */
static void test_a_nonce_cannot_be_forged(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard();
    struct client client = {.pwd = "right"};
    challenge(&guard, &client, NOW);
    char *nonce = strstr(client.challenge, "nonce=\"") + strlen("nonce=\"");
    for (size_t i = 0; i < 64; i++) {
        char was = nonce[i];
        nonce[i] = was == '0' ? '1' : '0';
        answer(&client);
        assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_STALE);
        nonce[i] = was;
    }
    answer(&client);
    assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_GOOD);
}

/* Many challenges */

static void test_a_storm_does_not_keep_the_rightful_client_out(void **state)
{
    (void)state;
    enum { STORM = 2000 };
    struct prov_digest_guard guard = new_guard();
    struct client client = {.pwd = "right"}, forger = {.pwd = "wrong"};
    challenge(&guard, &client, NOW);
    for (int i = 0; i < STORM; i++) {
        challenge(&guard, &forger, NOW);
        answer(&forger);
        assert_int_equal(check(&guard, &forger), PROV_DIGEST_RESULT_WRONG);
    }
    answer(&client);
    assert_int_equal(check(&guard, &client), PROV_DIGEST_RESULT_GOOD);
}

/*
 * A crowd of clients with the password, in any order, each of whose answers is recorded and played
 * again and again: no challenge is good twice, and whoever is stale succeeds with a new one.
 */
static void test_no_challenge_is_good_twice(void **state)
{
    (void)state;
    enum { CROWD = 100, STEPS = 4000 };
    static struct client clients[CROWD];
    static bool was_good[CROWD];
    struct prov_digest_guard guard = new_guard();
    uint32_t seed = 1;
    size_t n_good = 0, n_renewed = 0;
    for (size_t i = 0; i < CROWD; i++)
        clients[i] = answered(&guard, (struct client){.pwd = "right"});
    for (int step = 0; step < STEPS; step++) {
        seed = seed * 1664525 + 1013904223;
        size_t i = (seed >> 8) % CROWD;
        uint32_t result = check(&guard, &clients[i]);
        assert_true(result == PROV_DIGEST_RESULT_STALE || !was_good[i]);
        was_good[i] |= result == PROV_DIGEST_RESULT_GOOD;
        n_good += result == PROV_DIGEST_RESULT_GOOD;
        if (result == PROV_DIGEST_RESULT_STALE && (seed >> 20) % 8 == 0) {
            clients[i] = answered(&guard, (struct client){.pwd = "right"});
            was_good[i] = step % 2; /* every other one is used at once */
            if (step % 2)
                assert_int_equal(check(&guard, &clients[i]), PROV_DIGEST_RESULT_GOOD);
            n_renewed++;
        }
    }
    assert_true(n_good > CROWD / 8 && n_renewed > CROWD);
}

/* The guard remembers 32; only what is older than the oldest of these counts as used. */
static void test_challenges_are_good_in_any_order(void **state)
{
    (void)state;
    enum { N_REMEMBERED = 32, N = N_REMEMBERED + 3 };
    static struct client clients[N];
    struct prov_digest_guard guard = new_guard();
    for (size_t i = 0; i < N; i++)
        clients[i] = answered(&guard, (struct client){.pwd = "right"});
    for (size_t i = N - 2; i > 2; i--)
        assert_int_equal(check(&guard, &clients[i]), PROV_DIGEST_RESULT_GOOD);
    assert_int_equal(check(&guard, &clients[1]), PROV_DIGEST_RESULT_GOOD);
    /* All places are taken: the next is that of 1, and 2 is newer than that. */
    assert_int_equal(check(&guard, &clients[N - 1]), PROV_DIGEST_RESULT_GOOD);
    assert_int_equal(check(&guard, &clients[2]), PROV_DIGEST_RESULT_GOOD);
    for (size_t i = 0; i < N; i++)
        assert_int_equal(check(&guard, &clients[i]), PROV_DIGEST_RESULT_STALE);
}

/* Challenges as text */

static void test_challenges_have_this_form(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard();
    char text[PROV_DIGEST_CHALLENGE_MAX], second[PROV_DIGEST_CHALLENGE_MAX];
    size_t len, start = strlen("Digest realm=\"a\\\"b\\\\c\", nonce=\"");
    assert_int_equal(prov_digest_challenge(&guard, PROVI_LIT("a\"b\\c"),
                                           PROV_DIGEST_ALGORITHM_SHA256, true, NOW, text,
                                           sizeof text, &len, NULL),
                     PROV_OK);
    assert_memory_equal(text, "Digest realm=\"a\\\"b\\\\c\", nonce=\"", start);
    assert_int_equal(strspn(text + start, "0123456789abcdef"), 64);
    assert_string_equal(text + start + 64, "\", algorithm=SHA-256, qop=\"auth\", stale=true");
    assert_int_equal(prov_digest_challenge(&guard, PROVI_LIT("a\"b\\c"), PROV_DIGEST_ALGORITHM_MD5,
                                           false, NOW, second, sizeof second, &len, NULL),
                     PROV_OK);
    assert_string_equal(second + start + 64, "\", algorithm=MD5, qop=\"auth\"");
    assert_memory_not_equal(text + start, second + start, 64);
}

static void test_the_longest_challenge_fits(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard();
    char realm[256], text[PROV_DIGEST_CHALLENGE_MAX];
    struct prov_error error = {0};
    size_t len = 0, again = 0;
    memset(realm, '"', sizeof realm);
    for (size_t cap = 0; cap < sizeof text; cap += cap < 4 ? 1 : 100) {
        struct prov_digest_guard before = guard;
        char *block = malloc(cap ? cap : 1); /* so that a byte too many is seen */
        prov_status status =
            prov_digest_challenge(&guard, (prov_str){realm, 255}, PROV_DIGEST_ALGORITHM_SHA256,
                                  true, NOW, cap ? block : NULL, cap, &len, &error);
        assert_int_equal(status, len < cap ? PROV_OK : PROV_E_LIMIT);
        assert_int_equal(memcmp(&guard, &before, sizeof guard) == 0, status != PROV_OK);
        free(block);
    }
    assert_int_equal(prov_digest_challenge(&guard, (prov_str){realm, 255},
                                           PROV_DIGEST_ALGORITHM_SHA256, true, NOW, text,
                                           sizeof text, &again, NULL),
                     PROV_OK);
    assert_int_equal(len, again);
    char wanted[80];
    snprintf(wanted, sizeof wanted, "the challenge needs %zu bytes and a NUL", len);
    assert_string_equal(error.message, wanted);
    assert_int_equal(prov_digest_challenge(&guard, (prov_str){realm, 256},
                                           PROV_DIGEST_ALGORITHM_MD5, true, NOW, text, sizeof text,
                                           &len, NULL),
                     PROV_E_INVALID);
}

/* Wrong calls */

static void test_wrong_challenges_are_refused(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard(), unprepared = {{0}};
    char text[PROV_DIGEST_CHALLENGE_MAX];
    size_t len;
    static const uint8_t zeros[PROV_DIGEST_RANDOM_BYTES];
    assert_int_equal(prov_digest_guard_init(NULL, some_random), PROV_E_INVALID);
    assert_int_equal(prov_digest_guard_init(&guard, NULL), PROV_E_INVALID);
    assert_int_equal(prov_digest_guard_init(&guard, zeros), PROV_E_INVALID);
    struct prov_digest_guard used;
    memset(&used, 0xff, sizeof used);
    assert_int_equal(prov_digest_guard_init(&used, some_random), PROV_OK);
    assert_memory_equal(&used, &guard, sizeof guard);
    static const struct {
        prov_str realm;
        uint32_t algorithm;
    } cases[] = {
        {{NULL, 0}, PROV_DIGEST_ALGORITHM_MD5},
        {{NULL, 3}, PROV_DIGEST_ALGORITHM_MD5},
        {{"a\r\nb", 4}, PROV_DIGEST_ALGORITHM_MD5},
        {{"a", 1}, 0},
        {{"a", 1}, PROV_DIGEST_ALGORITHM_MD5 | PROV_DIGEST_ALGORITHM_SHA256},
        {{"a", 1}, 4},
    };
    struct prov_error error = {0};
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        bool is_realm = cases[i].realm.data && cases[i].realm.len == 1;
        assert_int_equal(prov_digest_challenge(&guard, cases[i].realm, cases[i].algorithm, false,
                                               NOW, text, sizeof text, &len, &error),
                         PROV_E_INVALID);
        assert_string_equal(
            error.message,
            is_realm ? "algorithm must be PROV_DIGEST_ALGORITHM_MD5 or PROV_DIGEST_ALGORITHM_SHA256"
                     : "expected a realm of 1 to 255 bytes without control characters");
    }
    assert_int_equal(prov_digest_challenge(&guard, REALM, PROV_DIGEST_ALGORITHM_MD5, false, NOW,
                                           text, sizeof text, NULL, &error),
                     PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: len");
    assert_int_equal(prov_digest_challenge(&guard, REALM, PROV_DIGEST_ALGORITHM_MD5, false, NOW,
                                           NULL, 1, &len, &error),
                     PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: buf");
    assert_int_equal(prov_digest_challenge(NULL, REALM, PROV_DIGEST_ALGORITHM_MD5, false, NOW, text,
                                           sizeof text, &len, &error),
                     PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: guard");
    assert_int_equal(prov_digest_challenge(&unprepared, REALM, PROV_DIGEST_ALGORITHM_MD5, false,
                                           NOW, text, sizeof text, &len, &error),
                     PROV_E_STATE);
    assert_string_equal(error.message, "expected a guard of prov_digest_guard_init()");
}

static void test_wrong_checks_are_refused(void **state)
{
    (void)state;
    struct prov_digest_guard guard = new_guard(), unprepared = {{0}};
    const struct prov_digest_request good = {
        .size = sizeof good,
        .method = PROVI_LIT("NOTIFY"),
        .uri = URI,
        .realm = REALM,
        .uid = PROVI_LIT("1000"),
        .pwd = PROVI_LIT("right"),
    };
    struct prov_digest_request cases[8];
    for (size_t i = 0; i < PROVI_LEN(cases); i++)
        cases[i] = good;
    cases[0].method.len = 0;
    cases[1].uri.len = 0;
    cases[2].realm.len = 0;
    cases[3].method.data = NULL;
    cases[4].uri.data = NULL;
    cases[5].authorization = (prov_str){NULL, 1};
    cases[6].uid.data = NULL;
    cases[7].pwd.data = NULL;
    struct prov_error error = {0};
    for (size_t i = 0; i < PROVI_LEN(cases); i++) {
        uint32_t result = 99;
        const char *wanted = i == 0   ? "invalid argument: request.method"
                             : i == 1 ? "invalid argument: request.uri"
                             : i == 2
                                 ? "expected a realm of 1 to 255 bytes without control characters"
                                 : "invalid argument: request";
        assert_int_equal(prov_digest_check(&guard, &cases[i], NOW, &result, &error),
                         PROV_E_INVALID);
        assert_string_equal(error.message, wanted);
        assert_int_equal(result, 0);
    }
    uint32_t result = 99;
    assert_int_equal(prov_digest_check(NULL, &good, NOW, &result, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: guard");
    assert_int_equal(result, 0);
    assert_int_equal(prov_digest_check(&guard, NULL, NOW, &result, &error), PROV_E_INVALID);
    assert_string_equal(error.message, "invalid argument: request");
    assert_int_equal(prov_digest_check(&unprepared, &good, NOW, NULL, NULL), PROV_E_STATE);
    assert_int_equal(prov_digest_check(&guard, &good, NOW, NULL, NULL), PROV_E_AUTH);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_credentials_follow_the_vectors),
        cmocka_unit_test(test_the_right_password_is_good_once),
        cmocka_unit_test(test_a_wrong_password_uses_up_nothing),
        cmocka_unit_test(test_only_accepted_algorithms_are_good),
        cmocka_unit_test(test_a_counted_challenge_is_good_for_each_larger_count),
        cmocka_unit_test(test_a_challenge_used_without_a_count_can_be_counted_from_1),
        cmocka_unit_test(test_a_challenge_lasts_five_minutes),
        cmocka_unit_test(test_challenges_of_another_key_or_realm_are_stale),
        cmocka_unit_test(test_a_nonce_cannot_be_forged),
        cmocka_unit_test(test_a_storm_does_not_keep_the_rightful_client_out),
        cmocka_unit_test(test_no_challenge_is_good_twice),
        cmocka_unit_test(test_challenges_are_good_in_any_order),
        cmocka_unit_test(test_challenges_have_this_form),
        cmocka_unit_test(test_the_longest_challenge_fits),
        cmocka_unit_test(test_wrong_challenges_are_refused),
        cmocka_unit_test(test_wrong_checks_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
