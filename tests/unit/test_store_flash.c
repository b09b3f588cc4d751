/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* examples/flash_files.c, a store on flash without a file system, over a chip that loses power. */
#include "../../examples/flash_files.h"

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "aes_gcm.h"
#include "base/array.h"
#include "base/str.h"
#include "dials.h"
#include "rows.h"

enum { BLOCK = 256, BANK = 4 * BLOCK, CHIP = 2 * BANK };

/* How much of an operation is done during which the power goes. */
enum { NOTHING, HALF, ALL, N_CUTS };

struct chip {
    unsigned char bytes[CHIP];
    bool is_programmed[CHIP / FLASH_UNIT];
    struct dial *dial; /* one chance per operation that changes the chip */
    unsigned cut;
    int32_t error; /* of an operation that fails; 0: the power goes */
    bool is_off;
    uint64_t n_erased;
};

/* How many of @p len bytes the operation reaches. */
static size_t reach(struct chip *chip, size_t len, int32_t *error)
{
    *error = EIO;
    if (chip->is_off)
        return 0;
    *error = 0;
    if (!dial_tick(chip->dial))
        return len;
    *error = chip->error ? chip->error : EIO;
    chip->is_off = chip->error == 0;
    return chip->cut == ALL ? len : chip->cut == HALF ? len / 2 : 0;
}

static int32_t chip_read(void *ctx, uint32_t at, void *buf, size_t len)
{
    struct chip *chip = ctx;
    assert_true(at <= CHIP && len <= CHIP - at);
    memcpy(buf, chip->bytes + at, len);
    return chip->is_off ? EIO : 0;
}

static int32_t chip_program(void *ctx, uint32_t at, const void *data, size_t len)
{
    struct chip *chip = ctx;
    const unsigned char *from = data;
    int32_t error;
    assert_true(at % FLASH_UNIT == 0 && len % FLASH_UNIT == 0 && at + len <= CHIP);
    size_t n = reach(chip, len, &error);
    for (size_t i = 0; i < n; i++) {
        bool *is_programmed = &chip->is_programmed[(at + i) / FLASH_UNIT];
        assert_false(i % FLASH_UNIT == 0 && *is_programmed);
        *is_programmed = true;
        chip->bytes[at + i] &= from[i];
    }
    return error;
}

static int32_t chip_erase(void *ctx, uint32_t at)
{
    struct chip *chip = ctx;
    int32_t error;
    assert_true(at % BLOCK == 0 && at < CHIP);
    size_t n = reach(chip, BLOCK, &error);
    memset(chip->bytes + at, 0xff, n);
    if (n == BLOCK)
        memset(chip->is_programmed + at / FLASH_UNIT, 0, BLOCK / FLASH_UNIT);
    chip->n_erased++;
    return error;
}

static void chip_init(struct chip *chip)
{
    *chip = (struct chip){.is_off = false};
    memset(chip->bytes, 0xff, sizeof chip->bytes);
}

static const struct prov_store_seal *seal;

/* A start of the device; the store's files are in @p files as long as it is open. */
struct start {
    struct flash flash;
    struct flash_files files;
    prov_store *store;
};

static prov_status open_store(struct start *start, struct chip *chip, struct prov_error *err)
{
    *start = (struct start){
        .flash = {.ctx = chip,
                  .block_bytes = BLOCK,
                  .bank_bytes = BANK,
                  .read = chip_read,
                  .program = chip_program,
                  .erase = chip_erase},
    };
    const struct prov_files files = flash_files_init(&start->files, &start->flash);
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = "phone", .files = &files, .seal = seal};
    return prov_store_open(&start->store, &opt, err);
}

static const struct row states[][2] = {
    {{"GPP_A", "the first value", 0}, {"GPP_B", "b", PROV_ACCESS_READ}},
    {{"GPP_A", "2", 0}, {"GPP_B", "a longer value than the one before", PROV_ACCESS_READ}},
    {{"GPP_A", "three", 0}, {"GPP_B", "", PROV_ACCESS_READ}},
    {{"GPP_A", "4", 0}, {"GPP_B", "and the last", PROV_ACCESS_READ}},
};

static struct rows rows_of(size_t n)
{
    return n == 0 ? (struct rows){NULL, 0} : (struct rows){states[n - 1], 2};
}

/* Starts with state @p n, each of which commits the next state; returns the state after the last
 * commit that returned PROV_OK. */
static size_t live(struct chip *chip, size_t n)
{
    for (; n < PROVI_LEN(states) && !chip->is_off; n++) {
        struct start start;
        if (open_store(&start, chip, NULL) != PROV_OK)
            return n;
        assert_true(rows_equal(start.store, rows_of(n)));
        prov_status status = rows_commit(start.store, rows_of(n + 1), NULL);
        prov_store_close(start.store);
        if (status != PROV_OK)
            return n;
    }
    return n;
}

static void test_a_power_cut_leaves_the_old_or_the_new_state(void **state)
{
    (void)state;
    for (unsigned cut = NOTHING; cut < N_CUTS; cut++) {
        bool is_cut = true;
        unsigned n_new = 0;
        for (uint64_t at = 0; is_cut; at++) {
            struct chip chip;
            struct start start;
            struct dial dial = {.at = at};
            chip_init(&chip);
            chip.dial = &dial;
            chip.cut = cut;
            size_t n = live(&chip, 0);
            is_cut = dial.hit;
            chip.is_off = false;
            chip.dial = NULL;
            assert_int_equal(open_store(&start, &chip, NULL), PROV_OK);
            assert_false(prov_store_was_restored(start.store, NULL));
            bool is_new = n < PROVI_LEN(states) && rows_equal(start.store, rows_of(n + 1));
            assert_true(is_new || rows_equal(start.store, rows_of(n)));
            prov_store_close(start.store);
            n_new += is_new;
            assert_int_equal(live(&chip, n + is_new), PROVI_LEN(states));
        }
        assert_int_equal(n_new > 0, cut == ALL);
    }
}

static void fail_once(void *ctx, struct dial *dial)
{
    struct chip chip;
    (void)ctx;
    chip_init(&chip);
    chip.dial = dial;
    chip.error = EIO;
    chip.cut = HALF;
    size_t n = live(&chip, 0);
    chip.dial = NULL;
    if (!dial->hit)
        assert_int_equal(n, PROVI_LEN(states));
    assert_int_equal(live(&chip, n), PROVI_LEN(states));
}

static void test_an_error_leaves_the_old_state(void **state)
{
    (void)state;
    assert_true(dial_run("flash", fail_once, NULL) > 50);
}

/* The bank of the file is the one with the greater number of the commit. */
static unsigned char *file_bank(struct chip *chip)
{
    uint32_t first, second;
    memcpy(&first, chip->bytes + FLASH_UNIT, sizeof first);
    memcpy(&second, chip->bytes + BANK + FLASH_UNIT, sizeof second);
    return chip->bytes +
           (first != UINT32_MAX && (second == UINT32_MAX || first > second) ? 0 : BANK);
}

static void damage(struct chip *chip)
{
    file_bank(chip)[3 * FLASH_UNIT] ^= 0x10;
}

/* The values come from the other bank, which stays until the damaged one has the new file. */
static void test_a_damaged_bank_is_replaced_by_the_other(void **state)
{
    (void)state;
    bool is_cut = true;
    for (uint64_t at = 0; is_cut; at++) {
        struct chip chip;
        struct start start;
        struct dial dial = {.at = at};
        chip_init(&chip);
        assert_int_equal(live(&chip, 0), PROVI_LEN(states));
        damage(&chip);
        assert_int_equal(open_store(&start, &chip, NULL), PROV_OK);
        assert_true(prov_store_was_restored(start.store, NULL));
        assert_true(rows_equal(start.store, rows_of(3)));
        chip.dial = &dial;
        chip.cut = at % N_CUTS;
        prov_status status = rows_commit(start.store, rows_of(1), NULL);
        prov_store_close(start.store);
        is_cut = dial.hit;
        chip.is_off = false;
        chip.dial = NULL;
        assert_int_equal(open_store(&start, &chip, NULL), PROV_OK);
        bool is_new = rows_equal(start.store, rows_of(1));
        assert_true(status == PROV_OK ? is_new : is_new || rows_equal(start.store, rows_of(3)));
        assert_int_equal(rows_commit(start.store, rows_of(2), NULL), PROV_OK);
        prov_store_close(start.store);
    }
}

static void test_a_file_longer_than_a_bank_is_refused(void **state)
{
    (void)state;
    static char value[BANK];
    struct chip chip;
    struct start start;
    struct prov_error err = {.size = sizeof err};
    const struct row row = {"GPP_A", memset(value, 'v', sizeof value - 1), 0};
    chip_init(&chip);
    assert_int_equal(live(&chip, 0), PROVI_LEN(states));
    assert_int_equal(open_store(&start, &chip, NULL), PROV_OK);
    assert_int_equal(rows_commit(start.store, (struct rows){&row, 1}, &err), PROV_E_IO);
    assert_int_equal(err.native, ENOSPC);
    assert_true(rows_equal(start.store, rows_of(4)));
    assert_int_equal(rows_commit(start.store, rows_of(1), NULL), PROV_OK);
    prov_store_close(start.store);
}

static bool shows(const struct chip *chip, const char *text)
{
    return provi_str_has((prov_str){(const char *)chip->bytes, CHIP}, prov_str_from(text));
}

static void test_sealing_leaves_nothing_plain_on_the_chip(void **state)
{
    (void)state;
    static unsigned char key[32];
    const struct prov_store_seal aes = aes_gcm_seal(key);
    struct chip chip;
    chip_init(&chip);
    struct start start;
    assert_int_equal(live(&chip, 0), PROVI_LEN(states));
    assert_true(shows(&chip, "GPP_"));
    seal = &aes;
    assert_int_equal(open_store(&start, &chip, NULL), PROV_OK);
    assert_int_equal(rows_commit(start.store, rows_of(0), NULL), PROV_OK);
    assert_false(shows(&chip, "GPP_"));
    assert_int_equal(rows_commit(start.store, rows_of(2), NULL), PROV_OK);
    prov_store_close(start.store);
    damage(&chip);
    assert_int_equal(open_store(&start, &chip, NULL), PROV_OK);
    assert_true(prov_store_was_restored(start.store, NULL));
    assert_true(rows_equal(start.store, rows_of(4)));
    prov_store_close(start.store);
    seal = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_power_cut_leaves_the_old_or_the_new_state),
        cmocka_unit_test(test_an_error_leaves_the_old_state),
        cmocka_unit_test(test_a_damaged_bank_is_replaced_by_the_other),
        cmocka_unit_test(test_a_file_longer_than_a_bank_is_refused),
        cmocka_unit_test(test_sealing_leaves_nothing_plain_on_the_chip),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
