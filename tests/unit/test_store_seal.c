/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Files of a store that a host's callbacks encrypt. Power cuts are in test_store_power.c. */
#include <provision/store.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "aes_gcm.h"
#include "base/array.h"
#include "base/str.h"
#include "disk.h"
#include "golden.h"
#include "rows.h"
#include "store/seal.h"

static const struct row first_rows[] = {{"GPP_A", "s3cr3t-1", PROV_ACCESS_READ}};
static const struct row more_rows[] = {{"GPP_A", "s3cr3t-2", PROV_ACCESS_READ}, {"GPP_B", "b", 0}};
static const struct rows nothing = {NULL, 0};

static unsigned char key[32];

static void number_key(unsigned char first)
{
    for (size_t i = 0; i < sizeof key; i++)
        key[i] = (unsigned char)(first + i);
}

/* With the options' seal, or none. */
static prov_status open_with(prov_store **store, struct disk *disk,
                             const struct prov_store_seal *seal, struct prov_error *err)
{
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = "s", .files = &disk->files, .seal = seal};
    prov_status status = prov_store_open(store, &opt, err);
    assert_int_equal(*store != NULL, status == PROV_OK);
    return status;
}

static void commit(struct disk *disk, const struct prov_store_seal *seal, struct rows rows)
{
    prov_store *store;
    assert_int_equal(open_with(&store, disk, seal, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, rows, NULL), PROV_OK);
    prov_store_close(store);
}

/* It holds two states under key 1: the file, and its backup. */
static struct prov_store_seal seal_disk(struct disk *disk)
{
    number_key(1);
    const struct prov_store_seal seal = aes_gcm_seal(key);
    disk_init(disk);
    commit(disk, &seal, ROWS(first_rows));
    commit(disk, &seal, ROWS(more_rows));
    return seal;
}

static bool shows(struct disk *disk, const char *text)
{
    static const char *const names[] = {"s", "s.bak", "s.new", "s.damaged"};
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        const struct disk_content *content = disk_content_of(disk, names[i]);
        if (content && provi_str_has((prov_str){(const char *)content->bytes, content->len},
                                     prov_str_from(text)))
            return true;
    }
    return false;
}

static void assert_refused(struct disk *disk, const struct prov_store_seal *seal,
                           prov_status status, const char *message)
{
    static struct disk before;
    struct prov_error err = {.size = sizeof err};
    prov_store *store;
    disk_copy(&before, disk);
    assert_int_equal(open_with(&store, disk, seal, &err), status);
    assert_int_equal(err.status, status);
    assert_string_equal(err.message, message);
    assert_memory_equal(disk->all, before.all, sizeof before.all);
    assert_memory_equal(disk->now, before.now, sizeof before.now);
}

static void test_a_plain_file_is_sealed_by_the_next_commit(void **state)
{
    (void)state;
    static struct disk disk;
    prov_store *store;
    number_key(1);
    struct prov_store_seal seal = aes_gcm_seal(key);
    disk_init(&disk);
    commit(&disk, NULL, ROWS(first_rows));
    commit(&disk, NULL, ROWS(more_rows));
    disk_put(&disk, "s.damaged", "s3cr3t", 6);
    assert_true(shows(&disk, "s3cr3t"));
    seal.refuses_plain = 1;
    assert_refused(&disk, &seal, PROV_E_NOT_ENCRYPTED,
                   "expected an encrypted file: seal.refuses_plain is set");
    seal.refuses_plain = 0;
    commit(&disk, &seal, nothing);
    assert_false(shows(&disk, "s3cr3t"));
    assert_false(shows(&disk, "GPP_"));
    assert_null(disk_content_of(&disk, "s.bak"));

    seal.refuses_plain = 1;
    uint64_t n_writes = disk.n_writes;
    assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(more_rows)));
    n_writes = disk.n_writes;
    assert_int_equal(rows_commit(store, nothing, NULL), PROV_OK);
    assert_int_equal(disk.n_writes, n_writes);
    assert_int_equal(rows_commit(store, ROWS(first_rows), NULL), PROV_OK);
    prov_store_close(store);
    assert_non_null(disk_content_of(&disk, "s.bak"));
    assert_false(shows(&disk, "s3cr3t"));
}

static void test_a_sealed_file_needs_its_key(void **state)
{
    (void)state;
    static struct disk disk;
    prov_store *store;
    struct prov_store_seal seal = seal_disk(&disk);
    assert_refused(&disk, NULL, PROV_E_NO_KEY,
                   "the file is encrypted, and prov_store_options.seal is NULL");
    number_key(2);
    assert_refused(&disk, &seal, PROV_E_KEY,
                   "block 1 cannot be decrypted: another key, or changed bytes");
    number_key(1);
    assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(more_rows)));
    prov_store_close(store);
}

/* The values come from a plain backup, and are encrypted by the next commit. */
static void test_a_plain_backup_goes_when_its_values_are_sealed(void **state)
{
    (void)state;
    static struct disk disk;
    prov_store *store;
    number_key(1);
    const struct prov_store_seal seal = aes_gcm_seal(key);
    disk_init(&disk);
    commit(&disk, NULL, ROWS(first_rows));
    commit(&disk, NULL, ROWS(more_rows));
    disk_content_of(&disk, "s")->len /= 2;
    assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
    assert_true(prov_store_was_restored(store, NULL));
    assert_int_equal(rows_commit(store, nothing, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(first_rows)));
    prov_store_close(store);
    assert_false(shows(&disk, "s3cr3t"));
}

/* A damaged file is replaced by the next commit, and stays beside it only if it is encrypted. */
static void test_a_damaged_file_does_not_show_its_values(void **state)
{
    (void)state;
    for (int is_plain = 0; is_plain < 2; is_plain++) {
        static struct disk disk;
        prov_store *store;
        struct prov_error why = {.size = sizeof why};
        struct prov_store_seal seal = seal_disk(&disk);
        if (is_plain)
            disk_put(&disk, "s", "<flat-profile><GPP_A>s3cr3t", 27);
        else
            disk_content_of(&disk, "s")->bytes[100] ^= 1;
        seal.refuses_plain = 1;
        assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
        assert_true(prov_store_was_restored(store, &why));
        assert_int_equal(why.status, is_plain ? PROV_E_NOT_ENCRYPTED : PROV_E_KEY);
        assert_true(rows_equal(store, ROWS(first_rows)));
        assert_int_equal(rows_commit(store, nothing, NULL), PROV_OK);
        prov_store_close(store);
        assert_false(shows(&disk, "s3cr3t"));
        assert_int_equal(disk_content_of(&disk, "s.damaged") == NULL, is_plain);
    }
}

/* Places of the blocks in a file: where each length is; the last one is the end. */
static size_t block_places(const struct disk_content *content, size_t *places, size_t cap)
{
    size_t n = 0, at = provi_seal_mark.len;
    while (at < content->len) {
        assert_true(n < cap);
        places[n++] = at;
        at += PROVI_SEAL_LENGTH + content->bytes[at] + ((size_t)content->bytes[at + 1] << 8);
    }
    places[n] = at;
    assert_int_equal(at, content->len);
    return n;
}

static void test_blocks_keep_their_places(void **state)
{
    (void)state;
    static struct disk disk;
    struct prov_store_seal seal = seal_disk(&disk);
    const struct disk_content old = *disk_content_of(&disk, "s.bak");
    disk.files.remove(&disk, "s.bak");
    struct disk_content *content = disk_content_of(&disk, "s");
    const struct disk_content good = *content;
    size_t old_at[4], at[4];
    assert_int_equal(block_places(&old, old_at, 3), 2);
    assert_int_equal(block_places(&good, at, 3), 2);

    content->len = at[1]; /* the last block is left out */
    assert_refused(&disk, &seal, PROV_E_TRUNCATED,
                   "the file ends before block 2, expected one more");
    content->len = at[1] + PROVI_SEAL_LENGTH;
    char message[64];
    snprintf(message, sizeof message, "block 2: expected %zu bytes, found 0",
             at[2] - at[1] - PROVI_SEAL_LENGTH);
    assert_refused(&disk, &seal, PROV_E_TRUNCATED, message);
    *content = good; /* a byte is added */
    content->bytes[content->len++] = 0;
    assert_refused(&disk, &seal, PROV_E_CORRUPT, "1 bytes after the last block");
    *content = good; /* the last block is that of another state */
    memcpy(content->bytes + at[1], old.bytes + old_at[1], old_at[2] - old_at[1]);
    assert_refused(&disk, &seal, PROV_E_CORRUPT, "block 2 does not follow the block before it");
    *content = good; /* the first block is left out */
    memmove(content->bytes + at[0], good.bytes + at[1], at[2] - at[1]);
    content->len = at[0] + at[2] - at[1];
    assert_refused(&disk, &seal, PROV_E_CORRUPT, "block 1 does not follow the block before it");
    *content = good; /* no block is so long */
    content->bytes[at[0] + 2] = 1;
    content->bytes[at[0] + 1] = content->bytes[at[0]] = 0;
    assert_refused(&disk, &seal, PROV_E_CORRUPT,
                   "block 1: expected 16 to 16640 bytes, found 65536");
    content->bytes[at[0] + 2] = 0;
    assert_refused(&disk, &seal, PROV_E_CORRUPT, "block 1: expected 16 to 16640 bytes, found 0");
}

/* Callbacks that fail in a way of the test's. */
static struct {
    struct prov_store_seal aes;
    prov_status status;
    size_t len; /* instead of the real one; 0: the real one */
} odd;

static prov_status odd_encrypt(void *ctx, const void *plain, size_t len, void *out, size_t *out_len,
                               struct prov_error *err)
{
    prov_status status = odd.aes.encrypt(ctx, plain, len, out, out_len, err);
    *out_len = odd.len ? odd.len : *out_len;
    return status == PROV_OK ? odd.status : status;
}

static prov_status odd_decrypt(void *ctx, const void *block, size_t len, void *out, size_t *out_len,
                               struct prov_error *err)
{
    prov_status status = odd.aes.decrypt(ctx, block, len, out, out_len, err);
    *out_len = odd.len ? odd.len : *out_len;
    return status == PROV_OK ? odd.status : status;
}

static struct prov_store_seal make_odd(const struct prov_store_seal *aes, prov_status status,
                                       size_t len)
{
    struct prov_store_seal seal = *aes;
    odd.aes = *aes;
    odd.status = status;
    odd.len = len;
    seal.encrypt = odd_encrypt;
    seal.decrypt = odd_decrypt;
    return seal;
}

static void test_a_host_may_refuse_to_decrypt(void **state)
{
    (void)state;
    static struct disk disk;
    const struct prov_store_seal aes = seal_disk(&disk);
    struct prov_store_seal seal = make_odd(&aes, PROV_E_IO, 0);
    assert_refused(&disk, &seal, PROV_E_IO, "the host's decrypt: storage failed");
    seal = make_odd(&aes, 77, 0);
    assert_refused(&disk, &seal, PROV_E_HOST, "the host's decrypt returned 77");
    disk.files.remove(&disk, "s.bak");
    size_t at[4];
    block_places(disk_content_of(&disk, "s"), at, 3);
    static const size_t wrong[] = {100000,
                                   PROVI_SEAL_HEAD - 1}; /* more than read; less than a head */
    for (size_t i = 0; i < PROVI_LEN(wrong); i++) {
        char message[96];
        seal = make_odd(&aes, PROV_OK, wrong[i]);
        snprintf(message, sizeof message, "block 1: %zu bytes decrypt to %zu",
                 at[1] - at[0] - PROVI_SEAL_LENGTH, wrong[i]);
        assert_refused(&disk, &seal, PROV_E_CORRUPT, message);
    }
}

static void test_a_commit_that_cannot_be_encrypted_leaves_the_old_file(void **state)
{
    (void)state;
    static const struct {
        prov_status status;
        size_t len;
        prov_status expected;
    } rows[] = {{PROV_E_IO, 0, PROV_E_IO},
                {77, 0, PROV_E_HOST},
                {PROV_OK, 20000, PROV_E_HOST},
                {PROV_OK, 15, PROV_E_HOST}};
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        static struct disk disk;
        prov_store *store;
        const struct prov_store_seal aes = seal_disk(&disk);
        struct prov_store_seal seal = make_odd(&aes, PROV_OK, 0);
        struct prov_error err = {.size = sizeof err};
        assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
        odd.status = rows[i].status;
        odd.len = rows[i].len;
        assert_int_equal(rows_commit(store, ROWS(first_rows), &err), rows[i].expected);
        assert_string_equal(err.source, "s");
        assert_true(rows_equal(store, ROWS(more_rows)));
        odd.status = PROV_OK;
        odd.len = 0;
        assert_null(disk_content_of(&disk, "s.new"));
        assert_int_equal(rows_commit(store, ROWS(first_rows), NULL), PROV_OK);
        prov_store_close(store);
    }
}

static void test_a_form_of_a_newer_release_is_refused(void **state)
{
    (void)state;
    static struct disk disk;
    const struct prov_store_seal seal = seal_disk(&disk);
    struct disk_content *content = disk_content_of(&disk, "s");
    unsigned char plain[PROVI_SEAL_HEAD + 4] = {2};
    size_t len, at = provi_seal_mark.len;
    assert_int_equal(
        seal.encrypt(key, plain, sizeof plain, content->bytes + at + PROVI_SEAL_LENGTH, &len, NULL),
        PROV_OK);
    content->bytes[at] = (uint8_t)len;
    content->bytes[at + 1] = 0;
    content->len = at + PROVI_SEAL_LENGTH + len;
    assert_refused(&disk, &seal, PROV_E_UNSUPPORTED,
                   "the file has a sealed form of a newer release: it is left as it is");
}

static void test_seals_are_checked(void **state)
{
    (void)state;
    static const uint32_t growths[] = {0, 15, 257, UINT32_MAX}, accepted[] = {16, 256};
    static struct disk disk;
    prov_store *store;
    const struct prov_store_seal aes = seal_disk(&disk);
    struct prov_store_seal seal = aes;
    seal.encrypt = NULL;
    assert_refused(&disk, &seal, PROV_E_INVALID,
                   "invalid argument: seal.encrypt and seal.decrypt are required");
    seal = aes;
    seal.decrypt = NULL;
    assert_refused(&disk, &seal, PROV_E_INVALID,
                   "invalid argument: seal.encrypt and seal.decrypt are required");
    for (size_t i = 0; i < PROVI_LEN(growths); i++) {
        seal = aes;
        seal.growth_bytes = growths[i];
        assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_E_INVALID);
    }
    for (size_t i = 0; i < PROVI_LEN(accepted); i++) {
        disk_init(&disk);
        seal.growth_bytes = accepted[i];
        assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
        prov_store_close(store);
    }
}

/* A limit bounds the file as it is written: what a commit writes, the next start reads. */
static void test_the_limit_counts_encrypted_bytes(void **state)
{
    (void)state;
    static char value[2001];
    const struct row row = {"GPP_A", memset(value, 'v', sizeof value - 1), 0};
    const struct rows rows = {&row, 1};
    unsigned n_refused = 0;
    prov_status status = PROV_E_LIMIT;
    number_key(1);
    const struct prov_store_seal seal = aes_gcm_seal(key);
    for (uint32_t max = sizeof value; status != PROV_OK; max++) {
        static struct disk disk;
        prov_store *store;
        const struct prov_limits limits = {.size = sizeof limits, .max_store_bytes = max};
        const struct prov_store_options opt = {.size = sizeof opt,
                                               .path = "s",
                                               .files = &disk.files,
                                               .seal = &seal,
                                               .limits = &limits};
        disk_init(&disk);
        assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
        status = rows_commit(store, rows, NULL);
        prov_store_close(store);
        n_refused += status == PROV_E_LIMIT;
        if (status != PROV_OK)
            continue;
        assert_int_equal(disk_content_of(&disk, "s")->len, max);
        assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
        assert_true(rows_equal(store, rows));
        prov_store_close(store);
    }
    assert_true(n_refused > 100);
}

/* More than a block, in a file of the system. */
static void test_long_files_take_several_blocks(void **state)
{
    (void)state;
    char folder[] = "/tmp/test_store_seal-XXXXXX";
    char path[64], other[72];
    static char value[30000];
    prov_store *store;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/s", folder);
    number_key(1);
    const struct prov_store_seal seal = aes_gcm_seal(key);
    const struct prov_store_options opt = {.size = sizeof opt, .path = path, .seal = &seal};
    memset(value, 'v', sizeof value - 1);
    static const char *const names[] = {"GPP_A", "GPP_B", "GPP_C", "GPP_D"};
    for (size_t n = 1; n <= PROVI_LEN(names); n++) {
        const struct row row = {names[n - 1], value, 0};
        const struct rows rows = {&row, 1};
        assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
        assert_int_equal(rows_commit(store, rows, NULL), PROV_OK);
        prov_store_close(store);
        assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
        assert_int_equal(prov_store_n_params(store), n);
        for (size_t i = 0; i < n; i++) {
            struct prov_param param = {.size = sizeof param};
            assert_int_equal(prov_store_param(store, i, &param), PROV_OK);
            assert_true(provi_str_is(param.value, value));
        }
        prov_store_close(store);
    }
    static const char *const suffixes[] = {"", ".bak", ".lock"};
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        snprintf(other, sizeof other, "%s%s", path, suffixes[i]);
        assert_int_equal(unlink(other), 0);
    }
    assert_int_equal(rmdir(folder), 0);
}

/* A file that the release with the first sealed form wrote, with the key 1, 2, 3, … */
static void test_a_file_of_sealed_form_1_is_read(void **state)
{
    (void)state;
    static struct disk disk;
    struct golden golden;
    prov_store *store;
    size_t len;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/store/sealed-1",
             TEST_SOURCE_ROOT);
    uint8_t *text = golden_read(&golden, "store.sealed", &len);
    assert_non_null(text);
    disk_init(&disk);
    disk_put(&disk, "s", text, len);
    free(text);
    number_key(1);
    const struct prov_store_seal seal = aes_gcm_seal(key);
    assert_int_equal(open_with(&store, &disk, &seal, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(more_rows)));
    prov_store_close(store);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_plain_file_is_sealed_by_the_next_commit),
        cmocka_unit_test(test_a_sealed_file_needs_its_key),
        cmocka_unit_test(test_a_plain_backup_goes_when_its_values_are_sealed),
        cmocka_unit_test(test_a_damaged_file_does_not_show_its_values),
        cmocka_unit_test(test_blocks_keep_their_places),
        cmocka_unit_test(test_a_host_may_refuse_to_decrypt),
        cmocka_unit_test(test_a_commit_that_cannot_be_encrypted_leaves_the_old_file),
        cmocka_unit_test(test_a_form_of_a_newer_release_is_refused),
        cmocka_unit_test(test_seals_are_checked),
        cmocka_unit_test(test_the_limit_counts_encrypted_bytes),
        cmocka_unit_test(test_long_files_take_several_blocks),
        cmocka_unit_test(test_a_file_of_sealed_form_1_is_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
