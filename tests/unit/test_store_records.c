/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Records that a store holds beside its parameters. */
#include <provision/sched.h>
#include <provision/store.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/record.h"
#include "base/str.h"
#include "dials.h"
#include "disk.h"
#include "golden.h"
#include "rows.h"
#include "store/trailer.h"

static const struct row old_rows[] = {{"GPP_A", "1", 0}};
static const struct row new_rows[] = {{"GPP_A", "2", 0}, {"GPP_B", "b", PROV_ACCESS_WRITE}};

static prov_status save(prov_store *store, const char *name, const char *bytes)
{
    return prov_store_save_record(store, prov_str_from(name), bytes, strlen(bytes), NULL);
}

/* The record, NULL for none; valid until the next call. */
static const char *load(const prov_store *store, const char *name)
{
    static char bytes[64];
    size_t len;
    prov_status status =
        prov_store_load_record(store, prov_str_from(name), bytes, sizeof bytes - 1, &len);
    if (status == PROV_E_NOT_FOUND) {
        assert_int_equal(len, 0);
        return NULL;
    }
    assert_int_equal(status, PROV_OK);
    bytes[len] = '\0';
    return bytes;
}

static void assert_saved(const prov_store *store, const char *name, const char *expected)
{
    const char *found = load(store, name);
    if (!expected) {
        assert_null(found);
        return;
    }
    assert_non_null(found);
    assert_string_equal(found, expected);
}

static void test_records_are_no_parameters_and_outlive_the_process(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    assert_saved(store, "sched", NULL);
    assert_int_equal(save(store, "sched", "first"), PROV_OK);
    assert_int_equal(save(store, "sched", "\x01\xffthen"), PROV_OK);
    assert_int_equal(save(store, "undo", "t"), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    prov_store_close(store);

    store = disk_open_store(&disk, false);
    assert_true(rows_equal(store, ROWS(old_rows)));
    assert_saved(store, "sched", "\x01\xffthen");
    assert_int_equal(save(store, "undo", ""), PROV_OK);
    prov_store_close(store);

    store = disk_open_store(&disk, false);
    assert_saved(store, "undo", NULL);
    assert_saved(store, "sched", "\x01\xffthen");
    size_t len;
    char byte;
    assert_int_equal(prov_store_load_record(store, PROVI_LIT("sched"), &byte, 1, &len),
                     PROV_E_LIMIT);
    assert_int_equal(len, 6);
    prov_store_close(store);
    disk_assert_closed(&disk);
}

static void test_records_share_the_fate_of_their_transaction(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    assert_int_equal(save(store, "undo", "before"), PROV_OK);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(save(store, "undo", "after"), PROV_OK);
    assert_saved(store, "undo", "before");
    prov_store_rollback(store);
    assert_saved(store, "undo", "before");
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(save(store, "undo", "after"), PROV_OK);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    assert_saved(store, "undo", "after");
    prov_store_close(store);
}

static void test_records_that_do_not_change_write_nothing(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    assert_int_equal(save(store, "sched", ""), PROV_OK);
    assert_int_equal(save(store, "sched", "x"), PROV_OK);
    disk.n_writes = 0;
    assert_int_equal(save(store, "sched", "x"), PROV_OK);
    assert_int_equal(save(store, "other", ""), PROV_OK);
    assert_int_equal(disk.n_writes, 0);
    prov_store_close(store);
}

static void test_names_of_records_are_short_words(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "Sched", "a b", "a-", "a{", "--", "abcdefghijklmnopq"};
    prov_store *store = NULL;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    for (size_t i = 0; i < PROVI_LEN(bad); i++)
        assert_int_equal(save(store, bad[i], "x"), PROV_E_INVALID);
    assert_int_equal(save(store, "abcdefghijklmnop", "x"), PROV_OK);
    prov_store_close(store);
}

/* A file of the first format: once the undo log is deleted, no boot finds it again. */
static void test_the_undo_log_is_deleted_by_either_name(void **state)
{
    static const char text[] = "<flat-profile></flat-profile>\n<!-- kept trial 6162 -->\n";
    struct disk disk;
    (void)state;
    disk_init(&disk);
    disk_put(&disk, "s", text, strlen(text));
    prov_store *store = disk_open_store(&disk, false);
    assert_saved(store, "trial", NULL);
    assert_int_equal(save(store, PROV_RECORD_UNDO, "a"), PROV_OK);
    assert_int_equal(save(store, PROV_RECORD_UNDO, ""), PROV_OK);
    prov_store_close(store);
    store = disk_open_store(&disk, false);
    assert_saved(store, PROV_RECORD_UNDO, NULL);
    prov_store_close(store);
}

static void test_lines_of_records_survive_editing_by_hand(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        const char *kept;
    } rows[] = {
        {"<flat-profile></flat-profile>\n<!-- kept undo 6162 -->\n", "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept sched 00 -->\n<!-- kept undo 6162 -->", "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept trial 6162 -->\n", "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept undo 616 -->\n", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo 61G2 -->\n", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo 61g2 -->\n", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo -->\n", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo  -->\n", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo 6162  --><!---->", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo 6162 -->\n<!---->", "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept undo 6162 -->\n<!-- kept sched 0 -->", "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept origins 00 -->\n<!-- kept origins 01 -->\n"
         "<!-- kept undo 6162 -->\n",
         "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept UNDO 6162 -->\n", NULL},
        {"<flat-profile></flat-profile>\n<!-- kept undo 6162 -->\n<!-- mine -->\n", "ab"},
        {"<flat-profile></flat-profile>\n<!-- kept undo 6162 -->\n<!-- mine --><?x?>\n", NULL},
        {"<flat-profile>\n<!-- kept undo 6162 -->\n</flat-profile>\n", NULL},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct disk disk;
        disk_init(&disk);
        disk_put(&disk, "s", rows[i].text, strlen(rows[i].text));
        prov_store *store = disk_open_store(&disk, false);
        assert_saved(store, "undo", rows[i].kept);
        assert_saved(store, "origins", NULL);
        assert_int_equal(prov_store_n_params(store), 0);
        prov_store_close(store);
    }
}

static prov_status write_by_dial(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    (void)data, (void)len, (void)err;
    return dial_tick(ctx) ? PROV_E_IO : PROV_OK;
}

static void write_record(void *ctx, struct dial *dial)
{
    const struct prov_sink sink = {.write = write_by_dial, .ctx = dial};
    (void)ctx;
    prov_status status = provi_records_write_line(PROVI_LIT("undo"), PROVI_LIT("ab"), &sink, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_IO : PROV_OK);
}

static void test_no_failed_write_of_a_record_is_overlooked(void **state)
{
    (void)state;
    assert_true(dial_run("writes of a record", write_record, NULL) > 5);
}

/* A damaged line of the checksum is no longer one; what is above it is complete. */
static void test_a_flipped_bit_drops_no_record(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    assert_int_equal(rows_commit(store, ROWS(new_rows), NULL), PROV_OK);
    assert_int_equal(save(store, "sched", "s"), PROV_OK);
    prov_store_close(store);
    const struct disk_content good = *disk_content_of(&disk, "s");
    size_t n_opened = 0;
    for (size_t bit = 0; bit < good.len * 8; bit++) {
        struct disk_content flipped = good;
        flipped.bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
        disk_init(&disk);
        disk_put(&disk, "s", flipped.bytes, flipped.len);
        const struct prov_store_options opt = {
            .size = sizeof opt, .path = "s", .files = &disk.files};
        if (prov_store_open(&store, &opt, NULL) != PROV_OK)
            continue;
        n_opened++;
        assert_saved(store, "sched", "s");
        assert_true(rows_equal(store, ROWS(new_rows)));
        prov_store_close(store);
    }
    assert_true(n_opened > 0);
}

/* It fits into memory, but not into the file, where `&` takes five bytes and a kept byte two. */
static void test_store_refuses_what_grows_too_large_in_the_file(void **state)
{
    (void)state;
    struct disk disk;
    static const struct row small[] = {{"GPP_A", "1", 0}};
    struct prov_limits limits = {.size = sizeof limits, .max_store_bytes = 2048};
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = "s", .files = &disk.files, .limits = &limits};
    char value[1500];
    memset(value, '&', sizeof value - 1);
    value[sizeof value - 1] = '\0';
    const struct row large[] = {{"GPP_B", value, 0}};
    prov_store *store = NULL;
    disk_init(&disk);
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(small), NULL), PROV_OK);
    assert_int_equal(prov_store_save_record(store, PROVI_LIT("a"), "x", 1, NULL), PROV_OK);
    struct prov_error errors[2] = {{.size = sizeof errors[0]}, {.size = sizeof errors[0]}};
    assert_int_equal(rows_commit(store, ROWS(large), &errors[0]), PROV_E_LIMIT);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_store_save_record(store, PROVI_LIT("b"), value, sizeof value, NULL),
                     PROV_OK);
    assert_int_equal(prov_store_save_record(store, PROVI_LIT("c"), "y", 1, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(store, &errors[1]), PROV_E_LIMIT);
    for (size_t i = 0; i < PROVI_LEN(errors); i++) {
        assert_string_equal(errors[i].message, "the file would exceed 2048 bytes");
        assert_string_equal(errors[i].source, "s");
    }
    prov_store_close(store);

    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(small)));
    size_t len;
    assert_int_equal(prov_store_load_record(store, PROVI_LIT("a"), value, sizeof value, &len),
                     PROV_OK);
    assert_int_equal(prov_store_load_record(store, PROVI_LIT("b"), value, sizeof value, &len),
                     PROV_E_NOT_FOUND);
    prov_store_close(store);
}

/* The first of several changes is too large: all are refused, also if those after it fit. */
static void test_store_refuses_what_grows_too_large_in_memory(void **state)
{
    static const struct row before[] = {{"GPP_A", "1", PROV_ACCESS_WRITE}, {"GPP_B", "b", 0}};
    static const struct {
        const char *large, *small; /* parameters; NULL: records */
        uint8_t layer;
    } changes[] = {
        {NULL, NULL, 0},
        {"GPP_A", "GPP_B", PROV_LAYER_SERVER},
        {"GPP_A", "GPP_B", PROV_LAYER_USER},
        {"GPP_C", "GPP_D", PROV_LAYER_SERVER},
        {"GPP_C", "GPP_D", PROV_LAYER_USER},
    };
    const struct prov_limits limits = {.size = sizeof limits, .max_store_bytes = 2000};
    const struct prov_store_options opt = {.size = sizeof opt, .limits = &limits};
    char text[2000];
    prov_store *store;
    (void)state;
    memset(text, 'x', sizeof text);
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(before), NULL), PROV_OK);
    for (size_t i = 0; i < PROVI_LEN(changes); i++) {
        struct prov_error err = {.size = sizeof err};
        assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
        for (int is_small = 0; is_small < 2; is_small++) {
            const char *name = is_small ? changes[i].small : changes[i].large;
            const prov_str value = {text, is_small ? 1 : sizeof text};
            const struct prov_param param = {
                .size = sizeof param,
                .name = prov_str_from(name),
                .value = value,
                .has_value = PROV_VALUE_GIVEN,
                .layer = changes[i].layer,
            };
            assert_int_equal(
                name ? prov_store_set(store, &param, NULL)
                     : prov_store_save_record(store, is_small ? PROVI_LIT("b") : PROVI_LIT("a"),
                                              value.data, value.len, NULL),
                PROV_OK);
        }
        assert_int_equal(prov_store_commit(store, &err), PROV_E_LIMIT);
        assert_string_equal(err.message, "parameters exceed 2000 bytes in memory");
        assert_string_equal(err.subject, changes[i].large ? changes[i].large : "a");
        assert_true(rows_equal(store, ROWS(before)));
        assert_saved(store, "b", NULL);
    }
    prov_store_close(store);
}

/* A short file of many parameters takes more memory than its length; the limit is the store's. */
static void test_store_bounds_the_memory_of_a_file(void **state)
{
    enum { N = 50 };
    char text[40 + 12 * N] = "<flat-profile>";
    struct disk disk;
    (void)state;
    for (unsigned i = 0; i < N; i++)
        snprintf(text + strlen(text), sizeof text - strlen(text), "<A%u>1</A%u>", i, i);
    strcat(text, "</flat-profile>");
    disk_init(&disk);
    disk_put(&disk, "s", text, strlen(text));
    for (int is_enough = 0; is_enough < 2; is_enough++) {
        const struct prov_limits limits = {
            .size = sizeof limits,
            .max_store_bytes = is_enough ? 10000 : sizeof text,
            .max_staged_bytes = is_enough ? 1 : 100000,
        };
        const struct prov_store_options opt = {
            .size = sizeof opt, .path = "s", .files = &disk.files, .limits = &limits};
        struct prov_error err = {.size = sizeof err};
        prov_store *store = NULL;
        assert_int_equal(prov_store_open(&store, &opt, &err), is_enough ? PROV_OK : PROV_E_LIMIT);
        assert_string_equal(err.message, is_enough ? "" : "parameters exceed 640 bytes in memory");
        prov_store_close(store);
    }
}

/* No block that is given back holds what was kept, as it is or in the digits of the file. */
static void test_records_are_wiped_from_memory(void **state)
{
    (void)state;
    static const char *const planted[] = {"kept-s3cr3t", "6b6570742d733363723374"};
    for (size_t i = 0; i < PROVI_LEN(planted); i++) {
        struct disk disk;
        struct fault_alloc memory;
        disk_init(&disk);
        fault_alloc_init(&memory, NULL);
        memory.secret = planted[i];
        memory.secret_len = strlen(planted[i]);
        const struct prov_store_options opt = {
            .size = sizeof opt, .path = "store", .files = &disk.files, .alloc = &memory.alloc};
        for (unsigned round = 0; round < 2; round++) {
            prov_store *store;
            assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
            if (round == 1)
                assert_saved(store, "login", planted[0]);
            assert_int_equal(save(store, "login", planted[0]), PROV_OK);
            assert_int_equal(rows_commit(store, ROWS(new_rows), NULL), PROV_OK);
            assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
            prov_store_close(store);
        }
        fault_alloc_assert_empty(&memory);
    }
}

/* A file that a release with format 1 wrote: values, accesses, layers, origins and records. */
static void test_file_of_format_1_is_read(void **state)
{
    (void)state;
    struct golden golden;
    struct disk disk;
    size_t len;
    snprintf(golden.folder, sizeof golden.folder, "%s/tests/vectors/store/format-1",
             TEST_SOURCE_ROOT);
    uint8_t *text = golden_read(&golden, "store.xml", &len);
    assert_non_null(text);
    disk_init(&disk);
    disk_put(&disk, "s", text, len);
    free(text);
    prov_store *store = disk_open_store(&disk, false);

    static const struct row rows[] = {{"GPP_A", "user's", PROV_ACCESS_WRITE},
                                      {"GPP_B", "", PROV_ACCESS_NONE}};
    assert_true(rows_equal(store, ROWS(rows)));
    struct prov_param param = {.size = sizeof param};
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_USER, &param), PROV_OK);
    assert_non_null(param.source);
    assert_int_equal(param.source->wall_s, 1800000100);
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_SERVER, &param),
                     PROV_OK);
    assert_true(provi_str_is(param.value, "server <&> \"1\""));
    assert_int_equal(param.line, 12);
    assert_true(provi_str_is(param.source->rule, "Profile_Rule"));
    assert_true(provi_str_is(param.source->url, "https://192.0.2.1/a.cfg"));

    char saved[PROV_SCHED_SAVED_MAX];
    struct prov_sched sched;
    assert_int_equal(prov_store_load_record(store, PROVI_LIT("sched"), saved, sizeof saved, &len),
                     PROV_OK);
    assert_int_equal(prov_sched_restore(&sched, saved, len), PROV_OK);
    prov_store_close(store);
}

static prov_status commit_both(prov_store *store)
{
    prov_status status = prov_store_begin(store, NULL);
    for (size_t i = 0; status == PROV_OK && i < PROVI_LEN(new_rows); i++) {
        struct prov_param param = row_param(&new_rows[i]);
        status = prov_store_set(store, &param, NULL);
    }
    if (status == PROV_OK)
        status = save(store, "undo", "undo");
    return status == PROV_OK ? prov_store_commit(store, NULL) : status;
}

static void check_both_or_none(const struct disk *left, unsigned way, bool must_be_new)
{
    struct disk disk;
    disk_copy(&disk, left);
    disk.dial = NULL;
    disk_crash(&disk, way);
    prov_store *store = disk_open_store(&disk, false);
    bool is_new = rows_equal(store, ROWS(new_rows));
    assert_true(is_new || (!must_be_new && rows_equal(store, ROWS(old_rows))));
    assert_saved(store, "undo", is_new ? "undo" : NULL);
    prov_store_close(store);
}

static void commit_while_power_goes(void *ctx, struct dial *dial)
{
    const struct disk *start = ctx;
    struct disk disk;
    disk_copy(&disk, start);
    prov_store *store = disk_open_store(&disk, false);
    disk.dial = dial;
    prov_status status = commit_both(store);
    prov_store_close(store);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++)
        check_both_or_none(&disk, way, status == PROV_OK);
}

static void test_records_and_values_are_cut_together(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    prov_store_close(store);
    assert_true(dial_run("commit with kept bytes", commit_while_power_goes, &disk) > 6);
}

static void out_of_memory(void *ctx, struct dial *dial)
{
    const struct disk *start = ctx;
    struct disk disk;
    struct fault_alloc memory;
    disk_copy(&disk, start);
    fault_alloc_init(&memory, dial);
    memory.secret = "undo";
    memory.secret_len = 4;
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = "s", .files = &disk.files, .alloc = &memory.alloc};
    prov_store *store = NULL;
    prov_status status = prov_store_open(&store, &opt, NULL);
    if (status == PROV_OK) {
        assert_saved(store, "sched", "s");
        assert_saved(store, "known", "k");
        status = commit_both(store);
        assert_saved(store, "undo", status == PROV_OK ? "undo" : NULL);
    }
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    prov_store_close(store);
    fault_alloc_assert_empty(&memory);
    disk_assert_closed(&disk);
}

static void test_records_need_memory(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    assert_int_equal(save(store, "sched", "s"), PROV_OK);
    assert_int_equal(save(store, "known", "k"), PROV_OK);
    prov_store_close(store);
    assert_true(dial_run("memory of kept bytes", out_of_memory, &disk) > 8);
}

/* A host may ask for the generation of the values so far. */
static void test_a_change_behind_the_generation_is_committed(void **state)
{
    struct prov_host host = {.size = sizeof host};
    struct prov_param param = {
        .size = sizeof param, .name = prov_str_from("GPP_A"), .has_value = PROV_VALUE_GIVEN};
    prov_store *store;
    (void)state;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    assert_int_equal(prov_store_bind(store, &host, NULL), PROV_OK);
    assert_int_equal(host.txn_begin(host.store_ctx, NULL), PROV_OK);
    param.value = prov_str_from("1");
    assert_int_equal(host.txn_set(host.store_ctx, &param, NULL), PROV_OK);
    assert_true(host.generation(host.store_ctx) != 0);
    param.value = prov_str_from("2");
    assert_int_equal(host.txn_set(host.store_ctx, &param, NULL), PROV_OK);
    assert_int_equal(host.txn_commit(host.store_ctx, NULL), PROV_OK);
    assert_int_equal(prov_store_find(store, param.name, PROV_LAYER_ANY, &param), PROV_OK);
    assert_true(provi_str_is(param.value, "2"));
    prov_store_close(store);
}

/* The committed state for all, but for the host within its own transaction. */
static void test_a_host_sees_the_generation_of_its_own_transaction(void **state)
{
    struct prov_host host = {.size = sizeof host};
    struct prov_param param = {
        .size = sizeof param, .name = PROVI_LIT("GPP_A"), .has_value = PROV_VALUE_GIVEN};
    prov_store *store = disk_open_store(NULL, true);
    (void)state;
    assert_int_equal(prov_store_bind(store, &host, NULL), PROV_OK);
    assert_ptr_equal(host.store_ctx, store);
    assert_int_equal(host.user_wins, 1);
    const uint64_t before = prov_store_generation(store);
    assert_true(host.generation(store) == before);
    assert_int_equal(host.txn_begin(store, NULL), PROV_OK);
    assert_true(host.generation(store) == before);
    assert_int_equal(host.txn_begin(store, NULL), PROV_E_STATE);
    assert_int_equal(host.txn_set(store, &param, NULL), PROV_OK);
    const uint64_t after = host.generation(store);
    assert_true(after != before && prov_store_generation(store) == before);
    assert_int_equal(host.txn_commit(store, NULL), PROV_OK);
    assert_int_equal(host.txn_commit(store, NULL), PROV_E_STATE);
    assert_true(prov_store_generation(store) == after);

    param.value = PROVI_LIT("1");
    for (int i = 0; i < 2; i++) { /* another's transaction, after a commit and after a rollback */
        assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
        assert_int_equal(prov_store_set(store, &param, NULL), PROV_OK);
        assert_int_equal(host.txn_begin(store, NULL), PROV_E_STATE);
        assert_true(host.generation(store) == after);
        prov_store_rollback(store);
        assert_int_equal(host.txn_begin(store, NULL), PROV_OK);
        host.txn_rollback(store);
    }
    assert_int_equal(host.txn_set(store, &param, NULL), PROV_E_STATE);
    prov_store_close(store);
}

static void test_a_host_finds_what_the_store_holds(void **state)
{
    static const struct row rows[] = {{"GPP_A", "1", PROV_ACCESS_WRITE}, {"GPP_B", NULL, 1}};
    struct prov_host host = {.size = sizeof host};
    prov_store *store = disk_open_store(NULL, false);
    char byte;
    size_t len;
    (void)state;
    assert_int_equal(prov_store_bind(store, &host, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(rows), NULL), PROV_OK);
    assert_int_equal(prov_store_set_user(store, PROVI_LIT("GPP_A"), PROVI_LIT("u"), 7, NULL),
                     PROV_OK);
    for (uint32_t layer = PROV_LAYER_SERVER; layer <= PROV_LAYER_ANY; layer++) {
        for (size_t i = 0; i < 3; i++) {
            const prov_str name = prov_str_from(i < 2 ? rows[i].name : "GPP_X");
            struct prov_param found = {.size = sizeof found}, own = found;
            assert_int_equal(host.find(store, name, layer, &found),
                             prov_store_find(store, name, layer, &own));
            assert_memory_equal(&found, &own, sizeof found);
        }
    }
    struct prov_param found = {.size = sizeof found};
    assert_int_equal(host.param(store, 1, &found), PROV_OK);
    assert_true(provi_str_is(found.name, "GPP_B"));
    assert_int_equal(host.param(store, 2, &found), PROV_E_NOT_FOUND);
    assert_int_equal(host.save(store, PROVI_LIT("A"), "x", 1, NULL), PROV_E_INVALID);
    assert_int_equal(host.save(store, PROVI_LIT("a"), "x", 1, NULL), PROV_OK);
    assert_saved(store, "a", "x");
    assert_int_equal(host.load(store, PROVI_LIT("a"), &byte, 1, &len), PROV_OK);
    assert_int_equal(byte, 'x');
    assert_int_equal(host.load(store, PROVI_LIT("b"), &byte, 1, &len), PROV_E_NOT_FOUND);
    prov_store_close(store);
}

static void test_generation_differs_for_different_contents(void **state)
{
    (void)state;
    static const struct row other_access[] = {{"GPP_A", NULL, PROV_ACCESS_READ}};
    static const struct row no_access[] = {{"GPP_A", NULL, PROV_ACCESS_DEFAULT}};
    static const struct row other_value[] = {{"GPP_A", "11", 0}};
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    uint64_t empty = prov_store_generation(store);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    uint64_t stamp = prov_store_generation(store);
    assert_true(stamp != empty);
    assert_int_equal(save(store, "sched", "x"), PROV_OK);
    assert_true(prov_store_generation(store) == stamp);
    assert_int_equal(rows_commit(store, ROWS(other_value), NULL), PROV_OK);
    assert_true(prov_store_generation(store) != stamp);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    assert_true(prov_store_generation(store) == stamp);
    assert_int_equal(rows_commit(store, ROWS(other_access), NULL), PROV_OK);
    assert_true(prov_store_generation(store) != stamp);
    assert_int_equal(prov_store_access(store, PROVI_LIT("GPP_A")), PROV_ACCESS_READ);
    assert_int_equal(prov_store_access(store, PROVI_LIT("GPP_B")), PROV_ACCESS_KEEP);
    assert_int_equal(rows_commit(store, ROWS(no_access), NULL), PROV_OK);
    prov_store_close(store);
    store = disk_open_store(&disk, false);
    assert_true(prov_store_generation(store) == stamp);
    prov_store_close(store);
}

static prov_status forget(prov_store *store, const char *name, uint8_t access)
{
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(name),
        .value = PROVI_LIT("its default"),
        .has_value = PROV_VALUE_FORGET,
        .access = access,
    };
    prov_status status = prov_store_begin(store, NULL);
    if (status == PROV_OK)
        status = prov_store_set(store, &param, NULL);
    return status == PROV_OK ? prov_store_commit(store, NULL) : status;
}

static void test_values_can_be_forgotten(void **state)
{
    (void)state;
    static const struct row access_only[] = {{"GPP_A", "1", 0}, {"GPP_B", NULL, PROV_ACCESS_WRITE}};
    static const struct row empty[] = {{"GPP_A", "1", 0}, {"GPP_B", "", PROV_ACCESS_WRITE}};
    prov_store *store = NULL;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(new_rows), NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    assert_int_equal(forget(store, "GPP_B", PROV_ACCESS_KEEP), PROV_OK);
    assert_true(rows_equal(store, ROWS(access_only)));
    assert_int_equal(rows_commit(store, ROWS(empty), NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(empty)));
    assert_int_equal(forget(store, "GPP_B", PROV_ACCESS_KEEP), PROV_OK);
    assert_true(rows_equal(store, ROWS(access_only)));
    assert_int_equal(rows_commit(store, ROWS(new_rows), NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(new_rows)));
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    assert_int_equal(forget(store, "GPP_B", PROV_ACCESS_DEFAULT), PROV_OK);
    assert_true(rows_equal(store, ROWS(old_rows)));
    assert_int_equal(forget(store, "GPP_X", PROV_ACCESS_DEFAULT), PROV_OK);
    assert_true(rows_equal(store, ROWS(old_rows)));
    prov_store_close(store);
}

/* Numbers as every release writes and reads them. */
static void test_numbers_in_records(void **state)
{
    static const struct {
        uint64_t number;
        const char *count; /* seven bits a byte, the lowest first */
        const char *bytes; /* of a number of eight bytes */
    } rows[] = {
        {0, "00", "0000000000000000"},
        {0x7f, "7f", "7f00000000000000"},
        {0x80, "8001", "8000000000000000"},
        {0x3fff, "ff7f", "ff3f000000000000"},
        {0x4000, "808001", "0040000000000000"},
        {UINT64_C(0x0123456789abcdef), "ef9bafcdf8acd19101", "efcdab8967452301"},
        {UINT64_MAX, "ffffffffffffffffff01", "ffffffffffffffff"},
    };
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct provi_record record;
        char hex[64] = "";
        provi_record_init(&record, &alloc, 64);
        provi_record_count(&record, rows[i].number);
        provi_record_number(&record, rows[i].number, 8);
        assert_int_equal(record.status, PROV_OK);
        for (size_t k = 0; k < record.bytes.len; k++)
            snprintf(hex + 2 * k, 3, "%02x", (unsigned char)record.bytes.data[k]);
        size_t len = strlen(rows[i].count);
        if (strncmp(hex, rows[i].count, len) != 0 || strcmp(hex + len, rows[i].bytes) != 0)
            fail_msg("row %zu: %s", i, hex);
        struct provi_reading reading = {.bytes = record.bytes};
        assert_true(provi_reading_count(&reading) == rows[i].number);
        assert_true(provi_reading_number(&reading, 8) == rows[i].number);
        assert_false(reading.is_short);
        assert_null(provi_reading_bytes(&reading, 1));
        assert_true(reading.is_short);
        provi_buffer_free(&record.bytes, &alloc);
    }
}

/* A record may hold secrets: none is left in memory that is given back. */
static void test_records_are_wiped(void **state)
{
    static const char secret[] = "s3cr3t in a record";
    struct fault_alloc memory;
    struct provi_record record;
    (void)state;
    fault_alloc_init(&memory, NULL);
    memory.secret = secret;
    memory.secret_len = strlen(secret);
    provi_record_init(&record, &memory.alloc, 4096);
    for (int i = 0; i < 100; i++) /* it grows, and moves */
        provi_record_text(&record, prov_str_from(secret));
    assert_int_equal(record.status, PROV_OK);
    provi_buffer_free(&record.bytes, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_records_are_wiped),
        cmocka_unit_test(test_numbers_in_records),
        cmocka_unit_test(test_records_are_no_parameters_and_outlive_the_process),
        cmocka_unit_test(test_records_share_the_fate_of_their_transaction),
        cmocka_unit_test(test_records_that_do_not_change_write_nothing),
        cmocka_unit_test(test_names_of_records_are_short_words),
        cmocka_unit_test(test_the_undo_log_is_deleted_by_either_name),
        cmocka_unit_test(test_lines_of_records_survive_editing_by_hand),
        cmocka_unit_test(test_no_failed_write_of_a_record_is_overlooked),
        cmocka_unit_test(test_a_flipped_bit_drops_no_record),
        cmocka_unit_test(test_store_refuses_what_grows_too_large_in_the_file),
        cmocka_unit_test(test_store_bounds_the_memory_of_a_file),
        cmocka_unit_test(test_store_refuses_what_grows_too_large_in_memory),
        cmocka_unit_test(test_records_and_values_are_cut_together),
        cmocka_unit_test(test_records_need_memory),
        cmocka_unit_test(test_records_are_wiped_from_memory),
        cmocka_unit_test(test_file_of_format_1_is_read),
        cmocka_unit_test(test_a_change_behind_the_generation_is_committed),
        cmocka_unit_test(test_a_host_sees_the_generation_of_its_own_transaction),
        cmocka_unit_test(test_a_host_finds_what_the_store_holds),
        cmocka_unit_test(test_generation_differs_for_different_contents),
        cmocka_unit_test(test_values_can_be_forgotten),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
