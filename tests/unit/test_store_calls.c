/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The store on real files, each system call interrupted, refused, or without effect. The functions
 * below replace the C library's.
 */
#include "real.h" /* first */

#include <provision/store.h>

#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/array.h"
#include "dials.h"
#include "rows.h"

enum call {
    ANY_CALL, /* each is a chance */
    CALL_OPEN,
    CALL_READ,
    CALL_WRITE,
    CALL_FSYNC,
    CALL_FLOCK,
    CALL_CLOSE,
    CALL_UNLINK,
    CALL_LINK,
    CALL_RENAME,
    CALL_READLINK,
};

static struct {
    struct dial *dial; /* NULL: the calls go through */
    enum call only;    /* which of them is a chance */
    int error;         /* errno; 0: the call says that it did nothing */
    bool is_again;     /* the call that comes repeats an interrupted one */
    int n_open;        /* descriptors */
} fault;

/* An interrupted call is made again, which is no chance of its own. */
static bool is_refused(enum call call)
{
    if (fault.is_again) {
        fault.is_again = false;
        return false;
    }
    bool may_wait = call <= CALL_CLOSE;
    if ((fault.only != ANY_CALL && fault.only != call) || (fault.error == EINTR && !may_wait) ||
        !dial_tick(fault.dial))
        return false;
    fault.is_again = fault.error == EINTR && call != CALL_CLOSE;
    errno = fault.error;
    return true;
}

#ifdef __USE_FILE_OFFSET64 /* then it is open64() that this compiles to */
#define REAL_OPEN open64
#else
#define REAL_OPEN open
#endif
#define REAL_AS(name, ...) REAL(name, __VA_ARGS__)

int open(const char *path, int flags, ...)
{
    REAL_AS(REAL_OPEN, int, const char *, int, ...);
    va_list args;
    va_start(args, flags);
    mode_t mode = flags & O_CREAT ? va_arg(args, mode_t) : 0;
    va_end(args);
    if (fault.dial) { /* no other program inherits it; a new file is no link, and ours */
        assert_true(flags & O_CLOEXEC && flags & O_NOCTTY);
        assert_true(!(flags & O_CREAT) || flags & O_NOFOLLOW);
        assert_true((flags & O_ACCMODE) != O_WRONLY || flags & O_EXCL);
    }
    int fd = is_refused(CALL_OPEN) ? -1 : real(path, flags, mode);
    fault.n_open += fd != -1;
    return fd;
}

ssize_t read(int fd, void *data, size_t len)
{
    REAL(read, ssize_t, int, void *, size_t);
    return is_refused(CALL_READ) ? -1 : real(fd, data, len);
}

ssize_t write(int fd, const void *data, size_t len)
{
    REAL(write, ssize_t, int, const void *, size_t);
    if (is_refused(CALL_WRITE))
        return fault.error ? -1 : 0;
    return real(fd, data, len);
}

/* Takes long; what it is good for, test_store_power.c tries on a disk of its own. */
int fsync(int fd)
{
    (void)fd;
    return is_refused(CALL_FSYNC) ? -1 : 0;
}

int flock(int fd, int operation)
{
    REAL(flock, int, int, int);
    return is_refused(CALL_FLOCK) ? -1 : real(fd, operation);
}

/* Whatever it says, the descriptor is gone. */
int close(int fd)
{
    REAL(close, int, int);
    int result = real(fd);
    fault.n_open--;
    return is_refused(CALL_CLOSE) ? -1 : result;
}

int unlink(const char *path)
{
    REAL(unlink, int, const char *);
    return is_refused(CALL_UNLINK) ? -1 : real(path);
}

int link(const char *from, const char *to)
{
    REAL(link, int, const char *, const char *);
    return is_refused(CALL_LINK) ? -1 : real(from, to);
}

int rename(const char *from, const char *to)
{
    REAL(rename, int, const char *, const char *);
    return is_refused(CALL_RENAME) ? -1 : real(from, to);
}

ssize_t readlink(const char *path, char *target, size_t cap)
{
    REAL(readlink, ssize_t, const char *, char *, size_t);
    if (is_refused(CALL_READLINK))
        return fault.error ? -1 : 0;
    return real(path, target, cap);
}

static const struct row first_rows[] = {{"GPP_A", "first", 0}, {"GPP_B", "first", 0}};
static const struct row old_rows[] = {{"GPP_A", "old", 0}, {"GPP_B", "old", 0}};
static const struct row new_rows[] = {{"GPP_A", "new", 0}, {"GPP_B", "new", 0}};

struct folder {
    char path[64];
    char store[96];
};

static void remove_store(const struct folder *folder)
{
    static const char *const suffixes[] = {"", ".new", ".bak", ".lock", ".damaged"};
    for (size_t i = 0; i < PROVI_LEN(suffixes); i++) {
        char path[128];
        snprintf(path, sizeof path, "%s%s", folder->store, suffixes[i]);
        unlink(path);
    }
}

static prov_status open_store(prov_store **store, const struct folder *folder,
                              const struct prov_alloc *alloc, struct prov_error *err)
{
    const struct prov_store_options opt = {
        .size = sizeof opt, .path = folder->store, .alloc = alloc};
    return prov_store_open(store, &opt, err);
}

static prov_status commit(const struct folder *folder, struct rows rows, struct prov_error *err)
{
    prov_store *store = NULL;
    int n_open = fault.n_open;
    prov_status status = open_store(&store, folder, NULL, err);
    if (status == PROV_OK)
        status = rows_commit(store, rows, err);
    prov_store_close(store);
    assert_int_equal(fault.n_open, n_open);
    return status;
}

/* The file holds the old values, its backup the first ones. */
static void start_over(const struct folder *folder)
{
    remove_store(folder);
    assert_int_equal(commit(folder, ROWS(first_rows), NULL), PROV_OK);
    assert_int_equal(commit(folder, ROWS(old_rows), NULL), PROV_OK);
}

static prov_status commit_with_fault(const struct folder *folder, struct dial *dial, enum call only,
                                     int error, struct prov_error *err)
{
    fault.only = only;
    fault.error = error;
    fault.dial = dial;
    prov_status status = commit(folder, ROWS(new_rows), err);
    fault.dial = NULL;
    fault.is_again = false;
    return status;
}

static void assert_rows(const struct folder *folder, struct rows rows)
{
    prov_store *store = NULL;
    assert_int_equal(open_store(&store, folder, NULL, NULL), PROV_OK);
    assert_true(rows_equal(store, rows));
    prov_store_close(store);
}

static void commit_interrupted(void *ctx, struct dial *dial)
{
    const struct folder *folder = ctx;
    struct prov_error err = {.size = sizeof err};
    start_over(folder);
    assert_int_equal(commit_with_fault(folder, dial, ANY_CALL, EINTR, &err), PROV_OK);
    assert_rows(folder, ROWS(new_rows));
}

static void test_interrupted_calls_are_made_again(void **state)
{
    assert_true(dial_run("interrupted calls", commit_interrupted, *state) > 10);
}

/* Old or new by what the status says; an unreadable file is the backup's matter. */
static void commit_refused(void *ctx, struct dial *dial)
{
    const struct folder *folder = ctx;
    struct prov_error err = {.size = sizeof err};
    start_over(folder);
    prov_status status = commit_with_fault(folder, dial, ANY_CALL, ENOSPC, &err);
    if (status != PROV_OK) {
        assert_true(dial->hit);
        assert_int_equal(status, PROV_E_IO);
        assert_int_equal(err.native, ENOSPC);
        assert_int_equal(err.origin, PROV_ORIGIN_OS);
        assert_string_equal(err.source, folder->store);
    }
    if (!dial->sticky)
        assert_rows(folder, status == PROV_OK ? ROWS(new_rows) : ROWS(old_rows));
}

static void test_refused_calls_leave_old_or_new(void **state)
{
    assert_true(dial_run("refused calls", commit_refused, *state) > 15);
}

static void test_each_refusal_has_its_words(void **state)
{
    static const struct {
        enum call call;
        uint64_t at; /* of the calls of that kind */
        int error;
        const char *message; /* NULL: it does no harm */
        int reason;          /* whose words follow; 0: none */
    } rows[] = {
        {CALL_READLINK, 0, EACCES, "cannot follow the link", EACCES},
        {CALL_READLINK, 0, 0, "cannot follow the link", ENAMETOOLONG},
        {CALL_READLINK, 0, ENOENT, NULL, 0},
        {CALL_OPEN, 0, EROFS, NULL, 0}, /* the lock */
        {CALL_FLOCK, 0, EWOULDBLOCK, "the store is open elsewhere", 0},
        {CALL_UNLINK, 0, EACCES, NULL, 0}, /* what an interrupted commit may have left */
        {CALL_OPEN, 1, EACCES, "cannot open the file", EACCES},
        {CALL_READ, 0, EISDIR, "cannot read the file", EISDIR},
        {CALL_UNLINK, 1, EACCES, "cannot create the new file", EACCES},
        {CALL_OPEN, 2, EACCES, "cannot create the new file", EACCES},
        {CALL_WRITE, 0, 0, "cannot write the new file", EIO},
        {CALL_FSYNC, 0, EIO, "cannot sync the new file", EIO},
        {CALL_CLOSE, 1, EDQUOT, "cannot close the new file", EDQUOT},
        {CALL_CLOSE, 1, EINTR, NULL, 0},
        {CALL_LINK, 0, EPERM, NULL, 0}, /* no backup, then */
        {CALL_RENAME, 0, EACCES, "cannot rename the new file", EACCES},
        {CALL_OPEN, 3, EACCES, "cannot sync the folder", EACCES},
        {CALL_FSYNC, 1, EIO, "cannot sync the folder", EIO},
        {CALL_FSYNC, 1, EINVAL, NULL, 0}, /* a file system that cannot sync folders */
    };
    const struct folder *folder = *state;
    for (size_t i = 0; i < PROVI_LEN(rows); i++) {
        struct dial dial = {.at = rows[i].at};
        struct prov_error err = {.size = sizeof err};
        start_over(folder);
        prov_status status = commit_with_fault(folder, &dial, rows[i].call, rows[i].error, &err);
        assert_true(dial.hit);
        char message[sizeof err.message];
        snprintf(message, sizeof message, "%s%s%s", rows[i].message ? rows[i].message : "",
                 rows[i].reason ? ": " : "", rows[i].reason ? strerror(rows[i].reason) : "");
        if (strcmp(err.message, message) != 0)
            fail_msg("row %zu: '%s'", i, err.message);
        assert_int_equal(status == PROV_OK, !rows[i].message);
        assert_rows(folder, rows[i].message ? ROWS(old_rows) : ROWS(new_rows));
    }
    remove_store(folder);
    assert_int_equal(mkdir(folder->store, 0700), 0); /* opened and closed again */
    assert_int_equal(commit(folder, ROWS(new_rows), NULL), PROV_E_IO);
    assert_int_equal(rmdir(folder->store), 0);
}

static void open_with_little_memory(void *ctx, struct dial *dial)
{
    const struct folder *folder = ctx;
    struct fault_alloc memory;
    prov_store *store = NULL;
    fault_alloc_init(&memory, dial);
    prov_status status = open_store(&store, folder, &memory.alloc, NULL);
    assert_int_equal(status, dial->hit ? PROV_E_NOMEM : PROV_OK);
    if (status == PROV_OK)
        assert_true(rows_equal(store, ROWS(old_rows)));
    prov_store_close(store);
    fault_alloc_assert_empty(&memory);
}

static void test_every_allocation_of_opening_may_fail(void **state)
{
    start_over(*state);
    assert_true(dial_run("memory for opening", open_with_little_memory, *state) > 5);
}

/* A name without a folder, and a link beside it. */
static void test_a_link_in_the_folder_one_is_in_is_followed(void **state)
{
    const struct folder *folder = *state;
    static const struct folder here = {.store = "here"};
    char before[1024];
    assert_non_null(getcwd(before, sizeof before));
    assert_int_equal(chdir(folder->path), 0);
    assert_int_equal(symlink("store.xml", "here"), 0);
    start_over(folder);
    prov_status status = commit(&here, ROWS(new_rows), NULL);
    char target[16] = "";
    ssize_t len = readlink("here", target, sizeof target - 1);
    unlink("here");
    assert_int_equal(chdir(before), 0);
    assert_int_equal(status, PROV_OK);
    assert_int_equal(len, strlen("store.xml"));
    assert_rows(folder, ROWS(new_rows));
}

static int make_folder(void **state)
{
    static struct folder folder = {.path = "/tmp/prov-store-XXXXXX"};
    if (!mkdtemp(folder.path))
        return -1;
    snprintf(folder.store, sizeof folder.store, "%s/store.xml", folder.path);
    *state = &folder;
    return 0;
}

static int remove_folder(void **state)
{
    const struct folder *folder = *state;
    remove_store(folder);
    return rmdir(folder->path);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_interrupted_calls_are_made_again),
        cmocka_unit_test(test_refused_calls_leave_old_or_new),
        cmocka_unit_test(test_each_refusal_has_its_words),
        cmocka_unit_test(test_every_allocation_of_opening_may_fail),
        cmocka_unit_test(test_a_link_in_the_folder_one_is_in_is_followed),
    };
    return cmocka_run_group_tests(tests, make_folder, remove_folder);
}
