/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "dials.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* More positions than any scenario of ours has: a dial that gets here does not count down. */
#define MAX_POSITIONS 1000000u
/* Single splits tried for one input; more bytes than this are sampled. */
#define MAX_SPLITS 4096u

/*
 * The position of the running dial. A failed assertion jumps out of the scenario, so the position
 * is printed afterwards: before the next run or at exit.
 */
static struct {
    const char *name; /* NULL: none is running */
    uint64_t at;
    bool sticky;
} position;

static void tell_position(void)
{
    if (position.name == NULL)
        return;
    fprintf(stderr, "dial \"%s\" was at position %llu (%s)\n", position.name,
            (unsigned long long)position.at, position.sticky ? "fault stays" : "one fault");
    position.name = NULL;
}

void test_die(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    vfprintf(stderr, format, args);
    va_end(args);
    fputc('\n', stderr);
    tell_position();
    abort();
}

bool test_takes_samples(void)
{
    const char *samples = getenv("PROV_TEST_SAMPLES");
    return test_takes_few() || (samples && strcmp(samples, "some") == 0);
}

bool test_takes_few(void)
{
    const char *samples = getenv("PROV_TEST_SAMPLES");
    return samples && strcmp(samples, "few") == 0;
}

unsigned test_times(void)
{
    const char *samples = getenv("PROV_TEST_SAMPLES");
    unsigned n = samples ? (unsigned)strtoul(samples, NULL, 10) : 0;
    return n > 0 ? n : 1;
}

static void start_telling(void)
{
    static bool is_registered;
    tell_position();
    if (!is_registered)
        atexit(tell_position);
    is_registered = true;
}

bool dial_tick(struct dial *dial)
{
    if (dial == NULL)
        return false;
    uint64_t chance = dial->seen++;
    if (chance != dial->at && !(dial->sticky && chance > dial->at))
        return false;
    dial->hit = true;
    return true;
}

/* Of a long scenario few positions are samples as well. */
static uint64_t next_position(uint64_t at)
{
    return at + 1 + (test_takes_few() && at >= 32 ? at / 16 : 0);
}

static void run_position(const char *name, dial_scenario scenario, void *ctx, struct dial *dial)
{
    position.name = name;
    position.at = dial->at;
    position.sticky = dial->sticky;
    scenario(ctx, dial);
    position.name = NULL;
}

static uint64_t run_positions(const char *name, dial_scenario scenario, void *ctx, bool sticky)
{
    for (uint64_t at = 0; at < MAX_POSITIONS; at = next_position(at)) {
        struct dial dial = {.at = at, .sticky = sticky};
        run_position(name, scenario, ctx, &dial);
        if (!dial.hit)
            return at;
    }
    test_die("dial \"%s\" never runs out of positions", name);
}

uint64_t dial_run(const char *name, dial_scenario scenario, void *ctx)
{
    start_telling();
    uint64_t n_single = run_positions(name, scenario, ctx, false);
    run_positions(name, scenario, ctx, true);
    return n_single;
}

uint64_t dial_sample(const char *name, dial_scenario scenario, void *ctx)
{
    struct dial dial = {.hit = true};
    unsigned n = 0;
    start_telling();
    for (uint64_t at = 0; dial.hit; at += 1 + at / (test_takes_few() ? 2 : 4), n++) {
        dial = (struct dial){.at = at, .sticky = n % 4 >= 2};
        run_position(name, scenario, ctx, &dial);
    }
    return dial.seen;
}

#define BLOCK_MAGIC 0x70726f762d6f6b21u
#define BLOCK_GONE 0x676f6e652d676f6eu
#define FRESH_BYTE 0xa5
#define FREED_BYTE 0xdd

/* Placed before each block, as long as the strictest alignment asks for. */
union block {
    struct {
        uint64_t magic;
        size_t size;
        struct fault_alloc *owner;
    } head;
    max_align_t align;
};

/* Bytes behind a block, which nobody may write. A sanitizer sees even who reads them. */
enum { GUARD_BYTES = 16, GUARD_BYTE = 0xb7 };
#if defined(__SANITIZE_ADDRESS__)
#define HAS_GUARD 0
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define HAS_GUARD 0
#endif
#endif
#ifndef HAS_GUARD
#define HAS_GUARD 1
#endif

static bool contains(const uint8_t *data, size_t len, const uint8_t *wanted, size_t wanted_len)
{
    for (size_t i = 0; wanted_len > 0 && i + wanted_len <= len; i++) {
        if (memcmp(data + i, wanted, wanted_len) == 0)
            return true;
    }
    return false;
}

static union block *block_of(struct fault_alloc *memory, void *ptr, size_t old_size)
{
    union block *block = (union block *)ptr - 1;
    if (block->head.magic != BLOCK_MAGIC || block->head.owner != memory)
        test_die("allocator: %s", block->head.magic == BLOCK_GONE
                                      ? "block given back twice"
                                      : "block of another allocator, or overwritten from below");
    if (block->head.size != old_size)
        test_die("allocator: old_size %zu for a block of %zu bytes", old_size, block->head.size);
    const uint8_t *guard = (const uint8_t *)ptr + old_size;
    for (size_t i = 0; HAS_GUARD && i < GUARD_BYTES; i++)
        if (guard[i] != GUARD_BYTE)
            test_die("allocator: byte %zu behind a block of %zu bytes was written", i, old_size);
    return block;
}

static void *block_new(struct fault_alloc *memory, size_t size)
{
    const size_t guard = HAS_GUARD ? GUARD_BYTES : 0;
    if (size > SIZE_MAX - sizeof(union block) - guard)
        return NULL;
    union block *block = malloc(sizeof *block + size + guard);
    if (block == NULL)
        return NULL;
    block->head.magic = BLOCK_MAGIC;
    block->head.size = size;
    block->head.owner = memory;
    memset(block + 1, FRESH_BYTE, size);
    memset((uint8_t *)(block + 1) + size, GUARD_BYTE, guard);
    memory->n_blocks++;
    memory->live_bytes += size;
    if (memory->live_bytes > memory->peak_bytes)
        memory->peak_bytes = memory->live_bytes;
    return block + 1;
}

static void block_free(struct fault_alloc *memory, union block *block)
{
    uint8_t *bytes = (uint8_t *)(block + 1);
    size_t size = block->head.size;
    if (contains(bytes, size, memory->secret, memory->secret_len))
        test_die("allocator: a block of %zu bytes came back with the secret in it", size);
    memory->n_blocks--;
    memory->live_bytes -= size;
    memset(bytes, FREED_BYTE, size);
    block->head.magic = BLOCK_GONE;
    free(block);
}

static void *fault_resize(void *ctx, void *ptr, size_t old_size, size_t new_size)
{
    struct fault_alloc *memory = ctx;
    if (ptr == NULL && old_size != 0)
        test_die("allocator: old_size %zu without a block", old_size);
    union block *old = ptr != NULL ? block_of(memory, ptr, old_size) : NULL;
    if (new_size == 0) {
        if (old != NULL)
            block_free(memory, old);
        return NULL;
    }
    memory->n_calls++;
    if (dial_tick(memory->dial))
        return NULL;
    void *moved = block_new(memory, new_size);
    if (moved != NULL && old != NULL) {
        memcpy(moved, ptr, old_size < new_size ? old_size : new_size);
        block_free(memory, old);
    }
    return moved;
}

void fault_alloc_init(struct fault_alloc *memory, struct dial *dial)
{
    *memory = (struct fault_alloc){
        .alloc = {.resize = fault_resize, .ctx = memory},
        .dial = dial,
    };
}

void fault_alloc_assert_empty(const struct fault_alloc *memory)
{
    if (memory->n_blocks != 0)
        test_die("allocator: %llu blocks of %zu bytes together were never given back",
                 (unsigned long long)memory->n_blocks, memory->live_bytes);
}

struct feed feed_split(const void *data, size_t len, size_t first)
{
    return (struct feed){.data = data, .len = len, .first = first};
}

struct feed feed_split_twice(const void *data, size_t len, size_t first, size_t second)
{
    struct feed feed = feed_split(data, len, first);
    feed.second = second;
    return feed;
}

struct feed feed_whole(const void *data, size_t len)
{
    return feed_split(data, len, len);
}

struct feed feed_chunks(const void *data, size_t len, size_t chunk)
{
    struct feed feed = feed_split(data, len, chunk < len ? chunk : len);
    feed.chunk = chunk;
    return feed;
}

static prov_status write_copy(const struct prov_sink *sink, const uint8_t *data, size_t len,
                              struct prov_error *err)
{
    uint8_t *copy = malloc(len > 0 ? len : 1);
    if (copy == NULL)
        test_die("feed: out of memory");
    if (len > 0)
        memcpy(copy, data, len);
    prov_status status = sink->write(sink->ctx, copy, len, err);
    memset(copy, FREED_BYTE, len);
    free(copy);
    return status;
}

/* A link that failed stays failed, with the same status, whatever comes after. */
static void assert_stays_failed(const struct prov_sink *sink, prov_status status)
{
    prov_status again = sink->write(sink->ctx, "x", 1, NULL);
    if (again != status)
        test_die("feed: failed with %d, then a write said %d", (int)status, (int)again);
    again = sink->finish(sink->ctx, NULL);
    if (again != status)
        test_die("feed: failed with %d, then finish said %d", (int)status, (int)again);
}

prov_status feed_run(const struct feed *feed, const struct prov_sink *sink, struct prov_error *err)
{
    const size_t later = feed->chunk > 0 ? feed->chunk : SIZE_MAX;
    size_t done = 0;
    size_t want = feed->first;
    size_t next = feed->second > 0 ? feed->second : later;
    while (done < feed->len || want == 0) {
        size_t rest = feed->len - done;
        size_t len = want < rest ? want : rest;
        prov_status status = write_copy(sink, feed->data + done, len, err);
        if (status != PROV_OK) {
            assert_stays_failed(sink, status);
            return status;
        }
        done += len;
        want = next;
        next = later;
    }
    return sink->finish(sink->ctx, err);
}

static size_t stride_of(size_t len)
{
    return len / MAX_SPLITS + 1;
}

void feed_every_split(const void *data, size_t len, feed_scenario scenario, void *ctx)
{
    static const size_t chunks[] = {1, 2, 3, 5, 7, 16, 17, 64, 100, 512, 4096};
    struct feed feed = feed_whole(data, len);
    scenario(ctx, &feed);
    for (size_t i = 0; i < sizeof chunks / sizeof chunks[0] && chunks[i] < len; i++) {
        feed = feed_chunks(data, len, chunks[i]);
        scenario(ctx, &feed);
    }
    /* Of a longer text few samples are a seventh. */
    size_t stride = stride_of(len) * (len > 64 && test_takes_few() ? 7 : 1);
    for (size_t first = 0; first < len; first += stride) {
        feed = feed_split(data, len, first);
        scenario(ctx, &feed);
    }
}

void feed_every_cut(const void *data, size_t len, feed_scenario scenario, void *ctx)
{
    for (size_t kept = 0; kept < len; kept += stride_of(len)) {
        struct feed feed = feed_whole(data, kept);
        scenario(ctx, &feed);
    }
}

static prov_status capture_fail(struct capture *capture, prov_status status, struct prov_error *err)
{
    capture->failed = status;
    if (err != NULL && err->status == PROV_OK)
        err->status = status;
    return status;
}

static prov_status capture_reserve(struct capture *capture, size_t len)
{
    if (len < capture->cap - capture->len)
        return PROV_OK;
    size_t cap = (capture->len + len + 1) * 2;
    uint8_t *data = realloc(capture->data, cap);
    if (data == NULL)
        return PROV_E_NOMEM;
    capture->data = data;
    capture->cap = cap;
    return PROV_OK;
}

static prov_status capture_write(void *ctx, const void *data, size_t len, struct prov_error *err)
{
    struct capture *capture = ctx;
    if (capture->failed != PROV_OK)
        return capture->failed;
    if (capture->is_finished)
        test_die("capture: written to after finish");
    capture->n_writes++;
    if (dial_tick(capture->dial))
        return capture_fail(capture, capture->fail_status, err);
    if (capture_reserve(capture, len) != PROV_OK)
        return capture_fail(capture, PROV_E_NOMEM, err);
    if (len > 0)
        memcpy(capture->data + capture->len, data, len);
    capture->len += len;
    capture->data[capture->len] = '\0';
    return PROV_OK;
}

static prov_status capture_finish(void *ctx, struct prov_error *err)
{
    struct capture *capture = ctx;
    if (capture->failed != PROV_OK)
        return capture->failed;
    if (capture->is_finished)
        test_die("capture: finished twice");
    if (dial_tick(capture->dial))
        return capture_fail(capture, capture->fail_status, err);
    capture->is_finished = true;
    return PROV_OK;
}

void capture_init(struct capture *capture, struct dial *dial)
{
    *capture = (struct capture){
        .sink = {.write = capture_write, .finish = capture_finish, .ctx = capture},
        .dial = dial,
        .fail_status = PROV_E_HOST,
    };
}

void capture_free(struct capture *capture)
{
    free(capture->data);
    capture->data = NULL;
    capture->len = capture->cap = 0;
}

bool capture_equals(const struct capture *capture, const void *data, size_t len)
{
    return capture->len == len && (len == 0 || memcmp(capture->data, data, len) == 0);
}

void secrets_plant(struct secrets *secrets, const void *data, size_t len)
{
    if (secrets->n_all == sizeof secrets->all / sizeof secrets->all[0] || len < 4)
        test_die("secrets: too many, or one too short to be distinguished from chance");
    secrets->all[secrets->n_all++] = (struct secret){.data = data, .len = len};
}

static bool is_hex_at(const uint8_t *text, const struct secret *secret)
{
    static const char lower[] = "0123456789abcdef";
    static const char upper[] = "0123456789ABCDEF";
    for (size_t i = 0; i < secret->len; i++) {
        uint8_t high = secret->data[i] >> 4;
        uint8_t low = secret->data[i] & 15;
        if (text[2 * i] != lower[high] && text[2 * i] != upper[high])
            return false;
        if (text[2 * i + 1] != lower[low] && text[2 * i + 1] != upper[low])
            return false;
    }
    return true;
}

static bool contains_hex(const uint8_t *text, size_t len, const struct secret *secret)
{
    for (size_t i = 0; i + 2 * secret->len <= len; i++) {
        if (is_hex_at(text + i, secret))
            return true;
    }
    return false;
}

const struct secret *secrets_find(const struct secrets *secrets, const void *text, size_t len)
{
    for (size_t i = 0; i < secrets->n_all; i++) {
        const struct secret *secret = &secrets->all[i];
        if (contains(text, len, secret->data, secret->len) || contains_hex(text, len, secret))
            return secret;
    }
    return NULL;
}

void secrets_assert_absent(const struct secrets *secrets, const char *where, const void *text,
                           size_t len)
{
    const struct secret *secret = secrets_find(secrets, text, len);
    if (secret != NULL)
        test_die("%s shows the secret \"%.*s\"", where, (int)secret->len,
                 (const char *)secret->data);
}

void secrets_assert_clean_error(const struct secrets *secrets, const struct prov_error *err)
{
    secrets_assert_absent(secrets, "an error's subject", err->subject, sizeof err->subject);
    secrets_assert_absent(secrets, "an error's source", err->source, sizeof err->source);
    secrets_assert_absent(secrets, "an error's message", err->message, sizeof err->message);
}
