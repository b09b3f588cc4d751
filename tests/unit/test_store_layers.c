/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Values of the server and of the user, and where each came from. */
#include <provision/store.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/array.h"
#include "base/str.h"
#include "dials.h"
#include "disk.h"
#include "rows.h"
#include "store/trailer.h"

static void set_by_server(prov_store *store, const char *name, const char *value, uint8_t access)
{
    const struct row row[] = {{name, value, access}};
    assert_int_equal(rows_commit(store, ROWS(row), NULL), PROV_OK);
}

static prov_status set_by_user(prov_store *store, const char *name, const char *value)
{
    return prov_store_set_user(store, prov_str_from(name), prov_str_from(value), 0, NULL);
}

static void assert_value(const prov_store *store, const char *name, const char *expected)
{
    char value[64];
    size_t len;
    prov_status status = prov_store_get(store, prov_str_from(name), value, sizeof value, &len);
    assert_int_equal(status, expected ? PROV_OK : PROV_E_NOT_FOUND);
    if (expected)
        assert_string_equal(value, expected);
}

/* NULL: the layer says nothing of a value. */
static void assert_layer(const prov_store *store, const char *name, uint32_t layer,
                         const char *expected)
{
    struct prov_param param = {.size = sizeof param};
    prov_status status = prov_store_find(store, prov_str_from(name), layer, &param);
    if (!expected) {
        assert_true(status == PROV_E_NOT_FOUND || !param.has_value);
        return;
    }
    assert_int_equal(status, PROV_OK);
    assert_true(layer == PROV_LAYER_ANY || param.layer == layer);
    assert_true(param.has_value && provi_str_is(param.value, expected));
    assert_int_equal(param.access, prov_store_access(store, param.name)); /* that of all layers */
}

/* What a server's naming makes of a value the user has set in front of "server". */
static const struct policy {
    bool user_wins;
    const char *value; /* NULL: it names only the access */
    uint8_t access;
    const char *front, *user, *server;
} policies[] = {
    {false, NULL, PROV_ACCESS_KEEP, "user", "user", "server"},
    {false, NULL, PROV_ACCESS_NONE, "user", "user", "server"},
    {false, "new", PROV_ACCESS_KEEP, "new", NULL, "new"},
    {false, "server", PROV_ACCESS_WRITE, "server", NULL, "server"},
    {false, "user", PROV_ACCESS_KEEP, "user", "user", "server"},
    {false, "", PROV_ACCESS_KEEP, "", NULL, ""},
    {true, NULL, PROV_ACCESS_KEEP, "user", "user", "server"},
    {true, "new", PROV_ACCESS_KEEP, "user", "user", "new"},
    {true, "user", PROV_ACCESS_WRITE, "user", "user", "user"},
    {true, "new", PROV_ACCESS_READ, "new", NULL, "new"},
    {true, "new", PROV_ACCESS_DEFAULT, "new", NULL, "new"},
};

static void assert_policy(const prov_store *store, const struct policy *policy)
{
    assert_value(store, "GPP_A", policy->front);
    assert_layer(store, "GPP_A", PROV_LAYER_USER, policy->user);
    assert_layer(store, "GPP_A", PROV_LAYER_SERVER, policy->server);
    assert_layer(store, "GPP_A", PROV_LAYER_ANY, policy->front);
    uint32_t access = prov_store_access(store, PROVI_LIT("GPP_A"));
    if (policy->access == PROV_ACCESS_KEEP)
        assert_int_equal(access, PROV_ACCESS_WRITE);
    else
        assert_int_equal(access, policy->access == PROV_ACCESS_DEFAULT ? 0 : policy->access);
}

static void test_who_wins_is_one_option(void **state)
{
    (void)state;
    for (size_t i = 0; i < PROVI_LEN(policies); i++) {
        const struct policy *policy = &policies[i];
        struct disk disk;
        disk_init(&disk);
        prov_store *store = disk_open_store(&disk, policy->user_wins);
        set_by_server(store, "GPP_A", "server", PROV_ACCESS_WRITE);
        assert_int_equal(set_by_user(store, "GPP_A", "user"), PROV_OK);
        set_by_server(store, "GPP_A", policy->value, policy->access);
        assert_policy(store, policy);
        prov_store_close(store);
        store = disk_open_store(&disk, policy->user_wins);
        assert_policy(store, policy);
        prov_store_close(store);
    }
}

static void test_access_decides_what_the_user_may_change(void **state)
{
    (void)state;
    static const struct {
        uint8_t access;
        prov_status status;
    } rows[] = {
        {PROV_ACCESS_KEEP, PROV_E_POLICY},
        {PROV_ACCESS_NONE, PROV_E_POLICY},
        {PROV_ACCESS_READ, PROV_E_POLICY},
        {PROV_ACCESS_WRITE, PROV_OK},
    };
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct disk disk;
        disk_init(&disk);
        prov_store *store = disk_open_store(&disk, false);
        set_by_server(store, "GPP_A", "server", rows[i].access);
        uint64_t n_writes = disk.n_writes;
        assert_int_equal(set_by_user(store, "GPP_A", "user"), rows[i].status);
        assert_value(store, "GPP_A", rows[i].status == PROV_OK ? "user" : "server");
        assert_int_equal(disk.n_writes > n_writes, rows[i].status == PROV_OK);
        assert_int_equal(set_by_user(store, "GPP_B", "user"), PROV_E_POLICY);
        prov_store_close(store);
    }
}

static void test_user_changes_share_the_fate_of_their_transaction(void **state)
{
    (void)state;
    prov_store *store = disk_open_store(NULL, false);
    set_by_server(store, "GPP_A", "server", PROV_ACCESS_WRITE);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(set_by_user(store, "GPP_A", "user"), PROV_OK);
    assert_value(store, "GPP_A", "server");
    prov_store_rollback(store);
    assert_value(store, "GPP_A", "server");
    assert_int_equal(set_by_user(store, "GPP_A", " blanks "), PROV_E_VALUE);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK); /* none was left open */
    prov_store_close(store);
}

static void test_the_server_s_value_comes_back(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    set_by_server(store, "GPP_A", "server", PROV_ACCESS_WRITE);
    uint64_t stamp = prov_store_generation(store);
    assert_int_equal(set_by_user(store, "GPP_A", "server"), PROV_OK);
    assert_int_not_equal(prov_store_generation(store), stamp);
    struct prov_param param = {.size = sizeof param};
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_USER, &param), PROV_OK);
    assert_true(param.source && provi_str_is(param.source->rule, "user"));
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_SERVER, &param),
                     PROV_OK);
    assert_null(param.source);
    assert_int_equal(param.access, PROV_ACCESS_WRITE);
    assert_int_equal(set_by_user(store, "GPP_A", "user"), PROV_OK);
    assert_int_equal(prov_store_clear_user(store, PROVI_LIT("GPP_A"), NULL), PROV_OK);
    assert_value(store, "GPP_A", "server");
    assert_layer(store, "GPP_A", PROV_LAYER_USER, NULL);
    assert_int_equal(prov_store_generation(store), stamp);
    assert_int_equal(prov_store_clear_user(store, PROVI_LIT("GPP_A"), NULL), PROV_OK);
    assert_value(store, "GPP_A", "server"); /* there was no user's value to forget */
    assert_int_equal(prov_store_generation(store), stamp);
    const prov_str none = {NULL, 0}; /* as a program in C++ has an empty text */
    assert_int_equal(prov_store_set_user(store, PROVI_LIT("GPP_A"), none, 0, NULL), PROV_OK);
    assert_value(store, "GPP_A", "");
    assert_layer(store, "GPP_A", PROV_LAYER_USER, "");
    prov_store_close(store);
    store = disk_open_store(&disk, false);
    assert_value(store, "GPP_A", "");
    assert_layer(store, "GPP_A", PROV_LAYER_SERVER, "server");
    prov_store_close(store);
}

/* A host may store a value as the user's without saying where it came from. */
static void test_a_layer_without_source_outlives_the_process(void **state)
{
    (void)state;
    const struct prov_param param = {
        .size = sizeof param,
        .name = PROVI_LIT("GPP_A"),
        .value = PROVI_LIT("user"),
        .has_value = PROV_VALUE_GIVEN,
        .layer = PROV_LAYER_USER,
    };
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    set_by_server(store, "GPP_A", "server", PROV_ACCESS_WRITE);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_store_set(store, &param, NULL), PROV_OK);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    prov_store_close(store);
    store = disk_open_store(&disk, false);
    assert_layer(store, "GPP_A", PROV_LAYER_USER, "user");
    assert_layer(store, "GPP_A", PROV_LAYER_SERVER, "server");
    prov_store_close(store);
}

static void test_an_access_alone_can_be_found(void **state)
{
    (void)state;
    struct prov_param param = {.size = sizeof param};
    prov_store *store = disk_open_store(NULL, false);
    set_by_server(store, "GPP_A", NULL, PROV_ACCESS_READ);
    assert_value(store, "GPP_A", NULL);
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_ANY, &param), PROV_OK);
    assert_int_equal(param.access, PROV_ACCESS_READ);
    assert_int_equal(param.has_value, PROV_VALUE_STAYS);
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_A"), PROV_LAYER_USER, &param),
                     PROV_E_NOT_FOUND);
    assert_int_equal(prov_store_find(store, PROVI_LIT("GPP_B"), PROV_LAYER_ANY, &param),
                     PROV_E_NOT_FOUND);
    prov_store_close(store);
}

/* Both layers of A, the user's of B alone, the server's of C alone. */
static void fill_layers(prov_store *store)
{
    set_by_server(store, "GPP_A", "server", PROV_ACCESS_WRITE);
    set_by_server(store, "GPP_B", NULL, PROV_ACCESS_WRITE);
    set_by_server(store, "GPP_C", "server", PROV_ACCESS_READ);
    assert_int_equal(set_by_user(store, "GPP_A", "user"), PROV_OK);
    assert_int_equal(set_by_user(store, "GPP_B", "user"), PROV_OK);
}

static void test_each_layer_can_be_reset(void **state)
{
    (void)state;
    static const struct {
        uint32_t layer;
        struct row left[3];
        size_t n_left;
    } rows[] = {
        {PROV_LAYER_USER,
         {{"GPP_A", "server", PROV_ACCESS_WRITE},
          {"GPP_B", NULL, PROV_ACCESS_WRITE},
          {"GPP_C", "server", PROV_ACCESS_READ}},
         3},
        {PROV_LAYER_SERVER, {{"GPP_A", "user", 0}, {"GPP_B", "user", 0}}, 2},
    };
    for (size_t i = 0; i < 2 * PROVI_LEN(rows); i++) {
        struct disk disk;
        disk_init(&disk);
        prov_store *store = disk_open_store(&disk, i % 2);
        fill_layers(store);
        assert_int_equal(prov_store_save_record(store, PROVI_LIT("sched"), "x", 1, NULL), PROV_OK);
        assert_int_equal(prov_store_reset(store, rows[i / 2].layer, NULL), PROV_OK);
        assert_true(rows_equal(store, (struct rows){rows[i / 2].left, rows[i / 2].n_left}));
        prov_store_close(store);
        store = disk_open_store(&disk, i % 2);
        assert_true(rows_equal(store, (struct rows){rows[i / 2].left, rows[i / 2].n_left}));
        assert_layer(store, "GPP_A", PROV_LAYER_SERVER,
                     rows[i / 2].layer == PROV_LAYER_USER ? "server" : NULL);
        size_t len;
        char byte;
        assert_int_equal(prov_store_load_record(store, PROVI_LIT("sched"), &byte, 1, &len),
                         PROV_OK);
        prov_store_close(store);
    }
}

static void test_layers_refuse_what_makes_no_sense(void **state)
{
    (void)state;
    prov_store *store = disk_open_store(NULL, false);
    struct prov_param param = {
        .size = sizeof param, .name = PROVI_LIT("GPP_A"), .layer = PROV_LAYER_ANY};
    assert_int_equal(prov_store_reset(store, PROV_LAYER_ANY, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_reset(NULL, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_set_user(NULL, param.name, param.name, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_clear_user(NULL, param.name, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_clear_user(store, (prov_str){0}, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_clear_user(store, param.name, NULL), PROV_E_POLICY);
    assert_int_equal(prov_store_find(store, param.name, 3, &param), PROV_E_INVALID);
    assert_int_equal(prov_store_find(store, param.name, 0, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_set_user(store, (prov_str){0}, param.name, 0, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_store_save_record(store, PROVI_LIT("origins"), "x", 1, NULL),
                     PROV_E_INVALID);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    assert_int_equal(prov_store_set(store, &param, NULL), PROV_E_INVALID);
    param.layer = PROV_LAYER_SERVER;
    param.has_value = PROV_VALUE_FORGET + 1;
    assert_int_equal(prov_store_set(store, &param, NULL), PROV_E_INVALID);
    const struct prov_source source = {.size = sizeof source, .rule = {NULL, 1}};
    param.has_value = PROV_VALUE_GIVEN;
    param.source = &source;
    assert_int_equal(prov_store_set(store, &param, NULL), PROV_E_INVALID);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    assert_int_equal(prov_store_n_params(store), 0);
    prov_store_close(store);
}

/* An origin without a time, however it is given, is found with -1. */
static void test_an_origin_may_lack_the_time(void **state)
{
    struct prov_source source = {.size = sizeof source, .rule = PROVI_LIT("menu")};
    struct prov_param param = {.size = sizeof param, .name = PROVI_LIT("GPP_A"), .has_value = 1};
    struct disk disk;
    (void)state;
    disk_init(&disk);
    for (int64_t wall_s = -1; wall_s <= 1; wall_s++) {
        prov_store *store = disk_open_store(&disk, false);
        source.wall_s = wall_s;
        param.source = &source;
        param.value = wall_s < 0 ? PROVI_LIT("a") : wall_s ? PROVI_LIT("c") : PROVI_LIT("b");
        assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
        assert_int_equal(prov_store_set(store, &param, NULL), PROV_OK);
        assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
        for (int is_loaded = 0; is_loaded < 2; is_loaded++) {
            struct prov_param found = {.size = sizeof found};
            assert_int_equal(prov_store_find(store, param.name, PROV_LAYER_ANY, &found), PROV_OK);
            assert_int_equal(found.source->wall_s, wall_s > 0 ? wall_s : -1);
            prov_store_close(store);
            store = disk_open_store(&disk, false);
        }
        prov_store_close(store);
    }
}

struct origin {
    const char *name, *value, *rule, *url;
    int64_t wall_s;
    uint32_t line;
};

static void stage_from(prov_store *store, const struct origin *origin)
{
    const struct prov_source source = {
        .size = sizeof source,
        .rule = prov_str_from(origin->rule),
        .url = prov_str_from(origin->url),
        .wall_s = origin->wall_s,
    };
    const struct prov_param param = {
        .size = sizeof param,
        .name = prov_str_from(origin->name),
        .value = prov_str_from(origin->value),
        .has_value = 1,
        .access = PROV_ACCESS_WRITE,
        .line = origin->line,
        .source = origin->rule ? &source : NULL,
    };
    assert_int_equal(prov_store_set(store, &param, NULL), PROV_OK);
}

static void commit_from(prov_store *store, const struct origin *origins, size_t n)
{
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    for (size_t i = 0; i < n; i++)
        stage_from(store, &origins[i]);
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
}

static bool comes_from(const prov_store *store, uint32_t layer, const struct origin *origin)
{
    struct prov_param param = {.size = sizeof param};
    if (prov_store_find(store, prov_str_from(origin->name), layer, &param) != PROV_OK ||
        !provi_str_is(param.value, origin->value) || param.line != origin->line)
        return false;
    if (!origin->rule)
        return !param.source;
    return param.source && provi_str_is(param.source->rule, origin->rule) &&
           provi_str_is(param.source->url, origin->url ? origin->url : "") &&
           param.source->wall_s == origin->wall_s;
}

static const struct origin first[] = {
    {"GPP_A", "1", "Profile_Rule", "https://h/a.cfg", 1700000000, 2},
    {"GPP_B", "1", "Profile_Rule", "https://h/a.cfg", 1700000000, 70000},
    {"GPP_C", "1", "Profile_Rule", "https://h/a.cfg", 1700000000, 3},
    {"GPP_D", "1", NULL, NULL, 0, 0},
    {"GPP_E", "1", "Profile_Rule", "https://h/e.cfg", 1700000000, 3},
    {"GPP_F", "1", "Profile_Rule_F", "https://h/a.cfg", 1700000000, 3},
    {"GPP_G", "1", "Profile_Rule", "https://h/a.cfg", 1700000001, 3},
};
/* A keeps its value, and so its origin; the clock has gone wrong meanwhile. */
static const struct origin second[] = {
    {"GPP_A", "1", "Profile_Rule_B", "tftp://h/b.cfg", -5, 9},
    {"GPP_B", "2", "Profile_Rule_B", "tftp://h/b.cfg", -5, 9},
};
static const struct origin after[] = {
    {"GPP_A", "1", "Profile_Rule", "https://h/a.cfg", 1700000000, 2},
    {"GPP_B", "2", "Profile_Rule_B", "tftp://h/b.cfg", -5, 9},
    {"GPP_C", "1", "Profile_Rule", "https://h/a.cfg", 1700000000, 3},
    {"GPP_D", "1", NULL, NULL, 0, 0},
    {"GPP_E", "1", "Profile_Rule", "https://h/e.cfg", 1700000000, 3},
    {"GPP_F", "1", "Profile_Rule_F", "https://h/a.cfg", 1700000000, 3},
    {"GPP_G", "1", "Profile_Rule", "https://h/a.cfg", 1700000001, 3},
};
static const struct origin by_user = {"GPP_C", "u", "user", NULL, 1800000000, 0};

static void assert_after(const prov_store *store)
{
    for (size_t i = 0; i < PROVI_LEN(after); i++)
        assert_true(comes_from(store, PROV_LAYER_SERVER, &after[i]));
    assert_true(comes_from(store, PROV_LAYER_USER, &by_user));
}

static void fill_origins(prov_store *store)
{
    commit_from(store, first, PROVI_LEN(first));
    assert_int_equal(
        prov_store_set_user(store, PROVI_LIT("GPP_C"), PROVI_LIT("u"), 1800000000, NULL), PROV_OK);
    commit_from(store, second, PROVI_LEN(second));
}

static void init_with_origins(struct disk *disk)
{
    disk_init(disk);
    prov_store *store = disk_open_store(disk, false);
    fill_origins(store);
    prov_store_close(store);
}

static void test_origins_outlive_the_process(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    fill_origins(store);
    assert_after(store);
    struct prov_param param = {.size = sizeof param};
    assert_int_equal(prov_store_param(store, 2, &param), PROV_OK);
    assert_int_equal(param.layer, PROV_LAYER_USER);
    prov_store_close(store);
    store = disk_open_store(&disk, false);
    assert_after(store);
    assert_value(store, "GPP_C", "u");
    prov_store_close(store);
}

/* What is forgotten takes its source along. */
static void test_sources_go_with_their_last_value(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    commit_from(store, first, PROVI_LEN(first));
    const struct disk_content *file = disk_content_of(&disk, "s");
    size_t with_origins = file->len;
    struct origin other[PROVI_LEN(first)];
    for (size_t i = 0; i < PROVI_LEN(first); i++)
        other[i] = (struct origin){.name = first[i].name, .value = "2"};
    commit_from(store, other, PROVI_LEN(other));
    file = disk_content_of(&disk, "s");
    assert_true(file->len + strlen("https://h/a.cfg") * 2 < with_origins);
    prov_store_close(store);
    for (size_t i = 0; i + 7 < file->len; i++)
        assert_memory_not_equal(file->bytes + i, "origins", 7);
}

static void test_the_last_origin_of_a_transaction_counts(void **state)
{
    (void)state;
    const struct origin twice[] = {first[0], {"GPP_A", "2", "r", "u", 5, 9}};
    prov_store *store = disk_open_store(NULL, false);
    commit_from(store, twice, PROVI_LEN(twice));
    assert_true(comes_from(store, PROV_LAYER_SERVER, &twice[1]));
    prov_store_close(store);
}

static void test_unchanged_values_write_no_new_origin(void **state)
{
    (void)state;
    struct disk disk;
    disk_init(&disk);
    prov_store *store = disk_open_store(&disk, false);
    commit_from(store, first, PROVI_LEN(first));
    uint64_t n_writes = disk.n_writes;
    commit_from(store, second, 1);
    assert_int_equal(disk.n_writes, n_writes);
    prov_store_close(store);
}

/* The place of a text in the file. */
static uint8_t *find_in_file(struct disk_content *file, const char *text)
{
    for (size_t at = 0; at + strlen(text) <= file->len; at++)
        if (memcmp(file->bytes + at, text, strlen(text)) == 0)
            return file->bytes + at;
    fail_msg("'%s' is not in the file", text);
    return NULL;
}

static void unseal(struct disk_content *file)
{
    file->len = (size_t)(find_in_file(file, "<!-- crc32") - file->bytes);
}

static void test_origins_do_not_outlive_an_edit_of_the_file(void **state)
{
    (void)state;
    for (unsigned is_edited = 0; is_edited < 2; is_edited++) {
        struct disk disk;
        init_with_origins(&disk);
        struct disk_content *file = disk_content_of(&disk, "s");
        unseal(file);
        if (is_edited)
            memcpy(find_in_file(file, ">2<"), ">9<", 3);
        prov_store *store = disk_open_store(&disk, false);
        if (!is_edited) {
            assert_after(store);
        } else {
            static const struct origin edited = {"GPP_B", "9", NULL, NULL, 0, 0};
            static const struct origin user_s = {"GPP_C", "u", NULL, NULL, 0, 0};
            assert_true(comes_from(store, PROV_LAYER_SERVER, &edited));
            assert_true(comes_from(store, PROV_LAYER_SERVER, &user_s));
        }
        prov_store_close(store);
    }
}

/* Each digit of the line becomes another one: it says the same, something else, or nothing. */
static void test_damaged_origins_cost_no_value(void **state)
{
    (void)state;
    struct disk disk;
    init_with_origins(&disk);
    struct disk_content *good = disk_content_of(&disk, "s");
    unseal(good);
    size_t start = (size_t)(find_in_file(good, "origins ") - good->bytes) + strlen("origins ");
    for (size_t at = start; good->bytes[at] != ' '; at++) {
        struct disk copy;
        disk_copy(&copy, &disk);
        struct disk_content *file = disk_content_of(&copy, "s");
        file->bytes[at] = file->bytes[at] == 'f' ? '0' : 'f';
        prov_store *store = disk_open_store(&copy, false);
        assert_int_equal(prov_store_n_params(store), PROVI_LEN(first));
        assert_value(store, "GPP_B", "2");
        assert_value(store, "GPP_C", "u");
        set_by_server(store, "GPP_D", "mended", PROV_ACCESS_KEEP);
        prov_store_close(store);
        store = disk_open_store(&copy, false);
        assert_value(store, "GPP_D", "mended");
        prov_store_close(store);
    }
}

/* A server's value under a missing one belongs to another file: no layer, no origin. */
static void test_origins_that_do_not_fit_are_left_out(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        size_t n_left;
    } rows[] = {{"GPP_B", 1}, {"GPP_A", 0}, {"GPP_X", 0}, {"two words", 0}};
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct fault_alloc memory;
        struct provi_holdings holdings;
        struct provi_record record;
        const struct row front[] = {{"GPP_A", NULL, PROV_ACCESS_WRITE}, {"GPP_B", "user", 0}};
        const struct row lower = {rows[i].name, "server", 0};
        fault_alloc_init(&memory, NULL);
        provi_holdings_init(&holdings, &memory.alloc, 10000);
        for (size_t k = 0; k < PROVI_LEN(front); k++) {
            struct prov_param param = row_param(&front[k]);
            assert_int_equal(provi_stage_add(&holdings.params, &param, NULL), PROV_OK);
        }
        struct prov_param param = row_param(&lower);
        assert_int_equal(provi_stage_add(&holdings.lower, &param, NULL), PROV_OK);
        provi_record_init(&record, &memory.alloc, 1000);
        provi_origins_write(&record, &holdings);
        assert_int_equal(record.status, PROV_OK);
        provi_stage_free(&holdings.lower);

        struct provi_reading reading = {.bytes = record.bytes};
        assert_int_equal(provi_origins_read(&reading, &holdings), PROV_OK);
        assert_int_equal(provi_stage_n(&holdings.lower), rows[i].n_left);
        assert_int_equal(provi_stage_n(&holdings.params), 2);
        provi_buffer_free(&record.bytes, &memory.alloc);
        provi_holdings_free(&holdings);
        fault_alloc_assert_empty(&memory);
    }
}

static void test_too_many_sources_are_none(void **state)
{
    (void)state;
    enum { N = 1100, MOST = 1024 };
    prov_store *store = disk_open_store(NULL, false);
    assert_int_equal(prov_store_begin(store, NULL), PROV_OK);
    char name[16], longest[1500];
    memset(longest, 'x', sizeof longest - 1);
    longest[sizeof longest - 1] = '\0';
    for (unsigned i = 0; i < N; i++) {
        snprintf(name, sizeof name, "P%u", i);
        stage_from(store, &(struct origin){name, "1", "r", longest, i + 1, i});
    }
    assert_int_equal(prov_store_commit(store, NULL), PROV_OK);
    for (unsigned i = 0; i < N; i++) {
        struct prov_param param = {.size = sizeof param};
        assert_int_equal(prov_store_param(store, i, &param), PROV_OK);
        assert_int_equal(param.line, i);
        assert_int_equal(param.source != NULL, i < MOST);
        if (param.source) {
            assert_int_equal(param.source->wall_s, i + 1);
            assert_int_equal(param.source->url.len, 1024);
        }
    }
    prov_store_close(store);
}

static const struct origin user_d = {"GPP_D", "u", "user", NULL, 7, 0};

/* Value, layer and origin, all or none. */
static bool is_changed(const prov_store *store)
{
    bool is_new = comes_from(store, PROV_LAYER_USER, &user_d);
    assert_true(is_new || comes_from(store, PROV_LAYER_SERVER, &first[3]));
    assert_layer(store, "GPP_D", PROV_LAYER_SERVER, "1");
    assert_after(store);
    return is_new;
}

static void cut_while_changing(void *ctx, struct dial *dial)
{
    struct disk disk;
    disk_copy(&disk, ctx);
    prov_store *store = disk_open_store(&disk, false);
    disk.dial = dial;
    prov_status status = prov_store_set_user(store, PROVI_LIT("GPP_D"), PROVI_LIT("u"), 7, NULL);
    prov_store_close(store);
    for (unsigned way = 0; way < disk_n_crashes(&disk); way++) {
        struct disk left;
        disk_copy(&left, &disk);
        left.dial = NULL;
        disk_crash(&left, way);
        store = disk_open_store(&left, false);
        assert_true(is_changed(store) || status != PROV_OK);
        prov_store_close(store);
    }
}

static void test_power_may_go_at_every_step_of_a_user_s_change(void **state)
{
    (void)state;
    struct disk disk;
    init_with_origins(&disk);
    assert_true(dial_run("a user's change", cut_while_changing, &disk) > 6);
}

static void change_with_little_memory(void *ctx, struct dial *dial)
{
    struct disk disk;
    struct fault_alloc memory;
    disk_copy(&disk, ctx);
    fault_alloc_init(&memory, dial);
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = "s", .files = &disk.files, .alloc = &memory.alloc};
    prov_store *store = NULL;
    prov_status status = prov_store_open(&store, &opt, NULL);
    if (status == PROV_OK) {
        status = prov_store_set_user(store, PROVI_LIT("GPP_D"), PROVI_LIT("u"), 7, NULL);
        assert_int_equal(is_changed(store), status == PROV_OK);
    }
    assert_true(status == PROV_OK || status == PROV_E_NOMEM);
    prov_store_close(store);
    fault_alloc_assert_empty(&memory);
    store = disk_open_store(&disk, false); /* and in the file */
    assert_int_equal(is_changed(store), status == PROV_OK);
    prov_store_close(store);
}

static void test_every_allocation_of_a_user_s_change_may_fail(void **state)
{
    (void)state;
    struct disk disk;
    init_with_origins(&disk);
    assert_true(dial_run("memory for a user's change", change_with_little_memory, &disk) > 20);
}

/* Of a store in memory: all is reset, or nothing. */
static void reset_with_little_memory(void *ctx, struct dial *dial)
{
    const uint32_t *layer = ctx;
    struct fault_alloc memory;
    struct prov_error err = {.size = sizeof err};
    fault_alloc_init(&memory, NULL);
    const struct prov_store_options opt = {.size = sizeof opt, .alloc = &memory.alloc};
    prov_store *store = NULL;
    assert_int_equal(prov_store_open(&store, &opt, NULL), PROV_OK);
    fill_layers(store);
    uint64_t stamp = prov_store_generation(store);
    memory.dial = dial;
    prov_status status = prov_store_reset(store, *layer, &err);
    memory.dial = NULL;
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    assert_int_equal(err.status, status);
    assert_string_equal(err.source, "");
    assert_int_equal(prov_store_generation(store) == stamp, status != PROV_OK);
    assert_layer(store, "GPP_A", PROV_LAYER_SERVER,
                 status == PROV_OK && *layer == PROV_LAYER_SERVER ? NULL : "server");
    prov_store_close(store);
    fault_alloc_assert_empty(&memory);
}

static void test_every_allocation_of_a_reset_may_fail(void **state)
{
    (void)state;
    for (uint32_t layer = PROV_LAYER_SERVER; layer <= PROV_LAYER_USER; layer++)
        assert_true(dial_run("memory for a reset", reset_with_little_memory, &layer) > 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_who_wins_is_one_option),
        cmocka_unit_test(test_access_decides_what_the_user_may_change),
        cmocka_unit_test(test_user_changes_share_the_fate_of_their_transaction),
        cmocka_unit_test(test_the_server_s_value_comes_back),
        cmocka_unit_test(test_an_origin_may_lack_the_time),
        cmocka_unit_test(test_a_layer_without_source_outlives_the_process),
        cmocka_unit_test(test_an_access_alone_can_be_found),
        cmocka_unit_test(test_origins_that_do_not_fit_are_left_out),
        cmocka_unit_test(test_every_allocation_of_a_reset_may_fail),
        cmocka_unit_test(test_each_layer_can_be_reset),
        cmocka_unit_test(test_layers_refuse_what_makes_no_sense),
        cmocka_unit_test(test_origins_outlive_the_process),
        cmocka_unit_test(test_sources_go_with_their_last_value),
        cmocka_unit_test(test_the_last_origin_of_a_transaction_counts),
        cmocka_unit_test(test_unchanged_values_write_no_new_origin),
        cmocka_unit_test(test_origins_do_not_outlive_an_edit_of_the_file),
        cmocka_unit_test(test_damaged_origins_cost_no_value),
        cmocka_unit_test(test_too_many_sources_are_none),
        cmocka_unit_test(test_power_may_go_at_every_step_of_a_user_s_change),
        cmocka_unit_test(test_every_allocation_of_a_user_s_change_may_fail),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
