/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The stages of decoders and encoders.
 *
 * A stage is a sink that writes to another sink. Each has its own `…_new`, works alone, uses a
 * constant amount of memory, and gives the same bytes and the same error for every split of its
 * input: all output before an error reaches the next sink before the error is returned.
 */
#ifndef PROVI_DECODE_DECODE_PRIV_H
#define PROVI_DECODE_DECODE_PRIV_H

#include <provision/decode.h>

#include <openssl/evp.h>

/** Bytes passed on at once. Larger pieces do not make libxml2 faster; below 1 KiB it is slower. */
enum { PROVI_PIECE_BYTES = 4096 };

/* zlib counts in unsigned int: the largest piece passed to it. */
enum { PROVI_ZLIB_PIECE_BYTES = 1 << 16 };

struct provi_decode_stage;

struct provi_decode_stage_ops {
    prov_status (*write)(struct provi_decode_stage *stage, const uint8_t *data, size_t len,
                         struct prov_error *err);
    /** Process the end of the input: check that it is complete, and pass on the rest. */
    prov_status (*end)(struct provi_decode_stage *stage, struct prov_error *err);
    /** Release resources that are not in the stage's block. NULL: there are none. */
    void (*clear)(struct provi_decode_stage *stage);
};

/** First member of the struct of each stage. */
struct provi_decode_stage {
    const struct provi_decode_stage_ops *ops;
    struct prov_alloc alloc;
    size_t size; /* of the whole block */
    struct prov_sink next;
    struct provi_decode_stage *older; /* next in the list of stages to be freed */
    prov_status failed;               /* not PROV_OK: returned from then on */
};

/** Allocate a zeroed block of @p size bytes that begins with a stage. NULL: out of memory. */
void *provi_decode_stage_new(const struct prov_alloc *alloc, size_t size,
                             const struct provi_decode_stage_ops *ops, struct prov_sink next);

/** Wipe and free; NULL is fine. */
void provi_decode_stage_free(struct provi_decode_stage *stage);

/** Add a stage to a list, for freeing. Returns its sink. */
struct prov_sink provi_decode_stage_push(struct provi_decode_stage **newest,
                                         struct provi_decode_stage *stage);

/** Free a list of stages linked by `older`. */
void provi_decode_stage_free_all(struct provi_decode_stage *newest);

struct prov_sink provi_decode_stage_sink(struct provi_decode_stage *stage);

/** Pass bytes to the next sink; without bytes, it is not called. */
prov_status provi_decode_stage_pass(struct provi_decode_stage *stage, const void *data, size_t len,
                                    struct prov_error *err);

/**
 * The entry of a chain, for the caller's bytes. After a failure every call returns its error; calls
 * from within its own sink are refused. Initialise `first`; all other members are zero.
 */
struct provi_decode_front {
    struct prov_sink first;
    bool is_busy;
    bool is_freed;      /* freed from the sink: released when the call returns */
    prov_status failed; /* PROV_E_STATE after a successful finish */
    struct prov_error error;
};

/** As prov_decoder_write() and prov_decoder_finish(). */
prov_status provi_decode_front_write(struct provi_decode_front *front, const void *data, size_t len,
                                     struct prov_error *err);
prov_status provi_decode_front_finish(struct provi_decode_front *front, struct prov_error *err);

/** Kind of a file by its first bytes. */
enum provi_found {
    PROVI_FOUND_UNDECIDED, /** more bytes are needed */
    PROVI_FOUND_NOTHING,   /** the file is empty */
    PROVI_FOUND_PLAIN,     /** none of the following */
    PROVI_FOUND_GZIP,
    PROVI_FOUND_SALTED, /**< `openssl enc` */
    PROVI_FOUND_BASE64, /**< `openssl enc -a` */
};

/** No file needs more bytes to be recognized. */
enum { PROVI_SNIFF_BYTES = 64 };

/** A byte order mark in UTF-8, which some text tools add. */
#define PROVI_BOM "\xef\xbb\xbf"
enum { PROVI_BOM_BYTES = 3 };

/**
 * Recognize a file by its first bytes. A file that ends within a mark counts as having it.
 *
 * @param is_all  There are no more bytes; then the result is never PROVI_FOUND_UNDECIDED.
 */
enum provi_found provi_sniff(const uint8_t *data, size_t len, bool is_all);

/**
 * Whether a block of 16 decrypted bytes is the start of a profile: gzip, or well-formed text that
 * starts with `<` after blanks and a byte order mark, up to PKCS#7 padding. Of random blocks, one
 * in 2^27 is accepted.
 */
bool provi_sniff_plaintext(const uint8_t block[16]);

/**
 * Describe a decrypted block that is not the start of a profile, to complete "opens the file to
 * %s": text that is not XML, or UTF-16. NULL: noise, the result of a wrong key; of random blocks,
 * one in 2^19 is taken for text.
 */
const char *provi_sniff_other_plaintext(const uint8_t block[16]);

/**
 * Called once, when a file has been recognized: set the sink for its bytes.
 *
 * @param first  The file's first bytes.
 */
typedef prov_status (*provi_sniff_choose)(void *ctx, enum provi_found found, prov_str first,
                                          struct prov_sink *next, struct prov_error *err);

/**
 * Collect first bytes until the file is recognized, call @p choose, then pass everything on. With
 * @p wants_words, collect as many as are needed to describe a file of another kind.
 */
prov_status provi_sniff_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                            provi_sniff_choose choose, void *ctx, bool wants_words,
                            struct prov_error *err);

enum {
    PROVI_SALTED_BYTES = 8, /* `Salted__` */
    PROVI_CBC_SALT_BYTES = 8,
    PROVI_CBC_BLOCK_BYTES = 16,
    PROVI_CBC_ROUNDS = 10000, /* the default of `openssl enc -pbkdf2` */

    PROVI_8188_SALT_BYTES = 16,
    PROVI_8188_HEAD_BYTES = 21, /* salt, record size, length of the key id */
    PROVI_8188_TAG_BYTES = 16,
    PROVI_8188_NONCE_BYTES = 12,
    PROVI_8188_MIN_RECORD = 18,
    PROVI_8188_MAX_RECORD = 65536,
    PROVI_8188_KEY_ID_BYTES = 255,
};

/** RFC 8188, section 2: the delimiter after the data of a record; zeros may follow it. */
enum { PROVI_8188_MORE = 1, PROVI_8188_LAST = 2 };

extern const char provi_salted[PROVI_SALTED_BYTES];

/** Key and initialisation vector of AES-256-CBC. Wipe after use. */
struct provi_cbc_key {
    uint8_t key[32];
    uint8_t iv[PROVI_CBC_BLOCK_BYTES];
};

/** Name of a PROV_DERIVE_… bit, for messages. */
const char *provi_cbc_derivation_name(uint32_t how);

/**
 * Make a key from a pass phrase.
 *
 * @param how  One PROV_DERIVE_… bit.
 * @return PROV_OK; PROV_E_NOMEM; PROV_E_UNSUPPORTED when this OpenSSL lacks the algorithm.
 */
prov_status provi_cbc_derive(struct provi_cbc_key *key, uint32_t how, prov_str pass_phrase,
                             const uint8_t salt[PROVI_CBC_SALT_BYTES], uint32_t pbkdf2_rounds,
                             struct prov_error *err);

/**
 * The key derivation of `openssl enc` without -pbkdf2: one round, weak against guessing. After
 * false, OpenSSL's error queue may contain the reason, or be empty.
 */
bool provi_bytes_to_key(const EVP_CIPHER *cipher, const EVP_MD *digest, prov_str pass_phrase,
                        const uint8_t salt[PROVI_CBC_SALT_BYTES], uint8_t *key, uint8_t *iv);

/** The derivation of `openssl enc -pbkdf2`. False as above. Wipe @p key after use. */
bool provi_cbc_pbkdf2(struct provi_cbc_key *key, const EVP_MD *digest, prov_str pass_phrase,
                      const uint8_t salt[PROVI_CBC_SALT_BYTES], uint32_t rounds);

/** Content encryption key and nonce base of RFC 8188, section 2.2 and 2.3. Wipe after use. */
struct provi_8188_key {
    uint8_t key[16];
    uint8_t nonce[PROVI_8188_NONCE_BYTES];
};

prov_status provi_8188_derive(struct provi_8188_key *key, prov_str ikm,
                              const uint8_t salt[PROVI_8188_SALT_BYTES], struct prov_error *err);

/** The nonce of record number @p record: the base, its end XORed with the number. */
void provi_8188_nonce(uint8_t nonce[PROVI_8188_NONCE_BYTES],
                      const uint8_t base[PROVI_8188_NONCE_BYTES], uint64_t record);

/**
 * Base64 (RFC 4648); padding is mandatory, blanks may be anywhere, and a byte order mark may
 * precede.
 */
prov_status provi_base64_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                             struct prov_sink next, struct prov_error *err);

/** Options for `openssl enc -aes-256-cbc` files. */
struct provi_cbc_options {
    prov_str key;         /* pass phrase, borrowed until the stage is freed; up to INT_MAX bytes */
    uint32_t derivations; /* permitted PROV_DERIVE_… */
    uint32_t pbkdf2_rounds; /* 1 .. INT_MAX */
    uint32_t *matched;      /* receives the PROV_DERIVE_… that fits; must outlive the stage */
};

/**
 * Decrypt `Salted__`, salt, AES-256-CBC with PKCS#7 padding. Of SHA-256, MD5 and PBKDF2, the first
 * derivation is used whose first block passes provi_sniff_plaintext().
 */
prov_status provi_cbc_decrypt_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                                  const struct provi_cbc_options *opt, struct prov_sink next,
                                  struct prov_error *err);

/**
 * Decrypt `aes128gcm` of RFC 8188. No byte is passed on before its record is authenticated.
 *
 * @param ikm  Borrowed until the stage is freed; up to INT_MAX bytes. Empty: the first bytes are
 *             checked; if they are those of such a file, PROV_E_NO_KEY.
 */
prov_status provi_rfc8188_decrypt_new(struct provi_decode_stage **out,
                                      const struct prov_alloc *alloc, prov_str ikm,
                                      struct prov_sink next, struct prov_error *err);

/**
 * Decompress gzip (RFC 1952) within `max_inflated_…`; several members and zero padding are
 * accepted.
 */
prov_status provi_inflate_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                              const struct prov_limits *limits, struct prov_sink next,
                              struct prov_error *err);

/** Compress to gzip, with a window small enough for a phone: 48 KiB of memory. */
prov_status provi_deflate_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                              struct prov_sink next, struct prov_error *err);

/** Write the format of `openssl enc -aes-256-cbc`. @p key is not retained. */
prov_status provi_cbc_encrypt_new(struct provi_decode_stage **out, const struct prov_alloc *alloc,
                                  const struct provi_cbc_key *key,
                                  const uint8_t salt[PROVI_CBC_SALT_BYTES], struct prov_sink next,
                                  struct prov_error *err);

/** Options for an `aes128gcm` file. */
struct provi_8188_options {
    prov_str ikm;                        /* borrowed for the call */
    prov_str key_id;                     /* copied; <= 255 bytes */
    uint32_t record_size;                /* PROVI_8188_MIN_RECORD .. PROVI_8188_MAX_RECORD */
    uint8_t salt[PROVI_8188_SALT_BYTES]; /* must differ for each file with the same IKM */
};

/** Write `aes128gcm` of RFC 8188. */
prov_status provi_rfc8188_encrypt_new(struct provi_decode_stage **out,
                                      const struct prov_alloc *alloc,
                                      const struct provi_8188_options *opt, struct prov_sink next,
                                      struct prov_error *err);

/**
 * Fail after an OpenSSL call: PROV_E_UNSUPPORTED if @p algorithm is missing, else PROV_E_NOMEM.
 * Empties the thread's error queue, so that it does not disturb TLS of the host.
 */
prov_status provi_ssl_fail(struct prov_error *err, const char *algorithm);

/** Empty the thread's error queue after OpenSSL refused data of a file, such as its padding. */
void provi_ssl_forget(void);

#endif
