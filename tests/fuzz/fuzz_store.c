/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Any bytes as the file of a store, without a seal and with one: refused with a reason and left as
 * they are, or read; and what was read survives a commit and the next start unchanged.
 */
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

#include "dials.h"
#include "disk.h"
#include "rows.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What a store holds, as bytes to compare. */
struct picture {
    uint8_t bytes[256 * DISK_BYTES]; /* a source is written once, and may be that of all */
    size_t len;
};

static void add(struct picture *picture, const void *data, size_t len)
{
    if (len > sizeof picture->bytes - picture->len)
        test_die("a store holds more than its file");
    if (len != 0)
        memcpy(picture->bytes + picture->len, data, len);
    picture->len += len;
}

/* Where it came from, and what lies beneath it. */
static void add_layers(struct picture *picture, const prov_store *store,
                       const struct prov_param *param)
{
    struct prov_param server = {.size = sizeof server};
    add(picture, &param->layer, 1);
    add(picture, &param->line, sizeof param->line);
    if (param->source) {
        add(picture, param->source->rule.data, param->source->rule.len);
        add(picture, param->source->url.data, param->source->url.len);
        add(picture, &param->source->wall_s, sizeof param->source->wall_s);
    }
    if (param->layer == PROV_LAYER_USER &&
        prov_store_find(store, param->name, PROV_LAYER_SERVER, &server) == PROV_OK)
        add(picture, server.value.data, server.value.len);
}

static void take_picture(struct picture *picture, const prov_store *store)
{
    picture->len = 0;
    for (size_t i = 0; i < prov_store_n_params(store); i++) {
        struct prov_param param = {.size = sizeof param};
        if (prov_store_param(store, i, &param) != PROV_OK)
            test_die("parameter %zu cannot be had", i);
        add(picture, param.name.data, param.name.len);
        add(picture, "=", 1);
        add(picture, param.value.data, param.value.len);
        add(picture, &param.access, 1);
        add(picture, &param.has_value, 1);
        add_layers(picture, store, &param);
    }
}

/*
 * A seal that hides nothing and believes everything, so that any bytes get behind it: a block is
 * the text between a nonce and a tag of zeros.
 */
enum { NONCE_BYTES = 12, TAG_BYTES = 16 };

static prov_status enclose(void *ctx, const void *plain, size_t len, void *out, size_t *out_len,
                           struct prov_error *err)
{
    (void)ctx;
    (void)err;
    *out_len = NONCE_BYTES + len + TAG_BYTES;
    memset(out, 0, *out_len);
    memcpy((char *)out + NONCE_BYTES, plain, len);
    return PROV_OK;
}

static prov_status disclose(void *ctx, const void *block, size_t len, void *out, size_t *out_len,
                            struct prov_error *err)
{
    (void)ctx;
    (void)err;
    if (len < NONCE_BYTES + TAG_BYTES)
        return PROV_E_KEY;
    *out_len = len - NONCE_BYTES - TAG_BYTES;
    memcpy(out, (const char *)block + NONCE_BYTES, *out_len);
    return PROV_OK;
}

static const struct prov_store_seal seal = {
    .size = sizeof seal,
    .growth_bytes = NONCE_BYTES + TAG_BYTES,
    .encrypt = enclose,
    .decrypt = disclose,
};

static bool may_refuse(prov_status status, bool is_sealing)
{
    return status == PROV_E_CORRUPT || status == PROV_E_TRUNCATED || status == PROV_E_LIMIT ||
           status == PROV_E_UNSUPPORTED || status == (is_sealing ? PROV_E_KEY : PROV_E_NO_KEY);
}

static bool open_store(prov_store **store, struct disk *disk, bool is_sealing)
{
    struct prov_error err = {.size = sizeof err};
    struct prov_limits limits = {.size = sizeof limits, .max_store_bytes = DISK_BYTES};
    struct prov_store_options opt = {
        .size = sizeof opt,
        .path = "s",
        .files = &disk->files,
        .seal = is_sealing ? &seal : NULL,
        .limits = &limits,
    };
    prov_status status = prov_store_open(store, &opt, &err);
    bool is_refusal = may_refuse(status, is_sealing);
    if (status != PROV_OK && (!is_refusal || err.status != status || err.message[0] == '\0'))
        test_die("refused with %d and \"%s\"", (int)status, err.message);
    return status == PROV_OK;
}

/* False: it did not fit any more. */
static bool commit_one_more(prov_store *store)
{
    static const struct row row[] = {{"Fuzz_Marker", "1", PROV_ACCESS_READ}};
    prov_status status = rows_commit(store, ROWS(row), NULL);
    if (status != PROV_OK && status != PROV_E_LIMIT)
        test_die("what was read cannot be written: %d", (int)status);
    return status == PROV_OK;
}

static void open_twice(const uint8_t *data, size_t size, bool is_sealing)
{
    static struct disk disk;
    static struct picture before, after;
    disk_init(&disk);
    disk_put(&disk, "s", data, size);
    prov_store *store = NULL;
    if (!open_store(&store, &disk, is_sealing)) {
        const struct disk_content *content = disk_content_of(&disk, "s");
        if (!content || content->len != size || (size && memcmp(content->bytes, data, size) != 0))
            test_die("what was refused is not as it was");
        return;
    }
    bool is_written = commit_one_more(store);
    take_picture(&before, store);
    prov_store_close(store);
    if (!open_store(&store, &disk, is_sealing) || prov_store_was_restored(store, NULL))
        test_die("what was written cannot be read");
    take_picture(&after, store);
    prov_store_close(store);
    if (is_written &&
        (before.len != after.len || memcmp(before.bytes, after.bytes, before.len) != 0))
        test_die("what was read differs from what was written");
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size > DISK_BYTES)
        return 0;
    open_twice(data, size, false);
    open_twice(data, size, true);
    return 0;
}
