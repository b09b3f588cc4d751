/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A nonce consists of a number, a time and a MAC over both and the realm, in hexadecimal. The guard
 * stores only nonces that were used with the right password, so challenges cost no memory. */
#include <provision/digest.h>

#include <string.h>

#include "action/credentials.h"
#include "action/sip_uri.h"
#include "base/abi.h"
#include "base/alloc.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/error.h"
#include "base/str.h"
#include "decode/hash.h"

enum {
    MAX_REALM = 255,
    HEAD_BYTES = 16, /* number and time */
    NONCE_BYTES = HEAD_BYTES + 16,
    N_USED = 32,
};

struct used {
    uint64_t number; /* 0: free */
    uint64_t nc;     /* the largest that the client used */
};

struct guard {
    uint8_t key[PROV_DIGEST_RANDOM_BYTES];
    uint64_t n_issued;
    uint64_t floor; /* nonces with a lower number count as used */
    struct used used[N_USED];
};

_Static_assert(sizeof(struct guard) <= sizeof(struct prov_digest_guard),
               "struct prov_digest_guard is frozen: its contents have to fit");
_Static_assert((int)PROV_DIGEST_RANDOM_BYTES == (int)PROVI_MAC_BYTES, "the key of a MAC");

static bool is_unset(const uint8_t *bytes)
{
    for (size_t i = 1; i < PROV_DIGEST_RANDOM_BYTES; i++)
        if (bytes[i] != bytes[0])
            return false;
    return true;
}

prov_status prov_digest_guard_init(struct prov_digest_guard *guard, const uint8_t *random)
{
    struct guard g = {.floor = 1};
    if (!guard || !random || is_unset(random))
        return PROV_E_INVALID;
    memcpy(g.key, random, sizeof g.key);
    memset(guard, 0, sizeof *guard);
    memcpy(guard->opaque, &g, sizeof g);
    provi_wipe(&g, sizeof g);
    return PROV_OK;
}

static prov_status load(struct guard *g, const struct prov_digest_guard *guard,
                        struct prov_error *err)
{
    if (!guard)
        return provi_fail_invalid(err, "guard");
    memcpy(g, guard->opaque, sizeof *g);
    return is_unset(g->key)
               ? provi_fail(err, PROV_E_STATE, "expected a guard of prov_digest_guard_init()")
               : PROV_OK;
}

static void put_number(uint8_t *to, uint64_t number)
{
    for (size_t i = 0; i < 8; i++)
        to[i] = (uint8_t)(number >> (56 - 8 * i));
}

static uint64_t get_number(const uint8_t *from)
{
    uint64_t number = 0;
    for (size_t i = 0; i < 8; i++)
        number = number << 8 | from[i];
    return number;
}

/* Append the MAC to number and time. */
static prov_status sign_nonce(const struct guard *g, prov_str realm, uint8_t nonce[NONCE_BYTES],
                              struct prov_error *err)
{
    uint8_t message[HEAD_BYTES + MAX_REALM], mac[PROVI_MAC_BYTES];
    memcpy(message, nonce, HEAD_BYTES);
    memcpy(message + HEAD_BYTES, realm.data, realm.len);
    prov_status status = provi_hash_mac(g->key, message, HEAD_BYTES + realm.len, mac, err);
    if (status == PROV_OK)
        memcpy(nonce + HEAD_BYTES, mac, NONCE_BYTES - HEAD_BYTES);
    return status;
}

static prov_status check_realm(prov_str realm, struct prov_error *err)
{
    if (!provi_str_is_sound(realm) || realm.len == 0 || realm.len > MAX_REALM ||
        !provi_str_is_line(realm))
        return provi_fail(err, PROV_E_INVALID,
                          "expected a realm of 1 to %d bytes without control characters",
                          MAX_REALM);
    return PROV_OK;
}

/* Fail if the algorithm is not available: the response could not be checked. */
static prov_status check_algorithm(uint32_t algorithm, struct prov_error *err)
{
    struct provi_hash_text unused;
    if (algorithm != PROV_DIGEST_ALGORITHM_MD5 && algorithm != PROV_DIGEST_ALGORITHM_SHA256)
        return provi_fail(
            err, PROV_E_INVALID,
            "algorithm must be PROV_DIGEST_ALGORITHM_MD5 or PROV_DIGEST_ALGORITHM_SHA256");
    return provi_hash_joined(algorithm == PROV_DIGEST_ALGORITHM_MD5 ? PROVI_HASH_MD5
                                                                    : PROVI_HASH_SHA256,
                             NULL, 0, &unused, err);
}

static void write_challenge(struct provi_text *text, prov_str realm, uint32_t algorithm,
                            bool is_stale, const uint8_t nonce[NONCE_BYTES])
{
    char digits[2 * NONCE_BYTES];
    provi_text_puts(text, "Digest realm=\"");
    for (size_t i = 0; i < realm.len; i++) {
        if (realm.data[i] == '"' || realm.data[i] == '\\')
            provi_text_add_char(text, '\\');
        provi_text_add_char(text, realm.data[i]);
    }
    provi_text_puts(text, "\", nonce=\"");
    provi_hex_write(nonce, NONCE_BYTES, digits);
    provi_text_add(text, (prov_str){digits, sizeof digits});
    provi_text_puts(text, "\", algorithm=");
    provi_text_puts(text, algorithm == PROV_DIGEST_ALGORITHM_MD5 ? "MD5" : "SHA-256");
    provi_text_puts(text, ", qop=\"auth\"");
    if (is_stale)
        provi_text_puts(text, ", stale=true");
}

prov_status prov_digest_challenge(struct prov_digest_guard *guard, prov_str realm,
                                  uint32_t algorithm, bool is_stale, int64_t now_ms, char *buf,
                                  size_t cap, size_t *len, struct prov_error *err)
{
    struct guard g = {.n_issued = 0};
    uint8_t nonce[NONCE_BYTES];
    if (!len || (!buf && cap))
        return provi_fail_invalid(err, len ? "buf" : "len");
    prov_status status = load(&g, guard, err);
    if (status == PROV_OK)
        status = check_realm(realm, err);
    if (status == PROV_OK)
        status = check_algorithm(algorithm, err);
    if (status != PROV_OK)
        goto done;
    put_number(nonce, ++g.n_issued);
    put_number(nonce + 8, (uint64_t)now_ms);
    status = sign_nonce(&g, realm, nonce, err);
    if (status != PROV_OK)
        goto done;
    struct provi_text text = {.buf = buf, .cap = cap};
    write_challenge(&text, realm, algorithm, is_stale, nonce);
    status = provi_text_end(&text, len);
    if (status == PROV_OK)
        memcpy(guard->opaque, &g, sizeof g);
    else
        provi_fail(err, status, "the challenge needs %zu bytes and a NUL", *len);
done:
    provi_wipe(&g, sizeof g);
    return status;
}

/* The parameters of a client's response. */
struct response {
    struct provi_credentials credentials;
    enum provi_hash_kind kind;
    bool has_qop;
    uint64_t nc; /* 0 without qop */
};

static bool read_hex(prov_str text, uint8_t *to, size_t n)
{
    if (text.len != 2 * n)
        return false;
    for (size_t i = 0; i < n; i++) {
        int byte = provi_hex_byte(text, 2 * i);
        if (byte < 0)
            return false;
        to[i] = (uint8_t)byte;
    }
    return true;
}

/* Read the algorithm of the response: MD5 if it names none (RFC 2617, section 3.2.1). */
static prov_status read_algorithm(struct response *response, uint32_t accepted,
                                  struct prov_error *err)
{
    prov_str name = response->credentials.values[PROVI_CRED_ALGORITHM];
    bool is_md5 = !name.data || provi_str_eq_nocase(name, PROVI_LIT("MD5"));
    bool is_sha256 = provi_str_eq_nocase(name, PROVI_LIT("SHA-256"));
    uint32_t algorithm = is_md5      ? PROV_DIGEST_ALGORITHM_MD5
                         : is_sha256 ? PROV_DIGEST_ALGORITHM_SHA256
                                     : 0;
    response->kind = is_md5 ? PROVI_HASH_MD5 : PROVI_HASH_SHA256;
    if ((algorithm & (accepted ? accepted : (uint32_t)-1)) == 0)
        return provi_fail(err, PROV_E_AUTH, "expected the algorithm of a challenge, found %s",
                          is_md5      ? "MD5"
                          : is_sha256 ? "SHA-256"
                                      : "another");
    return PROV_OK;
}

/* Read `qop=auth` with count and cnonce, or none of the three (RFC 2069). */
static prov_status read_qop(struct response *response, struct prov_error *err)
{
    const prov_str *values = response->credentials.values;
    uint8_t nc[4];
    response->has_qop = values[PROVI_CRED_QOP].data;
    response->nc = 0;
    if (!response->has_qop)
        return PROV_OK;
    if (!provi_str_eq_nocase(values[PROVI_CRED_QOP], PROVI_LIT("auth")))
        return provi_fail(err, PROV_E_AUTH, "expected qop=auth in Authorization, found another");
    if (!values[PROVI_CRED_CNONCE].data || !read_hex(values[PROVI_CRED_NC], nc, sizeof nc))
        return provi_fail(err, PROV_E_AUTH,
                          "expected cnonce and nc=XXXXXXXX beside qop in Authorization");
    for (size_t i = 0; i < sizeof nc; i++)
        response->nc = response->nc << 8 | nc[i];
    return PROV_OK;
}

static bool is_same_target(prov_str theirs, prov_str ours)
{
    prov_str their_user, our_user;
    if (provi_str_eq(theirs, ours))
        return true;
    return provi_sip_user(theirs, &their_user) && provi_sip_user(ours, &our_user) &&
           provi_str_eq(their_user, our_user);
}

static prov_status read_response(const struct prov_digest_request *request,
                                 struct response *response, struct prov_error *err)
{
    const prov_str *values = response->credentials.values;
    prov_status status =
        provi_credentials_read(request->authorization, &response->credentials, err);
    if (status == PROV_OK)
        status = read_algorithm(response, request->algorithms, err);
    if (status == PROV_OK)
        status = read_qop(response, err);
    if (status != PROV_OK)
        return status;
    if (!provi_credential_eq(values[PROVI_CRED_REALM], request->realm))
        return provi_fail(err, PROV_E_AUTH, "expected credentials for the realm %.*s, found others",
                          PROVI_STR(request->realm));
    if (!is_same_target(values[PROVI_CRED_URI], request->uri))
        return provi_fail(err, PROV_E_AUTH,
                          "expected credentials for the URI of this request, found others");
    return PROV_OK;
}

/* Compute the response for the right password (RFC 7616, section 3.4.1). */
static prov_status compute(const struct prov_digest_request *request,
                           const struct response *response, struct provi_hash_text *out,
                           struct prov_error *err)
{
    const prov_str *values = response->credentials.values;
    struct provi_hash_text a1, a2;
    const prov_str a1_texts[] = {request->uid, request->realm, request->pwd};
    const prov_str a2_texts[] = {request->method, values[PROVI_CRED_URI]};
    enum provi_hash_kind kind = response->kind;
    prov_status status = provi_hash_joined(kind, a1_texts, PROVI_LEN(a1_texts), &a1, err);
    if (status == PROV_OK)
        status = provi_hash_joined(kind, a2_texts, PROVI_LEN(a2_texts), &a2, err);
    if (status == PROV_OK) {
        const prov_str with_qop[] = {{a1.data, a1.len},      values[PROVI_CRED_NONCE],
                                     values[PROVI_CRED_NC],  values[PROVI_CRED_CNONCE],
                                     values[PROVI_CRED_QOP], {a2.data, a2.len}};
        const prov_str without[] = {{a1.data, a1.len}, values[PROVI_CRED_NONCE], {a2.data, a2.len}};
        status = response->has_qop
                     ? provi_hash_joined(kind, with_qop, PROVI_LEN(with_qop), out, err)
                     : provi_hash_joined(kind, without, PROVI_LEN(without), out, err);
    }
    provi_wipe(&a1, sizeof a1);
    return status;
}

/* Compute the response also for an unknown user, so that the time is the same. */
static prov_status check_password(const struct prov_digest_request *request,
                                  const struct response *response, struct prov_error *err)
{
    const prov_str *values = response->credentials.values;
    struct provi_hash_text right;
    uint8_t theirs[PROVI_HASH_MAX_HEX / 2], ours[PROVI_HASH_MAX_HEX / 2];
    prov_status status = compute(request, response, &right, err);
    if (status != PROV_OK)
        return status;
    size_t n = right.len / 2;
    bool is_right = read_hex((prov_str){right.data, right.len}, ours, n) &&
                    read_hex(values[PROVI_CRED_RESPONSE], theirs, n) &&
                    provi_hash_eq(ours, theirs, n);
    provi_wipe(&right, sizeof right);
    provi_wipe(ours, sizeof ours);
    if (!provi_credential_eq(values[PROVI_CRED_USERNAME], request->uid))
        return provi_fail(err, PROV_E_AUTH, "expected the credentials of another user");
    if (request->pwd.len == 0)
        return provi_fail(err, PROV_E_AUTH, "expected no credentials: the user has no password");
    return is_right
               ? PROV_OK
               : provi_fail(err, PROV_E_AUTH, "expected the password of that user, found another");
}

/* Read number and time of a nonce of this guard; PROV_E_AUTH for any other nonce. */
static prov_status read_nonce(const struct guard *g, prov_str realm, prov_str text,
                              uint64_t *number, int64_t *at_ms, struct prov_error *err)
{
    uint8_t theirs[NONCE_BYTES], ours[NONCE_BYTES];
    if (!read_hex(text, theirs, NONCE_BYTES))
        return provi_fail(err, PROV_E_AUTH, "expected a nonce of this device, found another");
    memcpy(ours, theirs, HEAD_BYTES);
    prov_status status = sign_nonce(g, realm, ours, err);
    if (status != PROV_OK)
        return status;
    if (!provi_hash_eq(ours, theirs, NONCE_BYTES))
        return provi_fail(err, PROV_E_AUTH, "expected a nonce of this device, found another");
    *number = get_number(ours);
    *at_ms = (int64_t)get_number(ours + 8);
    return PROV_OK;
}

/* Find the entry of a nonce; for a new nonce, the oldest entry is replaced. From then on, all
 * nonces up to the replaced one count as used: their clients get `stale=true`. */
static struct used *place_of(struct guard *g, uint64_t number)
{
    struct used *oldest = &g->used[0];
    for (size_t i = 0; i < N_USED; i++) {
        if (g->used[i].number == number)
            return &g->used[i];
        if (g->used[i].number < oldest->number)
            oldest = &g->used[i];
    }
    return oldest;
}

static prov_status use_nonce(struct guard *g, const struct prov_digest_request *request,
                             const struct response *response, int64_t now_ms,
                             struct prov_error *err)
{
    uint64_t number = 0;
    int64_t at_ms = 0;
    prov_status status = read_nonce(
        g, request->realm, response->credentials.values[PROVI_CRED_NONCE], &number, &at_ms, err);
    if (status != PROV_OK)
        return status;
    if (now_ms < at_ms || (uint64_t)now_ms - (uint64_t)at_ms > PROV_DIGEST_NONCE_S * 1000u)
        return provi_fail(err, PROV_E_AUTH, "expected a nonce of the last %d s, found an older one",
                          PROV_DIGEST_NONCE_S);
    struct used *used = place_of(g, number);
    bool may_count = request->flags & PROV_DIGEST_FLAG_COUNTED;
    bool is_new = used->number != number;
    if (is_new ? number < g->floor : !may_count || response->nc <= used->nc)
        return provi_fail(err, PROV_E_AUTH, "expected an unused nonce, found one used before");
    if (is_new && g->floor <= used->number)
        g->floor = used->number + 1;
    *used = (struct used){number, response->nc};
    return PROV_OK;
}

static prov_status check_request(const struct prov_digest_request *request, struct prov_error *err)
{
    const prov_str texts[] = {request->method, request->uri, request->authorization, request->uid,
                              request->pwd};
    for (size_t i = 0; i < PROVI_LEN(texts); i++)
        if (!provi_str_is_sound(texts[i]))
            return provi_fail_invalid(err, "request");
    if (request->method.len == 0 || request->uri.len == 0)
        return provi_fail_invalid(err, request->method.len == 0 ? "request.method" : "request.uri");
    return check_realm(request->realm, err);
}

prov_status prov_digest_check(struct prov_digest_guard *guard,
                              const struct prov_digest_request *request, int64_t now_ms,
                              uint32_t *result, struct prov_error *err)
{
    struct guard g;
    struct prov_digest_request known = {.size = 0};
    struct response response;
    uint32_t found = 0;
    prov_status status = request ? provi_abi_in(&known, sizeof known, request, err)
                                 : provi_fail_invalid(err, "request");
    if (status == PROV_OK)
        status = check_request(&known, err);
    if (status == PROV_OK)
        status = load(&g, guard, err);
    if (status != PROV_OK)
        goto done;
    found = PROV_DIGEST_RESULT_ABSENT;
    if (!provi_credentials_are_digest(known.authorization)) {
        status = provi_fail(err, PROV_E_AUTH, "expected Digest credentials, found %s",
                            known.authorization.len ? "those of another scheme" : "none");
        goto done;
    }
    found = PROV_DIGEST_RESULT_WRONG;
    status = read_response(&known, &response, err);
    if (status == PROV_OK)
        status = check_password(&known, &response, err);
    if (status != PROV_OK)
        goto done;
    found = PROV_DIGEST_RESULT_STALE;
    status = use_nonce(&g, &known, &response, now_ms, err);
    if (status != PROV_OK)
        goto done;
    found = PROV_DIGEST_RESULT_GOOD;
    memcpy(guard->opaque, &g, sizeof g);
done:
    if (result)
        *result = status == PROV_OK || status == PROV_E_AUTH ? found : 0;
    provi_wipe(&g, sizeof g);
    return status;
}
