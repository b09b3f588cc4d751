/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * First byte: flags. The rest is a text: expanding returns the true length, and every byte comes
 * from somewhere.
 */
#include <provision/macro.h>

#include <stdlib.h>
#include <string.h>

#include "base/str.h"
#include "dials.h"
#include "world.h"

enum { MAX_LOCATED = 64 };

static void check_places(prov_str text, const struct prov_vars *vars, uint32_t flags, size_t len)
{
    size_t last = 0;
    size_t step = len / MAX_LOCATED + 1;
    for (size_t at = 0; at <= len; at += step) {
        size_t offset;
        if (prov_macro_locate(text, vars, flags, at, &offset) != PROV_OK)
            test_die("a place cannot be found");
        if (offset < last || offset > text.len)
            test_die("byte %zu of the expansion comes from %zu", at, offset);
        last = offset;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0)
        return 0;
    uint32_t flags = data[0] & (PROV_MACRO_RULE | PROV_MACRO_KEY_ONLY | PROV_MACRO_MASK);
    prov_str text = {(const char *)data + 1, size - 1};
    struct world world;
    size_t len, again;
    world_init(&world, NULL);
    if (prov_macro_expand(text, &world.vars, flags, NULL, 0, &len, NULL) != PROV_E_LIMIT)
        test_die("no room is enough");
    char *buf = malloc(len + 1);
    if (!buf)
        return 0;
    if (prov_macro_expand(text, &world.vars, flags, buf, len + 1, &again, NULL) != PROV_OK ||
        again != len)
        test_die("the length returned is not the length needed");
    bool is_plain = provi_str_find(text, '$') == text.len && !(flags & PROV_MACRO_MASK);
    if (is_plain && !provi_str_eq(text, (prov_str){buf, len}))
        test_die("a text without macros changed");
    check_places(text, &world.vars, flags, len);
    free(buf);
    world_free(&world);
    return 0;
}
