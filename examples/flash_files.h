/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A store on NOR flash without a file system: two banks, each large enough for the longest file.
 * The bank written last has the store's file, the other one its backup.
 */
#ifndef EXAMPLE_FLASH_FILES_H
#define EXAMPLE_FLASH_FILES_H

#include <provision/store.h>

/** The flash. Callbacks return 0 or a positive errno. */
struct flash {
    void *ctx;
    uint32_t block_bytes; /* size of the block that is erased at once */
    uint32_t bank_bytes;  /* a multiple of block_bytes; the banks begin at 0 and at bank_bytes */
    int32_t (*read)(void *ctx, uint32_t at, void *buf, size_t len);
    /* Program whole units of FLASH_UNIT erased bytes; each unit once. */
    int32_t (*program)(void *ctx, uint32_t at, const void *data, size_t len);
    int32_t (*erase)(void *ctx, uint32_t at); /* erase a block, to 0xff */
};

enum { FLASH_UNIT = 16 };

/** The state of the single open file. */
struct flash_files {
    const struct flash *flash;
    bool is_damaged;                /* the store has read the backup instead of the file */
    bool keeps_backup;              /* keep the present file when the new one replaces it */
    uint32_t bank;                  /* bank of the open file */
    uint32_t at;                    /* number of bytes read or written */
    uint32_t len;                   /* length of a file being read */
    unsigned char unit[FLASH_UNIT]; /* last written bytes, less than a unit */
};

/** Operations for prov_store_options.files. @p files and @p flash must outlive the store. */
struct prov_files flash_files_init(struct flash_files *files, const struct flash *flash);

#endif
