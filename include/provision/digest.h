/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Digest authentication of clients that send requests to a device, by SIP or HTTP. Usable alone.
 *
 * The device answers a request without credentials with 401 and a challenge, and checks the
 * credentials of the next request. The caller provides random bytes, time and memory. Nothing is
 * stored for a challenge, so requests without the password, in any number, neither use up a
 * resource nor block a client that has it.
 *
 * Sources: RFC 7616, RFC 2617, RFC 3261 section 22, RFC 8760. Supported are MD5 and SHA-256, with
 * `qop="auth"` and without qop; not the `-sess` forms and not `auth-int`. docs/front-door.md has a
 * complete example.
 */
#ifndef PROVISION_DIGEST_H
#define PROVISION_DIGEST_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Algorithms; bits of `prov_digest_request.algorithms`. Numbers are never reused. */
enum prov_digest_algorithm {
    PROV_DIGEST_ALGORITHM_MD5 = 1 << 0,
    PROV_DIGEST_ALGORITHM_SHA256 = 1 << 1,
};

enum {
    PROV_DIGEST_RANDOM_BYTES = 32,   /**< random bytes of a guard */
    PROV_DIGEST_NONCE_S = 300,       /**< seconds that a challenge can be answered */
    PROV_DIGEST_CHALLENGE_MAX = 768, /**< bytes of the longest challenge, with its NUL */
};

/**
 * The key of a device's challenges, and the used challenges: plain memory without pointers. The
 * owner must not read its content, and must not use a copy, which would accept a used challenge
 * again. Frozen for good.
 */
struct prov_digest_guard {
    uint64_t opaque[80]; /**< not to be read */
};

/**
 * Prepare a guard. One guard serves all lines, doors and realms of a device; a new one after a
 * reboot is fine, the credentials of earlier challenges are then PROV_DIGEST_RESULT_STALE.
 *
 * @param[out] guard   Overwritten. Not NULL.
 * @param      random  PROV_DIGEST_RANDOM_BYTES bytes that no client can guess. Copied. Not NULL.
 * @return PROV_OK; PROV_E_INVALID if @p random is NULL or all its bytes are the same.
 * @since 0.1. Allocates nothing; safe from any callback.
 */
PROV_API prov_status prov_digest_guard_init(struct prov_digest_guard *guard, const uint8_t *random);

/**
 * Write a challenge, the value of a `WWW-Authenticate` header field:
 * `Digest realm="example.com", nonce="…", algorithm=MD5, qop="auth"`.
 *
 * To offer both algorithms, send two header fields, the preferred one first (RFC 8760 2.4): each
 * is a challenge of its own.
 *
 * @param      guard      Prepared. Not NULL.
 * @param      realm      Shown to users; 255 bytes at most, not empty, no control characters.
 *                        Borrowed for the call.
 * @param      algorithm  PROV_DIGEST_ALGORITHM_MD5 or PROV_DIGEST_ALGORITHM_SHA256.
 * @param      is_stale   The credentials were PROV_DIGEST_RESULT_STALE: adds `stale=true`, so the
 *                        client retries without asking a user for the password.
 * @param      now_ms     The caller's monotonic clock; need not begin at 0.
 * @param[out] buf        Receives the text and a NUL. May be NULL when @p cap is 0.
 * @param      cap        Bytes at @p buf; PROV_DIGEST_CHALLENGE_MAX is enough.
 * @param[out] len        Bytes of the text, without NUL; set also on PROV_E_LIMIT. Not NULL.
 * @return PROV_OK; PROV_E_LIMIT if @p cap is too small; PROV_E_UNSUPPORTED: this OpenSSL lacks the
 *         algorithm, as builds without MD5 do: offer the other one; PROV_E_NOMEM; PROV_E_STATE if
 *         @p guard was not prepared; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_digest_challenge(struct prov_digest_guard *guard, prov_str realm,
                                           uint32_t algorithm, bool is_stale, int64_t now_ms,
                                           char *buf, size_t cap, size_t *len,
                                           struct prov_error *err);

/** Results of a check. Numbers are never reused. */
enum prov_digest_result {
    PROV_DIGEST_RESULT_GOOD =
        1, /**< the client has the password; only this one comes with PROV_OK */
    PROV_DIGEST_RESULT_ABSENT = 2, /**< there are no Digest credentials: send a challenge */
    PROV_DIGEST_RESULT_WRONG = 3,  /**< malformed, for another realm or request, or another user or
                                 password: send a challenge, or refuse */
    PROV_DIGEST_RESULT_STALE =
        4, /**< user and password are right, but the challenge is used, too old
                                 or of another guard: send a challenge with `stale=true` */
};

/** Bits of `prov_digest_request.flags`. */
enum {
    /**
     * The answer to a challenge may be used again with a larger count (`nc`), as browsers do.
     * Without this flag a challenge is valid for one request.
     */
    PROV_DIGEST_FLAG_COUNTED = 1 << 0,
};

/** A request with credentials. All texts are borrowed for the call. */
struct prov_digest_request {
    size_t size;
    prov_str method; /**< `NOTIFY`, `POST`, … */
    /**
     * The target of the request as received, in HTTP path and query. The credentials must be for
     * the same one. Of SIP URIs only the users are compared, because a proxy may have rewritten the
     * rest (RFC 3261 22.4).
     */
    prov_str uri;
    prov_str authorization; /**< value of the header field `Authorization`; empty: none */
    prov_str realm;         /**< as in the challenge */
    prov_str uid;           /**< the user whom the caller expects */
    prov_str pwd;           /**< secret. An empty one matches no credentials */
    uint32_t flags;         /**< PROV_DIGEST_FLAG_… */
    uint32_t algorithms;    /**< accepted ones, bits of enum prov_digest_algorithm; 0: both */
};

/**
 * Check the credentials of a request. If a request has several `Authorization` header fields, each
 * is checked, and one PROV_OK suffices.
 *
 * The credentials are good only if all of these are right: user, realm, method, target, password,
 * and an unused challenge of this guard. The password is compared in constant time. The cost is
 * linear in the length of the texts.
 *
 * @param      guard    Prepared; records the challenge on PROV_OK. Not NULL.
 * @param      request  Borrowed for the call. Not NULL.
 * @param      now_ms   The clock of prov_digest_challenge().
 * @param[out] result   enum prov_digest_result; 0 for a status other than PROV_OK and PROV_E_AUTH.
 *                      May be NULL.
 * @param[out] err      On PROV_E_AUTH the reason, for the device's own log: a client must not see
 *                      whether the user or the password was wrong. May be NULL.
 * @return PROV_OK: carry the request out; PROV_E_AUTH: see enum prov_digest_result;
 *         PROV_E_UNSUPPORTED: this OpenSSL lacks the algorithm; PROV_E_NOMEM; PROV_E_STATE if @p
 *         guard was not prepared; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_digest_check(struct prov_digest_guard *guard,
                                       const struct prov_digest_request *request, int64_t now_ms,
                                       uint32_t *result, struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
