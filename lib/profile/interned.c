/* SPDX-License-Identifier: MIT */
/* SPDX-FileCopyrightText: 2026 The libprovision authors */
/*
 * Interned names: equal names have equal pointers during the life of a parser.
 *
 * The first names, as many as a short profile has, are stored here. The others are stored in
 * libxml2's dictionary, which starts small and grows by 30 KB at some forty names. A name stays
 * where it was stored first.
 */
#include "profile/profile_priv.h"

#include <string.h>

#include "base/str.h"

/* The slot for a name, by its length, start and end. */
static size_t slot_for(prov_str name)
{
    uint64_t head = 0, tail = 0;
    if (name.len >= sizeof head) {
        memcpy(&head, name.data, sizeof head);
        memcpy(&tail, name.data + name.len - sizeof tail, sizeof tail);
    } else {
        for (size_t i = 0; i < name.len; i++)
            head = head << 8 | (unsigned char)name.data[i];
    }
    uint64_t mixed = (head * 31 + tail + name.len) * UINT64_C(0x9e3779b97f4a7c15);
    return (size_t)(mixed >> (64 - PROVI_PROFILE_NAME_BITS));
}

static const char *add(struct provi_profile_names *names, uint8_t *slot, prov_str name)
{
    uint16_t start = names->starts[names->n];
    char *kept = names->text + start;
    if (names->n == PROVI_PROFILE_MAX_NAMES || name.len >= sizeof names->text - start)
        return NULL;
    memcpy(kept, name.data, name.len);
    kept[name.len] = '\0';
    *slot = (uint8_t)++names->n;
    names->starts[names->n] = (uint16_t)(start + name.len + 1);
    return kept;
}

const xmlChar *provi_profile_intern(prov_profile_parser *parser, prov_str name)
{
    struct provi_profile_names *names = &parser->names;
    size_t at = slot_for(name);
    for (; names->slots[at]; at = (at + 1) % PROVI_PROFILE_NAME_SLOTS) {
        const uint16_t *start = &names->starts[names->slots[at] - 1];
        size_t len = (size_t)(start[1] - start[0] - 1);
        if (len == name.len && memcmp(names->text + start[0], name.data, len) == 0)
            return (const xmlChar *)names->text + start[0];
    }
    const xmlChar *kept = (const xmlChar *)add(names, &names->slots[at], name);
    if (!kept && provi_profile_xml_open(parser) == PROV_OK)
        kept = xmlDictLookup(parser->dict, (const xmlChar *)name.data, (int)name.len);
    if (!kept && parser->failed == PROV_OK)
        provi_profile_fail_names(parser);
    return kept;
}
