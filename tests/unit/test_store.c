/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* The store in memory and in a real file. Faults and power cuts: test_store_power.c; refused calls:
 * test_refusals.c. */
#include <provision/store.h>

#include <setjmp.h>
#include <errno.h>
#include <limits.h>
#include <stdarg.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "dials.h"
#include "rows.h"

static const char secret[] = "s3cr3t-pass";

static prov_store *open_memory(void)
{
    prov_store *store = NULL;
    assert_int_equal(prov_store_open(&store, NULL, NULL), PROV_OK);
    return store;
}

static void assert_value(const prov_store *store, const char *name, const char *value)
{
    char buf[256];
    size_t len = 0;
    assert_int_equal(prov_store_get(store, prov_str_from(name), buf, sizeof buf, &len), PROV_OK);
    assert_string_equal(buf, value);
    assert_int_equal(len, strlen(value));
}

static prov_status set(prov_store *store, const char *name, const char *value, uint8_t access,
                       struct prov_error *err)
{
    struct row row = {name, value, access};
    struct prov_param param = row_param(&row);
    return prov_store_set(store, &param, err);
}

static void test_store_shows_committed_values_only(void **state)
{
    (void)state;
    prov_store *store = open_memory();
    size_t len = 99;
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(set(store, "GPP_A", "1", 0, NULL), PROV_OK);
    assert_int_equal(prov_store_get(store, PROVI_LIT("GPP_A"), NULL, 0, &len), PROV_E_NOT_FOUND);
    assert_int_equal(len, 0);
    prov_store_rollback(store);
    assert_int_equal(prov_store_n_params(store), 0);

    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(set(store, "GPP_A", "2", 0, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    assert_value(store, "GPP_A", "2");
    assert_int_equal(prov_store_get(store, PROVI_LIT("GPP_A"), NULL, 0, &len), PROV_E_LIMIT);
    assert_int_equal(len, 1);
    assert_false(prov_store_was_restored(store, NULL));
    prov_store_close(store);
}

static void test_store_keeps_order_value_and_access_apart(void **state)
{
    (void)state;
    static const struct row first[] = {
        {"B", "1", 0}, {"A", "2", PROV_ACCESS_READ}, {"C", NULL, PROV_ACCESS_NONE}};
    static const struct row second[] = {{"D", "4", 0},
                                        {"A", NULL, PROV_ACCESS_DEFAULT},
                                        {"C", "3", 0},
                                        {"B", "", PROV_ACCESS_WRITE},
                                        {"E", NULL, PROV_ACCESS_KEEP}};
    static const struct row expected[] = {
        {"B", "", PROV_ACCESS_WRITE}, {"A", "2", 0}, {"C", "3", PROV_ACCESS_NONE}, {"D", "4", 0}};
    static const struct row third[] = {{"C", "x", PROV_ACCESS_DEFAULT}, {"C", "3", 0}};
    prov_store *store = open_memory();
    assert_int_equal(rows_commit(store, ROWS(first), NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(first)));
    assert_int_equal(rows_commit(store, ROWS(second), NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(expected)));
    assert_int_equal(rows_commit(store, ROWS(third), NULL), PROV_OK);
    struct prov_param param = {.size = sizeof param};
    assert_int_equal(prov_store_param(store, 2, &param), PROV_OK);
    assert_true(provi_str_is(param.value, "3"));
    assert_int_equal(param.access, PROV_ACCESS_KEEP);
    prov_store_close(store);
}

/* An entry whose last word was taken back is gone. */
static void test_store_forgets_what_says_nothing(void **state)
{
    (void)state;
    static const struct row on[] = {{"A", NULL, PROV_ACCESS_READ}};
    static const struct row off[] = {{"A", NULL, PROV_ACCESS_DEFAULT}};
    prov_store *store = open_memory();
    assert_int_equal(rows_commit(store, ROWS(on), NULL), PROV_OK);
    assert_int_equal(prov_store_n_params(store), 1);
    assert_int_equal(rows_commit(store, ROWS(off), NULL), PROV_OK);
    assert_int_equal(prov_store_n_params(store), 0);
    prov_store_close(store);
}

static void test_store_refuses_what_a_file_cannot_carry(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        const char *value;
        uint8_t access;
        prov_status status;
        const char *found; /* what a value at fault has, and where */
        uint64_t offset;
    } rows[] = {
        {"", "v", 0, PROV_E_INVALID, "no XML name of up to 256 bytes, or flat-profile", 0},
        {"two words", "v", 0, PROV_E_INVALID, "no XML name", 0},
        {"flat-profile", "v", 0, PROV_E_INVALID, "no XML name", 0},
        {"A", " leading", 0, PROV_E_VALUE, "found a blank after 0 bytes", 0},
        {"A", "trailing\t", 0, PROV_E_VALUE, "found a blank after 8 bytes", 8},
        {"A", "  ", 0, PROV_E_VALUE, "found a blank after 0 bytes", 0},
        {"A", "two\nlines", 0, PROV_E_VALUE, "found another character after 3 bytes", 3},
        {"A", "two\rlines ", 0, PROV_E_VALUE, "found another character after 3 bytes", 3},
        {"A", "control \x01", 0, PROV_E_VALUE, "found another character after 8 bytes", 8},
        {"A", "\xc3\xa9\xc3", 0, PROV_E_VALUE, "found another character after 2 bytes", 2},
        {"A", "a\xef\xbf\xbf", 0, PROV_E_VALUE, "found another character after 1 bytes", 1},
        {"A", "v", PROV_ACCESS_DEFAULT + 1, PROV_E_INVALID, NULL, 0},
        {"A_name_of_more_than_32_bytes_is_long", "v", 0, PROV_E_LIMIT, NULL, 0},
        {"A", "a value of more than thirty-two bytes is too long", 0, PROV_E_LIMIT, NULL, 0},
        {"A", "tab\tinside, & < > ' \" \xc3\xa9", 0, PROV_OK, NULL, 0},
        {"A", "", 0, PROV_OK, NULL, 0},
    };
    struct prov_limits limits = {
        .size = sizeof limits, .max_name_bytes = 32, .max_value_bytes = 32};
    struct prov_store_options opt = {.size = sizeof opt, .limits = &limits};
    prov_store *store = NULL;
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct prov_error err = {.size = sizeof err};
        assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
        assert_int_equal(set(store, "B", "before", 0, NULL), PROV_OK);
        assert_int_equal(set(store, rows[i].name, rows[i].value, rows[i].access, &err),
                         rows[i].status);
        assert_int_equal(err.status, rows[i].status);
        if (rows[i].found)
            assert_non_null(strstr(err.message, rows[i].found));
        assert_string_equal(err.subject, rows[i].status == PROV_OK ? "" : rows[i].name);
        assert_int_equal(err.offset, rows[i].offset);
        assert_int_equal(set(store, "C", "after", 0, NULL), PROV_OK);
        assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
        if (rows[i].status == PROV_OK)
            assert_value(store, rows[i].name, rows[i].value);
        else
            assert_int_equal(prov_store_n_params(store), 2);
    }
    prov_store_close(store);
}

static void test_store_answers_misuse(void **state)
{
    (void)state;
    prov_store *store = open_memory();
    struct prov_param param = {.size = sizeof param, .name = PROVI_LIT("A")};
    char buf[8];
    size_t len;
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_store_get(store, param.name, buf, sizeof buf, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_get(store, param.name, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_store_get(NULL, param.name, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_store_param(store, 0, &param), PROV_E_NOT_FOUND);
    assert_int_equal(prov_store_param(store, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_param(NULL, 0, &param), PROV_E_INVALID);
    const prov_str no_text = {NULL, 3};
    assert_int_equal(prov_store_get(store, no_text, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_int_equal(prov_store_find(NULL, param.name, 0, &param), PROV_E_INVALID);
    assert_int_equal(prov_store_find(store, no_text, 0, &param), PROV_E_INVALID);
    assert_int_equal(prov_store_access(NULL, param.name), PROV_ACCESS_KEEP);
    assert_int_equal(prov_store_access(store, no_text), PROV_ACCESS_KEEP);
    assert_int_equal(prov_store_generation(NULL), 0);
    assert_int_equal(prov_store_load_record(NULL, param.name, buf, sizeof buf, &len),
                     PROV_E_INVALID);
    assert_int_equal(prov_store_load_record(store, param.name, buf, sizeof buf, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_store_load_record(store, param.name, NULL, 1, &len), PROV_E_INVALID);
    assert_int_equal(prov_store_load_record(store, no_text, buf, sizeof buf, &len), PROV_E_INVALID);
    assert_false(prov_store_was_restored(NULL, NULL));
    assert_int_equal(prov_store_n_params(NULL), 0);
    prov_store_rollback(NULL);
    prov_store_close(NULL);
    prov_store_close(store); /* with the transaction open */

    struct prov_files files = {.size = sizeof files};
    struct prov_store_options holes = {.size = sizeof holes, .path = "s", .files = &files};
    assert_int_equal(prov_store_open(&store, &holes, NULL), PROV_E_INVALID);
    assert_null(store);
}

static void test_store_takes_structs_of_other_releases(void **state)
{
    (void)state;
    struct {
        struct prov_param param;
        uint64_t unknown;
    } future = {{.name = PROVI_LIT("A"), .value = PROVI_LIT("1"), .has_value = 1}, 0};
    future.param.size = sizeof future;
    prov_store *store = open_memory();
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_store_set(store, &future.param, NULL), PROV_OK);
    future.unknown = 7;
    assert_int_equal(prov_store_set(store, &future.param, NULL), PROV_E_ABI);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    assert_int_equal(prov_store_param(store, 0, &future.param), PROV_OK);
    assert_int_equal(future.param.size, sizeof future);
    assert_int_equal(future.unknown, 0);
    prov_store_close(store);
}

static void test_store_bind_fills_the_storage_part(void **state)
{
    (void)state;
    prov_store *store = open_memory();
    int device;
    struct prov_host host = {.size = sizeof host, .ctx = &device};
    struct prov_host unsized = {0};
    struct prov_error errors[3] = {{0}, {0}, {0}};
    assert_int_equal(prov_store_bind(store, &unsized, &errors[0]), PROV_E_ABI);
    assert_string_equal(errors[0].message, "expected size to be sizeof the struct, found 0");
    assert_int_equal(prov_store_bind(store, NULL, &errors[1]), PROV_E_INVALID);
    assert_string_equal(errors[1].message, "invalid argument: store or host is NULL");
    assert_int_equal(prov_store_bind(NULL, &host, &errors[2]), PROV_E_INVALID);
    assert_string_equal(errors[2].message, "invalid argument: store or host is NULL");
    unsized.size = SIZE_MAX;
    assert_int_equal(prov_store_bind(store, &unsized, NULL), PROV_E_ABI);
    assert_null(unsized.find);
    assert_int_equal(prov_store_bind(store, &host, NULL), PROV_OK);
    assert_ptr_equal(host.ctx, &device);
    assert_null(host.mono_ms);

    struct row row = {"GPP_A", "1", 0};
    struct prov_param param = row_param(&row);
    struct prov_param found = {.size = sizeof found};
    assert_int_equal(host.stores_access, 1);
    assert_int_equal(host.user_wins, 0);
    assert_int_equal(host.txn_begin(host.store_ctx, NULL), PROV_OK);
    assert_int_equal(host.txn_set(host.store_ctx, &param, NULL), PROV_OK);
    host.txn_rollback(host.store_ctx);
    assert_int_equal(host.find(host.store_ctx, param.name, PROV_LAYER_ANY, &found),
                     PROV_E_NOT_FOUND);
    assert_int_equal(host.txn_begin(host.store_ctx, NULL), PROV_OK);
    assert_int_equal(host.txn_set(host.store_ctx, &param, NULL), PROV_OK);
    assert_int_equal(host.txn_commit(host.store_ctx, NULL), PROV_OK);
    assert_int_equal(host.find(host.store_ctx, param.name, PROV_LAYER_ANY, &found), PROV_OK);
    assert_true(provi_str_is(found.value, "1"));
    prov_store_close(store);
}

struct folder {
    char path[64];
    char store[96];
};

static int make_folder(void **state)
{
    struct folder *folder = calloc(1, sizeof *folder);
    strcpy(folder->path, "/tmp/prov-store-XXXXXX");
    if (!mkdtemp(folder->path))
        return -1;
    snprintf(folder->store, sizeof folder->store, "%s/store.xml", folder->path);
    *state = folder;
    return 0;
}

static int remove_folder(void **state)
{
    static const char *const suffixes[] = {"", ".new", ".bak", ".lock", ".damaged"};
    struct folder *folder = *state;
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", folder->store, suffixes[i]);
        unlink(path);
    }
    int result = rmdir(folder->path); /* fails if anything else was left there */
    free(folder);
    return result;
}

static prov_status open_path(prov_store **store, const char *path, struct prov_error *err)
{
    struct prov_store_options opt = {.size = sizeof opt, .path = path};
    return prov_store_open(store, &opt, err);
}

static prov_store *open_file(const struct folder *folder)
{
    prov_store *store = NULL;
    assert_int_equal(open_path(&store, folder->store, NULL), PROV_OK);
    return store;
}

static void write_text(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_true(fputs(text, file) >= 0);
    assert_int_equal(fclose(file), 0);
}

static void assert_text(const char *path, const char *expected)
{
    char text[1024];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    text[fread(text, 1, sizeof text - 1, file)] = '\0';
    fclose(file);
    assert_string_equal(text, expected);
}

static void test_store_file_can_be_read_by_a_person(void **state)
{
    const struct folder *folder = *state;
    static const struct row rows[] = {{"Profile_Rule", "tftp://10.0.0.1/$MA.cfg?a=1&b=2", 0},
                                      {"GPP_B", NULL, PROV_ACCESS_WRITE},
                                      {"GPP_C", "", PROV_ACCESS_NONE}};
    prov_store *store = open_file(folder);
    assert_int_equal(rows_commit(store, ROWS(rows), NULL), PROV_OK);
    prov_store_close(store);
    /* The checksum is what zlib.crc32() of Python says of the lines before. */
    assert_text(folder->store, "<flat-profile>\n"
                               "<Profile_Rule>tftp://10.0.0.1/$MA.cfg?a=1&amp;b=2</Profile_Rule>\n"
                               "<GPP_B ua=\"rw\"/>\n"
                               "<GPP_C ua=\"na\"></GPP_C>\n"
                               "</flat-profile>\n"
                               "<!-- crc32 8eb70bde, delete this line after editing by hand -->\n");
    store = open_file(folder);
    assert_true(rows_equal(store, ROWS(rows)));
    prov_store_close(store);
}

static void test_store_file_is_for_its_owner_only(void **state)
{
    const struct folder *folder = *state;
    static const struct row rows[] = {{"GPP_SA", secret, 0}};
    mode_t umask_before = umask(0);
    write_text(folder->store, "<flat-profile></flat-profile>");
    prov_store *store = open_file(folder);
    assert_int_equal(rows_commit(store, ROWS(rows), NULL), PROV_OK);
    prov_store_close(store);
    umask(umask_before);
    struct stat info;
    assert_int_equal(stat(folder->store, &info), 0);
    assert_int_equal(info.st_mode & 07777, 0600);
}

static void test_store_open_twice_is_busy(void **state)
{
    const struct folder *folder = *state;
    prov_store *store = open_file(folder);
    prov_store *second = NULL;
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(open_path(&second, folder->store, &err), PROV_E_BUSY);
    assert_null(second);
    assert_string_equal(err.source, folder->store);
    assert_true(err.flags & PROV_ERROR_RETRYABLE);
    prov_store_close(store);
    store = open_file(folder);
    prov_store_close(store);
}

static void test_store_file_edited_by_hand(void **state)
{
    const struct folder *folder = *state;
    static const struct {
        const char *text;
        prov_status status;
        const char *value; /* of GPP_A, or the message */
    } rows[] = {
        {"<flat-profile><GPP_A>1</GPP_A></flat-profile>", PROV_OK, "1"},
        {"<?xml version=\"1.0\"?>\n<!-- by hand -->\n<flat-profile>\n  <GPP_A ua=\"rw\">\n    1 "
         "&amp; 2"
         "\n  </GPP_A>\n</flat-profile>\n<!-- the end -->\n",
         PROV_OK, "1 & 2"},
        {"<flat-profile><GPP_A>1</GPP_A><GPP_A>2</GPP_A></flat-profile>", PROV_OK, "2"},
        {"<flat-profile/>", PROV_OK, NULL},
        {"<flat-profile><GPP_A>1</GPP_A></flat-profile>\n"
         "<!-- crc32 12345678, delete this line after editing by hand -->\n",
         PROV_E_CORRUPT, "the checksum in the last line does not fit the file"},
        {"<flat-profile><GPP_A>1</GPP_A>", PROV_E_TRUNCATED, NULL},
        {"", PROV_E_TRUNCATED, "the file is empty"},
        {"\n \n", PROV_E_CORRUPT, NULL},
        {"GPP_A=1\n", PROV_E_CORRUPT, NULL},
        {"<settings/>", PROV_E_CORRUPT, "no <flat-profile>: the root element is <settings>"},
        {"<settings><GPP_A>1</GPP_A></settings>", PROV_E_CORRUPT, NULL},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        prov_store *store = NULL;
        struct prov_error err = {.size = sizeof err};
        write_text(folder->store, rows[i].text);
        assert_int_equal(open_path(&store, folder->store, &err), rows[i].status);
        assert_int_equal(err.status, rows[i].status);
        if (rows[i].value && store) {
            struct prov_param param = {.size = sizeof param};
            assert_value(store, "GPP_A", rows[i].value);
            assert_int_equal(prov_store_param(store, 0, &param), PROV_OK);
            assert_true(param.line == 0 && !param.info && !param.source);
            assert_int_equal(param.access, i == 1 ? PROV_ACCESS_WRITE : PROV_ACCESS_KEEP);
        } else if (rows[i].value) {
            assert_string_equal(err.message, rows[i].value);
        }
        prov_store_close(store);
    }
}

/* What could not be written again is not read, and not taken. */
static void test_store_takes_names_that_can_be_written(void **state)
{
    const struct folder *folder = *state;
    static const struct {
        int name_len;
        prov_status status;
    } rows[] = {{256, PROV_OK}, {257, PROV_E_LIMIT}};
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        char name[300] = "", text[400];
        memset(name, 'N', (size_t)rows[i].name_len);
        snprintf(text, sizeof text, "<flat-profile><%s ua=\"rw\"/></flat-profile>", name);
        prov_store *store = NULL;
        write_text(folder->store, text);
        assert_int_equal(open_path(&store, folder->store, NULL), rows[i].status);
        prov_store_close(store);

        const struct prov_limits limits = {.size = sizeof limits, .max_name_bytes = 1000};
        const struct prov_store_options opt = {.size = sizeof opt, .limits = &limits};
        assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
        assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
        assert_int_equal(set(store, name, "v", 0, NULL),
                         rows[i].status == PROV_OK ? PROV_OK : PROV_E_INVALID);
        assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
        prov_store_close(store);
    }
}

/* A name in the folder. */
static const char *in(const struct folder *folder, const char *name)
{
    static char paths[8][128];
    static size_t next;
    char *path = paths[next++ % PROVI_LEN(paths)];
    snprintf(path, sizeof paths[0], "%s/%s", folder->path, name);
    return path;
}

static bool is_link(const char *path)
{
    struct stat info;
    assert_int_equal(lstat(path, &info), 0);
    return S_ISLNK(info.st_mode);
}

/* The link stays one, whether it leads to a file, by other links, or to nothing yet. */
static void test_store_is_the_file_that_a_link_names(void **state)
{
    const struct folder *folder = *state;
    static const struct row rows[] = {{"GPP_A", "1", 0}}, more[] = {{"GPP_B", "2", 0}};
    const char *sub_folder = in(folder, "sub"), *link = in(folder, "link");
    assert_int_equal(mkdir(sub_folder, 0700), 0);
    const char *inner = in(folder, "sub/inner");
    assert_int_equal(symlink("../store.xml", inner), 0);
    assert_int_equal(symlink(inner, link), 0); /* a whole path */

    prov_store *store, *second;
    assert_int_equal(open_path(&store, link, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(rows), NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(more), NULL), PROV_OK);
    assert_true(is_link(link));
    assert_true(is_link(inner));
    assert_int_equal(access(in(folder, "link.lock"), F_OK), -1);
    assert_int_equal(access(in(folder, "store.xml.bak"), F_OK), 0);
    assert_int_equal(open_path(&second, folder->store, NULL), PROV_E_BUSY);
    prov_store_close(store);

    store = open_file(folder);
    assert_value(store, "GPP_A", "1");
    assert_value(store, "GPP_B", "2");
    prov_store_close(store);
    unlink(link);
    unlink(inner);
    rmdir(sub_folder);
}

static void test_store_refuses_links_that_lead_nowhere(void **state)
{
    const struct folder *folder = *state;
    char long_name[PATH_MAX + 16];
    prov_store *store;
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(symlink("loop", in(folder, "loop")), 0);
    assert_int_equal(open_path(&store, in(folder, "loop"), &err), PROV_E_IO);
    assert_int_equal(err.native, ELOOP);
    unlink(in(folder, "loop"));
    assert_int_equal(symlink("store.xml", in(folder, "store.xml.lock")), 0);
    assert_int_equal(open_path(&store, folder->store, &err), PROV_E_IO);
    assert_int_equal(err.native, ELOOP);

    memset(long_name, 'x', PATH_MAX);
    long_name[PATH_MAX] = '\0';
    assert_int_equal(open_path(&store, long_name, &err), PROV_E_IO);
    assert_non_null(strstr(err.message, "open the file"));
    assert_int_equal(err.native, ENAMETOOLONG);
    long_name[4090] = '\0';
    assert_int_equal(symlink(long_name, in(folder, "long")), 0);
    assert_int_equal(open_path(&store, in(folder, "long"), &err), PROV_E_IO);
    assert_int_equal(err.native, ENAMETOOLONG);
    unlink(in(folder, "long"));
    assert_int_equal(open_path(&store, in(folder, "none/store.xml"), &err), PROV_E_IO);
    assert_int_equal(err.native, ENOENT);
}

/* Opened without waiting for the other end, and refused. */
static void test_store_refuses_what_is_no_file(void **state)
{
    const struct folder *folder = *state;
    static const struct {
        const char *path, *message;
    } rows[] = {
        {NULL, "expected a regular file, found a FIFO, a device or a socket"},
        {".", "expected a regular file, found a folder"},
        {".lock", "cannot lock the store: No such device"},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        prov_store *store;
        struct prov_error err = {.size = sizeof err};
        const char *path = folder->store;
        if (i == 0)
            assert_int_equal(mkfifo(folder->store, 0600), 0);
        else if (i == 1)
            assert_int_equal(mkdir(folder->store, 0700), 0);
        else
            assert_int_equal(mkfifo(in(folder, "store.xml.lock"), 0600), 0);
        assert_int_equal(open_path(&store, path, &err), PROV_E_IO);
        assert_string_equal(err.message, rows[i].message);
        assert_string_equal(err.source, folder->store);
        assert_int_equal(err.origin, PROV_ORIGIN_OS);
        assert_int_equal(err.native, i == 1 ? EISDIR : ENODEV);
        unlink(in(folder, "store.xml.lock"));
        unlink(folder->store);
        rmdir(folder->store);
    }
}

/* The former file gets a second name, no copy is written. */
static void test_store_keeps_the_former_file_as_backup(void **state)
{
    const struct folder *folder = *state;
    static const struct row old[] = {{"GPP_A", "old", 0}}, new[] = {{"GPP_A", "new", 0}};
    struct stat before, after;
    prov_store *store = open_file(folder);
    assert_int_equal(rows_commit(store, ROWS(old), NULL), PROV_OK);
    assert_int_equal(access(in(folder, "store.xml.bak"), F_OK), -1);
    assert_int_equal(stat(folder->store, &before), 0);
    assert_int_equal(rows_commit(store, ROWS(new), NULL), PROV_OK);
    prov_store_close(store);
    assert_int_equal(stat(in(folder, "store.xml.bak"), &after), 0);
    assert_int_equal(after.st_ino, before.st_ino);
    assert_int_equal(open_path(&store, in(folder, "store.xml.bak"), NULL), PROV_OK);
    assert_value(store, "GPP_A", "old");
    prov_store_close(store);
    unlink(in(folder, "store.xml.bak.lock"));

    write_text(folder->store, "<flat-profile>");
    store = open_file(folder);
    assert_true(prov_store_was_restored(store, NULL));
    assert_value(store, "GPP_A", "old");
    prov_store_close(store);
}

/* Of a newer release: neither the file nor its backup is touched, nor is an older backup used. */
static void test_store_refuses_a_newer_format_and_leaves_it(void **state)
{
    const struct folder *folder = *state;
    static const char *const texts[] = {
        "<!-- store format 2 -->\n<flat-profile><GPP_A>1</GPP_A></flat-profile>\n",
        "<!-- store format 2 -->\nnot even XML",
        "<!-- store format 99999999999999999999999999 -->\n<flat-profile/>\n",
        "<!-- store format x -->\n<flat-profile/>\n",
        "<!-- store format 0 -->\n<flat-profile/>\n",
    };
    static const char backup[] = "<flat-profile><GPP_A>old</GPP_A></flat-profile>\n";
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        prov_store *store;
        struct prov_error err = {.size = sizeof err};
        write_text(folder->store, texts[i]);
        write_text(in(folder, "store.xml.bak"), backup);
        assert_int_equal(open_path(&store, folder->store, &err), PROV_E_UNSUPPORTED);
        assert_string_equal(err.message,
                            "the file has a format of a newer release, expected format "
                            "1: it is left as it is");
        assert_string_equal(err.source, folder->store);
        assert_text(folder->store, texts[i]);
        assert_text(in(folder, "store.xml.bak"), backup);
    }
    prov_store *store;
    struct prov_error err = {.size = sizeof err};
    write_text(folder->store, "<flat-profile>"); /* damaged, with a newer backup */
    write_text(in(folder, "store.xml.bak"), texts[0]);
    assert_int_equal(open_path(&store, folder->store, &err), PROV_E_UNSUPPORTED);
    assert_string_equal(err.source, in(folder, "store.xml.bak"));
    assert_text(in(folder, "store.xml.bak"), texts[0]);
    write_text(folder->store,
               "<!-- store format 1 -->\n<flat-profile><GPP_A>1</GPP_A></flat-profile>");
    store = open_file(folder);
    assert_value(store, "GPP_A", "1");
    prov_store_close(store);
}

static void test_store_errors_of_a_file_hold_no_secret(void **state)
{
    const struct folder *folder = *state;
    static const char *const texts[] = {
        "<flat-profile><GPP_SA>s3cr3t-pass</GPP_SA>",
        "<flat-profile><GPP_SA>s3cr3t-pass</GPP_SB></flat-profile>",
        "<flat-profile><GPP_SA>s3cr3t-pass&nbsp;</GPP_SA></flat-profile>",
        "<flat-profile><GPP_SA>s3cr3t-pass<</GPP_SA></flat-profile>",
        "<flat-profile><GPP_SA ua=s3cr3t-pass></GPP_SA></flat-profile>",
    };
    struct secrets secrets = {0};
    secrets_plant(&secrets, secret, strlen(secret));
    for (size_t i = 0; i < PROVI_LEN(texts); i++) {
        prov_store *store = NULL;
        struct prov_error err = {.size = sizeof err};
        write_text(folder->store, texts[i]);
        assert_int_not_equal(open_path(&store, folder->store, &err), PROV_OK);
        assert_true(err.message[0] != '\0');
        secrets_assert_clean_error(&secrets, &err);
    }
}

static void test_store_missing_folder_is_told(void **state)
{
    const struct folder *folder = *state;
    char path[128];
    snprintf(path, sizeof path, "%s/none/store.xml", folder->path);
    prov_store *store = NULL;
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(open_path(&store, path, &err), PROV_E_IO);
    assert_int_equal(err.origin, PROV_ORIGIN_OS);
    assert_non_null(strstr(err.message, "No such file"));
}

enum { MANY = 10000 };

static void set_many(prov_store *store)
{
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    for (unsigned i = 0; i < MANY; i++) {
        char name[32];
        char value[64];
        snprintf(name, sizeof name, "Parameter_%u_", i);
        snprintf(value, sizeof value, "value <%u> & some more text", i * 7);
        assert_int_equal(set(store, name, value, i % 4, NULL), PROV_OK);
    }
}

static void test_store_file_with_many_parameters(void **state)
{
    const struct folder *folder = *state;
    prov_store *store = open_file(folder);
    set_many(store);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    prov_store_close(store);

    store = open_file(folder);
    assert_int_equal(prov_store_n_params(store), MANY);
    for (unsigned i = 0; i < MANY; i++) {
        struct prov_param param = {.size = sizeof param};
        char value[64];
        snprintf(value, sizeof value, "value <%u> & some more text", i * 7);
        assert_int_equal(prov_store_param(store, i, &param), PROV_OK);
        assert_true(provi_str_is(param.value, value));
        assert_int_equal(param.access, i % 4);
    }
    assert_value(store, "Parameter_9999_", "value <69993> & some more text");
    prov_store_close(store);
}

/* Written under wide limits, read under narrow ones: a new release of the host has to start. */
static void test_store_file_with_the_largest_value(void **state)
{
    const struct folder *folder = *state;
    enum { LARGEST = 64 * 1024 };
    static char value[LARGEST + 1];
    memset(value, '&', LARGEST);
    const struct row rows[] = {{"GPP_A", value, 0}, {"GPP_B", "2", 0}};
    prov_store *store = open_file(folder);
    assert_int_equal(rows_commit(store, ROWS(rows), NULL), PROV_OK);
    prov_store_close(store);

    struct prov_limits limits = {
        .size = sizeof limits, .max_value_bytes = 16, .max_name_bytes = 4, .max_depth = 1};
    struct prov_store_options opt = {.size = sizeof opt, .path = folder->store, .limits = &limits};
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(rows)));
    prov_store_close(store);
}

static void test_store_file_larger_than_its_ceiling(void **state)
{
    const struct folder *folder = *state;
    struct prov_limits limits = {.size = sizeof limits, .max_store_bytes = 8192};
    struct prov_store_options opt = {.size = sizeof opt, .path = folder->store, .limits = &limits};
    static const struct row small[] = {{"GPP_A", "1", 0}};
    prov_store *store = NULL;
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_int_equal(rows_commit(store, ROWS(small), NULL), PROV_OK);
    set_many(store);
    assert_int_equal(prov_store_commit(store, NULL), PROV_E_LIMIT);
    assert_true(rows_equal(store, ROWS(small)));
    prov_store_close(store);
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    assert_true(rows_equal(store, ROWS(small)));
    prov_store_close(store);

    store = open_file(folder);
    set_many(store);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    prov_store_close(store);
    struct prov_error err = {.size = sizeof err};
    assert_int_equal(prov_store_open(&store, &opt, &err), PROV_E_LIMIT);
    assert_string_equal(err.message, "the file exceeds 8192 bytes");
    assert_string_equal(err.source, folder->store);
}

/* A file system that is full takes part of a write, then refuses: here by the limit on a file. */
static void test_store_short_write_leaves_the_old_file(void **state)
{
    const struct folder *folder = *state;
    static const struct row small[] = {{"GPP_A", "1", 0}};
    prov_store *store = open_file(folder);
    assert_int_equal(rows_commit(store, ROWS(small), NULL), PROV_OK);

    struct rlimit unlimited;
    assert_int_equal(getrlimit(RLIMIT_FSIZE, &unlimited), 0);
    struct rlimit limited = {.rlim_cur = 10000, .rlim_max = unlimited.rlim_max};
    void (*handler)(int) = signal(SIGXFSZ, SIG_IGN);
    assert_int_equal(setrlimit(RLIMIT_FSIZE, &limited), 0);
    struct prov_error err = {.size = sizeof err};
    set_many(store);
    prov_status status = prov_store_commit(store, &err);
    setrlimit(RLIMIT_FSIZE, &unlimited);
    signal(SIGXFSZ, handler);

    assert_int_equal(status, PROV_E_IO);
    assert_int_equal(err.origin, PROV_ORIGIN_OS);
    assert_string_equal(err.source, folder->store);
    assert_true(rows_equal(store, ROWS(small)));
    prov_store_close(store);
    store = open_file(folder);
    assert_true(rows_equal(store, ROWS(small)));
    prov_store_close(store);
}

#define FILE_TEST(test) cmocka_unit_test_setup_teardown(test, make_folder, remove_folder)

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_store_shows_committed_values_only),
        cmocka_unit_test(test_store_keeps_order_value_and_access_apart),
        cmocka_unit_test(test_store_forgets_what_says_nothing),
        cmocka_unit_test(test_store_refuses_what_a_file_cannot_carry),
        cmocka_unit_test(test_store_answers_misuse),
        cmocka_unit_test(test_store_takes_structs_of_other_releases),
        cmocka_unit_test(test_store_bind_fills_the_storage_part),
        FILE_TEST(test_store_file_can_be_read_by_a_person),
        FILE_TEST(test_store_file_is_for_its_owner_only),
        FILE_TEST(test_store_open_twice_is_busy),
        FILE_TEST(test_store_file_edited_by_hand),
        FILE_TEST(test_store_takes_names_that_can_be_written),
        FILE_TEST(test_store_is_the_file_that_a_link_names),
        FILE_TEST(test_store_refuses_links_that_lead_nowhere),
        FILE_TEST(test_store_refuses_what_is_no_file),
        FILE_TEST(test_store_keeps_the_former_file_as_backup),
        FILE_TEST(test_store_refuses_a_newer_format_and_leaves_it),
        FILE_TEST(test_store_errors_of_a_file_hold_no_secret),
        FILE_TEST(test_store_missing_folder_is_told),
        FILE_TEST(test_store_file_with_many_parameters),
        FILE_TEST(test_store_file_with_the_largest_value),
        FILE_TEST(test_store_file_larger_than_its_ceiling),
        FILE_TEST(test_store_short_write_leaves_the_old_file),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
