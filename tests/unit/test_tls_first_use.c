/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* Each first use of OpenSSL in a process where malloc() sets errno although it succeeds. */
#define _GNU_SOURCE /* sbrk, MAP_FIXED_NOREPLACE */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include <provision/decode.h>

#include <openssl/crypto.h>

#include "base/alloc.h"
#include "tls/tls.h"

#define BLOCKS 64
#define BLOCK_BYTES 32768
#define MORE_BYTES 16384

/* The heap cannot grow in place: glibc gets memory elsewhere, after a failure that sets errno. */
static void block_heap(void)
{
    size_t page = (size_t)sysconf(_SC_PAGESIZE);
    uintptr_t end = (uintptr_t)sbrk(0);
    void *at = (void *)((end + page - 1) / page * page);
    void *got = mmap(at, page, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
    if (got != at)
        skip(); /* this system has something else there */
}

static bool malloc_sets_errno(void)
{
    void *blocks[BLOCKS];
    errno = 0;
    for (size_t i = 0; i < BLOCKS; i++)
        assert_non_null(blocks[i] = malloc(BLOCK_BYTES));
    bool is_set = errno != 0;
    for (size_t i = 0; i < BLOCKS; i++)
        free(blocks[i]);
    return is_set;
}

/* Blocks so large that the heap has to grow while OpenSSL is used first. */
static void *take(size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return malloc(size + MORE_BYTES);
}

static void *retake(void *block, size_t size, const char *file, int line)
{
    (void)file;
    (void)line;
    return realloc(block, size + MORE_BYTES);
}

static void give_back(void *block, const char *file, int line)
{
    (void)file;
    (void)line;
    free(block);
}

static bool library_sees_errno_set(void)
{
    errno = EINVAL; /* of before, which says nothing */
    return !provi_alloc_errno_tells();
}

/* In a process whose heap is as it was. */
static bool is_seen(bool (*look)(void))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(look());
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* What the library finds out about malloc() is what this test does. */
static void test_alloc_errno_tells_by_the_c_library(void **state)
{
    (void)state;
    assert_int_equal(is_seen(library_sees_errno_set), is_seen(malloc_sets_errno));
    block_heap();
    assert_int_equal(is_seen(library_sees_errno_set), is_seen(malloc_sets_errno));
}

/* In a process that has not used OpenSSL yet. */
static void check_first_use(prov_status (*use)(struct prov_error *))
{
    int status;
    pid_t child = fork();
    if (child == 0)
        _exit(use(NULL) == PROV_OK ? 0 : 1);
    assert_int_equal(waitpid(child, &status, 0), child);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void test_tls_first_use_with_memory_from_elsewhere(void **state)
{
    (void)state;
    check_first_use(provi_tls_use_first);
    check_first_use(prov_decode_prepare);
    if (!malloc_sets_errno())
        skip(); /* another C library */
}

int main(void)
{
    if (CRYPTO_set_mem_functions(take, retake, give_back) != 1)
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_alloc_errno_tells_by_the_c_library),
        cmocka_unit_test(test_tls_first_use_with_memory_from_elsewhere),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
