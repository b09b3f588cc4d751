/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/**
 * The phone's flash: a folder with two banks for images, and the boot loader's choice between them.
 *
 * An image is any file. One that begins with lines `Name: value` may have `Version`, its version if
 * that is not its name; `Boots: no`, if it does not boot; and `Next`, a further file of it.
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
    char version[FLASH_TEXT_CAP]; /* empty: not complete yet */
    char etag[FLASH_TEXT_CAP];    /* of its first file; empty: none */
    bool is_complete;             /* all files are there and were verified */
    bool is_bad;                  /* it did not boot, or was not confirmed */
};

struct flash {
    char folder[FLASH_PATH_CAP - FLASH_NAME_CAP - 1];
    struct bank banks[FLASH_N_BANKS];
    unsigned running; /* number of the bank */
    bool is_tried;    /* the next boot is to try the other bank */
    bool is_testing;  /* the running bank was booted once, and nobody has confirmed it */
    FILE *stream;     /* of the file being written; NULL: none */
};

/**
 * Read the flash, and boot: choose the bank to run.
 *
 * @param store_path  The flash is the folder `store_path` with `.flash` appended.
 * @param is_tested   The boot loader waits for a confirmation of an image that it boots first.
 * @param[out] note   Receives what the boot loader has to report; empty: nothing.
 * @return false when the flash cannot be read or written; it was reported.
 */
bool flash_boot(struct flash *flash, const char *store_path, bool is_tested, char *note,
                size_t cap);

/** Version of the running image; empty: it is the one the phone was made with. */
const char *flash_version(const struct flash *flash);

/** The bank that does not run. */
struct bank *flash_other(struct flash *flash);

/** The running image is good. */
bool flash_confirm(struct flash *flash);

/** Path of a file of the other bank. @p number  0: the first one. @return @p buf. */
const char *flash_path(const struct flash *flash, uint32_t number, char *buf, size_t cap);

/** Value of a line of an image's head, with a NUL; false: it has none. */
bool flash_read_head(const char *path, const char *name, char *value, size_t cap);

/** Write a file of the phone's own, as replace_file() does. */
bool flash_write(const struct flash *flash, const char *name, prov_str content);

/** Write the choice and the state of the banks, before anything relies on them. */
bool flash_save(const struct flash *flash);

#endif
