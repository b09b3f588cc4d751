/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Memory that fails and sinks that refuse, at every point of decoding and encoding. OpenSSL's own
 * memory is failed as well; that needs its process-wide hook, which only a test program may set.
 * The functions below replace its own, and fail.
 */
#include "real.h" /* first */

#include <provision/decode.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <openssl/crypto.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/rand.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/array.h"
#include "decode/digest.h"
#include "decoding.h"
#include "golden.h"

static struct dial *ssl_dial; /* NULL: never fails */

static void *ssl_malloc(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return dial_tick(ssl_dial) ? NULL : malloc(size);
}

static void *ssl_realloc(void *ptr, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return dial_tick(ssl_dial) ? NULL : realloc(ptr, size);
}

static void ssl_free(void *ptr, const char *file, int line)
{
    (void)file;
    (void)line;
    free(ptr);
}

static struct dial *call_dial; /* NULL: never fails */
static bool says_unsupported;  /* a call that fails leaves word that there is no such algorithm */

static bool fails(void)
{
    if (!dial_tick(call_dial))
        return false;
    if (says_unsupported)
#ifdef ERR_raise
        ERR_raise(ERR_LIB_EVP, ERR_R_UNSUPPORTED);
#else
        ERR_put_error(ERR_LIB_EVP, 0, ERR_R_DISABLED, __FILE__, __LINE__);
#endif
    return true;
}

int EVP_DecryptInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, ENGINE *impl,
                       const unsigned char *key, const unsigned char *iv)
{
    REAL(EVP_DecryptInit_ex, int, EVP_CIPHER_CTX *, const EVP_CIPHER *, ENGINE *,
         const unsigned char *, const unsigned char *);
    return fails() ? 0 : real(ctx, cipher, impl, key, iv);
}

int EVP_DecryptUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *n_out, const unsigned char *in,
                      int n_in)
{
    REAL(EVP_DecryptUpdate, int, EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *,
         int);
    return fails() ? 0 : real(ctx, out, n_out, in, n_in);
}

int EVP_EncryptInit_ex(EVP_CIPHER_CTX *ctx, const EVP_CIPHER *cipher, ENGINE *impl,
                       const unsigned char *key, const unsigned char *iv)
{
    REAL(EVP_EncryptInit_ex, int, EVP_CIPHER_CTX *, const EVP_CIPHER *, ENGINE *,
         const unsigned char *, const unsigned char *);
    return fails() ? 0 : real(ctx, cipher, impl, key, iv);
}

int EVP_EncryptUpdate(EVP_CIPHER_CTX *ctx, unsigned char *out, int *n_out, const unsigned char *in,
                      int n_in)
{
    REAL(EVP_EncryptUpdate, int, EVP_CIPHER_CTX *, unsigned char *, int *, const unsigned char *,
         int);
    return fails() ? 0 : real(ctx, out, n_out, in, n_in);
}

int EVP_EncryptFinal_ex(EVP_CIPHER_CTX *ctx, unsigned char *out, int *n_out)
{
    REAL(EVP_EncryptFinal_ex, int, EVP_CIPHER_CTX *, unsigned char *, int *);
    return fails() ? 0 : real(ctx, out, n_out);
}

int EVP_CIPHER_CTX_set_padding(EVP_CIPHER_CTX *ctx, int is_on)
{
    REAL(EVP_CIPHER_CTX_set_padding, int, EVP_CIPHER_CTX *, int);
    return fails() ? 0 : real(ctx, is_on);
}

int EVP_CIPHER_CTX_ctrl(EVP_CIPHER_CTX *ctx, int type, int arg, void *ptr)
{
    REAL(EVP_CIPHER_CTX_ctrl, int, EVP_CIPHER_CTX *, int, int, void *);
    return fails() ? 0 : real(ctx, type, arg, ptr);
}

const EVP_CIPHER *EVP_get_cipherbyname(const char *name)
{
    REAL(EVP_get_cipherbyname, const EVP_CIPHER *, const char *);
    return fails() ? NULL : real(name);
}

const EVP_MD *EVP_get_digestbyname(const char *name)
{
    REAL(EVP_get_digestbyname, const EVP_MD *, const char *);
    return fails() ? NULL : real(name);
}

int EVP_BytesToKey(const EVP_CIPHER *type, const EVP_MD *md, const unsigned char *salt,
                   const unsigned char *data, int len, int count, unsigned char *key,
                   unsigned char *iv)
{
    REAL(EVP_BytesToKey, int, const EVP_CIPHER *, const EVP_MD *, const unsigned char *,
         const unsigned char *, int, int, unsigned char *, unsigned char *);
    if (fails())
        return 0;
    struct dial *dial = call_dial;
    call_dial = NULL; /* what it calls in turn are no chances */
    int result = real(type, md, salt, data, len, count, key, iv);
    call_dial = dial;
    return result;
}

int PKCS5_PBKDF2_HMAC(const char *pass, int pass_len, const unsigned char *salt, int salt_len,
                      int rounds, const EVP_MD *digest, int key_len, unsigned char *out)
{
    REAL(PKCS5_PBKDF2_HMAC, int, const char *, int, const unsigned char *, int, int, const EVP_MD *,
         int, unsigned char *);
    if (fails())
        return 0;
    struct dial *dial = call_dial;
    call_dial = NULL;
    int result = real(pass, pass_len, salt, salt_len, rounds, digest, key_len, out);
    call_dial = dial;
    return result;
}

int EVP_DigestInit_ex(EVP_MD_CTX *ctx, const EVP_MD *type, ENGINE *impl)
{
    REAL(EVP_DigestInit_ex, int, EVP_MD_CTX *, const EVP_MD *, ENGINE *);
    return fails() ? 0 : real(ctx, type, impl);
}

int EVP_DigestUpdate(EVP_MD_CTX *ctx, const void *data, size_t len)
{
    REAL(EVP_DigestUpdate, int, EVP_MD_CTX *, const void *, size_t);
    return fails() ? 0 : real(ctx, data, len);
}

int EVP_DigestFinal_ex(EVP_MD_CTX *ctx, unsigned char *out, unsigned int *n_out)
{
    REAL(EVP_DigestFinal_ex, int, EVP_MD_CTX *, unsigned char *, unsigned int *);
    return fails() ? 0 : real(ctx, out, n_out);
}

int RAND_bytes(unsigned char *out, int len)
{
    REAL(RAND_bytes, int, unsigned char *, int);
    if (fails())
        return 0;
    struct dial *dial = call_dial;
    call_dial = NULL;
    int result = real(out, len);
    call_dial = dial;
    return result;
}

enum fault { FAULT_OUR_MEMORY, FAULT_SSL_MEMORY, FAULT_SSL_CALL, FAULT_SSL_LACKS, FAULT_SINK };

struct file {
    const char *name;
    enum fault fault;
    struct decoding decoding;
    prov_status status; /* of decoding it without a fault */
    uint8_t *input;
    size_t input_len;
    uint8_t *expect; /* if it can be decoded */
    size_t expect_len;
    size_t chunk;
};

static void file_load(struct file *file, const char *name)
{
    struct golden golden;
    size_t len;
    memset(file, 0, sizeof *file);
    file->name = name;
    file->chunk = 1000;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/decode/%s", TEST_SOURCE_ROOT,
             name);
    char *options = (char *)golden_read(&golden, "options", &len);
    decoding_init(&file->decoding, options ? options : "");
    file->input = golden_read(&golden, "input", &file->input_len);
    file->expect = golden_read(&golden, "expect", &file->expect_len);
    assert_non_null(file->input);
    free(options);
}

/* A file that does not shrink, encrypted in one record or not: whole pieces arrive and leave. */
static void file_make(struct file *file, bool is_encrypted)
{
    enum { LEN = 70000 };
    memset(file, 0, sizeof *file);
    file->name = "large";
    file->chunk = is_encrypted ? 10000 : LEN; /* within one record, or all that zlib gets */
    decoding_init(&file->decoding, is_encrypted ? "ikm MyOwnSecret\ncoding aes128gcm\n" : "");
    file->expect = malloc(LEN);
    assert_non_null(file->expect);
    file->expect_len = LEN;
    uint32_t noise = 1;
    for (size_t i = 0; i < LEN; i++) {
        noise = noise * 1664525 + 1013904223;
        file->expect[i] = (uint8_t)(noise >> 24);
    }
    memcpy(file->expect, "<!--", 4);
    const struct prov_encode_options opt = {
        .size = sizeof opt,
        .ikm = file->decoding.opt.ikm,
        .record_size = 65536,
        .encodings = PROV_ENCODING_GZIP | (is_encrypted ? PROV_ENCODING_RFC8188 : 0),
    };
    struct capture capture;
    prov_encoder *encoder;
    capture_init(&capture, NULL);
    assert_int_equal(prov_encoder_new(&encoder, &opt, capture.sink, NULL), PROV_OK);
    assert_int_equal(prov_encoder_write(encoder, file->expect, LEN, NULL), PROV_OK);
    assert_int_equal(prov_encoder_finish(encoder, NULL), PROV_OK);
    prov_encoder_free(encoder);
    file->input = capture.data;
    file->input_len = capture.len;
}

static void file_free(struct file *file)
{
    free(file->input);
    free(file->expect);
}

/*
 * OpenSSL short of memory may claim that it lacks the algorithm. And what would show that a file
 * was made with other options, or forbidden ones, can fail: then its key is said not to fit.
 */
static bool is_expected(enum fault fault, prov_status of_file, prov_status status)
{
    bool is_of_options = of_file == PROV_E_UNSUPPORTED || of_file == PROV_E_POLICY;
    if (is_of_options && (status == PROV_E_KEY || status == PROV_E_UNSUPPORTED))
        return fault != FAULT_SINK;
    switch (fault) {
    case FAULT_SINK: return status == PROV_E_HOST;
    case FAULT_SSL_LACKS: return status == PROV_E_UNSUPPORTED;
    case FAULT_SSL_MEMORY: return status == PROV_E_NOMEM || status == PROV_E_UNSUPPORTED;
    default: return status == PROV_E_NOMEM;
    }
}

static void set_dials(enum fault fault, struct dial *dial)
{
    ssl_dial = fault == FAULT_SSL_MEMORY ? dial : NULL;
    call_dial = fault == FAULT_SSL_CALL || fault == FAULT_SSL_LACKS ? dial : NULL;
    says_unsupported = fault == FAULT_SSL_LACKS;
}

/* Either all went well, or nothing is proven and the status says why. */
static void check_outcome(const struct file *file, const struct dial *dial, prov_status status,
                          const struct prov_error *err, const struct capture *capture)
{
    assert_int_equal(capture->is_finished, status == PROV_OK);
    assert_int_equal(ERR_peek_error(), 0);
    bool is_certain = file->fault == FAULT_SINK || file->fault == FAULT_OUR_MEMORY;
    if (status == PROV_OK)
        assert_false(is_certain && dial->hit); /* bytes, or memory, that nothing can do without */
    if (status == file->status)
        return;
    assert_true(dial->hit);
    assert_true(is_expected(file->fault, file->status, status));
    assert_int_equal(err->status, status);
}

static void decode_with_fault(void *ctx, struct dial *dial)
{
    struct file *file = ctx;
    struct fault_alloc memory;
    struct capture capture;
    struct prov_decode_result result;
    struct prov_error err = {0};
    fault_alloc_init(&memory, file->fault == FAULT_OUR_MEMORY ? dial : NULL);
    memory.secret = file->decoding.key;
    memory.secret_len = strlen(file->decoding.key);
    capture_init(&capture, file->fault == FAULT_SINK ? dial : NULL);
    file->decoding.opt.alloc = &memory.alloc;

    set_dials(file->fault, dial);
    struct feed feed = feed_chunks(file->input, file->input_len, file->chunk);
    prov_status status = decoding_run(&file->decoding, &feed, &capture, &result, &err);
    set_dials(file->fault, NULL);

    check_outcome(file, dial, status, &err, &capture);
    if (status == PROV_OK)
        assert_true(capture_equals(&capture, file->expect, file->expect_len));
    fault_alloc_assert_empty(&memory);
    capture_free(&capture);
}

static void encode_with_fault(void *ctx, struct dial *dial)
{
    struct file *file = ctx;
    struct fault_alloc memory;
    struct capture capture;
    struct prov_error err = {0};
    fault_alloc_init(&memory, file->fault == FAULT_OUR_MEMORY ? dial : NULL);
    capture_init(&capture, file->fault == FAULT_SINK ? dial : NULL);
    struct prov_encode_options opt = {
        .size = sizeof opt,
        .alloc = &memory.alloc,
        .key = file->decoding.opt.key,
        .ikm = file->decoding.opt.ikm,
        .encodings = (file->expect_len > 0 ? PROV_ENCODING_GZIP : 0) |
                     (file->decoding.opt.ikm.len > 0   ? PROV_ENCODING_RFC8188
                      : file->decoding.opt.key.len > 0 ? PROV_ENCODING_AES_CBC
                                                       : 0),
    };

    prov_encoder *encoder;
    set_dials(file->fault, dial);
    prov_status status = prov_encoder_new(&encoder, &opt, capture.sink, &err);
    struct feed feed = feed_chunks(file->expect, file->expect_len, file->chunk);
    struct prov_sink sink = prov_encoder_sink(encoder);
    if (status == PROV_OK)
        status = feed_run(&feed, &sink, &err);
    prov_encoder_free(encoder);
    set_dials(file->fault, NULL);

    check_outcome(file, dial, status, &err, &capture);
    fault_alloc_assert_empty(&memory);
    capture_free(&capture);
}

/* Files of several pieces, so that faults strike in the middle as well. */
static const char *const names[] = {
    "plain-several-pieces",   "gzip-several-pieces",     "cbc-several-pieces",
    "rfc8188-several-pieces", "http-gzip-of-everything", "cbc-empty-plaintext",
};

static bool is_of_openssl(enum fault fault)
{
    return fault == FAULT_SSL_MEMORY || fault == FAULT_SSL_CALL || fault == FAULT_SSL_LACKS;
}

static void walk_file(struct file *file, enum fault fault)
{
    file->fault = fault;
    bool is_encrypted = file->decoding.opt.key.len > 0 || file->decoding.opt.ikm.len > 0;
    bool has_chances = !is_of_openssl(fault) || is_encrypted;
    assert_int_equal(dial_run(file->name, decode_with_fault, file) > 0, has_chances);
    assert_int_equal(dial_run(file->name, encode_with_fault, file) > 0, has_chances);
}

static void walk_faults(enum fault fault)
{
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        struct file file;
        file_load(&file, names[i]);
        assert_non_null(file.expect);
        walk_file(&file, fault);
        file_free(&file);
    }
}

/* What is wrong with a file is said, unless something fails before it is known. */
static void walk_faults_of_bad_files(enum fault fault)
{
    static const struct {
        const char *name;
        prov_status status;
    } rows[] = {
        {"base64-bad-digit", PROV_E_CORRUPT},
        {"gzip-data-flipped", PROV_E_CORRUPT},
        {"gzip-crc-wrong", PROV_E_CORRUPT},
        {"gzip-trailing-byte", PROV_E_CORRUPT},
        {"cbc-wrong-key", PROV_E_KEY},
        {"cbc-aes-128", PROV_E_UNSUPPORTED},
        {"cbc-md5-forbidden", PROV_E_POLICY},
        {"cbc-text", PROV_E_CORRUPT},
        {"rfc8188-delimiter-3", PROV_E_CORRUPT},
        {"rfc8188-last-delimiter-early", PROV_E_CORRUPT},
        {"rfc8188-no-delimiter", PROV_E_CORRUPT},
        {"rfc8188-wrong-ikm", PROV_E_KEY},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct file file;
        file_load(&file, rows[i].name);
        file.fault = fault;
        file.status = rows[i].status;
        dial_run(file.name, decode_with_fault, &file);
        file_free(&file);
    }
}

static void test_faults_of_our_memory(void **state)
{
    (void)state;
    walk_faults(FAULT_OUR_MEMORY);
    walk_faults_of_bad_files(FAULT_OUR_MEMORY);
}

static void test_faults_of_the_next_sink(void **state)
{
    (void)state;
    walk_faults(FAULT_SINK);
    walk_faults_of_bad_files(FAULT_SINK);
}

/* Holds after prov_decode_prepare() only: OpenSSL's first use may crash without memory. */
static void test_faults_of_openssl_memory(void **state)
{
    (void)state;
    assert_int_equal(prov_decode_prepare(NULL), PROV_OK);
    walk_faults(FAULT_SSL_MEMORY);
}

static void test_faults_of_openssl_functions(void **state)
{
    (void)state;
    assert_int_equal(prov_decode_prepare(NULL), PROV_OK);
    walk_faults(FAULT_SSL_CALL);
    if (test_takes_few())
        return; /* what follows tries hundreds of keys */
    walk_faults(FAULT_SSL_LACKS);
    walk_faults_of_bad_files(FAULT_SSL_CALL);
}

static void test_faults_in_a_large_file(void **state)
{
    (void)state;
    static const enum fault faults[] = {FAULT_SINK, FAULT_SSL_CALL};
    const size_t n = test_takes_few() ? 2 : 2 * PROVI_LEN(faults);
    for (size_t i = 0; i < n; i++) {
        struct file file;
        file_make(&file, i % 2);
        walk_file(&file, faults[i / 2]);
        file_free(&file);
    }
}

enum outcome { WELL, FAILED_WELL, NO_HARM, WRONG };

static enum outcome prepare_with_fault(struct dial *dial, enum fault fault)
{
    struct prov_error err = {.size = sizeof err};
    set_dials(fault, dial);
    prov_status status = prov_decode_prepare(&err);
    set_dials(fault, NULL);
    if (err.status != status || ERR_peek_error() != 0)
        return WRONG;
    if (status == PROV_OK)
        return dial->hit ? NO_HARM : WELL;
    return status == PROV_E_NOMEM && dial->hit ? FAILED_WELL : WRONG;
}

/* It counts once for a process: each try has one of its own. */
static enum outcome prepare_in_a_process(struct dial dial, enum fault fault)
{
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        enum outcome outcome = prepare_with_fault(&dial, fault);
        if (outcome == FAILED_WELL &&
            prepare_with_fault(&(struct dial){.at = DIAL_OFF}, fault) != WELL)
            outcome = WRONG; /* it is tried anew */
        exit((int)outcome);
    }
    int status;
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return (enum outcome)WEXITSTATUS(status);
}

/* What OpenSSL lacks only matters to the files that need it. */
static void test_preparing_without_algorithms_is_no_failure(void **state)
{
    (void)state;
    struct dial all = {.sticky = true};
    assert_int_equal(prepare_in_a_process(all, FAULT_SSL_LACKS), NO_HARM);
}

static void test_preparing_reports_each_failure(void **state)
{
    (void)state;
    unsigned n[WRONG + 1] = {0};
    for (uint64_t at = 0; n[WELL] == 0 && n[WRONG] == 0; at++)
        n[prepare_in_a_process((struct dial){.at = at}, FAULT_SSL_CALL)]++;
    assert_int_equal(n[WRONG], 0);
    assert_true(n[FAILED_WELL] > 10); /* the others: MD5, which some builds lack */
}

/* A digest that could not be made is none, and the next one is not touched by it. */
static void digest_with_fault(void *ctx, struct dial *dial)
{
    static const uint8_t of_300_a[] = {0x98, 0x35, 0xfa, 0x6b};
    (void)ctx;
    struct provi_digester digester;
    struct provi_digest digest;
    struct prov_error err = {.size = sizeof err};
    char text[300];
    memset(text, 'a', sizeof text);
    set_dials(FAULT_SSL_CALL, dial);
    provi_digest_begin(&digester);
    for (size_t i = 0; i < 3; i++)
        provi_digest_add(&digester, text, 100);
    prov_status status = provi_digest_end(&digester, &digest, &err);
    set_dials(FAULT_SSL_CALL, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_int_equal(err.status, status);
    if (status == PROV_OK)
        assert_memory_equal(digest.bytes, of_300_a, sizeof of_300_a);
}

static void test_faults_of_a_digest(void **state)
{
    (void)state;
    assert_true(dial_run("digest", digest_with_fault, NULL) >= 3);
}

int main(void)
{
    if (CRYPTO_set_mem_functions(ssl_malloc, ssl_realloc, ssl_free) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_preparing_without_algorithms_is_no_failure),
        cmocka_unit_test(test_preparing_reports_each_failure),
        cmocka_unit_test(test_faults_of_a_digest),
        cmocka_unit_test(test_faults_of_openssl_functions),
        cmocka_unit_test(test_faults_in_a_large_file),
        cmocka_unit_test(test_faults_of_our_memory),
        cmocka_unit_test(test_faults_of_the_next_sink),
        cmocka_unit_test(test_faults_of_openssl_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
