/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * Fault dials: turn one fault through every position of a scenario.
 *
 * A dial counts chances to fail - allocations, steps of a transport, operations on a store - and
 * says "now" at one of them. dial_run() repeats a scenario with the fault at the first chance, the
 * second, … until the scenario comes through without meeting it. Streams have a dial of their own,
 * feed_every_split() and feed_every_cut().
 *
 * A broken promise of the code under test (a wrong old_size, a forgotten status) ends the program
 * with abort(), so that these helpers serve unit tests and fuzz targets alike.
 */
#ifndef TEST_SUPPORT_DIALS_H
#define TEST_SUPPORT_DIALS_H

#include <provision/base.h>

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#if defined(__GNUC__)
#define TEST_PRINTF(text, first) __attribute__((format(printf, text, first)))
#else
#define TEST_PRINTF(text, first)
#endif

/** Print the fault and the position of the dial, then abort(). */
_Noreturn void test_die(const char *format, ...) TEST_PRINTF(1, 2);

/**
 * How much a test does that repeats one thing thousands of times, by PROV_TEST_SAMPLES: all of it,
 * and the number given times as much in tests/long; samples, for `some` and `few`; and those of
 * `few` alone in an emulator and under valgrind. Each kind of fault is among the few.
 */
bool test_takes_samples(void);
bool test_takes_few(void);
unsigned test_times(void);

/** A dial that never fails. */
#define DIAL_OFF UINT64_MAX

struct dial {
    uint64_t at;   /**< the chance that fails, counted from 0; DIAL_OFF = none */
    uint64_t seen; /**< chances so far */
    bool hit;      /**< the fault has happened */
    bool sticky;   /**< every later chance fails as well: memory stays short, power stays off */
};

/** Count one chance. True: fail now. A NULL dial never fails. */
bool dial_tick(struct dial *dial);

/**
 * Called once per position. Builds everything anew, runs with faults from @p dial, checks the
 * outcome both ways: where the fault was not met, the scenario has to succeed.
 */
typedef void (*dial_scenario)(void *ctx, struct dial *dial);

/**
 * Run @p scenario at every position, first with one fault each, then with a fault that stays.
 *
 * @return positions that met the fault; 0 says that the scenario has no such chance at all.
 */
uint64_t dial_run(const char *name, dial_scenario scenario, void *ctx);

/**
 * At samples of the positions, in turn two with one fault and two with one that stays.
 *
 * @return chances in a scenario that met no fault.
 */
uint64_t dial_sample(const char *name, dial_scenario scenario, void *ctx);

/**
 * An allocator that fails by dial, checks each `old_size`, moves every block it resizes, and
 * fills what it frees. Memory asked for is never zero.
 */
struct fault_alloc {
    struct prov_alloc alloc; /**< for the library; valid as long as this struct stays in place */
    struct dial *dial;       /**< NULL: never fails */
    const void *secret;      /**< if set, a block given back with these bytes inside is an error */
    size_t secret_len;
    uint64_t n_calls;  /**< requests for memory, freeing not counted */
    uint64_t n_blocks; /**< live now */
    size_t live_bytes;
    size_t peak_bytes;
};

void fault_alloc_init(struct fault_alloc *memory, struct dial *dial);

/** Dies if a block is still live. */
void fault_alloc_assert_empty(const struct fault_alloc *memory);

/** One way of handing bytes to a sink. */
struct feed {
    const uint8_t *data;
    size_t len;
    size_t first;  /**< bytes in the first write */
    size_t second; /**< bytes in the second write; 0 = as in the later ones */
    size_t chunk;  /**< bytes in each later write; 0 = all the rest */
};

/** Everything in one write. */
struct feed feed_whole(const void *data, size_t len);
/** Two writes, the first of @p first bytes. */
struct feed feed_split(const void *data, size_t len, size_t first);
/** Writes of @p chunk bytes. */
struct feed feed_chunks(const void *data, size_t len, size_t chunk);

/**
 * Write all bytes and finish. Each write gets a block of its own that is gone after the call. Stops
 * at the first failure, having checked that the sink repeats its status from then on.
 */
prov_status feed_run(const struct feed *feed, const struct prov_sink *sink, struct prov_error *err);

/** Three writes, the first two of @p first and @p second bytes. */
struct feed feed_split_twice(const void *data, size_t len, size_t first, size_t second);

/** Called once per way of feeding; makes a fresh sink and calls feed_run(). */
typedef void (*feed_scenario)(void *ctx, const struct feed *feed);

/**
 * The same bytes whole, in small chunks of several sizes and split in two at every byte (above
 * 4,096 bytes: at about as many places, evenly spread).
 */
void feed_every_split(const void *data, size_t len, feed_scenario scenario, void *ctx);

/** The bytes cut short after 0, 1, … `len - 1` bytes (spread as above), each in one write. */
void feed_every_cut(const void *data, size_t len, feed_scenario scenario, void *ctx);

/** A sink that keeps what it gets. Fails with @p fail_status by dial, one chance per call. */
struct capture {
    struct prov_sink sink;
    struct dial *dial;       /**< NULL: never fails */
    prov_status fail_status; /**< PROV_E_HOST unless set otherwise */
    prov_status failed;      /**< what it repeats; PROV_OK while well */
    uint8_t *data;           /**< NUL behind the last byte, for reading in a debugger */
    size_t len;
    size_t cap;
    uint64_t n_writes;
    bool is_finished;
};

void capture_init(struct capture *capture, struct dial *dial);
void capture_free(struct capture *capture);
bool capture_equals(const struct capture *capture, const void *data, size_t len);

/** Secrets planted in a scenario, to be found nowhere in what it says. */
struct secrets {
    struct secret {
        const uint8_t *data;
        size_t len;
    } all[16];
    size_t n_all;
};

/** Remember a secret of at least 4 bytes; borrowed as long as @p secrets is used. */
void secrets_plant(struct secrets *secrets, const void *data, size_t len);

/** Which secret @p text shows, as it is or in hexadecimal of either case; NULL if none. */
const struct secret *secrets_find(const struct secrets *secrets, const void *text, size_t len);

/** Dies if @p text shows a secret. @p where names the text. */
void secrets_assert_absent(const struct secrets *secrets, const char *where, const void *text,
                           size_t len);

/** The same for every byte of an error record. */
void secrets_assert_clean_error(const struct secrets *secrets, const struct prov_error *err);

#endif
