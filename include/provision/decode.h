/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Decoder from the bytes of a transfer to the bytes of a profile (detect, decrypt, inflate), and
 * encoder for reports. Usable alone.
 *
 * A decoder is a sink feeding a sink. Unauthenticated ciphertext proves nothing before its last
 * block: whatever the next sink receives is provisional until prov_decoder_finish() gave PROV_OK.
 * Sources: RFC 1952 (gzip), RFC 8188 (aes128gcm), `openssl enc` for `--key`; docs/encryption.md.
 */
#ifndef PROVISION_DECODE_H
#define PROVISION_DECODE_H

#include <provision/base.h>

#ifdef __cplusplus
extern "C" {
#endif

/** Layers found in a file; bits of `prov_decode_result.encodings`. */
enum prov_encoding {
    PROV_ENCODING_BASE64 = 1 << 0,    /**< `openssl enc -a` armour */
    PROV_ENCODING_AES_CBC = 1 << 1,   /**< `openssl enc -aes-256-cbc` */
    PROV_ENCODING_RFC8188 = 1 << 2,   /**< `aes128gcm` */
    PROV_ENCODING_GZIP = 1 << 3,      /**< gzip inside, found by its first bytes */
    PROV_ENCODING_HTTP_GZIP = 1 << 4, /**< gzip said by `Content-Encoding` */
};

/** How a key is made from a `--key` pass phrase; bits of a set. */
enum prov_derivation {
    PROV_DERIVE_SHA256 = 1 << 0, /**< EVP_BytesToKey, SHA-256: OpenSSL since 1.1.0 */
    PROV_DERIVE_MD5 = 1 << 1,    /**< EVP_BytesToKey, MD5: older OpenSSL */
    PROV_DERIVE_PBKDF2 = 1 << 2, /**< PBKDF2-HMAC-SHA256, `openssl enc -pbkdf2` */
};
enum {
    PROV_DERIVE_ALL = 7, /**< all of them */
};

/** Requirements of the host on every file; bits of a set. */
enum {
    PROV_DECODE_POLICY_ENCRYPTED_ONLY = 1 << 0, /**< a plain file is refused, unless `is_trusted` */
    PROV_DECODE_POLICY_AUTHENTIC_ONLY = 1 << 1, /**< only RFC 8188, unless `is_trusted` */
};

/** Warnings about a file that was decoded; bits of `prov_decode_result.warnings`. */
enum {
    /** `Content-Encoding` names a word that is no content coding, such as a charset: ignored */
    PROV_DECODE_WARN_UNKNOWN_CODING = 1 << 0,
};

/** Options of prov_decoder_new(). */
struct prov_decode_options {
    size_t size;
    const struct prov_alloc *alloc;   /**< copied; NULL: the C library */
    const struct prov_limits *limits; /**< copied; NULL: defaults */
    prov_str key;                     /**< pass phrase of `--key`; copied, wiped at the end */
    prov_str ikm;                     /**< keying material of RFC 8188; copied, wiped at the end */
    prov_str content_encoding; /**< value of the HTTP field: a list of gzip, aes128gcm, identity in
                                    the order applied; empty: none. Borrowed for the call */
    uint8_t has_key;           /**< 1: the rule has `--key` (implied by a `key` that is not
                                           empty); a plain file is then refused */
    uint8_t is_trusted;        /**< 1: it comes over TLS with a verified peer */
    uint8_t reserved[2];       /**< 0 */
    uint32_t derivations;      /**< PROV_DERIVE_… allowed; 0: all. Tried in that order */
    uint32_t policy;           /**< PROV_DECODE_POLICY_… ; 0: none */
    uint32_t pbkdf2_rounds;    /**< 0: 10,000, as `openssl enc -pbkdf2` */
};

/** Findings of a decoder. */
struct prov_decode_result {
    size_t size;
    uint32_t encodings;  /**< PROV_ENCODING_… */
    uint32_t derivation; /**< the PROV_DERIVE_… that matched; 0: no `--key` file */
    uint64_t bytes_in;   /**< as transferred */
    uint64_t bytes_out;  /**< passed to the next sink */
    uint32_t warnings;   /**< PROV_DECODE_WARN_… ; 0: none */
    uint32_t reserved;   /**< 0 */
};

/** A running decoder. */
typedef struct prov_decoder prov_decoder;

/**
 * Start decoding one file.
 *
 * @param[out] out   New; ended by prov_decoder_free(). NULL on failure.
 * @param      opt   NULL: all defaults, a plain or gzip file.
 * @param      next  Receives the decoded bytes and, when every layer was verified, `finish`.
 *                   Copied.
 * @return PROV_OK; PROV_E_UNSUPPORTED for a content coding that cannot be undone, such as br;
 *         PROV_E_LIMIT when `content_encoding` names more than `max_encodings`; PROV_E_NOMEM;
 *         PROV_E_ABI; PROV_E_INVALID. A word that is not a content coding is ignored, with a
 *         warning.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_decoder_new(prov_decoder **out, const struct prov_decode_options *opt,
                                      struct prov_sink next, struct prov_error *err);

/**
 * Decode the next bytes; every split gives the same result.
 *
 * @param      data  Borrowed for the call.
 * @param[out] err   `offset` is the byte in the input of the layer that failed, which `message`
 *                   begins with; without a layer's name, in the file as transferred.
 * @return PROV_OK; PROV_E_KEY wrong key; PROV_E_NO_KEY encrypted but no `key`, or no `ikm`;
 *         PROV_E_NOT_ENCRYPTED plain although `has_key` or `content_encoding` says otherwise;
 *         PROV_E_CORRUPT, also when the decrypted text is not XML; PROV_E_TRUNCATED; PROV_E_LIMIT;
 *         PROV_E_POLICY, also for a right key derived in a way `derivations` forbids;
 *         PROV_E_UNSUPPORTED when the key decrypts the file with another cipher or digest, or might
 *         with a derivation that OpenSSL lacks; PROV_E_NOMEM; any status of the next sink. The
 *         decoder has then failed for good and repeats its error. PROV_E_STATE from within the next
 *         sink, or after a good finish; PROV_E_INVALID: nothing happened. PROV_E_CANCELLED: the
 *         next sink freed the decoder.
 * @since 0.1. Not from within the next sink.
 */
PROV_API prov_status prov_decoder_write(prov_decoder *decoder, const void *data, size_t len,
                                        struct prov_error *err);

/**
 * End of input: check the end of every layer, then finish the next sink.
 *
 * A plain file has no end marker, so the next sink has to detect a truncated or empty one.
 *
 * @return As prov_decoder_write(), and PROV_E_TRUNCATED when the file stopped before its end.
 * @since 0.1. Not from within the next sink.
 */
PROV_API prov_status prov_decoder_finish(prov_decoder *decoder, struct prov_error *err);

/**
 * The decoder as a sink.
 *
 * @return Valid until prov_decoder_free(). Its functions are prov_decoder_write() and
 *         prov_decoder_finish().
 * @since 0.1. Safe from any callback.
 */
PROV_API struct prov_sink prov_decoder_sink(prov_decoder *decoder);

/**
 * Return the findings so far.
 *
 * @param[in,out] out  `size` set by the caller. Not NULL.
 * @return PROV_OK; PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_decoder_result(const prov_decoder *decoder,
                                         struct prov_decode_result *out);

/**
 * Free a decoder; its keys are wiped. If called from within the next sink, the decoder is freed
 * when that write or finish returns, with PROV_E_CANCELLED, and the next sink is not called again.
 *
 * @param decoder  NULL is fine.
 * @since 0.1. Safe from any callback.
 */
PROV_API void prov_decoder_free(prov_decoder *decoder);

/** Options of prov_encoder_new(). */
struct prov_encode_options {
    size_t size;
    const struct prov_alloc *alloc; /**< copied; NULL: the C library */
    prov_str key;                   /**< pass phrase, for AES-CBC. Borrowed for the call */
    prov_str ikm;                   /**< keying material, for RFC 8188. Borrowed for the call */
    prov_str key_id;                /**< RFC 8188: sent unencrypted; at most 255 bytes. Copied */
    prov_str salt;          /**< 8 bytes for AES-CBC, 16 for RFC 8188; one that was used with
                                         the same key before breaks the encryption. Empty: random,
                                         from OpenSSL. Borrowed for the call */
    uint32_t encodings;     /**< PROV_ENCODING_GZIP, and AES_CBC or RFC8188; 0: none */
    uint32_t derivation;    /**< one PROV_DERIVE_…, for AES-CBC; 0: SHA-256 */
    uint32_t pbkdf2_rounds; /**< 0: 10,000, as `openssl enc -pbkdf2` */
    uint32_t record_size;   /**< RFC 8188: 18 to 65,536; 0: 4,096 */
};

/** A running encoder: a sink that writes to a sink. */
typedef struct prov_encoder prov_encoder;

/**
 * Start encoding one report: compress first, then encrypt.
 *
 * @param[out] out   New; ended by prov_encoder_free(). NULL on failure.
 * @param      opt   NULL: all defaults, bytes pass as they are.
 * @param      next  Receives the encoded bytes. Copied.
 * @return PROV_OK; PROV_E_NO_KEY when encryption is asked for and `key` or `ikm` is empty;
 *         PROV_E_UNSUPPORTED when OpenSSL lacks the algorithm or random numbers; PROV_E_NOMEM;
 *         PROV_E_ABI; PROV_E_INVALID.
 * @since 0.1. Safe from any callback.
 */
PROV_API prov_status prov_encoder_new(prov_encoder **out, const struct prov_encode_options *opt,
                                      struct prov_sink next, struct prov_error *err);

/**
 * Take the next bytes.
 *
 * @param data  Borrowed for the call.
 * @return PROV_OK; PROV_E_NOMEM; any status of the next sink; the encoder has then failed for good
 *         and repeats its error. PROV_E_STATE from within the next sink, or after a good finish;
 *         PROV_E_INVALID: nothing happened.
 * @since 0.1. Not from within the next sink.
 */
PROV_API prov_status prov_encoder_write(prov_encoder *encoder, const void *data, size_t len,
                                        struct prov_error *err);

/**
 * End of input: write the end of every layer, then finish the next sink.
 *
 * @return As prov_encoder_write().
 * @since 0.1. Not from within the next sink.
 */
PROV_API prov_status prov_encoder_finish(prov_encoder *encoder, struct prov_error *err);

/**
 * The encoder as a sink, e.g. the next one of a prov_profile_writer.
 *
 * @return Valid until prov_encoder_free(). Its functions are prov_encoder_write() and
 *         prov_encoder_finish().
 * @since 0.1. Safe from any callback.
 */
PROV_API struct prov_sink prov_encoder_sink(prov_encoder *encoder);

/**
 * Free an encoder; its keys are wiped.
 *
 * @param encoder  NULL is fine.
 * @since 0.1. Not from within the next sink.
 */
PROV_API void prov_encoder_free(prov_encoder *encoder);

/**
 * Fetch the ciphers, digests and key derivations that the library uses from OpenSSL now, instead of
 * at first use. OpenSSL 3.0 may crash when an allocation fails during its first use in a process,
 * but not later, and what it could not load is missing until the process ends. prov_agent_new()
 * calls this function. A program that uses only decoders calls it
 * once, early, while enough memory is free. Nothing else depends on it.
 *
 * A missing algorithm, e.g. MD5 in FIPS builds of OpenSSL, is not a failure of this call; the
 * decoder refuses files that need it.
 *
 * @return PROV_OK; PROV_E_NOMEM: restart the process.
 * @since 0.1. Idempotent; touches only OpenSSL's own reference-counted state; safe from any
 *        callback.
 */
PROV_API prov_status prov_decode_prepare(struct prov_error *err);

#ifdef __cplusplus
}
#endif

#endif
