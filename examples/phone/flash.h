/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone's flash: a folder with two banks for images, and the boot loader's choice between them.
 *
 * An image is any file. If it begins with lines `Name: value`, these may be `Version`, if the
 * version is not the file's name; `Boots: no`, if the image does not boot; and `Next`, a further
 * file of the image.
 */
#ifndef PHONE_FLASH_H
#define PHONE_FLASH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#include <provision/provision.h>

enum { FLASH_N_BANKS = 2, FLASH_TEXT_CAP = 160, FLASH_PATH_CAP = 4096, FLASH_NAME_CAP = 32 };

/** One bank. All empty: nothing was ever written to it. */
struct bank {
    char load[FLASH_TEXT_CAP];    /* name of the image, without its suffix */
    char version[FLASH_TEXT_CAP]; /* empty: incomplete */
    char etag[FLASH_TEXT_CAP];    /* of its first file; empty: none */
    bool is_complete;             /* all files are there and were verified */
    bool is_bad;                  /* it did not boot, or was not confirmed */
};

struct flash {
    char folder[FLASH_PATH_CAP - FLASH_NAME_CAP - 1];
    struct bank banks[FLASH_N_BANKS];
    unsigned running; /* number of the bank */
    bool is_tried;    /* the next boot tries the other bank */
    bool is_testing;  /* the running bank was booted for the first time, and is not confirmed */
    FILE *stream;     /* of the file being written; NULL: none */
};

/**
 * Read the flash, and boot: choose the bank to run.
 *
 * @param store_path  The flash is the folder `store_path` with `.flash` appended.
 * @param is_tested   The boot loader requires a confirmation after the first boot of an image.
 * @param[out] note   Receives a message of the boot loader; empty: none.
 * @return false when the flash cannot be read or written; it was reported.
 */
bool flash_boot(struct flash *flash, const char *store_path, bool is_tested, char *note,
                size_t cap);

/** Version of the running image; empty: the phone has its original firmware. */
const char *flash_version(const struct flash *flash);

/** The bank that is not running. */
struct bank *flash_other(struct flash *flash);

/** Confirm the running image. */
bool flash_confirm(struct flash *flash);

/** Path of a file in the other bank. @p number  0: the first file. @return @p buf. */
const char *flash_path(const struct flash *flash, uint32_t number, char *buf, size_t cap);

/** Read the value of a line in an image's head, NUL-terminated; false: it has none. */
bool flash_read_head(const char *path, const char *name, char *value, size_t cap);

/** Write a file of the phone's own, as replace_file() does. */
bool flash_write(const struct flash *flash, const char *name, prov_str content);

/** Write the choice and the state of the banks. Must be durable before anything relies on it. */
bool flash_save(const struct flash *flash);

#endif
