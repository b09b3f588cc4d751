/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
#include "seen.h"

#include <search.h>
#include <stdlib.h>
#include <string.h>

struct seen_name {
    struct seen_name *next;
    uint32_t line;
    char name[];
};

static int compare(const void *left, const void *right)
{
    const struct seen_name *a = left, *b = right;
    return strcmp(a->name, b->name);
}

uint32_t seen_names_add(struct seen_names *seen, prov_str name, uint32_t line)
{
    struct seen_name *added = calloc(1, sizeof *added + name.len + 1);
    if (!added)
        return 0;
    memcpy(added->name, name.data, name.len);
    struct seen_name **found = tsearch(added, &seen->tree, compare);
    if (!found || *found != added) {
        uint32_t earlier_line = found ? (*found)->line : 0;
        if (found)
            (*found)->line = line;
        free(added);
        return earlier_line;
    }
    added->line = line;
    added->next = seen->first;
    seen->first = added;
    return 0;
}

void seen_names_free(struct seen_names *seen)
{
    while (seen->first) {
        struct seen_name *name = seen->first;
        seen->first = name->next;
        tdelete(name, &seen->tree, compare);
        free(name);
    }
}
