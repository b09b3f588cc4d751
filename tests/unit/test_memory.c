/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Memory: scratch, arenas, buffers, secrets; and what is written into it: texts and records. */
#include <provision/base.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/array.h"
#include "base/buffer.h"
#include "base/record.h"
#include "base/str.h"
#include "dials.h"

/* Scratch */

static void test_scratch_takes_again_what_was_freed_last(void **state)
{
    (void)state;
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    struct provi_scratch scratch = {.lower = memory.alloc};
    struct prov_alloc alloc = provi_scratch_alloc(&scratch);

    char *first = provi_alloc(&alloc, 10);
    memcpy(first, "0123456789", 10);
    char *second = provi_alloc(&alloc, 1);
    assert_ptr_not_equal(first, second);
    assert_ptr_equal(provi_resize(&alloc, second, 1, 100), second); /* the newest, in its place */
    first = provi_resize(&alloc, first, 10, 50);
    assert_memory_equal(first, "0123456789", 10);
    provi_free(&alloc, first, 50);
    provi_free(&alloc, second, 100);
    assert_ptr_equal(provi_alloc(&alloc, 50), second);

    char *large = provi_alloc(&alloc, PROVI_SCRATCH_BYTES); /* comes from beneath */
    assert_int_equal(memory.n_blocks, 1);
    memcpy(large, "0123456789", 10);
    large = provi_resize(&alloc, large, PROVI_SCRATCH_BYTES, 2 * PROVI_SCRATCH_BYTES);
    assert_memory_equal(large, "0123456789", 10);
    provi_free(&alloc, large, 2 * PROVI_SCRATCH_BYTES);
    fault_alloc_assert_empty(&memory);
}

static void *refuse(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    (void)ptr, (void)old_size, (void)new_size;
    ++*(unsigned *)ctx;
    return NULL;
}

static void test_scratch_is_used_up_to_its_end(void **state)
{
    (void)state;
    const size_t step = sizeof(max_align_t);
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    struct provi_scratch scratch = {.lower = memory.alloc};
    struct prov_alloc alloc = provi_scratch_alloc(&scratch);
    provi_free(&alloc, provi_alloc(&alloc, sizeof scratch.memory), sizeof scratch.memory);
    assert_int_equal(scratch.used, 0);
    char *first = provi_alloc(&alloc, step), *second = provi_alloc(&alloc, 1);
    assert_ptr_equal(second, first + step);
    assert_ptr_equal(provi_alloc(&alloc, step + 1), second + step);
    assert_int_equal(scratch.used, 4 * step);
    first = provi_resize(&alloc, first, step, 1); /* not the newest: moved */
    assert_ptr_equal(first, second + 3 * step);
    assert_non_null(provi_alloc(&alloc, sizeof scratch.memory - 5 * step));
    assert_int_equal(memory.n_calls, 0);
    first = provi_resize(&alloc, first, 1, 2 * step);
    second = provi_resize(&alloc, second, step, 1);
    assert_int_equal(memory.n_blocks, 2);
    provi_free(&alloc, first, 2 * step);
    provi_free(&alloc, second, 1);
    fault_alloc_assert_empty(&memory);
}

/* A refusal of the lower allocator changes nothing; and it has what is beside the scratch. */
static void test_scratch_may_be_refused_more(void **state)
{
    (void)state;
    unsigned n_refused = 0;
    struct provi_scratch scratch = {.lower = {.resize = refuse, .ctx = &n_refused}};
    struct prov_alloc alloc = provi_scratch_alloc(&scratch);
    char *first = provi_alloc(&alloc, 10);
    memcpy(first, "0123456789", 10);
    const size_t used = scratch.used;
    assert_null(provi_alloc(&alloc, SIZE_MAX));
    assert_null(provi_resize(&alloc, first, 10, SIZE_MAX - 1));
    assert_int_equal(scratch.used, used);
    assert_memory_equal(first, "0123456789", 10);
    assert_int_equal(n_refused, 2);
    provi_resize(&alloc, (char *)scratch.memory + sizeof scratch.memory, 1, 2);
    provi_resize(&alloc, (char *)scratch.memory - 1, 1, 2);
    assert_int_equal(n_refused, 4);
}

static void test_blocks_of_no_bytes_are_blocks(void **state)
{
    (void)state;
    const struct prov_alloc nothing = {.resize = NULL};
    struct prov_alloc alloc = provi_alloc_or_default(&nothing);
    void *block = provi_alloc(&alloc, 1);
    assert_non_null(block);
    assert_null(provi_resize(&alloc, block, 1, 0));
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    block = provi_alloc(&memory.alloc, 0);
    assert_int_equal(memory.live_bytes, 1);
    block = provi_resize(&memory.alloc, block, 0, 3);
    provi_free(&memory.alloc, block, 3);
    provi_free(&memory.alloc, provi_alloc(&memory.alloc, 0), 0);
    provi_free(&memory.alloc, NULL, 7);
    fault_alloc_assert_empty(&memory);
}

/* Arenas */

static void grow_arena(void *ctx, struct dial *dial)
{
    static const size_t totals[] = {4096, 8192, 16384, 32768, 65536, 81920};
    const bool is_secret = *(const bool *)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = is_secret ? "MyOwnSecret" : NULL;
    memory.secret_len = is_secret ? 11 : 0;
    struct provi_arena arena = {.is_secret = is_secret};
    for (size_t i = 0; i < PROVI_LEN(totals); i++) {
        prov_status status = provi_arena_grow(&arena, &memory.alloc, 1);
        assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
        if (status != PROV_OK)
            break;
        assert_int_equal(arena.total_bytes, totals[i]);
        memcpy(provi_arena_alloc(&arena, 11), "MyOwnSecret", 11);
    }
    provi_arena_free(&arena, &memory.alloc);
    assert_true(!arena.newest && !arena.free && arena.room == 0 && arena.total_bytes == 0);
    fault_alloc_assert_empty(&memory);
}

static void test_arenas_grow_by_what_they_have(void **state)
{
    (void)state;
    for (int i = 0; i < 2; i++) {
        bool is_secret = i;
        assert_int_equal(dial_run("arena", grow_arena, &is_secret), 6);
    }
}

static void test_arenas_grow_by_what_is_needed(void **state)
{
    (void)state;
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    struct provi_arena arena = {.is_secret = false};
    assert_int_equal(provi_arena_grow(&arena, &memory.alloc, 50000), PROV_OK);
    assert_true(arena.room >= 50000 && arena.room <= 50000 + sizeof(void *));
    for (size_t len = 1; len <= 2 * sizeof(void *); len++) {
        assert_int_equal(provi_arena_grow_exactly(&arena, &memory.alloc, len), PROV_OK);
        assert_true(arena.room >= len && arena.room <= len + sizeof(void *));
    }
    const uint64_t n_calls = memory.n_calls;
    assert_int_equal(provi_arena_grow(&arena, &memory.alloc, SIZE_MAX / 4), PROV_E_NOMEM);
    assert_int_equal(provi_arena_grow_exactly(&arena, &memory.alloc, SIZE_MAX), PROV_E_NOMEM);
    assert_int_equal(memory.n_calls, n_calls);
    provi_arena_free(&arena, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

/* Buffers */

static void add_in_pieces(void *ctx, struct dial *dial)
{
    bool is_secret = *(bool *)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = is_secret ? "0123456789" : NULL;
    memory.secret_len = is_secret ? 10 : 0;
    struct provi_buffer buffer;
    provi_buffer_init(&buffer, 1000, is_secret);
    size_t len = 0;
    for (int i = 0; i < 100; i++) {
        prov_status status = provi_buffer_add(&buffer, &memory.alloc, "0123456789", 10);
        assert_int_equal(status, dial->hit && buffer.len == len ? PROV_E_NOMEM : PROV_OK);
        if (status != PROV_OK)
            break;
        len += 10;
        assert_int_equal(buffer.len, len);
        assert_int_equal(strlen(buffer.data), len);
    }
    if (!dial->hit) {
        assert_int_equal(buffer.len, 1000);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "x", 1), PROV_E_LIMIT);
        assert_int_equal(buffer.len, 1000);
        assert_true(buffer.cap <= 1001);
    }
    provi_buffer_free(&buffer, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

static void test_buffer_grows_to_its_ceiling(void **state)
{
    (void)state;
    bool is_secret = false;
    assert_true(dial_run("buffer", add_in_pieces, &is_secret) > 3);
    is_secret = true;
    assert_true(dial_run("secret buffer", add_in_pieces, &is_secret) > 3);
}

static void test_buffer_is_flattened_to_one_line(void **state)
{
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer buffer;
    (void)state;
    provi_buffer_init(&buffer, 20, false);
    provi_buffer_flatten(&buffer);
    assert_int_equal(provi_buffer_add(&buffer, &alloc, "\na\tb \x7f\x80\0", 8), PROV_OK);
    provi_buffer_flatten(&buffer);
    assert_int_equal(buffer.len, 8);
    assert_memory_equal(buffer.data, " a b  \x80 ", 9);
    provi_buffer_free(&buffer, &alloc);
}

/* Twice as much at a time; from 64 KiB on a quarter more. */
static void test_buffer_grows_by_what_it_has(void **state)
{
    static const struct {
        size_t len, cap;
    } rows[] = {
        {0, 64},        {63, 64},       {127, 128},     {128, 256},
        {32768, 65536}, {65535, 65536}, {65536, 81920}, {81920, 102400},
    };
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer buffer;
    provi_buffer_init(&buffer, SIZE_MAX, false);
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        assert_int_equal(provi_buffer_reserve(&buffer, &alloc, rows[i].len), PROV_OK);
        assert_int_equal(buffer.cap, rows[i].cap);
    }
    provi_buffer_free(&buffer, &alloc);
}

static void test_buffer_sizes_never_overflow(void **state)
{
    (void)state;
    struct fault_alloc memory;
    fault_alloc_init(&memory, NULL);
    static const size_t ceilings[] = {0, 1, 63, 64, SIZE_MAX - 1, SIZE_MAX};
    for (size_t i = 0; i < PROVI_LEN(ceilings); i++) {
        struct provi_buffer buffer;
        provi_buffer_init(&buffer, ceilings[i], false);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, NULL, 0), PROV_OK);
        assert_string_equal(buffer.data, "");
        prov_status wanted = ceilings[i] ? PROV_OK : PROV_E_LIMIT;
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "x", 1), wanted);
        assert_int_equal(provi_buffer_reserve(&buffer, &memory.alloc, SIZE_MAX), PROV_E_LIMIT);
        assert_true(buffer.cap <= 64);
        provi_buffer_reset(&buffer);
        assert_int_equal(provi_buffer_str(&buffer).len, 0);
        assert_string_equal(buffer.data, "");
        provi_buffer_free(&buffer, &memory.alloc);
    }
    fault_alloc_assert_empty(&memory);
}

static void test_buffer_reset_wipes_a_secret(void **state)
{
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_buffer buffer;
    provi_buffer_init(&buffer, 100, true);
    assert_int_equal(provi_buffer_add(&buffer, &alloc, "MyOwnSecret", 11), PROV_OK);
    provi_buffer_reset(&buffer);
    for (size_t i = 0; i < buffer.cap; i++)
        assert_int_equal(buffer.data[i], 0);
    provi_buffer_free(&buffer, &alloc);
}

/* Secrets */

static void set_secret(void *ctx, struct dial *dial)
{
    (void)ctx;
    struct fault_alloc memory;
    fault_alloc_init(&memory, dial);
    memory.secret = "MyOwnSecret";
    memory.secret_len = 11;
    struct provi_secret secret = {0};
    prov_status status = provi_secret_set(&secret, &memory.alloc, PROVI_LIT("MyOwnSecret"));
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (status == PROV_OK)
        assert_true(provi_str_is(provi_secret_str(&secret), "MyOwnSecret"));
    status = provi_secret_set(&secret, &memory.alloc, PROVI_LIT("another"));
    assert_true(provi_str_is(provi_secret_str(&secret), status == PROV_OK ? "another" : ""));
    assert_int_equal(provi_secret_set(&secret, &memory.alloc, PROVI_LIT("")), PROV_OK);
    assert_int_equal(memory.n_blocks, 0);
    provi_secret_clear(&secret, &memory.alloc);
    fault_alloc_assert_empty(&memory);
}

static void test_secret_is_wiped_on_every_path(void **state)
{
    (void)state;
    assert_int_equal(dial_run("secret", set_secret, NULL), 2);
}

static void test_wipe_wipes(void **state)
{
    (void)state;
    char bytes[300];
    memset(bytes, 'x', sizeof bytes);
    provi_wipe(bytes + 1, sizeof bytes - 2);
    assert_int_equal(bytes[0], 'x');
    assert_int_equal(bytes[sizeof bytes - 1], 'x');
    for (size_t i = 1; i < sizeof bytes - 1; i++)
        assert_int_equal(bytes[i], 0);
    provi_wipe(NULL, 0);
    provi_wipe(bytes, 1);
    assert_int_equal(bytes[0], 0);
}

static void test_buffer_leaves_memory_that_was_lent(void **state)
{
    (void)state;
    for (unsigned is_secret = 0; is_secret < 2; is_secret++) {
        char lent[9];
        struct provi_buffer buffer;
        struct fault_alloc memory;
        fault_alloc_init(&memory, NULL);
        provi_buffer_init_with(&buffer, lent, sizeof lent, 100, is_secret);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "12345678", 8), PROV_OK);
        assert_string_equal(lent, "12345678");
        assert_ptr_equal(buffer.data, lent);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "9", 1), PROV_OK);
        assert_string_equal(buffer.data, "123456789");
        assert_int_equal(lent[0], is_secret ? '\0' : '1');
        provi_buffer_free(&buffer, &memory.alloc);
        fault_alloc_assert_empty(&memory);
        provi_buffer_init_with(&buffer, lent, sizeof lent, 100, is_secret);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "1", 1), PROV_OK);
        provi_buffer_free(&buffer, &memory.alloc);
        assert_int_equal(lent[0], is_secret ? '\0' : '1');
        provi_buffer_init_with(&buffer, lent, sizeof lent, 3, is_secret); /* more than it may */
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "123", 3), PROV_OK);
        assert_int_equal(provi_buffer_add(&buffer, &memory.alloc, "4", 1), PROV_E_LIMIT);
        fault_alloc_assert_empty(&memory);
    }
}

/* Text written piece by piece */

static void test_text_counts_what_does_not_fit(void **state)
{
    (void)state;
    char buf[16];
    size_t len;
    memset(buf, 'z', sizeof buf);
    struct provi_text text = {.buf = buf, .cap = 8};
    provi_text_add_repeat(&text, '-', 3);
    provi_text_add_number(&text, INT64_MIN);
    provi_text_add(&text, (prov_str){NULL, 0});
    assert_int_equal(provi_text_end(&text, &len), PROV_E_LIMIT);
    assert_int_equal(len, 23);
    assert_memory_equal(buf, "----922\0zzzzzzzz", sizeof buf);
    text = (struct provi_text){.buf = buf, .cap = 8};
    provi_text_puts(&text, "12345678");
    assert_int_equal(provi_text_end(&text, &len), PROV_E_LIMIT);
    assert_int_equal(len, 8);
    provi_text_puts(&text, "9");
    assert_int_equal(provi_text_end(&text, &len), PROV_E_LIMIT);
    assert_int_equal(len, 9);
    assert_memory_equal(buf, "1234567\0zzzzzzzz", sizeof buf);
    text = (struct provi_text){0};
    provi_text_add(&text, (prov_str){"x", 1});
    provi_text_add(&text, (prov_str){"x", SIZE_MAX}); /* there is no room: nothing is read */
    assert_int_equal(provi_text_end(&text, &len), PROV_E_LIMIT);
    assert_int_equal(len, SIZE_MAX);
    assert_int_equal(provi_text_end(&text, NULL), PROV_E_LIMIT);
}

static void test_text_into_a_buffer_ends_at_its_ceiling(void **state)
{
    (void)state;
    for (uint64_t at = 0; at < 3; at++) {
        struct dial dial = {.at = at};
        struct fault_alloc memory;
        struct provi_buffer buffer;
        fault_alloc_init(&memory, &dial);
        provi_buffer_init(&buffer, 100, false);
        struct provi_text text = {.buffer = &buffer, .alloc = &memory.alloc};
        provi_text_add_repeat(&text, '-', 98);
        provi_text_puts(&text, "abc");
        provi_text_puts(&text, "d");
        assert_int_equal(provi_text_end(&text, NULL), dial.hit ? PROV_E_NOMEM : PROV_E_LIMIT);
        assert_int_equal(text.len, 102);
        if (!dial.hit)
            assert_string_equal(buffer.data + 97, "-ab");
        provi_buffer_free(&buffer, &memory.alloc);
        dial = (struct dial){.at = 0};
        text = (struct provi_text){.buffer = &buffer, .alloc = &memory.alloc};
        provi_buffer_init(&buffer, 2, false);
        provi_text_puts(&text, "abc"); /* neither memory nor room */
        assert_int_equal(provi_text_end(&text, NULL), PROV_E_NOMEM);
        fault_alloc_assert_empty(&memory);
    }
}

struct fussy_sink {
    char got[32];
    unsigned n_left; /* pieces that it takes */
};

static prov_status take_piece(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct fussy_sink *fussy = ctx;
    (void)err;
    if (fussy->n_left-- == 0)
        return PROV_E_BUSY;
    strncat(fussy->got, data, len);
    return PROV_OK;
}

static void test_text_into_a_sink_ends_at_its_refusal(void **state)
{
    (void)state;
    struct fussy_sink fussy = {.n_left = 2};
    const struct prov_sink sink = {take_piece, NULL, &fussy};
    struct provi_text text = {.sink = &sink};
    size_t len;
    provi_text_puts(&text, "ab");
    provi_text_puts(&text, "c");
    assert_int_equal(provi_text_end(&text, &len), PROV_OK);
    assert_int_equal(len, 3);
    provi_text_puts(&text, "d");
    fussy.n_left = 9;
    provi_text_puts(&text, "e");
    assert_int_equal(provi_text_end(&text, &len), PROV_E_BUSY);
    assert_int_equal(len, 5);
    assert_string_equal(fussy.got, "abc");
}

static void test_text_of_one_line_has_no_control_character(void **state)
{
    (void)state;
    char buf[32];
    size_t len;
    struct provi_text text = {.buf = buf, .cap = sizeof buf};
    text.is_one_line = true;
    provi_text_puts(&text, "\n1");
    provi_text_puts(&text, "a\nb\x7f\x1f"
                           "c");
    provi_text_puts(&text, "");
    provi_text_newline(&text);
    assert_int_equal(provi_text_end(&text, &len), PROV_OK);
    assert_string_equal(buf, " 1a b  c\n");
    assert_int_equal(len, 9);
}

/* Records */

static void test_records_are_read_as_they_were_written(void **state)
{
    static const char written[] = "\x08\x07\x06\x05\x04\x03\x02\x01\x02\x01"
                                  "\0\x7f\x80\x01\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"
                                  "\x03\0\0\0abc";
    (void)state;
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_record record;
    provi_record_init(&record, &alloc, sizeof written - 1);
    provi_record_number(&record, UINT64_C(0x0102030405060708), 8);
    provi_record_number(&record, 0x0102, 2);
    provi_record_count(&record, 0);
    provi_record_count(&record, 0x7f);
    provi_record_count(&record, 0x80);
    provi_record_count(&record, UINT64_MAX);
    provi_record_text(&record, PROVI_LIT("abc"));
    assert_int_equal(record.status, PROV_OK);
    assert_int_equal(record.bytes.len, sizeof written - 1);
    assert_memory_equal(record.bytes.data, written, sizeof written - 1);

    struct provi_reading reading = {.bytes = record.bytes};
    assert_true(provi_reading_number(&reading, 8) == UINT64_C(0x0102030405060708));
    assert_int_equal(provi_reading_number(&reading, 2), 0x0102);
    assert_int_equal(provi_reading_count(&reading), 0);
    assert_int_equal(provi_reading_count(&reading), 0x7f);
    assert_int_equal(provi_reading_count(&reading), 0x80);
    assert_true(provi_reading_count(&reading) == UINT64_MAX);
    assert_true(provi_str_is(provi_reading_text(&reading), "abc"));
    assert_false(reading.is_short);
    assert_int_equal(provi_reading_number(&reading, 1), 0);
    assert_true(reading.is_short);
    reading = (struct provi_reading){.bytes = record.bytes, .at = sizeof written - 1 - 7};
    reading.bytes.len--;
    assert_int_equal(provi_reading_text(&reading).len, 0);
    assert_true(reading.is_short);

    provi_record_number(&record, 1, 1); /* there is no room */
    assert_int_equal(record.status, PROV_E_LIMIT);
    provi_record_number(&record, 0, 0);
    assert_int_equal(record.status, PROV_E_LIMIT);
    provi_buffer_free(&record.bytes, &alloc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_scratch_takes_again_what_was_freed_last),
        cmocka_unit_test(test_scratch_is_used_up_to_its_end),
        cmocka_unit_test(test_scratch_may_be_refused_more),
        cmocka_unit_test(test_blocks_of_no_bytes_are_blocks),
        cmocka_unit_test(test_arenas_grow_by_what_they_have),
        cmocka_unit_test(test_arenas_grow_by_what_is_needed),
        cmocka_unit_test(test_buffer_grows_to_its_ceiling),
        cmocka_unit_test(test_buffer_is_flattened_to_one_line),
        cmocka_unit_test(test_buffer_grows_by_what_it_has),
        cmocka_unit_test(test_buffer_sizes_never_overflow),
        cmocka_unit_test(test_buffer_reset_wipes_a_secret),
        cmocka_unit_test(test_secret_is_wiped_on_every_path),
        cmocka_unit_test(test_wipe_wipes),
        cmocka_unit_test(test_buffer_leaves_memory_that_was_lent),
        cmocka_unit_test(test_text_counts_what_does_not_fit),
        cmocka_unit_test(test_text_into_a_buffer_ends_at_its_ceiling),
        cmocka_unit_test(test_text_into_a_sink_ends_at_its_refusal),
        cmocka_unit_test(test_text_of_one_line_has_no_control_character),
        cmocka_unit_test(test_records_are_read_as_they_were_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
