/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * A store on NOR flash without a file system: two banks, each as large as the longest file. The
 * bank that was written last is the store's file, the other one its backup.
 */
#ifndef EXAMPLE_FLASH_FILES_H
#define EXAMPLE_FLASH_FILES_H

#include <provision/store.h>

/** The flash. Callbacks return 0 or a positive errno. */
struct flash {
    void *ctx;
    uint32_t block_bytes; /* erased together */
    uint32_t bank_bytes;  /* a multiple of block_bytes; the banks begin at 0 and at bank_bytes */
    int32_t (*read)(void *ctx, uint32_t at, void *buf, size_t len);
    /* Program whole units of FLASH_UNIT bytes that are erased; each unit once. */
    int32_t (*program)(void *ctx, uint32_t at, const void *data, size_t len);
    int32_t (*erase)(void *ctx, uint32_t at); /* a block, to 0xff */
};

enum { FLASH_UNIT = 16 };

/** State of the one file that may be open. */
struct flash_files {
    const struct flash *flash;
    bool is_damaged;                /* the store read the backup in place of the file */
    bool keeps_backup;              /* the present file, when the new one replaces it */
    uint32_t bank;                  /* of the open file */
    uint32_t at;                    /* bytes read or written */
    uint32_t len;                   /* of the file that is read */
    unsigned char unit[FLASH_UNIT]; /* the last bytes written, fewer than a unit */
};

/** Operations for prov_store_options.files. @p files and @p flash must outlive the store. */
struct prov_files flash_files_init(struct flash_files *files, const struct flash *flash);

#endif
