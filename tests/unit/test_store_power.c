/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The store on a disk that loses its power, fills up and breaks; files damaged from outside. */
#include <provision/store.h>

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "aes_gcm.h"
#include "base/array.h"
#include "base/str.h"
#include "dials.h"
#include "disk.h"
#include "rows.h"

/* States a store goes through, and the changes that lead there. */

static const struct row first_rows[] = {{"GPP_A", "a", 0}, {"GPP_B", "b", PROV_ACCESS_READ}};
static const struct row old_changes[] = {{"GPP_A", "1 &lt; 2", 0},
                                         {"GPP_C", NULL, PROV_ACCESS_WRITE}};
static const struct row old_rows[] = {
    {"GPP_A", "1 &lt; 2", 0}, {"GPP_B", "b", PROV_ACCESS_READ}, {"GPP_C", NULL, PROV_ACCESS_WRITE}};
static const struct row new_changes[] = {
    {"GPP_C", "c", 0}, {"GPP_B", "", PROV_ACCESS_DEFAULT}, {"GPP_D", "a longer value than any", 0}};
static const struct row new_rows[] = {{"GPP_A", "1 &lt; 2", 0},
                                      {"GPP_B", "", 0},
                                      {"GPP_C", "c", PROV_ACCESS_WRITE},
                                      {"GPP_D", "a longer value than any", 0}};
static const struct row last_rows[] = {{"GPP_E", "afterwards", 0}};
static const struct rows nothing = {NULL, 0};

/* Set for tests that run on encrypted files. */
static const struct prov_store_seal *seal;

static int seal_files(void **state)
{
    static unsigned char key[32];
    static struct prov_store_seal aes;
    (void)state;
    aes = aes_gcm_seal(key);
    seal = &aes;
    return 0;
}

static int leave_files_plain(void **state)
{
    (void)state;
    seal = NULL;
    return 0;
}

static prov_status open_store(prov_store **store, struct disk *disk, struct prov_error *err)
{
    struct prov_store_options opt = {
        .size = sizeof opt, .path = "s", .files = &disk->files, .seal = seal};
    return prov_store_open(store, &opt, err);
}

/* Whether a file with a name has a name or a value in clear. */
static bool shows_values(struct disk *disk)
{
    static const char *const names[] = {"s", "s.bak", "s.new", "s.damaged"};
    for (size_t i = 0; i < PROVI_LEN(names); i++) {
        const struct disk_content *content = disk_content_of(disk, names[i]);
        if (content && provi_str_has((prov_str){(const char *)content->bytes, content->len},
                                     PROVI_LIT("GPP_")))
            return true;
    }
    return false;
}

/* Neither a name nor a value is in any file, removed ones included. */
static void assert_sealed(const struct disk *disk)
{
    for (size_t i = 0; i < DISK_FILES; i++) {
        const struct disk_content *now = &disk->all[i].now, *synced = &disk->all[i].synced;
        assert_false(
            provi_str_has((prov_str){(const char *)now->bytes, now->len}, PROVI_LIT("GPP_")));
        assert_false(
            provi_str_has((prov_str){(const char *)synced->bytes, synced->len}, PROVI_LIT("GPP_")));
    }
}

static void must_commit(struct disk *disk, struct rows changes)
{
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, disk, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, changes, NULL), PROV_OK);
    prov_store_close(store);
}

/* A commit to be disturbed: `before` was committed, `changes` are being. */
struct scenario {
    struct disk start;
    struct rows before;
    struct rows changes;
    struct rows after;
    unsigned n_outcomes;
    unsigned n_after;    /* outcomes with the new values */
    unsigned n_wrong;    /* … with others than they may have */
    unsigned n_restored; /* … from the backup */
    unsigned n_refused;
    bool is_plain;          /* the file to be replaced, */
    bool was_plain;         /* as is the backup */
    unsigned n_plain_after; /* outcomes that must have the new values, and show some */
};

static void start_empty(struct scenario *scenario)
{
    *scenario = (struct scenario){
        .before = nothing,
        .changes = ROWS(first_rows),
        .after = ROWS(first_rows),
    };
    disk_init(&scenario->start);
}

static void start_full(struct scenario *scenario)
{
    *scenario = (struct scenario){
        .before = ROWS(old_rows),
        .changes = ROWS(new_changes),
        .after = ROWS(new_rows),
    };
    disk_init(&scenario->start);
    must_commit(&scenario->start, ROWS(first_rows));
    must_commit(&scenario->start, ROWS(old_changes));
}

/* The file is unreadable and the values come from the backup. */
static void start_damaged(struct scenario *scenario)
{
    start_full(scenario);
    disk_put(&scenario->start, "s", "<flat-pro", 9);
    scenario->is_plain = true;
    scenario->before = ROWS(first_rows);
    scenario->changes = ROWS(old_changes);
    scenario->after = ROWS(old_rows);
}

/* A plain file, which the commit encrypts if a seal is set. */
static void start_plain(struct scenario *scenario)
{
    const struct prov_store_seal *later = seal;
    seal = NULL;
    start_full(scenario);
    seal = later;
    scenario->is_plain = scenario->was_plain = true;
}

static void (*const starts[])(struct scenario *) = {start_empty, start_full, start_damaged,
                                                    start_plain};

static prov_status try_commit(struct disk *disk, struct rows changes)
{
    prov_store *store = NULL;
    prov_status status = open_store(&store, disk, NULL);
    if (status == PROV_OK)
        status = rows_commit(store, changes, NULL);
    prov_store_close(store);
    return status;
}

/* The next start finds one of the two states whole, and can commit. */
static void check_outcome(struct scenario *scenario, const struct disk *left, bool must_be_new)
{
    struct disk disk;
    disk_copy(&disk, left);
    disk.dial = NULL;
    prov_store *store = NULL;
    scenario->n_outcomes++;
    if (seal && !scenario->was_plain)
        assert_sealed(&disk);
    if (open_store(&store, &disk, NULL) != PROV_OK) {
        scenario->n_refused++;
        return;
    }
    scenario->n_restored += prov_store_was_restored(store, NULL);
    bool is_new = rows_equal(store, scenario->after);
    scenario->n_after += is_new;
    scenario->n_plain_after += must_be_new && shows_values(&disk);
    scenario->n_wrong += !is_new && (must_be_new || !rows_equal(store, scenario->before));
    assert_int_equal(rows_commit(store, ROWS(last_rows), NULL), PROV_OK);
    prov_store_close(store);
    disk_assert_closed(&disk);
    assert_null(disk_content_of(&disk, "s.new"));
}

/* The power goes again while the next start tidies up. */
static void cut_again(struct scenario *scenario, const struct disk *left)
{
    for (uint64_t at = 0;; at++) {
        struct disk disk;
        struct dial dial = {.at = at};
        disk_copy(&disk, left);
        disk.dial = &dial;
        prov_store *store = NULL;
        open_store(&store, &disk, NULL);
        prov_store_close(store);
        if (!dial.hit)
            return;
        for (unsigned way = 0; way < disk_n_crashes(&disk); way++) {
            struct disk crashed;
            disk_copy(&crashed, &disk);
            disk_crash(&crashed, way);
            check_outcome(scenario, &crashed, false);
        }
    }
}

/* Every outcome of a power cut at one operation. False: the commit came through before it. */
static bool cut_at(struct scenario *scenario, uint64_t at, bool twice)
{
    struct disk disk;
    struct dial dial = {.at = at};
    disk_copy(&disk, &scenario->start);
    disk.dial = &dial;
    bool is_committed = try_commit(&disk, scenario->changes) == PROV_OK;
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++) {
        struct disk crashed;
        disk_copy(&crashed, &disk);
        disk_crash(&crashed, way);
        check_outcome(scenario, &crashed, is_committed);
        if (twice)
            cut_again(scenario, &crashed);
    }
    return dial.hit;
}

static void cut_everywhere(struct scenario *scenario, bool twice)
{
    uint64_t at = 0;
    while (cut_at(scenario, at, twice))
        at++;
    assert_true(at > 8);
}

static void test_store_power_cut_leaves_old_or_new(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(starts); i++) {
        struct scenario scenario;
        starts[i](&scenario);
        cut_everywhere(&scenario, false);
        assert_int_equal(scenario.n_refused, 0);
        assert_int_equal(scenario.n_wrong, 0);
        assert_true(scenario.n_after > 0 && scenario.n_after < scenario.n_outcomes);
        if (starts[i] != start_damaged)
            assert_int_equal(scenario.n_restored, 0);
        if (seal && scenario.was_plain)
            assert_int_equal(scenario.n_plain_after, 0);
    }
}

static void test_store_second_power_cut_during_recovery(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(starts); i++) {
        struct scenario scenario;
        starts[i](&scenario);
        cut_everywhere(&scenario, true);
        assert_int_equal(scenario.n_refused, 0);
        assert_int_equal(scenario.n_wrong, 0);
        assert_true(scenario.n_outcomes > 200);
    }
}

/* On a disk that only says it syncs, the checks above have to notice. */
static void test_store_power_cut_on_a_lying_disk_is_noticed(void **state)
{
    (void)state;
    struct scenario scenario;
    start_empty(&scenario);
    scenario.start.syncs_nothing = true;
    cut_at(&scenario, DIAL_OFF - 1, false);
    assert_true(scenario.n_refused > 0);
    assert_true(scenario.n_wrong > 0);

    start_full(&scenario);
    scenario.start.syncs_nothing = true;
    uint64_t n_operations = scenario.start.n_operations;
    for (uint64_t at = 0; at < n_operations; at++)
        cut_at(&scenario, at, false);
    assert_true(scenario.n_restored > 0);
}

struct broken {
    struct scenario scenario;
    int32_t error;
};

static void check_old_or_new_by_status(const struct broken *broken, prov_store *store,
                                       prov_status status, const struct prov_error *err)
{
    if (status == PROV_OK) {
        assert_true(rows_equal(store, broken->scenario.after));
        return;
    }
    assert_int_equal(status, PROV_E_IO);
    assert_int_equal(err->native, broken->error);
    assert_int_equal(err->origin, PROV_ORIGIN_OS);
    assert_string_equal(err->source, "s");
    assert_true(rows_equal(store, broken->scenario.before));
}

/* A block that cannot be read is damage: the values are those of the backup, and it is reported. */
static bool is_read_error_met_by_backup(const struct broken *broken, const prov_store *store)
{
    struct prov_error why = {.size = sizeof why};
    if (broken->error != EIO || !prov_store_was_restored(store, &why) || why.status != PROV_E_IO)
        return false;
    assert_true(rows_equal(store, ROWS(first_rows)));
    return true;
}

static prov_status use_broken_disk(const struct broken *broken, struct disk *disk)
{
    prov_store *store = NULL;
    struct prov_error err = {.size = sizeof err};
    prov_status status = open_store(&store, disk, &err);
    if (status != PROV_OK) {
        assert_null(store);
        assert_int_equal(status, PROV_E_IO);
        assert_int_equal(err.native, broken->error);
    } else if (is_read_error_met_by_backup(broken, store)) {
        status = PROV_E_IO;
    } else {
        status = rows_commit(store, broken->scenario.changes, &err);
        check_old_or_new_by_status(broken, store, status, &err);
    }
    prov_store_close(store);
    disk_assert_closed(disk);
    return status;
}

static void commit_on_broken_disk(void *ctx, struct dial *dial)
{
    struct broken *broken = ctx;
    struct disk disk;
    disk_copy(&disk, &broken->scenario.start);
    disk.dial = dial;
    disk.error = broken->error;
    prov_status status = use_broken_disk(broken, &disk);

    disk.dial = NULL;
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, &disk, NULL), PROV_OK);
    bool is_new = rows_equal(store, broken->scenario.after);
    bool has_undo = !seal || !broken->scenario.is_plain; /* no plain file is kept for it */
    if (has_undo && !dial->sticky)                       /* undoing worked as well */
        assert_int_equal(is_new, status == PROV_OK);
    assert_true(is_new || rows_equal(store, broken->scenario.before));
    prov_store_close(store);
}

static void test_store_errors_leave_the_old_state(void **state)
{
    (void)state;
    static const int32_t errors[] = {ENOSPC, EIO, EROFS, EINTR};
    for (size_t i = 0; i < PROVI_LEN(errors); i++) {
        for (size_t k = 0; k < PROVI_LEN(starts); k++) {
            struct broken broken = {.error = errors[i]};
            starts[k](&broken.scenario);
            assert_true(dial_run("broken disk", commit_on_broken_disk, &broken) > 8);
        }
    }
}

/* The last step fails, and so does undoing it: the next commit must not think the file is old. */
static void test_store_writes_again_when_unsure_of_the_file(void **state)
{
    (void)state;
    struct scenario scenario;
    start_full(&scenario);
    for (uint64_t at = 0;; at++) {
        struct disk disk;
        struct dial dial = {.at = at, .sticky = true};
        disk_copy(&disk, &scenario.start);
        prov_store *store = NULL;
        assert_int_equal(open_store(&store, &disk, NULL), PROV_OK);
        disk.dial = &dial;
        disk.error = EIO;
        rows_commit(store, scenario.changes, NULL);
        disk.dial = NULL;
        assert_int_equal(rows_commit(store, scenario.before, NULL), PROV_OK);
        prov_store_close(store);
        assert_int_equal(open_store(&store, &disk, NULL), PROV_OK);
        if (dial.hit)
            assert_true(rows_equal(store, scenario.before));
        prov_store_close(store);
        if (!dial.hit)
            break;
    }
}

static void test_store_without_copy_keeps_no_backup(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    disk.files.copy = NULL;
    must_commit(&disk, ROWS(first_rows));
    must_commit(&disk, ROWS(old_changes));
    assert_null(disk_content_of(&disk, "s.bak"));
    disk_put(&disk, "s", "x", 1);
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, &disk, NULL), PROV_E_CORRUPT);
}

/* Replacing cannot be undone: the next commit writes although it brings the same values. */
static void test_store_without_copy_writes_again_when_unsure(void **state)
{
    (void)state;
    struct disk disk;
    struct prov_error err = {.size = sizeof err};
    disk_init(&disk);
    disk.files.copy = NULL;
    must_commit(&disk, ROWS(first_rows));
    bool was_unsure = false;
    for (uint64_t at = 0;; at++) {
        struct disk copy;
        struct dial dial = {.at = at};
        prov_store *store = NULL;
        disk_copy(&copy, &disk);
        copy.files.copy = NULL;
        assert_int_equal(open_store(&store, &copy, NULL), PROV_OK);
        copy.dial = &dial;
        copy.error = EIO;
        prov_status status = rows_commit(store, ROWS(old_changes), &err);
        copy.dial = NULL;
        uint64_t n_writes = copy.n_writes;
        assert_int_equal(rows_commit(store, ROWS(first_rows), NULL), PROV_OK);
        bool is_unsure = status != PROV_OK && copy.n_writes > n_writes;
        was_unsure |= is_unsure;
        char message[sizeof err.message];
        snprintf(message, sizeof message, "cannot sync the folder: %s", strerror(EIO));
        if (is_unsure)
            assert_string_equal(err.message, message);
        prov_store_close(store);
        assert_int_equal(open_store(&store, &copy, NULL), PROV_OK);
        assert_int_equal(prov_store_n_params(store), status == PROV_OK ? 3 : 2);
        prov_store_close(store);
        if (!dial.hit)
            break;
    }
    assert_true(was_unsure);
}

/* A host's files may have numbers of their own. */
static void test_store_tells_an_error_without_a_text(void **state)
{
    (void)state;
    struct disk disk;
    struct dial dial = {.at = 0};
    struct prov_error err = {.size = sizeof err};
    prov_store *store = NULL;
    disk_init(&disk);
    disk.dial = &dial;
    disk.error = 99999;
    assert_int_equal(open_store(&store, &disk, &err), PROV_E_IO);
    assert_int_equal(err.native, 99999);
    assert_int_equal(strncmp(err.message, "cannot lock the store: ", 23), 0);
    assert_true(strlen(err.message) > 23);
}

/* NULL is a lock as good as another. */
static int32_t refuse_lock(void *ctx, const char *path, void **lock)
{
    struct disk *disk = ctx;
    assert_string_equal(path, "s.lock");
    *lock = disk->error ? disk : NULL;
    disk->is_locked = disk->error == 0;
    return disk->error;
}

static void unlock(void *ctx, void *lock)
{
    struct disk *disk = ctx;
    assert_true(disk->is_locked && !lock);
    disk->is_locked = false;
}

static void test_store_opens_where_no_lock_can_be_written(void **state)
{
    (void)state;
    static const struct {
        int32_t error;
        prov_status status;
    } rows[] = {
        {EROFS, PROV_OK}, {ENOSPC, PROV_OK},          {EDQUOT, PROV_OK},
        {0, PROV_OK},     {EWOULDBLOCK, PROV_E_BUSY}, {EACCES, PROV_E_IO},
    };
    struct disk disk;
    disk_init(&disk);
    must_commit(&disk, ROWS(first_rows));
    disk.files.lock = refuse_lock;
    disk.files.unlock = unlock;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        prov_store *store = NULL;
        disk.error = rows[i].error;
        assert_int_equal(open_store(&store, &disk, NULL), rows[i].status);
        if (store)
            assert_true(rows_equal(store, ROWS(first_rows)));
        prov_store_close(store);
        disk_assert_closed(&disk);
    }
}

static char synced_folder[16];

static int32_t note_folder(void *ctx, const char *folder)
{
    (void)ctx;
    snprintf(synced_folder, sizeof synced_folder, "%s", folder);
    return 0;
}

static void test_store_syncs_the_folder_of_its_file(void **state)
{
    (void)state;
    static const char *const paths[][2] = {{"/s", "/"}, {"d/e/s", "d/e"}, {"/d/s", "/d"}};
    for (size_t i = 0; i < PROVI_LEN(paths); i++) {
        struct disk disk;
        disk_init(&disk);
        disk.files.sync_folder = note_folder;
        const struct prov_store_options opt = {
            .size = sizeof opt, .path = paths[i][0], .files = &disk.files};
        prov_store *store = NULL;
        assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
        assert_int_equal(rows_commit(store, ROWS(first_rows), NULL), PROV_OK);
        assert_string_equal(synced_folder, paths[i][1]);
        prov_store_close(store);
    }
}

static void test_store_goes_without_lock_and_sync_of_the_folder(void **state)
{
    (void)state;
    struct disk disk;
    struct prov_error err = {.size = sizeof err};
    prov_store *store = NULL;
    disk_init(&disk);
    disk.files.sync_folder = NULL;
    disk.files.lock = NULL;
    assert_int_equal(open_store(&store, &disk, &err), PROV_E_INVALID);
    assert_string_equal(err.message,
                        "invalid argument: files.lock and files.unlock are required together");
    disk.files.unlock = NULL;
    must_commit(&disk, ROWS(first_rows));
    must_commit(&disk, ROWS(old_changes));
    assert_int_equal(open_store(&store, &disk, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(old_rows)));
    prov_store_close(store);
    assert_non_null(disk_content_of(&disk, "s.bak"));
}

static void commit_with_short_memory(void *ctx, struct dial *dial)
{
    const struct scenario *scenario = ctx;
    struct disk disk;
    struct fault_alloc memory;
    disk_copy(&disk, &scenario->start);
    fault_alloc_init(&memory, dial);
    memory.secret = "longer value";
    memory.secret_len = strlen(memory.secret);
    struct prov_store_options opt = {
        .size = sizeof opt,
        .path = "s",
        .files = &disk.files,
        .seal = seal,
        .alloc = &memory.alloc,
    };
    prov_store *store = NULL;
    prov_status status = prov_store_open(&store, &opt, NULL);
    if (status == PROV_OK) {
        status = rows_commit(store, scenario->changes, NULL);
        assert_true(rows_equal(store, status == PROV_OK ? scenario->after : scenario->before));
    }
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    prov_store_close(store);
    fault_alloc_assert_empty(&memory);
    disk_assert_closed(&disk);

    assert_int_equal(open_store(&store, &disk, NULL), PROV_OK);
    assert_true(rows_equal(store, status == PROV_OK ? scenario->after : scenario->before));
    prov_store_close(store);
}

static void test_store_out_of_memory_leaves_the_old_state(void **state)
{
    (void)state;
    struct scenario scenario;
    for (size_t i = 0; i < PROVI_LEN(starts); i++) {
        starts[i](&scenario);
        assert_true(dial_run("store memory", commit_with_short_memory, &scenario) > 8);
    }
}

static bool is_damage(prov_status status)
{
    return status == PROV_E_CORRUPT || status == PROV_E_TRUNCATED || (seal && status == PROV_E_KEY);
}

/* The file as it was, or the backup, with the reason reported; without a backup, the reason. */
static void check_damaged(const struct disk *damaged, bool has_backup)
{
    struct disk disk;
    struct prov_error err = {.size = sizeof err};
    disk_copy(&disk, damaged);
    prov_store *store = NULL;
    prov_status status = open_store(&store, &disk, &err);
    if (status != PROV_OK) {
        assert_false(has_backup);
        assert_true(is_damage(status));
        assert_string_equal(err.source, "s");
        return;
    }
    if (prov_store_was_restored(store, &err)) {
        assert_true(has_backup);
        assert_true(is_damage(err.status));
        assert_string_equal(err.source, "s");
        assert_true(rows_equal(store, ROWS(first_rows)));
    } else {
        assert_true(rows_equal(store, ROWS(old_rows)));
    }
    prov_store_close(store);
}

static void check_damaged_both_ways(struct disk *damaged)
{
    check_damaged(damaged, true);
    struct disk_content *backup = disk_content_of(damaged, "s.bak");
    size_t len = backup->len;
    backup->len = len / 2;
    check_damaged(damaged, false);
    backup->len = len;
}

static void test_store_file_cut_anywhere(void **state)
{
    (void)state;
    struct scenario scenario;
    start_full(&scenario);
    struct disk_content *content = disk_content_of(&scenario.start, "s");
    while (content->len > 0) {
        content->len--;
        check_damaged_both_ways(&scenario.start);
    }
}

static void test_store_file_with_any_byte_changed(void **state)
{
    (void)state;
    static const uint8_t flips[] = {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xff};
    struct scenario scenario;
    start_full(&scenario);
    struct disk_content *content = disk_content_of(&scenario.start, "s");
    for (size_t at = 0; at < content->len; at++) {
        for (size_t i = 0; i < PROVI_LEN(flips); i += seal ? 4 : 1) {
            content->bytes[at] ^= flips[i];
            check_damaged_both_ways(&scenario.start);
            content->bytes[at] ^= flips[i];
        }
    }
}

static void test_store_commit_mends_a_damaged_file(void **state)
{
    (void)state;
    struct scenario scenario;
    start_damaged(&scenario);
    struct disk *disk = &scenario.start;
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, disk, NULL), PROV_OK);
    assert_true(prov_store_was_restored(store, NULL));
    assert_true(rows_equal(store, ROWS(first_rows)));
    assert_int_equal(rows_commit(store, nothing, NULL), PROV_OK);
    assert_true(prov_store_was_restored(store, NULL));
    prov_store_close(store);

    const struct disk_content *kept = disk_content_of(disk, "s.damaged");
    assert_non_null(kept);
    assert_int_equal(kept->len, 9);
    assert_int_equal(open_store(&store, disk, NULL), PROV_OK);
    assert_false(prov_store_was_restored(store, NULL));
    assert_true(rows_equal(store, ROWS(first_rows)));
    prov_store_close(store);
}

static void test_store_a_removed_file_is_an_empty_store(void **state)
{
    (void)state;
    struct scenario scenario;
    start_full(&scenario);
    struct disk *disk = &scenario.start;
    assert_int_equal(disk->files.remove(disk, "s"), 0);
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, disk, NULL), PROV_OK);
    assert_int_equal(prov_store_n_params(store), 0);
    assert_int_equal(rows_commit(store, ROWS(last_rows), NULL), PROV_OK);
    prov_store_close(store);
    assert_null(disk_content_of(disk, "s.bak")); /* removed values do not come back */
}

static void test_store_commit_that_changes_nothing_writes_nothing(void **state)
{
    (void)state;
    struct scenario scenario;
    start_full(&scenario);
    struct disk *disk = &scenario.start;
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, disk, NULL), PROV_OK);
    disk->n_writes = 0;
    assert_int_equal(rows_commit(store, ROWS(old_rows), NULL), PROV_OK);
    assert_int_equal(rows_commit(store, nothing, NULL), PROV_OK);
    static const struct row unset[] = {{"GPP_X", NULL, PROV_ACCESS_DEFAULT}};
    assert_int_equal(rows_commit(store, ROWS(unset), NULL), PROV_OK);
    assert_int_equal(disk->n_writes, 0);
    assert_int_equal(rows_commit(store, ROWS(new_changes), NULL), PROV_OK);
    assert_true(disk->n_writes > 0);
    prov_store_close(store);
}

/* Files of a host that says it read more than there was room for. */
static int32_t (*real_read)(void *, void *, void *, size_t, size_t *);

static int32_t read_too_much(void *ctx, void *file, void *buf, size_t cap, size_t *len)
{
    int32_t error = real_read(ctx, file, buf, cap, len);
    *len = cap + 1;
    return error;
}

static void test_store_refuses_more_than_it_asked_for(void **state)
{
    (void)state;
    struct disk disk;
    prov_store *store = NULL;
    struct prov_error err = {0};
    disk_init(&disk);
    must_commit(&disk, ROWS(first_rows));
    real_read = disk.files.read;
    disk.files.read = read_too_much;
    assert_int_equal(open_store(&store, &disk, &err), PROV_E_IO);
    assert_null(store);
    disk_assert_closed(&disk);
}

#define SEALED(test) cmocka_unit_test_setup_teardown(test, seal_files, leave_files_plain)

int main(void)
{
    const struct CMUnitTest tests[] = {
        SEALED(test_store_power_cut_leaves_old_or_new),
        SEALED(test_store_second_power_cut_during_recovery),
        SEALED(test_store_errors_leave_the_old_state),
        SEALED(test_store_writes_again_when_unsure_of_the_file),
        SEALED(test_store_out_of_memory_leaves_the_old_state),
        SEALED(test_store_file_cut_anywhere),
        SEALED(test_store_file_with_any_byte_changed),
        SEALED(test_store_without_copy_keeps_no_backup),
        SEALED(test_store_without_copy_writes_again_when_unsure),
        SEALED(test_store_a_removed_file_is_an_empty_store),
        SEALED(test_store_commit_that_changes_nothing_writes_nothing),
        cmocka_unit_test(test_store_power_cut_leaves_old_or_new),
        cmocka_unit_test(test_store_second_power_cut_during_recovery),
        cmocka_unit_test(test_store_power_cut_on_a_lying_disk_is_noticed),
        cmocka_unit_test(test_store_errors_leave_the_old_state),
        cmocka_unit_test(test_store_writes_again_when_unsure_of_the_file),
        cmocka_unit_test(test_store_without_copy_keeps_no_backup),
        cmocka_unit_test(test_store_without_copy_writes_again_when_unsure),
        cmocka_unit_test(test_store_tells_an_error_without_a_text),
        cmocka_unit_test(test_store_goes_without_lock_and_sync_of_the_folder),
        cmocka_unit_test(test_store_opens_where_no_lock_can_be_written),
        cmocka_unit_test(test_store_syncs_the_folder_of_its_file),
        cmocka_unit_test(test_store_out_of_memory_leaves_the_old_state),
        cmocka_unit_test(test_store_file_cut_anywhere),
        cmocka_unit_test(test_store_file_with_any_byte_changed),
        cmocka_unit_test(test_store_commit_mends_a_damaged_file),
        cmocka_unit_test(test_store_a_removed_file_is_an_empty_store),
        cmocka_unit_test(test_store_refuses_more_than_it_asked_for),
        cmocka_unit_test(test_store_commit_that_changes_nothing_writes_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
