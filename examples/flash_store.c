/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/* A store on flash without a file system; 2 * 64 KiB of memory simulate the flash. */
#include <stdio.h>
#include <string.h>

#include "flash_files.h"

enum { BLOCK_BYTES = 4096, BANK_BYTES = 16 * BLOCK_BYTES };

static unsigned char chip[2 * BANK_BYTES];

static int32_t chip_read(void *ctx, uint32_t at, void *buf, size_t len)
{
    memcpy(buf, (unsigned char *)ctx + at, len);
    return 0;
}

static int32_t chip_program(void *ctx, uint32_t at, const void *data, size_t len)
{
    const unsigned char *from = data;
    for (size_t i = 0; i < len; i++)
        ((unsigned char *)ctx)[at + i] &= from[i];
    return 0;
}

static int32_t chip_erase(void *ctx, uint32_t at)
{
    memset((unsigned char *)ctx + at, 0xff, BLOCK_BYTES);
    return 0;
}

/* Count the starts of the device. */
static prov_status start(const struct flash *flash, struct prov_error *err)
{
    struct flash_files state;
    const struct prov_files files = flash_files_init(&state, flash);
    const struct prov_store_options opt = {.size = sizeof opt, .path = "phone", .files = &files};
    prov_store *store;
    char value[16] = "";
    size_t len;
    unsigned n = 0;
    prov_status status = prov_store_open(&store, &opt, err);
    if (status != PROV_OK)
        return status;
    if (prov_store_get(store, prov_str_from("GPP_A"), value, sizeof value, &len) == PROV_OK)
        sscanf(value, "%u", &n);
    snprintf(value, sizeof value, "%u", n + 1);
    const struct prov_param param = {.size = sizeof param,
                                     .name = prov_str_from("GPP_A"),
                                     .value = prov_str_from(value),
                                     .has_value = PROV_VALUE_GIVEN};
    status = prov_store_begin(store, err);
    if (status == PROV_OK)
        status = prov_store_set(store, &param, err);
    if (status == PROV_OK)
        status = prov_store_commit(store, err);
    if (status == PROV_OK)
        printf("start %s\n", value);
    prov_store_close(store);
    return status;
}

int main(void)
{
    const struct flash flash = {.ctx = chip,
                                .block_bytes = BLOCK_BYTES,
                                .bank_bytes = BANK_BYTES,
                                .read = chip_read,
                                .program = chip_program,
                                .erase = chip_erase};
    struct prov_error err = {.size = sizeof err};
    memset(chip, 0xff, sizeof chip);
    for (int i = 0; i < 3; i++)
        if (start(&flash, &err) != PROV_OK) {
            fprintf(stderr, "%s\n", err.message);
            return 1;
        }
    return 0;
}
