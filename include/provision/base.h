/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Types used by all headers: status, text, error record, allocator, sink, limits.
 *
 * Ownership terms in all headers: **borrowed** (the library reads it until the stated time),
 * **copied**, **taken** (the library owns it even if the call fails), **new** (the caller frees it
 * with the stated function). Sized structs begin with `size`: set it to `sizeof` the struct, leave
 * the rest zero, and every field has its default, except in structs of values, such as `struct
 * prov_sched_settings`, which say so; see docs/abi.md.
 *
 * Rules for all functions: The first argument, a handle, is borrowed for the call. A NULL handle
 * never crashes: the function returns PROV_E_INVALID, and a function without a status returns 0,
 * false, an empty text, or does nothing. A text with a length but no data is PROV_E_INVALID. `err`
 * receives the detail of a failure and may be NULL. `index` counts from 0, and so does
 * `alternative`, the number of one of a rule's alternatives; -1: none. A handle, with the
 * transports and the store it uses, belongs to one thread at a time; handles that share nothing may
 * be used in parallel.
 *
 * `@return` lists every status of a function; a status without a remark has the meaning given here
 * in enum prov_status; docs/errors.md has its cause and remedy. "Any status of" a callback or
 * another function means that its statuses are passed on. A function marked "safe from any
 * callback" may be called while another function of the same handle is running, "from the event
 * callback" only from `prov_host.event`; "not from" means that it would return PROV_E_STATE or
 * break that function.
 *
 * Callbacks are REQUIRED or OPTIONAL: without a REQUIRED one the struct is PROV_E_INVALID. `ctx` is
 * the pointer in the same struct as the callback, passed unchanged.
 */
#ifndef PROVISION_BASE_H
#define PROVISION_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/**
 * Marks public functions. A program that builds the sources into a library of its own may define it
 * before, on the command line, e.g. `-DPROV_API=` to export none, or
 * `"-DPROV_API=__declspec(dllexport)"`.
 */
#ifndef PROV_API
#if defined(__GNUC__) && !defined(_WIN32)
#define PROV_API __attribute__((visibility("default")))
#else
#define PROV_API
#endif
#endif

#ifdef __cplusplus
extern "C" {
#endif

/**
 * Outcome of a call: PROV_OK or a negative `PROV_E_…`. The codes differ by the action a caller can
 * take.
 */
typedef int32_t prov_status;

/** All outcomes. Numbers are never reused; docs/errors.md has cause and remedy for each. */
enum {
    PROV_OK = 0,

    /* The call itself. */
    PROV_E_INVALID = -1, /**< an argument breaks the contract: fix the calling code */
    PROV_E_STATE = -2,   /**< not allowed now: the handle has failed or finished, or the call comes
                              from its own callback */
    PROV_E_NOMEM = -3,   /**< the allocator returned NULL: free memory and retry */
    PROV_E_ABI = -4,     /**< a sized struct has non-zero bytes unknown to this release */
    PROV_E_UNSUPPORTED = -5, /**< this build, transport or platform cannot do that */
    PROV_E_HOST = -6,        /**< a host callback refused; its own number is in `native` */
    PROV_E_CANCELLED = -7,   /**< the caller ended it */
    PROV_E_IO = -8,          /**< storage failed; `native` is errno */
    PROV_E_BUSY = -9,        /**< something else has to end before: try again later; `message`
                                  names it, e.g. another process that has the store open */

    /* The text or the file. */
    PROV_E_SYNTAX = -20,        /**< a rule, URL, alias map or value does not parse: fix the text */
    PROV_E_LIMIT = -21,         /**< larger than `prov_limits` or the caller's buffer allow */
    PROV_E_TRUNCATED = -22,     /**< incomplete: fetch it again */
    PROV_E_CORRUPT = -23,       /**< damaged, or not of the expected format */
    PROV_E_KEY = -24,           /**< encrypted, but not with this key */
    PROV_E_NO_KEY = -25,        /**< encrypted, and no key was given */
    PROV_E_NOT_ENCRYPTED = -26, /**< not encrypted, although encryption was required */
    PROV_E_POLICY = -27,        /**< the host's policy forbids the server, address or file */
    PROV_E_VALUE = -28,         /**< a value does not fit its parameter's type, or a profile and a
                                     store's file cannot carry it: correct the value */
    PROV_E_NOT_FOUND = -29,     /**< no such name or file */
    PROV_E_QUARANTINED = -30,   /**< applied once, not confirmed, rolled back: refused */

    /* The network. */
    PROV_E_NO_SERVER = -40, /**< neither the rule nor DHCP names a server */
    PROV_E_DNS = -41,       /**< the server's name has no address */
    PROV_E_CONNECT = -42,   /**< the server refuses connections or cannot be reached */
    PROV_E_TIMEOUT = -43,   /**< no answer, or the answers stopped */
    PROV_E_NETWORK = -44,   /**< the connection was lost, or the peer violated the protocol */
    PROV_E_TLS = -45,       /**< no trusted connection; `reason` and `message` say why */
    PROV_E_AUTH = -46,      /**< the server requires other credentials */
    PROV_E_SERVER = -47,    /**< the server answered with a failure; `native` is its code */
    PROV_E_REDIRECT = -48,  /**< too many, or to a place not allowed */
};

/**
 * Name of a status as written in the headers, e.g. `PROV_E_KEY`.
 *
 * @param status  Any number.
 * @return NUL-terminated, static; `PROV_E_?` for a number this release does not know.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const char *prov_status_name(prov_status status);

/**
 * Meaning of a status, in a few words for a person, e.g. `encrypted with another key`.
 *
 * @param status  Any number.
 * @return NUL-terminated, static, never NULL.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API const char *prov_status_text(prov_status status);

/**
 * A text: any bytes, not NUL-terminated. `{NULL, 0}` is empty. The few arguments and members that
 * distinguish an absent text from an empty one say so: there, NULL `data` means absent, and an
 * empty text needs `data`, e.g. that of prov_str_from(""). Frozen for good.
 */
struct prov_str {
    const char *data; /**< NULL only if `len` is 0 */
    size_t len;       /**< bytes */
};
/** The same, for arguments and members. */
typedef struct prov_str prov_str;

/**
 * Text from a NUL-terminated string.
 *
 * @param text  Borrowed as long as the result is used. NULL gives the empty text.
 * @return Points at @p text, its NUL not counted.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API prov_str prov_str_from(const char *text);

/** The component that reported an error and defines `native`. */
enum prov_origin {
    PROV_ORIGIN_NONE = 0, /**< no number */
    PROV_ORIGIN_HOST = 1, /**< a host callback's status */
    PROV_ORIGIN_OS = 2,   /**< errno */
    PROV_ORIGIN_CURL = 3, /**< CURLcode */
    PROV_ORIGIN_XML = 4,  /**< xmlParserErrors */
    PROV_ORIGIN_SSL = 5,  /**< OpenSSL error code, or X509_V_ERR_… for certificates */
    PROV_ORIGIN_ZLIB = 6, /**< zlib return code */
    PROV_ORIGIN_HTTP = 7, /**< HTTP status */
    PROV_ORIGIN_TFTP = 8, /**< TFTP error code (RFC 1350) */
};

/**
 * Why there is no trusted connection: `prov_error.reason` with PROV_E_TLS. docs/tls.md has the
 * remedy for each. Numbers are never reused.
 */
enum prov_tls_reason {
    PROV_TLS_NONE = 0,

    /* The server's certificate or one of its issuers: `subject` and `depth` say which. */
    PROV_TLS_EXPIRED = 1,
    PROV_TLS_NOT_YET_VALID = 2,        /**< by this device's clock */
    PROV_TLS_UNKNOWN_CA = 3,           /**< the device does not trust its CA */
    PROV_TLS_MISSING_INTERMEDIATE = 4, /**< the server sends it without its issuer's */
    PROV_TLS_SELF_SIGNED = 5,
    PROV_TLS_WRONG_NAME = 6,
    PROV_TLS_WEAK_KEY = 7,
    PROV_TLS_WEAK_DIGEST = 8,
    PROV_TLS_REVOKED = 9,
    PROV_TLS_WRONG_PURPOSE = 10,   /**< not for servers, or signed by a certificate that is not a
                                        CA's */
    PROV_TLS_NOT_PINNED = 11,      /**< none of the chain's keys is pinned */
    PROV_TLS_BAD_CERTIFICATE = 12, /**< anything else; `native` is OpenSSL's X509_V_ERR_… */
    PROV_TLS_NO_ROOTS = 13,        /**< this device trusts no CA at all */

    /* The handshake. */
    PROV_TLS_HTTP_SPOKEN = 20,  /**< `https` was asked of a port that does not speak TLS */
    PROV_TLS_EXPECTED = 21,     /**< `http` was asked of a port that speaks TLS */
    PROV_TLS_VERSION = 22,      /**< no TLS version in common */
    PROV_TLS_PARAMETERS = 23,   /**< no cipher or key exchange in common */
    PROV_TLS_UNKNOWN_NAME = 24, /**< the server does not serve a host of that name */
    PROV_TLS_BROKEN_OFF = 25,   /**< the connection ended within the handshake */
    PROV_TLS_PROTOCOL = 26,     /**< the handshake broke a rule; `native` is OpenSSL's code */

    /* This device's own certificate and key. */
    PROV_TLS_CLIENT_REQUIRED = 40, /**< the server wants one, and there is none */
    PROV_TLS_CLIENT_REFUSED = 41,
    PROV_TLS_CLIENT_EXPIRED = 42,
    PROV_TLS_CLIENT_REVOKED = 43,
    PROV_TLS_CLIENT_UNKNOWN_CA = 44, /**< the server does not trust its CA */
    PROV_TLS_CLIENT_UNREADABLE = 45,
    PROV_TLS_KEY_UNREADABLE = 46,
    PROV_TLS_KEY_MISMATCH = 47, /**< the key is not the certificate's */
    PROV_TLS_KEY_FAILED = 48,   /**< the host did not sign with it; `native` is its status */
};

/**
 * Failures that other credentials cannot fix: `prov_error.reason` with PROV_E_AUTH. Numbers are
 * never reused.
 */
enum prov_auth_reason {
    PROV_AUTH_NONE = 0,           /**< credentials are missing or wrong */
    PROV_AUTH_UNKNOWN_SCHEME = 1, /**< the server offers neither Basic nor Digest: no credentials
                                       were sent */
};

/** Bits of `prov_error.flags`. */
enum {
    PROV_ERROR_RETRYABLE = 1 << 0, /**< the same attempt may succeed later without any change */
    PROV_ERROR_CUT = 1 << 1,       /**< a text field was shortened to fit */
    /**
     * A fault in the content of a file from a server. Its status and message are for the device
     * alone: to the network, tell no more than `corrupt file`, as log messages and reports do.
     */
    PROV_ERROR_CONTENT = 1 << 2,
};

/**
 * Detail of one failure. Owned by the caller; pass NULL if it is not needed.
 *
 * Zero it, then set `size`; a zero `size` means the struct as release 0.1 had it, so `struct
 * prov_error err = {0};` is enough. A call that fails overwrites it; a call that succeeds does not
 * change it. If several failures occur in one call, it holds the first. No field ever holds a key,
 * a password or a profile value.
 */
struct prov_error {
    size_t size;
    int32_t status;    /**< PROV_OK while nothing failed */
    uint32_t origin;   /**< enum prov_origin */
    int64_t native;    /**< that library's own code; 0 if none */
    uint32_t line;     /**< 1-based line in `source`; 0 = does not apply */
    uint32_t column;   /**< 1-based byte column in the line; 0 = does not apply */
    uint64_t offset;   /**< byte offset in the input of the part that failed */
    uint32_t flags;    /**< PROV_ERROR_… */
    uint16_t reason;   /**< enum prov_tls_reason or prov_auth_reason; 0 = none applies */
    uint16_t depth;    /**< of the certificate at fault: 0 the server's own, 1 its issuer's, … */
    char subject[64];  /**< parameter, macro, option, host or certificate; may be empty */
    char source[128];  /**< rule name or URL, secrets masked; a long one keeps its tail */
    char message[192]; /**< one line, lower case: the expectation and the finding */
};

/**
 * Write an error as one line for a log: `SOURCE:LINE:COLUMN: SUBJECT: MESSAGE [STATUS]`, parts
 * that do not apply left out.
 *
 * @param      err  Borrowed for the call. NULL gives the empty text.
 * @param[out] buf  Receives the text and a NUL if @p cap is at least 1; cut short where it does not
 *                  fit. May be NULL when @p cap is 0.
 * @param      cap  Bytes at @p buf.
 * @return Bytes the whole line needs, without NUL.
 * @since 0.1. Safe from any callback and any thread.
 */
PROV_API size_t prov_error_format(const struct prov_error *err, char *buf, size_t cap);

/**
 * Where a handle's memory comes from, in the manner of `realloc`. Frozen for good.
 *
 * `resize(ctx, NULL, 0, n)` allocates, `resize(ctx, p, old, n)` resizes, `resize(ctx, p, old, 0)`
 * frees and returns NULL. `old_size` is always the size last requested. On failure return NULL and
 * leave the old block unchanged. libxml2, OpenSSL and libcurl use their own allocators; zlib uses
 * this one.
 */
struct prov_alloc {
    /**
     * OPTIONAL. Return the block, which may have moved; NULL on failure, or when it was freed.
     * Absent: the C library.
     */
    void *(*resize)(void *ctx, void *ptr, size_t old_size, size_t new_size);
    void *ctx; /**< passed to `resize` unchanged; must outlive every handle created with it */
};

/**
 * Clocks in place of the operating system's. Frozen for good. The functions are as in `struct
 * prov_host`, so a host's own can be given.
 */
struct prov_clock {
    /**
     * OPTIONAL. Return the milliseconds since any fixed point; must not go back. Absent: the
     * system's monotonic clock.
     */
    int64_t (*mono_ms)(void *ctx);
    /**
     * OPTIONAL. Set UTC seconds and the local offset. Return false while the clock is not set.
     * Absent: the system's clock.
     */
    bool (*wall_s)(void *ctx, int64_t *utc_s, int32_t *utc_offset_s);
    void *ctx; /**< passed to both unchanged; must outlive every handle created with it */
};

/** A device's client certificate and custom CA; `provision/tls.h` has its functions. */
typedef struct prov_tls_identity prov_tls_identity;

/**
 * Receiver of a stream of bytes; decoders, parsers and encoders are connected by it. Frozen for
 * good.
 *
 * A sink that has failed stays failed: every later call returns the same status.
 */
struct prov_sink {
    /**
     * REQUIRED. Receive the next @p len bytes, borrowed for the call. Every split of the same bytes
     * must have the same effect. @p len may be 0.
     *
     * @return PROV_OK. Every other status, with its detail in @p err (may be NULL), ends the
     *         stream; the caller passes it on.
     */
    prov_status (*write)(void *ctx, const void *data, size_t len, struct prov_error *err);
    /**
     * REQUIRED. The stream is complete; no other call means that. Called at most once.
     *
     * @return As `write`.
     */
    prov_status (*finish)(void *ctx, struct prov_error *err);
    void *ctx;
};

/**
 * Limits on the resources that the network, a file or a rule can consume. Each is checked before
 * memory or time is spent. Exceeding one is PROV_E_LIMIT, except for redirects (PROV_E_REDIRECT)
 * and times (PROV_E_TIMEOUT). 0 in a field means the default given here.
 */
struct prov_limits {
    size_t size;
    uint64_t max_fetch_bytes;    /**< body as transferred; 4 MiB */
    uint64_t max_inflated_bytes; /**< profile after decryption and inflation; 4 MiB */
    uint32_t max_inflate_ratio;  /**< inflated : compressed, after the first 64 KiB; 200 */
    uint32_t max_encodings;      /**< layers of base64, encryption, gzip in one file; 4 */
    uint32_t max_depth;          /**< nesting of XML elements; 32 */
    uint32_t max_value_bytes;    /**< one parameter value; 64 KiB */
    uint32_t max_name_bytes;     /**< one element or parameter name; 256 */
    uint32_t max_token_bytes;    /**< XML fed without any event, e.g. one tag or comment; 64 KiB */
    uint32_t max_name_table_bytes; /**< distinct names libxml2 may remember; 1 MiB */
    uint32_t max_rule_bytes;       /**< a rule, as stored or as expanded; 64 KiB */
    uint32_t max_staged_bytes;     /**< values staged for one commit; 4 MiB */
    uint32_t max_store_bytes;      /**< a parameter store file; 16 MiB */
    uint32_t max_warnings;         /**< kept with their text; more are only counted; 16 */
    uint32_t max_redirects;        /**< in one request; 5 */
    uint32_t connect_timeout_ms;   /**< until a server first answers; 30,000 */
    uint32_t idle_timeout_ms;      /**< without a byte in a running transfer; 60,000 */
    uint32_t total_timeout_ms;     /**< one transfer from start to end; 900,000 */
    uint32_t resync_timeout_ms;    /**< all transfers of one resync together; 3,600,000 */
};

#ifdef __cplusplus
}
#endif

#endif
