/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * The alias map. Properties: an error lies within the text; a map printed and read again is the
 * same map; each entry is found by its own path.
 */
#include "dials.h"

#include "base/alloc.h"
#include "base/str.h"
#include "profile/alias.h"

#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void print(const struct provi_alias_map *map, struct capture *to)
{
    for (size_t i = 0; i < map->n_entries; i++) {
        const struct provi_alias *entry = &map->entries[i];
        to->sink.write(to, entry->path.data, entry->path.len, NULL);
        to->sink.write(to, "=/flat-profile/", sizeof "=/flat-profile/" - 1, NULL);
        to->sink.write(to, entry->param.data, entry->param.len, NULL);
        to->sink.write(to, ";", 1, NULL);
    }
}

static void check_same(const struct provi_alias_map *a, const struct provi_alias_map *b)
{
    if (a->n_entries != b->n_entries || a->n_entries > PROVI_ALIAS_MAX)
        test_die("%zu entries, then %zu", a->n_entries, b->n_entries);
    for (size_t i = 0; i < a->n_entries; i++)
        if (!provi_str_eq(a->entries[i].path, b->entries[i].path) ||
            !provi_str_eq(a->entries[i].param, b->entries[i].param))
            test_die("entry %zu differs", i);
}

/* Open the elements of a path, and look what they stand for. */
static void check_found(struct provi_alias_map *map, prov_str path)
{
    const unsigned char *open[64];
    size_t depth = 0;
    char *names = malloc(path.len);
    if (names == NULL)
        test_die("out of memory");
    for (size_t i = 0; i < path.len && depth < 64; i++) {
        if (path.data[i] == '/')
            open[depth++] = (unsigned char *)names + i;
        names[i] = i + 1 < path.len && path.data[i + 1] != '/' ? path.data[i + 1] : '\0';
    }
    if (depth < 64 && provi_alias_map_find(map, open, depth).len == 0)
        test_die("%.*s is not found", (int)path.len, path.data);
    free(names);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct prov_alloc alloc = provi_alloc_or_default(NULL);
    struct provi_alias_map map = {0}, again = {0};
    struct prov_error err = {0};
    const prov_str text = {(const char *)data, size};
    if (provi_alias_map_parse(&map, &alloc, text, &err) != PROV_OK) {
        if (err.status != PROV_E_SYNTAX || err.offset > size)
            test_die("status %d at %llu", (int)err.status, (unsigned long long)err.offset);
        provi_alias_map_free(&map, &alloc);
        return 0;
    }
    struct capture printed;
    capture_init(&printed, NULL);
    print(&map, &printed);
    const prov_str second = {(char *)printed.data, printed.len};
    if (provi_alias_map_parse(&again, &alloc, second, &err) != PROV_OK)
        test_die("printed, it does not parse: %s", err.message);
    check_same(&map, &again);
    for (size_t i = 0; i < map.n_entries; i++)
        check_found(&map, map.entries[i].path);
    provi_alias_map_free(&map, &alloc);
    provi_alias_map_free(&again, &alloc);
    capture_free(&printed);
    return 0;
}
