/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * @file
 * A small disk that can lose its power: `struct prov_files` over memory.
 *
 * Nothing is durable before it is synced. A power cut keeps any selection of what was not synced:
 * of a file's data nothing, all, its first half, its last half, or its length alone; of the changes
 * to the folder any subset. disk_n_crashes() returns the number of such outcomes, disk_crash()
 * makes one of them true.
 */
#ifndef TEST_SUPPORT_DISK_H
#define TEST_SUPPORT_DISK_H

#include <provision/store.h>

#include "dials.h"

enum {
    DISK_BYTES = 4096, /**< in a file */
    DISK_FILES = 12,   /**< alive at once, named or not */
    DISK_NAMES = 6,    /**< ever used */
    DISK_CHANGES = 12, /**< to the folder between two syncs of it */
};

struct disk_content {
    uint8_t bytes[DISK_BYTES];
    size_t len;
};

struct disk_file {
    struct disk_content now;
    struct disk_content synced;
    bool is_dirty;
};

/** `name` came to stand for `file`, and `gone` (if not -1) for none, in one step. */
struct disk_change {
    int name;
    int file;
    int gone;
};

struct disk {
    struct prov_files files; /**< for the library; set anew by disk_copy() */
    struct dial *dial;       /**< one chance per operation; NULL: never fails */
    int32_t error;           /**< errno of an operation that fails by dial; 0: the power goes */
    bool syncs_nothing;      /**< a disk that lies, to see the tests notice */
    bool is_off;
    uint64_t n_operations;
    uint64_t n_writes; /**< operations that change the disk */
    uint64_t n_syncs;  /**< of a file or the folder */

    char names[DISK_NAMES][32];
    size_t n_names;
    int now[DISK_NAMES];    /**< file a name stands for; -1 none */
    int synced[DISK_NAMES]; /**< the same after a power cut that loses every change */
    struct disk_change changes[DISK_CHANGES];
    size_t n_changes;
    struct disk_file all[DISK_FILES];

    struct disk_handle {
        bool is_open;
        int file;
        size_t at;
    } handles[4];
    bool is_locked;
};

/** An empty disk. */
void disk_init(struct disk *disk);

/** Another disk with the same content; nothing is open on either. */
void disk_copy(struct disk *to, const struct disk *from);

/** The store in the disk's file `s`; NULL: one in memory. Dies when it does not open. */
prov_store *disk_open_store(struct disk *disk, bool user_wins);

/** Dies if a file or the lock is still open. */
void disk_assert_closed(const struct disk *disk);

/** Outcomes of a power cut now. */
unsigned disk_n_crashes(const struct disk *disk);

/** Cut the power, if it is still on, with outcome @p way < disk_n_crashes(); turn it on again. */
void disk_crash(struct disk *disk, unsigned way);

/** Content of a file; NULL: there is none. Durable and dirty alike may be changed by the caller. */
struct disk_content *disk_content_of(struct disk *disk, const char *name);

/** Put a durable file there. */
void disk_put(struct disk *disk, const char *name, const void *data, size_t len);

#endif
